/* SPDX-License-Identifier: GPL-3.0-or-later */
/* At most 'burst' events, refilled at one per 'every' µs: for messages that a peer can provoke. */
#pragma once
#include <stdbool.h>
#include <stdint.h>

struct ratelimit {
	uint64_t every, last;
	unsigned burst, left;
	uint64_t suppressed;	/* since the last one let through */
};

void ratelimit_init(struct ratelimit *r, unsigned burst, uint64_t every);
/* True: go ahead; *missed gets how many were held back since the last true. */
bool ratelimit_ok(struct ratelimit *r, uint64_t now, uint64_t *missed);
