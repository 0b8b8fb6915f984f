/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include "lib/mem.h"
#include "lib/store.h"
#include "lib/text.h"
#include "lib/why.h"

#define STORE_MAX ((size_t)64 << 20)

struct store {
	char *dir;
	int fd;
};

struct store *store_open(const char *dir, struct why *why)
{
	struct store *s;
	int fd;

	if (mkdir(dir, 0700) < 0 && errno != EEXIST) {
		why_set(why, "%s: cannot be created: %s", dir, strerror(errno));
		return NULL;
	}
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0) {
		why_set(why, "%s: cannot be opened: %s", dir, strerror(errno));
		return NULL;
	}
	s = mem_zalloc(sizeof(*s));
	s->dir = mem_strdup(dir);
	s->fd = fd;
	return s;
}

void store_close(struct store *s)
{
	if (!s)
		return;
	close(s->fd);
	free(s->dir);
	free(s);
}

const char *store_dir(const struct store *s)
{
	return s->dir;
}

static bool failed(const struct store *s, const char *name, const char *what, int error, struct why *why)
{
	return why_set(why, "%s/%s: %s: %s", s->dir, name, what, strerror(error));
}

/* A file of this directory: no path, not the directory itself, and no name that a temporary could take. */
static bool name_ok(const struct store *s, const char *name, struct why *why)
{
	if (name[0] == '\0' || name[0] == '.' || strchr(name, '/') || strlen(name) > 200)
		return why_set(why, "%s/%.200s: not a file name", s->dir, name);
	return true;
}

static bool read_all(const struct store *s, const char *name, int fd, struct text *out, struct why *why)
{
	static const size_t step = 64 << 10;
	char *buf = mem_zalloc(step);
	size_t total = 0;
	ssize_t n;

	while ((n = read(fd, buf, step)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			break;
		total += (size_t)n;
		if (total > STORE_MAX) {
			errno = EFBIG;
			n = -1;
			break;
		}
		text_addn(out, buf, (size_t)n);
	}
	/* private-config goes through here */
	explicit_bzero(buf, step);
	free(buf);
	return n == 0 || failed(s, name, "cannot be read", errno, why);
}

bool store_read(struct store *s, const char *name, struct text *out, bool *missing, struct why *why)
{
	struct stat st;
	bool ok;
	int fd;

	if (missing)
		*missing = false;
	if (!name_ok(s, name, why))
		return false;
	/* O_NONBLOCK: a FIFO somebody put there must not stop the daemon. */
	fd = openat(s->fd, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0) {
		if (missing)
			*missing = errno == ENOENT;
		return failed(s, name, "cannot be opened", errno, why);
	}
	if (fstat(fd, &st) < 0)
		ok = failed(s, name, "cannot be read", errno, why);
	else if (!S_ISREG(st.st_mode))
		ok = why_set(why, "%s/%s: is not a regular file", s->dir, name);
	else
		ok = read_all(s, name, fd, out, why);
	close(fd);
	return ok;
}

static bool write_all(int fd, struct bytes data)
{
	while (data.n) {
		ssize_t n = write(fd, data.p, data.n);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return false;
		data.p += n;
		data.n -= (size_t)n;
	}
	return true;
}

/* Writes and syncs a fresh file 'temporary'; 0 or an errno. */
static int write_temporary(const struct store *s, const char *temporary, struct bytes data)
{
	int error = 0;
	int fd;

	/* What a crash left behind; O_EXCL so that nothing else that lies there is followed. */
	unlinkat(s->fd, temporary, 0);
	fd = openat(s->fd, temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return errno;
	if (!write_all(fd, data) || fsync(fd) < 0)
		error = errno;
	if (close(fd) < 0 && !error)
		error = errno;
	return error;
}

bool store_write(struct store *s, const char *name, struct bytes data, struct why *why)
{
	char temporary[208];
	int error;

	if (!name_ok(s, name, why))
		return false;
	snprintf(temporary, sizeof(temporary), ".%s.new", name);
	error = write_temporary(s, temporary, data);
	if (!error && renameat(s->fd, temporary, s->fd, name) < 0)
		error = errno;
	if (error) {
		unlinkat(s->fd, temporary, 0);
		return failed(s, name, "cannot be written", error, why);
	}
	if (fsync(s->fd) < 0)
		return failed(s, name, "written, but its directory cannot be synchronised", errno, why);
	return true;
}

bool store_remove(struct store *s, const char *name, struct why *why)
{
	if (!name_ok(s, name, why))
		return false;
	if (unlinkat(s->fd, name, 0) < 0)
		return errno == ENOENT || failed(s, name, "cannot be removed", errno, why);
	if (fsync(s->fd) < 0)
		return failed(s, name, "removed, but its directory cannot be synchronised", errno, why);
	return true;
}
