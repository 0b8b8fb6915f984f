/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Global configuration: aaa new-model, with lists of local methods for login, for EXEC and for enable. */
#include "cli/shell.h"

static const struct {
	const char *word;
	enum cfg_aaa method;
} methods[] = {
	{ "local", AAA_LOCAL }, { "local-case", AAA_LOCAL_CASE }, { "line", AAA_LINE }, { "enable", AAA_ENABLE },
	{ "if-authenticated", AAA_IF_AUTHENTICATED }, { "none", AAA_NONE },
};
#define NMETHOD (sizeof(methods) / sizeof(methods[0]))

static int set_model(struct cmd *c)
{
	c->cfg->aaa = !c->no;
	if (c->no) {
		cfg_table_clear(&c->cfg->aaa_login);
		cfg_table_clear(&c->cfg->aaa_exec);
		cfg_table_clear(&c->cfg->aaa_enable);
		c->cfg->aaa_console = false;
	}
	return CMD_OK;
}

/* The row's own "enable" is a method as well as what is set: the methods are the arguments behind the list's name. */
static void set_methods(struct cmd *c, struct cfg_aaa_list *l, unsigned from)
{
	unsigned n = 0;

	memset(l->method, 0, sizeof(l->method));
	for (unsigned i = from; i < c->nargs && n < CFG_METHODS; i++)
		for (unsigned k = 0; k < NMETHOD; k++)
			if (strcmp(c->arg[i].tok->text, methods[k].word) == 0)
				l->method[n++] = methods[k].method;
}

#define NAME_AT 3	/* aaa authentication login NAME ... */

static int set_list(struct cmd *c, struct cfg_table *t)
{
	const struct cmd_arg *a = &c->arg[NAME_AT];
	const char *name = a->tok->kind == T_KW ? a->tok->text : a->word;
	struct cfg_aaa_list *l;

	if (!c->cfg->aaa)
		return c->no ? CMD_OK : cmd_error(c, "AAA is not enabled: 'aaa new-model' comes first");
	if (!c->no) {
		set_methods(c, cfg_aaa_list_add(t, name), NAME_AT + 1);
		return CMD_OK;
	}
	l = cfg_aaa_list(t, name);
	if (l)
		cfg_remove(t, &l->node);
	return CMD_OK;
}

static int set_login(struct cmd *c)
{
	return set_list(c, &c->cfg->aaa_login);
}

static int set_exec(struct cmd *c)
{
	return set_list(c, &c->cfg->aaa_exec);
}

static int set_enable(struct cmd *c)
{
	return set_list(c, &c->cfg->aaa_enable);
}

static int set_console(struct cmd *c)
{
	if (!c->cfg->aaa && !c->no)
		return cmd_error(c, "AAA is not enabled: 'aaa new-model' comes first");
	c->cfg->aaa_console = !c->no;
	return CMD_OK;
}

static void nv_lists(struct nv *nv, const char *head, const struct cfg_table *t)
{
	struct text line = TEXT_EMPTY;

	CFG_EACH(struct cfg_aaa_list, l, t) {
		text_clear(&line);
		text_printf(&line, "%s %s", head, l->name);
		for (unsigned i = 0; i < CFG_METHODS && l->method[i]; i++)
			for (unsigned k = 0; k < NMETHOD; k++)
				if (methods[k].method == l->method[i])
					text_printf(&line, " %s", methods[k].word);
		nv_line(nv, "%s", text_str(&line));
	}
	text_free(&line);
}

static void nv_aaa(struct nv *nv, const struct row *row, const void *obj)
{
	if (!nv->cfg->aaa)
		return;
	nv_line(nv, "aaa new-model");
	nv_lists(nv, "aaa authentication login", &nv->cfg->aaa_login);
	nv_lists(nv, "aaa authentication enable", &nv->cfg->aaa_enable);
	if (nv->cfg->aaa_console)
		nv_line(nv, "aaa authorization console");
	nv_lists(nv, "aaa authorization exec", &nv->cfg->aaa_exec);
}

/* clang-format off */
#define AAA KW("aaa", "Authentication, Authorization and Accounting")
#define AUTHENTICATION AAA, KW("authentication", "Authentication configurations parameters")
#define AUTHORIZATION AAA, KW("authorization", "Authorization configurations parameters")
#define LIST(what_) ALT(KW("default", "The default " what_ " list"), OR, \
	{ .kind = T_WORD, .name = "list", .help = "Named " what_ " list", .lo = 1, .hi = 31 }), NOEND
#define LOCAL KW("local", "Use local username authentication")
static const struct row aaa_rows[] = {
	{ ROW(AAA, KW("new-model", "Enable NEW access control commands and functions")),
	  .flags = R_NO, .handler = set_model, .nv = nv_aaa, .order = 560 },
	{ ROW(AUTHENTICATION, KW("login", "Set authentication lists for logins"), LIST("authentication"),
		REP(4, ALT(LOCAL, OR, KW("local-case", "Use case-sensitive local username authentication"), OR,
			KW("line", "Use line password for authentication"), OR,
			KW("enable", "Use enable password for authentication"), OR, KW("none", "NO authentication")))),
	  .flags = R_NO, .handler = set_login },
	{ ROW(AUTHENTICATION, KW("enable", "Set authentication list for enable"), KW("default", "The default authentication list"), NOEND,
		REP(4, ALT(KW("enable", "Use enable password for authentication"), OR,
			KW("line", "Use line password for authentication"), OR, KW("none", "NO authentication")))),
	  .flags = R_NO, .handler = set_enable },
	{ ROW(AUTHORIZATION, KW("console", "For enabling console authorization")), .flags = R_NO, .handler = set_console },
	{ ROW(AUTHORIZATION, KW("exec", "For starting an exec (shell)"), LIST("authorization"),
		REP(4, ALT(KW("local", "Use local database"), OR,
			KW("if-authenticated", "Succeed if user has authenticated"), OR, KW("none", "No authorization (always succeeds)")))),
	  .flags = R_NO, .handler = set_exec },
};
/* clang-format on */

const struct row_table rows_aaa = ROWS(IN_CONFIG, aaa_rows);
