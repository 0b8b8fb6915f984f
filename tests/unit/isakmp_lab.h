/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ISAKMP engines in one process, on a net in memory, in virtual time: for the tests and fuzz targets of
 * isakmp/. */
#pragma once
#include "config/cfg.h"
#include "config/config.h"
#include "isakmp/phase1.h"
#include "lib/clock.h"
#include "lib/env.h"
#include "lib/net.h"
#include "lib/pool.h"
#include "lib/rng.h"
#include "lib/timer.h"
#include "syslog/msg.h"

#define LAB_HOSTS 4
#define LAB_DELAY MSEC(5)	/* of every datagram */

struct lab;

struct lab_host {
	struct net net;
	struct lab *lab;
	struct ip4 ip;
	struct syslog *log;
	struct config *config;
	struct cfg *cfg;
	struct isakmp *ik;
	unsigned gone;		/* on_gone calls */
};

struct lab_packet {
	struct lab_packet *prev, *next;
	struct lab *lab;
	struct timer timer;
	struct endpoint src, dst;
	unsigned n;		/* as sent: 1, 2, ... over all hosts */
	struct isakmp_saved *body;
};

struct lab {
	struct clock *clock;
	struct timers *timers;
	struct rng *rng;
	struct pool *pool;
	struct env env;
	struct lab_host host[LAB_HOSTS];
	unsigned hosts;
	struct lab_packet *flying;
	unsigned sent, delivered;
	size_t octets;
	/* How many copies arrive (1 when NULL); may change the packet. */
	unsigned (*filter)(struct lab *lab, struct lab_packet *p);
	void *filter_arg;
	struct isakmp_saved *last[LAB_HOSTS];	/* what each host sent last */
	struct endpoint last_dst[LAB_HOSTS];
};

struct lab_result {		/* of isakmp_connect() */
	struct isakmp_pending *pending;
	struct isakmp_sa *sa;
	enum isakmp_fail why;
	unsigned calls;
};

struct lab *lab_new(uint64_t seed);
void lab_free(struct lab *lab);
/* 10.0.0.1, 10.0.0.2, ... with the policy aes 256, sha256, group 19 and the key "lab-key" for everyone. */
struct lab_host *lab_add(struct lab *lab);
void lab_policy(struct lab_host *h, uint32_t priority, enum cipher_id c, enum hash_id hash, enum dh_id g,
	uint32_t life);
void lab_key(struct lab_host *h, const char *key);
/* Lets time pass. */
void lab_run(struct lab *lab, uint64_t usec);
void lab_connect(struct lab_host *h, const struct lab_host *to, struct lab_result *r);
/* Both hosts with an SA between them, the first its initiator. */
struct lab *lab_pair(uint64_t seed, struct isakmp_sa **a, struct isakmp_sa **b);
/* Hands a datagram in as if it had come from src. */
void lab_inject(struct lab_host *h, struct endpoint src, struct bytes body);
/* The only SA of a host; NULL when it has none. */
struct isakmp_sa *lab_sa(const struct lab_host *h);
static inline struct endpoint lab_at(const struct lab_host *h)
{
	return (struct endpoint){ h->ip, ISAKMP_PORT };
}
/* How often the log of h has this message. */
uint64_t lab_logged(const struct lab_host *h, int id);
/* Message 1 as from would send it to the other; it is not delivered. The caller frees it. */
struct isakmp_saved *lab_first_message(struct lab_host *from, const struct lab_host *to);
