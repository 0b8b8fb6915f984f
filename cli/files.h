/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The operator's files: nvram:NAME, flash:NAME and NAME alone are the same place, the directory 'files' of the state
 * directory. startup-config stands beside it, running-config is no file; keys cannot be named.
 */
#pragma once
#include "lib/bytes.h"

struct cmd;
struct config;
struct text;
struct why;

#define FILES_MAX 64			/* how many */
#define FILES_SIZE ((size_t)64 << 20)	/* octets of all together */

struct file_info {
	char name[72];
	uint64_t size, changed;		/* octets; wall µs */
};

/* The file's name in the URL; NULL with why when it is none of ours. write: not to one of the system's files. */
const char *file_name(const char *url, bool write, struct why *why);
/* startup-config as well. */
bool file_get(struct config *c, const char *url, struct text *out, struct why *why);
bool file_put(struct config *c, const char *url, struct bytes data, bool append, struct why *why);
bool file_remove(struct config *c, const char *url, struct why *why);
bool file_exists(struct config *c, const char *url);
/* By name; at most max. Returns how many. */
unsigned file_list(struct config *c, struct file_info *list, unsigned max);

/* ---- rows_files.c ---- */
int files_save(struct cmd *c);
int files_load_startup(struct cmd *c);
/* The running configuration with its heading; any file that can be read, running-config too. */
void files_running(const struct cmd *c, struct text *out);
bool files_read(struct cmd *c, const char *url, struct text *out, struct why *why);
/* What 'show running-config ...' is asked for, without its heading; false with an error in c->out. */
bool files_running_part(struct cmd *c, struct text *out);
/* startup-config; false with an error in c->out. */
bool files_startup(struct cmd *c, struct text *out, bool *missing);

struct files_dir {		/* 'dir' */
	const char *place;	/* "flash:", "nvram:" */
	struct file_info file[FILES_MAX + 1];
	unsigned n;
	uint64_t used;
};
/* False with an error in c->out. */
bool files_dir(struct cmd *c, struct files_dir *d);

/* ---- rows_configure.c ---- */
/* 'show archive config differences': the lines; errors: lines of the files that were refused. False with an error in c->out. */
bool files_differences(struct cmd *c, struct text *shown, struct text *errors, bool *differs);
