/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Telnet: the daemon accepts, finds a vty line and starts a terminal (gdoixsh) that speaks the protocol as nobody and
 * holds nothing but the accepted socket and its session's end of a socket pair.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include "cli/vty_server.h"
#include "config/cfg.h"
#include "config/config.h"
#include "lib/clock.h"
#include "lib/env.h"
#include "lib/loop.h"
#include "lib/mem.h"
#include "lib/ratelimit.h"
#include "lib/timer.h"
#include "lib/why.h"
#include "syslog/msg.h"

#define RETRY SEC(10)		/* a port that is taken */
#define PAUSE SEC(1)		/* no descriptors left */
#define GRACE SEC(5)		/* for a terminal whose session is over */
#define UNANSWERED_MS 60000	/* data that a dead peer does not acknowledge */

struct line {			/* one vty: the terminal on it */
	struct vty_telnet *telnet;
	unsigned number;
	pid_t pid;		/* 0: the line is free */
	bool session;
	struct timer kill;
};

struct vty_telnet {
	struct vty_server *server;
	const struct cli_deps *d;
	struct loop *loop;
	struct vty_options o;
	unsigned subscription;
	int fd;
	struct watch *watch, *child;
	struct timer retry, pause;
	bool complained;
	struct ratelimit refusals;
	struct line line[CFG_VTYS];
};

static struct timers *timers_of(const struct vty_telnet *t)
{
	return t->d->env->timers;
}

/* ---- terminals ---- */

static void free_if_done(struct line *l)
{
	if (l->pid || l->session)
		return;
	timer_cancel(timers_of(l->telnet), &l->kill);
}

static void children(int signo, void *arg)
{
	struct vty_telnet *t = arg;

	for (unsigned i = 0; i < CFG_VTYS; i++) {
		struct line *l = &t->line[i];

		if (l->pid && waitpid(l->pid, NULL, WNOHANG) == l->pid) {
			l->pid = 0;
			free_if_done(l);
		}
	}
}

static void kill_terminal(void *arg)
{
	struct line *l = arg;

	if (l->pid)
		kill(l->pid, SIGKILL);
}

/* The terminal sees its session close and ends; one that does not (its reader has stopped) is ended. */
static void session_gone(void *arg)
{
	struct line *l = arg;

	l->session = false;
	if (l->pid)
		timer_arm(timers_of(l->telnet), &l->kill, GRACE);
}

static void limit(int resource, rlim_t n)
{
	const struct rlimit r = { n, n };

	if (setrlimit(resource, &r) < 0)
		_exit(126);
}

/* In the child, between fork() and exec(): only what is safe there. Descriptor 0: the peer; 3: the session. */
static void __attribute__((noreturn)) become_terminal(const struct vty_telnet *t, int peer, int session)
{
	static char name[] = "gdoixsh", option[] = "--telnet", lang[] = "LC_CTYPE=C.UTF-8", empty[] = "";
	char *const argv[] = { name, option, NULL }, *const envp[] = { lang, NULL };
	sigset_t none;
	/* Out of the way first: either may be one of the numbers that they are to get. */
	int p = fcntl(peer, F_DUPFD, 10), s = fcntl(session, F_DUPFD, 10), program = fcntl(t->o.gdoixsh, F_DUPFD_CLOEXEC, 10);

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
	if (setgroups(0, NULL) < 0 || setresgid(t->o.gid, t->o.gid, t->o.gid) < 0 ||
		setresuid(t->o.uid, t->o.uid, t->o.uid) < 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		_exit(126);
	prctl(PR_SET_PDEATHSIG, SIGKILL);	/* a change of identity has cleared it */
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	/* The path may lead through directories that are root's alone. */
	execveat(program, empty, argv, envp, AT_EMPTY_PATH);
	_exit(127);
}

static bool start_terminal(struct line *l, int fd, struct ip4 from)
{
	struct cli_peer peer = { .origin = CLI_VTY, .line = l->number, .from = from };
	struct vty_telnet *t = l->telnet;
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		return false;
	l->pid = fork();
	if (l->pid == 0)
		become_terminal(t, fd, pair[1]);
	close(pair[1]);
	if (l->pid < 0) {
		l->pid = 0;
		close(pair[0]);
		return false;
	}
	fcntl(pair[0], F_SETFL, O_NONBLOCK);
	l->session = true;
	if (!vty_conn_new(t->server, pair[0], &peer, session_gone, l)) {
		l->session = false;
		timer_arm(timers_of(t), &l->kill, 0);
	}
	return true;
}

/* ---- callers ---- */

static bool line_takes(const struct vty_telnet *t, unsigned i, struct ip4 from)
{
	const struct cfg *cfg = config_running(t->d->config);
	const struct cfg_line *c = &cfg->vty[i];

	return i < cfg->nvty && c->transport_telnet &&
		(!c->access_class[0] || acl_permits_source(cfg_acl(cfg, c->access_class), from));
}

/* The lowest free line that takes the caller; *any: there is one, busy or not. */
static struct line *find_line(struct vty_telnet *t, struct ip4 from, bool *any)
{
	*any = false;
	for (unsigned i = 0; i < CFG_VTYS; i++) {
		if (!line_takes(t, i, from))
			continue;
		*any = true;
		if (!t->line[i].pid && !t->line[i].session)
			return &t->line[i];
	}
	return NULL;
}

static void set_option(int fd, int level, int option, int value)
{
	setsockopt(fd, level, option, &value, sizeof(value));	/* each makes things better, none is needed */
}

/* A peer that has vanished is noticed while idle (keepalive) and while written to (user timeout). */
static void tune(int fd)
{
	set_option(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
	set_option(fd, IPPROTO_TCP, TCP_KEEPIDLE, 60);
	set_option(fd, IPPROTO_TCP, TCP_KEEPINTVL, 10);
	set_option(fd, IPPROTO_TCP, TCP_KEEPCNT, 6);
	set_option(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, UNANSWERED_MS);
	set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1);
}

static void refuse(int fd)
{
	const struct linger now = { 1, 0 };

	/* As IOS: a reset, which the caller's telnet reports as a refused connection. */
	setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	close(fd);
}

static void greet(struct vty_telnet *t, int fd, const struct sockaddr_in *a)
{
	static const char busy[] = "\r\n% All vty lines are busy, try again later\r\n";
	struct ip4 from = { ntohl(a->sin_addr.s_addr) };
	uint64_t missed;
	bool any;
	struct line *l = find_line(t, from, &any);
	const char *reason = !any ? "no line takes sessions from there" : !l ? "all lines are busy" : NULL;

	if (any) {
		tune(fd);
		if (l && !start_terminal(l, fd, from))
			reason = "no terminal can be started";
		if (reason)
			send(fd, busy, sizeof(busy) - 1, MSG_DONTWAIT | MSG_NOSIGNAL);
		close(fd);
	} else {
		refuse(fd);
	}
	if (reason && ratelimit_ok(&t->refusals, clock_now(t->d->env->clock), &missed))
		log_SYS_VTY_BUSY(t->d->log, ip4_s(from), reason);
}

static void go_on_accepting(void *arg)
{
	struct vty_telnet *t = arg;

	if (t->watch)
		watch_set(t->watch, WATCH_READ);
}

static void accept_caller(int ready, void *arg)
{
	struct vty_telnet *t = arg;
	struct sockaddr_in a = { 0 };
	socklen_t size = sizeof(a);
	int fd = accept4(t->fd, (struct sockaddr *)&a, &size, SOCK_CLOEXEC);

	if (fd >= 0) {
		greet(t, fd, &a);
	} else if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED) {
		watch_set(t->watch, 0);
		timer_arm(timers_of(t), &t->pause, PAUSE);
	}
}

