/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A hostile peer that passes phase 1: every wrong way to register. The key server refuses, counts, forgets, and goes on
 * serving; the member database never hears of it.
 */
#include <stdlib.h>
#include "lib/text.h"
#include "lib/why.h"
#include "lib/wire.h"
#include "tests/sim/sim.h"

#define GROUP_NUMBER 1223

enum how { SHORT_NONCE, LONG_NONCE, NO_ID, NO_NONCE, EXTRA_PAYLOAD, BAD_ID_LENGTH, WRONG_GROUP, WRONG_HASH_1, RANDOM_1, STOPS_AT_2,
	WRONG_HASH_3, POP_IN_3, BAD_GAP_IN_3, TWICE_1, LATE_3, GOOD, VENDOR_IDS };

struct attack {
	struct sim *s;
	struct sim_dev *ks;
	enum how how;
	struct isakmp_sa *sa;
	uint8_t ni[16], nr[256];
	size_t nr_len;
	bool second, fourth, failed;
};

static void hostile_cfg(struct sim_dev *d, struct cfg *c)
{
	sim_isakmp(c);
}

static void connected(void *arg, struct isakmp_sa *sa, enum isakmp_fail why)
{
	((struct attack *)arg)->sa = sa;
}

static void payload(struct wr *w, uint8_t next, struct bytes body)
{
	size_t at = isakmp_payload_begin(w, next);

	wr_bytes(w, body);
	isakmp_payload_end(w, at);
}

static void third(struct attack *a, struct isakmp_xchg *x)
{
	struct bytes prefix[2] = { BYTES_OF(a->ni), bytes_of(a->nr, a->nr_len) };
	uint8_t buf[64], junk[8] = { 0x80, 3, 0, 0, 0x80, 200, 1, 1 };
	struct wr w = wr_init(buf, sizeof(buf));
	uint8_t first = PL_NONE;

	if (a->how == WRONG_HASH_3)
		a->nr[0] ^= 1;
	if (a->how == POP_IN_3) {
		first = PL_POP;
		payload(&w, PL_NONE, BYTES_OF(junk));
	} else if (a->how == VENDOR_IDS) {
		first = PL_VID;
		payload(&w, PL_NONE, BYTES_OF(junk));
	} else if (a->how == BAD_GAP_IN_3) {
		first = PL_GAP;
		payload(&w, PL_NONE, bytes_of(junk, 7));
	}
	if (a->how == LATE_3) {		/* the keys change between message 2 and 3 */
		struct why why;

		ck_assert(gdoi_ks_rekey(a->ks->gdoi, GROUP, REKEY_POLICY, &why));
	}
	isakmp_xchg_send(x, prefix, 2, first, wr_done(&w), true);
}

static void in(void *arg, struct isakmp_xchg *x, const struct isakmp_msg *m)
{
	struct attack *a = arg;
	const struct isakmp_payload *nr = isakmp_find(m->payload, m->count, PL_NONCE);
	struct bytes prefix[2] = { BYTES_OF(a->ni), bytes_of(a->nr, a->nr_len) };

	if (!isakmp_hash_ok(x, m, prefix, a->second ? 2 : 1)) {
		isakmp_xchg_abort(x, 0);
		return;
	}
	if (a->second) {
		a->fourth = isakmp_find(m->payload, m->count, PL_KD) != NULL;
		isakmp_xchg_done(x);
		return;
	}
	a->second = true;
	ck_assert_ptr_nonnull(nr);
	a->nr_len = nr->body.n;
	memcpy(a->nr, nr->body.p, a->nr_len);
	if (a->how == STOPS_AT_2)
		isakmp_xchg_abort(x, 0);
	else
		third(a, x);
}

static void failed(void *arg, struct isakmp_xchg *x, enum isakmp_fail why)
{
	((struct attack *)arg)->failed = true;
}

static const struct isakmp_xchg_ops ops = { .exchange = XCHG_PULL, .in = in, .failed = failed };

static struct bytes first_payloads(struct attack *a, struct wr *w, uint8_t *first)
{
	uint8_t id[12] = { 11, 0, 0, 0, 0, 0, GROUP_NUMBER >> 8, GROUP_NUMBER & 0xff }, junk[300];
	size_t nonce = a->how == SHORT_NONCE ? 7 : sizeof(a->ni), idn = a->how == BAD_ID_LENGTH ? 3 : 8;

