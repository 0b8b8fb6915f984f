/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Random partitions, loss, crashes, mass restarts, clocks that run and jump wrong, refreshes of the root cut in the middle, orders and
 * changes of policy, among two to eight cooperating key servers. 's_coop_chaos N' runs the scenario of seed N alone (so does SIM_SEED=N);
 * SIM_SCENARIOS=n runs so many from SIM_FROM on, SIM_JOBS at a time, each in a process, and prints the seeds that failed (make check-chaos).
 */
#include <sys/wait.h>
#include <unistd.h>
#include "gdoi/engine.h"
#include "gdoi/ks.h"
#include "gdoi/ksync.h"
#include "isakmp/payloads.h"
#include "lib/crypto/prf.h"
#include "lib/mem.h"
#include "lib/text.h"
#include "lib/why.h"
#include "tests/sim/sim.h"

#define SERVERS_MAX 8
#define TEK 3600
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
	char list[MEMBERS][SERVERS_MAX * 10];
	struct used *used;
	char twice[120];
	uint32_t tek;
	bool drawn;			/* IOS's way: sides of a split part */
	bool ordered;			/* something cut old keys off, and not everybody has the new ones yet */
	unsigned stage;
};

static const char *const ks_ip[] = { "10.0.8.1", "10.0.8.2", "10.0.8.3", "10.0.8.4", "10.0.8.5", "10.0.8.6", "10.0.8.7",
	"10.0.8.8" };
static const char *const gm_ip[] = { "10.0.0.2", "10.0.0.3", "10.0.0.4" };

