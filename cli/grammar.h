/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inside cli/: rows gathered by mode, the matcher, help, and the setting of bound fields. */
#pragma once
#include "cli/cmd.h"
#include "config/acl.h"

struct grammar;

/* Rows of all tables by mode. */
struct grammar *grammar_new(void);
void grammar_free(struct grammar *g);
const struct row *const *grammar_rows(const struct grammar *g, enum mode_id mode, unsigned *n);
/* 'privilege exec level': a command that begins with these words, spelled out, has this level; the longest counts. */
struct grammar_rule {
	const char *words;
	unsigned level;
};
void grammar_privileges(struct grammar *g, const struct grammar_rule *rules, unsigned n);
/* The least privilege at which a command of the i-th row of the mode can be. */
unsigned grammar_least(const struct grammar *g, enum mode_id mode, unsigned i);
/* The level of the command with these words; otherwise when no rule is about it. */
unsigned grammar_level(const struct grammar *g, const char *words, unsigned otherwise);
bool grammar_ruled(const struct grammar *g);
/* The least privilege for the row in that mode, rules apart. */
unsigned row_priv(const struct row *r, enum mode_id mode);
bool row_filters(const struct row *r);

/* ---- match.c ---- */
enum match_result { MATCH_OK, MATCH_INVALID, MATCH_INCOMPLETE, MATCH_AMBIGUOUS };

struct match {
	enum match_result result;
	const struct row *row;
	enum mode_id mode;
	bool no, dflt;
	struct cmd_arg arg[CMD_WORDS];
	unsigned nargs;
	unsigned column;	/* INVALID: of the character at fault, from the line's start */
	size_t filter;		/* offset behind the '|' when there is one; else 0 */
	struct acl_ace ace;
	bool has_ace;
	char *store;		/* the arguments' texts */
};

/* Resolves the line in one mode (parents are the caller's business). m is to be given to match_free whatever came. */
void match_line(struct grammar *g, enum mode_id mode, unsigned priv, const char *line, struct match *m);
void match_free(struct match *m);
/* The keywords of the beginning of an EXEC command, spelled out; false: nothing begins so. */
bool match_canonical(struct grammar *g, const char *line, struct text *out);
/* Every row of EXEC that begins so. */
void match_rows(struct grammar *g, const char *line, void (*fn)(void *arg, const struct row *row), void *arg);

/* ---- help.c ---- */
/* '?' after this text; false: nothing matches here (the text then says % Unrecognized command or is ambiguous). */
bool help_text(struct grammar *g, enum mode_id mode, unsigned priv, const char *line, struct text *out);
/* Tab: the line completed into out (the same when there is nothing to add). */
void help_complete(struct grammar *g, enum mode_id mode, unsigned priv, const char *line, struct text *out);

/* What may come at the end of 'line' (a whole number of words): for each, put(arg, word, help, keyword). False: the words
 * so far do not match (*bad tells how). accept gets whether the command may end here, filter whether '|' may follow. */
struct expect {
	bool accept, filter;
	void (*put)(void *arg, const char *word, const char *help, bool keyword);
	void *arg;
};
enum match_result match_expect(struct grammar *g, enum mode_id mode, unsigned priv, const char *line, struct expect *e);

/* ---- bind.c ---- */
/* Sets (or resets) the bound fields of c->row in c->obj. */
void bind_apply(struct cmd *c);
/* "<1-10>", "WORD": what '?' shows for an argument; buf at least 32. */
const char *tok_label(const struct tok *t, char *buf);
/* Index of the T_END that closes the opener at pc; of the next T_OR or T_END at the level of pc; of pc's opener. */
unsigned tok_close(const struct tok *t, unsigned pc);
unsigned tok_next(const struct tok *t, unsigned pc);
unsigned tok_open(const struct tok *t, unsigned pc);
static inline bool tok_takes_word(const struct tok *t)
{
	return t->kind >= T_KW && t->kind <= T_ACE;
}
