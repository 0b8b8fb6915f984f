/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a rekey says to whom: the form for a member, the KEKs that it goes out under, and their sequence numbers. */
#include "gdoi/ks_round.h"

#define SEQ_AHEAD 32		/* sequence numbers reserved on disk at a time */

/* A removed member is told just that, whatever the round is about. Of the rest only a policy-replace differs between our
 * members of different versions: old ones get it without the order. */
enum form ks_form_of(const struct ks_round *r, const struct ks_member *m)
{
	if (m->stale)
		return m->class == KS_PLAIN ? FORM_START_OVER : m->stale == KS_REMOVED_NOW ? FORM_REMOVE_NOW : FORM_REMOVE;
	if (m->class == KS_PLAIN)
		return FORM_PLAIN;
	if (m->class == KS_GDOIX_OLD && (r->reason == KS_TRIGGER || r->reason == KS_REPLACE_NOW))
		return FORM_PRIVATE_OLD;
	return FORM_PRIVATE;
}

/* By SPI: what another server sent may have taken the place of the very same KEK. */
static struct ks_kek *leaving_find(const struct ks *ks, const uint8_t *spi)
{
	for (unsigned i = 0; i < ks->nleaving; i++)
		if (memcmp(ks->leaving[i]->kek.spi, spi, GDOI_SPI) == 0)
			return ks->leaving[i];
	return NULL;
}

/*
 * A member may hold the KEK it is known to hold or any offered since (its acknowledgement may be lost): it gets the
 * message under each of these (coop.md section 4). Of a removal nothing is said under what came after it, nor anything
 * else under what was before.
 */
static bool kek_fits(const struct ks *ks, const struct ks_kek *k, const struct ks_member *m)
{
	const struct ks_kek *leaving = leaving_find(ks, k->kek.spi);

	if (m->stale ? !leaving : leaving != NULL)
		return false;
	k = leaving ? leaving : k;	/* the other one may have been numbered anew */
	return m->kek && (k->id == m->kek || (k->id > m->kek && k->offered));
}

bool ks_push_reaches(const struct ks *ks, const struct ks_member *m)
{
	for (const struct ks_kek *k = ks->keks; k; k = k->next)
		if (k->sign && kek_fits(ks, k, m))
			return true;
	return false;
}

unsigned ks_count_untold(const struct ks *ks)
{
	unsigned n = 0;

	for (const struct ks_member *m = ks->members; m; m = m->hh.next)
		n += !m->stale && !ks_push_reaches(ks, m);
	return n;
}

bool ks_variant_fits(const struct ks_round *r, const struct ks_variant *v, const struct ks_member *m)
{
	return v->form == ks_form_of(r, m) && kek_fits(r->ks, v->kek, m);
}

static void variant_add(struct ks_round *r, struct ks_kek *k, enum form f)
{
	if (r->nv == VARIANTS)
		return;
	r->v[r->nv++] = (struct ks_variant){ .kek = ks_kek_ref(k), .form = f };
}

/* Its place there, l->n when it has none. */
static unsigned place_of(const struct kek_list *l, const struct ks_kek *k)
{
	unsigned i = 0;

	while (i < l->n && memcmp(l->kek[i]->kek.spi, k->kek.spi, GDOI_SPI) != 0)
		i++;
	return i;
}

struct kek_list ks_keks_of(const struct ks *ks)
{
	struct kek_list l = { .n = 0 };

	for (struct ks_kek *k = ks->keks; k && l.n <= KS_KEKS; k = k->next)
		l.kek[l.n++] = ks_kek_ref(k);
	for (unsigned i = 0; ks->nstale && i < ks->nleaving; i++)
		if (place_of(&l, ks->leaving[i]) == l.n)
			l.kek[l.n++] = ks_kek_ref(ks->leaving[i]);
	return l;
}

void ks_leaving_clear(struct ks *ks)
{
	while (ks->nleaving)
		ks_kek_unref(ks->leaving[--ks->nleaving]);
}

void ks_leaving_add(struct ks *ks, struct ks_kek *keks)
{
	for (struct ks_kek *k = keks; k && ks->nleaving < KS_LEAVING; k = k->next)
		if (!leaving_find(ks, k->kek.spi))
			ks->leaving[ks->nleaving++] = ks_kek_ref(k);
}

static bool needed(const struct kek_list *l, const struct ks_kek *k, const bool (*need)[FORMS])
{
	unsigned i = place_of(l, k);

	return i < l->n && (need[i][FORM_START_OVER] || need[i][FORM_REMOVE] || need[i][FORM_REMOVE_NOW]);
}

/* They outlive the keys' lists, and a restart, for as long as a removed member is to be told. */
static void leaving_keep(struct ks *ks, const struct kek_list *l, const bool (*need)[FORMS])
{
	unsigned n = 0;

	for (unsigned i = 0; i < ks->nleaving; i++) {
		if (needed(l, ks->leaving[i], need))
			ks->leaving[n++] = ks->leaving[i];
		else
			ks_kek_unref(ks->leaving[i]);
	}
	ks->nleaving = n;
}

