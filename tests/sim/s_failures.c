/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Crashes, restarts, dead servers, silent members, strangers. */
#include <signal.h>
#include <sys/resource.h>
#include "lib/text.h"
#include "lib/why.h"
#include "tests/sim/sim.h"

struct lab {
	struct sim *s;
	struct sim_dev *ks, *gm[4];
};

static struct lab lab_up(uint64_t seed, void (*ks)(struct sim_dev *d, struct cfg *c), unsigned members)
{
	static const char *const ip[] = { "10.0.0.2", "10.0.0.3", "10.0.0.4", "10.0.0.5" };
	struct lab l = { .s = sim_new(seed) };

	l.ks = sim_add(l.s, "KS", "10.0.8.1", ks, NULL);
	for (unsigned i = 0; i < members; i++)
		l.gm[i] = sim_add(l.s, ip[i] + 5, ip[i], sim_gm, NULL);
	for (struct sim_dev *d = l.s->devs; d; d = d->next)
		sim_start(d);
	sim_assert(l.s, sim_until(l.s, sim_all_registered, l.s, SEC(60)), "not registered");
	return l;
}

/* A member that crashed is back with the same keys; its record is one and the same. */
START_TEST(member_restart)
{
	struct lab l = lab_up(10, sim_ks, 2);
	uint32_t spi = l.gm[0]->dp.out;

	sim_stop(l.gm[0], false);
	sim_run(l.s, SEC(30));
	sim_start(l.gm[0]);
	sim_assert(l.s, sim_until(l.s, sim_all_registered, l.s, SEC(60)), "not registered again");
	ck_assert_uint_eq(l.gm[0]->dp.out, spi);
	ck_assert_uint_eq(sim_members(l.ks), 2);
	sim_run(l.s, SEC(7200));
	ck_assert_uint_eq(sim_count(l.gm[0], MSG_GDOI_GM_RECV_REKEY), 1);
	ck_assert_uint_eq(l.gm[0]->dp.gaps, 0);
	sim_free(l.s);
}
END_TEST

/* A key server that lost power goes on with the same keys, members and numbers; nobody registers again. */
static void server_restart(bool orderly, uint64_t seed)
{
	struct lab l = lab_up(seed, sim_ks, 3);
	struct gdoi_ks_info before, after;

	sim_run(l.s, SEC(7200 + 100));
	before = sim_ks_info(l.ks);
	ck_assert_uint_eq(before.seq, 1);
	sim_stop(l.ks, orderly);
	sim_run(l.s, SEC(120));
	sim_start(l.ks);
	sim_run(l.s, SEC(1));
	after = sim_ks_info(l.ks);
	ck_assert_mem_eq(before.kek.spi, after.kek.spi, GDOI_SPI);
	ck_assert_uint_eq(after.members, 3);
	ck_assert_uint_ge(after.seq, before.seq);
	ck_assert_uint_ge(after.pseudotime, before.pseudotime + 120000);
	sim_run(l.s, SEC(3 * 7200));
	for (unsigned i = 0; i < 3; i++) {
		ck_assert_uint_eq(sim_count(l.gm[i], MSG_GDOI_GM_REGS_COMPL), 1);
		ck_assert_uint_ge(sim_count(l.gm[i], MSG_GDOI_GM_RECV_REKEY), 3);
		ck_assert_uint_eq(l.gm[i]->dp.gaps, 0);
		ck_assert_uint_eq(sim_count(l.gm[i], MSG_GDOI_GDOI_REKEY_SEQ_FAILURE), 0);
	}
	ck_assert_uint_eq(sim_members(l.ks), 3);
	sim_free(l.s);
}

START_TEST(server_crash)
{
	server_restart(false, 11);
}
END_TEST

START_TEST(server_stop)
{
	server_restart(true, 12);
}
END_TEST

/* Down over a TEK epoch: on its return the key server makes the key that was due and tells the members. */
START_TEST(server_long_crash)
{
	struct lab l = lab_up(13, sim_ks, 3);

	sim_run(l.s, SEC(6000));
	sim_stop(l.ks, false);
	sim_run(l.s, SEC(700));		/* the rekey was due 480 s in */
	sim_start(l.ks);
	sim_run(l.s, SEC(60));
	for (unsigned i = 0; i < 3; i++) {
		ck_assert_uint_eq(sim_count(l.gm[i], MSG_GDOI_GM_RECV_REKEY), 1);
		ck_assert_uint_eq(sim_count(l.gm[i], MSG_GDOI_GM_REGS_COMPL), 1);
	}
	l.s->check_pairs = true;
	sim_run(l.s, SEC(7200));
	sim_assert(l.s, !l.s->mismatches, "%s", l.s->mismatch);
	sim_free(l.s);
}
END_TEST

