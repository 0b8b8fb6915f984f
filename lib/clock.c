/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdbool.h>
#include <stdlib.h>
#include <time.h>
#include "lib/clock.h"
#include "lib/mem.h"

struct clock {
	bool real;
	uint64_t mono, wall;	/* virtual: now */
	int64_t offset;		/* real: wall time as set, less the system's */
};

struct clock *clock_new_real(void)
{
	struct clock *c = mem_zalloc(sizeof(*c));

	c->real = true;
	return c;
}

struct clock *clock_new_virtual(uint64_t mono, uint64_t wall)
{
	struct clock *c = mem_zalloc(sizeof(*c));

	c->mono = mono;
	c->wall = wall;
	return c;
}

void clock_free(struct clock *c)
{
	free(c);
}

static uint64_t system_time(clockid_t id)
{
	struct timespec t = { 0, 0 };

	clock_gettime(id, &t);
	return SEC(t.tv_sec) + (uint64_t)t.tv_nsec / 1000;
}

uint64_t clock_now(const struct clock *c)
{
	return c->real ? system_time(CLOCK_BOOTTIME) : c->mono;
}

uint64_t clock_wall(const struct clock *c)
{
	return c->real ? system_time(CLOCK_REALTIME) + (uint64_t)c->offset : c->wall;
}

void clock_advance(struct clock *c, uint64_t mono)
{
	if (c->real || mono <= c->mono)
		return;
	c->wall += mono - c->mono;
	c->mono = mono;
}

void clock_set_wall(struct clock *c, uint64_t wall)
{
	if (c->real)
		c->offset = (int64_t)(wall - system_time(CLOCK_REALTIME));
	else
		c->wall = wall;
}
