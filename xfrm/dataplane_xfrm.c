/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "xfrm/dataplane_xfrm.h"
#include <libmnl/libmnl.h>
#include <linux/netlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "lib/clock.h"
#include "lib/env.h"
#include "lib/mem.h"
#include "lib/text.h"
#include "lib/why.h"
#include "syslog/msg.h"
#include "xfrm/nl.h"
#include "xfrm/route.h"
#include "xfrm/wanted.h"

#define CHECK_EVERY SEC(5)
#define PROBE_EVERY SEC(30)
#define SWEEP_EVERY SEC(60)
#define TICK_EVERY MSEC(500)
#define STRAY_GRACE SEC(180)	/* SAs of an earlier life go on carrying traffic until registered again, this long at most */
#define SENTINEL_NET 0xc0000200u	/* 192.0.2.0/24, RFC 5737: routed nowhere */

static struct xfrm *self(struct dataplane *dp)
{
	return (struct xfrm *)(void *)dp;
}

/* ---- can the kernel? ---- */

/* Tried on a table without groups; one of an earlier life is not touched. Telling of drops is not needed to work. */
static bool probe_nft(struct xfrm *x, struct why *why)
{
	struct nft_plan empty = { .log = true };
	bool ok;

	if (nft_present(x->nft))
		return true;
	x->log_drops = nft_write(x->nft, &empty, NULL);
	empty.log = false;
	ok = x->log_drops || nft_write(x->nft, &empty, why);
	nft_remove(x->nft);
	return ok;
}

static bool probe(struct xfrm *x, struct why *why)
{
	static const uint8_t key[16], auth_key[32];
	const struct dp_sa sa = { .spi = 0xfffffff0u, .enc = ESP_AES128, .auth = ESP_SHA256, .key = BYTES_OF(key),
		.auth_key = BYTES_OF(auth_key) };
	const struct sa_spec spec = { .src = { 0x7f000001 }, .dst = { SENTINEL_NET | 254 }, .spi = sa.spi,
		.reqid = XFRM_REQID_BASE, .sa = &sa, .ends = (uint64_t)time(NULL) + 5 };
	struct why reason;

	if (!x->xfrm || !x->nft || !x->route)
		return why_set(why,
			"no netlink to XFRM or nftables: CAP_NET_ADMIN is missing, or 'modprobe -a xfrm_user nf_tables' has to be run");
	sa_add(x->xfrm, &spec);
	if (!netlink_flush(x->xfrm, &reason))
		return why_set(why,
			"no ESP in the kernel (%s): load it with 'modprobe -a xfrm_user esp4 authenc cbc sha256_generic'",
			reason.text);
	sa_remove(x->xfrm, spec.dst, spec.spi);
	netlink_flush(x->xfrm, NULL);
	if (!x->hold && !probe_nft(x, &reason))
		return why_set(why, "no nftables rules (%s): load them with 'modprobe -a nf_tables nft_xfrm nft_tproxy'",
			reason.text);
	return true;
}

static bool usable(struct dataplane *dp, struct why *why)
{
	struct xfrm *x = self(dp);
	uint64_t now = clock_now(x->env->clock);
	struct why reason = { "" };

	if (x->usable < 0 || (x->usable == 0 && now - x->probed >= PROBE_EVERY)) {
		x->probed = now;
		x->usable = probe(x, &reason);
		str_copy(x->problem, sizeof(x->problem), reason.text);
		if (!x->usable && !x->told)
			log_GDOI_DATAPLANE_DOWN(x->log, x->problem);
		else if (x->usable && x->told)
			log_GDOI_DATAPLANE_UP(x->log);
		x->told = !x->usable;
		if (x->usable && x->groups && !x->stopping)
			timer_arm(x->env->timers, &x->check, 0);	/* what was asked for meanwhile */
	}
	return x->usable == 1 || why_set(why, "%s", x->problem);
}

/* ---- interfaces ---- */

