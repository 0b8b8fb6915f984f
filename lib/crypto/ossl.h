/* SPDX-License-Identifier: GPL-3.0-or-later */
/* lib/crypto's own: OpenSSL's algorithms fetched once, and contexts kept per thread. */
#pragma once
#include <openssl/evp.h>
#include "lib/crypto/alg.h"

/* NULL when this OpenSSL (or its policy) has none. Never freed. */
const EVP_MD *ossl_md(enum hash_id h);
const EVP_CIPHER *ossl_cipher(enum cipher_id c);
const EVP_CIPHER *ossl_aes256_gcm(void);
/* This thread's context, ready for EVP_DigestUpdate; leave it so (ossl_md_rearm after Final). NULL: as
 * ossl_md(). */
EVP_MD_CTX *ossl_md_ctx(enum hash_id h);
/* Puts a used context back into its initial state, which wipes what it holds of the message. */
bool ossl_md_rearm(EVP_MD_CTX *ctx);
/* This thread's context of the cipher, its cipher set, its key not. */
EVP_CIPHER_CTX *ossl_cipher_ctx(enum cipher_id c);
