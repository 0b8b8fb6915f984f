/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The screen: what the daemon says is paged and printed, what the user types is queued until something asks for it.
 * The terminal stays raw and without echo for the whole session, so that nothing typed ahead shows twice.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>
#include "cli/gdoixsh.h"

#define KEY_INTR 0x03
#define KEY_BREAK 0x1e		/* Ctrl-Shift-6 */
#define KEYS_MAX 8192		/* typed ahead; more waits in the terminal's driver */
#define SECRET_MAX 512
#define PATTERN_MAX 256
#define WIDTH_DEFAULT 80	/* of a line nobody has set: the window's own counts */
#define WIDTH_ENDLESS 32767
#define MORE " --More-- "
#define RUB_OUT "\b\b\b\b\b\b\b\b\b        \b\b\b\b\b\b\b\b\b"

enum state {
	WAITING,		/* for the daemon's next prompt */
	EDITING,		/* a line in the editor */
	ASKED,			/* the same, an answer to '?' or Tab is on its way */
	TYPING_SECRET,
	ONE_KEY,		/* [confirm] */
	AT_MORE,
	MORE_PATTERN,		/* the same, a regular expression is typed behind / + - */
	OVER,
};

static struct term {
	struct link *link;
	enum state state, after_more;
	uint8_t key[KEYS_MAX];
	size_t nkey, key_at;
	bool input_ended;
	struct prompt prompt;
	struct text page;	/* not shown yet */
	size_t shown;
	unsigned budget;	/* rows until --More--; 0: endless */
	unsigned column;
	bool discard, redraw;	/* redraw: prompt and line, once the page is shown */
	unsigned window;	/* its columns */
	char secret[SECRET_MAX];
	size_t nsecret;
	char pattern_kind, pattern[PATTERN_MAX];
	size_t npattern;
} T;

static struct termios before;
static volatile sig_atomic_t got_winch, got_end;

/* ---- the terminal itself ---- */

static void restore(void)
{
	tcsetattr(0, TCSADRAIN, &before);
}

static bool make_raw(void)
{
	struct termios t;

	if (tcgetattr(0, &before) < 0)
		return false;
	t = before;
	cfmakeraw(&t);
	t.c_oflag |= OPOST | ONLCR;
	atexit(restore);
	return tcsetattr(0, TCSADRAIN, &t) == 0;
}

static void on_signal(int signo)
{
	if (signo == SIGWINCH)
		got_winch = 1;
	else
		got_end = 1;
}

static const int watched[] = { SIGWINCH, SIGTERM, SIGINT, SIGHUP, SIGQUIT };

void term_signals(void)
{
	struct sigaction sa = { .sa_handler = on_signal };
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < sizeof(watched) / sizeof(watched[0]); i++) {
		sigaction(watched[i], &sa, NULL);
		sigaddset(&set, watched[i]);
	}
	sigprocmask(SIG_BLOCK, &set, NULL);
}

static void size(unsigned *rows, unsigned *columns)
{
	struct winsize w = { 0 };

	if (ioctl(0, TIOCGWINSZ, &w) < 0)
		memset(&w, 0, sizeof(w));
	*rows = w.ws_row ? w.ws_row : 24;
	*columns = w.ws_col ? w.ws_col : 80;
}

static void say(enum vty_type type, struct bytes body)
{
	if (!link_send(T.link, type, body))
		T.state = OVER;
}

/* Programs say 'terminal width 511' so that a long line is echoed as it is and never scrolled. */
static void editor_width(void)
{
	unsigned width = T.prompt.width ? T.prompt.width : WIDTH_ENDLESS;

	draw_resize(width == WIDTH_DEFAULT ? T.window : width);
}

static void resized(void)
{
	unsigned rows, columns;
	uint8_t b[4];

	size(&rows, &columns);
	T.window = columns;
	editor_width();
	b[0] = (uint8_t)(rows >> 8);
	b[1] = (uint8_t)rows;
	b[2] = (uint8_t)(columns >> 8);
	b[3] = (uint8_t)columns;
	say(VTY_WINSIZE, BYTES_OF(b));
}

/* ---- keys ---- */

static int next_key(void)
{
	return T.key_at < T.nkey ? T.key[T.key_at++] : -1;
}

static bool more_keys(void)
{
	return T.key_at < T.nkey;
}

