/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>
#include <stdlib.h>
#include "config/cfg.h"
#include "config/config.h"
#include "gdoi/policy.h"
#include "lib/crypto/prf.h"
#include "lib/crypto/rsa.h"
#include "lib/mem.h"
#include "lib/text.h"
#include "lib/why.h"
#include "lib/wire.h"

struct ks_policy *policy_ref(struct ks_policy *p)
{
	if (p)
		p->refs++;
	return p;
}

void policy_unref(struct ks_policy *p)
{
	if (!p || --p->refs)
		return;
	for (unsigned i = 0; i < p->nsa; i++)
		free(p->sa[i].ace);
	free(p->sa);
	free(p);
}

bool policy_same(const struct ks_policy *a, const struct ks_policy *b)
{
	return a && b && memcmp(a->digest, b->digest, KS_DIGEST) == 0;
}

bool policy_same_teks(const struct ks_policy *a, const struct ks_policy *b)
{
	return a && b && memcmp(a->tek_digest, b->tek_digest, KS_DIGEST) == 0;
}

bool policy_same_rekey(const struct ks_policy *a, const struct ks_policy *b)
{
	return a->has_kek == b->has_kek && a->cipher == b->cipher && a->sig_hash == b->sig_hash &&
	       a->kek_lifetime == b->kek_lifetime && strcmp(a->key_label, b->key_label) == 0 &&
	       memcmp(a->key_print, b->key_print, sizeof(a->key_print)) == 0 && a->ack == b->ack && a->unicast == b->unicast &&
	       endpoint_eq(a->multicast, b->multicast) && a->multicast_src == b->multicast_src;
}

static bool replays_by(const struct ks_policy *p, uint32_t method)
{
	for (unsigned i = 0; p && i < p->nsa; i++)
		if (p->sa[i].replay == method)
			return true;
	return false;
}

bool policy_time_based(const struct ks_policy *p)
{
	return replays_by(p, 3);
}

bool policy_counter_based(const struct ks_policy *p)
{
	return replays_by(p, 2);
}

/* ---- access lists ---- */

static bool port_usable(const struct acl_port *p)
{
	return p->op == PORT_ANY || p->op == PORT_EQ;
}

/* What a SAT cannot say (RFC 6407 section 5.5.1): NULL when the ACE is fine. */
static const char *ace_unusable(const struct acl_ace *a)
{
	if (a->established)
		return "'established'";
	if (a->fragments)
		return "'fragments'";
	if (a->icmp_type >= 0)
		return "an ICMP type";
	if (a->dscp >= 0 || a->precedence >= 0 || a->tos >= 0)
		return "a DSCP, precedence or TOS";
	if (ip4_mask_bits((struct ip4){ ~a->src.wild.a }) < 0 || ip4_mask_bits((struct ip4){ ~a->dst.wild.a }) < 0)
		return "a wildcard that is not a prefix";
	return NULL;
}

static unsigned port_count(const struct acl_port *p)
{
	return p->op == PORT_EQ && p->n ? p->n : 1;
}

static uint16_t port_at(const struct acl_port *p, unsigned i)
{
	return p->op == PORT_EQ && p->n ? p->port[i] : 0;
}

/* One line, its 'eq' lists multiplied out. */
static void ace_expand(struct ks_sa *sa, const struct acl_ace *a, unsigned entry)
{
	for (unsigned s = 0; s < port_count(&a->src.port); s++)
		for (unsigned d = 0; d < port_count(&a->dst.port); d++)
			sa->ace[sa->nace++] = (struct ks_ace){
				.entry = (uint16_t)entry,
				.ace = { .permit = a->permit, .proto = a->proto,
					.src = a->src.ip, .src_mask = { ~a->src.wild.a },
					.dst = a->dst.ip, .dst_mask = { ~a->dst.wild.a },
					.sport = port_at(&a->src.port, s), .dport = port_at(&a->dst.port, d) },
			};
}

/* Notes the first of them; false, as why says why not. */
static bool no_acl(struct policy_notes *n, const char *name)
{
	if (!n->no_acl[0])
		str_copy(n->no_acl, sizeof(n->no_acl), name);
	return false;
}

static bool bad_acl(struct policy_notes *n, const char *name, struct why *why, const char *reason)
{
	if (!n->bad_acl[0]) {
		str_copy(n->bad_acl, sizeof(n->bad_acl), name);
		str_copy(n->bad_acl_why, sizeof(n->bad_acl_why), reason);
	}
	return why_set(why, "access-list %s: %s", name, reason);
}

