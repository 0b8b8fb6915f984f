/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sessions in frames: what the terminal says, what is told to it, and how long it may be silent. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include "cli/session.h"
#include "lib/clock.h"
#include "lib/env.h"
#include "lib/mem.h"
#include "lib/secret.h"
#include "syslog/msg.h"
#include "syslog/syslog.h"

const struct cfg_line *session_line(const struct session *s)
{
	const struct cfg *cfg = config_running(s->cli->deps.config);

	if (s->peer.origin == CLI_CONSOLE || s->peer.line >= CFG_VTYS)
		return &cfg->console;
	return &cfg->vty[s->peer.line];
}

/* ---- output ---- */

static void too_slow(struct session *s)
{
	run_cancel(s);
	s->state = SESSION_OVER;
	text_free(&s->out);
	s->sent = s->frame_end = 0;
}

static void put(struct session *s, enum vty_type type, struct bytes head, struct bytes body)
{
	if (s->state == SESSION_OVER)
		return;
	if (s->out.n - s->sent + body.n > SESSION_QUEUE) {
		too_slow(s);
		s->wake(s->arg);
		return;
	}
	vty_put(&s->out, (uint8_t)type, head, body);
	s->wake(s->arg);
}

void session_print(struct session *s, const char *text, size_t n)
{
	if (n && !s->dropping)
		put(s, VTY_OUTPUT, BYTES_NONE, bytes_of(text, n));
}

void session_printf(struct session *s, const char *fmt, ...)
{
	struct text t = TEXT_EMPTY;
	va_list ap;

	va_start(ap, fmt);
	text_vprintf(&t, fmt, ap);
	va_end(ap);
	session_print(s, t.s, t.n);
	text_free(&t);
}

void session_prompt_text(struct session *s, unsigned flags, const char *text)
{
	uint8_t head[6] = { (uint8_t)flags, s->status };
	uint32_t length = s->exec ? 0 : s->length;

	head[2] = (uint8_t)(length >> 8);
	head[3] = (uint8_t)length;
	head[4] = (uint8_t)(s->columns >> 8);
	head[5] = (uint8_t)s->columns;
	if (session_line(s)->logging_sync)
		head[0] |= VTY_PROMPT_SYNC;
	if (s->forget)
		head[0] |= VTY_PROMPT_FORGET;
	s->forget = false;
	put(s, VTY_PROMPT, BYTES_OF(head), bytes_str(text));
}

void session_history(struct session *s, uint32_t size)
{
	uint8_t body[2] = { (uint8_t)(size >> 8), (uint8_t)size };

	s->history_size = size;
	put(s, VTY_HISTORY, BYTES_NONE, BYTES_OF(body));
}

void session_editing(struct session *s, bool on)
{
	s->no_editing = !on;
	put(s, VTY_EDITING, BYTES_NONE, bytes_of(&(uint8_t){ on }, 1));
}

#define NOTICE_MAX 2000	/* octets that wait */

void session_notice(struct session *s, const char *fmt, ...)
{
	va_list ap;

	if (s->notice.n > NOTICE_MAX)
		return;
	va_start(ap, fmt);
	text_vprintf(&s->notice, fmt, ap);
	va_end(ap);
}

void session_prompt(struct session *s)
{
	const char *host = config_running(s->cli->deps.config)->hostname;
	char text[128];

	if (s->notice.n) {
		session_print(s, s->notice.s, s->notice.n);
		text_clear(&s->notice);
	}
	if (s->shell.banner.target)
		session_prompt_text(s, VTY_PROMPT_ANSWER, "");
	else if (s->shell.depth) {
		snprintf(text, sizeof(text), "%.20s%s#", host, shell_prompt(&s->shell));
		session_prompt_text(s, 0, text);
	} else {
		snprintf(text, sizeof(text), "%s%s", host, s->priv > 1 ? "#" : ">");
		session_prompt_text(s, 0, text);
	}
}

/* Who worked on a vty is gone. */
static void log_logout(const struct session *s)
{
	char tty[8];

	if (s->peer.origin != CLI_VTY || s->state != SESSION_EXEC)
		return;
	snprintf(tty, sizeof(tty), "%u", session_tty(s));
	log_SYS_LOGOUT(s->cli->deps.log, s->user, tty, ip4_s(s->peer.from));
}