/* Ctrl-C must reach a command that runs: it is not queued behind what was typed ahead, which it drops. */
static void interrupt_running(void)
{
	for (size_t i = T.nkey; i > T.key_at; i--) {
		if (T.key[i - 1] != KEY_INTR && T.key[i - 1] != KEY_BREAK)
			continue;
		T.key_at = i;
		T.discard = true;
		say(VTY_INTR, BYTES_NONE);
		return;
	}
}

static void read_keys(void)
{
	ssize_t n;

	memmove(T.key, T.key + T.key_at, T.nkey - T.key_at);
	T.nkey -= T.key_at;
	T.key_at = 0;
	n = read(0, T.key + T.nkey, KEYS_MAX - T.nkey);
	if (n > 0)
		T.nkey += (size_t)n;
	else if (n == 0 || (errno != EINTR && errno != EAGAIN))
		T.input_ended = true;
	if (T.state == WAITING)
		interrupt_running();
}

/* ---- pages ---- */

/* Rows until --More--. */
static unsigned full_page(void)
{
	return T.prompt.length > 1 ? T.prompt.length - 1 : 0;
}

static void new_page(void)
{
	T.budget = full_page();
	T.column = 0;
	more_filter_off();
}

static bool held(void)
{
	return T.state == AT_MORE || T.state == MORE_PATTERN;
}

/* How many octets of the text fit on the rows left; all of it when paging is off. */
static size_t fitting(const uint8_t *p, size_t n, unsigned *rows)
{
	*rows = 0;
	for (size_t i = 0; i < n; i++) {
		if (T.budget && *rows == T.budget)
			return i;
		if (p[i] == '\n') {
			T.column = 0;
			++*rows;
		} else if (p[i] == '\t') {
			T.column = (T.column | 7) + 1;
		} else if (p[i] >= ' ' && (p[i] & 0xc0) != 0x80 && ++T.column > T.prompt.width && T.prompt.width) {
			T.column = 1;	/* the terminal wraps: a row more */
			if (T.budget && *rows + 1 >= T.budget) {
				T.column = 0;
				*rows = T.budget;
				return i;
			}
			++*rows;
		}
	}
	return n;
}

static void page_done(void)
{
	text_clear(&T.page);
	T.shown = 0;
	T.state = T.after_more;
	if (T.redraw) {
		T.redraw = false;
		T.state = EDITING;
		draw_again();
	}
}

static void ask_more(void)
{
	fputs(MORE, stdout);
	T.state = AT_MORE;
}

/* Shows what fits; the rest waits at --More--, and with it the socket: the daemon's queue is the buffer. */
static void show_page(void)
{
	bool paging = T.budget > 0;
	unsigned rows;
	size_t n = fitting((const uint8_t *)T.page.s + T.shown, T.page.n - T.shown, &rows);

	fwrite(T.page.s + T.shown, 1, n, stdout);
	T.shown += n;
	if (T.shown == T.page.n) {
		/* A page that is just full stays so: the next row brings the question. */
		if (paging)
			T.budget -= rows;
		if (paging && !T.budget)
			T.budget = UINT32_MAX;
		page_done();
		return;
	}
	ask_more();
}

/* What is new on the page; a filter may have left nothing of it. */
static void present(void)
{
	if (T.shown == T.page.n)
		page_done();
	else if (T.budget == UINT32_MAX)
		ask_more();
	else
		show_page();
}

static void show(struct bytes text)
{
	if (!text.n || T.discard) {
		if (T.redraw)
			page_done();
		return;
	}
	if (!held())
		T.after_more = T.state;
	if (more_filtering())
		more_pass(&T.page, (const char *)text.p, text.n);
	else
		text_addn(&T.page, (const char *)text.p, text.n);
	present();
}

/* The session ended meanwhile: what is not shown yet goes with it. */
static void leave_more(void)
{
	fputs(RUB_OUT, stdout);
	T.discard = true;
	page_done();
}

/* What is left of this command's output goes through the filter, what is here already first. */
static void filter_rest(void)
{
	struct text rest = T.page;
	size_t from = T.shown;

	fputs("filtering...\n", stdout);
	T.page = (struct text)TEXT_EMPTY;
	T.shown = 0;
	T.budget = full_page();
	more_pass(&T.page, rest.s + from, rest.n - from);
	text_free(&rest);
	present();
}

