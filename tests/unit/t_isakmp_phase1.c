/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Main mode between engines: every algorithm, loss and duplication, wrong keys, floods, forgeries. */
#include <stdio.h>
#include "isakmp_lab.h"
#include "lib/why.h"
#include "unit.h"

/* Whether the log of h has this message. */
static uint64_t logged(const struct lab_host *h, int id)
{
	return syslog_count(h->log, id);
}

static void same_keys(const struct isakmp_sa *a, const struct isakmp_sa *b)
{
	ck_assert_ptr_nonnull(a);
	ck_assert_ptr_nonnull(b);
	ck_assert_mem_eq(a->cookies, b->cookies, COOKIES);
	ck_assert(secret_eq(secret_bytes(&a->keys), secret_bytes(&b->keys)));
	ck_assert_mem_eq(a->last, b->last, cipher_alg(a->encr)->block);
}

static void try_suite(enum cipher_id c, enum hash_id h, enum dh_id g)
{
	struct lab *lab = lab_new(1000u * c + 100u * h + g);
	struct lab_host *a = lab_add(lab), *b = lab_add(lab);
	struct lab_result r;

	lab_policy(a, 10, c, h, g, 86400);
	lab_policy(b, 10, c, h, g, 86400);
	lab_connect(a, b, &r);
	lab_run(lab, SEC(5));
	ck_assert_msg(r.calls == 1 && r.sa, "%s %s %u: %s", cipher_alg(c)->ios, hash_alg(h)->ios,
		dh_alg(g)->number, isakmp_fail_str(r.why));
	same_keys(r.sa, lab_sa(b));
	ck_assert_int_eq(lab_sa(b)->encr, c);
	ck_assert_int_eq(lab_sa(b)->hash, h);
	ck_assert_int_eq(lab_sa(b)->group, g);
	lab_free(lab);
}

START_TEST(ciphers_and_hashes)
{
	for (enum cipher_id c = CIPHER_DES; c < CIPHER_MAX; c++) {
		for (enum hash_id h = HASH_MD5; h < HASH_MAX; h++)
			try_suite(c, h, DH_19);
	}
}
END_TEST

START_TEST(groups)
{
	for (enum dh_id g = DH_1; g < DH_MAX; g++)
		try_suite(CIPHER_AES128, HASH_SHA1, g);
}
END_TEST

START_TEST(what_is_known_of_the_peer)
{
	struct isakmp_sa *a, *b;
	struct lab *lab = lab_pair(1, &a, &b);

	same_keys(a, b);
	ck_assert_str_eq(isakmp_sa_peer_id(a), "10.0.0.2");
	ck_assert_str_eq(isakmp_sa_peer_id(b), "10.0.0.1");
	ck_assert(isakmp_sa_peer_gdoix(a) && isakmp_sa_peer_gdoix(b));
	ck_assert_uint_eq(isakmp_sa_peer_version(a).mini, 2);
	ck_assert_uint_eq(isakmp_sa_peer_version(b).major, 1);
	ck_assert(a->peer_dpd && b->peer_dpd);
	ck_assert_uint_eq(isakmp_sa_conn_id(a), 1001);
	ck_assert(a->initiator && !b->initiator);
	ck_assert_uint_eq(isakmp_sa_peer(b).a, 0x0a000001);
	ck_assert_uint_eq(isakmp_sa_local(b).a, 0x0a000002);
	ck_assert_uint_eq(lab->sent, 6);
	/* An established responder is small; the keys stand beside it. */
	ck_assert_uint_le(sizeof(*b), 400);
	lab_free(lab);
}
END_TEST

/* ---- loss and duplication of each message ---- */

struct plan {
	unsigned first_n, times, copies;	/* of packet number first_n and the same octets again */
	struct isakmp_saved *hit;
};

static unsigned planned(struct lab *lab, struct lab_packet *p)
{
	struct plan *plan = lab->filter_arg;

	if (p->n == plan->first_n)
		plan->hit = isakmp_save(bytes_of(p->body->octets, p->body->n));
	if (!plan->hit || p->body->n != plan->hit->n || memcmp(p->body->octets, plan->hit->octets, p->body->n) ||
		!plan->times)
		return 1;
	plan->times--;
	return plan->copies;
}

