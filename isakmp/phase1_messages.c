/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The six messages of main mode with a pre-shared key (RFC 2409 section 5.4): taken in the order of the
 * exchange. */
#include <stdlib.h>
#include "config/cfg.h"
#include "config/config.h"
#include "isakmp/keylog.h"
#include "isakmp/phase1.h"
#include "isakmp/phase1_id.h"
#include "lib/crypto/cipher.h"
#include "lib/mem.h"
#include "lib/rng.h"
#include "lib/why.h"
#include "syslog/debug.h"

#define POOL_DEPTH 512		/* DH jobs waiting; beyond that a message 3 is better sent again later */
#define VID_WHOLE (4 + VENDOR_ID)

static struct wr begin(const struct isakmp_neg *n, void *buf, uint8_t first, uint8_t flags)
{
	struct wr w = wr_init(buf, MESSAGE_MAX);
	struct isakmp_hdr h = { .next = first, .version = ISAKMP_VERSION, .exchange = XCHG_MAIN, .flags = flags };

	memcpy(h.icookie, n->key.icookie, sizeof(h.icookie));
	memcpy(h.rcookie, n->rcookie, sizeof(h.rcookie));
	isakmp_hdr_encode(&w, &h);
	return w;
}

static void put(struct wr *w, uint8_t next, struct bytes body)
{
	size_t at = isakmp_payload_begin(w, next);

	wr_bytes(w, body);
	isakmp_payload_end(w, at);
}

/* Sets the next payload's type in the generic header that stands at 'at'. */
static void link_next(struct wr *w, size_t at, uint8_t type)
{
	wr_fill8(w, at, type);
}

/* Appends a vendor id; *last is where the generic header of the payload before it stands. */
static void put_vendor(struct wr *w, size_t *last, size_t room, struct bytes id, bool *sent)
{
	if (*sent || w->n + VID_WHOLE > room)
		return;
	link_next(w, *last, PL_VID);
	*last = w->n;
	put(w, PL_NONE, id);
	*sent = true;
}

/* Those not sent yet that keep the message within room octets. A peer of another make has no use for our version. */
static void put_vendors(struct isakmp_neg *n, struct wr *w, size_t last, size_t room)
{
	uint8_t id[VENDOR_ID];

	vendor_version(n->announced, id);
	if (n->vendor.dpd && !n->vendor.gdoix)
		put_vendor(w, &last, room, vendor_dpd(), &n->sent_dpd);
	put_vendor(w, &last, room, BYTES_OF(id), &n->sent_version);
	put_vendor(w, &last, room, vendor_dpd(), &n->sent_dpd);
}

static void note_vendors(struct isakmp_neg *n, const struct neg_in *in)
{
	for (unsigned i = 0; i < in->count; i++) {
		if (in->payload[i].type == PL_VID)
			vendor_note(&n->vendor, in->payload[i].body);
	}
}

bool neg_send_message1(struct isakmp_neg *n)
{
	const struct sa_head head = { n->doi1 ? DOI_IPSEC : DOI_GDOI, n->doi1 ? 1 : 0 };
	uint8_t buf[MESSAGE_MAX];
	struct wr w = begin(n, buf, PL_SA, 0);
	const struct isakmp_suite *own;
	unsigned count;
	size_t at;

	own = isakmp_policies(n->ik, &count);
	at = isakmp_payload_begin(&w, PL_NONE);
	sa_offer(&w, &head, own, count);
	isakmp_payload_end(&w, at);
	if (!wr_ok(&w))
		return false;
	n->sai = isakmp_save(bytes_of(buf + at + 4, w.n - at - 4));
	put_vendors(n, &w, at, sizeof(buf));
	return neg_send(n, &w);
}

/* ---- message 1, responder ---- */

/* The oldest one that waits for message 3, of all (from NULL) or from one address. */
static struct isakmp_neg *oldest_silent(const struct isakmp *ik, const struct ip4 *from)
{
	struct isakmp_neg *n;