void session_close(struct session *s, const char *words)
{
	uint8_t status = s->status || s->state == SESSION_LOGIN;	/* who was not let in has failed */

	if (s->state == SESSION_OVER)
		return;
	login_stop(s);
	session_end_config(s);
	session_monitor(s, false);
	log_logout(s);
	timer_cancel(s->cli->deps.env->timers, &s->idle);
	put(s, VTY_CLOSE, bytes_of(&status, 1), bytes_str(words));
	s->state = SESSION_OVER;
}

struct bytes session_output(const struct session *s)
{
	return bytes_of(s->out.s ? s->out.s + s->sent : "", s->out.n - s->sent);
}

static size_t frame_size(const struct session *s, size_t at)
{
	const uint8_t *p = (const uint8_t *)s->out.s + at;

	return 5 + ((size_t)p[1] << 24 | (size_t)p[2] << 16 | (size_t)p[3] << 8 | p[4]);
}

void session_output_sent(struct session *s, size_t n)
{
	if (n > s->out.n - s->sent)
		n = s->out.n - s->sent;
	s->sent += n;
	while (s->frame_end < s->sent)
		s->frame_end += frame_size(s, s->frame_end);
	if (s->sent == s->out.n) {
		text_free(&s->out);
		s->sent = s->frame_end = 0;
	} else if (s->sent > s->out.n / 2 && s->sent > 1u << 20) {
		memmove(s->out.s, s->out.s + s->sent, s->out.n - s->sent);
		s->out.n -= s->sent;
		s->frame_end -= s->sent;
		s->sent = 0;
	}
}

/* Drops the output frames that no octet was sent of; prompts stay. */
static void drop_output(struct session *s)
{
	size_t to = s->frame_end;

	for (size_t from = s->frame_end, n; from < s->out.n; from += n) {
		n = frame_size(s, from);
		if ((uint8_t)s->out.s[from] == VTY_OUTPUT)
			continue;
		memmove(s->out.s + to, s->out.s + from, n);
		to += n;
	}
	s->out.n = to;
	if (s->cmd)
		s->dropping = true;
}

bool session_over(const struct session *s)
{
	return s->state == SESSION_OVER;
}

bool session_at_login(const struct session *s)
{
	return s->state == SESSION_HELLO || s->state == SESSION_LOGIN;
}

/* ---- log lines ---- */

static void on_log(void *arg, const struct log_line *line)
{
	put(arg, VTY_LOG, BYTES_NONE, bytes_str(line->line));
}

void session_monitor(struct session *s, bool on)
{
	struct syslog *log = s->cli->deps.log;

	s->monitor = on;
	if (s->sink)
		syslog_sink_del(log, s->sink);
	s->sink = 0;
	if (!s->exec && s->state != SESSION_OVER && s->peer.origin == CLI_CONSOLE)
		s->sink = syslog_sink_add(log, SINK_CONSOLE, on_log, s);
	else if (on && !s->exec && s->state != SESSION_OVER)
		s->sink = syslog_sink_add(log, SINK_MONITOR, on_log, s);
}

/* ---- who ---- */

const char *session_by(const struct session *s)
{
	static char by[160];
	const char *user = s->user[0] ? s->user : s->peer.origin == CLI_CONSOLE ? "console" : "vty";

	if (s->peer.origin == CLI_VTY)
		snprintf(by, sizeof(by), "%s on vty%u (%s)", user, s->peer.line, ip4_s(s->peer.from));
	else if (s->user[0])
		snprintf(by, sizeof(by), "%s on console", user);
	else
		snprintf(by, sizeof(by), "console");
	return by;
}

const char *cmd_from(const struct cmd *c)
{
	return "console";
}

const char *cmd_by(const struct cmd *c)
{
	return c->session ? session_by(c->session) : "console";
}

void session_end_config(struct session *s)
{
	if (!s->shell.depth)
		return;
	shell_reset(&s->shell);
	log_SYS_CONFIG_I(s->cli->deps.log, "console", session_by(s));
	config_closed(s->cli->deps.config);
	s->config_used = false;
}

/* ---- time ---- */

const char *wall_text(const struct cfg *cfg, uint64_t wall, char *buf)
{
	time_t t = (time_t)(wall / USEC_PER_SEC);
	const char *zone;
	char day[32] = "";
	struct tm tm;

	t += 60 * zone_at(&cfg->timezone, t, &zone);
	gmtime_r(&t, &tm);
	strftime(day, sizeof(day), "%a %b", &tm);
	snprintf(buf, 96, "%02d:%02d:%02d %s %s %d %d", tm.tm_hour, tm.tm_min, tm.tm_sec, zone, day, tm.tm_mday,
		tm.tm_year + 1900);
	return buf;
}

