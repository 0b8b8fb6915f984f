/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the configuration means to a key server: problems, the fifteen changes that wait for a rekey, time-based replay. */
#include "gdoi/policy.h"
#include "lib/text.h"
#include "lib/why.h"
#include "lib/wire.h"
#include "tests/sim/sim.h"

typedef void change(struct sim_dev *d, struct cfg *c);

static struct cfg_sa *sa1(struct cfg *c)
{
	return cfg_sa(sim_ks_cfg(c), 1);
}

/* The rows of table 1 of Cisco's GM-removal guide. */
static void tek_lifetime(struct sim_dev *d, struct cfg *c)
{
	cfg_ipsec_profile(c, "PROF")->lifetime = 3600;
}
static void transform_set(struct sim_dev *d, struct cfg *c)
{
	cfg_transform_set(c, "AES")->enc = ESP_AES256;
}
static void profile(struct sim_dev *d, struct cfg *c)
{
	struct cfg_ipsec_profile *p = cfg_ipsec_profile_add(c, "PROF2");

	p->lifetime = 7200;
	str_copy(p->sets[0], CFG_NAME, "AES");
	str_copy(sa1(c)->profile, CFG_NAME, "PROF2");
}
static void matching_acl(struct sim_dev *d, struct cfg *c)
{
	sim_acl(c, "POLICY", "permit ip 192.168.0.0 0.0.255.255 any");
}
static void counter_off(struct sim_dev *d, struct cfg *c)
{
	sa1(c)->replay = REPLAY_NONE;
}
static void counter_value(struct sim_dev *d, struct cfg *c)
{
	sa1(c)->counter_window = 512;
}
static void counter_on(struct sim_dev *d, struct cfg *c)
{
	sa1(c)->replay = REPLAY_COUNTER;
}
static void tbar_on(struct sim_dev *d, struct cfg *c)
{
	sa1(c)->replay = REPLAY_TIME;
	sa1(c)->time_window = 20;
}
static void tbar_window(struct sim_dev *d, struct cfg *c)
{
	sa1(c)->time_window = 40;
}
static void tbar_off(struct sim_dev *d, struct cfg *c)
{
	sa1(c)->replay = REPLAY_COUNTER;
}
static void receive_only_on(struct sim_dev *d, struct cfg *c)
{
	sim_ks_cfg(c)->receive_only = true;
}
static void receive_only_off(struct sim_dev *d, struct cfg *c)
{
	sim_ks_cfg(c)->receive_only = false;
}
static void kek_lifetime(struct sim_dev *d, struct cfg *c)
{
	sim_ks_cfg(c)->rekey_lifetime = 43200;
}
static void kek_key(struct sim_dev *d, struct cfg *c)
{
	struct why why;

	if (!config_key(d->config, "REKEY2"))
		ck_assert(config_key_put(d->config, "REKEY2", sim_rsa(1), false, 0, &why));
	str_copy(sim_ks_cfg(c)->rekey_key, CFG_NAME, "REKEY2");
}
static void kek_algorithm(struct sim_dev *d, struct cfg *c)
{
	sim_ks_cfg(c)->rekey_cipher = CIPHER_AES256;
}

static void nothing(struct sim_dev *d, struct cfg *c)
{
}

static void hostname(struct sim_dev *d, struct cfg *c)
{
	str_copy(c->hostname, sizeof(c->hostname), "KS9");
}

