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

enum { SRC_AT = 12, DST_AT = 16, SPORT_AT = 0, DPORT_AT = 2 };

static const struct {
	const char *name, *type;
	uint32_t hook;
	int32_t prio;
} chains[] = {
	{ "window", "filter", NF_INET_PRE_ROUTING, -310 },	/* time-based replay, before capture hides the address */
	{ "capture", "filter", NF_INET_PRE_ROUTING, -300 },	/* group ESP to ourselves */
	{ "enforce", "filter", NF_INET_PRE_ROUTING, -290 },	/* cleartext from the WAN */
	{ "defrag", "filter", NF_INET_PRE_ROUTING, -250 },	/* reassembly stands at -400 once anything asks for it */
	{ "mss", "filter", NF_INET_FORWARD, -150 },
	{ "closed", "filter", NF_INET_POST_ROUTING, -310 },	/* fail-close, outbound */
	{ "stash", "filter", NF_INET_POST_ROUTING, -300 },	/* once, on the plaintext, with its bundle as route */
	{ "restore", "route", NF_INET_LOCAL_OUT, -300 },	/* ESP to the sentinel; re-routed after */
};
#define NCHAINS (sizeof(chains) / sizeof(*chains))

static struct nlmsghdr *request(struct nl *nl, uint16_t msg, uint16_t flags, const char *what, int tolerate)
{
	struct nfgenmsg *nfg;
	struct nlmsghdr *h = nl_request(nl, (uint16_t)(NFNL_SUBSYS_NFTABLES << 8 | msg), flags, sizeof(*nfg), &nfg, what,
		tolerate);

	nfg->nfgen_family = NFPROTO_IPV4;
	nfg->version = NFNETLINK_V0;
	return h;
}

static void batch(struct nl *nl, bool begin)
{
	struct nlmsghdr *h = nl_plain(nl);

	if (begin)
		nftnl_batch_begin((char *)h, 0);
	else
		nftnl_batch_end((char *)h, 0);
	nl_commit(nl, h);
}

static void put_table(struct nl *nl)
{
	struct nlmsghdr *h = request(nl, NFT_MSG_NEWTABLE, NLM_F_CREATE, "nft table", 0);

	mnl_attr_put_strz(h, NFTA_TABLE_NAME, NFT_TABLE);
	nl_commit(nl, h);
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
	nl_commit(nl, h);
}

/* Empties a chain (NULL: all of them). */
static void flush_rules(struct nl *nl, const char *chain)
{
	struct nlmsghdr *h = request(nl, NFT_MSG_DELRULE, 0, "nft flush", 0);

	mnl_attr_put_strz(h, NFTA_RULE_TABLE, NFT_TABLE);
	if (chain)
		mnl_attr_put_strz(h, NFTA_RULE_CHAIN, chain);
	nl_commit(nl, h);
}

static void put_rule(struct nl *nl, struct nftnl_rule *r)
{
	struct nlmsghdr *h = request(nl, NFT_MSG_NEWRULE, NLM_F_CREATE | NLM_F_APPEND, "nft rule", 0);

	nftnl_rule_nlmsg_build_payload(h, r);
	nftnl_rule_free(r);
	nl_commit(nl, h);
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
	nl_commit(nl, h);
}

static const char *const counter_kinds[] = { "clear", "closed", "early", "late" };

static void count(struct nftnl_rule *r, const struct nft_group *g, unsigned kind)
{
	char name[48];

	snprintf(name, sizeof(name), "%s_%s", g->counter, counter_kinds[kind]);
	rule_count(r, name);
}

/* ---- the set of SPIs an interface receives with ---- */

