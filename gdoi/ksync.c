/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The key server towards cooperation: role, keys given and taken, the meeting of two sides (coop.md sections 1, 3 to 5). */
#include <stdlib.h>
#include "gdoi/ks.h"
#include "lib/clock.h"
#include "lib/crypto/prf.h"
#include "lib/crypto/rsa.h"
#include "lib/mem.h"
#include "lib/text.h"
#include "lib/why.h"
#include "lib/wire.h"

#define CONVERGE_WAIT SEC(2)
#define REPEAT_MS 120000	/* a rekey that the former primary sent so short ago is sent again: its retransmissions died with it */

void gdoi_on_ksync(struct gdoi *g, const struct ksync_ops *ops, void *arg)
{
	g->ksync = ops;
	g->ksync_arg = arg;
}

static struct ks *server_of(const struct gdoi *g, const char *group)
{
	struct gdoi_group *gr = gdoi_group_find(g, group);

	return gr ? gr->ks : NULL;
}

void ks_changed(struct ks *ks, enum ksync_event what)
{
	if (what == KSYNC_KEYS && ks->role.lead)
		ks->version_known = false;
	if (ks->g && ks->g->ksync && ks->coop)
		ks->g->ksync->changed(ks->g->ksync_arg, ks->group, what);
}

void ks_coop_sync(struct ks *ks, const struct cfg_group *c)
{
	bool coop = c->ks.coop.present && ks->g->ksync;

	if (coop == ks->coop)
		return;
	ks->coop = coop;
	ks->version_known = false;
	ks->role = (struct ksync_role){ .lead = !coop, .serve = !coop, .alone = !coop };
	ks->secondary = coop;
}

void ks_coop_free(struct ks *ks)
{
	ks_tombs_free(ks);
	secret_free(&ks->prepared);
}

/* ---- what is announced ---- */

static void version_make(struct ks *ks)
{
	uint8_t *buf = mem_zalloc(KSYNC_KEYS_MAX);
	struct wr w = wr_init(buf, KSYNC_KEYS_MAX);
	struct bytes all;

	memset(ks->version, 0, sizeof(ks->version));
	ks_keys_encode(&w, ks);
	if (wr_ok(&w)) {
		all = wr_done(&w);
		if (!hash_parts(HASH_SHA256, &all, 1, ks->version))
			memset(ks->version, 0, sizeof(ks->version));
	}
	secret_cleanse(buf, w.n);
	free(buf);
	ks->version_known = true;
}

static void key_print(const struct ks *ks, struct ksync_view *v)
{
	const struct ks_policy *p = ks->active ? ks->active : ks->configured;
	const struct config_rsa *rsa = p && p->key_label[0] ? config_key(ks->g->d.config, p->key_label) : NULL;
	struct bytes spki;

	if (p)
		str_copy(v->key_label, sizeof(v->key_label), p->key_label);
	if (!rsa)
		return;
	spki = rsa_spki(rsa->key);
	if (!hash_parts(HASH_SHA256, &spki, 1, v->key_print))
		memset(v->key_print, 0, sizeof(v->key_print));
}

static void root_info(const struct ks *ks, struct ksync_root_info *out)
{
	const struct roots_one *r = ks->roots.n ? &ks->roots.r[roots_send(&ks->roots, ks_pt(ks))] : NULL;
	uint64_t now = ks_pt(ks);

	if (!r)
		return;
	out->generation = r->root.generation;
	out->age = now > r->drawn ? (uint32_t)((now - r->drawn) / 1000) : 0;
	out->stage = (uint8_t)roots_stage(&ks->roots);
	out->next = out->stage ? roots_newest(&ks->roots) : 0;
}

bool ksync_view(struct gdoi *g, const char *group, struct ksync_view *out)
{
	struct ks *ks = server_of(g, group);

	*out = (struct ksync_view){ 0 };
	if (!ks)
		return false;
	out->active = ks->active != NULL;
	out->software = gdoi_version_of(ks_cfg(ks));
	out->generation = ks->root.generation;
	memcpy(out->random, ks->root.random, sizeof(out->random));
	out->removal = ks->removal;
	if (ks->active) {
		if (!ks->version_known)
			version_make(ks);
		memcpy(out->version, ks->version, sizeof(out->version));
		memcpy(out->digest, ks->active->digest, KS_DIGEST);
		out->time_based = policy_time_based(ks->active);
	}
	if (ks->configured) {
		memcpy(out->configured, ks->beside.digest, KS_DIGEST);
		out->has_policy = true;
		out->wants_time = policy_time_based(ks->configured);
	}
	key_print(ks, out);
	out->held = ks->held;
	if (secret_set(&ks->prepared))
		memcpy(out->prepared, ks->prepared_version, sizeof(out->prepared));
	out->pseudotime = ks_pt(ks);
	out->ahead = ks_pt_ahead(ks);
	root_info(ks, &out->root);
	out->change = ks->change;
	out->members = ks->nmembers - ks->nstale;
	return true;
}

