/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What runs under an SA: exchanges, informational messages, DPD, Delete; known answers of gdoi-wire.md
 * appendix A. */
#include <malloc.h>
#include "isakmp_kat.h"
#include "isakmp_lab.h"
#include "crypto_hex.h"
#include "lib/mem.h"
#include "unit.h"

/* ---- known answers: an SA with the appendix's keys ---- */

static struct isakmp_sa *kat_sa(struct lab_host *h, bool initiator)
{
	struct isakmp_sa *sa = mem_zalloc(sizeof(*sa));
	uint8_t keys[64];

	memcpy(sa->cookies, unhex(kat_cky_i).p, 8);
	memcpy(sa->cookies + 8, unhex(kat_cky_r).p, 8);
	memcpy(keys, unhex(kat_skeyid_a).p, 32);
	memcpy(keys + 32, unhex(kat_aes256_phase1_key).p, 32);
	sa->keys = secret_copy(BYTES_OF(keys));
	memcpy(sa->last, unhex(kat_phase1_last_block).p, 16);
	sa->local = lab_at(h);
	sa->remote = lab_at(&h->lab->host[initiator ? 1 : 0]);
	sa->encr = CIPHER_AES256;
	sa->hash = HASH_SHA256;
	sa->group = DH_14;
	sa->initiator = initiator;
	sa->peer_dpd = true;
	sa->peer_id = mem_strdup("kat");
	isakmp_sa_add(h->ik, sa, 86400);
	return sa;
}

static void sent_was(const struct lab_host *h, const char *hex)
{
	const struct isakmp_saved *s = h->lab->last[h - h->lab->host];

	ck_bytes(s->octets, s->n, hex);
}

static unsigned nothing_arrives(struct lab *lab, struct lab_packet *p)
{
	return 0;
}

START_TEST(dpd_known_answer)
{
	struct lab *lab = lab_new(1);
	struct lab_host *a = lab_add(lab);
	struct isakmp_sa *sa;
	uint8_t buf[64];
	struct wr w = wr_init(buf, sizeof(buf));
	struct notify_body n = { .doi = 1, .protocol = 1, .type = N_R_U_THERE };

	lab_add(lab);
	lab->filter = nothing_arrives;
	sa = kat_sa(a, true);
	n.spi = BYTES_OF(sa->cookies);
	n.data = unhex("12345678");
	notify_encode(&w, &n);
	ck_assert(isakmp_info_send(sa, 0x01020304, PL_NOTIFY, wr_done(&w)));
	sent_was(a, kat_dpd_wire);
	lab_free(lab);
}
END_TEST

/* Both sides of a PULL whose payloads are the appendix's. */
struct pull {
	struct lab_host *h;
	const struct isakmp_xchg_ops *ops;
	unsigned in, failed;
	bool hash_ok;
	enum isakmp_fail why;
};

static struct bytes nonce_payload(const char *hex, uint8_t next, uint8_t *buf)
{
	struct wr w = wr_init(buf, 600);
	size_t at = isakmp_payload_begin(&w, next);

	wr_bytes(&w, unhex(hex));
	isakmp_payload_end(&w, at);
	return wr_done(&w);
}

static void kat_ks_in(void *arg, struct isakmp_xchg *x, const struct isakmp_msg *m)
{
	struct pull *p = arg;
	struct bytes n[2];
	uint8_t buf[1024];
	struct wr w;
	size_t at;

	n[0] = unhex(kat_pull_ni_b);
	n[1] = unhex(kat_pull_nr_b);
	if (p->in++ == 0) {
		ck_assert(isakmp_hash_ok(x, m, NULL, 0));
		ck_assert_uint_eq(m->count, 2);
		ck_bytes(m->hashed.p, m->hashed.n, kat_pull_nonceid_payloads);
		w = wr_init(buf, sizeof(buf));
		at = isakmp_payload_begin(&w, PL_SA);
		wr_bytes(&w, n[1]);
		isakmp_payload_end(&w, at);
		at = isakmp_payload_begin(&w, PL_NONE);
		wr_bytes(&w, unhex(kat_pull_sa_body));
		isakmp_payload_end(&w, at);
		ck_assert(isakmp_xchg_send(x, n, 1, PL_NONCE, wr_done(&w), false));
		return;
	}
	ck_assert(isakmp_hash_ok(x, m, n, 2));
	ck_assert_uint_eq(m->count, 0);
	w = wr_init(buf, sizeof(buf));
	at = isakmp_payload_begin(&w, PL_KD);
	wr_u32(&w, 0);
	isakmp_payload_end(&w, at);
	at = isakmp_payload_begin(&w, PL_NONE);
	wr_bytes(&w, unhex(kat_pull_kd_body));
	isakmp_payload_end(&w, at);
	ck_assert(isakmp_xchg_send(x, n, 2, PL_SEQ, wr_done(&w), false));
	isakmp_xchg_done(x);
}

