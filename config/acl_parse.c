/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One walk over the words serves both acl_parse() and acl_expect(): where the words end, it offers what could
 * stand there (to nobody when parsing).
 */
#include <stdlib.h>
#include <string.h>
#include "config/acl.h"
#include "config/acl_names.h"
#include "lib/why.h"

struct ace_parser {
	char *const *words;
	unsigned n, at;
	struct acl_ace *ace;
	struct why *why;
	void (*put)(void *arg, const char *word, const char *help);
	void *arg;
};

static const struct acl_word actions[] = {
	{ "deny", false, "Specify packets to reject" },
	{ "permit", true, "Specify packets to forward" },
	{ NULL, 0, NULL },
};

enum { ADDRESS_ANY, ADDRESS_HOST };
static const struct acl_word source_words[] = {
	{ "any", ADDRESS_ANY, "Any source host" },
	{ "host", ADDRESS_HOST, "A single source host" },
	{ NULL, 0, NULL },
};
static const struct acl_word destination_words[] = {
	{ "any", ADDRESS_ANY, "Any destination host" },
	{ "host", ADDRESS_HOST, "A single destination host" },
	{ NULL, 0, NULL },
};

static const struct acl_word operators[] = {
	{ "eq", PORT_EQ, "Match only packets on a given port number" },
	{ "gt", PORT_GT, "Match only packets with a greater port number" },
	{ "lt", PORT_LT, "Match only packets with a lower port number" },
	{ "neq", PORT_NEQ, "Match only packets not on a given port number" },
	{ "range", PORT_RANGE, "Match only packets in the range of port numbers" },
	{ NULL, 0, NULL },
};

/* Other systems' names: taken, never printed nor offered. */
static const struct acl_word foreign_ports[] = {
	{ "dns", 53, NULL },
	{ "ssh", 22, NULL },
	{ NULL, 0, NULL },
};

enum { OPT_DSCP, OPT_ESTABLISHED, OPT_FRAGMENTS, OPT_LOG, OPT_PRECEDENCE, OPT_TOS };
static const struct acl_word options[] = {
	{ "dscp", OPT_DSCP, "Match packets with given dscp value" },
	{ "established", OPT_ESTABLISHED, "Match established connections" },
	{ "fragments", OPT_FRAGMENTS, "Check non-initial fragments" },
	{ "log", OPT_LOG, "Log matches against this entry" },
	{ "precedence", OPT_PRECEDENCE, "Match packets with given precedence value" },
	{ "tos", OPT_TOS, "Match packets with given TOS value" },
	{ NULL, 0, NULL },
};

static bool at_end(const struct ace_parser *p)
{
	return p->at == p->n;
}

static void offer_one(const struct ace_parser *p, const char *word, const char *help)
{
	if (p->put)
		p->put(p->arg, word, help);
}

static void offer(const struct ace_parser *p, const struct acl_word *table)
{
	for (; table && table->word; table++)
		offer_one(p, table->word, table->help);
}

static bool incomplete(const struct ace_parser *p)
{
	return why_set(p->why, "the access list entry is incomplete");
}

static const struct acl_word *exact(const struct acl_word *table, const char *word)
{
	for (; table && table->word; table++)
		if (!strcmp(table->word, word))
			return table;
	return NULL;
}

/* The whole word, or the one word that begins with it; *ambiguous when several do. */
static const struct acl_word *abbreviated(const struct acl_word *table, const char *word, bool *ambiguous)
{
	const struct acl_word *found = exact(table, word);
	size_t len = strlen(word);

	*ambiguous = false;
	if (found || len == 0)
		return found;
	for (; table && table->word; table++) {
		if (strncmp(table->word, word, len) != 0)
			continue;
		if (found) {
			*ambiguous = true;
			return NULL;
		}
		found = table;
	}
	return found;
}

/* A decimal number up to max, digits alone; -1 of anything else. */
static int number(const char *word, int max)
{
	int v = 0;

	if (!*word)
		return -1;
	for (; *word; word++) {
		if (*word < '0' || *word > '9')
			return -1;
		v = v * 10 + (*word - '0');
		if (v > max)
			return -1;
	}
	return v;
}

/* A number from 0 to max, or a name of the table; range is its form in '?'. */
static bool value(struct ace_parser *p, const struct acl_word *names, int max, const char *range,
	const char *what, int *out)
{
	const struct acl_word *w;
	bool ambiguous;

	if (at_end(p)) {
		offer_one(p, range, what);
		offer(p, names);
		return incomplete(p);
	}
	*out = number(p->words[p->at], max);
	if (*out < 0) {
		w = abbreviated(names, p->words[p->at], &ambiguous);
		if (!w)
			return why_set(p->why, "%s: %s expected", ambiguous ? "ambiguous" : "invalid", what);
		*out = w->value;
	}
	p->at++;
	return true;
}

static bool ip(struct ace_parser *p, const char *help, struct ip4 *out)
{
	if (at_end(p)) {
		offer_one(p, "A.B.C.D", help);
		return incomplete(p);
	}
	if (!ip4_parse(p->words[p->at], out))
		return why_set(p->why, "invalid: an IP address expected");
	p->at++;
	return true;
}

