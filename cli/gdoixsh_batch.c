/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Commands from -c or from standard input: only what they print goes out, no prompt, no question, no paging. */
#include <stdio.h>
#include <stdlib.h>
#include "cli/gdoixsh.h"

struct batch {
	struct link *l;
	char *const *command;
	unsigned n, at;
	char *line;		/* of standard input */
	size_t cap;
	bool verbose, started, ended, error;
};

/* The next line without its end; NULL when there are no more. */
static const char *next_line(struct batch *b)
{
	ssize_t n;

	if (b->n)
		return b->at < b->n ? b->command[b->at++] : NULL;
	n = getline(&b->line, &b->cap, stdin);
	if (n < 0)
		return NULL;
	while (n && (b->line[n - 1] == '\n' || b->line[n - 1] == '\r'))
		b->line[--n] = '\0';
	return b->line;
}

static bool finish(struct batch *b)
{
	b->ended = true;
	return link_send(b->l, VTY_EOF, BYTES_NONE);
}

static bool answer(struct batch *b, const struct prompt *p)
{
	bool asked = p->flags & (VTY_PROMPT_SECRET | VTY_PROMPT_KEY | VTY_PROMPT_ANSWER | VTY_PROMPT_LOGIN);
	const char *line;
	uint8_t key;

	if (b->ended)
		return true;
	b->error |= b->started && p->error;
	b->started = true;
	/* Before the line, for which a program behind a pipe may wait until it has seen the prompt. */
	if (b->verbose) {
		fputs(p->text, stdout);
		fflush(stdout);
	}
	line = next_line(b);
	if (b->verbose)
		printf("%s\n", line && !(p->flags & VTY_PROMPT_SECRET) ? line : "");
	if (!line) {
		if (asked)
			fprintf(stderr, "gdoixsh: no line left to answer: %s\n", p->text);
		b->error |= asked;
		return finish(b);
	}
	if (strlen(line) > VTY_FRAME_MAX || strpbrk(line, "\n\r")) {
		fputs("gdoixsh: a command is one line of at most 65536 octets\n", stderr);
		b->error = true;
		return finish(b);
	}
	if (!(p->flags & VTY_PROMPT_KEY))
		return link_send(b->l, VTY_LINE, bytes_str(line));
	key = *line ? (uint8_t)*line : '\r';
	return link_send(b->l, VTY_KEY, bytes_of(&key, 1));
}

/* True: go on. */
static bool frame(struct batch *b, const struct vty_frame *f, bool *over)
{
	struct prompt p;

	switch (f->type) {
	case VTY_OUTPUT:
		fwrite(f->body.p, 1, f->body.n, stdout);
		return true;
	case VTY_PROMPT:
		return prompt_parse(f->body, &p) && answer(b, &p);
	case VTY_CLOSE:
		if (f->body.n > 1)
			fwrite(f->body.p + 1, 1, f->body.n - 1, stdout);
		b->error |= !b->ended && f->body.n && f->body.p[0];
		*over = true;
		return true;
	default:
		return true;
	}
}

int batch_run(struct link *l, char *const *command, unsigned n, bool verbose)
{
	struct batch b = { .l = l, .command = command, .n = n, .verbose = verbose };
	bool over = false, ok = link_hello(l, VTY_HELLO_EXEC, 0, 0, "");
	struct vty_frame f;

	while (ok && !over) {
		ok = link_read(l);
		while (ok && !over && vty_in_next(&l->in, &f))
			ok = frame(&b, &f, &over);
		if (fflush(stdout) == EOF || ferror(stdout)) {
			perror("gdoixsh: standard output");
			b.error = true;
			break;
		}
	}
	free(b.line);
	if (!ok && !b.ended) {
		fputs("gdoixsh: the daemon closed the session\n", stderr);
		return 2;
	}
	return b.error ? 1 : 0;
}
