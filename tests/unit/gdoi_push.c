/* SPDX-License-Identifier: GPL-3.0-or-later */
/* GROUPKEY-PUSH and its acknowledgement against the vectors of gdoi-wire.md appendix A, and against forgery. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include "gdoi/push.h"
#include "crypto_rsa_kat.h"
#include "gdoi_hex.h"
#include "gdoi_kat.h"
#include "lib/crypto/cipher.h"
#include "lib/why.h"
#include "lib/wire.h"
#include "tests/unit/unit.h"

static const struct gdoi_wire plain = { 0 };

static struct kek the_kek(void)
{
	struct kek k = { .cipher = CIPHER_AES256, .sig_hash = HASH_SHA256 };
	struct hex h;

	for (unsigned i = 0; i < GDOI_SPI; i++)
		k.spi[i] = (uint8_t)(0xa0 + i);
	k.iv = secret_copy(unhex(&h, kat_kek_iv));
	k.key = secret_copy(unhex(&h, kat_kek_key));
	return k;
}

static struct rsa_key *the_public_key(void)
{
	struct hex h;
	struct rsa_key *k = rsa_public(unhex(&h, kat_rekey_pubkey_spki_der));

	ck_assert_ptr_nonnull(k);
	return k;
}

static struct rsa_key *the_private_key(void)
{
	struct hex h;
	struct rsa_key *k = rsa_from_der(unhex(&h, rsa_pkcs1_der));

	ck_assert_ptr_nonnull(k);
	return k;
}

START_TEST(open_vector)
{
	struct hex h, t;
	struct kek k = the_kek();
	struct rsa_key *pub = the_public_key();
	struct push_msg m;
	struct why why = { "" };
	uint32_t seq = 0;
	struct bytes wire = unhex(&h, kat_push_wire);

	ck_assert(push_peek_seq(&k, wire, &seq));
	ck_assert_uint_eq(seq, 1);
	ck_assert_msg(push_open(&k, &plain, wire, &m, &why), "%s", why.text);
	ck_assert_uint_eq(m.seq, 1);
	ck_assert(m.has_sa && m.has_kd);
	ck_assert_uint_eq(m.ndel, 0);
	ck_assert_uint_eq(m.sa.sat[0].spi, 0x0bad5eee);
	ck_assert_uint_eq(m.kd.tek[0].spi, 0x0bad5eee);
	unhex(&t, kat_push_tbs_sha256);
	ck_assert_mem_eq(m.digest, t.p, 32);
	unhex(&t, kat_push_sig_pkcs1v15_digestinfo);
	ck_assert_uint_eq(m.sig.n, t.n);
	ck_assert_mem_eq(m.sig.p, t.p, t.n);
	ck_assert(push_sig_ok(&m, &k, pub, false));
	ck_assert(push_sig_ok(&m, &k, pub, true));
	m.digest[5] ^= 1;
	ck_assert(!push_sig_ok(&m, &k, pub, false));
	push_msg_free(&m);
	rsa_free(pub);
	kek_free(&k);
}
END_TEST

/* The sender's side makes the vector octet by octet (PKCS #1 v1.5 signatures are deterministic). */
START_TEST(build_vector)
{
	struct hex h;
	struct kek k = the_kek();
	struct rsa_key *key = the_private_key();
	struct bytes wire = unhex(&h, kat_push_wire);
	struct push_msg m;
	struct push_draft d;
	struct secret out;
	uint8_t sig[512];
	size_t n = 0;

	ck_assert(push_open(&k, &plain, wire, &m, NULL));
	const struct push_build b = { .kek = &k, .wire = &plain, .seq = 1, .sa = &m.sa, .kd = &m.kd };

	ck_assert(push_draft_make(&b, 256, &d, NULL));
	ck_assert(rsa_sign(key, RSA_SIG_PKCS1, HASH_SHA256, d.digest, sig, &n));
	ck_assert_uint_eq(n, 256);
	ck_assert(!push_draft_finish(&d, &k, bytes_of(sig, 255), &out));
	ck_assert(push_draft_finish(&d, &k, bytes_of(sig, n), &out));
	ck_assert_uint_eq(out.n, wire.n);
	ck_assert_mem_eq(out.p, wire.p, wire.n);
	push_draft_free(&d);
	ck_assert_ptr_null(d.plain.p);
	secret_free(&out);
	push_msg_free(&m);
	rsa_free(key);
	kek_free(&k);
}
END_TEST

