/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The phase-1 SA payload: what is offered, what is chosen (RFC 2409 section 5; RFC 2408 section 4.2). */
#pragma once
#include "isakmp/isakmp_desc.h"
#include "lib/crypto/alg.h"

struct isakmp_suite {		/* a usable policy, or what was agreed on; authentication is pre-shared key */
	enum cipher_id encr;
	enum hash_id hash;
	enum dh_id group;
	uint32_t lifetime;	/* seconds */
};

enum sa_verdict { SA_OK, SA_MALFORMED, SA_BAD_DOI, SA_BAD_SITUATION, SA_NONE_CHOSEN };

struct sa_choice {		/* what a responder took from an offer; spans point into the offer */
	struct sa_head head;
	struct proposal_head proposal;
	struct bytes transform;	/* with its generic header */
	struct isakmp_suite suite;	/* the shorter of both lifetimes */
	bool shortened;		/* ... was ours */
};

#define SA_TRANSFORMS 255	/* # of Transforms is one octet */

/* Writes the SA body that offers own[0..n), most wanted first; n 1 to SA_TRANSFORMS. */
void sa_offer(struct wr *w, const struct sa_head *head, const struct isakmp_suite *own, unsigned n);
/*
 * The first transform of the offer, in the initiator's order, that one of own[] (by priority) allows, as IOS
 * compares them. Anything but SA_OK comes with why.
 */
enum sa_verdict sa_choose(struct bytes offer, const struct isakmp_suite *own, unsigned n, struct sa_choice *out,
	struct why *why);
/* Writes the SA body that answers with the choice, attributes unaltered. */
void sa_answer(struct wr *w, const struct sa_choice *c);
/*
 * What the responder took of the offer (both SA bodies): the very attributes of one offered transform (RFC 2408
 * section 4.2). SA_NONE_CHOSEN: it answered with something else, why names it.
 */
enum sa_verdict sa_accept(struct bytes answer, struct bytes offer, struct isakmp_suite *out, struct why *why);
