/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Exchanges under an established SA: own IV chain per message id, retransmission, duplicates, HASH (RFC 2409
 * sections 5.5 and 10, RFC 2408 section 5.1). A message counts as received only when its owner has found its
 * HASH right: until then the IV stands still and the timer runs on, so that forged messages cost nothing but
 * their decryption.
 */
#include <stdlib.h>
#include "isakmp/engine.h"
#include "lib/clock.h"
#include "lib/mem.h"
#include "syslog/debug.h"

#define FIRST_INTERVAL MSEC(1000)
#define TRIES 5			/* retransmissions: 1, 1.8, 3.2, 5.8, 10.5 s apart, and 18.9 s to the end */
#define SUSPECT 2		/* ... that went unanswered when the owner gave up */
#define GUARD SEC(60)		/* an exchange in which neither side does anything */
#define LINGER SEC(45)		/* longer than a peer goes on asking */
#define ACTIVE_MAX 4		/* exchanges that a peer may have open per SA */
#define LINGERING_MAX 8

static void stop_timer(struct isakmp_xchg *x)
{
	timer_cancel(x->sa->ik->env->timers, &x->timer);
}

static void free_xchg(struct isakmp_xchg *x)
{
	struct isakmp *ik = x->sa->ik;

	stop_timer(x);
	DL_DELETE(x->sa->xchgs, x);
	if (x->heard || x->initiator)
		isakmp_sa_use(x->sa, x->msgid);
	if (ik->in_call == x)
		ik->in_call = NULL;
	free(x->sent);
	free(x);
}

/* Nobody but the owner waits for it any more. */
static void fail_xchg(struct isakmp_xchg *x, enum isakmp_fail why)
{
	void (*failed)(void *, struct isakmp_xchg *, enum isakmp_fail) = x->over ? NULL : x->ops->failed;

	x->over = true;
	if (failed)
		failed(x->arg, x, why);
	free_xchg(x);
}

static void resend(struct isakmp_xchg *x)
{
	struct isakmp *ik = x->sa->ik;

	ik->count.retransmits++;
	isakmp_transmit(ik, x->sa->local, x->sa->remote, bytes_of(x->sent->octets, x->sent->n));
}

static void on_timer(void *arg)
{
	struct isakmp_xchg *x = arg;
	struct isakmp *ik = x->sa->ik;

	if (x->over) {
		free_xchg(x);
		return;
	}
	if (x->await && x->tries < TRIES) {
		x->tries++;
		x->interval = x->interval * 9 / 5;
		timer_arm(ik->env->timers, &x->timer, isakmp_jitter(ik, x->interval));
		resend(x);
		return;
	}
	DBG(ik->log, ISAKMP, EVENT, "(%u): exchange %08x with %s timed out", x->sa->conn_id, x->msgid,
		ip4_s(x->sa->remote.ip));
	/* The peer may have lost the SA: who asks next gets a new one. */
	if (x->initiator && x->await)
		x->sa->suspect = true;
	fail_xchg(x, ISAKMP_TIMEOUT);
}

struct isakmp_xchg *isakmp_xchg_start(
	struct isakmp_sa *sa, const struct isakmp_xchg_ops *ops, void *arg, uint32_t msgid, bool initiator)
{
	struct isakmp_xchg *x = mem_zalloc(sizeof(*x));

	x->sa = sa;
	x->ops = ops;
	x->arg = arg;
	x->msgid = msgid;
	x->initiator = initiator;
	if (!isakmp_exchange_iv(sa->hash, sa->last, cipher_alg(sa->encr)->block, msgid, x->iv)) {
		free(x);
		return NULL;
	}
	timer_init(&x->timer, on_timer, x);
	timer_arm(sa->ik->env->timers, &x->timer, GUARD);
	DL_APPEND(sa->xchgs, x);
	return x;
}

struct isakmp_xchg *isakmp_xchg_new(struct isakmp_sa *sa, const struct isakmp_xchg_ops *ops, void *arg)
{
	return sa->dead ? NULL : isakmp_xchg_start(sa, ops, arg, isakmp_sa_msgid(sa), true);
}

struct isakmp_sa *isakmp_xchg_sa(const struct isakmp_xchg *x)
{
	return x->sa;
}

void isakmp_xchg_set_user(struct isakmp_xchg *x, void *user)
{
	x->user = user;
}

void *isakmp_xchg_user(const struct isakmp_xchg *x)
{
	return x->user;
}

