/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Two configurations compared line by line within their sections, and the one made into the other. */
#pragma once
#include <stdbool.h>

struct cli;
struct text;

/* shown (may be NULL): the difference as 'show archive config differences' prints it; commands (may be NULL): what makes
 * 'was' into 'is', for cli_replay. Both texts as show running-config prints them. True: there is one. Linear. */
bool config_diff(const char *was, const char *is, struct text *shown, struct text *commands);
/* The text as the running configuration would print it after loading it alone; errors: the lines refused. */
void config_canonical(struct cli *c, const char *text, struct text *out, struct text *errors);
/*
 * Makes the running configuration what the text says, changing only what differs. commands (may be NULL): what was
 * entered. Returns the number of passes; 0 when a difference remains, then shown in errors.
 */
unsigned config_replace(struct cli *c, const char *text, struct text *commands, struct text *errors);
