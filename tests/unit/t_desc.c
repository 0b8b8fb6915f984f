/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lib/desc.h"
#include "lib/ip.h"
#include "lib/text.h"
#include "lib/why.h"
#include "tests/unit/unit.h"

struct sample {
	uint8_t kind;
	uint16_t port;
	uint32_t spi;
	uint64_t when;
	uint8_t cookie[2];
	struct ip4 ip;
	struct bytes id, name, rest;
};

static const struct desc_names kinds[] = { { 1, "ONE" }, { 2, "TWO" }, { 0, NULL } };

#define AT(field) offsetof(struct sample, field)

static const struct desc_field fields[] = {
	{ "Kind", DESC_U8, 0, AT(kind), kinds, true },	 { "RESERVED", DESC_ZERO, 1, 0, NULL, false },
	{ "Port", DESC_U16, 0, AT(port), NULL, false },	 { "SPI", DESC_U32, 0, AT(spi), NULL, false },
	{ "When", DESC_U64, 0, AT(when), NULL, false },	 { "Cookie", DESC_RAW, 2, AT(cookie), NULL, false },
	{ "Address", DESC_IP4, 0, AT(ip), NULL, false }, { "ID", DESC_VAR8, 0, AT(id), NULL, false },
	{ "Name", DESC_VAR16, 0, AT(name), NULL, false }, { "Rest", DESC_REST, 0, AT(rest), NULL, false },
};

static const struct desc sample_desc = { "Sample", fields, sizeof(fields) / sizeof(fields[0]) };

static const uint8_t wire[] = { 2, 0, 0x03, 0x50, 0xde, 0xad, 0xbe, 0xef, 0, 0, 0, 0, 0, 0, 0, 9, 0xca, 0xfe, 10, 0, 8,
	1, 3, 'a', 'b', 'c', 0, 2, 'x', 'y', 'z', 'z' };

START_TEST(decode_and_encode)
{
	struct rd r = rd_init(BYTES_OF(wire));
	struct sample s = { 0 };
	uint8_t buf[64];
	struct wr w = wr_init(buf, sizeof(buf));
	struct why why;

	ck_assert(desc_decode(&sample_desc, &r, &s, &why));
	ck_assert(rd_end(&r));
	ck_assert_uint_eq(s.kind, 2);
	ck_assert_uint_eq(s.port, 848);
	ck_assert_uint_eq(s.spi, 0xdeadbeef);
	ck_assert_uint_eq(s.when, 9);
	ck_assert_uint_eq(s.ip.a, 0x0a000801);
	ck_assert(bytes_eq(s.id, bytes_str("abc")));
	ck_assert(bytes_eq(s.name, bytes_str("xy")));
	ck_assert(bytes_eq(s.rest, bytes_str("zz")));
	desc_encode(&sample_desc, &w, &s);
	ck_assert(bytes_eq(wr_done(&w), BYTES_OF(wire)));
}
END_TEST

START_TEST(print)
{
	struct rd r = rd_init(BYTES_OF(wire));
	struct sample s = { 0 };
	struct text t = TEXT_EMPTY;

	ck_assert(desc_decode(&sample_desc, &r, &s, NULL));
	desc_print(&sample_desc, &s, 2, &t);
	ck_assert_str_eq(text_str(&t), "  Kind: TWO (2)\n  Port: 848\n  SPI: 3735928559\n  When: 9\n"
				       "  Cookie: 2 octets CAFE\n  Address: 10.0.8.1\n  ID: 3 octets 616263\n"
				       "  Name: 2 octets 7879\n  Rest: 2 octets 7A7A\n");
	text_free(&t);
}
END_TEST

/* Every shorter input fails with a reason that names the structure; none reads past its end. */
START_TEST(truncated)
{
	for (size_t n = 0; n < sizeof(wire) - 2; n++) {
		struct rd r = rd_init(bytes_of(wire, n));
		struct sample s = { 0 };
		struct why why = { "" };

		ck_assert(!desc_decode(&sample_desc, &r, &s, &why));
		ck_assert_ptr_nonnull(strstr(why.text, "Sample: "));
		ck_assert_ptr_nonnull(strstr(why.text, " runs past the end"));
	}
}
END_TEST

