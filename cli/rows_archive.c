/* SPDX-License-Identifier: GPL-3.0-or-later */
/* archive, log config and what is below them; EXEC: archive config, show archive, clear archive log. */
#include <stdlib.h>
#include "cli/archive.h"
#include "cli/json.h"
#include "cli/shell.h"
#include "config/config.h"
#include "lib/clock.h"
#include "lib/env.h"
#include "lib/why.h"

/* ---- configuration ---- */

static int enter(struct cmd *c)
{
	if (!c->no) {
		shell_enter(c, IN_ARCHIVE, "", 0, 0);
		return CMD_OK;
	}
	cfg_archive_reset(&c->cfg->archive);
	archive_apply(c->cli);
	return CMD_OK;
}

static int enter_log(struct cmd *c)
{
	struct cfg_archive fresh;

	if (!c->no) {
		shell_enter(c, IN_ARCHIVE_LOG, "", 0, 0);
		return CMD_OK;
	}
	cfg_archive_reset(&fresh);
	c->cfg->archive.logging = c->cfg->archive.notify = c->cfg->archive.hidekeys = false;
	c->cfg->archive.log_size = fresh.log_size;
	archive_apply(c->cli);
	return CMD_OK;
}

static int set_path(struct cmd *c)
{
	struct cfg_archive *a = &c->cfg->archive;
	const char *path = c->no ? "" : cmd_str(c, "path");
	struct why why;

	if (strlen(path) >= sizeof(a->path))
		return cmd_error(c, "The path is too long");
	if (path[0] && !archive_path_ok(c->cli, path, &why))
		return cmd_error(c, "%s", why.text);
	str_copy(a->path, sizeof(a->path), path);
	archive_apply(c->cli);
	return CMD_OK;
}

static bool has_log(const struct cfg_archive *a)
{
	return a->logging || a->notify || a->hidekeys || a->log_size != 100;
}

/* The bound field is set as any other, then looked at. */
static int set_and_apply(struct cmd *c)
{
	bind_apply(c);
	archive_apply(c->cli);
	return CMD_OK;
}

static void nv_archive(struct nv *nv, const struct row *row, const void *obj)
{
	const struct cfg_archive *a = &nv->cfg->archive;
	struct cfg_archive fresh;

	cfg_archive_reset(&fresh);
	if (!has_log(a) && !a->path[0] && a->maximum == fresh.maximum && !a->write_memory && !a->period)
		return;
	nv_line(nv, "archive");
	nv_mode(nv, IN_ARCHIVE, a);
}

static void nv_log(struct nv *nv, const struct row *row, const void *obj)
{
	const struct cfg_archive *a = obj;

	if (!has_log(a))
		return;
	nv_line(nv, "log config");
	nv_mode(nv, IN_ARCHIVE_LOG, a);
}

static void nv_notify(struct nv *nv, const struct row *row, const void *obj)
{
	if (((const struct cfg_archive *)obj)->notify)
		nv_line(nv, "notify syslog contenttype plaintext");
}

static void nv_path(struct nv *nv, const struct row *row, const void *obj)
{
	const struct cfg_archive *a = obj;

	if (a->path[0])
		nv_line(nv, "path %s", a->path);
}

/* ---- EXEC ---- */

static int save(struct cmd *c)
{
	struct why why;

	return archive_save(c->cli, &why) ? CMD_OK : cmd_error(c, "%s", why.text);
}

static int show_archive(struct cmd *c)
{
	const struct cfg_archive *a = &c->cfg->archive;
	struct archive_file list[ARCHIVES_MAX];
	char next[260];
	unsigned n;

	if (!a->path[0])
		return cmd_error(c, "Archive feature not enabled");
	n = archive_list(c->cli, list, next);
	text_printf(c->out, "The maximum archive configurations allowed is %u.\n", a->maximum);
	if (a->period)
		text_printf(c->out, "The archiving time-period is %u minutes.\nThe next archive will be in %u minutes.\n", a->period,
			(unsigned)((timer_left(c->deps->env->timers, &c->cli->archive.period) + SEC(59)) / SEC(60)));
	if (a->write_memory)
		text_add(c->out, "Write-mem mode is enabled.\n");
	if (n)
		text_printf(c->out, "There are currently %u archive configurations saved.\n", n);
	text_printf(c->out, "The next archive file will be named %s\n Archive #  Name\n", next);
	for (unsigned i = 0; i < a->maximum; i++)
		text_printf(c->out, "   %-2u       %s%s\n", i + 1, i < n ? list[i].url : "", i + 1 == n ? " <- Most Recent" : "");
	text_add(c->out, "\n");
	return CMD_OK;
}

bool archive_wanted(const struct cmd *c, const struct archive_entry *e)
{
	uint32_t first = cmd_u32(c, "first", 1), last = cmd_has(c, "last") ? cmd_u32(c, "last", 1) : first;

	return cmd_has(c, "all") || (e->index >= first && e->index <= last);
}

