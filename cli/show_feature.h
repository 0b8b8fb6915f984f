/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which software can do what: what text and JSON of 'show crypto gdoi feature' share. */
#pragma once
#include "cli/show.h"

bool show_has_feature(const struct gdoi_feature *f, struct version v);
/* What this device itself speaks in the group: 'software-version' makes it an older one. */
struct version show_own_version(const struct show *s, const char *group);
