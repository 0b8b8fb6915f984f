/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * '| json': the same snapshots as the text, as one object. Every encoder fills o; what it may hold stands in
 * docs/json/NAME.schema.json. Names are lower case with '_'; times are seconds unless the name says otherwise, or ISO 8601
 * in UTC when they are dates; what does not exist is null. No secret is told.
 */
#pragma once
#include <jansson.h>
#include "cli/rows_show.h"

struct acl_ace;
struct cfg_acl;
struct gdoi_kek_info;
struct gdoi_tek_info;

/* json.c; o may be an array as well for json_put (key is not looked at) */
void json_put(json_t *o, const char *key, const char *text);
void json_num(json_t *o, const char *key, uint64_t n);
void json_flag(json_t *o, const char *key, bool yes);
void json_null_at(json_t *o, const char *key);
void json_num_or_null(json_t *o, const char *key, uint32_t n, uint32_t none);	/* null when n is none */
void json_put_or_null(json_t *o, const char *key, const char *text);		/* null when "" */
void json_ip(json_t *o, const char *key, struct ip4 ip);	/* null when there is none */
void json_mask(json_t *o, const char *key, struct ip4 mask);	/* 0.0.0.0 too */
void json_date(json_t *o, const char *key, uint64_t wall);	/* null when 0 */
void json_hundredths(json_t *o, const char *key, uint64_t n);	/* 1234 -> 12.34 */
void json_hex(json_t *o, const char *key, struct bytes b);
void json_spi(json_t *o, const char *key, uint32_t spi);	/* "0x01234567" */
void json_version_of(json_t *o, const char *key, struct version v);
void json_lines(json_t *o, const char *key, const char *text);	/* line by line, secrets taken out */
json_t *json_list(json_t *o, const char *key);			/* a new array in o */
json_t *json_item(json_t *array);				/* a new object at its end */
json_t *json_part(json_t *o, const char *key);			/* a new object in o */
/*
 * For lists that can be long: fill(list, data, n) is called once, at once or on another thread, where it may look at nothing but these.
 * data is freed afterwards.
 */
void json_long(json_t *list, void (*fill)(json_t *list, const void *data, size_t n), void *data, size_t n);

/* json_policy.c: what several screens hold */
void json_dp_ace(json_t *list, const struct dp_ace *a);		/* a new object in list */
void json_downloaded(const struct show *s, const char *group, json_t *list);	/* a member's entries */
json_t *json_group(json_t *list, const struct gdoi_group_info *i);	/* a new object in list, with "name" */
void json_problems(json_t *o, const struct gdoi_group_info *i);	/* what a text screen tells below a group */
void json_access_list(json_t *o, const struct cfg_acl *a);	/* name, kind, entries */
void json_kek(json_t *o, const char *key, const struct gdoi_kek_info *k);	/* null when there is none */
void json_tek(json_t *list, const struct gdoi_tek_info *t);
void json_dataplane(json_t *o, const struct dp_counters *c);
const char *json_direction(enum dp_mode mode);
/* What an SA does: encryption, authentication, mode, replay, window into o. */
void json_transform(json_t *o, enum esp_enc enc, enum esp_auth auth, bool transport);
void json_replay(json_t *o, uint32_t replay, uint32_t window);

/* json_gdoi.c: schemas gdoi, members, member, policy. json_groups() makes "groups" and calls fn with it for each. */
void json_groups(struct cmd *c, json_t *o, enum gdoi_role role,
	void (*fn)(const struct show *s, const struct gdoi_group_info *i, unsigned number, void *arg));
void json_gdoi(struct cmd *c, json_t *o);
void json_gdoi_ks(struct cmd *c, json_t *o);
void json_gdoi_gm(struct cmd *c, json_t *o);
void json_ks_members(struct cmd *c, json_t *o);
void json_ks_member(struct cmd *c, json_t *o);
void json_ks_policy(struct cmd *c, json_t *o);

