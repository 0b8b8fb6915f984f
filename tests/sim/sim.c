/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <dirent.h>
#include <ftw.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>
#include "lib/mem.h"
#include "lib/pool.h"
#include "lib/text.h"
#include "lib/why.h"
#include "tests/sim/sim.h"

#define START_MONO SEC(1000)
#define START_WALL SEC(1700000000)

struct flight {			/* a datagram on its way */
	struct flight *prev, *next;
	struct sim *sim;
	struct timer timer;
	struct endpoint src, dst;
	struct ip4 to;		/* the device */
	size_t n;
	uint8_t octets[];
};

static double chance(struct sim *s)
{
	return (double)rng_below(s->rng, 1000000) / 1e6;
}

struct sim_dev *sim_find(const struct sim *s, struct ip4 ip)
{
	struct sim_dev *d;

	HASH_FIND(hh, s->by_ip, &ip, sizeof(ip), d);
	return d;
}

/* ---- the network ---- */

static void flight_unlink(struct flight *f)
{
	if (f->prev)
		f->prev->next = f->next;
	else
		f->sim->flights = f->next;
	if (f->next)
		f->next->prev = f->prev;
}

static void arrive(void *arg)
{
	struct flight *f = arg;
	struct sim_dev *d = sim_find(f->sim, f->to);
	struct datagram g = { .src = f->src, .dst = f->dst, .body = bytes_of(f->octets, f->n) };

	flight_unlink(f);
	if (d && d->on && !d->cut) {
		d->received++;
		if (f->n >= sizeof(d->heard))
			memcpy(d->heard, f->octets, sizeof(d->heard));
		isakmp_input(d->isakmp, &g);
	}
	free(f);
}

static void launch(struct sim *s, struct endpoint src, struct endpoint dst, struct ip4 to, struct bytes body)
{
	struct flight *f = mem_zalloc(sizeof(*f) + body.n);
	uint64_t delay = s->latency + rng_below(s->rng, s->jitter + 1);

	if (s->reorder > 0 && chance(s) < s->reorder)
		delay += rng_below(s->rng, MSEC(400));
	*f = (struct flight){ .sim = s, .src = src, .dst = dst, .to = to, .n = body.n };
	memcpy(f->octets, body.p, body.n);
	if (s->rewrite)
		s->rewrite(s->tap_arg, src, dst, f->octets, f->n);
	f->next = s->flights;
	if (f->next)
		f->next->prev = f;
	s->flights = f;
	timer_init(&f->timer, arrive, f);
	timer_arm(s->timers, &f->timer, delay);
}

/* Only the first devices of a simulation can be named in a mask: key servers are made first. */
static bool blind_to(const struct sim_dev *d, const struct sim_dev *other)
{
	return other->index < sizeof(d->blind) * 8 && d->blind >> other->index & 1;
}

static void carry(struct sim *s, unsigned side, struct endpoint src, struct endpoint dst, struct ip4 to, struct bytes body)
{
	struct sim_dev *d = sim_find(s, to), *from = sim_find(s, src.ip);

	if (d && (d->cut || (side && d->side && d->side != side)))
		return;
	if (d && from && (blind_to(d, from) || blind_to(from, d)))
		return;
	if (s->loss > 0 && chance(s) < s->loss)
		return;
	launch(s, src, dst, to, body);
	if (s->dup > 0 && chance(s) < s->dup)
		launch(s, src, dst, to, body);
}

static bool joined(const struct sim_dev *d, struct ip4 group)
{
	for (unsigned i = 0; i < 4; i++)
		if (ip4_eq(d->joined[i], group))
			return true;
	return false;
}

static void spread(struct sim *s, unsigned side, struct endpoint src, struct endpoint dst, struct bytes body)
{
	s->datagrams++;
	if (s->tap && s->tap(s->tap_arg, src, dst, body) == SIM_DROP)
		return;
	if (!ip4_multicast(dst.ip)) {
		carry(s, side, src, dst, dst.ip, body);
		return;
	}
	for (struct sim_dev *d = s->devs; d; d = d->next)
		if (d->on && joined(d, dst.ip))
			carry(s, side, src, dst, d->ip, body);
}

