/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Where a group's keys come from: a root drawn at random, from which every scheduled key is derived by the start of its
 * epoch in pseudotime, so that key servers which share the root make the same keys without talking (coop.md section 1).
 */
#pragma once
#include "gdoi/payload.h"
#include "lib/secret.h"

struct rng;

#define KS_ROOT 32
#define KS_DIGEST 32

struct ks_root {
	uint32_t generation;		/* 0: there is none */
	uint8_t random[8];		/* with the generation: the root's id */
	struct secret key;		/* KS_ROOT octets */
};

/* Draws one newer than older (which may be r itself, or NULL). */
void ks_root_draw(struct ks_root *r, const struct ks_root *older, struct rng *rng);
void ks_root_free(struct ks_root *r);
/* Below, equal, above zero; the higher is the newer. */
int ks_root_cmp(const struct ks_root *a, const struct ks_root *b);

struct ks_derive {			/* what a key is for; all of it goes into the derivation */
	bool kek;
	struct gdoi_group_id id;
	uint8_t digest[KS_DIGEST];	/* of the active policy */
	uint32_t sa, entry;		/* sa ipsec number; ACE for combined-mode ciphers, 0 = shared (TEK) */
	uint64_t epoch;			/* its start, ms of pseudotime */
	uint32_t counter;		/* next value after an SPI collision */
};

/* n octets at most 255 * 32. False only when OpenSSL refuses. */
bool ks_derive(const struct ks_root *r, const struct ks_derive *what, uint8_t *out, size_t n);

/*
 * How long before its end a key is replaced, in seconds (docs/DEVIATIONS.md). A TEK early enough that all
 * retransmissions are over before members re-register (5 % or 60 s left); a KEK as observed on IOS. Never more than
 * three quarters of the lifetime.
 */
uint32_t ks_tek_lead(uint32_t lifetime, uint32_t retransmit, uint32_t number);
uint32_t ks_kek_lead(uint32_t lifetime, uint32_t retransmit, uint32_t number);
/* Start of the epoch that holds 'now': origin + n * period, all in ms; period > 0, now >= origin. */
uint64_t ks_epoch(uint64_t origin, uint64_t period, uint64_t now);
/* What a shortened TEK keeps: MIN(left, MAX(90, MIN(5 % of configured, 3600))) seconds. */
uint32_t ks_shortened(uint32_t left, uint32_t configured);
