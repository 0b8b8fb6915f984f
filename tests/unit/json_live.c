/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Two cooperating key servers and two members; takes "DEVICE command" lines from standard input and types them. Of a line
 * that begins with "+ " it prints what the command says, as text and as JSON, at one and the same moment:
 *	@ DEVICE command
 *	text
 *	@json
 *	object
 */
#include "lib/loop.h"
#include "lib/netif.h"
#include "lib/why.h"
#include "syslog/msg.h"
#include "tests/unit/live.h"

static const char *const servers = "10.0.8.1 10.0.8.2";

static void named(const struct sim_dev *d, struct cfg *c)
{
	str_copy(c->hostname, sizeof(c->hostname), d->name);
	c->console.exec_min = 0;	/* hours pass */
}

static void ks(struct sim_dev *d, struct cfg *c)
{
	struct cfg_coop *coop;

	sim_ks(d, c);
	coop = &sim_ks_cfg(c)->coop;
	coop->present = true;
	coop->priority = 100 - d->index;
	coop->peers[0] = sim_ip(d->index ? "10.0.8.1" : "10.0.8.2");
	named(d, c);
}

static void gm(struct sim_dev *d, struct cfg *c)
{
	sim_gm(d, c);
	named(d, c);
}

/* Standing in for xfrm/: what this member was told is told as what the kernel has. */
static void dp_sas(struct dataplane *base, const char *group, bool (*fn)(void *arg, const struct dp_sa_info *i), void *arg)
{
	const struct sim_dp *dp = (const struct sim_dp *)base;

	for (unsigned n = dp->nsa; n--;) {
		const struct dp_sa *sa = &dp->sa[n].sa;
		struct dp_sa_info i = { .ifname = "eth0", .local = dp->dev->ip, .mtu = 1500, .spi = sa->spi, .family = sa->family,
			.enc = sa->enc, .auth = sa->auth, .inbound = true, .outbound = dp->sa[n].out != 0, .replay = sa->replay,
			.window = sa->window, .left = 7000, .decrypt = 5, .encrypt = 4 };

		if (!fn(arg, &i))
			return;
	}
}

static void dp_drops(struct dataplane *base, const char *group, bool (*fn)(void *arg, const struct dp_drop *d), void *arg)
{
	/* one for each reason, and once more an SPI, of an SA that never was */
	for (int r = DP_DROP_CLEAR; r <= DP_DROP_SPI + 1; r++)
		if (!fn(arg, &(struct dp_drop){ .reason = (enum dp_reason)(r > DP_DROP_SPI ? DP_DROP_SPI : r), .ago = SEC(3),
				.src = { 0x0a010101 }, .dst = { 0x0a020202 }, .proto = 17, .spi = 0x12345678, .off = 1500,
				.gone = r > DP_DROP_SPI ? 0 : 4 }))
			return;
}

static void dp_counters(struct dataplane *dp, const char *group, struct dp_counters *out)
{
	*out = (struct dp_counters){ .encrypt = 101, .decrypt = 102, .no_sa = 103, .invalid_sa = 104, .encaps_fail = 105,
		.decap_fail = 106, .invalid_prot = 107, .verify_fail = 108, .clear_dropped = 1090, .replay_dropped = 1100,
		.closed_dropped = 111, .early = 112, .late = 113, .unknown_spi = 14 };
}

static struct dataplane_ops ops;

static void kernel(struct sim_dev *d)
{
	ops = *d->dp.base.ops;
	ops.sas = dp_sas;
	ops.drops = dp_drops;
	ops.counters = dp_counters;
	d->dp.base.ops = &ops;
}

static struct terminal terminal[4];

static struct terminal *at(const char *name, size_t n)
{
	for (unsigned i = 0; i < 4; i++)
		if (strlen(terminal[i].name) == n && strncmp(terminal[i].name, name, n) == 0)
			return &terminal[i];
	ck_abort_msg("no such device: %s", name);
	return NULL;
}

/* What a command prints: without the line that was typed. */
static void print(struct terminal *t, const char *command)
{
	struct text screen = TEXT_EMPTY;
	const char *body;

	live_type(t, command, &screen);
	if (!t->waiting) {	/* the pool is at work */
		sim_run(t->dev->sim, 0);
		live_drain(t, &screen);
	}
	body = strchr(text_str(&screen), '\n');
	fputs(body ? body + 1 : "", stdout);
	text_free(&screen);
}

static void answer(char *line)
{
	bool both = strncmp(line, "+ ", 2) == 0;
	struct terminal *t;
	char json[1100];
	size_t n;

	line += both ? 2 : 0;
	line[strcspn(line, "\n")] = '\0';
	n = strcspn(line, " ");
	t = at(line, n);
	if (both)
		printf("@ %s\n", line);
	print(t, line + n + 1);
	if (!both)
		return;
	snprintf(json, sizeof(json), "%s | json", line + n + 1);
	printf("@json\n");
	print(t, json);
}

START_TEST(answers)
{
	static const char *const names[] = { "KS1", "KS2", "GM1", "GM2" }, *const ips[] = { "10.0.8.1", "10.0.8.2", "10.0.0.2", "10.0.0.3" };
	struct sim *s = sim_new(1);
	struct loop *loop = loop_new(s->timers);
	struct sim_dev *d[4];
	struct netif *netif;
	struct why why;
	char line[1024];

	netif = netif_open(loop, NULL, NULL, &why);	/* NULL: the interfaces stay untold */
	for (unsigned i = 0; i < 4; i++)
		d[i] = sim_add(s, names[i], ips[i], i < 2 ? ks : gm, i < 2 ? NULL : (void *)(uintptr_t)servers);
	for (unsigned i = 0; i < 4; i++) {
		sim_start(d[i]);
		if (i >= 2)
			kernel(d[i]);
		terminal[i].netif = netif;
		live_plug_in(&terminal[i], d[i], false);
	}
	if (!sim_until(s, sim_all_registered, s, SEC(300)))
		ck_abort_msg("the members do not register");
	sim_run(s, SEC(7000));	/* past rekeys */
	while (fgets(line, sizeof(line), stdin))
		answer(line);
	for (unsigned i = 0; i < 4; i++)
		live_unplug(&terminal[i]);
	if (netif)
		netif_close(netif);
	loop_free(loop);
	sim_free(s);
	fflush(stdout);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = { answers };

	return sim_main("json live", tests, 1);
}
