/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A policy that was copied from another key server into the startup-config, without what an operator has entered but not saved. */
#include <stdlib.h>
#include "cli/shell.h"
#include "config/share.h"
#include "lib/secret.h"
#include "lib/why.h"

static void text_wipe(struct text *t)
{
	if (t->s)
		secret_cleanse(t->s, t->cap);
	text_free(t);
}

static bool merge(struct cli *dry, struct bytes startup, const char *group, const struct share *policy, struct why *why)
{
	struct cfg *cfg = config_running(dry->deps.config);
	struct text errors = TEXT_EMPTY, out = TEXT_EMPTY;
	struct cfg_group *g;
	bool ok;

	why->text[0] = '\0';
	if (replay_text(dry, "line", startup, &errors)) {
		text_free(&errors);
		return why_set(why, "the startup-config has lines that do not load, 'write memory' would drop them");
	}
	g = cfg_group(cfg, group);
	ok = g && g->ks.present && share_apply(cfg, g, policy, why);
	if (ok)
		nvgen(dry, false, &out);
	ok = ok && config_save_text(dry->deps.config, bytes_of(out.s, out.n), why);
	text_wipe(&out);
	text_free(&errors);
	return ok;
}

bool cli_save_share(void *arg, const char *group, const struct share *policy, struct why *why)
{
	struct cli *c = arg;
	struct cli dry = { .deps = c->deps, .grammar = c->grammar, .dry = true };
	struct text startup = TEXT_EMPTY;
	bool missing = false, ok = false;

	why->text[0] = '\0';
	if (config_load_text(c->deps.config, &startup, &missing, why) && !missing) {
		dry.deps.config = config_new(config_nvram(c->deps.config));
		cfg_line_reset(&dry.scratch, LINE_CONSOLE);
		ok = merge(&dry, bytes_of(startup.s, startup.n), group, policy, why);
		config_free(dry.deps.config);
	}
	text_wipe(&startup);
	return ok;
}
