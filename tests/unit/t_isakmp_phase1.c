/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Main mode between engines: every algorithm, loss and duplication, wrong keys. Attackers are in t_isakmp_attack.c. */
#include <stdio.h>
#include "isakmp_same.h"
#include "lib/why.h"
#include "unit.h"

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
	lab_same_keys(r.sa, lab_sa(b));
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

	lab_same_keys(a, b);
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
		lab_same_keys(r.sa, lab_sa(b));
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
			lab_same_keys(r.sa, lab_sa(b));
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
	ck_assert_uint_eq(lab_logged(a, MSG_CRYPTO_IKMP_SETUP_FAILURE), 1);
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
	ck_assert_uint_eq(lab_logged(a, MSG_CRYPTO_IKMP_SETUP_FAILURE), 6);
	config_changed(a->config);	/* what the operator did about it may not have helped */
	for (unsigned i = 0; i < 20; i++) {
		ngaps = 0;
		lab_connect(a, b, &r);
		lab_run(lab, SEC(100));
	}
	ck_assert_uint_eq(lab_logged(a, MSG_CRYPTO_IKMP_SETUP_FAILURE), 8);	/* at once, and the 32nd */
	lab_run(lab, SEC(3600));
	ngaps = 0;
	lab_connect(a, b, &r);
	lab_run(lab, SEC(100));
	ck_assert_uint_eq(lab_logged(a, MSG_CRYPTO_IKMP_SETUP_FAILURE), 9);
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
	ck_assert_uint_ge(lab_logged(b, MSG_CRYPTO_IKMP_BAD_MESSAGE), 1);
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
	ck_assert_uint_ge(lab_logged(b, MSG_CRYPTO_IKMP_NO_PRESHARED_KEY), 1);
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
	ck_assert_uint_ge(lab_logged(b, MSG_CRYPTO_IKMP_NO_PROPOSAL), 1);
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
	lab_same_keys(r.sa, lab_sa(b));
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
	lab_same_keys(r.sa, lab_sa(&lab->host[1]));
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
	lab_same_keys(r.sa, lab_sa(&lab->host[1]));
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
	lab_same_keys(r.sa, lab_sa(&lab->host[1]));
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
	struct isakmp_saved *m = lab_first_message(&lab->host[0], lab_add(lab));
	unsigned n[8] = { 0 };

	rng_bytes(lab->rng, m->octets, 8);
	lab_inject(&lab->host[1], lab_at(&lab->host[2]), bytes_of(m->octets, m->n));
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
	free(m);
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
	each_message_duplicated, nobody_there, lossy_net, intervals_grow, said_seldom, wrong_key, no_key,
	no_proposal, no_policy, first_acceptable_of_several, life_ends_and_is_replaced, connect_reuses,
	fresh_doi1_version, sa_that_dies_before_the_answer, both_at_once, initial_contact, identity_by_name,
	own_key_corrected, peers_key_corrected, cleared_while_negotiated, show,
	sas_of_one_peer_are_bounded)
