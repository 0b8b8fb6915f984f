/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a key server keeps on disk, sealed with the device's master key: keys and policy in one file, written before
 * they are used; the member database in another, written a few seconds after it changed. Reading is total.
 */
#include <stdio.h>
#include <stdlib.h>
#include "gdoi/ks.h"
#include "lib/clock.h"
#include "lib/crypto/prf.h"
#include "lib/crypto/rsa.h"
#include "lib/mem.h"
#include "lib/store.h"
#include "lib/text.h"
#include "lib/why.h"
#include "lib/wire.h"

#define MAGIC_KEYS 0x67786b31u		/* "gxk1" */
#define MAGIC_MEMBERS 0x67786d31u	/* "gxm1" */
#define MAGIC_SHARED 0x67786331u	/* "gxc1" */
#define PT_MAX (UINT64_MAX / 4)
#define IDS_MAX (UINT32_MAX / 2)
#define RESERVE_MS 600000		/* pseudotime kept ahead: twice the interval of saving */
#define MEMBERS_SOON SEC(5)
#define LEAD_MAX 1000
#define ID_MAX 127			/* octets of a phase-1 identity */
#define TELL_MS 60000
#define AWAY_MAX_MS (400ull * 86400 * 1000)	/* a wall clock that claims a longer absence is not believed */

static void file_name(const struct ks *ks, const char *kind, char *out, size_t size)
{
	struct bytes name = bytes_str(ks->group);
	uint8_t h[32] = { 0 };

	hash_parts(HASH_SHA256, &name, 1, h);	/* group names may hold what file names may not */
	snprintf(out, size, "ks-%02x%02x%02x%02x%02x%02x%02x%02x.%s", h[0], h[1], h[2], h[3], h[4], h[5], h[6], h[7], kind);
}

static void put(struct wr *w, struct bytes b)
{
	wr_u16(w, (uint16_t)b.n);
	wr_bytes(w, b);
}

static struct bytes get(struct rd *r)
{
	return rd_bytes(r, rd_u16(r));
}

static void head_encode(struct wr *w, const struct ks *ks, uint32_t magic)
{
	wr_u32(w, magic);
	put(w, bytes_str(ks->group));
}

static bool head_decode(struct rd *r, const struct ks *ks, uint32_t magic)
{
	return rd_u32(r) == magic && bytes_eq(get(r), bytes_str(ks->group));
}

/* ---- policies: each once, referred to by number ---- */

struct policies {
	struct ks_policy *p[KS_SAS * KS_TEK_GENERATIONS + KS_KEKS + KS_LEAVING + 1];
	unsigned n;
};

static unsigned policy_number(struct policies *all, struct ks_policy *p)
{
	for (unsigned i = 0; i < all->n; i++)
		if (all->p[i] == p)
			return i;
	if (all->n == sizeof(all->p) / sizeof(all->p[0]))
		return 0;
	all->p[all->n] = p;
	return all->n++;
}

static void policies_encode(struct wr *w, const struct ks *ks, struct policies *all)
{
	policy_number(all, ks->active);
	for (const struct ks_tek *t = ks->teks; t; t = t->next)
		policy_number(all, t->policy);
	for (const struct ks_kek *k = ks->keks; k; k = k->next)
		policy_number(all, k->policy);
	for (unsigned i = 0; i < ks->nleaving; i++)
		policy_number(all, ks->leaving[i]->policy);
	wr_u16(w, (uint16_t)all->n);
	for (unsigned i = 0; i < all->n; i++) {
		size_t at = wr_reserve(w, 4), from = w->n;

		policy_encode(all->p[i], w);
		wr_fill32(w, at, (uint32_t)(w->n - from));
	}
}

static void policies_free(struct policies *all)
{
	for (unsigned i = 0; i < all->n; i++)
		policy_unref(all->p[i]);
	all->n = 0;
}

static bool policies_decode(struct rd *r, struct policies *all, struct why *why)
{
	unsigned n = rd_u16(r);

	if (!n || n > sizeof(all->p) / sizeof(all->p[0]))
		return why_set(why, "%u policies", n);
	for (unsigned i = 0; i < n; i++) {
		struct rd sub = rd_sub(r, rd_u32(r));

		if (!policy_decode(&sub, &all->p[i], why))
			return false;
		all->n = i + 1;
	}
	return true;
}

