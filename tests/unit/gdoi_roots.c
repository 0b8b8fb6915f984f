/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The rules of roots.c in the model of coop.md section 2: servers with clocks of their own, announcements that are lost, late and
 * cut off, crashes, several servers that believe to lead. What a server sends with for an epoch, every other one accepts for it.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include "gdoi/roots.h"
#include "lib/mem.h"
#include "lib/rng.h"
#include "lib/why.h"

#define SERVERS 8
#define PERIOD 20	/* ticks in an epoch */
#define FLIGHTS 512
#define EPOCHS 40

struct given {
	bool known;
	unsigned send;			/* generation */
	bool accept[16];		/* by generation */
};

struct server {
	struct roots r;
	unsigned skew;
	bool up;
	uint64_t heard[SERVERS][16][ROOTS_STAGES];	/* promises of others, by generation of the root */
	uint64_t seen[SERVERS];
	struct given given[EPOCHS];
};

struct flight {
	unsigned at, from, to;
	bool answer;
	struct ks_root root;		/* no key */
	unsigned stage;
	uint64_t epoch, given;
};

struct model {
	struct rng *rng;
	unsigned n, newest, nflights;
	struct server *s;
	struct flight f[FLIGHTS];
	bool cut[SERVERS][SERVERS];
	unsigned loss;
};

static unsigned below(struct model *m, unsigned n)
{
	return (unsigned)rng_below(m->rng, n);
}

static bool chance(struct model *m, unsigned per_mille)
{
	return below(m, 1000) < per_mille;
}

static void launch(struct model *m, struct flight f)
{
	if (m->nflights < FLIGHTS)
		m->f[m->nflights++] = f;
}

/* Roots are all of the one draw; a generation has one root only, which is all that the model needs of random. */
static struct ks_root root_of(unsigned generation)
{
	return (struct ks_root){ .generation = generation, .key = secret_new(KS_ROOT) };
}

static int root_at(const struct server *s, unsigned generation)
{
	for (unsigned i = 0; i < s->r.n; i++)
		if (s->r.r[i].root.generation == generation)
			return (int)i;
	return -1;
}

/* Epochs count from 1: 0 is no promise. */
static unsigned epoch_of(const struct server *s, unsigned t)
{
	return 1 + (t > s->skew ? (t - s->skew) / PERIOD : 0);
}

static void give_out(struct server *s, unsigned t)
{
	unsigned e = epoch_of(s, t);
	struct given *g = &s->given[e];

	if (g->known)
		return;
	g->known = true;
	g->send = s->r.r[roots_send(&s->r, e)].root.generation;
	for (unsigned i = 0; i < s->r.n; i++)
		g->accept[s->r.r[i].root.generation] = roots_accepts(&s->r, i, e);
	s->r.given = e;
	roots_forget(&s->r, e + 1);
}

static void learn(struct model *m, struct server *x, const struct flight *f)
{
	struct ks_root root;
	int i = root_at(x, f->root.generation);
	struct flight answer = *f;

	if (f->answer) {
		x->seen[f->from] = f->given > x->seen[f->from] ? f->given : x->seen[f->from];
		if (f->epoch)
			x->heard[f->from][f->root.generation][f->stage - 1] = f->epoch;
		return;
	}
	if (i < 0 && f->stage == ROOTS_ACCEPT) {
		root = root_of(f->root.generation);
		roots_add(&x->r, &root, 0, f->epoch);
		ks_root_free(&root);
		i = root_at(x, f->root.generation);
	} else if (i >= 0) {
		roots_promise(&x->r, (unsigned)i, (enum roots_stage)f->stage, f->epoch);
	}
	answer.at += below(m, 6);
	answer.from = f->to;
	answer.to = f->from;
	answer.answer = true;
	answer.given = x->r.given;
	answer.epoch = i < 0 ? 0 : x->r.r[i].from[f->stage - 1];
	launch(m, answer);
}

static bool all_promised(const struct model *m, unsigned me, unsigned i, unsigned stage, uint64_t *last)
{
	const struct server *x = &m->s[me];
	const struct roots_one *r = &x->r.r[i];

	if (!r->from[stage - 1])
		return false;
	*last = r->from[stage - 1] > *last ? r->from[stage - 1] : *last;
	for (unsigned k = 0; k < m->n; k++) {
		uint64_t p = k == me ? r->from[stage - 1] : x->heard[k][r->root.generation][stage - 1];

		if (!p)
			return false;
		*last = p > *last ? p : *last;
	}
	return true;
}

