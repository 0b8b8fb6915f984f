/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Messages under an established SA: HDR*, HASH, payloads (RFC 2409 sections 5.5, 5.7 and appendix B). */
#include <stdlib.h>
#include "isakmp/engine.h"
#include "isakmp/keylog.h"
#include "lib/crypto/cipher.h"
#include "lib/crypto/prf.h"
#include "lib/mem.h"
#include "lib/why.h"

#define PREFIX_PARTS 4

bool isakmp_hash(const struct isakmp_sa *sa, uint32_t msgid, const struct bytes *prefix, unsigned n,
	struct bytes rest, uint8_t *out)
{
	uint8_t mid[4];
	struct wr w = wr_init(mid, sizeof(mid));
	struct bytes parts[PREFIX_PARTS + 2] = { BYTES_OF(mid) };

	if (n > PREFIX_PARTS)
		return false;
	wr_u32(&w, msgid);
	for (unsigned i = 0; i < n; i++)
		parts[i + 1] = prefix[i];
	parts[n + 1] = rest;
	return prf_parts(sa->hash, isakmp_sa_akey(sa), parts, n + 2, out);
}

bool isakmp_seal(const struct isakmp_sa *sa, uint8_t *iv, uint8_t *body, size_t n)
{
	return cbc_encrypt(sa->encr, isakmp_sa_ckey(sa), iv, body, body, n, iv);
}

struct isakmp_saved *isakmp_encode(struct isakmp_sa *sa, uint8_t exchange, uint32_t msgid, uint8_t *iv,
	const struct bytes *prefix, unsigned n, uint8_t first, struct bytes payloads)
{
	const size_t hash = hash_alg(sa->hash)->size, block = cipher_alg(sa->encr)->block;
	size_t body = 4 + hash + payloads.n, padded = (body + block - 1) / block * block;
	struct isakmp_hdr h = { .next = PL_HASH,
		.version = ISAKMP_VERSION,
		.exchange = exchange,
		.flags = ISAKMP_FLAG_E,
		.msgid = msgid,
		.length = (uint32_t)(ISAKMP_HDR + padded) };
	struct isakmp_saved *s;
	struct wr w;
	size_t at;

	if (payloads.n > ISAKMP_DATAGRAM || ISAKMP_HDR + padded > ISAKMP_DATAGRAM) {
		sa->ik->count.too_big++;
		return NULL;
	}
	s = malloc(sizeof(*s) + ISAKMP_HDR + padded);
	if (!s)
		return NULL;
	s->n = ISAKMP_HDR + padded;
	w = wr_init(s->octets, s->n);
	memcpy(h.icookie, sa->cookies, 8);
	memcpy(h.rcookie, sa->cookies + 8, 8);
	isakmp_hdr_encode(&w, &h);
	at = isakmp_payload_begin(&w, first);
	wr_zero(&w, hash);
	isakmp_payload_end(&w, at);
	wr_bytes(&w, payloads);
	wr_zero(&w, padded - body);
	if (!wr_ok(&w) || !isakmp_hash(sa, msgid, prefix, n, payloads, s->octets + ISAKMP_HDR + 4)) {
		free(s);
		return NULL;
	}
	keylog_plain(sa->local, sa->remote, bytes_of(s->octets, ISAKMP_HDR + body));
	if (!isakmp_seal(sa, iv, s->octets + ISAKMP_HDR, padded)) {
		report_crypt(sa->ik, sa->conn_id, "encrypt");
		secret_cleanse(s->octets, s->n);
		free(s);
		return NULL;
	}
	return s;
}

static bool rubbish(struct isakmp_sa *sa, const struct datagram *d, uint64_t *counter)
{
	(*counter)++;
	report_bad_message(sa->ik, d->src.ip);
	return false;
}

/* They may stand in any message (RFC 2408 section 3.16), and say nothing once there is an SA. HASH covers them all the same. */
static unsigned without_vendor_ids(struct isakmp_payload *p, unsigned count)
{
	unsigned n = 0;

	for (unsigned i = 0; i < count; i++)
		if (p[i].type != PL_VID)
			p[n++] = p[i];
	return n;
}

bool isakmp_open(struct isakmp_sa *sa, const struct datagram *d, const struct isakmp_hdr *h, const uint8_t *iv,
	uint8_t *next_iv, struct isakmp_payload *p, struct isakmp_msg *m)
{
	struct isakmp *ik = sa->ik;
	const size_t block = cipher_alg(sa->encr)->block, n = d->body.n - ISAKMP_HDR;
	unsigned count;
	size_t used;

	if (!(h->flags & ISAKMP_FLAG_E)) {
		ik->count.not_encrypted++;
		report_not_encrypted(ik, d->src.ip);
		return false;
	}
	if (n == 0 || n % block || n > sizeof(ik->scratch))
		return rubbish(sa, d, &ik->count.malformed);
	if (!cbc_decrypt(sa->encr, isakmp_sa_ckey(sa), iv, d->body.p + ISAKMP_HDR, ik->scratch, n, next_iv)) {
		report_crypt(ik, sa->conn_id, "decrypt");
		ik->count.decrypt_failed++;
		return false;
	}
	if (!isakmp_chain(h->next, bytes_of(ik->scratch, n), true, p, ISAKMP_PAYLOADS, &count, &used, NULL) ||
		count == 0 || p[0].type != PL_HASH || p[0].body.n != hash_alg(sa->hash)->size)
		return rubbish(sa, d, &ik->count.decrypt_failed);
	m->hash = p[0].body;
	m->hashed = bytes_of(ik->scratch + p[0].whole.n, used - p[0].whole.n);
	m->payload = p + 1;
	m->count = without_vendor_ids(p + 1, count - 1);
	return true;
}
