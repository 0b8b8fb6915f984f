/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * GROUPKEY-PUSH as sender (RFC 6407 section 4): a round of one rekey. Each form of the message is built, signed in the
 * pool and encrypted once, then sent to all members it is for; those that do not acknowledge (RFC 8263) get the same
 * octets again.
 */
#include <stdlib.h>
#include "gdoi/ks_round.h"
#include "lib/clock.h"
#include "lib/crypto/rsa.h"
#include "lib/mem.h"
#include "lib/net.h"
#include "lib/pool.h"
#include "lib/why.h"

#define SIG_MAX 1024
#define BUSY_WAIT MSEC(2)	/* the socket's buffer is full: go on after this */
#define BUSY_TRIES 50
#define HELD_AGAIN SEC(10)	/* numbers could not be reserved: tried again after this */

struct sign_job {
	struct job job;
	struct ks_round *round;
	unsigned variant;
	struct rsa_key *key;
	enum rsa_sig how;
	enum hash_id hash;
	uint8_t digest[HASH_SIZE_MAX], sig[SIG_MAX];
	size_t n;
	bool good;
};

/* ---- end of a round ---- */

static void queue_clear(struct ks_round *r)
{
	free(r->queue.dst);
	free(r->queue.variant);
	memset(&r->queue, 0, sizeof(r->queue));
}

static void round_free(struct ks_round *r)
{
	if (r->jobs)
		return;
	for (unsigned i = 0; i < r->nv; i++) {
		push_draft_free(&r->v[i].draft);
		secret_free(&r->v[i].datagram);
		ks_kek_unref(r->v[i].kek);
	}
	queue_clear(r);
	free(r);
}

static void stale_drop(struct ks *ks)
{
	struct ks_member *m, *tmp;

	if (!ks->nstale)
		return;
	HASH_ITER(hh, ks->members, m, tmp)
	{
		if (m->stale)
			ks_member_del(ks, m, false);
	}
	ks_leaving_clear(ks);
}

/* Who has not answered: a miss; the third scheduled one running removes the member. */
static void count_misses(struct ks *ks, const struct ks_round *r)
{
	bool scheduled = r->reason == KS_SCHEDULED || r->reason == KS_SYNC;
	struct ks_member *m, *tmp;

	HASH_ITER(hh, ks->members, m, tmp)
	{
		if (!m->pending || m->stale)
			continue;
		m->pending = false;
		m->missed++;
		ks_member_changed(ks, m);
		if (scheduled && m->missed_running < UINT8_MAX && ++m->missed_running >= KS_MISSED && !ks->role.split)
			ks_member_del(ks, m, true);
	}
}

static const struct ks_variant *main_variant(const struct ks_round *r);

static void tell_silent(const struct ks_round *r)
{
	const struct ks *ks = r->ks;
	const struct ks_variant *v = main_variant(r);
	unsigned silent = 0;

	for (const struct ks_member *m = ks->members; m; m = m->hh.next)
		silent += !m->stale != ks_is_removal(r->reason) && m->pending;
	if (v && v->kek->policy->unicast && silent)
		log_GDOI_KS_REKEY_NOACK(ks->g->d.log, v->seq, ks->group, silent, r->told > silent ? r->told : silent);
}

static void round_close(struct ks_round *r)
{
	struct ks *ks = r->ks;

	if (r->sent && !r->again)
		tell_silent(r);
	r->over = true;
	timer_cancel(ks->g->d.env->timers, &r->timer);
	queue_clear(r);
	count_misses(ks, r);
	DBG(ks->g->d.log, GDOI_KS_REKEY, EVENT, "group %s: rekey over, %u retransmitted", ks->group, r->retransmitted);
	ks->last_retransmits = r->retransmitted;
	ks->last_duration_ms = (uint32_t)((clock_now(ks->g->d.env->clock) - r->started) / 1000);
	ks_members_soon(ks);
}

static void round_over(struct ks_round *r)
{
	if (r->over)
		return;
	round_close(r);
	stale_drop(r->ks);
}