static void announce(struct model *m, unsigned me, unsigned t)
{
	struct server *x = &m->s[me];

	for (unsigned i = 0; i < x->r.n; i++) {
		uint64_t from = x->r.given + 1;
		unsigned stage = ROOTS_ACCEPT;

		for (unsigned k = 0; k < m->n; k++)
			from = x->seen[k] + 1 > from ? x->seen[k] + 1 : from;
		while (stage <= ROOTS_STAGES && all_promised(m, me, i, stage, &from))
			stage++;
		if (!x->r.r[i].from[0] || stage > ROOTS_STAGES)
			continue;
		from += below(m, 2);
		roots_promise(&x->r, i, (enum roots_stage)stage, from);
		for (unsigned k = 0; k < m->n; k++)
			if (k != me)
				launch(m, (struct flight){ .at = t + below(m, 6), .from = me, .to = k, .stage = stage, .epoch = from,
					.root = { .generation = x->r.r[i].root.generation } });
	}
}

static void deliver(struct model *m, unsigned t)
{
	static struct flight due[FLIGHTS];
	unsigned n = 0, keep = 0;

	for (unsigned i = 0; i < m->nflights; i++)
		if (m->f[i].at <= t)
			due[n++] = m->f[i];
		else
			m->f[keep++] = m->f[i];
	m->nflights = keep;
	for (unsigned i = 0; i < n; i++)
		if (!m->cut[due[i].from][due[i].to] && !chance(m, m->loss) && m->s[due[i].to].up)
			learn(m, &m->s[due[i].to], &due[i]);
}

static void check(const struct model *m, uint64_t seed, unsigned t)
{
	for (unsigned e = t / PERIOD ? t / PERIOD : 1; e <= 1 + t / PERIOD; e++)
		for (unsigned i = 0; i < m->n; i++)
			for (unsigned k = 0; k < m->n; k++) {
				const struct given *x = &m->s[i].given[e], *y = &m->s[k].given[e];

				ck_assert_msg(!x->known || !y->known || y->accept[x->send],
					"seed %llu: epoch %u: server %u sends with root %u, which server %u does not accept",
					(unsigned long long)seed, e, i, x->send, k);
			}
}

static void trouble(struct model *m)
{
	static const unsigned parts[] = { 0, 0, 400, 1000 };
	unsigned part = parts[below(m, 4)];

	for (unsigned i = 0; chance(m, 30) && i < m->n; i++)
		for (unsigned k = 0; k < i; k++)
			m->cut[i][k] = m->cut[k][i] = chance(m, part);
	for (unsigned i = 0; i < m->n; i++) {
		struct server *x = &m->s[i];

		if (x->up && chance(m, 4)) {	/* memory is lost, promises are not */
			x->up = false;
			memset(x->heard, 0, sizeof(x->heard));
			memset(x->seen, 0, sizeof(x->seen));
		} else if (!x->up && chance(m, 80)) {
			x->up = true;
		}
	}
}

static void propose(struct model *m, struct server *x)
{
	struct ks_root root;

	if (m->newest == 15)
		return;
	root = root_of(++m->newest);
	roots_add(&x->r, &root, 0, x->r.given + 1 + below(m, 3));
	ks_root_free(&root);
}