static unsigned iface_get(struct xfrm *x, const char *name)
{
	struct want_iface *f;

	for (unsigned i = 0; i < x->niface; i++)
		if (strcmp(x->iface[i].name, name) == 0)
			return i;
	if (x->niface == XFRM_IFACES)
		return XFRM_IFACES;
	f = &x->iface[x->niface];
	memset(f, 0, sizeof(*f));
	str_copy(f->name, sizeof(f->name), name);
	f->sentinel.a = SENTINEL_NET | (x->niface + 1);
	return x->niface++;
}

/* Reads an interface's index and address in; true when they changed. */
static bool iface_look(struct xfrm *x, struct want_iface *f)
{
	const struct netif_link *l = x->netif ? netif_find(x->netif, f->name) : NULL;
	int index = l && l->admin_up && l->naddr ? l->index : 0;
	struct ip4 me = index ? l->addr[0].ip : f->me;
	bool changed = index != f->index || !ip4_eq(me, f->me);

	f->index = index;
	f->me = me;
	return changed;
}

static bool apply_all(struct xfrm *x, struct want_group *g, struct why *why)
{
	bool ok = true;

	for (unsigned i = 0; i < g->niface; i++)
		ok &= apply_iface(x, &x->iface[g->iface[i]], why);
	for (struct want_sa *s = g->sas; s; s = s->next)
		ok &= apply_sa(x, g, s, why);
	return apply_policies(x, g, why) && ok;
}

/* Everything once more: the kernel takes it now, or an interface is back. */
static void apply_world(struct xfrm *x)
{
	struct why why;

	for (struct want_group *g = x->groups; g; g = g->hh.next)
		if (!apply_all(x, g, &why))
			log_GDOI_DATAPLANE_ERROR(x->log, "state", g->name, why.text);
	if (!apply_nft(x, &why))
		log_GDOI_DATAPLANE_ERROR(x->log, "nftables rules", "all", why.text);
}

void xfrm_interfaces_changed(struct dataplane *dp)
{
	struct xfrm *x = self(dp);
	bool changed = false;

	for (unsigned i = 0; i < x->niface; i++)
		changed |= iface_look(x, &x->iface[i]);
	if (!changed || !usable(dp, NULL))
		return;
	apply_world(x);
	if (x->groups && !x->nold)
		check_strays(x);
}

/* Rules that are nobody's policy can wait for the end of the line that is being configured. */
static void soon(struct xfrm *x)
{
	x->held = true;
	if (!timer_armed(&x->later))
		timer_arm(x->env->timers, &x->later, MSEC(50));
}

void xfrm_set_mss(struct dataplane *dp, const char *ifname, uint32_t mss)
{
	struct xfrm *x = self(dp);
	unsigned i = 0;

	while (i < x->niface && strcmp(x->iface[i].name, ifname) != 0)
		i++;
	if (i == x->niface && (mss == 0 || (i = iface_get(x, ifname)) == XFRM_IFACES))
		return;
	if (x->iface[i].mss == mss)
		return;
	x->iface[i].mss = mss;
	iface_look(x, &x->iface[i]);
	soon(x);
}

void xfrm_set_df(struct dataplane *dp, enum xfrm_df df)
{
	struct xfrm *x = self(dp);

	if (x->df == df)
		return;
	x->df = df;
	soon(x);
}

/* ---- groups ---- */

static struct want_group *group(struct dataplane *dp, const char *name)
{
	struct want_group *g;

	HASH_FIND_STR(self(dp)->groups, name, g);
	return g;
}

static unsigned free_number(const struct xfrm *x, unsigned first, bool rank)
{
	for (unsigned k = 0; k < XFRM_SLOTS; k++) {
		unsigned n = (first + k) % XFRM_SLOTS + 1;
		bool taken = false;

		for (const struct want_group *g = x->groups; g; g = g->hh.next)
			taken |= (rank ? g->rank : g->slot) == n;
		if (!taken)
			return n;
	}
	return 1;
}

