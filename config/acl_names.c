/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stddef.h>
#include "config/acl.h"
#include "config/acl_names.h"

const struct acl_word acl_protocols[] = {
	{ "ahp", 51, "Authentication Header Protocol" },
	{ "eigrp", 88, "Cisco's EIGRP routing protocol" },
	{ "esp", 50, "Encapsulation Security Payload" },
	{ "gre", 47, "Cisco's GRE tunneling" },
	{ "icmp", PROTO_ICMP, "Internet Control Message Protocol" },
	{ "igmp", 2, "Internet Gateway Message Protocol" },
	{ "ip", 0, "Any Internet Protocol" },
	{ "ipinip", 4, "IP in IP tunneling" },
	{ "nos", 94, "KA9Q NOS compatible IP over IP tunneling" },
	{ "ospf", 89, "OSPF routing protocol" },
	{ "pcp", 108, "Payload Compression Protocol" },
	{ "pim", 103, "Protocol Independent Multicast" },
	{ "sctp", PROTO_SCTP, "Stream Control Transmission Protocol" },
	{ "tcp", PROTO_TCP, "Transmission Control Protocol" },
	{ "udp", PROTO_UDP, "User Datagram Protocol" },
	{ NULL, 0, NULL },
};

const struct acl_word acl_tcp_ports[] = {
	{ "bgp", 179, "Border Gateway Protocol (179)" },
	{ "chargen", 19, "Character generator (19)" },
	{ "cmd", 514, "Remote commands (rcmd, 514)" },
	{ "daytime", 13, "Daytime (13)" },
	{ "discard", 9, "Discard (9)" },
	{ "domain", 53, "Domain Name Service (53)" },
	{ "echo", 7, "Echo (7)" },
	{ "exec", 512, "Exec (rsh, 512)" },
	{ "finger", 79, "Finger (79)" },
	{ "ftp", 21, "File Transfer Protocol (21)" },
	{ "ftp-data", 20, "FTP data connections (20)" },
	{ "gopher", 70, "Gopher (70)" },
	{ "hostname", 101, "NIC hostname server (101)" },
	{ "ident", 113, "Ident Protocol (113)" },
	{ "irc", 194, "Internet Relay Chat (194)" },
	{ "klogin", 543, "Kerberos login (543)" },
	{ "kshell", 544, "Kerberos shell (544)" },
	{ "login", 513, "Login (rlogin, 513)" },
	{ "lpd", 515, "Printer service (515)" },
	{ "msrpc", 135, "MS Remote Procedure Call (135)" },
	{ "nntp", 119, "Network News Transport Protocol (119)" },
	{ "onep-plain", 15001, "ONEP Cleartext (15001)" },
	{ "onep-tls", 15002, "ONEP TLS (15002)" },
	{ "pim-auto-rp", 496, "PIM Auto-RP (496)" },
	{ "pop2", 109, "Post Office Protocol v2 (109)" },
	{ "pop3", 110, "Post Office Protocol v3 (110)" },
	{ "smtp", 25, "Simple Mail Transport Protocol (25)" },
	{ "sunrpc", 111, "Sun Remote Procedure Call (111)" },
	{ "syslog", 514, "Syslog (514)" },
	{ "tacacs", 49, "TAC Access Control System (49)" },
	{ "talk", 517, "Talk (517)" },
	{ "telnet", 23, "Telnet (23)" },
	{ "time", 37, "Time (37)" },
	{ "uucp", 540, "Unix-to-Unix Copy Program (540)" },
	{ "whois", 43, "Nicname (43)" },
	{ "www", 80, "World Wide Web (HTTP, 80)" },
	{ NULL, 0, NULL },
};

