/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <inttypes.h>
#include "lib/desc.h"
#include "lib/ip.h"
#include "lib/text.h"
#include "lib/why.h"

const char *desc_name(const struct desc_names *names, uint32_t value)
{
	for (; names && names->name; names++) {
		if (names->value == value)
			return names->name;
	}
	return NULL;
}

/* Octets of a number's kind; 0 of what is not a number. */
static size_t number_size(enum desc_kind kind)
{
	switch (kind) {
	case DESC_U8:
		return 1;
	case DESC_U16:
		return 2;
	case DESC_U32:
		return 4;
	case DESC_U64:
		return 8;
	default:
		return 0;
	}
}

static uint64_t load(const void *at, size_t size)
{
	uint8_t u8;
	uint16_t u16;
	uint32_t u32;
	uint64_t u64;

	switch (size) {
	case 1:
		memcpy(&u8, at, 1);
		return u8;
	case 2:
		memcpy(&u16, at, 2);
		return u16;
	case 4:
		memcpy(&u32, at, 4);
		return u32;
	default:
		memcpy(&u64, at, 8);
		return u64;
	}
}

static void save(void *at, size_t size, uint64_t v)
{
	uint8_t u8 = (uint8_t)v;
	uint16_t u16 = (uint16_t)v;
	uint32_t u32 = (uint32_t)v;

	switch (size) {
	case 1:
		memcpy(at, &u8, 1);
		break;
	case 2:
		memcpy(at, &u16, 2);
		break;
	case 4:
		memcpy(at, &u32, 4);
		break;
	default:
		memcpy(at, &v, 8);
		break;
	}
}

static uint64_t read_number(struct rd *r, size_t size)
{
	switch (size) {
	case 1:
		return rd_u8(r);
	case 2:
		return rd_u16(r);
	case 4:
		return rd_u32(r);
	default:
		return rd_u64(r);
	}
}

static void write_number(struct wr *w, size_t size, uint64_t v)
{
	switch (size) {
	case 1:
		wr_u8(w, (uint8_t)v);
		break;
	case 2:
		wr_u16(w, (uint16_t)v);
		break;
	case 4:
		wr_u32(w, (uint32_t)v);
		break;
	default:
		wr_u64(w, v);
		break;
	}
}

static struct bytes load_span(const void *at)
{
	struct bytes b;

	memcpy(&b, at, sizeof(b));
	return b;
}

static bool decode_field(const struct desc *d, const struct desc_field *f, struct rd *r, uint8_t *at, struct why *why)
{
	struct bytes span = BYTES_NONE;
	uint64_t v = 0;
	struct ip4 ip;

	switch (f->kind) {
	case DESC_RAW:
		rd_copy(r, at, f->width);
		return true;
	case DESC_ZERO:
		rd_bytes(r, f->width);
		return true;
	case DESC_IP4:
		ip.a = rd_u32(r);
		memcpy(at, &ip, sizeof(ip));
		return true;
	case DESC_VAR8:
		span = rd_bytes(r, rd_u8(r));
		break;
	case DESC_VAR16:
		span = rd_bytes(r, rd_u16(r));
		break;
	case DESC_REST:
		span = rd_rest(r);
		break;
	default:
		v = read_number(r, number_size(f->kind));
		save(at, number_size(f->kind), v);
		if (rd_ok(r) && f->strict && (v > UINT32_MAX || !desc_name(f->names, (uint32_t)v)))
			return why_set(why, "%s: %s %" PRIu64 " is not known", d->name, f->name, v);
		return true;
	}
	memcpy(at, &span, sizeof(span));
	return true;
}

bool desc_decode(const struct desc *d, struct rd *r, void *out, struct why *why)
{
	for (unsigned i = 0; i < d->count; i++) {
		const struct desc_field *f = &d->fields[i];

		if (!decode_field(d, f, r, (uint8_t *)out + f->offset, why))
			return false;
		if (!rd_ok(r))
			return why_set(why, "%s: %s runs past the end", d->name, f->name);
	}
	return true;
}

static void encode_span(struct wr *w, size_t length_size, struct bytes b)
{
	if (length_size && b.n > (length_size == 1 ? UINT8_MAX : UINT16_MAX)) {
		w->bad = true;
		return;
	}
	if (length_size)
		write_number(w, length_size, b.n);
	wr_bytes(w, b);
}

void desc_encode(const struct desc *d, struct wr *w, const void *in)
{
	for (unsigned i = 0; i < d->count; i++) {
		const struct desc_field *f = &d->fields[i];
		const uint8_t *at = (const uint8_t *)in + f->offset;

		switch (f->kind) {
		case DESC_RAW:
			wr_bytes(w, bytes_of(at, f->width));
			break;
		case DESC_ZERO:
			wr_zero(w, f->width);
			break;
		case DESC_IP4:
			wr_u32(w, (uint32_t)load(at, 4));
			break;
		case DESC_VAR8:
			encode_span(w, 1, load_span(at));
			break;
		case DESC_VAR16:
			encode_span(w, 2, load_span(at));
			break;
		case DESC_REST:
			encode_span(w, 0, load_span(at));
			break;
		default:
			write_number(w, number_size(f->kind), load(at, number_size(f->kind)));
			break;
		}
	}
}

static void print_number(const struct desc_names *names, uint64_t v, struct text *t)
{
	const char *name = v <= UINT32_MAX ? desc_name(names, (uint32_t)v) : NULL;

	if (name)
		text_printf(t, "%s (%" PRIu64 ")", name, v);
	else
		text_printf(t, "%" PRIu64, v);
}

/* Long spans (key packets, certificates, nonces) are named by size: a debug line is no hex dump. */
static void print_span(struct bytes b, struct text *t)
{
	const size_t shown = b.n > 32 ? 32 : b.n;

	text_printf(t, "%zu octet%s", b.n, b.n == 1 ? "" : "s");
	if (!b.n)
		return;
	text_add(t, " ");
	text_hex(t, bytes_of(b.p, shown));
	if (shown < b.n)
		text_add(t, "...");
}

void desc_print(const struct desc *d, const void *in, unsigned indent, struct text *t)
{
	char ip[IP4_TEXT];

	for (unsigned i = 0; i < d->count; i++) {
		const struct desc_field *f = &d->fields[i];
		const uint8_t *at = (const uint8_t *)in + f->offset;

		if (f->kind == DESC_ZERO)
			continue;
		text_printf(t, "%*s%s: ", (int)indent, "", f->name);
		switch (f->kind) {
		case DESC_RAW:
			print_span(bytes_of(at, f->width), t);
			break;
		case DESC_IP4:
			text_add(t, ip4_str((struct ip4){ (uint32_t)load(at, 4) }, ip));
			break;
		case DESC_VAR8:
		case DESC_VAR16:
		case DESC_REST:
			print_span(load_span(at), t);
			break;
		default:
			print_number(f->names, load(at, number_size(f->kind)), t);
			break;
		}
		text_add(t, "\n");
	}
}

static void dict_value(struct text *t, size_t size, uint32_t v)
{
	text_add(t, "\"");
	for (size_t i = size; i-- > 0;)
		text_printf(t, "\\x%02x", i < 4 ? v >> (8 * i) & 255 : 0);
	text_add(t, "\"\n");
}

void desc_dict(const struct desc *d, struct text *t)
{
	for (unsigned i = 0; i < d->count; i++) {
		size_t size = number_size(d->fields[i].kind);
		const struct desc_names *n = d->fields[i].names;

		for (; size && n && n->name; n++)
			dict_value(t, size, n->value);
	}
}