/* Fifteen rows, one after the other on one running group: each is told once, sends nothing, and goes out when told to. */
START_TEST(fifteen_changes)
{
	static change *const row[] = { tek_lifetime, transform_set, profile, matching_acl, counter_off, counter_on,
		counter_value, tbar_on, tbar_window, tbar_off, receive_only_on, receive_only_off, kek_lifetime, kek_key,
		kek_algorithm };
	struct sim *s = sim_new(30);
	struct sim_dev *ks = sim_add(s, "KS", "10.0.8.1", sim_ks, NULL), *gm = sim_add(s, "GM1", "10.0.0.2", sim_gm, NULL);
	struct why why = { "" };

	sim_start(ks);
	sim_start(gm);
	sim_assert(s, sim_until(s, sim_all_registered, s, SEC(60)), "not registered");
	for (unsigned i = 0; i < 15; i++) {
		uint64_t told = sim_count(ks, MSG_GDOI_POLICY_CHANGE), got = sim_count(gm, MSG_GDOI_GM_RECV_REKEY);

		sim_config(ks, row[i]);
		sim_assert(s, sim_count(ks, MSG_GDOI_POLICY_CHANGE) == told + 1, "row %u not told", i + 1);
		sim_config(ks, hostname);
		sim_config(ks, nothing);
		sim_assert(s, sim_count(ks, MSG_GDOI_POLICY_CHANGE) == told + 1, "row %u told twice", i + 1);
		ck_assert(sim_ks_info(ks).pending_change);
		sim_run(s, SEC(20));
		sim_assert(s, sim_count(gm, MSG_GDOI_GM_RECV_REKEY) == got, "row %u sent by itself", i + 1);
		sim_assert(s, gdoi_ks_rekey(ks->gdoi, GROUP, REKEY_POLICY, &why), "row %u: %s", i + 1, why.text);
		sim_run(s, SEC(20));
		sim_assert(s, sim_count(gm, MSG_GDOI_GM_RECV_REKEY) == got + 1, "row %u not received", i + 1);
		ck_assert(!sim_ks_info(ks).pending_change);
	}
	ck_assert_uint_eq(sim_count(gm, MSG_GDOI_GM_REGS_COMPL), 1);
	sim_free(s);
}
END_TEST

static void undone(struct sim_dev *d, struct cfg *c)
{
	kek_algorithm(d, c);
	config_changed(d->config);
	sim_ks_cfg(c)->rekey_cipher = CIPHER_AES128;
}

static void back(struct sim_dev *d, struct cfg *c)
{
	sim_ks_cfg(c)->rekey_cipher = CIPHER_AES128;
}

START_TEST(undone_change)
{
	struct sim *s = sim_new(31);
	struct sim_dev *ks = sim_add(s, "KS", "10.0.8.1", sim_ks, NULL), *gm = sim_add(s, "GM1", "10.0.0.2", sim_gm, NULL);

	sim_start(ks);
	sim_start(gm);
	sim_assert(s, sim_until(s, sim_all_registered, s, SEC(60)), "not registered");
	sim_config(ks, undone);
	ck_assert_uint_eq(sim_count(ks, MSG_GDOI_POLICY_CHANGE), 0);
	ck_assert(!sim_ks_info(ks).pending_change);
	sim_config(ks, kek_algorithm);
	ck_assert_uint_eq(sim_count(ks, MSG_GDOI_POLICY_CHANGE), 1);
	sim_config(ks, back);
	ck_assert_uint_eq(sim_count(ks, MSG_GDOI_POLICY_CHANGE), 1);
	ck_assert(!sim_ks_info(ks).pending_change);
	sim_free(s);
}
END_TEST

static void later_key(struct sim_dev *d, struct cfg *c)
{
	sim_ks(d, c);
	str_copy(sim_ks_cfg(c)->rekey_key, CFG_NAME, "LATER");
}

/* The key pair comes after the startup-config was loaded, with and without members there: registration gives the KEK. */
START_TEST(key_comes_later)
{
	struct sim *s = sim_new(36);
	struct sim_dev *ks = sim_add(s, "KS", "10.0.8.1", later_key, NULL), *a = sim_add(s, "GM1", "10.0.0.2", sim_gm, NULL),
		       *b = sim_add(s, "GM2", "10.0.0.3", sim_gm, NULL);
	struct gdoi_gm_info i;
	struct why why;

	sim_start(ks);
	sim_start(a);
	sim_assert(s, sim_until(s, sim_all_registered, s, SEC(60)), "not registered");
	ck_assert(!sim_ks_info(ks).kek.present);
	ck_assert(config_key_put(ks->config, "LATER", sim_rsa(2), false, 0, &why));
	config_changed(ks->config);
	sim_run(s, SEC(1));
	ck_assert(sim_ks_info(ks).kek.present);
	ck_assert(!sim_ks_info(ks).pending_change);
	sim_start(b);
	sim_assert(s, sim_until(s, sim_all_registered, s, SEC(60)), "not registered");
	ck_assert(gdoi_show_gm(b->gdoi, GROUP, &i));
	ck_assert(i.kek.present);
	ck_assert_uint_eq(a->dp.out, b->dp.out);
	sim_run(s, SEC(2 * 7200));
	ck_assert_uint_eq(sim_count(b, MSG_GDOI_GM_RECV_REKEY), 2);
	ck_assert(gdoi_show_gm(a->gdoi, GROUP, &i));
	ck_assert(i.kek.present);		/* since it registered again */
	ck_assert_uint_eq(a->dp.gaps + b->dp.gaps, 0);
	sim_free(s);
}
END_TEST

