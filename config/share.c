/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config/share.h"
#include <stdlib.h>
#include "config/cfg.h"
#include "config/config.h"
#include "lib/crypto/prf.h"
#include "lib/crypto/rsa.h"
#include "lib/mem.h"
#include "lib/text.h"
#include "lib/why.h"
#include "lib/wire.h"

#define MAGIC 0x67787331u	/* "gxs1" */
#define NAMES_MAX 256		/* different access lists, profiles or sets of one policy */
#define SAS_MAX 64
#define WORDS 64
#define SEQ_MAX ACL_SEQ_MAX
#define HELD "policy"	/* what the group is called that holds a decoded policy */
#define REMARK_MAX 1024

/* ---- names, each once ---- */

struct names {
	const char *name[NAMES_MAX];
	unsigned n;
};

static void name_add(struct names *l, const char *name)
{
	for (unsigned i = 0; i < l->n; i++)
		if (strcmp(l->name[i], name) == 0)
			return;
	if (name[0] && l->n < NAMES_MAX)
		l->name[l->n++] = name;
}

static void names_of(const struct cfg *cfg, const struct cfg_ks *ks, struct names *acls, struct names *profiles, struct names *sets)
{
	acls->n = profiles->n = sets->n = 0;
	CFG_EACH(const struct cfg_sa, sa, &ks->sas) {
		name_add(acls, sa->acl);
		name_add(profiles, sa->profile);
	}
	name_add(acls, ks->rekey_acl);
	name_add(acls, ks->auth_acl);
	for (unsigned i = 0; i < profiles->n; i++) {
		const struct cfg_ipsec_profile *p = cfg_ipsec_profile(cfg, profiles->name[i]);

		for (unsigned k = 0; p && k < CFG_SETS && p->sets[k][0]; k++)
			name_add(sets, p->sets[k]);
	}
}

/* ---- out ---- */

static void put(struct wr *w, const char *s)
{
	size_t n = strlen(s);

	wr_u16(w, (uint16_t)n);
	wr_bytes(w, bytes_of(s, n));
}

static void ks_encode(struct wr *w, const struct cfg_ks *ks)
{
	wr_u8(w, (uint8_t)ks->rekey_cipher);
	wr_u8(w, (uint8_t)ks->rekey_hash);
	wr_u32(w, ks->rekey_lifetime);
	wr_u32(w, ks->retransmit);
	wr_u32(w, ks->retransmits);
	wr_u8(w, (uint8_t)(ks->retransmit_periodic | ks->unicast << 1 | ks->receive_only << 2));
	wr_u8(w, (uint8_t)ks->ack);
	put(w, ks->rekey_key);
	put(w, ks->rekey_acl);
	put(w, ks->auth_acl);
	wr_u16(w, (uint16_t)cfg_table_count(&ks->sas));
	CFG_EACH(const struct cfg_sa, sa, &ks->sas) {
		wr_u16(w, (uint16_t)sa->number);
		put(w, sa->profile);
		put(w, sa->acl);
		wr_u8(w, (uint8_t)sa->replay);
		wr_u32(w, sa->replay == REPLAY_COUNTER ? sa->counter_window : 0);
		wr_u32(w, sa->replay == REPLAY_TIME ? sa->time_window : 0);
	}
}

static void set_encode(struct wr *w, const struct cfg_transform_set *t)
{
	put(w, t->name);
	wr_u8(w, (uint8_t)t->enc);
	wr_u8(w, (uint8_t)t->auth);
	wr_u8(w, t->transport);
}

static void profile_encode(struct wr *w, const struct cfg *cfg, const struct cfg_ipsec_profile *p)
{
	unsigned n = 0;

	put(w, p->name);
	put(w, p->description);
	wr_u32(w, p->lifetime ? p->lifetime : cfg->sa_lifetime);
	while (n < CFG_SETS && p->sets[n][0])
		n++;
	wr_u8(w, (uint8_t)n);
	for (unsigned i = 0; i < n; i++)
		put(w, p->sets[i]);
}

static void acl_encode(struct wr *w, const struct cfg_acl *a)
{
	struct text t = TEXT_EMPTY;

	put(w, a->name);
	wr_u8(w, a->standard);
	wr_u32(w, a->count);
	for (unsigned i = 0; i < a->count && wr_ok(w); i++) {
		wr_u32(w, a->entry[i].seq);
		wr_u8(w, a->entry[i].remark != NULL);
		text_clear(&t);
		if (!a->entry[i].remark)
			acl_ace_str(&a->entry[i].ace, a->standard, false, &t);
		put(w, a->entry[i].remark ? a->entry[i].remark : text_str(&t));
	}
	text_free(&t);
}

