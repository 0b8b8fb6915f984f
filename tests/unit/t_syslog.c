/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>
#include "lib/clock.h"
#include "lib/net.h"
#include "lib/text.h"
#include "syslog/debug.h"
#include "syslog/msg.h"
#include "tests/unit/unit.h"

/* Thu Mar  1 2001 02:03:04.567 UTC */
#define WALL (UINT64_C(983412184) * USEC_PER_SEC + 567000)

static struct clock *clk;
static struct syslog *l;
static struct syslog_config cfg;
static char last[8192];		/* the last line a sink got */
static char last_text[8192], last_mnemonic[80];
static struct log_line last_line;
static unsigned lines;

static void keep(void *arg, const struct log_line *line)
{
	last_line = *line;
	snprintf(last, sizeof(last), "%s", line->line);
	snprintf(last_text, sizeof(last_text), "%s", line->text);
	snprintf(last_mnemonic, sizeof(last_mnemonic), "%s", line->mnemonic);
	lines++;
}

static void setup(void)
{
	clk = clock_new_virtual(SEC(50), WALL);
	l = syslog_new(clk);
	cfg = *syslog_config(l);
	syslog_configure(l, &cfg);
	syslog_sink_add(l, SINK_ALL, keep, NULL);
	lines = 0;
}

static void teardown(void)
{
	syslog_free(l);
	clock_free(clk);
}

static void change_stamp(enum log_stamp stamp, bool msec, bool localtime, bool zone, bool year)
{
	cfg.log_stamp = stamp;
	cfg.msec = msec;
	cfg.localtime = localtime;
	cfg.zone = zone;
	cfg.year = year;
	syslog_configure(l, &cfg);
	log_GDOI_SA_TEK_UPDATED(l);
}

/* The lines of the catalogue, section 4, to the letter. */
START_TEST(known_lines)
{
	setup();
	change_stamp(LOG_STAMP_NONE, false, false, false, false);
	log_GDOI_GM_REGS_COMPL(l, "192.1.40.2", "GRP-R1", "192.1.10.2");
	ck_assert_str_eq(last, "%GDOI-5-GM_REGS_COMPL: Registration to KS 192.1.40.2 complete for group GRP-R1 using address "
			       "192.1.10.2");
	ck_assert_int_eq(last_line.severity, 5);
	ck_assert_int_eq(last_line.id, MSG_GDOI_GM_REGS_COMPL);
	log_GDOI_KS_SEND_UNICAST_REKEY(l, "", "MAIN-GROUP", "192.168.17.7", 11);
	ck_assert_str_eq(last, "%GDOI-5-KS_SEND_UNICAST_REKEY: Sending Unicast Rekey for group MAIN-GROUP from address "
			       "192.168.17.7 with seq # 11");
	log_GDOI_KS_SEND_UNICAST_REKEY(l, "with policy-replace ", "GET", "10.0.8.1", 2);
	ck_assert_str_eq(last, "%GDOI-5-KS_SEND_UNICAST_REKEY: Sending Unicast Rekey with policy-replace for group GET from "
			       "address 10.0.8.1 with seq # 2");
	log_GDOI_GM_RECV_DELETE_IMMEDIATE(l, "GET", 34);
	ck_assert_str_eq(last, "%GDOI-4-GM_RECV_DELETE_IMMEDIATE: GM receive REMOVAL-NOW in group GET to cleanup downloaded "
			       "policy now. Re-registration will start in a randomly chosen period of 34 sec");
	log_CRYPTO_RECVD_PKT_INV_SPI(l, "103.163.246.69", 50, 0x136D8924, "161.132.38.201", "Ethernet0/1");
	ck_assert_str_eq(last, "%CRYPTO-4-RECVD_PKT_INV_SPI: decaps: rec'd IPSEC packet has invalid spi for "
			       "destaddr=103.163.246.69, prot=50, spi=0x136D8924(325945636), srcaddr=161.132.38.201, input "
			       "interface=Ethernet0/1");
	log_CRYPTO_GM_REGSTER(l, "192.1.40.2", "GRP-R1", "192.1.10.2");
	ck_assert_str_eq(last, "%CRYPTO-5-GM_REGSTER: Start registration to KS 192.1.40.2 for group GRP-R1 using address "
			       "192.1.10.2");
	log_CRYPTO_PKT_REPLAY_ERR(l, "decrypt: replay check failed", 29, 219);
	ck_assert_str_eq(last, "%CRYPTO-4-PKT_REPLAY_ERR: decrypt: replay check failed\n\tconnection id=29, sequence "
			       "number=219\n");
	log_GDOI_SA_KEK_UPDATED(l, 0xdeadbeef, 1, 2, 3);
	ck_assert_str_eq(last, "%GDOI-5-SA_KEK_UPDATED: SA KEK was updated 0xDEADBEEF000000010000000200000003");
	log_SYS_LOG_CONFIG_CHANGE(l, "Buffer", "informational", ", size (32000)");
	ck_assert_str_eq(last, "%SYS-5-LOG_CONFIG_CHANGE: Buffer logging: level informational, xml disabled, filtering "
			       "disabled, size (32000)");
	log_SYS_LOG_CONFIG_CHANGE__OFF(l, "Console");
	ck_assert_str_eq(last, "%SYS-5-LOG_CONFIG_CHANGE: Console logging disabled");
	ck_assert_str_eq(last_text, "Console logging disabled");
	teardown();
}
END_TEST

