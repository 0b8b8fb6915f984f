/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A configuration text into the running configuration: the same matcher, line by line, each refused line reported. */
#include <stdio.h>
#include <stdlib.h>
#include "cli/shell.h"
#include "lib/mem.h"
#include "lib/secret.h"
#include "syslog/msg.h"

#define LINE_SHOWN 100	/* octets of a refused line that a report shows */

struct replay {
	struct shell shell;
	struct text out;
	struct text *errors;
	const char *what;
	unsigned line, refused;
	unsigned ignored, first_ignored;	/* lines that were taken without effect; number of the first */
	unsigned bad_line;			/* a line that was refused, and what stands deeper than it belongs to it; 0: none */
	size_t bad_indent;
};

/* The reason is the first line that the handler wrote, without its "% ". */
static void refuse(struct replay *r, const char *line, const char *reason, bool secret)
{
	struct text shown = TEXT_EMPTY, why = TEXT_EMPTY;
	size_t n;

	r->refused++;
	line += strspn(line, " \t");
	n = strlen(line);
	reason += strncmp(reason, "% ", 2) == 0 ? 2 : 0;
	text_addn(&why, reason, strcspn(reason, "\n"));
	if (why.n && why.s[why.n - 1] == '.')
		why.s[--why.n] = '\0';
	text_escaped(&shown, bytes_of(line, secret ? strcspn(line, " ") : n > LINE_SHOWN ? LINE_SHOWN : n));
	text_add(&shown, secret || n > LINE_SHOWN ? " ..." : "");
	if (r->errors)
		text_printf(r->errors, "%s %u: %s: '%s'\n", r->what, r->line, text_str(&why), text_str(&shown));
	else
		log_SYS_CFG_LINE(r->shell.cli->deps.log, "startup-config", r->line, text_str(&why), text_str(&shown));
	text_free(&shown);
	text_free(&why);
}

/* Words whose neighbours are not to be seen in a log. */
static bool may_hold_secret(const char *line)
{
	return strcasestr(line, "secret") || strcasestr(line, "password") || strcasestr(line, "key");
}

/* 'crypto key generate' acts at once and is printed nowhere. */
static bool is_key_command(const struct row *row)
{
	return row >= rows_crypto_config.rows && row < rows_crypto_config.rows + rows_crypto_config.n;
}

/* It stands in every printout: no loss that has to be told. */
static bool is_version(const struct row *row)
{
	return row->tok->kind == T_KW && strcmp(row->tok->text, "version") == 0;
}

static void run(struct replay *r, const char *line)
{
	static const char *const reasons[] = { [MATCH_INVALID] = "Invalid input", [MATCH_INCOMPLETE] = "Incomplete command",
		[MATCH_AMBIGUOUS] = "Ambiguous command" };
	struct match m;
	unsigned depth;
	size_t skip;
	struct cmd *c;

	shell_match(&r->shell, 15, line, &m, &depth, &skip);
	if (m.result == MATCH_OK && skip) {
		refuse(r, line, "EXEC commands are not run from a configuration", false);
		match_free(&m);
		return;
	}
	if (m.result == MATCH_OK && r->shell.cli->dry && is_key_command(m.row)) {
		refuse(r, line, "Keys are not part of a configuration", false);
		match_free(&m);
		return;
	}
	if (m.result != MATCH_OK) {
		struct text t = TEXT_EMPTY;

		text_add(&t, reasons[m.result]);
		if (m.result == MATCH_INVALID)
			text_printf(&t, " at column %u", m.column + 1);
		refuse(r, line, text_str(&t), may_hold_secret(line));
		text_free(&t);
		match_free(&m);
		return;
	}
	if (m.row->flags & R_IGNORED && !is_version(m.row) && !r->ignored++)
		r->first_ignored = r->line;
	c = shell_cmd(&r->shell, &m, depth, line, &r->out);
	if (!c)
		return;
	if (shell_call(c) == CMD_ERROR)
		refuse(r, line, text_str(&r->out), c->row->flags & R_SECRET);
	text_clear(&r->out);
	cmd_free(c);
}

/* What stands above a configuration where 'show running-config' prints it. */
static bool is_heading(const char *line)
{
	return strncmp(line, "Building configuration...", 25) == 0 || strncmp(line, "Current configuration : ", 24) == 0 ||
	       (strncmp(line, "Using ", 6) == 0 && strstr(line, " out of "));
}

/* Lines below one that was refused would else be taken for lines of the mode before it. */
static bool belongs_to_refused(struct replay *r, const char *line)
{
	size_t indent = strspn(line, " \t");
	char reason[60];

	if (!r->bad_line || !indent || indent <= r->bad_indent) {
		r->bad_line = 0;
		return false;
	}
	snprintf(reason, sizeof(reason), "Belongs to line %u", r->bad_line);
	refuse(r, line, reason, may_hold_secret(line));
	return true;
}

static void one_line(struct replay *r, char *line)
{
	size_t n = strlen(line);
	const char *p = line;
	unsigned refused = r->refused;

	r->line++;
	if (n && line[n - 1] == '\r')
		line[n - 1] = '\0';
	if (shell_banner_line(&r->shell, line))
		return;
	p += strspn(p, " \t");
	if (!*p || *p == '!' || is_heading(p) || belongs_to_refused(r, line))
		return;
	run(r, line);
	if (r->refused > refused) {
		r->bad_line = r->line;
		r->bad_indent = (size_t)(p - line);
	}
}

/* Control characters become blanks, but for the ^C that some exports put around banners. */
static void clean(char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)s[i] < ' ' && s[i] != '\t' && s[i] != '\r')
			s[i] = s[i] == 3 ? '\x7f' : ' ';
}

unsigned cli_replay(struct cli *c, struct bytes text, struct text *errors)
{
	return replay_text(c, "startup-config line", text, errors);
}

unsigned replay_text(struct cli *c, const char *what, struct bytes text, struct text *errors)
{
	struct replay r = { .shell = { .cli = c, .depth = 1, .level = { { .mode = IN_CONFIG } } }, .errors = errors,
		.what = what };
	const char *p = text.n ? (const char *)text.p : "", *end = p + text.n;
	struct text line = TEXT_EMPTY;

	config_hold(c->deps.config);
	while (p < end) {
		const char *nl = memchr(p, '\n', (size_t)(end - p));
		size_t n = (size_t)((nl ? nl : end) - p);

		text_clear(&line);
		text_addn(&line, p, n);
		clean(line.s, n);
		one_line(&r, line.s);
		p += n + 1;
	}
	if (line.s)
		secret_cleanse(line.s, line.cap);
	text_free(&line);
	text_free(&r.out);
	shell_reset(&r.shell);
	config_changed(c->deps.config);
	config_release(c->deps.config);
	cli_apply_logging(c);
	config_closed(c->deps.config);
	if (r.ignored && !errors)
		log_SYS_CFG_IGNORED(c->deps.log, what, r.first_ignored, r.ignored);
	return r.refused;
}