static void key_encode(struct wr *w, const struct config *config, const struct cfg_ks *ks)
{
	const struct config_rsa *rsa = ks->rekey_key[0] ? config_key(config, ks->rekey_key) : NULL;
	uint8_t print[SHARE_PRINT] = { 0 };

	if (rsa) {
		struct bytes spki = rsa_spki(rsa->key);

		if (!hash_parts(HASH_SHA256, &spki, 1, print))
			memset(print, 0, sizeof(print));
	}
	wr_bytes(w, BYTES_OF(print));
}

static void encode(struct wr *w, struct config *config, const struct cfg_group *g)
{
	const struct cfg *cfg = config_running(config);
	struct names acls, profiles, sets;
	unsigned n = 0;
	size_t at;

	names_of(cfg, &g->ks, &acls, &profiles, &sets);
	wr_u32(w, MAGIC);
	key_encode(w, config, &g->ks);
	ks_encode(w, &g->ks);
	at = wr_reserve(w, 2);
	for (unsigned i = 0; i < sets.n; i++) {
		const struct cfg_transform_set *t = cfg_transform_set(cfg, sets.name[i]);

		n += t != NULL;
		if (t)
			set_encode(w, t);
	}
	wr_fill16(w, at, (uint16_t)n);
	at = wr_reserve(w, 2);
	n = 0;
	for (unsigned i = 0; i < profiles.n; i++) {
		const struct cfg_ipsec_profile *p = cfg_ipsec_profile(cfg, profiles.name[i]);

		n += p != NULL;
		if (p)
			profile_encode(w, cfg, p);
	}
	wr_fill16(w, at, (uint16_t)n);
	at = wr_reserve(w, 2);
	n = 0;
	for (unsigned i = 0; i < acls.n; i++) {
		const struct cfg_acl *a = cfg_acl(cfg, acls.name[i]);

		n += a != NULL;
		if (a)
			acl_encode(w, a);
	}
	wr_fill16(w, at, (uint16_t)n);
}

bool share_encode(struct config *config, const struct cfg_group *g, struct text *out)
{
	uint8_t *buf = mem_zalloc(SHARE_MAX);
	struct wr w = wr_init(buf, SHARE_MAX);

	encode(&w, config, g);
	if (wr_ok(&w))
		text_addn(out, (const char *)buf, w.n);
	free(buf);
	return wr_ok(&w);
}

/* ---- in ---- */

/* A word of a configuration line: nothing that ends it, parts it or asks for help. */
static bool word_ok(struct bytes b, size_t cap)
{
	for (size_t i = 0; i < b.n; i++)
		if (b.p[i] <= ' ' || b.p[i] >= 0x7f || b.p[i] == '?' || b.p[i] == '|')
			return false;
	return b.n < cap;
}

static bool line_ok(struct bytes b, size_t cap)
{
	for (size_t i = 0; i < b.n; i++)
		if (b.p[i] < ' ' || b.p[i] == 0x7f)
			return false;
	return b.n < cap;
}

/* need: the name may not be empty. */
static void get(struct rd *r, char *out, size_t cap, bool word, bool need)
{
	struct bytes b = rd_bytes(r, rd_u16(r));

	if (!(word ? word_ok(b, cap) : line_ok(b, cap)) || (need && !b.n)) {
		r->bad = true;
		return;
	}
	if (b.n)
		memcpy(out, b.p, b.n);
	out[b.n] = '\0';
}

#define GET_NAME(r, field) get(r, field, sizeof(field), true, true)
#define GET_NAME_OR_NONE(r, field) get(r, field, sizeof(field), true, false)

static uint32_t ranged(struct rd *r, uint32_t v, uint32_t lo, uint32_t hi)
{
	if (v < lo || v > hi)
		r->bad = true;
	return v;
}

static bool window_ok(const struct cfg_sa *sa)
{
	uint32_t w = sa->counter_window;

	if (sa->replay == REPLAY_COUNTER)
		return (w == 64 || w == 128 || w == 256 || w == 512 || w == 1024) && !sa->time_window;
	if (w || (sa->replay == REPLAY_TIME) != (sa->time_window != 0))
		return false;
	return sa->time_window <= 100;
}

