/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Inside cli/: where in the mode tree somebody is, and the running of one line there. A session has a shell, and so has
 * the replay of a configuration text.
 */
#pragma once
#include "cli/archive.h"
#include "cli/grammar.h"
#include "cli/lockout.h"
#include "cli/login_log.h"
#include "cli/revert.h"
#include "cli/show_proc.h"
#include "config/cfg.h"
#include "config/config.h"

struct cli_def;

struct cli {
	struct cli_deps deps;
	struct grammar *grammar;
	struct cli_def *lib;		/* libcli: registry, privilege, dispatch, filters */
	struct session *sessions;
	unsigned nsession;
	uint64_t started;		/* monotonic µs */
	uint64_t changed, saved;	/* wall µs of the last configuration change, of the last save; 0 = not since start */
	char changed_by[80], saved_by[80];
	bool dry;			/* only reads a text into a configuration of its own: touches nothing else */
	struct cfg_line scratch;	/* what 'line aux 0' sets: read, kept nowhere */
	struct filtered *filtered;	/* the command libcli is dispatching */
	unsigned config_handle;
	struct vty_ssh *ssh;		/* NULL: none */
	struct login_watch logins;
	struct lockouts lockouts;
	struct archive archive;
	struct revert revert;
	struct load load;
	struct {			/* reload in N */
		struct timer timer;
		char by[160], reason[160];
	} reload;
	unsigned uses[CFG_VTYS + 2];	/* sessions that lines have had; console, auxiliary line, vtys */
};

#define SHELL_DEPTH 5

struct level {			/* one mode on the stack; its object is looked up afresh for every line */
	enum mode_id mode;
	char name[CFG_NAME];	/* group, map, ACL, profile, interface, ... */
	uint32_t a, b;		/* sequence, priority, SA number; first and last line */
	bool gkm;
};

struct shell {
	struct cli *cli;
	struct session *session;	/* NULL: replay */
	struct level level[SHELL_DEPTH];
	unsigned depth;			/* of them in use; 0 = EXEC */
	struct {			/* banner being typed */
		char *target;
		size_t size;
		char delimiter[3];
		struct text text;
	} banner;
	struct text key_string;		/* of 'ip ssh pubkey-chain', being typed */
};

/* ---- modes.c ---- */
enum mode_id shell_mode(const struct shell *sh);
/* The object of the level at that depth (1 = configuration); NULL when it was removed meanwhile. *n: how many. */
void *shell_object(const struct shell *sh, unsigned depth, unsigned *n);
/* Prompt's mode part: "(config-isakmp)", "" in EXEC. */
const char *shell_prompt(const struct shell *sh);
/* For handlers of rows that open a mode: below the mode where the row stands. */
void shell_enter(struct cmd *c, enum mode_id mode, const char *name, uint32_t a, uint32_t b);
void shell_leave(struct shell *sh);	/* one level */
void shell_reset(struct shell *sh);	/* to EXEC; ends a banner being typed */

/* ---- shell.c ---- */
/*
 * Resolves the line in the current mode, then in its parents (depth: where it was found). 'do' lines are resolved in EXEC
 * with depth 0 and *skip the offset of the command in the line.
 */
void shell_match(struct shell *sh, unsigned priv, const char *line, struct match *m, unsigned *depth, size_t *skip);
/* Makes the command of a match (which it takes). The mode is left as far as depth says. NULL: the object is gone. */
struct cmd *shell_cmd(struct shell *sh, struct match *m, unsigned depth, const char *line, struct text *out);
void cmd_free(struct cmd *c);
/* Runs the handler or the binding, and tells config. */
int shell_call(struct cmd *c);
/* '?' and Tab: in the mode, then in its parents; behind 'do' in EXEC. */
void shell_help(struct shell *sh, unsigned priv, const char *line, struct text *out);
void shell_complete(struct shell *sh, unsigned priv, const char *line, struct text *out);
/* For handlers of rows that end in the argument "text": 'no' empties the target, else a banner for it is being typed. */
int shell_banner_begin(struct cmd *c, char *target, size_t size);
/* A line while a banner is being typed. True: it was one. */
bool shell_banner_line(struct shell *sh, const char *line);

