/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The renderers behind the show commands: snapshots in, IOS's text out. They change nothing and cannot fail; what
 * 'group NAME' names is checked before, by show_group_ok().
 */
#pragma once
#include "cli/cli.h"
#include "gdoi/gdoi_show.h"
#include "lib/text.h"

struct coop_group_info;

struct show {
	struct text *out;
	const struct cli_deps *d;
	const char *group;	/* 'group NAME' straight after gdoi; NULL = every group */
};

/* False with an error text when 'group NAME' names no group, or one that has another role (NONE: any will do). */
bool show_group_ok(const struct show *s, enum gdoi_role role);

/* show_gdoi.c */
void show_gdoi(const struct show *s);

/* show_feature.c */
void show_gdoi_features(const struct show *s);
void show_gdoi_feature(const struct show *s, const char *feature);

/* show_gdoi_ks.c */
void show_ks(const struct show *s);
void show_ks_policy(const struct show *s);
void show_ks_acl(const struct show *s);
void show_ks_rekey(const struct show *s);
void show_ks_identifier(const struct show *s, bool detail);
void show_ks_replay(const struct show *s);

/* show_coop.c */
void show_coop(const struct show *s, bool detail);
void show_coop_version(const struct show *s);
void show_coop_identifier(const struct show *s, bool detail);
void show_coop_mismatch(const struct show *s);
/* False: the group has no redundancy. */
bool show_coop_configured(const struct show *s, const char *group, struct coop_group_info *g);
/* The Redundancy lines of 'show crypto gdoi' and 'ks'; nothing without redundancy. */
void show_coop_block(const struct show *s, const char *group);

/* show_gdoi_members.c: linear in members, no printf per line */
void show_ks_members(const struct show *s);
void show_ks_member(const struct show *s, struct ip4 id);
void show_ks_members_summary(const struct show *s);

/* show_gdoi_gm.c */
void show_gm(const struct show *s);
void show_gm_acl(const struct show *s, bool download, bool local);
void show_gm_identifier(const struct show *s, bool detail);
void show_gm_replay(const struct show *s);
void show_gm_dataplane(const struct show *s);
void show_gdoi_ipsec_sa(const struct show *s);

#ifdef GX_KEYLOG
/* show_keylog.c: keys; in a test build only */
void show_gm_keylog(const struct show *s);
#endif

/* show_gdoi_kek.c: what a member knows of its rekey SAs */
void show_gm_rekey(const struct show *s, bool detail);
void show_gm_pubkey(const struct show *s);
void show_rekey_sa(const struct show *s, bool detail);

/* show_isakmp.c */
void show_isakmp_sa(const struct show *s);
void show_isakmp_sa_detail(const struct show *s);
void show_isakmp_sa_count(const struct show *s);
void show_isakmp_policy(const struct show *s);
void show_isakmp_peers(const struct show *s);
void show_isakmp_key(const struct show *s);
void show_isakmp_counters(const struct show *s);

/* show_ipsec.c: the SAs of the data plane */
void show_ipsec_sa(const struct show *s, bool detail);
void show_ipsec_sa_count(const struct show *s);
void show_session(const struct show *s);
/* show_why.c: what happens to packets, and happened; src, dst NULL: of late only */
void show_gm_why(const struct show *s, const struct ip4 *src, const struct ip4 *dst);

/* show_crypto.c; name NULL = all */
void show_crypto_map(const struct show *s, const char *name);
void show_crypto_map_fail_close(const struct show *s, const char *name);
void show_transform_set(const struct show *s, const char *name);
void show_ipsec_profile(const struct show *s, const char *name);
void show_mypubkey(const struct show *s, const char *label);

/* show_sys.c */
void show_access_lists(const struct show *s, const char *name);
void show_version(const struct show *s, uint64_t started);	/* started: monotonic µs */
void show_clock(const struct show *s, bool detail, bool clock_set);
void show_ip_interface_brief(const struct show *s);

/* show_if.c; name NULL = all. False: there is no such interface. */
bool show_interfaces(const struct show *s, const char *name);
bool show_ip_interface(const struct show *s, const char *name);
bool show_ipv6_interface(const struct show *s, const char *name);
