/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Announcements under phase 1: HDR*, HASH, payload 140, answered in the same exchange by the peer's own. The prefix of the answer's
 * HASH is what it answers (boot and sequence number), so that none can be passed off for another.
 */
#include <stdlib.h>
#include "coop/engine.h"
#include "lib/mem.h"
#include "lib/why.h"

#define ANSWER_WAIT SEC(8)
#define ANSWER_WAIT_FAST MSEC(800)
#define MORE_WAIT MSEC(20)
#define DIFFER_WAIT SEC(1)	/* servers that never agree do not flood each other */
#define ROOM 64000		/* octets of a payload at most */
#define HEAD 1024		/* octets of what every announcement has, at most */
#define FRESH_AFTER 2		/* failures running: the phase-1 SA may be known to us alone */

enum { N_MALFORMED = 16, N_INVALID_HASH = 23, N_AUTH_FAILED = 24 };

struct bytes coop_prefix(uint8_t out[16], uint64_t boot, uint64_t seq)
{
	struct wr w = wr_init(out, 16);

	wr_u64(&w, boot);
	wr_u64(&w, seq);
	return wr_done(&w);
}

/* ---- what is said ---- */

static void head_fill(struct coop_group *g, const struct coop_peer *p, const struct ksync_view *v, struct coop_ann *a)
{
	*a = (struct coop_ann){ .coop = coop_version(g->c), .software = v->software, .id = g->id,
		.priority = (uint8_t)g->priority, .role = (uint8_t)g->role, .boot = g->boot, .seq = g->seq,
		.pseudotime = v->pseudotime, .primary = g->primary, .generation = v->generation, .removal = v->removal,
		.npeers = g->npeers };
	memcpy(a->random, v->random, sizeof(a->random));
	memcpy(a->version, v->version, sizeof(a->version));
	memcpy(a->digest, v->digest, sizeof(a->digest));
	memcpy(a->configured, v->configured, sizeof(a->configured));
	memcpy(a->key_print, v->key_print, sizeof(a->key_print));
	memcpy(a->prepared, v->prepared, sizeof(a->prepared));
	coop_stages_fill(g, a);
	for (unsigned i = 0; i < g->npeers; i++)
		a->peers[i] = g->peer[i]->ip;
	coop_copy_offer_fill(g, a);
	a->flags = (g->electing || !g->synced ? COOP_F_REQUEST : 0) | (g->draining || coop_copy_blank(g, v) ? COOP_F_DRAIN : 0) |
		   (p->policy_due ? COOP_F_POLICY : 0) | (g->synced ? COOP_F_SYNCED : 0) | (v->time_based ? COOP_F_TIME : 0) | (v->held ? COOP_F_HELD : 0);
}

/* Keys go to whoever has others: from the primary, from anybody while there is none, and where ours are the newer ones. */
static bool keys_differ(const struct coop_group *g, const struct coop_peer *p, const struct ksync_view *v)
{
	struct coop_candidate me = coop_self(g, v), it = coop_candidate_of(p);

	if (!v->active || !p->heard || memcmp(p->version, v->version, sizeof(v->version)) == 0 ||
		(v->held && memcmp(p->prepared, v->version, sizeof(v->version)) == 0))
		return false;
	return g->role == COOP_PRIMARY || ip4_none(g->primary) || ip4_none(p->primary) || coop_root_cmp(&me, &it) > 0;
}

/* By the base version the primary says them each time. */
static bool keys_wanted(const struct coop_group *g, const struct coop_peer *p, const struct ksync_view *v)
{
	return (v->active && p->heard && g->role == COOP_PRIMARY && !g->differences) || keys_differ(g, p, v);
}

struct filler {
	struct wr *w;
	size_t room;
};

static bool record_add(void *arg, struct bytes record)
{
	struct filler *f = arg;

	if (coop_record_size(record.n) > f->room - f->w->n)
		return false;
	coop_record_encode(f->w, record);
	return true;
}

static void too_big(struct coop_peer *p, size_t n)
{
	uint64_t missed;

	p->count.send_drops++;
	if (ratelimit_ok(&p->drops, coop_now(p->group), &missed))
		log_GDOI_COOP_PACKET_DROPPED(p->group->c->d.log, (unsigned)n);
}

