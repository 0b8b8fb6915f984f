/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A day of a group: KEK of 24 hours, TEK of 2, fifty members, and a network that loses one datagram in five, doubles
 * some and shuffles others. No member is ever without a valid TEK, and no rekey is accepted twice.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "gdoi/payload.h"
#include "tests/sim/sim.h"

#define MEMBERS 50

static void bad_network(struct sim *s)
{
	s->loss = 0.2;
	s->dup = 0.1;
	s->reorder = 0.2;
}

/* The TEK a member sends with is one that the key server still holds valid. */
struct valid {
	uint32_t spi;
	bool found;
};

static bool valid_tek(void *arg, const struct gdoi_tek_info *t)
{
	struct valid *v = arg;

	v->found |= t->spi == v->spi && t->left > 0;
	return true;
}

static void check_valid(struct sim *s, const struct sim_dev *ks, struct sim_dev *const *gm, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		struct valid v = { .spi = gm[i]->dp.out };

		gdoi_show_ks_teks(ks->gdoi, GROUP, valid_tek, &v);
		sim_assert(s, v.found, "%s sends with 0x%08X, which is over", gm[i]->name, v.spi);
	}
}

/* What a member has accepted, by Rekey SA and number. */
struct accepted {
	const struct sim_dev *gm;
	struct {
		uint8_t spi[16];
		unsigned seq;
	} rekey[200];
	unsigned n;
};

static void once(void *arg, const struct log_line *line)
{
	struct accepted *a = arg;
	const char *at = line->id == MSG_GDOI_GM_RECV_REKEY ? strstr(line->text, "seq # ") : NULL;
	unsigned seq = at ? (unsigned)strtoul(at + 6, NULL, 10) : 0;

	if (!at)
		return;
	for (unsigned i = 0; i < a->n; i++)
		sim_assert(a->gm->sim, a->rekey[i].seq != seq || memcmp(a->rekey[i].spi, a->gm->heard, 16) != 0,
			"%s accepted rekey %u twice", a->gm->name, seq);
	sim_assert(a->gm->sim, a->n < sizeof(a->rekey) / sizeof(a->rekey[0]), "%s accepted too many", a->gm->name);
	memcpy(a->rekey[a->n].spi, a->gm->heard, 16);
	a->rekey[a->n++].seq = seq;
}

static void day(uint64_t seed)
{
	struct sim *s = sim_new(seed);
	struct sim_dev *ks = sim_add(s, "KS", "10.0.8.1", sim_ks, NULL), *gm[MEMBERS];
	struct accepted *log = calloc(MEMBERS, sizeof(*log));
	struct gdoi_counters c;
	uint64_t accepted = 0;

	bad_network(s);
	for (unsigned i = 0; i < MEMBERS; i++) {
		char name[16], ip[32];

		snprintf(name, sizeof(name), "GM%u", i);
		snprintf(ip, sizeof(ip), "10.0.%u.%u", i / 10, i % 10 + 2);
		gm[i] = sim_add(s, name, ip, sim_gm, NULL);
	}
	for (struct sim_dev *d = s->devs; d; d = d->next)
		sim_start(d);
	for (unsigned i = 0; i < MEMBERS; i++) {
		log[i].gm = gm[i];
		syslog_sink_add(gm[i]->log, SINK_ALL, once, &log[i]);
	}
	sim_assert(s, sim_until(s, sim_all_registered, s, SEC(600)), "not all registered");
	s->check_pairs = true;
	for (unsigned t = 0; t < 26 * 60; t++) {		/* past the end of the first KEK */
		sim_run(s, SEC(60));
		check_valid(s, ks, gm, MEMBERS);
	}
	sim_assert(s, !s->mismatches, "%u times: %s", s->mismatches, s->mismatch);
	for (unsigned i = 0; i < MEMBERS; i++) {
		sim_assert(s, gm[i]->dp.gaps == 0, "%s was without a TEK for %.3f s", gm[i]->name, (double)gm[i]->dp.gap / 1e6);
		gdoi_show_counters(gm[i]->gdoi, &c);
		accepted += c.push_ok;
		sim_assert(s, c.push_ok == log[i].n, "%s accepted %llu rekeys and told of %u", gm[i]->name, (unsigned long long)c.push_ok,
			log[i].n);
		/* under a second KEK, while it is not known that the first one's holder has it, a rekey comes once more */
		sim_assert(s, c.push_ok <= sim_count(ks, MSG_GDOI_KS_SEND_UNICAST_REKEY) + 2, "%s accepted %llu of %llu rekeys",
			gm[i]->name, (unsigned long long)c.push_ok,
			(unsigned long long)sim_count(ks, MSG_GDOI_KS_SEND_UNICAST_REKEY));
	}
	sim_assert(s, accepted > MEMBERS * 12, "%llu rekeys accepted", (unsigned long long)accepted);
	sim_assert(s, sim_members(ks) == MEMBERS, "%u members", sim_members(ks));
	sim_free(s);
	free(log);
}

START_TEST(a_day)
{
	day(20260101);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = { a_day };

	return sim_main("s_day", tests, 1);
}
