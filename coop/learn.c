/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What an announcement teaches: who lives, who leads, keys, members, time. Its sender is authenticated, not trusted. */
#include <stdio.h>
#include <stdlib.h>
#include "coop/engine.h"
#include "lib/mem.h"
#include "lib/why.h"
#include "lib/wire.h"

#define SKEW_MS 10000		/* pseudotime of the leader this much behind ours: a replay, or a clock that went mad */
#define TELL_MS 2000		/* a step of ours ahead is worth a line from here on */

static uint64_t jump(const struct coop_group *g, uint64_t pt)
{
	struct ksync_view v;

	return ksync_view(g->c->d.gdoi, g->name, &v) && v.active && pt > v.pseudotime ? pt - v.pseudotime : 0;
}

/* ---- is it to be believed ---- */

static bool version_ok(struct coop_peer *p, const struct coop_ann *a)
{
	const struct coop_group *g = p->group;
	struct version own = coop_version(g->c);

	p->coop = a->coop;
	p->software = a->software;
	if (a->coop.major != own.major) {
		if (!p->told_major)
			log_GDOI_COOP_MAJOR_VERSION_MISMATCH(g->c->d.log, ip4_s(p->ip), g->name);
		p->told_major = true;
		p->count.receive_drops++;
		return false;
	}
	p->told_major = false;
	if ((a->coop.minor != own.minor || a->coop.mini != own.mini) && !p->told_minor)
		log_GDOI_COOP_MINOR_VERSION_MISMATCH(g->c->d.log, ip4_s(p->ip), g->name);
	p->told_minor = a->coop.minor != own.minor || a->coop.mini != own.mini;
	return true;
}

enum order { NEWEST, LATE, REPLAYED };

/* A start of the peer that another one followed: an old announcement played again, or two servers with one address. */
static bool former(struct coop_peer *p, uint64_t boot)
{
	uint64_t missed;

	for (unsigned i = 0; i < p->nformer && i < COOP_BOOTS; i++) {
		if (p->former[i] != boot)
			continue;
		if (ratelimit_ok(&p->drops, coop_now(p->group), &missed))
			log_GDOI_COOP_KS_OLD_START(p->group->c->d.log, ip4_s(p->ip), p->group->name);
		return true;
	}
	return false;
}

static enum order order_of(struct coop_peer *p, const struct coop_ann *a)
{
	uint64_t back;

	if (a->boot != p->boot) {	/* it was started again: numbers begin anew, and it knows nothing of ours */
		if (former(p, a->boot))
			return REPLAYED;
		if (p->heard)
			p->former[p->nformer++ % COOP_BOOTS] = p->boot;
		p->boot = a->boot;
		p->seq = a->seq;
		p->late = 0;
		p->acked = 0;
		return NEWEST;
	}
	if (a->seq > p->seq) {
		back = a->seq - p->seq;
		p->late = back < 64 ? p->late << back | UINT64_C(1) << (back - 1) : 0;
		p->seq = a->seq;
		return NEWEST;
	}
	back = p->seq - a->seq;
	if (!back || back > 64 || p->late >> (back - 1) & 1)
		return REPLAYED;
	p->late |= UINT64_C(1) << (back - 1);
	return LATE;
}

/* The one we follow cannot go back in time. */
static bool time_ok(struct coop_peer *p, const struct coop_ann *a)
{
	struct coop_group *g = p->group;
	struct ksync_view v;
	uint64_t missed;

	if (g->role == COOP_PRIMARY || !ip4_eq(g->primary, p->ip) || a->role != COOP_PRIMARY || !g->synced ||
		!ksync_view(g->c->d.gdoi, g->name, &v) || a->generation != v.generation ||
		memcmp(a->random, v.random, sizeof(a->random)) != 0 || a->pseudotime + SKEW_MS >= v.pseudotime - v.ahead)
		return true;
	g->invalid_pst++;
	p->bad_time = coop_now(g);
	p->count.receive_drops++;
	if (ratelimit_ok(&p->drops, coop_now(g), &missed))
		log_GDOI_GDOI_ANN_TIMESTAMP_TOO_OLD(g->c->d.log, ip4_s(p->ip), g->name, (unsigned)(v.pseudotime / 1000),
			(unsigned)(a->pseudotime / 1000), SKEW_MS / 1000);
	return false;
}

/* ---- who leads ---- */

static void alive(struct coop_peer *p)
{
	struct coop_group *g = p->group;
	bool before = p->alive;

	p->heard = coop_now(g);
	p->alive = true;
	if (before)
		return;
	if (p->count.received > 1 || p->told_key)	/* not at the first contact */
		log_GDOI_COOP_KS_REACH(g->c->d.log, ip4_s(p->ip), g->name);
	coop_role_tell(g);
}

static const char *ike_status(const struct coop_peer *p)
{
	return p->pending ? "In progress" : p->xchg ? "Established" : p->failures ? "Failed" : "Not established";
}

