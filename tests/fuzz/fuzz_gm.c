/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A member whose authenticated key server is hostile: any SA and KD, one after the other, judged and installed, with time
 * passing. A record: flags, length of SA (2), SA, length of KD (2), KD. Flags: 1 by PUSH, 2 replace now, 4 minutes pass,
 * 8 removal, 16 all TEKs deleted, 32 hours pass.
 */
#include <stdlib.h>
#include "gdoi/gm.h"
#include "lib/clock.h"
#include "lib/net.h"
#include "lib/rng.h"
#include "lib/text.h"
#include "lib/why.h"
#include "lib/wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define RECORDS 12
#define FAKES 4096

struct fake {
	struct dataplane dp;
	uint32_t spi[FAKES];
	unsigned n;
};

static struct fake fake;

static void must(bool ok)
{
	if (!ok)
		abort();
}

static unsigned find(uint32_t spi)
{
	unsigned i = 0;

	while (i < fake.n && fake.spi[i] != spi)
		i++;
	return i;
}

static bool usable(struct dataplane *dp, struct why *why)
{
	(void)dp, (void)why;
	return true;
}

static bool group_add(struct dataplane *dp, const char *g, const char *const *ifs, unsigned n, struct ip4 local, struct why *why)
{
	(void)dp, (void)g, (void)ifs, (void)n, (void)local, (void)why;
	return true;
}

static void group_del(struct dataplane *dp, const char *g)
{
	(void)dp, (void)g;
}

static bool policy(struct dataplane *dp, const char *g, enum dp_mode mode, const struct dp_ace *ace, unsigned n, struct why *why)
{
	(void)dp, (void)g, (void)mode, (void)why;
	for (unsigned i = 0; i < n; i++)
		must(!ace[i].permit || mode == DP_CLOSED || ace[i].family != 0);
	return true;
}

static bool sa_in(struct dataplane *dp, const char *g, const struct dp_sa *sa, struct why *why)
{
	(void)dp, (void)g, (void)why;
	must(find(sa->spi) == fake.n && fake.n < FAKES);
	must(sa->key.n == esp_enc_alg(sa->enc)->key && sa->auth_key.n == esp_auth_alg(sa->auth)->key && sa->family);
	fake.spi[fake.n++] = sa->spi;
	return true;
}

static bool sa_out(struct dataplane *dp, const char *g, uint32_t spi, struct why *why)
{
	(void)dp, (void)g, (void)why;
	must(find(spi) < fake.n);
	return true;
}

static void sa_del(struct dataplane *dp, const char *g, uint32_t spi)
{
	unsigned i = find(spi);

	(void)dp, (void)g;
	must(i < fake.n);
	fake.spi[i] = fake.spi[--fake.n];
}

static void pseudotime(struct dataplane *dp, const char *g, uint64_t ms)
{
	(void)dp, (void)g, (void)ms;
}

static void counters(struct dataplane *dp, const char *g, struct dp_counters *out)
{
	(void)dp, (void)g;
	*out = (struct dp_counters){ 0 };
}

static const struct dataplane_ops ops = {
	.usable = usable, .group_add = group_add, .group_del = group_del, .policy = policy, .sa_in = sa_in,
	.sa_out = sa_out, .sa_del = sa_del, .pseudotime = pseudotime, .counters = counters,
};

static bool net_send(struct net *n, struct endpoint s, struct endpoint d, struct bytes b)
{
	(void)n, (void)s, (void)d, (void)b;
	return true;
}

static size_t net_many(struct net *n, struct endpoint s, const struct endpoint *d, size_t c, struct bytes b)
{
	(void)n, (void)s, (void)d, (void)b;
	return c;
}

static bool net_join(struct net *n, struct ip4 g, struct ip4 l)
{
	(void)n, (void)l;
	return g.a & 1;
}

static void net_leave(struct net *n, struct ip4 g, struct ip4 l)
{
	(void)n, (void)g, (void)l;
}

static struct ip4 net_source(struct net *n, struct ip4 d)
{
	(void)n;
	return d;
}

static const struct net_ops net_ops = { net_send, net_many, net_join, net_leave, net_source };

