/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One line of a session: matched, refused in IOS's words or dispatched through libcli, filtered, answered by a prompt. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include "cli/session.h"
#include "lib/clock.h"
#include "lib/env.h"
#include "lib/mem.h"

/* ---- history ---- */

static void history_trim(struct history *h, unsigned max)
{
	unsigned drop = h->n > max ? h->n - max : 0;

	for (unsigned i = 0; i < drop; i++)
		free(h->line[i]);
	if (!drop)
		return;
	memmove(h->line, h->line + drop, (h->n - drop) * sizeof(*h->line));
	h->n -= drop;
}

#define HISTORY_LINE 1024	/* octets; longer lines are pasted, not called back */

/* As typed; the same line twice in a row once. */
static void history_add(struct session *s, const char *line)
{
	struct history *h = &s->history[s->shell.depth > 0];

	if (!s->history_size || strlen(line) > HISTORY_LINE || (h->n && strcmp(h->line[h->n - 1], line) == 0))
		return;
	history_trim(h, s->history_size - 1);
	h->line = mem_realloc(h->line, (h->n + 1) * sizeof(*h->line));
	h->line[h->n++] = mem_strdup(line);
}

/* A line that did not parse may still hold a password, and so may one without meaning here. */
static bool may_hold_secret(const char *line)
{
	static const char *const words[] = { "secret", "password", "key", "passphrase", "pem" };

	for (unsigned i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcasestr(line, words[i]))
			return true;
	return false;
}

/* ---- errors ---- */

static void prompt_text(const struct session *s, struct text *out)
{
	const char *host = config_running(s->cli->deps.config)->hostname;

	if (s->shell.depth)
		text_printf(out, "%.20s%s#", host, shell_prompt(&s->shell));
	else
		text_printf(out, "%s%s", host, s->priv > 1 ? "#" : ">");
}

static void caret(struct session *s, unsigned column)
{
	struct text prompt = TEXT_EMPTY;

	prompt_text(s, &prompt);
	session_printf(s, "%*s^\n%% Invalid input detected at '^' marker.\n\n", (int)(prompt.n + column), "");
	text_free(&prompt);
}

/* IOS takes an unknown first word in EXEC for the name of a host to telnet to. */
static bool host_lookup(struct session *s, const char *line, const struct match *m, size_t skip)
{
	const char *word = line + strspn(line, " \t");
	size_t n = strcspn(word, " \t");

	if (s->shell.depth || skip || m->column > (size_t)(word - line) + n || word[n + strspn(word + n, " \t")] ||
		session_line(s)->no_lookup)
		return false;
	for (size_t i = 0; i < n; i++)
		if (!isalnum((unsigned char)word[i]) && !strchr("-_.", word[i]))
			return false;
	if (config_running(s->cli->deps.config)->domain_lookup)
		session_printf(s, "Translating \"%.*s\"...domain server (255.255.255.255)\n\n%% Bad IP address or host name\n",
			(int)n, word);
	else
		session_printf(s, "Translating \"%.*s\"\n\n%% Bad IP address or host name\n", (int)n, word);
	session_printf(s, "%% Unknown command or computer name, or unable to find computer address\n");
	return true;
}

static void refuse(struct session *s, const char *line, const struct match *m, size_t skip)
{
	s->status = true;
	switch (m->result) {
	case MATCH_OK:
		break;
	case MATCH_INCOMPLETE:
		session_printf(s, "%% Incomplete command.\n\n");
		break;
	case MATCH_AMBIGUOUS:
		session_printf(s, "%% Ambiguous command:  \"%s\"\n", line);
		break;
	case MATCH_INVALID:
		if (!host_lookup(s, line, m, skip))
			caret(s, m->column);
		break;
	}
}

/* ---- running ---- */

static bool in_configuration(const struct cmd *c)
{
	return c->mode != IN_EXEC;
}

static void note_change(struct session *s, const struct cmd *c)
{
	struct cli *cli = s->cli;

	if (!in_configuration(c) || c->row->flags & R_IGNORED)
		return;
	s->config_used = true;
	archive_log_line(s, c->line);
	cli->changed = clock_wall(cli->deps.env->clock);
	str_copy(cli->changed_by, sizeof(cli->changed_by), s->user);
	config_changed(cli->deps.config);
}

/* Ctrl-Z behind the line: then to EXEC. */
static void finish_line(struct session *s)
{
	if (s->end_after)
		session_end_config(s);
	s->end_after = false;
	session_prompt(s);
}

