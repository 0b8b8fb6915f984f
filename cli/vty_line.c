/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include "cli/vty_line.h"
#include "config/config.h"
#include "lib/clock.h"
#include "lib/env.h"
#include "lib/loop.h"
#include "lib/mem.h"
#include "lib/text.h"

#define OLD_ENOUGH SEC(5)	/* at a login prompt, to make room when all lines are busy */
#define GRACE SEC(5)		/* for a terminal whose session is over */
#define DYING_MAX 64		/* killed, not reaped yet */

struct vty_lines {
	const struct cli_deps *d;
	struct vty_options o;
	struct watch *child;
	pid_t dying[DYING_MAX];
	unsigned ndying;
	struct vty_line line[CFG_VTYS];
};

static struct timers *timers_of(const struct vty_line *l)
{
	return l->lines->d->env->timers;
}

static void children(int signo, void *arg)
{
	struct vty_lines *v = arg;

	for (unsigned i = 0; i < v->ndying; i++)
		if (waitpid(v->dying[i], NULL, WNOHANG) == v->dying[i])
			v->dying[i--] = v->dying[--v->ndying];
	for (unsigned i = 0; i < CFG_VTYS; i++) {
		struct vty_line *l = &v->line[i];

		if (!l->pid || waitpid(l->pid, NULL, WNOHANG) != l->pid)
			continue;
		l->pid = 0;
		timer_cancel(timers_of(l), &l->kill);
	}
}

static void kill_terminal(void *arg)
{
	struct vty_line *l = arg;

	if (l->pid)
		kill(l->pid, SIGKILL);
}

void vty_line_done(void *arg)
{
	struct vty_line *l = arg;

	l->taken = false;
	if (l->pid)
		timer_arm(timers_of(l), &l->kill, GRACE);
}

void vty_line_drop(struct vty_line *l)
{
	struct vty_lines *v = l->lines;

	vty_line_done(l);
	if (!l->pid || v->ndying == DYING_MAX)
		return;
	kill(l->pid, SIGKILL);
	v->dying[v->ndying++] = l->pid;
	l->pid = 0;
	timer_cancel(timers_of(l), &l->kill);
}

/* ---- the program ---- */

static void limit(int resource, rlim_t n)
{
	const struct rlimit r = { n, n };

	if (setrlimit(resource, &r) < 0)
		_exit(126);
}

