/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A group member without a network: policy and keys are handed to it as if a key server had sent them, PUSHes are made
 * here, the data plane remembers, and the clock is virtual. Exchanges with a key server are in tests/sim.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include "gdoi/gm.h"
#include "crypto_rsa_kat.h"
#include "gdoi_kat.h"
#include "isakmp/isakmp.h"
#include "lib/clock.h"
#include "lib/net.h"
#include "lib/pool.h"
#include "lib/rng.h"
#include "lib/text.h"
#include "lib/why.h"

#define COUNT(id) syslog_count(lab.log, MSG_##id)

struct fake_sa {
	uint32_t spi, family;
	bool out;
	uint64_t remaining;
};

struct lab {
	struct env env;
	struct syslog *log;
	struct config *config;
	struct isakmp *isakmp;
	struct gdoi *g;
	struct gm *gm;
	struct net net;
	struct dataplane dp;
	struct fake_sa sa[64];
	unsigned nsa, npolicy, nace;
	struct dp_ace ace[64];
	enum dp_mode mode;
	bool added, broken, absent;
	uint8_t sent[256];		/* last datagram from the member */
	size_t nsent;
	unsigned sends;
	struct ip4 joined;
	char tried[32][IP4_TEXT];	/* key servers of GM_REGSTER, in order */
	uint64_t tried_at[32];
	unsigned ntried;
	uint64_t pseudotime, errors;
	unsigned period;		/* of RECV_DELETE_IMMEDIATE */
};

static struct lab lab;

/* ---- fakes ---- */

static struct fake_sa *fake_find(uint32_t spi)
{
	for (unsigned i = 0; i < lab.nsa; i++)
		if (lab.sa[i].spi == spi)
			return &lab.sa[i];
	return NULL;
}

static bool dp_usable(struct dataplane *dp, struct why *why)
{
	(void)dp, (void)why;
	return !lab.absent;
}

static bool dp_add(struct dataplane *dp, const char *group, const char *const *ifnames, unsigned n, struct ip4 local, struct why *why)
{
	(void)dp, (void)group, (void)ifnames, (void)n, (void)local, (void)why;
	lab.added = true;
	return true;
}

static void dp_gone(struct dataplane *dp, const char *group)
{
	(void)dp, (void)group;
	lab.added = false;
}

static bool dp_policy(struct dataplane *dp, const char *group, enum dp_mode mode, const struct dp_ace *ace, unsigned n,
	struct why *why)
{
	(void)dp, (void)group;
	if (lab.broken)
		return why_set(why, "no ESP");
	ck_assert_uint_le(n, 64);
	lab.mode = mode;
	lab.nace = n;
	lab.npolicy++;
	memcpy(lab.ace, ace, n * sizeof(*ace));
	return true;
}

static bool dp_in(struct dataplane *dp, const char *group, const struct dp_sa *sa, struct why *why)
{
	(void)dp, (void)group, (void)why;
	ck_assert_uint_lt(lab.nsa, 64);
	ck_assert_ptr_null(fake_find(sa->spi));
	lab.sa[lab.nsa++] = (struct fake_sa){ sa->spi, sa->family, false, sa->remaining };
	return true;
}

static void dp_ends(struct dataplane *dp, const char *group, uint32_t spi, uint64_t remaining)
{
	struct fake_sa *s = fake_find(spi);

	(void)dp, (void)group;
	if (s)
		s->remaining = remaining;
}

static bool dp_out(struct dataplane *dp, const char *group, uint32_t spi, struct why *why)
{
	struct fake_sa *s = fake_find(spi);

	(void)dp, (void)group, (void)why;
	ck_assert_ptr_nonnull(s);
	for (unsigned i = 0; i < lab.nsa; i++)
		if (lab.sa[i].family == s->family)
			lab.sa[i].out = false;
	s->out = true;
	return true;
}

static void dp_del(struct dataplane *dp, const char *group, uint32_t spi)
{
	struct fake_sa *s = fake_find(spi);

	(void)dp, (void)group;
	ck_assert_ptr_nonnull(s);
	*s = lab.sa[--lab.nsa];
}

static void dp_time(struct dataplane *dp, const char *group, uint64_t ms)
{
	(void)dp, (void)group;
	lab.pseudotime = ms;
}

static void dp_count(struct dataplane *dp, const char *group, struct dp_counters *out)
{
	(void)dp, (void)group;
	*out = (struct dp_counters){ .invalid_sa = lab.errors };
}

static const struct dataplane_ops dp_ops = {
	.usable = dp_usable, .group_add = dp_add, .group_del = dp_gone, .policy = dp_policy, .sa_in =
	dp_in, .sa_out = dp_out, .sa_del = dp_del, .pseudotime = dp_time, .counters = dp_count,
	.sa_ends = dp_ends,
};

static bool net_send(struct net *n, struct endpoint src, struct endpoint dst, struct bytes body)
{
	(void)n, (void)src, (void)dst;
	if (body.n <= sizeof(lab.sent) && body.n > 18 && body.p[18] == XCHG_PUSH_ACK) {
		memcpy(lab.sent, body.p, body.n);
		lab.nsent = body.n;
		lab.sends++;
	}
	return true;
}

static size_t net_many(struct net *n, struct endpoint src, const struct endpoint *dst, size_t count, struct bytes body)
{
	(void)n, (void)src, (void)dst, (void)body;
	return count;
}

static bool net_join(struct net *n, struct ip4 group, struct ip4 local)
{
	(void)n, (void)local;
	lab.joined = group;
	return true;
}

static void net_leave(struct net *n, struct ip4 group, struct ip4 local)
{
	(void)n, (void)group, (void)local;
	lab.joined.a = 0;
}

static struct ip4 net_source(struct net *n, struct ip4 dst)
{
	(void)n, (void)dst;
	return (struct ip4){ 0x0a000002 };
}

static const struct net_ops net_ops = { net_send, net_many, net_join, net_leave, net_source };

static bool if_address(void *arg, const char *ifname, struct ip4 *out)
{
	(void)arg;
	out->a = 0x0a000002;
	return strcmp(ifname, "eth0") == 0;
}

static void on_line(void *arg, const struct log_line *l)
{
	(void)arg;
	if (getenv("LAB_VERBOSE"))
		fprintf(stderr, "%10.3f %s\n", (double)clock_now(lab.env.clock) / 1e6, l->line);
	if (l->id == MSG_CRYPTO_GM_REGSTER && lab.ntried < 32) {
		ck_assert_int_eq(sscanf(l->text, "Start registration to KS %15s", lab.tried[lab.ntried]), 1);
		lab.tried_at[lab.ntried++] = clock_now(lab.env.clock);
	}
	if (l->id == MSG_GDOI_GM_RECV_DELETE_IMMEDIATE)
		ck_assert_int_eq(sscanf(strstr(l->text, "period of "), "period of %u", &lab.period), 1);
}

/* ---- set up ---- */

static struct cfg *cfg(void)
{
	return config_running(lab.config);
}

static struct cfg_group *grp(void)
{
	return cfg_group_add(cfg(), "GET");
}

