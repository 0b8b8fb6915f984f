/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The root of cooperating key servers: refreshed in stages, also while the network breaks; drawn anew by orders; the first one. */
#include "gdoi/ksync.h"
#include "lib/why.h"
#include "tests/sim/coop_lab.h"

static struct ksync_view view(const struct sim_dev *d)
{
	struct ksync_view v;

	ck_assert(ksync_view(d->gdoi, GROUP, &v));
	return v;
}

/* All servers derive from one root, of that generation, and no refresh is under way. */
static void at_root(struct lab *l, uint32_t generation)
{
	for (unsigned i = 0; i < l->nks; i++) {
		struct ksync_view v = view(l->ks[i]);

		sim_assert(l->s, v.root.generation == generation && !v.root.next, "%s: root %u, refresh %u in stage %u", l->ks[i]->name,
			v.root.generation, v.root.next, v.root.stage);
	}
}

/* With each KEK, in three stages that take seconds while all are there: members never hold more than the new key. */
START_TEST(refresh)
{
	struct lab l;

	lab_make(&l, 112, 4, 3);
	at_root(&l, 1);
	for (unsigned day = 1; day <= 3; day++) {
		sim_run(l.s, SEC(86400 - 225));
		at_root(&l, 1 + day);
		ck_assert_uint_lt(view(l.ks[0]).root.age, 300);
		ck_assert_uint_eq(view(l.ks[0]).generation, 1);		/* nothing was cut off */
		for (unsigned i = 0; i < l.ngm; i++)
			ck_assert_uint_le(l.gm[i]->dp.nsa, 2);
	}
	lab_whole(&l);
	ck_assert_uint_eq(lab_registrations(&l), 3);
	for (unsigned i = 0; i < l.ngm; i++)
		ck_assert_uint_eq(l.gm[i]->dp.gaps, 0);
	sim_free(l.s);
}
END_TEST

/* One server is away when the KEK rolls over: the old root goes on. It returns: the refresh that was missed is made up for. */
START_TEST(refresh_waits)
{
	struct lab l;

	lab_make(&l, 113, 3, 3);
	sim_run(l.s, SEC(80000));
	sim_stop(l.ks[2], false);
	sim_run(l.s, SEC(20000));
	ck_assert_uint_eq(view(l.ks[0]).root.generation, 1);
	ck_assert_uint_eq(view(l.ks[1]).root.generation, 1);
	sim_start(l.ks[2]);
	sim_run(l.s, SEC(200));
	at_root(&l, 2);
	sim_run(l.s, SEC(2 * 7200));
	lab_whole(&l);
	ck_assert_uint_eq(lab_registrations(&l), 3);
	sim_free(l.s);
}
END_TEST

static unsigned cut_at;

/* Cuts servers 3 and 4 off as soon as the refresh has come so far anywhere. */
static bool at_stage(void *arg)
{
	struct lab *l = arg;

	for (unsigned i = 0; i < l->nks; i++) {
		struct ksync_view v = view(l->ks[i]);

		if (v.root.next && v.root.stage >= cut_at)
			return true;
	}
	return false;
}

/*
 * The network breaks in the middle of a refresh: each side goes on deriving, with whatever it may, and their members understand each
 * other. For a day and more; then the refresh is completed.
 */
static void refresh_cut(uint64_t seed, unsigned stage)
{
	struct lab l;

	lab_make(&l, seed, 4, 6);
	cut_at = stage;
	sim_run(l.s, SEC(85000));
	sim_assert(l.s, sim_until(l.s, at_stage, &l, SEC(2000)), "no refresh");
	lab_cut(&l, 3);
	sim_run(l.s, SEC(100000));
	ck_assert(!lab_one_primary(&l));
	sim_assert(l.s, l.s->mismatches == 0, "%s", l.s->mismatch);
	lab_cut(&l, 0);
	sim_assert(l.s, sim_until(l.s, lab_one_primary, &l, SEC(120)), "two primaries stay");
	sim_run(l.s, SEC(200));
	ck_assert_uint_ge(view(l.ks[0]).root.generation, 2);
	sim_run(l.s, SEC(2 * 7200));
	lab_whole(&l);
	ck_assert_uint_eq(lab_registrations(&l), 6);
	for (unsigned i = 0; i < l.ngm; i++)
		ck_assert_uint_eq(l.gm[i]->dp.gaps, 0);
	sim_free(l.s);
}

