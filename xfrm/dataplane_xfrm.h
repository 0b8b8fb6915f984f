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

enum xfrm_df { XFRM_DF_COPY, XFRM_DF_CLEAR, XFRM_DF_SET };	/* crypto ipsec df-bit: of the outer header */

/* Never NULL: a kernel without ESP or nftables is reported by usable(), and tried again from time to time. */
struct dataplane *xfrm_new(const struct env *env, struct syslog *log, struct loop *loop, const struct netif *netif);
/* The member is about to be taken down: from here on a group that fails closed leaves its block behind. */
void xfrm_stopping(struct dataplane *dp);
/* Removes what is ours from the kernel, but for such a block. */
void xfrm_free(struct dataplane *dp);
void xfrm_interfaces_changed(struct dataplane *dp);
/* 'ip tcp adjust-mss' of an interface; 0 = off. */
void xfrm_set_mss(struct dataplane *dp, const char *ifname, uint32_t mss);
void xfrm_set_df(struct dataplane *dp, enum xfrm_df df);
