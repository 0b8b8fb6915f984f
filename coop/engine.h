/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inside coop/: coop.c follows the configuration, role.c keeps time, talk.c speaks, learn.c listens. */
#pragma once
#include "config/cfg.h"
#include "config/config.h"
#include "config/share.h"
#include "coop/ann.h"
#include "coop/coop_show.h"
#include "coop/elect.h"
#include "gdoi/gdoi.h"
#include "gdoi/ksync.h"
#include "lib/clock.h"
#include "lib/env.h"
#include "lib/ratelimit.h"
#include "lib/secret.h"
#include "lib/text.h"
#include "lib/timer.h"
#include "syslog/debug.h"
#include "syslog/msg.h"

#define COOP_BOOTS 8
#define FLOOD_BURST 100		/* announcements of one peer at a time; ours come every 20 ms at most, while there is something to say */
#define FLOOD_RATE 100		/* and in a second */

struct coop_peer {
	struct coop_group *group;
	struct ip4 ip;
	bool alive;
	uint64_t heard;			/* monotonic µs; 0: never */
	uint64_t next;			/* when to announce to it */
	/* what it said last */
	struct version coop, software;
	uint8_t priority, role;
	bool draining;
	uint64_t boot, seq;
	uint64_t late;			/* of the 64 numbers below seq, those seen: datagrams overtake each other */
	uint64_t former[COOP_BOOTS];	/* its boots before, a ring: none of them comes again */
	unsigned nformer;
	uint64_t bad_time;		/* last announcement that failed the check of pseudotime */
	struct ip4 primary;
	uint32_t generation;
	uint8_t random[8];
	uint8_t version[32], configured[32], key_print[32];
	bool wants_policy;
	struct ksync_promises promises;	/* generation 0: none heard */
	uint8_t prepared[32];		/* version of our keys that it holds ready */
	bool others;			/* it cooperates with some server that is not configured here */
	/* talking to it */
	struct isakmp_pending *pending;
	struct isakmp_xchg *xchg;
	uint64_t patience;		/* until then an answer is awaited */
	uint64_t sent_seq;		/* of the announcement that is to be answered */
	uint64_t boot_sent;		/* its boot when we last announced to it: after another one it has nothing of ours */
	uint64_t acked, sending;	/* members' changes it has; those under way */
	struct secret owed;		/* keys of ours that it has to merge, as they were when we yielded to it */
	uint64_t yields;		/* until then its claim to lead is waited for; after that it is passed over */
	bool passed;
	unsigned failures;
	enum isakmp_fail last_failure;
	bool policy_due;		/* its configured policy differs and is not known yet */
	struct text differs;		/* "" or the lines */
	uint8_t compared[64];		/* its policy digest and ours at that time */
	bool told_major, told_minor, told_key, told_tbar, told_keyless;
	bool offers;			/* gives its configured policy away, of this digest */
	uint8_t shared[32];
	struct coop_copy_want asked;	/* what it wants of ours */
	struct ratelimit drops, flood, flood_told;
	struct {
		uint64_t sent, sent_request, received, received_request, send_drops, receive_drops, octets_sent, octets_received;
	} count;
};

struct coop_copy {			/* 'sync configuration' */
	bool on;
	enum coop_copy_state state;
	struct ip4 from;		/* of what state and reason speak */
	char reason[160];
	bool known;			/* octets and own are of the configuration as it is */
	struct text octets;
	uint8_t own[32];
	uint8_t digest[32];		/* of what is being fetched */
	struct text got;
	bool whole, want_key, keyless;	/* keyless: there is none to be had */
	struct rsa_key *key;
	uint8_t settled[64];		/* digests there and here that were dealt with */
	struct timer apply;
};

