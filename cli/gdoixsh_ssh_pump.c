/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The session's child, and octets between it and the client's channel. */
#include <errno.h>
#include <fcntl.h>
#include <libssh/server.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "cli/gdoixsh_ssh.h"
#include "lib/mem.h"

#define CHUNK 8192
#define COMMANDS_MAX 1024
#define GOODBYE_MS 2000		/* for the client to take the last words */

/* ---- the child ---- */

static bool read_all(int fd, void *to, size_t n)
{
	for (char *p = to; n;) {
		ssize_t got = read(fd, p, n);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return false;
		p += got;
		n -= (size_t)got;
	}
	return true;
}

struct order {
	enum ssh_want want;
	char type[PTY_TYPE];
	uint32_t n;		/* octets of the command, which follow */
};

/* Each line is a command, or the answer to what the one before asks. */
static int run_commands(struct link *l, char *text)
{
	char *line[COMMANDS_MAX], *at = text;
	unsigned n = 0;

	while (at && n < COMMANDS_MAX) {
		char *end = strpbrk(at, "\r\n");

		line[n++] = at;
		if (end && end[0] == '\r' && end[1] == '\n')
			*end++ = '\0';
		if (end)
			*end++ = '\0';
		at = end && *end ? end : NULL;
	}
	return batch_run(l, line, n, false);
}

static int run(const struct order *o, char *command, int slave, int stdio, int error, struct link *l)
{
	if (o->want == WANT_TERMINAL)
		return pty_terminal(slave, o->type, l);
	close(slave);
	if (dup2(stdio, 0) < 0 || dup2(stdio, 1) < 0 || dup2(error, 2) < 0)
		return 2;
	close(stdio);
	close(error);
	return o->want == WANT_COMMAND ? run_commands(l, command) : batch_run(l, NULL, 0, true);
}

static void __attribute__((noreturn)) be_child(int control, int slave, int stdio, int error, struct link *l)
{
	struct order o;
	char *command;
	int status;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (!read_all(control, &o, sizeof(o)))
		_exit(0);	/* nobody came in */
	command = mem_zalloc((size_t)o.n + 1);
	if (!read_all(control, command, o.n))
		_exit(0);
	close(control);
	status = run(&o, command, slave, stdio, error, l);
	fflush(NULL);
	_exit(status);
}

static void close_all(const int *fd, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		if (fd[i] >= 0)
			close(fd[i]);
}

bool ssh_child_start(struct ssh_child *c, struct link *l, int peer)
{
	/* Ours and the child's, in turn. */
	int fd[8] = { -1, -1, -1, -1, -1, -1, -1, -1 }, *control = fd, *stdio = fd + 2, *error = fd + 4, *pty = fd + 6;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, control) < 0 ||
		socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, stdio) < 0 || pipe2(error, O_CLOEXEC) < 0 ||
		!pty_open(&pty[0], &pty[1])) {
		close_all(fd, 8);
		return false;
	}
	pty_size(pty[0], 24, 80);
	c->pid = fork();
	if (c->pid == 0) {
		const int ours[] = { control[0], stdio[0], error[0], pty[0] };

		close_all(ours, 4);
		close(peer);
		be_child(control[1], pty[1], stdio[1], error[1], l);
	}
	close(control[1]);
	close(stdio[1]);
	close(error[1]);
	close(pty[1]);
	*c = (struct ssh_child){ .pid = c->pid, .control = control[0], .pty = pty[0], .stdio = stdio[0], .error = error[0] };
	fcntl(c->stdio, F_SETFL, O_NONBLOCK);
	fcntl(c->error, F_SETFL, O_NONBLOCK);
	return c->pid > 0;
}

bool ssh_child_go(struct ssh_child *c, enum ssh_want want, const char *type, const char *command)
{
	struct order o = { .want = want, .n = (uint32_t)strlen(command) };
	bool ok;

	memcpy(o.type, type, strnlen(type, sizeof(o.type) - 1));
	ok = send(c->control, &o, sizeof(o), MSG_NOSIGNAL) == (ssize_t)sizeof(o) &&
	     (!o.n || send(c->control, command, o.n, MSG_NOSIGNAL) == (ssize_t)o.n);
	close(c->control);
	c->control = -1;
	return ok;
}

/* ---- the pump ---- */

struct flow {			/* from the child to the channel */
	int fd;			/* -1: ended */
	bool error;		/* as extended data */
	char b[CHUNK];
	size_t at, n;
};

static struct pump {
	ssh_session session;
	ssh_event event;
	ssh_channel channel;
	int in;			/* to the child; -1: ended */
	bool pty;
	bool after_cr;		/* the LF or NUL that follows belongs to it */
	char b[CHUNK];		/* from the client */
	size_t at, n;
	struct flow out, err;
} P;

static bool gone(void)
{
	return !ssh_is_connected(P.session) || ssh_channel_is_closed(P.channel);
}

static bool write_pending(void)
{
	return ssh_get_poll_flags(P.session) & SSH_WRITE_PENDING;
}

