/* SPDX-License-Identifier: GPL-3.0-or-later */
/* reload: at once, later, not at all. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include "cli/exec_crypto.h"
#include "cli/files.h"
#include "cli/json.h"
#include "cli/session.h"
#include "lib/clock.h"
#include "lib/env.h"
#include "lib/mem.h"
#include "syslog/msg.h"

static int reload_now(struct cmd *c)
{
	log_SYS_RELOAD(c->deps->log, session_by(c->session), "Reload Command");
	session_close(c->session, "");
	c->deps->stop(c->deps->stop_arg);
	return CMD_OK;
}

/* ---- later ---- */

struct later {			/* µs until the reload, from when it was asked for */
	uint64_t delay;
};

static void time_has_come(void *arg)
{
	struct cli *c = arg;

	log_SYS_RELOAD(c->deps.log, c->reload.by, c->reload.reason[0] ? c->reload.reason : "Reload Command");
	c->deps.stop(c->deps.stop_arg);
}

void reload_init(struct cli *c)
{
	timer_init(&c->reload.timer, time_has_come, c);
}

void reload_forget(struct cli *c)
{
	timer_cancel(c->deps.env->timers, &c->reload.timer);
}

/* The second that the local clock will call so next. False with an error text. */
static bool next_time(struct cmd *c, int64_t now, int64_t *at)
{
	const struct zone *z = &c->cfg->timezone;
	const char *time = cmd_str(c, "time");
	bool dated = cmd_has(c, "month");
	time_t local = (time_t)(now + 60 * zone_at(z, now, NULL));
	unsigned h = 24, m = 60, n = 0, month = dated ? (unsigned)clock_month(cmd_str(c, "month")) : 1;
	struct tm tm;
	int day;

	gmtime_r(&local, &tm);
	if (sscanf(time, "%2u:%2u%n", &h, &m, &n) != 2 || time[n] || h > 23 || m > 59) {
		cmd_error(c, "Invalid time: %s (hh:mm is wanted)", time);
		return false;
	}
	if (!month) {
		cmd_error(c, "Invalid month: %s", cmd_str(c, "month"));
		return false;
	}
	tm.tm_hour = (int)h;
	tm.tm_min = (int)m;
	tm.tm_sec = 0;
	if (dated) {
		tm.tm_mon = (int)month - 1;
		tm.tm_mday = (int)cmd_u32(c, "day", 1);
	}
	day = tm.tm_mday;
	*at = zone_utc(z, timegm(&tm));
	if (*at <= now && dated)
		tm.tm_year++;
	else if (*at <= now)
		tm.tm_mday++;
	*at = zone_utc(z, timegm(&tm));
	if (!dated || tm.tm_mday == day)
		return true;
	cmd_error(c, "Invalid date: %s %d", cmd_str(c, "month"), day);	/* timegm() took it for one of the next month */
	return false;
}

#define MINUTES_MAX 34560	/* 24 days */
#define TOO_LATE "A reload cannot be scheduled for more than 24 days from now."

/* "90" or "1:30" in µs. False with an error text. */
static bool interval(struct cmd *c, uint64_t *delay)
{
	const char *text = cmd_str(c, "delay");
	unsigned a = 0, b = 0;
	int one = 0, two = 0;
	bool hours = sscanf(text, "%5u%n:%2u%n", &a, &one, &b, &two) == 2 && !text[two];
	unsigned minutes = hours ? 60 * a + b : a;

	if (text[strspn(text, "0123456789:")] || (!hours && (!one || text[one])) || b > 59 || !minutes) {
		cmd_error(c, "Invalid time: %s (mmm or hhh:mm is wanted)", text);
		return false;
	}
	*delay = SEC((uint64_t)minutes * 60);
	if (minutes <= MINUTES_MAX)
		return true;
	cmd_error(c, TOO_LATE);
	return false;
}

/* µs until then: c->user of a command that waits for its answers. False with an error text. */
static bool delay_of(struct cmd *c)
{
	uint64_t wall = clock_wall(c->deps->env->clock);
	struct later *l = c->user;
	int64_t at;

	if (!l) {
		l = c->user = mem_zalloc(sizeof(*l));
		c->user_free = free;
	}
	if (!cmd_has(c, "at"))
		return interval(c, &l->delay);
	if (!next_time(c, (int64_t)(wall / USEC_PER_SEC), &at))
		return false;
	l->delay = SEC((uint64_t)at) - wall;
	if (l->delay <= SEC(60 * (uint64_t)MINUTES_MAX))
		return true;
	cmd_error(c, TOO_LATE);
	return false;
}

/* "11:57:08 UTC Fri Apr 21 1996 (in 10 minutes)" */
static void when(const struct cmd *c, uint64_t left, struct text *out)
{
	uint64_t minutes = (left + 30 * USEC_PER_SEC) / (60 * USEC_PER_SEC);
	char at[96];

	text_printf(out, "%s (in ", wall_text(c->cfg, clock_wall(c->deps->env->clock) + left, at));
	if (minutes >= 60)
		text_printf(out, "%u hour%s%s", (unsigned)(minutes / 60), minutes / 60 == 1 ? "" : "s", minutes % 60 ? " and " : "");
	if (minutes % 60 || minutes < 60)
		text_printf(out, "%u minute%s", (unsigned)(minutes % 60), minutes % 60 == 1 ? "" : "s");
	text_add(out, ")");
}

