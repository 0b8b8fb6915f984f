/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Properties of removal and shortening in virtual time: the formula at its corners, both jitters, who gets in with which
 * credential, orders that meet, what an attacker can make of a removal.
 */
#include <stdio.h>
#include "gdoi/keys.h"
#include "gdoi/ks.h"
#include "lib/text.h"
#include "lib/why.h"
#include "tests/sim/sim.h"

#define MANY 100

struct lab {
	struct sim *s;
	struct sim_dev *ks, *gm[MANY];
	unsigned n;
};

static uint32_t life = 7200;

static void ks_life(struct sim_dev *d, struct cfg *c)
{
	sim_ks(d, c);
	cfg_ipsec_profile(c, "PROF")->lifetime = life;
}

static struct lab lab_up(uint64_t seed, unsigned n, uint32_t lifetime)
{
	struct lab l = { .s = sim_new(seed), .n = n };

	life = lifetime;
	l.ks = sim_add(l.s, "KS", "10.0.8.1", ks_life, NULL);
	sim_add_members(l.s, l.gm, n);
	for (struct sim_dev *d = l.s->devs; d; d = d->next)
		sim_start(d);
	sim_assert(l.s, sim_until(l.s, sim_all_registered, l.s, SEC(60)), "not registered");
	return l;
}

static void removal(struct lab *l, enum gdoi_removal_kind kind)
{
	struct why why = { "" };

	sim_assert(l->s, gdoi_ks_remove_members(l->ks->gdoi, GROUP, kind, &why), "%s", why.text);
}

static bool first_spi(void *arg, const struct gdoi_tek_info *t)
{
	*(struct gdoi_tek_info *)arg = *t;
	return false;
}

static struct gdoi_tek_info newest(const struct sim_dev *ks)
{
	struct gdoi_tek_info t = { .spi = 0 };

	gdoi_show_ks_teks(ks->gdoi, GROUP, first_spi, &t);
	return t;
}

static bool left_of(void *arg, const struct gdoi_tek_info *t)
{
	struct gdoi_tek_info *want = arg;

	if (t->spi != want->spi)
		return true;
	want->left = t->left;
	return false;
}

/* What a member has left of one TEK; 0 when it is gone. */
static uint32_t left_at(const struct sim_dev *gm, uint32_t spi)
{
	struct gdoi_tek_info t = { .spi = spi };

	gdoi_show_gm_teks(gm->gdoi, GROUP, left_of, &t);
	return t.left;
}

/* TEK_SLT = MIN(TEK_RLT, MAX(90 s, MIN(5 % of TEK_CLT, 3600 s))): each corner at a member, by removal and by policy-replace. */
START_TEST(formula_at_the_members)
{
	static const struct {
		uint32_t configured, after, keeps;
	} c[] = {
		{ 7200, 100, 360 },	/* 5 % */
		{ 1800, 100, 90 },	/* 5 % is just 90 s */
		{ 900, 100, 90 },	/* 5 % would be 45 s */
		{ 72000, 100, 3600 },	/* 5 % is just an hour */
		{ 86400, 100, 3600 },	/* 5 % would be 4,320 s */
		{ 900, 840, 60 },	/* less than 90 s are left: no longer than that */
		{ 86400, 84400, 2000 },	/* less than 3,600 s are left */
	};

	for (unsigned i = 0; i < 2 * sizeof(c) / sizeof(c[0]); i++) {
		const uint32_t configured = c[i / 2].configured, after = c[i / 2].after, keeps = c[i / 2].keeps;
		struct lab l = lab_up(60 + i, 1, configured);
		const uint32_t spi = l.gm[0]->dp.out;
		const uint64_t made = newest(l.ks).left;
		struct why why;
		uint32_t got;

		ck_assert_uint_ge(made, configured - 1);
		/* so late that a rekey was due: the member has heard none of them */
		l.gm[0]->cut = after > 500;
		sim_run(l.s, SEC(after) - sim_now(l.s) + SEC(configured - made));
		l.gm[0]->cut = false;
		if (after > 500 && left_at(l.gm[0], spi) > keeps + 10) {
			ck_abort_msg("the clock of this test is off: %u", left_at(l.gm[0], spi));
		}
		if (i & 1)
			ck_assert(gdoi_ks_rekey(l.ks->gdoi, GROUP, REKEY_POLICY, &why));
		else
			removal(&l, REMOVAL_TRANSIENT);
		sim_run(l.s, SEC(1));
		got = left_at(l.gm[0], spi);
		sim_assert(l.s, got + 3 >= keeps && got <= keeps, "%u s configured, %u s old: %u s left instead of %u",
			configured, after, got, keeps);
		sim_free(l.s);
	}
}
END_TEST

