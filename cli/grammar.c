/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>
#include "cli/grammar.h"
#include "cli/matcher.h"
#include "lib/mem.h"

struct rows {
	const struct row **row;
	unsigned n;
};

struct grammar {
	struct rows mode[IN_MAX];
	struct grammar_rule *rule;	/* own their words */
	unsigned nrule;
	uint8_t *least;			/* of the rows of EXEC, when there are rules */
	struct matcher matcher;
};

static void rows_add(struct rows *r, const struct row_table *t)
{
	r->row = mem_realloc(r->row, (r->n + t->n) * sizeof(*r->row));
	for (unsigned i = 0; i < t->n; i++)
		r->row[r->n++] = &t->rows[i];
}

struct grammar *grammar_new(void)
{
	struct grammar *g = mem_zalloc(sizeof(*g));

	for (unsigned i = 0; row_tables[i]; i++) {
		const struct row_table *t = row_tables[i];

		if (t->mode != IN_COMMON) {
			rows_add(&g->mode[t->mode], t);
			continue;
		}
		for (enum mode_id m = IN_CONFIG; m < IN_COMMON; m++)
			rows_add(&g->mode[m], t);
	}
	return g;
}

static void rules_free(struct grammar *g)
{
	for (unsigned i = 0; i < g->nrule; i++)
		free((char *)(uintptr_t)g->rule[i].words);
	free(g->rule);
	free(g->least);
	g->rule = NULL;
	g->least = NULL;
	g->nrule = 0;
}

void grammar_free(struct grammar *g)
{
	if (!g)
		return;
	for (unsigned i = 0; i < IN_MAX; i++)
		free(g->mode[i].row);
	rules_free(g);
	matcher_free(&g->matcher);
	free(g);
}

const struct row *const *grammar_rows(const struct grammar *g, enum mode_id mode, unsigned *n)
{
	*n = g->mode[mode].n;
	return (const struct row *const *)g->mode[mode].row;
}

/* ---- privilege exec level ---- */

/* Whether the rule's words are the row's first tokens, so that it speaks of all that the row can be. */
static bool covers(const struct grammar_rule *r, const struct row *row)
{
	unsigned n = 1;

	for (const char *p = r->words; *p; p++)
		n += *p == ' ';
	for (unsigned i = 0; i < n; i++)
		if (row->tok[i].kind != T_KW)
			return false;
	return true;
}

struct touching {
	struct grammar *g;
	const struct grammar_rule *rule;
	size_t *covered;	/* length of the longest covering rule of each row */
	bool cover;
};

static void touch(void *arg, const struct row *row)
{
	struct touching *t = arg;
	struct grammar *g = t->g;

	for (unsigned i = 0; i < g->mode[IN_EXEC].n; i++) {
		if (g->mode[IN_EXEC].row[i] != row || covers(t->rule, row) != t->cover)
			continue;
		if (t->cover && strlen(t->rule->words) >= t->covered[i]) {
			t->covered[i] = strlen(t->rule->words);
			g->least[i] = (uint8_t)t->rule->level;
		} else if (!t->cover && t->rule->level < g->least[i]) {
			g->least[i] = (uint8_t)t->rule->level;
		}
	}
}

void grammar_privileges(struct grammar *g, const struct grammar_rule *rules, unsigned n)
{
	unsigned rows = g->mode[IN_EXEC].n;
	struct touching t = { .g = g };

	rules_free(g);
	if (!n)
		return;
	t.covered = mem_zalloc(rows * sizeof(*t.covered));
	g->rule = mem_zalloc(n * sizeof(*g->rule));
	for (unsigned i = 0; i < n; i++)
		g->rule[i] = (struct grammar_rule){ mem_strdup(rules[i].words), rules[i].level };
	g->nrule = n;
	g->least = mem_zalloc(rows);
	for (unsigned i = 0; i < rows; i++)
		g->least[i] = (uint8_t)row_priv(g->mode[IN_EXEC].row[i], IN_EXEC);
	/* First what whole rows are, then what parts of rows may be besides. */
	for (unsigned pass = 0; pass < 2; pass++) {
		t.cover = !pass;
		for (unsigned i = 0; i < n; i++) {
			t.rule = &g->rule[i];
			match_rows(g, g->rule[i].words, touch, &t);
		}
	}
	free(t.covered);
}

unsigned grammar_least(const struct grammar *g, enum mode_id mode, unsigned i)
{
	return mode == IN_EXEC && g->least ? g->least[i] : row_priv(g->mode[mode].row[i], mode);
}

bool grammar_ruled(const struct grammar *g)
{
	return g->nrule > 0;
}

unsigned grammar_level(const struct grammar *g, const char *words, unsigned otherwise)
{
	size_t longest = 0;

	for (unsigned i = 0; i < g->nrule; i++) {
		size_t n = strlen(g->rule[i].words);

		if (n < longest || strncmp(words, g->rule[i].words, n) != 0 || (words[n] && words[n] != ' '))
			continue;
		longest = n;
		otherwise = g->rule[i].level;
	}
	return otherwise;
}

struct matcher *grammar_matcher(struct grammar *g)
{
	return &g->matcher;
}

unsigned row_priv(const struct row *r, enum mode_id mode)
{
	if (r->priv || r->flags & R_BARE)
		return r->priv;
	/* Who was let into configuration finds out again. */
	if (r->flags & R_NAVIGATES)
		return 0;
	return mode == IN_EXEC || mode == IN_FILTER ? 1 : 15;
}

bool row_filters(const struct row *r)
{
	return r->flags & R_FILTER || (r->tok[0].kind == T_KW && strcmp(r->tok[0].text, "show") == 0);
}
