/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inside xfrm/: what the kernel should hold, and the functions that make it so. */
#pragma once
#include <uthash.h>
#include "gdoi/dataplane.h"
#include "lib/netif.h"
#include "lib/ratelimit.h"
#include "lib/secret.h"
#include "lib/timer.h"
#include "xfrm/dataplane_xfrm.h"
#include "xfrm/nft.h"
#include "xfrm/spd.h"

struct env;
struct loop;
struct nl;
struct syslog;
struct watch;
struct why;

#define XFRM_IFACES 16		/* crypto interfaces of a device */
#define XFRM_GROUP_IFACES 8
#define XFRM_FAMILIES 64
#define XFRM_SLOTS 1000
#define XFRM_DROPS 16		/* noted drops of a group */
#define XFRM_GONE 8		/* SPIs remembered after their end */

struct want_iface {
	char name[NETIF_NAME];
	int index;		/* 0: not there now */
	struct ip4 me, sentinel;
	uint32_t mss;
};

struct want_sa {
	struct want_sa *next;
	struct dp_sa sa;	/* its key spans point into the secrets */
	struct secret key, auth_key;
	uint64_t ends;		/* monotonic µs */
	int64_t born;		/* monotonic µs at which its life began; below 0: before the host was started */
	uint64_t start_pt;	/* ms of pseudotime at the same moment */
	bool out;
	bool stands_by;		/* its outbound half is there, and the kernel takes it when the one that is sent with retires */
	bool lingers;		/* no longer sent with; its outbound half waits for packets that are on their way through it */
	bool single;		/* counted replay: one series of numbers whatever interface a packet leaves by */
	uint32_t oseq;		/* last number seen used: one that is installed anew goes on from here */
	struct {
		uint64_t in, in_octets, bad, out, out_octets;
	} base[XFRM_GROUP_IFACES];	/* when counters were cleared */
};

struct want_drop {
	struct dp_drop d;
	uint64_t when;
};

struct want_group {
	UT_hash_handle hh;
	char name[81];
	unsigned slot;			/* 1 and up, from the name: reqid; an earlier life had the same */
	unsigned rank;			/* 1 and up, in order of attachment: priority band */
	unsigned iface[XFRM_GROUP_IFACES], niface;
	bool told;			/* mode and policy were told: until then no rule is written */
	bool owed;			/* the kernel did not take all of it */
	bool orphan;			/* let go because its interfaces vanished: its block waits for them */
	enum dp_mode mode;
	struct dp_ace *ace;
	unsigned nace;
	struct want_sa *sas;		/* newest first */
	struct policy_spec *installed;	/* sorted by policy_cmp */
	unsigned ninstalled;
	bool settled;			/* its first SA to send with has come: what is left of an earlier life may go */
	bool have_pt;
	int64_t pt_offset;		/* pseudotime ms - monotonic ms */
	struct dp_counters past;	/* of SAs that are gone */
	struct dp_counters base;	/* when counters were cleared */
	struct want_drop drop[XFRM_DROPS];
	unsigned ndrop;			/* ever */
	struct {
		uint32_t spi;
		uint64_t when;
	} gone[XFRM_GONE];
	unsigned ngone;
	struct ratelimit replay_log;
};

