/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What every way to log in shares: %SEC_LOGIN- messages as 'login on-failure|on-success' want them, the delay, and the watch
 * over failed logins ('login block-for'): too many of them within a while, and nobody from outside may log in for a while
 * but whom 'login quiet-mode access-class' permits.
 */
#pragma once
#include <stdbool.h>
#include <stdint.h>
#include "lib/ip.h"
#include "lib/timer.h"

struct cli;

#define LOGIN_LINES 18		/* console, auxiliary line, vty */
#define LOGIN_FAILURES 50	/* that 'show login failures' remembers */

struct login_failure {
	char user[65];
	char from[20];
	unsigned port, count;
	uint64_t wall;		/* µs: the last one */
};

struct login_watch {
	unsigned failures, successes;	/* since the last one that was logged */
	unsigned total;			/* failures ever */
	uint64_t window;		/* monotonic µs: begin of the window that is counted in; 0 = none */
	unsigned in_window;
	struct timer quiet;		/* armed: quiet mode, until it fires */
	struct login_failure last[LOGIN_FAILURES];	/* oldest first */
	unsigned nlast;
	struct {
		uint64_t since;		/* monotonic µs */
		unsigned n;
		bool slow;		/* the next try waits */
	} line[LOGIN_LINES];
};

void login_watch_init(struct cli *c);
void login_watch_stop(struct cli *c);	/* quiet mode ends without a word */

/* user as it came; from: an address or "console"; port 22, 23 or 0. */
void login_log(struct cli *c, bool ok, const char *user, const char *from, unsigned port);
/*
 * A failure on that line (numbered as 'show line' does): with too many within a minute ('security authentication failure rate') the
 * log says so, and its next try waits.
 */
void login_failed_on(struct cli *c, unsigned tty);
/* µs until the next try, after this many that failed: 'login delay', or 1, 2, 4 ... seconds; 15 on a line with too many. */
uint64_t login_delay(struct cli *c, unsigned tty, unsigned failed);
/* Quiet mode, and the address is not among those that may log in all the same. */
bool login_refused(const struct cli *c, struct ip4 from);
/* Seconds that are left of the window that is counted in, 0 = none; of quiet mode. */
unsigned login_window_left(const struct cli *c);
unsigned login_quiet_left(const struct cli *c);
