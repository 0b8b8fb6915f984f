/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * GROUPKEY-PUSH as receiver (RFC 6407 section 4.4) and its acknowledgement (RFC 8263). Order: Rekey SA by cookies, SEQ,
 * decrypt, structure, SIG, apply; the sequence number is taken over only once the signature is good.
 */
#include "gdoi/gm.h"
#include "isakmp/keylog.h"
#include "lib/clock.h"
#include "lib/crypto/prf.h"
#include "lib/net.h"
#include "lib/rng.h"
#include "lib/text.h"
#include "lib/why.h"
#include "lib/wire.h"

#define ACK_JITTER 5		/* s, multicast only (RFC 8263 section 5) */
#define PST_SKEW 600		/* s that a PUSH may be older than our pseudotime: all retransmissions are over by then */
#define BAD_BURST 5		/* refused PUSHes told of at once, then one every so often */
#define BAD_EVERY SEC(10)
#define REMOVAL_PERCENT 2	/* of the configured TEK life: how long a removed member waits at most */

/* ---- acknowledging ---- */

static void ack_send(struct gm *gm, const struct gm_echo *e)
{
	struct net *net = gm->g->d.net;

	if (!e->nack)
		return;
	if (net->ops->send(net, e->from, e->to, bytes_of(e->ack, e->nack)))
		gm->acks_sent++;
}

static void ack_due(void *arg)
{
	struct gm *gm = arg;

	ack_send(gm, &gm->echo[gm->ack_echo]);
}

/* A multicast PUSH is answered from our own address, and not by all members at once. */
static void ack_begin(struct gm *gm, unsigned i, bool multicast)
{
	const struct env *env = gm->g->d.env;

	if (!multicast) {
		ack_send(gm, &gm->echo[i]);
		return;
	}
	gm->ack_echo = i;
	timer_arm(env->timers, &gm->ack_timer, rng_below(env->rng, SEC(ACK_JITTER)));
}

static bool fingerprint(struct bytes datagram, uint8_t *out)
{
	return hash_parts(HASH_SHA256, &datagram, 1, out);
}

/* Kept beside the KEK, which the message itself may have ended. */
static unsigned echo_make(struct gm *gm, const struct gm_kek *k, const struct datagram *d, uint32_t seq)
{
	const unsigned i = gm->echo_next;
	struct gm_echo *e = &gm->echo[i];
	struct wr w = wr_init(e->ack, sizeof(e->ack));
	const bool multicast = ip4_multicast(d->dst.ip);

	gm->echo_next = (i + 1) % GM_ECHOES;
	fingerprint(d->body, e->hash);
	e->to = d->src;
	e->from = (struct endpoint){ multicast ? gm->local : d->dst.ip, multicast ? 848 : d->dst.port };
	e->nack = k->sak.ack && push_ack_make(&k->kek, k->sak.ack, seq, gm->local, &w) ? w.n : 0;
	return i;
}

/* True when d is bit for bit a PUSH that was accepted: acknowledged again, no other effect (gdoi-wire.md 3.6). */
static bool echo_in(struct gm *gm, const struct datagram *d, const uint8_t *hash)
{
	for (unsigned i = 0; i < GM_ECHOES; i++) {
		struct gm_echo *e = &gm->echo[i];

		if (!e->to.port || memcmp(e->hash, hash, hash_alg(HASH_SHA256)->size) != 0)
			continue;
		if (!timer_armed(&gm->ack_timer) || gm->ack_echo != i)
			ack_begin(gm, i, ip4_multicast(d->dst.ip));
		return true;
	}
	return false;
}

/* ---- refusing ---- */

static bool may_tell(struct gm *gm)
{
	return ratelimit_ok(&gm->bad_push, gm_now(gm), NULL);
}

static void tell_failure(struct gm *gm, struct ip4 from, const char *why)
{
	struct syslog *log = gm->g->d.log;

	log_GDOI_GDOI_REKEY_FAILURE(log, ip4_s(gm->local), gm->group, ip4_s(from));
	log_CRYPTO_IKMP_MODE_FAILURE(log, "GDOI", ip4_s(from));
	DBG(log, GDOI_GM_REKEY, ERROR, "group %s: rekey from %s refused: %s", gm->group, ip4_s(from), why);
}

