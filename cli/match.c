/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The matcher: all rows of a mode at once, word by word. A place is a row and the token it would read next; a step keeps
 * the places whose token takes the word best (exact keyword, cut keyword, number or address, word, line). What empties
 * the set is where the caret goes. Cost: rows of the mode times words, whatever the words are.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include "cli/grammar.h"
#include "cli/matcher.h"
#include "cli/shell.h"
#include "lib/mem.h"
#include "lib/why.h"

#define ANY_PRIV 255	/* every row, whatever its level */

enum rank { RANK_NONE, RANK_LINE, RANK_WORD, RANK_VALUE, RANK_PREFIX, RANK_EXACT };

bool words_split(const char *line, struct words *w)
{
	size_t i = 0;

	w->line = line;
	w->n = 0;
	for (;;) {
		while (line[i] == ' ' || line[i] == '\t')
			i++;
		if (!line[i] || w->n == CMD_WORDS)
			break;
		w->w[w->n].off = (uint32_t)i;
		while (line[i] && line[i] != ' ' && line[i] != '\t')
			i++;
		w->w[w->n].len = (uint32_t)i - w->w[w->n].off;
		w->n++;
	}
	w->len = strlen(line);
	w->rest = (uint32_t)i;
	return !line[i];
}

/* "show run| include x": in a show command the first '|' parts words without a blank before it. */
static void split_pipe(enum mode_id mode, struct words *w)
{
	unsigned i = 0;
	const char *word, *bar = NULL;
	uint32_t at;

	if (mode != IN_EXEC || !w->n || w->n == CMD_WORDS || w->w[0].len < 2 ||
	    strncasecmp(w->line + w->w[0].off, "show", w->w[0].len < 4 ? w->w[0].len : 4) != 0)
		return;
	for (; i < w->n && !bar; i++) {
		word = w->line + w->w[i].off;
		bar = memchr(word, '|', w->w[i].len);
	}
	if (!bar || bar == w->line + w->w[--i].off)
		return;
	at = (uint32_t)(bar - w->line);
	memmove(&w->w[i + 1], &w->w[i], (w->n - i) * sizeof(w->w[0]));
	w->n++;
	w->w[i + 1].len -= at - w->w[i].off;
	w->w[i + 1].off = at;
	w->w[i].len = at - w->w[i].off;
}

static void place_add(struct matcher *m, const struct row *row, unsigned pc, int node)
{
	if (m->nplace == m->cap_place) {
		m->cap_place = m->cap_place ? 2 * m->cap_place : 256;
		m->place = mem_realloc(m->place, m->cap_place * sizeof(*m->place));
	}
	m->place[m->nplace++] = (struct place){ .row = row, .pc = (uint16_t)pc, .node = node };
}

static int node_add(struct matcher *m, int prev, const struct tok *tok, unsigned word, uint32_t value)
{
	if (m->nnode == m->cap_node) {
		m->cap_node = m->cap_node ? 2 * m->cap_node : 256;
		m->node = mem_realloc(m->node, m->cap_node * sizeof(*m->node));
	}
	m->node[m->nnode] = (struct node){ .prev = prev, .tok = tok, .word = word, .value = value };
	return (int)m->nnode++;
}

/* How many words of this path were taken by tokens lo <= pc < hi of the row. */
static unsigned taken(const struct matcher *m, int node, const struct row *row, unsigned lo, unsigned hi)
{
	unsigned n = 0;

	for (; node >= 0; node = m->node[node].prev) {
		const struct tok *t = m->node[node].tok;

		n += t >= row->tok + lo && t < row->tok + hi;
	}
	return n;
}

struct closing {
	struct matcher *m;
	const struct row *row;
	int node;
	uint64_t seen[2];	/* token positions visited: rows are shorter than 128 tokens (linted) */
};

static void close_over(struct closing *c, unsigned pc);

/* Leaving a branch or a group whose opener stands at 'open' and whose T_END at 'end'. */
static void close_leave(struct closing *c, unsigned open, unsigned end)
{
	const struct tok *t = c->row->tok;

	if (t[open].kind == T_SET) {
		close_over(c, open);
		return;
	}
	if (t[open].kind == T_REP && taken(c->m, c->node, c->row, open + 1, open + 2) < t[open].hi)
		close_over(c, open + 1);
	close_over(c, end + 1);
}

static void close_branches(struct closing *c, unsigned open, bool once)
{
	const struct tok *t = c->row->tok;
	unsigned from = open + 1;

	for (;;) {
		unsigned to = tok_next(t, from);

		if (!once || !taken(c->m, c->node, c->row, from, to))
			close_over(c, from);
		if (t[to].kind != T_OR)
			break;
		from = to + 1;
	}
}