/* json_ks.c: the schemas are called like the functions, with '-' */
void json_ks_acl(struct cmd *c, json_t *o);
void json_ks_identifier(struct cmd *c, json_t *o);
void json_ks_rekey(struct cmd *c, json_t *o);
void json_ks_replay(struct cmd *c, json_t *o);
void json_feature(struct cmd *c, json_t *o);

/* json_coop.c */
void json_coop(struct cmd *c, json_t *o);
void json_coop_identifier(struct cmd *c, json_t *o);
void json_coop_mismatch(struct cmd *c, json_t *o);
void json_coop_version(struct cmd *c, json_t *o);
/* "redundancy" of a key server's group: what 'show crypto gdoi' says of it; null without. */
void json_redundancy(const struct show *s, const char *group, json_t *o);

/* json_gm.c */
void json_gm_acl(struct cmd *c, json_t *o);
void json_gm_dataplane(struct cmd *c, json_t *o);
void json_gm_identifier(struct cmd *c, json_t *o);
void json_gm_pubkey(struct cmd *c, json_t *o);
void json_gm_rekey(struct cmd *c, json_t *o);
void json_gm_replay(struct cmd *c, json_t *o);
void json_gm_why(struct cmd *c, json_t *o);
void json_gdoi_ipsec_sa(struct cmd *c, json_t *o);
void json_rekey_sa(struct cmd *c, json_t *o);

/* json_isakmp.c */
void json_isakmp_sa(struct cmd *c, json_t *o);
void json_isakmp_count(struct cmd *c, json_t *o);
void json_isakmp_counters(struct cmd *c, json_t *o);
void json_isakmp_key(struct cmd *c, json_t *o);
void json_isakmp_peers(struct cmd *c, json_t *o);
void json_isakmp_policy(struct cmd *c, json_t *o);

/* json_ipsec.c */
void json_ipsec_sa(struct cmd *c, json_t *o);
void json_session(struct cmd *c, json_t *o);

/* json_crypto.c */
void json_crypto_map(struct cmd *c, json_t *o);
void json_fail_close(struct cmd *c, json_t *o);
void json_transform_set(struct cmd *c, json_t *o);
void json_ipsec_profile(struct cmd *c, json_t *o);
void json_mypubkey(struct cmd *c, json_t *o);

/* json_sys.c */
void json_access_lists(struct cmd *c, json_t *o);
void json_clock(struct cmd *c, json_t *o);
void json_debug_condition(struct cmd *c, json_t *o);
void json_debugging(struct cmd *c, json_t *o);
void json_inventory(struct cmd *c, json_t *o);
void json_ip_ssh(struct cmd *c, json_t *o);
void json_logging(struct cmd *c, json_t *o);
void json_processes_cpu(struct cmd *c, json_t *o);
void json_processes_memory(struct cmd *c, json_t *o);
void json_ssh(struct cmd *c, json_t *o);
void json_version(struct cmd *c, json_t *o);

/* json_line.c: lines, sessions, what an operator has set */
void json_aliases(struct cmd *c, json_t *o);
void json_history(struct cmd *c, json_t *o);
void json_line(struct cmd *c, json_t *o);
void json_login(struct cmd *c, json_t *o);
void json_login_failures(struct cmd *c, json_t *o);
void json_privilege(struct cmd *c, json_t *o);
void json_reload(struct cmd *c, json_t *o);
void json_terminal(struct cmd *c, json_t *o);
void json_users(struct cmd *c, json_t *o);

/* json_if.c: show interfaces, ip interface [brief], ipv6 interface */
void json_interfaces(struct cmd *c, json_t *o);

/* json_text.c: what is a text by nature */
void json_archive(struct cmd *c, json_t *o);
void json_archive_log(struct cmd *c, json_t *o);
void json_dir(struct cmd *c, json_t *o);
void json_lockout(struct cmd *c, json_t *o);	/* lockout.c */
void json_differences(struct cmd *c, json_t *o);
void json_more(struct cmd *c, json_t *o);
void json_running(struct cmd *c, json_t *o);
void json_startup(struct cmd *c, json_t *o);
void json_tech_support(struct cmd *c, json_t *o);
