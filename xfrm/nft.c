/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "xfrm/nft.h"
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <libmnl/libmnl.h>
#include <libnftnl/common.h>
#include <libnftnl/object.h>
#include <libnftnl/rule.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <netinet/in.h>
#include <string.h>
#include "lib/why.h"
#include "xfrm/nft_msg.h"
#include "xfrm/nft_rule.h"
#include "xfrm/nft_set.h"
#include "xfrm/nl.h"

#define GDOI_PORT 848

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

/* ---- rules of an interface ---- */

static bool transport_on(const struct nft_plan *p, unsigned i)
{
	for (unsigned k = 0; k < p->iface[i].nold; k++)
		if (p->iface[i].old[k].transport)
			return true;
	for (unsigned g = 0; g < p->ngroup; g++)
		for (unsigned k = 0; nft_on_iface(&p->group[g], i) && k < p->group[g].nspi; k++)
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
		for (unsigned k = 0; nft_on_iface(&p->group[g], i) && k < p->group[g].nspi; k++)
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
	rule_spi_in(r, set, NFT_SET_ID(i, true));
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
	rule_spi_in(r, name, NFT_SET_ID(i, false));
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
		for (unsigned k = 0; nft_on_iface(&p->group[g], i) && k < p->group[g].nspi; k++) {
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
	rule_spi_in(r, set, NFT_SET_ID(i, false));
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
		any |= nft_on_iface(&p->group[g], i) && enforces(&p->group[g], out);
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
			if (nft_on_iface(&p->group[g], i) && enforces(&p->group[g], out) &&
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
	nft_put_sets(nl, p);
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
	nft_put_sets(nl, p);
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
