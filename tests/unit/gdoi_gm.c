/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A member registers; its keys follow one another, are replaced and removed. */
#include "gm_lab.h"
#include "tests/unit/unit.h"

/* ---- registration ---- */

/* Each server four times, at least 10 s apart, in order, around and around. */
START_TEST(ring)
{
	lab_up();
	ck_assert_uint_eq(COUNT(GDOI_GM_CM_ATTACH), 1);
	lab_run(SEC(1200));
	ck_assert_uint_ge(lab.ntried, 16);
	for (unsigned i = 0; i < lab.ntried; i++) {
		ck_assert_str_eq(lab.tried[i], i / 4 % 2 ? "10.0.9.1" : "10.0.8.1");
		if (i % 8)
			ck_assert_uint_le(lab.tried_at[i] - lab.tried_at[i - 1], SEC(GM_ATTEMPT + GM_RETRY));
		if (i % 4)
			ck_assert_uint_ge(lab.tried_at[i] - lab.tried_at[i - 1], SEC(GM_RETRY));
	}
	ck_assert_int_eq(lab_info().state, GM_REGISTERING);
	lab_down();
}
END_TEST

START_TEST(incomplete)
{
	struct gdoi_group *gr;

	lab_up();
	gr = gdoi_group_find(lab.g, "GET");
	lab_group()->identity = 0;
	lab_sync();
	lab_sync();
	ck_assert_str_eq(gr->problem, "no 'identity' is configured");
	ck_assert_uint_eq(COUNT(GDOI_GM_INCOMPLETE_CFG), 1);
	ck_assert(!lab.added);
	ck_assert_uint_eq(COUNT(GDOI_GM_CM_DETACH), 1);
	lab_group()->identity = 1;
	cfg_interface(lab_cfg(), "eth0")->map[0] = 0;
	lab_sync();
	ck_assert_str_eq(gr->problem, "no crypto map with this group is applied to an interface");
	str_copy(cfg_interface_add(lab_cfg(), "eth9")->map, CFG_NAME, "CM");
	lab_sync();
	ck_assert_str_eq(gr->problem, "interface eth9 has no address");
	ck_assert_uint_eq(COUNT(CRYPTO_GM_REGSTER_IF_DOWN), 1);
	str_copy(cfg_interface(lab_cfg(), "eth0")->map, CFG_NAME, "CM");
	lab_sync();
	ck_assert_str_eq(gr->problem, "");
	ck_assert(lab.added);
	lab_down();
}
END_TEST

/* Without a rekey: begins between 5 % (60 s at least) and 30 s before the end, whatever the seed. */
START_TEST(reregister_time)
{
	static const uint32_t lives[] = { 120, 300, 600, 900, 3600, 7200, 28800, 86400, 2592000 };
	uint32_t life = lives[_i];

	for (unsigned k = 0; k < 20; k++) {
		uint64_t end, lead = SEC(life) / 20 > SEC(60) ? SEC(life) / 20 : SEC(60);
		struct news n = { 0 };

		lab_up();
		rng_below(lab.env.rng, k + 1);
		lab_run(k * SEC(1));
		news_tek(&n, 1000, life, life, 1, ESP_AES256);
		lab_pull(&n, 0);
		end = clock_now(lab.env.clock) + SEC(life);
		ck_assert_uint_ge(lab.gm->rereg_at, end - lead);
		ck_assert_uint_le(lab.gm->rereg_at, end - SEC(30));
		lab.ntried = 0;
		lab_run_to(end - SEC(30));
		ck_assert_uint_eq(COUNT(GDOI_GM_RE_REGISTER), 1);
		ck_assert_uint_ge(lab.ntried, 1);
		ck_assert_uint_eq(lab_sending(), 1000);
		lab_run_to(end + SEC(1));
		ck_assert_uint_eq(lab.nsa, 0);
		ck_assert_uint_eq(COUNT(GDOI_GM_NO_TEK), 1);
		ck_assert_int_eq(lab.mode, DP_BOTH);	/* policy stays though its keys are gone */
		lab_down();
	}
}
END_TEST

/* A key server that hands out keys which are nearly over is not asked without pause. */
START_TEST(reregister_bounded)
{
	lab_up();
	for (unsigned i = 0; i < 50; i++) {
		lab_registered(1000 + i, 12, 7200);
		ck_assert_uint_ge(lab.gm->rereg_at, clock_now(lab.env.clock) + SEC(10));
		lab_run(SEC(1));
	}
	lab_down();
}
END_TEST

/* ---- keys ---- */

