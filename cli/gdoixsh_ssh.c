/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The ssh side of a terminal (RFC 4253, 4252, 4254) over libssh: version 2, one session channel, a shell or one command,
 * no forwarding, no subsystem. Whether a user may come in is the daemon's to say; the host key comes from it and is all
 * that this process ever holds. It runs as nobody, and the session itself in a child without that key.
 */
#include <config.h>
#include <errno.h>
#include <fcntl.h>
#include <libssh/callbacks.h>
#include <libssh/server.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>
#include "cli/gdoixsh_ssh.h"
#include "lib/wire.h"

#define KEX_SECONDS 120L
#define RSA_BITS_MIN 768	/* as on IOS */

static struct ssh {
	struct link *link;
	struct ssh_child child;
	ssh_bind bind;
	ssh_session session;
	ssh_event event;
	ssh_channel channel;
	bool over;		/* nothing more is to be had: the daemon or the client has left, or may not try again */
	bool banner_sent, in;
	char banner[2049];
	char keyboard_user[65];	/* RFC 4256: only the request names the user */
	int methods;
	char list[4][400];	/* ciphers, host key, key exchange and MAC algorithms */
	enum ssh_want want;
	bool has_pty;
	char type[PTY_TYPE];
	char *command;
} S;

/* ---- the daemon ---- */

/* Its next frame, which must be of that type. */
static bool next_frame(enum vty_type type, struct bytes *body)
{
	struct vty_frame f;

	while (!vty_in_next(&S.link->in, &f)) {
		if (!link_read(S.link))
			return false;
	}
	*body = f.body;
	return f.type == type;
}

static void wr_short(struct wr *w, const char *s)
{
	size_t n = s ? strlen(s) : 0;

	if (n > 255)
		w->bad = true;
	wr_u8(w, (uint8_t)n);
	wr_bytes(w, bytes_of(s, n));
}

/* False: no. S.over when there is no further try. */
static bool ask(uint8_t method, const char *user, const char *proof)
{
	uint8_t buf[8192];
	struct wr w = wr_init(buf, sizeof(buf));
	struct bytes verdict = BYTES_NONE;
	bool ok;

	wr_u8(&w, method);
	wr_short(&w, user);
	wr_bytes(&w, bytes_str(proof ? proof : ""));
	ok = wr_ok(&w) && !S.over;
	if (ok)
		S.over = !link_send(S.link, VTY_SSH_AUTH, wr_done(&w)) || !next_frame(VTY_SSH_VERDICT, &verdict) ||
			 verdict.n != 1 || verdict.p[0] == VTY_VERDICT_LAST;
	explicit_bzero(buf, sizeof(buf));
	ok = ok && !S.over && verdict.p[0] == VTY_VERDICT_YES;
	if (ok && method != VTY_AUTH_KEY_OFFERED)
		S.in = true;
	return ok;
}

/* ---- authentication (RFC 4252, 4256) ---- */

/* RFC 4252 section 5.4: any time before the end of authentication. */
static void show_banner(void)
{
	size_t n = strlen(S.banner);
	ssh_string s;

	if (S.banner_sent || !n)
		return;
	S.banner_sent = true;
	if (S.banner[n - 1] != '\n' && n + 1 < sizeof(S.banner))
		memcpy(S.banner + n, "\n", 2);	/* what the command prints begins below it */
	s = ssh_string_from_char(S.banner);
	if (!s)
		return;
	ssh_send_issue_banner(S.session, s);
	ssh_string_free(s);
}

static int on_none(ssh_session session, const char *user, void *arg)
{
	show_banner();
	return ask(VTY_AUTH_NONE, user, NULL) ? SSH_AUTH_SUCCESS : SSH_AUTH_DENIED;
}

static int on_password(ssh_session session, const char *user, const char *password, void *arg)
{
	show_banner();
	return ask(VTY_AUTH_PASSWORD, user, password) ? SSH_AUTH_SUCCESS : SSH_AUTH_DENIED;
}

