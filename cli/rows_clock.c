/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Global configuration: clock timezone, clock summer-time. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include "cli/exec_crypto.h"
#include "cli/shell.h"

static const char *const weekdays[] = { "sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday" };

/* "sunday" as "Sun". */
static const char *brief(const char *name, char out[4])
{
	out[0] = (char)toupper((unsigned char)name[0]);
	memcpy(out + 1, name + 1, 2);
	out[3] = '\0';
	return out;
}

static bool small_number(const char *s, int lo, int hi, int *out)
{
	char *end;
	long v = strtol(s, &end, 10);

	if (end == s || *end || strlen(s) > 3 || v < lo || v > hi || (*s != '-' && !isdigit((unsigned char)*s)))
		return false;
	*out = (int)v;
	return true;
}

/* The log has its own copy: it knows no configuration. */
static int changed(struct cmd *c)
{
	c->cfg->logging.tz = c->cfg->timezone;
	return CMD_OK;
}

static int set_timezone(struct cmd *c)
{
	struct zone *z = &c->cfg->timezone;
	const char *offset = cmd_str(c, "hours");
	int hours = 0, minutes = (int)cmd_u32(c, "minutes", 0);

	if (!c->no && !small_number(offset, -23, 23, &hours))
		return cmd_error(c, "Invalid hours offset from UTC: %s (-23 to 23)", offset);
	str_copy(z->name, sizeof(z->name), c->no ? "UTC" : cmd_str(c, "zone"));
	z->minutes = c->no ? 0 : hours * 60 + (offset[0] == '-' ? -minutes : minutes);
	return changed(c);
}

static void nv_timezone(struct nv *nv, const struct row *row, const void *obj)
{
	int m = nv->cfg->timezone.minutes;
	bool set = m || strcmp(nv->cfg->timezone.name, "UTC") != 0;

	if (set || nv->all)
		nv_line(nv, "clock timezone %s %s%d %d", nv->cfg->timezone.name, m < 0 && m > -60 ? "-" : "", m / 60, abs(m % 60));
}

/* ---- summer time ---- */

static bool weekday(const char *s, uint32_t *out)
{
	size_t n = strlen(s);

	for (uint32_t d = 0; n >= 3 && d < 7; d++) {
		if (strncasecmp(weekdays[d], s, n) == 0) {
			*out = d;
			return true;
		}
	}
	return false;
}

/* "2:00" */
static bool minute_of_day(const char *s, uint32_t *out)
{
	unsigned h = 0, m = 0, n = 0;

	if (sscanf(s, "%2u:%2u%n", &h, &m, &n) != 2 || s[n] || h > 23 || m > 59 || !isdigit((unsigned char)s[0]))
		return false;
	*out = h * 60 + m;
	return true;
}

struct words {		/* what the arguments of one edge are called */
	const char *week, *first, *last, *weekday, *day, *month, *year, *time;
};
static const struct words starts = { "week 1", "first 1", "last 1", "weekday 1", "day 1", "month 1", "year 1", "time 1" };
static const struct words ends = { "week 2", "first 2", "last 2", "weekday 2", "day 2", "month 2", "year 2", "time 2" };

/* False with an error text. */
static bool edge_of(struct cmd *c, const struct words *w, bool once, struct zone_edge *e)
{
	char name[4];
	struct tm tm;
	int month = clock_month(cmd_str(c, w->month));

	if (!month) {
		cmd_error(c, "Invalid month: %s", cmd_str(c, w->month));
		return false;
	}
	if (!minute_of_day(cmd_str(c, w->time), &e->minute)) {
		cmd_error(c, "Invalid time: %s (hh:mm is wanted)", cmd_str(c, w->time));
		return false;
	}
	e->month = (uint32_t)month;
	if (!once) {
		e->week = cmd_has(c, w->last) ? ZONE_LAST : cmd_has(c, w->first) ? 1 : cmd_u32(c, w->week, 1);
		if (weekday(cmd_str(c, w->weekday), &e->weekday))
			return true;
		cmd_error(c, "Invalid weekday: %s", cmd_str(c, w->weekday));
		return false;
	}
	e->day = cmd_u32(c, w->day, 1);
	e->year = cmd_u32(c, w->year, 1993);
	tm = (struct tm){ .tm_year = (int)e->year - 1900, .tm_mon = month - 1, .tm_mday = (int)e->day };
	timegm(&tm);
	if (tm.tm_mon == month - 1)
		return true;
	cmd_error(c, "%s %u has no day %u.", brief(clock_months[month - 1], name), e->year, e->day);
	return false;
}

