/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Hexadecimal digits to octets, into a buffer of the caller's. */
#pragma once
#include <check.h>
#include <stdio.h>
#include <string.h>
#include "lib/bytes.h"

struct hex {
	uint8_t p[2048];
	size_t n;
};

static inline struct bytes unhex(struct hex *h, const char *s)
{
	h->n = strlen(s) / 2;
	ck_assert_uint_le(h->n, sizeof(h->p));
	for (size_t i = 0; i < h->n; i++) {
		unsigned v;

		ck_assert_int_eq(sscanf(s + 2 * i, "%2x", &v), 1);
		h->p[i] = (uint8_t)v;
	}
	return bytes_of(h->p, h->n);
}
