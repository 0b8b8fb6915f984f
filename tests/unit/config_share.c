/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A group policy as cooperating key servers copy it: what it takes along, and what it never touches. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include "config/cfg.h"
#include "config/config.h"
#include "config/share.h"
#include "lib/crypto/rsa.h"
#include "lib/store.h"
#include "lib/text.h"
#include "lib/why.h"

static struct config *from, *to;
static struct cfg_group *src, *dst;

static void acl(struct cfg *c, const char *name, const char *ip)
{
	struct acl_ace ace;
	struct why why;
	char *words[] = { (char[]){ "permit" }, (char[]){ "ip" }, (char[]){ "host" }, (char[16]){ 0 }, (char[]){ "any" } };
	unsigned bad;

	str_copy(words[3], 16, ip);
	ck_assert(acl_parse(words, 5, false, &ace, &bad, &why));
	ck_assert(acl_add(cfg_acl_add(c, name, false, &why), 0, &ace, NULL, &why));
}

static struct cfg_group *policy(struct cfg *c, const char *group)
{
	struct cfg_group *g = cfg_group_add(c, group);
	struct cfg_ipsec_profile *p = cfg_ipsec_profile_add(c, "PROF");
	struct cfg_sa *sa = cfg_sa_add(&g->ks, 10);

	cfg_transform_set_add(c, "SET")->enc = ESP_AES256;
	cfg_transform_set(c, "SET")->auth = ESP_SHA256;
	str_copy(p->sets[0], CFG_NAME, "SET");
	str_copy(sa->profile, CFG_NAME, "PROF");
	str_copy(sa->acl, CFG_NAME, "POL");
	sa->replay = REPLAY_TIME;
	sa->time_window = 5;
	if (!cfg_acl(c, "POL"))
		acl(c, "POL", "10.1.1.1");
	g->ks.present = true;
	str_copy(g->ks.rekey_key, CFG_NAME, "KEY");
	return g;
}

static void setup(void)
{
	from = config_new(NULL);
	to = config_new(NULL);
	src = policy(config_running(from), "A");
	dst = cfg_group_add(config_running(to), "B");
	dst->ks.address.a = 7;
	dst->ks.coop.priority = 9;
	acl(config_running(from), "POL", "10.2.2.2");
}

static void teardown(void)
{
	config_free(from);
	config_free(to);
}

static struct share taken(void)
{
	struct text t = TEXT_EMPTY;
	struct share s;
	struct why why;

	ck_assert(share_encode(from, src, &t));
	ck_assert_msg(share_decode(bytes_of(t.s, t.n), &s, &why), "%s", why.text);
	text_free(&t);
	return s;
}

static bool apply(struct why *why)
{
	struct share s = taken();
	bool ok = share_apply(config_running(to), dst, &s, why);

	share_free(&s);
	return ok;
}

static bool same(void)
{
	struct text a = TEXT_EMPTY, b = TEXT_EMPTY;
	bool eq = share_encode(from, src, &a) && share_encode(to, dst, &b) && a.n == b.n && memcmp(a.s, b.s, a.n) == 0;

	text_free(&a);
	text_free(&b);
	return eq;
}

/* Once, and again after a change; what is the server's own stays; the global lifetime comes as the profile's. */
START_TEST(copied)
{
	struct why why;

	config_running(from)->sa_lifetime = 4000;
	ck_assert(apply(&why) && same());
	ck_assert_uint_eq(dst->ks.address.a, 7);
	ck_assert_uint_eq(dst->ks.coop.priority, 9);
	ck_assert_uint_eq(cfg_ipsec_profile(config_running(to), "PROF")->lifetime, 4000);
	acl(config_running(from), "POL", "10.3.3.3");
	cfg_transform_set(config_running(from), "SET")->transport = true;
	cfg_sa(&src->ks, 10)->replay = REPLAY_NONE;
	ck_assert(!same() && apply(&why) && same());
	ck_assert_uint_eq(cfg_acl(config_running(to), "POL")->count, 3);
}
END_TEST

