/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Inside the key server: one group's keys, members and rekey round. ks.c keeps policy and keys in step with time,
 * ks_pull.c registers, ks_push.c rekeys, ks_members.c is the member database, ks_state.c the disk.
 */
#pragma once
#include "gdoi/engine.h"
#include "gdoi/ksync.h"
#include "gdoi/policy.h"
#include "gdoi/push.h"
#include "gdoi/roots.h"

#define KS_KEKS 8		/* KEKs kept at once: the current one and those some member may still hold */
#define KS_TEK_GENERATIONS 8	/* TEKs kept at once per sa ipsec entry, old ones included */
#define KS_MEMBERS 65536
#define KS_LEAVING KS_KEKS	/* KEKs that only a removal still goes out under, beside the live ones */
#define KS_COUNTER_MEMBERS 2	/* a counter window is one sender's: for groups of two (docs/DATAPLANE.md) */
#define KS_MISSED 3		/* consecutive scheduled rekeys unacknowledged: the member is removed */
#define KS_TBAR_SYNC 7200	/* s between rekeys at most with time-based replay */
#define KS_ANY_LIFE UINT64_MAX
#define KS_SEQ_STRIDE 8	/* with cooperating servers: each has its own sequence numbers modulo this */

struct ks_tek {
	struct ks_tek *next;		/* newest first */
	struct ks_policy *policy;	/* a reference: the policy it was made for */
	unsigned sa;			/* index in policy->sa */
	uint32_t entry;			/* combined-mode ciphers: the ACE it is for; 0 = all of the sa ipsec */
	uint32_t spi;
	uint64_t begin, end;		/* ms of pseudotime; end may be shortened */
	bool receive;			/* other servers' members may send with it, ours do not */
	bool other;			/* of another draw, from the other side of a split: ours do not have it yet */
	struct secret key, auth;
};

struct ks_kek {
	struct ks_kek *next;		/* newest first */
	unsigned refs;
	uint32_t id;			/* 1, 2, ... in the order made; members record the one they hold */
	struct kek kek;
	struct ks_policy *policy;	/* a reference */
	struct rsa_key *sign;		/* NULL: the key pair is gone, nothing can be sent under this KEK */
	uint64_t begin, end;
	uint32_t seq, reserved;		/* last used; reserved ahead on disk */
	bool offered;			/* some message that carries it was sent: members may hold it */
};

enum ks_class { KS_PLAIN, KS_GDOIX, KS_GDOIX_OLD };	/* foreign; ours; ours before 1.0.2 */

enum ks_removed { KS_STAYS, KS_REMOVED, KS_REMOVED_NOW };

struct ks_member {
	UT_hash_handle hh;		/* by id; uthash keeps the order of registration */
	struct ip4 id;
	uint16_t port;
	uint8_t class;			/* enum ks_class */
	uint8_t ring;			/* next place in sent, rcvd */
	struct version version;
	uint8_t missed_running;		/* consecutive scheduled rekeys */
	uint8_t stale;			/* enum ks_removed: stays only until its removal message is acknowledged or given up */
	bool pending;			/* of the running round: to be told, not yet acknowledged */
	uint32_t kek;			/* id of the KEK it is known to hold */
	uint32_t sent, retries, acks, missed;
	uint32_t sent_seq[4], rcvd_seq[4];
	uint64_t registered;		/* wall µs */
	char *phase1_id;		/* NULL: its address as text */
	struct ip4 ks;			/* the cooperating server it registered with; none: this one */
	uint64_t stamp;			/* pseudotime of its last change: of two records the newer one counts */
	uint64_t change;		/* ks->change then; 0: not ours to pass on */
	uint64_t kek_tag;		/* the KEK it holds as other servers name it (ksync.c) */
};

enum ks_reason { KS_SCHEDULED, KS_SYNC, KS_TRIGGER, KS_REPLACE_NOW, KS_REMOVE, KS_REMOVE_NOW };

static inline bool ks_is_removal(enum ks_reason r)
{
	return r == KS_REMOVE || r == KS_REMOVE_NOW;
}

struct ks_round;

struct ks_tomb {			/* a member that was deleted, for the other servers */
	UT_hash_handle hh;		/* by id; uthash keeps the order of deletion */
	struct ip4 id;
	uint64_t stamp, change;
};
#define KS_TOMBS KS_MEMBERS		/* a whole database may be removed at once */

#define KS_ORDERS 4		/* operators' orders that wait while the one before is being signed */

struct ks_beside {		/* configured beside the policy: no key depends on it, but key servers should agree in it */
	uint32_t retransmit, retransmits;
	bool periodic, listed;		/* listed: 'authorization address' names a list that there is */
	uint32_t entries;
	uint8_t print[32];		/* of its entries */
	uint8_t digest[KS_DIGEST];	/* of all this with the policy's */
};

