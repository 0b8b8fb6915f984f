/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Cooperating key servers KS1 to KSn and members of all of them, for the tests of s_coop*.c. */
#pragma once
#include "tests/sim/sim.h"

struct lab {
	struct sim *s;
	struct sim_dev *ks[8], *gm[6];
	unsigned nks, ngm;
};

/* A key server as sim_ks() makes it, cooperating with all others; the first has the highest priority. d->arg: the lab. */
void lab_ks(struct sim_dev *d, struct cfg *c);
/* Makes them; ks configures a server. Each member's list of servers begins with another one. */
void lab_place(struct lab *l, uint64_t seed, unsigned nks, unsigned ngm, void (*ks)(struct sim_dev *d, struct cfg *c));
/* And starts them. */
void lab_start(struct lab *l, uint64_t seed, unsigned nks, unsigned ngm, void (*ks)(struct sim_dev *d, struct cfg *c));
/* The same and on until there is one primary and every member is registered. */
void lab_make_with(struct lab *l, uint64_t seed, unsigned nks, unsigned ngm, void (*ks)(struct sim_dev *d, struct cfg *c));
void lab_make(struct lab *l, uint64_t seed, unsigned nks, unsigned ngm);
bool lab_one_primary(void *lab);	/* and nobody else waits for an election or keys */
struct sim_dev *lab_primary(struct lab *l);
/* What one server knows of another. */
struct coop_peer_info lab_peer(const struct sim_dev *of, struct ip4 who);
unsigned lab_registrations(const struct lab *l);
/* Every server has every member; members of all servers share a TEK and none was without. */
void lab_whole(struct lab *l);
/* Servers with a bit in left do not hear those without; 0: all hear all. */
void lab_cut(struct lab *l, uint32_t left);
