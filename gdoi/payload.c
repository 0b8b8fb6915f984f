/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SA with SAK, GAP and SATs: RFC 6407 sections 5.2 to 5.5. The other payloads are in payload_kd.c. */
#include <inttypes.h>
#include <stdlib.h>
#include "gdoi/gdoi_desc.h"
#include "gdoi/payload.h"
#include "isakmp/payloads.h"
#include "lib/mem.h"
#include "lib/text.h"
#include "lib/why.h"

/* R6407 section 5.3.2: an attribute not understood aborts, unless the group says 'compatibility lenient-attrs'. */
static bool ignore_attr(void *arg, uint16_t type, bool tv, struct bytes value)
{
	(void)arg, (void)type, (void)tv, (void)value;
	return true;
}

static bool attrs_in(const struct attr_table *t, struct rd *r, const struct gdoi_wire *w, void *out, struct why *why)
{
	uint32_t seen;

	return attr_decode(t, r, out, &seen, w->lenient_attrs ? ignore_attr : NULL, NULL, why);
}

static uint32_t bit_of(const struct attr_table *t, uint16_t type)
{
	for (unsigned i = 0; i < t->count; i++) {
		if (t->rows[i].type == type)
			return UINT32_C(1) << i;
	}
	return 0;
}

static bool id_in(const char *what, const struct wire_id *in, struct gdoi_id *out, struct why *why)
{
	struct rd r = rd_init(in->data);

	*out = (struct gdoi_id){ .type = in->type, .port = in->port, .data = in->data };
	if (in->type == ID_IPV4) {
		out->ip.a = rd_u32(&r);
		out->mask.a = UINT32_MAX;
	} else if (in->type == ID_IPV4_SUBNET) {
		out->ip.a = rd_u32(&r);
		out->mask.a = rd_u32(&r);
	} else {
		return true;
	}
	return rd_end(&r) || why_set(why, "%s: an identity of type %u has %zu octets", what, in->type, in->data.n);
}

/* buf: 8 octets that live until the identity is written. */
static struct wire_id id_out(const struct gdoi_id *id, uint8_t *buf)
{
	struct wr w = wr_init(buf, 8);

	wr_u32(&w, id->ip.a);
	if (id->type == ID_IPV4_SUBNET)
		wr_u32(&w, id->mask.a);
	return (struct wire_id){ .type = id->type, .port = id->port, .data = wr_done(&w) };
}

/* ---- SAK ---- */

static bool sak_judge(const struct sak_head *h, const struct sak_attrs *a, struct gdoi_sak *out, struct why *why)
{
	if (!id_in("SAK: SRC", &h->src, &out->src, why) || !id_in("SAK: DST", &h->dst, &out->dst, why))
		return false;
	if (!a->algorithm)
		return why_set(why, "SAK: KEK_ALGORITHM is missing");
	if (!a->sig_alg)
		return why_set(why, "SAK: SIG_ALGORITHM is missing");
	out->cipher = cipher_from_kek(a->algorithm, a->key_bits);
	if (out->cipher == CIPHER_NONE)
		return why_set(why, "SAK: KEK_ALGORITHM %" PRIu32 " with %" PRIu32 " bits is not known", a->algorithm,
			a->key_bits);
	out->sig_hash = hash_from_sig(a->sig_hash);
	if (a->sig_hash && out->sig_hash == HASH_NONE)
		return why_set(why, "SAK: SIG_HASH_ALGORITHM %" PRIu32 " is not known", a->sig_hash);
	out->proto = h->proto;
	memcpy(out->spi, h->spi, GDOI_SPI);
	out->sig_alg = a->sig_alg;
	out->sig_key_bits = a->sig_key_bits;
	out->lifetime = a->lifetime;
	out->ack = a->ack;
	return true;
}

static bool sak_try(struct bytes body, unsigned pad, const struct gdoi_wire *w, struct gdoi_sak *out, struct why *why)
{
	struct rd r = rd_init(body);
	struct sak_head h = { 0 };
	struct sak_attrs a = { 0 };

	if (!desc_decode(&gdoi_sak_desc, &r, &h, why))
		return false;
	rd_bytes(&r, pad);
	if (!rd_ok(&r))
		return why_set(why, "SAK: RESERVED2 runs past the end");
	return attrs_in(&gdoi_sak_attrs, &r, w, &a, why) && sak_judge(&h, &a, out, why);
}

