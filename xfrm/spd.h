/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * SAs and policies as XFRM messages. What is ours is told by its reqid (SAs, protecting policies) and priority band
 * (policies): both stand in ranges that no other program uses, so a restarted member finds its own again.
 */
#pragma once
#include "gdoi/dataplane.h"
#include "lib/secret.h"

struct nl;
struct why;

#define XFRM_REQID_BASE 0x67780000u	/* + XFRM_FAMILIES * group number + 1 + family (outbound) or + 0 (inbound) */
#define XFRM_PRIO_BASE 0x47440000u	/* + XFRM_PRIO_BAND * rank of the group + ACE */
#define XFRM_PRIO_BAND 8192u
#define XFRM_PRIO_END 0x57440000u

struct sa_spec {
	struct ip4 src, dst;
	uint32_t spi, reqid;
	const struct dp_sa *sa;	/* transport: BEET, which is transport mode with ends of our own (docs/DATAPLANE.md) */
	uint64_t ends;		/* s of the wall clock: the kernel drops it then by itself, also when nobody is left to */
	uint32_t oseq;		/* last sequence number that counts as used */
	uint64_t retires;	/* outbound, s of the wall clock: from then on the kernel prefers another one; 0: never */
	uint64_t added;		/* s of the wall clock that it claims to be from, the kernel prefers the newest; 0: now */
	uint32_t window;	/* inbound: packets of the kernel's replay window; 0: none */
};
#define XFRM_WINDOW_MAX 1024u

/* Queue requests in nl; netlink_flush tells how they went. Adding one that is there already is no error. */
void sa_add(struct nl *nl, const struct sa_spec *s);
/* Whether the kernel has just this SA, and what stands there. */
enum sa_there { SA_ABSENT, SA_SAME, SA_OTHER };
struct sa_seen {
	uint32_t oseq;		/* last sequence number */
	uint32_t window;	/* of the kernel's replay window */
	bool windowed;		/* it can be set: the SA was made with room for one */
	uint64_t added, ends;	/* s of the wall clock */
	uint64_t packets, octets, used;
};
enum sa_there sa_look(struct nl *nl, const struct sa_spec *s, struct sa_seen *seen);
/* The SA that was seen there ends when s says. */
void sa_update_end(struct nl *nl, const struct sa_spec *s, const struct sa_seen *seen);
void sa_remove(struct nl *nl, struct ip4 dst, uint32_t spi);
/* The SA that was seen there counts as added when s says: the kernel prefers the newest. What it counted stays. */
void sa_redate(struct nl *nl, const struct sa_spec *s, struct sa_seen *seen);
/* Opens or closes the replay window of an SA that was made with one; what it has seen is forgotten (XFRM_MSG_NEWAE). */
void sa_set_window(struct nl *nl, struct ip4 dst, uint32_t spi, uint32_t window);
/* Moves the outbound sequence number forward (XFRM_MSG_NEWAE). */
void sa_set_oseq(struct nl *nl, struct ip4 dst, uint32_t spi, uint32_t oseq);

struct sa_count {
	uint64_t packets, bytes;
	uint32_t integrity_failed, replay, oseq;
};
bool sa_counters(struct nl *nl, struct ip4 dst, uint32_t spi, struct sa_count *out);
struct sa_found {
	struct ip4 src, dst;
	uint32_t spi, reqid, oseq;
	bool beet;
};
/* Every SA of ours in the kernel. */
bool sa_each(struct nl *nl, void (*fn)(void *arg, const struct sa_found *f), void *arg, struct why *why);

enum policy_dir { POLICY_IN = 0, POLICY_OUT = 1, POLICY_FWD = 2 };
struct policy_spec {
	enum policy_dir dir;
	struct dp_ace ace;
	int ifindex;		/* OUT: the crypto interface */
	uint32_t priority;
	bool protect;		/* with a template; false: passes in clear */
	bool transport;
	struct ip4 src, dst;	/* template's tunnel ends */
	uint32_t reqid;
	bool blocks;		/* never ours: somebody made it so */
};
void policy_put(struct nl *nl, const struct policy_spec *p);
void policy_remove(struct nl *nl, const struct policy_spec *p);
/* Order by what makes two policies the same one to the kernel: direction and selector. */
int policy_cmp(const struct policy_spec *a, const struct policy_spec *b);
/* Whether two with one selector (policy_cmp 0) do the same. */
bool policy_acts_alike(const struct policy_spec *a, const struct policy_spec *b);
/* Every policy of ours in the kernel. */
bool policy_each(struct nl *nl, void (*fn)(void *arg, const struct policy_spec *p), void *arg, struct why *why);