static void pattern_key(int c)
{
	if (c == '\r' || c == '\n') {
		putchar('\n');
		T.pattern[T.npattern] = '\0';
		if (T.npattern && more_filter(T.pattern_kind, T.pattern))
			filter_rest();
		else
			ask_more();
	} else if (c == KEY_INTR || ((c == '\b' || c == 0x7f) && !T.npattern)) {
		putchar('\n');
		ask_more();
	} else if (c == '\b' || c == 0x7f) {
		fputs("\b \b", stdout);
		T.npattern--;
	} else if (c >= ' ' && T.npattern + 1 < PATTERN_MAX) {
		putchar(c);
		T.pattern[T.npattern++] = (char)c;
	}
}

static void more_key(int c)
{
	fputs(RUB_OUT, stdout);
	if (c == '/' || c == '+' || c == '-') {
		putchar(c);
		T.pattern_kind = (char)c;
		T.npattern = 0;
		T.state = MORE_PATTERN;
	} else if (c == ' ') {
		T.budget = full_page();
		show_page();
	} else if (c == '\r' || c == '\n') {
		T.budget = 1;
		show_page();
	} else {
		/* Help is all here already: only a command's output has a rest that the daemon holds. */
		if (!T.redraw) {
			say(c == KEY_INTR ? VTY_INTR : VTY_QUIT_OUTPUT, BYTES_NONE);
			T.discard = true;
		}
		if (T.state != OVER)
			page_done();
	}
}

/* ---- prompts ---- */

static void to_daemon(enum vty_type type, struct bytes body)
{
	T.state = WAITING;
	new_page();
	say(type, body);
}

static void on_line(const char *text)
{
	to_daemon(VTY_LINE, bytes_str(text));
}

static void on_end(const char *text)
{
	to_daemon(VTY_END, bytes_str(text));
}

static void on_interrupt(void)
{
	to_daemon(VTY_INTR, BYTES_NONE);
}

static void on_help(struct bytes before_cursor)
{
	T.state = ASKED;
	new_page();
	say(VTY_HELP, before_cursor);
}

static void on_complete(struct bytes before_cursor)
{
	T.state = ASKED;
	say(VTY_COMPLETE, before_cursor);
}

static void ask(void)
{
	const struct prompt *p = &T.prompt;
	bool answer = p->flags & (VTY_PROMPT_ANSWER | VTY_PROMPT_LOGIN);

	if (p->flags & (VTY_PROMPT_KEY | VTY_PROMPT_SECRET)) {
		fputs(p->text, stdout);
		T.state = p->flags & VTY_PROMPT_KEY ? ONE_KEY : TYPING_SECRET;
		T.nsecret = 0;
	} else {
		T.state = EDITING;
		editor_width();
		edit_begin(p->text, answer, !answer);
	}
}

static bool on_prompt(struct bytes body)
{
	bool asking = T.state == EDITING || T.state == ASKED || T.state == TYPING_SECRET || T.state == ONE_KEY;
	struct prompt p;

	if (!prompt_parse(body, &p))
		return false;
	T.discard = false;
	if (p.flags & VTY_PROMPT_FORGET)
		edit_forget();
	p.flags &= (uint8_t)~VTY_PROMPT_FORGET;
	if (asking && p.flags == T.prompt.flags && !strcmp(p.text, T.prompt.text)) {
		T.prompt = p;
		return true;
	}
	if (T.state == EDITING || T.state == ASKED)
		edit_abandon();
	T.prompt = p;
	new_page();
	ask();
	return true;
}

static void secret_key(int c)
{
	if (c == '\r' || c == '\n' || c == KEY_INTR) {
		putchar('\n');
		to_daemon(c == KEY_INTR ? VTY_INTR : VTY_LINE, bytes_of(T.secret, c == KEY_INTR ? 0 : T.nsecret));
		explicit_bzero(T.secret, sizeof(T.secret));
		T.nsecret = 0;
	} else if (c == '\b' || c == 0x7f) {
		T.nsecret -= T.nsecret > 0;
	} else if (c == 0x15 || c == 0x18) {
		T.nsecret = 0;
	} else if (c >= ' ' && T.nsecret < SECRET_MAX) {
		T.secret[T.nsecret++] = (char)c;
	}
}

static void one_key(int c)
{
	const uint8_t key = (uint8_t)c;

	putchar('\n');
	if (c == KEY_INTR)
		to_daemon(VTY_INTR, BYTES_NONE);
	else
		to_daemon(VTY_KEY, bytes_of(&key, 1));
}

