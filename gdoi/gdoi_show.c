/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What 'show crypto gdoi' asks of both roles, counters, and the table of features. */
#include "gdoi/ks.h"
#include "lib/text.h"
#include "lib/why.h"

/* Versions that brought a feature; zeros: this release does not have it (docs/DEVIATIONS.md). */
const struct gdoi_feature gdoi_features[] = {
	{ "ckm", { 0, 0, 0 } },
	{ "crl-check", { 0, 0, 0 } },
	{ "cts-sgt", { 0, 0, 0 } },
	{ "dp-recovery", { 1, 0, 1 } },		/* client recovery-check from the beginning */
	{ "gdoi-interop-ack", { 1, 0, 1 } },	/* RFC 8263 from the beginning */
	{ "gdoi-mib", { 0, 0, 0 } },
	{ "gikev2", { 0, 0, 0 } },
	{ "gm-removal", { 1, 0, 2 } },
	{ "ip-d3p", { 0, 0, 0 } },
	{ "long-sa-lifetime", { 1, 0, 1 } },
	{ "pfs", { 0, 0, 0 } },
	{ "policy-replace", { 1, 0, 2 } },
	{ "suite-b", { 0, 0, 0 } },
	{ NULL, { 0, 0, 0 } },
};

static void group_info(const struct gdoi *g, const struct gdoi_group *gr, struct gdoi_group_info *out)
{
	const struct cfg_group *c = gdoi_cfg(g, gr->name);
	struct gdoi_gm_info gm = { 0 };

	*out = (struct gdoi_group_info){ .role = gr->role, .has_id = c && c->identity, .id = ks_group_id(c) };
	str_copy(out->name, sizeof(out->name), gr->name);
	str_copy(out->problem, sizeof(out->problem), gr->problem);
	if (gr->ks) {
		const struct ks *ks = gr->ks;

		out->members = ks->nmembers - ks->nstale;
		out->unicast = ks->active ? ks->active->unicast : c && c->ks.unicast;
		out->receive_only = ks->active ? ks->active->receive_only : c && c->ks.receive_only;
	} else if (gr->gm && gdoi_show_gm(g, gr->name, &gm)) {
		out->unicast = gm.kek.unicast;
		out->rekeys_received = gm.rekeys;
		out->receive_only = gm.receive_only;
	}
	if (gr->gm && g->d.dataplane) {
		struct why why = { "" };

		out->dataplane_down = !g->d.dataplane->ops->usable(g->d.dataplane, &why);
		if (out->dataplane_down)
			str_copy(out->dataplane_problem, sizeof(out->dataplane_problem), why.text);
		else if (gm.dataplane_problem[0]) {
			out->dataplane_down = true;
			str_copy(out->dataplane_problem, sizeof(out->dataplane_problem), gm.dataplane_problem);
		}
	}
}

void gdoi_show_groups(const struct gdoi *g, bool (*fn)(void *arg, const struct gdoi_group_info *i), void *arg)
{
	const struct cfg *cfg = config_running(g->d.config);

	CFG_EACH(struct cfg_group, c, &cfg->groups)
	{
		struct gdoi_group_info i;

		if (gdoi_show_group(g, c->name, &i) && !fn(arg, &i))
			return;
	}
}

bool gdoi_show_group(const struct gdoi *g, const char *name, struct gdoi_group_info *out)
{
	const struct gdoi_group *gr = gdoi_group_find(g, name);

	if (!gr)
		return false;
	group_info(g, gr, out);
	return true;
}

void gdoi_show_counters(const struct gdoi *g, struct gdoi_counters *out)
{
	*out = g->count;
}