static void sync_now(void)
{
	struct gdoi_group *gr = gdoi_group_find(lab.g, "GET");

	gm_sync(lab.gm, grp(), gr->problem, sizeof(gr->problem));
}

static void configure(void)
{
	struct cfg_map *m = cfg_map_add(cfg(), "CM");
	struct cfg_interface *i = cfg_interface_add(cfg(), "eth0");

	grp()->identity = 1;
	grp()->identity_number = 1223;
	grp()->servers[0].a = 0x0a000801;
	grp()->servers[1].a = 0x0a000901;
	str_copy(cfg_map_entry_add(m, 10)->group, CFG_NAME, "GET");
	str_copy(i->map, CFG_NAME, "CM");
}

static void lab_up(void)
{
	struct gdoi_group *gr = calloc(1, sizeof(*gr));

	memset(&lab, 0, sizeof(lab));
	lab.env.clock = clock_new_virtual(SEC(100000), SEC(1700000000));
	lab.env.timers = timers_new(lab.env.clock);
	lab.env.rng = rng_new_seeded(7);
	lab.env.pool = pool_new_inline(lab.env.timers);
	lab.log = syslog_new(lab.env.clock);
	syslog_sink_add(lab.log, SINK_ALL, on_line, NULL);
	lab.config = config_new(NULL);
	lab.net.ops = &net_ops;
	lab.dp.ops = &dp_ops;
	lab.isakmp = isakmp_new(&lab.env, lab.log, lab.config, &lab.net, GDOI_VERSION);
	lab.g = calloc(1, sizeof(*lab.g));
	lab.g->d = (struct gdoi_deps){ &lab.env, lab.log, lab.config, lab.isakmp, &lab.net, &lab.dp, if_address, NULL };
	ratelimit_init(&lab.g->bad_datagram, 5, SEC(10));
	lab.gm = gm_new(lab.g, "GET");
	str_copy(gr->name, sizeof(gr->name), "GET");
	gr->role = GDOI_ROLE_GM;
	gr->gm = lab.gm;
	HASH_ADD_STR(lab.g->groups, name, gr);
	configure();
	sync_now();
}

static void lab_down(void)
{
	struct gdoi_group *gr = gdoi_group_find(lab.g, "GET");

	gm_free(lab.gm);
	HASH_DEL(lab.g->groups, gr);
	free(gr);
	isakmp_free(lab.isakmp);
	free(lab.g);
	config_free(lab.config);
	syslog_free(lab.log);
	pool_free(lab.env.pool);
	rng_free(lab.env.rng);
	timers_free(lab.env.timers);
	clock_free(lab.env.clock);
}

static void run_to(uint64_t t)
{
	for (unsigned i = 0; i < 200000 && timers_next(lab.env.timers) <= t; i++) {
		if (timers_next(lab.env.timers) > clock_now(lab.env.clock))
			clock_advance(lab.env.clock, timers_next(lab.env.timers));
		timers_run(lab.env.timers);
	}
	ck_assert(timers_next(lab.env.timers) > t);
	clock_advance(lab.env.clock, t);
}

static void run(uint64_t us)
{
	run_to(clock_now(lab.env.clock) + us);
}

/* ---- what a key server sends ---- */

static const uint8_t keys[96] = { 1, 2, 3, 4, 5, 6, 7 };

struct news {
	struct gdoi_sa sa;
	struct gdoi_kd kd;
	struct gdoi_sat sat[8];
	struct gdoi_kd_tek tek[8];
	struct gdoi_kd_kek kek;
	struct hexbuf {
		uint8_t p[400];
		size_t n;
	} spki;
};

static void unhex(struct hexbuf *h, const char *s)
{
	h->n = strlen(s) / 2;
	ck_assert_uint_le(h->n, sizeof(h->p));
	for (size_t i = 0; i < h->n; i++) {
		unsigned v;

		ck_assert_int_eq(sscanf(s + 2 * i, "%2x", &v), 1);
		h->p[i] = (uint8_t)v;
	}
}

/* One permit per call, 10.NET/16 to 10/8; the KD packet once per SPI. */
static void add_tek(struct news *n, uint32_t spi, uint32_t left, uint32_t configured, unsigned netw, enum esp_enc enc)
{
	struct gdoi_sat *s = &n->sat[n->sa.nsat++];
	const bool gcm = esp_enc_alg(enc)->combined;

	*s = (struct gdoi_sat){ .protocol_id = 1, .spi = spi, .enc = enc, .auth = gcm ? ESP_AUTH_NONE : ESP_SHA256,
		.lifetime = left, .configured = configured, .encap = 1, .preserve = 4, .direction = SAT_DIR_SYMMETRIC,
		.src = { .type = ID_IPV4_SUBNET, .ip = { 0x0a000000 | netw << 16 }, .mask = { 0xffff0000 } },
		.dst = { .type = ID_IPV4_SUBNET, .ip = { 0x0a000000 }, .mask = { 0xff000000 } } };
	n->sa.sat = n->sat;
	n->kd.tek = n->tek;
	for (unsigned i = 0; i < n->kd.ntek; i++)
		if (n->tek[i].spi == spi)
			return;
	n->tek[n->kd.ntek++] = (struct gdoi_kd_tek){ .spi = spi, .key = bytes_of(keys, esp_enc_alg(enc)->key),
		.auth_key = gcm ? BYTES_NONE : bytes_of(keys, 32) };
}

static void add_kek(struct news *n, uint8_t id, uint32_t lifetime, struct ip4 dst)
{
	n->sa.has_sak = true;
	n->sa.sak = (struct gdoi_sak){ .proto = 17, .src = { .type = ID_IPV4, .ip = { 0x0a000801 } },
		.dst = { .type = ID_IPV4, .ip = dst }, .cipher = CIPHER_AES128, .sig_hash = HASH_SHA256, .sig_alg = 1,
		.sig_key_bits = 2048, .lifetime = lifetime, .ack = SAK_ACK_KEK_SHA256 };
	memset(n->sa.sak.spi, id, GDOI_SPI);
	unhex(&n->spki, kat_rekey_pubkey_spki_der);
	n->kek = (struct gdoi_kd_kek){ .iv_key = bytes_of(keys, 32), .sig_key = bytes_of(n->spki.p, n->spki.n) };
	memset(n->kek.spi, id, GDOI_SPI);
	n->kd.kek = &n->kek;
	n->kd.nkek = 1;
}

static void pull(struct news *n, uint32_t seq)
{
	const struct gm_news news = { .sa = &n->sa, .kd = &n->kd, .pull = true, .seq = seq, .server = { 0x0a000801 },
		.conn_id = 1001 };
	struct why why = { "" };

	ck_assert_msg(gm_sa_check(lab.gm, grp(), &n->sa, &why), "%s", why.text);
	ck_assert_msg(gm_kd_check(lab.gm, &n->sa, &n->kd, &why), "%s", why.text);
	gm_pull_stop(lab.gm);
	gm_attempt_done(lab.gm, news.server);
	lab.gm->peer_gdoix = true;
	gm_install(lab.gm, &news);
}