/* The new TEK is received with at once, and sent with when 30 s of the old one are left. */
START_TEST(rollover)
{
	struct news n = { 0 };

	lab_up();
	lab_registered(1000, 7200, 7200);
	ck_assert_uint_eq(lab_sending(), 1000);
	ck_assert_uint_eq(lab.nace, 1);
	lab_run(SEC(6700));
	news_tek(&n, 2000, 7200, 7200, 1, ESP_AES256);
	news_kek(&n, 0x11, 80000, (struct ip4){ 0 });
	lab_push(0x11, 1, &n, NULL, 0);
	ck_assert_uint_eq(COUNT(GDOI_GM_RECV_REKEY), 1);
	ck_assert_uint_eq(lab.nsa, 2);
	ck_assert_uint_eq(lab_sa(1000)->family, lab_sa(2000)->family);
	ck_assert_uint_eq(lab_sending(), 1000);
	ck_assert_uint_eq(lab.npolicy, 2);	/* before and after registering; a rekey changes nothing */
	ck_assert_uint_eq(lab_info().active_teks, 2);
	lab_run(SEC(500 - 31));
	ck_assert_uint_eq(lab_sending(), 1000);
	lab_run(SEC(2));
	ck_assert_uint_eq(lab_sending(), 2000);
	ck_assert_uint_eq(lab.nsa, 2);
	lab_run(SEC(30));
	ck_assert_uint_eq(lab.nsa, 1);
	ck_assert_uint_eq(COUNT(GDOI_GM_RE_REGISTER), 0);
	lab_down();
}
END_TEST

START_TEST(activation_delay)
{
	struct news n = { .sa = { .has_gap = true, .gap = { .has_atd = true, .atd = 40 } } };

	lab_up();
	lab_registered(1000, 7200, 7200);
	news_tek(&n, 2000, 7200, 7200, 1, ESP_AES256);
	lab_push(0x11, 1, &n, NULL, 0);
	lab_run(SEC(39));
	ck_assert_uint_eq(lab_sending(), 1000);
	lab_run(SEC(2));
	ck_assert_uint_eq(lab_sending(), 2000);
	ck_assert_uint_eq(lab.nsa, 2);
	lab_down();
}
END_TEST

/* Registered in the overlap: both TEKs come; all others still send with the old one. */
START_TEST(overlap)
{
	struct news n = { 0 };

	lab_up();
	news_tek(&n, 2000, 7000, 7200, 1, ESP_AES256);
	n.sat[0].entry = 1;
	news_tek(&n, 1000, 300, 7200, 2, ESP_AES256);	/* of a former policy: no entry number */
	lab_pull(&n, 0);
	ck_assert_uint_eq(lab.nsa, 2);
	ck_assert_uint_eq(lab.nace, 1);
	ck_assert_uint_eq(lab.ace[0].src.a, 0x0a010000);
	lab_down();
	memset(&n, 0, sizeof(n));
	lab_up();
	news_tek(&n, 2000, 7000, 7200, 1, ESP_AES256);
	news_tek(&n, 1000, 300, 7200, 1, ESP_AES256);
	lab_pull(&n, 0);
	ck_assert_uint_eq(lab.nace, 1);
	ck_assert_uint_eq(lab_sa(1000)->family, lab_sa(2000)->family);
	ck_assert_uint_eq(lab_sending(), 1000);
	lab_run(SEC(271));
	ck_assert_uint_eq(lab_sending(), 2000);
	lab_down();
}
END_TEST

/* GCM: an SPI per entry; each entry's successor takes over by itself. */
START_TEST(per_entry)
{
	struct news n = { 0 }, m = { 0 };

	lab_up();
	news_tek(&n, 1000, 7200, 7200, 1, ESP_GCM256);
	news_tek(&n, 1001, 7200, 7200, 2, ESP_GCM256);
	news_kek(&n, 0x11, 86400, (struct ip4){ 0 });
	lab_pull(&n, 0);
	ck_assert(lab_sa(1000)->out && lab_sa(1001)->out);
	ck_assert_uint_ne(lab_sa(1000)->family, lab_sa(1001)->family);
	ck_assert_uint_eq(lab.ace[1].family, lab_sa(1001)->family);
	lab_run(SEC(6000));
	news_tek(&m, 2001, 7200, 7200, 2, ESP_GCM256);
	news_tek(&m, 2000, 7200, 7200, 1, ESP_GCM256);
	lab_push(0x11, 1, &m, NULL, 0);
	ck_assert_uint_eq(lab_sa(2000)->family, lab_sa(1000)->family);
	ck_assert_uint_eq(lab_sa(2001)->family, lab_sa(1001)->family);
	ck_assert(lab_sa(1000)->out && lab_sa(1001)->out && !lab_sa(2000)->out);
	lab_run(SEC(1171));
	ck_assert(lab_sa(2000)->out && lab_sa(2001)->out && !lab_sa(1001)->out);
	lab_down();
}
END_TEST

static uint64_t left_of(uint32_t spi)
{
	const struct gm_tek *t = gm_tek_find(lab.gm, spi);

	ck_assert_ptr_nonnull(t);
	return (t->end - clock_now(lab.env.clock)) / SEC(1);
}

