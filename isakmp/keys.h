/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Keys, hashes and IVs of phase 1 (RFC 2409 sections 5, 5.4 and appendix B), as functions of octets. */
#pragma once
#include "lib/secret.h"
#include "lib/crypto/alg.h"

struct isakmp_inputs {		/* what both sides know when message 4 has come */
	enum cipher_id encr;
	enum hash_id hash;
	struct bytes psk, ni, nr, gxy, icookie, rcookie;
};

struct isakmp_keys {
	struct secret skeyid;	/* authenticates phase 1 itself; not needed after it */
	struct secret sa;	/* SKEYID_a (hash size octets), then the cipher's key */
};

/* False when OpenSSL cannot; out is then empty. */
bool isakmp_derive(const struct isakmp_inputs *in, struct isakmp_keys *out);
void isakmp_keys_free(struct isakmp_keys *k);

struct isakmp_hash_inputs {	/* HASH_I: own = initiator; HASH_R: own = responder */
	struct bytes own_ke, peer_ke, own_cookie, peer_cookie;
	struct bytes sai, id;	/* SAi_b, IDii_b or IDir_b */
};

/* out: hash size octets. */
bool isakmp_auth_hash(
	enum hash_id h, const struct secret *skeyid, const struct isakmp_hash_inputs *in, uint8_t *out);
/* IV of message 5; iv has CIPHER_BLOCK_MAX octets in all three. */
bool isakmp_first_iv(enum hash_id h, struct bytes gxi, struct bytes gxr, uint8_t *iv);
/* IV of the first message of an exchange: last is the last block of phase 1, block octets. */
bool isakmp_exchange_iv(enum hash_id h, const uint8_t *last, size_t block, uint32_t msgid, uint8_t *iv);
