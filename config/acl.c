/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>
#include "config/acl.h"
#include "config/acl_sources.h"
#include "config/cfg.h"
#include "lib/mem.h"
#include "lib/text.h"
#include "lib/why.h"
#include "lib/wire.h"

/*
 * Which ACEs a list has: open addressing over (hash, sequence number), so that a list of 100,000 entries is
 * read in linear time although every line is compared with all before it.
 */
struct acl_slot {
	uint32_t hash, seq; /* seq 0: empty */
};

struct acl_index {
	struct acl_slot *slot;
	uint32_t size, used;         /* size: a power of two */
	struct acl_sources *sources; /* made when first asked; NULL after a change */
};

#define PACKED 80

/* An ACE as octets without padding: equal octets, equal ACEs. */
static struct bytes pack(const struct acl_ace *a, uint8_t *buf)
{
	struct wr w = wr_init(buf, PACKED);
	const struct acl_end *ends[] = { &a->src, &a->dst };

	wr_u8(&w, (uint8_t)(a->permit | a->established << 1 | a->fragments << 2 | a->log << 3));
	wr_u8(&w, a->proto);
	for (unsigned e = 0; e < 2; e++) {
		const struct acl_port *p = &ends[e]->port;

		wr_u32(&w, ends[e]->ip.a);
		wr_u32(&w, ends[e]->wild.a);
		wr_u8(&w, p->op);
		wr_u8(&w, p->n);
		for (unsigned i = 0; i < p->n && i < ACL_PORTS; i++)
			wr_u16(&w, p->port[i]);
	}
	wr_u16(&w, (uint16_t)a->icmp_type);
	wr_u16(&w, (uint16_t)a->icmp_code);
	wr_u16(&w, (uint16_t)a->dscp);
	wr_u16(&w, (uint16_t)a->precedence);
	wr_u16(&w, (uint16_t)a->tos);
	return wr_done(&w);
}

struct acl_end acl_end_of(struct ip4 ip, struct ip4 mask, uint16_t port)
{
	struct acl_end e = { .ip = ip, .wild = { ~mask.a } };

	if (port)
		e.port = (struct acl_port){ .op = PORT_EQ, .n = 1, .port = { port } };
	return e;
}

bool acl_ace_eq(const struct acl_ace *a, const struct acl_ace *b)
{
	uint8_t x[PACKED], y[PACKED];

	return bytes_eq(pack(a, x), pack(b, y));
}

static uint32_t hash(const struct acl_ace *a)
{
	uint8_t buf[PACKED];
	struct bytes b = pack(a, buf);
	uint32_t h;

	HASH_FNV(b.p, b.n, h);
	return h;
}

/* The first entry at or above seq; count when there is none. */
static unsigned lower(const struct cfg_acl *a, uint32_t seq)
{
	unsigned from = 0, to = a->count;

	if (to && a->entry[to - 1].seq < seq) /* appending */
		return to;
	while (from < to) {
		unsigned mid = from + (to - from) / 2;

		if (a->entry[mid].seq < seq)
			from = mid + 1;
		else
			to = mid;
	}
	return from;
}

static struct acl_entry *at_seq(const struct cfg_acl *a, uint32_t seq)
{
	unsigned i = lower(a, seq);

	return i < a->count && a->entry[i].seq == seq ? &a->entry[i] : NULL;
}

static void slot_put(struct acl_index *x, uint32_t h, uint32_t seq)
{
	uint32_t i = h & (x->size - 1);

	while (x->slot[i].seq)
		i = (i + 1) & (x->size - 1);
	x->slot[i] = (struct acl_slot){ h, seq };
	x->used++;
}

/* Puts all in anew, in a table a quarter full; forgets what was deleted. */
static void reindex(struct cfg_acl *a)
{
	struct acl_index *x = a->index;

	free(x->slot);
	for (x->size = 16; x->size < 4 * (uint64_t)a->count; x->size *= 2)
		;
	x->used = 0;
	x->slot = mem_zalloc(x->size * sizeof(*x->slot));
	for (unsigned i = 0; i < a->count; i++)
		if (!a->entry[i].remark)
			slot_put(x, hash(&a->entry[i].ace), a->entry[i].seq);
}

static void index_add(struct cfg_acl *a, const struct acl_ace *ace, uint32_t seq)
{
	struct acl_index *x = a->index;

	if (x->used * 2 >= x->size)
		reindex(a); /* has the new entry already */
	else
		slot_put(x, hash(ace), seq);
}

static struct acl_entry *find_ace(const struct cfg_acl *a, const struct acl_ace *ace)
{
	const struct acl_index *x = a->index;
	uint32_t h = hash(ace);

	for (uint32_t i = h & (x->size - 1); x->slot[i].seq; i = (i + 1) & (x->size - 1)) {
		struct acl_entry *e = x->slot[i].hash == h ? at_seq(a, x->slot[i].seq) : NULL;

		if (e && !e->remark && acl_ace_eq(&e->ace, ace))
			return e;
	}
	return NULL;
}

/* Lists. */

struct cfg_acl *cfg_acl(const struct cfg *c, const char *name)
{
	return (struct cfg_acl *)(void *)cfg_table_find(&c->acls, name, strlen(name));
}

static bool in_range(const char *name, bool standard)
{
	long n = name[0] == '0' || strlen(name) > 4 ? 0 : strtol(name, NULL, 10);

	if (standard)
		return (n >= 1 && n <= 99) || (n >= 1300 && n <= 1999);
	return (n >= 100 && n <= 199) || (n >= 2000 && n <= 2699);
}

