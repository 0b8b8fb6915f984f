/* SPDX-License-Identifier: GPL-3.0-or-later */
/* gdoixd as a process: directories, locks, privileges, the background. */
#pragma once
#include <stdbool.h>
#include <stdint.h>

struct why;

/* Creates the directory (and those above it) with this mode; one that is there stays as it is. */
bool process_directory(const char *dir, unsigned mode, struct why *why);
/* Takes DIR/NAME for this process and writes its number into it; held until the process ends. The descriptor, or -1 with why: "another gdoixd (process 123) uses /run/gdoix".
 * unwritable may be NULL. If not, a directory that is full or read-only is taken all the same, and what could not be written stands there. */
int process_lock(const char *dir, const char *name, struct why *unwritable, struct why *why);
/* No core dumps, no debugger of the same user: key material stays inside. */
void process_harden(void);
/* Keeps the capabilities the daemon needs and drops the others for good. Before the first thread is made. */
bool process_drop_capabilities(struct why *why);
/* An O_PATH descriptor of gdoixsh, beside gdoixd or installed; -1 when there is none. */
int process_find_gdoixsh(void);
/* User and group 'nobody'. */
void process_nobody(uint32_t *uid, uint32_t *gid);

/* Goes into the background. Returns in the child only; the parent ends with status 0 once process_ready() was called, or with 1 when the child ends before. */
void process_background(void);
void process_ready(void);
