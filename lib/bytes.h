/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A span of octets somebody else owns. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct bytes {
	const uint8_t *p;
	size_t n;
};

#define BYTES_NONE ((struct bytes){ NULL, 0 })
#define BYTES_OF(array) ((struct bytes){ (const uint8_t *)(array), sizeof(array) })

static inline struct bytes bytes_of(const void *p, size_t n)
{
	return (struct bytes){ p, n };
}

/* A text without its NUL. */
static inline struct bytes bytes_str(const char *s)
{
	return (struct bytes){ (const uint8_t *)s, strlen(s) };
}

/* Not for secrets: see secret_eq(). */
static inline bool bytes_eq(struct bytes a, struct bytes b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}