/* The message in hand is genuine: only now does it count. */
static void accept_message(struct isakmp_xchg *x)
{
	x->heard = true;
	memcpy(x->iv, x->next_iv, sizeof(x->iv));
	memcpy(x->seen, x->next_seen, sizeof(x->seen));
	x->await = false;
	x->replied = false;
	timer_arm(x->sa->ik->env->timers, &x->timer, GUARD);
	isakmp_sa_heard(x->sa, x->from);
}

bool isakmp_hash_ok(
	const struct isakmp_xchg *x, const struct isakmp_msg *m, const struct bytes *prefix, unsigned n)
{
	struct isakmp *ik = x->sa->ik;
	uint8_t want[HASH_SIZE_MAX];
	bool ok = isakmp_hash(x->sa, x->msgid, prefix, n, m->hashed, want) &&
		  secret_eq(bytes_of(want, hash_alg(x->sa->hash)->size), m->hash);

	if (!ok)
		ik->count.auth_failed++;
	else if (ik->in_call == x)
		accept_message(ik->in_call);
	return ok;
}

bool isakmp_xchg_send(struct isakmp_xchg *x, const struct bytes *prefix, unsigned n, uint8_t first,
	struct bytes payloads, bool await)
{
	struct isakmp_sa *sa = x->sa;
	struct isakmp_saved *s;

	if (sa->dead || x->over)
		return false;
	s = isakmp_encode(sa, x->ops->exchange, x->msgid, x->iv, prefix, n, first, payloads);
	if (!s)
		return false;
	free(x->sent);
	x->sent = s;
	x->await = await;
	x->replied = !await;
	x->tries = 0;
	x->interval = FIRST_INTERVAL;
	timer_arm(sa->ik->env->timers, &x->timer, await ? isakmp_jitter(sa->ik, x->interval) : GUARD);
	isakmp_transmit(sa->ik, sa->local, sa->remote, bytes_of(s->octets, s->n));
	isakmp_dpd_sending(sa);
	return true;
}

static void trim_lingering(struct isakmp_sa *sa)
{
	struct isakmp_xchg *x, *oldest = NULL;
	unsigned n = 0;

	DL_FOREACH(sa->xchgs, x)
		if (x->over) {
			n++;
			if (!oldest)
				oldest = x;
		}
	if (n > LINGERING_MAX)
		free_xchg(oldest);
}

void isakmp_xchg_done(struct isakmp_xchg *x)
{
	x->over = true;
	x->user = NULL;
	/* Whose last act was to send is asked again when that got lost; otherwise the used message id says
	 * enough. */
	if (!x->replied || x->sa->dead) {
		free_xchg(x);
		return;
	}
	timer_arm(x->sa->ik->env->timers, &x->timer, LINGER);
	trim_lingering(x->sa);
}

void isakmp_xchg_abort(struct isakmp_xchg *x, uint16_t notify)
{
	struct isakmp_sa *sa = x->sa;
	uint8_t mid[4];
	struct wr w = wr_init(mid, sizeof(mid));

	/* An owner that loses patience earlier than the timer does. */
	if (x->initiator && x->await && x->tries >= SUSPECT)
		sa->suspect = true;
	/* Never in answer to what may be forged. */
	if (notify && !sa->dead && (x->heard || x->initiator)) {
		wr_u32(&w, x->msgid);
		isakmp_info_notify(sa, notify, BYTES_OF(mid));
	}
	x->over = true;
	free_xchg(x);
}

void isakmp_xchg_refused(struct isakmp_sa *sa, uint32_t msgid)
{
	struct isakmp_xchg *x;

	DL_FOREACH(sa->xchgs, x)
		if (!x->over && (msgid ? x->msgid == msgid : x->initiator && x->await)) {
			fail_xchg(x, ISAKMP_REFUSED);
			return;
		}
}

void isakmp_xchg_drop_all(struct isakmp_sa *sa, bool tell)
{
	while (sa->xchgs) {
		if (tell)
			fail_xchg(sa->xchgs, ISAKMP_SA_DELETED);
		else
			free_xchg(sa->xchgs);
	}
}

/* A duplicate of the last message: asks for the answer to it. Who awaits one himself has a timer that sends
 * it. */
static void duplicate(struct isakmp_xchg *x)
{
	x->sa->ik->count.duplicates++;
	if (x->sent && !(x->initiator && x->await))
		resend(x);
}