static bool if_address(void *arg, const char *name, struct ip4 *out)
{
	(void)arg, (void)name;
	out->a = 0x0a000002;
	return true;
}

static void configure(struct cfg *c)
{
	struct cfg_group *g = cfg_group_add(c, "GET");

	g->identity = g->identity_number = 1;
	g->servers[0].a = 0x0a000801;
	str_copy(cfg_map_entry_add(cfg_map_add(c, "CM"), 10)->group, CFG_NAME, "GET");
	str_copy(cfg_interface_add(c, "eth0")->map, CFG_NAME, "CM");
}

static void let_pass(const struct env *env, uint64_t us)
{
	const uint64_t end = clock_now(env->clock) + us;

	for (unsigned i = 0; i < 3000 && timers_next(env->timers) <= end; i++) {
		if (timers_next(env->timers) > clock_now(env->clock))
			clock_advance(env->clock, timers_next(env->timers));
		timers_run(env->timers);
	}
	if (timers_next(env->timers) > end)
		clock_advance(env->clock, end);
}

static void message(struct gm *gm, struct rd *r)
{
	const struct gdoi_wire w = { .private_ok = true };
	const uint8_t flags = rd_u8(r);
	struct bytes sa_body = rd_bytes(r, rd_u16(r)), kd_body = rd_bytes(r, rd_u16(r));
	struct gm_news news = { .pull = !(flags & 1), .server = { 0x0a000801 }, .replace = flags & 2 ? 2 : flags & 1 };
	struct why why = { "" };
	struct gdoi_sa sa;
	struct gdoi_kd kd;
	bool ok;

	if (!rd_ok(r) || !gdoi_sa_decode(sa_body, &w, &sa, NULL))
		return;
	if (gdoi_kd_decode(kd_body, &w, &kd, NULL)) {
		ok = (sa.has_sak || sa.nsat) && gm_sa_check(gm, gm_cfg(gm), &sa, &why) && gm_kd_check(gm, &sa, &kd, &why);
		news.sa = &sa;
		news.kd = &kd;
		if (ok && news.pull)
			gm_attempt_done(gm, news.server);
		if (ok)
			gm_install(gm, &news);
		gdoi_kd_free(&kd);
	}
	gdoi_sa_free(&sa);
	if (flags & 8)
		gm_keys_shorten(gm, false);
	if (flags & 16)
		gm_keys_delete(gm, NULL, 0);
	if (flags & 4)
		let_pass(gm->g->d.env, SEC(90));
	if (flags & 32)
		let_pass(gm->g->d.env, SEC(3000));
	must(gm_tek_count(gm) == fake.n);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rd r = rd_init(bytes_of(data, size));
	struct clock *clock = clock_new_virtual(SEC(100), SEC(1700000000));
	struct timers *timers = timers_new(clock);
	struct env env = { clock, timers, rng_new_seeded(1), NULL };
	struct syslog *log = syslog_new(clock);
	struct config *config = config_new(NULL);
	struct net net = { &net_ops };
	struct gdoi g = { .d = { &env, log, config, NULL, &net, &fake.dp, if_address, NULL } };
	struct gdoi_group group = { .name = "GET", .role = GDOI_ROLE_GM };
	unsigned n;

	fake = (struct fake){ .dp = { &ops } };
	g.d.isakmp = isakmp_new(&env, log, config, &net, GDOI_VERSION);
	configure(config_running(config));
	group.gm = gm_new(&g, "GET");
	HASH_ADD_STR(g.groups, name, &group);
	gm_sync(group.gm, gm_cfg(group.gm), group.problem, sizeof(group.problem));
	for (unsigned i = 0; i < RECORDS && rd_left(&r) && rd_ok(&r); i++)
		message(group.gm, &r);
	gdoi_show_gm_acl(&g, "GET", &n);
	gm_free(group.gm);
	must(fake.n == 0);
	HASH_DEL(g.groups, &group);
	isakmp_free(g.d.isakmp);
	config_free(config);
	syslog_free(log);
	rng_free(env.rng);
	timers_free(timers);
	clock_free(clock);
	return 0;
}