/* gdoi-wire.md table 0 row 3: 4 reserved octets, else 6. The first try's reason is the one worth reading. */
static bool sak_in(struct bytes body, const struct gdoi_wire *w, struct gdoi_sak *out, struct why *why)
{
	const unsigned pad = w->sak_pad6 ? 6 : 4;
	struct why first = { "" };

	return sak_try(body, pad, w, out, &first) || sak_try(body, 10 - pad, w, out, NULL) || why_set(why, "%s", first.text);
}

static void sak_out(struct wr *wr, const struct gdoi_wire *w, const struct gdoi_sak *sak)
{
	const struct cipher_alg *c = cipher_alg(sak->cipher);
	uint8_t src[8], dst[8];
	struct sak_head h = { .proto = sak->proto, .src = id_out(&sak->src, src), .dst = id_out(&sak->dst, dst) };
	struct sak_attrs a = { .algorithm = c->kek, .key_bits = c->key * 8u, .lifetime = sak->lifetime,
		.sig_hash = hash_alg(sak->sig_hash)->sig_hash, .sig_alg = sak->sig_alg, .sig_key_bits = sak->sig_key_bits,
		.ack = sak->ack };
	uint32_t seen = bit_of(&gdoi_sak_attrs, 2) | bit_of(&gdoi_sak_attrs, 6);

	memcpy(h.spi, sak->spi, GDOI_SPI);
	desc_encode(&gdoi_sak_desc, wr, &h);
	wr_zero(wr, w->sak_pad6 ? 6 : 4);
	if (c->sized)
		seen |= bit_of(&gdoi_sak_attrs, 3);
	if (a.lifetime)
		seen |= bit_of(&gdoi_sak_attrs, 4);
	if (a.sig_hash)
		seen |= bit_of(&gdoi_sak_attrs, 5);
	if (a.sig_key_bits)
		seen |= bit_of(&gdoi_sak_attrs, 7);
	if (a.ack)
		seen |= bit_of(&gdoi_sak_attrs, 9);
	attr_encode(&gdoi_sak_attrs, wr, &a, seen);
}

/* ---- GAP ---- */

bool gdoi_gap_decode(struct bytes body, const struct gdoi_wire *w, struct gdoi_gap *out, struct why *why)
{
	const struct attr_table *t = &gdoi_gap_attrs[w->private_ok];
	struct rd r = rd_init(body);
	struct gap_attrs a = { 0 };
	uint32_t seen;

	if (!attr_decode(t, &r, &a, &seen, w->lenient_attrs ? ignore_attr : NULL, NULL, why))
		return false;
	*out = (struct gdoi_gap){ .atd = a.atd, .dtd = a.dtd, .sid_request = a.sid_request, .pseudotime = a.pseudotime,
		.removal = a.removal, .replace = a.replace,
		.has_atd = seen & bit_of(t, 1), .has_dtd = seen & bit_of(t, 2), .has_sid_request = seen & bit_of(t, 3),
		.has_pseudotime = seen & bit_of(t, GAP_ATTR_PSEUDOTIME) };
	return true;
}

void gdoi_gap_encode(struct wr *wr, const struct gdoi_wire *w, const struct gdoi_gap *gap)
{
	const struct attr_table *t = &gdoi_gap_attrs[w->private_ok];
	struct gap_attrs a = { .atd = gap->atd, .dtd = gap->dtd, .sid_request = gap->sid_request,
		.pseudotime = gap->pseudotime, .removal = gap->removal, .replace = gap->replace };
	uint32_t seen = 0;

	if (gap->has_atd)
		seen |= bit_of(t, 1);
	if (gap->has_dtd)
		seen |= bit_of(t, 2);
	if (gap->has_sid_request)
		seen |= bit_of(t, 3);
	if (gap->has_pseudotime)
		seen |= bit_of(t, GAP_ATTR_PSEUDOTIME);
	if (gap->removal)
		seen |= bit_of(t, GAP_ATTR_REMOVAL);
	if (gap->replace)
		seen |= bit_of(t, GAP_ATTR_REPLACE);
	attr_encode(t, wr, &a, seen);
}

/* ---- SAT ---- */

