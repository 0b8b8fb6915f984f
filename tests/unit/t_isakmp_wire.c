/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Header, chain, SA payload, notify, delete, identities, keys: octets in, structs out, known answers. */
#include "isakmp/isakmp_desc.h"
#include "isakmp/keys.h"
#include "isakmp/payloads.h"
#include "isakmp/phase1_id.h"
#include "isakmp/proposal.h"
#include "isakmp/vendor.h"
#include "isakmp_kat.h"
#include "lib/crypto/cipher.h"
#include "lib/why.h"
#include "crypto_hex.h"
#include "unit.h"

static const struct {
	const char *name, *hex;
	bool ok;
} headers[] = {
	{ "bare", "0102030405060708" "0000000000000000" "00100200" "00000000" "0000001c", true },
	{ "minor version 1", "0102030405060708" "0000000000000000" "00110200" "00000000" "0000001c", true },
	{ "major version 2", "0102030405060708" "0000000000000000" "00200200" "00000000" "0000001c", false },
	{ "one octet short", "0102030405060708" "0000000000000000" "00100200" "00000000" "00001c", false },
	{ "length more", "0102030405060708" "0000000000000000" "00100200" "00000000" "0000001d", false },
	{ "length less", "0102030405060708" "0000000000000000" "00100200" "00000000" "0000001b", false },
	{ "length huge", "0102030405060708" "0000000000000000" "00100200" "00000000" "ffffffff", false },
	{ "trailing octet", "0102030405060708" "0000000000000000" "00100200" "00000000" "0000001c" "00", false },
	{ "nothing", "", false },
};

START_TEST(header)
{
	for (unsigned i = 0; i < sizeof(headers) / sizeof(headers[0]); i++) {
		struct isakmp_hdr h;
		struct why why = { "" };
		struct bytes in = unhex(headers[i].hex);
		uint8_t buf[ISAKMP_HDR];
		struct wr w = wr_init(buf, sizeof(buf));

		ck_assert_msg(isakmp_hdr_decode(in, &h, &why) == headers[i].ok, "%s", headers[i].name);
		if (!headers[i].ok) {
			ck_assert_msg(why.text[0], "%s: no reason", headers[i].name);
			continue;
		}
		isakmp_hdr_encode(&w, &h);
		ck_assert(bytes_eq(wr_done(&w), in));
	}
}
END_TEST

static const struct {
	const char *name;
	uint8_t first;
	bool padded;
	const char *hex;
	int count;		/* -1: refused */
	size_t used;
} chains[] = {
	{ "none", 0, false, "", 0, 0 },
	{ "one empty", 13, false, "00000004", 1, 4 },
	{ "two", 10, false, "0d000006aabb" "00000005cc", 2, 11 },
	{ "private type", 200, false, "00000004", 1, 4 },
	{ "reserved not zero", 10, false, "00010004", -1, 0 },
	{ "length 3", 10, false, "00000003", -1, 0 },
	{ "length 0", 10, false, "00000000", -1, 0 },
	{ "length past end", 10, false, "00000005", -1, 0 },
	{ "header cut", 10, false, "000000", -1, 0 },
	{ "second missing", 10, false, "0d000004", -1, 0 },
	{ "octets behind", 10, false, "0000000400", -1, 0 },
	{ "zero padding", 10, true, "00000004" "000000000000", 1, 4 },
	{ "counted padding", 10, true, "00000004" "00000003", 1, 4 },
	{ "counted padding, its own octet included", 10, true, "00000004" "00000004", 1, 4 },
	{ "other padding", 10, true, "00000004" "01000000", -1, 0 },
	{ "padding that is no count", 10, true, "00000004" "00000077", -1, 0 },
	{ "proposal outside an SA", 2, false, "00000004", -1, 0 },
	{ "transform outside an SA", 3, false, "00000004", -1, 0 },
	{ "type 14", 14, false, "00000004", -1, 0 },
	{ "type 23", 23, false, "00000004", -1, 0 },
	{ "type 127", 127, false, "00000004", -1, 0 },
	{ "first of nothing", 10, false, "", -1, 0 },
};