/* Adds every place that can be reached from token pc without a word. */
static void close_over(struct closing *c, unsigned pc)
{
	const struct tok *t = c->row->tok;

	if (pc >= 128 || c->seen[pc / 64] >> pc % 64 & 1)
		return;
	c->seen[pc / 64] |= UINT64_C(1) << pc % 64;
	switch ((enum tok_kind)t[pc].kind) {
	case T_EOL:
	case T_KW:
	case T_UINT:
	case T_IP4:
	case T_WORD:
	case T_LINE:
	case T_ACE:
		place_add(c->m, c->row, pc, c->node);
		break;
	case T_NOEND:
		if (c->m->no) {
			unsigned eol = pc;

			while (t[eol].kind != T_EOL)
				eol++;
			close_over(c, eol);
		}
		close_over(c, pc + 1);
		break;
	case T_OPT:
		close_over(c, pc + 1);
		close_over(c, tok_close(t, pc) + 1);
		break;
	case T_ALT:
		close_branches(c, pc, false);
		break;
	case T_REP:
		close_over(c, pc + 1);
		break;
	case T_SET:
		close_branches(c, pc, true);
		close_over(c, tok_close(t, pc) + 1);
		break;
	case T_OR:
	case T_END:
		close_leave(c, tok_open(t, pc), tok_close(t, tok_open(t, pc)));
		break;
	}
}

static void enter(struct matcher *m, const struct row *row, unsigned pc, int node)
{
	struct closing c = { .m = m, .row = row, .node = node };

	close_over(&c, pc);
}

/* Octets in which the word and the keyword agree. */
static unsigned common(const char *word, unsigned len, const char *kw)
{
	unsigned n = 0;

	while (n < len && kw[n] && tolower((unsigned char)word[n]) == tolower((unsigned char)kw[n]))
		n++;
	return n;
}

static enum rank kw_rank(const char *word, unsigned len, const char *kw, bool exact, unsigned *agree)
{
	unsigned n = common(word, len, kw);

	if (n > *agree)
		*agree = n;
	if (n < len || !len)
		return RANK_NONE;
	if (!kw[n])
		return RANK_EXACT;
	return exact ? RANK_NONE : RANK_PREFIX;
}

static bool number(const char *word, unsigned len, uint32_t *out)
{
	uint64_t v = 0;

	if (!len || len > 10)
		return false;
	for (unsigned i = 0; i < len; i++) {
		if (word[i] < '0' || word[i] > '9')
			return false;
		v = v * 10 + (unsigned)(word[i] - '0');
	}
	*out = (uint32_t)v;
	return v <= UINT32_MAX;
}

static bool address(const char *word, unsigned len, uint32_t *out)
{
	char buf[IP4_TEXT];
	struct ip4 ip;

	if (len >= sizeof(buf))
		return false;
	memcpy(buf, word, len);
	buf[len] = '\0';
	if (!ip4_parse(buf, &ip))
		return false;
	*out = ip.a;
	return true;
}

/* How well the token takes the word; agree is raised to how far a keyword went along. */
static enum rank tok_rank(const struct row *row, const struct tok *t, const char *word, unsigned len, uint32_t *value,
	unsigned *agree)
{
	enum rank a, b;

	switch ((enum tok_kind)t->kind) {
	case T_KW:
		return kw_rank(word, len, t->text, t->exact || row->flags & R_IGNORED, agree);
	case T_UINT:
		return number(word, len, value) && *value >= t->lo && *value <= t->hi ? RANK_VALUE : RANK_NONE;
	case T_IP4:
		return address(word, len, value) ? RANK_VALUE : RANK_NONE;
	case T_WORD:
		return len >= (t->lo ? t->lo : 1) && len <= (t->hi ? t->hi : 80) ? RANK_WORD : RANK_NONE;
	case T_LINE:
		return RANK_LINE;
	case T_ACE:
		a = kw_rank(word, len, "permit", false, agree);
		b = kw_rank(word, len, "deny", false, agree);
		return a > b ? a : b;
	default:
		return RANK_NONE;
	}
}

/* The text that tells keywords apart; NULL for arguments. */
static const char *kw_text(const struct tok *t)
{
	return t->kind == T_KW ? t->text : NULL;
}

struct step {
	enum rank best;
	unsigned agree;
	bool ambiguous;
};

