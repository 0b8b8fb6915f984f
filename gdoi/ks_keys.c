/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Making and ending TEKs and KEKs. */
#include <stdlib.h>
#include "gdoi/ks.h"
#include "lib/clock.h"
#include "lib/crypto/prf.h"
#include "lib/crypto/rsa.h"
#include "lib/mem.h"
#include "lib/wire.h"

#define SPI_MIN 256		/* 0 to 255 are reserved (RFC 4303 section 2.1) */
#define SPI_TRIES 1000
#define KEK_LATE_MS 5000

uint32_t ks_left(const struct ks *ks, uint64_t end)
{
	uint64_t now = ks_pt(ks);

	return end <= now ? 0 : (uint32_t)((end - now) / 1000);
}

uint64_t ks_tek_period(const struct ks *ks, const struct ks_sa *sa)
{
	return (uint64_t)(sa->lifetime - ks_tek_lead(sa->lifetime, ks->lead_retransmit, ks->lead_retransmits)) * 1000;
}

uint64_t ks_kek_period(const struct ks *ks, const struct ks_policy *p)
{
	return (uint64_t)(p->kek_lifetime - ks_kek_lead(p->kek_lifetime, ks->lead_retransmit, ks->lead_retransmits)) * 1000;
}

bool ks_tek_same_slot(const struct ks_tek *a, const struct ks_tek *b)
{
	return a->policy->sa[a->sa].number == b->policy->sa[b->sa].number && a->entry == b->entry;
}

bool ks_tek_current(const struct ks *ks, const struct ks_tek *t)
{
	if (t->policy != ks->active || t->receive)
		return false;
	for (const struct ks_tek *o = ks->teks; o && o != t; o = o->next)	/* newer ones stand before */
		if (!o->receive && ks_tek_same_slot(o, t))
			return false;
	return true;
}

void ks_tek_free(struct ks_tek *t)
{
	secret_free(&t->key);
	secret_free(&t->auth);
	policy_unref(t->policy);
	free(t);
}

struct ks_kek *ks_kek_ref(struct ks_kek *k)
{
	k->refs++;
	return k;
}

void ks_kek_unref(struct ks_kek *k)
{
	if (!k || --k->refs)
		return;
	kek_free(&k->kek);
	policy_unref(k->policy);
	rsa_free(k->sign);
	free(k);
}

void ks_keys_free(struct ks *ks)
{
	while (ks->teks) {
		struct ks_tek *t = ks->teks;

		ks->teks = t->next;
		ks_tek_free(t);
	}
	while (ks->keks) {
		struct ks_kek *k = ks->keks;

		ks->keks = k->next;
		ks_kek_unref(k);
	}
}

struct rsa_key *ks_sign_key(const struct ks *ks, const struct ks_policy *p)
{
	const struct config_rsa *rsa = p->key_label[0] ? config_key(ks->g->d.config, p->key_label) : NULL;
	uint8_t print[32];
	struct bytes spki;

	if (!rsa)
		return NULL;
	spki = rsa_spki(rsa->key);
	if (!hash_parts(HASH_SHA256, &spki, 1, print) || memcmp(print, p->key_print, sizeof(print)) != 0)
		return NULL;	/* another key under the same label: members could not verify it */
	return rsa_dup(rsa->key);
}

static bool spi_taken(const struct ks *ks, uint32_t spi)
{
	struct gdoi_group *gr, *tmp;

	HASH_ITER(hh, ks->g->groups, gr, tmp)
	{
		for (const struct ks_tek *t = gr->ks ? gr->ks->teks : NULL; t; t = t->next)
			if (t->spi == spi)
				return true;
	}
	for (const struct ks_tek *t = ks->teks; t; t = t->next)
		if (t->spi == spi)
			return true;
	return false;
}

/* The one that is here already: another server made it first, from the same root for the same epoch. Taken out of the list. */
static struct ks_tek *tek_known(struct ks *ks, uint32_t spi, struct bytes key)
{
	for (struct ks_tek **p = &ks->teks; *p; p = &(*p)->next) {
		struct ks_tek *t = *p;

		if (t->spi != spi || !bytes_eq(secret_bytes(&t->key), key))
			continue;
		*p = t->next;
		return t;
	}
	return NULL;
}

