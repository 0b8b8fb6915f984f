/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Registration (RFC 6407 section 3) and the first rekeys, end to end. */
#include "gdoi/keys.h"
#include "isakmp/isakmp_show.h"
#include "lib/text.h"
#include "lib/why.h"
#include "tests/sim/sim.h"

static bool phase1_conn(void *arg, const struct isakmp_sa_info *i)
{
	*(uint32_t *)arg = i->conn_id;
	return true;
}

static bool rekey_conn(void *arg, const struct gdoi_rekey_sa_info *i)
{
	*(uint32_t *)arg = i->conn_id;
	return true;
}

START_TEST(one_member)
{
	struct sim *s = sim_new(1);
	struct sim_dev *ks = sim_add(s, "KS", "10.0.8.1", sim_ks, NULL), *gm = sim_add(s, "GM1", "10.0.0.2", sim_gm, NULL);
	struct gdoi_member_info m;
	struct gdoi_gm_info i;
	uint32_t phase1 = 0, rekey = 0;

	sim_start(ks);
	sim_start(gm);
	sim_assert(s, sim_until(s, sim_all_registered, s, SEC(60)), "not registered");
	ck_assert_uint_eq(sim_members(ks), 1);
	ck_assert_uint_eq(sim_count(ks, MSG_GDOI_KS_REGS_COMPL), 1);
	ck_assert_uint_eq(sim_count(gm, MSG_GDOI_GM_REGS_COMPL), 1);
	ck_assert_uint_eq(sim_count(ks, MSG_GDOI_KS_FIRST_GM), 1);
	ck_assert(gdoi_show_member(ks->gdoi, GROUP, gm->ip, &m));
	ck_assert_uint_eq(m.version.mini, 2);
	ck_assert(gdoi_show_gm(gm->gdoi, GROUP, &i));
	ck_assert(i.kek.present);
	ck_assert_uint_ge(i.kek.lifetime, 86395);	/* what is left */
	isakmp_show_sas(gm->isakmp, phase1_conn, &phase1);
	gdoi_show_rekey_sas(gm->gdoi, GROUP, rekey_conn, &rekey);
	ck_assert_uint_eq(phase1, 1001);
	ck_assert_uint_eq(rekey, 1002);		/* the Rekey SA has a number of its own */
	/* deny entries travel too, in the ACL's order */
	ck_assert_uint_eq(gm->dp.nace, 3);
	ck_assert(!gm->dp.ace[0].permit && !gm->dp.ace[1].permit && gm->dp.ace[2].permit);
	ck_assert_uint_eq(gm->dp.ace[1].dport, 848);
	sim_free(s);
}
END_TEST

/* Rekeys before each TEK's end, acknowledged; numbering goes on within a KEK. */
START_TEST(scheduled_rekeys)
{
	struct sim *s = sim_new(2);
	struct sim_dev *ks = sim_add(s, "KS", "10.0.8.1", sim_ks, NULL), *gm[3];
	const char *ip[] = { "10.0.0.2", "10.0.0.3", "10.0.0.4" };
	struct gdoi_member_info m;

	for (unsigned i = 0; i < 3; i++)
		gm[i] = sim_add(s, ip[i] + 7, ip[i], sim_gm, NULL);
	for (struct sim_dev *d = s->devs; d; d = d->next)
		sim_start(d);
	sim_assert(s, sim_until(s, sim_all_registered, s, SEC(60)), "not registered");
	s->check_pairs = true;
	sim_run(s, SEC(7200 * 4));
	sim_assert(s, sim_count(ks, MSG_GDOI_KS_SEND_UNICAST_REKEY) == 4, "%u rekeys",
		(unsigned)sim_count(ks, MSG_GDOI_KS_SEND_UNICAST_REKEY));
	for (unsigned i = 0; i < 3; i++) {
		ck_assert(gdoi_show_member(ks->gdoi, GROUP, gm[i]->ip, &m));
		ck_assert_uint_eq(m.rekeys_sent, 4);
		ck_assert_uint_eq(m.acks, 4);
		ck_assert_uint_eq(m.missed, 0);
		ck_assert_uint_eq(m.sent_seq[3], 4);
		ck_assert_uint_eq(m.rcvd_seq[3], 4);
		ck_assert_uint_eq(gm[i]->dp.gaps, 0);
		ck_assert_uint_eq(sim_count(gm[i], MSG_GDOI_GM_REGS_COMPL), 1);
		ck_assert_uint_eq(sim_count(gm[i], MSG_GDOI_GM_RECV_REKEY), 4);
	}
	sim_assert(s, !s->mismatches, "%s", s->mismatch);
	ck_assert_uint_eq(sim_ks_info(ks).seq, 4);
	sim_free(s);
}
END_TEST

