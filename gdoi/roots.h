/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The roots that a group's keys come from, and what this server has promised of each: a refresh moves cooperating servers to a
 * newer root in three stages, each entered only on durable promises of every configured server (coop.md section 2 has the
 * rules and why they are safe). Epochs are named by the pseudotime at which their keys begin. No time, no network: rules.
 */
#pragma once
#include "gdoi/keys.h"
#include "lib/wire.h"

struct why;

#define ROOTS_MAX 4	/* roots at once: the one in use and refreshes under way */

enum roots_stage { ROOTS_ACCEPT = 1, ROOTS_SEND = 2, ROOTS_DROP = 3 };	/* accept it too; send with it; drop everything older */
#define ROOTS_STAGES 3

struct roots_one {
	struct ks_root root;
	uint64_t from[ROOTS_STAGES];	/* of each stage: promised for epochs that begin then or later, ms; 0: not promised */
	uint64_t drawn;			/* ms of pseudotime */
};

struct roots {
	struct roots_one r[ROOTS_MAX];	/* oldest first; the first is accepted whatever was promised of it */
	unsigned n;
	uint64_t given;			/* begin of the last epoch whose keys were given out */
};

/* A root alone, drawn now: an operator's order, or the first of a group. Newer than all there were. */
void roots_draw(struct roots *g, struct rng *rng, uint64_t now);
void roots_free(struct roots *g);
const struct roots_one *roots_find(const struct roots *g, uint32_t generation, const uint8_t random[8]);
/* The newest generation in it. */
uint32_t roots_newest(const struct roots *g);

/* ---- what a server gives out for an epoch ---- */
/* Index of the root it sends with: the newest whose second stage was promised for it. n > 0. */
unsigned roots_send(const struct roots *g, uint64_t epoch);
bool roots_accepts(const struct roots *g, unsigned i, uint64_t epoch);

/* ---- promises ---- */
/*
 * Promises a stage of root i for epochs from 'from' on: only after the stage before, and only for epochs not given out yet. True
 * when it stands promised (now or before, for whichever epoch it was): then it is to be on disk before anybody is told.
 */
bool roots_promise(struct roots *g, unsigned i, enum roots_stage stage, uint64_t from);
/* A proposed root, in the order of roots, with its first stage promised (the key is copied). False: refused. */
bool roots_add(struct roots *g, const struct ks_root *root, uint64_t drawn, uint64_t from);
/* Takes back what was promised a moment ago and could not be written: nobody knows of it. */
void roots_undo(struct roots *g, unsigned i, enum roots_stage stage);
/*
 * Lets go of roots older than one whose third stage holds for every epoch from 'next' on: nothing is derived from them any
 * more. True when some went.
 */
bool roots_forget(struct roots *g, uint64_t next);
/* Of the newest refresh that is not over: the stage promised here, 0 when none is under way. */
unsigned roots_stage(const struct roots *g);

/* Everything but the first root's key, which stands elsewhere in what is written. Decoding is total; g has the first key. */
void roots_encode(struct wr *w, const struct roots *g);
bool roots_decode(struct roots *g, struct rd *r, struct why *why);
