/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a member makes of a key server's SA and KD, once gm_check.c has found nothing wrong with them. */
#include <stdlib.h>
#include "gdoi/gm.h"
#include "lib/clock.h"
#include "lib/mem.h"

#define LIFE_DEFAULT 28800	/* s: SA Life Duration not given (RFC 2407 section 4.5) */

/* ---- installing: the policy ---- */

struct slot {			/* a selector of the new policy */
	UT_hash_handle hh;
	uint32_t key[7];
	unsigned at;		/* in the list; UINT32_MAX: an old TEK's, not policy */
	uint32_t group;		/* 1 + index of the SPI that came first for it */
};

struct draft {
	struct slot *slots, *pool;
	unsigned nslot;
	struct dp_ace *ace;
	unsigned nace;
	uint32_t *spi;		/* distinct, in order of appearance */
	uint32_t *family;	/* of each; 0: none yet */
	struct dp_ace *first;	/* first selector of each */
	const struct gdoi_sat **sat;	/* first SA of each */
	unsigned nspi;
};

static struct dp_ace ace_of(const struct gdoi_sat *s)
{
	return (struct dp_ace){ .permit = gm_sat_esp(s), .proto = s->ip_proto, .src = s->src.ip, .src_mask = s->src.mask,
		.dst = s->dst.ip, .dst_mask = s->dst.mask, .sport = s->src.port, .dport = s->dst.port };
}

static void slot_key(const struct dp_ace *a, uint32_t *key)
{
	key[0] = a->permit;
	key[1] = a->proto;
	key[2] = a->src.a;
	key[3] = a->src_mask.a;
	key[4] = a->dst.a;
	key[5] = a->dst_mask.a;
	key[6] = (uint32_t)a->sport << 16 | a->dport;
}

static struct slot *slot_find(const struct draft *d, const struct dp_ace *a)
{
	struct slot *s;
	uint32_t key[7];

	slot_key(a, key);
	HASH_FIND(hh, d->slots, key, sizeof(key), s);
	return s;
}

static void draft_ace(struct draft *d, const struct dp_ace *a, uint32_t group)
{
	struct slot *s = slot_find(d, a);

	if (s)
		return;
	s = &d->pool[d->nslot++];
	slot_key(a, s->key);
	s->at = d->nace;
	s->group = group;
	HASH_ADD(hh, d->slots, key, sizeof(s->key), s);
	d->ace[d->nace++] = *a;
}

struct spi_index {
	UT_hash_handle hh;
	uint32_t spi;
	unsigned at;
};

/* From a peer of our own kind, an SA without an entry number among others that have one is an old TEK that still lives:
 * its key is wanted, its selectors are no longer policy. */
static bool numbered(const struct gdoi_sa *sa)
{
	for (unsigned i = 0; i < sa->nsat; i++) {
		if (sa->sat[i].entry)
			return true;
	}
	return false;
}

static void draft_make(const struct gdoi_sa *sa, struct draft *d)
{
	const bool entries = numbered(sa);
	struct spi_index *index = NULL, *pool = mem_zalloc((sa->nsat + 1u) * sizeof(*pool)), *x;

	*d = (struct draft){ .pool = mem_zalloc((sa->nsat + 1u) * sizeof(struct slot)),
		.ace = mem_zalloc((sa->nsat + 1u) * sizeof(struct dp_ace)), .spi = mem_zalloc((sa->nsat + 1u) * sizeof(uint32_t)),
		.family = mem_zalloc((sa->nsat + 1u) * sizeof(uint32_t)),
		.first = mem_zalloc((sa->nsat + 1u) * sizeof(struct dp_ace)),
		.sat = mem_zalloc((sa->nsat + 1u) * sizeof(struct gdoi_sat *)) };
	for (unsigned i = 0; i < sa->nsat; i++) {
		const struct gdoi_sat *s = &sa->sat[i];
		struct dp_ace a = ace_of(s);

		x = NULL;
		if (gm_sat_esp(s)) {
			HASH_FIND(hh, index, &s->spi, sizeof(s->spi), x);
			if (!x) {
				x = &pool[d->nspi];
				x->spi = s->spi;
				x->at = d->nspi;
				HASH_ADD(hh, index, spi, sizeof(x->spi), x);
				d->spi[d->nspi] = s->spi;
				d->sat[d->nspi] = s;
				d->first[d->nspi++] = a;
			}
		}
		if (!entries || s->entry)
			draft_ace(d, &a, x ? x->at + 1 : 0);
	}
	HASH_CLEAR(hh, index);
	free(pool);
}

