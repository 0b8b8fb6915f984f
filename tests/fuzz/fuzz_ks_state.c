/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The key server's state files after the seal is broken: whoever holds the master key, or a disk that rots. First octet:
 * even = keys and policy, odd = members; the rest is the file.
 */
#include <stdlib.h>
#include "gdoi/ks.h"
#include "lib/clock.h"
#include "lib/mem.h"
#include "lib/why.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct clock *clock;
	struct ks *ks;
	struct why why = { "" };
	bool good;

	if (!size)
		return 0;
	if (!clock)
		clock = clock_new_virtual(SEC(1000), UINT64_C(1700000000000000));
	ks = mem_zalloc(sizeof(*ks));
	memcpy(ks->group, "GET", 4);
	if (data[0] & 1)
		good = ks_members_decode(ks, bytes_of(data + 1, size - 1), &why);
	else
		good = ks_state_decode(ks, bytes_of(data + 1, size - 1), clock, &why);
	if (good == (why.text[0] != '\0'))
		abort();	/* a refusal says why, and only a refusal */
	if (good && !(data[0] & 1) && !ks->active)
		abort();
	ks_keys_free(ks);
	ks_members_free(ks);
	ks_leaving_clear(ks);
	policy_unref(ks->active);
	roots_free(&ks->roots);
	free(ks);
	return 0;
}