START_TEST(chain)
{
	for (unsigned i = 0; i < sizeof(chains) / sizeof(chains[0]); i++) {
		struct isakmp_payload p[ISAKMP_PAYLOADS];
		struct why why = { "" };
		unsigned count;
		size_t used;
		bool ok = isakmp_chain(chains[i].first, unhex(chains[i].hex), chains[i].padded, p, ISAKMP_PAYLOADS, &count,
			&used, &why);

		ck_assert_msg(ok == (chains[i].count >= 0), "%s: %s", chains[i].name, why.text);
		if (!ok) {
			ck_assert_msg(why.text[0], "%s: no reason", chains[i].name);
			continue;
		}
		ck_assert_msg((int)count == chains[i].count && used == chains[i].used, "%s", chains[i].name);
	}
}
END_TEST

START_TEST(chain_too_long)
{
	uint8_t buf[4 * (ISAKMP_PAYLOADS + 1)];
	struct wr w = wr_init(buf, sizeof(buf));
	struct isakmp_payload p[ISAKMP_PAYLOADS];
	unsigned count;
	size_t used;

	for (unsigned i = 0; i <= ISAKMP_PAYLOADS; i++) {
		size_t at = isakmp_payload_begin(&w, i == ISAKMP_PAYLOADS ? PL_NONE : PL_VID);

		isakmp_payload_end(&w, at);
	}
	ck_assert(!isakmp_chain(PL_VID, wr_done(&w), false, p, ISAKMP_PAYLOADS, &count, &used, NULL));
	ck_assert_uint_eq(count, 0);
	ck_assert(isakmp_chain(PL_VID, bytes_of(buf + 4, sizeof(buf) - 4), false, p, ISAKMP_PAYLOADS, &count, &used, NULL));
	ck_assert_uint_eq(count, ISAKMP_PAYLOADS);
}
END_TEST

START_TEST(payload_too_long_to_write)
{
	static uint8_t buf[70000];
	struct wr w = wr_init(buf, sizeof(buf));
	size_t at = isakmp_payload_begin(&w, PL_NONE);

	wr_zero(&w, 65532);
	isakmp_payload_end(&w, at);
	ck_assert(!wr_ok(&w));
}
END_TEST

/* ---- SA payload ---- */

static const struct isakmp_suite aes256 = { CIPHER_AES256, HASH_SHA256, DH_14, 86400 };
static const struct isakmp_suite tdes = { CIPHER_3DES, HASH_SHA1, DH_2, 3600 };

START_TEST(offer_known_answer)
{
	const struct sa_head head = { 2, 0 };
	uint8_t buf[512];
	struct wr w = wr_init(buf, sizeof(buf));

	sa_offer(&w, &head, &aes256, 1);
	ck_assert(wr_ok(&w));
	ck_bytes(buf, w.n, kat_phase1_sai_b);
}
END_TEST

/* The parts of an offer around which the bad ones are built. */
#define GDOI_0 "00000002" "00000000"
#define T_AES "80010007" "800e0100" "80020004" "80030001" "8004000e" "800b0001" "000c000400015180"
#define ONE(attrs_len, attrs) "0000" attrs_len "01010000" attrs

