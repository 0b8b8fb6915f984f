/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Payloads of RFC 6407 section 5 against the vectors of gdoi-wire.md appendix A, and against damage. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include "gdoi/payload.h"
#include "gdoi_hex.h"
#include "gdoi_kat.h"
#include "lib/rng.h"
#include "lib/text.h"
#include "lib/why.h"
#include "lib/wire.h"
#include "tests/unit/unit.h"

static const struct gdoi_wire plain = { 0 };
static const struct gdoi_wire own = { .private_ok = true };

#define ck_bytes_eq(a, b)                                                                                        \
	do {                                                                                                     \
		ck_assert_uint_eq((a).n, (b).n);                                                                  \
		ck_assert_mem_eq((a).p, (b).p, (a).n);                                                            \
	} while (0)

START_TEST(sa_vector)
{
	struct hex h;
	struct gdoi_sa sa;
	struct why why = { "" };
	uint8_t buf[512];
	struct wr w = wr_init(buf, sizeof(buf));
	struct bytes body = unhex(&h, kat_pull_sa_body), again;

	ck_assert_msg(gdoi_sa_decode(body, &plain, &sa, &why), "%s", why.text);
	ck_assert(sa.has_sak && sa.has_gap);
	ck_assert_uint_eq(sa.nsat, 1);
	ck_assert_int_eq(sa.sak.cipher, CIPHER_AES256);
	ck_assert_int_eq(sa.sak.sig_hash, HASH_SHA256);
	ck_assert_uint_eq(sa.sak.sig_key_bits, 2048);
	ck_assert_uint_eq(sa.sak.lifetime, 86400);
	ck_assert_uint_eq(sa.sak.ack, SAK_ACK_KEK_SHA256);
	ck_assert_uint_eq(sa.sak.src.ip.a, 0x0a000001);
	ck_assert_uint_eq(sa.sak.dst.ip.a, 0xefc00101);
	ck_assert_uint_eq(sa.sak.dst.port, 848);
	ck_assert_uint_eq(sa.gap.atd, 2);
	ck_assert_uint_eq(sa.gap.dtd, 3);
	ck_assert_uint_eq(sa.sat[0].spi, 0x0bad5eed);
	ck_assert_int_eq(sa.sat[0].enc, ESP_AES256);
	ck_assert_int_eq(sa.sat[0].auth, ESP_SHA256);
	ck_assert_uint_eq(sa.sat[0].src.mask.a, 0xffff0000);
	ck_assert_uint_eq(sa.sat[0].lifetime, 3600);
	gdoi_sa_encode(&w, &plain, &sa);
	again = wr_done(&w);
	ck_bytes_eq(again, body);
	ck_assert_uint_le(again.n, gdoi_sa_bound(&sa));
	gdoi_sa_free(&sa);
}
END_TEST

START_TEST(kd_vector)
{
	struct hex h, k;
	struct gdoi_kd kd;
	struct why why = { "" };
	uint8_t buf[1024];
	struct wr w = wr_init(buf, sizeof(buf));
	struct bytes body = unhex(&h, kat_pull_kd_body), again;

	ck_assert_msg(gdoi_kd_decode(body, &plain, &kd, &why), "%s", why.text);
	ck_assert_uint_eq(kd.ntek, 1);
	ck_assert_uint_eq(kd.nkek, 1);
	ck_assert_uint_eq(kd.tek[0].spi, 0x0bad5eed);
	ck_bytes_eq(kd.tek[0].key, unhex(&k, kat_tek_enc_key));
	ck_bytes_eq(kd.tek[0].auth_key, unhex(&k, kat_tek_int_key));
	ck_bytes_eq(kd.kek[0].sig_key, unhex(&k, kat_rekey_pubkey_spki_der));
	ck_bytes_eq(bytes_of(kd.kek[0].iv_key.p, 16), unhex(&k, kat_kek_iv));
	ck_bytes_eq(bytes_of(kd.kek[0].iv_key.p + 16, 32), unhex(&k, kat_kek_key));
	gdoi_kd_encode(&w, &plain, &kd);
	again = wr_done(&w);
	ck_bytes_eq(again, body);
	ck_assert_uint_le(again.n, gdoi_kd_bound(&kd));
	/* IV and key apart give the same octets. */
	kd.kek[0].iv = bytes_of(kd.kek[0].iv_key.p, 16);
	kd.kek[0].key = bytes_of(kd.kek[0].iv_key.p + 16, 32);
	kd.kek[0].iv_key = BYTES_NONE;
	w = wr_init(buf, sizeof(buf));
	gdoi_kd_encode(&w, &plain, &kd);
	again = wr_done(&w);
	ck_bytes_eq(again, body);
	gdoi_kd_free(&kd);
}
END_TEST

