/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One group as key server: configured and active policy, and keys in step with time. */
#include <stdio.h>
#include <stdlib.h>
#include "gdoi/ks.h"
#include "lib/clock.h"
#include "lib/mem.h"
#include "lib/crypto/rsa.h"
#include "lib/rng.h"
#include "lib/text.h"
#include "lib/why.h"

#define SIGNING_WAIT MSEC(200)
#define HOLD_MAX SEC(3)	/* so long the other servers have to take an order's keys before members are told */
#define ORDER_GAP 2		/* s that an order has for itself, unless all have acknowledged it: two at once would overtake
				 * one another on the way */
#define WINDOWS_WAIT 1000		/* ms between looks whether the round that runs is over: it is not cut short */
#define CLOCK_LOOK SEC(30)	/* whether the wall clock was set meanwhile: what is on disk counts by it */
#define CLOCK_STEP SEC(2)
#define CLOCK_SAVE SEC(300)	/* pseudotime is written at least this often; ks_state.c reserves twice as much */

static uint64_t least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

uint64_t ks_pt(const struct ks *ks)
{
	uint64_t run = (clock_now(ks->g->d.env->clock) - ks->pt_mono) / 1000;

	return ks->pt_base + run - least(run / 20, ks->pt_owed);
}

uint64_t ks_pt_ahead(const struct ks *ks)
{
	uint64_t run = (clock_now(ks->g->d.env->clock) - ks->pt_mono) / 1000;

	return ks->pt_owed - least(run / 20, ks->pt_owed);
}

const struct cfg_group *ks_cfg(const struct ks *ks)
{
	return gdoi_cfg(ks->g, ks->group);
}

struct gdoi_group_id ks_group_id(const struct cfg_group *c)
{
	if (!c)
		return (struct gdoi_group_id){ 0 };
	return (struct gdoi_group_id){ .by_address = c->identity == 2, .number = c->identity_number,
		.address = c->identity_address };
}

bool ks_pending(const struct ks *ks)
{
	return ks->active && ks->configured && !policy_same(ks->active, ks->configured);
}

/* ---- time ---- */

uint32_t ks_tek_due(const struct ks *ks, const struct ks_tek *t)
{
	if (!ks_tek_current(ks, t))
		return UINT32_MAX;
	return ks_left(ks, t->begin + ks_tek_period(ks, &t->policy->sa[t->sa]));
}

static uint64_t kek_due_at(const struct ks *ks)
{
	return ks->keks->begin + ks_kek_period(ks, ks->keks->policy);
}

uint32_t ks_kek_due(const struct ks *ks)
{
	return ks->keks ? ks_left(ks, kek_due_at(ks)) : UINT32_MAX;
}

static uint64_t sync_due_at(const struct ks *ks)
{
	return policy_time_based(ks->active) && ks->active->has_kek ? ks->last_push + KS_TBAR_SYNC * 1000 : KS_ANY_LIFE;
}

uint32_t ks_sync_left(const struct ks *ks)
{
	uint64_t at = ks->active ? sync_due_at(ks) : KS_ANY_LIFE;

	return at == KS_ANY_LIFE ? 0 : ks_left(ks, at);
}

/* The next thing to do: a rekey, or an end. One timer per group. */
void ks_arm(struct ks *ks)
{
	uint64_t at, now = ks_pt(ks);

	if (!ks->active)
		return;
	at = ks->role.lead ? sync_due_at(ks) : KS_ANY_LIFE;
	for (const struct ks_tek *t = ks->teks; t; t = t->next) {
		at = least(at, t->end);
		if (ks->role.lead && ks_tek_current(ks, t))
			at = least(at, t->begin + ks_tek_period(ks, &t->policy->sa[t->sa]));
	}
	for (const struct ks_kek *k = ks->keks; k; k = k->next)
		at = least(at, k->end);
	if (ks->windows_owed && ks->role.lead)
		at = least(at, now + (ks_push_running(ks) ? WINDOWS_WAIT : 0));
	if (ks->role.lead && ks->keks && ks->active->has_kek)
		at = least(at, kek_due_at(ks));
	if (at == KS_ANY_LIFE)
		timer_cancel(ks->g->d.env->timers, &ks->due);
	else
		timer_arm(ks->g->d.env->timers, &ks->due, at <= now ? 0 : (at - now) * 1000);
}

