/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Releases side by side, draining, several groups on one server, registration spread over the servers. */
#include <stdlib.h>
#include "gdoi/ksync.h"
#include "lib/text.h"
#include "lib/why.h"
#include "tests/sim/coop_lab.h"

static const struct version old_coop = { 1, 0, 7 };

/* ---- four servers are upgraded one after the other ---- */

static void ks_release(struct sim_dev *d, struct cfg *c)
{
	lab_ks(d, c);
	if (d->coop_version)
		str_copy(cfg_group(c, GROUP)->version, sizeof(cfg_group(c, GROUP)->version), "1.0.1");
}

static void as_old(struct lab *l, uint64_t seed)
{
	lab_start(l, seed, 4, 4, ks_release);
	for (unsigned i = 0; i < l->nks; i++) {
		sim_stop(l->ks[i], true);
		l->ks[i]->coop_version = &old_coop;
		sim_start(l->ks[i]);
	}
	l->s->check_pairs = true;
	sim_assert(l->s, sim_until(l->s, lab_one_primary, l, SEC(200)), "no primary");
	sim_assert(l->s, sim_until(l->s, sim_all_registered, l->s, SEC(300)), "not registered");
	sim_run(l->s, SEC(5));
}

static void upgrade(struct lab *l, unsigned i)
{
	sim_stop(l->ks[i], true);
	l->ks[i]->coop_version = NULL;
	sim_run(l->s, SEC(60));
	sim_start(l->ks[i]);
	sim_assert(l->s, sim_until(l->s, lab_one_primary, l, SEC(120)), "KS%u is not back", i + 1);
	sim_run(l->s, SEC(100));
}

/* Every server knows everybody's versions. */
static void versions(struct lab *l)
{
	for (unsigned i = 0; i < l->nks; i++)
		for (unsigned k = 0; k < l->nks; k++) {
			struct coop_peer_info p = lab_peer(l->ks[i], l->ks[k]->ip);

			if (i == k)
				continue;
			sim_assert(l->s, p.coop.mini == (l->ks[k]->coop_version ? 7 : 8), "KS%u: KS%u has COOP 1.0.%u", i + 1, k + 1,
				p.coop.mini);
			sim_assert(l->s, p.software.mini == (l->ks[k]->coop_version ? 1 : GDOI_VERSION.mini), "KS%u: KS%u is 1.0.%u", i + 1,
				k + 1, p.software.mini);
		}
}

START_TEST(rolling)
{
	struct lab l;
	struct ksync_view before, after;
	struct why why;
	unsigned registered;

	as_old(&l, 500);
	registered = lab_registrations(&l);
	ck_assert(ksync_view(l.ks[0]->gdoi, GROUP, &before));
	ck_assert_uint_eq(sim_count(l.ks[0], MSG_GDOI_COOP_MINOR_VERSION_MISMATCH), 0);
	for (unsigned i = l.nks; i-- > 1;) {
		upgrade(&l, i);
		ck_assert_str_eq(lab_primary(&l)->name, "KS1");
		versions(&l);
		ck_assert(ksync_view(l.ks[i]->gdoi, GROUP, &after));
		ck_assert(memcmp(before.version, after.version, sizeof(before.version)) == 0);	/* the group's keys intact */
	}
	ck_assert_uint_eq(sim_count(l.ks[0], MSG_GDOI_COOP_MINOR_VERSION_MISMATCH), 3);
	/* the primary last, drained before */
	ck_assert(!coop_clear_role(l.ks[1]->coop, GROUP, &why));
	ck_assert_str_eq(why.text, "This command must be executed on Pri-KS");
	ck_assert(coop_clear_role(l.ks[0]->coop, GROUP, &why));
	sim_assert(l.s, sim_until(l.s, lab_one_primary, &l, SEC(120)), "no primary");
	ck_assert_str_eq(lab_primary(&l)->name, "KS2");
	ck_assert_uint_eq(sim_count(l.ks[0], MSG_GDOI_COOP_KS_ADMN_USRP_PRI), 1);
	ck_assert_uint_eq(sim_count(l.ks[1], MSG_GDOI_COOP_KS_ADMN_USRP_PRI), 1);
	upgrade(&l, 0);
	ck_assert_str_eq(lab_primary(&l)->name, "KS2");
	versions(&l);
	sim_run(l.s, SEC(7200));
	lab_whole(&l);
	ck_assert_uint_eq(lab_registrations(&l), registered);
	sim_free(l.s);
}
END_TEST

/* ---- groups with other partners on one device ---- */

static void other_group(struct sim_dev *d, struct cfg *c, unsigned priority, const char *peer_ip)
{
	struct cfg_group *g = cfg_group_add(c, "OTHER");
	struct cfg_sa *sa;

	g->identity = 1;
	g->identity_number = 7;
	g->ks.present = g->ks.unicast = true;
	g->ks.address = d->ip;
	g->ks.rekey_cipher = CIPHER_AES128;
	g->ks.rekey_hash = HASH_SHA256;
	str_copy(g->ks.rekey_key, sizeof(g->ks.rekey_key), "REKEY");
	sa = cfg_sa_add(&g->ks, 1);
	str_copy(sa->profile, sizeof(sa->profile), "PROF");
	str_copy(sa->acl, sizeof(sa->acl), "POLICY");
	g->ks.coop.present = true;
	g->ks.coop.priority = priority;
	g->ks.coop.peers[0] = sim_ip(peer_ip);
}

