/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>
#include "config/cfg.h"
#include "config/config.h"
#include "config/sealed.h"
#include "lib/crypto/cipher.h"
#include "lib/mem.h"
#include "lib/rng.h"
#include "lib/store.h"
#include "lib/text.h"
#include "lib/why.h"

#define STARTUP_FILE "startup-config"

struct subscriber {
	unsigned handle; /* 0: gone */
	void (*fn)(void *arg, enum config_event ev);
	void *arg;
};

struct config {
	struct cfg *cfg;
	struct store *nvram;
	struct subscriber *sub;
	unsigned nsub, capsub, last_handle;
	unsigned held, telling;
	bool pending_changed, pending_closed;
	bool dirty;
	struct key_list keys;
};

struct config *config_new(struct store *nvram)
{
	struct config *c = mem_zalloc(sizeof(*c));

	c->cfg = cfg_new();
	c->nvram = nvram;
	return c;
}

void config_free(struct config *c)
{
	if (!c)
		return;
	cfg_free(c->cfg);
	key_list_free(&c->keys);
	free(c->sub);
	free(c);
}

struct cfg *config_running(struct config *c)
{
	return c->cfg;
}

struct store *config_nvram(struct config *c)
{
	return c->nvram;
}

/* Subscribers. */

unsigned config_subscribe(struct config *c, void (*fn)(void *arg, enum config_event ev), void *arg)
{
	if (c->nsub == c->capsub) {
		c->capsub = c->capsub ? c->capsub * 2 : 8;
		c->sub = mem_realloc(c->sub, c->capsub * sizeof(*c->sub));
	}
	c->sub[c->nsub++] = (struct subscriber){ ++c->last_handle, fn, arg };
	return c->last_handle;
}

/* Those that went away during a round of telling stay as holes until it is over. */
static void sweep(struct config *c)
{
	unsigned kept = 0;

	if (c->telling)
		return;
	for (unsigned i = 0; i < c->nsub; i++)
		if (c->sub[i].handle)
			c->sub[kept++] = c->sub[i];
	c->nsub = kept;
}

void config_unsubscribe(struct config *c, unsigned handle)
{
	for (unsigned i = 0; handle && i < c->nsub; i++)
		if (c->sub[i].handle == handle)
			c->sub[i].handle = 0;
	sweep(c);
}

static void tell(struct config *c, enum config_event ev)
{
	unsigned n = c->nsub; /* who subscribes meanwhile hears of the next event */

	c->telling++;
	for (unsigned i = 0; i < n; i++) {
		struct subscriber s = c->sub[i];

		if (s.handle)
			s.fn(s.arg, ev);
	}
	c->telling--;
	sweep(c);
}

void config_changed(struct config *c)
{
	if (c->held) {
		c->pending_changed = true;
		return;
	}
	c->dirty = true;
	tell(c, CONFIG_CHANGED);
}

void config_closed(struct config *c)
{
	if (c->held)
		c->pending_closed = true;
	else
		tell(c, CONFIG_CLOSED);
}

void config_hold(struct config *c)
{
	c->held++;
}

void config_release(struct config *c)
{
	bool changed, closed;

	if (c->held == 0 || --c->held > 0)
		return;
	changed = c->pending_changed;
	closed = c->pending_closed;
	c->pending_changed = c->pending_closed = false;
	if (changed)
		tell(c, CONFIG_CHANGED);
	if (closed)
		tell(c, CONFIG_CLOSED);
}

bool config_dirty(const struct config *c)
{
	return c->dirty;
}

/* startup-config */

bool config_load_text(struct config *c, struct text *out, bool *missing, struct why *why)
{
	bool none = false, ok = store_read(c->nvram, STARTUP_FILE, out, &none, why);

	if (missing)
		*missing = none;
	return ok || none;
}

bool config_save_text(struct config *c, struct bytes text, struct why *why)
{
	if (!store_write(c->nvram, STARTUP_FILE, text, why))
		return false;
	c->dirty = false;
	return true;
}

/* Sealed files. */

static bool wrong(const struct config *c, const char *name, const struct why *inner, struct why *why)
{
	return why_set(why, "%s/%s %s", store_dir(c->nvram), name, inner->text);
}

static void text_wipe(struct text *t)
{
	if (t->s)
		secret_cleanse(t->s, t->cap);
	text_free(t);
}

static struct bytes text_bytes(const struct text *t)
{
	return bytes_of(t->s, t->n);
}

/* Read each time: the file on disk, not a copy in memory, decides what can be opened after a restart. */
static bool master_read(struct config *c, struct secret *out, bool *missing, struct why *why)
{
	struct text t = TEXT_EMPTY;
	struct why inner;
	bool ok;

	*out = SECRET_NONE;
	ok = store_read(c->nvram, MASTER_FILE, &t, missing, why);
	if (ok && !master_open(text_bytes(&t), out, &inner))
		ok = wrong(c, MASTER_FILE, &inner, why);
	text_wipe(&t);
	return ok;
}

