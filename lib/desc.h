/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Wire structures as tables: one engine decodes, encodes, prints for 'debug ... packet' and lists the fuzz dictionary
 * from the same rows. A row says how the next field lies on the wire and where it lies in the C struct.
 */
#pragma once
#include <stddef.h>
#include <stdint.h>
#include "lib/wire.h"

struct text;
struct why;

enum desc_kind {
	DESC_U8, DESC_U16, DESC_U32, DESC_U64,	/* uint8_t ... uint64_t */
	DESC_RAW,	/* width octets, uint8_t[width] */
	DESC_ZERO,	/* width octets: sent as zero, ignored when read (RESERVED) */
	DESC_IP4,	/* 4 octets, struct ip4 */
	DESC_VAR8,	/* length in 1 octet, then that many: struct bytes */
	DESC_VAR16,	/* the same with 2 octets */
	DESC_REST,	/* all that is left: struct bytes */
};

struct desc_names {
	uint32_t value;
	const char *name;
};

struct desc_field {
	const char *name;
	enum desc_kind kind;
	uint16_t width;			/* DESC_RAW, DESC_ZERO */
	uint16_t offset;		/* in the C struct */
	const struct desc_names *names;	/* ends with a NULL name; NULL: any number, printed as such */
	bool strict;			/* a number not in names is an error */
};

struct desc {
	const char *name;		/* the RFC's name of the structure */
	const struct desc_field *fields;
	unsigned count;
};

/* Fills out from the reader. Spans point into the input. False with why ("SAK: DST ID Data Len runs past the end"). */
bool desc_decode(const struct desc *d, struct rd *r, void *out, struct why *why);
void desc_encode(const struct desc *d, struct wr *w, const void *in);
/* One line per field, indented. */
void desc_print(const struct desc *d, const void *in, unsigned indent, struct text *t);
const char *desc_name(const struct desc_names *names, uint32_t value);	/* NULL when unknown */
/* What a fuzzer cannot guess: libFuzzer dictionary lines with the known values of all fields. */
void desc_dict(const struct desc *d, struct text *t);

/* Data attributes, RFC 2408 section 3.3: AF bit, type, then a 2-octet value (TV) or length and value (TLV). */
enum attr_kind {
	ATTR_B,		/* number that must be TV (class "B"); uint32_t */
	ATTR_V,		/* number, TV or TLV of 1 to 8 octets; uint64_t. Sent as TLV of 4 octets */
	ATTR_V8,	/* the same, sent as TLV of 8 octets */
	ATTR_BYTES,	/* TLV of any length: struct bytes */
};

struct attr_row {
	uint16_t type;
	const char *name;
	enum attr_kind kind;
	uint16_t offset;		/* in the C struct */
	const struct desc_names *names;
};

struct attr_table {
	const char *name;		/* "SAK attributes" */
	const struct attr_row *rows;
	unsigned count;			/* at most 32 */
};

/*
 * Reads attributes to the end. *seen gets bit i for row i. An attribute twice is an error. One that is not in the
 * table is an error unless unknown is given: then unknown(arg, type, tv, value) decides (false = error).
 */
bool attr_decode(const struct attr_table *t, struct rd *r, void *out, uint32_t *seen,
	bool (*unknown)(void *arg, uint16_t type, bool tv, struct bytes value), void *arg, struct why *why);
/* Writes the rows whose bit is set, in table order. */
void attr_encode(const struct attr_table *t, struct wr *w, const void *in, uint32_t seen);
void attr_print(const struct attr_table *t, const void *in, uint32_t seen, unsigned indent, struct text *out);
/* Dictionary lines: each attribute's head, and with each known value. */
void attr_dict(const struct attr_table *t, struct text *out);