static const struct {
	const char *name, *hex;
	enum sa_verdict want;
} offers[] = {
	{ "as the vector", GDOI_0 "00000030" "01010001" ONE("0028", T_AES), SA_OK },
	{ "DOI 2 situation 1", "00000002" "00000001" "00000030" "01010001" ONE("0028", T_AES), SA_OK },
	{ "DOI 1 situation 1", "00000001" "00000001" "00000030" "01010001" ONE("0028", T_AES), SA_OK },
	{ "DOI 1 situation 0", "00000001" "00000000" "00000030" "01010001" ONE("0028", T_AES), SA_BAD_SITUATION },
	{ "DOI 2 situation 2", "00000002" "00000002" "00000030" "01010001" ONE("0028", T_AES), SA_BAD_SITUATION },
	{ "DOI 0", "00000000" "00000000" "00000030" "01010001" ONE("0028", T_AES), SA_BAD_DOI },
	{ "DOI 3", "00000003" "00000000" "00000030" "01010001" ONE("0028", T_AES), SA_BAD_DOI },
	{ "SPI of 8 octets, ignored", GDOI_0 "00000038" "01010801" "0102030405060708" ONE("0028", T_AES), SA_OK },
	{ "SPI size past the end", GDOI_0 "00000030" "0101ff01" ONE("0028", T_AES), SA_MALFORMED },
	{ "protocol ESP", GDOI_0 "00000030" "01030001" ONE("0028", T_AES), SA_MALFORMED },
	{ "no transform but 1 said", GDOI_0 "00000008" "01010001", SA_MALFORMED },
	{ "no transform and 0 said", GDOI_0 "00000008" "01010000", SA_MALFORMED },
	{ "2 transforms said", GDOI_0 "00000030" "01010002" ONE("0028", T_AES), SA_MALFORMED },
	{ "0 transforms said", GDOI_0 "00000030" "01010000" ONE("0028", T_AES), SA_MALFORMED },
	{ "transform length short", GDOI_0 "00000030" "01010001" ONE("0020", T_AES), SA_MALFORMED },
	{ "transform length long", GDOI_0 "00000030" "01010001" ONE("0029", T_AES), SA_MALFORMED },
	{ "proposal length short", GDOI_0 "0000002f" "01010001" ONE("0028", T_AES), SA_MALFORMED },
	{ "proposal length 3", GDOI_0 "00000003" "01010001" ONE("0028", T_AES), SA_MALFORMED },
	{ "two proposals", GDOI_0 "02000030" "01010001" ONE("0028", T_AES) "00000030" "02010001" ONE("0028", T_AES),
		SA_MALFORMED },
	{ "octets behind", GDOI_0 "00000030" "01010001" ONE("0028", T_AES) "00", SA_MALFORMED },
	{ "next payload of the transform is 7", GDOI_0 "00000030" "01010001" "0700002801010000" T_AES, SA_MALFORMED },
	{ "situation cut", "00000002" "0000", SA_MALFORMED },
	{ "empty", "", SA_MALFORMED },
	{ "transform id 2", GDOI_0 "00000030" "01010001" "0000002801020000" T_AES, SA_NONE_CHOSEN },
	{ "no key length", GDOI_0 "0000002c" "01010001"
		ONE("0024", "80010007" "80020004" "80030001" "8004000e" "800b0001" "000c000400015180"), SA_NONE_CHOSEN },
	{ "AES of 64 bits", GDOI_0 "00000030" "01010001"
		ONE("0028", "80010007" "800e0040" "80020004" "80030001" "8004000e" "800b0001" "000c000400015180"),
		SA_NONE_CHOSEN },
	{ "RSA signatures", GDOI_0 "00000030" "01010001"
		ONE("0028", "80010007" "800e0100" "80020004" "80030003" "8004000e" "800b0001" "000c000400015180"),
		SA_NONE_CHOSEN },
	{ "no hash", GDOI_0 "0000002c" "01010001"
		ONE("0024", "80010007" "800e0100" "80030001" "8004000e" "800b0001" "000c000400015180"), SA_NONE_CHOSEN },
	{ "lifetime as TV", GDOI_0 "0000002c" "01010001"
		ONE("0024", "80010007" "800e0100" "80020004" "80030001" "8004000e" "800b0001" "800c7080"), SA_OK },
	{ "no lifetime", GDOI_0 "00000024" "01010001"
		ONE("001c", "80010007" "800e0100" "80020004" "80030001" "8004000e"), SA_OK },
	{ "lifetime 0", GDOI_0 "0000002c" "01010001"
		ONE("0024", "80010007" "800e0100" "80020004" "80030001" "8004000e" "800b0001" "800c0000"), SA_NONE_CHOSEN },
	{ "lifetime in kilobytes alone", GDOI_0 "0000002c" "01010001"
		ONE("0024", "80010007" "800e0100" "80020004" "80030001" "8004000e" "800b0002" "800c7080"), SA_NONE_CHOSEN },
	{ "duration without type", GDOI_0 "00000028" "01010001"
		ONE("0020", "80010007" "800e0100" "80020004" "80030001" "8004000e" "800c7080"), SA_NONE_CHOSEN },
	{ "unknown attribute", GDOI_0 "00000034" "01010001" ONE("002c", T_AES "c0010001"), SA_NONE_CHOSEN },
	{ "attribute twice", GDOI_0 "00000034" "01010001" ONE("002c", T_AES "80010007"), SA_NONE_CHOSEN },
	{ "attribute past the end", GDOI_0 "00000034" "01010001" ONE("002c", T_AES "000c0004"), SA_NONE_CHOSEN },
	{ "hash as TLV", GDOI_0 "00000032" "01010001"
		ONE("002a", "80010007" "800e0100" "000200020004" "80030001" "8004000e" "800b0001" "000c000400015180"),
		SA_NONE_CHOSEN },
};

