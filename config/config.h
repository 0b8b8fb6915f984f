/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Ownership of the running configuration: every change goes through here (begin, set, changed), subscribers hear of it,
 * and leaving configuration mode closes the change set.
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
	CONFIG_CHANGED,		/* one line was applied */
	CONFIG_CLOSED,		/* configuration mode was left (or a replay ended): compare, log what is pending */
};

/* fn must not change the configuration. Returns a handle for config_unsubscribe. */
unsigned config_subscribe(struct config *c, void (*fn)(void *arg, enum config_event ev), void *arg);
void config_unsubscribe(struct config *c, unsigned handle);
/* The caller has changed the struct: tells the subscribers. Between config_hold and config_release nothing is told;
 * release tells once (the loading of a startup-config). */
void config_changed(struct config *c);
void config_closed(struct config *c);
void config_hold(struct config *c);
void config_release(struct config *c);
/* Since the last save or load. */
bool config_dirty(const struct config *c);

/* startup-config: the text itself. Missing is not an error (*missing). */
bool config_load_text(struct config *c, struct text *out, bool *missing, struct why *why);
bool config_save_text(struct config *c, struct bytes text, struct why *why);

/* RSA keys by label (private-config, sealed with the device's master key, which stands in its own 0600 file). */
struct config_rsa {
	char label[81];
	struct rsa_key *key;	/* owned by config */
	bool exportable;
	uint64_t made;		/* wall µs */
};
bool config_keys_load(struct config *c, struct why *why);
/* Adds or replaces; takes k; saved before it returns (false with why: it is in use but not on disk). */
bool config_key_put(struct config *c, const char *label, struct rsa_key *k, bool exportable, uint64_t made, struct why *why);
bool config_key_del(struct config *c, const char *label, struct why *why);
const struct config_rsa *config_key(const struct config *c, const char *label);
const struct config_rsa *config_key_at(const struct config *c, unsigned i);	/* NULL past the end; by label */
/* Seals and opens other private state (key server roots) with the same master key: NAME is a file of the nvram store. */
bool config_seal_write(struct config *c, const char *name, struct bytes plain, struct why *why);
bool config_seal_read(struct config *c, const char *name, struct secret *out, bool *missing, struct why *why);
