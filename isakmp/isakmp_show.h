/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What 'show crypto isakmp ...' and 'clear crypto isakmp' may ask of the engine. */
#pragma once
#include <stdbool.h>
#include "lib/crypto/alg.h"
#include "lib/ip.h"

struct isakmp;

enum isakmp_state { MM_NO_STATE, MM_SA_SETUP, MM_KEY_EXCH, MM_KEY_AUTH, GDOI_IDLE, MM_DELETED };

struct isakmp_sa_info {
	struct endpoint local, remote;
	struct ip4 dst, src;		/* responder, initiator: the columns of 'show crypto isakmp sa' */
	enum isakmp_state state;
	uint32_t conn_id;
	enum cipher_id encr;
	enum hash_id hash;
	enum dh_id group;
	uint32_t auth;			/* enum isakmp_auth */
	uint32_t left;			/* seconds of lifetime left */
	bool dpd, initiator;
	char peer_id[128];
	uint8_t icookie[8], rcookie[8];
};

/* Every SA, oldest first, until fn returns false. */
void isakmp_show_sas(const struct isakmp *ik, bool (*fn)(void *arg, const struct isakmp_sa_info *i), void *arg);

struct isakmp_counters {
	uint64_t in, out, retransmits, duplicates;
	uint64_t malformed, unknown_sa, bad_exchange, not_encrypted, auth_failed, no_proposal, no_key, half_open_limit,
		amplification_limit, too_big, decrypt_failed;
	uint32_t half_open, established;
};
void isakmp_show_counters(const struct isakmp *ik, struct isakmp_counters *out);
/* conn_id 0 = all, and what is being negotiated. Tells the peers. Returns how many were ended. */
unsigned isakmp_clear(struct isakmp *ik, uint32_t conn_id);
void isakmp_clear_counters(struct isakmp *ik);
