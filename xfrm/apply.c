/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From what is wanted to kernel requests. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "lib/clock.h"
#include "lib/env.h"
#include "lib/mem.h"
#include "lib/text.h"
#include "lib/why.h"
#include "xfrm/nl.h"
#include "xfrm/route.h"
#include "xfrm/wanted.h"

#define HARD_MARGIN 5		/* s past the TEK's end until the kernel ends it by itself, should nobody else */
#define END_SLACK 2		/* s: seconds are rounded */
#define LONG_AGO 1000000000u	/* s of the wall clock, 2001: what stands by claims to be from before this */
#define LINGER MSEC(1500)	/* the kernel tells older from newer SAs by the second */
#define TBAR_MARGIN 600		/* s of sequence numbers beyond the TEK's life */

uint32_t want_reqid(const struct want_group *g, uint32_t family)
{
	return XFRM_REQID_BASE + g->slot * XFRM_FAMILIES + 1 + family % (XFRM_FAMILIES - 1);
}

uint32_t want_reqid_in(const struct want_group *g)
{
	return XFRM_REQID_BASE + g->slot * XFRM_FAMILIES;
}

uint64_t want_pseudotime(const struct xfrm *x, const struct want_group *g)
{
	return (uint64_t)((int64_t)(clock_now(x->env->clock) / 1000) + g->pt_offset);
}

uint32_t want_seq(const struct want_sa *s, uint64_t pt)
{
	uint64_t rate = UINT64_C(0xffffffff) / (s->sa.lifetime + TBAR_MARGIN);	/* packets per second */
	/* half the margin stands before the start: a window may reach back over it */
	uint64_t ms = pt + TBAR_MARGIN * 500 > s->start_pt ? pt + TBAR_MARGIN * 500 - s->start_pt : 0;
	uint64_t seq = ms / 1000 * rate + ms % 1000 * rate / 1000;

	return seq < 1 ? 1 : seq > 0xfffffff0u ? 0xfffffff0u : (uint32_t)seq;
}

uint64_t want_pt(const struct want_sa *s, uint32_t seq)
{
	uint64_t rate = UINT64_C(0xffffffff) / (s->sa.lifetime + TBAR_MARGIN);
	uint64_t pt = s->start_pt + (rate ? seq / rate * 1000 + seq % rate * 1000 / rate : 0);

	return pt > TBAR_MARGIN * 500 ? pt - TBAR_MARGIN * 500 : 0;
}

static unsigned first_there(const struct xfrm *x, const struct want_group *g)
{
	for (unsigned i = 0; i < g->niface; i++)
		if (x->iface[g->iface[i]].index)
			return i;
	return 0;
}

bool want_out_on(const struct xfrm *x, const struct want_group *g, const struct want_sa *s, unsigned i)
{
	return x->iface[g->iface[i]].index && (!s->single || i == first_there(x, g));
}

static uint64_t seconds_left(const struct xfrm *x, const struct want_sa *s)
{
	uint64_t now = clock_now(x->env->clock);

	return s->ends > now ? (s->ends - now + USEC_PER_SEC - 1) / USEC_PER_SEC : 0;
}

/*
 * No number is used twice under one key: an SA that has to be made anew (the host was restarted, somebody flushed) begins
 * where its age says that a sender may have come to, and beyond what was seen last.
 */
static uint32_t first_seq(const struct xfrm *x, const struct want_group *g, const struct want_sa *s)
{
	uint64_t age = (uint64_t)((int64_t)clock_now(x->env->clock) - s->born) / USEC_PER_SEC;
	uint64_t seq = age * (UINT64_C(0xf0000000) / (s->sa.lifetime + 60));

	if (s->sa.replay == 3 && g->have_pt)
		return want_seq(s, want_pseudotime(x, g));
	if (s->oseq && seq < s->oseq + UINT64_C(0x100000))
		seq = s->oseq + UINT64_C(0x100000);
	return seq > 0xfffffff0u ? 0xfffffff0u : (uint32_t)seq;
}

