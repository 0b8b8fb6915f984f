/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A whole device in one process: engine on a network that swallows everything, virtual clock, fixed random numbers. */
#pragma once
#include "cli/cli.h"
#include "config/cfg.h"
#include "config/config.h"
#include "gdoi/dataplane.h"
#include "coop/coop.h"
#include "gdoi/gdoi.h"
#include "lib/env.h"
#include "lib/net.h"
#include "lib/text.h"

struct device {
	struct env env;
	struct net net;
	struct dataplane dataplane;
	char dir[64];			/* the nvram store, removed at the end */
	struct store *nvram;
	struct config *config;
	struct syslog *log;
	struct isakmp *isakmp;
	struct gdoi *gdoi;
	struct coop *coop;
	struct cli *cli;
	bool stopped;			/* 'reload' was confirmed */
};

/* engine: with isakmp/ and gdoi/; without them only the shell and the configuration. */
void device_open(struct device *d, bool engine);
void device_close(struct device *d);
struct cfg *device_cfg(struct device *d);
/* Fires what is due, without moving the clock; then with moving it by that many µs. */
void device_settle(struct device *d);
void device_advance(struct device *d, uint64_t usec);