/* Every truncation is an error with a reason, never a crash. */
START_TEST(truncated)
{
	struct hex h, k;
	struct bytes sa_body = unhex(&h, kat_pull_sa_body), kd_body = unhex(&k, kat_pull_kd_body);
	struct gdoi_sa sa;
	struct gdoi_kd kd;

	for (size_t n = 0; n < sa_body.n; n++) {
		uint8_t *copy = malloc(n + 1);
		struct why why = { "" };

		memcpy(copy, sa_body.p, n);
		ck_assert(!gdoi_sa_decode(bytes_of(copy, n), &plain, &sa, &why));
		ck_assert_str_ne(why.text, "");
		ck_assert_ptr_null(sa.sat);
		free(copy);
	}
	for (size_t n = 0; n < kd_body.n; n++) {
		uint8_t *copy = malloc(n + 1);
		struct why why = { "" };

		memcpy(copy, kd_body.p, n);
		ck_assert(!gdoi_kd_decode(bytes_of(copy, n), &plain, &kd, &why));
		ck_assert_str_ne(why.text, "");
		ck_assert_ptr_null(kd.tek);
		free(copy);
	}
}
END_TEST

/* Damage of one octet: decoded or refused, and what is decoded can be encoded and printed. */
START_TEST(damaged)
{
	struct hex h;
	struct bytes body = unhex(&h, kat_pull_sa_body);
	struct rng *rng = rng_new_seeded(1);
	struct text t = TEXT_EMPTY;
	uint8_t buf[4096];

	for (int i = 0; i < 20000; i++) {
		struct gdoi_sa sa;
		size_t at = rng_below(rng, body.n);
		uint8_t was = h.p[at];

		h.p[at] = (uint8_t)rng_u32(rng);
		if (gdoi_sa_decode(body, &own, &sa, NULL)) {
			struct wr w = wr_init(buf, sizeof(buf));

			gdoi_sa_encode(&w, &own, &sa);
			ck_assert(wr_ok(&w));
			text_clear(&t);
			gdoi_sa_print(&sa, &t);
			gdoi_sa_free(&sa);
		}
		h.p[at] = was;
	}
	text_free(&t);
	rng_free(rng);
}
END_TEST

static struct gdoi_sat esp_sat(uint32_t spi)
{
	return (struct gdoi_sat){ .protocol_id = 1, .ip_proto = 17, .spi = spi, .enc = ESP_GCM256, .lifetime = 7200,
		.src = { .type = ID_IPV4_SUBNET, .ip = { 0x0a010000 }, .mask = { 0xffff0000 } },
		.dst = { .type = ID_IPV4, .port = 53, .ip = { 0x0a020001 }, .mask = { UINT32_MAX } },
		.encap = 1, .preserve = 4, .direction = SAT_DIR_RECEIVER, .replay = 3, .window = 200, .entry = 2,
		.configured = 9000 };
}

static struct gdoi_sak a_sak(enum cipher_id c)
{
	struct gdoi_sak sak = { .proto = 17, .src = { .type = ID_IPV4, .port = 848, .ip = { 0x0a000001 } },
		.dst = { .type = ID_IPV4, .port = 848, .ip = { 0xefc00101 } }, .cipher = c, .sig_hash = HASH_SHA512, .sig_alg = 1,
		.sig_key_bits = 4096, .lifetime = 86400, .ack = SAK_ACK_KEK_SHA512 };

