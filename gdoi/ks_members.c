/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The member database: one compact record per member, found by address, listed in the order of registration. */
#include <stdlib.h>
#include "config/cfg.h"
#include "gdoi/ks.h"
#include "lib/clock.h"
#include "lib/mem.h"

#define SLAB 64

/* Members lie side by side: a rekey walks over thousands of them, and the walk is to cost less than what is sent. */
struct ks_slab {
	struct ks_slab *next;
	struct ks_member m[SLAB];
};

static struct ks_member *place_take(struct ks *ks)
{
	struct ks_member *m = ks->unused;
	struct ks_slab *s;

	if (!m) {
		s = mem_zalloc(sizeof(*s));
		s->next = ks->slabs;
		ks->slabs = s;
		for (unsigned i = 0; i + 1 < SLAB; i++)
			s->m[i].hh.next = &s->m[i + 1];
		m = s->m;
	}
	ks->unused = m->hh.next;
	memset(m, 0, sizeof(*m));
	return m;
}

static void place_give(struct ks *ks, struct ks_member *m)
{
	free(m->phase1_id);
	m->phase1_id = NULL;
	m->hh.next = ks->unused;
	ks->unused = m;
}

struct ks_member *ks_member_place(struct ks *ks, struct ip4 id)
{
	struct ks_member *m = place_take(ks);

	m->id = id;
	HASH_ADD(hh, ks->members, id, sizeof(m->id), m);
	ks->nmembers++;
	return m;
}

struct ks_member *ks_member_find(const struct ks *ks, struct ip4 id)
{
	struct ks_member *m;

	HASH_FIND(hh, ks->members, &id, sizeof(id), m);
	return m;
}

static struct ks_member *member_new(struct ks *ks, struct ip4 id)
{
	struct ks_member *m;

	if (ks->nmembers >= KS_MEMBERS)
		return NULL;
	m = ks_member_place(ks, id);
	if (ks->nmembers == 1)
		log_GDOI_KS_FIRST_GM(ks->g->d.log, ip4_s(id), ks->group);
	return m;
}

/* It is no longer one that is to be told of a removal. */
static void stays(struct ks *ks, struct ks_member *m)
{
	if (!m->stale)
		return;
	m->stale = KS_STAYS;
	if (!--ks->nstale)
		ks_leaving_clear(ks);
}

static void identity_set(struct ks_member *m, const char *phase1_id)
{
	free(m->phase1_id);
	m->phase1_id = NULL;
	if (phase1_id && phase1_id[0] && strcmp(phase1_id, ip4_s(m->id)) != 0)
		m->phase1_id = mem_strdup(phase1_id);
}

struct ks_member *ks_member_add(struct ks *ks, struct ip4 id, uint16_t port, enum ks_class class, struct version version,
	const char *phase1_id)
{
	struct ks_member *m = ks_member_find(ks, id);

	if (m)
		ks_push_member_gone(ks, m);	/* what a running round had for it is in what it just downloaded */
	else
		m = member_new(ks, id);
	if (!m)
		return NULL;
	stays(ks, m);
	m->port = port;
	m->class = (uint8_t)class;
	m->version = version;
	m->missed_running = 0;
	m->kek = ks->keks ? ks->keks->id : 0;
	m->registered = clock_wall(ks->g->d.env->clock);
	m->ks = (struct ip4){ 0 };
	ks_member_changed(ks, m);
	identity_set(m, phase1_id);
	ks->regs_after_rekey++;
	ks_members_soon(ks);
	ks_windows_look(ks, false);
	return m;
}

void ks_member_del(struct ks *ks, struct ks_member *m, bool log)
{
	struct ip4 id = m->id;

	ks_push_member_gone(ks, m);
	HASH_DEL(ks->members, m);
	ks->nmembers--;
	stays(ks, m);
	ks_tomb_add(ks, id, m->stamp);
	place_give(ks, m);
	ks_members_soon(ks);
	if (log)
		log_GDOI_GM_DELETE(ks->g->d.log, ip4_s(id), ks->group);
	if (!ks->nmembers)
		log_GDOI_KS_LAST_GM(ks->g->d.log, ip4_s(id), ks->group);
}

void ks_members_free(struct ks *ks)
{
	struct ks_member *m, *tmp;

	HASH_ITER(hh, ks->members, m, tmp)
	{
		HASH_DEL(ks->members, m);
		free(m->phase1_id);
	}
	while (ks->slabs) {
		struct ks_slab *s = ks->slabs;

		ks->slabs = s->next;
		free(s);
	}
	ks->unused = NULL;
	ks->nmembers = ks->nstale = 0;
}

void ks_member_sent(struct ks_member *m, uint32_t seq)
{
	m->sent++;
	m->sent_seq[m->ring] = seq;
	m->ring = (m->ring + 1) % 4;
}

bool ks_member_older(const struct ks_member *m, struct version min)
{
	return !m->stale && (m->class == KS_PLAIN || !version_at_least(m->version, min));
}

unsigned ks_count_older(const struct ks *ks, struct version min)
{
	unsigned n = 0;

	for (const struct ks_member *m = ks->members; m; m = m->hh.next)
		n += ks_member_older(m, min);
	return n;
}

/* ---- counter windows: for groups of two (docs/DATAPLANE.md) ---- */

static uint32_t holders(const struct ks *ks)
{
	return ks->nmembers - ks->nstale;
}

void ks_windows_settle(struct ks *ks)
{
	ks->windows = holders(ks) && holders(ks) <= KS_COUNTER_MEMBERS;
	ks->windows_told &= holders(ks) > KS_COUNTER_MEMBERS;
}

/* The default waits for the first rekey: a group that is only coming together needs no rekey to close what it never used. */
void ks_windows_begin(struct ks *ks)
{
	if (holders(ks))
		return;
	ks->windows = false;
	for (unsigned i = 0; i < ks->active->nsa; i++)
		ks->windows |= ks->active->sa[i].replay == 2 && ks->active->sa[i].window != COUNTER_WINDOW_DEFAULT;
}

/* Before a newcomer has its keys, so that no packet of its own meets a window that was made for another's numbers. */
void ks_windows_look(struct ks *ks, bool newcomer)
{
	if (!ks->role.lead && !ks->windows_told)
		ks->windows = true;	/* the primary may have given them, and this server may have to close them in its place */
	if (holders(ks) + newcomer <= KS_COUNTER_MEMBERS || !policy_counter_based(ks->active))
		return;
	if (!ks->windows_told)
		log_GDOI_KS_COUNTER_REPLAY_OFF(ks->g->d.log, ks->group);
	ks->windows_told = true;
	if (!ks->windows)
		return;
	ks->windows = false;
	ks->windows_owed = ks->active->has_kek && ks->role.lead && !ks->secondary;
	ks_arm(ks);
}
