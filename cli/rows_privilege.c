/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Global configuration: privilege levels of EXEC commands, aliases of them. */
#include <stdlib.h>
#include "cli/json.h"
#include "cli/shell.h"
#include "config/config.h"
#include "lib/mem.h"

/* ---- privilege exec ---- */

static void apply(struct cli *c)
{
	const struct cfg *cfg = config_running(c->deps.config);
	unsigned n = 0, max = cfg_table_count(&cfg->privileges);
	struct grammar_rule *rules = mem_zalloc((max + 1) * sizeof(*rules));

	if (c->dry) {
		free(rules);
		return;
	}
	CFG_EACH(struct cfg_privilege, p, &cfg->privileges)
		rules[n++] = (struct grammar_rule){ p->name, p->level };
	grammar_privileges(c->grammar, rules, n);
	free(rules);
}

static int set_privilege(struct cmd *c)
{
	struct text words = TEXT_EMPTY;
	struct cfg_privilege *p;

	if (!match_canonical(c->cli->grammar, cmd_str(c, "command"), &words) || words.n >= CFG_DESC) {
		text_free(&words);
		return cmd_error(c, "No EXEC command begins with '%s'", cmd_str(c, "command"));
	}
	p = cfg_privilege(c->cfg, text_str(&words));
	if (p && (c->no || cmd_has(c, "reset"))) {
		cfg_remove(&c->cfg->privileges, &p->node);
	} else if (!c->no && !cmd_has(c, "reset")) {
		p = cfg_privilege_add(c->cfg, text_str(&words));
		p->level = cmd_u32(c, "level", 15);
	}
	text_free(&words);
	apply(c->cli);
	return CMD_OK;
}

static void nv_privileges(struct nv *nv, const struct row *row, const void *obj)
{
	CFG_EACH(struct cfg_privilege, p, &nv->cfg->privileges)
		nv_line(nv, "privilege exec level %u %s", p->level, p->name);
}

/* ---- alias exec ---- */

static int set_alias(struct cmd *c)
{
	const char *name = cmd_str(c, "name");
	struct cfg_alias *a = cfg_alias(c->cfg, name);

	if (c->no) {
		if (a)
			cfg_remove(&c->cfg->aliases, &a->node);
		return CMD_OK;
	}
	if (strlen(cmd_str(c, "command")) >= sizeof(a->command))
		return cmd_error(c, "The command is too long");
	a = cfg_alias_add(c->cfg, name);
	str_copy(a->command, sizeof(a->command), cmd_str(c, "command"));
	return CMD_OK;
}

static void nv_aliases(struct nv *nv, const struct row *row, const void *obj)
{
	CFG_EACH(struct cfg_alias, a, &nv->cfg->aliases)
		nv_line(nv, "alias exec %s %s", a->name, a->command);
}

static int show_aliases(struct cmd *c)
{
	text_add(c->out, "Exec mode aliases:\n");
	CFG_EACH(struct cfg_alias, a, &c->cfg->aliases)
		text_printf(c->out, "  %-21s %s\n", a->name, a->command);
	text_add(c->out, "\n");
	return CMD_OK;
}

/* clang-format off */
#define PRIVILEGE KW("privilege", "Command privilege parameters"), KW("exec", "Exec mode")

static const struct row privilege_rows[] = {
	{ ROW(PRIVILEGE, OPT(KW("all", "All suboption will be set to the samelevel")), KW("level", "Set privilege level of command"),
		UINT("level", 0, 15, "Privilege level"), LINE("command", "Initial keywords of the command to modify")),
	  .flags = R_NO, .handler = set_privilege, .nv = nv_privileges, .order = 1960 },
	{ ROW(PRIVILEGE, KW("reset", "Reset privilege level of command"), LINE("command", "Initial keywords of the command to modify")),
	  .handler = set_privilege },
	{ ROW(KW("alias", "Create command alias"), KW("exec", "Exec mode"), { .kind = T_WORD, .name = "name", .help = "Alias name", .lo = 1, .hi = 31 },
		NOEND, LINE("command", "Alias string")),
	  .flags = R_NO, .handler = set_alias, .nv = nv_aliases, .order = 1950 },
};
static const struct row show_rows[] = {
	{ ROW(KW("show", "Show running system information"), KW("aliases", "Display alias commands")), .handler = show_aliases,
	  JSON("aliases", json_aliases) },
};
/* clang-format on */

const struct row_table rows_privilege = ROWS(IN_CONFIG, privilege_rows);
const struct row_table rows_show_aliases = ROWS(IN_EXEC, show_rows);
