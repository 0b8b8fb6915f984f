/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What an attacker on the path can do to rekeys: replay them, tamper with them, make them up, sign them with the wrong
 * key. Nothing changes at the member, each kind is counted, and the message is the right one.
 */
#include <stdlib.h>
#include "gdoi/ks.h"
#include "lib/crypto/rsa.h"
#include "lib/text.h"
#include "lib/why.h"
#include "tests/sim/sim.h"

struct captured {
	struct endpoint src, dst;
	uint8_t octets[4096];
	size_t n;
	unsigned count;
	uint8_t exchange;
	bool drop;
};

static enum sim_verdict capture(void *arg, struct endpoint src, struct endpoint dst, struct bytes body)
{
	struct captured *c = arg;

	if (body.n < ISAKMP_HDR || body.p[18] != c->exchange || body.n > sizeof(c->octets))
		return SIM_PASS;
	c->src = src;
	c->dst = dst;
	c->n = body.n;
	memcpy(c->octets, body.p, body.n);
	c->count++;
	return c->drop ? SIM_DROP : SIM_PASS;
}

struct lab {
	struct sim *s;
	struct sim_dev *ks, *gm;
	struct captured cap;
};

static struct lab *lab_up(uint64_t seed)
{
	struct lab *l = calloc(1, sizeof(*l));

	l->s = sim_new(seed);
	l->ks = sim_add(l->s, "KS", "10.0.8.1", sim_ks, NULL);
	l->gm = sim_add(l->s, "GM1", "10.0.0.2", sim_gm, NULL);
	sim_start(l->ks);
	sim_start(l->gm);
	sim_assert(l->s, sim_until(l->s, sim_all_registered, l->s, SEC(60)), "not registered");
	l->cap.exchange = XCHG_PUSH;
	l->s->tap = capture;
	l->s->tap_arg = &l->cap;
	return l;
}

static void lab_down(struct lab *l)
{
	sim_free(l->s);
	free(l);
}

static struct gdoi_counters counters(const struct sim_dev *d)
{
	struct gdoi_counters c;

	gdoi_show_counters(d->gdoi, &c);
	return c;
}

static void again(struct lab *l)
{
	sim_inject(l->s, l->cap.src, l->cap.dst, bytes_of(l->cap.octets, l->cap.n));
	sim_run(l->s, SEC(1));
}

/* An older rekey once more, after more newer ones than the member keeps for answering retransmissions. */
START_TEST(replayed)
{
	struct lab *l = lab_up(50);
	struct captured old;
	struct gdoi_counters c;
	unsigned nsa;

	sim_run(l->s, SEC(7000));
	old = l->cap;
	ck_assert_uint_eq(sim_count(l->gm, MSG_GDOI_GM_RECV_REKEY), 1);
	sim_run(l->s, SEC(6 * 6480));
	ck_assert_uint_eq(sim_count(l->gm, MSG_GDOI_GM_RECV_REKEY), 7);
	nsa = l->gm->dp.nsa;
	c = counters(l->gm);
	l->cap = old;
	again(l);
	ck_assert_uint_eq(counters(l->gm).push_replayed, c.push_replayed + 1);
	ck_assert_uint_eq(counters(l->gm).push_ok, c.push_ok);
	ck_assert_uint_eq(sim_count(l->gm, MSG_GDOI_GDOI_REKEY_SEQ_FAILURE), 1);
	ck_assert_uint_eq(l->gm->dp.nsa, nsa);
	lab_down(l);
}
END_TEST

/* Every octet of a rekey that the member has not seen, one after the other: never accepted. Then the true one is. */
START_TEST(tampered)
{
	struct lab *l = lab_up(51);
	struct captured good;

	l->cap.drop = true;
	sim_run(l->s, SEC(6480 + 60));
	ck_assert_uint_ge(l->cap.count, 1);
	l->cap.drop = false;
	good = l->cap;
	for (size_t i = 0; i < good.n; i++) {
		l->cap = good;
		l->cap.octets[i] ^= (uint8_t)(1u << (i % 8));
		sim_inject(l->s, l->cap.src, l->cap.dst, bytes_of(l->cap.octets, l->cap.n));
		sim_run(l->s, MSEC(30));
	}
	for (size_t cut = 0; cut < good.n; cut += 7) {
		sim_inject(l->s, good.src, good.dst, bytes_of(good.octets, cut));
		sim_run(l->s, MSEC(30));
	}
	ck_assert_uint_eq(counters(l->gm).push_ok, 0);
	ck_assert_uint_eq(sim_count(l->gm, MSG_GDOI_GM_RECV_REKEY), 0);
	ck_assert_uint_eq(l->gm->dp.nsa, 1);
	l->cap = good;
	again(l);
	ck_assert_uint_eq(sim_count(l->gm, MSG_GDOI_GM_RECV_REKEY), 1);
	lab_down(l);
}
END_TEST