	memset(sak.spi, 0x5a, GDOI_SPI);
	return sak;
}

/* What one of our own peers gets: private attributes, deny entries, removal; all wire variants. */
START_TEST(round_trip)
{
	for (unsigned v = 0; v < 16; v++) {
		const struct gdoi_wire w = { .sat_idlen2 = v & 1, .sak_pad6 = v & 2, .private_ok = v & 4 };
		/* A reader that was not told of the peer's variant finds it by trying. */
		const struct gdoi_wire reader = v & 8 ? (struct gdoi_wire){ .private_ok = w.private_ok } : w;
		struct gdoi_sat sats[3] = { esp_sat(1), esp_sat(1), esp_sat(2) };
		struct gdoi_sa sa = { .has_sak = true, .sak = a_sak(CIPHER_AES128), .has_gap = true, .sat = sats, .nsat = 3 }, got;
		struct gdoi_gap *g = &sa.gap;
		struct why why = { "" };
		uint8_t buf[1024];
		struct wr wr = wr_init(buf, sizeof(buf));
		unsigned n = 0;

		*g = (struct gdoi_gap){ .has_atd = true, .atd = 30, .has_pseudotime = true, .pseudotime = UINT64_C(0x123456789ab),
			.removal = 1, .replace = 2 };
		sats[1].protocol_id = SAT_PROTO_DENY;
		gdoi_sa_encode(&wr, &w, &sa);
		ck_assert(wr_ok(&wr));
		ck_assert_msg(gdoi_sa_decode(wr_done(&wr), &reader, &got, &why), "variant %u: %s", v, why.text);
		ck_assert_uint_eq(got.nsat, w.private_ok ? 3 : 2);
		ck_assert_mem_eq(got.sak.spi, sa.sak.spi, GDOI_SPI);
		ck_assert_int_eq(got.sak.cipher, CIPHER_AES128);
		ck_assert_uint_eq(got.gap.atd, 30);
		ck_assert(!got.gap.has_dtd);
		if (w.private_ok) {
			ck_assert_uint_eq(got.gap.pseudotime, g->pseudotime);
			ck_assert_uint_eq(got.gap.removal, 1);
			ck_assert_uint_eq(got.gap.replace, 2);
			ck_assert_uint_eq(got.sat[1].protocol_id, SAT_PROTO_DENY);
			ck_assert_uint_eq(got.sat[1].entry, 2);
			ck_assert_uint_eq(got.sat[0].configured, 9000);
			ck_assert_uint_eq(got.sat[0].window, 200);
			n = 1;
		} else {
			ck_assert(!got.gap.has_pseudotime);
			ck_assert_uint_eq(got.gap.removal, 0);
			ck_assert_uint_eq(got.sat[0].configured, 0);
		}
		ck_assert_uint_eq(got.sat[n + 1].spi, 2);
		ck_assert_int_eq(got.sat[0].enc, ESP_GCM256);
		ck_assert_int_eq(got.sat[0].auth, ESP_AUTH_NONE);
		ck_assert_uint_eq(got.sat[0].dst.port, 53);
		ck_assert_uint_eq(got.sat[0].direction, SAT_DIR_RECEIVER);
		gdoi_sa_free(&got);
	}
}
END_TEST

