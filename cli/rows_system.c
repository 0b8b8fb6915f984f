/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXEC commands about lines, who is on them, and the system: show users, line, inventory, processes, tech-support. */
#include <stdio.h>
#include <stdlib.h>
#include "cli/json.h"
#include "cli/lines.h"
#include "cli/rows_show.h"
#include "cli/session.h"
#include "cli/show_proc.h"
#include "cli/tech.h"
#include "lib/clock.h"
#include "lib/env.h"

/* ---- who ---- */

static void user_row(struct cmd *c, const struct session *s, uint64_t now)
{
	uint64_t idle = (now - s->active) / USEC_PER_SEC;
	bool vty = s->peer.origin == CLI_VTY;

	text_printf(c->out, "%s%3u %s %-3u   %-10s %-20s %02u:%02u:%02u   %s\n", s == c->session ? "*" : " ", session_tty(s),
		vty ? "vty" : "con", s->peer.line, s->user, "idle", (unsigned)(idle / 3600), (unsigned)(idle / 60 % 60),
		(unsigned)(idle % 60), vty ? ip4_s(s->peer.from) : "");
}

/* In the order of the lines: the list of sessions is not. */
static int show_users(struct cmd *c)
{
	uint64_t now = clock_now(c->deps->env->clock);
	bool all = cmd_has(c, "all"), found;

	text_add(c->out, "    Line       User       Host(s)              Idle       Location\n");
	for (unsigned n = 0; n < CFG_VTYS + 2; n++) {
		found = false;
		for (const struct session *s = c->cli->sessions; s; s = s->next) {
			if (!session_on_line(s) || session_tty(s) != n)
				continue;
			user_row(c, s, now);
			found = true;
		}
		if (all && !found && n != 1 && n < c->cfg->nvty + 2)
			text_printf(c->out, " %3u %s %-3u   %-10s %-20s 00:00:00   \n", n, n ? "vty" : "con", n ? n - 2 : 0, "", "");
	}
	text_add(c->out, "\n  Interface    User               Mode         Idle     Peer Address\n\n");
	return CMD_OK;
}

/* ---- clearing ---- */

static int clear_confirmed(struct cmd *c, const struct answer *a)
{
	unsigned n = line_meant(c);

	if (!a->yes)
		return CMD_OK;
	if (c->session && n == session_tty(c->session))
		return cmd_error(c, "Not allowed to clear current line");
	for (struct session *s = c->cli->sessions; s; s = s->next) {
		if (session_tty(s) != n || session_over(s))
			continue;
		run_cancel(s);
		session_close(s, "");
	}
	text_add(c->out, " [OK]\n");
	return CMD_OK;
}

static int clear_line(struct cmd *c)
{
	if (line_meant(c) == 1 || line_meant(c) >= CFG_VTYS + 2)
		return line_missing(c);
	return cmd_ask_confirm(c, "", clear_confirmed);
}

/* 'disconnect ssh': IOS asks nothing. */
static int disconnect(struct cmd *c)
{
	unsigned n = line_meant(c);
	bool any = false;

	for (struct session *s = c->cli->sessions; s; s = s->next) {
		if (session_tty(s) != n || session_over(s) || s->peer.origin != CLI_VTY || s == c->session || !s->peer.user[0])
			continue;
		run_cancel(s);
		session_close(s, "");
		any = true;
	}
	return any ? CMD_OK : cmd_error(c, "No SSH session on line %u that can be disconnected", n);
}

/* ---- the system ---- */

static int inventory(struct cmd *c)
{
	struct show s = show_open(c);

	show_inventory(&s);
	return CMD_OK;
}

static int processes_cpu(struct cmd *c)
{
	struct show s = show_open(c);

	show_processes_cpu(&s, &c->cli->load);
	return CMD_OK;
}

static int processes_memory(struct cmd *c)
{
	struct show s = show_open(c);

	show_processes_memory(&s);
	return CMD_OK;
}

/* ---- show tech-support ---- */

const char *const tech_commands[] = { "show clock", "show version", "show inventory", "show running-config", "show users", "show line",
	"show processes cpu", "show processes memory", "show ip interface brief", "show interfaces", "show ip access-lists",
	"show crypto isakmp policy", "show crypto isakmp sa detail", "show crypto isakmp counters", "show crypto ipsec sa",
	"show crypto map", "show crypto gdoi", "show crypto gdoi detail", "show crypto gdoi ks policy", "show crypto gdoi ks members",
	"show crypto gdoi ks rekey", "show crypto gdoi gm rekey", "show crypto gdoi feature", "show debugging", "show logging", NULL };

