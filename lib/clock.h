/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Time is a parameter. Everything that asks for the time asks a clock; in tests the clock is virtual and a day of
 * rekeys takes milliseconds. All times are unsigned microseconds.
 */
#pragma once
#include <stdint.h>

#define USEC_PER_SEC UINT64_C(1000000)
#define SEC(n) ((uint64_t)(n) * USEC_PER_SEC)
#define MSEC(n) ((uint64_t)(n) * 1000)

struct clock;

/* CLOCK_BOOTTIME (a suspended guest still expires its keys) and CLOCK_REALTIME. */
struct clock *clock_new_real(void);
/* Starts at mono µs since boot and at wall µs since 1970; moves only by clock_advance(). */
struct clock *clock_new_virtual(uint64_t mono, uint64_t wall);
void clock_free(struct clock *c);

/* Monotonic; for every deadline and lifetime. */
uint64_t clock_now(const struct clock *c);
/* Since 1970, UTC; for time stamps only. */
uint64_t clock_wall(const struct clock *c);
#define CLOCK_BOOT 16
/* Which boot of the machine monotonic time counts from, CLOCK_BOOT octets; zeros: not known (virtual clocks, until they are told). */
const uint8_t *clock_boot(const struct clock *c);
void clock_set_boot(struct clock *c, const uint8_t *boot);
/* Virtual clocks only: moves to 'mono', which is never before now. */
void clock_advance(struct clock *c, uint64_t mono);
/* Offsets wall time ('clock set', clock-jump tests); never moves monotonic time. */
void clock_set_wall(struct clock *c, uint64_t wall);
