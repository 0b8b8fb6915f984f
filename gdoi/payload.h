/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The payloads of RFC 6407 section 5 as structs: SA with SAK, GAP and SATs; KD; SEQ; and D of a PUSH. Decoding is total
 * and calls nobody; what a payload means is decided in gm_*.c and ks_*.c. Spans point into the message.
 */
#pragma once
#include "lib/bytes.h"
#include "lib/crypto/alg.h"
#include "lib/ip.h"

struct wr;
struct why;
struct text;
struct gdoi_kd;

#define GDOI_SPI 16		/* octets of a KEK SPI: the cookie pair of PUSH messages */
#define GDOI_SATS 1024		/* SATs in one SA payload at most: 100 ACEs, several sa ipsec, old TEKs */

/* How the peer wants the wire (gdoi-wire.md section 0; 'compatibility' lines). Zeros = as RFC 6407 says. */
struct gdoi_wire {
	bool sat_idlen2, sak_pad6, keyid_le, lenient_attrs;
	bool private_ok;	/* the peer announced our vendor id: private attributes and deny entries may travel */
};

/* Numbers of our own, in private ranges (docs/PROTOCOL.md). */
enum gdoi_private {
	SAT_PROTO_DENY = 128,		/* SAT Protocol-ID: a deny entry of the policy, selectors only */
	SAT_ATTR_REPLAY = 32001,	/* B: 1 none, 2 counter, 3 time, 4 counter with the window open: there are two members */
	SAT_REPLAY_COUNTER_OPEN = 4,
	SAT_ATTR_WINDOW = 32002,	/* B: packets (counter) or 100 ms units (time) */
	SAT_ATTR_ENTRY = 32003,		/* B: position of the ACE in the key server's ACL, from 1 */
	SAT_ATTR_CONFIGURED = 32004,	/* V: configured lifetime, s (SA Life Duration carries what is left of it) */
	SAT_ATTR_BEGIN = 32005,		/* V: when its life began, ms of pseudotime, at least 1; with time-based replay */
	GAP_ATTR_PSEUDOTIME = 128,	/* V, 8 octets: key server's pseudotime in ms at sending */
	GAP_ATTR_REMOVAL = 129,		/* B: 1 re-register within the shortened TEK life, 2 now */
	GAP_ATTR_REPLACE = 130,		/* B: 1 shorten old TEKs, 2 replace at once */
};

enum gdoi_id_type { ID_IPV4 = 1, ID_FQDN = 2, ID_USER_FQDN = 3, ID_IPV4_SUBNET = 4, ID_IPV6 = 5, ID_IPV4_RANGE = 7,
	ID_KEY_ID = 11 };

struct gdoi_id {		/* of a SAK or SAT: ID type, port, data */
	uint8_t type;
	uint16_t port;
	struct ip4 ip, mask;	/* IPV4 (mask 255.255.255.255) and IPV4_SUBNET */
	struct bytes data;	/* as received; not used when encoding */
};

enum sak_ack { SAK_ACK_NONE = 0, SAK_ACK_KEK_SHA256 = 1, SAK_ACK_KEK_SHA512 = 3 };

struct gdoi_sak {		/* section 5.3 */
	uint8_t proto;		/* 17 */
	struct gdoi_id src, dst;
	uint8_t spi[GDOI_SPI];
	enum cipher_id cipher;
	enum hash_id sig_hash;
	uint32_t sig_alg;	/* 1 = RSA */
	uint32_t sig_key_bits;
	uint64_t lifetime;	/* seconds; 0 = not given */
	uint32_t ack;		/* KEK_ACK_REQUESTED, RFC 8263; 0 = not asked for */
};

struct gdoi_gap {		/* section 5.4 */
	uint32_t atd, dtd;	/* seconds; valid with has_atd, has_dtd */
	uint32_t sid_request;
	uint64_t pseudotime;	/* ms */
	uint32_t removal, replace;
	bool has_atd, has_dtd, has_sid_request, has_pseudotime;
};

enum sat_direction { SAT_DIR_SENDER = 1, SAT_DIR_RECEIVER = 2, SAT_DIR_SYMMETRIC = 3 };

