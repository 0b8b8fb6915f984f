/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "isakmp/keys.h"
#include "lib/crypto/prf.h"
#include "lib/wire.h"

/* SKEYID_d, _a, _e: prf(SKEYID, previous | g^xy | CKY-I | CKY-R | n) */
static bool skeyid_n(
	const struct isakmp_inputs *in, const uint8_t *skeyid, struct bytes previous, uint8_t n, uint8_t *out)
{
	const struct bytes parts[] = { previous, in->gxy, in->icookie, in->rcookie, bytes_of(&n, 1) };

	return prf_parts(in->hash, bytes_of(skeyid, hash_alg(in->hash)->size), parts, 5, out);
}

/* The leading octets of SKEYID_e, or of K1 | K2 | ... when it is too short (RFC 2409 appendix B). */
static bool cipher_key(enum hash_id h, const uint8_t *e, uint8_t *out, size_t n)
{
	const size_t size = hash_alg(h)->size;
	uint8_t k[HASH_SIZE_MAX] = { 0 };
	struct bytes in = bytes_of(k, 1);	/* K1 = prf(SKEYID_e, 0) */
	bool ok = true;

	if (n <= size) {
		memcpy(out, e, n);
		return true;
	}
	for (size_t done = 0; ok && done < n; done += size) {
		ok = prf_parts(h, bytes_of(e, size), &in, 1, k);
		memcpy(out + done, k, n - done < size ? n - done : size);
		in = bytes_of(k, size);
	}
	secret_cleanse(k, sizeof(k));
	return ok;
}

bool isakmp_derive(const struct isakmp_inputs *in, struct isakmp_keys *out)
{
	const size_t size = hash_alg(in->hash)->size, key = cipher_alg(in->encr)->key;
	const struct bytes nonces[] = { in->ni, in->nr };
	uint8_t d[HASH_SIZE_MAX], e[HASH_SIZE_MAX];
	uint8_t *a;
	bool ok;

	*out = (struct isakmp_keys){ secret_new(size), secret_new(size + key) };
	a = out->sa.p;
	ok = prf_parts(in->hash, in->psk, nonces, 2, out->skeyid.p) &&
	     skeyid_n(in, out->skeyid.p, BYTES_NONE, 0, d) &&
	     skeyid_n(in, out->skeyid.p, bytes_of(d, size), 1, a) &&
	     skeyid_n(in, out->skeyid.p, bytes_of(a, size), 2, e) && cipher_key(in->hash, e, a + size, key);
	secret_cleanse(d, sizeof(d));	/* GDOI derives nothing from SKEYID_d */
	secret_cleanse(e, sizeof(e));
	if (!ok)
		isakmp_keys_free(out);
	return ok;
}

void isakmp_keys_free(struct isakmp_keys *k)
{
	secret_free(&k->skeyid);
	secret_free(&k->sa);
}

bool isakmp_auth_hash(
	enum hash_id h, const struct secret *skeyid, const struct isakmp_hash_inputs *in, uint8_t *out)
{
	const struct bytes parts[] = { in->own_ke, in->peer_ke, in->own_cookie, in->peer_cookie, in->sai,
		in->id };

	return prf_parts(h, secret_bytes(skeyid), parts, 6, out);
}

static bool iv_of(enum hash_id h, struct bytes a, struct bytes b, uint8_t *iv)
{
	const struct bytes parts[] = { a, b };
	uint8_t out[HASH_SIZE_MAX];

	if (!hash_parts(h, parts, 2, out))
		return false;
	memcpy(iv, out, CIPHER_BLOCK_MAX);	/* MD5, the shortest, has as many */
	return true;
}

bool isakmp_first_iv(enum hash_id h, struct bytes gxi, struct bytes gxr, uint8_t *iv)
{
	return iv_of(h, gxi, gxr, iv);
}

bool isakmp_exchange_iv(enum hash_id h, const uint8_t *last, size_t block, uint32_t msgid, uint8_t *iv)
{
	uint8_t mid[4];
	struct wr w = wr_init(mid, sizeof(mid));

	wr_u32(&w, msgid);
	return iv_of(h, bytes_of(last, block), BYTES_OF(mid), iv);
}
