/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Sessions on devices of the simulation: show_live.txt, trigger_live.txt and table1_live.txt hold what is typed and the whole screens that
 * follow. Lines that begin with '@' are the script:
 *	@DEVICE text	types a line (an answer too) at DEVICE's console; KS2 is a second terminal of KS1
 *	@DEVICE key X	answers [confirm] by the key X
 *	@DEVICE hangup	the terminal is lost, another one is plugged in
 *	@secondary, @primary	KS1 becomes one
 *	@run SECONDS	lets virtual time pass
 * What changes from run to run (SPIs, cookies, key octets) is masked. SHOW_LIVE_OUT=DIRECTORY writes what came there
 * instead of comparing: the way to renew the files after a look at the difference.
 */
#include <ctype.h>
#include <unistd.h>
#include "cli/cli.h"
#include "lib/text.h"
#include "syslog/debug.h"
#include "tests/sim/sim.h"

struct terminal {
	struct sim_dev *dev;
	const char *name;	/* the device's, or another terminal's of it */
	bool shared;		/* cli is another terminal's */
	struct cli *cli;
	struct session *session;
	struct text prompt;
	bool waiting;		/* a prompt has come */
};

static struct terminal terminal[4];
static unsigned terminals;
static bool logs_shown;		/* terminals as people use them; else as 'gdoixsh -c', without log lines */

static uint32_t be(const uint8_t *p, unsigned n)
{
	uint32_t v = 0;

	while (n--)
		v = v << 8 | *p++;
	return v;
}

static void one_frame(struct terminal *t, uint8_t type, const uint8_t *p, size_t n, struct text *screen)
{
	switch (type) {
	case VTY_OUTPUT:
		text_addn(screen, (const char *)p, n);
		break;
	case VTY_LOG:
		text_addn(screen, (const char *)p, n);
		if (!n || p[n - 1] != '\n')
			text_addn(screen, "\n", 1);
		break;
	case VTY_PROMPT:
		ck_assert_uint_ge(n, 6);
		text_clear(&t->prompt);
		text_addn(&t->prompt, (const char *)p + 6, n - 6);
		t->waiting = true;
		break;
	default:
		break;
	}
}

/* Takes everything that waits for the terminal. */
static void drain(struct terminal *t, struct text *screen)
{
	for (;;) {
		struct bytes b = session_output(t->session);
		size_t n;

		if (b.n < 5)
			break;
		n = be(b.p + 1, 4);
		ck_assert_uint_ge(b.n, 5 + n);
		one_frame(t, b.p[0], b.p + 5, n, screen);
		session_output_sent(t->session, 5 + n);
	}
}

static void send(struct terminal *t, uint8_t type, const void *p, size_t n)
{
	struct vty_frame f = { .type = type, .body = bytes_of(p, n) };

	ck_assert(session_input(t->session, &f));
}

static void nobody(void *arg)
{
}

static void session_begin(struct terminal *t)
{
	const uint8_t hello[] = { VTY_VERSION, logs_shown ? 0 : VTY_HELLO_EXEC, 0, 24, 0, 80, 'v', 't' };
	struct cli_peer peer = { .origin = CLI_CONSOLE, .local = true };
	struct text first = TEXT_EMPTY;

	t->session = session_new(t->cli, &peer, nobody, NULL);
	send(t, VTY_HELLO, hello, sizeof(hello));
	drain(t, &first);
	text_free(&first);
}

static void plug_in(struct sim_dev *d)
{
	struct cli_deps deps = { .env = &d->env, .log = d->log, .config = d->config, .isakmp = d->isakmp, .gdoi = d->gdoi,
		.version = "0.1.0" };
	struct terminal *t = &terminal[terminals++ % 4];

	memset(t, 0, sizeof(*t));
	t->dev = d;
	t->name = d->name;
	t->cli = cli_new(&deps);
	session_begin(t);
}

/* A second operator at the device of a terminal that is there. */
static void join(const struct terminal *of, const char *name)
{
	struct terminal *t = &terminal[terminals++ % 4];

	memset(t, 0, sizeof(*t));
	t->dev = of->dev;
	t->name = name;
	t->cli = of->cli;
	t->shared = true;
	session_begin(t);
}

static void unplug(struct terminal *t)
{
	session_free(t->session);
	if (!t->shared)
		cli_free(t->cli);
	text_free(&t->prompt);
}

static void hang_up(struct terminal *t)
{
	session_free(t->session);
	t->waiting = false;
	session_begin(t);
}

