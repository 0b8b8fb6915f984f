/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The renderers of show ip ssh and show ssh. */
#pragma once
#include "cli/show.h"

struct vty_ssh;

void show_ssh_server(const struct show *s);
/* ssh may be NULL: no listener in this process. */
void show_ssh_sessions(const struct show *s, const struct vty_ssh *ssh);