/* Registered: one TEK of 'left' seconds and a KEK. */
static void registered(uint32_t spi, uint32_t left, uint32_t configured)
{
	struct news n = { 0 };

	add_tek(&n, spi, left, configured, 1, ESP_AES256);
	add_kek(&n, 0x11, 86400, (struct ip4){ 0x0a000002 });
	pull(&n, 0);
}

static struct secret make_push(uint8_t kek_id, uint32_t seq, const struct news *n, const struct gdoi_delete *del, unsigned ndel,
	bool good_sig)
{
	static const struct gdoi_wire own = { .private_ok = true };
	struct kek k = { .cipher = CIPHER_AES128, .sig_hash = HASH_SHA256, .iv = secret_copy(bytes_of(keys, 16)),
		.key = secret_copy(bytes_of(keys + 16, 16)) };
	const struct push_build b = { .kek = &k, .wire = &own, .seq = seq, .del = del, .ndel = ndel, .sa = n ? &n->sa : NULL,
		.kd = n && (n->sa.nsat || n->sa.has_sak) ? &n->kd : NULL };
	uint8_t der[1300], sig[512];
	struct rsa_key *key;
	struct push_draft d;
	struct secret out;
	size_t nsig = 0, nder = strlen(rsa_pkcs1_der) / 2;

	memset(k.spi, kek_id, GDOI_SPI);
	for (size_t i = 0; i < nder; i++) {
		unsigned v;

		ck_assert_int_eq(sscanf(rsa_pkcs1_der + 2 * i, "%2x", &v), 1);
		der[i] = (uint8_t)v;
	}
	key = rsa_from_der(bytes_of(der, nder));
	ck_assert_ptr_nonnull(key);
	ck_assert(push_draft_make(&b, 256, &d, NULL));
	ck_assert(rsa_sign(key, RSA_SIG_PKCS1, HASH_SHA256, d.digest, sig, &nsig));
	if (!good_sig)
		sig[100] ^= 1;
	ck_assert(push_draft_finish(&d, &k, bytes_of(sig, nsig), &out));
	push_draft_free(&d);
	rsa_free(key);
	kek_free(&k);
	return out;
}

static void deliver(const struct secret *s, uint32_t to)
{
	const struct datagram d = { { { 0x0a000801 }, 848 }, { { to }, 848 }, secret_bytes(s) };
	struct isakmp_hdr h;

	if (isakmp_hdr_decode(d.body, &h, NULL))
		gm_push_in(lab.g, &d, &h);
}

static void push(uint8_t kek_id, uint32_t seq, const struct news *n, const struct gdoi_delete *del, unsigned ndel)
{
	struct secret s = make_push(kek_id, seq, n, del, ndel, true);

	deliver(&s, 0x0a000002);
	secret_free(&s);
}

static uint32_t sending(void)
{
	uint32_t spi = 0;

	for (unsigned i = 0; i < lab.nsa; i++)
		if (lab.sa[i].out)
			spi = lab.sa[i].spi;
	return spi;
}

static struct gdoi_gm_info info(void)
{
	struct gdoi_gm_info i;

	ck_assert(gdoi_show_gm(lab.g, "GET", &i));
	return i;
}

/* ---- registration ---- */

/* Each server four times, at least 10 s apart, in order, around and around. */
START_TEST(ring)
{
	lab_up();
	ck_assert_uint_eq(COUNT(GDOI_GM_CM_ATTACH), 1);
	run(SEC(1200));
	ck_assert_uint_ge(lab.ntried, 16);
	for (unsigned i = 0; i < lab.ntried; i++) {
		ck_assert_str_eq(lab.tried[i], i / 4 % 2 ? "10.0.9.1" : "10.0.8.1");
		if (i % 8)
			ck_assert_uint_le(lab.tried_at[i] - lab.tried_at[i - 1], SEC(GM_ATTEMPT + GM_RETRY));
		if (i % 4)
			ck_assert_uint_ge(lab.tried_at[i] - lab.tried_at[i - 1], SEC(GM_RETRY));
	}
	ck_assert_int_eq(info().state, GM_REGISTERING);
	lab_down();
}
END_TEST

START_TEST(incomplete)
{
	struct gdoi_group *gr;

	lab_up();
	gr = gdoi_group_find(lab.g, "GET");
	grp()->identity = 0;
	sync_now();
	sync_now();
	ck_assert_str_eq(gr->problem, "no 'identity' is configured");
	ck_assert_uint_eq(COUNT(GDOI_GM_INCOMPLETE_CFG), 1);
	ck_assert(!lab.added);
	ck_assert_uint_eq(COUNT(GDOI_GM_CM_DETACH), 1);
	grp()->identity = 1;
	cfg_interface(cfg(), "eth0")->map[0] = 0;
	sync_now();
	ck_assert_str_eq(gr->problem, "no crypto map with this group is applied to an interface");
	str_copy(cfg_interface_add(cfg(), "eth9")->map, CFG_NAME, "CM");
	sync_now();
	ck_assert_str_eq(gr->problem, "interface eth9 has no address");
	ck_assert_uint_eq(COUNT(CRYPTO_GM_REGSTER_IF_DOWN), 1);
	str_copy(cfg_interface(cfg(), "eth0")->map, CFG_NAME, "CM");
	sync_now();
	ck_assert_str_eq(gr->problem, "");
	ck_assert(lab.added);
	lab_down();
}
END_TEST

/* Without a rekey: begins between 5 % (60 s at least) and 30 s before the end, whatever the seed. */
START_TEST(reregister_time)
{
	static const uint32_t lives[] = { 120, 300, 600, 900, 3600, 7200, 28800, 86400, 2592000 };
	uint32_t life = lives[_i];

	for (unsigned k = 0; k < 20; k++) {
		uint64_t end, lead = SEC(life) / 20 > SEC(60) ? SEC(life) / 20 : SEC(60);
		struct news n = { 0 };

		lab_up();
		rng_below(lab.env.rng, k + 1);
		run(k * SEC(1));
		add_tek(&n, 1000, life, life, 1, ESP_AES256);
		pull(&n, 0);
		end = clock_now(lab.env.clock) + SEC(life);
		ck_assert_uint_ge(lab.gm->rereg_at, end - lead);
		ck_assert_uint_le(lab.gm->rereg_at, end - SEC(30));
		lab.ntried = 0;
		run_to(end - SEC(30));
		ck_assert_uint_eq(COUNT(GDOI_GM_RE_REGISTER), 1);
		ck_assert_uint_ge(lab.ntried, 1);
		ck_assert_uint_eq(sending(), 1000);
		run_to(end + SEC(1));
		ck_assert_uint_eq(lab.nsa, 0);
		ck_assert_uint_eq(COUNT(GDOI_GM_NO_TEK), 1);
		ck_assert_int_eq(lab.mode, DP_BOTH);	/* policy stays though its keys are gone */
		lab_down();
	}
}
END_TEST

/* A key server that hands out keys which are nearly over is not asked without pause. */
START_TEST(reregister_bounded)
{
	lab_up();
	for (unsigned i = 0; i < 50; i++) {
		registered(1000 + i, 12, 7200);
		ck_assert_uint_ge(lab.gm->rereg_at, clock_now(lab.env.clock) + SEC(10));
		run(SEC(1));
	}
	lab_down();
}
END_TEST

