/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The operator's orders: policy-replace, replace-now, removal in both forms; old versions mixed in; loss. */
#include <stdio.h>
#include "gdoi/keys.h"
#include "lib/text.h"
#include "lib/why.h"
#include "tests/sim/sim.h"

#define MEMBERS 8

struct lab {
	struct sim *s;
	struct sim_dev *ks, *gm[MEMBERS];
};

static struct lab lab_up(uint64_t seed, unsigned old)
{
	struct lab l = { .s = sim_new(seed) };

	l.ks = sim_add(l.s, "KS", "10.0.8.1", sim_ks, NULL);
	sim_add_members(l.s, l.gm, MEMBERS);
	for (unsigned i = 0; i < old; i++)
		l.gm[i]->version = (struct version){ 1, 0, 1 };
	for (struct sim_dev *d = l.s->devs; d; d = d->next)
		sim_start(d);
	sim_assert(l.s, sim_until(l.s, sim_all_registered, l.s, SEC(60)), "not registered");
	return l;
}

static void order_rekey(struct lab *l, enum gdoi_rekey_kind kind)
{
	struct why why = { "" };

	sim_assert(l->s, gdoi_ks_rekey(l->ks->gdoi, GROUP, kind, &why), "%s", why.text);
}

static void order_removal(struct lab *l, enum gdoi_removal_kind kind)
{
	struct why why = { "" };

	sim_assert(l->s, gdoi_ks_remove_members(l->ks->gdoi, GROUP, kind, &why), "%s", why.text);
}

static bool newest(void *arg, const struct gdoi_tek_info *t)
{
	*(uint32_t *)arg = t->spi;
	return false;
}

static uint32_t ks_spi(const struct sim_dev *ks)
{
	uint32_t spi = 0;

	gdoi_show_ks_teks(ks->gdoi, GROUP, newest, &spi);
	return spi;
}

static bool oldest(void *arg, const struct gdoi_tek_info *t)
{
	*(struct gdoi_tek_info *)arg = *t;
	return true;
}

/* Old SAs live on for MIN(left, MAX(90, 5 %)) = 360 s of 7,200, then only the new one is left. */
START_TEST(policy_replace)
{
	struct lab l = lab_up(40, 0);
	uint32_t old = l.gm[0]->dp.out;
	struct gdoi_tek_info tek = { .spi = 0 };

	sim_run(l.s, SEC(100));
	l.s->check_pairs = true;
	order_rekey(&l, REKEY_POLICY);
	sim_run(l.s, SEC(5));
	gdoi_show_ks_teks(l.ks->gdoi, GROUP, oldest, &tek);
	ck_assert_uint_eq(tek.spi, old);
	ck_assert_uint_le(tek.left, 356);	/* cut short, not older than it is */
	ck_assert(tek.elapsed >= 105 && tek.elapsed < 170);
	for (unsigned i = 0; i < MEMBERS; i++) {
		ck_assert_uint_eq(l.gm[i]->dp.nsa, 2);
		ck_assert_uint_eq(l.gm[i]->dp.out, old);
		ck_assert(sim_dp_has(l.gm[i], ks_spi(l.ks)));
	}
	sim_run(l.s, SEC(345));			/* less than 30 s of the old one are left */
	for (unsigned i = 0; i < MEMBERS; i++)
		ck_assert_uint_eq(l.gm[i]->dp.out, ks_spi(l.ks));
	sim_run(l.s, SEC(20));
	for (unsigned i = 0; i < MEMBERS; i++) {
		ck_assert_uint_eq(l.gm[i]->dp.nsa, 1);
		ck_assert_uint_eq(l.gm[i]->dp.gaps, 0);
		ck_assert_uint_eq(sim_count(l.gm[i], MSG_GDOI_GM_REGS_COMPL), 1);
	}
	sim_assert(l.s, !l.s->mismatches, "%s", l.s->mismatch);
	ck_assert_uint_eq(sim_ks_info(l.ks).seq, 1);	/* the KEK and its numbers go on: nothing about it changed */
	sim_free(l.s);
}
END_TEST