void run_done(struct session *s, struct cmd *c, int result)
{
	bool changes = in_configuration(c) && result == CMD_OK && !(c->row->flags & R_NAVIGATES);

	s->cmd = NULL;
	s->background = false;
	s->gone = NULL;
	if (c->out->n)
		session_print(s, c->out->s, c->out->n);
	text_clear(c->out);
	s->status = result == CMD_ERROR;
	if (changes)
		note_change(s, c);
	cmd_free(c);
	finish_line(s);
}

void run_result(struct session *s, struct cmd *c, int result)
{
	if (s->state == SESSION_OVER && !s->cmd)
		return;
	if (result != CMD_WAIT) {
		run_done(s, c, result);
		return;
	}
	s->cmd = c;
	cmd_flush(c);
	if (s->ask.kind)
		dialogue_prompt(s);
}

void run_cancel(struct session *s)
{
	struct cmd *c = s->cmd;

	s->cmd = NULL;
	dialogue_drop(s);
	if (!c)
		return;
	if (s->background && s->gone)
		s->gone(c->user);
	s->background = false;
	s->gone = NULL;
	text_clear(c->out);
	cmd_free(c);
}

/* The filters behind '|', refused in IOS's words. */
static bool filter_of(struct session *s, const char *line, size_t at, struct filter_chain *f)
{
	struct text error = TEXT_EMPTY;
	struct match m;
	bool ok = filter_parse(s->cli, s->priv, line + at, f, &error, &m.result, &m.column);

	if (!ok) {
		m.column += (unsigned)at;
		if (error.n)
			session_print(s, error.s, error.n);
		else
			refuse(s, line, &m, 1);
		s->status = true;
	}
	text_free(&error);
	return ok;
}

static void execute(struct session *s, struct match *m, unsigned depth, const char *line, size_t skip)
{
	struct filter_chain filters = { .n = 0 };
	struct cmd *c;

	if (m->filter && !filter_of(s, line, m->filter + skip, &filters)) {
		match_free(m);
		filter_free(&filters);
		finish_line(s);
		return;
	}
	c = shell_cmd(&s->shell, m, depth, line + skip, &s->cmd_out);
	if (!c) {
		session_printf(s, "%% What was configured here has been removed meanwhile.\n");
		shell_leave(&s->shell);
		s->status = true;
		finish_line(s);
	} else {
		s->cmd = c;
		run_result(s, c, filter_run(s->cli, c, s->priv, &filters));
	}
	filter_free(&filters);
}

/* 'alias exec': the first word stands for a command. Owned by the caller; NULL: none does. */
static char *unalias(const struct session *s, const char *line)
{
	const struct cfg *cfg = config_running(s->cli->deps.config);
	size_t at = strspn(line, " \t"), n = strcspn(line + at, " \t|");
	struct text t = TEXT_EMPTY;
	char word[sizeof(((struct cfg_alias *)0)->name)];
	const struct cfg_alias *a;

	if (s->shell.depth || !cfg->aliases.head || !n || n >= sizeof(word))
		return NULL;
	memcpy(word, line + at, n);
	word[n] = '\0';
	a = cfg_alias(cfg, word);
	if (!a)
		return NULL;
	text_printf(&t, "%s%s", a->command, line + at + n);
	return t.s;
}

static void run_command(struct session *s, const char *line, const char *typed);

void run_line(struct session *s, const char *line)
{
	char *whole = s->shell.banner.target ? NULL : unalias(s, line);

	run_command(s, whole ? whole : line, line);
	free(whole);
}

/* typed: what the history keeps, an alias as it is. */
static void run_command(struct session *s, const char *line, const char *typed)
{
	const char *word = line + strspn(line, " \t");
	struct match m;
	unsigned depth;
	size_t skip;

	s->dropping = false;
	s->status = false;
	if (shell_banner_line(&s->shell, line)) {
		if (!s->shell.banner.target)
			config_changed(s->cli->deps.config);
		finish_line(s);
		return;
	}
	if (!*word || *word == '!') {
		finish_line(s);
		return;
	}
	shell_match(&s->shell, s->priv, line, &m, &depth, &skip);
	s->forget = m.result == MATCH_OK && !(m.row->flags & R_IGNORED) ? m.row->flags & R_SECRET : may_hold_secret(line);
	if (!s->forget)
		history_add(s, typed);
	if (m.result != MATCH_OK) {
		refuse(s, line, &m, skip);
		match_free(&m);
		finish_line(s);
		return;
	}
	execute(s, &m, depth, line, skip);
}
