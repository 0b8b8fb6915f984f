/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "isakmp/payloads.h"
#include "isakmp/proposal.h"
#include "lib/why.h"

#define LIFETIME_DEFAULT 86400	/* of a transform without one */

struct transforms {		/* walks those of one proposal */
	struct rd r;
	uint8_t next, left;
};

struct transform {
	struct transform_head head;
	struct bytes whole, attrs;
};

static void write_transform(struct wr *w, const struct isakmp_suite *s, unsigned number, bool last)
{
	const struct cipher_alg *c = cipher_alg(s->encr);
	const struct transform_head head = { (uint8_t)number, KEY_IKE };
	const struct transform_attrs a = {
		.encr = c->ike,
		.key_bits = c->key * 8u,
		.hash = hash_alg(s->hash)->ike,
		.auth = IKE_AUTH_PSK,
		.group = dh_alg(s->group)->number,
		.life_type = LIFE_SECONDS,
		.life = s->lifetime,
	};
	uint32_t seen = TA_ENCR | TA_HASH | TA_AUTH | TA_GROUP | TA_LIFE_TYPE | TA_LIFE;
	size_t at = isakmp_payload_begin(w, last ? PL_NONE : PL_TRANSFORM);

	desc_encode(&transform_head_desc, w, &head);
	attr_encode(&transform_attrs_table, w, &a, c->sized ? seen | TA_KEY_BITS : seen);
	isakmp_payload_end(w, at);
}

void sa_offer(struct wr *w, const struct sa_head *head, const struct isakmp_suite *own, unsigned n)
{
	const struct proposal_head p = { 1, PROTO_ISAKMP, 0, (uint8_t)n };
	size_t at;

	desc_encode(&sa_head_desc, w, head);
	at = isakmp_payload_begin(w, PL_NONE);
	desc_encode(&proposal_head_desc, w, &p);
	for (unsigned i = 0; i < n; i++)
		write_transform(w, &own[i], i + 1, i + 1 == n);
	isakmp_payload_end(w, at);
}

/* A nested payload: steps r past it, *next and its body. */
static bool nested(struct rd *r, const char *name, uint8_t *next, struct bytes *body, struct bytes *whole,
	struct why *why)
{
	const uint8_t *start = r->p;
	uint16_t length;

	*next = rd_u8(r);
	if (rd_u8(r) && rd_ok(r))
		return why_set(why, "%s: RESERVED is not zero", name);
	length = rd_u16(r);
	*body = rd_bytes(r, length < 4 ? SIZE_MAX : length - 4u);
	if (!rd_ok(r))
		return why_set(why, "%s: length %u does not fit", name, length);
	*whole = bytes_of(start, length);
	return true;
}

/* SA and Proposal heads; t gets ready to walk the transforms. */
static enum sa_verdict open_sa(struct bytes body, struct sa_head *head, struct proposal_head *p,
	struct transforms *t, struct why *why)
{
	struct rd r = rd_init(body), pr;
	struct bytes proposal, whole;
	uint8_t next;

	if (!desc_decode(&sa_head_desc, &r, head, why))
		return SA_MALFORMED;
	if (head->doi != DOI_GDOI && head->doi != DOI_IPSEC) {
		why_set(why, "DOI %u", head->doi);
		return SA_BAD_DOI;
	}
	/* (2,0) is RFC 6407 section 2.1; (2,1) and (1,1) are met in the field (gdoi-wire.md section 0 row 1). */
	if (head->situation != 1 && !(head->doi == DOI_GDOI && head->situation == 0)) {
		why_set(why, "situation %u with DOI %u", head->situation, head->doi);
		return SA_BAD_SITUATION;
	}
	if (!nested(&r, "Proposal", &next, &proposal, &whole, why))
		return SA_MALFORMED;
	if (next != PL_NONE || rd_left(&r)) {
		why_set(why, "more than one proposal");	/* RFC 2409 section 5: exactly one in phase 1 */
		return SA_MALFORMED;
	}
	pr = rd_init(proposal);
	if (!desc_decode(&proposal_head_desc, &pr, p, why))
		return SA_MALFORMED;
	rd_bytes(&pr, p->spi_size);	/* 0 to 16 octets that mean nothing here (RFC 2409 section 5) */
	if (p->protocol != PROTO_ISAKMP || p->spi_size > COOKIES || !rd_ok(&pr)) {
		why_set(why, "Proposal: protocol %u, SPI of %u octets", p->protocol, p->spi_size);
		return SA_MALFORMED;
	}
	*t = (struct transforms){ pr, PL_TRANSFORM, p->transforms };
	return SA_OK;
}

