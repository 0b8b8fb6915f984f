/* SPDX-License-Identifier: GPL-3.0-or-later */
/* show line [N] */
#include "cli/lines.h"
#include "cli/session.h"

static bool line_used(const struct cmd *c, unsigned n)
{
	for (const struct session *s = c->cli->sessions; s; s = s->next)
		if (session_on_line(s) && session_tty(s) == n)
			return true;
	return false;
}

unsigned line_meant(const struct cmd *c)
{
	unsigned n = cmd_u32(c, "line-number", 0);

	return cmd_has(c, "vty") ? n + 2 : n;
}

const struct cfg_line *line_at(const struct cmd *c, unsigned n)
{
	if (n == 1 || n >= c->cfg->nvty + 2 || (cmd_has(c, "line-number") && n != line_meant(c)))
		return NULL;
	return n ? &c->cfg->vty[n - 2] : &c->cfg->console;
}

int line_missing(struct cmd *c)
{
	return cmd_error(c, "There is no line %u", line_meant(c));
}

static void line_row(const struct cmd *c, unsigned n, const struct cfg_line *l)
{
	text_printf(c->out, "%s %4u %s              -    -      -    - %4s %6u       0     0/0       -\n",
		c->session && session_tty(c->session) == n ? "*" : line_used(c, n) ? "A" : " ", n, n ? "VTY" : "CTY",
		l->access_class[0] ? l->access_class : "-", c->cli->uses[n]);
}

/* What 'show line N' says below its row. */
static void line_detail(const struct cmd *c, unsigned n, const struct cfg_line *l)
{
	text_printf(c->out, "\nLine %u, Location: \"\", Type: \"\"\nLength: %u lines, Width: %u columns\n"
		"Status: Ready, %s, No Exit Banner\n", n, l->length, l->width, line_used(c, n) ? "Active" : "Idle");
	text_add(c->out, "Timeouts:      Idle EXEC\n");
	if (l->exec_min || l->exec_sec)
		text_printf(c->out, "               %02u:%02u:%02u\n", l->exec_min / 60, l->exec_min % 60 + l->exec_sec / 60, l->exec_sec % 60);
	else
		text_add(c->out, "               never\n");
	text_add(c->out, "Editing is enabled.\n");
	if (l->history)
		text_printf(c->out, "History is enabled, history size is %u.\n", l->history);
	else
		text_add(c->out, "History is disabled.\n");
	if (n)
		text_printf(c->out, "Allowed input transports are%s%s%s.\n", l->transport_telnet ? " telnet" : "", l->transport_ssh ? " ssh" : "",
			l->transport_telnet || l->transport_ssh ? "" : " none");
}

int show_line(struct cmd *c)
{
	bool any = false;

	for (unsigned n = 0; n < CFG_VTYS + 2; n++) {
		const struct cfg_line *l = line_at(c, n);

		if (!l)
			continue;
		if (!any)
			text_add(c->out, "   Tty Typ     Tx/Rx    A Modem  Roty AccO AccI   Uses   Noise  Overruns   Int\n");
		any = true;
		line_row(c, n, l);
		if (cmd_has(c, "line-number"))
			line_detail(c, n, l);
	}
	if (!any)
		return line_missing(c);
	text_add(c->out, "\n");
	return CMD_OK;
}