static uint64_t idle_limit(const struct session *s)
{
	const struct cfg_line *l = session_line(s);

	return SEC((uint64_t)l->exec_min * 60 + l->exec_sec);
}

static void idle_over(void *arg)
{
	struct session *s = arg;
	const char *host = config_running(s->cli->deps.config)->hostname;
	char words[256] = "";

	if (s->background) {
		session_touch(s);
		return;
	}
	run_cancel(s);
	log_SYS_TTY_EXPIRE_TIMER(s->cli->deps.log, session_tty(s),
		s->peer.origin == CLI_VTY ? ip4_s(s->peer.from) : "0.0.0.0", s->user[0] ? s->user : "unknown");
	if (s->peer.origin == CLI_CONSOLE)
		snprintf(words, sizeof(words), "\n\n\n%s con0 is now available\n\n\n\n\n\nPress RETURN to get started.\n", host);
	session_close(s, words);
}

void session_touch(struct session *s)
{
	const struct env *env = s->cli->deps.env;
	uint64_t limit = idle_limit(s);

	s->active = clock_now(env->clock);
	if (limit && s->state == SESSION_EXEC)
		timer_arm(env->timers, &s->idle, limit);
	else
		timer_cancel(env->timers, &s->idle);
}

/* $(hostname), $(domain), $(line) stand for what they say. */
void session_banner(struct session *s, const char *text)
{
	const struct cfg *cfg = config_running(s->cli->deps.config);
	struct text t = TEXT_EMPTY;

	if (!*text)
		return;
	text_add(&t, "\n");
	while (*text) {
		if (strncmp(text, "$(hostname)", 11) == 0) {
			text_add(&t, cfg->hostname);
			text += 11;
		} else if (strncmp(text, "$(domain)", 9) == 0) {
			text_add(&t, cfg->domain);
			text += 9;
		} else if (strncmp(text, "$(line)", 7) == 0) {
			text_printf(&t, "%u", s->peer.line);
			text += 7;
		} else {
			text_addn(&t, text++, 1);
		}
	}
	if (t.s[t.n - 1] != '\n')
		text_add(&t, "\n");
	session_print(s, t.s, t.n);
	text_free(&t);
}

void session_start(struct session *s, unsigned priv)
{
	const struct cfg *cfg = config_running(s->cli->deps.config);
	const struct cfg_line *l = session_line(s);

	s->state = SESSION_EXEC;
	s->cli->uses[s->peer.origin == CLI_VTY ? s->peer.line % CFG_VTYS + 2 : 0]++;
	s->priv = priv;
	s->length = l->length;
	s->columns = l->width;
	session_history(s, l->history);
	session_monitor(s, s->monitor);
	if (!s->exec)
		session_banner(s, cfg->banner_exec);
	session_touch(s);
	session_prompt(s);
}

/* ---- input ---- */

/* A line as text: control characters are blanks, so that none reaches a log or another terminal. */
static char *line_of(struct bytes b)
{
	char *s = mem_zalloc(b.n + 1);

	for (size_t i = 0; i < b.n; i++)
		s[i] = b.p[i] < ' ' || b.p[i] == 0x7f ? ' ' : (char)b.p[i];
	return s;
}

static void on_hello(struct session *s, struct bytes b)
{
	s->exec = b.p[1] & VTY_HELLO_EXEC;
	s->height = (uint16_t)(b.p[2] << 8 | b.p[3]);
	s->width = (uint16_t)(b.p[4] << 8 | b.p[5]);
	login_start(s);
}

static void on_line(struct session *s, const char *line)
{
	if (s->state == SESSION_LOGIN)
		login_line(s, line);
	else if (s->ask.kind)
		dialogue_line(s, line);
	else if (!s->cmd)
		run_line(s, line);
}

/* Ctrl-C: gives up the command; in configuration mode it leaves the mode, at the login prompt it asks anew. */
static void on_interrupt(struct session *s)
{
	if (s->state == SESSION_LOGIN) {
		if (!timer_armed(&s->login.delay))
			login_line(s, "");
		return;
	}
	s->status = s->cmd != NULL;
	if (s->cmd)
		run_cancel(s);
	else
		session_end_config(s);
	session_prompt(s);
}

