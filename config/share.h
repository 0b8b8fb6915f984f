/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What cooperating key servers copy from one another ('sync configuration'): a group's policy as configured under 'server local',
 * and the access lists, profiles and transform sets that it names. Not copied: identity, address, redundancy, registration interface.
 * An access list goes entry by entry with its numbers and remarks; a profile with the lifetime that is in force, the global one included.
 */
#pragma once
#include "config/acl.h"
#include "lib/bytes.h"

struct cfg;
struct cfg_group;
struct config;
struct text;
struct why;

#define SHARE_MAX (1u << 20)	/* octets of a policy: an authorization list of 20,000 lines has room */
#define SHARE_ENTRIES 50000	/* entries of its access lists together */
#define SHARE_PRINT 32

struct share {			/* a policy as it came */
	struct cfg *cfg;	/* holds one group and what it names; owned */
	uint8_t key_print[SHARE_PRINT];	/* SHA-256 of the rekey RSA key's public part (SPKI) at the sender; zeros: it has none */
};

/* Appends the octets to out. False: more than SHARE_MAX, out as it was. Equal policies give equal octets. */
bool share_encode(struct config *config, const struct cfg_group *g, struct text *out);
/* Total: any octets. False with why, out empty. Names and remarks hold nothing that a configuration text could take amiss. */
bool share_decode(struct bytes in, struct share *out, struct why *why);
void share_free(struct share *s);
/* Label of the policy's rekey key, "" when it names none. */
const char *share_key_label(const struct share *s);

/*
 * Makes the policy of group g in cfg that of s. All or nothing: false with why, nothing changed, when an object of that name is here,
 * differs, and is not this group's alone: nothing outside the group's policy is ever overwritten. What the policy no longer names stays.
 */
bool share_apply(struct cfg *cfg, struct cfg_group *g, const struct share *s, struct why *why);
/* True when an RSA key of that label may be put in place for group g: there is none, or the one there is named by this group alone. */
bool share_key_ok(const struct config *config, const struct cfg *cfg, const struct cfg_group *g, const char *label, struct why *why);
