/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What text and JSON of 'show crypto isakmp ...' share. */
#pragma once
#include "cli/show.h"

struct cfg;
struct cfg_isakmp_policy;
struct isakmp_sa_info;

struct show_sa_count {
	unsigned active, negotiating, dead;
};
struct show_sa_count show_count_sas(const struct show *s);
/* By priority. */
void show_each_policy(const struct cfg *cfg, void (*fn)(void *arg, const struct cfg_isakmp_policy *p), void *arg);
/* The first SA with each pair of peer and own address that is alive. */
void show_each_peer(const struct show *s, void (*fn)(void *arg, const struct isakmp_sa_info *i), void *arg);
