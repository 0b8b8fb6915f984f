/* SPDX-License-Identifier: GPL-3.0-or-later */
/* show running-config from the rows: a row is printed when its fields differ from their defaults. */
#include <stdlib.h>
#include "cli/shell.h"
#include "lib/mem.h"

void nv_line(struct nv *nv, const char *fmt, ...)
{
	va_list ap;

	text_printf(nv->out, "%*s", (int)nv->indent, "");
	va_start(ap, fmt);
	text_vprintf(nv->out, fmt, ap);
	va_end(ap);
	text_add(nv->out, "\n");
}

static uint32_t number(const void *obj, const struct tok *t)
{
	uint32_t v = 0;
	bool b;

	if (t->size == sizeof(b)) {
		memcpy(&b, (const char *)obj + t->off, sizeof(b));
		return b;
	}
	memcpy(&v, (const char *)obj + t->off, sizeof(v));
	return v;
}

void nv_banner(struct nv *nv, const char *head, const char *text)
{
	if (*text)
		text_printf(nv->out, "%s ^C%s%s^C\n", head, strchr(text, '\n') ? "\n" : "", text);
}

static const char *string(const void *obj, const struct tok *t)
{
	return (const char *)obj + t->off;
}

/* Whether the token can stand for what the object holds. */
static bool tok_holds(const void *obj, const struct tok *t)
{
	uint32_t v;

	switch ((enum tok_bind)t->bind) {
	case BIND_NONE:
		return true;
	case BIND_VALUE:
		return number(obj, t) == t->hi;
	case BIND_TRUE:
		return number(obj, t) != 0;
	case BIND_U32:
		v = number(obj, t);
		return v >= t->lo && v <= t->hi;
	case BIND_SCALED:
		v = number(obj, t);
		return v % t->mul == 0 && v / t->mul >= t->lo && v / t->mul <= t->hi;
	case BIND_STR:
		return string(obj, t)[0] != '\0';
	case BIND_IP4:
		return number(obj, t) != 0;
	}
	return false;
}

/* Tokens from <= pc < to: groups inside may be left out or need one branch. */
static bool holds(const struct tok *t, unsigned from, unsigned to, const void *obj);

static unsigned branch(const struct tok *t, unsigned open, const void *obj, unsigned *end)
{
	unsigned from = open + 1;

	for (;;) {
		*end = tok_next(t, from);
		if (holds(t, from, *end, obj))
			return from;
		if (t[*end].kind != T_OR)
			return 0;
		from = *end + 1;
	}
}

static bool holds(const struct tok *t, unsigned from, unsigned to, const void *obj)
{
	unsigned end;

	for (unsigned pc = from; pc < to; pc++) {
		if (t[pc].kind == T_OPT || t[pc].kind == T_SET) {
			pc = tok_close(t, pc);
		} else if (t[pc].kind == T_ALT) {
			if (!branch(t, pc, obj, &end))
				return false;
			pc = tok_close(t, pc);
		} else if (tok_takes_word(&t[pc]) && !tok_holds(obj, &t[pc])) {
			return false;
		}
	}
	return true;
}

static bool differs(const struct tok *t, unsigned from, unsigned to, const void *obj, const void *defaults)
{
	for (unsigned pc = from; pc < to; pc++) {
		const struct tok *k = &t[pc];

		if (k->bind == BIND_STR && strcmp(string(obj, k), string(defaults, k)) != 0)
			return true;
		if (k->bind != BIND_NONE && k->bind != BIND_STR && number(obj, k) != number(defaults, k))
			return true;
	}
	return false;
}

static void put_tok(struct text *out, const struct tok *t, const void *obj)
{
	if (out->n)
		text_add(out, " ");
	switch ((enum tok_kind)t->kind) {
	case T_KW:
		text_add(out, t->text);
		break;
	case T_IP4:
		text_add(out, ip4_s((struct ip4){ number(obj, t) }));
		break;
	case T_UINT:
		if (t->bind == BIND_STR)
			text_add(out, string(obj, t));
		else
			text_printf(out, "%u", number(obj, t) / (t->bind == BIND_SCALED ? t->mul : 1));
		break;
	default:
		text_add(out, t->bind == BIND_STR ? string(obj, t) : "");
		break;
	}
}

