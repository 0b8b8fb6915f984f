/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inside gdoixsh, the terminal: its link to the daemon, the batch runner, the screen, the line editor, telnet. */
#pragma once
#include <poll.h>
#include "cli/vtyproto.h"
#include "lib/text.h"

/* ---- the link (gdoixsh.c) ---- */

struct link {
	int fd;
	struct vty_in in;
};

/* Waits until the daemon has taken it. False: the daemon is gone. The copy of the text is cleansed. */
bool link_send(struct link *l, enum vty_type type, struct bytes body);
bool link_hello(struct link *l, uint8_t flags, unsigned height, unsigned width, const char *term);
/* Reads what has come (waits for something). False: the daemon is gone or talks nonsense. Frames: vty_in_next(). */
bool link_read(struct link *l);

struct prompt {
	uint8_t flags;			/* VTY_PROMPT_* */
	bool error;			/* of the line before */
	unsigned length, width;		/* of the screen, for paging; 0: endless */
	char text[512];
};
bool prompt_parse(struct bytes body, struct prompt *out);

/* ---- without a terminal (gdoixsh_batch.c) ---- */

/* Runs the commands, or the lines of standard input when n is 0; verbose: with prompts and lines, as a terminal would
 * show them. The exit status: 1 when one answered with an error. */
int batch_run(struct link *l, char *const *command, unsigned n, bool verbose);

/* ---- with one (gdoixsh_term.c): standard input and output, until the session is over. The exit status. ---- */
int term_run(struct link *l);
/* Signals other than these wait while the program works; term_run() looks at them between two steps. */
void term_signals(void);

/* ---- filters at --More-- (gdoixsh_more.c) ---- */
/* From now on: '/' what comes from the first line on that matches, '+' lines that match, '-' lines that do not. False: re is
 * no regular expression, and nothing is filtered. */
bool more_filter(char kind, const char *re);
void more_filter_off(void);
bool more_filtering(void);
/* Adds the lines of the text that pass; one that is not whole waits for its end. */
void more_pass(struct text *out, const char *p, size_t n);

/* ---- the line editor (gdoixsh_edit.c), over readline ---- */

struct edit_ops {			/* what a key can lead to; text is valid during the call */
	int (*next_key)(void);		/* the next octet typed; asked for only when there is one */
	bool (*more_keys)(void);
	void (*line)(const char *text);
	void (*end)(const char *text);		/* Ctrl-Z */
	void (*interrupt)(void);		/* Ctrl-C */
	void (*help)(struct bytes before);	/* '?' */
	void (*complete)(struct bytes before);	/* Tab */
};
void edit_init(const struct edit_ops *ops);
/* Shows the prompt and takes keys from edit_key() until one of line, end and interrupt was called. */
void edit_begin(const char *prompt, bool answer, bool keep);
void edit_key(void);
/* The line is given up without a call. */
void edit_abandon(void);
/* The last line held a secret: it cannot be called back. */
void edit_forget(void);
/* Off: no key moves the cursor. */
void edit_keys(bool all);
/* How many lines can be called back. */
void edit_history(unsigned max);
/* After Tab: what stood before the cursor becomes text. */
void edit_completed(struct bytes text);

/* ---- how it is shown (gdoixsh_draw.c) ---- */
/* Columns of the screen. */
void draw_resize(unsigned columns);
/* A prompt, and behind it from now on the editor's line. */
void draw_begin(const char *prompt);
/* Brings the screen up to the line. */
void draw_line(void);
/* The prompt and the line again, the screen's cursor being at the beginning of a row. */
void draw_again(void);

/* ---- its pty, for telnet and ssh (gdoixsh_pty.c) ---- */
#define PTY_TYPE 32
/* A raw pty, the master non-blocking. False: an error was printed. */
bool pty_open(int *master, int *slave);
void pty_size(int pty, unsigned rows, unsigned columns);
/* A name for TERM, which selects a file of the terminfo data base: letters, digits and dashes only; cut at what is none. */
void pty_type(const char *name, char out[PTY_TYPE]);
/* In a child without the master: term_run() on the pty. */
int pty_terminal(int slave, const char *type, struct link *l);

/* ---- for telnet and ssh, before the first octet of the peer (gdoixsh_sandbox.c); fork() is all that is left ---- */
void sandbox(void);

/* ---- ssh (gdoixsh_ssh.c): peer is the accepted socket; the rest runs in a child that never sees the host key. ---- */
int ssh_run(int peer, struct link *l);

/* ---- telnet (gdoixsh_telnet.c): peer is the accepted socket; the terminal runs on a pty in a child. ---- */
int telnet_run(int peer, struct link *l);
