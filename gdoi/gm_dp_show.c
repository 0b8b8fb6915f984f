/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the shell may ask and tell about a membership's traffic: SAs in the kernel, drops, the policy in force, direction. */
#include "gdoi/gdoi_ctl.h"
#include "gdoi/gm.h"
#include "lib/why.h"

static struct gm *attached(const struct gdoi *g, const char *group)
{
	const struct gdoi_group *x = gdoi_group_find(g, group);

	return x && x->gm && x->gm->attached ? x->gm : NULL;
}

void gdoi_show_gm_sas(const struct gdoi *g, const char *group, bool (*fn)(void *arg, const struct dp_sa_info *i), void *arg)
{
	struct dataplane *dp = g->d.dataplane;

	if (attached(g, group) && dp->ops->sas)
		dp->ops->sas(dp, group, fn, arg);
}

void gdoi_show_gm_drops(const struct gdoi *g, const char *group, bool (*fn)(void *arg, const struct dp_drop *d), void *arg)
{
	struct dataplane *dp = g->d.dataplane;

	if (attached(g, group) && dp->ops->drops)
		dp->ops->drops(dp, group, fn, arg);
}

const struct dp_ace *gdoi_show_gm_told(const struct gdoi *g, const char *group, unsigned *n, unsigned *nlocal)
{
	const struct gm *gm = attached(g, group);

	*n = gm ? gm->ntold : 0;
	*nlocal = !gm ? 0 : gm->mode == DP_CLOSED ? gm->nclosed : gm->mode == DP_OPEN ? 0 : gm->nown;
	return gm ? gm->told : NULL;
}

void gdoi_clear_sa_counters(struct gdoi *g, const char *group)
{
	struct dataplane *dp = g->d.dataplane;

	if (attached(g, group) && dp->ops->clear)
		dp->ops->clear(dp, group);
}

bool gdoi_gm_direction(struct gdoi *g, const char *group, enum gdoi_direction direction, struct why *why)
{
	struct gdoi_group *x = gdoi_group_find(g, group);

	if (!x || !x->gm)
		return why_set(why, "this device is not a member of group %s", group);
	x->gm->direction = direction;
	gm_dp_policy(x->gm);
	return true;
}
