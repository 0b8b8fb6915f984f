/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Cooperative key servers: election, registration anywhere, failover, split and merge, restarts. */
#include "lib/text.h"
#include "lib/why.h"
#include "tests/sim/sim.h"

struct lab {
	struct sim *s;
	struct sim_dev *ks[8], *gm[6];
	unsigned nks, ngm;
};

static const char *const ks_ip[] = { "10.0.8.1", "10.0.8.2", "10.0.8.3", "10.0.8.4", "10.0.8.5", "10.0.8.6", "10.0.8.7", "10.0.8.8" };

static void ks_coop(struct sim_dev *d, struct cfg *c)
{
	struct cfg_coop *coop;
	const struct lab *l = d->arg;
	unsigned n = 0;

	sim_ks(d, c);
	coop = &sim_ks_cfg(c)->coop;
	coop->present = true;
	coop->priority = 100 - d->index;
	for (unsigned i = 0; i < l->nks; i++)
		if (!ip4_eq(sim_ip(ks_ip[i]), d->ip))
			coop->peers[n++] = sim_ip(ks_ip[i]);
}

static bool one_primary(void *arg)
{
	struct lab *l = arg;
	unsigned primaries = 0;

	for (unsigned i = 0; i < l->nks; i++) {
		struct coop_group_info g;

		if (!l->ks[i]->on)
			continue;
		if (!coop_show_group(l->ks[i]->coop, GROUP, &g) || g.electing || !g.synced)
			return false;
		primaries += g.role == COOP_PRIMARY;
	}
	return primaries == 1;
}

static struct sim_dev *primary(struct lab *l)
{
	for (unsigned i = 0; i < l->nks; i++) {
		struct coop_group_info g;

		if (l->ks[i]->on && coop_show_group(l->ks[i]->coop, GROUP, &g) && g.role == COOP_PRIMARY)
			return l->ks[i];
	}
	return NULL;
}

static void lab_start(struct lab *l, uint64_t seed, unsigned nks, unsigned ngm, void (*ks)(struct sim_dev *d, struct cfg *c))
{
	static const char *const gm_ip[] = { "10.0.0.2", "10.0.0.3", "10.0.0.4", "10.0.0.5", "10.0.0.6", "10.0.0.7" };
	static char lists[6][200];

	*l = (struct lab){ .s = sim_new(seed), .nks = nks, .ngm = ngm };
	for (unsigned i = 0; i < nks; i++) {
		char name[16];

		snprintf(name, sizeof(name), "KS%u", i + 1);
		l->ks[i] = sim_add(l->s, name, ks_ip[i], ks, l);
	}
	for (unsigned i = 0; i < ngm; i++) {
		lists[i][0] = '\0';
		for (unsigned k = 0; k < nks; k++) {
			size_t at = strlen(lists[i]);

			snprintf(lists[i] + at, sizeof(lists[i]) - at, "%s%s", k ? " " : "", ks_ip[(i + k) % nks]);
		}
		l->gm[i] = sim_add(l->s, gm_ip[i] + 5, gm_ip[i], sim_gm, lists[i]);
	}
	for (struct sim_dev *d = l->s->devs; d; d = d->next)
		sim_start(d);
}

static void lab_make_with(struct lab *l, uint64_t seed, unsigned nks, unsigned ngm, void (*ks)(struct sim_dev *d, struct cfg *c))
{
	lab_start(l, seed, nks, ngm, ks);
	l->s->check_pairs = true;
	sim_assert(l->s, sim_until(l->s, one_primary, l, SEC(90)), "no primary");
	sim_assert(l->s, sim_until(l->s, sim_all_registered, l->s, SEC(200)), "not registered");
	sim_run(l->s, SEC(5));
}

static void lab_make(struct lab *l, uint64_t seed, unsigned nks, unsigned ngm)
{
	lab_make_with(l, seed, nks, ngm, ks_coop);
}

static unsigned registrations(const struct lab *l)
{
	unsigned n = 0;

	for (unsigned i = 0; i < l->ngm; i++) {
		struct gdoi_gm_info g;

		ck_assert(gdoi_show_gm(l->gm[i]->gdoi, GROUP, &g));
		n += g.succeeded;
	}
	return n;
}

