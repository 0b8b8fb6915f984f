/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One line in the mode tree: resolved in the mode at hand, then in its parents, and run. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include "cli/shell.h"
#include "config/config.h"
#include "lib/clock.h"
#include "lib/env.h"
#include "lib/mem.h"
#include "lib/secret.h"

/* "do show clock": the offset of what follows 'do', 0 when the line is none. */
static size_t do_prefix(const char *line)
{
	size_t i = strspn(line, " \t");

	if (tolower((unsigned char)line[i]) != 'd' || tolower((unsigned char)line[i + 1]) != 'o')
		return 0;
	i += 2;
	if (line[i] != ' ' && line[i] != '\t')
		return 0;
	return i + strspn(line + i, " \t");
}

static bool indented(const char *line)
{
	return line[0] == ' ' || line[0] == '\t';
}

/* Whether a parent's row is looked for. */
static bool yields(const struct match *m, const char *line)
{
	return m->result == MATCH_INVALID || (m->result == MATCH_OK && m->row->flags & R_CATCH_ALL && !indented(line));
}

static bool better(const struct match *up, const struct match *best)
{
	if (best->result == MATCH_OK)
		return up->result == MATCH_OK || up->result == MATCH_INCOMPLETE;
	return up->result != MATCH_INVALID || up->column > best->column;
}

/*
 * A line without meaning of global configuration is not what was meant: indented, the line belongs to this mode ('redundancy');
 * and a value that this mode refuses is no reason ('ip tcp adjust-mss 1').
 */
static bool not_meant(const struct match *up, const struct match *best, const char *line)
{
	size_t known = 0;

	if (up->result != MATCH_OK || !(up->row->flags & R_IGNORED))
		return false;
	for (unsigned i = 0; i < up->nargs; i++)
		if (up->arg[i].tok->kind == T_KW)
			known = up->arg[i].column + strlen(up->arg[i].tok->text);
	return indented(line) || (best->result == MATCH_INVALID && best->column > known);
}

void shell_match(struct shell *sh, unsigned priv, const char *line, struct match *m, unsigned *depth, size_t *skip)
{
	struct match best, up;
	unsigned d = sh->depth;

	*skip = d ? do_prefix(line) : 0;
	if (*skip && line[*skip]) {
		*depth = 0;
		match_line(sh->cli->grammar, IN_EXEC, priv, line + *skip, m);
		if (m->result == MATCH_INVALID)
			m->column += (unsigned)*skip;
		return;
	}
	*skip = 0;
	match_line(sh->cli->grammar, shell_mode(sh), priv, line, &best);
	*depth = d;
	while (yields(&best, line) && d > 1) {
		d--;
		match_line(sh->cli->grammar, sh->level[d - 1].mode, priv, line, &up);
		if (not_meant(&up, &best, line)) {
			match_free(&up);
			continue;
		}
		if (better(&up, &best)) {
			match_free(&best);
			best = up;
			*depth = d;
		} else {
			match_free(&up);
		}
	}
	*m = best;
}

struct cmd *shell_cmd(struct shell *sh, struct match *m, unsigned depth, const char *line, struct text *out)
{
	struct cmd *c;
	unsigned nobj;
	void *obj = shell_object(sh, depth, &nobj);

	if (depth && !obj) {
		match_free(m);
		return NULL;
	}
	c = mem_zalloc(sizeof(*c));
	c->cli = sh->cli;
	c->deps = &sh->cli->deps;
	c->session = sh->session;
	c->shell = sh;
	c->row = m->row;
	c->mode = m->mode;
	c->obj = obj;
	c->nobj = nobj;
	c->cfg = config_running(sh->cli->deps.config);
	c->no = m->no;
	c->dflt = m->dflt;
	c->out = out;
	c->line = mem_strdup(line);
	memcpy(c->arg, m->arg, m->nargs * sizeof(c->arg[0]));
	c->nargs = m->nargs;
	c->ace = m->has_ace ? mem_dup(&m->ace, sizeof(m->ace)) : NULL;
	c->store = m->store;
	m->store = NULL;
	if (depth)
		sh->depth = depth;
	return c;
}

static void cleanse(char *s)
{
	if (s)
		secret_cleanse(s, strlen(s));
	free(s);
}

void cmd_free(struct cmd *c)
{
	if (!c)
		return;
	if (c->user_free)
		c->user_free(c->user);
	/* The words may hold passwords and keys. */
	for (unsigned i = 0; i < c->nargs; i++)
		if (c->row->flags & R_SECRET)
			secret_cleanse((char *)(uintptr_t)c->arg[i].word, strlen(c->arg[i].word));
	cleanse((char *)(uintptr_t)c->line);
	free((void *)(uintptr_t)c->ace);
	free(c->store);
	free(c);
}

int shell_call(struct cmd *c)
{
	int r = CMD_OK;

	if (c->json)
		r = json_call(c);
	else if (c->row->handler)
		r = c->row->handler(c);
	else if (!(c->row->flags & R_IGNORED))
		bind_apply(c);
	return r;
}

