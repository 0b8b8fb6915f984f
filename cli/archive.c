/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include "cli/session.h"
#include "lib/clock.h"
#include "lib/env.h"
#include "lib/mem.h"
#include "lib/why.h"
#include "syslog/msg.h"

static const struct cfg_archive *settings(const struct cli *c)
{
	return &config_running(c->deps.config)->archive;
}

/* ---- copies ---- */

/* "Jan-28-09-15-00" */
static void stamp(const struct cli *c, struct text *out)
{
	const struct cfg *cfg = config_running(c->deps.config);
	time_t t = (time_t)(clock_wall(c->deps.env->clock) / USEC_PER_SEC);
	char day[32] = "";
	struct tm tm;

	t += 60 * zone_at(&cfg->timezone, t, NULL);
	gmtime_r(&t, &tm);
	strftime(day, sizeof(day), "%b-%d-%H-%M-%S", &tm);
	text_add(out, day);
}

/* The path with $h filled in, and $t when a name is wanted; otherwise the part before $t goes into head, that behind it into tail. */
static bool fill_in(const struct cli *c, const char *path, bool name, struct text *head, struct text *tail)
{
	struct text *to = head;

	for (const char *p = path; *p; p++) {
		if (strncmp(p, "$h", 2) == 0)
			text_add(to, config_running(c->deps.config)->hostname);
		else if (strncmp(p, "$t", 2) == 0 && name)
			stamp(c, to);
		else if (strncmp(p, "$t", 2) == 0)
			to = tail;
		else {
			text_addn(to, p, 1);
			continue;
		}
		p++;
	}
	return to == tail;
}

static void name_of(const struct cli *c, const char *path, unsigned number, char url[260])
{
	struct text t = TEXT_EMPTY;

	fill_in(c, path, true, &t, NULL);
	snprintf(url, 260, "%.240s-%u", text_str(&t), number);
	text_free(&t);
}

bool archive_path_ok(struct cli *c, const char *path, struct why *why)
{
	char url[260];

	name_of(c, path, 1, url);
	return file_name(url, true, why) != NULL;
}

/* NAME is HEAD-N, or with a time HEAD...TAIL-N: N; 0: it is not. */
static unsigned number_of(const char *name, const char *head, const char *tail, bool timed)
{
	const char *dash = strrchr(name, '-');
	size_t nhead = strlen(head), ntail = strlen(tail);
	unsigned long n;
	char *end;

	if (!dash || !isdigit((unsigned char)dash[1]) || strncmp(name, head, nhead) != 0 || (size_t)(dash - name) < nhead + ntail)
		return 0;
	if (timed ? strncmp(dash - ntail, tail, ntail) != 0 : (size_t)(dash - name) != nhead)
		return 0;
	n = strtoul(dash + 1, &end, 10);
	return *end || n > 1000000000 ? 0 : (unsigned)n;
}

static int by_number(const void *a, const void *b)
{
	unsigned x = ((const struct archive_file *)a)->number, y = ((const struct archive_file *)b)->number;

	return (x > y) - (x < y);
}

/* Every file of the path, oldest first. */
static unsigned find_all(struct cli *c, struct archive_file all[FILES_MAX])
{
	const char *path = settings(c)->path, *colon = strchr(path, ':');
	struct text head = TEXT_EMPTY, tail = TEXT_EMPTY;
	struct file_info files[FILES_MAX];
	unsigned nfiles = file_list(c->deps.config, files, FILES_MAX), n = 0;
	bool timed = fill_in(c, colon ? colon + 1 + (colon[1] == '/') : path, false, &head, &tail);

	for (unsigned i = 0; i < nfiles; i++) {
		all[n].number = number_of(files[i].name, text_str(&head), text_str(&tail), timed);
		snprintf(all[n].url, sizeof(all[n].url), "%.*s%.64s", colon ? (int)(colon - path) + 1 : 0, path, files[i].name);
		n += all[n].number > 0;
	}
	qsort(all, n, sizeof(*all), by_number);
	text_free(&head);
	text_free(&tail);
	return n;
}

unsigned archive_list(struct cli *c, struct archive_file list[ARCHIVES_MAX], char next[260])
{
	unsigned max = settings(c)->maximum, n, skip;
	struct archive_file all[FILES_MAX];

	n = find_all(c, all);
	name_of(c, settings(c)->path, n ? all[n - 1].number + 1 : 1, next);
	skip = n > max ? n - max : 0;
	memcpy(list, all + skip, (n - skip) * sizeof(*list));
	return n - skip;
}

