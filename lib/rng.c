/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <openssl/rand.h>
#include "lib/mem.h"
#include "lib/rng.h"
#include "lib/secret.h"

struct rng {
	bool seeded;
	uint64_t s[4]; /* xoshiro256** */
};

struct rng *rng_new_system(void)
{
	return mem_zalloc(sizeof(struct rng));
}

static uint64_t splitmix(uint64_t *x)
{
	uint64_t z = *x += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

struct rng *rng_new_seeded(uint64_t seed)
{
	struct rng *r = mem_zalloc(sizeof(*r));

	r->seeded = true;
	for (unsigned i = 0; i < 4; i++)
		r->s[i] = splitmix(&seed);
	return r;
}

void rng_free(struct rng *r)
{
	free(r);
}

static uint64_t rotl(uint64_t x, unsigned k)
{
	return x << k | x >> (64 - k);
}

static uint64_t next(struct rng *r)
{
	uint64_t *s = r->s, out = rotl(s[1] * 5, 7) * 9, t = s[1] << 17;

	s[2] ^= s[0];
	s[3] ^= s[1];
	s[1] ^= s[2];
	s[0] ^= s[3];
	s[2] ^= t;
	s[3] = rotl(s[3], 45);
	return out;
}

void rng_bytes(struct rng *r, void *out, size_t n)
{
	uint8_t *p = out;

	if (!r->seeded) {
		/* Without randomness there is no key worth having. */
		if (n > INT_MAX || (n && RAND_priv_bytes(out, (int)n) != 1)) {
			fputs("no randomness from the system\n", stderr);
			abort();
		}
		return;
	}
	while (n) {
		uint64_t v = next(r);
		size_t take = n < sizeof(v) ? n : sizeof(v);

		memcpy(p, &v, take);
		p += take;
		n -= take;
	}
}

uint32_t rng_u32(struct rng *r)
{
	uint32_t v;

	rng_bytes(r, &v, sizeof(v));
	return v;
}

uint64_t rng_below(struct rng *r, uint64_t bound)
{
	uint64_t v, skip;

	if (bound < 2)
		return 0;
	skip = -bound % bound; /* 2^64 mod bound: the values that would favour the small results */
	do
		rng_bytes(r, &v, sizeof(v));
	while (v < skip);
	return v % bound;
}
