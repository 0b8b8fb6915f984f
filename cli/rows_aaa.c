/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Global configuration: aaa new-model, with lists of local methods for login, for EXEC and for enable, and what is said at the
 * prompts. Groups of servers stand in lists and are passed over: there is no client for them.
 */
#include "cli/shell.h"

static const struct {
	const char *word;
	enum cfg_aaa method;
} methods[] = {
	{ "local", AAA_LOCAL }, { "local-case", AAA_LOCAL_CASE }, { "line", AAA_LINE }, { "enable", AAA_ENABLE },
	{ "if-authenticated", AAA_IF_AUTHENTICATED }, { "none", AAA_NONE },
	{ "group", AAA_GROUP },
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
		memset(&c->cfg->aaa_says, 0, sizeof(c->cfg->aaa_says));
		c->cfg->aaa_attempts = 3;
		c->cfg->aaa_max_fail = 0;
	}
	return CMD_OK;
}

static int not_enabled(struct cmd *c)
{
	return cmd_error(c, "AAA is not enabled: 'aaa new-model' comes first");
}

/* The row's own "enable" is a method as well as what is set: the methods are the arguments behind the list's name. */
static void set_methods(struct cmd *c, struct cfg_aaa_list *l, unsigned from)
{
	unsigned n = 0;

	memset(l->method, 0, sizeof(l->method));
	memset(l->group, 0, sizeof(l->group));
	for (unsigned i = from; i < c->nargs && n < CFG_METHODS; i++) {
		if (c->arg[i].tok->kind != T_KW)
			continue;
		for (unsigned k = 0; k < NMETHOD; k++)
			if (strcmp(c->arg[i].tok->text, methods[k].word) == 0)
				l->method[n++] = methods[k].method;
		if (n && l->method[n - 1] == AAA_GROUP && i + 1 < c->nargs)
			str_copy(l->group[n - 1], sizeof(l->group[0]), c->arg[i + 1].word);
	}
}

#define NAME_AT 3	/* aaa authentication login NAME ... */

static int set_list(struct cmd *c, struct cfg_table *t)
{
	const struct cmd_arg *a = &c->arg[NAME_AT];
	const char *name = a->tok->kind == T_KW ? a->tok->text : a->word;
	struct cfg_aaa_list *l;

	if (!c->cfg->aaa)
		return c->no ? CMD_OK : not_enabled(c);
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
		return not_enabled(c);
	c->cfg->aaa_console = !c->no;
	return CMD_OK;
}

/* ---- what is said at the prompts ---- */

static int set_banner(struct cmd *c)
{
	bool fail = cmd_has(c, "fail-message");

	if (!c->cfg->aaa && !c->no)
		return not_enabled(c);
	return shell_banner_begin(c, fail ? c->cfg->aaa_says.fail : c->cfg->aaa_says.banner, sizeof(c->cfg->aaa_says.fail));
}

/* Quotes around a text with blanks are not part of it. */
static int set_prompt(struct cmd *c)
{
	char *to = cmd_has(c, "username-prompt") ? c->cfg->aaa_says.username : c->cfg->aaa_says.password;
	const char *text = c->no ? "" : cmd_str(c, "text");
	size_t n = strlen(text);
	bool quoted = n > 1 && text[0] == '"' && text[n - 1] == '"';

	if (!c->cfg->aaa && !c->no)
		return not_enabled(c);
	if (n - 2 * quoted >= sizeof(c->cfg->aaa_says.username))
		return cmd_error(c, "The text is too long");
	memset(to, 0, sizeof(c->cfg->aaa_says.username));
	memcpy(to, text + quoted, n - 2 * quoted);
	return CMD_OK;
}

static void nv_prompt(struct nv *nv, const char *what, const char *text)
{
	const char *quote = text[strcspn(text, " \"")] ? "\"" : "";

	if (text[0])
		nv_line(nv, "aaa authentication %s %s%s%s", what, quote, text, quote);
}

static int set_attempts(struct cmd *c)
{
	if (!c->cfg->aaa && !c->no)
		return not_enabled(c);
	c->cfg->aaa_attempts = c->no ? 3 : cmd_u32(c, "tries", 3);
	return CMD_OK;
}

static int set_max_fail(struct cmd *c)
{
	if (!c->cfg->aaa && !c->no)
		return not_enabled(c);
	c->cfg->aaa_max_fail = c->no ? 0 : cmd_u32(c, "failures", 0);
	return CMD_OK;
}

static void nv_says(struct nv *nv)
{
	if (nv->cfg->aaa_attempts != 3 || nv->all)
		nv_line(nv, "aaa authentication attempts login %u", nv->cfg->aaa_attempts);
	nv_banner(nv, "aaa authentication banner", nv->cfg->aaa_says.banner);
	nv_banner(nv, "aaa authentication fail-message", nv->cfg->aaa_says.fail);
	nv_prompt(nv, "password-prompt", nv->cfg->aaa_says.password);
	nv_prompt(nv, "username-prompt", nv->cfg->aaa_says.username);
}