static struct secret make_delete(const struct kek *k, enum rsa_sig form, uint32_t seq)
{
	static const struct gdoi_delete del[2] = { { .protocol_id = 1, .all = true }, { .protocol_id = 0, .all = true } };
	const struct push_build b = { .kek = k, .wire = &plain, .seq = seq, .del = del, .ndel = 2 };
	struct rsa_key *key = the_private_key();
	struct push_draft d;
	struct secret out;
	uint8_t sig[512];
	size_t n = 0;

	ck_assert(push_draft_make(&b, 256, &d, NULL));
	ck_assert(rsa_sign(key, form, k->sig_hash, d.digest, sig, &n));
	ck_assert(push_draft_finish(&d, k, bytes_of(sig, n), &out));
	push_draft_free(&d);
	rsa_free(key);
	return out;
}

/* D(1,0) and D(0,0) alone: "start over" (RFC 6407 section 5.9); both signature forms; 3DES and SHA-1. */
START_TEST(pure_delete)
{
	for (int form = RSA_SIG_PKCS1; form <= RSA_SIG_RAW; form++) {
		struct kek k = { .cipher = CIPHER_3DES, .sig_hash = HASH_SHA1, .spi = { 1, 2, 3 }, .iv = secret_new(8),
			.key = secret_new(24) };
		struct rsa_key *pub = the_public_key();
		struct secret s;
		struct push_msg m;
		struct why why = { "" };
		uint32_t seq = 0;

		memset(k.key.p, 0x31, 8);
		memset(k.key.p + 8, 0x62, 8);
		memset(k.key.p + 16, 0x13, 8);
		s = make_delete(&k, (enum rsa_sig)form, 77);
		ck_assert(push_peek_seq(&k, secret_bytes(&s), &seq));
		ck_assert_uint_eq(seq, 77);
		ck_assert_msg(push_open(&k, &plain, secret_bytes(&s), &m, &why), "%s", why.text);
		ck_assert_uint_eq(m.ndel, 2);
		ck_assert(m.del[0].all && m.del[1].all && m.del[0].protocol_id == 1 && m.del[1].protocol_id == 0);
		ck_assert(!m.has_sa && !m.has_kd);
		ck_assert(push_sig_ok(&m, &k, pub, form == RSA_SIG_RAW));
		push_msg_free(&m);
		secret_free(&s);
		rsa_free(pub);
		kek_free(&k);
	}
}
END_TEST

/* The removal order: SA with nothing but a GAP, no KD; a SA with policy needs its KD. */
START_TEST(removal)
{
	const struct gdoi_wire own = { .private_ok = true };
	struct kek k = the_kek();
	struct gdoi_sat sat = { .protocol_id = 1, .spi = 300, .enc = ESP_AES128, .src = { .type = ID_IPV4_SUBNET },
		.dst = { .type = ID_IPV4_SUBNET } };
	struct gdoi_sa sa = { .has_gap = true, .gap = { .removal = 2 } };
	const struct push_build b = { .kek = &k, .wire = &own, .seq = 4, .sa = &sa };
	struct push_draft d;
	struct push_msg m;
	struct secret out;
	struct why why = { "" };
	const uint8_t sig[256] = { 1 };

	ck_assert(push_draft_make(&b, 256, &d, NULL));
	ck_assert(push_draft_finish(&d, &k, BYTES_OF(sig), &out));
	ck_assert_msg(push_open(&k, &own, secret_bytes(&out), &m, &why), "%s", why.text);
	ck_assert(m.has_sa && !m.has_kd);
	ck_assert_uint_eq(m.sa.gap.removal, 2);
	push_msg_free(&m);
	ck_assert(!push_open(&k, &plain, secret_bytes(&out), &m, &why));
	push_draft_free(&d);
	secret_free(&out);
	sa.sat = &sat;
	sa.nsat = 1;
	ck_assert(push_draft_make(&b, 256, &d, NULL));
	ck_assert(push_draft_finish(&d, &k, BYTES_OF(sig), &out));
	ck_assert(!push_open(&k, &own, secret_bytes(&out), &m, &why));
	ck_assert_str_eq(why.text, "PUSH: payload 9 out of order");
	push_draft_free(&d);
	secret_free(&out);
	kek_free(&k);
}
END_TEST

