/* SPDX-License-Identifier: GPL-3.0-or-later */
/* show version, clock, users, logging, ip interface brief, crypto isakmp ... | json */
#include <stdio.h>
#include <sys/utsname.h>
#include "cli/json.h"
#include "cli/session.h"
#include "cli/show_fmt.h"
#include "gdoi/gdoi.h"
#include "lib/clock.h"
#include "lib/env.h"
#include "lib/netif.h"
#include "syslog/syslog.h"

void json_version(struct cmd *c, json_t *o)
{
	uint64_t up = clock_now(c->deps->env->clock) - cli_started(c->cli);
	char v[VERSION_TEXT];
	struct utsname u;

	json_put(o, "software", "gdoix");
	json_put(o, "version", c->deps->version);
	json_put(o, "getvpn_version", show_version_str(GDOI_VERSION, v));
	json_put(o, "hostname", c->cfg->hostname);
	json_num(o, "uptime", up / USEC_PER_SEC);
	json_date(o, "started", clock_wall(c->deps->env->clock) - up);
	if (uname(&u) == 0) {
		json_put(o, "system", u.sysname);
		json_put(o, "system_release", u.release);
		json_put(o, "machine", u.machine);
	}
	json_num(o, "groups", cfg_table_count(&c->cfg->groups));
}

void json_clock(struct cmd *c, json_t *o)
{
	json_date(o, "utc", clock_wall(c->deps->env->clock));
	json_put(o, "timezone", c->cfg->timezone.name);
	json_object_set_new(o, "offset_minutes", json_integer(c->cfg->timezone.minutes));
	json_flag(o, "set", syslog_clock_set(c->deps->log));
}

void json_users(struct cmd *c, json_t *o)
{
	uint64_t now = clock_now(c->deps->env->clock);
	json_t *list = json_list(o, "users");

	for (const struct session *s = c->cli->sessions; s; s = s->next) {
		json_t *u;

		if (s->state != SESSION_EXEC && s->state != SESSION_LOGIN)
			continue;
		u = json_item(list);
		json_put(u, "line", s->peer.origin == CLI_VTY ? "vty" : "console");
		json_num(u, "number", s->peer.line);
		json_put(u, "user", s->user);
		json_num(u, "idle", (now - s->active) / USEC_PER_SEC);
		json_ip(u, "from", s->peer.from);
		json_flag(u, "own", s == c->session);
		json_flag(u, "configuring", s->shell.depth > 0);
	}
}

static const char *level(int n)
{
	static const char *const names[] = { "emergencies", "alerts", "critical", "errors", "warnings", "notifications",
		"informational", "debugging" };

	return n < 0 ? "disabled" : names[n & 7];
}

void json_logging(struct cmd *c, json_t *o)
{
	const struct syslog_config *l = syslog_config(c->deps->log);
	struct text t = TEXT_EMPTY, line = TEXT_EMPTY;
	json_t *hosts, *lines;
	const char *p;

	json_flag(o, "on", l->on);
	json_put(o, "console", level(l->console));
	json_put(o, "monitor", level(l->monitor));
	json_put(o, "buffered", level(l->buffered));
	json_put(o, "trap", level(l->trap));
	json_num(o, "buffer_size", l->buffer_size);
	hosts = json_list(o, "hosts");
	for (unsigned i = 0; i < l->nhost; i++) {
		json_t *h = json_item(hosts);

		json_ip(h, "address", l->host[i].ip);
		json_num(h, "port", l->host[i].port);
	}
	lines = json_list(o, "buffer");
	syslog_show(c->deps->log, &t);
	p = strstr(text_str(&t), "\nLog Buffer (");
	p = p ? strstr(p + 1, "\n\n") : NULL;
	for (p = p ? p + 2 : ""; *p;) {
		size_t n = strcspn(p, "\n");

		text_clear(&line);
		text_addn(&line, p, n);
		if (n)
			json_put(lines, NULL, text_str(&line));
		p += n + (p[n] == '\n');
	}
	text_free(&t);
	text_free(&line);
}

void json_interfaces(struct cmd *c, json_t *o)
{
	json_t *list = json_list(o, "interfaces");
	const struct netif_link *l;

	for (unsigned i = 0; c->deps->netif && (l = netif_at(c->deps->netif, i)); i++) {
		json_t *n = json_item(list), *addresses;
		const struct cfg_interface *f = cfg_interface(c->cfg, l->name);

		json_put(n, "name", l->name);
		json_flag(n, "admin_up", l->admin_up);
		json_flag(n, "up", l->admin_up && l->running);
		json_num(n, "mtu", l->mtu);
		json_put(n, "description", f ? f->description : "");
		json_put(n, "crypto_map", f ? f->map : "");
		addresses = json_list(n, "addresses");
		for (unsigned k = 0; k < l->naddr && k < NETIF_ADDRS; k++) {
			json_t *a = json_item(addresses);

			json_ip(a, "address", l->addr[k].ip);
			json_ip(a, "mask", l->addr[k].mask);
		}
	}
}

/* ---- ISAKMP ---- */

static bool sa(void *arg, const struct isakmp_sa_info *i)
{
	static const char *const states[] = { "MM_NO_STATE", "MM_SA_SETUP", "MM_KEY_EXCH", "MM_KEY_AUTH", "GDOI_IDLE", "MM_DELETED" };
	json_t *o = json_item(arg);

	json_ip(o, "dst", i->dst);
	json_ip(o, "src", i->src);
	json_put(o, "state", states[i->state]);
	json_num(o, "conn_id", i->conn_id);
	json_ip(o, "local", i->local.ip);
	json_ip(o, "remote", i->remote.ip);
	json_flag(o, "initiator", i->initiator);
	json_put(o, "peer_id", i->peer_id);
	if (i->state == GDOI_IDLE) {
		json_put(o, "encryption", cipher_alg(i->encr)->ios);
		json_put(o, "hash", hash_alg(i->hash)->ios);
		json_put(o, "group", dh_alg(i->group)->ios_long);
		json_num(o, "remaining", i->left);
	}
	return true;
}

void json_isakmp_sa(struct cmd *c, json_t *o)
{
	isakmp_show_sas(c->deps->isakmp, sa, json_list(o, "sas"));
}

void json_isakmp_counters(struct cmd *c, json_t *o)
{
	struct isakmp_counters n;

	isakmp_show_counters(c->deps->isakmp, &n);
	json_num(o, "in", n.in);
	json_num(o, "out", n.out);
	json_num(o, "retransmits", n.retransmits);
	json_num(o, "duplicates", n.duplicates);
	json_num(o, "malformed", n.malformed);
	json_num(o, "unknown_sa", n.unknown_sa);
	json_num(o, "bad_exchange", n.bad_exchange);
	json_num(o, "not_encrypted", n.not_encrypted);
	json_num(o, "auth_failed", n.auth_failed);
	json_num(o, "no_proposal", n.no_proposal);
	json_num(o, "no_key", n.no_key);
	json_num(o, "half_open_limit", n.half_open_limit);
	json_num(o, "amplification_limit", n.amplification_limit);
	json_num(o, "too_big", n.too_big);
	json_num(o, "decrypt_failed", n.decrypt_failed);
	json_num(o, "half_open", n.half_open);
	json_num(o, "established", n.established);
}