void coop_lost(struct coop_peer *p)
{
	struct coop_group *g = p->group;

	p->alive = false;
	log_GDOI_COOP_KS_UNREACH(g->c->d.log, ip4_s(p->ip), g->name, ike_status(p));
	if (g->role == COOP_SECONDARY && ip4_eq(g->primary, p->ip)) {
		if (p->bad_time > p->heard) {	/* it speaks, but of another time: nobody is registered until somebody leads */
			g->synced = false;
			log_GDOI_COOP_KS_VALID_ANN_TIMEOUT(g->c->d.log, g->name);
		}
		coop_follow(g, (struct ip4){ 0 });
	} else {
		coop_role_tell(g);
	}
}

/* Our keys as they are: the winner merges them, whatever becomes of ours meanwhile. */
static void owe(struct coop_peer *p)
{
	uint8_t *buf = mem_zalloc(KSYNC_KEYS_MAX);
	struct wr w = wr_init(buf, KSYNC_KEYS_MAX);

	secret_free(&p->owed);
	if (ksync_keys_out(p->group->c->d.gdoi, p->group->name, &w))
		p->owed = secret_copy(wr_done(&w));
	secret_cleanse(buf, w.n);
	free(buf);
	p->next = coop_now(p->group);
}

static bool same_version(const struct ksync_view *v, const struct coop_ann *a)
{
	return v->active && memcmp(v->version, a->version, sizeof(v->version)) == 0;
}

/* Two primaries hear each other. Whoever yields does so with the other's keys in hand. True: we yield. */
static bool yields(struct coop_peer *p, const struct coop_ann *a, const struct ksync_view *v)
{
	struct coop_group *g = p->group;
	struct coop_candidate me = coop_self(g, v), it = coop_candidate_of(p);

	return g->role == COOP_PRIMARY && !coop_primary_stays(&me, &it) && (a->keys.n || same_version(v, a));
}

/* ---- keys ---- */

static void bad_keys(struct coop_peer *p, const struct why *why)
{
	uint64_t missed;

	p->count.receive_drops++;
	if (ratelimit_ok(&p->drops, coop_now(p->group), &missed))
		DBG(p->group->c->d.log, GDOI_KS_COOP, ERROR, "group %s: keys of %s not taken: %s", p->group->name, ip4_s(p->ip),
			why->text);
}

static void merge(struct coop_peer *p, const struct coop_ann *a)
{
	struct coop_group *g = p->group;
	struct why why;
	bool news;

	if (!ksync_keys_merge(g->c->d.gdoi, g->name, a->keys, a->pseudotime, &news, &why)) {
		bad_keys(p, &why);
		return;
	}
	if (news && g->role == COOP_PRIMARY)
		ksync_converge(g->c->d.gdoi, g->name);
	if (g->role == COOP_PRIMARY)
		coop_soon(g);
}

static bool adopt(struct coop_peer *p, const struct coop_ann *a)
{
	struct coop_group *g = p->group;
	struct why why;

	if (!ksync_keys_adopt(g->c->d.gdoi, g->name, a->keys, a->pseudotime, &why)) {
		bad_keys(p, &why);
		return false;
	}
	g->synced = true;
	coop_role_tell(g);
	return true;
}

/* An order's keys, ahead of the members: from the one we follow, whose word it is that they are the newer ones. */
static void prepare(struct coop_peer *p, const struct coop_ann *a)
{
	struct coop_group *g = p->group;
	struct why why;

	if (g->role == COOP_SECONDARY && ip4_eq(g->primary, p->ip) && a->keys.n &&
		!ksync_keys_prepare(g->c->d.gdoi, g->name, a->keys, &why))
		bad_keys(p, &why);
}

/* From the one we follow. Its keys may not be older than ours: then it is given ours instead (talk.c). */
static void follow_keys(struct coop_peer *p, const struct coop_ann *a)
{
	struct coop_group *g = p->group;
	struct coop_candidate me, it = coop_candidate_of(p);
	struct ksync_view v;
	uint64_t ahead = jump(g, a->pseudotime);

	if (!ksync_view(g->c->d.gdoi, g->name, &v))
		return;
	me = coop_self(g, &v);
	if (v.active && coop_root_cmp(&me, &it) > 0)
		return;
	if (a->keys.n && !same_version(&v, a)) {
		if (!adopt(p, a))
			return;
	} else if (same_version(&v, a) && !g->synced) {
		g->synced = true;
		coop_role_tell(g);
	}
	if (v.active && coop_root_cmp(&me, &it) == 0 && ahead > TELL_MS)
		log_GDOI_GDOI_ANN_TIMESTAMP_LARGE(g->c->d.log, ip4_s(p->ip), g->name, (unsigned)(v.pseudotime / 1000),
			(unsigned)(a->pseudotime / 1000));
	if (g->synced)
		ksync_pseudotime(g->c->d.gdoi, g->name, a->pseudotime);
}