static void with_plan(unsigned first_n, unsigned times, unsigned copies, bool succeeds)
{
	struct plan plan = { first_n, times, copies, NULL };
	struct lab *lab = lab_new(first_n);
	struct lab_host *a = lab_add(lab), *b = lab_add(lab);
	struct isakmp_counters ca, cb;
	struct lab_result r;

	lab->filter = planned;
	lab->filter_arg = &plan;
	lab_connect(a, b, &r);
	lab_run(lab, SEC(100));
	ck_assert_uint_eq(r.calls, 1);
	isakmp_show_counters(a->ik, &ca);
	isakmp_show_counters(b->ik, &cb);
	if (succeeds) {
		ck_assert_msg(r.sa, "message %u: %s", first_n, isakmp_fail_str(r.why));
		same_keys(r.sa, lab_sa(b));
		ck_assert_uint_eq(cb.established, 1);
		ck_assert_uint_eq(ca.malformed + cb.malformed + ca.decrypt_failed + cb.decrypt_failed, 0);
	} else {
		ck_assert_ptr_null(r.sa);
	}
	ck_assert_uint_eq(cb.half_open, 0);
	ck_assert_ptr_null(a->ik->negs);
	ck_assert_ptr_null(b->ik->negs);
	ck_assert_uint_eq(ca.amplification_limit + cb.amplification_limit, 0);
	free(plan.hit);
	lab_free(lab);
}

START_TEST(each_message_lost)
{
	for (unsigned n = 1; n <= 6; n++) {
		with_plan(n, 1, 0, true);
		with_plan(n, 3, 0, true);
	}
}
END_TEST

START_TEST(each_message_duplicated)
{
	for (unsigned n = 1; n <= 6; n++) {
		with_plan(n, 1, 2, true);
		with_plan(n, 1, 5, true);
	}
}
END_TEST

START_TEST(nobody_there)
{
	with_plan(1, UINT32_MAX, 0, false);
}
END_TEST

static unsigned lossy(struct lab *lab, struct lab_packet *p)
{
	uint64_t x = rng_below(lab->rng, 100);

	return x < 30 ? 0 : x < 45 ? 2 : 1;
}

START_TEST(lossy_net)
{
	unsigned good = 0;

	for (unsigned seed = 0; seed < 40; seed++) {
		struct lab *lab = lab_new(seed);
		struct lab_host *a = lab_add(lab), *b = lab_add(lab);
		struct lab_result r;

		lab->filter = lossy;
		lab_connect(a, b, &r);
		lab_run(lab, SEC(200));
		ck_assert_uint_eq(r.calls, 1);
		good += r.sa != NULL;
		if (r.sa)
			same_keys(r.sa, lab_sa(b));
		lab_free(lab);
	}
	ck_assert_uint_ge(good, 36);
}
END_TEST

static uint64_t gaps[16];
static unsigned ngaps;

static unsigned swallow(struct lab *lab, struct lab_packet *p)
{
	if (ngaps < 16)
		gaps[ngaps++] = clock_now(lab->clock);
	return 0;
}

START_TEST(intervals_grow)
{
	struct lab *lab = lab_new(7);
	struct lab_host *a = lab_add(lab), *b = lab_add(lab);
	struct lab_result r;

	ngaps = 0;
	lab->filter = swallow;
	lab_connect(a, b, &r);
	lab_run(lab, SEC(100));
	ck_assert_uint_eq(ngaps, 6);
	ck_assert_uint_ge(gaps[1] - gaps[0], MSEC(900));
	for (unsigned i = 2; i < ngaps; i++)	/* R2408 section 5.1: successive retries further apart */
		ck_assert_uint_gt(gaps[i] - gaps[i - 1], gaps[i - 1] - gaps[i - 2]);
	ck_assert_int_eq(r.why, ISAKMP_TIMEOUT);
	ck_assert_uint_eq(logged(a, MSG_CRYPTO_IKMP_SETUP_FAILURE), 1);
	lab_free(lab);
}
END_TEST