/* GET on KS1 and KS2, OTHER on KS1 and KS3. */
static void ks_groups(struct sim_dev *d, struct cfg *c)
{
	lab_ks(d, c);
	sim_ks_cfg(c)->coop.peers[0] = sim_ip(d->index ? "10.0.8.1" : "10.0.8.2");
	sim_ks_cfg(c)->coop.peers[1] = (struct ip4){ 0 };
	if (d->index == 0)
		other_group(d, c, 10, "10.0.8.3");
	if (d->index == 2) {
		other_group(d, c, 20, "10.0.8.1");
		cfg_remove(&c->groups, &cfg_group(c, GROUP)->node);
	}
}

START_TEST(groups)
{
	struct lab l;
	struct coop_group_info get, other;

	lab_start(&l, 501, 3, 0, ks_groups);
	sim_run(l.s, SEC(200));
	ck_assert(coop_show_group(l.ks[0]->coop, GROUP, &get) && coop_show_group(l.ks[0]->coop, "OTHER", &other));
	ck_assert_int_eq(get.role, COOP_PRIMARY);
	ck_assert_int_eq(other.role, COOP_SECONDARY);
	ck_assert(ip4_eq(other.primary, l.ks[2]->ip) && other.synced);
	sim_stop(l.ks[2], false);
	sim_run(l.s, SEC(200));
	ck_assert(coop_show_group(l.ks[0]->coop, "OTHER", &other) && other.role == COOP_PRIMARY);
	ck_assert(!coop_show_group(l.ks[1]->coop, "OTHER", &other));
	ck_assert_uint_eq(sim_count(l.ks[1], MSG_GDOI_COOP_KS_UNREACH), 0);
	sim_free(l.s);
}
END_TEST

/* ---- registration ---- */

START_TEST(spread)
{
	struct lab l;

	lab_make(&l, 502, 3, 6);
	for (unsigned i = 0; i < 6; i++) {	/* each went to the first of its list */
		struct gdoi_gm_info g;

		ck_assert(gdoi_show_gm(l.gm[i]->gdoi, GROUP, &g));
		sim_assert(l.s, ip4_eq(g.server, l.ks[i % 3]->ip), "%s registered with %s", l.gm[i]->name, ip4_s(g.server));
	}
	lab_whole(&l);
	sim_run(l.s, SEC(7300));
	lab_whole(&l);
	ck_assert_uint_eq(sim_count(l.ks[0], MSG_GDOI_KS_SEND_UNICAST_REKEY), 1);
	ck_assert_uint_eq(sim_count(l.ks[1], MSG_GDOI_KS_SEND_UNICAST_REKEY) + sim_count(l.ks[2], MSG_GDOI_KS_SEND_UNICAST_REKEY), 0);
	/* one that comes now to a secondary gets what the others have */
	sim_stop(l.gm[1], false);
	sim_run(l.s, SEC(10));
	sim_start(l.gm[1]);
	sim_assert(l.s, sim_until(l.s, sim_all_registered, l.s, SEC(100)), "not registered");
	ck_assert_uint_eq(l.gm[1]->dp.out, l.gm[0]->dp.out);
	sim_free(l.s);
}
END_TEST

/* ---- timers of the configuration ---- */

static void ks_slow(struct sim_dev *d, struct cfg *c)
{
	lab_ks(d, c);
	sim_ks_cfg(c)->coop.refresh = 100;
	sim_ks_cfg(c)->coop.periodic = 150;
}

START_TEST(timers)
{
	struct lab l;
	struct coop_group_info g;

	lab_start(&l, 503, 2, 1, ks_slow);
	sim_assert(l.s, sim_until(l.s, lab_one_primary, &l, SEC(300)), "no primary");
	sim_run(l.s, SEC(400));
	ck_assert(coop_show_group(l.ks[1]->coop, GROUP, &g));
	ck_assert_uint_eq(g.refresh, 100);
	ck_assert_uint_eq(g.periodic, 150);
	sim_stop(l.ks[0], false);
	sim_run(l.s, SEC(180));
	ck_assert_uint_eq(sim_count(l.ks[1], MSG_GDOI_COOP_KS_UNREACH), 0);
	sim_run(l.s, SEC(400));
	ck_assert_uint_eq(sim_count(l.ks[1], MSG_GDOI_COOP_KS_UNREACH), 1);
	ck_assert_str_eq(lab_primary(&l)->name, "KS2");
	sim_free(l.s);
}
END_TEST

/* A primary whose announcement does not fit says so. */
static void ks_small(struct sim_dev *d, struct cfg *c)
{
	char line[90];

	lab_ks(d, c);
	sim_ks_cfg(c)->coop.pdu = 1000;
	for (unsigned i = 0; i < 40; i++) {
		snprintf(line, sizeof(line), "permit ip 172.16.%u.0 0.0.0.255 172.17.%u.0 0.0.0.255", i, i);
		sim_acl(c, "POLICY", line);
	}
}

START_TEST(too_big)
{
	struct lab l;

	lab_start(&l, 504, 2, 0, ks_small);
	sim_run(l.s, SEC(200));
	ck_assert_uint_ge(sim_count(l.ks[0], MSG_GDOI_COOP_PACKET_DROPPED), 1);
	sim_free(l.s);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = { rolling, groups, spread, timers, too_big };

	return sim_main("coop_mixed", tests, sizeof(tests) / sizeof(tests[0]));
}