static void kat_gm_in(void *arg, struct isakmp_xchg *x, const struct isakmp_msg *m)
{
	struct pull *p = arg;
	struct bytes n[2];

	n[0] = unhex(kat_pull_ni_b);
	n[1] = unhex(kat_pull_nr_b);
	if (p->in++ == 0) {
		ck_assert(isakmp_hash_ok(x, m, n, 1));
		ck_assert(isakmp_xchg_send(x, n, 2, PL_NONE, BYTES_NONE, true));
		return;
	}
	ck_assert(isakmp_hash_ok(x, m, n, 2));
	p->hash_ok = true;
	isakmp_xchg_done(x);
}

static void no_fail(void *arg, struct isakmp_xchg *x, enum isakmp_fail why)
{
	struct pull *p = arg;

	p->failed++;
	p->why = why;
}

static const struct isakmp_xchg_ops kat_ks = { XCHG_PULL, kat_ks_in, no_fail };
static const struct isakmp_xchg_ops kat_gm = { XCHG_PULL, kat_gm_in, no_fail };

START_TEST(pull_known_answer)
{
	struct lab *lab = lab_new(2);
	struct lab_host *gm = lab_add(lab), *ks = lab_add(lab);
	struct pull g = { .h = gm }, k = { .h = ks };
	struct isakmp_sa *sa;
	struct isakmp_xchg *x;

	sa = kat_sa(gm, true);
	kat_sa(ks, false);
	isakmp_on_xchg(ks->ik, &kat_ks, &k);
	x = isakmp_xchg_start(sa, &kat_gm, &g, 0xa1b2c3d4, true);
	ck_assert(isakmp_xchg_send(x, NULL, 0, PL_NONCE, unhex(kat_pull_nonceid_payloads), true));
	sent_was(gm, kat_pull_msg1_wire);
	lab_run(lab, LAB_DELAY);
	sent_was(ks, kat_pull_msg2_wire);
	lab_run(lab, LAB_DELAY);
	sent_was(gm, kat_pull_msg3_wire);
	lab_run(lab, LAB_DELAY);
	sent_was(ks, kat_pull_msg4_wire);
	lab_run(lab, LAB_DELAY);
	ck_assert(g.hash_ok);
	ck_assert_uint_eq(lab->sent, 4);
	ck_assert_uint_eq(g.failed + k.failed, 0);
	lab_free(lab);
}
END_TEST

/* ---- a four-message exchange that tests can disturb ---- */

struct side {
	unsigned in, failed, bad;
	enum isakmp_fail why;
	struct isakmp_xchg *x;
	bool abort_first, silent, done;
	uint16_t abort_with;
};

static struct bytes some_nonce(uint8_t v, uint8_t *buf)
{
	struct wr w = wr_init(buf, 64);
	size_t at = isakmp_payload_begin(&w, PL_NONE);

	wr_u8(&w, v);
	isakmp_payload_end(&w, at);
	return wr_done(&w);
}

static void ks_in(void *arg, struct isakmp_xchg *x, const struct isakmp_msg *m)
{
	struct side *s = arg;
	uint8_t buf[64];

	if (!isakmp_hash_ok(x, m, NULL, 0)) {
		s->bad++;
		return;
	}
	ck_assert_ptr_eq(isakmp_find(m->payload, m->count, PL_NONCE), m->payload);
	s->in++;
	s->x = x;
	if (s->silent)
		return;
	if (s->abort_first) {
		isakmp_xchg_abort(x, s->abort_with);
		return;
	}
	ck_assert(isakmp_xchg_send(x, NULL, 0, PL_NONCE, some_nonce((uint8_t)(m->payload[0].body.p[0] + 1), buf), false));
	if (m->payload[0].body.p[0] == 3)
		isakmp_xchg_done(x);
}

