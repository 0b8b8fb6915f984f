/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One group of which this device is a member: from its configuration to being registered, and staying so. */
#include <stdio.h>
#include <stdlib.h>
#include "gdoi/gm.h"
#include "lib/clock.h"
#include "lib/mem.h"
#include "lib/net.h"
#include "lib/rng.h"
#include "lib/text.h"

#define REREG_PERCENT 5		/* of a TEK's configured life left: register again when no rekey came */
#define REREG_LEAST 60		/* s left, at least */
#define REREG_DONE 30		/* s left: by then it should be over */
#define REREG_PAUSE 10		/* s between registrations at least */

uint64_t gm_now(const struct gm *gm)
{
	return clock_now(gm->g->d.env->clock);
}

const struct cfg_group *gm_cfg(const struct gm *gm)
{
	return gdoi_cfg(gm->g, gm->group);
}

static struct timers *timers_of(const struct gm *gm)
{
	return gm->g->d.env->timers;
}

static uint64_t below(const struct gm *gm, uint64_t bound)
{
	return rng_below(gm->g->d.env->rng, bound);
}

/* ---- the list of key servers ---- */

struct ip4 gm_server_at(const struct gm *gm, unsigned i, unsigned *count)
{
	const struct cfg_group *c = gm_cfg(gm);
	unsigned n = 0;

	while (c && n < CFG_SERVERS && !ip4_none(c->servers[n]))
		n++;
	if (count)
		*count = n;
	return n ? c->servers[i % n] : (struct ip4){ 0 };
}

struct ip4 gm_server(const struct gm *gm)
{
	if (!gm->trying && !ip4_none(gm->registered_with))
		return gm->registered_with;
	return gm_server_at(gm, gm->server, NULL);
}

/* ---- registration: one server four times, 10 s apart, then the next, around the ring for ever ---- */

static void attempt(struct gm *gm)
{
	struct ip4 server = gm_server_at(gm, gm->server, NULL);

	if (ip4_none(server))
		return;
	log_CRYPTO_GM_REGSTER(gm->g->d.log, ip4_s(server), gm->group, ip4_s(gm->local));
	gm->state = GM_REGISTERING;
	gm->attempted++;
	gm->begun = gm_now(gm);
	timer_arm(timers_of(gm), &gm->retry, SEC(GM_RETRY));
	gm_pull_start(gm, server);
}

static void retry_due(void *arg)
{
	struct gm *gm = arg;

	if (gm->pull.state == PULL_IDLE) {
		attempt(gm);
		return;
	}
	if (gm_now(gm) < gm->begun + SEC(GM_ATTEMPT) && gm_pull_heard(gm)) {
		timer_arm_at(timers_of(gm), &gm->retry, gm->begun + SEC(GM_ATTEMPT));
		return;
	}
	/* A key server that lost its phase-1 SAs answers nothing under ours: not that one again. */
	gm->fresh = gm->fresh || gm->pull.state != PULL_CONNECT;
	gm_attempt_failed(gm, "no answer in time");
}

void gm_register(struct gm *gm, uint64_t delay)
{
	if (!gm->active)
		return;
	gm_pull_stop(gm);
	gm->trying = true;
	gm->server = 0;
	gm->tries = 0;
	gm->rereg_at = gm->rereg_for = GM_NEVER;
	gm->recovering = false;
	timer_arm(timers_of(gm), &gm->retry, delay);
	gm_arm(gm);
}

/* To the next server, at once unless the ring begins anew. */
static void next_server(struct gm *gm, uint64_t pause)
{
	struct ip4 was = gm_server_at(gm, gm->server, NULL), next;
	unsigned count;

	gm->tries = 0;
	gm_server_at(gm, 0, &count);
	gm->server = count ? (gm->server + 1) % count : 0;
	next = gm_server_at(gm, gm->server, NULL);
	if (count > 1)
		log_GDOI_GM_KS_NO_ANSWER(gm->g->d.log, ip4_s(was), gm->group, ip4_s(next));
	timer_arm(timers_of(gm), &gm->retry, gm->server ? 0 : pause);
}

