/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * SSH: the daemon accepts, finds a vty line and starts a terminal (gdoixsh_ssh.c) that speaks the protocol as nobody. Over
 * the session's socket pair it gets the host key, and asks here whether a user may come in: hashes and users' keys never
 * leave the daemon. Then the same socket pair carries the session.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>
#include "cli/login_log.h"
#include "cli/login_method.h"
#include "cli/password_job.h"
#include "cli/shell.h"
#include "cli/ssh.h"
#include "cli/vty_line.h"
#include "lib/clock.h"
#include "lib/crypto/rsa.h"
#include "lib/env.h"
#include "lib/loop.h"
#include "lib/mem.h"
#include "lib/ratelimit.h"
#include "lib/secret.h"
#include "lib/why.h"
#include "lib/wire.h"
#include "syslog/msg.h"

#define OFFERS_MAX 64		/* keys that a client may offer */
#define PASSWORD_MAX 256
#define USER_MAX 64
#define KEY_MAX 6000

_Static_assert((int)SSH_METHOD_PUBLICKEY == (int)VTY_METHOD_PUBLICKEY && (int)SSH_METHOD_KEYBOARD == (int)VTY_METHOD_KEYBOARD &&
	(int)SSH_METHOD_PASSWORD == (int)VTY_METHOD_PASSWORD, "the configuration's bits are those of the frames");

enum stage { KEX, AUTH, CHECKING, WAITING /* the delay after a failed try */, IN, SESSION };

struct caller {			/* one per vty line */
	struct vty_ssh *ssh;
	struct vty_line *line;	/* NULL: nobody is here */
	int fd;
	struct watch *watch;
	struct vty_in in;
	enum stage stage;
	struct ip4 from;
	struct timer deadline, delay;
	struct password_job *check;
	enum cfg_aaa method;	/* that the password is checked by */
	unsigned failures, offers;
	bool last, named;	/* named: the name is proved */
	char user[USER_MAX + 1], cipher[48], mac[48];
};

struct vty_ssh {
	struct vty_server *server;
	struct cli *cli;
	const struct cli_deps *d;
	struct loop *loop;
	struct vty_lines *lines;
	struct vty_listener *listener;
	unsigned subscription;
	bool enabled;
	struct ratelimit mismatches, failures;
	struct caller caller[CFG_VTYS];
};

static const struct cfg *cfg_of(const struct vty_ssh *s)
{
	return config_running(s->d->config);
}

static struct timers *timers_of(const struct caller *c)
{
	return c->ssh->d->env->timers;
}

/* ---- messages ---- */

/* Anybody can fail: not every failure gets a line. */
static void log_session(struct caller *c, bool ok)
{
	uint64_t missed;

	if (cfg_of(c->ssh)->ssh.log_events &&
		(ok || ratelimit_ok(&c->ssh->failures, clock_now(c->ssh->d->env->clock), &missed)))
		log_SSH_SSH2_SESSION(c->ssh->d->log, ip4_s(c->from), c->line->number, c->cipher, c->mac, ok ? "Succeeded" : "Failed");
}

static void log_userauth(const struct caller *c, bool ok)
{
	struct text user = TEXT_EMPTY;

	if (!cfg_of(c->ssh)->ssh.log_events)
		return;
	if (ok)
		text_escaped(&user, bytes_str(c->user));
	log_SSH_SSH2_USERAUTH(c->ssh->d->log, text_str(&user), ip4_s(c->from), c->line->number, c->cipher, c->mac,
		ok ? "Succeeded" : "Failed");
	text_free(&user);
}

static void log_close(const struct caller *c)
{
	struct text user = TEXT_EMPTY;

	if (!cfg_of(c->ssh)->ssh.log_events || c->stage == KEX)
		return;
	if (c->stage >= IN)
		text_escaped(&user, bytes_str(c->user));
	log_SSH_SSH2_CLOSE(c->ssh->d->log, ip4_s(c->from), c->line->number, text_str(&user), c->cipher, c->mac);
	text_free(&user);
}

