/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the shell may tell the GDOI engine to do. Each answers at once; what follows is told by the log. */
#pragma once
#include <stdbool.h>
#include "lib/ip.h"

struct gdoi;
struct why;

enum gdoi_rekey_kind { REKEY_POLICY, REKEY_REPLACE_NOW };
/* 'crypto gdoi ks [group NAME] rekey [replace-now]': false with why when this device is not the group's key server. */
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
bool gdoi_ks_remove_members(struct gdoi *g, const char *group, enum gdoi_removal_kind kind, struct why *why);
/* How many devices of the group cannot follow a feature of gdoi_features ("gm-removal"): the dialogue's WARNING. */
unsigned gdoi_ks_cannot(const struct gdoi *g, const char *group, const char *feature);