/* Any change of any octet: not opened, or the signature does not fit. */
START_TEST(tampered)
{
	struct hex h;
	struct kek k = the_kek();
	struct rsa_key *pub = the_public_key();
	struct bytes wire = unhex(&h, kat_push_wire);

	for (size_t i = 0; i < wire.n; i++) {
		struct push_msg m;

		h.p[i] ^= 0x10;
		if (push_open(&k, &plain, wire, &m, NULL)) {
			/* Only the padding is outside the signature, and it must be zeros. */
			ck_assert_msg(!push_sig_ok(&m, &k, pub, false), "octet %zu", i);
			push_msg_free(&m);
		}
		h.p[i] ^= 0x10;
	}
	for (size_t n = 0; n < wire.n; n++) {
		uint8_t *copy = malloc(n + 1);
		struct why why = { "" };
		struct push_msg m;
		uint32_t seq;

		memcpy(copy, wire.p, n);
		ck_assert(!push_open(&k, &plain, bytes_of(copy, n), &m, &why));
		ck_assert_str_ne(why.text, "");
		ck_assert(!push_peek_seq(&k, bytes_of(copy, n), &seq));
		free(copy);
	}
	rsa_free(pub);
	kek_free(&k);
}
END_TEST

struct chain {
	const char *payloads, *why;
};

/* Payload chains behind SEQ(1), encrypted as they are. */
static const struct chain chains[] = {
	{ "00000008" "00000001", "PUSH: no SIG payload" },
	{ "09000008" "00000001" "00000008" "01020304", "PUSH: payload 9 out of order" },
	{ "12000008" "00000001" "00000008" "00000002", "PUSH: payload 18 out of order" },
	{ "11000008" "00000001" "00000008" "00000000", "PUSH: payload 17 out of order" },
	{ "09000007" "000001" "00000005" "01", "SEQ: 3 octets, not 4" },
	{ "0c000008" "00000001" "09000010" "0000000201040001" "00000005", "payload 9: the generic header runs past the end" },
};

START_TEST(bad_chains)
{
	struct kek k = the_kek();
	struct hex h;
	struct bytes body = unhex(&h, chains[_i].payloads);
	uint8_t msg[28 + 64] = { 0 };
	size_t n = (body.n + 15) / 16 * 16;
	struct wr w = wr_init(msg, sizeof(msg));
	struct why why = { "" };
	struct push_msg m;

	wr_bytes(&w, BYTES_OF(k.spi));
	wr_u32(&w, 0x12102101);
	wr_u32(&w, 0);
	wr_u32(&w, (uint32_t)(28 + n));
	wr_bytes(&w, body);
	ck_assert(cbc_encrypt(k.cipher, secret_bytes(&k.key), k.iv.p, msg + 28, msg + 28, n, NULL));
	ck_assert(!push_open(&k, &plain, bytes_of(msg, 28 + n), &m, &why));
	if (strncmp(chains[_i].why, "payload", 7))
		ck_assert_str_eq(why.text, chains[_i].why);
	else
		ck_assert_str_ne(why.text, "");
	kek_free(&k);
}
END_TEST

START_TEST(kek_sizes)
{
	struct gdoi_sak sak = { .cipher = CIPHER_AES128, .sig_hash = HASH_SHA256 };
	uint8_t octets[48] = { 1, 2, 3 };
	struct gdoi_kd_kek kd = { .iv_key = bytes_of(octets, 32) };
	struct kek k, copy;
	struct why why = { "" };

	ck_assert(kek_from_wire(&k, &sak, &kd, &why));
	ck_assert_uint_eq(k.iv.n, 16);
	ck_assert_uint_eq(k.key.n, 16);
	kek_copy(&copy, &k);
	kek_free(&k);
	ck_assert_ptr_null(k.key.p);
	ck_assert_uint_eq(copy.iv.p[2], 3);
	kek_free(&copy);
	kd.iv_key.n = 48;
	ck_assert(!kek_from_wire(&k, &sak, &kd, &why));
	ck_assert_str_eq(why.text, "KD: KEK_ALGORITHM_KEY of 48 octets, not 32");
}
END_TEST