/* ---- activation ---- */

static void tell_transitions(struct ks *ks, const struct ks_policy *from, const struct ks_policy *to)
{
	if (!from)
		return;
	if (from->unicast != to->unicast) {
		if (to->unicast)
			log_GDOI_KS_REKEY_TRANS_2_UNI(ks->g->d.log, ks->group);
		else
			log_GDOI_KS_REKEY_TRANS_2_MULTI(ks->g->d.log, ks->group);
	}
	if (from->receive_only != to->receive_only) {
		if (to->receive_only)
			log_GDOI_KS_CONV_SAS_INGRESS(ks->g->d.log, ks->group);
		else
			log_GDOI_KS_CONV_SAS_DUPLEX(ks->g->d.log, ks->group);
	}
}

bool ks_keeps_kek(const struct ks *ks, const struct ks_policy *p, enum ks_reason reason)
{
	/* Of cooperating servers every root has KEKs of its own: who has the newer root has all that counts. */
	return reason == KS_TRIGGER && !ks->coop && ks->keks && ks->keks->sign && ks->keks->end > ks_pt(ks) &&
	       policy_same_rekey(ks->keks->policy, p);
}

static bool activate(struct ks *ks, struct ks_policy *p, bool fresh, bool keep_kek)
{
	struct ks_policy *from = ks->active;
	bool good = true;

	if (fresh || !ks->roots.n)
		ks_root_renew(ks);
	ks->active = policy_ref(p);
	ks->inherited = false;
	ks_windows_begin(ks);
	ks->origin = ks_pt(ks);
	ks->lead_retransmit = ks->retransmit;
	ks->lead_retransmits = ks->retransmits;
	memcpy(ks->noted, p->digest, KS_DIGEST);
	for (unsigned i = p->nsa; good && i-- > 0;)
		good = ks_make_teks(ks, i, ks->origin);
	if (good && p->has_kek && !keep_kek)
		good = ks_make_kek(ks, ks->origin);
	tell_transitions(ks, from, p);
	ks_windows_look(ks, false);
	policy_unref(from);
	ks_keys_prune(ks);
	DBG(ks->g->d.log, GDOI_KS_INFRA, EVENT, "group %s: policy active from pseudotime %llu ms, root generation %u", ks->group,
		(unsigned long long)ks->origin, ks->root.generation);
	return good;
}

bool ks_activate(struct ks *ks, struct ks_policy *p, bool fresh)
{
	bool good = activate(ks, p, fresh, false);

	ks_state_save(ks);
	return good;
}

/* ---- scheduled rekeys ---- */

static const struct ks_tek *current_of(const struct ks *ks, unsigned sa)
{
	for (const struct ks_tek *t = ks->teks; t; t = t->next)
		if (t->sa == sa && ks_tek_current(ks, t))
			return t;
	return NULL;
}

/*
 * When the KEK begins that is due now. A trigger of a key server alone keeps the KEK and moves the origin: from there the next one
 * would have lived for a while before it is made.
 */
static uint64_t kek_epoch(const struct ks *ks)
{
	uint64_t from = ks->keks && !ks->coop ? ks->keks->begin : ks->origin;

	return ks_epoch(from, ks_kek_period(ks, ks->active), ks_pt(ks));
}

/* The first epoch whose keys are not made yet, of all there are. */
static uint64_t next_epoch(const struct ks *ks)
{
	uint64_t now = ks_pt(ks), next = KS_ANY_LIFE;

	for (unsigned i = 0; i < ks->active->nsa; i++) {
		const struct ks_tek *t = current_of(ks, i);
		uint64_t period = ks_tek_period(ks, &ks->active->sa[i]);

		next = least(next, t && now < t->begin + period ? t->begin + period : ks_epoch(ks->origin, period, now));
	}
	if (ks->active->has_kek)
		next = least(next, ks->keks && now < kek_due_at(ks) ? kek_due_at(ks) : kek_epoch(ks));
	return next;
}

bool ks_roots_forget(struct ks *ks)
{
	return ks->active && roots_forget(&ks->roots, next_epoch(ks));
}

