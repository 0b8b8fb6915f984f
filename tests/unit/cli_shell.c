/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The matcher, the filters, sessions against a hostile terminal, and big texts. */
#include <stdio.h>
#include "cli/session.h"
#include "cli/vtyproto.h"
#include "lib/mem.h"
#include "lib/rng.h"
#include "syslog/msg.h"
#include "syslog/syslog.h"
#include "tests/golden/device.h"
#include "tests/unit/cli_random.h"
#include "tests/unit/unit.h"

static struct device dev;
static unsigned wakes;

static void woken(void *arg)
{
	wakes++;
}

static bool say(struct session *s, uint8_t type, const void *p, size_t n)
{
	struct vty_frame f = { .type = type, .body = bytes_of(p, n) };

	return session_input(s, &f);
}

static struct session *begin(void)
{
	static const uint8_t hello[] = { VTY_VERSION, VTY_HELLO_EXEC, 0, 24, 0, 80 };
	struct cli_peer peer = { .origin = CLI_CONSOLE, .local = true };
	struct session *s = session_new(dev.cli, &peer, woken, NULL);

	ck_assert(say(s, VTY_HELLO, hello, sizeof(hello)));
	session_output_sent(s, session_output(s).n);
	return s;
}

/* What the line prints: OUTPUT frames joined. */
static void type(struct session *s, const char *line, struct text *out)
{
	struct bytes b;

	text_clear(out);
	ck_assert(say(s, VTY_LINE, line, strlen(line)));
	b = session_output(s);
	for (size_t i = 0; i < b.n;) {
		size_t n = (size_t)b.p[i + 1] << 24 | (size_t)b.p[i + 2] << 16 | (size_t)b.p[i + 3] << 8 | b.p[i + 4];

		if (b.p[i] == VTY_OUTPUT)
			text_addn(out, (const char *)b.p + i + 5, n);
		i += 5 + n;
	}
	session_output_sent(s, b.n);
}

static const struct {
	enum mode_id mode;
	const char *line;
	enum match_result result;
	unsigned column;	/* INVALID */
	bool no;
} matches[] = {
	{ IN_EXEC, "sh ver", MATCH_OK, 0, false },
	{ IN_EXEC, "SHOW VERSION", MATCH_OK, 0, false },
	{ IN_EXEC, "show version | include x", MATCH_OK, 0, false },
	{ IN_EXEC, "show version| include x", MATCH_OK, 0, false },
	{ IN_EXEC, "sh ver|i a|b", MATCH_OK, 0, false },
	{ IN_EXEC, "show foo|i a", MATCH_INVALID, 6, false },
	{ IN_EXEC, "show", MATCH_INCOMPLETE, 0, false },
	{ IN_EXEC, "c", MATCH_AMBIGUOUS, 0, false },
	{ IN_EXEC, "show versionx", MATCH_INVALID, 12, false },
	{ IN_EXEC, "show foo", MATCH_INVALID, 6, false },
	{ IN_EXEC, "show vex", MATCH_INVALID, 7, false },
	{ IN_EXEC, "show version extra", MATCH_INVALID, 13, false },
	{ IN_EXEC, "show crypto gdoi ks members 10.0.0.256", MATCH_INVALID, 28, false },
	{ IN_EXEC, "write memory | include x", MATCH_INVALID, 13, false },
	{ IN_CONFIG, "crypto isakmp policy 10", MATCH_OK, 0, false },
	{ IN_CONFIG, "crypto isakmp policy 10001", MATCH_INVALID, 21, false },
	{ IN_CONFIG, "crypto isakmp policy", MATCH_INCOMPLETE, 0, false },
	{ IN_CONFIG, "no crypto isakmp policy 10", MATCH_OK, 0, true },
	{ IN_CONFIG, "no", MATCH_INCOMPLETE, 0, true },
	{ IN_CONFIG, "default hostname", MATCH_OK, 0, true },
	{ IN_CONFIG, "no logging", MATCH_INCOMPLETE, 0, true },
	{ IN_CONFIG, "logging 0255.255.1", MATCH_INVALID, 8, false },
	{ IN_KS, "rekey retransmit 10 number 3", MATCH_OK, 0, false },
	{ IN_KS, "rekey retransmit 10 number 11", MATCH_INVALID, 27, false },
	{ IN_KS, "rekey retransmit 9", MATCH_INVALID, 17, false },
	{ IN_KS, "no rekey retransmit", MATCH_OK, 0, true },
	{ IN_KS, "rekey retransmit", MATCH_INCOMPLETE, 0, false },
	{ IN_KS, "no rekey", MATCH_INCOMPLETE, 0, true },
	{ IN_EXT_ACL, "permit udp any eq 848 any", MATCH_OK, 0, false },
	{ IN_EXT_ACL, "10 permit udp any eq isakmp any", MATCH_OK, 0, false },
	{ IN_EXT_ACL, "permit udp any eq", MATCH_INCOMPLETE, 0, false },
	{ IN_EXT_ACL, "permit udp any eq 99999 any", MATCH_INVALID, 18, false },
	{ IN_EXT_ACL, "no 10", MATCH_OK, 0, true },
	{ IN_EXT_ACL, "10", MATCH_INCOMPLETE, 0, false },
	{ IN_EXT_ACL, "remark any text | at all", MATCH_OK, 0, false },
	{ IN_TRANSFORM, "mode tun", MATCH_OK, 0, false },
	{ IN_FILTER, " include a|b c", MATCH_OK, 0, false },
	{ IN_FILTER, " i x", MATCH_OK, 0, false },
	{ IN_FILTER, " section interface", MATCH_OK, 0, false },
	{ IN_FILTER, " include", MATCH_INCOMPLETE, 0, false },
};

