/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The election: a pure function of what a server knows of itself and of the others. */
#pragma once
#include <stdbool.h>
#include <stdint.h>
#include "lib/ip.h"

struct coop_candidate {
	struct ip4 address;
	uint32_t priority;
	bool alive;
	bool primary;			/* says that it is */
	bool draining;			/* its operator wants another one */
	uint32_t generation;		/* root's id; 0: none */
	uint8_t random[8];
};

/* Below, equal, above zero: the newer root is the higher. */
int coop_root_cmp(const struct coop_candidate *a, const struct coop_candidate *b);
/* Of two primaries that hear each other: true when a stays (newer root, priority, address). */
bool coop_primary_stays(const struct coop_candidate *a, const struct coop_candidate *b);
/*
 * Index of the one to lead among n: a living primary is never pre-empted; without one the highest priority, then the
 * highest address, of those alive; who drains only when it is alone. n when nobody is alive.
 */
unsigned coop_elect(const struct coop_candidate *c, unsigned n);
