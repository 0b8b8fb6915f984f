/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How a line asks who is there, by the configuration: what console, telnet and ssh share. */
#pragma once
#include <stdbool.h>
#include "config/cfg.h"

/*
 * As the line's 'login' says, or after 'aaa new-model' as its list says: the first method that has something to compare with. Without
 * a default list: local users, and nothing on the console. AAA_END: the list is not there or holds only servers, and nobody comes in.
 */
enum cfg_aaa login_method(const struct cfg *cfg, const struct cfg_line *line, bool console);
/* Whether the method asks for a name, which then is proved. */
bool login_by_name(enum cfg_aaa method);
/* What a password is compared with; u: whom the name means, may be NULL. NULL: nothing does. */
const struct cfg_secret *login_secret(const struct cfg *cfg, const struct cfg_line *line, enum cfg_aaa method, const struct cfg_user *u);
/* Failed tries that end a session over telnet or on the console. */
unsigned login_tries(const struct cfg *cfg);
/* The line's own list, or the default one; NULL: there is none. */
const struct cfg_aaa_list *login_list(const struct cfg_table *t, const char *own);