static void draft_free(struct draft *d)
{
	HASH_CLEAR(hh, d->slots);
	free(d->pool);
	free(d->ace);
	free(d->spi);
	free(d->family);
	free(d->first);
	free(d->sat);
}

static uint32_t only_family(const struct gm *gm)
{
	uint32_t f = 0;

	for (unsigned i = 0; i < gm->nace; i++) {
		if (!gm->ace[i].permit)
			continue;
		if (f && gm->ace[i].family != f)
			return 0;
		f = gm->ace[i].family;
	}
	return f;
}

/* The SPI that protects the selector which SPI i names first: i itself, or a newer one of the same entries. */
static unsigned leader(const struct draft *d, unsigned i)
{
	const struct slot *s = slot_find(d, &d->first[i]);

	return s && s->group ? s->group - 1 : i;
}

static unsigned leaders(const struct draft *d)
{
	unsigned n = 0;

	for (unsigned i = 0; i < d->nspi; i++)
		n += leader(d, i) == i;
	return n;
}

/*
 * Which TEKs replace one another. Held ones keep their number; a new one takes that of a held one that protects one of its
 * entries, or the only one there is; else it begins a family.
 */
static void families(struct gm *gm, struct draft *d)
{
	const uint32_t only = leaders(d) == 1 ? only_family(gm) : 0;

	for (unsigned i = 0; i < d->nspi; i++) {
		const struct gm_tek *t = gm_tek_find(gm, d->spi[i]);
		unsigned l = leader(d, i);

		if (t && !d->family[l])
			d->family[l] = t->family;
	}
	for (const struct gm_tek *t = gm->teks; t; t = t->hh.next) {
		const struct slot *s = slot_find(d, &t->first);

		if (s && s->group && !d->family[s->group - 1])
			d->family[s->group - 1] = t->family;
	}
	for (unsigned i = 0; i < d->nspi; i++) {
		if (leader(d, i) == i && !d->family[i])
			d->family[i] = only ? only : ++gm->families;
	}
	for (unsigned i = 0; i < d->nspi; i++)
		d->family[i] = d->family[leader(d, i)];
	for (struct slot *s = d->slots; s; s = s->hh.next)
		d->ace[s->at].family = s->group ? d->family[s->group - 1] : 0;
}

/* ---- installing: the keys ---- */

static void lifetime_take(struct gm *gm, const struct gdoi_sat *s, struct gm_tek *t, bool pull)
{
	const uint64_t now = gm_now(gm);
	uint64_t left = s->lifetime ? s->lifetime : LIFE_DEFAULT;
	uint64_t end;
	bool sooner, later;

	if (left > UINT32_MAX)
		left = UINT32_MAX;
	end = now + SEC(left);
	/*
	 * Remaining lifetimes are whole seconds: what we know better is kept. A shortened key is not prolonged, unless a key server of our
	 * own kind gives it out anew: with every member that registers it lives that long.
	 */
	sooner = end + SEC(2) <= t->end;
	later = pull && gm->peer_gdoix && end > t->end + SEC(2);
	if (t->end && !sooner && !later)
		return;
	t->end = end;
	t->retire = end > SEC(GM_SWITCH) ? end - SEC(GM_SWITCH) : 0;
	if (!t->configured)
		t->configured = s->configured ? s->configured : left;
	gm_dp_sa_ends(gm, t);	/* not known there yet when it is new */
}

static struct gm_tek *tek_new(struct gm *gm, const struct gdoi_sat *s, const struct gdoi_kd_tek *k)
{
	struct gm_tek *t = mem_zalloc(sizeof(*t));

	t->spi = s->spi;
	t->enc = s->enc;
	t->auth = s->auth;
	t->transport = s->encap == 2;
	t->replay = s->replay;
	t->window = s->window;
	t->begin = s->begin;
	t->key = secret_copy(k->key);
	t->auth_key = secret_copy(k->auth_key);
	HASH_ADD(hh, gm->teks, spi, sizeof(t->spi), t);
	return t;
}

/* With ACTIVATION_TIME_DELAY senders move on that long after the message, never later than usual. */
static void activation(struct gm *gm, const struct gdoi_gap *gap, const struct gm_tek *t)
{
	const uint64_t at = gm_now(gm) + SEC(gap->atd);

	for (struct gm_tek *old = gm->teks; old; old = old->hh.next) {
		if (old->family == t->family && old->batch != gm->batch && old->retire > at)
			old->retire = at;
	}
}

