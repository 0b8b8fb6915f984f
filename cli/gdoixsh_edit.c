/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * IOS line editing over readline's callback interface. The keymap is made from nothing: what IOS does not have
 * (file names, home directories, macros, external editors) cannot be reached by any key.
 */
#include <stdio.h>
#include <stdlib.h>
#include <readline/history.h>
#include <readline/readline.h>
#include "cli/gdoixsh.h"
#include "cli/vtyproto.h"
#include "lib/mem.h"

#define KEY_CTRL(c) ((c) & 0x1f)
#define LINE_MAX_OCTETS 4096

enum ending { END_LINE, END_CONFIG, END_INTERRUPT };

struct past {			/* EXEC and configuration have each their own (ios-cli D.4) */
	char *line[VTY_HISTORY_MAX];
	unsigned n;
};

static const struct edit_ops *ops;
static struct past past[2], *keep_in, *added_to;
static unsigned past_max = 20;	/* 'history size' of a line by default */
static enum ending ending;
static bool active, answering;

/* ---- history ---- */

static void past_trim(struct past *p, unsigned max)
{
	unsigned drop = p->n > max ? p->n - max : 0;

	for (unsigned i = 0; i < drop; i++)
		free(p->line[i]);
	memmove(p->line, p->line + drop, (p->n - drop) * sizeof(p->line[0]));
	p->n -= drop;
}

static void past_add(struct past *p, const char *line)
{
	if (!past_max || !line[strspn(line, " ")])
		return;
	added_to = p;
	if (p->n && strcmp(p->line[p->n - 1], line) == 0)
		return;
	past_trim(p, past_max - 1);
	p->line[p->n++] = mem_strdup(line);
}

void edit_forget(void)
{
	char *last;

	if (!added_to || !added_to->n)
		return;
	last = added_to->line[--added_to->n];
	explicit_bzero(last, strlen(last));
	free(last);
	added_to = NULL;
}

void edit_history(unsigned max)
{
	past_max = max < VTY_HISTORY_MAX ? max : VTY_HISTORY_MAX;
	past_trim(&past[0], past_max);
	past_trim(&past[1], past_max);
}

static void past_load(const struct past *p)
{
	rl_clear_history();
	for (unsigned i = 0; p && i < p->n; i++)
		add_history(p->line[i]);
	using_history();
}

/* ---- keys that are IOS's own ---- */

static int end_with(enum ending how, const char *shown)
{
	if (shown[0]) {
		rl_point = rl_end;
		draw_line();
	}
	printf("%s\n", shown);
	ending = how;
	rl_done = 1;
	return 0;
}

static int key_enter(int count, int key)
{
	draw_line();		/* what was typed at once with it */
	return end_with(END_LINE, "");
}

static int key_end(int count, int key)
{
	return answering ? rl_ding() : end_with(END_CONFIG, "^Z");
}

static int key_interrupt(int count, int key)
{
	return end_with(END_INTERRUPT, "^C");
}

static struct bytes before_cursor(void)
{
	return bytes_of(rl_line_buffer, (size_t)rl_point);
}

static int key_help(int count, int key)
{
	if (answering)
		return rl_insert(1, key);
	draw_line();
	fputs("?\n", stdout);
	ops->help(before_cursor());
	return 0;
}

static int key_tab(int count, int key)
{
	if (answering)
		return rl_ding();
	draw_line();
	ops->complete(before_cursor());
	return 0;
}

static int key_redraw(int count, int key)
{
	putchar('\n');
	draw_again();
	return 0;
}

struct binding {
	const char *keys;
	rl_command_func_t *fn;
};

/* With 'terminal no editing', too. */
static const struct binding plain_keys[] = {
	{ "\\C-h", rl_rubout }, { "\\C-?", rl_rubout }, { "\\C-u", rl_unix_line_discard }, { "\\C-x", rl_unix_line_discard },
	{ "\\C-w", rl_unix_word_rubout }, { "\\C-l", key_redraw }, { "\\C-r", key_redraw }, { "\\C-v", rl_quoted_insert },
	{ "\\C-m", key_enter }, { "\\C-j", key_enter }, { "\\C-z", key_end }, { "\\C-c", key_interrupt }, { "?", key_help },
	{ "\\C-i", key_tab },
};
static const struct binding editing_keys[] = {
	{ "\\C-a", rl_beg_of_line }, { "\\C-e", rl_end_of_line }, { "\\C-b", rl_backward_char },
	{ "\\C-f", rl_forward_char }, { "\\e[D", rl_backward_char }, { "\\eOD", rl_backward_char },
	{ "\\e[C", rl_forward_char }, { "\\eOC", rl_forward_char }, { "\\e[H", rl_beg_of_line },
	{ "\\e[F", rl_end_of_line }, { "\\eOH", rl_beg_of_line }, { "\\eOF", rl_end_of_line },
	{ "\\e[1~", rl_beg_of_line }, { "\\e[4~", rl_end_of_line }, { "\\e[3~", rl_delete },
	{ "\\eb", rl_backward_word }, { "\\ef", rl_forward_word }, { "\\C-d", rl_delete }, { "\\C-k", rl_kill_line },
	{ "\\e\\C-?", rl_backward_kill_word }, { "\\e\\C-h", rl_backward_kill_word }, { "\\ed", rl_kill_word },
	{ "\\C-y", rl_yank }, { "\\C-t", rl_transpose_chars }, { "\\ec", rl_capitalize_word },
	{ "\\el", rl_downcase_word }, { "\\eu", rl_upcase_word }, { "\\C-p", rl_get_previous_history },
	{ "\\C-n", rl_get_next_history }, { "\\e[A", rl_get_previous_history },
	{ "\\e[B", rl_get_next_history }, { "\\eOA", rl_get_previous_history },
	{ "\\eOB", rl_get_next_history }, { "\\eq", rl_quoted_insert },
};

