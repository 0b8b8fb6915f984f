/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Bad input and failure of cooperating key servers: forged, replayed and stale announcements, peers of another group, version or time, two
 * servers with one address, a flood, clocks that jump. EVIL has phase 1 with KS1 and KS2 and is their peer; what it says is made here.
 */
#include <stdlib.h>
#include "coop/ann.h"
#include "gdoi/ksync.h"
#include "isakmp/payloads.h"
#include "lib/mem.h"
#include "lib/why.h"
#include "gdoi/ks.h"
#include "tests/sim/coop_lab.h"

#define EVIL "10.0.8.3"

struct evil {
	struct lab l;
	struct sim_dev *dev;
	struct isakmp_sa *sa;
	struct coop_ann a;	/* what it says next; seq counts by itself */
	unsigned answers, failures;
	struct coop_ann heard;
	uint8_t octets[3000];	/* of the last datagram that the tap kept */
	size_t n;
	struct endpoint src, dst;
};

static void evil_cfg(struct sim_dev *d, struct cfg *c)
{
	(void)d;
	sim_isakmp(c);
}

static void ks_evil(struct sim_dev *d, struct cfg *c)
{
	struct cfg_coop *coop;

	lab_ks(d, c);
	coop = &sim_ks_cfg(c)->coop;
	coop->peers[1] = sim_ip(EVIL);
}

static void connected(void *arg, struct isakmp_sa *sa, enum isakmp_fail why)
{
	(void)why;
	((struct evil *)arg)->sa = sa;
}

static void in(void *arg, struct isakmp_xchg *x, const struct isakmp_msg *m)
{
	struct evil *e = arg;
	struct why why;

	if (m->count == 1 && coop_ann_decode(m->payload[0].body, &e->heard, &why))
		e->answers++;
	isakmp_xchg_done(x);
}

static void failed(void *arg, struct isakmp_xchg *x, enum isakmp_fail why)
{
	(void)x;
	(void)why;
	((struct evil *)arg)->failures++;
}

static const struct isakmp_xchg_ops ops = { .exchange = XCHG_COOP_ANN, .in = in, .failed = failed };

static void begin(struct evil *e, uint64_t seed)
{
	struct isakmp_want want;

	memset(e, 0, sizeof(*e));
	lab_start(&e->l, seed, 2, 2, ks_evil);
	sim_assert(e->l.s, sim_until(e->l.s, lab_one_primary, &e->l, SEC(200)), "no primary");
	sim_assert(e->l.s, sim_until(e->l.s, sim_all_registered, e->l.s, SEC(200)), "not registered");
	e->dev = sim_add(e->l.s, "EVIL", EVIL, evil_cfg, NULL);
	sim_start(e->dev);
	want = (struct isakmp_want){ .remote = e->l.ks[1]->ip };
	isakmp_connect(e->dev->isakmp, &want, connected, e);
	sim_run(e->l.s, SEC(5));
	ck_assert_ptr_nonnull(e->sa);
	e->a = (struct coop_ann){ .coop = COOP_VERSION, .software = { 1, 0, 2 }, .id = { .number = 1223 }, .priority = 7, .role = COOP_SECONDARY,
		.flags = COOP_F_SYNCED, .boot = 77, .primary = e->l.ks[0]->ip };
}

/* To KS2, in an exchange of its own. */
static void say_octets(struct evil *e, struct bytes body)
{
	struct isakmp_xchg *x = isakmp_xchg_new(e->sa, &ops, e);
	uint8_t *buf = mem_zalloc(body.n + 100);
	struct wr w = wr_init(buf, body.n + 100);
	size_t at = isakmp_payload_begin(&w, PL_NONE);

	ck_assert_ptr_nonnull(x);
	wr_bytes(&w, body);
	isakmp_payload_end(&w, at);
	ck_assert(isakmp_xchg_send(x, NULL, 0, PL_COOP, wr_done(&w), true));
	free(buf);
}

static void say(struct evil *e, uint64_t seq)
{
	uint8_t buf[2000];
	struct wr w = wr_init(buf, sizeof(buf));

	e->a.seq = seq;
	ck_assert(coop_ann_encode(&w, &e->a));
	say_octets(e, wr_done(&w));
}

/* Whether it was answered. */
static bool answered(struct evil *e, uint64_t seq)
{
	unsigned before = e->answers;

	say(e, seq);
	sim_run(e->l.s, SEC(1));
	return e->answers > before;
}

