/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Snapshots of the key server for 'show crypto gdoi ks ...'. */
#include <stdio.h>
#include "gdoi/ks.h"
#include "lib/clock.h"
#include "lib/crypto/rsa.h"
#include "lib/text.h"

static const struct ks *server_of(const struct gdoi *g, const char *group)
{
	const struct gdoi_group *gr = gdoi_group_find(g, group);

	return gr ? gr->ks : NULL;
}

static void kek_info(const struct ks *ks, const struct ks_kek *k, struct gdoi_kek_info *out)
{
	const struct ks_policy *p = k->policy;

	*out = (struct gdoi_kek_info){ .present = true, .cipher = p->cipher, .sig_hash = p->sig_hash,
		.key_size = cipher_alg(p->cipher)->key, .iv_size = cipher_alg(p->cipher)->block,
		.lifetime = p->kek_lifetime, .left = ks_left(ks, k->end), .time_to_rekey = ks_kek_due(ks), .ack = p->ack,
		.seq = k->seq, .unicast = p->unicast };
	memcpy(out->spi, k->kek.spi, GDOI_SPI);
	str_copy(out->sig_key_name, sizeof(out->sig_key_name), p->key_label);
	if (k->sign) {
		out->sig_key_der = (uint32_t)rsa_spki(k->sign).n;
		out->sig_size = (rsa_bits(k->sign) + 7) / 8;
	}
}

bool gdoi_show_ks(const struct gdoi *g, const char *group, struct gdoi_ks_info *out)
{
	const struct ks *ks = server_of(g, group);

	if (!ks)
		return false;
	*out = (struct gdoi_ks_info){ .address = ks->address, .members = ks->nmembers - ks->nstale,
		.retransmit = ks->retransmit, .retransmits = ks->retransmits, .retransmit_left = ks_push_left(ks),
		.rekeys_sent = ks->rekeys_sent, .rekeys_retransmitted = ks->rekeys_retransmitted,
		.last_retransmits = ks->last_retransmits, .last_duration_ms = ks->last_duration_ms,
		.registrations_after_rekey = ks->regs_after_rekey, .pending_change = ks_pending(ks), .secondary = ks->secondary,
		.pseudotime = ks_pt(ks) };
	if (!ks->active)
		return true;
	out->multicast = ks->active->multicast;
	out->time_based = policy_time_based(ks->active);
	out->sync_left = ks_sync_left(ks);
	if (ks->active->has_kek && ks->keks) {
		kek_info(ks, ks->keks, &out->kek);
		out->seq = ks->keks->seq;
	}
	return true;
}

static void tek_info(const struct ks *ks, const struct ks_tek *t, struct gdoi_tek_info *out)
{
	const struct ks_sa *s = &t->policy->sa[t->sa];
	const uint64_t now = ks_pt(ks);

	*out = (struct gdoi_tek_info){ .sa_number = s->number, .spi = t->spi, .enc = s->enc, .auth = s->auth,
		.transport = s->transport, .lifetime = s->lifetime, .left = ks_left(ks, t->end),
		.elapsed = now > t->begin ? (uint32_t)((now - t->begin + 999) / 1000) : 0,
		.time_to_rekey = ks_tek_due(ks, t), .replay = s->replay, .window = s->window,
		.no_window = s->replay == 2 && ks->windows_told };
	str_copy(out->acl, sizeof(out->acl), s->acl);
	str_copy(out->profile, sizeof(out->profile), s->profile);
}

void gdoi_show_ks_teks(const struct gdoi *g, const char *group, bool (*fn)(void *arg, const struct gdoi_tek_info *t), void *arg)
{
	const struct ks *ks = server_of(g, group);

	for (const struct ks_tek *t = ks ? ks->teks : NULL; t; t = t->next) {
		struct gdoi_tek_info i;

		tek_info(ks, t, &i);
		if (!fn(arg, &i))
			return;
	}
}

void ks_member_info(const struct ks *ks, const struct ks_member *m, struct gdoi_member_info *out)
{
	*out = (struct gdoi_member_info){ .id = m->id, .version = m->version, .ks = ip4_none(m->ks) ? ks->address : m->ks, .rekeys_sent = m->sent,
		.retries = m->retries, .acks = m->acks, .missed = m->missed, .registered = m->registered };
	str_copy(out->phase1_id, sizeof(out->phase1_id), m->phase1_id ? m->phase1_id : ip4_s(m->id));
	memcpy(out->sent_seq, m->sent_seq, sizeof(out->sent_seq));
	memcpy(out->rcvd_seq, m->rcvd_seq, sizeof(out->rcvd_seq));
}

void gdoi_show_members(const struct gdoi *g, const char *group, bool (*fn)(void *arg, const struct gdoi_member_info *m), void *arg)
{
	const struct ks *ks = server_of(g, group);

	for (const struct ks_member *m = ks ? ks->members : NULL; m; m = m->hh.next) {
		struct gdoi_member_info i;

		if (m->stale)
			continue;
		ks_member_info(ks, m, &i);
		if (!fn(arg, &i))
			return;
	}
}

bool gdoi_show_member(const struct gdoi *g, const char *group, struct ip4 id, struct gdoi_member_info *out)
{
	const struct ks *ks = server_of(g, group);
	const struct ks_member *m = ks ? ks_member_find(ks, id) : NULL;

	if (!m || m->stale)
		return false;
	ks_member_info(ks, m, out);
	return true;
}