/* One TEK of the active policy; the same on every key server that shares root and policy (coop.md section 1). */
static struct ks_tek *tek_make(struct ks *ks, const struct ks_root *root, unsigned sa, uint32_t entry, uint64_t begin)
{
	const struct ks_sa *s = &ks->active->sa[sa];
	size_t key = esp_enc_alg(s->enc)->key, auth = esp_auth_alg(s->auth)->key, n = 4 + key + auth;
	struct ks_derive d = { .id = ks_group_id(ks_cfg(ks)), .sa = s->number, .entry = entry, .epoch = begin };
	struct secret out = secret_new(n);
	struct ks_tek *t = NULL;

	memcpy(d.digest, ks->active->digest, KS_DIGEST);
	for (d.counter = 0; !t && d.counter < SPI_TRIES; d.counter++) {
		struct rd r;
		uint32_t spi;

		if (!ks_derive(root, &d, out.p, n))
			break;
		r = rd_init(secret_bytes(&out));
		spi = rd_u32(&r);
		t = tek_known(ks, spi, bytes_of(r.p, key));
		if (t || spi < SPI_MIN || spi_taken(ks, spi))
			continue;
		t = mem_zalloc(sizeof(*t));
		t->spi = spi;
		t->key = secret_copy(rd_bytes(&r, key));
		t->auth = secret_copy(rd_bytes(&r, auth));
		t->policy = policy_ref(ks->active);
		t->sa = sa;
		t->entry = entry;
		t->begin = begin;
		t->end = begin + (uint64_t)s->lifetime * 1000;
	}
	secret_free(&out);
	return t;
}

static void given(struct ks *ks, uint64_t begin)
{
	if (ks->roots.given < begin)
		ks->roots.given = begin;
}

/* Those to receive with first: newer ones stand before older ones, and the one to send with before all. */
static bool tek_add(struct ks *ks, unsigned sa, uint32_t entry, uint64_t begin)
{
	unsigned send = roots_send(&ks->roots, begin);

	for (unsigned k = 0; k <= ks->roots.n; k++) {
		unsigned i = k < ks->roots.n ? k : send;
		struct ks_tek *t;

		if (k < ks->roots.n && (k == send || !roots_accepts(&ks->roots, k, begin)))
			continue;
		t = tek_make(ks, &ks->roots.r[i].root, sa, entry, begin);
		if (!t)
			return false;
		t->receive = i != send;
		t->next = ks->teks;
		ks->teks = t;
	}
	given(ks, begin);
	ks->generation++;
	return true;
}

/* Combined-mode ciphers get a key per permit entry: fewer senders share an IV space (the IOS way, gdoi-wire.md 2.5). */
bool ks_make_teks(struct ks *ks, unsigned sa, uint64_t begin)
{
	const struct ks_sa *s = &ks->active->sa[sa];
	uint32_t last = 0;

	if (!esp_enc_alg(s->enc)->combined)
		return tek_add(ks, sa, 0, begin);
	for (unsigned i = s->nace; i-- > 0;) {
		if (!s->ace[i].ace.permit || s->ace[i].entry == last)
			continue;
		last = s->ace[i].entry;
		if (!tek_add(ks, sa, last, begin))
			return false;
	}
	return true;
}

/* One that no message has carried is known to nobody: it goes when the next is made. */
static void drop_unoffered(struct ks *ks)
{
	struct ks_kek *k = ks->keks;

	if (!k || k->offered)
		return;
	ks->keks = k->next;
	ks_kek_unref(k);
}

/* Another server made it first, from the same root for the same epoch, and it is here. Taken out of the list. */
static struct ks_kek *kek_known(struct ks *ks, const struct ks_kek *made)
{
	for (struct ks_kek **p = &ks->keks; *p; p = &(*p)->next) {
		struct ks_kek *k = *p;

		if (memcmp(k->kek.spi, made->kek.spi, GDOI_SPI) != 0)
			continue;
		*p = k->next;
		return k;
	}
	return NULL;
}

static struct ks_kek *kek_make(struct ks *ks, const struct ks_root *root, uint64_t begin)
{
	const struct ks_policy *p = ks->active;
	size_t key = cipher_alg(p->cipher)->key, iv = cipher_alg(p->cipher)->block, n = GDOI_SPI + iv + key;
	struct ks_derive d = { .kek = true, .id = ks_group_id(ks_cfg(ks)), .epoch = begin };
	struct secret out = secret_new(n);
	struct ks_kek *k = NULL;
	struct rd r;

