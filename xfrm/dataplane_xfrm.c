/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "xfrm/dataplane_xfrm.h"
#include <libmnl/libmnl.h>
#include <linux/netlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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
#define TICK_EVERY MSEC(500)
#define STRAY_GRACE SEC(180)	/* SAs of an earlier life go on carrying traffic until registered again, this long at most */
#define SENTINEL_NET 0xc0000200u	/* 192.0.2.0/24, RFC 5737: routed nowhere */

static struct xfrm *self(struct dataplane *dp)
{
	return (struct xfrm *)(void *)dp;
}

/* ---- can the kernel? ---- */

static bool probe(struct xfrm *x, struct why *why)
{
	static const uint8_t key[16], auth_key[32];
	const struct dp_sa sa = { .spi = 0xfffffff0u, .enc = ESP_AES128, .auth = ESP_SHA256, .key = BYTES_OF(key),
		.auth_key = BYTES_OF(auth_key) };
	const struct sa_spec spec = { .src = { 0x7f000001 }, .dst = { SENTINEL_NET | 254 }, .spi = sa.spi,
		.reqid = XFRM_REQID_BASE, .sa = &sa, .hard_seconds = 5 };
	struct why reason;

	if (!x->xfrm || !x->nft || !x->route)
		return why_set(why, "no netlink to XFRM or nftables (CAP_NET_ADMIN missing, or the kernel has no xfrm_user)");
	sa_add(x->xfrm, &spec);
	if (!nl_flush(x->xfrm, &reason))
		return why_set(why, "the kernel cannot do ESP with AES-CBC and HMAC-SHA-256 (%s): load it with "
				    "'modprobe -a xfrm_user esp4 authenc cbc aes_generic sha256_generic' or use a kernel that has it",
			reason.text);
	sa_remove(x->xfrm, spec.dst, spec.spi);
	nl_flush(x->xfrm, NULL);
	if (!x->groups && !nft_present(x->nft)) {
		if (!nft_write(x->nft, NULL, 0, NULL, 0, &reason))
			return why_set(why, "the kernel cannot do the nftables rules needed (%s): load them with "
					    "'modprobe -a nf_tables nft_xfrm nft_tproxy nft_chain_nat'", reason.text);
		nft_remove(x->nft);
	}
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
	const struct netif_link *l = netif_find(x->netif, f->name);
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

void xfrm_interfaces_changed(struct dataplane *dp)
{
	struct xfrm *x = self(dp);
	struct want_group *g, *tmp;
	bool changed = false;
	struct why why;

	for (unsigned i = 0; i < x->niface; i++)
		changed |= iface_look(x, &x->iface[i]);
	if (!changed || !usable(dp, NULL))
		return;
	HASH_ITER(hh, x->groups, g, tmp)
		if (!apply_all(x, g, &why))
			log_GDOI_DATAPLANE_ERROR(x->log, "state", g->name, why.text);
	if (!apply_nft(x, &why))
		log_GDOI_DATAPLANE_ERROR(x->log, "nftables rules", "all", why.text);
	check_strays(x);
}

void xfrm_set_mss(struct dataplane *dp, const char *ifname, uint32_t mss)
{
	struct xfrm *x = self(dp);
	unsigned i = iface_get(x, ifname);
	struct why why;

	if (i == XFRM_IFACES || x->iface[i].mss == mss)
		return;
	x->iface[i].mss = mss;
	iface_look(x, &x->iface[i]);
	if (usable(dp, NULL) && !apply_nft(x, &why))
		log_GDOI_DATAPLANE_ERROR(x->log, "adjust-mss", ifname, why.text);
}

/* ---- groups ---- */

static struct want_group *group(struct dataplane *dp, const char *name)
{
	struct want_group *g;

	HASH_FIND_STR(self(dp)->groups, name, g);
	return g;
}

static unsigned free_slot(const struct xfrm *x)
{
	for (unsigned slot = 1; slot < 1000; slot++) {
		struct want_group *g, *tmp;
		bool taken = false;

		HASH_ITER(hh, x->groups, g, tmp)
			taken |= g->slot == slot;
		if (!taken)
			return slot;
	}
	return 0;
}

static bool group_add(struct dataplane *dp, const char *name, const char *const *ifnames, unsigned n, struct ip4 local,
	struct why *why)
{
	struct xfrm *x = self(dp);
	struct want_group *g = group(dp, name);

	if (!usable(dp, why))
		return false;
	if (!g) {
		g = mem_zalloc(sizeof(*g));
		str_copy(g->name, sizeof(g->name), name);
		g->slot = free_slot(x);
		g->mode = DP_OPEN;
		HASH_ADD_STR(x->groups, name, g);
	}
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
	return apply_all(x, g, why) && apply_nft(x, why);
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

static void group_del(struct dataplane *dp, const char *name)
{
	struct xfrm *x = self(dp);
	struct want_group *g = group(dp, name);

	if (!g)
		return;
	for (struct want_sa *s = g->sas; s; s = s->next)
		apply_sa_gone(x, g, s);
	g->mode = DP_OPEN;
	apply_policies(x, g, NULL);
	group_free(x, g);
	if (x->groups)
		apply_nft(x, NULL);
	else
		nft_remove(x->nft);
}

static bool policy(struct dataplane *dp, const char *name, enum dp_mode mode, const struct dp_ace *ace, unsigned n,
	struct why *why)
{
	struct xfrm *x = self(dp);
	struct want_group *g = group(dp, name);

	if (!g)
		return why_set(why, "the data plane does not know group %s", name);
	if (n > XFRM_PRIO_BAND - 2)
		return why_set(why, "a policy of %u entries is too long", n);
	for (unsigned i = 0; i < n; i++)
		if (ip4_mask_bits(ace[i].src_mask) < 0 || ip4_mask_bits(ace[i].dst_mask) < 0)
			return why_set(why, "entry %u has a wildcard with holes, which XFRM cannot select by", i + 1);
	free(g->ace);
	g->ace = n ? mem_dup(ace, n * sizeof(*ace)) : NULL;
	g->nace = n;
	g->mode = mode;
	/* Towards closed the block comes first, towards open the policies go first: nothing leaks in between. */
	if (mode == DP_OPEN)
		return apply_policies(x, g, why) && apply_nft(x, why);
	return apply_nft(x, why) && apply_policies(x, g, why);
}

/* ---- TEKs ---- */

static struct want_sa *find_sa(struct want_group *g, uint32_t spi)
{
	for (struct want_sa *s = g ? g->sas : NULL; s; s = s->next)
		if (s->sa.spi == spi)
			return s;
	return NULL;
}

static bool sa_in(struct dataplane *dp, const char *name, const struct dp_sa *sa, struct why *why)
{
	struct xfrm *x = self(dp);
	struct want_group *g = group(dp, name);
	struct want_sa *s = find_sa(g, sa->spi);
	uint64_t age;

	if (!g)
		return why_set(why, "the data plane does not know group %s", name);
	if (s)
		return apply_sa(x, g, s, why);
	s = mem_zalloc(sizeof(*s));
	s->sa = *sa;
	s->key = secret_copy(sa->key);
	s->auth_key = secret_copy(sa->auth_key);
	s->sa.key = secret_bytes(&s->key);
	s->sa.auth_key = secret_bytes(&s->auth_key);
	s->ends = clock_now(x->env->clock) + SEC(sa->remaining);
	age = sa->lifetime > sa->remaining ? (sa->lifetime - sa->remaining) * 1000 : 0;
	if (g->have_pt)
		s->start_pt = want_pseudotime(x, g) > age ? want_pseudotime(x, g) - age : 0;
	s->next = g->sas;
	g->sas = s;
	if (sa->replay == 3 && !timer_armed(&x->tick))
		timer_arm(x->env->timers, &x->tick, TICK_EVERY);
	return apply_sa(x, g, s, why) && apply_nft(x, why);
}

static bool sa_out(struct dataplane *dp, const char *name, uint32_t spi, struct why *why)
{
	struct xfrm *x = self(dp);
	struct want_group *g = group(dp, name);
	struct want_sa *s = find_sa(g, spi);

	if (!s)
		return why_set(why, "no TEK with SPI 0x%08X in group %s", spi, name);
	if (!apply_out(x, g, s, why))
		return false;
	g->settled = true;
	return true;
}

static void sa_del(struct dataplane *dp, const char *name, uint32_t spi)
{
	struct xfrm *x = self(dp);
	struct want_group *g = group(dp, name);
	struct want_sa *s = find_sa(g, spi), **at;

	if (!s)
		return;
	apply_sa_gone(x, g, s);
	for (at = &g->sas; *at != s; at = &(*at)->next)
		;
	*at = s->next;
	sa_free(s);
	apply_nft(x, NULL);
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

/* ---- counters ---- */

static void system_wide(struct dp_counters *c)
{
	FILE *f = fopen("/proc/net/xfrm_stat", "re");
	char name[64];
	unsigned long long v;

	while (f && fscanf(f, "%63s %llu", name, &v) == 2) {
		if (strcmp(name, "XfrmInNoStates") == 0)
			c->invalid_sa = v;
		else if (strcmp(name, "XfrmOutNoStates") == 0)
			c->no_sa = v;
		else if (strcmp(name, "XfrmInStateProtoError") == 0)
			c->decap_fail = v;
		else if (strcmp(name, "XfrmOutStateProtoError") == 0)
			c->encaps_fail = v;
	}
	if (f)
		fclose(f);
}

static void counters(struct dataplane *dp, const char *name, struct dp_counters *out)
{
	struct xfrm *x = self(dp);
	struct want_group *g = group(dp, name);
	struct nft_count n;
	char stem[24];

	memset(out, 0, sizeof(*out));
	if (!g)
		return;
	*out = g->past;
	for (struct want_sa *s = g->sas; s; s = s->next)
		apply_counters(x, g, s, out);
	system_wide(out);
	snprintf(stem, sizeof(stem), "g%u", g->slot);
	nft_counters(x->nft, stem, &n);
	out->clear_dropped = n.clear_dropped + n.closed_dropped;
	out->replay_dropped += n.early + n.late;
}

static const struct dataplane_ops ops = { usable, group_add, group_del, policy, sa_in, sa_out, sa_del, pseudotime,
	counters };

/* ---- time ---- */

static void on_check(void *arg)
{
	struct xfrm *x = arg;
	struct want_group *g, *tmp;
	bool settled = true;

	if (!x->groups)
		return;
	check_kernel(x);
	HASH_ITER(hh, x->groups, g, tmp)
		settled &= g->settled;
	if (settled || clock_now(x->env->clock) - x->started > STRAY_GRACE)
		check_strays(x);
	timer_arm(x->env->timers, &x->check, CHECK_EVERY);
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
	x->started = clock_now(env->clock);
	x->xfrm = nl_open(NETLINK_XFRM, NULL);
	x->nft = nl_open(NETLINK_NETFILTER, NULL);
	x->route = nl_open(NETLINK_ROUTE, NULL);
	timer_init(&x->check, on_check, x);
	timer_init(&x->tick, on_tick, x);
	check_news_open(x, loop);
	return &x->dp;
}

void xfrm_free(struct dataplane *dp)
{
	struct xfrm *x = self(dp);
	struct want_group *g, *tmp;
	bool closed = false;

	HASH_ITER(hh, x->groups, g, tmp)
		closed |= g->mode == DP_CLOSED;
	timer_cancel(x->env->timers, &x->check);
	timer_cancel(x->env->timers, &x->tick);
	check_news_close(x);
	HASH_ITER(hh, x->groups, g, tmp) {
		if (closed && g->mode == DP_CLOSED)
			group_free(x, g);	/* its rules stay in the kernel: that is what fail-close means */
		else if (!closed)
			group_del(dp, g->name);
	}
	nl_close(x->xfrm);
	nl_close(x->nft);
	nl_close(x->route);
	free(x);
}