/* ---- keys ---- */

static void tek_encode(struct wr *w, const struct ks_tek *t, struct policies *all)
{
	wr_u16(w, (uint16_t)policy_number(all, t->policy));
	wr_u8(w, (uint8_t)t->sa);
	wr_u32(w, t->entry);
	wr_u32(w, t->spi);
	wr_u64(w, t->begin);
	wr_u64(w, t->end);
	put(w, secret_bytes(&t->key));
	put(w, secret_bytes(&t->auth));
}

static bool tek_decode(struct rd *r, const struct policies *all, struct ks_tek ***tail)
{
	unsigned policy = rd_u16(r), sa = rd_u8(r);
	struct ks_tek *t;
	const struct ks_sa *s;
	struct bytes key, auth;

	if (!rd_ok(r) || policy >= all->n || sa >= all->p[policy]->nsa)
		return false;
	s = &all->p[policy]->sa[sa];
	t = mem_zalloc(sizeof(*t));
	t->entry = rd_u32(r);
	t->spi = rd_u32(r);
	t->begin = rd_u64(r);
	t->end = rd_u64(r);
	key = get(r);
	auth = get(r);
	if (!rd_ok(r) || key.n != esp_enc_alg(s->enc)->key || auth.n != esp_auth_alg(s->auth)->key || t->begin > t->end) {
		free(t);
		return false;
	}
	t->key = secret_copy(key);
	t->auth = secret_copy(auth);
	t->policy = policy_ref(all->p[policy]);
	t->sa = sa;
	**tail = t;
	*tail = &t->next;
	return true;
}

/* offered: also where it was not yet, as another server may have given it out. */
static void kek_encode(struct wr *w, const struct ks_kek *k, bool offered, struct policies *all)
{
	wr_u16(w, (uint16_t)policy_number(all, k->policy));
	wr_u32(w, k->id);
	wr_bytes(w, BYTES_OF(k->kek.spi));
	wr_u8(w, k->offered || offered);
	wr_u32(w, k->reserved);
	wr_u64(w, k->begin);
	wr_u64(w, k->end < k->begin ? k->begin : k->end);	/* an order ended it; removed members may hold it still */
	put(w, secret_bytes(&k->kek.iv));
	put(w, secret_bytes(&k->kek.key));
}

static bool kek_decode(struct ks *ks, struct rd *r, const struct policies *all, struct ks_kek ***tail)
{
	unsigned policy = rd_u16(r);
	struct ks_kek *k;
	struct bytes iv, key;

	if (!rd_ok(r) || policy >= all->n || !all->p[policy]->has_kek)
		return false;
	k = mem_zalloc(sizeof(*k));
	k->id = rd_u32(r);
	rd_copy(r, k->kek.spi, GDOI_SPI);
	/* It was written before it was offered: after a crash only the members know whether it was. */
	rd_u8(r);
	k->offered = true;
	k->seq = k->reserved = rd_u32(r);	/* what was reserved may have been used */
	k->begin = rd_u64(r);
	k->end = rd_u64(r);
	iv = get(r);
	key = get(r);
	k->kek.cipher = all->p[policy]->cipher;
	k->kek.sig_hash = all->p[policy]->sig_hash;
	if (!rd_ok(r) || !k->id || k->id > ks->kek_ids || iv.n != cipher_alg(k->kek.cipher)->block ||
		key.n != cipher_alg(k->kek.cipher)->key || k->begin > k->end) {
		free(k);
		return false;
	}
	k->kek.iv = secret_copy(iv);
	k->kek.key = secret_copy(key);
	k->policy = policy_ref(all->p[policy]);
	k->refs = 1;
	**tail = k;
	*tail = &k->next;
	return true;
}

static void keys_encode(struct wr *w, const struct ks *ks, struct policies *all)
{
	unsigned n = 0;
	size_t at = wr_reserve(w, 2);

	for (const struct ks_tek *t = ks->teks; t; t = t->next, n++)
		tek_encode(w, t, all);
	wr_fill16(w, at, (uint16_t)n);
	at = wr_reserve(w, 2);
	n = 0;
	for (const struct ks_kek *k = ks->keks; k; k = k->next, n++)
		kek_encode(w, k, ks->coop, all);
	wr_fill16(w, at, (uint16_t)n);
}