/* The first server of the list is dead: four tries, ten seconds apart, then the next. */
START_TEST(server_ring)
{
	struct sim *s = sim_new(14);
	struct sim_dev *ks1 = sim_add(s, "KS1", "10.0.8.1", sim_ks, NULL), *ks2 = sim_add(s, "KS2", "10.0.9.1", sim_ks, NULL);
	struct sim_dev *gm = sim_add(s, "GM1", "10.0.0.2", sim_gm, (void *)(uintptr_t)"10.0.8.1 10.0.9.1");
	struct gdoi_gm_info i;

	sim_start(ks2);
	sim_start(gm);
	sim_assert(s, sim_until(s, sim_all_registered, s, SEC(900)), "not registered");
	ck_assert(gdoi_show_gm(gm->gdoi, GROUP, &i));
	ck_assert(ip4_eq(i.server, ks2->ip));
	sim_start(ks1);
	sim_run(s, SEC(7200));
	ck_assert_uint_eq(sim_count(gm, MSG_GDOI_GM_REGS_COMPL), 1);
	sim_free(s);
}
END_TEST

/* Three scheduled rekeys without an answer: the member leaves the database. */
START_TEST(silent_member)
{
	struct lab l = lab_up(15, sim_ks, 2);
	struct gdoi_member_info m;

	l.gm[1]->cut = true;
	sim_run(l.s, SEC(2 * 6480 + 100));
	ck_assert(gdoi_show_member(l.ks->gdoi, GROUP, l.gm[1]->ip, &m));
	ck_assert_uint_eq(m.rekeys_sent, 2);
	ck_assert_uint_eq(m.retries, 4);
	ck_assert_uint_eq(m.missed, 2);
	ck_assert_uint_eq(sim_count(l.ks, MSG_GDOI_GM_DELETE), 0);
	ck_assert_uint_eq(sim_count(l.ks, MSG_GDOI_KS_REKEY_NOACK), 2);
	sim_run(l.s, SEC(6480));
	ck_assert(!gdoi_show_member(l.ks->gdoi, GROUP, l.gm[1]->ip, &m));
	ck_assert_uint_eq(sim_count(l.ks, MSG_GDOI_GM_DELETE), 1);
	ck_assert_uint_eq(sim_members(l.ks), 1);
	ck_assert(gdoi_show_member(l.ks->gdoi, GROUP, l.gm[0]->ip, &m));
	ck_assert_uint_eq(m.acks, 3);
	l.gm[1]->cut = false;		/* it has been trying to register again */
	sim_assert(l.s, sim_until(l.s, sim_all_registered, l.s, SEC(900)), "not back");
	ck_assert_uint_eq(sim_members(l.ks), 2);
	sim_free(l.s);
}
END_TEST

static void only_two(struct sim_dev *d, struct cfg *c)
{
	sim_ks(d, c);
	sim_acl(c, "STD-GM", "permit host 10.0.0.2");
	sim_acl(c, "STD-GM", "deny any");
	str_copy(sim_ks_cfg(c)->auth_acl, CFG_NAME, "STD-GM");
}

/* 'authorization address ipv4': phase 1 is not enough. */
START_TEST(unauthorised)
{
	struct sim *s = sim_new(16);
	struct sim_dev *ks = sim_add(s, "KS", "10.0.8.1", only_two, NULL), *good = sim_add(s, "GM1", "10.0.0.2", sim_gm, NULL),
		       *bad = sim_add(s, "GM2", "10.0.0.3", sim_gm, NULL);
	struct gdoi_counters c;

	sim_start(ks);
	sim_start(good);
	sim_start(bad);
	sim_run(s, SEC(120));
	ck_assert(sim_registered(good));
	ck_assert(!sim_registered(bad));
	ck_assert_uint_eq(bad->dp.nsa, 0);
	ck_assert_uint_eq(sim_members(ks), 1);
	ck_assert_uint_ge(sim_count(ks, MSG_GDOI_UNAUTHORIZED_IPADDR), 1);
	gdoi_show_counters(ks->gdoi, &c);
	ck_assert_uint_ge(c.pull_refused, 1);
	sim_free(s);
}
END_TEST

static void other_identity(struct sim_dev *d, struct cfg *c)
{
	sim_gm(d, c);
	cfg_group(c, GROUP)->identity_number = 4711;
}

