/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inside the ssh terminal: gdoixsh_ssh.c lets the client in, gdoixsh_ssh_pump.c carries the session. */
#pragma once
#include <libssh/libssh.h>
#include <sys/types.h>
#include "cli/gdoixsh.h"

enum ssh_want { WANT_NOTHING, WANT_TERMINAL, WANT_PIPE, WANT_COMMAND };

/* The child that runs the session. It is forked before the host key comes, so it never holds it. */
struct ssh_child {
	pid_t pid;
	int control;		/* ours: what it is to run */
	int pty, stdio, error;	/* ours: the pty's master; a socket for input and output; its standard error */
};

/* False: there was no terminal, no process. In the child, which closes peer, it does not return. */
bool ssh_child_start(struct ssh_child *c, struct link *l, int peer);
/* Tells it what to run; type: of the terminal. */
bool ssh_child_go(struct ssh_child *c, enum ssh_want want, const char *type, const char *command);
/* Carries until the child or the client has ended; then tells the client the exit status. */
void ssh_pump(struct ssh_child *c, enum ssh_want want, ssh_session session, ssh_event event, ssh_channel channel);