/* ---- keys ---- */

/* The new TEK is received with at once, and sent with when 30 s of the old one are left. */
START_TEST(rollover)
{
	struct news n = { 0 };

	lab_up();
	registered(1000, 7200, 7200);
	ck_assert_uint_eq(sending(), 1000);
	ck_assert_uint_eq(lab.nace, 1);
	run(SEC(6700));
	add_tek(&n, 2000, 7200, 7200, 1, ESP_AES256);
	add_kek(&n, 0x11, 80000, (struct ip4){ 0 });
	push(0x11, 1, &n, NULL, 0);
	ck_assert_uint_eq(COUNT(GDOI_GM_RECV_REKEY), 1);
	ck_assert_uint_eq(lab.nsa, 2);
	ck_assert_uint_eq(fake_find(1000)->family, fake_find(2000)->family);
	ck_assert_uint_eq(sending(), 1000);
	ck_assert_uint_eq(lab.npolicy, 2);	/* before and after registering; a rekey changes nothing */
	ck_assert_uint_eq(info().active_teks, 2);
	run(SEC(500 - 31));
	ck_assert_uint_eq(sending(), 1000);
	run(SEC(2));
	ck_assert_uint_eq(sending(), 2000);
	ck_assert_uint_eq(lab.nsa, 2);
	run(SEC(30));
	ck_assert_uint_eq(lab.nsa, 1);
	ck_assert_uint_eq(COUNT(GDOI_GM_RE_REGISTER), 0);
	lab_down();
}
END_TEST

START_TEST(activation_delay)
{
	struct news n = { .sa = { .has_gap = true, .gap = { .has_atd = true, .atd = 40 } } };

	lab_up();
	registered(1000, 7200, 7200);
	add_tek(&n, 2000, 7200, 7200, 1, ESP_AES256);
	push(0x11, 1, &n, NULL, 0);
	run(SEC(39));
	ck_assert_uint_eq(sending(), 1000);
	run(SEC(2));
	ck_assert_uint_eq(sending(), 2000);
	ck_assert_uint_eq(lab.nsa, 2);
	lab_down();
}
END_TEST

/* Registered in the overlap: both TEKs come; all others still send with the old one. */
START_TEST(overlap)
{
	struct news n = { 0 };

	lab_up();
	add_tek(&n, 2000, 7000, 7200, 1, ESP_AES256);
	n.sat[0].entry = 1;
	add_tek(&n, 1000, 300, 7200, 2, ESP_AES256);	/* of a former policy: no entry number */
	pull(&n, 0);
	ck_assert_uint_eq(lab.nsa, 2);
	ck_assert_uint_eq(lab.nace, 1);
	ck_assert_uint_eq(lab.ace[0].src.a, 0x0a010000);
	lab_down();
	memset(&n, 0, sizeof(n));
	lab_up();
	add_tek(&n, 2000, 7000, 7200, 1, ESP_AES256);
	add_tek(&n, 1000, 300, 7200, 1, ESP_AES256);
	pull(&n, 0);
	ck_assert_uint_eq(lab.nace, 1);
	ck_assert_uint_eq(fake_find(1000)->family, fake_find(2000)->family);
	ck_assert_uint_eq(sending(), 1000);
	run(SEC(271));
	ck_assert_uint_eq(sending(), 2000);
	lab_down();
}
END_TEST

/* GCM: an SPI per entry; each entry's successor takes over by itself. */
START_TEST(per_entry)
{
	struct news n = { 0 }, m = { 0 };

	lab_up();
	add_tek(&n, 1000, 7200, 7200, 1, ESP_GCM256);
	add_tek(&n, 1001, 7200, 7200, 2, ESP_GCM256);
	add_kek(&n, 0x11, 86400, (struct ip4){ 0 });
	pull(&n, 0);
	ck_assert(fake_find(1000)->out && fake_find(1001)->out);
	ck_assert_uint_ne(fake_find(1000)->family, fake_find(1001)->family);
	ck_assert_uint_eq(lab.ace[1].family, fake_find(1001)->family);
	run(SEC(6000));
	add_tek(&m, 2001, 7200, 7200, 2, ESP_GCM256);
	add_tek(&m, 2000, 7200, 7200, 1, ESP_GCM256);
	push(0x11, 1, &m, NULL, 0);
	ck_assert_uint_eq(fake_find(2000)->family, fake_find(1000)->family);
	ck_assert_uint_eq(fake_find(2001)->family, fake_find(1001)->family);
	ck_assert(fake_find(1000)->out && fake_find(1001)->out && !fake_find(2000)->out);
	run(SEC(1171));
	ck_assert(fake_find(2000)->out && fake_find(2001)->out && !fake_find(1001)->out);
	lab_down();
}
END_TEST

static uint64_t left_of(uint32_t spi)
{
	const struct gm_tek *t = gm_tek_find(lab.gm, spi);

	ck_assert_ptr_nonnull(t);
	return (t->end - clock_now(lab.env.clock)) / SEC(1);
}

struct slt {
	uint32_t configured, elapsed, left;
};

/* TEK_SLT = MIN(TEK_RLT, MAX(90 s, MIN(5 % of TEK_CLT, 3600 s))) at its corners. */
static const struct slt slts[] = {
	{ 7200, 100, 360 }, { 7200, 7000, 200 }, { 600, 10, 90 }, { 600, 560, 40 }, { 1800, 1, 90 }, { 1801, 1, 90 },
	{ 86400, 5, 3600 }, { 72000, 5, 3600 }, { 72020, 5, 3600 }, { 71980, 5, 3599 }, { 86400, 86390, 10 },
};

START_TEST(removal)
{
	const struct slt *t = &slts[_i];
	struct news n = { .sa = { .has_gap = true, .gap = { .removal = 1 } } };

	lab_up();
	registered(1000, t->configured - t->elapsed, t->configured);
	push(0x11, 1, &n, NULL, 0);
	ck_assert_uint_eq(COUNT(GDOI_GM_RECV_DELETE), 1);
	ck_assert_uint_eq(left_of(1000), t->left);
	ck_assert_uint_eq(fake_find(1000)->remaining, t->left);	/* the kernel knows, should the member be killed now */
	ck_assert_uint_eq(sending(), 1000);
	ck_assert(!info().kek.present);
	ck_assert_uint_eq(lab.sends, 1);
	if (t->left > 60)
		ck_assert_uint_le(lab.gm->rereg_at, clock_now(lab.env.clock) + SEC(t->left - 30));
	/* Nothing more is heard under the KEK that is gone; the same message again is acknowledged again. */
	push(0x11, 1, &n, NULL, 0);
	ck_assert_uint_eq(lab.sends, 2);
	ck_assert_uint_eq(COUNT(GDOI_GM_RECV_DELETE), 1);
	push(0x11, 2, &n, NULL, 0);
	ck_assert_uint_eq(lab.sends, 2);
	ck_assert_uint_eq(lab.g->count.push_unknown_spi, 1);
	ck_assert_uint_eq(COUNT(GDOI_GM_UNKNOWN_REKEY), 1);
	lab_down();
}
END_TEST