START_TEST(offers_good_and_bad)
{
	for (unsigned i = 0; i < sizeof(offers) / sizeof(offers[0]); i++) {
		struct sa_choice c;
		struct why why = { "" };
		enum sa_verdict v = sa_choose(unhex(offers[i].hex), &aes256, 1, &c, &why);

		ck_assert_msg(v == offers[i].want, "%s: %d (%s)", offers[i].name, v, why.text);
		ck_assert_msg(v == SA_OK || why.text[0], "%s: no reason", offers[i].name);
	}
}
END_TEST

/* Every prefix and every single changed octet of a good offer: an answer, never a crash, and a choice only if it fits. */
START_TEST(offer_mutations)
{
	struct bytes good = unhex(kat_phase1_sai_b);
	uint8_t buf[128];

	for (size_t n = 0; n < good.n; n++) {
		struct sa_choice c;

		ck_assert(sa_choose(bytes_of(good.p, n), &aes256, 1, &c, NULL) == SA_MALFORMED);
	}
	for (size_t at = 0; at < good.n; at++) {
		for (unsigned v = 0; v < 256; v++) {
			struct sa_choice c = { .suite = { 0 } };

			memcpy(buf, good.p, good.n);
			buf[at] = (uint8_t)v;
			if (sa_choose(bytes_of(buf, good.n), &aes256, 1, &c, NULL) == SA_OK)
				ck_assert(c.suite.encr == CIPHER_AES256 && c.suite.group == DH_14);
		}
	}
}
END_TEST

START_TEST(choice_follows_the_initiators_order)
{
	const struct sa_head head = { 2, 0 };
	const struct isakmp_suite own[] = { aes256, tdes }, theirs[] = { tdes, aes256 };
	uint8_t buf[512], out[512];
	struct wr w = wr_init(buf, sizeof(buf)), a = wr_init(out, sizeof(out));
	struct isakmp_suite got;
	struct sa_choice c;

	sa_offer(&w, &head, theirs, 2);
	ck_assert(sa_choose(wr_done(&w), own, 2, &c, NULL) == SA_OK);
	ck_assert_int_eq(c.suite.encr, CIPHER_3DES);
	sa_answer(&a, &c);
	ck_assert_uint_lt(a.n, w.n);
	ck_assert(sa_accept(wr_done(&a), wr_done(&w), &got, NULL) == SA_OK);
	ck_assert_int_eq(got.encr, CIPHER_3DES);
	ck_assert_uint_eq(got.lifetime, 3600);
}
END_TEST

START_TEST(shorter_lifetime)
{
	const struct sa_head head = { 2, 0 };
	struct isakmp_suite own = aes256;
	uint8_t buf[512];
	struct wr w = wr_init(buf, sizeof(buf));
	struct sa_choice c;

	sa_offer(&w, &head, &aes256, 1);
	own.lifetime = 600;
	ck_assert(sa_choose(wr_done(&w), &own, 1, &c, NULL) == SA_OK);
	ck_assert(c.suite.lifetime == 600 && c.shortened);
	own.lifetime = 90000;
	ck_assert(sa_choose(wr_done(&w), &own, 1, &c, NULL) == SA_OK);
	ck_assert(c.suite.lifetime == 86400 && !c.shortened);
}
END_TEST

