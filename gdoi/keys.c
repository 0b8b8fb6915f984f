/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gdoi/keys.h"
#include "lib/crypto/prf.h"
#include "lib/rng.h"
#include "lib/wire.h"

void ks_root_draw(struct ks_root *r, const struct ks_root *older, struct rng *rng)
{
	uint32_t generation = older ? older->generation + 1 : 1;

	ks_root_free(r);
	r->generation = generation;
	rng_bytes(rng, r->random, sizeof(r->random));
	r->key = secret_new(KS_ROOT);
	rng_bytes(rng, r->key.p, r->key.n);
}

void ks_root_free(struct ks_root *r)
{
	secret_free(&r->key);
	*r = (struct ks_root){ 0 };
}

int ks_root_cmp(const struct ks_root *a, const struct ks_root *b)
{
	if (a->generation != b->generation)
		return a->generation < b->generation ? -1 : 1;
	return memcmp(a->random, b->random, sizeof(a->random));
}

bool ks_derive(const struct ks_root *r, const struct ks_derive *what, uint8_t *out, size_t n)
{
	uint8_t info[96];
	struct wr w = wr_init(info, sizeof(info));

	if (!r->generation)
		return false;
	wr_bytes(&w, bytes_str(what->kek ? "kek" : "tek"));
	wr_u8(&w, what->id.by_address);
	wr_u32(&w, what->id.by_address ? what->id.address.a : what->id.number);
	wr_bytes(&w, BYTES_OF(what->digest));
	wr_u32(&w, what->sa);
	wr_u32(&w, what->entry);
	wr_u64(&w, what->epoch);
	wr_u32(&w, what->counter);
	return hkdf(HASH_SHA256, secret_bytes(&r->key), bytes_str("gdoix group keys 1"), wr_done(&w), out, n);
}

static uint32_t max32(uint32_t a, uint32_t b)
{
	return a > b ? a : b;
}

static uint32_t min32(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

uint32_t ks_tek_lead(uint32_t lifetime, uint32_t retransmit, uint32_t number)
{
	uint32_t lead = max32(lifetime / 20, 60) + retransmit * (number + 1);

	return min32(max32(lead, lifetime / 10), lifetime / 4 * 3);
}

uint32_t ks_kek_lead(uint32_t lifetime, uint32_t retransmit, uint32_t number)
{
	return min32(max32(225, 75 + retransmit * (number + 1)), lifetime / 4 * 3);
}

uint64_t ks_epoch(uint64_t origin, uint64_t period, uint64_t now)
{
	return origin + (now - origin) / period * period;
}

uint32_t ks_shortened(uint32_t left, uint32_t configured)
{
	return min32(left, max32(90, min32(configured / 20, 3600)));
}
