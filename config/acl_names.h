/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The words of an access list and their numbers; config/acl_*.c's own. Each table ends with a NULL word. */
#pragma once
#include <stdint.h>

struct acl_word {
	const char *word;
	int value;
	const char *help;
};

#define PROTO_ICMP 1
#define PROTO_TCP 6
#define PROTO_UDP 17
#define PROTO_SCTP 132

extern const struct acl_word acl_protocols[], acl_tcp_ports[], acl_udp_ports[], acl_dscps[],
	acl_precedences[], acl_toses[];

/* value: ACL_ICMP(type, code), code -1 = any. */
#define ACL_ICMP(type, code) ((type) << 9 | ((code) + 1))
#define ACL_ICMP_TYPE(v) ((v) >> 9)
#define ACL_ICMP_CODE(v) (((v)&511) - 1)
extern const struct acl_word acl_icmps[];

/* Port names of a protocol; NULL: it has ports without names, or none. */
const struct acl_word *acl_ports_of(uint8_t proto);
/* The word of a value; NULL when it has none. */
const char *acl_word_name(const struct acl_word *table, int value);
