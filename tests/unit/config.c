/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The typed configuration, its notifications, and the files that hold keys. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include "config/cfg.h"
#include "config/config.h"
#include "config/sealed.h"
#include "lib/crypto/rsa.h"
#include "lib/store.h"
#include "lib/text.h"
#include "lib/why.h"

static struct cfg *cfg;

static void setup(void)
{
	cfg = cfg_new();
}

static void teardown(void)
{
	cfg_free(cfg);
}

START_TEST(defaults)
{
	struct cfg_isakmp_policy *p = cfg_isakmp_policy_add(cfg, 10);
	struct cfg_group *g = cfg_group_add(cfg, "GET");
	struct cfg_sa *sa = cfg_sa_add(&g->ks, 1);

	ck_assert_str_eq(cfg->hostname, "Router");
	ck_assert_uint_eq(cfg->nvty, 5);
	ck_assert_uint_eq(cfg->vty[15].login, LOGIN_PASSWORD);
	ck_assert_uint_eq(cfg->console.login, LOGIN_NONE);
	ck_assert_int_eq(cfg->enable_secret.type, SECRET_TYPE_NONE);
	ck_assert_int_eq(cfg->console.password.type, SECRET_TYPE_NONE);
	ck_assert_uint_eq(cfg->sa_lifetime, 3600);
	ck_assert_uint_eq(p->encr, CIPHER_DES);
	ck_assert_uint_eq(p->hash, HASH_SHA1);
	ck_assert_uint_eq(p->group, DH_1);
	ck_assert_uint_eq(p->lifetime, 86400);
	ck_assert_uint_eq(g->ks.rekey_cipher, CIPHER_3DES);
	ck_assert_uint_eq(g->ks.retransmit, 10);
	ck_assert_uint_eq(sa->counter_window, 64);
	g->ks.present = true;
	g->ks.retransmit = 60;
	cfg_ks_reset(&g->ks);
	ck_assert(!g->ks.present && !cfg_sa(&g->ks, 1));
	ck_assert_uint_eq(g->ks.retransmit, 10);
	ck_assert_uint_eq(cfg_user_add(cfg, "admin")->privilege, 1);
}
END_TEST

START_TEST(finds)
{
	struct cfg_group *a = cfg_group_add(cfg, "A"), *b = cfg_group_add(cfg, "B");
	struct cfg_map *m = cfg_map_add(cfg, "M");
	unsigned n = 0;
	char longer[200];

	ck_assert(a != b && cfg_group_add(cfg, "A") == a && cfg_group(cfg, "B") == b && !cfg_group(cfg, "a"));
	ck_assert_uint_eq(cfg_table_count(&cfg->groups), 2);
	CFG_EACH(struct cfg_group, g, &cfg->groups)
		ck_assert_ptr_eq(g, n++ ? b : a);
	cfg_remove(&cfg->groups, &a->node);
	ck_assert(!cfg_group(cfg, "A") && cfg_group(cfg, "B") == b);
	ck_assert(cfg_map_entry_add(m, 10) && cfg_map_entry(m, 10)->seq == 10 && !cfg_map_entry(m, 11));
	ck_assert(cfg_transform_set_add(cfg, "T") == cfg_transform_set(cfg, "T"));
	ck_assert(cfg_ipsec_profile_add(cfg, "P") == cfg_ipsec_profile(cfg, "P"));
	ck_assert(cfg_interface_add(cfg, "eth0") == cfg_interface(cfg, "eth0"));
	ck_assert(cfg_keyring_add(cfg, "K") == cfg_keyring(cfg, "K"));
	memset(longer, 'x', sizeof(longer));
	longer[199] = '\0';
	ck_assert(cfg_group_add(cfg, longer) == cfg_group(cfg, longer));
	ck_assert_uint_eq(strlen(cfg_group(cfg, longer)->name), CFG_NAME - 1);
	ck_assert(cfg_user_add(cfg, longer) == cfg_user(cfg, longer));
}
END_TEST

