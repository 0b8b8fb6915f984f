/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Members' records between key servers: of two the one changed last counts; deletions travel as tombstones. */
#include <stdlib.h>
#include "gdoi/ks.h"
#include "lib/mem.h"
#include "lib/why.h"
#include "lib/wire.h"

#define ID_MAX 127
#define STAMP_MAX (UINT64_MAX / 4)

enum { RECORD_MEMBER = 1, RECORD_TOMB = 2 };

void ks_member_changed(struct ks *ks, struct ks_member *m)
{
	if (!ks->coop)
		return;
	m->stamp = ks_pt(ks);
	m->change = ++ks->change;
	ks_changed(ks, KSYNC_MEMBERS);
}

static struct ks_tomb *tomb_find(const struct ks *ks, struct ip4 id)
{
	struct ks_tomb *t;

	HASH_FIND(hh, ks->tombs, &id, sizeof(id), t);
	return t;
}

static void tomb_free(struct ks *ks, struct ks_tomb *t)
{
	HASH_DEL(ks->tombs, t);
	free(t);
}

void ks_tomb_add(struct ks *ks, struct ip4 id, uint64_t stamp)
{
	struct ks_tomb *t = tomb_find(ks, id);

	if (!ks->coop)
		return;
	if (t)
		HASH_DEL(ks->tombs, t);
	else if (HASH_COUNT(ks->tombs) >= KS_TOMBS)
		tomb_free(ks, ks->tombs);
	if (!t)
		t = mem_zalloc(sizeof(*t));
	*t = (struct ks_tomb){ .id = id, .stamp = stamp, .change = ++ks->change };
	HASH_ADD(hh, ks->tombs, id, sizeof(t->id), t);
	ks_changed(ks, KSYNC_MEMBERS);
}

void ks_tombs_free(struct ks *ks)
{
	while (ks->tombs)
		tomb_free(ks, ks->tombs);
}

uint64_t ks_kek_tag_of(const struct ks_kek *k)
{
	struct rd r = rd_init(BYTES_OF(k->kek.spi));

	return rd_u64(&r);
}

/* Where its KEK is over, the oldest one since: that is what it may hold. */
uint64_t ks_kek_tag(const struct ks *ks, const struct ks_member *m)
{
	uint64_t tag = m->kek_tag;

	for (const struct ks_kek *k = ks->keks; m->kek && k && k->id >= m->kek; k = k->next)
		tag = ks_kek_tag_of(k);
	return tag;
}

/* One that is not known here, or no more, is older than all that are: the member may hold any of these. */
void ks_kek_untag(const struct ks *ks, struct ks_member *m)
{
	m->kek = 0;
	for (const struct ks_kek *k = ks->keks; m->kek_tag && k; k = k->next) {
		m->kek = k->id;
		if (ks_kek_tag_of(k) == m->kek_tag)
			return;
	}
}

static void member_out(const struct ks *ks, const struct ks_member *m, struct wr *w)
{
	struct bytes id = m->phase1_id ? bytes_str(m->phase1_id) : BYTES_NONE;

	wr_u8(w, RECORD_MEMBER);
	wr_u32(w, m->id.a);
	wr_u64(w, m->stamp);
	wr_u16(w, m->port);
	wr_u8(w, m->class);
	wr_u8(w, m->version.major);
	wr_u8(w, m->version.minor);
	wr_u8(w, m->version.mini);
	wr_u8(w, m->missed_running);
	wr_u32(w, ip4_none(m->ks) ? ks->address.a : m->ks.a);
	wr_u64(w, ks_kek_tag(ks, m));
	wr_u32(w, m->sent);
	wr_u32(w, m->retries);
	wr_u32(w, m->acks);
	wr_u32(w, m->missed);
	wr_u64(w, m->registered);
	wr_bytes(w, bytes_of(id.p, id.n < ID_MAX ? id.n : ID_MAX));
}

/* Changes in their order: what did not fit this time begins the next. */
struct pick {
	uint64_t change;
	const struct ks_member *m;
	const struct ks_tomb *t;
};

static int by_change(const void *a, const void *b)
{
	const struct pick *x = a, *y = b;

	return x->change < y->change ? -1 : x->change > y->change;
}

static size_t picks(const struct ks *ks, uint64_t since, struct pick *p)
{
	size_t n = 0;

	for (const struct ks_member *m = ks->members; m; m = m->hh.next)
		if (!m->stale && m->change > since)
			p[n++] = (struct pick){ .change = m->change, .m = m };
	for (const struct ks_tomb *t = ks->tombs; t; t = t->hh.next)
		if (t->change > since)
			p[n++] = (struct pick){ .change = t->change, .t = t };
	qsort(p, n, sizeof(*p), by_change);
	return n;
}

/* Records learned from others get a place in the order when all are asked for. */
static void number_all(struct ks *ks)
{
	for (struct ks_member *m = ks->members; m; m = m->hh.next)
		if (!m->change)
			m->change = ++ks->change;
}