/* The same after a restart, so that SAs of the earlier life can be kept. */
static unsigned slot_of(const struct xfrm *x, const char *name)
{
	uint32_t h = 2166136261u;

	for (const char *p = name; *p; p++)
		h = (h ^ (uint8_t)*p) * 16777619u;
	return free_number(x, h % XFRM_SLOTS, false);
}

static struct want_group *group_new(struct xfrm *x, const char *name)
{
	struct want_group *g = mem_zalloc(sizeof(*g));

	str_copy(g->name, sizeof(g->name), name);
	g->slot = slot_of(x, name);
	g->rank = free_number(x, 0, true);
	g->mode = DP_OPEN;
	ratelimit_init(&g->replay_log, 3, SEC(20));
	HASH_ADD_STR(x->groups, name, g);
	return g;
}

/* Sentinel routes of interfaces that no group stands on. */
static void routes_sweep(struct xfrm *x)
{
	for (unsigned i = 0; i < x->niface; i++) {
		bool used = false;

		for (const struct want_group *g = x->groups; g; g = g->hh.next)
			for (unsigned k = 0; k < g->niface; k++)
				used |= g->iface[k] == i;
		if (!used && x->iface[i].index)
			route_sentinel(x->route, x->iface[i].sentinel, x->iface[i].index, false, NULL);
	}
}

static bool group_add(struct dataplane *dp, const char *name, const char *const *ifnames, unsigned n, struct ip4 local,
	struct why *why)
{
	struct xfrm *x = self(dp);
	struct want_group *g = group(dp, name);

	if (!g)
		g = group_new(x, name);
	g->orphan = false;
	g->niface = 0;
	for (unsigned i = 0; i < n && g->niface < XFRM_GROUP_IFACES; i++) {
		unsigned f = iface_get(x, ifnames[i]);

		if (f == XFRM_IFACES)
			return why_set(why, "more than %u crypto interfaces", XFRM_IFACES);
		iface_look(x, &x->iface[f]);
		g->iface[g->niface++] = f;
	}
	if (!timer_armed(&x->check))
		timer_arm(x->env->timers, &x->check, CHECK_EVERY);
	if (!usable(dp, why) || !apply_all(x, g, why) || !apply_nft(x, why))
		return false;
	routes_sweep(x);
	return true;
}

static void sa_free(struct want_sa *s)
{
	secret_free(&s->key);
	secret_free(&s->auth_key);
	free(s);
}

static void group_free(struct xfrm *x, struct want_group *g)
{
	while (g->sas) {
		struct want_sa *s = g->sas;

		g->sas = s->next;
		sa_free(s);
	}
	HASH_DEL(x->groups, g);
	free(g->ace);
	free(g->installed);
	free(g);
}

static bool mss_wanted(const struct xfrm *x)
{
	for (unsigned i = 0; i < x->niface; i++)
		if (x->iface[i].mss)
			return true;
	return false;
}

static void rules_left(struct xfrm *x)
{
	if (x->groups || mss_wanted(x))
		apply_nft(x, NULL);
	else
		apply_no_nft(x);
}

/* An interface that comes back with its address must not find the door open until the member has seen it. */
static bool vanished(struct xfrm *x, const struct want_group *g)
{
	bool there = false;

	for (unsigned i = 0; i < g->niface; i++) {
		iface_look(x, &x->iface[g->iface[i]]);
		there |= x->iface[g->iface[i]].index != 0;
	}
	return !there;
}

static void group_del(struct dataplane *dp, const char *name)
{
	struct xfrm *x = self(dp);
	struct want_group *g = group(dp, name);

	if (!g)
		return;
	for (struct want_sa *s = g->sas; s && x->usable > 0; s = s->next)
		apply_sa_gone(x, g, s);
	if (g->mode == DP_CLOSED && x->stopping)
		return;
	if (g->mode == DP_CLOSED && !g->orphan && vanished(x, g)) {
		while (g->sas) {
			struct want_sa *s = g->sas;

			g->sas = s->next;
			sa_free(s);
		}
		g->orphan = true;
		return;
	}
	g->mode = DP_OPEN;
	g->told = true;
	if (x->usable > 0)
		apply_policies(x, g, NULL);
	group_free(x, g);
	if (x->nft)
		rules_left(x);
	if (x->usable > 0)
		routes_sweep(x);
}

