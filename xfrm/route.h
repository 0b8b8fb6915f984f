/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The sentinel's route: link scope out of the crypto interface, told by a protocol number of our own. */
#pragma once
#include <stdbool.h>
#include "lib/ip.h"

struct nl;
struct why;

#define ROUTE_PROTOCOL 216

bool route_sentinel(struct nl *nl, struct ip4 sentinel, int ifindex, bool add, struct why *why);
