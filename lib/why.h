/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Why something failed, in words an operator can use. Every fallible parser or setter fills one. */
#pragma once
#include <stdbool.h>

struct why {
	char text[200];
};

/* Writes the reason (cut to fit; why may be NULL). Always returns false, so "return why_set(...)" reads well. */
bool why_set(struct why *why, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
