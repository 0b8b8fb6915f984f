/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "coop/ann.h"
#include "config/share.h"
#include "lib/why.h"

#define PT_MAX (UINT64_MAX / 4)

enum tlv {
	TLV_VERSION = 1, TLV_GROUP = 2, TLV_PRIORITY = 3, TLV_ROLE = 4, TLV_SEQ = 6, TLV_PSEUDOTIME = 7, TLV_FLAGS = 8,
	TLV_KEYS = 11, TLV_MEMBER = 13, TLV_ROOT = 15, TLV_KEYS_VERSION = 16, TLV_DIGESTS = 17, TLV_PRIMARY = 18,
	TLV_PEERS = 19, TLV_POLICY = 20,
	TLV_PROMISES = 40, TLV_STAGES = 41, TLV_PREPARED = 42,
	TLV_COPY_OFFER = 60, TLV_COPY_WANT = 61, TLV_COPY_PART = 62, TLV_COPY_KEY = 63,
};

static size_t begin(struct wr *w, enum tlv t)
{
	wr_u16(w, (uint16_t)t);
	return wr_reserve(w, 2);
}

static void end(struct wr *w, size_t at)
{
	size_t n = w->n - at - 2;

	if (n > UINT16_MAX)
		w->bad = true;
	else
		wr_fill16(w, at, (uint16_t)n);
}

static void put(struct wr *w, enum tlv t, struct bytes b)
{
	size_t at = begin(w, t);

	wr_bytes(w, b);
	end(w, at);
}

static void version_put(struct wr *w, struct version v)
{
	wr_u8(w, v.major);
	wr_u8(w, v.minor);
	wr_u8(w, v.mini);
}

static void copy_encode(struct wr *w, const struct coop_ann *a)
{
	size_t at;

	if (a->offers)
		put(w, TLV_COPY_OFFER, BYTES_OF(a->shared));
	if (a->want.any) {
		at = begin(w, TLV_COPY_WANT);
		wr_bytes(w, BYTES_OF(a->want.digest));
		wr_u32(w, a->want.from);
		wr_u8(w, a->want.key);
		end(w, at);
	}
	if (a->part.total) {
		at = begin(w, TLV_COPY_PART);
		wr_bytes(w, BYTES_OF(a->part.digest));
		wr_u32(w, a->part.total);
		wr_u32(w, a->part.from);
		wr_bytes(w, a->part.octets);
		end(w, at);
	}
	if (a->has_key) {
		at = begin(w, TLV_COPY_KEY);
		wr_bytes(w, BYTES_OF(a->sealed_print));
		wr_bytes(w, a->sealed);
		end(w, at);
	}
}

static void promise_put(struct wr *w, const struct ksync_promise *p)
{
	wr_u32(w, p->generation);
	wr_bytes(w, BYTES_OF(p->random));
}

static void promises_put(struct wr *w, const struct ksync_promises *p)
{
	size_t at = begin(w, TLV_PROMISES);

	wr_u64(w, p->given);
	for (unsigned i = 0; i < p->n; i++) {
		promise_put(w, &p->root[i]);
		for (unsigned k = 0; k < ROOTS_STAGES; k++)
			wr_u64(w, p->root[i].from[k]);
	}
	end(w, at);
}

static void stages_put(struct wr *w, const struct coop_ann *a)
{
	size_t at = begin(w, TLV_STAGES);

	for (unsigned i = 0; i < a->nstages; i++) {
		const struct ksync_stage *s = &a->stage[i];

		promise_put(w, &s->of);
		wr_bytes(w, s->key);
		wr_u8(w, s->stage);
		wr_u64(w, s->from);
		wr_u64(w, s->drawn);
	}
	end(w, at);
}