/* R6407 section 5.3.2: attributes not understood abort; private ones are understood from our own kind only. */
START_TEST(unknown_attributes)
{
	const struct gdoi_wire lenient = { .lenient_attrs = true };
	struct gdoi_sat sat = esp_sat(1);
	struct gdoi_sa sa = { .sat = &sat, .nsat = 1 }, got;
	struct why why = { "" };
	uint8_t buf[512];
	struct wr wr = wr_init(buf, sizeof(buf));
	const uint8_t gap_unknown[] = { 0x80, 0x7f, 0x00, 0x01 };
	struct gdoi_gap gap;

	gdoi_sa_encode(&wr, &own, &sa);
	ck_assert(!gdoi_sa_decode(wr_done(&wr), &plain, &got, &why));
	ck_assert_str_eq(why.text, "SAT 1: SAT attributes: attribute 32001 is not known");
	ck_assert(gdoi_sa_decode(wr_done(&wr), &lenient, &got, &why));
	ck_assert_uint_eq(got.sat[0].replay, 0);
	gdoi_sa_free(&got);
	ck_assert(!gdoi_gap_decode(BYTES_OF(gap_unknown), &own, &gap, &why));
	ck_assert_str_eq(why.text, "GAP attributes: attribute 127 is not known");
	ck_assert(gdoi_gap_decode(BYTES_OF(gap_unknown), &lenient, &gap, NULL));
}
END_TEST

struct bad {
	const char *hex, *why;
};

static const struct bad bad_sa[] = {
	{ "000000010000000000000000", "SA: DOI 1 is not GDOI" },
	{ "000000020000000100000000", "SA: Situation 1 is not known" },
	{ "000000020000000000000000", "SA: neither SAK nor SAT" },
	{ "000000020000000000090000000000040", "SA: payload 9 out of order" },
	{ "00000002000000000110000000000004", "SA: payload 272 is not known" },
	{ "000000020000000000100000000000", "SA: payload 16 runs past the end" },
	{ "00000002000000000016000000000003", "SA: payload 22 runs past the end" },
	{ "00000002000000000016000016000004000000040", "SA: payload 22 out of order" },
	{ "000000020000000000160000000000048001", "SA: 2 octets behind the last payload" },
	/* AH */
	{ "000000020000000000100000000000160200010000040102030401000004010203040", "SAT 1: SAT: Protocol-ID 2 is not used by this group" },
	/* identity of 3 octets */
	{ "000000020000000000100000000000150100010000030102030100000401020304", "SAT 1: SAT: SRC: an identity of type 1 has 3 octets" },
};

START_TEST(refused_sa)
{
	struct hex h;
	struct gdoi_sa sa;
	struct why why = { "" };

	ck_assert(!gdoi_sa_decode(unhex(&h, bad_sa[_i].hex), &plain, &sa, &why));
	ck_assert_str_eq(why.text, bad_sa[_i].why);
}
END_TEST

static const struct bad bad_kd[] = {
	{ "000000", "KD: shorter than its header" },
	{ "00010000", "KD: KD Type runs past the end" },
	{ "0001000001000004", "KD: SPI Size runs past the end" },
	{ "000100000100000400", "KD: a key packet of 4 octets" },
	{ "00010000010000ff04", "KD: a key packet runs past the end" },
	{ "0001000003000015100102030405060708090a0b0c0d0e0f10", "KD: LKH is not used by this group" },
	{ "000100000500000500", "KD: KD Type 5 is not known" },
	{ "000100000100000d100102030405060708", "KD: SPI Size 16 in a packet of KD Type 1" },
	{ "000100000100000704ffff", "KD: SPI runs past the end" },
	{ "000100000400000500", "KD: NUMBER_OF_SID_BITS 0 is not 1 to 64" },
	{ "0000000000", "KD: 1 octets behind the last key packet" },
	{ "000100000100000b0400000001000900", "KD TEK attributes: attribute 9 runs past the end" },
};

START_TEST(refused_kd)
{
	struct hex h;
	struct gdoi_kd kd;
	struct why why = { "" };

	ck_assert(!gdoi_kd_decode(unhex(&h, bad_kd[_i].hex), &plain, &kd, &why));
	ck_assert_str_eq(why.text, bad_kd[_i].why);
}
END_TEST