/* libssh's words: "kex error : no match for method WHAT: server [A,B], client [C,D]". */
static void log_mismatch(struct caller *c, const char *why)
{
	char what[80], server[200], client[200];
	const char *p = strstr(why, "no match for method ");
	struct text t = TEXT_EMPTY;
	uint64_t missed;

	if (!p || sscanf(p, "no match for method %79[^:]: server [%199[^]]], client [%199[^]]]", what, server, client) != 3 ||
		!ratelimit_ok(&c->ssh->mismatches, clock_now(c->ssh->d->env->clock), &missed))
		return;
	text_escaped(&t, bytes_str(client));
	log_SSH_NO_MATCH(c->ssh->d->log, what, text_str(&t), server);
	text_free(&t);
}

/* ---- end of a caller ---- */

/* What stands between accept() and the session. */
static void forget(struct caller *c)
{
	timer_cancel(timers_of(c), &c->deadline);
	timer_cancel(timers_of(c), &c->delay);
	watch_del(c->watch);
	c->watch = NULL;
	vty_in_free(&c->in);
	password_job_drop(c->check);
	c->check = NULL;
}

/* A caller that never got a session. at_once: the terminal gets no moment to end. */
static void dismiss(struct caller *c, bool at_once)
{
	forget(c);
	if (c->fd >= 0)
		close(c->fd);
	c->fd = -1;
	log_close(c);
	if (at_once)
		vty_line_drop(c->line);
	else
		vty_line_done(c->line);
	c->line = NULL;
}

static void too_late(void *arg)
{
	dismiss(arg, true);
}

static void session_gone(void *arg)
{
	struct caller *c = arg;

	log_close(c);
	vty_line_done(c->line);
	c->line = NULL;
}

/* ---- frames to the terminal: small, to a socket that has room for them ---- */

static bool say(struct caller *c, enum vty_type type, struct bytes head, struct bytes body)
{
	struct text t = TEXT_EMPTY;
	bool ok;

	vty_put(&t, (uint8_t)type, head, body);
	ok = send(c->fd, t.s, t.n, MSG_DONTWAIT | MSG_NOSIGNAL) == (ssize_t)t.n;
	secret_cleanse(t.s, t.cap);
	text_free(&t);
	return ok;
}

static void wr_long(struct wr *w, const char *s)
{
	wr_u16(w, (uint16_t)strlen(s));
	wr_bytes(w, bytes_str(s));
}

/* The login banner is shown before the password (RFC 4252 section 5.4). */
static bool set_up(struct caller *c)
{
	const struct config_rsa *k = ssh_host_key(c->ssh->d);
	const struct cfg *cfg = cfg_of(c->ssh);
	uint8_t head[4096];
	struct wr w = wr_init(head, sizeof(head));
	struct text pem = { .s = mem_zalloc(8192), .cap = 8192 }, list = TEXT_EMPTY;	/* pem is never grown: no copy is left behind */
	struct secret der;
	bool ok = k && rsa_to_der(k->key, &der);

	if (ok) {
		text_add(&pem, "-----BEGIN RSA PRIVATE KEY-----");
		ssh_base64(secret_bytes(&der), 64, &pem);
		text_add(&pem, "\n-----END RSA PRIVATE KEY-----\n");
		secret_free(&der);
		wr_u8(&w, (uint8_t)ssh_methods(cfg));
		for (unsigned i = 0; i < SSH_LISTS; i++) {
			ssh_algorithms(cfg, i, &list);
			wr_long(&w, text_str(&list));
		}
		wr_long(&w, cfg->banner_login);
		ok = wr_ok(&w) && say(c, VTY_SSH_SETUP, wr_done(&w), bytes_of(pem.s, pem.n));
	}
	secret_cleanse(pem.s, pem.cap);
	text_free(&pem);
	text_free(&list);
	return ok;
}

/* ---- verdicts ---- */

static bool answer(struct caller *c, uint8_t verdict)
{
	return say(c, VTY_SSH_VERDICT, bytes_of(&verdict, 1), BYTES_NONE);
}

static void let_in(struct caller *c, bool named)
{
	c->stage = IN;
	c->named = named;
	login_log(c->ssh->cli, true, c->user, ip4_s(c->from), 22);
	if (named)
		lockout_passed(c->ssh->cli, c->user);
	log_userauth(c, true);
	if (!answer(c, VTY_VERDICT_YES))
		dismiss(c, false);
}

