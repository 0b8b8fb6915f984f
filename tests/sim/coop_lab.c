/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/sim/coop_lab.h"

static const char *const ks_ip[] = { "10.0.8.1", "10.0.8.2", "10.0.8.3", "10.0.8.4", "10.0.8.5", "10.0.8.6", "10.0.8.7", "10.0.8.8" };

void lab_ks(struct sim_dev *d, struct cfg *c)
{
	struct cfg_coop *coop;
	const struct lab *l = d->arg;
	unsigned n = 0;

	sim_ks(d, c);
	coop = &sim_ks_cfg(c)->coop;
	coop->present = true;
	coop->priority = 100 - d->index;
	for (unsigned i = 0; i < l->nks; i++)
		if (!ip4_eq(sim_ip(ks_ip[i]), d->ip))
			coop->peers[n++] = sim_ip(ks_ip[i]);
}

bool lab_one_primary(void *arg)
{
	struct lab *l = arg;
	unsigned primaries = 0;

	for (unsigned i = 0; i < l->nks; i++) {
		struct coop_group_info g;

		if (!l->ks[i]->on)
			continue;
		if (!coop_show_group(l->ks[i]->coop, GROUP, &g) || g.electing || !g.synced)
			return false;
		primaries += g.role == COOP_PRIMARY;
	}
	return primaries == 1;
}

struct sim_dev *lab_primary(struct lab *l)
{
	for (unsigned i = 0; i < l->nks; i++) {
		struct coop_group_info g;

		if (l->ks[i]->on && coop_show_group(l->ks[i]->coop, GROUP, &g) && g.role == COOP_PRIMARY)
			return l->ks[i];
	}
	return NULL;
}

void lab_place(struct lab *l, uint64_t seed, unsigned nks, unsigned ngm, void (*ks)(struct sim_dev *d, struct cfg *c))
{
	static const char *const gm_ip[] = { "10.0.0.2", "10.0.0.3", "10.0.0.4", "10.0.0.5", "10.0.0.6", "10.0.0.7" };
	static char lists[6][200];

	*l = (struct lab){ .s = sim_new(seed), .nks = nks, .ngm = ngm };
	for (unsigned i = 0; i < nks; i++) {
		char name[16];

		snprintf(name, sizeof(name), "KS%u", i + 1);
		l->ks[i] = sim_add(l->s, name, ks_ip[i], ks, l);
	}
	for (unsigned i = 0; i < ngm; i++) {
		lists[i][0] = '\0';
		for (unsigned k = 0; k < nks; k++) {
			size_t at = strlen(lists[i]);

			snprintf(lists[i] + at, sizeof(lists[i]) - at, "%s%s", k ? " " : "", ks_ip[(i + k) % nks]);
		}
		l->gm[i] = sim_add(l->s, gm_ip[i] + 5, gm_ip[i], sim_gm, lists[i]);
	}
}

void lab_start(struct lab *l, uint64_t seed, unsigned nks, unsigned ngm, void (*ks)(struct sim_dev *d, struct cfg *c))
{
	lab_place(l, seed, nks, ngm, ks);
	for (struct sim_dev *d = l->s->devs; d; d = d->next)
		sim_start(d);
}

void lab_make_with(struct lab *l, uint64_t seed, unsigned nks, unsigned ngm, void (*ks)(struct sim_dev *d, struct cfg *c))
{
	lab_start(l, seed, nks, ngm, ks);
	l->s->check_pairs = true;
	sim_assert(l->s, sim_until(l->s, lab_one_primary, l, SEC(90)), "no primary");
	sim_assert(l->s, sim_until(l->s, sim_all_registered, l->s, SEC(200)), "not registered");
	sim_run(l->s, SEC(5));
}

void lab_make(struct lab *l, uint64_t seed, unsigned nks, unsigned ngm)
{
	lab_make_with(l, seed, nks, ngm, lab_ks);
}

struct query {
	struct ip4 ip;
	struct coop_peer_info info;
};

static bool peer_is(void *arg, const struct coop_peer_info *p)
{
	struct query *q = arg;

	if (ip4_eq(p->address, q->ip))
		q->info = *p;
	return true;
}

struct coop_peer_info lab_peer(const struct sim_dev *of, struct ip4 who)
{
	struct query q = { .ip = who };

	coop_show_peers(of->coop, GROUP, peer_is, &q);
	return q.info;
}

unsigned lab_registrations(const struct lab *l)
{
	unsigned n = 0;

	for (unsigned i = 0; i < l->ngm; i++) {
		struct gdoi_gm_info g;

		ck_assert(gdoi_show_gm(l->gm[i]->gdoi, GROUP, &g));
		n += g.succeeded;
	}
	return n;
}

/* Every server has every member; members of all servers share a TEK and none was without. */
void lab_whole(struct lab *l)
{
	for (unsigned i = 0; i < l->nks; i++)
		if (l->ks[i]->on)
			sim_assert(l->s, sim_members(l->ks[i]) == l->ngm, "%s has %u members", l->ks[i]->name, sim_members(l->ks[i]));
	for (unsigned i = 0; i < l->ngm; i++)
		sim_assert(l->s, l->gm[i]->dp.out == l->gm[0]->dp.out, "%s sends with %08x, %s with %08x", l->gm[i]->name,
			l->gm[i]->dp.out, l->gm[0]->name, l->gm[0]->dp.out);
	sim_assert(l->s, l->s->mismatches == 0, "%s", l->s->mismatch);
}

void lab_cut(struct lab *l, uint32_t left)
{
	for (unsigned i = 0; i < l->nks; i++)
		l->ks[i]->blind = left >> i & 1 ? ~left & ((1u << l->nks) - 1) : left;
	for (unsigned i = 0; i < l->nks; i++)
		if (!left)
			l->ks[i]->blind = 0;
}
