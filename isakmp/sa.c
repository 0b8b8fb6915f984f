/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Established phase-1 SAs: tables by cookies and by peer, life and end. */
#include <stdlib.h>
#include "config/cfg.h"
#include "config/config.h"
#include "isakmp/engine.h"
#include "lib/clock.h"
#include "lib/crypto/prf.h"
#include "lib/mem.h"
#include "lib/rng.h"
#include "syslog/debug.h"

#define FINAL_LINGER SEC(60)	/* an initiator asks for message 6 no longer than that */
#define REUSE_MIN SEC(10)	/* an SA that ends sooner is not worth an exchange */
#define USED_MAX 1024		/* message ids kept per SA; then the oldest are forgotten */
#define LIFE_DAY 86400

struct isakmp_peer *isakmp_peer_find(const struct isakmp *ik, struct ip4 ip)
{
	struct isakmp_peer *p;

	HASH_FIND(hh, ik->peers, &ip, sizeof(ip), p);
	return p;
}

struct isakmp_peer *isakmp_peer_get(struct isakmp *ik, struct ip4 ip)
{
	struct isakmp_peer *p = isakmp_peer_find(ik, ip);

	if (!p) {
		p = mem_zalloc(sizeof(*p));
		p->ip = ip;
		HASH_ADD(hh, ik->peers, ip, sizeof(p->ip), p);
	}
	return p;
}

void isakmp_peer_put(struct isakmp *ik, struct isakmp_peer *p)
{
	if (p->negs || p->sas)
		return;
	HASH_DEL(ik->peers, p);
	free(p);
}

struct isakmp_sa *isakmp_sa_find(const struct isakmp *ik, const uint8_t *icookie, const uint8_t *rcookie)
{
	struct isakmp_sa *sa;
	uint8_t key[COOKIES];

	memcpy(key, icookie, 8);
	memcpy(key + 8, rcookie, 8);
	HASH_FIND(hh, ik->sas, key, sizeof(key), sa);
	return sa;
}

struct bytes isakmp_sa_akey(const struct isakmp_sa *sa)
{
	return bytes_of(sa->keys.p, hash_alg(sa->hash)->size);
}

bool isakmp_sa_export(const struct isakmp_sa *sa, const char *label, uint8_t *out, size_t n)
{
	return hkdf(HASH_SHA256, secret_bytes(&sa->keys), BYTES_NONE, bytes_str(label), out, n);
}

struct bytes isakmp_sa_ckey(const struct isakmp_sa *sa)
{
	return bytes_of(sa->keys.p + hash_alg(sa->hash)->size, cipher_alg(sa->encr)->key);
}

static void forget_final(struct isakmp_sa *sa)
{
	free(sa->final);
	sa->final = NULL;
}

static void free_sa(struct isakmp_sa *sa)
{
	timer_cancel(sa->ik->env->timers, &sa->timer);
	isakmp_dpd_stop(sa);
	forget_final(sa);
	secret_free(&sa->keys);
	secret_cleanse(sa->credential, sizeof(sa->credential));
	free(sa->peer_id);
	free(sa->used);
	free(sa);
}

/*
 * Ends are told from a timer: whoever ended the SA may stand in the middle of one of its exchanges, and
 * owners need not reckon with being called back from within their own calls.
 */
static void reap(void *arg)
{
	struct isakmp *ik = arg;

	while (ik->dead) {
		struct isakmp_sa *sa = ik->dead;

		DL_DELETE(ik->dead, sa);
		isakmp_xchg_drop_all(sa, true);
		for (unsigned i = 0; i < ISAKMP_LISTENERS && ik->gone[i].fn; i++)
			ik->gone[i].fn(ik->gone[i].arg, sa);
		free_sa(sa);
	}
}