static void refuse(struct gm *gm, struct ip4 from, uint64_t *counter, const char *why)
{
	(*counter)++;
	if (may_tell(gm))
		tell_failure(gm, from, why);
}

/* Strictly greater than the last (section 4.4); on a Rekey SA that has seen none, whatever its key server begins with
 * (gdoi-wire.md section 3.4). */
static bool seq_ok(struct gm *gm, const struct gm_kek *k, uint32_t seq, struct ip4 from)
{
	if (seq > k->seq || (k->fresh && !k->seq))
		return true;
	gm->g->count.push_replayed++;
	if (may_tell(gm)) {
		log_GDOI_GDOI_REKEY_SEQ_FAILURE(gm->g->d.log, seq, gm->group, k->seq);
		tell_failure(gm, from, "sequence number");
	}
	return false;
}

static bool pseudotime_ok(struct gm *gm, const struct push_msg *m)
{
	const uint64_t mine = gm->pt_base + (gm_now(gm) - gm->pt_mono) / 1000;

	if (!m->has_sa || !m->sa.has_gap || !m->sa.gap.has_pseudotime || !gm->has_pseudotime ||
		m->sa.gap.pseudotime + PST_SKEW * UINT64_C(1000) >= mine)
		return true;
	gm->g->count.push_pseudotime++;
	if (may_tell(gm))
		log_GDOI_PSEUDO_TIME_TOO_OLD(gm->g->d.log, gm->group, (unsigned)(mine / 1000),
			(unsigned)(m->sa.gap.pseudotime / 1000), PST_SKEW);
	return false;
}

/* ---- applying ---- */

static bool follows_orders(const struct gm *gm)
{
	const struct cfg_group *c = gm_cfg(gm);

	return c && version_at_least(gdoi_version_of(c), (struct version){ 1, 0, 2 });
}

/* Everything downloaded goes, and a registration begins somewhere within 2 % of the configured TEK life. ordered: by a
 * removal of our own kind; else by the two Deletes of RFC 6407 section 5.9. */
static void start_over(struct gm *gm, bool ordered)
{
	const uint64_t most = gm_longest_life(gm) * REMOVAL_PERCENT / 100;
	const uint64_t wait = 1 + rng_below(gm->g->d.env->rng, most);

	if (ordered)
		log_GDOI_GM_RECV_DELETE_IMMEDIATE(gm->g->d.log, gm->group, (unsigned)wait);
	gm_forget(gm);
	if (!ordered)
		log_GDOI_GM_RE_REGISTER(gm->g->d.log, gm->group);
	gm_register(gm, SEC(wait));
}

static void removed(struct gm *gm, uint32_t how)
{
	if (how == 2) {
		start_over(gm, true);
		return;
	}
	log_GDOI_GM_RECV_DELETE(gm->g->d.log, gm->group);
	gm_keks_free(gm);
	gm_keys_shorten(gm, false);
	gm_keys_select(gm);
	gm->rereg_for = GM_NEVER;
	gm_arm(gm);
}

static bool deletes_all(const struct push_msg *m)
{
	bool tek = false, kek = false;

	for (unsigned i = 0; i < m->ndel; i++) {
		tek = tek || (m->del[i].protocol_id == 1 && m->del[i].all);
		kek = kek || (m->del[i].protocol_id == 0 && m->del[i].all);
	}
	return tek && kek;
}

static void delete_teks(struct gm *gm, const struct push_msg *m)
{
	for (unsigned i = 0; i < m->ndel; i++) {
		const struct gdoi_delete *d = &m->del[i];

		if (d->protocol_id == 1)
			gm_keys_delete(gm, d->all ? NULL : d->tek, d->ntek);
	}
}