/* The function itself over every corner and at random: never more than is left, never less than the smaller of that and
 * 90 s, never more than 3,600 s. */
START_TEST(formula)
{
	struct rng *r = rng_new_seeded(61);

	ck_assert_uint_eq(ks_shortened(89, 7200), 89);
	ck_assert_uint_eq(ks_shortened(90, 7200), 90);
	ck_assert_uint_eq(ks_shortened(7200, 1799), 90);
	ck_assert_uint_eq(ks_shortened(7200, 1820), 91);
	ck_assert_uint_eq(ks_shortened(80000, 71980), 3599);
	ck_assert_uint_eq(ks_shortened(80000, 72000), 3600);
	ck_assert_uint_eq(ks_shortened(80000, UINT32_MAX), 3600);
	ck_assert_uint_eq(ks_shortened(0, 7200), 0);
	for (unsigned i = 0; i < 100000; i++) {
		uint32_t configured = 120 + (uint32_t)rng_below(r, 2592000), left = (uint32_t)rng_below(r, configured + 1);
		uint32_t got = ks_shortened(left, configured), part = configured / 20;

		ck_assert_uint_eq(got, left < 90 ? left : part < 90 ? 90 : part < 3600 ? (part < left ? part : left) :
			left < 3600 ? left : 3600);
	}
	rng_free(r);
}
END_TEST

/* ---- jitter ---- */

struct spread {
	uint64_t first, last;
	unsigned half[2];	/* in the first and second half of the interval */
};

/* When each member has come back, measured from now; all inside 'most' seconds, and not all together. */
static void watch_return(struct lab *l, uint32_t most, struct spread *sp)
{
	const uint64_t begin = sim_now(l->s);
	bool back[MANY] = { false };
	unsigned n = 0;

	*sp = (struct spread){ .first = UINT64_MAX };
	while (n < l->n && sim_now(l->s) - begin <= SEC(most)) {
		sim_run(l->s, MSEC(500));
		for (unsigned i = 0; i < l->n; i++) {
			uint64_t at = sim_now(l->s) - begin;

			if (back[i] || sim_count(l->gm[i], MSG_GDOI_GM_REGS_COMPL) < 2)
				continue;
			back[i] = true;
			n++;
			sp->first = at < sp->first ? at : sp->first;
			sp->last = at;
			sp->half[at > SEC(most) / 2]++;
		}
	}
	sim_assert(l->s, n == l->n, "only %u of %u are back after %u s", n, l->n, most);
}

/* Removal-now: each within 2 % of the configured TEK lifetime and at the time that it named. */
START_TEST(jitter_of_removal_now)
{
	static const uint32_t lives[] = { 600, 7200, 86400 };

	for (unsigned i = 0; i < 3; i++) {
		struct lab l = lab_up(80 + i, MANY, lives[i]);
		struct spread sp;

		sim_run(l.s, SEC(50));
		removal(&l, REMOVAL_NOW);
		watch_return(&l, lives[i] / 50 + 5, &sp);
		ck_assert_uint_ge(sp.first, SEC(1));
		ck_assert_msg(sp.half[0] > MANY / 4 && sp.half[1] > MANY / 10, "%u and %u", sp.half[0], sp.half[1]);
		ck_assert_uint_gt(sp.last - sp.first, SEC(lives[i] / 100));
		for (unsigned k = 0; k < l.n; k++)
			ck_assert_uint_eq(sim_count(l.gm[k], MSG_GDOI_GM_RECV_DELETE_IMMEDIATE), 1);
		sim_free(l.s);
	}
}
END_TEST

/* Removal with transient SAs: all are back before the shortened TEK ends, spread over the time there is, and without a
 * moment in which one sends what another cannot read. */