/* Hands on what the client's window and its socket take. */
static bool flow_out(struct flow *f)
{
	int n;

	if (f->at == f->n || write_pending() || !ssh_channel_window_size(P.channel))
		return true;
	n = f->error ? ssh_channel_write_stderr(P.channel, f->b + f->at, (uint32_t)(f->n - f->at)) :
		       ssh_channel_write(P.channel, f->b + f->at, (uint32_t)(f->n - f->at));
	if (n < 0)
		return false;
	f->at += (size_t)n;
	return true;
}

static void flow_in(struct flow *f)
{
	ssize_t n = read(f->fd, f->b, sizeof(f->b));

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	f->at = 0;
	f->n = n > 0 ? (size_t)n : 0;
	if (n <= 0)	/* a pty whose other side is closed says EIO */
		f->fd = -1;
}

/* Many programs end a line with CR LF: a terminal takes that for one key, as over telnet. */
static size_t one_line_end(char *b, size_t n)
{
	size_t kept = 0;

	for (size_t i = 0; i < n; i++) {
		bool dropped = P.after_cr && (b[i] == '\n' || b[i] == '\0');

		P.after_cr = b[i] == '\r';
		if (!dropped)
			b[kept++] = b[i];
	}
	return kept;
}

/* What the client typed. */
static void from_client(void)
{
	int n;

	while (P.in >= 0 && P.at == P.n) {
		n = ssh_channel_read_nonblocking(P.channel, P.b, sizeof(P.b), 0);
		if (n > 0) {
			P.at = 0;
			P.n = P.pty ? one_line_end(P.b, (size_t)n) : (size_t)n;
			return;
		}
		/* A pty has no end of input: the session lasts until 'exit' or its timeout. */
		if (!P.pty && ssh_channel_is_eof(P.channel) && ssh_channel_poll(P.channel, 0) <= 0) {
			shutdown(P.in, SHUT_WR);
			P.in = -1;
		}
		return;
	}
}

static void to_child(void)
{
	ssize_t n = write(P.in, P.b + P.at, P.n - P.at);

	if (n > 0)
		P.at += (size_t)n;
	else if (n < 0 && errno != EAGAIN && errno != EINTR)
		P.in = -1;
}

static bool turn(void)
{
	struct pollfd p[4] = { { .fd = ssh_get_fd(P.session), .events = POLLIN }, { .fd = P.in }, { .fd = P.out.fd },
		{ .fd = P.err.fd } };

	if (write_pending())
		p[0].events |= POLLOUT;
	if (P.at < P.n)
		p[1].events = POLLOUT;
	else
		p[1].fd = -1;
	if (P.out.at == P.out.n)
		p[2].events = POLLIN;
	else
		p[2].fd = -1;
	if (P.err.at == P.err.n)
		p[3].events = POLLIN;
	else
		p[3].fd = -1;
	if (poll(p, 4, -1) < 0)
		return errno == EINTR;
	if (p[0].revents && ssh_event_dopoll(P.event, 0) == SSH_ERROR)
		return false;
	if (gone())
		return false;
	if (p[1].revents)
		to_child();
	if (p[2].revents)
		flow_in(&P.out);
	if (p[3].revents)
		flow_in(&P.err);
	from_client();
	return flow_out(&P.out) && flow_out(&P.err);
}

static bool flow_done(const struct flow *f)
{
	return f->fd < 0 && f->at == f->n;
}

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Status and end go out; then the client, whose only channel it was, hangs up. One told to go first takes that for an error. */
static void goodbye(int status)
{
	int64_t end = now_ms() + GOODBYE_MS;

	ssh_channel_request_send_exit_status(P.channel, status);
	ssh_channel_send_eof(P.channel);
	ssh_channel_close(P.channel);
	while (ssh_is_connected(P.session) && now_ms() < end) {
		struct pollfd p = { .fd = ssh_get_fd(P.session), .events = (short)(POLLIN | (write_pending() ? POLLOUT : 0)) };

		if (poll(&p, 1, (int)(end - now_ms())) <= 0 || ssh_event_dopoll(P.event, 0) == SSH_ERROR)
			return;
	}
}

void ssh_pump(struct ssh_child *c, enum ssh_want want, ssh_session session, ssh_event event, ssh_channel channel)
{
	int status = 0, fd = want == WANT_TERMINAL ? c->pty : c->stdio;
	bool ok = true;

	P = (struct pump){ .session = session, .event = event, .channel = channel, .in = fd, .pty = want == WANT_TERMINAL,
		.out = { .fd = fd }, .err = { .fd = c->error, .error = true } };
	ssh_set_blocking(session, 0);
	from_client();
	while (ok && !(flow_done(&P.out) && flow_done(&P.err)))
		ok = turn();
	close(c->pty);		/* a terminal that still runs hangs up */
	close(c->stdio);
	close(c->error);
	if (!ok && want != WANT_TERMINAL)
		return;		/* the end of this process ends the child */
	while (waitpid(c->pid, &status, 0) < 0 && errno == EINTR)
		continue;
	if (ok)
		goodbye(WIFEXITED(status) ? WEXITSTATUS(status) : 255);
}
