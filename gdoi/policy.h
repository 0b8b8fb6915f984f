/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A key server's group policy as one value: built from the configuration, compared by digest, kept on disk. Members hold
 * the active one; what is configured waits for the next rekey when it differs.
 */
#pragma once
#include "gdoi/dataplane.h"
#include "gdoi/gdoi_show.h"
#include "gdoi/keys.h"

struct cfg;
struct cfg_group;
struct config;
struct rd;
struct wr;
struct why;

#define KS_SAS 16		/* sa ipsec lines of one group */
#define KS_ACES 400		/* SATs that the access lists of a group make ('eq' lists are multiplied out) */
#define KS_POLICY_MAX 32768	/* octets of an encoded policy at most */

struct ks_ace {
	struct dp_ace ace;
	uint16_t entry;			/* position of its line in the ACL, from 1 */
};

struct ks_sa {				/* one sa ipsec */
	uint32_t number;
	char acl[GDOI_NAME], profile[GDOI_NAME];
	enum esp_enc enc;
	enum esp_auth auth;
	bool transport;
	uint32_t lifetime;		/* s */
	uint32_t replay, window;	/* 1 none, 2 counter (packets), 3 time (seconds) */
	unsigned nace;
	struct ks_ace *ace;
};

struct ks_policy {
	unsigned refs;
	bool receive_only;
	bool has_kek;			/* false: no rekey key pair, or no multicast address: registrations only */
	enum cipher_id cipher;
	enum hash_id sig_hash;
	uint32_t kek_lifetime;		/* s */
	char key_label[GDOI_NAME];
	uint8_t key_print[32];		/* SHA-256 of the public key's SPKI */
	uint32_t ack;			/* enum cfg_ack */
	bool unicast;
	struct endpoint multicast;
	uint16_t multicast_src;		/* port the ACL names for the key server */
	unsigned nsa;
	struct ks_sa *sa;		/* by number */
	uint8_t digest[KS_DIGEST], tek_digest[KS_DIGEST];
};

struct policy_notes {			/* what the operator is told, once each */
	char acl_long[GDOI_NAME], acl_range[GDOI_NAME], default_set[GDOI_NAME];
	char combined[GDOI_NAME];	/* GCM or GMAC transform: docs/DATAPLANE.md, AES-GCM */
	char no_acl[GDOI_NAME];		/* an access list that is named and does not exist */
	char bad_acl[GDOI_NAME];	/* one that cannot be used, and why */
	char bad_acl_why[120];
	char no_key[GDOI_NAME];		/* RSA key that is missing; "(none)" when none is configured */
};

/*
 * The policy that the configuration describes, NULL with why when there is none yet. A policy that works with
 * restrictions (ACL cut at 100, no KEK) is returned and why says so. One reference is the caller's.
 */
struct ks_policy *policy_build(const struct cfg *cfg, const struct cfg_group *g, const struct config *config,
	struct policy_notes *notes, struct why *why);
struct ks_policy *policy_ref(struct ks_policy *p);
void policy_unref(struct ks_policy *p);
bool policy_same(const struct ks_policy *a, const struct ks_policy *b);
/* The same but for the rekey: TEKs made for one serve the other. */
bool policy_same_teks(const struct ks_policy *a, const struct ks_policy *b);
/* The same as to the rekey: a KEK made for one serves the other. */
bool policy_same_rekey(const struct ks_policy *a, const struct ks_policy *b);
/* True when some sa ipsec has time-based replay. */
bool policy_time_based(const struct ks_policy *p);
/* Counter-based. */
bool policy_counter_based(const struct ks_policy *p);
/* The key server's state file. Decoding is total; false with why, *out untouched. */
void policy_encode(const struct ks_policy *p, struct wr *w);
bool policy_decode(struct rd *r, struct ks_policy **out, struct why *why);