/* A peer that is tried for days: 1, 2, 3, 4, 8, 16, and hourly. */
START_TEST(said_seldom)
{
	struct lab *lab = lab_new(8);
	struct lab_host *a = lab_add(lab), *b = lab_add(lab);
	struct lab_result r;

	lab->filter = swallow;
	for (unsigned i = 0; i < 20; i++) {
		ngaps = 0;
		lab_connect(a, b, &r);
		lab_run(lab, SEC(100));
	}
	ck_assert_uint_eq(logged(a, MSG_CRYPTO_IKMP_SETUP_FAILURE), 6);
	config_changed(a->config);	/* what the operator did about it may not have helped */
	for (unsigned i = 0; i < 20; i++) {
		ngaps = 0;
		lab_connect(a, b, &r);
		lab_run(lab, SEC(100));
	}
	ck_assert_uint_eq(logged(a, MSG_CRYPTO_IKMP_SETUP_FAILURE), 8);	/* at once, and the 32nd */
	lab_run(lab, SEC(3600));
	ngaps = 0;
	lab_connect(a, b, &r);
	lab_run(lab, SEC(100));
	ck_assert_uint_eq(logged(a, MSG_CRYPTO_IKMP_SETUP_FAILURE), 9);
	lab_free(lab);
}
END_TEST

/* ---- what goes wrong ---- */

static char reason[512];

static void keep_reason(void *arg, const struct log_line *line)
{
	if (line->id == MSG_CRYPTO_IKMP_SETUP_FAILURE)
		snprintf(reason, sizeof(reason), "%s", line->text);
}

START_TEST(wrong_key)
{
	struct lab *lab = lab_new(2);
	struct lab_host *a = lab_add(lab), *b = lab_add(lab);
	struct isakmp_counters c;
	struct lab_result r;

	syslog_sink_add(a->log, SINK_ALL, keep_reason, NULL);
	lab_key(b, "another key");
	lab_connect(a, b, &r);
	lab_run(lab, SEC(100));
	ck_assert_ptr_null(r.sa);
	ck_assert_int_eq(r.why, ISAKMP_AUTH_FAILED);
	ck_assert_uint_ge(logged(b, MSG_CRYPTO_IKMP_BAD_MESSAGE), 1);
	ck_assert_ptr_nonnull(strstr(reason, "pre-shared key"));
	ck_assert_ptr_nonnull(strstr(reason, "fail_class_cnt:1"));
	isakmp_show_counters(b->ik, &c);
	ck_assert_uint_eq(c.decrypt_failed, 6);
	ck_assert_uint_eq(c.half_open, 0);
	/* failures are counted until it succeeds */
	lab_connect(a, b, &r);
	lab_run(lab, SEC(100));
	ck_assert_ptr_nonnull(strstr(reason, "fail_class_cnt:2"));
	lab_key(b, "lab-key");
	lab_connect(a, b, &r);
	lab_run(lab, SEC(100));
	ck_assert_ptr_nonnull(r.sa);
	isakmp_sa_delete(r.sa, true);
	lab_key(b, "another key");
	lab_connect(a, b, &r);
	lab_run(lab, SEC(100));
	ck_assert_ptr_nonnull(strstr(reason, "fail_class_cnt:1"));
	lab_free(lab);
}
END_TEST

static void remove_keys(struct lab_host *h)
{
	cfg_remove(&h->cfg->isakmp_keys, h->cfg->isakmp_keys.head);
}

START_TEST(no_key)
{
	struct lab *lab = lab_new(3);
	struct lab_host *a = lab_add(lab), *b = lab_add(lab);
	struct isakmp_counters c;
	struct lab_result r;

	remove_keys(b);
	lab_connect(b, a, &r);
	ck_assert_uint_eq(r.calls, 0);	/* never from within the call */
	lab_run(lab, 0);
	ck_assert_uint_eq(r.calls, 1);
	ck_assert_int_eq(r.why, ISAKMP_NO_KEY);
	lab_connect(a, b, &r);
	lab_run(lab, SEC(100));
	ck_assert_ptr_null(r.sa);
	ck_assert_int_eq(r.why, ISAKMP_NO_PROPOSAL);
	ck_assert_uint_ge(logged(b, MSG_CRYPTO_IKMP_NO_PRESHARED_KEY), 1);
	isakmp_show_counters(b->ik, &c);
	ck_assert_uint_eq(c.no_key, 7);
	lab_free(lab);
}
END_TEST

