/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Main mode under attack: floods, amplification, forged, altered and mutated messages. */
#include <stdio.h>
#include "isakmp_same.h"
#include "lib/why.h"
#include "unit.h"

static struct isakmp_saved *message1;

/* A valid message 1, whose cookie the test may change. */
static struct bytes first_message(struct lab_host *from, const struct lab_host *to)
{
	free(message1);
	message1 = lab_first_message(from, to);
	return bytes_of(message1->octets, message1->n);
}

START_TEST(flood_from_one_source)
{
	struct lab *lab = lab_new(15);
	struct lab_host *a = lab_add(lab), *b = lab_add(lab);
	struct endpoint evil = { { 0x0a0000ee }, 848 };
	struct isakmp_counters c;
	struct lab_result r;

	first_message(a, b);
	for (unsigned i = 0; i < 500; i++) {
		rng_bytes(lab->rng, message1->octets, 8);
		lab_inject(b, evil, bytes_of(message1->octets, message1->n));
	}
	isakmp_show_counters(b->ik, &c);
	ck_assert_uint_eq(c.half_open, b->cfg->half_open_source);
	ck_assert_uint_eq(c.half_open_limit, 480);
	ck_assert_uint_ge(lab_logged(b, MSG_CRYPTO_IKMP_HALF_OPEN), 1);
	ck_assert_uint_le(lab_logged(b, MSG_CRYPTO_IKMP_HALF_OPEN), 10);
	/* Others are served. */
	lab_run(lab, SEC(100));
	lab_connect(a, b, &r);
	lab_run(lab, SEC(2));
	ck_assert_ptr_nonnull(r.sa);
	isakmp_show_counters(b->ik, &c);
	ck_assert_uint_eq(c.half_open, 0);
	free(message1);
	message1 = NULL;
	lab_free(lab);
}
END_TEST

/* Message 1 in a member's name, from somebody who does not see the answers: the member gets in all the same. */
START_TEST(flood_in_somebodys_name)
{
	struct lab *lab = lab_new(18);
	struct lab_host *a = lab_add(lab), *b = lab_add(lab);
	struct isakmp_counters c;
	struct lab_result r;

	first_message(a, b);
	lab_run(lab, SEC(100));
	for (unsigned i = 0; i < 200; i++) {
		rng_bytes(lab->rng, message1->octets, 8);
		lab_inject(b, lab_at(a), bytes_of(message1->octets, message1->n));
		if (i == 100)
			lab_connect(a, b, &r);
		lab_run(lab, MSEC(10));
	}
	ck_assert_ptr_nonnull(r.sa);
	isakmp_show_counters(b->ik, &c);
	ck_assert_uint_le(c.half_open, b->cfg->half_open_source);
	free(message1);
	message1 = NULL;
	lab_free(lab);
}
END_TEST

START_TEST(flood_from_everywhere)
{
	struct lab *lab = lab_new(16);
	struct lab_host *a = lab_add(lab), *b = lab_add(lab);
	struct isakmp_counters c;
	struct lab_result r;

	first_message(a, b);
	lab_run(lab, SEC(100));
	for (unsigned i = 0; i < 5000; i++) {
		rng_bytes(lab->rng, message1->octets, 8);
		lab_inject(b, (struct endpoint){ { 0x14000000 + i }, 848 },
			bytes_of(message1->octets, message1->n));
	}
	isakmp_show_counters(b->ik, &c);
	ck_assert_uint_eq(c.half_open, 1000);
	/* A genuine initiator gets in while the flood's places are taken: the oldest silent one gives way. */
	lab_run(lab, SEC(1));
	lab_connect(a, b, &r);
	lab_run(lab, SEC(8));
	ck_assert_ptr_nonnull(r.sa);
	lab_run(lab, SEC(20));
	isakmp_show_counters(b->ik, &c);
	ck_assert_uint_eq(c.half_open, 0);
	ck_assert_uint_eq(HASH_COUNT(b->ik->peers), 1);
	free(message1);
	message1 = NULL;
	lab_free(lab);
}
END_TEST

