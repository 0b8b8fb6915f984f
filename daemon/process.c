/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <config.h>
#include <cap-ng.h>
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "daemon/process.h"
#include "lib/mem.h"
#include "lib/why.h"

#define NOBODY 65534

static int ready_pipe = -1;

bool process_directory(const char *dir, unsigned mode, struct why *why)
{
	char *path = mem_strdup(dir);
	bool ok = true;

	for (char *slash = strchr(path + (*path == '/'), '/'); ok && slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		ok = mkdir(path, 0755) == 0 || errno == EEXIST;
		*slash = '/';
	}
	ok = ok && (mkdir(path, mode) == 0 || errno == EEXIST);
	if (!ok)
		why_set(why, "%s: %s", dir, strerror(errno));
	free(path);
	return ok;
}

static int lock_taken(int fd, const char *dir, struct why *why)
{
	char pid[16] = "";
	ssize_t n = pread(fd, pid, sizeof(pid) - 1, 0);

	pid[n > 0 ? strcspn(pid, "\n") : 0] = '\0';
	why_set(why, "another gdoixd (process %s) uses %s", pid[0] ? pid : "unknown", dir);
	close(fd);
	return -1;
}

/* What cannot be written can still be locked: the file that an earlier daemon left, else the directory itself. */
static int lock_unwritable(const char *dir, const char *path, struct why *why)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

	if (fd < 0)
		fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		why_set(why, "%s: %s", dir, strerror(errno));
	else if (flock(fd, LOCK_EX | LOCK_NB) < 0)
		return lock_taken(fd, dir, why);
	return fd;
}

static bool write_number(int fd)
{
	char pid[16];
	int n = snprintf(pid, sizeof(pid), "%ld\n", (long)getpid());

	return ftruncate(fd, 0) == 0 && pwrite(fd, pid, (size_t)n, 0) == n;
}

int process_lock(const char *dir, const char *name, struct why *unwritable, struct why *why)
{
	char path[4096];
	int n = snprintf(path, sizeof(path), "%s/%s", dir, name), fd;
	bool written;

	if (n < 0 || (size_t)n >= sizeof(path)) {
		why_set(why, "%s: the name is too long", dir);
		return -1;
	}
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
	if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) < 0)
		return lock_taken(fd, dir, why);
	written = fd >= 0 && write_number(fd);
	if (!written)
		why_set(unwritable ? unwritable : why, "%s: %s", path, strerror(errno));
	if (!written && !unwritable) {
		if (fd >= 0)
			close(fd);
		return -1;
	}
	return fd >= 0 ? fd : lock_unwritable(dir, path, why);
}

void process_harden(void)
{
	const struct rlimit none = { 0, 0 };

	setrlimit(RLIMIT_CORE, &none);
#ifndef GX_SANITIZED	/* LeakSanitizer looks at the process as a debugger does */
	prctl(PR_SET_DUMPABLE, 0);
#endif
}

bool process_drop_capabilities(struct why *why)
{
	/* Ports below 1024 (848 again when it was taken), interfaces and the kernel's SAs, large socket buffers, terminals
	 * that run as nobody and may have to be killed, locked key memory after a reload. */
	static const unsigned needed[] = { CAP_NET_BIND_SERVICE, CAP_NET_ADMIN, CAP_NET_RAW, CAP_SETUID, CAP_SETGID, CAP_KILL,
		CAP_IPC_LOCK, CAP_DAC_OVERRIDE, CAP_SETPCAP };
	bool have[sizeof(needed) / sizeof(needed[0])];

	if (geteuid() != 0)
		return true;
	if (capng_get_caps_process() < 0)
		return why_set(why, "the capabilities of this process cannot be read");
	for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++)
		have[i] = capng_have_capability(CAPNG_PERMITTED, needed[i]);
	capng_clear(CAPNG_SELECT_BOTH);
	for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++) {
		if (have[i])
			capng_update(CAPNG_ADD, CAPNG_EFFECTIVE | CAPNG_PERMITTED | CAPNG_BOUNDING_SET, needed[i]);
	}
	if (capng_apply(CAPNG_SELECT_BOTH) < 0)
		return why_set(why, "capabilities cannot be dropped: %s", strerror(errno));
	return true;
}

int process_find_gdoixsh(void)
{
	char path[4096];
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - sizeof("/gdoixsh"));
	char *slash;
	int fd = -1;

	if (n > 0) {
		path[n] = '\0';
		slash = strrchr(path, '/');
		memcpy(slash, "/gdoixsh", sizeof("/gdoixsh"));
		fd = open(path, O_PATH | O_CLOEXEC);
	}
	return fd >= 0 ? fd : open(GX_BINDIR "/gdoixsh", O_PATH | O_CLOEXEC);
}

void process_nobody(uint32_t *uid, uint32_t *gid)
{
	const struct passwd *p = getpwnam("nobody");

	*uid = p && p->pw_uid ? p->pw_uid : NOBODY;
	*gid = p && p->pw_gid ? p->pw_gid : NOBODY;
}

static void __attribute__((noreturn)) wait_for(pid_t child, int fd)
{
	char c;
	ssize_t n;
	int status;

	do
		n = read(fd, &c, 1);
	while (n < 0 && errno == EINTR);
	if (n == 1)
		_exit(0);
	if (waitpid(child, &status, 0) == child && WIFEXITED(status))
		_exit(WEXITSTATUS(status));
	_exit(1);
}

void process_background(void)
{
	int fd[2];
	pid_t pid;

	/* Whoever started this shall not wait for a pipe that a daemon holds. */
	close_range(3, ~0U, 0);
	if (pipe2(fd, O_CLOEXEC) < 0 || (pid = fork()) < 0) {
		fprintf(stderr, "gdoixd: %s\n", strerror(errno));
		exit(1);
	}
	if (pid) {
		close(fd[1]);
		wait_for(pid, fd[0]);
	}
	close(fd[0]);
	ready_pipe = fd[1];
	setsid();
}

void process_ready(void)
{
	int null;

	if (ready_pipe < 0)
		return;
	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (null >= 0) {
		dup2(null, 0);
		dup2(null, 1);
		dup2(null, 2);
		close(null);
	}
	if (chdir("/") < 0 || write(ready_pipe, "", 1) != 1)
		errno = 0;	/* the parent is gone: nobody waits */
	close(ready_pipe);
	ready_pipe = -1;
}
