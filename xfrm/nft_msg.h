/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Requests about our nftables table (libnftnl): each is put into the batch of nl; netlink_flush tells how they went. */
#pragma once
#include <stdbool.h>
#include <stdint.h>

struct nftnl_rule;
struct nl;
struct nlmsghdr;

/* Begins a request; what and tolerate as in netlink_request. */
struct nlmsghdr *nft_request(struct nl *nl, uint16_t msg, uint16_t flags, const char *what, int tolerate);
/* The first and the last message of a transaction. */
void nft_batch(struct nl *nl, bool begin);
void nft_put_table(struct nl *nl);
/* One that is jumped to. */
void nft_put_chain(struct nl *nl, const char *name);

struct nft_base {	/* a chain that hangs on a hook */
	const char *name, *type;
	uint32_t hook;
	int32_t prio;
};
void nft_put_base(struct nl *nl, const struct nft_base *b);
/* Of the chains that come and go. Making one that is there is no error, so it can be removed whether it is or not. */
void nft_base_wanted(struct nl *nl, const struct nft_base *b, bool wanted);
/* Empties a chain (NULL: all of them). */
void nft_flush_rules(struct nl *nl, const char *chain);
/* r is freed. */
void nft_put_rule(struct nl *nl, struct nftnl_rule *r);
/* Object "STEM_KIND". */
void nft_put_counter(struct nl *nl, const char *stem, const char *kind);
