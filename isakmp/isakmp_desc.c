/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "isakmp/isakmp_desc.h"
#include "isakmp/payloads.h"
#include "lib/why.h"

#define ROWS(a) (sizeof(a) / sizeof((a)[0]))
#define AT(s, f) offsetof(struct s, f)

const struct desc_names isakmp_exchange_names[] = {
	{ XCHG_BASE, "Base" },
	{ XCHG_MAIN, "Main" },
	{ XCHG_AUTH_ONLY, "Authentication Only" },
	{ XCHG_AGGRESSIVE, "Aggressive" },
	{ XCHG_INFO, "Informational" },
	{ XCHG_PULL, "GROUPKEY-PULL" },
	{ XCHG_PUSH, "GROUPKEY-PUSH" },
	{ XCHG_PUSH_ACK, "GROUPKEY-PUSH-ACK" },
	{ XCHG_COOP_ANN, "COOP ANN" },
	{ XCHG_COOP_REPLY, "COOP REPLY" },
	{ 0, NULL },
};

const struct desc_names isakmp_notify_names[] = {
	/* RFC 2408 section 3.14.1, RFC 2407 section 4.6.3, RFC 3706 */
	{ 1, "INVALID-PAYLOAD-TYPE" },
	{ 2, "DOI-NOT-SUPPORTED" },
	{ 3, "SITUATION-NOT-SUPPORTED" },
	{ 4, "INVALID-COOKIE" },
	{ 5, "INVALID-MAJOR-VERSION" },
	{ 6, "INVALID-MINOR-VERSION" },
	{ 7, "INVALID-EXCHANGE-TYPE" },
	{ 8, "INVALID-FLAGS" },
	{ 9, "INVALID-MESSAGE-ID" },
	{ 10, "INVALID-PROTOCOL-ID" },
	{ 11, "INVALID-SPI" },
	{ 12, "INVALID-TRANSFORM-ID" },
	{ 13, "ATTRIBUTES-NOT-SUPPORTED" },
	{ 14, "NO-PROPOSAL-CHOSEN" },
	{ 15, "BAD-PROPOSAL-SYNTAX" },
	{ 16, "PAYLOAD-MALFORMED" },
	{ 17, "INVALID-KEY-INFORMATION" },
	{ 18, "INVALID-ID-INFORMATION" },
	{ 19, "INVALID-CERT-ENCODING" },
	{ 20, "INVALID-CERTIFICATE" },
	{ 21, "CERT-TYPE-UNSUPPORTED" },
	{ 22, "INVALID-CERT-AUTHORITY" },
	{ 23, "INVALID-HASH-INFORMATION" },
	{ 24, "AUTHENTICATION-FAILED" },
	{ 25, "INVALID-SIGNATURE" },
	{ 26, "ADDRESS-NOTIFICATION" },
	{ 27, "NOTIFY-SA-LIFETIME" },
	{ 28, "CERTIFICATE-UNAVAILABLE" },
	{ 29, "UNSUPPORTED-EXCHANGE-TYPE" },
	{ 30, "UNEQUAL-PAYLOAD-LENGTHS" },
	{ 16384, "CONNECTED" },
	{ 24576, "RESPONDER-LIFETIME" },
	{ 24577, "REPLAY-STATUS" },
	{ 24578, "INITIAL-CONTACT" },
	{ 36136, "R-U-THERE" },
	{ 36137, "R-U-THERE-ACK" },
	{ 0, NULL },
};

const struct desc_names isakmp_id_names[] = {		/* RFC 2407 section 4.6.2.1 */
	{ 1, "ID_IPV4_ADDR" },
	{ 2, "ID_FQDN" },
	{ 3, "ID_USER_FQDN" },
	{ 4, "ID_IPV4_ADDR_SUBNET" },
	{ 5, "ID_IPV6_ADDR" },
	{ 6, "ID_IPV6_ADDR_SUBNET" },
	{ 7, "ID_IPV4_ADDR_RANGE" },
	{ 8, "ID_IPV6_ADDR_RANGE" },
	{ 9, "ID_DER_ASN1_DN" },
	{ 10, "ID_DER_ASN1_GN" },
	{ 11, "ID_KEY_ID" },
	{ 0, NULL },
};

static const struct desc_field sa_head_fields[] = {
	{ "DOI", DESC_U32, 0, AT(sa_head, doi), NULL, false },
	{ "Situation", DESC_U32, 0, AT(sa_head, situation), NULL, false },
};
const struct desc sa_head_desc = { "SA", sa_head_fields, ROWS(sa_head_fields) };

