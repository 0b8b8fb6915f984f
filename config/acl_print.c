/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stddef.h>
#include "config/acl.h"
#include "config/acl_names.h"
#include "lib/text.h"

static void add_name(struct text *t, const struct acl_word *names, int value)
{
	const char *name = acl_word_name(names, value);

	if (name)
		text_printf(t, " %s", name);
	else
		text_printf(t, " %d", value);
}

static void add_address(struct text *t, const struct acl_end *e)
{
	char ip[IP4_TEXT], wild[IP4_TEXT];

	if (e->wild.a == UINT32_MAX)
		text_add(t, " any");
	else if (e->wild.a == 0)
		text_printf(t, " host %s", ip4_str(e->ip, ip));
	else
		text_printf(t, " %s %s", ip4_str(e->ip, ip), ip4_str(e->wild, wild));
}

static unsigned port_count(const struct acl_port *p)
{
	return p->n > ACL_PORTS ? ACL_PORTS : p->n;
}

/* names NULL: numbers. */
static void add_ports(
	struct text *t, const struct acl_port *p, const char *const *ops, const struct acl_word *names)
{
	if (p->op == PORT_ANY || p->op > PORT_RANGE)
		return;
	text_printf(t, " %s", ops[p->op]);
	for (unsigned i = 0; i < port_count(p); i++)
		add_name(t, names, p->port[i]);
}

static void add_icmp(struct text *t, const struct acl_ace *a, bool numbers)
{
	const char *name = NULL;

	if (a->proto != PROTO_ICMP || a->icmp_type < 0)
		return;
	if (!numbers)
		name = acl_word_name(acl_icmps, ACL_ICMP(a->icmp_type, a->icmp_code));
	if (name) {
		text_printf(t, " %s", name);
		return;
	}
	text_printf(t, " %d", a->icmp_type);
	if (a->icmp_code >= 0)
		text_printf(t, " %d", a->icmp_code);
}

static void add_options(struct text *t, const struct acl_ace *a)
{
	if (a->established)
		text_add(t, " established");
	if (a->dscp >= 0) {
		text_add(t, " dscp");
		add_name(t, acl_dscps, a->dscp);
	}
	if (a->precedence >= 0) {
		text_add(t, " precedence");
		add_name(t, acl_precedences, a->precedence);
	}
	if (a->tos >= 0) {
		text_add(t, " tos");
		add_name(t, acl_toses, a->tos);
	}
	if (a->fragments)
		text_add(t, " fragments");
	if (a->log)
		text_add(t, " log");
}

static void add_proto(struct text *t, uint8_t proto)
{
	add_name(t, acl_protocols, proto);
}

void acl_ace_str(const struct acl_ace *a, bool standard, bool pad, struct text *out)
{
	static const char *const ops[] = { "", "eq", "neq", "gt", "lt", "range" };
	const struct acl_word *names = acl_ports_of(a->proto);
	char ip[IP4_TEXT];

	text_add(out, a->permit ? "permit" : pad ? "deny  " : "deny");
	if (standard) {
		if (a->src.wild.a == 0) /* a standard list has no 'host' */
			text_printf(out, " %s", ip4_str(a->src.ip, ip));
		else
			add_address(out, &a->src);
		if (a->log)
			text_add(out, " log");
		return;
	}
	add_proto(out, a->proto);
	add_address(out, &a->src);
	add_ports(out, &a->src.port, ops, names);
	add_address(out, &a->dst);
	add_ports(out, &a->dst.port, ops, names);
	add_icmp(out, a, false);
	add_options(out, a);
}

void acl_ace_gdoi_str(const struct acl_ace *a, struct text *out)
{
	static const char *const ops[] = { "", "port =", "port !=", "port >", "port <", "port range" };

	text_add(out, a->permit ? "permit" : "deny");
	add_proto(out, a->proto);
	add_address(out, &a->src);
	add_ports(out, &a->src.port, ops, NULL);
	add_address(out, &a->dst);
	add_ports(out, &a->dst.port, ops, NULL);
	add_icmp(out, a, true);
	add_options(out, a);
}