static void ks_coop(struct sim_dev *d, struct cfg *c)
{
	const struct lab *l = d->arg;
	struct cfg_ks *ks;
	unsigned n = 0;

	sim_ks(d, c);
	ks = sim_ks_cfg(c);
	cfg_ipsec_profile(c, "PROF")->lifetime = l->tek;
	ks->rekey_lifetime = TEK << l->s->seed % 3;
	ks->coop.drawn = l->drawn;
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

/* What a server gives out now; 0: it does not run or has no keys. */
static uint32_t given_out(const struct sim_dev *d)
{
	const struct gdoi_group *gr = d->on ? gdoi_group_find(d->gdoi, GROUP) : NULL;

	for (const struct ks_tek *t = gr && gr->ks ? gr->ks->teks : NULL; t; t = t->next)
		if (!t->receive)
			return t->spi;
	return 0;
}

/* Nothing is on its way any more: what the servers give out is with every member. */
static bool shared(void *arg)
{
	const struct lab *l = arg;
	uint32_t spi = given_out(l->ks[0]);

	for (unsigned i = 0; i < MEMBERS; i++)
		if (!spi || !sim_dp_has(l->gm[i], spi))
			return false;
	return one_key(l);
}

/* ---- a scenario ---- */

static unsigned below(struct lab *l, unsigned n)
{
	return (unsigned)rng_below(l->s->rng, n);
}

static void servers_add(struct lab *l)
{
	bool skewed = below(l, 2);

	l->nks = 2 + (below(l, 3) ? below(l, 3) : below(l, SERVERS_MAX - 1));
	if (l->s->seed & 2)		/* servers that start again do so on a machine that went on */
		clock_set_boot(l->s->clock, (const uint8_t *)"one and the same");
	for (unsigned i = 0; i < l->nks; i++) {
		char name[16];

		snprintf(name, sizeof(name), "KS%u", i + 1);
		l->ks[i] = sim_add(l->s, name, ks_ip[i], ks_coop, l);
		if (!skewed)
			continue;
		sim_skew(l->ks[i], (int32_t)below(l, 1001) - 500);
		clock_set_boot(l->ks[i]->clock, clock_boot(l->s->clock));
		sim_wall(l->ks[i], (int64_t)below(l, 101) - 50);
	}
}

static void up(struct lab *l, uint64_t seed)
{
	*l = (struct lab){ .s = sim_new(seed), .tek = TEK };
	l->drawn = below(l, 8) == 0;
	servers_add(l);
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
	l->s->check_pairs = !l->drawn;
}

static void cuts(struct lab *l, double part)
{
	for (unsigned i = 0; i < l->nks; i++)
		l->ks[i]->blind = 0;
	for (unsigned i = 0; i < l->nks; i++)
		for (unsigned k = 0; k < i; k++)
			if ((double)below(l, 1000) < part * 1000)
				l->ks[i]->blind |= 1u << k;
}

static unsigned running(const struct lab *l)
{
	unsigned n = 0;

	for (unsigned i = 0; i < l->nks; i++)
		n += l->ks[i]->on;
	return n;
}

static void all_start(struct lab *l)
{
	for (unsigned i = 0; i < l->nks; i++)
		sim_start(l->ks[i]);
}

static void mass_restart(struct lab *l)
{
	for (unsigned i = 0; i < l->nks; i++)
		sim_stop(l->ks[i], false);
	sim_run(l->s, SEC(below(l, 60)));
	all_start(l);
}

static bool at_stage(void *arg)
{
	struct lab *l = arg;
	struct ksync_view v;

	for (unsigned i = 0; i < l->nks; i++)
		if (l->ks[i]->on && ksync_view(l->ks[i]->gdoi, GROUP, &v) && v.root.stage >= l->stage)
			return true;
	return false;
}

/* The network breaks, or a server dies, in the middle of a refresh. */
static void refresh_cut(struct lab *l, struct sim_dev *d)
{
	l->stage = 1 + below(l, 3);
	if (!sim_until(l->s, at_stage, l, SEC(2 * TEK)))
		return;
	sim_run(l->s, MSEC(below(l, 30)));
	if (below(l, 3))
		cuts(l, below(l, 2) ? 0.5 : 1);
	else if (running(l) > 1)
		sim_stop(d, false);
}

/* ---- what cuts old keys off: members of servers that were not there are out until they meet ---- */

static void ordered(struct lab *l)
{
	l->ordered = true;
	l->s->check_pairs = false;
}

static struct sim_dev *some_primary(struct lab *l)
{
	unsigned from = below(l, l->nks);

	for (unsigned i = 0; i < l->nks; i++) {
		struct sim_dev *d = l->ks[(from + i) % l->nks];
		struct coop_group_info g;

		if (d->on && coop_show_group(d->coop, GROUP, &g) && g.role == COOP_PRIMARY)
			return d;
	}
	return NULL;
}

static void new_policy(struct sim_dev *d, struct cfg *c)
{
	const struct lab *l = d->arg;

	cfg_ipsec_profile(c, "PROF")->lifetime = l->tek;
}

static void order(struct lab *l)
{
	struct sim_dev *d = some_primary(l);
	struct why why;
	unsigned what = below(l, 5);

	if (!d)
		return;
	ordered(l);
	if (what == 0) {
		gdoi_ks_remove_members(d->gdoi, GROUP, REMOVAL_TRANSIENT, &why);
	} else if (what == 1) {
		gdoi_ks_remove_members(d->gdoi, GROUP, REMOVAL_NOW, &why);
	} else if (what == 2) {
		gdoi_ks_rekey(d->gdoi, GROUP, REKEY_REPLACE_NOW, &why);
	} else {
		if (what == 3) {	/* on every server that runs; the others get it when they start */
			l->tek = l->tek == TEK ? TEK + 600 : TEK;
			for (unsigned i = 0; i < l->nks; i++)
				if (l->ks[i]->on)
					sim_config(l->ks[i], new_policy);
		}
		gdoi_ks_rekey(d->gdoi, GROUP, REKEY_POLICY, &why);
	}
	if (below(l, 4) == 0) {		/* and dies of it */
		sim_run(l->s, MSEC(below(l, 60)));
		if (running(l) > 1)
			sim_stop(d, false);
	}
}

/* Everybody has what the order made: from here on nothing may go wrong again. */
static void order_over(struct lab *l)
{
	if (!l->ordered || l->drawn || !settled(l) || !shared(l))
		return;
	for (unsigned i = 0; i < l->nks; i++)
		if (sim_ks_info(l->ks[i]).pending_change)
			return;
	l->ordered = false;
	l->s->mismatches = 0;
	l->s->check_pairs = true;
}

static void event(struct lab *l)
{
	static const double losses[] = { 0, 0, 0.05, 0.2 }, parts[] = { 0, 0.3, 0.6, 1 };
	struct sim_dev *d = l->ks[below(l, l->nks)];

	switch (below(l, 12)) {
	case 0:
	case 1:
	case 2:
		cuts(l, parts[below(l, 4)]);
		break;
	case 3:
		l->s->loss = losses[below(l, 4)];
		break;
	case 4:
	case 5:
		if (d->on && running(l) > 1)
			sim_stop(d, below(l, 2));
		else if (!d->on)
			sim_start(d);
		break;
	case 6:
		all_start(l);
		break;
	case 7:
		if (below(l, 4) == 0)
			mass_restart(l);
		break;
	case 8:
	case 9:
		refresh_cut(l, d);
		break;
	case 10:
		if (below(l, 2))
			order(l);
		break;
	case 11:	/* a wall clock that jumps while it runs is nobody's business; set right again, and seen so, before it counts */
		if (!d->clock || !d->on)
			break;
		sim_wall(d, (int64_t)below(l, 200000) - 100000);
		sim_run(l->s, SEC(below(l, 1000)));
		sim_wall(d, (int64_t)below(l, 101) - 50);
		sim_run(l->s, SEC(40));
		break;
	}
}

static void fine(struct lab *l)
{
	sim_assert(l->s, l->ordered || !l->s->mismatches, "%s", l->s->mismatch);
	sim_assert(l->s, !l->twice[0], "%s", l->twice);
}

/* All derive from one root: a refresh that was held up has come to its end. */
static bool one_root(void *arg)
{
	struct lab *l = arg;
	struct ksync_view first, v;

	for (unsigned i = 0; i < l->nks; i++) {
		ck_assert(ksync_view(l->ks[i]->gdoi, GROUP, &v));
		if (!i)
			first = v;
		if (v.root.generation != first.root.generation)
			return false;
	}
	return true;
}

static void scenario(uint64_t seed)
{
	struct lab l;

	up(&l, seed);
	for (unsigned i = 0; i < 10; i++) {
		event(&l);
		sim_run(l.s, SEC(20 + below(&l, 1500)));
		order_over(&l);
		fine(&l);
	}
	l.s->loss = 0;
	cuts(&l, 0);
	all_start(&l);
	sim_assert(l.s, sim_until(l.s, settled, &l, SEC(400)), "no single primary after the last heal");
	sim_assert(l.s, sim_until(l.s, shared, &l, SEC(2 * TEK + 1000)), "not one key after the last heal");
	sim_assert(l.s, sim_until(l.s, one_root, &l, SEC(300)), "not one root after the last heal");
	order_over(&l);
	sim_run(l.s, SEC(TEK + 600));
	sim_assert(l.s, sim_until(l.s, settled, &l, SEC(10)) && one_key(&l), "does not stay so");
	fine(&l);
	l.s->tap = NULL;
	forget(&l);
	sim_free(l.s);
}

/* ---- many ---- */

#define SCENARIOS 12		/* in make check: seconds, also with sanitizers on a busy machine */
#define HANGS 600		/* s: a scenario that takes so long is a failure */

static unsigned jobs_running;

/* Waits for one to end; true when it failed. */
static bool reap(uint64_t *seed, const pid_t *pid, uint64_t count, uint64_t first)
{
	int status;
	pid_t who = wait(&status);

	jobs_running--;
	for (uint64_t i = 0; i < count; i++)
		if (pid[i] == who)
			*seed = first + i;
	return !WIFEXITED(status) || WEXITSTATUS(status) != 0;
}

static unsigned many(uint64_t first, uint64_t count, unsigned jobs)
{
	pid_t *pid = mem_zalloc(count * sizeof(*pid));
	unsigned failed = 0;
	uint64_t seed = 0;

	for (uint64_t i = 0; i < count || jobs_running;) {
		if (i < count && jobs_running < jobs) {
			pid[i] = fork();
			ck_assert_int_ge(pid[i], 0);
			if (!pid[i]) {
				alarm(HANGS);
				scenario(first + i);
				_exit(0);
			}
			jobs_running++;
			if (++i % 500 == 0)
				fprintf(stderr, "%llu scenarios begun, %u failed\n", (unsigned long long)i, failed);
			continue;
		}
		if (!reap(&seed, pid, count, first))
			continue;
		failed++;
		fprintf(stderr, "FAILED: s_coop_chaos %llu\n", (unsigned long long)seed);
	}
	free(pid);
	return failed;
}

START_TEST(chaos)
{
	const char *n = getenv("SIM_SCENARIOS"), *from = getenv("SIM_FROM"), *jobs = getenv("SIM_JOBS");
	uint64_t count = n ? strtoull(n, NULL, 0) : SCENARIOS, first = from ? strtoull(from, NULL, 0) : 1;

	rsa_free(sim_rsa(0));		/* one key for all */
	if (getenv("SIM_SEED")) {
		scenario(first);
	} else if (n) {
		unsigned failed = many(first, count, jobs ? (unsigned)strtoul(jobs, NULL, 0) : 1);

		printf("%llu scenarios from seed %llu, %u failed\n", (unsigned long long)count, (unsigned long long)first, failed);
		ck_assert_uint_eq(failed, 0);
	} else {
		for (uint64_t i = 0; i < count; i++)
			scenario(first + i);
	}
}
END_TEST

int main(int argc, char **argv)
{
	const TTest *const tests[] = { chaos };

	if (argc > 1)
		setenv("SIM_SEED", argv[1], 1);
	return sim_main("coop chaos", tests, sizeof(tests) / sizeof(tests[0]));
}