/* scratch: COOP_SEALED_MAX octets for an RSA key; keys, policy: room for them. */
static bool fill(struct coop_peer *p, const struct isakmp_sa *sa, bool reply, struct wr *w, struct wr *keys, struct wr *policy,
	uint8_t *scratch)
{
	struct coop_group *g = p->group;
	struct gdoi *gdoi = g->c->d.gdoi;
	struct ksync_view v;
	struct coop_ann a;
	size_t room = g->pdu < ROOM ? g->pdu : ROOM;

	if (!ksync_view(gdoi, g->name, &v))
		return false;
	g->seq++;
	head_fill(g, p, &v, &a);
	if (secret_set(&p->owed))
		a.keys = secret_bytes(&p->owed);
	else if (keys_wanted(g, p, &v) && ksync_keys_out(gdoi, g->name, keys))
		a.keys = wr_done(keys);
	if (p->wants_policy && ksync_policy_out(gdoi, g->name, policy))
		a.policy = wr_done(policy);
	if (a.keys.n + a.policy.n + HEAD > room)
		a.policy = BYTES_NONE;
	if (!reply)
		coop_copy_want_fill(p, &a);
	coop_copy_answer_fill(p, sa, &a, scratch, room > a.keys.n + a.policy.n + HEAD ? room - a.keys.n - a.policy.n - HEAD : 0);
	if (!coop_ann_encode(w, &a) || w->n > room) {
		too_big(p, w->n);
		return false;
	}
	if (a.policy.n)
		p->wants_policy = false;
	p->sending = p->acked;
	if (!reply && p->heard && (g->role == COOP_PRIMARY || ip4_none(g->primary) || ip4_eq(g->primary, p->ip))) {
		struct filler f = { .w = w, .room = room };

		p->sending = ksync_members_out(gdoi, g->name, p->acked, record_add, &f);
	}
	if (a.flags & COOP_F_REQUEST)
		p->count.sent_request++;
	return wr_ok(w);
}

#define SCRATCH (3 * ROOM + 8 + COOP_SEALED_MAX)

/* Payload and all into one datagram of the exchange. One at a time: the room for it is allocated once. */
static bool send(struct coop_peer *p, struct isakmp_xchg *x, const struct bytes *prefix, bool reply)
{
	struct coop *c = p->group->c;
	uint8_t *scratch = c->scratch ? c->scratch : mem_zalloc(SCRATCH), *buf = scratch + 2 * ROOM + COOP_SEALED_MAX;
	struct wr w = wr_init(buf, ROOM + 8), keys = wr_init(scratch, ROOM), policy = wr_init(scratch + ROOM, ROOM), body;
	size_t at = isakmp_payload_begin(&w, PL_NONE);
	bool good;

	c->scratch = scratch;
	body = wr_init(buf + w.n, ROOM);
	good = fill(p, isakmp_xchg_sa(x), reply, &body, &keys, &policy, scratch + 2 * ROOM);
	if (good) {
		w.n += body.n;
		isakmp_payload_end(&w, at);
		good = wr_ok(&w) && isakmp_xchg_send(x, prefix, prefix ? 1 : 0, PL_COOP, wr_done(&w), !reply);
	}
	if (good) {
		p->count.sent++;
		p->count.octets_sent += w.n;
	}
	secret_cleanse(buf, body.n + 8);
	secret_cleanse(scratch, keys.n);
	return good;
}

/* ---- initiator ---- */

uint64_t coop_retry(const struct coop_peer *p)
{
	const struct coop_group *g = p->group;
	uint64_t soon = g->refresh_s ? SEC(5) : MSEC(300);

	/* One that stays away is not worth a line in the log every few seconds. */
	return coop_now(g) + (p->alive || p->failures < 4 ? soon : g->periodic > soon ? g->periodic : soon);
}

static void failed_once(struct coop_peer *p, enum isakmp_fail why)
{
	p->failures++;
	p->last_failure = why;
	p->count.send_drops++;
	p->next = coop_retry(p);
	coop_arm(p->group);
}

