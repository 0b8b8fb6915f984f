/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the key server offers to cooperation between key servers, and what it asks from it (coop/ stands right of gdoi/ and
 * is not known here). A group whose 'redundancy' is configured makes and sends keys only while it is told to lead.
 */
#pragma once
#include "gdoi/gdoi_show.h"
#include "gdoi/roots.h"

struct gdoi;
struct text;
struct why;
struct wr;

#define KSYNC_KEYS_MAX 58000	/* octets of a group's keys and policies in one announcement */
#define KSYNC_MEMBER_MAX 256	/* octets of a member's record */

enum ksync_event {
	KSYNC_KEYS,		/* keys, policy, sequence numbers, or the configured policy */
	KSYNC_MEMBERS,		/* some member's record */
	KSYNC_GONE,		/* the group is no key server's any more */
};

struct ksync_ops {
	/* Something of the group changed. May not call back into gdoi/: note it and arm a timer. */
	void (*changed)(void *arg, const char *group, enum ksync_event what);
};

/* Once, before the loop runs; ops and arg outlive the engine. Without it every key server leads. */
void gdoi_on_ksync(struct gdoi *g, const struct ksync_ops *ops, void *arg);

struct ksync_role {
	bool lead;		/* primary: makes keys, sends rekeys */
	bool alone;		/* no other server is configured */
	bool reachable;		/* some other server is there */
	bool serve;		/* may register members */
	bool split;		/* some configured server is away: members that miss rekeys may be served by it */
	bool draw;		/* IOS's way: a takeover draws fresh keys instead of going on with the derived ones */
	unsigned slot;		/* 0 to 7, another one on each server: which sequence numbers are its own */
};
/* Becoming the leader begins beyond every sequence number heard of, and makes keys when there are none yet. */
void ksync_set_role(struct gdoi *g, const char *group, const struct ksync_role *r);

struct ksync_root_info {		/* for display */
	uint32_t generation;		/* of the root that keys are sent with; 0: none */
	uint32_t age;			/* s since it was drawn */
	uint32_t next;			/* generation of the newest refresh under way; 0: none */
	uint8_t stage;			/* of it, as promised here (enum roots_stage) */
};

struct ksync_view {
	bool active;			/* there are keys */
	uint32_t generation;		/* root's id */
	uint8_t random[8];
	uint32_t removal;		/* generation of the last removal: keys of older roots are known to removed members */
	uint8_t version[32];		/* of what ksync_keys_out writes; all zeros: nothing */
	bool held;			/* leading: to be prepared by the others, not taken yet */
	uint8_t prepared[32];		/* following: version that is prepared here; zeros: none */
	uint8_t digest[KS_DIGEST];	/* of the active policy; zeros: none */
	uint8_t configured[KS_DIGEST];	/* of the configured one, with what stands beside it (ksync_policy.c) */
	uint8_t key_print[32];		/* SHA-256 of the rekey RSA key that is here for the active (or configured) policy; zeros: missing */
	char key_label[GDOI_NAME];
	bool time_based;		/* the active policy */
	bool has_policy, wants_time;	/* a policy is configured here; it is time-based */
	struct version software;	/* of this device, as the group shows it */
	uint64_t pseudotime;		/* ms */
	uint64_t ahead;			/* ms of it that are being lost by running slower */
	struct ksync_root_info root;
	uint64_t change;		/* counts members' changes */
	uint32_t members;
};
bool ksync_view(struct gdoi *g, const char *group, struct ksync_view *out);

/* Keys and policies as octets; false when there are none or they are more than w takes. */
bool ksync_keys_out(struct gdoi *g, const char *group, struct wr *w);
/* Takes the leader's in place of our own. pseudotime: the sender's now. False with why, nothing changed. */
bool ksync_keys_adopt(struct gdoi *g, const char *group, struct bytes in, uint64_t pseudotime, struct why *why);
/*
 * Two sides meet: the newer root goes on, the other's keys stay to receive on and to send under, sequence numbers step
 * beyond both. *news: keys of either side were unknown to the other.
 */
bool ksync_keys_merge(struct gdoi *g, const char *group, struct bytes in, uint64_t pseudotime, bool *news, struct why *why);
/* The leader's next keys (an operator's order): kept until it gives them out, or until this server leads. False with why. */
bool ksync_keys_prepare(struct gdoi *g, const char *group, struct bytes in, struct why *why);
/* Every server has prepared what is held here: members are told now, not when the wait of a few seconds is over. */
void ksync_release(struct gdoi *g, const char *group);
/* Sends what is current to every member, under each KEK that one may hold; only while leading. */
void ksync_converge(struct gdoi *g, const char *group);
/* Follows the leader's pseudotime: ahead at once, back by running slower. */
void ksync_pseudotime(struct gdoi *g, const char *group, uint64_t pseudotime);

/*
 * Members changed after 'since' (0: all), in the order of their change, as records of at most KSYNC_MEMBER_MAX octets each given to fn until
 * it returns false. Returns the count up to which all were given.
 */
uint64_t ksync_members_out(struct gdoi *g, const char *group, uint64_t since, bool (*fn)(void *arg, struct bytes record),
	void *arg);
/* One record: taken when newer than ours. relay: passed on to the other servers. False with why when it is malformed. */
bool ksync_member_in(struct gdoi *g, const char *group, struct bytes record, bool relay, struct why *why);

/* The configured policy as octets, and such octets as lines for comparison ("rekey lifetime seconds 86400"). */
bool ksync_policy_out(struct gdoi *g, const char *group, struct wr *w);
bool ksync_policy_lines(struct bytes in, struct text *out, struct why *why);

/* ---- a refresh of the root in stages (roots.h, coop.md section 2) ---- */

struct ksync_promise {		/* what a server has promised of one root */
	uint32_t generation;
	uint8_t random[8];
	uint64_t from[ROOTS_STAGES];	/* as in struct roots_one */
};

struct ksync_promises {		/* all that a server has promised, as it says to the others */
	uint32_t generation;	/* of the draw that they belong to; 0: it says nothing of promises */
	uint8_t random[8];
	uint64_t given;		/* it has given out the keys of epochs up to here */
	unsigned n;
	struct ksync_promise root[ROOTS_MAX];
};

struct ksync_stage {		/* an announcement: promise this */
	struct ksync_promise of;	/* without from */
	uint8_t stage;		/* enum roots_stage */
	uint64_t from, drawn;
	struct bytes key;	/* the root itself, KS_ROOT octets: into the key server, or into the message it came in */
};

bool ksync_promises(struct gdoi *g, const char *group, struct ksync_promises *out);
/*
 * Only while leading, all: what every other configured server has promised (n of them). Promises here what may be promised
 * next, and says what to announce (ROOTS_MAX at most): the next stage of each refresh that some server lacks. Returns how many.
 */
unsigned ksync_stages(struct gdoi *g, const char *group, const struct ksync_promises *all, unsigned n, struct ksync_stage *out);
/* Draws the root of the next refresh when the time has come (with each KEK) and none is under way. True: there is one to announce. */
bool ksync_refresh(struct gdoi *g, const char *group, const struct ksync_promises *all, unsigned n);
/* An announcement of another server: promised, and on disk, or not. */
void ksync_stage_in(struct gdoi *g, const char *group, const struct ksync_stage *s);
