/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Cooperative key servers: election, registration anywhere, failover, split and merge, restarts. */
#include "lib/text.h"
#include "lib/why.h"
#include "tests/sim/coop_lab.h"

START_TEST(election)
{
	struct lab l;

	lab_make(&l, 100, 3, 3);
	ck_assert_str_eq(lab_primary(&l)->name, "KS1");
	ck_assert_uint_ge(sim_count(l.ks[1], MSG_GDOI_COOP_KS_ELECTION), 1);
	ck_assert_uint_eq(sim_count(l.ks[1], MSG_GDOI_COOP_KS_TRANS_TO_PRI), 1);
	lab_whole(&l);
	sim_run(l.s, SEC(3 * 7200));
	lab_whole(&l);
	ck_assert_uint_eq(lab_registrations(&l), 3);
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
	ck_assert(lab_one_primary(&l));
	ck_assert_str_eq(lab_primary(&l)->name, "KS2");
	ck_assert_uint_eq(l.gm[0]->dp.out, spi);
	sim_run(l.s, SEC(2 * 7200));
	lab_whole(&l);
	ck_assert_uint_eq(lab_registrations(&l), 3);
	ck_assert_uint_ge(sim_count(l.ks[1], MSG_GDOI_KS_SEND_UNICAST_REKEY), 2);
	/* back: a higher priority does not take over */
	sim_start(l.ks[0]);
	sim_run(l.s, SEC(200));
	ck_assert(lab_one_primary(&l));
	ck_assert_str_eq(lab_primary(&l)->name, "KS2");
	ck_assert_uint_ge(sim_count(l.ks[2], MSG_GDOI_COOP_KS_REACH), 1);
	sim_run(l.s, SEC(7200));
	lab_whole(&l);
	ck_assert_uint_eq(lab_registrations(&l), 3);
	sim_free(l.s);
}
END_TEST

/* The servers lose each other: both sides go on with the same keys; they meet, one yields, nobody registers again. */
static void split_merge(uint64_t seed, unsigned nks, uint32_t left, uint64_t length)
{
	struct lab l;

	lab_make(&l, seed, nks, 4);
	sim_run(l.s, SEC(1000));
	lab_cut(&l, left);
	sim_run(l.s, length);
	ck_assert(!lab_one_primary(&l));
	sim_assert(l.s, l.s->mismatches == 0, "%s", l.s->mismatch);
	lab_cut(&l, 0);
	sim_assert(l.s, sim_until(l.s, lab_one_primary, &l, SEC(120)), "two primaries stay");
	ck_assert_str_eq(lab_primary(&l)->name, "KS1");
	sim_run(l.s, SEC(100));
	lab_whole(&l);
	sim_run(l.s, SEC(2 * 7200));
	lab_whole(&l);
	ck_assert_uint_eq(lab_registrations(&l), 4);
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
	sim_assert(l.s, sim_until(l.s, lab_one_primary, &l, SEC(90)), "no primary");
	ck_assert_uint_eq(l.gm[0]->dp.out, spi);
	sim_run(l.s, SEC(2 * 7200));
	lab_whole(&l);
	ck_assert_uint_eq(lab_registrations(&l), 3);
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
		sim_assert(l.s, sim_until(l.s, lab_one_primary, &l, SEC(120)), "KS%u is not back", i + 1);
		ck_assert_str_eq(lab_primary(&l)->name, "KS1");
		sim_run(l.s, SEC(1000));
	}
	ck_assert(!coop_clear_role(l.ks[1]->coop, GROUP, &why));
	ck_assert(coop_clear_role(l.ks[0]->coop, GROUP, &why));
	sim_assert(l.s, sim_until(l.s, lab_one_primary, &l, SEC(120)), "no primary");
	ck_assert_str_eq(lab_primary(&l)->name, "KS2");
	sim_stop(l.ks[0], true);
	sim_run(l.s, SEC(60));
	sim_start(l.ks[0]);
	sim_run(l.s, SEC(7200));
	ck_assert(lab_one_primary(&l));
	ck_assert_str_eq(lab_primary(&l)->name, "KS2");
	lab_whole(&l);
	ck_assert_uint_eq(lab_registrations(&l), 3);
	sim_free(l.s);
}
END_TEST

/* Orders are for the lab_primary; a removal there reaches the members of every server. */
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
	ck_assert_uint_eq(lab_registrations(&l), 8);
	lab_whole(&l);
	sim_free(l.s);
}
END_TEST

