/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/lockout.h"
#include <stdlib.h>
#include "cli/json.h"
#include "cli/session.h"
#include "cli/show_fmt.h"
#include "lib/clock.h"
#include "lib/env.h"
#include "lib/mem.h"
#include "syslog/msg.h"

static struct lockout *find(const struct cli *c, const char *user)
{
	for (unsigned i = 0; i < c->lockouts.n; i++)
		if (strcmp(c->lockouts.list[i].name, user) == 0)
			return &c->lockouts.list[i];
	return NULL;
}

static void drop(struct lockouts *l, struct lockout *one)
{
	unsigned at = (unsigned)(one - l->list);

	memmove(one, one + 1, (--l->n - at) * sizeof(*one));
}

/* Whom the configuration no longer knows. */
static void drop_strangers(struct cli *c)
{
	for (unsigned i = c->lockouts.n; i-- > 0;)
		if (!cfg_user(config_running(c->deps.config), c->lockouts.list[i].name))
			drop(&c->lockouts, &c->lockouts.list[i]);
}

static uint32_t limit(const struct cli *c)
{
	const struct cfg *cfg = config_running(c->deps.config);

	return cfg->aaa ? cfg->aaa_max_fail : 0;
}

bool lockout_holds(const struct cli *c, const char *user)
{
	const struct cfg_user *u = cfg_user(config_running(c->deps.config), user);
	const struct lockout *l = find(c, user);

	return limit(c) && l && l->since && u && u->privilege < 15;
}

void lockout_failed(struct cli *c, const char *user)
{
	const struct cfg_user *u = cfg_user(config_running(c->deps.config), user);
	struct lockouts *all = &c->lockouts;
	struct lockout *l = find(c, user);

	if (!limit(c) || !u || u->privilege >= 15)
		return;
	if (!l) {
		drop_strangers(c);
		all->list = mem_realloc(all->list, (all->n + 1) * sizeof(*l));
		l = &all->list[all->n++];
		*l = (struct lockout){ 0 };
		str_copy(l->name, sizeof(l->name), user);
	}
	if (l->since || ++l->failed < limit(c))
		return;
	l->since = clock_wall(c->deps.env->clock);
	log_AAA_USER_LOCKED(c->deps.log, l->name);
}

void lockout_passed(struct cli *c, const char *user)
{
	struct lockout *l = find(c, user);

	if (l && !lockout_holds(c, user))
		drop(&c->lockouts, l);
}

void lockout_free(struct lockouts *l)
{
	free(l->list);
	*l = (struct lockouts){ 0 };
}

/* ---- EXEC ---- */

/* One user's count, or everybody's that is locked (lockout) or has failed (fail-attempts). */
static int clear(struct cmd *c)
{
	const char *name = cmd_has(c, "username") ? cmd_str(c, "name") : NULL;
	bool locked = cmd_has(c, "lockout"), any = false;

	for (unsigned i = c->cli->lockouts.n; i-- > 0;) {
		struct lockout *l = &c->cli->lockouts.list[i];
		char user[sizeof(l->name)];

		if ((name && strcmp(l->name, name) != 0) || (locked && !l->since))
			continue;
		str_copy(user, sizeof(user), l->name);
		drop(&c->cli->lockouts, l);
		any = true;
		if (locked)
			log_AAA_USER_UNLOCKED(c->deps->log, user, cmd_by(c));
		else
			log_AAA_USER_RESET(c->deps->log, user, cmd_by(c));
	}
	if (any || !name)
		return CMD_OK;
	return cmd_error(c, locked ? "User %s is not locked" : "User %s has no failed attempts", name);
}

static int show(struct cmd *c)
{
	char at[96];

	text_add(c->out, "\n         Local-user          Lock time\n\n");
	for (unsigned i = 0; i < c->cli->lockouts.n; i++) {
		const struct lockout *l = &c->cli->lockouts.list[i];

		if (lockout_holds(c->cli, l->name))
			text_printf(c->out, "         %-19s %s\n", l->name, wall_text(c->cfg, l->since, at));
	}
	text_add(c->out, "\n");
	return CMD_OK;
}

void json_lockout(struct cmd *c, json_t *o)
{
	json_t *list = json_list(o, "users"), *one;

	for (unsigned i = 0; i < c->cli->lockouts.n; i++) {
		const struct lockout *l = &c->cli->lockouts.list[i];

		if (!lockout_holds(c->cli, l->name))
			continue;
		one = json_item(list);
		json_put(one, "user", l->name);
		json_date(one, "since", l->since);
	}
}

/* clang-format off */
#define AAA_LOCAL_USER KW("aaa", "AAA values"), KW("local", "AAA Local method options"), KW("user", "Local user")
#define WHOM ALT(KW("all", "All users"), OR, KW("username", "One user"), WORD("name", "User name"))
static const struct row lockout_rows[] = {
	{ ROW(KW("clear", "Reset functions"), AAA_LOCAL_USER, ALT(KW("fail-attempts", "Clear the count of failed attempts"), OR,
		KW("lockout", "Clear the lockout")), WHOM), .handler = clear, .priv = 15 },
	{ ROW(KW("show", "Show running system information"), AAA_LOCAL_USER, KW("lockout", "Users that are locked out")),
	  .handler = show, JSON("aaa-lockout", json_lockout), .priv = 15 },
};
/* clang-format on */

const struct row_table rows_lockout = ROWS(IN_EXEC, lockout_rows);
