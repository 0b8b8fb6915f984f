/* SPDX-License-Identifier: GPL-3.0-or-later */
/* show crypto gdoi ks acl, identifier, rekey, replay; feature | json */
#include "cli/json.h"
#include "cli/show_feature.h"
#include "cli/show_fmt.h"
#include "coop/coop_show.h"

static void group_acl(const struct show *s, const struct gdoi_group_info *i, unsigned number, void *arg)
{
	const struct cfg_group *g = show_cfg_group(s, i->name);
	json_t *o = json_group(arg, i), *lists = json_list(o, "access_lists");
	const struct cfg_acl *a;

	if (!g)
		return;
	CFG_EACH(struct cfg_sa, sa, &g->ks.sas) {
		a = cfg_acl(show_cfg(s), sa->acl);
		if (a)
			json_access_list(json_item(lists), a);
	}
}

void json_ks_acl(struct cmd *c, json_t *o)
{
	json_groups(c, o, GDOI_ROLE_KS, group_acl);
}

/* ---- identifier: no sender identifiers are given out (RFC 6407 section 3.5), so that is all there is ---- */

static bool counter_mode(void *arg, const struct gdoi_tek_info *t)
{
	*(bool *)arg |= esp_enc_alg(t->enc)->combined;
	return true;
}

static void group_identifier(const struct show *s, const struct gdoi_group_info *i, unsigned number, void *arg)
{
	json_t *o = json_group(arg, i);
	bool counter = false;

	gdoi_show_ks_teks(s->d->gdoi, i->name, counter_mode, &counter);
	json_flag(o, "counter_mode", counter);
	json_num(o, "sid_bits", 24);
	json_list(o, "kssids");
}

void json_ks_identifier(struct cmd *c, json_t *o)
{
	json_groups(c, o, GDOI_ROLE_KS, group_identifier);
}

/* ---- rekey ---- */

static bool tek(void *arg, const struct gdoi_tek_info *t)
{
	json_tek(arg, t);
	return true;
}

static void group_rekey(const struct show *s, const struct gdoi_group_info *i, unsigned number, void *arg)
{
	const struct cfg_group *g = show_cfg_group(s, i->name);
	json_t *o = json_group(arg, i);
	struct gdoi_ks_info k;

	json_put(o, "problem", i->problem);
	if (!g || !gdoi_show_ks(s->d->gdoi, i->name, &k))
		return;
	json_put(o, "transport", i->unicast ? "unicast" : "multicast");
	json_ip(o, "multicast_destination", i->unicast ? (struct ip4){ 0 } : k.multicast.ip);
	json_num(o, "rekeys_sent", k.rekeys_sent);
	json_num(o, "rekeys_retransmitted", k.rekeys_retransmitted);
	json_num(o, "kek_lifetime", k.kek.present ? k.kek.lifetime : g->ks.rekey_lifetime);
	json_num_or_null(o, "kek_remaining", k.kek.present ? k.kek.left : UINT32_MAX, UINT32_MAX);
	json_num(o, "retransmit_interval", k.retransmit);
	json_num(o, "retransmits", k.retransmits);
	json_num(o, "registrations_after_rekey", k.registrations_after_rekey);
	gdoi_show_ks_teks(s->d->gdoi, i->name, tek, json_list(o, "teks"));
}

void json_ks_rekey(struct cmd *c, json_t *o)
{
	json_groups(c, o, GDOI_ROLE_KS, group_rekey);
}

/* ---- replay ---- */

static void group_replay(const struct show *s, const struct gdoi_group_info *i, unsigned number, void *arg)
{
	json_t *o = json_group(arg, i);
	struct gdoi_ks_info k;

	if (!gdoi_show_ks(s->d->gdoi, i->name, &k))
		return;
	json_flag(o, "time_based", k.time_based);
	json_num(o, "pseudotime_msec", k.time_based ? k.pseudotime : 0);
	json_num(o, "next_sync", k.time_based ? k.sync_left : 0);
}

void json_ks_replay(struct cmd *c, json_t *o)
{
	json_groups(c, o, GDOI_ROLE_KS, group_replay);
}

/* ---- feature ---- */

struct devices {
	const struct gdoi_feature *f;
	json_t *list;
	unsigned yes, no;
};

static void device(struct devices *d, const char *role, struct ip4 ip, struct version v)
{
	bool has = show_has_feature(d->f, v);
	json_t *o;

	d->yes += has;
	d->no += !has;
	if (!d->list)
		return;
	o = json_item(d->list);
	json_put(o, "role", role);
	json_ip(o, "address", ip);
	json_version_of(o, "version", v);
	json_flag(o, "supported", has);
}

static bool peer(void *arg, const struct coop_peer_info *p)
{
	device(arg, "key-server", p->address, p->heard ? p->software : (struct version){ 0, 0, 0 });
	return true;
}

static bool member(void *arg, const struct gdoi_member_info *m)
{
	device(arg, "group-member", m->id, m->version);
	return true;
}

/* One feature in one group: who has it; listed when it was asked for by name. */
static void one_feature(const struct show *s, const struct gdoi_group_info *i, const struct gdoi_feature *f, bool list, json_t *o)
{
	struct devices d = { .f = f, .list = NULL };
	struct gdoi_ks_info k;
	struct gdoi_gm_info m;

	json_put(o, "name", f->name);
	if (f->since.major || f->since.minor || f->since.mini)
		json_version_of(o, "since", f->since);
	else
		json_null_at(o, "since");
	json_flag(o, "own", show_has_feature(f, show_own_version(s, i->name)));
	if (list)
		d.list = json_list(o, "devices");
	if (i->role == GDOI_ROLE_KS) {
		if (list && gdoi_show_ks(s->d->gdoi, i->name, &k)) {
			device(&d, "key-server", k.address, show_own_version(s, i->name));
			coop_show_peers(s->d->coop, i->name, peer, &d);
		}
		d.yes = d.no = 0;
		gdoi_show_members(s->d->gdoi, i->name, member, &d);
		json_num(o, "members_yes", d.yes);
		json_num(o, "members_no", d.no);
	} else if (list && gdoi_show_gm(s->d->gdoi, i->name, &m)) {
		device(&d, "group-member", m.local, m.version);
	}
}

struct features {
	json_t *groups;
	const char *only;	/* NULL: all */
};

static void group_features(const struct show *s, const struct gdoi_group_info *i, unsigned number, void *arg)
{
	const struct features *x = arg;
	json_t *list;

	if (i->role == GDOI_ROLE_NONE)
		return;
	list = json_list(json_group(x->groups, i), "features");
	for (const struct gdoi_feature *f = gdoi_features; f->name; f++)
		if (!x->only || strcmp(x->only, f->name) == 0)
			one_feature(s, i, f, x->only != NULL, json_item(list));
}

void json_feature(struct cmd *c, json_t *o)
{
	struct features x = { .only = NULL };
	struct show s = show_open(c);

	if (!show_group_ok(&s, GDOI_ROLE_NONE))
		return;
	for (const struct gdoi_feature *f = gdoi_features; f->name; f++)
		if (cmd_has(c, f->name))
			x.only = f->name;
	x.groups = json_list(o, "groups");
	show_each_group(&s, GDOI_ROLE_NONE, group_features, &x);
}