bool ksync_keys_out(struct gdoi *g, const char *group, struct wr *w)
{
	struct ks *ks = server_of(g, group);

	if (!ks || !ks->active)
		return false;
	ks_keys_encode(w, ks);
	for (struct ks_kek *k = ks->keks; k; k = k->next)
		k->offered = true;	/* from now on the others give it to members */
	return wr_ok(w);
}

/* ---- taking ---- */

static void decoded_free(struct ks *o)
{
	ks_keys_free(o);
	policy_unref(o->active);
	roots_free(&o->roots);
	free(o);
}

static struct ks *decoded(struct ks *ks, struct bytes in, struct why *why)
{
	struct ks *o = mem_zalloc(sizeof(*o));

	o->g = ks->g;
	str_copy(o->group, sizeof(o->group), ks->group);
	if (ks_keys_decode(o, in, why))
		return o;
	decoded_free(o);
	return NULL;
}

#define SWAP(a, b) do { __typeof__(a) t_ = (a); (a) = (b); (b) = t_; } while (0)

/*
 * Of the same draw each keeps the promises it made, unless the other's oldest root is news: then every server has promised to
 * send with that one, this one too, in a life that its disk does not remember.
 */
static bool roots_stale(const struct ks *ks, const struct ks *o)
{
	const struct ks_root *theirs = &o->roots.r[0].root;

	return !ks->roots.n || ks_root_cmp(&ks->root, &o->root) != 0 ||
	       (!roots_find(&ks->roots, theirs->generation, theirs->random) && ks_root_cmp(theirs, &ks->roots.r[0].root) > 0);
}

static uint32_t u32_most(uint32_t a, uint32_t b)
{
	return a > b ? a : b;
}

/* Whatever the other has heard of them: numbers that were used here are used. */
static void keks_keep_numbers(struct ks *ks, const struct ks *before)
{
	for (struct ks_kek *k = ks->keks; k; k = k->next) {
		const struct ks_kek *own = ks_kek_named(before, k->kek.spi);

		if (!own)
			continue;
		k->seq = u32_most(own->seq, k->seq);
		k->reserved = u32_most(own->reserved, k->reserved);
	}
}

static void keys_swap(struct ks *a, struct ks *b)
{
	if (roots_stale(a, b))
		SWAP(a->roots, b->roots);
	SWAP(a->root, b->root);
	SWAP(a->removal, b->removal);
	SWAP(a->active, b->active);
	SWAP(a->origin, b->origin);
	SWAP(a->last_push, b->last_push);
	SWAP(a->lead_retransmit, b->lead_retransmit);
	SWAP(a->lead_retransmits, b->lead_retransmits);
	SWAP(a->teks, b->teks);
	SWAP(a->keks, b->keks);
	SWAP(a->kek_ids, b->kek_ids);
	keks_keep_numbers(a, b);
}

/* Members name their KEK by its SPI while the list is rebuilt. Removed ones hold one that stays outside of it. */
static void members_tag(struct ks *ks)
{
	for (struct ks_member *m = ks->members; m; m = m->hh.next)
		if (!m->stale)
			m->kek_tag = ks_kek_tag(ks, m);
}

static void members_untag(struct ks *ks)
{
	for (struct ks_member *m = ks->members; m; m = m->hh.next)
		if (!m->stale)
			ks_kek_untag(ks, m);
}

static bool tek_known(const struct ks *ks, uint32_t spi)
{
	for (const struct ks_tek *t = ks->teks; t; t = t->next)
		if (t->spi == spi)
			return true;
	return false;
}

static void pseudotime_set(struct ks *ks, uint64_t pt)
{
	ks->pt_base = pt;
	ks->pt_mono = clock_now(ks->g->d.env->clock);
	ks->pt_owed = 0;
	ks->pt_guess = false;
}

static uint64_t moved(uint64_t at, uint64_t from, uint64_t to)
{
	if (to >= from)
		return at + (to - from);
	return at > from - to ? at - (from - to) : 0;
}

static void stamps_move(struct ks *ks, uint64_t from, uint64_t to)
{
	for (struct ks_member *m = ks->members; m; m = m->hh.next)
		m->stamp = moved(m->stamp, from, to);
}