static void gm_in(void *arg, struct isakmp_xchg *x, const struct isakmp_msg *m)
{
	struct side *s = arg;
	uint8_t buf[64];

	if (!isakmp_hash_ok(x, m, NULL, 0)) {
		s->bad++;
		return;
	}
	s->in++;
	if (m->payload[0].body.p[0] == 4) {
		s->done = true;
		isakmp_xchg_done(x);
		return;
	}
	ck_assert_uint_eq(m->payload[0].body.p[0], 2);
	ck_assert(isakmp_xchg_send(x, NULL, 0, PL_NONCE, some_nonce(3, buf), true));
}

static void side_failed(void *arg, struct isakmp_xchg *x, enum isakmp_fail why)
{
	struct side *s = arg;

	s->failed++;
	s->why = why;
}

static const struct isakmp_xchg_ops ks_ops = { XCHG_PULL, ks_in, side_failed };
static const struct isakmp_xchg_ops gm_ops = { XCHG_PULL, gm_in, side_failed };

struct duo {
	struct lab *lab;
	struct lab_host *gm, *ks;
	struct isakmp_sa *a, *b;
	struct side g, k;
};

static void duo_open(struct duo *d, uint64_t seed)
{
	memset(d, 0, sizeof(*d));
	d->lab = lab_pair(seed, &d->a, &d->b);
	d->gm = &d->lab->host[0];
	d->ks = &d->lab->host[1];
	isakmp_on_xchg(d->ks->ik, &ks_ops, &d->k);
}

static struct isakmp_xchg *duo_start(struct duo *d)
{
	struct isakmp_xchg *x = isakmp_xchg_new(d->a, &gm_ops, &d->g);
	uint8_t buf[64];

	ck_assert(isakmp_xchg_send(x, NULL, 0, PL_NONCE, some_nonce(1, buf), true));
	return x;
}

START_TEST(plain_exchange)
{
	struct duo d;

	duo_open(&d, 3);
	duo_start(&d);
	lab_run(d.lab, SEC(1));
	ck_assert(d.g.done);
	ck_assert_uint_eq(d.k.in, 2);
	ck_assert_uint_eq(d.lab->sent, 10);
	/* The initiator is through with it, the responder keeps its last reply for a while. */
	ck_assert_ptr_null(d.a->xchgs);
	ck_assert_ptr_nonnull(d.b->xchgs);
	lab_run(d.lab, SEC(60));
	ck_assert_ptr_null(d.b->xchgs);
	ck_assert_uint_eq(d.lab->sent, 10);
	ck_assert_ptr_null(d.b->final);
	lab_free(d.lab);
}
END_TEST

static unsigned drop_or_double;		/* packet number */
static unsigned copies_of_it;

static unsigned one_of_them(struct lab *lab, struct lab_packet *p)
{
	return p->n == drop_or_double ? copies_of_it : 1;
}

START_TEST(each_lost_or_doubled)
{
	for (copies_of_it = 0; copies_of_it <= 3; copies_of_it += 1 + (copies_of_it == 0)) {
		for (drop_or_double = 7; drop_or_double <= 10; drop_or_double++) {
			struct duo d;

			duo_open(&d, 4);
			d.lab->filter = one_of_them;
			duo_start(&d);
			lab_run(d.lab, SEC(100));
			ck_assert_msg(d.g.done && !d.g.failed && !d.k.failed, "message %u x %u", drop_or_double,
				copies_of_it);
			ck_assert_uint_eq(d.k.in, 2);
			ck_assert_uint_eq(d.g.in, 2);
			ck_assert_uint_eq(d.g.bad + d.k.bad, 0);
			lab_free(d.lab);
		}
	}
}
END_TEST

static unsigned lossy(struct lab *lab, struct lab_packet *p)
{
	uint64_t x = rng_below(lab->rng, 100);

	return x < 25 ? 0 : x < 45 ? 2 : 1;
}

START_TEST(many_on_a_lossy_net)
{
	struct duo d;
	unsigned good = 0;

	duo_open(&d, 5);
	d.lab->filter = lossy;
	for (unsigned i = 0; i < 200; i++) {
		d.g.done = false;
		duo_start(&d);
		lab_run(d.lab, SEC(120));
		good += d.g.done;
	}
	ck_assert_uint_ge(good, 195);
	ck_assert_uint_eq(d.g.bad + d.k.bad, 0);
	lab_free(d.lab);
}
END_TEST

