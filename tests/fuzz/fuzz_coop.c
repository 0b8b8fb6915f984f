/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What an authenticated, hostile key server can send. First octet modulo 4: 0 an announcement, 1 keys, 2 a member's record (behind which
 * more may follow, two octets of length each), 3 a policy.
 */
#include <stdlib.h>
#include "coop/ann.h"
#include "gdoi/ks.h"
#include "lib/mem.h"
#include "lib/text.h"
#include "lib/why.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool count(void *arg, struct bytes record)
{
	unsigned *n = arg;

	(void)record;
	++*n;
	return true;
}

static void announcement(struct bytes in)
{
	static uint8_t buf[70000];
	struct coop_ann a, b;
	struct why why;
	struct wr w = wr_init(buf, sizeof(buf));
	unsigned n = 0;

	if (!coop_ann_decode(in, &a, &why))
		return;
	coop_ann_records(&a, count, &n);
	if (n != a.nrecords)
		abort();
	if (coop_ann_encode(&w, &a) && (!coop_ann_decode(wr_done(&w), &b, &why) || b.seq != a.seq || b.keys.n != a.keys.n ||
		b.nstages != a.nstages || b.promises.n != a.promises.n || b.promises.given != a.promises.given))
		abort();	/* what was understood can be said again */
}

static void keys(struct bytes in)
{
	struct ks *ks = mem_zalloc(sizeof(*ks));
	struct why why = { "" };
	bool good = ks_keys_decode(ks, in, &why);

	if (good == (why.text[0] != '\0') || (good && !ks->active))
		abort();
	ks_keys_free(ks);
	policy_unref(ks->active);
	roots_free(&ks->roots);
	free(ks);
}

/* Into a database without an engine: a record may add or change a member, and a tombstone for one not there does nothing. */
static void records(struct bytes in)
{
	struct ks *ks = mem_zalloc(sizeof(*ks));
	struct rd r = rd_init(in);
	struct why why;

	ks->coop = true;
	timer_init(&ks->save_soon, NULL, NULL);
	ks->save_soon.slot = 1;		/* looks armed: nothing is written */
	while (rd_left(&r)) {
		struct bytes b = rd_bytes(&r, rd_u16(&r));

		if (!rd_ok(&r))
			break;
		if (b.n && b.p[0] != 2)
			ks_record_in(ks, b, b.n & 1, &why);
	}
	ks_members_free(ks);
	ks_coop_free(ks);
	free(ks);
}

static void policy(struct bytes in)
{
	struct text t = TEXT_EMPTY;
	struct why why;

	ksync_policy_lines(in, &t, &why);
	text_free(&t);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes in;

	if (!size)
		return 0;
	in = bytes_of(data + 1, size - 1);
	if (data[0] % 4 == 0)
		announcement(in);
	else if (data[0] % 4 == 1)
		keys(in);
	else if (data[0] % 4 == 3)
		policy(in);
	else
		records(in);
	return 0;
}