START_TEST(answers_that_were_not_offered)
{
	const struct sa_head head = { 2, 0 }, head1 = { 1, 1 };
	const struct isakmp_suite both[] = { aes256, tdes };
	const struct {
		enum cipher_id c;
		enum hash_id h;
		enum dh_id g;
		uint32_t life;
		const char *why;
	} bad[] = {
		{ CIPHER_AES128, HASH_SHA256, DH_14, 86400, "encryption algorithm" },
		{ CIPHER_AES256, HASH_SHA1, DH_14, 86400, "hash algorithm" },
		{ CIPHER_AES256, HASH_SHA256, DH_2, 86400, "Diffie-Hellman group" },
		{ CIPHER_AES256, HASH_SHA256, DH_14, 86399, "lifetime" },
	};
	uint8_t buf[512], out[512];
	struct wr w = wr_init(buf, sizeof(buf)), a;
	struct isakmp_suite got;
	struct why why;

	sa_offer(&w, &head, both, 2);
	for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		const struct isakmp_suite s = { bad[i].c, bad[i].h, bad[i].g, bad[i].life };

		a = wr_init(out, sizeof(out));
		sa_offer(&a, &head, &s, 1);
		ck_assert(sa_accept(wr_done(&a), wr_done(&w), &got, &why) == SA_NONE_CHOSEN);
		ck_assert_str_eq(why.text, bad[i].why);
	}
	a = wr_init(out, sizeof(out));
	sa_offer(&a, &head, both, 2);
	ck_assert(sa_accept(wr_done(&a), wr_done(&w), &got, &why) == SA_MALFORMED);
	a = wr_init(out, sizeof(out));
	sa_offer(&a, &head1, &aes256, 1);
	ck_assert(sa_accept(wr_done(&a), wr_done(&w), &got, &why) == SA_NONE_CHOSEN);
	/* The second one of ours, numbered 1 by the responder. */
	a = wr_init(out, sizeof(out));
	sa_offer(&a, &head, &tdes, 1);
	ck_assert(sa_accept(wr_done(&a), wr_done(&w), &got, &why) == SA_OK);
	ck_assert_int_eq(got.encr, CIPHER_3DES);
}
END_TEST

/* ---- notify, delete, identities, vendor ids ---- */

START_TEST(notify_and_delete)
{
	const char *good = "00000001" "0110" "8d28" "0102030405060708" "1112131415161718" "12345678";
	uint8_t buf[64];
	struct wr w = wr_init(buf, sizeof(buf));
	struct notify_body n;
	struct delete_body d;

	ck_assert(notify_decode(unhex(good), &n, NULL));
	ck_assert_uint_eq(n.type, N_R_U_THERE);
	ck_assert_uint_eq(n.spi.n, 16);
	ck_assert_uint_eq(n.data.n, 4);
	notify_encode(&w, &n);
	ck_bytes(buf, w.n, good);
	ck_assert(!notify_decode(unhex("0000000101108d2801"), &n, NULL));
	ck_assert(!notify_decode(unhex("00000001011000"), &n, NULL));
	ck_assert_str_eq(isakmp_notify_name(29), "UNSUPPORTED-EXCHANGE-TYPE");
	ck_assert_str_eq(isakmp_notify_name(9999), "notify");

	ck_assert(delete_decode(unhex("00000002" "0110" "0001" "01020304050607081112131415161718"), &d, NULL));
	ck_assert(!delete_decode(unhex("00000002" "0110" "0002" "01020304050607081112131415161718"), &d, NULL));
	ck_assert(!delete_decode(unhex("00000002" "0110" "ffff"), &d, NULL));
	ck_assert(!delete_decode(unhex("00000002" "0110" "00"), &d, NULL));
	ck_assert(delete_decode(unhex("00000002" "0110" "0000"), &d, NULL));
}
END_TEST

