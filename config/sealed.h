/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * config/'s own: the files under the master key, as pure functions of octets.
 * Sealed file: "GXSF" | version(2) = 1 | zero(2) | SHA-256 of the rest, 8 octets | nonce, ciphertext, tag
 * (lib/crypto/cipher.h). The file's name is authenticated with it, so that one sealed file cannot stand in
 * for another. Master key: "GXMK" | version(2) = 1 | zero(2) | SHA-256 of the key, 8 octets | key(32).
 */
#pragma once
#include "lib/secret.h"
#include "lib/crypto/rsa.h"

struct config_rsa;

#define SEALED_HEADER 16
#define MASTER_KEY 32
#define MASTER_FILE "master-key"
#define PRIVATE_FILE "private-config"
#define KEY_LIST_MAX 1000	/* more are neither written nor read */

/* False with why, worded to follow "DIR/NAME: ". */
bool sealed_open(
	struct bytes file, const char *name, struct bytes master, struct secret *out, struct why *why);
/* out has plain.n + SEALED_HEADER + SEAL_OVERHEAD octets. */
bool sealed_make(struct bytes plain, const char *name, struct bytes master, uint8_t *out, struct why *why);
/* The two parts of master-key. */
bool master_open(struct bytes file, struct secret *out, struct why *why);
bool master_make(struct bytes key, uint8_t out[SEALED_HEADER + MASTER_KEY]);

/* RSA keys by label, ascending: what private-config holds. */
struct key_list {
	struct config_rsa **key;
	unsigned count, cap;
};

void key_list_free(struct key_list *l);
struct config_rsa *key_list_find(const struct key_list *l, const char *label);
/* Takes k; replaces one of the same label. */
void key_list_put(struct key_list *l, const char *label, struct rsa_key *k, bool exportable, uint64_t made);
bool key_list_del(struct key_list *l, const char *label);
/* The plain text of private-config: count(2), then per key label-length(1) label flags(1) made(8) length(2)
 * PKCS#1 DER. */
bool key_list_encode(const struct key_list *l, struct secret *out, struct why *why);
bool key_list_decode(struct bytes plain, struct key_list *l, struct why *why);
