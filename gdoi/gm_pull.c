/* SPDX-License-Identifier: GPL-3.0-or-later */
/* GROUPKEY-PULL as initiator, RFC 6407 section 3.2. */
#include "gdoi/gm.h"
#include "lib/rng.h"
#include "lib/text.h"
#include "lib/why.h"
#include "lib/wire.h"

enum { NOTIFY_PAYLOAD_MALFORMED = 16 };

static void fail(struct gm *gm, uint16_t notify, const char *reason)
{
	struct isakmp_xchg *x = gm->pull.xchg;

	gm->pull.xchg = NULL;
	if (x)
		isakmp_xchg_abort(x, notify);
	gm_attempt_failed(gm, reason);
}

/* Somebody altered it on the way: the exchange goes on waiting for the true one, for as long as an attempt may take. */
static void bad_hash(struct gm *gm)
{
	gm->g->count.pull_bad++;
	if (ratelimit_ok(&gm->bad_push, gm_now(gm), NULL))
		log_GDOI_GM_HASH_FAIL(gm->g->d.log, ip4_s(gm_server(gm)), ip4_s(gm->local));
}

/* RFC 6407 section 3.3: policy that cannot be used is answered by deleting the phase-1 SA. */
static void refuse(struct gm *gm, const char *reason)
{
	struct isakmp_xchg *x = gm->pull.xchg;
	struct isakmp_sa *sa = isakmp_xchg_sa(x);

	log_GDOI_GM_REJECTING_SA_PAYLOAD(gm->g->d.log, ip4_s(isakmp_sa_peer(sa)), gm->group);
	gm->pull.xchg = NULL;
	isakmp_xchg_abort(x, 0);
	isakmp_sa_delete(sa, true);
	gm->g->count.pull_refused++;
	gm_attempt_refused(gm, reason);
}

/* ---- message 1: HDR*, HASH(1), Ni, ID ---- */

static bool send_first(struct gm *gm, struct isakmp_xchg *x)
{
	uint8_t buf[128];
	struct wr w = wr_init(buf, sizeof(buf));
	size_t at;

	rng_bytes(gm->g->d.env->rng, gm->pull.ni, sizeof(gm->pull.ni));
	at = isakmp_payload_begin(&w, PL_ID);
	wr_bytes(&w, BYTES_OF(gm->pull.ni));
	isakmp_payload_end(&w, at);
	at = isakmp_payload_begin(&w, PL_NONE);
	gdoi_group_id_encode(&w, &gm->pull.wire, &gm->id);
	isakmp_payload_end(&w, at);
	return wr_ok(&w) && isakmp_xchg_send(x, NULL, 0, PL_NONCE, wr_done(&w), true);
}

/* ---- message 2: HDR*, HASH(2), Nr, SA ---- */

static void forget_spans(struct gdoi_sa *sa)
{
	sa->sak.src.data = sa->sak.dst.data = BYTES_NONE;
	for (unsigned i = 0; i < sa->nsat; i++)
		sa->sat[i].src.data = sa->sat[i].dst.data = BYTES_NONE;
}

static bool nonce_in(struct gm *gm, const struct isakmp_msg *m, struct why *why)
{
	const struct isakmp_payload *p = isakmp_find(m->payload, m->count, PL_NONCE);

	/* RFC 6407 section 5.8 */
	if (!p || p->body.n < 8 || p->body.n > 128)
		return why_set(why, "NONCE is missing or not of 8 to 128 octets");
	memcpy(gm->pull.nr, p->body.p, p->body.n);
	gm->pull.nnr = p->body.n;
	return true;
}

static void third(struct gm *gm, struct isakmp_xchg *x)
{
	const struct bytes prefix[] = { BYTES_OF(gm->pull.ni), bytes_of(gm->pull.nr, gm->pull.nnr) };

	gm->pull.state = PULL_KD;
	if (!isakmp_xchg_send(x, prefix, 2, PL_NONE, BYTES_NONE, true))
		fail(gm, 0, "message 3 cannot be sent");
}

static void second_in(struct gm *gm, struct isakmp_xchg *x, const struct isakmp_msg *m)
{
	const struct bytes prefix[] = { BYTES_OF(gm->pull.ni) };
	const struct isakmp_payload *sa = isakmp_find(m->payload, m->count, PL_SA);
	const struct cfg_group *c = gm_cfg(gm);
	struct why why = { "" };
	struct text t = TEXT_EMPTY;

	if (!isakmp_hash_ok(x, m, prefix, 1)) {
		bad_hash(gm);
		return;
	}
	if (!c || !nonce_in(gm, m, &why) || !sa) {
		fail(gm, NOTIFY_PAYLOAD_MALFORMED, why.text[0] ? why.text : "SA is missing");
		return;
	}
	if (!gdoi_sa_decode(sa->body, &gm->pull.wire, &gm->pull.sa, &why)) {
		refuse(gm, why.text);
		return;
	}
	forget_spans(&gm->pull.sa);
	if (debug_on(gm->g->d.log, DBG_GDOI_GM_REGISTRATION, DBG_PACKET)) {
		gdoi_sa_print(&gm->pull.sa, &t);
		debug_emit(gm->g->d.log, DBG_GDOI_GM_REGISTRATION, "%s", text_str(&t));
		text_free(&t);
	}
	if (!gm->pull.sa.has_sak && !gm->pull.sa.nsat)
		refuse(gm, "SA: neither SAK nor SAT");
	else if (!gm_sa_check(gm, c, &gm->pull.sa, &why))
		refuse(gm, why.text);
	else
		third(gm, x);
}

