/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where datagrams come in and are told apart. */
#include <stdlib.h>
#include "config/cfg.h"
#include "config/config.h"
#include "isakmp/phase1.h"
#include "lib/clock.h"
#include "lib/crypto/cipher.h"
#include "lib/crypto/prf.h"
#include "lib/mem.h"
#include "lib/rng.h"
#include "lib/why.h"
#include "syslog/debug.h"

#define CONN_ID_FIRST 1001	/* as IOS counts */
#define NOTIFY_BURST 20
#define NOTIFY_EVERY MSEC(100)
#define NOTIFY_MAX 64

uint64_t isakmp_now(const struct isakmp *ik)
{
	return clock_now(ik->env->clock);
}

bool isakmp_transmit(struct isakmp *ik, struct endpoint local, struct endpoint remote, struct bytes datagram)
{
	ik->count.out++;
	return ik->net->ops->send(ik->net, local, remote, datagram);
}

void isakmp_fingerprint(struct bytes datagram, uint8_t out[ISAKMP_SEEN])
{
	uint8_t h[HASH_SIZE_MAX] = { 0 };

	hash_parts(HASH_SHA256, &datagram, 1, h);
	memcpy(out, h, ISAKMP_SEEN);
}

struct isakmp_saved *isakmp_save(struct bytes datagram)
{
	struct isakmp_saved *s = mem_zalloc(sizeof(*s) + datagram.n);

	s->n = datagram.n;
	if (datagram.n)
		memcpy(s->octets, datagram.p, datagram.n);
	return s;
}

uint64_t isakmp_jitter(struct isakmp *ik, uint64_t interval)
{
	return interval - interval / 10 + rng_below(ik->env->rng, interval / 5);
}

void isakmp_cookie(struct isakmp *ik, uint8_t out[8])
{
	static const uint8_t none[8];

	do {
		rng_bytes(ik->env->rng, out, 8);
	} while (!memcmp(out, none, sizeof(none)));
}

size_t isakmp_notify_clear(struct isakmp *ik, const struct datagram *d, const struct isakmp_hdr *h, uint16_t type, size_t room)
{
	const struct notify_body n = { .protocol = PROTO_ISAKMP, .type = type };	/* DOI 0: ISAKMP itself */
	struct isakmp_hdr out = { .next = PL_NOTIFY, .version = ISAKMP_VERSION, .exchange = XCHG_INFO };
	uint8_t buf[NOTIFY_MAX];
	struct wr w = wr_init(buf, sizeof(buf));
	size_t at;

	/* An answer to a notify could be answered again. */
	if (h->exchange == XCHG_INFO || !ratelimit_ok(&ik->notify_limit, isakmp_now(ik), NULL))
		return 0;
	memcpy(out.icookie, h->icookie, sizeof(out.icookie));
	memcpy(out.rcookie, h->rcookie, sizeof(out.rcookie));
	out.msgid = rng_u32(ik->env->rng) | 1;
	isakmp_hdr_encode(&w, &out);
	at = isakmp_payload_begin(&w, PL_NONE);
	notify_encode(&w, &n);
	isakmp_payload_end(&w, at);
	wr_fill32(&w, 24, (uint32_t)w.n);
	if (w.n > room) {
		ik->count.amplification_limit++;
		return 0;
	}
	isakmp_transmit(ik, d->dst, d->src, wr_done(&w));
	return w.n;
}

/* ---- policies ---- */

/* A policy that this OpenSSL cannot follow is not offered: the peer would take it. */
static bool can_do(const struct cfg_isakmp_policy *p)
{
	uint8_t block[CIPHER_BLOCK_MAX] = { 0 }, key[CIPHER_KEY_MAX], hash[HASH_SIZE_MAX];
	const struct cipher_alg *c = cipher_alg(p->encr);
	struct bytes part = BYTES_OF(block);

	for (unsigned i = 0; i < sizeof(key); i++)
		key[i] = (uint8_t)(i * 17 + 1);
	return p->group != DH_NONE && hash_parts(p->hash, &part, 1, hash) &&
	       prf_parts(p->hash, part, &part, 1, hash) &&
	       cbc_encrypt(p->encr, bytes_of(key, c->key), block, block, block, c->block, NULL);
}

static bool usable(struct isakmp *ik, const struct cfg_isakmp_policy *p)
{
	if (p->auth == ISAKMP_AUTH_PSK && can_do(p))
		return true;
	ik->npolicy_other++;
	DBG(ik->log, ISAKMP, ERROR, "policy %u is not used: %s", p->priority,
		p->auth != ISAKMP_AUTH_PSK ? "its authentication is not pre-share"
					   : "OpenSSL lacks its algorithms");
	return false;
}