START_TEST(stamps)
{
	setup();
	change_stamp(LOG_STAMP_DATETIME, true, false, false, false);
	ck_assert_str_eq(last, "*Mar  1 02:03:04.567: %GDOI-5-SA_TEK_UPDATED: SA TEK was updated");
	change_stamp(LOG_STAMP_DATETIME, false, false, false, false);
	ck_assert_str_eq(last, "*Mar  1 02:03:04: %GDOI-5-SA_TEK_UPDATED: SA TEK was updated");
	change_stamp(LOG_STAMP_DATETIME, true, true, true, true);
	ck_assert_str_eq(last, "*Mar  1 2001 02:03:04.567 UTC: %GDOI-5-SA_TEK_UPDATED: SA TEK was updated");
	cfg.tz.minutes = -(2 * 60 + 30);
	strcpy(cfg.tz.name, "NST");
	syslog_clock_is_set(l, true);
	change_stamp(LOG_STAMP_DATETIME, true, true, true, false);
	ck_assert_str_eq(last, "Feb 28 23:33:04.567 NST: %GDOI-5-SA_TEK_UPDATED: SA TEK was updated");
	/* Without localtime the zone is UTC, whatever is configured. */
	change_stamp(LOG_STAMP_DATETIME, false, false, true, false);
	ck_assert_str_eq(last, "Mar  1 02:03:04 UTC: %GDOI-5-SA_TEK_UPDATED: SA TEK was updated");
	cfg.sequence_numbers = true;
	change_stamp(LOG_STAMP_NONE, false, false, false, false);
	ck_assert_str_eq(last, "000006: %GDOI-5-SA_TEK_UPDATED: SA TEK was updated");
	teardown();
}
END_TEST

START_TEST(uptime)
{
	static const struct {
		unsigned sec;
		const char *stamp;
	} rows[] = { { 0, "00:00:00" }, { 258, "00:04:18" }, { 86399, "23:59:59" }, { 86400, "1d00h" },
		{ 86400 * 6 + 7200, "6d02h" }, { 86400 * 7, "1w0d" }, { 86400 * 296, "42w2d" },
		{ 86400 * 379, "1y2w" } };
	char want[80];

	setup();
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		clock_advance(clk, SEC(50) + SEC(rows[i].sec));
		change_stamp(LOG_STAMP_UPTIME, true, true, true, true);
		snprintf(want, sizeof(want), "%s: %%GDOI-5-SA_TEK_UPDATED: SA TEK was updated", rows[i].stamp);
		ck_assert_str_eq(last, want);
	}
	teardown();
}
END_TEST

