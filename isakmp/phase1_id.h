/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Phase-1 identities (RFC 2407 section 4.6.2). */
#pragma once
#include "lib/ip.h"
#include "lib/wire.h"

struct isakmp_neg;
struct why;

/* Writes our ID payload's body as 'crypto isakmp identity' wants it. */
void own_id(const struct isakmp_neg *n, struct wr *w);
/*
 * The identity a peer gave, as text for logs and authorisation; the caller frees. The key was found by its
 * address, so an address it claims must be that one. NULL with why when it is not acceptable.
 */
char *peer_id(struct bytes body, struct ip4 from, struct why *why);
