/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Apart from isakmp_lab.h, which a fuzz target without Check has, too. */
#pragma once
#include <check.h>
#include "isakmp_lab.h"

/* Both ends have one SA. */
static inline void lab_same_keys(const struct isakmp_sa *a, const struct isakmp_sa *b)
{
	ck_assert_ptr_nonnull(a);
	ck_assert_ptr_nonnull(b);
	ck_assert_mem_eq(a->cookies, b->cookies, COOKIES);
	ck_assert(secret_eq(secret_bytes(&a->keys), secret_bytes(&b->keys)));
	ck_assert_mem_eq(a->last, b->last, cipher_alg(a->encr)->block);
}
