/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXEC commands about the session itself and the configuration files; what every configuration mode has; filters. */
#include <stdlib.h>
#include "cli/files.h"
#include "cli/json.h"
#include "cli/password_job.h"
#include "cli/revert.h"
#include "cli/session.h"
#include "lib/clock.h"
#include "lib/env.h"
#include "lib/mem.h"
#include "lib/why.h"
#include "syslog/msg.h"

/* ---- leaving ---- */

static int leave_exec(struct cmd *c)
{
	if (c->session)
		session_close(c->session, "");
	return CMD_OK;
}

/* From a configuration mode, to the one above; from the outermost, to EXEC. */
static int leave_mode(struct cmd *c)
{
	if (c->shell->depth == 1 && c->session)
		session_end_config(c->session);
	else if (c->shell->depth > 1)
		shell_leave(c->shell);
	return CMD_OK;
}

static int leave_config(struct cmd *c)
{
	if (c->session)
		session_end_config(c->session);
	else if (c->shell->depth > 1)
		c->shell->depth = 1;
	return CMD_OK;
}

/* Words that the matcher takes away before a row is called: they stand here for '?'. */
static int not_so(struct cmd *c)
{
	return cmd_error(c, "Incomplete command.");
}

static int help(struct cmd *c)
{
	text_add(c->out, "Help may be requested at any point in a command by entering\n"
		"a question mark '?'.  If nothing matches, the help list will\n"
		"be empty and you must backup until entering a '?' shows the\n"
		"available options.\n"
		"Two styles of help are provided:\n"
		"1. Full help is available when you are ready to enter a\n"
		"   command argument (e.g. 'show ?') and describes each possible\n"
		"   argument.\n"
		"2. Partial help is provided when an abbreviated argument is entered\n"
		"   and you want to know what arguments match the input\n"
		"   (e.g. 'show pr?'.)\n\n");
	return CMD_OK;
}

/* ---- privilege ---- */

static int set_priv(struct cmd *c, unsigned level)
{
	c->session->priv = level;
	return CMD_OK;
}

/* What 'enable LEVEL' asks for: the level's own. */
static const struct cfg_secret *level_secret(const struct cmd *c)
{
	uint32_t level = cmd_u32(c, "level", 15);
	const struct cfg_secret *secret = &c->cfg->enable_secret, *password = &c->cfg->enable_password;

	if (level && level < 15) {
		secret = &c->cfg->level_secret[level];
		password = &c->cfg->level_password[level];
	}
	return secret->type != SECRET_TYPE_NONE ? secret : password;
}

/* The first method of 'aaa authentication enable default' that has something to compare with. */
static enum cfg_aaa enable_method(const struct cmd *c)
{
	const struct cfg_aaa_list *l = cfg_aaa_list(&c->cfg->aaa_enable, "default");

	for (unsigned i = 0; l && i < CFG_METHODS; i++) {
		if (l->method[i] == AAA_NONE || (l->method[i] == AAA_LINE && session_line(c->session)->password.type != SECRET_TYPE_NONE) ||
			(l->method[i] == AAA_ENABLE && level_secret(c)->type != SECRET_TYPE_NONE))
			return (enum cfg_aaa)l->method[i];
	}
	return AAA_ENABLE;
}

static const struct cfg_secret *enable_secret(const struct cmd *c)
{
	return enable_method(c) == AAA_LINE ? &session_line(c->session)->password : level_secret(c);
}

static int enable_answered(struct cmd *c, const struct answer *a);

static int enable_failed(struct cmd *c)
{
	struct session *s = c->session;
	bool hashed = enable_secret(c)->type != SECRET_TYPE_CLEAR && enable_secret(c)->type != SECRET_TYPE_7;

	if (++s->enable_tries < 3)
		return cmd_ask_secret(c, "Password: ", enable_answered);
	cmd_error(c, hashed ? "Bad secrets\n" : "Bad passwords\n");
	cmd_flush(c);
	archive_log_line(s, "!exec: enable failed");
	log_SYS_PRIV_AUTH_FAIL(c->deps->log, cmd_u32(c, "level", 15), session_by(s));
	return CMD_ERROR;
}

