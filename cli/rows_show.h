/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Between the row tables of show commands and their renderers. */
#pragma once
#include "cli/cmd.h"
#include "cli/show.h"

/* What a renderer gets; 'group NAME' from the argument called "name". */
struct show show_open(const struct cmd *c);
/* The argument of that name, NULL when it was not given. */
const char *show_name(const struct cmd *c, const char *arg);
