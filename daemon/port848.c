/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <stdlib.h>
#include "daemon/port848.h"
#include "lib/clock.h"
#include "lib/env.h"
#include "lib/mem.h"
#include "lib/timer.h"
#include "lib/why.h"
#include "syslog/msg.h"

#define PORT 848
#define RETRY SEC(10)

struct membership {		/* kept, for a socket that is opened later */
	struct ip4 group, local;
};

struct port848 {
	struct net net;
	const struct env *env;
	struct loop *loop;
	struct syslog *log;
	struct net *udp;	/* NULL: the port is not ours */
	void (*input)(void *arg, const struct datagram *d);
	void *arg;
	struct timer retry;
	bool complained;
	struct membership *member;
	unsigned n;
};

static struct port848 *port_of(struct net *n)
{
	return (struct port848 *)n;
}

static bool port_send(struct net *n, struct endpoint src, struct endpoint dst, struct bytes body)
{
	struct net *udp = port_of(n)->udp;

	errno = ENETDOWN;
	return udp && udp->ops->send(udp, src, dst, body);
}

/* What cannot be sent is lost on the way, and retransmitted by those whose business it is. */
static size_t port_send_many(struct net *n, struct endpoint src, const struct endpoint *dst, size_t count,
	struct bytes body)
{
	struct net *udp = port_of(n)->udp;

	return udp ? udp->ops->send_many(udp, src, dst, count, body) : count;
}

static bool port_join(struct net *n, struct ip4 group, struct ip4 local)
{
	struct port848 *p = port_of(n);

	p->member = mem_realloc(p->member, (p->n + 1) * sizeof(*p->member));
	p->member[p->n++] = (struct membership){ group, local };
	return !p->udp || p->udp->ops->join(p->udp, group, local);
}

static void port_leave(struct net *n, struct ip4 group, struct ip4 local)
{
	struct port848 *p = port_of(n);

	for (unsigned i = 0; i < p->n; i++) {
		if (!ip4_eq(p->member[i].group, group) || !ip4_eq(p->member[i].local, local))
			continue;
		p->member[i] = p->member[--p->n];
		break;
	}
	if (p->udp)
		p->udp->ops->leave(p->udp, group, local);
}

static struct ip4 port_source_for(struct net *n, struct ip4 dst)
{
	struct net *udp = port_of(n)->udp;

	return udp ? udp->ops->source_for(udp, dst) : (struct ip4){ 0 };
}

static const struct net_ops port_ops = {
	.send = port_send,
	.send_many = port_send_many,
	.join = port_join,
	.leave = port_leave,
	.source_for = port_source_for,
};

static void try_open(void *arg)
{
	struct port848 *p = arg;
	struct why why;

	p->udp = udp_open(p->loop, PORT, p->input, p->arg, &why);
	if (!p->udp) {
		if (!p->complained)
			log_CRYPTO_IKMP_PORT(p->log, PORT, why.text);
		p->complained = true;
		timer_arm(p->env->timers, &p->retry, RETRY);
		return;
	}
	for (unsigned i = 0; i < p->n; i++)
		p->udp->ops->join(p->udp, p->member[i].group, p->member[i].local);
	p->complained = false;
}

struct port848 *port848_new(const struct env *env, struct loop *loop, struct syslog *log)
{
	struct port848 *p = mem_zalloc(sizeof(*p));

	p->net.ops = &port_ops;
	p->env = env;
	p->loop = loop;
	p->log = log;
	timer_init(&p->retry, try_open, p);
	return p;
}

struct net *port848_net(struct port848 *p)
{
	return &p->net;
}

void port848_open(struct port848 *p, void (*input)(void *arg, const struct datagram *d), void *arg)
{
	p->input = input;
	p->arg = arg;
	try_open(p);
}

void port848_close(struct port848 *p)
{
	timer_cancel(p->env->timers, &p->retry);
	udp_close(p->udp);
	p->udp = NULL;
}

void port848_free(struct port848 *p)
{
	if (!p)
		return;
	port848_close(p);
	free(p->member);
	free(p);
}
