/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gdoi/roots.h"
#include <string.h>
#include "lib/why.h"

#define PT_MAX (UINT64_MAX / 4)

static void root_free(struct roots_one *r)
{
	ks_root_free(&r->root);
	*r = (struct roots_one){ .drawn = 0 };
}

void roots_free(struct roots *g)
{
	for (unsigned i = 0; i < g->n; i++)
		root_free(&g->r[i]);
	g->n = 0;
	g->given = 0;
}

uint32_t roots_newest(const struct roots *g)
{
	return g->n ? g->r[g->n - 1].root.generation : 0;
}

void roots_draw(struct roots *g, struct rng *rng, uint64_t now)
{
	struct ks_root older = { .generation = roots_newest(g) }, root = { .generation = 0 };

	ks_root_draw(&root, &older, rng);
	roots_free(g);
	g->r[0] = (struct roots_one){ .root = root, .drawn = now };
	g->n = 1;
}

const struct roots_one *roots_find(const struct roots *g, uint32_t generation, const uint8_t random[8])
{
	for (unsigned i = 0; i < g->n; i++)
		if (g->r[i].root.generation == generation && memcmp(g->r[i].root.random, random, 8) == 0)
			return &g->r[i];
	return NULL;
}

/* ---- what a server gives out for an epoch ---- */

static bool promised(const struct roots_one *r, enum roots_stage stage, uint64_t epoch)
{
	uint64_t from = r->from[stage - 1];

	return from && from <= epoch;
}

unsigned roots_send(const struct roots *g, uint64_t epoch)
{
	unsigned i = g->n ? g->n - 1 : 0;

	while (i && !promised(&g->r[i], ROOTS_SEND, epoch))
		i--;
	return i;
}

bool roots_accepts(const struct roots *g, unsigned i, uint64_t epoch)
{
	for (unsigned k = i + 1; k < g->n; k++)
		if (promised(&g->r[k], ROOTS_DROP, epoch))
			return false;
	return !i || promised(&g->r[i], ROOTS_ACCEPT, epoch);
}

/* ---- promises ---- */

bool roots_promise(struct roots *g, unsigned i, enum roots_stage stage, uint64_t from)
{
	uint64_t *at = &g->r[i].from[stage - 1];

	if (*at)
		return true;
	if ((stage > ROOTS_ACCEPT && !g->r[i].from[stage - 2]) || from <= g->given || from > PT_MAX)
		return false;
	*at = from;
	return true;
}

bool roots_add(struct roots *g, const struct ks_root *root, uint64_t drawn, uint64_t from)
{
	unsigned at = g->n;

	if (g->n == ROOTS_MAX || !g->n || from <= g->given || from > PT_MAX || drawn > PT_MAX ||
		ks_root_cmp(root, &g->r[0].root) <= 0)
		return false;
	while (at && ks_root_cmp(root, &g->r[at - 1].root) < 0)
		at--;
	memmove(&g->r[at + 1], &g->r[at], (g->n - at) * sizeof(g->r[0]));
	g->n++;
	g->r[at] = (struct roots_one){ .root = *root, .from = { from }, .drawn = drawn };
	g->r[at].root.key = secret_copy(secret_bytes(&root->key));
	return true;
}

void roots_undo(struct roots *g, unsigned i, enum roots_stage stage)
{
	if (stage > ROOTS_ACCEPT) {
		g->r[i].from[stage - 1] = 0;
		return;
	}
	root_free(&g->r[i]);
	g->n--;
	memmove(&g->r[i], &g->r[i + 1], (g->n - i) * sizeof(g->r[0]));
}

bool roots_forget(struct roots *g, uint64_t next)
{
	unsigned keep = g->n ? g->n - 1 : 0;

	while (keep && !promised(&g->r[keep], ROOTS_DROP, next))
		keep--;
	if (!keep)
		return false;
	for (unsigned i = 0; i < keep; i++)
		root_free(&g->r[i]);
	memmove(&g->r[0], &g->r[keep], (g->n - keep) * sizeof(g->r[0]));
	g->n -= keep;
	return true;
}

unsigned roots_stage(const struct roots *g)
{
	const struct roots_one *r = g->n > 1 ? &g->r[g->n - 1] : NULL;

	return !r ? 0 : r->from[ROOTS_DROP - 1] ? ROOTS_DROP : r->from[ROOTS_SEND - 1] ? ROOTS_SEND : ROOTS_ACCEPT;
}

/* ---- octets ---- */

void roots_encode(struct wr *w, const struct roots *g)
{
	wr_u8(w, (uint8_t)g->n);
	for (unsigned i = 0; i < g->n; i++) {
		const struct roots_one *r = &g->r[i];

		wr_u32(w, r->root.generation);
		wr_bytes(w, BYTES_OF(r->root.random));
		wr_u64(w, r->drawn);
		for (unsigned k = 0; k < ROOTS_STAGES; k++)
			wr_u64(w, r->from[k]);
		if (i)
			wr_bytes(w, secret_bytes(&r->root.key));
	}
}

static bool root_decode(struct roots_one *r, bool with_key, struct rd *rd)
{
	r->root.generation = rd_u32(rd);
	rd_copy(rd, r->root.random, sizeof(r->root.random));
	r->drawn = rd_u64(rd);
	for (unsigned k = 0; k < ROOTS_STAGES; k++)
		r->from[k] = rd_u64(rd);
	if (with_key)
		r->root.key = secret_copy(rd_bytes(rd, KS_ROOT));
	if (!rd_ok(rd) || !r->root.generation || r->drawn > PT_MAX)
		return false;
	for (unsigned k = 0; k < ROOTS_STAGES; k++)
		if (r->from[k] > PT_MAX || (r->from[k] && k && !r->from[k - 1]))
			return false;
	return !with_key || r->from[0];
}

bool roots_decode(struct roots *g, struct rd *r, struct why *why)
{
	unsigned n = rd_u8(r);

	if (!n || n > ROOTS_MAX || g->n != 1)
		return why_set(why, "%u roots", n);
	for (unsigned i = 0; i < n; i++) {
		if (i)
			g->r[g->n++] = (struct roots_one){ .drawn = 0 };
		if (!root_decode(&g->r[i], i > 0, r) || (i && ks_root_cmp(&g->r[i].root, &g->r[i - 1].root) <= 0))
			return why_set(why, "root %u is not valid", i + 1);
	}
	return true;
}