struct slt {
	uint32_t configured, elapsed, left;
};

/* TEK_SLT = MIN(TEK_RLT, MAX(90 s, MIN(5 % of TEK_CLT, 3600 s))) at its corners. */
static const struct slt slts[] = {
	{ 7200, 100, 360 }, { 7200, 7000, 200 }, { 600, 10, 90 }, { 600, 560, 40 }, { 1800, 1, 90 }, { 1801, 1, 90 },
	{ 86400, 5, 3600 }, { 72000, 5, 3600 }, { 72020, 5, 3600 }, { 71980, 5, 3599 }, { 86400, 86390, 10 },
};

START_TEST(removal)
{
	const struct slt *t = &slts[_i];
	struct news n = { .sa = { .has_gap = true, .gap = { .removal = 1 } } };

	lab_up();
	lab_registered(1000, t->configured - t->elapsed, t->configured);
	lab_push(0x11, 1, &n, NULL, 0);
	ck_assert_uint_eq(COUNT(GDOI_GM_RECV_DELETE), 1);
	ck_assert_uint_eq(left_of(1000), t->left);
	ck_assert_uint_eq(lab_sa(1000)->remaining, t->left);	/* the kernel knows, should the member be killed now */
	ck_assert_uint_eq(lab_sending(), 1000);
	ck_assert(!lab_info().kek.present);
	ck_assert_uint_eq(lab.sends, 1);
	if (t->left > 60)
		ck_assert_uint_le(lab.gm->rereg_at, clock_now(lab.env.clock) + SEC(t->left - 30));
	/* Nothing more is heard under the KEK that is gone; the same message again is acknowledged again. */
	lab_push(0x11, 1, &n, NULL, 0);
	ck_assert_uint_eq(lab.sends, 2);
	ck_assert_uint_eq(COUNT(GDOI_GM_RECV_DELETE), 1);
	lab_push(0x11, 2, &n, NULL, 0);
	ck_assert_uint_eq(lab.sends, 2);
	ck_assert_uint_eq(lab.g->count.push_unknown_spi, 1);
	ck_assert_uint_eq(COUNT(GDOI_GM_UNKNOWN_REKEY), 1);
	lab_down();
}
END_TEST

START_TEST(removal_now)
{
	struct news n = { .sa = { .has_gap = true, .gap = { .removal = 2 } } };

	for (unsigned k = 0; k < 30; k++) {
		lab_up();
		lab_run(SEC(k));
		rng_u32(lab.env.rng);
		lab_registered(1000, 5000, 7200);
		ck_assert_int_eq(lab.mode, DP_BOTH);
		lab_push(0x11, 1, &n, NULL, 0);
		ck_assert_uint_eq(lab.nsa, 0);
		ck_assert_int_eq(lab.mode, DP_OPEN);
		ck_assert_uint_eq(COUNT(GDOI_GM_POLICY_CLEANUP), 1);
		ck_assert_uint_ge(lab.period, 1);
		ck_assert_uint_le(lab.period, 144);
		ck_assert_uint_eq(lab.sends, 1);
		lab.ntried = 0;
		lab_run(SEC(lab.period) - 1);
		ck_assert_uint_eq(lab.ntried, 0);
		lab_run(2);
		ck_assert_uint_eq(lab.ntried, 1);
		lab_down();
	}
}
END_TEST

/* The message that an attacker wants most: forged, replayed or tampered with it does nothing. */
START_TEST(removal_forged)
{
	struct news n = { .sa = { .has_gap = true, .gap = { .removal = 2 } } }, ok = { 0 };
	struct secret s;

	lab_up();
	lab_registered(1000, 7000, 7200);
	s = lab_make_push(0x11, 1, &n, NULL, 0, false);
	lab_deliver(&s, 0x0a000002);
	ck_assert_uint_eq(lab.g->count.push_bad_sig, 1);
	for (size_t i = 0; i < s.n; i++) {
		s.p[i] ^= 0x40;
		lab_deliver(&s, 0x0a000002);
		s.p[i] ^= 0x40;
	}
	secret_free(&s);
	news_tek(&ok, 2000, 7200, 7200, 1, ESP_AES256);
	lab_push(0x11, 5, &ok, NULL, 0);
	lab_push(0x11, 5, &n, NULL, 0);
	lab_push(0x11, 4, &n, NULL, 0);
	ck_assert_uint_eq(lab.g->count.push_replayed, 2);
	ck_assert_uint_eq(COUNT(GDOI_GM_RECV_DELETE_IMMEDIATE), 0);
	ck_assert_uint_eq(lab.nsa, 2);
	ck_assert_uint_eq(lab.sends, 1);
	ck_assert_uint_le(COUNT(GDOI_GDOI_REKEY_FAILURE), 5);	/* rate-limited */
	ck_assert_uint_ge(COUNT(CRYPTO_IKMP_MODE_FAILURE), 1);
	lab_down();
}
END_TEST

