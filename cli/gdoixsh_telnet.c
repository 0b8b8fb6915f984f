/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The telnet side of a terminal (RFC 854, 1073, 1091) over libtelnet: this process carries octets between the accepted
 * socket and a pty, on which a child runs the same terminal as for local users. Both run as nobody.
 */
#include <errno.h>
#include <fcntl.h>
#include <libtelnet.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "cli/gdoixsh.h"

#define QUEUE 16384
#define START_MS 1000		/* how long a client may take to say what terminal it is */
#define FLUSH_MS 2000		/* for the last words */

struct queue {
	char b[QUEUE];
	size_t n;
	bool overflow;
};

static struct pump {
	int peer, pty;
	telnet_t *telnet;
	struct queue to_peer, to_pty;
	bool failed;		/* libtelnet gave the stream up */
	bool after_cr;		/* the LF or NUL that follows belongs to it */
	bool negotiates;	/* it is a telnet client: a bare CR goes out as CR NUL (RFC 854) */
	bool know_type, no_type;
	bool out_cr;
	char term[PTY_TYPE];
} P;

static void put(struct queue *q, const char *p, size_t n)
{
	if (n > QUEUE - q->n) {
		q->overflow = true;
		return;
	}
	memcpy(q->b + q->n, p, n);
	q->n += n;
}

/* Writes what the descriptor takes. False: the other side is gone. */
static bool drain(struct queue *q, int fd)
{
	ssize_t n = write(fd, q->b, q->n);

	if (n < 0)
		return errno == EAGAIN || errno == EINTR;
	q->n -= (size_t)n;
	memmove(q->b, q->b + n, q->n);
	return true;
}

/* ---- what the client says ---- */

/* CR, LF, CR LF and CR NUL all end a line: the terminal sees CR. A NUL alone means nothing. */
static void typed(const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		char c = p[i];

		if (P.after_cr && (c == '\n' || c == '\0')) {
			P.after_cr = false;
			continue;
		}
		P.after_cr = c == '\r';
		if (c == '\n')
			c = '\r';
		if (c != '\0')
			put(&P.to_pty, &c, 1);
	}
}

static void command(unsigned char cmd)
{
	switch (cmd) {
	case TELNET_IP:
	case TELNET_BREAK:
		put(&P.to_pty, "\x03", 1);
		break;
	case TELNET_EC:
		put(&P.to_pty, "\x7f", 1);
		break;
	case TELNET_EL:
		put(&P.to_pty, "\x15", 1);
		break;
	case TELNET_AYT:
		put(&P.to_peer, "\r\n[Yes]\r\n", 9);
		break;
	default:	/* NOP, GA, DM, AO and the rest: nothing to do */
		break;
	}
}

static void window(const char *p, size_t n)
{
	const unsigned char *b = (const unsigned char *)p;

	if (n == 4)
		pty_size(P.pty, (unsigned)(b[2] << 8 | b[3]), (unsigned)(b[0] << 8 | b[1]));
}

static void on_telnet(telnet_t *t, telnet_event_t *ev, void *unused)
{
	P.negotiates |= ev->type >= TELNET_EV_IAC && ev->type <= TELNET_EV_SUBNEGOTIATION;
	switch (ev->type) {
	case TELNET_EV_DATA:
		typed(ev->data.buffer, ev->data.size);
		break;
	case TELNET_EV_SEND:
		put(&P.to_peer, ev->data.buffer, ev->data.size);
		break;
	case TELNET_EV_IAC:
		command(ev->iac.cmd);
		break;
	case TELNET_EV_WILL:
		if (ev->neg.telopt == TELNET_TELOPT_TTYPE)
			telnet_ttype_send(t);
		break;
	case TELNET_EV_WONT:
		P.no_type |= ev->neg.telopt == TELNET_TELOPT_TTYPE;
		break;
	case TELNET_EV_SUBNEGOTIATION:
		if (ev->sub.telopt == TELNET_TELOPT_NAWS)
			window(ev->sub.buffer, ev->sub.size);
		break;
	case TELNET_EV_TTYPE:
		if (ev->ttype.cmd == TELNET_TTYPE_IS && !P.know_type)
			pty_type(ev->ttype.name, P.term);
		P.know_type |= ev->ttype.cmd == TELNET_TTYPE_IS;
		break;
	case TELNET_EV_COMPRESS:	/* never offered: who begins it wants to harm */
	case TELNET_EV_ERROR:
		P.failed = true;
		break;
	default:
		break;
	}
}

/* ---- what the terminal says ---- */

