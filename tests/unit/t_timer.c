/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lib/clock.h"
#include "lib/ratelimit.h"
#include "lib/timer.h"
#include "tests/unit/unit.h"

#define TIMERS 40
#define STEPS 20000

/* A model: an array that is searched from end to end. */
struct model {
	bool armed[TIMERS];
	uint64_t due[TIMERS], seq[TIMERS], next_seq;
};

static struct clock *now_clock;
static struct timers *heap;
static struct timer timer[TIMERS];
static struct model model;
static uint64_t rnd_state;
static uint64_t limit;		/* timers armed during a run do not fire in it */
static unsigned fired;

static uint64_t rnd(uint64_t below)
{
	rnd_state ^= rnd_state << 13;
	rnd_state ^= rnd_state >> 7;
	rnd_state ^= rnd_state << 17;
	return rnd_state % below;
}

static void arm(unsigned i)
{
	uint64_t now = clock_now(now_clock), delay = rnd(4) ? rnd(50) : 0;

	if (rnd(3)) {
		timer_arm(heap, &timer[i], delay);
		model.due[i] = now + delay;
	} else {
		/* absolute, at times in the past */
		uint64_t due = now + delay > 20 ? now + delay - 20 : 0;

		timer_arm_at(heap, &timer[i], due);
		model.due[i] = due > now ? due : now;
	}
	model.armed[i] = true;
	model.seq[i] = model.next_seq++;
}

static void cancel(unsigned i)
{
	timer_cancel(heap, &timer[i]);
	model.armed[i] = false;
}

static int model_next(void)
{
	int best = -1;

	for (int i = 0; i < TIMERS; i++) {
		if (!model.armed[i])
			continue;
		if (best < 0 || model.due[i] < model.due[best] ||
			(model.due[i] == model.due[best] && model.seq[i] < model.seq[best]))
			best = i;
	}
	return best;
}

static void agree(void)
{
	int next = model_next();

	ck_assert_uint_eq(timers_next(heap), next < 0 ? UINT64_MAX : model.due[next]);
	for (int i = 0; i < TIMERS; i++)
		ck_assert(timer_armed(&timer[i]) == model.armed[i]);
}

static void on_fire(void *arg)
{
	unsigned i = (unsigned)(uintptr_t)arg;

	/* The one that the model says is next, and due, and armed before this run. */
	ck_assert_int_eq(model_next(), (int)i);
	ck_assert_uint_le(model.due[i], clock_now(now_clock));
	ck_assert_uint_lt(model.seq[i], limit);
	model.armed[i] = false;
	fired++;
	for (uint64_t n = rnd(4); n; n--) {
		if (rnd(2))
			arm((unsigned)rnd(TIMERS));
		else
			cancel((unsigned)rnd(TIMERS));
	}
	agree();
}

START_TEST(against_a_model)
{
	rnd_state = 0x9e3779b97f4a7c15;
	now_clock = clock_new_virtual(1000, 0);
	heap = timers_new(now_clock);
	for (uintptr_t i = 0; i < TIMERS; i++)
		timer_init(&timer[i], on_fire, (void *)i);
	for (int step = 0; step < STEPS; step++) {
		switch (rnd(5)) {
		case 0:
		case 1:
			arm((unsigned)rnd(TIMERS));
			break;
		case 2:
			cancel((unsigned)rnd(TIMERS));
			break;
		case 3:
			clock_advance(now_clock, clock_now(now_clock) + rnd(30));
			break;
		default:
			limit = model.next_seq;
			fired = 0;
			ck_assert_uint_eq(timers_run(heap), fired);
			/* Nothing that was due and armed before is left. */
			for (int i = 0; i < TIMERS; i++)
				ck_assert(!model.armed[i] || model.due[i] > clock_now(now_clock) ||
					model.seq[i] >= limit);
			break;
		}
		agree();
	}
	timers_free(heap);
	clock_free(now_clock);
}
END_TEST

struct owner {
	struct timer t;
	struct timers *ts;
	unsigned *count;
};