/* An SA of an earlier life is kept when it is the same, with its sequence number; else it is replaced and goes on. */
static void queue_one(struct xfrm *x, const struct want_group *g, const struct want_sa *s, struct sa_spec *spec, bool out)
{
	struct sa_seen seen;
	enum sa_there there = sa_look(x->xfrm, spec, &seen);

	if (there == SA_SAME) {	/* its end may be another one now */
		if (out && !spec->added != (seen.added > LONG_AGO))	/* it stood by until now, or does from now on */
			sa_redate(x->xfrm, spec, &seen);
		else if (seen.ends > spec->ends + END_SLACK || seen.ends + END_SLACK < spec->ends)
			sa_update_end(x->xfrm, spec, &seen);
		if (seen.windowed && seen.window != spec->window)
			sa_set_window(x->xfrm, spec->dst, spec->spi, spec->window);
		return;
	}
	if (there == SA_OTHER)
		sa_remove(x->xfrm, spec->dst, spec->spi);
	if (out)
		spec->oseq = first_seq(x, g, s);
	if (out && there == SA_OTHER && spec->oseq < seen.oseq)
		spec->oseq = seen.oseq < 0xffff0000u ? seen.oseq + 0x1000 : seen.oseq;
	sa_add(x->xfrm, spec);
}

/* The one SA that sends by all interfaces may stand on another one until now: its series goes on. */
static void note_single(struct xfrm *x, const struct want_group *g, struct want_sa *s)
{
	for (unsigned i = 0; i < g->niface; i++) {
		struct sa_count c;

		if (sa_counters(x->xfrm, x->iface[g->iface[i]].sentinel, s->sa.spi, &c) && c.oseq > s->oseq)
			s->oseq = c.oseq;
	}
}

static void queue_sa(struct xfrm *x, struct want_group *g, struct want_sa *s, bool out)
{
	if (out && s->single && g->niface > 1)
		note_single(x, g, s);
	for (unsigned i = 0; i < g->niface; i++) {
		const struct want_iface *f = &x->iface[g->iface[i]];
		struct sa_spec spec = { .src = out ? f->me : (struct ip4){ 0 },
			.dst = out ? f->sentinel : f->me,
			.spi = s->sa.spi,
			.reqid = out ? want_reqid(g, s->sa.family) : want_reqid_in(g),
			.sa = &s->sa,
			.window = !out && s->sa.replay == 2 ? s->sa.window : 0,
			.ends = (uint64_t)time(NULL) + seconds_left(x, s) + HARD_MARGIN };

		if (out && s->sa.replay != 3)
			spec.retires = (uint64_t)time(NULL) + (seconds_left(x, s) > DP_SWITCH ? seconds_left(x, s) - DP_SWITCH : 1);
		if (out && s->stands_by)
			spec.added = LONG_AGO - s->ends / USEC_PER_SEC % LONG_AGO;	/* the first to end is the first to be taken */
		if (out ? want_out_on(x, g, s, i) : f->index != 0)
			queue_one(x, g, s, &spec, out);
	}
}

/*
 * The next one to send with is in the kernel already, behind the one that is sent with: should nobody live to switch, the kernel does
 * when that one retires. With time-based replay nobody would number it.
 */
static bool may_stand_by(const struct want_group *g, const struct want_sa *s)
{
	if (s->out || s->sa.receive || s->sa.replay == 3 || time(NULL) <= LONG_AGO)
		return false;
	for (const struct want_sa *o = g->sas; o; o = o->next)
		if (o->out && o->sa.family == s->sa.family && s->ends > o->ends)
			return o->sa.replay != 3 && o->sa.transport == s->sa.transport && o->single == s->single;
	return false;
}

static void stand_by(struct want_group *g, struct want_sa *s)
{
	if (!s->stands_by && may_stand_by(g, s)) {
		s->stands_by = true;
		s->lingers = false;
	}
}