/* So that one more is not too many. */
static void make_room(struct cli *c)
{
	unsigned max = settings(c)->maximum, n;
	struct archive_file all[FILES_MAX];
	struct why why;

	n = find_all(c, all);
	for (unsigned i = 0; i + max <= n && i < n; i++)
		if (!file_remove(c->deps.config, all[i].url, &why))
			log_ARCHIVE_CONFIG_ARCHIVE_DELETE_FAILED(c->deps.log, all[i].url, why.text);
}

bool archive_save(struct cli *c, struct why *why)
{
	struct archive_file list[ARCHIVES_MAX];
	struct text t = TEXT_EMPTY;
	char next[260];
	bool ok;

	if (!settings(c)->path[0])
		return why_set(why, "Archive feature not enabled");
	archive_list(c, list, next);
	if (!file_name(next, true, why))
		return false;
	make_room(c);
	cli_nvgen(c, &t);
	ok = file_put(c->deps.config, next, bytes_of(text_str(&t), t.n), false, why);
	text_free(&t);
	return ok;
}

void archive_save_or_log(struct cli *c)
{
	struct why why;

	if (!archive_save(c, &why))
		log_ARCHIVE_CONFIG_ARCHIVE_SKIPPED(c->deps.log, why.text);
}

/* ---- the log ---- */

void archive_log_session(struct cli *c)
{
	c->archive.session++;
}

static void drop_first(struct archive *a, unsigned n)
{
	if (!n)
		return;
	for (unsigned i = 0; i < n; i++)
		free(a->entry[i].line);
	a->n -= n;
	memmove(a->entry, a->entry + n, a->n * sizeof(*a->entry));
}

void archive_log_clear(struct cli *c)
{
	drop_first(&c->archive, c->archive.n);
	free(c->archive.entry);
	c->archive.entry = NULL;
}

static void user_at(const struct session *s, char by[100])
{
	char line[16];

	if (s->peer.origin == CLI_VTY)
		snprintf(line, sizeof(line), "vty%u", s->peer.line);
	else
		snprintf(line, sizeof(line), "console");
	snprintf(by, 100, "%s@%s", s->user[0] ? s->user : line, line);
}

void archive_log_line(const struct session *s, const char *line)
{
	struct cli *c = s->cli;
	const struct cfg_archive *cfg = settings(c);
	struct archive *a = &c->archive;
	struct archive_entry *e;
	struct text shown = TEXT_EMPTY, clean = TEXT_EMPTY;

	if (!cfg->logging || c->dry)
		return;
	line += strspn(line, " \t");
	secret_hide(line, strlen(line), "*****", &shown);
	text_escaped(&clean, bytes_of(text_str(&shown), shown.n));
	drop_first(a, a->n >= cfg->log_size ? a->n - cfg->log_size + 1 : 0);
	a->entry = mem_realloc(a->entry, (a->n + 1) * sizeof(*a->entry));
	e = &a->entry[a->n++];
	*e = (struct archive_entry){ .index = ++a->logged, .session = a->session, .line = mem_strdup(text_str(&clean)) };
	user_at(s, e->by);
	if (cfg->notify)
		log_PARSER_CFGLOG_LOGGEDCMD(c->deps.log, s->user[0] ? s->user : s->peer.origin == CLI_VTY ? "vty" : "console", e->line);
	text_free(&shown);
	text_free(&clean);
}

/* ---- */

static void period_over(void *arg)
{
	struct cli *c = arg;

	archive_save_or_log(c);
	archive_apply(c);
}

void archive_init(struct cli *c)
{
	timer_init(&c->archive.period, period_over, c);
}

void archive_free(struct cli *c)
{
	timer_cancel(c->deps.env->timers, &c->archive.period);
	archive_log_clear(c);
}

void archive_apply(struct cli *c)
{
	const struct cfg_archive *cfg = settings(c);
	struct timers *t = c->deps.env->timers;
	struct archive *a = &c->archive;

	if (c->dry)
		return;
	if (!cfg->logging)
		archive_log_clear(c);
	else if (a->n > cfg->log_size)
		drop_first(a, a->n - cfg->log_size);
	timer_cancel(t, &a->period);
	if (cfg->period && cfg->path[0])
		timer_arm(t, &a->period, SEC((uint64_t)cfg->period * 60));
}
