/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Login on a line: none, line password, or user name and password. Three tries; each failure is logged and delays the
 * next try, and an unknown name costs as much time as a wrong password.
 */
#include <stdio.h>
#include <string.h>
#include "cli/password_job.h"
#include "cli/session.h"
#include "lib/clock.h"
#include "lib/env.h"

#define LOGIN_WAIT SEC(30)	/* 'timeout login response' of IOS */

static const char *source_of(const struct session *s)
{
	return s->peer.origin == CLI_VTY ? ip4_s(s->peer.from) : "console";
}

static unsigned port_of(const struct session *s)
{
	return s->peer.origin == CLI_VTY ? 23 : 0;
}

/* Whether the method has anything to compare with; the next of the list is tried otherwise, as on IOS. */
static bool can_answer(const struct session *s, enum cfg_aaa method)
{
	const struct cfg *cfg = config_running(s->cli->deps.config);

	switch (method) {
	case AAA_LOCAL:
	case AAA_LOCAL_CASE:
		return cfg_table_count(&cfg->users) > 0;
	case AAA_LINE:
		return session_line(s)->password.type != SECRET_TYPE_NONE;
	case AAA_ENABLE:
		return cfg->enable_secret.type != SECRET_TYPE_NONE || cfg->enable_password.type != SECRET_TYPE_NONE;
	case AAA_NONE:
		return true;
	case AAA_IF_AUTHENTICATED:
	case AAA_END:
		break;
	}
	return false;
}

/* The line's own list, or the default one; NULL: there is none. */
static const struct cfg_aaa_list *list_of(const struct cfg_table *t, const char *own)
{
	return cfg_aaa_list(t, own[0] ? own : "default");
}

/*
 * How this line asks: as its 'login' says, or after 'aaa new-model' as its list says. Without a default list: local users, and
 * nothing on the console. AAA_END: it names a list that is not there, and nobody comes in.
 */
static enum cfg_aaa method_of(const struct session *s)
{
	static const enum cfg_aaa classic[] = { [LOGIN_NONE] = AAA_NONE, [LOGIN_PASSWORD] = AAA_LINE, [LOGIN_LOCAL] = AAA_LOCAL };
	const struct cfg *cfg = config_running(s->cli->deps.config);
	const struct cfg_line *line = session_line(s);
	const struct cfg_aaa_list *l = list_of(&cfg->aaa_login, line->aaa_login);

	if (!cfg->aaa)
		return classic[line->login];
	if (!l)
		return line->aaa_login[0] ? AAA_END : s->peer.origin == CLI_CONSOLE ? AAA_NONE : AAA_LOCAL;
	for (unsigned i = 0; i < CFG_METHODS && l->method[i]; i++)
		if (can_answer(s, (enum cfg_aaa)l->method[i]))
			return (enum cfg_aaa)l->method[i];
	return (enum cfg_aaa)l->method[0];
}

static bool by_name(enum cfg_aaa method)
{
	return method == AAA_LOCAL || method == AAA_LOCAL_CASE;
}

/* The level at which EXEC begins as 'aaa authorization exec' says. u: who came; false: refused. */
static bool authorize(const struct session *s, const struct cfg_user *u, unsigned *level)
{
	const struct cfg *cfg = config_running(s->cli->deps.config);
	const struct cfg_line *line = session_line(s);
	const struct cfg_aaa_list *l = list_of(&cfg->aaa_exec, line->aaa_exec);

	*level = line->privilege;
	if ((s->peer.origin == CLI_CONSOLE && !cfg->aaa_console) || (!l && !line->aaa_exec[0]))
		return true;
	for (unsigned i = 0; l && i < CFG_METHODS && l->method[i]; i++) {
		if (l->method[i] == AAA_NONE || (l->method[i] == AAA_IF_AUTHENTICATED && (s->peer.user[0] || s->login.method != AAA_NONE)))
			return true;
		if (l->method[i] != AAA_LOCAL || !can_answer(s, AAA_LOCAL))
			continue;
		*level = u ? u->privilege : 0;
		return u != NULL;
	}
	return false;
}

/* Whoever it is has proved it: EXEC begins. u: NULL when no name was asked for. */
static void begin(struct session *s, const struct cfg_user *u)
{
	const struct cfg *cfg = config_running(s->cli->deps.config);
	unsigned level = session_line(s)->privilege;

	if (cfg->aaa && !authorize(s, u, &level))
		session_close(s, "% Authorization failed.\n");
	else if (!cfg->aaa && u && (u->privilege > level || s->peer.user[0]))
		session_start(s, u->privilege);
	else
		session_start(s, level);
}

static void ask(struct session *s)
{
	s->login.want_user = by_name(s->login.method);
	if (s->login.want_user)
		session_prompt_text(s, VTY_PROMPT_ANSWER | VTY_PROMPT_LOGIN, "Username: ");
	else
		session_prompt_text(s, VTY_PROMPT_ANSWER | VTY_PROMPT_SECRET, "Password: ");
}

static void ask_again(void *arg)
{
	ask(arg);
}

static void too_late(void *arg)
{
	struct session *s = arg;

	session_close(s, s->login.want_user ? "\n% Username:  timeout expired!\n" : "\n% Password:  timeout expired!\n");
}

