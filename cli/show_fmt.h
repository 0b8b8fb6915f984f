/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the renderers share: quick number formatting, labels, the walk over groups. */
#pragma once
#include "cli/show.h"
#include "config/cfg.h"
#include "gdoi/gdoi_show.h"

/* Write at p and return the end; no NUL. */
char *show_put_u32(char *p, uint32_t v);		/* at most 10 octets */
char *show_put_ip(char *p, struct ip4 ip);		/* at most 15 */
char *show_put_str(char *p, const char *s);
char *show_put_blanks(char *p, const char *end);	/* up to end, one at least */

#define VERSION_TEXT 12
/* "1.0.2"; "unknown" for all zeros. buf has VERSION_TEXT octets. */
const char *show_version_str(struct version v, char *buf);
bool show_version_fits(struct version v, struct version since);

/* "1223" or "10.0.0.1": identity of a group; buf has IP4_TEXT octets. "" without one. */
const char *show_group_id(const struct gdoi_group_info *i, char *buf);
/* "01:02:03"; hours grow. buf has 16 octets. */
const char *show_hms(uint64_t seconds, char *buf);
#define DATE_TEXT 72
/* "09:24:31 UTC Mar 22 2024" in the device's time zone; buf has DATE_TEXT octets. */
const char *show_date(const struct cfg *cfg, uint64_t wall, char *buf);
/* "09:24:31 UTC Fri Mar 22 2024"; msec: "09:24:31.123 UTC Fri ...". */
const char *show_date_weekday(const struct cfg *cfg, uint64_t wall, bool msec, char *buf);
const char *show_ack_name(uint32_t ack);		/* enum cfg_ack */

const struct cfg *show_cfg(const struct show *s);
/* The configuration of a group; NULL when there is none (any more). */
const struct cfg_group *show_cfg_group(const struct show *s, const char *name);

/*
 * Calls fn for every group the command is about and that has this role (GDOI_ROLE_NONE: any), numbered from 0 in
 * configuration order.
 */
void show_each_group(const struct show *s, enum gdoi_role role,
	void (*fn)(const struct show *s, const struct gdoi_group_info *i, unsigned number, void *arg), void *arg);
/* Reason lines under a block, when there is something to say; labels are width wide, as the block's. */
void show_problems(const struct show *s, const struct gdoi_group_info *i, int indent, int width);
/* One "   access-list NAME permit ..." line; name may be "". */
void show_ace(struct text *out, const char *lead, const struct dp_ace *ace);
/* The entries of a configured list, one a line: before, "access-list NAME", gap, the entry. No list: nothing. */
void show_acl_entries(struct text *out, const char *before, const struct cfg_acl *acl, const char *gap);
/* Eight words of eight hexadecimal digits a line, a blank behind each. */
void show_hex_words(struct text *out, const char *indent, struct bytes b);