static void enable_refused(void *arg)
{
	struct session *s = arg;

	s->background = false;
	s->gone = NULL;
	run_result(s, s->cmd, enable_failed(s->cmd));
}

static int enable_granted(struct cmd *c)
{
	struct session *s = c->session;
	unsigned level = cmd_u32(c, "level", 15);

	archive_log_line(s, "!exec: enable");
	log_SYS_PRIV_AUTH_PASS(c->deps->log, level, s->user[0] ? s->user : "unknown",
		s->peer.origin == CLI_VTY ? "vty" : "console");
	return set_priv(c, level);
}

/* A wrong password costs a second: guessing is slow. */
static void enable_checked(void *arg, bool ok)
{
	struct session *s = arg;

	s->login.job = NULL;
	if (!ok) {
		timer_init(&s->login.delay, enable_refused, s);
		timer_arm(s->cli->deps.env->timers, &s->login.delay, SEC(1));
		return;
	}
	s->background = false;
	s->gone = NULL;
	run_result(s, s->cmd, enable_granted(s->cmd));
}

static void enable_given_up(void *user)
{
	login_stop(user);
}

static int enable_answered(struct cmd *c, const struct answer *a)
{
	struct session *s = c->session;

	s->login.job = password_job_start(c->deps->env->pool, enable_secret(c), bytes_str(a->text), enable_checked, s);
	c->user = s;
	return cmd_wait(c, enable_given_up);
}

static int enable(struct cmd *c)
{
	struct session *s = c->session;
	unsigned level = cmd_u32(c, "level", 15);

	if (level <= s->priv)
		return set_priv(c, level);
	s->enable_tries = 0;
	if (enable_method(c) == AAA_NONE)
		return enable_granted(c);
	if (enable_secret(c)->type != SECRET_TYPE_NONE)
		return cmd_ask_secret(c, "Password: ", enable_answered);
	if (s->peer.origin == CLI_CONSOLE)
		return set_priv(c, level);
	return cmd_error(c, "No password set");
}

static int disable(struct cmd *c)
{
	unsigned level = cmd_u32(c, "level", 1);

	if (level > c->session->priv)
		return cmd_error(c, "New privilege level must be less than current privilege level");
	return set_priv(c, level);
}

/* ---- configuration ---- */

static int begin_config(struct cmd *c)
{
	struct session *s = c->session;

	shell_enter(c, IN_CONFIG, NULL, 0, 0);
	archive_log_session(c->cli);
	for (struct session *o = c->cli->sessions; o; o = o->next) {
		if (o == s || !o->shell.depth)
			continue;
		text_printf(c->out, "%% %s is configuring as well: the last word wins line by line\n", session_by(o));
		session_notice(o, "%% %s is configuring as well: the last word wins line by line\n", session_by(s));
	}
	if (cmd_has(c, "revert"))
		revert_start(c->cli, cmd_u32(c, "minutes", 1), session_by(s));
	text_add(c->out, "Enter configuration commands, one per line.  End with CNTL/Z.\n");
	return CMD_OK;
}

static int source_answered(struct cmd *c, const struct answer *a)
{
	size_t n = strlen(a->text);

	if (n && strncmp(a->text, "memory", n) == 0)
		return files_load_startup(c);
	if (n && strncmp(a->text, "terminal", n) != 0)
		return cmd_error(c, "Only 'terminal' and 'memory' are sources of configuration here");
	return begin_config(c);
}

static int configure(struct cmd *c)
{
	if (cmd_has(c, "terminal"))
		return begin_config(c);
	if (cmd_has(c, "memory"))
		return files_load_startup(c);
	return cmd_ask_text(c, "Configuring from terminal, memory, or network [terminal]? ", "terminal", source_answered);
}

