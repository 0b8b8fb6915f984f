/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The engine's own state, for the files of this room and its tests only. */
#pragma once
#include <uthash.h>
#include <utlist.h>
#include "isakmp/isakmp.h"
#include "isakmp/keys.h"
#include "isakmp/proposal.h"
#include "isakmp/report.h"
#include "lib/env.h"
#include "lib/ratelimit.h"
#include "lib/timer.h"

#define ISAKMP_DATAGRAM 65507		/* what UDP over IPv4 carries */
#define ISAKMP_POLICIES 40		/* usable policies; more are not offered */
#define ISAKMP_SEEN 16			/* octets kept of a datagram's hash */
#define ISAKMP_LISTENERS 4
#define ISAKMP_SAS_PER_PEER 64		/* an authenticated peer cannot fill the memory with SAs */

struct dpd;
struct isakmp_neg;

struct isakmp_peer {			/* an address with which there is an SA or a negotiation */
	UT_hash_handle hh;
	struct ip4 ip;
	uint32_t half_open;		/* negotiations in which we are the responder */
	uint32_t negs, nsa;
	struct isakmp_sa *sas;		/* oldest first */
};

#define ISAKMP_CREDENTIAL 32		/* hash of cookies and pre-shared key */

struct isakmp_saved {			/* a datagram sent, kept for whoever asks again */
	size_t n;
	uint8_t octets[];
};

struct isakmp_sa {			/* established; small, for there are thousands */
	UT_hash_handle hh;
	uint8_t cookies[COOKIES];	/* key */
	struct isakmp *ik;
	struct isakmp_peer *peer;
	struct isakmp_sa *prev, *next;	/* peer->sas; ik->dead once dead */
	struct secret keys;		/* SKEYID_a | cipher key */
	struct isakmp_xchg *xchgs;
	struct isakmp_saved *final;	/* message 6, until it is sure to have arrived */
	struct dpd *dpd;
	char *peer_id;
	uint32_t *used;			/* message ids of exchanges that are over */
	struct timer timer;		/* end of 'final', then end of life */
	uint64_t expires, heard;	/* heard: last authenticated message */
	uint8_t last[CIPHER_BLOCK_MAX];	/* last ciphertext block of phase 1 */
	uint8_t seen[ISAKMP_SEEN];	/* hash of the datagram that 'final' answers */
	uint8_t credential[ISAKMP_CREDENTIAL];	/* what phase 1 was authenticated with */
	struct endpoint local, remote;
	uint32_t conn_id, dpd_peer;	/* dpd_peer: highest R-U-THERE sequence seen */
	uint16_t nused, used_cap;
	uint8_t encr, hash, group;
	struct version announced, peer_version;
	bool initiator, doi1, peer_dpd, gdoix, dpd_peer_seen;
	bool shortened;			/* our lifetime is the shorter one: the peer has to be told the end */
	bool suspect;			/* an exchange got no answer: not for reuse */
	bool dead;
};

struct isakmp_xchg {
	struct isakmp_xchg *prev, *next;
	struct isakmp_sa *sa;
	const struct isakmp_xchg_ops *ops;
	void *arg, *user;
	uint32_t msgid;
	unsigned tries;
	bool initiator, over;
	bool await;			/* sent something that wants an answer */
	bool replied;			/* sent last, something that wants none */
	bool heard;			/* a message was accepted: seen is meaningful */
	uint8_t iv[CIPHER_BLOCK_MAX], seen[ISAKMP_SEEN];
	uint8_t next_iv[CIPHER_BLOCK_MAX], next_seen[ISAKMP_SEEN];	/* of the message in hand */
	struct endpoint from;
	struct isakmp_saved *sent;
	uint64_t interval;
	struct timer timer;
};

struct isakmp_pending {			/* an isakmp_connect() not answered yet */
	struct isakmp_pending *prev, *next;
	struct isakmp *ik;
	struct isakmp_neg *neg;		/* waits for this one; NULL: in ik->ready, timer armed */
	struct isakmp_sa *sa;
	enum isakmp_fail why;
	struct timer timer;
	void (*done)(void *arg, struct isakmp_sa *sa, enum isakmp_fail why);
	void *arg;
};