static void delay_over(void *arg)
{
	struct caller *c = arg;

	c->stage = AUTH;
	if (!answer(c, c->last ? VTY_VERDICT_LAST : VTY_VERDICT_NO) || c->last)
		dismiss(c, false);
}

/* A wrong password: logged at once, answered later. */
static void keep_out(struct caller *c)
{
	const struct cfg *cfg = cfg_of(c->ssh);

	c->stage = WAITING;
	c->last = ++c->failures >= (cfg->ssh.retries ? cfg->ssh.retries : 1);
	login_log(c->ssh->cli, false, c->user, ip4_s(c->from), 22);
	login_failed_on(c->ssh->cli, c->line->number + 2);
	if (c->last)
		log_userauth(c, false);
	timer_arm(timers_of(c), &c->delay, login_delay(c->ssh->cli, c->line->number + 2, c->failures));
}

/* After 'aaa new-model' as the line's list says, else the local users: ssh always names one. */
static enum cfg_aaa method_of(const struct caller *c)
{
	const struct cfg *cfg = cfg_of(c->ssh);

	return cfg->aaa ? login_method(cfg, &cfg->vty[c->line->number], false) : AAA_LOCAL;
}

static void password_checked(void *arg, bool ok)
{
	struct caller *c = arg;

	bool named = login_by_name(c->method);

	c->check = NULL;
	if (ok && !(named && lockout_holds(c->ssh->cli, c->user))) {
		let_in(c, named);
		return;
	}
	if (named)
		lockout_failed(c->ssh->cli, c->user);
	keep_out(c);
}

/* Whether the caller comes in without a password. */
static bool needs_none(struct caller *c)
{
	const struct cfg_user *u = cfg_user(cfg_of(c->ssh), c->user);

	c->method = method_of(c);
	return c->method == AAA_NONE || (login_by_name(c->method) && u && u->nopassword && !lockout_holds(c->ssh->cli, c->user));
}

static void check_password(struct caller *c, struct bytes password)
{
	const struct cfg *cfg = cfg_of(c->ssh);

	if (needs_none(c)) {
		let_in(c, login_by_name(c->method));
		return;
	}
	c->stage = CHECKING;
	c->check = password_job_start(c->ssh->d->env->pool,
		login_secret(cfg, &cfg->vty[c->line->number], c->method, cfg_user(cfg, c->user)), password, password_checked, c);
}

static void check_nothing(struct caller *c)
{
	if (needs_none(c) && (ssh_methods(cfg_of(c->ssh)) & (SSH_METHOD_PASSWORD | SSH_METHOD_KEYBOARD)))
		let_in(c, login_by_name(c->method));
	else if (!answer(c, VTY_VERDICT_NO))
		dismiss(c, false);
}

static bool key_listed(const struct caller *c, struct bytes base64)
{
	const struct cfg_ssh_user *u = cfg_ssh_user(cfg_of(c->ssh), c->user);
	char text[KEY_MAX + 1] = "";
	const struct cfg_ssh_key *k;
	struct ssh_public key;

	/* A chain may outlive its user. */
	if (!u || !cfg_user(cfg_of(c->ssh), c->user) || lockout_holds(c->ssh->cli, c->user) || base64.n > KEY_MAX)
		return false;
	if (base64.n)
		memcpy(text, base64.p, base64.n);
	if (!ssh_public_parse(text, &key, NULL))
		return false;
	k = cfg_ssh_key(u, key.hash);
	return k && strcmp(k->type, key.type) == 0;
}

/* Whether the key would do (offered), or that the terminal has seen its signature. Offers are no failed tries. */
static void check_key(struct caller *c, bool is_signed, struct bytes base64)
{
	bool listed = key_listed(c, base64);

	if (is_signed && listed)
		let_in(c, true);
	else if (is_signed)
		keep_out(c);
	else if (++c->offers > OFFERS_MAX || !answer(c, listed ? VTY_VERDICT_YES : VTY_VERDICT_NO))
		dismiss(c, false);
}

/* ---- frames from the terminal. False: it does not keep to the protocol, or the key exchange failed. ---- */

/* Names of algorithms: what else a terminal might send is not repeated in the log. */
static bool name_of(struct rd *r, char *out, size_t cap)
{
	struct bytes b = rd_bytes(r, rd_u8(r));

	if (!rd_ok(r) || b.n >= cap)
		return false;
	for (size_t i = 0; i < b.n; i++)
		if (b.p[i] <= ' ' || b.p[i] > '~' || b.p[i] == '\'')
			return false;
	if (b.n)
		memcpy(out, b.p, b.n);
	out[b.n] = '\0';
	return true;
}

