/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * '| json': the same snapshots as the text, as one object. Every encoder fills o; what it may hold stands in
 * docs/json/NAME.schema.json. Names are lower case with '_'; times are seconds, or ISO 8601 in UTC when they are dates.
 */
#pragma once
#include <jansson.h>
#include "cli/rows_show.h"

/* json.c; o may be an array as well for json_put (key is not looked at) */
void json_put(json_t *o, const char *key, const char *text);
void json_num(json_t *o, const char *key, uint64_t n);
void json_flag(json_t *o, const char *key, bool yes);
void json_ip(json_t *o, const char *key, struct ip4 ip);	/* null when there is none */
void json_date(json_t *o, const char *key, uint64_t wall);	/* null when 0 */
json_t *json_list(json_t *o, const char *key);			/* a new array in o */
json_t *json_item(json_t *array);				/* a new object at its end */
json_t *json_part(json_t *o, const char *key);			/* a new object in o */

/* json_gdoi.c: schema gdoi, members, policy */
void json_gdoi(struct cmd *c, json_t *o);
void json_gdoi_ks(struct cmd *c, json_t *o);
void json_gdoi_gm(struct cmd *c, json_t *o);
void json_ks_members(struct cmd *c, json_t *o);
void json_ks_policy(struct cmd *c, json_t *o);

/* json_sys.c: schema isakmp-sa, isakmp-counters, logging, version, interfaces, clock, users */
void json_isakmp_sa(struct cmd *c, json_t *o);
void json_isakmp_counters(struct cmd *c, json_t *o);
void json_logging(struct cmd *c, json_t *o);
void json_version(struct cmd *c, json_t *o);
void json_interfaces(struct cmd *c, json_t *o);
void json_clock(struct cmd *c, json_t *o);
void json_users(struct cmd *c, json_t *o);