static const struct desc_field proposal_fields[] = {
	{ "Proposal #", DESC_U8, 0, AT(proposal_head, number), NULL, false },
	{ "Protocol-Id", DESC_U8, 0, AT(proposal_head, protocol), NULL, false },
	{ "SPI Size", DESC_U8, 0, AT(proposal_head, spi_size), NULL, false },
	{ "# of Transforms", DESC_U8, 0, AT(proposal_head, transforms), NULL, false },
};
const struct desc proposal_head_desc = { "Proposal", proposal_fields, ROWS(proposal_fields) };

static const struct desc_field transform_fields[] = {
	{ "Transform #", DESC_U8, 0, AT(transform_head, number), NULL, false },
	{ "Transform-Id", DESC_U8, 0, AT(transform_head, id), NULL, false },
	{ "RESERVED2", DESC_ZERO, 2, 0, NULL, false },
};
const struct desc transform_head_desc = { "Transform", transform_fields, ROWS(transform_fields) };

static const struct desc_field id_fields[] = {
	{ "ID Type", DESC_U8, 0, AT(id_body, type), isakmp_id_names, false },
	{ "Protocol ID", DESC_U8, 0, AT(id_body, protocol), NULL, false },
	{ "Port", DESC_U16, 0, AT(id_body, port), NULL, false },
	{ "Identification Data", DESC_REST, 0, AT(id_body, data), NULL, false },
};
const struct desc id_desc = { "ID", id_fields, ROWS(id_fields) };

static const struct attr_row transform_rows[] = {
	{ 1, "Encryption Algorithm", ATTR_B, AT(transform_attrs, encr), NULL },
	{ 14, "Key Length", ATTR_B, AT(transform_attrs, key_bits), NULL },
	{ 2, "Hash Algorithm", ATTR_B, AT(transform_attrs, hash), NULL },
	{ 3, "Authentication Method", ATTR_B, AT(transform_attrs, auth), NULL },
	{ 4, "Group Description", ATTR_B, AT(transform_attrs, group), NULL },
	{ 11, "Life Type", ATTR_B, AT(transform_attrs, life_type), NULL },
	{ 12, "Life Duration", ATTR_V, AT(transform_attrs, life), NULL },
};
const struct attr_table transform_attrs_table = { "transform attributes", transform_rows, ROWS(transform_rows) };

const char *isakmp_notify_name(uint16_t type)
{
	const char *name = desc_name(isakmp_notify_names, type);

	return name ? name : "notify";
}

/* The SPI stands between fixed fields and data with its size two fields before it: no row kind says that. */
static const struct desc_field notify_fields[] = {
	{ "DOI", DESC_U32, 0, AT(notify_body, doi), NULL, false },
	{ "Protocol-ID", DESC_U8, 0, AT(notify_body, protocol), NULL, false },
	{ "SPI Size", DESC_U8, 0, AT(notify_body, spi_size), NULL, false },
	{ "Notify Message Type", DESC_U16, 0, AT(notify_body, type), isakmp_notify_names, false },
};
static const struct desc notify_desc = { "Notification", notify_fields, ROWS(notify_fields) };

static const struct desc_field delete_fields[] = {
	{ "DOI", DESC_U32, 0, AT(delete_body, doi), NULL, false },
	{ "Protocol-Id", DESC_U8, 0, AT(delete_body, protocol), NULL, false },
	{ "SPI Size", DESC_U8, 0, AT(delete_body, spi_size), NULL, false },
	{ "# of SPIs", DESC_U16, 0, AT(delete_body, count), NULL, false },
};
static const struct desc delete_desc = { "Delete", delete_fields, ROWS(delete_fields) };

bool notify_decode(struct bytes body, struct notify_body *out, struct why *why)
{
	struct rd r = rd_init(body);

	if (!desc_decode(&notify_desc, &r, out, why))
		return false;
	out->spi = rd_bytes(&r, out->spi_size);
	if (!rd_ok(&r))
		return why_set(why, "Notification: SPI runs past the end");
	out->data = rd_rest(&r);
	return true;
}

void notify_encode(struct wr *w, const struct notify_body *n)
{
	struct notify_body sized = *n;

	sized.spi_size = (uint8_t)n->spi.n;
	desc_encode(&notify_desc, w, &sized);
	wr_bytes(w, n->spi);
	wr_bytes(w, n->data);
}

bool delete_decode(struct bytes body, struct delete_body *out, struct why *why)
{
	struct rd r = rd_init(body);

	if (!desc_decode(&delete_desc, &r, out, why))
		return false;
	out->spis = rd_rest(&r);
	if (out->spis.n != (size_t)out->spi_size * out->count)
		return why_set(why, "Delete: %u SPIs of %u octets do not fill %zu", out->count, out->spi_size,
			out->spis.n);
	return true;
}

void delete_encode(struct wr *w, const struct delete_body *d)
{
	desc_encode(&delete_desc, w, d);
	wr_bytes(w, d->spis);
}