/* A key of selectors for which another came first, that is not to be sent with: other members may (RFC 6407 section 5.5.1.1). */
static bool receive_beside(const struct draft *d, unsigned i, const struct gdoi_sat *s)
{
	return s->direction == SAT_DIR_RECEIVER && leader(d, i) != i;
}

/* Counter windows are closed when a third member comes; they are never opened under a key that is in use. */
static void replay_take(struct gm *gm, const struct gdoi_sat *s, struct gm_tek *t)
{
	if (t->replay != SAT_REPLAY_COUNTER_OPEN || s->replay != 2)
		return;
	t->replay = 2;
	gm_dp_sa_in(gm, t);
}

/* True when a TEK was new. */
static bool teks_take(struct gm *gm, const struct gm_news *n, const struct draft *d)
{
	const struct gdoi_kd_tek **k = gm_kd_sorted(n->kd);
	const struct gdoi_sat **s;
	unsigned ns, at = 0;
	bool fresh = false;

	s = gm_sats_sorted(n->sa, &ns);
	for (unsigned i = 0; i < ns; i++) {
		if (i && s[i]->spi == s[i - 1]->spi)
			continue;
		struct gm_tek *t = gm_tek_find(gm, s[i]->spi);
		const bool is_new = !t;

		if (is_new)
			t = tek_new(gm, s[i], gm_kd_find(k, n->kd->ntek, s[i]->spi));
		lifetime_take(gm, s[i], t, n->pull);
		replay_take(gm, s[i], t);
		t->batch = gm->batch;
		t->unnamed = false;
		fresh = fresh || is_new;
	}
	/* Of our own kind a registration names all that is in use; others may name just the newest. */
	for (struct gm_tek *t = gm->teks; n->pull && gm->peer_gdoix && t; t = t->hh.next)
		t->unnamed = t->batch != gm->batch;
	free(k);
	free(s);
	for (at = 0; at < d->nspi; at++) {
		struct gm_tek *t = gm_tek_find(gm, d->spi[at]);
		const bool is_new = !t->first.permit;

		t->order = at;
		t->family = d->family[at];
		t->receive = receive_beside(d, at, d->sat[at]);
		if (!is_new)
			continue;
		t->first = d->first[at];
		gm_dp_sa_in(gm, t);
		if (!n->pull && n->sa->has_gap && n->sa->gap.has_atd)
			activation(gm, &n->sa->gap, t);
	}
	return fresh;
}