const struct acl_word acl_udp_ports[] = {
	{ "biff", 512, "Biff (mail notification, comsat, 512)" },
	{ "bootpc", 68, "Bootstrap Protocol (BOOTP) client (68)" },
	{ "bootps", 67, "Bootstrap Protocol (BOOTP) server (67)" },
	{ "discard", 9, "Discard (9)" },
	{ "dnsix", 195, "DNSIX security protocol auditing (195)" },
	{ "domain", 53, "Domain Name Service (DNS, 53)" },
	{ "echo", 7, "Echo (7)" },
	{ "isakmp", 500, "Internet Security Association and Key Management Protocol (500)" },
	{ "mobile-ip", 434, "Mobile IP registration (434)" },
	{ "nameserver", 42, "IEN116 name service (obsolete, 42)" },
	{ "netbios-dgm", 138, "NetBios datagram service (138)" },
	{ "netbios-ns", 137, "NetBios name service (137)" },
	{ "netbios-ss", 139, "NetBios session service (139)" },
	{ "non500-isakmp", 4500, "Internet Security Association and Key Management Protocol (4500)" },
	{ "ntp", 123, "Network Time Protocol (123)" },
	{ "pim-auto-rp", 496, "PIM Auto-RP (496)" },
	{ "rip", 520, "Routing Information Protocol (router, in.routed, 520)" },
	{ "ripv6", 521, "Routing Information Protocol for IPv6 (521)" },
	{ "snmp", 161, "Simple Network Management Protocol (161)" },
	{ "snmptrap", 162, "SNMP Traps (162)" },
	{ "sunrpc", 111, "Sun Remote Procedure Call (111)" },
	{ "syslog", 514, "System Logger (514)" },
	{ "tacacs", 49, "TAC Access Control System (49)" },
	{ "talk", 517, "Talk (517)" },
	{ "tftp", 69, "Trivial File Transfer Protocol (69)" },
	{ "time", 37, "Time (37)" },
	{ "who", 513, "Who service (rwho, 513)" },
	{ "xdmcp", 177, "X Display Manager Control Protocol (177)" },
	{ NULL, 0, NULL },
};

const struct acl_word acl_icmps[] = {
	{ "administratively-prohibited", ACL_ICMP(3, 13), "Administratively prohibited" },
	{ "alternate-address", ACL_ICMP(6, -1), "Alternate address" },
	{ "conversion-error", ACL_ICMP(31, -1), "Datagram conversion" },
	{ "dod-host-prohibited", ACL_ICMP(3, 10), "Host prohibited" },
	{ "dod-net-prohibited", ACL_ICMP(3, 9), "Net prohibited" },
	{ "echo", ACL_ICMP(8, -1), "Echo (ping)" },
	{ "echo-reply", ACL_ICMP(0, -1), "Echo reply" },
	{ "general-parameter-problem", ACL_ICMP(12, 0), "General parameter problem" },
	{ "host-isolated", ACL_ICMP(3, 8), "Host isolated" },
	{ "host-precedence-unreachable", ACL_ICMP(3, 14), "Host unreachable for precedence" },
	{ "host-redirect", ACL_ICMP(5, 1), "Host redirect" },
	{ "host-tos-redirect", ACL_ICMP(5, 3), "Host redirect for TOS" },
	{ "host-tos-unreachable", ACL_ICMP(3, 12), "Host unreachable for TOS" },
	{ "host-unknown", ACL_ICMP(3, 7), "Host unknown" },
	{ "host-unreachable", ACL_ICMP(3, 1), "Host unreachable" },
	{ "information-reply", ACL_ICMP(16, -1), "Information replies" },
	{ "information-request", ACL_ICMP(15, -1), "Information requests" },
	{ "mask-reply", ACL_ICMP(18, -1), "Mask replies" },
	{ "mask-request", ACL_ICMP(17, -1), "Mask requests" },
	{ "mobile-redirect", ACL_ICMP(32, -1), "Mobile host redirect" },
	{ "net-redirect", ACL_ICMP(5, 0), "Network redirect" },
	{ "net-tos-redirect", ACL_ICMP(5, 2), "Net redirect for TOS" },
	{ "net-tos-unreachable", ACL_ICMP(3, 11), "Network unreachable for TOS" },
	{ "net-unreachable", ACL_ICMP(3, 0), "Net unreachable" },
	{ "network-unknown", ACL_ICMP(3, 6), "Network unknown" },
	{ "no-room-for-option", ACL_ICMP(12, 2), "Parameter required but no room" },
	{ "option-missing", ACL_ICMP(12, 1), "Parameter required but not present" },
	{ "packet-too-big", ACL_ICMP(3, 4), "Fragmentation needed and DF set" },
	{ "parameter-problem", ACL_ICMP(12, -1), "All parameter problems" },
	{ "port-unreachable", ACL_ICMP(3, 3), "Port unreachable" },
	{ "precedence-unreachable", ACL_ICMP(3, 15), "Precedence cutoff" },
	{ "protocol-unreachable", ACL_ICMP(3, 2), "Protocol unreachable" },
	{ "reassembly-timeout", ACL_ICMP(11, 1), "Reassembly timeout" },
	{ "redirect", ACL_ICMP(5, -1), "All redirects" },
	{ "router-advertisement", ACL_ICMP(9, -1), "Router discovery advertisements" },
	{ "router-solicitation", ACL_ICMP(10, -1), "Router discovery solicitations" },
	{ "source-quench", ACL_ICMP(4, -1), "Source quenches" },
	{ "source-route-failed", ACL_ICMP(3, 5), "Source route failed" },
	{ "time-exceeded", ACL_ICMP(11, -1), "All time exceededs" },
	{ "timestamp-reply", ACL_ICMP(14, -1), "Timestamp replies" },
	{ "timestamp-request", ACL_ICMP(13, -1), "Timestamp requests" },
	{ "traceroute", ACL_ICMP(30, -1), "Traceroute" },
	{ "ttl-exceeded", ACL_ICMP(11, 0), "TTL exceeded" },
	{ "unreachable", ACL_ICMP(3, -1), "All unreachables" },
	{ NULL, 0, NULL },
};

