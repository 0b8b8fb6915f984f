/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Main mode as transition rows; what stands in no row is dropped and counted. */
#include <stdio.h>
#include <stdlib.h>
#include "isakmp/phase1.h"
#include "lib/clock.h"
#include "lib/crypto/cipher.h"
#include "lib/mem.h"
#include "lib/why.h"
#include "syslog/debug.h"

#define FIRST_INTERVAL MSEC(1000)
#define TRIES 5			/* as in exchange.c: about 42 s from message to failure */
#define UNPROVED SEC(15)	/* a responder waits no longer for message 3 */
#define PROVED SEC(60)		/* nor, after it, for the rest */
#define COMPUTING SEC(30)	/* an initiator for its own pool */

enum neg_timer {
	TIMER_ASK,		/* initiator: send again until an answer comes */
	TIMER_WAIT,		/* the end, if nothing happens; a responder never sends by itself */
};

#define BIT(type) (UINT32_C(1) << (type))
/* May stand in any message; what is not known among them means nothing (RFC 2408 section 3.16). */
#define ANYWHERE (BIT(PL_VID) | BIT(PL_NOTIFY) | BIT(PL_NATD) | BIT(PL_CERTREQ))

struct neg_row {
	enum neg_state state;
	const char *name;
	bool initiator, encrypted;
	uint32_t required, optional;
	enum neg_step (*handler)(struct neg_in *in);
	enum neg_state next;
	uint16_t notify;	/* what a malformed one is answered with; 0: nothing */
};

static const struct neg_row rows[] = {
	{ NEG_START, "MM1", false, false, BIT(PL_SA), ANYWHERE, neg_take_message1, NEG_WAIT_3,
		N_PAYLOAD_MALFORMED },
	{ NEG_WAIT_2, "MM2", true, false, BIT(PL_SA), ANYWHERE, neg_take_message2, NEG_KEYGEN, 0 },
	{ NEG_WAIT_3, "MM3", false, false, BIT(PL_KE) | BIT(PL_NONCE), ANYWHERE, neg_take_message3, NEG_DH,
		N_PAYLOAD_MALFORMED },
	{ NEG_WAIT_4, "MM4", true, false, BIT(PL_KE) | BIT(PL_NONCE), ANYWHERE, neg_take_message4, NEG_DERIVE,
		0 },
	{ NEG_WAIT_5, "MM5", false, true, BIT(PL_ID) | BIT(PL_HASH), ANYWHERE, neg_take_message5, NEG_START,
		N_PAYLOAD_MALFORMED },
	{ NEG_WAIT_6, "MM6", true, true, BIT(PL_ID) | BIT(PL_HASH), ANYWHERE, neg_take_message6, NEG_START,
		0 },
};

static const enum neg_timer timers[] = {
	[NEG_WAIT_2] = TIMER_ASK, [NEG_KEYGEN] = TIMER_WAIT, [NEG_WAIT_4] = TIMER_ASK, [NEG_DERIVE] = TIMER_WAIT,
	[NEG_WAIT_6] = TIMER_ASK, [NEG_WAIT_3] = TIMER_WAIT, [NEG_DH] = TIMER_WAIT, [NEG_WAIT_5] = TIMER_WAIT,
};

const char *neg_state_name(enum neg_state s)
{
	static const char *const names[] = { "start", "waiting for MM2", "key generation", "waiting for MM4",
		"key derivation", "waiting for MM6", "waiting for MM3", "Diffie-Hellman", "waiting for MM5" };

	return names[s];
}

static const struct neg_row *row_of(enum neg_state state)
{
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (rows[i].state == state)
			return &rows[i];
	}
	return NULL;
}

static struct neg_key key_of(const uint8_t *icookie, struct ip4 peer)
{
	struct neg_key k = { .peer = peer };

	memcpy(k.icookie, icookie, sizeof(k.icookie));
	return k;
}

struct isakmp_neg *neg_find(const struct isakmp *ik, const uint8_t *icookie, struct ip4 peer)
{
	const struct neg_key k = key_of(icookie, peer);
	struct isakmp_neg *n;

	HASH_FIND(hh, ik->negs, &k, sizeof(k), n);
	return n;
}

static void on_timer(void *arg);

struct isakmp_neg *neg_new(struct isakmp *ik, const uint8_t *icookie, struct endpoint local,
	struct endpoint remote, bool initiator)
{
	struct isakmp_neg *n = mem_zalloc(sizeof(*n));