static void sa_decode(struct rd *r, struct cfg_ks *ks)
{
	uint32_t n = ranged(r, rd_u16(r), 1, 65535);
	struct cfg_sa *sa;

	if (!rd_ok(r) || cfg_sa(ks, n)) {
		r->bad = true;
		return;
	}
	sa = cfg_sa_add(ks, n);
	GET_NAME_OR_NONE(r, sa->profile);
	GET_NAME_OR_NONE(r, sa->acl);
	sa->replay = ranged(r, rd_u8(r), 0, REPLAY_NONE);
	sa->counter_window = rd_u32(r);
	sa->time_window = rd_u32(r);
	if (!window_ok(sa))
		r->bad = true;
	if (sa->replay != REPLAY_COUNTER)
		sa->counter_window = COUNTER_WINDOW_DEFAULT;
}

static void ks_decode(struct rd *r, struct cfg_ks *ks)
{
	uint8_t flags;
	unsigned n;

	ks->rekey_cipher = ranged(r, rd_u8(r), CIPHER_DES, CIPHER_MAX - 1);
	ks->rekey_hash = ranged(r, rd_u8(r), HASH_SHA1, HASH_MAX - 1);
	ks->rekey_lifetime = ranged(r, rd_u32(r), 300, 2592000);
	ks->retransmit = ranged(r, rd_u32(r), 10, 60);
	ks->retransmits = ranged(r, rd_u32(r), 1, 10);
	flags = (uint8_t)ranged(r, rd_u8(r), 0, 7);
	ks->retransmit_periodic = flags & 1;
	ks->unicast = flags & 2;
	ks->receive_only = flags & 4;
	ks->ack = ranged(r, rd_u8(r), 0, ACK_ANY);
	GET_NAME_OR_NONE(r, ks->rekey_key);
	GET_NAME_OR_NONE(r, ks->rekey_acl);
	GET_NAME_OR_NONE(r, ks->auth_acl);
	n = ranged(r, rd_u16(r), 0, SAS_MAX);
	while (n-- && rd_ok(r))
		sa_decode(r, ks);
}

static void set_decode(struct rd *r, struct cfg *cfg)
{
	char name[CFG_NAME] = "";
	struct cfg_transform_set *t;

	GET_NAME(r, name);
	if (!rd_ok(r) || cfg_transform_set(cfg, name)) {
		r->bad = true;
		return;
	}
	t = cfg_transform_set_add(cfg, name);
	t->enc = ranged(r, rd_u8(r), ESP_NULL, ESP_ENC_MAX - 1);
	t->auth = ranged(r, rd_u8(r), 0, ESP_AUTH_MAX - 1);
	t->transport = ranged(r, rd_u8(r), 0, 1);
	if (rd_ok(r) && t->auth && esp_enc_alg((enum esp_enc)t->enc)->combined)
		r->bad = true;
}

static void profile_decode(struct rd *r, struct cfg *cfg)
{
	char name[CFG_NAME] = "";
	struct cfg_ipsec_profile *p;
	unsigned n;

	GET_NAME(r, name);
	if (!rd_ok(r) || cfg_ipsec_profile(cfg, name)) {
		r->bad = true;
		return;
	}
	p = cfg_ipsec_profile_add(cfg, name);
	get(r, p->description, sizeof(p->description), false, false);
	p->lifetime = ranged(r, rd_u32(r), 120, 2592000);
	n = ranged(r, rd_u8(r), 0, CFG_SETS);
	for (unsigned i = 0; i < n && rd_ok(r); i++)
		GET_NAME(r, p->sets[i]);
}

static bool ace_decode(const struct cfg_acl *a, struct bytes b, struct acl_ace *out)
{
	char copy[400], *word[WORDS], *save = NULL;
	unsigned n = 0, bad;
	struct why why;

	if (!b.n || !line_ok(b, sizeof(copy)))
		return false;
	memcpy(copy, b.p, b.n);
	copy[b.n] = '\0';
	for (char *w = strtok_r(copy, " ", &save); w && n < WORDS; w = strtok_r(NULL, " ", &save))
		word[n++] = w;
	return acl_parse(word, n, a->standard, out, &bad, &why);
}

