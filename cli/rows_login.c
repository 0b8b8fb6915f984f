/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Global configuration: login block-for, delay, quiet-mode, on-failure, on-success; EXEC: show login [failures]. */
#include "cli/json.h"
#include "cli/shell.h"
#include "config/config.h"

static int set_block(struct cmd *c)
{
	struct cfg_login_log *l = &c->cfg->login_log;

	l->block_for = c->no ? 0 : cmd_u32(c, "seconds", 0);
	l->attempts = c->no ? 0 : cmd_u32(c, "tries", 0);
	l->within = c->no ? 0 : cmd_u32(c, "window", 0);
	if (c->no && !c->cli->dry)
		login_watch_stop(c->cli);
	return CMD_OK;
}

static void nv_block(struct nv *nv, const struct row *row, const void *obj)
{
	const struct cfg_login_log *l = &nv->cfg->login_log;

	if (l->block_for)
		nv_line(nv, "login block-for %u attempts %u within %u", l->block_for, l->attempts, l->within);
}

static int set_log(struct cmd *c)
{
	struct cfg_login_log *l = &c->cfg->login_log;
	bool failure = cmd_has(c, "on-failure");
	uint32_t every = cmd_u32(c, "every", 1);

	*(failure ? &l->failure : &l->success) = !c->no;
	*(failure ? &l->failure_every : &l->success_every) = c->no ? 1 : every;
	return CMD_OK;
}

static void nv_one_log(struct nv *nv, const char *when, bool on, uint32_t every)
{
	if (on && every > 1)
		nv_line(nv, "login %s log every %u", when, every);
	else if (on)
		nv_line(nv, "login %s log", when);
	else if (nv->all)
		nv_line(nv, "no login %s log", when);
}

static void nv_log(struct nv *nv, const struct row *row, const void *obj)
{
	const struct cfg_login_log *l = &nv->cfg->login_log;

	nv_one_log(nv, "on-failure", l->failure, l->failure_every);
	nv_one_log(nv, "on-success", l->success, l->success_every);
}

/* ---- show ---- */

static void show_log(struct text *out, const char *what, bool on, uint32_t every)
{
	if (on && every > 1)
		text_printf(out, "     Every %u %s login is logged.\n", every, what);
	else if (on)
		text_printf(out, "     All %s login is logged.\n", what);
}

static void show_mode(struct cmd *c, const struct cfg_login_log *l)
{
	unsigned quiet = login_quiet_left(c->cli), window = login_window_left(c->cli);

	text_printf(c->out, "     Router enabled to watch for login Attacks.\n"
		"     If more than %u login failures occur in %u seconds or less,\n"
		"     logins will be disabled for %u seconds.\n\n", l->attempts, l->within, l->block_for);
	if (quiet) {
		text_printf(c->out, "     Router presently in Quiet-Mode.\n     Will remain in Quiet-Mode for %u seconds.\n", quiet);
		if (l->quiet_acl[0])
			text_printf(c->out, "     Restricted logins filtered by applied ACL %s.\n", l->quiet_acl);
		else
			text_add(c->out, "     Denying logins from all sources.\n");
		return;
	}
	text_printf(c->out, "     Router presently in Normal-Mode.\n     Current Watch Window\n"
		"         Time remaining: %u seconds.\n"
		"         Login failures for current window: %u.\n"
		"     Total login failures: %u.\n", window ? window : l->within, window ? c->cli->logins.in_window : 0, c->cli->logins.total);
}

static int show_login(struct cmd *c)
{
	const struct cfg_login_log *l = &c->cfg->login_log;

	text_printf(c->out, "     A %slogin delay of %u seconds is applied.\n", l->delay ? "" : "default ", l->delay ? l->delay : 1);
	if (l->quiet_acl[0])
		text_printf(c->out, "     Quiet-Mode access list %s is applied.\n", l->quiet_acl);
	else
		text_add(c->out, "     No Quiet-Mode access list has been configured.\n");
	show_log(c->out, "successful", l->success, l->success_every);
	show_log(c->out, "failed", l->failure, l->failure_every);
	text_add(c->out, "\n");
	if (l->block_for)
		show_mode(c, l);
	else
		text_add(c->out, "     Router NOT enabled to watch for login Attacks\n");
	text_add(c->out, "\n");
	return CMD_OK;
}

static int show_failures(struct cmd *c)
{
	const struct login_watch *w = &c->cli->logins;
	char at[96];

	if (!w->nlast) {
		text_add(c->out, "*** No logged failed login attempts with the device.***\n\n");
		return CMD_OK;
	}
	text_printf(c->out, "Total failed logins: %u\nDetailed information about last %u failures\n\n", w->total, LOGIN_FAILURES);
	text_add(c->out, "Username        SourceIPAddr    lPort Count TimeStamp\n");
	for (unsigned i = 0; i < w->nlast; i++) {
		struct text name = TEXT_EMPTY;

		text_escaped(&name, bytes_str(w->last[i].user));
		text_printf(c->out, "%-15s %-15s %-5u %-5u %s\n", text_str(&name), w->last[i].from, w->last[i].port, w->last[i].count,
			wall_text(c->cfg, w->last[i].wall, at));
		text_free(&name);
	}
	text_add(c->out, "\n");
	return CMD_OK;
}

/* clang-format off */
#define LOGIN KW("login", "Enable secure login checking")
#define SHOW KW("show", "Show running system information")

static const struct row config_rows[] = {
	{ ROW(LOGIN, KW("block-for", "Set quiet-mode active time period"), NOEND, UINT("seconds", 1, 65535, "Time period in seconds"),
		KW("attempts", "Set max number of fail attempts"), UINT("tries", 1, 65535, "Fail attempts max value"),
		KW("within", "Watch period for fail attempts"), UINT("window", 1, 65535, "Time period in seconds")),
	  .flags = R_NO, .handler = set_block, .nv = nv_block, .order = 802 },
	{ ROW(LOGIN, KW("delay", "Set delay between successive fail login"), NOEND,
		UINT_B(1, 10, "Time period in seconds", struct cfg, login_log.delay)), .flags = R_NO | R_NV, .order = 803 },
	{ ROW(LOGIN, KW("quiet-mode", "Set quiet-mode options"), KW("access-class", "Set access class"), NOEND,
		WORD_B("IP access list", struct cfg, login_log.quiet_acl)), .flags = R_NO | R_NV, .order = 804 },
	{ ROW(LOGIN, ALT(KW("on-failure", "Set options for failed login attempt"), OR,
			KW("on-success", "Set options for successful login attempt")),
		OPT(KW("log", "Generate syslogs on login attempts")),
		OPT(KWN("every", "Periodicity of logs", "periodic"), UINT("every", 1, 65535, "Periodicity value"))),
	  .flags = R_NO, .handler = set_log, .nv = nv_log, .order = 805 },
};

static const struct row show_rows[] = {
	{ ROW(SHOW, KW("login", "Display Secure Login Configurations and State")),
	  .handler = show_login, JSON("login", json_login), .priv = 15 },
	{ ROW(SHOW, KW("login", "Display Secure Login Configurations and State"), KW("failures", "Information on login failures")),
	  .handler = show_failures, JSON("login-failures", json_login_failures), .priv = 15 },
};
/* clang-format on */

const struct row_table rows_login = ROWS(IN_CONFIG, config_rows);
const struct row_table rows_show_login = ROWS(IN_EXEC, show_rows);
