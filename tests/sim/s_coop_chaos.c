/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Random partitions, loss, crashes and mass restarts of cooperating key servers. SIM_SCENARIOS=n runs so many (20);
 * SIM_SEED=n runs the one that failed again.
 */
#include "gdoi/engine.h"
#include "gdoi/ks.h"
#include "isakmp/payloads.h"
#include "lib/crypto/prf.h"
#include "lib/mem.h"
#include "lib/text.h"
#include "lib/why.h"
#include "tests/sim/sim.h"

#define SERVERS_MAX 5
#define MEMBERS 3

struct used {			/* a rekey as it went out */
	UT_hash_handle hh;
	struct {
		uint8_t spi[GDOI_SPI];
		uint32_t seq;
	} key;
	uint8_t content[32];
};

struct lab {
	struct sim *s;
	struct sim_dev *ks[SERVERS_MAX], *gm[MEMBERS];
	unsigned nks;
	char list[MEMBERS][100];
	struct used *used;
	char twice[120];
};

static const char *const ks_ip[] = { "10.0.8.1", "10.0.8.2", "10.0.8.3", "10.0.8.4", "10.0.8.5" };
static const char *const gm_ip[] = { "10.0.0.2", "10.0.0.3", "10.0.0.4" };

static void ks_coop(struct sim_dev *d, struct cfg *c)
{
	const struct lab *l = d->arg;
	struct cfg_ks *ks;
	unsigned n = 0;

	sim_ks(d, c);
	ks = sim_ks_cfg(c);
	cfg_ipsec_profile(c, "PROF")->lifetime = 7200;
	ks->rekey_lifetime = 14400;
	ks->coop.present = true;
	ks->coop.priority = 1 + (d->index * 7 + (uint32_t)l->s->seed) % 5;
	ks->coop.version = l->s->seed & 1;
	for (unsigned i = 0; i < l->nks; i++)
		if (!ip4_eq(sim_ip(ks_ip[i]), d->ip))
			ks->coop.peers[n++] = sim_ip(ks_ip[i]);
}

/* ---- no sequence number twice for different content ---- */

static const struct kek *kek_of(const struct lab *l, const uint8_t *spi)
{
	struct ks_kek *k;

	for (unsigned i = 0; i < l->nks; i++)
		if (l->ks[i]->on && ks_push_kek(l->ks[i]->gdoi, spi, &k))
			return &k->kek;
	return NULL;
}

static enum sim_verdict watch(void *arg, struct endpoint src, struct endpoint dst, struct bytes body)
{
	struct lab *l = arg;
	struct isakmp_hdr h;
	struct used u = { 0 }, *known;
	const struct kek *kek;
	struct why why;

	if (!isakmp_hdr_decode(body, &h, &why) || h.exchange != XCHG_PUSH)
		return SIM_PASS;
	memcpy(u.key.spi, h.icookie, 8);
	memcpy(u.key.spi + 8, h.rcookie, 8);
	kek = kek_of(l, u.key.spi);
	if (!kek || !push_peek_seq(kek, body, &u.key.seq) || !hash_parts(HASH_SHA256, &body, 1, u.content))
		return SIM_PASS;
	HASH_FIND(hh, l->used, &u.key, sizeof(u.key), known);
	if (!known) {
		known = mem_dup(&u, sizeof(u));
		HASH_ADD(hh, l->used, key, sizeof(known->key), known);
	} else if (memcmp(known->content, u.content, sizeof(u.content)) != 0 && !l->twice[0]) {
		snprintf(l->twice, sizeof(l->twice), "%s sent seq %u again, with other content", ip4_s(src.ip), u.key.seq);
	}
	return SIM_PASS;
}

static void forget(struct lab *l)
{
	struct used *u, *tmp;

	HASH_ITER(hh, l->used, u, tmp)
	{
		HASH_DEL(l->used, u);
		free(u);
	}
}

/* ---- what is to be so in the end ---- */

static bool settled(void *arg)
{
	struct lab *l = arg;
	unsigned primaries = 0;
	struct ksync_view first = { 0 }, v;

	for (unsigned i = 0; i < l->nks; i++) {
		struct coop_group_info g;

		if (!coop_show_group(l->ks[i]->coop, GROUP, &g) || g.electing || !g.synced ||
			!ksync_view(l->ks[i]->gdoi, GROUP, &v) || !v.active)
			return false;
		if (!i)
			first = v;
		if (memcmp(first.version, v.version, sizeof(v.version)) != 0)
			return false;
		primaries += g.role == COOP_PRIMARY;
	}
	return primaries == 1;
}

static bool one_key(const struct lab *l)
{
	for (unsigned i = 0; i < MEMBERS; i++)
		if (!sim_registered(l->gm[i]) || l->gm[i]->dp.out != l->gm[0]->dp.out)
			return false;
	return true;
}

static bool shared(void *arg)
{
	return one_key(arg);
}

/* ---- a scenario ---- */