static bool keys_decode(struct ks *ks, struct rd *r, const struct policies *all, struct why *why)
{
	struct ks_tek **tek = &ks->teks;
	struct ks_kek **kek = &ks->keks;
	unsigned n = rd_u16(r);

	for (unsigned i = 0; i < n; i++)
		if (!tek_decode(r, all, &tek))
			return why_set(why, "TEK %u is not valid", i + 1);
	n = rd_u16(r);
	if (n > KS_KEKS + 1)
		return why_set(why, "%u KEKs", n);
	for (unsigned i = 0; i < n; i++)
		if (!kek_decode(ks, r, all, &kek))
			return why_set(why, "KEK %u is not valid", i + 1);
	return rd_ok(r) ? true : why_set(why, "short");
}

/* ---- a removal that not everybody has acknowledged ---- */

/* The live ones are written already: twice they would come back as two, each with numbers of its own. */
static void leaving_encode(struct wr *w, const struct ks *ks, struct policies *all)
{
	uint16_t n = 0;
	size_t at = wr_reserve(w, 2);

	for (unsigned i = 0; ks->nstale && i < ks->nleaving; i++) {
		if (ks_kek_named(ks, ks->leaving[i]->kek.spi) || ks->leaving[i]->id > ks->kek_ids)	/* named anew by another server */
			continue;
		kek_encode(w, ks->leaving[i], false, all);
		n++;
	}
	wr_fill16(w, at, n);
	wr_u64(w, ks->stale_until);
}

static bool leaving_decode(struct ks *ks, struct rd *r, const struct policies *all, struct why *why)
{
	unsigned n = rd_u16(r);

	if (n > KS_LEAVING)
		return why_set(why, "%u KEKs of a removal", n);
	for (unsigned i = 0; i < n; i++) {
		struct ks_kek *k = NULL, **tail = &k;

		if (!kek_decode(ks, r, all, &tail))
			return why_set(why, "KEK %u of a removal is not valid", i + 1);
		ks->leaving[ks->nleaving++] = k;
	}
	ks->stale_until = rd_u64(r);
	return ks->stale_until <= PT_MAX ? true : why_set(why, "the end of a removal is not valid");
}

/* ---- roots: the first one's key stands where the first release had the only one ---- */

static void state_roots_begin(struct ks *ks, struct bytes key)
{
	struct roots *g = &ks->roots;

	g->n = 1;
	g->r[0].root = ks->root;
	g->r[0].root.key = secret_copy(key);
	g->r[0].drawn = ks->origin;
}

static unsigned receives(const struct ks *ks)
{
	unsigned n = 0;

	for (const struct ks_tek *t = ks->teks; t; t = t->next)
		n += t->receive;
	return n;
}

static void state_roots_encode(struct wr *w, const struct ks *ks)
{
	unsigned i = 0;

	roots_encode(w, &ks->roots);
	wr_u16(w, (uint16_t)receives(ks));
	for (const struct ks_tek *t = ks->teks; t; t = t->next, i++)
		if (t->receive)
			wr_u16(w, (uint16_t)i);
}

/* What was given out is known by the keys at least. */
static void given_take(struct ks *ks, uint64_t given)
{
	for (const struct ks_tek *t = ks->teks; t; t = t->next)
		given = t->begin > given ? t->begin : given;
	for (const struct ks_kek *k = ks->keks; k; k = k->next)
		given = k->begin > given ? k->begin : given;
	ks->roots.given = given;
}

static bool state_roots_decode(struct ks *ks, struct rd *r, struct why *why)
{
	unsigned n;

	if (!roots_decode(&ks->roots, r, why))
		return false;
	n = rd_u16(r);
	for (unsigned k = 0; k < n && rd_ok(r); k++) {
		struct ks_tek *t = ks->teks;

		for (unsigned i = rd_u16(r); t && i; i--)
			t = t->next;
		if (!t)
			return why_set(why, "a TEK to receive with is not there");
		t->receive = true;
	}
	given_take(ks, 0);
	return rd_ok(r) ? true : why_set(why, "short");
}

/* ---- the file ---- */

