/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What every way to log in shares: %SEC_LOGIN- messages as 'login on-failure|on-success' want them, and the delay. */
#pragma once
#include <stdbool.h>
#include <stdint.h>

struct cli;

struct login_count {		/* since the last one that was logged */
	unsigned failures, successes;
};

/* user as it came; from: an address or "console"; port 22, 23 or 0. */
void login_log(struct cli *c, bool ok, const char *user, const char *from, unsigned port);
/* µs until the next try, after this many that failed: 'login delay', or 1, 2, 4 ... seconds. */
uint64_t login_delay(struct cli *c, unsigned failed);