static bool on_kex(struct caller *c, struct bytes body)
{
	struct rd r = rd_init(body);
	bool done = rd_u8(&r) == 1;
	char why[512] = "";
	struct bytes rest;

	if (c->stage != KEX || !name_of(&r, c->cipher, sizeof(c->cipher)) || !name_of(&r, c->mac, sizeof(c->mac)))
		return false;
	log_session(c, done);
	rest = rd_rest(&r);
	if (!done) {
		if (rest.n)
			memcpy(why, rest.p, rest.n < sizeof(why) ? rest.n : sizeof(why) - 1);
		log_mismatch(c, why);
		return false;
	}
	c->stage = AUTH;
	return true;
}

static unsigned needed(uint8_t method)
{
	return method == VTY_AUTH_PASSWORD ? SSH_METHOD_PASSWORD :
	       method == VTY_AUTH_KEYBOARD ? SSH_METHOD_KEYBOARD : SSH_METHOD_PUBLICKEY;
}

static bool on_auth(struct caller *c, struct bytes body)
{
	struct rd r = rd_init(body);
	uint8_t method = rd_u8(&r);
	struct bytes user = rd_bytes(&r, rd_u8(&r)), rest = rd_rest(&r);

	if (c->stage != AUTH || login_refused(c->ssh->cli, c->from) || !rd_ok(&r) || user.n > USER_MAX || (user.n && memchr(user.p, 0, user.n)))
		return false;
	memset(c->user, 0, sizeof(c->user));
	if (user.n)
		memcpy(c->user, user.p, user.n);
	if (method != VTY_AUTH_NONE && !(ssh_methods(cfg_of(c->ssh)) & needed(method))) {
		keep_out(c);
		return true;
	}
	switch (method) {
	case VTY_AUTH_NONE:
		check_nothing(c);
		return true;
	case VTY_AUTH_PASSWORD:
	case VTY_AUTH_KEYBOARD:
		if (rest.n > PASSWORD_MAX || (rest.n && memchr(rest.p, 0, rest.n)))
			keep_out(c);
		else
			check_password(c, rest);
		return true;
	case VTY_AUTH_KEY_OFFERED:
	case VTY_AUTH_KEY_SIGNED:
		check_key(c, method == VTY_AUTH_KEY_SIGNED, rest);
		return true;
	default:
		return false;
	}
}

/* The socket pair goes over to the session. */
static bool on_start(struct caller *c)
{
	struct cli_peer peer = { .origin = CLI_VTY, .line = c->line->number, .from = c->from };
	int fd = c->fd;

	if (c->stage != IN || c->in.taken != c->in.n || !say(c, VTY_SSH_GO, BYTES_NONE, BYTES_NONE))
		return false;
	str_copy(peer.user, sizeof(peer.user), c->user);
	peer.named = c->named;
	forget(c);
	c->fd = -1;
	c->stage = SESSION;
	return vty_conn_new(c->ssh->server, fd, &peer, session_gone, c);
}

static bool on_frame(struct caller *c, const struct vty_frame *f)
{
	switch (f->type) {
	case VTY_SSH_KEX:
		return on_kex(c, f->body);
	case VTY_SSH_AUTH:
		return on_auth(c, f->body);
	case VTY_SSH_START:
		return on_start(c);
	default:
		return false;
	}
}

static void readable(int ready, void *arg)
{
	struct caller *c = arg;
	struct vty_frame f;
	size_t room;
	uint8_t *to = vty_in_room(&c->in, &room);
	ssize_t n = recv(c->fd, to, room, MSG_DONTWAIT);

	if (n < 0)
		return;	/* nothing there after all */
	vty_in_got(&c->in, (size_t)n);
	while (n > 0 && c->line && c->stage != SESSION && vty_in_next(&c->in, &f)) {
		if (!on_frame(c, &f))
			n = 0;
	}
	if (c->line && (n == 0 || c->in.bad))
		dismiss(c, false);
}

/* ---- callers ---- */