/* A peer's name can neither start a line nor move a cursor; the formats' own line breaks stay. */
START_TEST(hostile_arguments)
{
	setup();
	change_stamp(LOG_STAMP_NONE, false, false, false, false);
	log_GDOI_UNKNOWN_GROUP(l, "10.0.0.2", "x\n%SYS-5-CONFIG_I: forged\x1b[2J\xc3\xa4%s%n");
	ck_assert_str_eq(last, "%GDOI-4-UNKNOWN_GROUP: Registration from 10.0.0.2 for unknown group "
			       "x\\x0A%SYS-5-CONFIG_I: forged\\x1B[2J\\xC3\\xA4%s%n refused");
	log_SYS_RESTART(l, "line\rone", "two");
	ck_assert_str_eq(last, "%SYS-5-RESTART: System restarted --\nline\\x0Done\ntwo");
	teardown();
}
END_TEST

/* The formatter against the C library's, over the conversions that messages and debug lines use. */
START_TEST(formatter)
{
	char want[512];

	setup();
	change_stamp(LOG_STAMP_NONE, false, false, false, false);
	debug_set(l, DBG_ISAKMP, DBG_ALL);
#define SAME(...)                                                                                               \
	do {                                                                                                    \
		snprintf(want, sizeof(want), "ISAKMP: " __VA_ARGS__);                                            \
		cfg.debug_stamp = LOG_STAMP_NONE;                                                               \
		syslog_configure(l, &cfg);                                                                      \
		DBG(l, ISAKMP, EVENT, __VA_ARGS__);                                                             \
		ck_assert_str_eq(last, want);                                                                   \
	} while (0)
	SAME("%d|%i|%u|%x|%X|%o", -1, INT32_MIN, UINT32_MAX, 0xabcu, 0xdefu, 8u);
	SAME("%5d|%-5d|%05d|%+d|% d|%#x", 42, 42, -42, 42, 42, 255u);
	SAME("%ld|%lu|%lld|%llu|%zu", -5L, 5UL, -6LL, UINT64_MAX + 0ULL, (size_t)7);
	SAME("%*d|%-*d|%.3d|%8.4u|%*d", 6, 1, 6, 2, 7, 9u, -6, 3);
	SAME("%s|%10s|%-10s|%.2s|%*s|%.*s|%%", "a", "b", "c", "def", 4, "e", 2, "ghi");
	SAME("%c|%hu|%hhu", 'q', (unsigned short)65535, (unsigned char)255);
	teardown();
}
END_TEST

START_TEST(buffer)
{
	struct text t = TEXT_EMPTY;
	char name[40];
	const char *log;

	setup();
	cfg.buffer_size = 4096;
	for (unsigned i = 0; i < 1000; i++) {
		snprintf(name, sizeof(name), "group-%u", i);
		log_GDOI_KS_REKEY_TRANS_2_UNI(l, name);
	}
	syslog_show(l, &t);
	log = strstr(text_str(&t), "Log Buffer (4096 bytes):\n\n");
	ck_assert_ptr_nonnull(log);
	log += strlen("Log Buffer (4096 bytes):\n\n");
	/* The newest is there, and as many before it as fit, whole. */
	ck_assert_uint_le(strlen(log), 4096);
	ck_assert_uint_gt(strlen(log), 4096 - 100);
	ck_assert_ptr_nonnull(strstr(log, "Group group-999 transitioned"));
	ck_assert_int_eq(strncmp(log, "*Mar  1 ", 8), 0);
	ck_assert_ptr_null(strstr(log, "group-900 "));

	cfg.buffer_size = 200;
	syslog_configure(l, &cfg);
	text_clear(&t);
	syslog_show(l, &t);
	log = strstr(text_str(&t), "Log Buffer (200 bytes):\n\n");
	ck_assert_ptr_nonnull(log);
	ck_assert_uint_le(strlen(log), 200 + 26);

	syslog_clear_buffer(l);
	text_clear(&t);
	syslog_show(l, &t);
	ck_assert_ptr_null(strstr(text_str(&t), "GDOI-5"));
	text_free(&t);
	teardown();
}
END_TEST

