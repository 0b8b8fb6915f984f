/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Groups and peers in step with the configuration. */
#include "coop/coop.h"
#include <stdlib.h>
#include "coop/engine.h"
#include "lib/mem.h"
#include "lib/rng.h"
#include "lib/text.h"
#include "lib/why.h"

#define EDITING SEC(600)	/* an operator who enters nothing for so long has left his seat in configuration mode */
#define MEMBERS_WAIT MSEC(20)	/* a member that registered is known to the primary before its server can die; more gather while an answer is awaited */

uint64_t coop_now(const struct coop_group *g)
{
	return clock_now(g->c->d.env->clock);
}

struct version coop_version(const struct coop *c)
{
	return c->d.version ? *c->d.version : COOP_VERSION;
}

struct coop_group *coop_group_find(const struct coop *c, const char *name)
{
	for (struct coop_group *g = c->groups; g; g = g->next)
		if (strcmp(g->name, name) == 0)
			return g;
	return NULL;
}

struct coop_peer *coop_peer_find(const struct coop_group *g, struct ip4 ip)
{
	for (unsigned i = 0; i < g->npeers; i++)
		if (ip4_eq(g->peer[i]->ip, ip))
			return g->peer[i];
	return NULL;
}

struct coop_candidate coop_self(const struct coop_group *g, const struct ksync_view *v)
{
	struct coop_candidate c = { .address = g->local, .priority = g->priority, .alive = true,
		.primary = g->role == COOP_PRIMARY, .draining = g->draining, .generation = v->generation };

	memcpy(c.random, v->random, sizeof(c.random));
	return c;
}

struct coop_candidate coop_candidate_of(const struct coop_peer *p)
{
	struct coop_candidate c = { .address = p->ip, .priority = p->priority, .alive = p->alive && !p->passed,
		.primary = p->role == COOP_PRIMARY, .draining = p->draining, .generation = p->generation };

	memcpy(c.random, p->random, sizeof(c.random));
	return c;
}

/* ---- peers ---- */

static void peer_add(struct coop_group *g, struct ip4 ip)
{
	struct coop_peer *p = mem_zalloc(sizeof(*p));

	p->group = g;
	p->ip = ip;
	p->next = coop_now(g);
	ratelimit_init(&p->drops, 5, SEC(10));
	ratelimit_init(&p->flood, FLOOD_BURST, SEC(1) / FLOOD_RATE);
	ratelimit_init(&p->flood_told, 1, SEC(60));
	g->peer[g->npeers++] = p;
	log_GDOI_COOP_KS_ADD(g->c->d.log, ip4_s(ip), g->name);
}

static void peer_free(struct coop_peer *p)
{
	coop_talk_stop(p);
	secret_free(&p->owed);
	text_free(&p->differs);
	free(p);
}

static bool wanted(const struct cfg_coop *c, struct ip4 ip, struct ip4 local)
{
	for (unsigned i = 0; i < CFG_COOP_PEERS && !ip4_none(c->peers[i]); i++)
		if (ip4_eq(c->peers[i], ip))
			return !ip4_eq(ip, local);
	return false;
}

static void peers_sync(struct coop_group *g, const struct cfg_coop *c)
{
	for (unsigned i = 0; i < g->npeers;) {
		struct coop_peer *p = g->peer[i];

		if (wanted(c, p->ip, g->local)) {
			i++;
			continue;
		}
		log_GDOI_COOP_KS_REMOVE(g->c->d.log, ip4_s(p->ip), g->name);
		g->peer[i] = g->peer[--g->npeers];
		if (ip4_eq(g->primary, p->ip))
			coop_follow(g, (struct ip4){ 0 });
		peer_free(p);
	}
	for (unsigned i = 0; i < CFG_COOP_PEERS && !ip4_none(c->peers[i]); i++) {
		if (coop_peer_find(g, c->peers[i]))
			continue;
		if (ip4_eq(c->peers[i], g->local))	/* its own peer: a typing error that must not become a loop */
			log_GDOI_COOP_KS_UNAUTH(g->c->d.log, ip4_s(c->peers[i]), g->name, ip4_s(g->local));
		else
			peer_add(g, c->peers[i]);
	}
}