struct ks {
	struct gdoi *g;
	char group[GDOI_NAME];
	bool loaded;			/* the state file was looked for */
	struct ks_policy *configured, *active;
	uint8_t noted[KS_DIGEST];	/* configured policy at the last POLICY_CHANGE or activation */
	struct ks_beside beside;
	struct policy_notes notes;
	char no_key[GDOI_NAME];		/* RSA key that the configuration named at the last sync and that was not there */
	struct ip4 address;		/* as configured at the last sync */
	struct ks_root root;		/* id of the last draw (the keys are in roots): what sides of a split are compared by */
	struct roots roots;
	uint64_t pt_base, pt_mono;	/* pseudotime (ms) at a monotonic time (µs) */
	bool pt_guess;			/* from the disk and the wall clock alone: the first primary heard knows better */
	uint64_t origin;		/* of the active policy's epochs, ms of pseudotime */
	uint32_t lead_retransmit, lead_retransmits;	/* 'rekey retransmit' at the activation: the length of epochs stands on it */
	struct ks_tek *teks;
	struct ks_kek *keks;
	uint32_t kek_ids;
	uint32_t generation;		/* of the set of live keys: a PULL that straddles a change starts over */
	uint64_t last_push;		/* ms of pseudotime */
	struct ks_member *members;
	struct ks_slab *slabs;		/* where they lie, and the places that are free (by hh.next) */
	struct ks_member *unused;
	uint32_t nmembers, nstale;
	uint64_t stale_until;		/* ms of pseudotime: what removed members hold has ended by itself */
	struct ks_kek *leaving[KS_LEAVING];	/* references: what removed members that were not reached yet may hold */
	unsigned nleaving;
	enum ks_reason orders[KS_ORDERS];
	unsigned norders;
	struct timer order_next;
	bool secondary;			/* of cooperating key servers: takes no orders, sends no rekeys */
	uint32_t retransmit, retransmits;
	bool retransmit_periodic;
	bool windows;			/* members have counter windows */
	bool windows_owed;		/* no more, and they are still to be told */
	bool windows_told;		/* the operator knows that there are none */
	bool held;			/* an order's keys are made and given to the other servers first */
	enum ks_reason held_for;
	struct timer due, save_soon, save_clock, hold, converge;
	uint64_t clock_saved, clock_offset;	/* µs: when pseudotime was written last for its own sake; wall less monotonic then */
	uint64_t converged;		/* µs: the last rekey for sides that met */
	struct ks_round *round;
	uint64_t rekeys_sent, rekeys_retransmitted;
	uint32_t last_retransmits, last_duration_ms, regs_after_rekey;
	bool members_dirty;
	char save_problem[160];
	struct ratelimit unsol, refused;
	/* cooperation (ksync.c) */
	bool coop;			/* 'redundancy' is configured */
	struct ksync_role role;		/* lead and serve always, without it */
	bool inherited;			/* a pending policy was so when this server took over: waits for the operator */
	uint64_t pt_owed;		/* ms to be lost by running slower */
	uint32_t removal;		/* root generation of the last removal */
	uint8_t version[32];		/* of the keys as announced */
	bool version_known;
	uint64_t change;		/* members' changes */
	struct secret prepared;		/* the primary's next keys, which it does not give to members yet */
	uint8_t prepared_version[32];
	struct ks_tomb *tombs;		/* KS_TOMBS at most: the oldest goes */
};

/* ---- ks.c ---- */
uint64_t ks_pt(const struct ks *ks);		/* ms of pseudotime now */
uint64_t ks_pt_ahead(const struct ks *ks);	/* ms of it still to be lost by running slower */
const struct cfg_group *ks_cfg(const struct ks *ks);
struct gdoi_group_id ks_group_id(const struct cfg_group *c);
/* Takes the policy as active: all keys new; fresh: from a newly drawn root. The former keys stay as old ones. */
bool ks_activate(struct ks *ks, struct ks_policy *p, bool fresh);
/*
 * The operator's orders: new keys, old ones shortened or dropped, members told. One after the other: an order that comes
 * while the one before is being signed waits for it. False with why; on true why is "" or what the operator is to know.
 */