START_TEST(sids)
{
	struct gdoi_kd kd = { .sid_bits = 24, .sid = { 0x123456, 7 }, .nsid = 2 }, got;
	uint8_t buf[64];
	struct wr w = wr_init(buf, sizeof(buf));

	gdoi_kd_encode(&w, &plain, &kd);
	ck_assert(gdoi_kd_decode(wr_done(&w), &plain, &got, NULL));
	ck_assert_uint_eq(got.sid_bits, 24);
	ck_assert_uint_eq(got.nsid, 2);
	ck_assert_uint_eq(got.sid[0], 0x123456);
	ck_assert_uint_eq(got.sid[1], 7);
	gdoi_kd_free(&got);
}
END_TEST

START_TEST(deletes)
{
	struct gdoi_delete d = { .protocol_id = 1, .tek = { 5, 6, 7 }, .ntek = 3 }, got;
	struct why why = { "" };
	uint8_t buf[64];
	struct wr w = wr_init(buf, sizeof(buf));

	gdoi_delete_encode(&w, &d);
	ck_assert_msg(gdoi_delete_decode(wr_done(&w), &got, &why), "%s", why.text);
	ck_assert_uint_eq(got.ntek, 3);
	ck_assert_uint_eq(got.tek[2], 7);
	ck_assert(!got.all);
	d = (struct gdoi_delete){ .protocol_id = 0, .all = true };
	w = wr_init(buf, sizeof(buf));
	gdoi_delete_encode(&w, &d);
	ck_assert(gdoi_delete_decode(wr_done(&w), &got, NULL));
	ck_assert(got.all && got.protocol_id == 0);
	d.protocol_id = 1;
	w = wr_init(buf, sizeof(buf));
	gdoi_delete_encode(&w, &d);
	ck_assert(gdoi_delete_decode(wr_done(&w), &got, NULL));
	ck_assert(got.all && got.ntek == 1);
	ck_assert(!gdoi_delete_decode(bytes_of(buf, w.n - 1), &got, NULL));
	buf[7] = 2;
	ck_assert(!gdoi_delete_decode(wr_done(&w), &got, NULL));
	buf[6] = 0xff;
	ck_assert(!gdoi_delete_decode(wr_done(&w), &got, &why));
	ck_assert_str_eq(why.text, "D: 65282 SPIs, more than 256");
}
END_TEST

START_TEST(group_ids)
{
	const struct gdoi_wire le = { .keyid_le = true };
	struct gdoi_group_id id = { .number = 1223 }, got;
	uint8_t buf[16];
	struct wr w = wr_init(buf, sizeof(buf));
	const uint8_t want[] = { 0x0b, 0, 0, 0, 0, 0, 4, 0xc7 };
	const uint8_t short_id[] = { 0x0b, 0, 0, 0, 4, 0xc7 }, long_id[] = { 0x0b, 0, 0, 0, 0, 0, 0, 0, 4, 0xc7 };
	const uint8_t text_id[] = { 0x0b, 0, 0, 0, 'g', 'r', 'o', 'u', 'p' }, fqdn[] = { 2, 0, 0, 0, 'a' };

	gdoi_group_id_encode(&w, &plain, &id);
	ck_assert_uint_eq(w.n, sizeof(want));
	ck_assert_mem_eq(buf, want, sizeof(want));
	ck_assert(gdoi_group_id_decode(BYTES_OF(want), &plain, &got, NULL));
	ck_assert_uint_eq(got.number, 1223);
	ck_assert(gdoi_group_id_decode(BYTES_OF(short_id), &plain, &got, NULL));
	ck_assert_uint_eq(got.number, 1223);
	ck_assert(gdoi_group_id_decode(BYTES_OF(long_id), &plain, &got, NULL));
	ck_assert_uint_eq(got.number, 1223);
	ck_assert(!gdoi_group_id_decode(BYTES_OF(text_id), &plain, &got, NULL));
	ck_assert(!gdoi_group_id_decode(BYTES_OF(fqdn), &plain, &got, NULL));
	ck_assert(!gdoi_group_id_decode(bytes_of(want, 4), &plain, &got, NULL));
	w = wr_init(buf, sizeof(buf));
	gdoi_group_id_encode(&w, &le, &id);
	ck_assert_uint_eq(buf[4], 0xc7);
	ck_assert(gdoi_group_id_decode(wr_done(&w), &le, &got, NULL));
	ck_assert_uint_eq(got.number, 1223);
	id = (struct gdoi_group_id){ .by_address = true, .address = { 0x0a000001 } };
	w = wr_init(buf, sizeof(buf));
	gdoi_group_id_encode(&w, &plain, &id);
	ck_assert(gdoi_group_id_decode(wr_done(&w), &plain, &got, NULL));
	ck_assert(got.by_address && got.address.a == 0x0a000001);
}
END_TEST

