/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Datagrams as the engine sees them: sent through these operations, received by a callback. udp.c is the real one. */
#pragma once
#include "lib/bytes.h"
#include "lib/ip.h"

struct loop;
struct why;

struct datagram {
	struct endpoint src, dst;	/* dst.ip: the local address (or multicast group) it arrived at */
	struct bytes body;		/* valid during the call only */
};

struct net {
	const struct net_ops *ops;
};

struct net_ops {
	/* Sends from src (src.ip 0 = let the route decide) to dst; false with errno on a local failure. Never blocks. */
	bool (*send)(struct net *n, struct endpoint src, struct endpoint dst, struct bytes body);
	/* The same body to count destinations (sendmmsg): returns how many were handed to the kernel, in order. One that
	 * the kernel refuses (no route) counts as lost on the way; less than count means that the kernel's buffers are
	 * full (errno EAGAIN, ENOBUFS): go on from there later. */
	size_t (*send_many)(struct net *n, struct endpoint src, const struct endpoint *dst, size_t count, struct bytes body);
	/* Receives for multicast group 'group' on the interface that holds 'local'. */
	bool (*join)(struct net *n, struct ip4 group, struct ip4 local);
	void (*leave)(struct net *n, struct ip4 group, struct ip4 local);
	/* The address datagrams to dst would leave from; none when there is no route. */
	struct ip4 (*source_for)(struct net *n, struct ip4 dst);
};

/*
 * Opens UDP 'port' on all addresses of this namespace (IP_PKTINFO tells each datagram's local address) and calls
 * input(arg, d) for each one received, reading in batches (input NULL: they are dropped). NULL with why on failure
 * ("UDP port 848 is taken").
 */
struct net *udp_open(struct loop *loop, uint16_t port, void (*input)(void *arg, const struct datagram *d), void *arg,
	struct why *why);
/* The port it is bound to, for one opened with port 0 (any free one). */
uint16_t udp_port(const struct net *n);
/* May be called from input(). */
void udp_close(struct net *n);