static void delete_keks(struct gm *gm, const struct push_msg *m)
{
	struct gm_kek *next;

	for (unsigned i = 0; i < m->ndel; i++) {
		const struct gdoi_delete *d = &m->del[i];

		if (d->protocol_id != 0)
			continue;
		for (struct gm_kek *k = gm->keks; k; k = next) {
			next = k->next;
			if (m->sa.has_sak && memcmp(k->kek.spi, m->sa.sak.spi, GDOI_SPI) == 0)
				continue;
			if (d->all || memcmp(k->kek.spi, d->kek, GDOI_SPI) == 0)
				gm_kek_del(gm, k);
		}
	}
	gm_join(gm);
}

/* A rekey in time makes a re-registration that has begun needless. */
static void no_need_to_register(struct gm *gm)
{
	uint64_t life;

	if (!gm->trying || gm_keys_end(gm, &life) <= gm_now(gm) + SEC(2 * GM_SWITCH))
		return;
	timer_cancel(gm->g->d.env->timers, &gm->retry);
	gm_pull_stop(gm);
	gm->trying = false;
	gm->state = GM_REGISTERED;
	gm_arm(gm);
}

static void install(struct gm *gm, const struct push_msg *m, struct ip4 from)
{
	const struct gm_news news = { .sa = &m->sa, .kd = &m->kd, .server = from,
		.replace = follows_orders(gm) ? m->sa.gap.replace : 0 };

	if (news.replace == 2)
		log_GDOI_GM_RECV_POLICY_REPLACE_NOW(gm->g->d.log, gm->group);
	gm_install(gm, &news);
	no_need_to_register(gm);
}

/* Everything that could be wrong with it was checked. */
static void apply(struct gm *gm, const struct push_msg *m, struct ip4 from)
{
	const bool policy = m->has_sa && (m->sa.has_sak || m->sa.nsat);

	if (!policy && deletes_all(m)) {
		start_over(gm, false);
		return;
	}
	if (m->has_sa && !policy && m->sa.gap.removal) {
		if (follows_orders(gm))
			removed(gm, m->sa.gap.removal);
		return;
	}
	delete_teks(gm, m);
	if (policy)
		install(gm, m, from);
	delete_keks(gm, m);
	gm_keys_select(gm);
	gm_arm(gm);
}

static bool policy_ok(struct gm *gm, const struct push_msg *m, struct why *why)
{
	const struct cfg_group *c = gm_cfg(gm);
	bool ok;

	if (!m->has_sa || (!m->sa.has_sak && !m->sa.nsat))
		return true;
	ok = c && gm_sa_check(gm, c, &m->sa, why) && gm_kd_check(gm, &m->sa, &m->kd, why);
	if (!ok)
		str_copy(gm->refused, sizeof(gm->refused), why->text);
	return ok;
}

static void packet_print(const struct gm *gm, const struct push_msg *m)
{
	struct text t = TEXT_EMPTY;

	DBG(gm->g->d.log, GDOI_GM_REKEY, EVENT, "group %s: rekey %u: %u deletes, %u SATs, %u TEKs, %u KEKs", gm->group, m->seq,
		m->ndel, m->sa.nsat, m->kd.ntek, m->kd.nkek);
	if (!m->has_sa || !debug_on(gm->g->d.log, DBG_GDOI_GM_REKEY, DBG_PACKET))
		return;
	gdoi_sa_print(&m->sa, &t);
	debug_emit(gm->g->d.log, DBG_GDOI_GM_REKEY, "%s", text_str(&t));
	text_free(&t);
}

/* To a multicast group our key server sends a form for members of our kind and one, without private numbers, for others. */
static bool for_others(const struct gm *gm, const struct gm_kek *k, const struct push_msg *m)
{
	if (!gm->peer_gdoix || !ip4_multicast(k->sak.dst.ip) || m->sa.gap.removal)
		return false;
	for (unsigned i = 0; i < m->sa.nsat; i++) {
		if (m->sa.sat[i].configured || m->sa.sat[i].entry)
			return false;
	}
	return m->sa.nsat || !m->sa.has_sak;
}

