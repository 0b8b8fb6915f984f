/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXEC commands that compare and replace configurations: configure replace, confirm, revert; show archive. */
#include "cli/config_diff.h"
#include "cli/files.h"
#include "cli/json.h"
#include "cli/session.h"
#include "lib/clock.h"
#include "lib/env.h"
#include "lib/mem.h"
#include "lib/why.h"
#include "syslog/msg.h"

static int replace(struct cmd *c)
{
	struct text t = TEXT_EMPTY, commands = TEXT_EMPTY, errors = TEXT_EMPTY;
	const char *url = cmd_str(c, "url");
	unsigned passes;
	struct why why;

	if (!files_read(c, url, &t, &why)) {
		text_free(&t);
		return cmd_error(c, "%s", why.text);
	}
	if (cmd_has(c, "revert"))
		revert_start(c->cli, cmd_u32(c, "minutes", 1), cmd_by(c));
	passes = config_replace(c->cli, text_str(&t), &commands, &errors);
	if (cmd_has(c, "list") && commands.n)
		text_printf(c->out, "!List of Commands:\n%send\n\n", text_str(&commands));
	text_add(c->out, text_str(&errors));
	if (passes)
		text_printf(c->out, "Total number of passes: %u\nRollback Done\n", passes);
	else
		cmd_error(c, "Rollback failed: the lines above remain");
	c->cli->changed = clock_wall(c->deps->env->clock);
	str_copy(c->cli->changed_by, sizeof(c->cli->changed_by), c->session ? c->session->user : "");
	cmd_flush(c);
	log_SYS_CONFIG_I(c->deps->log, url, cmd_by(c));
	config_closed(c->deps->config);
	text_free(&t);
	text_free(&commands);
	text_free(&errors);
	return passes ? CMD_OK : CMD_ERROR;
}

static int replace_answered(struct cmd *c, const struct answer *a)
{
	return a->text[0] == 'y' || a->text[0] == 'Y' ? replace(c) : CMD_OK;
}

static int ask_replace(struct cmd *c)
{
	struct text t = TEXT_EMPTY;
	struct why why;
	bool ok = files_read(c, cmd_str(c, "url"), &t, &why);

	text_free(&t);
	if (!ok)
		return cmd_error(c, "%s", why.text);
	if (cmd_has(c, "force"))
		return replace(c);
	text_add(c->out, "This will apply all necessary additions and deletions\n"
		"to replace the current running configuration with the\n"
		"contents of the specified configuration file, which is\n"
		"assumed to be a complete configuration, not a partial\n");
	return cmd_ask_text(c, "configuration. Enter Y if you are sure you want to proceed. ? [no]: ", "no", replace_answered);
}

static int nothing_pending(struct cmd *c)
{
	return cmd_error(c, "No Rollback Confirmed Change pending");
}

static int confirm(struct cmd *c)
{
	if (!revert_pending(c->cli))
		return nothing_pending(c);
	revert_confirm(c->cli, cmd_by(c));
	return CMD_OK;
}

static int revert(struct cmd *c)
{
	struct text errors = TEXT_EMPTY;

	if (!revert_pending(c->cli))
		return nothing_pending(c);
	if (cmd_has(c, "timer")) {
		revert_again(c->cli, cmd_u32(c, "minutes", 1), cmd_by(c));
		return CMD_OK;
	}
	revert_now(c->cli, &errors);
	text_add(c->out, errors.n ? text_str(&errors) : "Rollback Done\n");
	text_free(&errors);
	return CMD_OK;
}

/* What is compared is what the text means, so an abbreviation in a file is no difference. */
static bool meaning(struct cmd *c, const char *url, struct text *out, struct text *errors)
{
	struct text t = TEXT_EMPTY;
	struct why why;

	if (!files_read(c, url, &t, &why)) {
		text_free(&t);
		cmd_error(c, "%s", why.text);
		return false;
	}
	config_canonical(c->cli, text_str(&t), out, errors);
	text_free(&t);
	return true;
}

bool files_differences(struct cmd *c, struct text *shown, struct text *errors, bool *differs)
{
	const char *first = cmd_nth(c, "first", 0), *second = cmd_nth(c, "second", 0);
	struct text a = TEXT_EMPTY, b = TEXT_EMPTY;
	bool ok = meaning(c, first ? first : "nvram:startup-config", &a, errors);

	ok = ok && meaning(c, second ? second : "system:running-config", &b, errors);
	*differs = ok && config_diff(text_str(&a), text_str(&b), shown, NULL);
	text_free(&a);
	text_free(&b);
	return ok;
}

static int differences(struct cmd *c)
{
	struct text shown = TEXT_EMPTY, errors = TEXT_EMPTY;
	bool differs, ok = files_differences(c, &shown, &errors, &differs);

	if (ok) {
		text_add(c->out, text_str(&errors));
		text_add(c->out, "!Contextual Config Diffs:\n");
		text_add(c->out, differs ? text_str(&shown) : "!No changes were found\n");
		text_add(c->out, "\n");
	}
	text_free(&shown);
	text_free(&errors);
	return ok ? CMD_OK : CMD_ERROR;
}

/* clang-format off */
#define CONFIGURE KW("configure", "Enter configuration mode")
#define URL(name_, help_) { .kind = T_WORD, .name = name_, .text = "URL", .help = help_, .lo = 1, .hi = 200 }
#define MINUTES UINT("minutes", 1, 120, "Time in minutes to wait before reverting")

static const struct row configure_rows[] = {
	{ ROW(CONFIGURE, KW("confirm", "Confirm replacement of running-config with a new config file")), .handler = confirm, .priv = 15 },
	{ ROW(CONFIGURE, KW("replace", "Replace the running-config with a new config file"), URL("url", "nvram:FILE, flash:FILE"),
		SET(KW("force", "Forcibly replace without prompting for confirmation"), OR, KW("list", "List the commands"), OR,
			KW("revert", "Parameters for reverting the configuration"), KW("timer", "Configure timer based revert"), MINUTES, OR,
			KWN("time", "Time for which to wait for confirmation", "revert"), MINUTES)),
	  .handler = ask_replace, .priv = 15 },
	{ ROW(CONFIGURE, KW("revert", "Parameters for reverting the configuration"), ALT(
		KW("now", "Revert the configuration immediately"), OR, KW("timer", "Reset the time to revert"), MINUTES)),
	  .handler = revert, .priv = 15 },
	{ ROW(KW("show", "Show running system information"), KW("archive", "Archive functions"), KW("config", "Configuration archive"),
		KW("differences", "Show the differences of two configurations"),
		OPT(URL("first", "nvram:FILE, flash:FILE; startup-config when left out"),
			OPT(URL("second", "nvram:FILE, flash:FILE; running-config when left out")))), .handler = differences,
	  JSON("differences", json_differences), .priv = 15 },
};
/* clang-format on */

const struct row_table rows_configure = ROWS(IN_EXEC, configure_rows);
