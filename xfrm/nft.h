/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One nftables table of our own (family ip, name "gdoix"), written whole in one transaction: the kernel goes from the old
 * rules to the new ones between two packets. What the rules do is the recipe of docs/DATAPLANE.md: stash and restore
 * keep the inner addresses outside, capture brings group ESP to XFRM, enforce drops cleartext that should not be.
 */
#pragma once
#include "gdoi/dataplane.h"

struct nl;
struct why;

#define NFT_TABLE "gdoix"

struct nft_iface {
	char name[16];
	struct ip4 me, sentinel;
	uint32_t mss;			/* ip tcp adjust-mss; 0 = off */
};

struct nft_spi {			/* receive with it on every interface of its group */
	uint32_t spi;
	bool timed;			/* time-based replay: sequence numbers outside [low, high] are dropped */
	uint32_t low, high;
};

struct nft_group {
	char counter[24];		/* object name stem, e.g. "g1" */
	enum dp_mode mode;
	const struct dp_ace *ace;
	unsigned nace;
	const struct nft_spi *spi;
	unsigned nspi;
	const unsigned *iface;		/* indices into the interfaces */
	unsigned niface;
};

/* Replaces all rules. Counters live on. False with why: the old rules stand. */
bool nft_write(struct nl *nl, const struct nft_iface *iface, unsigned niface, const struct nft_group *group,
	unsigned ngroup, struct why *why);
/* Only the time windows (twice a second for time-based replay). */
bool nft_write_windows(struct nl *nl, const struct nft_iface *iface, const struct nft_group *group, unsigned ngroup,
	struct why *why);
/* Removes the table. */
void nft_remove(struct nl *nl);
/* Whether the table is there (another program may have flushed the ruleset). */
bool nft_present(struct nl *nl);

struct nft_count {
	uint64_t clear_dropped, closed_dropped, early, late;
};
bool nft_counters(struct nl *nl, const char *stem, struct nft_count *out);
