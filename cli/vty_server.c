/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include "cli/vty_line.h"
#include "lib/clock.h"
#include "lib/env.h"
#include "lib/loop.h"
#include "lib/mem.h"
#include "lib/timer.h"
#include "lib/why.h"

#define LOCAL_MAX 32		/* terminals of local users at a time */
#define HELLO_WAIT SEC(10)	/* a peer that says nothing is let go */
#define LINGER SEC(10)		/* last words that nobody reads */
#define PAUSE SEC(1)		/* no descriptors left: look again */

struct conn {
	struct conn *next, **link;
	struct vty_server *server;
	int fd;
	struct watch *watch;
	struct vty_in in;
	struct session *session;
	struct timer timer;		/* for the HELLO, then for the last words */
	bool greeted, local, lingering;
	int line;			/* vty; -1: console */
	void (*gone)(void *arg);
	void *arg;
};

struct vty_server {
	struct cli *cli;
	const struct cli_deps *d;
	struct loop *loop;
	struct conn *conns;
	struct vty_lines *lines;
	struct vty_telnet *telnet;
	struct vty_ssh *ssh;
	struct sockaddr_un path;
	int fd;
	struct watch *watch;
	struct timer pause;
	unsigned nlocal;
};

static void conn_free(struct conn *c)
{
	void (*gone)(void *arg) = c->gone;
	void *arg = c->arg;

	*c->link = c->next;
	if (c->next)
		c->next->link = c->link;
	c->server->nlocal -= c->local;
	timer_cancel(c->server->d->env->timers, &c->timer);
	watch_del(c->watch);
	if (c->fd >= 0)
		close(c->fd);
	session_free(c->session);
	vty_in_free(&c->in);
	free(c);
	if (gone)
		gone(arg);
}

static void timed_out(void *arg)
{
	conn_free(arg);
}

/* What to wait for now. A session that is over is not read from any more. */
static void conn_want(struct conn *c)
{
	bool over = session_over(c->session), waiting = session_output(c->session).n > 0;

	if (!c->watch)
		return;
	if (over && !c->lingering) {
		c->lingering = true;
		timer_arm(c->server->d->env->timers, &c->timer, LINGER);
	}
	watch_set(c->watch, (over ? 0 : WATCH_READ) | (waiting || over ? WATCH_WRITE : 0));
}

/* May come from inside a call into the session: nothing is sent or freed here. */
static void conn_wake(void *arg)
{
	struct conn *c = arg;

	if (c->watch)
		watch_set(c->watch, WATCH_READ | WATCH_WRITE);
}

/* False: the peer is gone. */
static bool conn_flush(struct conn *c)
{
	for (;;) {
		struct bytes b = session_output(c->session);
		ssize_t n;

		if (!b.n)
			return true;
		n = send(c->fd, b.p, b.n, MSG_DONTWAIT | MSG_NOSIGNAL);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno == EAGAIN;
		session_output_sent(c->session, (size_t)n);
	}
}

static bool conn_frame(struct conn *c, const struct vty_frame *f)
{
	if (!c->greeted) {
		if (f->type != VTY_HELLO)
			return false;
		c->greeted = true;
		timer_cancel(c->server->d->env->timers, &c->timer);
	}
	return session_input(c->session, f);
}

/* False: end of file, an error, or a peer that does not keep to the protocol. */
static bool conn_read(struct conn *c)
{
	struct vty_frame f;
	size_t room;
	uint8_t *to = vty_in_room(&c->in, &room);
	ssize_t n = recv(c->fd, to, room, MSG_DONTWAIT);

	if (n <= 0)
		return n < 0 && (errno == EAGAIN || errno == EINTR);
	vty_in_got(&c->in, (size_t)n);
	while (!session_over(c->session) && vty_in_next(&c->in, &f)) {
		if (!conn_frame(c, &f))
			return false;
	}
	return !c->in.bad;	/* how much output may wait is the session's business */
}

static void conn_ready(int ready, void *arg)
{
	struct conn *c = arg;

	if ((ready & WATCH_READ) && !session_over(c->session) && !conn_read(c)) {
		conn_free(c);
		return;
	}
	if (!conn_flush(c) || (session_over(c->session) && !session_output(c->session).n)) {
		conn_free(c);
		return;
	}
	conn_want(c);
}

