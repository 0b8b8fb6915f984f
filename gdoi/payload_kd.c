/* SPDX-License-Identifier: GPL-3.0-or-later */
/* KD, SEQ, D and the group's ID: RFC 6407 sections 5.6, 5.7, 5.9 and 5.1. */
#include <inttypes.h>
#include <stdlib.h>
#include "gdoi/gdoi_desc.h"
#include "gdoi/payload.h"
#include "isakmp/payloads.h"
#include "lib/mem.h"
#include "lib/why.h"

#define KD_KEKS 4	/* current and next, and room to be surprised */

static bool ignore_attr(void *arg, uint16_t type, bool tv, struct bytes value)
{
	(void)arg, (void)type, (void)tv, (void)value;
	return true;
}

struct kd_build {
	struct gdoi_kd *kd;
	const struct gdoi_wire *w;
	unsigned cap;
	bool bad_sid;
};

static bool tek_in(struct kd_build *b, struct rd *r, struct why *why)
{
	struct gdoi_kd *kd = b->kd;
	struct gdoi_kd_tek tek = { .spi = rd_u32(r) };
	struct key_attrs a = { 0 };
	uint32_t seen;

	if (!attr_decode(&gdoi_tek_attrs, r, &a, &seen, b->w->lenient_attrs ? ignore_attr : NULL, NULL, why))
		return false;
	if (kd->ntek >= GDOI_SATS)
		return why_set(why, "KD: more than %d TEK packets", GDOI_SATS);
	tek.key = a.key;
	tek.auth_key = a.second;
	if (kd->ntek == b->cap) {
		b->cap = b->cap ? b->cap * 2 : 4;
		kd->tek = mem_realloc(kd->tek, b->cap * sizeof(*kd->tek));
	}
	kd->tek[kd->ntek++] = tek;
	return true;
}

static bool kek_in(struct kd_build *b, struct rd *r, struct why *why)
{
	struct gdoi_kd *kd = b->kd;
	struct gdoi_kd_kek kek = { .iv = BYTES_NONE };
	struct key_attrs a = { 0 };
	uint32_t seen;

	rd_copy(r, kek.spi, GDOI_SPI);
	if (!attr_decode(&gdoi_kek_attrs, r, &a, &seen, b->w->lenient_attrs ? ignore_attr : NULL, NULL, why))
		return false;
	if (kd->nkek >= KD_KEKS)
		return why_set(why, "KD: more than %d KEK packets", KD_KEKS);
	kek.iv_key = a.key;
	kek.sig_key = a.second;
	if (!kd->kek)
		kd->kek = mem_zalloc(KD_KEKS * sizeof(*kd->kek));
	kd->kek[kd->nkek++] = kek;
	return true;
}

/* SID_VALUE stands once per SID; its width is open (1 to 8 octets accepted). */
static bool sid_value(void *arg, uint16_t type, bool tv, struct bytes value)
{
	struct kd_build *b = arg;
	struct gdoi_kd *kd = b->kd;
	uint64_t v = 0;

	(void)tv;
	if (type != SID_ATTR_VALUE)
		return b->w->lenient_attrs;
	if (value.n < 1 || value.n > 8 || kd->nsid >= sizeof(kd->sid) / sizeof(kd->sid[0])) {
		b->bad_sid = true;
		return false;
	}
	for (size_t i = 0; i < value.n; i++)
		v = v << 8 | value.p[i];
	kd->sid[kd->nsid++] = v;
	return true;
}

static bool sid_in(struct kd_build *b, struct rd *r, struct why *why)
{
	struct sid_attrs a = { 0 };
	uint32_t seen;

	if (b->kd->sid_bits)
		return why_set(why, "KD: two SID packets");
	if (!attr_decode(&gdoi_sid_attrs, r, &a, &seen, sid_value, b, why))
		return b->bad_sid ? why_set(why, "KD: SID_VALUE of a wrong size, or too many of them") : false;
	if (a.bits < 1 || a.bits > 64)
		return why_set(why, "KD: NUMBER_OF_SID_BITS %" PRIu32 " is not 1 to 64", a.bits);
	b->kd->sid_bits = a.bits;
	return true;
}

static bool packet_in(struct kd_build *b, struct rd *r, struct why *why)
{
	static const uint8_t spi_size[] = { [KD_TEK] = 4, [KD_KEK] = GDOI_SPI, [KD_SID] = 0 };
	struct key_packet_head h = { 0 };
	struct rd in;

	if (!desc_decode(&gdoi_key_packet_desc, r, &h, why))
		return false;
	if (h.length < KEY_PACKET_HEAD)
		return why_set(why, "KD: a key packet of %u octets", h.length);
	in = rd_sub(r, h.length - (size_t)KEY_PACKET_HEAD);
	if (!rd_ok(r))
		return why_set(why, "KD: a key packet runs past the end");
	if (h.type != KD_TEK && h.type != KD_KEK && h.type != KD_SID)
		return why_set(why, h.type == KD_LKH ? "KD: LKH is not used by this group" : "KD: KD Type %u is not known",
			h.type);
	if (h.spi_size != spi_size[h.type])
		return why_set(why, "KD: SPI Size %u in a packet of KD Type %u", h.spi_size, h.type);
	if (rd_left(&in) < h.spi_size)
		return why_set(why, "KD: SPI runs past the end");
	if (h.type == KD_TEK)
		return tek_in(b, &in, why);
	return h.type == KD_KEK ? kek_in(b, &in, why) : sid_in(b, &in, why);
}

