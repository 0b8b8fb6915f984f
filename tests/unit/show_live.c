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
#include "syslog/debug.h"
#include "tests/unit/live.h"

static struct terminal terminal[4];
static unsigned terminals;
static bool logs_shown;		/* terminals as people use them; else as 'gdoixsh -c', without log lines */

static struct terminal *next_terminal(void)
{
	ck_assert_uint_lt(terminals, 4);
	return &terminal[terminals++];
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
			live_drain(&terminal[k], &raw);
	} else {
		unsigned k = 0;

		while (k < terminals && (strncmp(terminal[k].name, line, n) != 0 || terminal[k].name[n]))
			k++;
		ck_assert_msg(k < terminals, "no such device: %s", line);
		if (strcmp(line + n, " hangup") == 0)
			live_hang_up(&terminal[k]);
		else
			live_type(&terminal[k], line[n] ? line + n + 1 : "", &raw);
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
		live_plug_in(next_terminal(), dev[k], logs_shown);
	}
	if (two)
		live_join(next_terminal(), &terminal[0], "KS2");
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
		live_unplug(&terminal[--terminals]);
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
	live_type(&terminal[0], line, screen);
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
	live_plug_in(next_terminal(), d, logs_shown);
	typed("enable", &screen);
	text_free(&screen);
	return d;
}

static void leave(struct sim *s)
{
	live_unplug(&terminal[0]);
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
	live_drain(&terminal[0], &screen);
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
	live_send(&terminal[0], VTY_INTR, NULL, 0);
	live_drain(&terminal[0], &screen);
	ck_assert(terminal[0].waiting);
	sim_run(s, SEC(1));
	ck_assert_ptr_null(config_key(d->config, "LAB"));

	typed("crypto key zeroize rsa", &screen);
	live_send(&terminal[0], VTY_INTR, NULL, 0);
	live_drain(&terminal[0], &screen);
	ck_assert_ptr_nonnull(config_key(d->config, "REKEY"));

	typed("crypto key import rsa LAB terminal passphrase1", &screen);
	for (unsigned n = 0; n < 1000; n++)
		text_addn(&big, "A", 1);
	for (unsigned n = 0; n < 40 && !strstr(text_str(&screen), "PEM files import failed"); n++)
		typed(text_str(&big), &screen);
	ck_assert_ptr_nonnull(strstr(text_str(&screen), "% PEM files import failed: more than 16384 characters."));

	typed("clear crypto gdoi ks members now", &screen);
	live_send(&terminal[0], VTY_INTR, NULL, 0);
	live_drain(&terminal[0], &screen);
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
		live_type(&terminal[0], text_str(&line), &screen);
		ck_assert_uint_eq(debug_get(d->log, (enum dbg_flag)f), DBG_ALL);
		text_clear(&line);
		text_printf(&line, "undebug %s event", debug_command((enum dbg_flag)f));
		live_type(&terminal[0], text_str(&line), &screen);
		ck_assert_uint_eq(debug_get(d->log, (enum dbg_flag)f), DBG_ALL & ~DBG_EVENT);
	}
	live_type(&terminal[0], "no debug all", &screen);
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