START_TEST(no_proposal)
{
	struct lab *lab = lab_new(4);
	struct lab_host *a = lab_add(lab), *b = lab_add(lab);
	struct isakmp_counters c;
	struct lab_result r;

	lab_policy(b, 10, CIPHER_AES128, HASH_SHA256, DH_19, 86400);
	lab_connect(a, b, &r);
	lab_run(lab, SEC(100));
	ck_assert_ptr_null(r.sa);
	ck_assert_int_eq(r.why, ISAKMP_NO_PROPOSAL);
	ck_assert_uint_ge(logged(b, MSG_CRYPTO_IKMP_NO_PROPOSAL), 1);
	isakmp_show_counters(b->ik, &c);
	ck_assert_uint_eq(c.no_proposal, 6);
	ck_assert_uint_eq(c.half_open, 0);
	lab_free(lab);
}
END_TEST

START_TEST(no_policy)
{
	struct lab *lab = lab_new(5);
	struct lab_host *a = lab_add(lab), *b = lab_add(lab);
	struct lab_result r;

	syslog_sink_add(a->log, SINK_ALL, keep_reason, NULL);
	cfg_isakmp_policy(a->cfg, 10)->auth = ISAKMP_AUTH_RSA_SIG;
	config_changed(a->config);
	lab_connect(a, b, &r);
	lab_run(lab, 0);
	ck_assert_int_eq(r.why, ISAKMP_NO_PROPOSAL);
	ck_assert_ptr_nonnull(strstr(reason, "authentication pre-share"));
	cfg_remove(&a->cfg->isakmp_policies, a->cfg->isakmp_policies.head);
	config_changed(a->config);
	lab_connect(a, b, &r);
	lab_run(lab, 0);
	ck_assert_int_eq(r.why, ISAKMP_NO_PROPOSAL);
	ck_assert_ptr_nonnull(strstr(reason, "no 'crypto isakmp policy'"));
	ck_assert_uint_eq(lab->sent, 0);
	lab_free(lab);
}
END_TEST

START_TEST(first_acceptable_of_several)
{
	struct lab *lab = lab_new(6);
	struct lab_host *a = lab_add(lab), *b = lab_add(lab);
	struct lab_result r;

	/* Entered out of order: priority counts. */
	lab_policy(a, 30, CIPHER_3DES, HASH_SHA1, DH_2, 86400);
	lab_policy(a, 20, CIPHER_AES192, HASH_SHA384, DH_20, 1000);
	lab_policy(a, 10, CIPHER_AES256, HASH_SHA512, DH_21, 86400);
	lab_policy(b, 10, CIPHER_3DES, HASH_SHA1, DH_2, 86400);
	lab_policy(b, 40, CIPHER_AES192, HASH_SHA384, DH_20, 500);
	lab_connect(a, b, &r);
	lab_run(lab, SEC(2));
	same_keys(r.sa, lab_sa(b));
	ck_assert_int_eq(r.sa->encr, CIPHER_AES192);
	/* The shorter lifetime: the responder ends it, and tells. */
	lab_run(lab, SEC(497));
	ck_assert_ptr_nonnull(lab_sa(b));
	lab_run(lab, SEC(3));
	ck_assert_ptr_null(lab_sa(b));
	ck_assert_ptr_null(lab_sa(a));
	ck_assert_uint_eq(a->gone, 1);
	ck_assert_uint_eq(b->gone, 1);
	lab_free(lab);
}
END_TEST

START_TEST(life_ends_and_is_replaced)
{
	struct isakmp_sa *a, *b;
	struct lab *lab = lab_pair(8, &a, &b);
	struct lab_result r;
	unsigned sent = lab->sent;

	lab_run(lab, SEC(86400 - 10));
	ck_assert_ptr_eq(lab_sa(&lab->host[0]), a);
	lab_run(lab, SEC(20));
	ck_assert_ptr_null(lab_sa(&lab->host[0]));
	ck_assert_ptr_null(lab_sa(&lab->host[1]));
	ck_assert_uint_eq(lab->host[0].gone, 1);
	ck_assert_uint_eq(lab->sent, sent);	/* both knew */
	lab_connect(&lab->host[0], &lab->host[1], &r);
	lab_run(lab, SEC(2));
	same_keys(r.sa, lab_sa(&lab->host[1]));
	lab_free(lab);
}
END_TEST