void ks_root_renew(struct ks *ks)
{
	roots_draw(&ks->roots, ks->g->d.env->rng, ks_pt(ks));
	ks->root.generation = ks->roots.r[0].root.generation;
	memcpy(ks->root.random, ks->roots.r[0].root.random, sizeof(ks->root.random));
}

/* A key server alone needs nobody's promise: a new root with each KEK. */
static void renew_alone(struct ks *ks)
{
	struct ks_root root = { .generation = 0 }, older = { .generation = roots_newest(&ks->roots) };
	uint64_t from = ks->roots.given + 1;

	ks_root_draw(&root, &older, ks->g->d.env->rng);
	if (roots_add(&ks->roots, &root, ks_pt(ks), from)) {
		roots_promise(&ks->roots, ks->roots.n - 1, ROOTS_SEND, from);
		roots_promise(&ks->roots, ks->roots.n - 1, ROOTS_DROP, from);
	}
	ks_root_free(&root);
}

bool ks_roll(struct ks *ks)
{
	uint64_t now = ks_pt(ks);
	bool any = false, kek = ks->active->has_kek && (!ks->keks || now >= kek_due_at(ks));

	if (kek && ks->keks && ks->role.alone)
		renew_alone(ks);
	for (unsigned i = ks->active->nsa; i-- > 0;) {
		const struct ks_tek *t = current_of(ks, i);
		uint64_t period = ks_tek_period(ks, &ks->active->sa[i]), at = ks_epoch(ks->origin, period, now);

		if (!t || now >= t->begin + period)
			any |= ks_make_teks(ks, i, at);
	}
	if (kek)
		any |= ks_make_kek(ks, kek_epoch(ks));
	ks_roots_forget(ks);
	return any;
}

static void on_due(void *arg)
{
	struct ks *ks = arg;
	uint64_t now = ks_pt(ks);
	bool sync = now >= sync_due_at(ks), rekey = sync;
	bool went;

	if (ks_push_signing(ks) || ks->held) {	/* one rekey after the other */
		timer_arm(ks->g->d.env->timers, &ks->due, SIGNING_WAIT);
		return;
	}
	went = ks_keys_prune(ks);

	if (!ks->role.lead || ks->secondary || !ks->active->has_kek)
		ks->windows_owed = false;
	if (!ks->role.lead) {	/* the primary's business; what it made comes in its announcement */
		if (went)
			ks_state_save(ks);
		ks_arm(ks);
		return;
	}
	for (unsigned i = 0; !rekey && i < ks->active->nsa; i++) {
		const struct ks_tek *t = current_of(ks, i);

		rekey = !t || now >= t->begin + ks_tek_period(ks, &ks->active->sa[i]);
	}
	if (ks->active->has_kek && (!ks->keks || now >= kek_due_at(ks)))
		rekey = true;
	if (rekey) {
		ks_windows_settle(ks);
		/* A change waits for the operator or, as now, for the next scheduled rekey; one that a new primary brought
		 * along, for the operator alone. */
		if (ks_pending(ks) && !ks->secondary && !ks->inherited)
			ks_activate(ks, ks->configured, ks->coop);
		else
			ks_roll(ks);
		ks_state_save(ks);
		if (ks->secondary)
			ks->last_push = now;
		else
			ks_push_start(ks, KS_SCHEDULED);
	} else if (went) {
		ks_state_save(ks);
	}
	if (ks->windows_owed && !ks_push_running(ks))
		ks_push_start(ks, KS_SYNC);	/* the keys stay, and so does a change that waits */
	ks_arm(ks);
}

/* ---- the operator's orders ---- */

static const struct version removal_since = { 1, 0, 2 };

/* Members that cannot shorten, or are not told, keep their SAs for the full life: who registers meanwhile must get those too. */
static void end_old(struct ks *ks, enum ks_reason reason)
{
	bool now = reason == KS_REPLACE_NOW || reason == KS_REMOVE_NOW;

	if (!ks_is_removal(reason) && (ks_count_older(ks, removal_since) || ks_count_untold(ks)))
		return;
	if (now) {
		for (struct ks_tek *t = ks->teks; t; t = t->next)
			if (!ks_tek_current(ks, t))
				t->end = 0;
	} else {
		ks_keys_shorten(ks);
	}
}