bool coop_ann_encode(struct wr *w, const struct coop_ann *a)
{
	static const uint8_t none[32];
	size_t at = begin(w, TLV_VERSION);

	version_put(w, a->coop);
	version_put(w, a->software);
	end(w, at);
	at = begin(w, TLV_GROUP);
	wr_u8(w, a->id.by_address);
	wr_u32(w, a->id.by_address ? a->id.address.a : a->id.number);
	end(w, at);
	put(w, TLV_PRIORITY, bytes_of(&a->priority, 1));
	put(w, TLV_ROLE, bytes_of(&a->role, 1));
	at = begin(w, TLV_SEQ);
	wr_u64(w, a->boot);
	wr_u64(w, a->seq);
	end(w, at);
	at = begin(w, TLV_PSEUDOTIME);
	wr_u64(w, a->pseudotime);
	end(w, at);
	at = begin(w, TLV_FLAGS);
	wr_u32(w, a->flags);
	end(w, at);
	at = begin(w, TLV_PRIMARY);
	wr_u32(w, a->primary.a);
	end(w, at);
	at = begin(w, TLV_ROOT);
	wr_u32(w, a->generation);
	wr_bytes(w, BYTES_OF(a->random));
	wr_u32(w, a->removal);
	end(w, at);
	put(w, TLV_KEYS_VERSION, BYTES_OF(a->version));
	at = begin(w, TLV_DIGESTS);
	wr_bytes(w, BYTES_OF(a->digest));
	wr_bytes(w, BYTES_OF(a->configured));
	wr_bytes(w, BYTES_OF(a->key_print));
	end(w, at);
	at = begin(w, TLV_PEERS);
	for (unsigned i = 0; i < a->npeers; i++)
		wr_u32(w, a->peers[i].a);
	end(w, at);
	if (memcmp(a->prepared, none, sizeof(none)) != 0)
		put(w, TLV_PREPARED, BYTES_OF(a->prepared));
	if (a->has_promises)
		promises_put(w, &a->promises);
	if (a->nstages)
		stages_put(w, a);
	if (a->keys.n)
		put(w, TLV_KEYS, a->keys);
	if (a->policy.n)
		put(w, TLV_POLICY, a->policy);
	copy_encode(w, a);
	return wr_ok(w);
}

void coop_record_encode(struct wr *w, struct bytes record)
{
	put(w, TLV_MEMBER, record);
}

/* ---- decoding ---- */

static struct version version_get(struct rd *r)
{
	struct version v;

	v.major = rd_u8(r);
	v.minor = rd_u8(r);
	v.mini = rd_u8(r);
	return v;
}

static void group_get(struct rd *r, struct gdoi_group_id *id)
{
	uint8_t kind = rd_u8(r);
	uint32_t n = rd_u32(r);

	*id = (struct gdoi_group_id){ .by_address = kind == 1 };
	if (kind > 1)
		r->bad = true;
	else if (kind)
		id->address.a = n;
	else
		id->number = n;
}

static void peers_get(struct rd *r, struct coop_ann *a)
{
	a->npeers = 0;
	while (rd_left(r) >= 4 && a->npeers < COOP_PEERS)
		a->peers[a->npeers++].a = rd_u32(r);
}

static void want_get(struct rd *r, struct coop_ann *a)
{
	a->want.any = true;
	rd_copy(r, a->want.digest, sizeof(a->want.digest));
	a->want.from = rd_u32(r);
	a->want.key = rd_u8(r) != 0;
}

static void part_get(struct rd *r, struct coop_ann *a)
{
	rd_copy(r, a->part.digest, sizeof(a->part.digest));
	a->part.total = rd_u32(r);
	a->part.from = rd_u32(r);
	a->part.octets = rd_rest(r);
	if (!a->part.total || a->part.total > SHARE_MAX || a->part.from > a->part.total ||
		a->part.octets.n > a->part.total - a->part.from)
		r->bad = true;
}

static void promise_get(struct rd *r, struct ksync_promise *p)
{
	p->generation = rd_u32(r);
	rd_copy(r, p->random, sizeof(p->random));
}

static void promises_get(struct rd *r, struct ksync_promises *p)
{
	p->given = rd_u64(r);
	while (rd_left(r) && rd_ok(r) && p->n < ROOTS_MAX) {
		struct ksync_promise *one = &p->root[p->n++];

		promise_get(r, one);
		for (unsigned k = 0; k < ROOTS_STAGES; k++) {
			one->from[k] = rd_u64(r);
			r->bad |= one->from[k] > PT_MAX || (k && one->from[k] && !one->from[k - 1]);
		}
	}
	r->bad |= p->given > PT_MAX;
}

static void stages_get(struct rd *r, struct coop_ann *a)
{
	while (rd_left(r) && rd_ok(r) && a->nstages < ROOTS_MAX) {
		struct ksync_stage *s = &a->stage[a->nstages++];

		promise_get(r, &s->of);
		s->key = rd_bytes(r, KS_ROOT);
		s->stage = rd_u8(r);
		s->from = rd_u64(r);
		s->drawn = rd_u64(r);
		r->bad |= !s->of.generation || s->stage < ROOTS_ACCEPT || s->stage > ROOTS_DROP || s->from > PT_MAX || s->drawn > PT_MAX;
	}
}

