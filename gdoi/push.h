/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * GROUPKEY-PUSH (RFC 6407 section 4) and its acknowledgement (RFC 8263) as octets: building, opening, checking. Neither
 * role's state is known here.
 */
#pragma once
#include "gdoi/payload.h"
#include "lib/secret.h"
#include "lib/crypto/rsa.h"

struct kek {			/* one Rekey SA: what is needed to make or open its messages */
	uint8_t spi[GDOI_SPI];
	enum cipher_id cipher;
	enum hash_id sig_hash;
	struct secret iv, key;
};
void kek_free(struct kek *k);
void kek_copy(struct kek *dst, const struct kek *src);
/* From a SAK and its key packet, which holds IV and key joined. False with why when the sizes do not fit the cipher. */
bool kek_from_wire(struct kek *out, const struct gdoi_sak *sak, const struct gdoi_kd_kek *kd, struct why *why);

/* Building: sa and kd may both be NULL (a pure delete), kd alone with a GAP-only SA (removal). Signing is a private operation, so it is cut in three. */
struct push_build {
	const struct kek *kek;		/* the current one, under which the message goes */
	const struct gdoi_wire *wire;
	uint32_t seq;
	const struct gdoi_delete *del;	/* ndel of them */
	unsigned ndel;
	const struct gdoi_sa *sa;
	const struct gdoi_kd *kd;
};
struct push_draft {		/* plaintext waiting for its signature; holds keys: freed with push_draft_free */
	struct secret plain;		/* header and payloads, room for SIG and padding */
	size_t n;
	size_t sig_size;
	uint8_t digest[HASH_SIZE_MAX];
};
/* 1: payloads and digest (section 4, gdoi-wire.md 3.3). sig_size: octets of the signature to come. False: too big. */
bool push_draft_make(const struct push_build *b, size_t sig_size, struct push_draft *out, struct why *why);
/* 2 is rsa_sign() over draft->digest, in a pool job. 3: signature in, encrypt; out gets the datagram. */
bool push_draft_finish(struct push_draft *d, const struct kek *kek, struct bytes sig, struct secret *out);
void push_draft_free(struct push_draft *d);

/* Opening. plain is owned; the spans of sa, kd point into it. */
struct push_msg {
	struct secret plain;
	uint32_t seq;
	struct gdoi_delete del[8];
	unsigned ndel;
	bool has_sa, has_kd;
	struct gdoi_sa sa;
	struct gdoi_kd kd;
	struct bytes sig;
	uint8_t digest[HASH_SIZE_MAX];
};
/* Decrypts with the KEK (found by the cookies) and walks the payloads; neither SEQ nor SIG is judged. */
bool push_open(const struct kek *kek, const struct gdoi_wire *w, struct bytes datagram, struct push_msg *out,
	struct why *why);
void push_msg_free(struct push_msg *m);
/* Reads only SEQ (first block), for the cheap replay check before anything else. */
bool push_peek_seq(const struct kek *kek, struct bytes datagram, uint32_t *seq);
/* Both forms of gdoi-wire.md table 0 row 5 are accepted; raw ('compatibility push-sig raw') is tried first when set. */
bool push_sig_ok(const struct push_msg *m, const struct kek *kek, const struct rsa_key *pub, bool raw);

/* RFC 8263. ack is the KEK_ACK_REQUESTED value; out: at least 128 octets. */
bool push_ack_make(const struct kek *kek, uint32_t ack, uint32_t seq, struct ip4 id, struct wr *out);
struct push_ack {
	uint8_t spi[GDOI_SPI];
	uint32_t seq;
	struct ip4 id;
	struct bytes hash, hashed;	/* into the datagram */
};
bool push_ack_decode(struct bytes datagram, struct push_ack *out, struct why *why);
bool push_ack_ok(const struct push_ack *a, const struct kek *kek, uint32_t ack);
