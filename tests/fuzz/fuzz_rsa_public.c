/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A public key as a KD payload brings it, and (first octet odd) a private key in PEM as an operator pastes
 * it. */
#include <stdlib.h>
#include "lib/crypto/rsa.h"
#include "lib/text.h"
#include "lib/why.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool ok)
{
	if (!ok)
		abort();
}

static void fuzz_public(struct bytes in)
{
	static uint8_t sig[1024], digest[HASH_SIZE_MAX];
	struct rsa_key *k = rsa_public(in), *again;

	if (!k)
		return;
	check(rsa_bits(k) >= 512 && rsa_bits(k) <= 8192);
	again = rsa_public(rsa_spki(k));
	check(again && rsa_same_public(k, again));
	rsa_verify(k, RSA_SIG_PKCS1, HASH_SHA256, digest, bytes_of(sig, (rsa_bits(k) + 7) / 8));
	rsa_verify(k, RSA_SIG_RAW, HASH_SHA256, digest, bytes_of(sig, (rsa_bits(k) + 7) / 8));
	rsa_free(k);
	rsa_free(again);
}

static void fuzz_pem(struct bytes in)
{
	char *s = malloc(in.n + 1);
	struct why why = { "" };
	struct rsa_key *k;

	check(s != NULL);
	memcpy(s, in.p, in.n);
	s[in.n] = '\0';
	k = rsa_import_pem(s, "passphrase1", &why);
	check(k || why.text[0] != '\0');
	rsa_free(k);
	free(s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (!size)
		return 0;
	if (data[0] & 1)
		fuzz_pem(bytes_of(data + 1, size - 1));
	else
		fuzz_public(bytes_of(data + 1, size - 1));
	return 0;
}
