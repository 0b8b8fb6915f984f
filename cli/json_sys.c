/* SPDX-License-Identifier: GPL-3.0-or-later */
/* show version, clock, logging, debugging, access-lists, inventory, processes, ip ssh, ssh | json */
#include <stdio.h>
#include <sys/utsname.h>
#include <unistd.h>
#include "cli/json.h"
#include "cli/shell.h"
#include "cli/show_fmt.h"
#include "cli/show_proc.h"
#include "cli/ssh.h"
#include "config/config.h"
#include "gdoi/gdoi.h"
#include "lib/clock.h"
#include "lib/crypto/rsa.h"
#include "lib/env.h"
#include "lib/netif.h"
#include "syslog/debug.h"
#include "syslog/syslog.h"

void json_version(struct cmd *c, json_t *o)
{
	uint64_t up = clock_now(c->deps->env->clock) - cli_started(c->cli);
	unsigned interfaces = 0;
	struct utsname u;

	json_put(o, "software", "gdoix");
	json_put(o, "version", c->deps->version);
	json_version_of(o, "getvpn_version", GDOI_VERSION);
	json_put(o, "hostname", c->cfg->hostname);
	json_num(o, "uptime", up / USEC_PER_SEC);
	json_date(o, "started", clock_wall(c->deps->env->clock) - up);
	if (uname(&u) == 0) {
		json_put(o, "system", u.sysname);
		json_put(o, "system_release", u.release);
		json_put(o, "machine", u.machine);
	}
	while (c->deps->netif && netif_at(c->deps->netif, interfaces))
		interfaces++;
	json_num(o, "interfaces", interfaces);
	json_num(o, "groups", cfg_table_count(&c->cfg->groups));
}

void json_clock(struct cmd *c, json_t *o)
{
	uint64_t now = clock_wall(c->deps->env->clock);
	const char *zone;
	int minutes = zone_at(&c->cfg->timezone, (int64_t)(now / USEC_PER_SEC), &zone);

	json_date(o, "utc", now);
	json_put(o, "timezone", zone);
	json_object_set_new(o, "offset_minutes", json_integer(minutes));
	json_flag(o, "set", syslog_clock_set(c->deps->log));
}

/* ---- log ---- */

static const char *level(int n)
{
	return n < 0 ? "disabled" : log_level_name(n);
}

static void destination(json_t *o, const char *key, int severity, uint64_t lines)
{
	char counter[40];

	json_put(o, key, level(severity));
	snprintf(counter, sizeof(counter), "%s_lines", key);
	json_num(o, counter, lines);
}

void json_logging(struct cmd *c, json_t *o)
{
	const struct syslog_config *l = syslog_config(c->deps->log);
	struct syslog_counts n;
	json_t *list;
	const char *line;

	syslog_counts(c->deps->log, &n);
	json_flag(o, "on", l->on);
	json_num(o, "dropped", n.dropped);
	json_num(o, "rate_limited", n.limited);
	destination(o, "console", l->console, n.console);
	destination(o, "monitor", l->monitor, n.monitor);
	destination(o, "buffered", l->buffered, n.buffer);
	destination(o, "trap", l->trap, n.trap);
	json_num(o, "buffer_size", l->buffer_size);
	json_num(o, "facility", l->facility);
	json_flag(o, "sequence_numbers", l->sequence_numbers);
	json_put_or_null(o, "source_interface", l->source_interface);
	list = json_list(o, "hosts");
	for (unsigned i = 0; i < l->nhost; i++) {
		json_t *h = json_item(list);

		json_ip(h, "address", l->host[i].ip);
		json_num(h, "port", l->host[i].port ? l->host[i].port : 514);
		json_flag(h, "up", n.host[i].up);
		json_num(h, "lines", n.host[i].sent);
		json_num(h, "dropped", n.host[i].dropped);
	}
	list = json_list(o, "buffer");
	for (size_t i = 0; l->buffered >= 0 && (line = syslog_line(c->deps->log, i)); i++)
		json_put(list, NULL, line);
}

void json_debugging(struct cmd *c, json_t *o)
{
	static const char *const levels[] = { "error", "terse", "event", "detail", "packet" };
	json_t *list = json_list(o, "flags");

	for (int f = 0; f < DBG_MAX; f++) {
		unsigned on = debug_get(c->deps->log, (enum dbg_flag)f);
		json_t *one, *l;

		if (!on)
			continue;
		one = json_item(list);
		json_put(one, "command", debug_command((enum dbg_flag)f));
		json_put(one, "title", debug_title((enum dbg_flag)f));
		l = json_list(one, "levels");
		for (unsigned i = 0; i < sizeof(levels) / sizeof(levels[0]); i++)
			if (on & 1u << i)
				json_put(l, NULL, levels[i]);
	}
}