START_TEST(unknown_number)
{
	static const uint8_t in[] = { 3, 0 };
	struct rd r = rd_init(BYTES_OF(in));
	struct sample s = { 0 };
	struct why why;

	ck_assert(!desc_decode(&sample_desc, &r, &s, &why));
	ck_assert_str_eq(why.text, "Sample: Kind 3 is not known");
	ck_assert_str_eq(desc_name(kinds, 1), "ONE");
	ck_assert_ptr_null(desc_name(kinds, 3));
	ck_assert_ptr_null(desc_name(NULL, 3));
}
END_TEST

START_TEST(too_long_to_encode)
{
	static uint8_t big[70000], out[80000];
	struct sample s = { .kind = 1, .id = { big, 256 } };
	struct wr w = wr_init(out, sizeof(out));

	desc_encode(&sample_desc, &w, &s);
	ck_assert(!wr_ok(&w));
	s = (struct sample){ .kind = 1, .name = { big, 65536 } };
	w = wr_init(out, sizeof(out));
	desc_encode(&sample_desc, &w, &s);
	ck_assert(!wr_ok(&w));
}
END_TEST

struct attrs {
	uint32_t alg, size;
	uint64_t life, time;
	struct bytes key;
};

static const struct attr_row rows[] = {
	{ 1, "ALG", ATTR_B, offsetof(struct attrs, alg), kinds },
	{ 2, "SIZE", ATTR_B, offsetof(struct attrs, size), NULL },
	{ 3, "LIFE", ATTR_V, offsetof(struct attrs, life), NULL },
	{ 4, "TIME", ATTR_V8, offsetof(struct attrs, time), NULL },
	{ 5, "KEY", ATTR_BYTES, offsetof(struct attrs, key), NULL },
};

static const struct attr_table table = { "Test attributes", rows, 5 };

static bool decode(struct bytes in, struct attrs *a, uint32_t *seen, struct why *why)
{
	struct rd r = rd_init(in);

	*a = (struct attrs){ 0 };
	why->text[0] = '\0';
	return attr_decode(&table, &r, a, seen, NULL, NULL, why);
}

static void refused(struct bytes in, const char *reason)
{
	struct attrs a;
	uint32_t seen;
	struct why why;

	ck_assert(!decode(in, &a, &seen, &why));
	ck_assert_str_eq(why.text, reason);
}

static const uint8_t attrs_wire[] = { 0x80, 1, 0, 2, 0, 3, 0, 4, 0, 1, 0x51, 0x80, 0, 4, 0, 8, 1, 2, 3, 4, 5, 6, 7, 8, 0,
	5, 0, 3, 'k', 'e', 'y' };

START_TEST(attributes)
{
	struct attrs a;
	uint32_t seen;
	struct why why;
	uint8_t buf[64];
	struct wr w = wr_init(buf, sizeof(buf));
	struct text t = TEXT_EMPTY;

	ck_assert(decode(BYTES_OF(attrs_wire), &a, &seen, &why));
	ck_assert_uint_eq(seen, 1 | 4 | 8 | 16);
	ck_assert_uint_eq(a.alg, 2);
	ck_assert_uint_eq(a.life, 86400);
	ck_assert_uint_eq(a.time, UINT64_C(0x0102030405060708));
	ck_assert(bytes_eq(a.key, bytes_str("key")));
	attr_encode(&table, &w, &a, seen);
	ck_assert(bytes_eq(wr_done(&w), BYTES_OF(attrs_wire)));
	attr_print(&table, &a, seen, 1, &t);
	ck_assert_str_eq(text_str(&t), " ALG: TWO (2)\n LIFE: 86400\n TIME: 72623859790382856\n KEY: 3 octets\n");
	text_free(&t);
	ck_assert(decode(BYTES_NONE, &a, &seen, &why));
	ck_assert_uint_eq(seen, 0);
}
END_TEST

/* RFC 2409 appendix A: class V may come as TV when it fits, and as TLV of any size. */
START_TEST(variable_numbers)
{
	static const uint8_t tv[] = { 0x80, 3, 0x0e, 0x10 };
	static const uint8_t one[] = { 0, 3, 0, 1, 7 };
	static const uint8_t eight[] = { 0, 3, 0, 8, 0, 0, 0, 1, 0, 0, 0, 0 };
	uint8_t buf[64];
	struct wr w = wr_init(buf, sizeof(buf));
	struct attrs a;
	uint32_t seen;
	struct why why;

	ck_assert(decode(BYTES_OF(tv), &a, &seen, &why));
	ck_assert_uint_eq(a.life, 3600);
	ck_assert(decode(BYTES_OF(one), &a, &seen, &why));
	ck_assert_uint_eq(a.life, 7);
	ck_assert(decode(BYTES_OF(eight), &a, &seen, &why));
	ck_assert_uint_eq(a.life, UINT64_C(1) << 32);
	/* Does not fit into the usual 4 octets: sent with 8 rather than cut. */
	attr_encode(&table, &w, &a, seen);
	ck_assert(bytes_eq(wr_done(&w), BYTES_OF(eight)));
}
END_TEST