START_TEST(ascending)
{
	static const uint32_t typed[] = { 50, 10, 30, 20, 60, 10000, 1, 40 };
	uint32_t last = 0;

	for (unsigned i = 0; i < 8; i++)
		cfg_isakmp_policy_add(cfg, typed[i]);
	cfg_remove(&cfg->isakmp_policies, &cfg_isakmp_policy(cfg, 10000)->node);
	cfg_isakmp_policy_add(cfg, 55);
	CFG_EACH(struct cfg_isakmp_policy, p, &cfg->isakmp_policies) {
		ck_assert_uint_gt(p->priority, last);
		last = p->priority;
	}
	ck_assert_uint_eq(last, 60);
}
END_TEST

static struct cfg_psk *psk(struct cfg_table *t, const char *addr, const char *mask, const char *key)
{
	struct cfg_psk_id id;
	struct cfg_psk *p;

	memset(&id, 0, sizeof(id));
	ck_assert(ip4_parse(addr, &id.addr) && ip4_parse(mask, &id.mask));
	p = cfg_psk_add(t, &id);
	secret_free(&p->key);
	p->key = secret_copy(bytes_str(key));
	ck_assert_ptr_eq(cfg_psk(t, &id), p);
	return p;
}

static void finds_key(const char *peer, const char *local, const char *want)
{
	struct ip4 p, l;
	const struct cfg_psk *k;

	ck_assert(ip4_parse(peer, &p) && ip4_parse(local, &l));
	k = cfg_psk_for(cfg, p, l);
	if (!want) {
		ck_assert_ptr_null(k);
		return;
	}
	ck_assert_ptr_nonnull(k);
	ck_assert(bytes_eq(secret_bytes(&k->key), bytes_str(want)));
}

START_TEST(psk_lookup)
{
	struct cfg_keyring *any, *local;
	struct cfg_psk_id host;
	struct cfg_psk *p;

	finds_key("10.1.1.1", "1.1.1.1", NULL);
	any = cfg_keyring_add(cfg, "ANY");
	local = cfg_keyring_add(cfg, "LOCAL");
	ck_assert(ip4_parse("1.1.1.1", &local->local_address));
	psk(&any->psks, "0.0.0.0", "0.0.0.0", "any-0");
	psk(&local->psks, "10.0.0.0", "255.0.0.0", "local-8");
	finds_key("10.1.1.1", "1.1.1.1", "local-8");
	finds_key("10.1.1.1", "2.2.2.2", "any-0");
	psk(&cfg->isakmp_keys, "10.1.0.0", "255.255.0.0", "main-16");
	p = psk(&cfg->isakmp_keys, "10.1.1.1", "255.255.255.255", "main-32");
	finds_key("10.1.1.1", "1.1.1.1", "main-32");
	finds_key("10.1.1.2", "1.1.1.1", "main-16");
	finds_key("10.2.1.2", "1.1.1.1", "local-8");
	psk(&cfg->isakmp_keys, "10.1.77.88", "255.255.0.0", "again-16");	/* the same line as 10.1.0.0 */
	ck_assert_uint_eq(cfg_table_count(&cfg->isakmp_keys), 2);
	psk(&cfg->isakmp_keys, "10.0.0.1", "255.0.0.255", "holes");
	finds_key("10.1.1.1", "1.1.1.1", "main-32");
	finds_key("10.1.2.1", "1.1.1.1", "again-16");
	finds_key("10.9.9.1", "1.1.1.1", "holes");
	cfg_remove(&cfg->isakmp_keys, &p->node);
	finds_key("10.1.1.1", "1.1.1.1", "again-16");
	memset(&host, 0, sizeof(host));
	str_copy(host.hostname, sizeof(host.hostname), "ks.example");
	p = cfg_psk_add(&cfg->isakmp_keys, &host);
	ck_assert_ptr_eq(cfg_psk(&cfg->isakmp_keys, &host), p);
	finds_key("0.0.0.0", "1.1.1.1", "any-0");
}
END_TEST

/* 20,000 host keys: finding one costs what it costs among 200 (a ratio; the margin is wide). */
static double find_all(unsigned n)
{
	struct cfg *c = cfg_new();
	struct cfg_psk_id id;
	clock_t start;

	memset(&id, 0, sizeof(id));
	id.mask = ip4_mask(32);
	for (unsigned i = 0; i < n; i++) {
		id.addr.a = 0x0a000000 + i;
		cfg_psk_add(&c->isakmp_keys, &id);
	}
	start = clock();
	for (unsigned i = 0; i < 200000; i++)
		ck_assert(cfg_psk_for(c, (struct ip4){ 0x0a000000 + i % n }, (struct ip4){ 1 }) != NULL);
	start = clock() - start;
	cfg_free(c);
	return (double)start;
}

