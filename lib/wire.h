/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Checked reading and writing of octets in network order. A reader is total: a short input sets 'bad', empties
 * the reader and returns zeros, so the caller may read a whole structure and ask once with rd_ok()/rd_end().
 */
#pragma once
#include "lib/bytes.h"

struct rd {
	const uint8_t *p, *end;
	bool bad;
};

struct rd rd_init(struct bytes in);
uint8_t rd_u8(struct rd *r);
uint16_t rd_u16(struct rd *r);
uint32_t rd_u32(struct rd *r);
uint64_t rd_u64(struct rd *r);
/* The next n octets as a span into the input; none (and bad) when there are fewer. */
struct bytes rd_bytes(struct rd *r, size_t n);
/* All that is left. */
struct bytes rd_rest(struct rd *r);
/* A reader narrowed to the next n octets, which the outer one steps over; bad when there are fewer. */
struct rd rd_sub(struct rd *r, size_t n);
/* Copies exactly n octets; zeros when there are fewer. */
void rd_copy(struct rd *r, void *out, size_t n);
size_t rd_left(const struct rd *r);
bool rd_ok(const struct rd *r);
/* No error and nothing left over. */
bool rd_end(const struct rd *r) __attribute__((warn_unused_result));

/* A writer over the caller's buffer. Running out of room sets 'bad' and writes nothing more; n stays right. */
struct wr {
	uint8_t *p;
	size_t n, cap;
	bool bad;
};

struct wr wr_init(void *buf, size_t cap);
void wr_u8(struct wr *w, uint8_t v);
void wr_u16(struct wr *w, uint16_t v);
void wr_u32(struct wr *w, uint32_t v);
void wr_u64(struct wr *w, uint64_t v);
void wr_bytes(struct wr *w, struct bytes b);
void wr_zero(struct wr *w, size_t n);
/* Leaves two octets (one, four) open and returns their offset, for wr_fill*() once the value is known. */
size_t wr_reserve(struct wr *w, size_t n);
void wr_fill8(struct wr *w, size_t at, uint8_t v);
void wr_fill16(struct wr *w, size_t at, uint16_t v);
void wr_fill32(struct wr *w, size_t at, uint32_t v);
bool wr_ok(const struct wr *w);
/* What has been written (empty when bad). */
struct bytes wr_done(const struct wr *w);
