/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The PEM of 'crypto key export|import rsa': the old encrypted form (RFC 1421 headers, key = MD5 of
 * passphrase and IV). Written here because OpenSSL 3 has no DES-CBC outside its legacy provider, which IOS
 * files use.
 */
#include <stdlib.h>
#include <strings.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include "lib/crypto/cipher.h"
#include "lib/crypto/prf.h"
#include "lib/crypto/rsa.h"
#include "lib/text.h"
#include "lib/why.h"

#define SALT 8
#define MD5_SIZE 16
#define PEM_MAX 65536

struct dek {
	const char *ios, *name; /* 'crypto key export' keyword, DEK-Info */
	enum cipher_id cipher;
};

static const struct dek deks[] = {
	{ "3des", "DES-EDE3-CBC", CIPHER_3DES },
	{ "des", "DES-CBC", CIPHER_DES },
	{ "aes", "AES-128-CBC", CIPHER_AES128 },
	{ NULL, "AES-192-CBC", CIPHER_AES192 },
	{ NULL, "AES-256-CBC", CIPHER_AES256 },
};

static const struct dek *find_dek(const char *name, size_t n)
{
	for (unsigned i = 0; i < sizeof(deks) / sizeof(deks[0]); i++) {
		if (deks[i].ios && strlen(deks[i].ios) == n && !strncasecmp(deks[i].ios, name, n))
			return &deks[i];
		if (strlen(deks[i].name) == n && !strncasecmp(deks[i].name, name, n))
			return &deks[i];
	}
	return NULL;
}

/* K = MD5(pass | salt) | MD5(K1 | pass | salt) ..., cut to n octets. */
static bool derive(const char *pass, const uint8_t *salt, uint8_t *key, size_t n)
{
	uint8_t k[CIPHER_KEY_MAX + MD5_SIZE];
	size_t have = 0;
	bool ok = n <= CIPHER_KEY_MAX;

	while (ok && have < n) {
		struct bytes parts[] = { bytes_of(have ? k + have - MD5_SIZE : k, have ? MD5_SIZE : 0),
			bytes_str(pass), bytes_of(salt, SALT) };

		ok = hash_parts(HASH_MD5, parts, 3, k + have);
		have += MD5_SIZE;
	}
	if (ok)
		memcpy(key, k, n);
	secret_cleanse(k, sizeof(k));
	return ok;
}

static void add_base64(struct text *out, struct bytes data)
{
	char line[65];

	for (size_t at = 0; at < data.n; at += 48) {
		size_t n = data.n - at < 48 ? data.n - at : 48;

		EVP_EncodeBlock((unsigned char *)line, data.p + at, (int)n);
		text_printf(out, "%s\n", line);
	}
}

static bool add_public(const struct rsa_key *k, struct text *pub)
{
	text_add(pub, "-----BEGIN PUBLIC KEY-----\n");
	add_base64(pub, rsa_spki(k));
	text_add(pub, "-----END PUBLIC KEY-----\n");
	return true;
}

static bool add_private(const struct dek *d, const char *pass, struct secret *der, struct text *priv)
{
	const struct cipher_alg *a = cipher_alg(d->cipher);
	size_t pad = a->block - der->n % a->block;
	struct secret padded = secret_new(der->n + pad);
	uint8_t iv[CIPHER_BLOCK_MAX], key[CIPHER_KEY_MAX];
	bool ok;

	memcpy(padded.p, der->p, der->n);
	memset(padded.p + der->n, (int)pad, pad);
	ok = RAND_bytes(iv, sizeof(iv)) == 1 && derive(pass, iv, key, a->key) &&
	     cbc_encrypt(d->cipher, bytes_of(key, a->key), iv, padded.p, padded.p, padded.n, NULL);
	if (ok) {
		text_printf(priv, "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: %s,",
			d->name);
		text_hex(priv, bytes_of(iv, a->block));
		text_add(priv, "\n\n");
		add_base64(priv, secret_bytes(&padded));
		text_add(priv, "-----END RSA PRIVATE KEY-----\n");
	}
	secret_cleanse(key, sizeof(key));
	secret_free(&padded);
	return ok;
}

bool rsa_export_pem(const struct rsa_key *k, const char *cipher, const char *passphrase, struct text *pub,
	struct text *priv, struct why *why)
{
	const struct dek *d = find_dek(cipher, strlen(cipher));
	struct secret der;
	bool ok;

	if (!d)
		return why_set(why, "no such cipher: %s", cipher);
	if (!rsa_to_der(k, &der))
		return why_set(why, "the key has no private part");
	ok = add_private(d, passphrase, &der, priv) && add_public(k, pub);
	secret_free(&der);
	return ok ? true : why_set(why, "OpenSSL could not encrypt the key");
}