	memcpy(d.digest, p->digest, KS_DIGEST);
	if (ks_derive(root, &d, out.p, n)) {
		k = mem_zalloc(sizeof(*k));
		k->refs = 1;
		r = rd_init(secret_bytes(&out));
		rd_copy(&r, k->kek.spi, GDOI_SPI);
		k->kek.cipher = p->cipher;
		k->kek.sig_hash = p->sig_hash;
		k->kek.iv = secret_copy(rd_bytes(&r, iv));
		k->kek.key = secret_copy(rd_bytes(&r, key));
		k->policy = policy_ref(ks->active);
		k->begin = begin;
		k->end = begin + (uint64_t)p->kek_lifetime * 1000;
	}
	secret_free(&out);
	return k;
}

/* The current KEK, or one that another server's members may hold: sent under, never given out here. */
static bool kek_add(struct ks *ks, const struct ks_root *root, uint64_t begin, bool current)
{
	struct ks_kek *k = kek_make(ks, root, begin), *known = k ? kek_known(ks, k) : NULL;

	if (!k)
		return false;
	if (known) {
		ks_kek_unref(k);
		k = known;
	} else {
		if (current)
			drop_unoffered(ks);
		k->sign = ks_sign_key(ks, ks->active);
		/* Made late, after an absence: another side may have given it to members when its time began. */
		k->offered = !current || (ks->coop && begin + KEK_LATE_MS < ks_pt(ks));
	}
	k->id = ++ks->kek_ids;
	k->next = ks->keks;
	ks->keks = k;
	return true;
}

struct ks_kek *ks_kek_named(const struct ks *ks, const uint8_t spi[GDOI_SPI])
{
	for (struct ks_kek *k = ks->keks; k; k = k->next)
		if (memcmp(k->kek.spi, spi, GDOI_SPI) == 0)
			return k;
	return NULL;
}

bool ks_make_kek(struct ks *ks, uint64_t begin)
{
	unsigned send = roots_send(&ks->roots, begin);
	bool good = true;

	for (unsigned i = 0; good && i < ks->roots.n; i++)
		if (i != send && roots_accepts(&ks->roots, i, begin))
			good = kek_add(ks, &ks->roots.r[i].root, begin, false);
	good = good && ks->roots.n && kek_add(ks, &ks->roots.r[send].root, begin, true);
	given(ks, begin);
	ks->generation++;
	return good;
}

bool ks_keys_prune(struct ks *ks)
{
	uint64_t now = ks_pt(ks);
	bool went = false;
	unsigned n = 0;

	for (struct ks_tek **p = &ks->teks; *p;) {
		struct ks_tek *t = *p, *o = ks->teks;
		unsigned newer = 0;

		for (; o != t && newer < KS_TEK_GENERATIONS; o = o->next)
			newer += ks_tek_same_slot(o, t);
		if (t->end > now && newer < KS_TEK_GENERATIONS) {
			p = &t->next;
			continue;
		}
		*p = t->next;
		ks_tek_free(t);
		went = true;
	}
	for (struct ks_kek **p = &ks->keks; *p;) {
		struct ks_kek *k = *p;

		if (k->end > now && n++ < KS_KEKS) {
			p = &k->next;
			continue;
		}
		*p = k->next;
		ks_kek_unref(k);
		went = true;
	}
	if (went)
		ks->generation++;
	return went;
}

void ks_stale_until(struct ks *ks)
{
	for (const struct ks_tek *t = ks->teks; t; t = t->next)
		if (t->end > ks->stale_until)
			ks->stale_until = t->end;
}

void ks_keks_end(struct ks *ks)
{
	for (struct ks_kek *k = ks->keks ? ks->keks->next : NULL; k; k = k->next)
		k->end = 0;
}

void ks_tek_shorten(const struct ks *ks, struct ks_tek *t)
{
	t->end = ks_pt(ks) + (uint64_t)ks_shortened(ks_left(ks, t->end), t->policy->sa[t->sa].lifetime) * 1000;
}

void ks_keys_shorten(struct ks *ks)
{
	for (struct ks_tek *t = ks->teks; t; t = t->next)
		if (!ks_tek_current(ks, t))
			ks_tek_shorten(ks, t);
}

void ks_keys_drop_old(struct ks *ks)
{
	for (struct ks_tek *t = ks->teks; t; t = t->next)
		if (!ks_tek_current(ks, t))
			t->end = 0;
	if (ks->keks)
		for (struct ks_kek *k = ks->keks->next; k; k = k->next)
			k->end = 0;
	ks_keys_prune(ks);
}
