/* SPDX-License-Identifier: GPL-3.0-or-later */
/* show logging, version, clock, interfaces, access-lists, debugging. */
#include "cli/json.h"
#include "cli/rows_show.h"
#include "syslog/debug.h"
#include "syslog/syslog.h"

#define SHOWING KW("show", "Show running system information")

static int logging(struct cmd *c)
{
	syslog_show(c->deps->log, c->out);
	return CMD_OK;
}

static int debugging(struct cmd *c)
{
	debug_show(c->deps->log, c->out);
	return CMD_OK;
}

static int version(struct cmd *c)
{
	struct show s = show_open(c);

	show_version(&s, cli_started(c->cli));
	return CMD_OK;
}

static int clock_now_is(struct cmd *c)
{
	struct show s = show_open(c);

	show_clock(&s, cmd_has(c, "detail"), syslog_clock_set(c->deps->log));
	return CMD_OK;
}

static int interfaces(struct cmd *c)
{
	struct show s = show_open(c);

	show_ip_interface_brief(&s);
	return CMD_OK;
}

static int one_interface(struct cmd *c, bool (*show)(const struct show *s, const char *name))
{
	const char *name = show_name(c, "ifname");
	struct show s = show_open(c);

	return show(&s, name) ? CMD_OK : cmd_error(c, "There is no interface %s", name);
}

static int hardware(struct cmd *c)
{
	return one_interface(c, show_interfaces);
}

static int ip_interface(struct cmd *c)
{
	return one_interface(c, show_ip_interface);
}

static int ipv6_interface(struct cmd *c)
{
	return one_interface(c, show_ipv6_interface);
}

static int access_lists(struct cmd *c)
{
	struct show s = show_open(c);

	show_access_lists(&s, show_name(c, "list"));
	return CMD_OK;
}

static const struct row rows[] = {
	{ ROW(SHOWING, KW("access-lists", "List access lists"), OPT(WORD("list", "ACL name or number"))), access_lists,
		JSON("access-lists", json_access_lists) },
	{ ROW(SHOWING, KW("clock", "Display the system clock"), OPT(KW("detail", "Display detailed information"))), clock_now_is,
		JSON("clock", json_clock) },
	{ ROW(SHOWING, KW("debugging", "State of each debugging option")), debugging, JSON("debugging", json_debugging) },
	{ ROW(SHOWING, KW("ip", "IP information"), KW("access-lists", "List IP access lists"),
		OPT(WORD("list", "ACL name or number"))), access_lists,
		JSON("access-lists", json_access_lists) },
	{ ROW(SHOWING, KW("ip", "IP information"), KW("interface", "IP interface status and configuration"),
		KW("brief", "Brief summary of IP status and configuration")), interfaces, JSON("interfaces", json_interfaces) },
	{ ROW(SHOWING, KW("interfaces", "Interface status and configuration"), OPT(WORD("ifname", "Interface name"))), hardware,
		JSON("interfaces", json_interfaces) },
	{ ROW(SHOWING, KW("ip", "IP information"), KW("interface", "IP interface status and configuration"),
		OPT(WORD("ifname", "Interface name"))), ip_interface,
		JSON("interfaces", json_interfaces) },
	{ ROW(SHOWING, KW("ipv6", "IPv6 information"), KW("interface", "IPv6 interface status and configuration"),
		OPT(WORD("ifname", "Interface name"))), ipv6_interface,
		JSON("interfaces", json_interfaces) },
	{ ROW(SHOWING, KW("logging", "Show the contents of logging buffers")), logging, JSON("logging", json_logging) },
	{ ROW(SHOWING, KW("version", "System hardware and software status")), version, JSON("version", json_version) },
};

const struct row_table rows_show = ROWS(IN_EXEC, rows);
