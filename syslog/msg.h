/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The catalogue as functions: log_GDOI_GM_REGS_COMPL(log, ks, group, addr). The compiler checks each row's format against
 * its prototype here and each call's arguments against the prototype.
 * messages.def rows: X(FACILITY, SEVERITY, MNEMONIC, format, (parameters), (arguments), explanation, action)
 * What %s brings in is made safe for terminals, so names out of datagrams may be passed as they are. Messages that a
 * peer can provoke are limited in rate (syslog.c); all are counted.
 */
#pragma once
#include "syslog/syslog.h"

enum msg_id {
#define X(fac, sev, mnem, fmt, params, args, expl, action) MSG_##fac##_##mnem,
#include "syslog/messages.def"
#undef X
	MSG_MAX
};

struct msg_desc {
	const char *facility, *mnemonic, *format, *explanation, *action;
	int severity;
};

/* id below MSG_MAX. What follows "__" in a mnemonic is not printed. */
const struct msg_desc *msg_desc(int id);

#define MSG_UNPACK(...) __VA_OPT__(, ) __VA_ARGS__
#define X(fac, sev, mnem, fmt, params, args, expl, action)                                                      \
	static inline __attribute__((unused)) void log_##fac##_##mnem(struct syslog *l MSG_UNPACK params)        \
	{                                                                                                       \
		syslog_emit(l, MSG_##fac##_##mnem, fmt MSG_UNPACK args);                                         \
	}                                                                                                       \
	_Static_assert((sev) >= 0 && (sev) <= 7, "severity of " #mnem);
#include "syslog/messages.def"
#undef X
