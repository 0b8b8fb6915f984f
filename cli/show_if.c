/* SPDX-License-Identifier: GPL-3.0-or-later */
/* show interfaces, show ip interface, show ipv6 interface: the kernel's interfaces in IOS's words. */
#include <arpa/inet.h>
#include <ifaddrs.h>
#include <linux/if_link.h>
#include <linux/if_packet.h>
#include <net/if_arp.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include "cli/show_fmt.h"
#include "lib/netif.h"

#define IP6_TEXT INET6_ADDRSTRLEN

/* What getifaddrs() knows beside netif. The list is short: looked through for each interface. */
static const struct ifaddrs *hardware(const struct ifaddrs *all, const char *name)
{
	for (; all; all = all->ifa_next)
		if (all->ifa_addr && all->ifa_addr->sa_family == AF_PACKET && !strcmp(all->ifa_name, name))
			return all;
	return NULL;
}

static void state(const struct show *s, const struct netif_link *l)
{
	text_printf(s->out, "%s is %s, line protocol is %s\n", l->name,
		!l->admin_up ? "administratively down" : l->running ? "up" : "down", l->admin_up && l->running ? "up" : "down");
}

static unsigned prefix(struct ip4 mask)
{
	return (unsigned)__builtin_popcount(mask.a);
}

static void address(struct text *out, const char *lead, const struct netif_link *l, unsigned i)
{
	text_printf(out, "  %s %s/%u\n", lead, ip4_s(l->addr[i].ip), prefix(l->addr[i].mask));
}

static void mac(struct text *out, const struct ifaddrs *hw)
{
	struct sockaddr_ll ll;

	memcpy(&ll, hw->ifa_addr, sizeof(ll));
	if (ll.sll_hatype == ARPHRD_LOOPBACK) {
		text_add(out, "  Hardware is Loopback\n");
	} else if (ll.sll_halen == 6) {
		char m[15];

		snprintf(m, sizeof(m), "%02x%02x.%02x%02x.%02x%02x", ll.sll_addr[0], ll.sll_addr[1], ll.sll_addr[2],
			ll.sll_addr[3], ll.sll_addr[4], ll.sll_addr[5]);
		text_printf(out, "  Hardware is Ethernet, address is %s (bia %s)\n", m, m);
	} else {
		text_add(out, "  Hardware is Tunnel\n");
	}
}

static void counters(struct text *out, const struct rtnl_link_stats *c)
{
	text_printf(out, "     %u packets input, %u bytes, %u no buffer\n"
		"     Received %u multicasts\n"
		"     %u input errors, %u CRC, %u frame, %u overrun, %u ignored\n",
		c->rx_packets, c->rx_bytes, c->rx_missed_errors, c->multicast,
		c->rx_errors, c->rx_crc_errors, c->rx_frame_errors, c->rx_over_errors, c->rx_dropped);
	text_printf(out, "     %u packets output, %u bytes, %u underruns\n"
		"     %u output errors, %u collisions, %u output drops\n",
		c->tx_packets, c->tx_bytes, c->tx_fifo_errors, c->tx_errors, c->collisions, c->tx_dropped);
}

static void interface(const struct show *s, const struct netif_link *l, const struct ifaddrs *all)
{
	const struct cfg_interface *c = cfg_interface(show_cfg(s), l->name);
	const struct ifaddrs *hw = hardware(all, l->name);

	state(s, l);
	if (hw)
		mac(s->out, hw);
	if (c && c->description[0])
		text_printf(s->out, "  Description: %s\n", c->description);
	if (l->naddr)
		address(s->out, "Internet address is", l, 0);
	text_printf(s->out, "  MTU %u bytes\n", l->mtu);
	if (hw && hw->ifa_data)
		counters(s->out, hw->ifa_data);
}

