/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What every unit test's main() does: run a NULL-terminated list of tests as one suite. */
#pragma once
#include <check.h>
#include <stdlib.h>

/* add puts the tests there; a timeout is in seconds, of each. */
static inline int unit_suite(const char *name, double timeout, void (*add)(TCase *tcase, const void *arg), const void *arg)
{
	Suite *suite = suite_create(name);
	TCase *tcase = tcase_create(name);
	SRunner *runner;
	int failed;

	tcase_set_timeout(tcase, timeout);
	add(tcase, arg);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

static inline void unit_add(TCase *tcase, const void *tests)
{
	for (const TTest *const *t = tests; *t; t++)
		tcase_add_test(tcase, *t);
}

static inline int unit_run(const char *name, const TTest *const *tests)
{
	return unit_suite(name, 60, unit_add, tests);
}

#define UNIT_MAIN(name, ...)                                                                                    \
	int main(void)                                                                                          \
	{                                                                                                       \
		return unit_run(name, (const TTest *const[]){ __VA_ARGS__, NULL });                              \
	}