void sim_inject(struct sim *s, struct endpoint src, struct endpoint dst, struct bytes body)
{
	if (!ip4_multicast(dst.ip)) {
		launch(s, src, dst, dst.ip, body);
		return;
	}
	for (struct sim_dev *d = s->devs; d; d = d->next)
		if (d->on && joined(d, dst.ip))
			launch(s, src, dst, d->ip, body);
}

static struct sim_dev *dev_of(struct net *n)
{
	return (struct sim_dev *)(void *)((char *)n - offsetof(struct sim_dev, net));
}

static bool net_send(struct net *n, struct endpoint src, struct endpoint dst, struct bytes body)
{
	struct sim_dev *d = dev_of(n);

	if (ip4_none(src.ip))
		src.ip = d->ip;
	d->sent++;
	if (d->on && !d->cut)
		spread(d->sim, d->side, src, dst, body);
	return true;
}

static size_t net_send_many(struct net *n, struct endpoint src, const struct endpoint *dst, size_t count, struct bytes body)
{
	for (size_t i = 0; i < count; i++)
		net_send(n, src, dst[i], body);
	return count;
}

static bool net_join(struct net *n, struct ip4 group, struct ip4 local)
{
	struct sim_dev *d = dev_of(n);

	for (unsigned i = 0; i < 4; i++) {
		if (!ip4_none(d->joined[i]))
			continue;
		d->joined[i] = group;
		return true;
	}
	return false;
}

static void net_leave(struct net *n, struct ip4 group, struct ip4 local)
{
	struct sim_dev *d = dev_of(n);

	for (unsigned i = 0; i < 4; i++)
		if (ip4_eq(d->joined[i], group)) {
			d->joined[i] = (struct ip4){ 0 };
			return;
		}
}

static struct ip4 net_source_for(struct net *n, struct ip4 dst)
{
	return dev_of(n)->ip;
}

static const struct net_ops net_ops = { .send = net_send, .send_many = net_send_many, .join = net_join,
	.leave = net_leave, .source_for = net_source_for };

/* ---- time ---- */

uint64_t sim_now(const struct sim *s)
{
	return clock_now(s->clock) - START_MONO;
}

void sim_skew(struct sim_dev *d, int32_t ppm)
{
	ck_assert(!d->clock);
	d->clock = clock_new_virtual(clock_now(d->sim->clock), clock_wall(d->sim->clock));
	d->timers = timers_new(d->clock);
	d->ppm = ppm;
	d->skewed = clock_now(d->sim->clock);
}

void sim_wall(struct sim_dev *d, int64_t seconds)
{
	clock_set_wall(d->clock, clock_wall(d->sim->clock) + (uint64_t)(seconds * (int64_t)USEC_PER_SEC));
}

/* A device's time at a time of the simulation, and the first time at which it is that late there. */
static uint64_t dev_time(const struct sim_dev *d, uint64_t at)
{
	return at + (uint64_t)((int64_t)(at - d->skewed) / 1000000 * d->ppm) +
	       (uint64_t)((int64_t)((at - d->skewed) % 1000000) * d->ppm / 1000000);
}

static uint64_t sim_time(const struct sim_dev *d, uint64_t due)
{
	uint64_t low = clock_now(d->sim->clock), high;

	if (due == UINT64_MAX || dev_time(d, low) >= due)
		return due == UINT64_MAX ? due : low;
	for (high = low + 1; dev_time(d, high) < due; high += high - low)
		;
	while (low + 1 < high) {
		uint64_t mid = low + (high - low) / 2;

		if (dev_time(d, mid) < due)
			low = mid;
		else
			high = mid;
	}
	return high;
}

static void advance(struct sim *s, uint64_t at)
{
	clock_advance(s->clock, at);
	for (struct sim_dev *d = s->devs; d; d = d->next)
		if (d->clock)
			clock_advance(d->clock, dev_time(d, at));
}

