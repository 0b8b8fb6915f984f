/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A network of devices in one process: each a log, a configuration, ISAKMP and GDOI engines over a fake network and a
 * fake data plane, all on one virtual clock and one seeded generator. A failing run is repeated with SIM_SEED=n;
 * SIM_VERBOSE=1 prints every device's log with the virtual time, SIM_ONLY=name runs one test of a program.
 */
#pragma once
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include "config/cfg.h"
#include "config/config.h"
#include "coop/coop.h"
#include "coop/coop_show.h"
#include "gdoi/dataplane.h"
#include "gdoi/gdoi.h"
#include "gdoi/gdoi_ctl.h"
#include "gdoi/gdoi_show.h"
#include "lib/clock.h"
#include "lib/crypto/rsa.h"
#include "lib/env.h"
#include "lib/net.h"
#include "lib/rng.h"
#include "lib/store.h"
#include "lib/timer.h"
#include "syslog/msg.h"

#define GROUP "GET"
#define SIM_SAS 64

struct sim;
struct sim_dev;

/* ---- data plane: what a member was told to do, and since when ---- */
struct sim_sa {
	uint32_t spi;
	uint64_t in, out;		/* since (µs); 0 = not */
	uint64_t ends;			/* the kernel drops it then by itself (µs) */
	uint32_t lifetime;
	struct dp_sa sa;		/* spans not valid */
};

struct sim_dp {
	struct dataplane base;
	struct sim_dev *dev;
	bool present;			/* the group stands on an interface */
	enum dp_mode mode;
	struct sim_sa sa[SIM_SAS];
	unsigned nsa;
	uint32_t out;			/* SPI it sends with; 0 = none */
	uint32_t family_out[64];	/* the same of each set of entries; out is that of the first */
	struct dp_ace ace[512];
	unsigned nace;
	uint64_t pseudotime, pseudotime_at;
	bool covered;			/* sends with a TEK now */
	uint64_t lost_at;		/* covered no more since */
	uint64_t gap;			/* µs without a TEK to send after the first one */
	unsigned gaps;
};

/* ---- devices ---- */
struct sim_dev {
	struct sim *sim;
	struct sim_dev *next;
	UT_hash_handle hh;
	char name[16];
	struct ip4 ip;
	char dir[64];
	void (*configure)(struct sim_dev *d, struct cfg *c);
	void *arg;
	struct version version;
	const struct version *coop_version;	/* NULL: this release's */
	bool on, cut;			/* cut: the network does not reach it */
	uint32_t blind;			/* bit n: datagrams to and from the device of that index are lost */
	unsigned index;
	unsigned side;			/* partition: only devices of one side hear each other */
	struct net net;
	struct clock *clock;		/* its own, which runs wrong (sim_skew); NULL: the simulation's */
	struct timers *timers;
	int32_t ppm;
	uint64_t skewed;		/* simulation's time when its own began */
	struct sim_dp dp;
	struct ip4 joined[4];
	struct env env;
	struct store *store;
	struct syslog *log;
	struct config *config;
	struct isakmp *isakmp;
	struct gdoi *gdoi;
	struct coop *coop;
	uint64_t sent, received;
	uint8_t heard[16];		/* cookies of the datagram that came last */
};

/* What becomes of a datagram: seen before loss. */
enum sim_verdict { SIM_PASS, SIM_DROP };

struct sim {
	struct clock *clock;
	struct timers *timers;
	struct rng *rng;		/* the network's */
	struct pool *pool;
	uint64_t seed;
	struct sim_dev *devs, *by_ip;
	double loss, dup, reorder;
	uint64_t latency, jitter;	/* µs */
	enum sim_verdict (*tap)(void *arg, struct endpoint src, struct endpoint dst, struct bytes body);
	void *tap_arg;
	/* May change a datagram on its way (the vendor ids of main mode are not authenticated). */
	void (*rewrite)(void *arg, struct endpoint src, struct endpoint dst, uint8_t *octets, size_t n);
	struct flight *flights;
	uint64_t datagrams;
	char dir[48];
	unsigned mismatches;		/* a member sent with a TEK that another could not receive */
	char mismatch[160];
	bool check_pairs;
};

