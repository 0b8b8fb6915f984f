/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inside syslog/ only. */
#pragma once
#include "lib/ratelimit.h"
#include "lib/text.h"
#include "syslog/debug.h"
#include "syslog/msg.h"

#define LOG_HOSTS 16

struct ring_line {
	char *s;
	size_t n;		/* octets, as counted against the buffer's size: with the newline */
};

/* Lines, oldest first, from 'first' on, around the end of the array. */
struct ring {
	struct ring_line *line;
	size_t cap, first, n, octets;
};

struct log_sink {
	unsigned handle;
	enum log_sink_kind kind;
	void (*fn)(void *arg, const struct log_line *line);	/* NULL: deleted */
	void *arg;
};

struct log_host {
	uint64_t counter;	/* of the datagrams, as they carry it */
	uint64_t sent, dropped;
	bool down;		/* the last datagram could not be handed to the kernel */
};

struct syslog {
	struct clock *clock;
	uint64_t start;
	bool clock_is_set, configured, emitting, host_failing;
	struct net *net;
	bool (*address)(void *arg, const char *ifname, struct ip4 *out);
	void *address_arg;
	struct syslog_config cfg;
	uint64_t seq;
	struct ring ring;
	struct log_sink *sink;
	size_t nsink;
	unsigned last_handle;
	struct log_host host[LOG_HOSTS];
	uint64_t dropped, limited, console_lines, monitor_lines, buffer_lines, trap_lines;
	uint64_t count[MSG_MAX];
	struct ratelimit limit[MSG_MAX];	/* burst 0: not limited */
	struct ratelimit host_limit;
	unsigned debug[DBG_MAX];
	struct debug_condition condition;
};

/* printf for fmt's own text; what %s brings in is made safe for terminals and files (keep_newlines: but for '\n'). */
void log_format(struct text *out, bool keep_newlines, const char *fmt, va_list ap)
	__attribute__((format(printf, 3, 0)));
/* "*Mar  1 00:00:00.123: " as configured; nothing without time stamps. */
void log_stamp(const struct syslog *l, enum log_stamp kind, struct text *out);
/* One finished message to the buffer, sinks and hosts. */
void log_deliver(struct syslog *l, enum log_stamp stamp, int severity, int id, const char *mnemonic, const char *text);

void ring_add(struct ring *r, const char *s, size_t n, size_t limit);
void ring_trim(struct ring *r, size_t limit);
/* i < n; oldest first. */
const struct ring_line *ring_at(const struct ring *r, size_t i);
void ring_free(struct ring *r);