static const char *s_of(unsigned n)
{
	return n == 1 ? "" : "s";
}

/* What an operator is to know beyond the answer that everybody gets; taken before the order changes anything. */
static void note(const struct ks *ks, enum ks_reason reason, struct why *why)
{
	enum ks_reason was = reason;
	uint32_t age = 0;
	unsigned waits = ks_push_waits(ks, &was, &age), members = ks->nmembers - ks->nstale;
	unsigned unsigned_for = ks_push_unsigned(ks), untold = ks_count_untold(ks);

	why->text[0] = '\0';
	if (waits && ks_is_removal(was))
		why_set(why, "the GM-Removal sent %u s ago goes on, %u member%s did not acknowledge it yet", age, waits, s_of(waits));
	else if (waits)
		why_set(why, "takes the place of the rekey sent %u s ago, which %u member%s did not acknowledge yet", age, waits,
			s_of(waits));
	else if (!ks->configured)
		why_set(why, "what is configured cannot be used, the policy before goes on");
	else if (!members)
		why_set(why, "no member is registered, nothing is sent");
	else if (unsigned_for)
		why_set(why, "%u member%s cannot be told, the RSA key that they verify with is gone", unsigned_for, s_of(unsigned_for));
	else if (untold)
		why_set(why, "%u member%s without a KEK cannot be told", untold, s_of(untold));
}

bool ks_order_ok(const struct ks *ks, enum ks_reason reason, struct why *why)
{
	if (ks->secondary)
		return why_set(why, "%s", ks_is_removal(reason) ? "can only execute this command on Primary KS"
							     : "This command must be executed on Pri-KS");
	if (!ks->active)
		return why_set(why, "group %s has no policy yet", ks->group);
	if (!ks_is_removal(reason) && !(ks->configured ? ks->configured : ks->active)->has_kek)
		return why_set(why, "group %s has no rekey key", ks->group);
	return true;
}

/* The order before is being signed, or was sent a moment ago and not everybody has it. */
static bool order_busy(const struct ks *ks)
{
	enum ks_reason was;
	uint32_t age;

	return ks->norders || ks->held || ks_push_signing(ks) || (ks_push_waits(ks, &was, &age) && age < ORDER_GAP);
}

static bool order_queue(struct ks *ks, enum ks_reason reason, struct why *why)
{
	if (ks->norders == KS_ORDERS)
		return why_set(why, "%u orders wait already", KS_ORDERS);
	ks->orders[ks->norders++] = reason;
	if (!timer_armed(&ks->order_next))
		timer_arm(ks->g->d.env->timers, &ks->order_next, SIGNING_WAIT);
	why_set(why, "follows the order that is being carried out");
	return true;
}

/* Members are told, and what they have ends. */
static void order_send(struct ks *ks, enum ks_reason reason, struct why *why)
{
	end_old(ks, reason);
	if (ks_is_removal(reason))
		ks_leaving_add(ks, ks->keks && ks->active->has_kek ? ks->keks->next : ks->keks);
	ks_push_reserve(ks);		/* the new keys and the numbers for them are written at once */
	ks_push_start(ks, reason);	/* takes hold of the KEKs it goes out under */
	if (ks_push_held(ks))
		why_set(why, "%s. The message is sent when it can", ks->save_problem);
	if (ks_is_removal(reason))
		ks_keks_end(ks);
	ks_keys_prune(ks);
	if (ks_is_removal(reason)) {	/* not a few seconds later: a key server that stops now must not remember them */
		ks_state_save(ks);
		ks_members_soon(ks);
		ks_members_save(ks);
	}
	ks_arm(ks);
}

void ks_release(struct ks *ks)
{
	enum ks_reason reason = ks->held_for;

	if (!ks->held)
		return;
	ks_unhold(ks);
	order_send(ks, reason, NULL);
}

void ks_unhold(struct ks *ks)
{
	ks->held = false;
	timer_cancel(ks->g->d.env->timers, &ks->hold);
}

static void on_hold(void *arg)
{
	struct ks *ks = arg;

	DBG(ks->g->d.log, GDOI_KS_COOP, EVENT, "group %s: some key server did not take the new keys in time", ks->group);
	ks_release(ks);
}

