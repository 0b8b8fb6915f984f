/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A configuration that goes back by itself unless it is confirmed. */
#pragma once
#include "lib/text.h"
#include "lib/timer.h"

struct cli;

struct revert {
	struct timer warn, back;
	struct text was;	/* the running configuration to go back to; empty: nothing pending */
};

void revert_init(struct cli *c);
void revert_free(struct cli *c);
bool revert_pending(const struct cli *c);
/* Keeps the running configuration of this moment, unless one is kept already, and goes back to it in so many minutes. */
void revert_start(struct cli *c, unsigned minutes, const char *by);
/* Another time, from now on. */
void revert_again(struct cli *c, unsigned minutes, const char *by);
void revert_confirm(struct cli *c, const char *by);
/* Goes back at once; errors: what could not be undone. */
void revert_now(struct cli *c, struct text *errors);
