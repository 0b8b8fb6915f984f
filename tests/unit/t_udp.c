/* SPDX-License-Identifier: GPL-3.0-or-later */
/* On loopback. */
#include <errno.h>
#include <stdio.h>
#include "lib/clock.h"
#include "lib/loop.h"
#include "lib/net.h"
#include "lib/netif.h"
#include "lib/timer.h"
#include "lib/why.h"
#include "tests/unit/unit.h"

#define LO(n) ((struct ip4){ 0x7f000000 + (n) })

static struct clock *clk;
static struct timers *timers;
static struct loop *loop;
static struct net *net;
static struct datagram last;
static uint8_t body[65536];
static unsigned got, wanted;
static bool close_in_input;

static void input(void *arg, const struct datagram *d)
{
	last = *d;
	memcpy(body, d->body.p, d->body.n);
	if (close_in_input) {
		udp_close(net);
		loop_stop(loop);
	}
	if (++got == wanted)
		loop_stop(loop);
}

static void give_up(void *arg)
{
	loop_stop(loop);
}

static void run_until(unsigned n)
{
	struct timer t;

	got = 0;
	wanted = n;
	timer_init(&t, give_up, NULL);
	timer_arm(timers, &t, SEC(10));
	loop_run(loop);
	timer_cancel(timers, &t);
	ck_assert_uint_eq(got, n);
}

static void setup(void)
{
	struct why why;

	clk = clock_new_real();
	timers = timers_new(clk);
	loop = loop_new(timers);
	close_in_input = false;
	net = udp_open(loop, 0, input, NULL, &why);
	ck_assert_msg(net != NULL, "%s", why.text);
}

static void teardown(void)
{
	udp_close(net);
	loop_free(loop);
	timers_free(timers);
	clock_free(clk);
}

START_TEST(both_addresses)
{
	struct endpoint dst;

	setup();
	dst = (struct endpoint){ LO(7), udp_port(net) };
	ck_assert(net->ops->send(net, (struct endpoint){ LO(5), 0 }, dst, bytes_str("hello")));
	run_until(1);
	ck_assert_uint_eq(last.src.ip.a, LO(5).a);
	ck_assert_uint_eq(last.src.port, udp_port(net));
	ck_assert(endpoint_eq(last.dst, dst));
	ck_assert_uint_eq(last.body.n, 5);
	ck_assert(memcmp(body, "hello", 5) == 0);
	teardown();
}
END_TEST

START_TEST(large_and_empty)
{
	static uint8_t big[60000];
	struct endpoint dst, any = { { 0 }, 0 };

	setup();
	dst = (struct endpoint){ LO(1), udp_port(net) };
	memset(big, 0x5a, sizeof(big));
	ck_assert(net->ops->send(net, any, dst, BYTES_OF(big)));
	run_until(1);
	ck_assert_uint_eq(last.body.n, sizeof(big));
	ck_assert(memcmp(body, big, sizeof(big)) == 0);
	ck_assert(net->ops->send(net, any, dst, BYTES_NONE));
	run_until(1);
	ck_assert_uint_eq(last.body.n, 0);
	errno = 0;
	ck_assert(!net->ops->send(net, any, dst, bytes_of(body, 65536)));
	ck_assert_int_eq(errno, EMSGSIZE);
	teardown();
}
END_TEST

/* More than a batch of either direction; destinations the kernel refuses do not hold up the others. */
START_TEST(many)
{
	static struct endpoint dst[600];
	size_t sent;

	setup();
	for (size_t i = 0; i < 600; i++)
		dst[i] = (struct endpoint){ LO(1 + i % 200), udp_port(net) };
	dst[0].port = 0;
	dst[299].ip.a = UINT32_MAX;	/* broadcast: not allowed */
	dst[599].port = 0;
	sent = net->ops->send_many(net, (struct endpoint){ LO(9), 0 }, dst, 600, bytes_str("rekey"));
	ck_assert_uint_eq(sent, 600);
	run_until(597);
	ck_assert_uint_eq(last.src.ip.a, LO(9).a);
	ck_assert_uint_eq(net->ops->send_many(net, dst[1], dst, 0, bytes_str("x")), 0);
	teardown();
}
END_TEST