static void state_encode(struct wr *w, const struct ks *ks)
{
	struct policies all = { .n = 0 };

	head_encode(w, ks, MAGIC_KEYS);
	wr_u64(w, clock_wall(ks->g->d.env->clock));
	wr_u64(w, ks_pt(ks));
	wr_u64(w, ks->last_push);
	wr_u32(w, ks->root.generation);
	wr_bytes(w, BYTES_OF(ks->root.random));
	put(w, secret_bytes(&ks->roots.r[0].root.key));
	wr_u64(w, ks->origin);
	wr_u32(w, ks->lead_retransmit);
	wr_u32(w, ks->lead_retransmits);
	wr_bytes(w, BYTES_OF(ks->noted));
	wr_u32(w, ks->kek_ids);
	policies_encode(w, ks, &all);
	keys_encode(w, ks, &all);
	wr_u32(w, ks->removal);
	leaving_encode(w, ks, &all);
	state_roots_encode(w, ks);
	wr_u64(w, ks->roots.given);
	wr_bytes(w, bytes_of(clock_boot(ks->g->d.env->clock), CLOCK_BOOT));
	wr_u64(w, clock_now(ks->g->d.env->clock));
}

/*
 * Pseudotime goes on while the key server is away. A daemon that ended while the machine went on has the monotonic clock, which
 * nobody sets.
 */
static bool pt_same_boot(struct ks *ks, struct rd *r, uint64_t saved_pt, const struct clock *clock)
{
	static const uint8_t unknown[CLOCK_BOOT];
	uint8_t boot[CLOCK_BOOT] = { 0 };
	uint64_t mono, now = clock_now(clock);

	rd_copy(r, boot, sizeof(boot));
	mono = rd_u64(r);
	if (rd_ok(r) && memcmp(boot, unknown, CLOCK_BOOT) != 0 && memcmp(boot, clock_boot(clock), CLOCK_BOOT) == 0 && now >= mono)
		ks->pt_base = saved_pt + (now - mono) / 1000;
	return rd_ok(r);
}

/*
 * After a reboot it goes on by the wall clock; where that makes no sense (set back meanwhile)
 * from the reserve, so that it never repeats.
 */
static uint64_t pt_resume(uint64_t saved_wall, uint64_t saved_pt, uint64_t wall)
{
	uint64_t away = (wall - saved_wall) / 1000;

	if (wall < saved_wall || away > AWAY_MAX_MS)
		return saved_pt + RESERVE_MS;
	return saved_pt + away;
}

/*
 * That clock may lie, and say of the last KEK that it is over while members are still there: they are told of the next keys under the one
 * they have. If it does not lie, nobody has it.
 */
static void last_kek_tells(struct ks *ks)
{
	if (ks->keks && ks->keks->end < ks->pt_base + TELL_MS)
		ks->keks->end = ks->pt_base + TELL_MS;
}

static bool body_decode(struct ks *ks, struct rd *r, const struct clock *clock, struct policies *all, struct why *why)
{
	uint64_t saved_wall = rd_u64(r), saved_pt = rd_u64(r);
	struct bytes root;

	ks->last_push = rd_u64(r);
	ks->root.generation = rd_u32(r);
	rd_copy(r, ks->root.random, sizeof(ks->root.random));
	root = get(r);
	ks->origin = rd_u64(r);
	ks->lead_retransmit = rd_u32(r);
	ks->lead_retransmits = rd_u32(r);
	rd_copy(r, ks->noted, KS_DIGEST);
	ks->kek_ids = rd_u32(r);
	if (!rd_ok(r) || root.n != KS_ROOT || !ks->root.generation || saved_pt > UINT64_MAX / 4 || ks->origin > saved_pt ||
		ks->lead_retransmit > LEAD_MAX || ks->lead_retransmits > LEAD_MAX)
		return why_set(why, "root or times are not valid");
	state_roots_begin(ks, root);
	ks->pt_base = pt_resume(saved_wall, saved_pt, clock_wall(clock));
	if (!policies_decode(r, all, why) || !keys_decode(ks, r, all, why))
		return false;
	ks->active = policy_ref(all->p[0]);
	if (rd_left(r))			/* files of the first release end here */
		ks->removal = rd_u32(r);
	if (rd_left(r) && !leaving_decode(ks, r, all, why))	/* and those of the second here */
		return false;
	if (rd_left(r)) {
		uint64_t given;

		if (!state_roots_decode(ks, r, why))
			return false;
		given = rd_u64(r);
		if (given > PT_MAX)
			return why_set(why, "root or times are not valid");
		given_take(ks, given);
	} else {
		given_take(ks, 0);
	}
	if (rd_left(r) && !pt_same_boot(ks, r, saved_pt, clock))
		return why_set(why, "short");
	last_kek_tells(ks);
	return rd_end(r) ? true : why_set(why, "octets behind the end");
}