static void entry_decode(struct rd *r, struct cfg_acl *a)
{
	uint32_t seq = ranged(r, rd_u32(r), 1, SEQ_MAX);
	bool remark = ranged(r, rd_u8(r), 0, 1);
	struct bytes b = rd_bytes(r, rd_u16(r));
	char line[REMARK_MAX] = "";
	struct acl_ace ace;
	struct why why;

	if (!rd_ok(r) || (a->count && seq <= a->entry[a->count - 1].seq)) {
		r->bad = true;
		return;
	}
	if (remark && line_ok(b, sizeof(line))) {
		if (b.n)
			memcpy(line, b.p, b.n);
		line[b.n] = '\0';
		r->bad = !acl_add(a, seq, NULL, line, &why);
	} else {
		r->bad = remark || !ace_decode(a, b, &ace) || !acl_add(a, seq, &ace, NULL, &why);
	}
}

static void acl_decode(struct rd *r, struct cfg *cfg, unsigned *left)
{
	char name[CFG_NAME] = "";
	struct cfg_acl *a;
	struct why why;
	bool standard;
	uint32_t n;

	GET_NAME(r, name);
	standard = ranged(r, rd_u8(r), 0, 1);
	n = ranged(r, rd_u32(r), 0, *left);
	if (!rd_ok(r) || cfg_acl(cfg, name) || !(a = cfg_acl_add(cfg, name, standard, &why))) {
		r->bad = true;
		return;
	}
	*left -= n;
	while (n-- && rd_ok(r))
		entry_decode(r, a);
}

static void decode(struct rd *r, struct share *s)
{
	unsigned n, left = SHARE_ENTRIES;

	rd_copy(r, s->key_print, sizeof(s->key_print));
	ks_decode(r, &cfg_group_add(s->cfg, HELD)->ks);
	for (n = ranged(r, rd_u16(r), 0, NAMES_MAX); n-- && rd_ok(r);)
		set_decode(r, s->cfg);
	for (n = ranged(r, rd_u16(r), 0, NAMES_MAX); n-- && rd_ok(r);)
		profile_decode(r, s->cfg);
	for (n = ranged(r, rd_u16(r), 0, NAMES_MAX); n-- && rd_ok(r);)
		acl_decode(r, s->cfg, &left);
}

/* Nothing that the policy does not name came along. */
static bool all_named(const struct share *s)
{
	struct names acls, profiles, sets;

	names_of(s->cfg, &cfg_group(s->cfg, HELD)->ks, &acls, &profiles, &sets);
	return cfg_table_count(&s->cfg->acls) <= acls.n && cfg_table_count(&s->cfg->profiles) <= profiles.n &&
	       cfg_table_count(&s->cfg->transform_sets) <= sets.n;
}

bool share_decode(struct bytes in, struct share *out, struct why *why)
{
	struct rd r = rd_init(in);

	*out = (struct share){ .cfg = cfg_new() };
	if (rd_u32(&r) != MAGIC || in.n > SHARE_MAX) {
		share_free(out);
		return why_set(why, "this is no group policy that this release knows");
	}
	decode(&r, out);
	if (!rd_end(&r) || !all_named(out)) {
		share_free(out);
		return why_set(why, "the group policy is malformed");
	}
	return true;
}

void share_free(struct share *s)
{
	cfg_free(s->cfg);
	*s = (struct share){ .cfg = NULL };
}

const char *share_key_label(const struct share *s)
{
	return cfg_group(s->cfg, HELD)->ks.rekey_key;
}

/* ---- put in place ---- */

typedef void encoder(struct wr *w, const struct cfg *cfg, const void *obj);

static void of_set(struct wr *w, const struct cfg *cfg, const void *obj)
{
	(void)cfg;
	set_encode(w, obj);
}

static void of_profile(struct wr *w, const struct cfg *cfg, const void *obj)
{
	profile_encode(w, cfg, obj);
}

static void of_acl(struct wr *w, const struct cfg *cfg, const void *obj)
{
	(void)cfg;
	acl_encode(w, obj);
}

static bool same(encoder *fn, const struct cfg *ca, const void *a, const struct cfg *cb, const void *b)
{
	uint8_t *x = mem_zalloc(SHARE_MAX), *y = mem_zalloc(SHARE_MAX);
	struct wr v = wr_init(x, SHARE_MAX), w = wr_init(y, SHARE_MAX);
	bool eq;

	fn(&v, ca, a);
	fn(&w, cb, b);
	eq = wr_ok(&v) && wr_ok(&w) && bytes_eq(wr_done(&v), wr_done(&w));
	free(x);
	free(y);
	return eq;
}