static void set_end(struct acl_end *e, struct ip4 addr, uint32_t wild)
{
	e->wild.a = wild;
	e->ip.a = addr.a & ~wild; /* IOS zeroes what the wildcard leaves open */
}

static bool address(struct ace_parser *p, struct acl_end *e, bool source, bool standard)
{
	const struct acl_word *table = source ? source_words : destination_words, *w;
	const char *help = source ? "Source address" : "Destination address";
	struct ip4 addr = { 0 }, wild = { 0 };
	bool ambiguous;

	if (at_end(p)) {
		offer_one(p, "A.B.C.D", help);
		offer(p, table);
		return incomplete(p);
	}
	w = abbreviated(table, p->words[p->at], &ambiguous);
	if (w)
		p->at++;
	if (w && w->value == ADDRESS_ANY) {
		set_end(e, addr, UINT32_MAX);
		return true;
	}
	if (!ip(p, help, &addr))
		return false;
	if (!w && (!standard || at_end(p) || ip4_parse(p->words[p->at], &wild))) {
		if (standard && at_end(p)) /* a standard list's bare address is a host */
			offer_one(p, "A.B.C.D", "Wildcard bits");
		else if (!ip(p, source ? "Source wildcard bits" : "Destination wildcard bits", &wild))
			return false;
	}
	set_end(e, addr, wild.a);
	return true;
}

static bool has_ports(uint8_t proto)
{
	return proto == PROTO_TCP || proto == PROTO_UDP || proto == PROTO_SCTP;
}

static bool port(struct ace_parser *p, uint16_t *out)
{
	const struct acl_word *w = at_end(p) ? NULL : exact(foreign_ports, p->words[p->at]);
	int v;

	if (w) {
		v = w->value;
		p->at++;
	} else if (!value(p, acl_ports_of(p->ace->proto), 65535, "<0-65535>", "Port number", &v)) {
		return false;
	}
	*out = (uint16_t)v;
	return true;
}

/* After the first port of 'eq' a word is one more port, or what follows: so no abbreviations here. */
static bool another_port(const struct ace_parser *p)
{
	const char *word = p->words[p->at];

	return number(word, 65535) >= 0 || exact(acl_ports_of(p->ace->proto), word) ||
	       exact(foreign_ports, word);
}

static bool operands(struct ace_parser *p, struct acl_port *out)
{
	if (!port(p, &out->port[0]))
		return false;
	out->n = 1;
	if (out->op == PORT_RANGE) {
		uint16_t low = out->port[0], high;

		if (!port(p, &high))
			return false;
		out->port[0] = low < high ? low : high;
		out->port[1] = low < high ? high : low;
		out->n = 2;
	}
	if ((out->op == PORT_GT && out->port[0] == 65535) || (out->op == PORT_LT && out->port[0] == 0)) {
		p->at--;
		return why_set(p->why, "no port is %s", out->op == PORT_GT ? "greater" : "lower");
	}
	while (out->op == PORT_EQ && out->n < ACL_PORTS) {
		if (at_end(p)) {
			offer_one(p, "<0-65535>", "Port number");
			offer(p, acl_ports_of(p->ace->proto));
			break;
		}
		if (!another_port(p))
			break;
		if (!port(p, &out->port[out->n]))
			return false;
		out->n++;
	}
	return true;
}

static bool ports(struct ace_parser *p, struct acl_port *out)
{
	const struct acl_word *w;
	bool ambiguous;

	if (!has_ports(p->ace->proto))
		return true;
	if (at_end(p)) {
		offer(p, operators);
		return true;
	}
	/* One letter would be ambiguous with what else may stand here ('l': lt or log). */
	w = strlen(p->words[p->at]) < 2 ? NULL : abbreviated(operators, p->words[p->at], &ambiguous);
	if (!w)
		return true;
	out->op = (uint8_t)w->value;
	p->at++;
	return operands(p, out);
}

static bool has_layer4(const struct acl_ace *a)
{
	return a->src.port.op != PORT_ANY || a->dst.port.op != PORT_ANY || a->established ||
	       a->icmp_type >= 0;
}

/* Whether option may (still) be given. */
static bool allowed(const struct acl_ace *a, int option)
{
	switch (option) {
	case OPT_DSCP:
		return a->dscp < 0 && a->precedence < 0 && a->tos < 0;
	case OPT_PRECEDENCE:
		return a->precedence < 0 && a->dscp < 0;
	case OPT_TOS:
		return a->tos < 0 && a->dscp < 0;
	case OPT_ESTABLISHED:
		return a->proto == PROTO_TCP && !a->established && !a->fragments;
	case OPT_FRAGMENTS:
		return !a->fragments && !has_layer4(a); /* later fragments carry no layer 4 header */
	default:
		return !a->log;
	}
}

static bool tag(struct ace_parser *p, const struct acl_word *names, int max, const char *range,
	const char *what, int16_t *out)
{
	int v;

	if (!value(p, names, max, range, what, &v))
		return false;
	*out = (int16_t)v;
	return true;
}

