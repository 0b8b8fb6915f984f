/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lib/crypto/alg.h"

#define ROWS(a) (sizeof(a) / sizeof((a)[0]))

static const struct hash_alg hashes[HASH_MAX] = {
	[HASH_NONE] = { .ios = "none", .ios_long = "none", .show = "none" },
#define HASH(ID, IOS, LONG, SHOW, SIZE, IKE, SIG, OSSL)                                                        \
	[HASH_##ID] = { HASH_##ID, IOS, LONG, SHOW, SIZE, IKE, SIG },
#include "lib/crypto/alg.def"
};

static const struct cipher_alg ciphers[CIPHER_MAX] = {
	[CIPHER_NONE] = { .ios = "none", .ios_rekey = "none", .ios_long = "none", .show = "none" },
#define CIPHER(ID, IOS, REKEY, LONG, SHOW, KEY, BLOCK, IKE, KEK, SIZED, OSSL)                                  \
	[CIPHER_##ID] = { CIPHER_##ID, IOS, REKEY, LONG, SHOW, KEY, BLOCK, IKE, KEK, SIZED },
#include "lib/crypto/alg.def"
};

static const struct dh_alg groups[DH_MAX] = {
	[DH_NONE] = { .ios_long = "none" },
#define MODP(N, LONG, PUBLIC, SHARED, BITS) [DH_##N] = { DH_##N, N, LONG, PUBLIC, SHARED },
#define ECP(N, LONG, PUBLIC, SHARED, NID) [DH_##N] = { DH_##N, N, LONG, PUBLIC, SHARED },
#include "lib/crypto/alg.def"
};

static const struct esp_enc_alg encs[ESP_ENC_MAX] = {
	[ESP_ENC_NONE] = { .ios = "none", .show = "none", .xfrm = "none" },
#define ESPENC(ID, IOS, SHOW, TRANSFORM, BITS, KEY, IV, BLOCK, COMBINED, XFRM)                                 \
	[ESP_##ID] = { ESP_##ID, IOS, SHOW, TRANSFORM, BITS, KEY, IV, BLOCK, COMBINED, XFRM },
#include "lib/crypto/alg.def"
};

static const struct esp_auth_alg auths[ESP_AUTH_MAX] = {
	[ESP_AUTH_NONE] = { .ios = "none", .show = "none", .xfrm = "none" },
#define ESPAUTH(ID, IOS, AUTH, KEY, ICV, XFRM) [ESP_##ID] = { ESP_##ID, IOS, IOS, AUTH, KEY, ICV, XFRM },
#include "lib/crypto/alg.def"
};

/* An id that came out of a damaged struct must not index past the table. */
#define ROW(table, id) (&(table)[(unsigned)(id) < ROWS(table) ? (id) : 0])

const struct hash_alg *hash_alg(enum hash_id id)
{
	return ROW(hashes, id);
}

const struct cipher_alg *cipher_alg(enum cipher_id id)
{
	return ROW(ciphers, id);
}

const struct dh_alg *dh_alg(enum dh_id id)
{
	return ROW(groups, id);
}

const struct esp_enc_alg *esp_enc_alg(enum esp_enc id)
{
	return ROW(encs, id);
}

const struct esp_auth_alg *esp_auth_alg(enum esp_auth id)
{
	return ROW(auths, id);
}

enum hash_id hash_from_ike(uint32_t v)
{
	for (unsigned i = 1; i < HASH_MAX; i++)
		if (hashes[i].ike == v)
			return (enum hash_id)i;
	return HASH_NONE;
}

enum hash_id hash_from_sig(uint32_t v)
{
	for (unsigned i = 1; i < HASH_MAX; i++)
		if (hashes[i].sig_hash == v)
			return (enum hash_id)i;
	return HASH_NONE;
}

/* RFC 2409 appendix A: the key length goes with a cipher of variable key length and with no other. */
enum cipher_id cipher_from_ike(uint32_t v, uint32_t key_bits)
{
	for (unsigned i = 1; i < CIPHER_MAX; i++)
		if (ciphers[i].ike == v && key_bits == (ciphers[i].sized ? ciphers[i].key * 8u : 0))
			return (enum cipher_id)i;
	return CIPHER_NONE;
}

/* RFC 6407 section 5.3.3 demands the length for AES; with DES and 3DES it is redundant, and some send it. */
enum cipher_id cipher_from_kek(uint32_t v, uint32_t key_bits)
{
	for (unsigned i = 1; i < CIPHER_MAX; i++)
		if (ciphers[i].kek == v && (key_bits == ciphers[i].key * 8u || (key_bits == 0 && !ciphers[i].sized)))
			return (enum cipher_id)i;
	return CIPHER_NONE;
}

enum dh_id dh_from_number(uint32_t v)
{
	for (unsigned i = 1; i < DH_MAX; i++)
		if (groups[i].number == v)
			return (enum dh_id)i;
	return DH_NONE;
}

enum esp_enc esp_enc_from_wire(uint32_t transform, uint32_t key_bits)
{
	for (unsigned i = 1; i < ESP_ENC_MAX; i++) {
		const struct esp_enc_alg *a = &encs[i];

		if (a->transform == transform && (key_bits == a->key_bits || (!a->key_bits && key_bits == a->key * 8u)))
			return (enum esp_enc)i;
	}
	return ESP_ENC_NONE;
}

enum esp_auth esp_auth_from_wire(uint32_t v)
{
	for (unsigned i = 1; i < ESP_AUTH_MAX; i++)
		if (auths[i].auth == v)
			return (enum esp_auth)i;
	return ESP_AUTH_NONE;
}
