/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "isakmp/payloads.h"
#include "lib/why.h"

#define PL_LAST 22		/* highest assigned payload type (RFC 6407 section 7) */
#define PL_PRIVATE 128

bool isakmp_hdr_decode(struct bytes datagram, struct isakmp_hdr *h, struct why *why)
{
	struct rd r = rd_init(datagram);

	rd_copy(&r, h->icookie, sizeof(h->icookie));
	rd_copy(&r, h->rcookie, sizeof(h->rcookie));
	h->next = rd_u8(&r);
	h->version = rd_u8(&r);
	h->exchange = rd_u8(&r);
	h->flags = rd_u8(&r);
	h->msgid = rd_u32(&r);
	h->length = rd_u32(&r);
	if (!rd_ok(&r))
		return why_set(why, "%zu octets are too few for a header", datagram.n);
	/* A higher minor version is to be taken (RFC 2408 section 3.1); a higher major one is another
	 * protocol. */
	if (h->version >> 4 != ISAKMP_VERSION >> 4)
		return why_set(why, "version %u.%u", h->version >> 4, h->version & 15);
	if (h->length != datagram.n)
		return why_set(why, "length says %u octets, the datagram has %zu", h->length, datagram.n);
	return true;
}

void isakmp_hdr_encode(struct wr *w, const struct isakmp_hdr *h)
{
	wr_bytes(w, BYTES_OF(h->icookie));
	wr_bytes(w, BYTES_OF(h->rcookie));
	wr_u8(w, h->next);
	wr_u8(w, h->version);
	wr_u8(w, h->exchange);
	wr_u8(w, h->flags);
	wr_u32(w, h->msgid);
	wr_u32(w, h->length);
}

/* Proposal and Transform live inside an SA only; 14 and 23 to 127 are nobody's (RFC 2408 section 5.3). */
static bool known_type(uint8_t type)
{
	return type >= PL_PRIVATE ||
	       (type <= PL_LAST && type != PL_PROPOSAL && type != PL_TRANSFORM && type != 14);
}

static bool one_payload(struct rd *r, uint8_t type, struct isakmp_payload *out, uint8_t *next, struct why *why)
{
	const uint8_t *start = r->p;
	uint16_t length;

	*next = rd_u8(r);
	/* Also how a message decrypted with the wrong key shows (RFC 2408 section 5.3). */
	if (rd_u8(r) != 0 && rd_ok(r))
		return why_set(why, "payload %u: RESERVED is not zero", type);
	length = rd_u16(r);
	if (!rd_ok(r))
		return why_set(why, "payload %u: the generic header runs past the end", type);
	if (length < 4)
		return why_set(why, "payload %u: length %u is less than its header", type, length);
	out->type = type;
	out->body = rd_bytes(r, length - 4u);
	if (!rd_ok(r))
		return why_set(why, "payload %u: length %u runs past the end", type, length);
	out->whole = bytes_of(start, length);
	return true;
}

/* Zeros (RFC 2409 appendix B), the last of which may be their count (its section 5). */
static bool padding_ok(struct bytes b)
{
	for (size_t i = 0; i + 1 < b.n; i++) {
		if (b.p[i])
			return false;
	}
	return b.n == 0 || b.p[b.n - 1] == 0 || b.p[b.n - 1] == b.n || b.p[b.n - 1] == b.n - 1;
}

bool isakmp_chain(uint8_t first, struct bytes in, bool padded, struct isakmp_payload *out, unsigned max,
	unsigned *count, size_t *used, struct why *why)
{
	struct rd r = rd_init(in);
	uint8_t type = first;
	unsigned n = 0;

	*count = 0;
	*used = 0;
	while (type != PL_NONE) {
		uint8_t next;

		if (n == max)
			return why_set(why, "more than %u payloads", max);
		if (!known_type(type))
			return why_set(why, "payload type %u is not known", type);
		if (!one_payload(&r, type, &out[n], &next, why))
			return false;
		n++;
		type = next;
	}
	*used = in.n - rd_left(&r);
	if (rd_left(&r) && !padded)
		return why_set(why, "%zu octets after the last payload", rd_left(&r));
	if (!padding_ok(rd_rest(&r)))
		return why_set(why, "what follows the last payload is not padding");
	*count = n;
	return true;
}

size_t isakmp_payload_begin(struct wr *w, uint8_t next)
{
	size_t at = w->n;

	wr_u8(w, next);
	wr_u8(w, 0);
	wr_u16(w, 0);
	return at;
}

void isakmp_payload_end(struct wr *w, size_t at)
{
	size_t n = w->n - at;

	if (n > UINT16_MAX) {
		w->bad = true;
		return;
	}
	wr_fill16(w, at + 2, (uint16_t)n);
}

const struct isakmp_payload *isakmp_find(const struct isakmp_payload *p, unsigned count, uint8_t type)
{
	for (unsigned i = 0; i < count; i++) {
		if (p[i].type == type)
			return &p[i];
	}
	return NULL;
}