/* A plain trigger leaves the KEK, and its numbers go on, when nothing about the rekey changes under policy p. */
bool ks_keeps_kek(const struct ks *ks, const struct ks_policy *p, enum ks_reason reason);
bool ks_order_ok(const struct ks *ks, enum ks_reason reason, struct why *why);	/* would it be taken? */
bool ks_trigger(struct ks *ks, enum ks_reason reason, struct why *why);
void ks_release(struct ks *ks);			/* the order that is held is carried out now */
void ks_unhold(struct ks *ks);			/* it is somebody else's business now */
void ks_forget(struct ks *ks);			/* keys, members, files */
bool ks_pending(const struct ks *ks);		/* configured policy differs from the active one */
uint32_t ks_tek_due(const struct ks *ks, const struct ks_tek *t);	/* s to its rekey; UINT32_MAX = old */
uint32_t ks_kek_due(const struct ks *ks);
uint32_t ks_sync_left(const struct ks *ks);
void ks_arm(struct ks *ks);
/* The keys of the epochs that have begun; true when there are new ones. */
bool ks_roll(struct ks *ks);
/* Draws a root that nobody had: an operator's order, or the first. */
void ks_root_renew(struct ks *ks);
/* Lets go of roots that no epoch's keys come from any more; true when some went. */
bool ks_roots_forget(struct ks *ks);
/* Whether a member cannot follow a feature of version min (a foreign one cannot); how many cannot. */
bool ks_member_older(const struct ks_member *m, struct version min);
unsigned ks_count_older(const struct ks *ks, struct version min);

/* ---- ks_keys.c ---- */
/* Of the roots that this server accepts for the epoch: one to send with, the others' to receive. */
bool ks_make_teks(struct ks *ks, unsigned sa, uint64_t begin);
bool ks_make_kek(struct ks *ks, uint64_t begin);
/* The one of that SPI among the live ones; NULL. */
struct ks_kek *ks_kek_named(const struct ks *ks, const uint8_t spi[GDOI_SPI]);
struct ks_kek *ks_kek_ref(struct ks_kek *k);
void ks_kek_unref(struct ks_kek *k);
void ks_tek_free(struct ks_tek *t);
void ks_keys_free(struct ks *ks);
/* Lets go of what is over (or too many); true when something went. */
bool ks_keys_prune(struct ks *ks);
/* Old TEKs end at the shortened life; all: at once, old KEKs with them. */
void ks_keys_shorten(struct ks *ks);
void ks_tek_shorten(const struct ks *ks, struct ks_tek *t);	/* one that somebody removed knows */
/* What members hold ends by itself then: nobody who is removed now needs telling after that. */
void ks_stale_until(struct ks *ks);
void ks_keks_end(struct ks *ks);	/* all but the newest: a removed member knows them, nothing is ever sent under them again */
void ks_keys_drop_old(struct ks *ks);
/* Of the same sa ipsec and entry: one replaces the other. */
bool ks_tek_same_slot(const struct ks_tek *a, const struct ks_tek *b);
/* True for the newest TEK of its sa ipsec and entry under the active policy that is sent with. */
bool ks_tek_current(const struct ks *ks, const struct ks_tek *t);
uint32_t ks_left(const struct ks *ks, uint64_t end);	/* s until a pseudotime, 0 when past */
uint64_t ks_tek_period(const struct ks *ks, const struct ks_sa *sa);	/* ms */
uint64_t ks_kek_period(const struct ks *ks, const struct ks_policy *p);
/* The key pair of a policy while it exists: a copy. */
struct rsa_key *ks_sign_key(const struct ks *ks, const struct ks_policy *p);

/* ---- ks_sa.c: payloads of PULL and PUSH from the live keys ---- */
struct ks_message {
	struct gdoi_sa sa;
	struct gdoi_kd kd;
};
/* pull: with old TEKs too and addressed to peer; otherwise for many. */
void ks_message_make(const struct ks *ks, bool private_ok, bool pull, struct ip4 peer, enum ks_reason reason,
	struct ks_message *out);
void ks_message_free(struct ks_message *m);

/* ---- ks_variant.c ---- */
/* It has a KEK under which it can be told of a rekey. How many have none. */
bool ks_push_reaches(const struct ks *ks, const struct ks_member *m);
unsigned ks_count_untold(const struct ks *ks);
/* These KEKs and those behind them are what removed members hold: a removal goes out under them, and nothing else any more. */
void ks_leaving_add(struct ks *ks, struct ks_kek *keks);
void ks_leaving_clear(struct ks *ks);
/* Writes the state, with numbers reserved for the rekey that is about to begin. */
void ks_push_reserve(struct ks *ks);

/* ---- ks_push.c ---- */
/* Tells the members; a running round is superseded. */
void ks_push_start(struct ks *ks, enum ks_reason reason);
void ks_push_stop(struct ks *ks);
/* After a restart: those that had not acknowledged a removal are told again, and nobody else. */
void ks_push_resume(struct ks *ks);
/*
 * The leader removes the members that have none of its new KEKs (by): noted, with the KEKs to tell them under, for a server that has
 * to lead after it.
 */
