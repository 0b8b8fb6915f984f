/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The tables of RFC 6407 section 5 as payload*.c reads and writes them; nobody else needs to know. */
#pragma once
#include "lib/bytes.h"
#include "lib/desc.h"

struct sa_head {		/* section 5.2 */
	uint32_t doi, situation;
	uint16_t next;
};

struct wire_id {
	uint8_t type;
	uint16_t port;
	struct bytes data;
};

struct sak_head {		/* section 5.3; RESERVED2 is not in it, peers disagree about its width */
	uint8_t proto;
	struct wire_id src, dst;
	uint8_t spi[16];
};

struct sak_attrs {
	uint32_t management, algorithm, key_bits;
	uint64_t lifetime;
	uint32_t sig_hash, sig_alg, sig_key_bits, ack;
};

struct gap_attrs {		/* section 5.4 */
	uint32_t atd, dtd, sid_request;
	uint64_t pseudotime;
	uint32_t removal, replace;
};

struct sat_head {		/* section 5.5 up to the selectors; a deny entry has these and attributes only */
	uint8_t protocol_id, ip_proto;
	struct wire_id src, dst;
};

struct sat_esp {
	uint8_t transform;
	uint32_t spi;
};

struct sat_attrs {
	uint32_t life_type;
	uint64_t lifetime;
	uint32_t encap, auth, key_bits, preserve, direction;
	uint32_t replay, window, entry;
	uint64_t configured, begin;
};

struct key_packet_head {	/* section 5.6 */
	uint8_t type;
	uint16_t length;	/* of the whole packet */
	uint8_t spi_size;
};

enum { KD_TEK = 1, KD_KEK = 2, KD_LKH = 3, KD_SID = 4 };
#define KEY_PACKET_HEAD 5

struct key_attrs {
	struct bytes key, second;	/* TEK: encryption, integrity. KEK: IV and key, signature key */
};

struct sid_attrs {
	uint32_t bits;
};

enum { SID_ATTR_VALUE = 2 };	/* one per SID, so no row of a table in which a type stands once */

struct delete_head {		/* RFC 2408 section 3.15 */
	uint32_t doi;
	uint8_t protocol_id, spi_size;
	uint16_t count;
};

extern const struct desc gdoi_sa_desc, gdoi_sak_desc, gdoi_sat_desc, gdoi_sat_desc2, gdoi_sat_esp_desc,
	gdoi_key_packet_desc, gdoi_delete_desc, gdoi_id_desc;
/* [0]: registered numbers; [1]: those of our own too (docs/PROTOCOL.md). */
extern const struct attr_table gdoi_sak_attrs, gdoi_gap_attrs[2], gdoi_sat_attrs[2], gdoi_sat_deny_attrs,
	gdoi_tek_attrs, gdoi_kek_attrs, gdoi_sid_attrs;