START_TEST(levels)
{
	struct text t = TEXT_EMPTY;
	unsigned console;

	setup();
	cfg.console = 4;
	cfg.buffered = 3;
	syslog_configure(l, &cfg);
	ck_assert_uint_eq(syslog_count(l, MSG_SYS_LOG_CONFIG_CHANGE), 2);
	console = syslog_sink_add(l, SINK_CONSOLE, keep, NULL);
	syslog_clear_buffer(l);
	lines = 0;
	log_GDOI_SA_TEK_UPDATED(l);		/* 5: only the SINK_ALL */
	ck_assert_uint_eq(lines, 1);
	log_GDOI_GM_DELETE(l, "10.0.0.2", "GET");	/* 4: console, too */
	ck_assert_uint_eq(lines, 3);
	log_GDOI_KS_NO_RSA_KEYS(l, "K", "GET");	/* 1 */
	ck_assert_uint_eq(lines, 5);
	cfg.console = -1;
	syslog_configure(l, &cfg);
	ck_assert_str_eq(last_mnemonic, "SYS-5-LOG_CONFIG_CHANGE");
	lines = 0;
	log_GDOI_KS_NO_RSA_KEYS(l, "K2", "GET");
	ck_assert_uint_eq(lines, 1);
	syslog_sink_del(l, console);
	syslog_sink_del(l, console);
	cfg.on = false;
	syslog_configure(l, &cfg);
	log_GDOI_KS_NO_RSA_KEYS(l, "K3", "GET");
	syslog_show(l, &t);
	ck_assert_ptr_nonnull(strstr(text_str(&t), "Syslog logging: disabled"));
	ck_assert_ptr_nonnull(strstr(text_str(&t), "    Console logging: disabled\n"));
	ck_assert_ptr_nonnull(strstr(text_str(&t), "RSA Key - K2 "));
	ck_assert_ptr_null(strstr(text_str(&t), "RSA Key - K3 "));
	ck_assert_ptr_null(strstr(text_str(&t), "GDOI-4-GM_DELETE"));
	text_free(&t);
	teardown();
}
END_TEST

static unsigned own_handle;

static void leave(void *arg, const struct log_line *line)
{
	++*(unsigned *)arg;
	syslog_sink_del(l, own_handle);
	log_GDOI_SA_TEK_UPDATED(l);	/* forbidden; must not recurse */
}

START_TEST(sink_ends_itself)
{
	unsigned calls = 0;

	setup();
	own_handle = syslog_sink_add(l, SINK_MONITOR, leave, &calls);
	log_GDOI_SA_TEK_UPDATED(l);
	log_GDOI_SA_TEK_UPDATED(l);
	ck_assert_uint_eq(calls, 1);
	ck_assert_uint_eq(lines, 2);
	teardown();
}
END_TEST

/* A network that keeps the last datagram. */
static struct {
	struct net net;
	struct endpoint src, dst;
	char body[2048];
	unsigned sent;
	bool broken;
} wire;

static bool fake_send(struct net *n, struct endpoint src, struct endpoint dst, struct bytes body)
{
	if (wire.broken)
		return false;
	wire.src = src;
	wire.dst = dst;
	memcpy(wire.body, body.p, body.n);
	wire.body[body.n] = '\0';
	wire.sent++;
	return true;
}

static struct ip4 fake_source(struct net *n, struct ip4 dst)
{
	return (struct ip4){ 0x0a000809 };
}

static const struct net_ops fake_ops = { .send = fake_send, .source_for = fake_source };

static bool address_of(void *arg, const char *ifname, struct ip4 *out)
{
	out->a = 0x0a000801;
	return strcmp(ifname, "lo0") == 0;
}

static void with_host(void)
{
	setup();
	memset(&wire, 0, sizeof(wire));
	wire.net.ops = &fake_ops;
	syslog_set_net(l, &wire.net);
	cfg.nhost = 1;
	cfg.host[0] = (struct endpoint){ { 0x0a170001 }, 0 };
	strcpy(cfg.source_interface, "lo0");
	syslog_set_addresses(l, address_of, NULL);
	syslog_configure(l, &cfg);
}