	rng_bytes(a->s->rng, a->ni, sizeof(a->ni));
	rng_bytes(a->s->rng, junk, sizeof(junk));
	if (a->how == WRONG_GROUP)
		id[7] ^= 1;
	*first = PL_NONCE;
	if (a->how == RANDOM_1) {
		*first = junk[0];
		wr_bytes(w, bytes_of(junk, 4 + junk[1]));
	} else if (a->how == NO_NONCE) {
		*first = PL_ID;
		payload(w, PL_NONE, bytes_of(id, 8));
	} else {
		if (a->how == VENDOR_IDS) {
			*first = PL_VID;
			payload(w, PL_NONCE, bytes_of(junk, 16));
		}
		payload(w, a->how == NO_ID ? PL_NONE : PL_ID, a->how == LONG_NONCE ? bytes_of(junk, 200) : bytes_of(a->ni, nonce));
		if (a->how != NO_ID)
			payload(w, a->how == EXTRA_PAYLOAD ? PL_NONCE : PL_NONE, bytes_of(id, idn));
		if (a->how == EXTRA_PAYLOAD)
			payload(w, PL_NONE, BYTES_OF(a->ni));
	}
	return wr_done(w);
}

static void attempt(struct attack *a, struct sim_dev *d, enum how how)
{
	struct isakmp_want want = { .remote = a->ks->ip };
	struct bytes wrong = bytes_str("wrong");
	struct isakmp_xchg *x;
	uint8_t buf[600], first;
	struct wr w = wr_init(buf, sizeof(buf));
	struct bytes out;

	*a = (struct attack){ .s = a->s, .ks = a->ks, .how = how };
	isakmp_connect(d->isakmp, &want, connected, a);
	sim_run(a->s, SEC(5));
	sim_assert(a->s, a->sa != NULL, "no phase 1 for attempt %d", (int)how);
	x = isakmp_xchg_new(a->sa, &ops, a);
	ck_assert_ptr_nonnull(x);
	out = first_payloads(a, &w, &first);
	isakmp_xchg_send(x, &wrong, how == WRONG_HASH_1, first, out, true);
	if (how == TWICE_1)
		isakmp_xchg_send(x, &wrong, 0, first, out, true);
	sim_run(a->s, SEC(120));
}

START_TEST(wrong_registrations)
{
	struct sim *s = sim_new(70);
	struct sim_dev *ks = sim_add(s, "KS", "10.0.8.1", sim_ks, NULL), *bad = sim_add(s, "BAD", "10.0.0.9", hostile_cfg, NULL),
		       *gm = sim_add(s, "GM1", "10.0.0.2", sim_gm, NULL);
	struct attack *a = calloc(1, sizeof(*a));

	a->s = s;
	a->ks = ks;
	sim_start(ks);
	sim_start(bad);
	for (enum how how = 0; how < GOOD; how++) {
		attempt(a, bad, how);
		sim_assert(s, !a->fourth, "attempt %d was given keys", (int)how);
		sim_assert(s, sim_members(ks) == 0, "attempt %d is a member", (int)how);
		if (how < STOPS_AT_2)
			sim_assert(s, !a->second, "attempt %d was shown policy", (int)how);
	}
	attempt(a, bad, GOOD);		/* the same code, done right */
	ck_assert(a->fourth);
	attempt(a, bad, VENDOR_IDS);	/* RFC 2408 section 3.16: in any message */
	ck_assert(a->fourth);
	ck_assert_uint_eq(sim_members(ks), 1);
	sim_start(gm);
	sim_run(s, SEC(30));
	ck_assert(sim_registered(gm));
	free(a);
	sim_free(s);
}
END_TEST

/* Hundreds of registrations begun and none finished. */
START_TEST(never_finished)
{
	struct sim *s = sim_new(71);
	struct sim_dev *ks = sim_add(s, "KS", "10.0.8.1", sim_ks, NULL), *bad = sim_add(s, "BAD", "10.0.0.9", hostile_cfg, NULL),
		       *gm = sim_add(s, "GM1", "10.0.0.2", sim_gm, NULL);
	struct isakmp_want want = { .remote = sim_ip("10.0.8.1") };
	struct attack *a = calloc(1, sizeof(*a));

	a->s = s;
	a->ks = ks;
	a->how = STOPS_AT_2;
	sim_start(ks);
	sim_start(bad);
	isakmp_connect(bad->isakmp, &want, connected, a);
	sim_run(s, SEC(5));
	for (unsigned i = 0; i < 500; i++) {
		struct isakmp_xchg *x = isakmp_xchg_new(a->sa, &ops, a);
		uint8_t buf[600], first;
		struct wr w = wr_init(buf, sizeof(buf));
		struct bytes out;

		if (!x)
			break;
		out = first_payloads(a, &w, &first);
		isakmp_xchg_send(x, NULL, 0, first, out, true);
		sim_run(s, MSEC(60));
		a->second = false;
	}
	sim_start(gm);
	sim_run(s, SEC(60));
	ck_assert(sim_registered(gm));
	ck_assert_uint_eq(sim_members(ks), 1);
	free(a);
	sim_free(s);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = { wrong_registrations, never_finished };

	return sim_main("s_hostile", tests, sizeof(tests) / sizeof(tests[0]));
}
