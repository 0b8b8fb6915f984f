/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * How the line that is typed is shown, in readline's place and as IOS does it: one row behind the prompt that shifts by ten
 * columns when the cursor reaches its edge, '$' where something is hidden. Text, blanks and backspaces are all that is sent,
 * so every terminal can show it and programs that match text find nothing else.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>
#include <readline/readline.h>
#include "cli/gdoixsh.h"
#include "lib/mem.h"

#define SHIFT 10
#define ROOM_MIN 8		/* columns for the line behind a prompt that leaves less */

struct cell {			/* one column; n 0: the right half of the one before */
	char s[8];
	uint8_t n;
};

struct row {
	struct cell *cell;
	size_t n, room;
};

static struct row line, view, shown;	/* the whole line; what of it shall be seen; what is on the screen */
static size_t left, cursor;		/* cells hidden on the left; the screen's cursor, counted from the prompt's end */
static size_t columns = 80, prompt_cells;
static char *prompt;			/* its last line */

static void row_add(struct row *r, const char *s, size_t n)
{
	if (r->n == r->room) {
		r->room = r->room ? 2 * r->room : 256;
		r->cell = mem_realloc(r->cell, r->room * sizeof(*r->cell));
	}
	memcpy(r->cell[r->n].s, s, n);
	r->cell[r->n++].n = (uint8_t)n;
}

/* One character of the text as cells: ^X for a control, nothing of its own for a combining mark. Its octets. */
static size_t row_char(struct row *r, const char *s, size_t n)
{
	mbstate_t state = { 0 };
	wchar_t c = 0;
	size_t octets = mbrtowc(&c, s, n, &state);
	int width;

	if (!octets || octets > n) {	/* no UTF-8 */
		octets = 1;
		c = L'?';
	}
	if ((uint8_t)*s < ' ' || *s == 0x7f) {
		row_add(r, "^", 1);
		row_add(r, (const char[]){ (char)(*s ^ 0x40) }, 1);
		return 1;
	}
	width = wcwidth(c);
	if (width == 0 && r->n && r->cell[r->n - 1].n && r->cell[r->n - 1].n + octets <= sizeof(r->cell->s)) {
		memcpy(r->cell[r->n - 1].s + r->cell[r->n - 1].n, s, octets);
		r->cell[r->n - 1].n += (uint8_t)octets;
	} else if (width) {
		row_add(r, s, octets);
	}
	if (width == 2)
		row_add(r, "", 0);
	return octets;
}

/* The cell where readline's cursor stands. */
static size_t fill_line(void)
{
	size_t at = 0, end = (size_t)rl_end;

	line.n = 0;
	for (size_t i = 0; i < end;) {
		i += row_char(&line, rl_line_buffer + i, end - i);
		if (i <= (size_t)rl_point)
			at = line.n;
	}
	return at;
}

static size_t room(void)
{
	return columns > prompt_cells + 1 + ROOM_MIN ? columns - 1 - prompt_cells : ROOM_MIN;
}

static void shift_to(size_t at)
{
	size_t step = room() / 2 < SHIFT ? room() / 2 : SHIFT;

	while (left && at <= left)
		left -= left < step ? left : step;
	while (at >= left + room())
		left += step;
}

static void fill_view(void)
{
	size_t end = line.n < left + room() ? line.n : left + room();

	view.n = 0;
	for (size_t i = left; i < end; i++) {
		if ((i == left && left) || (i + 1 == end && end < line.n))
			row_add(&view, "$", 1);
		else if ((!line.cell[i].n && left && i == left + 1) || (end < line.n && i + 2 == end && !line.cell[i + 1].n))
			row_add(&view, " ", 1);		/* half of a wide character */
		else
			row_add(&view, line.cell[i].s, line.cell[i].n);
	}
}

static bool same(const struct cell *a, const struct cell *b)
{
	return a->n == b->n && !memcmp(a->s, b->s, a->n);
}

static void put(const struct row *r, size_t from, size_t to)
{
	for (size_t i = from; i < to; i++)
		fwrite(r->cell[i].s, 1, r->cell[i].n, stdout);
}

static void move_to(size_t to)
{
	for (; cursor > to; cursor--)
		putchar('\b');
	put(&shown, cursor, to);
	cursor = to;
}

static void paint(size_t at)
{
	struct row was = shown;
	size_t from = 0;

	while (from < view.n && from < shown.n && same(&view.cell[from], &shown.cell[from]))
		from++;
	while (from && ((from < view.n && !view.cell[from].n) || (from < shown.n && !shown.cell[from].n)))
		from--;
	if (from < view.n || from < shown.n) {
		move_to(from);
		put(&view, from, view.n);
		for (cursor = view.n; cursor < was.n; cursor++)
			putchar(' ');
	}
	shown = view;
	view = was;
	move_to(at);
}

void draw_line(void)
{
	size_t at = fill_line();

	shift_to(at);
	fill_view();
	paint(at - left);
}

static void start_row(void)
{
	fputs(prompt, stdout);
	shown.n = cursor = 0;
}

void draw_begin(const char *text)
{
	const char *last = strrchr(text, '\n');

	last = last ? last + 1 : text;
	fwrite(text, 1, (size_t)(last - text), stdout);
	free(prompt);
	prompt = mem_strdup(last);
	line.n = 0;
	for (size_t i = 0, n = strlen(prompt); i < n;)
		i += row_char(&line, prompt + i, n - i);
	prompt_cells = line.n;
	left = 0;
	start_row();
}

void draw_again(void)
{
	start_row();
	draw_line();
}

void draw_resize(unsigned width)
{
	columns = width;
}
