/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Writes docs/cli-reference.md from the rows; a rule that a row breaks is told on standard error, exit status 1.
 */
#include <stdio.h>
#include <stdlib.h>
#include "cli/grammar.h"

static unsigned wrong;

static void complain(const char *what, const char *syntax)
{
	fprintf(stderr, "%s: %s\n", what, syntax);
	wrong++;
}

static void put_syntax(struct text *out, const struct tok *t, unsigned from, unsigned to)
{
	char label[40];

	for (unsigned pc = from; pc < to; pc++) {
		unsigned end = pc;

		if (t[pc].kind == T_NOEND)
			continue;
		if (out->n && out->s[out->n - 1] != '[' && out->s[out->n - 1] != '{' && out->s[out->n - 1] != ' ')
			text_add(out, " ");
		if (tok_takes_word(&t[pc])) {
			text_add(out, t[pc].kind == T_KW ? t[pc].text : tok_label(&t[pc], label));
			continue;
		}
		end = tok_close(t, pc);
		text_add(out, t[pc].kind == T_OPT || t[pc].kind == T_SET ? "[" : t[pc].kind == T_ALT ? "{" : "");
		for (unsigned at = pc + 1; at < end;) {
			unsigned next = tok_next(t, at);

			put_syntax(out, t, at, next);
			if (next < end)
				text_add(out, " | ");
			at = next + 1;
		}
		text_add(out, t[pc].kind == T_OPT ? "]" : t[pc].kind == T_SET ? "]..." : t[pc].kind == T_ALT ? "}" : " ...");
		pc = end;
	}
}

static unsigned length(const struct row *r)
{
	unsigned n = 0;

	while (r->tok[n].kind != T_EOL)
		n++;
	return n;
}

/* The help of the last keyword before the first argument or choice says what the command is about. */
static const char *about(const struct row *r)
{
	const char *help = "";

	for (const struct tok *t = r->tok; t->kind == T_KW || t->kind == T_NOEND; t++)
		if (t->help)
			help = t->help;
	return help;
}

static void lint(const struct row *r, const char *syntax)
{
	unsigned n = length(r);

	if (n >= 128)
		complain("row of more than 127 tokens", syntax);
	for (unsigned i = 0; i < n; i++) {
		const struct tok *t = &r->tok[i];

		if (!tok_takes_word(t))
			continue;
		if ((!t->help || !t->help[0]) && strcmp(syntax, "exit") != 0)
			complain("token without help", syntax);
		else if (t->help && t->help[strlen(t->help) - 1] == '.' && !strstr(t->help, "keys") && !strstr(t->help, "Standard."))
			complain("help ends in a period", syntax);
		if (t->bind == BIND_U32 && t->size != sizeof(uint32_t) && t->size != 1)
			complain("field of the wrong size", syntax);
		if (t->kind == T_UINT && t->lo > t->hi)
			complain("empty range", syntax);
	}
}

/* Every 'show', and whatever else may be filtered, has a structured form, which is described. */
static void lint_json(const struct row *r, const char *syntax)
{
	bool shows = strncmp(syntax, "show ", 5) == 0 || r->flags & R_FILTER;

	if (shows && (!r->json || !r->schema))
		complain("no structured form", syntax);
	if (!r->json != !r->schema)
		complain("structured form without a schema, or the other way round", syntax);
}

/* No two rows of a mode are one command. */
static void lint_twice(const struct row *r, const char *syntax, struct text *seen)
{
	struct text key = TEXT_EMPTY;

	text_printf(&key, "\n%s%s\n", r->flags & R_ONLY_NO ? "no " : "", syntax);
	if (strstr(text_str(seen), text_str(&key)))
		complain("two rows of one mode", syntax);
	text_add(seen, text_str(&key));
	text_free(&key);
}

static void print_row(const struct row *r, enum mode_id mode, struct text *seen)
{
	struct text syntax = TEXT_EMPTY;
	char label[40];

	put_syntax(&syntax, r->tok, 0, length(r));
	lint(r, text_str(&syntax));
	lint_json(r, text_str(&syntax));
	if (!(r->flags & R_HIDDEN))
		lint_twice(r, text_str(&syntax), seen);
	if (r->flags & R_ONLY_NO)
		printf("- `no %s`", text_str(&syntax));
	else
		printf("- `%s`%s", text_str(&syntax), r->flags & R_NO ? " (also `no`, `default`)" : "");
	if (mode == IN_EXEC && row_priv(r, mode) != 1)
		printf(" (privilege %u)", row_priv(r, mode));
	if (r->schema)
		printf(" ([json](json/%s.schema.json))", r->schema);
	printf("  \n  %s\n", r->flags & R_IGNORED ? "Taken without effect" : about(r));
	for (unsigned i = 0; i < length(r); i++) {
		const struct tok *t = &r->tok[i];

		if (tok_takes_word(t) && t->kind != T_KW && !(r->flags & R_IGNORED))
			printf("  - `%s`: %s\n", tok_label(t, label), t->help);
	}
	text_free(&syntax);
}

static void print_mode(const struct grammar *g, enum mode_id id)
{
	const struct mode *m = mode_by_id(id);
	unsigned n;
	const struct row *const *rows = grammar_rows(g, id, &n);
	struct text seen = TEXT_EMPTY;

	printf("\n## %s\n\n", m->name);
	if (m->prompt[0])
		printf("Prompt: `%s#`%s%s%s\n\n", m->prompt, m->prompt_gkm ? ", after `crypto gkm` `" : "", m->prompt_gkm ? m->prompt_gkm : "",
			m->prompt_gkm ? "#`" : "");
	for (int ignored = 0; ignored < 2; ignored++)
		for (unsigned i = 0; i < n; i++)
			if (!!(rows[i]->flags & R_IGNORED) == ignored && (id == IN_EXEC || id == IN_CONFIG || !(rows[i]->flags & R_NAVIGATES)))
				print_row(rows[i], id, &seen);
	text_free(&seen);
}

int main(void)
{
	struct grammar *g = grammar_new();

	printf("# Command reference\n\n"
		"Made from the rows of `cli/` (`tests/unit/cli_reference`); do not edit. `[ ]` may be left out, `{ | }` is a choice,\n"
		"`...` may be repeated. Every configuration mode also has `exit`, `end`, `no`, `default` and `do COMMAND`.\n"
		"What `| json` prints behind a command is described by the schema that its line names.\n");
	for (enum mode_id m = IN_EXEC; m < IN_COMMON; m++)
		print_mode(g, m);
	print_mode(g, IN_FILTER);
	grammar_free(g);
	if (wrong)
		fprintf(stderr, "cli_reference: %u rules broken\n", wrong);
	return wrong != 0;
}
