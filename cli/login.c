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
		return cfg_table_count(&cfg->users) > 0;
	case AAA_LINE:
		return session_line(s)->password.type != SECRET_TYPE_NONE;
	case AAA_ENABLE:
		return cfg->enable_secret.type != SECRET_TYPE_NONE || cfg->enable_password.type != SECRET_TYPE_NONE;
	case AAA_NONE:
		return true;
	case AAA_END:
		break;
	}
	return false;
}

/* How this line asks: as its 'login' says, or after 'aaa new-model' as the default list says (without one: local users,
 * and nothing on the console). */
static enum cfg_aaa method_of(const struct session *s)
{
	static const enum cfg_aaa classic[] = { [LOGIN_NONE] = AAA_NONE, [LOGIN_PASSWORD] = AAA_LINE, [LOGIN_LOCAL] = AAA_LOCAL };
	const struct cfg *cfg = config_running(s->cli->deps.config);

	if (!cfg->aaa)
		return classic[session_line(s)->login];
	if (!cfg->aaa_login[0])
		return s->peer.origin == CLI_CONSOLE ? AAA_NONE : AAA_LOCAL;
	for (unsigned i = 0; i < CFG_METHODS && cfg->aaa_login[i]; i++)
		if (can_answer(s, (enum cfg_aaa)cfg->aaa_login[i]))
			return (enum cfg_aaa)cfg->aaa_login[i];
	return (enum cfg_aaa)cfg->aaa_login[0];
}

/* The level at which EXEC begins. After 'aaa new-model' a user's own counts on vtys that authorize EXEC. */
static unsigned level_of(const struct session *s, const struct cfg_user *u)
{
	const struct cfg *cfg = config_running(s->cli->deps.config);
	const struct cfg_line *l = session_line(s);

	if (cfg->aaa && (s->peer.origin == CLI_CONSOLE || cfg->aaa_exec[0] != AAA_LOCAL))
		return l->privilege;
	if (cfg->aaa && u)
		return u->privilege;
	return u && u->privilege > l->privilege ? u->privilege : l->privilege;
}

static void ask(struct session *s)
{
	s->login.want_user = s->login.method == AAA_LOCAL;
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
	const struct cfg_line *l = session_line(s);
	const struct cfg_user *u;

	if (s->peer.user[0]) {
		str_copy(s->user, sizeof(s->user), s->peer.user);
		u = cfg_user(cfg, s->user);
		session_start(s, cfg->aaa ? level_of(s, u) : u ? u->privilege : l->privilege);
		return true;
	}
	if (s->login.method == AAA_NONE) {
		session_start(s, l->privilege);
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

static void failed(struct session *s)
{
	bool aaa = config_running(s->cli->deps.config)->aaa, local = aaa || s->login.method == AAA_LOCAL;
	struct timers *t = s->cli->deps.env->timers;

	login_log(s->cli, false, s->login.user, source_of(s), port_of(s));
	s->login.tries++;
	if (local)
		session_printf(s, aaa ? "%% Authentication failed\n\n" : "%% Login invalid\n\n");
	if (s->login.tries >= LOGIN_TRIES) {
		login_stop(s);
		session_close(s, local ? "" : "% Bad passwords\n");
		return;
	}
	timer_arm(t, &s->login.deadline, LOGIN_WAIT);
	timer_arm(t, &s->login.delay, login_delay(s->cli, s->login.tries));
}

static void let_in(struct session *s, unsigned priv)
{
	login_stop(s);
	str_copy(s->user, sizeof(s->user), s->login.user);
	login_log(s->cli, true, s->user, source_of(s), port_of(s));
	session_start(s, priv);
}

static void verdict(void *arg, bool ok)
{
	struct session *s = arg;

	s->login.job = NULL;
	if (s->state != SESSION_LOGIN)
		return;
	if (ok)
		let_in(s, s->login.priv);
	else
		failed(s);
}

static void check(struct session *s, const char *password)
{
	const struct cfg *cfg = config_running(s->cli->deps.config);
	const struct cfg_line *l = session_line(s);
	const struct cfg_user *u = NULL;
	const struct cfg_secret *secret = &l->password;

	s->login.priv = l->privilege;
	if (s->login.method == AAA_ENABLE) {
		secret = cfg->enable_secret.type != SECRET_TYPE_NONE ? &cfg->enable_secret : &cfg->enable_password;
	} else if (s->login.method == AAA_LOCAL) {
		u = cfg_user(cfg, s->login.user);
		secret = u ? &u->secret : NULL;
		s->login.priv = level_of(s, u);
	}
	if (u && u->nopassword) {
		let_in(s, s->login.priv);
		return;
	}
	s->login.job = password_job_start(s->cli->deps.env->pool, secret, bytes_str(password), verdict, s);
}

void login_line(struct session *s, const char *line)
{
	if (timer_armed(&s->login.delay) || s->login.job)
		return;
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
