/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The namespace's interfaces and addresses, and news of their changes (libnl-3, libnl-route-3). */
#pragma once
#include "lib/ip.h"

struct loop;
struct netif;
struct why;

#define NETIF_NAME 16
#define NETIF_ADDRS 8

struct netif_link {
	char name[NETIF_NAME];
	int index;
	bool admin_up, running;		/* IFF_UP, IFF_RUNNING */
	unsigned mtu;
	unsigned naddr;			/* IPv4 addresses, primary first; those past NETIF_ADDRS are left out */
	struct {
		struct ip4 ip, mask;
	} addr[NETIF_ADDRS];
};

/* NULL with why when rtnetlink cannot be used. changed(arg) is called (after a change has been read in) on link and
 * address events; it may be NULL. */
struct netif *netif_open(struct loop *loop, void (*changed)(void *arg), void *arg, struct why *why);
void netif_close(struct netif *n);
/* By exact name; NULL when there is none. Valid until the loop turns. */
const struct netif_link *netif_find(const struct netif *n, const char *name);
/* The link that holds this address. */
const struct netif_link *netif_by_addr(const struct netif *n, struct ip4 ip);
/* Gives an interface the address or (present false) takes it away. What is so already is not an error. False with why. */
bool netif_address(const char *ifname, struct ip4 ip, struct ip4 mask, bool present, struct why *why);
/* In index order; NULL past the end. */
const struct netif_link *netif_at(const struct netif *n, unsigned i);
