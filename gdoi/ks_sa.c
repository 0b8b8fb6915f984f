/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The SA and KD payloads of PULL and PUSH from the key server's live keys (RFC 6407 sections 5.2 to 5.6). */
#include <stdlib.h>
#include "gdoi/ks.h"
#include "lib/crypto/rsa.h"
#include "lib/mem.h"

#define SATS_OLD 800		/* with more SATs than this, no further old TEK is offered in a PULL */
#define SWITCH_LEFT 30		/* s: members send with a new TEK when the old one has this left */

static struct gdoi_id id_address(struct ip4 ip, struct ip4 mask, uint16_t port)
{
	return (struct gdoi_id){ .type = mask.a == UINT32_MAX ? ID_IPV4 : ID_IPV4_SUBNET, .port = port, .ip = ip,
		.mask = mask };
}

static void sak_make(const struct ks *ks, const struct ks_kek *k, struct ip4 peer, struct gdoi_sak *s)
{
	const struct ks_policy *p = k->policy;
	const struct ip4 host = { UINT32_MAX };

	*s = (struct gdoi_sak){ .proto = 17, .cipher = k->kek.cipher, .sig_hash = k->kek.sig_hash, .sig_alg = 1,
		.sig_key_bits = k->sign ? rsa_bits(k->sign) : 0, .lifetime = ks_left(ks, k->end) };
	memcpy(s->spi, k->kek.spi, GDOI_SPI);
	if (p->unicast) {
		s->src = id_address(ks->address, host, 848);
		s->dst = id_address(peer, host, 848);	/* 0.0.0.0 in a PUSH: the same octets go to all */
		s->ack = SAK_ACK_KEK_SHA256;
	} else {
		s->src = id_address(ks->address, host, p->multicast_src);
		s->dst = id_address(p->multicast.ip, host, p->multicast.port);
	}
	if (!s->lifetime)
		s->lifetime = 1;
}

static void sat_make(const struct ks *ks, const struct ks_tek *t, const struct ks_ace *a, bool private_ok, struct gdoi_sat *s)
{
	const struct ks_sa *sa = &t->policy->sa[t->sa];
	uint32_t left = ks_left(ks, t->end);

	*s = (struct gdoi_sat){ .protocol_id = a->ace.permit ? 1 : SAT_PROTO_DENY, .ip_proto = a->ace.proto,
		.src = id_address(a->ace.src, a->ace.src_mask, a->ace.sport),
		.dst = id_address(a->ace.dst, a->ace.dst_mask, a->ace.dport) };
	if (private_ok)
		s->entry = a->entry;
	if (!a->ace.permit)
		return;
	s->spi = t->spi;
	s->enc = sa->enc;
	s->auth = sa->auth;
	s->lifetime = left ? left : 1;
	s->encap = sa->transport ? 2 : 1;
	s->direction = t->policy->receive_only || t->receive ? SAT_DIR_RECEIVER : 0;	/* RFC 6407 section 5.5.1.1 */
	if (private_ok) {
		s->configured = sa->lifetime;
		s->replay = sa->replay == 2 && ks->windows && ks->role.lead ? SAT_REPLAY_COUNTER_OPEN : sa->replay;
		s->window = sa->replay == 3 ? sa->window * 10 : sa->window;	/* 100 ms units */
		if (sa->replay == 3)
			s->begin = t->begin ? t->begin : 1;
	}
}

/*
 * The SATs of one TEK; deny entries once per sa ipsec, with its first TEK (denies: still to be said). Old TEKs, and those to
 * receive with, go without the entry's number to our own members, who take them as keys and not as policy.
 */
static void sats_add(const struct ks *ks, const struct ks_tek *t, bool private_ok, bool denies, bool old,
	struct gdoi_sa *sa)
{
	const struct ks_sa *s = &t->policy->sa[t->sa];

	for (unsigned i = 0; i < s->nace && sa->nsat < GDOI_SATS; i++) {
		const struct ks_ace *a = &s->ace[i];

		if (a->ace.permit ? t->entry && t->entry != a->entry : !denies || !private_ok)
			continue;
		sat_make(ks, t, a, private_ok, &sa->sat[sa->nsat]);
		if (old)
			sa->sat[sa->nsat].entry = 0;
		sa->nsat++;
	}
}

static int sat_by_entry(const void *a, const void *b)
{
	const struct gdoi_sat *x = a, *y = b;

	return x->entry < y->entry ? -1 : x->entry > y->entry;
}

static void kd_tek_add(const struct ks_tek *t, struct gdoi_kd *kd)
{
	kd->tek[kd->ntek++] = (struct gdoi_kd_tek){ .spi = t->spi, .key = secret_bytes(&t->key),
		.auth_key = secret_bytes(&t->auth) };
}

static unsigned teks_count(const struct ks *ks)
{
	unsigned n = 0;

	for (const struct ks_tek *t = ks->teks; t; t = t->next)
		n++;
	return n;
}

struct slot_seen {
	UT_hash_handle hh;
	uint64_t slot;		/* number of the sa ipsec, entry */
};

/* What ks_tek_current() says of each TEK, in one pass: combined-mode ciphers have one per entry, and every registration
 * asks. The caller frees it. */
static bool *current_make(const struct ks *ks, unsigned n)
{
	bool *current = mem_zalloc((n + 1u) * sizeof(*current));
	struct slot_seen *pool = mem_zalloc((n + 1u) * sizeof(*pool)), *seen = NULL, *x;
	unsigned i = 0;

	for (const struct ks_tek *t = ks->teks; t; t = t->next, i++) {
		if (t->receive)
			continue;
		pool[i].slot = (uint64_t)t->policy->sa[t->sa].number << 32 | t->entry;
		HASH_FIND(hh, seen, &pool[i].slot, sizeof(pool[i].slot), x);
		if (x)
			continue;
		HASH_ADD(hh, seen, slot, sizeof(pool[i].slot), &pool[i]);
		current[i] = t->policy == ks->active;
	}
	HASH_CLEAR(hh, seen);
	free(pool);
	return current;
}