/* gdoid (gdoi-wire.md appendix B): 6 reserved octets, TV lifetimes, direction and preservation 0. */
START_TEST(gdoid_forms)
{
	static const char hex[] =
		"0000000200000000000f0000"
		"10000043" "11" "01" "0350" "04" "ac138914" "01" "0350" "04" "efc00101" "a0a1a2a3a4a5a6a7a8a9aaabacadaeaf" "000000000000"
		"80020003" "80030080" "80040e11" "80050003" "80060001" "80070800"
		"0000003f" "01" "00" "04" "0000" "08" "0a010000ffff0000" "04" "0000" "08" "0a020000ffff0000" "0c" "0bad5eed"
		"80010001" "80020e10" "80040001" "80060080" "80050002" "800e0000" "800f0000";
	struct hex h;
	struct gdoi_sa sa;
	struct why why = { "" };

	ck_assert_msg(gdoi_sa_decode(unhex(&h, hex), &plain, &sa, &why), "%s", why.text);
	ck_assert_uint_eq(sa.sak.lifetime, 0xe11);
	ck_assert_uint_eq(sa.sat[0].preserve, 4);
	ck_assert_uint_eq(sa.sat[0].direction, SAT_DIR_SYMMETRIC);
	ck_assert_uint_eq(sa.sat[0].lifetime, 3600);
	gdoi_sa_free(&sa);
}
END_TEST

START_TEST(many_sats)
{
	struct gdoi_sa sa = { .nsat = GDOI_SATS + 1 }, got;
	struct why why = { "" };
	struct wr w;
	uint8_t *buf;

	sa.sat = calloc(sa.nsat, sizeof(*sa.sat));
	for (unsigned i = 0; i < sa.nsat; i++)
		sa.sat[i] = esp_sat(i);
	buf = malloc(gdoi_sa_bound(&sa));
	w = wr_init(buf, gdoi_sa_bound(&sa));
	gdoi_sa_encode(&w, &own, &sa);
	ck_assert(wr_ok(&w));
	ck_assert(!gdoi_sa_decode(wr_done(&w), &own, &got, &why));
	ck_assert_str_eq(why.text, "SA: more than 1024 SATs");
	sa.nsat = GDOI_SATS;
	w = wr_init(buf, gdoi_sa_bound(&sa));
	gdoi_sa_encode(&w, &own, &sa);
	ck_assert(gdoi_sa_decode(wr_done(&w), &own, &got, &why));
	ck_assert_uint_eq(got.sat[1023].spi, 1023);
	gdoi_sa_free(&got);
	gdoi_sa_free(&sa);
	free(buf);
}
END_TEST

static void add(TCase *t, const void *arg)
{
	(void)arg;
	tcase_add_test(t, sa_vector);
	tcase_add_test(t, kd_vector);
	tcase_add_test(t, truncated);
	tcase_add_test(t, damaged);
	tcase_add_test(t, round_trip);
	tcase_add_test(t, unknown_attributes);
	tcase_add_loop_test(t, refused_sa, 0, sizeof(bad_sa) / sizeof(bad_sa[0]));
	tcase_add_loop_test(t, refused_kd, 0, sizeof(bad_kd) / sizeof(bad_kd[0]));
	tcase_add_test(t, sids);
	tcase_add_test(t, deletes);
	tcase_add_test(t, group_ids);
	tcase_add_test(t, gdoid_forms);
	tcase_add_test(t, many_sats);
}

int main(void)
{
	return unit_suite("gdoi wire", 4, add, NULL);
}
