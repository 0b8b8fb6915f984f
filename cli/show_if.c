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
#include "cli/show_if.h"
#include "lib/netif.h"

const struct ifaddrs *show_if_hardware(const struct ifaddrs *all, const char *name)
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

enum show_hardware show_if_mac(const struct ifaddrs *hw, char buf[MAC_TEXT])
{
	struct sockaddr_ll ll;

	buf[0] = '\0';
	memcpy(&ll, hw->ifa_addr, sizeof(ll));
	if (ll.sll_hatype == ARPHRD_LOOPBACK)
		return HARDWARE_LOOPBACK;
	if (ll.sll_halen != 6)
		return HARDWARE_TUNNEL;
	snprintf(buf, MAC_TEXT, "%02x%02x.%02x%02x.%02x%02x", ll.sll_addr[0], ll.sll_addr[1], ll.sll_addr[2], ll.sll_addr[3],
		ll.sll_addr[4], ll.sll_addr[5]);
	return HARDWARE_ETHERNET;
}

static void mac(struct text *out, const struct ifaddrs *hw)
{
	char m[MAC_TEXT];

	switch (show_if_mac(hw, m)) {
	case HARDWARE_LOOPBACK:
		text_add(out, "  Hardware is Loopback\n");
		break;
	case HARDWARE_ETHERNET:
		text_printf(out, "  Hardware is Ethernet, address is %s (bia %s)\n", m, m);
		break;
	case HARDWARE_TUNNEL:
		text_add(out, "  Hardware is Tunnel\n");
		break;
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

static void interface(const struct show *s, const struct netif_link *l, const struct ifaddrs *all, void *arg)
{
	const struct cfg_interface *c = cfg_interface(show_cfg(s), l->name);
	const struct ifaddrs *hw = show_if_hardware(all, l->name);

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

static void ip_interface(const struct show *s, const struct netif_link *l, const struct ifaddrs *unused, void *arg)
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

/* "2001:DB8::1"; buf has IP6_TEXT octets. */
static const char *ip6_text(const struct in6_addr *a, char *buf)
{
	inet_ntop(AF_INET6, a, buf, IP6_TEXT);
	upper(buf);
	return buf;
}

bool show_if_ip6(const struct ifaddrs *a, const char *ifname, struct show_ip6 *out)
{
	struct sockaddr_in6 sa, mask = { 0 };

	if (!a->ifa_addr || a->ifa_addr->sa_family != AF_INET6 || strcmp(a->ifa_name, ifname) != 0)
		return false;
	memcpy(&sa, a->ifa_addr, sizeof(sa));
	if (a->ifa_netmask)
		memcpy(&mask, a->ifa_netmask, sizeof(mask));
	ip6_text(&sa.sin6_addr, out->address);
	out->link_local = IN6_IS_ADDR_LINKLOCAL(&sa.sin6_addr);
	out->bits = 0;
	for (unsigned i = 0; i < 16; i++) {
		out->bits += (unsigned)__builtin_popcount(mask.sin6_addr.s6_addr[i]);
		sa.sin6_addr.s6_addr[i] &= mask.sin6_addr.s6_addr[i];
	}
	ip6_text(&sa.sin6_addr, out->subnet);
	return true;
}

/* Interfaces without an IPv6 address are not mentioned, as on IOS. */
static void ipv6_interface(const struct show *s, const struct netif_link *l, const struct ifaddrs *all, void *arg)
{
	bool headed = false, listed = false;
	struct show_ip6 ip6;

	for (unsigned pass = 0; pass < 2; pass++) {
		for (const struct ifaddrs *a = all; a; a = a->ifa_next) {
			if (!show_if_ip6(a, l->name, &ip6) || ip6.link_local != (pass == 0))
				continue;
			if (!headed)
				state(s, l);
			headed = true;
			if (pass == 0) {
				text_printf(s->out, "  IPv6 is enabled, link-local address is %s\n", ip6.address);
				continue;
			}
			if (!listed)
				text_add(s->out, "  Global unicast address(es):\n");
			listed = true;
			text_printf(s->out, "    %s, subnet is %s/%u\n", ip6.address, ip6.subnet, ip6.bits);
		}
	}
	if (headed)
		text_printf(s->out, "  MTU is %u bytes\n", l->mtu);
}

bool show_each_interface(const struct show *s, const char *name,
	void (*fn)(const struct show *s, const struct netif_link *l, const struct ifaddrs *all, void *arg), void *arg)
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
		fn(s, l, all, arg);
	}
	freeifaddrs(all);
	return found;
}

bool show_interfaces(const struct show *s, const char *name)
{
	return show_each_interface(s, name, interface, NULL);
}

bool show_ip_interface(const struct show *s, const char *name)
{
	return show_each_interface(s, name, ip_interface, NULL);
}

bool show_ipv6_interface(const struct show *s, const char *name)
{
	return show_each_interface(s, name, ipv6_interface, NULL);
}
