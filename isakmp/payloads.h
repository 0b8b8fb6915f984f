/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The ISAKMP header and the chain of payloads (RFC 2408 section 3), for every exchange of GDOI.
 */
#pragma once
#include "lib/wire.h"

struct why;

enum isakmp_exchange {
	XCHG_BASE = 1, XCHG_MAIN = 2, XCHG_AUTH_ONLY = 3, XCHG_AGGRESSIVE = 4, XCHG_INFO = 5,
	XCHG_PULL = 32, XCHG_PUSH = 33, XCHG_PUSH_ACK = 35,
	XCHG_COOP_ANN = 240, XCHG_COOP_REPLY = 241,	/* private, docs/PROTOCOL.md */
};

enum isakmp_payload_type {
	PL_NONE = 0, PL_SA = 1, PL_PROPOSAL = 2, PL_TRANSFORM = 3, PL_KE = 4, PL_ID = 5, PL_CERT = 6, PL_CERTREQ = 7,
	PL_HASH = 8, PL_SIG = 9, PL_NONCE = 10, PL_NOTIFY = 11, PL_DELETE = 12, PL_VID = 13, PL_SAK = 15, PL_SAT = 16,
	PL_KD = 17, PL_SEQ = 18, PL_POP = 19, PL_NATD = 20, PL_NATOA = 21, PL_GAP = 22,
};

enum { ISAKMP_HDR = 28, ISAKMP_FLAG_E = 1, ISAKMP_FLAG_C = 2, ISAKMP_FLAG_A = 4, ISAKMP_VERSION = 0x10, DOI_IPSEC = 1,
	DOI_GDOI = 2 };

struct isakmp_hdr {
	uint8_t icookie[8], rcookie[8];
	uint8_t next, version, exchange, flags;
	uint32_t msgid, length;
};

/* Checks version (major 1) and that length fits the datagram; trailing octets past length are an error. */
bool isakmp_hdr_decode(struct bytes datagram, struct isakmp_hdr *h, struct why *why);
void isakmp_hdr_encode(struct wr *w, const struct isakmp_hdr *h);

#define ISAKMP_PAYLOADS 64	/* more in one message is refused */

struct isakmp_payload {
	uint8_t type;
	struct bytes body;	/* without the generic header */
	struct bytes whole;	/* with it */
};

/*
 * Walks the chain from 'first'. out has room for max; *count gets how many; *used the octets up to the end of the last
 * payload. padded: zero octets may follow (decrypted messages); otherwise nothing may. False with why.
 */
bool isakmp_chain(uint8_t first, struct bytes in, bool padded, struct isakmp_payload *out, unsigned max, unsigned *count,
	size_t *used, struct why *why);
/* Begins a payload: writes a generic header with the *next* payload's type; returns its place for payload_end. */
size_t isakmp_payload_begin(struct wr *w, uint8_t next);
void isakmp_payload_end(struct wr *w, size_t at);
/* The first of a type, NULL when there is none. */
const struct isakmp_payload *isakmp_find(const struct isakmp_payload *p, unsigned count, uint8_t type);