/* ---- groups ---- */

static void group_free(struct coop *c, struct coop_group *g)
{
	timer_cancel(c->d.env->timers, &g->tick);
	coop_copy_free(g);
	for (unsigned i = 0; i < g->npeers; i++)
		peer_free(g->peer[i]);
	free(g);
}

static struct coop_group *group_new(struct coop *c, const char *name)
{
	struct coop_group *g = mem_zalloc(sizeof(*g)), **tail = &c->groups;

	while (*tail)
		tail = &(*tail)->next;
	*tail = g;
	g->c = c;
	str_copy(g->name, sizeof(g->name), name);
	rng_bytes(c->d.env->rng, &g->boot, sizeof(g->boot));
	g->role = COOP_SECONDARY;
	g->since = clock_now(c->d.env->clock);
	timer_init(&g->tick, coop_on_tick, g);
	coop_copy_init(g);
	return g;
}

static void timers_take(struct coop_group *g, const struct cfg_coop *c)
{
	g->refresh = c->fast ? MSEC(500) : SEC(c->refresh);
	g->periodic = c->fast ? MSEC(1000) : SEC(c->periodic);
	g->refresh_s = c->fast ? 0 : c->refresh;
	g->periodic_s = c->fast ? 1 : c->periodic;
	g->dead = 2 * g->periodic;
}

/* After the whole configuration is there: 'crypto isakmp keepalive' and policies may stand behind the group. */
static void phase1_check(struct coop_group *g)
{
	const struct cfg *cfg = config_running(g->c->d.config);
	const uint32_t lifetime = cfg_isakmp_lifetime(cfg);
	bool missing = g->npeers && !(cfg->keepalive.interval && cfg->keepalive.periodic), brief = g->npeers && lifetime < CFG_ISAKMP_LIFETIME;

	if (missing && !g->told_dpd)
		log_GDOI_COOP_KS_NO_DPD(g->c->d.log, g->name);
	g->told_dpd = missing;
	if (brief && !g->told_brief)
		log_GDOI_COOP_KS_BRIEF_IKE(g->c->d.log, g->name, lifetime);
	g->told_brief = brief;
}

static void group_sync(struct coop *c, const struct cfg_group *cg)
{
	struct coop_group *g = coop_group_find(c, cg->name);
	bool fresh = !g;

	if (fresh)
		g = group_new(c, cg->name);
	g->seen = true;
	g->id = (struct gdoi_group_id){ .by_address = cg->identity == 2, .number = cg->identity_number,
		.address = cg->identity_address };
	if (!ip4_eq(g->local, cg->ks.address)) {
		g->local = cg->ks.address;
		for (unsigned i = 0; i < g->npeers; i++)
			coop_talk_stop(g->peer[i]);
	}
	g->priority = cg->ks.coop.priority;
	g->pdu = cg->ks.coop.pdu;
	g->draw = cg->ks.coop.drawn;
	g->first = cg->ks.coop.first;
	g->differences = cg->ks.coop.version == 1;
	timers_take(g, &cg->ks.coop);
	peers_sync(g, &cg->ks.coop);
	phase1_check(g);
	coop_copy_sync(g, cg->ks.coop.sync);
	if (fresh)
		coop_elect_begin(g);
	coop_role_tell(g);
	coop_arm(g);
}

static void on_sync(void *arg)
{
	struct coop *c = arg;
	const struct cfg *cfg = config_running(c->d.config);

	for (struct coop_group *g = c->groups; g; g = g->next)
		g->seen = false;
	CFG_EACH(struct cfg_group, cg, &cfg->groups)
		if (cg->ks.present && cg->ks.coop.present && cg->identity && !ip4_none(cg->ks.address))
			group_sync(c, cg);
	for (struct coop_group **at = &c->groups; *at;) {
		struct coop_group *g = *at;

		if (g->seen) {
			at = &g->next;
			continue;
		}
		*at = g->next;
		group_free(c, g);
	}
}

