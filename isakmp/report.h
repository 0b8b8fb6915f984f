/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What this room tells the log. A peer can provoke most of it, so each kind has a rate limit of its own. */
#pragma once
#include "lib/ip.h"
#include "lib/ratelimit.h"

struct isakmp;
struct why;

enum report_kind {
	REPORT_MALFORMED, REPORT_BAD_MESSAGE, REPORT_NO_SA, REPORT_OVERFLOW, REPORT_AGGRESSIVE, REPORT_AUTH_FAIL,
	REPORT_BAD_DOI, REPORT_BAD_DOI_NOTIFY, REPORT_CRYPT, REPORT_MODE, REPORT_NOT_ENCRYPTED, REPORT_NO_KEY,
	REPORT_NOT_AUTH, REPORT_NOT_OFFERED, REPORT_UNKNOWN_EXCHANGE, REPORT_SETUP, REPORT_HALF_OPEN, REPORT_BUSY,
	REPORT_NO_PROPOSAL, REPORT_KINDS,
};

#define REPORT_FAILED 32

struct report_failed {			/* a peer that phase 1 fails with */
	struct ip4 peer;
	unsigned count;			/* since it last succeeded */
	uint64_t last, said;		/* monotonic µs */
	char reason[96];		/* its beginning, as last said */
};

struct report {
	struct ratelimit limit[REPORT_KINDS];
	struct report_failed failed[REPORT_FAILED];
};

void report_init(struct report *r);

void report_malformed(struct isakmp *ik, struct endpoint from, const struct why *why);
/* What a wrong pre-shared key looks like. */
void report_bad_message(struct isakmp *ik, struct ip4 peer);
void report_no_sa(struct isakmp *ik, struct ip4 peer);
void report_overflow(struct isakmp *ik, struct ip4 peer, unsigned length, unsigned got);
void report_aggressive(struct isakmp *ik);
void report_auth_fail(struct isakmp *ik, struct ip4 peer);
void report_bad_doi(struct isakmp *ik, struct ip4 peer, unsigned doi);
void report_bad_doi_notify(struct isakmp *ik, struct ip4 peer, unsigned doi);
/* what: "encrypt", "decrypt" */
void report_crypt(struct isakmp *ik, unsigned conn_id, const char *what);
/* mode: "Main", "Informational" */
void report_mode(struct isakmp *ik, const char *mode, struct ip4 peer);
void report_not_encrypted(struct isakmp *ik, struct ip4 peer);
void report_no_key(struct isakmp *ik, struct ip4 peer);
void report_not_auth(struct isakmp *ik, struct ip4 peer);
void report_not_offered(struct isakmp *ik, struct ip4 peer, const char *attribute);
void report_unknown_exchange(struct isakmp *ik, struct ip4 peer, unsigned exchange);
/*
 * Phase 1 came to nothing; reason in words an operator can use. A peer that is tried for days would fill the log: the first
 * three are said, and one whenever their number has doubled, the reason is another, or an hour has passed.
 */
void report_setup(struct isakmp *ik, struct ip4 local, struct ip4 remote, const char *reason);
/* It succeeded: failures are counted anew. */
void report_setup_done(struct isakmp *ik, struct ip4 remote);
/* The configuration was changed: the next failure is said, be it the same. */
void report_setup_anew(struct isakmp *ik);
void report_half_open(struct isakmp *ik, unsigned limit, const char *who);
void report_busy(struct isakmp *ik, struct ip4 peer, unsigned depth);
void report_no_proposal(struct isakmp *ik, struct ip4 peer);
void report_peer_dead(struct isakmp *ik, struct ip4 peer);
