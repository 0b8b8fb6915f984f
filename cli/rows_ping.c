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

struct wish {			/* what is asked for, by the command or in its dialogue */
	char target[254], from[65];
	unsigned count, bytes, seconds, ttl;
	bool df, extended;
	const struct wanted *next;
};

struct wanted {			/* a question of the dialogue; text NULL ends it */
	const char *text, *otherwise;
	bool (*take)(struct wish *w, const char *answer);
	const char *wrong;
	bool extended;
};

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
static int check(struct cmd *c, const char *program, const struct wish *w)
{
	const char *target = w->target;
	struct ip4 ip;

	if (!c->deps->loop || !c->session)
		return cmd_error(c, "Not possible here");
	if (!program_there(program))
		return cmd_error(c, "The program %s is not installed on this system", program);
	if (!target_ok(target) || (w->from[0] && !target_ok(w->from)))
		return cmd_error(c, "Bad IP address or host name");
	if (!ip4_parse(target, &ip) && !strchr(target, ':') && !c->cfg->domain_lookup)
		return cmd_error(c, "Unrecognized host or address.");
	return CMD_OK;
}

/* ---- dialogues ---- */

static bool take_number(const char *s, unsigned lo, unsigned hi, unsigned *out)
{
	char *end;
	unsigned long v = strtoul(s, &end, 10);

	if (!isdigit((unsigned char)*s) || *end || v < lo || v > hi)
		return false;
	*out = (unsigned)v;
	return true;
}

static bool take_yes_no(const char *s, bool *out)
{
	size_t n = strlen(s);

	*out = n && strncasecmp(s, "yes", n) == 0;
	return *out || (n && strncasecmp(s, "no", n) == 0);
}

static bool want_ip(struct wish *w, const char *s)
{
	return strcasecmp(s, "ip") == 0;
}

static bool want_target(struct wish *w, const char *s)
{
	return str_copy(w->target, sizeof(w->target), s) && target_ok(s);
}

static bool want_source(struct wish *w, const char *s)
{
	return str_copy(w->from, sizeof(w->from), s) && (!s[0] || target_ok(s));
}

static bool want_count(struct wish *w, const char *s)
{
	return take_number(s, 1, 10000, &w->count);
}

static bool want_probes(struct wish *w, const char *s)
{
	return take_number(s, 1, 10, &w->count);
}

static bool want_bytes(struct wish *w, const char *s)
{
	return take_number(s, 36, 18024, &w->bytes);
}

static bool want_seconds(struct wish *w, const char *s)
{
	return take_number(s, 1, 60, &w->seconds);
}

static bool want_ttl(struct wish *w, const char *s)
{
	return take_number(s, 1, 255, &w->ttl);
}

static bool want_more(struct wish *w, const char *s)
{
	return take_yes_no(s, &w->extended);
}

static bool want_df(struct wish *w, const char *s)
{
	return take_yes_no(s, &w->df);
}

/* What the system's programs are not asked for. */
static bool want_default(struct wish *w, const char *s)
{
	return strcasecmp(s, w->next->otherwise) == 0 || (w->next->otherwise[0] == 'n' && strncasecmp(s, "no", strlen(s)) == 0);
}

#define ONLY_DEFAULT "Only the default is possible here"
#define DECIMAL(lo_, hi_) "A decimal number between " #lo_ " and " #hi_ "."
static const struct wanted ping_asks[] = {
	{ "Protocol [ip]: ", "ip", want_ip, "Unknown protocol: only ip is possible here", false },
	{ "Target IP address: ", NULL, want_target, "Bad IP address or host name", false },
	{ "Repeat count [5]: ", "5", want_count, DECIMAL(1, 10000), false },
	{ "Datagram size [100]: ", "100", want_bytes, DECIMAL(36, 18024), false },
	{ "Timeout in seconds [2]: ", "2", want_seconds, DECIMAL(1, 60), false },
	{ "Extended commands [n]: ", "n", want_more, "Please answer 'yes' or 'no'.", false },
	{ "Source address or interface: ", "", want_source, "Invalid source", true },
	{ "Type of service [0]: ", "0", want_default, ONLY_DEFAULT, true },
	{ "Set DF bit in IP header? [no]: ", "no", want_df, "Please answer 'yes' or 'no'.", true },
	{ "Validate reply data? [no]: ", "no", want_default, ONLY_DEFAULT, true },
	{ "Data pattern [0xABCD]: ", "0xABCD", want_default, ONLY_DEFAULT, true },
	{ "Loose, Strict, Record, Timestamp, Verbose[none]: ", "none", want_default, ONLY_DEFAULT, true },
	{ "Sweep range of sizes [n]: ", "n", want_default, ONLY_DEFAULT, false },
	{ NULL, NULL, NULL, NULL, false },
};
static const struct wanted trace_asks[] = {
	{ "Protocol [ip]: ", "ip", want_ip, "Unknown protocol: only ip is possible here", false },
	{ "Target IP address: ", NULL, want_target, "Bad IP address or host name", false },
	{ "Source address: ", "", want_source, "Invalid source", false },
	{ "Numeric display [n]: ", "n", want_more, "Please answer 'yes' or 'no'.", false },
	{ "Timeout in seconds [3]: ", "3", want_seconds, DECIMAL(1, 60), false },
	{ "Probe count [3]: ", "3", want_probes, DECIMAL(1, 10), false },
	{ "Minimum Time to Live [1]: ", "1", want_default, ONLY_DEFAULT, false },
	{ "Maximum Time to Live [30]: ", "30", want_ttl, DECIMAL(1, 255), false },
	{ "Port Number [33434]: ", "33434", want_default, ONLY_DEFAULT, false },
	{ "Loose, Strict, Record, Timestamp, Verbose[none]: ", "none", want_default, ONLY_DEFAULT, false },
	{ NULL, NULL, NULL, NULL, false },
};

