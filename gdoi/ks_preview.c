/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a triggered rekey would do to the members, without doing it. */
#include "gdoi/dataplane.h"
#include "gdoi/gdoi_ctl.h"
#include "gdoi/ks.h"
#include "lib/text.h"
#include "lib/why.h"

static const struct version since = { 1, 0, 2 };

static const struct ks_sa *sa_numbered(const struct ks_policy *p, uint32_t number)
{
	for (unsigned i = 0; i < p->nsa; i++)
		if (p->sa[i].number == number)
			return &p->sa[i];
	return NULL;
}

/* ", " and the name of what differs; true when it does: the values follow. */
static bool differs(struct text *t, bool yes, const char *what)
{
	if (yes)
		text_printf(t, "%s%s", t->n ? ", " : "", what);
	return yes;
}

static bool same_aces(const struct ks_sa *a, const struct ks_sa *b)
{
	if (a->nace != b->nace)
		return false;
	for (unsigned i = 0; i < a->nace; i++) {
		const struct dp_ace *x = &a->ace[i].ace, *y = &b->ace[i].ace;

		if (x->permit != y->permit || x->proto != y->proto || !ip4_eq(x->src, y->src) ||
			!ip4_eq(x->src_mask, y->src_mask) || !ip4_eq(x->dst, y->dst) || !ip4_eq(x->dst_mask, y->dst_mask) ||
			x->sport != y->sport || x->dport != y->dport)
			return false;
	}
	return true;
}

static void transform_text(struct text *t, const struct ks_sa *s)
{
	text_printf(t, " %s", esp_enc_alg(s->enc)->show);
	if (s->auth != ESP_AUTH_NONE)
		text_printf(t, " %s", esp_auth_alg(s->auth)->show);
	text_add(t, s->transport ? " transport" : " tunnel");
}

static void replay_text(struct text *t, const struct ks_sa *s)
{
	if (s->replay == 1)
		text_add(t, " off");
	else
		text_printf(t, " %s %u", s->replay == 2 ? "counter" : "time", s->window);
}

/* Each thing that differs, from what to what. */
static void differences(const struct ks_policy *from, const struct ks_sa *a, const struct ks_policy *to, const struct ks_sa *b,
	char *out, size_t size)
{
	struct text t = TEXT_EMPTY;

	if (differs(&t, strcmp(a->profile, b->profile) != 0, "profile"))
		text_printf(&t, " %s -> %s", a->profile, b->profile);
	if (differs(&t, a->enc != b->enc || a->auth != b->auth || a->transport != b->transport, "transform")) {
		transform_text(&t, a);
		text_add(&t, " ->");
		transform_text(&t, b);
	}
	if (differs(&t, a->lifetime != b->lifetime, "lifetime"))
		text_printf(&t, " %u -> %u s", a->lifetime, b->lifetime);
	if (differs(&t, strcmp(a->acl, b->acl) != 0 || !same_aces(a, b), "access-list"))
		text_printf(&t, " %s (%u) -> %s (%u entries)", a->acl, a->nace, b->acl, b->nace);
	if (differs(&t, a->replay != b->replay || a->window != b->window, "replay")) {
		replay_text(&t, a);
		text_add(&t, " ->");
		replay_text(&t, b);
	}
	if (differs(&t, from->receive_only != to->receive_only, "receive-only"))
		text_add(&t, to->receive_only ? " off -> on" : " on -> off");
	str_copy(out, size, text_str(&t));
	text_free(&t);
}

/* "profile PROF, transform esp-aes esp-sha-hmac tunnel, lifetime 3600 s, access-list POLICY (2 entries), replay off" */
static void describe(const struct ks_sa *s, char *out, size_t size)
{
	struct text t = TEXT_EMPTY;

	text_printf(&t, "profile %s, transform", s->profile);
	transform_text(&t, s);
	text_printf(&t, ", lifetime %u s, access-list %s (%u entries), replay", s->lifetime, s->acl, s->nace);
	replay_text(&t, s);
	str_copy(out, size, text_str(&t));
	text_free(&t);
}

/* Of the present TEKs of one sa ipsec: how long the newest lives. */
static uint32_t present_left(const struct ks *ks, uint32_t number)
{
	for (const struct ks_tek *t = ks->teks; t; t = t->next)
		if (t->policy->sa[t->sa].number == number && ks_tek_current(ks, t))
			return ks_left(ks, t->end);
	return 0;
}

