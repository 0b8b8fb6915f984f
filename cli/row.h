/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One row = one command. A row is a flat list of tokens with their help; from it come the matcher, the caret, '?', Tab,
 * 'no', 'default', show running-config and docs/cli-reference.md. The handler is the only code per command, and a row
 * whose tokens are bound to fields of its mode's object needs none.
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cfg;
struct cmd;
struct json_t;
struct nv;
struct text;

enum mode_id {
	IN_EXEC,		/* user and privileged EXEC: a row's priv tells */
	IN_CONFIG, IN_INTERFACE, IN_LINE, IN_EXT_ACL, IN_STD_ACL, IN_ISAKMP_POLICY, IN_KEYRING, IN_TRANSFORM, IN_PROFILE,
	IN_MAP, IN_FAIL_CLOSE, IN_GROUP, IN_KS, IN_SA, IN_COOP, IN_SSH_CHAIN, IN_SSH_USER, IN_SSH_DATA,
	IN_ARCHIVE, IN_ARCHIVE_LOG,
	IN_IGNORED,		/* a section without meaning here */
	IN_COMMON,		/* rows that every configuration mode has: exit, end, do, no, default */
	IN_FILTER,		/* what may follow '|' */
	IN_MAX
};

enum tok_kind {
	T_EOL,			/* ends the list */
	T_KW,			/* keyword */
	T_UINT,			/* <lo-hi> */
	T_IP4,			/* A.B.C.D */
	T_WORD,			/* one word; lo-hi: its length (0: 1 to 80) */
	T_LINE,			/* the rest of the line, blanks kept */
	T_ACE,			/* the rest of the line as an access list entry (config/acl.h); lo: 1 = standard */
	T_OPT,			/* ... T_END: may be left out */
	T_ALT,			/* ... T_OR ... T_END: one of */
	T_OR,
	T_REP,			/* ... T_END: once or more, at most hi times */
	T_SET,			/* ... T_OR ... T_END: any of the alternatives in any order, each at most once, maybe none */
	T_END,
	T_NOEND,		/* 'no' and 'default' may end here */
};

enum tok_bind { BIND_NONE, BIND_U32, BIND_VALUE, BIND_TRUE, BIND_STR, BIND_IP4, BIND_SCALED };

struct tok {
	uint8_t kind;		/* enum tok_kind */
	uint8_t bind;		/* enum tok_bind */
	bool exact;		/* keyword that may not be cut short; hidden from '?' when it has no help */
	uint16_t size;		/* BIND_STR: octets of the field */
	uint32_t lo, hi;	/* UINT: range. REP: hi = how often. KW with BIND_VALUE: hi = the value */
	uint32_t off;		/* of the bound field in the mode's object */
	uint32_t mul;		/* BIND_SCALED: field = number * mul */
	const char *text;	/* the keyword; of an argument what '?' shows (NULL: WORD, LINE, <lo-hi>, A.B.C.D) */
	const char *help;	/* never empty, no period at its end */
	const char *name;	/* how the handler asks for an argument; of a keyword its text */
};