static void connected(void *arg, struct isakmp_sa *sa, enum isakmp_fail why)
{
	struct coop_peer *p = arg;

	p->pending = NULL;
	if (!sa) {
		failed_once(p, why);
		return;
	}
	p->xchg = isakmp_xchg_new(sa, &coop_xchg_ops, p->group->c);
	if (!p->xchg) {
		failed_once(p, ISAKMP_SA_DELETED);
		return;
	}
	isakmp_xchg_set_user(p->xchg, p);
	if (!send(p, p->xchg, NULL, false)) {
		coop_talk_stop(p);
		failed_once(p, ISAKMP_LOCAL_ERROR);
		return;
	}
	p->sent_seq = p->group->seq;
	p->boot_sent = p->boot;
	coop_arm(p->group);
}

void coop_talk(struct coop_peer *p)
{
	struct coop_group *g = p->group;
	struct isakmp_want want = { .local = g->local, .remote = p->ip, .fresh = p->failures >= FRESH_AFTER };

	if (p->xchg || p->pending)
		return;
	p->patience = coop_now(g) + (g->refresh_s ? ANSWER_WAIT : ANSWER_WAIT_FAST);
	p->next = coop_now(g) + (g->role == COOP_PRIMARY ? g->refresh : g->periodic);
	p->pending = isakmp_connect(g->c->d.isakmp, &want, connected, p);
	if (!p->pending)
		failed_once(p, ISAKMP_LOCAL_ERROR);
}

void coop_talk_stop(struct coop_peer *p)
{
	if (p->pending)
		isakmp_connect_cancel(p->pending);
	if (p->xchg) {
		isakmp_xchg_set_user(p->xchg, NULL);
		isakmp_xchg_abort(p->xchg, 0);
	}
	p->pending = NULL;
	p->xchg = NULL;
}

void coop_soon(struct coop_group *g)
{
	uint64_t now = coop_now(g);

	for (unsigned i = 0; i < g->npeers; i++)
		if (g->peer[i]->next > now)
			g->peer[i]->next = now;
}

/* ---- both ---- */

static const struct isakmp_payload *body_of(const struct isakmp_msg *m)
{
	return m->count == 1 && m->payload[0].type == PL_COOP ? &m->payload[0] : NULL;
}

static void drop(struct coop *c, struct coop_peer *p, const char *reason)
{
	uint64_t missed;

	if (!p)
		return;
	p->count.receive_drops++;
	if (ratelimit_ok(&p->drops, coop_now(p->group), &missed))
		DBG(c->d.log, GDOI_KS_COOP, ERROR, "group %s: announcement from %s dropped: %s", p->group->name, ip4_s(p->ip),
			reason);
}

/* What did not fit, or became known by the answer, follows at once. */
static void more(struct coop_peer *p)
{
	struct coop_group *g = p->group;
	struct ksync_view v;
	uint64_t wait;

	if (!ksync_view(g->c->d.gdoi, g->name, &v))
		return;
	if (v.change > p->acked && (g->role == COOP_PRIMARY || ip4_eq(g->primary, p->ip)))
		wait = MORE_WAIT;
	else if (coop_copy_wants(p) || (p->asked.any && g->role == COOP_PRIMARY))
		wait = MORE_WAIT;
	else if (p->wants_policy || p->policy_due || keys_differ(g, p, &v))
		wait = g->refresh_s ? DIFFER_WAIT : DIFFER_WAIT / 10;
	else
		return;
	if (p->next > coop_now(g) + wait)
		p->next = coop_now(g) + wait;
}

static void answered(struct coop_peer *p, struct isakmp_xchg *x, const struct isakmp_msg *m)
{
	const struct isakmp_payload *pl = body_of(m);
	struct coop_group *g = p->group;
	const struct isakmp_sa *sa = isakmp_xchg_sa(x);
	struct coop_ann a;
	struct why why = { "" };
	uint8_t octets[16];
	struct bytes prefix = coop_prefix(octets, g->boot, p->sent_seq);

	if (!isakmp_hash_ok(x, m, &prefix, 1)) {	/* forged: the genuine one may still come */
		drop(g->c, p, "HASH");
		return;
	}
	p->xchg = NULL;
	isakmp_xchg_set_user(x, NULL);
	isakmp_xchg_done(x);
	if (!pl || !coop_ann_decode(pl->body, &a, &why)) {
		drop(g->c, p, why.text);
		coop_arm(g);
		return;
	}
	p->count.received++;
	p->count.octets_received += pl->body.n;
	if (coop_learn(p, &a)) {
		p->failures = 0;
		if (p->boot_sent == a.boot)
			p->acked = p->sending;
		secret_free(&p->owed);
		coop_copy_in(p, &a, sa);
		more(p);
	}
	coop_arm(g);
}