/* While keys run out none is asked so often that the last of the list would be asked too late. */
static unsigned tries_allowed(const struct gm *gm)
{
	uint64_t life, end = gm->teks ? gm_keys_end(gm, &life) : GM_NEVER, left, n;
	unsigned count;

	gm_server_at(gm, 0, &count);
	if (end == GM_NEVER || end <= gm->begun || count < 2)
		return GM_TRIES;
	left = end - gm->begun;
	left = left > SEC(REREG_DONE) ? left - SEC(REREG_DONE) : 0;
	n = left / SEC(GM_RETRY) / (count - gm->server);
	return n < 1 ? 1 : n > GM_TRIES ? GM_TRIES : (unsigned)n;
}

void gm_attempt_failed(struct gm *gm, const char *reason)
{
	uint64_t next = gm->begun + SEC(GM_RETRY);

	gm_pull_stop(gm);
	if (!gm->trying)
		return;
	log_GDOI_GM_REGS_FAILED(gm->g->d.log, ip4_s(gm_server_at(gm, gm->server, NULL)), gm->group, reason);
	if (++gm->tries < tries_allowed(gm))
		timer_arm_at(timers_of(gm), &gm->retry, next > gm_now(gm) ? next : gm_now(gm));
	else
		next_server(gm, SEC(GM_RETRY));
}

void gm_attempt_refused(struct gm *gm, const char *reason)
{
	gm_pull_stop(gm);
	gm->state = GM_REJECTED;
	str_copy(gm->refused, sizeof(gm->refused), reason);
	DBG(gm->g->d.log, GDOI_GM_REGISTRATION, ERROR, "group %s: policy refused: %s", gm->group, reason);
	if (gm->trying)
		next_server(gm, SEC(GM_REFUSED) + below(gm, SEC(GM_RETRY)));
}

void gm_attempt_done(struct gm *gm, struct ip4 server)
{
	timer_cancel(timers_of(gm), &gm->retry);
	gm->trying = false;
	gm->fresh = false;
	gm->tries = 0;
	gm->state = GM_REGISTERED;
	gm->registered_with = server;
	gm->registered_at = gm_now(gm);
	gm->succeeded++;
	gm->rekeys_after_reg = 0;
	gm->refused[0] = 0;
}

/* ---- time ---- */

/* Somewhere in the first half of what lies between 5 % of the life (60 s at least) and 30 s before the end. */
static uint64_t plan_for(const struct gm *gm, uint64_t end, uint64_t lead)
{
	const uint64_t now = gm_now(gm), pause = gm->registered_at + SEC(REREG_PAUSE);
	uint64_t from = end > lead ? end - lead : 0, to = end > SEC(REREG_DONE) ? end - SEC(REREG_DONE) : 0, at;

	if (from < now)
		from = now;
	if (to > from)
		at = from + below(gm, (to - from) / 2 + 1);
	else
		at = from + below(gm, end > now && end - now < SEC(REREG_PAUSE) ? end - now : SEC(REREG_PAUSE) / 2);
	return at < pause && gm->succeeded ? pause : at;
}

static uint64_t tek_lead(uint64_t configured)
{
	uint64_t lead = SEC(configured) / 100 * REREG_PERCENT;

	return lead < SEC(REREG_LEAST) ? SEC(REREG_LEAST) : lead;
}

static void plan(struct gm *gm)
{
	uint64_t life, tek = gm_keys_end(gm, &life), kek = gm->keks ? gm->keks->end : GM_NEVER;
	const uint64_t end = tek < kek ? tek : kek;

	if (gm->trying || !gm->active || !gm->has_policy || end == gm->rereg_for)
		return;
	gm->rereg_for = end;
	gm->rereg_at = end == GM_NEVER ? GM_NEVER : plan_for(gm, end, tek <= kek ? tek_lead(life) : SEC(REREG_LEAST));
}

