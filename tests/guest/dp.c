/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The kernel data plane driven by lines on standard input, without a key server: what the guest's data-plane test uses.
 *   group NAME IF [IF...]               add
 *   policy NAME MODE [permit|deny SRC/LEN DST/LEN [family N] [proto N DPORT]]...
 *   in NAME SPI [SECONDS [time WINDOW-MS] [counter N] [age SECONDS] [family N] [transport] [TRANSFORM]...]   keys follow from the SPI
 *   out NAME SPI | del NAME SPI | ends NAME SPI SECONDS | pt NAME MS | counters NAME | sas NAME | drops NAME | clear NAME | bye NAME | usable
 *   bench NAME ROUNDS | mss IF N | df - copy|clear|set | stop -
 * Each line is answered by "ok" or "error: REASON", on descriptor 3 as well where that is open.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
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
		if (i + 4 < n && strcmp(w[i + 3], "family") == 0) {
			ace[k].family = (uint32_t)strtoul(w[i + 4], NULL, 0);
			i += 2;
		}
		if (i + 5 < n && strcmp(w[i + 3], "proto") == 0) {	/* proto N DPORT */
			ace[k].proto = (uint8_t)strtoul(w[i + 4], NULL, 0);
			ace[k].dport = (uint16_t)strtoul(w[i + 5], NULL, 0);
			i += 3;
		}
	}
	return dp->ops->policy(dp, name, mode, ace, k, why);
}

static bool algorithms(const char *word, struct dp_sa *sa)
{
	for (int e = ESP_NULL; e < ESP_ENC_MAX; e++)
		if (strcmp(word, esp_enc_alg((enum esp_enc)e)->show) == 0) {
			sa->enc = (enum esp_enc)e;
			return true;
		}
	for (int a = ESP_MD5; a < ESP_AUTH_MAX; a++)
		if (strcmp(word, esp_auth_alg((enum esp_auth)a)->show) == 0) {
			sa->auth = (enum esp_auth)a;
			return true;
		}
	return false;
}

static bool add_in(const char *name, char **w, unsigned n, struct why *why)
{
	uint32_t spi = n ? (uint32_t)strtoul(w[0], NULL, 0) : 0;
	uint8_t key[64], auth[64];
	struct dp_sa sa = { .spi = spi, .enc = ESP_AES128, .auth = ESP_SHA256, .replay = 1 };

	for (unsigned i = 0; i < sizeof(auth); i++)
		auth[i] = key[i] = (uint8_t)(spi * 31 + i * 7);
	sa.lifetime = sa.remaining = n > 1 ? strtoul(w[1], NULL, 0) : 3600;
	for (unsigned i = 2; i < n; i++) {
		if (strcmp(w[i], "time") == 0 && i + 1 < n) {
			sa.replay = 3;
			sa.window = (uint32_t)strtoul(w[++i], NULL, 0);
		} else if (strcmp(w[i], "counter") == 0 && i + 1 < n) {
			sa.replay = 2;
			sa.window = (uint32_t)strtoul(w[++i], NULL, 0);
		} else if (strcmp(w[i], "age") == 0 && i + 1 < n) {
			sa.remaining -= strtoul(w[++i], NULL, 0);
		} else if (strcmp(w[i], "family") == 0 && i + 1 < n) {
			sa.family = (uint32_t)strtoul(w[++i], NULL, 0);
		} else if (strcmp(w[i], "transport") == 0) {
			sa.transport = true;
		} else if (!algorithms(w[i], &sa)) {
			return why_set(why, "what is %s?", w[i]);
		}
	}
	sa.key = bytes_of(key, esp_enc_alg(sa.enc)->key);
	if (esp_enc_alg(sa.enc)->combined)
		sa.auth = ESP_AUTH_NONE;
	sa.auth_key = bytes_of(auth, esp_auth_alg(sa.auth)->key);
	return dp->ops->sa_in(dp, name, &sa, why);
}

static bool print_sa(void *arg, const struct dp_sa_info *i)
{
	printf("sa 0x%08X %s%s%s decrypt %llu bad %llu encrypt %llu seq %u left %u\n", i->spi, i->ifname, i->inbound ? " in" : "",
		i->outbound ? " out" : "", (unsigned long long)i->decrypt, (unsigned long long)i->verify_fail,
		(unsigned long long)i->encrypt, i->seq, i->left);
	return true;
}