void ks_push_removed(struct ks *ks, enum ks_removed how, const struct ks *by);
/* What removed members hold has ended by itself: nobody needs telling any more. */
void ks_push_forget(struct ks *ks);
bool ks_push_signing(const struct ks *ks);	/* its rekey is not on the wire yet */
bool ks_push_held(const struct ks *ks);		/* it waits until sequence numbers can be reserved on disk */
/* The members that a running round of an operator's order still waits for; 0 when none runs. */
unsigned ks_push_waits(const struct ks *ks, enum ks_reason *reason, uint32_t *age);
uint32_t ks_push_left(const struct ks *ks);	/* s to the next retransmission, 0 when none */
/* The group and KEK that a PUSH of ours went out under, live or of the last round; NULL when it is none of ours. */
struct ks *ks_push_kek(const struct gdoi *g, const uint8_t spi[GDOI_SPI], struct ks_kek **kek);
/* Members whose KEKs no key pair that is left can sign for: theirs was removed or replaced. */
unsigned ks_push_unsigned(const struct ks *ks);
/* A round of removal runs: it goes on whatever becomes of the keys. */
bool ks_push_removing(const struct ks *ks);
bool ks_push_running(const struct ks *ks);
void ks_push_member_gone(struct ks *ks, struct ks_member *m);

/* ---- ks_members.c ---- */
struct ks_member *ks_member_find(const struct ks *ks, struct ip4 id);
/* Registered (again): finds or adds. NULL when the database is full. */
struct ks_member *ks_member_add(struct ks *ks, struct ip4 id, uint16_t port, enum ks_class class, struct version version,
	const char *phase1_id);
/* log: with GM_DELETE. */
void ks_member_del(struct ks *ks, struct ks_member *m, bool log);
void ks_members_free(struct ks *ks);
/* An empty record for id in the database, which must not have one. */
struct ks_member *ks_member_place(struct ks *ks, struct ip4 id);
void ks_member_sent(struct ks_member *m, uint32_t seq);
/* Members came, or (newcomer) one is about to: with the third one counter windows end, and the others are told. */
void ks_windows_look(struct ks *ks, bool newcomer);
/* New keys are about to be made for those that are members now: two may have windows. */
void ks_windows_settle(struct ks *ks);
/* Policy that nobody has yet: windows that somebody chose are in force from the beginning. */
void ks_windows_begin(struct ks *ks);

/* Its record changed in a way that the other servers are to know. */
void ks_member_changed(struct ks *ks, struct ks_member *m);

/* ---- ksync.c ---- */
void ks_on_converge(void *arg);	/* a timer's: arg is the struct ks */
void ks_changed(struct ks *ks, enum ksync_event what);
/* Reads 'redundancy' of the configuration. */
void ks_coop_sync(struct ks *ks, const struct cfg_group *c);
void ks_coop_free(struct ks *ks);
/* A record of another server into the database. False with why. */
bool ks_record_in(struct ks *ks, struct bytes record, bool relay, struct why *why);
/* ksync_policy.c: after ks->configured was made. */
void ks_beside_sync(struct ks *ks, const struct cfg_group *c);
void ks_tomb_add(struct ks *ks, struct ip4 id, uint64_t stamp);
void ks_tombs_free(struct ks *ks);
/* A KEK as other servers name it; the one that a member holds (0: none), and the other way round into m->kek. */
uint64_t ks_kek_tag_of(const struct ks_kek *k);
uint64_t ks_kek_tag(const struct ks *ks, const struct ks_member *m);
void ks_kek_untag(const struct ks *ks, struct ks_member *m);

/* ---- ks_show.c ---- */
void ks_member_info(const struct ks *ks, const struct ks_member *m, struct gdoi_member_info *out);

/* ---- ks_state.c ---- */
/* False with why: nothing usable on disk (missing: why empty). */
bool ks_state_load(struct ks *ks, struct why *why);
/* Keys, policy, pseudotime and sequence numbers, now. */
bool ks_state_save(struct ks *ks);
/* The member database a few seconds from now; ks_members_save now. */
void ks_members_soon(struct ks *ks);
bool ks_members_save(struct ks *ks);
void ks_state_remove(struct ks *ks);
/* The parsers, total: for the loader and for fuzzing. ks is empty; on false it may hold part and is to be freed. */
/* Keys and policies as the other servers get them, and back into an empty ks. */
void ks_keys_encode(struct wr *w, const struct ks *ks);
bool ks_keys_decode(struct ks *ks, struct bytes in, struct why *why);
bool ks_state_decode(struct ks *ks, struct bytes in, const struct clock *clock, struct why *why);
bool ks_members_decode(struct ks *ks, struct bytes in, struct why *why);
