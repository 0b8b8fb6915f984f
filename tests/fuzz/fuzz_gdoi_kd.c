/* SPDX-License-Identifier: GPL-3.0-or-later */
/* KD (first octet 0 or 1: lenient-attrs), D (2), the group's ID (3, 4: keyid-le) and SEQ (5). What is decoded encodes. */
#include <stdlib.h>
#include "gdoi/gdoi_desc.h"
#include "gdoi/payload.h"
#include "lib/text.h"
#include "lib/why.h"
#include "lib/wire.h"
#include "tests/fuzz/dict.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool ok)
{
	if (!ok)
		abort();
}

static bool kd(struct bytes in, bool lenient, struct why *why)
{
	const struct gdoi_wire w = { .lenient_attrs = lenient };
	struct gdoi_kd k, got;
	struct wr wr;
	uint8_t *buf;

	if (!gdoi_kd_decode(in, &w, &k, why)) {
		must(!k.tek && !k.kek);
		return false;
	}
	buf = malloc(gdoi_kd_bound(&k));
	wr = wr_init(buf, gdoi_kd_bound(&k));
	gdoi_kd_encode(&wr, &w, &k);
	must(wr_ok(&wr) && gdoi_kd_decode(wr_done(&wr), &w, &got, NULL));
	must(got.ntek == k.ntek && got.nkek == k.nkek && got.nsid == k.nsid);
	for (unsigned i = 0; i < k.ntek; i++)
		must(got.tek[i].spi == k.tek[i].spi && bytes_eq(got.tek[i].key, k.tek[i].key));
	gdoi_kd_free(&got);
	gdoi_kd_free(&k);
	free(buf);
	return true;
}

static bool delete(struct bytes in, struct why *why)
{
	struct gdoi_delete d, got;
	uint8_t buf[2048];
	struct wr wr = wr_init(buf, sizeof(buf));

	if (!gdoi_delete_decode(in, &d, why))
		return false;
	gdoi_delete_encode(&wr, &d);
	must(wr_ok(&wr) && gdoi_delete_decode(wr_done(&wr), &got, NULL));
	must(got.protocol_id == d.protocol_id && got.all == d.all && (d.all || got.ntek == d.ntek));
	return true;
}

static bool id(struct bytes in, bool le, struct why *why)
{
	const struct gdoi_wire w = { .keyid_le = le };
	struct gdoi_group_id i, got;
	uint8_t buf[16];
	struct wr wr = wr_init(buf, sizeof(buf));

	if (!gdoi_group_id_decode(in, &w, &i, why))
		return false;
	gdoi_group_id_encode(&wr, &w, &i);
	must(wr_ok(&wr) && gdoi_group_id_decode(wr_done(&wr), &w, &got, NULL));
	must(got.by_address == i.by_address && got.number == i.number && got.address.a == i.address.a);
	return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct why why = { "" };
	struct bytes in;
	uint32_t seq;
	bool ok;

	if (!size)
		return 0;
	in = bytes_of(data + 1, size - 1);
	switch (data[0] % 6) {
	case 2:
		ok = delete(in, &why);
		break;
	case 3:
	case 4:
		ok = id(in, data[0] % 6 == 4, &why);
		break;
	case 5:
		ok = gdoi_seq_decode(in, &seq, &why);
		break;
	default:
		ok = kd(in, data[0] & 1, &why);
		break;
	}
	must(ok || why.text[0] != 0);
	return 0;
}

static void dict(struct text *t)
{
	attr_dict(&gdoi_tek_attrs, t);
	attr_dict(&gdoi_kek_attrs, t);
	attr_dict(&gdoi_sid_attrs, t);
}

FUZZ_DICT(dict)