/* Every server has every member; members of all servers share a TEK and none was without. */
static void whole(struct lab *l)
{
	for (unsigned i = 0; i < l->nks; i++)
		if (l->ks[i]->on)
			sim_assert(l->s, sim_members(l->ks[i]) == l->ngm, "%s has %u members", l->ks[i]->name, sim_members(l->ks[i]));
	for (unsigned i = 0; i < l->ngm; i++)
		sim_assert(l->s, l->gm[i]->dp.out == l->gm[0]->dp.out, "%s sends with %08x, %s with %08x", l->gm[i]->name,
			l->gm[i]->dp.out, l->gm[0]->name, l->gm[0]->dp.out);
	sim_assert(l->s, l->s->mismatches == 0, "%s", l->s->mismatch);
}

START_TEST(election)
{
	struct lab l;

	lab_make(&l, 100, 3, 3);
	ck_assert_str_eq(primary(&l)->name, "KS1");
	ck_assert_uint_ge(sim_count(l.ks[1], MSG_GDOI_COOP_KS_ELECTION), 1);
	ck_assert_uint_eq(sim_count(l.ks[1], MSG_GDOI_COOP_KS_TRANS_TO_PRI), 1);
	whole(&l);
	sim_run(l.s, SEC(3 * 7200));
	whole(&l);
	ck_assert_uint_eq(registrations(&l), 3);
	ck_assert_uint_eq(sim_count(l.ks[1], MSG_GDOI_KS_SEND_UNICAST_REKEY), 0);
	ck_assert_uint_eq(sim_count(l.ks[0], MSG_GDOI_KS_SEND_UNICAST_REKEY), 3);
	sim_free(l.s);
}
END_TEST

/* The primary dies: the next highest goes on with the same keys, its first rekey is accepted, nobody registers again. */
START_TEST(failover)
{
	struct lab l;
	uint32_t spi;

	lab_make(&l, 101, 3, 3);
	sim_run(l.s, SEC(7300));
	spi = l.gm[0]->dp.out;
	sim_stop(l.ks[0], false);
	sim_run(l.s, SEC(120));
	ck_assert(one_primary(&l));
	ck_assert_str_eq(primary(&l)->name, "KS2");
	ck_assert_uint_eq(l.gm[0]->dp.out, spi);
	sim_run(l.s, SEC(2 * 7200));
	whole(&l);
	ck_assert_uint_eq(registrations(&l), 3);
	ck_assert_uint_ge(sim_count(l.ks[1], MSG_GDOI_KS_SEND_UNICAST_REKEY), 2);
	/* back: a higher priority does not take over */
	sim_start(l.ks[0]);
	sim_run(l.s, SEC(200));
	ck_assert(one_primary(&l));
	ck_assert_str_eq(primary(&l)->name, "KS2");
	sim_run(l.s, SEC(7200));
	whole(&l);
	ck_assert_uint_eq(registrations(&l), 3);
	sim_free(l.s);
}
END_TEST

static void cut(struct lab *l, uint32_t left)
{
	for (unsigned i = 0; i < l->nks; i++)
		l->ks[i]->blind = left >> i & 1 ? ~left & ((1u << l->nks) - 1) : left;
	for (unsigned i = 0; i < l->nks; i++)
		if (!left)
			l->ks[i]->blind = 0;
}

/* The servers lose each other: both sides go on with the same keys; they meet, one yields, nobody registers again. */
static void split_merge(uint64_t seed, unsigned nks, uint32_t left, uint64_t length)
{
	struct lab l;

	lab_make(&l, seed, nks, 4);
	sim_run(l.s, SEC(1000));
	cut(&l, left);
	sim_run(l.s, length);
	ck_assert(!one_primary(&l));
	sim_assert(l.s, l.s->mismatches == 0, "%s", l.s->mismatch);
	cut(&l, 0);
	sim_assert(l.s, sim_until(l.s, one_primary, &l, SEC(120)), "two primaries stay");
	ck_assert_str_eq(primary(&l)->name, "KS1");
	sim_run(l.s, SEC(100));
	whole(&l);
	sim_run(l.s, SEC(2 * 7200));
	whole(&l);
	ck_assert_uint_eq(registrations(&l), 4);
	for (unsigned i = 0; i < l.ngm; i++)
		ck_assert_uint_eq(l.gm[i]->dp.gaps, 0);
	sim_free(l.s);
}