/* left: SATs that the group may still make. False with why: no TEK policy of this sa ipsec. */
static bool aces_build(struct ks_sa *sa, const struct cfg_acl *acl, unsigned left, struct policy_notes *notes, struct why *why)
{
	unsigned entry = 0;
	char reason[120];

	sa->ace = mem_zalloc((left ? left : 1) * sizeof(*sa->ace));
	for (unsigned i = 0; i < acl->count; i++) {
		const struct acl_ace *a = &acl->entry[i].ace;
		const char *bad;

		if (acl->entry[i].remark)
			continue;
		if (++entry > ACL_GROUP_MAX) {
			str_copy(notes->acl_long, sizeof(notes->acl_long), acl->name);
			why_set(why, "access-list %s has more than %d entries: only the first %d are honored", acl->name,
				ACL_GROUP_MAX, ACL_GROUP_MAX);
			return true;
		}
		if (!port_usable(&a->src.port) || !port_usable(&a->dst.port)) {
			str_copy(notes->acl_range, sizeof(notes->acl_range), acl->name);
			return why_set(why, "access-list %s: entry %u has a port range, no TEK policy", acl->name, entry);
		}
		bad = ace_unusable(a);
		if (bad) {
			snprintf(reason, sizeof(reason), "entry %u has %s, which a group policy cannot carry", entry, bad);
			return bad_acl(notes, acl->name, why, reason);
		}
		if (port_count(&a->src.port) * port_count(&a->dst.port) > left - sa->nace) {
			snprintf(reason, sizeof(reason), "with it the group has more than %d policy entries", KS_ACES);
			return bad_acl(notes, acl->name, why, reason);
		}
		ace_expand(sa, a, entry);
	}
	return true;
}

static bool any_permit(const struct ks_sa *sa)
{
	for (unsigned i = 0; i < sa->nace; i++)
		if (sa->ace[i].ace.permit)
			return true;
	return false;
}

/* ---- sa ipsec ---- */

static bool transform_build(struct ks_sa *sa, const struct cfg *cfg, const struct cfg_ipsec_profile *prof,
	struct policy_notes *notes, struct why *why)
{
	const struct cfg_transform_set *set;

	if (!prof->sets[0][0]) {	/* IOS falls back to its default set; ours is written in DEVIATIONS.md */
		str_copy(notes->default_set, sizeof(notes->default_set), prof->name);
		sa->enc = ESP_AES128;
		sa->auth = ESP_SHA1;
		return true;
	}
	set = cfg_transform_set(cfg, prof->sets[0]);
	if (!set)
		return why_set(why, "sa ipsec %u: transform-set %s of profile %s does not exist", sa->number, prof->sets[0],
			prof->name);
	sa->enc = (enum esp_enc)set->enc;
	sa->auth = (enum esp_auth)set->auth;
	sa->transport = set->transport;
	if (sa->enc == ESP_ENC_NONE)
		return why_set(why, "sa ipsec %u: transform-set %s has no ESP encryption", sa->number, set->name);
	return true;
}

static void replay_build(struct ks_sa *sa, const struct cfg_sa *c)
{
	switch ((enum cfg_replay)c->replay) {
	case REPLAY_COUNTER:
		sa->replay = 2;
		sa->window = c->counter_window;
		break;
	case REPLAY_TIME:
		sa->replay = 3;
		sa->window = c->time_window;
		break;
	case REPLAY_NONE:
		sa->replay = 1;
		break;
	}
}

static bool sa_build(struct ks_sa *sa, const struct cfg *cfg, const struct cfg_sa *c, unsigned left,
	struct policy_notes *notes, struct why *why)
{
	const struct cfg_ipsec_profile *prof = c->profile[0] ? cfg_ipsec_profile(cfg, c->profile) : NULL;
	const struct cfg_acl *acl = c->acl[0] ? cfg_acl(cfg, c->acl) : NULL;