void apply_stand_by(struct xfrm *x, struct want_group *g)
{
	for (struct want_sa *s = g->sas; s; s = s->next) {
		bool had = s->stands_by;

		stand_by(g, s);
		if (s->stands_by && !had)
			queue_sa(x, g, s, true);
	}
	netlink_flush(x->xfrm, NULL);
}

bool apply_sa(struct xfrm *x, struct want_group *g, struct want_sa *s, struct why *why)
{
	queue_sa(x, g, s, false);
	stand_by(g, s);
	if (s->out || s->stands_by)
		queue_sa(x, g, s, true);
	return netlink_flush(x->xfrm, why);
}

void apply_counters(struct xfrm *x, const struct want_group *g, const struct want_sa *s, struct dp_counters *sum)
{
	struct sa_count c;

	for (unsigned i = 0; i < g->niface; i++) {
		const struct want_iface *f = &x->iface[g->iface[i]];

		if (sa_counters(x->xfrm, f->me, s->sa.spi, &c)) {
			sum->decrypt += c.packets;
			sum->verify_fail += c.integrity_failed;
			sum->replay_dropped += c.replay;
		}
		if (sa_counters(x->xfrm, f->sentinel, s->sa.spi, &c))
			sum->encrypt += c.packets;
	}
}

static void queue_out_gone(struct xfrm *x, struct want_group *g, const struct want_sa *s)
{
	for (unsigned i = 0; i < g->niface; i++)
		sa_remove(x->xfrm, x->iface[g->iface[i]].sentinel, s->sa.spi);
}

void apply_sa_gone(struct xfrm *x, struct want_group *g, struct want_sa *s)
{
	apply_counters(x, g, s, &g->past);
	for (unsigned i = 0; i < g->niface; i++)
		sa_remove(x->xfrm, x->iface[g->iface[i]].me, s->sa.spi);
	queue_out_gone(x, g, s);
	if (!netlink_flush(x->xfrm, NULL))
		x->swept = 0;	/* what is left is looked for at the next check */
}

/*
 * New first, and the old one stays a moment: the kernel takes the newest, looks bundles that hold the old one up again, and
 * a packet that is half through the old one is not lost. One that is taken up again is not the newest: the other goes at once.
 */
bool apply_out(struct xfrm *x, struct want_group *g, struct want_sa *s, struct why *why)
{
	bool again = s->lingers;

	s->out = true;
	s->stands_by = s->lingers = false;
	queue_sa(x, g, s, true);
	if (!netlink_flush(x->xfrm, why))
		return false;
	for (struct want_sa *o = g->sas; o; o = o->next) {
		if (o == s || !o->out || o->sa.family != s->sa.family)
			continue;
		o->out = false;
		o->lingers = true;
	}
	for (struct want_sa *o = g->sas; o; o = o->next) {
		if (o->sa.family != s->sa.family || !o->stands_by || may_stand_by(g, o))
			continue;
		o->stands_by = false;
		o->lingers = true;
	}
	apply_stand_by(x, g);
	if (again)
		apply_linger_end(x);
	else
		timer_arm(x->env->timers, &x->linger, LINGER);
	return true;
}

void apply_linger_end(struct xfrm *x)
{
	for (struct want_group *g = x->groups; g; g = g->hh.next)
		for (struct want_sa *s = g->sas; s; s = s->next) {
			struct dp_counters c = { 0 };

			if (!s->lingers)
				continue;
			apply_counters(x, g, s, &c);
			g->past.encrypt += c.encrypt;	/* its inbound half lives on and is still counted itself */
			s->lingers = false;
			queue_out_gone(x, g, s);
		}
	netlink_flush(x->xfrm, NULL);
}

/* ---- policies ---- */

static int by_policy(const void *a, const void *b)
{
	const struct policy_spec *p = a, *q = b;
	int c = policy_cmp(p, q);

	/* equal selectors: the earlier entry is the one that counts */
	return c ? c : p->priority < q->priority ? -1 : p->priority > q->priority;
}

static bool sends(enum dp_mode m)
{
	return m == DP_BOTH || m == DP_PASSIVE;
}

