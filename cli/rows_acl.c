/* SPDX-License-Identifier: GPL-3.0-or-later */
/* IP access lists: named, numbered, and the classic one-line form. */
#include <stdio.h>
#include "cli/shell.h"
#include "lib/why.h"

static int why_error(struct cmd *c, const struct why *why)
{
	return cmd_error(c, "%s", why->text);
}

static int enter_acl(struct cmd *c)
{
	const char *name = cmd_str(c, "name");
	bool standard = cmd_has(c, "standard");
	struct cfg_acl *a = cfg_acl(c->cfg, name);
	struct why why;

	if (c->no) {
		if (a && a->standard == standard)
			cfg_remove(&c->cfg->acls, (struct cfg_node *)(void *)a);
		return CMD_OK;
	}
	if (!cfg_acl_add(c->cfg, name, standard, &why))
		return why_error(c, &why);
	shell_enter(c, standard ? IN_STD_ACL : IN_EXT_ACL, name, 0, 0);
	return CMD_OK;
}

static int resequence(struct cmd *c)
{
	struct cfg_acl *a = cfg_acl(c->cfg, cmd_str(c, "name"));

	if (!a)
		return cmd_error(c, "Access-list %s does not exist", cmd_str(c, "name"));
	if (!acl_resequence(a, cmd_u32(c, "start", 10), cmd_u32(c, "step", 10)))
		return cmd_error(c, "Sequence numbers would exceed 2147483647");
	return CMD_OK;
}

static int change(struct cmd *c, struct cfg_acl *a, uint32_t seq)
{
	const char *remark = cmd_has(c, "remark") ? cmd_str(c, "text") : NULL;
	struct why why;

	if (c->no) {
		bool gone = seq && !c->ace && !remark ? acl_del_seq(a, seq) : acl_del_ace(a, c->ace, remark);

		return gone || !c->session ? CMD_OK : cmd_error(c, "No such entry in access-list %s", a->name);
	}
	if (!acl_add(a, seq, c->ace, remark, &why))
		return why_error(c, &why);
	return CMD_OK;
}

static int set_entry(struct cmd *c)
{
	return change(c, c->obj, cmd_u32(c, "seq", 0));
}

/* 'no access-list N' removes the list, with an entry behind it that entry. */
static int set_classic(struct cmd *c)
{
	const char *name = cmd_str(c, "number");
	uint32_t n = cmd_u32(c, "number", 0);
	struct cfg_acl *a = cfg_acl(c->cfg, name);
	bool standard = n < 100 || (n >= 1300 && n < 2000);
	struct why why;

	if (c->no && !a)
		return CMD_OK;
	if (c->no && !c->ace && !cmd_has(c, "remark")) {
		cfg_remove(&c->cfg->acls, (struct cfg_node *)(void *)a);
		return CMD_OK;
	}
	if (!a)
		a = cfg_acl_add(c->cfg, name, standard, &why);
	if (!a)
		return why_error(c, &why);
	return change(c, a, 0);
}

/* Whether replaying the entries without numbers would give the same numbers. */
static bool numbers_plain(const struct cfg_acl *a)
{
	uint32_t next = 10;

	for (unsigned i = 0; i < a->count; i++, next += 10)
		if (a->entry[i].seq != next)
			return false;
	return true;
}

static void nv_entry(struct nv *nv, const struct cfg_acl *a, const struct acl_entry *e, const char *head)
{
	struct text t = TEXT_EMPTY;

	if (e->remark)
		text_printf(&t, "remark %s", e->remark);
	else
		acl_ace_str(&e->ace, a->standard, true, &t);
	nv_line(nv, "%s%s", head, text_str(&t));
	text_free(&t);
}

static bool classic(const struct cfg_acl *a)
{
	return a->numbered && a->count && numbers_plain(a);
}

