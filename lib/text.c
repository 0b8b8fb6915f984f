/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>
#include <stdlib.h>
#include "lib/mem.h"
#include "lib/text.h"

/* Makes room for n more octets and the NUL. */
static char *room_for(struct text *t, size_t n)
{
	size_t cap = t->cap ? t->cap : 64;

	while (cap - t->n <= n)
		cap *= 2;
	if (cap != t->cap) {
		t->s = mem_realloc(t->s, cap);
		t->cap = cap;
	}
	return t->s + t->n;
}

void text_addn(struct text *t, const char *s, size_t n)
{
	char *at = room_for(t, n);

	if (n)
		memcpy(at, s, n);
	at[n] = '\0';
	t->n += n;
}

void text_add(struct text *t, const char *s)
{
	text_addn(t, s, strlen(s));
}

void text_vprintf(struct text *t, const char *fmt, va_list ap)
{
	va_list again;
	size_t room;
	char *at = room_for(t, 80);
	int n;

	room = t->cap - t->n;
	va_copy(again, ap);
	n = vsnprintf(at, room, fmt, ap);
	if (n > 0 && (size_t)n >= room) {
		at = room_for(t, (size_t)n);
		n = vsnprintf(at, (size_t)n + 1, fmt, again);
	}
	va_end(again);
	if (n > 0)
		t->n += (size_t)n;
	t->s[t->n] = '\0';
}

void text_printf(struct text *t, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	text_vprintf(t, fmt, ap);
	va_end(ap);
}

static const char hex_digits[] = "0123456789ABCDEF";

void text_hex(struct text *t, struct bytes b)
{
	char *at = room_for(t, 2 * b.n);

	for (size_t i = 0; i < b.n; i++) {
		*at++ = hex_digits[b.p[i] >> 4];
		*at++ = hex_digits[b.p[i] & 15];
	}
	*at = '\0';
	t->n += 2 * b.n;
}

const char *text_str(const struct text *t)
{
	return t->s ? t->s : "";
}

void text_clear(struct text *t)
{
	t->n = 0;
	if (t->s)
		t->s[0] = '\0';
}

void text_free(struct text *t)
{
	free(t->s);
	*t = TEXT_EMPTY;
}

/* Printable ASCII stays; the rest becomes \xHH, so that a name out of a datagram can neither move a cursor nor start a
 * line of its own in a log. */
void text_escaped(struct text *t, struct bytes untrusted)
{
	size_t plain = 0;	/* where a run of printable octets began */

	for (size_t i = 0; i < untrusted.n; i++) {
		uint8_t c = untrusted.p[i];
		char hex[4] = { '\\', 'x', hex_digits[c >> 4], hex_digits[c & 15] };

		if (c >= 0x20 && c < 0x7f)
			continue;
		text_addn(t, (const char *)untrusted.p + plain, i - plain);
		text_addn(t, hex, 4);
		plain = i + 1;
	}
	if (untrusted.n > plain)
		text_addn(t, (const char *)untrusted.p + plain, untrusted.n - plain);
}

bool str_copy(char *dst, size_t cap, const char *src)
{
	size_t n = strlen(src);
	bool fits = n < cap;

	if (!cap)
		return false;
	if (!fits)
		n = cap - 1;
	memcpy(dst, src, n);
	dst[n] = '\0';
	return fits;
}
