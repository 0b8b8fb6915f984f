/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * An authorization list may name 8,000 members one by one and is asked at each registration. Per distinct
 * wildcard one look-up of the masked address finds the first entry with it; the lowest of these decides.
 * Lists with many different wildcards are walked.
 */
#include <stdlib.h>
#include "config/acl_sources.h"
#include "lib/mem.h"

#define WILDS 32
#define SMALL 16 /* a walk is as quick */

struct source {
	uint32_t ip, wild, entry; /* entry: index + 1; 0: empty */
};

struct acl_sources {
	struct source *slot;
	uint32_t size; /* a power of two; 0: walk */
	uint32_t wild[WILDS];
	unsigned nwild;
};

static uint32_t start(const struct acl_sources *s, uint32_t ip, uint32_t wild)
{
	uint64_t h = (ip ^ (uint64_t)wild << 32) * UINT64_C(0x9e3779b97f4a7c15);

	return (uint32_t)(h >> 32) & (s->size - 1);
}

/* The slot of that address and wildcard, or the empty one where it would stand. */
static struct source *find(const struct acl_sources *s, uint32_t ip, uint32_t wild)
{
	uint32_t i = start(s, ip, wild);

	while (s->slot[i].entry && (s->slot[i].ip != ip || s->slot[i].wild != wild))
		i = (i + 1) & (s->size - 1);
	return &s->slot[i];
}

static bool add_wild(struct acl_sources *s, uint32_t wild)
{
	for (unsigned i = 0; i < s->nwild; i++)
		if (s->wild[i] == wild)
			return true;
	if (s->nwild == WILDS)
		return false;
	s->wild[s->nwild++] = wild;
	return true;
}

static bool fill(struct acl_sources *s, const struct cfg_acl *a)
{
	for (unsigned i = 0; i < a->count; i++) {
		const struct acl_end *src = &a->entry[i].ace.src;
		struct source *slot;

		if (a->entry[i].remark)
			continue;
		if (!add_wild(s, src->wild.a))
			return false;
		slot = find(s, src->ip.a, src->wild.a);
		if (!slot->entry)
			*slot = (struct source){ src->ip.a, src->wild.a, i + 1 };
	}
	return true;
}

struct acl_sources *acl_sources_new(const struct cfg_acl *a)
{
	struct acl_sources *s = mem_zalloc(sizeof(*s));

	if (a->count <= SMALL)
		return s;
	for (s->size = 2 * SMALL; s->size < 2 * (uint64_t)a->count; s->size *= 2)
		;
	s->slot = mem_zalloc(s->size * sizeof(*s->slot));
	if (!fill(s, a)) {
		free(s->slot);
		s->slot = NULL;
		s->size = 0;
	}
	return s;
}

void acl_sources_free(struct acl_sources *s)
{
	if (!s)
		return;
	free(s->slot);
	free(s);
}

static bool walk(const struct cfg_acl *a, struct ip4 src)
{
	for (unsigned i = 0; i < a->count; i++) {
		const struct acl_entry *e = &a->entry[i];

		if (!e->remark && (src.a & ~e->ace.src.wild.a) == e->ace.src.ip.a)
			return e->ace.permit;
	}
	return false;
}

bool acl_sources_permit(const struct acl_sources *s, const struct cfg_acl *a, struct ip4 src)
{
	uint32_t first = UINT32_MAX;

	if (!s->size)
		return walk(a, src);
	for (unsigned i = 0; i < s->nwild; i++) {
		const struct source *slot = find(s, src.a & ~s->wild[i], s->wild[i]);

		if (slot->entry && slot->entry < first)
			first = slot->entry;
	}
	return first != UINT32_MAX && a->entry[first - 1].ace.permit;
}
