/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * On BN and EC_POINT rather than EVP_PKEY: the group's numbers and its Montgomery form are made once per
 * process and shared read-only, where EVP makes and validates them anew for every key (a third of the time at
 * group 19), and OpenSSL has no names for groups 1 and 2.
 */
#include <pthread.h>
#include <stdlib.h>
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/obj_mac.h>
#include "lib/crypto/dh.h"
#include "lib/mem.h"

#define PUBLIC_MAX 512

struct dh {
	enum dh_id group;
	BIGNUM *x;
	uint8_t pub[PUBLIC_MAX];
};

struct group {
	unsigned bits;      /* of a MODP exponent */
	int nid;            /* ECP */
	BIGNUM *p, *p1, *g; /* p1 = p - 1 */
	BIGNUM *q;          /* order of the subgroup; NULL: p is a safe prime */
	BN_MONT_CTX *mont;
	EC_GROUP *ec;
};

static struct group groups[DH_MAX] = {
#define MODP(N, LONG, PUBLIC, SHARED, BITS) [DH_##N] = { .bits = BITS },
#define ECP(N, LONG, PUBLIC, SHARED, NID) [DH_##N] = { .nid = NID },
#include "lib/crypto/alg.def"
};

/* RFC 5114 section 2.3 */
static const char p24[] =
	"87A8E61DB4B6663CFFBBD19C651959998CEEF608660DD0F25D2CEED4435E3B00E00DF8F1D61957D4FAF7DF4561B2AA30"
	"16C3D91134096FAA3BF4296D830E9A7C209E0C6497517ABD5A8A9D306BCF67ED91F9E6725B4758C022E0B1EF4275BF7B"
	"6C5BFC11D45F9088B941F54EB1E59BB8BC39A0BF12307F5C4FDB70C581B23F76B63ACAE1CAA6B7902D52526735488A0E"
	"F13C6D9A51BFA4AB3AD8347796524D8EF6A167B5A41825D967E144E5140564251CCACB83E6B486F6B3CA3F7971506026"
	"C0B857F689962856DED4010ABD0BE621C3A3960A54E710C375F26375D7014103A4B54330C198AF126116D2276E11715F"
	"693877FAD7EF09CADB094AE91E1A1597";
static const char g24[] =
	"3FB32C9B73134D0B2E77506660EDBD484CA7B18F21EF205407F4793A1A0BA12510DBC15077BE463FFF4FED4AAC0BB555"
	"BE3A6C1B0C6B47B1BC3773BF7E8C6F62901228F8C28CBB18A55AE31341000A650196F931C77A57F2DDF463E5E9EC144B"
	"777DE62AAAB8A8628AC376D282D6ED3864E67982428EBC831D14348F6F2F9193B5045AF2767164E1DFC967C1FB3F2E55"
	"A4BD1BFFE83B9C80D052B985D182EA0ADB2A3B7313D3FE14C8484B1E052588B9B7D2BBD2DF016199ECD06E1557CD0915"
	"B3353BBB64E0EC377FD028370DF92B52C7891428CDC67EB6184B523D1DB246C32F63078490F00EF8D647D148D4795451"
	"5E2327CFEF98C582664B4C0F6CC41659";
static const char q24[] = "8CF83642A709A097B447997640129DA299B1A47D1EB3750BA308B0FE64F5FBD3";

static pthread_once_t once = PTHREAD_ONCE_INIT;

/* A group that cannot be made stays without p (or ec), and dh_new() refuses it. */
static void modp_finish(struct group *m, BIGNUM *p)
{
	BN_CTX *ctx = BN_CTX_new();

	if (!m->g) {
		m->g = BN_new();
		if (m->g)
			BN_set_word(m->g, 2);
	}
	m->p1 = BN_dup(p);
	m->mont = BN_MONT_CTX_new();
	if (ctx && m->g && m->p1 && m->mont && BN_sub_word(m->p1, 1) == 1 &&
		BN_MONT_CTX_set(m->mont, p, ctx) == 1)
		m->p = p;
	else
		BN_free(p);
	BN_CTX_free(ctx);
}