static void type_line(struct terminal *t, const char *line, struct text *screen)
{
	ck_assert_msg(t->waiting, "%s gives no prompt for '%s'", t->dev->name, line);
	text_printf(screen, "%s", text_str(&t->prompt));
	t->waiting = false;
	if (strncmp(line, "key ", 4) == 0) {
		text_addn(screen, "\n", 1);
		send(t, VTY_KEY, line + 4, 1);
	} else {
		text_printf(screen, "%s\n", line);
		send(t, VTY_LINE, line, strlen(line));
	}
	drain(t, screen);
}

/* ---- masks ---- */

static bool hex_digit(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'F');
}

static bool wordish(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

/* Words of 8 or 32 hexadecimal digits become X's; "(digits)" behind one becomes "(#)". Handles stay. Connection ids (1001
 * and up) become 100#: who takes the next number is nobody's promise. */
static void masked(const struct text *in, struct text *out)
{
	const char *s = text_str(in), *p = s;

	while (*p) {
		size_t n = 0;
		bool start = p == s || !wordish(p[-1]) || (p - s >= 2 && p[-1] == 'x' && p[-2] == '0');

		while (start && hex_digit(p[n]))
			n++;
		if (n == 4 && strncmp(p, "100", 3) == 0 && !wordish(p[4])) {
			text_add(out, "100#");
			p += 4;
			continue;
		}
		if ((n != 8 && n != 32) || wordish(p[n]) || strncmp(p, "4000", 4) == 0) {
			n = n ? n : 1;
			text_addn(out, p, n);
			p += n;
			continue;
		}
		p += n;
		while (n--)
			text_addn(out, "X", 1);
		if (*p == '(') {
			text_add(out, "(#)");
			p += strcspn(p, ")") + 1;
		}
	}
}

/* ---- the script ---- */

static void ks(struct sim_dev *d, struct cfg *c)
{
	sim_ks(d, c);
	str_copy(c->hostname, sizeof(c->hostname), d->name);
}

static void gm(struct sim_dev *d, struct cfg *c)
{
	sim_gm(d, c);
	str_copy(c->hostname, sizeof(c->hostname), d->name);
}

static char *slurp(const char *path)
{
	FILE *f = fopen(path, "rb");
	char *s = NULL;
	long n;

	ck_assert_msg(f != NULL, "%s", path);
	fseek(f, 0, SEEK_END);
	n = ftell(f);
	rewind(f);
	s = malloc((size_t)n + 1);
	ck_assert_uint_eq(fread(s, 1, (size_t)n, f), (size_t)n);
	s[n] = '\0';
	fclose(f);
	return s;
}

static void step(struct sim *s, const char *line, struct text *screen)
{
	struct text raw = TEXT_EMPTY;
	size_t n = strcspn(line, " ");

	text_printf(screen, "@%s\n", line);
	if (strcmp(line, "secondary") == 0 || strcmp(line, "primary") == 0) {
		gdoi_ks_set_primary(terminal[0].dev->gdoi, GROUP, line[0] == 'p');
	} else if (strncmp(line, "run ", 4) == 0) {
		sim_run(s, SEC(strtoul(line + 4, NULL, 10)));
		for (unsigned k = 0; k < terminals; k++)
			drain(&terminal[k], &raw);
	} else {
		unsigned k = 0;

		while (k < terminals && (strncmp(terminal[k].name, line, n) != 0 || terminal[k].name[n]))
			k++;
		ck_assert_msg(k < terminals, "no such device: %s", line);
		if (strcmp(line + n, " hangup") == 0)
			hang_up(&terminal[k]);
		else
			type_line(&terminal[k], line[n] ? line + n + 1 : "", &raw);
	}
	if (getenv("SIM_VERBOSE"))
		fputs(text_str(&raw), stdout);
	masked(&raw, screen);
	text_free(&raw);
}

static void compare(const char *file, const char *want, const char *got)
{
	const char *w = want, *g = got;
	unsigned line = 1;

	while (*w && *w == *g) {
		line += *w == '\n';
		w++;
		g++;
	}
	if (*w == *g)
		return;
	while (w > want && w[-1] != '\n') {
		w--;
		g--;
	}
	ck_abort_msg("%s:%u: want |%.*s| got |%.*s|", file, line, (int)strcspn(w, "\n"), w, (int)strcspn(g, "\n"), g);
}

static void write_file(const char *dir, const char *file, const struct text *screen)
{
	struct text path = TEXT_EMPTY;
	FILE *f;

	text_printf(&path, "%s/%s", dir, file);
	f = fopen(text_str(&path), "wb");
	ck_assert_ptr_nonnull(f);
	fwrite(screen->s, 1, screen->n, f);
	fclose(f);
	text_free(&path);
}

/* A key server (two: with a second terminal) and two members, one of them of version 1.0.1. */
static void play(const char *file, bool two, bool logs)
{
	const char *top = getenv("top_srcdir"), *save = getenv("SHOW_LIVE_OUT");
	struct text path = TEXT_EMPTY, screen = TEXT_EMPTY;
	struct sim_dev *dev[3];
	struct sim *s = sim_new(1);
	char *want;

	logs_shown = logs;
	text_printf(&path, "%s/tests/unit/%s", top ? top : ".", file);
	want = slurp(text_str(&path));
	dev[0] = sim_add(s, "KS1", "10.0.8.1", ks, NULL);
	dev[1] = sim_add(s, "GM1", "10.0.0.2", gm, NULL);
	dev[2] = sim_add(s, "GM2", "10.0.0.3", gm, NULL);
	dev[2]->version = (struct version){ 1, 0, 1 };
	for (unsigned k = 0; k < 3; k++) {
		sim_start(dev[k]);
		plug_in(dev[k]);
	}
	if (two)
		join(&terminal[0], "KS2");
	for (const char *p = want; *p;) {
		size_t n = strcspn(p, "\n");
		char line[512];

		if (*p == '@') {
			snprintf(line, sizeof(line), "%.*s", (int)n - 1, p + 1);
			step(s, line, &screen);
		}
		p += n + (p[n] == '\n');
	}
	if (save)
		write_file(save, file, &screen);
	else
		compare(file, want, text_str(&screen));
	free(want);
	while (terminals)
		unplug(&terminal[--terminals]);
	text_free(&path);
	text_free(&screen);
	sim_free(s);
	logs_shown = false;
}

START_TEST(transcript)
{
	play("show_live.txt", false, false);
}
END_TEST

/* The fifteen changes of table 1 of Cisco's GM-removal guide as typed: each is told, once for each group, and waits. */
START_TEST(table1_transcript)
{
	play("table1_live.txt", false, true);
}
END_TEST

/* Every text of removal and policy trigger, to the letter. */
START_TEST(trigger_transcript)
{
	play("trigger_live.txt", true, true);
}
END_TEST

static void typed(const char *line, struct text *screen)
{
	text_clear(screen);
	type_line(&terminal[0], line, screen);
}

/* Pastes lines first..last of a text. */
static void paste(const char *from, const char *to, struct text *screen)
{
	char line[100];

	while (from < to) {
		size_t n = strcspn(from, "\n");

		snprintf(line, sizeof(line), "%.*s", (int)n, from);
		typed(line, screen);
		from += n + 1;
	}
}

static struct sim_dev *lone(struct sim *s)
{
	struct sim_dev *d = sim_add(s, "KS1", "10.0.8.1", ks, NULL);
	struct text screen = TEXT_EMPTY;

	sim_start(d);
	plug_in(d);
	typed("enable", &screen);
	text_free(&screen);
	return d;
}

static void leave(struct sim *s)
{
	unplug(&terminal[0]);
	terminals = 0;
	sim_free(s);
}

/* What 'export' prints is what 'import' takes, the public key of another pair is not. */
START_TEST(export_and_import)
{
	struct text pem = TEXT_EMPTY, screen = TEXT_EMPTY;
	struct sim *s = sim_new(1);
	struct sim_dev *d = lone(s);
	const char *pub, *priv, *end;
	struct rsa_key *was;

	typed("crypto key generate rsa label LAB modulus 1024 exportable", &screen);
	sim_run(s, SEC(1));
	drain(&terminal[0], &screen);
	was = rsa_dup(config_key(d->config, "LAB")->key);
	typed("crypto key export rsa LAB pem terminal aes passphrase1", &pem);
	pub = strstr(text_str(&pem), "-----BEGIN PUBLIC KEY");
	priv = strstr(text_str(&pem), "-----BEGIN RSA PRIVATE KEY");
	ck_assert(pub && priv);
	ck_assert_ptr_nonnull(strstr(text_str(&pem), "% Key name: LAB\n   Usage: General Purpose Key\n   Key data:\n"));
	end = priv + strlen(priv);
	typed("crypto key import rsa LAB terminal passphrase1", &screen);
	ck_assert_ptr_nonnull(strstr(text_str(&screen), "exists"));
	typed("crypto key zeroize rsa LAB", &screen);
	typed("yes", &screen);
	ck_assert_ptr_null(config_key(d->config, "LAB"));

	typed("crypto key import rsa LAB pem exportable terminal passphrase1", &screen);
	paste(pub, priv, &screen);
	typed("", &screen);
	paste(priv, end, &screen);
	typed("quit", &screen);
	ck_assert_str_eq(text_str(&screen), "quit\n% Key pair import succeeded.\n");
	ck_assert(rsa_same_public(was, config_key(d->config, "LAB")->key));
	ck_assert(config_key(d->config, "LAB")->exportable);

	typed("crypto key import rsa TWO terminal wrongphrase", &screen);
	typed("", &screen);
	paste(priv, end, &screen);
	typed("quit", &screen);
	ck_assert_ptr_nonnull(strstr(text_str(&screen), "% PEM files import failed: "));
	ck_assert_ptr_null(config_key(d->config, "TWO"));

	typed("crypto key import rsa TWO terminal passphrase1", &screen);
	typed("-----BEGIN PUBLIC KEY-----", &screen);
	typed("MIGfMA0GCSqG", &screen);
	typed("-----END PUBLIC KEY-----", &screen);
	typed("quit", &screen);
	paste(priv, end, &screen);
	typed("quit", &screen);
	ck_assert_str_eq(text_str(&screen), "quit\n% PEM files import failed: the public key does not belong to the private key.\n");
	ck_assert_ptr_null(config_key(d->config, "TWO"));
	rsa_free(was);
	text_free(&pem);
	text_free(&screen);
	leave(s);
}
END_TEST

/* Ctrl-C while a worker makes the key, a dialogue left in the middle, a paste without end: nothing happens, nothing leaks. */
START_TEST(given_up)
{
	struct text screen = TEXT_EMPTY, big = TEXT_EMPTY;
	struct sim *s = sim_new(1);
	struct sim_dev *d = lone(s);

	typed("crypto key generate rsa label LAB modulus 512", &screen);
	ck_assert(!terminal[0].waiting);
	send(&terminal[0], VTY_INTR, NULL, 0);
	drain(&terminal[0], &screen);
	ck_assert(terminal[0].waiting);
	sim_run(s, SEC(1));
	ck_assert_ptr_null(config_key(d->config, "LAB"));

	typed("crypto key zeroize rsa", &screen);
	send(&terminal[0], VTY_INTR, NULL, 0);
	drain(&terminal[0], &screen);
	ck_assert_ptr_nonnull(config_key(d->config, "REKEY"));

	typed("crypto key import rsa LAB terminal passphrase1", &screen);
	for (unsigned n = 0; n < 1000; n++)
		text_addn(&big, "A", 1);
	for (unsigned n = 0; n < 40 && !strstr(text_str(&screen), "PEM files import failed"); n++)
		typed(text_str(&big), &screen);
	ck_assert_ptr_nonnull(strstr(text_str(&screen), "% PEM files import failed: more than 16384 characters."));

	typed("clear crypto gdoi ks members now", &screen);
	send(&terminal[0], VTY_INTR, NULL, 0);
	drain(&terminal[0], &screen);
	typed("crypto key generate rsa label LAB modulus 512", &screen);
	text_free(&screen);
	text_free(&big);
	leave(s);
}
END_TEST

/* The tree of rows_crypto_exec.c and the table of debug.def say the same. */
START_TEST(every_debug_flag)
{
	struct text screen = TEXT_EMPTY, line = TEXT_EMPTY;
	struct sim *s = sim_new(1);
	struct sim_dev *d = lone(s);

	for (int f = 0; f < DBG_MAX; f++) {
		text_clear(&line);
		text_printf(&line, "debug %s", debug_command((enum dbg_flag)f));
		type_line(&terminal[0], text_str(&line), &screen);
		ck_assert_uint_eq(debug_get(d->log, (enum dbg_flag)f), DBG_ALL);
		text_clear(&line);
		text_printf(&line, "undebug %s event", debug_command((enum dbg_flag)f));
		type_line(&terminal[0], text_str(&line), &screen);
		ck_assert_uint_eq(debug_get(d->log, (enum dbg_flag)f), DBG_ALL & ~DBG_EVENT);
	}
	type_line(&terminal[0], "no debug all", &screen);
	for (int f = 0; f < DBG_MAX; f++)
		ck_assert_uint_eq(debug_get(d->log, (enum dbg_flag)f), 0);
	text_free(&screen);
	text_free(&line);
	leave(s);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = { transcript, table1_transcript, trigger_transcript, every_debug_flag, export_and_import, given_up };

	return sim_main("show live", tests, sizeof(tests) / sizeof(tests[0]));
}
