/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Main mode in progress (RFC 2409 section 5, PSK: section 5.4), for the files of this room and its tests only. */
#pragma once
#include "isakmp/engine.h"
#include "isakmp/vendor.h"
#include "lib/clock.h"
#include "lib/crypto/dh.h"
#include "lib/pool.h"

#define NONCE_MIN 8		/* RFC 2409 section 5 */
#define NONCE_MAX 256
#define NONCE_OWN 32		/* half of the longest prf's key */
#define KE_MAX 512		/* group 16 */
#define ISAKMP_PORT 848
#define SA_BODY_MAX 2048	/* an offer that a half-open exchange has to keep */
#define NEG_EVICT SEC(2)	/* when all places are taken, a silent one may be given away after so long */
#define MESSAGE_MAX 4096	/* what we send in phase 1 */

enum neg_state {
	NEG_START,		/* responder: message 1 */
	NEG_WAIT_2, NEG_KEYGEN, NEG_WAIT_4, NEG_DERIVE, NEG_WAIT_6,	/* initiator */
	NEG_WAIT_3, NEG_DH, NEG_WAIT_5,					/* responder */
};

struct neg_key {
	uint8_t icookie[8];
	struct ip4 peer;
};

struct ke {
	uint16_t n;
	uint8_t octets[KE_MAX];
};

struct nonce {
	uint16_t n;
	uint8_t octets[NONCE_MAX];
};

struct neg_exchange {		/* from message 3 on */
	struct nonce ni, nr;
	struct ke ki, kr;
	struct dh *dh;		/* initiator, between its two jobs */
	struct isakmp_keys keys;
	uint8_t iv[CIPHER_BLOCK_MAX];
	uint8_t credential[ISAKMP_CREDENTIAL];
};

struct neg_job {		/* DH in the pool; outlives a negotiation that ends before it */
	struct job job;
	struct isakmp_neg *neg;	/* NULL: it has ended */
	enum dh_id group;
	struct dh *dh;
	struct ke peer;		/* n 0: key generation only */
	struct secret shared;
	bool ok;
};

struct isakmp_neg {
	UT_hash_handle hh;
	struct neg_key key;
	struct isakmp_neg *prev, *next;	/* ik->initiators, or ik->unproved */
	struct isakmp *ik;
	struct isakmp_peer *peer;
	struct isakmp_pending *pendings;
	struct endpoint local, remote;
	uint8_t rcookie[8];
	uint8_t seen[ISAKMP_SEEN];	/* of the last message accepted */
	enum neg_state state;
	bool initiator, doi1, shortened;
	bool sent_dpd, sent_version;	/* vendor ids */
	bool proved;		/* the peer gave our cookie back: it receives what we send to it */
	bool authentic;		/* its HASH was right; until then a responder sends no more octets than it got */
	uint16_t hint;		/* notify type heard in the clear: explains a failure, causes none */
	unsigned tries;
	uint64_t started, interval;
	size_t octets_in, octets_out;
	struct timer timer;
	struct isakmp_saved *sent;
	struct isakmp_suite suite;
	struct vendor vendor;
	struct version announced;
	struct isakmp_saved *sai;	/* SAi_b */
	struct neg_exchange *x;
	struct neg_job *job;
};

struct neg_in {			/* a message, taken apart */
	struct isakmp *ik;
	struct isakmp_neg *n;	/* message 1: NULL until its handler has made one */
	const struct datagram *d;
	const struct isakmp_hdr *h;
	const uint8_t *seen;	/* hash of the datagram */
	const struct isakmp_payload *payload;
	unsigned count;
	const struct isakmp_payload *by_type[32];	/* the first of each required or optional one */
};

enum neg_step {
	STEP_DROP,		/* as if it had not come */
	STEP_ON,		/* accepted: next state, its timer */
	STEP_OVER,		/* the negotiation is freed */
};

/* phase1.c */
/* A main mode message that belongs to n, or (NULL) begins one. */
void neg_input(struct isakmp *ik, struct isakmp_neg *n, const struct datagram *d, const struct isakmp_hdr *h);
struct isakmp_neg *neg_find(const struct isakmp *ik, const uint8_t *icookie, struct ip4 peer);
struct isakmp_neg *neg_new(struct isakmp *ik, const uint8_t *icookie, struct endpoint local,
	struct endpoint remote, bool initiator);
void neg_free(struct isakmp_neg *n);
/* Ends n badly: whoever waits for it hears why. */
void neg_fail(struct isakmp_neg *n, enum isakmp_fail why, const char *reason);
/* Ends n well. */
void neg_established(struct isakmp_neg *n, struct isakmp_sa *sa);
/* Octets that may go to the peer now. */
size_t neg_room(const struct isakmp_neg *n);
/* Answers in with a notify in the clear, as far as there is room; in->n may be NULL. */
void neg_notify(const struct neg_in *in, uint16_t type);
/* Sends what w holds (its header's length is filled in) and keeps it for retransmission; false: not sent. */
bool neg_send(struct isakmp_neg *n, struct wr *w);
/* After a job: next state and its timer. */
void neg_go(struct isakmp_neg *n, enum neg_state state);
/* Ends those under way; how many. */
unsigned neg_clear(struct isakmp *ik);
/* Ends those that we began with a pre-shared key that is no longer the peer's. */
void neg_keys_changed(struct isakmp *ik);
void neg_free_all(struct isakmp *ik);
const char *neg_state_name(enum neg_state s);

/* phase1_messages.c: one handler per message, in the order of the exchange */
bool neg_send_message1(struct isakmp_neg *n);
enum neg_step neg_take_message1(struct neg_in *in);
enum neg_step neg_take_message2(struct neg_in *in);
enum neg_step neg_take_message3(struct neg_in *in);
enum neg_step neg_take_message4(struct neg_in *in);
enum neg_step neg_take_message5(struct neg_in *in);
enum neg_step neg_take_message6(struct neg_in *in);

/* phase1_dh.c: in the worker pool */
/*
 * Key generation (peer of 0 octets), derivation (n->x->dh there), or both in one job (RFC 2409's message 3
 * gives the responder all it needs). Goes on with neg_dh_over() unless n has ended meanwhile.
 */
void neg_dh(struct isakmp_neg *n, const struct ke *peer);
/* n was freed: its job runs to the end for nobody. */
void neg_dh_orphan(struct isakmp_neg *n);
/* phase1_messages.c: the job is done; own is our public value, shared g^xy (not set after key generation). */
void neg_dh_over(struct isakmp_neg *n, bool ok, struct bytes own, const struct secret *shared);
