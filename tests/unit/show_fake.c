/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <check.h>
#include <stdlib.h>
#include "gdoi/gdoi.h"
#include "tests/unit/show_fake.h"

struct fake fake;

/* ---- what gdoi/ and isakmp/ would say ---- */

void gdoi_show_groups(const struct gdoi *g, bool (*fn)(void *arg, const struct gdoi_group_info *i), void *arg)
{
	for (unsigned n = 0; n < fake.ngroup && fn(arg, &fake.group[n]); n++)
		;
}

bool gdoi_show_group(const struct gdoi *g, const char *name, struct gdoi_group_info *out)
{
	for (unsigned n = 0; n < fake.ngroup; n++)
		if (strcmp(fake.group[n].name, name) == 0) {
			*out = fake.group[n];
			return true;
		}
	return false;
}

static bool has_role(const char *group, enum gdoi_role role)
{
	struct gdoi_group_info i;

	return gdoi_show_group(NULL, group, &i) && i.role == role;
}

bool gdoi_show_ks(const struct gdoi *g, const char *group, struct gdoi_ks_info *out)
{
	*out = fake.ks;
	return has_role(group, GDOI_ROLE_KS);
}

void gdoi_show_ks_teks(const struct gdoi *g, const char *group, bool (*fn)(void *arg, const struct gdoi_tek_info *t), void *arg)
{
	for (unsigned n = 0; n < fake.nks_tek && fn(arg, &fake.ks_tek[n]); n++)
		;
}

void gdoi_show_members(const struct gdoi *g, const char *group, bool (*fn)(void *arg, const struct gdoi_member_info *m), void *arg)
{
	for (unsigned n = 0; n < fake.nmember && fn(arg, &fake.member[n]); n++)
		;
}

bool gdoi_show_member(const struct gdoi *g, const char *group, struct ip4 id, struct gdoi_member_info *out)
{
	for (unsigned n = 0; n < fake.nmember; n++)
		if (ip4_eq(fake.member[n].id, id)) {
			*out = fake.member[n];
			return true;
		}
	return false;
}

bool gdoi_show_gm(const struct gdoi *g, const char *group, struct gdoi_gm_info *out)
{
	*out = fake.gm;
	return has_role(group, GDOI_ROLE_GM);
}

void gdoi_show_gm_teks(const struct gdoi *g, const char *group, bool (*fn)(void *arg, const struct gdoi_tek_info *t), void *arg)
{
	for (unsigned n = 0; n < fake.ngm_tek && fn(arg, &fake.gm_tek[n]); n++)
		;
}

const struct dp_ace *gdoi_show_gm_acl(const struct gdoi *g, const char *group, unsigned *n)
{
	*n = fake.nace;
	return fake.ace;
}

struct bytes gdoi_show_gm_pubkey(const struct gdoi *g, const char *group)
{
	return fake.pubkey;
}

void gdoi_show_rekey_sas(const struct gdoi *g, const char *group, bool (*fn)(void *arg, const struct gdoi_rekey_sa_info *i), void *arg)
{
	for (unsigned n = 0; n < fake.nrekey && fn(arg, &fake.rekey[n]); n++)
		;
}

bool gdoi_show_gm_dataplane(const struct gdoi *g, const char *group, struct dp_counters *out)
{
	*out = fake.dp;
	return true;
}

void gdoi_show_gm_sas(const struct gdoi *g, const char *group, bool (*fn)(void *arg, const struct dp_sa_info *i), void *arg)
{
	if (fake.dp_sa.ifname[0])
		fn(arg, &fake.dp_sa);
}

void gdoi_show_counters(const struct gdoi *g, struct gdoi_counters *out)
{
	*out = (struct gdoi_counters){ .pull_in = 3, .push_replayed = 1 };
}

const struct gdoi_feature gdoi_features[] = {
	{ "gm-removal", { 1, 0, 2 } }, { "policy-replace", { 1, 0, 2 } }, { "suite-b", { 0, 0, 0 } }, { NULL, { 0, 0, 0 } },
};

void isakmp_show_sas(const struct isakmp *ik, bool (*fn)(void *arg, const struct isakmp_sa_info *i), void *arg)
{
	for (unsigned n = 0; n < fake.nsa && fn(arg, &fake.sa[n]); n++)
		;
}