	DL_FOREACH(ik->unproved, n)
		if (!from || ip4_eq(n->remote.ip, *from))
			return n;
	return NULL;
}

/*
 * Anybody can write anybody's address into message 1, and never gets to message 3: such a one gives way. Of one address at
 * once, else a few datagrams a minute would keep the device that has it out; of all once it had its time.
 */
static bool too_many(struct isakmp *ik, struct ip4 from)
{
	const struct cfg *cfg = config_running(ik->config);
	const struct isakmp_peer *p = isakmp_peer_find(ik, from);
	struct isakmp_neg *oldest = NULL;

	if (cfg->half_open_source && p && p->half_open >= cfg->half_open_source) {
		report_half_open(ik, cfg->half_open_source, ip4_s(from));
		oldest = oldest_silent(ik, &from);
	} else if (cfg->half_open_total && ik->count.half_open >= cfg->half_open_total) {
		oldest = oldest_silent(ik, NULL);
		if (oldest && isakmp_now(ik) - oldest->started < NEG_EVICT)
			oldest = NULL;
		if (!oldest)
			report_half_open(ik, cfg->half_open_total, "all sources");
	} else {
		return false;
	}
	ik->count.half_open_limit++;
	if (!oldest)
		return true;
	neg_free(oldest);
	return false;
}

static void refuse_offer(struct neg_in *in, enum sa_verdict v, const struct why *why)
{
	struct isakmp *ik = in->ik;
	struct rd r = rd_init(in->by_type[PL_SA]->body);
	uint16_t notify = N_BAD_PROPOSAL_SYNTAX;

	DBG(ik->log, ISAKMP, ERROR, "(0): offer of %s refused: %s", ip4_s(in->d->src.ip), why->text);
	if (v == SA_MALFORMED) {
		ik->count.malformed++;
		report_malformed(ik, in->d->src, why);
	} else {
		ik->count.no_proposal++;
		if (v == SA_BAD_DOI)
			report_bad_doi(ik, in->d->src.ip, rd_u32(&r));
		else
			report_no_proposal(ik, in->d->src.ip);
		notify = v == SA_BAD_DOI ? N_DOI_NOT_SUPPORTED :
			 v == SA_BAD_SITUATION ? N_SITUATION_NOT_SUPPORTED : N_NO_PROPOSAL_CHOSEN;
	}
	neg_notify(in, notify);
}

static bool send_message2(struct isakmp_neg *n, const struct sa_choice *c)
{
	uint8_t buf[MESSAGE_MAX];
	struct wr w = begin(n, buf, PL_SA, 0);
	size_t at = isakmp_payload_begin(&w, PL_NONE);

	sa_answer(&w, c);
	isakmp_payload_end(&w, at);
	/* What does not fit into as many octets as came goes with message 4. */
	put_vendors(n, &w, at, n->octets_in);
	return neg_send(n, &w);
}

enum neg_step neg_take_message1(struct neg_in *in)
{
	struct isakmp *ik = in->ik;
	struct bytes offer = in->by_type[PL_SA]->body;
	const struct isakmp_suite *own;
	struct sa_choice choice;
	struct isakmp_neg *n;
	enum sa_verdict v;
	unsigned count;
	struct why why;

	if (too_many(ik, in->d->src.ip))
		return STEP_DROP;
	if (offer.n > SA_BODY_MAX) {
		ik->count.too_big++;
		return STEP_DROP;
	}
	own = isakmp_policies(ik, &count);
	v = sa_choose(offer, own, count, &choice, &why);
	if (v != SA_OK) {
		refuse_offer(in, v, &why);
		return STEP_DROP;
	}
	if (!cfg_psk_for(config_running(ik->config), in->d->src.ip, in->d->dst.ip)) {
		ik->count.no_key++;
		report_no_key(ik, in->d->src.ip);
		neg_notify(in, N_NO_PROPOSAL_CHOSEN);
		return STEP_DROP;
	}
	n = in->n = neg_new(ik, in->h->icookie, in->d->dst, in->d->src, false);
	isakmp_cookie(ik, n->rcookie);
	n->octets_in = in->d->body.n;
	n->announced = ik->own;
	n->doi1 = choice.head.doi == DOI_IPSEC;
	n->suite = choice.suite;
	n->shortened = choice.shortened;
	n->sai = isakmp_save(offer);
	note_vendors(n, in);
	if (!send_message2(n, &choice)) {
		neg_free(n);
		return STEP_OVER;
	}
	return STEP_ON;
}

