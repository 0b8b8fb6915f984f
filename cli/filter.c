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
#include <strings.h>
#include "cli/files.h"
#include "cli/shell.h"
#include "lib/ios_regex.h"
#include "lib/mem.h"
#include "lib/why.h"

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

struct stage {
	struct filtered *of;
	regex_t re;
	enum filter_kind kind;
	bool begun;		/* begin: a line matched */
	bool inside;		/* section: within one */
	size_t indent;		/* of the line that opened it */
	unsigned long count;
};

struct filtered {		/* the command libcli is dispatching */
	struct cmd *cmd;
	int result;
	struct text out;	/* what came through the pipeline */
	struct stage stage[FILTERS];
	unsigned nstage, started;
};

static size_t indent_of(const char *s)
{
	return strspn(s, " ");
}

/* A section: a line that matches and what is indented deeper behind it. */
static bool in_section(struct stage *f, const char *line)
{
	size_t n = indent_of(line);

	if (f->inside && n > f->indent)
		return true;
	f->inside = regexec(&f->re, line, 0, NULL, 0) == 0;
	f->indent = n;
	return f->inside;
}

static bool passes(struct stage *f, const char *line)
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
	struct stage *f = data;

	if (line)
		return passes(f, line) ? CLI_OK : CLI_ERROR;
	if (f->kind == FILTER_COUNT)
		text_printf(&f->of->out, "Number of lines which match regexp = %lu\n", f->count);
	return CLI_OK;
}

static int filter_start(struct cli_def *lib, int n, char **words, struct cli_filter *filter)
{
	struct cli *c = cli_get_context(lib);

	/* libcli makes them in the order of the line, which is that of the chain. */
	if (!c->filtered || c->filtered->started >= c->filtered->nstage)
		return CLI_ERROR;
	filter->filter = filter_line;
	filter->data = &c->filtered->stage[c->filtered->started++];
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
	/* Without filters the text is not taken apart, nor before a question is answered. */
	if (lib->filters)
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

/* ---- the text behind '|' ---- */

/*
 * All that stands behind "| include " is a regular expression, '|' included, as on IOS; but a lone '|' before the name of
 * a modifier (three letters of it at least) begins the next one.
 */
const char *filter_next(const char *text)
{
	static const char *const names[] = { "append", "begin", "count", "exclude", "include", "json", "redirect",
		"section", "tee" };
	const char *p = text;

	while (*p && (p = strchr(p + 1, '|')) != NULL) {	/* nothing may stand behind a '|' that is typed last */
		const char *word = p + 1 + strspn(p + 1, " ");
		size_t n = strcspn(word, " ");

		if (p[-1] != ' ' || p[1] != ' ' || n < 3)
			continue;
		for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++)
			if (strncasecmp(names[i], word, n) == 0)
				return p;
	}
	return NULL;
}

const char *filter_last(const char *text)
{
	const char *next, *bar;

	while ((next = filter_next(text)) != NULL)
		text = next + 1;
	/* One that is only begun. */
	bar = strrchr(text, '|');
	if (bar && bar > text && bar[-1] == ' ' && bar[1] == ' ' && !strchr(bar + 2, ' '))
		text = bar + 1;
	return text;
}

void filter_free(struct filter_chain *f)
{
	for (unsigned i = 0; i < f->n; i++)
		free(f->f[i].pattern);
	free(f->url);
	memset(f, 0, sizeof(*f));
}

static bool file_kind(const char *kind)
{
	return strcmp(kind, "redirect") == 0 || strcmp(kind, "append") == 0 || strcmp(kind, "tee") == 0;
}

static bool to_file(const char *kind, const struct match *m, struct filter_chain *f)
{
	bool add = m->nargs > 2;

	if (strcmp(kind, "redirect") == 0)
		f->to = TO_FILE;
	else if (strcmp(kind, "append") == 0)
		f->to = TO_FILE_APPEND;
	else if (strcmp(kind, "tee") == 0)
		f->to = add ? TO_BOTH_APPEND : TO_BOTH;
	else
		return false;
	f->url = mem_strdup(m->arg[m->nargs - 1].word);
	return true;
}

