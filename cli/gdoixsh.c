/* SPDX-License-Identifier: GPL-3.0-or-later */
/* gdoixsh, the terminal of gdoixd: see gdoixsh(1). */
#include <errno.h>
#include <getopt.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include "cli/gdoixsh.h"
#include "lib/mem.h"
#include "lib/wire.h"

#define SESSION_FD 3		/* of a terminal that the daemon started */

static bool send_all(int fd, const char *p, size_t n)
{
	while (n) {
		ssize_t sent = send(fd, p, n, MSG_NOSIGNAL);

		if (sent < 0 && errno != EINTR)
			return false;
		if (sent > 0) {
			p += sent;
			n -= (size_t)sent;
		}
	}
	return true;
}

static bool link_send2(struct link *l, enum vty_type type, struct bytes head, struct bytes body)
{
	struct text t = TEXT_EMPTY;
	bool ok;

	vty_put(&t, (uint8_t)type, head, body);
	ok = send_all(l->fd, t.s, t.n);
	explicit_bzero(t.s, t.cap);	/* it may be a password */
	text_free(&t);
	return ok;
}

bool link_send(struct link *l, enum vty_type type, struct bytes body)
{
	return link_send2(l, type, BYTES_NONE, body);
}

bool link_hello(struct link *l, uint8_t flags, unsigned height, unsigned width, const char *term)
{
	uint8_t head[6];
	struct wr w = wr_init(head, sizeof(head));

	wr_u8(&w, VTY_VERSION);
	wr_u8(&w, flags);
	wr_u16(&w, (uint16_t)height);
	wr_u16(&w, (uint16_t)width);
	return link_send2(l, VTY_HELLO, wr_done(&w), bytes_str(term));
}

bool link_read(struct link *l)
{
	size_t room;
	uint8_t *to = vty_in_room(&l->in, &room);
	ssize_t n;

	if (!room || l->in.bad)
		return false;
	do
		n = recv(l->fd, to, room, 0);
	while (n < 0 && errno == EINTR);
	if (n <= 0)
		return false;
	vty_in_got(&l->in, (size_t)n);
	return true;
}

bool prompt_parse(struct bytes body, struct prompt *out)
{
	struct rd r = rd_init(body);
	struct bytes text;

	memset(out, 0, sizeof(*out));
	out->flags = rd_u8(&r);
	out->error = rd_u8(&r) != 0;
	out->length = rd_u16(&r);
	out->width = rd_u16(&r);
	if (!rd_ok(&r))
		return false;
	text = rd_rest(&r);
	if (text.n >= sizeof(out->text))
		text.n = sizeof(out->text) - 1;
	if (text.n)
		memcpy(out->text, text.p, text.n);
	return true;
}

static int connect_to(const char *rundir)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int n = snprintf(a.sun_path, sizeof(a.sun_path), "%s/vty.sock", rundir);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (n < 0 || (size_t)n >= sizeof(a.sun_path))
		errno = ENAMETOOLONG;
	else if (fd >= 0 && connect(fd, (const struct sockaddr *)&a, sizeof(a)) == 0)
		return fd;
	fprintf(stderr, "gdoixsh: %s/vty.sock: %s%s\n", rundir, strerror(errno),
		errno == ENOENT || errno == ECONNREFUSED ? " (is gdoixd running?)" : "");
	exit(2);
}

static void __attribute__((noreturn)) usage(int status)
{
	fputs("usage: gdoixsh [--run DIR] [--verbose] [-c COMMAND]...\n"
	      "  -r, --run DIR          the daemon's run directory (" GX_RUNDIR ")\n"
	      "  -c, --command COMMAND  runs COMMAND and ends; several run in one session, in order\n"
	      "  -v, --verbose          prints prompts and commands too when they are not typed\n"
	      "  -h, --help             shows this\n"
	      "  -V, --version          shows the version\n",
		status ? stderr : stdout);
	exit(status);
}

struct options {
	const char *rundir;
	bool telnet, ssh, verbose;
	char **command;
	unsigned n;
};

static void parse_options(int argc, char **argv, struct options *o)
{
	static const struct option longopts[] = { { "run", required_argument, NULL, 'r' },
		{ "command", required_argument, NULL, 'c' }, { "telnet", no_argument, NULL, 't' },
		{ "ssh", no_argument, NULL, 's' },
		{ "verbose", no_argument, NULL, 'v' }, { "help", no_argument, NULL, 'h' }, { "version", no_argument, NULL, 'V' }, { NULL, 0, NULL, 0 } };
	int c;

	while ((c = getopt_long(argc, argv, "r:c:vhV", longopts, NULL)) != -1) {
		switch (c) {
		case 'r':
			o->rundir = optarg;
			break;
		case 'c':
			o->command = mem_realloc(o->command, (o->n + 1) * sizeof(*o->command));
			o->command[o->n++] = optarg;
			break;
		case 't':	/* for the daemon: the peer is standard input, the session descriptor 3 */
			o->telnet = true;
			break;
		case 's':
			o->ssh = true;
			break;
		case 'v':
			o->verbose = true;
			break;
		case 'h':
			usage(0);
		case 'V':
			puts("gdoixsh " GX_VERSION);
			exit(0);
		default:
			usage(2);
		}
	}
	if (optind < argc)
		usage(2);
}

int main(int argc, char **argv)
{
	struct options o = { .rundir = GX_RUNDIR };
	struct link l = { .fd = SESSION_FD };
	int status;

	if (!setlocale(LC_CTYPE, "C.UTF-8"))
		setlocale(LC_CTYPE, "");
	parse_options(argc, argv, &o);
	if (o.telnet) {
		status = telnet_run(0, &l);
	} else if (o.ssh) {
		status = ssh_run(0, &l);
	} else {
		l.fd = connect_to(o.rundir);
		status = o.n || !isatty(0) || !isatty(1) ? batch_run(&l, o.command, o.n, o.verbose) : term_run(&l);
	}
	close(l.fd);
	vty_in_free(&l.in);
	free(o.command);
	return status;
}
