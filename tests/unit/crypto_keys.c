/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Diffie-Hellman and RSA. */
#include "lib/crypto/dh.h"
#include "lib/crypto/prf.h"
#include "lib/crypto/rsa.h"
#include "lib/text.h"
#include "lib/why.h"
#include "tests/unit/crypto_dh_kat.h"
#include "tests/unit/crypto_hex.h"
#include "tests/unit/crypto_rsa_kat.h"

#define COUNT(a) (int)(sizeof(a) / sizeof((a)[0]))

START_TEST(dh_known)
{
	const struct dh_kat *k = &dh_kats[_i];
	struct dh *i = dh_new_private(k->group, unhex(k->xi)), *r = dh_new_private(k->group, unhex(k->xr));
	struct secret a, b;

	ck_assert(i && r);
	ck_bytes(dh_public(i).p, dh_public(i).n, k->gxi);
	ck_bytes(dh_public(r).p, dh_public(r).n, k->gxr);
	ck_assert(dh_shared(i, dh_public(r), &a) && dh_shared(r, dh_public(i), &b));
	ck_bytes(a.p, a.n, k->gxy);
	ck_assert(secret_eq(secret_bytes(&a), secret_bytes(&b)));
	secret_free(&a);
	secret_free(&b);
	dh_free(i);
	dh_free(r);
}
END_TEST

START_TEST(dh_fresh)
{
	enum dh_id g = (enum dh_id)_i;
	struct dh *i = dh_new(g), *r = dh_new(g);
	struct secret a, b;

	ck_assert(i && r);
	ck_assert_uint_eq(dh_public(i).n, dh_alg(g)->public_size);
	ck_assert(!bytes_eq(dh_public(i), dh_public(r)));
	ck_assert(dh_shared(i, dh_public(r), &a) && dh_shared(r, dh_public(i), &b));
	ck_assert_uint_eq(a.n, dh_alg(g)->shared_size);
	ck_assert(secret_eq(secret_bytes(&a), secret_bytes(&b)));
	secret_free(&a);
	secret_free(&b);
	dh_free(i);
	dh_free(r);
}
END_TEST

static void refused(struct dh *d, const uint8_t *y, size_t n)
{
	struct secret s;

	ck_assert(!dh_shared(d, bytes_of(y, n), &s));
	ck_assert(!secret_set(&s));
}

START_TEST(dh_bad_values)
{
	enum dh_id g = (enum dh_id)_i;
	size_t n = dh_alg(g)->public_size;
	struct dh *d = dh_new(g);
	uint8_t y[600] = { 0 };

	ck_assert(d != NULL);
	refused(d, y, n);			/* 0; the point (0, 0) */
	y[n - 1] = 1;
	refused(d, y, n);			/* 1; the point (0, 1) */
	memset(y, 0xff, sizeof(y));
	refused(d, y, n);			/* above p */
	memcpy(y, dh_public(d).p, n);
	refused(d, y, n - 1);
	refused(d, y, n + 1);
	refused(d, y, 0);
	if (dh_alg(g)->shared_size < n || g == DH_24) {
		y[n - 1] ^= 1;			/* off the curve; out of the subgroup */
		refused(d, y, n);
	}
	dh_free(d);
}
END_TEST

/* RFC 2409 section 6.2, RFC 3526 section 3: the primes as the RFCs print them, here to make p-1 and p. */
START_TEST(dh_minus_one)
{
	static const char head[] = "FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74"
				   "020BBEA63B139B22514A08798E3404DDEF9519B3CD3A431B302B0A6DF25F1437"
				   "4FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7ED"
				   "EE386BFB5A899FA5AE9F24117C4B1FE649286651ECE65381FFFFFFFFFFFFFFFF";
	uint8_t y[128];
	struct dh *d = dh_new(DH_2);

	memcpy(y, unhex(head).p, sizeof(y));
	refused(d, y, sizeof(y));
	y[127]--;
	refused(d, y, sizeof(y));
	dh_free(d);
}
END_TEST

START_TEST(dh_bad_groups)
{
	ck_assert_ptr_null(dh_new(DH_NONE));
	ck_assert_ptr_null(dh_new((enum dh_id)99));
	ck_assert_ptr_null(dh_new_private(DH_14, BYTES_NONE));
	ck_assert_ptr_null(dh_new_private(DH_19, unhex("ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff")));
	dh_free(NULL);
}
END_TEST

/* A shared secret that begins with zeros keeps them: x such that g^(x*x) is short turns up once in 256 tries. */
START_TEST(dh_padding)
{
	unsigned short_ones = 0;

	for (unsigned i = 1; i < 1500; i++) {
		uint8_t x[2] = { (uint8_t)(i >> 8), (uint8_t)i };
		struct dh *d = dh_new_private(DH_19, BYTES_OF(x));
		struct secret s;

		ck_assert(d && dh_shared(d, dh_public(d), &s));
		ck_assert_uint_eq(s.n, 32);
		short_ones += s.p[0] == 0;
		secret_free(&s);
		dh_free(d);
	}
	ck_assert_uint_gt(short_ones, 0);
}
END_TEST

