/* SPDX-License-Identifier: GPL-3.0-or-later */
/* struct net over one UDP socket bound to 0.0.0.0:port. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>
#include "lib/loop.h"
#include "lib/mem.h"
#include "lib/net.h"
#include "lib/why.h"

#define RX_BATCH 16
#define RX_ROUNDS 4		/* batches per turn of the loop: timers must get their turn in a flood */
#define RX_OCTETS 65536
#define TX_BATCH 256
#define SOCKET_BUFFER (4 << 20)	/* the acknowledgements of thousands of members arrive together */
#define MULTICAST_TTL 64

struct membership {
	struct ip4 group, local;
	unsigned users;
};

union control {
	uint64_t align;	/* a struct cmsghdr needs no more */
	uint8_t octets[CMSG_SPACE(sizeof(struct in_pktinfo))];
};

struct rx_slot {
	struct sockaddr_in from;
	union control control;
	struct iovec iov;
};

struct udp {
	struct net net;
	int fd;
	uint16_t port;
	struct watch *watch;
	void (*input)(void *arg, const struct datagram *d);
	void *arg;
	bool reading, closed;	/* closed while reading: freed when the reader returns */
	uint8_t *buffer;	/* RX_BATCH times RX_OCTETS */
	struct rx_slot slot[RX_BATCH];
	struct mmsghdr rx[RX_BATCH];
	struct membership *member;
	unsigned nmember;
};

static struct udp *udp_of(struct net *n)
{
	return (struct udp *)n;
}

static struct sockaddr_in to_sockaddr(struct endpoint e)
{
	struct sockaddr_in a = { .sin_family = AF_INET };

	a.sin_addr.s_addr = htonl(e.ip.a);
	a.sin_port = htons(e.port);
	return a;
}

/* Where IP_PKTINFO says a datagram was sent to; none when it does not. */
static struct ip4 arrived_at(struct msghdr *m)
{
	struct in_pktinfo info;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c; c = CMSG_NXTHDR(m, c)) {
		if (c->cmsg_level != IPPROTO_IP || c->cmsg_type != IP_PKTINFO)
			continue;
		memcpy(&info, CMSG_DATA(c), sizeof(info));
		return (struct ip4){ ntohl(info.ipi_addr.s_addr) };
	}
	return (struct ip4){ 0 };
}

/* Asks for a source address; info must stay as long as the message is used. */
static void leave_from(struct msghdr *m, union control *control, struct ip4 src)
{
	struct in_pktinfo info = { 0 };
	struct cmsghdr *c;

	if (ip4_none(src))
		return;
	m->msg_control = control;
	m->msg_controllen = sizeof(control->octets);
	c = CMSG_FIRSTHDR(m);
	c->cmsg_level = IPPROTO_IP;
	c->cmsg_type = IP_PKTINFO;
	c->cmsg_len = CMSG_LEN(sizeof(info));
	info.ipi_spec_dst.s_addr = htonl(src.a);
	memcpy(CMSG_DATA(c), &info, sizeof(info));
}

static void prepare(struct udp *u)
{
	for (int i = 0; i < RX_BATCH; i++) {
		struct rx_slot *s = &u->slot[i];

		s->iov = (struct iovec){ u->buffer + (size_t)i * RX_OCTETS, RX_OCTETS };
		u->rx[i].msg_hdr = (struct msghdr){ .msg_name = &s->from, .msg_namelen = sizeof(s->from),
			.msg_iov = &s->iov, .msg_iovlen = 1, .msg_control = &s->control,
			.msg_controllen = sizeof(s->control.octets) };
	}
}

static void deliver(struct udp *u, int i)
{
	const struct rx_slot *s = &u->slot[i];
	struct datagram d = { .body = bytes_of(s->iov.iov_base, u->rx[i].msg_len) };

	if (u->rx[i].msg_hdr.msg_namelen != sizeof(s->from) || s->from.sin_family != AF_INET || !u->input)
		return;
	d.src.ip.a = ntohl(s->from.sin_addr.s_addr);
	d.src.port = ntohs(s->from.sin_port);
	d.dst.ip = arrived_at(&u->rx[i].msg_hdr);
	d.dst.port = u->port;
	u->input(u->arg, &d);
}

static void release(struct udp *u)
{
	watch_del(u->watch);
	if (u->fd >= 0)
		close(u->fd);
	free(u->member);
	free(u->buffer);
	free(u);
}