uint64_t ksync_members_out(struct gdoi *g, const char *group, uint64_t since, bool (*fn)(void *arg, struct bytes record),
	void *arg)
{
	struct gdoi_group *gr = gdoi_group_find(g, group);
	struct ks *ks = gr ? gr->ks : NULL;
	uint8_t buf[KSYNC_MEMBER_MAX];
	struct pick *p;
	size_t n;

	if (!ks)
		return since;
	if (!since)
		number_all(ks);
	if (since >= ks->change)
		return since;
	p = mem_zalloc((ks->nmembers + HASH_COUNT(ks->tombs) + 1) * sizeof(*p));
	n = picks(ks, since, p);
	for (size_t i = 0; i < n; i++) {
		struct wr w = wr_init(buf, sizeof(buf));

		if (p[i].m) {
			member_out(ks, p[i].m, &w);
		} else {
			wr_u8(&w, RECORD_TOMB);
			wr_u32(&w, p[i].t->id.a);
			wr_u64(&w, p[i].t->stamp);
		}
		if (!fn(arg, wr_done(&w))) {
			free(p);
			return since;
		}
		since = p[i].change;
	}
	free(p);
	return ks->change;
}

/* ---- taking ---- */

static bool member_decode(struct rd *r, struct ks_member *m, struct bytes *id, struct why *why)
{
	m->port = rd_u16(r);
	m->class = rd_u8(r);
	m->version.major = rd_u8(r);
	m->version.minor = rd_u8(r);
	m->version.mini = rd_u8(r);
	m->missed_running = rd_u8(r);
	m->ks.a = rd_u32(r);
	m->kek_tag = rd_u64(r);
	m->sent = rd_u32(r);
	m->retries = rd_u32(r);
	m->acks = rd_u32(r);
	m->missed = rd_u32(r);
	m->registered = rd_u64(r);
	*id = rd_rest(r);
	if (!rd_ok(r) || m->class > KS_GDOIX_OLD || id->n > ID_MAX || (id->n && memchr(id->p, 0, id->n)))
		return why_set(why, "a member's record is not valid");
	return true;
}

static void identity_take(struct ks_member *m, struct bytes id)
{
	free(m->phase1_id);
	m->phase1_id = NULL;
	if (!id.n)
		return;
	m->phase1_id = mem_zalloc(id.n + 1);
	memcpy(m->phase1_id, id.p, id.n);
}

static void member_take(struct ks *ks, struct ks_member *m, const struct ks_member *in, struct bytes id)
{
	if (m->stale) {
		m->stale = false;
		ks->nstale--;
	}
	m->stamp = in->stamp;
	m->port = in->port;
	m->class = in->class;
	m->version = in->version;
	m->missed_running = in->missed_running;
	m->ks = ip4_eq(in->ks, ks->address) ? (struct ip4){ 0 } : in->ks;
	m->kek_tag = in->kek_tag;
	m->sent = in->sent;
	m->retries = in->retries;
	m->acks = in->acks;
	m->missed = in->missed;
	m->registered = in->registered;
	identity_take(m, id);
	ks_kek_untag(ks, m);
}

/* A tombstone that is as new as what comes: the deletion counts. */
static bool buried(const struct ks *ks, const struct ks_member *in)
{
	const struct ks_tomb *t = tomb_find(ks, in->id);

	return t && t->stamp >= in->stamp;
}

static void member_in(struct ks *ks, struct ks_member *in, struct bytes id, bool relay)
{
	struct ks_member *m = ks_member_find(ks, in->id);

	if (m ? m->stamp >= in->stamp : ks->nmembers >= KS_MEMBERS || buried(ks, in))
		return;
	if (!m)
		m = ks_member_place(ks, in->id);
	member_take(ks, m, in, id);
	m->change = relay ? ++ks->change : 0;
	ks_members_soon(ks);
}

static void tomb_in(struct ks *ks, struct ip4 id, uint64_t stamp, bool relay)
{
	struct ks_member *m = ks_member_find(ks, id);
	uint64_t change = ks->change;
	struct ks_tomb *t;

	if (!m || m->stamp > stamp)
		return;
	m->stamp = stamp;
	ks_member_del(ks, m, false);	/* leaves a tombstone of its own */
	t = relay ? NULL : tomb_find(ks, id);
	if (t)
		ks->change = t->change = change;
}

bool ks_record_in(struct ks *ks, struct bytes record, bool relay, struct why *why)
{
	struct rd r = rd_init(record);
	unsigned kind = rd_u8(&r);
	struct ks_member in = { .id.a = rd_u32(&r) };
	struct bytes id;

	in.stamp = rd_u64(&r);
	if (!rd_ok(&r) || ip4_none(in.id) || in.stamp > STAMP_MAX)
		return why_set(why, "a member's record is not valid");
	if (kind == RECORD_MEMBER) {
		if (!member_decode(&r, &in, &id, why))
			return false;
		member_in(ks, &in, id, relay);
		ks_windows_look(ks, false);
		return true;
	}
	if (kind != RECORD_TOMB || !rd_end(&r))
		return why_set(why, "a member's record is of an unknown kind");
	tomb_in(ks, in.id, in.stamp, relay);
	return true;
}

bool ksync_member_in(struct gdoi *g, const char *group, struct bytes record, bool relay, struct why *why)
{
	struct gdoi_group *gr = gdoi_group_find(g, group);

	if (!gr || !gr->ks || !gr->ks->coop)
		return why_set(why, "no key server of group %s cooperates here", group);
	return ks_record_in(gr->ks, record, relay, why);
}
