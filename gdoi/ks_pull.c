/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * GROUPKEY-PULL as responder (RFC 6407 sections 3.2 and 3.4). Nothing changes in the group before HASH(3) is verified;
 * until then an exchange holds its nonces and the group's name only.
 */
#include <stdlib.h>
#include <utlist.h>
#include "gdoi/ks.h"
#include "lib/clock.h"
#include "lib/mem.h"
#include "lib/rng.h"
#include "lib/text.h"
#include "lib/why.h"
#include "lib/wire.h"

#define NONCE_MIN 8
#define NONCE_MAX 128		/* RFC 6407 section 5.8 */
#define NONCE_OWN 32
#define PULL_MAX 65000		/* octets of a message's payloads */

enum { N_INVALID_ID = 18, N_INVALID_KEY = 17, N_AUTH_FAILED = 24, N_MALFORMED = 16 };

struct pull {			/* one exchange between message 1 and the end */
	struct pull *prev, *next;	/* g->pulls */
	char group[GDOI_NAME];
	uint32_t generation;	/* of the keys whose policy message 2 showed */
	uint8_t ni[NONCE_MAX], nr[NONCE_OWN];
	size_t ni_len;
};

static struct pull *pull_begin(struct gdoi *g, struct isakmp_xchg *x)
{
	struct pull *p = mem_zalloc(sizeof(*p));

	DL_APPEND(g->pulls, p);
	isakmp_xchg_set_user(x, p);
	return p;
}

static void pull_end(struct gdoi *g, struct isakmp_xchg *x)
{
	struct pull *p = isakmp_xchg_user(x);

	if (!p)
		return;
	DL_DELETE(g->pulls, p);
	free(p);
	isakmp_xchg_set_user(x, NULL);
}

/* The engine ends before isakmp/, which tells nobody when it ends itself. */
void ks_pull_free_all(struct gdoi *g)
{
	struct pull *p, *tmp;

	DL_FOREACH_SAFE(g->pulls, p, tmp) {
		DL_DELETE(g->pulls, p);
		free(p);
	}
}

static void refuse(struct gdoi *g, struct isakmp_xchg *x, uint16_t notify)
{
	g->count.pull_refused++;
	DBG(g->d.log, GDOI_KS_REGISTRATION, ERROR, "registration from %s refused (notify %u)",
		ip4_s(isakmp_sa_peer(isakmp_xchg_sa(x))), notify);
	pull_end(g, x);
	isakmp_xchg_abort(x, notify);
}

static bool say(struct gdoi *g, struct ks *ks)
{
	uint64_t missed;

	return ratelimit_ok(ks ? &ks->refused : &g->bad_datagram, clock_now(g->d.env->clock), &missed);
}

/* Somebody altered it on the way: as if it had not come, the exchange waits on for the true one. */
static void bad_hash(struct gdoi *g, struct isakmp_xchg *x)
{
	struct isakmp_sa *sa = isakmp_xchg_sa(x);

	g->count.pull_bad++;
	if (say(g, NULL))
		log_GDOI_KS_HASH_FAIL(g->d.log, ip4_s(isakmp_sa_peer(sa)), ip4_s(isakmp_sa_local(sa)));
}

/* ---- message 1 ---- */

static bool id_is(const struct gdoi_group_id *a, const struct gdoi_group_id *b)
{
	if (a->by_address != b->by_address)
		return false;
	return a->by_address ? ip4_eq(a->address, b->address) : a->number == b->number;
}

/* The group that the ID payload names, read the way each group's peers write it. */
static struct ks *group_named(struct gdoi *g, struct bytes body)
{
	for (struct gdoi_group *gr = g->groups; gr; gr = gr->hh.next) {
		const struct cfg_group *c = gr->role == GDOI_ROLE_KS && gr->ks ? gdoi_cfg(g, gr->name) : NULL;
		struct gdoi_group_id id, own = ks_group_id(c);
		struct gdoi_wire w = gdoi_wire_of(c, false);
		struct why why;

		if (c && c->identity && gdoi_group_id_decode(body, &w, &id, &why) && id_is(&id, &own))
			return gr->ks;
	}
	return NULL;
}

