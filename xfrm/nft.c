/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "xfrm/nft.h"
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <libmnl/libmnl.h>
#include <libnftnl/batch.h>
#include <libnftnl/chain.h>
#include <libnftnl/common.h>
#include <libnftnl/object.h>
#include <libnftnl/rule.h>
#include <libnftnl/set.h>
#include <libnftnl/table.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <netinet/in.h>
#include <string.h>
#include "lib/why.h"
#include "xfrm/nft_rule.h"
#include "xfrm/nl.h"

#define GDOI_PORT 848

#define SET_ID(i, transport) ((i) * 2u + (transport) + 1u)

enum { SRC_AT = 12, DST_AT = 16, SPORT_AT = 0, DPORT_AT = 2 };

static const struct {
	const char *name, *type;
	uint32_t hook;
	int32_t prio;
} chains[] = {
	{ "capture", "filter", NF_INET_PRE_ROUTING, -300 },	/* group ESP to ourselves; reassembly stands at -400 */
	{ "stash", "filter", NF_INET_POST_ROUTING, -300 },	/* once, on the plaintext, with its bundle as route */
	{ "restore", "route", NF_INET_LOCAL_OUT, -300 },	/* ESP to the sentinel: its destination; re-routed after */
	/* Those that follow are there only while they have rules: each costs every packet something. */
	{ "window", "filter", NF_INET_PRE_ROUTING, -310 },	/* time-based replay, before capture hides the address */
	{ "unstash", "filter", NF_INET_PRE_ROUTING, -295 },	/* decrypted transport mode: its addresses come back */
	{ "enforce", "filter", NF_INET_PRE_ROUTING, -290 },	/* cleartext from the WAN */
	{ "mss", "filter", NF_INET_FORWARD, -150 },
	{ "closed", "filter", NF_INET_POST_ROUTING, -310 },	/* fail-close, outbound */
};
enum { WINDOW = 3, UNSTASH, ENFORCE, MSS, CLOSED };
#define NCHAINS (sizeof(chains) / sizeof(*chains))

static struct nlmsghdr *request(struct nl *nl, uint16_t msg, uint16_t flags, const char *what, int tolerate)
{
	struct nfgenmsg *nfg;
	struct nlmsghdr *h = netlink_request(nl, (uint16_t)(NFNL_SUBSYS_NFTABLES << 8 | msg), flags, sizeof(*nfg), &nfg, what,
		tolerate);

	nfg->nfgen_family = NFPROTO_IPV4;
	nfg->version = NFNETLINK_V0;
	return h;
}

static void batch(struct nl *nl, bool begin)
{
	struct nlmsghdr *h = netlink_plain(nl);

	if (begin)
		nftnl_batch_begin((char *)h, 0);
	else
		nftnl_batch_end((char *)h, 0);
	netlink_commit(nl, h);
}

static void put_table(struct nl *nl)
{
	struct nlmsghdr *h = request(nl, NFT_MSG_NEWTABLE, NLM_F_CREATE, "nft table", 0);

	mnl_attr_put_strz(h, NFTA_TABLE_NAME, NFT_TABLE);
	netlink_commit(nl, h);
}

/* One that is jumped to. */
static void put_plain_chain(struct nl *nl, const char *name)
{
	struct nlmsghdr *h = request(nl, NFT_MSG_NEWCHAIN, NLM_F_CREATE, "nft chain", 0);

	mnl_attr_put_strz(h, NFTA_CHAIN_TABLE, NFT_TABLE);
	mnl_attr_put_strz(h, NFTA_CHAIN_NAME, name);
	netlink_commit(nl, h);
}

static void put_chain(struct nl *nl, size_t i)
{
	struct nlmsghdr *h = request(nl, NFT_MSG_NEWCHAIN, NLM_F_CREATE, "nft chain", 0);
	struct nftnl_chain *c = nftnl_chain_alloc();

	nftnl_chain_set_str(c, NFTNL_CHAIN_TABLE, NFT_TABLE);
	nftnl_chain_set_str(c, NFTNL_CHAIN_NAME, chains[i].name);
	nftnl_chain_set_str(c, NFTNL_CHAIN_TYPE, chains[i].type);
	nftnl_chain_set_u32(c, NFTNL_CHAIN_HOOKNUM, chains[i].hook);
	nftnl_chain_set_s32(c, NFTNL_CHAIN_PRIO, chains[i].prio);
	nftnl_chain_set_u32(c, NFTNL_CHAIN_POLICY, NF_ACCEPT);
	nftnl_chain_nlmsg_build_payload(h, c);
	nftnl_chain_free(c);
	netlink_commit(nl, h);
}