static bool receives(enum dp_mode m)
{
	return m != DP_OPEN && m != DP_CLOSED;
}

/* The SA that a family sends with, or will send with; NULL without one. */
static const struct want_sa *family_sa(const struct want_group *g, uint32_t family)
{
	const struct want_sa *found = NULL;

	for (const struct want_sa *s = g->sas; s; s = s->next) {
		if (s->sa.family == family && s->out)
			return s;
		if (s->sa.family == family && !found)
			found = s;
	}
	return found;
}

/*
 * Multicast that the member forwards is looked up by the kernel as protocol 4 from the interface's own address, whoever sent
 * it (ipmr_queue_xmit): without an entry for that it would leave in clear. False when the entry is not about multicast.
 */
static bool forwarded_multicast(const struct policy_spec *p, const struct want_iface *f, struct policy_spec *out)
{
	const struct ip4 all = { 0xe0000000u }, mask = ip4_mask(4);
	const struct dp_ace *a = &p->ace;

	*out = *p;
	if ((a->dst_mask.a & mask.a) != mask.a && ((all.a ^ a->dst.a) & a->dst_mask.a) == 0) {
		out->ace.dst = all;	/* the entry covers all of it */
		out->ace.dst_mask = mask;
	} else if ((a->dst.a & mask.a) != all.a) {
		return false;
	}
	out->ace.src = f->me;
	out->ace.src_mask = ip4_mask(32);
	out->ace.proto = 4;
	out->ace.sport = out->ace.dport = 0;
	/* An exception for some senders cannot be told from the rest: they are encrypted, too. */
	return a->permit || (a->src_mask.a == 0 && a->proto == 0);
}

/* At most 1 + 2 * interfaces + ... per entry: room for dir in, fwd and out on each interface. */
static unsigned want_policies(struct xfrm *x, struct want_group *g, struct policy_spec *out)
{
	uint32_t base = XFRM_PRIO_BASE + g->rank * XFRM_PRIO_BAND;
	unsigned n = 0;

	for (unsigned k = 0; k < g->nace && receives(g->mode); k++) {
		const struct want_sa *sa = family_sa(g, g->ace[k].family);
		struct policy_spec p = { .ace = g->ace[k],
			.priority = base + k + 2,
			.protect = g->ace[k].permit,
			.transport = sa && sa->sa.transport,
			.reqid = want_reqid_in(g) };

		p.dir = POLICY_IN;
		out[n++] = p;
		p.dir = POLICY_FWD;
		out[n++] = p;
		for (unsigned i = 0; i < g->niface && sends(g->mode); i++) {
			const struct want_iface *f = &x->iface[g->iface[i]],
						*via = sa && sa->single ? &x->iface[g->iface[first_there(x, g)]] : f;

			if (f->index == 0)
				continue;
			p.dir = POLICY_OUT;
			p.ifindex = f->index;
			p.src = via->me;
			p.dst = via->sentinel;
			p.reqid = want_reqid(g, g->ace[k].family);
			out[n++] = p;
			n += forwarded_multicast(&p, f, &out[n]);
		}
	}
	/* Key management is never encrypted with the keys it carries, whatever the downloaded policy says. */
	for (unsigned i = 0; i < g->niface * 2 && sends(g->mode); i++) {
		const struct want_iface *f = &x->iface[g->iface[i / 2]];
		struct policy_spec p = { .dir = POLICY_OUT, .priority = base + 1, .ifindex = f->index };

		p.ace.proto = 17;
		p.ace.src = f->me;
		p.ace.src_mask = ip4_mask(32);
		*(i % 2 ? &p.ace.sport : &p.ace.dport) = 848;
		if (f->index)
			out[n++] = p;
	}
	return n;
}

/* Two groups may name one selector: the kernel has room for it once, and it is the earlier group's. */
static bool taken(const struct xfrm *x, const struct want_group *g, const struct policy_spec *p)
{
	for (const struct want_group *o = x->groups; o; o = o->hh.next)
		if (o->rank < g->rank && o->ninstalled &&
			bsearch(p, o->installed, o->ninstalled, sizeof(*p), (int (*)(const void *, const void *))policy_cmp))
			return true;
	return false;
}

