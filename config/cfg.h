/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The running configuration as typed data: what the rows of cli/ set and what the engine reads. One struct
 * per mode. Collections are tables: insertion order kept, found by key in O(1); a node's key never changes
 * while it is in a table.
 */
#pragma once
#include <uthash.h>
#include "config/acl.h"
#include "lib/crypto/alg.h"
#include "lib/ip.h"
#include "lib/secret.h"
#include "syslog/syslog.h"

#define CFG_NAME 81 /* names of groups, maps, ACLs, profiles: 80 octets and the NUL */
#define CFG_DESC 241
#define CFG_SERVERS 8 /* 'server address' lines of a member's group */
#define CFG_PEERS 7   /* 'peer address' lines of redundancy */
#define CFG_SETS 6    /* transform sets of a profile */

/* First member of every element of a table. */
struct cfg_node {
	UT_hash_handle hh;
};

struct cfg_table {
	struct cfg_node *head;
	void (*drop)(struct cfg_node *n); /* frees an element; NULL: free() does */
	uint64_t masks; /* of pre-shared keys: which prefix lengths occur (bit 33: a mask with holes) */
};

/* key: keylen octets inside the node. Add returns false when the key is there already. */
struct cfg_node *cfg_table_find(const struct cfg_table *t, const void *key, size_t keylen);
bool cfg_table_add(struct cfg_table *t, struct cfg_node *n, const void *key, size_t keylen);
/* Takes the element out; it is the caller's then. */
void cfg_table_del(struct cfg_table *t, struct cfg_node *n);
/* Removes and frees all elements. */
void cfg_table_clear(struct cfg_table *t);
unsigned cfg_table_count(const struct cfg_table *t);
/* Walks in insertion order: CFG_EACH(struct cfg_group, g, &cfg->groups) { ... }; the body may not delete. */
#define CFG_EACH(type, var, table)                                                                           \
	for (type *var = (type *)(void *)(table)->head; var;                                                 \
		var = (type *)((const struct cfg_node *)(const void *)var)->hh.next)

enum isakmp_auth { ISAKMP_AUTH_PSK, ISAKMP_AUTH_RSA_SIG, ISAKMP_AUTH_RSA_ENCR };

#define CFG_ISAKMP_LIFETIME 86400 /* seconds: the default and the longest */
struct cfg_isakmp_policy { /* crypto isakmp policy N */
	struct cfg_node node;
	uint32_t priority; /* key; 1 to 10000 */
	uint32_t auth;     /* enum isakmp_auth; default rsa-sig as on IOS */
	uint32_t encr;     /* enum cipher_id; default CIPHER_DES */
	uint32_t hash;     /* enum hash_id; default HASH_SHA1 */
	uint32_t group;    /* enum dh_id; default DH_1 */
	uint32_t lifetime; /* seconds; default CFG_ISAKMP_LIFETIME */
};

struct cfg_psk_id {              /* key of a pre-shared key line; all octets set (memset first) */
	struct ip4 addr, mask;   /* mask 255.255.255.255 for a host, 0.0.0.0 for any */
	char hostname[CFG_NAME]; /* instead of an address */
};

struct cfg_psk { /* crypto isakmp key K address A [MASK]; pre-shared-key ... of a keyring */
	struct cfg_node node;
	struct cfg_psk_id id; /* key */
	struct secret key;    /* the octets of the key as typed */
	bool no_xauth;
};

struct cfg_keyring { /* crypto keyring NAME */
	struct cfg_node node;
	char name[CFG_NAME];
	char description[CFG_DESC];
	struct ip4 local_address; /* none: any */
	struct cfg_table psks;
};

struct cfg_transform_set { /* crypto ipsec transform-set NAME ... */
	struct cfg_node node;
	char name[CFG_NAME];
	uint32_t enc;   /* enum esp_enc */
	uint32_t auth;  /* enum esp_auth */
	bool transport; /* mode transport; default tunnel */
};

struct cfg_ipsec_profile { /* crypto ipsec profile NAME */
	struct cfg_node node;
	char name[CFG_NAME];
	char description[CFG_DESC];
	uint32_t lifetime;             /* seconds; 0 = the global one */
	char sets[CFG_SETS][CFG_NAME]; /* transform sets in order; "" ends */
};

#define COUNTER_WINDOW_DEFAULT 64
enum cfg_replay { REPLAY_COUNTER, REPLAY_TIME, REPLAY_NONE };

