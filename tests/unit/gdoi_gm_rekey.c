/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a member accepts of rekeys and policies, what its data plane is told, and what it shows. */
#include "gm_lab.h"
#include "tests/unit/unit.h"

/* ---- rekeys ---- */

START_TEST(sequence)
{
	struct news n = { 0 }, k = { 0 };

	lab_up();
	news_tek(&n, 1000, 7000, 7200, 1, ESP_AES256);
	news_kek(&n, 0x11, 86400, (struct ip4){ 0 });
	lab_pull(&n, 7);
	lab_push(0x11, 7, &n, NULL, 0);
	ck_assert_uint_eq(lab.g->count.push_replayed, 1);
	ck_assert_uint_eq(COUNT(GDOI_GDOI_REKEY_SEQ_FAILURE), 1);
	ck_assert_uint_eq(COUNT(GDOI_GDOI_REKEY_FAILURE), 1);
	ck_assert_uint_eq(COUNT(CRYPTO_IKMP_MODE_FAILURE), 1);
	lab_push(0x11, 9, &n, NULL, 0);
	lab_push(0x11, 8, &n, NULL, 0);
	ck_assert_uint_eq(lab.g->count.push_ok, 1);
	ck_assert_uint_eq(lab.g->count.push_replayed, 2);
	/* A new Rekey SA numbers from wherever it likes; a repeated SAK is no new one. */
	news_kek(&k, 0x22, 86400, (struct ip4){ 0 });
	lab_push(0x11, 10, &k, NULL, 0);
	ck_assert_uint_eq(COUNT(GDOI_SA_KEK_UPDATED), 2);
	lab_push(0x22, 0, &k, NULL, 0);
	lab_push(0x22, 0, &n, NULL, 0);
	ck_assert_uint_eq(lab.g->count.push_ok, 3);
	ck_assert_uint_eq(lab.g->count.push_replayed, 3);
	/* The former one still brings rekeys. */
	lab_push(0x11, 11, &n, NULL, 0);
	ck_assert_uint_eq(lab.g->count.push_ok, 4);
	/* Registering again under the same KEK does not open the numbers that were used. */
	memset(&n, 0, sizeof(n));
	news_tek(&n, 1000, 7000, 7200, 1, ESP_AES256);
	news_kek(&n, 0x11, 86400, (struct ip4){ 0 });
	lab_pull(&n, 3);
	lab_push(0x11, 11, &k, NULL, 0);
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
	struct kek k = { .cipher = CIPHER_AES128, .sig_hash = HASH_SHA256, .iv = secret_copy(bytes_of(lab_keys, 16)),
		.key = secret_copy(bytes_of(lab_keys + 16, 16)) };

	memset(k.spi, 0x11, GDOI_SPI);
	lab_up();
	lab_registered(1000, 7000, 7200);
	news_tek(&n, 2000, 7200, 7200, 1, ESP_AES256);
	s = lab_make_push(0x11, 1, &n, NULL, 0, true);
	lab_deliver(&s, 0x0a000002);
	ck_assert_uint_eq(lab.sends, 1);
	ck_assert(push_ack_decode(bytes_of(lab.sent, lab.nsent), &a, NULL));
	ck_assert(push_ack_ok(&a, &k, SAK_ACK_KEK_SHA256));
	ck_assert_uint_eq(a.seq, 1);
	ck_assert_uint_eq(a.id.a, 0x0a000002);
	lab_deliver(&s, 0x0a000002);
	ck_assert_uint_eq(lab.sends, 2);
	ck_assert_uint_eq(lab_info().acks_sent, 2);
	ck_assert_uint_eq(lab_info().rekeys, 1);
	secret_free(&s);
	s = lab_make_push(0x11, 2, &n, NULL, 0, true);
	lab_deliver(&s, 0xefc00101);
	ck_assert_uint_eq(lab.sends, 2);
	lab_run(SEC(5));
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
	news_tek(&n, 1000, 7000, 7200, 1, ESP_AES256);
	news_kek(&n, 0x11, 86400, (struct ip4){ 0xefc00101 });
	lab_pull(&n, 0);
	ck_assert_uint_eq(lab.joined.a, 0xefc00101);
	ck_assert_uint_eq(COUNT(GDOI_GM_REKEY_TRANS_2_MULTI), 1);
	ck_assert(!lab_info().kek.unicast);
	/* What is meant for members of another kind takes a number and does nothing. */
	lab_push(0x11, 1, NULL, del, 2);
	memset(&n, 0, sizeof(n));
	news_tek(&n, 2000, 7000, 0, 1, ESP_AES256);
	lab_push(0x11, 2, &n, NULL, 0);
	ck_assert_uint_eq(lab.g->count.push_ok, 2);
	ck_assert_uint_eq(lab_sending(), 1000);
	ck_assert_uint_eq(lab.nsa, 1);
	n.sat[0].configured = 7200;
	lab_push(0x11, 3, &n, NULL, 0);
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
	news_tek(&n, 1000, 7200, 7200, 1, ESP_AES256);
	news_kek(&n, 0x11, 600, (struct ip4){ 0 });
	lab_pull(&n, 0);
	ck_assert_uint_ge(lab.gm->rereg_at, clock_now(lab.env.clock) + SEC(540));
	ck_assert_uint_le(lab.gm->rereg_at, clock_now(lab.env.clock) + SEC(570));
	lab_run(SEC(601));
	ck_assert_uint_eq(COUNT(GDOI_GM_DELETE_EXPIRED_KEK), 1);
	ck_assert_uint_eq(COUNT(GDOI_GM_RE_REGISTER), 1);
	ck_assert_uint_eq(lab_sending(), 1000);
	lab_down();
}
END_TEST