static void kill_sa(struct isakmp_sa *sa, bool tell)
{
	struct isakmp *ik = sa->ik;
	struct isakmp_pending *p;

	if (sa->dead)
		return;
	DBG(ik->log, ISAKMP, EVENT, "(%u): SA with %s deleted", sa->conn_id, ip4_s(sa->remote.ip));
	if (tell)
		isakmp_info_delete(sa);
	sa->dead = true;
	timer_cancel(ik->env->timers, &sa->timer);
	isakmp_dpd_stop(sa);
	HASH_DEL(ik->sas, sa);
	ik->count.established--;
	DL_DELETE(sa->peer->sas, sa);
	sa->peer->nsa--;
	isakmp_peer_put(ik, sa->peer);
	sa->peer = NULL;
	DL_FOREACH(ik->ready, p)
		if (p->sa == sa) {
			p->sa = NULL;
			p->why = ISAKMP_SA_DELETED;
		}
	DL_APPEND(ik->dead, sa);
	if (!timer_armed(&ik->reaper)) {
		timer_init(&ik->reaper, reap, ik);
		timer_arm(ik->env->timers, &ik->reaper, 0);
	}
}

void isakmp_sa_delete(struct isakmp_sa *sa, bool tell)
{
	kill_sa(sa, tell);
}

static void on_timer(void *arg)
{
	struct isakmp_sa *sa = arg;

	if (isakmp_now(sa->ik) >= sa->expires) {
		/* The peer with the longer lifetime would go on using it. */
		kill_sa(sa, sa->shortened);
		return;
	}
	forget_final(sa);
	timer_arm_at(sa->ik->env->timers, &sa->timer, sa->expires);
}

void isakmp_sa_add(struct isakmp *ik, struct isakmp_sa *sa, uint32_t lifetime)
{
	uint64_t now = isakmp_now(ik);

	sa->ik = ik;
	sa->peer = isakmp_peer_get(ik, sa->remote.ip);
	DL_APPEND(sa->peer->sas, sa);
	if (++sa->peer->nsa > ISAKMP_SAS_PER_PEER)
		kill_sa(sa->peer->sas, true);
	HASH_ADD(hh, ik->sas, cookies, sizeof(sa->cookies), sa);
	ik->count.established++;
	report_setup_done(ik, sa->remote.ip);
	sa->conn_id = isakmp_conn_id_take(ik);
	sa->heard = now;
	sa->expires = now + SEC(lifetime ? lifetime : LIFE_DAY);
	timer_init(&sa->timer, on_timer, sa);
	timer_arm_at(ik->env->timers, &sa->timer,
		sa->final && now + FINAL_LINGER < sa->expires ? now + FINAL_LINGER : sa->expires);
	isakmp_dpd_start(sa);
	DBG(ik->log, ISAKMP, EVENT, "(%u): phase 1 with %s (%s) complete, %s %s group %u, %u seconds",
		sa->conn_id, ip4_s(sa->remote.ip), sa->peer_id, cipher_alg(sa->encr)->ios,
		hash_alg(sa->hash)->ios, dh_alg(sa->group)->number, lifetime);
}

void isakmp_sa_heard(struct isakmp_sa *sa, struct endpoint from)
{
	sa->heard = isakmp_now(sa->ik);
	sa->suspect = false;
	sa->remote.port = from.port;	/* a NAT may have given it another; the address must stay */
	if (sa->final)
		forget_final(sa);	/* who has the keys has message 6 */
}

static bool serves(const struct isakmp_sa *sa, const struct isakmp_want *want, struct ip4 local)
{
	const struct version none = { 0, 0, 0 };

	if (sa->suspect || sa->expires < isakmp_now(sa->ik) + REUSE_MIN)
		return false;
	if (!ip4_none(local) && !ip4_eq(local, sa->local.ip))
		return false;
	if (sa->initiator && sa->doi1 != want->doi1)
		return false;
	return !memcmp(&want->version, &none, sizeof(none)) ||
	       !memcmp(&want->version, &sa->announced, sizeof(none));
}

struct isakmp_sa *isakmp_sa_for(struct isakmp *ik, const struct isakmp_want *want, struct ip4 local)
{
	struct isakmp_peer *p = isakmp_peer_find(ik, want->remote);
	struct isakmp_sa *sa, *found = NULL;

	if (!p)
		return NULL;
	DL_FOREACH(p->sas, sa)
		if (serves(sa, want, local))
			found = sa;
	return found;
}

void isakmp_sa_supersede(struct isakmp_sa *sa, bool all)
{
	struct isakmp_sa *other, *tmp;

	DL_FOREACH_SAFE(sa->peer->sas, other, tmp)
		if (other != sa && (all ? !strcmp(other->peer_id, sa->peer_id) : other->suspect))
			kill_sa(other, false);
}

