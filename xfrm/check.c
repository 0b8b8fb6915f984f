/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Is the kernel as we left it? Other programs flush, interfaces go and return; strays of an earlier life are removed. */
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
#include <linux/xfrm.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include "lib/clock.h"
#include "lib/env.h"
#include "lib/loop.h"
#include "lib/mem.h"
#include "lib/why.h"
#include "syslog/msg.h"
#include "xfrm/nl.h"
#include "xfrm/route.h"
#include "xfrm/wanted.h"

#define POLICIES_EVERY SEC(60)
#define RULES_EVERY SEC(60)

/* ---- what the kernel holds of ours ---- */

struct found {
	struct sa_found *sa;
	unsigned nsa, cap_sa;
	struct policy_spec *pol;
	unsigned npol, cap_pol;
};

static void found_sa(void *arg, const struct sa_found *s)
{
	struct found *f = arg;

	if (f->nsa == f->cap_sa) {
		f->cap_sa = f->cap_sa ? f->cap_sa * 2 : 32;
		f->sa = mem_realloc(f->sa, f->cap_sa * sizeof(*f->sa));
	}
	f->sa[f->nsa++] = *s;
}

static void found_policy(void *arg, const struct policy_spec *p)
{
	struct found *f = arg;

	if (f->npol == f->cap_pol) {
		f->cap_pol = f->cap_pol ? f->cap_pol * 2 : 128;
		f->pol = mem_realloc(f->pol, f->cap_pol * sizeof(*f->pol));
	}
	f->pol[f->npol++] = *p;
}

static int sa_cmp(const void *a, const void *b)
{
	const struct sa_found *p = a, *q = b;

	if (p->spi != q->spi)
		return p->spi < q->spi ? -1 : 1;
	return p->dst.a < q->dst.a ? -1 : p->dst.a > q->dst.a;
}

static int pol_cmp(const void *a, const void *b)
{
	return policy_cmp(a, b);
}

static bool find_all(struct xfrm *x, struct found *f, bool policies)
{
	memset(f, 0, sizeof(*f));
	if (!sa_each(x->xfrm, found_sa, f, NULL) || (policies && !policy_each(x->xfrm, found_policy, f, NULL))) {
		free(f->sa);
		free(f->pol);
		return false;
	}
	if (f->nsa)
		qsort(f->sa, f->nsa, sizeof(*f->sa), sa_cmp);
	if (f->npol)
		qsort(f->pol, f->npol, sizeof(*f->pol), pol_cmp);
	return true;
}

static bool has_sa(const struct found *f, struct ip4 dst, uint32_t spi)
{
	const struct sa_found key = { .dst = dst, .spi = spi };

	return f->nsa && bsearch(&key, f->sa, f->nsa, sizeof(key), sa_cmp);
}

static bool group_sas_there(const struct xfrm *x, const struct want_group *g, const struct found *f)
{
	for (const struct want_sa *s = g->sas; s; s = s->next)
		for (unsigned i = 0; i < g->niface; i++) {
			const struct want_iface *w = &x->iface[g->iface[i]];

			if (w->index == 0 || clock_now(x->env->clock) >= s->ends)
				continue;
			if (!has_sa(f, w->me, s->sa.spi) ||
				((s->out || s->stands_by) && want_out_on(x, g, s, i) && !has_sa(f, w->sentinel, s->sa.spi)))
				return false;
		}
	return true;
}

/* Should an SA be lost, the one in its place goes on from what was seen here. */
static void note_numbers(const struct xfrm *x, const struct found *f)
{
	for (struct want_group *g = x->groups; g; g = g->hh.next)
		for (struct want_sa *s = g->sas; s; s = s->next)
			for (unsigned i = 0; s->out && i < g->niface; i++) {
				const struct sa_found key = { .dst = x->iface[g->iface[i]].sentinel, .spi = s->sa.spi };
				const struct sa_found *hit = f->nsa ? bsearch(&key, f->sa, f->nsa, sizeof(key), sa_cmp) : NULL;

				if (hit && hit->oseq > s->oseq)
					s->oseq = hit->oseq;
			}
}

static bool group_policies_there(const struct want_group *g, const struct found *f)
{
	for (unsigned i = 0; i < g->ninstalled; i++) {
		const struct policy_spec *hit = f->npol ? bsearch(&g->installed[i], f->pol, f->npol, sizeof(*f->pol), pol_cmp) : NULL;

		if (!hit || !policy_acts_alike(hit, &g->installed[i]))
			return false;
	}
	return true;
}

/* Told as repaired when it was; of what the kernel goes on refusing not more often than once a minute. */
static void mended(struct xfrm *x, const char *what, const char *group, bool ok, const struct why *why)
{
	uint64_t missed;

	if (ok)
		log_GDOI_DATAPLANE_REPAIRED(x->log, what, group);
	else if (ratelimit_ok(&x->error_log, clock_now(x->env->clock), &missed))
		log_GDOI_DATAPLANE_ERROR(x->log, what, group, why->text);
}