/* Whatever comes from an address that never proved itself: no more octets go there than came. */
START_TEST(amplification)
{
	struct lab *lab = lab_new(17);
	struct lab_host *a = lab_add(lab), *b = lab_add(lab);
	struct endpoint victim = { { 0x0a0000ee }, 848 };
	struct bytes m;
	size_t in = 0;

	m = first_message(a, b);
	lab_run(lab, SEC(100));
	lab->octets = 0;
	for (unsigned round = 0; round < 300; round++) {
		uint8_t buf[MESSAGE_MAX];
		size_t n = m.n;

		memcpy(buf, m.p, n);
		switch (round % 6) {
		case 0:		/* new exchange */
			rng_bytes(lab->rng, buf, 8);
			break;
		case 1:		/* the same again */
			break;
		case 2:		/* a mutation */
			buf[rng_below(lab->rng, n)] ^= (uint8_t)(1 + rng_below(lab->rng, 255));
			break;
		case 3:		/* another exchange type */
			buf[18] = (uint8_t)rng_below(lab->rng, 256);
			break;
		case 4:		/* cut, with the right length */
			n = ISAKMP_HDR + rng_below(lab->rng, n - ISAKMP_HDR);
			buf[26] = (uint8_t)(n >> 8);
			buf[27] = (uint8_t)n;
			break;
		default:	/* bare header of aggressive mode */
			n = ISAKMP_HDR;
			buf[16] = 0;
			buf[18] = XCHG_AGGRESSIVE;
			buf[26] = 0;
			buf[27] = ISAKMP_HDR;
			break;
		}
		in += n;
		lab_inject(b, victim, bytes_of(buf, n));
		ck_assert_uint_le(lab->octets, in);
		lab_run(lab, MSEC(300));
		ck_assert_uint_le(lab->octets, in);
	}
	/* And a responder never sends by itself. */
	lab_run(lab, SEC(200));
	ck_assert_uint_le(lab->octets, in);
	ck_assert_uint_gt(lab->octets, 0);
	free(message1);
	message1 = NULL;
	lab_free(lab);
}
END_TEST

/* An offer of one transform and no vendor id leaves room for none in message 2. */
static unsigned strip_vendors(struct lab *lab, struct lab_packet *p)
{
	size_t sa = p->n == 1 ? (size_t)(p->body->octets[30] << 8 | p->body->octets[31]) : 0;

	if (sa) {
		p->body->octets[ISAKMP_HDR] = 0;
		p->body->n = ISAKMP_HDR + sa;
		p->body->octets[26] = (uint8_t)(p->body->n >> 8);
		p->body->octets[27] = (uint8_t)p->body->n;
	}
	return 1;
}

/* Both sides of the balance: what came to the responder and what it sent, until message 5 is right. */
struct balance {
	struct lab_host *to;
	size_t in, out;
	bool strip, lose_4, spoil_5, short_nonce;
	unsigned lost;
};

static bool is_payload(const struct lab_packet *p, uint8_t first)
{
	return p->body->octets[16] == first && p->body->octets[18] == XCHG_MAIN;
}

/* Message 3 with a nonce of 8 octets and nothing behind it. */
static void cut_nonce(struct isakmp_saved *m)
{
	size_t at = ISAKMP_HDR + (size_t)(m->octets[30] << 8 | m->octets[31]);

	m->octets[at] = 0;
	m->octets[at + 3] = 4 + NONCE_MIN;
	m->n = at + 4 + NONCE_MIN;
	m->octets[26] = (uint8_t)(m->n >> 8);
	m->octets[27] = (uint8_t)m->n;
}

static unsigned balanced(struct lab *lab, struct lab_packet *p)
{
	struct balance *w = lab->filter_arg;

	if (!ip4_eq(p->dst.ip, w->to->ip)) {
		w->out += p->body->n;
		ck_assert_uint_le(w->out, w->in);
		w->lost += w->lose_4 && is_payload(p, PL_KE);
		return !(w->lose_4 && is_payload(p, PL_KE));
	}
	if (w->strip)
		strip_vendors(lab, p);
	if (w->short_nonce && is_payload(p, PL_KE))
		cut_nonce(p->body);
	if (w->spoil_5 && is_payload(p, PL_ID))
		p->body->octets[p->body->n - 1] ^= 1;
	w->in += p->body->n;
	return 1;
}

/* To who has given the cookie back but not shown that he has the key no more octets go, either. */
START_TEST(amplification_before_authentication)
{
	for (unsigned i = 0; i < 16; i++) {
		struct balance w = { .strip = i & 1, .short_nonce = i & 2, .lose_4 = i & 4, .spoil_5 = i & 8 };
		struct lab *lab = lab_new(60 + i);
		struct lab_host *a = lab_add(lab), *b = lab_add(lab);
		struct isakmp_counters c;
		struct lab_result r;

		w.to = b;
		lab->filter = balanced;
		lab->filter_arg = &w;
		lab_connect(a, b, &r);
		lab_run(lab, SEC(200));
		ck_assert_uint_eq(r.calls, 1);
		isakmp_show_counters(b->ik, &c);
		ck_assert_uint_eq(c.established, i < 2);	/* a cut nonce is not what its sender computes with */
		ck_assert_uint_ge(w.lost, w.lose_4 ? 3 : 0);	/* every other duplicate is answered at least */
		lab_free(lab);
	}
}
END_TEST

