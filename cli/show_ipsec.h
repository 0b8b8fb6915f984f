/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What text and JSON of 'show crypto ipsec sa' and 'show crypto session' share. */
#pragma once
#include "cli/show.h"

struct show_ipsec_count {
	unsigned total, active;
};
struct show_ipsec_count show_count_ipsec(const struct show *s);
/* Octets of cleartext that a packet under this SA may have; 0 when the interface's MTU is too small for any. */
unsigned show_plain_mtu(const struct dp_sa_info *i);

struct show_session {		/* a member on one of its interfaces */
	const struct gdoi_group_info *group;
	const struct gdoi_gm_info *gm;
	const char *ifname;
	const struct dp_sa_info *sa;	/* of the group, on all interfaces */
	unsigned nsa;
	bool ike;		/* there is an ISAKMP SA with the key server */
	const char *status;	/* "UP-ACTIVE" */
};
void show_each_session(const struct show *s, void (*fn)(const struct show *s, const struct show_session *x, void *arg), void *arg);
/* How many SAs, inbound and outbound, protect the entry on the session's interface. */
unsigned show_session_sas(const struct show_session *x, const struct dp_ace *a);