/* RSA. */

static struct rsa_key *test_key(void)
{
	struct rsa_key *k = rsa_from_der(unhex(rsa_pkcs1_der));

	ck_assert(k != NULL);
	return k;
}

START_TEST(rsa_known)
{
	struct rsa_key *k = test_key(), *pub = rsa_public(unhex(rsa_spki_der)), *pub1 = rsa_public(unhex(rsa_public_pkcs1_der));
	uint8_t sig[256], digest[HASH_SIZE_MAX] = { 0 };
	struct secret der;
	size_t n;

	ck_assert(pub && pub1);
	ck_assert_uint_eq(rsa_bits(k), 2048);
	ck_bytes(rsa_spki(k).p, rsa_spki(k).n, rsa_spki_der);
	ck_assert(rsa_same_public(k, pub) && rsa_same_public(pub, pub1));
	memcpy(digest, unhex(push_digest).p, 32);
	ck_assert(rsa_sign(k, RSA_SIG_PKCS1, HASH_SHA256, digest, sig, &n));
	ck_bytes(sig, n, push_signature);
	ck_assert(rsa_verify(pub, RSA_SIG_PKCS1, HASH_SHA256, digest, bytes_of(sig, n)));
	ck_assert(!rsa_verify(pub, RSA_SIG_RAW, HASH_SHA256, digest, bytes_of(sig, n)));
	ck_assert(!rsa_verify(pub, RSA_SIG_PKCS1, HASH_SHA512, digest, bytes_of(sig, n)));
	ck_assert(!rsa_verify(pub, RSA_SIG_PKCS1, HASH_SHA256, digest, bytes_of(sig, n - 1)));
	ck_assert(!rsa_verify(pub, RSA_SIG_PKCS1, HASH_SHA256, digest, BYTES_NONE));
	digest[0] ^= 1;
	ck_assert(!rsa_verify(pub, RSA_SIG_PKCS1, HASH_SHA256, digest, bytes_of(sig, n)));
	ck_assert(!rsa_sign(pub, RSA_SIG_PKCS1, HASH_SHA256, digest, sig, &n));	/* no private part */
	ck_assert(rsa_to_der(k, &der));
	ck_bytes(der.p, der.n, rsa_pkcs1_der);
	secret_free(&der);
	rsa_free(k);
	rsa_free(pub);
	rsa_free(pub1);
	rsa_free(NULL);
}
END_TEST

START_TEST(rsa_forms)
{
	struct rsa_key *k = test_key(), *d = rsa_dup(k);
	uint8_t digest[HASH_SIZE_MAX], sig[256];
	struct bytes data = bytes_str("data");
	size_t n;

	for (int h = HASH_MD5; h <= HASH_SHA512; h++) {
		ck_assert(hash_parts((enum hash_id)h, &data, 1, digest));
		for (int form = RSA_SIG_PKCS1; form <= RSA_SIG_RAW; form++) {
			ck_assert(rsa_sign(k, (enum rsa_sig)form, (enum hash_id)h, digest, sig, &n));
			ck_assert_uint_eq(n, 256);
			ck_assert(rsa_verify(d, (enum rsa_sig)form, (enum hash_id)h, digest, bytes_of(sig, n)));
			ck_assert(!rsa_verify(d, form == RSA_SIG_RAW ? RSA_SIG_PKCS1 : RSA_SIG_RAW, (enum hash_id)h, digest,
				bytes_of(sig, n)));
			sig[100] ^= 1;
			ck_assert(!rsa_verify(d, (enum rsa_sig)form, (enum hash_id)h, digest, bytes_of(sig, n)));
		}
	}
	rsa_free(k);
	rsa_free(d);
}
END_TEST

START_TEST(rsa_made)
{
	struct why why;
	struct rsa_key *k = rsa_generate(1024, &why), *other;
	struct secret der;

	ck_assert(k && rsa_bits(k) == 1024);
	ck_assert(rsa_to_der(k, &der));
	other = rsa_from_der(secret_bytes(&der));
	ck_assert(other && rsa_same_public(k, other));
	ck_assert_ptr_null(rsa_from_der(bytes_of(der.p, der.n - 1)));
	secret_free(&der);
	rsa_free(other);
	rsa_free(k);
	ck_assert_ptr_null(rsa_generate(400, &why));
	ck_assert_ptr_nonnull(strstr(why.text, "512"));
	ck_assert_ptr_null(rsa_generate(4097, &why));
	ck_assert_ptr_null(rsa_generate(0, NULL));
}
END_TEST