/* Zeroized and made anew under the same label: who has the old public key cannot be told, and is back before its keys end. */
START_TEST(key_replaced)
{
	struct sim *s = sim_new(38);
	struct sim_dev *ks = sim_add(s, "KS", "10.0.8.1", sim_ks, NULL), *gm = sim_add(s, "GM1", "10.0.0.2", sim_gm, NULL);
	struct why why = { "" };
	uint64_t missing;

	sim_start(ks);
	sim_start(gm);
	sim_assert(s, sim_until(s, sim_all_registered, s, SEC(60)), "not registered");
	ck_assert(config_key_del(ks->config, "REKEY", &why));
	config_changed(ks->config);
	config_closed(ks->config);
	sim_run(s, SEC(1));
	missing = sim_count(ks, MSG_GDOI_KS_NO_RSA_KEYS);
	ck_assert_uint_ge(missing, 1);
	ck_assert(!gdoi_ks_rekey(ks->gdoi, GROUP, REKEY_POLICY, &why));
	ck_assert(config_key_put(ks->config, "REKEY", sim_rsa(1), false, 0, &why));
	config_changed(ks->config);
	config_closed(ks->config);
	sim_run(s, SEC(1));
	ck_assert(gdoi_ks_rekey(ks->gdoi, GROUP, REKEY_POLICY, &why));
	ck_assert_str_eq(why.text, "1 member cannot be told, the RSA key that they verify with is gone");
	sim_run(s, SEC(60));
	ck_assert_uint_eq(sim_count(ks, MSG_GDOI_KS_NO_RSA_KEYS), missing);
	ck_assert_uint_eq(sim_count(ks, MSG_GDOI_KS_REKEY_FAILED), 1);
	ck_assert_uint_eq(sim_count(gm, MSG_GDOI_GM_RECV_REKEY), 0);
	sim_run(s, SEC(3 * 7200));
	ck_assert_uint_eq(sim_count(gm, MSG_GDOI_GM_REGS_COMPL), 2);
	ck_assert_uint_ge(sim_count(gm, MSG_GDOI_GM_RECV_REKEY), 2);
	ck_assert_uint_eq(sim_count(ks, MSG_GDOI_KS_REKEY_FAILED), 2);	/* the scheduled one before it was back */
	ck_assert_uint_eq(gm->dp.gaps, 0);
	sim_free(s);
}
END_TEST

/* With nobody registered a change is active at once. */
START_TEST(change_without_members)
{
	struct sim *s = sim_new(37);
	struct sim_dev *ks = sim_add(s, "KS", "10.0.8.1", sim_ks, NULL);

	sim_start(ks);
	sim_run(s, SEC(1));
	sim_config(ks, kek_algorithm);
	ck_assert_uint_eq(sim_count(ks, MSG_GDOI_POLICY_CHANGE), 1);
	ck_assert(!sim_ks_info(ks).pending_change);
	ck_assert_int_eq(sim_ks_info(ks).kek.cipher, CIPHER_AES256);
	sim_free(s);
}
END_TEST

static void ks_aes256(struct sim_dev *d, struct cfg *c)
{
	sim_ks(d, c);
	if (d->arg)
		transform_set(d, c);
}

static bool enc_is(void *arg, const struct gdoi_tek_info *t)
{
	*(enum esp_enc *)arg = t->enc;
	return false;
}

/* A restart between change and rekey: still pending, still the old policy on the wire; the next scheduled rekey takes it. */
START_TEST(pending_over_restart)
{
	struct sim *s = sim_new(32);
	struct sim_dev *ks = sim_add(s, "KS", "10.0.8.1", ks_aes256, NULL), *gm = sim_add(s, "GM1", "10.0.0.2", sim_gm, NULL);
	enum esp_enc enc;

	sim_start(ks);
	sim_start(gm);
	sim_assert(s, sim_until(s, sim_all_registered, s, SEC(60)), "not registered");
	sim_run(s, SEC(10));		/* the member database is written a few seconds later */
	sim_config(ks, transform_set);
	ck_assert_uint_eq(sim_count(ks, MSG_GDOI_POLICY_CHANGE), 1);
	ks->arg = ks;			/* written to startup-config meanwhile */
	sim_stop(ks, false);
	sim_start(ks);
	sim_run(s, SEC(5));
	ck_assert(sim_ks_info(ks).pending_change);
	gdoi_show_ks_teks(ks->gdoi, GROUP, enc_is, &enc);
	ck_assert_int_eq(enc, ESP_AES128);
	sim_run(s, SEC(7200));
	ck_assert(!sim_ks_info(ks).pending_change);
	gdoi_show_ks_teks(ks->gdoi, GROUP, enc_is, &enc);
	ck_assert_int_eq(enc, ESP_AES256);
	ck_assert_uint_eq(sim_count(gm, MSG_GDOI_GM_REGS_COMPL), 1);
	ck_assert_uint_eq(gm->dp.gaps, 0);
	sim_free(s);
}
END_TEST

