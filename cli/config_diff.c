/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>
#include <stdlib.h>
#include <uthash.h>
#include "cli/config_diff.h"
#include "cli/shell.h"
#include "lib/mem.h"

#define DEPTH 8		/* of sections in sections */
#define PASSES 5	/* as IOS */

struct line {
	char *text;			/* without indentation; a banner with its lines */
	struct line *next, *first, *last;
	struct line *by_text;		/* its lines, hashed */
	bool list;			/* "access-list 52": a heading that is not printed */
	UT_hash_handle hh;
};

/* ---- reading ---- */

static struct line *find(const struct line *in, const char *text)
{
	struct line *l;

	HASH_FIND_STR(in->by_text, text, l);
	return l;
}

/* Of two equal lines the first is found. */
static struct line *add(struct line *to, char *text)
{
	struct line *l = mem_zalloc(sizeof(*l));

	l->text = text;
	if (to->last)
		to->last->next = l;
	else
		to->first = l;
	to->last = l;
	if (!find(to, text))
		HASH_ADD_KEYPTR(hh, to->by_text, l->text, strlen(l->text), l);
	return l;
}

static void drop(struct line *l)
{
	struct line *next;

	HASH_CLEAR(hh, l->by_text);
	for (struct line *k = l->first; k; k = next) {
		next = k->next;
		drop(k);
		free(k->text);
		free(k);
	}
}

static char *copy(const char *s, size_t n)
{
	char *t;

	while (n && (s[n - 1] == ' ' || s[n - 1] == '\r'))
		n--;
	t = mem_zalloc(n + 1);
	memcpy(t, s, n);
	return t;
}

/* The length of a line's words before its text when it is a banner, else 0. */
static size_t banner_head(const char *s)
{
	static const char *const heads[] = { "banner motd ", "banner login ", "banner exec ", "aaa authentication banner ",
		"aaa authentication fail-message " };

	for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++)
		if (strncmp(s, heads[i], strlen(heads[i])) == 0)
			return strlen(heads[i]);
	return 0;
}

/* Where the banner that begins here ends: behind its second "^C". */
static const char *banner_end(const char *p)
{
	const char *end = strstr(p, "^C");

	end = end ? strstr(end + 2, "^C") : NULL;
	return end ? end + 2 : p + strcspn(p, "\n");
}

/* The lines of a numbered list stand together: their order counts. */
static struct line *list_of(struct line *root, const char *text)
{
	size_t n = strlen("access-list ");
	struct line *l;
	char *name;

	if (strncmp(text, "access-list ", n) != 0)
		return root;
	n += strcspn(text + n, " ");
	name = copy(text, n);
	l = find(root, name);
	if (l) {
		free(name);
		return l;
	}
	l = add(root, name);
	l->list = true;
	return l;
}

struct section {
	struct line *line;
	size_t indent;
};

static void read_text(struct line *root, const char *p)
{
	struct section open[DEPTH];
	unsigned depth = 0;

	while (*p) {
		size_t blanks = strspn(p, " "), n = strcspn(p + blanks, "\n");
		const char *s = p + blanks;
		struct line *l, *to;
		char *text;

		if (banner_head(s))
			n = (size_t)(banner_end(s) - s);
		p = s + n + (s[n] == '\n');
		if (!n || *s == '!' || (!blanks && (strncmp(s, "version ", 8) == 0 || (n == 3 && strncmp(s, "end", 3) == 0))))
			continue;
		while (depth && blanks <= open[depth - 1].indent)
			depth--;
		text = copy(s, n);
		to = depth ? open[depth - 1].line : list_of(root, text);
		l = add(to, text);
		if (!to->list && depth < DEPTH)
			open[depth++] = (struct section){ l, blanks };
	}
}

/* ---- comparing ---- */

struct diff {
	struct text *shown, *commands;
	const struct line *path[DEPTH];	/* sections that the walk is in */
	unsigned depth, said_shown, said_commands;	/* of path that were printed */
	bool any;
	bool defaults;			/* 'no' did not do: 'default' takes lines back */
};

static void put(struct text *out, unsigned indent, const char *sign, const char *text)
{
	if (out)
		text_printf(out, "%*s%s%s\n", (int)indent, "", sign, text);
}

/* The headings of the sections above, once. */
static void headings(struct diff *d, struct text *out, unsigned *said)
{
	unsigned indent = 0;

	for (unsigned i = 0; i < d->depth; i++) {
		if (d->path[i]->list)
			continue;
		if (i >= *said)
			put(out, indent, "", d->path[i]->text);
		indent++;
	}
	*said = d->depth;
}

static unsigned indent_of(const struct diff *d)
{
	unsigned n = 0;

	for (unsigned i = 0; i < d->depth; i++)
		n += !d->path[i]->list;
	return n;
}

static void show(struct diff *d, const char *sign, const char *text)
{
	d->any = true;
	if (!d->shown)
		return;
	headings(d, d->shown, &d->said_shown);
	put(d->shown, indent_of(d), sign, text);
}

static void command(struct diff *d, const char *no, const char *text)
{
	if (!d->commands)
		return;
	headings(d, d->commands, &d->said_commands);
	put(d->commands, indent_of(d), no, text);
}

static void go_in(struct diff *d, const struct line *l)
{
	d->path[d->depth++] = l;
}

static void go_out(struct diff *d)
{
	d->depth--;
	d->said_shown = d->said_shown > d->depth ? d->depth : d->said_shown;
	d->said_commands = d->said_commands > d->depth ? d->depth : d->said_commands;
}

/* A list whose entries count in their order. */
static bool ordered(const struct line *l)
{
	return l->list || strncmp(l->text, "ip access-list ", 15) == 0;
}