/* Whoever holds the KEK (any member) can encrypt; only the key server can sign. */
static void forge(struct lab *l, const struct push_build *b, struct rsa_key *key, bool sign)
{
	struct push_draft d;
	struct secret out = SECRET_NONE;
	uint8_t sig[512];
	size_t n = sizeof(sig);
	struct why why = { "" };

	ck_assert_msg(push_draft_make(b, rsa_bits(key) / 8, &d, &why), "%s", why.text);
	if (sign)
		ck_assert(rsa_sign(key, RSA_SIG_PKCS1, b->kek->sig_hash, d.digest, sig, &n));
	else
		memset(sig, 0x5a, n = rsa_bits(key) / 8);
	ck_assert(push_draft_finish(&d, b->kek, bytes_of(sig, n), &out));
	sim_inject(l->s, (struct endpoint){ l->ks->ip, 848 }, (struct endpoint){ l->gm->ip, 848 }, secret_bytes(&out));
	push_draft_free(&d);
	secret_free(&out);
	rsa_free(key);
	sim_run(l->s, SEC(1));
}

static struct ks *group_of(const struct sim_dev *ks)
{
	return gdoi_group_find(ks->gdoi, GROUP)->ks;
}

static void forged_removal(struct lab *l, unsigned kind, uint32_t seq, struct rsa_key *key, bool sign)
{
	struct gdoi_wire wire = { .private_ok = true };
	struct gdoi_sa sa = { .has_gap = true, .gap = { .removal = kind } };

	forge(l, &(struct push_build){ .kek = &group_of(l->ks)->keks->kek, .wire = &wire, .seq = seq, .sa = &sa }, key, sign);
}

static void unharmed(struct lab *l)
{
	struct gdoi_gm_info i;

	ck_assert_uint_eq(sim_count(l->gm, MSG_GDOI_GM_RECV_DELETE), 0);
	ck_assert_uint_eq(sim_count(l->gm, MSG_GDOI_GM_RECV_DELETE_IMMEDIATE), 0);
	ck_assert_uint_eq(l->gm->dp.nsa, 1);
	ck_assert(gdoi_show_gm(l->gm->gdoi, GROUP, &i));
	ck_assert(i.kek.present && i.state == GM_REGISTERED);
}

/* The message an attacker wants most. */
START_TEST(forged_removals)
{
	struct lab *l = lab_up(52);
	struct gdoi_wire wire = { 0 };
	static const struct gdoi_delete start_over[2] = { { .protocol_id = 1, .all = true }, { .protocol_id = 0, .all = true } };

	forged_removal(l, 1, 1, sim_rsa(2), true);	/* signed with another key */
	forged_removal(l, 2, 2, sim_rsa(2), true);
	forged_removal(l, 2, 3, sim_rsa(0), false);	/* not signed at all */
	unharmed(l);
	ck_assert_uint_eq(counters(l->gm).push_bad_sig, 3);
	ck_assert_uint_ge(sim_count(l->gm, MSG_GDOI_GDOI_REKEY_FAILURE), 1);
	forge(l, &(struct push_build){ .kek = &group_of(l->ks)->keks->kek, .wire = &wire, .seq = 4, .del = start_over,
		.ndel = 2 }, sim_rsa(2), true);
	unharmed(l);
	/* none of it moved the sequence number: the key server's own first rekey is accepted */
	sim_run(l->s, SEC(7000));
	ck_assert_uint_eq(sim_count(l->gm, MSG_GDOI_GM_RECV_REKEY), 1);
	lab_down(l);
}
END_TEST