/* Empties a chain (NULL: all of them). */
static void flush_rules(struct nl *nl, const char *chain)
{
	struct nlmsghdr *h = request(nl, NFT_MSG_DELRULE, 0, "nft flush", 0);

	mnl_attr_put_strz(h, NFTA_RULE_TABLE, NFT_TABLE);
	if (chain)
		mnl_attr_put_strz(h, NFTA_RULE_CHAIN, chain);
	netlink_commit(nl, h);
}

/* Of the chains that come and go. Making one that is there is no error, so it can be removed whether it is or not. */
static void chain_wanted(struct nl *nl, size_t i, bool wanted)
{
	struct nlmsghdr *h;

	put_chain(nl, i);
	flush_rules(nl, chains[i].name);
	if (wanted)
		return;
	h = request(nl, NFT_MSG_DELCHAIN, 0, "nft chain removed", 0);
	mnl_attr_put_strz(h, NFTA_CHAIN_TABLE, NFT_TABLE);
	mnl_attr_put_strz(h, NFTA_CHAIN_NAME, chains[i].name);
	netlink_commit(nl, h);
}

static void put_rule(struct nl *nl, struct nftnl_rule *r)
{
	struct nlmsghdr *h = request(nl, NFT_MSG_NEWRULE, NLM_F_CREATE | NLM_F_APPEND, "nft rule", 0);

	nftnl_rule_nlmsg_build_payload(h, r);
	nftnl_rule_free(r);
	netlink_commit(nl, h);
}

static void put_counter(struct nl *nl, const char *stem, const char *kind)
{
	struct nlmsghdr *h = request(nl, NFT_MSG_NEWOBJ, NLM_F_CREATE, "nft counter", 0);
	char name[48];
	struct nlattr *data;

	snprintf(name, sizeof(name), "%s_%s", stem, kind);
	mnl_attr_put_strz(h, NFTA_OBJ_TABLE, NFT_TABLE);
	mnl_attr_put_strz(h, NFTA_OBJ_NAME, name);
	mnl_attr_put_u32(h, NFTA_OBJ_TYPE, htonl(NFT_OBJECT_COUNTER));
	data = mnl_attr_nest_start(h, NFTA_OBJ_DATA);
	mnl_attr_nest_end(h, data);
	netlink_commit(nl, h);
}

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
			put_rule(nl, r);
		}
		r = rule_new(name);
		rule_count(r, name);
		rule_verdict(r, false);
		put_rule(nl, r);
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

struct filling {
	struct nl *nl;
	const char *name;
	struct nftnl_set *set;
	unsigned n;
	uint32_t id;
	bool transport;
};

static struct nftnl_set *set_alloc(const struct filling *f)
{
	struct nftnl_set *s = nftnl_set_alloc();

	nftnl_set_set_str(s, NFTNL_SET_TABLE, NFT_TABLE);
	nftnl_set_set_str(s, NFTNL_SET_NAME, f->name);
	nftnl_set_set_u32(s, NFTNL_SET_FAMILY, NFPROTO_IPV4);
	nftnl_set_set_u32(s, NFTNL_SET_KEY_TYPE, 0);
	nftnl_set_set_u32(s, NFTNL_SET_KEY_LEN, 4);
	nftnl_set_set_u32(s, NFTNL_SET_ID, f->id);
	return s;
}

static void set_send(struct filling *f)
{
	struct nlmsghdr *h;

	if (!f->n)
		return;
	h = request(f->nl, NFT_MSG_NEWSETELEM, NLM_F_CREATE, "nft set element", 0);
	nftnl_set_elems_nlmsg_build_payload(h, f->set);
	netlink_commit(f->nl, h);
	nftnl_set_free(f->set);
	f->set = set_alloc(f);
	f->n = 0;
}

