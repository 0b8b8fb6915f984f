/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The refresh of the root between servers: each says in every announcement what it has promised, and the primary announces what is to be
 * promised next (gdoi/roots.h has the rules). A server that cannot be reached holds a refresh where it is, for as long as it takes.
 */
#include "coop/engine.h"

static unsigned promises_of(const struct coop_group *g, struct ksync_promises *all)
{
	for (unsigned i = 0; i < g->npeers; i++)
		all[i] = g->peer[i]->promises;
	return g->npeers;
}

/* Servers of which only some know cannot promise: their operators are not done yet. */
static bool strangers(const struct coop_group *g)
{
	for (unsigned i = 0; i < g->npeers; i++)
		if (g->peer[i]->others)
			return true;
	return false;
}

static bool all_reachable(const struct coop_group *g)
{
	struct ksync_view v;

	if (!g->npeers || !ksync_view(g->c->d.gdoi, g->name, &v))
		return false;
	for (unsigned i = 0; i < g->npeers; i++) {
		const struct coop_peer *p = g->peer[i];

		if (!p->alive || p->promises.generation != v.generation || memcmp(p->promises.random, v.random, sizeof(v.random)) != 0)
			return false;
	}
	return true;
}

static unsigned next(const struct coop_group *g, struct ksync_stage *out)
{
	struct ksync_promises all[CFG_COOP_PEERS];
	unsigned n = promises_of(g, all);

	return strangers(g) ? 0 : ksync_stages(g->c->d.gdoi, g->name, all, n, out);
}

void coop_stages_fill(const struct coop_group *g, struct coop_ann *a)
{
	a->has_promises = ksync_promises(g->c->d.gdoi, g->name, &a->promises);
	if (g->role == COOP_PRIMARY)
		a->nstages = next(g, a->stage);
}

void coop_stages_step(struct coop_group *g)
{
	struct ksync_promises all[CFG_COOP_PEERS];
	struct ksync_stage s[ROOTS_MAX];
	unsigned n = promises_of(g, all), said = 0;

	if (g->role != COOP_PRIMARY)
		return;
	if (all_reachable(g) && !strangers(g))
		ksync_refresh(g->c->d.gdoi, g->name, all, n);
	n = next(g, s);
	for (unsigned i = 0; i < n; i++)
		said += s[i].stage + s[i].of.generation * (ROOTS_STAGES + 1);
	if (said != g->stages_said)
		coop_soon(g);
	g->stages_said = said;
}

void coop_release_step(struct coop_group *g)
{
	struct ksync_view v;

	if (g->role != COOP_PRIMARY || !ksync_view(g->c->d.gdoi, g->name, &v) || !v.held)
		return;
	for (unsigned i = 0; i < g->npeers; i++)
		if (g->peer[i]->alive && memcmp(g->peer[i]->prepared, v.version, sizeof(v.version)) != 0)
			return;
	ksync_release(g->c->d.gdoi, g->name);
}

static bool ours(const struct coop_group *g, struct ip4 ip)
{
	return ip4_eq(ip, g->local) || coop_peer_find(g, ip);
}

void coop_stages_learn(struct coop_peer *p, const struct coop_ann *a)
{
	struct coop_group *g = p->group;
	struct ksync_view v;

	p->promises = (struct ksync_promises){ .generation = 0 };
	if (a->has_promises)
		p->promises = a->promises;
	p->others = false;
	for (unsigned i = 0; i < a->npeers; i++)
		p->others |= !ours(g, a->peers[i]);
	if (!ksync_view(g->c->d.gdoi, g->name, &v) || a->generation != v.generation ||
		memcmp(a->random, v.random, sizeof(v.random)) != 0)
		return;		/* of another draw: its promises are not ours to make */
	for (unsigned i = 0; i < a->nstages; i++)
		ksync_stage_in(g->c->d.gdoi, g->name, &a->stage[i]);
	coop_stages_step(g);
}