static void put_set(struct nl *nl, unsigned i, const struct nft_group *group, unsigned ngroup)
{
	struct nftnl_set *s = nftnl_set_alloc();
	struct nlmsghdr *h;
	bool any = false;
	char name[16];

	snprintf(name, sizeof(name), "spi%u", i);
	nftnl_set_set_str(s, NFTNL_SET_TABLE, NFT_TABLE);
	nftnl_set_set_str(s, NFTNL_SET_NAME, name);
	nftnl_set_set_u32(s, NFTNL_SET_FAMILY, NFPROTO_IPV4);
	nftnl_set_set_u32(s, NFTNL_SET_KEY_TYPE, 0);
	nftnl_set_set_u32(s, NFTNL_SET_KEY_LEN, 4);
	nftnl_set_set_u32(s, NFTNL_SET_ID, i + 1);
	h = request(nl, NFT_MSG_NEWSET, NLM_F_CREATE, "nft set", 0);
	nftnl_set_nlmsg_build_payload(h, s);
	nl_commit(nl, h);

	h = request(nl, NFT_MSG_DELSETELEM, 0, "nft set flush", ENOENT);
	mnl_attr_put_strz(h, NFTA_SET_ELEM_LIST_TABLE, NFT_TABLE);
	mnl_attr_put_strz(h, NFTA_SET_ELEM_LIST_SET, name);
	nl_commit(nl, h);

	for (unsigned g = 0; g < ngroup; g++) {
		bool here = false;

		for (unsigned k = 0; k < group[g].niface; k++)
			here |= group[g].iface[k] == i;
		for (unsigned k = 0; here && k < group[g].nspi; k++) {
			struct nftnl_set_elem *e = nftnl_set_elem_alloc();
			uint32_t spi = htonl(group[g].spi[k].spi);

			nftnl_set_elem_set(e, NFTNL_SET_ELEM_KEY, &spi, sizeof(spi));
			nftnl_set_elem_add(s, e);
			any = true;
		}
	}
	if (any) {
		h = request(nl, NFT_MSG_NEWSETELEM, NLM_F_CREATE, "nft set element", 0);
		nftnl_set_elems_nlmsg_build_payload(h, s);
		nl_commit(nl, h);
	}
	nftnl_set_free(s);
}

/* ---- rules of an interface ---- */