static uint32_t spi_word(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static void keks_limit(struct gm *gm)
{
	unsigned n = 0;

	for (struct gm_kek *k = gm->keks, *next; k; k = next) {
		next = k->next;
		if (++n > GM_KEKS)
			gm_kek_del(gm, k);
	}
}

static struct gm_kek *kek_new(struct gm *gm, const struct gdoi_sak *sak, const struct gdoi_kd_kek *kd)
{
	struct gm_kek *k = mem_zalloc(sizeof(*k));

	if (!kek_from_wire(&k->kek, sak, kd, NULL)) {
		free(k);
		return NULL;
	}
	k->pub = kd->sig_key.n ? rsa_public(kd->sig_key) : gm->keks ? rsa_dup(gm->keks->pub) : NULL;
	if (!k->pub) {
		kek_free(&k->kek);
		free(k);
		return NULL;
	}
	k->fresh = true;
	k->next = gm->keks;
	gm->keks = k;
	log_GDOI_SA_KEK_UPDATED(gm->g->d.log, spi_word(sak->spi), spi_word(sak->spi + 4), spi_word(sak->spi + 8),
		spi_word(sak->spi + 12));
	return k;
}

static void transport_take(struct gm *gm, bool unicast)
{
	if (gm->transport_known && gm->unicast == unicast)
		return;
	gm->transport_known = true;
	gm->unicast = unicast;
	if (unicast)
		log_GDOI_GM_REKEY_TRANS_2_UNI(gm->g->d.log, gm->group);
	else
		log_GDOI_GM_REKEY_TRANS_2_MULTI(gm->g->d.log, gm->group);
}

/* A SAK with an SPI that is held is the same Rekey SA: its numbering goes on (gdoi-wire.md section 3.4). */
static void kek_take(struct gm *gm, const struct gm_news *n)
{
	const struct gdoi_sak *sak = &n->sa->sak;
	const uint64_t life = sak->lifetime > UINT32_MAX ? UINT32_MAX : sak->lifetime;
	const uint64_t end = life ? gm_now(gm) + SEC(life) : GM_NEVER;
	struct gm_kek *k = gm_kek_held(gm, sak->spi);
	bool is_new = !k;

	if (is_new)
		k = kek_new(gm, sak, gm_kd_kek(n->kd, sak->spi));
	if (!k)
		return;
	if (n->pull && (is_new || n->seq > k->seq))
		k->seq = n->seq;
	k->sak = *sak;
	k->sak.src.data = k->sak.dst.data = BYTES_NONE;
	k->server = n->server;
	if (is_new)
		k->conn_id = isakmp_conn_id_take(gm->g->d.isakmp);
	if (is_new || end < k->end)
		k->end = end;
	keks_limit(gm);
	transport_take(gm, !ip4_multicast(sak->dst.ip));
	gm_join(gm);
}

/* ---- installing ---- */

static bool only_receive(const struct draft *d)
{
	for (unsigned i = 0; i < d->nspi; i++) {
		if (d->sat[i]->direction == SAT_DIR_RECEIVER && leader(d, i) == i)
			return true;
	}
	return false;
}

static void direction_take(struct gm *gm, const struct gm_news *n, const struct draft *d)
{
	const bool now = only_receive(d);

	if (now && !gm->receive_only)
		log_GDOI_GM_SA_INGRESS(gm->g->d.log, ip4_s(n->server), gm->group);
	if (!now && gm->receive_only && gm->has_policy)
		log_GDOI_GM_CONV_SA_DUPLEX(gm->g->d.log, gm->group);
	gm->receive_only = now;
}

static void policy_take(struct gm *gm, const struct gm_news *n)
{
	struct draft d;
	bool fresh;

	draft_make(n->sa, &d);
	families(gm, &d);
	fresh = teks_take(gm, n, &d);
	direction_take(gm, n, &d);
	free(gm->ace);
	gm->ace = d.ace;
	gm->nace = d.nace;
	d.ace = NULL;
	draft_free(&d);
	if (!gm->has_policy && gm->nown)
		log_GDOI_GM_ACL_MERGE(gm->g->d.log, gm->group);
	gm->has_policy = true;
	gm->told_no_tek = false;
	if (fresh)
		log_GDOI_SA_TEK_UPDATED(gm->g->d.log);
}

static void pseudotime_take(struct gm *gm, const struct gdoi_gap *gap, bool pull)
{
	struct dataplane *dp = gm->g->d.dataplane;
	const uint64_t now = gm_now(gm);
	uint64_t mine = gm->pt_base + (now - gm->pt_mono) / 1000;

	/* A retransmitted PUSH carries the time of its first sending: pseudotime never runs backwards but by registering. */
	if (!pull && gm->has_pseudotime && gap->pseudotime <= mine)
		return;
	if (!pull && gm->has_pseudotime && gap->pseudotime - mine > 10000)
		log_GDOI_PSEUDO_TIME_LARGE(gm->g->d.log, (unsigned)(gap->pseudotime / 1000), (unsigned)(mine / 1000), gm->group);
	gm->has_pseudotime = true;
	gm->pt_base = gap->pseudotime;
	gm->pt_mono = now;
	dp->ops->pseudotime(dp, gm->group, gap->pseudotime);
}

void gm_install(struct gm *gm, const struct gm_news *n)
{
	struct dataplane *dp = gm->g->d.dataplane;
	struct syslog *log = gm->g->d.log;

	gm->batch++;
	gm->dp_bad = false;
	if (n->sa->has_gap && n->sa->gap.has_dtd)
		gm->dtd = n->sa->gap.dtd;
	if (n->sa->has_gap && n->sa->gap.has_pseudotime)
		pseudotime_take(gm, &n->sa->gap, n->pull);
	if (n->sa->nsat)
		policy_take(gm, n);
	if (n->sa->has_sak)
		kek_take(gm, n);
	else if (n->pull)
		gm_keks_free(gm);
	if (n->replace == 1)
		gm_keys_shorten(gm, true);
	gm_dp_policy(gm);
	if (n->replace == 2)
		gm_keys_drop_old(gm);
	gm_keys_select(gm);
	gm_arm(gm);
	if (n->pull)
		log_GDOI_GM_REGS_COMPL(log, ip4_s(n->server), gm->group, ip4_s(gm->local));
	if (!gm->dp_bad)
		gm->dp_problem[0] = 0;
	/* A kernel that cannot at all is told of once, by its data plane; there is nothing to add each time. */
	if (!dp->ops->usable(dp, NULL))
		return;
	if (gm->dp_bad)
		log_GDOI_GM_INSTALL_POLICIES_FAILED(log, ip4_s(n->server), gm->group, ip4_s(gm->local));
	else
		log_GDOI_GM_INSTALL_POLICIES_SUCCESS(log, ip4_s(n->server), gm->group, ip4_s(gm->local));
}
