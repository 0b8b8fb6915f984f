/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Roles in time: who is heard, when an election is held and what comes of it (coop.md section 4). */
#include "coop/engine.h"
#include "lib/ip.h"

#define ELECT_LEAST SEC(2)	/* an election waits so long at least, for servers that start together */
#define CLAIM_WAIT SEC(10)	/* the elected one has so long to say so */
#define FAST_PART 10		/* with fast failover these are so much shorter */

static uint64_t scaled(const struct coop_group *g, uint64_t t)
{
	return g->refresh_s ? t : t / FAST_PART;
}

void coop_role_tell(struct coop_group *g)
{
	struct ksync_role r = { .lead = g->role == COOP_PRIMARY, .alone = !g->npeers, .draw = g->draw };

	r.serve = r.lead || g->synced;
	for (unsigned i = 0; i < g->npeers; i++) {
		r.split |= !g->peer[i]->alive;
		r.reachable |= g->peer[i]->alive;
		r.slot += g->peer[i]->ip.a < g->local.a;
	}
	ksync_set_role(g->c->d.gdoi, g->name, &r);
}

static const char *named(struct ip4 ip)
{
	return ip4_none(ip) ? "NONE" : ip4_s(ip);
}

void coop_elect_begin(struct coop_group *g)
{
	uint64_t now = coop_now(g);

	g->electing = true;
	g->elect_from = now;
	g->elect_by = now + g->periodic;
	log_GDOI_COOP_KS_ELECTION(g->c->d.log, g->name, named(g->previous));
	for (unsigned i = 0; i < g->npeers; i++) {
		g->peer[i]->passed = false;
		g->peer[i]->yields = 0;
		if (g->peer[i]->next > now)
			g->peer[i]->next = now;
	}
}

/* The primary before gave its role up because its operator said so. */
static bool was_drained(const struct coop_group *g)
{
	const struct coop_peer *p = coop_peer_find(g, g->previous);

	return p ? p->draining : g->draining && ip4_eq(g->previous, g->local);
}

void coop_follow(struct coop_group *g, struct ip4 primary)
{
	bool changed = !ip4_eq(g->primary, primary);

	if (!ip4_none(g->primary) && changed)
		g->previous = g->primary;
	g->role = COOP_SECONDARY;
	g->primary = primary;
	if (ip4_none(primary)) {
		coop_elect_begin(g);
	} else {
		if (changed && was_drained(g))
			log_GDOI_COOP_KS_ADMN_USRP_PRI(g->c->d.log, ip4_s(primary), g->name);
		g->electing = false;
		g->draining = false;
		g->retries = 0;
		if (changed) {
			log_GDOI_COOP_KS_TRANS_TO_PRI(g->c->d.log, ip4_s(primary), g->name, named(g->previous));
			g->synced = false;
		}
	}
	coop_role_tell(g);
}

static void lead(struct coop_group *g)
{
	uint64_t now = coop_now(g);

	if (!ip4_none(g->primary))
		g->previous = g->primary;
	if (was_drained(g))
		log_GDOI_COOP_KS_ADMN_USRP_PRI(g->c->d.log, ip4_s(g->local), g->name);
	g->role = COOP_PRIMARY;
	g->electing = false;
	g->synced = true;
	g->draining = false;
	g->primary = g->local;
	log_GDOI_COOP_KS_TRANS_TO_PRI(g->c->d.log, ip4_s(g->local), g->name, named(g->previous));
	coop_role_tell(g);
	for (unsigned i = 0; i < g->npeers; i++) {
		g->peer[i]->acked = 0;
		g->peer[i]->next = now;
	}
}

/* ---- an election ---- */

/* Everybody that can be heard has been: no use in waiting on. */
static bool all_heard(const struct coop_group *g, uint64_t now)
{
	for (unsigned i = 0; i < g->npeers; i++) {
		const struct coop_peer *p = g->peer[i];

		if (p->heard < g->elect_from && !ip4_eq(p->ip, g->previous))
			return false;
	}
	return now >= g->elect_from + scaled(g, ELECT_LEAST);
}

/* Somebody alive follows a primary that is not heard here: leave it to him to notice when that one is gone. */
static bool led_elsewhere(const struct coop_group *g)
{
	for (unsigned i = 0; i < g->npeers; i++) {
		const struct coop_peer *p = g->peer[i];

		if (p->alive && p->heard >= g->elect_from && !ip4_none(p->primary) && !ip4_eq(p->primary, g->local) &&
			!ip4_eq(p->primary, p->ip))
			return true;
	}
	return false;
}