/* ---- for the other key servers: what stands still while nothing happens ---- */

void ks_keys_encode(struct wr *w, const struct ks *ks)
{
	struct policies all = { .n = 0 };

	wr_u32(w, MAGIC_SHARED);	/* servers may call the group by other names */
	wr_u32(w, ks->root.generation);
	wr_bytes(w, BYTES_OF(ks->root.random));
	put(w, secret_bytes(&ks->roots.r[0].root.key));
	wr_u32(w, ks->removal);
	wr_u64(w, ks->origin);
	wr_u64(w, ks->last_push);
	wr_u32(w, ks->lead_retransmit);
	wr_u32(w, ks->lead_retransmits);
	wr_u32(w, ks->kek_ids);
	policies_encode(w, ks, &all);
	keys_encode(w, ks, &all);
	for (const struct ks_kek *k = ks->keks; k; k = k->next)
		wr_u32(w, k->seq);
	state_roots_encode(w, ks);
}

static bool seqs_decode(struct ks *ks, struct rd *r)
{
	for (struct ks_kek *k = ks->keks; k; k = k->next) {
		k->seq = rd_u32(r);
		k->offered = true;
		if (k->seq > k->reserved)
			return false;
	}
	return true;
}

static bool shared_decode(struct ks *ks, struct rd *r, struct policies *all, struct why *why)
{
	struct bytes root;

	ks->root.generation = rd_u32(r);
	rd_copy(r, ks->root.random, sizeof(ks->root.random));
	root = get(r);
	ks->removal = rd_u32(r);
	ks->origin = rd_u64(r);
	ks->last_push = rd_u64(r);
	ks->lead_retransmit = rd_u32(r);
	ks->lead_retransmits = rd_u32(r);
	ks->kek_ids = rd_u32(r);
	if (!rd_ok(r) || root.n != KS_ROOT || !ks->root.generation || ks->removal > ks->root.generation ||
		ks->origin > PT_MAX || ks->last_push > PT_MAX || ks->kek_ids > IDS_MAX ||
		ks->lead_retransmit > LEAD_MAX || ks->lead_retransmits > LEAD_MAX)
		return why_set(why, "root or times are not valid");
	state_roots_begin(ks, root);
	if (!policies_decode(r, all, why) || !keys_decode(ks, r, all, why))
		return false;
	for (const struct ks_tek *t = ks->teks; t; t = t->next)
		if (t->end > PT_MAX)
			return why_set(why, "a TEK's end is not valid");
	for (const struct ks_kek *k = ks->keks; k; k = k->next)
		if (k->end > PT_MAX)
			return why_set(why, "a KEK's end is not valid");
	if (!seqs_decode(ks, r))
		return why_set(why, "sequence numbers are not valid");
	if (!state_roots_decode(ks, r, why))
		return false;
	ks->active = policy_ref(all->p[0]);
	return rd_end(r) ? true : why_set(why, "octets behind the end");
}

bool ks_keys_decode(struct ks *ks, struct bytes in, struct why *why)
{
	struct policies all = { .n = 0 };
	struct rd r = rd_init(in);
	bool good;

	if (rd_u32(&r) != MAGIC_SHARED)
		return why_set(why, "these are no keys");
	good = shared_decode(ks, &r, &all, why);
	policies_free(&all);
	return good;
}

bool ks_state_decode(struct ks *ks, struct bytes in, const struct clock *clock, struct why *why)
{
	struct policies all = { .n = 0 };
	struct rd r = rd_init(in);
	bool good;

	if (!head_decode(&r, ks, MAGIC_KEYS))
		return why_set(why, "not the state of group %s", ks->group);
	good = body_decode(ks, &r, clock, &all, why);
	policies_free(&all);
	return good;
}

/* ---- members ---- */

