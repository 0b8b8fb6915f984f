/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>
#include "cli/vtyproto.h"
#include "lib/mem.h"
#include "lib/text.h"

#define HEAD 5			/* type, length */
#define ROOM 4096		/* offered to read() at least, unless the buffer is full */
#define BUFFER_MAX (2 * (HEAD + VTY_FRAME_MAX))

static size_t frame_length(const uint8_t *head)
{
	return (size_t)head[1] << 24 | (size_t)head[2] << 16 | (size_t)head[3] << 8 | head[4];
}

/* Not realloc(): what it leaves behind may be a password. */
static void grow(struct vty_in *in)
{
	size_t cap = in->cap ? in->cap * 2 : 2 * ROOM;
	uint8_t *buf;

	if (cap > BUFFER_MAX)
		cap = BUFFER_MAX;
	buf = mem_zalloc(cap);
	if (in->buf) {
		memcpy(buf, in->buf, in->n);
		explicit_bzero(in->buf, in->cap);
		free(in->buf);
	}
	in->buf = buf;
	in->cap = cap;
}

uint8_t *vty_in_room(struct vty_in *in, size_t *room)
{
	if (in->taken) {
		in->n -= in->taken;
		memmove(in->buf, in->buf + in->taken, in->n);
		explicit_bzero(in->buf + in->n, in->taken);
		in->taken = 0;
	}
	if (in->cap - in->n < ROOM && in->cap < BUFFER_MAX)
		grow(in);
	*room = in->cap - in->n;
	return in->buf + in->n;
}

void vty_in_got(struct vty_in *in, size_t n)
{
	in->n += n;
}

bool vty_in_next(struct vty_in *in, struct vty_frame *out)
{
	size_t left = in->n - in->taken, n;
	const uint8_t *p;

	if (in->bad || left < HEAD)
		return false;
	p = in->buf + in->taken;
	n = frame_length(p);
	if (n > VTY_FRAME_MAX) {
		in->bad = true;
		return false;
	}
	if (left - HEAD < n)
		return false;
	*out = (struct vty_frame){ .type = p[0], .body = bytes_of(p + HEAD, n) };
	in->taken += HEAD + n;
	return true;
}

void vty_in_free(struct vty_in *in)
{
	/* A password may have come this way. */
	if (in->buf)
		explicit_bzero(in->buf, in->cap);
	free(in->buf);
	*in = (struct vty_in){ 0 };
}

static void put_one(struct text *out, uint8_t type, struct bytes head, struct bytes body)
{
	size_t n = head.n + body.n;
	const uint8_t h[HEAD] = { type, (uint8_t)(n >> 24), (uint8_t)(n >> 16), (uint8_t)(n >> 8), (uint8_t)n };

	text_addn(out, (const char *)h, HEAD);
	text_addn(out, (const char *)head.p, head.n);
	text_addn(out, (const char *)body.p, body.n);
}

void vty_put(struct text *out, uint8_t type, struct bytes head, struct bytes body)
{
	size_t fits = VTY_FRAME_MAX - head.n;

	while (body.n > fits && (type == VTY_OUTPUT || type == VTY_LOG)) {
		put_one(out, type, head, bytes_of(body.p, fits));
		body.p += fits;
		body.n -= fits;
	}
	if (body.n > fits)	/* a line that nobody can type: cut rather than refused by the other side */
		body.n = fits;
	put_one(out, type, head, body);
}