START_TEST(lines_resolve)
{
	device_open(&dev, false);
	for (unsigned i = 0; i < sizeof(matches) / sizeof(matches[0]); i++) {
		struct match m;

		match_line(dev.cli->grammar, matches[i].mode, 15, matches[i].line, &m);
		ck_assert_msg(m.result == matches[i].result, "%s: result %d", matches[i].line, m.result);
		if (m.result == MATCH_INVALID)
			ck_assert_msg(m.column == matches[i].column, "%s: column %u", matches[i].line, m.column);
		ck_assert_msg(m.no == matches[i].no, "%s: no", matches[i].line);
		match_free(&m);
	}
	device_close(&dev);
}
END_TEST

START_TEST(arguments_arrive)
{
	struct match m;

	device_open(&dev, false);
	match_line(dev.cli->grammar, IN_CONFIG, 15, "username joe priv 7 secret 0 two  words ", &m);
	ck_assert_int_eq(m.result, MATCH_OK);
	ck_assert_uint_eq(m.nargs, 7);
	ck_assert_str_eq(m.arg[1].word, "joe");
	ck_assert_uint_eq(m.arg[3].value, 7);
	ck_assert_str_eq(m.arg[6].word, "two  words");
	ck_assert_uint_eq(m.arg[6].column, 29);
	match_free(&m);
	match_line(dev.cli->grammar, IN_FILTER, 15, " include a|b ", &m);
	ck_assert_str_eq(m.arg[1].word, "a|b ");
	match_free(&m);
	device_close(&dev);
}
END_TEST

