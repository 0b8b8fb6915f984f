/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Hash, HMAC, HKDF, CBC, sealing, the algorithm tables, secrets, randomness, passwords. */
#include <pthread.h>
#include "lib/crypto/cipher.h"
#include "lib/crypto/password.h"
#include "lib/crypto/prf.h"
#include "lib/rng.h"
#include "lib/secret.h"
#include "tests/unit/crypto_hex.h"

#define COUNT(a) (int)(sizeof(a) / sizeof((a)[0]))

/* FIPS 180-4 and RFC 1321: "abc". */
static const struct {
	enum hash_id h;
	const char *digest;
} hash_rows[] = {
	{ HASH_MD5, "900150983cd24fb0d6963f7d28e17f72" },
	{ HASH_SHA1, "a9993e364706816aba3e25717850c26c9cd0d89d" },
	{ HASH_SHA256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
	{ HASH_SHA384, "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed"
		"8086072ba1e7cc2358baeca134c825a7" },
	{ HASH_SHA512, "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
		"2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f" },
};

START_TEST(digests)
{
	uint8_t out[HASH_SIZE_MAX];
	struct bytes parts[] = { bytes_str("a"), BYTES_NONE, bytes_str("bc") };

	for (int twice = 0; twice < 2; twice++) {	/* the context is used again */
		ck_assert(hash_parts(hash_rows[_i].h, parts, 3, out));
		ck_bytes(out, hash_alg(hash_rows[_i].h)->size, hash_rows[_i].digest);
	}
}
END_TEST

/* RFC 4231 (SHA-2), RFC 2202 (MD5, SHA-1); the long key is longer than a block of any. */
static const struct {
	const char *key, *data;		/* hexadecimal; ASCII */
	const char *mac[5];		/* MD5, SHA-1, SHA-256, -384, -512 */
} hmac_rows[] = {
	{ "4a656665", "what do ya want for nothing?",
		{ "750c783e6ab0b503eaa86e310a5db738", "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79",
			"5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
			"af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e"
			"8e2240ca5e69e2c78b3239ecfab21649",
			"164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554"
			"9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737" } },
	{ "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "Hi There",
		{ "5ccec34ea9656392457fa1ac27f08fbc", "b617318655057264e28bc0b6fb378c8ef146be00",
			"b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
			"afd03944d84895626b0825f4ab46907f15f9dadbe4101ec682aa034c7cebc59c"
			"faea9ea9076ede7f4af152e8b2fa9cb6",
			"87aa7cdea5ef619d4ff0b4241a1d6cb02379f4e2ce4ec2787ad0b30545e17cde"
			"daa833b7d6b8a702038b274eaea3f4e4be9d914eeb61f1702e696c203a126854" } },
	{ "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
		"Test Using Larger Than Block-Size Key - Hash Key First",
		{ "bfecaf4efff90a3a668f3922fec3762d", "90d0dace1c1bdc957339307803160335bde6df2b",
			"60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
			"4ece084485813e9088d2c63a041bc5b44f9ef1012a2b588f3cd11f05033ac4c6"
			"0c2ef6ab4030fe8296248df163f44952",
			"80b24263c7c1a3ebb71493c1dd7be8b49b46d1f41b4aeec1121b013783f8f352"
			"6b56d037e05f2598bd0fd2215d6a1e5295e64f73f63f0aec8b915a985d786598" } },
};

START_TEST(hmac)
{
	static const enum hash_id hashes[] = { HASH_MD5, HASH_SHA1, HASH_SHA256, HASH_SHA384, HASH_SHA512 };
	struct bytes data = bytes_str(hmac_rows[_i].data);
	struct bytes parts[] = { bytes_of(data.p, 3), bytes_of(data.p + 3, data.n - 3) };
	uint8_t out[HASH_SIZE_MAX];

	for (int h = 0; h < 5; h++) {
		ck_assert(prf_parts(hashes[h], unhex(hmac_rows[_i].key), parts, 2, out));
		ck_bytes(out, hash_alg(hashes[h])->size, hmac_rows[_i].mac[h]);
	}
}
END_TEST

START_TEST(hmac_odd)
{
	uint8_t out[HASH_SIZE_MAX];

	/* HMAC-SHA-256 of nothing under an empty key. */
	ck_assert(prf_parts(HASH_SHA256, BYTES_NONE, NULL, 0, out));
	ck_bytes(out, 32, "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
	ck_assert(!prf_parts(HASH_NONE, BYTES_NONE, NULL, 0, out));
	ck_assert(!hash_parts((enum hash_id)99, NULL, 0, out));
}
END_TEST

/* RFC 5869 appendix A.1 to A.3 */
static const struct {
	const char *ikm, *salt, *info, *okm;
} hkdf_rows[] = {
	{ "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "000102030405060708090a0b0c", "f0f1f2f3f4f5f6f7f8f9",
		"3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865" },
	{ "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f202122232425262728292a2b2c2d2e2f"
	  "303132333435363738393a3b3c3d3e3f404142434445464748494a4b4c4d4e4f",
		"606162636465666768696a6b6c6d6e6f707172737475767778797a7b7c7d7e7f808182838485868788898a8b8c8d8e8f"
		"909192939495969798999a9b9c9d9e9fa0a1a2a3a4a5a6a7a8a9aaabacadaeaf",
		"b0b1b2b3b4b5b6b7b8b9babbbcbdbebfc0c1c2c3c4c5c6c7c8c9cacbcccdcecfd0d1d2d3d4d5d6d7d8d9dadbdcdddedf"
		"e0e1e2e3e4e5e6e7e8e9eaebecedeeeff0f1f2f3f4f5f6f7f8f9fafbfcfdfeff",
		"b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7827271cb41c65e590e09"
		"da3275600c2f09b8367793a9aca3db71cc30c58179ec3e87c14c01d5c1f3434f1d87" },
	{ "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "", "",
		"8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8" },
};

START_TEST(hkdf_rfc5869)
{
	struct bytes want = unhex(hkdf_rows[_i].okm);
	uint8_t out[128];

	ck_assert(hkdf(HASH_SHA256, unhex(hkdf_rows[_i].ikm), unhex(hkdf_rows[_i].salt), unhex(hkdf_rows[_i].info), out,
		want.n));
	ck_bytes(out, want.n, hkdf_rows[_i].okm);
}
END_TEST

/* IKE's derivation (RFC 2409 section 5) from the known answers. */
START_TEST(skeyid)
{
	struct bytes nonces[] = { unhex("da0a1cf3e1f6392b14ec1c57bb5b87a0"), unhex("84af408f786adba8443aa58bf8ad2f22") };
	uint8_t out[32];

	ck_assert(prf_parts(HASH_SHA256, bytes_str("getvpn-test-psk"), nonces, 2, out));
	ck_bytes(out, 32, "e6905f26630e5c67aad672bf2c8b4805e4a955e13b8d194680c69894d9234e32");
}
END_TEST

#define SP800_38A                                                                                              \
	"6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51"                                     \
	"30c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710"

static const struct {
	enum cipher_id c;
	const char *key, *iv, *plain, *cipher;
} cbc_rows[] = {
	/* NIST SP 800-38A appendix F.2 */
	{ CIPHER_AES128, "2b7e151628aed2a6abf7158809cf4f3c", "000102030405060708090a0b0c0d0e0f", SP800_38A,
		"7649abac8119b246cee98e9b12e9197d5086cb9b507219ee95db113a917678b2"
		"73bed6b8e3c1743b7116e69e222295163ff1caa1681fac09120eca307586e1a7" },
	{ CIPHER_AES192, "8e73b0f7da0e6452c810f32b809079e562f8ead2522c6b7b", "000102030405060708090a0b0c0d0e0f", SP800_38A,
		"4f021db243bc633d7178183a9fa071e8b4d9ada9ad7dedf4e5e738763f69145a"
		"571b242012fb7ae07fa9baac3df102e008b0e27988598881d920a9e64f5615cd" },
	{ CIPHER_AES256, "603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4",
		"000102030405060708090a0b0c0d0e0f", SP800_38A,
		"f58c4c04d6e5f1ba779eabfb5f7bfbd69cfc4e967edb808d679f777bc6702c7d"
		"39f23369a9d9bacfa530e26304231461b2eb05e2c39be9fcda6c19078c6a9d1b" },
	/* RFC 3602 section 4, case 1 */
	{ CIPHER_AES128, "06a9214036b8a15b512e03d534120006", "3dafba429d9eb430b422da802c9fac41",
		"53696e676c6520626c6f636b206d7367", "e353779c1079aeb82708942dbe77181a" },
	/* FIPS 81 appendix C */
	{ CIPHER_DES, "0123456789abcdef", "1234567890abcdef", "4e6f77206973207468652074696d6520666f7220616c6c20",
		"e5c7cdde872bf27c43e934008c389c0f683788499a7c05f6" },
	/* NIST SP 800-67 appendix B (ECB: one block each, zero IV) */
	{ CIPHER_3DES, "0123456789abcdef23456789abcdef01456789abcdef0123", "0000000000000000", "5468652071756663",
		"a826fd8ce53b855f" },
	{ CIPHER_3DES, "0123456789abcdef23456789abcdef01456789abcdef0123", "0000000000000000", "6b2062726f776e20",
		"cce21c8112256fe6" },
};

START_TEST(cbc)
{
	enum cipher_id c = cbc_rows[_i].c;
	struct bytes key = unhex(cbc_rows[_i].key), plain = unhex(cbc_rows[_i].plain), want = unhex(cbc_rows[_i].cipher);
	unsigned block = cipher_alg(c)->block;
	uint8_t buf[64], iv[16], next[16];
	size_t n = plain.n;

	memcpy(buf, plain.p, n);
	memcpy(iv, unhex(cbc_rows[_i].iv).p, block);
	ck_assert(cbc_encrypt(c, key, iv, buf, buf, n, next));
	ck_assert_mem_eq(buf, want.p, n);
	ck_assert_mem_eq(next, want.p + n - block, block);
	memset(next, 0, sizeof(next));
	ck_assert(cbc_decrypt(c, key, iv, buf, buf, n, next));
	ck_assert_mem_eq(buf, plain.p, n);
	ck_assert_mem_eq(next, want.p + n - block, block);

	/* chained over two calls, next_iv being iv; lengths that do not fit are refused */
	ck_assert(cbc_encrypt(c, key, iv, buf, buf, block, iv));
	if (n > block)
		ck_assert(cbc_encrypt(c, key, iv, buf + block, buf + block, n - block, iv));
	ck_assert_mem_eq(buf, want.p, n);
	ck_assert(!cbc_encrypt(c, key, iv, buf, buf, block + 1, NULL));
	ck_assert(!cbc_decrypt(c, key, iv, buf, buf, block - 1, next));
	ck_assert(!cbc_encrypt(c, bytes_of(key.p, key.n - 1), iv, buf, buf, block, NULL));
	ck_assert(!cbc_encrypt(CIPHER_NONE, key, iv, buf, buf, block, NULL));
}
END_TEST

START_TEST(sealing)
{
	uint8_t key[32] = { 7 }, plain[100], sealed[100 + SEAL_OVERHEAD], again[100 + SEAL_OVERHEAD], out[100];
	struct bytes k = BYTES_OF(key), aad = bytes_str("name");

	for (unsigned i = 0; i < sizeof(plain); i++)
		plain[i] = (uint8_t)i;
	ck_assert(seal(k, aad, BYTES_OF(plain), sealed) && seal(k, aad, BYTES_OF(plain), again));
	ck_assert_mem_ne(sealed, again, sizeof(sealed));	/* a nonce of its own each time */
	ck_assert(unseal(k, aad, BYTES_OF(sealed), out));
	ck_assert_mem_eq(out, plain, sizeof(plain));
	ck_assert(!unseal(k, bytes_str("nam"), BYTES_OF(sealed), out));
	ck_assert(!unseal(k, aad, bytes_of(sealed, SEAL_OVERHEAD - 1), out));
	ck_assert(!unseal(bytes_of(key, 31), aad, BYTES_OF(sealed), out));
	for (unsigned i = 0; i < sizeof(sealed); i++) {
		sealed[i] ^= 1;
		ck_assert(!unseal(k, aad, BYTES_OF(sealed), out));
		sealed[i] ^= 1;
	}
	ck_assert_int_eq(out[50], 0);	/* cleansed */
	ck_assert(seal(k, BYTES_NONE, BYTES_NONE, sealed));
	ck_assert(unseal(k, BYTES_NONE, bytes_of(sealed, SEAL_OVERHEAD), out));
}
END_TEST

static void *worker(void *arg)
{
	struct bytes abc = bytes_str("abc");
	uint8_t out[HASH_SIZE_MAX], iv[16] = { 0 }, key[32] = { 0 }, buf[256] = { 0 };

	for (int i = 0; i < 2000; i++) {
		struct secret s = secret_new((size_t)(i % 300));

		if (!hash_parts(HASH_SHA1, &abc, 1, out) || !prf_parts(HASH_SHA512, abc, &abc, 1, out) ||
			!cbc_encrypt(CIPHER_AES256, BYTES_OF(key), iv, buf, buf, sizeof(buf), iv))
			return NULL;
		secret_free(&s);
	}
	return arg;
}

START_TEST(threads)
{
	pthread_t t[4];
	void *result;

	for (int i = 0; i < 4; i++)
		ck_assert_int_eq(pthread_create(&t[i], NULL, worker, t), 0);
	for (int i = 0; i < 4; i++) {
		pthread_join(t[i], &result);
		ck_assert_ptr_eq(result, t);
	}
}
END_TEST

START_TEST(algorithms)
{
	for (int i = 0; i < HASH_MAX; i++) {
		ck_assert_int_eq(hash_alg((enum hash_id)i)->id, i);
		if (i)
			ck_assert_int_eq(hash_from_ike(hash_alg((enum hash_id)i)->ike), i);
		if (i)
			ck_assert_int_eq(hash_from_sig(hash_alg((enum hash_id)i)->sig_hash), i);
	}
	for (int i = 1; i < CIPHER_MAX; i++) {
		const struct cipher_alg *a = cipher_alg((enum cipher_id)i);

		ck_assert_int_eq(cipher_from_ike(a->ike, a->sized ? a->key * 8u : 0), i);
		ck_assert_int_eq(cipher_from_kek(a->kek, a->key * 8u), i);
		ck_assert_int_eq(cipher_from_ike(a->ike, a->sized ? 0 : a->key * 8u), CIPHER_NONE);
	}
	for (int i = 1; i < DH_MAX; i++)
		ck_assert_int_eq(dh_from_number(dh_alg((enum dh_id)i)->number), i);
	for (int i = 1; i < ESP_ENC_MAX; i++) {
		const struct esp_enc_alg *a = esp_enc_alg((enum esp_enc)i);

		ck_assert_int_eq(esp_enc_from_wire(a->transform, a->key_bits), i);
		ck_assert_int_eq(a->combined, a->key == a->key_bits / 8 + 4);
	}
	for (int i = 1; i < ESP_AUTH_MAX; i++)
		ck_assert_int_eq(esp_auth_from_wire(esp_auth_alg((enum esp_auth)i)->auth), i);
	ck_assert_int_eq(hash_from_ike(0), HASH_NONE);
	ck_assert_int_eq(hash_from_ike(3), HASH_NONE);
	ck_assert_int_eq(cipher_from_ike(7, 129), CIPHER_NONE);
	ck_assert_int_eq(dh_from_number(0), DH_NONE);
	ck_assert_int_eq(esp_enc_from_wire(12, 0), ESP_ENC_NONE);
	ck_assert_int_eq(esp_auth_from_wire(0), ESP_AUTH_NONE);
	ck_assert_str_eq(hash_alg((enum hash_id)99)->ios, "none");
	ck_assert_str_eq(hash_alg(HASH_SHA1)->show, "HMAC_AUTH_SHA");
	ck_assert_str_eq(dh_alg(DH_24)->ios_long, "#24 (2048 bit, 256 bit subgroup)");
	ck_assert_str_eq(esp_enc_alg(ESP_AES256)->show, "esp-256-aes");
}
END_TEST

START_TEST(secrets)
{
	struct secret many[3000], a, b;
	uint8_t zero[600] = { 0 };

	for (int round = 0; round < 2; round++) {	/* without, then with a heap (too small for all) */
		for (unsigned i = 0; i < 3000; i++) {
			size_t n = i % 600;

			many[i] = secret_new(n);
			ck_assert(secret_set(&many[i]) && many[i].n == n);
			ck_assert_mem_eq(many[i].p, zero, n);
			memset(many[i].p, 0xa5, n);
		}
		for (unsigned i = 0; i < 3000; i++)
			secret_free(&many[i]);
		ck_assert(!secret_set(&many[0]));
		secret_heap_init(100000);
	}
	a = secret_copy(bytes_str("key"));
	b = secret_dup(&a);
	ck_assert(secret_eq(secret_bytes(&a), secret_bytes(&b)) && a.p != b.p);
	b.p[2] ^= 1;
	ck_assert(!secret_eq(secret_bytes(&a), secret_bytes(&b)));
	ck_assert(!secret_eq(bytes_of(a.p, 2), secret_bytes(&a)) && secret_eq(BYTES_NONE, BYTES_NONE));
	secret_free(&a);
	secret_free(&a);
	secret_free(&b);
	a = SECRET_NONE;
	b = secret_dup(&a);
	ck_assert(!secret_set(&b));
}
END_TEST

START_TEST(randomness)
{
	struct rng *a = rng_new_seeded(1), *b = rng_new_seeded(1), *c = rng_new_seeded(2), *sys = rng_new_system();
	uint8_t x[100], y[100];
	unsigned hit[5] = { 0 };

	rng_bytes(a, x, sizeof(x));
	rng_bytes(b, y, sizeof(y));
	ck_assert_mem_eq(x, y, sizeof(x));
	rng_bytes(c, y, sizeof(y));
	ck_assert_mem_ne(x, y, sizeof(x));
	rng_bytes(sys, x, sizeof(x));
	rng_bytes(sys, y, sizeof(y));
	ck_assert_mem_ne(x, y, sizeof(x));
	ck_assert_uint_ne(rng_u32(a), rng_u32(a));
	ck_assert_uint_eq(rng_below(a, 0), 0);
	ck_assert_uint_eq(rng_below(a, 1), 0);
	for (int i = 0; i < 5000; i++)
		hit[rng_below(a, 5)]++;
	for (int i = 0; i < 5; i++)
		ck_assert_uint_ge(hit[i], 850);
	for (int i = 0; i < 100; i++)
		ck_assert_uint_lt(rng_below(sys, UINT64_C(0x8000000000000001)), UINT64_C(0x8000000000000001));
	rng_free(a);
	rng_free(b);
	rng_free(c);
	rng_free(sys);
}
END_TEST

/* The examples of the hashcat documentation (modes 500, 9200, 9300): password "hashcat". */
static const char *const password_rows[] = {
	"$1$28772684$iEwNOgGugqO9.bIz5sk8k/",
	"$8$TnGX/fE4KGHOVU$pEhnEvxrvaynpi8j4f.EMHr6M.FzU8xnZnBr/tJdFWk",
	"$9$2MJBozw/9R3UsU$2lFhcKvpghcyw8deP25GOfyZaagyUOGBymkryvOdfo6",
};

START_TEST(password_known)
{
	static const int types[] = { 5, 8, 9 };
	const char *hash = password_rows[_i];
	char made[PASSWORD_HASH], damaged[PASSWORD_HASH];
	struct rng *r = rng_new_seeded(5);

	ck_assert(password_hash_valid(types[_i], hash));
	ck_assert(password_check(hash, "hashcat"));
	ck_assert(!password_check(hash, "hashcar"));
	ck_assert(!password_check(hash, ""));
	for (size_t i = 0; hash[i]; i++) {	/* cut short, and with a character no hash has */
		memcpy(damaged, hash, i);
		damaged[i] = '\0';
		ck_assert(!password_hash_valid(types[_i], damaged));
		strcpy(damaged, hash);
		damaged[i] = '*';
		ck_assert(!password_hash_valid(types[_i], damaged) && !password_check(damaged, "hashcat"));
	}
	ck_assert(password_hash(r, types[_i], "s3cret", made));
	ck_assert(password_hash_valid(types[_i], made) && password_check(made, "s3cret") && !password_check(made, "S3cret"));
	ck_assert(!password_hash(r, 7, "x", made));
	rng_free(r);
}
END_TEST

START_TEST(password_seven)
{
	struct rng *r = rng_new_seeded(1);
	char text[64], clear[32];

	ck_assert(password_decode7("02050D480809", clear, sizeof(clear)));
	ck_assert_str_eq(clear, "cisco");
	ck_assert(password_decode7("094f471a1a0a", clear, sizeof(clear)));
	ck_assert_str_eq(clear, "cisco");
	for (int i = 0; i < 100; i++) {
		ck_assert(password_encode7(r, "Pa$$ w0rd-12345", text, 2 * 15 + 4));
		ck_assert_uint_eq(strlen(text), 32);
		ck_assert(password_decode7(text, clear, strlen(text) / 2));
		ck_assert_str_eq(clear, "Pa$$ w0rd-12345");
	}
	ck_assert(!password_encode7(r, "toolong", text, 10));
	ck_assert(password_decode7("05", clear, 1));
	ck_assert_str_eq(clear, "");
	ck_assert(!password_decode7("", clear, sizeof(clear)));
	ck_assert(!password_decode7("0", clear, sizeof(clear)));
	ck_assert(!password_decode7("0x05", clear, sizeof(clear)));
	ck_assert(!password_decode7("99050D", clear, sizeof(clear)));
	ck_assert(!password_decode7("02050D4808", clear, 4));
	ck_assert(!password_decode7("02050D480", clear, sizeof(clear)));
	ck_assert(!password_decode7("020G", clear, sizeof(clear)));
	ck_assert(!password_decode7("0066", clear, sizeof(clear)) || clear[0] != 0);
	rng_free(r);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("crypto");
	TCase *t = tcase_create("crypto");
	SRunner *r;
	int failed;

	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, digests, 0, COUNT(hash_rows));
	tcase_add_loop_test(t, hmac, 0, COUNT(hmac_rows));
	tcase_add_test(t, hmac_odd);
	tcase_add_loop_test(t, hkdf_rfc5869, 0, COUNT(hkdf_rows));
	tcase_add_test(t, skeyid);
	tcase_add_loop_test(t, cbc, 0, COUNT(cbc_rows));
	tcase_add_test(t, sealing);
	tcase_add_test(t, secrets);
	tcase_add_test(t, threads);
	tcase_add_test(t, algorithms);
	tcase_add_test(t, randomness);
	tcase_add_loop_test(t, password_known, 0, COUNT(password_rows));
	tcase_add_test(t, password_seven);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
