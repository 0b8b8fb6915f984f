/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "coop/elect.h"
#include <string.h>

int coop_root_cmp(const struct coop_candidate *a, const struct coop_candidate *b)
{
	if (a->generation != b->generation)
		return a->generation < b->generation ? -1 : 1;
	return memcmp(a->random, b->random, sizeof(a->random));
}

static bool above(const struct coop_candidate *a, const struct coop_candidate *b)
{
	if (a->priority != b->priority)
		return a->priority > b->priority;
	return a->address.a > b->address.a;
}

bool coop_primary_stays(const struct coop_candidate *a, const struct coop_candidate *b)
{
	int c = coop_root_cmp(a, b);

	return c ? c > 0 : above(a, b);
}

static bool beats(const struct coop_candidate *a, const struct coop_candidate *b)
{
	if (a->primary != b->primary)
		return a->primary;
	if (a->primary)
		return coop_primary_stays(a, b);
	if (a->draining != b->draining)
		return b->draining;
	return above(a, b);
}

unsigned coop_elect(const struct coop_candidate *c, unsigned n)
{
	unsigned best = n;

	for (unsigned i = 0; i < n; i++)
		if (c[i].alive && (best == n || beats(&c[i], &c[best])))
			best = i;
	return best;
}
