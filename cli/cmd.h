/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a handler gets: the parsed line, the device, a text to write into, and the ways to ask the operator something or
 * to finish later. A command without a session (replay of a startup-config) has session NULL: questions count as
 * answered with yes or with their default, and the text of a CMD_ERROR becomes the reason in the log.
 */
#pragma once
#include <stdbool.h>
#include <stdint.h>
#include "cli/cli.h"
#include "cli/row.h"
#include "lib/ip.h"
#include "lib/text.h"

struct acl_ace;
struct session;
struct shell;

enum cmd_result {
	CMD_OK,
	CMD_ERROR,	/* refused; the operator's reason is in c->out */
	CMD_WAIT,	/* what the cmd_ask_ functions and cmd_wait() return: the handler just passes it on */
};

#define CMD_WORDS 64	/* words of a line; LINE and ACE arguments are one */

struct cmd_arg {
	const struct tok *tok;
	const char *word;	/* as typed; of a LINE the rest of the line, of an ACE likewise */
	uint32_t value;		/* UINT: number; IP4: address */
	unsigned column;	/* of its first character in the line */
};

struct cmd {
	struct cli *cli;
	const struct cli_deps *deps;
	struct session *session;	/* NULL: replay */
	const struct row *row;
	enum mode_id mode;		/* where the row stands */
	void *obj;			/* the mode's object (struct cfg_group, ...); IN_CONFIG: struct cfg; IN_EXEC: NULL */
	unsigned nobj;			/* 'line vty 0 4': so many objects side by side; otherwise 1 */
	struct shell *shell;		/* where the mode stack is */
	struct cfg *cfg;		/* the running configuration */
	bool json;			/* '| json' follows */
	bool may_wait;			/* and nothing else: it may be made in the background */
	bool no, dflt;			/* 'no ...'; 'default ...' (no is set as well) */
	struct text *out;
	const char *line;		/* as typed */
	struct cmd_arg arg[CMD_WORDS];
	unsigned nargs;
	const struct acl_ace *ace;	/* of an ACE argument */
	void *user;			/* the handler's own, across questions; user_free(user) is called at the end */
	void (*user_free)(void *user);
	char *store;			/* the shell's: the words */
	struct cmd_run *run;		/* the session's: a question that is open */
};

/* Whether the keyword or argument of that name was given. */
bool cmd_has(const struct cmd *c, const char *name);
/* The argument's text, "" when not given. nth: of a repeated one, NULL past the last. */
const char *cmd_str(const struct cmd *c, const char *name);
const char *cmd_nth(const struct cmd *c, const char *name, unsigned nth);
uint32_t cmd_u32(const struct cmd *c, const char *name, uint32_t otherwise);
/* False (and *out none) when not given. */
bool cmd_ip4(const struct cmd *c, const char *name, struct ip4 *out);
/* Writes "% text\n" ("%" is put before) and returns CMD_ERROR. */
int cmd_error(struct cmd *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* The two arguments of %SYS-5-CONFIG_I and its like: "console"; "console", "cisco on vty0 (172.16.5.22)". Valid until the
 * next call. */
const char *cmd_from(const struct cmd *c);
const char *cmd_by(const struct cmd *c);
/* Monotonic µs at which the shell was made: 'uptime'. */
uint64_t cli_started(const struct cli *c);

/* json.c: the command's structured form instead of its text. */
int json_call(struct cmd *c);

/* ---- dialogues: then(c, answer) goes on with the same c; Ctrl-C and a lost terminal end the command instead ---- */
struct answer {
	bool yes;		/* yes/no, confirm */
	const char *text;	/* text, secret: as typed, or the default */
};
typedef int cmd_then(struct cmd *c, const struct answer *a);	/* a function, not a struct */
/* "question [yes/no]: "; anything else is asked again. */
int cmd_ask_yes_no(struct cmd *c, const char *question, cmd_then *then);
/* "question [confirm]": Enter or y goes on; any other key calls then with yes = false. */
int cmd_ask_confirm(struct cmd *c, const char *question, cmd_then *then);
/* question is printed as it stands ("Destination filename [startup-config]? "); an empty answer is 'otherwise'. */
int cmd_ask_text(struct cmd *c, const char *question, const char *otherwise, cmd_then *then);
/* Not echoed, not in the history; the text is cleansed after then(). */
int cmd_ask_secret(struct cmd *c, const char *question, cmd_then *then);

/*
 * The command goes on in the background (RSA generation in the pool): no prompt until cmd_finish(c, CMD_OK or CMD_ERROR).
 * Text added to c->out meanwhile is shown by cmd_flush() or at the end. gone(user) is called instead when the operator
 * gave up or the terminal is lost: c is no more, cmd_finish must not be called.
 */
int cmd_wait(struct cmd *c, void (*gone)(void *user));
void cmd_flush(struct cmd *c);
void cmd_finish(struct cmd *c, enum cmd_result r);
