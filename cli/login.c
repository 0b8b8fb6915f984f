/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Login on a line: none, line password, or user name and password. Three tries; each failure is logged and delays the
 * next try, and an unknown name costs as much time as a wrong password.
 */
#include <stdio.h>
#include <string.h>
#include "cli/login_method.h"
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

/* The level at which EXEC begins as 'aaa authorization exec' says. u: who came; false: refused. */
static bool authorize(const struct session *s, const struct cfg_user *u, unsigned *level)
{
	const struct cfg *cfg = config_running(s->cli->deps.config);
	const struct cfg_line *line = session_line(s);
	const struct cfg_aaa_list *l = login_list(&cfg->aaa_exec, line->aaa_exec);

	*level = line->privilege;
	if ((s->peer.origin == CLI_CONSOLE && !cfg->aaa_console) || (!l && !line->aaa_exec[0]))
		return true;
	for (unsigned i = 0; l && i < CFG_METHODS && l->method[i]; i++) {
		if (l->method[i] == AAA_NONE || (l->method[i] == AAA_IF_AUTHENTICATED && (s->peer.named || s->login.method != AAA_NONE)))
			return true;
		if (l->method[i] != AAA_LOCAL || !cfg_table_count(&cfg->users))
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

static void ask_password(struct session *s)
{
	const struct cfg *cfg = config_running(s->cli->deps.config);

	s->login.want_user = false;
	session_prompt_text(s, VTY_PROMPT_ANSWER | VTY_PROMPT_SECRET, cfg->aaa && cfg->aaa_says.password[0] ?
		cfg->aaa_says.password : "Password: ");
}

static void ask(struct session *s)
{
	const struct cfg *cfg = config_running(s->cli->deps.config);

	s->login.want_user = login_by_name(s->login.method);
	if (!s->login.want_user)
		ask_password(s);
	else
		session_prompt_text(s, VTY_PROMPT_ANSWER | VTY_PROMPT_LOGIN, cfg->aaa && cfg->aaa_says.username[0] ?
			cfg->aaa_says.username : "Username: ");
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

	if (s->peer.named && !cfg_user(cfg, s->peer.user)) {
		session_close(s, "% Authentication failed\n");
		return true;
	}
	if (s->peer.user[0]) {
		str_copy(s->user, sizeof(s->user), s->peer.user);
		begin(s, s->peer.named ? cfg_user(cfg, s->user) : NULL);
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
	s->login.method = login_method(cfg, l, s->peer.origin == CLI_CONSOLE);
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
	if (cfg->aaa && cfg->aaa_says.banner[0])
		session_banner(s, cfg->aaa_says.banner);
	else
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
	const struct cfg *cfg = config_running(s->cli->deps.config);
	bool local = cfg->aaa || login_by_name(s->login.method);
	struct timers *t = s->cli->deps.env->timers;

	login_log(s->cli, false, s->login.user, source_of(s), port_of(s));
	login_failed_on(s->cli, session_tty(s));
	if (login_by_name(s->login.method))
		lockout_failed(s->cli, s->login.user);
	s->login.tries++;
	if (cfg->aaa && cfg->aaa_says.fail[0])
		session_banner(s, cfg->aaa_says.fail);
	else if (local)
		session_printf(s, cfg->aaa ? "%% Authentication failed\n\n" : "%% Login invalid\n\n");
	if (s->login.tries >= login_tries(cfg) || in_quiet_mode(s)) {
		login_stop(s);
		session_close(s, local ? "" : "% Bad passwords\n");
		return;
	}
	timer_arm(t, &s->login.deadline, LOGIN_WAIT);
	timer_arm(t, &s->login.delay, login_delay(s->cli, session_tty(s), s->login.tries));
}

static const struct cfg_user *user_of(const struct session *s)
{
	return login_by_name(s->login.method) ? cfg_user(config_running(s->cli->deps.config), s->login.user) : NULL;
}

static void let_in(struct session *s)
{
	login_stop(s);
	str_copy(s->user, sizeof(s->user), s->login.user);
	login_log(s->cli, true, s->user, source_of(s), port_of(s));
	if (login_by_name(s->login.method))
		lockout_passed(s->cli, s->user);
	begin(s, user_of(s));
}

static void verdict(void *arg, bool ok)
{
	struct session *s = arg;

	s->login.job = NULL;
	if (s->state != SESSION_LOGIN)
		return;
	if (ok && (!login_by_name(s->login.method) || (user_of(s) && !lockout_holds(s->cli, s->login.user))))
		let_in(s);
	else
		failed(s);	/* wrong, removed meanwhile, or locked out */
}

static void check(struct session *s, const char *password)
{
	const struct cfg *cfg = config_running(s->cli->deps.config);
	const struct cfg_user *u = user_of(s);

	if (u && u->nopassword && !lockout_holds(s->cli, s->login.user)) {
		let_in(s);
		return;
	}
	s->login.job = password_job_start(s->cli->deps.env->pool, login_secret(cfg, session_line(s), s->login.method, u),
		bytes_str(password), verdict, s);
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
	ask_password(s);
}
