/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A binary heap ordered by (due, seq). */
#include <stdlib.h>
#include "lib/clock.h"
#include "lib/mem.h"
#include "lib/timer.h"

struct timers {
	struct clock *clock;
	struct timer **heap;
	unsigned n, cap;
	uint64_t seq;
};

struct timers *timers_new(struct clock *clock)
{
	struct timers *ts = mem_zalloc(sizeof(*ts));

	ts->clock = clock;
	return ts;
}

void timers_free(struct timers *ts)
{
	if (!ts)
		return;
	free(ts->heap);
	free(ts);
}

void timer_init(struct timer *t, void (*fn)(void *arg), void *arg)
{
	*t = (struct timer){ .fn = fn, .arg = arg };
}

static bool before(const struct timer *a, const struct timer *b)
{
	return a->due != b->due ? a->due < b->due : a->seq < b->seq;
}

static void place(struct timers *ts, unsigned i, struct timer *t)
{
	ts->heap[i] = t;
	t->slot = i + 1;
}

static void sift_up(struct timers *ts, unsigned i, struct timer *t)
{
	while (i && before(t, ts->heap[(i - 1) / 2])) {
		place(ts, i, ts->heap[(i - 1) / 2]);
		i = (i - 1) / 2;
	}
	place(ts, i, t);
}

static void sift_down(struct timers *ts, unsigned i, struct timer *t)
{
	for (;;) {
		unsigned child = 2 * i + 1;

		if (child + 1 < ts->n && before(ts->heap[child + 1], ts->heap[child]))
			child++;
		if (child >= ts->n || !before(ts->heap[child], t))
			break;
		place(ts, i, ts->heap[child]);
		i = child;
	}
	place(ts, i, t);
}

/* Puts t where it belongs, starting from slot i. */
static void settle(struct timers *ts, unsigned i, struct timer *t)
{
	if (i && before(t, ts->heap[(i - 1) / 2]))
		sift_up(ts, i, t);
	else
		sift_down(ts, i, t);
}

void timer_arm_at(struct timers *ts, struct timer *t, uint64_t due)
{
	uint64_t now = clock_now(ts->clock);

	/* A due time in the past would let the new timer overtake older ones of this run. UINT64_MAX is "nothing". */
	if (due < now)
		due = now;
	if (due == UINT64_MAX)
		due--;
	t->due = due;
	t->seq = ts->seq++;
	if (t->slot) {
		settle(ts, t->slot - 1, t);
		return;
	}
	if (ts->n == ts->cap) {
		ts->cap = ts->cap ? 2 * ts->cap : 64;
		ts->heap = mem_realloc(ts->heap, ts->cap * sizeof(*ts->heap));
	}
	sift_up(ts, ts->n++, t);
}

void timer_arm(struct timers *ts, struct timer *t, uint64_t delay)
{
	uint64_t now = clock_now(ts->clock);

	timer_arm_at(ts, t, delay > UINT64_MAX - now ? UINT64_MAX : now + delay);
}

void timer_cancel(struct timers *ts, struct timer *t)
{
	struct timer *last;
	unsigned i;

	if (!t->slot)
		return;
	i = t->slot - 1;
	t->slot = 0;
	last = ts->heap[--ts->n];
	if (last != t)
		settle(ts, i, last);
}

bool timer_armed(const struct timer *t)
{
	return t->slot != 0;
}

uint64_t timer_left(const struct timers *ts, const struct timer *t)
{
	uint64_t now = clock_now(ts->clock);

	return t->slot && t->due > now ? t->due - now : 0;
}

uint64_t timers_next(const struct timers *ts)
{
	return ts->n ? ts->heap[0]->due : UINT64_MAX;
}

uint64_t timers_wait(const struct timers *ts)
{
	uint64_t next = timers_next(ts), now = clock_now(ts->clock);

	if (next == UINT64_MAX)
		return UINT64_MAX;
	return next > now ? next - now : 0;
}

unsigned timers_run(struct timers *ts)
{
	uint64_t now = clock_now(ts->clock), limit = ts->seq;
	unsigned fired = 0;

	while (ts->n && ts->heap[0]->due <= now && ts->heap[0]->seq < limit) {
		struct timer *t = ts->heap[0];

		timer_cancel(ts, t);
		t->fn(t->arg);	/* may free t */
		fired++;
	}
	return fired;
}