/*
 * The new root cuts the old one off at once, so that the other servers get it first: whichever of them has to lead in the next moment
 * goes on with it. Who does not answer within a few seconds is not waited for (coop.md section 3).
 */
static bool carry_out(struct ks *ks, enum ks_reason reason, struct why *why)
{
	struct ks_policy *p = ks->configured ? ks->configured : ks->active;

	note(ks, reason, why);
	if (ks_is_removal(reason))
		ks_stale_until(ks);
	else
		ks_windows_settle(ks);
	if (!activate(ks, p, true, ks_keeps_kek(ks, p, reason)))
		return why_set(why, "group %s: keys cannot be made", ks->group);
	if (ks_is_removal(reason)) {
		ks->removal = ks->root.generation;
		for (struct ks_member *m = ks->members; m; m = m->hh.next)
			m->stamp = ks_pt(ks);
	}
	if (!ks->role.reachable) {
		order_send(ks, reason, why);
		return true;
	}
	ks->held = true;
	ks->held_for = reason;
	timer_arm(ks->g->d.env->timers, &ks->hold, HOLD_MAX);
	ks_state_save(ks);
	return true;
}

bool ks_trigger(struct ks *ks, enum ks_reason reason, struct why *why)
{
	if (!ks_order_ok(ks, reason, why))
		return false;
	return order_busy(ks) ? order_queue(ks, reason, why) : carry_out(ks, reason, why);
}

/* Its operator was told that it follows, and is no longer there to be told this. */
static void given_up(const struct ks *ks, const struct why *why)
{
	struct why said;

	why_set(&said, "an order that waited is given up: %s", why->text);
	log_GDOI_KS_REKEY_FAILED(ks->g->d.log, ks->group, said.text);
}

static void on_order_next(void *arg)
{
	struct ks *ks = arg;
	unsigned waiting = ks->norders;
	struct why why = { "" };

	ks->norders = 0;
	if (waiting && order_busy(ks)) {
		ks->norders = waiting;
		timer_arm(ks->g->d.env->timers, &ks->order_next, SIGNING_WAIT);
		return;
	}
	if (waiting && (!ks_order_ok(ks, ks->orders[0], &why) || !carry_out(ks, ks->orders[0], &why)))
		given_up(ks, &why);
	if (waiting < 2)
		return;
	ks->norders = waiting - 1;
	memmove(ks->orders, ks->orders + 1, ks->norders * sizeof(ks->orders[0]));
	timer_arm(ks->g->d.env->timers, &ks->order_next, SIGNING_WAIT);
}

void ks_forget(struct ks *ks)
{
	timer_cancel(ks->g->d.env->timers, &ks->due);
	timer_cancel(ks->g->d.env->timers, &ks->save_soon);
	timer_cancel(ks->g->d.env->timers, &ks->order_next);
	timer_cancel(ks->g->d.env->timers, &ks->converge);
	ks_unhold(ks);
	ks->norders = 0;
	ks->windows = ks->windows_owed = ks->windows_told = false;
	ks_push_stop(ks);
	ks_keys_free(ks);
	ks_members_free(ks);
	ks_leaving_clear(ks);
	policy_unref(ks->active);
	ks->active = NULL;
	ks_state_remove(ks);
}

/* ---- configuration ---- */

static void tell_notes(struct ks *ks, const struct policy_notes *n)
{
	struct syslog *log = ks->g->d.log;

	if (n->acl_long[0] && strcmp(n->acl_long, ks->notes.acl_long) != 0)
		log_GDOI_GDOI_ACL_NUM(log);
	if (n->acl_range[0] && strcmp(n->acl_range, ks->notes.acl_range) != 0)
		log_GDOI_GDOI_ACL_RANGE(log, n->acl_range);
	if (n->default_set[0] && strcmp(n->default_set, ks->notes.default_set) != 0)
		log_GDOI_KS_USING_DEFAULT_TRANSFORM(log, n->default_set);
	if (n->combined[0] && strcmp(n->combined, ks->notes.combined) != 0)
		log_GDOI_SHARED_NONCE(log, ks->group, n->combined);
	if (n->no_acl[0] && strcmp(n->no_acl, ks->notes.no_acl) != 0)
		log_GDOI_KS_NO_ACL(log, n->no_acl, ks->group);
	if (n->bad_acl[0] && (strcmp(n->bad_acl, ks->notes.bad_acl) != 0 || strcmp(n->bad_acl_why, ks->notes.bad_acl_why) != 0))
		log_GDOI_KS_BAD_ACL(log, n->bad_acl, ks->group, n->bad_acl_why);
	if (n->no_key[0] && n->no_key[0] != '(' && strcmp(n->no_key, ks->notes.no_key) != 0)
		log_GDOI_KS_NO_RSA_KEYS(log, n->no_key, ks->group);
	ks->notes = *n;
}

