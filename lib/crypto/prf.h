/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Hash, HMAC and the derivations made of them. Contexts are kept and reused: registering 8,000 members is
 * mostly this. */
#pragma once
#include "lib/bytes.h"
#include "lib/crypto/alg.h"

/* out gets hash_alg(h)->size octets of the hash of the parts put together. False when this OpenSSL cannot. */
bool hash_parts(enum hash_id h, const struct bytes *parts, unsigned n, uint8_t *out);
/* prf(key, parts) = HMAC (RFC 2409 section 4). A key of 0 octets is allowed. */
bool prf_parts(enum hash_id h, struct bytes key, const struct bytes *parts, unsigned n, uint8_t *out);
/* RFC 5869. n at most 255 * hash size. */
bool hkdf(enum hash_id h, struct bytes secret, struct bytes salt, struct bytes info, uint8_t *out, size_t n);
