/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Global configuration: aaa new-model, with the default lists for login and for EXEC. */
#include "cli/shell.h"

static const struct {
	const char *word;
	enum cfg_aaa method;
} methods[] = { { "local", AAA_LOCAL }, { "line", AAA_LINE }, { "enable", AAA_ENABLE }, { "none", AAA_NONE } };
#define NMETHOD (sizeof(methods) / sizeof(methods[0]))

static int set_model(struct cmd *c)
{
	c->cfg->aaa = !c->no;
	if (c->no) {
		memset(c->cfg->aaa_login, 0, sizeof(c->cfg->aaa_login));
		memset(c->cfg->aaa_exec, 0, sizeof(c->cfg->aaa_exec));
	}
	return CMD_OK;
}

static int set_list(struct cmd *c)
{
	bool login = cmd_has(c, "authentication");
	uint32_t *list = login ? c->cfg->aaa_login : c->cfg->aaa_exec;
	unsigned n = 0;

	if (!c->cfg->aaa)
		return c->no ? CMD_OK : cmd_error(c, "AAA is not enabled: 'aaa new-model' comes first");
	memset(list, 0, sizeof(c->cfg->aaa_login));
	for (unsigned i = 0; !c->no && i < c->nargs && n < CFG_METHODS; i++)
		for (unsigned k = 0; k < NMETHOD; k++)
			if (strcmp(c->arg[i].tok->text, methods[k].word) == 0)
				list[n++] = methods[k].method;
	return CMD_OK;
}

static void nv_list(struct nv *nv, const char *head, const uint32_t *list)
{
	struct text t = TEXT_EMPTY;

	if (!list[0])
		return;
	text_add(&t, head);
	for (unsigned i = 0; i < CFG_METHODS && list[i]; i++)
		for (unsigned k = 0; k < NMETHOD; k++)
			if (methods[k].method == list[i])
				text_printf(&t, " %s", methods[k].word);
	nv_line(nv, "%s", text_str(&t));
	text_free(&t);
}

static void nv_aaa(struct nv *nv, const struct row *row, const void *obj)
{
	if (!nv->cfg->aaa)
		return;
	nv_line(nv, "aaa new-model");
	nv_list(nv, "aaa authentication login default", nv->cfg->aaa_login);
	nv_list(nv, "aaa authorization exec default", nv->cfg->aaa_exec);
}

/* clang-format off */
#define LOCAL KW("local", "Use local username authentication")
static const struct row aaa_rows[] = {
	{ ROW(KW("aaa", "Authentication, Authorization and Accounting"), KW("new-model", "Enable NEW access control commands and functions")),
	  .flags = R_NO, .handler = set_model, .nv = nv_aaa, .order = 560 },
	{ ROW(KW("aaa", "Authentication, Authorization and Accounting"), KW("authentication", "Authentication configurations parameters"),
		KW("login", "Set authentication lists for logins"), KW("default", "The default authentication list"), NOEND,
		REP(4, ALT(LOCAL, OR, KW("line", "Use line password for authentication"), OR,
			KW("enable", "Use enable password for authentication"), OR, KW("none", "NO authentication")))),
	  .flags = R_NO, .handler = set_list },
	{ ROW(KW("aaa", "Authentication, Authorization and Accounting"), KW("authorization", "Authorization configurations parameters"),
		KW("exec", "For starting an exec (shell)"), KW("default", "The default authorization list"), NOEND,
		REP(4, ALT(KW("local", "Use local database"), OR, KW("none", "No authorization (always succeeds)")))),
	  .flags = R_NO, .handler = set_list },
};
/* clang-format on */

const struct row_table rows_aaa = ROWS(IN_CONFIG, aaa_rows);