/* ---- session.c ---- */
/* "09:12:44 UTC Wed Jan 28 2015"; buf has 96 octets. */
const char *wall_text(const struct cfg *cfg, uint64_t wall, char *buf);

/* ---- replay.c ---- */
/* cli_replay; what: how a refused line is introduced ("startup-config line"). */
unsigned replay_text(struct cli *c, const char *what, struct bytes text, struct text *errors);

/* ---- rows_reload.c ---- */
void reload_init(struct cli *c);
void reload_forget(struct cli *c);

/* ---- cli.c ---- */
void cli_apply_logging(struct cli *c);

/* ---- filter.c: libcli ---- */
bool filter_init(struct cli *c);
void filter_done(struct cli *c);
#define FILTERS 8	/* one behind the other */
struct filter_spec {
	const char *kind;	/* "include", ... "section exclude" */
	char *pattern;
};
enum filter_to { TO_TERMINAL, TO_FILE, TO_FILE_APPEND, TO_BOTH, TO_BOTH_APPEND };
struct filter_chain {		/* all zero: none */
	struct filter_spec f[FILTERS];
	unsigned n;
	bool json;		/* before all others */
	enum filter_to to;
	char *url;		/* of redirect, append, tee */
};
/* Dispatches c through libcli under the shell's mode and privilege; the text it wrote, filtered, replaces c->out's. */
int filter_run(struct cli *cli, struct cmd *c, unsigned priv, const struct filter_chain *f);
/* "include RE | count" -> f, to be given to filter_free whatever came. False: error has the reason; or, when it is empty,
 * *result and *column (in text) tell what is wrong. */
bool filter_parse(struct cli *cli, unsigned priv, const char *text, struct filter_chain *f, struct text *error,
	enum match_result *result, unsigned *column);
void filter_free(struct filter_chain *f);
/* What '| section RE' lets through; false: no regular expression. */
bool filter_section(const char *re, const char *text, struct text *out);
/* The '|' of the next modifier in the text behind '|'; NULL: there is none. */
const char *filter_next(const char *text);
/* Where the last modifier of the chain begins in the text: what '?' and Tab look at. */
const char *filter_last(const char *text);

/* ---- nvgen.c ---- */
struct nv {
	struct text *out;
	const struct cfg *cfg;
	const struct grammar *grammar;
	bool all;		/* defaults too */
	unsigned indent;
};
/* head ^C text ^C; nothing when the text is empty. */
void nv_banner(struct nv *nv, const char *head, const char *text);
void nv_line(struct nv *nv, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* All rows of a mode for this object, indented one deeper. */
void nv_mode(struct nv *nv, enum mode_id mode, const void *obj);
/* One bound row as running-config prints it. */
void nv_row(struct nv *nv, const struct row *row, const void *obj, const void *defaults);
void nvgen(struct cli *c, bool all, struct text *out);
/* "9 $9$...", "7 0822...", "0 clear" -> the words behind 'secret' and 'password'. */
void nv_secret(struct text *out, const struct cfg_secret *s);
/* The words after 'password' of lines and 'enable': "7 ", or none where the text cannot be taken for a type, else "0 ". */
const char *nv_password_type(const struct cfg_secret *s);

/* ---- secrets.c ---- */
/* Takes the words of a row with [0|5|7|8|9] TEXT; 'secret' rows hash a clear text (slow: 20 to 60 ms). */
int secret_set_from(struct cmd *c, const char *text_name, bool hash, struct cfg_secret *out);
/* Whether the clear text is the one; constant time; a missing secret matches nothing. */
bool secret_matches(const struct cfg_secret *s, const char *clear);
/* One line of a configuration, secrets replaced by the mark: what is handed to others holds none. */
#define SECRET_REMOVED "<removed>"
void secret_hide(const char *line, size_t n, const char *mark, struct text *out);
/* 'service password-encryption' turned on: stored clear passwords become type 7. */
void secrets_encrypt_all(struct cli *c);
