/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * isakmp_input() on an engine that has an established SA and a half-open negotiation. The first octet says
 *what the rest is; several records follow one another, each with its length in two octets in front: 0	a
 *datagram as it is 1	a datagram that gets the cookies of the established SA
 *	2	a datagram that gets the cookies of the half-open negotiation
 *	3	exchange, first payload, payloads: a peer that has the keys and means harm
 *	4	the same in an exchange that goes on
 *	5	payloads of message 5, under the right key
 */
#include <stdlib.h>
#include "isakmp_lab.h"
#include "lib/crypto/cipher.h"
#include "lib/mem.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct bench {
	struct lab *lab;
	struct lab_host *peer, *own;
	struct isakmp_sa *theirs, *ours;
	struct isakmp_neg *half;	/* ours; waits for message 5 */
	uint8_t iv[CIPHER_BLOCK_MAX];
	uint32_t msgid;
};

static void in(void *arg, struct isakmp_xchg *x, const struct isakmp_msg *m)
{
	if (!isakmp_hash_ok(x, m, NULL, 0) || m->count == 0)
		isakmp_xchg_abort(x, 0);
	else if (m->payload[0].body.n & 1)
		isakmp_xchg_send(x, NULL, 0, m->payload[0].type, m->payload[0].whole, m->payload[0].body.n & 2);
	else if (m->payload[0].body.n & 2)
		isakmp_xchg_abort(x, m->payload[0].type);
	else
		isakmp_xchg_done(x);
}

static void failed(void *arg, struct isakmp_xchg *x, enum isakmp_fail why)
{
}

static void raw(void *arg, const struct datagram *d, const struct isakmp_hdr *h)
{
}

static const struct isakmp_xchg_ops ops = { XCHG_PULL, in, failed };

static struct isakmp_sa *make_sa(struct lab_host *h, const struct lab_host *other, bool initiator)
{
	struct isakmp_sa *sa = mem_zalloc(sizeof(*sa));

	memset(sa->cookies, 0x11, COOKIES);
	sa->keys = secret_new(64);
	memset(sa->keys.p, 0x22, sa->keys.n);
	sa->local = lab_at(h);
	sa->remote = lab_at(other);
	sa->encr = CIPHER_AES256;
	sa->hash = HASH_SHA256;
	sa->initiator = initiator;
	sa->peer_dpd = true;
	sa->peer_id = mem_strdup("fuzz");
	isakmp_sa_add(h->ik, sa, 86400);
	return sa;
}

static unsigned nothing_arrives(struct lab *lab, struct lab_packet *p)
{
	return 0;
}

static unsigned up_to_message_5(struct lab *lab, struct lab_packet *p)
{
	return p->n < 5;
}

static void open_bench(struct bench *b, bool half_open)
{
	struct lab_result r;

	b->lab = lab_new(1);
	b->peer = lab_add(b->lab);
	b->own = lab_add(b->lab);
	if (half_open) {
		b->lab->filter = up_to_message_5;
		lab_connect(b->peer, b->own, &r);
		lab_run(b->lab, MSEC(100));
		isakmp_connect_cancel(r.pending);
		b->half = b->own->ik->negs;
	}
	b->lab->filter = nothing_arrives;
	b->theirs = make_sa(b->peer, b->own, true);
	b->ours = make_sa(b->own, b->peer, false);
	isakmp_on_xchg(b->own->ik, &ops, NULL);
	isakmp_on_raw(b->own->ik, XCHG_PUSH, raw, NULL);
	isakmp_on_raw(b->own->ik, XCHG_PUSH_ACK, raw, NULL);
}

static void plain(struct bench *b, const uint8_t *cookies, struct bytes d)
{
	struct isakmp_saved *s = isakmp_save(d);

	if (cookies)
		memcpy(s->octets, cookies, d.n < COOKIES ? d.n : COOKIES);
	lab_inject(b->own, lab_at(b->peer), bytes_of(s->octets, s->n));
	free(s);
}

static void hostile(struct bench *b, bool go_on, struct bytes d)
{
	struct isakmp_saved *s;

	if (d.n < 2)
		return;
	if (!go_on || !b->msgid) {
		b->msgid += 7;
		if (!isakmp_exchange_iv(HASH_SHA256, b->theirs->last, 16, b->msgid, b->iv))
			return;
	}
	s = isakmp_encode(b->theirs, d.p[0], b->msgid, b->iv, NULL, 0, d.p[1], bytes_of(d.p + 2, d.n - 2));
	if (!s)
		return;
	lab_inject(b->own, lab_at(b->peer), bytes_of(s->octets, s->n));
	free(s);
}

static void message5(struct bench *b, struct bytes d)
{
	struct isakmp_hdr h = { .version = ISAKMP_VERSION, .exchange = XCHG_MAIN, .flags = ISAKMP_FLAG_E };
	const struct isakmp_neg *n = b->half;
	uint8_t buf[1024] = { 0 };
	struct wr w = wr_init(buf, sizeof(buf));
	size_t len;

	if (!n || b->own->ik->negs != n || !n->x || !secret_set(&n->x->keys.sa) || d.n < 1 || d.n > 900)
		return;
	len = (d.n - 1 + 15) / 16 * 16;
	h.next = d.p[0];
	h.length = (uint32_t)(ISAKMP_HDR + len);
	memcpy(h.icookie, n->key.icookie, 8);
	memcpy(h.rcookie, n->rcookie, 8);
	isakmp_hdr_encode(&w, &h);
	memcpy(buf + ISAKMP_HDR, d.p + 1, d.n - 1);
	if (len && cbc_encrypt(CIPHER_AES256, bytes_of(n->x->keys.sa.p + 32, 32), n->x->iv, buf + ISAKMP_HDR,
			   buf + ISAKMP_HDR, len, NULL))
		lab_inject(b->own, lab_at(b->peer), bytes_of(buf, ISAKMP_HDR + len));
}

static void record(struct bench *b, uint8_t kind, struct bytes d)
{
	uint8_t cookies[COOKIES];

	switch (kind) {
	case 0:
		plain(b, NULL, d);
		break;
	case 1:
		plain(b, b->theirs->cookies, d);
		break;
	case 2:
		if (!b->half || b->own->ik->negs != b->half)
			break;
		memcpy(cookies, b->half->key.icookie, 8);
		memcpy(cookies + 8, b->half->rcookie, 8);
		plain(b, cookies, d);
		break;
	case 3:
	case 4:
		hostile(b, kind == 4, d);
		break;
	default:
		message5(b, d);
		break;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bench b = { .msgid = 0 };
	struct rd r = rd_init(bytes_of(data, size));
	uint8_t kind = rd_u8(&r) % 6;

	open_bench(&b, kind == 2 || kind == 5);
	for (unsigned i = 0; i < 16 && rd_left(&r) > 2; i++) {
		size_t n = rd_u16(&r);

		record(&b, kind, rd_bytes(&r, n < rd_left(&r) ? n : rd_left(&r)));
	}
	lab_run(b.lab, SEC(100));
	lab_free(b.lab);
	return 0;
}