START_TEST(pseudotime)
{
	struct news n = { .sa = { .has_gap = true, .gap = { .has_pseudotime = true, .pseudotime = 5000000 } } }, m = n;

	lab_up();
	news_tek(&n, 1000, 7200, 7200, 1, ESP_AES256);
	n.sat[0].replay = 3;
	n.sat[0].window = 200;
	news_kek(&n, 0x11, 86400, (struct ip4){ 0 });
	lab_pull(&n, 0);
	ck_assert_uint_eq(lab.pseudotime, 5000000);
	ck_assert(lab_info().time_based);
	ck_assert_uint_eq(lab_info().window, 20);
	lab_run(SEC(1000));
	ck_assert_uint_eq(lab_info().pseudotime, 6000000);
	news_tek(&m, 2000, 7200, 7200, 1, ESP_AES256);
	lab_push(0x11, 1, &m, NULL, 0);		/* 1,000 s late: not taken */
	ck_assert_uint_eq(lab.g->count.push_pseudotime, 1);
	ck_assert_uint_eq(COUNT(GDOI_PSEUDO_TIME_TOO_OLD), 1);
	m.sa.gap.pseudotime = 5900000;
	lab_push(0x11, 1, &m, NULL, 0);		/* a retransmission: taken, its time is not */
	ck_assert_uint_eq(lab.g->count.push_ok, 1);
	ck_assert_uint_eq(lab_info().pseudotime, 6000000);
	m.sa.gap.pseudotime = 7000000;
	lab_push(0x11, 2, &m, NULL, 0);
	ck_assert_uint_eq(lab_info().pseudotime, 7000000);
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
		news_tek(n, 1000, 7000, 7200, 2, ESP_AES256);
		n->sat[1].auth = ESP_SHA1;
		break;
	case BAD_SETS:
		t = cfg_transform_set_add(lab_cfg(), "TS");
		t->enc = ESP_AES128;
		t->auth = ESP_SHA1;
		str_copy(lab_group()->client_sets[0], CFG_NAME, "TS");
		break;
	case BAD_CIPHER: lab_group()->client_ciphers = 1u << CIPHER_AES256; break;
	case BAD_HASH: lab_group()->client_hashes = 1u << HASH_SHA512; break;
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
	case BAD_PUB: n->kek.sig_key = bytes_of(lab_keys, 90); break;
	case BAD_MAX: break;
	}
}