/* In the child, between fork() and exec(): only what is safe there. Descriptor 0: the peer; 3: the session. */
static void __attribute__((noreturn)) become_terminal(const struct vty_options *o, char *option, int peer, int session)
{
	static char name[] = "gdoixsh", lang[] = "LC_CTYPE=C.UTF-8", empty[] = "";
	char *const argv[] = { name, option, NULL }, *const envp[] = { lang, NULL };
	sigset_t none;
	/* Out of the way first: either may be one of the numbers that they are to get. */
	int p = fcntl(peer, F_DUPFD, 10), s = fcntl(session, F_DUPFD, 10), program = fcntl(o->gdoixsh, F_DUPFD_CLOEXEC, 10);

	if (p < 0 || s < 0 || program < 0 || dup2(p, 0) < 0 || dup2(p, 1) < 0 || dup2(p, 2) < 0 || dup2(s, 3) < 0)
		_exit(126);
	program = dup3(program, 4, O_CLOEXEC);
	if (program < 0 || close_range(5, ~0U, 0) < 0)
		_exit(126);
	setsid();
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	limit(RLIMIT_CORE, 0);
	limit(RLIMIT_FSIZE, 0);
	limit(RLIMIT_NOFILE, 32);
	if (setgroups(0, NULL) < 0 || setresgid(o->gid, o->gid, o->gid) < 0 || setresuid(o->uid, o->uid, o->uid) < 0 ||
		prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		_exit(126);
	prctl(PR_SET_PDEATHSIG, SIGKILL);	/* a change of identity has cleared it */
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	/* The path may lead through directories that are root's alone. */
	execveat(program, empty, argv, envp, AT_EMPTY_PATH);
	_exit(127);
}

int vty_line_start(struct vty_line *l, const char *option, int peer, const struct vty_caller_ops *ops, void *arg)
{
	char word[16];
	int pair[2];

	str_copy(word, sizeof(word), option);
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		return -1;
	l->pid = fork();
	if (l->pid == 0)
		become_terminal(&l->lines->o, word, peer, pair[1]);
	close(pair[1]);
	if (l->pid < 0) {
		l->pid = 0;
		close(pair[0]);
		return -1;
	}
	fcntl(pair[0], F_SETFL, O_NONBLOCK);
	l->taken = true;
	l->since = clock_now(l->lines->d->env->clock);
	l->ops = ops;
	l->arg = arg;
	return pair[0];
}

/* ---- which line ---- */

static bool has_transport(const struct cfg_line *l, enum vty_transport t)
{
	return t == VTY_SSH ? l->transport_ssh : l->transport_telnet;
}

bool vty_transport_wanted(const struct cfg *cfg, enum vty_transport t)
{
	for (unsigned i = 0; i < cfg->nvty && i < CFG_VTYS; i++)
		if (has_transport(&cfg->vty[i], t))
			return true;
	return false;
}

static bool takes(const struct vty_lines *v, unsigned i, enum vty_transport t, struct ip4 from)
{
	const struct cfg *cfg = config_running(v->d->config);
	const struct cfg_line *c = &cfg->vty[i];

	return i < cfg->nvty && has_transport(c, t) &&
	       (!c->access_class[0] || acl_permits_source(cfg_acl(cfg, c->access_class), from));
}

struct vty_line *vty_line_find(struct vty_lines *v, enum vty_transport t, struct ip4 from, bool *any)
{
	*any = false;
	for (unsigned i = 0; i < CFG_VTYS; i++) {
		if (!takes(v, i, t, from))
			continue;
		*any = true;
		if (!v->line[i].pid && !v->line[i].taken)
			return &v->line[i];
	}
	return NULL;
}

struct vty_line *vty_line_obtain(struct vty_lines *v, enum vty_transport t, struct ip4 from, bool *any)
{
	struct vty_line *found = vty_line_find(v, t, from, any), *oldest = NULL;
	uint64_t now = clock_now(v->d->env->clock);

	if (found || !*any)
		return found;
	for (unsigned i = 0; i < CFG_VTYS; i++) {
		struct vty_line *l = &v->line[i];

		if (takes(v, i, t, from) && l->taken && now - l->since >= OLD_ENOUGH && (!oldest || l->since < oldest->since) &&
			l->ops->waiting(l))
			oldest = l;
	}
	if (oldest)
		oldest->ops->evict(oldest);
	return vty_line_find(v, t, from, any);
}

struct vty_lines *vty_lines_new(const struct cli_deps *deps, struct loop *loop, const struct vty_options *o)
{
	struct vty_lines *v = mem_zalloc(sizeof(*v));

	v->d = deps;
	v->o = *o;
	for (unsigned i = 0; i < CFG_VTYS; i++) {
		v->line[i].lines = v;
		v->line[i].number = i;
		timer_init(&v->line[i].kill, kill_terminal, &v->line[i]);
	}
	v->child = watch_signal(loop, SIGCHLD, children, v);
	return v;
}

void vty_lines_free(struct vty_lines *v)
{
	if (!v)
		return;
	watch_del(v->child);
	for (unsigned i = 0; i < CFG_VTYS; i++) {
		struct vty_line *l = &v->line[i];

		timer_cancel(timers_of(l), &l->kill);
		if (!l->pid)
			continue;
		kill(l->pid, SIGKILL);
		waitpid(l->pid, NULL, 0);
	}
	for (unsigned i = 0; i < v->ndying; i++)
		waitpid(v->dying[i], NULL, 0);
	free(v);
}