/* ---- the listener ---- */

static void shut(struct vty_telnet *t)
{
	watch_del(t->watch);
	t->watch = NULL;
	if (t->fd >= 0)
		close(t->fd);
	t->fd = -1;
}

static bool open_listener(struct vty_telnet *t, struct why *why)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons(t->o.telnet_port) };

	t->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (t->fd < 0)
		return why_set(why, "%s", strerror(errno));
	set_option(t->fd, SOL_SOCKET, SO_REUSEADDR, 1);
	if (bind(t->fd, (const struct sockaddr *)&a, sizeof(a)) < 0 || listen(t->fd, 16) < 0)
		return why_set(why, "%s", strerror(errno));
	t->watch = watch_add(t->loop, t->fd, WATCH_READ, accept_caller, t);
	return t->watch ? true : why_set(why, "cannot be watched");
}

/* Opens or closes as the vty lines say. */
static void follow_config(void *arg)
{
	struct vty_telnet *t = arg;
	const struct cfg *cfg = config_running(t->d->config);
	struct why why;
	bool want = false;

	for (unsigned i = 0; i < cfg->nvty && i < CFG_VTYS; i++)
		want |= cfg->vty[i].transport_telnet;
	timer_cancel(timers_of(t), &t->retry);
	if (want == (t->watch != NULL))
		return;
	shut(t);
	if (!want || open_listener(t, &why)) {
		t->complained = false;
		return;
	}
	shut(t);
	if (!t->complained) {
		char where[24];

		snprintf(where, sizeof(where), "TCP port %u", t->o.telnet_port);
		log_SYS_VTY_LISTEN(t->d->log, where, why.text);
	}
	t->complained = true;
	timer_arm(timers_of(t), &t->retry, RETRY);
}

static void config_told(void *arg, enum config_event ev)
{
	follow_config(arg);
}

struct vty_telnet *vty_telnet_new(struct vty_server *v, const struct cli_deps *deps, struct loop *loop,
	const struct vty_options *o)
{
	struct vty_telnet *t = mem_zalloc(sizeof(*t));

	t->server = v;
	t->d = deps;
	t->loop = loop;
	t->o = *o;
	t->fd = -1;
	ratelimit_init(&t->refusals, 5, SEC(10));
	timer_init(&t->retry, follow_config, t);
	timer_init(&t->pause, go_on_accepting, t);
	for (unsigned i = 0; i < CFG_VTYS; i++) {
		t->line[i].telnet = t;
		t->line[i].number = i;
		timer_init(&t->line[i].kill, kill_terminal, &t->line[i]);
	}
	t->child = watch_signal(loop, SIGCHLD, children, t);
	t->subscription = config_subscribe(deps->config, config_told, t);
	follow_config(t);
	return t;
}

void vty_telnet_free(struct vty_telnet *t)
{
	if (!t)
		return;
	config_unsubscribe(t->d->config, t->subscription);
	shut(t);
	watch_del(t->child);
	timer_cancel(timers_of(t), &t->retry);
	timer_cancel(timers_of(t), &t->pause);
	for (unsigned i = 0; i < CFG_VTYS; i++) {
		struct line *l = &t->line[i];

		timer_cancel(timers_of(t), &l->kill);
		if (!l->pid)
			continue;
		kill(l->pid, SIGKILL);
		waitpid(l->pid, NULL, 0);
	}
	free(t);
}
