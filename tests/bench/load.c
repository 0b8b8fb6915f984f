/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Plays thousands of group members against one real key server over UDP: each is a whole member engine with an address of
 * its own, all share one socket, one loop and one configuration. Prints what happened as "name value" lines.
 *
 * The namespace must accept the members' addresses (ip route add local NET dev lo); see run.sh.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>
#include "config/cfg.h"
#include "config/config.h"
#include "gdoi/dataplane.h"
#include "gdoi/gdoi.h"
#include "lib/clock.h"
#include "lib/env.h"
#include "lib/loop.h"
#include "lib/mem.h"
#include "lib/net.h"
#include "lib/pool.h"
#include "lib/rng.h"
#include "lib/secret.h"
#include "lib/store.h"
#include "lib/text.h"
#include "lib/timer.h"
#include "lib/why.h"
#include "syslog/msg.h"

struct member {
	struct net net;		/* first: net_ops are given this */
	struct ip4 addr;
	struct isakmp *isakmp;
	struct gdoi *gdoi;
};

struct load {
	struct env env;
	struct loop *loop;
	struct syslog *log;
	struct config *config;
	struct net *udp;
	struct dataplane dp;
	struct member *member;
	struct ip4 ks, base;
	unsigned count, window, started, registered, rekeyed, want_rekeys;
	unsigned dh;
	const char *psk;
	uint64_t began, reg_done;
	struct timer more, deadline;
	bool registered_told, rekeyed_told;
	size_t rekey_octets;	/* of the last PUSH seen */
};

static struct load L;

static void say(const char *name, double value)
{
	printf("%s %.3f\n", name, value);
	fflush(stdout);
}

/* ---- the network: one socket, many addresses ---- */

static bool net_send(struct net *n, struct endpoint src, struct endpoint dst, struct bytes body)
{
	src.ip = ((struct member *)n)->addr;
	return L.udp->ops->send(L.udp, src, dst, body);
}

static size_t net_send_many(struct net *n, struct endpoint src, const struct endpoint *dst, size_t count,
	struct bytes body)
{
	src.ip = ((struct member *)n)->addr;
	return L.udp->ops->send_many(L.udp, src, dst, count, body);
}

static bool net_join(struct net *n, struct ip4 group, struct ip4 local)
{
	return true;
}

static void net_leave(struct net *n, struct ip4 group, struct ip4 local)
{
}

static struct ip4 net_source_for(struct net *n, struct ip4 dst)
{
	return ((struct member *)n)->addr;
}

static const struct net_ops net_ops = { net_send, net_send_many, net_join, net_leave, net_source_for };

static void input(void *arg, const struct datagram *d)
{
	uint32_t i = d->dst.ip.a - L.base.a;

	if (d->body.n > ISAKMP_HDR && d->body.p[18] == XCHG_PUSH && L.rekey_octets != d->body.n) {
		L.rekey_octets = d->body.n;
		say("rekey_octets", (double)d->body.n);
	}
	if (i < L.started)
		isakmp_input(L.member[i].isakmp, d);
}

/* ---- a data plane that agrees to everything ---- */

static bool dp_usable(struct dataplane *dp, struct why *why)
{
	return true;
}

static bool dp_group_add(struct dataplane *dp, const char *group, const char *const *ifnames, unsigned n,
	struct ip4 local, struct why *why)
{
	return true;
}

static void dp_group_del(struct dataplane *dp, const char *group)
{
}

static bool dp_policy(struct dataplane *dp, const char *group, enum dp_mode mode, const struct dp_ace *ace, unsigned n,
	struct why *why)
{
	return true;
}

static bool dp_sa_in(struct dataplane *dp, const char *group, const struct dp_sa *sa, struct why *why)
{
	return true;
}

static bool dp_sa_out(struct dataplane *dp, const char *group, uint32_t spi, struct why *why)
{
	return true;
}

static void dp_sa_del(struct dataplane *dp, const char *group, uint32_t spi)
{
}

static void dp_pseudotime(struct dataplane *dp, const char *group, uint64_t ms)
{
}

static void dp_counters(struct dataplane *dp, const char *group, struct dp_counters *out)
{
	memset(out, 0, sizeof(*out));
}

static const struct dataplane_ops dp_ops = { .usable = dp_usable,
	.group_add = dp_group_add,
	.group_del = dp_group_del,
	.policy = dp_policy,
	.sa_in = dp_sa_in,
	.sa_out = dp_sa_out,
	.sa_del = dp_sa_del,
	.pseudotime = dp_pseudotime,
	.counters = dp_counters };

/* ---- members ---- */

static bool if_address(void *arg, const char *ifname, struct ip4 *out)
{
	*out = ((struct member *)arg)->addr;
	return true;
}

static void member_start(unsigned i)
{
	struct member *m = &L.member[i];

	m->net.ops = &net_ops;
	m->addr.a = L.base.a + i;
	m->isakmp = isakmp_new(&L.env, L.log, L.config, &m->net, GDOI_VERSION);
	m->gdoi = gdoi_new(&(struct gdoi_deps){ .env = &L.env,
		.log = L.log,
		.config = L.config,
		.isakmp = m->isakmp,
		.net = &m->net,
		.dataplane = &L.dp,
		.if_address = if_address,
		.if_arg = m });
}