static int handler_of(const struct isakmp *ik, uint8_t exchange)
{
	for (int i = 0; i < ISAKMP_LISTENERS; i++) {
		if (ik->handler[i].ops && ik->handler[i].ops->exchange == exchange)
			return i;
	}
	return -1;
}

/* Whether the first message of an exchange may be looked at. */
static bool may_begin(struct isakmp_sa *sa, const struct isakmp_hdr *h)
{
	struct isakmp *ik = sa->ik;
	struct isakmp_xchg *x;
	unsigned active = 0;

	if (isakmp_sa_used(sa, h->msgid)) {
		ik->count.duplicates++;
		return false;
	}
	DL_FOREACH(sa->xchgs, x)
		active += !x->initiator && !x->over;
	if (active >= ACTIVE_MAX) {
		ik->count.half_open_limit++;
		return false;
	}
	return true;
}

/* DOI 1 gave number 32 to quick mode (RFC 2409 section 5.5), which brings an SA where GROUPKEY-PULL has a
 * nonce. */
static bool is_quick_mode(const struct isakmp_hdr *h, const struct isakmp_msg *m)
{
	return h->exchange == XCHG_PULL && m->count && m->payload[0].type == PL_SA;
}

static void refuse_quick_mode(struct isakmp_sa *sa, const struct datagram *d, const struct isakmp_hdr *h,
	const struct isakmp_msg *m)
{
	uint8_t want[HASH_SIZE_MAX], mid[4];
	struct wr w = wr_init(mid, sizeof(mid));

	sa->ik->count.bad_exchange++;
	report_unknown_exchange(sa->ik, d->src.ip, h->exchange);
	if (!isakmp_hash(sa, h->msgid, NULL, 0, m->hashed, want) ||
		!secret_eq(bytes_of(want, hash_alg(sa->hash)->size), m->hash))
		return;
	isakmp_sa_use(sa, h->msgid);
	wr_u32(&w, h->msgid);
	isakmp_info_notify(sa, N_UNSUPPORTED_EXCHANGE_TYPE, BYTES_OF(mid));
}

static void call_owner(struct isakmp_xchg *x, const struct isakmp_msg *m, bool fresh)
{
	struct isakmp *ik = x->sa->ik;

	ik->in_call = x;
	x->ops->in(x->arg, x, m);
	x = ik->in_call;
	ik->in_call = NULL;
	/* The owner found the HASH wrong and wants no part of it. */
	if (x && fresh && !x->heard && !x->user)
		free_xchg(x);
}

void isakmp_xchg_input(struct isakmp_sa *sa, const struct datagram *d, const struct isakmp_hdr *h)
{
	struct isakmp *ik = sa->ik;
	struct isakmp_payload p[ISAKMP_PAYLOADS];
	struct isakmp_msg m;
	uint8_t seen[ISAKMP_SEEN], iv[CIPHER_BLOCK_MAX], next_iv[CIPHER_BLOCK_MAX];
	int handler = handler_of(ik, h->exchange);
	struct isakmp_xchg *x;
	bool fresh;

	DL_SEARCH_SCALAR(sa->xchgs, x, msgid, h->msgid);
	fresh = !x;
	if (fresh && !may_begin(sa, h))
		return;
	isakmp_fingerprint(d->body, seen);
	if (x && x->heard && !memcmp(x->seen, seen, sizeof(seen))) {
		duplicate(x);
		return;
	}
	if ((fresh && handler < 0) || (x && (x->over || x->ops->exchange != h->exchange))) {
		ik->count.bad_exchange++;
		return;
	}
	if (x)
		memcpy(iv, x->iv, sizeof(iv));
	else if (!isakmp_exchange_iv(sa->hash, sa->last, cipher_alg(sa->encr)->block, h->msgid, iv))
		return;
	if (!isakmp_open(sa, d, h, iv, next_iv, p, &m))
		return;
	if (fresh && is_quick_mode(h, &m)) {
		refuse_quick_mode(sa, d, h, &m);
		return;
	}
	if (fresh)
		x = isakmp_xchg_start(sa, ik->handler[handler].ops, ik->handler[handler].arg, h->msgid, false);
	if (!x)
		return;
	memcpy(x->next_iv, next_iv, sizeof(next_iv));
	memcpy(x->next_seen, seen, sizeof(seen));
	x->from = d->src;
	call_owner(x, &m, fresh);
}
