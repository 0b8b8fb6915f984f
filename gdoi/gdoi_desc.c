/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gdoi/gdoi_desc.h"
#include "gdoi/payload.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define AT(s, f) (uint16_t)offsetof(struct s, f)
#define DESC(tab, title) { .name = (title), .fields = (tab), .count = COUNT(tab) }
#define ATTRS(tab, title) { .name = (title), .rows = (tab), .count = COUNT(tab) }

static const struct desc_names protocols[] = {
	{ 1, "ESP" }, { 2, "AH" }, { 3, "IEC 61850" }, { SAT_PROTO_DENY, "deny" }, { 0, NULL },
};
static const struct desc_names id_types[] = {
	{ ID_IPV4, "IPV4_ADDR" }, { ID_FQDN, "FQDN" }, { ID_USER_FQDN, "USER_FQDN" }, { ID_IPV4_SUBNET, "IPV4_ADDR_SUBNET" },
	{ ID_IPV6, "IPV6_ADDR" }, { ID_IPV4_RANGE, "IPV4_ADDR_RANGE" }, { ID_KEY_ID, "KEY_ID" }, { 0, NULL },
};
static const struct desc_names kek_algorithms[] = {
	{ 1, "DES-CBC" }, { 2, "3DES-CBC" }, { 3, "AES-CBC" }, { 0, NULL },
};
static const struct desc_names sig_hashes[] = {
	{ 1, "MD5" }, { 2, "SHA-1" }, { 3, "SHA-256" }, { 4, "SHA-384" }, { 5, "SHA-512" }, { 0, NULL },
};
static const struct desc_names sig_algorithms[] = {
	{ 1, "RSA" }, { 2, "DSS" }, { 3, "ECDSS" }, { 4, "ECDSA-256" }, { 5, "ECDSA-384" }, { 6, "ECDSA-521" }, { 0, NULL },
};
static const struct desc_names acks[] = {
	{ 1, "KEK_SHA256" }, { 2, "LKH_SHA256" }, { 3, "KEK_SHA512" }, { 4, "LKH_SHA512" }, { 0, NULL },
};
static const struct desc_names encaps[] = { { 1, "tunnel" }, { 2, "transport" }, { 0, NULL } };
static const struct desc_names preserves[] = {
	{ 1, "none" }, { 2, "source" }, { 3, "destination" }, { 4, "both" }, { 0, NULL },
};
static const struct desc_names directions[] = {
	{ SAT_DIR_SENDER, "sender only" }, { SAT_DIR_RECEIVER, "receiver only" }, { SAT_DIR_SYMMETRIC, "symmetric" },
	{ 0, NULL },
};
static const struct desc_names life_types[] = { { 1, "seconds" }, { 2, "kilobytes" }, { 0, NULL } };
static const struct desc_names replays[] = { { 1, "none" }, { 2, "counter" }, { 3, "time" },
	{ SAT_REPLAY_COUNTER_OPEN, "counter, window open" }, { 0, NULL } };

static const struct desc_field sa_fields[] = {
	{ .name = "DOI", .kind = DESC_U32, .offset = AT(sa_head, doi) },
	{ .name = "Situation", .kind = DESC_U32, .offset = AT(sa_head, situation) },
	{ .name = "SA Attribute Next Payload", .kind = DESC_U16, .offset = AT(sa_head, next) },
	{ .name = "RESERVED2", .kind = DESC_ZERO, .width = 2 },
};
const struct desc gdoi_sa_desc = DESC(sa_fields, "SA");

#define ID_FIELDS(s, end, word, length)                                                                          \
	{ .name = word " ID Type", .kind = DESC_U8, .offset = AT(s, end.type), .names = id_types },              \
	{ .name = word " ID Port", .kind = DESC_U16, .offset = AT(s, end.port) },                                \
	{ .name = word " ID Data Len", .kind = (length), .offset = AT(s, end.data) }

static const struct desc_field sak_fields[] = {
	{ .name = "Protocol", .kind = DESC_U8, .offset = AT(sak_head, proto) },
	ID_FIELDS(sak_head, src, "SRC", DESC_VAR8),
	ID_FIELDS(sak_head, dst, "DST", DESC_VAR8),
	{ .name = "SPI", .kind = DESC_RAW, .width = 16, .offset = AT(sak_head, spi) },
};
const struct desc gdoi_sak_desc = DESC(sak_fields, "SAK");

