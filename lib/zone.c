/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <time.h>
#include "lib/zone.h"

#define DAY 86400

void zone_usual_summer(struct zone *z)
{
	z->begin = (struct zone_edge){ .month = 3, .week = 2, .minute = 120 };
	z->end = (struct zone_edge){ .month = 11, .week = 1, .minute = 120 };
	z->add = 60;
}

static int64_t midnight(int year, unsigned month, unsigned day)
{
	struct tm tm = { .tm_year = year - 1900, .tm_mon = (int)month - 1, .tm_mday = (int)day };

	return timegm(&tm);
}

/* 1970-01-01 was a Thursday. */
static unsigned weekday_of(int64_t t)
{
	int64_t days = t / DAY - (t % DAY < 0);

	return (unsigned)(((days + 4) % 7 + 7) % 7);
}

/* Local seconds of the edge in that year. */
static int64_t edge(const struct zone_edge *e, int year)
{
	int64_t t;
	unsigned ahead;

	if (e->week == ZONE_LAST) {
		t = midnight(year, e->month + 1, 1) - DAY;	/* timegm() knows month 13 */
		ahead = (weekday_of(t) + 7 - e->weekday) % 7;
		t -= (int64_t)ahead * DAY;
	} else {
		t = midnight(year, e->month, 1);
		ahead = (e->weekday + 7 - weekday_of(t)) % 7;
		t += ((int64_t)ahead + 7 * ((int64_t)e->week - 1)) * DAY;
	}
	return t + 60 * (int64_t)e->minute;
}

bool zone_summer(const struct zone *z, int year, int64_t *begin, int64_t *end)
{
	int64_t offset = 60 * (int64_t)z->minutes, summer = offset + 60 * (int64_t)z->add;

	if (z->summer == SUMMER_NONE || (z->summer == SUMMER_DATE && (int)z->begin.year != year))
		return false;
	if (z->summer == SUMMER_DATE) {
		*begin = midnight((int)z->begin.year, z->begin.month, z->begin.day) + 60 * (int64_t)z->begin.minute - offset;
		*end = midnight((int)z->end.year, z->end.month, z->end.day) + 60 * (int64_t)z->end.minute - summer;
		return true;
	}
	*begin = edge(&z->begin, year) - offset;
	*end = edge(&z->end, year) - summer;
	return true;
}

static bool is_summer(const struct zone *z, int64_t utc)
{
	time_t local = (time_t)(utc + 60 * (int64_t)z->minutes);
	int64_t begin, end;
	struct tm tm;

	if (!gmtime_r(&local, &tm))
		return false;
	if (!zone_summer(z, z->summer == SUMMER_DATE ? (int)z->begin.year : tm.tm_year + 1900, &begin, &end))
		return false;
	/* South of the equator it ends before it begins. */
	return begin < end || z->summer == SUMMER_DATE ? utc >= begin && utc < end : utc >= begin || utc < end;
}

int zone_at(const struct zone *z, int64_t utc, const char **name)
{
	bool summer = is_summer(z, utc);

	if (name)
		*name = summer ? z->summer_name : z->name[0] ? z->name : "UTC";
	return z->minutes + (summer ? (int)z->add : 0);
}

int64_t zone_utc(const struct zone *z, int64_t local)
{
	int64_t summer = local - 60 * ((int64_t)z->minutes + z->add);

	return is_summer(z, summer) ? summer : local - 60 * (int64_t)z->minutes;
}