START_TEST(identities)
{
	static const struct {
		const char *hex, *want;
	} rows[] = {
		{ "01000000" "0a000002", "10.0.0.2" },
		{ "01110350" "0a000002", "10.0.0.2" },
		{ "01000350" "0a000002", NULL },	/* a port without a protocol */
		{ "01060000" "0a000002", NULL },	/* TCP */
		{ "01000000" "0a000003", NULL },	/* not its address */
		{ "01000000" "0a0000", NULL },
		{ "01000000" "0a00000200", NULL },
		{ "02000000" "676d31", "gm1" },
		{ "03000000" "614062", "a@b" },
		{ "0b000000" "676d31", "gm1" },
		{ "02000000", NULL },			/* no name */
		{ "04000000" "0a000000ff000000", NULL },
		{ "05000000" "00000000000000000000000000000001", NULL },
		{ "09000000" "3000", NULL },
		{ "010000", NULL },
	};

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct why why = { "" };
		char *id = peer_id(unhex(rows[i].hex), (struct ip4){ 0x0a000002 }, &why);

		if (rows[i].want)
			ck_assert_str_eq(id, rows[i].want);
		else
			ck_assert_msg(!id && why.text[0], "%s", rows[i].hex);
		free(id);
	}
}
END_TEST

START_TEST(identity_is_escaped)
{
	struct why why;
	char *id = peer_id(unhex("02000000" "611b5b324a0a62"), (struct ip4){ 1 }, &why);

	ck_assert_ptr_nonnull(id);
	for (const char *s = id; *s; s++)
		ck_assert(*s >= 0x20 && *s < 0x7f);
	free(id);
}
END_TEST

START_TEST(vendor_ids)
{
	struct vendor v = { 0 };
	uint8_t own[VENDOR_ID];

	vendor_version((struct version){ 1, 0, 26 }, own);
	ck_bytes(own, VENDOR_ID, "65edac6d9843629ae172fec5" "01001a00");
	ck_bytes(vendor_dpd().p, vendor_dpd().n, "afcad71368a1f1c96b8696fc77570100");
	vendor_note(&v, unhex("12f5f28c457168a9702d9fe274cc0100"));
	vendor_note(&v, BYTES_NONE);
	vendor_note(&v, bytes_of(own, 12));
	ck_assert(!v.dpd && !v.gdoix);
	vendor_note(&v, bytes_of(own, VENDOR_ID));
	vendor_note(&v, vendor_dpd());
	ck_assert(v.dpd && v.gdoix && v.version.major == 1 && v.version.minor == 0 && v.version.mini == 26);
}
END_TEST

/* ---- keys ---- */

START_TEST(keys_known_answers)
{
	const struct isakmp_inputs in = { CIPHER_AES256, HASH_SHA256, unhex(kat_psk), unhex(kat_ni_b), unhex(kat_nr_b),
		unhex(kat_gxy), unhex(kat_cky_i), unhex(kat_cky_r) };
	struct isakmp_keys k;
	uint8_t out[HASH_SIZE_MAX], iv[CIPHER_BLOCK_MAX];
	struct bytes gxi, gxr, sai;

	ck_assert(isakmp_derive(&in, &k));
	ck_bytes(k.skeyid.p, k.skeyid.n, kat_skeyid);
	ck_bytes(k.sa.p, 32, kat_skeyid_a);
	ck_bytes(k.sa.p + 32, 32, kat_aes256_phase1_key);

	gxi = unhex(kat_gxi);
	gxr = unhex(kat_gxr);
	sai = unhex(kat_phase1_sai_b);
	ck_assert(isakmp_auth_hash(HASH_SHA256, &k.skeyid, &(struct isakmp_hash_inputs){ gxi, gxr, unhex(kat_cky_i), unhex(kat_cky_r),
		sai, unhex(kat_idii_b) }, out));
	ck_bytes(out, 32, kat_hash_i);
	gxi = unhex(kat_gxi);
	gxr = unhex(kat_gxr);
	sai = unhex(kat_phase1_sai_b);
	ck_assert(isakmp_auth_hash(HASH_SHA256, &k.skeyid, &(struct isakmp_hash_inputs){ gxr, gxi, unhex(kat_cky_r),
		unhex(kat_cky_i), sai, unhex(kat_idir_b) }, out));
	ck_bytes(out, 32, kat_hash_r);
	ck_assert(isakmp_first_iv(HASH_SHA256, unhex(kat_gxi), unhex(kat_gxr), iv));
	ck_bytes(iv, 16, kat_phase1_iv0);
	ck_assert(isakmp_exchange_iv(HASH_SHA256, unhex(kat_phase1_last_block).p, 16, 0xa1b2c3d4, iv));
	ck_bytes(iv, 16, kat_pull_iv0);
	isakmp_keys_free(&k);
	ck_assert(!secret_set(&k.skeyid) && !secret_set(&k.sa));
}
END_TEST

