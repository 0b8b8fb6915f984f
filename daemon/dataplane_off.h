/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The data plane of a system that has none: says so, remembers nothing, protects nothing. A member registers and is
 * rekeyed all the same, and 'show crypto gdoi' tells that its traffic is not encrypted.
 */
#pragma once

struct dataplane;

/* One for all: it has no state. */
struct dataplane *dataplane_off(void);