static bool interface_ok(const struct ks *ks, const struct cfg_group *c, struct ip4 local)
{
	struct ip4 own;

	if (!c->ks.registration_if[0])
		return true;
	return ks->g->d.if_address && ks->g->d.if_address(ks->g->d.if_arg, c->ks.registration_if, &own) && ip4_eq(own, local);
}

/*
 * The phase-1 identity is what is authorised (RFC 6407 section 3.4); IOS matches its address. A phase-1 SA outlives the
 * key it was made with: whoever was revoked has to begin with phase 1 again, and fails there.
 */
static bool authorised(struct ks *ks, const struct cfg_group *c, struct isakmp_sa *sa)
{
	struct ip4 peer = isakmp_sa_peer(sa);

	if (!interface_ok(ks, c, isakmp_sa_local(sa))) {
		if (say(ks->g, ks))
			log_GDOI_UNREGISTERED_INTERFACE(ks->g->d.log, ks->group);
		return false;
	}
	if (!isakmp_sa_credential_ok(sa)) {
		if (say(ks->g, ks))
			log_GDOI_UNAUTHORIZED_IDENTITY(ks->g->d.log, ks->group, isakmp_sa_peer_id(sa));
		isakmp_sa_delete(sa, true);
		return false;
	}
	if (!c->ks.auth_acl[0] || acl_permits_source(cfg_acl(config_running(ks->g->d.config), c->ks.auth_acl), peer))
		return true;
	if (say(ks->g, ks))
		log_GDOI_UNAUTHORIZED_IPADDR(ks->g->d.log, ks->group, ip4_s(peer));
	return false;
}

static bool peer_private(const struct isakmp_sa *sa)
{
	return isakmp_sa_peer_gdoix(sa);
}

/* Message 2: HDR*, HASH(2), Nr, SA. */
static bool send_policy(struct ks *ks, struct isakmp_xchg *x, struct pull *p)
{
	struct isakmp_sa *sa = isakmp_xchg_sa(x);
	struct gdoi_wire wire = gdoi_wire_of(ks_cfg(ks), peer_private(sa));
	struct bytes ni = bytes_of(p->ni, p->ni_len);
	struct ks_message m;
	uint8_t *buf;
	size_t at, cap;
	struct wr w;
	bool good;

	ks_message_make(ks, wire.private_ok, true, isakmp_sa_peer(sa), KS_SCHEDULED, &m);
	cap = 8 + NONCE_OWN + gdoi_sa_bound(&m.sa);
	cap = cap < PULL_MAX ? cap : PULL_MAX;
	buf = mem_zalloc(cap);
	w = wr_init(buf, cap);
	at = isakmp_payload_begin(&w, PL_SA);
	wr_bytes(&w, BYTES_OF(p->nr));
	isakmp_payload_end(&w, at);
	at = isakmp_payload_begin(&w, PL_NONE);
	gdoi_sa_encode(&w, &wire, &m.sa);
	isakmp_payload_end(&w, at);
	ks_message_free(&m);
	good = wr_ok(&w) && isakmp_xchg_send(x, &ni, 1, PL_NONCE, wr_done(&w), false);
	free(buf);
	return good;
}

