/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The daemon's side of the terminals: vty.sock in the run directory for local users, telnet and ssh as 'line vty' and
 * 'transport input' say. It carries frames (vtyproto.h) between sockets and sessions and knows nothing of commands.
 */
#pragma once
#include "cli/cli.h"

struct vty_lines;
struct vty_server;
struct vty_ssh;
struct vty_telnet;

struct vty_options {
	const char *rundir;		/* vty.sock is made here, mode 0660 */
	int gdoixsh;			/* O_PATH descriptor of the terminal program, -1: no telnet, no ssh; stays the caller's */
	uint16_t telnet_port, ssh_port;	/* 23, 22 */
	uint32_t uid, gid;		/* whom a telnet or ssh terminal runs as */
};

/* deps: as given to cli_new(). NULL with why when vty.sock cannot be made. A telnet port that is taken is logged and tried again. */
struct vty_server *vty_server_new(struct cli *c, const struct cli_deps *deps, struct loop *loop,
	const struct vty_options *o, struct why *why);
/* Ends all sessions. */
void vty_server_free(struct vty_server *v);

/* ---- between vty_server.c, vty_telnet.c and vty_ssh.c ---- */

/* Carries a session over fd, which it takes. gone(arg) is called when the session has ended and fd is closed. False: no session could be had. */
bool vty_conn_new(struct vty_server *v, int fd, const struct cli_peer *peer, void (*gone)(void *arg), void *arg);
/* Whether the session on that vty has not got past its login, or is over but for its last words; ends it and calls its gone() at once. */
bool vty_conn_waiting(const struct vty_server *v, unsigned line);
void vty_conn_end(struct vty_server *v, unsigned line);
/* The listener of 'transport input telnet', open as long as a vty line allows it. */
struct vty_telnet *vty_telnet_new(struct vty_server *v, struct cli *c, const struct cli_deps *deps, struct loop *loop,
	const struct vty_options *o, struct vty_lines *lines);
void vty_telnet_free(struct vty_telnet *t);
/* The same of 'transport input ssh', which needs an RSA key as well. It ends callers without a session when freed. */
struct vty_ssh *vty_ssh_new(struct vty_server *v, struct cli *c, const struct cli_deps *deps, struct loop *loop,
	const struct vty_options *o, struct vty_lines *lines);
void vty_ssh_free(struct vty_ssh *s);