struct gdoi_sat {		/* section 5.5 */
	uint8_t protocol_id;	/* 1 ESP; SAT_PROTO_DENY: selectors and entry only, sent with private_ok only */
	uint8_t ip_proto;	/* 0 any */
	struct gdoi_id src, dst;
	uint32_t spi;
	enum esp_enc enc;
	enum esp_auth auth;
	uint64_t lifetime;	/* seconds left */
	uint32_t encap;		/* 1 tunnel, 2 transport; absent or 0 = tunnel */
	uint32_t preserve;	/* 1 to 4; absent or 0 = 4 (both) for tunnel mode */
	uint32_t direction;	/* enum sat_direction; absent or 0 = symmetric */
	uint32_t replay, window, entry;	/* private attributes; 0 = not given */
	uint64_t configured;	/* private: configured lifetime, seconds; 0 = not given */
	uint64_t begin;		/* private: ms of pseudotime when its life began; 0 = not given */
};

struct gdoi_sa {		/* section 5.2 */
	bool has_sak, has_gap;
	struct gdoi_sak sak;
	struct gdoi_gap gap;
	struct gdoi_sat *sat;	/* nsat of them; owned, see gdoi_sa_free */
	unsigned nsat;
};
/* Octets that encoding takes at most (body). */
size_t gdoi_sa_bound(const struct gdoi_sa *sa);
size_t gdoi_kd_bound(const struct gdoi_kd *kd);

/* body: without the generic header. On false nothing is owned. */
bool gdoi_sa_decode(struct bytes body, const struct gdoi_wire *w, struct gdoi_sa *out, struct why *why);
void gdoi_sa_encode(struct wr *wr, const struct gdoi_wire *w, const struct gdoi_sa *sa);
void gdoi_sa_free(struct gdoi_sa *sa);
void gdoi_sa_print(const struct gdoi_sa *sa, struct text *out);	/* debug ... packet; no keys */
/* GAP alone, as in PULL message 3. */
bool gdoi_gap_decode(struct bytes body, const struct gdoi_wire *w, struct gdoi_gap *out, struct why *why);
void gdoi_gap_encode(struct wr *wr, const struct gdoi_wire *w, const struct gdoi_gap *gap);

struct gdoi_kd_tek {		/* section 5.6.1 */
	uint32_t spi;
	struct bytes key, auth_key;	/* auth_key empty for GCM, GMAC */
};

struct gdoi_kd_kek {		/* section 5.6.2 */
	uint8_t spi[GDOI_SPI];
	struct bytes iv, key;		/* told apart by the SAK's cipher: decoding leaves both joined in 'iv_key' */
	struct bytes iv_key;
	struct bytes sig_key;		/* DER SubjectPublicKeyInfo; empty when not given */
};

struct gdoi_kd {
	struct gdoi_kd_tek *tek;
	struct gdoi_kd_kek *kek;
	unsigned ntek, nkek;
	uint32_t sid_bits;		/* section 5.6.4; 0 = no SID packet */
	uint64_t sid[16];
	unsigned nsid;
};

bool gdoi_kd_decode(struct bytes body, const struct gdoi_wire *w, struct gdoi_kd *out, struct why *why);
void gdoi_kd_encode(struct wr *wr, const struct gdoi_wire *w, const struct gdoi_kd *kd);
void gdoi_kd_free(struct gdoi_kd *kd);

/* SEQ, section 5.7: body is 4 octets. */
bool gdoi_seq_decode(struct bytes body, uint32_t *seq, struct why *why);

#define GDOI_DELETES 256
struct gdoi_delete {		/* section 5.9 */
	uint8_t protocol_id;	/* 0 KEK, 1 ESP, 2 AH */
	bool all;		/* SPI zero */
	uint32_t tek[GDOI_DELETES];
	unsigned ntek;
	uint8_t kek[GDOI_SPI];
};
bool gdoi_delete_decode(struct bytes body, struct gdoi_delete *out, struct why *why);
void gdoi_delete_encode(struct wr *wr, const struct gdoi_delete *d);	/* body */

/* Group identity, section 5.1: KEY_ID with 4 octets, or IPV4. */
struct gdoi_group_id {
	bool by_address;
	uint32_t number;
	struct ip4 address;
};
bool gdoi_group_id_decode(struct bytes body, const struct gdoi_wire *w, struct gdoi_group_id *out, struct why *why);
void gdoi_group_id_encode(struct wr *wr, const struct gdoi_wire *w, const struct gdoi_group_id *id);	/* body */
