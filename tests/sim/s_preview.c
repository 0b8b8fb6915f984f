/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What 'crypto gdoi ks rekey dry-run' says, against what the rekey then does: each case is ordered twice over one and the same network,
 * once dry, and the longest time in which some member is not understood by another is held against what was said.
 */
#include "lib/text.h"
#include "lib/why.h"
#include "tests/sim/sim.h"

#define MEMBERS 3
#define LIFE 1800		/* s: old SAs live on for 90 */
#define RESEND 60
#define RESENDS 5

static void ks_slow(struct sim_dev *d, struct cfg *c)
{
	sim_ks(d, c);
	cfg_ipsec_profile(c, "PROF")->lifetime = LIFE;
	sim_ks_cfg(c)->retransmit = RESEND;
	sim_ks_cfg(c)->retransmits = RESENDS;
}

struct lab {
	struct sim *s;
	struct sim_dev *ks, *gm[MEMBERS];
};

static void start_all(struct lab *l)
{
	for (struct sim_dev *d = l->s->devs; d; d = d->next)
		if (!d->on)
			sim_start(d);
	sim_assert(l->s, sim_until(l->s, sim_all_registered, l->s, SEC(60)), "not registered");
}

static struct lab lab_new(uint64_t seed, unsigned old)
{
	struct lab l = { .s = sim_new(seed) };

	l.ks = sim_add(l.s, "KS", "10.0.8.1", ks_slow, NULL);
	sim_add_members(l.s, l.gm, MEMBERS);
	for (unsigned i = 0; i < old; i++)
		l.gm[i]->version = (struct version){ 1, 0, 1 };
	return l;
}

/* ---- what really is lost ---- */

static bool clear(const struct sim_dev *d)
{
	return d->dp.mode == DP_RECEIVE_ONLY;
}

static bool same_selectors(const struct sim_dev *a, const struct sim_dev *b)
{
	if (a->dp.nace != b->dp.nace)
		return false;
	for (unsigned i = 0; i < a->dp.nace; i++) {
		const struct dp_ace *x = &a->dp.ace[i], *y = &b->dp.ace[i];

		if (x->permit != y->permit || !ip4_eq(x->src, y->src) || !ip4_eq(x->src_mask, y->src_mask) ||
			!ip4_eq(x->dst, y->dst) || !ip4_eq(x->dst_mask, y->dst_mask))
			return false;
	}
	return true;
}

/* What a sends, all of it, is taken by b. */
static bool understood(const struct sim_dev *a, const struct sim_dev *b)
{
	if (!a->dp.out || !b->dp.out || !same_selectors(a, b))
		return false;
	if (clear(a) || clear(b))
		return clear(b) || !clear(a);
	for (unsigned i = 0; i < a->dp.nace; i++)
		if (a->dp.ace[i].permit && !sim_dp_has(b, a->dp.family_out[a->dp.ace[i].family % 64]))
			return false;
	return true;
}

/* The longest loss of one pair within so many seconds: s. */
static unsigned longest_loss(struct lab *l, unsigned seconds)
{
	unsigned run[MEMBERS][MEMBERS] = { { 0 } }, most = 0;

	while (seconds--) {
		sim_run(l->s, SEC(1));
		for (unsigned i = 0; i < MEMBERS; i++)
			for (unsigned k = 0; k < MEMBERS; k++) {
				unsigned *r = &run[i][k];

				*r = i == k || understood(l->gm[i], l->gm[k]) ? 0 : *r + 1;
				most = *r > most ? *r : most;
			}
	}
	return most;
}

/* ---- who hears it ---- */

struct late {
	struct ip4 who;
	unsigned copies;	/* PUSHes that do not reach it */
};

static enum sim_verdict late_tap(void *arg, struct endpoint src, struct endpoint dst, struct bytes body)
{
	struct late *t = arg;

	if (!ip4_eq(dst.ip, t->who) || body.n < 19 || body.p[18] != 33 || !t->copies)
		return SIM_PASS;
	t->copies--;
	return SIM_DROP;
}

/* ---- changes ---- */

static void nothing(struct sim_dev *d, struct cfg *c)
{
}

static void aes256(struct sim_dev *d, struct cfg *c)
{
	cfg_transform_set(c, "AES")->enc = ESP_AES256;
}

static void gcm(struct sim_dev *d, struct cfg *c)
{
	cfg_transform_set(c, "AES")->enc = ESP_GCM128;
	cfg_transform_set(c, "AES")->auth = ESP_AUTH_NONE;
}

