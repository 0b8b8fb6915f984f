/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a triggered rekey would do to the members, without doing it. */
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

static uint32_t one_sa(const struct ks *ks, const struct ks_sa *from, const struct ks_sa *to, enum gdoi_rekey_kind kind,
	void (*fn)(void *arg, const struct gdoi_preview_sa *sa), void *arg)
{
	const struct ks_policy *target = ks->configured ? ks->configured : ks->active;
	struct gdoi_preview_sa s = { .number = from ? from->number : to->number };

	s.kind = !from ? PREVIEW_ADDED : !to ? PREVIEW_REMOVED : PREVIEW_NEW_KEYS;
	if (from) {
		s.left = present_left(ks, from->number);
		s.keeps = keeps(&s, from, kind);
	}
	if (from && to)
		differences(ks->active, from, target, to, s.change, sizeof(s.change));
	if (s.change[0])
		s.kind = PREVIEW_CHANGED;
	if (fn)
		fn(arg, &s);
	return s.left - s.keeps;
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

static unsigned cannot_follow(const struct ks *ks,
	void (*fn)(void *arg, const struct gdoi_member_info *m, const char *reason), void *arg)
{
	unsigned n = 0;

	for (const struct ks_member *m = ks->members; m; m = m->hh.next) {
		struct gdoi_member_info i;

		if (!ks_member_older(m, since))
			continue;
		n++;
		ks_member_info(ks, m, &i);
		if (fn)
			fn(arg, &i, m->class == KS_PLAIN ? "did not announce a GET VPN software version"
							 : "its software version is older than 1.0.2");
	}
	return n;
}

bool gdoi_ks_preview(const struct gdoi *g, const char *group, enum gdoi_rekey_kind kind, struct gdoi_preview *out,
	void (*sa)(void *arg, const struct gdoi_preview_sa *sa),
	void (*cannot)(void *arg, const struct gdoi_member_info *m, const char *reason), void *arg, struct why *why)
{
	const struct gdoi_group *gr = gdoi_group_find(g, group);
	const struct ks *ks = gr ? gr->ks : NULL;
	const struct ks_policy *from, *to;
	uint32_t worst = 0;

	if (!ks)
		return why_set(why, "this device is not a key server of group %s", group);
	if (ks->secondary)
		return why_set(why, "This command must be executed on Pri-KS");
	from = ks->active;
	to = ks->configured ? ks->configured : from;
	if (!from || !to->has_kek)
		return why_set(why, "group %s has no rekey policy", group);
	*out = (struct gdoi_preview){ .members = ks->nmembers - ks->nstale };
	out->kek_stays = ks_keeps_kek(ks, to, kind == REKEY_REPLACE_NOW ? KS_REPLACE_NOW : KS_TRIGGER);
	kek_differences(from, to, out->kek_change, sizeof(out->kek_change));
	for (unsigned i = 0; i < from->nsa; i++) {
		uint32_t cut = one_sa(ks, &from->sa[i], sa_numbered(to, from->sa[i].number), kind, sa, arg);

		worst = cut > worst ? cut : worst;
	}
	for (unsigned i = 0; i < to->nsa; i++)
		if (!sa_numbered(from, to->sa[i].number))
			one_sa(ks, NULL, &to->sa[i], kind, sa, arg);
	out->cannot = cannot_follow(ks, cannot, arg);
	out->unreached = out->members ? worst : 0;
	/* Who cannot follow sends with the old TEK to its end, which the others no longer take. Among those who can, a
	 * replace-now reaches some only with the last retransmission. */
	if (out->cannot && out->cannot < out->members)
		out->loss = worst;
	else if (kind == REKEY_REPLACE_NOW && !out->cannot)
		out->loss = ks->retransmit * ks->retransmits;
	return true;
}
