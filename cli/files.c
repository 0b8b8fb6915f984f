/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include "cli/files.h"
#include "config/config.h"
#include "lib/store.h"
#include "lib/text.h"
#include "lib/why.h"

#define WORD "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.+"

const char *file_name(const char *url, bool write, struct why *why)
{
	static const char *const places[] = { "nvram:", "flash:", "bootflash:", "system:" };
	static const char *const ours[] = { "startup-config", "running-config", "private-config", "master-key" };
	const char *name = url;

	for (unsigned i = 0; i < sizeof(places) / sizeof(places[0]); i++)
		if (strncasecmp(url, places[i], strlen(places[i])) == 0)
			name = url + strlen(places[i]);
	name += *name == '/' && name != url;
	if (!name[0] || name[0] == '.' || strlen(name) > 64 || strspn(name, WORD) != strlen(name)) {
		why_set(why, "Invalid file name %.100s (flash:NAME or nvram:NAME)", url);
		return NULL;
	}
	for (unsigned i = write ? 0 : 2; i < sizeof(ours) / sizeof(ours[0]); i++) {
		if (strcmp(name, ours[i]) != 0)
			continue;
		why_set(why, "Error opening %.100s (Permission denied)", url);
		return NULL;
	}
	return name;
}

static struct store *files_open(struct config *c, struct why *why)
{
	char dir[4096];

	if ((size_t)snprintf(dir, sizeof(dir), "%s/files", store_dir(config_nvram(c))) >= sizeof(dir)) {
		why_set(why, "The state directory's name is too long");
		return NULL;
	}
	return store_open(dir, why);
}

bool file_get(struct config *c, const char *url, struct text *out, struct why *why)
{
	const char *name = file_name(url, false, why);
	struct store *s;
	bool missing = false, ok;

	if (!name)
		return false;
	if (strcmp(name, "startup-config") == 0) {
		ok = config_load_text(c, out, &missing, why);
		return ok && missing ? why_set(why, "Error opening %.100s (No such file or directory)", url) : ok;
	}
	s = files_open(c, why);
	if (!s)
		return false;
	ok = store_read(s, name, out, &missing, why);
	store_close(s);
	return !ok && missing ? why_set(why, "Error opening %.100s (No such file or directory)", url) : ok;
}

bool file_exists(struct config *c, const char *url)
{
	struct text t = TEXT_EMPTY;
	struct why why;
	bool there = file_get(c, url, &t, &why);

	text_free(&t);
	return there;
}

/* What the others take leaves this much. */
static bool room_for(struct config *c, const char *name, size_t n, struct why *why)
{
	struct file_info list[FILES_MAX];
	unsigned count = file_list(c, list, FILES_MAX), others = 0;
	size_t used = n;

	for (unsigned i = 0; i < count; i++) {
		if (strcmp(list[i].name, name) == 0)
			continue;
		others++;
		used += (size_t)list[i].size;
	}
	return (others < FILES_MAX && used <= FILES_SIZE) || why_set(why, "Error writing %s (No space left on device)", name);
}

bool file_put(struct config *c, const char *url, struct bytes data, bool append, struct why *why)
{
	const char *name = file_name(url, true, why);
	struct text t = TEXT_EMPTY;
	struct store *s = name ? files_open(c, why) : NULL;
	bool missing, ok = s != NULL;

	if (ok && append)
		ok = store_read(s, name, &t, &missing, why) || missing;
	if (ok) {
		text_addn(&t, (const char *)data.p, data.n);
		ok = room_for(c, name, t.n, why) && store_write(s, name, bytes_of(text_str(&t), t.n), why);
	}
	text_free(&t);
	store_close(s);
	return ok;
}

bool file_remove(struct config *c, const char *url, struct why *why)
{
	const char *name = file_name(url, true, why);
	struct store *s = name ? files_open(c, why) : NULL;
	bool ok = s && store_remove(s, name, why);

	store_close(s);
	return ok;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct file_info *)a)->name, ((const struct file_info *)b)->name);
}

unsigned file_list(struct config *c, struct file_info *list, unsigned max)
{
	char path[4096];
	struct dirent *e;
	struct stat st;
	unsigned n = 0;
	DIR *d;

	snprintf(path, sizeof(path), "%s/files", store_dir(config_nvram(c)));
	d = opendir(path);
	while (d && n < max && (e = readdir(d)) != NULL) {
		if (e->d_name[0] == '.' || strlen(e->d_name) > 64 || fstatat(dirfd(d), e->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0 ||
		    !S_ISREG(st.st_mode))
			continue;
		str_copy(list[n].name, sizeof(list[n].name), e->d_name);
		list[n].size = (uint64_t)st.st_size;
		list[n++].changed = (uint64_t)st.st_mtim.tv_sec * 1000000;
	}
	if (d)
		closedir(d);
	qsort(list, n, sizeof(*list), by_name);
	return n;
}