static void set_add(struct filling *f, const struct nft_spi *spi, unsigned n)
{
	for (unsigned k = 0; k < n; k++) {
		struct nftnl_set_elem *e;
		uint32_t key = htonl(spi[k].spi);

		if (f->transport && !spi[k].transport)
			continue;
		e = nftnl_set_elem_alloc();
		nftnl_set_elem_set(e, NFTNL_SET_ELEM_KEY, &key, sizeof(key));
		nftnl_set_elem_add(f->set, e);
		if (++f->n == SET_CHUNK)
			set_send(f);
	}
}

static bool on_iface(const struct nft_group *g, unsigned i)
{
	for (unsigned k = 0; k < g->niface; k++)
		if (g->iface[k] == i)
			return true;
	return false;
}

static void put_set(struct nl *nl, const struct nft_plan *p, unsigned i, bool transport)
{
	struct filling f = { .nl = nl, .id = SET_ID(i, transport), .transport = transport };
	struct nlmsghdr *h;
	char name[16];

	snprintf(name, sizeof(name), "%s%u", transport ? "tspi" : "spi", i);
	f.name = name;
	f.set = set_alloc(&f);
	h = request(nl, NFT_MSG_NEWSET, NLM_F_CREATE, "nft set", 0);
	nftnl_set_nlmsg_build_payload(h, f.set);
	netlink_commit(nl, h);

	h = request(nl, NFT_MSG_DELSETELEM, 0, "nft set flush", ENOENT);
	mnl_attr_put_strz(h, NFTA_SET_ELEM_LIST_TABLE, NFT_TABLE);
	mnl_attr_put_strz(h, NFTA_SET_ELEM_LIST_SET, name);
	netlink_commit(nl, h);

	set_add(&f, p->iface[i].old, p->iface[i].nold);
	for (unsigned g = 0; g < p->ngroup; g++)
		if (on_iface(&p->group[g], i))
			set_add(&f, p->group[g].spi, p->group[g].nspi);
	set_send(&f);
	nftnl_set_free(f.set);
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

/* In transport mode both addresses are kept, decrypting takes them away. */
static void transport_rules(struct nl *nl, const struct nft_plan *p, unsigned i)
{
	const struct nft_iface *f = &p->iface[i];
	struct nftnl_rule *r;
	char name[24];

	snprintf(name, sizeof(name), "tspi%u", i);
	r = rule_new("capture");
	rule_iif(r, f->name);
	rule_spi_in(r, name, SET_ID(i, true));
	rule_stash(r);
	put_rule(nl, r);

	r = rule_new("unstash");
	rule_decrypted(r, true);
	rule_iif(r, f->name);
	rule_addr(r, SRC_AT, (struct ip4){ 0 }, ip4_mask(32));
	rule_addr(r, DST_AT, (struct ip4){ 0 }, ip4_mask(32));
	rule_restore(r);
	put_rule(nl, r);
}

/* Group ESP to ourselves; what is left is counted. */
static void capture_rules(struct nl *nl, const struct nft_plan *p, unsigned i)
{
	const struct nft_iface *f = &p->iface[i];
	struct nftnl_rule *r;
	char name[24];

	if (transport_on(p, i))
		transport_rules(nl, p, i);
	snprintf(name, sizeof(name), "spi%u", i);
	r = rule_new("capture");
	rule_iif(r, f->name);
	rule_spi_in(r, name, SET_ID(i, false));
	rule_set_daddr(r, f->me);
	rule_verdict(r, true);
	put_rule(nl, r);
	for (int log = p->log; log >= 0; log--) {
		r = rule_new("capture");
		rule_iif(r, f->name);
		snprintf(name, sizeof(name), log ? "i%u spi" : "i%u_spi", i);
		if (log)
			rule_log(r, name);
		else
			rule_count(r, name);
		put_rule(nl, r);
	}
}

static void iface_rules(struct nl *nl, const struct nft_plan *p, unsigned i)
{
	const struct nft_iface *f = &p->iface[i];
	struct nftnl_rule *r;
	char set[16];

	r = rule_new("restore");
	rule_proto(r, IPPROTO_ESP, true);
	rule_addr(r, DST_AT, f->sentinel, ip4_mask(32));
	rule_restore_destination(r);
	if (p->df != XFRM_DF_COPY)
		rule_df(r, p->df == XFRM_DF_SET);
	put_rule(nl, r);

	snprintf(set, sizeof(set), "spi%u", i);
	r = rule_new("stash");
	rule_proto(r, IPPROTO_ESP, true);
	rule_addr(r, SRC_AT, f->me, ip4_mask(32));
	rule_spi_in(r, set, SET_ID(i, false));
	rule_restore_source(r);
	put_rule(nl, r);
	r = rule_new("stash");
	rule_to_encrypt(r);	/* first what the fewest packets are */
	rule_oif(r, f->name);
	rule_stash(r);
	put_rule(nl, r);

	capture_rules(nl, p, i);

	for (int out = 0; f->mss && out < 2; out++) {
		r = rule_new("mss");
		if (out)
			rule_oif(r, f->name);
		else
			rule_iif(r, f->name);
		rule_syn(r);
		rule_clamp_mss(r, (uint16_t)f->mss);
		put_rule(nl, r);
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
		put_rule(nl, r);
	}
}

/* What was decrypted, and ESP on its way to be, is looked at first: it is most of the traffic. */
static void pass_protected(struct nl *nl, const char *chain, struct ip4 me)
{
	struct nftnl_rule *r = rule_new(chain);

	rule_decrypted(r, true);
	rule_verdict(r, true);
	put_rule(nl, r);
	r = rule_new(chain);
	rule_proto(r, IPPROTO_ESP, true);
	rule_addr(r, DST_AT, me, ip4_mask(32));
	rule_verdict(r, true);
	put_rule(nl, r);
}

/* A member that was started anew still holds SAs and policies of its earlier life: what they protect is not in clear. */
static void pass_protecting(struct nl *nl, const char *chain, struct ip4 me)
{
	struct nftnl_rule *r = rule_new(chain);

	rule_to_encrypt(r);
	rule_verdict(r, true);
	put_rule(nl, r);
	r = rule_new(chain);
	rule_proto(r, IPPROTO_ESP, true);
	rule_addr(r, SRC_AT, me, ip4_mask(32));	/* not yet its own source: 'stash' stands behind */
	rule_verdict(r, true);
	put_rule(nl, r);
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
			put_rule(nl, r);
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
	put_rule(nl, r);
	if (g->mode != DP_CLOSED)
		return;
	r = rule_new(chain);
	end(r, g, KIND_CLOSED);
	put_rule(nl, r);
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
	snprintf(chain, sizeof(chain), "i%u_%s", i, out ? "out" : "in");
	put_plain_chain(nl, chain);
	if (!any)
		return;
	r = rule_new(out ? "closed" : "enforce");
	if (out)
		rule_oif(r, f->name);
	else
		rule_iif(r, f->name);
	rule_jump(r, chain);
	put_rule(nl, r);
	if (out)
		pass_protecting(nl, chain, f->me);
	else
		pass_protected(nl, chain, f->me);
	pass_gdoi(nl, chain);
	for (int closed = 1; closed >= 0; closed--)
		for (unsigned g = 0; g < p->ngroup; g++)
			if (on_iface(&p->group[g], i) && enforces(&p->group[g], out) &&
				(p->group[g].mode == DP_CLOSED) == closed)
				to_policy(nl, &p->group[g], chain, out);
}

static void window_rules(struct nl *nl, const struct nft_plan *p)
{
	for (unsigned g = 0; g < p->ngroup; g++)
		for (unsigned k = 0; k < p->group[g].nspi; k++) {
			const struct nft_group *group = &p->group[g];
			const struct nft_spi *s = &group->spi[k];

			for (unsigned i = 0; s->timed && i < group->niface; i++)
				for (int late = 0; late < 2; late++) {
					struct nftnl_rule *r = rule_new("window");

					rule_iif(r, p->iface[group->iface[i]].name);
					rule_proto(r, IPPROTO_ESP, true);
					rule_spi(r, s->spi);
					if (late)
						rule_seq_below(r, s->low);
					else
						rule_seq_above(r, s->high);
					end(r, group, late ? KIND_LATE : KIND_EARLY);
					put_rule(nl, r);
				}
		}
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
		put_counter(nl, g->counter, counter_kinds[k]);
		snprintf(name, sizeof(name), "%s_%s", g->counter, counter_kinds[k]);
		put_plain_chain(nl, name);
	}
	snprintf(name, sizeof(name), "%s_in", g->counter);
	put_plain_chain(nl, name);
	snprintf(name, sizeof(name), "%s_out", g->counter);
	put_plain_chain(nl, name);
}

