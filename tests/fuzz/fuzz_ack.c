/* SPDX-License-Identifier: GPL-3.0-or-later */
/* GROUPKEY-PUSH-ACK, RFC 8263: first octet even, the datagram; odd, with the HASH that it should have put in. */
#include <stdlib.h>
#include "gdoi/push.h"
#include "lib/why.h"
#include "lib/wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool ok)
{
	if (!ok)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct kek k = { .cipher = CIPHER_AES128, .sig_hash = HASH_SHA256, .iv = secret_new(16), .key = secret_new(16) };
	struct push_ack a, own;
	struct why why = { "" };
	uint8_t buf[128];
	struct wr w = wr_init(buf, sizeof(buf));

	memset(k.spi, 0xa5, GDOI_SPI);
	if (size && push_ack_decode(bytes_of(data + 1, size - 1), &a, &why)) {
		must(a.hash.p >= data && a.hashed.p + a.hashed.n == data + size);
		push_ack_ok(&a, &k, SAK_ACK_KEK_SHA256);
		push_ack_ok(&a, &k, SAK_ACK_KEK_SHA512);
		must(push_ack_make(&k, SAK_ACK_KEK_SHA256, a.seq, a.id, &w));
		must(push_ack_decode(wr_done(&w), &own, NULL) && own.seq == a.seq && own.id.a == a.id.a);
		must(push_ack_ok(&own, &k, SAK_ACK_KEK_SHA256));
		/* With our SPI put in, it is good exactly when its HASH is. */
		if (data[0] & 1) {
			memcpy(a.spi, k.spi, GDOI_SPI);
			must(!push_ack_ok(&a, &k, SAK_ACK_KEK_SHA256) || a.hash.n == 32);
		}
	} else {
		must(!size || why.text[0] != 0);
	}
	kek_free(&k);
	return 0;
}