struct cfg_sa { /* sa ipsec N */
	struct cfg_node node;
	uint32_t number; /* key; 1 to 65535 */
	char profile[CFG_NAME];
	char acl[CFG_NAME];      /* match address ipv4 */
	uint32_t replay;         /* enum cfg_replay; default counter */
	uint32_t counter_window; /* packets; COUNTER_WINDOW_DEFAULT */
	uint32_t time_window;    /* seconds */
};

enum cfg_ack { ACK_CISCO, ACK_INTEROPERABLE, ACK_ANY };

/* Test-only switches of gdoi-wire.md section 0, as 'compatibility ...' lines of a group. */
struct cfg_compat {
	bool phase1_doi1;   /* compatibility phase1-doi 1 */
	bool sat_idlen2;    /* compatibility sat-idlen 2 */
	bool sak_pad6;      /* compatibility sak-pad 6 */
	bool push_sig_raw;  /* compatibility push-sig raw */
	bool keyid_le;      /* compatibility keyid-le */
	bool lenient_attrs; /* compatibility lenient-attrs */
};

#define CFG_COOP_PEERS 7 /* besides the server itself */
#define CFG_COOP_ALL UINT32_MAX

struct cfg_coop { /* redundancy */
	bool present;
	uint32_t priority;                /* 1 to 255; default 1 */
	struct ip4 peers[CFG_COOP_PEERS]; /* in the order given; none ends */
	uint32_t refresh, periodic;       /* seconds: announcements; patience before asking, half of that before an election */
	uint32_t pdu;                     /* octets of an announcement at most; default 65000 */
	uint32_t version;                 /* 0 base, 1 optimize */
	bool fast;                        /* announcements every 0.5 s, election after 2 s */
	bool drawn;                       /* IOS's way: a new primary draws keys of its own */
	uint32_t first;                   /* s that a group's first keys wait for the peers; 0 not at all; CFG_COOP_ALL until all are there */
	bool sync;                        /* sync configuration: policy and rekey RSA key come from the primary */
};

struct cfg_ks { /* server local */
	bool present;
	struct ip4 address;      /* address ipv4 */
	uint32_t rekey_cipher;   /* enum cipher_id; default CIPHER_3DES */
	uint32_t rekey_hash;     /* enum hash_id; default HASH_SHA1 */
	uint32_t rekey_lifetime; /* seconds; default 86400 */
	uint32_t retransmit;     /* seconds between; default 10 */
	uint32_t retransmits;    /* number; default 2 */
	bool retransmit_periodic;
	char rekey_key[CFG_NAME]; /* rekey authentication mypubkey rsa LABEL */
	bool unicast;             /* rekey transport unicast */
	char rekey_acl[CFG_NAME]; /* rekey address ipv4 ACL (multicast) */
	uint32_t ack;             /* enum cfg_ack */
	char auth_acl[CFG_NAME];  /* authorization address ipv4 ACL; "" = anyone with IKE credentials */
	char registration_if[CFG_NAME];
	bool receive_only;    /* sa receive-only */
	struct cfg_coop coop;
	struct cfg_table sas; /* struct cfg_sa */
};

struct cfg_group { /* crypto gdoi|gkm group NAME */
	struct cfg_node node;
	char name[CFG_NAME];
	bool gkm_word;     /* entered as 'crypto gkm' */
	uint32_t identity; /* enum: 0 none, 1 number, 2 address */
	uint32_t identity_number;
	struct ip4 identity_address;
	struct ip4 servers[CFG_SERVERS]; /* server address ipv4, in order; none ends */
	bool passive;
	char client_interface[CFG_NAME];      /* client registration interface */
	uint32_t client_ciphers;              /* client rekey encryption: bits 1 << enum cipher_id; 0 = any */
	uint32_t client_hashes;               /* client rekey hash: bits 1 << enum hash_id; 0 = any */
	char client_sets[CFG_SETS][CFG_NAME]; /* client transform-sets */
	bool failclose_revert;
	uint32_t recovery_interval; /* client recovery-check interval; 0 = off */
	char version[16]; /* 'software-version 1.0.1': behave as an older release (labs); "" = our own */
	struct cfg_compat compat;
	struct cfg_ks ks;
};