bool gdoi_kd_decode(struct bytes body, const struct gdoi_wire *w, struct gdoi_kd *out, struct why *why)
{
	struct kd_build b = { .kd = out, .w = w };
	struct rd r = rd_init(body);
	unsigned count;

	*out = (struct gdoi_kd){ 0 };
	count = rd_u16(&r);
	rd_u16(&r);
	if (!rd_ok(&r))
		return why_set(why, "KD: shorter than its header");
	for (unsigned i = 0; i < count; i++) {
		if (!packet_in(&b, &r, why)) {
			gdoi_kd_free(out);
			return false;
		}
	}
	if (rd_end(&r))
		return true;
	gdoi_kd_free(out);
	return why_set(why, "KD: %zu octets behind the last key packet", rd_left(&r));
}

static size_t packet_begin(struct wr *wr, uint8_t type, uint8_t spi_size)
{
	struct key_packet_head h = { .type = type, .spi_size = spi_size };
	size_t at = wr->n;

	desc_encode(&gdoi_key_packet_desc, wr, &h);
	return at;
}

static void packet_end(struct wr *wr, size_t at)
{
	if (wr->n - at > UINT16_MAX)
		wr->bad = true;
	wr_fill16(wr, at + 2, (uint16_t)(wr->n - at));
}

static void key_attrs_out(struct wr *wr, const struct attr_table *t, struct bytes key, struct bytes second)
{
	struct key_attrs a = { key, second };

	attr_encode(t, wr, &a, (key.n ? 1u : 0) | (second.n ? 2u : 0));
}

/* KEK_ALGORITHM_KEY is IV and key in one (section 5.6.2.1). */
static void kek_out(struct wr *wr, const struct gdoi_kd_kek *k)
{
	size_t at = packet_begin(wr, KD_KEK, GDOI_SPI);

	wr_bytes(wr, BYTES_OF(k->spi));
	if (k->iv_key.n) {
		key_attrs_out(wr, &gdoi_kek_attrs, k->iv_key, k->sig_key);
	} else {
		wr_u16(wr, 1);
		wr_u16(wr, (uint16_t)(k->iv.n + k->key.n));
		wr_bytes(wr, k->iv);
		wr_bytes(wr, k->key);
		key_attrs_out(wr, &gdoi_kek_attrs, BYTES_NONE, k->sig_key);
	}
	packet_end(wr, at);
}

static void sid_out(struct wr *wr, const struct gdoi_kd *kd)
{
	size_t at = packet_begin(wr, KD_SID, 0);
	struct sid_attrs a = { kd->sid_bits };
	const size_t size = (kd->sid_bits + 7) / 8;

	attr_encode(&gdoi_sid_attrs, wr, &a, 1);
	for (unsigned i = 0; i < kd->nsid; i++) {
		wr_u16(wr, SID_ATTR_VALUE);
		wr_u16(wr, (uint16_t)size);
		for (size_t k = size; k-- > 0;)
			wr_u8(wr, (uint8_t)(kd->sid[i] >> (8 * k)));
	}
	packet_end(wr, at);
}

/* TEKs, then KEKs, then SIDs: the order of the vectors in gdoi-wire.md appendix A. */
void gdoi_kd_encode(struct wr *wr, const struct gdoi_wire *w, const struct gdoi_kd *kd)
{
	(void)w;
	wr_u16(wr, (uint16_t)(kd->ntek + kd->nkek + (kd->sid_bits ? 1 : 0)));
	wr_u16(wr, 0);
	for (unsigned i = 0; i < kd->ntek; i++) {
		size_t at = packet_begin(wr, KD_TEK, 4);

		wr_u32(wr, kd->tek[i].spi);
		key_attrs_out(wr, &gdoi_tek_attrs, kd->tek[i].key, kd->tek[i].auth_key);
		packet_end(wr, at);
	}
	for (unsigned i = 0; i < kd->nkek; i++)
		kek_out(wr, &kd->kek[i]);
	if (kd->sid_bits)
		sid_out(wr, kd);
}

size_t gdoi_kd_bound(const struct gdoi_kd *kd)
{
	size_t n = 256 + (size_t)kd->nsid * 12;

	for (unsigned i = 0; i < kd->ntek; i++)
		n += 24 + kd->tek[i].key.n + kd->tek[i].auth_key.n;
	for (unsigned i = 0; i < kd->nkek; i++)
		n += 40 + kd->kek[i].iv_key.n + kd->kek[i].iv.n + kd->kek[i].key.n + kd->kek[i].sig_key.n;
	return n;
}

void gdoi_kd_free(struct gdoi_kd *kd)
{
	free(kd->tek);
	free(kd->kek);
	*kd = (struct gdoi_kd){ 0 };
}

