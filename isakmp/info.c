/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Informational exchanges under an SA: Notify and Delete with HASH(1) (RFC 2409 section 5.7). Only what
 * passes that check changes anything.
 */
#include <stdlib.h>
#include "isakmp/engine.h"
#include "syslog/debug.h"

#define INFO_BODY 256
#define DPD_WINDOW 1000		/* how far ahead a peer's next R-U-THERE may be (RFC 3706 section 6.2) */

bool isakmp_info_send(struct isakmp_sa *sa, uint32_t msgid, uint8_t type, struct bytes body)
{
	uint8_t buf[INFO_BODY], iv[CIPHER_BLOCK_MAX];
	struct wr w = wr_init(buf, sizeof(buf));
	size_t at = isakmp_payload_begin(&w, PL_NONE);
	struct isakmp_saved *s;
	bool ok;

	wr_bytes(&w, body);
	isakmp_payload_end(&w, at);
	if (!wr_ok(&w) || !isakmp_exchange_iv(sa->hash, sa->last, cipher_alg(sa->encr)->block, msgid, iv))
		return false;
	s = isakmp_encode(sa, XCHG_INFO, msgid, iv, NULL, 0, type, wr_done(&w));
	if (!s)
		return false;
	ok = isakmp_transmit(sa->ik, sa->local, sa->remote, bytes_of(s->octets, s->n));
	free(s);
	return ok;
}

void isakmp_info_notify(struct isakmp_sa *sa, uint16_t type, struct bytes data)
{
	uint8_t buf[INFO_BODY];
	struct wr w = wr_init(buf, sizeof(buf));
	/* RFC 3706 section 5.3 and RFC 2407 section 4.6.3 define status types of DOI 1; an error is of this
	 * SA's DOI. */
	const struct notify_body n = {
		.doi = type > N_ERROR_MAX || sa->doi1 ? DOI_IPSEC : DOI_GDOI,
		.protocol = PROTO_ISAKMP,
		.type = type,
		.spi = BYTES_OF(sa->cookies),
		.data = data,
	};

	notify_encode(&w, &n);
	if (wr_ok(&w))
		isakmp_info_send(sa, isakmp_sa_msgid(sa), PL_NOTIFY, wr_done(&w));
}

void isakmp_info_delete(struct isakmp_sa *sa)
{
	uint8_t buf[INFO_BODY];
	struct wr w = wr_init(buf, sizeof(buf));
	const struct delete_body d = { sa->doi1 ? DOI_IPSEC : DOI_GDOI, PROTO_ISAKMP, COOKIES, 1,
		BYTES_OF(sa->cookies) };

	delete_encode(&w, &d);
	isakmp_info_send(sa, isakmp_sa_msgid(sa), PL_DELETE, wr_done(&w));
}

/* True when the message is new. */
static bool take_r_u_there(struct isakmp_sa *sa, uint32_t seq, struct bytes data)
{
	bool again = sa->dpd_peer_seen && seq == sa->dpd_peer;

	/* HASH(1) says nothing of who sent it: our own question, come back, would be answered with an ACK that,
	 * sent back in its turn, shows a living peer. */
	if (isakmp_dpd_own(sa, seq)) {
		sa->ik->count.duplicates++;
		return false;
	}
	/* A number of the past is a replay; the last one again is a peer whose ACK got lost. */
	if (sa->dpd_peer_seen && seq - sa->dpd_peer > DPD_WINDOW) {
		sa->ik->count.duplicates++;
		return false;
	}
	sa->dpd_peer_seen = true;
	sa->dpd_peer = seq;
	isakmp_info_notify(sa, N_R_U_THERE_ACK, data);
	return !again;
}

/* True when it is a new sign of life. */
static bool take_dpd(struct isakmp_sa *sa, const struct notify_body *n)
{
	struct rd r = rd_init(n->data);
	uint32_t seq = rd_u32(&r);

	/* RFC 3706 section 5.3: the SPI is both cookies, the data the sequence number. */
	if (!rd_end(&r) || !bytes_eq(n->spi, BYTES_OF(sa->cookies))) {
		sa->ik->count.malformed++;
		return false;
	}
	return n->type == N_R_U_THERE ? take_r_u_there(sa, seq, n->data) : isakmp_dpd_ack(sa, seq);
}

