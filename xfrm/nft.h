/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One nftables table of our own (family ip, name "gdoix"), written whole in one transaction: the kernel goes from the old
 * rules to the new ones between two packets. What the rules do is the recipe of docs/DATAPLANE.md: stash and restore
 * keep the inner addresses outside, capture brings group ESP to XFRM, enforce drops cleartext that should not be.
 */
#pragma once
#include "xfrm/dataplane_xfrm.h"

struct nl;
struct why;

#define NFT_TABLE "gdoix"

struct nft_iface {
	char name[16];
	struct ip4 me, sentinel;
	uint32_t mss;			/* ip tcp adjust-mss; 0 = off */
	const struct nft_spi *old;	/* received with, too, whatever group it was of */
	unsigned nold;
};

struct nft_spi {			/* receive with it on every interface of its group */
	uint32_t spi;
	bool transport;
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

struct nft_plan {
	const struct nft_iface *iface;
	unsigned niface;
	const struct nft_group *group;
	unsigned ngroup;
	enum xfrm_df df;
	bool log;			/* tell of drops: NFT_LOG_GROUP */
};

/* A dropped packet is told (a few a second) with the prefix "gSLOT KIND" or "iINDEX spi"; KIND as the counter's. */
#define NFT_LOG_GROUP 0x6778

/* Replaces all rules. Counters live on. False with why: the old rules stand. */
bool nft_write(struct nl *nl, const struct nft_plan *p, struct why *why);
/* Only the sets of SPIs and the time windows: what a rekey changes. */
bool nft_write_keys(struct nl *nl, const struct nft_plan *p, struct why *why);
/* Only the time windows (twice a second for time-based replay). */
bool nft_write_windows(struct nl *nl, const struct nft_plan *p, struct why *why);
/* Removes the table. */
void nft_remove(struct nl *nl);
/* Whether the table is there (another program may have flushed the ruleset). */
bool nft_present(struct nl *nl);

struct nft_count {
	uint64_t clear_dropped, closed_dropped, early, late;
};
bool nft_counters(struct nl *nl, const char *stem, struct nft_count *out);
/* ESP of unknown SPIs on the interface with this index in the plan. */
uint64_t nft_unknown_spi(struct nl *nl, unsigned iface);