/* One command as if it were typed at privilege 15; its errors are part of the text. */
static void say(struct cmd *c, const char *line)
{
	struct shell apart = { .cli = c->cli, .session = c->session };
	struct cmd *one;
	struct match m;

	text_printf(c->out, "\n------------------ %s ------------------\n\n", line);
	match_line(c->cli->grammar, IN_EXEC, 15, line, &m);
	if (m.result != MATCH_OK) {
		match_free(&m);
		return;
	}
	one = shell_cmd(&apart, &m, 0, line, c->out);
	shell_call(one);
	cmd_free(one);
}

/* What is handed to others holds no secret. */
static void say_without_secrets(struct cmd *c, const char *line)
{
	struct text t = TEXT_EMPTY, *out = c->out;

	c->out = &t;
	say(c, line);
	c->out = out;
	for (const char *p = text_str(&t); *p;) {
		size_t n = strcspn(p, "\n");

		secret_hide(p, n, SECRET_REMOVED, out);
		text_add(out, "\n");
		p += n + (p[n] == '\n');
	}
	text_free(&t);
}

static int tech_support(struct cmd *c)
{
	for (const char *const *line = tech_commands; *line; line++)
		if (strcmp(*line, "show running-config") == 0)
			say_without_secrets(c, *line);
		else
			say(c, *line);
	return CMD_OK;
}

/* clang-format off */
#define SHOW KW("show", "Show running system information")
#define CLEAR_LINE KW("clear", "Reset functions"), KW("line", "Reset a terminal line")
#define CONSOLE KW("console", "Primary terminal line"), UINT("line-number", 0, 0, "Line number")
#define VTY KW("vty", "Virtual terminal"), UINT("line-number", 0, CFG_VTYS - 1, "Line number")
#define ANY_LINE UINT("line-number", 0, CFG_VTYS + 1, "Line number")

static const struct row system_rows[] = {
	{ ROW(CLEAR_LINE, ALT(ANY_LINE, OR, CONSOLE, OR, VTY)),
	  .handler = clear_line, .priv = 15 },
	{ ROW(KW("disconnect", "Disconnect an existing network connection"), KW("ssh", "Disconnect an active SSH connection"),
		ALT(ANY_LINE, OR, VTY)), .handler = disconnect, .priv = 15 },
	{ ROW(SHOW, KW("inventory", "Show the physical inventory")), .handler = inventory, JSON("inventory", json_inventory) },
	{ ROW(SHOW, KW("line", "TTY line information"), OPT(ALT(ANY_LINE, OR, CONSOLE, OR, VTY))), .handler = show_line, JSON("line", json_line) },
	{ ROW(SHOW, KW("processes", "Active process statistics"), KW("cpu", "Show CPU use per process"),
		OPT(KW("sorted", "Show sorted output based on percentage of usage"), OPT(ALT(KW("1min", "Sort based on 1 minute utilization"), OR,
			KW("5min", "Sort based on 5 minutes utilization"), OR, KW("5sec", "Sort based on 5 seconds utilization"))))), .handler = processes_cpu, JSON("processes-cpu", json_processes_cpu) },
	{ ROW(SHOW, KW("processes", "Active process statistics"), KW("memory", "Show memory use per process")),
	  .handler = processes_memory, JSON("processes-memory", json_processes_memory) },
	{ ROW(SHOW, KW("tech-support", "Show system information for Tech-Support")), .handler = tech_support,
	  JSON("tech-support", json_tech_support), .priv = 15 },
	{ ROW(SHOW, KW("users", "Display information about terminal lines"), OPT(KW("all", "Include information about inactive ports"))),
	  .handler = show_users, JSON("users", json_users) },
	{ ROW(KW("where", "List active connections")), .handler = show_users, JSON("users", json_users), .flags = R_HIDDEN | R_FILTER },
	{ ROW(KW("who", "Display information about terminal lines")), .handler = show_users, JSON("users", json_users), .flags = R_FILTER },
};
/* clang-format on */

const struct row_table rows_system = ROWS(IN_EXEC, system_rows);