struct cfg_map_entry { /* crypto map NAME SEQ gdoi */
	struct cfg_node node;
	uint32_t seq;         /* key */
	char group[CFG_NAME]; /* set group */
	char acl[CFG_NAME];   /* match address */
	char description[CFG_DESC];
};

struct cfg_map { /* crypto map NAME */
	struct cfg_node node;
	char name[CFG_NAME];
	struct cfg_table entries;
	char local_if[CFG_NAME]; /* crypto map NAME local-address IF */
	struct {                 /* crypto map NAME gdoi fail-close */
		bool present, activate;
		char acl[CFG_NAME];
	} fail_close;
};

struct cfg_interface { /* interface NAME: the Linux name, e.g. eth0, lo */
	struct cfg_node node;
	char name[CFG_NAME];
	char description[CFG_DESC];
	char map[CFG_NAME];  /* crypto map */
	struct ip4 ip, mask; /* ip address; none: as the system has it, gdoix does not touch it */
	uint32_t adjust_mss; /* ip tcp adjust-mss; 0 = off */
};

enum cfg_secret_type {
	SECRET_TYPE_NONE = -1,
	SECRET_TYPE_CLEAR = 0,
	SECRET_TYPE_5 = 5,
	SECRET_TYPE_7 = 7,
	SECRET_TYPE_8 = 8,
	SECRET_TYPE_9 = 9
};

struct cfg_secret { /* what is stored and shown: clear text, type 7 text, or a hash */
	int type;   /* enum cfg_secret_type */
	char text[CFG_DESC];
};

struct cfg_user { /* username NAME ... */
	struct cfg_node node;
	char name[65];
	uint32_t privilege; /* default 1 */
	bool is_secret;     /* secret, not password */
	bool nopassword;
	struct cfg_secret secret;
};

struct cfg_alias { /* alias exec NAME COMMAND */
	struct cfg_node node;
	char name[32];
	char command[CFG_DESC];
};

struct cfg_privilege { /* privilege exec level N COMMAND */
	struct cfg_node node;
	char name[CFG_DESC]; /* the command's words as they are spelled out */
	uint32_t level;
};

enum cfg_aaa { AAA_END, AAA_LOCAL, AAA_LOCAL_CASE, AAA_LINE, AAA_ENABLE, AAA_NONE, AAA_IF_AUTHENTICATED, AAA_GROUP };
#define CFG_METHODS 4

struct cfg_aaa_list { /* aaa authentication login NAME ..., aaa authorization exec NAME ... */
	struct cfg_node node;
	char name[32];                /* "default": of lines that name none */
	uint32_t method[CFG_METHODS]; /* enum cfg_aaa in order; AAA_END fills up */
	char group[CFG_METHODS][32];  /* AAA_GROUP: of servers, which are not asked */
};

#define CFG_SSH_KEYS 32	/* of one user */

struct cfg_ssh_key {			/* key-hash TYPE HASH; what key-string leaves */
	struct cfg_node node;
	char hash[33];			/* key: MD5 of the key blob, 32 upper-case hexadecimal digits, as IOS keeps it */
	char type[32];			/* "ssh-rsa" */
	char comment[CFG_NAME];
};

struct cfg_ssh_user {			/* username NAME of ip ssh pubkey-chain */
	struct cfg_node node;
	char name[65];
	struct cfg_table keys;
};

enum { SSH_ENCRYPTION, SSH_HOSTKEY, SSH_KEX, SSH_MAC, SSH_LISTS };
enum { SSH_METHOD_PUBLICKEY = 1, SSH_METHOD_KEYBOARD = 2, SSH_METHOD_PASSWORD = 4 };

struct cfg_ssh {			/* ip ssh ... */
	uint32_t version;		/* 0: not given; 2 */
	uint32_t timeout;		/* seconds until a session has begun; default 120 */
	uint32_t retries;		/* default 3 */
	uint32_t dh_min;		/* bits; default 2048 */
	char keypair[CFG_NAME];		/* rsa keypair-name; "" = HOST.DOMAIN, or any */
	bool log_events;
	char algorithms[SSH_LISTS][256];	/* server algorithm ...: names with blanks between; "" = all */
	uint32_t methods;		/* server algorithm authentication: SSH_METHOD_ bits; 0 = all */
	struct cfg_table users;		/* pubkey-chain */
};

