/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inside cli/: one operator's session. session.c carries frames, login.c lets in, dialogue.c asks questions. */
#pragma once
#include "cli/shell.h"
#include "lib/timer.h"

#define SESSION_QUEUE (64u << 20)	/* octets that may wait for a slow reader; then the session ends */

enum session_state { SESSION_HELLO, SESSION_LOGIN, SESSION_EXEC, SESSION_OVER };

enum question_kind { ASK_NOTHING, ASK_YES_NO, ASK_CONFIRM, ASK_TEXT, ASK_SECRET };

struct question {
	enum question_kind kind;
	char *text;		/* as printed, tail included */
	char *otherwise;
	cmd_then *then;
};

struct history {
	char **line;		/* oldest first */
	unsigned n;
};

struct login {
	bool want_user;
	enum cfg_aaa method;
	unsigned tries;
	char user[65];
	struct password_job *job;
	struct timer delay;	/* before the next try */
	struct timer deadline;
};

struct session {
	struct cli *cli;
	struct session *next, **link;
	struct cli_peer peer;
	void (*wake)(void *arg);
	void *arg;
	enum session_state state;
	struct shell shell;
	struct text out;	/* frames not sent yet, from out.s + sent */
	size_t sent, frame_end;	/* frame_end: where the frame that is partly sent ends */
	bool exec;		/* VTY_HELLO_EXEC */
	uint16_t height, width;
	unsigned priv;
	char user[65];
	uint32_t length, columns;	/* as the terminal is told */
	bool monitor;		/* terminal monitor */
	unsigned sink;		/* handle of the log sink, 0 = none */
	bool status;		/* the last line ended in an error */
	bool dropping;		/* 'q' at --More--: the rest of this command's output is not wanted */
	bool config_used;	/* something was typed in configuration mode */
	bool end_after;		/* Ctrl-Z behind a line: 'end' when it is done */
	struct cmd *cmd;	/* waiting for an answer or for work in the background */
	struct text cmd_out;
	struct question ask;
	void (*gone)(void *user);	/* background work: tell it when c goes */
	bool background;
	struct login login;
	struct timer idle;
	uint64_t active;	/* monotonic µs of the last input */
	struct history history[2];	/* EXEC, configuration */
	bool no_editing;
	uint32_t history_size;	/* session_history() sets it */
	bool forget;		/* the terminal has still to be told that the last line held a secret */
	unsigned enable_tries;
	struct text notice;	/* to be said before the next prompt */
};

/* The absolute number of a session's line: the console is 0, the auxiliary line 1, vty N is N + 2. */
static inline unsigned session_tty(const struct session *s)
{
	return s->peer.origin == CLI_VTY ? s->peer.line + 2 : 0;
}

/* Somebody is there: logging in, or in EXEC. */
static inline bool session_on_line(const struct session *s)
{
	return s->state == SESSION_EXEC || s->state == SESSION_LOGIN;
}

/* ---- session.c ---- */
const struct cfg_line *session_line(const struct session *s);
void session_print(struct session *s, const char *text, size_t n);
void session_printf(struct session *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void session_prompt(struct session *s);
/* A line for the operator, before the next prompt: never into the middle of what is typed. */
void session_notice(struct session *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void session_prompt_text(struct session *s, unsigned flags, const char *text);
/* How many lines 'show history' and the terminal keep. */
void session_history(struct session *s, uint32_t size);
/* Whether the terminal's line editor has all of IOS's keys. */
void session_editing(struct session *s, bool on);
/* Last words; the session is over. */
void session_close(struct session *s, const char *words);
/* A blank line and the text, its tokens filled in; nothing when it is empty. */
void session_banner(struct session *s, const char *text);
/* Login is done: EXEC begins. */
void session_start(struct session *s, unsigned priv);
/* Idle counting begins anew. */
void session_touch(struct session *s);
void session_monitor(struct session *s, bool on);
/* "console", "cisco on vty0 (10.0.0.9)" */
const char *session_by(const struct session *s);
/* Leaves configuration mode: logs %SYS-5-CONFIG_I and closes the change set. */
void session_end_config(struct session *s);

/* ---- run.c ---- */
void run_line(struct session *s, const char *line);
/* The command has ended: its text goes out, then the prompt. */
void run_done(struct session *s, struct cmd *c, int result);
/* A handler returned, at once or after an answer. */
void run_result(struct session *s, struct cmd *c, int result);
void run_cancel(struct session *s);	/* Ctrl-C, lost terminal */

/* ---- dialogue.c ---- */
void dialogue_prompt(struct session *s);
void dialogue_line(struct session *s, const char *line);
void dialogue_key(struct session *s, char key);
void dialogue_drop(struct session *s);

/* ---- login.c ---- */
void login_start(struct session *s);
void login_line(struct session *s, const char *line);
void login_stop(struct session *s);