	sa->number = c->number;
	if (!c->profile[0])
		return why_set(why, "sa ipsec %u has no profile", c->number);
	if (!prof)
		return why_set(why, "sa ipsec %u: profile %s does not exist", c->number, c->profile);
	if (!c->acl[0])
		return why_set(why, "sa ipsec %u has no 'match address ipv4'", c->number);
	if (!acl || !acl->count)
		return no_acl(notes, c->acl) || why_set(why, "sa ipsec %u: access-list %s does not exist", c->number, c->acl);
	if (acl->standard)
		return bad_acl(notes, c->acl, why, "it is not an extended one");
	str_copy(sa->acl, sizeof(sa->acl), c->acl);
	str_copy(sa->profile, sizeof(sa->profile), c->profile);
	sa->lifetime = prof->lifetime ? prof->lifetime : cfg->sa_lifetime;
	if (!sa->lifetime)
		return why_set(why, "sa ipsec %u: profile %s has no lifetime", c->number, c->profile);
	replay_build(sa, c);
	if (!transform_build(sa, cfg, prof, notes, why) || !aces_build(sa, acl, left, notes, why))
		return false;
	if (esp_enc_alg(sa->enc)->combined)
		str_copy(notes->combined, sizeof(notes->combined), esp_enc_alg(sa->enc)->ios);
	return any_permit(sa) ? true : bad_acl(notes, c->acl, why, "it permits nothing");
}

static int sa_order(const void *a, const void *b)
{
	uint32_t x = ((const struct ks_sa *)a)->number, y = ((const struct ks_sa *)b)->number;

	return x < y ? -1 : x > y;
}

/* Every sa ipsec that can work; why keeps the first complaint of those that cannot. */
static bool sas_build(struct ks_policy *p, const struct cfg *cfg, const struct cfg_ks *ks, struct policy_notes *notes,
	struct why *why)
{
	unsigned left = KS_ACES;

	p->sa = mem_zalloc(KS_SAS * sizeof(*p->sa));
	CFG_EACH(struct cfg_sa, c, &ks->sas)
	{
		struct ks_sa sa = { 0 };
		struct why one = { "" };

		if (p->nsa == KS_SAS)
			return why_set(why, "more than %d sa ipsec", KS_SAS);
		if (sa_build(&sa, cfg, c, left, notes, &one)) {
			left -= sa.nace;
			p->sa[p->nsa++] = sa;
		} else {
			free(sa.ace);
		}
		if (one.text[0] && !why->text[0])
			*why = one;
	}
	if (!p->nsa)
		return why->text[0] ? false : why_set(why, "no sa ipsec is configured");
	qsort(p->sa, p->nsa, sizeof(*p->sa), sa_order);
	return true;
}

/* ---- rekey ---- */

/* 'rekey address ipv4 ACL': the first permit udp host KS eq P host 239.x eq P. */
static bool multicast_build(struct ks_policy *p, const struct cfg *cfg, const struct cfg_ks *ks, struct policy_notes *notes,
	struct why *why)
{
	const struct cfg_acl *acl = ks->rekey_acl[0] ? cfg_acl(cfg, ks->rekey_acl) : NULL;

	if (!ks->rekey_acl[0])
		return why_set(why, "multicast rekey needs 'rekey address ipv4'");
	if (!acl)
		return no_acl(notes, ks->rekey_acl) ||
		       why_set(why, "rekey address: access-list %s does not exist", ks->rekey_acl);
	for (unsigned i = 0; i < acl->count; i++) {
		const struct acl_ace *a = &acl->entry[i].ace;

		if (acl->entry[i].remark || !a->permit || a->proto != 17 || a->dst.wild.a || !ip4_multicast(a->dst.ip))
			continue;
		p->multicast = (struct endpoint){ a->dst.ip, port_at(&a->dst.port, 0) };
		p->multicast_src = port_at(&a->src.port, 0);
		if (!p->multicast.port)
			p->multicast.port = 848;
		if (!p->multicast_src)
			p->multicast_src = 848;
		return true;
	}
	return bad_acl(notes, ks->rekey_acl, why, "it permits no UDP to a multicast group");
}

static bool kek_build(struct ks_policy *p, const struct cfg *cfg, const struct cfg_ks *ks, const struct config *config,
	struct policy_notes *notes, struct why *why)
{
	const struct config_rsa *rsa;
	struct bytes spki;

	if (!ks->unicast && !multicast_build(p, cfg, ks, notes, why))
		return false;
	rsa = ks->rekey_key[0] ? config_key(config, ks->rekey_key) : NULL;
	if (!rsa) {
		str_copy(notes->no_key, sizeof(notes->no_key), ks->rekey_key[0] ? ks->rekey_key : "(none)");
		return ks->rekey_key[0] ? why_set(why, "RSA key %s not found", ks->rekey_key)
					: why_set(why, "no 'rekey authentication mypubkey rsa'");
	}
	spki = rsa_spki(rsa->key);
	if (!hash_parts(HASH_SHA256, &spki, 1, p->key_print))
		return why_set(why, "RSA key %s cannot be used", ks->rekey_key);
	if (rsa_bits(rsa->key) / 8 < hash_alg((enum hash_id)ks->rekey_hash)->size + 30u)
		return why_set(why, "RSA key %s is too short for signatures with %s", ks->rekey_key,
			hash_alg((enum hash_id)ks->rekey_hash)->ios);
	str_copy(p->key_label, sizeof(p->key_label), ks->rekey_key);
	p->cipher = (enum cipher_id)ks->rekey_cipher;
	p->sig_hash = (enum hash_id)ks->rekey_hash;
	p->kek_lifetime = ks->rekey_lifetime;
	p->ack = ks->ack;
	return true;
}