static void refused(const char *name)
{
	struct text before = TEXT_EMPTY, after = TEXT_EMPTY;
	struct why why;

	ck_assert(share_encode(to, dst, &before));
	ck_assert(!apply(&why));
	ck_assert_msg(strstr(why.text, name) != NULL, "%s", why.text);
	ck_assert(share_encode(to, dst, &after) && before.n == after.n && memcmp(before.s, after.s, before.n) == 0);
	text_free(&before);
	text_free(&after);
}

/* The same objects in another group here: nothing that differs is touched, what is equal is shared. */
START_TEST(shared_with_another_group)
{
	struct why why;
	struct cfg *c = config_running(to);

	policy(c, "OTHER");
	refused("access-list POL");
	acl(c, "POL", "10.2.2.2");
	ck_assert(apply(&why) && same());
	cfg_ipsec_profile(config_running(from), "PROF")->lifetime = 1000;
	refused("profile PROF");
	cfg_ipsec_profile(config_running(from), "PROF")->lifetime = 0;
	cfg_transform_set(config_running(from), "SET")->enc = ESP_AES128;
	refused("transform-set SET");
}
END_TEST

static void by_line(struct cfg *c)
{
	str_copy(c->vty[3].access_class, CFG_NAME, "POL");
}

static void by_map(struct cfg *c)
{
	str_copy(cfg_map_entry_add(cfg_map_add(c, "M"), 10)->acl, CFG_NAME, "POL");
}

static void by_fail_close(struct cfg *c)
{
	struct cfg_map *m = cfg_map_add(c, "M");

	m->fail_close.present = true;
	str_copy(m->fail_close.acl, CFG_NAME, "POL");
}

static void by_authorization(struct cfg *c)
{
	str_copy(cfg_group_add(c, "OTHER")->ks.auth_acl, CFG_NAME, "POL");
}

START_TEST(list_used_elsewhere)
{
	static void (*const user[])(struct cfg *c) = { by_line, by_map, by_fail_close, by_authorization };
	struct why why;

	ck_assert(apply(&why));
	acl(config_running(from), "POL", "10.4.4.4");
	user[_i](config_running(to));
	refused("access-list POL");
}
END_TEST

/* One that nobody names is the operator's all the same. */
START_TEST(list_of_nobody)
{
	acl(config_running(to), "POL", "10.9.9.9");
	refused("access-list POL");
}
END_TEST

START_TEST(keys)
{
	char dir[] = "/tmp/gxshare.XXXXXX", command[60];
	struct store *disk;
	struct why why;
	struct cfg *c;
	struct cfg_group *other;

	ck_assert_ptr_nonnull(mkdtemp(dir));
	disk = store_open(dir, &why);
	config_free(to);
	to = config_new(disk);
	c = config_running(to);
	other = cfg_group_add(c, "OTHER");
	dst = cfg_group_add(c, "B");
	ck_assert(share_key_ok(to, c, dst, "KEY", &why));	/* none there */
	ck_assert_msg(config_key_put(to, "KEY", rsa_generate(1024, &why), true, 0, &why), "%s", why.text);
	ck_assert(!share_key_ok(to, c, dst, "KEY", &why));	/* not this group's */
	str_copy(dst->ks.rekey_key, CFG_NAME, "KEY");
	ck_assert(share_key_ok(to, c, dst, "KEY", &why));
	str_copy(other->ks.rekey_key, CFG_NAME, "KEY");
	ck_assert(!share_key_ok(to, c, dst, "KEY", &why));
	other->ks.rekey_key[0] = '\0';
	str_copy(c->ssh.keypair, CFG_NAME, "KEY");
	ck_assert(!share_key_ok(to, c, dst, "KEY", &why));
	store_close(disk);
	snprintf(command, sizeof(command), "rm -rf '%s'", dir);
	ck_assert_int_eq(system(command), 0);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("share");
	TCase *t = tcase_create("share");
	SRunner *r;
	int failed;

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, copied);
	tcase_add_test(t, shared_with_another_group);
	tcase_add_loop_test(t, list_used_elsewhere, 0, 4);
	tcase_add_test(t, list_of_nobody);
	tcase_add_test(t, keys);
	tcase_set_timeout(t, 60);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