static void address_sync(struct ks *ks, struct ip4 now)
{
	if (ip4_eq(ks->address, now))
		return;
	if (!ip4_none(ks->address))
		log_GDOI_KS_GROUP_DELETE(ks->g->d.log, ip4_s(ks->address), ks->group);
	if (!ip4_none(now))
		log_GDOI_KS_GROUP_ADD(ks->g->d.log, ip4_s(now), ks->group);
	ks->address = now;
}

/*
 * There was no KEK, so nobody can be told of a change; now there can be one. The TEKs stay, whoever registers gets the
 * KEK too. (Startup-configs are loaded before 'crypto key generate rsa' makes the key they name.)
 */
static bool take_kek(struct ks *ks)
{
	struct ks_policy *from = ks->active, *to = ks->configured;

	if (!ks->role.lead || !from || !to || from->has_kek || !to->has_kek || !policy_same_teks(from, to))
		return false;
	for (struct ks_tek *t = ks->teks; t; t = t->next) {
		if (t->policy != from)
			continue;
		policy_unref(t->policy);
		t->policy = policy_ref(to);
	}
	ks->active = policy_ref(to);
	memcpy(ks->noted, to->digest, KS_DIGEST);
	ks_make_kek(ks, ks_epoch(ks->origin, ks_kek_period(ks, to), ks_pt(ks)));
	policy_unref(from);
	ks_state_save(ks);
	return true;
}

/* A key pair of the configuration may have come, gone or been replaced. */
static void sign_keys_sync(struct ks *ks)
{
	for (struct ks_kek *k = ks->keks; k; k = k->next) {
		rsa_free(k->sign);
		k->sign = ks_sign_key(ks, k->policy);
	}
	for (unsigned i = 0; i < ks->nleaving; i++) {
		rsa_free(ks->leaving[i]->sign);
		ks->leaving[i]->sign = ks_sign_key(ks, ks->leaving[i]->policy);
	}
}

/* Leaving configuration mode: a change that waits is told once, one undone is not (Cisco's GM-removal guide). */
static void closed_sync(struct ks *ks)
{
	if (!ks->configured)
		return;
	if (!ks->active && !ks->role.lead)
		return;
	if (!ks->active) {
		ks_activate(ks, ks->configured, true);
		ks_arm(ks);
		return;
	}
	if (ks->secondary || memcmp(ks->noted, ks->configured->digest, KS_DIGEST) == 0)
		return;
	if (take_kek(ks))
		return;
	memcpy(ks->noted, ks->configured->digest, KS_DIGEST);
	ks->inherited = ks->inherited && !ks->role.lead;
	if (ks_pending(ks))
		log_GDOI_POLICY_CHANGE(ks->g->d.log, ks->group);
	if (ks_pending(ks) && !ks->nmembers && ks->role.lead)	/* nobody is to be told */
		ks_activate(ks, ks->configured, ks->coop);
	ks_state_save(ks);
}

static void load_once(struct ks *ks)
{
	struct why why = { "" };

	if (ks->loaded)
		return;
	ks->loaded = true;
	if (!ks_state_load(ks, &why)) {
		if (why.text[0]) {
			str_copy(ks->save_problem, sizeof(ks->save_problem), why.text);
			log_GDOI_KS_STATE_READ(ks->g->d.log, ks->group, why.text);
		}
		return;
	}
	ks_keys_prune(ks);
	ks->last_push = ks_pt(ks);
	if (ks->role.lead && ks_roll(ks))		/* epochs that began while the key server was down; members are told */
		ks_push_start(ks, KS_SCHEDULED);
	else if (ks->role.lead && ks->nstale)
		ks_push_resume(ks);
	ks_state_save(ks);
}