START_TEST(refused)
{
	struct news n = { 0 };
	struct why why = { "" };

	lab_up();
	news_tek(&n, 1000, 7000, 7200, 1, ESP_AES256);
	news_kek(&n, 0x11, 86400, (struct ip4){ 0 });
	ck_assert(gm_sa_check(lab.gm, lab_group(), &n.sa, &why) && gm_kd_check(lab.gm, &n.sa, &n.kd, &why));
	spoil(&n, (enum bad)_i);
	ck_assert(!(gm_sa_check(lab.gm, lab_group(), &n.sa, &why) && gm_kd_check(lab.gm, &n.sa, &n.kd, &why)));
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
	lab_registered(1000, 7000, 7200);
	news_tek(&n, 1000, 7000, 7200, 1, ESP_AES256);
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
	struct cfg_acl *a = cfg_acl_add(lab_cfg(), name, false, NULL);
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
	m = cfg_map(lab_cfg(), "CM");
	acl("FC", "deny tcp any any eq 22");
	acl("LOCAL", "deny ip host 10.1.0.9 any");
	acl("LOCAL", "permit ip any any");
	acl("LOCAL", "deny tcp any range 5 9 any");
	m->fail_close.present = m->fail_close.activate = true;
	str_copy(m->fail_close.acl, CFG_NAME, "FC");
	str_copy(cfg_map_entry(m, 10)->acl, CFG_NAME, "LOCAL");
	lab_sync();
	ck_assert_uint_eq(COUNT(GDOI_GM_ACL_PERMIT), 1);
	ck_assert_str_eq(gdoi_group_find(lab.g, "GET")->problem, "1 local access-list entry is of a kind that the data plane cannot use");
	ck_assert_int_eq(lab.mode, DP_CLOSED);
	ck_assert_uint_eq(lab.nace, 2);
	ck_assert(!lab.ace[0].permit && lab.ace[0].dport == 22 && lab.ace[1].permit && !lab.ace[1].src_mask.a);
	news_tek(&n, 1000, 7000, 7200, 1, ESP_AES256);
	news_tek(&n, 1000, 7000, 7200, 2, ESP_AES256);
	n.sat[0].protocol_id = SAT_PROTO_DENY;
	news_kek(&n, 0x11, 86400, (struct ip4){ 0 });
	lab_pull(&n, 0);
	ck_assert_int_eq(lab.mode, DP_BOTH);
	ck_assert_uint_eq(lab.nace, 3);
	ck_assert(!lab.ace[0].permit && lab.ace[0].src.a == 0x0a010009 && !lab.ace[1].permit && lab.ace[2].permit);
	ck_assert_uint_eq(COUNT(GDOI_GM_ACL_MERGE), 1);
	n.sat[1].direction = SAT_DIR_RECEIVER;
	lab_pull(&n, 0);
	ck_assert_int_eq(lab.mode, DP_RECEIVE_ONLY);
	ck_assert_uint_eq(COUNT(GDOI_GM_SA_INGRESS), 1);
	lab_group()->passive = true;
	lab_sync();
	ck_assert_int_eq(lab.mode, DP_PASSIVE);
	lab_group()->passive = false;
	lab_sync();
	n.sat[1].direction = SAT_DIR_SYMMETRIC;
	lab_pull(&n, 0);
	ck_assert_uint_eq(COUNT(GDOI_GM_CONV_SA_DUPLEX), 1);
	lab_run(SEC(7100));		/* keys over, policy kept */
	ck_assert_int_eq(lab.mode, DP_BOTH);
	lab_group()->failclose_revert = true;
	lab_sync();
	ck_assert_int_eq(lab.mode, DP_CLOSED);
	lab_down();
}
END_TEST

START_TEST(dataplane_trouble)
{
	lab_up();
	lab.broken = true;
	lab_registered(1000, 7000, 7200);
	ck_assert_uint_eq(COUNT(GDOI_GM_INSTALL_POLICIES_FAILED), 1);
	ck_assert_uint_eq(COUNT(GDOI_GM_INSTALL_POLICIES_SUCCESS), 0);
	ck_assert_uint_eq(COUNT(GDOI_GM_REGS_COMPL), 1);
	ck_assert_int_eq(lab_info().state, GM_REGISTERED);
	ck_assert_str_eq(lab_info().dataplane_problem, "no ESP");
	lab.absent = true;		/* not usable at all: the data plane says so, once */
	lab_registered(1000, 7000, 7200);
	ck_assert_uint_eq(COUNT(GDOI_GM_INSTALL_POLICIES_FAILED), 1);
	lab.absent = lab.broken = false;
	lab_registered(1000, 7000, 7200);
	ck_assert_uint_eq(COUNT(GDOI_GM_INSTALL_POLICIES_SUCCESS), 1);
	ck_assert_str_eq(lab_info().dataplane_problem, "");
	lab_down();
}
END_TEST

START_TEST(recovery)
{
	lab_up();
	lab_group()->recovery_interval = 100;
	lab_sync();
	lab_registered(1000, 7200, 7200);
	lab_run(SEC(350));
	ck_assert_uint_eq(COUNT(GDOI_GM_RECOVERY_REGISTRATION), 0);
	lab.errors = 3;
	lab_run(SEC(100));
	ck_assert_uint_eq(COUNT(GDOI_GM_RECOVERY_REGISTRATION), 1);
	lab.ntried = 0;
	lab_run(SEC(31));
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
	lab_registered(1000, 7000, 7200);
	i = lab_info();
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

static void add(TCase *t, const void *arg)
{
	(void)arg;
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
}

int main(void)
{
	return unit_suite("gdoi member rekey", 120, add, NULL);
}
