/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Inside gdoi/: the engine's struct and what its two roles give it. gdoi.c keeps the groups in step with the
 * configuration and hands messages to the role they are for; ks*.c is the key server, gm*.c the member.
 */
#pragma once
#include <uthash.h>
#include "config/cfg.h"
#include "config/config.h"
#include "gdoi/gdoi.h"
#include "gdoi/gdoi_show.h"
#include "lib/env.h"
#include "lib/ratelimit.h"
#include "lib/timer.h"
#include "syslog/debug.h"
#include "syslog/msg.h"

struct ks;
struct gm;
struct pull;

struct gdoi_group {
	UT_hash_handle hh;		/* by name */
	char name[GDOI_NAME];
	enum gdoi_role role;
	struct ks *ks;			/* role KS */
	struct gm *gm;			/* role GM */
	char problem[160];
	bool seen;			/* while syncing: still configured */
};

struct gdoi {
	struct gdoi_deps d;
	struct gdoi_group *groups;
	struct gdoi_counters count;
	struct timer sync;		/* configuration changed: zero delay, once per turn */
	bool closed;			/* configuration mode was left since the last sync */
	struct pull *pulls;		/* registrations between message 1 and the end (ks_pull.c) */
	unsigned subscription;
	struct ratelimit bad_datagram;
	const struct ksync_ops *ksync;	/* NULL: nobody cooperates */
	void *ksync_arg;
};

/* The group's configuration; NULL when it was removed meanwhile. */
const struct cfg_group *gdoi_cfg(const struct gdoi *g, const char *group);
struct gdoi_group *gdoi_group_find(const struct gdoi *g, const char *name);
/* The wire options for a peer of this group: its 'compatibility' lines, and private numbers when the peer is gdoix. */
struct gdoi_wire gdoi_wire_of(const struct cfg_group *c, bool peer_gdoix);
/* The version this device shows for the group: 'software-version' or GDOI_VERSION. */
struct version gdoi_version_of(const struct cfg_group *c);
bool version_at_least(struct version v, struct version min);

/* ---- key server (ks.c) ---- */
struct ks *ks_new(struct gdoi *g, const char *group);
void ks_free(struct ks *ks);
/* The configuration may have changed: takes over what takes effect at once, notes what waits for a rekey. problem gets why
 * the group cannot serve ("" = it can). closed: configuration mode was left. */
void ks_sync(struct ks *ks, const struct cfg_group *c, bool closed, char *problem, size_t size);
/* The group was removed, or is no key server's any more: forgets keys, members and their files, and frees. */
void ks_remove(struct ks *ks);
/* GROUPKEY-PULL as responder: the first message says which group. */
extern const struct isakmp_xchg_ops ks_pull_ops;
void ks_pull_free_all(struct gdoi *g);
void ks_ack_in(struct gdoi *g, const struct datagram *d, const struct isakmp_hdr *h);

/* ---- group member (gm.c) ---- */
struct gm *gm_new(struct gdoi *g, const char *group);
void gm_free(struct gm *gm);
void gm_sync(struct gm *gm, const struct cfg_group *c, char *problem, size_t size);
/* GROUPKEY-PUSH: finds the Rekey SA by the header's cookies. */
void gm_push_in(struct gdoi *g, const struct datagram *d, const struct isakmp_hdr *h);
void gm_interfaces_changed(struct gm *gm);
void gm_sa_gone(struct gdoi *g, struct isakmp_sa *sa);
void gm_clear(struct gm *gm);