/* What KS2 knows of EVIL. */
static struct coop_peer_info peer(struct evil *e)
{
	return lab_peer(e->l.ks[1], sim_ip(EVIL));
}

static uint64_t logged(struct evil *e, int msg)
{
	return sim_count(e->l.ks[1], msg);
}

/* EVIL is silent: one primary, one TEK, nobody registered again. */
static void end(struct evil *e)
{
	sim_stop(e->dev, false);
	sim_run(e->l.s, SEC(200));
	sim_assert(e->l.s, sim_until(e->l.s, lab_one_primary, &e->l, SEC(100)), "no single primary afterwards");
	sim_run(e->l.s, SEC(7200));
	lab_whole(&e->l);
	ck_assert_uint_eq(lab_registrations(&e->l), 2);
	sim_free(e->l.s);
}

START_TEST(other_group)
{
	struct evil e;

	begin(&e, 400);
	e.a.id.number = 1224;
	ck_assert(!answered(&e, 1));
	ck_assert_uint_eq(logged(&e, MSG_GDOI_COOP_KS_UNAUTH), 1);
	ck_assert(!peer(&e).heard);
	end(&e);
}
END_TEST

START_TEST(other_version)
{
	struct evil e;

	begin(&e, 401);
	e.a.coop = (struct version){ 2, 0, 0 };
	ck_assert(!answered(&e, 1) && !answered(&e, 2));
	ck_assert_uint_eq(logged(&e, MSG_GDOI_COOP_MAJOR_VERSION_MISMATCH), 1);
	ck_assert(!peer(&e).alive);
	e.a.coop = (struct version){ 1, 1, 0 };
	ck_assert(answered(&e, 3));
	ck_assert_uint_eq(logged(&e, MSG_GDOI_COOP_MINOR_VERSION_MISMATCH), 1);
	ck_assert(peer(&e).alive);
	end(&e);
}
END_TEST

/* Replayed and overtaken numbers; a lower one after a restart; an earlier start again, as two servers with one address would say. */
START_TEST(sequence)
{
	struct evil e;

	begin(&e, 402);
	ck_assert(answered(&e, 100));
	ck_assert(answered(&e, 99));	/* late, and new */
	ck_assert(!answered(&e, 99));
	ck_assert(!answered(&e, 100));
	ck_assert(!answered(&e, 1));	/* too late to be told from a replay */
	ck_assert_uint_eq(peer(&e).receive_drops, 3);
	e.a.boot = 78;
	ck_assert(answered(&e, 1));
	ck_assert_uint_eq(logged(&e, MSG_GDOI_COOP_KS_OLD_START), 0);
	e.a.boot = 77;
	ck_assert(!answered(&e, 101));
	ck_assert_uint_eq(logged(&e, MSG_GDOI_COOP_KS_OLD_START), 1);
	e.a.boot = 78;
	ck_assert(answered(&e, 2));
	end(&e);
}
END_TEST

/* The primary's pseudotime goes back: nothing is learned from it for a minute, then nobody is registered until an election is over. */
START_TEST(stale)
{
	struct evil e;
	struct ksync_view v;
	struct coop_group_info g;
	uint64_t seq = 1;

	begin(&e, 403);
	ck_assert(ksync_view(e.l.ks[1]->gdoi, GROUP, &v));
	e.a.role = COOP_PRIMARY;
	e.a.priority = 200;
	e.a.primary = sim_ip(EVIL);
	e.a.generation = v.generation;
	e.a.pseudotime = v.pseudotime;
	memcpy(e.a.random, v.random, sizeof(v.random));
	memcpy(e.a.version, v.version, sizeof(v.version));
	memcpy(e.a.digest, v.digest, sizeof(v.digest));
	sim_stop(e.l.ks[0], false);
	ck_assert(answered(&e, seq++));
	ck_assert(coop_show_group(e.l.ks[1]->coop, GROUP, &g));
	ck_assert(ip4_eq(g.primary, sim_ip(EVIL)) && g.synced);
	e.a.pseudotime -= e.a.pseudotime < 60000 ? e.a.pseudotime : 60000;
	sim_run(e.l.s, SEC(30));
	for (unsigned i = 0; i < 20 && !logged(&e, MSG_GDOI_COOP_KS_VALID_ANN_TIMEOUT); i++) {
		ck_assert(!answered(&e, seq++));
		sim_run(e.l.s, SEC(5));
	}
	ck_assert(coop_show_group(e.l.ks[1]->coop, GROUP, &g));
	ck_assert(g.blocking && g.electing);
	ck_assert_uint_ge(logged(&e, MSG_GDOI_GDOI_ANN_TIMESTAMP_TOO_OLD), 1);
	ck_assert_uint_eq(logged(&e, MSG_GDOI_COOP_KS_VALID_ANN_TIMEOUT), 1);
	sim_start(e.l.ks[0]);
	end(&e);
}
END_TEST

