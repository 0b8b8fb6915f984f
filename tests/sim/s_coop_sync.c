/* SPDX-License-Identifier: GPL-3.0-or-later */
/* 'sync configuration': policy and rekey RSA key come from the primary. */
#include "config/share.h"
#include "lib/text.h"
#include "lib/why.h"
#include "tests/sim/coop_lab.h"

static struct variant {
	bool exportable, unwilling, hand;	/* KS1's key; KS1 without sync; KS3 kept by hand */
	bool full;	/* the disk */
	unsigned saves;
} V;

static bool save(void *arg, const char *group, const struct share *policy, struct why *why)
{
	V.saves += strcmp(group, GROUP) == 0 && policy->cfg && arg;
	return V.full ? why_set(why, "the disk is full") : true;
}

/* All but KS1 have nothing of the policy, and higher priorities. */
static void ks_blank(struct sim_dev *d, struct cfg *c)
{
	struct cfg_ks *ks;
	struct why why;

	if (d->index == 0 && !config_key(d->config, "REKEY"))
		ck_assert(config_key_put(d->config, "REKEY", sim_rsa(0), V.exportable, 0, &why));
	lab_ks(d, c);
	ks = sim_ks_cfg(c);
	ks->coop.priority = d->index == 2 && V.hand ? 10 : 50 + d->index;
	ks->coop.sync = !(d->index == 0 && V.unwilling) && !(d->index == 2 && V.hand);
	if (d->index == 0 || (d->index == 2 && V.hand))
		return;
	cfg_table_clear(&ks->sas);
	cfg_table_clear(&c->acls);
	cfg_table_clear(&c->profiles);
	cfg_table_clear(&c->transform_sets);
	ks->unicast = false;
	ks->rekey_cipher = CIPHER_3DES;
	ks->rekey_hash = HASH_SHA1;
	ks->rekey_key[0] = '\0';
	config_key_del(d->config, "REKEY", &why);
}

static void lab(struct lab *l, uint64_t seed, unsigned nks, unsigned ngm)
{
	lab_start(l, seed, nks, ngm, ks_blank);
	for (unsigned i = 0; i < nks; i++)
		coop_on_copy(l->ks[i]->coop, save, l);
}

static bool same(const struct sim_dev *a, const struct sim_dev *b)
{
	struct text x = TEXT_EMPTY, y = TEXT_EMPTY;
	bool eq = share_encode(a->config, cfg_group(config_running(a->config), GROUP), &x) &&
		  share_encode(b->config, cfg_group(config_running(b->config), GROUP), &y) && x.n == y.n && memcmp(x.s, y.s, x.n) == 0;

	text_free(&x);
	text_free(&y);
	return eq;
}

static bool all_same(void *arg)
{
	struct lab *l = arg;

	for (unsigned i = 1; i < l->nks; i++)
		if (l->ks[i]->on && l->ks[0]->on && !same(l->ks[0], l->ks[i]))
			return false;
	return lab_one_primary(l);
}

/* Two new servers get all that they need, take over, and are followed when the policy changes there. */
static void shorter(struct sim_dev *d, struct cfg *c)
{
	(void)d;
	cfg_ipsec_profile(c, "PROF")->lifetime = 3600;
	sim_acl(c, "POLICY", "permit ip 172.16.0.0 0.15.255.255 172.16.0.0 0.15.255.255");
	sim_ks_cfg(c)->rekey_lifetime = 43200;
}

START_TEST(blank)
{
	struct lab l;
	const struct config_rsa *rsa;

	V = (struct variant){ .exportable = true };
	lab(&l, 300, 3, 3);
	sim_assert(l.s, sim_until(l.s, all_same, &l, SEC(120)), "not the same");
	ck_assert_str_eq(lab_primary(&l)->name, "KS1");
	rsa = config_key(l.ks[1]->config, "REKEY");
	ck_assert_ptr_nonnull(rsa);
	ck_assert(rsa->exportable && rsa_same_public(rsa->key, config_key(l.ks[0]->config, "REKEY")->key));
	ck_assert_uint_eq(V.saves, 2);
	ck_assert_uint_eq(sim_count(l.ks[1], MSG_GDOI_COOP_SYNC_TAKEN), 1);
	ck_assert_uint_eq(sim_count(l.ks[0], MSG_GDOI_COOP_SYNC_KEY_GIVEN), 2);
	sim_assert(l.s, sim_until(l.s, sim_all_registered, l.s, SEC(200)), "not registered");
	l.s->check_pairs = true;
	sim_run(l.s, SEC(100));
	sim_stop(l.ks[0], false);
	sim_run(l.s, SEC(7200));
	ck_assert_str_eq(lab_primary(&l)->name, "KS3");
	lab_whole(&l);
	ck_assert_uint_eq(lab_registrations(&l), 3);
	sim_start(l.ks[0]);
	sim_run(l.s, SEC(200));
	sim_config(l.ks[2], shorter);
	sim_assert(l.s, sim_until(l.s, all_same, &l, SEC(60)), "the change did not arrive");
	ck_assert_uint_eq(sim_ks_cfg(config_running(l.ks[0]->config))->rekey_lifetime, 43200);
	ck_assert_uint_eq(cfg_acl(config_running(l.ks[0]->config), "POLICY")->count, 4);
	ck_assert_uint_eq(lab_registrations(&l), 3);
	sim_free(l.s);
}
END_TEST

