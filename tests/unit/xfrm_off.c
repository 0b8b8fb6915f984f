/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A kernel without ESP (most containers): one clear message, every call refused in words, nothing crashes, nothing is
 * left behind. In a namespace of its own; skipped where namespaces cannot be made or the kernel has ESP.
 */
#include <errno.h>
#include <sched.h>
#include <stdio.h>
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
#include "tests/unit/unit.h"
#include "xfrm/dataplane_xfrm.h"

static unsigned told;
static char last[400];

static void on_log(void *arg, const struct log_line *line)
{
	if (strstr(line->line, "%GDOI-3-DATAPLANE_DOWN"))
		told++;
	snprintf(last, sizeof(last), "%s", line->line);
}

static bool any_sa(void *arg, const struct dp_sa_info *i)
{
	ck_assert(!i->inbound && !i->outbound);
	return true;
}

static void use(struct dataplane *dp)
{
	static const uint8_t key[32];
	const struct dp_sa sa = { .spi = 0x1234, .enc = ESP_AES128, .auth = ESP_SHA256, .key = bytes_of(key, 16),
		.auth_key = BYTES_OF(key), .replay = 3, .window = 5000, .lifetime = 3600, .remaining = 3600 };
	const struct dp_ace ace = { .permit = true };
	const char *const lo[] = { "lo" };
	struct dp_counters c;
	struct why why = { "" };

	ck_assert(!dp->ops->group_add(dp, "GET", lo, 1, (struct ip4){ 0 }, &why));
	ck_assert_str_ne(why.text, "");
	ck_assert(!dp->ops->policy(dp, "GET", DP_CLOSED, &ace, 1, &why));
	dp->ops->pseudotime(dp, "GET", 1000000);
	ck_assert(!dp->ops->sa_in(dp, "GET", &sa, &why));
	ck_assert(!dp->ops->sa_out(dp, "GET", 0x1234, &why));
	ck_assert(!dp->ops->sa_out(dp, "GET", 0x4321, &why));
	ck_assert(!dp->ops->policy(dp, "NONE", DP_BOTH, &ace, 1, &why));
	dp->ops->counters(dp, "GET", &c);
	ck_assert_uint_eq(c.encrypt, 0);
	dp->ops->sas(dp, "GET", any_sa, NULL);
	dp->ops->drops(dp, "GET", NULL, NULL);
	dp->ops->clear(dp, "GET");
	xfrm_set_mss(dp, "lo", 1200);
	xfrm_set_df(dp, XFRM_DF_SET);
	xfrm_interfaces_changed(dp);
	dp->ops->sa_del(dp, "GET", 0x1234);
	dp->ops->group_del(dp, "GET");
	ck_assert(!dp->ops->group_add(dp, "GET", lo, 1, (struct ip4){ 0 }, &why));
	ck_assert(!dp->ops->policy(dp, "GET", DP_CLOSED, &ace, 1, &why));
}

START_TEST(no_esp)
{
	struct env env = { 0 };
	struct dataplane *dp;
	struct syslog *log;
	struct netif *netif;
	struct loop *loop;
	struct why why;

	if (unshare(CLONE_NEWUSER | CLONE_NEWNET) < 0) {
		printf("skipped: no namespaces: %s\n", strerror(errno));
		return;
	}
	secret_heap_init(1 << 16);
	env.clock = clock_new_real();
	env.timers = timers_new(env.clock);
	env.rng = rng_new_system();
	loop = loop_new(env.timers);
	log = syslog_new(env.clock);
	syslog_sink_add(log, SINK_ALL, on_log, NULL);
	netif = netif_open(loop, NULL, NULL, &why);
	ck_assert_msg(netif, "%s", why.text);
	dp = xfrm_new(&env, log, loop, netif);
	if (dp->ops->usable(dp, &why)) {
		printf("skipped: this kernel has ESP\n");
	} else {
		ck_assert_msg(strstr(why.text, "modprobe") || strstr(why.text, "CAP_NET_ADMIN"), "%s", why.text);
		use(dp);
		ck_assert_uint_eq(told, 1);
		ck_assert_msg(strstr(last, "traffic is not encrypted") != NULL, "%s", last);
	}
	xfrm_stopping(dp);
	xfrm_free(dp);
	netif_close(netif);
	syslog_free(log);
	loop_free(loop);
	rng_free(env.rng);
	timers_free(env.timers);
	clock_free(env.clock);
}
END_TEST

UNIT_MAIN("xfrm_off", no_esp)