START_TEST(no_answer)
{
	struct duo d;
	struct lab_result r;

	duo_open(&d, 6);
	d.k.silent = true;
	duo_start(&d);
	lab_run(d.lab, SEC(100));
	ck_assert_uint_eq(d.g.failed, 1);
	ck_assert_int_eq(d.g.why, ISAKMP_TIMEOUT);
	ck_assert_uint_eq(d.k.in, 1);		/* the duplicates were not shown */
	ck_assert_uint_eq(d.k.failed, 1);	/* the guard */
	/* Whoever connects next does not get the SA that did not answer; when the new one stands, it goes. */
	lab_connect(d.gm, d.ks, &r);
	lab_run(d.lab, SEC(2));
	ck_assert(r.sa && r.sa != d.a);
	ck_assert_uint_eq(d.gm->gone, 1);
	lab_free(d.lab);
}
END_TEST

START_TEST(refusal_reaches_the_initiator)
{
	struct duo d;

	duo_open(&d, 7);
	d.k.abort_first = true;
	d.k.abort_with = 18;
	duo_start(&d);
	lab_run(d.lab, MSEC(500));
	ck_assert_uint_eq(d.g.failed, 1);
	ck_assert_int_eq(d.g.why, ISAKMP_REFUSED);
	ck_assert_ptr_null(d.b->xchgs);
	lab_free(d.lab);
}
END_TEST

START_TEST(message_ids_are_not_reused)
{
	struct duo d;
	struct isakmp_saved *first = NULL;
	struct isakmp_counters c;
	unsigned sent;

	duo_open(&d, 8);
	duo_start(&d);
	first = isakmp_save(bytes_of(d.lab->last[0]->octets, d.lab->last[0]->n));
	lab_run(d.lab, SEC(100));
	ck_assert(d.g.done);
	sent = d.lab->sent;
	for (unsigned i = 0; i < 3000;
		i++) { /* far more than are remembered: newer ones do not push it out at once */
		ck_assert_uint_eq(d.k.in, 2);
		lab_inject(d.ks, lab_at(d.gm), bytes_of(first->octets, first->n));
		if (i < 900)
			isakmp_sa_use(d.b, i + 1);
	}
	ck_assert_uint_eq(d.lab->sent, sent);
	isakmp_show_counters(d.ks->ik, &c);
	ck_assert_uint_ge(c.duplicates, 3000);
	free(first);
	lab_free(d.lab);
}
END_TEST

START_TEST(duplicate_does_not_advance_the_iv)
{
	struct duo d;
	struct isakmp_saved *first;
	uint8_t iv[CIPHER_BLOCK_MAX];
	unsigned sent;

	duo_open(&d, 9);
	d.lab->filter = nothing_arrives;
	duo_start(&d);
	first = isakmp_save(bytes_of(d.lab->last[0]->octets, d.lab->last[0]->n));
	lab_inject(d.ks, lab_at(d.gm), bytes_of(first->octets, first->n));
	memcpy(iv, d.b->xchgs->iv, sizeof(iv));
	sent = d.lab->sent;
	for (unsigned i = 0; i < 5; i++)
		lab_inject(d.ks, lab_at(d.gm), bytes_of(first->octets, first->n));
	ck_assert_mem_eq(iv, d.b->xchgs->iv, sizeof(iv));
	ck_assert_uint_eq(d.lab->sent, sent + 5);
	ck_assert_uint_eq(d.k.in, 1);
	free(first);
	lab_free(d.lab);
}
END_TEST

/* Forged messages with the right cookies and message id: no change of state, IV or timer. */
START_TEST(forgeries_in_an_exchange)
{
	struct duo d;
	struct isakmp_saved *copy;

	duo_open(&d, 10);
	duo_start(&d);
	lab_run(d.lab, LAB_DELAY);		/* message 2 flies */
	copy = isakmp_save(bytes_of(d.lab->last[1]->octets, d.lab->last[1]->n));
	for (unsigned i = 0; i < 500; i++) {
		copy->octets[ISAKMP_HDR + rng_below(d.lab->rng, copy->n - ISAKMP_HDR)] ^= (uint8_t)(1 + i % 255);
		lab_inject(d.gm, lab_at(d.ks), bytes_of(copy->octets, copy->n));
	}
	lab_run(d.lab, SEC(1));
	ck_assert(d.g.done);
	free(copy);
	lab_free(d.lab);
}
END_TEST