static bool step(struct sim *s, uint64_t end)
{
	uint64_t next = timers_next(s->timers);

	for (struct sim_dev *d = s->devs; d; d = d->next) {
		uint64_t at = d->timers ? sim_time(d, timers_next(d->timers)) : UINT64_MAX;

		next = at < next ? at : next;
	}
	if (next > end) {
		advance(s, end);
		return false;
	}
	if (next > clock_now(s->clock))
		advance(s, next);
	timers_run(s->timers);
	for (struct sim_dev *d = s->devs; d; d = d->next)
		if (d->timers)
			timers_run(d->timers);
	return true;
}

void sim_run(struct sim *s, uint64_t usec)
{
	uint64_t end = clock_now(s->clock) + usec;

	while (step(s, end))
		;
}

bool sim_until(struct sim *s, bool (*cond)(void *arg), void *arg, uint64_t max)
{
	uint64_t end = clock_now(s->clock) + max;

	while (!cond(arg))
		if (!step(s, end))
			return cond(arg);
	return true;
}

/* ---- the whole ---- */

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *f)
{
	return remove(path);
}

struct sim *sim_new(uint64_t fallback)
{
	const char *env = getenv("SIM_SEED");
	struct sim *s = mem_zalloc(sizeof(*s));

	s->seed = env && *env ? strtoull(env, NULL, 0) : fallback;
	s->clock = clock_new_virtual(START_MONO, START_WALL);
	s->timers = timers_new(s->clock);
	s->rng = rng_new_seeded(s->seed);
	s->pool = pool_new_inline(s->timers);
	s->latency = MSEC(5);
	s->jitter = MSEC(20);
	str_copy(s->dir, sizeof(s->dir), access("/dev/shm", W_OK) == 0 ? "/dev/shm/gdoix-sim.XXXXXX" : "/tmp/gdoix-sim.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(s->dir));
	return s;
}

void sim_free(struct sim *s)
{
	while (s->devs) {
		struct sim_dev *d = s->devs;

		sim_stop(d, true);
		s->devs = d->next;
		HASH_DEL(s->by_ip, d);
		if (d->clock) {
			timers_free(d->timers);
			clock_free(d->clock);
		}
		free(d);
	}
	while (s->flights) {
		struct flight *f = s->flights;

		timer_cancel(s->timers, &f->timer);
		flight_unlink(f);
		free(f);
	}
	nftw(s->dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	pool_free(s->pool);
	timers_free(s->timers);
	clock_free(s->clock);
	rng_free(s->rng);
	free(s);
}

/* ---- devices ---- */

static void on_log(void *arg, const struct log_line *l)
{
	const struct sim_dev *d = arg;

	if (getenv("SIM_VERBOSE"))
		fprintf(stderr, "%12.3f %-8s %%%s: %s\n", (double)sim_now(d->sim) / 1e6, d->name, l->mnemonic, l->text);
}

static bool if_address(void *arg, const char *ifname, struct ip4 *out)
{
	struct sim_dev *d = arg;

	if (strcmp(ifname, "eth0") != 0)
		return false;
	*out = d->ip;
	return true;
}

struct sim_dev *sim_add(struct sim *s, const char *name, const char *ip, void (*configure)(struct sim_dev *d, struct cfg *c),
	void *arg)
{
	struct sim_dev *d = mem_zalloc(sizeof(*d)), **tail = &s->devs;

	d->sim = s;
	d->configure = configure;
	d->arg = arg;
	d->version = GDOI_VERSION;
	d->net.ops = &net_ops;
	d->ip = sim_ip(ip);
	str_copy(d->name, sizeof(d->name), name);
	snprintf(d->dir, sizeof(d->dir), "%s/%.15s", s->dir, name);
	while (*tail) {
		tail = &(*tail)->next;
		d->index++;
	}
	*tail = d;
	HASH_ADD(hh, s->by_ip, ip, sizeof(d->ip), d);
	return d;
}

static void config_begin(struct sim_dev *d)
{
	struct why why = { "" };

	d->store = store_open(d->dir, &why);
	ck_assert_msg(d->store != NULL, "%s", why.text);
	d->config = config_new(d->store);
	ck_assert_msg(config_keys_load(d->config, &why), "%s", why.text);
	config_hold(d->config);
	d->configure(d, config_running(d->config));
	config_changed(d->config);
	config_release(d->config);
}

void sim_add_members(struct sim *s, struct sim_dev **gm, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		char name[16], ip[32];

		snprintf(name, sizeof(name), "GM%u", i);
		snprintf(ip, sizeof(ip), "10.0.0.%u", i + 2);
		gm[i] = sim_add(s, name, ip, sim_gm, NULL);
	}
}

void sim_start(struct sim_dev *d)
{
	struct sim *s = d->sim;
	uint64_t boot;

	if (d->on)
		return;
	rng_bytes(s->rng, &boot, sizeof(boot));
	d->env = (struct env){ .clock = d->clock ? d->clock : s->clock, .timers = d->clock ? d->timers : s->timers, .pool = s->pool,
		.rng = rng_new_seeded(boot) };
	d->log = syslog_new(d->env.clock);
	syslog_sink_add(d->log, SINK_ALL, on_log, d);
	config_begin(d);
	memset(d->joined, 0, sizeof(d->joined));
	sim_dp_init(d);
	d->on = true;
	d->isakmp = isakmp_new(&d->env, d->log, d->config, &d->net, d->version);
	d->gdoi = gdoi_new(&(struct gdoi_deps){ .env = &d->env, .log = d->log, .config = d->config, .isakmp = d->isakmp,
		.net = &d->net, .dataplane = &d->dp.base, .if_address = if_address, .if_arg = d });
	d->coop = coop_new(&(struct coop_deps){ .env = &d->env, .log = d->log, .config = d->config, .isakmp = d->isakmp,
		.gdoi = d->gdoi, .version = d->coop_version });
}

/* Pulling the plug: what is on disk at that moment is what the next start finds. */
static void keep_files(struct sim_dev *d, const char *from, const char *to)
{
	char a[400], b[400];
	DIR *dir;

	nftw(to, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	ck_assert_int_eq(mkdir(to, 0700), 0);
	dir = opendir(from);
	ck_assert_ptr_nonnull(dir);
	for (struct dirent *e = readdir(dir); e; e = readdir(dir)) {	/* files are replaced, never written over: links will do */
		snprintf(a, sizeof(a), "%s/%.200s", from, e->d_name);
		snprintf(b, sizeof(b), "%s/%.200s", to, e->d_name);
		if (e->d_name[0] != '.' || strlen(e->d_name) > 2)
			ck_assert_int_eq(link(a, b), 0);
	}
	closedir(dir);
}

void sim_stop(struct sim_dev *d, bool orderly)
{
	char kept[80];

	if (!d->on)
		return;
	snprintf(kept, sizeof(kept), "%s.kept", d->dir);
	if (!orderly) {
		keep_files(d, d->dir, kept);
		d->on = false;		/* nothing leaves any more */
	}
	gdoi_free(d->gdoi);
	coop_free(d->coop);
	isakmp_free(d->isakmp);
	config_free(d->config);
	store_close(d->store);
	syslog_free(d->log);
	rng_free(d->env.rng);
	d->gdoi = NULL;
	d->coop = NULL;
	d->isakmp = NULL;
	d->on = false;
	if (!orderly) {
		keep_files(d, kept, d->dir);
		sim_dp_init(d);
	}
}

void sim_config(struct sim_dev *d, void (*fn)(struct sim_dev *d, struct cfg *c))
{
	fn(d, config_running(d->config));
	config_changed(d->config);
	config_closed(d->config);
	sim_run(d->sim, 0);
}

uint64_t sim_count(const struct sim_dev *d, int msg)
{
	return syslog_count(d->log, msg);
}

int sim_main(const char *name, const TTest *const *tests, unsigned n)
{
	Suite *suite = suite_create(name);
	TCase *tc = tcase_create(name);
	SRunner *sr = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, tc);
	tcase_set_timeout(tc, getenv("SIM_SCENARIOS") ? 86400 : 120);
	for (unsigned i = 0; i < n; i++)
		if (!getenv("SIM_ONLY") || strcmp(getenv("SIM_ONLY"), tests[i]->name) == 0)
			tcase_add_test(tc, tests[i]);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