START_TEST(multicast)
{
	struct ip4 group = { 0xef090909 };
	struct endpoint dst;

	setup();
	dst = (struct endpoint){ group, udp_port(net) };
	ck_assert(net->ops->join(net, group, LO(1)));
	ck_assert(net->ops->join(net, group, LO(1)));
	ck_assert(net->ops->send(net, (struct endpoint){ LO(1), 0 }, dst, bytes_str("push")));
	run_until(1);
	ck_assert_uint_eq(last.dst.ip.a, group.a);
	ck_assert_uint_eq(last.src.ip.a, LO(1).a);
	/* Joined twice: the first leave changes nothing. */
	net->ops->leave(net, group, LO(1));
	ck_assert(net->ops->send(net, (struct endpoint){ LO(1), 0 }, dst, bytes_str("push")));
	run_until(1);
	net->ops->leave(net, group, LO(1));
	net->ops->leave(net, group, LO(1));
	ck_assert(net->ops->send(net, (struct endpoint){ LO(1), 0 }, dst, bytes_str("lost")));
	ck_assert(net->ops->send(net, (struct endpoint){ LO(1), 0 }, (struct endpoint){ LO(1), udp_port(net) },
		bytes_str("mark")));
	run_until(1);
	ck_assert(memcmp(body, "mark", 4) == 0);
	ck_assert(!net->ops->join(net, LO(1), LO(1)));
	teardown();
}
END_TEST

START_TEST(port_taken)
{
	struct why why;
	char text[64];

	setup();
	ck_assert_ptr_null(udp_open(loop, udp_port(net), input, NULL, &why));
	snprintf(text, sizeof(text), "UDP port %u is taken", udp_port(net));
	ck_assert_str_eq(why.text, text);
	teardown();
}
END_TEST

START_TEST(source)
{
	setup();
	ck_assert_uint_eq(net->ops->source_for(net, LO(44)).a, LO(1).a);
	teardown();
}
END_TEST

START_TEST(close_while_reading)
{
	struct endpoint dst;

	setup();
	close_in_input = true;
	dst = (struct endpoint){ LO(1), udp_port(net) };
	for (int i = 0; i < 20; i++)
		ck_assert(net->ops->send(net, dst, dst, bytes_str("x")));
	run_until(1);
	net = NULL;
	teardown();
}
END_TEST

START_TEST(interfaces)
{
	const struct netif_link *lo, *l;
	struct netif *n;
	struct why why;

	setup();
	n = netif_open(loop, NULL, NULL, &why);
	ck_assert_msg(n != NULL, "%s", why.text);
	lo = netif_find(n, "lo");
	ck_assert_ptr_nonnull(lo);
	ck_assert(lo->admin_up && lo->running);
	ck_assert_int_eq(lo->index, 1);
	ck_assert_uint_ge(lo->mtu, 1500);
	ck_assert_uint_ge(lo->naddr, 1);
	ck_assert_uint_eq(lo->addr[0].ip.a, LO(1).a);
	ck_assert_int_eq(ip4_mask_bits(lo->addr[0].mask), 8);
	ck_assert_ptr_eq(netif_by_addr(n, LO(1)), lo);
	ck_assert_ptr_null(netif_by_addr(n, (struct ip4){ 0xe0000001 }));
	ck_assert_ptr_null(netif_find(n, "nosuch0"));
	for (unsigned i = 1; (l = netif_at(n, i)); i++)
		ck_assert_int_gt(l->index, netif_at(n, i - 1)->index);
	netif_close(n);
	teardown();
}
END_TEST

UNIT_MAIN("udp", both_addresses, large_and_empty, many, multicast, port_taken, source, close_while_reading, interfaces)