/* A removal inside a split: on the other side everybody starts over when the servers meet. */
START_TEST(removal_in_split)
{
	struct lab l;
	struct why why;

	lab_make(&l, 108, 2, 4);
	lab_cut(&l, 1);
	sim_run(l.s, SEC(200));
	l.s->check_pairs = false;
	for (unsigned i = 0; i < l.ngm; i++)	/* members 1 and 3 hear KS2 alone */
		l.gm[i]->blind = 1u << (i % 2 ? 0 : 1);
	ck_assert(gdoi_ks_remove_members(l.ks[0]->gdoi, GROUP, REMOVAL_NOW, &why));
	sim_run(l.s, SEC(200));
	ck_assert_uint_ne(l.gm[0]->dp.out, l.gm[1]->dp.out);
	lab_cut(&l, 0);
	sim_assert(l.s, sim_until(l.s, lab_one_primary, &l, SEC(120)), "two primaries stay");
	for (unsigned i = 0; i < l.ngm; i++)
		l.gm[i]->blind = 0;
	sim_run(l.s, SEC(7200));
	l.s->mismatches = 0;
	l.s->check_pairs = true;
	sim_run(l.s, SEC(100));
	ck_assert(sim_all_registered(l.s));
	lab_whole(&l);
	sim_free(l.s);
}
END_TEST

/* What one server shows of its policy against another's; t is its room. */
static const char *differences(const struct sim_dev *of, const struct sim_dev *from, struct text *t)
{
	text_clear(t);
	coop_show_mismatch(of->coop, GROUP, from->ip, t);
	return text_str(t);
}

static void time_based(struct sim_dev *d, struct cfg *c)
{
	(void)d;
	cfg_sa(sim_ks_cfg(c), 1)->replay = REPLAY_TIME;
}

/* The primary's members get time-based replay checks: a server that is configured otherwise says so, once. */
START_TEST(tbar)
{
	struct lab l;
	struct why why;

	lab_make(&l, 113, 2, 2);
	sim_config(l.ks[0], time_based);
	sim_run(l.s, SEC(60));
	for (unsigned i = 0; i < l.nks; i++)
		ck_assert_uint_eq(sim_count(l.ks[i], MSG_GDOI_GDOI_ANN_INCONSISTENT_TBAR), 0);
	ck_assert(gdoi_ks_rekey(l.ks[0]->gdoi, GROUP, REKEY_POLICY, &why));
	sim_run(l.s, SEC(200));
	ck_assert_uint_eq(sim_count(l.ks[0], MSG_GDOI_GDOI_ANN_INCONSISTENT_TBAR), 0);
	ck_assert_uint_eq(sim_count(l.ks[1], MSG_GDOI_GDOI_ANN_INCONSISTENT_TBAR), 1);
	lab_whole(&l);
	sim_free(l.s);
}
END_TEST

static void ks_fast(struct sim_dev *d, struct cfg *c)
{
	lab_ks(d, c);
	sim_ks_cfg(c)->coop.fast = true;
}

/* A second server with another lifetime and another RSA key: said at once, line by line; the active policy goes on. */
static void ks_other(struct sim_dev *d, struct cfg *c)
{
	struct why why;

	if (d->index == 1 && !config_key(d->config, "REKEY"))
		ck_assert(config_key_put(d->config, "REKEY", sim_rsa(1), false, 0, &why));
	lab_ks(d, c);
	if (d->index == 1) {
		cfg_ipsec_profile(c, "PROF")->lifetime = 3600;
		sim_acl(c, "POLICY", "permit udp 10.9.0.0 0.0.255.255 any eq 53");
	}
}

START_TEST(mismatch)
{
	struct lab l;
	struct text t = TEXT_EMPTY;

	lab_make_with(&l, 109, 2, 2, ks_other);
	ck_assert_int_eq(lab_peer(l.ks[1], l.ks[0]->ip).policy, POLICY_DIFFERS);
	differences(l.ks[1], l.ks[0], &t);
	ck_assert_ptr_nonnull(strstr(text_str(&t), "-sa ipsec 1 match address ipv4: permit udp 10.9.0.0 0.0.255.255 any eq domain\n"));
	ck_assert_ptr_nonnull(strstr(text_str(&t), "-sa ipsec 1 lifetime seconds 3600\n"));
	ck_assert_ptr_nonnull(strstr(text_str(&t), "+sa ipsec 1 lifetime seconds 7200\n"));
	ck_assert_uint_ge(sim_count(l.ks[0], MSG_GDOI_COOP_CONFIG_MISMATCH), 3);	/* lines, and the key by name */
	ck_assert_uint_ge(sim_count(l.ks[1], MSG_GDOI_KS_NO_RSA_KEYS), 1);
	lab_whole(&l);
	text_free(&t);
	sim_free(l.s);
}
END_TEST