static bool apply_own_policies(struct xfrm *x, struct want_group *g, struct why *why)
{
	struct policy_spec *now = mem_zalloc((g->nace * (2 + 2 * g->niface) + 2 * g->niface + 2) * sizeof(*now));
	unsigned n = want_policies(x, g, now), m = 0, o = 0;
	bool ok;

	qsort(now, n, sizeof(*now), by_policy);
	for (unsigned i = 0; i < n; i++)
		if ((m == 0 || policy_cmp(&now[m - 1], &now[i]) != 0) && !taken(x, g, &now[i]))
			now[m++] = now[i];
	for (unsigned i = 0; i < m; i++)
		policy_put(x->xfrm, &now[i]);
	for (unsigned i = 0; i < g->ninstalled; i++) {
		while (o < m && policy_cmp(&now[o], &g->installed[i]) < 0)
			o++;
		if (o == m || policy_cmp(&now[o], &g->installed[i]) != 0)
			policy_remove(x->xfrm, &g->installed[i]);
	}
	ok = netlink_flush(x->xfrm, why);
	if (!ok) {
		x->policy_news = true;
		x->swept = 0;
	}
	free(g->installed);
	g->installed = now;
	g->ninstalled = m;
	return ok;
}

/* Later groups get what this one let go of. */
bool apply_policies(struct xfrm *x, struct want_group *g, struct why *why)
{
	bool ok = apply_own_policies(x, g, why);

	for (struct want_group *o = x->groups; o; o = o->hh.next)
		if (o->rank > g->rank && o->told)
			ok &= apply_own_policies(x, o, why);
	return ok;
}

/* ---- nft ---- */

struct draft {
	struct nft_plan plan;
	struct nft_iface iface[XFRM_IFACES];
	struct nft_group *group;
	struct nft_spi *spi;
};

static void plan_spi(const struct xfrm *x, const struct want_group *g, const struct want_sa *s, struct nft_spi *out)
{
	uint64_t pt, w = s->sa.window;

	*out = (struct nft_spi){ .spi = s->sa.spi, .transport = s->sa.transport };
	if (s->sa.replay != 3 || !g->have_pt)
		return;
	pt = want_pseudotime(x, g);
	out->timed = true;
	out->low = want_seq(s, pt > w ? pt - w : 0);
	out->high = want_seq(s, pt + w);
}

/* What an earlier life received with is received with until it is known to be a stray. */
static unsigned plan_iface(const struct xfrm *x, const struct want_iface *f, struct nft_iface *out, struct nft_spi *spi)
{
	unsigned n = 0;

	str_copy(out->name, sizeof(out->name), f->name);
	out->me = f->me;
	out->sentinel = f->sentinel;
	out->mss = f->mss;
	out->old = spi;
	for (unsigned i = 0; i < x->nold; i++)
		if (ip4_eq(x->old[i].dst, f->me))
			spi[n++] = (struct nft_spi){ .spi = x->old[i].spi, .transport = x->old[i].beet };
	out->nold = n;
	return n;
}

static void plan(struct xfrm *x, struct draft *p)
{
	unsigned nspi = x->nold * x->niface, k = 0;
	struct want_group *g, *tmp;

	HASH_ITER(hh, x->groups, g, tmp)
		for (struct want_sa *s = g->sas; s; s = s->next)
			nspi++;
	memset(p, 0, sizeof(*p));
	p->group = mem_zalloc((HASH_COUNT(x->groups) + 1) * sizeof(*p->group));
	p->spi = mem_zalloc((nspi + 1) * sizeof(*p->spi));
	p->plan = (struct nft_plan){ .iface = p->iface, .niface = x->niface, .group = p->group, .df = x->df,
		.log = x->log_drops };
	for (unsigned i = 0; i < x->niface; i++)
		k += plan_iface(x, &x->iface[i], &p->iface[i], &p->spi[k]);
	HASH_ITER(hh, x->groups, g, tmp) {
		struct nft_group *n = &p->group[p->plan.ngroup++];

		snprintf(n->counter, sizeof(n->counter), "g%u", g->slot);
		n->mode = g->mode;
		n->ace = g->ace;
		n->nace = g->nace;
		n->iface = g->iface;
		n->niface = g->niface;
		n->spi = &p->spi[k];
		for (struct want_sa *s = g->sas; s; s = s->next)
			plan_spi(x, g, s, &p->spi[k++]);
		n->nspi = (unsigned)(&p->spi[k] - n->spi);
	}
}

