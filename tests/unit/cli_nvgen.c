/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A random configuration, printed, replayed on defaults, prints the same: with and without defaults. */
#include <stdio.h>
#include "cli/config_diff.h"
#include "cli/shell.h"
#include "lib/clock.h"
#include "lib/rng.h"
#include "tests/golden/device.h"
#include "tests/unit/cli_random.h"
#include "tests/unit/unit.h"

#ifdef GX_SANITIZED
#define ROUNDS 400
#else
#define ROUNDS 3000
#endif

struct shell_only {
	struct config *config;
	struct cli *cli;
};

static struct device dev;

static struct shell_only shell_new(void)
{
	struct cli_deps deps = { .env = &dev.env, .log = dev.log, .version = "0.1.0" };
	struct shell_only s = { .config = config_new(dev.nvram) };

	deps.config = s.config;
	s.cli = cli_new(&deps);
	return s;
}

static void shell_free(struct shell_only *s)
{
	cli_free(s->cli);
	config_free(s->config);
}

static void replay(struct shell_only *s, const struct text *t, struct text *errors)
{
	cli_replay(s->cli, bytes_of(text_str(t), t->n), errors);
}

static void compare(unsigned round, const char *what, const struct text *a, const struct text *b, const struct text *typed)
{
	if (a->n == b->n && strcmp(text_str(a), text_str(b)) == 0)
		return;
	printf("---- typed (round %u)\n%s---- printed\n%s---- printed after replay\n%s", round, text_str(typed), text_str(a), text_str(b));
	ck_abort_msg("round %u: %s differs", round, what);
}

static void round_trip(unsigned round, struct rng *rng)
{
	struct text typed = TEXT_EMPTY, errors = TEXT_EMPTY, one = TEXT_EMPTY, two = TEXT_EMPTY, all1 = TEXT_EMPTY, all2 = TEXT_EMPTY;
	struct shell_only a = shell_new(), b = shell_new();

	random_config(a.cli->grammar, rng, 40, &typed);
	replay(&a, &typed, &errors);
	text_clear(&errors);
	nvgen(a.cli, false, &one);
	nvgen(a.cli, true, &all1);
	replay(&b, &one, &errors);
	if (errors.n)
		printf("---- typed\n%s---- printed\n%s----\n", text_str(&typed), text_str(&one));
	ck_assert_msg(!errors.n, "round %u: what was printed is refused: %s", round, text_str(&errors));
	nvgen(b.cli, false, &two);
	nvgen(b.cli, true, &all2);
	compare(round, "running-config", &one, &two, &typed);
	compare(round, "running-config all", &all1, &all2, &typed);
	text_free(&typed);
	text_free(&errors);
	text_free(&one);
	text_free(&two);
	text_free(&all1);
	text_free(&all2);
	shell_free(&a);
	shell_free(&b);
}

START_TEST(random_round_trip)
{
	const char *seed = getenv("GX_SEED");
	struct rng *rng = rng_new_seeded(seed ? strtoull(seed, NULL, 0) : 20150128);

	device_open(&dev, false);
	for (unsigned i = 0; i < ROUNDS; i++)
		round_trip(i, rng);
	rng_free(rng);
	device_close(&dev);
}
END_TEST

/* 'configure replace' from any configuration to any other leaves no difference, and a second one finds nothing to do. */
static void replace_one(unsigned round, struct rng *rng)
{
	struct text typed = TEXT_EMPTY, from = TEXT_EMPTY, to = TEXT_EMPTY, errors = TEXT_EMPTY, steps = TEXT_EMPTY;
	struct shell_only a = shell_new(), b = shell_new();

	random_config(a.cli->grammar, rng, 30, &typed);
	replay(&a, &typed, &errors);
	nvgen(a.cli, false, &from);
	text_clear(&typed);
	random_config(b.cli->grammar, rng, 30, &typed);
	replay(&b, &typed, &errors);
	nvgen(b.cli, false, &to);
	text_clear(&errors);
	if (!config_replace(a.cli, text_str(&to), &steps, &errors)) {
		printf("---- from\n%s---- to\n%s---- entered\n%s---- remains\n%s", text_str(&from), text_str(&to), text_str(&steps),
			text_str(&errors));
		ck_abort_msg("round %u: a difference remains", round);
	}
	text_clear(&steps);
	config_replace(a.cli, text_str(&to), &steps, &errors);
	ck_assert_uint_eq(steps.n, 0);
	text_free(&typed);
	text_free(&from);
	text_free(&to);
	text_free(&errors);
	text_free(&steps);
	shell_free(&a);
	shell_free(&b);
}

START_TEST(any_replaces_any)
{
	const char *seed = getenv("GX_SEED");
	struct rng *rng = rng_new_seeded(seed ? strtoull(seed, NULL, 0) : 20150129);

	device_open(&dev, false);
	for (unsigned i = 0; i < ROUNDS / 10; i++)
		replace_one(i, rng);
	rng_free(rng);
	device_close(&dev);
}
END_TEST

/* Both forms are printed and taken: what 'all' adds must replay as well. */
START_TEST(all_form_replays)
{
	struct text all = TEXT_EMPTY, again = TEXT_EMPTY, errors = TEXT_EMPTY;
	struct shell_only s;

	device_open(&dev, false);
	s = shell_new();
	nvgen(s.cli, true, &all);
	replay(&s, &all, &errors);
	ck_assert_str_eq(text_str(&errors), "");
	nvgen(s.cli, true, &again);
	ck_assert_str_eq(text_str(&all), text_str(&again));
	text_free(&all);
	text_free(&again);
	text_free(&errors);
	shell_free(&s);
	device_close(&dev);
}
END_TEST

UNIT_MAIN("cli-nvgen", random_round_trip, any_replaces_any, all_form_replays)
