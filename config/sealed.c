/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>
#include "config/config.h"
#include "config/sealed.h"
#include "lib/crypto/cipher.h"
#include "lib/crypto/prf.h"
#include "lib/mem.h"
#include "lib/text.h"
#include "lib/why.h"
#include "lib/wire.h"

#define VERSION 1
#define SUM 8
#define FLAG_EXPORTABLE 1

static void sum(struct bytes of, uint8_t out[SUM])
{
	uint8_t digest[HASH_SIZE_MAX] = { 0 };

	hash_parts(HASH_SHA256, &of, 1, digest);
	memcpy(out, digest, SUM);
	secret_cleanse(digest, sizeof(digest));
}

static void header(uint8_t out[SEALED_HEADER], const char *magic, struct bytes body)
{
	struct wr w = wr_init(out, SEALED_HEADER);

	wr_bytes(&w, bytes_of(magic, 4));
	wr_u16(&w, VERSION);
	wr_u16(&w, 0);
	sum(body, out + 8);
}

/* The body, none with why when the header or the sum is wrong. */
static struct bytes checked(struct bytes file, const char *magic, struct why *why)
{
	struct rd r = rd_init(file);
	struct bytes m = rd_bytes(&r, 4), stored, body;
	unsigned version = rd_u16(&r);
	uint8_t computed[SUM];

	rd_u16(&r);
	stored = rd_bytes(&r, SUM);
	body = rd_rest(&r);
	if (!rd_ok(&r) || !bytes_eq(m, bytes_of(magic, 4))) {
		why_set(why, "is damaged: it does not begin as it should");
		return BYTES_NONE;
	}
	if (version != VERSION) {
		why_set(why, "has format version %u; this program knows version %d", version, VERSION);
		return BYTES_NONE;
	}
	sum(body, computed);
	if (!bytes_eq(stored, BYTES_OF(computed))) {
		why_set(why, "is damaged: its checksum is wrong");
		return BYTES_NONE;
	}
	return body;
}

bool sealed_open(
	struct bytes file, const char *name, struct bytes master, struct secret *out, struct why *why)
{
	struct bytes body = checked(file, "GXSF", why);

	*out = SECRET_NONE;
	if (!body.p)
		return false;
	if (body.n < SEAL_OVERHEAD)
		return why_set(why, "is damaged: it is too short");
	*out = secret_new(body.n - SEAL_OVERHEAD);
	if (unseal(master, bytes_str(name), body, out->p))
		return true;
	secret_free(out);
	return why_set(why, "was not sealed with the key in " MASTER_FILE);
}

bool sealed_make(struct bytes plain, const char *name, struct bytes master, uint8_t *out, struct why *why)
{
	uint8_t *body = out + SEALED_HEADER;

	if (!seal(master, bytes_str(name), plain, body))
		return why_set(why, "could not be encrypted");
	header(out, "GXSF", bytes_of(body, plain.n + SEAL_OVERHEAD));
	return true;
}

bool master_open(struct bytes file, struct secret *out, struct why *why)
{
	struct bytes body = checked(file, "GXMK", why);

	*out = SECRET_NONE;
	if (!body.p)
		return false;
	if (body.n != MASTER_KEY)
		return why_set(why, "is damaged: its length is wrong");
	*out = secret_copy(body);
	return true;
}

bool master_make(struct bytes key, uint8_t out[SEALED_HEADER + MASTER_KEY])
{
	if (key.n != MASTER_KEY)
		return false;
	header(out, "GXMK", key);
	memcpy(out + SEALED_HEADER, key.p, MASTER_KEY);
	return true;
}

/* The list. */

static unsigned lower(const struct key_list *l, const char *label)
{
	unsigned i = 0;

	while (i < l->count && strcmp(l->key[i]->label, label) < 0)
		i++;
	return i;
}

struct config_rsa *key_list_find(const struct key_list *l, const char *label)
{
	unsigned i = lower(l, label);

	return i < l->count && !strcmp(l->key[i]->label, label) ? l->key[i] : NULL;
}

