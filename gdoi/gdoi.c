/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The engine: groups in step with the configuration, and datagrams to the role they are for. */
#include <stdio.h>
#include <stdlib.h>
#include "gdoi/engine.h"
#include "lib/clock.h"
#include "lib/mem.h"
#include "lib/text.h"

const struct cfg_group *gdoi_cfg(const struct gdoi *g, const char *group)
{
	return cfg_group(config_running(g->d.config), group);
}

struct gdoi_group *gdoi_group_find(const struct gdoi *g, const char *name)
{
	struct gdoi_group *gr;

	HASH_FIND_STR(g->groups, name, gr);
	return gr;
}

struct gdoi_wire gdoi_wire_of(const struct cfg_group *c, bool peer_gdoix)
{
	struct gdoi_wire w = { .private_ok = peer_gdoix };

	if (c) {
		w.sat_idlen2 = c->compat.sat_idlen2;
		w.sak_pad6 = c->compat.sak_pad6;
		w.keyid_le = c->compat.keyid_le;
		w.lenient_attrs = c->compat.lenient_attrs;
	}
	return w;
}

struct version gdoi_version_of(const struct cfg_group *c)
{
	struct version v = GDOI_VERSION;
	unsigned major, minor, mini;

	if (c && sscanf(c->version, "%3u.%3u.%3u", &major, &minor, &mini) == 3 && major < 256 && minor < 256 && mini < 256)
		v = (struct version){ (uint8_t)major, (uint8_t)minor, (uint8_t)mini };
	return v;
}

bool version_at_least(struct version v, struct version min)
{
	uint32_t a = (uint32_t)v.major << 16 | (uint32_t)v.minor << 8 | v.mini;
	uint32_t b = (uint32_t)min.major << 16 | (uint32_t)min.minor << 8 | min.mini;

	return a >= b;
}

/* ---- which role a group has here ---- */

/* The crypto map entry that would make this device a member of the group; NULL when there is none. */
static const struct cfg_map *map_of(const struct cfg *cfg, const char *group, uint32_t *seq)
{
	CFG_EACH(struct cfg_map, m, &cfg->maps)
	{
		CFG_EACH(struct cfg_map_entry, e, &m->entries)
		{
			if (strcmp(e->group, group) != 0)
				continue;
			*seq = e->seq;
			return m;
		}
	}
	return NULL;
}

static bool same_identity(const struct cfg_group *a, const struct cfg_group *b)
{
	if (!a->identity || a->identity != b->identity)
		return false;
	return a->identity == 1 ? a->identity_number == b->identity_number
				: ip4_eq(a->identity_address, b->identity_address);
}

/* A key server is never a member of its own group (Cisco's GETVPN concept document). False with the reason. */
static bool member_allowed(const struct cfg *cfg, const struct cfg_group *c, char *problem, size_t size)
{
	const struct cfg_map *m;
	uint32_t seq;

	if (c->ks.present) {
		m = map_of(cfg, c->name, &seq);
		if (!ip4_none(c->servers[0]))
			snprintf(problem, size, "'server local' and 'server address' exclude each other: this device is a "
				"key server of the group and cannot be its member");
		else if (m)
			snprintf(problem, size, "This device is a key server of the group and cannot be its member "
				"(crypto map %.60s %u)", m->name, seq);
		return !problem[0];
	}
	CFG_EACH(struct cfg_group, o, &cfg->groups)
	{
		if (o == c || !o->ks.present || !same_identity(o, c))
			continue;
		snprintf(problem, size, "This device is a key server of the same identity (group %.60s) and cannot be a member",
			o->name);
		return false;
	}
	return true;
}

static void role_end(struct gdoi_group *gr)
{
	if (gr->ks)
		ks_remove(gr->ks);
	if (gr->gm)
		gm_free(gr->gm);
	gr->ks = NULL;
	gr->gm = NULL;
	gr->role = GDOI_ROLE_NONE;
}

static enum gdoi_role role_of(const struct cfg_group *c, bool member_ok)
{
	if (c->ks.present)
		return GDOI_ROLE_KS;
	return member_ok ? GDOI_ROLE_GM : GDOI_ROLE_NONE;
}