void gm_arm(struct gm *gm)
{
	uint64_t next = gm_keys_next(gm);

	plan(gm);
	if (!gm->trying && gm->rereg_at < next)
		next = gm->rereg_at;
	if (next == GM_NEVER)
		timer_cancel(timers_of(gm), &gm->due);
	else
		timer_arm_at(timers_of(gm), &gm->due, next);
}

static void no_tek(struct gm *gm)
{
	if (gm->told_no_tek || gm->teks)
		return;
	gm->told_no_tek = true;
	log_GDOI_GM_NO_TEK(gm->g->d.log, gm->group);
	gm_dp_policy(gm);
}

static void due(void *arg)
{
	struct gm *gm = arg;

	gm_keys_select(gm);		/* before anything goes: what is sent with is never missing for a moment */
	if (gm_keys_expire(gm))
		no_tek(gm);
	if (!gm->trying && gm->rereg_at <= gm_now(gm)) {
		if (gm->keks && !gm->recovering)
			log_GDOI_GM_REKEY_NOT_RECD(gm->g->d.log, ip4_s(gm->registered_with), gm->group);
		log_GDOI_GM_RE_REGISTER(gm->g->d.log, gm->group);
		gm_register(gm, 0);
	} else {
		gm_arm(gm);
	}
}

void gm_forget(struct gm *gm)
{
	if (gm->has_policy)
		log_GDOI_GM_POLICY_CLEANUP(gm->g->d.log, ip4_s(gm->registered_with), gm->group, ip4_s(gm->local));
	gm->has_policy = gm->receive_only = gm->told_no_tek = false;
	gm_dp_policy(gm);
	gm_teks_free(gm);
	gm_keks_free(gm);
	free(gm->ace);
	gm->ace = NULL;
	gm->nace = 0;
	gm->rereg_at = gm->rereg_for = GM_NEVER;
	gm->has_pseudotime = false;
	gm->state = GM_IDLE;
	gm_arm(gm);
}

/* ---- client recovery-check: registers again when the data plane sees packets that the keys do not explain ---- */

static uint64_t dp_errors(const struct gm *gm)
{
	struct dataplane *dp = gm->g->d.dataplane;
	struct dp_counters c = { 0 };

	dp->ops->counters(dp, gm->group, &c);
	return c.invalid_sa + c.replay_dropped + c.verify_fail;
}

static void recovery_due(void *arg)
{
	struct gm *gm = arg;
	const struct cfg_group *c = gm_cfg(gm);
	uint64_t errors = dp_errors(gm), wait;
	bool more = errors > gm->dp_errors;

	gm->dp_errors = errors;
	if (!c || !c->recovery_interval || !gm->active)
		return;
	timer_arm(timers_of(gm), &gm->recovery, SEC(c->recovery_interval));
	if (!more || gm->trying || gm->state != GM_REGISTERED)
		return;
	wait = below(gm, 30) + 1;
	if (gm->registered_at + SEC(c->recovery_interval) > gm_now(gm)) {
		wait += c->recovery_interval;
		log_GDOI_GM_RECOVERY_REGISTRATION_POSTPONED(gm->g->d.log, gm->group, (unsigned)wait);
	} else {
		log_GDOI_GM_RECOVERY_REGISTRATION(gm->g->d.log, gm->group, (unsigned)wait);
	}
	if (gm_now(gm) + SEC(wait) < gm->rereg_at) {
		gm->rereg_at = gm_now(gm) + SEC(wait);
		gm->recovering = true;
	}
	gm_arm(gm);
}

static void recovery_sync(struct gm *gm, const struct cfg_group *c)
{
	if (!c->recovery_interval || !gm->active)
		timer_cancel(timers_of(gm), &gm->recovery);
	else if (!timer_armed(&gm->recovery))
		timer_arm(timers_of(gm), &gm->recovery, SEC(c->recovery_interval));
}