static bool print_drop(void *arg, const struct dp_drop *d)
{
	static const char *const name[] = { "clear", "closed", "early", "late", "spi" };

	printf("drop %s %s", name[d->reason], ip4_s(d->src));
	printf(" %s proto %u spi 0x%08X off %u ms gone %u\n", ip4_s(d->dst), d->proto, d->spi, d->off, d->gone);
	return true;
}

static double seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* How fast a policy of 100 entries is installed and replaced, and how fast keys are. */
static bool bench(const char *name, unsigned rounds, struct why *why)
{
	struct dp_ace ace[100];
	char spi[16], *w[] = { spi };
	double t = seconds();
	bool ok = true;

	memset(ace, 0, sizeof(ace));
	for (unsigned r = 0; ok && r < rounds; r++) {
		for (unsigned k = 0; k < 100; k++) {
			ace[k] = (struct dp_ace){ .permit = true, .src_mask = ip4_mask(24), .dst_mask = ip4_mask(16) };
			ace[k].src.a = 0x0a640000 + (k + 100 * (r % 2)) * 256;
			ace[k].dst.a = 0x0a000000;
		}
		ok = dp->ops->policy(dp, name, DP_BOTH, ace, 100, why);
	}
	t = seconds() - t;
	printf("policy_100_entries_ms %.1f\npolicies_per_s %.0f\n", t / rounds * 1000, rounds * 302.0 / t);
	t = seconds();
	for (unsigned r = 0; ok && r < rounds * 4; r++) {
		snprintf(spi, sizeof(spi), "0x%08x", 0x7e000000 + r);
		ok = add_in(name, w, 1, why) && dp->ops->sa_out(dp, name, 0x7e000000 + r, why);
		if (r)
			dp->ops->sa_del(dp, name, 0x7e000000 + r - 1);
	}
	t = seconds() - t;
	printf("rekey_ms %.2f\nsas_per_s %.0f\n", t / rounds / 4 * 1000, rounds * 8.0 / t);
	return ok;
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
	if (n > 3 && strcmp(w[0], "ends") == 0)
		return dp->ops->sa_ends(dp, w[1], (uint32_t)strtoul(w[2], NULL, 0), strtoull(w[3], NULL, 0)), true;
	if (strcmp(w[0], "bye") == 0)
		return dp->ops->group_del(dp, w[1]), true;
	if (strcmp(w[0], "sas") == 0)
		return dp->ops->sas(dp, w[1], print_sa, NULL), true;
	if (strcmp(w[0], "drops") == 0)
		return dp->ops->drops(dp, w[1], print_drop, NULL), true;
	if (strcmp(w[0], "clear") == 0)
		return dp->ops->clear(dp, w[1]), true;
	if (n > 2 && strcmp(w[0], "bench") == 0)
		return bench(w[1], (unsigned)strtoul(w[2], NULL, 0), why);
	if (n > 2 && strcmp(w[0], "mss") == 0)
		return xfrm_set_mss(dp, w[1], (uint32_t)strtoul(w[2], NULL, 0)), true;
	if (n > 2 && strcmp(w[0], "df") == 0)
		return xfrm_set_df(dp, strcmp(w[2], "set") == 0 ? XFRM_DF_SET : strcmp(w[2], "clear") == 0 ? XFRM_DF_CLEAR
													 : XFRM_DF_COPY), true;
	if (strcmp(w[0], "stop") == 0) {	/* as the daemon ends: the member takes its group down first */
		xfrm_stopping(dp);
		dp->ops->group_del(dp, w[1]);
		loop_stop(loop);
		return true;
	}
	if (strcmp(w[0], "counters") != 0)
		return why_set(why, "what?");
	dp->ops->counters(dp, w[1], &c);
	printf("encrypt %llu decrypt %llu verify_fail %llu clear_dropped %llu replay_dropped %llu no_sa %llu invalid_sa %llu\n",
		(unsigned long long)c.encrypt, (unsigned long long)c.decrypt, (unsigned long long)c.verify_fail,
		(unsigned long long)c.clear_dropped, (unsigned long long)c.replay_dropped, (unsigned long long)c.no_sa,
		(unsigned long long)c.invalid_sa);
	return true;
}

static void answer(bool good, const struct why *why)
{
	char line[300];

	snprintf(line, sizeof(line), "%s%s", good ? "ok" : "error: ", good ? "" : why->text);
	puts(line);
	fflush(stdout);
	dprintf(3, "%s\n", line);
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
		answer(command(w, n, &why), &why);
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
