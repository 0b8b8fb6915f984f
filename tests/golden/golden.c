/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * golden FILE.in: plays keystrokes at a device and prints the whole screen. Each line of the file is typed as it stands,
 * then Enter; within a line: ? asks for help, <TAB> completes, <^Z> and <^C> are those keys (and end the line), <KEY x>
 * answers a single-key question (<KEY CR> Enter), \? is a question mark of the text.
 * Lines that begin with @ direct the play:
 *	@config ... @end	a startup-config, replayed before the session; what is refused is printed
 *	@console, @vty N A.B.C.D	a session begins (the first is @console if nothing is said)
 *	@exec	the next session runs commands (gdoixsh -c)
 *	@wait N	seconds pass
 *	@quit	'q' at --More-- would have been pressed; @gone: the terminal is lost
 *	@# ...	a comment
 */
#include <stdio.h>
#include <stdlib.h>
#include "cli/vtyproto.h"
#include "lib/clock.h"
#include "lib/mem.h"
#include "lib/timer.h"
#include "tests/golden/device.h"

static struct play {
	struct device d;
	struct session *s;
	struct vty_in in;
	bool prompted, secret, key;
	char prompt[256];
	struct text typed;	/* of the line at hand */
	bool exec;
	struct text config;
	bool in_config;
} P;

static void woken(void *arg)
{
}

static void on_prompt(struct bytes b)
{
	P.prompted = true;
	P.secret = b.p[0] & VTY_PROMPT_SECRET;
	P.key = b.p[0] & VTY_PROMPT_KEY;
	snprintf(P.prompt, sizeof(P.prompt), "%.*s", (int)(b.n - 6), (const char *)b.p + 6);
	fputs(P.prompt, stdout);
	if (P.exec)
		printf("%s", b.p[1] ? "{error} " : "{ok} ");
}

static void print_line(struct bytes b)
{
	fwrite(b.p, 1, b.n, stdout);
	if (b.n && b.p[b.n - 1] != '\n')
		putchar('\n');
}

static void on_frame(const struct vty_frame *f)
{
	switch (f->type) {
	case VTY_OUTPUT:
	case VTY_HELP_TEXT:
		fwrite(f->body.p, 1, f->body.n, stdout);
		break;
	case VTY_PROMPT:
		on_prompt(f->body);
		break;
	case VTY_COMPLETION:
		text_clear(&P.typed);
		text_addn(&P.typed, (const char *)f->body.p, f->body.n);
		break;
	case VTY_LOG:
		if (P.prompted)
			putchar('\n');
		print_line(f->body);
		if (P.prompted)
			printf("%s%s", P.prompt, text_str(&P.typed));
		break;
	case VTY_CLOSE:
		print_line(bytes_of(f->body.p + 1, f->body.n - 1));
		printf("[closed]\n");
		break;
	case VTY_HISTORY:	/* the line editor's */
	case VTY_EDITING:
		break;
	default:
		printf("[frame %u]\n", f->type);
	}
}

/* Takes what the session says, as a slow reader would: some octets at a time. */
static void listen(void)
{
	struct vty_frame f;
	struct bytes b;

	while ((b = session_output(P.s)).n) {
		size_t room, n;
		uint8_t *to = vty_in_room(&P.in, &room);

		n = b.n < room ? b.n : room;
		n = n > 1000 ? 1000 : n;
		memcpy(to, b.p, n);
		vty_in_got(&P.in, n);
		session_output_sent(P.s, n);
		while (vty_in_next(&P.in, &f))
			on_frame(&f);
	}
}

static void say(uint8_t type, const void *p, size_t n)
{
	struct vty_frame f = { .type = type, .body = bytes_of(p, n) };

	if (!session_input(P.s, &f))
		printf("[protocol error]\n");
	device_settle(&P.d);
	listen();
}

/* Until the daemon asks for the next line: delays after a failed login, work in the pool. */
static void await_prompt(void)
{
	for (unsigned i = 0; i < 60 && !P.prompted && !session_over(P.s); i++) {
		device_advance(&P.d, SEC(1));
		listen();
	}
}

static void begin(const struct cli_peer *peer)
{
	uint8_t hello[] = { VTY_VERSION, P.exec ? VTY_HELLO_EXEC : VTY_HELLO_INTERACTIVE, 0, 24, 0, 80 };

	if (P.s)
		session_free(P.s);
	vty_in_free(&P.in);
	memset(&P.in, 0, sizeof(P.in));
	P.prompted = false;
	P.s = session_new(P.d.cli, peer, woken, NULL);
	say(VTY_HELLO, hello, sizeof(hello));
	await_prompt();
}

