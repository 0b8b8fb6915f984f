/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the shell may tell the GDOI engine to do. Each answers at once; what follows is told by the log. */
#pragma once
#include <stdbool.h>
#include "lib/ip.h"

struct gdoi;
struct why;

enum gdoi_rekey_kind { REKEY_POLICY, REKEY_REPLACE_NOW };
/* 'crypto gdoi ks [group NAME] rekey [replace-now]': false with why when this device is not the group's key server. */
/* True with why "" or what the operator should know (nobody registered, another order under way). */
bool gdoi_ks_rekey(struct gdoi *g, const char *group, enum gdoi_rekey_kind kind, struct why *why);
/* 'clear crypto gdoi [group NAME]': key server and member forget what they created and downloaded; members register again. */
void gdoi_clear(struct gdoi *g, const char *group);
/* 'clear crypto gdoi group NAME ks members counters' */
void gdoi_clear_member_counters(struct gdoi *g, const char *group);
/* 'clear crypto gdoi group NAME replay counter' and the datagram counters. */
void gdoi_clear_counters(struct gdoi *g);

enum gdoi_removal_kind { REMOVAL_TRANSIENT, REMOVAL_NOW };
/*
 * 'clear crypto gdoi [group NAME] ks members [now]', after the dialogue: new TEKs and KEK from a fresh root, and the
 * removal message to every member. False with why when this device is not the group's key server or has no policy yet.
 */
/* Whether the order would be taken at all, without giving it. */
bool gdoi_ks_may_remove(const struct gdoi *g, const char *group, struct why *why);
bool gdoi_ks_remove_members(struct gdoi *g, const char *group, enum gdoi_removal_kind kind, struct why *why);
/*
 * A group's key server is the primary unless its cooperation says otherwise: a secondary registers members and follows the
 * epochs, but refuses orders, sends no rekeys, takes up no changed policy and does not tell of one.
 */
void gdoi_ks_set_primary(struct gdoi *g, const char *group, bool primary);
/* How many devices of the group, this one too, cannot follow a feature of gdoi_features ("gm-removal"): the WARNING. */
unsigned gdoi_ks_cannot(const struct gdoi *g, const char *group, const char *feature);

/* 'crypto gdoi ks [group NAME] rekey [replace-now] dry-run': what the rekey would do; nothing is sent or changed. */
enum gdoi_preview_kind { PREVIEW_NEW_KEYS, PREVIEW_CHANGED, PREVIEW_ADDED, PREVIEW_REMOVED };
struct gdoi_preview_sa {
	uint32_t number;		/* sa ipsec */
	enum gdoi_preview_kind kind;
	char change[400];		/* CHANGED: what, "lifetime 7200 -> 3600 s, replay off -> time 20"; ADDED: the new policy */
	uint32_t left;			/* s the present TEK would live (0: there is none) */
	uint32_t keeps;			/* s it lives on after the rekey, at members that can follow */
};
struct gdoi_preview {
	bool unusable;			/* what is configured cannot be used: this is of the policy before */
	bool kek_stays;			/* the KEK serves on */
	char kek_change[300];		/* of its policy, not only its key; "" */
	unsigned members, cannot;	/* cannot: of another make, before 1.0.2 or without a KEK: they keep the old SAs for their full life */
	uint32_t loss;			/* s: the longest possible loss of traffic between members that are reached */
	uint32_t unreached;		/* s: the same for a member that no copy of the rekey reaches */
};
struct gdoi_member_info;
/* False with why when there is nothing to send. Either callback may be NULL. */
bool gdoi_ks_preview(const struct gdoi *g, const char *group, enum gdoi_rekey_kind kind, struct gdoi_preview *out,
	void (*sa)(void *arg, const struct gdoi_preview_sa *sa),
	void (*cannot)(void *arg, const struct gdoi_member_info *m, const char *reason), void *arg, struct why *why);

/* 'clear crypto sa counters' of one group. */
void gdoi_clear_sa_counters(struct gdoi *g, const char *group);
/* 'crypto gdoi gm ipsec direction': stands above what the key server and 'passive' say until the daemon ends. False with
 * why when this device is not a member of the group. */
enum gdoi_direction { DIRECTION_AS_TOLD, DIRECTION_BOTH, DIRECTION_INBOUND_ONLY, DIRECTION_INBOUND_OPTIONAL };
bool gdoi_gm_direction(struct gdoi *g, const char *group, enum gdoi_direction direction, struct why *why);
