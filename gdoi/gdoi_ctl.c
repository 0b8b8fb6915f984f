/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gdoi/gdoi_ctl.h"
#include "gdoi/ks.h"
#include "lib/why.h"

static struct ks *server_of(const struct gdoi *g, const char *group, struct why *why)
{
	struct gdoi_group *gr = gdoi_group_find(g, group);

	if (!gr)
		why_set(why, "group %s doesn't exist", group);
	else if (!gr->ks)
		why_set(why, "this device is not a key server of group %s", group);
	return gr ? gr->ks : NULL;
}

bool gdoi_ks_rekey(struct gdoi *g, const char *group, enum gdoi_rekey_kind kind, struct why *why)
{
	struct ks *ks = server_of(g, group, why);

	return ks && ks_trigger(ks, kind == REKEY_REPLACE_NOW ? KS_REPLACE_NOW : KS_TRIGGER, why);
}

bool gdoi_ks_may_remove(const struct gdoi *g, const char *group, struct why *why)
{
	const struct ks *ks = server_of(g, group, why);

	return ks && ks_order_ok(ks, KS_REMOVE, why);
}

bool gdoi_ks_remove_members(struct gdoi *g, const char *group, enum gdoi_removal_kind kind, struct why *why)
{
	struct ks *ks = server_of(g, group, why);

	return ks && ks_trigger(ks, kind == REMOVAL_NOW ? KS_REMOVE_NOW : KS_REMOVE, why);
}

void gdoi_ks_set_primary(struct gdoi *g, const char *group, bool primary)
{
	struct ks *ks = server_of(g, group, NULL);

	if (!ks || ks->secondary == !primary)
		return;
	ks->secondary = !primary;
	ks_arm(ks);
}

unsigned gdoi_ks_cannot(const struct gdoi *g, const char *group, const char *feature)
{
	const struct gdoi_feature *f = gdoi_feature_named(feature);
	struct ks *ks = server_of(g, group, NULL);
	struct version since;

	if (!ks || !f)
		return 0;
	since = f->since.major ? f->since : (struct version){ 255, 255, 255 };
	return ks_count_older(ks, since) + !version_at_least(gdoi_version_of(ks_cfg(ks)), since);
}

static void ks_clear(struct ks *ks)
{
	ks_forget(ks);
	log_GDOI_KS_CLEAR_REGISTER(ks->g->d.log, ks->group);
	if (ks->configured && ks->role.lead)
		ks_activate(ks, ks->configured, true);
	ks_arm(ks);
}

void gdoi_clear(struct gdoi *g, const char *group)
{
	for (struct gdoi_group *gr = g->groups; gr; gr = gr->hh.next) {
		if (group && strcmp(group, gr->name) != 0)
			continue;
		if (gr->ks)
			ks_clear(gr->ks);
		else if (gr->gm)
			gm_clear(gr->gm);
	}
}

void gdoi_clear_member_counters(struct gdoi *g, const char *group)
{
	for (struct gdoi_group *gr = g->groups; gr; gr = gr->hh.next) {
		if (!gr->ks || (group && strcmp(group, gr->name) != 0))
			continue;
		for (struct ks_member *m = gr->ks->members; m; m = m->hh.next) {
			m->sent = m->retries = m->acks = m->missed = 0;
			memset(m->sent_seq, 0, sizeof(m->sent_seq));
			memset(m->rcvd_seq, 0, sizeof(m->rcvd_seq));
			m->ring = 0;
		}
		ks_members_soon(gr->ks);
	}
}

void gdoi_clear_counters(struct gdoi *g)
{
	g->count = (struct gdoi_counters){ 0 };
}
