/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * ISAKMP/IKEv1 as GDOI uses it (RFC 2408, 2409; DOI 2, UDP 848): phase 1 in both roles, and exchanges under a phase-1 SA
 * (GROUPKEY-PULL, later COOP) with their encryption, HASH payload, retransmission and duplicate detection. What a
 * message of such an exchange means is its owner's business (gdoi/): this room hands up payloads and takes payloads.
 */
#pragma once
#include "isakmp/payloads.h"
#include "lib/net.h"

struct env;
struct config;
struct syslog;
struct text;
struct isakmp;
struct isakmp_sa;
struct isakmp_xchg;

struct version {		/* GET VPN software version (Cisco's GM-removal guide); all 0 = not known */
	uint8_t major, minor, mini;
};

/* All arguments outlive the engine. config: policies, keys, keepalive and half-open limits are read when needed. */
struct isakmp *isakmp_new(const struct env *env, struct syslog *log, struct config *config, struct net *net,
	struct version own);
void isakmp_free(struct isakmp *ik);
/* Every datagram received on UDP 848. Total: any octets are dropped and counted, or understood. */
void isakmp_input(struct isakmp *ik, const struct datagram *d);

/* Exchanges that stand on no phase-1 SA (GROUPKEY-PUSH 33, GROUPKEY-PUSH-ACK 35): the header was checked, the rest
 * was not. */
void isakmp_on_raw(struct isakmp *ik, uint8_t exchange,
	void (*fn)(void *arg, const struct datagram *d, const struct isakmp_hdr *h), void *arg);

/* ---- phase 1 ---- */

struct isakmp_want {		/* whom to talk to, and as what */
	struct ip4 local, remote;	/* local none: as routed */
	bool doi1;			/* 'compatibility phase1-doi 1' */
	struct version version;		/* announced in the vendor id; zeros: the engine's own */
	bool fresh;			/* do not reuse an established SA */
};

enum isakmp_fail {		/* why a phase 1 or an exchange ended without success */
	ISAKMP_TIMEOUT, ISAKMP_NO_KEY, ISAKMP_NO_PROPOSAL, ISAKMP_AUTH_FAILED, ISAKMP_REFUSED, ISAKMP_SA_DELETED,
	ISAKMP_LOCAL_ERROR,
};
const char *isakmp_fail_str(enum isakmp_fail f);

struct isakmp_pending;
/*
 * Gets a phase-1 SA: an established one, or negotiates. done() is called exactly once, never from within this call:
 * sa, or NULL with why. Cancelling before done() drops the interest.
 */
struct isakmp_pending *isakmp_connect(struct isakmp *ik, const struct isakmp_want *want,
	void (*done)(void *arg, struct isakmp_sa *sa, enum isakmp_fail why), void *arg);
void isakmp_connect_cancel(struct isakmp_pending *p);
/* The peer has answered something of the negotiation: it lives, and may just be slow. */
bool isakmp_connect_heard(const struct isakmp_pending *p);

/* An SA is valid until on_gone has been called for it (lifetime over, Delete, DPD, cleared). */
void isakmp_on_gone(struct isakmp *ik, void (*fn)(void *arg, struct isakmp_sa *sa), void *arg);
/*
 * Ends an SA; tell: with a Delete to the peer (how a member refuses policy, RFC 6407 section 3.3). Its exchanges fail and
 * on_gone is called at the next turn of the loop, never from within this call; nothing can be sent under it any more.
 */
