/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * libcli: our matcher resolves a line; libcli gets the canonical command and the filters' names, dispatches it under the
 * session's mode and privilege, and its pipeline runs the filters here. Patterns never pass through libcli, whose
 * tokenizer splits at '|' and eats backslashes: they stand in struct filtered.
 */
#include <libcli.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include "cli/shell.h"
#include "lib/mem.h"

enum filter_kind { FILTER_INCLUDE, FILTER_EXCLUDE, FILTER_BEGIN, FILTER_COUNT, FILTER_SECTION, FILTER_SECTION_EXCLUDE };

static const struct {
	const char *kind;	/* as typed */
	const char *name;	/* as libcli knows it */
} kinds[] = {
	[FILTER_INCLUDE] = { "include", "include" },
	[FILTER_EXCLUDE] = { "exclude", "exclude" },
	[FILTER_BEGIN] = { "begin", "begin" },
	[FILTER_COUNT] = { "count", "count" },
	[FILTER_SECTION] = { "section", "section" },
	[FILTER_SECTION_EXCLUDE] = { "section exclude", "section-exclude" },
};

struct filtered {		/* the command libcli is dispatching */
	struct cmd *cmd;
	int result;
	struct text out;	/* what came through the pipeline */
	regex_t re;
	enum filter_kind kind;
	bool begun;		/* begin: a line matched */
	bool inside;		/* section: within one */
	size_t indent;		/* of the line that opened it */
	unsigned long count;
};

/* IOS's '_': start, end, blank, comma, brace, parenthesis. Everything else is POSIX ERE. */
static void translate(const char *ios, struct text *ere)
{
	bool bracket = false;

	for (const char *p = ios; *p; p++) {
		if (*p == '\\' && p[1] && !bracket) {
			/* No back references: their cost has no bound. */
			p++;
			text_addn(ere, p - (*p < '0' || *p > '9'), 1 + (*p < '0' || *p > '9'));
		} else if ((*p == '{' || *p == '}') && !bracket) {
			text_printf(ere, "\\%c", *p);	/* no counts either: IOS has none */
		} else if (*p == '_' && !bracket) {
			text_add(ere, "(^|$|[][ ,{}()])");
		} else {
			if (*p == '[' && !bracket) {
				bracket = true;
				/* "[]abc]" and "[^]abc]": the first ']' is a member */
				text_addn(ere, p, 1);
				if (p[1] == '^')
					text_addn(ere, ++p, 1);
				if (p[1] == ']')
					text_addn(ere, ++p, 1);
				continue;
			}
			if (*p == ']')
				bracket = false;
			text_addn(ere, p, 1);
		}
	}
}

static bool compile(regex_t *re, const char *ios)
{
	struct text ere = TEXT_EMPTY;
	bool ok;

	translate(ios, &ere);
	ok = ere.n <= 1024 && regcomp(re, text_str(&ere), REG_EXTENDED | REG_NOSUB) == 0;
	text_free(&ere);
	return ok;
}

static size_t indent_of(const char *s)
{
	return strspn(s, " ");
}

/* A section: a line that matches and what is indented deeper behind it. */
static bool in_section(struct filtered *f, const char *line)
{
	size_t n = indent_of(line);

	if (f->inside && n > f->indent)
		return true;
	f->inside = regexec(&f->re, line, 0, NULL, 0) == 0;
	f->indent = n;
	return f->inside;
}

static bool passes(struct filtered *f, const char *line)
{
	switch (f->kind) {
	case FILTER_INCLUDE:
		return regexec(&f->re, line, 0, NULL, 0) == 0;
	case FILTER_EXCLUDE:
		return regexec(&f->re, line, 0, NULL, 0) != 0;
	case FILTER_BEGIN:
		f->begun = f->begun || regexec(&f->re, line, 0, NULL, 0) == 0;
		return f->begun;
	case FILTER_COUNT:
		f->count += regexec(&f->re, line, 0, NULL, 0) == 0;
		return false;
	case FILTER_SECTION:
		return in_section(f, line);
	case FILTER_SECTION_EXCLUDE:
		return !in_section(f, line);
	}
	return true;
}

static int filter_line(struct cli_def *lib, const char *line, void *data)
{
	struct filtered *f = data;

	if (line)
		return passes(f, line) ? CLI_OK : CLI_ERROR;
	if (f->kind == FILTER_COUNT)
		text_printf(&f->out, "Number of lines which match regexp = %lu\n", f->count);
	return CLI_OK;
}

static int filter_start(struct cli_def *lib, int n, char **words, struct cli_filter *filter)
{
	struct cli *c = cli_get_context(lib);

	filter->filter = filter_line;
	filter->data = c->filtered;
	return CLI_OK;
}

static void print(struct cli_def *lib, const char *line)
{
	struct cli *c = cli_get_context(lib);

	text_add(&c->filtered->out, line);
	text_add(&c->filtered->out, "\n");
}