/* ---- configuration ---- */

struct want {			/* what the configuration asks for now */
	unsigned nif;
	char ifname[GM_IFS][CFG_NAME];
	char down[CFG_NAME];	/* an interface without an address */
	struct ip4 local;
	bool fail_close, applied, permit;
	struct dp_ace *own, *closed;
	unsigned nown, nclosed, skipped;
};

static bool address_of(const struct gm *gm, const char *ifname, struct ip4 *out)
{
	const struct gdoi_deps *d = &gm->g->d;

	return d->if_address(d->if_arg, ifname, out) && !ip4_none(*out);
}

static const struct cfg_map_entry *entry_for(const struct gm *gm, const struct cfg_map *m)
{
	CFG_EACH(struct cfg_map_entry, e, &m->entries)
	{
		if (strcmp(e->group, gm->group) == 0)
			return e;
	}
	return NULL;
}

static void want_interface(const struct gm *gm, const struct cfg_group *c, const struct cfg_map *m, const char *ifname,
	struct want *w)
{
	struct ip4 ip;

	w->applied = true;
	/* One without an address belongs to the group as well: what fails closed must not find it open when it is back. */
	if (w->nif < GM_IFS)
		str_copy(w->ifname[w->nif++], CFG_NAME, ifname);
	if (!address_of(gm, ifname, &ip)) {
		str_copy(w->down, sizeof(w->down), ifname);
		return;
	}
	if (!ip4_none(w->local))
		return;
	w->local = ip;
	if (c->client_interface[0] ? address_of(gm, c->client_interface, &ip)
				   : m->local_if[0] && address_of(gm, m->local_if, &ip))
		w->local = ip;
}

static void append(struct dp_ace **list, unsigned *n, struct dp_ace *more, unsigned nmore)
{
	if (nmore) {
		*list = mem_realloc(*list, (*n + nmore + 1u) * sizeof(**list));
		memcpy(*list + *n, more, nmore * sizeof(*more));
		*n += nmore;
	}
	free(more);
}

static bool has_permit(const struct cfg_acl *a)
{
	for (unsigned i = 0; a && i < a->count; i++) {
		if (!a->entry[i].remark && a->entry[i].ace.permit)
			return true;
	}
	return false;
}

/* ios-cli.md B.6: behind the fail-close ACL stands an implicit 'permit ip any any', which is dropped. */
static void want_map(const struct cfg *cfg, const struct cfg_map *m, const struct cfg_map_entry *e, struct want *w)
{
	static const struct dp_ace everything = { .permit = true };
	const struct cfg_acl *acl = e->acl[0] ? cfg_acl(cfg, e->acl) : NULL, *fc;
	struct dp_ace *more;
	unsigned n;

	more = gm_dp_aces(acl, false, true, &n, &w->skipped);
	append(&w->own, &w->nown, more, n);
	w->permit = w->permit || has_permit(acl);
	if (!m->fail_close.present || !m->fail_close.activate || w->fail_close)
		return;
	w->fail_close = true;
	fc = m->fail_close.acl[0] ? cfg_acl(cfg, m->fail_close.acl) : NULL;
	more = gm_dp_aces(fc, true, true, &n, &w->skipped);
	append(&w->closed, &w->nclosed, more, n);
	more = mem_dup(&everything, sizeof(everything));
	append(&w->closed, &w->nclosed, more, 1);
}

static void want_make(const struct gm *gm, const struct cfg_group *c, struct want *w)
{
	const struct cfg *cfg = config_running(gm->g->d.config);

	*w = (struct want){ 0 };
	CFG_EACH(struct cfg_map, m, &cfg->maps)
	{
		const struct cfg_map_entry *e = entry_for(gm, m);
		bool applied = false;

		if (!e)
			continue;
		CFG_EACH(struct cfg_interface, i, &cfg->interfaces)
		{
			if (strcmp(i->map, m->name) != 0)
				continue;
			want_interface(gm, c, m, i->name, w);
			applied = true;
		}
		if (applied)
			want_map(cfg, m, e, w);
	}
}