/* Two different keywords left that both begin with the word. */
static bool ambiguous(const struct matcher *m, const int *rank, unsigned n, int best)
{
	const char *first = NULL;

	if (best != RANK_PREFIX)
		return false;
	for (unsigned i = 0; i < n; i++) {
		const char *kw;

		if (rank[i] != best)
			continue;
		kw = kw_text(&m->place[i].row->tok[m->place[i].pc]);
		if (!kw)
			continue;
		if (!first)
			first = kw;
		else if (strcasecmp(first, kw) != 0)
			return true;
	}
	return false;
}

/* Reads word i: m->place becomes the places after it. */
static struct step take_word(struct matcher *m, const struct words *w, unsigned i)
{
	const char *word = w->line + w->w[i].off;
	unsigned n = m->nplace, len = w->w[i].len;
	struct step s = { RANK_NONE, 0, false };
	struct place *was;

	if (m->cap_rank < n) {
		m->cap_rank = n;
		m->rank = mem_realloc(m->rank, n * sizeof(*m->rank));
		m->value = mem_realloc(m->value, n * sizeof(*m->value));
		m->was = mem_realloc(m->was, n * sizeof(*m->was));
	}
	for (unsigned k = 0; k < n; k++) {
		const struct place *p = &m->place[k];
		enum rank r;

		m->value[k] = 0;
		r = tok_rank(p->row, &p->row->tok[p->pc], word, len, &m->value[k], &s.agree);

		m->rank[k] = r;
		if (r > s.best)
			s.best = r;
	}
	if (s.best == RANK_NONE)
		return s;
	s.ambiguous = ambiguous(m, m->rank, n, s.best);
	was = m->was;
	memcpy(was, m->place, n * sizeof(*was));
	m->nplace = 0;
	for (unsigned k = 0; k < n; k++) {
		const struct tok *t = &was[k].row->tok[was[k].pc];

		if (m->rank[k] != (int)s.best)
			continue;
		enter(m, was[k].row, was[k].pc + 1u, node_add(m, was[k].node, t, i, m->value[k]));
	}
	return s;
}

static void start(struct matcher *m, struct grammar *g, enum mode_id mode, unsigned priv, bool no)
{
	unsigned n;
	const struct row *const *rows = grammar_rows(g, mode, &n);

	m->nplace = m->nnode = 0;
	m->no = no;
	for (unsigned i = 0; i < n; i++) {
		if (priv != ANY_PRIV && grammar_least(g, mode, i) > priv)
			continue;
		if (no ? !(rows[i]->flags & (R_NO | R_ONLY_NO)) : rows[i]->flags & R_ONLY_NO)
			continue;
		enter(m, rows[i], 0, -1);
	}
}

static const struct row *accepted(const struct matcher *m, int *node)
{
	for (unsigned i = 0; i < m->nplace; i++) {
		if (m->place[i].row->tok[m->place[i].pc].kind != T_EOL)
			continue;
		*node = m->place[i].node;
		return m->place[i].row;
	}
	return NULL;
}

static bool filters_here(const struct matcher *m)
{
	for (unsigned i = 0; i < m->nplace; i++)
		if (m->place[i].row->tok[m->place[i].pc].kind == T_EOL && row_filters(m->place[i].row))
			return true;
	return false;
}

/* The kind of token that took the last word, T_EOL before the first. */
static enum tok_kind last_kind(const struct matcher *m)
{
	return m->nnode ? (enum tok_kind)m->node[m->nnode - 1].tok->kind : T_EOL;
}

static bool took(const struct matcher *m, const char *kw)
{
	return m->nplace && m->nnode && last_kind(m) == T_KW && strcmp(m->node[m->nnode - 1].tok->text, kw) == 0 &&
	       m->node[m->nnode - 1].prev < 0;
}

/* The '|' of the first output modifier behind a LINE that begins at word i; the number of words when there is none. */
static unsigned modifier_word(const struct words *w, unsigned i)
{
	const char *bar = filter_next(w->line + w->w[i].off);

	while (bar && i < w->n && w->line + w->w[i].off != bar)
		i++;
	return bar ? i : w->n;
}

/*
 * Reads words until one does not fit, the line is done, or a LINE or ACE took the rest. Returns how many were read;
 * *s is the last step's. 'no' and 'default' at the beginning start again with the rows that take them.
 */
static unsigned run(struct matcher *m, struct grammar *g, enum mode_id mode, unsigned priv, const struct words *w,
	struct step *s)
{
	unsigned i;