/* Some server has newer keys than ours: they come before we lead. */
static bool behind(const struct coop_group *g, const struct coop_candidate *self)
{
	for (unsigned i = 0; i < g->npeers; i++) {
		struct coop_candidate o = coop_candidate_of(g->peer[i]);

		if (g->peer[i]->alive && o.generation && coop_root_cmp(&o, self) > 0)
			return true;
	}
	return false;
}

/* Servers that never met would each make a root, and that split is a real one until they meet (coop.md section 5). */
bool coop_first_waits(const struct coop_group *g, const struct ksync_view *v)
{
	bool missing = false;

	for (unsigned i = 0; i < g->npeers; i++)
		missing |= !g->peer[i]->alive;
	return !v->active && missing && (g->first == CFG_COOP_ALL || coop_now(g) < g->since + SEC(g->first));
}

static void elect(struct coop_group *g, uint64_t now)
{
	struct coop_candidate c[CFG_COOP_PEERS + 1];
	struct ksync_view v;
	unsigned best;

	if (!ksync_view(g->c->d.gdoi, g->name, &v)) {
		g->elect_by = now + g->periodic;
		return;
	}
	for (unsigned i = 0; i < g->npeers; i++) {
		c[i] = coop_candidate_of(g->peer[i]);
		c[i].alive &= g->peer[i]->heard + g->periodic >= g->elect_from && g->peer[i]->heard;
	}
	c[g->npeers] = coop_self(g, &v);
	best = coop_elect(c, g->npeers + 1);
	if (best < g->npeers) {
		struct coop_peer *p = g->peer[best];

		if (!p->yields)
			p->yields = now + scaled(g, CLAIM_WAIT);
		else if (now >= p->yields)
			p->passed = true;	/* it does not take the role: next time without it */
		g->elect_by = now + scaled(g, SEC(1));
		if (p->next > now)
			p->next = now + scaled(g, SEC(1));
		return;
	}
	if (coop_copy_blank(g, &v)) {	/* nothing to lead with: somebody has to be there who has */
		g->elect_by = now + scaled(g, SEC(5));
		return;
	}
	if (behind(g, &c[g->npeers]) && now < g->elect_from + g->periodic + scaled(g, CLAIM_WAIT)) {
		g->elect_by = now + scaled(g, SEC(1));
		coop_soon(g);
		return;
	}
	if (coop_first_waits(g, &v)) {
		g->elect_by = now + scaled(g, SEC(1));
		return;
	}
	if (led_elsewhere(g)) {
		g->elect_by = now + scaled(g, SEC(5));
		return;
	}
	lead(g);
}

/* ---- time ---- */

static uint64_t earlier(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

void coop_arm(struct coop_group *g)
{
	uint64_t at = UINT64_MAX, now = coop_now(g);

	for (unsigned i = 0; i < g->npeers; i++) {
		const struct coop_peer *p = g->peer[i];

		at = earlier(at, p->xchg || p->pending ? p->patience : p->next);
		if (p->alive)
			at = earlier(at, p->heard + g->dead);
	}
	if (g->electing)
		at = earlier(at, all_heard(g, now) ? now + scaled(g, MSEC(200)) :
				earlier(g->elect_by, g->elect_from + scaled(g, ELECT_LEAST) > now ?
					g->elect_from + scaled(g, ELECT_LEAST) : UINT64_MAX));
	if (at == UINT64_MAX)
		timer_cancel(g->c->d.env->timers, &g->tick);
	else
		timer_arm_at(g->c->d.env->timers, &g->tick, at > now ? at : now);
}

void coop_on_tick(void *arg)
{
	struct coop_group *g = arg;
	uint64_t now = coop_now(g);

	for (unsigned i = 0; i < g->npeers; i++) {
		struct coop_peer *p = g->peer[i];

		if (p->alive && now >= p->heard + g->dead)
			coop_lost(p);
	}
	for (unsigned i = 0; i < g->npeers; i++) {
		struct coop_peer *p = g->peer[i];

		if ((p->xchg || p->pending) && now >= p->patience) {
			coop_talk_stop(p);
			p->failures++;
			p->count.send_drops++;
			p->next = coop_retry(p);
		}
		if (!p->xchg && !p->pending && now >= p->next)
			coop_talk(p);
	}
	if (g->electing && (now >= g->elect_by || all_heard(g, now)))
		elect(g, now);
	coop_stages_step(g);
	coop_release_step(g);
	coop_arm(g);
}