/* A true removal, repeated after the member is back: its KEK is gone. */
START_TEST(replayed_removal)
{
	struct lab *l = lab_up(53);
	struct why why;

	ck_assert(gdoi_ks_remove_members(l->ks->gdoi, GROUP, REMOVAL_NOW, &why));
	sim_run(l->s, SEC(200));
	ck_assert(sim_registered(l->gm));
	ck_assert_uint_eq(sim_count(l->gm, MSG_GDOI_GM_RECV_DELETE_IMMEDIATE), 1);
	again(l);
	ck_assert_uint_eq(sim_count(l->gm, MSG_GDOI_GM_RECV_DELETE_IMMEDIATE), 1);
	ck_assert(sim_registered(l->gm));
	lab_down(l);
}
END_TEST

static void of_today(struct sim_dev *d, struct cfg *c)
{
	cfg_group(c, GROUP)->version[0] = '\0';
}

/* As 1.0.1 the member ignored the removal and kept its KEK; now it would obey, but these octets it has seen. */
START_TEST(replayed_removal_after_upgrade)
{
	struct lab *l = calloc(1, sizeof(*l));
	struct why why;
	struct gdoi_counters c;

	l->s = sim_new(57);
	l->ks = sim_add(l->s, "KS", "10.0.8.1", sim_ks, NULL);
	l->gm = sim_add(l->s, "GM1", "10.0.0.2", sim_gm, NULL);
	l->gm->version = (struct version){ 1, 0, 1 };
	sim_start(l->ks);
	sim_start(l->gm);
	sim_assert(l->s, sim_until(l->s, sim_all_registered, l->s, SEC(60)), "not registered");
	l->cap.exchange = XCHG_PUSH;
	l->s->tap = capture;
	l->s->tap_arg = &l->cap;
	ck_assert(gdoi_ks_remove_members(l->ks->gdoi, GROUP, REMOVAL_NOW, &why));
	sim_run(l->s, SEC(5));
	ck_assert_uint_ge(l->cap.count, 1);
	unharmed(l);
	c = counters(l->gm);
	sim_config(l->gm, of_today);
	again(l);
	unharmed(l);
	ck_assert_uint_eq(counters(l->gm).push_ok, c.push_ok);
	lab_down(l);
}
END_TEST

/* Acknowledgements: tampered, repeated, for a number never sent, by a stranger, by one member for another. */
START_TEST(forged_acks)
{
	struct lab *l = lab_up(54);
	struct gdoi_member_info m;
	struct gdoi_counters c;
	uint8_t buf[256];
	struct wr w = wr_init(buf, sizeof(buf));

	l->cap.exchange = XCHG_PUSH_ACK;
	l->cap.drop = true;
	sim_run(l->s, SEC(6480 + 5));
	ck_assert_uint_ge(l->cap.count, 1);
	for (size_t i = 0; i < l->cap.n; i++) {
		l->cap.octets[i] ^= 0x40;
		sim_inject(l->s, l->cap.src, l->cap.dst, bytes_of(l->cap.octets, l->cap.n));
		l->cap.octets[i] ^= 0x40;
		sim_run(l->s, MSEC(30));
	}
	sim_inject(l->s, (struct endpoint){ sim_ip("10.0.0.7"), 848 }, l->cap.dst, bytes_of(l->cap.octets, l->cap.n));
	sim_run(l->s, SEC(1));
	ck_assert(gdoi_show_member(l->ks->gdoi, GROUP, l->gm->ip, &m));
	ck_assert_uint_eq(m.acks, 0);
	ck_assert_uint_eq(counters(l->ks).ack_unsolicited, 1);
	l->cap.drop = false;
	again(l);
	again(l);
	ck_assert(gdoi_show_member(l->ks->gdoi, GROUP, l->gm->ip, &m));
	ck_assert_uint_eq(m.acks, 1);
	c = counters(l->ks);
	ck_assert(push_ack_make(&group_of(l->ks)->keks->kek, SAK_ACK_KEK_SHA256, 77, l->gm->ip, &w));
	sim_inject(l->s, l->cap.src, l->cap.dst, wr_done(&w));
	w = wr_init(buf, sizeof(buf));
	ck_assert(push_ack_make(&group_of(l->ks)->keks->kek, SAK_ACK_KEK_SHA256, 1, sim_ip("10.9.9.9"), &w));
	sim_inject(l->s, l->cap.src, l->cap.dst, wr_done(&w));
	sim_run(l->s, SEC(1));
	ck_assert_uint_eq(counters(l->ks).ack_unsolicited, c.ack_unsolicited + 2);
	ck_assert_uint_eq(sim_count(l->ks, MSG_GDOI_KS_UNSOL_ACK), 3);
	lab_down(l);
}
END_TEST