static void tbar(struct sim_dev *d, struct cfg *c)
{
	sim_ks(d, c);
	tbar_on(d, c);
	cfg_ipsec_profile(c, "PROF")->lifetime = 28800;
}

/* 'replay time': pseudotime in PULL and PUSH, a rekey at least every 7,200 s under an 8-hour TEK. */
START_TEST(time_based)
{
	struct sim *s = sim_new(33);
	struct sim_dev *ks = sim_add(s, "KS", "10.0.8.1", tbar, NULL), *gm = sim_add(s, "GM1", "10.0.0.2", sim_gm, NULL);
	struct gdoi_gm_info i;
	uint64_t pt;

	sim_start(ks);
	sim_start(gm);
	sim_assert(s, sim_until(s, sim_all_registered, s, SEC(60)), "not registered");
	ck_assert(gdoi_show_gm(gm->gdoi, GROUP, &i));
	ck_assert(i.time_based);
	ck_assert_uint_eq(i.window, 20);
	ck_assert_uint_le(sim_ks_info(ks).sync_left, 7200);
	sim_run(s, SEC(7210));
	ck_assert_uint_eq(sim_count(ks, MSG_GDOI_KS_SEND_UNICAST_REKEY), 1);
	ck_assert_uint_eq(gm->dp.nsa, 1);	/* the same TEK: only the clock was set */
	sim_run(s, SEC(3 * 7200));
	ck_assert_uint_eq(sim_count(gm, MSG_GDOI_GM_RECV_REKEY), sim_count(ks, MSG_GDOI_KS_SEND_UNICAST_REKEY));
	ck_assert_uint_ge(sim_count(gm, MSG_GDOI_GM_RECV_REKEY), 4);
	ck_assert(gdoi_show_gm(gm->gdoi, GROUP, &i));
	pt = sim_ks_info(ks).pseudotime;
	ck_assert_uint_le(pt > i.pseudotime ? pt - i.pseudotime : i.pseudotime - pt, 500);
	ck_assert_uint_eq(gm->dp.gaps, 0);
	sim_free(s);
}
END_TEST

/* ---- policy_build ---- */

static struct ks_policy *built(struct sim_dev *d, change *fn, struct policy_notes *notes, struct why *why)
{
	struct cfg *c = config_running(d->config);

	fn(d, c);
	return policy_build(c, cfg_group(c, GROUP), d->config, notes, why);
}

static void no_profile(struct sim_dev *d, struct cfg *c)
{
	str_copy(sa1(c)->profile, CFG_NAME, "NONE");
}
static void no_sets(struct sim_dev *d, struct cfg *c)
{
	str_copy(sa1(c)->profile, CFG_NAME, "PROF");
	cfg_ipsec_profile(c, "PROF")->sets[0][0] = '\0';
}
static void long_acl(struct sim_dev *d, struct cfg *c)
{
	char line[80];

	for (unsigned i = 0; i < 120; i++) {
		snprintf(line, sizeof(line), "permit ip host 10.2.0.%u any", i);
		sim_acl(c, "LONG", line);
	}
	str_copy(sa1(c)->acl, CFG_NAME, "LONG");
}
static void range_acl(struct sim_dev *d, struct cfg *c)
{
	sim_acl(c, "RANGE", "permit tcp any any range 10 20");
	str_copy(sa1(c)->acl, CFG_NAME, "RANGE");
}
static void odd_wildcard(struct sim_dev *d, struct cfg *c)
{
	sim_acl(c, "ODD", "permit ip 10.0.0.0 0.255.0.255 any");
	str_copy(sa1(c)->acl, CFG_NAME, "ODD");
}
static void good_acl(struct sim_dev *d, struct cfg *c)
{
	str_copy(sa1(c)->acl, CFG_NAME, "POLICY");
}

