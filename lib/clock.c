/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "lib/clock.h"
#include "lib/mem.h"

struct clock {
	bool real;
	uint64_t mono, wall;	/* virtual: now */
	int64_t offset;		/* real: wall time as set, less the system's */
	uint8_t boot[CLOCK_BOOT];
};

/* The kernel's text of it, folded: only equality counts. */
static void boot_read(uint8_t *boot)
{
	char text[64];
	int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text));

	if (fd >= 0)
		close(fd);
	for (ssize_t i = 0; i < n; i++)
		boot[i % CLOCK_BOOT] = (uint8_t)(boot[i % CLOCK_BOOT] * 31 + (uint8_t)text[i]);
}

struct clock *clock_new_real(void)
{
	struct clock *c = mem_zalloc(sizeof(*c));

	c->real = true;
	boot_read(c->boot);
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

const uint8_t *clock_boot(const struct clock *c)
{
	return c->boot;
}

void clock_set_boot(struct clock *c, const uint8_t *boot)
{
	memcpy(c->boot, boot, CLOCK_BOOT);
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