START_TEST(open_exchanges_are_bounded)
{
	struct duo d;
	struct isakmp_xchg *x;
	struct isakmp_counters c;
	unsigned n = 0;

	duo_open(&d, 11);
	d.k.silent = true;
	for (unsigned i = 0; i < 20; i++)
		duo_start(&d);
	lab_run(d.lab, MSEC(100));
	DL_COUNT(d.b->xchgs, x, n);
	ck_assert_uint_eq(n, 4);
	isakmp_show_counters(d.ks->ik, &c);
	ck_assert_uint_eq(c.half_open_limit, 16);
	lab_run(d.lab, SEC(200));
	ck_assert_ptr_null(d.b->xchgs);
	lab_free(d.lab);
}
END_TEST

START_TEST(port_floats_only_when_authentic)
{
	struct duo d;
	struct isakmp_saved *m;
	struct endpoint moved;

	duo_open(&d, 12);
	d.lab->filter = nothing_arrives;
	duo_start(&d);
	m = isakmp_save(bytes_of(d.lab->last[0]->octets, d.lab->last[0]->n));
	moved = lab_at(d.gm);
	moved.port = 4848;
	m->octets[m->n - 1] ^= 1;
	lab_inject(d.ks, moved, bytes_of(m->octets, m->n));
	ck_assert_uint_eq(isakmp_sa_peer_endpoint(d.b).port, 848);
	m->octets[m->n - 1] ^= 1;
	lab_inject(d.ks, (struct endpoint){ { 0x0a0000ee }, 848 }, bytes_of(m->octets, m->n));
	ck_assert_uint_eq(d.k.in, 0);
	lab_inject(d.ks, moved, bytes_of(m->octets, m->n));
	ck_assert_uint_eq(d.k.in, 1);
	ck_assert_uint_eq(isakmp_sa_peer_endpoint(d.b).port, 4848);
	ck_assert_uint_eq(d.lab->last_dst[1].port, 4848);
	free(m);
	lab_free(d.lab);
}
END_TEST

START_TEST(quick_mode_is_refused)
{
	struct duo d;
	struct isakmp_xchg *x;
	struct isakmp_counters c;
	uint8_t buf[600];

	duo_open(&d, 13);
	x = isakmp_xchg_new(d.a, &gm_ops, &d.g);
	/* HASH, SA, Ni: what DOI 1 calls number 32 */
	ck_assert(isakmp_xchg_send(x, NULL, 0, PL_SA, nonce_payload(kat_phase1_sai_b, PL_NONE, buf), true));
	lab_run(d.lab, MSEC(500));
	ck_assert_uint_eq(d.k.in, 0);
	ck_assert_uint_eq(d.g.failed, 1);
	ck_assert_int_eq(d.g.why, ISAKMP_REFUSED);
	isakmp_show_counters(d.ks->ik, &c);
	ck_assert_uint_eq(c.bad_exchange, 1);
	lab_free(d.lab);
}
END_TEST

START_TEST(plaintext_and_unknown_sa)
{
	struct duo d;
	struct isakmp_saved *m;
	struct isakmp_counters c;

	duo_open(&d, 14);
	d.lab->filter = nothing_arrives;
	duo_start(&d);
	m = isakmp_save(bytes_of(d.lab->last[0]->octets, d.lab->last[0]->n));
	m->octets[19] = 0;
	lab_inject(d.ks, lab_at(d.gm), bytes_of(m->octets, m->n));
	ck_assert_uint_eq(syslog_count(d.ks->log, MSG_CRYPTO_IKMP_NOT_ENCRYPTED), 1);
	m->octets[19] = 1;
	m->octets[0] ^= 1;
	lab_inject(d.ks, lab_at(d.gm), bytes_of(m->octets, m->n));
	ck_assert_uint_eq(syslog_count(d.ks->log, MSG_CRYPTO_IKMP_NO_SA), 1);
	isakmp_show_counters(d.ks->ik, &c);
	ck_assert_uint_eq(c.not_encrypted, 1);
	ck_assert_uint_eq(c.unknown_sa, 1);
	free(m);
	lab_free(d.lab);
}
END_TEST

START_TEST(too_big_to_send)
{
	struct duo d;
	static uint8_t big[70000];
	struct isakmp_xchg *x;

	duo_open(&d, 15);
	x = isakmp_xchg_new(d.a, &gm_ops, &d.g);
	ck_assert(!isakmp_xchg_send(x, NULL, 0, PL_NONCE, bytes_of(big, sizeof(big)), true));
	ck_assert(!isakmp_xchg_send(x, NULL, 0, PL_NONCE, bytes_of(big, 65500), true));
	isakmp_xchg_abort(x, 0);
	lab_free(d.lab);
}
END_TEST

