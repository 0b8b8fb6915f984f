/* SPDX-License-Identifier: GPL-3.0-or-later */
/* TEKs and KEKs of a member from their arrival to their end. Times are monotonic µs. */
#include <stdlib.h>
#include "gdoi/gm.h"
#include "gdoi/keys.h"
#include "lib/clock.h"
#include "lib/mem.h"
#include "lib/net.h"
#include "lib/why.h"

#define BEGIN_LEAST SEC(2)	/* a key that retires within this is not begun with */

struct gm_tek *gm_tek_find(const struct gm *gm, uint32_t spi)
{
	struct gm_tek *t;

	HASH_FIND(hh, gm->teks, &spi, sizeof(spi), t);
	return t;
}

void gm_tek_del(struct gm *gm, struct gm_tek *t)
{
	const struct gdoi_deps *d = &gm->g->d;

	d->dataplane->ops->sa_del(d->dataplane, gm->group, t->spi);
	HASH_DEL(gm->teks, t);
	secret_free(&t->key);
	secret_free(&t->auth_key);
	free(t);
}

void gm_teks_free(struct gm *gm)
{
	struct gm_tek *t, *tmp;

	HASH_ITER(hh, gm->teks, t, tmp)
		gm_tek_del(gm, t);
}

unsigned gm_tek_count(const struct gm *gm)
{
	return HASH_COUNT(gm->teks);
}

void gm_kek_del(struct gm *gm, struct gm_kek *k)
{
	for (struct gm_kek **p = &gm->keks; *p; p = &(*p)->next) {
		if (*p != k)
			continue;
		*p = k->next;
		kek_free(&k->kek);
		rsa_free(k->pub);
		free(k);
		return;
	}
}

void gm_keks_free(struct gm *gm)
{
	while (gm->keks)
		gm_kek_del(gm, gm->keks);
	gm_join(gm);
}

/* Receives for the multicast group that the newest Rekey SA names (RFC 6407 section 5.3), and for no other. */
void gm_join(struct gm *gm)
{
	struct net *net = gm->g->d.net;
	struct ip4 want = { 0 };

	if (gm->keks && ip4_multicast(gm->keks->sak.dst.ip))
		want = gm->keks->sak.dst.ip;
	if (ip4_eq(want, gm->joined))
		return;
	if (!ip4_none(gm->joined))
		net->ops->leave(net, gm->joined, gm->local);
	if (!ip4_none(want) && !net->ops->join(net, want, gm->local)) {
		DBG(gm->g->d.log, GDOI_GM_REKEY, ERROR, "group %s: cannot join %s", gm->group, ip4_s(want));
		want.a = 0;
	}
	gm->joined = want;
}

bool gm_keys_expire(struct gm *gm)
{
	const uint64_t now = gm_now(gm);
	struct gm_tek *t, *tmp;
	struct gm_kek *k, *next;
	bool went = false;

	HASH_ITER(hh, gm->teks, t, tmp) {
		if (t->end > now)
			continue;
		gm_tek_del(gm, t);
		went = true;
	}
	for (k = gm->keks; k; k = next) {
		next = k->next;
		if (k->end > now)
			continue;
		if (k == gm->keks && !k->next)
			log_GDOI_GM_DELETE_EXPIRED_KEK(gm->g->d.log, gm->group);
		gm_kek_del(gm, k);
	}
	gm_join(gm);
	return went;
}

static int by_family(const void *a, const void *b)
{
	const struct gm_tek *x = *(struct gm_tek *const *)a, *y = *(struct gm_tek *const *)b;

	if (x->family != y->family)
		return x->family < y->family ? -1 : 1;
	if (x->retire != y->retire)
		return x->retire < y->retire ? -1 : 1;
	return x->spi < y->spi ? -1 : x->spi > y->spi;
}

static int newest_first(const void *a, const void *b)
{
	const struct gm_tek *x = *(struct gm_tek *const *)a, *y = *(struct gm_tek *const *)b;

	if (x->batch != y->batch)
		return x->batch > y->batch ? -1 : 1;
	return x->order < y->order ? -1 : x->order > y->order;
}

static struct gm_tek **teks_by(const struct gm *gm, int (*order)(const void *, const void *), unsigned *n)
{
	struct gm_tek **all = mem_zalloc((HASH_COUNT(gm->teks) + 1) * sizeof(struct gm_tek *));

	*n = 0;
	for (struct gm_tek *t = gm->teks; t; t = t->hh.next)
		all[(*n)++] = t;
	qsort(all, *n, sizeof(struct gm_tek *), order);
	return all;
}

struct gm_tek **gm_teks_sorted(const struct gm *gm, unsigned *n)
{
	return teks_by(gm, newest_first, n);
}

static bool preferred(const struct gm_tek *t, const struct gm_tek *to)
{
	return t->unnamed != to->unnamed ? to->unnamed : t->end > to->end;
}

/*
 * Of one family, by retirement: the first that has not retired; when all have, the one that lives longest. Two sides of a split may have
 * given keys of one moment, and after the split only one of them is everybody's: none is begun with that is about to retire as well.
 */
static struct gm_tek *choose(struct gm_tek **t, unsigned n, uint64_t now)
{
	struct gm_tek *last = NULL;

	for (unsigned i = 0; i < n; i++) {
		if (t[i]->end <= now || t[i]->receive)
			continue;
		if (t[i]->retire > now + (t[i]->sending ? 0 : BEGIN_LEAST) && !t[i]->unnamed)
			return t[i];
		if (!last || preferred(t[i], last))
			last = t[i];
	}
	return last;
}