/* ---- the terminal ---- */

static int set_terminal(struct cmd *c)
{
	struct session *s = c->session;

	s->length = cmd_u32(c, "lines", s->length);
	s->columns = cmd_u32(c, "columns", s->columns);
	if (cmd_has(c, "history"))
		session_history(s, cmd_has(c, "no") ? 0 : cmd_u32(c, "entries", 20));
	if (cmd_has(c, "editing"))
		session_editing(s, !cmd_has(c, "no"));
	if (cmd_has(c, "monitor"))
		session_monitor(s, !cmd_has(c, "no"));
	return CMD_OK;
}

static int show_terminal(struct cmd *c)
{
	const struct session *s = c->session;

	text_printf(c->out, "Line %u, Location: \"\", Type: \"VT220\"\nLength: %u lines, Width: %u columns\n"
		"Status: PSI Enabled, Ready, Active, No Exit Banner, Automore %s\nEditing is %s.\n",
		session_tty(s), s->length, s->columns, s->length ? "On" : "Off", s->no_editing ? "disabled" : "enabled");
	if (s->history_size)
		text_printf(c->out, "History is enabled, history size is %u.\n", s->history_size);
	else
		text_add(c->out, "History is disabled.\n");
	return CMD_OK;
}

static int show_history(struct cmd *c)
{
	const struct history *h = &c->session->history[c->shell->depth > 0];

	for (unsigned i = 0; i < h->n; i++)
		text_printf(c->out, "  %s\n", h->line[i]);
	return CMD_OK;
}

static int show_privilege(struct cmd *c)
{
	text_printf(c->out, "Current privilege level is %u\n", c->session->priv);
	return CMD_OK;
}

/* clang-format off */
#define SHOW KW("show", "Show running system information")
#define LEVEL OPT(UINT("level", 0, 15, "Enable level"))
#define TERMINAL KW("terminal", "Set terminal line parameters")

static const struct row exec_rows[] = {
	{ ROW(KW("configure", "Enter configuration mode"), OPT(ALT(KW("memory", "Configure from NV memory"), OR,
		KW("terminal", "Configure from the terminal"), OPT(KW("revert", "Parameters for reverting the configuration"),
			KW("timer", "Configure timer based revert"), UINT("minutes", 1, 120, "Time in minutes to wait before reverting"))))),
	  .handler = configure, .priv = 15 },
	{ ROW(KW("disable", "Turn off privileged commands"), LEVEL), .handler = disable, .flags = R_BARE },
	{ ROW(KW("enable", "Turn on privileged commands"), LEVEL), .handler = enable, .flags = R_BARE },
	{ ROW(KW("exit", "Exit from the EXEC")), .handler = leave_exec, .flags = R_BARE },
	{ ROW(KW("help", "Description of the interactive help system")), .handler = help, .flags = R_BARE },
	{ ROW(KW("logout", "Exit from the EXEC")), .handler = leave_exec, .flags = R_BARE },
	{ ROW(KW("no", "Disable debugging functions")), .handler = not_so, .priv = 15 },
	{ ROW(KW("quit", "Exit from the EXEC")), .handler = leave_exec, .flags = R_BARE | R_HIDDEN },
	{ ROW(SHOW, KW("history", "Display the session command history")), .handler = show_history, JSON("history", json_history) },
	{ ROW(SHOW, KW("privilege", "Show current privilege level")), .handler = show_privilege, JSON("privilege", json_privilege) },
	{ ROW(SHOW, KW("terminal", "Display terminal configuration parameters")), .handler = show_terminal, JSON("terminal", json_terminal) },
	{ ROW(TERMINAL, KW("editing", "Enable command line editing")), .handler = set_terminal },
	{ ROW(TERMINAL, KW("history", "Enable and control the command history function"),
		OPT(KW("size", "Set history buffer size"), UINT("entries", 0, VTY_HISTORY_MAX, "Size of history buffer"))), .handler = set_terminal },
	{ ROW(TERMINAL, KW("length", "Set number of lines on a screen"), UINT("lines", 0, 512, "Number of lines on screen (0 for no pausing)")),
	  .handler = set_terminal },
	{ ROW(TERMINAL, KW("monitor", "Copy debug output to the current terminal line")), .handler = set_terminal },
	{ ROW(TERMINAL, KW("no", "Negate a command or set its defaults"), ALT(
		KW("editing", "Disable command line editing"), OR, KW("history", "Disable the command history function"), OR, KW("monitor", "No debug output on the current terminal line"))),
	  .handler = set_terminal },
	{ ROW(TERMINAL, KW("width", "Set width of the display terminal"), UINT("columns", 0, 512, "Number of characters on a screen line")),
	  .handler = set_terminal },
};