static void begin_console(void)
{
	struct cli_peer peer = { .origin = CLI_CONSOLE, .local = true };

	begin(&peer);
}

static void enter(uint8_t type)
{
	char *line = mem_strdup(text_str(&P.typed));

	P.prompted = false;
	text_clear(&P.typed);
	say(type, line, type == VTY_INTR ? 0 : strlen(line));
	free(line);
	await_prompt();
}

static void ask_help(void)
{
	fputs("?\n", stdout);
	say(VTY_HELP, text_str(&P.typed), P.typed.n);
	printf("%s%s", P.prompt, text_str(&P.typed));
}

static void complete(void)
{
	say(VTY_COMPLETE, text_str(&P.typed), P.typed.n);
	printf("\n%s%s", P.prompt, text_str(&P.typed));
}

static void press(const char *key)
{
	char c = strncmp(key, "CR>", 3) == 0 ? '\r' : key[0];

	P.prompted = false;
	putchar('\n');
	say(VTY_KEY, &c, 1);
	await_prompt();
}

static void type_line(const char *p)
{
	for (; *p; p++) {
		if (*p == '?') {
			ask_help();
		} else if (strncmp(p, "<TAB>", 5) == 0) {
			complete();
			p += 4;
		} else if (strncmp(p, "<^Z>", 4) == 0) {
			fputs("^Z\n", stdout);
			enter(VTY_END);
			return;
		} else if (strncmp(p, "<^C>", 4) == 0) {
			fputs("^C\n", stdout);
			enter(VTY_INTR);
			return;
		} else if (strncmp(p, "<KEY ", 5) == 0) {
			press(p + 5);
			return;
		} else {
			p += *p == '\\' && p[1] == '?';
			text_addn(&P.typed, p, 1);
			if (!P.secret)
				putchar(*p);
		}
	}
	putchar('\n');
	enter(VTY_LINE);
}

static void load(void)
{
	struct text errors = TEXT_EMPTY;

	cli_replay(P.d.cli, bytes_of(text_str(&P.config), P.config.n), &errors);
	fputs(text_str(&errors), stdout);
	text_free(&errors);
	text_clear(&P.config);
	device_settle(&P.d);
}

static void direct(const char *line)
{
	struct cli_peer peer = { .origin = CLI_VTY };
	char from[20] = "";

	if (strcmp(line, "@config") == 0) {
		P.in_config = true;
	} else if (strcmp(line, "@console") == 0) {
		begin_console();
	} else if (sscanf(line, "@vty %u %19s", &peer.line, from) == 2) {
		ip4_parse(from, &peer.from);
		begin(&peer);
	} else if (strcmp(line, "@exec") == 0) {
		P.exec = true;
	} else if (strncmp(line, "@wait ", 6) == 0) {
		device_advance(&P.d, SEC((uint64_t)atoi(line + 6)));
		listen();
	} else if (strcmp(line, "@quit") == 0) {
		say(VTY_QUIT_OUTPUT, "", 0);
	} else if (strcmp(line, "@gone") == 0) {
		say(VTY_EOF, "", 0);
	} else if (strncmp(line, "@#", 2) != 0) {
		printf("[unknown direction: %s]\n", line);
	}
}

static void play_line(char *line)
{
	line[strcspn(line, "\n")] = '\0';
	if (P.in_config && strcmp(line, "@end") == 0) {
		P.in_config = false;
		load();
	} else if (P.in_config) {
		text_add(&P.config, line);
		text_add(&P.config, "\n");
	} else if (line[0] == '@') {
		direct(line);
	} else {
		if (!P.s)
			begin_console();
		if (session_over(P.s))
			printf("[typed at a closed session: %s]\n", line);
		else
			type_line(line);
	}
}

int main(int argc, char **argv)
{
	FILE *f = argc == 2 ? fopen(argv[1], "r") : NULL;
	char line[4096];

	if (!f) {
		fprintf(stderr, "usage: golden FILE.in\n");
		return 2;
	}
	device_open(&P.d, true);
	while (fgets(line, sizeof(line), f))
		play_line(line);
	fclose(f);
	putchar('\n');
	if (P.s)
		session_free(P.s);
	vty_in_free(&P.in);
	text_free(&P.typed);
	text_free(&P.config);
	device_close(&P.d);
	return 0;
}