static void readable(int ready, void *arg)
{
	struct udp *u = arg;
	int n = RX_BATCH;

	u->reading = true;
	for (int round = 0; round < RX_ROUNDS && n == RX_BATCH && !u->closed; round++) {
		prepare(u);
		n = recvmmsg(u->fd, u->rx, RX_BATCH, MSG_DONTWAIT, NULL);
		for (int i = 0; i < n && !u->closed; i++)
			deliver(u, i);
	}
	u->reading = false;
	if (u->closed)
		release(u);
}

static bool udp_send(struct net *n, struct endpoint src, struct endpoint dst, struct bytes body)
{
	struct udp *u = udp_of(n);
	struct sockaddr_in to = to_sockaddr(dst);
	union uspan {
		const uint8_t *in;
		void *out;
	} base = { .in = body.p };	/* the kernel only reads it */
	struct iovec iov = { base.out, body.n };
	struct msghdr m = { .msg_name = &to, .msg_namelen = sizeof(to), .msg_iov = &iov, .msg_iovlen = 1 };
	union control control = { 0 };
	ssize_t sent;

	leave_from(&m, &control, src.ip);
	do
		sent = sendmsg(u->fd, &m, MSG_DONTWAIT | MSG_NOSIGNAL);
	while (sent < 0 && errno == EINTR);
	return sent >= 0;
}

static bool buffers_full(int error)
{
	return error == EAGAIN || error == ENOBUFS || error == ENOMEM;
}

/* Hands messages 0..count-1 to the kernel, stepping over those it refuses; stops where its buffers are full. */
static unsigned send_batch(int fd, struct mmsghdr *m, unsigned count)
{
	unsigned at = 0;

	while (at < count) {
		int n = sendmmsg(fd, m + at, count - at, MSG_DONTWAIT | MSG_NOSIGNAL);

		if (n > 0)
			at += (unsigned)n;
		else if (n < 0 && buffers_full(errno))
			break;
		else if (n < 0 && errno != EINTR)
			at++;	/* no route to this one: the others must not suffer */
	}
	return at;
}

static size_t udp_send_many(struct net *n, struct endpoint src, const struct endpoint *dst, size_t count,
	struct bytes body)
{
	struct udp *u = udp_of(n);
	union uspan {
		const uint8_t *in;
		void *out;
	} base = { .in = body.p };
	struct iovec iov = { base.out, body.n };
	union control control = { 0 };
	struct sockaddr_in to[TX_BATCH];
	struct mmsghdr m[TX_BATCH];
	size_t done = 0;

	while (done < count) {
		unsigned batch = count - done < TX_BATCH ? (unsigned)(count - done) : TX_BATCH, sent;

		for (unsigned i = 0; i < batch; i++) {
			to[i] = to_sockaddr(dst[done + i]);
			m[i].msg_hdr = (struct msghdr){ .msg_name = &to[i], .msg_namelen = sizeof(to[i]),
				.msg_iov = &iov, .msg_iovlen = 1 };
			leave_from(&m[i].msg_hdr, &control, src.ip);
		}
		sent = send_batch(u->fd, m, batch);
		done += sent;
		if (sent < batch)
			break;
	}
	return done;
}

static struct membership *find_member(struct udp *u, struct ip4 group, struct ip4 local)
{
	for (unsigned i = 0; i < u->nmember; i++) {
		if (ip4_eq(u->member[i].group, group) && ip4_eq(u->member[i].local, local))
			return &u->member[i];
	}
	return NULL;
}

static bool membership(struct udp *u, int option, struct ip4 group, struct ip4 local)
{
	struct ip_mreqn r = { 0 };

	r.imr_multiaddr.s_addr = htonl(group.a);
	r.imr_address.s_addr = htonl(local.a);
	return setsockopt(u->fd, IPPROTO_IP, option, &r, sizeof(r)) == 0;
}

/* Counted: two groups of one device may use the same rekey address. */
static bool udp_join(struct net *n, struct ip4 group, struct ip4 local)
{
	struct udp *u = udp_of(n);
	struct membership *m = find_member(u, group, local);

	if (m) {
		m->users++;
		return true;
	}
	/* EADDRINUSE: joined already through another address of the same interface. */
	if (!membership(u, IP_ADD_MEMBERSHIP, group, local) && errno != EADDRINUSE)
		return false;
	u->member = mem_realloc(u->member, (u->nmember + 1) * sizeof(*u->member));
	u->member[u->nmember++] = (struct membership){ group, local, 1 };
	return true;
}

