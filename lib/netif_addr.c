/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <arpa/inet.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netlink/netlink.h>
#include <netlink/route/addr.h>
#include "lib/netif.h"
#include "lib/why.h"

static struct rtnl_addr *address(unsigned index, struct ip4 ip, int bits)
{
	uint32_t net = htonl(ip.a);
	struct rtnl_addr *a = rtnl_addr_alloc();
	struct nl_addr *local = nl_addr_build(AF_INET, &net, sizeof(net));

	if (a && local) {
		nl_addr_set_prefixlen(local, bits);
		rtnl_addr_set_ifindex(a, (int)index);
		if (rtnl_addr_set_local(a, local) < 0) {
			rtnl_addr_put(a);
			a = NULL;
		}
	} else if (a) {
		rtnl_addr_put(a);
		a = NULL;
	}
	nl_addr_put(local);
	return a;
}

static int change(struct rtnl_addr *a, bool present)
{
	struct nl_sock *s = nl_socket_alloc();
	int r = s ? nl_connect(s, NETLINK_ROUTE) : -NLE_NOMEM;

	if (r == 0)
		r = present ? rtnl_addr_add(s, a, 0) : rtnl_addr_delete(s, a, 0);
	nl_socket_free(s);
	/* What was wanted is so already. */
	return r == (present ? -NLE_EXIST : -NLE_NOADDR) ? 0 : r;
}

bool netif_address(const char *ifname, struct ip4 ip, struct ip4 mask, bool present, struct why *why)
{
	unsigned index = if_nametoindex(ifname);
	struct rtnl_addr *a;
	int r;

	if (!index)
		return present ? why_set(why, "no such interface") : true;
	if (ip4_mask_bits(mask) < 0)
		return why_set(why, "the mask %s has holes", ip4_s(mask));
	a = address(index, ip, ip4_mask_bits(mask));
	r = a ? change(a, present) : -NLE_NOMEM;
	if (a)
		rtnl_addr_put(a);
	return r >= 0 ? true : why_set(why, "%s %s: %s", ip4_s(ip), ip4_s(mask), nl_geterror(r));
}
