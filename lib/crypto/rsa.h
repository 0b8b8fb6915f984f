/* SPDX-License-Identifier: GPL-3.0-or-later */
/* RSA keys: those of 'crypto key generate rsa' (rekey signature, host key). */
#pragma once
#include "lib/secret.h"
#include "lib/crypto/alg.h"

struct rsa_key;
struct text;
struct why;

/* bits 360 to 4096 (IOS's range); slow, for a pool worker. OpenSSL refuses under 512. */
struct rsa_key *rsa_generate(unsigned bits, struct why *why);
/* Private key as PKCS#1 DER (for private-config), and back. */
struct rsa_key *rsa_from_der(struct bytes der);
bool rsa_to_der(const struct rsa_key *k, struct secret *out);
/* PEM as IOS exports it: public key, and private key encrypted with 3des, des or aes (or DEK-Info's
 * DES-EDE3-CBC, DES-CBC, AES-128-CBC). Import takes that form, with AES-192/256-CBC or no encryption too, and
 * plain PKCS#8. */
bool rsa_export_pem(const struct rsa_key *k, const char *cipher, const char *passphrase, struct text *pub,
	struct text *priv, struct why *why);
struct rsa_key *rsa_import_pem(const char *priv, const char *passphrase, struct why *why);
/* A public key: DER SubjectPublicKeyInfo, or PKCS#1 RSAPublicKey (gdoi-wire table 0 row 11). NULL when
 * neither. */
struct rsa_key *rsa_public(struct bytes der);
struct rsa_key *rsa_dup(const struct rsa_key *k);
void rsa_free(struct rsa_key *k);
unsigned rsa_bits(const struct rsa_key *k);
/* DER SubjectPublicKeyInfo; valid while k is. */
struct bytes rsa_spki(const struct rsa_key *k);
bool rsa_same_public(const struct rsa_key *a, const struct rsa_key *b);

enum rsa_sig {
	RSA_SIG_PKCS1, /* EMSA-PKCS1-v1_5 with DigestInfo (RFC 6407 section 5.3.6.1) */
	RSA_SIG_RAW,   /* type-1 padding over the bare digest (gdoid; IKEv1 SIG_I) */
};
/* digest: hash_alg(h)->size octets. out: rsa_bits/8 octets. A private operation: for a pool worker. */
bool rsa_sign(const struct rsa_key *k, enum rsa_sig form, enum hash_id h, const uint8_t *digest, uint8_t *out,
	size_t *n);
bool rsa_verify(
	const struct rsa_key *k, enum rsa_sig form, enum hash_id h, const uint8_t *digest, struct bytes sig);
