/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One device's log: where %FACILITY-SEVERITY-MNEMONIC lines and debug lines go. Rows of messages.def become typed
 * functions log_FACILITY_MNEMONIC(log, ...) (msg.h); there is no other way to write a system message.
 */
#pragma once
#include <stdbool.h>
#include <stdint.h>
#include "lib/bytes.h"
#include "lib/ip.h"
#include "lib/zone.h"

struct clock;
struct net;
struct syslog;
struct text;

enum log_stamp { LOG_STAMP_NONE, LOG_STAMP_UPTIME, LOG_STAMP_DATETIME };

/* What 'logging ...' and 'service timestamps ...' set; severities 0 to 7, -1 = off. */
struct syslog_config {
	bool on;			/* logging on */
	int buffered, console, monitor, trap;
	unsigned buffer_size;		/* octets */
	uint8_t facility;		/* 23 = local7 */
	enum log_stamp log_stamp, debug_stamp;
	bool msec, localtime, zone, year;	/* of both stamps */
	struct zone tz;			/* clock timezone and summer-time, used with localtime */
	bool sequence_numbers;
	int origin;			/* 0 none, 1 hostname, 2 string, 3 address */
	char origin_string[64], hostname[64];
	unsigned nhost;
	struct endpoint host[16];	/* udp */
	char source_interface[81];	/* whose address datagrams leave from; "": as routed */
};

/* A message as a sink (terminal monitor, test) sees it. */
struct log_line {
	int severity;
	int id;			/* enum msg_id, -1 for a debug line */
	const char *mnemonic;	/* "GDOI-5-GM_REGS_COMPL"; "" for a debug line */
	const char *text;	/* the message alone */
	const char *line;	/* as printed: sequence, stamp, %..., text; no newline */
};

/* What an unconfigured device has: all destinations on (trap at informational), 4096 octets, datetime msec stamps. */
void syslog_config_defaults(struct syslog_config *c);

/* Starts with the defaults. */
struct syslog *syslog_new(struct clock *clock);
void syslog_free(struct syslog *l);
/* 'net' carries datagrams to hosts (NULL: none are sent); port 514 unless a host says otherwise. */
void syslog_set_net(struct syslog *l, struct net *net);
/* Who knows interfaces' addresses ('logging source-interface'); NULL: nobody. */
void syslog_set_addresses(struct syslog *l, bool (*address)(void *arg, const char *ifname, struct ip4 *out), void *arg);
/* Takes over a copy; tells of changed levels and hosts by SYS messages, but for the levels of the first call (start). */
void syslog_configure(struct syslog *l, const struct syslog_config *c);
const struct syslog_config *syslog_config(const struct syslog *l);
/* Whether the clock is authoritative ('clock set'): decides the '*' in time stamps. */
void syslog_clock_is_set(struct syslog *l, bool set);
bool syslog_clock_set(const struct syslog *l);

/* Adds a sink that is given every line at or below its severity (console: SINK_CONSOLE uses 'logging console', monitor
 * sessions 'logging monitor', SINK_ALL everything). fn must not log. Returns a handle for syslog_sink_del. */
enum log_sink_kind { SINK_CONSOLE, SINK_MONITOR, SINK_ALL };
unsigned syslog_sink_add(struct syslog *l, enum log_sink_kind kind, void (*fn)(void *arg, const struct log_line *line),
	void *arg);
void syslog_sink_del(struct syslog *l, unsigned handle);

/* 'show logging' and 'clear logging'. */
void syslog_show(const struct syslog *l, struct text *out);
/* What 'show logging' is made of. */
struct syslog_counts {
	uint64_t dropped, limited;			/* messages */
	uint64_t console, monitor, buffer, trap;	/* lines that went there */
	struct {
		uint64_t sent, dropped;
		bool up;				/* the last datagram could be handed to the kernel */
	} host[16];					/* in the configuration's order */
};
void syslog_counts(const struct syslog *l, struct syslog_counts *out);
/* The i-th line of the buffer, oldest first; NULL past the last. Valid until the next message. */
const char *syslog_line(const struct syslog *l, size_t i);
/* "debugging" ...; "" of a severity that is none. */
const char *log_level_name(int severity);
void syslog_clear_buffer(struct syslog *l);
/* How many times message id was emitted since start, those held back by rate limits included (tests ask by id, not by
 * text). */
uint64_t syslog_count(const struct syslog *l, int id);

/* For msg.h only. */
void syslog_emit(struct syslog *l, int id, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
