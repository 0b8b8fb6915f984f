/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "xfrm/route.h"
#include <arpa/inet.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>
#include "xfrm/nl.h"

bool route_sentinel(struct nl *nl, struct ip4 sentinel, int ifindex, bool add, struct why *why)
{
	struct rtmsg *rt;
	struct nlmsghdr *h = netlink_request(nl, add ? RTM_NEWROUTE : RTM_DELROUTE, add ? NLM_F_CREATE | NLM_F_REPLACE : 0,
		sizeof(*rt), &rt, "sentinel route", add ? EEXIST : ESRCH);

	rt->rtm_family = AF_INET;
	rt->rtm_dst_len = 32;
	rt->rtm_table = RT_TABLE_MAIN;
	rt->rtm_protocol = ROUTE_PROTOCOL;
	rt->rtm_scope = RT_SCOPE_LINK;
	rt->rtm_type = RTN_UNICAST;
	mnl_attr_put_u32(h, RTA_DST, htonl(sentinel.a));
	mnl_attr_put_u32(h, RTA_OIF, (uint32_t)ifindex);
	netlink_commit(nl, h);
	return netlink_flush(nl, why);
}
