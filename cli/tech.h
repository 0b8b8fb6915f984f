/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What 'show tech-support' runs, in order; NULL ends. */
#pragma once

extern const char *const tech_commands[];