static bool name_ok(const char *name, bool standard, struct why *why)
{
	size_t len = strlen(name);

	if (len == 0 || len >= sizeof(((struct cfg_acl *)0)->name))
		return why_set(why, "Invalid access list name: 1 to %zu characters",
			sizeof(((struct cfg_acl *)0)->name) - 1);
	if (strspn(name, "0123456789") == len) {
		if (in_range(name, standard))
			return true;
		return why_set(why, "Invalid access list number: %s lists are %s",
			standard ? "standard" : "extended",
			standard ? "1-99 and 1300-1999" : "100-199 and 2000-2699");
	}
	if (name[0] >= '0' && name[0] <= '9')
		return why_set(why, "Invalid access list name: it begins with a digit");
	return true;
}

struct cfg_acl *cfg_acl_add(struct cfg *c, const char *name, bool standard, struct why *why)
{
	struct cfg_acl *a = cfg_acl(c, name);

	if (a && a->standard == standard)
		return a;
	if (a) {
		why_set(why, "A %s IP access list with this name already exists",
			a->standard ? "standard" : "extended");
		return NULL;
	}
	if (!name_ok(name, standard, why))
		return NULL;
	a = mem_zalloc(sizeof(*a));
	str_copy(a->name, sizeof(a->name), name);
	a->standard = standard;
	a->numbered = name[0] >= '0' && name[0] <= '9';
	a->index = mem_zalloc(sizeof(*a->index));
	reindex(a);
	cfg_table_add(&c->acls, (struct cfg_node *)(void *)a, a->name, strlen(a->name));
	return a;
}

static void changed(struct cfg_acl *a)
{
	acl_sources_free(a->index->sources);
	a->index->sources = NULL;
}

void acl_free(struct cfg_acl *a)
{
	for (unsigned i = 0; i < a->count; i++)
		free(a->entry[i].remark);
	free(a->entry);
	changed(a);
	free(a->index->slot);
	free(a->index);
	free(a);
}

/* Entries. */

static bool same_line(const struct acl_entry *e, const struct acl_ace *ace, const char *remark)
{
	if (remark || e->remark)
		return remark && e->remark && !strcmp(e->remark, remark);
	return acl_ace_eq(&e->ace, ace);
}

bool acl_add(struct cfg_acl *a, uint32_t seq, const struct acl_ace *ace, const char *remark, struct why *why)
{
	uint32_t last = a->count ? a->entry[a->count - 1].seq : 0;
	const struct acl_entry *old = seq ? at_seq(a, seq) : NULL;
	struct acl_entry *e;
	unsigned i;

	if (old && same_line(old, ace, remark))
		return true;
	if (!remark && find_ace(a, ace))
		return true;
	if (old)
		return why_set(why, "Duplicate sequence number");
	changed(a);
	if (seq > ACL_SEQ_MAX || (!seq && last > ACL_SEQ_MAX - 10))
		return why_set(why, "No sequence number is left behind %u: resequence the list", last);
	if (!seq)
		seq = last + 10;
	if (a->count == a->cap) {
		a->cap = a->cap ? a->cap * 2 : 8;
		a->entry = mem_realloc(a->entry, a->cap * sizeof(*a->entry));
	}
	i = lower(a, seq);
	e = &a->entry[i];
	memmove(e + 1, e, (a->count - i) * sizeof(*e));
	a->count++;
	*e = (struct acl_entry){ .seq = seq };
	if (remark) {
		e->remark = mem_strdup(remark);
	} else {
		e->ace = *ace;
		index_add(a, ace, seq);
	}
	return true;
}

static void del_entry(struct cfg_acl *a, struct acl_entry *e)
{
	changed(a);
	free(e->remark);
	a->count--;
	memmove(e, e + 1, (size_t)(a->entry + a->count - e) * sizeof(*e));
}

/*
 * The index keeps a deleted entry's slot until it is next made anew: find_ace() looks at the entry itself. A
 * new entry under the old number puts in a slot of its own.
 */
bool acl_del_seq(struct cfg_acl *a, uint32_t seq)
{
	struct acl_entry *e = at_seq(a, seq);

	if (!e)
		return false;
	del_entry(a, e);
	return true;
}

bool acl_del_ace(struct cfg_acl *a, const struct acl_ace *ace, const char *remark)
{
	struct acl_entry *e = NULL;

	if (!remark)
		e = find_ace(a, ace);
	for (unsigned i = 0; remark && !e && i < a->count; i++)
		if (same_line(&a->entry[i], NULL, remark))
			e = &a->entry[i];
	if (!e)
		return false;
	del_entry(a, e);
	return true;
}

bool acl_resequence(struct cfg_acl *a, uint32_t start, uint32_t step)
{
	uint64_t seq = start;

	if (!start || !step || start + (uint64_t)step * (a->count ? a->count - 1 : 0) > ACL_SEQ_MAX)
		return false;
	for (unsigned i = 0; i < a->count; i++, seq += step)
		a->entry[i].seq = (uint32_t)seq;
	reindex(a);
	return true;
}

bool acl_permits_source(const struct cfg_acl *a, struct ip4 src)
{
	if (!a)
		return true;
	if (!a->index->sources)
		a->index->sources = acl_sources_new(a);
	return acl_sources_permit(a->index->sources, a, src);
}
