/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What text and JSON of 'show interfaces' and its kin share. */
#pragma once
#include "cli/show.h"

struct cfg;
struct ifaddrs;
struct netif_link;

/* Calls fn for the interface of that name (NULL: for each), with what getifaddrs() says of all. False: there is none. */
bool show_each_interface(const struct show *s, const char *name,
	void (*fn)(const struct show *s, const struct netif_link *l, const struct ifaddrs *all, void *arg), void *arg);
/* What getifaddrs() knows of its hardware beside netif; NULL: nothing. The list is short: looked through for each. */
const struct ifaddrs *show_if_hardware(const struct ifaddrs *all, const char *name);

/* Who gave it its address: "NVRAM", "other", "unset" (show_sys.c). */
const char *show_address_method(const struct cfg *cfg, const struct netif_link *l);

enum show_hardware { HARDWARE_ETHERNET, HARDWARE_LOOPBACK, HARDWARE_TUNNEL };
#define MAC_TEXT 15
/* "0050.56aa.bb01"; "" without one. */
enum show_hardware show_if_mac(const struct ifaddrs *hw, char buf[MAC_TEXT]);

#define IP6_TEXT 46
struct show_ip6 {
	char address[IP6_TEXT], subnet[IP6_TEXT];	/* "2001:DB8::1" */
	unsigned bits;
	bool link_local;
};
/* False: this is no IPv6 address of that interface. */
bool show_if_ip6(const struct ifaddrs *a, const char *ifname, struct show_ip6 *out);