START_TEST(split_two)
{
	split_merge(102, 2, 1, SEC(3 * 7200));
}
END_TEST

START_TEST(split_four)
{
	split_merge(103, 4, 3, SEC(5 * 7200));
}
END_TEST

/* A whole day on both sides: KEKs roll over alike too. */
START_TEST(split_day)
{
	split_merge(104, 3, 1, SEC(100000));
}
END_TEST

/* All at once: the keys come back from disk, one is elected, nobody registers again. */
START_TEST(mass_restart)
{
	struct lab l;
	uint32_t spi;

	lab_make(&l, 105, 3, 3);
	sim_run(l.s, SEC(8000));
	spi = l.gm[0]->dp.out;
	for (unsigned i = 0; i < l.nks; i++)
		sim_stop(l.ks[i], false);
	sim_run(l.s, SEC(20));
	for (unsigned i = 0; i < l.nks; i++)
		sim_start(l.ks[i]);
	sim_assert(l.s, sim_until(l.s, one_primary, &l, SEC(90)), "no primary");
	ck_assert_uint_eq(l.gm[0]->dp.out, spi);
	sim_run(l.s, SEC(2 * 7200));
	whole(&l);
	ck_assert_uint_eq(registrations(&l), 3);
	sim_free(l.s);
}
END_TEST

/* Upgrade one after the other, the primary last: it is drained first. */
START_TEST(rolling)
{
	struct lab l;
	struct why why;

	lab_make(&l, 106, 4, 3);
	for (unsigned i = l.nks; i-- > 1;) {
		sim_stop(l.ks[i], true);
		sim_run(l.s, SEC(60));
		sim_start(l.ks[i]);
		sim_assert(l.s, sim_until(l.s, one_primary, &l, SEC(120)), "KS%u is not back", i + 1);
		ck_assert_str_eq(primary(&l)->name, "KS1");
		sim_run(l.s, SEC(1000));
	}
	ck_assert(!coop_clear_role(l.ks[1]->coop, GROUP, &why));
	ck_assert(coop_clear_role(l.ks[0]->coop, GROUP, &why));
	sim_assert(l.s, sim_until(l.s, one_primary, &l, SEC(120)), "no primary");
	ck_assert_str_eq(primary(&l)->name, "KS2");
	sim_stop(l.ks[0], true);
	sim_run(l.s, SEC(60));
	sim_start(l.ks[0]);
	sim_run(l.s, SEC(7200));
	ck_assert(one_primary(&l));
	ck_assert_str_eq(primary(&l)->name, "KS2");
	whole(&l);
	ck_assert_uint_eq(registrations(&l), 3);
	sim_free(l.s);
}
END_TEST

/* Orders are for the primary; a removal there reaches the members of every server. */
START_TEST(orders)
{
	struct lab l;
	struct why why;
	uint32_t spi;

	lab_make(&l, 107, 2, 4);
	spi = l.gm[0]->dp.out;
	ck_assert(!gdoi_ks_rekey(l.ks[1]->gdoi, GROUP, REKEY_POLICY, &why));
	ck_assert_str_eq(why.text, "This command must be executed on Pri-KS");
	ck_assert(!gdoi_ks_remove_members(l.ks[1]->gdoi, GROUP, REMOVAL_NOW, &why));
	ck_assert_str_eq(why.text, "can only execute this command on Primary KS");
	ck_assert(gdoi_ks_remove_members(l.ks[0]->gdoi, GROUP, REMOVAL_NOW, &why));
	sim_run(l.s, SEC(300));
	ck_assert(sim_all_registered(l.s));
	ck_assert_uint_ne(l.gm[0]->dp.out, spi);
	ck_assert_uint_eq(registrations(&l), 8);
	whole(&l);
	sim_free(l.s);
}
END_TEST

