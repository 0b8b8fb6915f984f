/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a member accepts of a key server's SA and KD. Nothing changes before all of it is judged. */
#include <inttypes.h>
#include <stdlib.h>
#include "gdoi/gm.h"
#include "lib/mem.h"
#include "lib/why.h"

#define SPI_RESERVED 255	/* RFC 4303 section 2.1 */

/* ---- SAK ---- */

static bool sak_check(const struct gm *gm, const struct cfg_group *c, const struct gdoi_sak *s, struct why *why)
{
	(void)gm;
	if (s->proto != 17)
		return why_set(why, "rekeys over IP protocol %u", s->proto);
	if (s->sig_alg != 1)
		return why_set(why, "rekey signature algorithm %" PRIu32, s->sig_alg);
	if (s->sig_hash == HASH_NONE)
		return why_set(why, "no rekey signature hash");
	if (c->client_ciphers && !(c->client_ciphers & UINT32_C(1) << s->cipher))
		return why_set(why, "rekey encryption %s is not among 'client rekey encryption'",
			cipher_alg(s->cipher)->ios_rekey);
	if (c->client_hashes && !(c->client_hashes & UINT32_C(1) << s->sig_hash))
		return why_set(why, "rekey hash %s is not among 'client rekey hash'", hash_alg(s->sig_hash)->ios);
	return true;
}

/* ---- SAT ---- */

static bool selector_check(const struct gdoi_id *id, struct why *why)
{
	if (id->type != ID_IPV4 && id->type != ID_IPV4_SUBNET)
		return why_set(why, "a selector of identity type %u", id->type);
	return true;
}

static bool set_allows(const struct cfg *cfg, const struct cfg_group *c, const struct gdoi_sat *s)
{
	if (!c->client_sets[0][0])
		return true;
	for (unsigned i = 0; i < CFG_SETS && c->client_sets[i][0]; i++) {
		const struct cfg_transform_set *t = cfg_transform_set(cfg, c->client_sets[i]);

		if (t && t->enc == s->enc && t->auth == s->auth && t->transport == (s->encap == 2))
			return true;
	}
	return false;
}

static bool esp_check(const struct cfg *cfg, const struct cfg_group *c, const struct gdoi_sat *s, struct why *why)
{
	const struct esp_enc_alg *enc = esp_enc_alg(s->enc);

	if (s->spi <= SPI_RESERVED)
		return why_set(why, "SPI 0x%08" PRIX32 " is reserved", s->spi);
	if (enc->combined && s->auth != ESP_AUTH_NONE)
		return why_set(why, "%s together with %s", enc->show, esp_auth_alg(s->auth)->show);
	if (s->enc == ESP_NULL && s->auth == ESP_AUTH_NONE)
		return why_set(why, "neither encryption nor integrity");
	if (s->encap == 1 && s->preserve != 4)
		return why_set(why, "a tunnel that does not preserve both addresses");
	if (s->direction == SAT_DIR_SENDER)
		return why_set(why, "an SA for sending only");
	if (!set_allows(cfg, c, s))
		return why_set(why, "transform %s %s%s is not among 'client transform-sets'", enc->show,
			esp_auth_alg(s->auth)->show, s->encap == 2 ? " transport" : "");
	return true;
}

static int by_spi(const void *a, const void *b)
{
	const struct gdoi_sat *x = *(const struct gdoi_sat *const *)a, *y = *(const struct gdoi_sat *const *)b;

	if (x->spi != y->spi)
		return x->spi < y->spi ? -1 : 1;
	return x < y ? -1 : x > y;
}

const struct gdoi_sat **gm_sats_sorted(const struct gdoi_sa *sa, unsigned *n)
{
	const struct gdoi_sat **s = mem_zalloc((sa->nsat + 1u) * sizeof(*s));

	*n = 0;
	for (unsigned i = 0; i < sa->nsat; i++) {
		if (gm_sat_esp(&sa->sat[i]))
			s[(*n)++] = &sa->sat[i];
	}
	qsort(s, *n, sizeof(*s), by_spi);
	return s;
}