static void taken(struct ks *ks)
{
	for (const struct ks_tek *t = ks->teks; t; t = t->next)
		ks->roots.given = t->begin > ks->roots.given ? t->begin : ks->roots.given;
	for (const struct ks_kek *k = ks->keks; k; k = k->next)
		ks->roots.given = k->begin > ks->roots.given ? k->begin : ks->roots.given;
	for (struct ks_kek *k = ks->keks; k; k = k->next) {
		rsa_free(k->sign);
		k->sign = ks_sign_key(ks, k->policy);
	}
	if (ks->keks && !ks->keks->sign && ks->active->has_kek && strcmp(ks->no_key, ks->active->key_label) != 0) {
		str_copy(ks->no_key, sizeof(ks->no_key), ks->active->key_label);
		log_GDOI_KS_NO_RSA_KEYS(ks->g->d.log, ks->no_key, ks->group);
	}
	ks->generation++;
	ks_push_forget(ks);
	members_untag(ks);
	ks_keys_prune(ks);
	ks_roots_forget(ks);
	ks_state_save(ks);
	ks_arm(ks);
}

/* A removal leaves the old TEKs their last minutes, unless it is one at once. */
static bool at_once(const struct ks *ks, const struct ks *by)
{
	for (const struct ks_tek *t = ks->teks; t; t = t->next)
		if (tek_known(by, t->spi))
			return false;
	return ks->teks != NULL;
}

/*
 * The newer root was drawn to cut somebody off: who holds only what he knows too is told to start over, no more. While another leads that
 * is its business; whoever has to lead after it goes on with the rest.
 */
static bool cut_off(struct ks *ks, const struct ks *by)
{
	if (by->removal <= ks->root.generation || !ks->active)
		return false;
	ks_stale_until(ks);
	ks_leaving_add(ks, ks->keks);
	if (ks->role.lead)
		ks_push_start(ks, KS_REMOVE);
	else
		ks_push_removed(ks, at_once(ks, by) ? KS_REMOVED_NOW : KS_REMOVED, by);
	return ks->role.lead;
}

bool ksync_keys_adopt(struct gdoi *g, const char *group, struct bytes in, uint64_t pseudotime, struct why *why)
{
	struct ks *ks = server_of(g, group), *o;
	bool jump;

	if (!ks || !ks->coop)
		return why_set(why, "no key server of group %s cooperates here", group);
	o = decoded(ks, in, why);
	if (!o)
		return false;
	jump = !ks->active || ks_root_cmp(&ks->root, &o->root) != 0;
	members_tag(ks);
	cut_off(ks, o);
	keys_swap(ks, o);
	decoded_free(o);
	if (!ks_push_removing(ks))
		ks_push_stop(ks);
	if (jump) {
		stamps_move(ks, ks_pt(ks), pseudotime);
		pseudotime_set(ks, pseudotime);
	} else if (ks->pt_guess) {
		pseudotime_set(ks, pseudotime);
	}
	taken(ks);
	ks->version_known = hash_parts(HASH_SHA256, &in, 1, ks->version);	/* what the sender calls it */
	secret_free(&ks->prepared);
	return true;
}

/* ---- two sides meet ---- */

static int side_cmp(const struct ks *a, const struct ks *b)
{
	int c = ks_root_cmp(&a->root, &b->root);

	return c ? c : memcmp(a->active->digest, b->active->digest, KS_DIGEST);
}

static void same_policy(const struct ks *ks, struct ks_policy **p)
{
	if (*p == ks->active || !policy_same(*p, ks->active))
		return;
	policy_unref(*p);
	*p = policy_ref(ks->active);
}

/*
 * Of the same draw by the epoch's begin, newest first: where both sides gave out that epoch, theirs is to receive on. Of another
 * draw behind all of ours, and to receive on.
 */
static void teks_merge(struct ks *ks, struct ks *o, bool same, uint64_t from, uint64_t to)
{
	while (o->teks) {
		struct ks_tek *t = o->teks, **at = &ks->teks;

		o->teks = t->next;
		if (tek_known(ks, t->spi)) {
			ks_tek_free(t);
			continue;
		}
		if (!same) {
			t->begin = moved(t->begin, from, to);
			t->end = moved(t->end, from, to);
			t->receive = t->other = true;
			if (o->root.generation < ks->removal)	/* a removed member knows it */
				ks_tek_shorten(ks, t);
		}
		same_policy(ks, &t->policy);
		for (; *at && (!same || (*at)->begin >= t->begin); at = &(*at)->next)
			t->receive |= (*at)->begin == t->begin && !(*at)->receive && ks_tek_same_slot(*at, t);
		t->next = *at;
		*at = t;
	}
}