/* A removal inside a split: on the other side everybody starts over when the servers meet. */
START_TEST(removal_in_split)
{
	struct lab l;
	struct why why;

	lab_make(&l, 108, 2, 4);
	cut(&l, 1);
	sim_run(l.s, SEC(200));
	l.s->check_pairs = false;
	for (unsigned i = 0; i < l.ngm; i++)	/* members 1 and 3 hear KS2 alone */
		l.gm[i]->blind = 1u << (i % 2 ? 0 : 1);
	ck_assert(gdoi_ks_remove_members(l.ks[0]->gdoi, GROUP, REMOVAL_NOW, &why));
	sim_run(l.s, SEC(200));
	ck_assert_uint_ne(l.gm[0]->dp.out, l.gm[1]->dp.out);
	cut(&l, 0);
	sim_assert(l.s, sim_until(l.s, one_primary, &l, SEC(120)), "two primaries stay");
	for (unsigned i = 0; i < l.ngm; i++)
		l.gm[i]->blind = 0;
	sim_run(l.s, SEC(7200));
	l.s->mismatches = 0;
	l.s->check_pairs = true;
	sim_run(l.s, SEC(100));
	ck_assert(sim_all_registered(l.s));
	whole(&l);
	sim_free(l.s);
}
END_TEST

static void ks_fast(struct sim_dev *d, struct cfg *c)
{
	ks_coop(d, c);
	sim_ks_cfg(c)->coop.fast = true;
}

/* A second server with another lifetime and another RSA key: said at once, line by line; the active policy goes on. */
static void ks_other(struct sim_dev *d, struct cfg *c)
{
	struct why why;

	if (d->index == 1 && !config_key(d->config, "REKEY"))
		ck_assert(config_key_put(d->config, "REKEY", sim_rsa(1), false, 0, &why));
	ks_coop(d, c);
	if (d->index == 1)
		cfg_ipsec_profile(c, "PROF")->lifetime = 3600;
}

START_TEST(mismatch)
{
	struct lab l;
	struct text t = TEXT_EMPTY;

	lab_make_with(&l, 109, 2, 2, ks_other);
	coop_show_mismatch(l.ks[1]->coop, GROUP, l.ks[0]->ip, &t);
	ck_assert_ptr_nonnull(strstr(text_str(&t), "-sa ipsec 1 lifetime seconds 3600\n"));
	ck_assert_ptr_nonnull(strstr(text_str(&t), "+sa ipsec 1 lifetime seconds 7200\n"));
	ck_assert_uint_ge(sim_count(l.ks[0], MSG_GDOI_COOP_CONFIG_MISMATCH), 3);	/* lines, and the key by name */
	ck_assert_uint_ge(sim_count(l.ks[1], MSG_GDOI_KS_NO_RSA_KEYS), 1);
	whole(&l);
	text_free(&t);
	sim_free(l.s);
}
END_TEST

START_TEST(fast)
{
	struct lab l;

	lab_make_with(&l, 110, 3, 2, ks_fast);
	sim_run(l.s, SEC(30));
	sim_stop(l.ks[0], false);
	sim_run(l.s, SEC(3));
	ck_assert(one_primary(&l));
	ck_assert_str_eq(primary(&l)->name, "KS2");
	whole(&l);
	sim_free(l.s);
}
END_TEST

/* Who is no peer is told so, and learns nothing. */
static void ks_stranger(struct sim_dev *d, struct cfg *c)
{
	ks_coop(d, c);
	if (d->index == 0)
		sim_ks_cfg(c)->coop.peers[1] = (struct ip4){ 0 };	/* KS3 is not known to KS1 */
}

START_TEST(stranger)
{
	struct lab l = { .s = NULL };
	struct coop_group_info g;

	lab_start(&l, 111, 3, 0, ks_stranger);
	sim_run(l.s, SEC(120));
	ck_assert_uint_ge(sim_count(l.ks[0], MSG_GDOI_COOP_KS_UNAUTH), 1);
	ck_assert(coop_show_group(l.ks[0]->coop, GROUP, &g));
	ck_assert_int_eq(g.role, COOP_PRIMARY);
	sim_free(l.s);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = { election, failover, split_two, split_four, split_day, mass_restart, rolling, orders,
		removal_in_split, mismatch, fast, stranger };

	return sim_main("coop", tests, sizeof(tests) / sizeof(tests[0]));
}
