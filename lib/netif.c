/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A snapshot of links and addresses, rebuilt after each change that libnl's cache manager has read in. */
#include <linux/if_addr.h>
#include <linux/netlink.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netlink/cache.h>
#include <netlink/errno.h>
#include <netlink/netlink.h>
#include <netlink/route/addr.h>
#include <netlink/route/link.h>
#include <arpa/inet.h>
#include <stdlib.h>
#include "lib/loop.h"
#include "lib/mem.h"
#include "lib/netif.h"
#include "lib/text.h"
#include "lib/why.h"

struct netif {
	struct nl_cache_mngr *manager;	/* owns both caches */
	struct nl_cache *links, *addrs;
	struct nl_sock *requests;	/* to read everything anew after the kernel dropped news */
	struct watch *watch;
	void (*changed)(void *arg);
	void *arg;
	bool dirty;
	struct netif_link *link;	/* in index order */
	unsigned n;
};

static int by_index(const void *a, const void *b)
{
	const struct netif_link *x = a, *y = b;

	return (x->index > y->index) - (x->index < y->index);
}

static void add_link(struct nl_object *o, void *arg)
{
	struct rtnl_link *from = (struct rtnl_link *)o;
	struct netif *n = arg;
	struct netif_link *l = &n->link[n->n];
	unsigned flags = rtnl_link_get_flags(from);
	const char *name = rtnl_link_get_name(from);

	/* libnl keeps what the kernel tells of IPv6 or bridging as further links with the same index. */
	if (!name || rtnl_link_get_family(from) != AF_UNSPEC)
		return;
	*l = (struct netif_link){ .index = rtnl_link_get_ifindex(from), .mtu = rtnl_link_get_mtu(from) };
	str_copy(l->name, sizeof(l->name), name);
	l->admin_up = flags & IFF_UP;
	l->running = flags & IFF_RUNNING;
	n->n++;
}

static void put_addr(struct netif *n, struct rtnl_addr *from, struct in_addr in)
{
	struct netif_link key = { .index = rtnl_addr_get_ifindex(from) };
	struct netif_link *l = NULL;

	if (n->n)
		l = bsearch(&key, n->link, n->n, sizeof(*n->link), by_index);
	if (!l || l->naddr == NETIF_ADDRS)
		return;
	l->addr[l->naddr].ip.a = ntohl(in.s_addr);
	l->addr[l->naddr].mask = ip4_mask((unsigned)rtnl_addr_get_prefixlen(from));
	l->naddr++;
}

/* One address when it is IPv4 and of the wanted sort. */
static void add_addr(struct nl_object *o, struct netif *n, bool secondary)
{
	struct rtnl_addr *from = (struct rtnl_addr *)o;
	struct nl_addr *local = rtnl_addr_get_local(from);
	struct in_addr in;

	if (rtnl_addr_get_family(from) != AF_INET || !local || nl_addr_get_len(local) != sizeof(in))
		return;
	if (secondary != !!(rtnl_addr_get_flags(from) & IFA_F_SECONDARY))
		return;
	memcpy(&in, nl_addr_get_binary_addr(local), sizeof(in));
	put_addr(n, from, in);
}

static void add_primary(struct nl_object *o, void *arg)
{
	add_addr(o, arg, false);
}

static void add_secondary(struct nl_object *o, void *arg)
{
	add_addr(o, arg, true);
}

static void rebuild(struct netif *n)
{
	size_t room = (size_t)nl_cache_nitems(n->links);

	free(n->link);
	n->link = mem_zalloc(room * sizeof(*n->link));
	n->n = 0;
	nl_cache_foreach(n->links, add_link, n);
	qsort(n->link, n->n, sizeof(*n->link), by_index);
	nl_cache_foreach(n->addrs, add_primary, n);
	nl_cache_foreach(n->addrs, add_secondary, n);
	n->dirty = false;
}

static void on_change(struct nl_cache *cache, struct nl_object *o, int action, void *arg)
{
	struct netif *n = arg;

	n->dirty = true;
}

static void readable(int ready, void *arg)
{
	struct netif *n = arg;
	int r = nl_cache_mngr_data_ready(n->manager);

	/* The kernel's queue ran over, so news are missing: ask for everything. */
	if (r < 0 && r != -NLE_AGAIN && r != -NLE_INTR) {
		nl_cache_refill(n->requests, n->links);
		nl_cache_refill(n->requests, n->addrs);
		n->dirty = true;
	}
	if (!n->dirty)
		return;
	rebuild(n);
	if (n->changed)
		n->changed(n->arg);	/* may close n */
}

static int connect_all(struct netif *n)
{
	int r;

	n->requests = nl_socket_alloc();
	if (!n->requests)
		return -NLE_NOMEM;
	r = nl_connect(n->requests, NETLINK_ROUTE);
	if (r < 0)
		return r;
	r = nl_cache_mngr_alloc(NULL, NETLINK_ROUTE, NL_AUTO_PROVIDE, &n->manager);
	if (r < 0)
		return r;
	r = nl_cache_mngr_add(n->manager, "route/link", on_change, n, &n->links);
	if (r < 0)
		return r;
	return nl_cache_mngr_add(n->manager, "route/addr", on_change, n, &n->addrs);
}

struct netif *netif_open(struct loop *loop, void (*changed)(void *arg), void *arg, struct why *why)
{
	struct netif *n = mem_zalloc(sizeof(*n));
	int r;

	n->changed = changed;
	n->arg = arg;
	r = connect_all(n);
	if (r < 0) {
		why_set(why, "rtnetlink: %s", nl_geterror(r));
		netif_close(n);
		return NULL;
	}
	rebuild(n);
	n->watch = watch_add(loop, nl_cache_mngr_get_fd(n->manager), WATCH_READ, readable, n);
	if (!n->watch) {
		why_set(why, "rtnetlink: cannot be watched");
		netif_close(n);
		return NULL;
	}
	return n;
}

void netif_close(struct netif *n)
{
	if (!n)
		return;
	watch_del(n->watch);
	if (n->manager)
		nl_cache_mngr_free(n->manager);
	nl_socket_free(n->requests);
	free(n->link);
	free(n);
}

const struct netif_link *netif_find(const struct netif *n, const char *name)
{
	for (unsigned i = 0; i < n->n; i++) {
		if (strcmp(n->link[i].name, name) == 0)
			return &n->link[i];
	}
	return NULL;
}

const struct netif_link *netif_by_addr(const struct netif *n, struct ip4 ip)
{
	for (unsigned i = 0; i < n->n; i++) {
		for (unsigned k = 0; k < n->link[i].naddr; k++) {
			if (ip4_eq(n->link[i].addr[k].ip, ip))
				return &n->link[i];
		}
	}
	return NULL;
}

const struct netif_link *netif_at(const struct netif *n, unsigned i)
{
	return i < n->n ? &n->link[i] : NULL;
}
