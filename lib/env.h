/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the engine runs on: given by main() in a daemon, by the harness in a simulation. All outlive their users. */
#pragma once

struct clock;
struct timers;
struct rng;
struct pool;

struct env {
	struct clock *clock;
	struct timers *timers;
	struct rng *rng;
	struct pool *pool;
};