static bool mend_sas(struct xfrm *x, struct want_group *g, struct why *why)
{
	struct why one;
	bool ok = true;

	for (struct want_sa *s = g->sas; s; s = s->next)
		if (!apply_sa(x, g, s, &one)) {
			ok = false;
			*why = one;
		}
	return ok;
}

/* A link that went down and up, or another program, takes routes away. */
static bool routes_whole(struct xfrm *x, const struct want_group *g)
{
	bool whole = true;

	for (unsigned i = 0; i < g->niface; i++) {
		struct want_iface *f = &x->iface[g->iface[i]];
		struct why why = { "" };

		if (f->index == 0 || route_sentinel_there(x->route, f->sentinel, f->index))
			continue;
		whole = false;
		mended(x, "routes", g->name, apply_iface(x, f, &why), &why);
	}
	return whole;
}

/* Whether the rules are another's or nobody's. When news were lost, that is not known: they are written anew, now and then. */
static bool rules_whole(struct xfrm *x)
{
	struct why why = { "" };
	bool ok;

	if (x->held || (!x->rules_news && (!x->rules || nft_present(x->nft)))) {
		if (!x->held && x->rules_lost && clock_now(x->env->clock) - x->rules_written >= RULES_EVERY)
			apply_nft(x, NULL);
		return true;
	}
	ok = apply_nft(x, &why);
	if (!ok || !x->held)	/* a group that was not told its mode yet lets it wait */
		mended(x, "nftables rules", "all", ok, &why);
	return false;
}

bool check_kernel(struct xfrm *x)
{
	const uint64_t now = clock_now(x->env->clock);
	/* thousands of them: read when there was news, and once in a while */
	const bool policies = x->policy_news || now - x->policies_read >= POLICIES_EVERY;
	struct want_group *g, *tmp;
	bool whole = true;
	struct why why = { "" };
	struct found f;

	if (!find_all(x, &f, policies))
		return false;
	if (policies) {
		x->policy_news = false;
		x->policies_read = now;
	}
	note_numbers(x, &f);
	HASH_ITER(hh, x->groups, g, tmp) {
		whole &= routes_whole(x, g);
		if (!group_sas_there(x, g, &f)) {
			whole = false;
			mended(x, "SAs", g->name, mend_sas(x, g, &why), &why);
		}
		if (g->owed || (policies && !group_policies_there(g, &f))) {
			whole = false;
			mended(x, "policies", g->name, g->owed ? apply_mode(x, g, &why) : apply_policies(x, g, &why), &why);
		}
	}
	whole &= rules_whole(x);
	free(f.sa);
	free(f.pol);
	return whole;
}

/* ---- strays ---- */

static bool wanted_sa(const struct xfrm *x, const struct sa_found *s)
{
	struct want_group *g, *tmp;

	HASH_ITER(hh, x->groups, g, tmp)
		for (const struct want_sa *w = g->sas; w; w = w->next)
			for (unsigned i = 0; w->sa.spi == s->spi && i < g->niface; i++) {
				const struct want_iface *f = &x->iface[g->iface[i]];

				if (ip4_eq(f->me, s->dst) ||
					((w->lingers || ((w->out || w->stands_by) && want_out_on(x, g, w, i))) && ip4_eq(f->sentinel, s->dst)))
					return true;
			}
	return false;
}

static bool wanted_policy(const struct xfrm *x, const struct policy_spec *p)
{
	struct want_group *g, *tmp;

	HASH_ITER(hh, x->groups, g, tmp)
		if (g->ninstalled && bsearch(p, g->installed, g->ninstalled, sizeof(*p), pol_cmp))
			return true;
	return false;
}

void check_strays(struct xfrm *x)
{
	struct found f;

	if (!find_all(x, &f, true))
		return;
	for (unsigned i = 0; i < f.nsa; i++)
		if (!wanted_sa(x, &f.sa[i]))
			sa_remove(x->xfrm, f.sa[i].dst, f.sa[i].spi);
	for (unsigned i = 0; i < f.npol; i++)
		if (!wanted_policy(x, &f.pol[i]))
			policy_remove(x->xfrm, &f.pol[i]);
	netlink_flush(x->xfrm, NULL);
	free(f.sa);
	free(f.pol);
	if (!x->nold)
		return;
	free(x->old);
	x->old = NULL;
	x->nold = 0;
	apply_keys(x, NULL);
}

void check_adopt(struct xfrm *x)
{
	struct found f;

	if (!x->xfrm || !x->nft || !find_all(x, &f, true))
		return;
	x->old = f.sa;
	x->nold = f.nsa;
	x->hold = nft_present(x->nft);
	free(f.pol);
}

/* ---- news: somebody changed XFRM or nftables ---- */

#define SETTLE MSEC(300)	/* a flush comes as many messages: look once */

