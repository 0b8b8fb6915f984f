/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is asked and told of the data plane. */
#include <stdlib.h>
#include "cli/json.h"
#include "cli/rows_show.h"
#include "config/cfg.h"
#include "gdoi/gdoi_ctl.h"
#include "gdoi/gdoi_show.h"
#include "lib/why.h"

#define GROUPS_MAX 1024

/* The names of the groups that this device is a member of, or of the one that was named. */
struct members {
	char (*name)[GDOI_NAME];
	unsigned n;
};

static bool add_member(void *arg, const struct gdoi_group_info *i)
{
	struct members *m = arg;

	if (i->role == GDOI_ROLE_GM && m->n < GROUPS_MAX)
		str_copy(m->name[m->n++], GDOI_NAME, i->name);
	return true;
}

static struct members members_of(const struct cmd *c)
{
	struct members m = { .name = calloc(GROUPS_MAX, GDOI_NAME) };

	if (!m.name)
		return m;
	if (cmd_has(c, "name"))
		str_copy(m.name[m.n++], GDOI_NAME, cmd_str(c, "name"));
	else
		gdoi_show_groups(c->deps->gdoi, add_member, &m);
	return m;
}

static int ipsec_sa(struct cmd *c)
{
	struct show s = show_open(c);

	if (cmd_has(c, "count"))
		show_ipsec_sa_count(&s);
	else
		show_ipsec_sa(&s, cmd_has(c, "detail"));
	return CMD_OK;
}

static int session(struct cmd *c)
{
	struct show s = show_open(c);

	show_session(&s);
	return CMD_OK;
}

static int why(struct cmd *c)
{
	struct show s = show_open(c);
	struct ip4 src, dst;

	if (!show_group_ok(&s, GDOI_ROLE_GM))
		return CMD_ERROR;
	if (cmd_ip4(c, "source", &src) && cmd_ip4(c, "destination", &dst))
		show_gm_why(&s, &src, &dst);
	else
		show_gm_why(&s, NULL, NULL);
	return CMD_OK;
}

static int clear_counters(struct cmd *c)
{
	struct members m = members_of(c);

	for (unsigned i = 0; i < m.n; i++)
		gdoi_clear_sa_counters(c->deps->gdoi, m.name[i]);
	free(m.name);
	return CMD_OK;
}

/* The SAs are the group's, not ours to renegotiate: the member lets go of them and registers again. */
static int clear_sa(struct cmd *c)
{
	struct members m = members_of(c);

	for (unsigned i = 0; i < m.n; i++)
		gdoi_clear(c->deps->gdoi, m.name[i]);
	free(m.name);
	return CMD_OK;
}

static int direction(struct cmd *c)
{
	enum gdoi_direction d = cmd_has(c, "both")   ? DIRECTION_BOTH
				: cmd_has(c, "only") ? DIRECTION_INBOUND_ONLY
						     : DIRECTION_INBOUND_OPTIONAL;
	struct members m = members_of(c);
	int result = CMD_OK;
	struct why reason;

	if (!m.n)
		result = cmd_error(c, "This device is not a member of any group.");
	for (unsigned i = 0; i < m.n; i++)
		if (!gdoi_gm_direction(c->deps->gdoi, m.name[i], d, &reason)) {
			text_printf(c->out, "ERROR for group %s: %s\n", m.name[i], reason.text);
			result = CMD_ERROR;
		}
	free(m.name);
	return result;
}

/* clang-format off */
#define GKM	ALT(KW("gdoi", "GDOI and GKM groups"), OR, KW("gkm", "GDOI and GKM groups"))
#define ONE	OPT(KW("group", "Only one group"), WORD("name", "Group name"))
#define SHOW	KW("show", "Show running system information"), KW("crypto", "Encryption module")
#define CRYPTO	KW("crypto", "Encryption module")

static const struct row exec_rows[] = {
	{ ROW(SHOW, KW("ipsec", "IPsec"), KW("sa", "Security associations"), OPT(ALT(KW("count", "Numbers only"), OR,
		KW("detail", "Detailed information")))), ipsec_sa, JSON("ipsec-sa", json_ipsec_sa), .priv = 15 },
	{ ROW(SHOW, KW("session", "Crypto sessions")), session, JSON("session", json_session), .priv = 15 },
	{ ROW(KW("show", "Show running system information"), KW("crypto", "Encryption module"), GKM, ONE, KW("gm", "Group member"),
		KW("why", "What happens to a packet, and why packets were dropped"),
		OPT(IP4("source", "Source address of a packet"), IP4("destination", "Its destination address"))), why,
		JSON("gm-why", json_gm_why), .priv = 15 },
	{ ROW(KW("clear", "Reset functions"), KW("crypto", "Encryption module"), KW("sa", "Security associations")), clear_sa,
		.priv = 15 },
	{ ROW(KW("clear", "Reset functions"), KW("crypto", "Encryption module"), KW("sa", "Security associations"),
		KW("counters", "Their counters")), clear_counters, .priv = 15 },
	{ ROW(CRYPTO, GKM, KW("gm", "Group member"), ONE, KW("ipsec", "IPsec"), KW("direction", "Direction of the IPsec SAs"),
		ALT(KW("both", "Encrypt, and take nothing in clear"), OR,
		KW("inbound", "Send in clear"), ALT(KW("only", "Take nothing in clear"), OR,
		KW("optional", "Take encrypted and clear packets")))), direction, .priv = 15 },
};

static const struct row df_rows[] = {
	{ ROW(CRYPTO, KW("ipsec", "Configure IPSEC policy"), KW("df-bit", "Handling of encapsulated DF bit"), NOEND, ALT(
		KW_VALUE("clear", "Clear DF bit for encapsulated packet", struct cfg, df_bit, 1), OR,
		KW_VALUE("copy", "Copy DF bit from inner header", struct cfg, df_bit, 0), OR,
		KW_VALUE("set", "Set DF bit for encapsulated packet", struct cfg, df_bit, 2))),
	  .flags = R_NO | R_NV, .order = 1205 },
};
/* clang-format on */

const struct row_table rows_ipsec_exec = ROWS(IN_EXEC, exec_rows);
const struct row_table rows_ipsec_df = ROWS(IN_CONFIG, df_rows);