static int set_rate(struct cmd *c)
{
	c->cfg->auth_rate = c->no ? (c->dflt ? 10 : 0) : cmd_u32(c, "rate", 10);
	return CMD_OK;
}

static void nv_rate(struct nv *nv, const struct row *row, const void *obj)
{
	if (!nv->cfg->auth_rate)
		nv_line(nv, "no security authentication failure rate");
	else if (nv->cfg->auth_rate != 10 || nv->all)
		nv_line(nv, "security authentication failure rate %u log", nv->cfg->auth_rate);
}

/* ---- show running-config ---- */

static void nv_lists(struct nv *nv, const char *head, const struct cfg_table *t)
{
	struct text line = TEXT_EMPTY;

	CFG_EACH(struct cfg_aaa_list, l, t) {
		text_clear(&line);
		text_printf(&line, "%s %s", head, l->name);
		for (unsigned i = 0; i < CFG_METHODS && l->method[i]; i++)
			for (unsigned k = 0; k < NMETHOD; k++)
				if (methods[k].method == l->method[i])
					text_printf(&line, " %s%s%s", methods[k].word, l->group[i][0] ? " " : "", l->group[i]);
		nv_line(nv, "%s", text_str(&line));
	}
	text_free(&line);
}

static void nv_aaa(struct nv *nv, const struct row *row, const void *obj)
{
	if (!nv->cfg->aaa)
		return;
	nv_line(nv, "aaa new-model");
	if (nv->cfg->aaa_max_fail)
		nv_line(nv, "aaa local authentication attempts max-fail %u", nv->cfg->aaa_max_fail);
	nv_says(nv);
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
#define GROUP KW("group", "Use Server-group"), WORD("servers", "Server-group name")
#define LOCAL KW("local", "Use local username authentication")
static const struct row aaa_rows[] = {
	{ ROW(AAA, KW("new-model", "Enable NEW access control commands and functions")),
	  .flags = R_NO, .handler = set_model, .nv = nv_aaa, .order = 560 },
	{ ROW(AUTHENTICATION, KW("login", "Set authentication lists for logins"), LIST("authentication"),
		REP(4, ALT(LOCAL, OR, KW("local-case", "Use case-sensitive local username authentication"), OR,
			KW("line", "Use line password for authentication"), OR,
			KW("enable", "Use enable password for authentication"), OR, KW("none", "NO authentication"), OR, GROUP))),
	  .flags = R_NO, .handler = set_login },
	{ ROW(AUTHENTICATION, KW("enable", "Set authentication list for enable"), KW("default", "The default authentication list"), NOEND,
		REP(4, ALT(KW("enable", "Use enable password for authentication"), OR,
			KW("line", "Use line password for authentication"), OR, KW("none", "NO authentication"), OR, GROUP))),
	  .flags = R_NO, .handler = set_enable },
	{ ROW(AUTHENTICATION, KW("attempts", "Set the maximum number of login attempts"), KW("login", "Set authentication attempts for login"), NOEND,
		UINT("tries", 1, 25, "Number of attempts")), .flags = R_NO, .handler = set_attempts },
	{ ROW(AAA, KW("local", "AAA Local method options"), KWN("authentication", "Local authentication options", "of-users"),
		KW("attempts", "Set number of local authentication attempts"),
		KW("max-fail", "Set the number of failed attempts before a user is locked out"), NOEND,
		UINT("failures", 1, 65535, "Number of failed attempts")), .flags = R_NO, .handler = set_max_fail },
	{ ROW(AUTHENTICATION, ALT(KW("banner", "Message to use when starting login/authentication"), OR,
			KW("fail-message", "Message to use for failed login/authentication")), NOEND,
		LINE("text", "c text c, where 'c' is a delimiting character")), .flags = R_NO, .handler = set_banner },
	{ ROW(AUTHENTICATION, ALT(KW("password-prompt", "Text to use when prompting for a password"), OR,
			KW("username-prompt", "Text to use when prompting for a username")), NOEND, LINE("text", "Text of prompt")),
	  .flags = R_NO, .handler = set_prompt },
	{ ROW(AUTHORIZATION, KW("console", "For enabling console authorization")), .flags = R_NO, .handler = set_console },
	{ ROW(AUTHORIZATION, KW("exec", "For starting an exec (shell)"), LIST("authorization"),
		REP(4, ALT(KW("local", "Use local database"), OR,
			KW("if-authenticated", "Succeed if user has authenticated"), OR, KW("none", "No authorization (always succeeds)"), OR, GROUP))),
	  .flags = R_NO, .handler = set_exec },
	{ ROW(KW("security", "Infra Security CLIs"), KW("authentication", "Authentication security CLIs"), KW("failure", "Authentication failure logging"),
		KW("rate", "Authentication failure threshold rate"), NOEND,
		UINT("rate", 2, 1024, "Authentication failure threshold rate"), OPT(KW("log", "Log authentication failures"))),
	  .flags = R_NO, .handler = set_rate, .nv = nv_rate, .order = 559 },
};
/* clang-format on */

const struct row_table rows_aaa = ROWS(IN_CONFIG, aaa_rows);