void isakmp_show_counters(const struct isakmp *ik, struct isakmp_counters *out)
{
	*out = (struct isakmp_counters){ .in = 12, .out = 11, .malformed = 2, .established = 1 };
}

bool coop_show_group(const struct coop *c, const char *group, struct coop_group_info *out)
{
	*out = fake.coop;
	return fake.has_coop;
}

void coop_show_peers(const struct coop *c, const char *group, bool (*fn)(void *arg, const struct coop_peer_info *p), void *arg)
{
	for (unsigned n = 0; n < fake.ncoop_peer && fn(arg, &fake.coop_peer[n]); n++)
		;
}

void coop_show_mismatch(const struct coop *c, const char *group, struct ip4 peer, struct text *out)
{
	if (fake.coop_differs)
		text_add(out, fake.coop_differs);
}

unsigned coop_show_waits(const struct coop *c, const char *group, struct text *out)
{
	unsigned n = 0;

	for (unsigned i = 0; i < fake.ncoop_peer; i++)
		if (!fake.coop_peer[i].alive)
			text_printf(out, "%s%s", n++ ? ", " : "", ip4_s(fake.coop_peer[i].address));
	return n;
}

/* ---- the device ---- */

void device_open(struct device *d)
{
	memset(&fake, 0, sizeof(fake));
	memset(d, 0, sizeof(*d));
	d->env.clock = clock_new_virtual(SEC(1000), SEC(UINT64_C(1711099471)));	/* 09:24:31 UTC Mar 22 2024 */
	d->deps = (struct cli_deps){ .env = &d->env, .config = config_new(NULL), .version = "0.1.0" };
	d->show = (struct show){ .out = &d->out, .d = &d->deps };
}

void device_close(struct device *d)
{
	config_free(d->deps.config);
	clock_free(d->env.clock);
	text_free(&d->out);
	free(fake.member);
	fake.member = NULL;
}

struct cfg *device_cfg(struct device *d)
{
	return config_running(d->deps.config);
}

static void group_named(const char *name, enum gdoi_role role)
{
	struct gdoi_group_info *i = &fake.group[fake.ngroup++];

	str_copy(i->name, sizeof(i->name), name);
	i->role = role;
	i->unicast = true;
	i->has_id = true;
	i->id.number = 1223;
}

static const uint8_t spi[GDOI_SPI] = { 0xEE, 0xB0, 0xE9, 0xA2, 0xBB, 0xD4, 0xC7, 0x1A, 0xF1, 0x03, 0x4F, 0x6B, 0x24, 0xEB,
	0x80, 0x22 };

static struct gdoi_kek_info kek(void)
{
	struct gdoi_kek_info k = { .present = true, .cipher = CIPHER_AES256, .sig_hash = HASH_SHA1, .key_size = 32,
		.iv_size = 16, .sig_key_der = 550, .sig_size = 512, .lifetime = 1200, .left = 787, .time_to_rekey = 552,
		.ack = ACK_CISCO, .unicast = true };

	memcpy(k.spi, spi, sizeof(spi));
	str_copy(k.sig_key_name, sizeof(k.sig_key_name), "REKEYRSA");
	return k;
}

static struct gdoi_tek_info tek(uint32_t number, uint32_t left, uint32_t elapsed, uint32_t to_rekey)
{
	struct gdoi_tek_info t = { .sa_number = 1, .spi = number, .enc = ESP_AES256, .auth = ESP_SHA256, .lifetime = 600,
		.left = left, .elapsed = elapsed, .time_to_rekey = to_rekey, .replay = 2, .window = 64 };

	str_copy(t.acl, sizeof(t.acl), "acl1");
	str_copy(t.profile, sizeof(t.profile), "gdoi-p");
	return t;
}

static struct acl_ace parsed(const char *text)
{
	char line[128], *word[16], *save = NULL;
	struct acl_ace ace;
	unsigned n = 0, bad;
	struct why *none = NULL;

	str_copy(line, sizeof(line), text);
	for (char *w = strtok_r(line, " ", &save); w && n < 16; w = strtok_r(NULL, " ", &save))
		word[n++] = w;
	ck_assert(acl_parse(word, n, false, &ace, &bad, none));
	return ace;
}