/* The generation of the newest root that everybody has dropped the older ones for. */
static unsigned scenario(uint64_t seed)
{
	static const unsigned losses[] = { 0, 100, 300, 600 };
	struct model m = { .rng = rng_new_seeded(seed), .newest = 1 };
	unsigned end, oldest = 16;

	m.n = 2 + below(&m, SERVERS - 1);
	m.loss = losses[below(&m, 4)];
	m.s = mem_zalloc(m.n * sizeof(*m.s));
	for (unsigned i = 0; i < m.n; i++) {
		m.s[i].up = true;
		m.s[i].skew = below(&m, 4);
		m.s[i].r.n = 1;
		m.s[i].r.r[0].root = root_of(1);
	}
	end = PERIOD * (8 + below(&m, 22));
	for (unsigned t = 0; t < end; t++) {
		trouble(&m);
		for (unsigned i = 0; i < m.n; i++)
			if (m.s[i].up)
				give_out(&m.s[i], t);
		for (unsigned i = 0; i < m.n; i++) {
			if (m.s[i].up && chance(&m, 20))
				propose(&m, &m.s[i]);
			if (m.s[i].up && chance(&m, 500))
				announce(&m, i, t);
		}
		deliver(&m, t);
		check(&m, seed, t);
	}
	for (unsigned i = 0; i < m.n; i++) {
		oldest = m.s[i].r.r[0].root.generation < oldest ? m.s[i].r.r[0].root.generation : oldest;
		roots_free(&m.s[i].r);
	}
	free(m.s);
	rng_free(m.rng);
	return oldest;
}

START_TEST(model)
{
	const char *n = getenv("MODEL_SCENARIOS"), *from = getenv("MODEL_SEED");
	uint64_t count = n ? strtoull(n, NULL, 0) : 60, first = from ? strtoull(from, NULL, 0) : 1;
	unsigned moved = 0;

	for (uint64_t i = 0; i < count; i++)
		moved += scenario(first + i) > 1;
	ck_assert_uint_gt(moved, count / 4);	/* it is no use to be safe by standing still */
}
END_TEST

START_TEST(order)
{
	struct roots r = { .n = 1 };
	struct ks_root root = root_of(5);

	r.r[0].root = root_of(3);
	r.given = 100;
	ck_assert(!roots_add(&r, &root, 0, 100));	/* given out already */
	ck_assert(roots_add(&r, &root, 0, 101));
	ck_assert(!roots_promise(&r, 1, ROOTS_DROP, 120));	/* not before the second */
	ck_assert(roots_promise(&r, 1, ROOTS_SEND, 110));
	ck_assert(roots_promise(&r, 1, ROOTS_SEND, 150));	/* stands, as it was */
	ck_assert_uint_eq(roots_send(&r, 109), 0);
	ck_assert_uint_eq(roots_send(&r, 110), 1);
	ck_assert(!roots_accepts(&r, 1, 100) && roots_accepts(&r, 1, 101));
	ck_assert(roots_promise(&r, 1, ROOTS_DROP, 120));
	ck_assert(roots_accepts(&r, 0, 119) && !roots_accepts(&r, 0, 120));
	ck_assert(!roots_forget(&r, 119));
	ck_assert(roots_forget(&r, 120));
	ck_assert_uint_eq(r.n, 1);
	ck_assert_uint_eq(r.r[0].root.generation, 5);
	ks_root_free(&root);
	roots_free(&r);
}
END_TEST

START_TEST(octets)
{
	struct roots r = { .n = 1 }, back = { .n = 1 };
	struct ks_root root = root_of(5);
	uint8_t buf[400];
	struct wr w = wr_init(buf, sizeof(buf));
	struct rd rd;
	struct why why;

	r.r[0].root = root_of(3);
	root.key.p[7] = 9;
	ck_assert(roots_add(&r, &root, 77, 101));
	roots_encode(&w, &r);
	rd = rd_init(wr_done(&w));
	ck_assert(roots_decode(&back, &rd, &why) && rd_end(&rd));
	ck_assert_uint_eq(back.n, 2);
	ck_assert_uint_eq(back.r[1].from[0], 101);
	ck_assert_uint_eq(back.r[1].drawn, 77);
	ck_assert_uint_eq(back.r[1].root.key.p[7], 9);
	roots_free(&back);
	for (size_t cut = 0; cut < w.n; cut++) {
		rd = rd_init(bytes_of(buf, cut));
		back.n = 1;
		ck_assert(!roots_decode(&back, &rd, &why) || !rd_end(&rd));
		roots_free(&back);
	}
	ks_root_free(&root);
	roots_free(&r);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("roots");
	TCase *tc = tcase_create("roots");
	SRunner *sr = srunner_create(s);
	int failed;

	suite_add_tcase(s, tc);
	tcase_set_timeout(tc, getenv("MODEL_SCENARIOS") ? 86400 : 120);
	tcase_add_test(tc, order);
	tcase_add_test(tc, octets);
	tcase_add_test(tc, model);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