static void want_free(struct want *w)
{
	free(w->own);
	free(w->closed);
}

static const char *missing(const struct cfg_group *c, const struct want *w)
{
	if (!c->identity)
		return "no 'identity' is configured";
	if (ip4_none(c->servers[0]))
		return "no 'server address ipv4' is configured";
	if (!w->applied)
		return "no crypto map with this group is applied to an interface";
	return NULL;
}

static bool same_interfaces(const struct gm *gm, const struct want *w)
{
	if (gm->nif != w->nif || !ip4_eq(gm->local, w->local))
		return false;
	for (unsigned i = 0; i < w->nif; i++) {
		if (strcmp(gm->ifname[i], w->ifname[i]) != 0)
			return false;
	}
	return true;
}

static bool same_aces(const struct dp_ace *a, unsigned na, const struct dp_ace *b, unsigned nb)
{
	return na == nb && (na == 0 || memcmp(a, b, na * sizeof(*a)) == 0);
}

static void lists_take(struct gm *gm, struct want *w)
{
	const bool own_changed = !same_aces(gm->own, gm->nown, w->own, w->nown);

	if (w->permit && own_changed)
		log_GDOI_GM_ACL_PERMIT(gm->g->d.log);
	if (own_changed && w->nown)
		log_GDOI_GM_ENABLE_GDOI_CM(gm->g->d.log, gm->group);
	free(gm->own);
	free(gm->closed);
	gm->own = w->own;
	gm->nown = w->nown;
	gm->closed = w->closed;
	gm->nclosed = w->nclosed;
	w->own = w->closed = NULL;
	gm->fail_close = w->fail_close;
}

static void stop(struct gm *gm)
{
	timer_cancel(timers_of(gm), &gm->retry);
	timer_cancel(timers_of(gm), &gm->recovery);
	gm_pull_stop(gm);
	gm_push_stop(gm);
	gm->active = gm->trying = false;
	gm_forget(gm);
}

static void detach(struct gm *gm)
{
	if (!gm->attached)
		return;
	gm_dp_detach(gm);
	gm->nif = 0;
	gm->local.a = 0;
	log_GDOI_GM_CM_DETACH(gm->g->d.log, gm->group);
}

static void attach(struct gm *gm, const struct want *w)
{
	const bool was = gm->attached;

	gm->nif = w->nif;
	memcpy(gm->ifname, w->ifname, sizeof(gm->ifname));
	gm->local = w->local;
	gm_dp_attach(gm);	/* takes the place of an earlier one: in between nothing stands open */
	if (!was)
		log_GDOI_GM_CM_ATTACH(gm->g->d.log, gm->group);
}

static bool id_take(struct gm *gm, const struct cfg_group *c)
{
	struct gdoi_group_id id = { .by_address = c->identity == 2 };
	bool same;

	if (id.by_address)
		id.address = c->identity_address;
	else
		id.number = c->identity_number;
	same = id.by_address == gm->id.by_address && id.number == gm->id.number && ip4_eq(id.address, gm->id.address);
	gm->id = id;
	return same;
}

static bool server_listed(const struct gm *gm, struct ip4 server)
{
	unsigned n;

	gm_server_at(gm, 0, &n);
	for (unsigned i = 0; i < n; i++) {
		if (ip4_eq(gm_server_at(gm, i, NULL), server))
			return true;
	}
	return false;
}

static void tell_once(struct gm *gm, const char *lack, const struct want *w)
{
	const bool incomplete = lack && w->applied;

	if (incomplete && !gm->told_incomplete)
		log_GDOI_GM_INCOMPLETE_CFG(gm->g->d.log, gm->group);
	gm->told_incomplete = incomplete;
	if (w->down[0] && !gm->told_down)
		log_CRYPTO_GM_REGSTER_IF_DOWN(gm->g->d.log, w->down);
	gm->told_down = w->down[0] != 0;
}

