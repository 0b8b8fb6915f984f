/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>
#include <uthash.h>
#include "config/cfg.h"
#include "config/config.h"
#include "daemon/interfaces.h"
#include "lib/mem.h"
#include "lib/netif.h"
#include "lib/text.h"
#include "lib/why.h"
#include "syslog/msg.h"
#include "xfrm/dataplane_xfrm.h"

struct address {		/* of an interface that is to have one, or a crypto map (ip is none then) */
	UT_hash_handle hh;
	char name[NETIF_NAME];
	struct ip4 ip, mask;
	bool ours, complained;
};

struct interfaces {
	struct syslog *log;
	struct config *config;
	struct netif *netif;
	struct dataplane *dp;
	struct address *addresses;	/* by interface name */
};

struct interfaces *interfaces_new(struct syslog *log, struct config *config, struct netif *netif, struct dataplane *dp)
{
	struct interfaces *i = mem_zalloc(sizeof(*i));

	i->log = log;
	i->config = config;
	i->netif = netif;
	i->dp = dp;
	return i;
}

static bool has_address(const struct netif_link *l, struct ip4 ip)
{
	for (unsigned n = 0; n < l->naddr && n < NETIF_ADDRS; n++)
		if (ip4_eq(l->addr[n].ip, ip))
			return true;
	return false;
}

static struct address *remembered(struct interfaces *i, const char *name)
{
	struct address *a;

	HASH_FIND_STR(i->addresses, name, a);
	if (a)
		return a;
	a = mem_zalloc(sizeof(*a));
	str_copy(a->name, sizeof(a->name), name);
	HASH_ADD_STR(i->addresses, name, a);
	return a;
}

/* 'ip address' was changed or taken back: only what we put there is taken away. */
static void withdraw(struct interfaces *i, struct address *a)
{
	struct why why;

	if (a->ours && !netif_address(a->name, a->ip, a->mask, false, &why))
		log_SYS_IF_CONFIG(i->log, a->name, why.text);
	HASH_DEL(i->addresses, a);
	free(a);
}

static void give(struct interfaces *i, const struct cfg_interface *c)
{
	const struct netif_link *l = netif_find(i->netif, c->name);
	struct address *a = remembered(i, c->name);
	bool ok = true;
	struct why why;

	a->ip = c->ip;
	a->mask = c->mask;
	if (!l) {
		a->ours = false;	/* its addresses went with it */
		ok = why_set(&why, "this system does not have it");
	} else if (!ip4_none(c->ip) && !has_address(l, c->ip)) {
		ok = a->ours = netif_address(c->name, c->ip, c->mask, true, &why);
	}
	if (!ok && !a->complained)
		log_SYS_IF_CONFIG(i->log, c->name, why.text);
	a->complained = !ok;
}

static void addresses(struct interfaces *i)
{
	const struct cfg *cfg = config_running(i->config);
	struct address *a, *next;

	HASH_ITER(hh, i->addresses, a, next) {
		const struct cfg_interface *c = cfg_interface(cfg, a->name);

		if (!c || !ip4_eq(c->ip, a->ip) || !ip4_eq(c->mask, a->mask))
			withdraw(i, a);
	}
	CFG_EACH(struct cfg_interface, c, &cfg->interfaces)
		if (!ip4_none(c->ip) || c->map[0])
			give(i, c);
}

/* Of every interface there is, so that one whose line went away is off again. */
static void segment_sizes(struct interfaces *i)
{
	const struct cfg *cfg = config_running(i->config);
	const struct netif_link *l;

	for (unsigned n = 0; (l = netif_at(i->netif, n)); n++) {
		const struct cfg_interface *c = cfg_interface(cfg, l->name);

		xfrm_set_mss(i->dp, l->name, c ? c->adjust_mss : 0);
	}
}

void interfaces_configure(struct interfaces *i)
{
	addresses(i);
	segment_sizes(i);
}

void interfaces_free(struct interfaces *i)
{
	struct address *a, *next;

	if (!i)
		return;
	HASH_ITER(hh, i->addresses, a, next) {
		HASH_DEL(i->addresses, a);
		free(a);
	}
	free(i);
}