static bool named(const struct names *l, const char *name)
{
	for (unsigned i = 0; i < l->n; i++)
		if (strcmp(l->name[i], name) == 0)
			return true;
	return false;
}

struct usage {			/* who names what in this configuration */
	struct names acls, profiles, sets;	/* the group's policy */
	const struct cfg *cfg;
	const struct cfg_group *g;
};

static bool line_uses(const struct cfg *c, const char *acl)
{
	for (unsigned i = 0; i < CFG_VTYS; i++)
		if (strcmp(c->vty[i].access_class, acl) == 0)
			return true;
	return strcmp(c->console.access_class, acl) == 0;
}

static bool map_uses(const struct cfg *c, const char *acl)
{
	CFG_EACH(const struct cfg_map, m, &c->maps) {
		if (m->fail_close.present && strcmp(m->fail_close.acl, acl) == 0)
			return true;
		CFG_EACH(const struct cfg_map_entry, e, &m->entries)
			if (strcmp(e->acl, acl) == 0)
				return true;
	}
	return false;
}

static bool acl_foreign(const struct usage *u, const char *name)
{
	CFG_EACH(const struct cfg_group, o, &u->cfg->groups) {
		if (o == u->g)
			continue;
		if (strcmp(o->ks.rekey_acl, name) == 0 || strcmp(o->ks.auth_acl, name) == 0)
			return true;
		CFG_EACH(const struct cfg_sa, sa, &o->ks.sas)
			if (strcmp(sa->acl, name) == 0)
				return true;
	}
	return !named(&u->acls, name) || line_uses(u->cfg, name) || map_uses(u->cfg, name);
}

static bool profile_foreign(const struct usage *u, const char *name)
{
	CFG_EACH(const struct cfg_group, o, &u->cfg->groups) {
		if (o == u->g)
			continue;
		CFG_EACH(const struct cfg_sa, sa, &o->ks.sas)
			if (strcmp(sa->profile, name) == 0)
				return true;
	}
	return !named(&u->profiles, name);
}

static bool set_foreign(const struct usage *u, const char *name)
{
	CFG_EACH(const struct cfg_ipsec_profile, p, &u->cfg->profiles)
		for (unsigned i = 0; i < CFG_SETS && p->sets[i][0]; i++)
			if (strcmp(p->sets[i], name) == 0 && profile_foreign(u, p->name))
				return true;
	CFG_EACH(const struct cfg_group, o, &u->cfg->groups)
		for (unsigned i = 0; i < CFG_SETS && o->client_sets[i][0]; i++)
			if (strcmp(o->client_sets[i], name) == 0)
				return true;
	return !named(&u->sets, name);
}

static bool conflict(struct why *why, const char *what, const char *name)
{
	return why_set(why, "%s %s is here already, differs, and is not this group's alone", what, name);
}

static bool may_apply(const struct usage *u, const struct share *s, struct why *why)
{
	CFG_EACH(const struct cfg_transform_set, t, &s->cfg->transform_sets) {
		const struct cfg_transform_set *here = cfg_transform_set(u->cfg, t->name);

		if (here && set_foreign(u, t->name) && !same(of_set, u->cfg, here, s->cfg, t))
			return conflict(why, "transform-set", t->name);
	}
	CFG_EACH(const struct cfg_ipsec_profile, p, &s->cfg->profiles) {
		const struct cfg_ipsec_profile *here = cfg_ipsec_profile(u->cfg, p->name);

		if (here && profile_foreign(u, p->name) && !same(of_profile, u->cfg, here, s->cfg, p))
			return conflict(why, "profile", p->name);
	}
	CFG_EACH(const struct cfg_acl, a, &s->cfg->acls) {
		const struct cfg_acl *here = cfg_acl(u->cfg, a->name);

		if (here && acl_foreign(u, a->name) && !same(of_acl, u->cfg, here, s->cfg, a))
			return conflict(why, "access-list", a->name);
	}
	return true;
}

static void set_apply(struct cfg *cfg, const struct cfg_transform_set *from)
{
	struct cfg_transform_set *to = cfg_transform_set_add(cfg, from->name);

	to->enc = from->enc;
	to->auth = from->auth;
	to->transport = from->transport;
}

