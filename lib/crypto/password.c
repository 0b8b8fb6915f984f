/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <crypt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <openssl/evp.h>
#include "lib/crypto/ossl.h"
#include "lib/crypto/password.h"
#include "lib/mem.h"
#include "lib/rng.h"
#include "lib/secret.h"

#define SALT 14     /* characters, of types 8 and 9; used as they stand */
#define SALT5_MAX 8 /* md5-crypt; IOS makes 4 */
#define DIGEST 32
#define TEXT43 43 /* 32 octets in base 64 without padding */
#define TEXT22 22 /* what md5-crypt prints */
#define CLEAR_MAX 255
#define PBKDF2_ROUNDS 20000
#define SCRYPT_N 16384

static const char alphabet[] = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/* Type 7's key, public since 1995. */
static const char vigenere[] = "dsfd;kfoA,.iyewrkldJKDHSUBsgvca69834ncxv9873254k;fg87";
#define VIGENERE (sizeof(vigenere) - 1)
#define OFFSETS 16 /* where IOS begins */

static void draw_salt(struct rng *rng, char *salt, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		salt[i] = alphabet[rng_below(rng, 64)];
	salt[n] = '\0';
}

/* Most significant bits first, unlike crypt's own base 64. */
static void encode43(const uint8_t *in, char *out)
{
	unsigned bits = 0, have = 0, n = 0;

	for (unsigned i = 0; i < DIGEST; i++) {
		bits = (bits << 8 | in[i]) & 0xffff;
		for (have += 8; have >= 6; have -= 6)
			out[n++] = alphabet[bits >> (have - 6) & 63];
	}
	out[n++] = alphabet[bits << (6 - have) & 63];
	out[n] = '\0';
}

static bool derive(int type, const char *clear, const char *salt, char *out)
{
	const uint8_t *s = (const uint8_t *)salt;
	uint8_t digest[DIGEST];
	bool ok;

	if (type == 8)
		ok = PKCS5_PBKDF2_HMAC(clear, (int)strlen(clear), s, SALT, PBKDF2_ROUNDS,
			     ossl_md(HASH_SHA256), DIGEST, digest) == 1;
	else
		ok = EVP_PBE_scrypt(clear, strlen(clear), s, SALT, SCRYPT_N, 1, 1, 0, digest, DIGEST) == 1;
	if (ok)
		encode43(digest, out);
	secret_cleanse(digest, sizeof(digest));
	return ok;
}

/* setting: "$1$salt" with or without what follows. */
static bool md5_crypt(const char *clear, const char *setting, char *out)
{
	struct crypt_data *d = mem_zalloc(sizeof(*d)); /* 32 KiB: not for the stack */
	const char *s = crypt_r(clear, setting, d);
	bool ok = s && !strncmp(s, "$1$", 3) && strlen(s) < PASSWORD_HASH;

	if (ok)
		memcpy(out, s, strlen(s) + 1);
	secret_cleanse(d, sizeof(*d));
	free(d);
	return ok;
}

bool password_hash(struct rng *rng, int type, const char *clear, char *out)
{
	char salt[SALT + 1], setting[8], text[TEXT43 + 1];

	if (strlen(clear) > CLEAR_MAX)
		return false;
	switch (type) {
	case 5:
		draw_salt(rng, salt, 4);
		snprintf(setting, sizeof(setting), "$1$%.4s", salt);
		return md5_crypt(clear, setting, out);
	case 8:
	case 9:
		draw_salt(rng, salt, SALT);
		if (!derive(type, clear, salt, text))
			return false;
		snprintf(out, PASSWORD_HASH, "$%d$%s$%s", type, salt, text);
		return true;
	default:
		return false;
	}
}

bool password_hash_valid(int type, const char *text)
{
	size_t salt, digest;
	char prefix[4] = "$0$";

	if (type != 5 && type != 8 && type != 9)
		return false;
	prefix[1] = type == 5 ? '1' : (char)('0' + type);
	if (strncmp(text, prefix, 3) != 0)
		return false;
	salt = strspn(text + 3, alphabet);
	if (text[3 + salt] != '$' || (type == 5 ? salt < 1 || salt > SALT5_MAX : salt != SALT))
		return false;
	text += 3 + salt + 1;
	digest = strspn(text, alphabet);
	return text[digest] == '\0' && digest == (type == 5 ? TEXT22 : TEXT43);
}

bool password_check(const char *hash, const char *clear)
{
	int type = hash[0] == '$' ? (hash[1] == '1' ? 5 : hash[1] - '0') : 0;
	char again[PASSWORD_HASH] = "", text[TEXT43 + 1], salt[SALT + 1];
	bool ok;

	if (strlen(clear) > CLEAR_MAX || !password_hash_valid(type, hash))
		return false;
	if (type == 5) {
		ok = md5_crypt(clear, hash, again);
	} else {
		memcpy(salt, hash + 3, SALT);
		salt[SALT] = '\0';
		ok = derive(type, clear, salt, text);
		if (ok)
			snprintf(again, sizeof(again), "$%d$%s$%s", type, salt, text);
	}
	return ok && secret_eq(bytes_str(again), bytes_str(hash));
}

bool password_encode7(struct rng *rng, const char *clear, char *out, size_t out_size)
{
	unsigned offset = (unsigned)rng_below(rng, OFFSETS);
	size_t n = strlen(clear);

	if (out_size < 2 * n + 3)
		return false;
	out += snprintf(out, 3, "%02u", offset);
	for (size_t i = 0; i < n; i++)
		out += snprintf(out, 3, "%02X", (uint8_t)(clear[i] ^ vigenere[(offset + i) % VIGENERE]));
	return true;
}

static int hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool decode7(const char *text, size_t n, char *out)
{
	unsigned offset;

	if (text[0] < '0' || text[0] > '9' || text[1] < '0' || text[1] > '9')
		return false;
	offset = (unsigned)((text[0] - '0') * 10 + (text[1] - '0'));
	if (offset >= VIGENERE)
		return false;
	for (size_t i = 0; i < n; i++) {
		int high = hex(text[2 + 2 * i]), low = hex(text[3 + 2 * i]);

		if (high < 0 || low < 0)
			return false;
		out[i] = (char)((high << 4 | low) ^ vigenere[(offset + i) % VIGENERE]);
		if (out[i] == '\0')
			return false;
	}
	out[n] = '\0';
	return true;
}

bool password_decode7(const char *text, char *out, size_t out_size)
{
	size_t n = strlen(text);

	if (n < 2 || n % 2 || out_size < n / 2)
		return false;
	if (decode7(text, n / 2 - 1, out))
		return true;
	secret_cleanse(out, out_size);
	out[0] = '\0';
	return false;
}