static void short_kek(struct sim_dev *d, struct cfg *c)
{
	sim_ks(d, c);
	sim_ks_cfg(c)->rekey_lifetime = 3600;
}

static void gm_age(struct sim_dev *gm, uint8_t spi[GDOI_SPI], uint32_t *seq)
{
	struct gdoi_gm_info i;

	ck_assert(gdoi_show_gm(gm->gdoi, GROUP, &i));
	memcpy(spi, i.kek.spi, GDOI_SPI);
	*seq = i.last_seq;
}

/* A new KEK comes under the old one before that ends; numbers start at 1 on it. */
START_TEST(kek_rollover)
{
	struct sim *s = sim_new(3);
	struct sim_dev *ks = sim_add(s, "KS", "10.0.8.1", short_kek, NULL), *gm = sim_add(s, "GM1", "10.0.0.2", sim_gm, NULL);
	uint8_t first[GDOI_SPI], now[GDOI_SPI];
	uint32_t seq;

	sim_start(ks);
	sim_start(gm);
	sim_assert(s, sim_until(s, sim_all_registered, s, SEC(60)), "not registered");
	gm_age(gm, first, &seq);
	sim_run(s, SEC(3600 - 200));
	gm_age(gm, now, &seq);
	ck_assert_mem_ne(first, now, GDOI_SPI);
	ck_assert_mem_eq(now, sim_ks_info(ks).kek.spi, GDOI_SPI);
	ck_assert_uint_eq(sim_ks_info(ks).seq, 0);
	memcpy(first, now, GDOI_SPI);
	sim_run(s, SEC(3600));		/* second rollover, under the second KEK: its number 1 or, behind a TEK rekey, 2 */
	gm_age(gm, now, &seq);
	ck_assert_mem_ne(first, now, GDOI_SPI);
	ck_assert_uint_eq(sim_count(gm, MSG_GDOI_GM_REGS_COMPL), 1);
	ck_assert_uint_eq(gm->dp.gaps, 0);
	sim_run(s, SEC(86400));
	ck_assert_uint_eq(sim_count(gm, MSG_GDOI_GM_REGS_COMPL), 1);
	ck_assert_uint_eq(gm->dp.gaps, 0);
	sim_free(s);
}
END_TEST

/* A triggered rekey keeps the KEK: the one that follows it has its whole life all the same. */
START_TEST(kek_after_trigger)
{
	struct sim *s = sim_new(31);
	struct sim_dev *ks = sim_add(s, "KS", "10.0.8.1", short_kek, NULL), *gm = sim_add(s, "GM1", "10.0.0.2", sim_gm, NULL);
	uint8_t first[GDOI_SPI], now[GDOI_SPI];
	uint32_t life;
	struct why why;

	sim_start(ks);
	sim_start(gm);
	sim_assert(s, sim_until(s, sim_all_registered, s, SEC(60)), "not registered");
	life = sim_ks_info(ks).kek.lifetime;
	memcpy(first, sim_ks_info(ks).kek.spi, GDOI_SPI);
	sim_run(s, SEC(1000));
	ck_assert(gdoi_ks_rekey(ks->gdoi, GROUP, REKEY_POLICY, &why));
	sim_run(s, SEC(60));
	ck_assert_mem_eq(sim_ks_info(ks).kek.spi, first, GDOI_SPI);
	for (unsigned i = 0; i < 3; i++) {
		memcpy(first, sim_ks_info(ks).kek.spi, GDOI_SPI);
		for (unsigned t = 0; t < life && memcmp(sim_ks_info(ks).kek.spi, first, GDOI_SPI) == 0; t++)
			sim_run(s, SEC(1));
		ck_assert_uint_ge(sim_ks_info(ks).kek.left, life - 2);
		sim_run(s, SEC(5));
		memcpy(now, sim_ks_info(ks).kek.spi, GDOI_SPI);
		sim_run(s, SEC(1200));
		ck_assert_mem_eq(sim_ks_info(ks).kek.spi, now, GDOI_SPI);
	}
	ck_assert_uint_eq(sim_count(gm, MSG_GDOI_GM_REGS_COMPL), 1);
	ck_assert_uint_eq(gm->dp.gaps, 0);
	sim_free(s);
}
END_TEST

