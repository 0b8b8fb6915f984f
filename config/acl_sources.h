/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which entry of a list matches a source first, without walking the list: config/acl.c's. */
#pragma once
#include "config/acl.h"

struct acl_sources;

/* Good until the list changes. */
struct acl_sources *acl_sources_new(const struct cfg_acl *a);
void acl_sources_free(struct acl_sources *s);
bool acl_sources_permit(const struct acl_sources *s, const struct cfg_acl *a, struct ip4 src);