bool vty_conn_new(struct vty_server *v, int fd, const struct cli_peer *peer, void (*gone)(void *arg), void *arg)
{
	struct conn *c = mem_zalloc(sizeof(*c));

	c->server = v;
	c->fd = fd;
	c->local = peer->local;
	c->line = peer->origin == CLI_VTY ? (int)peer->line : -1;
	v->nlocal += c->local;
	c->next = v->conns;
	c->link = &v->conns;
	if (c->next)
		c->next->link = &c->next;
	v->conns = c;
	timer_init(&c->timer, timed_out, c);
	c->session = session_new(v->cli, peer, conn_wake, c);
	if (c->session)
		c->watch = watch_add(v->loop, fd, WATCH_READ, conn_ready, c);
	if (!c->watch) {
		conn_free(c);
		return false;
	}
	c->gone = gone;
	c->arg = arg;
	timer_arm(v->d->env->timers, &c->timer, HELLO_WAIT);
	conn_want(c);
	return true;
}

static struct conn *on_line(const struct vty_server *v, unsigned line)
{
	for (struct conn *c = v->conns; c; c = c->next)
		if (c->line == (int)line)
			return c;
	return NULL;
}

bool vty_conn_waiting(const struct vty_server *v, unsigned line)
{
	const struct conn *c = on_line(v, line);

	return c && (session_at_login(c->session) || session_over(c->session));
}

void vty_conn_end(struct vty_server *v, unsigned line)
{
	struct conn *c = on_line(v, line);

	if (c)
		conn_free(c);
}

/* The socket's mode has let in root and the group; a terminal that telnet started (nobody) never gets here. */
static void greet_local(struct vty_server *v, int fd)
{
	struct cli_peer peer = { .origin = CLI_CONSOLE, .local = true };
	struct ucred who;
	socklen_t size = sizeof(who);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &size) < 0 || v->nlocal >= LOCAL_MAX) {
		close(fd);
		return;
	}
	vty_conn_new(v, fd, &peer, NULL, NULL);
}

static void go_on_accepting(void *arg)
{
	struct vty_server *v = arg;

	watch_set(v->watch, WATCH_READ);
}

static void accept_local(int ready, void *arg)
{
	struct vty_server *v = arg;
	int fd = accept4(v->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

	if (fd >= 0) {
		greet_local(v, fd);
	} else if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED) {
		watch_set(v->watch, 0);
		timer_arm(v->d->env->timers, &v->pause, PAUSE);
	}
}

/* The run directory is locked by this daemon, so a socket that is there belongs to nobody. */
static bool listen_local(struct vty_server *v, const char *rundir, struct why *why)
{
	int n;

	v->path.sun_family = AF_UNIX;
	n = snprintf(v->path.sun_path, sizeof(v->path.sun_path), "%s/vty.sock", rundir);
	if (n < 0 || (size_t)n >= sizeof(v->path.sun_path)) {
		v->path.sun_path[0] = '\0';
		return why_set(why, "%s/vty.sock: the path is too long for a socket", rundir);
	}
	if (unlink(v->path.sun_path) < 0 && errno != ENOENT)
		return why_set(why, "%s: %s", v->path.sun_path, strerror(errno));
	v->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (v->fd < 0)
		return why_set(why, "%s: %s", v->path.sun_path, strerror(errno));
	/* The mode before bind(): there is no moment at which others could connect. */
	if (fchmod(v->fd, 0660) < 0 || bind(v->fd, (const struct sockaddr *)&v->path, sizeof(v->path)) < 0 ||
		chmod(v->path.sun_path, 0660) < 0 || listen(v->fd, 128) < 0)
		return why_set(why, "%s: %s", v->path.sun_path, strerror(errno));
	v->watch = watch_add(v->loop, v->fd, WATCH_READ, accept_local, v);
	return v->watch ? true : why_set(why, "%s: cannot be watched", v->path.sun_path);
}

struct vty_server *vty_server_new(struct cli *c, const struct cli_deps *deps, struct loop *loop,
	const struct vty_options *o, struct why *why)
{
	struct vty_server *v = mem_zalloc(sizeof(*v));

	v->cli = c;
	v->d = deps;
	v->loop = loop;
	v->fd = -1;
	timer_init(&v->pause, go_on_accepting, v);
	if (!listen_local(v, o->rundir, why)) {
		vty_server_free(v);
		return NULL;
	}
	if (o->gdoixsh >= 0) {
		v->lines = vty_lines_new(deps, loop, o);
		v->telnet = vty_telnet_new(v, c, deps, loop, o, v->lines);
		v->ssh = vty_ssh_new(v, c, deps, loop, o, v->lines);
	}
	return v;
}

void vty_server_free(struct vty_server *v)
{
	if (!v)
		return;
	while (v->conns) {
		conn_flush(v->conns);
		conn_free(v->conns);
	}
	vty_telnet_free(v->telnet);
	vty_ssh_free(v->ssh);
	vty_lines_free(v->lines);
	timer_cancel(v->d->env->timers, &v->pause);
	watch_del(v->watch);
	if (v->fd >= 0) {
		close(v->fd);
		unlink(v->path.sun_path);
	}
	free(v);
}