static void entry(struct sim_dev *d, struct cfg *c)
{
	sim_acl(c, "POLICY", "permit ip 172.16.0.0 0.0.255.255 172.16.0.0 0.0.255.255");
}

static void receive_only(struct sim_dev *d, struct cfg *c)
{
	sim_ks_cfg(c)->receive_only = true;
}

static void added(struct sim_dev *d, struct cfg *c)
{
	struct cfg_sa *sa = cfg_sa_add(sim_ks_cfg(c), 2);

	sim_acl(c, "MORE", "permit ip 172.16.0.0 0.0.255.255 172.16.0.0 0.0.255.255");
	str_copy(sa->profile, sizeof(sa->profile), "PROF");
	str_copy(sa->acl, sizeof(sa->acl), "MORE");
}

static const struct preview_case {
	const char *name;
	void (*change)(struct sim_dev *d, struct cfg *c);
	enum gdoi_rekey_kind kind;
	unsigned old;		/* members of 1.0.1 */
	unsigned copies;	/* that the last member misses; RESENDS + 1: all */
	bool loses;		/* there is a loss to be told of */
} cases[] = {
	{ "keys", nothing, REKEY_POLICY, 0, 0, false },
	{ "transform", aes256, REKEY_POLICY, 0, 0, false },
	{ "transform, second copy", aes256, REKEY_POLICY, 0, 1, true },
	{ "transform, last copy", aes256, REKEY_POLICY, 0, RESENDS, true },
	{ "transform, no copy", aes256, REKEY_POLICY, 0, RESENDS + 1, true },
	{ "transform, old member", aes256, REKEY_POLICY, 1, 0, true },
	{ "replace-now", aes256, REKEY_REPLACE_NOW, 0, 0, false },
	{ "replace-now, last copy", aes256, REKEY_REPLACE_NOW, 0, RESENDS, true },
	{ "replace-now, no copy", aes256, REKEY_REPLACE_NOW, 0, RESENDS + 1, true },
	{ "replace-now, old member", aes256, REKEY_REPLACE_NOW, 1, 0, true },
	{ "replace-now, old member, last copy", aes256, REKEY_REPLACE_NOW, 1, RESENDS, true },
	{ "entry", entry, REKEY_POLICY, 0, 0, false },
	{ "entry, second copy", entry, REKEY_POLICY, 0, 1, true },
	{ "entry, last copy", entry, REKEY_POLICY, 0, RESENDS, true },
	{ "entry, no copy", entry, REKEY_POLICY, 0, RESENDS + 1, true },
	{ "receive-only", receive_only, REKEY_POLICY, 0, 0, false },
	{ "receive-only, last copy", receive_only, REKEY_POLICY, 0, RESENDS, true },
	{ "receive-only, no copy", receive_only, REKEY_POLICY, 0, RESENDS + 1, true },
	{ "added", added, REKEY_POLICY, 0, 0, false },
	{ "added, last copy", added, REKEY_POLICY, 0, RESENDS, true },
	{ "added, no copy", added, REKEY_POLICY, 0, RESENDS + 1, true },
	{ "one TEK becomes two, second copy", gcm, REKEY_POLICY, 0, 1, true },
};

static void preview(struct lab *l, enum gdoi_rekey_kind kind, struct gdoi_preview *p)
{
	struct why why = { "" };

	sim_assert(l->s, gdoi_ks_preview(l->ks->gdoi, GROUP, kind, p, NULL, NULL, NULL, &why), "%s", why.text);
}

static void order(struct lab *l, enum gdoi_rekey_kind kind)
{
	struct why why = { "" };

	sim_assert(l->s, gdoi_ks_rekey(l->ks->gdoi, GROUP, kind, &why), "%s", why.text);
}

/* A member that misses a rekey altogether registers again before its TEK ends: the scheduled ones are not to save it before. */
static void deafen(struct lab *l, const struct preview_case *c, struct late *late)
{
	*late = (struct late){ .who = l->gm[MEMBERS - 1]->ip, .copies = c->copies > RESENDS ? UINT32_MAX : c->copies };
	l->s->tap = late_tap;
	l->s->tap_arg = late;
}

