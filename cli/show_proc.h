/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the daemon costs its host. */
#pragma once
#include "cli/show.h"
#include "lib/timer.h"

#define LOAD_SAMPLES 60		/* five minutes */

struct load {			/* processor time of this process, looked at every five seconds */
	struct timers *timers;
	struct timer timer;
	uint64_t cpu[LOAD_SAMPLES + 1], at[LOAD_SAMPLES + 1];	/* µs used, monotonic µs; newest at 'next - 1' */
	unsigned n, next;
};

/* Begins to look; load_stop may be called without. */
void load_start(struct load *l, struct timers *timers);
void load_stop(struct load *l);

struct show_cpu {
	unsigned five, one, fives, kernel;	/* hundredths of a percent: five seconds, one and five minutes; of five, the kernel's */
	uint64_t used, invoked;			/* µs; times that the process was put on a processor */
};
void show_cpu_now(const struct load *l, struct show_cpu *out);

struct show_memory {			/* octets */
	uint64_t total, available;	/* of the host */
	uint64_t allocated, freed, holding;	/* of the daemon: by malloc(), of that free again, resident */
};
void show_memory_now(struct show_memory *out);

#define CHASSIS "gdoix GET VPN key server and group member"
#define SERIAL_TEXT 16
void show_serial(char buf[SERIAL_TEXT]);

void show_processes_cpu(const struct show *s, const struct load *l);
void show_processes_memory(const struct show *s);
void show_inventory(const struct show *s);
