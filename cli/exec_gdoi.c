/* SPDX-License-Identifier: GPL-3.0-or-later */
/* clear crypto gdoi|isakmp, crypto gdoi ks rekey. Without 'group NAME' a command covers every group of the device. */
#include <inttypes.h>
#include <stdlib.h>
#include "cli/exec_crypto.h"
#include "cli/show_feature.h"
#include "coop/coop.h"
#include "coop/coop_show.h"
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

/* 'ks policy' is about the groups that this device serves. */
static bool cleared_names(struct cmd *c, struct names *out)
{
	const bool ks = cmd_has(c, "policy");
	struct gdoi_group_info i;

	if (!names_of(c, ks ? GDOI_ROLE_KS : GDOI_ROLE_NONE, out))
		return false;
	if (ks && cmd_has(c, "name") && gdoi_show_group(c->deps->gdoi, cmd_str(c, "name"), &i) && i.role != GDOI_ROLE_KS) {
		free(out->name);
		text_printf(c->out, "%% This device is not a key server of group %s.\n", i.name);
		return false;
	}
	return true;
}

static int clear_answered(struct cmd *c, const struct answer *a)
{
	struct names g;

	if (!a->yes)
		return CMD_OK;
	if (!cleared_names(c, &g))
		return CMD_ERROR;
	for (unsigned k = 0; k < g.n; k++)
		gdoi_clear(c->deps->gdoi, g.name[k]);
	free(g.name);
	return CMD_OK;
}

