/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * UDP 848 as the engine has it: there from the beginning, whether or not the port can be had. While another program
 * holds it nothing is sent or received; it is tried again every 10 seconds.
 */
#pragma once
#include "lib/net.h"

struct env;
struct loop;
struct syslog;
struct port848;

struct port848 *port848_new(const struct env *env, struct loop *loop, struct syslog *log);
void port848_free(struct port848 *p);
struct net *port848_net(struct port848 *p);
/* Opens the port now or as soon as it can be had; from then on datagrams go to input(arg, d). */
void port848_open(struct port848 *p, void (*input)(void *arg, const struct datagram *d), void *arg);
void port848_close(struct port848 *p);