	n->ik = ik;
	n->key = key_of(icookie, remote.ip);
	n->local = local;
	n->remote = remote;
	n->initiator = n->proved = n->authentic = initiator;
	n->started = isakmp_now(ik);
	n->peer = isakmp_peer_get(ik, remote.ip);
	n->peer->negs++;
	timer_init(&n->timer, on_timer, n);
	HASH_ADD(hh, ik->negs, key, sizeof(n->key), n);
	if (initiator) {
		DL_APPEND(ik->initiators, n);
	} else {
		n->peer->half_open++;
		ik->count.half_open++;
		DL_APPEND(ik->unproved, n);
	}
	return n;
}

static void free_exchange(struct neg_exchange *x)
{
	if (!x)
		return;
	dh_free(x->dh);
	isakmp_keys_free(&x->keys);
	secret_cleanse(x->credential, sizeof(x->credential));
	free(x);
}

void neg_free(struct isakmp_neg *n)
{
	struct isakmp *ik = n->ik;

	timer_cancel(ik->env->timers, &n->timer);
	HASH_DEL(ik->negs, n);
	if (n->initiator) {
		DL_DELETE(ik->initiators, n);
	} else {
		n->peer->half_open--;
		ik->count.half_open--;
		if (!n->proved)
			DL_DELETE(ik->unproved, n);
	}
	n->peer->negs--;
	isakmp_peer_put(ik, n->peer);
	neg_dh_orphan(n);
	free_exchange(n->x);
	free(n->sent);
	free(n->sai);
	free(n);
}

/* Answers go out from a timer: never from within isakmp_connect(), never in the middle of a message. */
static void answer_pendings(struct isakmp_neg *n, struct isakmp_sa *sa, enum isakmp_fail why)
{
	struct isakmp_pending *p, *tmp;

	DL_FOREACH_SAFE(n->pendings, p, tmp) {
		DL_DELETE(n->pendings, p);
		p->neg = NULL;
		p->sa = sa;
		p->why = why;
		DL_APPEND(n->ik->ready, p);
		timer_arm(n->ik->env->timers, &p->timer, 0);
	}
}

void neg_fail(struct isakmp_neg *n, enum isakmp_fail why, const char *reason)
{
	DBG(n->ik->log, ISAKMP, EVENT, "(0): phase 1 with %s ended while %s: %s", ip4_s(n->remote.ip),
		neg_state_name(n->state), reason);
	if (n->initiator)
		report_setup(n->ik, n->local.ip, n->remote.ip, reason);
	answer_pendings(n, NULL, why);
	neg_free(n);
}

void neg_established(struct isakmp_neg *n, struct isakmp_sa *sa)
{
	answer_pendings(n, sa, ISAKMP_LOCAL_ERROR);
	neg_free(n);
}

void neg_free_all(struct isakmp *ik)
{
	struct isakmp_neg *n, *tmp;
	struct isakmp_pending *p, *next;

	HASH_ITER(hh, ik->negs, n, tmp) {
		DL_FOREACH_SAFE(n->pendings, p, next) {
			DL_DELETE(n->pendings, p);
			free(p);
		}
		neg_free(n);
	}
}

unsigned neg_clear(struct isakmp *ik)
{
	struct isakmp_neg *n, *tmp;
	unsigned count = 0;

	HASH_ITER(hh, ik->negs, n, tmp) {
		neg_fail(n, ISAKMP_SA_DELETED, "it was cleared");
		count++;
	}
	return count;
}

void neg_keys_changed(struct isakmp *ik)
{
	struct isakmp_neg *n, *tmp;

	DL_FOREACH_SAFE(ik->initiators, n, tmp)
		if (n->state == NEG_WAIT_6 && !isakmp_credential_now(ik, n->local.ip, n->remote.ip, n->key.icookie, n->rcookie,
							 n->x->credential))
			neg_fail(n, ISAKMP_AUTH_FAILED, "the pre-shared key was changed");
}

/* What silence means, as far as one can tell from where it fell. */
static void give_up(struct isakmp_neg *n)
{
	char text[160];

	if (n->state == NEG_WAIT_6) {
		snprintf(text, sizeof(text),
			"no answer to the first encrypted message%s%s: is the pre-shared key the same on "
			"both sides?",
			n->hint ? " but an unauthenticated " : "",
			n->hint ? isakmp_notify_name(n->hint) : "");
		neg_fail(n, ISAKMP_AUTH_FAILED, text);
	} else if (n->hint) {
		snprintf(text, sizeof(text), "no answer but an unauthenticated %s (%u)%s",
			isakmp_notify_name(n->hint), n->hint,
			n->hint == N_NO_PROPOSAL_CHOSEN ? ": do policies and keys of both sides agree?" : "");
		neg_fail(n, n->hint == N_NO_PROPOSAL_CHOSEN ? ISAKMP_NO_PROPOSAL : ISAKMP_TIMEOUT, text);
	} else {
		neg_fail(n, ISAKMP_TIMEOUT, "no answer");
	}
}

