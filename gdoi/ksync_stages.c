/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The refresh of a group's root in stages: promises given, and what may be announced on promises heard (coop.md section 2). */
#include "gdoi/ks.h"

#define REFRESH_AHEAD 120000	/* ms before a KEK's rollover: the next one is made from the new root already */
#define REFRESH_ALONE 86400000	/* ms between refreshes of a group without a KEK */

static struct ks *cooperating(const struct gdoi *g, const char *group)
{
	struct gdoi_group *gr = gdoi_group_find(g, group);

	return gr && gr->ks && gr->ks->coop && gr->ks->active && gr->ks->roots.n ? gr->ks : NULL;
}

bool ksync_promises(struct gdoi *g, const char *group, struct ksync_promises *out)
{
	const struct ks *ks = cooperating(g, group);

	*out = (struct ksync_promises){ .generation = 0 };
	if (!ks)
		return false;
	out->generation = ks->root.generation;
	memcpy(out->random, ks->root.random, sizeof(out->random));
	out->given = ks->roots.given;
	for (; out->n < ks->roots.n; out->n++) {
		const struct roots_one *r = &ks->roots.r[out->n];
		struct ksync_promise *p = &out->root[out->n];

		p->generation = r->root.generation;
		memcpy(p->random, r->root.random, sizeof(p->random));
		memcpy(p->from, r->from, sizeof(p->from));
	}
	return true;
}

/* What a server says counts for the draw that it says it of. */
static const struct ksync_promise *promise_of(const struct ksync_promises *p, const struct ks *ks, const struct roots_one *r)
{
	if (p->generation != ks->root.generation || memcmp(p->random, ks->root.random, sizeof(p->random)) != 0)
		return NULL;
	for (unsigned i = 0; i < p->n; i++)
		if (p->root[i].generation == r->root.generation && memcmp(p->root[i].random, r->root.random, 8) == 0)
			return &p->root[i];
	return NULL;
}

/* True when every configured server, this one too, has promised the stage: then *from is no earlier than any promise. */
static bool all_promised(const struct ks *ks, unsigned i, enum roots_stage stage, const struct ksync_promises *all, unsigned n,
	uint64_t *from)
{
	uint64_t last = ks->roots.r[i].from[stage - 1];

	if (!last)
		return false;
	for (unsigned k = 0; k < n; k++) {
		const struct ksync_promise *p = promise_of(&all[k], ks, &ks->roots.r[i]);

		if (!p || !p->from[stage - 1])
			return false;
		last = p->from[stage - 1] > last ? p->from[stage - 1] : last;
	}
	*from = last > *from ? last : *from;
	return true;
}

/* An epoch that nobody is known to have given out yet. */
static uint64_t not_given(const struct ks *ks, const struct ksync_promises *all, unsigned n)
{
	uint64_t last = ks->roots.given;

	for (unsigned k = 0; k < n; k++)
		last = all[k].given > last ? all[k].given : last;
	return last + 1;
}

/* The stage of root i to announce now, 0 when all have promised all of them. */
static unsigned stage_next(const struct ks *ks, unsigned i, const struct ksync_promises *all, unsigned n, uint64_t *from)
{
	unsigned stage = ROOTS_ACCEPT;

	while (stage <= ROOTS_STAGES && all_promised(ks, i, stage, all, n, from))
		stage++;
	return stage <= ROOTS_STAGES ? stage : 0;
}

/* Promises, on disk before anybody is told; or not. */
static bool promise(struct ks *ks, unsigned i, enum roots_stage stage, uint64_t from)
{
	if (ks->roots.r[i].from[stage - 1])
		return true;
	if (!roots_promise(&ks->roots, i, stage, from))
		return false;
	if (ks_state_save(ks))
		return true;
	roots_undo(&ks->roots, i, stage);
	return false;
}

static bool add(struct ks *ks, const struct ks_root *root, uint64_t drawn, uint64_t from)
{
	const struct roots_one *r;

	if (!roots_add(&ks->roots, root, drawn, from))
		return false;
	if (ks_state_save(ks))
		return true;
	r = roots_find(&ks->roots, root->generation, root->random);
	roots_undo(&ks->roots, (unsigned)(r - ks->roots.r), ROOTS_ACCEPT);
	return false;
}

unsigned ksync_stages(struct gdoi *g, const char *group, const struct ksync_promises *all, unsigned n, struct ksync_stage *out)
{
	struct ks *ks = cooperating(g, group);
	unsigned count = 0;

	if (!ks || !ks->role.lead)
		return 0;
	if (ks_roots_forget(ks))
		ks_state_save(ks);
	for (unsigned i = 0; i < ks->roots.n; i++) {
		const struct roots_one *r = &ks->roots.r[i];
		uint64_t from = not_given(ks, all, n);
		unsigned stage = r->from[0] ? stage_next(ks, i, all, n, &from) : 0;

		if (!stage || (!i && stage < ROOTS_DROP) || !promise(ks, i, (enum roots_stage)stage, from))
			continue;
		out[count] = (struct ksync_stage){ .of.generation = r->root.generation, .stage = (uint8_t)stage, .from = from,
			.drawn = r->drawn, .key = secret_bytes(&r->root.key) };
		memcpy(out[count++].of.random, r->root.random, 8);
	}
	return count;
}

/* When the refresh that belongs to the next KEK begins; one that was missed is due at once. */
static uint64_t refresh_at(const struct ks *ks)
{
	uint64_t drawn = ks->roots.r[ks->roots.n - 1].drawn, period, ahead, at;

	if (!ks->active->has_kek || !ks->keks)
		return drawn + REFRESH_ALONE;
	period = ks_kek_period(ks, ks->active);
	ahead = period / 4 < REFRESH_AHEAD ? period / 4 : REFRESH_AHEAD;
	at = ks->keks->begin + period - ahead;
	return drawn >= at ? at + period : drawn + period < at ? at - period : at;
}

bool ksync_refresh(struct gdoi *g, const char *group, const struct ksync_promises *all, unsigned n)
{
	struct ks *ks = cooperating(g, group);
	struct ks_root root = { .generation = 0 }, older = { .generation = 0 };
	bool good;

	if (!ks || !ks->role.lead || ks->roots.n > 1 || ks_pt(ks) < refresh_at(ks))
		return false;
	older.generation = roots_newest(&ks->roots);
	for (unsigned k = 0; k < n; k++)	/* newer than whatever any of them has heard of */
		for (unsigned i = 0; i < all[k].n; i++)
			if (all[k].root[i].generation > older.generation && all[k].root[i].generation < UINT32_MAX / 2)
				older.generation = all[k].root[i].generation;
	ks_root_draw(&root, &older, ks->g->d.env->rng);
	good = add(ks, &root, ks_pt(ks), not_given(ks, all, n));
	ks_root_free(&root);
	return good;
}

void ksync_stage_in(struct gdoi *g, const char *group, const struct ksync_stage *s)
{
	struct ks *ks = cooperating(g, group);
	const struct roots_one *r = ks ? roots_find(&ks->roots, s->of.generation, s->of.random) : NULL;
	struct ks_root root = { .generation = s->of.generation };

	if (r) {
		promise(ks, (unsigned)(r - ks->roots.r), (enum roots_stage)s->stage, s->from);
	} else if (ks && s->stage == ROOTS_ACCEPT) {
		memcpy(root.random, s->of.random, sizeof(root.random));
		root.key = secret_copy(s->key);
		add(ks, &root, s->drawn, s->from);
		ks_root_free(&root);
	}
	if (ks && ks_roots_forget(ks))
		ks_state_save(ks);
}