void login_stop(struct session *s)
{
	struct timers *t = s->cli->deps.env->timers;

	timer_cancel(t, &s->login.delay);
	timer_cancel(t, &s->login.deadline);
	password_job_drop(s->login.job);
	s->login.job = NULL;
}

/* A user that came authenticated (ssh), or a line that asks for nothing. */
static bool waved_through(struct session *s)
{
	const struct cfg *cfg = config_running(s->cli->deps.config);

	if (s->peer.user[0] && !cfg_user(cfg, s->peer.user)) {
		session_close(s, "% Authentication failed\n");
		return true;
	}
	if (s->peer.user[0]) {
		str_copy(s->user, sizeof(s->user), s->peer.user);
		begin(s, cfg_user(cfg, s->user));
		return true;
	}
	if (s->login.method == AAA_NONE) {
		begin(s, NULL);
		return true;
	}
	return false;
}

void login_start(struct session *s)
{
	const struct cfg *cfg = config_running(s->cli->deps.config);
	const struct cfg_line *l = session_line(s);

	s->state = SESSION_LOGIN;
	s->login.method = method_of(s);
	if (!s->exec)
		session_banner(s, cfg->banner_motd);
	if (waved_through(s))
		return;
	if (s->login.method == AAA_END) {
		session_close(s, "\n% Authentication failed\n");
		return;
	}
	if (!cfg->aaa && s->login.method == AAA_LINE && l->password.type == SECRET_TYPE_NONE) {
		session_close(s, "\nPassword required, but none set\n");
		return;
	}
	session_banner(s, cfg->banner_login);
	session_printf(s, "\n\nUser Access Verification\n\n");
	timer_init(&s->login.delay, ask_again, s);
	timer_init(&s->login.deadline, too_late, s);
	timer_arm(s->cli->deps.env->timers, &s->login.deadline, LOGIN_WAIT);
	ask(s);
}

/* Somebody else's failures count as well. */
static bool in_quiet_mode(const struct session *s)
{
	return s->peer.origin == CLI_VTY && login_refused(s->cli, s->peer.from);
}

static void failed(struct session *s)
{
	bool aaa = config_running(s->cli->deps.config)->aaa, local = aaa || by_name(s->login.method);
	struct timers *t = s->cli->deps.env->timers;

	login_log(s->cli, false, s->login.user, source_of(s), port_of(s));
	s->login.tries++;
	if (local)
		session_printf(s, aaa ? "%% Authentication failed\n\n" : "%% Login invalid\n\n");
	if (s->login.tries >= LOGIN_TRIES || in_quiet_mode(s)) {
		login_stop(s);
		session_close(s, local ? "" : "% Bad passwords\n");
		return;
	}
	timer_arm(t, &s->login.deadline, LOGIN_WAIT);
	timer_arm(t, &s->login.delay, login_delay(s->cli, s->login.tries));
}

static const struct cfg_user *user_of(const struct session *s)
{
	return by_name(s->login.method) ? cfg_user(config_running(s->cli->deps.config), s->login.user) : NULL;
}

static void let_in(struct session *s)
{
	login_stop(s);
	str_copy(s->user, sizeof(s->user), s->login.user);
	login_log(s->cli, true, s->user, source_of(s), port_of(s));
	begin(s, user_of(s));
}

static void verdict(void *arg, bool ok)
{
	struct session *s = arg;

	s->login.job = NULL;
	if (s->state != SESSION_LOGIN)
		return;
	if (ok && (!by_name(s->login.method) || user_of(s)))
		let_in(s);
	else
		failed(s);	/* wrong, or removed meanwhile */
}

static void check(struct session *s, const char *password)
{
	const struct cfg *cfg = config_running(s->cli->deps.config);
	const struct cfg_user *u = user_of(s);
	const struct cfg_secret *secret = &session_line(s)->password;

	if (s->login.method == AAA_ENABLE)
		secret = cfg->enable_secret.type != SECRET_TYPE_NONE ? &cfg->enable_secret : &cfg->enable_password;
	else if (by_name(s->login.method))
		secret = u ? &u->secret : NULL;
	if (u && u->nopassword) {
		let_in(s);
		return;
	}
	s->login.job = password_job_start(s->cli->deps.env->pool, secret, bytes_str(password), verdict, s);
}

void login_line(struct session *s, const char *line)
{
	if (timer_armed(&s->login.delay) || s->login.job)
		return;
	if (in_quiet_mode(s)) {
		login_stop(s);
		session_close(s, "");
		return;
	}
	timer_arm(s->cli->deps.env->timers, &s->login.deadline, LOGIN_WAIT);
	if (!s->login.want_user) {
		check(s, line);
		return;
	}
	line += strspn(line, " \t");
	if (!*line) {
		ask(s);
		return;
	}
	str_copy(s->login.user, sizeof(s->login.user), line);
	s->login.user[strcspn(s->login.user, " \t")] = '\0';
	s->login.want_user = false;
	session_prompt_text(s, VTY_PROMPT_ANSWER | VTY_PROMPT_SECRET, "Password: ");
}
