/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Ownership of the running configuration: whoever sets something in the struct says so here, subscribers hear
 * of it, and leaving configuration mode closes the change set.
 */
#pragma once
#include <stdbool.h>
#include "lib/bytes.h"

struct cfg;
struct config;
struct store;
struct text;
struct why;
struct rsa_key;
struct secret;

struct config *config_new(struct store *nvram);
void config_free(struct config *c);
struct cfg *config_running(struct config *c);
struct store *config_nvram(struct config *c);

enum config_event {
	CONFIG_CHANGED, /* one line was applied */
	CONFIG_CLOSED,  /* configuration mode was left (or a replay ended): compare, log what is pending */
};

/* fn must not change the configuration. Returns a handle for config_unsubscribe. */
unsigned config_subscribe(struct config *c, void (*fn)(void *arg, enum config_event ev), void *arg);
void config_unsubscribe(struct config *c, unsigned handle);
/* The caller has changed the struct: tells the subscribers. Between config_hold and config_release nothing is
 * told; release tells once (the loading of a startup-config). Holds nest. What is changed under a hold does
 * not count as dirty: it was read from where it would be saved. */
void config_changed(struct config *c);
void config_closed(struct config *c);
void config_hold(struct config *c);
void config_release(struct config *c);
/* Changed (outside a hold) since the last save. */
bool config_dirty(const struct config *c);

/* startup-config: the text itself. Missing is not an error (true, *missing set, out empty). */
bool config_load_text(struct config *c, struct text *out, bool *missing, struct why *why);
bool config_save_text(struct config *c, struct bytes text, struct why *why);

/*
 * RSA keys by label (private-config, sealed with the device's master key, which stands in its own 0600 file,
 * master-key, made when first needed). Formats: config/sealed.h. A file that is damaged, or whose master key
 * is missing or another, gives an error that names it; it is left as it is and nothing is written in its
 * place until somebody removes it.
 */
struct config_rsa {
	char label[81];
	struct rsa_key *key; /* owned by config */
	bool exportable;
	uint64_t made; /* wall µs */
};
bool config_keys_load(struct config *c, struct why *why);
/* Adds or replaces; takes k; saved before it returns (false with why: it is in use but not on disk). */
bool config_key_put(struct config *c, const char *label, struct rsa_key *k, bool exportable, uint64_t made,
	struct why *why);
/* False with why: there is none of that label, or it is gone from use but not from the disk. */
bool config_key_del(struct config *c, const char *label, struct why *why);
/* A returned entry stays valid until its label is put or deleted. */
const struct config_rsa *config_key(const struct config *c, const char *label);
const struct config_rsa *config_key_at(const struct config *c, unsigned i); /* NULL past the end; by label */
/* Seals and opens other private state (key server roots) with the same master key: NAME is a file of the
 * nvram store. Missing is not an error (true, *missing set, out none). */
bool config_seal_write(struct config *c, const char *name, struct bytes plain, struct why *why);
bool config_seal_read(struct config *c, const char *name, struct secret *out, bool *missing, struct why *why);
