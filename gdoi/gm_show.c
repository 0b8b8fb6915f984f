/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the shell may ask about a membership: snapshots. */
#include <stdlib.h>
#include "gdoi/gm.h"
#include "lib/clock.h"
#include "lib/text.h"

static const struct gm *find(const struct gdoi *g, const char *group)
{
	const struct gdoi_group *x = gdoi_group_find(g, group);

	return x ? x->gm : NULL;
}

static uint32_t left(const struct gm *gm, uint64_t end)
{
	const uint64_t now = gm_now(gm);
	const uint64_t s = end == GM_NEVER ? UINT32_MAX : end > now ? (end - now) / USEC_PER_SEC : 0;

	return s > UINT32_MAX ? UINT32_MAX : (uint32_t)s;
}

static uint32_t clip(uint64_t v)
{
	return v > UINT32_MAX ? UINT32_MAX : (uint32_t)v;
}

/* conn_id etc. are the caller's. */
static void kek_info(const struct gm *gm, const struct gm_kek *k, struct gdoi_kek_info *out)
{
	const struct cipher_alg *c = cipher_alg(k->kek.cipher);

	*out = (struct gdoi_kek_info){ .present = true, .cipher = k->kek.cipher, .sig_hash = k->kek.sig_hash,
		.key_size = c->key, .iv_size = c->block, .sig_key_der = (uint32_t)rsa_spki(k->pub).n,
		.sig_size = rsa_bits(k->pub) / 8, .lifetime = clip(k->sak.lifetime), .left = left(gm, k->end),
		.time_to_rekey = UINT32_MAX, .ack = k->sak.ack ? ACK_INTEROPERABLE : ACK_CISCO, .seq = k->seq,
		.unicast = !ip4_multicast(k->sak.dst.ip) };
	memcpy(out->spi, k->kek.spi, GDOI_SPI);
}

static uint32_t next_registration(const struct gm *gm)
{
	const struct timers *ts = gm->g->d.env->timers;

	if (gm->trying)
		return clip(timer_left(ts, &gm->retry) / USEC_PER_SEC);
	return gm->rereg_at == GM_NEVER ? 0 : left(gm, gm->rereg_at);
}

static uint32_t time_window(const struct gm *gm)
{
	for (const struct gm_tek *t = gm->teks; t; t = t->hh.next) {
		if (t->replay == 3)
			return t->window / 10;
	}
	return 0;
}

bool gdoi_show_gm(const struct gdoi *g, const char *group, struct gdoi_gm_info *out)
{
	const struct gm *gm = find(g, group);
	const struct cfg_group *c = gm ? gm_cfg(gm) : NULL;
	const uint64_t now = gm ? gm_now(gm) : 0;

	if (!c)
		return false;
	*out = (struct gdoi_gm_info){ .local = gm->local, .server = gm_server(gm), .state = gm->state,
		.version = gdoi_version_of(c), .reregisters_in = next_registration(gm), .succeeded = gm->succeeded,
		.attempted = gm->attempted, .last_rekey_from = gm->last_from, .last_seq = gm->last_seq, .rekeys = gm->rekeys,
		.rekeys_after_reg = gm->rekeys_after_reg, .acks_sent = gm->acks_sent,
		.last_rekey = gm->last_rekey == GM_NEVER ? UINT64_MAX : now - gm->last_rekey,
		.active_teks = gm_tek_count(gm), .mode = gm_mode(gm), .passive = gm->passive,
		.receive_only = gm->receive_only, .window = time_window(gm) };
	if (gm->nif)
		str_copy(out->map_if, sizeof(out->map_if), gm->ifname[0]);
	str_copy(out->refused, sizeof(out->refused), gm->refused);
	str_copy(out->dataplane_problem, sizeof(out->dataplane_problem), gm->dp_problem);
	if (gm->keks)
		kek_info(gm, gm->keks, &out->kek);
	else			/* after a removal it is still known what a rekey comes by */
		out->kek.unicast = !gm->transport_known || gm->unicast;
	out->time_based = out->window != 0;
	if (gm->has_pseudotime)
		out->pseudotime = gm->pt_base + (now - gm->pt_mono) / 1000;
	return true;
}

void gdoi_show_gm_teks(const struct gdoi *g, const char *group, bool (*fn)(void *arg, const struct gdoi_tek_info *t), void *arg)
{
	const struct gm *gm = find(g, group);
	struct gm_tek **t;
	unsigned n;
	bool more = true;

	if (!gm)
		return;
	t = gm_teks_sorted(gm, &n);
	for (unsigned i = 0; i < n && more; i++) {
		const struct gdoi_tek_info info = { .spi = t[i]->spi, .enc = t[i]->enc, .auth = t[i]->auth,
			.transport = t[i]->transport, .lifetime = clip(t[i]->configured), .left = left(gm, t[i]->end),
			.elapsed = UINT32_MAX, .time_to_rekey = UINT32_MAX,
			.replay = !t[i]->replay ? 1 : t[i]->replay == SAT_REPLAY_COUNTER_OPEN ? 2 : t[i]->replay,
			.window = t[i]->replay == 3 ? t[i]->window / 10 : t[i]->window, .sending = t[i]->sending,
#ifdef GX_KEYLOG
			.key = secret_bytes(&t[i]->key), .auth_key = secret_bytes(&t[i]->auth_key),
#endif
		};

		more = fn(arg, &info);
	}
	free(t);
}

const struct dp_ace *gdoi_show_gm_acl(const struct gdoi *g, const char *group, unsigned *n)
{
	const struct gm *gm = find(g, group);

	*n = gm ? gm->nace : 0;
	return gm ? gm->ace : NULL;
}

struct bytes gdoi_show_gm_pubkey(const struct gdoi *g, const char *group)
{
	const struct gm *gm = find(g, group);

	return gm && gm->keks ? rsa_spki(gm->keks->pub) : BYTES_NONE;
}

bool gdoi_show_gm_dataplane(const struct gdoi *g, const char *group, struct dp_counters *out)
{
	const struct gm *gm = find(g, group);

	*out = (struct dp_counters){ 0 };
	if (!gm || !gm->attached)
		return false;
	g->d.dataplane->ops->counters(g->d.dataplane, group, out);
	return true;
}

/* Newest first; one that has brought no rekey yet is 'new', the next 'current', the rest 'previous'. */
void gdoi_show_rekey_sas(const struct gdoi *g, const char *group, bool (*fn)(void *arg, const struct gdoi_rekey_sa_info *i), void *arg)
{
	const struct gm *gm = find(g, group);
	int age = 0;

	for (const struct gm_kek *k = gm ? gm->keks : NULL; k; k = k->next) {
		struct gdoi_rekey_sa_info i = { .src = k->server, .conn_id = k->conn_id, .active = true, .seq = k->seq,
			.prev_seq = k->prev_seq };

		i.dst = ip4_multicast(k->sak.dst.ip) ? k->sak.dst.ip : gm->local;
		kek_info(gm, k, &i.kek);
		if (k == gm->keks && !k->fresh)
			age = 1;
		i.age = age;
		if (age < 2)
			age++;
		if (!fn(arg, &i))
			return;
	}
}