/* Hands libcli what the handler wrote, line by line. */
static void feed(struct cli_def *lib, struct text *t)
{
	char *p = t->s, *end;

	if (!t->n)
		return;
	end = p + t->n;
	while (p < end) {
		char *nl = memchr(p, '\n', (size_t)(end - p));

		if (nl)
			*nl = '\0';
		cli_print(lib, "%s", p);
		if (!nl)
			break;
		p = nl + 1;
	}
	text_clear(t);
}

static int dispatched(struct cli_def *lib, const char *command, char **argv, int argc)
{
	struct cli *c = cli_get_context(lib);
	struct filtered *f = c->filtered;

	if (!f)
		return CLI_ERROR;
	f->result = shell_call(f->cmd);
	if (f->result != CMD_WAIT || lib->filters)
		feed(lib, f->cmd->out);
	return CLI_OK;
}

/* A row that begins with an argument (an access list's sequence number) is dispatched under this name. */
#define NAMELESS "entry"

static const char *first_word(const struct row *r)
{
	return r->tok[0].kind == T_KW ? r->tok[0].text : NAMELESS;
}

/* Whether an earlier row of the mode begins with the same word. */
static bool registered(const struct row *const *rows, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		if (strcmp(first_word(rows[i]), first_word(rows[n])) == 0)
			return true;
	return false;
}

static void register_mode(struct cli *c, enum mode_id mode)
{
	unsigned n;
	const struct row *const *rows = grammar_rows(c->grammar, mode, &n);

	for (unsigned i = 0; i < n; i++) {
		unsigned least = 15;

		if (registered(rows, i))
			continue;
		for (unsigned k = 0; k < n; k++)
			if (strcmp(first_word(rows[k]), first_word(rows[i])) == 0 && row_priv(rows[k], mode) < least)
				least = row_priv(rows[k], mode);
		cli_register_command(c->lib, NULL, first_word(rows[i]), dispatched, (int)least, (int)mode,
			rows[i]->tok[0].help);
	}
}

bool filter_init(struct cli *c)
{
	static const char *const builtin[] = { "help", "quit", "logout", "exit", "history", "enable", "disable", "configure" };
	static const char *const filters[] = { "begin", "between", "count", "exclude", "include", "grep", "egrep" };

	c->lib = cli_init();
	if (!c->lib)
		return false;
	cli_set_context(c->lib, c);
	cli_print_callback(c->lib, print);
	for (unsigned i = 0; i < sizeof(builtin) / sizeof(builtin[0]); i++)
		cli_unregister_command(c->lib, builtin[i]);
	for (unsigned i = 0; i < sizeof(filters) / sizeof(filters[0]); i++)
		cli_unregister_filter(c->lib, filters[i]);
	for (enum mode_id m = IN_EXEC; m < IN_COMMON; m++)
		register_mode(c, m);
	for (unsigned i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		cli_register_filter(c->lib, kinds[i].name, filter_start, filter_line, 0, MODE_ANY, "Output modifier");
	return true;
}

void filter_done(struct cli *c)
{
	if (c->lib)
		cli_done(c->lib);
	c->lib = NULL;
}

bool filter_parse(struct cli *cli, const char *text, struct match *m, struct filter_spec *f, struct text *error)
{
	regex_t re;

	match_line(cli->grammar, IN_FILTER, 15, text, m);
	if (m->result != MATCH_OK)
		return false;
	f->kind = m->arg[0].tok->text;
	if (m->nargs > 2 && strcmp(m->arg[1].tok->text, "exclude") == 0)
		f->kind = kinds[FILTER_SECTION_EXCLUDE].kind;
	f->pattern = m->arg[m->nargs - 1].word;
	if (compile(&re, f->pattern)) {
		regfree(&re);
		return true;
	}
	text_add(error, "% Invalid regular expression\n");
	return false;
}

int filter_run(struct cli *cli, struct cmd *c, unsigned priv, const struct filter_spec *spec)
{
	struct filtered f = { .cmd = c, .result = CMD_ERROR };
	struct filtered *outer = cli->filtered;
	char command[160];
	const char *name = "";

	if (spec->pattern) {
		for (unsigned i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
			if (strcmp(kinds[i].kind, spec->kind) != 0)
				continue;
			f.kind = (enum filter_kind)i;
			name = kinds[i].name;
		}
		if (!compile(&f.re, spec->pattern))
			return cmd_error(c, "Invalid regular expression");
	}
	snprintf(command, sizeof(command), "%s%s%s", first_word(c->row), spec->pattern ? " | " : "", name);
	cli->filtered = &f;
	cli_set_privilege(cli->lib, (int)priv);
	cli_set_configmode(cli->lib, (int)c->mode, NULL);
	cli_run_command(cli->lib, command);
	cli->filtered = outer;
	if (spec->pattern)
		regfree(&f.re);
	text_addn(&f.out, text_str(c->out), c->out->n);
	text_free(c->out);
	*c->out = f.out;
	return f.result;
}