	start(m, g, mode, priv, false);
	m->dflt = false;
	for (i = 0; i < w->n; i++) {
		if (w->line[w->w[i].off] == '|' && filters_here(m))
			break;
		*s = take_word(m, w, i);
		if (s->best == RANK_NONE || s->ambiguous)
			return i;
		if (i == 0 && mode != IN_FILTER && (took(m, "no") || took(m, "default"))) {
			m->dflt = took(m, "default");
			start(m, g, mode, priv, true);
		} else if (last_kind(m) == T_LINE || last_kind(m) == T_ACE) {
			return filters_here(m) ? modifier_word(w, i) : w->n;
		}
	}
	return i;
}

void matcher_free(struct matcher *m)
{
	free(m->place);
	free(m->was);
	free(m->node);
	free(m->rank);
	free(m->value);
}

/* Splits a copy of the text at 'off' into words for acl_parse; NULL-terminated array, to be freed with its text. */
static unsigned ace_words(const char *text, char **copy, char *word[CMD_WORDS], unsigned *off)
{
	struct words w;
	char *s = mem_strdup(text);

	words_split(s, &w);
	for (unsigned i = 0; i < w.n; i++) {
		s[w.w[i].off + w.w[i].len] = '\0';
		word[i] = s + w.w[i].off;
		off[i] = w.w[i].off;
	}
	*copy = s;
	return w.n;
}

static enum match_result ace_match(const struct words *w, const struct node *n, struct match *out)
{
	unsigned off[CMD_WORDS], bad = 0, count;
	char *word[CMD_WORDS], *copy;
	struct why why;
	bool ok;

	count = ace_words(w->line + w->w[n->word].off, &copy, word, off);
	ok = acl_parse(word, count, n->tok->lo == 1, &out->ace, &bad, &why);
	free(copy);
	out->has_ace = ok;
	if (ok)
		return MATCH_OK;
	if (bad >= count)
		return MATCH_INCOMPLETE;
	out->column = w->w[n->word].off + off[bad];
	return MATCH_INVALID;
}

/* The path's words as arguments, in the order of the line. */
static void fill_args(const struct matcher *m, int node, const struct words *w, struct match *out)
{
	unsigned n = 0;
	char *at;

	for (int i = node; i >= 0; i = m->node[i].prev)
		n++;
	out->nargs = n;
	at = out->store = mem_zalloc(w->len + CMD_WORDS + 1);
	for (int i = node; i >= 0; i = m->node[i].prev) {
		const struct node *nd = &m->node[i];
		size_t off = w->w[nd->word].off, len = w->w[nd->word].len;

		if (nd->tok->kind == T_LINE || nd->tok->kind == T_ACE) {
			len = (out->filter ? out->filter - 1 : w->len) - off;
			while (len && out->mode != IN_FILTER && (w->line[off + len - 1] == ' ' || w->line[off + len - 1] == '\t'))
				len--;
		}
		n--;
		memcpy(at, w->line + off, len);
		out->arg[n] = (struct cmd_arg){ .tok = nd->tok, .word = at, .value = nd->value, .column = (unsigned)off };
		at += len + 1;
	}
}

/* The words of the path, keywords spelled out. */
static void spell(const struct matcher *m, int node, const struct words *w, struct text *out)
{
	const struct node *path[CMD_WORDS];
	unsigned n = 0;

	for (int i = node; i >= 0 && n < CMD_WORDS; i = m->node[i].prev)
		path[n++] = &m->node[i];
	while (n--) {
		const struct tok *t = path[n]->tok;
		unsigned word = path[n]->word;

		if (out->n)
			text_add(out, " ");
		if (t->kind == T_KW)
			text_add(out, t->text);
		else
			text_addn(out, w->line + w->w[word].off, w->w[word].len);
	}
}

/* Whether the rules let this privilege have this very command. */
static bool allowed(const struct grammar *g, const struct matcher *m, int node, const struct words *w, const struct row *row,
	unsigned priv)
{
	struct text words = TEXT_EMPTY;
	unsigned level;

	spell(m, node, w, &words);
	level = grammar_level(g, text_str(&words), row_priv(row, IN_EXEC));
	text_free(&words);
	return level <= priv;
}

bool match_canonical(struct grammar *g, const char *line, struct text *out)
{
	struct matcher *m = grammar_matcher(g);
	struct step s = { RANK_NONE, 0, false };
	struct words w;
	bool whole = words_split(line, &w);

	if (!whole || !w.n || run(m, g, IN_EXEC, ANY_PRIV, &w, &s) < w.n || s.ambiguous || !m->nplace || m->no)
		return false;
	for (int i = m->place[0].node; i >= 0; i = m->node[i].prev)
		if (m->node[i].tok->kind != T_KW)
			return false;
	spell(m, m->place[0].node, &w, out);
	return true;
}

