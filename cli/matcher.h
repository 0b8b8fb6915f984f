/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inside match.c and grammar.c: the matcher's working memory, kept from line to line. */
#pragma once
#include "cli/cmd.h"

struct place {			/* row->tok[pc] would read the next word (or is T_EOL: the command may end) */
	const struct row *row;
	uint16_t pc;
	int node;
};

struct node {			/* one word as a token took it */
	int prev;		/* the word before, -1 at the first */
	const struct tok *tok;
	unsigned word;
	uint32_t value;
};

struct matcher {
	struct place *place, *was;
	struct node *node;
	int *rank;		/* enum rank of each place for the word at hand */
	uint32_t *value;
	unsigned nplace, cap_place, nnode, cap_node, cap_rank;
	bool no, dflt;
};

struct words {
	const char *line;
	size_t len;
	unsigned n;
	uint32_t rest;		/* where splitting stopped */
	struct {
		uint32_t off, len;
	} w[CMD_WORDS];
};

/* False when there were more than CMD_WORDS. */
bool words_split(const char *line, struct words *w);
void matcher_free(struct matcher *m);
struct grammar;
struct matcher *grammar_matcher(struct grammar *g);