static void use_keys(void)
{
	while (more_keys()) {
		switch (T.state) {
		case EDITING:
			edit_key();
			break;
		case TYPING_SECRET:
			secret_key(next_key());
			break;
		case ONE_KEY:
			one_key(next_key());
			break;
		case AT_MORE:
			more_key(next_key());
			break;
		case MORE_PATTERN:
			pattern_key(next_key());
			break;
		default:
			return;
		}
	}
}

/* ---- what the daemon says ---- */

static void print_line(struct bytes b)
{
	fwrite(b.p, 1, b.n, stdout);
	if (b.n && b.p[b.n - 1] != '\n')
		putchar('\n');
}

/* Without 'logging synchronous' the half-typed line is left where the log line broke it, as IOS does. */
static void on_log(struct bytes text)
{
	bool sync = T.prompt.flags & VTY_PROMPT_SYNC;

	if (T.state == WAITING || T.state == OVER) {
		print_line(text);
		return;
	}
	putchar('\n');
	print_line(text);
	if (T.state == EDITING && sync)
		draw_again();
	else if ((T.state == ONE_KEY || T.state == TYPING_SECRET) && sync)
		fputs(T.prompt.text, stdout);
}

static bool on_frame(const struct vty_frame *f)
{
	switch (f->type) {
	case VTY_OUTPUT:
		show(f->body);
		return true;
	case VTY_PROMPT:
		return on_prompt(f->body);
	case VTY_HELP_TEXT:
		if (T.state != ASKED)
			return true;
		T.redraw = true;
		show(f->body);
		return true;
	case VTY_COMPLETION:
		if (T.state == ASKED) {
			T.state = EDITING;
			edit_completed(f->body);
		}
		return true;
	case VTY_LOG:
		on_log(f->body);
		return true;
	case VTY_HISTORY:
		if (f->body.n == 2)
			edit_history((unsigned)f->body.p[0] << 8 | f->body.p[1]);
		return true;
	case VTY_EDITING:
		if (f->body.n == 1)
			edit_keys(f->body.p[0]);
		return true;
	case VTY_CLOSE:
		edit_abandon();
		if (f->body.n > 1)
			print_line(bytes_of(f->body.p + 1, f->body.n - 1));
		T.state = OVER;
		return true;
	default:
		return true;
	}
}

static void use_frames(void)
{
	struct vty_frame f;

	while (!held() && T.state != OVER && vty_in_next(&T.link->in, &f)) {
		if (!on_frame(&f))
			T.state = OVER;
		use_keys();
	}
}

/* ---- the loop ---- */

static void step(void)
{
	struct pollfd p[2] = { { .fd = 0, .events = POLLIN }, { .fd = T.link->fd, .events = POLLIN } };
	sigset_t open;

	if (T.nkey - T.key_at == KEYS_MAX)
		p[0].fd = -1;
	if (held())
		p[1].events = 0;	/* but a daemon that hangs up is noticed */
	fflush(stdout);
	sigemptyset(&open);
	if (ppoll(p, 2, NULL, &open) < 0 && errno != EINTR) {
		T.state = OVER;
		return;
	}
	if (got_end || T.input_ended) {
		say(VTY_EOF, BYTES_NONE);
		T.state = OVER;
		return;
	}
	if (got_winch) {
		got_winch = 0;
		resized();
	}
	if (p[0].revents)
		read_keys();
	if (held() && p[1].revents)
		leave_more();
	use_keys();
	if (p[1].revents && !held() && T.state != OVER && !link_read(T.link)) {
		edit_abandon();
		puts("gdoixsh: the device closed the session");
		T.state = OVER;
	}
	use_frames();
}

int term_run(struct link *l)
{
	static const struct edit_ops ops = { next_key, more_keys, on_line, on_end, on_interrupt, on_help, on_complete };
	const char *term = getenv("TERM");
	unsigned rows, columns;

	T.link = l;
	T.state = WAITING;
	term_signals();
	if (!make_raw()) {
		perror("gdoixsh: terminal");
		return 2;
	}
	edit_init(&ops);
	size(&rows, &columns);
	T.window = columns;
	T.prompt.width = WIDTH_DEFAULT;
	editor_width();
	if (!link_hello(l, VTY_HELLO_INTERACTIVE, rows, columns, term ? term : ""))
		T.state = OVER;
	while (T.state != OVER)
		step();
	fflush(stdout);
	text_free(&T.page);
	return 0;
}