struct coop_group {
	struct coop_group *next;
	struct coop *c;
	char name[GDOI_NAME];
	bool seen;
	struct gdoi_group_id id;
	struct ip4 local;
	uint32_t priority, pdu;
	uint64_t refresh, periodic, dead;	/* µs */
	uint32_t refresh_s, periodic_s;
	uint32_t first;		/* s that a first root waits for the peers; CFG_COOP_ALL */
	uint64_t since;		/* when this server began to cooperate, µs */
	bool draw, differences;	/* differences: keys only to whoever has others (protocol version optimize) */
	struct coop_peer *peer[CFG_COOP_PEERS];
	unsigned npeers;
	enum coop_role role;
	bool electing, synced, draining;
	bool told_dpd, told_brief;
	uint64_t elect_from, elect_by;
	struct ip4 primary, previous;	/* none: not known */
	uint64_t boot, seq;
	uint32_t invalid_pst, retries;
	struct coop_copy copy;
	unsigned stages_said;		/* what the refreshes under way stood at when all were told last */
	struct timer tick;
};

struct coop {
	struct coop_deps d;
	struct coop_group *groups;
	struct timer sync;
	unsigned subscription;
	struct ratelimit unknown;
	uint64_t editing;	/* until then configuration mode counts as open: something was entered and it was not left */
	uint8_t *scratch;	/* for the announcement that is being made */
	bool applying;		/* copy.c changes the configuration */
	coop_save *save;
	void *save_arg;
};

/* coop.c */
struct version coop_version(const struct coop *c);
struct coop_group *coop_group_find(const struct coop *c, const char *name);
struct coop_peer *coop_peer_find(const struct coop_group *g, struct ip4 ip);
uint64_t coop_now(const struct coop_group *g);
struct coop_candidate coop_self(const struct coop_group *g, const struct ksync_view *v);
struct coop_candidate coop_candidate_of(const struct coop_peer *p);

/* role.c */
/* The group's first root waits for peers that are not there. */
bool coop_first_waits(const struct coop_group *g, const struct ksync_view *v);
void coop_elect_begin(struct coop_group *g);
/* Follows another server, or none (ip none). */
void coop_follow(struct coop_group *g, struct ip4 primary);
void coop_role_tell(struct coop_group *g);	/* gdoi/ */
void coop_arm(struct coop_group *g);
void coop_on_tick(void *arg);

/* talk.c */
extern const struct isakmp_xchg_ops coop_xchg_ops;
void coop_talk(struct coop_peer *p);		/* announces now, unless an answer is awaited */
void coop_talk_stop(struct coop_peer *p);
uint64_t coop_retry(const struct coop_peer *p);	/* when to try again after a failure */
void coop_soon(struct coop_group *g);		/* to everybody */
struct bytes coop_prefix(uint8_t out[16], uint64_t boot, uint64_t seq);

/* learn.c */
/* False: dropped. */
bool coop_learn(struct coop_peer *p, const struct coop_ann *a);
void coop_lost(struct coop_peer *p);

bool coop_editing(const struct coop *c);

/* copy.c */
void coop_copy_init(struct coop_group *g);
void coop_copy_free(struct coop_group *g);
void coop_copy_sync(struct coop_group *g, bool on);
/* The configuration changed; closed: its mode was left. */
void coop_copy_changed(struct coop_group *g, bool closed);
/* This server waits for a policy: it does not lead. */
bool coop_copy_blank(const struct coop_group *g, const struct ksync_view *v);
bool coop_copy_wants(struct coop_peer *p);
void coop_copy_offer_fill(struct coop_group *g, struct coop_ann *a);
void coop_copy_want_fill(struct coop_peer *p, struct coop_ann *a);
/* What p asked for; scratch: COOP_SEALED_MAX octets that live until a is encoded. */
#define COOP_SEALED_MAX 8000
void coop_copy_answer_fill(struct coop_peer *p, const struct isakmp_sa *sa, struct coop_ann *a, uint8_t *scratch, size_t room);
void coop_copy_in(struct coop_peer *p, const struct coop_ann *a, const struct isakmp_sa *sa);

/* stages.c */
/* Goes on with an order whose keys every server that is there has. */
void coop_release_step(struct coop_group *g);
void coop_stages_fill(const struct coop_group *g, struct coop_ann *a);
void coop_stages_learn(struct coop_peer *p, const struct coop_ann *a);
/* Begins a refresh, or goes on to its next stage, when that may be; everybody is told. */
void coop_stages_step(struct coop_group *g);

/* mismatch.c */
/* The policy configured at the peer against ours. */
enum coop_policy coop_policy_of(const struct coop_peer *p, const struct ksync_view *v);
void coop_mismatch(struct coop_peer *p, const struct coop_ann *a);
