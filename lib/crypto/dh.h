/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Diffie-Hellman, MODP (RFC 2409, 3526, 5114) and ECP (RFC 5903). Called from pool workers: no shared state.
 */
#pragma once
#include "lib/secret.h"
#include "lib/crypto/alg.h"

struct dh;

/* Makes a key pair. NULL when OpenSSL refuses. */
struct dh *dh_new(enum dh_id group);
/* For known-answer tests: the private exponent given (big-endian; MODP and ECP). */
struct dh *dh_new_private(enum dh_id group, struct bytes exponent);
void dh_free(struct dh *d);
/* The KE payload body, left-padded to the group's size (ECP: x|y). Valid while d is. */
struct bytes dh_public(const struct dh *d);
/*
 * g^xy, left-padded to the group's size (ECP: x only, RFC 5903 section 7). False for a public value of the
 * wrong length, outside the group, or one that gives a degenerate secret (0, 1, p-1; a point off the curve).
 */
bool dh_shared(struct dh *d, struct bytes peer_public, struct secret *out);
