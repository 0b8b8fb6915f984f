/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/login_log.h"
#include "cli/shell.h"
#include "cli/show_fmt.h"
#include "lib/clock.h"
#include "lib/env.h"
#include "syslog/msg.h"

#define DELAY_MAX 8		/* seconds */
#define DELAY_TOO_MANY 15	/* as IOS */
#define REASON "Login Authentication Failed"

static const struct cfg_login_log *settings(const struct cli *c)
{
	return &config_running(c->deps.config)->login_log;
}

static void date_now(const struct cli *c, char at[64])
{
	show_date(config_running(c->deps.config), clock_wall(c->deps.env->clock), at);
}

/* Whether this one is the N-th of 'every N'. */
static bool due(unsigned *count, uint32_t every)
{
	if (++*count < every)
		return false;
	*count = 0;
	return true;
}

/* ---- the watch ---- */

static unsigned seconds_of(uint64_t usec)
{
	return (unsigned)((usec + USEC_PER_SEC - 1) / USEC_PER_SEC);
}

unsigned login_window_left(const struct cli *c)
{
	uint64_t now = clock_now(c->deps.env->clock), end = c->logins.window + SEC(settings(c)->within);

	return c->logins.window && end > now ? seconds_of(end - now) : 0;
}

unsigned login_quiet_left(const struct cli *c)
{
	return timer_armed(&c->logins.quiet) ? seconds_of(timer_left(c->deps.env->timers, &c->logins.quiet)) : 0;
}

static void quiet_over(void *arg)
{
	struct cli *c = arg;
	char at[64];

	date_now(c, at);
	c->logins.window = 0;
	log_SEC_LOGIN_QUIET_MODE_OFF(c->deps.log, at);
}

void login_watch_init(struct cli *c)
{
	timer_init(&c->logins.quiet, quiet_over, c);
}

void login_watch_stop(struct cli *c)
{
	timer_cancel(c->deps.env->timers, &c->logins.quiet);
	c->logins.window = 0;
}

bool login_refused(const struct cli *c, struct ip4 from)
{
	const struct cfg_login_log *l = settings(c);

	if (!timer_armed(&c->logins.quiet))
		return false;
	return !l->quiet_acl[0] || !acl_permits_source(cfg_acl(config_running(c->deps.config), l->quiet_acl), from);
}

static struct login_failure *failure_of(struct login_watch *w, const char *user, const char *from, unsigned port)
{
	struct login_failure *f;

	for (unsigned i = 0; i < w->nlast; i++) {
		f = &w->last[i];
		if (f->port == port && strcmp(f->from, from) == 0 && strncmp(f->user, user, sizeof(f->user) - 1) == 0)
			return f;
	}
	if (w->nlast == LOGIN_FAILURES)
		memmove(w->last, w->last + 1, (--w->nlast) * sizeof(w->last[0]));
	f = &w->last[w->nlast++];
	*f = (struct login_failure){ .port = port };
	str_copy(f->user, sizeof(f->user), user);
	str_copy(f->from, sizeof(f->from), from);
	return f;
}

/* The window begins with the first failure; the one that fills it begins quiet mode. */
static void watch(struct cli *c, const char *user, const char *from, unsigned port, const char *at)
{
	const struct cfg_login_log *l = settings(c);
	struct login_watch *w = &c->logins;
	struct text name = TEXT_EMPTY;

	if (!l->block_for || timer_armed(&w->quiet))
		return;
	if (!login_window_left(c)) {
		w->window = clock_now(c->deps.env->clock);
		w->in_window = 0;
	}
	if (++w->in_window < l->attempts)
		return;
	text_escaped(&name, bytes_str(user));
	log_SEC_LOGIN_QUIET_MODE_ON(c->deps.log, login_window_left(c), text_str(&name), from, port, REASON,
		l->quiet_acl[0] ? l->quiet_acl : "sl_def_acl", at);
	text_free(&name);
	timer_arm(c->deps.env->timers, &w->quiet, SEC(l->block_for));
}

static void failed(struct cli *c, const char *user, const char *from, unsigned port, const char *at)
{
	struct login_failure *f = failure_of(&c->logins, user, from, port);

	c->logins.total++;
	f->count++;
	f->wall = clock_wall(c->deps.env->clock);
	watch(c, user, from, port, at);
}

void login_log(struct cli *c, bool ok, const char *user, const char *from, unsigned port)
{
	const struct cfg_login_log *l = settings(c);
	struct text name = TEXT_EMPTY;
	char at[64];

	date_now(c, at);
	text_escaped(&name, bytes_str(user));
	if (ok && l->success && due(&c->logins.successes, l->success_every))
		log_SEC_LOGIN_LOGIN_SUCCESS(c->deps.log, text_str(&name), from, port, at);
	if (!ok && l->failure && due(&c->logins.failures, l->failure_every))
		log_SEC_LOGIN_LOGIN_FAILED(c->deps.log, text_str(&name), from, port, REASON, at);
	text_free(&name);
	if (!ok)
		failed(c, user, from, port, at);
}

void login_failed_on(struct cli *c, unsigned tty)
{
	uint32_t rate = config_running(c->deps.config)->auth_rate;
	uint64_t now = clock_now(c->deps.env->clock);

	if (!rate || tty >= LOGIN_LINES)
		return;
	if (!c->logins.line[tty].n || now - c->logins.line[tty].since > SEC(60)) {
		c->logins.line[tty].since = now;
		c->logins.line[tty].n = 0;
	}
	if (++c->logins.line[tty].n < rate)
		return;
	c->logins.line[tty].n = 0;
	c->logins.line[tty].slow = true;
	log_LOGIN_TOOMANY_AUTHFAILS(c->deps.log, tty);
}

uint64_t login_delay(struct cli *c, unsigned tty, unsigned failed)
{
	uint32_t given = settings(c)->delay;
	unsigned seconds = 1;

	for (unsigned i = 1; i < failed && seconds < DELAY_MAX; i++)
		seconds *= 2;
	if (tty < LOGIN_LINES && c->logins.line[tty].slow) {
		c->logins.line[tty].slow = false;
		seconds = DELAY_TOO_MANY;
	}
	return SEC(given > seconds ? given : seconds);
}
