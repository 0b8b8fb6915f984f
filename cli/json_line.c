/* SPDX-License-Identifier: GPL-3.0-or-later */
/* show users, line, login, terminal, history, privilege, aliases, reload | json */
#include "cli/json.h"
#include "cli/lines.h"
#include "cli/session.h"
#include "lib/clock.h"
#include "lib/env.h"

static bool vty(const struct session *s)
{
	return s->peer.origin == CLI_VTY;
}

void json_users(struct cmd *c, json_t *o)
{
	uint64_t now = clock_now(c->deps->env->clock);
	json_t *list = json_list(o, "users");

	for (unsigned n = 0; n < CFG_VTYS + 2; n++)
		for (const struct session *s = c->cli->sessions; s; s = s->next) {
			json_t *u;

			if (!session_on_line(s) || session_tty(s) != n)
				continue;
			u = json_item(list);
			json_num(u, "tty", n);
			json_put(u, "line", vty(s) ? "vty" : "console");
			json_num(u, "number", s->peer.line);
			json_put(u, "user", s->user);
			json_num(u, "idle", (now - s->active) / USEC_PER_SEC);
			json_ip(u, "from", s->peer.from);
			json_flag(u, "own", s == c->session);
			json_flag(u, "configuring", s->shell.depth > 0);
		}
}

static unsigned sessions_on(const struct cmd *c, unsigned tty)
{
	unsigned n = 0;

	for (const struct session *s = c->cli->sessions; s; s = s->next)
		n += session_on_line(s) && session_tty(s) == tty;
	return n;
}

void json_line(struct cmd *c, json_t *o)
{
	json_t *list = json_list(o, "lines");

	for (unsigned n = 0; n < c->cfg->nvty + 2; n++) {
		const struct cfg_line *l = line_at(c, n);
		json_t *one;

		if (!l)
			continue;
		one = json_item(list);
		json_num(one, "tty", n);
		json_put(one, "line", n ? "vty" : "console");
		json_num(one, "number", n ? n - 2 : 0);
		json_flag(one, "own", c->session && session_tty(c->session) == n);
		json_num(one, "sessions", sessions_on(c, n));
		json_num(one, "uses", c->cli->uses[n]);
		json_put_or_null(one, "access_class_in", l->access_class);
		json_num(one, "length", l->length);
		json_num(one, "width", l->width);
		json_num(one, "exec_timeout", (uint64_t)l->exec_min * 60 + l->exec_sec);
		json_num(one, "history_size", l->history);
		json_flag(one, "telnet", l->transport_telnet);
		json_flag(one, "ssh", l->transport_ssh);
	}
	if (!json_array_size(list))
		line_missing(c);
}

void json_terminal(struct cmd *c, json_t *o)
{
	const struct session *s = c->session;

	json_put(o, "line", vty(s) ? "vty" : "console");
	json_num(o, "number", s->peer.line);
	json_flag(o, "editing", !s->no_editing);
	json_num(o, "length", s->length);
	json_num(o, "width", s->columns);
	json_num(o, "history_size", s->history_size);
	json_flag(o, "monitor", s->monitor);
}

void json_history(struct cmd *c, json_t *o)
{
	const struct history *h = &c->session->history[c->shell->depth > 0];
	json_t *list = json_list(o, "commands");

	for (unsigned i = 0; i < h->n; i++)
		json_put(list, NULL, h->line[i]);
}

void json_privilege(struct cmd *c, json_t *o)
{
	json_num(o, "level", c->session->priv);
}

void json_aliases(struct cmd *c, json_t *o)
{
	json_t *list = json_list(o, "aliases");

	CFG_EACH(struct cfg_alias, a, &c->cfg->aliases) {
		json_t *one = json_item(list);

		json_put(one, "mode", "exec");
		json_put(one, "name", a->name);
		json_put(one, "command", a->command);
	}
}

void json_reload(struct cmd *c, json_t *o)
{
	const struct cli *cli = c->cli;
	bool scheduled = timer_armed(&cli->reload.timer);
	uint64_t left = scheduled ? timer_left(c->deps->env->timers, &cli->reload.timer) : 0;

	json_flag(o, "scheduled", scheduled);
	json_date(o, "at", scheduled ? clock_wall(c->deps->env->clock) + left : 0);
	json_num(o, "remaining", left / USEC_PER_SEC);
	json_put(o, "by", scheduled ? cli->reload.by : "");
	json_put(o, "reason", scheduled ? cli->reload.reason : "");
}

static void log_of(json_t *o, const char *key, bool on, uint32_t every)
{
	json_num_or_null(o, key, on ? every : 0, 0);
}

void json_login(struct cmd *c, json_t *o)
{
	const struct cfg_login_log *l = &c->cfg->login_log;
	unsigned quiet = login_quiet_left(c->cli), window = login_window_left(c->cli);
	json_t *w;

	json_num(o, "delay", l->delay ? l->delay : 1);
	log_of(o, "log_failures_every", l->failure, l->failure_every);
	log_of(o, "log_successes_every", l->success, l->success_every);
	json_put_or_null(o, "quiet_access_class", l->quiet_acl);
	json_num(o, "total_failures", c->cli->logins.total);
	if (!l->block_for) {
		json_null_at(o, "watch");
		return;
	}
	w = json_part(o, "watch");
	json_num(w, "block_for", l->block_for);
	json_num(w, "attempts", l->attempts);
	json_num(w, "within", l->within);
	json_flag(w, "quiet", quiet > 0);
	json_num(w, "remaining", quiet ? quiet : window);
	json_num(w, "failures", window ? c->cli->logins.in_window : 0);
}

void json_login_failures(struct cmd *c, json_t *o)
{
	const struct login_watch *w = &c->cli->logins;
	json_t *list = json_list(o, "failures"), *one;

	for (unsigned i = 0; i < w->nlast; i++) {
		one = json_item(list);
		json_put(one, "user", w->last[i].user);
		json_put(one, "source", w->last[i].from);
		json_num(one, "port", w->last[i].port);
		json_num(one, "count", w->last[i].count);
		json_date(one, "last", w->last[i].wall);
	}
}
