/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lib/ratelimit.h"

void ratelimit_init(struct ratelimit *r, unsigned burst, uint64_t every)
{
	*r = (struct ratelimit){ .every = every, .burst = burst, .left = burst };
}

static void refill(struct ratelimit *r, uint64_t now)
{
	uint64_t n;

	if (r->left == r->burst || now < r->last) {
		r->last = now;
		return;
	}
	n = r->every ? (now - r->last) / r->every : r->burst;
	if (n >= r->burst - r->left) {
		r->left = r->burst;
		r->last = now;
	} else {
		r->left += (unsigned)n;
		r->last += n * r->every;
	}
}

bool ratelimit_ok(struct ratelimit *r, uint64_t now, uint64_t *missed)
{
	refill(r, now);
	if (!r->left) {
		r->suppressed++;
		return false;
	}
	r->left--;
	if (missed)
		*missed = r->suppressed;
	r->suppressed = 0;
	return true;
}
