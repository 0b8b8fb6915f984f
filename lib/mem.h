/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Allocation that cannot fail: a daemon that is out of memory says so and stops, and its supervisor starts it again. */
#pragma once
#include <stddef.h>

void *mem_zalloc(size_t n);
void *mem_realloc(void *p, size_t n);
void *mem_dup(const void *p, size_t n);
char *mem_strdup(const char *s);