void key_list_put(struct key_list *l, const char *label, struct rsa_key *k, bool exportable, uint64_t made)
{
	struct config_rsa *e = key_list_find(l, label);
	unsigned i = lower(l, label);

	if (!e) {
		if (l->count == l->cap) {
			l->cap = l->cap ? l->cap * 2 : 4;
			l->key = mem_realloc(l->key, l->cap * sizeof(struct config_rsa *));
		}
		memmove(l->key + i + 1, l->key + i, (l->count - i) * sizeof(struct config_rsa *));
		e = l->key[i] = mem_zalloc(sizeof(*e));
		str_copy(e->label, sizeof(e->label), label);
		l->count++;
	}
	if (e->key != k)
		rsa_free(e->key);
	e->key = k;
	e->exportable = exportable;
	e->made = made;
}

bool key_list_del(struct key_list *l, const char *label)
{
	struct config_rsa *e = key_list_find(l, label);
	unsigned i = lower(l, label);

	if (!e)
		return false;
	rsa_free(e->key);
	free(e);
	l->count--;
	memmove(l->key + i, l->key + i + 1, (l->count - i) * sizeof(struct config_rsa *));
	return true;
}

void key_list_free(struct key_list *l)
{
	for (unsigned i = 0; i < l->count; i++) {
		rsa_free(l->key[i]->key);
		free(l->key[i]);
	}
	free(l->key);
	*l = (struct key_list){ NULL, 0, 0 };
}

bool key_list_encode(const struct key_list *l, struct secret *out, struct why *why)
{
	struct secret buf;
	struct wr w;
	bool ok = true;

	*out = SECRET_NONE;
	if (l->count > KEY_LIST_MAX)
		return why_set(why, "there are more than %d RSA keys", KEY_LIST_MAX);
	buf = secret_new(2 + l->count * (size_t)(4096 + 128));
	w = wr_init(buf.p, buf.n);
	wr_u16(&w, (uint16_t)l->count);
	for (unsigned i = 0; ok && i < l->count; i++) {
		const struct config_rsa *e = l->key[i];
		struct secret der;

		ok = rsa_to_der(e->key, &der);
		if (!ok)
			break;
		wr_u8(&w, (uint8_t)strlen(e->label));
		wr_bytes(&w, bytes_str(e->label));
		wr_u8(&w, e->exportable ? FLAG_EXPORTABLE : 0);
		wr_u64(&w, e->made);
		wr_u16(&w, (uint16_t)der.n);
		wr_bytes(&w, secret_bytes(&der));
		secret_free(&der);
	}
	ok = ok && wr_ok(&w);
	if (ok)
		*out = secret_copy(wr_done(&w));
	secret_free(&buf);
	return ok ? true : why_set(why, "an RSA key could not be encoded");
}

static bool decode_one(struct rd *r, struct key_list *l, struct why *why)
{
	struct bytes label = rd_bytes(r, rd_u8(r));
	uint8_t flags = rd_u8(r);
	uint64_t made = rd_u64(r);
	struct bytes der = rd_bytes(r, rd_u16(r));
	char name[sizeof(((struct config_rsa *)0)->label)] = "";
	struct rsa_key *k;

	if (!rd_ok(r) || label.n == 0 || label.n >= sizeof(name) || memchr(label.p, 0, label.n))
		return why_set(why, "is damaged: a key's entry does not fit");
	memcpy(name, label.p, label.n);
	if (key_list_find(l, name))
		return why_set(why, "is damaged: two keys have one name");
	k = rsa_from_der(der);
	if (!k)
		return why_set(why, "is damaged: RSA key '%s' cannot be read", name);
	key_list_put(l, name, k, flags & FLAG_EXPORTABLE, made);
	return true;
}

bool key_list_decode(struct bytes plain, struct key_list *l, struct why *why)
{
	struct rd r = rd_init(plain);
	unsigned count = rd_u16(&r);
	bool ok = count <= KEY_LIST_MAX || why_set(why, "is damaged: it claims %u keys", count);

	*l = (struct key_list){ NULL, 0, 0 };
	for (unsigned i = 0; ok && i < count; i++)
		ok = decode_one(&r, l, why);
	if (ok && !rd_end(&r))
		ok = why_set(why, "is damaged: its length is wrong");
	if (!ok)
		key_list_free(l);
	return ok;
}
