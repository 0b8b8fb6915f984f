/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * 'archive': copies of the running configuration under numbered names among the operator's files, and a log of what was
 * entered in configuration mode. The copies are what the directory holds, so they are there after a restart too.
 */
#pragma once
#include <stdbool.h>
#include "cli/files.h"
#include "lib/timer.h"

struct cli;
struct cmd;
struct session;
struct text;
struct why;

#define ARCHIVES_MAX 14

struct archive_entry {
	unsigned index, session;
	char by[100];		/* "cisco@vty0" */
	char *line;		/* secrets starred */
};

struct archive {
	struct timer period;		/* time-period */
	unsigned session;		/* of configuration mode, counted from 1 */
	unsigned logged;		/* index of the latest entry */
	struct archive_entry *entry;	/* oldest first */
	unsigned n;
};

void archive_init(struct cli *c);
void archive_free(struct cli *c);
/* Follows 'time-period' and 'log config' after a change of the configuration. */
void archive_apply(struct cli *c);

/* ---- copies ---- */
struct archive_file {
	char url[260];
	unsigned number;
};
/* The copies there are, oldest first; at most 'maximum' of the configuration. next: what a new one would be called. */
unsigned archive_list(struct cli *c, struct archive_file list[ARCHIVES_MAX], char next[260]);
/* Writes a copy and removes those that are too many. False with why: no path is configured, or it cannot be written. */
bool archive_save(struct cli *c, struct why *why);
/* The same, failure logged: for 'write-memory' and 'time-period'. */
void archive_save_or_log(struct cli *c);
/* Whether copies under this path could have names; why tells what is wrong with it. */
bool archive_path_ok(struct cli *c, const char *path, struct why *why);

/* ---- the log ---- */
/* Configuration mode begins: entries from now on belong to a new session. */
void archive_log_session(struct cli *c);
/* A line was carried out ("!exec: enable" for EXEC's). s may not be NULL. */
void archive_log_line(const struct session *s, const char *line);
void archive_log_clear(struct cli *c);
/* rows_archive.c: whether 'show archive log config' was asked for this one: all, one, or from one to another. */
bool archive_wanted(const struct cmd *c, const struct archive_entry *e);
