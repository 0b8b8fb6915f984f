/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * An implicit fetch costs more than the hash of a packet, and so does a new context: both are done once, the
 * contexts per thread because the workers hash too.
 */
#include <pthread.h>
#include <stdlib.h>
#include "lib/crypto/ossl.h"

static EVP_MD *mds[HASH_MAX];
static EVP_CIPHER *ciphers[CIPHER_MAX], *gcm;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_key_t key;

struct contexts {
	EVP_MD_CTX *md[HASH_MAX];
	EVP_CIPHER_CTX *cipher[CIPHER_MAX];
};

static __thread struct contexts *mine;

static void contexts_free(void *arg)
{
	struct contexts *c = arg;

	for (unsigned i = 0; i < HASH_MAX; i++)
		EVP_MD_CTX_free(c->md[i]);
	for (unsigned i = 0; i < CIPHER_MAX; i++)
		EVP_CIPHER_CTX_free(c->cipher[i]);
	free(c);
	mine = NULL;
}

static void fetch(void)
{
#define HASH(ID, IOS, LONG, SHOW, SIZE, IKE, SIG, OSSL) mds[HASH_##ID] = EVP_MD_fetch(NULL, OSSL, NULL);
#define CIPHER(ID, IOS, REKEY, LONG, SHOW, KEY, BLOCK, IKE, KEK, SIZED, OSSL)                                \
	ciphers[CIPHER_##ID] = EVP_CIPHER_fetch(NULL, OSSL, NULL);
#include "lib/crypto/alg.def"
	gcm = EVP_CIPHER_fetch(NULL, "AES-256-GCM", NULL);
	pthread_key_create(&key, contexts_free);
}

const EVP_MD *ossl_md(enum hash_id h)
{
	pthread_once(&once, fetch);
	return (unsigned)h < HASH_MAX ? mds[h] : NULL;
}

const EVP_CIPHER *ossl_cipher(enum cipher_id c)
{
	pthread_once(&once, fetch);
	return (unsigned)c < CIPHER_MAX ? ciphers[c] : NULL;
}

const EVP_CIPHER *ossl_aes256_gcm(void)
{
	pthread_once(&once, fetch);
	return gcm;
}

static struct contexts *contexts(void)
{
	if (!mine) {
		mine = calloc(1, sizeof(*mine));
		pthread_once(&once, fetch);
		pthread_setspecific(key, mine);
	}
	return mine;
}

bool ossl_md_rearm(EVP_MD_CTX *ctx)
{
	return EVP_DigestInit_ex2(ctx, NULL, NULL) == 1;
}

EVP_MD_CTX *ossl_md_ctx(enum hash_id h)
{
	struct contexts *c = contexts();
	const EVP_MD *md;

	if (!c || (unsigned)h >= HASH_MAX)
		return NULL;
	if (c->md[h])
		return c->md[h];
	md = ossl_md(h);
	if (!md)
		return NULL;
	c->md[h] = EVP_MD_CTX_new();
	if (c->md[h] && EVP_DigestInit_ex2(c->md[h], md, NULL) != 1) {
		EVP_MD_CTX_free(c->md[h]);
		c->md[h] = NULL;
	}
	return c->md[h];
}

EVP_CIPHER_CTX *ossl_cipher_ctx(enum cipher_id id)
{
	struct contexts *c = contexts();
	const EVP_CIPHER *cipher;

	if (!c || (unsigned)id >= CIPHER_MAX)
		return NULL;
	if (c->cipher[id])
		return c->cipher[id];
	cipher = ossl_cipher(id);
	if (!cipher)
		return NULL;
	c->cipher[id] = EVP_CIPHER_CTX_new();
	if (c->cipher[id] && EVP_CipherInit_ex2(c->cipher[id], cipher, NULL, NULL, 1, NULL) != 1) {
		EVP_CIPHER_CTX_free(c->cipher[id]);
		c->cipher[id] = NULL;
	}
	return c->cipher[id];
}