bool gdoi_seq_decode(struct bytes body, uint32_t *seq, struct why *why)
{
	struct rd r = rd_init(body);

	*seq = rd_u32(&r);
	return rd_end(&r) || why_set(why, "SEQ: %zu octets, not 4", body.n);
}

/* ---- D ---- */

static bool delete_teks(struct rd *r, const struct delete_head *h, struct gdoi_delete *out, struct why *why)
{
	if (h->spi_size != 4)
		return why_set(why, "D: SPI Size %u for TEKs", h->spi_size);
	if (h->count > GDOI_DELETES)
		return why_set(why, "D: %u SPIs, more than %d", h->count, GDOI_DELETES);
	for (unsigned i = 0; i < h->count; i++) {
		out->tek[i] = rd_u32(r);
		out->all = out->all || !out->tek[i];
	}
	out->ntek = h->count;
	return true;
}

static bool delete_kek(struct rd *r, const struct delete_head *h, struct gdoi_delete *out, struct why *why)
{
	static const uint8_t zeros[GDOI_SPI];

	if (h->spi_size != GDOI_SPI || h->count != 1)
		return why_set(why, "D: %u SPIs of %u octets for the KEK", h->count, h->spi_size);
	rd_copy(r, out->kek, GDOI_SPI);
	out->all = memcmp(out->kek, zeros, GDOI_SPI) == 0;
	return true;
}

bool gdoi_delete_decode(struct bytes body, struct gdoi_delete *out, struct why *why)
{
	struct rd r = rd_init(body);
	struct delete_head h = { 0 };

	*out = (struct gdoi_delete){ 0 };
	if (!desc_decode(&gdoi_delete_desc, &r, &h, why))
		return false;
	if (h.doi != DOI_GDOI)
		return why_set(why, "D: DOI %" PRIu32 " is not GDOI", h.doi);
	if (h.protocol_id > 2)
		return why_set(why, "D: Protocol-Id %u is not known", h.protocol_id);
	if (!h.count)
		return why_set(why, "D: no SPI");
	out->protocol_id = h.protocol_id;
	if (!(h.protocol_id ? delete_teks(&r, &h, out, why) : delete_kek(&r, &h, out, why)))
		return false;
	return rd_end(&r) || why_set(why, "D: its size is not that of %u SPIs", h.count);
}

void gdoi_delete_encode(struct wr *wr, const struct gdoi_delete *d)
{
	const bool kek = d->protocol_id == 0;
	const unsigned n = kek || d->all ? 1 : d->ntek;
	struct delete_head h = { .doi = DOI_GDOI, .protocol_id = d->protocol_id, .spi_size = kek ? GDOI_SPI : 4,
		.count = (uint16_t)n };

	desc_encode(&gdoi_delete_desc, wr, &h);
	if (d->all) {
		wr_zero(wr, h.spi_size);
	} else if (kek) {
		wr_bytes(wr, BYTES_OF(d->kek));
	} else {
		for (unsigned i = 0; i < n; i++)
			wr_u32(wr, d->tek[i]);
	}
}

/* ---- group identity ---- */

static uint32_t swap32(uint32_t v)
{
	return v >> 24 | (v >> 8 & 0xff00) | (v << 8 & 0xff0000) | v << 24;
}

/* KEY_ID of any length that is a number of 32 bits (gdoi-wire.md table 0 row 7). */
static bool key_id_in(struct bytes data, const struct gdoi_wire *w, uint32_t *out, struct why *why)
{
	uint64_t v = 0;

	if (!data.n)
		return why_set(why, "ID: KEY_ID is empty");
	for (size_t i = 0; i < data.n; i++) {
		v = v << 8 | data.p[i];
		if (v > UINT32_MAX)
			return why_set(why, "ID: KEY_ID of %zu octets is no group number", data.n);
	}
	*out = data.n == 4 && w->keyid_le ? swap32((uint32_t)v) : (uint32_t)v;
	return true;
}

bool gdoi_group_id_decode(struct bytes body, const struct gdoi_wire *w, struct gdoi_group_id *out, struct why *why)
{
	struct rd r = rd_init(body);
	struct wire_id id = { 0 };
	struct rd data;

	*out = (struct gdoi_group_id){ 0 };
	if (!desc_decode(&gdoi_id_desc, &r, &id, why))
		return false;
	if (id.type == ID_KEY_ID)
		return key_id_in(id.data, w, &out->number, why);
	if (id.type != ID_IPV4)
		return why_set(why, "ID: identity type %u names no group", id.type);
	data = rd_init(id.data);
	out->by_address = true;
	out->address.a = rd_u32(&data);
	return rd_end(&data) || why_set(why, "ID: an address of %zu octets", id.data.n);
}

void gdoi_group_id_encode(struct wr *wr, const struct gdoi_wire *w, const struct gdoi_group_id *id)
{
	wr_u8(wr, id->by_address ? ID_IPV4 : ID_KEY_ID);
	wr_zero(wr, 3);
	if (id->by_address)
		wr_u32(wr, id->address.a);
	else
		wr_u32(wr, w->keyid_le ? swap32(id->number) : id->number);
}
