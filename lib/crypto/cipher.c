/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <limits.h>
#include <openssl/rand.h>
#include "lib/crypto/cipher.h"
#include "lib/crypto/ossl.h"
#include "lib/secret.h"

#define NONCE 12
#define TAG 16

/* Single DES is EDE with the one key three times. */
static const uint8_t *openssl_key(enum cipher_id c, struct bytes key, uint8_t *buf)
{
	if (c != CIPHER_DES)
		return key.p;
	for (unsigned i = 0; i < 3; i++)
		memcpy(buf + 8 * i, key.p, 8);
	return buf;
}

static bool cbc(enum cipher_id c, struct bytes key, const uint8_t *iv, const uint8_t *in, uint8_t *out,
	size_t n, bool enc)
{
	static const uint8_t none[CIPHER_KEY_MAX];
	const struct cipher_alg *a = cipher_alg(c);
	EVP_CIPHER_CTX *ctx;
	uint8_t triple[24];
	int done = 0;
	bool ok;

	if (!a->key || key.n != a->key || n % a->block || n > INT_MAX)
		return false;
	ctx = ossl_cipher_ctx(c);
	if (!ctx)
		return false;
	ok = EVP_CipherInit_ex2(ctx, NULL, openssl_key(c, key, triple), iv, enc, NULL) == 1 &&
	     EVP_CIPHER_CTX_set_padding(ctx, 0) == 1 &&
	     (n == 0 || (EVP_CipherUpdate(ctx, out, &done, in, (int)n) == 1 && done == (int)n));
	/* The context stays with the thread; the key schedule must not. */
	EVP_CipherInit_ex2(ctx, NULL, none, none, 1, NULL);
	secret_cleanse(triple, sizeof(triple));
	return ok;
}

bool cbc_encrypt(enum cipher_id c, struct bytes key, const uint8_t *iv, const uint8_t *in, uint8_t *out,
	size_t n, uint8_t *next_iv)
{
	unsigned block = cipher_alg(c)->block;

	if (!cbc(c, key, iv, in, out, n, true))
		return false;
	if (next_iv)
		memmove(next_iv, n ? out + n - block : iv, block);
	return true;
}

bool cbc_decrypt(enum cipher_id c, struct bytes key, const uint8_t *iv, const uint8_t *in, uint8_t *out,
	size_t n, uint8_t *next_iv)
{
	unsigned block = cipher_alg(c)->block;
	uint8_t last[CIPHER_BLOCK_MAX]; /* before in == out overwrites it */

	if (n % (block ? block : 1) || n < block)
		memcpy(last, iv, block);
	else
		memcpy(last, in + n - block, block);
	if (!cbc(c, key, iv, in, out, n, false))
		return false;
	if (next_iv)
		memcpy(next_iv, last, block);
	return true;
}

static bool gcm(EVP_CIPHER_CTX *ctx, const uint8_t *key, const uint8_t *nonce, bool enc, struct bytes aad)
{
	int n;

	return ctx && EVP_CipherInit_ex2(ctx, ossl_aes256_gcm(), key, nonce, enc, NULL) == 1 &&
	       (aad.n == 0 || EVP_CipherUpdate(ctx, NULL, &n, aad.p, (int)aad.n) == 1);
}

bool seal(struct bytes key, struct bytes aad, struct bytes plain, uint8_t *out)
{
	EVP_CIPHER_CTX *ctx;
	int n = 0, end = 0;
	bool ok;

	if (key.n != 32 || plain.n > INT_MAX - SEAL_OVERHEAD || aad.n > INT_MAX ||
		RAND_bytes(out, NONCE) != 1)
		return false;
	ctx = EVP_CIPHER_CTX_new();
	ok = gcm(ctx, key.p, out, true, aad) &&
	     (plain.n == 0 || EVP_CipherUpdate(ctx, out + NONCE, &n, plain.p, (int)plain.n) == 1) &&
	     EVP_CipherFinal_ex(ctx, out + NONCE + n, &end) == 1 &&
	     EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, TAG, out + NONCE + plain.n) == 1;
	EVP_CIPHER_CTX_free(ctx);
	return ok;
}

bool unseal(struct bytes key, struct bytes aad, struct bytes in, uint8_t *out)
{
	EVP_CIPHER_CTX *ctx;
	uint8_t tag[TAG];
	int n = 0, end = 0;
	size_t size;
	bool ok;

	if (key.n != 32 || in.n < SEAL_OVERHEAD || in.n > INT_MAX || aad.n > INT_MAX)
		return false;
	size = in.n - SEAL_OVERHEAD;
	memcpy(tag, in.p + NONCE + size, TAG);
	ctx = EVP_CIPHER_CTX_new();
	ok = gcm(ctx, key.p, in.p, false, aad) &&
	     (size == 0 || EVP_CipherUpdate(ctx, out, &n, in.p + NONCE, (int)size) == 1) &&
	     EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, TAG, tag) == 1 &&
	     EVP_CipherFinal_ex(ctx, out + n, &end) == 1;
	EVP_CIPHER_CTX_free(ctx);
	if (!ok && size)
		secret_cleanse(out, size);
	return ok;
}
