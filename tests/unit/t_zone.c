/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Summer time; the moments are those of the IANA data base. */
#include <time.h>
#include "lib/zone.h"
#include "tests/unit/unit.h"

static int64_t at(int year, int month, int day, int hour, int minute)
{
	struct tm tm = { .tm_year = year - 1900, .tm_mon = month - 1, .tm_mday = day, .tm_hour = hour, .tm_min = minute };

	return timegm(&tm);
}

static void is(const struct zone *z, int64_t utc, int minutes, const char *name)
{
	const char *what;

	ck_assert_int_eq(zone_at(z, utc, &what), minutes);
	ck_assert_str_eq(what, name);
	ck_assert_int_eq(zone_utc(z, utc + 60 * minutes), utc);
}

static const struct zone europe = { .name = "CET", .minutes = 60, .summer = SUMMER_RECURRING, .summer_name = "CEST", .add = 60,
	.begin = { .month = 3, .week = ZONE_LAST, .minute = 120 }, .end = { .month = 10, .week = ZONE_LAST, .minute = 180 } };

START_TEST(none)
{
	const struct zone z = { .minutes = -210 }, utc = { .minutes = 0 };

	is(&z, at(2020, 7, 1, 0, 0), -210, "UTC");
	is(&utc, 0, 0, "UTC");
}
END_TEST

START_TEST(north)
{
	static const int begins[][2] = { { 2015, 29 }, { 2020, 29 }, { 2021, 28 }, { 2026, 29 } };
	static const int ends[][2] = { { 2015, 25 }, { 2020, 25 }, { 2021, 31 }, { 2026, 25 } };

	for (unsigned i = 0; i < 4; i++) {
		int64_t begin = at(begins[i][0], 3, begins[i][1], 1, 0), end = at(ends[i][0], 10, ends[i][1], 1, 0);

		is(&europe, begin - 1, 60, "CET");
		is(&europe, begin, 120, "CEST");
		is(&europe, end - 3601, 120, "CEST");
		ck_assert_int_eq(zone_at(&europe, end - 1, NULL), 120);	/* an hour that the clock shows twice */
		ck_assert_int_eq(zone_at(&europe, end, NULL), 60);
		is(&europe, end + 3600, 60, "CET");
	}
}
END_TEST

START_TEST(usual)
{
	struct zone z = { .name = "PST", .minutes = -480, .summer = SUMMER_USUAL, .summer_name = "PDT" };

	zone_usual_summer(&z);
	is(&z, at(2020, 3, 8, 10, 0) - 1, -480, "PST");
	is(&z, at(2020, 3, 8, 10, 0), -420, "PDT");
	is(&z, at(2020, 11, 1, 9, 0) - 3601, -420, "PDT");
	is(&z, at(2020, 11, 1, 9, 0) + 3600, -480, "PST");
}
END_TEST

START_TEST(south)
{
	const struct zone z = { .name = "AEST", .minutes = 600, .summer = SUMMER_RECURRING, .summer_name = "AEDT", .add = 60,
		.begin = { .month = 10, .week = 1, .minute = 120 }, .end = { .month = 4, .week = 1, .minute = 180 } };

	is(&z, at(2021, 1, 1, 0, 0), 660, "AEDT");
	is(&z, at(2021, 4, 3, 16, 0) - 3601, 660, "AEDT");
	is(&z, at(2021, 4, 3, 17, 0), 600, "AEST");
	is(&z, at(2021, 10, 2, 16, 0) - 1, 600, "AEST");
	is(&z, at(2021, 10, 2, 16, 0), 660, "AEDT");
	is(&z, at(2021, 12, 31, 23, 0), 660, "AEDT");
}
END_TEST

START_TEST(once)
{
	const struct zone z = { .name = "X", .summer = SUMMER_DATE, .summer_name = "XS", .add = 30,
		.begin = { .month = 12, .day = 30, .year = 2020, .minute = 60 }, .end = { .month = 1, .day = 2, .year = 2021 } };
	int64_t begin, end;

	is(&z, at(2020, 12, 30, 1, 0) - 1, 0, "X");
	is(&z, at(2020, 12, 30, 1, 0), 30, "XS");
	is(&z, at(2021, 1, 1, 20, 0), 30, "XS");
	is(&z, at(2021, 1, 2, 0, 30), 0, "X");
	is(&z, at(2021, 12, 31, 0, 30), 0, "X");
	ck_assert(!zone_summer(&z, 2021, &begin, &end));
}
END_TEST

/* Any moment, any zone: there and back, but for the hour that comes twice. */
START_TEST(there_and_back)
{
	for (int64_t t = at(2019, 12, 1, 0, 0); t < at(2022, 2, 1, 0, 0); t += 1799) {
		int64_t back = zone_utc(&europe, t + 60 * zone_at(&europe, t, NULL));

		ck_assert(back == t || back == t - 3600);
	}
}
END_TEST

UNIT_MAIN("zone", none, north, usual, south, once, there_and_back)
