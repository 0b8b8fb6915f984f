/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config/cfg.h"
#include "isakmp/phase1.h"
#include "lib/clock.h"
#include "lib/text.h"

static void fill_sa(const struct isakmp_sa *sa, struct isakmp_sa_info *i)
{
	uint64_t now = isakmp_now(sa->ik);

	*i = (struct isakmp_sa_info){
		.local = sa->local,
		.remote = sa->remote,
		.dst = sa->initiator ? sa->remote.ip : sa->local.ip,
		.src = sa->initiator ? sa->local.ip : sa->remote.ip,
		.state = sa->dead ? MM_DELETED : GDOI_IDLE,
		.conn_id = sa->conn_id,
		.encr = sa->encr,
		.hash = sa->hash,
		.group = sa->group,
		.auth = ISAKMP_AUTH_PSK,
		.left = sa->expires > now ? (uint32_t)((sa->expires - now) / USEC_PER_SEC) : 0,
		.dpd = sa->dpd != NULL,
		.initiator = sa->initiator,
	};
	str_copy(i->peer_id, sizeof(i->peer_id), sa->peer_id);
	memcpy(i->icookie, sa->cookies, sizeof(i->icookie));
	memcpy(i->rcookie, sa->cookies + 8, sizeof(i->rcookie));
}

static enum isakmp_state show_state(enum neg_state s)
{
	switch (s) {
	case NEG_KEYGEN:
	case NEG_WAIT_3:
		return MM_SA_SETUP;
	case NEG_WAIT_4:
	case NEG_DERIVE:
	case NEG_DH:
		return MM_KEY_EXCH;
	case NEG_WAIT_5:
	case NEG_WAIT_6:
		return MM_KEY_AUTH;
	default:
		return MM_NO_STATE;
	}
}

static void fill_neg(const struct isakmp_neg *n, struct isakmp_sa_info *i)
{
	*i = (struct isakmp_sa_info){
		.local = n->local,
		.remote = n->remote,
		.dst = n->initiator ? n->remote.ip : n->local.ip,
		.src = n->initiator ? n->local.ip : n->remote.ip,
		.state = show_state(n->state),
		.encr = n->suite.encr,
		.hash = n->suite.hash,
		.group = n->suite.group,
		.auth = ISAKMP_AUTH_PSK,
		.initiator = n->initiator,
	};
	memcpy(i->icookie, n->key.icookie, sizeof(i->icookie));
	memcpy(i->rcookie, n->rcookie, sizeof(i->rcookie));
}

void isakmp_show_sas(const struct isakmp *ik, bool (*fn)(void *arg, const struct isakmp_sa_info *i), void *arg)
{
	struct isakmp_sa_info i;

	for (const struct isakmp_sa *sa = ik->sas; sa; sa = sa->hh.next) {
		fill_sa(sa, &i);
		if (!fn(arg, &i))
			return;
	}
	for (const struct isakmp_neg *n = ik->negs; n; n = n->hh.next) {
		fill_neg(n, &i);
		if (!fn(arg, &i))
			return;
	}
	for (const struct isakmp_sa *sa = ik->dead; sa; sa = sa->next) {
		fill_sa(sa, &i);
		if (!fn(arg, &i))
			return;
	}
}

void isakmp_show_counters(const struct isakmp *ik, struct isakmp_counters *out)
{
	*out = ik->count;
}

void isakmp_clear_counters(struct isakmp *ik)
{
	ik->count = (struct isakmp_counters){ .half_open = ik->count.half_open,
		.established = ik->count.established };
}

unsigned isakmp_clear(struct isakmp *ik, uint32_t conn_id)
{
	struct isakmp_sa *sa, *tmp;
	unsigned n = 0;

	HASH_ITER(hh, ik->sas, sa, tmp)
		if (!conn_id || sa->conn_id == conn_id) {
			isakmp_sa_delete(sa, true);
			n++;
		}
	return n + (conn_id ? 0 : neg_clear(ik));
}