START_TEST(what_is_wrong)
{
	struct sim *s = sim_new(34);
	struct sim_dev *ks = sim_add(s, "KS", "10.0.8.1", sim_ks, NULL);
	struct policy_notes n;
	struct ks_policy *p;
	struct why why;

	sim_start(ks);
	ck_assert_ptr_null(built(ks, no_profile, &n, &why));
	ck_assert_str_eq(why.text, "sa ipsec 1: profile NONE does not exist");
	p = built(ks, no_sets, &n, &why);
	ck_assert_ptr_nonnull(p);
	ck_assert_str_eq(n.default_set, "PROF");
	ck_assert(p->sa[0].enc == ESP_AES128 && p->sa[0].auth == ESP_SHA1);
	policy_unref(p);
	p = built(ks, long_acl, &n, &why);
	ck_assert_ptr_nonnull(p);
	ck_assert_str_eq(n.acl_long, "LONG");
	ck_assert_uint_eq(p->sa[0].nace, 100);
	policy_unref(p);
	ck_assert_ptr_null(built(ks, range_acl, &n, &why));
	ck_assert_str_eq(n.acl_range, "RANGE");
	ck_assert_ptr_null(built(ks, odd_wildcard, &n, &why));
	ck_assert_ptr_nonnull(strstr(why.text, "wildcard"));
	p = built(ks, good_acl, &n, &why);
	ck_assert_ptr_nonnull(p);
	ck_assert_str_eq(why.text, "");
	policy_unref(p);
	sim_free(s);
}
END_TEST

/* As octets and back: the same digest. */
START_TEST(policy_octets)
{
	struct sim *s = sim_new(35);
	struct sim_dev *ks = sim_add(s, "KS", "10.0.8.1", sim_ks, NULL);
	struct policy_notes n;
	struct ks_policy *p, *q = NULL;
	uint8_t *buf = calloc(1, KS_POLICY_MAX);
	struct wr w = wr_init(buf, KS_POLICY_MAX);
	struct why why;
	struct rd r;

	sim_start(ks);
	p = built(ks, good_acl, &n, &why);
	policy_encode(p, &w);
	r = rd_init(wr_done(&w));
	ck_assert(policy_decode(&r, &q, &why));
	ck_assert(policy_same(p, q));
	policy_unref(q);
	for (size_t cut = 0; cut < w.n; cut++) {
		r = rd_init(bytes_of(buf, cut));
		ck_assert(!policy_decode(&r, &q, &why));
	}
	policy_unref(p);
	free(buf);
	sim_free(s);
}
END_TEST

static void no_such_acls(struct sim_dev *d, struct cfg *c)
{
	struct cfg_ks *ks = sim_ks_cfg(c);

	str_copy(ks->auth_acl, sizeof(ks->auth_acl), "MEMBERS");
	str_copy(sa1(c)->acl, CFG_NAME, "GONE");
}

static void unusable_acl(struct sim_dev *d, struct cfg *c)
{
	sim_ks_cfg(c)->auth_acl[0] = '\0';
	sim_acl(c, "GONE", "permit tcp any any established");
}

/* Lists that do not exist or say what no group policy can are told of in the log, once each. */
START_TEST(access_lists_told)
{
	struct sim *s = sim_new(38);
	struct sim_dev *ks = sim_add(s, "KS", "10.0.8.1", sim_ks, NULL);

	sim_start(ks);
	sim_run(s, SEC(1));
	sim_config(ks, no_such_acls);
	ck_assert_uint_eq(sim_count(ks, MSG_GDOI_KS_NO_ACL), 1);
	sim_config(ks, no_such_acls);
	ck_assert_uint_eq(sim_count(ks, MSG_GDOI_KS_NO_ACL), 1);
	ck_assert_uint_eq(sim_count(ks, MSG_GDOI_KS_BAD_ACL), 0);
	sim_config(ks, unusable_acl);
	sim_config(ks, unusable_acl);
	ck_assert_uint_eq(sim_count(ks, MSG_GDOI_KS_BAD_ACL), 1);
	sim_free(s);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = { what_is_wrong, policy_octets, fifteen_changes, undone_change, key_comes_later, key_replaced,
		change_without_members, pending_over_restart, time_based, access_lists_told };

	return sim_main("s_policy", tests, sizeof(tests) / sizeof(tests[0]));
}