struct isakmp {
	const struct env *env;
	struct syslog *log;
	struct config *config;
	struct net *net;
	struct version own;
	unsigned config_handle;
	bool policies_known;
	unsigned npolicy;
	unsigned npolicy_other;		/* of no use: not pre-shared key, or OpenSSL cannot */
	struct isakmp_suite policy[ISAKMP_POLICIES];	/* by priority */
	struct isakmp_neg *negs;	/* by initiator cookie and peer */
	struct isakmp_neg *initiators;
	struct isakmp_neg *unproved;	/* responders that wait for message 3, oldest first */
	struct isakmp_sa *sas;		/* by cookies; oldest first */
	struct isakmp_sa *dead;
	struct isakmp_peer *peers;
	struct isakmp_pending *ready;
	struct timer reaper;
	struct isakmp_xchg *in_call;	/* whose ops->in() runs; NULL when it ended meanwhile */
	bool busy;
	uint32_t conn_id;
	struct isakmp_counters count;
	struct report report;
	struct ratelimit notify_limit;
	struct {
		uint8_t exchange;
		void (*fn)(void *arg, const struct datagram *d, const struct isakmp_hdr *h);
		void *arg;
	} raw[ISAKMP_LISTENERS];
	struct {
		const struct isakmp_xchg_ops *ops;
		void *arg;
	} handler[ISAKMP_LISTENERS];
	struct {
		void (*fn)(void *arg, struct isakmp_sa *sa);
		void *arg;
	} gone[ISAKMP_LISTENERS];
	uint8_t scratch[ISAKMP_DATAGRAM];	/* the message being decrypted */
};

/* engine.c */
uint64_t isakmp_now(const struct isakmp *ik);
/* Sends and counts. */
bool isakmp_transmit(struct isakmp *ik, struct endpoint local, struct endpoint remote, struct bytes datagram);
void isakmp_fingerprint(struct bytes datagram, uint8_t out[ISAKMP_SEEN]);
struct isakmp_saved *isakmp_save(struct bytes datagram);
/* A delay around 'interval', a tenth more or less, so that members that lost the same datagram do not ask in
 * step. */
uint64_t isakmp_jitter(struct isakmp *ik, uint64_t interval);
/* Answers d, whose header is h, with an unauthenticated notify: seldom, and never with more than room octets, which are at
 * most d's. How many it sent. */
size_t isakmp_notify_clear(struct isakmp *ik, const struct datagram *d, const struct isakmp_hdr *h, uint16_t type, size_t room);
/* Usable policies, by priority. */
const struct isakmp_suite *isakmp_policies(struct isakmp *ik, unsigned *n);
/* Random octets that are not all zero. */
void isakmp_cookie(struct isakmp *ik, uint8_t out[8]);

/* connect.c */
void isakmp_connect_free_all(struct isakmp *ik);

/* sa.c */
struct isakmp_peer *isakmp_peer_get(struct isakmp *ik, struct ip4 ip);	/* finds or creates */
struct isakmp_peer *isakmp_peer_find(const struct isakmp *ik, struct ip4 ip);
void isakmp_peer_put(struct isakmp *ik, struct isakmp_peer *p);		/* frees it when nothing needs it */
struct isakmp_sa *isakmp_sa_find(const struct isakmp *ik, const uint8_t *icookie, const uint8_t *rcookie);
/* Takes a new SA over (cookies, addresses, keys, algorithms filled in): tables, timer, DPD. */
void isakmp_sa_add(struct isakmp *ik, struct isakmp_sa *sa, uint32_t lifetime);
void isakmp_credential(const uint8_t *icookie, const uint8_t *rcookie, struct bytes psk, uint8_t *out);
/* True while the key that made 'was' is the one configured for the peer. */
bool isakmp_credential_now(const struct isakmp *ik, struct ip4 local, struct ip4 remote, const uint8_t *icookie,
	const uint8_t *rcookie, const uint8_t *was);