START_TEST(removal_now)
{
	struct news n = { .sa = { .has_gap = true, .gap = { .removal = 2 } } };

	for (unsigned k = 0; k < 30; k++) {
		lab_up();
		run(SEC(k));
		rng_u32(lab.env.rng);
		registered(1000, 5000, 7200);
		ck_assert_int_eq(lab.mode, DP_BOTH);
		push(0x11, 1, &n, NULL, 0);
		ck_assert_uint_eq(lab.nsa, 0);
		ck_assert_int_eq(lab.mode, DP_OPEN);
		ck_assert_uint_eq(COUNT(GDOI_GM_POLICY_CLEANUP), 1);
		ck_assert_uint_ge(lab.period, 1);
		ck_assert_uint_le(lab.period, 144);
		ck_assert_uint_eq(lab.sends, 1);
		lab.ntried = 0;
		run(SEC(lab.period) - 1);
		ck_assert_uint_eq(lab.ntried, 0);
		run(2);
		ck_assert_uint_eq(lab.ntried, 1);
		lab_down();
	}
}
END_TEST

/* The message that an attacker wants most: forged, replayed or tampered with it does nothing. */
START_TEST(removal_forged)
{
	struct news n = { .sa = { .has_gap = true, .gap = { .removal = 2 } } }, ok = { 0 };
	struct secret s;

	lab_up();
	registered(1000, 7000, 7200);
	s = make_push(0x11, 1, &n, NULL, 0, false);
	deliver(&s, 0x0a000002);
	ck_assert_uint_eq(lab.g->count.push_bad_sig, 1);
	for (size_t i = 0; i < s.n; i++) {
		s.p[i] ^= 0x40;
		deliver(&s, 0x0a000002);
		s.p[i] ^= 0x40;
	}
	secret_free(&s);
	add_tek(&ok, 2000, 7200, 7200, 1, ESP_AES256);
	push(0x11, 5, &ok, NULL, 0);
	push(0x11, 5, &n, NULL, 0);
	push(0x11, 4, &n, NULL, 0);
	ck_assert_uint_eq(lab.g->count.push_replayed, 2);
	ck_assert_uint_eq(COUNT(GDOI_GM_RECV_DELETE_IMMEDIATE), 0);
	ck_assert_uint_eq(lab.nsa, 2);
	ck_assert_uint_eq(lab.sends, 1);
	ck_assert_uint_le(COUNT(GDOI_GDOI_REKEY_FAILURE), 5);	/* rate-limited */
	ck_assert_uint_ge(COUNT(CRYPTO_IKMP_MODE_FAILURE), 1);
	lab_down();
}
END_TEST

START_TEST(replace)
{
	struct news n = { .sa = { .has_gap = true, .gap = { .replace = _i == 2 ? 2 : 1 } } };

	lab_up();
	if (_i == 0)
		str_copy(grp()->version, sizeof(grp()->version), "1.0.1");
	registered(1000, 7000, 7200);
	add_tek(&n, 2000, 7200, 7200, 1, ESP_AES128);
	add_kek(&n, 0x22, 86400, (struct ip4){ 0 });
	push(0x11, 1, &n, NULL, 0);
	if (_i == 0) {		/* as 1.0.1: installed, nothing shortened */
		ck_assert_uint_eq(left_of(1000), 7000);
		ck_assert_uint_eq(sending(), 1000);
	} else if (_i == 1) {
		ck_assert_uint_eq(left_of(1000), 360);
		ck_assert_uint_eq(sending(), 1000);
		run(SEC(331));
		ck_assert_uint_eq(sending(), 2000);
	} else {
		ck_assert_uint_eq(COUNT(GDOI_GM_RECV_POLICY_REPLACE_NOW), 1);
		ck_assert_uint_eq(lab.nsa, 1);
		ck_assert_uint_eq(sending(), 2000);
		ck_assert_ptr_null(lab.gm->keks->next);
	}
	ck_assert_uint_eq(lab.gm->keks->kek.spi[0], 0x22);
	lab_down();
}
END_TEST

/* 'software-version 1.0.1' knows no removal. */
START_TEST(removal_ignored)
{
	struct news n = { .sa = { .has_gap = true, .gap = { .removal = 2 } } };

	lab_up();
	str_copy(grp()->version, sizeof(grp()->version), "1.0.1");
	registered(1000, 7000, 7200);
	push(0x11, 1, &n, NULL, 0);
	ck_assert_uint_eq(lab.nsa, 1);
	ck_assert(info().kek.present);
	lab_down();
}
END_TEST

/* RFC 6407 section 5.9: D(1,0) and D(0,0) in one PUSH. */
START_TEST(start_over)
{
	const struct gdoi_delete del[2] = { { .protocol_id = 1, .all = true, .ntek = 1 }, { .protocol_id = 0, .all = true } };

	lab_up();
	registered(1000, 7000, 7200);
	push(0x11, 1, NULL, del, 2);
	ck_assert_uint_eq(lab.nsa, 0);
	ck_assert(!info().kek.present);
	ck_assert_uint_eq(lab.sends, 1);
	ck_assert(lab.gm->trying);
	ck_assert_uint_eq(COUNT(GDOI_GM_RECV_DELETE_IMMEDIATE), 0);
	ck_assert_uint_eq(COUNT(GDOI_GM_RE_REGISTER), 1);
	lab_down();
}
END_TEST

START_TEST(delete_one)
{
	struct news n = { .sa = { .has_gap = true, .gap = { .has_dtd = true, .dtd = 20 } } };
	const struct gdoi_delete del = { .protocol_id = 1, .tek = { 1000 }, .ntek = 1 };

	lab_up();
	registered(1000, 7000, 7200);
	add_tek(&n, 2000, 7200, 7200, 1, ESP_AES256);
	push(0x11, 1, &n, NULL, 0);
	push(0x11, 2, NULL, &del, 1);
	ck_assert_uint_eq(sending(), 2000);
	ck_assert_uint_eq(lab.nsa, 2);
	run(SEC(21));
	ck_assert_uint_eq(lab.nsa, 1);
	lab_down();
}
END_TEST

/* ---- rekeys ---- */