void shell_help(struct shell *sh, unsigned priv, const char *line, struct text *out)
{
	struct grammar *g = sh->cli->grammar;
	size_t skip = sh->depth ? do_prefix(line) : 0, from = out->n;

	if (skip) {
		help_text(g, IN_EXEC, priv, line + skip, out);
		return;
	}
	for (unsigned d = sh->depth; !help_text(g, d ? sh->level[d - 1].mode : IN_EXEC, priv, line, out) && d > 1; d--) {
		out->n = from;
		out->s[from] = '\0';
	}
}

void shell_complete(struct shell *sh, unsigned priv, const char *line, struct text *out)
{
	struct grammar *g = sh->cli->grammar;
	size_t skip = sh->depth ? do_prefix(line) : 0;

	if (skip) {
		text_addn(out, line, skip);
		help_complete(g, IN_EXEC, priv, line + skip, out);
		return;
	}
	for (unsigned d = sh->depth;; d--) {
		text_clear(out);
		help_complete(g, d ? sh->level[d - 1].mode : IN_EXEC, priv, line, out);
		if (d <= 1 || strcmp(text_str(out), line) != 0)
			break;
	}
}

/* ---- what handlers ask of their command ---- */

/* An argument; a keyword may have the same name. */
static const struct cmd_arg *find(const struct cmd *c, const char *name, unsigned nth)
{
	for (unsigned i = 0; i < c->nargs; i++)
		if (c->arg[i].tok->kind != T_KW && c->arg[i].tok->name && strcmp(c->arg[i].tok->name, name) == 0 && nth-- == 0)
			return &c->arg[i];
	return NULL;
}

bool cmd_has(const struct cmd *c, const char *name)
{
	for (unsigned i = 0; i < c->nargs; i++)
		if (c->arg[i].tok->name && strcmp(c->arg[i].tok->name, name) == 0)
			return true;
	return false;
}

const char *cmd_str(const struct cmd *c, const char *name)
{
	const struct cmd_arg *a = find(c, name, 0);

	return a ? a->word : "";
}

const char *cmd_nth(const struct cmd *c, const char *name, unsigned nth)
{
	const struct cmd_arg *a = find(c, name, nth);

	return a ? a->word : NULL;
}

uint32_t cmd_u32(const struct cmd *c, const char *name, uint32_t otherwise)
{
	const struct cmd_arg *a = find(c, name, 0);

	return a ? a->value : otherwise;
}

bool cmd_ip4(const struct cmd *c, const char *name, struct ip4 *out)
{
	const struct cmd_arg *a = find(c, name, 0);

	out->a = a ? a->value : 0;
	return a != NULL;
}

int cmd_error(struct cmd *c, const char *fmt, ...)
{
	va_list ap;

	text_add(c->out, "% ");
	va_start(ap, fmt);
	text_vprintf(c->out, fmt, ap);
	va_end(ap);
	text_add(c->out, "\n");
	return CMD_ERROR;
}

/* ---- banners ---- */

static void banner_end(struct shell *sh)
{
	char *to = sh->banner.target, *end = to + sh->banner.size - 1;
	const char *p = text_str(&sh->banner.text);

	/* running-config ends it by ^C, so it cannot hold one. */
	while (*p && to < end) {
		if (p[0] == '^' && p[1] == 'C')
			p += 2;
		else
			*to++ = *p++;
	}
	*to = '\0';
	sh->banner.target = NULL;
	text_free(&sh->banner.text);
}

/* The first character is the delimiter; "^C", two characters, is one as running-config prints it. */
int shell_banner_begin(struct cmd *c, char *target, size_t size)
{
	struct shell *sh = c->shell;
	const char *text = cmd_has(c, "text") ? c->line + c->arg[c->nargs - 1].column : "";	/* with its blanks */
	size_t skip = text[0] == '^' && text[1] ? 2 : 1;

	if (c->no || !text[0]) {
		target[0] = '\0';
		return CMD_OK;
	}
	memcpy(sh->banner.delimiter, text, skip);
	sh->banner.delimiter[skip] = '\0';
	sh->banner.target = target;
	sh->banner.size = size;
	text_clear(&sh->banner.text);
	text += skip;
	if (*text)
		shell_banner_line(sh, text);
	if (sh->banner.target && c->session)
		text_printf(c->out, "Enter TEXT message.  End with the character '%s'.\n", sh->banner.delimiter);
	return CMD_OK;
}

bool shell_banner_line(struct shell *sh, const char *line)
{
	const char *end;

	if (!sh->banner.target)
		return false;
	end = strstr(line, sh->banner.delimiter);
	text_addn(&sh->banner.text, line, end ? (size_t)(end - line) : strlen(line));
	if (!end)
		text_add(&sh->banner.text, "\n");
	if (end || sh->banner.text.n >= sh->banner.size)
		banner_end(sh);
	return true;
}
