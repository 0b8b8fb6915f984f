/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * HMAC is put together here from two hashes: OpenSSL 3's EVP_MAC spends three times the cost of the hashing
 * on its parameters and context copies, and a registration takes some twenty of them.
 */
#include <string.h>
#include "lib/crypto/ossl.h"
#include "lib/crypto/prf.h"
#include "lib/secret.h"

#define BLOCK_MAX 128

static unsigned block_size(enum hash_id h)
{
	return h == HASH_SHA384 || h == HASH_SHA512 ? 128 : 64;
}

/* The context is back in its initial state after, whatever happens. */
static bool finish(EVP_MD_CTX *ctx, bool ok, uint8_t *out)
{
	ok = ok && EVP_DigestFinal_ex(ctx, out, NULL) == 1;
	return ossl_md_rearm(ctx) && ok;
}

static bool update(EVP_MD_CTX *ctx, const struct bytes *parts, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		if (parts[i].n && EVP_DigestUpdate(ctx, parts[i].p, parts[i].n) != 1)
			return false;
	return true;
}

bool hash_parts(enum hash_id h, const struct bytes *parts, unsigned n, uint8_t *out)
{
	EVP_MD_CTX *ctx = ossl_md_ctx(h);

	return ctx && finish(ctx, update(ctx, parts, n), out);
}

static bool pad_and(EVP_MD_CTX *ctx, const uint8_t *key, uint8_t with, unsigned block,
	const struct bytes *parts, unsigned n, uint8_t *out)
{
	uint8_t pad[BLOCK_MAX];
	bool ok;

	for (unsigned i = 0; i < block; i++)
		pad[i] = key[i] ^ with;
	ok = EVP_DigestUpdate(ctx, pad, block) == 1;
	secret_cleanse(pad, sizeof(pad));
	return finish(ctx, ok && update(ctx, parts, n), out);
}

bool prf_parts(enum hash_id h, struct bytes key, const struct bytes *parts, unsigned n, uint8_t *out)
{
	EVP_MD_CTX *ctx = ossl_md_ctx(h);
	uint8_t k[BLOCK_MAX] = { 0 }, inner[HASH_SIZE_MAX];
	unsigned block = block_size(h);
	struct bytes digest;
	bool ok = true;

	if (!ctx)
		return false;
	if (key.n > block) /* RFC 2104 section 2 */
		ok = hash_parts(h, &key, 1, k);
	else if (key.n)
		memcpy(k, key.p, key.n);
	digest = bytes_of(inner, hash_alg(h)->size);
	ok = ok && pad_and(ctx, k, 0x36, block, parts, n, inner) &&
	     pad_and(ctx, k, 0x5c, block, &digest, 1, out);
	secret_cleanse(k, sizeof(k));
	secret_cleanse(inner, sizeof(inner));
	return ok;
}

bool hkdf(enum hash_id h, struct bytes secret, struct bytes salt, struct bytes info, uint8_t *out, size_t n)
{
	uint8_t prk[HASH_SIZE_MAX], t[HASH_SIZE_MAX], i = 0;
	size_t size = hash_alg(h)->size, have = 0;
	bool ok;

	if (!size || n > 255 * size)
		return false;
	ok = prf_parts(h, salt, &secret, 1, prk); /* no salt: zeros, and HMAC pads an empty key with zeros */
	while (ok && have < n) {
		size_t take = n - have < size ? n - have : size;

		i++;
		ok = prf_parts(h, bytes_of(prk, size),
			(struct bytes[]){ bytes_of(t, have ? size : 0), info, bytes_of(&i, 1) }, 3, t);
		if (ok)
			memcpy(out + have, t, take);
		have += take;
	}
	secret_cleanse(prk, sizeof(prk));
	secret_cleanse(t, sizeof(t));
	return ok;
}