static void put(struct text *out, const struct tok *t, unsigned from, unsigned to, const void *obj, const void *defaults,
	bool all)
{
	unsigned end, at;

	for (unsigned pc = from; pc < to; pc++) {
		if (t[pc].kind == T_ALT) {
			at = branch(t, pc, obj, &end);
			if (at)
				put(out, t, at, end, obj, defaults, all);
			pc = tok_close(t, pc);
		} else if (t[pc].kind == T_OPT) {
			end = tok_close(t, pc);
			if (holds(t, pc + 1, end, obj) && (all || differs(t, pc + 1, end, obj, defaults)))
				put(out, t, pc + 1, end, obj, defaults, all);
			pc = end;
		} else if (tok_takes_word(&t[pc])) {
			put_tok(out, &t[pc], obj);
		}
	}
}

/* Whether a field that is true by default was turned off. */
static bool turned_off(const struct row *row, const void *obj, const void *defaults)
{
	for (const struct tok *t = row->tok; t->kind != T_EOL; t++)
		if (t->bind == BIND_TRUE && number(defaults, t) && !number(obj, t))
			return true;
	return false;
}

void nv_row(struct nv *nv, const struct row *row, const void *obj, const void *defaults)
{
	struct text line = TEXT_EMPTY;
	unsigned end = 0;

	while (row->tok[end].kind != T_EOL)
		end++;
	if (holds(row->tok, 0, end, obj)) {
		if (!nv->all && !(row->flags & R_NV_ALWAYS) && !differs(row->tok, 0, end, obj, defaults))
			return;
		put(&line, row->tok, 0, end, obj, defaults, nv->all);
		nv_line(nv, "%s", text_str(&line));
	} else if (turned_off(row, obj, defaults)) {
		for (unsigned pc = 0; pc < end; pc++)
			put_tok(&line, &row->tok[pc], obj);
		nv_line(nv, "no %s", text_str(&line));
	}
	text_free(&line);
}

static void print_row(struct nv *nv, const struct row *row, const void *obj, const void *defaults)
{
	if (row->nv)
		row->nv(nv, row, obj);
	else if (row->flags & R_NV)
		nv_row(nv, row, obj, defaults);
}

void nv_mode(struct nv *nv, enum mode_id mode, const void *obj)
{
	size_t size;
	const void *defaults = mode_by_id(mode)->defaults(&size);
	unsigned n;
	const struct row *const *rows = grammar_rows(nv->grammar, mode, &n);

	nv->indent++;
	for (unsigned i = 0; i < n; i++)
		print_row(nv, rows[i], obj, defaults);
	nv->indent--;
}

static int by_order(const void *a, const void *b)
{
	const struct row *x = *(const struct row *const *)a, *y = *(const struct row *const *)b;

	return (x->order > y->order) - (x->order < y->order);
}

/* Rows of global configuration in the order of show running-config; '!' between blocks. */
static void global(struct nv *nv, const void *defaults)
{
	unsigned n, count = 0, block = 0;
	const struct row *const *rows = grammar_rows(nv->grammar, IN_CONFIG, &n);
	const struct row **sorted = mem_zalloc((n + 1) * sizeof(*sorted));

	for (unsigned i = 0; i < n; i++)
		if (rows[i]->order)
			sorted[count++] = rows[i];
	qsort(sorted, count, sizeof(*sorted), by_order);
	for (unsigned i = 0; i < count; i++) {
		size_t before = nv->out->n, bang;

		if (sorted[i]->order / 50 != block)
			text_add(nv->out, "!\n");
		bang = nv->out->n;
		print_row(nv, sorted[i], nv->cfg, defaults);
		if (nv->out->n == bang) {
			nv->out->n = before;
			nv->out->s[before] = '\0';
		} else {
			block = sorted[i]->order / 50;
		}
	}
	free(sorted);
}

void nvgen(struct cli *c, bool all, struct text *out)
{
	struct nv nv = { .out = out, .cfg = config_running(c->deps.config), .all = all, .grammar = c->grammar };
	const char *v = c->deps.version ? c->deps.version : "0.1.0";
	const char *dot = strrchr(v, '.');
	size_t size;

	text_printf(out, "version %.*s\n", dot && dot != strchr(v, '.') ? (int)(dot - v) : (int)strlen(v), v);
	global(&nv, mode_by_id(IN_CONFIG)->defaults(&size));
	text_add(out, "!\nend\n");
}

void cli_nvgen(struct cli *c, struct text *out)
{
	nvgen(c, false, out);
}