static void put_sets(struct nl *nl, const struct nft_plan *p)
{
	for (unsigned i = 0; i < p->niface; i++) {
		put_set(nl, p, i, false);
		put_set(nl, p, i, true);
	}
}

static bool wants(const struct nft_plan *p, size_t chain)
{
	bool any = false;

	for (unsigned i = 0; i < p->niface; i++)
		any |= (chain == MSS && p->iface[i].mss) || (chain == UNSTASH && transport_on(p, i));
	for (unsigned g = 0; g < p->ngroup; g++) {
		any |= (chain == ENFORCE || chain == CLOSED) && enforces(&p->group[g], chain == CLOSED);
		for (unsigned k = 0; chain == WINDOW && k < p->group[g].nspi; k++)
			any |= p->group[g].spi[k].timed;
	}
	return any;
}

bool nft_write(struct nl *nl, const struct nft_plan *p, struct why *why)
{
	struct nftnl_rule *r;

	netlink_whole(nl);
	batch(nl, true);
	put_table(nl);
	for (size_t i = 0; i < WINDOW; i++)
		put_chain(nl, i);
	flush_rules(nl, NULL);
	for (size_t i = WINDOW; i < NCHAINS; i++)
		chain_wanted(nl, i, wants(p, i));
	for (unsigned g = 0; g < p->ngroup; g++)
		put_group_objects(nl, &p->group[g]);
	put_sets(nl, p);
	r = rule_new("capture");
	rule_proto(r, IPPROTO_ESP, false);
	rule_verdict(r, true);
	put_rule(nl, r);
	for (unsigned i = 0; i < p->niface; i++) {
		char stem[16];

		snprintf(stem, sizeof(stem), "i%u", i);
		put_counter(nl, stem, "spi");
		iface_rules(nl, p, i);
	}
	r = rule_new("capture");
	rule_defrag(r);
	if (p->log)
		rule_log(r, "");	/* also with nothing to tell: whether the kernel can is seen at once */
	put_rule(nl, r);
	window_rules(nl, p);
	for (unsigned g = 0; g < p->ngroup; g++)
		group_rules(nl, p, &p->group[g]);
	for (unsigned i = 0; i < p->niface; i++)
		for (int out = 0; out < 2; out++)
			guard_iface(nl, p, i, out);
	batch(nl, false);
	return netlink_flush(nl, why);
}

