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
#define ACL_PORTS 10      /* 'eq' takes up to ten */
#define ACL_GROUP_MAX 100 /* entries of a group policy's ACL (GDOI_ACL_NUM) */

struct acl_port {
	uint8_t op, n; /* enum acl_port_op; ports given (RANGE: 2) */
	uint16_t port[ACL_PORTS];
};

struct acl_end {
	struct ip4 ip, wild; /* wild: 1 bits do not matter (IOS); any = 0.0.0.0/255.255.255.255; ip has those
				bits 0 */
	struct acl_port port;
};

struct acl_ace {
	bool permit;
	uint8_t proto; /* 0 = ip (any) */
	struct acl_end src, dst;
	bool established, fragments, log;
	int16_t icmp_type, icmp_code;  /* -1 = any */
	int16_t dscp, precedence, tos; /* -1 = any */
};

struct acl_entry { /* one line: an ACE or a remark */
	uint32_t seq;
	char *remark; /* NULL for an ACE; owned */
	struct acl_ace ace;
};

struct cfg_acl {
	UT_hash_handle hh; /* = struct cfg_node */
	char name[81];     /* key: name or number */
	bool standard, numbered;
	struct acl_entry *entry; /* sorted by seq */
	unsigned count, cap;
	struct acl_index *index; /* acl.c's: ACEs by content */
};

#define ACL_SEQ_MAX 2147483647u

struct cfg_acl *cfg_acl(const struct cfg *c, const char *name);
/* Finds or creates; NULL with why when it exists with the other kind, the number is out of its kind's range
 * (standard 1-99, 1300-1999; extended 100-199, 2000-2699), or the name is empty, too long or begins with a
 * digit. */
struct cfg_acl *cfg_acl_add(struct cfg *c, const char *name, bool standard, struct why *why);
/* What a table of lists does with an element. */
void acl_free(struct cfg_acl *a);
/*
 * One of ace and remark is given (copied). seq 0 = last + 10; appending costs the same in a long list. An ACE
 * that is there already, under whatever number, changes nothing (as IOS); remarks may repeat. False with why:
 * "Duplicate sequence number", or no number left.
 */
bool acl_add(struct cfg_acl *a, uint32_t seq, const struct acl_ace *ace, const char *remark, struct why *why);
/* False when there is no such line. */
bool acl_del_seq(struct cfg_acl *a, uint32_t seq);
bool acl_del_ace(struct cfg_acl *a, const struct acl_ace *ace, const char *remark);
/* False (nothing changed) when start or step is 0 or the last line would pass ACL_SEQ_MAX. */
bool acl_resequence(struct cfg_acl *a, uint32_t start, uint32_t step);
/* First match by source address alone; false (implicit deny) when none. A list that is not configured (NULL)
 * permits, as IOS does. The cost does not grow with the list (up to 32 different wildcards). On the loop's
 * thread. */
bool acl_permits_source(const struct cfg_acl *a, struct ip4 src);

/*
 * Parses "permit udp any eq 848 any" (extended) or "permit 10.0.0.0 0.0.0.255" (standard; the source alone,
 * put into src). words: the line split at blanks; keywords may be abbreviated. On error *bad is the index of
 * the word at fault (n when the line is too short) and why says what is wrong with it. Port and protocol
 * names as IOS has them; also 'ssh', 'dns'. Not taken, because an ACE here has no place for them: TCP flags,
 * ttl, option, time-range, log-input, object groups.
 */
bool acl_parse(
	char *const *words, unsigned n, bool standard, struct acl_ace *out, unsigned *bad, struct why *why);
/* What may stand next, for '?' and Tab: calls put(arg, word, help) for each possibility after those n words
 * (n 0: permit, deny). "A.B.C.D", "<0-65535>" and "<cr>" stand for what they say; nothing is put after a line
 * with an error. */
void acl_expect(char *const *words, unsigned n, bool standard,
	void (*put)(void *arg, const char *word, const char *help), void *arg);
/* One end of an ACE: mask as of a prefix (1 bits matter), port 0: any. */
struct acl_end acl_end_of(struct ip4 ip, struct ip4 mask, uint16_t port);
/* "permit udp any eq isakmp any": the running-config form ('deny   ' padded when pad). acl_parse() gives the
 * same ACE. */
void acl_ace_str(const struct acl_ace *ace, bool standard, bool pad, struct text *out);
/* "permit udp any port = 848 any": the form of 'show crypto gdoi ... acl': ports and icmp types as numbers
 * only; "port != 5", "port > 5", "port < 5", "port range 5 9", "port = 5 6 7". */
void acl_ace_gdoi_str(const struct acl_ace *ace, struct text *out);
/* Equal in meaning (of what a list compares). */
bool acl_ace_eq(const struct acl_ace *a, const struct acl_ace *b);
/* Name of an IP protocol as IOS prints it ("ospf"), NULL when it has none. */
const char *acl_proto_name(uint8_t proto);
