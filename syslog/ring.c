/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The buffer of 'logging buffered': whole lines, the oldest make room for the newest. */
#include <stdlib.h>
#include "lib/mem.h"
#include "syslog/internal.h"

const struct ring_line *ring_at(const struct ring *r, size_t i)
{
	return &r->line[(r->first + i) % r->cap];
}

static void drop_oldest(struct ring *r)
{
	struct ring_line *l = &r->line[r->first];

	free(l->s);
	r->octets -= l->n;
	r->first = (r->first + 1) % r->cap;
	r->n--;
}

void ring_trim(struct ring *r, size_t limit)
{
	while (r->n && r->octets > limit)
		drop_oldest(r);
}

static void grow(struct ring *r)
{
	size_t cap = r->cap ? 2 * r->cap : 64;
	struct ring_line *line = mem_zalloc(cap * sizeof(*line));

	for (size_t i = 0; i < r->n; i++)
		line[i] = *ring_at(r, i);
	free(r->line);
	r->line = line;
	r->cap = cap;
	r->first = 0;
}

void ring_add(struct ring *r, const char *s, size_t n, size_t limit)
{
	if (n + 1 > limit)
		return;
	ring_trim(r, limit - (n + 1));
	if (r->n == r->cap)
		grow(r);
	r->line[(r->first + r->n) % r->cap] = (struct ring_line){ mem_dup(s, n + 1), n + 1 };
	r->n++;
	r->octets += n + 1;
}

void ring_free(struct ring *r)
{
	ring_trim(r, 0);
	free(r->line);
	*r = (struct ring){ 0 };
}
