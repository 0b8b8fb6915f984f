/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What would happen to a packet: found once, told as text and as JSON. */
#pragma once
#include "cli/show.h"

#define SHOW_DROPS 8	/* that are told at most */

struct show_decision {
	const char *list;		/* where the entry stands: "local", "downloaded", "fail-close"; "none": no entry applies */
	unsigned number;		/* from 1; 0: none */
	const struct dp_ace *ace;	/* NULL: none */
	bool part;			/* the entry is for part of the traffic between the two addresses */
	const char *outbound;		/* "encrypt", "clear", "drop" */
	const char *inbound;		/* from the WAN: "encrypted" alone is taken, "any", "clear" (nothing is decrypted), "drop" */
	uint32_t spi, left;		/* outbound "encrypt": with this SA, for so many seconds; spi 0: none */
};

/* Calls fn for each entry that decides about packets from src to dst, in order, until one is for all of them. */
void show_decide(const struct show *s, const struct gdoi_group_info *i, enum dp_mode mode, struct ip4 src, struct ip4 dst,
	void (*fn)(void *arg, const struct show_decision *d), void *arg);