/* Both sides' numbers are behind us. */
static void kek_join(struct ks_kek *k, const struct ks_kek *o)
{
	k->seq = u32_most(u32_most(k->seq, o->seq), u32_most(k->reserved, o->reserved));
	k->reserved = k->seq;
}

/* A removed member knows it otherwise. */
static bool kek_good(const struct ks *ks, const struct ks *o, bool same)
{
	return same || o->root.generation >= ks->removal;
}

static void keks_number(struct ks *ks)
{
	uint32_t id = 0;

	for (struct ks_kek *k = ks->keks; k; k = k->next)
		id++;
	ks->kek_ids = u32_most(ks->kek_ids, id);
	for (struct ks_kek *k = ks->keks; k; k = k->next)	/* anew, in the order of age */
		k->id = id--;
}

static void keks_merge(struct ks *ks, struct ks *o, bool same, uint64_t from, uint64_t to)
{
	bool came = false;

	while (o->keks) {
		struct ks_kek *k = o->keks, *mine = ks_kek_named(ks, k->kek.spi), **at = &ks->keks;

		o->keks = k->next;
		if (mine) {
			kek_join(mine, k);
			ks_kek_unref(k);
			continue;
		}
		if (!kek_good(ks, o, same)) {
			ks_kek_unref(k);
			continue;
		}
		came = true;
		if (!same) {
			k->begin = moved(k->begin, from, to);
			k->end = moved(k->end, from, to);
		}
		k->seq = k->reserved;
		same_policy(ks, &k->policy);
		while (*at && (!same || (*at)->begin >= k->begin))
			at = &(*at)->next;
		k->next = *at;
		*at = k;
	}
	if (came)
		keks_number(ks);
}

/* Something of theirs that is taken in: a running rekey, whose keys go by their numbers here, ends with it. */
static bool brings(const struct ks *ks, const struct ks *o, bool same)
{
	if (side_cmp(ks, o) < 0)
		return true;
	for (const struct ks_tek *t = o->teks; t; t = t->next)
		if (!tek_known(ks, t->spi))
			return true;
	for (const struct ks_kek *k = kek_good(ks, o, same) ? o->keks : NULL; k; k = k->next)
		if (!ks_kek_named(ks, k->kek.spi))
			return true;
	return false;
}

bool ksync_keys_merge(struct gdoi *g, const char *group, struct bytes in, uint64_t pseudotime, bool *news, struct why *why)
{
	struct ks *ks = server_of(g, group), *o;
	uint64_t from = pseudotime, to = ks ? ks_pt(ks) : 0;
	bool same;

	*news = false;
	if (!ks || !ks->coop)
		return why_set(why, "no key server of group %s cooperates here", group);
	if (!ks->active) {
		*news = true;
		return ksync_keys_adopt(g, group, in, pseudotime, why);
	}
	o = decoded(ks, in, why);
	if (!o)
		return false;
	same = ks_root_cmp(&ks->root, &o->root) == 0;
	*news = brings(ks, o, same);
	members_tag(ks);
	if (side_cmp(ks, o) < 0) {
		cut_off(ks, o);
		keys_swap(ks, o);
		if (!same) {
			stamps_move(ks, to, from);
			pseudotime_set(ks, from);
			SWAP(from, to);
		}
	}
	if (*news && !ks_push_removing(ks))
		ks_push_stop(ks);
	teks_merge(ks, o, same, from, to);
	keks_merge(ks, o, same, from, to);
	if (o->removal > ks->removal)
		ks->removal = o->removal;
	decoded_free(o);
	ks->version_known = false;
	taken(ks);
	return true;
}

void ks_on_converge(void *arg)
{
	struct ks *ks = arg;

	if (!ks->role.lead || !ks->active || ks->held || ks_push_removing(ks))
		return;
	ks->converged = clock_now(ks->g->d.env->clock);
	ks_roll(ks);
	ks_state_save(ks);
	ks_push_start(ks, KS_SCHEDULED);
	ks_arm(ks);
}

/* When many sides meet the first one's keys go out at once, and the others' together a moment later, not a rekey for each. */
void ksync_converge(struct gdoi *g, const char *group)
{
	struct ks *ks = server_of(g, group);
	uint64_t now;

	if (!ks || timer_armed(&ks->converge))
		return;
	now = clock_now(g->d.env->clock);
	if (!ks->converged || now >= ks->converged + CONVERGE_WAIT) {
		ks_on_converge(ks);
		return;
	}
	ks->last_push = ks_pt(ks);	/* whoever has to lead before that sends one too */
	timer_arm_at(g->d.env->timers, &ks->converge, ks->converged + CONVERGE_WAIT);
}

