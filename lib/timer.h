/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Timers: a heap over a clock. A timer lives inside its owner's struct; arming again moves it, cancelling twice is
 * harmless, and a callback may arm, cancel or free anything including its own owner.
 */
#pragma once
#include <stdbool.h>
#include <stdint.h>

struct clock;
struct timers;

struct timer {
	void (*fn)(void *arg);
	void *arg;
	uint64_t due;	/* µs on the clock; meaningful while armed */
	uint64_t seq;	/* equal deadlines fire in the order they were armed: a simulation replays exactly */
	unsigned slot;	/* 1 + index in the heap; 0 = not armed */
};

struct timers *timers_new(struct clock *clock);
void timers_free(struct timers *ts);

void timer_init(struct timer *t, void (*fn)(void *arg), void *arg);
/* Fires 'delay' µs from now (0 = at the next turn of the loop, never from within this call). */
void timer_arm(struct timers *ts, struct timer *t, uint64_t delay);
/* The same at an absolute time; one in the past fires at the next turn. */
void timer_arm_at(struct timers *ts, struct timer *t, uint64_t due);
void timer_cancel(struct timers *ts, struct timer *t);
bool timer_armed(const struct timer *t);
/* µs until t fires, 0 when overdue or not armed. */
uint64_t timer_left(const struct timers *ts, const struct timer *t);

/* The earliest deadline; UINT64_MAX when nothing is armed. */
uint64_t timers_next(const struct timers *ts);
/* µs until then, 0 when overdue; UINT64_MAX when nothing is armed. */
uint64_t timers_wait(const struct timers *ts);
/* Fires all that is due now (timers armed meanwhile with delay 0 wait for the next call). Returns how many. */
unsigned timers_run(struct timers *ts);
