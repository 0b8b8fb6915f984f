/* SPDX-License-Identifier: GPL-3.0-or-later */
/* 'show logging', in the layout of IOS: blank lines, uneven indents and trailing blanks are its own. */
#include <inttypes.h>
#include "syslog/internal.h"

const char *log_level_name(int severity)
{
	static const char *const names[] = { "emergencies", "alerts", "critical", "errors", "warnings", "notifications",
		"informational", "debugging" };

	return severity >= 0 && severity <= 7 ? names[severity] : "";
}

static void destination(struct text *out, const char *name, const char *indent, int level, uint64_t lines)
{
	if (level < 0) {
		text_printf(out, "    %sdisabled\n", name);
		return;
	}
	text_printf(out, "    %slevel %s, %" PRIu64 " messages logged, xml disabled,\n%sfiltering disabled\n", name,
		log_level_name(level), lines, indent);
}

static void host(const struct syslog *l, unsigned i, struct text *out)
{
	const struct endpoint *e = &l->cfg.host[i];
	const struct log_host *h = &l->host[i];

	text_printf(out, "        Logging to %s  (udp port %u, audit disabled,\n", ip4_s(e->ip), e->port ? e->port : 514);
	text_printf(out, "              link %s),\n", l->net && !h->down ? "up" : "down");
	text_printf(out, "              %" PRIu64 " message lines logged, \n", h->sent);
	text_printf(out, "              0 message lines rate-limited, \n");
	text_printf(out, "              %" PRIu64 " message lines dropped-by-MD, \n", h->dropped);
	text_printf(out, "              xml disabled, sequence number %s\n", l->cfg.sequence_numbers ? "enabled" : "disabled");
	text_add(out, "              filtering disabled\n");
}

static void trap(const struct syslog *l, struct text *out)
{
	if (l->cfg.trap < 0) {
		text_add(out, "    Trap logging: disabled\n");
		return;
	}
	text_printf(out, "    Trap logging: level %s, %" PRIu64 " message lines logged\n", log_level_name(l->cfg.trap),
		l->trap_lines);
	for (unsigned i = 0; i < l->cfg.nhost && i < LOG_HOSTS; i++)
		host(l, i, out);
	text_add(out, "        Logging Source-Interface:       VRF Name:\n");
	if (l->cfg.source_interface[0])
		text_printf(out, "        %s\n", l->cfg.source_interface);
}

void syslog_show(const struct syslog *l, struct text *out)
{
	text_printf(out,
		"Syslog logging: %s (%" PRIu64 " messages dropped, %" PRIu64 " messages rate-limited, 0 flushes, "
		"0 overruns, xml disabled, filtering disabled)\n\n",
		l->cfg.on ? "enabled" : "disabled", l->dropped, l->limited);
	text_add(out, "No Active Message Discriminator.\n\n\n\nNo Inactive Message Discriminator.\n\n\n");
	destination(out, "Console logging: ", "                     ", l->cfg.console, l->console_lines);
	destination(out, "Monitor logging: ", "                     ", l->cfg.monitor, l->monitor_lines);
	destination(out, "Buffer logging:  ", "                    ", l->cfg.buffered, l->buffer_lines);
	text_add(out, "    Exception Logging: size (4096 bytes)\n");
	text_add(out, "    Count and timestamp logging messages: disabled\n");
	text_add(out, "    Persistent logging: disabled\n\n");
	text_add(out, "No active filter modules.\n\n");
	trap(l, out);
	if (l->cfg.buffered < 0)
		return;
	text_printf(out, "\nLog Buffer (%u bytes):\n\n", l->cfg.buffer_size);
	for (size_t i = 0; i < l->ring.n; i++)
		text_printf(out, "%s\n", ring_at(&l->ring, i)->s);
}

void syslog_counts(const struct syslog *l, struct syslog_counts *out)
{
	*out = (struct syslog_counts){ .dropped = l->dropped, .limited = l->limited, .console = l->console_lines,
		.monitor = l->monitor_lines, .buffer = l->buffer_lines, .trap = l->trap_lines };
	for (unsigned i = 0; i < l->cfg.nhost && i < LOG_HOSTS; i++) {
		out->host[i].sent = l->host[i].sent;
		out->host[i].dropped = l->host[i].dropped;
		out->host[i].up = l->net && !l->host[i].down;
	}
}

const char *syslog_line(const struct syslog *l, size_t i)
{
	return i < l->ring.n ? ring_at(&l->ring, i)->s : NULL;
}