static void message1(struct gdoi *g, struct isakmp_xchg *x, const struct isakmp_msg *m)
{
	const struct isakmp_payload *ni = isakmp_find(m->payload, m->count, PL_NONCE),
				    *id = isakmp_find(m->payload, m->count, PL_ID);
	const struct cfg_group *c;
	struct pull *p;
	struct ks *ks;

	g->count.pull_in++;
	if (!isakmp_hash_ok(x, m, NULL, 0)) {
		bad_hash(g, x);
		return;
	}
	if (!ni || !id || m->count != 2 || ni->body.n < NONCE_MIN || ni->body.n > NONCE_MAX) {
		g->count.pull_bad++;
		refuse(g, x, N_MALFORMED);
		return;
	}
	ks = group_named(g, id->body);
	c = ks ? ks_cfg(ks) : NULL;
	if (!ks || !ks->active || !ks->role.serve || ks->held) {
		if (ks && ks->coop)	/* no primary known, or an order is on its way: it may come back to us */
			DBG(g->d.log, GDOI_KS_REGISTRATION, EVENT, "group %s: %s", ks->group,
				ks->held ? "new keys are on their way" : "no primary key server is known yet");
		else if (ks && say(g, ks))
			log_GDOI_KS_BAD_ID(g->d.log, "Group policy", ip4_s(isakmp_sa_peer(isakmp_xchg_sa(x))), ks->group);
		else if (!ks && say(g, NULL))
			log_GDOI_KS_BAD_ID(g->d.log, "Group identity", ip4_s(isakmp_sa_peer(isakmp_xchg_sa(x))), "(unknown)");
		refuse(g, x, N_INVALID_ID);
		return;
	}
	if (!authorised(ks, c, isakmp_xchg_sa(x))) {
		refuse(g, x, N_AUTH_FAILED);
		return;
	}
	p = pull_begin(g, x);
	str_copy(p->group, sizeof(p->group), ks->group);
	p->generation = ks->generation;
	ks_windows_look(ks, !ks_member_find(ks, isakmp_sa_peer(isakmp_xchg_sa(x))));
	memcpy(p->ni, ni->body.p, ni->body.n);
	p->ni_len = ni->body.n;
	rng_bytes(g->d.env->rng, p->nr, sizeof(p->nr));
	DBG(g->d.log, GDOI_KS_REGISTRATION, EVENT, "group %s: registration from %s, sending policy", ks->group,
		ip4_s(isakmp_sa_peer(isakmp_xchg_sa(x))));
	if (!send_policy(ks, x, p))
		refuse(g, x, 0);
}

/* ---- message 3 ---- */

/* Message 4: HDR*, HASH(4), [SEQ,] KD. SEQ is the last number used on the Rekey SA. */
static bool send_keys(struct ks *ks, struct isakmp_xchg *x, const struct bytes *prefix)
{
	struct isakmp_sa *sa = isakmp_xchg_sa(x);
	struct gdoi_wire wire = gdoi_wire_of(ks_cfg(ks), peer_private(sa));
	struct ks_message m;
	uint8_t *buf, first;
	size_t at, cap;
	struct wr w;
	bool good;

	ks_message_make(ks, wire.private_ok, true, isakmp_sa_peer(sa), KS_SCHEDULED, &m);
	first = m.sa.has_sak ? PL_SEQ : PL_KD;
	cap = 2048 + (size_t)m.kd.ntek * 160;
	buf = mem_zalloc(cap);
	w = wr_init(buf, cap);
	if (m.sa.has_sak) {
		at = isakmp_payload_begin(&w, PL_KD);
		wr_u32(&w, ks->keks->seq);
		isakmp_payload_end(&w, at);
		ks->keks->offered = true;
	}
	at = isakmp_payload_begin(&w, PL_NONE);
	gdoi_kd_encode(&w, &wire, &m.kd);
	isakmp_payload_end(&w, at);
	ks_message_free(&m);
	good = wr_ok(&w) && isakmp_xchg_send(x, prefix, 2, first, wr_done(&w), false);
	secret_cleanse(buf, cap);
	free(buf);
	return good;
}

static void version_check(struct ks *ks, struct ip4 peer, struct version v)
{
	struct version own = gdoi_version_of(ks_cfg(ks));

	if (!v.major)
		return;
	if (v.minor != own.minor && v.major == own.major)
		log_GDOI_GM_MINOR_VERSION_MISMATCH(ks->g->d.log, ip4_s(peer), ks->group);
	else if (!version_at_least(own, v))
		log_GDOI_NEWER_GM_VERSION_REGISTER(ks->g->d.log, ip4_s(peer), ks->group);
}

