/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ping and traceroute: the system's programs, in IOS's words. */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "cli/cmd.h"
#include "cli/program.h"
#include "config/cfg.h"
#include "lib/clock.h"
#include "lib/env.h"
#include "lib/mem.h"
#include "lib/timer.h"

struct run {
	struct cmd *c;
	struct program *program;
	unsigned count, sent, replied, column;
	double least, sum, most;	/* ms */
	bool any;			/* traceroute: a hop was shown */
};

/* ---- running ---- */

static void given_up(void *user)
{
	struct run *r = user;

	program_kill(r->program);
	r->program = NULL;
}

static int begin(struct cmd *c, struct run *r, char *const *argv, uint64_t deadline, void (*line)(void *arg, const char *line),
	void (*done)(void *arg))
{
	struct program_call call = { .name = argv[0], .argv = argv, .deadline = deadline, .line = line, .done = done, .arg = r };

	r->c = c;
	c->user = r;
	c->user_free = free;
	r->program = program_start(c->deps->loop, c->deps->env->timers, &call);
	if (!r->program)
		return cmd_error(c, "Cannot run %s: %s", argv[0], strerror(errno));
	return cmd_wait(c, given_up);
}

/* A host's name or address, and nothing that a program could take for an option. */
static bool target_ok(const char *s)
{
	if (!isalnum((unsigned char)s[0]) && s[0] != ':')
		return false;
	for (; *s; s++)
		if (!isalnum((unsigned char)*s) && !strchr(".:-_", *s))
			return false;
	return true;
}

/* Why it cannot be run; CMD_OK when it can. */
static int check(struct cmd *c, const char *program, const char *target)
{
	struct ip4 ip;

	if (!c->deps->loop || !c->session)
		return cmd_error(c, "Not possible here");
	if (!program_there(program))
		return cmd_error(c, "The program %s is not installed on this system", program);
	if (!target_ok(target) || (cmd_has(c, "source") && !target_ok(cmd_str(c, "from"))))
		return cmd_error(c, "Bad IP address or host name");
	if (!ip4_parse(target, &ip) && !strchr(target, ':') && !c->cfg->domain_lookup)
		return cmd_error(c, "Unrecognized host or address.");
	return CMD_OK;
}

/* ---- ping ---- */

static void mark(struct run *r, char what)
{
	text_addn(r->c->out, &what, 1);
	if (++r->column % 70 == 0)
		text_add(r->c->out, "\n");
	r->sent++;
}

/* "64 bytes from 10.0.0.1: icmp_seq=1 ttl=64 time=0.045 ms" */
static void ping_line(void *arg, const char *line)
{
	struct run *r = arg;
	const char *seq = strstr(line, "icmp_seq="), *at = strstr(line, " time=");
	unsigned n = seq ? (unsigned)strtoul(seq + 9, NULL, 10) : 0;
	double ms;

	if (!n || n > r->count || n <= r->sent)
		return;
	while (r->sent + 1 < n)
		mark(r, '.');
	if (at) {
		ms = strtod(at + 6, NULL);
		r->least = !r->replied || ms < r->least ? ms : r->least;
		r->most = ms > r->most ? ms : r->most;
		r->sum += ms;
		r->replied++;
		mark(r, '!');
	} else if (strstr(line, "nreachable")) {
		mark(r, 'U');
	}
	cmd_flush(r->c);
}

/* IOS counts whole milliseconds, at least one. */
static unsigned whole_ms(double ms)
{
	return ms < 1 ? 1 : (unsigned)(ms + 0.5);
}

static void ping_done(void *arg)
{
	struct run *r = arg;
	struct cmd *c = r->c;

	r->program = NULL;
	while (r->sent < r->count)
		mark(r, '.');
	text_printf(c->out, "%sSuccess rate is %u percent (%u/%u)", r->column % 70 ? "\n" : "", r->replied * 100 / r->count,
		r->replied, r->count);
	if (r->replied)
		text_printf(c->out, ", round-trip min/avg/max = %u/%u/%u ms", whole_ms(r->least), whole_ms(r->sum / r->replied),
			whole_ms(r->most));
	text_add(c->out, "\n");
	cmd_finish(c, CMD_OK);
}

static int ping(struct cmd *c)
{
	const char *target = cmd_str(c, "target");
	unsigned repeat = cmd_u32(c, "count", 5), size = cmd_u32(c, "bytes", 100), wait = cmd_u32(c, "seconds", 2);
	char name[] = "ping", n[] = "-n", count[16], bytes[16], seconds[16], every[] = "-i0.2", from_opt[] = "-I", end[] = "--";
	char df[] = "-M", df_do[] = "do";
	char *argv[16] = { name, n, count, bytes, seconds, every };
	unsigned k = 6;
	struct run *r;

	if (check(c, name, target) != CMD_OK)
		return CMD_ERROR;
	snprintf(count, sizeof(count), "-c%u", repeat);
	snprintf(bytes, sizeof(bytes), "-s%u", size - 28);	/* IOS counts the IP and ICMP headers */
	snprintf(seconds, sizeof(seconds), "-W%u", wait);
	if (cmd_has(c, "df-bit")) {
		argv[k++] = df;
		argv[k++] = df_do;
	}
	if (cmd_has(c, "source")) {
		argv[k++] = from_opt;
		argv[k++] = (char *)(uintptr_t)cmd_str(c, "from");
	}
	argv[k++] = end;
	argv[k] = (char *)(uintptr_t)target;
	r = mem_zalloc(sizeof(*r));
	r->count = repeat;
	text_printf(c->out, "Type escape sequence to abort.\nSending %u, %u-byte ICMP Echos to %s, timeout is %u seconds:\n", repeat,
		size, target, wait);
	return begin(c, r, argv, SEC((uint64_t)repeat / 5 + wait + 10), ping_line, ping_done);
}

