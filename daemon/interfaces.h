/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the lines of 'interface NAME' ask of the system: 'ip address' and 'ip tcp adjust-mss'. */
#pragma once

struct config;
struct dataplane;
struct interfaces;
struct netif;
struct syslog;

/* All arguments outlive it. */
struct interfaces *interfaces_new(struct syslog *log, struct config *config, struct netif *netif, struct dataplane *dp);
/* Addresses stay: a router that restarts its control plane does not leave the network. */
void interfaces_free(struct interfaces *i);
/* The configuration or the system's interfaces have changed. What cannot be done is logged once and tried at the next change. */
void interfaces_configure(struct interfaces *i);