void match_rows(struct grammar *g, const char *line, void (*fn)(void *arg, const struct row *row), void *arg)
{
	struct matcher *m = grammar_matcher(g);
	struct step s = { RANK_NONE, 0, false };
	struct words w;

	words_split(line, &w);
	if (run(m, g, IN_EXEC, ANY_PRIV, &w, &s) < w.n)
		return;
	for (unsigned i = 0; i < m->nplace; i++)
		fn(arg, m->place[i].row);
}

void match_line(struct grammar *g, enum mode_id mode, unsigned priv, const char *line, struct match *out)
{
	struct matcher *m = grammar_matcher(g);
	struct step s = { RANK_NONE, 0, false };
	struct words w;
	unsigned read;
	bool whole;
	int node = -1;

	memset(out, 0, offsetof(struct match, arg));
	out->nargs = 0;
	out->column = 0;
	out->filter = 0;
	out->has_ace = false;
	out->store = NULL;
	out->mode = mode;
	whole = words_split(line, &w);
	split_pipe(mode, &w);
	read = run(m, g, mode, priv, &w, &s);
	out->no = m->no;
	out->dflt = m->dflt;
	if (s.ambiguous) {
		out->result = MATCH_AMBIGUOUS;
		return;
	}
	if (read < w.n && line[w.w[read].off] == '|' && filters_here(m)) {
		out->filter = w.w[read].off + 1;
	} else if (read < w.n || (!whole && last_kind(m) != T_LINE)) {
		out->result = MATCH_INVALID;
		out->column = read < w.n ? w.w[read].off + s.agree : w.rest;
		return;
	}
	out->row = accepted(m, &node);
	if (!out->row) {
		out->result = MATCH_INCOMPLETE;
		return;
	}
	out->result = MATCH_OK;
	if (mode == IN_EXEC && grammar_ruled(g) && !allowed(g, m, node, &w, out->row, priv)) {
		out->result = MATCH_INVALID;
		out->column = w.w[0].off;
		return;
	}
	if (node >= 0 && m->node[node].tok->kind == T_ACE)
		out->result = ace_match(&w, &m->node[node], out);
	if (out->result == MATCH_OK)
		fill_args(m, node, &w, out);
}

void match_free(struct match *m)
{
	free(m->store);
	m->store = NULL;
}

struct ace_put {
	struct expect *e;
};

static void ace_put(void *arg, const char *word, const char *help)
{
	struct expect *e = ((struct ace_put *)arg)->e;

	if (strcmp(word, "<cr>") == 0)
		e->accept = true;
	else
		e->put(e->arg, word, help, word[0] != '<' && !(word[0] >= 'A' && word[0] <= 'Z'));
}

static enum match_result expect_ace(const struct words *w, const struct node *n, struct expect *e)
{
	unsigned off[CMD_WORDS], count;
	char *word[CMD_WORDS], *copy;
	struct ace_put p = { e };

	count = ace_words(w->line + w->w[n->word].off, &copy, word, off);
	acl_expect(word, count, n->tok->lo == 1, ace_put, &p);
	free(copy);
	return MATCH_OK;
}

enum match_result match_expect(struct grammar *g, enum mode_id mode, unsigned priv, const char *line, struct expect *e)
{
	struct matcher *m = grammar_matcher(g);
	struct step s = { RANK_NONE, 0, false };
	struct words w;
	unsigned read;
	bool whole = words_split(line, &w);

	e->accept = e->filter = false;
	read = run(m, g, mode, priv, &w, &s);
	if (s.ambiguous)
		return MATCH_AMBIGUOUS;
	if (read < w.n || !whole)
		return MATCH_INVALID;
	if (w.n && last_kind(m) == T_ACE)
		return expect_ace(&w, &m->node[m->nnode - 1], e);
	for (unsigned i = 0; i < m->nplace; i++) {
		const struct row *row = m->place[i].row;
		const struct tok *t = &row->tok[m->place[i].pc];
		char label[40];

		if (row->flags & (R_HIDDEN | R_IGNORED))
			continue;
		if (t->kind == T_EOL) {
			e->accept = true;
			e->filter = e->filter || row_filters(row);
		} else if (t->kind == T_ACE) {
			e->put(e->arg, "deny", "Specify packets to reject", true);
			e->put(e->arg, "permit", "Specify packets to forward", true);
		} else if (t->help || t->kind == T_KW) {
			/* 'exit' is told by its mode where it leads */
			e->put(e->arg, tok_label(t, label), t->help ? t->help : mode_by_id(mode)->exit_help, t->kind == T_KW);
		}
	}
	return MATCH_OK;
}
