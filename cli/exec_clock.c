/* SPDX-License-Identifier: GPL-3.0-or-later */
/* clock set, clear logging. */
#include <ctype.h>
#include <strings.h>
#include <time.h>
#include "cli/exec_crypto.h"
#include "cli/show_fmt.h"
#include "lib/clock.h"
#include "lib/env.h"
#include "syslog/msg.h"

const char *const clock_months[] = { "january", "february", "march", "april", "may", "june", "july", "august",
	"september", "october", "november", "december" };

int clock_month(const char *s)
{
	size_t n = strlen(s);

	for (int m = 0; n >= 3 && m < 12; m++)
		if (n <= strlen(clock_months[m]) && strncasecmp(s, clock_months[m], n) == 0)
			return m + 1;
	return 0;
}

static bool two(const char **s, unsigned max, int *out)
{
	const char *p = *s;
	unsigned v = 0, n;

	for (n = 0; n < 2 && isdigit((unsigned char)p[n]); n++)
		v = v * 10 + (unsigned)(p[n] - '0');
	*s = p + n;
	*out = (int)v;
	return n && v <= max;
}

static bool time_of_day(const char *s, struct tm *tm)
{
	return two(&s, 23, &tm->tm_hour) && *s++ == ':' && two(&s, 59, &tm->tm_min) && *s++ == ':' &&
	       two(&s, 59, &tm->tm_sec) && !*s;
}

int exec_clock_set(struct cmd *c)
{
	struct tm tm = { .tm_mday = (int)cmd_u32(c, "day", 1), .tm_year = (int)cmd_u32(c, "year", 1993) - 1900 };
	char from[DATE_TEXT], to[DATE_TEXT];
	struct clock *clock = c->deps->env->clock;
	int month = clock_month(cmd_str(c, "month")), day = tm.tm_mday;
	time_t t;

	if (!time_of_day(cmd_str(c, "time"), &tm))
		return cmd_error(c, "Invalid time: hh:mm:ss is wanted.");
	if (!month)
		return cmd_error(c, "Invalid month: %s", cmd_str(c, "month"));
	tm.tm_mon = month - 1;
	t = timegm(&tm);
	if (tm.tm_mday != day)
		return cmd_error(c, "%c%s has no day %d.", toupper((unsigned char)clock_months[month - 1][0]), clock_months[month - 1] + 1, day);
	show_date_weekday(c->cfg, clock_wall(clock), false, from);
	clock_set_wall(clock, (uint64_t)zone_utc(&c->cfg->timezone, t) * USEC_PER_SEC);
	show_date_weekday(c->cfg, clock_wall(clock), false, to);
	syslog_clock_is_set(c->deps->log, true);
	log_SYS_CLOCKUPDATE(c->deps->log, from, to, cmd_from(c), cmd_by(c));
	return CMD_OK;
}

static int logging_cleared(struct cmd *c, const struct answer *a)
{
	if (a->yes)
		syslog_clear_buffer(c->deps->log);
	return CMD_OK;
}

int exec_clear_logging(struct cmd *c)
{
	return cmd_ask_confirm(c, "Clear logging buffer", logging_cleared);
}