static void profile_apply(struct cfg *cfg, const struct share *s, const struct cfg_ipsec_profile *from)
{
	struct cfg_ipsec_profile *to = cfg_ipsec_profile(cfg, from->name);

	if (to && same(of_profile, cfg, to, s->cfg, from))	/* maybe by the global lifetime: let it stand as it is written */
		return;
	to = cfg_ipsec_profile_add(cfg, from->name);
	to->lifetime = from->lifetime;
	str_copy(to->description, sizeof(to->description), from->description);
	memcpy(to->sets, from->sets, sizeof(to->sets));
}

static void acl_apply(struct cfg *cfg, const struct share *s, const struct cfg_acl *from)
{
	struct cfg_acl *to = cfg_acl(cfg, from->name);
	struct why why;

	if (to && same(of_acl, cfg, to, s->cfg, from))
		return;
	if (to && to->standard != from->standard) {
		cfg_remove(&cfg->acls, (struct cfg_node *)(void *)to);
		to = NULL;
	}
	to = to ? to : cfg_acl_add(cfg, from->name, from->standard, &why);
	while (to && to->count)
		acl_del_seq(to, to->entry[to->count - 1].seq);
	for (unsigned i = 0; to && i < from->count; i++)
		acl_add(to, from->entry[i].seq, from->entry[i].remark ? NULL : &from->entry[i].ace, from->entry[i].remark, &why);
}

static void ks_apply(struct cfg_ks *to, const struct cfg_ks *from)
{
	to->rekey_cipher = from->rekey_cipher;
	to->rekey_hash = from->rekey_hash;
	to->rekey_lifetime = from->rekey_lifetime;
	to->retransmit = from->retransmit;
	to->retransmits = from->retransmits;
	to->retransmit_periodic = from->retransmit_periodic;
	to->unicast = from->unicast;
	to->receive_only = from->receive_only;
	to->ack = from->ack;
	str_copy(to->rekey_key, sizeof(to->rekey_key), from->rekey_key);
	str_copy(to->rekey_acl, sizeof(to->rekey_acl), from->rekey_acl);
	str_copy(to->auth_acl, sizeof(to->auth_acl), from->auth_acl);
	cfg_table_clear(&to->sas);
	CFG_EACH(const struct cfg_sa, sa, &from->sas) {
		struct cfg_sa *n = cfg_sa_add(to, sa->number);

		str_copy(n->profile, sizeof(n->profile), sa->profile);
		str_copy(n->acl, sizeof(n->acl), sa->acl);
		n->replay = sa->replay;
		n->counter_window = sa->counter_window;
		n->time_window = sa->time_window;
	}
}

bool share_apply(struct cfg *cfg, struct cfg_group *g, const struct share *s, struct why *why)
{
	struct usage u = { .cfg = cfg, .g = g };

	names_of(cfg, &g->ks, &u.acls, &u.profiles, &u.sets);
	if (!may_apply(&u, s, why))
		return false;
	CFG_EACH(const struct cfg_transform_set, t, &s->cfg->transform_sets)
		set_apply(cfg, t);
	CFG_EACH(const struct cfg_ipsec_profile, p, &s->cfg->profiles)
		profile_apply(cfg, s, p);
	CFG_EACH(const struct cfg_acl, a, &s->cfg->acls)
		acl_apply(cfg, s, a);
	ks_apply(&g->ks, &cfg_group(s->cfg, HELD)->ks);
	return true;
}

bool share_key_ok(const struct config *config, const struct cfg *cfg, const struct cfg_group *g, const char *label, struct why *why)
{
	size_t host = strlen(cfg->hostname);

	if (!config_key(config, label))
		return true;
	CFG_EACH(const struct cfg_group, o, &cfg->groups)
		if (o != g && strcmp(o->ks.rekey_key, label) == 0)
			return why_set(why, "RSA key %s is here already, differs, and group %s uses it", label, o->name);
	if (strcmp(cfg->ssh.keypair, label) == 0 ||
		(strncmp(label, cfg->hostname, host) == 0 && label[host] == '.' && strcmp(label + host + 1, cfg->domain) == 0))
		return why_set(why, "RSA key %s is here already, differs, and ssh uses it", label);
	if (strcmp(g->ks.rekey_key, label) != 0)
		return why_set(why, "RSA key %s is here already, differs, and is not this group's", label);
	return true;
}
