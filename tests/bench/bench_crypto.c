/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the bare operations cost on this machine: the ceilings of 'make bench'. "name nanoseconds" per line,
 * CPU time. dh*, rsa* and so on are lib/crypto's, which stand directly on OpenSSL's primitives; evp_* is the
 * same through EVP_PKEY and EVP_MAC, for comparison.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include "lib/crypto/cipher.h"
#include "lib/crypto/dh.h"
#include "lib/crypto/prf.h"
#include "lib/crypto/rsa.h"
#include "lib/secret.h"

#define MIN_NS 300e6 /* of each measurement */

static void must(bool ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "bench_crypto: %s failed\n", what);
	exit(1);
}

static double cpu_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static void measure(const char *name, void (*op)(void *arg), void *arg)
{
	double start, spent = 0;
	unsigned long n = 0, batch = 1;

	op(arg); /* fetches, tables, caches */
	start = cpu_ns();
	while (spent < MIN_NS) {
		for (unsigned long i = 0; i < batch; i++)
			op(arg);
		n += batch;
		batch *= 2;
		spent = cpu_ns() - start;
	}
	printf("%s %.0f\n", name, spent / (double)n);
}

static void op_hmac(void *arg)
{
	static const uint8_t key[32], body[200];
	struct bytes part = BYTES_OF(body);
	uint8_t out[32];

	must(prf_parts(HASH_SHA256, BYTES_OF(key), &part, 1, out), "HMAC");
}

static void op_evp_hmac(void *arg)
{
	static const uint8_t key[32], body[200];
	uint8_t out[64];
	size_t n;

	must(EVP_Q_mac(NULL, "HMAC", NULL, "SHA256", NULL, key, sizeof(key), body, sizeof(body), out,
		     sizeof(out), &n) != NULL,
		"EVP_Q_mac");
}

static void op_cbc(void *arg)
{
	static const uint8_t key[32], iv[16], body[256];
	uint8_t out[256];

	must(cbc_encrypt(CIPHER_AES256, BYTES_OF(key), iv, body, out, sizeof(out), NULL), "AES-CBC");
}

static void op_secret(void *arg)
{
	struct secret s = secret_new(32);

	secret_free(&s);
}

static void op_keygen(void *arg)
{
	struct dh *d = dh_new(*(enum dh_id *)arg);

	must(d != NULL, "dh_new");
	dh_free(d);
}

static void op_derive(void *arg)
{
	struct dh **pair = arg;
	struct secret s;

	must(dh_shared(pair[0], dh_public(pair[1]), &s), "dh_shared");
	secret_free(&s);
}

static void bench_dh(unsigned number)
{
	enum dh_id id = dh_from_number(number);
	struct dh *pair[2] = { dh_new(id), dh_new(id) };
	char name[40];

	must(pair[0] && pair[1], "dh_new");
	snprintf(name, sizeof(name), "dh%u_keygen_ns", number);
	measure(name, op_keygen, &id);
	snprintf(name, sizeof(name), "dh%u_derive_ns", number);
	measure(name, op_derive, pair);
	dh_free(pair[0]);
	dh_free(pair[1]);
}

/* The same through EVP_PKEY. */
struct evp {
	const char *type, *group;
	EVP_PKEY *pair[2];
};

static EVP_PKEY *evp_key(const struct evp *e)
{
	EVP_PKEY_CTX *c = EVP_PKEY_CTX_new_from_name(NULL, e->type, NULL);
	char group[20];
	OSSL_PARAM params[] = { OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group, 0),
		OSSL_PARAM_construct_end() };
	EVP_PKEY *k = NULL;

	snprintf(group, sizeof(group), "%s", e->group);
	must(c && EVP_PKEY_keygen_init(c) == 1 && EVP_PKEY_CTX_set_params(c, params) == 1 &&
			EVP_PKEY_generate(c, &k) == 1,
		"EVP_PKEY_generate");
	EVP_PKEY_CTX_free(c);
	return k;
}

static void op_evp_keygen(void *arg)
{
	EVP_PKEY_free(evp_key(arg));
}

static void op_evp_derive(void *arg)
{
	struct evp *e = arg;
	EVP_PKEY_CTX *c = EVP_PKEY_CTX_new_from_pkey(NULL, e->pair[0], NULL);
	uint8_t out[512];
	size_t n = sizeof(out);

	must(c && EVP_PKEY_derive_init(c) == 1 && EVP_PKEY_derive_set_peer_ex(c, e->pair[1], 0) == 1 &&
			EVP_PKEY_derive(c, out, &n) == 1,
		"EVP_PKEY_derive");
	EVP_PKEY_CTX_free(c);
}

static void bench_evp(const char *name, const char *type, const char *group)
{
	struct evp e = { .type = type, .group = group };
	char line[40];

	e.pair[0] = evp_key(&e);
	e.pair[1] = evp_key(&e);
	snprintf(line, sizeof(line), "evp_%s_keygen_ns", name);
	measure(line, op_evp_keygen, &e);
	snprintf(line, sizeof(line), "evp_%s_derive_ns", name);
	measure(line, op_evp_derive, &e);
	EVP_PKEY_free(e.pair[0]);
	EVP_PKEY_free(e.pair[1]);
}

static void op_sign(void *arg)
{
	static const uint8_t digest[32];
	uint8_t out[256];
	size_t n;

	must(rsa_sign(arg, RSA_SIG_PKCS1, HASH_SHA256, digest, out, &n), "RSA sign");
}

struct signed_digest {
	struct rsa_key *key;
	uint8_t sig[256];
	size_t n;
};

static void op_verify(void *arg)
{
	static const uint8_t digest[32];
	struct signed_digest *s = arg;

	must(rsa_verify(s->key, RSA_SIG_PKCS1, HASH_SHA256, digest, bytes_of(s->sig, s->n)), "RSA verify");
}

static void bench_rsa(void)
{
	static const uint8_t digest[32];
	struct signed_digest s = { .key = rsa_generate(2048, NULL) };

	must(s.key && rsa_sign(s.key, RSA_SIG_PKCS1, HASH_SHA256, digest, s.sig, &s.n), "RSA");
	measure("rsa2048_sign_ns", op_sign, s.key);
	measure("rsa2048_verify_ns", op_verify, &s);
	rsa_free(s.key);
}

int main(void)
{
	secret_heap_init(1 << 20);
	measure("hmac_sha256_200_ns", op_hmac, NULL);
	measure("evp_hmac_sha256_200_ns", op_evp_hmac, NULL);
	measure("aes256_cbc_256_ns", op_cbc, NULL);
	measure("secret_32_ns", op_secret, NULL);
	bench_dh(14);
	bench_dh(19);
	bench_evp("dh14", "DH", "modp_2048");
	bench_evp("dh19", "EC", "P-256");
	bench_rsa();
	return 0;
}