START_TEST(psk_many)
{
	double few = find_all(200) + 1000;

	ck_assert_double_lt(find_all(20000), few * 20);
}
END_TEST

/* Notification. */

static char heard[64];
static struct config *conf;
static unsigned second_handle;

static void first(void *arg, enum config_event ev)
{
	strcat(heard, ev == CONFIG_CHANGED ? "c" : "x");
	if (arg && second_handle) {	/* takes the second out in the middle of a round */
		config_unsubscribe(conf, second_handle);
		second_handle = 0;
	}
}

static void second(void *arg, enum config_event ev)
{
	strcat(heard, ev == CONFIG_CHANGED ? "C" : "X");
}

START_TEST(notification)
{
	unsigned one;

	conf = config_new(NULL);
	heard[0] = '\0';
	one = config_subscribe(conf, first, NULL);
	second_handle = config_subscribe(conf, second, NULL);
	ck_assert(one && second_handle && one != second_handle);
	config_hold(conf);
	config_hold(conf);
	config_changed(conf);
	config_changed(conf);
	config_closed(conf);
	config_release(conf);
	ck_assert_str_eq(heard, "");
	config_release(conf);
	ck_assert_str_eq(heard, "cCxX");
	ck_assert(!config_dirty(conf));
	config_changed(conf);
	ck_assert(config_dirty(conf));
	ck_assert_str_eq(heard, "cCxXcC");
	config_unsubscribe(conf, one);
	config_closed(conf);
	ck_assert_str_eq(heard, "cCxXcCX");
	config_unsubscribe(conf, second_handle);
	second_handle = 0;
	one = config_subscribe(conf, first, conf);
	second_handle = config_subscribe(conf, second, NULL);
	heard[0] = '\0';
	config_changed(conf);
	config_changed(conf);
	ck_assert_str_eq(heard, "cc");
	config_hold(conf);
	config_release(conf);
	config_release(conf);
	ck_assert_str_eq(heard, "cc");
	config_free(conf);
}
END_TEST

/* Files. */

static char dir[64];

static struct store *nvram(void)
{
	struct why why = { "" };
	struct store *s;

	if (!dir[0]) {
		snprintf(dir, sizeof(dir), "/tmp/gx-config-XXXXXX");
		ck_assert_ptr_nonnull(mkdtemp(dir));
	}
	s = store_open(dir, &why);
	ck_assert_msg(s != NULL, "%s", why.text);
	return s;
}

static void open_config(void)
{
	conf = config_new(nvram());
}

static void close_config(void)
{
	struct store *s = config_nvram(conf);

	config_free(conf);
	store_close(s);
}

static void clear_dir(void)
{
	static const char *const names[] = { "startup-config", "private-config", "master-key", "state" };
	char path[128];

	for (unsigned i = 0; i < 4; i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, names[i]);
		unlink(path);
	}
	rmdir(dir);
	dir[0] = '\0';
}

/* Reads, changes or writes one file behind the program's back. */
static struct text slurp(const char *name)
{
	struct store *s = nvram();
	struct text t = TEXT_EMPTY;
	bool missing;

	store_read(s, name, &t, &missing, NULL);
	store_close(s);
	return t;
}

static void spill(const char *name, const void *p, size_t n)
{
	struct store *s = nvram();

	ck_assert(store_write(s, name, bytes_of(p, n), NULL));
	store_close(s);
}

START_TEST(startup)
{
	struct text t = TEXT_EMPTY;
	struct why why;
	bool missing;

	open_config();
	ck_assert(config_load_text(conf, &t, &missing, &why) && missing && t.n == 0);
	config_changed(conf);
	ck_assert(config_save_text(conf, bytes_str("hostname KS1\nend\n"), &why));
	ck_assert(!config_dirty(conf));
	ck_assert(config_load_text(conf, &t, &missing, &why) && !missing);
	ck_assert_str_eq(text_str(&t), "hostname KS1\nend\n");
	text_free(&t);
	close_config();
	clear_dir();
}
END_TEST

static struct rsa_key *make_key(void)
{
	struct rsa_key *k = rsa_generate(1024, NULL);