static void on_end(struct session *s, const char *line)
{
	if (s->state != SESSION_EXEC || s->cmd) {
		on_line(s, line);
		return;
	}
	if (s->shell.banner.target)
		line = "";
	if (line[strspn(line, " \t")])
		s->end_after = true;
	else
		session_end_config(s);
	if (s->end_after)
		run_line(s, line);
	else
		session_prompt(s);
}

static void on_help(struct session *s, const char *line)
{
	struct text t = TEXT_EMPTY;

	if (s->state == SESSION_EXEC && !s->ask.kind)
		shell_help(&s->shell, s->priv, line, &t);
	put(s, VTY_HELP_TEXT, BYTES_NONE, bytes_of(text_str(&t), t.n));
	text_free(&t);
}

static void on_complete(struct session *s, const char *line)
{
	struct text t = TEXT_EMPTY;

	if (s->state == SESSION_EXEC && !s->ask.kind)
		shell_complete(&s->shell, s->priv, line, &t);
	else
		text_add(&t, line);
	put(s, VTY_COMPLETION, BYTES_NONE, bytes_of(text_str(&t), t.n));
	text_free(&t);
}

static void on_eof(struct session *s)
{
	run_cancel(s);
	session_close(s, "");
}

static void with_text(struct session *s, const struct vty_frame *f)
{
	char *line = line_of(f->body);

	if (f->type == VTY_LINE)
		on_line(s, line);
	else if (f->type == VTY_END)
		on_end(s, line);
	else if (f->type == VTY_HELP)
		on_help(s, line);
	else
		on_complete(s, line);
	secret_cleanse(line, f->body.n);
	free(line);
}

bool session_input(struct session *s, const struct vty_frame *f)
{
	if (s->state == SESSION_OVER)
		return true;
	if (s->state == SESSION_HELLO) {
		if (f->type != VTY_HELLO || f->body.n < 6 || f->body.p[0] != VTY_VERSION)
			return false;
		on_hello(s, f->body);
		return true;
	}
	session_touch(s);
	switch (f->type) {
	case VTY_LINE:
	case VTY_END:
	case VTY_HELP:
	case VTY_COMPLETE:
		with_text(s, f);
		return true;
	case VTY_WINSIZE:
		if (f->body.n != 4)
			return false;
		s->height = (uint16_t)(f->body.p[0] << 8 | f->body.p[1]);
		s->width = (uint16_t)(f->body.p[2] << 8 | f->body.p[3]);
		return true;
	case VTY_INTR:
		drop_output(s);
		s->dropping = false;
		on_interrupt(s);
		return true;
	case VTY_KEY:
		if (f->body.n != 1)
			return false;
		if (s->ask.kind)
			dialogue_key(s, (char)f->body.p[0]);
		return true;
	case VTY_QUIT_OUTPUT:
		drop_output(s);
		return true;
	case VTY_EOF:
		on_eof(s);
		return true;
	default:
		return false;
	}
}

/* ---- life ---- */

struct session *session_new(struct cli *c, const struct cli_peer *peer, void (*wake)(void *arg), void *arg)
{
	struct session *s = mem_zalloc(sizeof(*s));

	s->cli = c;
	s->peer = *peer;
	s->wake = wake;
	s->arg = arg;
	s->shell.cli = c;
	s->shell.session = s;
	s->length = 24;
	s->columns = 80;
	timer_init(&s->idle, idle_over, s);
	s->next = c->sessions;
	s->link = &c->sessions;
	if (s->next)
		s->next->link = &s->next;
	c->sessions = s;
	c->nsession++;
	return s;
}

static void forget_history(struct history *h)
{
	for (unsigned i = 0; i < h->n; i++)
		free(h->line[i]);
	free(h->line);
}

void session_free(struct session *s)
{
	if (!s)
		return;
	run_cancel(s);
	s->out.n = s->sent = s->frame_end = 0;
	session_end_config(s);	/* one that was too slow, too: what it configured counts */
	log_logout(s);
	s->state = SESSION_OVER;
	session_monitor(s, false);
	login_stop(s);
	timer_cancel(s->cli->deps.env->timers, &s->idle);
	shell_reset(&s->shell);
	*s->link = s->next;
	if (s->next)
		s->next->link = s->link;
	s->cli->nsession--;
	forget_history(&s->history[0]);
	forget_history(&s->history[1]);
	text_free(&s->out);
	text_free(&s->cmd_out);
	text_free(&s->notice);
	free(s);
}