static void play(const struct preview_case *c, uint64_t seed)
{
	struct lab l = lab_new(seed, c->old);
	struct gdoi_preview p;
	struct late late;
	unsigned lost, said;

	start_all(&l);
	if (c->change == gcm) {
		sim_config(l.ks, entry);
		order(&l, REKEY_REPLACE_NOW);
	}
	sim_run(l.s, SEC(200));
	sim_config(l.ks, c->change);
	preview(&l, c->kind, &p);
	deafen(&l, c, &late);
	order(&l, c->kind);
	lost = longest_loss(&l, LIFE);
	said = c->copies > RESENDS ? p.unreached : p.loss;
	sim_assert(l.s, lost <= said + 1, "%s: %u s lost, up to %u said", c->name, lost, said);
	sim_assert(l.s, (lost > 2) == c->loses, "%s: %u s lost", c->name, lost);
	sim_free(l.s);
}

START_TEST(loss_is_within_what_was_said)
{
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		play(&cases[i], 700 + i);
}
END_TEST

/* A member that has no KEK cannot be told of anything, and it is said of it. */
struct told {
	unsigned n;
	struct ip4 who;
	char reason[100];
};

static void told_member(void *arg, const struct gdoi_member_info *m, const char *reason)
{
	struct told *t = arg;

	t->n++;
	t->who = m->id;
	str_copy(t->reason, sizeof(t->reason), reason);
}

static void no_rekey_key(struct sim_dev *d, struct cfg *c)
{
	sim_ks_cfg(c)->rekey_key[0] = '\0';
}

static void rekey_key(struct sim_dev *d, struct cfg *c)
{
	str_copy(sim_ks_cfg(c)->rekey_key, CFG_NAME, "REKEY");
}

/* Registered before there was a rekey key. */
START_TEST(member_without_a_kek)
{
	struct lab l = lab_new(760, 0);
	struct told told = { .n = 0 };
	struct gdoi_preview p;
	struct why why;
	unsigned lost;

	sim_start(l.ks);
	sim_config(l.ks, no_rekey_key);
	sim_start(l.gm[2]);
	sim_assert(l.s, sim_until(l.s, sim_all_registered, l.s, SEC(60)), "not registered");
	sim_config(l.ks, rekey_key);
	start_all(&l);
	sim_run(l.s, SEC(200));
	sim_config(l.ks, aes256);
	ck_assert(gdoi_ks_preview(l.ks->gdoi, GROUP, REKEY_POLICY, &p, NULL, told_member, &told, &why));
	ck_assert_uint_eq(p.members, 3);
	ck_assert_uint_eq(p.cannot, 1);
	ck_assert_uint_eq(told.n, 1);
	ck_assert(ip4_eq(told.who, l.gm[2]->ip));
	ck_assert_str_eq(told.reason, "it has no KEK and cannot be told");
	order(&l, REKEY_POLICY);
	lost = longest_loss(&l, LIFE);
	sim_assert(l.s, lost > 2 && lost <= p.loss + 1, "%u s lost, up to %u said", lost, p.loss);
	sim_free(l.s);
}
END_TEST

static void no_profile(struct sim_dev *d, struct cfg *c)
{
	cfg_sa(sim_ks_cfg(c), 1)->profile[0] = '\0';
}

/* What is configured makes no policy: the former one is sent, and that is said. */
START_TEST(unusable_policy)
{
	struct lab l = lab_new(762, 0);
	struct gdoi_preview p;
	struct why why = { "" };

	start_all(&l);
	preview(&l, REKEY_POLICY, &p);
	ck_assert(!p.unusable);
	sim_config(l.ks, no_profile);
	preview(&l, REKEY_POLICY, &p);
	ck_assert(p.unusable);
	ck_assert(gdoi_ks_rekey(l.ks->gdoi, GROUP, REKEY_POLICY, &why));
	ck_assert_str_eq(why.text, "what is configured cannot be used, the policy before goes on");
	sim_run(l.s, SEC(10));
	ck_assert_uint_eq(sim_count(l.gm[0], MSG_GDOI_GM_RECV_REKEY), 1);
	sim_free(l.s);
}
END_TEST

/* Nobody to talk to: nothing is lost. */
START_TEST(alone)
{
	struct lab l = lab_new(761, 0);
	struct gdoi_preview p;

	sim_start(l.ks);
	sim_start(l.gm[0]);
	sim_assert(l.s, sim_until(l.s, sim_all_registered, l.s, SEC(60)), "not registered");
	preview(&l, REKEY_REPLACE_NOW, &p);
	ck_assert_uint_eq(p.members, 1);
	ck_assert_uint_eq(p.loss, 0);
	ck_assert_uint_eq(p.unreached, 0);
	sim_free(l.s);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = { loss_is_within_what_was_said, member_without_a_kek, unusable_policy, alone };

	return sim_main("preview", tests, sizeof(tests) / sizeof(tests[0]));
}
