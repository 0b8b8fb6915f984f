/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The terminal lines that commands name: N, console 0, vty N. */
#pragma once
#include "cli/shell.h"

/* The absolute number that the command names: vty N is N + 2. */
unsigned line_meant(const struct cmd *c);
/* The settings of a line that there is and that the command means: all when it names none. NULL: another one. */
const struct cfg_line *line_at(const struct cmd *c, unsigned tty);
/* CMD_ERROR: there is no such line. */
int line_missing(struct cmd *c);
int show_line(struct cmd *c);
