/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inside xfrm/: what the kernel should hold, and the functions that make it so. */
#pragma once
#include <uthash.h>
#include "gdoi/dataplane.h"
#include "lib/netif.h"
#include "lib/secret.h"
#include "lib/timer.h"
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
	uint64_t start_pt;	/* ms of pseudotime at which its life began */
	bool out;
};

struct want_group {
	UT_hash_handle hh;
	char name[81];
	unsigned slot;			/* 1 and up: reqid and priority band */
	unsigned iface[XFRM_GROUP_IFACES], niface;
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
	struct timer check, tick;
	struct watch *watch_xfrm, *watch_nft;
	struct mnl_socket *news_xfrm, *news_nft;
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
bool apply_policies(struct xfrm *x, struct want_group *g, struct why *why);
bool apply_nft(struct xfrm *x, struct why *why);
bool apply_windows(struct xfrm *x, struct why *why);
bool apply_iface(struct xfrm *x, struct want_iface *f, struct why *why);
void apply_counters(struct xfrm *x, const struct want_group *g, const struct want_sa *s, struct dp_counters *sum);
/* check.c: compares and mends; true when all was as it should be. */
bool check_kernel(struct xfrm *x);
bool check_news_open(struct xfrm *x, struct loop *loop);
void check_news_close(struct xfrm *x);
/* Removes SAs and policies of ours that nobody asked for. */
void check_strays(struct xfrm *x);

uint32_t want_reqid(const struct want_group *g, uint32_t family);
/* Pseudotime of the group now, ms. */
uint64_t want_pseudotime(const struct xfrm *x, const struct want_group *g);
/* Sequence number that pseudotime pt stands for under s (docs/DATAPLANE.md, TBAR). */
uint32_t want_seq(const struct want_sa *s, uint64_t pt);
