/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Data attributes, RFC 2408 section 3.3 (declared in desc.h). */
#include <inttypes.h>
#include "lib/desc.h"
#include "lib/text.h"
#include "lib/why.h"

#define ATTR_AF 0x8000	/* set: type and value (TV); clear: type, length, value (TLV) */
#define ATTR_ROWS 32	/* bits of 'seen' */

static unsigned rows(const struct attr_table *t)
{
	return t->count < ATTR_ROWS ? t->count : ATTR_ROWS;
}

static int find_row(const struct attr_table *t, uint16_t type)
{
	for (unsigned i = 0; i < rows(t); i++) {
		if (t->rows[i].type == type)
			return (int)i;
	}
	return -1;
}

static uint64_t number_of(struct bytes b)
{
	uint64_t v = 0;

	for (size_t i = 0; i < b.n; i++)
		v = v << 8 | b.p[i];
	return v;
}

static bool decode_row(const struct attr_table *t, const struct attr_row *row, bool tv, struct bytes value, void *out,
	struct why *why)
{
	uint8_t *at = (uint8_t *)out + row->offset;
	uint32_t u32;
	uint64_t u64;

	switch (row->kind) {
	case ATTR_B:
		/* RFC 2409 appendix A: "Basic" attributes MUST NOT be encoded as variable. */
		if (!tv)
			return why_set(why, "%s: %s must be type/value, not type/length/value", t->name, row->name);
		u32 = (uint32_t)number_of(value);
		memcpy(at, &u32, sizeof(u32));
		return true;
	case ATTR_V:
	case ATTR_V8:
		if (value.n < 1 || value.n > 8)
			return why_set(why, "%s: %s has %zu octets, not 1 to 8", t->name, row->name, value.n);
		u64 = number_of(value);
		memcpy(at, &u64, sizeof(u64));
		return true;
	case ATTR_BYTES:
		if (tv)
			return why_set(why, "%s: %s must be type/length/value, not type/value", t->name, row->name);
		memcpy(at, &value, sizeof(value));
		return true;
	}
	return why_set(why, "%s: %s cannot be read", t->name, row->name);
}

bool attr_decode(const struct attr_table *t, struct rd *r, void *out, uint32_t *seen,
	bool (*unknown)(void *arg, uint16_t type, bool tv, struct bytes value), void *arg, struct why *why)
{
	*seen = 0;
	while (rd_left(r)) {
		uint16_t head = rd_u16(r);
		uint16_t type = head & (uint16_t)~ATTR_AF;
		bool tv = head & ATTR_AF;
		struct bytes value;
		int i = find_row(t, type);

		value = rd_bytes(r, tv ? 2 : rd_u16(r));
		if (!rd_ok(r) && i >= 0)
			return why_set(why, "%s: %s runs past the end", t->name, t->rows[i].name);
		if (!rd_ok(r))
			return why_set(why, "%s: attribute %u runs past the end", t->name, type);
		if (i < 0) {
			if (unknown && unknown(arg, type, tv, value))
				continue;
			return why_set(why, "%s: attribute %u is not known", t->name, type);
		}
		if (*seen & UINT32_C(1) << i)
			return why_set(why, "%s: %s appears twice", t->name, t->rows[i].name);
		*seen |= UINT32_C(1) << i;
		if (!decode_row(t, &t->rows[i], tv, value, out, why))
			return false;
	}
	/* A reader that was bad before is empty now: not the same as "no attributes". */
	return rd_ok(r) || why_set(why, "%s: run past the end", t->name);
}

static void encode_row(const struct attr_row *row, struct wr *w, const uint8_t *at)
{
	struct bytes b;
	uint32_t u32;
	uint64_t u64;
	size_t size;

	switch (row->kind) {
	case ATTR_B:
		memcpy(&u32, at, sizeof(u32));
		if (u32 > UINT16_MAX)
			w->bad = true;	/* a class B value has no longer form */
		wr_u16(w, row->type | ATTR_AF);
		wr_u16(w, (uint16_t)u32);
		break;
	case ATTR_V:
	case ATTR_V8:
		memcpy(&u64, at, sizeof(u64));
		size = row->kind == ATTR_V && u64 <= UINT32_MAX ? 4 : 8;
		wr_u16(w, row->type);
		wr_u16(w, (uint16_t)size);
		if (size == 4)
			wr_u32(w, (uint32_t)u64);
		else
			wr_u64(w, u64);
		break;
	case ATTR_BYTES:
		memcpy(&b, at, sizeof(b));
		if (b.n > UINT16_MAX)
			w->bad = true;
		wr_u16(w, row->type);
		wr_u16(w, (uint16_t)b.n);
		wr_bytes(w, b);
		break;
	}
}

void attr_encode(const struct attr_table *t, struct wr *w, const void *in, uint32_t seen)
{
	for (unsigned i = 0; i < rows(t); i++) {
		if (seen & UINT32_C(1) << i)
			encode_row(&t->rows[i], w, (const uint8_t *)in + t->rows[i].offset);
	}
}

static void print_number(const struct attr_row *row, uint64_t v, struct text *out)
{
	const char *name = v <= UINT32_MAX ? desc_name(row->names, (uint32_t)v) : NULL;

	if (name)
		text_printf(out, "%s (%" PRIu64 ")\n", name, v);
	else
		text_printf(out, "%" PRIu64 "\n", v);
}

static void print_row(const struct attr_row *row, const uint8_t *at, struct text *out)
{
	struct bytes b;
	uint32_t u32;
	uint64_t u64;

	switch (row->kind) {
	case ATTR_B:
		memcpy(&u32, at, sizeof(u32));
		print_number(row, u32, out);
		break;
	case ATTR_V:
	case ATTR_V8:
		memcpy(&u64, at, sizeof(u64));
		print_number(row, u64, out);
		break;
	case ATTR_BYTES:
		/* Keys travel in these (RFC 6407 section 5.6): never their octets, only how many. */
		memcpy(&b, at, sizeof(b));
		text_printf(out, "%zu octet%s\n", b.n, b.n == 1 ? "" : "s");
		break;
	}
}

void attr_print(const struct attr_table *t, const void *in, uint32_t seen, unsigned indent, struct text *out)
{
	for (unsigned i = 0; i < rows(t); i++) {
		if (!(seen & UINT32_C(1) << i))
			continue;
		text_printf(out, "%*s%s: ", (int)indent, "", t->rows[i].name);
		print_row(&t->rows[i], (const uint8_t *)in + t->rows[i].offset, out);
	}
}

void attr_dict(const struct attr_table *t, struct text *out)
{
	for (unsigned i = 0; i < rows(t); i++) {
		const struct attr_row *row = &t->rows[i];
		unsigned type = row->type;

		if (row->kind == ATTR_B)
			type |= ATTR_AF;
		text_printf(out, "\"\\x%02x\\x%02x\"\n", type >> 8, type & 255);
		for (const struct desc_names *n = row->names; n && n->name; n++) {
			if (row->kind == ATTR_B && n->value <= UINT16_MAX)
				text_printf(out, "\"\\x%02x\\x%02x\\x%02x\\x%02x\"\n", type >> 8, type & 255,
					n->value >> 8, n->value & 255);
		}
	}
}