int exec_clear_gdoi(struct cmd *c)
{
	struct names g;

	if (!cleared_names(c, &g))
		return CMD_ERROR;
	free(g.name);
	text_printf(c->out, "%% The Key Server %s.\n%% All Group Members are required to re-register.\n\n",
		cmd_has(c, "policy") ? "will destroy created policies" :
				       "and Group Member will destroy created and downloaded policies");
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

int exec_clear_coop_role(struct cmd *c)
{
	int result = CMD_OK;
	struct names g;
	struct why why;

	if (!names_of(c, GDOI_ROLE_KS, &g))
		return CMD_ERROR;
	for (unsigned k = 0; k < g.n; k++)
		if (!c->deps->coop || !coop_clear_role(c->deps->coop, g.name[k], &why)) {
			text_printf(c->out, "ERROR for group %s: %s\n", g.name[k], c->deps->coop ? why.text : "no redundancy");
			result = CMD_ERROR;
		}
	free(g.name);
	return result;
}

int exec_clear_coop_counters(struct cmd *c)
{
	struct names g;

	if (!names_of(c, GDOI_ROLE_KS, &g))
		return CMD_ERROR;
	for (unsigned k = 0; c->deps->coop && k < g.n; k++)
		coop_clear_counters(c->deps->coop, g.name[k]);
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

/* ---- crypto gdoi ks rekey ---- */

/* What goes beyond IOS's answer: nobody is registered, another order is under way. */
static void tell_note(struct cmd *c, const char *group, const struct why *why)
{
	if (why->text[0])
		text_printf(c->out, "%% Group %s: %s\n", group, why->text);
}

static bool group_rekey(struct cmd *c, const char *group, enum gdoi_rekey_kind kind)
{
	struct why why = { "" };

	if (gdoi_ks_rekey(c->deps->gdoi, group, kind, &why)) {
		tell_note(c, group, &why);
		return true;
	}
	text_printf(c->out, "ERROR for group %s: %s\n", group, why.text);
	return false;
}

static void preview_sa(void *arg, const struct gdoi_preview_sa *s)
{
	struct text *out = arg;

	text_printf(out, "  sa ipsec %" PRIu32 ": ", s->number);
	switch (s->kind) {
	case PREVIEW_NEW_KEYS:
		text_add(out, "new keys, same policy\n");
		break;
	case PREVIEW_CHANGED:
		text_printf(out, "%s\n", s->change);
		break;
	case PREVIEW_ADDED:
		text_printf(out, "added, %s\n", s->change);
		return;
	case PREVIEW_REMOVED:
		text_add(out, "removed\n");
		break;
	}
	text_printf(out, "    old SAs live on: %" PRIu32 " s instead of %" PRIu32 " s\n", s->keeps, s->left);
}

struct reasons {
	struct text *out;
	unsigned n;
};

static void preview_cannot(void *arg, const struct gdoi_member_info *m, const char *reason)
{
	struct reasons *r = arg;

	if (!r->n++)
		text_add(r->out, "  members that cannot follow and keep old SAs for their full life:\n");
	text_printf(r->out, "    %s: %s\n", ip4_s(m->id), reason);
}

static void preview_both_sa(void *arg, const struct gdoi_preview_sa *s)
{
	preview_sa(((struct reasons *)arg)->out, s);
}

/* "none", "up to 30 s" */
static void preview_loss(struct text *out, const char *label, uint32_t s)
{
	if (s)
		text_printf(out, "  %s: up to %" PRIu32 " s\n", label, s);
	else
		text_printf(out, "  %s: none\n", label);
}

static bool group_preview(struct cmd *c, const char *group, enum gdoi_rekey_kind kind)
{
	struct text sas = TEXT_EMPTY;
	struct reasons r = { .out = &sas };
	struct gdoi_preview p;
	struct why why = { "" };
	bool good = gdoi_ks_preview(c->deps->gdoi, group, kind, &p, preview_both_sa, preview_cannot, &r, &why);

	if (good) {
		text_printf(c->out, "Rekey of group %s to %u member%s (dry run, nothing is sent):\n", group, p.members,
			p.members == 1 ? "" : "s");
		if (p.unusable)
			text_add(c->out, "  what is configured cannot be used, the policy before goes on\n");
		text_printf(c->out, "  KEK: %s\n", p.kek_stays ? "unchanged" : p.kek_change[0] ? p.kek_change : "new key, same policy");
		text_addn(c->out, sas.s, sas.n);
		preview_loss(c->out, "longest loss of traffic between members that are reached", p.loss);
		preview_loss(c->out, "longest loss of traffic at a member that is not reached", p.unreached);
	} else {
		text_printf(c->out, "ERROR for group %s: %s\n", group, why.text);
	}
	text_free(&sas);
	return good;
}

/* Fresh keys do not reach key servers that are away: who registered there is cut off until they meet again. True: there are some. */
static bool tell_unreachable(struct cmd *c, const struct names *g)
{
	bool any = false;

	for (unsigned k = 0; c->deps->coop && k < g->n; k++) {
		struct text t = TEXT_EMPTY;

		if (gdoi_ks_may_remove(c->deps->gdoi, g->name[k], NULL) && coop_unreachable(c->deps->coop, g->name[k], &t)) {
			text_printf(c->out, "WARNING for group %s: cooperative key server %s cannot be reached. Group members registered "
				"there will be cut off until it is.\n", g->name[k], text_str(&t));
			any = true;
		}
		text_free(&t);
	}
	return any;
}

/* Every group is tried; the answer is an error when one of them could not. */
static int rekey_all(struct cmd *c)
{
	enum gdoi_rekey_kind kind = cmd_has(c, "replace-now") ? REKEY_REPLACE_NOW : REKEY_POLICY;
	bool (*one)(struct cmd *c, const char *group, enum gdoi_rekey_kind kind) =
		cmd_has(c, "dry-run") ? group_preview : group_rekey;
	int result = CMD_OK;
	struct names g;

	if (!names_of(c, GDOI_ROLE_KS, &g))
		return CMD_ERROR;
	if (!g.n)
		result = cmd_error(c, "This device is not a key server of any group.");
	for (unsigned k = 0; k < g.n; k++)
		if (!one(c, g.name[k], kind))
			result = CMD_ERROR;
	free(g.name);
	return result;
}

static int rekey_answered(struct cmd *c, const struct answer *a)
{
	return a->yes ? rekey_all(c) : CMD_OK;
}

/* IOS asks nothing here; we do where members are going to be cut off. */
int exec_ks_rekey(struct cmd *c)
{
	struct names g;
	bool ask;

	if (!names_of(c, GDOI_ROLE_KS, &g))
		return CMD_ERROR;
	ask = tell_unreachable(c, &g);
	free(g.name);
	return ask && !cmd_has(c, "dry-run") ? cmd_ask_yes_no(c, "Are you sure you want to proceed ?", rekey_answered) : rekey_all(c);
}

/* ---- clear crypto gdoi ks members [now] ---- */

/*
 * All questions come first (one for each group where some device cannot follow): a terminal that is lost in the middle
 * leaves everything as it was.
 */
struct removal {
	struct names groups;
	bool *wanted;		/* of each group */
	unsigned next;
};

static void removal_free(void *user)
{
	struct removal *r = user;

	free(r->groups.name);
	free(r->wanted);
	free(r);
}

static int remove_members(struct cmd *c, const struct removal *r)
{
	enum gdoi_removal_kind kind = cmd_has(c, "now") ? REMOVAL_NOW : REMOVAL_TRANSIENT;
	int result = CMD_OK;

	for (unsigned k = 0; k < r->groups.n; k++) {
		struct why why = { "" };

		if (!r->wanted[k])
			continue;
		if (gdoi_ks_remove_members(c->deps->gdoi, r->groups.name[k], kind, &why)) {
			text_printf(c->out, "Sending GM-Removal message to group %s...\n", r->groups.name[k]);
			tell_note(c, r->groups.name[k], &why);
		} else {
			text_printf(c->out, "ERROR for group %s: %s\n", r->groups.name[k], why.text);
			result = CMD_ERROR;
		}
	}
	return result;
}

static bool peer_cannot(void *arg, const struct coop_peer_info *p)
{
	*(bool *)arg |= p->heard && !show_has_feature(gdoi_feature_named("gm-removal"), p->software);
	return true;
}

/* A member, this key server or one that it cooperates with is too old. */
static bool some_cannot(const struct cmd *c, const char *group)
{
	bool peer = false;

	if (c->deps->coop)
		coop_show_peers(c->deps->coop, group, peer_cannot, &peer);
	return peer || gdoi_ks_cannot(c->deps->gdoi, group, "gm-removal");
}

static int removal_warned(struct cmd *c, const struct answer *a);

static int removal_go_on(struct cmd *c)
{
	struct removal *r = c->user;

	for (; r->next < r->groups.n; r->next++) {
		const char *group = r->groups.name[r->next];

		if (r->wanted[r->next] && some_cannot(c, group)) {
			text_printf(c->out, "WARNING for group %s: some devices cannot support GM-REMOVAL and can cause network "
				"disruption. Please check 'show crypto gdoi feature'.\n", group);
			return cmd_ask_yes_no(c, "Are you sure you want to proceed ?", removal_warned);
		}
	}
	return remove_members(c, r);
}

static int removal_warned(struct cmd *c, const struct answer *a)
{
	struct removal *r = c->user;

	r->wanted[r->next++] = a->yes;
	return removal_go_on(c);
}

/* The groups are taken again when the operator has said yes: what was configured away meanwhile is not touched. */
static int removal_answered(struct cmd *c, const struct answer *a)
{
	struct removal *r;
	struct names g;

	if (!a->yes)
		return CMD_OK;
	if (!names_of(c, GDOI_ROLE_KS, &g))
		return CMD_ERROR;
	r = mem_zalloc(sizeof(*r));
	r->groups = g;
	r->wanted = mem_zalloc((g.n + 1) * sizeof(*r->wanted));
	for (unsigned k = 0; k < g.n; k++)
		r->wanted[k] = gdoi_ks_may_remove(c->deps->gdoi, g.name[k], NULL);
	c->user = r;
	c->user_free = removal_free;
	return removal_go_on(c);
}

/* The groups that refuse are named before any question; true when some are left. */
static bool any_may_remove(struct cmd *c, const struct names *g)
{
	bool any = false;
	struct why why;

	for (unsigned k = 0; k < g->n; k++) {
		if (gdoi_ks_may_remove(c->deps->gdoi, g->name[k], &why))
			any = true;
		else
			text_printf(c->out, "ERROR for group %s: %s\n", g->name[k], why.text);
	}
	return any;
}

int exec_clear_members(struct cmd *c)
{
	struct names g;
	bool any;

	if (!names_of(c, GDOI_ROLE_KS, &g))
		return CMD_ERROR;
	if (!g.n)
		return cmd_error(c, "This device is not a key server of any group.");
	any = any_may_remove(c, &g);
	if (!any) {
		free(g.name);
		return CMD_ERROR;
	}
	if (cmd_has(c, "now"))
		text_add(c->out, "% This GM-Removal immediate message will cleanup all GMs downloaded policies\n"
			"% This will cause all GMs to re-register.\n");
	else
		text_add(c->out, "% This GM-Removal message will shorten all GMs' key lifetimes and cause them to re-register "
			"before keys expiry.\n");
	tell_unreachable(c, &g);
	free(g.name);
	return cmd_ask_yes_no(c, "Are you sure you want to proceed? ?", removal_answered);
}