/* ---- messages 2 and 3: the initiator makes its key ---- */

enum neg_step neg_take_message2(struct neg_in *in)
{
	static const uint8_t none[8];
	struct isakmp_neg *n = in->n;
	enum sa_verdict v;
	struct why why;

	v = sa_accept(in->by_type[PL_SA]->body, bytes_of(n->sai->octets, n->sai->n), &n->suite, &why);
	if (v != SA_OK || !memcmp(in->h->rcookie, none, sizeof(none))) {
		/* Perhaps it is not from the peer: the timer decides. */
		if (v == SA_OK || v == SA_MALFORMED) {
			in->ik->count.malformed++;
			report_bad_message(in->ik, in->d->src.ip);
		} else {
			in->ik->count.no_proposal++;
			report_not_offered(in->ik, in->d->src.ip, why.text);
		}
		return STEP_DROP;
	}
	memcpy(n->rcookie, in->h->rcookie, sizeof(n->rcookie));
	note_vendors(n, in);
	n->x = mem_zalloc(sizeof(*n->x));
	neg_dh(n, NULL);
	return STEP_ON;
}

static void make_nonce(struct isakmp_neg *n, size_t octets, struct nonce *out)
{
	out->n = (uint16_t)octets;
	rng_bytes(n->ik->env->rng, out->octets, out->n);
}

static struct bytes ke_bytes(const struct ke *k)
{
	return bytes_of(k->octets, k->n);
}

static struct bytes nonce_bytes(const struct nonce *x)
{
	return bytes_of(x->octets, x->n);
}

static bool send_ke(struct isakmp_neg *n, const struct ke *k, const struct nonce *x)
{
	uint8_t buf[MESSAGE_MAX];
	struct wr w = begin(n, buf, PL_KE, 0);
	size_t at, room = neg_room(n);

	put(&w, PL_NONCE, ke_bytes(k));
	at = w.n;
	put(&w, PL_NONE, nonce_bytes(x));
	put_vendors(n, &w, at, room < sizeof(buf) ? room : sizeof(buf));
	return neg_send(n, &w);
}

/* KE and nonce of a message 3 or 4. */
static bool take_ke(struct neg_in *in, struct ke *k, struct nonce *x)
{
	const struct dh_alg *dh = dh_alg(in->n->suite.group);
	struct bytes ke = in->by_type[PL_KE]->body, nonce = in->by_type[PL_NONCE]->body;
	struct why why;

	if (ke.n != dh->public_size || ke.n > KE_MAX)
		why_set(&why, "KE of %zu octets for group %u", ke.n, dh->number);
	else if (nonce.n < NONCE_MIN || nonce.n > NONCE_MAX)
		why_set(&why, "nonce of %zu octets", nonce.n);
	else {
		k->n = (uint16_t)ke.n;
		memcpy(k->octets, ke.p, ke.n);
		x->n = (uint16_t)nonce.n;
		memcpy(x->octets, nonce.p, nonce.n);
		note_vendors(in->n, in);
		return true;
	}
	in->ik->count.malformed++;
	report_malformed(in->ik, in->d->src, &why);
	if (!in->n->initiator)
		neg_notify(in, N_INVALID_KEY_INFORMATION);
	return false;
}

enum neg_step neg_take_message3(struct neg_in *in)
{
	struct isakmp_neg *n = in->n;
	unsigned depth = pool_depth(in->ik->env->pool);

