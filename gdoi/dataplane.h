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

#define DP_SWITCH 30		/* s: the next TEK is used for sending when the old one has this left */

struct dp_sa {			/* one TEK */
	uint32_t spi;
	enum esp_enc enc;
	enum esp_auth auth;
	struct bytes key, auth_key;	/* key with salt for GCM, GMAC; copied */
	bool transport;
	bool receive;			/* never to be sent with */
	uint32_t replay;		/* 1 none, 2 counter, 3 time */
	uint32_t window;		/* packets (of one sender: replay 2 is for groups of two), or ms */
	uint32_t family;		/* SAs that protect the same entries, old and new, share a number: dp_ace.family */
	uint64_t lifetime;		/* s, configured */
	uint64_t begin;			/* ms of pseudotime when its life began; 0: told by lifetime and remaining */
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
	uint64_t closed_dropped;	/* by fail-close; also part of clear_dropped */
	uint64_t early, late;		/* of replay_dropped: ahead of the time window, behind it */
	uint64_t unknown_spi;		/* ESP from the crypto interfaces under an SPI that is not held */
};

struct dp_sa_info {		/* one TEK on one interface, as it is now; counts since they were cleared */
	char ifname[16];
	struct ip4 local;
	unsigned mtu;		/* of the interface */
	uint32_t spi, family;
	enum esp_enc enc;
	enum esp_auth auth;
	bool transport;
	bool inbound, outbound;	/* the kernel has it; outbound: this one is sent with */
	uint32_t replay, window;	/* as dp_sa */
	uint32_t left;		/* s */
	uint64_t decrypt, decrypt_octets, verify_fail, encrypt, encrypt_octets;
	uint32_t seq;		/* last number sent */
};

enum dp_reason { DP_DROP_CLEAR, DP_DROP_CLOSED, DP_DROP_EARLY, DP_DROP_LATE, DP_DROP_SPI };
struct dp_drop {		/* a packet that was dropped lately; a few a second are noted */
	enum dp_reason reason;
	uint64_t ago;		/* µs */
	struct ip4 src, dst;
	uint8_t proto;
	uint32_t spi;		/* ESP */
	uint32_t off;		/* EARLY, LATE: ms outside of the window */
	uint32_t gone;		/* SPI: s since that SA ended, + 1; 0: never seen */
};

struct dataplane_ops {
	/* Whether the kernel can do it at all; why says what is missing and how to load it. */
	bool (*usable)(struct dataplane *dp, struct why *why);
	/* A group attaches to the interfaces its crypto map stands on, with an address now or not; local is its address there.
	 * Again: these take the place of the earlier ones, mode and policy stay. */
	bool (*group_add)(struct dataplane *dp, const char *group, const char *const *ifnames, unsigned n, struct ip4 local,
		struct why *why);
	void (*group_del)(struct dataplane *dp, const char *group);
	/* The whole policy, replaced at once; local deny entries first, then the downloaded ones. */
	bool (*policy)(struct dataplane *dp, const char *group, enum dp_mode mode, const struct dp_ace *ace, unsigned n,
		struct why *why);
	/* Receive with it from now on. Again, with replay 1 after 2: its counter window is closed, nothing else changes. */
	bool (*sa_in)(struct dataplane *dp, const char *group, const struct dp_sa *sa, struct why *why);
	/* Send with it from now on (spi of an sa_in). */
	bool (*sa_out)(struct dataplane *dp, const char *group, uint32_t spi, struct why *why);
	void (*sa_del)(struct dataplane *dp, const char *group, uint32_t spi);
	/* Pseudotime now, for time-based replay: ms. */
	void (*pseudotime)(struct dataplane *dp, const char *group, uint64_t ms);
	void (*counters)(struct dataplane *dp, const char *group, struct dp_counters *out);
	/* What follows may be NULL: nothing to tell. */
	/* The SA ends in so many seconds, sooner or later than was said: the kernel shall know, should nobody be left to remove it. */
	void (*sa_ends)(struct dataplane *dp, const char *group, uint32_t spi, uint64_t remaining);
	/* Each SA on each interface, newest first, until fn returns false. */
	void (*sas)(struct dataplane *dp, const char *group, bool (*fn)(void *arg, const struct dp_sa_info *i), void *arg);
	/* Newest first. */
	void (*drops)(struct dataplane *dp, const char *group, bool (*fn)(void *arg, const struct dp_drop *d), void *arg);
	/* All counts from zero; notes of drops are forgotten. */
	void (*clear)(struct dataplane *dp, const char *group);
};

struct dataplane {
	const struct dataplane_ops *ops;
};