/* Messages 5 and 6 as on the wire: header, ID, HASH, zero padding, chained IV. */
static void encrypted(const char *idb, const char *hash, uint8_t *iv, const char *want)
{
	struct isakmp_hdr h = { .next = PL_ID, .version = ISAKMP_VERSION, .exchange = XCHG_MAIN, .flags = ISAKMP_FLAG_E,
		.length = 76 };
	uint8_t buf[128];
	struct wr w = wr_init(buf, sizeof(buf));
	struct bytes key = unhex(kat_aes256_phase1_key);
	size_t at;

	memcpy(h.icookie, unhex(kat_cky_i).p, 8);
	memcpy(h.rcookie, unhex(kat_cky_r).p, 8);
	isakmp_hdr_encode(&w, &h);
	at = isakmp_payload_begin(&w, PL_HASH);
	wr_bytes(&w, unhex(idb));
	isakmp_payload_end(&w, at);
	at = isakmp_payload_begin(&w, PL_NONE);
	wr_bytes(&w, unhex(hash));
	isakmp_payload_end(&w, at);
	ck_assert_uint_eq(w.n, 76);
	ck_assert(cbc_encrypt(CIPHER_AES256, key, iv, buf + ISAKMP_HDR, buf + ISAKMP_HDR, 48, iv));
	ck_bytes(buf, w.n, want);
}

START_TEST(messages_5_and_6_known_answers)
{
	uint8_t iv[CIPHER_BLOCK_MAX];

	memcpy(iv, unhex(kat_phase1_iv0).p, sizeof(iv));
	encrypted(kat_idii_b, kat_hash_i, iv, kat_mm5_wire);
	encrypted(kat_idir_b, kat_hash_r, iv, kat_mm6_wire);
	ck_bytes(iv, 16, kat_phase1_last_block);
}
END_TEST

/* Key longer than SKEYID_e: K1 | K2 (RFC 2409 appendix B), computed here step by step. */
START_TEST(short_hash_long_key)
{
	const struct isakmp_inputs in = { CIPHER_AES256, HASH_SHA1, bytes_str("k"), bytes_str("initiator"),
		bytes_str("responder"), bytes_str("shared"), bytes_str("iiiiiiii"), bytes_str("rrrrrrrr") };
	/* hmac-sha1 chain worked out with an independent implementation (Python hmac) */
	const char *want = "e9c459617e58cdfe112f5206af6ae0bfd875133e6a75684551934bf0a79ccbca";
	struct isakmp_keys k;

	ck_assert(isakmp_derive(&in, &k));
	ck_assert_uint_eq(k.sa.n, 20 + 32);
	ck_bytes(k.sa.p + 20, 32, want);
	isakmp_keys_free(&k);
}
END_TEST

UNIT_MAIN("isakmp wire", header, chain, chain_too_long, payload_too_long_to_write, offer_known_answer,
	offers_good_and_bad, offer_mutations, choice_follows_the_initiators_order, shorter_lifetime,
	answers_that_were_not_offered, notify_and_delete, identities, identity_is_escaped, vendor_ids, keys_known_answers,
	messages_5_and_6_known_answers, short_hash_long_key)
