/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The fake data plane: remembers, and judges whether members can talk. */
#include <stdio.h>
#include "lib/why.h"
#include "tests/sim/sim.h"

static struct sim_dp *dp_of(struct dataplane *dp)
{
	return (struct sim_dp *)(void *)dp;
}

static struct sim_sa *sa_find(struct sim_dp *dp, uint32_t spi)
{
	for (unsigned i = 0; i < dp->nsa; i++)
		if (dp->sa[i].spi == spi)
			return &dp->sa[i];
	return NULL;
}

bool sim_dp_has(const struct sim_dev *d, uint32_t spi)
{
	for (unsigned i = 0; i < d->dp.nsa; i++)
		if (d->dp.sa[i].spi == spi && d->dp.sa[i].in)
			return true;
	return false;
}

/* The kernel must know when a key ends as well as the member does. */
static void ends_check(struct sim *s, const struct sim_dev *d)
{
	for (unsigned i = 0; i < d->dp.nsa; i++)
		if (sim_now(s) > d->dp.sa[i].ends + SEC(2) && !s->mismatches++)
			snprintf(s->mismatch, sizeof(s->mismatch), "at %.3f s %s still uses 0x%08X, which the kernel let go",
				(double)sim_now(s) / 1e6, d->name, d->dp.sa[i].spi);
}

/* Whoever sends is understood by everybody who is protected. */
void sim_dp_check(struct sim *s)
{
	for (const struct sim_dev *d = s->devs; d; d = d->next)
		if (d->on)
			ends_check(s, d);
	if (!s->check_pairs)
		return;
	for (struct sim_dev *a = s->devs; a; a = a->next) {
		if (!a->on || !a->dp.out)
			continue;
		for (struct sim_dev *b = s->devs; b; b = b->next) {
			if (!b->on || !b->dp.covered || sim_dp_has(b, a->dp.out))
				continue;
			if (!s->mismatches++)
				snprintf(s->mismatch, sizeof(s->mismatch), "at %.3f s %s sends with 0x%08X, unknown to %s",
					(double)sim_now(s) / 1e6, a->name, a->dp.out, b->name);
		}
	}
}

/* Called after every change of one member: intervals in which it had nothing to send with. */
static void cover(struct sim_dp *dp)
{
	struct sim *s = dp->dev->sim;
	bool now = true, first = true;

	dp->out = 0;
	for (unsigned i = 0; i < dp->nace; i++) {
		uint32_t spi = dp->ace[i].permit ? dp->family_out[dp->ace[i].family % 64] : 0;

		if (!dp->ace[i].permit)
			continue;
		if (first)
			dp->out = spi;
		first = false;
		now = now && spi && sim_dp_has(dp->dev, spi);
	}
	now = now && !first;

	if (dp->covered && !now) {
		dp->lost_at = sim_now(s);
		dp->gaps++;
	} else if (!dp->covered && now && dp->gaps) {
		dp->gap += sim_now(s) - dp->lost_at;
	}
	dp->covered = now;
	sim_dp_check(s);
}

static bool dp_usable(struct dataplane *dp, struct why *why)
{
	return true;
}

static bool dp_group_add(struct dataplane *dp, const char *group, const char *const *ifnames, unsigned n, struct ip4 local,
	struct why *why)
{
	dp_of(dp)->present = true;
	return true;
}

static void dp_group_del(struct dataplane *base, const char *group)
{
	struct sim_dp *dp = dp_of(base);

	dp->present = false;
	dp->nsa = dp->nace = 0;
	memset(dp->family_out, 0, sizeof(dp->family_out));
	cover(dp);
}

static bool dp_policy(struct dataplane *base, const char *group, enum dp_mode mode, const struct dp_ace *ace, unsigned n,
	struct why *why)
{
	struct sim_dp *dp = dp_of(base);

	dp->mode = mode;
	dp->nace = n < 512 ? n : 512;
	if (n)
		memcpy(dp->ace, ace, dp->nace * sizeof(*ace));
	cover(dp);
	return true;
}

static bool dp_sa_in(struct dataplane *base, const char *group, const struct dp_sa *sa, struct why *why)
{
	struct sim_dp *dp = dp_of(base);
	struct sim_sa *s = sa_find(dp, sa->spi);

	if (!s && dp->nsa == SIM_SAS)
		return why_set(why, "too many SAs");
	if (s && sa->replay != 2) {	/* again: its counter window is closed */
		s->sa.replay = sa->replay;
		return true;
	}
	if (!s)
		s = &dp->sa[dp->nsa++];
	*s = (struct sim_sa){ .spi = sa->spi, .in = clock_now(dp->dev->sim->clock), .sa = *sa };
	s->ends = s->in + SEC(sa->remaining);
	cover(dp);
	return true;
}

static bool dp_sa_out(struct dataplane *base, const char *group, uint32_t spi, struct why *why)
{
	struct sim_dp *dp = dp_of(base);
	struct sim_sa *s = sa_find(dp, spi);

	if (!s)
		return why_set(why, "no such SA");
	s->out = clock_now(dp->dev->sim->clock);
	dp->family_out[s->sa.family % 64] = spi;
	cover(dp);
	return true;
}

static void dp_sa_del(struct dataplane *base, const char *group, uint32_t spi)
{
	struct sim_dp *dp = dp_of(base);
	struct sim_sa *s = sa_find(dp, spi);

	if (!s)
		return;
	*s = dp->sa[--dp->nsa];
	for (unsigned i = 0; i < 64; i++)
		if (dp->family_out[i] == spi)
			dp->family_out[i] = 0;
	cover(dp);
}

static void dp_sa_ends(struct dataplane *base, const char *group, uint32_t spi, uint64_t remaining)
{
	struct sim_sa *s = sa_find(dp_of(base), spi);

	if (s)
		s->ends = clock_now(dp_of(base)->dev->sim->clock) + SEC(remaining);
}

static void dp_pseudotime(struct dataplane *base, const char *group, uint64_t ms)
{
	struct sim_dp *dp = dp_of(base);

	dp->pseudotime = ms;
	dp->pseudotime_at = clock_now(dp->dev->sim->clock);
}

static void dp_counters(struct dataplane *dp, const char *group, struct dp_counters *out)
{
	memset(out, 0, sizeof(*out));
}

static const struct dataplane_ops dp_ops = { .usable = dp_usable, .group_add = dp_group_add, .group_del = dp_group_del,
	.policy = dp_policy, .sa_in = dp_sa_in, .sa_out = dp_sa_out, .sa_del = dp_sa_del, .pseudotime = dp_pseudotime,
	.counters = dp_counters, .sa_ends = dp_sa_ends };

void sim_dp_init(struct sim_dev *d)
{
	memset(&d->dp, 0, sizeof(d->dp));
	d->dp.base.ops = &dp_ops;
	d->dp.dev = d;
}
