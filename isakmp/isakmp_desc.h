/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What stands inside the payloads of phase 1 and of informational exchanges, as tables (RFC 2408 section 3). */
#pragma once
#include "lib/desc.h"

struct sa_head {		/* SA body before its proposals */
	uint32_t doi, situation;
};

struct proposal_head {
	uint8_t number, protocol, spi_size, transforms;
};

struct transform_head {
	uint8_t number, id;
};

struct transform_attrs {	/* RFC 2409 appendix A */
	uint32_t encr, key_bits, hash, auth, group, life_type;
	uint64_t life;
};

enum {				/* bits of 'seen': rows of transform_attrs_table */
	TA_ENCR = 1, TA_KEY_BITS = 2, TA_HASH = 4, TA_AUTH = 8, TA_GROUP = 16, TA_LIFE_TYPE = 32, TA_LIFE = 64,
};

struct id_body {		/* RFC 2407 section 4.6.2 */
	uint8_t type, protocol;
	uint16_t port;
	struct bytes data;
};

enum { ID_IPV4_ADDR = 1, ID_FQDN = 2, ID_USER_FQDN = 3, ID_KEY_ID = 11 };

struct notify_body {		/* RFC 2408 section 3.14 */
	uint32_t doi;
	uint8_t protocol, spi_size;
	uint16_t type;
	struct bytes spi, data;
};

struct delete_body {		/* RFC 2408 section 3.15 */
	uint32_t doi;
	uint8_t protocol, spi_size;
	uint16_t count;
	struct bytes spis;
};

enum isakmp_notify {
	N_INVALID_PAYLOAD_TYPE = 1,
	N_DOI_NOT_SUPPORTED = 2,
	N_SITUATION_NOT_SUPPORTED = 3,
	N_INVALID_COOKIE = 4,
	N_INVALID_MAJOR_VERSION = 5,
	N_INVALID_EXCHANGE_TYPE = 7,
	N_NO_PROPOSAL_CHOSEN = 14,
	N_BAD_PROPOSAL_SYNTAX = 15,
	N_PAYLOAD_MALFORMED = 16,
	N_INVALID_KEY_INFORMATION = 17,
	N_INVALID_ID_INFORMATION = 18,
	N_AUTHENTICATION_FAILED = 24,
	N_UNSUPPORTED_EXCHANGE_TYPE = 29,
	N_ERROR_MAX = 16383, /* errors end here, status begins */
	N_INITIAL_CONTACT = 24578,
	N_R_U_THERE = 36136,
	N_R_U_THERE_ACK = 36137,
};

enum { PROTO_ISAKMP = 1, KEY_IKE = 1, COOKIES = 16, LIFE_SECONDS = 1, IKE_AUTH_PSK = 1 };

extern const struct desc sa_head_desc, proposal_head_desc, transform_head_desc, id_desc;
extern const struct attr_table transform_attrs_table;
extern const struct desc_names isakmp_notify_names[], isakmp_exchange_names[], isakmp_id_names[];

/* "UNSUPPORTED-EXCHANGE-TYPE"; "notify" when the number has no name. */
const char *isakmp_notify_name(uint16_t type);
bool notify_decode(struct bytes body, struct notify_body *out, struct why *why);
void notify_encode(struct wr *w, const struct notify_body *n);
bool delete_decode(struct bytes body, struct delete_body *out, struct why *why);
void delete_encode(struct wr *w, const struct delete_body *d);
