/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * gdoi/dataplane.h on an unmodified Linux kernel: XFRM SAs and policies, one nftables table. What was asked for is kept;
 * every few seconds, and whenever the kernel tells of a change that is not ours, the kernel is compared with it and
 * mended (another program flushed XFRM, an interface came back). Recipe and reasons: docs/DATAPLANE.md.
 */
#pragma once
#include "gdoi/dataplane.h"

struct env;
struct loop;
struct netif;
struct syslog;
struct why;

/* Never NULL: a kernel without ESP or nftables is reported by usable(), and tried again from time to time. */
struct dataplane *xfrm_new(const struct env *env, struct syslog *log, struct loop *loop, const struct netif *netif);
/* Removes what is ours from the kernel, but for the block of a group that fails closed. */
void xfrm_free(struct dataplane *dp);
void xfrm_interfaces_changed(struct dataplane *dp);
/* 'ip tcp adjust-mss' of an interface; 0 = off. */
void xfrm_set_mss(struct dataplane *dp, const char *ifname, uint32_t mss);