static bool policy_sayable(const struct dp_ace *ace, unsigned n, struct why *why)
{
	if (n > XFRM_PRIO_BAND - 2)
		return why_set(why, "a policy of %u entries is too long", n);
	for (unsigned i = 0; i < n; i++)
		if (ip4_mask_bits(ace[i].src_mask) < 0 || ip4_mask_bits(ace[i].dst_mask) < 0)
			return why_set(why, "entry %u has a wildcard with holes, which XFRM cannot select by", i + 1);
	return true;
}

static bool policy(struct dataplane *dp, const char *name, enum dp_mode mode, const struct dp_ace *ace, unsigned n,
	struct why *why)
{
	struct xfrm *x = self(dp);
	struct want_group *g = group(dp, name);

	if (!g)
		return why_set(why, "the data plane does not know group %s", name);
	if (!policy_sayable(ace, n, why))
		return false;
	free(g->ace);
	g->ace = n ? mem_dup(ace, n * sizeof(*ace)) : NULL;
	g->nace = n;
	g->mode = mode;
	g->told = true;
	if (!usable(dp, why)) {
		if (mode == DP_CLOSED && x->nft)
			apply_nft(x, NULL);	/* blocking needs no ESP */
		return false;
	}
	return apply_mode(x, g, why);
}

/* ---- TEKs ---- */

static struct want_sa *find_sa(struct want_group *g, uint32_t spi)
{
	for (struct want_sa *s = g ? g->sas : NULL; s; s = s->next)
		if (s->sa.spi == spi)
			return s;
	return NULL;
}

static struct want_sa *sa_new(struct xfrm *x, struct want_group *g, const struct dp_sa *sa)
{
	struct want_sa *s = mem_zalloc(sizeof(*s));
	uint64_t now = clock_now(x->env->clock), age = sa->lifetime > sa->remaining ? sa->lifetime - sa->remaining : 0;

	s->sa = *sa;
	s->key = secret_copy(sa->key);
	s->auth_key = secret_copy(sa->auth_key);
	s->sa.key = secret_bytes(&s->key);
	s->sa.auth_key = secret_bytes(&s->auth_key);
	s->single = sa->replay == 2;
	s->ends = now + SEC(sa->remaining);
	s->born = (int64_t)now - (int64_t)SEC(age);
	s->start_pt = sa->begin;
	if (g->have_pt && !sa->begin)
		s->start_pt = want_pseudotime(x, g) > age * 1000 ? want_pseudotime(x, g) - age * 1000 : 0;
	s->next = g->sas;
	g->sas = s;
	return s;
}

static bool sa_in(struct dataplane *dp, const char *name, const struct dp_sa *sa, struct why *why)
{
	struct xfrm *x = self(dp);
	struct want_group *g = group(dp, name);
	struct want_sa *s = find_sa(g, sa->spi);

	if (!g)
		return why_set(why, "the data plane does not know group %s", name);
	if (!s)
		s = sa_new(x, g, sa);
	if (s->sa.replay == 2 && sa->replay != 2) {	/* more than one sender: no window any more */
		s->sa.replay = sa->replay;
		s->sa.window = 0;
	}
	if (sa->replay == 3 && !timer_armed(&x->tick))
		timer_arm(x->env->timers, &x->tick, TICK_EVERY);
	if (!usable(dp, why) || !apply_sa(x, g, s, why))
		return false;
	/* the rules that transport mode needs stand only where it is used */
	return s->sa.transport ? apply_nft(x, why) : apply_keys(x, why);
}