START_TEST(refresh_cut_accept)
{
	refresh_cut(114, 1);
}
END_TEST

START_TEST(refresh_cut_send)
{
	refresh_cut(115, 2);
}
END_TEST

START_TEST(refresh_cut_drop)
{
	refresh_cut(116, 3);
}
END_TEST

/* ---- orders draw a new one ---- */

/* Nothing reaches the primary, and what it says to members is lost: an order stops halfway. */
static enum sim_verdict mute(void *arg, struct endpoint src, struct endpoint dst, struct bytes body)
{
	const struct sim_dev *primary = arg;

	bool member = dst.ip.a >> 8 == sim_ip("10.0.0.0").a >> 8;

	return body.n && (ip4_eq(dst.ip, primary->ip) || (ip4_eq(src.ip, primary->ip) && member)) ? SIM_DROP : SIM_PASS;
}

/*
 * The primary dies within the moment between drawing the new root and telling the members: whoever takes over has the root, and the
 * order is carried through.
 */
static void dies_in_order(uint64_t seed, bool removal)
{
	struct lab l;
	struct why why;
	uint32_t spi;

	lab_make(&l, seed, 3, 3);
	spi = l.gm[0]->dp.out;
	l.s->tap = mute;
	l.s->tap_arg = l.ks[0];
	if (removal)
		ck_assert(gdoi_ks_remove_members(l.ks[0]->gdoi, GROUP, REMOVAL_NOW, &why));
	else
		ck_assert(gdoi_ks_rekey(l.ks[0]->gdoi, GROUP, REKEY_POLICY, &why));
	ck_assert(view(l.ks[0]).held);
	sim_run(l.s, MSEC(500));	/* the others have it by now, and it does not know */
	ck_assert(view(l.ks[0]).held);
	sim_stop(l.ks[0], false);
	l.s->tap = NULL;
	l.s->check_pairs = false;
	sim_assert(l.s, sim_until(l.s, lab_one_primary, &l, SEC(200)), "no primary");
	ck_assert_uint_eq(view(lab_primary(&l)).generation, 2);
	sim_run(l.s, SEC(600));
	ck_assert(sim_all_registered(l.s));
	ck_assert_uint_ne(l.gm[0]->dp.out, spi);
	if (!removal)
		ck_assert_uint_eq(lab_registrations(&l), 3);
	lab_whole(&l);
	sim_free(l.s);
}

START_TEST(rekey_dies)
{
	dies_in_order(120, false);
}
END_TEST

START_TEST(removal_dies)
{
	dies_in_order(121, true);
}
END_TEST

/*
 * The primary dies when it has told one member of three that they are removed, and the others have the new keys already: who takes over
 * tells the other two, under the KEK that they have, and nobody a second time.
 */
static void dies_in_removal(uint64_t seed, bool now)
{
	const int heard = now ? MSG_GDOI_GM_RECV_DELETE_IMMEDIATE : MSG_GDOI_GM_RECV_DELETE;
	struct lab l;
	struct why why;

	lab_make(&l, seed, 3, 3);
	l.s->check_pairs = false;
	ck_assert(gdoi_ks_rekey(l.ks[0]->gdoi, GROUP, REKEY_REPLACE_NOW, &why));
	sim_run(l.s, SEC(30));
	l.gm[1]->cut = l.gm[2]->cut = true;
	ck_assert(gdoi_ks_remove_members(l.ks[0]->gdoi, GROUP, now ? REMOVAL_NOW : REMOVAL_TRANSIENT, &why));
	sim_run(l.s, SEC(3));
	ck_assert_uint_eq(sim_count(l.gm[0], heard), 1);
	ck_assert_uint_eq(view(l.ks[1]).generation, 3);
	sim_stop(l.ks[0], false);
	sim_stop(l.ks[1], seed & 1);		/* nor does a restart make it forget */
	sim_start(l.ks[1]);
	sim_assert(l.s, sim_until(l.s, lab_one_primary, &l, SEC(200)), "no primary");
	ck_assert_uint_eq(sim_count(l.gm[1], heard), 0);
	l.gm[1]->cut = l.gm[2]->cut = false;
	sim_run(l.s, SEC(25));
	for (unsigned i = 0; i < 3; i++) {
		sim_assert(l.s, sim_count(l.gm[i], heard) == 1, "%s was told %u times", l.gm[i]->name, (unsigned)sim_count(l.gm[i], heard));
		ck_assert_uint_eq(sim_count(l.gm[i], MSG_GDOI_GDOI_REKEY_SEQ_FAILURE), 0);
	}
	sim_run(l.s, SEC(600));
	ck_assert(sim_all_registered(l.s));
	lab_whole(&l);
	sim_free(l.s);
}