static int later_confirmed(struct cmd *c, const struct answer *a)
{
	struct cli *cli = c->cli;
	char at[96], now[96];
	uint64_t left;

	if (!a->yes)
		return CMD_OK;
	if (!delay_of(c))
		return CMD_ERROR;
	left = ((struct later *)c->user)->delay;
	str_copy(cli->reload.by, sizeof(cli->reload.by), session_by(c->session));
	str_copy(cli->reload.reason, sizeof(cli->reload.reason), cmd_str(c, "reason"));
	timer_arm(c->deps->env->timers, &cli->reload.timer, left);
	wall_text(c->cfg, clock_wall(c->deps->env->clock) + left, at);
	wall_text(c->cfg, clock_wall(c->deps->env->clock), now);
	log_SYS_SCHEDULED_RELOAD(c->deps->log, at, now);
	return CMD_OK;
}

static int ask_later(struct cmd *c)
{
	if (!delay_of(c))
		return CMD_ERROR;
	text_add(c->out, "Reload scheduled for ");
	when(c, ((struct later *)c->user)->delay, c->out);
	text_printf(c->out, " by %s\n", session_by(c->session));
	if (cmd_has(c, "reason"))
		text_printf(c->out, "Reload reason: %s\n", cmd_str(c, "reason"));
	return cmd_ask_confirm(c, "Proceed with reload?", later_confirmed);
}

static int cancel(struct cmd *c)
{
	char now[96];

	if (!timer_armed(&c->cli->reload.timer))
		return cmd_error(c, "No reload is scheduled.");
	reload_forget(c->cli);
	text_add(c->out, "\n\n***\n*** --- SHUTDOWN ABORTED ---\n***\n\n");
	cmd_flush(c);
	log_SYS_SCHEDULED_RELOAD_CANCELLED(c->deps->log, wall_text(c->cfg, clock_wall(c->deps->env->clock), now));
	return CMD_OK;
}

static int show_reload(struct cmd *c)
{
	struct cli *cli = c->cli;

	if (!timer_armed(&cli->reload.timer)) {
		text_add(c->out, "No reload is scheduled.\n");
		return CMD_OK;
	}
	text_add(c->out, "Reload scheduled for ");
	when(c, timer_left(c->deps->env->timers, &cli->reload.timer), c->out);
	text_printf(c->out, " by %s\n", cli->reload.by);
	if (cli->reload.reason[0])
		text_printf(c->out, "Reload reason: %s\n", cli->reload.reason);
	return CMD_OK;
}

/* ---- asking ---- */

static int now_confirmed(struct cmd *c, const struct answer *a)
{
	return a->yes ? reload_now(c) : CMD_OK;
}

static int ask(struct cmd *c)
{
	return cmd_has(c, "in") || cmd_has(c, "at") ? ask_later(c) : cmd_ask_confirm(c, "Proceed with reload?", now_confirmed);
}

static int save_answered(struct cmd *c, const struct answer *a)
{
	if (a->yes && files_save(c) != CMD_OK)
		return CMD_ERROR;
	return ask(c);
}

static int reload(struct cmd *c)
{
	if (!c->deps->stop || !c->session)
		return cmd_error(c, "Reload is not possible here");
	if (config_dirty(c->deps->config))
		return cmd_ask_yes_no(c, "System configuration has been modified. Save?", save_answered);
	return ask(c);
}

/* clang-format off */
#define MONTH { .kind = T_WORD, .name = "month", .text = "MONTH", .help = "Month of the year" }
#define RELOAD KW("reload", "Halt and perform a cold restart")

static const struct row reload_rows[] = {
	{ ROW(RELOAD), .handler = reload, .priv = 15 },
	{ ROW(RELOAD, KW("at", "Reload at a specific time/date"), { .kind = T_WORD, .name = "time", .text = "hh:mm", .help = "Time to reload (hh:mm)" },
		OPT(ALT(UINT("day", 1, 31, "Day of the month"), MONTH, OR, MONTH, UINT("day", 1, 31, "Day of the month"))),
		OPT(LINE("reason", "Reason for reload"))), .handler = reload, .priv = 15 },
	{ ROW(RELOAD, KW("cancel", "Cancel pending reload")), .handler = cancel, .priv = 15 },
	{ ROW(RELOAD, KW("in", "Reload after a time interval"), { .kind = T_WORD, .name = "delay", .text = "mmm", .help = "Delay before reload (mmm or hhh:mm)" },
		OPT(LINE("reason", "Reason for reload"))), .handler = reload, .priv = 15 },
	{ ROW(KW("show", "Show running system information"), KW("reload", "Scheduled reload information")), .handler = show_reload,
	  JSON("reload", json_reload), .priv = 15 },
};
/* clang-format on */

const struct row_table rows_reload = ROWS(IN_EXEC, reload_rows);