START_TEST(hosts)
{
	char big[3000];

	with_host();
	ck_assert_str_eq(wire.body, "<190>1: *Mar  1 02:03:04.567: %SYS-6-LOGGINGHOST_STARTSTOP: Logging to host 10.23.0.1 "
				    "port 514 started - CLI initiated");
	ck_assert_uint_eq(wire.dst.port, 514);
	ck_assert_uint_eq(wire.dst.ip.a, 0x0a170001);
	ck_assert_uint_eq(wire.src.ip.a, 0x0a000801);
	log_CRYPTO_PKT_REPLAY_ERR(l, "decrypt: replay check failed", 29, 219);
	ck_assert_str_eq(wire.body, "<188>2: *Mar  1 02:03:04.567: %CRYPTO-4-PKT_REPLAY_ERR: decrypt: replay check failed  "
				    "connection id=29, sequence number=219");
	cfg.origin = 1;
	strcpy(cfg.hostname, "KS1");
	cfg.sequence_numbers = true;
	cfg.facility = 16;
	syslog_configure(l, &cfg);
	log_GDOI_SA_TEK_UPDATED(l);
	ck_assert_str_eq(wire.body, "<133>3: KS1: 000003: *Mar  1 02:03:04.567: %GDOI-5-SA_TEK_UPDATED: SA TEK was updated");
	cfg.origin = 3;
	syslog_configure(l, &cfg);
	log_GDOI_SA_TEK_UPDATED(l);
	ck_assert_str_eq(wire.body, "<133>4: 10.0.8.1: 000004: *Mar  1 02:03:04.567: %GDOI-5-SA_TEK_UPDATED: SA TEK was updated");
	strcpy(cfg.source_interface, "gone0");
	syslog_configure(l, &cfg);
	log_GDOI_SA_TEK_UPDATED(l);
	ck_assert_str_eq(wire.body, "<133>5: 10.0.8.9: 000005: *Mar  1 02:03:04.567: %GDOI-5-SA_TEK_UPDATED: SA TEK was updated");
	ck_assert_uint_eq(wire.src.ip.a, 0);
	cfg.origin = 2;
	strcpy(cfg.origin_string, "rack 7");
	syslog_configure(l, &cfg);
	memset(big, 'g', sizeof(big) - 1);
	big[sizeof(big) - 1] = '\0';
	log_GDOI_SA_TEK_UPDATED(l);
	ck_assert_int_eq(strncmp(wire.body, "<133>6: rack 7: 000006: *Mar", 28), 0);
	log_GDOI_GM_UNREGISTER(l, big);
	ck_assert_uint_eq(strlen(wire.body), 1024);
	/* debugging is above 'informational' */
	wire.sent = 0;
	debug_set(l, DBG_IPSEC, DBG_ALL);
	DBG(l, IPSEC, EVENT, "x");
	ck_assert_uint_eq(wire.sent, 0);
	teardown();
}
END_TEST

START_TEST(host_counters_stay)
{
	struct text t = TEXT_EMPTY;

	with_host();
	log_GDOI_SA_TEK_UPDATED(l);
	cfg.nhost = 2;
	cfg.host[1] = cfg.host[0];
	cfg.host[0] = (struct endpoint){ { 0x0a170002 }, 5140 };
	syslog_configure(l, &cfg);
	ck_assert_int_eq(strncmp(wire.body, "<190>3: ", 8), 0);	/* last sent: to the old host, now second */
	ck_assert_ptr_nonnull(strstr(wire.body, "host 10.23.0.2 port 5140 started"));
	syslog_show(l, &t);
	ck_assert_ptr_nonnull(strstr(text_str(&t),
		"    Trap logging: level informational, 3 message lines logged\n"
		"        Logging to 10.23.0.2  (udp port 5140, audit disabled,\n"
		"              link up),\n"
		"              1 message lines logged, \n"
		"              0 message lines rate-limited, \n"
		"              0 message lines dropped-by-MD, \n"
		"              xml disabled, sequence number disabled\n"
		"              filtering disabled\n"
		"        Logging to 10.23.0.1  (udp port 514, audit disabled,\n"
		"              link up),\n"
		"              3 message lines logged, \n"));
	text_free(&t);
	teardown();
}
END_TEST

START_TEST(failing_host)
{
	struct text t = TEXT_EMPTY;

	with_host();
	wire.broken = true;
	log_GDOI_SA_TEK_UPDATED(l);
	ck_assert_str_eq(last, "*Mar  1 02:03:04.567: %SYS-3-LOGGINGHOST_FAIL: Logging to host 10.23.0.1 port 514 failed");
	log_GDOI_SA_TEK_UPDATED(l);
	ck_assert_uint_eq(syslog_count(l, MSG_SYS_LOGGINGHOST_FAIL), 1);
	syslog_show(l, &t);
	ck_assert_ptr_nonnull(strstr(text_str(&t), "              link down),\n"));
	clock_advance(clk, clock_now(clk) + SEC(60));
	log_GDOI_SA_TEK_UPDATED(l);
	ck_assert_uint_eq(syslog_count(l, MSG_SYS_LOGGINGHOST_FAIL), 2);
	text_free(&t);
	teardown();
}
END_TEST

