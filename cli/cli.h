/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The IOS shell of one device: sessions on vty.sock, telnet and console; the mode tree; the grammar. One instance per
 * daemon. Handlers and renderers reach the device through struct cli_deps only.
 */
#pragma once
#include "cli/vtyproto.h"
#include "lib/ip.h"

struct cli;
struct clock;
struct config;
struct coop;
struct env;
struct gdoi;
struct isakmp;
struct loop;
struct netif;
struct session;
struct share;
struct syslog;
struct text;
struct why;

struct cli_deps {			/* all outlive the shell; those marked may be NULL in tests */
	const struct env *env;
	struct syslog *log;
	struct config *config;
	struct isakmp *isakmp;
	struct gdoi *gdoi;
	struct coop *coop;		/* may be NULL */
	struct netif *netif;		/* may be NULL */
	void (*stop)(void *arg);	/* 'reload': ends the daemon for its supervisor to start again; may be NULL */
	void *stop_arg;
	const char *version;		/* "0.1.0" */
	struct loop *loop;		/* for programs that commands start; NULL in tests */
};

struct cli *cli_new(const struct cli_deps *deps);
void cli_free(struct cli *c);

/*
 * Replays a configuration text line by line into the running configuration (which begins as it is). Each line that does
 * not parse is logged with its number and reason and skipped; the rest loads. Returns how many were refused. check: to
 * this text instead of to the log ('gdoixd --check').
 */
unsigned cli_replay(struct cli *c, struct bytes text, struct text *errors);
/*
 * Writes a group's policy into the startup-config, in which nothing else changes; arg: the shell. False with why; why "": the group is
 * not saved there at all. (A coop_save, coop/coop.h.)
 */
bool cli_save_share(void *arg, const char *group, const struct share *policy, struct why *why);
/* show running-config's text, from version to end. */
void cli_nvgen(struct cli *c, struct text *out);

enum cli_origin { CLI_CONSOLE, CLI_VTY };
struct cli_peer {
	enum cli_origin origin;
	unsigned line;			/* console 0, vty N */
	struct ip4 from;		/* telnet, ssh */
	char user[65];			/* as ssh told it; "" otherwise. Who it is may come in */
	bool named;			/* and the name is proved: by its password or key, not by a line's password or by none */
	bool local;			/* over vty.sock by a local user: as the console */
};

/*
 * A session in frames (vtyproto.h): input is fed to it, output is taken from it; no descriptor is known here, so tests
 * and the golden runner drive it directly. wake(arg) is called when output is waiting; closed(arg) once it is over.
 */
struct session *session_new(struct cli *c, const struct cli_peer *peer, void (*wake)(void *arg), void *arg);
void session_free(struct session *s);
/* One frame from the terminal. False: the protocol was violated and the session is to be dropped. */
bool session_input(struct session *s, const struct vty_frame *f);
/* Waiting output: look, send some, drop what was sent. */
struct bytes session_output(const struct session *s);
void session_output_sent(struct session *s, size_t n);
bool session_over(const struct session *s);
/* Nobody has logged in yet. */
bool session_at_login(const struct session *s);

/* The daemon's side of the sockets is cli/vty_server.h. */
