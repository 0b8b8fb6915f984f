/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Global configuration: the logging family. */
#include "cli/shell.h"
#include "syslog/syslog.h"

static const char *const level_names[] = { "emergencies", "alerts", "critical", "errors", "warnings", "notifications",
	"informational", "debugging" };

static const struct {
	const char *name;
	uint8_t number;
} facilities[] = {
	{ "auth", 4 }, { "cron", 9 }, { "daemon", 3 }, { "kern", 0 }, { "local0", 16 }, { "local1", 17 }, { "local2", 18 },
	{ "local3", 19 }, { "local4", 20 }, { "local5", 21 }, { "local6", 22 }, { "local7", 23 }, { "lpr", 6 },
	{ "mail", 2 }, { "news", 7 }, { "sys10", 10 }, { "sys11", 11 }, { "sys12", 12 }, { "sys13", 13 }, { "sys14", 14 },
	{ "syslog", 5 }, { "user", 1 }, { "uucp", 8 },
};
#define NFACILITY (sizeof(facilities) / sizeof(facilities[0]))

/* The level typed as a name or number; otherwise when none was. */
static int level_of(const struct cmd *c, int otherwise)
{
	for (int i = 0; i < 8; i++)
		if (cmd_has(c, level_names[i]))
			return i;
	return (int)cmd_u32(c, "level", (uint32_t)otherwise);
}

static int set_level(struct cmd *c)
{
	struct syslog_config *l = &c->cfg->logging;
	int *field = cmd_has(c, "console") ? &l->console : cmd_has(c, "monitor") ? &l->monitor : &l->trap;
	int usual = cmd_has(c, "trap") ? 6 : 7;

	*field = c->dflt ? usual : c->no ? -1 : level_of(c, usual);
	return CMD_OK;
}

static int set_buffered(struct cmd *c)
{
	struct syslog_config *l = &c->cfg->logging;

	if (c->no) {
		l->buffer_size = 4096;
		l->buffered = c->dflt ? 7 : -1;
		return CMD_OK;
	}
	l->buffer_size = cmd_u32(c, "size", 4096);
	l->buffered = level_of(c, 7);
	return CMD_OK;
}

static void nv_level(struct nv *nv, const char *what, int level, int usual)
{
	if (level < 0)
		nv_line(nv, "no logging %s", what);
	else if (level != usual || nv->all)
		nv_line(nv, "logging %s %s", what, level_names[level & 7]);
}

static void nv_buffered(struct nv *nv, const struct row *row, const void *obj)
{
	const struct syslog_config *l = &nv->cfg->logging;

	if (l->buffered < 0)
		nv_line(nv, "no logging buffered");
	else if (l->buffered != 7)
		nv_line(nv, "logging buffered %u %s", l->buffer_size, level_names[l->buffered & 7]);
	else if (l->buffer_size != 4096 || nv->all)
		nv_line(nv, "logging buffered %u", l->buffer_size);
	nv_level(nv, "console", l->console, 7);
	nv_level(nv, "monitor", l->monitor, 7);
}

static int set_host(struct cmd *c)
{
	struct syslog_config *l = &c->cfg->logging;
	struct endpoint e = { .port = (uint16_t)cmd_u32(c, "port-number", 514) };
	unsigned i;

	cmd_ip4(c, "host-address", &e.ip);
	for (i = 0; i < l->nhost && !ip4_eq(l->host[i].ip, e.ip); i++)
		;
	if (c->no) {
		if (i == l->nhost)
			return CMD_OK;
		l->nhost--;
		memmove(&l->host[i], &l->host[i + 1], (l->nhost - i) * sizeof(l->host[0]));
		memset(&l->host[l->nhost], 0, sizeof(l->host[0]));
		return CMD_OK;
	}
	if (i == sizeof(l->host) / sizeof(l->host[0]))
		return cmd_error(c, "At most %u logging hosts can be configured", i);
	l->host[i] = e;
	if (i == l->nhost)
		l->nhost++;
	return CMD_OK;
}

static int set_facility(struct cmd *c)
{
	c->cfg->logging.facility = 23;
	for (unsigned i = 0; !c->no && i < NFACILITY; i++)
		if (cmd_has(c, facilities[i].name))
			c->cfg->logging.facility = facilities[i].number;
	return CMD_OK;
}

static int set_origin(struct cmd *c)
{
	struct syslog_config *l = &c->cfg->logging;

	memset(l->origin_string, 0, sizeof(l->origin_string));
	l->origin = c->no ? 0 : cmd_has(c, "hostname") ? 1 : cmd_has(c, "ip") ? 3 : 2;
	if (l->origin == 2)
		str_copy(l->origin_string, sizeof(l->origin_string), cmd_str(c, "text"));
	return CMD_OK;
}

/* An address that the interface gets later counts as well. */
static int set_source(struct cmd *c)
{
	struct syslog_config *l = &c->cfg->logging;

	memset(l->source_interface, 0, sizeof(l->source_interface));
	if (!c->no)
		str_copy(l->source_interface, sizeof(l->source_interface), cmd_str(c, "source-name"));
	return CMD_OK;
}