static void udp_leave(struct net *n, struct ip4 group, struct ip4 local)
{
	struct udp *u = udp_of(n);
	struct membership *m = find_member(u, group, local);

	if (!m || --m->users)
		return;
	*m = u->member[--u->nmember];
	membership(u, IP_DROP_MEMBERSHIP, group, local);
	/* The kernel counts by interface: whoever joined through another address of the same one joins again. */
	for (unsigned i = 0; i < u->nmember; i++) {
		if (ip4_eq(u->member[i].group, group))
			membership(u, IP_ADD_MEMBERSHIP, group, u->member[i].local);
	}
}

/* connect() on a datagram socket asks the routing tables and sends nothing. */
static struct ip4 udp_source_for(struct net *n, struct ip4 dst)
{
	struct sockaddr_in to = to_sockaddr((struct endpoint){ dst, 9 }), from = { 0 };
	socklen_t size = sizeof(from);
	struct ip4 ip = { 0 };
	int fd;

	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return ip;
	if (connect(fd, (const struct sockaddr *)&to, sizeof(to)) == 0 &&
		getsockname(fd, (struct sockaddr *)&from, &size) == 0)
		ip.a = ntohl(from.sin_addr.s_addr);
	close(fd);
	return ip;
}

static const struct net_ops udp_ops = {
	.send = udp_send,
	.send_many = udp_send_many,
	.join = udp_join,
	.leave = udp_leave,
	.source_for = udp_source_for,
};

static void set_option(int fd, int level, int option, int value)
{
	/* Each of these makes things better; none is needed. */
	if (setsockopt(fd, level, option, &value, sizeof(value)) < 0)
		errno = 0;
}

static void tune(int fd)
{
	set_option(fd, SOL_SOCKET, SO_RCVBUF, SOCKET_BUFFER);
	set_option(fd, SOL_SOCKET, SO_SNDBUF, SOCKET_BUFFER);
	set_option(fd, SOL_SOCKET, SO_RCVBUFFORCE, SOCKET_BUFFER);
	set_option(fd, SOL_SOCKET, SO_SNDBUFFORCE, SOCKET_BUFFER);
	/* A long policy makes a datagram of several fragments: do not set DF, nor learn from forged ICMP. */
	set_option(fd, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DONT);
	set_option(fd, IPPROTO_IP, IP_MULTICAST_TTL, MULTICAST_TTL);
	/* Only groups that this socket joined, not those of the whole host. */
	set_option(fd, IPPROTO_IP, IP_MULTICAST_ALL, 0);
}

static bool open_socket(struct udp *u, uint16_t port, struct why *why)
{
	struct sockaddr_in a = to_sockaddr((struct endpoint){ { 0 }, port });
	socklen_t size = sizeof(a);
	int on = 1;

	u->fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (u->fd < 0)
		return why_set(why, "UDP socket: %s", strerror(errno));
	if (setsockopt(u->fd, IPPROTO_IP, IP_PKTINFO, &on, sizeof(on)) < 0)
		return why_set(why, "UDP socket: IP_PKTINFO: %s", strerror(errno));
	tune(u->fd);
	if (bind(u->fd, (const struct sockaddr *)&a, sizeof(a)) < 0)
		return errno == EADDRINUSE ? why_set(why, "UDP port %u is taken", port) :
					     why_set(why, "UDP port %u: %s", port, strerror(errno));
	if (getsockname(u->fd, (struct sockaddr *)&a, &size) < 0)
		return why_set(why, "UDP port %u: %s", port, strerror(errno));
	u->port = ntohs(a.sin_port);
	return true;
}

struct net *udp_open(struct loop *loop, uint16_t port, void (*input)(void *arg, const struct datagram *d), void *arg,
	struct why *why)
{
	struct udp *u = mem_zalloc(sizeof(*u));

	u->net.ops = &udp_ops;
	u->input = input;
	u->arg = arg;
	if (!open_socket(u, port, why)) {
		release(u);
		return NULL;
	}
	u->buffer = mem_realloc(NULL, (size_t)RX_BATCH * RX_OCTETS);
	u->watch = watch_add(loop, u->fd, WATCH_READ, readable, u);
	if (!u->watch) {
		why_set(why, "UDP port %u: cannot be watched", port);
		release(u);
		return NULL;
	}
	return &u->net;
}

uint16_t udp_port(const struct net *n)
{
	return ((const struct udp *)n)->port;
}

void udp_close(struct net *n)
{
	struct udp *u = udp_of(n);

	if (!n)
		return;
	u->closed = true;
	if (!u->reading)
		release(u);
}