struct cfg_login_log {			/* login on-failure|on-success log; delay; block-for; quiet-mode */
	bool failure, success;
	uint32_t failure_every, success_every;	/* each that many; default 1 */
	uint32_t delay;			/* seconds after each try; 0: not given */
	uint32_t block_for, attempts, within;	/* seconds (0: off), failures, seconds */
	char quiet_acl[CFG_NAME];	/* who may log in even then; "" = nobody */
};

struct cfg_archive {			/* archive */
	char path[201];			/* what the copies are called, before -N; "" = none are made */
	uint32_t maximum;		/* copies kept; default 10 */
	uint32_t period;		/* minutes between copies; 0 = none by time */
	bool write_memory;		/* a copy with each 'write memory' */
	bool logging, notify, hidekeys;	/* log config: on, to syslog too, typed for IOS's sake (keys are always hidden) */
	uint32_t log_size;		/* entries; default 100 */
};

enum cfg_line_kind { LINE_CONSOLE, LINE_VTY };
enum cfg_login { LOGIN_NONE, LOGIN_PASSWORD, LOGIN_LOCAL };
#define CFG_VTYS 16

struct cfg_line {
	bool transport_telnet, transport_ssh; /* transport input; default none on vty */
	bool transport_all;	/* both, by the word 'all' */
	bool no_lookup;		/* transport preferred none: an unknown word is no host */
	uint32_t login;                       /* enum cfg_login; default: console none, vty password */
	struct cfg_secret password;
	uint32_t exec_min, exec_sec; /* exec-timeout; default 10 0; 0 0 = never */
	uint32_t length, width;      /* default 24, 80 */
	uint32_t history;            /* default 20 */
	uint32_t privilege;          /* default 1 */
	bool logging_sync;
	char access_class[CFG_NAME];
	char aaa_login[32], aaa_exec[32]; /* login authentication, authorization exec: "" = default */
};

struct cfg {
	char hostname[64]; /* default "Router" */
	char domain[CFG_NAME];
	bool password_encryption;     /* service password-encryption */
	bool domain_lookup;           /* default true */
	struct syslog_config logging; /* hosts, levels, service timestamps, sequence-numbers */
	struct cfg_secret enable_secret, enable_password; /* level 15 */
	struct cfg_secret level_secret[15], level_password[15]; /* of levels 1 to 14 */
	struct cfg_table users, keyrings, isakmp_policies, isakmp_keys, transform_sets, profiles, groups,
		maps, interfaces;
	struct cfg_table acls; /* struct cfg_acl, config/acl.h */
	struct {
		uint32_t interval, retry; /* crypto isakmp keepalive; 0 = off; retry default 2 */
		bool periodic;
	} keepalive;
	uint32_t isakmp_identity; /* 0 address, 1 hostname, 2 dn */
	uint32_t df_bit;          /* crypto ipsec df-bit: 0 copy, 1 clear, 2 set (enum xfrm_df) */
	uint32_t sa_lifetime;     /* crypto ipsec security-association lifetime seconds; default 3600 */
	uint32_t half_open_source, half_open_total; /* crypto isakmp limit half-open; defaults 20 and 1000 */
	struct cfg_line console, vty[CFG_VTYS];
	uint32_t nvty; /* vty lines configured; default 5 */
	char banner_motd[2048], banner_login[2048], banner_exec[2048];
	struct zone timezone; /* clock timezone, clock summer-time */
	struct cfg_ssh ssh;
	struct cfg_login_log login_log;
	struct cfg_archive archive;
	struct cfg_table aliases, privileges;
	bool aaa; /* aaa new-model */
	struct cfg_table aaa_login, aaa_enable, aaa_exec; /* lists of methods: struct cfg_aaa_list */
	bool aaa_console; /* aaa authorization console */
	struct { /* aaa authentication banner, fail-message, username-prompt, password-prompt: "" = IOS's own words */
		char banner[2048], fail[2048], username[64], password[64];
	} aaa_says;
	uint32_t aaa_attempts; /* aaa authentication attempts login; default 3 */
	uint32_t aaa_max_fail; /* aaa local authentication attempts max-fail; 0 = nobody is locked out */
	uint32_t auth_rate;    /* security authentication failure rate: failures a minute on one line; 0 = not watched, default 10 */
};

/* All defaults; cfg_free releases everything the tables hold. */
struct cfg *cfg_new(void);
void cfg_free(struct cfg *cfg);

