/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sources: FIPS 180-4 ("abc"), RFC 2202 and RFC 4231 (case 2), NIST SP 800-38A section F.2; key agreement and signatures by pairs. */
#include <stdio.h>
#include "lib/crypto/cipher.h"
#include "lib/crypto/dh.h"
#include "lib/crypto/prf.h"
#include "lib/crypto/rsa.h"
#include "lib/crypto/selftest.h"
#include "lib/text.h"
#include "lib/why.h"

static const struct {
	enum hash_id id;
	const char *hash, *hmac;
} hashes[] = {
	{ HASH_MD5, "900150983cd24fb0d6963f7d28e17f72", "750c783e6ab0b503eaa86e310a5db738" },
	{ HASH_SHA1, "a9993e364706816aba3e25717850c26c9cd0d89d", "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79" },
	{ HASH_SHA256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
		"5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843" },
	{ HASH_SHA384, "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7",
		"af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e8e2240ca5e69e2c78b3239ecfab21649" },
	{ HASH_SHA512, "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
		"2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
		"164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554"
		"9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737" },
};

#define NIST_IV "000102030405060708090a0b0c0d0e0f"
#define NIST_PLAIN "6bc1bee22e409f96e93d7e117393172a"
static const struct {
	enum cipher_id id;
	const char *key, *iv, *plain, *cipher;
} ciphers[] = {
	{ CIPHER_3DES, "000102030405060708090a0b0c0d0e0f1011121314151617", "0000000000000000", "30313233343536373839616263646566",
		"e51a5963a7a171ef37cad92a8ab7c894" },
	{ CIPHER_AES128, "2b7e151628aed2a6abf7158809cf4f3c", NIST_IV, NIST_PLAIN, "7649abac8119b246cee98e9b12e9197d" },
	{ CIPHER_AES192, "8e73b0f7da0e6452c810f32b809079e562f8ead2522c6b7b", NIST_IV, NIST_PLAIN, "4f021db243bc633d7178183a9fa071e8" },
	{ CIPHER_AES256, "603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4", NIST_IV, NIST_PLAIN,
		"f58c4c04d6e5f1ba779eabfb5f7bfbd6" },
};

static size_t unhex(const char *s, uint8_t *out)
{
	size_t n = 0;
	unsigned v;

	for (; sscanf(s, "%2x", &v) == 1; s += 2)
		out[n++] = (uint8_t)v;
	return n;
}

static bool verdict(struct text *out, const char *what, bool ok)
{
	text_printf(out, "  %-52s %s\n", what, ok ? "passed" : "FAILED");
	return ok;
}

static bool check_hash(struct text *out, enum hash_id id, const char *hash, const char *hmac)
{
	const struct bytes abc = bytes_str("abc"), data = bytes_str("what do ya want for nothing?");
	uint8_t want[HASH_SIZE_MAX], got[HASH_SIZE_MAX];
	size_t n = unhex(hash, want);
	bool ok = hash_parts(id, &abc, 1, got) && memcmp(want, got, n) == 0;

	unhex(hmac, want);
	ok = ok && prf_parts(id, bytes_str("Jefe"), &data, 1, got) && memcmp(want, got, n) == 0;
	return verdict(out, hash_alg(id)->ios_long, ok);
}

static bool check_cipher(struct text *out, size_t i)
{
	uint8_t key[CIPHER_KEY_MAX], iv[CIPHER_BLOCK_MAX], plain[16], want[16], got[16], back[16], next[CIPHER_BLOCK_MAX];
	struct bytes k = bytes_of(key, unhex(ciphers[i].key, key));
	bool ok;

	unhex(ciphers[i].iv, iv);
	unhex(ciphers[i].plain, plain);
	unhex(ciphers[i].cipher, want);
	ok = cbc_encrypt(ciphers[i].id, k, iv, plain, got, sizeof(got), next) && memcmp(want, got, sizeof(got)) == 0 &&
	     cbc_decrypt(ciphers[i].id, k, iv, got, back, sizeof(back), next) && memcmp(plain, back, sizeof(back)) == 0;
	return verdict(out, cipher_alg(ciphers[i].id)->ios_long, ok);
}

static bool check_dh(struct text *out, enum dh_id id)
{
	struct dh *a = dh_new(id), *b = dh_new(id);
	struct secret x = { 0 }, y = { 0 };
	char what[64];
	bool ok = a && b && dh_shared(a, dh_public(b), &x) && dh_shared(b, dh_public(a), &y) && x.n == y.n && memcmp(x.p, y.p, x.n) == 0;

	secret_free(&x);
	secret_free(&y);
	dh_free(a);
	dh_free(b);
	snprintf(what, sizeof(what), "Diffie-Hellman %s", dh_alg(id)->ios_long);
	return verdict(out, what, ok);
}

static bool check_rsa(struct text *out)
{
	uint8_t digest[HASH_SIZE_MAX], sig[256];
	const struct bytes abc = bytes_str("abc");
	struct why why;
	struct rsa_key *k = rsa_generate(2048, &why);
	size_t n = 0;
	bool ok = k && hash_parts(HASH_SHA256, &abc, 1, digest) && rsa_sign(k, RSA_SIG_PKCS1, HASH_SHA256, digest, sig, &n) &&
		rsa_verify(k, RSA_SIG_PKCS1, HASH_SHA256, digest, bytes_of(sig, n));

	digest[0] ^= 1;
	ok = ok && !rsa_verify(k, RSA_SIG_PKCS1, HASH_SHA256, digest, bytes_of(sig, n));
	rsa_free(k);
	return verdict(out, "RSA signature (2048 bit)", ok);
}

bool crypto_selftest(struct text *out)
{
	bool ok = true;

	for (size_t i = 0; i < sizeof(hashes) / sizeof(hashes[0]); i++)
		ok &= check_hash(out, hashes[i].id, hashes[i].hash, hashes[i].hmac);
	for (size_t i = 0; i < sizeof(ciphers) / sizeof(ciphers[0]); i++)
		ok &= check_cipher(out, i);
	for (enum dh_id id = DH_1; id < DH_MAX; id++)
		ok &= check_dh(out, id);
	return check_rsa(out) && ok;
}
