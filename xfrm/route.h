/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The sentinel's route: link scope out of the crypto interface, told by a protocol number of our own. */
#pragma once
#include <stdbool.h>
#include "lib/ip.h"

struct nl;
struct why;

#define ROUTE_PROTOCOL 216

/* Puts it or takes it away; what is so already is no error. False with why. */
bool route_sentinel(struct nl *nl, struct ip4 sentinel, int ifindex, bool add, struct why *why);
/* Whether packets to the sentinel go by it. */
bool route_sentinel_there(struct nl *nl, struct ip4 sentinel, int ifindex);