void ksync_pseudotime(struct gdoi *g, const char *group, uint64_t pseudotime)
{
	struct ks *ks = server_of(g, group);
	uint64_t mine;

	if (!ks || ks->role.lead)
		return;
	mine = ks_pt(ks);
	if (pseudotime >= mine || ks->pt_guess) {	/* nobody was given this server's guess */
		pseudotime_set(ks, pseudotime);
	} else {
		pseudotime_set(ks, mine);
		ks->pt_owed = mine - pseudotime;
	}
	ks_arm(ks);
}

/* ---- an order of the primary that it could not finish ---- */

/* The primary is gone: what it had drawn may be with members already, so that it is carried through. */
static bool prepared_take(struct ks *ks)
{
	struct why why;
	struct ks *o = secret_set(&ks->prepared) ? decoded(ks, secret_bytes(&ks->prepared), &why) : NULL;
	bool news = o && ks->active && ks_root_cmp(&o->root, &ks->root) > 0;

	secret_free(&ks->prepared);
	if (news) {
		bool cut;

		members_tag(ks);
		cut = cut_off(ks, o);
		if (!cut)
			ks_push_stop(ks);
		keys_swap(ks, o);
		if (cut) {
			ks_keys_shorten(ks);
			ks_keks_end(ks);
		}
		ks->version_known = false;
		taken(ks);
		if (!ks_push_removing(ks))
			ks_push_start(ks, KS_TRIGGER);
	}
	if (o)
		decoded_free(o);
	return news;
}

bool ksync_keys_prepare(struct gdoi *g, const char *group, struct bytes in, struct why *why)
{
	struct ks *ks = server_of(g, group), *o;

	if (!ks || !ks->coop || ks->role.lead)
		return why_set(why, "no key server of group %s cooperates here", group);
	o = decoded(ks, in, why);
	if (!o)
		return false;
	decoded_free(o);
	secret_free(&ks->prepared);
	if (!hash_parts(HASH_SHA256, &in, 1, ks->prepared_version))
		return why_set(why, "no digest");
	ks->prepared = secret_copy(in);
	return true;
}

void ksync_release(struct gdoi *g, const char *group)
{
	struct ks *ks = server_of(g, group);

	if (ks && ks->role.lead)
		ks_release(ks);
}

/* ---- role ---- */

/* The last draw was an operator's, a moment ago. */
static bool just_ordered(const struct ks *ks)
{
	return ks->roots.n == 1 && ks->roots.r[0].root.generation == ks->root.generation && ks->root.generation > 1 &&
	       ks_pt(ks) < ks->roots.r[0].drawn + REPEAT_MS;
}

static void take_over(struct ks *ks)
{
	bool ordered = just_ordered(ks), repeat = ks->active && ks->last_push && ks_pt(ks) < ks->last_push + REPEAT_MS;

	ks->pt_guess = false;
	for (struct ks_kek *k = ks->keks; k; k = k->next)
		k->seq = u32_most(k->seq, k->reserved);
	for (unsigned i = 0; i < ks->nleaving; i++)
		ks->leaving[i]->seq = u32_most(ks->leaving[i]->seq, ks->leaving[i]->reserved);
	if (prepared_take(ks)) {
		ks_arm(ks);
		return;
	}
	if (!ks->active) {
		if (ks->configured)
			ks_activate(ks, ks->configured, true);
		ks_arm(ks);
		return;
	}
	ks->inherited = ks_pending(ks);
	if (ks->configured)
		memcpy(ks->noted, ks->configured->digest, KS_DIGEST);
	if (ks->inherited)
		log_GDOI_POLICY_CHANGE(ks->g->d.log, ks->group);
	ks_keys_prune(ks);
	if (ks->role.draw) {
		ks_activate(ks, ks->active, true);
		repeat = true;
	}
	repeat |= ks_roll(ks);
	ks_state_save(ks);
	if (repeat)
		ks_push_start(ks, ordered ? KS_TRIGGER : KS_SCHEDULED);
	else if (ks->nstale)
		ks_push_resume(ks);
	ks_arm(ks);
}

void ksync_set_role(struct gdoi *g, const char *group, const struct ksync_role *r)
{
	struct ks *ks = server_of(g, group);
	bool before;

	if (!ks || !ks->coop)
		return;
	before = ks->role.lead;
	ks->role = *r;
	ks->secondary = !r->lead;
	if (r->lead && !before) {
		take_over(ks);
	} else if (before && !r->lead) {
		ks_unhold(ks);
		if (!ks_push_removing(ks))
			ks_push_stop(ks);
		ks_arm(ks);
	}
}
