/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Members that did not announce our vendor id: registered numbers only, deletes instead of a removal order; alone and
 * beside our own. And the 'compatibility' lines, both ends set alike.
 */
#include <string.h>
#include "lib/text.h"
#include "lib/why.h"
#include "tests/sim/sim.h"

#define FOREIGN "10.0.0.2"

/* What the key server sees of one member's vendor id is some other vendor's. */
static void hide_vendor(void *arg, struct endpoint src, struct endpoint dst, uint8_t *octets, size_t n)
{
	static const uint8_t prefix[4] = { 0x65, 0xed, 0xac, 0x6d };

	if (!ip4_eq(src.ip, sim_ip(FOREIGN)) && !ip4_eq(dst.ip, sim_ip(FOREIGN)))
		return;
	for (size_t i = 0; n > 32 && octets[18] == XCHG_MAIN && i < n - 4; i++)
		if (memcmp(octets + i, prefix, 4) == 0)
			octets[i] ^= 0xff;
}

struct lab {
	struct sim *s;
	struct sim_dev *ks, *foreign, *own;
};

static struct lab lab_up(uint64_t seed, void (*ks)(struct sim_dev *d, struct cfg *c), bool two)
{
	struct lab l = { .s = sim_new(seed) };

	l.s->rewrite = hide_vendor;
	l.ks = sim_add(l.s, "KS", "10.0.8.1", ks, NULL);
	l.foreign = sim_add(l.s, "FOREIGN", FOREIGN, sim_gm, NULL);
	if (two)
		l.own = sim_add(l.s, "OWN", "10.0.0.3", sim_gm, NULL);
	for (struct sim_dev *d = l.s->devs; d; d = d->next)
		sim_start(d);
	sim_assert(l.s, sim_until(l.s, sim_all_registered, l.s, SEC(60)), "not registered");
	return l;
}

START_TEST(plain)
{
	struct lab l = lab_up(60, sim_ks, true);
	struct gdoi_member_info m;

	ck_assert(gdoi_show_member(l.ks->gdoi, GROUP, l.foreign->ip, &m));
	ck_assert_uint_eq(m.version.major, 0);
	ck_assert_uint_eq(l.foreign->dp.nace, 1);	/* no deny entries without a private number */
	ck_assert_uint_eq(l.own->dp.nace, 3);
	ck_assert_uint_eq(gdoi_ks_cannot(l.ks->gdoi, GROUP, "gm-removal"), 1);
	l.s->check_pairs = true;
	sim_run(l.s, SEC(4 * 7200));
	ck_assert_uint_eq(sim_count(l.foreign, MSG_GDOI_GM_RECV_REKEY), 4);
	ck_assert_uint_eq(sim_count(l.own, MSG_GDOI_GM_RECV_REKEY), 4);
	ck_assert_uint_eq(l.foreign->dp.gaps + l.own->dp.gaps, 0);
	ck_assert_uint_eq(l.foreign->dp.nace, 1);
	ck_assert_uint_eq(l.own->dp.nace, 3);
	sim_assert(l.s, !l.s->mismatches, "%s", l.s->mismatch);
	sim_free(l.s);
}
END_TEST

/* Two Deletes: it starts over and is back with the new keys. */
START_TEST(start_over)
{
	struct lab l = lab_up(61, sim_ks, true);
	uint32_t old = l.foreign->dp.out;
	struct why why;

	ck_assert(gdoi_ks_remove_members(l.ks->gdoi, GROUP, REMOVAL_TRANSIENT, &why));
	sim_run(l.s, SEC(5));
	ck_assert_uint_eq(sim_count(l.own, MSG_GDOI_GM_RECV_DELETE), 1);
	sim_run(l.s, SEC(400));
	ck_assert(sim_all_registered(l.s));
	ck_assert(!sim_dp_has(l.foreign, old));
	ck_assert_uint_eq(l.foreign->dp.out, l.own->dp.out);
	ck_assert_uint_eq(sim_members(l.ks), 2);
	sim_free(l.s);
}
END_TEST

START_TEST(plain_replace)
{
	struct lab l = lab_up(62, sim_ks, true);
	struct why why;

	sim_run(l.s, SEC(100));
	ck_assert(gdoi_ks_rekey(l.ks->gdoi, GROUP, REKEY_REPLACE_NOW, &why));
	sim_run(l.s, SEC(5));
	ck_assert_uint_eq(l.own->dp.nsa, 1);
	ck_assert_uint_eq(l.foreign->dp.nsa, 2);	/* plain: the old SA lives on */
	sim_free(l.s);
}
END_TEST

static void multicast_ks(struct sim_dev *d, struct cfg *c)
{
	struct cfg_ks *ks = sim_ks_cfg(c);

	sim_ks(d, c);
	ks->unicast = false;
	sim_acl(c, "MCAST", "permit udp host 10.0.8.1 eq 848 host 239.0.1.2 eq 848");
	str_copy(ks->rekey_acl, sizeof(ks->rekey_acl), "MCAST");
}

/* Both forms go to the multicast group, each with its own number. */
START_TEST(mixed_multicast)
{
	struct lab l = lab_up(63, multicast_ks, true);

	sim_run(l.s, SEC(7000));
	ck_assert_uint_eq(sim_ks_info(l.ks).seq, 2);
	ck_assert_uint_ge(sim_count(l.own, MSG_GDOI_GM_RECV_REKEY), 1);
	ck_assert_uint_ge(sim_count(l.foreign, MSG_GDOI_GM_RECV_REKEY), 1);
	ck_assert_uint_eq(l.own->dp.nace, 3);
	sim_run(l.s, SEC(7200));
	ck_assert_uint_eq(l.own->dp.gaps + l.foreign->dp.gaps, 0);
	ck_assert_uint_eq(sim_count(l.own, MSG_GDOI_GM_REGS_COMPL) + sim_count(l.foreign, MSG_GDOI_GM_REGS_COMPL), 2);
	sim_free(l.s);
}
END_TEST

static void all_switches(struct cfg *c)
{
	struct cfg_compat *x = &cfg_group(c, GROUP)->compat;

	x->sat_idlen2 = x->sak_pad6 = x->push_sig_raw = x->keyid_le = true;
}

static void ks_compat(struct sim_dev *d, struct cfg *c)
{
	sim_ks(d, c);
	all_switches(c);
}

static void gm_compat(struct sim_dev *d, struct cfg *c)
{
	sim_gm(d, c);
	all_switches(c);
}

START_TEST(compatibility)
{
	struct sim *s = sim_new(64);
	struct sim_dev *ks = sim_add(s, "KS", "10.0.8.1", ks_compat, NULL), *gm = sim_add(s, "GM1", "10.0.0.3", gm_compat, NULL);

	sim_start(ks);
	sim_start(gm);
	sim_assert(s, sim_until(s, sim_all_registered, s, SEC(60)), "not registered");
	sim_run(s, SEC(7200));
	ck_assert_uint_eq(sim_count(gm, MSG_GDOI_GM_RECV_REKEY), 1);
	ck_assert_uint_eq(gm->dp.nace, 3);
	sim_free(s);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = { plain, start_over, plain_replace, mixed_multicast, compatibility };

	return sim_main("s_foreign", tests, sizeof(tests) / sizeof(tests[0]));
}
