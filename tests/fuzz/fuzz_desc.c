/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any octets through the table engine: what decodes must encode, decode again to the same and print. The first octet
 * chooses the table. */
#include <stdlib.h>
#include "lib/desc.h"
#include "lib/ip.h"
#include "lib/text.h"
#include "lib/why.h"
#include "tests/fuzz/dict.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct all {
	uint8_t u8;
	uint16_t u16;
	uint32_t u32;
	uint64_t u64;
	uint8_t raw[5];
	struct ip4 ip;
	struct bytes var8, var16, rest;
};

static const struct desc_names few[] = { { 0, "ZERO" }, { 1, "ONE" }, { 7, "SEVEN" }, { 0, NULL } };

#define AT(field) offsetof(struct all, field)

static const struct desc_field fields[] = {
	{ "U8", DESC_U8, 0, AT(u8), few, false },     { "U16", DESC_U16, 0, AT(u16), few, true },
	{ "RESERVED", DESC_ZERO, 3, 0, NULL, false }, { "U32", DESC_U32, 0, AT(u32), NULL, false },
	{ "VAR8", DESC_VAR8, 0, AT(var8), NULL, false }, { "U64", DESC_U64, 0, AT(u64), few, false },
	{ "RAW", DESC_RAW, 5, AT(raw), NULL, false }, { "VAR16", DESC_VAR16, 0, AT(var16), NULL, false },
	{ "IP", DESC_IP4, 0, AT(ip), NULL, false },   { "REST", DESC_REST, 0, AT(rest), NULL, false },
};

static const struct desc table = { "ALL", fields, sizeof(fields) / sizeof(fields[0]) };

struct attrs {
	uint32_t b, b2;
	uint64_t v, v8;
	struct bytes bytes;
};

static const struct attr_row attr_rows[] = {
	{ 1, "B", ATTR_B, offsetof(struct attrs, b), few },	 { 2, "B2", ATTR_B, offsetof(struct attrs, b2), NULL },
	{ 3, "V", ATTR_V, offsetof(struct attrs, v), few },	 { 4, "V8", ATTR_V8, offsetof(struct attrs, v8), NULL },
	{ 5, "BYTES", ATTR_BYTES, offsetof(struct attrs, bytes), NULL },
};

static const struct attr_table attr_table = { "TEST attributes", attr_rows, 5 };

static void check(bool ok)
{
	if (!ok)
		abort();
}

static void fuzz_table(struct bytes in)
{
	static uint8_t buf[1 << 20];
	struct all a = { 0 }, b = { 0 };
	struct rd r = rd_init(in);
	struct wr w = wr_init(buf, sizeof(buf));
	struct text t = TEXT_EMPTY;
	struct why why = { "" };

	if (!desc_decode(&table, &r, &a, &why)) {
		check(why.text[0] != '\0');
		return;
	}
	check(rd_end(&r));
	desc_encode(&table, &w, &a);
	check(wr_ok(&w) && w.n == in.n);
	r = rd_init(wr_done(&w));
	check(desc_decode(&table, &r, &b, &why) && rd_end(&r));
	check(a.u8 == b.u8 && a.u16 == b.u16 && a.u32 == b.u32 && a.u64 == b.u64 && a.ip.a == b.ip.a);
	check(memcmp(a.raw, b.raw, sizeof(a.raw)) == 0);
	check(bytes_eq(a.var8, b.var8) && bytes_eq(a.var16, b.var16) && bytes_eq(a.rest, b.rest));
	desc_print(&table, &a, 2, &t);
	text_free(&t);
}

static bool odd_types(void *arg, uint16_t type, bool tv, struct bytes value)
{
	unsigned *sum = arg;

	for (size_t i = 0; i < value.n; i++)
		*sum += value.p[i];
	return type & 1;
}

static void fuzz_attrs(struct bytes in, bool lenient)
{
	static uint8_t buf[1 << 20];
	struct attrs a = { 0 }, b = { 0 };
	struct rd r = rd_init(in);
	struct wr w = wr_init(buf, sizeof(buf));
	struct text t = TEXT_EMPTY;
	struct why why = { "" };
	uint32_t seen, again;
	unsigned sum = 0;

	if (!attr_decode(&attr_table, &r, &a, &seen, lenient ? odd_types : NULL, &sum, &why)) {
		check(why.text[0] != '\0');
		return;
	}
	check(rd_end(&r));
	attr_encode(&attr_table, &w, &a, seen);
	check(wr_ok(&w));
	r = rd_init(wr_done(&w));
	check(attr_decode(&attr_table, &r, &b, &again, NULL, NULL, &why) && seen == again);
	check(a.b == b.b && a.b2 == b.b2 && a.v == b.v && a.v8 == b.v8 && bytes_eq(a.bytes, b.bytes));
	attr_print(&attr_table, &a, seen, 2, &t);
	text_free(&t);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes in;

	if (!size)
		return 0;
	in = bytes_of(data + 1, size - 1);
	if (data[0] % 3 == 0)
		fuzz_table(in);
	else
		fuzz_attrs(in, data[0] % 3 == 2);
	return 0;
}

static void dictionary(struct text *t)
{
	desc_dict(&table, t);
	attr_dict(&attr_table, t);
}

FUZZ_DICT(dictionary)
