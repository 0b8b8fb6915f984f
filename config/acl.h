/* SPDX-License-Identifier: GPL-3.0-or-later */
/* IP access lists as IOS has them. One ACE is a value; a list keeps them by sequence number. */
#pragma once
#include <uthash.h>
#include "lib/ip.h"

struct text;
struct why;
struct cfg;
struct cfg_table;

enum acl_port_op { PORT_ANY, PORT_EQ, PORT_NEQ, PORT_GT, PORT_LT, PORT_RANGE };
#define ACL_PORTS 10		/* 'eq' takes up to ten */
#define ACL_GROUP_MAX 100	/* entries of a group policy's ACL (GDOI_ACL_NUM) */

struct acl_port {
	uint8_t op, n;			/* enum acl_port_op; ports given (RANGE: 2) */
	uint16_t port[ACL_PORTS];
};

struct acl_end {
	struct ip4 ip, wild;		/* wild: 1 bits do not matter (IOS); any = 0.0.0.0/255.255.255.255; ip has those bits 0 */
	struct acl_port port;
};

struct acl_ace {
	bool permit;
	uint8_t proto;			/* 0 = ip (any) */
	struct acl_end src, dst;
	bool established, fragments, log;
	int16_t icmp_type, icmp_code;	/* -1 = any */
	int16_t dscp, precedence, tos;	/* -1 = any */
};

struct acl_entry {			/* one line: an ACE or a remark */
	uint32_t seq;
	char *remark;			/* NULL for an ACE; owned */
	struct acl_ace ace;
};

struct cfg_acl {
	UT_hash_handle hh;		/* = struct cfg_node */
	char name[81];			/* key: name or number */
	bool standard, numbered;
	struct acl_entry *entry;	/* sorted by seq */
	unsigned count, cap;
};

struct cfg_acl *cfg_acl(const struct cfg *c, const char *name);
/* Finds or creates; NULL with why when it exists with the other kind or the number is out of its kind's range. */
struct cfg_acl *cfg_acl_add(struct cfg *c, const char *name, bool standard, struct why *why);
/* seq 0 = last + 10. A line equal to one already there changes nothing (as IOS). False with why: "Duplicate sequence number". */
bool acl_add(struct cfg_acl *a, uint32_t seq, const struct acl_ace *ace, const char *remark, struct why *why);
bool acl_del_seq(struct cfg_acl *a, uint32_t seq);
bool acl_del_ace(struct cfg_acl *a, const struct acl_ace *ace, const char *remark);
bool acl_resequence(struct cfg_acl *a, uint32_t start, uint32_t step);
/* First match; false (implicit deny) when none. A list that is not configured (NULL) permits, as IOS does. */
bool acl_permits_source(const struct cfg_acl *a, struct ip4 src);

/*
 * Parses "permit udp any eq 848 any" (extended) or "permit 10.0.0.0 0.0.0.255" (standard; the source alone, put into src).
 * words: the line split at blanks. On error *bad is the index of the word at fault (n when the line is too short) and
 * why says what is wrong with it. Port and protocol names as IOS has them; also 'ssh', 'dns'.
 */
bool acl_parse(char *const *words, unsigned n, bool standard, struct acl_ace *out, unsigned *bad, struct why *why);
/* What may stand next, for '?' and Tab: calls put(arg, word, help) for each possibility after those n words. */
void acl_expect(char *const *words, unsigned n, bool standard, void (*put)(void *arg, const char *word, const char *help), void *arg);
/* "permit udp any eq isakmp any": the running-config form ('deny   ' padded when pad). */
void acl_ace_str(const struct acl_ace *ace, bool standard, bool pad, struct text *out);
/* "permit udp any port = 848 any": the form of 'show crypto gdoi ... acl' (numbers only). */
void acl_ace_gdoi_str(const struct acl_ace *ace, struct text *out);
/* Name of an IP protocol as IOS prints it ("ospf"), NULL when it has none. */
const char *acl_proto_name(uint8_t proto);