struct xfrm {
	struct dataplane dp;		/* first */
	const struct env *env;
	struct syslog *log;
	const struct netif *netif;
	struct nl *xfrm, *nft, *route;
	struct want_iface iface[XFRM_IFACES];
	unsigned niface;
	struct want_group *groups;
	struct timer check, tick, later, linger;
	struct watch *watch_xfrm, *watch_nft, *watch_log;
	struct mnl_socket *news_xfrm, *news_nft, *log_sock;
	enum xfrm_df df;
	bool log_drops;			/* the kernel can tell of drops (nfnetlink_log) */
	bool hold, held;		/* rules of an earlier life stand until every group was told; a write waits */
	bool turned, stopping;
	bool policy_news;		/* somebody removed policies, news were lost, or the kernel refused some */
	bool rules;			/* our table is in the kernel */
	bool rules_news;		/* it may not be what it should: somebody else changed it, or a write failed */
	bool rules_lost;		/* news of it were lost */
	uint64_t rules_written;		/* monotonic µs: all of it */
	struct ratelimit error_log;
	uint64_t policies_read, swept;	/* monotonic µs; 0: not yet */
	struct sa_found *old;		/* SAs of an earlier life */
	unsigned nold;
	uint64_t started;
	int usable;			/* 1 yes, 0 no, -1 not known */
	uint64_t probed;
	char problem[200];
	bool told;			/* the problem was logged */
};

/* apply.c: each returns false with why when the kernel refused. */
bool apply_sa(struct xfrm *x, struct want_group *g, struct want_sa *s, struct why *why);
void apply_sa_gone(struct xfrm *x, struct want_group *g, struct want_sa *s);
/* The SA becomes its family's one to send with. */
bool apply_out(struct xfrm *x, struct want_group *g, struct want_sa *s, struct why *why);
/* Outbound halves of those that may be sent with next. */
void apply_stand_by(struct xfrm *x, struct want_group *g);
/* Outbound halves of SAs that are no longer sent with go, a moment after. */
void apply_linger_end(struct xfrm *x);
bool apply_policies(struct xfrm *x, struct want_group *g, struct why *why);
bool apply_nft(struct xfrm *x, struct why *why);
void apply_no_nft(struct xfrm *x);
/* The group's mode and policy, both of the above. What could not be done is owed. */
bool apply_mode(struct xfrm *x, struct want_group *g, struct why *why);
/* Only what a rekey changes: SPIs and time windows. */
bool apply_keys(struct xfrm *x, struct why *why);
/* Twice a second for time-based replay: windows, and the sequence numbers sent with. */
bool apply_windows(struct xfrm *x, struct why *why);
bool apply_iface(struct xfrm *x, struct want_iface *f, struct why *why);
void apply_counters(struct xfrm *x, const struct want_group *g, const struct want_sa *s, struct dp_counters *sum);
/* check.c: compares and mends; true when all was as it should be. */
bool check_kernel(struct xfrm *x);
bool check_news_open(struct xfrm *x, struct loop *loop);
void check_news_close(struct xfrm *x);
/* Removes SAs and policies of ours that nobody asked for. */
void check_strays(struct xfrm *x);
/* Reads what an earlier life left. */
void check_adopt(struct xfrm *x);
/* report.c */
void report_counters(struct xfrm *x, const struct want_group *g, struct dp_counters *out);
void report_sas(struct xfrm *x, const struct want_group *g, bool (*fn)(void *arg, const struct dp_sa_info *i), void *arg);
void report_drops(struct xfrm *x, const struct want_group *g, bool (*fn)(void *arg, const struct dp_drop *d), void *arg);
void report_clear(struct xfrm *x, struct want_group *g);
/* drops.c: hears from the kernel which packets were dropped. */
void drops_open(struct xfrm *x, struct loop *loop);
void drops_close(struct xfrm *x);

/* Whether the outbound half of s stands on the group's i-th interface. */
bool want_out_on(const struct xfrm *x, const struct want_group *g, const struct want_sa *s, unsigned i);
/* Of the SAs to send with; inbound ones share one for each group. */
uint32_t want_reqid(const struct want_group *g, uint32_t family);
uint32_t want_reqid_in(const struct want_group *g);
/* Pseudotime of the group now, ms. */
uint64_t want_pseudotime(const struct xfrm *x, const struct want_group *g);
/* Sequence number that pseudotime pt stands for under s (docs/DATAPLANE.md, TBAR). */
uint32_t want_seq(const struct want_sa *s, uint64_t pt);
/* And back: ms. */
uint64_t want_pt(const struct want_sa *s, uint32_t seq);