START_TEST(replace)
{
	struct news n = { .sa = { .has_gap = true, .gap = { .replace = _i == 2 ? 2 : 1 } } };

	lab_up();
	if (_i == 0)
		str_copy(lab_group()->version, sizeof(lab_group()->version), "1.0.1");
	lab_registered(1000, 7000, 7200);
	news_tek(&n, 2000, 7200, 7200, 1, ESP_AES128);
	news_kek(&n, 0x22, 86400, (struct ip4){ 0 });
	lab_push(0x11, 1, &n, NULL, 0);
	if (_i == 0) {		/* as 1.0.1: installed, nothing shortened */
		ck_assert_uint_eq(left_of(1000), 7000);
		ck_assert_uint_eq(lab_sending(), 1000);
	} else if (_i == 1) {
		ck_assert_uint_eq(left_of(1000), 360);
		ck_assert_uint_eq(lab_sending(), 1000);
		lab_run(SEC(331));
		ck_assert_uint_eq(lab_sending(), 2000);
	} else {
		ck_assert_uint_eq(COUNT(GDOI_GM_RECV_POLICY_REPLACE_NOW), 1);
		ck_assert_uint_eq(lab.nsa, 1);
		ck_assert_uint_eq(lab_sending(), 2000);
		ck_assert_ptr_null(lab.gm->keks->next);
	}
	ck_assert_uint_eq(lab.gm->keks->kek.spi[0], 0x22);
	lab_down();
}
END_TEST

/* 'software-version 1.0.1' knows no removal. */
START_TEST(removal_ignored)
{
	struct news n = { .sa = { .has_gap = true, .gap = { .removal = 2 } } };

	lab_up();
	str_copy(lab_group()->version, sizeof(lab_group()->version), "1.0.1");
	lab_registered(1000, 7000, 7200);
	lab_push(0x11, 1, &n, NULL, 0);
	ck_assert_uint_eq(lab.nsa, 1);
	ck_assert(lab_info().kek.present);
	lab_down();
}
END_TEST

/* RFC 6407 section 5.9: D(1,0) and D(0,0) in one PUSH. */
START_TEST(start_over)
{
	const struct gdoi_delete del[2] = { { .protocol_id = 1, .all = true, .ntek = 1 }, { .protocol_id = 0, .all = true } };

	lab_up();
	lab_registered(1000, 7000, 7200);
	lab_push(0x11, 1, NULL, del, 2);
	ck_assert_uint_eq(lab.nsa, 0);
	ck_assert(!lab_info().kek.present);
	ck_assert_uint_eq(lab.sends, 1);
	ck_assert(lab.gm->trying);
	ck_assert_uint_eq(COUNT(GDOI_GM_RECV_DELETE_IMMEDIATE), 0);
	ck_assert_uint_eq(COUNT(GDOI_GM_RE_REGISTER), 1);
	lab_down();
}
END_TEST

START_TEST(delete_one)
{
	struct news n = { .sa = { .has_gap = true, .gap = { .has_dtd = true, .dtd = 20 } } };
	const struct gdoi_delete del = { .protocol_id = 1, .tek = { 1000 }, .ntek = 1 };

	lab_up();
	lab_registered(1000, 7000, 7200);
	news_tek(&n, 2000, 7200, 7200, 1, ESP_AES256);
	lab_push(0x11, 1, &n, NULL, 0);
	lab_push(0x11, 2, NULL, &del, 1);
	ck_assert_uint_eq(lab_sending(), 2000);
	ck_assert_uint_eq(lab.nsa, 2);
	lab_run(SEC(21));
	ck_assert_uint_eq(lab.nsa, 1);
	lab_down();
}
END_TEST

static void add(TCase *t, const void *arg)
{
	(void)arg;
	tcase_add_test(t, ring);
	tcase_add_test(t, incomplete);
	tcase_add_loop_test(t, reregister_time, 0, 9);
	tcase_add_test(t, reregister_bounded);
	tcase_add_test(t, rollover);
	tcase_add_test(t, activation_delay);
	tcase_add_test(t, overlap);
	tcase_add_test(t, per_entry);
	tcase_add_loop_test(t, removal, 0, sizeof(slts) / sizeof(slts[0]));
	tcase_add_test(t, removal_now);
	tcase_add_test(t, removal_forged);
	tcase_add_loop_test(t, replace, 0, 3);
	tcase_add_test(t, removal_ignored);
	tcase_add_test(t, start_over);
	tcase_add_test(t, delete_one);
}

int main(void)
{
	return unit_suite("gdoi member", 120, add, NULL);
}