static int on_pubkey(ssh_session session, const char *user, struct ssh_key_struct *key, char state, void *arg)
{
	uint8_t method = state == SSH_PUBLICKEY_STATE_VALID ? VTY_AUTH_KEY_SIGNED : VTY_AUTH_KEY_OFFERED;
	char *blob = NULL;
	bool ok;

	show_banner();
	if ((state != SSH_PUBLICKEY_STATE_VALID && state != SSH_PUBLICKEY_STATE_NONE) ||
		ssh_pki_export_pubkey_base64(key, &blob) != SSH_OK)
		return SSH_AUTH_DENIED;
	ok = ask(method, user, blob);
	ssh_string_free_char(blob);
	return ok ? SSH_AUTH_SUCCESS : SSH_AUTH_DENIED;
}

static void keyboard_interactive(ssh_message m)
{
	const char *prompts[] = { "Password: " }, *user = ssh_message_auth_user(m);
	char echo[] = { 0 };
	bool ok = false;

	if (!ssh_message_auth_kbdint_is_response(m)) {
		if (!user || !str_copy(S.keyboard_user, sizeof(S.keyboard_user), user)) {
			ssh_message_reply_default(m);
			return;
		}
		show_banner();
		ssh_message_auth_interactive_request(m, "", "", 1, prompts, echo);
		return;
	}
	if (ssh_userauth_kbdint_getnanswers(S.session) == 1)
		ok = ask(VTY_AUTH_KEYBOARD, S.keyboard_user, ssh_userauth_kbdint_getanswer(S.session, 0));
	if (ok)
		ssh_message_auth_reply_success(m, 0);
	else
		ssh_message_reply_default(m);
}

/* What the other callbacks leave: 1 gets libssh's refusal. */
static int on_message(ssh_session session, ssh_message m, void *arg)
{
	if (ssh_message_type(m) != SSH_REQUEST_AUTH || ssh_message_subtype(m) != SSH_AUTH_METHOD_INTERACTIVE || S.in)
		return 1;
	keyboard_interactive(m);
	return 0;
}

/* ---- the channel (RFC 4254 section 6) ---- */

static int on_pty(ssh_session session, ssh_channel channel, const char *type, int columns, int rows, int px, int py, void *arg)
{
	S.has_pty = true;
	pty_type(type, S.type);
	pty_size(S.child.pty, rows < 0 ? 0 : (unsigned)rows, columns < 0 ? 0 : (unsigned)columns);
	return 0;
}

static int on_window(ssh_session session, ssh_channel channel, int columns, int rows, int px, int py, void *arg)
{
	pty_size(S.child.pty, rows < 0 ? 0 : (unsigned)rows, columns < 0 ? 0 : (unsigned)columns);
	return 0;
}

static int on_shell(ssh_session session, ssh_channel channel, void *arg)
{
	if (S.want != WANT_NOTHING)
		return 1;
	S.want = S.has_pty ? WANT_TERMINAL : WANT_PIPE;
	return 0;
}

static int on_exec(ssh_session session, ssh_channel channel, const char *command, void *arg)
{
	if (S.want != WANT_NOTHING || strlen(command) > VTY_FRAME_MAX)
		return 1;
	S.command = strdup(command);
	if (!S.command)
		return 1;
	S.want = WANT_COMMAND;
	return 0;
}

/* RFC 4254 section 6.4: the environment is ours. Subsystems: there are none. */
static int on_env(ssh_session session, ssh_channel channel, const char *name, const char *value, void *arg)
{
	return 1;
}

static int on_subsystem(ssh_session session, ssh_channel channel, const char *name, void *arg)
{
	return 1;
}

static struct ssh_channel_callbacks_struct channel_calls = {
	.channel_pty_request_function = on_pty,
	.channel_pty_window_change_function = on_window,
	.channel_shell_request_function = on_shell,
	.channel_exec_request_function = on_exec,
	.channel_env_request_function = on_env,
	.channel_subsystem_request_function = on_subsystem,
};