/* Any line, in any mode, whatever it does: nothing breaks, and one prompt answers it. */
START_TEST(random_lines)
{
	struct rng *rng;
	struct text line = TEXT_EMPTY, out = TEXT_EMPTY;
	struct session *s;

	device_open(&dev, true);
	rng = rng_new_seeded(11);
	s = begin();
	type(s, "enable", &out);
	type(s, "configure terminal", &out);
	for (unsigned i = 0; i < 3000; i++) {
		text_clear(&line);
		random_line(dev.cli->grammar, (enum mode_id)(IN_CONFIG + rng_below(rng, IN_COMMON - IN_CONFIG)), rng, &line);
		if (rng_below(rng, 4) == 0 && line.n)
			line.s[rng_below(rng, line.n)] = (char)rng_u32(rng);
		type(s, text_str(&line), &out);
		if (s->ask.kind)
			type(s, "no", &out);
		if (!s->shell.depth)
			type(s, "configure terminal", &out);
		device_settle(&dev);
		ck_assert(!session_over(s));
	}
	session_free(s);
	text_free(&line);
	text_free(&out);
	rng_free(rng);
	device_close(&dev);
}
END_TEST

START_TEST(bad_frames_are_refused)
{
	static const uint8_t hello[] = { VTY_VERSION, 0, 0, 24, 0, 80 };
	struct cli_peer peer = { .origin = CLI_CONSOLE };
	struct session *s;

	device_open(&dev, false);
	s = session_new(dev.cli, &peer, woken, NULL);
	ck_assert(!say(s, VTY_LINE, "x", 1));
	ck_assert(!say(s, VTY_HELLO, hello, 5));
	ck_assert(!say(s, VTY_HELLO, "\x07\0\0\0\0\0", 6));
	ck_assert(say(s, VTY_HELLO, hello, 6));
	ck_assert(!say(s, VTY_HELLO, hello, 6));
	ck_assert(!say(s, VTY_KEY, "", 0));
	ck_assert(!say(s, VTY_WINSIZE, "123", 3));
	ck_assert(!say(s, 200, "", 0));
	ck_assert(say(s, VTY_KEY, "y", 1));
	ck_assert(say(s, VTY_QUIT_OUTPUT, "", 0));
	ck_assert(say(s, VTY_EOF, "", 0));
	ck_assert(session_over(s));
	ck_assert(say(s, VTY_LINE, "x", 1));
	session_free(s);
	device_close(&dev);
}
END_TEST

/* 'q' at --More--: whole frames that nobody has seen go, the one half sent stays, so do prompts. */
START_TEST(output_can_be_dropped)
{
	struct session *s;
	struct text out = TEXT_EMPTY;
	struct bytes b;

	device_open(&dev, false);
	s = begin();
	type(s, "enable", &out);
	ck_assert(say(s, VTY_LINE, "show running-config", 19));
	session_output_sent(s, 3);
	ck_assert(say(s, VTY_QUIT_OUTPUT, "", 0));
	b = session_output(s);
	ck_assert(b.n > 100);	/* the rest of the frame that was begun */
	session_output_sent(s, b.n);
	ck_assert(say(s, VTY_LINE, "show running-config", 19));
	ck_assert(say(s, VTY_QUIT_OUTPUT, "", 0));
	b = session_output(s);
	ck_assert_uint_eq(b.p[0], VTY_PROMPT);
	ck_assert_uint_eq(b.n, 5 + 6 + strlen("Router#"));
	text_free(&out);
	session_free(s);
	device_close(&dev);
}
END_TEST

/* A reader that has stopped costs its session, not the daemon. */
START_TEST(queue_is_bounded)
{
	struct session *s;
	struct text out = TEXT_EMPTY, config = TEXT_EMPTY;

	device_open(&dev, false);
	s = begin();
	type(s, "enable", &out);
	for (unsigned i = 0; i < 20000; i++)
		text_printf(&config, "crypto isakmp key K%u address 10.%u.%u.1\n", i, i / 200, i % 200);
	cli_replay(dev.cli, bytes_of(config.s, config.n), NULL);
	type(s, "configure terminal", &out);
	for (unsigned i = 0; i < 200 && !session_over(s); i++)
		say(s, VTY_LINE, "do show running-config", 22);
	ck_assert(session_over(s));
	ck_assert_uint_eq(session_output(s).n, 0);
	text_free(&out);
	text_free(&config);
	session_free(s);
	ck_assert_uint_eq(syslog_count(dev.log, MSG_SYS_CONFIG_I), 1);	/* what it configured is in force */
	device_close(&dev);
}
END_TEST