struct altered {
	struct sim *s;
	unsigned from_gm;
	struct captured third;
};

static enum sim_verdict hold_third(void *arg, struct endpoint src, struct endpoint dst, struct bytes body)
{
	struct altered *a = arg;

	if (body.n < ISAKMP_HDR || body.p[18] != XCHG_PULL || !ip4_eq(src.ip, sim_ip("10.0.0.2")) || ++a->from_gm != 2)
		return SIM_PASS;
	a->third.exchange = XCHG_PULL;
	capture(&a->third, src, dst, body);
	return SIM_DROP;
}

/*
 * Message 3 of a PULL whose HASH was altered on the way so that all the rest still decrypts: it ends nothing, the true one
 * that follows is answered.
 */
START_TEST(altered_third)
{
	struct altered a = { .s = sim_new(56) };
	struct sim_dev *ks = sim_add(a.s, "KS", "10.0.8.1", sim_ks, NULL), *gm = sim_add(a.s, "GM1", "10.0.0.2", sim_gm, NULL);

	a.s->tap = hold_third;
	a.s->tap_arg = &a;
	sim_start(ks);
	sim_start(gm);
	sim_run(a.s, MSEC(500));
	ck_assert_uint_eq(a.third.count, 1);
	a.third.octets[ISAKMP_HDR + 16] ^= 1;	/* the second block of three is HASH from end to end */
	sim_inject(a.s, a.third.src, a.third.dst, bytes_of(a.third.octets, a.third.n));
	sim_run(a.s, SEC(5));
	ck_assert_uint_eq(counters(ks).pull_bad, 1);
	ck_assert_uint_eq(sim_count(ks, MSG_GDOI_KS_HASH_FAIL), 1);
	ck_assert(sim_registered(gm));
	ck_assert_uint_eq(sim_members(ks), 1);
	sim_free(a.s);
}
END_TEST

/* Noise on UDP 848 at both: nothing falls over. */
START_TEST(noise)
{
	struct lab *l = lab_up(55);
	uint8_t buf[600];

	for (unsigned i = 0; i < 20000; i++) {
		size_t n = rng_below(l->s->rng, sizeof(buf));
		struct endpoint to = { i & 1 ? l->gm->ip : l->ks->ip, 848 };
		struct ks *ks = group_of(l->ks);

		rng_bytes(l->s->rng, buf, n);
		if (n >= ISAKMP_HDR && i % 3) {
			memcpy(buf, ks->keks->kek.spi, GDOI_SPI);
			buf[16] = PL_SEQ;
			buf[17] = ISAKMP_VERSION;
			buf[18] = i % 3 == 1 ? XCHG_PUSH : XCHG_PUSH_ACK;
			buf[19] = i % 3 == 1 ? 1 : 0;
			memset(buf + 20, 0, 6);
			buf[26] = (uint8_t)(n >> 8);
			buf[27] = (uint8_t)n;
		}
		sim_inject(l->s, (struct endpoint){ l->ks->ip, 848 }, to, bytes_of(buf, n));
		if (i % 100 == 0)
			sim_run(l->s, MSEC(100));
	}
	sim_run(l->s, SEC(1));
	unharmed(l);
	sim_run(l->s, SEC(7000));
	ck_assert_uint_eq(sim_count(l->gm, MSG_GDOI_GM_RECV_REKEY), 1);
	lab_down(l);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = { replayed, tampered, forged_removals, replayed_removal, replayed_removal_after_upgrade,
		forged_acks, altered_third,
		noise };

	return sim_main("s_forged", tests, sizeof(tests) / sizeof(tests[0]));
}