static bool same_list(const struct line *a, const struct line *b)
{
	const struct line *x = a->first, *y = b->first;

	while (x && y && strcmp(x->text, y->text) == 0) {
		x = x->next;
		y = y->next;
	}
	return !x && !y;
}

/* What takes the line back: 'no banner motd', 'default service timestamps log', 'no line vty 5'. */
static void take_back(struct diff *d, const struct line *l)
{
	unsigned from, to;
	char text[40];

	if (sscanf(l->text, "line vty %u %u", &from, &to) >= 1) {
		snprintf(text, sizeof(text), "line vty %u", from);
		command(d, "no ", text);
	} else if (banner_head(l->text)) {
		snprintf(text, sizeof(text), "%.*s", (int)banner_head(l->text) - 1, l->text);
		command(d, "no ", text);
	} else if (strncmp(l->text, "no ", 3) == 0) {
		command(d, "default ", l->text + 3);
	} else {
		/* 'no exec-timeout' and its like are settings, not their absence. */
		command(d, d->defaults || (d->depth && strncmp(d->path[0]->text, "line ", 5) == 0) ? "default " : "no ", l->text);
	}
}

/* 'no line con 0' and 'no line vty 0 4' there is not: what stands in them goes. */
static bool stays(const struct line *l)
{
	unsigned from;

	return strncmp(l->text, "line ", 5) == 0 && (sscanf(l->text, "line vty %u", &from) != 1 || from < 5);
}

static void all_lines(struct diff *d, const struct line *l, const char *sign, bool enter)
{
	if (!l->list)
		show(d, sign, l->text);
	if (enter && !l->list)
		command(d, "", l->text);
	if (!l->first || d->depth + 1 >= DEPTH)
		return;
	go_in(d, l);
	d->said_shown = d->depth;
	if (enter)
		d->said_commands = d->depth;
	for (const struct line *k = l->first; k; k = k->next)
		all_lines(d, k, sign, enter);
	go_out(d);
}

/* What 'was' has and 'is' has not. */
static void removed(struct diff *d, const struct line *was, const struct line *is)
{
	for (const struct line *l = was->first; l && d->depth + 1 < DEPTH; l = l->next) {
		static const struct line nothing;
		struct line *other = find(is, l->text);

		if (other && ordered(l)) {
			if (!same_list(l, other)) {
				go_in(d, l);
				for (const struct line *k = l->first; k; k = k->next)
					if (!find(other, k->text))
						show(d, "-", k->text);
				go_out(d);
				d->any = true;
				take_back(d, l);
			}
		} else if (other || stays(l)) {
			go_in(d, l);
			removed(d, l, other ? other : &nothing);
			go_out(d);
		} else {
			take_back(d, l);
			all_lines(d, l, "-", false);
		}
	}
}

/* What 'is' has and 'was' has not. */
static void added(struct diff *d, const struct line *was, const struct line *is)
{
	for (const struct line *l = is->first; l && d->depth + 1 < DEPTH; l = l->next) {
		struct line *other = find(was, l->text);

		if (other && ordered(l) && !same_list(l, other)) {
			struct diff quiet = { .commands = d->commands };

			all_lines(&quiet, l, "", true);
			go_in(d, l);
			for (const struct line *k = l->first; k; k = k->next)
				if (!find(other, k->text))
					show(d, "+", k->text);
			go_out(d);
		} else if (other) {
			go_in(d, l);
			added(d, other, l);
			go_out(d);
		} else {
			all_lines(d, l, "+", true);
		}
	}
}

static bool diff(const char *was, const char *is, struct text *shown, struct text *commands, bool defaults)
{
	struct line a = { 0 }, b = { 0 };
	struct diff d = { .shown = shown, .commands = commands, .defaults = defaults };

	read_text(&a, was);
	read_text(&b, is);
	removed(&d, &a, &b);
	added(&d, &a, &b);
	drop(&a);
	drop(&b);
	return d.any;
}

bool config_diff(const char *was, const char *is, struct text *shown, struct text *commands)
{
	return diff(was, is, shown, commands, false);
}

/* ---- replacing ---- */

void config_canonical(struct cli *c, const char *text, struct text *out, struct text *errors)
{
	struct config *apart = config_new(config_nvram(c->deps.config));
	struct cli dry = { .deps = c->deps, .grammar = c->grammar, .dry = true };

	dry.deps.config = apart;
	cfg_line_reset(&dry.scratch, LINE_CONSOLE);
	replay_text(&dry, "line", bytes_str(text), errors);
	nvgen(&dry, false, out);
	config_free(apart);
}

unsigned config_replace(struct cli *c, const char *text, struct text *commands, struct text *errors)
{
	struct text want = TEXT_EMPTY, now = TEXT_EMPTY, steps = TEXT_EMPTY;
	unsigned pass = 0, n;
	bool differs = true;

	config_canonical(c, text, &want, errors);
	for (n = 0; n < PASSES && differs; n++) {
		text_clear(&now);
		text_clear(&steps);
		nvgen(c, false, &now);
		differs = diff(text_str(&now), text_str(&want), NULL, &steps, n > 0);
		if (!differs && n)
			break;
		pass++;
		text_clear(errors);
		replay_text(c, "line", bytes_str(text_str(&steps)), errors);
		if (commands)
			text_addn(commands, text_str(&steps), steps.n);
	}
	text_clear(&now);
	nvgen(c, false, &now);
	differs = config_diff(text_str(&now), text_str(&want), errors, NULL);
	config_changed(c->deps.config);
	config_closed(c->deps.config);
	text_free(&want);
	text_free(&now);
	text_free(&steps);
	return differs ? 0 : pass;
}