/* False at the end, with t->r.bad when the end is not where it should be. */
static bool next_transform(struct transforms *t, struct transform *out, struct why *why)
{
	struct rd r;
	struct bytes body;

	if (!t->left || t->next == PL_NONE) {
		if (t->left || t->next != PL_NONE || rd_left(&t->r)) {
			why_set(why, "# of Transforms is not how many there are");
			t->r.bad = true;
		}
		return false;
	}
	if (t->next != PL_TRANSFORM) {
		why_set(why, "payload %u where a transform should be", t->next);
		t->r.bad = true;
		return false;
	}
	if (!nested(&t->r, "Transform", &t->next, &body, &out->whole, why)) {
		t->r.bad = true;
		return false;
	}
	t->left--;
	r = rd_init(body);
	if (!desc_decode(&transform_head_desc, &r, &out->head, why)) {
		t->r.bad = true;
		return false;
	}
	out->attrs = rd_rest(&r);
	return true;
}

/* A transform that holds anything we do not know is not one we can take; that is no error of the offer. */
static bool read_suite(const struct transform *t, struct isakmp_suite *out, struct why *why)
{
	const uint32_t need = TA_ENCR | TA_HASH | TA_AUTH | TA_GROUP;
	struct transform_attrs a = { 0 };
	struct rd r = rd_init(t->attrs);
	uint32_t seen;

	if (t->head.id != KEY_IKE)
		return why_set(why, "transform id %u", t->head.id);
	if (!attr_decode(&transform_attrs_table, &r, &a, &seen, NULL, NULL, why))
		return false;
	if ((seen & need) != need)
		return why_set(why, "an attribute is missing");
	if (a.auth != IKE_AUTH_PSK)
		return why_set(why, "authentication method %u", a.auth);
	/* Duration without type or the reverse: RFC 2409 appendix A pairs them. */
	if (!(seen & TA_LIFE_TYPE) != !(seen & TA_LIFE) ||
		(seen & TA_LIFE && (a.life_type != LIFE_SECONDS || !a.life)))
		return why_set(why, "lifetime of type %u", a.life_type);
	out->encr = cipher_from_ike(a.encr, seen & TA_KEY_BITS ? a.key_bits : 0);
	out->hash = hash_from_ike(a.hash);
	out->group = dh_from_number(a.group);
	out->lifetime = LIFETIME_DEFAULT;
	if (seen & TA_LIFE)
		out->lifetime = a.life > UINT32_MAX ? UINT32_MAX : (uint32_t)a.life;
	if (out->encr == CIPHER_NONE)
		return why_set(why, "encryption %u with %u bits", a.encr, a.key_bits);
	if (out->hash == HASH_NONE)
		return why_set(why, "hash %u", a.hash);
	if (out->group == DH_NONE)
		return why_set(why, "group %u", a.group);
	return true;
}

static bool same_algorithms(const struct isakmp_suite *a, const struct isakmp_suite *b)
{
	return a->encr == b->encr && a->hash == b->hash && a->group == b->group;
}

static const struct isakmp_suite *allowed(
	const struct isakmp_suite *s, const struct isakmp_suite *own, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		if (same_algorithms(s, &own[i]))
			return &own[i];
	}
	return NULL;
}