START_TEST(replace_now)
{
	struct lab l = lab_up(41, 0);

	sim_run(l.s, SEC(100));
	order_rekey(&l, REKEY_REPLACE_NOW);
	sim_run(l.s, SEC(5));
	for (unsigned i = 0; i < MEMBERS; i++) {
		ck_assert_uint_eq(l.gm[i]->dp.nsa, 1);
		ck_assert_uint_eq(l.gm[i]->dp.out, ks_spi(l.ks));
		ck_assert_uint_eq(sim_count(l.gm[i], MSG_GDOI_GM_RECV_POLICY_REPLACE_NOW), 1);
		ck_assert_uint_eq(l.gm[i]->dp.gaps, 0);
	}
	sim_free(l.s);
}
END_TEST

/* Members of 1.0.1 get the plain triggered rekey and keep their old SAs for the full life. */
START_TEST(replace_mixed)
{
	struct lab l = lab_up(42, 3);
	struct gdoi_member_info m;

	ck_assert(gdoi_show_member(l.ks->gdoi, GROUP, l.gm[0]->ip, &m));
	ck_assert_uint_eq(m.version.mini, 1);
	ck_assert_uint_eq(gdoi_ks_cannot(l.ks->gdoi, GROUP, "policy-replace"), 3);
	sim_run(l.s, SEC(100));
	order_rekey(&l, REKEY_POLICY);
	sim_run(l.s, SEC(400));
	for (unsigned i = 0; i < MEMBERS; i++) {
		ck_assert_uint_eq(l.gm[i]->dp.nsa, i < 3 ? 2 : 1);
		ck_assert_uint_eq(sim_count(l.gm[i], MSG_GDOI_GM_RECV_REKEY), 1);
	}
	sim_free(l.s);
}
END_TEST

/* Two operators at once, before the first rekey is even signed, and more: every member ends with the last keys. */
START_TEST(triggers_in_a_row)
{
	struct lab l = lab_up(43, 0);

	l.s->loss = 0.3;
	for (unsigned i = 0; i < 4; i++) {
		order_rekey(&l, REKEY_POLICY);
		if (i == 2)
			sim_run(l.s, SEC(3));
	}
	sim_run(l.s, SEC(200));
	l.s->loss = 0;
	order_rekey(&l, REKEY_POLICY);
	sim_run(l.s, SEC(20));
	for (unsigned i = 0; i < MEMBERS; i++)
		sim_assert(l.s, sim_dp_has(l.gm[i], ks_spi(l.ks)), "%s has not the last TEK", l.gm[i]->name);
	sim_free(l.s);
}
END_TEST

/* Removal with transient SAs: shortened TEKs, no KEK, registration again before the end; traffic never stops. */
START_TEST(removal)
{
	struct lab l = lab_up(44, 0);
	uint32_t old = l.gm[0]->dp.out;

	sim_run(l.s, SEC(100));
	l.s->check_pairs = true;
	order_removal(&l, REMOVAL_TRANSIENT);
	ck_assert_uint_eq(sim_members(l.ks), 0);
	sim_run(l.s, SEC(5));
	for (unsigned i = 0; i < MEMBERS; i++) {
		struct gdoi_gm_info g;

		ck_assert(gdoi_show_gm(l.gm[i]->gdoi, GROUP, &g));
		/* the jitter may have brought one back already */
		ck_assert(!g.kek.present || sim_count(l.gm[i], MSG_GDOI_GM_REGS_COMPL) == 2);
		ck_assert_uint_eq(l.gm[i]->dp.out, old);
		ck_assert_uint_eq(sim_count(l.gm[i], MSG_GDOI_GM_RECV_DELETE), 1);
	}
	sim_run(l.s, SEC(370));
	for (unsigned i = 0; i < MEMBERS; i++) {
		ck_assert_uint_eq(sim_count(l.gm[i], MSG_GDOI_GM_REGS_COMPL), 2);
		ck_assert_uint_eq(l.gm[i]->dp.out, ks_spi(l.ks));
		ck_assert_uint_eq(l.gm[i]->dp.nsa, 1);
		ck_assert_uint_eq(l.gm[i]->dp.gaps, 0);
	}
	ck_assert_uint_eq(sim_members(l.ks), MEMBERS);
	sim_assert(l.s, !l.s->mismatches, "%s", l.s->mismatch);
	sim_free(l.s);
}
END_TEST

