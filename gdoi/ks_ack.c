/* SPDX-License-Identifier: GPL-3.0-or-later */
/* GROUPKEY-PUSH acknowledgements at the key server (RFC 8263). */
#include "gdoi/ks_round.h"
#include "lib/clock.h"
#include "lib/why.h"

struct ks *ks_push_kek(const struct gdoi *g, const uint8_t spi[GDOI_SPI], struct ks_kek **kek)
{
	for (struct gdoi_group *gr = g->groups; gr; gr = gr->hh.next) {
		if (!gr->ks)
			continue;
		for (struct ks_kek *k = gr->ks->keks; k; k = k->next)
			if (memcmp(k->kek.spi, spi, GDOI_SPI) == 0) {
				*kek = k;
				return gr->ks;
			}
		for (unsigned i = 0; gr->ks->round && i < gr->ks->round->nv; i++)	/* removal: its KEK is gone */
			if (memcmp(gr->ks->round->v[i].kek->kek.spi, spi, GDOI_SPI) == 0) {
				*kek = gr->ks->round->v[i].kek;
				return gr->ks;
			}
	}
	return NULL;
}

static void unsolicited(struct ks *ks, struct ip4 id)
{
	uint64_t missed;

	ks->g->count.ack_unsolicited++;
	if (ratelimit_ok(&ks->unsol, clock_now(ks->g->d.env->clock), &missed))
		log_GDOI_KS_UNSOL_ACK(ks->g->d.log, ip4_s(id), ks->group);
}

static const struct ks_variant *variant_of(const struct ks_round *r, const struct ks_kek *k, uint32_t seq,
	const struct ks_member *m)
{
	for (unsigned i = 0; r && i < r->nv; i++)
		if (r->v[i].kek == k && r->v[i].seq == seq && r->v[i].form == ks_form_of(r, m))
			return &r->v[i];
	return NULL;
}

static void acknowledged(struct ks *ks, struct ks_member *m, uint32_t seq)
{
	struct ks_round *r = ks->round;

	if (!m->pending && !(r->over && m->missed_running))
		return;		/* once more for a retransmission */
	m->pending = false;
	m->missed_running = 0;
	m->acks++;
	m->rcvd_seq[(m->ring + 3) % 4] = seq;
	if (r->carries)
		m->kek = r->carries;
	ks_member_changed(ks, m);
	if (m->stale)
		ks_member_del(ks, m, false);
}

void ks_ack_in(struct gdoi *g, const struct datagram *d, const struct isakmp_hdr *h)
{
	struct ks_member *m;
	struct ks_kek *k;
	struct push_ack a;
	struct why why;
	struct ks *ks;

	(void)h;
	g->count.ack_in++;
	if (!push_ack_decode(d->body, &a, &why)) {
		g->count.ack_bad++;
		return;
	}
	ks = ks_push_kek(g, a.spi, &k);
	if (!ks || !push_ack_ok(&a, &k->kek, SAK_ACK_KEK_SHA256)) {
		g->count.ack_bad++;
		return;
	}
	m = ks_member_find(ks, a.id);
	/* The key of acknowledgements is the whole group's: none in the name of another (RFC 8263 section 7.1). */
	if (!m || !ip4_eq(d->src.ip, a.id) || !a.seq || a.seq > k->seq || !m->sent) {
		unsolicited(ks, a.id);
		return;
	}
	g->count.ack_ok++;
	DBG(g->d.log, GDOI_KS_REKEY, EVENT, "group %s: seq %u acknowledged by %s", ks->group, a.seq, ip4_s(a.id));
	if (variant_of(ks->round, k, a.seq, m))
		acknowledged(ks, m, a.seq);
}