static int ping_go(struct cmd *c, const struct wish *w);
static int traceroute_go(struct cmd *c, const struct wish *w);
static int answered(struct cmd *c, const struct answer *a);

static int ask_next(struct cmd *c)
{
	struct wish *w = c->user, all;
	bool tracing = c->row->tok->text[0] == 't';

	while (w->next->text && w->next->extended && !w->extended)
		w->next++;
	if (w->next->text)
		return cmd_ask_text(c, w->next->text, w->next->otherwise, answered);
	all = *w;
	free(c->user);		/* the running program takes its place */
	c->user = NULL;
	return tracing ? traceroute_go(c, &all) : ping_go(c, &all);
}

static int answered(struct cmd *c, const struct answer *a)
{
	struct wish *w = c->user;

	if (!w->next->take(w, a->text))
		return cmd_error(c, "%s", w->next->wrong);
	w->next++;
	return ask_next(c);
}

static int dialogue(struct cmd *c)
{
	struct wish *w = mem_zalloc(sizeof(*w));

	w->next = c->row->tok->text[0] == 't' ? trace_asks : ping_asks;
	c->user = w;
	c->user_free = free;
	return ask_next(c);
}

static struct wish wish_of(const struct cmd *c, unsigned count, unsigned seconds)
{
	struct wish w = { .count = cmd_u32(c, "count", count), .bytes = cmd_u32(c, "bytes", 100), .seconds = cmd_u32(c, "seconds", seconds),
		.ttl = cmd_u32(c, "max-ttl", 30), .df = cmd_has(c, "df-bit") };

	str_copy(w.target, sizeof(w.target), cmd_str(c, "target"));
	str_copy(w.from, sizeof(w.from), cmd_str(c, "from"));
	return w;
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

static int ping_go(struct cmd *c, const struct wish *w)
{
	const char *target = w->target;
	unsigned repeat = w->count, size = w->bytes, wait = w->seconds;
	char name[] = "ping", n[] = "-n", count[16], bytes[16], seconds[16], every[] = "-i0.2", from_opt[] = "-I", end[] = "--";
	char df[] = "-M", df_do[] = "do";
	char *argv[16] = { name, n, count, bytes, seconds, every };
	unsigned k = 6;
	struct run *r;

	if (check(c, name, w) != CMD_OK)
		return CMD_ERROR;
	snprintf(count, sizeof(count), "-c%u", repeat);
	snprintf(bytes, sizeof(bytes), "-s%u", size - 28);	/* IOS counts the IP and ICMP headers */
	snprintf(seconds, sizeof(seconds), "-W%u", wait);
	if (w->df) {
		argv[k++] = df;
		argv[k++] = df_do;
	}
	if (w->from[0]) {
		argv[k++] = from_opt;
		argv[k++] = (char *)(uintptr_t)w->from;
	}
	argv[k++] = end;
	argv[k] = (char *)(uintptr_t)target;
	r = mem_zalloc(sizeof(*r));
	r->count = repeat;
	text_printf(c->out, "Type escape sequence to abort.\nSending %u, %u-byte ICMP Echos to %s, timeout is %u seconds:\n", repeat,
		size, target, wait);
	return begin(c, r, argv, SEC((uint64_t)repeat / 5 + wait + 10), ping_line, ping_done);
}

static int ping(struct cmd *c)
{
	struct wish w = wish_of(c, 5, 2);

	return ping_go(c, &w);
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

static int traceroute_go(struct cmd *c, const struct wish *w)
{
	const char *target = w->target;
	char name[] = "traceroute", n[] = "-n", probes[16], seconds[16], hops[16], from_opt[] = "-s", end[] = "--";
	char *argv[16] = { name, n, probes, seconds, hops };
	unsigned k = 5, tries = w->count, wait = w->seconds, most = w->ttl;

	if (check(c, name, w) != CMD_OK)
		return CMD_ERROR;
	snprintf(probes, sizeof(probes), "-q%u", tries);
	snprintf(seconds, sizeof(seconds), "-w%u", wait);
	snprintf(hops, sizeof(hops), "-m%u", most);
	if (w->from[0]) {
		argv[k++] = from_opt;
		argv[k++] = (char *)(uintptr_t)w->from;
	}
	argv[k++] = end;
	argv[k] = (char *)(uintptr_t)target;
	text_printf(c->out, "Type escape sequence to abort.\nTracing the route to %s\n", target);
	return begin(c, mem_zalloc(sizeof(struct run)), argv, SEC((uint64_t)tries * wait * most + 10), trace_line, trace_done);
}

static int traceroute(struct cmd *c)
{
	struct wish w = wish_of(c, 3, 3);

	return traceroute_go(c, &w);
}

/* clang-format off */
#define TARGET { .kind = T_WORD, .name = "target", .help = "Ping destination address or hostname", .lo = 1, .hi = 253 }
#define TRACE_TARGET { .kind = T_WORD, .name = "target", .help = "Trace route to destination address or hostname", .lo = 1, .hi = 253 }
#define SOURCE KW("source", "Specify source address or name"), { .kind = T_WORD, .name = "from", .help = "Source address", .lo = 1, .hi = 64 }

static const struct row ping_rows[] = {
	{ ROW(KW("ping", "Send echo messages")), .handler = dialogue, .priv = 15 },
	{ ROW(KW("traceroute", "Trace route to destination")), .handler = dialogue, .priv = 15 },
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