void ks_push_stop(struct ks *ks)
{
	struct ks_round *r = ks->round;

	if (!r)
		return;
	timer_cancel(ks->g->d.env->timers, &r->timer);
	ks->round = NULL;
	r->ks = NULL;
	round_free(r);
}

/*
 * A new round takes the place of one that still runs. A scheduled one that was sent counts as missed where unanswered. Who
 * was removed and has not acknowledged that is told by the new round.
 */
static void supersede(struct ks *ks)
{
	struct ks_round *r = ks->round;

	if (r && !r->over && r->sent)
		round_close(r);
	ks_push_stop(ks);
}

bool ks_push_removing(const struct ks *ks)
{
	return ks->round && !ks->round->over && ks_is_removal(ks->round->reason);
}

bool ks_push_running(const struct ks *ks)
{
	return ks->round && !ks->round->over;
}

bool ks_push_held(const struct ks *ks)
{
	return ks->round && ks->round->held && !ks->round->over;
}

bool ks_push_signing(const struct ks *ks)
{
	return ks->round && ks->round->jobs;
}

unsigned ks_push_waits(const struct ks *ks, enum ks_reason *reason, uint32_t *age)
{
	const struct ks_round *r = ks->round;
	unsigned n = 0;

	if (!r || r->over || r->reason == KS_SCHEDULED || r->reason == KS_SYNC)
		return 0;
	*reason = r->reason;
	*age = (uint32_t)((clock_now(ks->g->d.env->clock) - r->started) / USEC_PER_SEC);
	for (const struct ks_member *m = ks->members; m; m = m->hh.next)
		n += m->pending;
	return n;
}

void ks_push_member_gone(struct ks *ks, struct ks_member *m)
{
	m->pending = false;
}

uint32_t ks_push_left(const struct ks *ks)
{
	const struct ks_round *r = ks->round;

	return r && !r->over && r->sent ? (uint32_t)(timer_left(ks->g->d.env->timers, &r->timer) / USEC_PER_SEC) : 0;
}

/* ---- sending ---- */

static struct endpoint source(const struct ks *ks, const struct ks_variant *v)
{
	return (struct endpoint){ ks->address, v->kek->policy->unicast ? 848 : v->kek->policy->multicast_src };
}

static void queue_put(struct ks_round *r, size_t *cap, struct endpoint dst, unsigned variant)
{
	if (r->queue.n == *cap) {
		*cap = *cap ? *cap * 2 : 64;
		r->queue.dst = mem_realloc(r->queue.dst, *cap * sizeof(*r->queue.dst));
		r->queue.variant = mem_realloc(r->queue.variant, *cap * sizeof(*r->queue.variant));
	}
	r->queue.dst[r->queue.n] = dst;
	r->queue.variant[r->queue.n++] = variant;
}

/* Every datagram of this turn, ordered by variant: the same octets go out in runs. */
static void queue_fill(struct ks_round *r, bool again)
{
	struct ks *ks = r->ks;
	size_t cap = 0;

	queue_clear(r);
	for (unsigned i = 0; i < r->nv; i++) {
		const struct ks_variant *v = &r->v[i];

		if (!secret_set(&v->datagram))
			continue;
		if (!v->kek->policy->unicast) {
			queue_put(r, &cap, v->kek->policy->multicast, i);
			continue;
		}
		for (struct ks_member *m = ks->members; m; m = m->hh.next) {
			if (!m->pending || !ks_variant_fits(r, v, m))
				continue;
			queue_put(r, &cap, (struct endpoint){ m->id, m->port }, i);
			if (again)
				m->retries++;
			else
				ks_member_sent(m, v->seq);
		}
	}
}

static void round_start(struct ks *ks, enum ks_reason reason, bool resumed);

static void round_wait(struct ks_round *r)
{
	uint64_t wait = SEC(r->ks->retransmit ? r->ks->retransmit : 10);

	timer_arm(r->ks->g->d.env->timers, &r->timer, r->held && wait > HELD_AGAIN ? HELD_AGAIN : wait);
}