START_TEST(dies_in_transient_removal)
{
	dies_in_removal(123, false);
	dies_in_removal(124, false);
}
END_TEST

START_TEST(dies_in_removal_now)
{
	dies_in_removal(125, true);
	dies_in_removal(126, true);
}
END_TEST

/* All answer within the time of a round trip; one that is away and not known to be is waited for, but not for long. */
START_TEST(order_waits)
{
	struct lab l;
	struct why why;
	uint64_t sent;

	lab_make(&l, 122, 3, 3);
	ck_assert(gdoi_ks_rekey(l.ks[0]->gdoi, GROUP, REKEY_POLICY, &why));
	sent = sim_count(l.ks[0], MSG_GDOI_KS_SEND_UNICAST_REKEY);
	sim_run(l.s, MSEC(500));
	ck_assert(!view(l.ks[0]).held);
	ck_assert_uint_eq(sim_count(l.ks[0], MSG_GDOI_KS_SEND_UNICAST_REKEY), sent + 1);
	sim_run(l.s, SEC(10));
	lab_whole(&l);
	ck_assert_uint_eq(view(l.ks[1]).generation, 2);
	sim_stop(l.ks[2], false);
	ck_assert(gdoi_ks_rekey(l.ks[0]->gdoi, GROUP, REKEY_POLICY, &why));
	sim_run(l.s, MSEC(2500));
	ck_assert(view(l.ks[0]).held);
	sim_run(l.s, MSEC(1000));
	ck_assert(!view(l.ks[0]).held);
	sim_run(l.s, SEC(10));
	ck_assert_uint_eq(sim_count(l.ks[0], MSG_GDOI_KS_SEND_UNICAST_REKEY), sent + 2);
	ck_assert_uint_eq(view(l.ks[1]).generation, 3);
	lab_whole(&l);
	sim_free(l.s);
}
END_TEST

/* ---- the first one ---- */

static void ks_patient(struct sim_dev *d, struct cfg *c)
{
	const struct lab *l = d->arg;

	lab_ks(d, c);
	sim_ks_cfg(c)->coop.first = l->ngm ? 300 : CFG_COOP_ALL;
}

static bool any_keys(void *arg)
{
	struct lab *l = arg;

	for (unsigned i = 0; i < l->nks; i++)
		if (view(l->ks[i]).active)
			return true;
	return false;
}

/* Servers that start apart make no root until they have met. */
START_TEST(first_all)
{
	struct lab l;
	struct coop_group_info g;

	lab_start(&l, 123, 2, 0, ks_patient);
	lab_cut(&l, 1);
	sim_run(l.s, SEC(5000));
	ck_assert(!any_keys(&l));
	ck_assert(coop_show_group(l.ks[0]->coop, GROUP, &g) && g.first_waits);
	lab_cut(&l, 0);
	sim_assert(l.s, sim_until(l.s, lab_one_primary, &l, SEC(200)), "no primary");
	ck_assert(any_keys(&l));
	ck_assert_uint_eq(view(l.ks[0]).generation, view(l.ks[1]).generation);
	/* from now on nobody waits for anybody */
	for (unsigned i = 0; i < 2; i++)
		sim_stop(l.ks[i], false);
	sim_start(l.ks[1]);
	sim_run(l.s, SEC(100));
	ck_assert(coop_show_group(l.ks[1]->coop, GROUP, &g));
	ck_assert_int_eq(g.role, COOP_PRIMARY);
	sim_free(l.s);
}
END_TEST

START_TEST(first_seconds)
{
	struct lab l;

	lab_start(&l, 124, 2, 1, ks_patient);
	lab_cut(&l, 1);
	sim_run(l.s, SEC(290));
	ck_assert(!any_keys(&l));
	sim_run(l.s, SEC(40));
	ck_assert(any_keys(&l));
	sim_free(l.s);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = { refresh, refresh_waits, refresh_cut_accept, refresh_cut_send, refresh_cut_drop, rekey_dies,
		removal_dies, dies_in_transient_removal, dies_in_removal_now, order_waits, first_all, first_seconds };

	return sim_main("coop refresh", tests, sizeof(tests) / sizeof(tests[0]));
}