/* One matched modifier into the chain; false with a reason. */
static bool chain_add(struct filter_chain *f, const struct match *m, struct text *error)
{
	const char *kind = m->arg[0].tok->text;
	struct why why;
	regex_t re;

	if (f->url || f->n == FILTERS || (f->n && strcmp(f->f[f->n - 1].kind, "count") == 0 && !file_kind(kind))) {
		text_add(error, "% No further output modifier can follow\n");
		return false;
	}
	if (strcmp(kind, "json") == 0) {
		if (!f->n && !f->json)
			return f->json = true;
		text_add(error, "% 'json' comes first\n");
		return false;
	}
	if (to_file(kind, m, f)) {
		if (file_name(f->url, true, &why))
			return true;
		text_printf(error, "%% %s\n", why.text);
		return false;
	}
	if (m->nargs > 2 && strcmp(m->arg[1].tok->text, "exclude") == 0)
		kind = kinds[FILTER_SECTION_EXCLUDE].kind;
	f->f[f->n++] = (struct filter_spec){ .kind = kind, .pattern = mem_strdup(m->nargs > 1 ? m->arg[m->nargs - 1].word : "") };
	if (ios_regex(&re, f->f[f->n - 1].pattern)) {
		regfree(&re);
		return true;
	}
	text_add(error, "% Invalid regular expression\n");
	return false;
}

bool filter_parse(struct cli *cli, unsigned priv, const char *text, struct filter_chain *f, struct text *error,
	enum match_result *result, unsigned *column)
{
	const char *at = text, *next;
	bool ok = true;

	memset(f, 0, sizeof(*f));
	for (; at && ok; at = next ? next + 1 : NULL) {
		size_t n;
		struct match m;
		char *one;

		next = filter_next(at);
		n = next ? (size_t)(next - 1 - at) : strlen(at);
		one = mem_zalloc(n + 1);
		memcpy(one, at, n);
		match_line(cli->grammar, IN_FILTER, priv, one, &m);
		*result = m.result;
		*column = m.column + (unsigned)(at - text);
		ok = m.result == MATCH_OK && chain_add(f, &m, error);
		match_free(&m);
		free(one);
	}
	return ok;
}

bool filter_section(const char *re, const char *text, struct text *out)
{
	struct stage f = { .kind = FILTER_SECTION };
	struct text line = TEXT_EMPTY;

	if (!ios_regex(&f.re, re))
		return false;
	while (*text) {
		size_t n = strcspn(text, "\n");

		text_clear(&line);
		text_addn(&line, text, n);
		if (passes(&f, text_str(&line)))
			text_printf(out, "%s\n", text_str(&line));
		text += n + (text[n] == '\n');
	}
	text_free(&line);
	regfree(&f.re);
	return true;
}

/* ---- running ---- */

static bool stages_open(struct filtered *f, const struct filter_chain *chain, struct text *command)
{
	for (unsigned i = 0; i < chain->n; i++) {
		struct stage *s = &f->stage[i];

		for (unsigned k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++)
			if (strcmp(kinds[k].kind, chain->f[i].kind) == 0)
				s->kind = (enum filter_kind)k;
		s->of = f;
		if (!ios_regex(&s->re, chain->f[i].pattern))
			return false;
		f->nstage++;
		text_printf(command, " | %s", kinds[s->kind].name);
	}
	return true;
}

/* redirect, append, tee: what came through goes to the file. */
static int deliver(struct cmd *c, const struct filter_chain *chain, int result)
{
	bool append = chain->to == TO_FILE_APPEND || chain->to == TO_BOTH_APPEND;
	struct why why;
	bool ok = file_put(c->deps->config, chain->url, bytes_of(text_str(c->out), c->out->n), append, &why);

	if (!ok || chain->to == TO_FILE || chain->to == TO_FILE_APPEND)
		text_clear(c->out);
	return ok ? result : cmd_error(c, "%s", why.text);
}

int filter_run(struct cli *cli, struct cmd *c, unsigned priv, const struct filter_chain *chain)
{
	struct filtered f = { .cmd = c, .result = CMD_ERROR };
	struct filtered *outer = cli->filtered;
	struct text command = TEXT_EMPTY;

	c->json = chain->json;
	c->may_wait = !chain->n && !chain->url && c->session;
	text_add(&command, first_word(c->row));
	if (!stages_open(&f, chain, &command)) {
		cmd_error(c, "Invalid regular expression");
	} else {
		cli->filtered = &f;
		/* With 'privilege exec level' a command's level is our matcher's business alone. */
		cli_set_privilege(cli->lib, grammar_ruled(cli->grammar) ? 15 : (int)priv);
		cli_set_configmode(cli->lib, (int)c->mode, NULL);
		cli_run_command(cli->lib, text_str(&command));
		cli->filtered = outer;
	}
	for (unsigned i = 0; i < f.nstage; i++)
		regfree(&f.stage[i].re);
	text_free(&command);
	if (chain->n) {
		text_addn(&f.out, text_str(c->out), c->out->n);
		text_free(c->out);
		*c->out = f.out;
	} else if (f.result != CMD_WAIT && c->out->n && c->out->s[c->out->n - 1] != '\n') {
		text_addn(c->out, "\n", 1);
	}
	if (chain->url && f.result == CMD_OK)
		f.result = deliver(c, chain, f.result);
	return f.result;
}