/* Several SATs may share a TEK (gdoi-wire.md section 2.5), but then they say the same about it. */
static bool shared_check(const struct gdoi_sa *sa, struct why *why)
{
	unsigned n;
	const struct gdoi_sat **s = gm_sats_sorted(sa, &n);
	uint32_t spi = 0;

	for (unsigned i = 1; i < n && !spi; i++) {
		const struct gdoi_sat *a = s[i - 1], *b = s[i];

		if (a->spi == b->spi && (a->enc != b->enc || a->auth != b->auth || a->encap != b->encap ||
						a->lifetime != b->lifetime || a->replay != b->replay || a->window != b->window ||
						a->configured != b->configured))
			spi = a->spi;
	}
	free(s);
	return !spi || why_set(why, "SATs differ about SPI 0x%08" PRIX32, spi);
}

bool gm_sa_check(const struct gm *gm, const struct cfg_group *c, const struct gdoi_sa *sa, struct why *why)
{
	const struct cfg *cfg = config_running(gm->g->d.config);
	struct why inner = { "" };

	if (sa->has_sak && !sak_check(gm, c, &sa->sak, why))
		return false;
	for (unsigned i = 0; i < sa->nsat; i++) {
		const struct gdoi_sat *s = &sa->sat[i];

		if (!selector_check(&s->src, &inner) || !selector_check(&s->dst, &inner) ||
			(gm_sat_esp(s) && !esp_check(cfg, c, s, &inner)))
			return why_set(why, "SAT %u: %s", i + 1, inner.text);
	}
	return shared_check(sa, why);
}

/* ---- KD ---- */

static int kd_by_spi(const void *a, const void *b)
{
	const struct gdoi_kd_tek *x = *(const struct gdoi_kd_tek *const *)a, *y = *(const struct gdoi_kd_tek *const *)b;

	return x->spi < y->spi ? -1 : x->spi > y->spi;
}

const struct gdoi_kd_tek **gm_kd_sorted(const struct gdoi_kd *kd)
{
	const struct gdoi_kd_tek **t = mem_zalloc((kd->ntek + 1u) * sizeof(*t));

	for (unsigned i = 0; i < kd->ntek; i++)
		t[i] = &kd->tek[i];
	qsort(t, kd->ntek, sizeof(*t), kd_by_spi);
	return t;
}

static bool key_sizes(const struct gdoi_sat *s, const struct gdoi_kd_tek *k, struct why *why)
{
	if (k->key.n != esp_enc_alg(s->enc)->key || k->auth_key.n != esp_auth_alg(s->auth)->key)
		return why_set(why, "SPI 0x%08" PRIX32 ": keys of %zu and %zu octets do not fit %s %s", s->spi, k->key.n,
			k->auth_key.n, esp_enc_alg(s->enc)->show, esp_auth_alg(s->auth)->show);
	return true;
}

static bool held_check(const struct gm *gm, const struct gdoi_sat *s, const struct gdoi_kd_tek *k, struct why *why)
{
	const struct gm_tek *t = gm_tek_find(gm, s->spi);

	if (!t && !k)
		return why_set(why, "SPI 0x%08" PRIX32 ": KD has no key packet for it", s->spi);
	if (t && (t->enc != s->enc || t->auth != s->auth || t->transport != (s->encap == 2)))
		return why_set(why, "SPI 0x%08" PRIX32 ": already held with another transform", s->spi);
	if (t && k && !(secret_eq(secret_bytes(&t->key), k->key) && secret_eq(secret_bytes(&t->auth_key), k->auth_key)))
		return why_set(why, "SPI 0x%08" PRIX32 ": already held with other keys", s->spi);
	return true;
}

/* Both sides sorted: each SPI of the SA has its key, each key its SAT. */
static bool match(const struct gm *gm, const struct gdoi_sat **s, unsigned ns, const struct gdoi_kd_tek **k, unsigned nk,
	struct why *why)
{
	unsigned j = 0;