START_TEST(connect_reuses)
{
	struct lab *lab = lab_new(9);
	struct lab_host *a = lab_add(lab), *b = lab_add(lab);
	struct isakmp_want want = { .remote = b->ip };
	struct lab_result r1, r2, r3, gone;

	lab_connect(a, b, &r1);
	lab_connect(a, b, &r2);		/* one negotiation serves both */
	lab_connect(a, b, &gone);
	isakmp_connect_cancel(gone.pending);
	lab_run(lab, SEC(2));
	ck_assert_uint_eq(lab->sent, 6);
	ck_assert(r1.sa && r1.sa == r2.sa);
	ck_assert_uint_eq(gone.calls, 0);
	lab_connect(a, b, &r3);
	ck_assert_uint_eq(r3.calls, 0);
	lab_run(lab, 0);
	ck_assert_ptr_eq(r3.sa, r1.sa);
	/* The other way round the same SA serves. */
	lab_connect(b, a, &r3);
	lab_run(lab, 0);
	ck_assert_ptr_eq(r3.sa, lab_sa(b));
	lab_connect(a, b, &gone);
	isakmp_connect_cancel(gone.pending);
	lab_run(lab, SEC(1));
	ck_assert_uint_eq(gone.calls + lab->sent, 6);
	/* Another version or another DOI is another SA. */
	want.version = (struct version){ 1, 0, 1 };
	ck_assert_ptr_null(isakmp_sa_for(a->ik, &want, want.local));
	want.version = (struct version){ 1, 0, 2 };
	ck_assert_ptr_nonnull(isakmp_sa_for(a->ik, &want, want.local));
	want.doi1 = true;
	ck_assert_ptr_null(isakmp_sa_for(a->ik, &want, want.local));
	lab_free(lab);
}
END_TEST

static void fresh_done(void *arg, struct isakmp_sa *sa, enum isakmp_fail why)
{
	*(struct isakmp_sa **)arg = sa;
}

START_TEST(fresh_doi1_version)
{
	struct isakmp_sa *a, *b, *second = NULL;
	struct lab *lab = lab_pair(10, &a, &b);
	const struct isakmp_want want = {
		.remote = lab->host[1].ip, .doi1 = true, .version = { 1, 0, 1 }, .fresh = true
	};

	isakmp_connect(lab->host[0].ik, &want, fresh_done, &second);
	lab_run(lab, SEC(2));
	ck_assert(second && second != a);
	ck_assert_uint_eq(HASH_COUNT(lab->host[1].ik->sas), 2);
	b = isakmp_sa_find(lab->host[1].ik, second->cookies, second->cookies + 8);
	ck_assert(b && b->doi1 && second->doi1);
	ck_assert_uint_eq(isakmp_sa_peer_version(b).mini, 1);
	lab_free(lab);
}
END_TEST

START_TEST(sa_that_dies_before_the_answer)
{
	struct isakmp_sa *a, *b;
	struct lab *lab = lab_pair(11, &a, &b);
	struct lab_result r;

	lab_connect(&lab->host[0], &lab->host[1], &r);
	isakmp_sa_delete(a, true);
	lab_run(lab, SEC(1));
	ck_assert_uint_eq(r.calls, 1);
	ck_assert_ptr_null(r.sa);
	ck_assert_int_eq(r.why, ISAKMP_SA_DELETED);
	ck_assert_uint_eq(lab->host[1].gone, 1);
	lab_free(lab);
}
END_TEST

START_TEST(both_at_once)
{
	struct lab *lab = lab_new(12);
	struct lab_host *a = lab_add(lab), *b = lab_add(lab);
	struct lab_result ra, rb;

	lab_connect(a, b, &ra);
	lab_connect(b, a, &rb);
	lab_run(lab, SEC(5));
	ck_assert(ra.sa && rb.sa);
	ck_assert_uint_ge(HASH_COUNT(a->ik->sas), 1);
	lab_free(lab);
}
END_TEST

START_TEST(initial_contact)
{
	struct isakmp_sa *a, *b;
	struct lab *lab = lab_pair(13, &a, &b);
	struct lab_result r;

	/* a restarts: it has forgotten everything */
	isakmp_sa_delete(a, false);
	lab_connect(&lab->host[0], &lab->host[1], &r);
	lab_run(lab, SEC(2));
	ck_assert_ptr_nonnull(r.sa);
	ck_assert_uint_eq(lab->host[1].gone, 1);
	ck_assert_uint_eq(HASH_COUNT(lab->host[1].ik->sas), 1);
	same_keys(r.sa, lab_sa(&lab->host[1]));
	lab_free(lab);
}
END_TEST

