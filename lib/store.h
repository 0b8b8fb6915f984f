/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Files that survive a crash: written to a temporary beside, fsynced, renamed, directory fsynced. The old file stays
 * whole until the new one is.
 */
#pragma once
#include "lib/bytes.h"

struct text;
struct why;
struct store;

/* Opens (creates, mode 0700) the directory. NULL with why when it cannot be used. */
struct store *store_open(const char *dir, struct why *why);
void store_close(struct store *s);
const char *store_dir(const struct store *s);
/* Reads a whole file (at most 64 MiB) into out. False with why; *missing tells "no such file" from other failures. */
bool store_read(struct store *s, const char *name, struct text *out, bool *missing, struct why *why);
/* Replaces the file; mode 0600. False with why (file and reason), the old file untouched. Names are plain: no '/', no
 * leading dot. */
bool store_write(struct store *s, const char *name, struct bytes data, struct why *why);
/* A file that is not there counts as removed. */
bool store_remove(struct store *s, const char *name, struct why *why);
