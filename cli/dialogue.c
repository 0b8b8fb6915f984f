/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Questions that a command asks, and commands that finish later. */
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include "cli/session.h"
#include "lib/mem.h"
#include "lib/secret.h"

/* Without a session nobody can answer: yes, or the default. */
static int unattended(struct cmd *c, enum question_kind kind, const char *otherwise, cmd_then *then)
{
	struct answer a = { .yes = kind == ASK_YES_NO || kind == ASK_CONFIRM, .text = otherwise ? otherwise : "" };

	return then(c, &a);
}

static int ask(struct cmd *c, enum question_kind kind, const char *question, const char *tail, const char *otherwise,
	cmd_then *then)
{
	struct session *s = c->session;
	struct text t = TEXT_EMPTY;

	if (!s)
		return unattended(c, kind, otherwise, then);
	dialogue_drop(s);
	text_printf(&t, "%s%s", question, tail);
	s->ask = (struct question){ .kind = kind, .text = mem_strdup(text_str(&t)), .then = then,
		.otherwise = otherwise ? mem_strdup(otherwise) : NULL };
	text_free(&t);
	return CMD_WAIT;
}

int cmd_ask_yes_no(struct cmd *c, const char *question, cmd_then *then)
{
	return ask(c, ASK_YES_NO, question, " [yes/no]: ", NULL, then);
}

int cmd_ask_confirm(struct cmd *c, const char *question, cmd_then *then)
{
	return ask(c, ASK_CONFIRM, question, " [confirm]", NULL, then);
}

int cmd_ask_text(struct cmd *c, const char *question, const char *otherwise, cmd_then *then)
{
	return ask(c, ASK_TEXT, question, "", otherwise ? otherwise : "", then);
}

int cmd_ask_secret(struct cmd *c, const char *question, cmd_then *then)
{
	return ask(c, ASK_SECRET, question, "", NULL, then);
}

void dialogue_drop(struct session *s)
{
	free(s->ask.text);
	free(s->ask.otherwise);
	memset(&s->ask, 0, sizeof(s->ask));
}

/* Lines before the last belong to the output. */
void dialogue_prompt(struct session *s)
{
	static const unsigned flags[] = { 0, VTY_PROMPT_ANSWER, VTY_PROMPT_ANSWER | VTY_PROMPT_KEY, VTY_PROMPT_ANSWER,
		VTY_PROMPT_ANSWER | VTY_PROMPT_SECRET };
	const char *last = strrchr(s->ask.text, '\n');

	if (last)
		session_print(s, s->ask.text, (size_t)(last + 1 - s->ask.text));
	session_prompt_text(s, flags[s->ask.kind], last ? last + 1 : s->ask.text);
}

/* Takes the question away before the handler may ask the next. */
static void answer(struct session *s, const struct answer *a)
{
	struct question q = s->ask;
	struct cmd *c = s->cmd;

	memset(&s->ask, 0, sizeof(s->ask));
	run_result(s, c, q.then(c, a));
	free(q.text);
	free(q.otherwise);
}

static bool is_prefix(const char *word, const char *of)
{
	return *word && strncasecmp(word, of, strlen(word)) == 0;
}

void dialogue_line(struct session *s, const char *line)
{
	struct answer a = { .text = line };
	char word[8];

	if (s->ask.kind == ASK_CONFIRM) {
		dialogue_key(s, line[0] ? line[0] : '\r');
		return;
	}
	if (s->ask.kind == ASK_YES_NO) {
		line += strspn(line, " \t");
		snprintf(word, sizeof(word), "%.*s", (int)strcspn(line, " \t"), line);
		a.yes = is_prefix(word, "yes");
		if (!a.yes && !is_prefix(word, "no")) {
			session_printf(s, "%% Please answer 'yes' or 'no'.\n");
			dialogue_prompt(s);
			return;
		}
	} else if (!line[0] && s->ask.otherwise) {
		char *otherwise = mem_strdup(s->ask.otherwise);

		a.text = otherwise;
		answer(s, &a);
		free(otherwise);
		return;
	}
	answer(s, &a);
}

void dialogue_key(struct session *s, char key)
{
	struct answer a = { .yes = key == '\r' || key == '\n' || key == 'y' || key == 'Y', .text = "" };

	if (s->ask.kind == ASK_CONFIRM)
		answer(s, &a);
}

/* ---- later ---- */

int cmd_wait(struct cmd *c, void (*gone)(void *user))
{
	if (c->session) {
		c->session->gone = gone;
		c->session->background = true;
	}
	return CMD_WAIT;
}

void cmd_flush(struct cmd *c)
{
	if (!c->session || !c->out->n)
		return;
	session_print(c->session, c->out->s, c->out->n);
	text_clear(c->out);
}

void cmd_finish(struct cmd *c, enum cmd_result r)
{
	struct session *s = c->session;

	if (!s) {
		cmd_free(c);
		return;
	}
	s->gone = NULL;
	s->background = false;
	if (s->cmd == c)
		run_result(s, c, r);
}
