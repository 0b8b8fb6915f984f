/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A member's policy and keys as data plane calls. */
#include <stdlib.h>
#include "gdoi/gdoi_ctl.h"
#include "gdoi/gm.h"
#include "lib/clock.h"
#include "lib/mem.h"
#include "lib/text.h"
#include "lib/why.h"

#define DP_ACES 4000		/* local entries, 'eq' lists multiplied out */

/* ios-cli.md B.6: before a registration fail-open or fail-close; after one its policy stays, keys or not, unless
 * 'client fail-close revert' says otherwise. 'passive' of the member stands above 'sa receive-only' of the key server,
 * 'crypto gdoi gm ipsec direction' above both (A.13). */
enum dp_mode gm_mode(const struct gm *gm)
{
	const bool lost = gm->told_no_tek && gm->fail_revert && gm->fail_close;

	if (!gm->has_policy || lost)
		return gm->fail_close ? DP_CLOSED : DP_OPEN;
	if (gm->direction == DIRECTION_BOTH)
		return DP_BOTH;
	if (gm->direction == DIRECTION_INBOUND_ONLY)
		return DP_INBOUND_ONLY;
	if (gm->direction == DIRECTION_INBOUND_OPTIONAL)
		return DP_RECEIVE_ONLY;
	if (gm->passive)
		return DP_PASSIVE;
	return gm->receive_only ? DP_RECEIVE_ONLY : DP_BOTH;
}

/* ---- access lists of the configuration ---- */

static bool port_sayable(const struct acl_port *p)
{
	return p->op == PORT_ANY || p->op == PORT_EQ;
}

static bool ace_sayable(const struct acl_ace *a)
{
	return port_sayable(&a->src.port) && port_sayable(&a->dst.port) && !a->established && !a->fragments &&
	       a->icmp_type < 0 && a->dscp < 0 && a->precedence < 0 && a->tos < 0;
}

static unsigned ports(const struct acl_port *p)
{
	return p->op == PORT_EQ && p->n ? p->n : 1;
}

static uint16_t port(const struct acl_port *p, unsigned i)
{
	return p->op == PORT_EQ && p->n ? p->port[i] : 0;
}

static void expand(struct dp_ace *out, unsigned *n, const struct acl_ace *a)
{
	for (unsigned s = 0; s < ports(&a->src.port); s++) {
		for (unsigned d = 0; d < ports(&a->dst.port) && *n < DP_ACES; d++)
			out[(*n)++] = (struct dp_ace){ .permit = a->permit, .proto = a->proto, .src = a->src.ip,
				.src_mask = { ~a->src.wild.a }, .dst = a->dst.ip, .dst_mask = { ~a->dst.wild.a },
				.sport = port(&a->src.port, s), .dport = port(&a->dst.port, d) };
	}
}

static unsigned room_for(const struct cfg_acl *acl)
{
	unsigned n = 1;

	for (unsigned i = 0; acl && i < acl->count && n < DP_ACES; i++)
		n += ports(&acl->entry[i].ace.src.port) * ports(&acl->entry[i].ace.dst.port);
	return n < DP_ACES ? n : DP_ACES;
}

struct dp_ace *gm_dp_aces(const struct cfg_acl *acl, bool permits, bool denies, unsigned *n, unsigned *skipped)
{
	struct dp_ace *out = mem_zalloc((room_for(acl) + 1u) * sizeof(*out));

	*n = 0;
	for (unsigned i = 0; acl && i < acl->count; i++) {
		const struct acl_entry *e = &acl->entry[i];

		if (e->remark || !(e->ace.permit ? permits : denies))
			continue;
		if (ace_sayable(&e->ace))
			expand(out, n, &e->ace);
		else
			(*skipped)++;
	}
	return out;
}

/* ---- calls ---- */

void gm_dp_trouble(struct gm *gm, const struct why *why)
{
	gm->dp_bad = true;
	str_copy(gm->dp_problem, sizeof(gm->dp_problem), why->text[0] ? why->text : "refused without a reason");
	DBG(gm->g->d.log, GDOI_GM_INFRA, ERROR, "group %s: data plane: %s", gm->group, gm->dp_problem);
}

/* Everything that is to be told: local deny entries first, then what was downloaded; or the fail-close list. */
static struct dp_ace *compose(const struct gm *gm, enum dp_mode mode, unsigned *n)
{
	struct dp_ace *all = mem_zalloc((gm->nown + gm->nace + gm->nclosed + 1u) * sizeof(*all));

