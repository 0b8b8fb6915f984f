/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The parsers of isakmp/ that look at octets before any key does: header, chain, SA payload, notify, delete,
 * identity. The first octet says which payload the chain begins with and whether padding may follow.
 */
#include <stdlib.h>
#include "isakmp/isakmp_desc.h"
#include "isakmp/payloads.h"
#include "isakmp/phase1_id.h"
#include "isakmp/proposal.h"
#include "lib/why.h"
#include "tests/fuzz/dict.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool ok)
{
	if (!ok)
		abort();
}

static bool within(struct bytes part, struct bytes whole)
{
	return part.p >= whole.p && part.n <= whole.n && (size_t)(part.p - whole.p) <= whole.n - part.n;
}

static void header(struct bytes in)
{
	struct isakmp_hdr h;
	struct why why = { "" };
	uint8_t buf[ISAKMP_HDR];
	struct wr w = wr_init(buf, sizeof(buf));

	if (!isakmp_hdr_decode(in, &h, &why)) {
		check(why.text[0] != '\0');
		return;
	}
	isakmp_hdr_encode(&w, &h);
	check(wr_ok(&w) && memcmp(buf, in.p, ISAKMP_HDR) == 0);
}

static void sa(struct bytes body)
{
	static const struct isakmp_suite own[] = { { CIPHER_AES256, HASH_SHA256, DH_14, 86400 },
		{ CIPHER_3DES, HASH_SHA1, DH_2, 3600 }, { CIPHER_AES128, HASH_SHA512, DH_19, 60 } };
	struct isakmp_suite got;
	struct sa_choice c;
	struct why why = { "" };
	uint8_t *buf;
	struct wr w;

	if (sa_choose(body, own, 3, &c, &why) != SA_OK) {
		check(why.text[0] != '\0');
		return;
	}
	check(within(c.transform, body));
	buf = malloc(body.n);
	w = wr_init(buf, body.n);
	sa_answer(&w, &c);
	check(wr_ok(&w));	/* an answer is never longer than the offer */
	check(sa_accept(wr_done(&w), body, &got, &why) == SA_OK);
	check(got.encr == c.suite.encr && got.hash == c.suite.hash && got.group == c.suite.group);
	free(buf);
}

static void notify(struct bytes body)
{
	struct notify_body n;
	uint8_t *buf = malloc(body.n + 1);
	struct wr w = wr_init(buf, body.n + 1);

	if (notify_decode(body, &n, NULL)) {
		notify_encode(&w, &n);
		check(bytes_eq(wr_done(&w), body));
	}
	free(buf);
}

static void one(const struct isakmp_payload *p)
{
	struct delete_body d;
	struct why why = { "" };
	char *id;

	if (p->type == PL_SA) {
		sa(p->body);
	} else if (p->type == PL_NOTIFY) {
		notify(p->body);
	} else if (p->type == PL_DELETE) {
		if (delete_decode(p->body, &d, &why))
			check(within(d.spis, p->body));
	} else if (p->type == PL_ID) {
		id = peer_id(p->body, (struct ip4){ 0x0a000002 }, &why);
		check(id || why.text[0]);
		free(id);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct isakmp_payload p[ISAKMP_PAYLOADS];
	struct why why = { "" };
	struct bytes in;
	unsigned count;
	size_t used;

	if (!size)
		return 0;
	in = bytes_of(data + 1, size - 1);
	header(in);
	sa(in);
	if (!isakmp_chain(data[0] & 0x7f, in, data[0] & 0x80, p, ISAKMP_PAYLOADS, &count, &used, &why)) {
		check(why.text[0] != '\0' && count == 0);
		return 0;
	}
	check(used <= in.n && count <= ISAKMP_PAYLOADS);
	for (unsigned i = 0; i < count; i++) {
		check(within(p[i].whole, in) && within(p[i].body, p[i].whole) && p[i].whole.n == p[i].body.n + 4);
		one(&p[i]);
	}
	return 0;
}

static void fill_dict(struct text *t)
{
	desc_dict(&sa_head_desc, t);
	desc_dict(&proposal_head_desc, t);
	desc_dict(&transform_head_desc, t);
	desc_dict(&id_desc, t);
	attr_dict(&transform_attrs_table, t);
}

FUZZ_DICT(fill_dict)