static void iface_rules(struct nl *nl, const struct nft_iface *f, unsigned i)
{
	const uint8_t esp = IPPROTO_ESP;
	struct nftnl_rule *r = rule_new("stash");
	char set[16];

	rule_oif(r, f->name);
	rule_to_encrypt(r);
	rule_stash(r);
	put_rule(nl, r);

	r = rule_new("restore");
	rule_proto(r, esp, true);
	rule_addr(r, DST_AT, f->sentinel, ip4_mask(32));
	rule_restore(r);
	put_rule(nl, r);

	snprintf(set, sizeof(set), "spi%u", i);
	r = rule_new("capture");
	rule_iif(r, f->name);
	rule_proto(r, esp, true);
	rule_spi_in(r, set, i + 1);
	rule_set_daddr(r, f->me);
	put_rule(nl, r);

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
static void pass_gdoi(struct nl *nl, const char *chain, const char *ifname, bool out)
{
	for (unsigned at = SPORT_AT; at <= DPORT_AT; at += 2) {
		struct nftnl_rule *r = rule_new(chain);

		if (out)
			rule_oif(r, ifname);
		else
			rule_iif(r, ifname);
		rule_proto(r, IPPROTO_UDP, true);
		rule_port(r, at, GDOI_PORT);
		rule_verdict(r, true);
		put_rule(nl, r);
	}
}

static void enforce_rules(struct nl *nl, const struct nft_group *g, const char *ifname)
{
	pass_gdoi(nl, "enforce", ifname, false);
	for (unsigned k = 0; k < g->nace; k++) {
		struct nftnl_rule *r = rule_new("enforce");

		rule_iif(r, ifname);
		rule_decrypted(r, false);
		if (g->ace[k].permit)
			rule_proto(r, IPPROTO_ESP, false);
		match_ace(r, &g->ace[k]);
		if (g->ace[k].permit)
			count(r, g, 0);
		rule_verdict(r, !g->ace[k].permit);
		put_rule(nl, r);
	}
}

/* Fail-close: nothing but key management and the ACL's exceptions, in either direction. */
static void closed_rules(struct nl *nl, const struct nft_group *g, const char *ifname)
{
	for (int out = 0; out < 2; out++) {
		const char *chain = out ? "closed" : "enforce";
		struct nftnl_rule *r;

		pass_gdoi(nl, chain, ifname, out);
		for (unsigned k = 0; k < g->nace; k++) {
			r = rule_new(chain);
			if (out)
				rule_oif(r, ifname);
			else
				rule_iif(r, ifname);
			match_ace(r, &g->ace[k]);
			if (g->ace[k].permit)
				count(r, g, 1);
			rule_verdict(r, !g->ace[k].permit);
			put_rule(nl, r);
		}
		r = rule_new(chain);
		if (out)
			rule_oif(r, ifname);
		else
			rule_iif(r, ifname);
		count(r, g, 1);
		rule_verdict(r, false);
		put_rule(nl, r);
	}
}

static void window_rules(struct nl *nl, const struct nft_iface *iface, const struct nft_group *group, unsigned ngroup)
{
	for (unsigned g = 0; g < ngroup; g++)
		for (unsigned k = 0; k < group[g].nspi; k++) {
			const struct nft_spi *s = &group[g].spi[k];

			for (unsigned i = 0; s->timed && i < group[g].niface; i++)
				for (int late = 0; late < 2; late++) {
					struct nftnl_rule *r = rule_new("window");

					rule_iif(r, iface[group[g].iface[i]].name);
					rule_proto(r, IPPROTO_ESP, true);
					rule_spi(r, s->spi);
					if (late)
						rule_seq_below(r, s->low);
					else
						rule_seq_above(r, s->high);
					count(r, &group[g], late ? 3 : 2);
					rule_verdict(r, false);
					put_rule(nl, r);
				}
		}
}

bool nft_write(struct nl *nl, const struct nft_iface *iface, unsigned niface, const struct nft_group *group,
	unsigned ngroup, struct why *why)
{
	struct nftnl_rule *r;

	nl_whole(nl);
	batch(nl, true);
	put_table(nl);
	for (size_t i = 0; i < NCHAINS; i++)
		put_chain(nl, i);
	flush_rules(nl, NULL);
	for (unsigned g = 0; g < ngroup; g++)
		for (size_t k = 0; k < sizeof(counter_kinds) / sizeof(*counter_kinds); k++)
			put_counter(nl, group[g].counter, counter_kinds[k]);
	for (unsigned i = 0; i < niface; i++)
		put_set(nl, i, group, ngroup);
	r = rule_new("defrag");
	rule_defrag(r);
	put_rule(nl, r);
	for (unsigned i = 0; i < niface; i++)
		iface_rules(nl, &iface[i], i);
	window_rules(nl, iface, group, ngroup);
	for (unsigned g = 0; g < ngroup; g++)
		for (unsigned i = 0; i < group[g].niface; i++) {
			const char *name = iface[group[g].iface[i]].name;

			if (group[g].mode == DP_CLOSED)
				closed_rules(nl, &group[g], name);
			else if (group[g].mode == DP_BOTH || group[g].mode == DP_INBOUND_ONLY)
				enforce_rules(nl, &group[g], name);
		}
	batch(nl, false);
	return nl_flush(nl, why);
}

bool nft_write_windows(struct nl *nl, const struct nft_iface *iface, const struct nft_group *group, unsigned ngroup,
	struct why *why)
{
	nl_whole(nl);
	batch(nl, true);
	flush_rules(nl, "window");
	window_rules(nl, iface, group, ngroup);
	batch(nl, false);
	return nl_flush(nl, why);
}

void nft_remove(struct nl *nl)
{
	struct nlmsghdr *h;

	nl_whole(nl);
	batch(nl, true);
	put_table(nl);	/* deleting one that is not there would fail the batch */
	h = request(nl, NFT_MSG_DELTABLE, 0, "nft remove", 0);
	mnl_attr_put_strz(h, NFTA_TABLE_NAME, NFT_TABLE);
	nl_commit(nl, h);
	batch(nl, false);
	nl_flush(nl, NULL);
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
	return nl_get(nl, h, seen, &there) && there;
}

static void counter_read(void *arg, const struct nlmsghdr *h)
{
	struct nftnl_obj *o = nftnl_obj_alloc();

	if (o && nftnl_obj_nlmsg_parse(h, o) == 0 && nftnl_obj_is_set(o, NFTNL_OBJ_CTR_PKTS))
		*(uint64_t *)arg = nftnl_obj_get_u64(o, NFTNL_OBJ_CTR_PKTS);
	nftnl_obj_free(o);
}

bool nft_counters(struct nl *nl, const char *stem, struct nft_count *out)
{
	uint64_t *const value[] = { &out->clear_dropped, &out->closed_dropped, &out->early, &out->late };
	bool ok = true;

	memset(out, 0, sizeof(*out));
	for (size_t k = 0; k < sizeof(value) / sizeof(*value); k++) {
		struct nlmsghdr *h = request(nl, NFT_MSG_GETOBJ, 0, "nft counter", ENOENT);
		char name[48];

		snprintf(name, sizeof(name), "%s_%s", stem, counter_kinds[k]);
		mnl_attr_put_strz(h, NFTA_OBJ_TABLE, NFT_TABLE);
		mnl_attr_put_strz(h, NFTA_OBJ_NAME, name);
		mnl_attr_put_u32(h, NFTA_OBJ_TYPE, htonl(NFT_OBJECT_COUNTER));
		ok &= nl_get(nl, h, counter_read, value[k]);
	}
	return ok;
}
