/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the shell may ask of the GDOI engine: snapshots by value. Texts are the names IOS prints; layout is the shell's.
 */
#pragma once
#include <string.h>
#include "config/acl.h"
#include "gdoi/dataplane.h"
#include "gdoi/payload.h"
#include "isakmp/isakmp.h"

struct gdoi;

#define GDOI_NAME 81

enum gdoi_role { GDOI_ROLE_NONE, GDOI_ROLE_KS, GDOI_ROLE_GM };

struct gdoi_group_info {
	char name[GDOI_NAME];
	struct gdoi_group_id id;
	bool has_id;
	enum gdoi_role role;		/* NONE: not (yet) usable; see problem */
	char problem[160];		/* why the group does not work, "" when it does ("RSA key X not found") */
	bool unicast;
	uint32_t rekeys_received;	/* GM */
	uint32_t members;		/* KS */
	bool receive_only;
	bool dataplane_down;		/* GM */
	char dataplane_problem[160];
};

/* Each group until fn returns false; in configuration order. */
void gdoi_show_groups(const struct gdoi *g, bool (*fn)(void *arg, const struct gdoi_group_info *i), void *arg);
bool gdoi_show_group(const struct gdoi *g, const char *name, struct gdoi_group_info *out);

/* ---- key server ---- */

struct gdoi_tek_info {			/* of a policy: KS and GM */
	uint32_t sa_number;		/* KS: sa ipsec N */
	uint32_t spi;
	char acl[GDOI_NAME], profile[GDOI_NAME];
	enum esp_enc enc;
	enum esp_auth auth;
	bool transport;
	uint32_t lifetime, left;	/* s: configured, remaining (0 when over; less when it was cut short) */
	uint32_t elapsed;		/* KS: s since it was made; UINT32_MAX: not known */
	uint32_t time_to_rekey;		/* s; UINT32_MAX = n/a */
	uint32_t replay, window;	/* 1 none, 2 counter (packets), 3 time (seconds) */
	bool sending;			/* GM: used to send */
	bool no_window;			/* KS: counter-based, and off for its more than two members */
#ifdef GX_KEYLOG
	struct bytes key, auth_key;	/* GM: the engine's own; valid until the callback returns */
#endif
};

struct gdoi_kek_info {
	bool present;
	uint8_t spi[GDOI_SPI];
	enum cipher_id cipher;
	enum hash_id sig_hash;
	uint32_t key_size, iv_size;	/* octets */
	uint32_t sig_key_der, sig_size;	/* octets: DER public key, signature */
	char sig_key_name[GDOI_NAME];
	uint32_t lifetime, left, time_to_rekey;
	uint32_t ack;			/* enum cfg_ack */
	uint32_t seq;			/* KS: last used; GM: last accepted */
	bool unicast;
};

struct gdoi_ks_info {
	struct ip4 address;
	uint32_t members;
	uint32_t seq;
	struct gdoi_kek_info kek;
	uint32_t retransmit, retransmits, retransmit_left;
	uint64_t rekeys_sent, rekeys_retransmitted;
	uint32_t last_retransmits, last_duration_ms, registrations_after_rekey;
	struct endpoint multicast;	/* multicast groups: destination */
	bool pending_change;		/* policy configured but not sent yet */
	bool secondary;			/* of cooperating key servers */
	uint64_t pseudotime;		/* ms */
	bool time_based;
	uint32_t sync_left;		/* s until the next TBAR rekey */
};
bool gdoi_show_ks(const struct gdoi *g, const char *group, struct gdoi_ks_info *out);
/* Every TEK the key server has (new first), and per configured sa ipsec. */
void gdoi_show_ks_teks(const struct gdoi *g, const char *group, bool (*fn)(void *arg, const struct gdoi_tek_info *t), void *arg);

struct gdoi_member_info {
	struct ip4 id;			/* group member ID */
	struct version version;
	struct ip4 ks;			/* key server it registered with */
	char phase1_id[64];
	uint32_t rekeys_sent, retries, acks, missed;
	uint32_t sent_seq[4], rcvd_seq[4];
	uint64_t registered;		/* wall µs */
};
/* In order of registration. A snapshot: the engine may not be changed meanwhile. */
void gdoi_show_members(const struct gdoi *g, const char *group, bool (*fn)(void *arg, const struct gdoi_member_info *m), void *arg);
bool gdoi_show_member(const struct gdoi *g, const char *group, struct ip4 id, struct gdoi_member_info *out);

/* ---- group member ---- */