START_TEST(sequence)
{
	struct news n = { 0 }, k = { 0 };

	lab_up();
	add_tek(&n, 1000, 7000, 7200, 1, ESP_AES256);
	add_kek(&n, 0x11, 86400, (struct ip4){ 0 });
	pull(&n, 7);
	push(0x11, 7, &n, NULL, 0);
	ck_assert_uint_eq(lab.g->count.push_replayed, 1);
	ck_assert_uint_eq(COUNT(GDOI_GDOI_REKEY_SEQ_FAILURE), 1);
	ck_assert_uint_eq(COUNT(GDOI_GDOI_REKEY_FAILURE), 1);
	ck_assert_uint_eq(COUNT(CRYPTO_IKMP_MODE_FAILURE), 1);
	push(0x11, 9, &n, NULL, 0);
	push(0x11, 8, &n, NULL, 0);
	ck_assert_uint_eq(lab.g->count.push_ok, 1);
	ck_assert_uint_eq(lab.g->count.push_replayed, 2);
	/* A new Rekey SA numbers from wherever it likes; a repeated SAK is no new one. */
	add_kek(&k, 0x22, 86400, (struct ip4){ 0 });
	push(0x11, 10, &k, NULL, 0);
	ck_assert_uint_eq(COUNT(GDOI_SA_KEK_UPDATED), 2);
	push(0x22, 0, &k, NULL, 0);
	push(0x22, 0, &n, NULL, 0);
	ck_assert_uint_eq(lab.g->count.push_ok, 3);
	ck_assert_uint_eq(lab.g->count.push_replayed, 3);
	/* The former one still brings rekeys. */
	push(0x11, 11, &n, NULL, 0);
	ck_assert_uint_eq(lab.g->count.push_ok, 4);
	/* Registering again under the same KEK does not open the numbers that were used. */
	memset(&n, 0, sizeof(n));
	add_tek(&n, 1000, 7000, 7200, 1, ESP_AES256);
	add_kek(&n, 0x11, 86400, (struct ip4){ 0 });
	pull(&n, 3);
	push(0x11, 11, &k, NULL, 0);
	ck_assert_uint_eq(lab.g->count.push_replayed, 4);
	lab_down();
}
END_TEST

/* RFC 8263: an acknowledgement at once, again for the same octets, and 0 to 5 s later when it came by multicast. */
START_TEST(acknowledged)
{
	struct news n = { 0 };
	struct secret s;
	struct push_ack a;
	struct kek k = { .cipher = CIPHER_AES128, .sig_hash = HASH_SHA256, .iv = secret_copy(bytes_of(keys, 16)),
		.key = secret_copy(bytes_of(keys + 16, 16)) };

	memset(k.spi, 0x11, GDOI_SPI);
	lab_up();
	registered(1000, 7000, 7200);
	add_tek(&n, 2000, 7200, 7200, 1, ESP_AES256);
	s = make_push(0x11, 1, &n, NULL, 0, true);
	deliver(&s, 0x0a000002);
	ck_assert_uint_eq(lab.sends, 1);
	ck_assert(push_ack_decode(bytes_of(lab.sent, lab.nsent), &a, NULL));
	ck_assert(push_ack_ok(&a, &k, SAK_ACK_KEK_SHA256));
	ck_assert_uint_eq(a.seq, 1);
	ck_assert_uint_eq(a.id.a, 0x0a000002);
	deliver(&s, 0x0a000002);
	ck_assert_uint_eq(lab.sends, 2);
	ck_assert_uint_eq(info().acks_sent, 2);
	ck_assert_uint_eq(info().rekeys, 1);
	secret_free(&s);
	s = make_push(0x11, 2, &n, NULL, 0, true);
	deliver(&s, 0xefc00101);
	ck_assert_uint_eq(lab.sends, 2);
	run(SEC(5));
	ck_assert_uint_eq(lab.sends, 3);
	secret_free(&s);
	kek_free(&k);
	lab_down();
}
END_TEST

START_TEST(multicast)
{
	const struct gdoi_delete del[2] = { { .protocol_id = 1, .all = true, .ntek = 1 }, { .protocol_id = 0, .all = true } };
	struct news n = { 0 };

	lab_up();
	add_tek(&n, 1000, 7000, 7200, 1, ESP_AES256);
	add_kek(&n, 0x11, 86400, (struct ip4){ 0xefc00101 });
	pull(&n, 0);
	ck_assert_uint_eq(lab.joined.a, 0xefc00101);
	ck_assert_uint_eq(COUNT(GDOI_GM_REKEY_TRANS_2_MULTI), 1);
	ck_assert(!info().kek.unicast);
	/* What is meant for members of another kind takes a number and does nothing. */
	push(0x11, 1, NULL, del, 2);
	memset(&n, 0, sizeof(n));
	add_tek(&n, 2000, 7000, 0, 1, ESP_AES256);
	push(0x11, 2, &n, NULL, 0);
	ck_assert_uint_eq(lab.g->count.push_ok, 2);
	ck_assert_uint_eq(sending(), 1000);
	ck_assert_uint_eq(lab.nsa, 1);
	n.sat[0].configured = 7200;
	push(0x11, 3, &n, NULL, 0);
	ck_assert_uint_eq(lab.nsa, 2);
	gm_clear(lab.gm);
	ck_assert_uint_eq(lab.joined.a, 0);
	ck_assert_uint_eq(COUNT(GDOI_GM_CLEAR_REGISTER), 1);
	lab_down();
}
END_TEST

START_TEST(kek_expires)
{
	struct news n = { 0 };

	lab_up();
	add_tek(&n, 1000, 7200, 7200, 1, ESP_AES256);
	add_kek(&n, 0x11, 600, (struct ip4){ 0 });
	pull(&n, 0);
	ck_assert_uint_ge(lab.gm->rereg_at, clock_now(lab.env.clock) + SEC(540));
	ck_assert_uint_le(lab.gm->rereg_at, clock_now(lab.env.clock) + SEC(570));
	run(SEC(601));
	ck_assert_uint_eq(COUNT(GDOI_GM_DELETE_EXPIRED_KEK), 1);
	ck_assert_uint_eq(COUNT(GDOI_GM_RE_REGISTER), 1);
	ck_assert_uint_eq(sending(), 1000);
	lab_down();
}
END_TEST

START_TEST(pseudotime)
{
	struct news n = { .sa = { .has_gap = true, .gap = { .has_pseudotime = true, .pseudotime = 5000000 } } }, m = n;

	lab_up();
	add_tek(&n, 1000, 7200, 7200, 1, ESP_AES256);
	n.sat[0].replay = 3;
	n.sat[0].window = 200;
	add_kek(&n, 0x11, 86400, (struct ip4){ 0 });
	pull(&n, 0);
	ck_assert_uint_eq(lab.pseudotime, 5000000);
	ck_assert(info().time_based);
	ck_assert_uint_eq(info().window, 20);
	run(SEC(1000));
	ck_assert_uint_eq(info().pseudotime, 6000000);
	add_tek(&m, 2000, 7200, 7200, 1, ESP_AES256);
	push(0x11, 1, &m, NULL, 0);		/* 1,000 s late: not taken */
	ck_assert_uint_eq(lab.g->count.push_pseudotime, 1);
	ck_assert_uint_eq(COUNT(GDOI_PSEUDO_TIME_TOO_OLD), 1);
	m.sa.gap.pseudotime = 5900000;
	push(0x11, 1, &m, NULL, 0);		/* a retransmission: taken, its time is not */
	ck_assert_uint_eq(lab.g->count.push_ok, 1);
	ck_assert_uint_eq(info().pseudotime, 6000000);
	m.sa.gap.pseudotime = 7000000;
	push(0x11, 2, &m, NULL, 0);
	ck_assert_uint_eq(info().pseudotime, 7000000);
	ck_assert_uint_eq(COUNT(GDOI_PSEUDO_TIME_LARGE), 1);
	lab_down();
}
END_TEST

/* ---- policy ---- */