	if (depth >= POOL_DEPTH) {
		report_busy(in->ik, in->d->src.ip, depth);
		return STEP_DROP;
	}
	if (!n->x)
		n->x = mem_zalloc(sizeof(*n->x));
	if (!take_ke(in, &n->x->ki, &n->x->ni))
		return STEP_DROP;
	if (!n->proved)
		DL_DELETE(in->ik->unproved, n);
	n->proved = true;
	free(n->sent);		/* a duplicate from now on asks for message 4 */
	n->sent = NULL;
	neg_dh(n, &n->x->ki);
	return STEP_ON;
}

enum neg_step neg_take_message4(struct neg_in *in)
{
	struct isakmp_neg *n = in->n;

	if (!take_ke(in, &n->x->kr, &n->x->nr))
		return STEP_DROP;
	neg_dh(n, &n->x->kr);
	return STEP_ON;
}

/* ---- keys ---- */

static bool derive(struct isakmp_neg *n, const struct secret *shared)
{
	const struct cfg_psk *psk = cfg_psk_for(config_running(n->ik->config), n->remote.ip, n->local.ip);
	struct neg_exchange *x = n->x;
	const struct isakmp_inputs in = {
		.encr = n->suite.encr,
		.hash = n->suite.hash,
		.psk = psk ? secret_bytes(&psk->key) : BYTES_NONE,
		.ni = nonce_bytes(&x->ni),
		.nr = nonce_bytes(&x->nr),
		.gxy = secret_bytes(shared),
		.icookie = BYTES_OF(n->key.icookie),
		.rcookie = BYTES_OF(n->rcookie),
	};

	if (!psk) {
		n->ik->count.no_key++;
		report_no_key(n->ik, n->remote.ip);
		neg_fail(n, ISAKMP_NO_KEY, "the pre-shared key was removed");
		return false;
	}
	isakmp_credential(n->key.icookie, n->rcookie, in.psk, x->credential);
	if (!isakmp_derive(&in, &x->keys) ||
		!isakmp_first_iv(in.hash, ke_bytes(&x->ki), ke_bytes(&x->kr), x->iv)) {
		neg_fail(n, ISAKMP_LOCAL_ERROR, "OpenSSL cannot do this hash");
		return false;
	}
	keylog_phase1(n->key.icookie, bytes_of(x->keys.sa.p + hash_alg(in.hash)->size, cipher_alg(in.encr)->key));
	return true;
}

/* ---- messages 5 and 6 ---- */

static bool auth_hash(const struct isakmp_neg *n, bool initiators, struct bytes id, uint8_t *out)
{
	const struct neg_exchange *x = n->x;
	const struct bytes ki = ke_bytes(&x->ki), kr = ke_bytes(&x->kr), ci = BYTES_OF(n->key.icookie),
			   cr = BYTES_OF(n->rcookie);
	const struct isakmp_hash_inputs in = {
		.own_ke = initiators ? ki : kr,
		.peer_ke = initiators ? kr : ki,
		.own_cookie = initiators ? ci : cr,
		.peer_cookie = initiators ? cr : ci,
		.sai = bytes_of(n->sai->octets, n->sai->n),
		.id = id,
	};

	return isakmp_auth_hash(n->suite.hash, &x->keys.skeyid, &in, out);
}

static void put_initial_contact(const struct isakmp_neg *n, struct wr *w)
{
	uint8_t spi[COOKIES];
	const struct notify_body c = { .doi = DOI_IPSEC, .protocol = PROTO_ISAKMP, .type = N_INITIAL_CONTACT,
		.spi = BYTES_OF(spi) };
	size_t at = isakmp_payload_begin(w, PL_NONE);

	memcpy(spi, n->key.icookie, 8);
	memcpy(spi + 8, n->rcookie, 8);
	notify_encode(w, &c);
	isakmp_payload_end(w, at);
}