void json_debug_condition(struct cmd *c, json_t *o)
{
	const struct debug_condition *d = debug_condition(c->deps->log);
	json_t *list;

	json_flag(o, "conditional", d->npeer > 0);
	json_flag(o, "unmatched", d->unmatched);
	list = json_list(o, "peers");
	for (unsigned i = 0; i < d->npeer; i++)
		json_put(list, NULL, ip4_s(d->peer[i]));
}

/* ---- access lists ---- */

void json_access_lists(struct cmd *c, json_t *o)
{
	const char *name = show_name(c, "list");
	json_t *list = json_list(o, "access_lists");

	CFG_EACH(struct cfg_acl, a, &c->cfg->acls)
		if (!name || strcmp(name, a->name) == 0)
			json_access_list(json_item(list), a);
}

/* ---- the system ---- */

void json_inventory(struct cmd *c, json_t *o)
{
	json_t *part = json_item(json_list(o, "parts"));
	char number[SERIAL_TEXT];

	show_serial(number);
	json_put(part, "name", "Chassis");
	json_put(part, "description", CHASSIS);
	json_put(part, "product_id", "gdoix");
	json_put(part, "version_id", c->deps->version);
	json_put(part, "serial_number", number);
}

void json_processes_cpu(struct cmd *c, json_t *o)
{
	struct show_cpu n;
	json_t *p;

	show_cpu_now(&c->cli->load, &n);
	json_hundredths(o, "five_seconds_percent", n.five);
	json_hundredths(o, "five_seconds_kernel_percent", n.kernel);
	json_hundredths(o, "one_minute_percent", n.one);
	json_hundredths(o, "five_minutes_percent", n.fives);
	p = json_item(json_list(o, "processes"));
	json_num(p, "pid", (uint64_t)getpid());
	json_put(p, "name", "gdoixd");
	json_num(p, "runtime_msec", n.used / 1000);
	json_num(p, "invoked", n.invoked);
}

void json_processes_memory(struct cmd *c, json_t *o)
{
	struct show_memory m;
	json_t *p;

	show_memory_now(&m);
	json_num(o, "total_octets", m.total);
	json_num(o, "used_octets", m.total - m.available);
	json_num(o, "free_octets", m.available);
	p = json_item(json_list(o, "processes"));
	json_num(p, "pid", (uint64_t)getpid());
	json_put(p, "name", "gdoixd");
	json_num(p, "allocated_octets", m.allocated);
	json_num(p, "freed_octets", m.freed);
	json_num(p, "holding_octets", m.holding);
}

/* ---- ssh ---- */

/* "a,b" as a list. */
static void names(json_t *list, const char *text)
{
	struct text one = TEXT_EMPTY;

	while (*text) {
		size_t n = strcspn(text, ",");

		text_clear(&one);
		text_addn(&one, text, n);
		json_put(list, NULL, text_str(&one));
		text += n + (text[n] == ',');
	}
	text_free(&one);
}

void json_ip_ssh(struct cmd *c, json_t *o)
{
	static const char *const lists[SSH_LISTS] = { [SSH_ENCRYPTION] = "encryption", [SSH_HOSTKEY] = "host_key_algorithms",
		[SSH_KEX] = "key_exchange", [SSH_MAC] = "mac" };
	static const char *const methods[] = { "publickey", "keyboard-interactive", "password" };
	const struct config_rsa *k = ssh_host_key(c->deps);
	json_t *list = json_list(o, "methods");
	struct text t = TEXT_EMPTY;

	json_flag(o, "enabled", k != NULL);
	json_put(o, "version", "2.0");
	for (unsigned i = 0; i < 3; i++)
		if (ssh_methods(c->cfg) & 1u << i)
			json_put(list, NULL, methods[i]);
	names(json_list(o, "public_key_algorithms"), VTY_SSH_PUBKEYS);
	for (unsigned i = 0; i < SSH_LISTS; i++) {
		text_clear(&t);
		ssh_algorithms(c->cfg, i, &t);
		names(json_list(o, lists[i]), text_str(&t));
	}
	json_num(o, "timeout", c->cfg->ssh.timeout);
	json_num(o, "retries", c->cfg->ssh.retries);
	json_num(o, "dh_min_bits", c->cfg->ssh.dh_min);
	text_clear(&t);
	if (k)
		ssh_host_key_text(k, &t);
	json_put_or_null(o, "host_key_name", k ? k->label : "");
	json_num(o, "host_key_bits", k ? rsa_bits(k->key) : 0);
	json_lines(o, "host_key", text_str(&t));
	text_free(&t);
}

void json_ssh(struct cmd *c, json_t *o)
{
	json_t *list = json_list(o, "connections");
	struct ssh_info i;

	for (unsigned line = 0; line < CFG_VTYS; line++) {
		json_t *one;

		if (!vty_ssh_info(c->cli->ssh, line, &i))
			continue;
		one = json_item(list);
		json_num(one, "line", i.line);
		json_put(one, "version", "2.0");
		json_put(one, "encryption", i.cipher);
		json_put(one, "hmac", i.mac);
		json_put(one, "state", i.state);
		json_put(one, "user", i.user);
	}
}