const struct isakmp_suite *isakmp_policies(struct isakmp *ik, unsigned *n)
{
	uint32_t priority[ISAKMP_POLICIES];
	unsigned count = 0, at;

	*n = ik->npolicy;
	if (ik->policies_known)
		return ik->policy;
	ik->npolicy_other = 0;
	CFG_EACH(struct cfg_isakmp_policy, p, &config_running(ik->config)->isakmp_policies) {
		if (!usable(ik, p))
			continue;
		for (at = count; at && priority[at - 1] > p->priority; at--)
			;
		if (at == ISAKMP_POLICIES)
			continue;
		if (count < ISAKMP_POLICIES)
			count++;
		memmove(&priority[at + 1], &priority[at], (count - 1 - at) * sizeof(priority[0]));
		memmove(&ik->policy[at + 1], &ik->policy[at], (count - 1 - at) * sizeof(ik->policy[0]));
		priority[at] = p->priority;
		ik->policy[at] = (struct isakmp_suite){ p->encr, p->hash, p->group, p->lifetime };
	}
	ik->policies_known = true;
	*n = ik->npolicy = count;
	return ik->policy;
}

static void on_config(void *arg, enum config_event ev)
{
	struct isakmp *ik = arg;

	ik->policies_known = false;
	report_setup_anew(ik);
	if (ev != CONFIG_CLOSED)
		return;
	isakmp_dpd_reconfigure(ik);
	neg_keys_changed(ik);
}

/* ---- life ---- */

struct isakmp *isakmp_new(const struct env *env, struct syslog *log, struct config *config, struct net *net,
	struct version own)
{
	struct isakmp *ik = mem_zalloc(sizeof(*ik));

	ik->env = env;
	ik->log = log;
	ik->config = config;
	ik->net = net;
	ik->own = own;
	ik->conn_id = CONN_ID_FIRST;
	report_init(&ik->report);
	ratelimit_init(&ik->notify_limit, NOTIFY_BURST, NOTIFY_EVERY);
	ik->config_handle = config_subscribe(config, on_config, ik);
	return ik;
}

void isakmp_free(struct isakmp *ik)
{
	if (!ik)
		return;
	config_unsubscribe(ik->config, ik->config_handle);
	neg_free_all(ik);
	isakmp_connect_free_all(ik);
	isakmp_sa_free_all(ik);
	secret_cleanse(ik->scratch, sizeof(ik->scratch));
	free(ik);
}

void isakmp_on_raw(struct isakmp *ik, uint8_t exchange,
	void (*fn)(void *arg, const struct datagram *d, const struct isakmp_hdr *h), void *arg)
{
	for (unsigned i = 0; i < ISAKMP_LISTENERS; i++) {
		if (!ik->raw[i].fn || ik->raw[i].exchange == exchange) {
			ik->raw[i].exchange = exchange;
			ik->raw[i].fn = fn;
			ik->raw[i].arg = arg;
			return;
		}
	}
}

void isakmp_on_xchg(struct isakmp *ik, const struct isakmp_xchg_ops *ops, void *arg)
{
	for (unsigned i = 0; i < ISAKMP_LISTENERS; i++) {
		if (!ik->handler[i].ops || ik->handler[i].ops->exchange == ops->exchange) {
			ik->handler[i].ops = ops;
			ik->handler[i].arg = arg;
			return;
		}
	}
}

void isakmp_on_gone(struct isakmp *ik, void (*fn)(void *arg, struct isakmp_sa *sa), void *arg)
{
	for (unsigned i = 0; i < ISAKMP_LISTENERS; i++) {
		if (!ik->gone[i].fn) {
			ik->gone[i].fn = fn;
			ik->gone[i].arg = arg;
			return;
		}
	}
}

/* ---- input ---- */

static struct isakmp_sa *sa_of(struct isakmp *ik, const struct datagram *d, const struct isakmp_hdr *h)
{
	struct isakmp_sa *sa = isakmp_sa_find(ik, h->icookie, h->rcookie);

	/* The port may change behind a NAT, the address may not. */
	return sa && ip4_eq(sa->remote.ip, d->src.ip) ? sa : NULL;
}

static void unknown_sa(struct isakmp *ik, const struct datagram *d)
{
	ik->count.unknown_sa++;
	report_no_sa(ik, d->src.ip);
}

/* Message 5 again: message 6 got lost. */
static void late_main_mode(struct isakmp *ik, struct isakmp_sa *sa, const struct datagram *d)
{
	uint8_t seen[ISAKMP_SEEN];

	isakmp_fingerprint(d->body, seen);
	if (memcmp(seen, sa->seen, sizeof(seen))) {
		ik->count.bad_exchange++;
		return;
	}
	ik->count.duplicates++;
	if (!sa->final)
		return;
	ik->count.retransmits++;
	isakmp_transmit(ik, sa->local, sa->remote, bytes_of(sa->final->octets, sa->final->n));
}

static void main_mode(struct isakmp *ik, const struct datagram *d, const struct isakmp_hdr *h)
{
	static const uint8_t none[8];
	bool first = !memcmp(h->rcookie, none, sizeof(none));
	struct isakmp_neg *n = neg_find(ik, h->icookie, d->src.ip);
	struct isakmp_sa *sa;

	if (h->msgid || (first && n && n->initiator)) {		/* the latter is our own message 1 come back */
		ik->count.bad_exchange++;
		return;
	}
	if (n || first) {
		neg_input(ik, n, d, h);
		return;
	}
	sa = sa_of(ik, d, h);
	if (sa)
		late_main_mode(ik, sa, d);
	else
		unknown_sa(ik, d);
}