/* ---- raw exchanges ---- */

static void raw_in(void *arg, const struct datagram *d, const struct isakmp_hdr *h)
{
	*(unsigned *)arg += h->exchange;
}

START_TEST(raw_exchanges)
{
	struct lab *lab = lab_new(16);
	struct lab_host *a = lab_add(lab);
	unsigned sum = 0;

	isakmp_on_raw(a->ik, XCHG_PUSH, raw_in, &sum);
	isakmp_on_raw(a->ik, XCHG_PUSH_ACK, raw_in, &sum);
	lab_inject(a, lab_at(a), unhex("a0a1a2a3a4a5a6a7a8a9aaabacadaeaf" "12102101" "00000000" "0000001c"));
	ck_assert_uint_eq(sum, 33);
	lab_inject(a, lab_at(a), unhex("a0a1a2a3a4a5a6a7a8a9aaabacadaeaf" "08102300" "00000000" "0000001c"));
	ck_assert_uint_eq(sum, 68);
	lab_inject(a, lab_at(a), unhex("a0a1a2a3a4a5a6a7a8a9aaabacadaeaf" "08102300" "00000000" "0000001d"));
	ck_assert_uint_eq(sum, 68);
	ck_assert_uint_eq(syslog_count(a->log, MSG_CRYPTO_IKMP_PKT_OVERFLOW), 1);
	lab_free(lab);
}
END_TEST

/* ---- Delete, DPD ---- */

START_TEST(delete_is_heard)
{
	struct duo d;

	duo_open(&d, 17);
	d.k.silent = true;
	duo_start(&d);
	lab_run(d.lab, MSEC(100));
	isakmp_sa_delete(d.a, true);
	ck_assert_uint_eq(d.gm->gone, 0);	/* never from within the call */
	ck_assert_uint_eq(d.g.failed, 0);
	ck_assert_ptr_null(isakmp_xchg_new(d.a, &gm_ops, &d.g));
	lab_run(d.lab, MSEC(100));
	ck_assert_uint_eq(d.gm->gone, 1);
	ck_assert_uint_eq(d.ks->gone, 1);
	ck_assert_uint_eq(d.g.failed, 1);
	ck_assert_int_eq(d.g.why, ISAKMP_SA_DELETED);
	ck_assert_int_eq(d.k.why, ISAKMP_SA_DELETED);
	lab_free(d.lab);
}
END_TEST

START_TEST(delete_of_somebody_elses_sa)
{
	struct duo d;
	struct lab_host *other;
	struct lab_result r;
	uint8_t buf[64];
	struct wr w = wr_init(buf, sizeof(buf));
	struct delete_body del = { DOI_GDOI, PROTO_ISAKMP, COOKIES, 1, BYTES_NONE };

	duo_open(&d, 18);
	other = lab_add(d.lab);
	lab_connect(other, d.ks, &r);
	lab_run(d.lab, SEC(1));
	del.spis = BYTES_OF(d.b->cookies);
	delete_encode(&w, &del);
	ck_assert(isakmp_info_send(r.sa, isakmp_sa_msgid(r.sa), PL_DELETE, wr_done(&w)));
	lab_run(d.lab, SEC(1));
	ck_assert_uint_eq(d.ks->gone, 0);
	lab_free(d.lab);
}
END_TEST

/* A notify that is authentic, with a number of another domain of interpretation: told, and nothing happens. */
START_TEST(notify_of_a_strange_doi)
{
	struct duo d;
	struct isakmp_counters before, after;
	uint8_t buf[64];
	struct wr w = wr_init(buf, sizeof(buf));
	struct notify_body n = { .doi = 9, .protocol = PROTO_ISAKMP, .type = N_INITIAL_CONTACT };

	duo_open(&d, 19);
	isakmp_show_counters(d.ks->ik, &before);
	notify_encode(&w, &n);
	ck_assert(isakmp_info_send(d.a, isakmp_sa_msgid(d.a), PL_NOTIFY, wr_done(&w)));
	lab_run(d.lab, SEC(1));
	isakmp_show_counters(d.ks->ik, &after);
	ck_assert_uint_eq(after.malformed, before.malformed + 1);
	ck_assert_uint_eq(syslog_count(d.ks->log, MSG_CRYPTO_IKMP_BAD_DOI_NOTIFY), 1);
	ck_assert_uint_eq(d.ks->gone, 0);
	lab_free(d.lab);
}
END_TEST