START_TEST(flood)
{
	struct evil e;

	begin(&e, 404);
	for (uint64_t i = 1; i <= 2000; i++) {
		say(&e, i);
		sim_run(e.l.s, 500);
	}
	sim_run(e.l.s, SEC(1));
	ck_assert_uint_eq(logged(&e, MSG_GDOI_COOP_KS_FLOOD), 1);
	ck_assert_uint_ge(peer(&e).receive_drops, 1700);
	ck_assert(lab_one_primary(&e.l));
	sim_run(e.l.s, SEC(10));
	ck_assert(answered(&e, 3000));
	end(&e);
}
END_TEST

/* Anything at all from an authenticated peer: a good announcement with octets changed, often as a primary with newer keys. */
START_TEST(noise)
{
	struct evil e;

	begin(&e, 405);
	for (uint64_t i = 1; i <= 400; i++) {
		uint8_t buf[2000], junk[600];
		struct wr w = wr_init(buf, sizeof(buf));

		rng_bytes(e.l.s->rng, junk, sizeof(junk));
		e.a.role = junk[0] & 1 ? COOP_PRIMARY : COOP_SECONDARY;
		e.a.generation = junk[1];
		e.a.keys = junk[2] & 1 ? bytes_of(junk, 500) : BYTES_NONE;
		e.a.policy = junk[2] & 2 ? bytes_of(junk, 300) : BYTES_NONE;
		e.a.offers = junk[2] & 4;
		e.a.want.any = junk[2] & 8;
		e.a.seq = i;
		ck_assert(coop_ann_encode(&w, &e.a));
		for (unsigned k = 0; k < 3; k++)
			if (junk[3] & 1)
				buf[(junk[10 + k] << 8 | junk[20 + k]) % w.n] ^= junk[30 + k];
		say_octets(&e, wr_done(&w));
		sim_run(e.l.s, MSEC(50));
	}
	end(&e);
}
END_TEST

/* ---- on the wire ---- */

static enum sim_verdict keep(void *arg, struct endpoint src, struct endpoint dst, struct bytes body)
{
	struct evil *e = arg;

	if (body.n < 28 || body.n > sizeof(e->octets) || body.p[18] != XCHG_COOP_ANN)
		return SIM_PASS;
	memcpy(e->octets, body.p, body.n);
	e->n = body.n;
	e->src = src;
	e->dst = dst;
	return SIM_PASS;
}

/* An outsider plays announcements again: as they are, changed, from another address. */
START_TEST(forged)
{
	struct evil e;

	begin(&e, 406);
	e.l.s->tap = keep;
	e.l.s->tap_arg = &e;
	sim_run(e.l.s, SEC(60));
	e.l.s->tap = NULL;
	ck_assert_uint_gt(e.n, 28);
	for (unsigned i = 0; i < 60; i++) {
		sim_inject(e.l.s, e.src, e.dst, bytes_of(e.octets, e.n));
		e.octets[28 + rng_below(e.l.s->rng, (uint32_t)e.n - 28)] ^= 1 << (i % 8);
		e.octets[23] ^= (uint8_t)(i & 3);	/* another message id */
		sim_inject(e.l.s, i & 1 ? e.src : (struct endpoint){ sim_ip("10.0.8.77"), 848 }, e.dst, bytes_of(e.octets, e.n));
		sim_run(e.l.s, SEC(2));
		ck_assert(lab_one_primary(&e.l));
	}
	ck_assert_uint_eq(logged(&e, MSG_GDOI_COOP_KS_ELECTION), 1);
	ck_assert_uint_eq(sim_count(e.l.ks[0], MSG_GDOI_COOP_KS_ELECTION), 1);
	end(&e);
}
END_TEST

/* ---- configurations ---- */

/* Its own address among the peers: said, and no loop. */
static void ks_self(struct sim_dev *d, struct cfg *c)
{
	lab_ks(d, c);
	sim_ks_cfg(c)->coop.peers[1] = d->ip;
}

