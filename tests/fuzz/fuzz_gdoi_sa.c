/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * SA with SAK, GAP and SATs, and a GAP alone. First octet: 1 two-octet identity lengths, 2 six reserved octets in the SAK,
 * 4 a peer of our own kind, 8 lenient-attrs, 16 a GAP. What is decoded is printed, encoded, and decodes again.
 */
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

static void again(const struct gdoi_sa *sa, const struct gdoi_wire *w)
{
	const size_t room = gdoi_sa_bound(sa);
	uint8_t *buf = malloc(room);
	struct wr wr = wr_init(buf, room);
	struct gdoi_sa got;
	struct text t = TEXT_EMPTY;

	gdoi_sa_print(sa, &t);
	must(t.n > 0);
	text_free(&t);
	gdoi_sa_encode(&wr, w, sa);
	must(wr_ok(&wr));
	if (wr.n <= UINT16_MAX - 4) {
		must(gdoi_sa_decode(wr_done(&wr), w, &got, NULL));
		must(got.nsat == sa->nsat && got.has_sak == sa->has_sak && got.has_gap == sa->has_gap);
		must(!sa->nsat || (got.sat[0].spi == sa->sat[0].spi && got.sat[0].enc == sa->sat[0].enc &&
					  got.sat[0].lifetime == sa->sat[0].lifetime));
		must(!sa->has_sak || got.sak.cipher == sa->sak.cipher);
		gdoi_sa_free(&got);
	}
	free(buf);
}

static void gap(struct bytes in, const struct gdoi_wire *w)
{
	struct gdoi_gap g, got;
	struct why why = { "" };
	uint8_t buf[128];
	struct wr wr = wr_init(buf, sizeof(buf));

	if (!gdoi_gap_decode(in, w, &g, &why)) {
		must(why.text[0] != 0);
		return;
	}
	gdoi_gap_encode(&wr, w, &g);
	must(wr_ok(&wr) && gdoi_gap_decode(wr_done(&wr), w, &got, NULL));
	must(got.atd == g.atd && got.pseudotime == g.pseudotime && got.removal == g.removal);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct gdoi_wire w;
	struct gdoi_sa sa;
	struct why why = { "" };

	if (!size)
		return 0;
	w = (struct gdoi_wire){ .sat_idlen2 = data[0] & 1, .sak_pad6 = data[0] & 2, .private_ok = data[0] & 4,
		.lenient_attrs = data[0] & 8 };
	if (data[0] & 16) {
		gap(bytes_of(data + 1, size - 1), &w);
	} else if (gdoi_sa_decode(bytes_of(data + 1, size - 1), &w, &sa, &why)) {
		again(&sa, &w);
		gdoi_sa_free(&sa);
	} else {
		must(why.text[0] != 0 && !sa.sat && !sa.nsat);
	}
	return 0;
}

static void dict(struct text *t)
{
	attr_dict(&gdoi_sak_attrs, t);
	attr_dict(&gdoi_gap_attrs[1], t);
	attr_dict(&gdoi_sat_attrs[1], t);
}

FUZZ_DICT(dict)
