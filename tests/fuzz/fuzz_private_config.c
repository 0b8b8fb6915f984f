/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The files of keys. The first octet chooses: 0 the plain text of private-config, 1 a sealed file, 2 the
 * master key. */
#include <stdlib.h>
#include "config/config.h"
#include "config/sealed.h"
#include "lib/why.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool ok)
{
	if (!ok)
		abort();
}

static void fuzz_list(struct bytes in)
{
	struct key_list l, again;
	struct why why = { "" };
	struct secret s;

	if (!key_list_decode(in, &l, &why)) {
		check(why.text[0] != '\0' && l.count == 0);
		return;
	}
	for (unsigned i = 0; i + 1 < l.count; i++)
		check(strcmp(l.key[i]->label, l.key[i + 1]->label) < 0);
	/* A private key may decode and yet lack what encoding needs; then the encoder says so. */
	if (key_list_encode(&l, &s, &why)) {
		check(key_list_decode(secret_bytes(&s), &again, &why) && again.count == l.count);
		key_list_free(&again);
		secret_free(&s);
	}
	key_list_free(&l);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t master[MASTER_KEY];
	struct why why = { "" };
	struct secret out;
	struct bytes in;
	bool ok;

	if (!size)
		return 0;
	in = bytes_of(data + 1, size - 1);
	if (data[0] % 3 == 0) {
		fuzz_list(in);
		return 0;
	}
	ok = data[0] % 3 == 1 ? sealed_open(in, PRIVATE_FILE, BYTES_OF(master), &out, &why)
			      : master_open(in, &out, &why);
	check(ok == secret_set(&out) && (ok || why.text[0] != '\0'));
	secret_free(&out);
	return 0;
}