/* "DEK-Info: NAME,HEX" of the headers. */
static const struct dek *dek_info(const char *headers, uint8_t *iv)
{
	const char *p = strstr(headers, "DEK-Info: "), *comma;
	const struct dek *d;

	if (!p)
		return NULL;
	p += strlen("DEK-Info: ");
	comma = strchr(p, ',');
	d = comma ? find_dek(p, (size_t)(comma - p)) : NULL;
	if (!d)
		return NULL;
	for (unsigned i = 0; i < cipher_alg(d->cipher)->block; i++) {
		char two[3] = { 0 }, *end;

		if (!comma[1 + 2 * i] || !comma[2 + 2 * i])
			return NULL;
		memcpy(two, comma + 1 + 2 * i, 2);
		iv[i] = (uint8_t)strtoul(two, &end, 16);
		if (*end)
			return NULL;
	}
	return d;
}

/* In place; the length without the padding, 0 when the padding is wrong (as with a wrong passphrase). */
static size_t decrypt(const struct dek *d, const char *pass, const uint8_t *iv, uint8_t *data, size_t n)
{
	const struct cipher_alg *a = cipher_alg(d->cipher);
	uint8_t key[CIPHER_KEY_MAX];
	bool ok = n && derive(pass, iv, key, a->key) &&
		  cbc_decrypt(d->cipher, bytes_of(key, a->key), iv, data, data, n, NULL);
	uint8_t pad = ok ? data[n - 1] : 0;

	secret_cleanse(key, sizeof(key));
	if (!ok || pad == 0 || pad > a->block)
		return 0;
	for (size_t i = n - pad; i < n; i++)
		if (data[i] != pad)
			return 0;
	return n - pad;
}

static struct rsa_key *from_traditional(
	const char *headers, const char *pass, uint8_t *data, size_t n, struct why *why)
{
	uint8_t iv[CIPHER_BLOCK_MAX];
	const struct dek *d;
	struct rsa_key *k;

	if (strstr(headers, "ENCRYPTED")) {
		d = dek_info(headers, iv);
		if (!d) {
			why_set(why, "the key is encrypted in a way not known here (DEK-Info)");
			return NULL;
		}
		n = decrypt(d, pass, iv, data, n);
		k = n ? rsa_from_der(bytes_of(data, n)) : NULL;
		if (!k)
			why_set(why, "wrong passphrase, or the key is damaged");
		return k;
	}
	k = rsa_from_der(bytes_of(data, n));
	if (!k)
		why_set(why, "the key is damaged, or not an RSA key of 360 to 4096 bits");
	return k;
}

/* PKCS#8 without encryption: rewritten as PKCS#1. */
static struct rsa_key *from_pkcs8(const uint8_t *data, size_t n, struct why *why)
{
	const uint8_t *p = data;
	EVP_PKEY *pkey = d2i_AutoPrivateKey(NULL, &p, (long)n);
	struct rsa_key *k = NULL;
	uint8_t *der = NULL;
	int size = pkey && EVP_PKEY_get_base_id(pkey) == EVP_PKEY_RSA ? i2d_PrivateKey(pkey, &der) : 0;

	if (size > 0) {
		k = rsa_from_der(bytes_of(der, (size_t)size));
		OPENSSL_clear_free(der, (size_t)size);
	}
	if (!k)
		why_set(why, "the key is damaged, or not an RSA key of 360 to 4096 bits");
	EVP_PKEY_free(pkey);
	return k;
}

struct rsa_key *rsa_import_pem(const char *priv, const char *passphrase, struct why *why)
{
	char *name = NULL, *headers = NULL;
	unsigned char *data = NULL;
	struct rsa_key *k = NULL;
	long n = 0;
	BIO *bio = strlen(priv) <= PEM_MAX ? BIO_new_mem_buf(priv, -1) : NULL;

	if (!bio || PEM_read_bio(bio, &name, &headers, &data, &n) != 1) {
		why_set(why, "no PEM text found");
	} else if (!strcmp(name, PEM_STRING_RSA)) {
		k = from_traditional(headers, passphrase, data, (size_t)n, why);
	} else if (!strcmp(name, PEM_STRING_PKCS8INF)) {
		k = from_pkcs8(data, (size_t)n, why);
	} else if (!strcmp(name, PEM_STRING_PKCS8)) {
		/* Its iteration count is the file's to choose, and would stop the loop. */
		why_set(why, "encrypted PKCS#8 is not taken: rewrite the key with 'openssl rsa -traditional "
			     "-des3'");
	} else {
		why_set(why, "the text is a %.40s, not a private key", name);
	}
	OPENSSL_free(name);
	OPENSSL_free(headers);
	OPENSSL_clear_free(data, (size_t)n);
	BIO_free(bio);
	ERR_clear_error();
	return k;
}