static void keepalive(struct lab_host *h, uint32_t interval, bool periodic)
{
	h->cfg->keepalive.interval = interval;
	h->cfg->keepalive.retry = 2;
	h->cfg->keepalive.periodic = periodic;
	config_changed(h->config);
	config_closed(h->config);
}

START_TEST(dpd_periodic)
{
	struct duo d;

	duo_open(&d, 19);
	keepalive(d.ks, 10, true);
	ck_assert_ptr_nonnull(d.b->dpd);
	lab_run(d.lab, SEC(1000));
	ck_assert_uint_eq(d.ks->gone + d.gm->gone, 0);
	ck_assert_uint_ge(d.lab->sent, 6 + 2 * 95);
	ck_assert_uint_le(d.lab->sent, 6 + 2 * 105);
	/* The peer goes silent: one question and five more, 2 s apart, then the SA goes. */
	d.lab->filter = nothing_arrives;
	lab_run(d.lab, SEC(11));
	ck_assert_uint_eq(d.ks->gone, 0);
	lab_run(d.lab, SEC(12));
	ck_assert_uint_eq(d.ks->gone, 1);
	ck_assert_uint_eq(syslog_count(d.ks->log, MSG_CRYPTO_IKMP_PEER_DEAD), 1);
	lab_free(d.lab);
}
END_TEST

START_TEST(dpd_on_demand)
{
	struct duo d;
	unsigned sent;

	duo_open(&d, 20);
	keepalive(d.gm, 10, false);
	sent = d.lab->sent;
	lab_run(d.lab, SEC(1000));
	ck_assert_uint_eq(d.lab->sent, sent);	/* nothing to send, nothing asked */
	d.k.silent = true;
	duo_start(&d);
	lab_run(d.lab, SEC(1));
	ck_assert_uint_eq(d.gm->gone, 0);
	d.lab->filter = nothing_arrives;
	lab_run(d.lab, SEC(60));
	duo_start(&d);
	lab_run(d.lab, SEC(20));
	ck_assert_uint_eq(d.gm->gone, 1);
	lab_free(d.lab);
}
END_TEST

START_TEST(dpd_off_again)
{
	struct duo d;

	duo_open(&d, 21);
	keepalive(d.ks, 10, true);
	keepalive(d.ks, 0, true);
	ck_assert_ptr_null(d.b->dpd);
	lab_run(d.lab, SEC(100));
	ck_assert_uint_eq(d.lab->sent, 6);
	lab_free(d.lab);
}
END_TEST

START_TEST(dpd_replay)
{
	struct duo d;
	struct isakmp_saved *ask, *ack;
	struct isakmp_counters c;
	uint64_t heard;
	unsigned sent;

	duo_open(&d, 22);
	keepalive(d.ks, 10, true);
	lab_run(d.lab, SEC(11));
	ask = isakmp_save(bytes_of(d.lab->last[1]->octets, d.lab->last[1]->n));
	ack = isakmp_save(bytes_of(d.lab->last[0]->octets, d.lab->last[0]->n));
	lab_run(d.lab, SEC(20));
	heard = d.b->heard;
	sent = d.lab->sent;
	lab_inject(d.ks, lab_at(d.gm), bytes_of(ack->octets, ack->n));
	ck_assert_uint_eq(d.b->heard, heard);	/* an old ACK is no sign of life */
	lab_inject(d.gm, lab_at(d.ks), bytes_of(ask->octets, ask->n));
	ck_assert_uint_eq(d.lab->sent, sent);	/* an old question gets no answer */
	isakmp_show_counters(d.gm->ik, &c);
	ck_assert_uint_eq(c.duplicates, 1);
	free(ask);
	free(ack);
	lab_free(d.lab);
}
END_TEST

/* Whoever stands between sends our own question back: no answer to it, and no sign of life. */
START_TEST(dpd_reflected)
{
	struct duo d;
	struct isakmp_saved *ask;
	uint64_t heard;
	unsigned sent;

	duo_open(&d, 26);
	keepalive(d.ks, 10, true);
	d.lab->filter = nothing_arrives;
	heard = d.b->heard;
	for (unsigned i = 0; i < 3; i++) {
		lab_run(d.lab, i ? SEC(2) : SEC(11));
		ask = isakmp_save(bytes_of(d.lab->last[1]->octets, d.lab->last[1]->n));
		sent = d.lab->sent;
		lab_inject(d.ks, lab_at(d.gm), bytes_of(ask->octets, ask->n));
		ck_assert_uint_eq(d.lab->sent, sent);
		free(ask);
	}
	ck_assert_uint_eq(d.b->heard, heard);
	lab_run(d.lab, SEC(60));
	ck_assert_ptr_null(lab_sa(d.ks));
	lab_free(d.lab);
}
END_TEST