static void free_owner(void *arg)
{
	struct owner *o = arg;

	++*o->count;
	free(o);
}

START_TEST(callback_frees_its_owner)
{
	struct clock *c = clock_new_virtual(5, 0);
	struct timers *ts = timers_new(c);
	unsigned count = 0;

	for (int i = 0; i < 10; i++) {
		struct owner *o = calloc(1, sizeof(*o));

		o->count = &count;
		timer_init(&o->t, free_owner, o);
		timer_arm(ts, &o->t, SEC(i));
	}
	ck_assert_uint_eq(timers_wait(ts), 0);
	ck_assert_uint_eq(timers_run(ts), 1);
	ck_assert_uint_eq(timers_wait(ts), SEC(1));
	clock_advance(c, 5 + SEC(9));
	ck_assert_uint_eq(timers_run(ts), 9);
	ck_assert_uint_eq(count, 10);
	ck_assert_uint_eq(timers_next(ts), UINT64_MAX);
	ck_assert_uint_eq(timers_wait(ts), UINT64_MAX);
	timers_free(ts);
	clock_free(c);
}
END_TEST

static void nothing(void *arg)
{
}

START_TEST(far_deadlines)
{
	struct clock *c = clock_new_virtual(1000, 0);
	struct timers *ts = timers_new(c);
	struct timer t;

	timer_init(&t, nothing, NULL);
	timer_arm(ts, &t, UINT64_MAX);
	ck_assert_uint_eq(timers_next(ts), UINT64_MAX - 1);
	ck_assert_uint_eq(timer_left(ts, &t), UINT64_MAX - 1001);
	timer_arm(ts, &t, 10);
	ck_assert_uint_eq(timer_left(ts, &t), 10);
	timer_cancel(ts, &t);
	timer_cancel(ts, &t);
	ck_assert_uint_eq(timer_left(ts, &t), 0);
	timers_free(ts);
	clock_free(c);
}
END_TEST

START_TEST(clocks)
{
	struct clock *c = clock_new_virtual(100, 5000);
	uint64_t before;

	clock_advance(c, 150);
	ck_assert_uint_eq(clock_now(c), 150);
	ck_assert_uint_eq(clock_wall(c), 5050);
	clock_advance(c, 120);
	ck_assert_uint_eq(clock_now(c), 150);
	clock_set_wall(c, 7);
	ck_assert_uint_eq(clock_wall(c), 7);
	ck_assert_uint_eq(clock_now(c), 150);
	clock_free(c);

	c = clock_new_real();
	before = clock_now(c);
	clock_set_wall(c, SEC(1000));
	ck_assert_uint_ge(clock_wall(c), SEC(1000));
	ck_assert_uint_lt(clock_wall(c), SEC(1060));
	ck_assert_uint_ge(clock_now(c), before);
	clock_free(c);
}
END_TEST

START_TEST(rate_limit)
{
	struct ratelimit r;
	uint64_t missed = 99;

	ratelimit_init(&r, 2, SEC(5));
	ck_assert(ratelimit_ok(&r, SEC(100), &missed));
	ck_assert_uint_eq(missed, 0);
	ck_assert(ratelimit_ok(&r, SEC(100), &missed));
	ck_assert(!ratelimit_ok(&r, SEC(100), &missed));
	ck_assert(!ratelimit_ok(&r, SEC(104), &missed));
	ck_assert(ratelimit_ok(&r, SEC(105), &missed));
	ck_assert_uint_eq(missed, 2);
	ck_assert(!ratelimit_ok(&r, SEC(106), NULL));
	/* No more than the burst however long it was quiet. */
	ck_assert(ratelimit_ok(&r, SEC(1000), &missed));
	ck_assert_uint_eq(missed, 1);
	ck_assert(ratelimit_ok(&r, SEC(1000), NULL));
	ck_assert(!ratelimit_ok(&r, SEC(1000), NULL));
}
END_TEST

UNIT_MAIN("timer", against_a_model, callback_frees_its_owner, far_deadlines, clocks, rate_limit)