START_TEST(identity_by_name)
{
	struct lab *lab = lab_new(14);
	struct lab_host *a = lab_add(lab), *b = lab_add(lab);
	struct lab_result r;

	a->cfg->isakmp_identity = 1;
	snprintf(a->cfg->hostname, sizeof(a->cfg->hostname), "gm1");
	snprintf(a->cfg->domain, sizeof(a->cfg->domain), "example.com");
	lab_connect(a, b, &r);
	lab_run(lab, SEC(2));
	ck_assert_str_eq(isakmp_sa_peer_id(lab_sa(b)), "gm1.example.com");
	lab_free(lab);
}
END_TEST

/* ---- attackers ---- */

static struct isakmp_saved *message1;

static unsigned keep_first(struct lab *lab, struct lab_packet *p)
{
	if (!message1)
		message1 = isakmp_save(bytes_of(p->body->octets, p->body->n));
	return 0;
}

/* A valid message 1, whose cookie the test may change. */
static struct bytes first_message(struct lab_host *from, const struct lab_host *to)
{
	struct lab_result r;

	free(message1);
	message1 = NULL;
	from->lab->filter = keep_first;
	lab_connect(from, to, &r);
	isakmp_connect_cancel(r.pending);
	from->lab->filter = NULL;
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
	ck_assert_uint_ge(logged(b, MSG_CRYPTO_IKMP_HALF_OPEN), 1);
	ck_assert_uint_le(logged(b, MSG_CRYPTO_IKMP_HALF_OPEN), 10);
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

/* The operator corrects a key: nothing hangs on what was begun with the wrong one. */
static struct lab *lab_wrong_key(uint64_t seed, unsigned at, struct lab_result *r)
{
	struct lab *lab = lab_new(seed);

	lab_add(lab);
	lab_add(lab);
	lab_key(&lab->host[at], "wrong");
	lab_connect(&lab->host[0], &lab->host[1], r);
	lab_run(lab, SEC(3));
	ck_assert_uint_eq(r->calls, 0);
	return lab;
}

static void now_it_works(struct lab *lab)
{
	struct lab_result r;

	lab_connect(&lab->host[0], &lab->host[1], &r);
	lab_run(lab, SEC(2));
	ck_assert_ptr_nonnull(r.sa);
	same_keys(r.sa, lab_sa(&lab->host[1]));
	lab_free(lab);
}

START_TEST(own_key_corrected)
{
	struct lab_result r;
	struct lab *lab = lab_wrong_key(80, 0, &r);

	lab_key(&lab->host[0], "lab-key");
	config_closed(lab->host[0].config);
	lab_run(lab, SEC(1));
	ck_assert_uint_eq(r.calls, 1);
	ck_assert_int_eq(r.why, ISAKMP_AUTH_FAILED);
	now_it_works(lab);
}
END_TEST

START_TEST(peers_key_corrected)
{
	struct lab_result r;
	struct lab *lab = lab_wrong_key(81, 1, &r);

	lab_key(&lab->host[1], "lab-key");
	isakmp_connect_cancel(r.pending);
	now_it_works(lab);
}
END_TEST

START_TEST(cleared_while_negotiated)
{
	struct lab_result r;
	struct lab *lab = lab_wrong_key(82, 1, &r);

	ck_assert_uint_eq(isakmp_clear(lab->host[0].ik, 0), 1);
	ck_assert_uint_eq(isakmp_clear(lab->host[1].ik, 0), 1);
	ck_assert_ptr_null(lab->host[0].ik->negs);
	lab_run(lab, SEC(1));
	ck_assert_uint_eq(r.calls, 1);
	ck_assert_ptr_null(r.sa);
	lab_key(&lab->host[1], "lab-key");
	now_it_works(lab);
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
		uint64_t before = logged(b, rows[i].msg);
		struct isakmp_hdr h;

		message1->octets[18] = rows[i].exchange;
		message1->octets[23] = 1;	/* message id */
		lab_inject(b, lab_at(a), bytes_of(message1->octets, message1->n));
		ck_assert_uint_eq(logged(b, rows[i].msg), before + 1);
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
		same_keys(r.sa, lab_sa(b));
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
	ck_assert_uint_eq(logged(b, MSG_CRYPTO_IKMP_BAD_DOI_SA), 1);
	ck_assert_uint_eq(logged(a, MSG_CRYPTO_IKMP_SA_NOT_OFFERED), 1);
	ck_assert_uint_eq(logged(b, MSG_CRYPTO_IKMP_SA_NOT_AUTH), 1);
	ck_assert_uint_eq(logged(b, MSG_CRYPTO_IKMP_AUTH_FAIL), 1);
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
	ck_assert_uint_le(logged(y, MSG_CRYPTO_IKMP_MALFORMED), 10);
	ck_assert_uint_le(logged(y, MSG_CRYPTO_IKMP_NO_SA), 10);
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
					same_keys(r.sa, o);
			}
			ck_assert_ptr_null(a->ik->negs);
			ck_assert_ptr_null(b->ik->negs);
			lab_free(lab);
		}
	}
}
END_TEST