/* Absent and 0 mean the default of R6407 sections 5.5.1.1.1 and 5.5.1.1.2; gdoid sends 0 (table 0 row 12). */
static bool sat_judge(const struct sat_esp *e, const struct sat_attrs *a, struct gdoi_sat *out, struct why *why)
{
	if (a->life_type > 1)
		return why_set(why, "SAT: a group has no lifetime in %s", a->life_type == 2 ? "kilobytes" : "unknown units");
	if (a->encap > 2)
		return why_set(why, "SAT: Encapsulation Mode %" PRIu32 " is not known", a->encap);
	if (a->preserve > 4 || a->direction > SAT_DIR_SYMMETRIC)
		return why_set(why, "SAT: Address Preservation %" PRIu32 " or SA Direction %" PRIu32 " is not known", a->preserve,
			a->direction);
	if (a->replay > SAT_REPLAY_COUNTER_OPEN)
		return why_set(why, "SAT: replay mode %" PRIu32 " is not known", a->replay);
	out->enc = esp_enc_from_wire(e->transform, a->key_bits);
	if (out->enc == ESP_ENC_NONE)
		return why_set(why, "SAT: Transform ID %u with %" PRIu32 " bits is not known", e->transform, a->key_bits);
	out->auth = a->auth ? esp_auth_from_wire(a->auth) : ESP_AUTH_NONE;
	if (a->auth && out->auth == ESP_AUTH_NONE)
		return why_set(why, "SAT: Authentication Algorithm %" PRIu32 " is not known", a->auth);
	out->spi = e->spi;
	out->lifetime = a->lifetime;
	out->encap = a->encap ? a->encap : 1;
	out->preserve = a->preserve ? a->preserve : out->encap == 1 ? 4 : 0;
	out->direction = a->direction ? a->direction : SAT_DIR_SYMMETRIC;
	out->replay = a->replay;
	out->window = a->window;
	out->entry = a->entry;
	out->configured = a->configured;
	out->begin = a->begin;
	return true;
}

static bool sat_try(struct bytes body, const struct desc *d, const struct gdoi_wire *w, struct gdoi_sat *out, struct why *why)
{
	struct rd r = rd_init(body);
	struct sat_head h = { 0 };
	struct sat_esp e = { 0 };
	struct sat_attrs a = { 0 };

	*out = (struct gdoi_sat){ 0 };
	if (!desc_decode(d, &r, &h, why))
		return false;
	out->protocol_id = h.protocol_id;
	out->ip_proto = h.ip_proto;
	if (!id_in("SAT: SRC", &h.src, &out->src, why) || !id_in("SAT: DST", &h.dst, &out->dst, why))
		return false;
	if (h.protocol_id == SAT_PROTO_DENY && w->private_ok) {
		if (!attrs_in(&gdoi_sat_deny_attrs, &r, w, &a, why))
			return false;
		out->entry = a.entry;
		return true;
	}
	if (h.protocol_id != 1)
		return why_set(why, "SAT: Protocol-ID %u is not used by this group", h.protocol_id);
	if (!desc_decode(&gdoi_sat_esp_desc, &r, &e, why))
		return false;
	return attrs_in(&gdoi_sat_attrs[w->private_ok], &r, w, &a, why) && sat_judge(&e, &a, out, why);
}

/* gdoi-wire.md table 0 row 2: identity lengths of 1 octet, else of 2. */
static bool sat_in(struct bytes body, const struct gdoi_wire *w, struct gdoi_sat *out, struct why *why)
{
	const struct desc *first = w->sat_idlen2 ? &gdoi_sat_desc2 : &gdoi_sat_desc;
	const struct desc *other = w->sat_idlen2 ? &gdoi_sat_desc : &gdoi_sat_desc2;

	struct why why_first = { "" };

	return sat_try(body, first, w, out, &why_first) || sat_try(body, other, w, out, NULL) ||
	       why_set(why, "%s", why_first.text);
}

static uint32_t sat_seen(const struct attr_table *t, const struct sat_attrs *a)
{
	const struct {
		uint16_t type;
		bool set;
	} rows[] = {
		{ 1, a->lifetime != 0 }, { 2, a->lifetime != 0 }, { 4, a->encap != 0 }, { 5, a->auth != 0 },
		{ 6, a->key_bits != 0 }, { 14, a->preserve != 0 }, { 15, a->direction != 0 },
		{ SAT_ATTR_REPLAY, a->replay != 0 }, { SAT_ATTR_WINDOW, a->window != 0 }, { SAT_ATTR_ENTRY, a->entry != 0 },
		{ SAT_ATTR_CONFIGURED, a->configured != 0 }, { SAT_ATTR_BEGIN, a->begin != 0 },
	};
	uint32_t seen = 0;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (rows[i].set)
			seen |= bit_of(t, rows[i].type);
	}
	return seen;
}

