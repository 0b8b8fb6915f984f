/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include "cli/program.h"
#include "lib/loop.h"
#include "lib/mem.h"
#include "lib/timer.h"

#define NOBODY 65534
#define LINE 1024

struct program {
	struct program_call call;
	struct timers *timers;
	struct timer deadline;
	struct watch *watch;
	pid_t pid;
	int fd;
	char line[LINE];
	size_t n;
};

static bool find(const char *name, char *path, size_t size)
{
	static const char *const places[] = { "/usr/bin", "/bin", "/usr/sbin", "/sbin" };

	for (unsigned i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		snprintf(path, size, "%s/%s", places[i], name);
		if (access(path, X_OK) == 0)
			return true;
	}
	return false;
}

bool program_there(const char *name)
{
	char path[128];

	return find(name, path, sizeof(path));
}

/* Between fork() and exec(): only what is safe there. */
static void __attribute__((noreturn)) become(const char *path, char *const *argv, int out, bool root)
{
	static char lang[] = "LC_ALL=C", where[] = "PATH=/usr/bin:/bin";
	char *const envp[] = { lang, where, NULL };
	const struct rlimit none = { 0, 0 };
	int null = open("/dev/null", O_RDWR);
	sigset_t set;

	if (null < 0 || dup2(out, 1) < 0 || dup2(null, 0) < 0 || dup2(null, 2) < 0 || close_range(3, ~0U, 0) < 0)
		_exit(126);
	setsid();
	setrlimit(RLIMIT_CORE, &none);
	setrlimit(RLIMIT_FSIZE, &none);
	if (root && (setgroups(0, NULL) < 0 || setresgid(NOBODY, NOBODY, NOBODY) < 0 || setresuid(NOBODY, NOBODY, NOBODY) < 0))
		_exit(126);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	sigemptyset(&set);
	sigprocmask(SIG_SETMASK, &set, NULL);
	signal(SIGPIPE, SIG_DFL);
	execve(path, argv, envp);
	_exit(127);
}

static void end(struct program *p)
{
	timer_cancel(p->timers, &p->deadline);
	watch_del(p->watch);
	close(p->fd);
	/* It is over or about to be: nothing here waits for what it does. */
	kill(p->pid, SIGKILL);
	waitpid(p->pid, NULL, 0);
	free(p);
}

void program_kill(struct program *p)
{
	if (p)
		end(p);
}

static void finish(struct program *p)
{
	struct program_call call = p->call;

	end(p);
	call.done(call.arg);
}

static void too_long(void *arg)
{
	finish(arg);
}

static void give_line(struct program *p)
{
	p->line[p->n] = '\0';
	p->n = 0;
	p->call.line(p->call.arg, p->line);
}

static void readable(int ready, void *arg)
{
	struct program *p = arg;
	char buf[2048];
	ssize_t n = read(p->fd, buf, sizeof(buf));

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	for (ssize_t i = 0; i < n; i++) {
		if (buf[i] == '\n')
			give_line(p);
		else if (p->n < LINE - 1)
			p->line[p->n++] = buf[i];
	}
	if (n > 0)
		return;
	if (p->n)
		give_line(p);
	finish(p);
}

struct program *program_start(struct loop *loop, struct timers *timers, const struct program_call *call)
{
	struct program *p;
	char path[128];
	bool root = geteuid() == 0;
	int pair[2];
	pid_t pid;

	if (!find(call->name, path, sizeof(path))) {
		errno = ENOENT;
		return NULL;
	}
	if (pipe2(pair, O_CLOEXEC) < 0)
		return NULL;
	pid = fork();
	if (pid == 0)
		become(path, call->argv, pair[1], root);
	close(pair[1]);
	if (pid < 0) {
		close(pair[0]);
		return NULL;
	}
	fcntl(pair[0], F_SETFL, O_NONBLOCK);
	p = mem_zalloc(sizeof(*p));
	p->call = *call;
	p->timers = timers;
	p->pid = pid;
	p->fd = pair[0];
	p->watch = watch_add(loop, p->fd, WATCH_READ, readable, p);
	timer_init(&p->deadline, too_long, p);
	timer_arm(timers, &p->deadline, call->deadline);
	return p;
}