START_TEST(rate_limits)
{
	struct text t = TEXT_EMPTY;

	setup();
	for (unsigned i = 0; i < 100; i++)
		log_CRYPTO_IKMP_MALFORMED(l, "10.0.0.9", 500, "too short");
	ck_assert_uint_eq(lines, 10);
	ck_assert_uint_eq(syslog_count(l, MSG_CRYPTO_IKMP_MALFORMED), 100);
	clock_advance(clk, clock_now(clk) + SEC(5));
	log_CRYPTO_IKMP_MALFORMED(l, "10.0.0.9", 500, "too short");
	ck_assert_uint_eq(lines, 12);
	ck_assert_ptr_nonnull(strstr(last, "%SYS-6-MSG_SUPPRESSED: 90 messages of %CRYPTO-4-IKMP_MALFORMED were held back"));
	syslog_show(l, &t);
	ck_assert_ptr_nonnull(strstr(text_str(&t), "(0 messages dropped, 90 messages rate-limited, "));
	text_free(&t);
	/* What no peer can provoke is never held back. */
	lines = 0;
	for (unsigned i = 0; i < 100; i++)
		log_GDOI_SA_TEK_UPDATED(l);
	ck_assert_uint_eq(lines, 100);
	teardown();
}
END_TEST

START_TEST(show_header)
{
	struct text t = TEXT_EMPTY;

	setup();
	log_GDOI_SA_TEK_UPDATED(l);
	syslog_show(l, &t);
	ck_assert_str_eq(text_str(&t),
		"Syslog logging: enabled (0 messages dropped, 0 messages rate-limited, 0 flushes, 0 overruns, xml disabled, "
		"filtering disabled)\n"
		"\n"
		"No Active Message Discriminator.\n"
		"\n\n\n"
		"No Inactive Message Discriminator.\n"
		"\n\n"
		"    Console logging: level debugging, 1 messages logged, xml disabled,\n"
		"                     filtering disabled\n"
		"    Monitor logging: level debugging, 0 messages logged, xml disabled,\n"
		"                     filtering disabled\n"
		"    Buffer logging:  level debugging, 1 messages logged, xml disabled,\n"
		"                    filtering disabled\n"
		"    Exception Logging: size (4096 bytes)\n"
		"    Count and timestamp logging messages: disabled\n"
		"    Persistent logging: disabled\n"
		"\n"
		"No active filter modules.\n"
		"\n"
		"    Trap logging: level informational, 0 message lines logged\n"
		"        Logging Source-Interface:       VRF Name:\n"
		"\n"
		"Log Buffer (4096 bytes):\n"
		"\n"
		"*Mar  1 02:03:04.567: %GDOI-5-SA_TEK_UPDATED: SA TEK was updated\n");
	text_free(&t);
	teardown();
}
END_TEST

