/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Counter-based replay: members have a window while there are two of them, and never with a third one. */
#include "lib/text.h"
#include "lib/why.h"
#include "tests/sim/coop_lab.h"

static void chosen(struct sim_dev *d, struct cfg *c)
{
	sim_ks(d, c);
	cfg_sa(sim_ks_cfg(c), 1)->counter_window = 256;
}

static void chosen_coop(struct sim_dev *d, struct cfg *c)
{
	lab_ks(d, c);
	cfg_sa(sim_ks_cfg(c), 1)->counter_window = 256;
}

/* Of the SA that it sends with: packets, 0 without a window. */
static uint32_t window(const struct sim_dev *d)
{
	for (unsigned i = 0; i < d->dp.nsa; i++)
		if (d->dp.sa[i].spi == d->dp.out)
			return d->dp.sa[i].sa.replay == 2 ? d->dp.sa[i].sa.window : 0;
	return 0;
}

static uint32_t shown(const struct sim_dev *d)
{
	struct gdoi_gm_info i;

	ck_assert(gdoi_show_gm(d->gdoi, GROUP, &i));
	return i.kek.seq;
}

struct three {
	struct sim *s;
	struct sim_dev *ks, *gm[3];
};

static struct three make(uint64_t seed, void (*ks)(struct sim_dev *d, struct cfg *c))
{
	const char *ip[] = { "10.0.0.2", "10.0.0.3", "10.0.0.4" };
	struct three t = { .s = sim_new(seed) };

	t.ks = sim_add(t.s, "KS", "10.0.8.1", ks, NULL);
	for (unsigned i = 0; i < 3; i++)
		t.gm[i] = sim_add(t.s, ip[i] + 7, ip[i], sim_gm, NULL);
	sim_start(t.ks);
	for (unsigned i = 0; i < 2; i++)
		sim_start(t.gm[i]);
	sim_run(t.s, SEC(60));
	ck_assert_uint_eq(sim_members(t.ks), 2);
	return t;
}

static void third(struct three *t)
{
	sim_start(t->gm[2]);
	sim_run(t->s, SEC(60));
	ck_assert_uint_eq(sim_members(t->ks), 3);
}

static void none_open(const struct three *t)
{
	for (unsigned i = 0; i < 3; i++)
		ck_assert_uint_eq(window(t->gm[i]), 0);
}

START_TEST(chosen_window)
{
	struct three t = make(701, chosen);

	ck_assert_uint_eq(window(t.gm[0]), 256);
	ck_assert_uint_eq(window(t.gm[1]), 256);
	ck_assert_uint_eq(sim_count(t.ks, MSG_GDOI_KS_COUNTER_REPLAY_OFF), 0);
	third(&t);
	none_open(&t);
	/* told at once and once, under the same key: nothing is new but that */
	ck_assert_uint_eq(t.gm[0]->dp.out, t.gm[2]->dp.out);
	ck_assert_uint_eq(sim_count(t.ks, MSG_GDOI_KS_COUNTER_REPLAY_OFF), 1);
	ck_assert_uint_eq(sim_count(t.ks, MSG_GDOI_KS_SEND_UNICAST_REKEY), 1);
	ck_assert_uint_eq(sim_count(t.gm[0], MSG_GDOI_GM_RECV_REKEY), 1);
	t.s->check_pairs = true;
	sim_run(t.s, SEC(7200 * 2));
	none_open(&t);
	ck_assert_uint_eq(sim_count(t.ks, MSG_GDOI_KS_COUNTER_REPLAY_OFF), 1);
	/* one leaves: with the third rekey that it misses it is no member any more, the next keys are for two again */
	sim_stop(t.gm[2], false);
	t.s->check_pairs = false;
	sim_run(t.s, SEC(7200 * 5));
	ck_assert_uint_eq(sim_members(t.ks), 2);
	ck_assert_uint_eq(window(t.gm[0]), 256);
	ck_assert_uint_eq(window(t.gm[1]), 256);
	sim_free(t.s);
}
END_TEST

/* Nobody chose it: no window before the first rekey, and so nothing extra happens in a group that comes together. */
START_TEST(default_window)
{
	struct three t = make(702, sim_ks);
	struct why why = { "" };

	ck_assert_uint_eq(window(t.gm[0]), 0);
	third(&t);
	none_open(&t);
	ck_assert_uint_eq(sim_count(t.ks, MSG_GDOI_KS_COUNTER_REPLAY_OFF), 1);
	ck_assert_uint_eq(sim_count(t.ks, MSG_GDOI_KS_SEND_UNICAST_REKEY), 0);
	sim_free(t.s);

	t = make(703, sim_ks);
	ck_assert(gdoi_ks_rekey(t.ks->gdoi, GROUP, REKEY_POLICY, &why));
	sim_run(t.s, SEC(7200));
	ck_assert_uint_eq(window(t.gm[0]), 64);
	ck_assert_uint_eq(window(t.gm[1]), 64);
	third(&t);
	none_open(&t);
	ck_assert_uint_eq(shown(t.gm[0]), shown(t.gm[2]));
	sim_free(t.s);
}
END_TEST

/* An order's round that runs is not cut short, and tells of it as well. */
START_TEST(beside_an_order)
{
	struct three t = make(704, chosen);
	struct why why = { "" };

	ck_assert(gdoi_ks_rekey(t.ks->gdoi, GROUP, REKEY_REPLACE_NOW, &why));
	third(&t);
	none_open(&t);
	for (unsigned i = 0; i < 3; i++)
		ck_assert_uint_eq(t.gm[i]->dp.out, t.gm[0]->dp.out);
	sim_free(t.s);
}
END_TEST

/* Two servers, and two members that have windows after the first rekey; the third one is away. */
static void two_of_three(struct lab *l, uint64_t seed)
{
	lab_start(l, seed, 2, 3, chosen_coop);
	sim_stop(l->gm[2], false);
	sim_run(l->s, SEC(7200));
	ck_assert_uint_eq(window(l->gm[0]), 256);
	ck_assert_uint_eq(window(l->gm[1]), 256);
}

static void third_comes(struct lab *l, uint64_t wait)
{
	sim_start(l->gm[2]);
	sim_run(l->s, wait);
	for (unsigned i = 0; i < 3; i++)
		ck_assert_uint_eq(window(l->gm[i]), 0);
	sim_free(l->s);
}

/* Only the primary opens windows; the third member registers with a server that does not lead: the primary tells the others. */
START_TEST(cooperating)
{
	struct lab l;

	two_of_three(&l, 705);
	third_comes(&l, SEC(120));
}
END_TEST

/* The primary dies, and the third one comes: the other server closes what it has not opened. */
START_TEST(failover)
{
	struct lab l;

	two_of_three(&l, 707);
	sim_stop(l.ks[0], false);
	sim_run(l.s, SEC(200));
	third_comes(&l, SEC(300));
}
END_TEST

/* A key server that was restarted still knows whether there were two. */
START_TEST(restarted)
{
	struct three t = make(706, chosen);

	sim_stop(t.ks, false);
	sim_start(t.ks);
	third(&t);
	none_open(&t);
	ck_assert_uint_eq(sim_count(t.gm[0], MSG_GDOI_GM_RECV_REKEY), 1);
	sim_free(t.s);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = { chosen_window, default_window, beside_an_order, cooperating, failover, restarted };

	return sim_main("s_windows", tests, sizeof(tests) / sizeof(tests[0]));
}
