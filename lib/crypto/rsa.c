/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>
#include <openssl/err.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include "lib/crypto/ossl.h"
#include "lib/crypto/rsa.h"
#include "lib/mem.h"
#include "lib/why.h"

#define BITS_MIN 360 /* IOS's range for our own keys */
#define BITS_MAX 4096
#define PEER_BITS_MIN 512 /* a peer's key: what OpenSSL verifies at all, and at a bearable cost */
#define PEER_BITS_MAX 8192

struct rsa_key {
	EVP_PKEY *pkey;
	uint8_t *spki;
	int spki_n;
};

/* Takes pkey, also when it is refused. */
static struct rsa_key *wrap(EVP_PKEY *pkey, int bits_min, int bits_max)
{
	struct rsa_key *k;

	ERR_clear_error(); /* decoders leave their failed attempts behind */
	if (!pkey)
		return NULL;
	if (EVP_PKEY_get_base_id(pkey) != EVP_PKEY_RSA || EVP_PKEY_get_bits(pkey) < bits_min ||
		EVP_PKEY_get_bits(pkey) > bits_max) {
		EVP_PKEY_free(pkey);
		return NULL;
	}
	k = mem_zalloc(sizeof(*k));
	k->pkey = pkey;
	k->spki_n = i2d_PUBKEY(pkey, &k->spki);
	if (k->spki_n > 0)
		return k;
	k->spki = NULL;
	rsa_free(k);
	return NULL;
}

struct rsa_key *rsa_generate(unsigned bits, struct why *why)
{
	struct rsa_key *k;

	if (bits < BITS_MIN || bits > BITS_MAX) {
		why_set(why, "a modulus of %u bits is outside %d to %d", bits, BITS_MIN, BITS_MAX);
		return NULL;
	}
	if (bits < PEER_BITS_MIN) {
		why_set(why, "a modulus of %u bits is too weak for OpenSSL, which makes 512 and more", bits);
		return NULL;
	}
	k = wrap(EVP_RSA_gen(bits), BITS_MIN, BITS_MAX);
	if (!k)
		why_set(why, "OpenSSL could not make an RSA key of %u bits", bits);
	return k;
}

struct rsa_key *rsa_from_der(struct bytes der)
{
	const uint8_t *p = der.p;
	EVP_PKEY *pkey = der.n && der.n <= 65536 ? d2i_PrivateKey(EVP_PKEY_RSA, NULL, &p, (long)der.n) : NULL;

	if (pkey && p != der.p + der.n) {
		EVP_PKEY_free(pkey);
		pkey = NULL;
	}
	return wrap(pkey, BITS_MIN, BITS_MAX);
}

bool rsa_to_der(const struct rsa_key *k, struct secret *out)
{
	int n = i2d_PrivateKey(k->pkey, NULL);
	uint8_t *p;

	*out = SECRET_NONE;
	if (n <= 0)
		return false;
	*out = secret_new((size_t)n);
	p = out->p;
	if (i2d_PrivateKey(k->pkey, &p) == n)
		return true;
	secret_free(out);
	return false;
}

struct rsa_key *rsa_public(struct bytes der)
{
	const uint8_t *p = der.p;
	EVP_PKEY *pkey;

	if (der.n == 0 || der.n > 4096)
		return NULL;
	pkey = d2i_PUBKEY(NULL, &p, (long)der.n);
	if (!pkey) {
		p = der.p;
		pkey = d2i_PublicKey(EVP_PKEY_RSA, NULL, &p, (long)der.n);
	}
	if (pkey && p != der.p + der.n) {
		EVP_PKEY_free(pkey);
		pkey = NULL;
	}
	return wrap(pkey, PEER_BITS_MIN, PEER_BITS_MAX);
}

struct rsa_key *rsa_dup(const struct rsa_key *k)
{
	struct rsa_key *d = mem_zalloc(sizeof(*d));

	EVP_PKEY_up_ref(k->pkey);
	d->pkey = k->pkey;
	d->spki_n = i2d_PUBKEY(d->pkey, &d->spki);
	return d;
}

void rsa_free(struct rsa_key *k)
{
	if (!k)
		return;
	EVP_PKEY_free(k->pkey);
	OPENSSL_free(k->spki);
	free(k);
}

unsigned rsa_bits(const struct rsa_key *k)
{
	return (unsigned)EVP_PKEY_get_bits(k->pkey);
}

struct bytes rsa_spki(const struct rsa_key *k)
{
	return k->spki_n > 0 ? bytes_of(k->spki, (size_t)k->spki_n) : BYTES_NONE;
}

bool rsa_same_public(const struct rsa_key *a, const struct rsa_key *b)
{
	return bytes_eq(rsa_spki(a), rsa_spki(b));
}

/* Without a digest set, OpenSSL pads (type 1) what it is given, which is the bare form. */
static EVP_PKEY_CTX *operation(
	const struct rsa_key *k, int (*init)(EVP_PKEY_CTX *), enum rsa_sig form, enum hash_id h)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, k->pkey, NULL);

	if (ctx && ossl_md(h) && init(ctx) == 1 &&
		EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PADDING) == 1 &&
		(form == RSA_SIG_RAW || EVP_PKEY_CTX_set_signature_md(ctx, ossl_md(h)) == 1))
		return ctx;
	EVP_PKEY_CTX_free(ctx);
	return NULL;
}

bool rsa_sign(const struct rsa_key *k, enum rsa_sig form, enum hash_id h, const uint8_t *digest, uint8_t *out,
	size_t *n)
{
	EVP_PKEY_CTX *ctx = operation(k, EVP_PKEY_sign_init, form, h);
	bool ok;

	*n = (size_t)EVP_PKEY_get_size(k->pkey);
	ok = ctx && EVP_PKEY_sign(ctx, out, n, digest, hash_alg(h)->size) == 1;
	EVP_PKEY_CTX_free(ctx);
	ERR_clear_error();
	return ok;
}

bool rsa_verify(
	const struct rsa_key *k, enum rsa_sig form, enum hash_id h, const uint8_t *digest, struct bytes sig)
{
	EVP_PKEY_CTX *ctx;
	bool ok;

	if (sig.n != (size_t)EVP_PKEY_get_size(k->pkey))
		return false;
	ctx = operation(k, EVP_PKEY_verify_init, form, h);
	ok = ctx && EVP_PKEY_verify(ctx, sig.p, sig.n, digest, hash_alg(h)->size) == 1;
	EVP_PKEY_CTX_free(ctx);
	ERR_clear_error();
	return ok;
}