/* Nobody has missed anything: what could not be sent is sent now, if numbers can be had. */
static void begin_anew(struct ks_round *r)
{
	struct ks *ks = r->ks;
	enum ks_reason reason = r->reason;

	ks_push_stop(ks);
	round_start(ks, reason, true);
}

/* As many as the kernel takes; the rest a moment later. */
static void drain(struct ks_round *r)
{
	struct ks *ks = r->ks;
	struct net *net = ks->g->d.net;

	while (r->queue.at < r->queue.n) {
		size_t at = r->queue.at, n = 1, done;
		const struct ks_variant *v = &r->v[r->queue.variant[at]];

		while (at + n < r->queue.n && r->queue.variant[at + n] == r->queue.variant[at])
			n++;
		done = net->ops->send_many(net, source(ks, v), r->queue.dst + at, n, secret_bytes(&v->datagram));
		r->queue.at += done;
		ks->rekeys_sent += done;
		r->queue.stuck = done ? 0 : r->queue.stuck + 1;
		if (done == n)
			continue;
		if (r->queue.stuck > BUSY_TRIES) {	/* this one cannot be reached at all */
			r->queue.at++;
			r->queue.stuck = 0;
			continue;
		}
		timer_arm(ks->g->d.env->timers, &r->timer, BUSY_WAIT);
		return;
	}
	queue_clear(r);
	round_wait(r);
}

static bool anyone_pending(const struct ks *ks)
{
	for (const struct ks_member *m = ks->members; m; m = m->hh.next)
		if (m->pending)
			return true;
	return false;
}

static bool multicast_round(const struct ks_round *r)
{
	for (unsigned i = 0; i < r->nv; i++)
		if (!r->v[i].kek->policy->unicast)
			return true;
	return false;
}

static void resend(struct ks_round *r)
{
	struct ks *ks = r->ks;
	uint64_t before = ks->rekeys_sent;

	if (r->held) {
		begin_anew(r);
		return;
	}
	ks_push_forget(ks);
	if ((!anyone_pending(ks) && !multicast_round(r)) || (!r->again && !ks->retransmit_periodic)) {
		round_over(r);
		return;
	}
	if (r->again)
		r->again--;
	queue_fill(r, true);
	drain(r);
	r->retransmitted += (uint32_t)(ks->rekeys_sent - before);
	ks->rekeys_retransmitted += ks->rekeys_sent - before;
	ks->rekeys_sent = before;
}

static void on_timer(void *arg)
{
	struct ks_round *r = arg;

	if (r->queue.n)
		drain(r);
	else
		resend(r);
}

/* IOS's words: what they say of a removal or of replace-now is not known, and tools match the known ones. */
static const char *said(const struct ks_round *r)
{
	return r->reason == KS_TRIGGER || r->reason == KS_REPLACE_NOW ? "with policy-replace " : "";
}

/* What the round is about, not a removal that it goes on telling. */
static const struct ks_variant *main_variant(const struct ks_round *r)
{
	for (unsigned i = 0; i < r->nv; i++)
		if (ks_is_removal(r->reason) || r->v[i].form < FORM_START_OVER)
			return &r->v[i];
	return NULL;
}

static void tell(const struct ks_round *r)
{
	const struct ks *ks = r->ks;
	const struct ks_variant *v = main_variant(r);

	if (!v)
		return;
	if (v->kek->policy->unicast)
		log_GDOI_KS_SEND_UNICAST_REKEY(ks->g->d.log, said(r), ks->group, ip4_s(ks->address), v->seq);
	else
		log_GDOI_KS_SEND_MCAST_REKEY(ks->g->d.log, said(r), ks->group, ip4_s(ks->address),
			ip4_s(v->kek->policy->multicast.ip), v->seq);
}

static void round_send(struct ks_round *r)
{
	struct ks *ks = r->ks;

	r->sent = true;
	for (unsigned i = 0; i < r->nv; i++)
		DBG(ks->g->d.log, GDOI_KS_REKEY, DETAIL, "group %s: form %u under KEK %u, seq %u, %zu octets", ks->group,
			r->v[i].form, r->v[i].kek->id, r->v[i].seq, r->v[i].datagram.n);
	if (r->carries && ks->keks && ks->keks->id == r->carries)
		ks->keks->offered = true;
	ks->last_push = ks_pt(ks);
	ks->regs_after_rekey = 0;
	tell(r);
	queue_fill(r, false);
	drain(r);
	ks_members_soon(ks);
}