/* Current TEKs in the order of sa ipsec numbers and, under each, of entries: the ACL's order is the policy's. */
static void current_add(const struct ks *ks, const bool *current, bool private_ok, struct ks_message *m)
{
	for (unsigned sa = 0; sa < ks->active->nsa; sa++) {
		unsigned from = m->sa.nsat, i = 0;
		bool first = true;

		for (const struct ks_tek *t = ks->teks; t; t = t->next) {
			if (!current[i++] || t->sa != sa)
				continue;
			sats_add(ks, t, private_ok, first, false, &m->sa);
			kd_tek_add(t, &m->kd);
			first = false;
		}
		if (private_ok)		/* entries of combined-mode TEKs and denies fall into the ACL's order */
			qsort(m->sa.sat + from, m->sa.nsat - from, sizeof(*m->sa.sat), sat_by_entry);
	}
}

/* A member has the old ones: those are made to send with for a while yet, whatever another server made of them. */
static bool push_too(const struct ks *ks, const struct ks_tek *t)
{
	for (const struct ks_tek *o = ks->teks; t->receive && !t->other && o; o = o->next)
		if (ks_tek_same_slot(o, t) && ks_tek_current(ks, o))
			return t->begin >= o->begin;
	return t->receive;
}

/* What else lives: who registers gets all of it, who is registered what other servers' members may send with from now on. */
static void old_add(const struct ks *ks, const bool *current, bool private_ok, bool pull, struct ks_message *m)
{
	unsigned i = 0;

	for (const struct ks_tek *t = ks->teks; t; t = t->next) {
		if (current[i++] || !(pull || push_too(ks, t)) || !ks_left(ks, t->end) || m->sa.nsat + t->policy->sa[t->sa].nace > SATS_OLD)
			continue;
		sats_add(ks, t, private_ok, false, true, &m->sa);
		kd_tek_add(t, &m->kd);
	}
}

/* A peer that knows no 30-second rule is told when to switch: after the last retransmission, before the old TEK ends. */
static void gap_delay(const struct ks *ks, struct gdoi_gap *gap)
{
	uint32_t least = UINT32_MAX, all = SWITCH_LEFT + ks->retransmit * ks->retransmits;

	for (const struct ks_tek *t = ks->teks; t; t = t->next) {
		uint32_t left = ks_left(ks, t->end);

		if (!ks_tek_current(ks, t) && left < least)
			least = left;
	}
	if (least == UINT32_MAX || least <= all)
		return;
	gap->has_atd = true;
	gap->atd = least - all < UINT16_MAX ? least - all : UINT16_MAX;
}

static void gap_make(const struct ks *ks, bool private_ok, bool pull, enum ks_reason reason, struct gdoi_sa *sa)
{
	struct gdoi_gap *gap = &sa->gap;

	if (!private_ok) {
		if (!pull && (reason == KS_SCHEDULED || reason == KS_TRIGGER))
			gap_delay(ks, gap);
		sa->has_gap = gap->has_atd;
		return;
	}
	if (policy_time_based(ks->active)) {
		gap->has_pseudotime = true;
		gap->pseudotime = ks_pt(ks);
	}
	if (!pull && (reason == KS_TRIGGER || reason == KS_REPLACE_NOW))
		gap->replace = reason == KS_REPLACE_NOW ? 2 : 1;
	sa->has_gap = gap->has_pseudotime || gap->replace;
}

static void kd_kek_add(const struct ks_kek *k, struct gdoi_kd *kd)
{
	struct gdoi_kd_kek *out = &kd->kek[kd->nkek++];

	memcpy(out->spi, k->kek.spi, GDOI_SPI);
	out->iv = secret_bytes(&k->kek.iv);
	out->key = secret_bytes(&k->kek.key);
	if (k->sign)
		out->sig_key = rsa_spki(k->sign);
}

/* Room for all that sats_add() can add: every registration asks for it twice. */
static unsigned sats_bound(const struct ks *ks)
{
	unsigned n = 1;

	for (const struct ks_tek *t = ks->teks; t && n < GDOI_SATS; t = t->next)
		n += t->policy->sa[t->sa].nace;
	return n < GDOI_SATS ? n : GDOI_SATS;
}

void ks_message_make(const struct ks *ks, bool private_ok, bool pull, struct ip4 peer, enum ks_reason reason,
	struct ks_message *out)
{
	unsigned n = teks_count(ks);
	bool *current = current_make(ks, n);

	*out = (struct ks_message){ 0 };
	out->sa.sat = mem_zalloc(sats_bound(ks) * sizeof(*out->sa.sat));
	out->kd.tek = mem_zalloc((n ? n : 1) * sizeof(*out->kd.tek));
	out->kd.kek = mem_zalloc(sizeof(*out->kd.kek));
	if (ks->active->has_kek && ks->keks && ks->keks->sign) {
		out->sa.has_sak = true;
		sak_make(ks, ks->keks, peer, &out->sa.sak);
		kd_kek_add(ks->keks, &out->kd);
	}
	gap_make(ks, private_ok, pull, reason, &out->sa);
	current_add(ks, current, private_ok, out);
	old_add(ks, current, private_ok, pull, out);
	free(current);
}

void ks_message_free(struct ks_message *m)
{
	gdoi_sa_free(&m->sa);
	gdoi_kd_free(&m->kd);
}