enum sa_verdict sa_choose(struct bytes offer, const struct isakmp_suite *own, unsigned n, struct sa_choice *out,
	struct why *why)
{
	enum sa_verdict v;
	struct transforms ts;
	struct transform t;
	bool found = false;

	v = open_sa(offer, &out->head, &out->proposal, &ts, why);
	if (v != SA_OK)
		return v;
	/* To the end even after the choice: an offer that is malformed behind it is malformed. */
	while (next_transform(&ts, &t, why)) {
		struct isakmp_suite s;
		const struct isakmp_suite *mine;

		if (found || !read_suite(&t, &s, NULL))
			continue;
		mine = allowed(&s, own, n);
		if (!mine)
			continue;
		found = true;
		out->shortened = mine->lifetime < s.lifetime;
		if (out->shortened)
			s.lifetime = mine->lifetime;
		out->suite = s;
		out->transform = t.whole;
	}
	if (ts.r.bad)
		return SA_MALFORMED;
	if (!found) {
		why_set(why, "none of %u transforms agrees with a policy", out->proposal.transforms);
		return SA_NONE_CHOSEN;
	}
	return SA_OK;
}

void sa_answer(struct wr *w, const struct sa_choice *c)
{
	const struct proposal_head p = { c->proposal.number, PROTO_ISAKMP, 0, 1 };
	size_t at, t;

	desc_encode(&sa_head_desc, w, &c->head);
	at = isakmp_payload_begin(w, PL_NONE);
	desc_encode(&proposal_head_desc, w, &p);
	t = w->n;
	wr_bytes(w, c->transform);
	wr_fill8(w, t, PL_NONE);	/* it was perhaps not the last one of the offer */
	isakmp_payload_end(w, at);
}

static bool differs(const struct isakmp_suite *a, const struct isakmp_suite *b, struct why *why)
{
	if (a->encr != b->encr)
		return !why_set(why, "encryption algorithm");
	if (a->hash != b->hash)
		return !why_set(why, "hash algorithm");
	if (a->group != b->group)
		return !why_set(why, "Diffie-Hellman group");
	if (a->lifetime != b->lifetime)
		return !why_set(why, "lifetime");
	return false;
}

enum sa_verdict sa_accept(struct bytes answer, struct bytes offer, struct isakmp_suite *out, struct why *why)
{
	struct sa_head head, own_head;
	struct proposal_head p, own_p;
	struct transforms ts, own_ts;
	struct transform t, mine;
	struct isakmp_suite s;
	enum sa_verdict v = open_sa(answer, &head, &p, &ts, why);

	if (v != SA_OK)
		return v;
	if (!next_transform(&ts, &t, why))
		return SA_MALFORMED;
	if (ts.left || ts.next != PL_NONE || rd_left(&ts.r)) {
		why_set(why, "the answer has %u transforms, not one", p.transforms);
		return SA_MALFORMED;
	}
	if (open_sa(offer, &own_head, &own_p, &own_ts, NULL) != SA_OK || head.doi != own_head.doi) {
		why_set(why, "DOI");
		return SA_NONE_CHOSEN;
	}
	if (!read_suite(&t, out, why))
		return SA_NONE_CHOSEN;
	why_set(why, "transform number");
	while (next_transform(&own_ts, &mine, NULL)) {
		if (mine.head.number != t.head.number || !read_suite(&mine, &s, NULL))
			continue;
		if (!differs(out, &s, why))
			return SA_OK;
	}
	/* Some responders number their only transform anew. */
	open_sa(offer, &own_head, &own_p, &own_ts, NULL);
	while (next_transform(&own_ts, &mine, NULL)) {
		if (read_suite(&mine, &s, NULL) && !differs(out, &s, NULL))
			return SA_OK;
	}
	return SA_NONE_CHOSEN;
}
