/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "daemon/dataplane_off.h"
#include "gdoi/dataplane.h"
#include "lib/why.h"

static bool none(struct why *why)
{
	return why_set(why, "this build has no kernel data plane: traffic is not encrypted");
}

static bool off_usable(struct dataplane *dp, struct why *why)
{
	return none(why);
}

static bool off_group_add(struct dataplane *dp, const char *group, const char *const *ifnames, unsigned n,
	struct ip4 local, struct why *why)
{
	return none(why);
}

static void off_group_del(struct dataplane *dp, const char *group)
{
}

static bool off_policy(struct dataplane *dp, const char *group, enum dp_mode mode, const struct dp_ace *ace, unsigned n,
	struct why *why)
{
	return none(why);
}

static bool off_sa_in(struct dataplane *dp, const char *group, const struct dp_sa *sa, struct why *why)
{
	return none(why);
}

static bool off_sa_out(struct dataplane *dp, const char *group, uint32_t spi, struct why *why)
{
	return none(why);
}

static void off_sa_del(struct dataplane *dp, const char *group, uint32_t spi)
{
}

static void off_pseudotime(struct dataplane *dp, const char *group, uint64_t ms)
{
}

static void off_counters(struct dataplane *dp, const char *group, struct dp_counters *out)
{
	*out = (struct dp_counters){ 0 };
}

struct dataplane *dataplane_off(void)
{
	static const struct dataplane_ops ops = {
		.usable = off_usable,
		.group_add = off_group_add,
		.group_del = off_group_del,
		.policy = off_policy,
		.sa_in = off_sa_in,
		.sa_out = off_sa_out,
		.sa_del = off_sa_del,
		.pseudotime = off_pseudotime,
		.counters = off_counters,
	};
	static struct dataplane dp = { &ops };

	return &dp;
}