START_TEST(jitter_of_removal)
{
	static const uint32_t lives[] = { 900, 7200, 86400 };

	for (unsigned i = 0; i < 3; i++) {
		struct lab l = lab_up(90 + i, MANY, lives[i]);
		const uint32_t keeps = ks_shortened(lives[i] - 60, lives[i]);
		struct spread sp;

		sim_run(l.s, SEC(50));
		l.s->check_pairs = true;
		removal(&l, REMOVAL_TRANSIENT);
		watch_return(&l, keeps - 30, &sp);
		ck_assert_uint_gt(sp.last - sp.first, SEC((keeps - 30) / 5));
		sim_run(l.s, SEC(keeps));
		for (unsigned k = 0; k < l.n; k++) {
			ck_assert_uint_eq(l.gm[k]->dp.gaps, 0);
			ck_assert_uint_eq(l.gm[k]->dp.nsa, 1);
		}
		sim_assert(l.s, !l.s->mismatches, "%s", l.s->mismatch);
		sim_free(l.s);
	}
}
END_TEST

/* ---- credentials ---- */

static void own_keys(struct sim_dev *d, struct cfg *c)
{
	struct cfg_psk_id id;

	sim_ks(d, c);
	cfg_remove(&c->isakmp_keys, c->isakmp_keys.head);
	for (unsigned i = 0; i < 4; i++) {
		memset(&id, 0, sizeof(id));
		id.addr.a = sim_ip("10.0.0.2").a + i;
		id.mask.a = UINT32_MAX;
		cfg_psk_add(&c->isakmp_keys, &id)->key = secret_copy(bytes_str("sim-secret"));
	}
}

static struct cfg_psk *key_of_first(struct cfg *c)
{
	struct cfg_psk_id id;

	memset(&id, 0, sizeof(id));
	id.addr = sim_ip("10.0.0.2");
	id.mask.a = UINT32_MAX;
	return cfg_psk(&c->isakmp_keys, &id);
}

static void revoke(struct sim_dev *d, struct cfg *c)
{
	cfg_remove(&c->isakmp_keys, &key_of_first(c)->node);
}

static void replace(struct sim_dev *d, struct cfg *c)
{
	struct cfg_psk *k = key_of_first(c);

	secret_free(&k->key);
	k->key = secret_copy(bytes_str("another-secret"));
}

static void new_key(struct sim_dev *d, struct cfg *c)
{
	CFG_EACH(struct cfg_psk, k, &c->isakmp_keys)
	{
		secret_free(&k->key);
		k->key = secret_copy(bytes_str("another-secret"));
	}
}

/*
 * A member's phase-1 SA outlives its key: with the key revoked or replaced it is of no use, the member alone stays out, and
 * comes back with the new key. Both kinds of removal.
 */
START_TEST(old_credential_under_an_old_sa)
{
	for (unsigned kind = 0; kind < 4; kind++) {
		struct lab l = { .s = sim_new(100 + kind), .n = 4 };
		struct gdoi_member_info m;
		bool now = kind & 1, whole = kind & 2;

		l.ks = sim_add(l.s, "KS", "10.0.8.1", own_keys, NULL);
		for (unsigned i = 0; i < 4; i++) {
			char name[16], ip[16];

			snprintf(name, sizeof(name), "GM%u", i);
			snprintf(ip, sizeof(ip), "10.0.0.%u", i + 2);
			l.gm[i] = sim_add(l.s, name, ip, sim_gm, NULL);
		}
		for (struct sim_dev *d = l.s->devs; d; d = d->next)
			sim_start(d);
		sim_assert(l.s, sim_until(l.s, sim_all_registered, l.s, SEC(60)), "not registered");
		sim_run(l.s, SEC(30));
		sim_config(l.ks, whole ? revoke : replace);
		removal(&l, now ? REMOVAL_NOW : REMOVAL_TRANSIENT);
		sim_run(l.s, SEC(7200));
		ck_assert(!gdoi_show_member(l.ks->gdoi, GROUP, l.gm[0]->ip, &m));
		ck_assert_uint_eq(l.gm[0]->dp.nsa, 0);
		ck_assert_uint_ge(sim_count(l.ks, MSG_GDOI_UNAUTHORIZED_IDENTITY), 1);
		for (unsigned i = 1; i < 4; i++) {
			sim_assert(l.s, sim_dp_has(l.gm[i], newest(l.ks).spi), "%s has not the TEK", l.gm[i]->name);
			if (!now)
				sim_assert(l.s, l.gm[i]->dp.gaps == 0, "%s lost %.3f s", l.gm[i]->name,
					(double)l.gm[i]->dp.gap / 1e6);
		}
		if (!whole) {
			sim_config(l.gm[0], new_key);
			sim_run(l.s, SEC(120));
			sim_assert(l.s, sim_dp_has(l.gm[0], newest(l.ks).spi), "not back with the new key");
		}
		sim_free(l.s);
	}
}
END_TEST

