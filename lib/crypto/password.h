/* SPDX-License-Identifier: GPL-3.0-or-later */
/* IOS's password types: 5 (md5-crypt), 7 (obfuscation, not encryption), 8 (PBKDF2-SHA-256), 9 (scrypt). */
#pragma once
#include <stdbool.h>
#include <stddef.h>

struct rng;

#define PASSWORD_HASH 96

/* Makes "$9$salt$hash" (type 9) or "$8$...", "$5..."; type is 5, 8 or 9. out has PASSWORD_HASH octets. */
bool password_hash(struct rng *rng, int type, const char *clear, char *out);
/* Checks against "$1$", "$8$" or "$9$" in constant time. Slow on purpose (5 to 60 ms): the caller limits
 * attempts. */
bool password_check(const char *hash, const char *clear);
/* Whether text is a well-formed hash of that type (5, 8, 9). */
bool password_hash_valid(int type, const char *text);
/* Type 7, both ways. out_size at least 2 * strlen + 4 (encode); strlen / 2 (decode). False on a malformed
 * text. */
bool password_encode7(struct rng *rng, const char *clear, char *out, size_t out_size);
bool password_decode7(const char *text, char *out, size_t out_size);
