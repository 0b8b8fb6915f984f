/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "xfrm/nft_msg.h"
#include <arpa/inet.h>
#include <stdio.h>
#include <libmnl/libmnl.h>
#include <libnftnl/batch.h>
#include <libnftnl/chain.h>
#include <libnftnl/rule.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include "xfrm/nft.h"
#include "xfrm/nl.h"

struct nlmsghdr *nft_request(struct nl *nl, uint16_t msg, uint16_t flags, const char *what, int tolerate)
{
	struct nfgenmsg *nfg;
	struct nlmsghdr *h = netlink_request(nl, (uint16_t)(NFNL_SUBSYS_NFTABLES << 8 | msg), flags, sizeof(*nfg), &nfg, what,
		tolerate);

	nfg->nfgen_family = NFPROTO_IPV4;
	nfg->version = NFNETLINK_V0;
	return h;
}

void nft_batch(struct nl *nl, bool begin)
{
	struct nlmsghdr *h = netlink_plain(nl);

	if (begin)
		nftnl_batch_begin((char *)h, 0);
	else
		nftnl_batch_end((char *)h, 0);
	netlink_commit(nl, h);
}

void nft_put_table(struct nl *nl)
{
	struct nlmsghdr *h = nft_request(nl, NFT_MSG_NEWTABLE, NLM_F_CREATE, "nft table", 0);

	mnl_attr_put_strz(h, NFTA_TABLE_NAME, NFT_TABLE);
	netlink_commit(nl, h);
}

void nft_put_chain(struct nl *nl, const char *name)
{
	struct nlmsghdr *h = nft_request(nl, NFT_MSG_NEWCHAIN, NLM_F_CREATE, "nft chain", 0);

	mnl_attr_put_strz(h, NFTA_CHAIN_TABLE, NFT_TABLE);
	mnl_attr_put_strz(h, NFTA_CHAIN_NAME, name);
	netlink_commit(nl, h);
}

void nft_put_base(struct nl *nl, const struct nft_base *b)
{
	struct nlmsghdr *h = nft_request(nl, NFT_MSG_NEWCHAIN, NLM_F_CREATE, "nft chain", 0);
	struct nftnl_chain *c = nftnl_chain_alloc();

	nftnl_chain_set_str(c, NFTNL_CHAIN_TABLE, NFT_TABLE);
	nftnl_chain_set_str(c, NFTNL_CHAIN_NAME, b->name);
	nftnl_chain_set_str(c, NFTNL_CHAIN_TYPE, b->type);
	nftnl_chain_set_u32(c, NFTNL_CHAIN_HOOKNUM, b->hook);
	nftnl_chain_set_s32(c, NFTNL_CHAIN_PRIO, b->prio);
	nftnl_chain_set_u32(c, NFTNL_CHAIN_POLICY, NF_ACCEPT);
	nftnl_chain_nlmsg_build_payload(h, c);
	nftnl_chain_free(c);
	netlink_commit(nl, h);
}

void nft_flush_rules(struct nl *nl, const char *chain)
{
	struct nlmsghdr *h = nft_request(nl, NFT_MSG_DELRULE, 0, "nft flush", 0);

	mnl_attr_put_strz(h, NFTA_RULE_TABLE, NFT_TABLE);
	if (chain)
		mnl_attr_put_strz(h, NFTA_RULE_CHAIN, chain);
	netlink_commit(nl, h);
}

void nft_base_wanted(struct nl *nl, const struct nft_base *b, bool wanted)
{
	struct nlmsghdr *h;

	nft_put_base(nl, b);
	nft_flush_rules(nl, b->name);
	if (wanted)
		return;
	h = nft_request(nl, NFT_MSG_DELCHAIN, 0, "nft chain removed", 0);
	mnl_attr_put_strz(h, NFTA_CHAIN_TABLE, NFT_TABLE);
	mnl_attr_put_strz(h, NFTA_CHAIN_NAME, b->name);
	netlink_commit(nl, h);
}

void nft_put_rule(struct nl *nl, struct nftnl_rule *r)
{
	struct nlmsghdr *h = nft_request(nl, NFT_MSG_NEWRULE, NLM_F_CREATE | NLM_F_APPEND, "nft rule", 0);

	nftnl_rule_nlmsg_build_payload(h, r);
	nftnl_rule_free(r);
	netlink_commit(nl, h);
}

void nft_put_counter(struct nl *nl, const char *stem, const char *kind)
{
	struct nlmsghdr *h = nft_request(nl, NFT_MSG_NEWOBJ, NLM_F_CREATE, "nft counter", 0);
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
