/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A growing text: what show commands, debug lines and NVGEN write into. Never fails: out of memory ends the process. */
#pragma once
#include <stdarg.h>
#include "lib/bytes.h"

struct text {
	char *s;	/* NUL-terminated once anything was added; may be NULL when empty */
	size_t n, cap;
};

#define TEXT_EMPTY ((struct text){ NULL, 0, 0 })

void text_add(struct text *t, const char *s);
void text_addn(struct text *t, const char *s, size_t n);
void text_printf(struct text *t, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void text_vprintf(struct text *t, const char *fmt, va_list ap) __attribute__((format(printf, 2, 0)));
/* Upper-case hexadecimal without separators. */
void text_hex(struct text *t, struct bytes b);
/* The text, "" when empty; owned by t. */
const char *text_str(const struct text *t);
void text_clear(struct text *t);
/* Frees; the struct is empty again. */
void text_free(struct text *t);
/* Formatting helpers that many rooms need. ESCAPES what a terminal or log could take amiss. */
void text_escaped(struct text *t, struct bytes untrusted);
/* strlcpy: copies cut to cap-1 octets, always terminates; true when it fitted. */
bool str_copy(char *dst, size_t cap, const char *src);
