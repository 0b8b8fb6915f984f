/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include "lib/bytes.h"

/* Hexadecimal digits to octets in one of 8 rotating buffers. */
static inline struct bytes unhex(const char *s)
{
	static uint8_t bufs[8][2048];
	static unsigned turn;
	uint8_t *out = bufs[turn++ % 8];
	size_t n = strlen(s) / 2;

	ck_assert_uint_le(n, sizeof(bufs[0]));
	for (size_t i = 0; i < n; i++) {
		char two[3] = { s[2 * i], s[2 * i + 1], 0 };

		out[i] = (uint8_t)strtoul(two, NULL, 16);
	}
	return bytes_of(out, n);
}

#define ck_bytes(got, size, hex)                                                                               \
	do {                                                                                                   \
		struct bytes want_ = unhex(hex);                                                               \
		ck_assert_uint_eq(size, want_.n);                                                              \
		ck_assert_mem_eq(got, want_.p, want_.n);                                                       \
	} while (0)