static int set_summer(struct cmd *c)
{
	struct zone *z = &c->cfg->timezone, s = { .summer = SUMMER_NONE };

	if (!c->no) {
		str_copy(s.summer_name, sizeof(s.summer_name), cmd_str(c, "zone"));
		s.summer = cmd_has(c, "date") ? SUMMER_DATE : cmd_has(c, ends.time) ? SUMMER_RECURRING : SUMMER_USUAL;
		if (s.summer == SUMMER_USUAL)
			zone_usual_summer(&s);
		else if (!edge_of(c, &starts, s.summer == SUMMER_DATE, &s.begin) || !edge_of(c, &ends, s.summer == SUMMER_DATE, &s.end))
			return CMD_ERROR;
		s.add = cmd_u32(c, "offset", 60);
	}
	str_copy(s.name, sizeof(s.name), z->name);
	s.minutes = z->minutes;
	*z = s;
	return changed(c);
}

static void put_edge(struct text *t, const struct zone_edge *e, bool once)
{
	char month[4], day[4];

	brief(clock_months[e->month - 1], month);
	brief(weekdays[e->weekday], day);
	if (once)
		text_printf(t, " %s %u %u", month, e->day, e->year);
	else if (e->week == ZONE_LAST)
		text_printf(t, " last %s %s", day, month);
	else
		text_printf(t, " %u %s %s", e->week, day, month);
	text_printf(t, " %u:%02u", e->minute / 60, e->minute % 60);
}

static void nv_summer(struct nv *nv, const struct row *row, const void *obj)
{
	const struct zone *z = &nv->cfg->timezone;
	bool once = z->summer == SUMMER_DATE;
	struct text t = TEXT_EMPTY;

	if (z->summer == SUMMER_NONE)
		return;
	text_printf(&t, "clock summer-time %s %s", z->summer_name, once ? "date" : "recurring");
	if (z->summer != SUMMER_USUAL) {
		put_edge(&t, &z->begin, once);
		put_edge(&t, &z->end, once);
		if (z->add != 60)
			text_printf(&t, " %u", z->add);
	}
	nv_line(nv, "%s", text_str(&t));
	text_free(&t);
}

/* clang-format off */
#define CLOCK KW("clock", "Configure time-of-day clock")
#define TIME(n_, what_) { .kind = T_WORD, .name = "time " n_, .text = "hh:mm", .help = "Time to " what_ " (hh:mm)" }
#define MONTH(n_, what_) { .kind = T_WORD, .name = "month " n_, .text = "MONTH", .help = "Month to " what_ }
#define EVERY(n_, what_) ALT(UINT("week " n_, 1, 4, "Week number to " what_), OR, KWN("first", "First week of the month", "first " n_), OR, \
		KWN("last", "Last week of the month", "last " n_)), \
	{ .kind = T_WORD, .name = "weekday " n_, .text = "DAY", .help = "Weekday to " what_ }, MONTH(n_, what_), TIME(n_, what_)
#define DAY_OF(n_, what_) UINT("day " n_, 1, 31, "Date to " what_)
#define ONCE(n_, what_) ALT(DAY_OF(n_, what_), MONTH(n_, what_), OR, MONTH(n_, what_), DAY_OF(n_, what_)), \
	UINT("year " n_, 1993, 2035, "Year to " what_), TIME(n_, what_)
#define OFFSET OPT(UINT("offset", 1, 1440, "Offset to add in minutes"))
static const struct row clock_rows[] = {
	{ ROW(CLOCK, KW("timezone", "Configure time zone"), NOEND,
		{ .kind = T_WORD, .name = "zone", .help = "Name of time zone", .lo = 1, .hi = 31 },
		{ .kind = T_WORD, .name = "hours", .text = "<-23 - 23>", .help = "Hours offset from UTC" },
		OPT(UINT("minutes", 0, 59, "Minutes offset from UTC"))),
	  .flags = R_NO, .handler = set_timezone, .nv = nv_timezone, .order = 700 },
	{ ROW(CLOCK, KW("summer-time", "Configure summer (daylight savings) time"), NOEND,
		{ .kind = T_WORD, .name = "zone", .help = "Name of time zone in summer", .lo = 1, .hi = 31 },
		ALT(KW("recurring", "Configure recurring summer time"), OPT(EVERY("1", "start"), EVERY("2", "end"), OFFSET), OR,
			KW("date", "Configure absolute summer time"), ONCE("1", "start"), ONCE("2", "end"), OFFSET)),
	  .flags = R_NO, .handler = set_summer, .nv = nv_summer, .order = 701 },
};
/* clang-format on */

const struct row_table rows_clock = ROWS(IN_CONFIG, clock_rows);