START_TEST(own_peer)
{
	struct lab l;
	struct coop_group_info g;

	lab_make_with(&l, 407, 2, 1, ks_self);
	ck_assert_uint_ge(sim_count(l.ks[0], MSG_GDOI_COOP_KS_UNAUTH), 1);
	ck_assert(coop_show_group(l.ks[0]->coop, GROUP, &g));
	ck_assert_uint_eq(g.peers, 1);
	sim_run(l.s, SEC(7200));
	lab_whole(&l);
	sim_free(l.s);
}
END_TEST

/* Without periodic DPD: a warning, not more. */
static void ks_dpd(struct sim_dev *d, struct cfg *c)
{
	lab_ks(d, c);
	c->keepalive.interval = 15;
	c->keepalive.periodic = true;
}

static void brief(struct sim_dev *d, struct cfg *c)
{
	(void)d;
	CFG_EACH(struct cfg_isakmp_policy, p, &c->isakmp_policies)
		p->lifetime = 3600;
}

static void no_dpd(struct sim_dev *d, struct cfg *c)
{
	(void)d;
	c->keepalive.periodic = false;
}

/* Phase 1 between key servers stays: one SA of 24 h each way and its successor, kept by DPD and announcements. */
START_TEST(phase1)
{
	struct lab l;

	lab_make_with(&l, 408, 2, 1, ks_dpd);
	ck_assert_uint_eq(sim_count(l.ks[0], MSG_GDOI_COOP_KS_NO_DPD), 0);
	sim_run(l.s, SEC(90000));
	ck_assert_uint_eq(sim_count(l.ks[0], MSG_GDOI_COOP_KS_UNREACH), 0);
	ck_assert_uint_eq(sim_count(l.ks[1], MSG_GDOI_COOP_KS_UNREACH), 0);
	lab_whole(&l);
	sim_config(l.ks[0], no_dpd);
	ck_assert_uint_eq(sim_count(l.ks[0], MSG_GDOI_COOP_KS_NO_DPD), 1);
	ck_assert_uint_eq(sim_count(l.ks[0], MSG_GDOI_COOP_KS_BRIEF_IKE), 0);
	sim_config(l.ks[0], brief);
	ck_assert_uint_eq(sim_count(l.ks[0], MSG_GDOI_COOP_KS_BRIEF_IKE), 1);
	sim_free(l.s);
}
END_TEST

/* ---- clocks ---- */

/* The wall clock jumps under servers that run: nobody cares. */
START_TEST(clock_jump)
{
	struct lab l;
	uint64_t wall;

	lab_make(&l, 409, 3, 3);
	wall = clock_wall(l.s->clock);
	clock_set_wall(l.s->clock, wall + SEC(40 * 86400));
	sim_run(l.s, SEC(8000));
	clock_set_wall(l.s->clock, wall - SEC(40 * 86400));
	sim_run(l.s, SEC(8000));
	lab_whole(&l);
	ck_assert_uint_eq(lab_registrations(&l), 3);
	sim_free(l.s);
}
END_TEST

/* It is set, as after a first answer of NTP, and then all daemons are killed before they write anything: only their machines' uptime counts. */
START_TEST(clock_set_and_crash)
{
	for (int days = -40; days <= 40; days += 80) {
		struct lab l;

		lab_start(&l, 413, 3, 3, lab_ks);
		clock_set_boot(l.s->clock, (const uint8_t *)"one and the same");
		sim_run(l.s, SEC(8000));
		clock_set_wall(l.s->clock, clock_wall(l.s->clock) + (uint64_t)(days * (int64_t)SEC(86400)));
		sim_run(l.s, SEC(1));
		for (unsigned i = 0; i < 3; i++)
			sim_stop(l.ks[i], false);
		sim_run(l.s, SEC(20));
		for (unsigned i = 0; i < 3; i++)
			sim_start(l.ks[i]);
		l.s->check_pairs = true;
		sim_assert(l.s, sim_until(l.s, lab_one_primary, &l, SEC(200)), "no single primary");
		for (unsigned i = 0; i < 3; i++) {
			struct gdoi_group *g = gdoi_group_find(l.ks[i]->gdoi, GROUP);

			ck_assert_uint_lt(ks_pt(g->ks), 8300 * 1000);
			ck_assert_uint_gt(ks_pt(g->ks), 8000 * 1000);
		}
		sim_run(l.s, SEC(2 * 7200));
		lab_whole(&l);
		ck_assert_uint_eq(lab_registrations(&l), 3);
		sim_free(l.s);
	}
}
END_TEST