static void bind_keys(Keymap map, const struct binding *b, size_t n)
{
	for (size_t i = 0; i < n; i++)
		rl_bind_keyseq_in_map(b[i].keys, b[i].fn, map);
}

static Keymap all_keys, few_keys;

static void make_keymaps(void)
{
	all_keys = rl_make_keymap();
	few_keys = rl_make_keymap();
	bind_keys(all_keys, plain_keys, sizeof(plain_keys) / sizeof(plain_keys[0]));
	bind_keys(all_keys, editing_keys, sizeof(editing_keys) / sizeof(editing_keys[0]));
	bind_keys(few_keys, plain_keys, sizeof(plain_keys) / sizeof(plain_keys[0]));
}

void edit_keys(bool all)
{
	rl_set_keymap(all ? all_keys : few_keys);
}

/* ---- readline's hooks ---- */

static int next_octet(FILE *unused)
{
	return ops->more_keys() ? ops->next_key() : EOF;
}

static int more_octets(void)
{
	return ops->more_keys();
}

/* The terminal's modes are set once for the whole session: between two lines nothing may echo either. */
static void no_prep(int meta)
{
	rl_tty_set_echoing(1);	/* readline shall echo; the driver does not */
}

static void no_deprep(void)
{
}

static void on_line(char *line)
{
	char none[] = "", *text = line ? line : none;

	active = false;
	added_to = NULL;
	rl_callback_handler_remove();
	if (keep_in && ending != END_INTERRUPT)
		past_add(keep_in, text);
	if (ending == END_INTERRUPT)
		ops->interrupt();
	else if (ending == END_CONFIG)
		ops->end(text);
	else
		ops->line(text);
	free(line);
}

void edit_init(const struct edit_ops *o)
{
	static const char *const settings[][2] = { { "editing-mode", "emacs" }, { "enable-bracketed-paste", "off" },
		{ "convert-meta", "off" }, { "input-meta", "on" },
		{ "output-meta", "on" }, { "keyseq-timeout", "0" }, { "bell-style", "audible" }, { "echo-control-characters", "off" },
		{ "blink-matching-paren", "off" }, { "revert-all-at-newline", "on" } };

	ops = o;
	setenv("INPUTRC", "/dev/null", 1);
	rl_readline_name = "gdoixsh";
	rl_terminal_name = "dumb";	/* it draws nothing: gdoixsh_draw.c */
	rl_redisplay_function = draw_line;
	rl_catch_signals = 0;
	rl_catch_sigwinch = 0;
	rl_change_environment = 0;
	rl_instream = stdin;
	rl_outstream = stdout;
	rl_prep_term_function = no_prep;
	rl_deprep_term_function = no_deprep;
	rl_getc_function = next_octet;
	rl_input_available_hook = more_octets;
	for (size_t i = 0; i < sizeof(settings) / sizeof(settings[0]); i++)
		rl_variable_bind(settings[i][0], settings[i][1]);
	rl_initialize();
	make_keymaps();
	edit_keys(true);
}

void edit_begin(const char *prompt, bool answer, bool keep)
{
	answering = answer;
	keep_in = !keep ? NULL : &past[strstr(prompt, ")#") != NULL];
	ending = END_LINE;
	active = true;
	past_load(keep_in);
	draw_begin(prompt);
	rl_callback_handler_install("", on_line);
}

void edit_key(void)
{
	int c = ops->next_key();

	/* Ctrl-D deletes and never ends the session; a line has an end. What is pasted beyond it rings once, not for every octet. */
	bool adds = (c >= ' ' && c != 0x7f) || c == KEY_CTRL('Y');

	if ((c == KEY_CTRL('D') && rl_end == 0) || (rl_end >= LINE_MAX_OCTETS && adds)) {
		if (!ops->more_keys())
			rl_ding();
		return;
	}
	rl_stuff_char(c);
	rl_callback_read_char();
}

void edit_abandon(void)
{
	if (!active)
		return;
	active = false;
	rl_callback_handler_remove();
	putchar('\n');
}

void edit_completed(struct bytes text)
{
	char *line = mem_zalloc(text.n + 1);

	if (text.n)
		memcpy(line, text.p, text.n);
	putchar('\n');
	if (strlen(line) == text.n && text.n <= LINE_MAX_OCTETS) {
		rl_delete_text(0, rl_point);
		rl_point = 0;
		rl_insert_text(line);
	}
	free(line);
	draw_again();
}
