/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lines: console 0, vty 0 to 15; aux 0 is read and kept nowhere. */
#include <stdio.h>
#include "cli/shell.h"
#include "lib/secret.h"

static int enter_line(struct cmd *c)
{
	uint32_t first = cmd_u32(c, "first", 0), last = cmd_u32(c, "last", first);

	if (!cmd_has(c, "vty")) {
		if (!c->no)
			shell_enter(c, IN_LINE, cmd_has(c, "aux") ? "aux" : "console", 0, 0);
		return CMD_OK;
	}
	if (last < first)
		return cmd_error(c, "Invalid line range: %u to %u", first, last);
	if (c->no) {
		if (first < 5)
			return cmd_error(c, "Can't delete last 5 VTY lines");
		for (uint32_t i = first; i < CFG_VTYS; i++)
			cfg_line_reset(&c->cfg->vty[i], LINE_VTY);
		if (c->cfg->nvty > first)
			c->cfg->nvty = first;
		return CMD_OK;
	}
	if (c->cfg->nvty <= last)
		c->cfg->nvty = last + 1;
	shell_enter(c, IN_LINE, "vty", first, last);
	return CMD_OK;
}

/* For handlers: every line of 'line vty 0 4'. */
#define EACH_LINE(c, l) for (struct cfg_line *l = (c)->obj, *l##_end = l + (c)->nobj; l < l##_end; l++)

static bool is_console(const struct cmd *c)
{
	return c->obj == &c->cfg->console || c->obj == &c->cli->scratch;
}

static int set_login(struct cmd *c)
{
	uint32_t login = cmd_has(c, "local") ? LOGIN_LOCAL : LOGIN_PASSWORD;

	if (c->dflt)
		login = is_console(c) ? LOGIN_NONE : LOGIN_PASSWORD;
	else if (c->no)
		login = LOGIN_NONE;
	EACH_LINE(c, l) {
		l->login = login;
	}
	return CMD_OK;
}

/* A list may come later; what it says until then is no. */
static void warn_unknown(struct cmd *c, const struct cfg_table *t, const char *list, const char *kind, const char *what)
{
	if (list[0] && !cfg_aaa_list(t, list))
		text_printf(c->out, "AAA: Warning %s list \"%s\" is not defined for %s.\n", kind, list, what);
}

static int set_list(struct cmd *c)
{
	bool login = cmd_has(c, "login");
	const char *list = c->no || cmd_has(c, "default") ? "" : cmd_str(c, "list");

	if (!c->cfg->aaa && list[0])
		return cmd_error(c, "AAA is not enabled: 'aaa new-model' comes first");
	EACH_LINE(c, l) {
		str_copy(login ? l->aaa_login : l->aaa_exec, sizeof(l->aaa_login), list);
	}
	if (login)
		warn_unknown(c, &c->cfg->aaa_login, list, "authentication", "LOGIN");
	else
		warn_unknown(c, &c->cfg->aaa_exec, list, "authorization", "EXEC");
	return CMD_OK;
}

static void nv_list(struct nv *nv, const struct row *row, const void *obj)
{
	const struct cfg_line *l = obj;

	if (!nv->cfg->aaa)
		return;
	if (l->aaa_exec[0])
		nv_line(nv, "authorization exec %s", l->aaa_exec);
	if (l->aaa_login[0])
		nv_line(nv, "login authentication %s", l->aaa_login);
}

static void nv_login(struct nv *nv, const struct row *row, const void *obj)
{
	const struct cfg_line *l = obj;
	uint32_t usual = l == &nv->cfg->console ? LOGIN_NONE : LOGIN_PASSWORD;

	if (nv->cfg->aaa && l->login == usual && !nv->all)
		return;	/* a list counts instead */
	if (l->login == LOGIN_LOCAL)
		nv_line(nv, "login local");
	else if (l->login == LOGIN_PASSWORD)
		nv_line(nv, "login");
	else if (l->login != usual || nv->all)
		nv_line(nv, "no login");
}

static int set_password(struct cmd *c)
{
	struct cfg_secret new = { .type = SECRET_TYPE_NONE };
	int r = CMD_OK;

	if (!c->no)
		r = secret_set_from(c, "text", false, &new);
	if (r == CMD_OK) {
		EACH_LINE(c, l) {
			l->password = new;
		}
	}
	secret_cleanse(&new, sizeof(new));
	return r;
}