START_TEST(bad_attributes)
{
	static const uint8_t twice[] = { 0x80, 1, 0, 1, 0x80, 1, 0, 1 };
	static const uint8_t basic_tlv[] = { 0, 1, 0, 2, 0, 1 };
	static const uint8_t key_tv[] = { 0x80, 5, 0, 1 };
	static const uint8_t empty[] = { 0, 3, 0, 0 };
	static const uint8_t nine[] = { 0, 3, 0, 9, 0, 0, 0, 0, 0, 0, 0, 0, 1 };
	static const uint8_t unknown[] = { 0x80, 99, 0, 1 };
	static const uint8_t past[] = { 0, 5, 0xff, 0xff, 1 };
	static const uint8_t past_unknown[] = { 0, 99, 0, 2, 1 };
	static const uint8_t half[] = { 0x80 };
	static const uint8_t no_value[] = { 0x80, 1, 0 };

	refused(BYTES_OF(twice), "Test attributes: ALG appears twice");
	refused(BYTES_OF(basic_tlv), "Test attributes: ALG must be type/value, not type/length/value");
	refused(BYTES_OF(key_tv), "Test attributes: KEY must be type/length/value, not type/value");
	refused(BYTES_OF(empty), "Test attributes: LIFE has 0 octets, not 1 to 8");
	refused(BYTES_OF(nine), "Test attributes: LIFE has 9 octets, not 1 to 8");
	refused(BYTES_OF(unknown), "Test attributes: attribute 99 is not known");
	refused(BYTES_OF(past), "Test attributes: KEY runs past the end");
	refused(BYTES_OF(past_unknown), "Test attributes: attribute 99 runs past the end");
	refused(BYTES_OF(half), "Test attributes: attribute 0 runs past the end");
	refused(BYTES_OF(no_value), "Test attributes: ALG runs past the end");
}
END_TEST

static bool collect(void *arg, uint16_t type, bool tv, struct bytes value)
{
	unsigned *sum = arg;

	ck_assert(tv ? value.n == 2 : value.n == 3);
	*sum += type;
	return type != 100;
}

START_TEST(unknown_attributes)
{
	static const uint8_t in[] = { 0x80, 99, 0, 1, 0, 98, 0, 3, 1, 2, 3, 0x80, 1, 0, 2 };
	static const uint8_t refused_one[] = { 0x80, 100, 0, 1 };
	struct rd r = rd_init(BYTES_OF(in));
	struct attrs a = { 0 };
	uint32_t seen;
	unsigned sum = 0;
	struct why why;

	ck_assert(attr_decode(&table, &r, &a, &seen, collect, &sum, &why));
	ck_assert_uint_eq(sum, 197);
	ck_assert_uint_eq(seen, 1);
	r = rd_init(BYTES_OF(refused_one));
	ck_assert(!attr_decode(&table, &r, &a, &seen, collect, &sum, &why));
}
END_TEST

START_TEST(unencodable_attribute)
{
	struct attrs a = { .alg = 65536 };
	uint8_t buf[16];
	struct wr w = wr_init(buf, sizeof(buf));

	attr_encode(&table, &w, &a, 1);
	ck_assert(!wr_ok(&w));
}
END_TEST

START_TEST(dictionary)
{
	struct text t = TEXT_EMPTY;

	desc_dict(&sample_desc, &t);
	ck_assert_str_eq(text_str(&t), "\"\\x01\"\n\"\\x02\"\n");
	text_clear(&t);
	attr_dict(&table, &t);
	ck_assert_str_eq(text_str(&t), "\"\\x80\\x01\"\n\"\\x80\\x01\\x00\\x01\"\n\"\\x80\\x01\\x00\\x02\"\n"
				       "\"\\x80\\x02\"\n\"\\x00\\x03\"\n\"\\x00\\x04\"\n\"\\x00\\x05\"\n");
	text_free(&t);
}
END_TEST

UNIT_MAIN("desc", decode_and_encode, print, truncated, unknown_number, too_long_to_encode, attributes, variable_numbers,
	bad_attributes, unknown_attributes, unencodable_attribute, dictionary)
