/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What 'show crypto gdoi ks coop' may ask: snapshots by value. */
#pragma once
#include "coop/coop.h"
#include "gdoi/ksync.h"

enum coop_role { COOP_UNKNOWN, COOP_SECONDARY, COOP_PRIMARY };

enum coop_copy_state { COPY_NONE, COPY_SAME, COPY_TAKEN, COPY_REFUSED };

struct coop_group_info {
	struct ip4 local;
	uint32_t priority;
	enum coop_role role;
	bool electing;
	struct ip4 primary;		/* none: none known */
	struct version software, coop;
	uint32_t refresh, periodic;	/* s; 0: less than one */
	uint32_t left;			/* s to the next announcement (primary) or question (secondary) */
	uint32_t retries, invalid_pst;
	bool blocking;			/* registrations are refused */
	uint64_t seq;
	uint32_t root_generation;	/* of the last draw that cut an older root off; 0: no keys yet */
	struct ksync_root_info root;	/* in use, and its refresh */
	bool first_waits;		/* the first root waits for peers */
	bool synced;			/* keys as the primary has them */
	bool mismatch;
	char rekey_label[GDOI_NAME];	/* of the rekey RSA key; "" */
	unsigned peers;
	struct {			/* 'sync configuration' */
		bool on;
		enum coop_copy_state state;
		struct ip4 from;
		char reason[160];	/* of COPY_REFUSED */
	} copy;
};
/* False: the group has no redundancy here. */
bool coop_show_group(const struct coop *c, const char *group, struct coop_group_info *out);

/* The policy configured there against the one here. UNREAD: it differs, and its lines have not come yet. */
enum coop_policy { POLICY_NOT_HEARD, POLICY_SAME, POLICY_DIFFERS, POLICY_UNREAD, POLICY_NONE_HERE, POLICY_NONE_THERE };

struct coop_peer_info {
	struct ip4 address;
	bool heard;			/* ever: what follows is known */
	bool alive;
	uint32_t priority;
	enum coop_role role;
	struct version software, coop;
	uint64_t seq;
	const char *ike;		/* "Established" */
	uint64_t sent, sent_request, received, received_request, send_drops, receive_drops, octets_sent, octets_received;
	uint32_t root_generation;
	bool same_keys;
	enum coop_policy policy;	/* as last heard, where it is not alive */
	enum coop_rekey_key { REKEY_KEY_SAME, REKEY_KEY_MISSING, REKEY_KEY_DIFFERS, REKEY_KEY_MISSING_HERE } rekey_key;
};
void coop_show_peers(const struct coop *c, const char *group, bool (*fn)(void *arg, const struct coop_peer_info *p), void *arg);
/* Appends the servers that the first root, or the promise of a refresh as the primary knows it, waits for ("10.0.9.1, 10.0.9.2"); how many. */
unsigned coop_show_waits(const struct coop *c, const char *group, struct text *out);
/* Differences of the configured policy from the peer's, line by line ("+" only there, "-" only here); "" unless POLICY_DIFFERS. */
void coop_show_mismatch(const struct coop *c, const char *group, struct ip4 peer, struct text *out);
static inline const char *coop_role_str(enum coop_role r)
{
	return r == COOP_PRIMARY ? "Primary" : r == COOP_SECONDARY ? "Secondary" : "Unknown";
}