/* A peer that shows its vendor ids late: ours had no room in message 2, and come with message 4. */
static unsigned late_vendors(struct lab *lab, struct lab_packet *p)
{
	struct isakmp_neg *n = lab->host[0].ik->negs;

	if (p->n == 1)
		n->sent_version = n->sent_dpd = false;
	return strip_vendors(lab, p);
}

START_TEST(vendor_ids_wait_for_room)
{
	struct lab *lab = lab_new(18);
	struct lab_host *a = lab_add(lab), *b = lab_add(lab);
	struct lab_result r;

	lab->filter = late_vendors;
	lab_connect(a, b, &r);
	lab_run(lab, SEC(2));
	ck_assert_ptr_nonnull(r.sa);
	ck_assert(isakmp_sa_peer_gdoix(r.sa) && r.sa->peer_dpd);
	ck_assert(isakmp_sa_peer_gdoix(lab_sa(b)) && lab_sa(b)->peer_dpd);
	lab_free(lab);
}
END_TEST

START_TEST(refused_exchanges)
{
	static const struct {
		uint8_t exchange;
		int msg;
	} rows[] = {
		{ XCHG_AGGRESSIVE, MSG_CRYPTO_IKMP_AG_MODE_DISABLED },
		{ XCHG_BASE, MSG_CRYPTO_IKMP_UNK_EXCHANGE },
		{ XCHG_AUTH_ONLY, MSG_CRYPTO_IKMP_UNK_EXCHANGE },
		{ 6, MSG_CRYPTO_IKMP_UNK_EXCHANGE },
		{ 77, MSG_CRYPTO_IKMP_UNK_EXCHANGE },
	};
	struct lab *lab = lab_new(19);
	struct lab_host *a = lab_add(lab), *b = lab_add(lab);

	first_message(a, b);
	lab_run(lab, SEC(100));
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		unsigned sent = lab->sent;
		uint64_t before = lab_logged(b, rows[i].msg);
		struct isakmp_hdr h;

		message1->octets[18] = rows[i].exchange;
		message1->octets[23] = 1;	/* message id */
		lab_inject(b, lab_at(a), bytes_of(message1->octets, message1->n));
		ck_assert_uint_eq(lab_logged(b, rows[i].msg), before + 1);
		ck_assert_uint_eq(lab->sent, sent + 1);
		ck_assert(isakmp_hdr_decode(bytes_of(lab->last[1]->octets, lab->last[1]->n), &h, NULL));
		ck_assert_uint_eq(h.exchange, XCHG_INFO);
		ck_assert_uint_eq(lab->last[1]->octets[39], N_UNSUPPORTED_EXCHANGE_TYPE);
	}
	ck_assert_ptr_null(b->ik->negs);
	free(message1);
	message1 = NULL;
	lab_free(lab);
}
END_TEST

/* Notifies in the clear explain; they do not change anything. */
START_TEST(forged_notify_changes_nothing)
{
	struct lab *lab = lab_new(20);
	struct lab_host *a = lab_add(lab), *b = lab_add(lab);
	uint8_t buf[64];
	struct wr w = wr_init(buf, sizeof(buf));
	struct isakmp_hdr h = { .next = PL_NOTIFY, .version = ISAKMP_VERSION, .exchange = XCHG_INFO, .msgid = 5,
		.length = 40 };
	const struct notify_body n = { .protocol = PROTO_ISAKMP, .type = N_NO_PROPOSAL_CHOSEN };
	struct lab_result r;
	size_t at;

	lab_connect(a, b, &r);
	memcpy(h.icookie, a->ik->negs->key.icookie, 8);
	isakmp_hdr_encode(&w, &h);
	at = isakmp_payload_begin(&w, PL_NONE);
	notify_encode(&w, &n);
	isakmp_payload_end(&w, at);
	for (unsigned i = 0; i < 20; i++) {
		lab_inject(a, lab_at(b), wr_done(&w));
		lab_run(lab, MSEC(2));
	}
	lab_run(lab, SEC(2));
	ck_assert_ptr_nonnull(r.sa);
	lab_free(lab);
}
END_TEST

