/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "xfrm/nft.h"
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <libmnl/libmnl.h>
#include <libnftnl/common.h>
#include <libnftnl/object.h>
#include <libnftnl/rule.h>
#include <libnftnl/set.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include "lib/mem.h"
#include "lib/why.h"
#include "xfrm/nft_msg.h"
#include "xfrm/nft_rule.h"
#include "xfrm/nl.h"

#define GDOI_PORT 848

#define SET_ID(i, transport) ((i) * 2u + (transport) + 1u)

enum { SRC_AT = 12, DST_AT = 16, SPORT_AT = 0, DPORT_AT = 2 };

static const struct nft_base chains[] = {
	{ "capture", "filter", NF_INET_PRE_ROUTING, -300 },	/* what comes in; reassembly stands at -400 */
	{ "stash", "filter", NF_INET_POST_ROUTING, -300 },	/* once, on the plaintext, with its bundle as route */
	{ "restore", "route", NF_INET_LOCAL_OUT, -300 },	/* ESP to the sentinel: its destination; re-routed after */
	/* Those that follow are there only while they have rules: each costs every packet something. */
	{ "mss", "filter", NF_INET_FORWARD, -150 },
	{ "closed", "filter", NF_INET_POST_ROUTING, -310 },	/* fail-close, outbound */
};
enum { MSS = 3, CLOSED };
#define NCHAINS (sizeof(chains) / sizeof(*chains))

enum { KIND_CLEAR, KIND_CLOSED, KIND_EARLY, KIND_LATE };
static const char *const counter_kinds[] = { "clear", "closed", "early", "late" };

/* ---- where a packet ends: "gN_KIND" tells of it, counts it, drops it ---- */

static void put_ends(struct nl *nl, const struct nft_plan *p, const struct nft_group *g)
{
	for (unsigned k = 0; k < sizeof(counter_kinds) / sizeof(*counter_kinds); k++) {
		char name[48], prefix[48];
		struct nftnl_rule *r;

		snprintf(name, sizeof(name), "%s_%s", g->counter, counter_kinds[k]);
		snprintf(prefix, sizeof(prefix), "%s %s", g->counter, counter_kinds[k]);
		if (p->log) {
			r = rule_new(name);
			rule_log(r, prefix);
			nft_put_rule(nl, r);
		}
		r = rule_new(name);
		rule_count(r, name);
		rule_verdict(r, false);
		nft_put_rule(nl, r);
	}
}

static void end(struct nftnl_rule *r, const struct nft_group *g, unsigned kind)
{
	char name[48];

	snprintf(name, sizeof(name), "%s_%s", g->counter, counter_kinds[kind]);
	rule_jump(r, name);
}

/* ---- the set of SPIs an interface receives with, and of those the ones in transport mode ---- */

#define SET_CHUNK 64	/* elements of one request */

struct spis {
	uint32_t *v;
	unsigned n, cap;
};

static void spis_add(struct spis *s, uint32_t spi)
{
	if (s->n == s->cap) {
		s->cap = s->cap ? s->cap * 2 : 16;
		s->v = mem_realloc(s->v, s->cap * sizeof(*s->v));
	}
	s->v[s->n++] = spi;
}

