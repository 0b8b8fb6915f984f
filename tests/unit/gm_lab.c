/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gm_lab.h"
#include "crypto_rsa_kat.h"
#include "gdoi_kat.h"
#include "lib/pool.h"

struct lab lab;

/* ---- fakes ---- */

struct fake_sa *lab_sa(uint32_t spi)
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
	ck_assert_ptr_null(lab_sa(sa->spi));
	lab.sa[lab.nsa++] = (struct fake_sa){ sa->spi, sa->family, false, sa->remaining };
	return true;
}

static void dp_ends(struct dataplane *dp, const char *group, uint32_t spi, uint64_t remaining)
{
	struct fake_sa *s = lab_sa(spi);

	(void)dp, (void)group;
	if (s)
		s->remaining = remaining;
}

static bool dp_out(struct dataplane *dp, const char *group, uint32_t spi, struct why *why)
{
	struct fake_sa *s = lab_sa(spi);

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
	struct fake_sa *s = lab_sa(spi);

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

struct cfg *lab_cfg(void)
{
	return config_running(lab.config);
}

struct cfg_group *lab_group(void)
{
	return cfg_group_add(lab_cfg(), "GET");
}

void lab_sync(void)
{
	struct gdoi_group *gr = gdoi_group_find(lab.g, "GET");

	gm_sync(lab.gm, lab_group(), gr->problem, sizeof(gr->problem));
}

static void configure(void)
{
	struct cfg_map *m = cfg_map_add(lab_cfg(), "CM");
	struct cfg_interface *i = cfg_interface_add(lab_cfg(), "eth0");

	lab_group()->identity = 1;
	lab_group()->identity_number = 1223;
	lab_group()->servers[0].a = 0x0a000801;
	lab_group()->servers[1].a = 0x0a000901;
	str_copy(cfg_map_entry_add(m, 10)->group, CFG_NAME, "GET");
	str_copy(i->map, CFG_NAME, "CM");
}

void lab_up(void)
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
	lab_sync();
}

void lab_down(void)
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

void lab_run_to(uint64_t t)
{
	for (unsigned i = 0; i < 200000 && timers_next(lab.env.timers) <= t; i++) {
		if (timers_next(lab.env.timers) > clock_now(lab.env.clock))
			clock_advance(lab.env.clock, timers_next(lab.env.timers));
		timers_run(lab.env.timers);
	}
	ck_assert(timers_next(lab.env.timers) > t);
	clock_advance(lab.env.clock, t);
}

void lab_run(uint64_t us)
{
	lab_run_to(clock_now(lab.env.clock) + us);
}

/* ---- what a key server sends ---- */

const uint8_t lab_keys[96] = { 1, 2, 3, 4, 5, 6, 7 };

/* One permit per call, 10.NET/16 to 10/8; the KD packet once per SPI. */
void news_tek(struct news *n, uint32_t spi, uint32_t left, uint32_t configured, unsigned netw, enum esp_enc enc)
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
	n->tek[n->kd.ntek++] = (struct gdoi_kd_tek){ .spi = spi, .key = bytes_of(lab_keys, esp_enc_alg(enc)->key),
		.auth_key = gcm ? BYTES_NONE : bytes_of(lab_keys, 32) };
}

void news_kek(struct news *n, uint8_t id, uint32_t lifetime, struct ip4 dst)
{
	n->sa.has_sak = true;
	n->sa.sak = (struct gdoi_sak){ .proto = 17, .src = { .type = ID_IPV4, .ip = { 0x0a000801 } },
		.dst = { .type = ID_IPV4, .ip = dst }, .cipher = CIPHER_AES128, .sig_hash = HASH_SHA256, .sig_alg = 1,
		.sig_key_bits = 2048, .lifetime = lifetime, .ack = SAK_ACK_KEK_SHA256 };
	memset(n->sa.sak.spi, id, GDOI_SPI);
	n->kek = (struct gdoi_kd_kek){ .iv_key = bytes_of(lab_keys, 32), .sig_key = unhex(&n->spki, kat_rekey_pubkey_spki_der) };
	memset(n->kek.spi, id, GDOI_SPI);
	n->kd.kek = &n->kek;
	n->kd.nkek = 1;
}

void lab_pull(struct news *n, uint32_t seq)
{
	const struct gm_news news = { .sa = &n->sa, .kd = &n->kd, .pull = true, .seq = seq, .server = { 0x0a000801 } };
	struct why why = { "" };

	ck_assert_msg(gm_sa_check(lab.gm, lab_group(), &n->sa, &why), "%s", why.text);
	ck_assert_msg(gm_kd_check(lab.gm, &n->sa, &n->kd, &why), "%s", why.text);
	gm_pull_stop(lab.gm);
	gm_attempt_done(lab.gm, news.server);
	lab.gm->peer_gdoix = true;
	gm_install(lab.gm, &news);
}

/* Registered: one TEK of 'left' seconds and a KEK. */
void lab_registered(uint32_t spi, uint32_t left, uint32_t configured)
{
	struct news n = { 0 };

	news_tek(&n, spi, left, configured, 1, ESP_AES256);
	news_kek(&n, 0x11, 86400, (struct ip4){ 0x0a000002 });
	lab_pull(&n, 0);
}

struct secret lab_make_push(uint8_t kek_id, uint32_t seq, const struct news *n, const struct gdoi_delete *del, unsigned ndel,
	bool good_sig)
{
	static const struct gdoi_wire own = { .private_ok = true };
	struct kek k = { .cipher = CIPHER_AES128, .sig_hash = HASH_SHA256, .iv = secret_copy(bytes_of(lab_keys, 16)),
		.key = secret_copy(bytes_of(lab_keys + 16, 16)) };
	const struct push_build b = { .kek = &k, .wire = &own, .seq = seq, .del = del, .ndel = ndel, .sa = n ? &n->sa : NULL,
		.kd = n && (n->sa.nsat || n->sa.has_sak) ? &n->kd : NULL };
	struct hex der;
	uint8_t sig[512];
	struct rsa_key *key;
	struct push_draft d;
	struct secret out;
	size_t nsig = 0;

	memset(k.spi, kek_id, GDOI_SPI);
	key = rsa_from_der(unhex(&der, rsa_pkcs1_der));
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

void lab_deliver(const struct secret *s, uint32_t to)
{
	const struct datagram d = { { { 0x0a000801 }, 848 }, { { to }, 848 }, secret_bytes(s) };
	struct isakmp_hdr h;

	if (isakmp_hdr_decode(d.body, &h, NULL))
		gm_push_in(lab.g, &d, &h);
}

void lab_push(uint8_t kek_id, uint32_t seq, const struct news *n, const struct gdoi_delete *del, unsigned ndel)
{
	struct secret s = lab_make_push(kek_id, seq, n, del, ndel, true);

	lab_deliver(&s, 0x0a000002);
	secret_free(&s);
}

uint32_t lab_sending(void)
{
	uint32_t spi = 0;

	for (unsigned i = 0; i < lab.nsa; i++)
		if (lab.sa[i].out)
			spi = lab.sa[i].spi;
	return spi;
}

struct gdoi_gm_info lab_info(void)
{
	struct gdoi_gm_info i;

	ck_assert(gdoi_show_gm(lab.g, "GET", &i));
	return i;
}
