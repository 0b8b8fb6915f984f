/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "xfrm/route.h"
#include <arpa/inet.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/rtnetlink.h>
#include <string.h>
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

static int out_by(const struct nlattr *a, void *data)
{
	if (mnl_attr_get_type(a) == RTA_OIF && mnl_attr_validate(a, MNL_TYPE_U32) >= 0)
		*(int *)data = (int)mnl_attr_get_u32(a);
	return MNL_CB_OK;
}

static void matched(void *arg, const struct nlmsghdr *h)
{
	struct rtmsg rt;

	if (h->nlmsg_type != RTM_NEWROUTE || mnl_nlmsg_get_payload_len(h) < sizeof(rt))
		return;
	memcpy(&rt, mnl_nlmsg_get_payload(h), sizeof(rt));
	if (rt.rtm_dst_len == 32 && rt.rtm_protocol == ROUTE_PROTOCOL)
		mnl_attr_parse(h, sizeof(rt), out_by, arg);
}

bool route_sentinel_there(struct nl *nl, struct ip4 sentinel, int ifindex)
{
	struct rtmsg *rt;
	struct nlmsghdr *h = netlink_request(nl, RTM_GETROUTE, 0, sizeof(*rt), &rt, "look for sentinel route", 0);
	int by = 0;

	rt->rtm_family = AF_INET;
	rt->rtm_dst_len = 32;
	rt->rtm_flags = RTM_F_FIB_MATCH;	/* the entry itself, not what follows from it */
	mnl_attr_put_u32(h, RTA_DST, htonl(sentinel.a));
	return netlink_get(nl, h, matched, &by) && by == ifindex;
}