/* Who registers while two TEKs are alive gets both, and can hear those who still send with the old one. */
START_TEST(overlap)
{
	struct sim *s = sim_new(4);
	struct sim_dev *ks = sim_add(s, "KS", "10.0.8.1", sim_ks, NULL), *a = sim_add(s, "GM1", "10.0.0.2", sim_gm, NULL),
		       *b = sim_add(s, "GM2", "10.0.0.3", sim_gm, NULL);

	sim_start(ks);
	sim_start(a);
	sim_assert(s, sim_until(s, sim_all_registered, s, SEC(60)), "not registered");
	sim_run(s, SEC(7200 - 600));		/* lead is 720 s: the new TEK is out */
	ck_assert_uint_eq(a->dp.nsa, 2);
	s->check_pairs = true;
	sim_start(b);
	sim_assert(s, sim_until(s, sim_all_registered, s, SEC(60)), "not registered");
	ck_assert_uint_eq(b->dp.nsa, 2);
	ck_assert_uint_eq(a->dp.out, b->dp.out);
	ck_assert_uint_eq(b->dp.nace, 3);
	sim_run(s, SEC(700));
	ck_assert_uint_eq(a->dp.nsa, 1);
	ck_assert_uint_eq(b->dp.nsa, 1);
	sim_assert(s, !s->mismatches, "%s", s->mismatch);
	sim_free(s);
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

START_TEST(multicast)
{
	struct sim *s = sim_new(5);
	struct sim_dev *ks = sim_add(s, "KS", "10.0.8.1", multicast_ks, NULL), *gm[2];
	uint64_t sent;

	gm[0] = sim_add(s, "GM1", "10.0.0.2", sim_gm, NULL);
	gm[1] = sim_add(s, "GM2", "10.0.0.3", sim_gm, NULL);
	for (struct sim_dev *d = s->devs; d; d = d->next)
		sim_start(d);
	sim_assert(s, sim_until(s, sim_all_registered, s, SEC(60)), "not registered");
	ck_assert(sim_ks_info(ks).multicast.port == 848);
	sent = ks->sent;
	s->check_pairs = true;
	sim_run(s, SEC(7200 * 3));
	ck_assert_uint_eq(sim_count(ks, MSG_GDOI_KS_SEND_MCAST_REKEY), 3);
	ck_assert_uint_eq(ks->sent - sent, 9);	/* one datagram each and two retransmissions */
	for (unsigned i = 0; i < 2; i++) {
		ck_assert_uint_eq(sim_count(gm[i], MSG_GDOI_GM_RECV_REKEY), 3);
		ck_assert_uint_eq(sim_count(gm[i], MSG_GDOI_GM_REGS_COMPL), 1);
		ck_assert_uint_eq(gm[i]->dp.gaps, 0);
	}
	ck_assert_uint_eq(sim_members(ks), 2);
	sim_assert(s, !s->mismatches, "%s", s->mismatch);
	sim_free(s);
}
END_TEST

static void no_key(struct sim_dev *d, struct cfg *c)
{
	sim_ks(d, c);
	str_copy(sim_ks_cfg(c)->rekey_key, CFG_NAME, "NOSUCH");
}

/* Without the RSA key members register, get no KEK, and register again before each TEK's end. */
START_TEST(without_rsa_key)
{
	struct sim *s = sim_new(6);
	struct sim_dev *ks = sim_add(s, "KS", "10.0.8.1", no_key, NULL), *gm = sim_add(s, "GM1", "10.0.0.2", sim_gm, NULL);

	sim_start(ks);
	sim_start(gm);
	sim_assert(s, sim_until(s, sim_all_registered, s, SEC(60)), "not registered");
	ck_assert_uint_eq(sim_count(ks, MSG_GDOI_KS_NO_RSA_KEYS), 1);
	sim_run(s, SEC(7200 * 3));
	ck_assert_uint_eq(sim_count(ks, MSG_GDOI_KS_SEND_UNICAST_REKEY), 0);
	ck_assert_uint_ge(sim_count(gm, MSG_GDOI_GM_REGS_COMPL), 3);
	ck_assert_uint_eq(gm->dp.gaps, 0);
	sim_free(s);
}
END_TEST

static void gcm(struct sim_dev *d, struct cfg *c)
{
	struct cfg_transform_set *t;

	sim_ks(d, c);
	t = cfg_transform_set(c, "AES");
	t->enc = ESP_GCM256;
	t->auth = ESP_AUTH_NONE;
	sim_acl(c, "POLICY", "permit tcp host 10.1.1.1 eq 22 80 443 any");
}

/* Combined mode: an SPI per permit entry; an 'eq' list is one entry and several SATs. */
START_TEST(combined_mode)
{
	struct sim *s = sim_new(7);
	struct sim_dev *ks = sim_add(s, "KS", "10.0.8.1", gcm, NULL), *gm = sim_add(s, "GM1", "10.0.0.2", sim_gm, NULL);

	sim_start(ks);
	sim_start(gm);
	sim_assert(s, sim_until(s, sim_all_registered, s, SEC(60)), "not registered");
	ck_assert_uint_eq(gm->dp.nsa, 2);
	ck_assert_uint_eq(gm->dp.nace, 6);
	sim_run(s, SEC(7200 * 2));
	ck_assert_uint_eq(gm->dp.nsa, 2);
	ck_assert_uint_eq(gm->dp.gaps, 0);
	ck_assert_uint_eq(sim_count(gm, MSG_GDOI_GM_REGS_COMPL), 1);
	sim_free(s);
}
END_TEST

/* What members say they are: 'show crypto gdoi ks members' and two warnings. */
START_TEST(versions)
{
	struct sim *s = sim_new(8);
	struct sim_dev *ks = sim_add(s, "KS", "10.0.8.1", sim_ks, NULL), *newer = sim_add(s, "GM1", "10.0.0.2", sim_gm, NULL),
		       *minor = sim_add(s, "GM2", "10.0.0.3", sim_gm, NULL), *old = sim_add(s, "GM3", "10.0.0.4", sim_gm, NULL);
	struct gdoi_member_info m;

	newer->version = (struct version){ 1, 0, 9 };
	minor->version = (struct version){ 1, 1, 0 };
	old->version = (struct version){ 1, 0, 1 };
	for (struct sim_dev *d = s->devs; d; d = d->next)
		sim_start(d);
	sim_assert(s, sim_until(s, sim_all_registered, s, SEC(60)), "not registered");
	ck_assert_uint_eq(sim_count(ks, MSG_GDOI_NEWER_GM_VERSION_REGISTER), 1);
	ck_assert_uint_eq(sim_count(ks, MSG_GDOI_GM_MINOR_VERSION_MISMATCH), 1);
	ck_assert(gdoi_show_member(ks->gdoi, GROUP, newer->ip, &m));
	ck_assert_uint_eq(m.version.mini, 9);
	ck_assert_uint_eq(gdoi_ks_cannot(ks->gdoi, GROUP, "gm-removal"), 1);
	ck_assert_uint_eq(gdoi_ks_cannot(ks->gdoi, GROUP, "gdoi-interop-ack"), 0);
	ck_assert_uint_eq(gdoi_ks_cannot(ks->gdoi, GROUP, "suite-b"), 4);
	sim_free(s);
}
END_TEST

static void on_eth0(struct sim_dev *d, struct cfg *c)
{
	sim_ks(d, c);
	str_copy(sim_ks_cfg(c)->registration_if, CFG_NAME, d->arg);
}

START_TEST(registration_interface)
{
	struct sim *s = sim_new(9);
	struct sim_dev *ks1 = sim_add(s, "KS1", "10.0.8.1", on_eth0, (void *)(uintptr_t)"eth7");
	struct sim_dev *ks2 = sim_add(s, "KS2", "10.0.9.1", on_eth0, (void *)(uintptr_t)"eth0");
	struct sim_dev *gm = sim_add(s, "GM1", "10.0.0.2", sim_gm, (void *)(uintptr_t)"10.0.8.1 10.0.9.1");

	for (struct sim_dev *d = s->devs; d; d = d->next)
		sim_start(d);
	sim_assert(s, sim_until(s, sim_all_registered, s, SEC(600)), "not registered");
	ck_assert_uint_ge(sim_count(ks1, MSG_GDOI_UNREGISTERED_INTERFACE), 1);
	ck_assert_uint_eq(sim_members(ks1), 0);
	ck_assert_uint_eq(sim_members(ks2), 1);
	ck_assert(sim_registered(gm));
	sim_free(s);
}
END_TEST

static void two_sas(struct sim_dev *d, struct cfg *c)
{
	struct cfg_ipsec_profile *p;
	struct cfg_sa *sa;

	sim_ks(d, c);
	p = cfg_ipsec_profile_add(c, "SHORT");
	p->lifetime = 900;
	str_copy(p->sets[0], CFG_NAME, "AES");
	sim_acl(c, "VOICE", "permit udp 10.0.0.0 0.255.255.255 eq 5060 10.0.0.0 0.255.255.255");
	sa = cfg_sa_add(sim_ks_cfg(c), 2);
	str_copy(sa->profile, CFG_NAME, "SHORT");
	str_copy(sa->acl, CFG_NAME, "VOICE");
}

/* Two sa ipsec with lives of their own: each is rekeyed in its time, the other goes on. */
START_TEST(two_lifetimes)
{
	struct sim *s = sim_new(12);
	struct sim_dev *ks = sim_add(s, "KS", "10.0.8.1", two_sas, NULL), *gm = sim_add(s, "GM1", "10.0.0.2", sim_gm, NULL);
	uint32_t first;

	sim_start(ks);
	sim_start(gm);
	sim_assert(s, sim_until(s, sim_all_registered, s, SEC(60)), "not registered");
	ck_assert_uint_eq(gm->dp.nsa, 2);
	ck_assert_uint_eq(gm->dp.nace, 4);
	first = gm->dp.out;
	sim_run(s, SEC(3600));
	ck_assert_uint_eq(gm->dp.out, first);
	ck_assert_uint_ge(sim_count(gm, MSG_GDOI_GM_RECV_REKEY), 4);
	sim_run(s, SEC(7200));
	ck_assert_uint_ne(gm->dp.out, first);
	ck_assert_uint_eq(gm->dp.gaps, 0);
	ck_assert_uint_eq(sim_count(gm, MSG_GDOI_GM_REGS_COMPL), 1);
	sim_free(s);
}
END_TEST

START_TEST(leads)
{
	ck_assert_uint_eq(ks_kek_lead(86400, 10, 2), 225);	/* as observed on IOS */
	ck_assert_uint_eq(ks_kek_lead(360, 10, 2), 225);
	ck_assert_uint_eq(ks_kek_lead(1200, 40, 3), 235);
	ck_assert_uint_eq(ks_tek_lead(3600, 10, 2), 360);
	ck_assert_uint_eq(ks_tek_lead(120, 10, 2), 90);
	ck_assert_uint_eq(ks_tek_lead(600, 60, 10), 450);
	ck_assert_uint_eq(ks_shortened(80, 3600), 80);
	ck_assert_uint_eq(ks_shortened(3000, 600), 90);
	ck_assert_uint_eq(ks_shortened(3000, 7200), 360);
	ck_assert_uint_eq(ks_shortened(100000, 86400), 3600);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = { leads, one_member, scheduled_rekeys, kek_rollover, kek_after_trigger, overlap, multicast, without_rsa_key,
		combined_mode, versions, registration_interface, two_lifetimes };

	return sim_main("s_register", tests, sizeof(tests) / sizeof(tests[0]));
}