/* ---- traceroute ---- */

/* " 1  10.0.0.1  0.056 ms  0.010 ms *" */
static void trace_line(void *arg, const char *line)
{
	struct run *r = arg;
	struct text *out = r->c->out;
	char *copy = mem_strdup(line), *save, *word = strtok_r(copy, " ", &save), *next;
	unsigned hop = word ? (unsigned)strtoul(word, NULL, 10) : 0;

	if (hop && hop <= 255) {
		text_printf(out, "%3u", hop);
		for (word = strtok_r(NULL, " ", &save); word; word = next) {
			next = strtok_r(NULL, " ", &save);
			if (next && strcmp(next, "ms") == 0) {
				text_printf(out, " %u msec", whole_ms(strtod(word, NULL)));
				next = strtok_r(NULL, " ", &save);
			} else if (word[0] == '*') {
				text_add(out, "  *");
			} else {
				text_printf(out, " %s", word);
			}
		}
		text_add(out, "\n");
		r->any = true;
		cmd_flush(r->c);
	}
	free(copy);
}

static void trace_done(void *arg)
{
	struct run *r = arg;

	r->program = NULL;
	if (!r->any)
		cmd_error(r->c, "No route to the destination, or an unknown host");
	cmd_finish(r->c, r->any ? CMD_OK : CMD_ERROR);
}

static int traceroute(struct cmd *c)
{
	const char *target = cmd_str(c, "target");
	char name[] = "traceroute", n[] = "-n", probes[16], seconds[16], hops[16], from_opt[] = "-s", end[] = "--";
	char *argv[16] = { name, n, probes, seconds, hops };
	unsigned k = 5, tries = cmd_u32(c, "count", 3), wait = cmd_u32(c, "seconds", 3), most = cmd_u32(c, "max-ttl", 30);

	if (check(c, name, target) != CMD_OK)
		return CMD_ERROR;
	snprintf(probes, sizeof(probes), "-q%u", tries);
	snprintf(seconds, sizeof(seconds), "-w%u", wait);
	snprintf(hops, sizeof(hops), "-m%u", most);
	if (cmd_has(c, "source")) {
		argv[k++] = from_opt;
		argv[k++] = (char *)(uintptr_t)cmd_str(c, "from");
	}
	argv[k++] = end;
	argv[k] = (char *)(uintptr_t)target;
	text_printf(c->out, "Type escape sequence to abort.\nTracing the route to %s\n", target);
	return begin(c, mem_zalloc(sizeof(struct run)), argv, SEC((uint64_t)tries * wait * most + 10), trace_line, trace_done);
}

/* clang-format off */
#define TARGET { .kind = T_WORD, .name = "target", .help = "Ping destination address or hostname", .lo = 1, .hi = 253 }
#define TRACE_TARGET { .kind = T_WORD, .name = "target", .help = "Trace route to destination address or hostname", .lo = 1, .hi = 253 }
#define SOURCE KW("source", "Specify source address or name"), { .kind = T_WORD, .name = "from", .help = "Source address", .lo = 1, .hi = 64 }

static const struct row ping_rows[] = {
	{ ROW(KW("ping", "Send echo messages"), OPT(KW("ip", "IP echo")), TARGET, SET(
		KW("df-bit", "Enable do not fragment bit in IP header"), OR,
		KW("repeat", "Specify repeat count"), UINT("count", 1, 10000, "Repeat count"), OR,
		KW("size", "Specify datagram size"), UINT("bytes", 36, 18024, "Datagram size"), OR,
		SOURCE, OR,
		KW("timeout", "Specify timeout interval"), UINT("seconds", 1, 60, "Timeout in seconds"))), .handler = ping },
	{ ROW(KW("traceroute", "Trace route to destination"), OPT(KW("ip", "IP Trace")), TRACE_TARGET, SET(
		KW("probe", "Specify number of probes per hop"), UINT("count", 1, 10, "Probe count"), OR,
		SOURCE, OR,
		KW("timeout", "Specify time out"), UINT("seconds", 1, 60, "Timeout in seconds"), OR,
		KW("ttl", "Specify maximum ttl"), UINT("max-ttl", 1, 255, "Maximum time to live"))), .handler = traceroute },
};
/* clang-format on */

const struct row_table rows_ping = ROWS(IN_EXEC, ping_rows);
