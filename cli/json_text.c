/* SPDX-License-Identifier: GPL-3.0-or-later */
/* show running-config, startup-config, archive config differences, tech-support; more, dir | json: texts by nature */
#include "cli/files.h"
#include "cli/json.h"
#include "cli/shell.h"
#include "cli/tech.h"
#include "lib/why.h"

#define DEPTH 8		/* of sections in sections */

/* ---- configurations: a line and what is indented below it ---- */

struct open_line {
	size_t indent;
	json_t *line;		/* NULL: the whole */
};

static json_t *lines_of(json_t *line)
{
	json_t *list = json_object_get(line, "lines");

	return list ? list : json_list(line, "lines");
}

static void config_line(struct open_line *open, unsigned *depth, const char *p, size_t n)
{
	size_t indent = strspn(p, " ");
	struct text t = TEXT_EMPTY;
	json_t *o;

	while (n > indent && p[n - 1] == ' ')
		n--;
	while (*depth && open[*depth].indent >= indent)
		--*depth;
	o = json_item(lines_of(open[*depth].line));
	secret_hide(p + indent, n - indent, SECRET_REMOVED, &t);
	json_put(o, "line", text_str(&t));
	text_free(&t);
	if (*depth + 1 < DEPTH)
		open[++*depth] = (struct open_line){ indent, o };
}

/* "lines" of o; those that are comments ("!") left out, secrets taken out. */
static void config_lines(json_t *o, const char *text)
{
	struct open_line open[DEPTH] = { { 0, o } };
	unsigned depth = 0;

	json_list(o, "lines");
	while (*text) {
		size_t n = strcspn(text, "\n");

		if (n > strspn(text, " ") && text[strspn(text, " ")] != '!')
			config_line(open, &depth, text, n);
		text += n + (text[n] == '\n');
	}
}

void json_running(struct cmd *c, json_t *o)
{
	struct text t = TEXT_EMPTY;

	if (files_running_part(c, &t)) {
		json_date(o, "changed", c->cli->changed);
		json_put(o, "changed_by", c->cli->changed_by);
		json_date(o, "saved", c->cli->saved);
		json_put(o, "saved_by", c->cli->saved_by);
		json_num(o, "octets", t.n);
		config_lines(o, text_str(&t));
	}
	text_free(&t);
}

void json_startup(struct cmd *c, json_t *o)
{
	struct text t = TEXT_EMPTY;
	bool missing = false;

	if (files_startup(c, &t, &missing)) {
		json_flag(o, "present", !missing && t.n);
		json_num(o, "octets", t.n);
		config_lines(o, text_str(&t));
	}
	text_free(&t);
}

/* ---- differences ---- */

void json_differences(struct cmd *c, json_t *o)
{
	struct text shown = TEXT_EMPTY, errors = TEXT_EMPTY;
	bool differs = false;
	json_t *list;

	if (!files_differences(c, &shown, &errors, &differs))
		goto out;
	json_flag(o, "different", differs);
	json_lines(o, "errors", text_str(&errors));
	list = json_list(o, "lines");
	for (const char *p = text_str(&shown); *p;) {
		size_t n = strcspn(p, "\n"), sign = n && (*p == '+' || *p == '-');
		struct text t = TEXT_EMPTY;
		json_t *one = json_item(list);

		secret_hide(p + sign, n - sign, SECRET_REMOVED, &t);
		json_put(one, "change", !sign ? "none" : *p == '+' ? "added" : "removed");
		json_put(one, "line", text_str(&t));
		text_free(&t);
		p += n + (p[n] == '\n');
	}
out:
	text_free(&shown);
	text_free(&errors);
}

/* ---- files ---- */

void json_more(struct cmd *c, json_t *o)
{
	const char *url = cmd_str(c, "url");
	struct text t = TEXT_EMPTY;
	struct why why;

	if (files_read(c, url, &t, &why)) {
		json_put(o, "url", url);
		json_num(o, "octets", t.n);
		json_lines(o, "lines", text_str(&t));
	} else {
		cmd_error(c, "%s", why.text);
	}
	text_free(&t);
}

void json_dir(struct cmd *c, json_t *o)
{
	struct files_dir d;
	json_t *list;

	if (!files_dir(c, &d))
		return;
	json_put(o, "directory", d.place);
	list = json_list(o, "files");
	for (unsigned i = 0; i < d.n; i++) {
		json_t *one = json_item(list);

		json_put(one, "name", d.file[i].name);
		json_num(one, "octets", d.file[i].size);
		json_date(one, "changed", d.file[i].changed);
	}
	json_num(o, "total_octets", FILES_SIZE);
	json_num(o, "free_octets", d.used < FILES_SIZE ? FILES_SIZE - d.used : 0);
}

/* ---- tech-support: each command's own object ---- */

void json_tech_support(struct cmd *c, json_t *o)
{
	struct shell apart = { .cli = c->cli, .session = c->session };
	json_t *list = json_list(o, "commands");
	struct text out = TEXT_EMPTY;
	struct match m;

	for (const char *const *line = tech_commands; *line; line++) {
		json_t *one = json_item(list);
		struct cmd *sub;

		json_put(one, "command", *line);
		match_line(c->cli->grammar, IN_EXEC, 15, *line, &m);
		sub = m.result == MATCH_OK ? shell_cmd(&apart, &m, 0, *line, &out) : NULL;
		if (sub && sub->row->json)
			sub->row->json(sub, json_part(one, "output"));
		if (sub)
			cmd_free(sub);
		else
			match_free(&m);
		json_lines(one, "errors", text_str(&out));
		text_clear(&out);
	}
	text_free(&out);
}

/* ---- archive ---- */

void json_archive(struct cmd *c, json_t *o)
{
	const struct cfg_archive *a = &c->cfg->archive;
	struct archive_file list[ARCHIVES_MAX];
	char next[260] = "";
	unsigned n = a->path[0] ? archive_list(c->cli, list, next) : 0;
	json_t *files = json_list(o, "archives"), *one;

	json_put_or_null(o, "path", a->path);
	json_num(o, "maximum", a->maximum);
	json_num_or_null(o, "period_minutes", a->period, 0);
	json_flag(o, "write_memory", a->write_memory);
	json_put_or_null(o, "next", next);
	for (unsigned i = 0; i < n; i++) {
		one = json_item(files);
		json_num(one, "number", list[i].number);
		json_put(one, "url", list[i].url);
	}
}

void json_archive_log(struct cmd *c, json_t *o)
{
	const struct archive *a = &c->cli->archive;
	json_t *list = json_list(o, "entries"), *one;

	for (unsigned i = 0; i < a->n; i++) {
		if (!archive_wanted(c, &a->entry[i]))
			continue;
		one = json_item(list);
		json_num(one, "index", a->entry[i].index);
		json_num(one, "session", a->entry[i].session);
		json_put(one, "by", a->entry[i].by);
		json_put(one, "command", a->entry[i].line);
	}
}
