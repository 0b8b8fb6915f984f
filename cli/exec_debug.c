/* SPDX-License-Identifier: GPL-3.0-or-later */
/* debug, undebug: the words of the line are a prefix of commands in debug.def. */
#include "cli/exec_crypto.h"
#include "syslog/debug.h"

static const struct {
	const char *word;
	unsigned levels;
} level[] = {
	{ "all-levels", DBG_ALL }, { "detail", DBG_DETAIL }, { "error", DBG_ERROR }, { "event", DBG_EVENT },
	{ "packet", DBG_PACKET }, { "terse", DBG_TERSE },
};

static unsigned levels_given(const struct cmd *c)
{
	for (unsigned i = 0; i < sizeof(level) / sizeof(level[0]); i++)
		if (cmd_has(c, level[i].word))
			return level[i].levels;
	return DBG_ALL;
}

static bool is_level(const char *word)
{
	for (unsigned i = 0; i < sizeof(level) / sizeof(level[0]); i++)
		if (strcmp(word, level[i].word) == 0)
			return true;
	return false;
}

/* "crypto gdoi ks rekey": the keywords behind the first, without gkm, all-features and levels. */
static void prefix_of(const struct cmd *c, struct text *out)
{
	for (unsigned i = 0; i < c->nargs; i++) {
		const char *w = c->arg[i].tok->text;

		if (c->arg[i].tok->kind != T_KW || is_level(w) || strcmp(w, "all-features") == 0 || strcmp(w, "debug") == 0 ||
		    strcmp(w, "undebug") == 0)
			continue;
		text_printf(out, "%s%s", out->n ? " " : "", strcmp(w, "gkm") == 0 ? "gdoi" : w);
	}
}

static void switch_flags(struct cmd *c, bool on)
{
	struct syslog *log = c->deps->log;
	unsigned levels = levels_given(c), now;
	struct text prefix = TEXT_EMPTY;

	prefix_of(c, &prefix);
	for (int f = 0; f < DBG_MAX; f++) {
		const char *command = debug_command((enum dbg_flag)f);

		if (!prefix.n || strncmp(command, prefix.s, prefix.n) != 0 || (command[prefix.n] && command[prefix.n] != ' '))
			continue;
		now = debug_get(log, (enum dbg_flag)f);
		now = on ? now | levels : now & ~levels;
		debug_set(log, (enum dbg_flag)f, now);
		text_printf(c->out, "%s debugging is %s", debug_title((enum dbg_flag)f), now ? "on" : "off");
		if (now && now != DBG_ALL) {
			text_add(c->out, " (");
			debug_levels(now, c->out);
			text_add(c->out, ")");
		}
		text_addn(c->out, "\n", 1);
	}
	text_free(&prefix);
}

int exec_debug(struct cmd *c)
{
	switch_flags(c, !c->no);
	return CMD_OK;
}

int exec_undebug(struct cmd *c)
{
	switch_flags(c, false);
	return CMD_OK;
}

int exec_debug_condition(struct cmd *c)
{
	const bool off = c->no || cmd_has(c, "undebug");
	struct syslog *log = c->deps->log;
	struct ip4 peer;

	if (cmd_has(c, "unmatched"))
		debug_unmatched(log, !off);
	else if (!cmd_ip4(c, "peer-address", &peer))
		return CMD_ERROR;
	else if (off)
		debug_peer_del(log, peer);
	else if (!debug_peer_add(log, peer))
		return cmd_error(c, "At most %d peers can be given", DEBUG_PEERS);
	return CMD_OK;
}

int exec_undebug_all(struct cmd *c)
{
	debug_all_off(c->deps->log);
	text_add(c->out, "All possible debugging has been turned off\n");
	return CMD_OK;
}