/* HDR*, ID, HASH: message 5 or 6, advancing the IV. */
static bool send_auth(struct isakmp_neg *n)
{
	const size_t size = hash_alg(n->suite.hash)->size, block = cipher_alg(n->suite.encr)->block;
	bool contact = n->initiator && !n->peer->sas;
	uint8_t buf[MESSAGE_MAX], hash[HASH_SIZE_MAX];
	struct bytes key = bytes_of(n->x->keys.sa.p + size, cipher_alg(n->suite.encr)->key);
	struct wr w = begin(n, buf, PL_ID, ISAKMP_FLAG_E);
	size_t at = isakmp_payload_begin(&w, PL_HASH);

	own_id(n, &w);
	isakmp_payload_end(&w, at);
	if (!wr_ok(&w) || !auth_hash(n, n->initiator, bytes_of(buf + at + 4, w.n - at - 4), hash))
		return false;
	put(&w, contact ? PL_NOTIFY : PL_NONE, bytes_of(hash, size));
	if (contact)
		put_initial_contact(n, &w);
	keylog_plain(n->local, n->remote, wr_done(&w));
	wr_zero(&w, (block - (w.n - ISAKMP_HDR) % block) % block);
	if (!wr_ok(&w) || !cbc_encrypt(n->suite.encr, key, n->x->iv, buf + ISAKMP_HDR, buf + ISAKMP_HDR,
				  w.n - ISAKMP_HDR, n->x->iv)) {
		report_crypt(n->ik, 0, "encrypt");
		return false;
	}
	return neg_send(n, &w);
}

/* The identity fits the peer and its HASH is right; *id gets it as text, the caller's to free. */
static bool authentic(struct neg_in *in, char **id)
{
	struct isakmp_neg *n = in->n;
	struct bytes body = in->by_type[PL_ID]->body, hash = in->by_type[PL_HASH]->body;
	uint8_t want[HASH_SIZE_MAX];
	struct why why;

	if (!auth_hash(n, !n->initiator, body, want) ||
		!secret_eq(bytes_of(want, hash_alg(n->suite.hash)->size), hash)) {
		in->ik->count.auth_failed++;
		report_auth_fail(in->ik, in->d->src.ip);
		return false;
	}
	*id = peer_id(body, in->d->src.ip, &why);
	if (!*id) {
		in->ik->count.auth_failed++;
		DBG(in->ik->log, ISAKMP, ERROR, "(0): identity of %s refused: %s", ip4_s(in->d->src.ip),
			why.text);
		report_mode(in->ik, "Main", in->d->src.ip);
		if (!n->initiator)
			neg_notify(in, N_INVALID_ID_INFORMATION);
		return false;
	}
	/* Only now was it a message: its last block is the next IV (RFC 2409 section 10). */
	memcpy(n->x->iv, in->d->body.p + in->d->body.n - cipher_alg(n->suite.encr)->block,
		cipher_alg(n->suite.encr)->block);
	return true;
}

static bool has_initial_contact(const struct neg_in *in)
{
	struct notify_body b;

	for (unsigned i = 0; i < in->count; i++) {
		if (in->payload[i].type == PL_NOTIFY && notify_decode(in->payload[i].body, &b, NULL) &&
			b.type == N_INITIAL_CONTACT)
			return true;
	}
	return false;
}

/* Takes over what lasts: the keys, the last reply. */
static struct isakmp_sa *make_sa(struct isakmp_neg *n, const struct neg_in *in, char *id)
{
	struct isakmp_sa *sa = mem_zalloc(sizeof(*sa));