static void nv_password(struct nv *nv, const struct row *row, const void *obj)
{
	const struct cfg_secret *s = &((const struct cfg_line *)obj)->password;

	if (s->type != SECRET_TYPE_NONE)
		nv_line(nv, "password %s%s", nv_password_type(s), s->text);
}

static int set_timeout(struct cmd *c)
{
	EACH_LINE(c, l) {
		l->exec_min = c->dflt ? 10 : cmd_u32(c, "minutes", 0);
		l->exec_sec = c->no ? 0 : cmd_u32(c, "seconds", 0);
		if (c->no && !c->dflt)
			l->exec_min = 0;
	}
	return CMD_OK;
}

static void nv_timeout(struct nv *nv, const struct row *row, const void *obj)
{
	const struct cfg_line *l = obj;

	if (l->exec_min != 10 || l->exec_sec || nv->all)
		nv_line(nv, "exec-timeout %u %u", l->exec_min, l->exec_sec);
}

static int set_transport(struct cmd *c)
{
	bool all = cmd_has(c, "all") && !c->no;

	EACH_LINE(c, l) {
		l->transport_all = all;
		l->transport_telnet = all || (!c->no && cmd_has(c, "telnet"));
		l->transport_ssh = all || (!c->no && cmd_has(c, "ssh"));
	}
	return CMD_OK;
}

static void nv_transport(struct nv *nv, const struct row *row, const void *obj)
{
	const struct cfg_line *l = obj;

	if (obj == &nv->cfg->console)
		return;
	if (l->transport_all)
		nv_line(nv, "transport input all");
	else if (l->transport_telnet || l->transport_ssh)
		nv_line(nv, "transport input%s%s", l->transport_telnet ? " telnet" : "", l->transport_ssh ? " ssh" : "");
	else if (nv->all)
		nv_line(nv, "transport input none");
}

/* There is no outgoing telnet or ssh: what is preferred counts for unknown words in EXEC only. */
static int set_preferred(struct cmd *c)
{
	EACH_LINE(c, l)
		l->no_lookup = !c->no && cmd_has(c, "none");
	return CMD_OK;
}

static void nv_preferred(struct nv *nv, const struct row *row, const void *obj)
{
	const struct cfg_line *l = obj;

	if (l->no_lookup || nv->all)
		nv_line(nv, "transport preferred %s", l->no_lookup ? "none" : "telnet");
}

static bool same(const struct cfg_line *a, const struct cfg_line *b)
{
	return a->no_lookup == b->no_lookup && a->transport_telnet == b->transport_telnet && a->transport_ssh == b->transport_ssh && a->transport_all == b->transport_all && a->login == b->login &&
	       a->password.type == b->password.type && strcmp(a->password.text, b->password.text) == 0 &&
	       a->exec_min == b->exec_min && a->exec_sec == b->exec_sec && a->length == b->length && a->width == b->width &&
	       a->history == b->history && a->privilege == b->privilege && a->logging_sync == b->logging_sync &&
	       strcmp(a->access_class, b->access_class) == 0 && strcmp(a->aaa_login, b->aaa_login) == 0 &&
	       strcmp(a->aaa_exec, b->aaa_exec) == 0;
}

/* Neighbours with the same settings share a heading; 0 to 4 stand for themselves, as on IOS. */
static void nv_lines(struct nv *nv, const struct row *row, const void *obj)
{
	const struct cfg *c = nv->cfg;
	unsigned from, to;

	nv_line(nv, "line con 0");
	nv_mode(nv, IN_LINE, &c->console);
	for (from = 0; from < c->nvty && from < CFG_VTYS; from = to) {
		for (to = from + 1; to < c->nvty && to < CFG_VTYS && to != 5 && same(&c->vty[from], &c->vty[to]); to++)
			;
		if (to - from > 1)
			nv_line(nv, "line vty %u %u", from, to - 1);
		else
			nv_line(nv, "line vty %u", from);
		nv_mode(nv, IN_LINE, &c->vty[from]);
	}
}

/* clang-format off */
static const struct row enter_rows[] = {
	{ ROW(KW("line", "Configure a terminal line"), ALT(
		KW("aux", "Auxiliary line"), UINT("first", 0, 0, "First Line number"), OR,
		KW("console", "Primary terminal line"), UINT("first", 0, 0, "First Line number"), OR,
		KW("vty", "Virtual terminal"), UINT("first", 0, CFG_VTYS - 1, "First Line number"),
			OPT(UINT("last", 0, CFG_VTYS - 1, "Last Line number")))),
	  .flags = R_NO, .handler = enter_line, .nv = nv_lines, .order = 2000 },
};