/* ---- building and signing ---- */

static void sign_work(struct job *j)
{
	struct sign_job *s = (struct sign_job *)(void *)j;

	s->n = sizeof(s->sig);
	s->good = rsa_sign(s->key, s->how, s->hash, s->digest, s->sig, &s->n);
}

static void sign_done(struct job *j)
{
	struct sign_job *s = (struct sign_job *)(void *)j;
	struct ks_round *r = s->round;
	struct ks_variant *v = &r->v[s->variant];

	r->jobs--;
	if (r->ks && s->good)
		s->good = push_draft_finish(&v->draft, &v->kek->kek, bytes_of(s->sig, s->n), &v->datagram);
	push_draft_free(&v->draft);
	if (!s->good && r->ks)
		log_GDOI_KS_REKEY_FAILED(r->ks->g->d.log, r->ks->group, "it cannot be signed and encrypted");
	rsa_free(s->key);
	free(s);
	if (r->jobs)
		return;
	if (!r->ks)
		round_free(r);
	else
		round_send(r);
}

static void sign_start(struct ks *ks, struct ks_round *r, unsigned i)
{
	struct ks_variant *v = &r->v[i];
	const struct cfg_group *c = ks_cfg(ks);
	struct sign_job *s = mem_zalloc(sizeof(*s));

	s->job.work = sign_work;
	s->job.done = sign_done;
	s->round = r;
	s->variant = i;
	s->key = rsa_dup(v->kek->sign);
	s->how = c && c->compat.push_sig_raw ? RSA_SIG_RAW : RSA_SIG_PKCS1;
	s->hash = v->kek->kek.sig_hash;
	memcpy(s->digest, v->draft.digest, sizeof(s->digest));
	r->jobs++;
	pool_submit(ks->g->d.env->pool, &s->job);
}

/* Ours: the order in a GAP, alone in the SA. Others: "start over" of RFC 6407 section 5.9. */
static bool draft_removal(const struct push_build *common, enum form form, size_t sig, struct push_draft *out,
	struct why *why)
{
	static const struct gdoi_delete start_over[2] = { { .protocol_id = 1, .all = true }, { .protocol_id = 0, .all = true } };
	struct gdoi_sa sa = { .has_gap = true, .gap = { .removal = form == FORM_REMOVE_NOW ? 2 : 1 } };
	struct push_build b = *common;

	if (form == FORM_START_OVER) {
		b.del = start_over;
		b.ndel = 2;
	} else {
		b.sa = &sa;
	}
	return push_draft_make(&b, sig, out, why);
}

static bool draft_make(struct ks *ks, struct ks_round *r, struct ks_variant *v, struct why *why)
{
	struct gdoi_wire wire = gdoi_wire_of(ks_cfg(ks), v->form != FORM_PLAIN && v->form != FORM_START_OVER);
	struct push_build b = { .kek = &v->kek->kek, .wire = &wire, .seq = v->seq };
	size_t sig = (rsa_bits(v->kek->sign) + 7) / 8;
	struct ks_message m;
	bool good;

	if (v->form >= FORM_START_OVER)
		return draft_removal(&b, v->form, sig, &v->draft, why);
	ks_message_make(ks, v->form != FORM_PLAIN, false, (struct ip4){ 0 },
		v->form == FORM_PRIVATE_OLD ? KS_SCHEDULED : r->reason, &m);
	b.sa = &m.sa;
	b.kd = &m.kd;
	good = push_draft_make(&b, sig, &v->draft, why);
	ks_message_free(&m);
	return good;
}

/* One that has not heard of the first removal is told of the stronger one. */
static void mark_stale(struct ks *ks, struct ks_member *m, enum ks_removed how)
{
	ks->nstale += !m->stale;
	if (m->stale < how)
		m->stale = (uint8_t)how;
}

