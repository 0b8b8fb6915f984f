/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Randomness is a parameter too: the kernel's (through OpenSSL) in a daemon, a seeded generator in a
 * simulation. */
#pragma once
#include <stddef.h>
#include <stdint.h>

struct rng;

struct rng *rng_new_system(void);
/* Deterministic; never in a daemon. */
struct rng *rng_new_seeded(uint64_t seed);
void rng_free(struct rng *r);
void rng_bytes(struct rng *r, void *out, size_t n);
uint32_t rng_u32(struct rng *r);
/* Uniform in [0, bound); 0 when bound is 0. */
uint64_t rng_below(struct rng *r, uint64_t bound);