static bool identity_ok(const struct cfg_group *g, struct why *why)
{
	if (!g->identity)
		return why_set(why, "no 'identity' is configured");
	if (ip4_none(g->ks.address))
		return why_set(why, "no 'address ipv4' under 'server local'");
	return true;
}

static void digest_make(struct ks_policy *p);

struct ks_policy *policy_build(const struct cfg *cfg, const struct cfg_group *g, const struct config *config,
	struct policy_notes *notes, struct why *why)
{
	struct ks_policy *p = mem_zalloc(sizeof(*p));
	struct why kek = { "" };

	memset(notes, 0, sizeof(*notes));
	why->text[0] = '\0';
	p->refs = 1;
	if (!identity_ok(g, why) || !sas_build(p, cfg, &g->ks, notes, why)) {
		policy_unref(p);
		return NULL;
	}
	if (g->ks.auth_acl[0] && !cfg_acl(cfg, g->ks.auth_acl))
		no_acl(notes, g->ks.auth_acl);	/* as on IOS it permits everybody: a slip of the pen is to be seen */
	p->receive_only = g->ks.receive_only;
	p->unicast = g->ks.unicast;
	p->has_kek = kek_build(p, cfg, &g->ks, config, notes, &kek);
	if (!p->has_kek)
		p->multicast = (struct endpoint){ { 0 }, 0 };
	if (!why->text[0])
		*why = kek;
	digest_make(p);
	return p;
}

/* ---- as octets ---- */

static void name_encode(struct wr *w, const char *s)
{
	size_t n = strnlen(s, GDOI_NAME - 1);

	wr_u8(w, (uint8_t)n);
	wr_bytes(w, bytes_of(s, n));
}

static bool name_decode(struct rd *r, char *out)
{
	uint8_t n = rd_u8(r);
	struct bytes b = rd_bytes(r, n);

	if (!rd_ok(r) || n >= GDOI_NAME || (b.n && memchr(b.p, 0, b.n)))
		return false;
	if (b.n)
		memcpy(out, b.p, b.n);
	out[b.n] = '\0';
	return true;
}

static void ace_encode(struct wr *w, const struct ks_ace *a)
{
	wr_u16(w, a->entry);
	wr_u8(w, a->ace.permit);
	wr_u8(w, a->ace.proto);
	wr_u32(w, a->ace.src.a);
	wr_u32(w, a->ace.src_mask.a);
	wr_u32(w, a->ace.dst.a);
	wr_u32(w, a->ace.dst_mask.a);
	wr_u16(w, a->ace.sport);
	wr_u16(w, a->ace.dport);
}

static void ace_decode(struct rd *r, struct ks_ace *a)
{
	a->entry = rd_u16(r);
	a->ace.permit = rd_u8(r) != 0;
	a->ace.proto = rd_u8(r);
	a->ace.src.a = rd_u32(r);
	a->ace.src_mask.a = rd_u32(r);
	a->ace.dst.a = rd_u32(r);
	a->ace.dst_mask.a = rd_u32(r);
	a->ace.sport = rd_u16(r);
	a->ace.dport = rd_u16(r);
}

static void sa_encode(struct wr *w, const struct ks_sa *sa)
{
	wr_u32(w, sa->number);
	name_encode(w, sa->acl);
	name_encode(w, sa->profile);
	wr_u8(w, (uint8_t)sa->enc);
	wr_u8(w, (uint8_t)sa->auth);
	wr_u8(w, sa->transport);
	wr_u32(w, sa->lifetime);
	wr_u8(w, (uint8_t)sa->replay);
	wr_u32(w, sa->window);
	wr_u16(w, (uint16_t)sa->nace);
	for (unsigned i = 0; i < sa->nace; i++)
		ace_encode(w, &sa->ace[i]);
}