static void sat_out(struct wr *wr, const struct gdoi_wire *w, const struct gdoi_sat *sat)
{
	const struct attr_table *t = sat->protocol_id == SAT_PROTO_DENY ? &gdoi_sat_deny_attrs : &gdoi_sat_attrs[w->private_ok];
	const struct esp_enc_alg *enc = esp_enc_alg(sat->enc);
	uint8_t src[8], dst[8];
	struct sat_head h = { .protocol_id = sat->protocol_id, .ip_proto = sat->ip_proto, .src = id_out(&sat->src, src),
		.dst = id_out(&sat->dst, dst) };
	struct sat_esp e = { .transform = enc->transform, .spi = sat->spi };
	struct sat_attrs a = { .life_type = 1, .lifetime = sat->lifetime, .encap = sat->encap,
		.auth = esp_auth_alg(sat->auth)->auth, .key_bits = enc->key_bits, .preserve = sat->preserve,
		.direction = sat->direction, .replay = sat->replay, .window = sat->window, .entry = sat->entry,
		.configured = sat->configured, .begin = sat->begin };

	desc_encode(w->sat_idlen2 ? &gdoi_sat_desc2 : &gdoi_sat_desc, wr, &h);
	if (sat->protocol_id != SAT_PROTO_DENY)
		desc_encode(&gdoi_sat_esp_desc, wr, &e);
	attr_encode(t, wr, &a, sat_seen(t, &a));
}

/* ---- SA ---- */

struct sa_build {
	struct gdoi_sa *sa;
	unsigned cap;
	uint8_t last;		/* type of the payload before */
};

static bool sa_add_sat(struct sa_build *b, struct bytes body, const struct gdoi_wire *w, struct why *why)
{
	struct gdoi_sa *sa = b->sa;
	struct why inner;

	if (sa->nsat >= GDOI_SATS)
		return why_set(why, "SA: more than %d SATs", GDOI_SATS);
	if (sa->nsat == b->cap) {
		b->cap = b->cap ? b->cap * 2 : 8;
		sa->sat = mem_realloc(sa->sat, b->cap * sizeof(*sa->sat));
	}
	inner.text[0] = 0;
	if (!sat_in(body, w, &sa->sat[sa->nsat], &inner))
		return why_set(why, "SAT %u: %s", sa->nsat + 1, inner.text);
	sa->nsat++;
	return true;
}

/* SAK, GAP, SATs: each at most once but the last, and in this order (section 5.2.1). */
static bool sa_part(struct sa_build *b, uint8_t type, struct bytes body, const struct gdoi_wire *w, struct why *why)
{
	struct gdoi_sa *sa = b->sa;
	uint8_t last = b->last;

	b->last = type;
	if (type == PL_SAK && last == PL_NONE) {
		sa->has_sak = true;
		return sak_in(body, w, &sa->sak, why);
	}
	if (type == PL_GAP && (last == PL_NONE || last == PL_SAK)) {
		sa->has_gap = true;
		return gdoi_gap_decode(body, w, &sa->gap, why);
	}
	if (type == PL_SAT)
		return sa_add_sat(b, body, w, why);
	return why_set(why, "SA: payload %u out of order", type);
}

static bool sa_parts(struct sa_build *b, uint16_t first, struct rd *r, const struct gdoi_wire *w, struct why *why)
{
	uint16_t type = first;

	while (type != PL_NONE) {
		uint8_t next = rd_u8(r);
		uint16_t length;
		struct bytes body;

		rd_u8(r);
		length = rd_u16(r);
		body = length >= 4 ? rd_bytes(r, length - 4u) : BYTES_NONE;
		if (!rd_ok(r) || length < 4)
			return why_set(why, "SA: payload %u runs past the end", type);
		if (type > UINT8_MAX || !sa_part(b, (uint8_t)type, body, w, why))
			return type <= UINT8_MAX ? false : why_set(why, "SA: payload %u is not known", type);
		type = next;
	}
	return rd_end(r) || why_set(why, "SA: %zu octets behind the last payload", rd_left(r));
}

bool gdoi_sa_decode(struct bytes body, const struct gdoi_wire *w, struct gdoi_sa *out, struct why *why)
{
	struct rd r = rd_init(body);
	struct sa_build b = { .sa = out };
	struct sa_head h = { 0 };
	bool ok;

	*out = (struct gdoi_sa){ 0 };
	ok = desc_decode(&gdoi_sa_desc, &r, &h, why);
	if (ok && h.doi != DOI_GDOI)
		ok = why_set(why, "SA: DOI %" PRIu32 " is not GDOI", h.doi);
	if (ok && h.situation)
		ok = why_set(why, "SA: Situation %" PRIu32 " is not known", h.situation);
	ok = ok && sa_parts(&b, h.next, &r, w, why);
	/* A removal order of our own has nothing but the GAP. */
	if (ok && !out->has_sak && !out->nsat && !(out->has_gap && out->gap.removal))
		ok = why_set(why, "SA: neither SAK nor SAT");
	if (!ok)
		gdoi_sa_free(out);
	return ok;
}

