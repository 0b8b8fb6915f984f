/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * An announcement as octets: the body of payload 140, a list of type (2), length (2), value. Unknown types are stepped
 * over, so that a later release may add some. docs/PROTOCOL.md has the table.
 */
#pragma once
#include "gdoi/ksync.h"
#include "gdoi/payload.h"
#include "isakmp/isakmp.h"
#include "lib/wire.h"

struct why;

#define PL_COOP 140
#define COOP_PEERS 7
#define COOP_RECORDS 4096	/* members' records in one announcement at most */

enum coop_flag {
	COOP_F_REQUEST = 1,	/* answer with an announcement of your own as soon as you can */
	COOP_F_DRAIN = 2,	/* wants another server to lead */
	COOP_F_POLICY = 4,	/* send your configured policy */
	COOP_F_SYNCED = 8,
	COOP_F_TIME = 16,	/* time-based replay */
	COOP_F_HELD = 32,	/* the keys are to be prepared: members are not told of them yet */
};

struct coop_ann {
	struct version coop, software;
	struct gdoi_group_id id;
	uint8_t priority, role;		/* enum coop_role */
	uint32_t flags;
	uint64_t boot, seq;		/* seq counts up from 1 within a boot, which is random */
	uint64_t pseudotime;
	struct ip4 primary;		/* whom the sender follows or is; none */
	uint32_t generation, removal;	/* root's id; generation of the last removal */
	uint8_t random[8];
	uint8_t version[32];		/* of its keys; zeros: none */
	uint8_t digest[32], configured[32], key_print[32];
	struct ip4 peers[COOP_PEERS];	/* as configured there */
	unsigned npeers;
	struct bytes keys, policy;	/* into the message; none */
	/* 'sync configuration' (copy.c) */
	bool offers;			/* gives its configured policy to others */
	uint8_t shared[32];		/* SHA-256 of that policy (config/share.h) */
	struct coop_copy_want { bool any, key; uint8_t digest[32]; uint32_t from; } want;	/* octets of digest's, the key too */
	struct coop_copy_part { uint8_t digest[32]; uint32_t total, from; struct bytes octets; } part;	/* total 0: none */
	bool has_key;			/* an answer to want.key; sealed none: it is not exportable, or not there */
	uint8_t sealed_print[32];
	struct bytes sealed;
	uint8_t prepared[32];		/* version of keys that is prepared; zeros: none */
	bool has_promises;		/* of the root that is named above */
	struct ksync_promises promises;
	struct ksync_stage stage[ROOTS_MAX];	/* announced: to be promised by who hears it */
	unsigned nstages;
	unsigned nrecords;
	struct bytes all;		/* for coop_ann_records */
};

/* Everything but records. False: no room. */
bool coop_ann_encode(struct wr *w, const struct coop_ann *a);
/* Octets that a record of n takes. */
static inline size_t coop_record_size(size_t n)
{
	return n + 4;
}
void coop_record_encode(struct wr *w, struct bytes record);
/* Total: any octets. False with why. */
bool coop_ann_decode(struct bytes in, struct coop_ann *out, struct why *why);
/* The members' records of a decoded announcement, in order, until fn returns false. */
void coop_ann_records(const struct coop_ann *a, bool (*fn)(void *arg, struct bytes record), void *arg);
