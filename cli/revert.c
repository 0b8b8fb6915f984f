/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/config_diff.h"
#include "cli/revert.h"
#include "cli/shell.h"
#include "lib/clock.h"
#include "lib/env.h"
#include "syslog/msg.h"

#define WHAT "system:running-config"

static void forget(struct cli *c)
{
	timer_cancel(c->deps.env->timers, &c->revert.warn);
	timer_cancel(c->deps.env->timers, &c->revert.back);
	text_free(&c->revert.was);
}

bool revert_pending(const struct cli *c)
{
	return c->revert.was.n > 0;
}

void revert_now(struct cli *c, struct text *errors)
{
	log_ARCHIVE_DIFF_ROLLBK_CNFMD_CHG_ROLLBACK_START(c->deps.log, WHAT);
	config_replace(c, text_str(&c->revert.was), NULL, errors);
	config_closed(c->deps.config);
	c->changed = clock_wall(c->deps.env->clock);
	str_copy(c->changed_by, sizeof(c->changed_by), "rollback");
	forget(c);
}

static void time_is_up(void *arg)
{
	struct cli *c = arg;
	struct text errors = TEXT_EMPTY;

	revert_now(c, &errors);
	if (errors.n)
		log_ARCHIVE_DIFF_ROLLBK_FAILED(c->deps.log, text_str(&errors));
	text_free(&errors);
}

static void warn(void *arg)
{
	struct cli *c = arg;

	log_ARCHIVE_DIFF_ROLLBK_CNFMD_CHG_WARNING_ABSTIMER(c->deps.log, WHAT);
}

void revert_init(struct cli *c)
{
	timer_init(&c->revert.warn, warn, c);
	timer_init(&c->revert.back, time_is_up, c);
}

void revert_free(struct cli *c)
{
	forget(c);
}

void revert_again(struct cli *c, unsigned minutes, const char *by)
{
	struct timers *t = c->deps.env->timers;

	timer_cancel(t, &c->revert.warn);
	if (minutes > 1)
		timer_arm(t, &c->revert.warn, SEC(60 * (uint64_t)(minutes - 1)));
	timer_arm(t, &c->revert.back, SEC(60 * (uint64_t)minutes));
	log_ARCHIVE_DIFF_ROLLBK_CNFMD_CHG_START_ABSTIMER(c->deps.log, by, WHAT, minutes);
}

void revert_start(struct cli *c, unsigned minutes, const char *by)
{
	if (!revert_pending(c))
		nvgen(c, false, &c->revert.was);
	revert_again(c, minutes, by);
}

void revert_confirm(struct cli *c, const char *by)
{
	log_ARCHIVE_DIFF_ROLLBK_CNFMD_CHG_CONFIRM(c->deps.log, by);
	forget(c);
}
