/* SPDX-License-Identifier: GPL-3.0-or-later */
/* '?' and Tab, from the same rows as the matcher. */
#include <stdlib.h>
#include <strings.h>
#include "cli/shell.h"
#include "lib/mem.h"

struct entry {
	char *word;
	const char *help;
	bool keyword;
};

struct list {
	struct entry *e;
	unsigned n, cap;
	const char *part;	/* the word '?' touches, "" at a word's boundary */
	size_t len;
};

static void list_put(void *arg, const char *word, const char *help, bool keyword)
{
	struct list *l = arg;

	/* An argument is shown for whatever was typed of it; the matcher judges it when it is whole. */
	if (keyword && strncasecmp(word, l->part, l->len) != 0)
		return;
	if (l->n == l->cap) {
		l->cap = l->cap ? 2 * l->cap : 32;
		l->e = mem_realloc(l->e, l->cap * sizeof(*l->e));
	}
	l->e[l->n++] = (struct entry){ .word = mem_strdup(word), .help = help, .keyword = keyword };
}

static int by_word(const void *a, const void *b)
{
	return strcmp(((const struct entry *)a)->word, ((const struct entry *)b)->word);
}

static void list_sort(struct list *l)
{
	unsigned n = 0;

	if (!l->n)
		return;
	qsort(l->e, l->n, sizeof(*l->e), by_word);
	for (unsigned i = 1; i < l->n; i++) {
		if (strcmp(l->e[n].word, l->e[i].word) == 0)
			free(l->e[i].word);
		else
			l->e[++n] = l->e[i];
	}
	l->n = n + 1;
}

static void list_free(struct list *l)
{
	for (unsigned i = 0; i < l->n; i++)
		free(l->e[i].word);
	free(l->e);
}

/* Where the word begins that the cursor touches; the line's length at a boundary. */
static size_t word_start(const char *line)
{
	size_t n = strlen(line);

	while (n && line[n - 1] != ' ' && line[n - 1] != '\t')
		n--;
	return n;
}

/* An argument that was begun must be able to become one: '?' after a letter does not offer <1-10>. */
static bool fits(const struct entry *e, const char *part, size_t len)
{
	if (e->keyword || !len)
		return true;
	if (e->word[0] == '<' || strcmp(e->word, "A.B.C.D") == 0)
		return strspn(part, "0123456789.") == len;
	return true;
}

static void list_fit(struct list *l)
{
	unsigned n = 0;

	for (unsigned i = 0; i < l->n; i++) {
		if (fits(&l->e[i], l->part, l->len))
			l->e[n++] = l->e[i];
		else
			free(l->e[i].word);
	}
	l->n = n;
}

/* The position of a '|' word that begins the filter part, when the command before it may end there. */
static const char *pipe_at(struct grammar *g, enum mode_id mode, unsigned priv, const char *line)
{
	struct match m;
	const char *at = NULL;

	if (mode != IN_EXEC || !strchr(line, '|'))
		return NULL;
	match_line(g, mode, priv, line, &m);
	if (m.filter)
		at = filter_last(line + m.filter);
	match_free(&m);
	return at;
}

/* Everything possible at the end of line, reduced to what begins with its last word. */
static enum match_result collect(struct grammar *g, enum mode_id mode, unsigned priv, const char *line, struct list *l,
	struct expect *e)
{
	size_t at = word_start(line);
	char *before = mem_zalloc(at + 1);
	enum match_result r;

	memcpy(before, line, at);
	l->part = line + at;
	l->len = strlen(l->part);
	*e = (struct expect){ .put = list_put, .arg = l };
	r = match_expect(g, mode, priv, before, e);
	list_fit(l);
	list_sort(l);
	free(before);
	return r;
}

static void ambiguous(struct text *out, const char *line)
{
	text_printf(out, "%% Ambiguous command:  \"%s\"\n", line);
}

static void print_long(const struct list *l, const struct expect *e, struct text *out)
{
	size_t width = 0;

	for (unsigned i = 0; i < l->n; i++) {
		size_t n = strlen(l->e[i].word);

		width = n > width ? n : width;
	}
	for (unsigned i = 0; i < l->n; i++)
		text_printf(out, "  %-*s  %s\n", (int)width, l->e[i].word, l->e[i].help ? l->e[i].help : "");
	if (e->filter)
		text_printf(out, "  %-*s  Output modifiers\n", (int)width, "|");
	if (e->accept)
		text_add(out, "  <cr>\n");
}

/* The words alone, in columns. */
static void print_short(const struct list *l, struct text *out)
{
	size_t width = 0, used = 0;

	for (unsigned i = 0; i < l->n; i++) {
		size_t n = strlen(l->e[i].word);

		width = n > width ? n : width;
	}
	for (unsigned i = 0; i < l->n; i++) {
		if (used && used + width + 2 > 80) {
			text_add(out, "\n");
			used = 0;
		}
		text_printf(out, "%-*s  ", (int)width, l->e[i].word);
		used += width + 2;
	}
	text_add(out, "\n");
}

bool help_text(struct grammar *g, enum mode_id mode, unsigned priv, const char *line, struct text *out)
{
	const char *filter = pipe_at(g, mode, priv, line);
	struct list l = { 0 };
	struct expect e;
	enum match_result r;
	bool ok;

	if (filter)
		return help_text(g, IN_FILTER, priv, filter, out);
	r = collect(g, mode, priv, line, &l, &e);
	if (l.len)
		e.accept = e.filter = false;
	ok = r == MATCH_OK && (l.n || e.accept || e.filter);
	if (r == MATCH_AMBIGUOUS) {
		ambiguous(out, line);
	} else if (!ok) {
		text_add(out, "% Unrecognized command\n");
	} else {
		if (!line[strspn(line, " \t")] && mode_by_id(mode) && mode_by_id(mode)->title)
			text_printf(out, "%s\n", mode_by_id(mode)->title);
		if (l.len)
			print_short(&l, out);
		else
			print_long(&l, &e, out);
		text_add(out, "\n");
	}
	list_free(&l);
	return ok;
}

void help_complete(struct grammar *g, enum mode_id mode, unsigned priv, const char *line, struct text *out)
{
	const char *filter = pipe_at(g, mode, priv, line);
	struct list l = { 0 };
	struct expect e;
	const struct entry *only = NULL;
	unsigned keywords = 0;

	if (filter) {
		text_addn(out, line, (size_t)(filter - line));
		help_complete(g, IN_FILTER, priv, filter, out);
		return;
	}
	if (collect(g, mode, priv, line, &l, &e) == MATCH_OK && l.len) {
		for (unsigned i = 0; i < l.n; i++) {
			if (!l.e[i].keyword)
				continue;
			keywords++;
			if (!only || strlen(l.e[i].word) == l.len)
				only = &l.e[i];
		}
	}
	if (only && (keywords == 1 || strlen(only->word) == l.len)) {
		text_addn(out, line, (size_t)(l.part - line));
		text_printf(out, "%s ", only->word);
	} else {
		text_add(out, line);
	}
	list_free(&l);
}
