/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the key server offers to cooperation between key servers, and what it asks from it (coop/ stands right of gdoi/ and
 * is not known here). A group whose 'redundancy' is configured makes and sends keys only while it is told to lead.
 */
#pragma once
#include "gdoi/gdoi_show.h"
#include "gdoi/keys.h"

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
	bool serve;		/* may register members */
	bool split;		/* some configured server is away: members that miss rekeys may be served by it */
	bool draw;		/* IOS's way: a takeover draws fresh keys instead of going on with the derived ones */
	unsigned slot;		/* 0 to 7, another one on each server: which sequence numbers are its own */
};
/* Becoming the leader begins beyond every sequence number heard of, and makes keys when there are none yet. */
void ksync_set_role(struct gdoi *g, const char *group, const struct ksync_role *r);

struct ksync_view {
	bool active;			/* there are keys */
	uint32_t generation;		/* root's id */
	uint8_t random[8];
	uint32_t removal;		/* generation of the last removal: keys of older roots are known to removed members */
	uint8_t version[32];		/* of what ksync_keys_out writes; all zeros: nothing */
	uint8_t digest[KS_DIGEST];	/* of the active policy; zeros: none */
	uint8_t configured[KS_DIGEST];	/* of the configured one */
	uint8_t key_print[32];		/* SHA-256 of the rekey RSA key that is here for the active (or configured) policy; zeros: missing */
	char key_label[GDOI_NAME];
	bool time_based;
	struct version software;	/* of this device, as the group shows it */
	uint64_t pseudotime;		/* ms */
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