static void mark_all(struct ks *ks, enum ks_removed how)
{
	for (struct ks_member *m = ks->members; m; m = m->hh.next)
		mark_stale(ks, m, how);
}

static bool has_keys_of(const struct ks_member *m, const struct ks *by)
{
	for (const struct ks_kek *k = by->keks; k; k = k->next)
		if (ks_kek_tag_of(k) == m->kek_tag)
			return true;
	return false;
}

void ks_push_removed(struct ks *ks, enum ks_removed how, const struct ks *by)
{
	for (struct ks_member *m = ks->members; m; m = m->hh.next)
		if (!has_keys_of(m, by))
			mark_stale(ks, m, how);
	ks_members_soon(ks);
	ks_members_save(ks);
}

void ks_push_forget(struct ks *ks)
{
	if (ks->nstale && ks_pt(ks) >= ks->stale_until)
		stale_drop(ks);
}

unsigned ks_push_unsigned(const struct ks *ks)
{
	unsigned n = 0;

	for (const struct ks_member *m = ks->members; m; m = m->hh.next)
		n += m->kek && !m->stale && !ks_push_reaches(ks, m);
	return n;
}

/* Of a key pair that was replaced members have the old public key: they cannot be told, and register when their keys end. */
static void missing_keys(const struct ks *ks)
{
	const struct ks_kek *k = ks->keks;
	struct why why;
	unsigned n;

	while (k && (k->sign || !k->policy->key_label[0]))
		k = k->next;
	if (!k)
		return;
	if (!config_key(ks->g->d.config, k->policy->key_label)) {
		log_GDOI_KS_NO_RSA_KEYS(ks->g->d.log, k->policy->key_label, ks->group);
	} else if ((n = ks_push_unsigned(ks)) > 0) {
		why_set(&why, "RSA key %s was replaced, %u member%s cannot verify the new one", k->policy->key_label, n,
			n == 1 ? "" : "s");
		log_GDOI_KS_REKEY_FAILED(ks->g->d.log, ks->group, why.text);
	}
}

static void round_start(struct ks *ks, enum ks_reason reason, bool resumed)
{
	struct ks_round *r = mem_zalloc(sizeof(*r));
	struct why why = { "" };
	struct kek_list l;

	ks_push_forget(ks);
	l = ks_keks_of(ks);
	supersede(ks);
	missing_keys(ks);
	r->ks = ks;
	r->reason = reason;
	r->resumed = resumed;
	r->again = ks->retransmits;
	r->started = clock_now(ks->g->d.env->clock);
	r->carries = !ks_is_removal(reason) && ks->keks && ks->keks->sign ? ks->keks->id : 0;
	timer_init(&r->timer, on_timer, r);
	ks->round = r;
	ks->last_push = ks_pt(ks);
	if (ks_is_removal(reason) && !resumed)
		mark_all(ks, reason == KS_REMOVE_NOW ? KS_REMOVED_NOW : KS_REMOVED);
	ks_variants_choose(ks, r, &l);
	ks_keks_unref(&l);
	ks_variants_number(ks, r);
	ks_changed(ks, KSYNC_KEYS);
	for (unsigned i = 0; i < r->nv; i++) {
		if (!r->v[i].seq)
			continue;
		if (draft_make(ks, r, &r->v[i], &why))
			sign_start(ks, r, i);
		else
			log_GDOI_KS_REKEY_FAILED(ks->g->d.log, ks->group, why.text);
	}
	if (r->jobs)
		return;
	if (r->held)
		round_wait(r);
	else			/* nobody to tell, or nothing to tell it with */
		round_over(r);
}

void ks_push_start(struct ks *ks, enum ks_reason reason)
{
	ks->windows_owed = false;
	round_start(ks, reason, false);
}

void ks_push_resume(struct ks *ks)
{
	bool now = false;

	for (const struct ks_member *m = ks->members; m; m = m->hh.next)
		now |= m->stale == KS_REMOVED_NOW;
	round_start(ks, now ? KS_REMOVE_NOW : KS_REMOVE, true);
}