/* Complete: registers when it was not, when it moved, or when its key server is no longer one. */
static void keep(struct gm *gm, const struct cfg_group *c, struct want *w)
{
	const bool same_id = id_take(gm, c), moved = !same_interfaces(gm, w);
	const bool was = gm->active;

	if (was && (moved || !same_id))
		stop(gm);
	lists_take(gm, w);
	gm->passive = c->passive;
	gm->fail_revert = c->failclose_revert;
	if (moved || !gm->attached)
		attach(gm, w);
	gm_dp_policy(gm);
	gm->active = true;
	recovery_sync(gm, c);
	if (!was || moved || !same_id)
		gm_register(gm, 0);
	else if (!gm->trying && !ip4_none(gm->registered_with) && !server_listed(gm, gm->registered_with))
		gm_register(gm, 0);
}

void gm_sync(struct gm *gm, const struct cfg_group *c, char *problem, size_t size)
{
	struct want w;
	const char *lack;

	want_make(gm, c, &w);
	lack = missing(c, &w);
	tell_once(gm, lack, &w);
	problem[0] = 0;
	if (lack)
		snprintf(problem, size, "%s", lack);
	else if (ip4_none(w.local))
		snprintf(problem, size, "interface %.60s has no address", w.down);
	else if (w.skipped)
		snprintf(problem, size, "%u local access-list entr%s of a kind that the data plane cannot use", w.skipped,
			w.skipped == 1 ? "y is" : "ies are");
	if (lack || ip4_none(w.local)) {
		if (gm->active)
			stop(gm);
		detach(gm);
	} else {
		keep(gm, c, &w);
	}
	want_free(&w);
}

void gm_interfaces_changed(struct gm *gm)
{
	const struct cfg_group *c = gm_cfg(gm);
	struct gdoi_group *group = gdoi_group_find(gm->g, gm->group);

	if (c && group && group->gm == gm)
		gm_sync(gm, c, group->problem, sizeof(group->problem));
}

void gm_clear(struct gm *gm)
{
	if (!gm->active)
		return;
	log_GDOI_GM_CLEAR_REGISTER(gm->g->d.log, gm->group);
	gm_push_stop(gm);
	gm_forget(gm);
	gm_register(gm, 0);
}

/* A PULL under way hears of it from its exchange; what was downloaded does not depend on the phase-1 SA. */
void gm_sa_gone(struct gdoi *g, struct isakmp_sa *sa)
{
	DBG(g->d.log, GDOI_GM_INFRA, DETAIL, "phase-1 SA with %s is gone", ip4_s(isakmp_sa_peer(sa)));
}

/* ---- life ---- */

struct gm *gm_new(struct gdoi *g, const char *group)
{
	struct gm *gm = mem_zalloc(sizeof(*gm));

	gm->g = g;
	str_copy(gm->group, sizeof(gm->group), group);
	gm->last_rekey = gm->rereg_at = gm->rereg_for = GM_NEVER;
	timer_init(&gm->retry, retry_due, gm);
	timer_init(&gm->due, due, gm);
	timer_init(&gm->recovery, recovery_due, gm);
	gm_push_init(gm);
	return gm;
}

void gm_free(struct gm *gm)
{
	const bool left = gm && gm->attached && !gm_cfg(gm);

	if (!gm)
		return;
	stop(gm);
	if (left)
		log_GDOI_GM_UNREGISTER(gm->g->d.log, gm->group);
	gm_dp_detach(gm);
	timer_cancel(timers_of(gm), &gm->due);
	free(gm->own);
	free(gm->closed);
	free(gm->told);
	secret_cleanse(gm->echo, sizeof(gm->echo));
	free(gm);
}