enum gdoi_gm_state { GM_IDLE, GM_REGISTERING, GM_REGISTERED, GM_REJECTED };

struct gdoi_gm_info {
	char map_if[GDOI_NAME];		/* interface the crypto map stands on */
	struct ip4 local, server;	/* server: registered with, or being tried */
	enum gdoi_gm_state state;
	struct version version;
	uint32_t reregisters_in;	/* s; also seconds to the next try while registering */
	uint32_t succeeded, attempted;
	struct ip4 last_rekey_from;
	uint32_t last_seq;
	uint32_t rekeys, rekeys_after_reg, acks_sent;
	uint64_t last_rekey;		/* monotonic µs ago; UINT64_MAX = never */
	uint32_t active_teks;
	enum dp_mode mode;
	bool passive, receive_only;	/* as the key server says / as configured */
	struct gdoi_kek_info kek;
	char refused[160];		/* why the last policy was refused, "" */
	char dataplane_problem[160];	/* what the data plane refused last, "" */
	bool time_based;
	uint64_t pseudotime;		/* ms */
	uint32_t window;
};
bool gdoi_show_gm(const struct gdoi *g, const char *group, struct gdoi_gm_info *out);
/* TEKs installed, newest first. */
void gdoi_show_gm_teks(const struct gdoi *g, const char *group, bool (*fn)(void *arg, const struct gdoi_tek_info *t), void *arg);
/* An entry of a policy as an access list has it. */
static inline struct acl_ace gdoi_show_ace(const struct dp_ace *d)
{
	return (struct acl_ace){ .permit = d->permit, .proto = d->proto, .icmp_type = -1, .icmp_code = -1, .dscp = -1, .precedence = -1, .tos = -1,
		.src = acl_end_of(d->src, d->src_mask, d->sport), .dst = acl_end_of(d->dst, d->dst_mask, d->dport) };
}
/* The downloaded ACL, permit and deny, in order. Valid until the loop turns; *n entries. */
const struct dp_ace *gdoi_show_gm_acl(const struct gdoi *g, const char *group, unsigned *n);
/* The rekey signature key: DER; empty without a KEK. Valid until the loop turns. */
struct bytes gdoi_show_gm_pubkey(const struct gdoi *g, const char *group);

/* gm_dp_show.c: SAs in the kernel, newest first; drops of late, newest first; until fn returns false. */
void gdoi_show_gm_sas(const struct gdoi *g, const char *group, bool (*fn)(void *arg, const struct dp_sa_info *i), void *arg);
void gdoi_show_gm_drops(const struct gdoi *g, const char *group, bool (*fn)(void *arg, const struct dp_drop *d), void *arg);
/* The entries in force, in order: local ones (of the fail-close list: all) first, *nlocal of them. Valid until the loop
 * turns. */
const struct dp_ace *gdoi_show_gm_told(const struct gdoi *g, const char *group, unsigned *n, unsigned *nlocal);
/* The data plane's counters for this member's group; false when it has none. */
bool gdoi_show_gm_dataplane(const struct gdoi *g, const char *group, struct dp_counters *out);

struct gdoi_rekey_sa_info {		/* show crypto gdoi rekey sa */
	struct ip4 dst, src;
	uint32_t conn_id;
	bool active;
	struct gdoi_kek_info kek;
	uint32_t seq, prev_seq;
	int age;			/* 0 new, 1 current, 2 previous ('gm rekey detail') */
};
void gdoi_show_rekey_sas(const struct gdoi *g, const char *group, bool (*fn)(void *arg, const struct gdoi_rekey_sa_info *i), void *arg);

/* ---- datagrams and messages refused, per device ---- */
struct gdoi_counters {
	uint64_t pull_in, pull_bad, pull_refused, push_in, push_ok, push_unknown_spi, push_malformed, push_replayed,
		push_bad_sig, push_pseudotime, ack_in, ack_ok, ack_bad, ack_unsolicited;
};
void gdoi_show_counters(const struct gdoi *g, struct gdoi_counters *out);

/* Features by software version: NULL name ends. */
struct gdoi_feature {
	const char *name;		/* "gm-removal" */
	struct version since;		/* zeros: this release does not have it */
};
extern const struct gdoi_feature gdoi_features[];
/* NULL: there is none of that name. */
static inline const struct gdoi_feature *gdoi_feature_named(const char *name)
{
	const struct gdoi_feature *f = gdoi_features;

	while (f->name && strcmp(f->name, name) != 0)
		f++;
	return f->name ? f : NULL;
}