static ssh_channel on_open(ssh_session session, void *arg)
{
	if (!S.in || S.channel)
		return NULL;
	S.channel = ssh_channel_new(session);
	if (S.channel)
		ssh_set_channel_callbacks(S.channel, &channel_calls);
	return S.channel;
}

static struct ssh_server_callbacks_struct server_calls = {
	.auth_none_function = on_none,
	.auth_password_function = on_password,
	.auth_pubkey_function = on_pubkey,
	.channel_open_request_session_function = on_open,
};

/* ---- in order ---- */

static bool import_key(struct bytes pem)
{
	char *text = malloc(pem.n + 1);
	ssh_key key = NULL;
	bool ok;

	if (!text)
		return false;
	memcpy(text, pem.p, pem.n);
	text[pem.n] = '\0';
	ok = ssh_pki_import_privkey_base64(text, NULL, NULL, NULL, &key) == SSH_OK;
	explicit_bzero(text, pem.n);
	free(text);
	/* libssh owns the key then. */
	return ok && ssh_bind_options_set(S.bind, SSH_BIND_OPTIONS_IMPORT_KEY, key) == SSH_OK;
}

static bool take_text(struct rd *r, char *out, size_t cap)
{
	struct bytes b = rd_bytes(r, rd_u16(r));

	if (!rd_ok(r) || b.n >= cap)
		return false;
	if (b.n)
		memcpy(out, b.p, b.n);
	out[b.n] = '\0';
	return true;
}

static bool take_setup(void)
{
	struct bytes body;
	struct rd r;
	uint8_t m;
	bool ok = next_frame(VTY_SSH_SETUP, &body);

	if (!ok)
		return false;
	r = rd_init(body);
	m = rd_u8(&r);
	S.methods = (m & VTY_METHOD_PUBLICKEY ? SSH_AUTH_METHOD_PUBLICKEY : 0) |
		    (m & VTY_METHOD_KEYBOARD ? SSH_AUTH_METHOD_INTERACTIVE : 0) |
		    (m & VTY_METHOD_PASSWORD ? SSH_AUTH_METHOD_PASSWORD : 0);
	for (unsigned i = 0; ok && i < 4; i++)
		ok = take_text(&r, S.list[i], sizeof(S.list[i]));
	ok = ok && take_text(&r, S.banner, sizeof(S.banner)) && import_key(rd_rest(&r));
	/* The frame held the key too. */
	explicit_bzero(S.link->in.buf, S.link->in.cap);
	return ok;
}

static bool set(enum ssh_bind_options_e option, const void *value)
{
	return ssh_bind_options_set(S.bind, option, value) == SSH_OK;
}

static bool set_options(void)
{
	static const int rsa_min = RSA_BITS_MIN;
	static const bool no = false;

	return set(SSH_BIND_OPTIONS_PROCESS_CONFIG, &no) && set(SSH_BIND_OPTIONS_BANNER, "gdoix_" GX_VERSION) &&
	       set(SSH_BIND_OPTIONS_RSA_MIN_SIZE, &rsa_min) &&
	       set(SSH_BIND_OPTIONS_CIPHERS_C_S, S.list[0]) && set(SSH_BIND_OPTIONS_CIPHERS_S_C, S.list[0]) &&
	       set(SSH_BIND_OPTIONS_HOSTKEY_ALGORITHMS, S.list[1]) && set(SSH_BIND_OPTIONS_KEY_EXCHANGE, S.list[2]) &&
	       set(SSH_BIND_OPTIONS_HMAC_C_S, S.list[3]) && set(SSH_BIND_OPTIONS_HMAC_S_C, S.list[3]) &&
	       set(SSH_BIND_OPTIONS_PUBKEY_ACCEPTED_KEY_TYPES, VTY_SSH_PUBKEYS);
}

