/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Hand-made snapshots for the renderers: this program has no engine. */
#pragma once
#include "cli/show_gdoi.h"
#include "config/config.h"
#include "coop/coop_show.h"
#include "isakmp/isakmp_show.h"
#include "lib/clock.h"
#include "lib/env.h"

struct fake {
	struct gdoi_group_info group[3];
	unsigned ngroup;
	struct gdoi_ks_info ks;
	struct gdoi_tek_info ks_tek[2], gm_tek[2];
	unsigned nks_tek, ngm_tek;
	struct gdoi_member_info *member;
	unsigned nmember;
	struct gdoi_gm_info gm;
	struct dp_ace ace[16];
	unsigned nace;
	struct bytes pubkey;
	struct gdoi_rekey_sa_info rekey[3];
	unsigned nrekey;
	struct dp_counters dp;
	struct dp_sa_info dp_sa;	/* with an interface: there is one */
	struct isakmp_sa_info sa[4];
	unsigned nsa;
	bool has_coop;
	struct coop_group_info coop;
	struct coop_peer_info coop_peer[2];
	unsigned ncoop_peer;
	const char *coop_differs;
};
extern struct fake fake;

struct device {
	struct env env;
	struct cli_deps deps;
	struct text out;
	struct show show;
};
/* A configuration, a virtual clock; sets fake to zeros. */
void device_open(struct device *d);
void device_close(struct device *d);
struct cfg *device_cfg(struct device *d);
/* A key server of getvpn1 with two TEKs, a KEK and nothing else; a member of it. */
void device_key_server(struct device *d);
void device_member(struct device *d);
/* Compares the text and clears it; names the first line that differs. */
void device_says(struct device *d, const char *want);
