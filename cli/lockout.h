/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * 'aaa local authentication attempts max-fail N': a local user whose password was wrong N times in a row does not come in, until
 * an operator clears that. Users of privilege 15 are never locked out. Nothing of it survives a restart.
 */
#pragma once
#include <stdbool.h>
#include <stdint.h>

struct cli;

struct lockout {
	char name[65];
	unsigned failed;	/* in a row */
	uint64_t since;		/* wall µs when it was locked; 0 = not yet */
};

struct lockouts {
	struct lockout *list;	/* the first failure first */
	unsigned n;
};

bool lockout_holds(const struct cli *c, const char *user);
/* A wrong password; names of no user do not count. */
void lockout_failed(struct cli *c, const char *user);
void lockout_passed(struct cli *c, const char *user);
void lockout_free(struct lockouts *l);
