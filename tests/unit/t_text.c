/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lib/ip.h"
#include "lib/text.h"
#include "lib/why.h"
#include "tests/unit/unit.h"

START_TEST(growing)
{
	struct text t = TEXT_EMPTY;

	ck_assert_str_eq(text_str(&t), "");
	for (int i = 0; i < 1000; i++)
		text_printf(&t, "%03d,", i);
	ck_assert_uint_eq(t.n, 4000);
	ck_assert_uint_eq(strlen(t.s), 4000);
	ck_assert(memcmp(t.s + 3996, "999,", 5) == 0);
	text_clear(&t);
	ck_assert_str_eq(text_str(&t), "");
	text_printf(&t, "%0200d", 7);
	ck_assert_uint_eq(t.n, 200);
	text_free(&t);
	ck_assert_ptr_null(t.s);
}
END_TEST

/* Around every size at which the buffer grows. */
START_TEST(every_length)
{
	for (int n = 0; n < 300; n++) {
		struct text t = TEXT_EMPTY;

		text_printf(&t, "%.*s", n < 30 ? n : 30, "abcdefghijklmnopqrstuvwxyz0123456789");
		text_printf(&t, "%*s", n, "");
		text_add(&t, "!");
		ck_assert_uint_eq(t.n, (size_t)(n < 30 ? n : 30) + (size_t)n + 1);
		ck_assert_uint_eq(strlen(t.s), t.n);
		text_free(&t);
	}
}
END_TEST

START_TEST(hex_and_escapes)
{
	static const uint8_t in[] = { 0x00, 0x1b, 'A', 0x7f, 0xc3, 0xa4, '\\' };
	struct text t = TEXT_EMPTY;

	text_hex(&t, BYTES_OF(in));
	ck_assert_str_eq(text_str(&t), "001B417FC3A45C");
	text_clear(&t);
	text_escaped(&t, BYTES_OF(in));
	ck_assert_str_eq(text_str(&t), "\\x00\\x1BA\\x7F\\xC3\\xA4\\");
	text_free(&t);
}
END_TEST

START_TEST(copying)
{
	char buf[4];

	ck_assert(str_copy(buf, sizeof(buf), "abc"));
	ck_assert_str_eq(buf, "abc");
	ck_assert(!str_copy(buf, sizeof(buf), "abcd"));
	ck_assert_str_eq(buf, "abc");
	ck_assert(!str_copy(buf, 0, ""));
}
END_TEST

START_TEST(reasons)
{
	struct why why;

	ck_assert(!why_set(&why, "%0500d", 1));
	ck_assert_uint_eq(strlen(why.text), sizeof(why.text) - 1);
	ck_assert(!why_set(NULL, "nobody asks"));
}
END_TEST

START_TEST(addresses)
{
	static const char *const bad[] = { "", "1", "1.2.3", "1.2.3.", "1.2.3.4.", "1.2.3.256", "01.2.3.4", "1.2.3.04",
		"1..2.3", " 1.2.3.4", "1.2.3.4 ", "1.2.3.-4", "1.2.3.4a", "99999999999.1.1.1", "0x1.2.3.4" };
	struct ip4 ip = { 7 };

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		ck_assert_msg(!ip4_parse(bad[i], &ip), "%s", bad[i]);
		ck_assert_uint_eq(ip.a, 7);
	}
	ck_assert(ip4_parse("255.255.255.255", &ip));
	ck_assert_str_eq(ip4_s(ip), "255.255.255.255");
	ck_assert(ip4_parse("0.0.0.0", &ip) && ip4_none(ip));
	ck_assert(ip4_parse("10.0.8.1", &ip));
	ck_assert_uint_eq(ip.a, 0x0a000801);
	ck_assert(!ip4_multicast(ip));
	ck_assert(ip4_parse("239.1.1.1", &ip) && ip4_multicast(ip));
}
END_TEST

START_TEST(masks)
{
	for (unsigned bits = 0; bits <= 32; bits++)
		ck_assert_int_eq(ip4_mask_bits(ip4_mask(bits)), (int)bits);
	ck_assert_uint_eq(ip4_mask(24).a, 0xffffff00);
	ck_assert_int_eq(ip4_mask_bits((struct ip4){ 0xff00ff00 }), -1);
	ck_assert_int_eq(ip4_mask_bits((struct ip4){ 0x000000ff }), -1);
}
END_TEST

UNIT_MAIN("text", growing, every_length, hex_and_escapes, copying, reasons, addresses, masks)