static void from_terminal(const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (P.out_cr && p[i] != '\n' && P.negotiates)
			telnet_send(P.telnet, "", 1);
		P.out_cr = p[i] == '\r';
		telnet_send(P.telnet, p + i, 1);
	}
}

/* ---- the pump ---- */

static bool read_peer(void)
{
	char b[1024];
	ssize_t n = read(P.peer, b, sizeof(b));

	if (n <= 0)
		return n < 0 && (errno == EAGAIN || errno == EINTR);
	telnet_recv(P.telnet, b, (size_t)n);
	return !P.failed && !P.to_peer.overflow && !P.to_pty.overflow;
}

static bool read_pty(void)
{
	char b[2048];
	ssize_t n = read(P.pty, b, sizeof(b));

	if (n <= 0)
		return n < 0 && (errno == EAGAIN || errno == EINTR);
	from_terminal(b, (size_t)n);
	return true;
}

/* One turn. Each side is read only while the other's queue has room for all that it can bring forth. */
static bool turn(bool started, int wait)
{
	struct pollfd p[2] = { { .fd = P.peer }, { .fd = P.pty } };

	if (P.to_pty.n <= QUEUE / 2 && P.to_peer.n <= QUEUE / 2)
		p[0].events |= POLLIN;
	if (started && P.to_peer.n <= QUEUE / 2)
		p[1].events |= POLLIN;
	if (P.to_peer.n)
		p[0].events |= POLLOUT;
	if (started && P.to_pty.n)
		p[1].events |= POLLOUT;
	if (!started || !p[1].events)
		p[1].fd = -1;
	if (poll(p, 2, wait) < 0)
		return errno == EINTR;
	if ((p[0].revents & POLLOUT) && !drain(&P.to_peer, P.peer))
		return false;
	if ((p[1].revents & POLLOUT) && !drain(&P.to_pty, P.pty))
		return false;
	if ((p[0].revents & (POLLHUP | POLLERR)) && !(p[0].revents & POLLIN))
		return false;
	if ((p[0].revents & POLLIN) && !read_peer())
		return false;
	return !(p[1].revents & (POLLIN | POLLHUP | POLLERR)) || read_pty();
}

static int now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int)(t.tv_sec % 1000000 * 1000 + t.tv_nsec / 1000000);
}

static bool greet(void)
{
	int end = now_ms() + START_MS, left;

	telnet_negotiate(P.telnet, TELNET_WILL, TELNET_TELOPT_ECHO);
	telnet_negotiate(P.telnet, TELNET_WILL, TELNET_TELOPT_SGA);
	telnet_negotiate(P.telnet, TELNET_DO, TELNET_TELOPT_TTYPE);
	telnet_negotiate(P.telnet, TELNET_DO, TELNET_TELOPT_NAWS);
	while (!P.know_type && !P.no_type && !P.to_pty.n && (left = end - now_ms()) > 0) {
		if (!turn(false, left))
			return false;
	}
	return true;
}

static const telnet_telopt_t options[] = {
	{ TELNET_TELOPT_ECHO, TELNET_WILL, TELNET_DONT },
	{ TELNET_TELOPT_SGA, TELNET_WILL, TELNET_DO },
	{ TELNET_TELOPT_TTYPE, TELNET_WONT, TELNET_DO },
	{ TELNET_TELOPT_NAWS, TELNET_WONT, TELNET_DO },
	{ -1, 0, 0 },
};

/* What is still to be said, for a while. */
static void last_words(void)
{
	int end = now_ms() + FLUSH_MS, left;

	while (P.to_peer.n && (left = end - now_ms()) > 0) {
		struct pollfd p = { .fd = P.peer, .events = POLLOUT };

		if (poll(&p, 1, left) <= 0 || !drain(&P.to_peer, P.peer))
			return;
	}
}

int telnet_run(int peer, struct link *l)
{
	pid_t child;
	int slave = -1;

	signal(SIGPIPE, SIG_IGN);
	sandbox();
	P.peer = peer;
	fcntl(peer, F_SETFL, fcntl(peer, F_GETFL) | O_NONBLOCK);
	P.telnet = telnet_init(options, on_telnet, 0, NULL);
	if (!P.telnet || !pty_open(&P.pty, &slave))
		return 2;
	pty_size(P.pty, 24, 80);
	if (!greet())
		return 1;
	child = fork();
	if (child == 0) {
		close(P.pty);
		_exit(pty_terminal(slave, P.term, l));
	}
	close(slave);
	close(l->fd);
	if (child > 0) {
		while (turn(true, -1))
			continue;
		last_words();
		close(P.pty);	/* a terminal that still runs hangs up */
		waitpid(child, NULL, 0);
	}
	telnet_free(P.telnet);
	return child > 0 ? 0 : 2;
}
