/* SPDX-License-Identifier: GPL-3.0-or-later */
/* CBC for IKE and rekeys, AES-256-GCM for files. */
#pragma once
#include "lib/bytes.h"
#include "lib/crypto/alg.h"

/*
 * CBC without padding: n is a multiple of the block, iv one block, key of the cipher's length; in == out is
 * allowed. next_iv (may be NULL, may be iv) gets the last ciphertext block. False on wrong lengths or an
 * OpenSSL refusal.
 */
bool cbc_encrypt(enum cipher_id c, struct bytes key, const uint8_t *iv, const uint8_t *in, uint8_t *out,
	size_t n, uint8_t *next_iv);
bool cbc_decrypt(enum cipher_id c, struct bytes key, const uint8_t *iv, const uint8_t *in, uint8_t *out,
	size_t n, uint8_t *next_iv);

/* AES-256-GCM with a random 12-octet nonce in front and the 16-octet tag behind: out has n + 28 octets.
 * key: 32. */
bool seal(struct bytes key, struct bytes aad, struct bytes plain, uint8_t *out);
/* in.n - 28 octets to out; false (out cleansed) when the tag is wrong. */
bool unseal(struct bytes key, struct bytes aad, struct bytes in, uint8_t *out);
#define SEAL_OVERHEAD 28