static void nv_acls(struct nv *nv, const struct row *row, const void *obj)
{
	CFG_EACH(struct cfg_acl, a, &nv->cfg->acls) {
		bool plain = numbers_plain(a);

		if (classic(a))
			continue;
		nv_line(nv, "ip access-list %s %s", a->standard ? "standard" : "extended", a->name);
		nv->indent++;
		for (unsigned i = 0; i < a->count; i++) {
			char head[16] = "";

			if (!plain)
				snprintf(head, sizeof(head), "%u ", a->entry[i].seq);
			nv_entry(nv, a, &a->entry[i], head);
		}
		nv->indent--;
	}
}

static void nv_classic(struct nv *nv, const struct row *row, const void *obj)
{
	CFG_EACH(struct cfg_acl, a, &nv->cfg->acls) {
		char head[CFG_NAME + 16];

		if (!classic(a))
			continue;
		snprintf(head, sizeof(head), "access-list %s ", a->name);
		for (unsigned i = 0; i < a->count; i++)
			nv_entry(nv, a, &a->entry[i], head);
	}
}

/* clang-format off */
#define IP KW("ip", "Global IP configuration subcommands")
#define ACCESS_LIST KW("access-list", "Named access-list")
#define ACE(standard_) { .kind = T_ACE, .name = "ace", .lo = standard_, .text = "permit|deny", .help = "Access list entry" }
#define REMARK KW("remark", "Access list entry comment"), LINE("text", "Comment up to 100 characters")

static const struct row global_rows[] = {
	{ ROW(IP, ACCESS_LIST, KW("extended", "Extended Access List"), ALT(
		UINT("name", 100, 199, "Extended IP access-list number"), OR,
		UINT("name", 2000, 2699, "Extended IP access-list number (expanded range)"), OR,
		WORD("name", "Access-list name"))),
	  .flags = R_NO, .handler = enter_acl, .nv = nv_acls, .order = 1600 },
	{ ROW(IP, ACCESS_LIST, KW("standard", "Standard Access List"), ALT(
		UINT("name", 1, 99, "Standard IP access-list number"), OR,
		UINT("name", 1300, 1999, "Standard IP access-list number (expanded range)"), OR,
		WORD("name", "Access-list name"))),
	  .flags = R_NO, .handler = enter_acl },
	{ ROW(IP, ACCESS_LIST, KW("resequence", "Resequence Access List"), WORD("name", "Access-list name"),
		UINT("start", 1, 2147483647, "Starting Sequence Number"), UINT("step", 1, 2147483647, "Step to increment the sequence number")),
	  .handler = resequence },
	{ ROW(KW("access-list", "Add an access list entry"), ALT(
		UINT("number", 1, 99, "IP standard access list"), OR,
		UINT("number", 1300, 1999, "IP standard access list (expanded range)")), NOEND, ALT(ACE(1), OR, REMARK)),
	  .flags = R_NO, .handler = set_classic, .nv = nv_classic, .order = 1800 },
	{ ROW(KW("access-list", "Add an access list entry"), ALT(
		UINT("number", 100, 199, "IP extended access list"), OR,
		UINT("number", 2000, 2699, "IP extended access list (expanded range)")), NOEND, ALT(ACE(0), OR, REMARK)),
	  .flags = R_NO, .handler = set_classic },
};

#define ENTRY(standard_) \
	{ ROW(OPT(UINT("seq", 1, 2147483647, "Sequence Number")), ALT(ACE(standard_), OR, REMARK)), .flags = R_NO, .handler = set_entry }, \
	{ ROW(UINT("seq", 1, 2147483647, "Sequence Number")), .flags = R_ONLY_NO, .handler = set_entry }

static const struct row extended_rows[] = { ENTRY(0) };
static const struct row standard_rows[] = { ENTRY(1) };
/* clang-format on */

const struct row_table rows_acl = ROWS(IN_CONFIG, global_rows);
const struct row_table rows_ext_acl = ROWS(IN_EXT_ACL, extended_rows);
const struct row_table rows_std_acl = ROWS(IN_STD_ACL, standard_rows);