static void registered(struct ks *ks, struct isakmp_sa *sa)
{
	static const struct version removal_since = { 1, 0, 2 };
	struct endpoint peer = isakmp_sa_peer_endpoint(sa);
	struct version v = isakmp_sa_peer_version(sa);
	enum ks_class class = !peer_private(sa) ? KS_PLAIN : version_at_least(v, removal_since) ? KS_GDOIX : KS_GDOIX_OLD;

	if (!ks_member_add(ks, peer.ip, peer.port, class, v, isakmp_sa_peer_id(sa)))
		return;		/* full: it has its keys but is not rekeyed by unicast */
	version_check(ks, peer.ip, v);
	DBG(ks->g->d.log, GDOI_KS_REGISTRATION, DETAIL, "group %s: member %s, version %u.%u.%u, holds KEK %u", ks->group,
		ip4_s(peer.ip), v.major, v.minor, v.mini, ks->keks ? ks->keks->id : 0);
	log_GDOI_KS_REGS_COMPL(ks->g->d.log, ks->group, ip4_s(peer.ip));
}

static void message3(struct gdoi *g, struct isakmp_xchg *x, const struct isakmp_msg *m, struct pull *p)
{
	const struct bytes prefix[2] = { bytes_of(p->ni, p->ni_len), BYTES_OF(p->nr) };
	struct gdoi_group *gr = gdoi_group_find(g, p->group);
	struct ks *ks = gr ? gr->ks : NULL;
	const struct cfg_group *c = ks ? ks_cfg(ks) : NULL;
	struct gdoi_wire wire = gdoi_wire_of(c, peer_private(isakmp_xchg_sa(x)));
	struct isakmp_sa *sa = isakmp_xchg_sa(x);
	struct gdoi_gap gap;
	struct why why;

	if (!isakmp_hash_ok(x, m, prefix, 2)) {
		bad_hash(g, x);
		return;
	}
	if (m->count > 1 || (m->count == 1 && (m->payload[0].type != PL_GAP ||
			!gdoi_gap_decode(m->payload[0].body, &wire, &gap, &why)))) {
		g->count.pull_bad++;	/* POP and KE of RFC 3547 too: gdoi-wire.md section 4 */
		refuse(g, x, N_MALFORMED);
		return;
	}
	/* Keys that changed after message 2 do not fit the policy the member has seen; and nobody is let in on an
	 * authorisation that was taken back meanwhile. */
	if (!c || !ks->active || !ks->role.serve || ks->held || ks->generation != p->generation || !authorised(ks, c, sa)) {
		refuse(g, x, N_INVALID_KEY);
		return;
	}
	if (!send_keys(ks, x, prefix)) {
		refuse(g, x, 0);
		return;
	}
	registered(ks, sa);
	pull_end(g, x);
	isakmp_xchg_done(x);
}

static void pull_in(void *arg, struct isakmp_xchg *x, const struct isakmp_msg *m)
{
	struct pull *p = isakmp_xchg_user(x);

	if (!p)
		message1(arg, x, m);
	else
		message3(arg, x, m, p);
}

/* The member went away, or refused the policy by deleting the phase-1 SA (RFC 6407 section 3.3). */
static void pull_failed(void *arg, struct isakmp_xchg *x, enum isakmp_fail why)
{
	struct gdoi *g = arg;
	struct pull *p = isakmp_xchg_user(x);

	if (p && why == ISAKMP_SA_DELETED)
		log_GDOI_KS_GM_REJECTS_SA_PAYLOAD(g->d.log, ip4_s(isakmp_sa_peer(isakmp_xchg_sa(x))), p->group);
	pull_end(g, x);
}

const struct isakmp_xchg_ops ks_pull_ops = { .exchange = XCHG_PULL, .in = pull_in, .failed = pull_failed };