/* 100,000 lines in, printed, filtered: what is quadratic would not end within the timeout. */
START_TEST(big_configuration)
{
	struct session *s;
	struct text out = TEXT_EMPTY, config = TEXT_EMPTY;

	device_open(&dev, false);
	text_add(&config, "ip access-list extended BIG\n");
	for (unsigned i = 0; i < 50000; i++)
		text_printf(&config, " permit ip host 10.%u.%u.%u any\n", i >> 16 & 255, i >> 8 & 255, i & 255);
	for (unsigned i = 0; i < 50000; i++)
		text_printf(&config, "crypto isakmp key K%u address 10.%u.%u.%u\n", i, i >> 16 & 255, i >> 8 & 255, i & 255);
	ck_assert_uint_eq(cli_replay(dev.cli, bytes_of(config.s, config.n), NULL), 0);
	s = begin();
	type(s, "enable", &out);
	type(s, "show running-config | count ^crypto isakmp key|^ permit", &out);
	ck_assert_str_eq(text_str(&out), "Number of lines which match regexp = 100000\n");
	type(s, "show running-config", &out);
	ck_assert(out.n > 3000000);
	text_free(&out);
	text_free(&config);
	session_free(s);
	device_close(&dev);
}
END_TEST

START_TEST(bad_lines_are_told)
{
	static const char config[] = "hostname R1\nfoo bar\ncrypto isakmp policy 0\ninterface\ncrypto gdoi group G\n identity number x\n"
		" identity number 7\nusername u secret 5 notahash\r\nend\n";
	struct text errors = TEXT_EMPTY;

	device_open(&dev, false);
	ck_assert_uint_eq(cli_replay(dev.cli, bytes_str(config), &errors), 5);
	ck_assert_str_eq(text_str(&errors), "startup-config line 2: Invalid input at column 2: 'foo bar'\n"
		"startup-config line 3: Invalid input at column 22: 'crypto isakmp policy 0'\n"
		"startup-config line 4: Incomplete command: 'interface'\n"
		"startup-config line 6: Invalid input at column 18: 'identity number x'\n"
		"startup-config line 8: ERROR: The secret you entered is not a valid encrypted secret: 'username ...'\n");
	ck_assert_str_eq(device_cfg(&dev)->hostname, "R1");
	ck_assert_uint_eq(cfg_group(device_cfg(&dev), "G")->identity_number, 7);
	text_free(&errors);
	device_close(&dev);
}
END_TEST

/* Both hear of the other; who was there first with the next prompt. */
START_TEST(two_operators_know_of_each_other)
{
	struct session *a, *b;
	struct text out = TEXT_EMPTY;

	device_open(&dev, false);
	a = begin();
	b = begin();
	type(a, "enable", &out);
	type(b, "enable", &out);
	type(a, "configure terminal", &out);
	ck_assert_ptr_null(strstr(text_str(&out), "as well"));
	type(b, "configure terminal", &out);
	ck_assert_ptr_nonnull(strstr(text_str(&out), "% console is configuring as well: the last word wins line by line\n"));
	type(a, "hostname A", &out);
	ck_assert_ptr_nonnull(strstr(text_str(&out), "% console is configuring as well"));
	type(b, "hostname B", &out);
	ck_assert_uint_eq(out.n, 0);
	ck_assert_str_eq(device_cfg(&dev)->hostname, "B");
	text_free(&out);
	session_free(a);
	session_free(b);
	device_close(&dev);
}
END_TEST

UNIT_MAIN("cli-shell", lines_resolve, arguments_arrive, random_lines, bad_frames_are_refused, output_can_be_dropped,
	queue_is_bounded, big_configuration, bad_lines_are_told,
	two_operators_know_of_each_other)