static void plan_free(struct draft *p)
{
	free(p->group);
	free(p->spi);
}

/* A group that was added and not told its mode yet would leave a hole of microseconds in a block of an earlier life. */
static bool waits(struct xfrm *x)
{
	bool wait = x->hold;

	for (const struct want_group *g = x->groups; g; g = g->hh.next)
		wait |= !g->told;
	x->held |= wait;
	return wait;
}

bool apply_nft(struct xfrm *x, struct why *why)
{
	struct draft p;
	bool ok;

	if (waits(x))
		return true;
	x->held = false;
	plan(x, &p);
	ok = nft_write(x->nft, &p.plan, p.plan.log ? NULL : why);
	if (!ok && p.plan.log) {	/* a kernel that cannot tell of drops drops all the same */
		p.plan.log = false;
		ok = nft_write(x->nft, &p.plan, why);
		x->log_drops = !ok;
	}
	plan_free(&p);
	x->rules |= ok;
	x->rules_news = !ok;
	if (ok) {
		x->rules_lost = false;
		x->rules_written = clock_now(x->env->clock);
	}
	return ok;
}

void apply_no_nft(struct xfrm *x)
{
	nft_remove(x->nft);
	x->rules = x->rules_news = x->rules_lost = false;
}

/* A block comes before the policies go, and goes after they came: nothing leaks in between. */
bool apply_mode(struct xfrm *x, struct want_group *g, struct why *why)
{
	bool ok = g->mode == DP_CLOSED ? apply_nft(x, why) && apply_policies(x, g, why)
				       : apply_policies(x, g, why) && apply_nft(x, why);

	g->owed = !ok;
	return ok;
}

bool apply_keys(struct xfrm *x, struct why *why)
{
	struct draft p;
	bool ok;

	if (waits(x))
		return true;
	if (x->held)
		return apply_nft(x, why);
	plan(x, &p);
	ok = nft_write_keys(x->nft, &p.plan, why);
	plan_free(&p);
	x->rules_news |= !ok;
	return ok;
}

bool apply_windows(struct xfrm *x, struct why *why)
{
	struct want_group *g, *tmp;
	struct draft p;
	bool ok = true;

	plan(x, &p);
	if (!waits(x))
		ok = nft_write_windows(x->nft, &p.plan, why);
	plan_free(&p);
	x->rules_news |= !ok;
	HASH_ITER(hh, x->groups, g, tmp)
		for (struct want_sa *s = g->sas; s; s = s->next)
			for (unsigned i = 0; s->out && s->sa.replay == 3 && g->have_pt && i < g->niface; i++) {
				const struct want_iface *f = &x->iface[g->iface[i]];
				uint32_t seq = want_seq(s, want_pseudotime(x, g));
				struct sa_count c;

				/* a sender that has run ahead of time is not set back: no number is used twice */
				if (sa_counters(x->xfrm, f->sentinel, s->sa.spi, &c) && c.oseq < seq)
					sa_set_oseq(x->xfrm, f->sentinel, s->sa.spi, seq);
			}
	return netlink_flush(x->xfrm, why) && ok;
}

bool apply_iface(struct xfrm *x, struct want_iface *f, struct why *why)
{
	return f->index == 0 || route_sentinel(x->route, f->sentinel, f->index, true, why);
}