static bool sa_out(struct dataplane *dp, const char *name, uint32_t spi, struct why *why)
{
	struct xfrm *x = self(dp);
	struct want_group *g = group(dp, name);
	struct want_sa *s = find_sa(g, spi);
	bool way = false;

	if (!s)
		return why_set(why, "no TEK with SPI 0x%08X in group %s", spi, name);
	for (const struct want_sa *o = g->sas; o; o = o->next)
		way |= o != s && o->sa.family == s->sa.family &&
		       (o->sa.transport != s->sa.transport || (g->niface > 1 && o->single != s->single));
	if (!usable(dp, why)) {
		for (struct want_sa *o = g->sas; o; o = o->next)
			if (o->sa.family == s->sa.family)
				o->out = o == s;
		return false;
	}
	if (!apply_out(x, g, s, why))
		return false;
	g->settled = true;
	return !way || apply_policies(x, g, why);
}

static void sa_ends(struct dataplane *dp, const char *name, uint32_t spi, uint64_t remaining)
{
	struct xfrm *x = self(dp);
	struct want_group *g = group(dp, name);
	struct want_sa *s = find_sa(g, spi);
	struct why why;

	if (!s)
		return;
	s->ends = clock_now(x->env->clock) + SEC(remaining);
	if (x->usable <= 0)
		return;
	if (!apply_sa(x, g, s, &why))
		log_GDOI_DATAPLANE_ERROR(x->log, "state", g->name, why.text);
	apply_stand_by(x, g);
}

static void note_gone(struct xfrm *x, struct want_group *g, uint32_t spi)
{
	unsigned i = g->ngone++ % XFRM_GONE;

	g->gone[i].spi = spi;
	g->gone[i].when = clock_now(x->env->clock);
}

static void sa_del(struct dataplane *dp, const char *name, uint32_t spi)
{
	struct xfrm *x = self(dp);
	struct want_group *g = group(dp, name);
	struct want_sa *s = find_sa(g, spi), **at;

	if (!s)
		return;
	if (x->usable > 0)
		apply_sa_gone(x, g, s);
	for (at = &g->sas; *at != s; at = &(*at)->next)
		;
	*at = s->next;
	sa_free(s);
	note_gone(x, g, spi);
	if (x->usable > 0)
		apply_keys(x, NULL);
}

static void pseudotime(struct dataplane *dp, const char *name, uint64_t ms)
{
	struct xfrm *x = self(dp);
	struct want_group *g = group(dp, name);

	if (!g)
		return;
	g->pt_offset = (int64_t)ms - (int64_t)(clock_now(x->env->clock) / 1000);
	g->have_pt = true;
}

/* ---- reports ---- */

static void counters(struct dataplane *dp, const char *name, struct dp_counters *out)
{
	struct want_group *g = group(dp, name);

	memset(out, 0, sizeof(*out));
	if (g)
		report_counters(self(dp), g, out);
}

static void sas(struct dataplane *dp, const char *name, bool (*fn)(void *arg, const struct dp_sa_info *i), void *arg)
{
	struct want_group *g = group(dp, name);

	if (g)
		report_sas(self(dp), g, fn, arg);
}

static void drops(struct dataplane *dp, const char *name, bool (*fn)(void *arg, const struct dp_drop *d), void *arg)
{
	struct want_group *g = group(dp, name);

	if (g)
		report_drops(self(dp), g, fn, arg);
}

static void clear(struct dataplane *dp, const char *name)
{
	struct want_group *g = group(dp, name);

	if (g)
		report_clear(self(dp), g);
}

static const struct dataplane_ops ops = { usable, group_add, group_del, policy, sa_in, sa_out, sa_del, pseudotime,
	counters, sa_ends, sas, drops, clear };

/* ---- time ---- */

static void on_check(void *arg)
{
	struct xfrm *x = arg;
	const uint64_t now = clock_now(x->env->clock);
	struct want_group *g, *tmp;
	bool settled = true;

	if ((!x->groups && !x->rules) || x->stopping)
		return;
	timer_arm(x->env->timers, &x->check, CHECK_EVERY);
	if (x->usable <= 0) {	/* a module may have been loaded meanwhile */
		if (!usable(&x->dp, NULL))
			return;
		apply_world(x);
	}
	check_kernel(x);
	HASH_ITER(hh, x->groups, g, tmp)
		if (g->orphan && !vanished(x, g))
			group_del(&x->dp, g->name);	/* they are back, and the member does not want it any more */
	HASH_ITER(hh, x->groups, g, tmp)
		settled &= g->settled || g->orphan;
	if ((settled || now - x->started > STRAY_GRACE) && (!x->swept || now - x->swept >= SWEEP_EVERY)) {
		x->swept = now;
		check_strays(x);
	}
}