static const struct attr_row sak_rows[] = {
	{ 1, "KEK_MANAGEMENT_ALGORITHM", ATTR_B, AT(sak_attrs, management), NULL },
	{ 2, "KEK_ALGORITHM", ATTR_B, AT(sak_attrs, algorithm), kek_algorithms },
	{ 3, "KEK_KEY_LENGTH", ATTR_B, AT(sak_attrs, key_bits), NULL },
	{ 4, "KEK_KEY_LIFETIME", ATTR_V, AT(sak_attrs, lifetime), NULL },
	{ 5, "SIG_HASH_ALGORITHM", ATTR_B, AT(sak_attrs, sig_hash), sig_hashes },
	{ 6, "SIG_ALGORITHM", ATTR_B, AT(sak_attrs, sig_alg), sig_algorithms },
	{ 7, "SIG_KEY_LENGTH", ATTR_B, AT(sak_attrs, sig_key_bits), NULL },
	{ 9, "KEK_ACK_REQUESTED", ATTR_B, AT(sak_attrs, ack), acks },
};
const struct attr_table gdoi_sak_attrs = ATTRS(sak_rows, "SAK attributes");

static const struct attr_row gap_rows[] = {
	{ 1, "ACTIVATION_TIME_DELAY", ATTR_B, AT(gap_attrs, atd), NULL },
	{ 2, "DEACTIVATION_TIME_DELAY", ATTR_B, AT(gap_attrs, dtd), NULL },
	{ 3, "SENDER_ID_REQUEST", ATTR_B, AT(gap_attrs, sid_request), NULL },
	{ GAP_ATTR_PSEUDOTIME, "pseudotime", ATTR_V8, AT(gap_attrs, pseudotime), NULL },
	{ GAP_ATTR_REMOVAL, "removal", ATTR_B, AT(gap_attrs, removal), NULL },
	{ GAP_ATTR_REPLACE, "policy replace", ATTR_B, AT(gap_attrs, replace), NULL },
};
const struct attr_table gdoi_gap_attrs[2] = {
	{ .name = "GAP attributes", .rows = gap_rows, .count = 3 },
	ATTRS(gap_rows, "GAP attributes"),
};

static const struct desc_field sat_fields[] = {
	{ .name = "Protocol-ID", .kind = DESC_U8, .offset = AT(sat_head, protocol_id), .names = protocols, .strict = true },
	{ .name = "Protocol", .kind = DESC_U8, .offset = AT(sat_head, ip_proto) },
	ID_FIELDS(sat_head, src, "SRC", DESC_VAR8),
	ID_FIELDS(sat_head, dst, "DST", DESC_VAR8),
};
/* gdoi-wire.md table 0 row 2: some peers write the data lengths in two octets. */
static const struct desc_field sat_fields2[] = {
	{ .name = "Protocol-ID", .kind = DESC_U8, .offset = AT(sat_head, protocol_id), .names = protocols, .strict = true },
	{ .name = "Protocol", .kind = DESC_U8, .offset = AT(sat_head, ip_proto) },
	ID_FIELDS(sat_head, src, "SRC", DESC_VAR16),
	ID_FIELDS(sat_head, dst, "DST", DESC_VAR16),
};
const struct desc gdoi_sat_desc = DESC(sat_fields, "SAT");
const struct desc gdoi_sat_desc2 = DESC(sat_fields2, "SAT");

static const struct desc_field sat_esp_fields[] = {
	{ .name = "Transform ID", .kind = DESC_U8, .offset = AT(sat_esp, transform) },
	{ .name = "SPI", .kind = DESC_U32, .offset = AT(sat_esp, spi) },
};
const struct desc gdoi_sat_esp_desc = DESC(sat_esp_fields, "SAT");

