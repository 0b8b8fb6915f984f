/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Telnet: the daemon accepts, finds a vty line and starts a terminal (gdoixsh) that speaks the protocol as nobody and
 * holds nothing but the accepted socket and its session's end of a socket pair.
 */
#include <stdlib.h>
#include <unistd.h>
#include "cli/login_log.h"
#include "cli/vty_line.h"
#include "config/config.h"
#include "lib/mem.h"

struct vty_telnet {
	struct vty_server *server;
	struct cli *cli;
	const struct cli_deps *d;
	struct vty_lines *lines;
	struct vty_listener *listener;
	unsigned subscription;
};

static bool waiting(const struct vty_line *l)
{
	return vty_conn_waiting(((struct vty_telnet *)l->arg)->server, l->number);
}

static void evict(struct vty_line *l)
{
	vty_conn_end(((struct vty_telnet *)l->arg)->server, l->number);
	vty_line_drop(l);
}

static const struct vty_caller_ops caller_ops = { waiting, evict };

static bool start(struct vty_telnet *t, struct vty_line *l, int fd, struct ip4 from)
{
	struct cli_peer peer = { .origin = CLI_VTY, .line = l->number, .from = from };
	int session = vty_line_start(l, "--telnet", fd, &caller_ops, t);

	if (session < 0)
		return false;
	if (!vty_conn_new(t->server, session, &peer, vty_line_done, l))
		vty_line_drop(l);
	return true;
}

static void call(void *arg, int fd, struct ip4 from)
{
	static const char busy[] = "\r\n% All vty lines are busy, try again later\r\n";
	struct vty_telnet *t = arg;
	bool any;
	bool refused = login_refused(t->cli, from);
	struct vty_line *l = refused ? NULL : vty_line_obtain(t->lines, VTY_TELNET, from, &any);

	vty_tune(fd);
	if (refused)
		vty_refuse(t->listener, fd, from, NULL, "quiet mode after failed logins");
	else if (!any)
		vty_refuse(t->listener, fd, from, NULL, "no line takes sessions from there");
	else if (!l)
		vty_refuse(t->listener, fd, from, busy, "all lines are busy");
	else if (!start(t, l, fd, from))
		vty_refuse(t->listener, fd, from, busy, "no terminal can be started");
	else
		close(fd);
}

/* Open as long as a vty line allows it. */
static void follow_config(void *arg, enum config_event ev)
{
	struct vty_telnet *t = arg;

	vty_listener_set(t->listener, vty_transport_wanted(config_running(t->d->config), VTY_TELNET));
}

struct vty_telnet *vty_telnet_new(struct vty_server *v, struct cli *c, const struct cli_deps *deps, struct loop *loop,
	const struct vty_options *o, struct vty_lines *lines)
{
	struct vty_telnet *t = mem_zalloc(sizeof(*t));

	t->server = v;
	t->cli = c;
	t->d = deps;
	t->lines = lines;
	t->listener = vty_listener_new(deps, loop, o->telnet_port, call, t);
	t->subscription = config_subscribe(deps->config, follow_config, t);
	follow_config(t, CONFIG_CHANGED);
	return t;
}

void vty_telnet_free(struct vty_telnet *t)
{
	if (!t)
		return;
	config_unsubscribe(t->d->config, t->subscription);
	vty_listener_free(t->listener);
	free(t);
}