START_TEST(unknown_group)
{
	struct sim *s = sim_new(17);
	struct sim_dev *ks = sim_add(s, "KS", "10.0.8.1", sim_ks, NULL), *gm = sim_add(s, "GM1", "10.0.0.2", other_identity, NULL);

	sim_start(ks);
	sim_start(gm);
	sim_run(s, SEC(60));
	ck_assert(!sim_registered(gm));
	ck_assert_uint_ge(sim_count(ks, MSG_GDOI_KS_BAD_ID), 1);
	ck_assert_uint_eq(sim_members(ks), 0);
	sim_free(s);
}
END_TEST

static void wants_gcm(struct sim_dev *d, struct cfg *c)
{
	struct cfg_transform_set *t;

	sim_gm(d, c);
	t = cfg_transform_set_add(c, "GCM");
	t->enc = ESP_GCM128;
	str_copy(cfg_group(c, GROUP)->client_sets[0], CFG_NAME, "GCM");
}

/* A member that refuses the policy says so by deleting the phase-1 SA; it is not in the database. */
START_TEST(policy_refused)
{
	struct sim *s = sim_new(18);
	struct sim_dev *ks = sim_add(s, "KS", "10.0.8.1", sim_ks, NULL), *gm = sim_add(s, "GM1", "10.0.0.2", wants_gcm, NULL);

	sim_start(ks);
	sim_start(gm);
	sim_run(s, SEC(60));
	ck_assert(!sim_registered(gm));
	ck_assert_uint_ge(sim_count(gm, MSG_GDOI_GM_REJECTING_SA_PAYLOAD), 1);
	ck_assert_uint_ge(sim_count(ks, MSG_GDOI_KS_GM_REJECTS_SA_PAYLOAD), 1);
	ck_assert_uint_eq(sim_members(ks), 0);
	sim_free(s);
}
END_TEST

static void server_and_member(struct sim_dev *d, struct cfg *c)
{
	sim_ks(d, c);
	cfg_group(c, GROUP)->servers[0] = sim_ip("10.0.9.1");
}

static void map_too(struct sim_dev *d, struct cfg *c)
{
	sim_ks(d, c);
	str_copy(cfg_map_entry_add(cfg_map_add(c, "MAP"), 10)->group, CFG_NAME, GROUP);
}

START_TEST(server_is_no_member)
{
	struct sim *s = sim_new(19);
	struct sim_dev *a = sim_add(s, "A", "10.0.8.1", server_and_member, NULL), *b = sim_add(s, "B", "10.0.8.2", map_too, NULL);
	struct gdoi_group_info i;
	struct gdoi_gm_info gm;

	sim_start(a);
	sim_start(b);
	sim_run(s, SEC(5));
	ck_assert(gdoi_show_group(a->gdoi, GROUP, &i));
	ck_assert_ptr_nonnull(strstr(i.problem, "cannot be its member"));
	ck_assert(!gdoi_show_gm(a->gdoi, GROUP, &gm));
	ck_assert(gdoi_show_group(b->gdoi, GROUP, &i));
	ck_assert_ptr_nonnull(strstr(i.problem, "crypto map MAP 10"));
	ck_assert(i.role == GDOI_ROLE_KS);
	sim_free(s);
}
END_TEST

/* A partition of members only: those cut off register again when it heals, the others notice nothing. */
START_TEST(partition)
{
	struct lab l = lab_up(20, sim_ks, 4);

	sim_run(l.s, SEC(600));
	l.gm[2]->side = l.gm[3]->side = 2;
	l.ks->side = l.gm[0]->side = l.gm[1]->side = 1;
	sim_run(l.s, SEC(6400));	/* the rekey passes them by */
	l.gm[2]->side = l.gm[3]->side = 0;
	sim_assert(l.s, sim_until(l.s, sim_all_registered, l.s, SEC(600)), "not registered again");
	sim_run(l.s, SEC(7200));
	for (unsigned i = 0; i < 4; i++)
		sim_assert(l.s, l.gm[i]->dp.gaps == 0, "%s was without a TEK", l.gm[i]->name);
	sim_free(l.s);
}
END_TEST

/* ---- a disk that takes nothing ---- */

static struct rlimit disk;

static void disk_full(bool full)
{
	struct rlimit none;

	if (full) {
		signal(SIGXFSZ, SIG_IGN);
		ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &disk), 0);
		none = disk;
		none.rlim_cur = 0;
		ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &none), 0);
	} else {
		ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &disk), 0);
	}
}

