/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The GDOI engine of one device: its groups, each in the role of key server or of group member (RFC 6407). It reads the
 * running configuration, speaks through isakmp/, drives a data plane, and tells the log.
 */
#pragma once
#include "isakmp/isakmp.h"

struct config;
struct dataplane;
struct env;
struct gdoi;
struct netif;
struct syslog;

/* GET VPN software version of this release: 1.0.1 base, 1.0.2 GM removal and policy replacement. */
#define GDOI_VERSION ((struct version){ 1, 0, 2 })

struct gdoi_deps {			/* all outlive the engine */
	const struct env *env;
	struct syslog *log;
	struct config *config;
	struct isakmp *isakmp;
	struct net *net;
	struct dataplane *dataplane;
	/* Which of our interfaces has this name, and its address: lib/netif in a daemon, a table in a simulation. */
	bool (*if_address)(void *arg, const char *ifname, struct ip4 *out);
	void *if_arg;
};

struct gdoi *gdoi_new(const struct gdoi_deps *deps);
/* save: write member records and let go of the data plane orderly. */
void gdoi_free(struct gdoi *g);
/* Interfaces or addresses have changed. */
void gdoi_interfaces_changed(struct gdoi *g);
