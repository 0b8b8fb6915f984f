/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Whatever may happen to a group in a day, in random order: devices crash and restart, networks part and lose, operators
 * change policy, trigger and remove. Meanwhile nothing is accepted that the key server did not send; afterwards, in calm
 * weather, every member is back, holds the newest TEK and hears everybody.
 */
#include <stdio.h>
#include "lib/why.h"
#include "tests/sim/sim.h"

#define MEMBERS 12
#define EVENTS 60
#define RUNS 6

struct chaos {
	struct sim *s;
	struct sim_dev *ks, *gm[MEMBERS];
	bool aes256;
};

static void ks_config(struct sim_dev *d, struct cfg *c)
{
	struct chaos *x = d->arg;

	sim_ks(d, c);
	cfg_ipsec_profile(c, "PROF")->lifetime = 1800;
	sim_ks_cfg(c)->rekey_lifetime = 5400;
	cfg_transform_set(c, "AES")->enc = x->aes256 ? ESP_AES256 : ESP_AES128;
}

static void other_cipher(struct sim_dev *d, struct cfg *c)
{
	struct chaos *x = d->arg;

	x->aes256 = !x->aes256;
	cfg_transform_set(c, "AES")->enc = x->aes256 ? ESP_AES256 : ESP_AES128;
}

static void flip(struct sim_dev *d, bool orderly)
{
	if (d->on)
		sim_stop(d, orderly);
	else
		sim_start(d);
}

static void event(struct chaos *x)
{
	struct sim *s = x->s;
	struct sim_dev *gm = x->gm[rng_below(s->rng, MEMBERS)];
	struct why why;

	switch (rng_below(s->rng, 10)) {
	case 0:
	case 1:
		flip(gm, rng_below(s->rng, 2));
		break;
	case 2:
		flip(x->ks, rng_below(s->rng, 2));
		break;
	case 3:
		gm->cut = !gm->cut;
		break;
	case 4:
		gm->side = (unsigned)rng_below(s->rng, 3);
		x->ks->side = (unsigned)rng_below(s->rng, 3);
		break;
	case 5:
		s->loss = (double)rng_below(s->rng, 50) / 100;
		s->dup = (double)rng_below(s->rng, 30) / 100;
		s->reorder = (double)rng_below(s->rng, 50) / 100;
		break;
	case 6:
		if (x->ks->on)
			sim_config(x->ks, other_cipher);
		break;
	case 7:
		if (x->ks->on)
			gdoi_ks_rekey(x->ks->gdoi, GROUP, rng_below(s->rng, 2) ? REKEY_POLICY : REKEY_REPLACE_NOW, &why);
		break;
	case 8:
		if (x->ks->on && rng_below(s->rng, 2))
			gdoi_ks_remove_members(x->ks->gdoi, GROUP, rng_below(s->rng, 2) ? REMOVAL_TRANSIENT : REMOVAL_NOW, &why);
		break;
	default:
		if (x->ks->on && !rng_below(s->rng, 4))
			gdoi_clear(x->ks->gdoi, GROUP);
		break;
	}
}

static void calm(struct chaos *x)
{
	struct sim *s = x->s;

	s->loss = s->dup = s->reorder = 0;
	for (struct sim_dev *d = s->devs; d; d = d->next) {
		d->cut = false;
		d->side = 0;
		sim_start(d);
	}
	sim_run(s, SEC(3 * 1800));
}

static bool newest(void *arg, const struct gdoi_tek_info *t)
{
	*(uint32_t *)arg = t->spi;
	return false;
}

static void one(uint64_t seed)
{
	struct chaos x = { .s = sim_new(seed) };
	struct sim *s = x.s;
	struct gdoi_counters c;
	uint32_t spi = 0;

	x.ks = sim_add(s, "KS", "10.0.8.1", ks_config, &x);
	for (unsigned i = 0; i < MEMBERS; i++) {
		char name[16], ip[16];

		snprintf(name, sizeof(name), "GM%u", i);
		snprintf(ip, sizeof(ip), "10.0.0.%u", i + 2);
		x.gm[i] = sim_add(s, name, ip, sim_gm, NULL);
		if (i % 4 == 3)
			x.gm[i]->version = (struct version){ 1, 0, 1 };
	}
	for (struct sim_dev *d = s->devs; d; d = d->next)
		sim_start(d);
	for (unsigned i = 0; i < EVENTS; i++) {
		sim_run(s, rng_below(s->rng, SEC(900)));
		event(&x);
	}
	calm(&x);
	sim_assert(s, sim_all_registered(s), "not all registered");
	gdoi_show_ks_teks(x.ks->gdoi, GROUP, newest, &spi);
	sim_assert(s, sim_members(x.ks) == MEMBERS, "%u members", sim_members(x.ks));
	for (unsigned i = 0; i < MEMBERS; i++) {
		sim_assert(s, sim_dp_has(x.gm[i], spi), "%s has not the newest TEK", x.gm[i]->name);
		gdoi_show_counters(x.gm[i]->gdoi, &c);
		sim_assert(s, !c.push_bad_sig && !c.push_malformed, "%s refused a true rekey", x.gm[i]->name);
	}
	s->check_pairs = true;
	s->mismatches = 0;
	sim_run(s, SEC(3600));
	sim_assert(s, !s->mismatches, "%s", s->mismatch);
	sim_free(s);
}

START_TEST(anything)
{
	for (uint64_t i = 0; i < (getenv("SIM_SEED") ? 1 : RUNS); i++)
		one(1000 + i);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = { anything };

	return sim_main("s_chaos", tests, 1);
}