static bool option(struct ace_parser *p)
{
	struct acl_ace *a = p->ace;
	bool ambiguous;
	const struct acl_word *w = abbreviated(options, p->words[p->at], &ambiguous);

	if (!w)
		return why_set(p->why, "%s option", ambiguous ? "ambiguous" : "unknown");
	if (!allowed(a, w->value))
		return why_set(p->why, "'%s' does not fit here", w->word);
	p->at++;
	switch (w->value) {
	case OPT_DSCP:
		return tag(p, acl_dscps, 63, "<0-63>", "Differentiated services codepoint value", &a->dscp);
	case OPT_PRECEDENCE:
		return tag(p, acl_precedences, 7, "<0-7>", "Precedence value", &a->precedence);
	case OPT_TOS:
		return tag(p, acl_toses, 15, "<0-15>", "Type of service value", &a->tos);
	case OPT_ESTABLISHED:
		a->established = true;
		return true;
	case OPT_FRAGMENTS:
		a->fragments = true;
		return true;
	default:
		a->log = true;
		return true;
	}
}

/* A type name, or <0-255> [<0-255>]. Absent is fine. */
static bool icmp(struct ace_parser *p)
{
	const struct acl_word *w;
	bool ambiguous;
	int v;

	if (p->ace->proto != PROTO_ICMP)
		return true;
	if (at_end(p)) {
		offer_one(p, "<0-255>", "ICMP message type");
		offer(p, acl_icmps);
		return true;
	}
	v = number(p->words[p->at], 255);
	if (v >= 0) {
		p->ace->icmp_type = (int16_t)v;
		p->at++;
		if (at_end(p))
			offer_one(p, "<0-255>", "ICMP message code");
		v = at_end(p) ? -1 : number(p->words[p->at], 255);
		if (v >= 0) {
			p->ace->icmp_code = (int16_t)v;
			p->at++;
		}
		return true;
	}
	if (exact(options, p->words[p->at]))
		return true;
	w = abbreviated(acl_icmps, p->words[p->at], &ambiguous);
	if (ambiguous)
		return why_set(p->why, "ambiguous: ICMP message type expected");
	if (w) {
		p->ace->icmp_type = (int16_t)ACL_ICMP_TYPE(w->value);
		p->ace->icmp_code = (int16_t)ACL_ICMP_CODE(w->value);
		p->at++;
	}
	return true;
}

static void offer_options(const struct ace_parser *p)
{
	for (const struct acl_word *w = options; w->word; w++)
		if (allowed(p->ace, w->value))
			offer_one(p, w->word, w->help);
	offer_one(p, "<cr>", "");
}

static bool extended_rest(struct ace_parser *p)
{
	struct acl_ace *a = p->ace;
	int proto;

	if (!value(p, acl_protocols, 255, "<0-255>", "An IP protocol number", &proto))
		return false;
	a->proto = (uint8_t)proto;
	if (!address(p, &a->src, true, false) || !ports(p, &a->src.port) ||
		!address(p, &a->dst, false, false) || !ports(p, &a->dst.port) || !icmp(p))
		return false;
	while (!at_end(p))
		if (!option(p))
			return false;
	offer_options(p);
	return true;
}

static bool standard_rest(struct ace_parser *p)
{
	bool ambiguous;
	const struct acl_word *w;

	if (!address(p, &p->ace->src, true, true))
		return false;
	if (at_end(p)) {
		offer_one(p, "log", "Log matches against this entry");
		offer_one(p, "<cr>", "");
		return true;
	}
	w = abbreviated(options, p->words[p->at], &ambiguous);
	if (!w || w->value != OPT_LOG)
		return why_set(p->why, "unknown option");
	p->ace->log = true;
	p->at++;
	if (!at_end(p))
		return why_set(p->why, "nothing may follow");
	offer_one(p, "<cr>", "");
	return true;
}

static bool entry(struct ace_parser *p, bool standard)
{
	const struct acl_word *w;
	bool ambiguous;

	*p->ace =
		(struct acl_ace){ .icmp_type = -1, .icmp_code = -1, .dscp = -1, .precedence = -1, .tos = -1 };
	if (at_end(p)) {
		offer(p, actions);
		return incomplete(p);
	}
	w = abbreviated(actions, p->words[p->at], &ambiguous);
	if (!w)
		return why_set(p->why, "'permit' or 'deny' expected");
	p->ace->permit = w->value;
	p->at++;
	return standard ? standard_rest(p) : extended_rest(p);
}

bool acl_parse(
	char *const *words, unsigned n, bool standard, struct acl_ace *out, unsigned *bad, struct why *why)
{
	struct ace_parser p = { .words = words, .n = n, .ace = out, .why = why };
	bool ok = entry(&p, standard);

	if (!ok && bad)
		*bad = p.at;
	return ok;
}

void acl_expect(char *const *words, unsigned n, bool standard,
	void (*put)(void *arg, const char *word, const char *help), void *arg)
{
	struct acl_ace ace;
	struct ace_parser p = { .words = words, .n = n, .ace = &ace, .put = put, .arg = arg };

	entry(&p, standard);
}