/* ---- orders that meet ---- */

/* A removal that some have not heard goes on when another order comes: nobody is left with what was taken from him. */
START_TEST(removal_then_rekey)
{
	struct lab l = lab_up(110, 8, 7200);
	struct why why = { "" };

	sim_run(l.s, SEC(100));
	for (unsigned i = 0; i < 4; i++)
		l.gm[i]->cut = true;
	removal(&l, REMOVAL_TRANSIENT);
	sim_run(l.s, SEC(5));
	for (unsigned i = 0; i < 8; i++)
		ck_assert_uint_eq(sim_count(l.gm[i], MSG_GDOI_GM_RECV_DELETE), i < 4 ? 0 : 1);
	ck_assert(gdoi_ks_rekey(l.ks->gdoi, GROUP, REKEY_POLICY, &why));
	ck_assert_str_eq(why.text, "the GM-Removal sent 5 s ago goes on, 4 members did not acknowledge it yet");
	for (unsigned i = 0; i < 4; i++)
		l.gm[i]->cut = false;
	sim_run(l.s, SEC(30));
	for (unsigned i = 0; i < 4; i++) {
		ck_assert_uint_eq(sim_count(l.gm[i], MSG_GDOI_GM_RECV_DELETE), 1);
		ck_assert_uint_le(left_at(l.gm[i], l.gm[i]->dp.out), 360);
	}
	sim_run(l.s, SEC(400));
	for (unsigned i = 0; i < 8; i++) {
		ck_assert_uint_eq(l.gm[i]->dp.gaps, 0);
		sim_assert(l.s, sim_dp_has(l.gm[i], newest(l.ks).spi), "%s has not the TEK", l.gm[i]->name);
	}
	sim_free(l.s);
}
END_TEST

/* The stronger order reaches whom the weaker one has not reached yet. */
START_TEST(removal_then_now)
{
	struct lab l = lab_up(111, 8, 7200);

	sim_run(l.s, SEC(100));
	for (unsigned i = 0; i < 4; i++)
		l.gm[i]->cut = true;
	removal(&l, REMOVAL_TRANSIENT);
	sim_run(l.s, SEC(5));
	for (unsigned i = 0; i < 4; i++)
		l.gm[i]->cut = false;
	removal(&l, REMOVAL_NOW);
	sim_run(l.s, SEC(1));
	for (unsigned i = 0; i < 4; i++) {
		ck_assert_uint_eq(sim_count(l.gm[i], MSG_GDOI_GM_RECV_DELETE_IMMEDIATE), 1);
		ck_assert_uint_eq(l.gm[i]->dp.nsa, 0);
	}
	sim_run(l.s, SEC(600));
	for (unsigned i = 0; i < 8; i++)
		sim_assert(l.s, sim_dp_has(l.gm[i], newest(l.ks).spi), "%s has not the TEK", l.gm[i]->name);
	sim_free(l.s);
}
END_TEST

/* All at once: each is carried out, in order, and the fifth that would have to wait is refused. */
START_TEST(orders_at_once)
{
	struct lab l = lab_up(112, 4, 7200);
	struct why why = { "" };
	uint64_t before = sim_count(l.ks, MSG_GDOI_KS_SEND_UNICAST_REKEY);

	sim_run(l.s, SEC(100));
	for (unsigned i = 0; i < 5; i++) {
		ck_assert(gdoi_ks_rekey(l.ks->gdoi, GROUP, REKEY_POLICY, &why));
		ck_assert_str_eq(why.text, i ? "follows the order that is being carried out" : "");
	}
	ck_assert(!gdoi_ks_rekey(l.ks->gdoi, GROUP, REKEY_POLICY, &why));
	ck_assert_str_eq(why.text, "4 orders wait already");
	sim_run(l.s, SEC(30));
	ck_assert_uint_eq(sim_count(l.ks, MSG_GDOI_KS_SEND_UNICAST_REKEY), before + 5);
	for (unsigned i = 0; i < 4; i++) {
		ck_assert_uint_eq(sim_count(l.gm[i], MSG_GDOI_GM_RECV_REKEY), 5);
		ck_assert_uint_eq(l.gm[i]->dp.gaps, 0);
		sim_assert(l.s, sim_dp_has(l.gm[i], newest(l.ks).spi), "%s has not the TEK", l.gm[i]->name);
	}
	sim_free(l.s);
}
END_TEST

