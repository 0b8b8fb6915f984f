/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <pthread.h>
#include <signal.h>
#include <unistd.h>
#include "lib/clock.h"
#include "lib/loop.h"
#include "lib/pool.h"
#include "lib/timer.h"
#include "tests/unit/unit.h"

struct sum {
	struct job job;
	unsigned from, result;
	bool worked;
	pthread_t thread;
};

static struct loop *loop;
static struct pool *pool;
static unsigned outstanding, total, unworked;

static void work(struct job *j)
{
	struct sum *s = (struct sum *)j;

	for (unsigned i = 0; i <= 1000; i++)
		s->result += s->from + i;
	s->worked = true;
	s->thread = pthread_self();
}

static void done(struct job *j)
{
	struct sum *s = (struct sum *)j;

	total += s->result;
	unworked += !s->worked;
	free(s);
	if (--outstanding == 0 && loop)
		loop_stop(loop);
}

static void submit(unsigned from)
{
	struct sum *s = calloc(1, sizeof(*s));

	s->job.work = work;
	s->job.done = done;
	s->from = from;
	outstanding++;
	pool_submit(pool, &s->job);
}

START_TEST(threads)
{
	struct clock *c = clock_new_real();
	struct timers *ts = timers_new(c);
	unsigned want = 0;

	total = unworked = outstanding = 0;
	loop = loop_new(ts);
	pool = pool_new(loop, 3);
	ck_assert_ptr_nonnull(pool);
	for (unsigned i = 0; i < 200; i++) {
		submit(i);
		want += 1001 * i + 500500;
	}
	ck_assert_uint_eq(pool_depth(pool), 200);
	loop_run(loop);
	ck_assert_uint_eq(pool_depth(pool), 0);
	ck_assert_uint_eq(total, want);
	ck_assert_uint_eq(unworked, 0);
	pool_free(pool);
	loop_free(loop);
	timers_free(ts);
	clock_free(c);
}
END_TEST

/* All jobs come back, whether they ran or not. */
START_TEST(free_with_jobs)
{
	struct clock *c = clock_new_real();
	struct timers *ts = timers_new(c);

	outstanding = 0;
	loop = loop_new(ts);
	pool = pool_new(loop, 1);
	for (unsigned i = 0; i < 500; i++)
		submit(i);
	pool_free(pool);
	ck_assert_uint_eq(outstanding, 0);
	loop_free(loop);
	timers_free(ts);
	clock_free(c);
}
END_TEST

START_TEST(inline_pool)
{
	struct clock *c = clock_new_virtual(1, 1);
	struct timers *ts = timers_new(c);

	loop = NULL;
	total = unworked = outstanding = 0;
	pool = pool_new_inline(ts);
	submit(0);
	submit(1);
	ck_assert_uint_eq(outstanding, 2);
	ck_assert_uint_eq(pool_depth(pool), 2);
	ck_assert_uint_eq(timers_run(ts), 1);
	ck_assert_uint_eq(outstanding, 0);
	ck_assert_uint_eq(total, 2 * 500500 + 1001);
	submit(2);
	pool_free(pool);
	ck_assert_uint_eq(outstanding, 0);
	ck_assert_uint_eq(unworked, 1);
	ck_assert_uint_eq(timers_next(ts), UINT64_MAX);
	timers_free(ts);
	clock_free(c);
}
END_TEST

static struct watch *pipe_watch;
static int pipe_fd[2];
static unsigned calls, signals;

static void on_timer(void *arg)
{
	if (write(pipe_fd[1], "x", 1) == 1)
		calls++;
}

static void on_readable(int ready, void *arg)
{
	ck_assert_int_eq(ready, WATCH_READ);
	calls += 10;
	watch_del(pipe_watch);	/* from its own call */
	raise(SIGUSR1);
}

static void on_signal(int signo, void *arg)
{
	ck_assert_int_eq(signo, SIGUSR1);
	signals++;
	loop_stop(loop);
}

START_TEST(loop_events)
{
	struct clock *c = clock_new_real();
	struct timers *ts = timers_new(c);
	struct timer t;
	struct watch *sig;

	calls = signals = 0;
	ck_assert_int_eq(pipe(pipe_fd), 0);
	loop = loop_new(ts);
	timer_init(&t, on_timer, NULL);
	timer_arm(ts, &t, MSEC(5));
	pipe_watch = watch_add(loop, pipe_fd[0], 0, on_readable, NULL);
	watch_set(pipe_watch, WATCH_WRITE);
	watch_set(pipe_watch, WATCH_READ);
	sig = watch_signal(loop, SIGUSR1, on_signal, NULL);
	loop_run(loop);
	ck_assert_uint_eq(calls, 11);
	ck_assert_uint_eq(signals, 1);
	watch_del(sig);
	/* Stopped before it runs: returns at once. */
	loop_stop(loop);
	loop_run(loop);
	loop_free(loop);
	timers_free(ts);
	clock_free(c);
	close(pipe_fd[0]);
	close(pipe_fd[1]);
}
END_TEST

UNIT_MAIN("pool", threads, free_with_jobs, inline_pool, loop_events)