enum bad { BAD_SPI, BAD_NULL, BAD_COMBINED, BAD_PRESERVE, BAD_SENDER, BAD_SELECTOR, BAD_SHARED, BAD_SETS, BAD_CIPHER, BAD_HASH,
	BAD_SIG, BAD_UDP, BAD_NOKEY, BAD_EXTRA, BAD_SIZE, BAD_TWICE, BAD_KEKSIZE, BAD_KEKONLY, BAD_NOKEK, BAD_NOSIG, BAD_PUB, BAD_MAX };

static const char *const reasons[BAD_MAX] = {
	[BAD_SPI] = "SAT 1: SPI 0x000000FF is reserved",
	[BAD_NULL] = "SAT 1: neither encryption nor integrity",
	[BAD_COMBINED] = "SAT 1: esp-gcm 256 together with esp-sha256-hmac",
	[BAD_PRESERVE] = "SAT 1: a tunnel that does not preserve both addresses",
	[BAD_SENDER] = "SAT 1: an SA for sending only",
	[BAD_SELECTOR] = "SAT 1: a selector of identity type 5",
	[BAD_SHARED] = "SATs differ about SPI 0x000003E8",
	[BAD_SETS] = "SAT 1: transform esp-256-aes esp-sha256-hmac is not among 'client transform-sets'",
	[BAD_CIPHER] = "rekey encryption aes 128 is not among 'client rekey encryption'",
	[BAD_HASH] = "rekey hash sha256 is not among 'client rekey hash'",
	[BAD_SIG] = "rekey signature algorithm 4",
	[BAD_UDP] = "rekeys over IP protocol 6",
	[BAD_NOKEY] = "SPI 0x000003E8: KD has no key packet for it",
	[BAD_EXTRA] = "KD: key packet for SPI 0x000007D0 without a SAT, or twice",
	[BAD_SIZE] = "SPI 0x000003E8: keys of 31 and 32 octets do not fit esp-256-aes esp-sha256-hmac",
	[BAD_TWICE] = "KD: key packet for SPI 0x000003E8 without a SAT, or twice",
	[BAD_KEKSIZE] = "KD: KEK_ALGORITHM_KEY of 31 octets, not 32",
	[BAD_KEKONLY] = "KD: a KEK packet without a SAK",
	[BAD_NOKEK] = "KD has no key packet for the SAK",
	[BAD_NOSIG] = "KD: SIG_ALGORITHM_KEY is missing",
	[BAD_PUB] = "KD: SIG_ALGORITHM_KEY is not an RSA public key",
};

static void spoil(struct news *n, enum bad b)
{
	struct cfg_transform_set *t;

	switch (b) {
	case BAD_SPI: n->sat[0].spi = 255; break;
	case BAD_NULL: n->sat[0].enc = ESP_NULL; n->sat[0].auth = ESP_AUTH_NONE; break;
	case BAD_COMBINED: n->sat[0].enc = ESP_GCM256; break;
	case BAD_PRESERVE: n->sat[0].preserve = 1; break;
	case BAD_SENDER: n->sat[0].direction = SAT_DIR_SENDER; break;
	case BAD_SELECTOR: n->sat[0].src.type = ID_IPV6; break;
	case BAD_SHARED:
		add_tek(n, 1000, 7000, 7200, 2, ESP_AES256);
		n->sat[1].auth = ESP_SHA1;
		break;
	case BAD_SETS:
		t = cfg_transform_set_add(cfg(), "TS");
		t->enc = ESP_AES128;
		t->auth = ESP_SHA1;
		str_copy(grp()->client_sets[0], CFG_NAME, "TS");
		break;
	case BAD_CIPHER: grp()->client_ciphers = 1u << CIPHER_AES256; break;
	case BAD_HASH: grp()->client_hashes = 1u << HASH_SHA512; break;
	case BAD_SIG: n->sa.sak.sig_alg = 4; break;
	case BAD_UDP: n->sa.sak.proto = 6; break;
	case BAD_NOKEY: n->kd.ntek = 0; break;
	case BAD_EXTRA: n->tek[1] = n->tek[0]; n->tek[1].spi = 2000; n->kd.ntek = 2; break;
	case BAD_SIZE: n->tek[0].key.n = 31; break;
	case BAD_TWICE: n->tek[1] = n->tek[0]; n->kd.ntek = 2; break;
	case BAD_KEKSIZE: n->kek.iv_key.n = 31; break;
	case BAD_KEKONLY: n->sa.has_sak = false; break;
	case BAD_NOKEK: n->kd.nkek = 0; break;
	case BAD_NOSIG: n->kek.sig_key.n = 0; break;
	case BAD_PUB: n->kek.sig_key = bytes_of(keys, 90); break;
	case BAD_MAX: break;
	}
}

START_TEST(refused)
{
	struct news n = { 0 };
	struct why why = { "" };

	lab_up();
	add_tek(&n, 1000, 7000, 7200, 1, ESP_AES256);
	add_kek(&n, 0x11, 86400, (struct ip4){ 0 });
	ck_assert(gm_sa_check(lab.gm, grp(), &n.sa, &why) && gm_kd_check(lab.gm, &n.sa, &n.kd, &why));
	spoil(&n, (enum bad)_i);
	ck_assert(!(gm_sa_check(lab.gm, grp(), &n.sa, &why) && gm_kd_check(lab.gm, &n.sa, &n.kd, &why)));
	ck_assert_str_eq(why.text, reasons[_i]);
	lab_down();
}
END_TEST

/* A TEK that is held cannot be given another key or transform. */
START_TEST(held)
{
	struct news n = { 0 };
	struct why why = { "" };
	const uint8_t other[32] = { 9 };

	lab_up();
	registered(1000, 7000, 7200);
	add_tek(&n, 1000, 7000, 7200, 1, ESP_AES256);
	ck_assert(gm_kd_check(lab.gm, &n.sa, &n.kd, &why));
	n.kd.ntek = 0;
	ck_assert(gm_kd_check(lab.gm, &n.sa, &n.kd, &why));
	n.kd.ntek = 1;
	n.tek[0].key = bytes_of(other, 32);
	ck_assert(!gm_kd_check(lab.gm, &n.sa, &n.kd, &why));
	ck_assert_str_eq(why.text, "SPI 0x000003E8: already held with other keys");
	lab_down();
}
END_TEST

static void acl(const char *name, const char *line)
{
	struct cfg_acl *a = cfg_acl_add(cfg(), name, false, NULL);
	char copy[200], *words[32];
	unsigned n = 0, bad;
	struct acl_ace ace;
	struct why why = { "" };

	str_copy(copy, sizeof(copy), line);
	for (char *w = strtok(copy, " "); w; w = strtok(NULL, " "))
		words[n++] = w;
	ck_assert_msg(acl_parse(words, n, false, &ace, &bad, &why), "%s", why.text);
	ck_assert(acl_add(a, 0, &ace, NULL, NULL));
}