static void up(struct lab *l, uint64_t seed)
{
	*l = (struct lab){ .s = sim_new(seed) };
	l->nks = 2 + (unsigned)rng_below(l->s->rng, SERVERS_MAX - 1);
	for (unsigned i = 0; i < l->nks; i++) {
		char name[16];

		snprintf(name, sizeof(name), "KS%u", i + 1);
		l->ks[i] = sim_add(l->s, name, ks_ip[i], ks_coop, l);
	}
	for (unsigned i = 0; i < MEMBERS; i++) {
		for (unsigned k = 0; k < l->nks; k++) {
			size_t at = strlen(l->list[i]);

			snprintf(l->list[i] + at, sizeof(l->list[i]) - at, "%s%s", k ? " " : "", ks_ip[(i + k) % l->nks]);
		}
		l->gm[i] = sim_add(l->s, gm_ip[i] + 5, gm_ip[i], sim_gm, l->list[i]);
	}
	for (struct sim_dev *d = l->s->devs; d; d = d->next)
		sim_start(d);
	l->s->tap = watch;
	l->s->tap_arg = l;
	sim_assert(l->s, sim_until(l->s, settled, l, SEC(120)), "no primary");
	sim_assert(l->s, sim_until(l->s, shared, l, SEC(300)), "not registered");
	/* A server that dies within the moment it takes to pass a registration on takes it along. */
	sim_run(l->s, SEC(5));
	l->s->check_pairs = true;
}

static void cuts(struct lab *l, double part)
{
	for (unsigned i = 0; i < l->nks; i++)
		l->ks[i]->blind = 0;
	for (unsigned i = 0; i < l->nks; i++)
		for (unsigned k = 0; k < i; k++)
			if ((double)rng_below(l->s->rng, 1000) < part * 1000)
				l->ks[i]->blind |= 1u << k;
}

static unsigned running(const struct lab *l)
{
	unsigned n = 0;

	for (unsigned i = 0; i < l->nks; i++)
		n += l->ks[i]->on;
	return n;
}

static void event(struct lab *l)
{
	static const double losses[] = { 0, 0, 0.05, 0.2 }, parts[] = { 0, 0.3, 0.6, 1 };
	struct sim_dev *d = l->ks[rng_below(l->s->rng, l->nks)];

	switch (rng_below(l->s->rng, 8)) {
	case 0:
	case 1:
	case 2:
		cuts(l, parts[rng_below(l->s->rng, 4)]);
		break;
	case 3:
		l->s->loss = losses[rng_below(l->s->rng, 4)];
		break;
	case 4:
	case 5:
		if (d->on && running(l) > 1)
			sim_stop(d, rng_below(l->s->rng, 2));
		else if (!d->on)
			sim_start(d);
		break;
	case 6:
		for (unsigned i = 0; i < l->nks; i++)
			sim_start(l->ks[i]);
		break;
	case 7:
		if (rng_below(l->s->rng, 4))
			break;
		for (unsigned i = 0; i < l->nks; i++)
			sim_stop(l->ks[i], false);
		sim_run(l->s, SEC(rng_below(l->s->rng, 60)));
		for (unsigned i = 0; i < l->nks; i++)
			sim_start(l->ks[i]);
		break;
	}
}

static void scenario(uint64_t seed)
{
	struct lab l;

	up(&l, seed);
	for (unsigned i = 0; i < 12; i++) {
		event(&l);
		sim_run(l.s, SEC(20 + rng_below(l.s->rng, 2500)));
		sim_assert(l.s, !l.s->mismatches, "%s", l.s->mismatch);
		sim_assert(l.s, !l.twice[0], "%s", l.twice);
	}
	l.s->loss = 0;
	cuts(&l, 0);
	for (unsigned i = 0; i < l.nks; i++)
		sim_start(l.ks[i]);
	sim_assert(l.s, sim_until(l.s, settled, &l, SEC(400)), "no single primary after the last heal");
	sim_assert(l.s, sim_until(l.s, shared, &l, SEC(8000)), "not one key after the last heal");
	sim_run(l.s, SEC(8000));
	sim_assert(l.s, settled(&l) && one_key(&l), "does not stay so");
	sim_assert(l.s, !l.s->mismatches, "%s", l.s->mismatch);
	sim_assert(l.s, !l.twice[0], "%s", l.twice);
	l.s->tap = NULL;
	forget(&l);
	sim_free(l.s);
}

START_TEST(chaos)
{
	const char *n = getenv("SIM_SCENARIOS"), *from = getenv("SIM_FROM");
	uint64_t count = n ? strtoull(n, NULL, 0) : 20, first = from ? strtoull(from, NULL, 0) : 1;

	if (getenv("SIM_SEED"))
		count = 1;
	for (uint64_t i = 0; i < count; i++)
		scenario(first + i);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = { chaos };

	return sim_main("coop chaos", tests, sizeof(tests) / sizeof(tests[0]));
}