/* A key that is not exportable stays where it is; the rest is copied, and both say so by name. */
START_TEST(kept_key)
{
	struct lab l;
	struct why why;

	V = (struct variant){ .exportable = false };
	lab(&l, 301, 2, 2);
	sim_run(l.s, SEC(200));
	ck_assert_ptr_null(config_key(l.ks[1]->config, "REKEY"));
	ck_assert_uint_eq(cfg_table_count(&sim_ks_cfg(config_running(l.ks[1]->config))->sas), 1);
	ck_assert_uint_eq(sim_count(l.ks[0], MSG_GDOI_COOP_SYNC_KEY_KEPT), 1);
	ck_assert_uint_eq(sim_count(l.ks[0], MSG_GDOI_COOP_SYNC_KEY_GIVEN), 0);
	ck_assert_uint_eq(sim_count(l.ks[1], MSG_GDOI_COOP_SYNC_TAKEN), 1);
	ck_assert_uint_ge(sim_count(l.ks[1], MSG_GDOI_KS_NO_RSA_KEYS), 1);
	ck_assert_uint_ge(sim_count(l.ks[0], MSG_GDOI_COOP_CONFIG_MISMATCH), 1);	/* the key by name */
	/* imported by hand: all is well */
	ck_assert(config_key_put(l.ks[1]->config, "REKEY", sim_rsa(0), false, 0, &why));
	config_changed(l.ks[1]->config);
	config_closed(l.ks[1]->config);
	sim_assert(l.s, sim_until(l.s, all_same, &l, SEC(60)), "not the same");
	sim_free(l.s);
}
END_TEST

/* What is not this group's alone is never touched. */
static void ks_conflict(struct sim_dev *d, struct cfg *c)
{
	ks_blank(d, c);
	if (d->index == 0)
		return;
	sim_acl(c, "POLICY", "permit tcp any any");
	str_copy(c->vty[0].access_class, CFG_NAME, "POLICY");
}

static void yield(struct sim_dev *d, struct cfg *c)
{
	(void)d;
	c->vty[0].access_class[0] = '\0';
	cfg_remove(&c->acls, (struct cfg_node *)(void *)cfg_acl(c, "POLICY"));
}

START_TEST(conflict)
{
	struct lab l;
	struct coop_group_info g;
	const struct cfg *c;

	V = (struct variant){ .exportable = true };
	lab_start(&l, 302, 2, 0, ks_conflict);
	sim_run(l.s, SEC(300));
	c = config_running(l.ks[1]->config);
	ck_assert_uint_eq(cfg_acl(c, "POLICY")->count, 1);
	ck_assert_ptr_null(cfg_ipsec_profile(c, "PROF"));
	ck_assert_ptr_null(config_key(l.ks[1]->config, "REKEY"));
	ck_assert_uint_eq(sim_count(l.ks[1], MSG_GDOI_COOP_SYNC_REFUSED), 1);
	ck_assert(coop_show_group(l.ks[1]->coop, GROUP, &g));
	ck_assert_str_eq(g.copy.reason, "access-list POLICY is here already, differs, and is not this group's alone");
	sim_config(l.ks[1], yield);
	sim_assert(l.s, sim_until(l.s, all_same, &l, SEC(60)), "not the same");
	sim_free(l.s);
}
END_TEST