static void ip_interface(const struct show *s, const struct netif_link *l, const struct ifaddrs *unused)
{
	state(s, l);
	if (!l->naddr) {
		text_add(s->out, "  Internet protocol processing disabled\n");
		return;
	}
	address(s->out, "Internet address is", l, 0);
	for (unsigned i = 1; i < l->naddr; i++)
		address(s->out, "Secondary address", l, i);
	text_printf(s->out, "  MTU is %u bytes\n", l->mtu);
}

static void upper(char *t)
{
	for (; *t; t++)
		*t = *t >= 'a' && *t <= 'z' ? (char)(*t - 'a' + 'A') : *t;
}

/* "  2001:DB8::1, subnet is 2001:DB8::/64" */
static void global6(struct text *out, const struct ifaddrs *a)
{
	struct sockaddr_in6 sa, mask = { 0 };
	char ip[IP6_TEXT], net[IP6_TEXT];
	unsigned bits = 0;

	memcpy(&sa, a->ifa_addr, sizeof(sa));
	if (a->ifa_netmask)
		memcpy(&mask, a->ifa_netmask, sizeof(mask));
	inet_ntop(AF_INET6, &sa.sin6_addr, ip, sizeof(ip));
	for (unsigned i = 0; i < 16; i++) {
		bits += (unsigned)__builtin_popcount(mask.sin6_addr.s6_addr[i]);
		sa.sin6_addr.s6_addr[i] &= mask.sin6_addr.s6_addr[i];
	}
	inet_ntop(AF_INET6, &sa.sin6_addr, net, sizeof(net));
	upper(ip);
	upper(net);
	text_printf(out, "    %s, subnet is %s/%u\n", ip, net, bits);
}

static bool is_link_local(const struct ifaddrs *a)
{
	struct sockaddr_in6 sa;

	memcpy(&sa, a->ifa_addr, sizeof(sa));
	return IN6_IS_ADDR_LINKLOCAL(&sa.sin6_addr);
}

/* Interfaces without an IPv6 address are not mentioned, as on IOS. */
static void ipv6_interface(const struct show *s, const struct netif_link *l, const struct ifaddrs *all)
{
	bool headed = false, listed = false;

	for (unsigned pass = 0; pass < 2; pass++) {
		for (const struct ifaddrs *a = all; a; a = a->ifa_next) {
			char ip[IP6_TEXT];

			if (!a->ifa_addr || a->ifa_addr->sa_family != AF_INET6 || strcmp(a->ifa_name, l->name) ||
				is_link_local(a) != (pass == 0))
				continue;
			if (!headed)
				state(s, l);
			headed = true;
			if (pass == 0) {
				struct sockaddr_in6 sa;

				memcpy(&sa, a->ifa_addr, sizeof(sa));
				inet_ntop(AF_INET6, &sa.sin6_addr, ip, sizeof(ip));
				upper(ip);
				text_printf(s->out, "  IPv6 is enabled, link-local address is %s\n", ip);
				continue;
			}
			if (!listed)
				text_add(s->out, "  Global unicast address(es):\n");
			listed = true;
			global6(s->out, a);
		}
	}
	if (headed)
		text_printf(s->out, "  MTU is %u bytes\n", l->mtu);
}

static bool each(const struct show *s, const char *name,
	void (*fn)(const struct show *s, const struct netif_link *l, const struct ifaddrs *all))
{
	const struct netif_link *l;
	struct ifaddrs *all = NULL;
	bool found = !name;

	if (getifaddrs(&all) < 0)
		all = NULL;
	for (unsigned n = 0; s->d->netif && (l = netif_at(s->d->netif, n)); n++) {
		if (name && strcmp(name, l->name) != 0)
			continue;
		found = true;
		fn(s, l, all);
	}
	freeifaddrs(all);
	return found;
}

bool show_interfaces(const struct show *s, const char *name)
{
	return each(s, name, interface);
}

bool show_ip_interface(const struct show *s, const char *name)
{
	return each(s, name, ip_interface);
}

bool show_ipv6_interface(const struct show *s, const char *name)
{
	return each(s, name, ipv6_interface);
}