static const struct row common_rows[] = {
	{ ROW(KW("default", "Set a command to its defaults")), .handler = not_so, .flags = R_NAVIGATES },
	{ ROW(KW("exit", NULL)), .handler = leave_mode, .flags = R_NAVIGATES },
	{ ROW(KW("no", "Negate a command or set its defaults")), .handler = not_so, .flags = R_NAVIGATES },
	{ ROW(KW("end", "Exit from configure mode")), .handler = leave_config, .flags = R_NAVIGATES | R_HIDDEN },
	{ ROW(KW("do", "To run exec commands in config mode"), LINE("command", "Exec Command")), .handler = not_so, .flags = R_NAVIGATES | R_HIDDEN },
	{ ROW(KW("help", "Description of the interactive help system")), .handler = help, .flags = R_NAVIGATES | R_HIDDEN },
};

static const struct row config_rows[] = {
	{ ROW(KW("do-exec", "To run exec commands in config mode"), LINE("command", "Exec Command")), .handler = not_so, .flags = R_NAVIGATES },
	{ ROW(KW("end", "Exit from configure mode")), .handler = leave_config, .flags = R_NAVIGATES },
	{ ROW(KW("help", "Description of the interactive help system")), .handler = help, .flags = R_NAVIGATES },
};

#define WHOLE(text_, help_) { .kind = T_KW, .text = text_, .name = text_, .help = help_, .exact = true }
#define RE LINE("pattern", "Regular Expression")
#define URL(help_) { .kind = T_WORD, .name = "url", .text = "URL", .help = help_, .lo = 1, .hi = 200 }
static const struct row filter_rows[] = {
	{ ROW(KW("append", "Append redirected output to URL (URLs supporting append operation only)"), URL("flash:FILE or nvram:FILE")),
	  .priv = 15 },
	{ ROW(KW("begin", "Begin with the line that matches"), RE) },
	{ ROW(KW("count", "Count number of lines which match regexp"), OPT(RE)) },
	{ ROW(KW("exclude", "Exclude lines that match"), RE) },
	{ ROW(KW("include", "Include lines that match"), RE) },
	{ ROW(KW("json", "Print the command's data as JSON")) },
	{ ROW(KW("redirect", "Redirect output to URL"), URL("flash:FILE or nvram:FILE")), .priv = 15 },
	{ ROW(KW("section", "Filter a section of output"), OPT(ALT(WHOLE("exclude", "Exclude matching sections of output"), OR,
		WHOLE("include", "Include matching sections of output"))), RE) },
	{ ROW(KW("tee", "Copy output to URL"), OPT(KW("/append", "Append output to URL")), URL("flash:FILE or nvram:FILE")), .priv = 15 },
};
/* clang-format on */

const struct row_table rows_exec = ROWS(IN_EXEC, exec_rows);
const struct row_table rows_common = ROWS(IN_COMMON, common_rows);
const struct row_table rows_config_top = ROWS(IN_CONFIG, config_rows);
const struct row_table rows_filter = ROWS(IN_FILTER, filter_rows);