static void make_groups(void)
{
	BIGNUM *p = NULL;

	modp_finish(&groups[DH_1], BN_get_rfc2409_prime_768(NULL));
	modp_finish(&groups[DH_2], BN_get_rfc2409_prime_1024(NULL));
	modp_finish(&groups[DH_5], BN_get_rfc3526_prime_1536(NULL));
	modp_finish(&groups[DH_14], BN_get_rfc3526_prime_2048(NULL));
	modp_finish(&groups[DH_15], BN_get_rfc3526_prime_3072(NULL));
	modp_finish(&groups[DH_16], BN_get_rfc3526_prime_4096(NULL));
	if (BN_hex2bn(&p, p24) && BN_hex2bn(&groups[DH_24].g, g24) && BN_hex2bn(&groups[DH_24].q, q24))
		modp_finish(&groups[DH_24], p);
	for (unsigned i = 0; i < DH_MAX; i++)
		if (groups[i].nid)
			groups[i].ec = EC_GROUP_new_by_curve_name(groups[i].nid);
}

static const struct group *group(enum dh_id id)
{
	pthread_once(&once, make_groups);
	if ((unsigned)id >= DH_MAX || !(groups[id].p || groups[id].ec))
		return NULL;
	return &groups[id];
}

static bool put(const BIGNUM *n, uint8_t *out, unsigned size)
{
	return BN_bn2binpad(n, out, (int)size) == (int)size;
}

static bool modp_public(const struct group *m, struct dh *d, BN_CTX *ctx)
{
	BIGNUM *y = BN_CTX_get(ctx);

	return y && BN_mod_exp_mont_consttime(y, m->g, d->x, m->p, ctx, m->mont) == 1 &&
	       put(y, d->pub, dh_alg(d->group)->public_size);
}

/* RFC 5903 section 7: x | y, each of the field's size. */
static bool ecp_public(const struct group *m, struct dh *d, BN_CTX *ctx)
{
	unsigned half = dh_alg(d->group)->public_size / 2;
	EC_POINT *point = EC_POINT_new(m->ec);
	BIGNUM *x = BN_CTX_get(ctx), *y = BN_CTX_get(ctx);
	bool ok = point && y && EC_POINT_mul(m->ec, point, d->x, NULL, NULL, ctx) == 1 &&
		  EC_POINT_get_affine_coordinates(m->ec, point, x, y, ctx) == 1 && put(x, d->pub, half) &&
		  put(y, d->pub + half, half);

	EC_POINT_free(point);
	return ok;
}

static bool draw(const struct group *m, BIGNUM *x)
{
	const BIGNUM *order = m->ec ? EC_GROUP_get0_order(m->ec) : m->q;

	if (!order) /* a safe prime: a short exponent does (RFC 3526 section 8, RFC 7919 appendix A) */
		return BN_priv_rand(x, (int)m->bits, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY) == 1;
	do
		if (BN_priv_rand_range(x, order) != 1)
			return false;
	while (BN_is_zero(x));
	return true;
}

static bool exponent_ok(const struct group *m, const BIGNUM *x)
{
	return !BN_is_zero(x) && BN_cmp(x, m->ec ? EC_GROUP_get0_order(m->ec) : m->p1) < 0;
}

static struct dh *make(enum dh_id id, const struct bytes *exponent)
{
	const struct group *m = group(id);
	BN_CTX *ctx;
	struct dh *d;
	bool ok;

	if (!m || (exponent && exponent->n > PUBLIC_MAX))
		return NULL;
	d = mem_zalloc(sizeof(*d));
	d->group = id;
	d->x = BN_secure_new();
	ctx = BN_CTX_new();
	ok = d->x && ctx;
	if (ok) {
		BN_CTX_start(ctx);
		if (exponent)
			ok = BN_bin2bn(exponent->p, (int)exponent->n, d->x) && exponent_ok(m, d->x);
		else
			ok = draw(m, d->x);
		BN_set_flags(d->x, BN_FLG_CONSTTIME);
		ok = ok && (m->ec ? ecp_public(m, d, ctx) : modp_public(m, d, ctx));
		BN_CTX_end(ctx);
	}
	BN_CTX_free(ctx);
	if (ok)
		return d;
	dh_free(d);
	return NULL;
}