/* The role goes while an order waits: it is not carried out, and the log says so. */
START_TEST(order_given_up)
{
	struct lab l = lab_up(119, 4, 7200);
	struct why why = { "" };

	sim_run(l.s, SEC(100));
	for (unsigned i = 0; i < 2; i++)
		ck_assert(gdoi_ks_rekey(l.ks->gdoi, GROUP, REKEY_POLICY, &why));
	gdoi_ks_set_primary(l.ks->gdoi, GROUP, false);
	sim_run(l.s, SEC(30));
	ck_assert_uint_eq(sim_count(l.ks, MSG_GDOI_KS_REKEY_FAILED), 1);
	sim_free(l.s);
}
END_TEST

/* A member that no copy reaches finds out when its TEK ends: it is told no further, and the keys are new anyway. */
START_TEST(unreachable_member)
{
	struct lab l = lab_up(113, 3, 7200);
	uint32_t old = newest(l.ks).spi;

	sim_run(l.s, SEC(100));
	l.gm[0]->cut = true;
	removal(&l, REMOVAL_TRANSIENT);
	ck_assert_uint_ne(newest(l.ks).spi, old);
	sim_run(l.s, SEC(600));
	l.gm[0]->cut = false;
	sim_run(l.s, SEC(600));
	ck_assert_uint_eq(l.gm[0]->dp.out, old);
	ck_assert_uint_eq(sim_count(l.gm[0], MSG_GDOI_GM_RECV_DELETE), 0);
	ck_assert_uint_eq(sim_members(l.ks), 2);
	sim_run(l.s, SEC(7200));
	ck_assert(sim_dp_has(l.gm[0], newest(l.ks).spi));
	ck_assert_uint_eq(l.gm[0]->dp.gaps, 0);
	ck_assert_uint_eq(sim_members(l.ks), 3);
	sim_free(l.s);
}
END_TEST

static void multicast_ks(struct sim_dev *d, struct cfg *c)
{
	struct cfg_ks *ks = sim_ks_cfg(c);

	sim_ks(d, c);
	ks->unicast = false;
	sim_acl(c, "MCAST", "permit udp host 10.0.8.1 eq 848 host 239.0.1.2 eq 848");
	str_copy(ks->rekey_acl, sizeof(ks->rekey_acl), "MCAST");
}

/* By multicast: one message for all, repeated for those who did not hear it; version 1.0.1 ignores it. */
START_TEST(multicast_removal)
{
	for (unsigned now = 0; now < 2; now++) {
		struct lab l = { .s = sim_new(116 + now), .n = 6 };

		l.ks = sim_add(l.s, "KS", "10.0.8.1", multicast_ks, NULL);
		for (unsigned i = 0; i < l.n; i++) {
			char name[16], ip[16];

			snprintf(name, sizeof(name), "GM%u", i);
			snprintf(ip, sizeof(ip), "10.0.0.%u", i + 2);
			l.gm[i] = sim_add(l.s, name, ip, sim_gm, NULL);
		}
		l.gm[5]->version = (struct version){ 1, 0, 1 };
		for (struct sim_dev *d = l.s->devs; d; d = d->next)
			sim_start(d);
		sim_assert(l.s, sim_until(l.s, sim_all_registered, l.s, SEC(60)), "not registered");
		sim_run(l.s, SEC(100));
		l.gm[0]->cut = true;
		removal(&l, now ? REMOVAL_NOW : REMOVAL_TRANSIENT);
		sim_run(l.s, SEC(5));
		l.gm[0]->cut = false;
		sim_run(l.s, SEC(20));
		for (unsigned i = 0; i < l.n; i++)
			ck_assert_uint_eq(sim_count(l.gm[i], now ? MSG_GDOI_GM_RECV_DELETE_IMMEDIATE : MSG_GDOI_GM_RECV_DELETE),
				i < 5);
		sim_run(l.s, SEC(500));
		for (unsigned i = 0; i < 5; i++) {
			sim_assert(l.s, sim_dp_has(l.gm[i], newest(l.ks).spi), "%s has not the TEK", l.gm[i]->name);
			ck_assert_uint_eq(l.gm[i]->dp.gaps, now);
		}
		ck_assert_uint_eq(sim_members(l.ks), 5);
		sim_run(l.s, SEC(7200));
		ck_assert_uint_eq(sim_members(l.ks), 6);
		sim_free(l.s);
	}
}
END_TEST