/* Begins the next attribute payload: *np is where the one before says what follows it. */
static size_t part_begin(struct wr *wr, size_t *np, uint8_t type)
{
	wr_fill8(wr, *np, type);
	*np = wr_reserve(wr, 4);
	return *np;
}

static void part_end(struct wr *wr, size_t at)
{
	if (wr->n - at > UINT16_MAX)
		wr->bad = true;
	wr_fill16(wr, at + 2, (uint16_t)(wr->n - at));
}

void gdoi_sa_encode(struct wr *wr, const struct gdoi_wire *w, const struct gdoi_sa *sa)
{
	struct sa_head h = { .doi = DOI_GDOI };
	size_t np, at;

	desc_encode(&gdoi_sa_desc, wr, &h);
	np = wr->n - 3;		/* the low octet of SA Attribute Next Payload, before RESERVED2 */
	if (!wr_ok(wr))
		return;
	if (sa->has_sak) {
		at = part_begin(wr, &np, PL_SAK);
		sak_out(wr, w, &sa->sak);
		part_end(wr, at);
	}
	if (sa->has_gap) {
		at = part_begin(wr, &np, PL_GAP);
		gdoi_gap_encode(wr, w, &sa->gap);
		part_end(wr, at);
	}
	for (unsigned i = 0; i < sa->nsat; i++) {
		if (sa->sat[i].protocol_id == SAT_PROTO_DENY && !w->private_ok)
			continue;
		at = part_begin(wr, &np, PL_SAT);
		sat_out(wr, w, &sa->sat[i]);
		part_end(wr, at);
	}
}

size_t gdoi_sa_bound(const struct gdoi_sa *sa)
{
	return 256 + (size_t)sa->nsat * 112;
}

void gdoi_sa_free(struct gdoi_sa *sa)
{
	free(sa->sat);
	*sa = (struct gdoi_sa){ 0 };
}

/* ---- printing ---- */

static void id_print(const char *word, const struct gdoi_id *id, struct text *t)
{
	char ip[IP4_TEXT], mask[IP4_TEXT];

	if (id->type == ID_IPV4)
		text_printf(t, " %s %s", word, ip4_str(id->ip, ip));
	else if (id->type == ID_IPV4_SUBNET)
		text_printf(t, " %s %s/%s", word, ip4_str(id->ip, ip), ip4_str(id->mask, mask));
	else
		text_printf(t, " %s type %u", word, id->type);
	if (id->port)
		text_printf(t, " port %u", id->port);
}

static void sat_print(const struct gdoi_sat *s, unsigned number, struct text *t)
{
	text_printf(t, "  SAT %u: %s proto %u", number, s->protocol_id == SAT_PROTO_DENY ? "deny" : "permit", s->ip_proto);
	id_print("from", &s->src, t);
	id_print("to", &s->dst, t);
	if (s->protocol_id != SAT_PROTO_DENY)
		text_printf(t, " spi 0x%08" PRIX32 " %s %s lifetime %" PRIu64 " encap %" PRIu32 " direction %" PRIu32, s->spi,
			esp_enc_alg(s->enc)->show, esp_auth_alg(s->auth)->show, s->lifetime, s->encap, s->direction);
	text_add(t, "\n");
}

void gdoi_sa_print(const struct gdoi_sa *sa, struct text *out)
{
	text_printf(out, "SA: %u SAT%s\n", sa->nsat, sa->nsat == 1 ? "" : "s");
	if (sa->has_sak) {
		text_add(out, "  SAK: spi ");
		text_hex(out, BYTES_OF(sa->sak.spi));
		id_print("from", &sa->sak.src, out);
		id_print("to", &sa->sak.dst, out);
		text_printf(out, " %s %u bits, %s, lifetime %" PRIu64 ", acknowledgement %" PRIu32 "\n",
			cipher_alg(sa->sak.cipher)->show, cipher_alg(sa->sak.cipher)->key * 8u, hash_alg(sa->sak.sig_hash)->show,
			sa->sak.lifetime, sa->sak.ack);
	}
	if (sa->has_gap)
		text_printf(out, "  GAP: activation delay %" PRIu32 ", deactivation delay %" PRIu32 ", pseudotime %" PRIu64
			" ms, removal %" PRIu32 ", replace %" PRIu32 "\n", sa->gap.atd, sa->gap.dtd, sa->gap.pseudotime,
			sa->gap.removal, sa->gap.replace);
	for (unsigned i = 0; i < sa->nsat; i++)
		sat_print(&sa->sat[i], i + 1, out);
}