static void member_encode(struct wr *w, const struct ks_member *m)
{
	wr_u32(w, m->id.a);
	wr_u16(w, m->port);
	wr_u8(w, m->class);
	wr_u8(w, m->version.major);
	wr_u8(w, m->version.minor);
	wr_u8(w, m->version.mini);
	wr_u8(w, m->missed_running);
	wr_u8(w, m->ring);
	wr_u32(w, m->kek);
	wr_u32(w, m->sent);
	wr_u32(w, m->retries);
	wr_u32(w, m->acks);
	wr_u32(w, m->missed);
	for (unsigned i = 0; i < 4; i++) {
		wr_u32(w, m->sent_seq[i]);
		wr_u32(w, m->rcvd_seq[i]);
	}
	wr_u64(w, m->registered);
	put(w, m->phase1_id ? bytes_str(m->phase1_id) : BYTES_NONE);
}

static bool member_decode(struct ks *ks, struct rd *r, bool stale)
{
	struct ks_member m = { 0 }, *out;
	UT_hash_handle hh;
	struct bytes id;

	m.id.a = rd_u32(r);
	m.port = rd_u16(r);
	m.class = rd_u8(r);
	m.version.major = rd_u8(r);
	m.version.minor = rd_u8(r);
	m.version.mini = rd_u8(r);
	m.missed_running = rd_u8(r);
	m.ring = rd_u8(r) % 4;
	m.kek = rd_u32(r);
	m.sent = rd_u32(r);
	m.retries = rd_u32(r);
	m.acks = rd_u32(r);
	m.missed = rd_u32(r);
	for (unsigned i = 0; i < 4; i++) {
		m.sent_seq[i] = rd_u32(r);
		m.rcvd_seq[i] = rd_u32(r);
	}
	m.registered = rd_u64(r);
	id = get(r);
	m.stale = stale ? rd_u8(r) : KS_STAYS;
	if (!rd_ok(r) || m.stale > KS_REMOVED_NOW || stale != !!m.stale || m.class > KS_GDOIX_OLD || id.n > ID_MAX || (id.n && memchr(id.p, 0, id.n)) ||
		ks_member_find(ks, m.id) || ks->nmembers >= KS_MEMBERS)
		return false;
	out = ks_member_place(ks, m.id);
	hh = out->hh;
	*out = m;
	out->hh = hh;
	if (id.n) {
		out->phase1_id = mem_zalloc(id.n + 1);
		memcpy(out->phase1_id, id.p, id.n);
	}
	ks->nstale += stale;
	return true;
}

static bool members_part_decode(struct ks *ks, struct rd *r, bool stale, struct why *why)
{
	uint32_t n = rd_u32(r);

	for (uint32_t i = 0; i < n; i++)
		if (!member_decode(ks, r, stale))
			return why_set(why, "%smember %u is not valid", stale ? "removed " : "", i + 1);
	return true;
}

bool ks_members_decode(struct ks *ks, struct bytes in, struct why *why)
{
	struct rd r = rd_init(in);

	if (!head_decode(&r, ks, MAGIC_MEMBERS))
		return why_set(why, "not the members of group %s", ks->group);
	if (!members_part_decode(ks, &r, false, why))
		return false;
	if (rd_left(&r) && !members_part_decode(ks, &r, true, why))	/* files of the first release end here */
		return false;
	return rd_end(&r) ? true : why_set(why, "octets behind the end");
}

/* ---- reading and writing ---- */

static bool write_file(struct ks *ks, const char *kind, struct bytes plain)
{
	char name[64];
	struct why why;

	file_name(ks, kind, name, sizeof(name));
	if (plain.n && config_seal_write(ks->g->d.config, name, plain, &why)) {
		ks->save_problem[0] = '\0';
		return true;
	}
	if (!plain.n)
		why_set(&why, "too big");
	if (!ks->save_problem[0])
		log_GDOI_KS_STATE_WRITE(ks->g->d.log, ks->group, why.text);
	snprintf(ks->save_problem, sizeof(ks->save_problem), "key server state cannot be written: %.110s", why.text);
	return false;
}

static size_t state_room(const struct ks *ks)
{
	size_t n = 1024 + KS_POLICY_MAX;

	for (const struct ks_tek *t = ks->teks; t; t = t->next)
		n += 256 + (t->policy != ks->active ? KS_POLICY_MAX : 0);
	for (const struct ks_kek *k = ks->keks; k; k = k->next)
		n += 256 + (k->policy != ks->active ? KS_POLICY_MAX : 0);
	for (unsigned i = 0; i < ks->nleaving; i++)
		n += 256 + (ks->leaving[i]->policy != ks->active ? KS_POLICY_MAX : 0);
	return n;
}

