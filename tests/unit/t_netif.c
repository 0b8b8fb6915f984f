/* SPDX-License-Identifier: GPL-3.0-or-later */
/* In a network namespace of its own, when it may have one; changes are made with ip(8). */
#define EXIT_SKIP 77
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <unistd.h>
#include "lib/clock.h"
#include "lib/loop.h"
#include "lib/netif.h"
#include "lib/timer.h"
#include "lib/why.h"
#include "tests/unit/unit.h"

static struct clock *clk;
static struct timers *timers;
static struct loop *loop;
static struct netif *netif;
static unsigned changes;

static void changed(void *arg)
{
	changes++;
}

static void quiet(void *arg)
{
	loop_stop(loop);
}

/* Lets news arrive until 'ms' have passed. */
static void settle(unsigned ms)
{
	struct timer t;

	timer_init(&t, quiet, NULL);
	timer_arm(timers, &t, MSEC(ms));
	loop_run(loop);
}

static void ip(const char *words)
{
	char command[200];

	snprintf(command, sizeof(command), "ip %s", words);
	ck_assert_msg(system(command) == 0, "%s", command);
}

static void setup(void)
{
	struct why why;

	clk = clock_new_real();
	timers = timers_new(clk);
	loop = loop_new(timers);
	netif = netif_open(loop, changed, NULL, &why);
	ck_assert_msg(netif != NULL, "%s", why.text);
}

static void teardown(void)
{
	netif_close(netif);
	loop_free(loop);
	timers_free(timers);
	clock_free(clk);
}

START_TEST(life_of_an_interface)
{
	const struct netif_link *l;

	setup();
	ck_assert_ptr_null(netif_find(netif, "gxa"));
	changes = 0;
	ip("link add gxa type veth peer name gxb");
	settle(200);
	ck_assert_uint_gt(changes, 0);
	l = netif_find(netif, "gxa");
	ck_assert_ptr_nonnull(l);
	ck_assert(!l->admin_up && !l->running && l->naddr == 0);
	ck_assert_uint_eq(l->mtu, 1500);

	ip("addr add 10.0.0.2/24 dev gxa");
	ip("addr add 10.0.0.3/24 dev gxa");
	ip("addr add 10.0.9.1/30 dev gxa");
	ip("addr add fd00::1/64 dev gxa");
	ip("link set gxa mtu 1400");
	ip("link set gxa up");
	settle(200);
	l = netif_find(netif, "gxa");
	ck_assert(l->admin_up && !l->running);
	ck_assert_uint_eq(l->mtu, 1400);
	ck_assert_uint_eq(l->naddr, 3);
	ck_assert_uint_eq(l->addr[0].ip.a, 0x0a000002);
	ck_assert_int_eq(ip4_mask_bits(l->addr[0].mask), 24);
	/* primary ones first */
	ck_assert_uint_eq(l->addr[1].ip.a, 0x0a000901);
	ck_assert_uint_eq(l->addr[2].ip.a, 0x0a000003);
	ck_assert_ptr_eq(netif_by_addr(netif, (struct ip4){ 0x0a000901 }), l);

	ip("link set gxb up");
	settle(200);
	ck_assert(netif_find(netif, "gxa")->running);

	ip("addr del 10.0.9.1/30 dev gxa");
	settle(200);
	ck_assert_uint_eq(netif_find(netif, "gxa")->naddr, 2);
	ck_assert_ptr_null(netif_by_addr(netif, (struct ip4){ 0x0a000901 }));

	ip("link set gxa down");
	ip("link set gxa name gxc");
	settle(200);
	ck_assert_ptr_null(netif_find(netif, "gxa"));
	ck_assert_ptr_nonnull(netif_find(netif, "gxc"));

	ip("link del gxb");
	settle(200);
	ck_assert_ptr_null(netif_find(netif, "gxc"));
	teardown();
}
END_TEST

START_TEST(more_addresses_than_kept)
{
	char words[64];

	setup();
	ip("link add gxm type dummy 2>/dev/null || ip link add gxm type veth peer name gxn");
	for (unsigned i = 1; i <= NETIF_ADDRS + 3; i++) {
		snprintf(words, sizeof(words), "addr add 10.1.%u.1/24 dev gxm", i);
		ip(words);
	}
	settle(200);
	ck_assert_uint_eq(netif_find(netif, "gxm")->naddr, NETIF_ADDRS);
	ip("link del gxm");
	teardown();
}
END_TEST

int main(void)
{
	if (unshare(CLONE_NEWNET) < 0) {
		perror("no namespace of its own: skipped");
		return EXIT_SKIP;
	}
	if (system("ip link set lo up") != 0)
		return EXIT_SKIP;
	return unit_run("netif", (const TTest *const[]){ life_of_an_interface, more_addresses_than_kept, NULL });
}