static uint32_t keeps(const struct gdoi_preview_sa *s, const struct ks_sa *present, enum gdoi_rekey_kind kind)
{
	return kind == REKEY_REPLACE_NOW ? 0 : ks_shortened(s->left, present->lifetime);
}

/* Over all SAs, in s. */
struct toll {
	uint32_t left;			/* the longest that one would live */
	uint32_t most, least;		/* that one lives on */
	uint32_t cut;			/* that one loses */
	bool at_once;			/* what is encrypted, and with which TEKs, is another thing from the rekey on, whatever lives on */
};

static uint32_t lesser(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

static uint32_t greater(uint32_t a, uint32_t b)
{
	return a > b ? a : b;
}

static void toll_add(struct toll *t, const struct gdoi_preview_sa *s)
{
	t->left = greater(t->left, s->left);
	t->most = greater(t->most, s->keeps);
	t->least = lesser(t->least, s->keeps);
	t->cut = greater(t->cut, s->left - s->keeps);
}

/* Packets of which only one side knows already that they are (or are no longer) encrypted, or with what, are dropped. */
static bool at_once(const struct ks_policy *from, const struct ks_sa *a, const struct ks_policy *to, const struct ks_sa *b)
{
	return !a || !b || !same_aces(a, b) || (to->receive_only && !from->receive_only) ||
	       esp_enc_alg(a->enc)->combined != esp_enc_alg(b->enc)->combined;
}

static void one_sa(const struct ks *ks, const struct ks_sa *from, const struct ks_sa *to, enum gdoi_rekey_kind kind,
	struct toll *toll, void (*fn)(void *arg, const struct gdoi_preview_sa *sa), void *arg)
{
	const struct ks_policy *target = ks->configured ? ks->configured : ks->active;
	struct gdoi_preview_sa s = { .number = from ? from->number : to->number };

	s.kind = !from ? PREVIEW_ADDED : !to ? PREVIEW_REMOVED : PREVIEW_NEW_KEYS;
	if (from) {
		s.left = present_left(ks, from->number);
		s.keeps = keeps(&s, from, kind);
		toll_add(toll, &s);
	}
	if (from && to)
		differences(ks->active, from, target, to, s.change, sizeof(s.change));
	if (s.change[0])
		s.kind = PREVIEW_CHANGED;
	if (!from)
		describe(to, s.change, sizeof(s.change));
	toll->at_once |= at_once(ks->active, from, target, to);
	if (fn)
		fn(arg, &s);
}

static void kek_differences(const struct ks_policy *a, const struct ks_policy *b, char *out, size_t size)
{
	struct text t = TEXT_EMPTY;

	if (a->has_kek && differs(&t, a->cipher != b->cipher, "algorithm"))
		text_printf(&t, " %s -> %s", cipher_alg(a->cipher)->ios_rekey, cipher_alg(b->cipher)->ios_rekey);
	if (a->has_kek && differs(&t, a->sig_hash != b->sig_hash, "sig-hash"))
		text_printf(&t, " %s -> %s", hash_alg(a->sig_hash)->ios, hash_alg(b->sig_hash)->ios);
	if (a->has_kek && differs(&t, a->kek_lifetime != b->kek_lifetime, "lifetime"))
		text_printf(&t, " %u -> %u s", a->kek_lifetime, b->kek_lifetime);
	if (a->has_kek && differs(&t, strcmp(a->key_label, b->key_label) != 0, "authentication key"))
		text_printf(&t, " %s -> %s", a->key_label, b->key_label);
	else if (a->has_kek && memcmp(a->key_print, b->key_print, sizeof(a->key_print)) != 0)
		differs(&t, true, "authentication key replaced");
	if (differs(&t, a->unicast != b->unicast, "transport"))
		text_add(&t, b->unicast ? " multicast -> unicast" : " unicast -> multicast");
	differs(&t, !endpoint_eq(a->multicast, b->multicast), "multicast address");
	differs(&t, a->has_kek && a->ack != b->ack, "acknowledgement");
	differs(&t, !a->has_kek, "there was none");
	str_copy(out, size, text_str(&t));
	text_free(&t);
}

static const char *cannot_why(const struct ks *ks, const struct ks_member *m)
{
	if (m->stale)
		return NULL;
	if (!ks_push_reaches(ks, m))
		return m->kek ? "the RSA key that it verifies with is gone, or its KEK is over" : "it has no KEK and cannot be told";
	if (!ks_member_older(m, since))
		return NULL;
	return m->class == KS_PLAIN ? "did not announce a GET VPN software version" : "its software version is older than 1.0.2";
}

static unsigned cannot_follow(const struct ks *ks,
	void (*fn)(void *arg, const struct gdoi_member_info *m, const char *reason), void *arg)
{
	unsigned n = 0;

	for (const struct ks_member *m = ks->members; m; m = m->hh.next) {
		const char *reason = cannot_why(ks, m);
		struct gdoi_member_info i;

		if (!reason)
			continue;
		n++;
		ks_member_info(ks, m, &i);
		if (fn)
			fn(arg, &i, reason);
	}
	return n;
}

/*
 * Between members that can follow, one of which is told by the last retransmission only. Until then it does not take what the
 * others send with new TEKs (from DP_SWITCH before the end of the old ones on); from then on it sends for a while with an old
 * TEK, as they did, which they have no more.
 */
static uint32_t late(const struct toll *t, uint32_t told, enum gdoi_rekey_kind kind)
{
	uint32_t sends = t->least > DP_SWITCH ? t->least - DP_SWITCH : 0, spare = lesser(sends, DP_SWITCH);

	if (kind == REKEY_REPLACE_NOW)
		return told;
	if (!t->at_once)
		return told > spare ? told - spare : 0;
	return told < t->least ? told : lesser(told + (t->most > DP_SWITCH ? t->most - DP_SWITCH : 0), t->left);
}

/* Upper bounds. Who is not told, or cannot follow, goes on with an old TEK until it ends, which the others no longer take. */
static void losses(const struct ks *ks, const struct toll *t, enum gdoi_rekey_kind kind, struct gdoi_preview *out)
{
	unsigned untold = ks_count_untold(ks);
	uint32_t told = ks->retransmit_periodic ? t->left : lesser(ks->retransmit * ks->retransmits, t->left);

	if (out->members < 2)
		return;
	out->unreached = t->at_once ? t->left : t->cut;
	if (untold)
		out->loss = out->unreached;
	else if (!out->cannot)
		out->loss = late(t, told, kind);
	else if (out->cannot < out->members)
		out->loss = greater(out->unreached, late(t, told, kind));
	else
		out->loss = t->at_once ? told : 0;
}

bool gdoi_ks_preview(const struct gdoi *g, const char *group, enum gdoi_rekey_kind kind, struct gdoi_preview *out,
	void (*sa)(void *arg, const struct gdoi_preview_sa *sa),
	void (*cannot)(void *arg, const struct gdoi_member_info *m, const char *reason), void *arg, struct why *why)
{
	const struct gdoi_group *gr = gdoi_group_find(g, group);
	const struct ks *ks = gr ? gr->ks : NULL;
	struct toll toll = { .least = UINT32_MAX };
	const struct ks_policy *from, *to;

	if (!ks)
		return why_set(why, "this device is not a key server of group %s", group);
	if (ks->secondary)
		return why_set(why, "This command must be executed on Pri-KS");
	from = ks->active;
	to = ks->configured ? ks->configured : from;
	if (!from || !to->has_kek)
		return why_set(why, "group %s has no rekey policy", group);
	*out = (struct gdoi_preview){ .members = ks->nmembers - ks->nstale, .unusable = !ks->configured };
	out->kek_stays = ks_keeps_kek(ks, to, kind == REKEY_REPLACE_NOW ? KS_REPLACE_NOW : KS_TRIGGER);
	kek_differences(from, to, out->kek_change, sizeof(out->kek_change));
	for (unsigned i = 0; i < from->nsa; i++)
		one_sa(ks, &from->sa[i], sa_numbered(to, from->sa[i].number), kind, &toll, sa, arg);
	for (unsigned i = 0; i < to->nsa; i++)
		if (!sa_numbered(from, to->sa[i].number))
			one_sa(ks, NULL, &to->sa[i], kind, &toll, sa, arg);
	out->cannot = cannot_follow(ks, cannot, arg);
	losses(ks, &toll, kind, out);
	return true;
}