static bool sa_decode(struct rd *r, struct ks_sa *sa)
{
	uint8_t enc, auth;

	sa->number = rd_u32(r);
	if (!name_decode(r, sa->acl) || !name_decode(r, sa->profile))
		return false;
	enc = rd_u8(r);
	auth = rd_u8(r);
	sa->transport = rd_u8(r) != 0;
	sa->lifetime = rd_u32(r);
	sa->replay = rd_u8(r);
	sa->window = rd_u32(r);
	sa->nace = rd_u16(r);
	if (!rd_ok(r) || enc == ESP_ENC_NONE || enc >= ESP_ENC_MAX || auth >= ESP_AUTH_MAX || !sa->lifetime ||
		sa->replay < 1 || sa->replay > 3 || sa->nace > KS_ACES) {
		sa->nace = 0;
		return false;
	}
	sa->enc = (enum esp_enc)enc;
	sa->auth = (enum esp_auth)auth;
	sa->ace = mem_zalloc((sa->nace ? sa->nace : 1) * sizeof(*sa->ace));
	for (unsigned i = 0; i < sa->nace; i++)
		ace_decode(r, &sa->ace[i]);
	return rd_ok(r);
}

static void rekey_encode(const struct ks_policy *p, struct wr *w)
{
	wr_u8(w, p->receive_only);
	wr_u8(w, p->has_kek);
	wr_u8(w, p->unicast);
	if (!p->has_kek)
		return;
	wr_u8(w, (uint8_t)p->cipher);
	wr_u8(w, (uint8_t)p->sig_hash);
	wr_u32(w, p->kek_lifetime);
	name_encode(w, p->key_label);
	wr_bytes(w, BYTES_OF(p->key_print));
	wr_u8(w, (uint8_t)p->ack);
	wr_u32(w, p->multicast.ip.a);
	wr_u16(w, p->multicast.port);
	wr_u16(w, p->multicast_src);
}

static bool rekey_decode(struct ks_policy *p, struct rd *r)
{
	uint8_t cipher, hash;

	p->receive_only = rd_u8(r) != 0;
	p->has_kek = rd_u8(r) != 0;
	p->unicast = rd_u8(r) != 0;
	if (!p->has_kek)
		return rd_ok(r);
	cipher = rd_u8(r);
	hash = rd_u8(r);
	p->kek_lifetime = rd_u32(r);
	if (!name_decode(r, p->key_label))
		return false;
	rd_copy(r, p->key_print, sizeof(p->key_print));
	p->ack = rd_u8(r);
	p->multicast.ip.a = rd_u32(r);
	p->multicast.port = rd_u16(r);
	p->multicast_src = rd_u16(r);
	if (!rd_ok(r) || cipher == CIPHER_NONE || cipher >= CIPHER_MAX || hash == HASH_NONE || hash >= HASH_MAX ||
		!p->kek_lifetime || p->ack > ACK_ANY)
		return false;
	p->cipher = (enum cipher_id)cipher;
	p->sig_hash = (enum hash_id)hash;
	return true;
}

static void sas_encode(const struct ks_policy *p, struct wr *w)
{
	wr_u8(w, (uint8_t)p->nsa);
	for (unsigned i = 0; i < p->nsa; i++)
		sa_encode(w, &p->sa[i]);
}

void policy_encode(const struct ks_policy *p, struct wr *w)
{
	rekey_encode(p, w);
	sas_encode(p, w);
}

static void digest_make(struct ks_policy *p)
{
	uint8_t *buf = mem_zalloc(KS_POLICY_MAX);
	struct wr w = wr_init(buf, KS_POLICY_MAX);
	struct bytes b;

	policy_encode(p, &w);
	b = wr_done(&w);
	hash_parts(HASH_SHA256, &b, 1, p->digest);
	w = wr_init(buf, KS_POLICY_MAX);
	wr_u8(&w, p->receive_only);
	sas_encode(p, &w);
	b = wr_done(&w);
	hash_parts(HASH_SHA256, &b, 1, p->tek_digest);
	free(buf);
}

bool policy_decode(struct rd *r, struct ks_policy **out, struct why *why)
{
	struct ks_policy *p = mem_zalloc(sizeof(*p));
	bool good = rekey_decode(p, r);
	unsigned n = rd_u8(r);

	p->refs = 1;
	p->sa = mem_zalloc(KS_SAS * sizeof(*p->sa));
	good = good && n >= 1 && n <= KS_SAS;
	for (unsigned i = 0; good && i < n; i++) {
		p->nsa = i + 1;
		good = sa_decode(r, &p->sa[i]);
	}
	if (!good) {
		policy_unref(p);
		return why_set(why, "policy: not valid");
	}
	digest_make(p);
	*out = p;
	return true;
}
