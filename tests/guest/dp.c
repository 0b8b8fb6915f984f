/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The kernel data plane driven by lines on standard input, without a key server: what the guest's data-plane test uses.
 *   group NAME IF [IF...]               add
 *   policy NAME MODE [permit|deny SRC/LEN DST/LEN]...
 *   in NAME SPI [SECONDS [time WINDOW-MS]]   keys follow from the SPI
 *   out NAME SPI | del NAME SPI | pt NAME MS | counters NAME | bye NAME | usable
 * Each line is answered by "ok" or "error: REASON".
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "lib/clock.h"
#include "lib/env.h"
#include "lib/loop.h"
#include "lib/netif.h"
#include "lib/rng.h"
#include "lib/secret.h"
#include "lib/timer.h"
#include "lib/why.h"
#include "syslog/syslog.h"
#include "xfrm/dataplane_xfrm.h"

static struct env env;
static struct loop *loop;
static struct dataplane *dp;

static const struct {
	const char *name;
	enum dp_mode mode;
} modes[] = { { "open", DP_OPEN }, { "closed", DP_CLOSED }, { "both", DP_BOTH }, { "receive-only", DP_RECEIVE_ONLY },
	{ "inbound-only", DP_INBOUND_ONLY }, { "passive", DP_PASSIVE } };

static void prefix(const char *s, struct ip4 *ip, struct ip4 *mask)
{
	char a[32];
	unsigned bits = 32;

	if (strcmp(s, "any") == 0) {
		ip->a = mask->a = 0;
		return;
	}
	sscanf(s, "%31[0-9.]/%u", a, &bits);
	ip4_parse(a, ip);
	*mask = ip4_mask(bits);
}

static bool set_policy(const char *name, char **w, unsigned n, struct why *why)
{
	struct dp_ace ace[128];
	enum dp_mode mode = DP_BOTH;
	unsigned k = 0;

	memset(ace, 0, sizeof(ace));
	for (size_t i = 0; i < sizeof(modes) / sizeof(*modes); i++)
		if (n && strcmp(w[0], modes[i].name) == 0)
			mode = modes[i].mode;
	for (unsigned i = 1; i + 2 < n && k < 128; i += 3, k++) {
		ace[k].permit = strcmp(w[i], "permit") == 0;
		prefix(w[i + 1], &ace[k].src, &ace[k].src_mask);
		prefix(w[i + 2], &ace[k].dst, &ace[k].dst_mask);
	}
	return dp->ops->policy(dp, name, mode, ace, k, why);
}

static bool add_in(const char *name, char **w, unsigned n, struct why *why)
{
	uint32_t spi = n ? (uint32_t)strtoul(w[0], NULL, 0) : 0;
	uint8_t key[16], auth[32];
	struct dp_sa sa = { .spi = spi, .enc = ESP_AES128, .auth = ESP_SHA256, .key = BYTES_OF(key),
		.auth_key = BYTES_OF(auth), .replay = 1 };

	for (unsigned i = 0; i < sizeof(auth); i++)
		auth[i] = key[i % sizeof(key)] = (uint8_t)(spi * 31 + i);
	sa.lifetime = sa.remaining = n > 1 ? strtoul(w[1], NULL, 0) : 3600;
	if (n > 3 && strcmp(w[2], "time") == 0) {
		sa.replay = 3;
		sa.window = (uint32_t)strtoul(w[3], NULL, 0);
	}
	return dp->ops->sa_in(dp, name, &sa, why);
}

static bool command(char **w, unsigned n, struct why *why)
{
	struct dp_counters c;

	if (n && strcmp(w[0], "usable") == 0)
		return dp->ops->usable(dp, why);
	if (n < 2)
		return why_set(why, "what?");
	if (strcmp(w[0], "group") == 0)
		return dp->ops->group_add(dp, w[1], (const char *const *)(void *)(w + 2), n - 2, (struct ip4){ 0 }, why);
	if (strcmp(w[0], "policy") == 0)
		return set_policy(w[1], w + 2, n - 2, why);
	if (strcmp(w[0], "in") == 0)
		return add_in(w[1], w + 2, n - 2, why);
	if (n > 2 && strcmp(w[0], "out") == 0)
		return dp->ops->sa_out(dp, w[1], (uint32_t)strtoul(w[2], NULL, 0), why);
	if (n > 2 && strcmp(w[0], "pt") == 0)
		return dp->ops->pseudotime(dp, w[1], strtoull(w[2], NULL, 0)), true;
	if (n > 2 && strcmp(w[0], "del") == 0)
		return dp->ops->sa_del(dp, w[1], (uint32_t)strtoul(w[2], NULL, 0)), true;
	if (strcmp(w[0], "bye") == 0)
		return dp->ops->group_del(dp, w[1]), true;
	if (strcmp(w[0], "counters") != 0)
		return why_set(why, "what?");
	dp->ops->counters(dp, w[1], &c);
	printf("encrypt %llu decrypt %llu verify_fail %llu clear_dropped %llu replay_dropped %llu no_sa %llu invalid_sa %llu\n",
		(unsigned long long)c.encrypt, (unsigned long long)c.decrypt, (unsigned long long)c.verify_fail,
		(unsigned long long)c.clear_dropped, (unsigned long long)c.replay_dropped, (unsigned long long)c.no_sa,
		(unsigned long long)c.invalid_sa);
	return true;
}

static void on_line(int ready, void *arg)
{
	static char buf[65536];
	static size_t have;
	ssize_t got = read(0, buf + have, sizeof(buf) - 1 - have);
	char *nl;

	if (got <= 0) {
		loop_stop(loop);
		return;
	}
	have += (size_t)got;
	while ((nl = memchr(buf, '\n', have))) {
		struct why why = { "" };
		char *w[512], *save, *t;
		unsigned n = 0;

		*nl = 0;
		for (t = strtok_r(buf, " ", &save); t && n < 512; t = strtok_r(NULL, " ", &save))
			w[n++] = t;
		if (command(w, n, &why))
			printf("ok\n");
		else
			printf("error: %s\n", why.text);
		fflush(stdout);
		have -= (size_t)(nl + 1 - buf);
		memmove(buf, nl + 1, have);
	}
}

static void on_change(void *arg)
{
	if (dp)
		xfrm_interfaces_changed(dp);
}

static void on_log(void *arg, const struct log_line *line)
{
	printf("log: %s\n", line->line);
	fflush(stdout);
}

int main(void)
{
	struct netif *netif;
	struct syslog *log;
	struct why why;

	secret_heap_init(1 << 20);
	env.clock = clock_new_real();
	env.timers = timers_new(env.clock);
	env.rng = rng_new_system();
	loop = loop_new(env.timers);
	log = syslog_new(env.clock);
	syslog_sink_add(log, SINK_ALL, on_log, NULL);
	netif = netif_open(loop, on_change, NULL, &why);
	if (!netif) {
		fprintf(stderr, "%s\n", why.text);
		return 1;
	}
	dp = xfrm_new(&env, log, loop, netif);
	watch_add(loop, 0, WATCH_READ, on_line, NULL);
	loop_run(loop);
	xfrm_free(dp);
	return 0;
}
