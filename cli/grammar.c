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

void grammar_free(struct grammar *g)
{
	if (!g)
		return;
	for (unsigned i = 0; i < IN_MAX; i++)
		free(g->mode[i].row);
	matcher_free(&g->matcher);
	free(g);
}

const struct row *const *grammar_rows(const struct grammar *g, enum mode_id mode, unsigned *n)
{
	*n = g->mode[mode].n;
	return (const struct row *const *)g->mode[mode].row;
}

struct matcher *grammar_matcher(struct grammar *g)
{
	return &g->matcher;
}

unsigned row_priv(const struct row *r, enum mode_id mode)
{
	if (r->priv || r->flags & R_BARE)
		return r->priv;
	return mode == IN_EXEC || mode == IN_FILTER ? 1 : 15;
}

bool row_filters(const struct row *r)
{
	return r->flags & R_FILTER || (r->tok[0].kind == T_KW && strcmp(r->tok[0].text, "show") == 0);
}
