/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Consoles of devices of the simulation. */
#pragma once
#include "cli/cli.h"
#include "lib/text.h"
#include "tests/sim/sim.h"

struct terminal {
	struct sim_dev *dev;
	const char *name;	/* the device's, or another terminal's of it */
	bool shared;		/* cli is another terminal's */
	bool logs;		/* log lines are shown */
	struct netif *netif;	/* NULL: none; of before live_plug_in */
	struct cli *cli;
	struct session *session;
	struct text prompt;
	bool waiting;		/* a prompt has come */
};

void live_plug_in(struct terminal *t, struct sim_dev *d, bool logs);
/* A second operator at the device of a terminal that is there. */
void live_join(struct terminal *t, const struct terminal *of, const char *name);
void live_unplug(struct terminal *t);
/* The terminal is lost, another one is plugged in. */
void live_hang_up(struct terminal *t);
/* A line, or "key X"; what comes is added to the screen, prompt and line first. */
void live_type(struct terminal *t, const char *line, struct text *screen);
void live_send(struct terminal *t, uint8_t type, const void *p, size_t n);
/* Takes everything that waits for the terminal. */
void live_drain(struct terminal *t, struct text *screen);