/* Messages that tell of policies that went (ours go this way as well, which costs one look) or were changed by somebody else. */
static bool policies_touched(const struct xfrm *x, const char *buf, ssize_t n)
{
	const struct nlmsghdr *h = (const struct nlmsghdr *)(const void *)buf;

	for (int left = (int)n; mnl_nlmsg_ok(h, left); h = mnl_nlmsg_next(h, &left))
		if (h->nlmsg_type == XFRM_MSG_DELPOLICY || h->nlmsg_type == XFRM_MSG_FLUSHPOLICY ||
			h->nlmsg_type == XFRM_MSG_POLEXPIRE ||
			(h->nlmsg_type == XFRM_MSG_UPDPOLICY && h->nlmsg_pid != netlink_port(x->xfrm)))
			return true;
	return false;
}

/* Every message about rules names its table first: NFTA_TABLE_NAME, NFTA_RULE_TABLE, NFTA_SET_TABLE and so on. */
static int table_ours(const struct nlattr *a, void *data)
{
	if (mnl_attr_get_type(a) == NFTA_TABLE_NAME && mnl_attr_validate(a, MNL_TYPE_NUL_STRING) >= 0)
		*(bool *)data |= strcmp(mnl_attr_get_str(a), NFT_TABLE) == 0;
	return MNL_CB_OK;
}

/* Messages that tell of somebody else's hand in our table. */
static bool rules_touched(const struct xfrm *x, const char *buf, ssize_t n)
{
	const struct nlmsghdr *h = (const struct nlmsghdr *)(const void *)buf;
	bool ours = false;

	for (int left = (int)n; mnl_nlmsg_ok(h, left); h = mnl_nlmsg_next(h, &left))
		if (NFNL_SUBSYS_ID(h->nlmsg_type) == NFNL_SUBSYS_NFTABLES && NFNL_MSG_TYPE(h->nlmsg_type) != NFT_MSG_NEWGEN &&
			h->nlmsg_pid != netlink_port(x->nft))
			mnl_attr_parse(h, sizeof(struct nfgenmsg), table_ours, &ours);
	return ours;
}

static void news(int ready, void *arg)
{
	struct xfrm *x = arg;
	struct mnl_socket *const sock[] = { x->news_xfrm, x->news_nft };
	_Alignas(struct nlmsghdr) char buf[16384];

	/* What happened may not be ours; bounded per turn. */
	for (size_t k = 0; k < 2; k++)
		for (int i = 0; sock[k] && i < 64; i++) {
			ssize_t n = recv(mnl_socket_get_fd(sock[k]), buf, sizeof(buf), MSG_DONTWAIT);

			if (n <= 0 && errno != ENOBUFS)
				break;
			if (k == 0 && (n <= 0 || policies_touched(x, buf, n)))
				x->policy_news = true;
			if (k == 1 && n <= 0)
				x->rules_lost = true;
			else if (k == 1 && x->rules && rules_touched(x, buf, n))
				x->rules_news = true;
		}
	if (!timer_armed(&x->check) || timer_left(x->env->timers, &x->check) > SETTLE)
		timer_arm(x->env->timers, &x->check, SETTLE);
}

static struct mnl_socket *subscribe(int bus, const int *groups, size_t n)
{
	struct mnl_socket *s = mnl_socket_open2(bus, SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (!s)
		return NULL;
	/* of a policy that is written anew a message for each rule comes back */
	setsockopt(mnl_socket_get_fd(s), SOL_SOCKET, SO_RCVBUFFORCE, &(int){ 1 << 23 }, sizeof(int));
	if (mnl_socket_bind(s, 0, MNL_SOCKET_AUTOPID) < 0) {
		mnl_socket_close(s);
		return NULL;
	}
	for (size_t i = 0; i < n; i++) {
		int g = groups[i];

		mnl_socket_setsockopt(s, NETLINK_ADD_MEMBERSHIP, &g, sizeof(g));
	}
	return s;
}

bool check_news_open(struct xfrm *x, struct loop *loop)
{
	static const int xfrm_groups[] = { XFRMNLGRP_SA, XFRMNLGRP_POLICY, XFRMNLGRP_EXPIRE };
	static const int nft_groups[] = { NFNLGRP_NFTABLES };

	x->news_xfrm = subscribe(NETLINK_XFRM, xfrm_groups, 3);
	x->news_nft = subscribe(NETLINK_NETFILTER, nft_groups, 1);
	if (x->news_xfrm)
		x->watch_xfrm = watch_add(loop, mnl_socket_get_fd(x->news_xfrm), WATCH_READ, news, x);
	if (x->news_nft)
		x->watch_nft = watch_add(loop, mnl_socket_get_fd(x->news_nft), WATCH_READ, news, x);
	return x->news_xfrm && x->news_nft;
}

void check_news_close(struct xfrm *x)
{
	if (x->watch_xfrm)
		watch_del(x->watch_xfrm);
	if (x->watch_nft)
		watch_del(x->watch_nft);
	if (x->news_xfrm)
		mnl_socket_close(x->news_xfrm);
	if (x->news_nft)
		mnl_socket_close(x->news_nft);
}
