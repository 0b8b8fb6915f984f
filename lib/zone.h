/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Local time as 'clock timezone' and 'clock summer-time' tell it. */
#pragma once
#include <stdbool.h>
#include <stdint.h>

#define ZONE_LAST 5	/* week of a month: 1 to 4, or the last one */

struct zone_edge {
	uint32_t month;		/* 1 to 12 */
	uint32_t week, weekday;	/* every year: 1 to 4 or ZONE_LAST; 0 = Sunday */
	uint32_t day, year;	/* once */
	uint32_t minute;	/* of the day: begin by the zone's own time, end by summer time */
};

enum summer { SUMMER_NONE, SUMMER_USUAL /* as in the United States */, SUMMER_RECURRING, SUMMER_DATE };

struct zone {			/* all zero: UTC */
	char name[32];		/* "" = UTC */
	int32_t minutes;	/* east of UTC */
	uint32_t summer;	/* enum summer */
	char summer_name[32];
	struct zone_edge begin, end;
	uint32_t add;		/* minutes that summer time is ahead */
};

/* What 'recurring' without more means: second Sunday of March to first Sunday of November, at 2:00, one hour. */
void zone_usual_summer(struct zone *z);
/* Minutes east of UTC at that second of the epoch. name, unless NULL: what the time is called then, never empty. */
int zone_at(const struct zone *z, int64_t utc, const char **name);
/* The second of the epoch that a local clock calls so (its seconds since 1970-01-01 00:00 local); of two the first. */
int64_t zone_utc(const struct zone *z, int64_t local);
/* Seconds of the epoch at which summer time of that year begins and ends. False: that year has none. */
bool zone_summer(const struct zone *z, int year, int64_t *begin, int64_t *end);