void isakmp_sa_delete(struct isakmp_sa *sa, bool tell);
struct ip4 isakmp_sa_peer(const struct isakmp_sa *sa);
struct endpoint isakmp_sa_peer_endpoint(const struct isakmp_sa *sa);
struct ip4 isakmp_sa_local(const struct isakmp_sa *sa);
/* The peer's GET VPN version from its vendor id; zeros when it sent none (then: registered numbers only). */
struct version isakmp_sa_peer_version(const struct isakmp_sa *sa);
/* True when the peer announced gdoix's own vendor id: private numbers may be sent to it. */
bool isakmp_sa_peer_gdoix(const struct isakmp_sa *sa);
/* The peer's phase-1 identity as text ("10.0.0.2", "gm1.example.com"). Owned by the SA. */
const char *isakmp_sa_peer_id(const struct isakmp_sa *sa);
/* True while the pre-shared key that authenticated this SA is the one configured for the peer now. */
bool isakmp_sa_credential_ok(const struct isakmp_sa *sa);
/* n octets that the two ends of this SA alone can compute, others for each label. False when OpenSSL cannot. */
bool isakmp_sa_export(const struct isakmp_sa *sa, const char *label, uint8_t *out, size_t n);
uint32_t isakmp_sa_conn_id(const struct isakmp_sa *sa);	/* 1001 and up, as IOS counts */
/* Takes the next such number, for an SA that is shown among those of phase 1 (a Rekey SA). */
uint32_t isakmp_conn_id_take(struct isakmp *ik);

/* ---- exchanges under a phase-1 SA (RFC 2409 section 5.5 style: HDR*, HASH, payloads) ---- */

struct isakmp_msg {		/* one decrypted message; spans are valid during the call */
	const struct isakmp_payload *payload;	/* those after HASH, in order */
	unsigned count;
	struct bytes hash;		/* body of the HASH payload */
	struct bytes hashed;		/* every octet after it to the end of the last payload, padding not included */
};

struct isakmp_xchg_ops {
	uint8_t exchange;		/* 32 */
	/* A message came. The first of a responder's exchange too (user NULL until isakmp_xchg_set_user). Its HASH is
	 * NOT yet checked: call isakmp_hash_ok first. The exchange must end by isakmp_xchg_done or _abort sometime. */
	void (*in)(void *arg, struct isakmp_xchg *x, const struct isakmp_msg *m);
	/* No answer in time, or the SA went away; x is gone after this. */
	void (*failed)(void *arg, struct isakmp_xchg *x, enum isakmp_fail why);
};

/* Responder side: who handles new exchanges of ops->exchange. ops outlives the engine. */
void isakmp_on_xchg(struct isakmp *ik, const struct isakmp_xchg_ops *ops, void *arg);
/* Initiator side: fresh random message id. NULL when the SA has ended (its on_gone is on the way). */
struct isakmp_xchg *isakmp_xchg_new(struct isakmp_sa *sa, const struct isakmp_xchg_ops *ops, void *arg);
struct isakmp_sa *isakmp_xchg_sa(const struct isakmp_xchg *x);
void isakmp_xchg_set_user(struct isakmp_xchg *x, void *user);
void *isakmp_xchg_user(const struct isakmp_xchg *x);
/*
 * HASH = prf(SKEYID_a, M-ID | prefix parts | everything after HASH): RFC 6407 section 3.2 with prefix = "", Ni_b, or
 * Ni_b | Nr_b. Constant time.
 */
bool isakmp_hash_ok(const struct isakmp_xchg *x, const struct isakmp_msg *m, const struct bytes *prefix, unsigned n);
/*
 * Sends HDR*, HASH, payloads (the chain with generic headers, whose first is of type first). await: retransmitted with
 * growing interval until the next message comes; otherwise sent once and again for each duplicate of what it answers.
 * False when it cannot be sent at all (too big, no memory in the SA): the exchange is then failed by the caller.
 */
bool isakmp_xchg_send(struct isakmp_xchg *x, const struct bytes *prefix, unsigned n, uint8_t first, struct bytes payloads,
	bool await);
/* Ended well: the last reply is kept a while for duplicates; x may not be used after. */
void isakmp_xchg_done(struct isakmp_xchg *x);
/* Ended badly: tells the peer (notify, RFC 2408 section 3.14.1; 0 = silently); x may not be used after. */
void isakmp_xchg_abort(struct isakmp_xchg *x, uint16_t notify);

/* ---- what the shell may ask ---- */
#include "isakmp/isakmp_show.h"