/* clang-format off */
#define KW(text_, help_)		{ .kind = T_KW, .text = text_, .help = help_, .name = text_ }
/* The same under another name, for a keyword that stands twice in a row. */
#define KWN(text_, help_, name_)	{ .kind = T_KW, .text = text_, .help = help_, .name = name_ }
#define UINT(name_, lo_, hi_, help_)	{ .kind = T_UINT, .name = name_, .lo = lo_, .hi = hi_, .help = help_ }
#define IP4(name_, help_)		{ .kind = T_IP4, .name = name_, .help = help_ }
#define WORD(name_, help_)		{ .kind = T_WORD, .name = name_, .help = help_ }
#define LINE(name_, help_)		{ .kind = T_LINE, .name = name_, .help = help_ }
#define OPT(...)			{ .kind = T_OPT }, __VA_ARGS__, { .kind = T_END }
#define ALT(...)			{ .kind = T_ALT }, __VA_ARGS__, { .kind = T_END }	/* ALT(a, OR, b, c, OR, d) */
#define OR				{ .kind = T_OR }
#define REP(max_, ...)			{ .kind = T_REP, .hi = max_ }, __VA_ARGS__, { .kind = T_END }
#define SET(...)			{ .kind = T_SET }, __VA_ARGS__, { .kind = T_END }
#define NOEND				{ .kind = T_NOEND }
/* Bound to a field of the mode's object: set by the command, reset by 'no', printed by show running-config. */
#define FIELD_(type_, f_)		.off = offsetof(type_, f_), .size = sizeof(((type_ *)NULL)->f_)
#define UINT_B(lo_, hi_, help_, type_, f_) \
	{ .kind = T_UINT, .name = #f_, .lo = lo_, .hi = hi_, .help = help_, .bind = BIND_U32, FIELD_(type_, f_) }
#define UINT_SCALED(lo_, hi_, help_, type_, f_, mul_) \
	{ .kind = T_UINT, .name = #f_, .lo = lo_, .hi = hi_, .help = help_, .bind = BIND_SCALED, .mul = mul_, FIELD_(type_, f_) }
#define IP4_B(help_, type_, f_)		{ .kind = T_IP4, .name = #f_, .help = help_, .bind = BIND_IP4, FIELD_(type_, f_) }
#define WORD_B(help_, type_, f_)	{ .kind = T_WORD, .name = #f_, .help = help_, .bind = BIND_STR, FIELD_(type_, f_) }
#define LINE_B(help_, type_, f_)	{ .kind = T_LINE, .name = #f_, .help = help_, .bind = BIND_STR, FIELD_(type_, f_) }
#define KW_TRUE(text_, help_, type_, f_) \
	{ .kind = T_KW, .text = text_, .help = help_, .name = text_, .bind = BIND_TRUE, FIELD_(type_, f_) }
#define KW_VALUE(text_, help_, type_, f_, v_) \
	{ .kind = T_KW, .text = text_, .help = help_, .name = text_, .bind = BIND_VALUE, .hi = v_, FIELD_(type_, f_) }
#define ROW(...)			.tok = (const struct tok[]){ __VA_ARGS__, { .kind = T_EOL } }
/* clang-format on */

/* The structured form of a row: .json and .schema. */
#define JSON(schema_, fill_) .schema = schema_, .json = fill_

enum row_flag {
	R_NO = 1,	/* 'no ...' and 'default ...' are taken */
	R_NV = 2,	/* printed by show running-config from its bound tokens */
	R_HIDDEN = 4,	/* not in '?' nor in the reference */
	R_FILTER = 8,	/* '| include ...' may follow; every row that begins with 'show' has it */
	R_SECRET = 16,	/* holds a secret: kept out of the history */
	R_IGNORED = 32,	/* taken for IOS's sake without effect (docs/cli-reference.md lists them) */
	R_ONLY_NO = 64,	/* only 'no ...' is taken */
	R_BARE = 128,	/* stands in EXEC at privilege 0 */
	R_NV_ALWAYS = 256,	/* printed at its default too ('mode tunnel') */
	R_CATCH_ALL = 1024,	/* takes what no other row of the mode takes, nor, where it is not indented, of its parents */
	R_NAVIGATES = 512,	/* changes nothing: exit, end, ... */
};

struct row {
	const struct tok *tok;
	/* NULL: sets or resets the bound fields. Answers CMD_OK, or CMD_ERROR with its text in c->out. See cli/cmd.h. */
	int (*handler)(struct cmd *c);
	/* Prints the lines itself when the tokens alone cannot tell (lists, sub-modes). */
	void (*nv)(struct nv *nv, const struct row *row, const void *obj);
	/* '| json': fills the object from what the text is made of, or writes "% ..." into c->out. Every 'show' has it. What
	 * the object may hold is docs/json/SCHEMA.schema.json. */
	void (*json)(struct cmd *c, struct json_t *o);
	const char *schema;
	uint16_t flags;		/* enum row_flag */
	uint16_t order;		/* IN_CONFIG: place in show running-config; blocks of 50 are parted by '!' */
	uint8_t priv;		/* least privilege; 0: 1 in EXEC, 15 in configuration */
};

struct row_table {
	enum mode_id mode;
	const struct row *rows;
	unsigned n;
};
#define ROWS(mode_, rows_) { .mode = mode_, .rows = rows_, .n = sizeof(rows_) / sizeof((rows_)[0]) }

struct mode {
	enum mode_id id, parent;
	const char *name;	/* in docs/cli-reference.md: "server local" */
	const char *prompt;	/* "(config-isakmp)"; after 'crypto gkm' prompt_gkm when there is one */
	const char *prompt_gkm;
	const char *title;	/* of '?': "ISAKMP commands:" */
	const char *exit_help;	/* "Exit from the group submode" */
	const void *(*defaults)(size_t *size);	/* an object with all defaults; NULL: no bound fields */
};
const struct mode *mode_by_id(enum mode_id id);

extern const struct row_table rows_exec, rows_common, rows_config_top, rows_filter, rows_config, rows_clock, rows_test, rows_logging, rows_line_enter,
	rows_line, rows_isakmp, rows_isakmp_policy, rows_keyring, rows_ipsec, rows_transform, rows_profile, rows_gdoi, rows_group,
	rows_ks, rows_sa, rows_coop, rows_map, rows_map_entry, rows_fail_close, rows_interface, rows_acl, rows_ext_acl, rows_std_acl;
extern const struct row_table rows_ignored[9];
extern const struct row_table rows_files;		/* rows_files.c: show running-config, copy, more, dir, write ... */
extern const struct row_table rows_configure;		/* rows_configure.c: configure replace, show archive ... */
extern const struct row_table rows_system;		/* rows_system.c: show users, line, tech-support, clear line ... */
extern const struct row_table rows_ping;		/* rows_ping.c: ping, traceroute */
extern const struct row_table rows_reload;		/* rows_reload.c */
extern const struct row_table rows_aaa;			/* rows_aaa.c (IN_CONFIG) */
extern const struct row_table rows_archive_enter, rows_archive, rows_archive_log, rows_archive_exec;	/* rows_archive.c */
extern const struct row_table rows_lockout;	/* lockout.c */
extern const struct row_table rows_login, rows_show_login;	/* rows_login.c: login ... (IN_CONFIG), show login */
extern const struct row_table rows_privilege, rows_show_aliases;	/* rows_privilege.c: privilege, alias (IN_CONFIG); show aliases */
/* Every table; NULL ends. The show commands' come from other files: */
extern const struct row_table *const row_tables[];
extern const struct row_table rows_show;		/* rows_show.c: show logging, version, clock, ip interface ... */
extern const struct row_table rows_show_crypto;		/* rows_show_crypto.c: show crypto ... */
extern const struct row_table rows_crypto_exec;		/* rows_crypto_exec.c: clear, debug, undebug, crypto gdoi ... */
extern const struct row_table rows_ssh, rows_ssh_chain, rows_ssh_user, rows_ssh_data, rows_show_ssh;	/* rows_ssh.c */
extern const struct row_table rows_ipsec_exec;		/* rows_ipsec_exec.c: show crypto ipsec sa, session, why; clear crypto sa */
extern const struct row_table rows_ipsec_df;		/* the same: crypto ipsec df-bit (IN_CONFIG) */
extern const struct row_table rows_crypto_config;	/* rows_crypto_exec.c: crypto key generate|zeroize ... (IN_CONFIG) */