START_TEST(rsa_bad_public)
{
	static const char *const rows[] = {
		"",
		"30",
		"3080",
		"30820122",
		"3006020103020103",	/* PKCS#1 with a modulus of 2 bits */
		/* an EC key */
		"3059301306072a8648ce3d020106082a8648ce3d03010703420004dad0b65394221cf9b051e1feca5787d098dfe637fc90b9ef"
		"945d0c37725811805271a0461cdb8252d61f1c456fa3e59ab1f45b33accf5f58389e0577b8990bb3",
	};
	uint8_t longer[400];
	struct bytes spki = unhex(rsa_spki_der);

	for (int i = 0; i < COUNT(rows); i++)
		ck_assert_ptr_null(rsa_public(unhex(rows[i])));
	memcpy(longer, spki.p, spki.n);
	longer[spki.n] = 0;
	ck_assert_ptr_null(rsa_public(bytes_of(longer, spki.n + 1)));
	ck_assert_ptr_null(rsa_public(bytes_of(longer, spki.n - 1)));
}
END_TEST

static const struct {
	const char *pem;
	const char *info;	/* of our own export; NULL: not a form we write */
	const char *cipher;
} pem_rows[] = {
	{ pem_3des, "DEK-Info: DES-EDE3-CBC,", "3des" },
	{ pem_des, "DEK-Info: DES-CBC,", "des-cbc" },
	{ pem_aes, "DEK-Info: AES-128-CBC,", "aes" },
	{ pem_pkcs8, NULL, NULL },
};

START_TEST(rsa_pem)
{
	struct rsa_key *k = test_key(), *in;
	struct text pub = TEXT_EMPTY, priv = TEXT_EMPTY;
	struct why why;

	in = rsa_import_pem(pem_rows[_i].pem, "passphrase1", &why);
	ck_assert_msg(in && rsa_same_public(in, k), "%s", why.text);
	rsa_free(in);
	if (pem_rows[_i].cipher) {
		ck_assert_ptr_null(rsa_import_pem(pem_rows[_i].pem, "passphrase2", &why));
		ck_assert_ptr_nonnull(strstr(why.text, "passphrase"));
		ck_assert(rsa_export_pem(k, pem_rows[_i].cipher, "another one", &pub, &priv, &why));
		ck_assert_ptr_nonnull(strstr(text_str(&priv), pem_rows[_i].info));
		ck_assert_ptr_nonnull(strstr(text_str(&pub), "-----BEGIN PUBLIC KEY-----\nMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8A"));
		in = rsa_import_pem(text_str(&priv), "another one", &why);
		ck_assert(in && rsa_same_public(in, k));
		rsa_free(in);
		ck_assert_ptr_null(rsa_import_pem(text_str(&pub), "another one", &why));
		text_free(&pub);
		text_free(&priv);
	}
	rsa_free(k);
}
END_TEST

START_TEST(rsa_bad_pem)
{
	static const char *const rows[] = {
		"", "nonsense", "-----BEGIN RSA PRIVATE KEY-----\n",
		"-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n",
		"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
		"-----BEGIN RSA PRIVATE KEY-----\nAAAA\n-----END RSA PRIVATE KEY-----\n",
		"-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: DES-CBC\n\nAAAA\n-----END RSA PRIVATE KEY-----\n",
		"-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: DES-CBC,12\n\nAAAA\n-----END RSA PRIVATE KEY-----\n",
		"-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: RC4,1234567812345678\n\nAAAA\n"
		"-----END RSA PRIVATE KEY-----\n",
	};
	struct rsa_key *k = test_key();
	struct text pub = TEXT_EMPTY, priv = TEXT_EMPTY;
	struct why why;

	for (int i = 0; i < COUNT(rows); i++) {
		why.text[0] = '\0';
		ck_assert_ptr_null(rsa_import_pem(rows[i], "passphrase1", &why));
		ck_assert_str_ne(why.text, "");
	}
	ck_assert(!rsa_export_pem(k, "rot13", "passphrase1", &pub, &priv, &why));
	ck_assert(priv.n == 0 && pub.n == 0);
	rsa_free(k);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("crypto_keys");
	TCase *t = tcase_create("keys");
	SRunner *r;
	int failed;

	tcase_set_timeout(t, 120);
	tcase_add_loop_test(t, dh_known, 0, COUNT(dh_kats));
	tcase_add_loop_test(t, dh_fresh, DH_1, DH_MAX);
	tcase_add_loop_test(t, dh_bad_values, DH_1, DH_MAX);
	tcase_add_test(t, dh_minus_one);
	tcase_add_test(t, dh_bad_groups);
	tcase_add_test(t, dh_padding);
	tcase_add_test(t, rsa_known);
	tcase_add_test(t, rsa_forms);
	tcase_add_test(t, rsa_made);
	tcase_add_test(t, rsa_bad_public);
	tcase_add_loop_test(t, rsa_pem, 0, COUNT(pem_rows));
	tcase_add_test(t, rsa_bad_pem);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
