/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Pieces that several GDOI screens share. */
#pragma once
#include "cli/show_fmt.h"

/* "Both", "Inbound Optional", "Inbound Only". */
const char *show_direction(enum dp_mode mode);
/* "esp-256-aes esp-sha256-hmac" */
void show_transform(struct text *out, const struct gdoi_tek_info *t);
/* "Group Member Information For Group X:" to "Fail-Close Revert"; whole: with what 'show crypto gdoi' adds below. */
void show_gm_block(const struct show *s, const struct gdoi_group_info *i, const struct cfg_group *g,
	const struct gdoi_gm_info *m, bool whole);
/* " ACL Downloaded From KS A.B.C.D:" and its entries, each behind lead. */
void show_gm_downloaded(const struct show *s, const char *group, const struct gdoi_gm_info *m, const char *lead);
/* What the crypto map entries of this group deny locally: calls fn(map, ACL) for each. */
void show_gm_local_acls(const struct show *s, const char *group,
	void (*fn)(void *arg, const struct cfg_map *map, const struct cfg_acl *acl), void *arg);