bool nft_write_keys(struct nl *nl, const struct nft_plan *p, struct why *why)
{
	netlink_whole(nl);
	batch(nl, true);
	put_sets(nl, p);
	chain_wanted(nl, WINDOW, wants(p, WINDOW));
	window_rules(nl, p);
	batch(nl, false);
	return netlink_flush(nl, why);
}

bool nft_write_windows(struct nl *nl, const struct nft_plan *p, struct why *why)
{
	netlink_whole(nl);
	batch(nl, true);
	chain_wanted(nl, WINDOW, wants(p, WINDOW));
	window_rules(nl, p);
	batch(nl, false);
	return netlink_flush(nl, why);
}

void nft_remove(struct nl *nl)
{
	struct nlmsghdr *h;

	netlink_whole(nl);
	batch(nl, true);
	put_table(nl);	/* deleting one that is not there would fail the batch */
	h = request(nl, NFT_MSG_DELTABLE, 0, "nft remove", 0);
	mnl_attr_put_strz(h, NFTA_TABLE_NAME, NFT_TABLE);
	netlink_commit(nl, h);
	batch(nl, false);
	netlink_flush(nl, NULL);
}

static void seen(void *arg, const struct nlmsghdr *h)
{
	*(bool *)arg = true;
}

bool nft_present(struct nl *nl)
{
	struct nlmsghdr *h = request(nl, NFT_MSG_GETTABLE, 0, "nft table", ENOENT);
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
	struct nlmsghdr *h = request(nl, NFT_MSG_GETOBJ, 0, "nft counter", ENOENT);
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
