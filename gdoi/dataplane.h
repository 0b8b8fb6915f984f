/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a group member needs from the kernel. xfrm/ implements it on Linux, the simulation with a fake; gdoi/ names no
 * kernel. All calls are quick and never fail silently: on trouble they return false with why, and the implementation
 * keeps trying to make the kernel agree with what it was last told.
 */
#pragma once
#include "config/acl.h"
#include "lib/bytes.h"
#include "lib/crypto/alg.h"

struct why;
struct dataplane;

struct dp_sa {			/* one TEK */
	uint32_t spi;
	enum esp_enc enc;
	enum esp_auth auth;
	struct bytes key, auth_key;	/* key with salt for GCM, GMAC; copied */
	bool transport;
	uint32_t replay;		/* 1 none, 2 counter, 3 time */
	uint32_t window;		/* packets, or ms */
	uint32_t family;		/* SAs that protect the same entries, old and new, share a number: dp_ace.family */
	uint64_t lifetime;		/* s, configured */
	uint64_t remaining;		/* s until it ends (the kernel drops it by itself a little later) */
};

struct dp_ace {			/* one entry of the downloaded policy, in order */
	bool permit;
	uint8_t proto;
	struct ip4 src, src_mask, dst, dst_mask;
	uint16_t sport, dport;		/* 0 = any */
	uint32_t family;		/* permit: which SAs protect it */
};

enum dp_mode {			/* what happens to traffic that the policy names */
	DP_OPEN,		/* not registered, fail-open: everything passes in clear */
	DP_CLOSED,		/* not registered, fail-close: what the policy (the fail-close ACL) permits is dropped */
	DP_BOTH,		/* encrypt; inbound cleartext is dropped */
	DP_RECEIVE_ONLY,	/* send clear, accept encrypted and clear (sa receive-only; inbound optional) */
	DP_INBOUND_ONLY,	/* send clear, accept only encrypted */
	DP_PASSIVE,		/* encrypt, accept encrypted and clear (passive) */
};

struct dp_counters {
	uint64_t encrypt, decrypt, no_sa, invalid_sa, encaps_fail, decap_fail, invalid_prot, verify_fail, clear_dropped,
		replay_dropped;
};

struct dataplane_ops {
	/* Whether the kernel can do it at all; why says what is missing and how to load it. */
	bool (*usable)(struct dataplane *dp, struct why *why);
	/* A group attaches to the interfaces its crypto map stands on; local is its address there. */
	bool (*group_add)(struct dataplane *dp, const char *group, const char *const *ifnames, unsigned n, struct ip4 local,
		struct why *why);
	void (*group_del)(struct dataplane *dp, const char *group);
	/* The whole policy, replaced at once; local deny entries first, then the downloaded ones. */
	bool (*policy)(struct dataplane *dp, const char *group, enum dp_mode mode, const struct dp_ace *ace, unsigned n,
		struct why *why);
	/* Receive with it from now on. */
	bool (*sa_in)(struct dataplane *dp, const char *group, const struct dp_sa *sa, struct why *why);
	/* Send with it from now on (spi of an sa_in). */
	bool (*sa_out)(struct dataplane *dp, const char *group, uint32_t spi, struct why *why);
	void (*sa_del)(struct dataplane *dp, const char *group, uint32_t spi);
	/* Pseudotime now, for time-based replay: ms. */
	void (*pseudotime)(struct dataplane *dp, const char *group, uint64_t ms);
	void (*counters)(struct dataplane *dp, const char *group, struct dp_counters *out);
};

struct dataplane {
	const struct dataplane_ops *ops;
};