bool isakmp_sa_used(const struct isakmp_sa *sa, uint32_t msgid)
{
	unsigned n = sa->nused < sa->used_cap ? sa->nused : sa->used_cap;

	for (unsigned i = 0; i < n; i++) {
		if (sa->used[i] == msgid)
			return true;
	}
	return false;
}

void isakmp_sa_use(struct isakmp_sa *sa, uint32_t msgid)
{
	if (sa->nused == sa->used_cap && sa->used_cap < USED_MAX) {
		sa->used_cap = sa->used_cap ? (uint16_t)(2 * sa->used_cap) : 4;
		sa->used = mem_realloc(sa->used, sa->used_cap * sizeof(*sa->used));
	}
	sa->used[sa->nused % sa->used_cap] = msgid;
	/* Past the end it counts on between cap and 2 * cap. */
	sa->nused = sa->nused == 2 * USED_MAX - 1 ? USED_MAX : (uint16_t)(sa->nused + 1);
}

uint32_t isakmp_sa_msgid(struct isakmp_sa *sa)
{
	uint32_t id;
	struct isakmp_xchg *x;

	do {
		id = rng_u32(sa->ik->env->rng);
		DL_SEARCH_SCALAR(sa->xchgs, x, msgid, id);
	} while (id == 0 || x || isakmp_sa_used(sa, id));
	return id;
}

/* No owner is told: the engine ends after those who stand on it. */
void isakmp_sa_free_all(struct isakmp *ik)
{
	struct isakmp_sa *sa, *tmp;

	HASH_ITER(hh, ik->sas, sa, tmp)
		kill_sa(sa, false);
	timer_cancel(ik->env->timers, &ik->reaper);
	DL_FOREACH_SAFE(ik->dead, sa, tmp) {
		DL_DELETE(ik->dead, sa);
		isakmp_xchg_drop_all(sa, false);
		free_sa(sa);
	}
}

struct ip4 isakmp_sa_peer(const struct isakmp_sa *sa)
{
	return sa->remote.ip;
}

struct endpoint isakmp_sa_peer_endpoint(const struct isakmp_sa *sa)
{
	return sa->remote;
}

struct ip4 isakmp_sa_local(const struct isakmp_sa *sa)
{
	return sa->local.ip;
}

struct version isakmp_sa_peer_version(const struct isakmp_sa *sa)
{
	return sa->peer_version;
}

bool isakmp_sa_peer_gdoix(const struct isakmp_sa *sa)
{
	return sa->gdoix;
}

const char *isakmp_sa_peer_id(const struct isakmp_sa *sa)
{
	return sa->peer_id;
}

uint32_t isakmp_sa_conn_id(const struct isakmp_sa *sa)
{
	return sa->conn_id;
}

uint32_t isakmp_conn_id_take(struct isakmp *ik)
{
	return ik->conn_id++;
}

/* Bound to this SA's cookies: two SAs under one key show nothing alike. */
void isakmp_credential(const uint8_t *icookie, const uint8_t *rcookie, struct bytes psk, uint8_t *out)
{
	const struct bytes parts[3] = { bytes_of(icookie, 8), bytes_of(rcookie, 8), psk };

	hash_parts(HASH_SHA256, parts, 3, out);
}

bool isakmp_credential_now(const struct isakmp *ik, struct ip4 local, struct ip4 remote, const uint8_t *icookie,
	const uint8_t *rcookie, const uint8_t *was)
{
	const struct cfg_psk *psk = cfg_psk_for(config_running(ik->config), remote, local);
	uint8_t now[HASH_SIZE_MAX];
	bool same;

	if (!psk)
		return false;
	isakmp_credential(icookie, rcookie, secret_bytes(&psk->key), now);
	same = secret_eq(bytes_of(now, ISAKMP_CREDENTIAL), bytes_of(was, ISAKMP_CREDENTIAL));
	secret_cleanse(now, sizeof(now));
	return same;
}

bool isakmp_sa_credential_ok(const struct isakmp_sa *sa)
{
	return isakmp_credential_now(sa->ik, sa->local.ip, sa->remote.ip, sa->cookies, sa->cookies + 8, sa->credential);
}
