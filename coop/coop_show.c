/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "coop/coop_show.h"
#include "coop/engine.h"
#include "lib/text.h"

static uint32_t seconds_left(const struct coop_group *g)
{
	uint64_t at = UINT64_MAX, now = coop_now(g);

	for (unsigned i = 0; i < g->npeers; i++)
		if (g->role == COOP_PRIMARY || ip4_eq(g->peer[i]->ip, g->primary))
			at = g->peer[i]->next < at ? g->peer[i]->next : at;
	return at == UINT64_MAX || at <= now ? 0 : (uint32_t)((at - now) / USEC_PER_SEC);
}

bool coop_show_group(const struct coop *c, const char *group, struct coop_group_info *out)
{
	const struct coop_group *g = c ? coop_group_find(c, group) : NULL;
	struct ksync_view v;

	if (!g || !ksync_view(c->d.gdoi, group, &v))
		return false;
	*out = (struct coop_group_info){ .local = g->local, .priority = g->priority, .role = g->role, .electing = g->electing,
		.primary = g->primary, .software = v.software, .coop = coop_version(g->c), .refresh = g->refresh_s,
		.periodic = g->periodic_s, .left = seconds_left(g), .retries = g->retries, .invalid_pst = g->invalid_pst,
		.blocking = g->role != COOP_PRIMARY && !g->synced, .seq = g->seq, .root_generation = v.generation,
		.root = v.root, .first_waits = coop_first_waits(g, &v), .synced = g->synced, .peers = g->npeers };
	for (unsigned i = 0; i < g->npeers; i++) {
		enum coop_policy p = coop_policy_of(g->peer[i], &v);

		out->mismatch |= p == POLICY_DIFFERS || p == POLICY_UNREAD;
	}
	out->copy.on = g->copy.on;
	out->copy.state = g->copy.state;
	out->copy.from = g->copy.from;
	str_copy(out->rekey_label, sizeof(out->rekey_label), v.key_label);
	str_copy(out->copy.reason, sizeof(out->copy.reason), g->copy.reason);
	return true;
}

static const char *ike(const struct coop_peer *p)
{
	if (p->pending && !p->alive)
		return "In progress";
	return p->alive ? "Established" : p->failures ? "Failed" : "Not established";
}

static enum coop_rekey_key rekey_key(const struct coop_peer *p, const struct ksync_view *v)
{
	static const uint8_t none[32];
	bool here = memcmp(v->key_print, none, sizeof(none)) != 0, there = memcmp(p->key_print, none, sizeof(none)) != 0;

	if (!p->heard || !v->key_label[0] || (!here && !there))
		return REKEY_KEY_SAME;
	if (here != there)
		return here ? REKEY_KEY_MISSING : REKEY_KEY_MISSING_HERE;
	return memcmp(v->key_print, p->key_print, sizeof(none)) == 0 ? REKEY_KEY_SAME : REKEY_KEY_DIFFERS;
}

void coop_show_peers(const struct coop *c, const char *group, bool (*fn)(void *arg, const struct coop_peer_info *p), void *arg)
{
	const struct coop_group *g = c ? coop_group_find(c, group) : NULL;
	struct ksync_view v;

	if (!g || !ksync_view(c->d.gdoi, group, &v))
		return;
	for (unsigned i = 0; i < g->npeers; i++) {
		const struct coop_peer *p = g->peer[i];
		struct coop_peer_info o = { .address = p->ip, .heard = p->heard != 0, .alive = p->alive, .priority = p->priority,
			.role = p->alive ? (enum coop_role)p->role : COOP_UNKNOWN, .software = p->software, .coop = p->coop,
			.seq = p->seq, .ike = ike(p), .sent = p->count.sent, .sent_request = p->count.sent_request,
			.received = p->count.received, .received_request = p->count.received_request,
			.send_drops = p->count.send_drops, .receive_drops = p->count.receive_drops,
			.octets_sent = p->count.octets_sent, .octets_received = p->count.octets_received,
			.root_generation = p->generation, .rekey_key = rekey_key(p, &v), .policy = coop_policy_of(p, &v),
			.same_keys = v.active && memcmp(v.version, p->version, sizeof(v.version)) == 0 };

		if (!fn(arg, &o))
			return;
	}
}

unsigned coop_show_waits(const struct coop *c, const char *group, struct text *out)
{
	const struct coop_group *g = c ? coop_group_find(c, group) : NULL;
	struct ksync_view v;
	unsigned n = 0;

	if (!g || !ksync_view(c->d.gdoi, group, &v))
		return 0;
	if (coop_first_waits(g, &v))
		return coop_unreachable(c, group, out);
	if (g->role != COOP_PRIMARY || !v.root.stage)
		return 0;
	for (unsigned i = 0; i < g->npeers; i++) {
		const struct coop_peer *p = g->peer[i];
		bool promised = false;

		for (unsigned k = 0; k < p->promises.n; k++)
			promised |= p->promises.root[k].generation == v.root.next && p->promises.root[k].from[v.root.stage - 1];
		if (promised && !p->others)
			continue;
		text_printf(out, "%s%s", n++ ? ", " : "", ip4_s(p->ip));
	}
	return n;
}

void coop_show_mismatch(const struct coop *c, const char *group, struct ip4 peer, struct text *out)
{
	const struct coop_group *g = c ? coop_group_find(c, group) : NULL;
	const struct coop_peer *p = g ? coop_peer_find(g, peer) : NULL;
	struct ksync_view v;

	if (p && ksync_view(c->d.gdoi, group, &v) && coop_policy_of(p, &v) == POLICY_DIFFERS)
		text_add(out, text_str(&p->differs));
}
