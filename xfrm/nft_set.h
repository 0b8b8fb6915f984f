/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The sets of the SPIs that interface number i of a plan receives with: "spiI", and of those "tspiI", the ones in transport
 * mode. As in nft_msg.h: into the batch of nl.
 */
#pragma once
#include <stdbool.h>
#include <stdint.h>

struct nft_group;
struct nft_plan;
struct nl;

/* How the rules of the same transaction name a set. */
#define NFT_SET_ID(i, transport) ((i) * 2u + (transport) + 1u)

/* All sets of all interfaces: made where they are not there, and of their elements what came and what went. */
void nft_put_sets(struct nl *nl, const struct nft_plan *p);
/* Whether the group is on interface number i. */
bool nft_on_iface(const struct nft_group *g, unsigned i);