/* Key Length stands before the authentication algorithm, as in the vectors of gdoi-wire.md appendix A. */
static const struct attr_row sat_rows[] = {
	{ 1, "SA Life Type", ATTR_B, AT(sat_attrs, life_type), life_types },
	{ 2, "SA Life Duration", ATTR_V, AT(sat_attrs, lifetime), NULL },
	{ 4, "Encapsulation Mode", ATTR_B, AT(sat_attrs, encap), encaps },
	{ 6, "Key Length", ATTR_B, AT(sat_attrs, key_bits), NULL },
	{ 5, "Authentication Algorithm", ATTR_B, AT(sat_attrs, auth), NULL },
	{ 14, "Address Preservation", ATTR_B, AT(sat_attrs, preserve), preserves },
	{ 15, "SA Direction", ATTR_B, AT(sat_attrs, direction), directions },
	{ SAT_ATTR_REPLAY, "replay mode", ATTR_B, AT(sat_attrs, replay), replays },
	{ SAT_ATTR_WINDOW, "replay window", ATTR_B, AT(sat_attrs, window), NULL },
	{ SAT_ATTR_ENTRY, "entry", ATTR_B, AT(sat_attrs, entry), NULL },
	{ SAT_ATTR_CONFIGURED, "configured lifetime", ATTR_V, AT(sat_attrs, configured), NULL },
	{ SAT_ATTR_BEGIN, "begin", ATTR_V, AT(sat_attrs, begin), NULL },
};
const struct attr_table gdoi_sat_attrs[2] = {
	{ .name = "SAT attributes", .rows = sat_rows, .count = 7 },
	ATTRS(sat_rows, "SAT attributes"),
};

static const struct attr_row deny_rows[] = {
	{ SAT_ATTR_ENTRY, "entry", ATTR_B, AT(sat_attrs, entry), NULL },
};
const struct attr_table gdoi_sat_deny_attrs = ATTRS(deny_rows, "SAT attributes");

static const struct desc_field key_packet_fields[] = {
	{ .name = "KD Type", .kind = DESC_U8, .offset = AT(key_packet_head, type) },
	{ .name = "RESERVED", .kind = DESC_ZERO, .width = 1 },
	{ .name = "KD Length", .kind = DESC_U16, .offset = AT(key_packet_head, length) },
	{ .name = "SPI Size", .kind = DESC_U8, .offset = AT(key_packet_head, spi_size) },
};
const struct desc gdoi_key_packet_desc = DESC(key_packet_fields, "KD");

static const struct attr_row tek_rows[] = {
	{ 1, "TEK_ALGORITHM_KEY", ATTR_BYTES, AT(key_attrs, key), NULL },
	{ 2, "TEK_INTEGRITY_KEY", ATTR_BYTES, AT(key_attrs, second), NULL },
};
static const struct attr_row kek_rows[] = {
	{ 1, "KEK_ALGORITHM_KEY", ATTR_BYTES, AT(key_attrs, key), NULL },
	{ 2, "SIG_ALGORITHM_KEY", ATTR_BYTES, AT(key_attrs, second), NULL },
};
static const struct attr_row sid_rows[] = {
	{ 1, "NUMBER_OF_SID_BITS", ATTR_B, AT(sid_attrs, bits), NULL },
};
const struct attr_table gdoi_tek_attrs = ATTRS(tek_rows, "KD TEK attributes");
const struct attr_table gdoi_kek_attrs = ATTRS(kek_rows, "KD KEK attributes");
const struct attr_table gdoi_sid_attrs = ATTRS(sid_rows, "KD SID attributes");

static const struct desc_field delete_fields[] = {
	{ .name = "DOI", .kind = DESC_U32, .offset = AT(delete_head, doi) },
	{ .name = "Protocol-Id", .kind = DESC_U8, .offset = AT(delete_head, protocol_id) },
	{ .name = "SPI Size", .kind = DESC_U8, .offset = AT(delete_head, spi_size) },
	{ .name = "# of SPIs", .kind = DESC_U16, .offset = AT(delete_head, count) },
};
const struct desc gdoi_delete_desc = DESC(delete_fields, "D");

static const struct desc_field id_fields[] = {
	{ .name = "ID Type", .kind = DESC_U8, .offset = AT(wire_id, type), .names = id_types },
	{ .name = "DOI-specific ID data", .kind = DESC_ZERO, .width = 3 },
	{ .name = "ID Data", .kind = DESC_REST, .offset = AT(wire_id, data) },
};
const struct desc gdoi_id_desc = DESC(id_fields, "ID");