bool coop_editing(const struct coop *c)
{
	return clock_now(c->d.env->clock) < c->editing;
}

static void on_config(void *arg, enum config_event ev)
{
	struct coop *c = arg;

	if (!c->applying)
		c->editing = ev == CONFIG_CHANGED ? clock_now(c->d.env->clock) + EDITING : 0;
	for (struct coop_group *g = c->groups; g; g = g->next)
		coop_copy_changed(g, ev == CONFIG_CLOSED);
	timer_arm(c->d.env->timers, &c->sync, 0);
}

/* ---- the key server says that something changed ---- */

static void sooner(struct coop_peer *p, uint64_t at)
{
	if (p->next > at)
		p->next = at;
}

static void on_changed(void *arg, const char *group, enum ksync_event what)
{
	struct coop *c = arg;
	struct coop_group *g = coop_group_find(c, group);
	uint64_t now;

	if (!g || what == KSYNC_GONE)
		return;
	now = coop_now(g);
	for (unsigned i = 0; i < g->npeers; i++) {
		struct coop_peer *p = g->peer[i];

		if (!p->alive)
			continue;
		if (what == KSYNC_MEMBERS && (g->role == COOP_PRIMARY || ip4_eq(p->ip, g->primary)))
			sooner(p, now + MEMBERS_WAIT);
		else if (what == KSYNC_KEYS && g->role == COOP_PRIMARY)
			sooner(p, now);
	}
	coop_arm(g);
}

static const struct ksync_ops ksync_ops = { .changed = on_changed };

/* ---- orders ---- */

bool coop_clear_role(struct coop *c, const char *group, struct why *why)
{
	struct coop_group *g = coop_group_find(c, group);

	if (!g)
		return why_set(why, "no redundancy configured for this group");
	if (g->role != COOP_PRIMARY)
		return why_set(why, "This command must be executed on Pri-KS");
	g->draining = true;
	coop_follow(g, (struct ip4){ 0 });
	coop_arm(g);
	return true;
}

void coop_on_copy(struct coop *c, coop_save *save, void *arg)
{
	c->save = save;
	c->save_arg = arg;
}

void coop_clear_counters(struct coop *c, const char *group)
{
	for (struct coop_group *g = c->groups; g; g = g->next) {
		if (group && strcmp(group, g->name) != 0)
			continue;
		g->invalid_pst = 0;
		for (unsigned i = 0; i < g->npeers; i++)
			memset(&g->peer[i]->count, 0, sizeof(g->peer[i]->count));
	}
}

unsigned coop_unreachable(const struct coop *c, const char *group, struct text *out)
{
	const struct coop_group *g = coop_group_find(c, group);
	unsigned n = 0;

	for (unsigned i = 0; g && i < g->npeers; i++) {
		if (g->peer[i]->alive)
			continue;
		if (out)
			text_printf(out, "%s%s", n ? ", " : "", ip4_s(g->peer[i]->ip));
		n++;
	}
	return n;
}

/* ---- life ---- */

struct coop *coop_new(const struct coop_deps *deps)
{
	struct coop *c = mem_zalloc(sizeof(*c));

	c->d = *deps;
	timer_init(&c->sync, on_sync, c);
	ratelimit_init(&c->unknown, 5, SEC(10));
	gdoi_on_ksync(c->d.gdoi, &ksync_ops, c);
	isakmp_on_xchg(c->d.isakmp, &coop_xchg_ops, c);
	c->subscription = config_subscribe(c->d.config, on_config, c);
	timer_arm(c->d.env->timers, &c->sync, 0);	/* after gdoi/ has looked at the configuration */
	return c;
}

void coop_free(struct coop *c)
{
	if (!c)
		return;
	config_unsubscribe(c->d.config, c->subscription);
	timer_cancel(c->d.env->timers, &c->sync);
	while (c->groups) {
		struct coop_group *g = c->groups;

		c->groups = g->next;
		group_free(c, g);
	}
	free(c->scratch);
	free(c);
}
