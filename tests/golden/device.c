/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>
#include <stdlib.h>
#include <sys/utsname.h>
#include <unistd.h>
#include "lib/clock.h"
#include "lib/pool.h"
#include "lib/rng.h"
#include "lib/store.h"
#include "lib/timer.h"
#include "lib/why.h"
#include "syslog/syslog.h"
#include "tests/golden/device.h"

#define WALL UINT64_C(1422436500000000)	/* 2015-01-28 09:15:00 UTC */

/* In place of the C library's: screens name one kernel, wherever they are played. */
int uname(struct utsname *u)
{
	*u = (struct utsname){ .sysname = "Linux", .nodename = "device", .release = "6.1.0-0-amd64", .version = "#1", .machine = "x86_64" };
	return 0;
}

static bool net_send(struct net *n, struct endpoint src, struct endpoint dst, struct bytes body)
{
	return true;
}

static size_t net_send_many(struct net *n, struct endpoint src, const struct endpoint *dst, size_t count, struct bytes body)
{
	return count;
}

static bool net_join(struct net *n, struct ip4 group, struct ip4 local)
{
	return true;
}

static void net_leave(struct net *n, struct ip4 group, struct ip4 local)
{
}

static struct ip4 net_source(struct net *n, struct ip4 dst)
{
	return (struct ip4){ 0x0a000001 };
}

static const struct net_ops net_ops = { net_send, net_send_many, net_join, net_leave, net_source };

static bool dp_usable(struct dataplane *dp, struct why *why)
{
	return true;
}

static bool dp_group_add(struct dataplane *dp, const char *group, const char *const *ifnames, unsigned n, struct ip4 local,
	struct why *why)
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

static const struct dataplane_ops dp_ops = {
	.usable = dp_usable,
	.group_add = dp_group_add,
	.group_del = dp_group_del,
	.policy = dp_policy,
	.sa_in = dp_sa_in,
	.sa_out = dp_sa_out,
	.sa_del = dp_sa_del,
	.pseudotime = dp_pseudotime,
	.counters = dp_counters,
};

static bool if_address(void *arg, const char *ifname, struct ip4 *out)
{
	out->a = 0x0a000002;
	return true;
}

static void stop(void *arg)
{
	((struct device *)arg)->stopped = true;
}

static void die(const char *what, const char *why)
{
	fprintf(stderr, "device: %s: %s\n", what, why);
	exit(2);
}

static void open_engine(struct device *d)
{
	struct gdoi_deps deps = { .env = &d->env, .log = d->log, .config = d->config, .net = &d->net,
		.dataplane = &d->dataplane, .if_address = if_address };

	d->isakmp = isakmp_new(&d->env, d->log, d->config, &d->net, GDOI_VERSION);
	deps.isakmp = d->isakmp;
	d->gdoi = gdoi_new(&deps);
	d->coop = coop_new(&(struct coop_deps){ .env = &d->env, .log = d->log, .config = d->config, .isakmp = d->isakmp,
		.gdoi = d->gdoi });
}

void device_open(struct device *d, bool engine)
{
	struct cli_deps deps = { .env = &d->env, .stop = stop, .stop_arg = d, .version = "0.1.0" };
	struct why why;

	memset(d, 0, sizeof(*d));
	d->net.ops = &net_ops;
	d->dataplane.ops = &dp_ops;
	d->env.clock = clock_new_virtual(SEC(1000), WALL);
	d->env.timers = timers_new(d->env.clock);
	d->env.rng = rng_new_seeded(7);
	d->env.pool = pool_new_inline(d->env.timers);
	snprintf(d->dir, sizeof(d->dir), "/tmp/gxdevice.XXXXXX");
	if (!mkdtemp(d->dir))
		die("mkdtemp", d->dir);
	d->nvram = store_open(d->dir, &why);
	if (!d->nvram)
		die("store", why.text);
	d->log = syslog_new(d->env.clock);
	d->config = config_new(d->nvram);
	if (!config_keys_load(d->config, &why))
		die("keys", why.text);
	if (engine)
		open_engine(d);
	deps.log = d->log;
	deps.config = d->config;
	deps.isakmp = d->isakmp;
	deps.gdoi = d->gdoi;
	deps.coop = d->coop;
	d->cli = cli_new(&deps);
	if (!d->cli)
		die("cli", "no memory");
}

static void remove_dir(const char *dir)
{
	char command[100];

	snprintf(command, sizeof(command), "rm -rf '%s'", dir);
	if (system(command) != 0)
		fprintf(stderr, "device: %s stays behind\n", dir);
}

void device_close(struct device *d)
{
	cli_free(d->cli);
	if (d->gdoi)
		gdoi_free(d->gdoi);
	coop_free(d->coop);
	if (d->isakmp)
		isakmp_free(d->isakmp);
	config_free(d->config);
	syslog_free(d->log);
	store_close(d->nvram);
	pool_free(d->env.pool);
	rng_free(d->env.rng);
	timers_free(d->env.timers);
	clock_free(d->env.clock);
	remove_dir(d->dir);
}

struct cfg *device_cfg(struct device *d)
{
	return config_running(d->config);
}

void device_settle(struct device *d)
{
	for (unsigned i = 0; i < 100 && timers_run(d->env.timers); i++)
		;
}

void device_advance(struct device *d, uint64_t usec)
{
	uint64_t end = clock_now(d->env.clock) + usec;

	device_settle(d);
	while (timers_next(d->env.timers) <= end) {
		if (timers_next(d->env.timers) > clock_now(d->env.clock))
			clock_advance(d->env.clock, timers_next(d->env.timers));
		device_settle(d);
	}
	clock_advance(d->env.clock, end);
}
