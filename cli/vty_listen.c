/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>
#include "cli/vty_line.h"
#include "lib/clock.h"
#include "lib/env.h"
#include "lib/loop.h"
#include "lib/mem.h"
#include "lib/ratelimit.h"
#include "lib/why.h"
#include "syslog/msg.h"

#define RETRY SEC(10)		/* a port that is taken */
#define PAUSE SEC(1)		/* no descriptors left */
#define BACKLOG 128		/* a storm of callers: those behind wait here, not a second for their next SYN */
#define UNANSWERED_MS 60000	/* data that a dead peer does not acknowledge */

struct vty_listener {
	const struct cli_deps *d;
	struct loop *loop;
	uint16_t port;
	void (*call)(void *arg, int fd, struct ip4 from);
	void *arg;
	int fd;
	struct watch *watch;
	struct timer retry, pause;
	bool complained;
	struct ratelimit refusals;
};

static struct timers *timers_of(const struct vty_listener *v)
{
	return v->d->env->timers;
}

static void set_option(int fd, int level, int option, int value)
{
	setsockopt(fd, level, option, &value, sizeof(value));	/* each makes things better, none is needed */
}

void vty_tune(int fd)
{
	set_option(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
	set_option(fd, IPPROTO_TCP, TCP_KEEPIDLE, 60);
	set_option(fd, IPPROTO_TCP, TCP_KEEPINTVL, 10);
	set_option(fd, IPPROTO_TCP, TCP_KEEPCNT, 6);
	set_option(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, UNANSWERED_MS);
	set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1);
}

void vty_refuse(struct vty_listener *v, int fd, struct ip4 from, const char *words, const char *reason)
{
	const struct linger now = { 1, 0 };
	uint64_t missed;

	if (words)
		send(fd, words, strlen(words), MSG_DONTWAIT | MSG_NOSIGNAL);
	else
		setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	close(fd);
	if (ratelimit_ok(&v->refusals, clock_now(v->d->env->clock), &missed))
		log_SYS_VTY_BUSY(v->d->log, ip4_s(from), reason);
}

static void go_on_accepting(void *arg)
{
	struct vty_listener *v = arg;

	if (v->watch)
		watch_set(v->watch, WATCH_READ);
}

static void accept_caller(int ready, void *arg)
{
	struct vty_listener *v = arg;
	struct sockaddr_in a = { 0 };
	socklen_t size = sizeof(a);
	int fd = accept4(v->fd, (struct sockaddr *)&a, &size, SOCK_CLOEXEC);

	if (fd >= 0) {
		v->call(v->arg, fd, (struct ip4){ ntohl(a.sin_addr.s_addr) });
	} else if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED) {
		watch_set(v->watch, 0);
		timer_arm(timers_of(v), &v->pause, PAUSE);
	}
}

static void shut(struct vty_listener *v)
{
	watch_del(v->watch);
	v->watch = NULL;
	if (v->fd >= 0)
		close(v->fd);
	v->fd = -1;
}

static bool listen_on(struct vty_listener *v, struct why *why)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons(v->port) };

	v->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (v->fd < 0)
		return why_set(why, "%s", strerror(errno));
	set_option(v->fd, SOL_SOCKET, SO_REUSEADDR, 1);
	if (bind(v->fd, (const struct sockaddr *)&a, sizeof(a)) < 0 || listen(v->fd, BACKLOG) < 0)
		return why_set(why, "%s", strerror(errno));
	v->watch = watch_add(v->loop, v->fd, WATCH_READ, accept_caller, v);
	return v->watch ? true : why_set(why, "cannot be watched");
}

static void try_to_open(void *arg)
{
	struct vty_listener *v = arg;
	struct why why;
	char where[24];

	if (listen_on(v, &why)) {
		v->complained = false;
		return;
	}
	shut(v);
	if (!v->complained) {
		snprintf(where, sizeof(where), "TCP port %u", v->port);
		log_SYS_VTY_LISTEN(v->d->log, where, why.text);
	}
	v->complained = true;
	timer_arm(timers_of(v), &v->retry, RETRY);
}

void vty_listener_set(struct vty_listener *v, bool open)
{
	if (open == (v->watch || timer_armed(&v->retry)))
		return;
	timer_cancel(timers_of(v), &v->retry);
	timer_cancel(timers_of(v), &v->pause);
	shut(v);
	v->complained = false;
	if (open)
		try_to_open(v);
}

struct vty_listener *vty_listener_new(const struct cli_deps *deps, struct loop *loop, uint16_t port,
	void (*call)(void *arg, int fd, struct ip4 from), void *arg)
{
	struct vty_listener *v = mem_zalloc(sizeof(*v));

	v->d = deps;
	v->loop = loop;
	v->port = port;
	v->call = call;
	v->arg = arg;
	v->fd = -1;
	ratelimit_init(&v->refusals, 5, SEC(10));
	timer_init(&v->retry, try_to_open, v);
	timer_init(&v->pause, go_on_accepting, v);
	return v;
}

void vty_listener_free(struct vty_listener *v)
{
	if (!v)
		return;
	vty_listener_set(v, false);
	free(v);
}