static void take_notify(struct isakmp_sa *sa, struct bytes body)
{
	struct isakmp *ik = sa->ik;
	struct notify_body n;
	struct rd r;

	if (!notify_decode(body, &n, NULL)) {
		ik->count.malformed++;
		return;
	}
	if (n.doi > DOI_GDOI) {		/* its numbers mean something else there */
		ik->count.malformed++;
		report_bad_doi_notify(ik, sa->remote.ip, n.doi);
		return;
	}
	DBG(ik->log, ISAKMP, EVENT, "(%u): %s (%u) from %s", sa->conn_id, isakmp_notify_name(n.type), n.type,
		ip4_s(sa->remote.ip));
	if (n.type == N_R_U_THERE || n.type == N_R_U_THERE_ACK) {
		take_dpd(sa, &n);
	} else if (n.type == N_INITIAL_CONTACT) {
		isakmp_sa_supersede(sa, true);
	} else if (n.type <= N_ERROR_MAX) {
		r = rd_init(n.data);
		isakmp_xchg_refused(sa, n.data.n == 4 ? rd_u32(&r) : 0);
	}
}

/* A peer may end what it shares with us: this SA or another one with it. */
static void take_delete(struct isakmp_sa *sa, struct bytes body)
{
	struct isakmp *ik = sa->ik;
	struct ip4 peer = sa->remote.ip;
	struct delete_body d;
	struct rd r;

	if (!delete_decode(body, &d, NULL)) {
		ik->count.malformed++;
		return;
	}
	if (d.protocol != PROTO_ISAKMP || d.spi_size != COOKIES)
		return; /* keys of the group are deleted by GROUPKEY-PUSH (RFC 6407 section 5.9), not so */
	r = rd_init(d.spis);
	while (rd_left(&r)) {
		struct bytes spi = rd_bytes(&r, COOKIES);
		struct isakmp_sa *named = isakmp_sa_find(ik, spi.p, spi.p + 8);

		if (named && ip4_eq(named->remote.ip, peer))
			isakmp_sa_delete(named, false);
	}
}

static bool is_dpd(const struct isakmp_msg *m, struct notify_body *n)
{
	return m->count == 1 && m->payload[0].type == PL_NOTIFY && notify_decode(m->payload[0].body, n, NULL) &&
	       (n->type == N_R_U_THERE || n->type == N_R_U_THERE_ACK);
}

static void act(struct isakmp_sa *sa, const struct isakmp_msg *m)
{
	for (unsigned i = 0; i < m->count && !sa->dead; i++) {
		if (m->payload[i].type == PL_NOTIFY)
			take_notify(sa, m->payload[i].body);
		else if (m->payload[i].type == PL_DELETE)
			take_delete(sa, m->payload[i].body);
	}
}

void isakmp_info_input(struct isakmp_sa *sa, const struct datagram *d, const struct isakmp_hdr *h)
{
	struct isakmp *ik = sa->ik;
	struct isakmp_payload p[ISAKMP_PAYLOADS];
	uint8_t iv[CIPHER_BLOCK_MAX], next_iv[CIPHER_BLOCK_MAX], want[HASH_SIZE_MAX];
	struct isakmp_msg m;
	struct notify_body n;

	if (isakmp_sa_used(sa, h->msgid)) {
		ik->count.duplicates++;
		return;
	}
	if (!isakmp_exchange_iv(sa->hash, sa->last, cipher_alg(sa->encr)->block, h->msgid, iv) ||
		!isakmp_open(sa, d, h, iv, next_iv, p, &m))
		return;
	if (!isakmp_hash(sa, h->msgid, NULL, 0, m.hashed, want) ||
		!secret_eq(bytes_of(want, hash_alg(sa->hash)->size), m.hash)) {
		ik->count.auth_failed++;
		report_mode(ik, "Informational", d->src.ip);
		return;
	}
	/* DPD has sequence numbers of its own against replay and comes too often to keep every message id. */
	if (is_dpd(&m, &n)) {
		if (take_dpd(sa, &n))
			isakmp_sa_heard(sa, d->src);
		return;
	}
	isakmp_sa_use(sa, h->msgid);
	isakmp_sa_heard(sa, d->src);
	act(sa, &m);
}