/* Fail-close until registered; local deny entries stand before what is downloaded; deny entries travel too. */
START_TEST(modes)
{
	struct news n = { 0 };
	struct cfg_map *m;

	lab_up();
	ck_assert_int_eq(lab.mode, DP_OPEN);
	m = cfg_map(cfg(), "CM");
	acl("FC", "deny tcp any any eq 22");
	acl("LOCAL", "deny ip host 10.1.0.9 any");
	acl("LOCAL", "permit ip any any");
	acl("LOCAL", "deny tcp any range 5 9 any");
	m->fail_close.present = m->fail_close.activate = true;
	str_copy(m->fail_close.acl, CFG_NAME, "FC");
	str_copy(cfg_map_entry(m, 10)->acl, CFG_NAME, "LOCAL");
	sync_now();
	ck_assert_uint_eq(COUNT(GDOI_GM_ACL_PERMIT), 1);
	ck_assert_str_eq(gdoi_group_find(lab.g, "GET")->problem, "1 local access-list entry is of a kind that the data plane cannot use");
	ck_assert_int_eq(lab.mode, DP_CLOSED);
	ck_assert_uint_eq(lab.nace, 2);
	ck_assert(!lab.ace[0].permit && lab.ace[0].dport == 22 && lab.ace[1].permit && !lab.ace[1].src_mask.a);
	add_tek(&n, 1000, 7000, 7200, 1, ESP_AES256);
	add_tek(&n, 1000, 7000, 7200, 2, ESP_AES256);
	n.sat[0].protocol_id = SAT_PROTO_DENY;
	add_kek(&n, 0x11, 86400, (struct ip4){ 0 });
	pull(&n, 0);
	ck_assert_int_eq(lab.mode, DP_BOTH);
	ck_assert_uint_eq(lab.nace, 3);
	ck_assert(!lab.ace[0].permit && lab.ace[0].src.a == 0x0a010009 && !lab.ace[1].permit && lab.ace[2].permit);
	ck_assert_uint_eq(COUNT(GDOI_GM_ACL_MERGE), 1);
	n.sat[1].direction = SAT_DIR_RECEIVER;
	pull(&n, 0);
	ck_assert_int_eq(lab.mode, DP_RECEIVE_ONLY);
	ck_assert_uint_eq(COUNT(GDOI_GM_SA_INGRESS), 1);
	grp()->passive = true;
	sync_now();
	ck_assert_int_eq(lab.mode, DP_PASSIVE);
	grp()->passive = false;
	sync_now();
	n.sat[1].direction = SAT_DIR_SYMMETRIC;
	pull(&n, 0);
	ck_assert_uint_eq(COUNT(GDOI_GM_CONV_SA_DUPLEX), 1);
	run(SEC(7100));		/* keys over, policy kept */
	ck_assert_int_eq(lab.mode, DP_BOTH);
	grp()->failclose_revert = true;
	sync_now();
	ck_assert_int_eq(lab.mode, DP_CLOSED);
	lab_down();
}
END_TEST

START_TEST(dataplane_trouble)
{
	lab_up();
	lab.broken = true;
	registered(1000, 7000, 7200);
	ck_assert_uint_eq(COUNT(GDOI_GM_INSTALL_POLICIES_FAILED), 1);
	ck_assert_uint_eq(COUNT(GDOI_GM_INSTALL_POLICIES_SUCCESS), 0);
	ck_assert_uint_eq(COUNT(GDOI_GM_REGS_COMPL), 1);
	ck_assert_int_eq(info().state, GM_REGISTERED);
	ck_assert_str_eq(info().dataplane_problem, "no ESP");
	lab.absent = true;		/* not usable at all: the data plane says so, once */
	registered(1000, 7000, 7200);
	ck_assert_uint_eq(COUNT(GDOI_GM_INSTALL_POLICIES_FAILED), 1);
	lab.absent = lab.broken = false;
	registered(1000, 7000, 7200);
	ck_assert_uint_eq(COUNT(GDOI_GM_INSTALL_POLICIES_SUCCESS), 1);
	ck_assert_str_eq(info().dataplane_problem, "");
	lab_down();
}
END_TEST

START_TEST(recovery)
{
	lab_up();
	grp()->recovery_interval = 100;
	sync_now();
	registered(1000, 7200, 7200);
	run(SEC(350));
	ck_assert_uint_eq(COUNT(GDOI_GM_RECOVERY_REGISTRATION), 0);
	lab.errors = 3;
	run(SEC(100));
	ck_assert_uint_eq(COUNT(GDOI_GM_RECOVERY_REGISTRATION), 1);
	lab.ntried = 0;
	run(SEC(31));
	ck_assert_uint_ge(lab.ntried, 1);
	lab_down();
}
END_TEST

START_TEST(shown)
{
	struct gdoi_gm_info i;
	struct dp_counters c;
	unsigned n;

	lab_up();
	registered(1000, 7000, 7200);
	i = info();
	ck_assert_uint_eq(i.server.a, 0x0a000801);
	ck_assert_uint_eq(i.local.a, 0x0a000002);
	ck_assert_str_eq(i.map_if, "eth0");
	ck_assert_uint_eq(i.succeeded, 1);
	ck_assert(i.kek.present && i.kek.unicast);
	ck_assert_uint_eq(i.kek.sig_key_der, 294);
	ck_assert_uint_eq(i.kek.sig_size, 256);
	ck_assert_uint_eq(i.kek.left, 86400);
	ck_assert(i.last_rekey == UINT64_MAX);
	ck_assert_ptr_nonnull(gdoi_show_gm_acl(lab.g, "GET", &n));
	ck_assert_uint_eq(n, 1);
	ck_assert_uint_eq(gdoi_show_gm_pubkey(lab.g, "GET").n, 294);
	ck_assert(gdoi_show_gm_dataplane(lab.g, "GET", &c));
	ck_assert(!gdoi_show_gm(lab.g, "NONE", &i));
	ck_assert(!gdoi_show_gm_dataplane(lab.g, "NONE", &c));
	lab_down();
}
END_TEST

int main(void)
{
	Suite *s = suite_create("gdoi member");
	TCase *t = tcase_create("member");
	SRunner *r = srunner_create(s);
	int failed;

	tcase_set_timeout(t, 120);
	tcase_add_test(t, ring);
	tcase_add_test(t, incomplete);
	tcase_add_loop_test(t, reregister_time, 0, 9);
	tcase_add_test(t, reregister_bounded);
	tcase_add_test(t, rollover);
	tcase_add_test(t, activation_delay);
	tcase_add_test(t, overlap);
	tcase_add_test(t, per_entry);
	tcase_add_loop_test(t, removal, 0, sizeof(slts) / sizeof(slts[0]));
	tcase_add_test(t, removal_now);
	tcase_add_test(t, removal_forged);
	tcase_add_loop_test(t, replace, 0, 3);
	tcase_add_test(t, removal_ignored);
	tcase_add_test(t, start_over);
	tcase_add_test(t, delete_one);
	tcase_add_test(t, sequence);
	tcase_add_test(t, acknowledged);
	tcase_add_test(t, multicast);
	tcase_add_test(t, kek_expires);
	tcase_add_test(t, pseudotime);
	tcase_add_loop_test(t, refused, 0, BAD_MAX);
	tcase_add_test(t, held);
	tcase_add_test(t, modes);
	tcase_add_test(t, dataplane_trouble);
	tcase_add_test(t, recovery);
	tcase_add_test(t, shown);
	suite_add_tcase(s, t);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
