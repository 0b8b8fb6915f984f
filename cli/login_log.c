/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/login_log.h"
#include "cli/shell.h"
#include "cli/show_fmt.h"
#include "lib/clock.h"
#include "lib/env.h"
#include "syslog/msg.h"

#define DELAY_MAX 8	/* seconds */

/* Whether this one is the N-th of 'every N'. */
static bool due(unsigned *count, uint32_t every)
{
	if (++*count < every)
		return false;
	*count = 0;
	return true;
}

void login_log(struct cli *c, bool ok, const char *user, const char *from, unsigned port)
{
	const struct cfg *cfg = config_running(c->deps.config);
	const struct cfg_login_log *l = &cfg->login_log;
	struct text name = TEXT_EMPTY;
	char at[64];

	show_date(cfg, clock_wall(c->deps.env->clock), at);
	text_escaped(&name, bytes_str(user));
	if (ok && l->success && due(&c->logins.successes, l->success_every))
		log_SEC_LOGIN_LOGIN_SUCCESS(c->deps.log, text_str(&name), from, port, at);
	if (!ok && l->failure && due(&c->logins.failures, l->failure_every))
		log_SEC_LOGIN_LOGIN_FAILED(c->deps.log, text_str(&name), from, port, "Login Authentication Failed", at);
	text_free(&name);
}

uint64_t login_delay(struct cli *c, unsigned failed)
{
	uint32_t given = config_running(c->deps.config)->login_log.delay;
	unsigned seconds = 1;

	for (unsigned i = 1; i < failed && seconds < DELAY_MAX; i++)
		seconds *= 2;
	return SEC(given > seconds ? given : seconds);
}
