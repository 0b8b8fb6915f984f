/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * 'sync configuration': a secondary takes the group's policy and rekey RSA key from its primary. Both ends have it configured: the
 * primary says the digest of its policy in each announcement, the secondary asks for the octets part by part, and for the key.
 */
#include <stdio.h>
#include <stdlib.h>
#include "coop/engine.h"
#include "lib/crypto/cipher.h"
#include "lib/crypto/prf.h"
#include "lib/crypto/rsa.h"
#include "lib/mem.h"
#include "lib/why.h"

#define SEALING_KEY 32
#define EXPORT_LABEL "gdoix cooperative rekey RSA key"

static const uint8_t none[SHARE_PRINT];

/* ---- our own policy ---- */

static const struct cfg_group *cfg_of(const struct coop_group *g)
{
	return cfg_group(config_running(g->c->d.config), g->name);
}

static bool own_known(struct coop_group *g)
{
	struct coop_copy *k = &g->copy;
	struct bytes b;

	if (k->known)
		return true;
	text_clear(&k->octets);
	if (!cfg_of(g) || !share_encode(g->c->d.config, cfg_of(g), &k->octets))
		return false;
	b = bytes_of(k->octets.s, k->octets.n);
	k->known = hash_parts(HASH_SHA256, &b, 1, k->own);
	return k->known;
}

bool coop_copy_blank(const struct coop_group *g, const struct ksync_view *v)
{
	return g->copy.on && !v->active && memcmp(v->configured, none, sizeof(none)) == 0;
}

/* ---- what goes wrong, once each ---- */

static bool refuse(struct coop_group *g, struct ip4 from, const char *reason)
{
	struct coop_copy *k = &g->copy;

	k->state = COPY_REFUSED;
	if (!ip4_eq(k->from, from) || strcmp(k->reason, reason) != 0)
		log_GDOI_COOP_SYNC_REFUSED(g->c->d.log, g->name, ip4_s(from), reason);
	k->from = from;
	str_copy(k->reason, sizeof(k->reason), reason);
	return false;
}

/* This pair of policies has been dealt with: no use in asking again. */
static void settle(struct coop_group *g)
{
	struct coop_copy *k = &g->copy;

	text_clear(&k->got);
	rsa_free(k->key);
	k->key = NULL;
	k->whole = k->want_key = k->keyless = false;
	if (own_known(g)) {
		memcpy(k->settled, k->digest, 32);
		memcpy(k->settled + 32, k->own, 32);
	}
}

static bool settled(struct coop_group *g, const uint8_t digest[32])
{
	struct coop_copy *k = &g->copy;

	return memcmp(k->settled, digest, 32) == 0 && own_known(g) && memcmp(k->settled + 32, k->own, 32) == 0;
}

/* ---- asking ---- */

static bool leads_us(const struct coop_peer *p)
{
	const struct coop_group *g = p->group;

	return g->role == COOP_SECONDARY && ip4_eq(g->primary, p->ip) && p->alive;
}

bool coop_copy_wants(struct coop_peer *p)
{
	struct coop_group *g = p->group;
	const struct coop_copy *k = &g->copy;

	return k->on && leads_us(p) && p->offers && !coop_editing(g->c) && !timer_armed(&k->apply) && own_known(g) &&
	       memcmp(p->shared, k->own, sizeof(k->own)) != 0 && !settled(g, p->shared);
}

void coop_copy_want_fill(struct coop_peer *p, struct coop_ann *a)
{
	struct coop_copy *k = &p->group->copy;

	if (!coop_copy_wants(p))
		return;
	if (memcmp(k->digest, p->shared, sizeof(k->digest)) != 0) {
		settle(p->group);
		memset(k->settled, 0, sizeof(k->settled));
		memcpy(k->digest, p->shared, sizeof(k->digest));
	}
	a->want.any = true;
	a->want.from = (uint32_t)k->got.n;
	a->want.key = k->want_key && !k->key && !k->keyless;
	memcpy(a->want.digest, k->digest, sizeof(k->digest));
}