void ks_keks_unref(struct kek_list *l)
{
	for (unsigned i = 0; i < l->n; i++)
		ks_kek_unref(l->kek[i]);
}

void ks_variants_choose(struct ks *ks, struct ks_round *r, const struct kek_list *l)
{
	bool need[KS_KEKS + 1 + KS_LEAVING][FORMS] = { { false } };

	for (struct ks_member *m = ks->members; m; m = m->hh.next) {
		bool reached = false;

		m->pending = false;
		r->told += !m->stale != ks_is_removal(r->reason);
		if (r->resumed && ks_is_removal(r->reason) && !m->stale)
			continue;
		for (unsigned i = 0; i < l->n; i++) {
			if (!l->kek[i]->sign || !kek_fits(ks, l->kek[i], m))
				continue;
			need[i][ks_form_of(r, m)] = true;
			m->pending |= l->kek[i]->policy->unicast;
			reached = true;
		}
		if (!reached && m->kek && ks->active->unicast && !m->stale)
			m->pending = true;	/* its KEK is over: cannot be told, which counts as a miss */
	}
	for (unsigned i = 0; i < l->n; i++)
		for (unsigned f = 0; f < FORMS; f++)
			if (need[i][f])
				variant_add(r, l->kek[i], (enum form)f);
	leaving_keep(ks, l, need);
}

/* ---- numbers ---- */

/*
 * Of cooperating servers: each has its own numbers, so that two primaries on the sides of a split never use one twice, and they grow
 * with pseudotime, so that whoever leads later is beyond all others, heard of or not.
 */
static uint32_t coop_seq(const struct ks *ks, const struct ks_kek *k, uint32_t seq)
{
	uint64_t now = ks_pt(ks), age = now > k->begin ? (now - k->begin) / 1000 : 0;

	if (age < UINT32_MAX / (2 * KS_SEQ_STRIDE) && seq < age * KS_SEQ_STRIDE)
		seq = (uint32_t)age * KS_SEQ_STRIDE;
	return seq + (ks->role.slot - seq) % KS_SEQ_STRIDE;
}

/* The very same KEK among the live ones or those that a removal goes out under: what is used of one is used of both. */
static struct ks_kek *twin_of(const struct ks *ks, const struct ks_kek *k)
{
	struct ks_kek *live = ks_kek_named(ks, k->kek.spi), *leaving = leaving_find(ks, k->kek.spi);

	return live && live != k ? live : leaving && leaving != k ? leaving : NULL;
}

/* True: it is on disk. */
static bool reserve(struct ks *ks, struct ks_kek *k, struct ks_kek *twin, uint32_t up_to)
{
	uint32_t had = k->reserved;

	k->reserved = up_to;
	if (twin)
		twin->reserved = up_to;
	if (ks_state_save(ks))
		return true;
	k->reserved = had;
	if (twin)
		twin->reserved = had;
	return false;
}

/* Sequence numbers are on disk before they are used: one used twice would be a replay to every member. 0: none is. */
static uint32_t next_seq(struct ks *ks, struct ks_kek *k)
{
	struct ks_kek *twin = twin_of(ks, k);
	uint32_t seq, ahead = SEQ_AHEAD;

	if (twin) {
		k->seq = twin->seq > k->seq ? twin->seq : k->seq;
		k->reserved = twin->reserved > k->reserved ? twin->reserved : k->reserved;
	}
	seq = k->seq + 1;
	if (ks->coop) {
		seq = coop_seq(ks, k, seq);
		ahead *= 2;
	}
	/* announced before it is needed */
	if ((seq > k->reserved || (ks->coop && seq + ahead / 2 > k->reserved)) && !reserve(ks, k, twin, seq + ahead - 1) && seq > k->reserved)
		return 0;
	return k->seq = seq;
}

void ks_push_reserve(struct ks *ks)
{
	uint32_t had[KS_KEKS + 1];
	unsigned n = 0;

	for (struct ks_kek *k = ks->keks; k && n <= KS_KEKS; k = k->next) {
		had[n++] = k->reserved;
		if (!ks->coop && k->sign && k->seq >= k->reserved)
			k->reserved = k->seq + SEQ_AHEAD;
	}
	if (ks_state_save(ks))
		return;
	n = 0;
	for (struct ks_kek *k = ks->keks; k && n <= KS_KEKS; k = k->next)
		k->reserved = had[n++];
}

/* By unicast all forms under a KEK carry one number; a multicast listener hears every form, so each has its own. */
void ks_variants_number(struct ks *ks, struct ks_round *r)
{
	for (unsigned i = 0; i < r->nv; i++) {
		struct ks_variant *v = &r->v[i];

		if (i && r->v[i - 1].kek == v->kek && v->kek->policy->unicast)
			v->seq = r->v[i - 1].seq;
		else
			v->seq = next_seq(ks, v->kek);
		r->held |= !v->seq;
	}
}