static bool count_row(void *arg, const struct isakmp_sa_info *i)
{
	unsigned *n = arg;

	n[i->state]++;
	return true;
}

START_TEST(show)
{
	struct isakmp_sa *a, *b;
	struct lab *lab = lab_pair(25, &a, &b);
	unsigned n[8] = { 0 };

	first_message(&lab->host[0], lab_add(lab));
	rng_bytes(lab->rng, message1->octets, 8);
	lab_inject(&lab->host[1], lab_at(&lab->host[2]), bytes_of(message1->octets, message1->n));
	isakmp_show_sas(lab->host[1].ik, count_row, n);
	ck_assert_uint_eq(n[GDOI_IDLE], 1);
	ck_assert_uint_eq(n[MM_SA_SETUP], 1);
	ck_assert_uint_eq(isakmp_clear(lab->host[1].ik, 1), 0);
	ck_assert_uint_eq(isakmp_clear(lab->host[1].ik, 1001), 1);
	memset(n, 0, sizeof(n));
	isakmp_show_sas(lab->host[1].ik, count_row, n);
	ck_assert_uint_eq(n[MM_DELETED], 1);
	lab_run(lab, SEC(1));
	ck_assert_ptr_null(lab_sa(&lab->host[0]));
	free(message1);
	message1 = NULL;
	lab_free(lab);
}
END_TEST

START_TEST(sas_of_one_peer_are_bounded)
{
	struct lab *lab = lab_new(26);
	struct lab_host *a = lab_add(lab), *b = lab_add(lab);
	struct isakmp_want want = { .remote = b->ip, .fresh = true };
	struct isakmp_sa *sa = NULL;

	for (unsigned i = 0; i < ISAKMP_SAS_PER_PEER + 10; i++) {
		isakmp_connect(a->ik, &want, fresh_done, &sa);
		lab_run(lab, SEC(1));
		ck_assert_ptr_nonnull(sa);
	}
	ck_assert_uint_eq(HASH_COUNT(b->ik->sas), ISAKMP_SAS_PER_PEER);
	ck_assert_uint_eq(isakmp_clear(b->ik, 0), ISAKMP_SAS_PER_PEER);
	lab_run(lab, SEC(1));
	ck_assert_uint_eq(HASH_COUNT(a->ik->sas), 0);
	ck_assert_ptr_null(a->ik->peers);
	lab_free(lab);
}
END_TEST

UNIT_MAIN("isakmp phase 1", ciphers_and_hashes, groups, what_is_known_of_the_peer, each_message_lost,
	each_message_duplicated, nobody_there, lossy_net, intervals_grow, said_seldom, wrong_key, no_key, no_proposal,
	no_policy, first_acceptable_of_several, life_ends_and_is_replaced, connect_reuses, fresh_doi1_version,
	sa_that_dies_before_the_answer, both_at_once, initial_contact, identity_by_name,
	flood_from_one_source, flood_in_somebodys_name, flood_from_everywhere, amplification, amplification_before_authentication,
	vendor_ids_wait_for_room, own_key_corrected, peers_key_corrected, cleared_while_negotiated,
	refused_exchanges, forged_notify_changes_nothing, tampered_message_5_and_6, altered_in_one_place, message_6_is_sent_again,
	garbage, mutated_messages, show, sas_of_one_peer_are_bounded)