static void send_with(struct gm *gm, struct gm_tek **t, unsigned n, struct gm_tek *best)
{
	const struct gdoi_deps *d = &gm->g->d;
	struct why why = { "" };

	if (!best || best->sending)
		return;
	for (unsigned i = 0; i < n; i++)
		t[i]->sending = false;
	best->sending = true;
	DBG(d->log, GDOI_GM_REKEY, EVENT, "group %s: sending with SPI 0x%08X", gm->group, best->spi);
	if (!d->dataplane->ops->sa_out(d->dataplane, gm->group, best->spi, &why))
		gm_dp_trouble(gm, &why);
}

void gm_keys_select(struct gm *gm)
{
	const uint64_t now = gm_now(gm);
	unsigned n, from = 0;
	struct gm_tek **t = teks_by(gm, by_family, &n);

	for (unsigned i = 1; i <= n; i++) {
		if (i < n && t[i]->family == t[from]->family)
			continue;
		send_with(gm, t + from, i - from, choose(t + from, i - from, now));
		from = i;
	}
	free(t);
}

static void end_at(struct gm *gm, struct gm_tek *t, uint64_t end)
{
	const uint64_t retire = end > SEC(GM_SWITCH) ? end - SEC(GM_SWITCH) : 0;

	if (end >= t->end)
		return;
	t->end = end;
	if (t->retire > retire)
		t->retire = retire;
	gm_dp_sa_ends(gm, t);
}

void gm_keys_shorten(struct gm *gm, bool old)
{
	const uint64_t now = gm_now(gm);

	for (struct gm_tek *t = gm->teks; t; t = t->hh.next) {
		uint64_t left = t->end > now ? (t->end - now) / USEC_PER_SEC : 0;
		uint64_t configured = t->configured > UINT32_MAX ? UINT32_MAX : t->configured;

		if (old && t->batch == gm->batch)
			continue;
		if (left > UINT32_MAX)
			left = UINT32_MAX;
		end_at(gm, t, now + SEC(ks_shortened((uint32_t)left, (uint32_t)configured)));
	}
}

void gm_keys_drop_old(struct gm *gm)
{
	struct gm_tek *t, *tmp;

	for (t = gm->teks; t; t = t->hh.next) {
		if (t->batch != gm->batch)
			t->retire = 0;
	}
	gm_keys_select(gm);		/* first the new ones send, then the old ones go */
	HASH_ITER(hh, gm->teks, t, tmp) {
		if (t->batch != gm->batch)
			gm_tek_del(gm, t);
	}
	while (gm->keks && gm->keks->next)
		gm_kek_del(gm, gm->keks->next);
}

/* RFC 6407 sections 5.4.2 and 5.9: senders stop at once, receivers after DEACTIVATION_TIME_DELAY. */
void gm_keys_delete(struct gm *gm, const uint32_t *spis, unsigned n)
{
	const uint64_t end = gm_now(gm) + SEC(gm->dtd);
	struct gm_tek *t, *tmp;

	for (unsigned i = 0; spis && i < n; i++) {
		t = gm_tek_find(gm, spis[i]);
		if (t) {
			end_at(gm, t, end);
			t->retire = 0;
		}
	}
	if (!spis) {
		HASH_ITER(hh, gm->teks, t, tmp) {
			end_at(gm, t, end);
			t->retire = 0;
		}
	}
}

static int by_number(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

/* Families that the policy names; one that no entry names any more may end unmourned. */
static uint32_t *policy_families(const struct gm *gm, unsigned *n)
{
	uint32_t *f = mem_zalloc((gm->nace + 1u) * sizeof(*f));
	unsigned count = 0, kept = 0;

	for (unsigned i = 0; i < gm->nace; i++) {
		if (gm->ace[i].permit)
			f[count++] = gm->ace[i].family;
	}
	qsort(f, count, sizeof(*f), by_number);
	for (unsigned i = 0; i < count; i++) {
		if (!kept || f[i] != f[kept - 1])
			f[kept++] = f[i];
	}
	*n = kept;
	return f;
}

/* The end of family f's last key, 0 without one. t is sorted by family from *at on. */
static uint64_t family_end(struct gm_tek **t, unsigned n, unsigned *at, uint32_t f, uint64_t *configured)
{
	uint64_t end = 0;

	while (*at < n && t[*at]->family < f)
		(*at)++;
	for (; *at < n && t[*at]->family == f; (*at)++) {
		if (t[*at]->end <= end || t[*at]->receive)
			continue;
		end = t[*at]->end;
		*configured = t[*at]->configured;
	}
	return end;
}

uint64_t gm_keys_end(const struct gm *gm, uint64_t *configured)
{
	uint64_t first = GM_NEVER, life = 0;
	unsigned n, nf, at = 0;
	struct gm_tek **t = teks_by(gm, by_family, &n);
	uint32_t *f = policy_families(gm, &nf);

	*configured = 0;
	for (unsigned i = 0; i < nf; i++) {
		uint64_t end = family_end(t, n, &at, f[i], &life);

		if (end >= first)
			continue;
		first = end;
		*configured = life;
	}
	free(t);
	free(f);
	return first;
}

uint64_t gm_keys_next(const struct gm *gm)
{
	const uint64_t now = gm_now(gm);
	uint64_t next = GM_NEVER;

	for (const struct gm_tek *t = gm->teks; t; t = t->hh.next) {
		if (t->end < next)
			next = t->end;
		if (t->sending && t->retire > now && t->retire < next)
			next = t->retire;
	}
	for (const struct gm_kek *k = gm->keks; k; k = k->next) {
		if (k->end < next)
			next = k->end;
	}
	return next;
}

uint64_t gm_longest_life(const struct gm *gm)
{
	uint64_t life = 0;

	for (const struct gm_tek *t = gm->teks; t; t = t->hh.next) {
		if (t->configured > life)
			life = t->configured;
	}
	return life;
}