static void role_begin(struct gdoi *g, struct gdoi_group *gr, enum gdoi_role role)
{
	gr->role = role;
	if (role == GDOI_ROLE_KS)
		gr->ks = ks_new(g, gr->name);
	else if (role == GDOI_ROLE_GM)
		gr->gm = gm_new(g, gr->name);
}

static void group_sync(struct gdoi *g, const struct cfg *cfg, const struct cfg_group *c)
{
	struct gdoi_group *gr = gdoi_group_find(g, c->name);
	char refused[160] = "", problem[160] = "";
	enum gdoi_role role = role_of(c, member_allowed(cfg, c, refused, sizeof(refused)));

	if (!gr) {
		gr = mem_zalloc(sizeof(*gr));
		str_copy(gr->name, sizeof(gr->name), c->name);
		HASH_ADD_STR(g->groups, name, gr);
	}
	gr->seen = true;
	if (gr->role != role) {
		role_end(gr);
		role_begin(g, gr, role);
	}
	if (gr->ks)
		ks_sync(gr->ks, c, g->closed, problem, sizeof(problem));
	else if (gr->gm)
		gm_sync(gr->gm, c, problem, sizeof(problem));
	str_copy(gr->problem, sizeof(gr->problem), refused[0] ? refused : problem);
}

/* Pass one: groups that are gone, so that a renamed one finds its crypto map and address free. */
static void groups_sweep(struct gdoi *g)
{
	struct gdoi_group *gr, *tmp;

	HASH_ITER(hh, g->groups, gr, tmp)
	{
		if (gdoi_cfg(g, gr->name))
			continue;
		role_end(gr);
		HASH_DEL(g->groups, gr);
		free(gr);
	}
}

static void on_sync(void *arg)
{
	struct gdoi *g = arg;
	const struct cfg *cfg = config_running(g->d.config);

	groups_sweep(g);
	CFG_EACH(struct cfg_group, c, &cfg->groups)
		group_sync(g, cfg, c);
	g->closed = false;
}

static void on_config(void *arg, enum config_event ev)
{
	struct gdoi *g = arg;

	if (ev == CONFIG_CLOSED)
		g->closed = true;
	timer_arm(g->d.env->timers, &g->sync, 0);
}

/* ---- datagrams and SAs ---- */

static void on_push(void *arg, const struct datagram *d, const struct isakmp_hdr *h)
{
	gm_push_in(arg, d, h);
}

static void on_ack(void *arg, const struct datagram *d, const struct isakmp_hdr *h)
{
	ks_ack_in(arg, d, h);
}

static void on_gone(void *arg, struct isakmp_sa *sa)
{
	gm_sa_gone(arg, sa);
}

void gdoi_interfaces_changed(struct gdoi *g)
{
	for (struct gdoi_group *gr = g->groups; gr; gr = gr->hh.next)
		if (gr->gm)
			gm_interfaces_changed(gr->gm);
}

/* ---- life ---- */

struct gdoi *gdoi_new(const struct gdoi_deps *deps)
{
	struct gdoi *g = mem_zalloc(sizeof(*g));

	g->d = *deps;
	timer_init(&g->sync, on_sync, g);
	ratelimit_init(&g->bad_datagram, 5, SEC(10));
	g->subscription = config_subscribe(g->d.config, on_config, g);
	isakmp_on_xchg(g->d.isakmp, &ks_pull_ops, g);
	isakmp_on_raw(g->d.isakmp, XCHG_PUSH, on_push, g);
	isakmp_on_raw(g->d.isakmp, XCHG_PUSH_ACK, on_ack, g);
	isakmp_on_gone(g->d.isakmp, on_gone, g);
	g->closed = true;	/* what is configured already was closed by whoever loaded it */
	timer_arm(g->d.env->timers, &g->sync, 0);
	return g;
}

void gdoi_free(struct gdoi *g)
{
	struct gdoi_group *gr, *tmp;

	if (!g)
		return;
	config_unsubscribe(g->d.config, g->subscription);
	timer_cancel(g->d.env->timers, &g->sync);
	HASH_ITER(hh, g->groups, gr, tmp)
	{
		HASH_DEL(g->groups, gr);
		if (gr->ks)
			ks_free(gr->ks);
		if (gr->gm)
			gm_free(gr->gm);
		free(gr);
	}
	ks_pull_free_all(g);
	free(g);
}