static void one(unsigned type, struct rd *r, struct coop_ann *a)
{
	switch (type) {
	case TLV_VERSION:
		a->coop = version_get(r);
		a->software = version_get(r);
		break;
	case TLV_GROUP:
		group_get(r, &a->id);
		break;
	case TLV_PRIORITY:
		a->priority = rd_u8(r);
		break;
	case TLV_ROLE:
		a->role = rd_u8(r);
		break;
	case TLV_SEQ:
		a->boot = rd_u64(r);
		a->seq = rd_u64(r);
		break;
	case TLV_PSEUDOTIME:
		a->pseudotime = rd_u64(r);
		break;
	case TLV_FLAGS:
		a->flags = rd_u32(r);
		break;
	case TLV_PRIMARY:
		a->primary.a = rd_u32(r);
		break;
	case TLV_ROOT:
		a->generation = rd_u32(r);
		rd_copy(r, a->random, sizeof(a->random));
		a->removal = rd_u32(r);
		break;
	case TLV_KEYS_VERSION:
		rd_copy(r, a->version, sizeof(a->version));
		break;
	case TLV_DIGESTS:
		rd_copy(r, a->digest, sizeof(a->digest));
		rd_copy(r, a->configured, sizeof(a->configured));
		rd_copy(r, a->key_print, sizeof(a->key_print));
		break;
	case TLV_PEERS:
		peers_get(r, a);
		break;
	case TLV_KEYS:
		a->keys = rd_rest(r);
		break;
	case TLV_POLICY:
		a->policy = rd_rest(r);
		break;
	case TLV_PREPARED:
		rd_copy(r, a->prepared, sizeof(a->prepared));
		break;
	case TLV_PROMISES:
		a->has_promises = true;
		promises_get(r, &a->promises);
		break;
	case TLV_STAGES:
		stages_get(r, a);
		break;
	case TLV_MEMBER:
		a->nrecords++;
		(void)rd_rest(r);
		break;
	case TLV_COPY_OFFER:
		a->offers = true;
		rd_copy(r, a->shared, sizeof(a->shared));
		break;
	case TLV_COPY_WANT:
		want_get(r, a);
		break;
	case TLV_COPY_PART:
		part_get(r, a);
		break;
	case TLV_COPY_KEY:
		a->has_key = true;
		rd_copy(r, a->sealed_print, sizeof(a->sealed_print));
		a->sealed = rd_rest(r);
		break;
	default:
		(void)rd_rest(r);
	}
}

bool coop_ann_decode(struct bytes in, struct coop_ann *out, struct why *why)
{
	const uint32_t needed = 1u << TLV_VERSION | 1u << TLV_GROUP | 1u << TLV_PRIORITY | 1u << TLV_ROLE | 1u << TLV_SEQ |
				1u << TLV_PSEUDOTIME | 1u << TLV_FLAGS | 1u << TLV_PRIMARY | 1u << TLV_ROOT |
				1u << TLV_KEYS_VERSION | 1u << TLV_DIGESTS;
	struct rd r = rd_init(in);
	uint64_t seen = 0;

	*out = (struct coop_ann){ .all = in };
	while (rd_left(&r)) {
		unsigned type = rd_u16(&r);
		struct rd sub = rd_sub(&r, rd_u16(&r));

		if (!rd_ok(&r))
			return why_set(why, "element %u is cut short", type);
		if (type < 64 && type != TLV_MEMBER && seen >> type & 1)
			return why_set(why, "element %u twice", type);
		seen |= type < 64 ? UINT64_C(1) << type : 0;
		one(type, &sub, out);
		if (!rd_end(&sub))
			return why_set(why, "element %u has a wrong length", type);
		if (out->nrecords > COOP_RECORDS)
			return why_set(why, "more than %d members' records", COOP_RECORDS);
	}
	if ((seen & needed) != needed)
		return why_set(why, "elements are missing");
	if (!out->priority || out->role < 1 || out->role > 2 || !out->seq || out->pseudotime > PT_MAX)
		return why_set(why, "a value is out of its range");
	if (out->has_promises) {
		out->promises.generation = out->generation;
		memcpy(out->promises.random, out->random, sizeof(out->random));
	}
	return true;
}

void coop_ann_records(const struct coop_ann *a, bool (*fn)(void *arg, struct bytes record), void *arg)
{
	struct rd r = rd_init(a->all);

	while (rd_left(&r)) {
		unsigned type = rd_u16(&r);
		struct bytes b = rd_bytes(&r, rd_u16(&r));

		if (!rd_ok(&r) || (type == TLV_MEMBER && !fn(arg, b)))
			return;
	}
}