/* The seed of the environment, else 'fallback'; printed when a test fails. */
struct sim *sim_new(uint64_t fallback);
void sim_free(struct sim *s);
uint64_t sim_now(const struct sim *s);
void sim_run(struct sim *s, uint64_t usec);
/* Runs until cond holds or 'max' µs have passed; returns cond. */
bool sim_until(struct sim *s, bool (*cond)(void *arg), void *arg, uint64_t max);

/* Before it is started: its clocks run fast by so many millionths, or slow. */
void sim_skew(struct sim_dev *d, int32_t ppm);
/* Sets its wall clock wrong by so many seconds; it needs a clock of its own. */
void sim_wall(struct sim_dev *d, int64_t seconds);

/* Not started yet. */
struct sim_dev *sim_add(struct sim *s, const char *name, const char *ip, void (*configure)(struct sim_dev *d, struct cfg *c),
	void *arg);
/* Members GM0, GM1, ... at 10.0.0.2 and up (n at most 250), into gm. */
void sim_add_members(struct sim *s, struct sim_dev **gm, unsigned n);
void sim_start(struct sim_dev *d);
/* orderly: state is saved, the peers may be told; else the plug is pulled: nothing is written or sent. */
void sim_stop(struct sim_dev *d, bool orderly);
/* Changes the configuration as an operator would: fn, then the mode is left. */
void sim_config(struct sim_dev *d, void (*fn)(struct sim_dev *d, struct cfg *c));
/* Puts a datagram on the network as if somebody had sent it. */
void sim_inject(struct sim *s, struct endpoint src, struct endpoint dst, struct bytes body);
uint64_t sim_count(const struct sim_dev *d, int msg);
struct sim_dev *sim_find(const struct sim *s, struct ip4 ip);

/* ---- data plane (sim_dp.c) ---- */
void sim_dp_init(struct sim_dev *d);
void sim_dp_check(struct sim *s);
bool sim_dp_has(const struct sim_dev *d, uint32_t spi);

/* ---- configurations (sim_cfg.c) ---- */
struct ip4 sim_ip(const char *s);
void sim_acl(struct cfg *c, const char *name, const char *line);
void sim_isakmp(struct cfg *c);			/* one policy, one wildcard key */
/* Defaults of a key server of group GET at d->ip: unicast, TEK 7200 s, KEK 86400 s, RSA key REKEY. */
void sim_ks(struct sim_dev *d, struct cfg *c);
/* A member of group GET whose server is 10.0.8.1 (d->arg: "10.0.8.1 10.0.9.1" for a list). */
void sim_gm(struct sim_dev *d, struct cfg *c);
struct cfg_ks *sim_ks_cfg(struct cfg *c);
/* A process-wide 1024-bit key, generated once. */
struct rsa_key *sim_rsa(unsigned which);

/* Common questions. */
bool sim_registered(const struct sim_dev *gm);
unsigned sim_members(const struct sim_dev *ks);
bool sim_all_registered(void *sim);		/* every running member */
struct gdoi_ks_info sim_ks_info(const struct sim_dev *ks);

#define sim_assert(s, cond, ...)                                                                                \
	do {                                                                                                    \
		if (!(cond)) {                                                                                  \
			fprintf(stderr, "SIM_SEED=%llu at %.3f s: ", (unsigned long long)(s)->seed,             \
				(double)sim_now(s) / 1e6);                                                      \
			fprintf(stderr, __VA_ARGS__);                                                           \
			fputc('\n', stderr);                                                                    \
			ck_abort_msg("%s", #cond);                                                              \
		}                                                                                               \
	} while (0)
/* The Check runner: one suite of plain tests, 60 s each. */
int sim_main(const char *name, const TTest *const *tests, unsigned n);