/* ---- message 4: HDR*, HASH(4) [, SEQ], KD ---- */

static void take(struct gm *gm, struct isakmp_xchg *x, const struct gdoi_kd *kd, uint32_t seq)
{
	struct isakmp_sa *sa = isakmp_xchg_sa(x);
	const struct gm_news news = { .sa = &gm->pull.sa, .kd = kd, .pull = true, .seq = seq,
		.server = isakmp_sa_peer(sa) };

	gm_attempt_done(gm, news.server);
	gm->peer_gdoix = gm->pull.wire.private_ok;
	gm_install(gm, &news);
	gdoi_sa_free(&gm->pull.sa);
}

static void fourth_in(struct gm *gm, struct isakmp_xchg *x, const struct isakmp_msg *m)
{
	const struct bytes prefix[] = { BYTES_OF(gm->pull.ni), bytes_of(gm->pull.nr, gm->pull.nnr) };
	const struct isakmp_payload *kd = isakmp_find(m->payload, m->count, PL_KD);
	const struct isakmp_payload *s = isakmp_find(m->payload, m->count, PL_SEQ);
	struct why why = { "" };
	struct gdoi_kd keys;
	uint32_t seq = 0;

	if (!isakmp_hash_ok(x, m, prefix, 2)) {
		bad_hash(gm);
		return;
	}
	if (!kd || (s && !gdoi_seq_decode(s->body, &seq, &why))) {
		fail(gm, NOTIFY_PAYLOAD_MALFORMED, why.text[0] ? why.text : "KD is missing");
		return;
	}
	if (!gdoi_kd_decode(kd->body, &gm->pull.wire, &keys, &why)) {
		fail(gm, NOTIFY_PAYLOAD_MALFORMED, why.text);
		return;
	}
	DBG(gm->g->d.log, GDOI_GM_REGISTRATION, EVENT, "group %s: %u SATs, %u TEKs, %u KEKs, last rekey %u", gm->group,
		gm->pull.sa.nsat, keys.ntek, keys.nkek, seq);
	if (!gm_kd_check(gm, &gm->pull.sa, &keys, &why)) {
		refuse(gm, why.text);
	} else {
		gm->pull.state = PULL_IDLE;
		gm->pull.xchg = NULL;
		take(gm, x, &keys, seq);
		isakmp_xchg_done(x);
	}
	gdoi_kd_free(&keys);
}

/* ---- the exchange ---- */

static void in(void *arg, struct isakmp_xchg *x, const struct isakmp_msg *m)
{
	struct gm *gm = arg;

	if (gm->pull.state == PULL_SA)
		second_in(gm, x, m);
	else if (gm->pull.state == PULL_KD)
		fourth_in(gm, x, m);
}

static void failed(void *arg, struct isakmp_xchg *x, enum isakmp_fail why)
{
	struct gm *gm = arg;

	if (gm->pull.xchg != x)
		return;
	gm->pull.xchg = NULL;
	gm->fresh = true;	/* a key server that was restarted does not know the phase-1 SA that we have */
	gm_attempt_failed(gm, isakmp_fail_str(why));
}

static const struct isakmp_xchg_ops pull_ops = { .exchange = XCHG_PULL, .in = in, .failed = failed };

static void connected(void *arg, struct isakmp_sa *sa, enum isakmp_fail why)
{
	struct gm *gm = arg;
	const struct cfg_group *c = gm_cfg(gm);

	gm->pull.pending = NULL;
	if (!sa || !c) {
		gm_attempt_failed(gm, isakmp_fail_str(why));
		return;
	}
	gm->fresh = false;
	gm->pull.wire = gdoi_wire_of(c, isakmp_sa_peer_gdoix(sa));
	gm->pull.xchg = isakmp_xchg_new(sa, &pull_ops, gm);
	if (!gm->pull.xchg) {
		gm_attempt_failed(gm, "no exchange can be begun");
		return;
	}
	gm->pull.state = PULL_SA;
	DBG(gm->g->d.log, GDOI_GM_REGISTRATION, EVENT, "group %s: GROUPKEY-PULL with %s begins, under phase-1 SA %u", gm->group,
		ip4_s(isakmp_sa_peer(sa)), isakmp_sa_conn_id(sa));
	if (!send_first(gm, gm->pull.xchg))
		fail(gm, 0, "message 1 cannot be sent");
}

void gm_pull_start(struct gm *gm, struct ip4 server)
{
	const struct cfg_group *c = gm_cfg(gm);
	struct isakmp_want want = { .local = gm->local, .remote = server, .fresh = gm->fresh };

	gm_pull_stop(gm);
	want.doi1 = c->compat.phase1_doi1;
	want.version = gdoi_version_of(c);
	gm->pull.state = PULL_CONNECT;
	gm->pull.pending = isakmp_connect(gm->g->d.isakmp, &want, connected, gm);
}

bool gm_pull_heard(const struct gm *gm)
{
	return gm->pull.state == PULL_KD || (gm->pull.pending && isakmp_connect_heard(gm->pull.pending));
}

void gm_pull_stop(struct gm *gm)
{
	struct isakmp_pending *p = gm->pull.pending;
	struct isakmp_xchg *x = gm->pull.xchg;

	gm->pull.state = PULL_IDLE;
	gm->pull.pending = NULL;
	gm->pull.xchg = NULL;
	if (p)
		isakmp_connect_cancel(p);
	if (x)
		isakmp_xchg_abort(x, 0);
	gdoi_sa_free(&gm->pull.sa);
}
