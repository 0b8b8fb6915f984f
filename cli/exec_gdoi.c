/* SPDX-License-Identifier: GPL-3.0-or-later */
/* clear crypto gdoi|isakmp, crypto gdoi ks rekey. Without 'group NAME' a command covers every group of the device. */
#include <stdlib.h>
#include "cli/exec_crypto.h"
#include "gdoi/gdoi_ctl.h"
#include "gdoi/gdoi_show.h"
#include "isakmp/isakmp_show.h"
#include "lib/mem.h"
#include "lib/why.h"

/* The names a command is about, taken before it changes anything. */
struct names {
	char (*name)[GDOI_NAME];
	unsigned n, cap;
	enum gdoi_role role;		/* NONE: any */
};

static bool add_name(void *arg, const struct gdoi_group_info *i)
{
	struct names *g = arg;

	if (g->role != GDOI_ROLE_NONE && i->role != g->role)
		return true;
	if (g->n == g->cap) {
		g->cap = g->cap ? 2 * g->cap : 8;
		g->name = mem_realloc(g->name, g->cap * sizeof(*g->name));
	}
	str_copy(g->name[g->n++], GDOI_NAME, i->name);
	return true;
}

/* False with an error text: no such group. */
static bool names_of(struct cmd *c, enum gdoi_role role, struct names *out)
{
	struct gdoi_group_info i;

	*out = (struct names){ .role = role };
	if (!cmd_has(c, "name")) {
		gdoi_show_groups(c->deps->gdoi, add_name, out);
		return true;
	}
	if (!gdoi_show_group(c->deps->gdoi, cmd_str(c, "name"), &i)) {
		text_printf(c->out, "%% group %s doesn't yet exist.\n", cmd_str(c, "name"));
		return false;
	}
	out->role = GDOI_ROLE_NONE;	/* named: the engine says what is wrong with it */
	add_name(out, &i);
	return true;
}

static int clear_answered(struct cmd *c, const struct answer *a)
{
	struct names g;

	if (!a->yes)
		return CMD_OK;
	if (!names_of(c, GDOI_ROLE_NONE, &g))
		return CMD_ERROR;
	for (unsigned k = 0; k < g.n; k++)
		gdoi_clear(c->deps->gdoi, g.name[k]);
	free(g.name);
	return CMD_OK;
}

int exec_clear_gdoi(struct cmd *c)
{
	struct names g;

	if (!names_of(c, GDOI_ROLE_NONE, &g))
		return CMD_ERROR;
	free(g.name);
	text_add(c->out, "% The Key Server and Group Member will destroy created and downloaded policies.\n"
		"% All Group Members are required to re-register.\n\n");
	return cmd_ask_yes_no(c, "Are you sure you want to proceed ?", clear_answered);
}

int exec_clear_member_counters(struct cmd *c)
{
	struct names g;

	if (!names_of(c, GDOI_ROLE_KS, &g))
		return CMD_ERROR;
	for (unsigned k = 0; k < g.n; k++)
		gdoi_clear_member_counters(c->deps->gdoi, g.name[k]);
	free(g.name);
	return CMD_OK;
}

int exec_clear_replay_counter(struct cmd *c)
{
	struct names g;

	if (!names_of(c, GDOI_ROLE_NONE, &g))
		return CMD_ERROR;
	free(g.name);
	gdoi_clear_counters(c->deps->gdoi);
	return CMD_OK;
}

int exec_clear_isakmp(struct cmd *c)
{
	uint32_t id = cmd_u32(c, "conn-id", 0);

	if (!isakmp_clear(c->deps->isakmp, id) && id)
		return cmd_error(c, "There is no ISAKMP SA with connection id %u.", id);
	return CMD_OK;
}

int exec_clear_isakmp_counters(struct cmd *c)
{
	isakmp_clear_counters(c->deps->isakmp);
	return CMD_OK;
}

/* Every group is tried; the answer is an error when one of them could not. */
int exec_ks_rekey(struct cmd *c)
{
	enum gdoi_rekey_kind kind = cmd_has(c, "replace-now") ? REKEY_REPLACE_NOW : REKEY_POLICY;
	int result = CMD_OK;
	struct names g;
	struct why why;

	if (!names_of(c, GDOI_ROLE_KS, &g))
		return CMD_ERROR;
	if (!g.n)
		result = cmd_error(c, "This device is not a key server of any group.");
	for (unsigned k = 0; k < g.n; k++)
		if (!gdoi_ks_rekey(c->deps->gdoi, g.name[k], kind, &why)) {
			text_printf(c->out, "ERROR for group %s: %s\n", g.name[k], why.text);
			result = CMD_ERROR;
		}
	free(g.name);
	return result;
}