static int show_log(struct cmd *c)
{
	const struct archive *a = &c->cli->archive;
	bool plain = cmd_has(c, "provisioning");

	if (!plain)
		text_add(c->out, " idx   sess           user@line      Logged command\n");
	else
		text_add(c->out, "archive\n log config\n  logging enable\n");
	for (unsigned i = 0; i < a->n; i++) {
		const struct archive_entry *e = &a->entry[i];

		if (archive_wanted(c, e) && plain && e->line[0] != '!')
			text_printf(c->out, "%s\n", e->line);
		else if (archive_wanted(c, e) && !plain)
			text_printf(c->out, "%5u %5u %19s |%s\n", e->index, e->session, e->by, e->line);
	}
	text_add(c->out, "\n");
	return CMD_OK;
}

static int clear_confirmed(struct cmd *c, const struct answer *a)
{
	if (a->yes)
		archive_log_clear(c->cli);
	return CMD_OK;
}

static int clear_log(struct cmd *c)
{
	static const struct answer yes = { .yes = true };

	return cmd_has(c, "force") ? clear_confirmed(c, &yes) : cmd_ask_confirm(c, "Clear configuration log", clear_confirmed);
}

/* clang-format off */
#define SHOW_ARCHIVE KW("show", "Show running system information"), KW("archive", "Archive functions")
#define ENTRY(name_, help_) UINT(name_, 1, 2147483647, help_)

static const struct row config_rows[] = {
	{ ROW(KW("archive", "Archive the configuration")), .flags = R_NO, .handler = enter, .nv = nv_archive, .order = 950 },
};

static const struct row archive_rows[] = {
	{ ROW(KW("log", "Logging commands"), KW("config", "Log changes to the running configuration")),
	  .flags = R_NO, .handler = enter_log, .nv = nv_log },
	{ ROW(KW("path", "path for backups"), NOEND, { .kind = T_WORD, .name = "path", .text = "URL",
		.help = "flash:NAME or nvram:NAME; $h: host name, $t: time", .lo = 1, .hi = 200 }),
	  .flags = R_NO, .handler = set_path, .nv = nv_path },
	{ ROW(KW("maximum", "maximum number of backup copies"), NOEND,
		UINT_B(1, ARCHIVES_MAX, "Number of backup copies", struct cfg_archive, maximum)), .flags = R_NO | R_NV },
	{ ROW(KW_TRUE("write-memory", "Enable automatic backup generation during write memory", struct cfg_archive, write_memory)),
	  .flags = R_NO | R_NV },
	{ ROW(KW("time-period", "Period of time in minutes to automatically archive the running-config"), NOEND,
		UINT_B(1, 525600, "Number of minutes to wait between archive creation", struct cfg_archive, period)),
	  .flags = R_NO | R_NV, .handler = set_and_apply },
};

static const struct row log_rows[] = {
	{ ROW(KW("logging", "Modify config logging parameters"), KW_TRUE("enable", "Enable the config logger", struct cfg_archive, logging)),
	  .flags = R_NO | R_NV, .handler = set_and_apply },
	{ ROW(KW("logging", "Modify config logging parameters"), KW("size", "Maximum size of the log"), NOEND,
		UINT_B(1, 1000, "Number of entries", struct cfg_archive, log_size)), .flags = R_NO | R_NV, .handler = set_and_apply },
	{ ROW(KW("notify", "Notify configuration changes"), KW_TRUE("syslog", "Send configuration changes to syslog", struct cfg_archive, notify),
		OPT(KW("contenttype", "Content type of the message"), KW("plaintext", "Text"))), .flags = R_NO, .nv = nv_notify },
	{ ROW(KW_TRUE("hidekeys", "Do not log passwords", struct cfg_archive, hidekeys)), .flags = R_NO | R_NV },
};

static const struct row exec_rows[] = {
	{ ROW(KW("archive", "Manage archive files"), KW("config", "Archive the running configuration")), .handler = save, .priv = 15 },
	{ ROW(SHOW_ARCHIVE), .handler = show_archive, JSON("archive", json_archive), .priv = 15 },
	{ ROW(SHOW_ARCHIVE, KW("log", "Logging functions"), KW("config", "Log of configuration changes"), ALT(
		KW("all", "Show all log entries"), OPT(KW("provisioning", "Show the log as commands that can be entered again")), OR,
		ENTRY("first", "Starting record number"), OPT(ENTRY("last", "Ending record number")))),
	  .handler = show_log, JSON("archive-log", json_archive_log), .priv = 15 },
	{ ROW(KW("clear", "Reset functions"), KW("archive", "Archive functions"), KW("log", "Logging functions"),
		KW("config", "Log of configuration changes"), OPT(KW("force", "Do not ask"))), .handler = clear_log, .priv = 15 },
};
/* clang-format on */

const struct row_table rows_archive_enter = ROWS(IN_CONFIG, config_rows);
const struct row_table rows_archive = ROWS(IN_ARCHIVE, archive_rows);
const struct row_table rows_archive_log = ROWS(IN_ARCHIVE_LOG, log_rows);
const struct row_table rows_archive_exec = ROWS(IN_EXEC, exec_rows);