static unsigned flips;
static unsigned flip_at;

static unsigned flip_once(struct lab *lab, struct lab_packet *p)
{
	static struct isakmp_saved *copy;

	if (p->n != flip_at)
		return 1;
	/* The forgery first, then the genuine one. */
	copy = isakmp_save(bytes_of(p->body->octets, p->body->n));
	for (unsigned i = 0; i < 30; i++) {
		copy->octets[ISAKMP_HDR + rng_below(lab->rng, copy->n - ISAKMP_HDR)] ^= 0x40;
		lab_inject(&lab->host[(p->n & 1)], p->src, bytes_of(copy->octets, copy->n));
		flips++;
	}
	free(copy);
	return 1;
}

/* Tampered encrypted messages cost the exchange nothing: neither its state nor its IV. */
START_TEST(tampered_message_5_and_6)
{
	for (flip_at = 5; flip_at <= 6; flip_at++) {
		struct lab *lab = lab_new(21);
		struct lab_host *a = lab_add(lab), *b = lab_add(lab);
		struct isakmp_counters c;
		struct lab_result r;

		flips = 0;
		lab->filter = flip_once;
		lab_connect(a, b, &r);
		lab_run(lab, MSEC(500));
		ck_assert_uint_eq(flips, 30);
		ck_assert_ptr_nonnull(r.sa);
		lab_same_keys(r.sa, lab_sa(b));
		isakmp_show_counters(flip_at == 5 ? b->ik : a->ik, &c);
		ck_assert_uint_ge(c.decrypt_failed + c.auth_failed + c.bad_exchange, flip_at == 5 ? 30 : 0);
		lab_free(lab);
	}
}
END_TEST

/* Before each genuine message one that was altered in one place: told by its own message, and it costs nothing. */
static unsigned main_mode;	/* messages of it so far */

static unsigned alter(struct lab *lab, struct lab_packet *p)
{
	struct isakmp_saved *copy;

	if (p->body->octets[18] != XCHG_MAIN)	/* an answer to one of these */
		return 1;
	copy = isakmp_save(bytes_of(p->body->octets, p->body->n));
	switch (++main_mode) {
	case 1:		/* a strange DOI, from somebody else */
		copy->octets[0] ^= 1;
		copy->octets[ISAKMP_HDR + 7] = 9;
		break;
	case 2:		/* an attribute of the transform that was not offered: behind SA, proposal and transform headers */
		copy->octets[ISAKMP_HDR + 12 + 8 + 8 + 3] ^= 0x40;
		break;
	case 3:		/* a GROUPKEY-PULL under a phase 1 that is not done */
		copy->octets[18] = XCHG_PULL;
		copy->octets[19] |= 1;
		copy->octets[23] = 1;
		break;
	case 5:		/* HASH_I: the identity and the header of the hash fill the first block */
		copy->octets[ISAKMP_HDR + 16] ^= 1;
		break;
	default:
		free(copy);
		return 1;
	}
	lab_inject(&lab->host[main_mode & 1], p->src, bytes_of(copy->octets, copy->n));
	free(copy);
	return 1;
}

START_TEST(altered_in_one_place)
{
	struct lab *lab = lab_new(22);
	struct lab_host *a = lab_add(lab), *b = lab_add(lab);
	struct lab_result r;

	main_mode = 0;
	lab->filter = alter;
	lab_connect(a, b, &r);
	lab_run(lab, MSEC(500));
	ck_assert_ptr_nonnull(r.sa);
	ck_assert_uint_eq(lab_logged(b, MSG_CRYPTO_IKMP_BAD_DOI_SA), 1);
	ck_assert_uint_eq(lab_logged(a, MSG_CRYPTO_IKMP_SA_NOT_OFFERED), 1);
	ck_assert_uint_eq(lab_logged(b, MSG_CRYPTO_IKMP_SA_NOT_AUTH), 1);
	ck_assert_uint_eq(lab_logged(b, MSG_CRYPTO_IKMP_AUTH_FAIL), 1);
	lab_free(lab);
}
END_TEST