void device_key_server(struct device *d)
{
	struct cfg *c = device_cfg(d);
	struct cfg_group *g = cfg_group_add(c, "getvpn1");
	struct cfg_acl *a = cfg_acl_add(c, "acl1", false, NULL);
	struct acl_ace ace;
	struct cfg_sa *sa;

	ace = parsed("deny udp any eq 848 any eq 848");
	acl_add(a, 0, &ace, NULL, NULL);
	acl_add(a, 0, NULL, "a remark", NULL);
	ace = parsed("permit ip 10.0.0.0 0.255.255.255 host 11.23.33.33");
	acl_add(a, 0, &ace, NULL, NULL);
	cfg_ipsec_profile_add(c, "gdoi-p")->lifetime = 600;
	g->ks.present = true;
	g->ks.unicast = true;
	g->ks.rekey_lifetime = 1200;
	g->ks.retransmit = 40;
	g->ks.retransmits = 3;
	sa = cfg_sa_add(&g->ks, 1);
	str_copy(sa->profile, sizeof(sa->profile), "gdoi-p");
	str_copy(sa->acl, sizeof(sa->acl), "acl1");
	group_named("getvpn1", GDOI_ROLE_KS);
	fake.ks = (struct gdoi_ks_info){ .address = { 0x01010101 }, .kek = kek(), .retransmit = 40, .retransmits = 3,
		.rekeys_sent = 60, .rekeys_retransmitted = 8, .last_duration_ms = 10000, .registrations_after_rekey = 1 };
	fake.ks_tek[0] = tek(0xEE021924, 188, 412, 62);
	fake.ks_tek[1] = tek(0x3A14695B, 0, 887, UINT32_MAX);
	fake.nks_tek = 2;
}

static struct dp_ace entry(bool permit, uint8_t proto, uint32_t src, int sbits, uint16_t sport, uint32_t dst, int dbits,
	uint16_t dport)
{
	return (struct dp_ace){ .permit = permit, .proto = proto, .src = { src }, .src_mask = ip4_mask((unsigned)sbits),
		.dst = { dst }, .dst_mask = ip4_mask((unsigned)dbits), .sport = sport, .dport = dport };
}

void device_member(struct device *d)
{
	struct cfg_group *g = cfg_group_add(device_cfg(d), "getvpn1");

	g->servers[0] = (struct ip4){ 0x01010101 };
	g->servers[1] = (struct ip4){ 0x01010102 };
	group_named("getvpn1", GDOI_ROLE_GM);
	fake.group[0].rekeys_received = 25;
	fake.gm = (struct gdoi_gm_info){ .local = { 0x03030101 }, .server = { 0x01010101 }, .state = GM_REGISTERED,
		.version = { 1, 0, 2 }, .reregisters_in = 449, .succeeded = 1, .attempted = 1,
		.last_rekey_from = { 0x01010101 }, .rekeys = 25, .rekeys_after_reg = 25, .acks_sent = 25, .last_rekey = SEC(90),
		.active_teks = 2, .mode = DP_BOTH, .kek = kek() };
	str_copy(fake.gm.map_if, sizeof(fake.gm.map_if), "eth1");
	fake.gm_tek[0] = tek(0x5A69F51E, 510, UINT32_MAX, 0);
	fake.gm_tek[1] = tek(0xF553AC4C, 35, UINT32_MAX, 0);
	fake.ngm_tek = 2;
	fake.ace[0] = entry(false, 50, 0, 0, 0, 0, 0, 0);
	fake.ace[1] = entry(false, 6, 0, 0, 179, 0, 0, 0);
	fake.ace[2] = entry(false, 89, 0, 0, 0, 0, 0, 0);
	fake.ace[3] = entry(false, 0, 0x0B172121, 32, 0, 0x18363737, 32, 0);
	fake.ace[4] = entry(true, 0, 0x19190000, 16, 0, 0x0F0F0000, 16, 0);
	fake.nace = 5;
}

void device_says(struct device *d, const char *want)
{
	const char *got = text_str(&d->out), *w = want, *g = got;
	unsigned line = 1;

	if (strcmp(want, got) == 0) {
		text_clear(&d->out);
		return;
	}
	while (*w && *w == *g) {
		line += *w == '\n';
		w++;
		g++;
	}
	while (w > want && w[-1] != '\n') {
		w--;
		g--;
	}
	ck_abort_msg("line %u: want |%.*s| got |%.*s|\n%s", line, (int)strcspn(w, "\n"), w, (int)strcspn(g, "\n"), g, got);
}