START_TEST(removal_now)
{
	struct lab l = lab_up(45, 0);

	sim_run(l.s, SEC(100));
	order_removal(&l, REMOVAL_NOW);
	sim_run(l.s, SEC(1));
	for (unsigned i = 0; i < MEMBERS; i++) {
		ck_assert_uint_eq(l.gm[i]->dp.nsa, 0);
		ck_assert_uint_eq(sim_count(l.gm[i], MSG_GDOI_GM_RECV_DELETE_IMMEDIATE), 1);
	}
	sim_run(l.s, SEC(7200 / 50 + 30));	/* 2 % of the configured TEK lifetime */
	for (unsigned i = 0; i < MEMBERS; i++)
		sim_assert(l.s, l.gm[i]->dp.out == ks_spi(l.ks), "%s is not back", l.gm[i]->name);
	sim_free(l.s);
}
END_TEST

/* 1.0.1 ignores the removal; with the KEK gone it is out when its TEK ends, and registers again before. */
START_TEST(removal_mixed)
{
	struct lab l = lab_up(46, 2);

	ck_assert_uint_eq(gdoi_ks_cannot(l.ks->gdoi, GROUP, "gm-removal"), 2);
	sim_run(l.s, SEC(100));
	order_removal(&l, REMOVAL_TRANSIENT);
	sim_run(l.s, SEC(400));
	for (unsigned i = 0; i < MEMBERS; i++)
		ck_assert_uint_eq(sim_count(l.gm[i], MSG_GDOI_GM_RECV_DELETE), i < 2 ? 0 : 1);
	ck_assert_uint_eq(sim_members(l.ks), MEMBERS - 2);
	sim_run(l.s, SEC(7200));
	ck_assert_uint_eq(sim_members(l.ks), MEMBERS);
	for (unsigned i = 0; i < MEMBERS; i++)
		ck_assert_uint_eq(l.gm[i]->dp.gaps, 0);
	sim_free(l.s);
}
END_TEST

static void keys_by_host(struct sim_dev *d, struct cfg *c)
{
	struct cfg_psk_id id;

	sim_ks(d, c);
	cfg_remove(&c->isakmp_keys, c->isakmp_keys.head);
	for (unsigned i = 0; i < MEMBERS; i++) {
		memset(&id, 0, sizeof(id));
		id.addr.a = sim_ip("10.0.0.2").a + i;
		id.mask.a = UINT32_MAX;
		cfg_psk_add(&c->isakmp_keys, &id)->key = secret_copy(bytes_str("sim-secret"));
	}
}

static void revoke_first(struct sim_dev *d, struct cfg *c)
{
	struct cfg_psk_id id;

	memset(&id, 0, sizeof(id));
	id.addr = sim_ip("10.0.0.2");
	id.mask.a = UINT32_MAX;
	cfg_remove(&c->isakmp_keys, &cfg_psk(&c->isakmp_keys, &id)->node);
}

/* The story of the issue: revoke one member's key, remove; it alone stays out, the others lose not a second. */
START_TEST(credential_change)
{
	struct lab l = { .s = sim_new(47) };

	l.ks = sim_add(l.s, "KS", "10.0.8.1", keys_by_host, NULL);
	for (unsigned i = 0; i < MEMBERS; i++) {
		char name[16], ip[16];

		snprintf(name, sizeof(name), "GM%u", i);
		snprintf(ip, sizeof(ip), "10.0.0.%u", i + 2);
		l.gm[i] = sim_add(l.s, name, ip, sim_gm, NULL);
	}
	for (struct sim_dev *d = l.s->devs; d; d = d->next)
		sim_start(d);
	sim_assert(l.s, sim_until(l.s, sim_all_registered, l.s, SEC(60)), "not registered");
	l.s->loss = 0.2;
	l.s->reorder = 0.2;
	sim_config(l.ks, revoke_first);
	order_removal(&l, REMOVAL_TRANSIENT);
	sim_run(l.s, SEC(8000));		/* one that lost all copies of the removal finds out when its TEK ends */
	ck_assert(!sim_dp_has(l.gm[0], ks_spi(l.ks)));
	ck_assert_uint_eq(l.gm[0]->dp.nsa, 0);
	for (unsigned i = 1; i < MEMBERS; i++) {
		sim_assert(l.s, sim_dp_has(l.gm[i], ks_spi(l.ks)), "%s is not back", l.gm[i]->name);
		sim_assert(l.s, l.gm[i]->dp.gaps == 0, "%s lost %.3f s", l.gm[i]->name, (double)l.gm[i]->dp.gap / 1e6);
	}
	ck_assert_uint_eq(sim_members(l.ks), MEMBERS - 1);
	sim_free(l.s);
}
END_TEST