	ck_assert_ptr_nonnull(k);
	return k;
}

START_TEST(keys)
{
	struct rsa_key *a = make_key(), *b = make_key(), *copy = rsa_dup(a);
	char path[128], label[200];
	struct text t;
	struct stat st;
	struct why why = { "" };

	open_config();
	ck_assert(config_keys_load(conf, &why));
	ck_assert_ptr_null(config_key_at(conf, 0));
	ck_assert(config_key_put(conf, "zebra", a, true, 123456789, &why));
	ck_assert(config_key_put(conf, "REKEYRSA", b, false, 5, &why));
	memset(label, 'l', sizeof(label));
	label[199] = '\0';
	ck_assert(!config_key_put(conf, label, rsa_dup(copy), false, 0, &why));
	ck_assert(!config_key_del(conf, "none", &why));
	close_config();

	for (unsigned i = 0; i < 2; i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, i ? "private-config" : "master-key");
		ck_assert(stat(path, &st) == 0);
		ck_assert_uint_eq(st.st_mode & 0777, 0600);
	}
	t = slurp("private-config");
	ck_assert_ptr_null(memmem(t.s, t.n, "zebra", 5));	/* sealed */
	text_free(&t);

	open_config();
	ck_assert_msg(config_keys_load(conf, &why), "%s", why.text);
	ck_assert_str_eq(config_key_at(conf, 0)->label, "REKEYRSA");
	ck_assert_str_eq(config_key_at(conf, 1)->label, "zebra");
	ck_assert_ptr_null(config_key_at(conf, 2));
	ck_assert(rsa_same_public(config_key(conf, "zebra")->key, copy));
	ck_assert(config_key(conf, "zebra")->exportable && !config_key(conf, "REKEYRSA")->exportable);
	ck_assert_uint_eq(config_key(conf, "zebra")->made, 123456789);
	ck_assert(config_key_put(conf, "zebra", make_key(), false, 7, &why));	/* replaces */
	ck_assert(!rsa_same_public(config_key(conf, "zebra")->key, copy));
	ck_assert(config_key_del(conf, "REKEYRSA", &why));
	ck_assert_ptr_null(config_key(conf, "REKEYRSA"));
	close_config();
	open_config();
	ck_assert(config_keys_load(conf, &why));
	ck_assert_str_eq(config_key_at(conf, 0)->label, "zebra");
	ck_assert_ptr_null(config_key_at(conf, 1));
	close_config();
	rsa_free(copy);
	clear_dir();
}
END_TEST

/* However the file was damaged: an error with its name, no keys, no overwriting; removed, all is well again. */
static void check_refused(const char *file)
{
	struct text before = slurp("private-config"), after;
	struct why why = { "" };
	char path[128];

	open_config();
	ck_assert(!config_keys_load(conf, &why));
	ck_assert_ptr_nonnull(strstr(why.text, file));
	ck_assert_ptr_nonnull(strstr(why.text, dir));
	ck_assert_ptr_null(config_key_at(conf, 0));
	ck_assert(!config_key_put(conf, "new", make_key(), false, 0, &why));
	ck_assert_ptr_nonnull(strstr(why.text, "remove"));
	ck_assert_ptr_nonnull(config_key(conf, "new"));		/* in use all the same */
	after = slurp("private-config");
	ck_assert(bytes_eq(bytes_of(after.s, after.n), bytes_of(before.s, before.n)));
	snprintf(path, sizeof(path), "%s/private-config", dir);
	ck_assert_int_eq(unlink(path), 0);
	if (!strcmp(file, "master-key")) {
		snprintf(path, sizeof(path), "%s/master-key", dir);
		unlink(path);
	}
	ck_assert_msg(config_key_put(conf, "newer", make_key(), false, 0, &why), "%s", why.text);
	close_config();
	open_config();
	ck_assert(config_keys_load(conf, &why));
	ck_assert(config_key(conf, "new") && config_key(conf, "newer"));
	close_config();
	text_free(&before);
	text_free(&after);
}