struct dh *dh_new(enum dh_id id)
{
	return make(id, NULL);
}

struct dh *dh_new_private(enum dh_id id, struct bytes exponent)
{
	return make(id, &exponent);
}

void dh_free(struct dh *d)
{
	if (!d)
		return;
	BN_clear_free(d->x);
	free(d);
}

struct bytes dh_public(const struct dh *d)
{
	return bytes_of(d->pub, dh_alg(d->group)->public_size);
}

/* 1 < y < p-1; with a safe prime that leaves no small subgroup, in group 24 y must have order q. */
static bool modp_valid(const struct group *m, const BIGNUM *y, BN_CTX *ctx)
{
	BIGNUM *r;

	if (BN_is_zero(y) || BN_is_one(y) || BN_cmp(y, m->p1) >= 0)
		return false;
	if (!m->q)
		return true;
	r = BN_CTX_get(ctx);
	return r && BN_mod_exp_mont(r, y, m->q, m->p, ctx, m->mont) == 1 && BN_is_one(r);
}

static bool modp_shared(
	const struct group *m, const struct dh *d, struct bytes peer, uint8_t *out, BN_CTX *ctx)
{
	BIGNUM *y = BN_CTX_get(ctx), *z = BN_CTX_get(ctx);
	bool ok = z && BN_bin2bn(peer.p, (int)peer.n, y) && modp_valid(m, y, ctx) &&
		  BN_mod_exp_mont_consttime(z, y, d->x, m->p, ctx, m->mont) == 1 && !BN_is_zero(z) &&
		  !BN_is_one(z) && BN_cmp(z, m->p1) != 0 && put(z, out, dh_alg(d->group)->shared_size);

	if (z)
		BN_clear(z);
	return ok;
}

/* Setting the coordinates refuses a point off the curve; the cofactor of these curves is 1. */
static bool ecp_shared(
	const struct group *m, const struct dh *d, struct bytes peer, uint8_t *out, BN_CTX *ctx)
{
	int half = (int)(peer.n / 2);
	BIGNUM *x = BN_CTX_get(ctx), *y = BN_CTX_get(ctx);
	EC_POINT *in = EC_POINT_new(m->ec), *z = EC_POINT_new(m->ec);
	bool ok = y && in && z && BN_bin2bn(peer.p, half, x) && BN_bin2bn(peer.p + half, half, y) &&
		  EC_POINT_set_affine_coordinates(m->ec, in, x, y, ctx) == 1 &&
		  EC_POINT_mul(m->ec, z, NULL, in, d->x, ctx) == 1 && !EC_POINT_is_at_infinity(m->ec, z) &&
		  EC_POINT_get_affine_coordinates(m->ec, z, x, y, ctx) == 1 &&
		  put(x, out, dh_alg(d->group)->shared_size);

	if (y) {
		BN_clear(x);
		BN_clear(y);
	}
	EC_POINT_free(in);
	EC_POINT_clear_free(z);
	return ok;
}

bool dh_shared(struct dh *d, struct bytes peer_public, struct secret *out)
{
	const struct dh_alg *a = dh_alg(d->group);
	const struct group *m = group(d->group);
	BN_CTX *ctx;
	bool ok;

	*out = SECRET_NONE;
	if (!m || peer_public.n != a->public_size)
		return false;
	ctx = BN_CTX_new();
	if (!ctx)
		return false;
	*out = secret_new(a->shared_size);
	BN_CTX_start(ctx);
	ok = m->ec ? ecp_shared(m, d, peer_public, out->p, ctx) : modp_shared(m, d, peer_public, out->p, ctx);
	BN_CTX_end(ctx);
	BN_CTX_free(ctx);
	if (!ok)
		secret_free(out);
	return ok;
}