/* Two hundred members, loss and reordering: all are told or find out, all come back, nobody is without a TEK. */
START_TEST(removal_of_200)
{
	struct sim *s = sim_new(48);
	struct sim_dev *ks = sim_add(s, "KS", "10.0.8.1", sim_ks, NULL);
	struct why why;

	for (unsigned i = 0; i < 200; i++) {
		char name[16], ip[32];

		snprintf(name, sizeof(name), "GM%u", i);
		snprintf(ip, sizeof(ip), "10.1.%u.%u", i / 100, i % 100 + 1);
		sim_add(s, name, ip, sim_gm, NULL);
	}
	for (struct sim_dev *d = s->devs; d; d = d->next)
		sim_start(d);
	sim_assert(s, sim_until(s, sim_all_registered, s, SEC(120)), "not registered");
	s->loss = 0.2;
	s->reorder = 0.3;
	sim_run(s, SEC(60));
	ck_assert(gdoi_ks_remove_members(ks->gdoi, GROUP, REMOVAL_TRANSIENT, &why));
	sim_run(s, SEC(8000));
	sim_assert(s, sim_members(ks) == 200, "%u members", sim_members(ks));
	for (struct sim_dev *d = s->devs->next; d; d = d->next) {
		sim_assert(s, d->dp.gaps == 0, "%s was without a TEK", d->name);
		sim_assert(s, sim_dp_has(d, ks_spi(ks)), "%s has not the TEK", d->name);
	}
	sim_free(s);
}
END_TEST

static void aes256(struct sim_dev *d, struct cfg *c)
{
	cfg_transform_set(c, "AES")->enc = ESP_AES256;
}

struct seen {
	struct gdoi_preview_sa sa;
	unsigned nsa, ncannot;
};

static void seen_sa(void *arg, const struct gdoi_preview_sa *sa)
{
	struct seen *s = arg;

	s->sa = *sa;
	s->nsa++;
}

static void seen_member(void *arg, const struct gdoi_member_info *m, const char *reason)
{
	((struct seen *)arg)->ncannot++;
}

/* Told beforehand, and nothing has happened. */
START_TEST(dry_run)
{
	struct lab l = lab_up(39, 2);
	struct seen seen = { .nsa = 0 };
	struct gdoi_preview p;
	struct why why;
	uint64_t sent;

	sim_config(l.ks, aes256);
	sim_run(l.s, SEC(1000));
	sent = l.ks->sent;
	ck_assert(gdoi_ks_preview(l.ks->gdoi, GROUP, REKEY_POLICY, &p, seen_sa, seen_member, &seen, &why));
	ck_assert_uint_eq(p.members, MEMBERS);
	ck_assert_uint_eq(p.cannot, 2);
	ck_assert_uint_eq(seen.ncannot, 2);
	ck_assert_uint_eq(seen.nsa, 1);
	ck_assert_int_eq(seen.sa.kind, PREVIEW_CHANGED);
	ck_assert_str_eq(seen.sa.change, "transform esp-aes esp-sha256-hmac tunnel -> esp-256-aes esp-sha256-hmac tunnel");
	ck_assert_uint_eq(seen.sa.keeps, 360);
	ck_assert_uint_ge(seen.sa.left, 6190);
	ck_assert_uint_eq(p.loss, seen.sa.left - 360);
	ck_assert_str_eq(p.kek_change, "");
	sim_run(l.s, SEC(10));
	ck_assert_uint_eq(l.ks->sent, sent);
	ck_assert(sim_ks_info(l.ks).pending_change);
	sim_free(l.s);
}
END_TEST

START_TEST(refused_orders)
{
	struct sim *s = sim_new(49);
	struct sim_dev *gm = sim_add(s, "GM1", "10.0.0.2", sim_gm, NULL);
	struct why why = { "" };

	sim_start(gm);
	sim_run(s, SEC(1));
	ck_assert(!gdoi_ks_rekey(gm->gdoi, GROUP, REKEY_POLICY, &why));
	ck_assert_ptr_nonnull(strstr(why.text, "not a key server"));
	ck_assert(!gdoi_ks_remove_members(gm->gdoi, "NONE", REMOVAL_NOW, &why));
	sim_free(s);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = { policy_replace, replace_now, replace_mixed, triggers_in_a_row, removal, removal_now,
		removal_mixed, credential_change, removal_of_200, dry_run, refused_orders };

	return sim_main("s_trigger", tests, sizeof(tests) / sizeof(tests[0]));
}