/* Hand-kept peers go on working; who does not offer its policy is not copied. */
START_TEST(by_hand)
{
	struct lab l;

	V = (struct variant){ .exportable = true, .hand = true };
	lab(&l, 303, 3, 3);
	sim_assert(l.s, sim_until(l.s, all_same, &l, SEC(120)), "not the same");
	sim_config(l.ks[0], shorter);
	sim_run(l.s, SEC(120));
	ck_assert(same(l.ks[0], l.ks[1]));
	ck_assert(!same(l.ks[0], l.ks[2]));
	ck_assert_uint_ge(sim_count(l.ks[2], MSG_GDOI_COOP_CONFIG_MISMATCH), 1);
	ck_assert_uint_eq(sim_count(l.ks[2], MSG_GDOI_COOP_SYNC_TAKEN), 0);
	sim_run(l.s, SEC(7200));
	lab_whole(&l);
	sim_free(l.s);
}
END_TEST

/* What could not be saved: said, and the configuration counts as changed. */
START_TEST(not_saved)
{
	struct lab l;

	V = (struct variant){ .exportable = true };
	lab(&l, 307, 2, 0);
	sim_assert(l.s, sim_until(l.s, all_same, &l, SEC(120)), "not the same");
	ck_assert(V.saves && !config_dirty(l.ks[1]->config));
	V.full = true;
	sim_config(l.ks[0], shorter);
	sim_assert(l.s, sim_until(l.s, all_same, &l, SEC(120)), "not the same");
	ck_assert(config_dirty(l.ks[1]->config));
	sim_free(l.s);
}
END_TEST

START_TEST(unwilling)
{
	struct lab l;

	V = (struct variant){ .exportable = true, .unwilling = true };
	lab(&l, 304, 2, 0);
	sim_run(l.s, SEC(300));
	ck_assert_uint_eq(sim_count(l.ks[1], MSG_GDOI_COOP_SYNC_REFUSED), 1);
	ck_assert_uint_eq(sim_count(l.ks[0], MSG_GDOI_COOP_SYNC_KEY_GIVEN), 0);
	ck_assert_uint_eq(cfg_table_count(&sim_ks_cfg(config_running(l.ks[1]->config))->sas), 0);
	ck_assert_str_eq(lab_primary(&l)->name, "KS1");
	sim_free(l.s);
}
END_TEST

/* An authorization list of thousands, in small messages. */
static void ks_long(struct sim_dev *d, struct cfg *c)
{
	char line[40];

	ks_blank(d, c);
	sim_ks_cfg(c)->coop.pdu = 4000;
	for (unsigned i = 0; d->index == 0 && i < 2500; i++) {
		snprintf(line, sizeof(line), "permit 10.%u.%u.0 0.0.0.255", i / 250, i % 250);
		sim_acl(c, "STD-MEMBERS", line);
	}
	if (d->index == 0)
		str_copy(sim_ks_cfg(c)->auth_acl, CFG_NAME, "STD-MEMBERS");
}

START_TEST(parts)
{
	struct lab l;

	V = (struct variant){ .exportable = true };
	lab_start(&l, 305, 2, 0, ks_long);
	l.s->loss = 0.1;
	sim_assert(l.s, sim_until(l.s, all_same, &l, SEC(600)), "not the same");
	ck_assert_uint_eq(cfg_acl(config_running(l.ks[1]->config), "STD-MEMBERS")->count, 2500);
	sim_free(l.s);
}
END_TEST

/* What an operator enters on a secondary stands while he configures; then the primary's comes back. */
static void longer(struct sim_dev *d, struct cfg *c)
{
	(void)d;
	sim_ks_cfg(c)->rekey_lifetime = 50000;
}

START_TEST(editing)
{
	struct lab l;

	V = (struct variant){ .exportable = true };
	lab(&l, 306, 2, 0);
	sim_assert(l.s, sim_until(l.s, all_same, &l, SEC(120)), "not the same");
	longer(l.ks[1], config_running(l.ks[1]->config));
	config_changed(l.ks[1]->config);
	sim_run(l.s, SEC(300));
	ck_assert_uint_eq(sim_ks_cfg(config_running(l.ks[1]->config))->rekey_lifetime, 50000);
	config_closed(l.ks[1]->config);
	sim_assert(l.s, sim_until(l.s, all_same, &l, SEC(60)), "not the same");
	longer(l.ks[1], config_running(l.ks[1]->config));
	config_changed(l.ks[1]->config);	/* and the operator goes home */
	sim_run(l.s, SEC(700));
	sim_assert(l.s, sim_until(l.s, all_same, &l, SEC(60)), "not the same");
	ck_assert_uint_eq(sim_ks_cfg(config_running(l.ks[1]->config))->rekey_lifetime, 86400);
	ck_assert(!config_dirty(l.ks[0]->config));
	sim_free(l.s);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = { blank, kept_key, conflict, by_hand, not_saved, unwilling, parts, editing };

	return sim_main("coop_sync", tests, sizeof(tests) / sizeof(tests[0]));
}