/* The loop turns, so the groups of the configuration have been told: rules of an earlier life may be replaced. */
static void on_later(void *arg)
{
	struct xfrm *x = arg;
	bool closed = false;
	struct why why;

	if (!x->turned) {
		x->turned = true;
		timer_arm(x->env->timers, &x->later, MSEC(200));
		return;
	}
	x->hold = false;
	if (!x->groups && !mss_wanted(x)) {
		if (x->held && x->nft && nft_present(x->nft))
			apply_no_nft(x);
		return;
	}
	for (const struct want_group *g = x->groups; g; g = g->hh.next)
		closed |= g->mode == DP_CLOSED && g->told;
	if (x->held && x->nft && (usable(&x->dp, NULL) || closed) && !apply_nft(x, &why))
		log_GDOI_DATAPLANE_ERROR(x->log, "nftables rules", "all", why.text);
}

static void on_linger(void *arg)
{
	apply_linger_end(arg);
}

static void on_tick(void *arg)
{
	struct xfrm *x = arg;
	struct want_group *g, *tmp;
	bool timed = false;

	HASH_ITER(hh, x->groups, g, tmp)
		for (struct want_sa *s = g->sas; s; s = s->next)
			timed |= s->sa.replay == 3;
	if (!timed)
		return;
	apply_windows(x, NULL);
	timer_arm(x->env->timers, &x->tick, TICK_EVERY);
}

struct dataplane *xfrm_new(const struct env *env, struct syslog *log, struct loop *loop, const struct netif *netif)
{
	struct xfrm *x = mem_zalloc(sizeof(*x));

	x->dp.ops = &ops;
	x->env = env;
	x->log = log;
	x->netif = netif;
	x->usable = -1;
	x->log_drops = true;
	ratelimit_init(&x->error_log, 3, SEC(60));
	x->started = clock_now(env->clock);
	x->xfrm = netlink_open(NETLINK_XFRM, NULL);
	x->nft = netlink_open(NETLINK_NETFILTER, NULL);
	x->route = netlink_open(NETLINK_ROUTE, NULL);
	timer_init(&x->check, on_check, x);
	timer_init(&x->tick, on_tick, x);
	timer_init(&x->later, on_later, x);
	timer_init(&x->linger, on_linger, x);
	check_adopt(x);
	x->held = x->hold;
	timer_arm(env->timers, &x->later, 0);
	check_news_open(x, loop);
	drops_open(x, loop);
	return &x->dp;
}

void xfrm_stopping(struct dataplane *dp)
{
	self(dp)->stopping = true;
}

void xfrm_free(struct dataplane *dp)
{
	struct xfrm *x = self(dp);
	struct want_group *g, *tmp;
	bool closed = false;

	x->stopping = true;
	timer_cancel(x->env->timers, &x->check);
	timer_cancel(x->env->timers, &x->tick);
	timer_cancel(x->env->timers, &x->later);
	timer_cancel(x->env->timers, &x->linger);
	check_news_close(x);
	drops_close(x);
	HASH_ITER(hh, x->groups, g, tmp)
		if (g->mode != DP_CLOSED)
			group_del(dp, g->name);
	HASH_ITER(hh, x->groups, g, tmp) {
		closed = true;	/* its rules stay in the kernel: that is what fail-close means */
		group_free(x, g);
	}
	if (!closed && mss_wanted(x) && x->usable > 0)
		nft_remove(x->nft);
	netlink_close(x->xfrm);
	netlink_close(x->nft);
	netlink_close(x->route);
	free(x->old);
	free(x);
}