static void nv_hosts(struct nv *nv, const struct row *row, const void *obj)
{
	const struct syslog_config *l = &nv->cfg->logging;

	if (!l->on)
		nv_line(nv, "no logging on");
	nv_level(nv, "trap", l->trap, 6);
	for (unsigned i = 0; i < NFACILITY; i++)
		if (l->facility == facilities[i].number && (l->facility != 23 || nv->all))
			nv_line(nv, "logging facility %s", facilities[i].name);
	if (l->origin == 1)
		nv_line(nv, "logging origin-id hostname");
	else if (l->origin == 2)
		nv_line(nv, "logging origin-id string %s", l->origin_string);
	else if (l->origin == 3)
		nv_line(nv, "logging origin-id ip");
	if (l->source_interface[0])
		nv_line(nv, "logging source-interface %s", l->source_interface);
	for (unsigned i = 0; i < l->nhost; i++) {
		if (l->host[i].port == 514)
			nv_line(nv, "logging host %s", ip4_s(l->host[i].ip));
		else
			nv_line(nv, "logging host %s transport udp port %u", ip4_s(l->host[i].ip), l->host[i].port);
	}
}

/* clang-format off */
#define LOGGING KW("logging", "Modify message logging facilities")
#define LEVELS \
	KW("alerts", "Immediate action needed (severity=1)"), OR, KW("critical", "Critical conditions (severity=2)"), OR, \
	KW("debugging", "Debugging messages (severity=7)"), OR, KW("emergencies", "System is unusable (severity=0)"), OR, \
	KW("errors", "Error conditions (severity=3)"), OR, KW("informational", "Informational messages (severity=6)"), OR, \
	KW("notifications", "Normal but significant conditions (severity=5)"), OR, \
	KW("warnings", "Warning conditions (severity=4)"), OR, UINT("level", 0, 7, "Logging severity level")

static const struct row logging_rows[] = {
	{ ROW(LOGGING, KW("buffered", "Set buffered logging parameters"), NOEND,
		OPT(UINT("size", 4096, 2147483647, "Logging buffer size")), OPT(ALT(LEVELS))),
	  .flags = R_NO, .handler = set_buffered, .nv = nv_buffered, .order = 500 },
	{ ROW(LOGGING, KW("console", "Set console logging parameters"), OPT(ALT(LEVELS))), .flags = R_NO, .handler = set_level },
	{ ROW(LOGGING, KW("monitor", "Set terminal line (monitor) logging parameters"), OPT(ALT(LEVELS))),
	  .flags = R_NO, .handler = set_level },
	{ ROW(LOGGING, KW("trap", "Set syslog server logging level"), OPT(ALT(LEVELS))), .flags = R_NO, .handler = set_level },
	{ ROW(LOGGING, KW_TRUE("on", "Enable logging to all enabled destinations", struct cfg, logging.on)), .flags = R_NO },
	{ ROW(LOGGING, KW("host", "Set syslog server IP address and parameters"), IP4("host-address", "IP address of the syslog server"),
		OPT(KW("transport", "Specify the transport protocol (default=UDP)"), KW("udp", "User Datagram Protocol"),
			KW("port", "Specify the UDP port number (default=514)"), UINT("port-number", 1, 65535, "Port number")),
		OPT(KW("vrf", "Set VRF option"), WORD("vrf", "VRF Table Name"))),
	  .flags = R_NO, .handler = set_host, .nv = nv_hosts, .order = 1700 },
	{ ROW(LOGGING, IP4("host-address", "IP address of the logging host")), .flags = R_NO, .handler = set_host },
	{ ROW(LOGGING, KW("facility", "Facility parameter for syslog messages"), NOEND, ALT(
		KW("auth", "Authorization system"), OR, KW("cron", "Cron/at facility"), OR, KW("daemon", "System daemons"), OR,
		KW("kern", "Kernel"), OR, KW("local0", "Local use"), OR, KW("local1", "Local use"), OR, KW("local2", "Local use"), OR,
		KW("local3", "Local use"), OR, KW("local4", "Local use"), OR, KW("local5", "Local use"), OR, KW("local6", "Local use"), OR,
		KW("local7", "Local use"), OR, KW("lpr", "Line printer system"), OR, KW("mail", "Mail system"), OR,
		KW("news", "USENET news"), OR, KW("sys10", "System use"), OR, KW("sys11", "System use"), OR, KW("sys12", "System use"), OR,
		KW("sys13", "System use"), OR, KW("sys14", "System use"), OR, KW("syslog", "Syslog itself"), OR,
		KW("user", "User process"), OR, KW("uucp", "Unix-to-Unix copy system"))),
	  .flags = R_NO, .handler = set_facility },
	{ ROW(LOGGING, KW("origin-id", "Add origin ID to syslog messages"), NOEND,
		ALT(KW("hostname", "Use origin hostname as ID"), OR, KW("ip", "Use origin IP address as ID"), OR, KW("string", "Define a unique text string as ID"),
			LINE("text", "String to use as ID"))),
	  .flags = R_NO, .handler = set_origin },
	{ ROW(LOGGING, KW("source-interface", "Specify interface for source address in logging transactions"), NOEND,
		WORD("source-name", "Interface name"), OPT(KW("vrf", "Set VRF option"), WORD("vrf", "VRF Table Name"))),
	  .flags = R_NO, .handler = set_source },
};
/* clang-format on */

const struct row_table rows_logging = ROWS(IN_CONFIG, logging_rows);