/* ---- answering ---- */

void coop_copy_offer_fill(struct coop_group *g, struct coop_ann *a)
{
	a->offers = g->copy.on && own_known(g);
	if (a->offers)
		memcpy(a->shared, g->copy.own, sizeof(a->shared));
}

static void key_fill(struct coop_peer *p, const struct isakmp_sa *sa, struct coop_ann *a, uint8_t *out)
{
	struct coop_group *g = p->group;
	const char *label = cfg_of(g)->ks.rekey_key;
	const struct config_rsa *rsa = label[0] ? config_key(g->c->d.config, label) : NULL;
	struct secret der = SECRET_NONE;
	struct bytes spki;
	uint8_t key[SEALING_KEY];

	a->has_key = true;
	if (rsa && !rsa->exportable && !p->told_keyless)
		log_GDOI_COOP_SYNC_KEY_KEPT(g->c->d.log, label, g->name, ip4_s(p->ip));
	p->told_keyless = rsa && !rsa->exportable;
	if (!rsa || !rsa->exportable || !isakmp_sa_export(sa, EXPORT_LABEL, key, sizeof(key)))
		return;
	spki = rsa_spki(rsa->key);
	if (hash_parts(HASH_SHA256, &spki, 1, a->sealed_print) && rsa_to_der(rsa->key, &der) && der.n + SEAL_OVERHEAD <= COOP_SEALED_MAX &&
		seal(BYTES_OF(key), BYTES_OF(a->sealed_print), secret_bytes(&der), out)) {
		a->sealed = bytes_of(out, der.n + SEAL_OVERHEAD);
		log_GDOI_COOP_SYNC_KEY_GIVEN(g->c->d.log, label, g->name, ip4_s(p->ip));
	}
	secret_free(&der);
	secret_cleanse(key, sizeof(key));
}

void coop_copy_answer_fill(struct coop_peer *p, const struct isakmp_sa *sa, struct coop_ann *a, uint8_t *scratch, size_t room)
{
	struct coop_group *g = p->group;
	struct coop_copy *k = &g->copy;
	size_t left;

	if (!p->asked.any || g->role != COOP_PRIMARY || !k->on || !own_known(g))
		return;
	p->asked.any = false;
	if (p->asked.key)
		key_fill(p, sa, a, scratch);
	if (memcmp(p->asked.digest, k->own, sizeof(k->own)) != 0 || p->asked.from > k->octets.n)
		return;		/* it asks for what was: the offer says what is */
	left = k->octets.n - p->asked.from;
	room -= room > a->sealed.n ? a->sealed.n : room;
	memcpy(a->part.digest, k->own, sizeof(k->own));
	a->part.total = (uint32_t)k->octets.n;
	a->part.from = p->asked.from;
	a->part.octets = bytes_of(k->octets.s + p->asked.from, left < room ? left : room);
}

/* ---- taking ---- */

static void take_key(struct coop_peer *p, const struct coop_ann *a, const struct isakmp_sa *sa)
{
	struct coop_copy *k = &p->group->copy;
	struct secret der;
	uint8_t key[SEALING_KEY], print[SHARE_PRINT] = { 0 };
	struct bytes spki;

	k->keyless = !a->sealed.n;
	if (k->key || a->sealed.n <= SEAL_OVERHEAD || a->sealed.n > COOP_SEALED_MAX || !isakmp_sa_export(sa, EXPORT_LABEL, key, sizeof(key)))
		return;
	der = secret_new(a->sealed.n - SEAL_OVERHEAD);
	if (unseal(BYTES_OF(key), BYTES_OF(a->sealed_print), a->sealed, der.p))
		k->key = rsa_from_der(secret_bytes(&der));
	secret_free(&der);
	secret_cleanse(key, sizeof(key));
	if (k->key) {
		spki = rsa_spki(k->key);
		if (!hash_parts(HASH_SHA256, &spki, 1, print) || memcmp(print, a->sealed_print, sizeof(print)) != 0) {
			rsa_free(k->key);
			k->key = NULL;
		}
	}
	k->keyless = !k->key;
}