static void start_more(void)
{
	while (L.started < L.count && L.started - L.registered < L.window)
		member_start(L.started++);
}

/* Counted, not read line by line: the log holds repeated messages back but counts them all. */
static void look(void *arg)
{
	L.registered = (unsigned)syslog_count(L.log, MSG_GDOI_GM_REGS_COMPL);
	L.rekeyed = (unsigned)syslog_count(L.log, MSG_GDOI_GM_RECV_REKEY);
	start_more();
	if (L.registered >= L.count && !L.registered_told) {
		L.registered_told = true;
		say("registered", L.registered);
		say("seconds", (double)(clock_now(L.env.clock) - L.began) / USEC_PER_SEC);
		if (L.want_rekeys == 0)
			loop_stop(L.loop);
	}
	if (L.want_rekeys && !L.rekeyed_told && L.rekeyed >= L.want_rekeys * L.count) {
		L.rekeyed_told = true;
		say("rekeyed", L.rekeyed);
		timer_arm(L.env.timers, &L.deadline, SEC(2));	/* the last acknowledgements leave */
	}
	timer_arm(L.env.timers, &L.more, MSEC(2));
}

static void too_late(void *arg)
{
	loop_stop(L.loop);
}

static void configure(struct cfg *c)
{
	struct cfg_isakmp_policy *p = cfg_isakmp_policy_add(c, 10);
	struct cfg_psk_id id;
	struct cfg_psk *k;
	struct cfg_group *g = cfg_group_add(c, "GET");
	struct cfg_map *m = cfg_map_add(c, "M");

	p->auth = ISAKMP_AUTH_PSK;
	p->encr = CIPHER_AES256;
	p->hash = HASH_SHA256;
	p->group = dh_from_number(L.dh);
	memset(&id, 0, sizeof(id));
	k = cfg_psk_add(&c->isakmp_keys, &id);
	k->key = secret_copy(bytes_str(L.psk));
	g->identity = 1;
	g->identity_number = 1234;
	g->servers[0] = L.ks;
	str_copy(cfg_map_entry_add(m, 10)->group, CFG_NAME, "GET");
	str_copy(cfg_interface_add(c, "wan")->map, CFG_NAME, "M");
}

static void options(int argc, char **argv)
{
	int o;

	L.count = 1000;
	L.window = 64;
	L.dh = 14;
	L.psk = "bench";
	while ((o = getopt(argc, argv, "k:b:n:w:d:p:r:")) != -1) {
		switch (o) {
		case 'k':
			if (!ip4_parse(optarg, &L.ks))
				exit(2);
			break;
		case 'b':
			if (!ip4_parse(optarg, &L.base))
				exit(2);
			break;
		case 'n':
			L.count = (unsigned)atoi(optarg);
			break;
		case 'w':
			L.window = (unsigned)atoi(optarg);
			break;
		case 'd':
			L.dh = (unsigned)atoi(optarg);
			break;
		case 'p':
			L.psk = optarg;
			break;
		case 'r':
			L.want_rekeys = (unsigned)atoi(optarg);
			break;
		default:
			fprintf(stderr, "usage: load -k KS -b FIRST-ADDRESS [-n COUNT] [-w WINDOW] [-d DH-GROUP] [-p KEY] "
					"[-r REKEYS]\n");
			exit(2);
		}
	}
	if (L.count == 0 || L.count > 100000 || L.window == 0)
		exit(2);
}

int main(int argc, char **argv)
{
	char dir[] = "/tmp/gdoix-load.XXXXXX";
	struct store *store;
	struct why why;

	options(argc, argv);
	secret_heap_init(1 << 26);
	L.env.clock = clock_new_real();
	L.env.timers = timers_new(L.env.clock);
	L.env.rng = rng_new_system();
	L.loop = loop_new(L.env.timers);
	L.env.pool = pool_new(L.loop, 1);
	L.log = syslog_new(L.env.clock);
	if (!mkdtemp(dir) || !(store = store_open(dir, &why)) || !(L.udp = udp_open(L.loop, 848, input, NULL, &why))) {
		fprintf(stderr, "load: %s\n", why.text);
		return 1;
	}
	L.config = config_new(store);
	L.dp.ops = &dp_ops;
	L.member = mem_zalloc(L.count * sizeof(*L.member));
	configure(config_running(L.config));
	timer_init(&L.more, look, NULL);
	timer_init(&L.deadline, too_late, NULL);
	timer_arm(L.env.timers, &L.more, 0);
	timer_arm(L.env.timers, &L.deadline, SEC(600));
	L.began = clock_now(L.env.clock);
	loop_run(L.loop);
	if (L.registered < L.count)
		say("registered", L.registered);
	rmdir(dir);
	return L.registered >= L.count ? 0 : 1;
}