static void on_timer(void *arg)
{
	struct isakmp_neg *n = arg;
	struct isakmp *ik = n->ik;

	if (timers[n->state] == TIMER_ASK && n->tries < TRIES) {
		n->tries++;
		n->interval = n->interval * 9 / 5;
		ik->count.retransmits++;
		isakmp_transmit(ik, n->local, n->remote, bytes_of(n->sent->octets, n->sent->n));
		timer_arm(ik->env->timers, &n->timer, isakmp_jitter(ik, n->interval));
		return;
	}
	if (n->initiator)
		give_up(n);
	else
		neg_fail(n, ISAKMP_TIMEOUT, "the initiator did not go on");
}

void neg_go(struct isakmp_neg *n, enum neg_state state)
{
	struct timers *ts = n->ik->env->timers;

	n->state = state;
	if (timers[state] == TIMER_ASK) {
		n->tries = 0;
		n->interval = FIRST_INTERVAL;
		timer_arm(ts, &n->timer, isakmp_jitter(n->ik, n->interval));
	} else if (n->initiator) {
		timer_arm(ts, &n->timer, COMPUTING);
	} else if (n->proved) {
		/* From the beginning, not from the last message: an exchange may not be stretched. */
		timer_arm_at(ts, &n->timer, n->started + UNPROVED + PROVED);
	} else {
		timer_arm_at(ts, &n->timer, n->started + UNPROVED);
	}
}

/* What nobody has put his name to is never worth more octets than it cost. */
size_t neg_room(const struct isakmp_neg *n)
{
	return n->authentic ? MESSAGE_MAX : n->octets_in - n->octets_out;
}

void neg_notify(const struct neg_in *in, uint16_t type)
{
	size_t n = in->d->body.n, room = in->n ? neg_room(in->n) : n;

	n = isakmp_notify_clear(in->ik, in->d, in->h, type, room < n ? room : n);
	if (in->n)
		in->n->octets_out += n;
}

bool neg_send(struct isakmp_neg *n, struct wr *w)
{
	struct bytes b;

	wr_fill32(w, 24, (uint32_t)w->n);
	b = wr_done(w);
	if (!b.n)
		return false;
	if (b.n > neg_room(n)) {
		n->ik->count.amplification_limit++;
		return false;
	}
	n->octets_out += b.n;
	free(n->sent);
	n->sent = isakmp_save(b);
	isakmp_transmit(n->ik, n->local, n->remote, b);
	return true;
}

static void duplicate(struct isakmp_neg *n, const struct datagram *d)
{
	struct isakmp *ik = n->ik;

	ik->count.duplicates++;
	n->octets_in += d->body.n;
	/* The initiator's timer drives both sides: it does not answer answers. */
	if (n->initiator || !n->sent)
		return;
	if (n->sent->n > neg_room(n)) {
		ik->count.amplification_limit++;
		return;
	}
	n->octets_out += n->sent->n;
	ik->count.retransmits++;
	isakmp_transmit(ik, n->local, n->remote, bytes_of(n->sent->octets, n->sent->n));
}

static bool malformed(struct neg_in *in, const struct neg_row *row, const struct why *why)
{
	in->ik->count.malformed++;
	report_malformed(in->ik, in->d->src, why);
	if (row->notify)
		neg_notify(in, row->notify);
	return false;
}

/* Decrypts into the engine's scratch; the message counts only when its HASH is right, so n->x->iv stays as it
 * is. */