	*n = 0;
	if (mode == DP_OPEN)
		return all;
	if (mode == DP_CLOSED) {
		if (gm->nclosed)
			memcpy(all, gm->closed, gm->nclosed * sizeof(*all));
		*n = gm->nclosed;
		return all;
	}
	if (gm->nown)
		memcpy(all, gm->own, gm->nown * sizeof(*all));
	if (gm->nace)
		memcpy(all + gm->nown, gm->ace, gm->nace * sizeof(*all));
	*n = gm->nown + gm->nace;
	return all;
}

static bool same_ace(const struct dp_ace *a, const struct dp_ace *b)
{
	return a->permit == b->permit && a->proto == b->proto && a->src.a == b->src.a && a->src_mask.a == b->src_mask.a &&
	       a->dst.a == b->dst.a && a->dst_mask.a == b->dst_mask.a && a->sport == b->sport && a->dport == b->dport &&
	       a->family == b->family;
}

static bool as_told(const struct gm *gm, enum dp_mode mode, const struct dp_ace *all, unsigned n)
{
	if (!gm->mode_told || mode != gm->mode || n != gm->ntold)
		return false;
	for (unsigned i = 0; i < n; i++) {
		if (!same_ace(&all[i], &gm->told[i]))
			return false;
	}
	return true;
}

void gm_dp_policy(struct gm *gm)
{
	struct dataplane *dp = gm->g->d.dataplane;
	const enum dp_mode mode = gm_mode(gm);
	struct why why = { "" };
	struct dp_ace *all;
	unsigned n;

	if (!gm->attached)
		return;
	all = compose(gm, mode, &n);
	if (as_told(gm, mode, all, n)) {
		free(all);
		return;
	}
	free(gm->told);
	gm->told = all;
	gm->ntold = n;
	gm->mode = mode;
	gm->mode_told = dp->ops->policy(dp, gm->group, mode, all, n, &why);
	if (!gm->mode_told)
		gm_dp_trouble(gm, &why);
}

void gm_dp_attach(struct gm *gm)
{
	struct dataplane *dp = gm->g->d.dataplane;
	const char *names[GM_IFS];
	struct why why = { "" };

	for (unsigned i = 0; i < gm->nif; i++)
		names[i] = gm->ifname[i];
	gm->attached = true;
	gm->mode_told = false;
	if (!dp->ops->group_add(dp, gm->group, names, gm->nif, gm->local, &why))
		gm_dp_trouble(gm, &why);
	gm_dp_policy(gm);
}

void gm_dp_detach(struct gm *gm)
{
	struct dataplane *dp = gm->g->d.dataplane;

	if (!gm->attached)
		return;
	gm->attached = false;
	gm->mode_told = false;
	dp->ops->group_del(dp, gm->group);
}

static uint64_t seconds_left(const struct gm *gm, const struct gm_tek *t)
{
	const uint64_t now = gm_now(gm);

	return t->end > now ? (t->end - now + USEC_PER_SEC - 1) / USEC_PER_SEC : 0;
}

void gm_dp_sa_ends(struct gm *gm, const struct gm_tek *t)
{
	struct dataplane *dp = gm->g->d.dataplane;

	if (dp->ops->sa_ends)
		dp->ops->sa_ends(dp, gm->group, t->spi, seconds_left(gm, t));
}

/* A counter window is for groups of two, which the key server counts. */
static uint32_t replay_method(const struct gm_tek *t)
{
	return t->replay == SAT_REPLAY_COUNTER_OPEN ? 2 : t->replay == 3 ? 3 : 1;
}

bool gm_dp_sa_in(struct gm *gm, const struct gm_tek *t)
{
	struct dataplane *dp = gm->g->d.dataplane;
	struct why why = { "" };
	const struct dp_sa sa = { .spi = t->spi, .enc = t->enc, .auth = t->auth, .key = secret_bytes(&t->key),
		.auth_key = secret_bytes(&t->auth_key), .transport = t->transport, .receive = t->receive, .replay = replay_method(t),
		.window = t->replay == 3 ? t->window * 100 : t->window, .family = t->family,
		.begin = t->begin, .lifetime = t->configured, .remaining = seconds_left(gm, t) };

	if (dp->ops->sa_in(dp, gm->group, &sa, &why))
		return true;
	gm_dp_trouble(gm, &why);
	return false;
}