/* An order whose number cannot be reserved waits, the operator is told, and it goes out when the disk is back. */
START_TEST(order_without_disk)
{
	struct lab l = lab_up(16, sim_ks, 3);
	struct why why = { "" };

	sim_run(l.s, SEC(100));
	disk_full(true);
	ck_assert(gdoi_ks_rekey(l.ks->gdoi, GROUP, REKEY_POLICY, &why));
	sim_run(l.s, SEC(60));
	disk_full(false);
	ck_assert_msg(strstr(why.text, "cannot be written") != NULL, "%s", why.text);
	for (unsigned i = 0; i < 3; i++)
		ck_assert_uint_eq(sim_count(l.gm[i], MSG_GDOI_GM_RECV_REKEY), 0);
	ck_assert_uint_eq(sim_count(l.ks, MSG_GDOI_KS_SEND_UNICAST_REKEY), 0);
	ck_assert_uint_eq(sim_count(l.ks, MSG_GDOI_KS_STATE_WRITE), 1);
	sim_run(l.s, SEC(15));
	for (unsigned i = 0; i < 3; i++) {
		ck_assert_uint_eq(sim_count(l.gm[i], MSG_GDOI_GM_RECV_REKEY), 1);
		ck_assert_uint_eq(l.gm[i]->dp.gaps, 0);
	}
	ck_assert_uint_eq(sim_count(l.ks, MSG_GDOI_KS_SEND_UNICAST_REKEY), 1);
	sim_free(l.s);
}
END_TEST

static void short_life(struct sim_dev *d, struct cfg *c)
{
	sim_ks(d, c);
	cfg_ipsec_profile(c, "PROF")->lifetime = 600;
}

/* What was reserved is used up, then there is silence, and members keep themselves alive; nothing is ever a replay. */
START_TEST(numbers_without_disk)
{
	struct lab l = lab_up(17, short_life, 2);
	uint64_t heard;

	sim_run(l.s, SEC(700));
	ck_assert_uint_ge(sim_count(l.gm[0], MSG_GDOI_GM_RECV_REKEY), 1);
	disk_full(true);
	sim_run(l.s, SEC(40 * 600));
	disk_full(false);
	heard = sim_count(l.gm[0], MSG_GDOI_GM_RECV_REKEY);
	ck_assert_uint_eq(sim_ks_info(l.ks).seq, 32);
	ck_assert_uint_eq(heard, 32);
	ck_assert_uint_ge(sim_count(l.gm[0], MSG_GDOI_GM_REGS_COMPL), 2);
	sim_stop(l.ks, false);
	sim_start(l.ks);
	sim_run(l.s, SEC(1200));
	for (unsigned i = 0; i < 2; i++) {
		ck_assert_uint_gt(sim_count(l.gm[i], MSG_GDOI_GM_RECV_REKEY), heard);
		ck_assert_uint_eq(sim_count(l.gm[i], MSG_GDOI_GDOI_REKEY_SEQ_FAILURE), 0);
		ck_assert_uint_eq(l.gm[i]->dp.gaps, 0);
	}
	sim_free(l.s);
}
END_TEST

static enum sim_verdict no_rekey(void *arg, struct endpoint src, struct endpoint dst, struct bytes body)
{
	struct isakmp_hdr h;
	struct why why;

	return isakmp_hdr_decode(body, &h, &why) && h.exchange == XCHG_PUSH ? SIM_DROP : SIM_PASS;
}

/* No rekey arrives and seven of eight servers are dead: the eighth is asked before the keys end, every time. */
START_TEST(ring_in_time)
{
	static const char list[] = "10.0.8.1 10.0.8.2 10.0.8.3 10.0.8.4 10.0.8.5 10.0.8.6 10.0.8.7 10.0.9.1";
	struct sim *s = sim_new(23);
	struct sim_dev *ks = sim_add(s, "KS", "10.0.9.1", sim_ks, NULL);
	struct sim_dev *gm = sim_add(s, "GM1", "10.0.0.2", sim_gm, (void *)(uintptr_t)list);

	sim_start(ks);
	sim_start(gm);
	sim_assert(s, sim_until(s, sim_all_registered, s, SEC(900)), "not registered");
	s->tap = no_rekey;
	sim_run(s, SEC(20 * 7200));
	ck_assert_uint_ge(sim_count(gm, MSG_GDOI_GM_REKEY_NOT_RECD), 10);
	sim_assert(s, gm->dp.gaps == 0, "without a TEK %u times", (unsigned)gm->dp.gaps);
	sim_free(s);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = { member_restart, server_crash, server_stop, server_long_crash, server_ring, ring_in_time, silent_member,
		unauthorised, unknown_group, policy_refused, server_is_no_member, partition,
		order_without_disk, numbers_without_disk };

	return sim_main("s_failures", tests, sizeof(tests) / sizeof(tests[0]));
}