static bool decrypt(struct neg_in *in, struct bytes *body)
{
	struct isakmp_neg *n = in->n;
	struct isakmp *ik = in->ik;
	const size_t block = cipher_alg(n->suite.encr)->block, len = in->d->body.n - ISAKMP_HDR;
	struct bytes key = bytes_of(
		n->x->keys.sa.p + hash_alg(n->suite.hash)->size, cipher_alg(n->suite.encr)->key);

	if (!(in->h->flags & ISAKMP_FLAG_E)) {
		ik->count.not_encrypted++;
		report_not_encrypted(ik, in->d->src.ip);
		return false;
	}
	if (len == 0 || len % block || len > sizeof(ik->scratch) ||
		!cbc_decrypt(n->suite.encr, key, n->x->iv, in->d->body.p + ISAKMP_HDR, ik->scratch, len, NULL)) {
		ik->count.malformed++;
		report_bad_message(ik, in->d->src.ip);
		return false;
	}
	*body = bytes_of(ik->scratch, len);
	return true;
}

/* Required ones once, others as the row allows; private types (128 and up) mean nothing here. */
static bool sort_payloads(struct neg_in *in, const struct neg_row *row, struct why *why)
{
	for (unsigned i = 0; i < in->count; i++) {
		uint8_t type = in->payload[i].type;

		if (type >= 32)
			continue;
		if (!((row->required | row->optional) & BIT(type)))
			return why_set(why, "%s: payload %u does not belong there", row->name, type);
		if (!in->by_type[type])
			in->by_type[type] = &in->payload[i];
		else if (row->required & BIT(type))
			return why_set(why, "%s: payload %u appears twice", row->name, type);
	}
	for (unsigned type = 0; type < 32; type++) {
		if (row->required & BIT(type) && !in->by_type[type])
			return why_set(why, "%s: payload %u is missing", row->name, type);
	}
	/* RFC 2409 section 5: the SA comes before all others. */
	if (row->required & BIT(PL_SA) && in->payload[0].type != PL_SA)
		return why_set(why, "%s: the SA is not the first payload", row->name);
	return true;
}

static bool take_apart(struct neg_in *in, const struct neg_row *row, struct isakmp_payload *p)
{
	struct bytes body = bytes_of(in->d->body.p + ISAKMP_HDR, in->d->body.n - ISAKMP_HDR);
	struct why why;
	size_t used;

	if (row->encrypted && !decrypt(in, &body))
		return false;
	if (!row->encrypted && in->h->flags & ISAKMP_FLAG_E) {
		why_set(&why, "%s: encrypted before there are keys", row->name);
		return malformed(in, row, &why);
	}
	in->payload = p;
	if (!isakmp_chain(in->h->next, body, row->encrypted, p, ISAKMP_PAYLOADS, &in->count, &used, &why) ||
		!sort_payloads(in, row, &why)) {
		if (!row->encrypted)
			return malformed(in, row, &why);
		/* What the other side's different pre-shared key looks like from here. */
		in->ik->count.decrypt_failed++;
		DBG(in->ik->log, ISAKMP, ERROR, "(0): %s from %s: %s", row->name, ip4_s(in->d->src.ip), why.text);
		report_bad_message(in->ik, in->d->src.ip);
		if (row->notify)
			neg_notify(in, row->notify);
		return false;
	}
	return true;
}

static void step(struct neg_in *in, const struct neg_row *row)
{
	struct isakmp_payload p[ISAKMP_PAYLOADS];
	struct isakmp_neg *n;

	if (!take_apart(in, row, p) || row->handler(in) != STEP_ON)
		return;
	n = in->n;
	DBG(n->ik->log, ISAKMP, DETAIL, "(0): %s from %s port %u, %u payloads: %s, then %s", row->name,
		ip4_s(n->remote.ip), n->remote.port, in->count, neg_state_name(row->state),
		neg_state_name(row->next));
	memcpy(n->seen, in->seen, ISAKMP_SEEN);
	neg_go(n, row->next);
}

void neg_input(struct isakmp *ik, struct isakmp_neg *n, const struct datagram *d, const struct isakmp_hdr *h)
{
	uint8_t seen[ISAKMP_SEEN];
	struct neg_in in = { .ik = ik, .n = n, .d = d, .h = h, .seen = seen };
	const struct neg_row *row = row_of(n ? n->state : NEG_START);

	isakmp_fingerprint(d->body, seen);
	if (n && !memcmp(seen, n->seen, sizeof(seen))) {
		duplicate(n, d);
		return;
	}
	/* While the pool computes, no message has a row; and nothing but message 2 may have another responder
	 * cookie. */
	if (!row || (n && !endpoint_eq(d->src, n->remote)) ||
		(n && row->state != NEG_WAIT_2 && memcmp(h->rcookie, n->rcookie, 8))) {
		ik->count.bad_exchange++;
		return;
	}
	if (n)
		n->octets_in += d->body.n;
	step(&in, row);
}