static void ks_order(struct sim_dev *d, struct cfg *c)
{
	sim_acl(c, "POLICY", d->index ? "deny tcp any any eq 22" : "permit ip 10.7.0.0 0.0.255.255 any");
	sim_acl(c, "POLICY", d->index ? "permit ip 10.7.0.0 0.0.255.255 any" : "deny tcp any any eq 22");
	lab_ks(d, c);
}

/* The same lines in another order are another policy. While a peer is away nothing is claimed that it has not said. */
START_TEST(mismatch_of_order)
{
	struct lab l;
	struct text t = TEXT_EMPTY;

	lab_make_with(&l, 114, 2, 2, ks_order);
	sim_run(l.s, SEC(60));
	ck_assert_str_eq(differences(l.ks[0], l.ks[1], &t), "the entries of an access list stand in another order\n");
	sim_stop(l.ks[1], false);
	sim_run(l.s, SEC(200));
	sim_config(l.ks[0], time_based);
	ck_assert_str_eq(differences(l.ks[0], l.ks[1], &t), "");
	ck_assert_int_eq(lab_peer(l.ks[0], l.ks[1]->ip).policy, POLICY_UNREAD);
	ck_assert(!lab_peer(l.ks[0], l.ks[1]->ip).alive);
	text_free(&t);
	sim_free(l.s);
}
END_TEST

/* No key depends on whom a server admits; but a member taken from one list alone comes back over the other server. */
static void ks_lists(struct sim_dev *d, struct cfg *c)
{
	lab_ks(d, c);
	str_copy(sim_ks_cfg(c)->auth_acl, sizeof(sim_ks_cfg(c)->auth_acl), "STD_MEMBERS");
	sim_ks_cfg(c)->retransmit = d->index == 1 ? 20 : 10;
	if (d->index == 1)
		sim_acl(c, "STD_MEMBERS", "deny 10.0.0.9");
	sim_acl(c, "STD_MEMBERS", "permit any");
}

START_TEST(mismatch_of_admission)
{
	struct lab l;
	struct text t = TEXT_EMPTY;

	lab_make_with(&l, 112, 3, 2, ks_lists);
	sim_run(l.s, SEC(60));
	differences(l.ks[1], l.ks[0], &t);
	ck_assert_ptr_nonnull(strstr(text_str(&t), "-authorization address ipv4: 2 entries, "));
	ck_assert_ptr_nonnull(strstr(text_str(&t), "+authorization address ipv4: 1 entry, "));
	ck_assert_ptr_nonnull(strstr(text_str(&t), "-rekey retransmit 20 number 2\n"));
	ck_assert_ptr_nonnull(strstr(text_str(&t), "+rekey retransmit 10 number 2\n"));
	ck_assert_str_eq(differences(l.ks[2], l.ks[0], &t), "");
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
	ck_assert(lab_one_primary(&l));
	ck_assert_str_eq(lab_primary(&l)->name, "KS2");
	lab_whole(&l);
	sim_free(l.s);
}
END_TEST

static void ks_drawn(struct sim_dev *d, struct cfg *c)
{
	lab_ks(d, c);
	sim_ks_cfg(c)->coop.drawn = true;
}

static uint64_t rekeys(const struct lab *l)
{
	uint64_t n = 0;

	for (unsigned i = 0; i < l->nks; i++)
		n += sim_count(l->ks[i], MSG_GDOI_KS_SEND_UNICAST_REKEY);
	return n;
}

/* Eight servers with eight key sets meet: the one that leads takes them all in, and does not send a rekey for each. */
START_TEST(meeting)
{
	struct lab l;
	uint64_t before;

	lab_make_with(&l, 112, 8, 6, ks_drawn);
	l.s->check_pairs = false;	/* IOS's way: each side has keys of its own until they meet */
	for (unsigned i = 0; i < l.nks; i++)
		l.ks[i]->blind = 0xff & ~(1u << i);
	sim_run(l.s, SEC(3000));
	before = rekeys(&l);
	lab_cut(&l, 0);
	sim_assert(l.s, sim_until(l.s, lab_one_primary, &l, SEC(120)), "two primaries stay");
	sim_run(l.s, SEC(60));
	sim_assert(l.s, rekeys(&l) - before <= 5, "%u rekeys", (unsigned)(rekeys(&l) - before));
	l.s->mismatches = 0;
	l.s->check_pairs = true;
	sim_run(l.s, SEC(7200));
	lab_whole(&l);
	sim_free(l.s);
}
END_TEST

/* Who is no peer is told so, and learns nothing. */
static void ks_stranger(struct sim_dev *d, struct cfg *c)
{
	lab_ks(d, c);
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
		removal_in_split, tbar, mismatch, mismatch_of_order, mismatch_of_admission, fast, meeting, stranger };

	return sim_main("coop", tests, sizeof(tests) / sizeof(tests[0]));
}