START_TEST(message_6_is_sent_again)
{
	struct isakmp_sa *a, *b;
	struct lab *lab = lab_pair(22, &a, &b);
	struct isakmp_saved *five = NULL;
	unsigned sent = lab->sent;
	uint8_t last[CIPHER_BLOCK_MAX];

	five = isakmp_save(bytes_of(lab->last[0]->octets, lab->last[0]->n));
	memcpy(last, b->last, sizeof(last));
	lab_inject(&lab->host[1], lab_at(&lab->host[0]), bytes_of(five->octets, five->n));
	ck_assert_uint_eq(lab->sent, sent + 1);
	ck_assert_mem_eq(b->last, last, sizeof(last));
	/* From another address, or after a while, no more. */
	lab_inject(&lab->host[1], (struct endpoint){ { 1 }, 848 }, bytes_of(five->octets, five->n));
	ck_assert_uint_eq(lab->sent, sent + 1);
	lab_run(lab, SEC(61));
	ck_assert_ptr_null(b->final);
	lab_inject(&lab->host[1], lab_at(&lab->host[0]), bytes_of(five->octets, five->n));
	ck_assert_uint_eq(lab->sent, sent + 1);
	free(five);
	lab_free(lab);
}
END_TEST

/* 100,000 random datagrams, half of them with a header that gets far. */
START_TEST(garbage)
{
	struct isakmp_sa *a, *b;
	struct lab *lab = lab_pair(23, &a, &b);
	struct lab_host *x = &lab->host[0], *y = &lab->host[1];
	uint8_t buf[600];
	struct isakmp_counters c;

	for (unsigned i = 0; i < 100000; i++) {
		size_t n = rng_below(lab->rng, sizeof(buf));

		rng_bytes(lab->rng, buf, n);
		if (i & 1 && n >= ISAKMP_HDR) {
			static const uint8_t exchanges[] = { 2, 4, 5, 32, 33, 35 };

			buf[17] = ISAKMP_VERSION;
			buf[18] = exchanges[rng_below(lab->rng, sizeof(exchanges))];
			buf[24] = buf[25] = 0;
			buf[26] = (uint8_t)(n >> 8);
			buf[27] = (uint8_t)n;
			if (i & 2)
				memcpy(buf, b->cookies, COOKIES);
			if (i & 4)
				memset(buf + 8, 0, 8);
		}
		lab_inject(y, lab_at(x), bytes_of(buf, n));
	}
	isakmp_show_counters(y->ik, &c);
	ck_assert_uint_eq(c.in, 100003);
	ck_assert_uint_eq(c.established, 1);
	ck_assert_ptr_eq(lab_sa(y), b);
	ck_assert_uint_le(lab_logged(y, MSG_CRYPTO_IKMP_MALFORMED), 10);
	ck_assert_uint_le(lab_logged(y, MSG_CRYPTO_IKMP_NO_SA), 10);
	isakmp_clear_counters(y->ik);
	isakmp_show_counters(y->ik, &c);
	ck_assert_uint_eq(c.in, 0);
	ck_assert_uint_eq(c.established, 1);
	lab_free(lab);
}
END_TEST

/* Every message of main mode with every octet changed: the other side lives, and nobody gets an SA that does
 * not fit. */
static unsigned mutate_n, mutate_at;

static unsigned mutate(struct lab *lab, struct lab_packet *p)
{
	if (p->n == mutate_n && mutate_at < p->body->n)
		p->body->octets[mutate_at] ^= 0x81;
	return 1;
}

START_TEST(mutated_messages)
{
	for (mutate_n = 1; mutate_n <= 6; mutate_n++) {
		for (mutate_at = 0; mutate_at < 240; mutate_at += 3) {
			struct lab *lab = lab_new(24);
			struct lab_host *a = lab_add(lab), *b = lab_add(lab);
			struct lab_result r;

			lab->filter = mutate;
			lab_connect(a, b, &r);
			lab_run(lab, SEC(120));
			ck_assert_uint_eq(r.calls, 1);
			if (r.sa && lab_sa(b)) {
				struct isakmp_sa *o = isakmp_sa_find(b->ik, r.sa->cookies, r.sa->cookies + 8);

				if (o)
					lab_same_keys(r.sa, o);
			}
			ck_assert_ptr_null(a->ik->negs);
			ck_assert_ptr_null(b->ik->negs);
			lab_free(lab);
		}
	}
}
END_TEST

UNIT_MAIN("isakmp attack", flood_from_one_source, flood_in_somebodys_name, flood_from_everywhere, amplification,
	amplification_before_authentication, vendor_ids_wait_for_room, refused_exchanges,
	forged_notify_changes_nothing, tampered_message_5_and_6, altered_in_one_place, message_6_is_sent_again,
	garbage, mutated_messages)
