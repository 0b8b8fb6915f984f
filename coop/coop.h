/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Cooperative key servers (COOP): groups whose 'redundancy' is configured elect a primary with their peers, and share keys,
 * policy, members, pseudotime and sequence numbers under phase 1 (exchange 240, docs/PROTOCOL.md). Up to eight servers.
 */
#pragma once
#include <stdbool.h>
#include "isakmp/isakmp.h"

struct config;
struct coop;
struct env;
struct share;
struct gdoi;
struct syslog;
struct text;
struct why;

/* COOP protocol of this release; another major number is refused. */
#define COOP_VERSION ((struct version){ 1, 0, 8 })

struct coop_deps {		/* all outlive the engine, but gdoi, which tells it so */
	const struct env *env;
	struct syslog *log;
	struct config *config;
	struct isakmp *isakmp;
	struct gdoi *gdoi;
	const struct version *version;	/* tests: speak as another release; NULL: COOP_VERSION */
};

/* After gdoi_new() and before the loop runs. */
struct coop *coop_new(const struct coop_deps *deps);
/* After gdoi_free() and before isakmp_free(). */
void coop_free(struct coop *c);

/*
 * 'clear crypto gdoi [group NAME] ks coop role': the primary gives its role up and leaves the next election to the
 * others while there are any. False with why when this device is not the group's primary.
 */
bool coop_clear_role(struct coop *c, const char *group, struct why *why);
/*
 * Who writes a group's policy that was copied from the primary ('sync configuration') into the startup-config, in which nothing else
 * may change. False with why ("": there is nowhere to write it).
 */
typedef bool coop_save(void *arg, const char *group, const struct share *policy, struct why *why);
void coop_on_copy(struct coop *c, coop_save *save, void *arg);
/* 'clear crypto gdoi [group NAME] ks coop counters' */
void coop_clear_counters(struct coop *c, const char *group);
/* Appends the addresses of configured servers that are not heard now ("10.0.9.1, 10.0.9.2"); how many. */
unsigned coop_unreachable(const struct coop *c, const char *group, struct text *out);