	for (unsigned i = 0; i < ns; i++) {
		const struct gdoi_kd_tek *key = NULL;

		if (i && s[i]->spi == s[i - 1]->spi)
			continue;
		if (j < nk && k[j]->spi < s[i]->spi)
			break;
		if (j < nk && k[j]->spi == s[i]->spi)
			key = k[j++];
		if ((key && !key_sizes(s[i], key, why)) || !held_check(gm, s[i], key, why))
			return false;
	}
	if (j < nk)
		return why_set(why, "KD: key packet for SPI 0x%08" PRIX32 " without a SAT, or twice", k[j]->spi);
	return true;
}

struct gm_kek *gm_kek_held(const struct gm *gm, const uint8_t *spi)
{
	struct gm_kek *k = gm->keks;

	while (k && memcmp(k->kek.spi, spi, GDOI_SPI) != 0)
		k = k->next;
	return k;
}

const struct gdoi_kd_kek *gm_kd_kek(const struct gdoi_kd *kd, const uint8_t *spi)
{
	for (unsigned i = 0; i < kd->nkek; i++) {
		if (memcmp(kd->kek[i].spi, spi, GDOI_SPI) == 0)
			return &kd->kek[i];
	}
	return NULL;
}

static bool sig_key_ok(struct bytes der, struct why *why)
{
	struct rsa_key *pub = rsa_public(der);

	if (!pub)
		return why_set(why, "KD: SIG_ALGORITHM_KEY is not an RSA public key");
	rsa_free(pub);
	return true;
}

static bool kek_check(const struct gm *gm, const struct gdoi_sa *sa, const struct gdoi_kd *kd, struct why *why)
{
	const struct gm_kek *held = sa->has_sak ? gm_kek_held(gm, sa->sak.spi) : NULL;
	const struct gdoi_kd_kek *kek = sa->has_sak ? gm_kd_kek(kd, sa->sak.spi) : NULL;
	struct kek k;
	bool same;

	if (kd->nkek > (kek ? 1u : 0u))
		return why_set(why, "KD: a KEK packet without a SAK");
	if (!sa->has_sak)
		return true;
	if (!kek)
		return held ? true : why_set(why, "KD has no key packet for the SAK");
	if (!kek_from_wire(&k, &sa->sak, kek, why))
		return false;
	same = !held || (secret_eq(secret_bytes(&k.key), secret_bytes(&held->kek.key)) &&
				secret_eq(secret_bytes(&k.iv), secret_bytes(&held->kek.iv)));
	kek_free(&k);
	if (!same)
		return why_set(why, "the Rekey SA is already held with another key");
	if (kek->sig_key.n)
		return sig_key_ok(kek->sig_key, why);
	return held || gm->keks ? true : why_set(why, "KD: SIG_ALGORITHM_KEY is missing");
}

bool gm_kd_check(const struct gm *gm, const struct gdoi_sa *sa, const struct gdoi_kd *kd, struct why *why)
{
	unsigned ns;
	const struct gdoi_sat **s = gm_sats_sorted(sa, &ns);
	const struct gdoi_kd_tek **k = gm_kd_sorted(kd);
	bool ok = match(gm, s, ns, k, kd->ntek, why) && kek_check(gm, sa, kd, why);

	free(s);
	free(k);
	if (ok && gm_tek_count(gm) + kd->ntek > GM_TEKS)
		return why_set(why, "more than %d TEKs", GM_TEKS);
	return ok;
}

const struct gdoi_kd_tek *gm_kd_find(const struct gdoi_kd_tek **k, unsigned n, uint32_t spi)
{
	const struct gdoi_kd_tek want = { .spi = spi }, *w = &want;
	const struct gdoi_kd_tek **hit = n ? bsearch(&w, k, n, sizeof(*k), kd_by_spi) : NULL;

	return hit ? *hit : NULL;
}