static bool report(bool done)
{
	const char *why = done ? "" : ssh_get_error(S.session);
	uint8_t buf[1024];
	struct wr w = wr_init(buf, sizeof(buf));
	size_t n = strlen(why);

	wr_u8(&w, done);
	wr_short(&w, ssh_get_cipher_in(S.session));
	wr_short(&w, ssh_get_hmac_in(S.session));
	wr_bytes(&w, bytes_of(why, n < 400 ? n : 400));
	return link_send(S.link, VTY_SSH_KEX, wr_done(&w));
}

static bool exchange_keys(int peer)
{
	long seconds = KEX_SECONDS;
	bool ok;

	if (ssh_bind_accept_fd(S.bind, S.session, peer) != SSH_OK)
		return false;
	ssh_options_set(S.session, SSH_OPTIONS_TIMEOUT, &seconds);
	ssh_set_auth_methods(S.session, S.methods);
	ssh_callbacks_init(&server_calls);
	ssh_callbacks_init(&channel_calls);
	ssh_set_server_callbacks(S.session, &server_calls);
	ssh_set_message_callback(S.session, on_message, NULL);
	ok = ssh_handle_key_exchange(S.session) == SSH_OK;
	return report(ok) && ok;
}

/* The daemon answers questions only; what comes unasked is its end. */
static int on_daemon(socket_t fd, int ready, void *arg)
{
	S.over = true;
	return 0;
}

/* Until the client has said what it wants. The daemon ends those who take too long. */
static bool serve(void)
{
	bool ok = ssh_event_add_session(S.event, S.session) == SSH_OK &&
		  ssh_event_add_fd(S.event, S.link->fd, POLLIN, on_daemon, NULL) == SSH_OK;

	while (ok && S.want == WANT_NOTHING)
		ok = ssh_event_dopoll(S.event, -1) != SSH_ERROR && !S.over && ssh_is_connected(S.session) &&
		     !(S.channel && ssh_channel_is_closed(S.channel));
	ssh_event_remove_fd(S.event, S.link->fd);
	return ok;
}

static bool begin(void)
{
	struct bytes none;

	return link_send(S.link, VTY_SSH_START, BYTES_NONE) && next_frame(VTY_SSH_GO, &none) &&
	       S.link->in.taken == S.link->in.n && ssh_child_go(&S.child, S.want, S.type, S.command ? S.command : "");
}

/* Nothing but libssh writes to the client. */
static int take_peer(int peer)
{
	int fd = fcntl(peer, F_DUPFD_CLOEXEC, 5), null = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (fd < 0 || null < 0 || dup2(null, 0) < 0 || dup2(null, 1) < 0 || dup2(null, 2) < 0)
		return -1;
	close(null);
	return fd;
}

int ssh_run(int peer, struct link *l)
{
	bool ok;

	signal(SIGPIPE, SIG_IGN);
#ifndef GX_SANITIZED	/* LeakSanitizer looks at the process as a debugger does */
	prctl(PR_SET_DUMPABLE, 0);	/* other terminals are nobody too, and there is a key here soon */
#endif
	sandbox();
	S.link = l;
	peer = take_peer(peer);
	if (peer < 0 || !ssh_child_start(&S.child, l, peer) || ssh_init() != SSH_OK)
		return 2;
	S.bind = ssh_bind_new();
	S.session = ssh_new();
	S.event = ssh_event_new();
	ok = S.bind && S.session && S.event && take_setup() && set_options() && exchange_keys(peer);
	ssh_bind_free(S.bind);
	ok = ok && serve() && begin();
	if (ok) {
		close(l->fd);	/* it is the child's now */
		l->fd = -1;
		ssh_pump(&S.child, S.want, S.session, S.event, S.channel);
	} else if (S.over && ssh_is_connected(S.session)) {
		ssh_session_set_disconnect_message(S.session, "Too many authentication failures");
	}
	ssh_disconnect(S.session);
	ssh_event_free(S.event);
	ssh_free(S.session);
	free(S.command);
	return ok ? 0 : 1;
}