	memcpy(sa->cookies, n->key.icookie, 8);
	memcpy(sa->cookies + 8, n->rcookie, 8);
	sa->local = n->local;
	sa->remote = n->remote;
	sa->keys = n->x->keys.sa;
	n->x->keys.sa = SECRET_NONE;
	memcpy(sa->last, n->x->iv, sizeof(sa->last));
	memcpy(sa->credential, n->x->credential, sizeof(sa->credential));
	sa->encr = (uint8_t)n->suite.encr;
	sa->hash = (uint8_t)n->suite.hash;
	sa->group = (uint8_t)n->suite.group;
	sa->initiator = n->initiator;
	sa->doi1 = n->doi1;
	sa->shortened = n->shortened;
	sa->peer_dpd = n->vendor.dpd;
	sa->gdoix = n->vendor.gdoix;
	sa->peer_version = n->vendor.version;
	sa->announced = n->announced;
	sa->peer_id = id;
	memcpy(sa->seen, in->seen, sizeof(sa->seen));
	if (!n->initiator) {
		sa->final = n->sent;
		n->sent = NULL;
	}
	isakmp_sa_add(n->ik, sa, n->suite.lifetime);
	return sa;
}

static enum neg_step establish(struct neg_in *in, char *id)
{
	struct isakmp_sa *sa = make_sa(in->n, in, id);

	/* RFC 2407 section 4.6.3.3; encrypted with this SA's key, though not covered by HASH_I. */
	isakmp_sa_supersede(sa, has_initial_contact(in));
	neg_established(in->n, sa);
	return STEP_OVER;
}

enum neg_step neg_take_message5(struct neg_in *in)
{
	struct isakmp_neg *n = in->n;
	char *id;

	if (!authentic(in, &id))
		return STEP_DROP;
	n->authentic = true;
	if (!send_auth(n)) {
		free(id);
		neg_fail(n, ISAKMP_LOCAL_ERROR, "message 6 cannot be made");
		return STEP_OVER;
	}
	return establish(in, id);
}

enum neg_step neg_take_message6(struct neg_in *in)
{
	char *id;

	return authentic(in, &id) ? establish(in, id) : STEP_DROP;
}

/* ---- what follows a job ---- */

static void after_keygen(struct isakmp_neg *n)
{
	make_nonce(n, NONCE_OWN, &n->x->ni);
	if (send_ke(n, &n->x->ki, &n->x->ni))
		neg_go(n, NEG_WAIT_4);
	else
		neg_fail(n, ISAKMP_LOCAL_ERROR, "message 3 cannot be made");
}

static void after_derivation(struct isakmp_neg *n, const struct secret *shared)
{
	if (!derive(n, shared))
		return;
	if (send_auth(n))
		neg_go(n, NEG_WAIT_6);
	else
		neg_fail(n, ISAKMP_LOCAL_ERROR, "message 5 cannot be made: OpenSSL cannot do this cipher");
}

/* Who sends a short nonce and nothing else gets no longer one; NONCE_MIN there is always room for, message 3 having had it. */
static size_t nonce_that_fits(const struct isakmp_neg *n)
{
	size_t rest = ISAKMP_HDR + 4 + n->x->kr.n + 4, room = neg_room(n);

	if (room < rest + NONCE_MIN)
		return NONCE_MIN;
	return room - rest < NONCE_OWN ? room - rest : NONCE_OWN;
}

static void after_both(struct isakmp_neg *n, const struct secret *shared)
{
	make_nonce(n, nonce_that_fits(n), &n->x->nr);
	if (!derive(n, shared))
		return;
	if (send_ke(n, &n->x->kr, &n->x->nr))
		neg_go(n, NEG_WAIT_5);
	else
		neg_fail(n, ISAKMP_LOCAL_ERROR, "message 4 cannot be made");
}

void neg_dh_over(struct isakmp_neg *n, bool ok, struct bytes own, const struct secret *shared)
{
	struct ke *k = n->initiator ? &n->x->ki : &n->x->kr;

	if (!ok) {
		neg_fail(n, own.n ? ISAKMP_REFUSED : ISAKMP_LOCAL_ERROR,
			own.n ? "the peer's Diffie-Hellman value is not acceptable"
			      : "OpenSSL cannot do this group");
		return;
	}
	k->n = (uint16_t)own.n;
	memcpy(k->octets, own.p, own.n);
	if (n->state == NEG_KEYGEN)
		after_keygen(n);
	else if (n->state == NEG_DERIVE)
		after_derivation(n, shared);
	else
		after_both(n, shared);
}