START_TEST(debugging)
{
	struct text t = TEXT_EMPTY;

	setup();
	debug_show(l, &t);
	ck_assert_uint_eq(t.n, 0);
	DBG(l, GDOI_KS_REKEY, EVENT, "unseen");
	ck_assert_uint_eq(lines, 0);
	debug_set(l, DBG_GDOI_KS_REKEY, DBG_ALL);
	debug_set(l, DBG_GDOI_GM_REKEY, DBG_ERROR | DBG_EVENT);
	debug_set(l, DBG_ISAKMP, DBG_ALL);
	DBG(l, GDOI_GM_REKEY, PACKET, "unseen");
	ck_assert_uint_eq(lines, 0);
	DBG(l, GDOI_KS_REKEY, EVENT, "rekey %u sent", 3u);
	ck_assert_str_eq(last, "*Mar  1 02:03:04.567: GDOI: rekey 3 sent");
	ck_assert_int_eq(last_line.id, -1);
	ck_assert_int_eq(last_line.severity, 7);
	ck_assert_str_eq(last_mnemonic, "");
	lines = 0;
	DBG(l, ISAKMP, PACKET, "%s", "SA:\n  DOI: 2\n\x1b");
	ck_assert_uint_eq(lines, 3);
	ck_assert_str_eq(last, "*Mar  1 02:03:04.567: ISAKMP: \\x1B");
	debug_show(l, &t);
	ck_assert_str_eq(text_str(&t), "GDOI:\n"
				       "  GDOI Group Member Rekey debugging is on (error, event)\n"
				       "  GDOI Key Server Rekey debugging is on (all levels)\n"
				       "\n"
				       "Cryptographic Subsystem:\n"
				       "  Crypto ISAKMP debugging is on\n");
	debug_all_off(l);
	ck_assert_uint_eq(debug_get(l, DBG_ISAKMP), 0);
	ck_assert_str_eq(debug_command(DBG_GDOI_KS_REKEY), "crypto gdoi ks rekey");
	text_free(&t);
	teardown();
}
END_TEST

/* A key server of thousands: one member is looked at. */
START_TEST(debug_of_peers)
{
	const struct ip4 one = { 0x0a000002 }, two = { 0x0a000003 };

	setup();
	debug_set(l, DBG_GDOI_KS_REKEY, DBG_ALL);
	debug_set(l, DBG_ISAKMP, DBG_ALL);
	ck_assert(debug_peer_add(l, one) && debug_peer_add(l, one));
	DBG(l, GDOI_KS_REKEY, EVENT, "seq 3 acknowledged by 10.0.0.20, version 1.0.2");
	DBG(l, GDOI_KS_REKEY, EVENT, "rekey 3 sent");
	DBG(l, GDOI_KS_REKEY, EVENT, "999.10.0.0.2 1.2.3 10.0.0.2222222222222222 .");
	ck_assert_uint_eq(lines, 0);
	DBG(l, GDOI_KS_REKEY, EVENT, "from 10.0.8.1 to 10.0.0.2.");
	DBG(l, GDOI_KS_REKEY, PACKET, "10.0.0.2:848\n  SA");
	DBG(l, ISAKMP, EVENT, "of another feature");
	ck_assert_uint_eq(lines, 4);
	debug_unmatched(l, true);
	DBG(l, GDOI_KS_REKEY, EVENT, "rekey 3 sent");
	DBG(l, GDOI_KS_REKEY, EVENT, "10.0.0.3");
	ck_assert_uint_eq(lines, 5);
	debug_peer_add(l, two);
	debug_peer_del(l, one);
	DBG(l, GDOI_KS_REKEY, EVENT, "10.0.0.2");
	DBG(l, GDOI_KS_REKEY, EVENT, "10.0.0.3");
	ck_assert_uint_eq(lines, 6);
	debug_peer_del(l, two);
	DBG(l, GDOI_KS_REKEY, EVENT, "10.0.0.2");
	ck_assert_uint_eq(lines, 7);
	for (uint32_t i = 0; i < DEBUG_PEERS; i++)
		ck_assert(debug_peer_add(l, (struct ip4){ 1 + i }));
	ck_assert(!debug_peer_add(l, one));
	debug_all_off(l);
	ck_assert_uint_eq(debug_condition(l)->npeer, 0);
	teardown();
}
END_TEST

/* Every row prints with severity, facility and mnemonic of its own, and says what to do. */
START_TEST(catalogue)
{
	for (int i = 0; i < MSG_MAX; i++) {
		const struct msg_desc *d = msg_desc(i);

		ck_assert(d->severity >= 0 && d->severity <= 7);
		ck_assert(d->facility[0] && d->mnemonic[0] && d->format[0]);
		ck_assert_msg(strlen(d->explanation) > 10 && strlen(d->action) > 10, "%s", d->mnemonic);
		ck_assert_ptr_null(strstr(d->format, "%n"));
	}
}
END_TEST

UNIT_MAIN("syslog", known_lines, stamps, uptime, hostile_arguments, formatter, buffer, levels, sink_ends_itself, hosts,
	host_counters_stay, failing_host, rate_limits, show_header, debugging, debug_of_peers, catalogue)