static bool take_part(struct coop_group *g, const struct coop_ann *a)
{
	struct coop_copy *k = &g->copy;
	uint8_t digest[32];
	struct bytes b;

	if (!a->part.total || k->whole || memcmp(a->part.digest, k->digest, 32) != 0 || a->part.from != k->got.n)
		return false;
	text_addn(&k->got, (const char *)a->part.octets.p, a->part.octets.n);
	if (k->got.n < a->part.total)
		return a->part.octets.n > 0;
	b = bytes_of(k->got.s, k->got.n);
	k->whole = hash_parts(HASH_SHA256, &b, 1, digest) && memcmp(digest, k->digest, sizeof(digest)) == 0;
	if (!k->whole) {
		settle(g);
		return refuse(g, g->primary, "its octets are not those of its digest");
	}
	return true;
}

/* Our key of that label is the primary's. */
static bool key_same(const struct coop_group *g, const struct share *s)
{
	const struct config_rsa *rsa = config_key(g->c->d.config, share_key_label(s));
	uint8_t print[SHARE_PRINT] = { 0 };
	struct bytes spki;

	if (!rsa)
		return memcmp(s->key_print, none, sizeof(none)) == 0;
	spki = rsa_spki(rsa->key);
	return hash_parts(HASH_SHA256, &spki, 1, print) && memcmp(print, s->key_print, sizeof(print)) == 0;
}

static bool key_of(struct rsa_key *key, const struct share *s)
{
	uint8_t print[SHARE_PRINT] = { 0 };
	struct bytes spki;

	if (!key)
		return false;
	spki = rsa_spki(key);
	return hash_parts(HASH_SHA256, &spki, 1, print) && memcmp(print, s->key_print, sizeof(print)) == 0;
}

/* All octets are here: are the key too, or none to be had? */
static bool complete(struct coop_group *g)
{
	struct coop_copy *k = &g->copy;
	struct share s;
	struct why why;

	if (!k->whole)
		return false;
	if (!share_decode(bytes_of(k->got.s, k->got.n), &s, &why)) {
		settle(g);
		return refuse(g, g->primary, why.text);
	}
	k->want_key = memcmp(s.key_print, none, sizeof(none)) != 0 && !key_same(g, &s);
	share_free(&s);
	return !k->want_key || k->key || k->keyless;
}

void coop_copy_in(struct coop_peer *p, const struct coop_ann *a, const struct isakmp_sa *sa)
{
	struct coop_group *g = p->group;
	struct coop_copy *k = &g->copy;

	if (a->want.any)
		p->asked = a->want;
	if (!k->on || !leads_us(p))
		return;
	if (!p->offers) {
		refuse(g, p->ip, "'sync configuration' is not configured there");
		return;
	}
	if (own_known(g) && memcmp(p->shared, k->own, sizeof(k->own)) == 0) {
		k->state = COPY_SAME;
		k->from = p->ip;
		k->reason[0] = '\0';
		return;
	}
	if (!coop_copy_wants(p))
		return;
	if (memcmp(k->digest, p->shared, sizeof(k->digest)) == 0) {
		if (a->has_key && k->want_key)
			take_key(p, a, sa);
		take_part(g, a);
		if (complete(g))
			timer_arm(g->c->d.env->timers, &k->apply, 0);	/* not from within an exchange: subscribers may end it */
	}
	if (coop_copy_wants(p) && p->next > coop_now(g))
		p->next = coop_now(g);
}

/* ---- putting it in place ---- */