/* Back to the defaults, as 'no server local' and 'default line' do; what they own is freed. */
void cfg_ks_reset(struct cfg_ks *ks);
void cfg_coop_reset(struct cfg_coop *c);
void cfg_archive_reset(struct cfg_archive *a);
void cfg_line_reset(struct cfg_line *l, enum cfg_line_kind kind);

/*
 * Typed finds; NULL when there is none. The _add forms find or create (with defaults). A name longer than its
 * field is cut to it, in both. Tables keyed by a number (policies, sa ipsec, map entries) stay in ascending
 * order.
 */
struct cfg_isakmp_policy *cfg_isakmp_policy(const struct cfg *c, uint32_t priority);
struct cfg_isakmp_policy *cfg_isakmp_policy_add(struct cfg *c, uint32_t priority);
/* Seconds that a phase-1 SA between two devices configured alike lives: those of the first policy; the default without any. */
uint32_t cfg_isakmp_lifetime(const struct cfg *c);
struct cfg_keyring *cfg_keyring(const struct cfg *c, const char *name);
struct cfg_keyring *cfg_keyring_add(struct cfg *c, const char *name);
struct cfg_transform_set *cfg_transform_set(const struct cfg *c, const char *name);
struct cfg_transform_set *cfg_transform_set_add(struct cfg *c, const char *name);
struct cfg_ipsec_profile *cfg_ipsec_profile(const struct cfg *c, const char *name);
struct cfg_ipsec_profile *cfg_ipsec_profile_add(struct cfg *c, const char *name);
struct cfg_group *cfg_group(const struct cfg *c, const char *name);
struct cfg_group *cfg_group_add(struct cfg *c, const char *name);
struct cfg_sa *cfg_sa(const struct cfg_ks *ks, uint32_t number);
struct cfg_sa *cfg_sa_add(struct cfg_ks *ks, uint32_t number);
struct cfg_map *cfg_map(const struct cfg *c, const char *name);
struct cfg_map *cfg_map_add(struct cfg *c, const char *name);
struct cfg_map_entry *cfg_map_entry(const struct cfg_map *m, uint32_t seq);
struct cfg_map_entry *cfg_map_entry_add(struct cfg_map *m, uint32_t seq);
struct cfg_interface *cfg_interface(const struct cfg *c, const char *name);
struct cfg_interface *cfg_interface_add(struct cfg *c, const char *name);
struct cfg_user *cfg_user(const struct cfg *c, const char *name);
struct cfg_user *cfg_user_add(struct cfg *c, const char *name);
struct cfg_alias *cfg_alias(const struct cfg *c, const char *name);
struct cfg_alias *cfg_alias_add(struct cfg *c, const char *name);
struct cfg_aaa_list *cfg_aaa_list(const struct cfg_table *t, const char *name);
struct cfg_aaa_list *cfg_aaa_list_add(struct cfg_table *t, const char *name);
struct cfg_privilege *cfg_privilege(const struct cfg *c, const char *name);
struct cfg_privilege *cfg_privilege_add(struct cfg *c, const char *name);
struct cfg_ssh_user *cfg_ssh_user(const struct cfg *c, const char *name);
struct cfg_ssh_user *cfg_ssh_user_add(struct cfg *c, const char *name);
struct cfg_ssh_key *cfg_ssh_key(const struct cfg_ssh_user *u, const char *hash);
/* NULL: the user has CFG_SSH_KEYS already. */
struct cfg_ssh_key *cfg_ssh_key_add(struct cfg_ssh_user *u, const char *hash);
/* The address counts without the bits its mask leaves out: 10.1.1.5 255.255.255.0 is 10.1.1.0 255.255.255.0.
 */
struct cfg_psk *cfg_psk(const struct cfg_table *psks, const struct cfg_psk_id *id);
struct cfg_psk *cfg_psk_add(struct cfg_table *psks, const struct cfg_psk_id *id);
/* Removes one element (of whatever kind the table holds) and what it owns. */
void cfg_remove(struct cfg_table *t, struct cfg_node *n);

/*
 * The pre-shared key for a peer (RFC 2409 section 5.4: found by address): the longest matching mask over the
 * isakmp keys; when there is none, over the keyrings whose local-address fits. NULL: none. Cost independent
 * of the number of keys (a mask with holes alone is looked for key by key). Keys by hostname are not found
 * here.
 */
const struct cfg_psk *cfg_psk_for(const struct cfg *c, struct ip4 peer, struct ip4 local);
