/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The algorithms in one table (alg.def): IOS name, numbers on each wire, OpenSSL and XFRM names, key lengths.
 * Nothing else in the tree spells an algorithm's number or name.
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum hash_id { HASH_NONE, HASH_MD5, HASH_SHA1, HASH_SHA256, HASH_SHA384, HASH_SHA512, HASH_MAX };
enum cipher_id {
	CIPHER_NONE,
	CIPHER_DES,
	CIPHER_3DES,
	CIPHER_AES128,
	CIPHER_AES192,
	CIPHER_AES256,
	CIPHER_MAX
};
enum dh_id { DH_NONE, DH_1, DH_2, DH_5, DH_14, DH_15, DH_16, DH_19, DH_20, DH_21, DH_24, DH_MAX };

#define HASH_SIZE_MAX 64
#define CIPHER_BLOCK_MAX 16
#define CIPHER_KEY_MAX 32

struct hash_alg {
	enum hash_id id;
	const char *ios;      /* "sha256" (isakmp policy, rekey sig-hash) */
	const char *ios_long; /* "Secure Hash Standard 2 (256 bit)" */
	const char *show;     /* "HMAC_AUTH_SHA256" (show crypto gdoi, KEK POLICY) */
	uint8_t size;         /* octets */
	uint16_t ike;         /* RFC 2409 hash attribute; 0: none */
	uint16_t sig_hash;    /* RFC 6407 SIG_HASH_ALGORITHM; 0: none */
};

struct cipher_alg {
	enum cipher_id id;
	const char *ios;       /* "aes 256", "3des": isakmp policy; rekey algorithm uses ios_rekey */
	const char *ios_rekey; /* "aes 256", "3des-cbc" */
	const char *ios_long;  /* "AES - Advanced Encryption Standard (256 bit keys)." */
	const char *show;      /* "AES", "3DES" */
	uint8_t key, block;    /* octets */
	uint16_t ike;          /* RFC 2409 encryption attribute */
	uint16_t kek;          /* RFC 6407 KEK_ALGORITHM */
	bool sized;            /* the key length attribute must go with it */
};

struct dh_alg {
	enum dh_id id;
	uint16_t number;      /* 14 */
	const char *ios_long; /* "#14 (2048 bit)" */
	uint16_t public_size; /* octets of the KE payload body */
	uint16_t shared_size; /* octets of g^xy */
};

/* ESP encryption and integrity (sa ipsec's transforms). */
enum esp_enc {
	ESP_ENC_NONE,
	ESP_NULL,
	ESP_DES,
	ESP_3DES,
	ESP_AES128,
	ESP_AES192,
	ESP_AES256,
	ESP_GCM128,
	ESP_GCM192,
	ESP_GCM256,
	ESP_GMAC128,
	ESP_GMAC192,
	ESP_GMAC256,
	ESP_ENC_MAX
};
enum esp_auth { ESP_AUTH_NONE, ESP_MD5, ESP_SHA1, ESP_SHA256, ESP_SHA384, ESP_SHA512, ESP_AUTH_MAX };

struct esp_enc_alg {
	enum esp_enc id;
	const char *ios;   /* "esp-aes 256", "esp-gcm" */
	const char *show;  /* "esp-256-aes", "esp-aes" (128), "esp-gcm 256" */
	uint8_t transform; /* RFC 2407 ESP transform id */
	uint16_t key_bits; /* of the key length attribute; 0: not sent */
	uint8_t key;       /* octets of TEK_ALGORITHM_KEY, salt included */
	uint8_t iv, block; /* octets */
	bool combined;     /* GCM, GMAC: no integrity algorithm beside it */
	const char *xfrm;  /* "cbc(aes)", "rfc4106(gcm(aes))" */
};

struct esp_auth_alg {
	enum esp_auth id;
	const char *ios;  /* "esp-sha256-hmac" */
	const char *show; /* the same */
	uint8_t auth;     /* RFC 2407 authentication algorithm */
	uint8_t key, icv; /* octets */
	const char *xfrm; /* "hmac(sha256)" */
};

/* By id; never NULL for an id of the enum (NONE gives a row of zeros with name "none"). */
const struct hash_alg *hash_alg(enum hash_id id);
const struct cipher_alg *cipher_alg(enum cipher_id id);
const struct dh_alg *dh_alg(enum dh_id id);
const struct esp_enc_alg *esp_enc_alg(enum esp_enc id);
const struct esp_auth_alg *esp_auth_alg(enum esp_auth id);

/* By number on the wire; *_NONE when it is none of ours. key_bits 0: the attribute was absent. */
enum hash_id hash_from_ike(uint32_t v);
enum hash_id hash_from_sig(uint32_t v);
enum cipher_id cipher_from_ike(uint32_t v, uint32_t key_bits);
enum cipher_id cipher_from_kek(uint32_t v, uint32_t key_bits);
enum dh_id dh_from_number(uint32_t v);
enum esp_enc esp_enc_from_wire(uint32_t transform, uint32_t key_bits);
enum esp_auth esp_auth_from_wire(uint32_t v);