const struct acl_word acl_dscps[] = {
	{ "af11", 10, "Match packets with AF11 dscp (001010)" },
	{ "af12", 12, "Match packets with AF12 dscp (001100)" },
	{ "af13", 14, "Match packets with AF13 dscp (001110)" },
	{ "af21", 18, "Match packets with AF21 dscp (010010)" },
	{ "af22", 20, "Match packets with AF22 dscp (010100)" },
	{ "af23", 22, "Match packets with AF23 dscp (010110)" },
	{ "af31", 26, "Match packets with AF31 dscp (011010)" },
	{ "af32", 28, "Match packets with AF32 dscp (011100)" },
	{ "af33", 30, "Match packets with AF33 dscp (011110)" },
	{ "af41", 34, "Match packets with AF41 dscp (100010)" },
	{ "af42", 36, "Match packets with AF42 dscp (100100)" },
	{ "af43", 38, "Match packets with AF43 dscp (100110)" },
	{ "cs1", 8, "Match packets with CS1(precedence 1) dscp (001000)" },
	{ "cs2", 16, "Match packets with CS2(precedence 2) dscp (010000)" },
	{ "cs3", 24, "Match packets with CS3(precedence 3) dscp (011000)" },
	{ "cs4", 32, "Match packets with CS4(precedence 4) dscp (100000)" },
	{ "cs5", 40, "Match packets with CS5(precedence 5) dscp (101000)" },
	{ "cs6", 48, "Match packets with CS6(precedence 6) dscp (110000)" },
	{ "cs7", 56, "Match packets with CS7(precedence 7) dscp (111000)" },
	{ "default", 0, "Match packets with default dscp (000000)" },
	{ "ef", 46, "Match packets with EF dscp (101110)" },
	{ NULL, 0, NULL },
};

const struct acl_word acl_precedences[] = {
	{ "critical", 5, "Match packets with critical precedence (5)" },
	{ "flash", 3, "Match packets with flash precedence (3)" },
	{ "flash-override", 4, "Match packets with flash override precedence (4)" },
	{ "immediate", 2, "Match packets with immediate precedence (2)" },
	{ "internet", 6, "Match packets with internetwork control precedence (6)" },
	{ "network", 7, "Match packets with network control precedence (7)" },
	{ "priority", 1, "Match packets with priority precedence (1)" },
	{ "routine", 0, "Match packets with routine precedence (0)" },
	{ NULL, 0, NULL },
};

const struct acl_word acl_toses[] = {
	{ "max-reliability", 2, "Match packets with max reliable TOS (2)" },
	{ "max-throughput", 4, "Match packets with max throughput TOS (4)" },
	{ "min-delay", 8, "Match packets with min delay TOS (8)" },
	{ "min-monetary-cost", 1, "Match packets with min monetary cost TOS (1)" },
	{ "normal", 0, "Match packets with normal TOS (0)" },
	{ NULL, 0, NULL },
};

const struct acl_word *acl_ports_of(uint8_t proto)
{
	return proto == PROTO_TCP ? acl_tcp_ports : proto == PROTO_UDP ? acl_udp_ports : NULL;
}

const char *acl_word_name(const struct acl_word *table, int value)
{
	/* 514 has two names in TCP, cmd and syslog: IOS prints the first. */
	for (; table && table->word; table++)
		if (table->value == value)
			return table->word;
	return NULL;
}

const char *acl_proto_name(uint8_t proto)
{
	return acl_word_name(acl_protocols, proto);
}
