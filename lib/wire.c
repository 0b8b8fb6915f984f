/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lib/wire.h"

struct rd rd_init(struct bytes in)
{
	static const uint8_t nothing;
	const uint8_t *p = in.p ? in.p : &nothing;

	return (struct rd){ p, p + (in.p ? in.n : 0), false };
}

static const uint8_t *take(struct rd *r, size_t n)
{
	const uint8_t *p = r->p;

	if (n > rd_left(r)) {
		r->bad = true;
		r->p = r->end;
		return NULL;
	}
	r->p += n;
	return p;
}

static uint64_t number(struct rd *r, size_t n)
{
	const uint8_t *p = take(r, n);
	uint64_t v = 0;

	for (size_t i = 0; p && i < n; i++)
		v = v << 8 | p[i];
	return v;
}

uint8_t rd_u8(struct rd *r)
{
	return (uint8_t)number(r, 1);
}

uint16_t rd_u16(struct rd *r)
{
	return (uint16_t)number(r, 2);
}

uint32_t rd_u32(struct rd *r)
{
	return (uint32_t)number(r, 4);
}

uint64_t rd_u64(struct rd *r)
{
	return number(r, 8);
}

struct bytes rd_bytes(struct rd *r, size_t n)
{
	const uint8_t *p = take(r, n);

	return p ? (struct bytes){ p, n } : BYTES_NONE;
}

struct bytes rd_rest(struct rd *r)
{
	return rd_bytes(r, rd_left(r));
}

struct rd rd_sub(struct rd *r, size_t n)
{
	const uint8_t *p = take(r, n);

	if (!p)
		return (struct rd){ r->end, r->end, true };
	return (struct rd){ p, p + n, false };
}

void rd_copy(struct rd *r, void *out, size_t n)
{
	const uint8_t *p = take(r, n);

	if (!n)
		return;
	if (p)
		memcpy(out, p, n);
	else
		memset(out, 0, n);
}

size_t rd_left(const struct rd *r)
{
	return (size_t)(r->end - r->p);
}

bool rd_ok(const struct rd *r)
{
	return !r->bad;
}

bool rd_end(const struct rd *r)
{
	return !r->bad && r->p == r->end;
}

struct wr wr_init(void *buf, size_t cap)
{
	return (struct wr){ buf, 0, cap, false };
}

static uint8_t *put(struct wr *w, size_t n)
{
	uint8_t *at;

	if (w->bad || n > w->cap - w->n) {
		w->bad = true;
		return NULL;
	}
	at = w->p + w->n;
	w->n += n;
	return at;
}

static void store_be(uint8_t *at, uint64_t v, size_t n)
{
	while (n--) {
		at[n] = (uint8_t)v;
		v >>= 8;
	}
}

static void write_number(struct wr *w, uint64_t v, size_t n)
{
	uint8_t *at = put(w, n);

	if (at)
		store_be(at, v, n);
}

void wr_u8(struct wr *w, uint8_t v)
{
	write_number(w, v, 1);
}

void wr_u16(struct wr *w, uint16_t v)
{
	write_number(w, v, 2);
}

void wr_u32(struct wr *w, uint32_t v)
{
	write_number(w, v, 4);
}

void wr_u64(struct wr *w, uint64_t v)
{
	write_number(w, v, 8);
}

void wr_bytes(struct wr *w, struct bytes b)
{
	uint8_t *at = put(w, b.n);

	if (at && b.n)
		memcpy(at, b.p, b.n);
}

void wr_zero(struct wr *w, size_t n)
{
	uint8_t *at = put(w, n);

	if (at && n)
		memset(at, 0, n);
}

size_t wr_reserve(struct wr *w, size_t n)
{
	size_t at = w->n;

	wr_zero(w, n);
	return at;
}

/* 'at' comes from wr_reserve(); when that ran out of room the writer is bad and nothing is touched. */
static void fill(struct wr *w, size_t at, uint64_t v, size_t n)
{
	if (w->bad)
		return;
	if (at > w->n || n > w->n - at) {
		w->bad = true;
		return;
	}
	store_be(w->p + at, v, n);
}

void wr_fill8(struct wr *w, size_t at, uint8_t v)
{
	fill(w, at, v, 1);
}

void wr_fill16(struct wr *w, size_t at, uint16_t v)
{
	fill(w, at, v, 2);
}

void wr_fill32(struct wr *w, size_t at, uint32_t v)
{
	fill(w, at, v, 4);
}

bool wr_ok(const struct wr *w)
{
	return !w->bad;
}

struct bytes wr_done(const struct wr *w)
{
	return w->bad ? BYTES_NONE : (struct bytes){ w->p, w->n };
}