static bool key_put(struct coop_group *g, const struct share *s, struct why *why)
{
	struct coop_copy *k = &g->copy;
	struct rsa_key *key = k->key;

	k->key = NULL;		/* config's from here on */
	return config_key_put(g->c->d.config, share_key_label(s), key, true, clock_wall(g->c->d.env->clock), why);
}

static bool put_in_place(struct coop_group *g, const struct share *s, bool *keyed, struct why *why)
{
	struct config *config = g->c->d.config;
	struct cfg *cfg = config_running(config);
	struct cfg_group *cg = cfg_group(cfg, g->name);
	bool ok;

	*keyed = key_of(g->copy.key, s);
	if (*keyed && !share_key_ok(config, cfg, cg, share_key_label(s), why))
		return false;
	config_hold(config);	/* it is saved below: nothing of the operator's becomes dirty */
	ok = share_apply(cfg, cg, s, why) && (!*keyed || key_put(g, s, why));
	g->c->applying = true;
	config_changed(config);
	config_closed(config);
	config_release(config);
	g->c->applying = false;
	return ok;
}

static void tell(struct coop_group *g, const struct share *s, bool keyed)
{
	struct coop_copy *k = &g->copy;
	struct coop *c = g->c;
	struct why why = { "" };
	char what[300] = "the policy";
	size_t n;

	if (keyed)
		snprintf(what, sizeof(what), "the policy and RSA key %.80s", share_key_label(s));
	else if (k->keyless)
		snprintf(what, sizeof(what), "the policy without RSA key %.80s, which is not exportable there: import it", share_key_label(s));
	n = strlen(what);
	if (c->save && c->save(c->save_arg, g->name, s, &why)) {
		snprintf(what + n, sizeof(what) - n, "; saved");
	} else if (why.text[0]) {
		snprintf(what + n, sizeof(what) - n, "; not saved: %.120s", why.text);
		c->applying = true;	/* 'reload' is to ask */
		config_changed(c->d.config);
		c->applying = false;
	}
	log_GDOI_COOP_SYNC_TAKEN(c->d.log, g->name, ip4_s(g->primary), what);
}

static void on_apply(void *arg)
{
	struct coop_group *g = arg;
	struct coop_copy *k = &g->copy;
	struct share s;
	struct why why;
	bool keyed;

	if (!k->on || !k->whole || g->role != COOP_SECONDARY || coop_editing(g->c) || !cfg_of(g))
		return;
	if (!share_decode(bytes_of(k->got.s, k->got.n), &s, &why)) {
		refuse(g, g->primary, why.text);
	} else if (!put_in_place(g, &s, &keyed, &why)) {
		refuse(g, g->primary, why.text);
		share_free(&s);
	} else {
		k->state = COPY_TAKEN;
		k->from = g->primary;
		k->reason[0] = '\0';
		tell(g, &s, keyed);
		share_free(&s);
	}
	k->known = false;
	settle(g);
	coop_arm(g);
}

/* ---- life ---- */

void coop_copy_init(struct coop_group *g)
{
	timer_init(&g->copy.apply, on_apply, g);
}

void coop_copy_sync(struct coop_group *g, bool on)
{
	struct coop_copy *k = &g->copy;

	if (on == k->on)
		return;
	k->on = on;
	k->state = COPY_NONE;
	k->reason[0] = '\0';
	settle(g);
	coop_soon(g);
}

void coop_copy_changed(struct coop_group *g, bool closed)
{
	g->copy.known = false;
	if (closed)
		memset(g->copy.settled, 0, sizeof(g->copy.settled));
	for (unsigned i = 0; closed && i < g->npeers; i++)
		if (coop_copy_wants(g->peer[i]) && g->peer[i]->next > coop_now(g))
			g->peer[i]->next = coop_now(g);
}

void coop_copy_free(struct coop_group *g)
{
	timer_cancel(g->c->d.env->timers, &g->copy.apply);
	text_free(&g->copy.octets);
	text_free(&g->copy.got);
	rsa_free(g->copy.key);
}
