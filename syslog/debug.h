/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Debug flags (debug.def): 'debug crypto gdoi ks rekey detail' sets a flag's levels; DBG() costs one test when off.
 * debug.def rows: X(FLAG, "crypto gdoi ks rekey", "GDOI", "GDOI Key Server Rekey")
 * Each line is printed as "<stamp>: GDOI: text": write the text alone. A text with line breaks (desc_print()) becomes
 * several lines. Octets of a peer's that are no printable ASCII come out as \xHH. Never print keys.
 */
#pragma once
#include <stdbool.h>
#include "lib/ip.h"

struct syslog;
struct text;

enum dbg_flag {
#define X(flag, command, feature, title) DBG_##flag,
#include "syslog/debug.def"
#undef X
	DBG_MAX
};

enum dbg_level { DBG_ERROR = 1, DBG_TERSE = 2, DBG_EVENT = 4, DBG_DETAIL = 8, DBG_PACKET = 16, DBG_ALL = 31 };

bool debug_on(const struct syslog *l, enum dbg_flag flag, enum dbg_level level);
void debug_set(struct syslog *l, enum dbg_flag flag, unsigned levels);	/* 0 = off */
unsigned debug_get(const struct syslog *l, enum dbg_flag flag);
void debug_all_off(struct syslog *l);	/* conditions, too */
/*
 * 'debug crypto gdoi condition': of the GDOI features only what names one of these peers is printed, and with unmatched what names no
 * address. Without a peer everything is. A text of several lines is judged as one.
 */
#define DEBUG_PEERS 32
struct debug_condition {
	struct ip4 peer[DEBUG_PEERS];
	unsigned npeer;
	bool unmatched;
};
/* False: there are DEBUG_PEERS already. One that is there is no error. */
bool debug_peer_add(struct syslog *l, struct ip4 peer);
void debug_peer_del(struct syslog *l, struct ip4 peer);
void debug_unmatched(struct syslog *l, bool on);
/* Valid until the next change. */
const struct debug_condition *debug_condition(const struct syslog *l);
/* What stands in debug.def: the words after 'debug', and "GDOI Key Server Rekey" ("... debugging is on"). */
const char *debug_command(enum dbg_flag flag);
const char *debug_title(enum dbg_flag flag);
/* "all levels", "error, event". */
void debug_levels(unsigned levels, struct text *out);
/* 'show debugging'; nothing when all are off. */
void debug_show(const struct syslog *l, struct text *out);
void debug_emit(struct syslog *l, enum dbg_flag flag, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

#define DBG(l, flag, level, ...)                                                                                \
	do {                                                                                                    \
		if (debug_on((l), DBG_##flag, DBG_##level))                                                     \
			debug_emit((l), DBG_##flag, __VA_ARGS__);                                               \
	} while (0)