/* A secondary hands on what its primary said, to us who do not hear that one. */
static bool relayed(const struct coop_peer *p, const struct coop_ann *a, const struct ksync_view *v)
{
	struct coop_candidate me = coop_self(p->group, v), it = coop_candidate_of(p);

	return !ip4_none(a->primary) && !ip4_eq(a->primary, p->group->local) && (a->flags & COOP_F_SYNCED) &&
	       coop_root_cmp(&it, &me) >= 0;
}

static void roles(struct coop_peer *p, const struct coop_ann *a)
{
	struct coop_group *g = p->group;
	struct ksync_view v;

	if (!ksync_view(g->c->d.gdoi, g->name, &v))
		return;
	if (a->role != COOP_PRIMARY) {
		if (g->role == COOP_SECONDARY && ip4_eq(g->primary, p->ip))
			coop_follow(g, (struct ip4){ 0 });	/* it gave the role up */
		if (a->keys.n && g->electing && relayed(p, a, &v))
			adopt(p, a);
		else if (a->keys.n && (g->role == COOP_PRIMARY || g->electing))
			merge(p, a);
		return;
	}
	if (g->role == COOP_PRIMARY) {
		if (!yields(p, a, &v)) {
			if (a->keys.n)
				merge(p, a);
			return;
		}
		owe(p);
		if (a->keys.n && !same_version(&v, a) && !adopt(p, a)) {
			secret_free(&p->owed);
			return;
		}
		coop_follow(g, p->ip);
		g->synced = true;
		coop_role_tell(g);
		return;
	}
	if (!ip4_eq(g->primary, p->ip)) {
		const struct coop_peer *now = coop_peer_find(g, g->primary);
		struct coop_candidate it = coop_candidate_of(p), old;

		if (now && now->alive && now->role == COOP_PRIMARY) {
			old = coop_candidate_of(now);
			if (coop_primary_stays(&old, &it))
				return;
		}
		coop_follow(g, p->ip);
	}
	follow_keys(p, a);
}

/* ---- the rest ---- */

struct taker {
	struct coop_peer *p;
	unsigned bad;
};

static bool record_in(void *arg, struct bytes record)
{
	struct taker *t = arg;
	struct coop_group *g = t->p->group;
	struct why why;

	if (!ksync_member_in(g->c->d.gdoi, g->name, record, g->role == COOP_PRIMARY, &why))
		t->bad++;
	return t->bad < 16;
}

static void told(struct coop_peer *p, const struct coop_ann *a)
{
	struct coop_group *g = p->group;
	static const uint8_t none[32];
	struct ksync_view v;
	bool tbar = (a->flags & COOP_F_TIME) != 0;

	if (!ksync_view(g->c->d.gdoi, g->name, &v))
		return;
	if (a->role == COOP_PRIMARY && a->generation && v.has_policy) {	/* what members have, and what this one would give them */
		if (tbar != v.wants_time && !p->told_tbar)
			log_GDOI_GDOI_ANN_INCONSISTENT_TBAR(g->c->d.log, ip4_s(p->ip), g->name);
		p->told_tbar = tbar != v.wants_time;
	}
	if (!v.key_label[0])
		return;
	if (memcmp(a->key_print, v.key_print, sizeof(v.key_print)) == 0) {
		p->told_key = false;
	} else if (!p->told_key && memcmp(v.key_print, none, sizeof(none)) != 0) {
		char what[160];

		p->told_key = true;
		snprintf(what, sizeof(what), "rekey RSA key %.60s (%s on %s)", v.key_label,
			memcmp(a->key_print, none, sizeof(none)) == 0 ? "missing" : "different", ip4_s(p->ip));
		log_GDOI_COOP_CONFIG_MISMATCH(g->c->d.log, what);
	}
}

bool coop_learn(struct coop_peer *p, const struct coop_ann *a)
{
	struct taker t = { .p = p };
	enum order order;

	if (!version_ok(p, a))
		return false;
	if (!time_ok(p, a))
		return false;
	order = order_of(p, a);
	if (order == REPLAYED) {
		p->count.receive_drops++;
		return false;
	}
	alive(p);
	if (order == NEWEST) {
		p->priority = a->priority;
		p->role = a->role;
		p->draining = (a->flags & COOP_F_DRAIN) != 0;
		p->primary = a->primary;
		p->generation = a->generation;
		memcpy(p->random, a->random, sizeof(p->random));
		memcpy(p->version, a->version, sizeof(p->version));
		memcpy(p->configured, a->configured, sizeof(p->configured));
		memcpy(p->key_print, a->key_print, sizeof(p->key_print));
		p->wants_policy |= (a->flags & COOP_F_POLICY) != 0;
		p->offers = a->offers;
		memcpy(p->shared, a->shared, sizeof(p->shared));
		memcpy(p->prepared, a->prepared, sizeof(p->prepared));
		if (a->flags & COOP_F_HELD)
			prepare(p, a);
		else
			roles(p, a);
		coop_stages_learn(p, a);
		coop_release_step(p->group);
		told(p, a);
		coop_mismatch(p, a);
	}
	coop_ann_records(a, record_in, &t);
	p->count.receive_drops += t.bad;
	return true;
}