/* ---- what is left of a removed member ---- */

static void gm_fail_close(struct sim_dev *d, struct cfg *c)
{
	struct cfg_map *m;

	sim_gm(d, c);
	m = cfg_map(c, "MAP");
	m->fail_close.present = m->fail_close.activate = true;
}

/* Removal-now: nothing downloaded stays; traffic passes in clear, or not at all where fail-close is configured. */
START_TEST(open_or_closed)
{
	struct sim *s = sim_new(118);
	struct lab l = { .s = s, .n = 2, .ks = sim_add(s, "KS", "10.0.8.1", sim_ks, NULL) };

	l.gm[0] = sim_add(s, "GM0", "10.0.0.2", sim_gm, NULL);
	l.gm[1] = sim_add(s, "GM1", "10.0.0.3", gm_fail_close, NULL);
	for (struct sim_dev *d = s->devs; d; d = d->next)
		sim_start(d);
	sim_assert(s, sim_until(s, sim_all_registered, s, SEC(60)), "not registered");
	for (unsigned i = 0; i < 2; i++)
		ck_assert_int_eq(l.gm[i]->dp.mode, DP_BOTH);
	removal(&l, REMOVAL_NOW);
	sim_run(s, MSEC(500));
	ck_assert_int_eq(l.gm[0]->dp.mode, DP_OPEN);
	ck_assert_int_eq(l.gm[1]->dp.mode, DP_CLOSED);
	for (unsigned i = 0; i < 2; i++) {
		struct gdoi_gm_info g;
		unsigned naces;

		ck_assert_uint_eq(l.gm[i]->dp.nsa, 0);
		ck_assert(gdoi_show_gm(l.gm[i]->gdoi, GROUP, &g));
		ck_assert(!g.kek.present);
		gdoi_show_gm_acl(l.gm[i]->gdoi, GROUP, &naces);
		ck_assert_uint_eq(naces, 0);
	}
	sim_run(s, SEC(200));
	for (unsigned i = 0; i < 2; i++)
		ck_assert_int_eq(l.gm[i]->dp.mode, DP_BOTH);
	sim_free(s);
}
END_TEST

/* The plug is pulled the moment after a removal: whoever was removed is not a member again when the key server is back. */
START_TEST(server_crash_after_removal)
{
	struct lab l = lab_up(119, 3, 7200);
	uint32_t spi;

	sim_run(l.s, SEC(30));
	for (unsigned i = 0; i < 3; i++)
		l.gm[i]->cut = true;
	removal(&l, REMOVAL_TRANSIENT);
	spi = newest(l.ks).spi;
	sim_stop(l.ks, false);
	sim_start(l.ks);
	sim_run(l.s, SEC(5));
	ck_assert_uint_eq(sim_members(l.ks), 0);
	ck_assert_uint_eq(newest(l.ks).spi, spi);
	for (unsigned i = 0; i < 3; i++)
		l.gm[i]->cut = false;
	sim_run(l.s, SEC(7300));
	for (unsigned i = 0; i < 3; i++) {
		ck_assert(sim_dp_has(l.gm[i], newest(l.ks).spi));
		ck_assert_uint_eq(l.gm[i]->dp.gaps, 0);
	}
	sim_free(l.s);
}
END_TEST

/* The plug is pulled while a removal is under way: those that had not heard it are told when the key server is back, the
 * others not again. */