void ks_sync(struct ks *ks, const struct cfg_group *c, bool closed, char *problem, size_t size)
{
	struct policy_notes notes;
	struct why why = { "" };
	struct ks_policy *p = policy_build(config_running(ks->g->d.config), c, ks->g->d.config, &notes, &why);
	bool key_came = p && p->has_kek && strcmp(ks->no_key, p->key_label) == 0;

	policy_unref(ks->configured);
	ks->configured = p;
	ks->retransmit = c->ks.retransmit;
	ks->retransmits = c->ks.retransmits;
	ks->retransmit_periodic = c->ks.retransmit_periodic;
	ks_beside_sync(ks, c);
	address_sync(ks, c->ks.address);
	ks_coop_sync(ks, c);
	if (closed)
		tell_notes(ks, &notes);
	if (c->identity && !ip4_none(ks->address))
		load_once(ks);
	sign_keys_sync(ks);
	str_copy(ks->no_key, sizeof(ks->no_key), notes.no_key);
	if (closed)
		closed_sync(ks);
	else if (key_came)
		take_kek(ks);
	ks_arm(ks);
	ks_changed(ks, KSYNC_KEYS);
	str_copy(problem, size, why.text[0] ? why.text : ks->save_problem);
}

/* ---- life ---- */

static void on_save_soon(void *arg)
{
	ks_members_save(arg);
}

static void on_save_clock(void *arg)
{
	struct ks *ks = arg;
	const struct clock *clock = ks->g->d.env->clock;
	uint64_t now = clock_now(clock), offset = clock_wall(clock) - now, step = offset - ks->clock_offset;

	if (step > CLOCK_STEP && step < UINT64_MAX - CLOCK_STEP)
		ks->clock_saved = 0;
	if (!ks->clock_saved || now >= ks->clock_saved + CLOCK_SAVE) {
		ks->clock_saved = now;
		ks->clock_offset = offset;
		ks_state_save(ks);
	}
	timer_arm(ks->g->d.env->timers, &ks->save_clock, CLOCK_LOOK);
}

struct ks *ks_new(struct gdoi *g, const char *group)
{
	struct ks *ks = mem_zalloc(sizeof(*ks));

	ks->g = g;
	str_copy(ks->group, sizeof(ks->group), group);
	ks->pt_mono = clock_now(g->d.env->clock);
	ks->role = (struct ksync_role){ .lead = true, .serve = true, .alone = true };
	timer_init(&ks->due, on_due, ks);
	timer_init(&ks->save_soon, on_save_soon, ks);
	timer_init(&ks->save_clock, on_save_clock, ks);
	timer_init(&ks->order_next, on_order_next, ks);
	timer_init(&ks->hold, on_hold, ks);
	timer_init(&ks->converge, ks_on_converge, ks);
	timer_arm(g->d.env->timers, &ks->save_clock, CLOCK_LOOK);
	ratelimit_init(&ks->unsol, 5, SEC(10));
	ratelimit_init(&ks->refused, 5, SEC(10));
	return ks;
}

void ks_free(struct ks *ks)
{
	struct timers *ts = ks->g->d.env->timers;

	if (ks->active) {
		ks_state_save(ks);
		ks_members_save(ks);
	}
	timer_cancel(ts, &ks->due);
	timer_cancel(ts, &ks->save_soon);
	timer_cancel(ts, &ks->save_clock);
	timer_cancel(ts, &ks->order_next);
	timer_cancel(ts, &ks->hold);
	timer_cancel(ts, &ks->converge);
	ks_push_stop(ks);
	ks_keys_free(ks);
	ks_members_free(ks);
	ks_leaving_clear(ks);
	policy_unref(ks->active);
	policy_unref(ks->configured);
	roots_free(&ks->roots);
	ks_coop_free(ks);
	free(ks);
}

void ks_remove(struct ks *ks)
{
	if (!ip4_none(ks->address))
		log_GDOI_KS_GROUP_DELETE(ks->g->d.log, ip4_s(ks->address), ks->group);
	ks_forget(ks);
	ks_changed(ks, KSYNC_GONE);
	ks_free(ks);
}