/* Not on the secure heap, which is small: cleansed by hand. */
bool ks_state_save(struct ks *ks)
{
	size_t cap = state_room(ks);
	uint8_t *buf;
	struct wr w;
	bool good;

	if (!ks->active)
		return true;
	ks_changed(ks, KSYNC_KEYS);
	buf = mem_zalloc(cap);
	w = wr_init(buf, cap);
	state_encode(&w, ks);
	good = write_file(ks, "keys", wr_done(&w));
	secret_cleanse(buf, cap);
	free(buf);
	return good;
}

static void members_part_encode(struct wr *w, const struct ks *ks, bool stale)
{
	wr_u32(w, stale ? ks->nstale : ks->nmembers - ks->nstale);
	for (const struct ks_member *m = ks->members; m; m = m->hh.next) {
		if (!m->stale == stale)
			continue;
		member_encode(w, m);
		if (stale)
			wr_u8(w, m->stale);
	}
}

static size_t members_room(const struct ks *ks)
{
	size_t n = 256 + (size_t)ks->nmembers * 88;

	for (const struct ks_member *m = ks->members; m; m = m->hh.next)
		n += m->phase1_id ? strlen(m->phase1_id) : 0;
	return n;
}

bool ks_members_save(struct ks *ks)
{
	size_t cap = members_room(ks);
	uint8_t *buf;
	struct wr w;
	bool good;

	if (!ks->members_dirty || !ks->active)
		return true;
	buf = mem_zalloc(cap);
	w = wr_init(buf, cap);
	head_encode(&w, ks, MAGIC_MEMBERS);
	members_part_encode(&w, ks, false);
	members_part_encode(&w, ks, true);
	good = write_file(ks, "members", wr_done(&w));
	free(buf);
	if (good)
		ks->members_dirty = false;
	return good;
}

void ks_members_soon(struct ks *ks)
{
	ks->members_dirty = true;
	if (!timer_armed(&ks->save_soon))
		timer_arm(ks->g->d.env->timers, &ks->save_soon, MEMBERS_SOON);
}

void ks_state_remove(struct ks *ks)
{
	struct store *nvram = config_nvram(ks->g->d.config);
	char name[64];
	struct why why;

	file_name(ks, "keys", name, sizeof(name));
	store_remove(nvram, name, &why);
	file_name(ks, "members", name, sizeof(name));
	store_remove(nvram, name, &why);
	ks->members_dirty = false;
}

static void start_empty(struct ks *ks)
{
	ks_keys_free(ks);
	ks_members_free(ks);
	ks_leaving_clear(ks);
	policy_unref(ks->active);
	ks->active = NULL;
	roots_free(&ks->roots);
	ks->root.generation = 0;
	ks->pt_base = ks->origin = ks->last_push = 0;
	ks->pt_mono = clock_now(ks->g->d.env->clock);
	ks->kek_ids = 0;
}

static void load_members(struct ks *ks, struct why *why)
{
	struct secret plain = SECRET_NONE;
	bool missing;
	char name[64];

	file_name(ks, "members", name, sizeof(name));
	if (!config_seal_read(ks->g->d.config, name, &plain, &missing, why) || missing)
		return;
	if (!ks_members_decode(ks, secret_bytes(&plain), why))
		ks_members_free(ks);
	ks_windows_settle(ks);
	secret_free(&plain);
}

bool ks_state_load(struct ks *ks, struct why *why)
{
	struct secret plain = SECRET_NONE;
	bool missing, good;
	char name[64];

	file_name(ks, "keys", name, sizeof(name));
	if (!config_seal_read(ks->g->d.config, name, &plain, &missing, why))
		return false;
	if (missing) {
		why->text[0] = '\0';
		return false;
	}
	good = ks_state_decode(ks, secret_bytes(&plain), ks->g->d.env->clock, why);
	secret_free(&plain);
	if (!good) {
		start_empty(ks);
		return false;
	}
	ks->pt_guess = true;
	ks->pt_mono = clock_now(ks->g->d.env->clock);
	for (struct ks_kek *k = ks->keks; k; k = k->next)
		k->sign = ks_sign_key(ks, k->policy);
	for (unsigned i = 0; i < ks->nleaving; i++)
		ks->leaving[i]->sign = ks_sign_key(ks, ks->leaving[i]->policy);
	load_members(ks, why);
	return true;
}