struct bytes isakmp_sa_akey(const struct isakmp_sa *sa);		/* SKEYID_a */
struct bytes isakmp_sa_ckey(const struct isakmp_sa *sa);		/* cipher */
/* An authenticated message came from there. */
void isakmp_sa_heard(struct isakmp_sa *sa, struct endpoint from);
/* The newest SA that serves a want; NULL when there is none. */
struct isakmp_sa *isakmp_sa_for(struct isakmp *ik, const struct isakmp_want *want, struct ip4 local);
/* Ends the others with this SA's peer: all (INITIAL-CONTACT), or those that stopped answering. */
void isakmp_sa_supersede(struct isakmp_sa *sa, bool all);
bool isakmp_sa_used(const struct isakmp_sa *sa, uint32_t msgid);
void isakmp_sa_use(struct isakmp_sa *sa, uint32_t msgid);
/* A random message id that was not used before. */
uint32_t isakmp_sa_msgid(struct isakmp_sa *sa);
void isakmp_sa_free_all(struct isakmp *ik);

/* crypt.c: the encrypted body of a message under an SA */
bool isakmp_seal(const struct isakmp_sa *sa, uint8_t *iv, uint8_t *body, size_t n);
/*
 * Decrypts d's body into ik->scratch with iv, walks the chain, and checks that HASH comes first. *next_iv
 * gets the last ciphertext block. False: counted and reported.
 */
bool isakmp_open(struct isakmp_sa *sa, const struct datagram *d, const struct isakmp_hdr *h, const uint8_t *iv,
	uint8_t *next_iv, struct isakmp_payload *p, struct isakmp_msg *m);
/* HASH over M-ID | prefix | rest; out has the hash's size. */
bool isakmp_hash(const struct isakmp_sa *sa, uint32_t msgid, const struct bytes *prefix, unsigned n,
	struct bytes rest, uint8_t *out);
/* A whole datagram: header, HASH, payloads, encrypted; iv is advanced. NULL when it cannot be made. */
struct isakmp_saved *isakmp_encode(struct isakmp_sa *sa, uint8_t exchange, uint32_t msgid, uint8_t *iv,
	const struct bytes *prefix, unsigned n, uint8_t first, struct bytes payloads);

/* exchange.c */
void isakmp_xchg_input(struct isakmp_sa *sa, const struct datagram *d, const struct isakmp_hdr *h);
struct isakmp_xchg *isakmp_xchg_start(
	struct isakmp_sa *sa, const struct isakmp_xchg_ops *ops, void *arg, uint32_t msgid, bool initiator);
/* The peer said, authenticated, that it refuses the exchange (msgid 0: whichever waits). */
void isakmp_xchg_refused(struct isakmp_sa *sa, uint32_t msgid);
/* The SA is gone: tells the owners and frees all. */
void isakmp_xchg_drop_all(struct isakmp_sa *sa, bool tell);

/* info.c */
void isakmp_info_input(struct isakmp_sa *sa, const struct datagram *d, const struct isakmp_hdr *h);
/* Sends one Notify or Delete under the SA. */
bool isakmp_info_send(struct isakmp_sa *sa, uint32_t msgid, uint8_t type, struct bytes body);
void isakmp_info_notify(struct isakmp_sa *sa, uint16_t type, struct bytes data);
void isakmp_info_delete(struct isakmp_sa *sa);

/* dpd.c */
void isakmp_dpd_start(struct isakmp_sa *sa);	/* as configured now */
void isakmp_dpd_stop(struct isakmp_sa *sa);
void isakmp_dpd_sending(struct isakmp_sa *sa);	/* something was sent: on-demand mode may ask */
bool isakmp_dpd_ack(struct isakmp_sa *sa, uint32_t seq);	/* true: it answers an open question */
bool isakmp_dpd_own(const struct isakmp_sa *sa, uint32_t seq);	/* the number of a question that we asked */
void isakmp_dpd_reconfigure(struct isakmp *ik);