/* It jumps while a server is down: the others' pseudotime counts. */
static void restart_jump(uint64_t seed, int64_t days, unsigned first, unsigned last)
{
	struct lab l;
	uint64_t wall;

	lab_make(&l, seed, 3, 3);
	sim_run(l.s, SEC(5000));
	for (unsigned i = first; i <= last; i++)
		sim_stop(l.ks[i], false);
	sim_run(l.s, SEC(20));
	wall = clock_wall(l.s->clock);
	clock_set_wall(l.s->clock, wall + (uint64_t)(days * (int64_t)SEC(86400)));
	for (unsigned i = first; i <= last; i++)
		sim_start(l.ks[i]);
	sim_assert(l.s, sim_until(l.s, lab_one_primary, &l, SEC(200)), "no single primary");
	sim_run(l.s, SEC(2 * 7200));
	for (unsigned i = 0; i < 3; i++)
		sim_assert(l.s, sim_count(l.ks[i], MSG_GDOI_GDOI_ANN_TIMESTAMP_TOO_OLD) == 0, "%s does not believe", l.ks[i]->name);
	lab_whole(&l);
	ck_assert_uint_eq(lab_registrations(&l), 3);
	sim_stop(l.ks[0], false);		/* the one that was away has what it takes to lead */
	sim_stop(l.ks[1], false);
	sim_run(l.s, SEC(2 * 7200));
	lab_whole(&l);
	ck_assert_uint_eq(lab_registrations(&l), 3);
	sim_free(l.s);
}

START_TEST(clock_ahead)
{
	restart_jump(410, 30, 2, 2);
}
END_TEST

START_TEST(clock_behind)
{
	restart_jump(411, -30, 2, 2);
}
END_TEST

START_TEST(clock_behind_all)
{
	restart_jump(412, -30, 0, 2);
}
END_TEST

/* Members are there still, and learn of the next keys under the KEK that they have. */
START_TEST(clock_ahead_all)
{
	restart_jump(414, 30, 0, 2);
}
END_TEST

/* Wrong for a while and set right: what was written meanwhile does not count when the machine goes down soon after. */
START_TEST(clock_set_right)
{
	struct lab l;
	uint64_t wall, mono;

	lab_start(&l, 416, 2, 1, lab_ks);
	sim_run(l.s, SEC(1000));
	wall = clock_wall(l.s->clock);
	mono = clock_now(l.s->clock);
	clock_set_wall(l.s->clock, wall + SEC(86400));
	sim_run(l.s, SEC(1000));
	clock_set_wall(l.s->clock, wall + clock_now(l.s->clock) - mono);
	sim_run(l.s, SEC(40));
	for (unsigned i = 0; i < 2; i++) {
		sim_stop(l.ks[i], false);
		sim_start(l.ks[i]);
		sim_run(l.s, SEC(1));
		ck_assert_uint_lt(ks_pt(gdoi_group_find(l.ks[i]->gdoi, GROUP)->ks), 2050 * 1000);
	}
	sim_free(l.s);
}
END_TEST

/* Alone for a day, one that runs slow is seconds behind: when it meets the others it is set forward, and says so. */
START_TEST(clock_slow)
{
	struct lab l;

	lab_place(&l, 415, 2, 2, lab_ks);
	sim_skew(l.ks[1], -100);
	for (struct sim_dev *d = l.s->devs; d; d = d->next)
		sim_start(d);
	sim_assert(l.s, sim_until(l.s, lab_one_primary, &l, SEC(90)), "no primary");
	sim_assert(l.s, sim_until(l.s, sim_all_registered, l.s, SEC(200)), "not registered");
	l.s->check_pairs = true;
	lab_cut(&l, 1);
	sim_run(l.s, SEC(86400));
	ck_assert_uint_eq(sim_count(l.ks[1], MSG_GDOI_GDOI_ANN_TIMESTAMP_LARGE), 0);
	lab_cut(&l, 0);
	sim_assert(l.s, sim_until(l.s, lab_one_primary, &l, SEC(200)), "two primaries stay");
	sim_run(l.s, SEC(100));
	ck_assert_uint_ge(sim_count(l.ks[1], MSG_GDOI_GDOI_ANN_TIMESTAMP_LARGE), 1);
	sim_run(l.s, SEC(7200));
	lab_whole(&l);
	ck_assert_uint_eq(lab_registrations(&l), 2);
	sim_free(l.s);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = { other_group, other_version, sequence, stale, flood, noise, forged, own_peer, phase1, clock_jump, clock_set_and_crash,
		clock_ahead, clock_behind, clock_behind_all, clock_ahead_all, clock_set_right, clock_slow };

	return sim_main("coop_bad", tests, sizeof(tests) / sizeof(tests[0]));
}