static void accept(struct gm *gm, struct gm_kek *k, const struct datagram *d, const struct push_msg *m)
{
	unsigned echo;

	k->prev_seq = k->seq;
	k->seq = m->seq;
	k->fresh = false;
	gm->g->count.push_ok++;
	if (for_others(gm, k, m))
		return;
	gm->rekeys++;
	gm->rekeys_after_reg++;
	gm->last_seq = m->seq;
	gm->last_from = d->src.ip;
	gm->last_rekey = gm_now(gm);
	packet_print(gm, m);
	log_GDOI_GM_RECV_REKEY(gm->g->d.log, gm->group, ip4_s(d->src.ip), ip4_s(d->dst.ip), m->seq);
	echo = echo_make(gm, k, d, m->seq);
	apply(gm, m, d->src.ip);
	ack_begin(gm, echo, ip4_multicast(d->dst.ip));
}

static void judge(struct gm *gm, struct gm_kek *k, const struct datagram *d, struct push_msg *m)
{
	struct gdoi_counters *count = &gm->g->count;
	const struct cfg_group *c = gm_cfg(gm);
	struct why why = { "" };

	if (!seq_ok(gm, k, m->seq, d->src.ip))
		return;
	if (!push_sig_ok(m, &k->kek, k->pub, c && c->compat.push_sig_raw)) {
		refuse(gm, d->src.ip, &count->push_bad_sig, "signature");
		return;
	}
	if (!pseudotime_ok(gm, m))
		return;
	if (policy_ok(gm, m, &why))
		accept(gm, k, d, m);
	else
		refuse(gm, d->src.ip, &count->push_malformed, why.text);
}

static void open_push(struct gm *gm, struct gm_kek *k, const struct datagram *d)
{
	const struct cfg_group *c = gm_cfg(gm);
	struct gdoi_wire wire;
	struct push_msg m;
	struct why why = { "" };
	uint32_t seq;

	if (!c || (push_peek_seq(&k->kek, d->body, &seq) && !seq_ok(gm, k, seq, d->src.ip)))
		return;
	wire = gdoi_wire_of(c, gm->peer_gdoix);
	if (!push_open(&k->kek, &wire, d->body, &m, &why)) {
		refuse(gm, d->src.ip, &gm->g->count.push_malformed, why.text);
		return;
	}
	/* SIG is the last payload: padding, if any, stands behind it */
	keylog_plain(d->src, d->dst, bytes_of(m.plain.p, (size_t)(m.sig.p + m.sig.n - m.plain.p)));
	judge(gm, k, d, &m);
	push_msg_free(&m);
}

/* ---- finding the Rekey SA ---- */

static struct gm_kek *kek_of(const struct gm *gm, const struct isakmp_hdr *h)
{
	for (struct gm_kek *k = gm->keks; k; k = k->next) {
		if (memcmp(k->kek.spi, h->icookie, 8) == 0 && memcmp(k->kek.spi + 8, h->rcookie, 8) == 0)
			return k;
	}
	return NULL;
}

void gm_push_in(struct gdoi *g, const struct datagram *d, const struct isakmp_hdr *h)
{
	uint8_t hash[HASH_SIZE_MAX];

	g->count.push_in++;
	if (!fingerprint(d->body, hash))
		return;
	for (struct gdoi_group *group = g->groups; group; group = group->hh.next) {
		struct gm_kek *k;

		if (!group->gm)
			continue;
		if (echo_in(group->gm, d, hash))
			return;
		k = kek_of(group->gm, h);
		if (k) {
			open_push(group->gm, k, d);
			return;
		}
	}
	g->count.push_unknown_spi++;
	if (ratelimit_ok(&g->bad_datagram, clock_now(g->d.env->clock), NULL))
		log_GDOI_GM_UNKNOWN_REKEY(g->d.log, ip4_s(d->src.ip));
}

void gm_push_init(struct gm *gm)
{
	timer_init(&gm->ack_timer, ack_due, gm);
	ratelimit_init(&gm->bad_push, BAD_BURST, BAD_EVERY);
}

void gm_push_stop(struct gm *gm)
{
	timer_cancel(gm->g->d.env->timers, &gm->ack_timer);
	memset(gm->echo, 0, sizeof(gm->echo));
}
