/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tokens and the fields they are bound to. */
#include <stdio.h>
#include "cli/grammar.h"

unsigned tok_close(const struct tok *t, unsigned pc)
{
	unsigned depth = 0;

	for (;; pc++) {
		if (t[pc].kind == T_OPT || t[pc].kind == T_ALT || t[pc].kind == T_REP || t[pc].kind == T_SET)
			depth++;
		else if (t[pc].kind == T_EOL || (t[pc].kind == T_END && --depth == 0))
			return pc;
	}
}

unsigned tok_next(const struct tok *t, unsigned pc)
{
	while (t[pc].kind != T_OR && t[pc].kind != T_END && t[pc].kind != T_EOL) {
		if (t[pc].kind >= T_OPT && t[pc].kind != T_NOEND)
			pc = tok_close(t, pc);
		pc++;
	}
	return pc;
}

unsigned tok_open(const struct tok *t, unsigned pc)
{
	unsigned depth = 1;

	while (pc-- > 0) {
		if (t[pc].kind == T_END)
			depth++;
		else if ((t[pc].kind == T_OPT || t[pc].kind == T_ALT || t[pc].kind == T_REP || t[pc].kind == T_SET) &&
			 --depth == 0)
			break;
	}
	return pc;
}

const char *tok_label(const struct tok *t, char *buf)
{
	if (t->text)
		return t->text;
	switch ((enum tok_kind)t->kind) {
	case T_UINT:
		snprintf(buf, 32, "<%u-%u>", t->lo, t->hi);
		return buf;
	case T_IP4:
		return "A.B.C.D";
	case T_LINE:
		return "LINE";
	default:
		return "WORD";
	}
}

/* Fields are uint32_t, int, enum or bool. */
static void put_u32(void *obj, const struct tok *t, uint32_t v)
{
	bool b = v;

	if (t->size == sizeof(b))
		memcpy((char *)obj + t->off, &b, sizeof(b));
	else
		memcpy((char *)obj + t->off, &v, sizeof(v));
}

static void reset_one(void *obj, const void *defaults, const struct tok *t, bool no)
{
	if (t->bind == BIND_NONE)
		return;
	if (t->bind == BIND_TRUE && no)
		*((char *)obj + t->off) = false;
	else
		memcpy((char *)obj + t->off, (const char *)defaults + t->off, t->size);
}

static void set_one(void *obj, const struct cmd_arg *a)
{
	const struct tok *t = a->tok;
	char *p = (char *)obj + t->off;
	bool yes = true;

	switch ((enum tok_bind)t->bind) {
	case BIND_NONE:
		break;
	case BIND_U32:
	case BIND_IP4:
		put_u32(obj, t, a->value);
		break;
	case BIND_SCALED:
		put_u32(obj, t, a->value * t->mul);
		break;
	case BIND_VALUE:
		put_u32(obj, t, t->hi);
		break;
	case BIND_TRUE:
		memcpy(p, &yes, sizeof(yes));
		break;
	case BIND_STR:
		str_copy(p, t->size, a->word);
		break;
	}
}

/* What the line leaves out goes back to its default ('rekey retransmit 20' ends an earlier 'number 5'). */
static void apply_one(const struct cmd *c, void *obj, const void *defaults)
{
	for (const struct tok *t = c->row->tok; t->kind != T_EOL; t++)
		reset_one(obj, defaults, t, c->no && !c->dflt);
	if (c->no)
		return;
	for (unsigned i = 0; i < c->nargs; i++)
		set_one(obj, &c->arg[i]);
}

void bind_apply(struct cmd *c)
{
	const struct mode *m = mode_by_id(c->mode);
	size_t size;
	const void *defaults;

	if (!m->defaults)
		return;
	defaults = m->defaults(&size);
	for (unsigned i = 0; i < c->nobj; i++)
		apply_one(c, (char *)c->obj + i * size, defaults);
}
