/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What gdoixsh (the terminal) and the daemon (parser, sessions) say to each other on vty.sock or on a socket pair that
 * the daemon made for a telnet or ssh session: frames of type (1 octet), length (4, big-endian), payload. The daemon
 * holds all state; the terminal edits lines, pages and draws. After every line exactly one VTY_PROMPT follows.
 */
#pragma once
#include "lib/bytes.h"

#define VTY_VERSION 1
#define VTY_HISTORY_MAX 256
#define VTY_FRAME_MAX 65536	/* longer payloads are split (OUTPUT) or refused (all others: the session ends) */

enum vty_type {
	/* terminal -> daemon */
	VTY_HELLO = 1,		/* u8 version, u8 flags (VTY_HELLO_*), u16 height, u16 width, terminal type (text) */
	VTY_LINE,		/* text of one line, without its end; answers the last VTY_PROMPT */
	VTY_HELP,		/* '?' was typed: the text before the cursor */
	VTY_COMPLETE,		/* Tab: the text before the cursor */
	VTY_WINSIZE,		/* u16 height, u16 width */
	VTY_INTR,		/* Ctrl-C: abandon the line, the dialogue, the running output */
	VTY_END,		/* Ctrl-Z: text typed so far, run first if not empty, then 'end' */
	VTY_KEY,		/* one octet: answer to a single-key prompt */
	VTY_QUIT_OUTPUT,	/* 'q' at --More--: drop what is left of this command's output */
	VTY_EOF,		/* the terminal is gone */
	/* of an ssh terminal, before VTY_HELLO (cli/vty_ssh.c) */
	VTY_SSH_KEX = 32,	/* u8 done, u8 length and cipher, u8 length and MAC, then the reason when it failed */
	VTY_SSH_AUTH,		/* u8 method (VTY_AUTH_*), u8 length and user, then password, or key in base64 */
	VTY_SSH_START,		/* the client asked for its shell or command */
	/* daemon -> terminal */
	VTY_OUTPUT = 64,	/* text; lines end in \n */
	VTY_PROMPT,		/* u8 flags (VTY_PROMPT_*), u8 status of the last line (0 ok, 1 error), u16 length, u16 width, text */
	VTY_HELP_TEXT,		/* text to show; the terminal then redraws prompt and line */
	VTY_COMPLETION,		/* the line after completion (same text: nothing to add) */
	VTY_LOG,		/* a log line for this terminal; may come at any time */
	VTY_CLOSE,		/* last words (text, may be empty); the session is over. u8 status first */
	VTY_HISTORY,		/* u16: how many lines can be called back from now on (VTY_HISTORY_MAX at most, 20 before this) */
	VTY_EDITING,		/* u8: 0: of the editing keys only those that delete work from now on; 1: all */
	/* to an ssh terminal */
	VTY_SSH_SETUP = 96,	/* first: u8 methods (VTY_METHOD_*), each with its u16 length: ciphers, host key, key exchange and
				 * MAC algorithms, login banner; then the host key (PEM) */
	VTY_SSH_VERDICT,	/* answers VTY_SSH_AUTH: u8 VTY_VERDICT_* */
	VTY_SSH_GO,		/* answers VTY_SSH_START: the session's frames follow */
};

enum { VTY_AUTH_NONE, VTY_AUTH_PASSWORD, VTY_AUTH_KEYBOARD, VTY_AUTH_KEY_OFFERED, VTY_AUTH_KEY_SIGNED };
/* Users' keys that an ssh terminal takes, in libssh's names. */
#define VTY_SSH_PUBKEYS "ssh-ed25519,ecdsa-sha2-nistp256,ecdsa-sha2-nistp384,ecdsa-sha2-nistp521,rsa-sha2-512,rsa-sha2-256"
enum { VTY_METHOD_PUBLICKEY = 1, VTY_METHOD_KEYBOARD = 2, VTY_METHOD_PASSWORD = 4 };
enum { VTY_VERDICT_NO, VTY_VERDICT_YES, VTY_VERDICT_LAST /* no, and there is no further try */ };

enum { VTY_HELLO_INTERACTIVE = 1, VTY_HELLO_EXEC = 2 /* -c or piped input: no paging, no log lines */ };
enum {
	VTY_PROMPT_SECRET = 1,	/* do not echo, keep out of history */
	VTY_PROMPT_KEY = 2,	/* one key without Enter answers ([confirm]) */
	VTY_PROMPT_ANSWER = 4,	/* a dialogue's question: keep the answer out of history; no '?' help */
	VTY_PROMPT_SYNC = 8,	/* 'logging synchronous': redraw the half-typed line after a log line */
	VTY_PROMPT_LOGIN = 16,	/* user name: keep out of history */
	VTY_PROMPT_FORGET = 32,	/* the line before this prompt held a secret: take it out of history */
};

struct vty_frame {
	uint8_t type;
	struct bytes body;	/* points into the buffer */
};

/* A receive buffer: octets in, whole frames out. */
struct vty_in {
	uint8_t *buf;
	size_t n, cap, taken;
	bool bad;		/* a frame over VTY_FRAME_MAX */
};
/* Where and how much to read() into; then vty_in_read(n) tells what came. */
uint8_t *vty_in_room(struct vty_in *in, size_t *room);
void vty_in_got(struct vty_in *in, size_t n);
/* The next whole frame; valid until vty_in_room. False: none yet (or bad). */
bool vty_in_next(struct vty_in *in, struct vty_frame *out);
void vty_in_free(struct vty_in *in);
/* Appends a frame to a growing buffer; OUTPUT and LOG longer than a frame are cut into several. */
struct text;
void vty_put(struct text *out, uint8_t type, struct bytes head, struct bytes body);
