/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lib/wire.h"
#include "tests/unit/unit.h"

START_TEST(numbers)
{
	static const uint8_t in[] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15 };
	struct rd r = rd_init(BYTES_OF(in));

	ck_assert_uint_eq(rd_u8(&r), 1);
	ck_assert_uint_eq(rd_u16(&r), 0x0203);
	ck_assert_uint_eq(rd_u32(&r), 0x04050607);
	ck_assert_uint_eq(rd_u64(&r), UINT64_C(0x08090a0b0c0d0e0f));
	ck_assert(rd_end(&r));
}
END_TEST

START_TEST(short_input)
{
	static const uint8_t in[] = { 1, 2, 3 };
	struct rd r = rd_init(BYTES_OF(in));
	uint8_t out[4] = { 9, 9, 9, 9 };
	struct rd sub;

	/* What does not fit empties the reader: the rest is zeros. */
	ck_assert_uint_eq(rd_u32(&r), 0);
	ck_assert(!rd_ok(&r));
	ck_assert_uint_eq(rd_left(&r), 0);
	ck_assert_uint_eq(rd_u8(&r), 0);
	ck_assert_ptr_null(rd_bytes(&r, 1).p);
	rd_copy(&r, out, sizeof(out));
	ck_assert(out[0] == 0 && out[3] == 0);
	sub = rd_sub(&r, 1);
	ck_assert(!rd_ok(&sub) && rd_u8(&sub) == 0);
	ck_assert(!rd_end(&r));
}
END_TEST

START_TEST(huge_lengths)
{
	static const uint8_t in[] = { 1, 2, 3 };
	struct rd r = rd_init(BYTES_OF(in));

	ck_assert_ptr_null(rd_bytes(&r, SIZE_MAX).p);
	ck_assert(!rd_ok(&r));
	r = rd_init(BYTES_NONE);
	ck_assert(rd_end(&r));
	ck_assert_uint_eq(rd_rest(&r).n, 0);
	ck_assert(rd_end(&r));
}
END_TEST

START_TEST(narrowing)
{
	static const uint8_t in[] = { 1, 2, 3, 4 };
	struct rd r = rd_init(BYTES_OF(in));
	struct rd sub = rd_sub(&r, 2);

	ck_assert_uint_eq(rd_u16(&sub), 0x0102);
	ck_assert(rd_end(&sub));
	ck_assert_uint_eq(rd_u8(&sub), 0);
	ck_assert(!rd_ok(&sub));
	ck_assert(rd_ok(&r));
	ck_assert(bytes_eq(rd_rest(&r), bytes_of(in + 2, 2)));
	ck_assert(rd_end(&r));
}
END_TEST

START_TEST(writing)
{
	static const uint8_t want[] = { 7, 0, 9, 1, 2, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 4, 'a', 'b', 0, 0 };
	uint8_t buf[21];
	struct wr w = wr_init(buf, sizeof(buf));
	size_t at = wr_reserve(&w, 1), at2;

	at2 = wr_reserve(&w, 2);
	wr_u16(&w, 0x0102);
	wr_u32(&w, 3);
	wr_u64(&w, 4);
	wr_bytes(&w, bytes_str("ab"));
	wr_zero(&w, 2);
	wr_fill8(&w, at, 7);
	wr_fill16(&w, at2, 9);
	ck_assert(wr_ok(&w));
	ck_assert(bytes_eq(wr_done(&w), BYTES_OF(want)));
	wr_u8(&w, 1);
	ck_assert(!wr_ok(&w));
	ck_assert_uint_eq(wr_done(&w).n, 0);
	ck_assert_uint_eq(w.n, 21);
}
END_TEST

START_TEST(writing_past_the_end)
{
	uint8_t buf[4] = { 0 };
	struct wr w = wr_init(buf, 3);
	size_t at;

	wr_u16(&w, 0x0102);
	wr_u16(&w, 0x0304);
	ck_assert(!wr_ok(&w));
	ck_assert(buf[2] == 0 && buf[3] == 0);
	/* Once bad, nothing is written any more, though it would fit. */
	wr_u8(&w, 5);
	ck_assert(buf[2] == 0);
	at = wr_reserve(&w, 4);
	wr_fill32(&w, at, 1);
	ck_assert(buf[3] == 0);
	w = wr_init(buf, 4);
	wr_fill32(&w, 2, 1);
	ck_assert(!wr_ok(&w));
}
END_TEST

UNIT_MAIN("wire", numbers, short_input, huge_lengths, narrowing, writing, writing_past_the_end)
