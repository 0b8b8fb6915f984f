/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * GROUPKEY-PUSH under a fixed KEK. First octet: 1 the rest is a payload chain that is put behind a header and encrypted
 * here (else the datagram as received), 2 3DES (else AES-128), 4 a peer of our own kind, 8 bare-hash signatures.
 */
#include <stdlib.h>
#include "gdoi/push.h"
#include "isakmp/payloads.h"
#include "lib/crypto/cipher.h"
#include "lib/why.h"
#include "lib/wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define BODY_MAX 60000

static void must(bool ok)
{
	if (!ok)
		abort();
}

static struct kek fixed_kek(bool des)
{
	struct kek k = { .cipher = des ? CIPHER_3DES : CIPHER_AES128, .sig_hash = HASH_SHA256,
		.iv = secret_new(des ? 8 : 16), .key = secret_new(des ? 24 : 16) };

	memset(k.spi, 0xa5, GDOI_SPI);
	for (size_t i = 0; i < k.key.n; i++)
		k.key.p[i] = (uint8_t)(i * 7 + 1);
	return k;
}

static void open_it(const struct kek *k, const struct gdoi_wire *w, struct bytes in)
{
	struct push_msg m;
	struct why why = { "" };
	uint32_t seq = 0;

	if (!push_open(k, w, in, &m, &why)) {
		must(why.text[0] != 0 && !m.plain.p);
		push_peek_seq(k, in, &seq);
		return;
	}
	must(push_peek_seq(k, in, &seq) && seq == m.seq);
	must(m.has_kd ? m.has_sa : m.ndel || m.has_sa);
	must(m.sig.p >= m.plain.p && m.sig.p + m.sig.n <= m.plain.p + m.plain.n);
	push_msg_free(&m);
}

static void chain(const struct kek *k, const struct gdoi_wire *w, struct bytes payloads)
{
	const size_t block = cipher_alg(k->cipher)->block;
	const size_t n = (payloads.n + block - 1) / block * block;
	uint8_t *msg = calloc(1, ISAKMP_HDR + n + 1);
	struct wr wr = wr_init(msg, ISAKMP_HDR + n);
	struct isakmp_hdr h = { .next = PL_SEQ, .version = ISAKMP_VERSION, .exchange = XCHG_PUSH, .flags = ISAKMP_FLAG_E,
		.length = (uint32_t)(ISAKMP_HDR + n) };

	memcpy(h.icookie, k->spi, 8);
	memcpy(h.rcookie, k->spi + 8, 8);
	isakmp_hdr_encode(&wr, &h);
	wr_bytes(&wr, payloads);
	if (n)
		must(cbc_encrypt(k->cipher, secret_bytes(&k->key), k->iv.p, msg + ISAKMP_HDR, msg + ISAKMP_HDR, n, NULL));
	open_it(k, w, bytes_of(msg, ISAKMP_HDR + n));
	free(msg);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct gdoi_wire w;
	struct kek k;

	if (!size || size > BODY_MAX)
		return 0;
	w = (struct gdoi_wire){ .private_ok = data[0] & 4 };
	k = fixed_kek(data[0] & 2);
	if (data[0] & 1)
		chain(&k, &w, bytes_of(data + 1, size - 1));
	else
		open_it(&k, &w, bytes_of(data + 1, size - 1));
	kek_free(&k);
	return 0;
}