START_TEST(ack_vector)
{
	struct hex h, t;
	struct kek k = the_kek();
	uint8_t buf[128];
	struct wr w = wr_init(buf, sizeof(buf));
	struct push_ack a;
	struct why why = { "" };
	struct bytes wire = unhex(&h, kat_ack_wire);

	ck_assert(push_ack_make(&k, SAK_ACK_KEK_SHA256, 1, (struct ip4){ 0x0a000002 }, &w));
	ck_assert_uint_eq(w.n, wire.n);
	ck_assert_mem_eq(buf, wire.p, wire.n);
	ck_assert_msg(push_ack_decode(wire, &a, &why), "%s", why.text);
	ck_assert_uint_eq(a.seq, 1);
	ck_assert_uint_eq(a.id.a, 0x0a000002);
	unhex(&t, kat_ack_hash);
	ck_assert_mem_eq(a.hash.p, t.p, t.n);
	ck_assert(push_ack_ok(&a, &k, SAK_ACK_KEK_SHA256));
	ck_assert(!push_ack_ok(&a, &k, SAK_ACK_KEK_SHA512));
	ck_assert(!push_ack_ok(&a, &k, SAK_ACK_NONE));
	for (size_t i = 0; i < wire.n; i++) {
		h.p[i] ^= 1;
		/* Outside the HASH: the reserved octets and the header, whose fields are checked or only lead the way. */
		if (push_ack_decode(wire, &a, NULL) && push_ack_ok(&a, &k, SAK_ACK_KEK_SHA256))
			ck_assert_msg(i == 17, "octet %zu", i);
		h.p[i] ^= 1;
	}
	for (size_t n = 0; n < wire.n; n++)
		ck_assert(!push_ack_decode(bytes_of(wire.p, n), &a, &why));
	kek_free(&k);
}
END_TEST

START_TEST(ack_sha512)
{
	struct kek k = the_kek();
	uint8_t buf[128];
	struct wr w = wr_init(buf, sizeof(buf)), tiny = wr_init(buf, 60);
	struct push_ack a;

	ck_assert(!push_ack_make(&k, SAK_ACK_KEK_SHA512, 9, (struct ip4){ 1 }, &tiny));
	ck_assert(push_ack_make(&k, SAK_ACK_KEK_SHA512, 9, (struct ip4){ 1 }, &w));
	ck_assert(push_ack_decode(wr_done(&w), &a, NULL));
	ck_assert(push_ack_ok(&a, &k, SAK_ACK_KEK_SHA512));
	k.spi[0] ^= 1;
	ck_assert(!push_ack_ok(&a, &k, SAK_ACK_KEK_SHA512));
	kek_free(&k);
}
END_TEST

START_TEST(too_big)
{
	struct kek k = the_kek();
	struct gdoi_sat sat = { .protocol_id = 1, .spi = 1, .enc = ESP_AES128, .auth = ESP_SHA1, .lifetime = 60,
		.src = { .type = ID_IPV4_SUBNET }, .dst = { .type = ID_IPV4_SUBNET } };
	struct gdoi_sa sa = { .nsat = 1400 };
	struct gdoi_kd kd = { 0 };
	const struct push_build b = { .kek = &k, .wire = &plain, .seq = 1, .sa = &sa, .kd = &kd };
	struct push_draft d;
	struct why why = { "" };

	sa.sat = calloc(sa.nsat, sizeof(sat));
	for (unsigned i = 0; i < sa.nsat; i++)
		sa.sat[i] = sat;
	ck_assert(!push_draft_make(&b, 256, &d, &why));
	ck_assert_str_eq(why.text, "the rekey message does not fit into a datagram");
	ck_assert_ptr_null(d.plain.p);
	gdoi_sa_free(&sa);
	kek_free(&k);
}
END_TEST

static void add(TCase *t, const void *arg)
{
	(void)arg;
	tcase_add_test(t, open_vector);
	tcase_add_test(t, build_vector);
	tcase_add_test(t, pure_delete);
	tcase_add_test(t, removal);
	tcase_add_test(t, tampered);
	tcase_add_loop_test(t, bad_chains, 0, sizeof(chains) / sizeof(chains[0]));
	tcase_add_test(t, kek_sizes);
	tcase_add_test(t, ack_vector);
	tcase_add_test(t, ack_sha512);
	tcase_add_test(t, too_big);
}

int main(void)
{
	return unit_suite("gdoi push", 4, add, NULL);
}