START_TEST(damaged)
{
	struct text t;
	struct why why;

	open_config();
	ck_assert(config_key_put(conf, "k", make_key(), false, 0, &why));
	close_config();
	t = slurp(_i < 6 ? "private-config" : "master-key");
	switch (_i) {
	case 0:
		t.n = 0;
		break;
	case 1:
		t.n = 10;
		break;
	case 2:
		t.n--;
		break;
	case 3:
		t.s[0] ^= 1;
		break;
	case 4:
		t.s[5] = 9;	/* a later version */
		break;
	case 5:
		t.s[t.n / 2] ^= 1;
		break;
	case 6:
		t.s[t.n - 1] ^= 1;
		break;
	case 7:
		t.n = 3;
		break;
	}
	spill(_i < 6 ? "private-config" : "master-key", t.s, t.n);
	text_free(&t);
	check_refused(_i < 6 ? "private-config" : "master-key");
	clear_dir();
}
END_TEST

START_TEST(wrong_master)
{
	char path[128];
	struct text t;
	struct why why;

	open_config();
	ck_assert(config_key_put(conf, "k", make_key(), false, 0, &why));
	close_config();
	t = slurp("private-config");
	snprintf(path, sizeof(path), "%s/master-key", dir);
	ck_assert_int_eq(unlink(path), 0);
	check_refused("private-config");	/* missing: and then a new one is made */
	spill("private-config", t.s, t.n);	/* sealed with the first */
	text_free(&t);
	check_refused("private-config");
	clear_dir();
}
END_TEST

START_TEST(sealed_state)
{
	struct secret s;
	struct why why = { "" };
	struct text t;
	bool missing;

	open_config();
	ck_assert(config_seal_read(conf, "state", &s, &missing, &why) && missing && !secret_set(&s));
	ck_assert(config_seal_write(conf, "state", bytes_str("root"), &why));
	ck_assert(config_seal_write(conf, "state", bytes_str("root 2"), &why));
	ck_assert(config_seal_read(conf, "state", &s, &missing, &why) && !missing);
	ck_assert(secret_eq(secret_bytes(&s), bytes_str("root 2")));
	secret_free(&s);
	t = slurp("state");
	spill("private-config", t.s, t.n);	/* one sealed file is not another */
	text_free(&t);
	ck_assert(!config_keys_load(conf, &why));
	ck_assert_ptr_nonnull(strstr(why.text, "private-config"));
	close_config();
	clear_dir();
}
END_TEST

/* Sealed rightly, yet not a list of keys. */
START_TEST(not_keys)
{
	struct why why;

	open_config();
	ck_assert(config_seal_write(conf, "private-config", bytes_str("\0\1\1kgarbage"), &why));
	close_config();
	check_refused("private-config");
	clear_dir();
}
END_TEST

/* What is written can be read again: one key more than that is refused, not lost at the next start. */
START_TEST(no_more_keys_than_can_be_read)
{
	struct key_list l = { NULL, 0, 0 }, back;
	struct rsa_key *k = make_key();
	struct secret plain;
	struct why why;
	char label[16];

	for (unsigned i = 0; i < KEY_LIST_MAX; i++) {
		snprintf(label, sizeof(label), "key%u", i);
		key_list_put(&l, label, rsa_dup(k), false, i);
	}
	ck_assert(key_list_encode(&l, &plain, &why));
	ck_assert(key_list_decode(secret_bytes(&plain), &back, &why));
	ck_assert_uint_eq(back.count, KEY_LIST_MAX);
	secret_free(&plain);
	key_list_put(&l, "more", k, false, 0);
	ck_assert(!key_list_encode(&l, &plain, &why));
	key_list_free(&l);
	key_list_free(&back);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("config");
	TCase *t = tcase_create("cfg"), *f = tcase_create("files");
	SRunner *r;
	int failed;

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, defaults);
	tcase_add_test(t, finds);
	tcase_add_test(t, ascending);
	tcase_add_test(t, psk_lookup);
	tcase_add_test(t, psk_many);
	tcase_add_test(t, notification);
	suite_add_tcase(s, t);
	tcase_set_timeout(f, 60);
	tcase_add_test(f, startup);
	tcase_add_test(f, keys);
	tcase_add_loop_test(f, damaged, 0, 8);
	tcase_add_test(f, wrong_master);
	tcase_add_test(f, sealed_state);
	tcase_add_test(f, not_keys);
	tcase_add_test(f, no_more_keys_than_can_be_read);
	suite_add_tcase(s, f);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