static bool master_create(struct config *c, struct secret *out, struct why *why)
{
	uint8_t file[SEALED_HEADER + MASTER_KEY];
	struct rng *rng = rng_new_system(); /* a lasting key is never a simulation's */
	bool ok;

	*out = secret_new(MASTER_KEY);
	rng_bytes(rng, out->p, out->n);
	rng_free(rng);
	ok = master_make(secret_bytes(out), file) && store_write(c->nvram, MASTER_FILE, BYTES_OF(file), why);
	secret_cleanse(file, sizeof(file));
	if (!ok)
		secret_free(out);
	return ok;
}

bool config_seal_read(struct config *c, const char *name, struct secret *out, bool *missing, struct why *why)
{
	struct text t = TEXT_EMPTY;
	bool none = false, no_master = false, ok;
	struct secret key;
	struct why inner;

	*out = SECRET_NONE;
	ok = store_read(c->nvram, name, &t, &none, why);
	if (missing)
		*missing = none;
	if (!ok) {
		text_free(&t);
		return none;
	}
	if (!master_read(c, &key, &no_master, why)) {
		text_free(&t);
		return no_master ? why_set(why, "%s/%s cannot be opened: %s is missing", store_dir(c->nvram),
					   name, MASTER_FILE)
				 : false;
	}
	ok = sealed_open(text_bytes(&t), name, secret_bytes(&key), out, &inner);
	secret_free(&key);
	text_free(&t);
	return ok ? true : wrong(c, name, &inner, why);
}

/* What is there and cannot be opened may be all that is left of somebody's keys: it is never written over. */
static bool may_replace(struct config *c, const char *name, struct why *why)
{
	struct secret old;
	struct why inner;
	bool missing, ok = config_seal_read(c, name, &old, &missing, &inner);

	secret_free(&old);
	return ok ? true : why_set(why, "not saved: %s; remove the file first", inner.text);
}

bool config_seal_write(struct config *c, const char *name, struct bytes plain, struct why *why)
{
	size_t n = plain.n + SEALED_HEADER + SEAL_OVERHEAD;
	bool no_master = false, ok;
	struct secret key;
	uint8_t *file;

	if (!may_replace(c, name, why))
		return false;
	if (!master_read(c, &key, &no_master, why) && !(no_master && master_create(c, &key, why)))
		return false;
	file = mem_zalloc(n);
	ok = sealed_make(plain, name, secret_bytes(&key), file, why) &&
	     store_write(c->nvram, name, bytes_of(file, n), why);
	free(file);
	secret_free(&key);
	return ok;
}

/* private-config */

bool config_keys_load(struct config *c, struct why *why)
{
	struct key_list keys;
	struct secret plain;
	struct why inner;
	bool missing, ok;

	if (!config_seal_read(c, PRIVATE_FILE, &plain, &missing, why))
		return false;
	if (missing)
		return true;
	ok = key_list_decode(secret_bytes(&plain), &keys, &inner);
	secret_free(&plain);
	if (!ok)
		return wrong(c, PRIVATE_FILE, &inner, why);
	key_list_free(&c->keys);
	c->keys = keys;
	return true;
}

/* A file that opens but does not decode is not written over either. */
static bool keys_save(struct config *c, struct why *why)
{
	struct key_list old = { NULL, 0, 0 };
	struct secret plain;
	struct why inner;
	bool missing, ok;

	if (config_seal_read(c, PRIVATE_FILE, &plain, &missing, &inner) && !missing) {
		ok = key_list_decode(secret_bytes(&plain), &old, &inner);
		secret_free(&plain);
		key_list_free(&old);
		if (!ok)
			return why_set(why, "not saved: %s/%s %s; remove the file first", store_dir(c->nvram),
				PRIVATE_FILE, inner.text);
	}
	if (!key_list_encode(&c->keys, &plain, why))
		return false;
	ok = config_seal_write(c, PRIVATE_FILE, secret_bytes(&plain), why);
	secret_free(&plain);
	return ok;
}

bool config_key_put(struct config *c, const char *label, struct rsa_key *k, bool exportable, uint64_t made,
	struct why *why)
{
	size_t n = strlen(label);

	if (n == 0 || n >= sizeof(((struct config_rsa *)0)->label)) {
		rsa_free(k);
		return why_set(why, "a key's label has 1 to %zu characters",
			sizeof(((struct config_rsa *)0)->label) - 1);
	}
	if (c->keys.count >= KEY_LIST_MAX && !key_list_find(&c->keys, label)) {
		rsa_free(k);
		return why_set(why, "there are %d RSA keys already", KEY_LIST_MAX);
	}
	key_list_put(&c->keys, label, k, exportable, made);
	return keys_save(c, why);
}

bool config_key_del(struct config *c, const char *label, struct why *why)
{
	if (!key_list_del(&c->keys, label))
		return why_set(why, "there is no RSA key named %s", label);
	return keys_save(c, why);
}

const struct config_rsa *config_key(const struct config *c, const char *label)
{
	return key_list_find(&c->keys, label);
}

const struct config_rsa *config_key_at(const struct config *c, unsigned i)
{
	return i < c->keys.count ? c->keys.key[i] : NULL;
}