static bool waiting(const struct vty_line *l)
{
	const struct caller *c = &((const struct vty_ssh *)l->arg)->caller[l->number];

	return c->line && c->stage < IN;
}

static void evict(struct vty_line *l)
{
	dismiss(&((struct vty_ssh *)l->arg)->caller[l->number], true);
}

static const struct vty_caller_ops caller_ops = { waiting, evict };

static bool start(struct vty_ssh *s, struct vty_line *l, int fd, struct ip4 from)
{
	struct caller *c = &s->caller[l->number];
	int session = vty_line_start(l, "--ssh", fd, &caller_ops, s);

	if (session < 0)
		return false;
	*c = (struct caller){ .ssh = s, .line = l, .fd = session, .from = from };
	timer_init(&c->deadline, too_late, c);
	timer_init(&c->delay, delay_over, c);
	c->watch = watch_add(s->loop, session, WATCH_READ, readable, c);
	if (!c->watch || !set_up(c)) {
		dismiss(c, true);
		return false;
	}
	timer_arm(timers_of(c), &c->deadline, SEC(cfg_of(s)->ssh.timeout));
	return true;
}

static void call(void *arg, int fd, struct ip4 from)
{
	struct vty_ssh *s = arg;
	bool any;
	bool refused = login_refused(s->cli, from);
	struct vty_line *l = refused ? NULL : vty_line_obtain(s->lines, VTY_SSH, from, &any);

	vty_tune(fd);
	if (refused)
		vty_refuse(s->listener, fd, from, NULL, "quiet mode after failed logins");
	else if (!any)
		vty_refuse(s->listener, fd, from, NULL, "no line takes sessions from there");
	else if (!l)
		vty_refuse(s->listener, fd, from, NULL, "all lines are busy");
	else if (!start(s, l, fd, from))
		vty_refuse(s->listener, fd, from, NULL, "no terminal can be started");
	else
		close(fd);
}

/* On with the first usable key, off with the last; open as long as a vty line allows it. */
static void follow_config(void *arg, enum config_event ev)
{
	struct vty_ssh *s = arg;
	bool enabled = ssh_host_key(s->d) != NULL;

	if (enabled && !s->enabled)
		log_SSH_ENABLED(s->d->log, "2.0");
	else if (!enabled && s->enabled)
		log_SSH_DISABLED(s->d->log, "2.0");
	s->enabled = enabled;
	vty_listener_set(s->listener, enabled && vty_transport_wanted(cfg_of(s), VTY_SSH));
}

struct vty_ssh *vty_ssh_new(struct vty_server *v, struct cli *c, const struct cli_deps *deps, struct loop *loop,
	const struct vty_options *o, struct vty_lines *lines)
{
	struct vty_ssh *s = mem_zalloc(sizeof(*s));

	s->server = v;
	s->cli = c;
	s->d = deps;
	s->loop = loop;
	s->lines = lines;
	ratelimit_init(&s->mismatches, 5, SEC(10));
	ratelimit_init(&s->failures, 5, SEC(10));
	s->listener = vty_listener_new(deps, loop, o->ssh_port, call, s);
	s->subscription = config_subscribe(deps->config, follow_config, s);
	c->ssh = s;
	follow_config(s, CONFIG_CHANGED);
	return s;
}

void vty_ssh_free(struct vty_ssh *s)
{
	if (!s)
		return;
	s->cli->ssh = NULL;
	config_unsubscribe(s->d->config, s->subscription);
	vty_listener_free(s->listener);
	for (unsigned i = 0; i < CFG_VTYS; i++)
		if (s->caller[i].line)
			dismiss(&s->caller[i], true);
	free(s);
}

bool vty_ssh_info(const struct vty_ssh *s, unsigned line, struct ssh_info *out)
{
	static const char *const states[] = { [KEX] = "Key exchange", [AUTH] = "Authentication", [CHECKING] = "Authentication",
		[WAITING] = "Authentication", [IN] = "Authenticated", [SESSION] = "Session started" };
	const struct caller *c;

	if (!s || line >= CFG_VTYS || !s->caller[line].line)
		return false;
	c = &s->caller[line];
	*out = (struct ssh_info){ .line = line, .cipher = c->cipher, .mac = c->mac, .user = c->stage >= IN ? c->user : "",
		.state = states[c->stage] };
	return true;
}