START_TEST(removal_goes_on_after_crash)
{
	for (unsigned now = 0; now < 2; now++) {
		struct lab l = lab_up(121 + now, 4, 7200);
		const int heard = now ? MSG_GDOI_GM_RECV_DELETE_IMMEDIATE : MSG_GDOI_GM_RECV_DELETE;
		struct gdoi_member_info m;
		struct why why;

		sim_run(l.s, SEC(100));		/* the KEK that is ended has begun at another time than 0 */
		ck_assert(gdoi_ks_rekey(l.ks->gdoi, GROUP, REKEY_REPLACE_NOW, &why));
		sim_run(l.s, SEC(30));
		for (unsigned i = 0; i < 3; i++)
			l.gm[i]->cut = true;
		removal(&l, now ? REMOVAL_NOW : REMOVAL_TRANSIENT);
		sim_run(l.s, SEC(3));
		ck_assert_uint_eq(sim_count(l.gm[3], heard), 1);
		for (unsigned i = 0; i < 2; i++) {	/* a second time too, with what the first start left */
			sim_stop(l.ks, i);
			sim_start(l.ks);
			sim_run(l.s, SEC(2));
			ck_assert_uint_eq(sim_count(l.ks, MSG_GDOI_KS_STATE_READ), 0);
		}
		ck_assert(!gdoi_show_member(l.ks->gdoi, GROUP, l.gm[0]->ip, &m));
		for (unsigned i = 0; i < 3; i++)
			l.gm[i]->cut = false;
		sim_run(l.s, SEC(20));
		for (unsigned i = 0; i < 4; i++) {
			ck_assert_uint_eq(sim_count(l.gm[i], heard), 1);
			ck_assert_uint_eq(sim_count(l.gm[i], MSG_GDOI_GDOI_REKEY_SEQ_FAILURE), 0);
		}
		sim_run(l.s, SEC(400));
		for (unsigned i = 0; i < 4; i++) {
			sim_assert(l.s, sim_dp_has(l.gm[i], newest(l.ks).spi), "%s has not the TEK", l.gm[i]->name);
			ck_assert_uint_eq(l.gm[i]->dp.gaps, now);
		}
		ck_assert_uint_eq(sim_members(l.ks), 4);
		sim_free(l.s);
	}
}
END_TEST

/* ---- cooperation's hook ---- */

static void aes256(struct sim_dev *d, struct cfg *c)
{
	cfg_transform_set(c, "AES")->enc = ESP_AES256;
}

/* A secondary refuses, tells of no change and sends nothing, but its keys follow the epochs. */
START_TEST(secondary)
{
	struct lab l = lab_up(114, 1, 7200);
	struct why why = { "" };
	uint32_t spi = newest(l.ks).spi;
	uint64_t sent;

	gdoi_ks_set_primary(l.ks->gdoi, GROUP, false);
	ck_assert(!gdoi_ks_rekey(l.ks->gdoi, GROUP, REKEY_POLICY, &why));
	ck_assert_str_eq(why.text, "This command must be executed on Pri-KS");
	ck_assert(!gdoi_ks_remove_members(l.ks->gdoi, GROUP, REMOVAL_NOW, &why));
	ck_assert_str_eq(why.text, "can only execute this command on Primary KS");
	sim_config(l.ks, aes256);
	ck_assert_uint_eq(sim_count(l.ks, MSG_GDOI_POLICY_CHANGE), 0);
	ck_assert(sim_ks_info(l.ks).pending_change);
	sent = sim_ks_info(l.ks).rekeys_sent;
	sim_run(l.s, SEC(6600));
	ck_assert_uint_ne(newest(l.ks).spi, spi);
	ck_assert_int_eq(newest(l.ks).enc, ESP_AES128);
	ck_assert_uint_eq(sim_ks_info(l.ks).rekeys_sent, sent);
	gdoi_ks_set_primary(l.ks->gdoi, GROUP, true);
	ck_assert(gdoi_ks_rekey(l.ks->gdoi, GROUP, REKEY_POLICY, &why));
	ck_assert_int_eq(newest(l.ks).enc, ESP_AES256);
	sim_free(l.s);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = { formula, formula_at_the_members, jitter_of_removal_now, jitter_of_removal,
		old_credential_under_an_old_sa, removal_then_rekey, removal_then_now, orders_at_once, order_given_up, unreachable_member,
		multicast_removal, open_or_closed, server_crash_after_removal, removal_goes_on_after_crash,
		secondary };

	return sim_main("s_removal", tests, sizeof(tests) / sizeof(tests[0]));
}
