/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A program of the system, run beside the loop: no shell, no rights, its output line by line. */
#pragma once
#include <stdbool.h>
#include <stdint.h>

struct loop;
struct program;
struct timers;

struct program_call {
	const char *name;		/* "ping": looked for where programs stand */
	char *const *argv;		/* NULL ends; argv[0] as usual */
	uint64_t deadline;		/* µs; then it is ended */
	void (*line)(void *arg, const char *line);	/* of standard output, without its end; cut at 1024 octets */
	void (*done)(void *arg);	/* it has ended; the program is gone when this is called */
	void *arg;
};

/* False: there is no such program here. */
bool program_there(const char *name);
/* NULL with errno. */
struct program *program_start(struct loop *loop, struct timers *timers, const struct program_call *call);
/* Ends it; done is not called. */
void program_kill(struct program *p);