/* What comes in the clear may be anybody's: it explains a failure later, and does nothing else (RFC 2409
 * section 5.7). */
static void note_hint(struct isakmp_neg *n, const struct datagram *d, const struct isakmp_hdr *h)
{
	struct isakmp_payload p[ISAKMP_PAYLOADS];
	const struct isakmp_payload *found;
	struct notify_body body;
	unsigned count;
	size_t used;

	if (h->flags & ISAKMP_FLAG_E ||
		!isakmp_chain(h->next, bytes_of(d->body.p + ISAKMP_HDR, d->body.n - ISAKMP_HDR), false, p,
			ISAKMP_PAYLOADS, &count, &used, NULL))
		return;
	found = isakmp_find(p, count, PL_NOTIFY);
	if (found && notify_decode(found->body, &body, NULL) && body.type <= N_ERROR_MAX)
		n->hint = body.type;
}

static void informational(struct isakmp *ik, const struct datagram *d, const struct isakmp_hdr *h)
{
	struct isakmp_sa *sa = sa_of(ik, d, h);
	struct isakmp_neg *n;

	if (sa && h->msgid) {
		isakmp_info_input(sa, d, h);
		return;
	}
	n = sa ? NULL : neg_find(ik, h->icookie, d->src.ip);
	if (n)
		note_hint(n, d, h);
	else if (sa)
		ik->count.malformed++;
	else
		unknown_sa(ik, d);
}

static void refuse(struct isakmp *ik, const struct datagram *d, const struct isakmp_hdr *h)
{
	ik->count.bad_exchange++;
	if (h->exchange == XCHG_AGGRESSIVE)
		report_aggressive(ik);
	else
		report_unknown_exchange(ik, d->src.ip, h->exchange);
	isakmp_notify_clear(ik, d, h, N_UNSUPPORTED_EXCHANGE_TYPE, d->body.n);
}

static bool has_handler(const struct isakmp *ik, uint8_t exchange)
{
	for (unsigned i = 0; i < ISAKMP_LISTENERS; i++) {
		if (ik->handler[i].ops && ik->handler[i].ops->exchange == exchange)
			return true;
	}
	return false;
}

static void under_sa(struct isakmp *ik, const struct datagram *d, const struct isakmp_hdr *h)
{
	struct isakmp_sa *sa = sa_of(ik, d, h);

	if (!h->msgid) {
		ik->count.malformed++;
	} else if (sa) {
		isakmp_xchg_input(sa, d, h);
	} else if (!has_handler(ik, h->exchange) && h->exchange != XCHG_PULL) {
		refuse(ik, d, h);
	} else if (neg_find(ik, h->icookie, d->src.ip)) {
		ik->count.bad_exchange++;
		report_not_auth(ik, d->src.ip);
	} else {
		unknown_sa(ik, d);
	}
}

static void dispatch(struct isakmp *ik, const struct datagram *d, const struct isakmp_hdr *h)
{
	for (unsigned i = 0; i < ISAKMP_LISTENERS && ik->raw[i].fn; i++) {
		if (ik->raw[i].exchange == h->exchange) {
			ik->raw[i].fn(ik->raw[i].arg, d, h);
			return;
		}
	}
	switch (h->exchange) {
	case XCHG_MAIN:
		main_mode(ik, d, h);
		break;
	case XCHG_INFO:
		informational(ik, d, h);
		break;
	case XCHG_BASE:
	case XCHG_AUTH_ONLY:
	case XCHG_AGGRESSIVE:
		refuse(ik, d, h);
		break;
	default:
		under_sa(ik, d, h);
		break;
	}
}

void isakmp_input(struct isakmp *ik, const struct datagram *d)
{
	static const uint8_t none[8];
	struct isakmp_hdr h;
	struct why why;

	ik->count.in++;
	if (!isakmp_hdr_decode(d->body, &h, &why)) {
		ik->count.malformed++;
		if (d->body.n >= ISAKMP_HDR && h.length > d->body.n)
			report_overflow(ik, d->src.ip, h.length, (unsigned)d->body.n);
		else
			report_malformed(ik, d->src, &why);
		return;
	}
	DBG(ik->log, ISAKMP, PACKET, "received packet from %s port %u exchange %u message id %08x, %zu octets",
		ip4_s(d->src.ip), d->src.port, h.exchange, h.msgid, d->body.n);
	/* One message at a time: scratch holds it. A net never delivers from within its own send(). */
	if (ik->busy || !memcmp(h.icookie, none, sizeof(none)) || !d->src.port) {
		ik->count.malformed++;
		return;
	}
	ik->busy = true;
	dispatch(ik, d, &h);
	ik->busy = false;
	if (h.flags & ISAKMP_FLAG_E)	/* what was decrypted there may have been keys */
		secret_cleanse(ik->scratch, d->body.n < sizeof(ik->scratch) ? d->body.n : sizeof(ik->scratch));
}