#define LIST(help_) { .kind = T_WORD, .name = "list", .help = help_, .lo = 1, .hi = 31 }
static const struct row line_rows[] = {
	{ ROW(KW("access-class", "Filter connections based on an IP access list"), NOEND,
		WORD_B("IP access list", struct cfg_line, access_class), KW("in", "Filter incoming connections"),
		OPT(KW("vrf-also", "Same access list is applied for all VRFs"))),
	  .flags = R_NO | R_NV },
	{ ROW(KW("exec-timeout", "Set the EXEC timeout"), NOEND, UINT("minutes", 0, 35791, "Timeout in minutes"),
		OPT(UINT("seconds", 0, 2147483, "Timeout in seconds"))),
	  .flags = R_NO, .handler = set_timeout, .nv = nv_timeout },
	{ ROW(KW("privilege", "Change privilege level for line"), KW("level", "Assign default privilege level for line"), NOEND,
		UINT_B(0, 15, "Default privilege level for line", struct cfg_line, privilege)),
	  .flags = R_NO | R_NV },
	{ ROW(KW("password", "Set a password"), NOEND, ALT(
		KW("0", "Specifies an UNENCRYPTED password will follow"), LINE("text", "The UNENCRYPTED (cleartext) line password"), OR,
		KW("7", "Specifies a HIDDEN password will follow"), LINE("text", "The HIDDEN line password string"), OR,
		LINE("text", "The UNENCRYPTED (cleartext) line password"))),
	  .flags = R_NO | R_SECRET, .handler = set_password, .nv = nv_password },
	{ ROW(KW("logging", "Modify message logging facilities"),
		KW_TRUE("synchronous", "Synchronized message output", struct cfg_line, logging_sync)),
	  .flags = R_NO | R_NV },
	{ ROW(KW("login", "Enable password checking"), OPT(KW("local", "Local password checking"))),
	  .flags = R_NO, .handler = set_login, .nv = nv_login },
	{ ROW(KW("login", "Enable password checking"), KW("authentication", "Authentication parameters"), NOEND,
		ALT(KW("default", "Use the default authentication list"), OR, LIST("Use an authentication list with this name"))),
	  .flags = R_NO, .handler = set_list, .nv = nv_list },
	{ ROW(KW("authorization", "Authorization parameters"), KW("exec", "For starting an exec (shell)"), NOEND,
		ALT(KW("default", "Use the default authorization list"), OR, LIST("Use an authorization list with this name"))),
	  .flags = R_NO, .handler = set_list },
	{ ROW(KW("history", "Enable and control the command history function"), KW("size", "Set history buffer size"), NOEND,
		UINT_B(0, 256, "Size of history buffer", struct cfg_line, history)),
	  .flags = R_NO | R_NV },
	{ ROW(KW("length", "Set number of lines on a screen"), NOEND,
		UINT_B(0, 512, "Number of lines on screen (0 for no pausing)", struct cfg_line, length)),
	  .flags = R_NO | R_NV },
	{ ROW(KW("width", "Set width of the display terminal"), NOEND,
		UINT_B(0, 512, "Number of characters on a screen line", struct cfg_line, width)),
	  .flags = R_NO | R_NV },
	{ ROW(KW("transport", "Define transport protocols for line"),
		KW("preferred", "Specify the preferred transport protocol"), NOEND,
		ALT(KW("none", "No protocols"), OR, KW("ssh", "TCP/IP SSH protocol"), OR, KW("telnet", "TCP/IP Telnet protocol"))),
	  .flags = R_NO, .handler = set_preferred, .nv = nv_preferred },
	{ ROW(KW("transport", "Define transport protocols for line"),
		KW("input", "Define which protocols to use when connecting to the terminal server"), NOEND,
		ALT(KW("all", "All protocols"), OR, KW("none", "No protocols"), OR,
			REP(2, ALT(KW("ssh", "TCP/IP SSH protocol"), OR, KW("telnet", "TCP/IP Telnet protocol"))))),
	  .flags = R_NO, .handler = set_transport, .nv = nv_transport },
};
/* clang-format on */

const struct row_table rows_line_enter = ROWS(IN_CONFIG, enter_rows);
const struct row_table rows_line = ROWS(IN_LINE, line_rows);