/* Informational messages with a wrong HASH or in the clear do nothing. */
START_TEST(forged_delete)
{
	struct duo d;
	struct isakmp_saved *m;
	struct isakmp_counters c;
	uint8_t clear[64];
	struct wr w = wr_init(clear, sizeof(clear));
	struct isakmp_hdr h = { .next = PL_DELETE, .version = ISAKMP_VERSION, .exchange = XCHG_INFO, .msgid = 9,
		.length = 56 };
	struct delete_body del = { DOI_GDOI, PROTO_ISAKMP, COOKIES, 1, BYTES_NONE };
	size_t at;

	duo_open(&d, 23);
	d.lab->filter = nothing_arrives;
	isakmp_info_delete(d.a);
	m = isakmp_save(bytes_of(d.lab->last[0]->octets, d.lab->last[0]->n));
	for (size_t i = ISAKMP_HDR; i < m->n; i++) {
		m->octets[i] ^= 0x10;
		lab_inject(d.ks, lab_at(d.gm), bytes_of(m->octets, m->n));
		m->octets[i] ^= 0x10;
	}
	memcpy(h.icookie, d.b->cookies, 8);
	memcpy(h.rcookie, d.b->cookies + 8, 8);
	isakmp_hdr_encode(&w, &h);
	at = isakmp_payload_begin(&w, PL_NONE);
	del.spis = BYTES_OF(d.b->cookies);
	delete_encode(&w, &del);
	isakmp_payload_end(&w, at);
	ck_assert_uint_eq(w.n, 56);
	lab_inject(d.ks, lab_at(d.gm), wr_done(&w));
	lab_run(d.lab, SEC(1));
	ck_assert_uint_eq(d.ks->gone, 0);
	isakmp_show_counters(d.ks->ik, &c);
	ck_assert_uint_ge(c.auth_failed + c.decrypt_failed, m->n - ISAKMP_HDR);
	lab_inject(d.ks, lab_at(d.gm), bytes_of(m->octets, m->n));
	lab_run(d.lab, SEC(1));
	ck_assert_uint_eq(d.ks->gone, 1);
	free(m);
	lab_free(d.lab);
}
END_TEST

/* What 8,000 members cost a key server: the SA, its peer entry, its keys and its identity. */
START_TEST(memory_per_sa)
{
	struct lab *lab = lab_new(24);
	struct lab_host *h = lab_add(lab);
	struct mallinfo2 before, after;

	lab_add(lab);
	secret_heap_init(1 << 20);
	before = mallinfo2();
	for (unsigned i = 0; i < 1000; i++) {
		struct isakmp_sa *sa = mem_zalloc(sizeof(*sa));

		rng_bytes(lab->rng, sa->cookies, COOKIES);
		sa->keys = secret_new(64);
		sa->local = lab_at(h);
		sa->remote = (struct endpoint){ { 0x0b000000 + i }, 848 };
		sa->encr = CIPHER_AES256;
		sa->hash = HASH_SHA256;
		sa->peer_id = mem_strdup("10.123.123.123");
		isakmp_sa_add(h->ik, sa, 86400);
		isakmp_sa_use(sa, 1);
	}
	after = mallinfo2();
	ck_assert_uint_le((after.uordblks - before.uordblks) / 1000 + 64, 700);
	lab_free(lab);
}
END_TEST

UNIT_MAIN("isakmp exchanges", dpd_known_answer, pull_known_answer, plain_exchange, each_lost_or_doubled,
	many_on_a_lossy_net, no_answer, refusal_reaches_the_initiator, message_ids_are_not_reused,
	duplicate_does_not_advance_the_iv, forgeries_in_an_exchange, open_exchanges_are_bounded,
	port_floats_only_when_authentic, quick_mode_is_refused, plaintext_and_unknown_sa, too_big_to_send,
	raw_exchanges, delete_is_heard, delete_of_somebody_elses_sa, notify_of_a_strange_doi, dpd_periodic, dpd_on_demand,
	dpd_off_again, dpd_replay, dpd_reflected, forged_delete, memory_per_sa)