/* The group by its identity, the peer by the address that phase 1 proved. */
static struct coop_peer *who(struct coop *c, const struct coop_ann *a, const struct isakmp_sa *sa, const char **group)
{
	struct ip4 from = isakmp_sa_peer(sa);

	*group = "(unknown)";
	for (struct coop_group *g = c->groups; g; g = g->next) {
		struct coop_peer *p = coop_peer_find(g, from);
		bool same = g->id.by_address == a->id.by_address &&
			    (a->id.by_address ? ip4_eq(g->id.address, a->id.address) : g->id.number == a->id.number);

		if (!same)
			continue;
		*group = g->name;
		if (p && ip4_eq(isakmp_sa_local(sa), g->local))
			return p;
	}
	return NULL;
}

/* Neither learned from nor answered: what it has to say comes again at a pace. */
static bool floods(struct coop_peer *p)
{
	uint64_t now = coop_now(p->group), missed;

	if (ratelimit_ok(&p->flood, now, &missed))
		return false;
	p->count.receive_drops++;
	if (ratelimit_ok(&p->flood_told, now, &missed))
		log_GDOI_COOP_KS_FLOOD(p->group->c->d.log, ip4_s(p->ip), FLOOD_RATE, p->group->name);
	return true;
}

static void asked(struct coop *c, struct isakmp_xchg *x, const struct isakmp_msg *m)
{
	const struct isakmp_payload *pl = body_of(m);
	struct isakmp_sa *sa = isakmp_xchg_sa(x);
	uint8_t octets[16];
	struct bytes prefix;
	struct coop_peer *p;
	struct coop_ann a;
	struct why why = { "" };
	const char *group;
	uint64_t missed;

	if (!isakmp_hash_ok(x, m, NULL, 0)) {
		isakmp_xchg_abort(x, N_INVALID_HASH);
		return;
	}
	if (!pl || !coop_ann_decode(pl->body, &a, &why)) {
		DBG(c->d.log, GDOI_KS_COOP, ERROR, "announcement from %s dropped: %s", ip4_s(isakmp_sa_peer(sa)), why.text);
		isakmp_xchg_abort(x, N_MALFORMED);
		return;
	}
	p = who(c, &a, sa, &group);
	if (!p) {
		if (ratelimit_ok(&c->unknown, clock_now(c->d.env->clock), &missed))
			log_GDOI_COOP_KS_UNAUTH(c->d.log, ip4_s(isakmp_sa_peer(sa)), group, ip4_s(isakmp_sa_local(sa)));
		isakmp_xchg_abort(x, N_AUTH_FAILED);
		return;
	}
	if (floods(p)) {
		isakmp_xchg_abort(x, 0);
		return;
	}
	p->count.received++;
	p->count.octets_received += pl->body.n;
	if (a.flags & COOP_F_REQUEST)
		p->count.received_request++;
	prefix = coop_prefix(octets, a.boot, a.seq);
	if (!coop_learn(p, &a)) {
		isakmp_xchg_abort(x, 0);
	} else {
		p->failures = 0;
		coop_copy_in(p, &a, sa);
		if (send(p, x, &prefix, true))
			isakmp_xchg_done(x);
		else
			isakmp_xchg_abort(x, 0);
		more(p);
		/* It has asked us: our own question can wait. */
		if (p->group->role != COOP_PRIMARY && !p->group->electing && !coop_copy_wants(p) && !p->policy_due && p->group->synced &&
			!secret_set(&p->owed) && p->next > coop_now(p->group) + SEC(1))
			p->next = coop_now(p->group) + p->group->periodic;
	}
	coop_arm(p->group);
}

static void in(void *arg, struct isakmp_xchg *x, const struct isakmp_msg *m)
{
	struct coop_peer *p = isakmp_xchg_user(x);

	if (p)
		answered(p, x, m);
	else
		asked(arg, x, m);
}

static void failed(void *arg, struct isakmp_xchg *x, enum isakmp_fail why)
{
	struct coop_peer *p = isakmp_xchg_user(x);

	(void)arg;
	if (!p)
		return;
	p->xchg = NULL;
	failed_once(p, why);
}

const struct isakmp_xchg_ops coop_xchg_ops = { .exchange = XCHG_COOP_ANN, .in = in, .failed = failed };
