/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Inside the daemon's side of the terminals: the vty lines, the terminal programs on them, and the listeners that bring
 * callers. What is said over them is vty_telnet.c's and vty_ssh.c's.
 */
#pragma once
#include <sys/types.h>
#include "cli/vty_server.h"
#include "config/cfg.h"
#include "lib/timer.h"

struct vty_lines;
struct why;

enum vty_transport { VTY_TELNET, VTY_SSH };

struct vty_line;
/* What a transport answers about the caller on a line that it started. */
struct vty_caller_ops {
	bool (*waiting)(const struct vty_line *l);	/* he has not logged in yet */
	void (*evict)(struct vty_line *l);		/* ends him at once: the line is free then */
};

struct vty_line {		/* one vty: the terminal on it */
	struct vty_lines *lines;
	unsigned number;
	pid_t pid;		/* 0: none */
	bool taken;		/* from vty_line_start() to vty_line_done() */
	uint64_t since;		/* monotonic µs of vty_line_start() */
	const struct vty_caller_ops *ops;
	void *arg;		/* the transport's */
	struct timer kill;
};

struct vty_lines *vty_lines_new(const struct cli_deps *deps, struct loop *loop, const struct vty_options *o);
/* Ends all terminals. */
void vty_lines_free(struct vty_lines *v);
/* The lowest free line that takes this caller; NULL: none, *any tells whether one is merely busy. */
struct vty_line *vty_line_find(struct vty_lines *v, enum vty_transport t, struct ip4 from, bool *any);
/*
 * The same, and when all lines that take this caller are busy, the one who has been longest at a login prompt, for five seconds
 * or more, makes room: half-open connections must not lock operators out.
 */
struct vty_line *vty_line_obtain(struct vty_lines *v, enum vty_transport t, struct ip4 from, bool *any);
/*
 * Starts gdoixsh on the line with this option, as nobody, with the peer (which stays the caller's) and one end of a
 * socket pair. ops, arg: who is asked about the caller later. Returns the other end, non-blocking; -1: no terminal can be had.
 */
int vty_line_start(struct vty_line *l, const char *option, int peer, const struct vty_caller_ops *ops, void *arg);
/* The socket pair is closed: the terminal, which sees that, has a moment to end; then it is ended. arg: the line. */
void vty_line_done(void *arg);
/* The same without the moment: the line is free at once. */
void vty_line_drop(struct vty_line *l);
/* Whether some line has this transport. */
bool vty_transport_wanted(const struct cfg *cfg, enum vty_transport t);

/* ---- listeners (vty_listen.c) ---- */

struct vty_listener;
/* call(arg, fd, from) is given the callers' sockets to keep. */
struct vty_listener *vty_listener_new(const struct cli_deps *deps, struct loop *loop, uint16_t port,
	void (*call)(void *arg, int fd, struct ip4 from), void *arg);
void vty_listener_free(struct vty_listener *v);
/* Opens or closes. A port that is taken is logged once and tried again. */
void vty_listener_set(struct vty_listener *v, bool open);
/* A peer that has vanished is noticed while idle and while written to. */
void vty_tune(int fd);
/* Turns a caller away and logs why, not too often. words: what he is told before, NULL: a reset, as IOS does it. */
void vty_refuse(struct vty_listener *v, int fd, struct ip4 from, const char *words, const char *reason);