static int by_spi(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

static struct nftnl_set *set_alloc(const char *name, uint32_t id)
{
	struct nftnl_set *s = nftnl_set_alloc();

	nftnl_set_set_str(s, NFTNL_SET_TABLE, NFT_TABLE);
	nftnl_set_set_str(s, NFTNL_SET_NAME, name);
	nftnl_set_set_u32(s, NFTNL_SET_FAMILY, NFPROTO_IPV4);
	nftnl_set_set_u32(s, NFTNL_SET_KEY_TYPE, 0);
	nftnl_set_set_u32(s, NFTNL_SET_KEY_LEN, 4);
	nftnl_set_set_u32(s, NFTNL_SET_ID, id);
	return s;
}

static void elements_read(void *arg, const struct nlmsghdr *h)
{
	struct nftnl_set *s = nftnl_set_alloc();
	struct nftnl_set_elems_iter *i = NULL;
	struct nftnl_set_elem *e;

	if (s && nftnl_set_elems_nlmsg_parse(h, s) == 0 && (i = nftnl_set_elems_iter_create(s)))
		while ((e = nftnl_set_elems_iter_next(i))) {
			uint32_t len = 0, key = 0;
			const void *p = nftnl_set_elem_get(e, NFTNL_SET_ELEM_KEY, &len);

			if (p && len == sizeof(key)) {
				memcpy(&key, p, sizeof(key));
				spis_add(arg, ntohl(key));
			}
		}
	if (i)
		nftnl_set_elems_iter_destroy(i);
	nftnl_set_free(s);
}

/* What the set holds now; nothing when it is not there. */
static void set_read(struct nl *nl, const char *name, struct spis *out)
{
	_Alignas(struct nlmsghdr) uint8_t room[256] = { 0 };
	struct nlmsghdr *h = mnl_nlmsg_put_header(room);
	struct nfgenmsg *nfg = mnl_nlmsg_put_extra_header(h, sizeof(*nfg));

	nfg->nfgen_family = NFPROTO_IPV4;
	nfg->version = NFNETLINK_V0;
	mnl_attr_put_strz(h, NFTA_SET_ELEM_LIST_TABLE, NFT_TABLE);
	mnl_attr_put_strz(h, NFTA_SET_ELEM_LIST_SET, name);
	if (!netlink_dump(nl, NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_GETSETELEM, nfg, h->nlmsg_len - MNL_NLMSG_HDRLEN, elements_read,
			out, NULL))
		out->n = 0;
}

/* Those of a that are not in b; both are sorted. */
static void set_change(struct nl *nl, uint16_t msg, const char *name, uint32_t id, const struct spis *a, const struct spis *b)
{
	struct nftnl_set *set = set_alloc(name, id);
	unsigned n = 0;

	for (unsigned k = 0; k <= a->n; k++) {
		if (n && (k == a->n || n == SET_CHUNK)) {
			struct nlmsghdr *h = nft_request(nl, msg, msg == NFT_MSG_NEWSETELEM ? NLM_F_CREATE : 0, "nft set element", 0);

			nftnl_set_elems_nlmsg_build_payload(h, set);
			netlink_commit(nl, h);
			nftnl_set_free(set);
			set = set_alloc(name, id);
			n = 0;
		}
		if (k < a->n && !(k && a->v[k - 1] == a->v[k]) &&
			!(b->n && bsearch(&a->v[k], b->v, b->n, sizeof(*b->v), by_spi))) {
			struct nftnl_set_elem *e = nftnl_set_elem_alloc();
			uint32_t key = htonl(a->v[k]);

			nftnl_set_elem_set(e, NFTNL_SET_ELEM_KEY, &key, sizeof(key));
			nftnl_set_elem_add(set, e);
			n++;
		}
	}
	nftnl_set_free(set);
}

static void spis_want(struct spis *want, const struct nft_spi *spi, unsigned n, bool transport)
{
	for (unsigned k = 0; k < n; k++)
		if (!transport || spi[k].transport)
			spis_add(want, spi[k].spi);
}

static bool on_iface(const struct nft_group *g, unsigned i)
{
	for (unsigned k = 0; k < g->niface; k++)
		if (g->iface[k] == i)
			return true;
	return false;
}

/*
 * What stays is not touched: a packet that looks a set up in the moment in which another one takes effect might find
 * neither the element that goes nor the one that comes.
 */
static void put_set(struct nl *nl, const struct nft_plan *p, unsigned i, bool transport)
{
	struct spis want = { 0 }, have = { 0 };
	struct nftnl_set *set;
	struct nlmsghdr *h;
	char name[16];

	snprintf(name, sizeof(name), "%s%u", transport ? "tspi" : "spi", i);
	set = set_alloc(name, SET_ID(i, transport));
	h = nft_request(nl, NFT_MSG_NEWSET, NLM_F_CREATE, "nft set", 0);
	nftnl_set_nlmsg_build_payload(h, set);
	netlink_commit(nl, h);
	nftnl_set_free(set);

	spis_want(&want, p->iface[i].old, p->iface[i].nold, transport);
	for (unsigned g = 0; g < p->ngroup; g++)
		if (on_iface(&p->group[g], i))
			spis_want(&want, p->group[g].spi, p->group[g].nspi, transport);
	set_read(nl, name, &have);
	if (want.n)
		qsort(want.v, want.n, sizeof(*want.v), by_spi);
	if (have.n)
		qsort(have.v, have.n, sizeof(*have.v), by_spi);
	set_change(nl, NFT_MSG_NEWSETELEM, name, SET_ID(i, transport), &want, &have);
	set_change(nl, NFT_MSG_DELSETELEM, name, SET_ID(i, transport), &have, &want);
	free(want.v);
	free(have.v);
}

/* ---- rules of an interface ---- */

static bool transport_on(const struct nft_plan *p, unsigned i)
{
	for (unsigned k = 0; k < p->iface[i].nold; k++)
		if (p->iface[i].old[k].transport)
			return true;
	for (unsigned g = 0; g < p->ngroup; g++)
		for (unsigned k = 0; on_iface(&p->group[g], i) && k < p->group[g].nspi; k++)
			if (p->group[g].spi[k].transport)
				return true;
	return false;
}

/* ---- what comes in on interface N: "iN_in", from there ESP to "iN_esp", timed SPIs first to "iN_time" ---- */

static const char *const iface_chains[] = { "in", "esp", "time", "out" };

static void iface_chain(char name[24], unsigned i, const char *what)
{
	snprintf(name, 24, "i%u_%s", i, what);
}

static bool timed_on(const struct nft_plan *p, unsigned i)
{
	for (unsigned g = 0; g < p->ngroup; g++)
		for (unsigned k = 0; on_iface(&p->group[g], i) && k < p->group[g].nspi; k++)
			if (p->group[g].spi[k].timed)
				return true;
	return false;
}

/* In transport mode both addresses are kept, decrypting takes them away; they come back when it is seen again. */
static void stash_transport(struct nl *nl, unsigned i, const char *chain)
{
	struct nftnl_rule *r = rule_new(chain);
	char set[24];

	snprintf(set, sizeof(set), "tspi%u", i);
	rule_spi_in(r, set, SET_ID(i, true));
	rule_stash(r);
	nft_put_rule(nl, r);
}

static void unstash_transport(struct nl *nl, const char *chain)
{
	struct nftnl_rule *r = rule_new(chain);

	rule_decrypted(r, true);
	rule_addr(r, SRC_AT, (struct ip4){ 0 }, ip4_mask(32));
	rule_addr(r, DST_AT, (struct ip4){ 0 }, ip4_mask(32));
	rule_restore(r);
	nft_put_rule(nl, r);
}

/* Group ESP to ourselves; what is left is counted. */
static void esp_rules(struct nl *nl, const struct nft_plan *p, unsigned i)
{
	struct nftnl_rule *r;
	char chain[24], name[24];

	iface_chain(chain, i, "esp");
	nft_flush_rules(nl, chain);
	if (timed_on(p, i)) {
		iface_chain(name, i, "time");
		r = rule_new(chain);
		rule_jump(r, name);
		nft_put_rule(nl, r);
	}
	if (transport_on(p, i))
		stash_transport(nl, i, chain);
	snprintf(name, sizeof(name), "spi%u", i);
	r = rule_new(chain);
	rule_spi_in(r, name, SET_ID(i, false));
	rule_set_daddr(r, p->iface[i].me);
	rule_verdict(r, true);
	nft_put_rule(nl, r);
	for (int log = p->log; log >= 0; log--) {
		r = rule_new(chain);
		snprintf(name, sizeof(name), log ? "i%u spi" : "i%u_spi", i);
		if (log)
			rule_log(r, name);
		else
			rule_count(r, name);
		nft_put_rule(nl, r);
	}
}

/* Time-based replay, before the address is hidden. */
static void time_rules(struct nl *nl, const struct nft_plan *p, unsigned i)
{
	char chain[24];

	iface_chain(chain, i, "time");
	nft_flush_rules(nl, chain);
	for (unsigned g = 0; g < p->ngroup; g++)
		for (unsigned k = 0; on_iface(&p->group[g], i) && k < p->group[g].nspi; k++) {
			const struct nft_spi *s = &p->group[g].spi[k];

			for (int late = 0; s->timed && late < 2; late++) {
				struct nftnl_rule *r = rule_new(chain);

				rule_spi(r, s->spi);
				if (late)
					rule_seq_below(r, s->low);
				else
					rule_seq_above(r, s->high);
				end(r, &p->group[g], late ? KIND_LATE : KIND_EARLY);
				nft_put_rule(nl, r);
			}
		}
}

/* Those that a rekey changes. */
static void key_rules(struct nl *nl, const struct nft_plan *p)
{
	for (unsigned i = 0; i < p->niface; i++) {
		esp_rules(nl, p, i);
		time_rules(nl, p, i);
	}
}

static void iface_rules(struct nl *nl, const struct nft_plan *p, unsigned i)
{
	const struct nft_iface *f = &p->iface[i];
	struct nftnl_rule *r;
	char set[16];

	r = rule_new("restore");
	rule_addr(r, DST_AT, f->sentinel, ip4_mask(32));
	rule_proto(r, IPPROTO_ESP, true);
	rule_restore_destination(r);
	if (p->df != XFRM_DF_COPY)
		rule_df(r, p->df == XFRM_DF_SET);
	nft_put_rule(nl, r);

	r = rule_new("stash");
	rule_to_encrypt(r);	/* first what the fewest packets are */
	rule_oif(r, f->name);
	rule_stash(r);
	rule_verdict(r, true);
	nft_put_rule(nl, r);
	snprintf(set, sizeof(set), "spi%u", i);
	r = rule_new("stash");
	rule_proto(r, IPPROTO_ESP, true);
	rule_addr(r, SRC_AT, f->me, ip4_mask(32));
	rule_spi_in(r, set, SET_ID(i, false));
	rule_restore_source(r);
	nft_put_rule(nl, r);

	for (int out = 0; f->mss && out < 2; out++) {
		r = rule_new("mss");
		if (out)
			rule_oif(r, f->name);
		else
			rule_iif(r, f->name);
		rule_syn(r);
		rule_clamp_mss(r, (uint16_t)f->mss);
		nft_put_rule(nl, r);
	}
}

static void match_ace(struct nftnl_rule *r, const struct dp_ace *a)
{
	if (a->proto)
		rule_proto(r, a->proto, true);
	rule_addr(r, SRC_AT, a->src, a->src_mask);
	rule_addr(r, DST_AT, a->dst, a->dst_mask);
	if (a->sport)
		rule_port(r, SPORT_AT, a->sport);
	if (a->dport)
		rule_port(r, DPORT_AT, a->dport);
}

/* Key management always passes: UDP 848, whichever end has the port. */
static void pass_gdoi(struct nl *nl, const char *chain)
{
	for (unsigned at = SPORT_AT; at <= DPORT_AT; at += 2) {
		struct nftnl_rule *r = rule_new(chain);

		rule_proto(r, IPPROTO_UDP, true);
		rule_port(r, at, GDOI_PORT);
		rule_verdict(r, true);
		nft_put_rule(nl, r);
	}
}

/* What was decrypted, and ESP on its way to be, is looked at first: it is most of the traffic. */
static void inbound_rules(struct nl *nl, const struct nft_plan *p, unsigned i)
{
	struct nftnl_rule *r = rule_new("capture");
	char chain[24], esp[24];

	iface_chain(chain, i, "in");
	iface_chain(esp, i, "esp");
	rule_iif(r, p->iface[i].name);
	rule_jump(r, chain);
	nft_put_rule(nl, r);

	if (transport_on(p, i))
		unstash_transport(nl, chain);
	r = rule_new(chain);
	rule_decrypted(r, true);
	rule_verdict(r, true);
	nft_put_rule(nl, r);
	r = rule_new(chain);
	rule_proto(r, IPPROTO_ESP, true);
	rule_jump(r, esp);
	nft_put_rule(nl, r);
}

/* ESP to ourselves that is not the group's: whoever keys it. */
static void pass_esp(struct nl *nl, const char *chain, struct ip4 me)
{
	struct nftnl_rule *r = rule_new(chain);

	rule_proto(r, IPPROTO_ESP, true);
	rule_addr(r, DST_AT, me, ip4_mask(32));
	rule_verdict(r, true);
	nft_put_rule(nl, r);
}

/* A member that was started anew still holds SAs and policies of its earlier life: what they protect is not in clear. */
static void pass_protecting(struct nl *nl, const struct nft_plan *p, const char *chain)
{
	struct nftnl_rule *r = rule_new(chain);

	rule_to_encrypt(r);
	rule_verdict(r, true);
	nft_put_rule(nl, r);
	for (unsigned i = 0; i < p->niface; i++) {	/* one SA may serve several interfaces */
		r = rule_new(chain);
		rule_proto(r, IPPROTO_ESP, true);
		rule_addr(r, SRC_AT, p->iface[i].me, ip4_mask(32));	/* not yet its own source: 'stash' stands behind */
		rule_verdict(r, true);
		nft_put_rule(nl, r);
	}
}

/*
 * The policy in a chain of its own: "gN_in" or "gN_out". Deny entries pass, permit entries end as kind. An exception is
 * written from this side's point of view: from the WAN its answers are let in, too, as IOS applies crypto lists.
 */
static void policy_chain(struct nl *nl, const struct nft_group *g, unsigned kind, bool out)
{
	char chain[48];

	snprintf(chain, sizeof(chain), "%s_%s", g->counter, out ? "out" : "in");
	for (unsigned k = 0; k < g->nace; k++) {
		const struct dp_ace *a = &g->ace[k];
		const struct dp_ace mirror = { .proto = a->proto, .src = a->dst, .src_mask = a->dst_mask, .dst = a->src,
			.dst_mask = a->src_mask, .sport = a->dport, .dport = a->sport };

		for (int back = 0; back <= (!out && !a->permit); back++) {
			struct nftnl_rule *r = rule_new(chain);

			match_ace(r, back ? &mirror : a);
			if (a->permit)
				end(r, g, kind);
			else
				rule_verdict(r, true);
			nft_put_rule(nl, r);
		}
	}
}

/* From the interface's chain to the policy; a group that fails closed lets nothing come back from there. */
static void to_policy(struct nl *nl, const struct nft_group *g, const char *chain, bool out)
{
	struct nftnl_rule *r = rule_new(chain);
	char name[48];

	snprintf(name, sizeof(name), "%s_%s", g->counter, out ? "out" : "in");
	rule_jump(r, name);
	nft_put_rule(nl, r);
	if (g->mode != DP_CLOSED)
		return;
	r = rule_new(chain);
	end(r, g, KIND_CLOSED);
	nft_put_rule(nl, r);
}

static bool enforces(const struct nft_group *g, bool out)
{
	return g->mode == DP_CLOSED || (!out && (g->mode == DP_BOTH || g->mode == DP_INBOUND_ONLY));
}

/*
 * What an interface lets in ("iN_in") and, while some group fails closed, out ("iN_out"); one rule leads there, so that
 * packets elsewhere pay nothing. A group that fails closed stands above what another one lets pass.
 */
static void guard_iface(struct nl *nl, const struct nft_plan *p, unsigned i, bool out)
{
	const struct nft_iface *f = &p->iface[i];
	struct nftnl_rule *r;
	bool any = false;
	char chain[24];

	for (unsigned g = 0; g < p->ngroup; g++)
		any |= on_iface(&p->group[g], i) && enforces(&p->group[g], out);
	iface_chain(chain, i, out ? "out" : "in");
	if (!any)
		return;
	if (out) {
		r = rule_new("closed");
		rule_oif(r, f->name);
		rule_jump(r, chain);
		nft_put_rule(nl, r);
		pass_protecting(nl, p, chain);
	} else {
		pass_esp(nl, chain, f->me);
	}
	pass_gdoi(nl, chain);
	for (int closed = 1; closed >= 0; closed--)
		for (unsigned g = 0; g < p->ngroup; g++)
			if (on_iface(&p->group[g], i) && enforces(&p->group[g], out) &&
				(p->group[g].mode == DP_CLOSED) == closed)
				to_policy(nl, &p->group[g], chain, out);
}

static void group_rules(struct nl *nl, const struct nft_plan *p, const struct nft_group *g)
{
	put_ends(nl, p, g);
	for (int out = 0; out < 2; out++)
		if (enforces(g, out))
			policy_chain(nl, g, g->mode == DP_CLOSED ? KIND_CLOSED : KIND_CLEAR, out);
}

static void put_group_objects(struct nl *nl, const struct nft_group *g)
{
	char name[48];

	for (size_t k = 0; k < sizeof(counter_kinds) / sizeof(*counter_kinds); k++) {
		nft_put_counter(nl, g->counter, counter_kinds[k]);
		snprintf(name, sizeof(name), "%s_%s", g->counter, counter_kinds[k]);
		nft_put_chain(nl, name);
	}
	snprintf(name, sizeof(name), "%s_in", g->counter);
	nft_put_chain(nl, name);
	snprintf(name, sizeof(name), "%s_out", g->counter);
	nft_put_chain(nl, name);
}

static void put_sets(struct nl *nl, const struct nft_plan *p)
{
	for (unsigned i = 0; i < p->niface; i++) {
		put_set(nl, p, i, false);
		put_set(nl, p, i, true);
	}
}

static void put_iface_objects(struct nl *nl, unsigned i)
{
	char name[24];

	snprintf(name, sizeof(name), "i%u", i);
	nft_put_counter(nl, name, "spi");
	for (size_t k = 0; k < sizeof(iface_chains) / sizeof(*iface_chains); k++) {
		iface_chain(name, i, iface_chains[k]);
		nft_put_chain(nl, name);
	}
}

/* Nothing leads here: what turns reassembly on by being there, and what tells at once whether the kernel can log. */
static void put_switches(struct nl *nl, const struct nft_plan *p)
{
	struct nftnl_rule *r;

	nft_put_chain(nl, "switches");
	r = rule_new("switches");
	rule_defrag(r);
	nft_put_rule(nl, r);
	if (!p->log)
		return;
	r = rule_new("switches");
	rule_log(r, "");
	nft_put_rule(nl, r);
}

static bool wants(const struct nft_plan *p, size_t chain)
{
	bool any = false;

	for (unsigned i = 0; chain == MSS && i < p->niface; i++)
		any |= p->iface[i].mss != 0;
	for (unsigned g = 0; chain == CLOSED && g < p->ngroup; g++)
		any |= enforces(&p->group[g], true);
	return any;
}

bool nft_write(struct nl *nl, const struct nft_plan *p, struct why *why)
{
	netlink_whole(nl);
	nft_batch(nl, true);
	nft_put_table(nl);
	for (size_t i = 0; i < MSS; i++)
		nft_put_base(nl, &chains[i]);
	nft_flush_rules(nl, NULL);
	for (size_t i = MSS; i < NCHAINS; i++)
		nft_base_wanted(nl, &chains[i], wants(p, i));
	for (unsigned g = 0; g < p->ngroup; g++)
		put_group_objects(nl, &p->group[g]);
	for (unsigned i = 0; i < p->niface; i++)
		put_iface_objects(nl, i);
	put_sets(nl, p);
	put_switches(nl, p);
	for (unsigned i = 0; i < p->niface; i++) {
		iface_rules(nl, p, i);
		inbound_rules(nl, p, i);
	}
	key_rules(nl, p);
	for (unsigned g = 0; g < p->ngroup; g++)
		group_rules(nl, p, &p->group[g]);
	for (unsigned i = 0; i < p->niface; i++)
		for (int out = 0; out < 2; out++)
			guard_iface(nl, p, i, out);
	nft_batch(nl, false);
	return netlink_flush(nl, why);
}

bool nft_write_keys(struct nl *nl, const struct nft_plan *p, struct why *why)
{
	netlink_whole(nl);
	nft_batch(nl, true);
	put_sets(nl, p);
	key_rules(nl, p);
	nft_batch(nl, false);
	return netlink_flush(nl, why);
}

bool nft_write_windows(struct nl *nl, const struct nft_plan *p, struct why *why)
{
	netlink_whole(nl);
	nft_batch(nl, true);
	for (unsigned i = 0; i < p->niface; i++)
		time_rules(nl, p, i);
	nft_batch(nl, false);
	return netlink_flush(nl, why);
}

void nft_remove(struct nl *nl)
{
	struct nlmsghdr *h;

	netlink_whole(nl);
	nft_batch(nl, true);
	nft_put_table(nl);	/* deleting one that is not there would fail the batch */
	h = nft_request(nl, NFT_MSG_DELTABLE, 0, "nft remove", 0);
	mnl_attr_put_strz(h, NFTA_TABLE_NAME, NFT_TABLE);
	netlink_commit(nl, h);
	nft_batch(nl, false);
	netlink_flush(nl, NULL);
}

static void seen(void *arg, const struct nlmsghdr *h)
{
	*(bool *)arg = true;
}

bool nft_present(struct nl *nl)
{
	struct nlmsghdr *h = nft_request(nl, NFT_MSG_GETTABLE, 0, "nft table", ENOENT);
	bool there = false;

	mnl_attr_put_strz(h, NFTA_TABLE_NAME, NFT_TABLE);
	return netlink_get(nl, h, seen, &there) && there;
}

static void counter_read(void *arg, const struct nlmsghdr *h)
{
	struct nftnl_obj *o = nftnl_obj_alloc();

	if (o && nftnl_obj_nlmsg_parse(h, o) == 0 && nftnl_obj_is_set(o, NFTNL_OBJ_CTR_PKTS))
		*(uint64_t *)arg = nftnl_obj_get_u64(o, NFTNL_OBJ_CTR_PKTS);
	nftnl_obj_free(o);
}

static bool counter_get(struct nl *nl, const char *stem, const char *kind, uint64_t *out)
{
	struct nlmsghdr *h = nft_request(nl, NFT_MSG_GETOBJ, 0, "nft counter", ENOENT);
	char name[48];

	snprintf(name, sizeof(name), "%s_%s", stem, kind);
	mnl_attr_put_strz(h, NFTA_OBJ_TABLE, NFT_TABLE);
	mnl_attr_put_strz(h, NFTA_OBJ_NAME, name);
	mnl_attr_put_u32(h, NFTA_OBJ_TYPE, htonl(NFT_OBJECT_COUNTER));
	return netlink_get(nl, h, counter_read, out);
}

bool nft_counters(struct nl *nl, const char *stem, struct nft_count *out)
{
	uint64_t *const value[] = { &out->clear_dropped, &out->closed_dropped, &out->early, &out->late };
	bool ok = true;

	memset(out, 0, sizeof(*out));
	for (size_t k = 0; k < sizeof(value) / sizeof(*value); k++)
		ok &= counter_get(nl, stem, counter_kinds[k], value[k]);
	return ok;
}

uint64_t nft_unknown_spi(struct nl *nl, unsigned iface)
{
	uint64_t n = 0;
	char stem[16];

	snprintf(stem, sizeof(stem), "i%u", iface);
	counter_get(nl, stem, "spi", &n);
	return n;
}
