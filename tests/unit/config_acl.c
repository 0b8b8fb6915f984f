/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Access lists: text to ACE and back, '?', and the list itself. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include "config/acl.h"
#include "config/cfg.h"
#include "lib/text.h"
#include "lib/why.h"

#define COUNT(a) (int)(sizeof(a) / sizeof((a)[0]))
#define WORDS 40

struct line {
	char buf[1000], *words[WORDS];
	unsigned n;
};

static void split(struct line *l, const char *s)
{
	l->n = 0;
	ck_assert_uint_lt(strlen(s), sizeof(l->buf));
	strcpy(l->buf, s);
	for (char *save = NULL, *w = strtok_r(l->buf, " ", &save); w && l->n < WORDS; w = strtok_r(NULL, " ", &save))
		l->words[l->n++] = w;
}

static bool parse(const char *s, bool standard, struct acl_ace *ace, unsigned *bad, struct why *why)
{
	struct line l;

	split(&l, s);
	return acl_parse(l.words, l.n, standard, ace, bad, why);
}

/* typed; running-config; show crypto gdoi (NULL: as running-config) */
static const struct {
	const char *in, *out, *gdoi;
} good_rows[] = {
	{ "permit ip any any", NULL, NULL },
	{ "perm ip an a", "permit ip any any", NULL },
	{ "deny ip host 10.1.1.1 any", NULL, NULL },
	{ "deny ip 10.1.1.1 0.0.0.0 any", "deny ip host 10.1.1.1 any", NULL },
	{ "permit ip 0.0.0.0 255.255.255.255 1.2.3.4 255.255.255.255", "permit ip any any", NULL },
	{ "permit ip 10.1.2.3 0.0.255.255 10.2.9.9 0.0.0.255", "permit ip 10.1.0.0 0.0.255.255 10.2.9.0 0.0.0.255", NULL },
	{ "permit ip 10.1.2.3 0.255.0.255 any", "permit ip 10.0.2.0 0.255.0.255 any", NULL },
	{ "deny udp any eq 848 any", NULL, "deny udp any port = 848 any" },
	{ "deny udp any any eq 500", "deny udp any any eq isakmp", "deny udp any any port = 500" },
	{ "deny udp any eq isakmp any eq isakmp", NULL, "deny udp any port = 500 any port = 500" },
	{ "deny udp any any eq 123", "deny udp any any eq ntp", "deny udp any any port = 123" },
	{ "deny tcp any any eq ssh", "deny tcp any any eq 22", "deny tcp any any port = 22" },
	{ "deny tcp any eq 22 any", NULL, "deny tcp any port = 22 any" },
	{ "deny udp any any eq dns", "deny udp any any eq domain", "deny udp any any port = 53" },
	{ "deny tcp any eq bgp any", NULL, "deny tcp any port = 179 any" },
	{ "deny tcp any any eq tel", "deny tcp any any eq telnet", "deny tcp any any port = 23" },
	{ "permit tcp any any eq 80 443 8080", "permit tcp any any eq www 443 8080", "permit tcp any any port = 80 443 8080" },
	{ "permit tcp any eq www ftp 5 host 1.1.1.1 established", NULL, "permit tcp any port = 80 21 5 host 1.1.1.1 established" },
	{ "permit tcp any any eq 1 2 3 4 5 6 77 8 99 10", NULL, NULL },
	{ "permit udp any neq 5 any gt 7", "permit udp any neq 5 any gt echo", "permit udp any port != 5 any port > 7" },
	{ "permit udp any lt 1024 any", NULL, "permit udp any port < 1024 any" },
	{ "permit udp any range 10 20 any range 30 25", "permit udp any range 10 20 any range 25 30",
		"permit udp any port range 10 20 any port range 25 30" },
	{ "permit sctp any eq 2905 any", NULL, "permit sctp any port = 2905 any" },
	{ "deny 89 any any", "deny ospf any any", NULL },
	{ "deny 200 any any", "deny 200 any any", NULL },
	{ "deny 0 any any", "deny ip any any", NULL },
	{ "deny pim any 224.0.0.0 0.0.0.255", NULL, NULL },
	{ "deny 17 any any eq 53", "deny udp any any eq domain", "deny udp any any port = 53" },
	{ "permit icmp any any echo", NULL, "permit icmp any any 8" },
	{ "permit icmp any any 8", "permit icmp any any echo", "permit icmp any any 8" },
	{ "permit icmp any any 8 0", NULL, NULL },
	{ "permit icmp any any 3 4", "permit icmp any any packet-too-big", "permit icmp any any 3 4" },
	{ "permit icmp any any ttl", "permit icmp any any ttl-exceeded", "permit icmp any any 11 0" },
	{ "permit icmp any any 200 log", NULL, NULL },
	{ "permit icmp any any precedence flash", NULL, NULL },
	{ "permit icmp any any log", NULL, NULL },
	{ "permit ip any any dscp ef", NULL, NULL },
	{ "permit ip any any dscp 46 log", "permit ip any any dscp ef log", NULL },
	{ "permit ip any any dscp 45", NULL, NULL },
	{ "permit ip any any tos 8 precedence 5", "permit ip any any precedence critical tos min-delay", NULL },
	{ "permit ip any any log fragments", "permit ip any any fragments log", NULL },
	{ "permit tcp any any est", "permit tcp any any established", NULL },
	{ "permit esp any any", NULL, NULL },
	{ "permit tcp any any eq cmd", NULL, "permit tcp any any port = 514" },
	{ "permit tcp any any eq syslog", "permit tcp any any eq cmd", "permit tcp any any port = 514" },
};

START_TEST(good)
{
	const char *want = good_rows[_i].out ? good_rows[_i].out : good_rows[_i].in;
	const char *gdoi = good_rows[_i].gdoi ? good_rows[_i].gdoi : want;
	struct acl_ace ace, again;
	struct text t = TEXT_EMPTY;
	struct why why = { "" };
	unsigned bad = 99;

	ck_assert_msg(parse(good_rows[_i].in, false, &ace, &bad, &why), "%s: word %u: %s", good_rows[_i].in, bad, why.text);
	acl_ace_str(&ace, false, false, &t);
	ck_assert_str_eq(text_str(&t), want);
	ck_assert(parse(text_str(&t), false, &again, &bad, &why));
	ck_assert(acl_ace_eq(&ace, &again));
	text_clear(&t);
	if (good_rows[_i].gdoi || ace.proto != 1) {
		acl_ace_gdoi_str(&ace, &t);
		if (good_rows[_i].gdoi || (ace.src.port.op == PORT_ANY && ace.dst.port.op == PORT_ANY))
			ck_assert_str_eq(text_str(&t), gdoi);
	}
	text_free(&t);
}
END_TEST

static const struct {
	const char *in, *out;
} standard_rows[] = {
	{ "permit any", NULL },
	{ "deny 10.1.1.1", NULL },
	{ "permit host 10.1.1.1", "permit 10.1.1.1" },
	{ "permit 10.1.1.1 0.0.0.255", "permit 10.1.1.0 0.0.0.255" },
	{ "permit 10.1.1.1 0.0.0.0 log", "permit 10.1.1.1 log" },
	{ "permit 10.1.1.1 lo", "permit 10.1.1.1 log" },
	{ "permit 1.1.1.1 255.255.255.255", "permit any" },
};

START_TEST(standard)
{
	struct acl_ace ace, again;
	struct text t = TEXT_EMPTY;
	struct why why = { "" };
	unsigned bad;

	ck_assert_msg(parse(standard_rows[_i].in, true, &ace, &bad, &why), "%s", why.text);
	acl_ace_str(&ace, true, false, &t);
	ck_assert_str_eq(text_str(&t), standard_rows[_i].out ? standard_rows[_i].out : standard_rows[_i].in);
	ck_assert(parse(text_str(&t), true, &again, &bad, &why));
	ck_assert(acl_ace_eq(&ace, &again));
	text_free(&t);
}
END_TEST

/* The index of the word at fault. */
static const struct {
	const char *in;
	unsigned bad;
	bool standard;
} bad_rows[] = {
	{ "", 0, false },
	{ "allow ip any any", 0, false },
	{ "permit", 1, false },
	{ "permit 256 any any", 1, false },
	{ "permit tcpp any any", 1, false },
	{ "permit i any any", 1, false },
	{ "permit ip", 2, false },
	{ "permit ip any", 3, false },
	{ "permit ip 10.0.0.0 any", 3, false },
	{ "permit ip 10.0.0.0", 3, false },
	{ "permit ip host any", 3, false },
	{ "permit ip host 10.0.0.256 any", 3, false },
	{ "permit ip 10.0.0 0.0.0.255 any", 2, false },
	{ "permit ip any eq 5 any", 3, false },
	{ "permit tcp any eq any", 4, false },
	{ "permit tcp any eq 65536 any", 4, false },
	{ "permit tcp any eq t any", 4, false },
	{ "permit tcp any gt 65535 any", 4, false },
	{ "permit tcp any lt 0 any", 4, false },
	{ "permit tcp any range 5 any", 5, false },
	{ "permit tcp any any range 5", 6, false },
	{ "permit tcp any any eq 1 2 3 4 5 6 7 8 9 10 11", 15, false },
	{ "permit udp any any established", 4, false },
	{ "permit ip any any foo", 4, false },
	{ "permit ip any any log log", 5, false },
	{ "permit ip any any dscp", 5, false },
	{ "permit ip any any dscp 64", 5, false },
	{ "permit ip any any dscp ef tos 1", 6, false },
	{ "permit ip any any tos 16", 5, false },
	{ "permit ip any any precedence 8", 5, false },
	{ "permit tcp any any eq 5 fragments", 6, false },
	{ "permit icmp any any echo fragments", 5, false },
	{ "permit icmp any any host", 4, false },
	{ "permit icmp any any 256", 4, false },
	{ "permit icmp any any 8 256", 5, false },
	{ "permit ip any any time-range x", 4, false },
	{ "permit ip object-group x any", 2, false },
	{ "permit", 1, true },
	{ "permit ip any", 1, true },
	{ "permit any any", 2, true },
	{ "permit 10.0.0.0 0.0.0.255 10.0.0.0", 3, true },
	{ "permit any log log", 3, true },
};

START_TEST(errors)
{
	struct acl_ace ace;
	struct why why = { "" };
	unsigned bad = 99;

	ck_assert_msg(!parse(bad_rows[_i].in, bad_rows[_i].standard, &ace, &bad, &why), "%s", bad_rows[_i].in);
	ck_assert_msg(bad == bad_rows[_i].bad, "%s: word %u, not %u", bad_rows[_i].in, bad, bad_rows[_i].bad);
	ck_assert_str_ne(why.text, "");
}
END_TEST

static void collect(void *arg, const char *word, const char *help)
{
	struct text *t = arg;

	ck_assert_ptr_nonnull(help);
	text_printf(t, "%s%s", t->n ? " " : "", word);
}

/* What is offered; a row that ends in "..." gives the beginning. */
static const struct {
	const char *in, *offered;
	bool standard;
} expect_rows[] = {
	{ "", "deny permit", false },
	{ "permit", "<0-255> ahp eigrp esp gre icmp igmp ip ipinip nos ospf pcp pim sctp tcp udp", false },
	{ "permit ip", "A.B.C.D any host", false },
	{ "permit ip host", "A.B.C.D", false },
	{ "permit ip 1.1.1.1", "A.B.C.D", false },
	{ "permit ip any", "A.B.C.D any host", false },
	{ "permit udp any", "eq gt lt neq range A.B.C.D any host", false },
	{ "permit udp any eq", "<0-65535> biff bootpc...", false },
	{ "permit udp any range 5", "<0-65535> biff bootpc...", false },
	{ "permit udp any range 5 6", "A.B.C.D any host", false },
	{ "permit tcp any any", "eq gt lt neq range dscp established fragments log precedence tos <cr>", false },
	{ "permit ip any any", "dscp fragments log precedence tos <cr>", false },
	{ "permit ip any any log", "dscp fragments precedence tos <cr>", false },
	{ "permit ip any any dscp ef", "fragments log <cr>", false },
	{ "permit ip any any precedence", "<0-7> critical...", false },
	{ "permit icmp any any", "<0-255> administratively-prohibited...", false },
	{ "permit icmp any any 3", "<0-255> dscp log precedence tos <cr>", false },
	{ "permit foo", "", false },
	{ "permit ip any any foo", "", false },
	{ "permit", "A.B.C.D any host", true },
	{ "permit 1.1.1.1", "A.B.C.D log <cr>", true },
	{ "permit any", "log <cr>", true },
	{ "permit any log", "<cr>", true },
};

START_TEST(expect)
{
	const char *want = expect_rows[_i].offered;
	size_t n = strlen(want);
	struct text t = TEXT_EMPTY;
	struct line l;

	split(&l, expect_rows[_i].in);
	acl_expect(l.words, l.n, expect_rows[_i].standard, collect, &t);
	if (n > 3 && !strcmp(want + n - 3, "..."))
		ck_assert_int_eq(strncmp(text_str(&t), want, n - 3), 0);
	else
		ck_assert_str_eq(text_str(&t), want);
	text_free(&t);
}
END_TEST

/* Every name of every table parses back to what prints as it. */
START_TEST(all_names)
{
	struct acl_ace ace, again;
	struct text t = TEXT_EMPTY, u = TEXT_EMPTY;
	struct why why;
	unsigned bad;
	char line[100];

	for (int proto = 0; proto < 256; proto++) {
		for (int v = 0; v < 65536; v += proto == 6 || proto == 17 ? 1 : 65536) {
			if (proto == 6 || proto == 17)
				snprintf(line, sizeof(line), "permit %d any any eq %d", proto, v);
			else
				snprintf(line, sizeof(line), "permit %d any any", proto);
			ck_assert(parse(line, false, &ace, &bad, &why));
			text_clear(&t);
			acl_ace_str(&ace, false, false, &t);
			ck_assert(parse(text_str(&t), false, &again, &bad, &why));
			ck_assert(acl_ace_eq(&ace, &again));
			text_clear(&u);
		}
	}
	for (int type = 0; type < 256; type++) {
		for (int code = -1; code < 256; code++) {
			if (code < 0)
				snprintf(line, sizeof(line), "permit icmp any any %d", type);
			else
				snprintf(line, sizeof(line), "permit icmp any any %d %d", type, code);
			ck_assert(parse(line, false, &ace, &bad, &why));
			ck_assert_int_eq(ace.icmp_type, type);
			ck_assert_int_eq(ace.icmp_code, code);
			text_clear(&t);
			acl_ace_str(&ace, false, false, &t);
			ck_assert(parse(text_str(&t), false, &again, &bad, &why));
			ck_assert(acl_ace_eq(&ace, &again));
		}
	}
	text_free(&t);
	text_free(&u);
}
END_TEST

START_TEST(padding)
{
	struct text t = TEXT_EMPTY;
	struct acl_ace ace;
	unsigned bad;

	ck_assert(parse("deny ip any any", false, &ace, &bad, NULL));
	acl_ace_str(&ace, false, true, &t);
	ck_assert_str_eq(text_str(&t), "deny   ip any any");
	text_free(&t);
}
END_TEST

static void add(struct cfg_acl *a, uint32_t seq, const char *line)
{
	struct acl_ace ace;
	struct why why = { "" };
	unsigned bad;

	ck_assert(parse(line, a->standard, &ace, &bad, &why));
	ck_assert_msg(acl_add(a, seq, &ace, NULL, &why), "%s: %s", line, why.text);
}

static void numbers(const struct cfg_acl *a, const char *want)
{
	struct text t = TEXT_EMPTY;

	for (unsigned i = 0; i < a->count; i++)
		text_printf(&t, "%s%u", i ? " " : "", a->entry[i].seq);
	ck_assert_str_eq(text_str(&t), want);
	text_free(&t);
}

START_TEST(list)
{
	struct cfg *c = cfg_new();
	struct cfg_acl *a = cfg_acl_add(c, "POLICY", false, NULL);
	struct acl_ace ace;
	struct why why;
	unsigned bad;

	ck_assert_ptr_eq(cfg_acl(c, "POLICY"), a);
	add(a, 0, "deny udp any eq 848 any");
	add(a, 0, "permit ip any any");
	add(a, 0, "deny   udp any  eq 848 any");	/* there already */
	ck_assert(acl_add(a, 0, NULL, "first", &why));
	ck_assert(acl_add(a, 0, NULL, "first", &why));
	numbers(a, "10 20 30 40");
	add(a, 15, "deny esp any any");
	add(a, 15, "deny esp any any");
	numbers(a, "10 15 20 30 40");
	ck_assert(parse("deny gre any any", false, &ace, &bad, &why));
	ck_assert(!acl_add(a, 15, &ace, NULL, &why));
	ck_assert_str_eq(why.text, "Duplicate sequence number");
	ck_assert(acl_add(a, 5, &ace, NULL, &why));
	ck_assert(acl_add(a, 7, &ace, NULL, &why));		/* the same ACE under 5 */
	numbers(a, "5 10 15 20 30 40");
	ck_assert(acl_del_seq(a, 10) && !acl_del_seq(a, 10) && !acl_del_seq(a, 11));
	ck_assert(acl_del_ace(a, &ace, NULL) && !acl_del_ace(a, &ace, NULL));
	ck_assert(acl_del_ace(a, NULL, "first"));
	numbers(a, "15 20 40");
	add(a, 10, "deny udp any eq 848 any");			/* deleted, so it can come again */
	ck_assert(acl_resequence(a, 100, 5));
	numbers(a, "100 105 110 115");
	add(a, 0, "deny udp any eq 848 any");
	numbers(a, "100 105 110 115");
	ck_assert(!acl_resequence(a, 0, 1) && !acl_resequence(a, 1, 0) && !acl_resequence(a, ACL_SEQ_MAX, 1));
	ck_assert(acl_resequence(a, ACL_SEQ_MAX - 3, 1));
	ck_assert(!acl_add(a, 0, &ace, NULL, &why));
	ck_assert_ptr_nonnull(strstr(why.text, "resequence"));
	ck_assert(!acl_add(a, ACL_SEQ_MAX + 1, &ace, NULL, &why));
	cfg_free(c);
}
END_TEST

START_TEST(names)
{
	static const struct {
		const char *name;
		bool standard, extended;
	} rows[] = {
		{ "1", true, false }, { "99", true, false }, { "100", false, true }, { "199", false, true },
		{ "200", false, false }, { "1299", false, false }, { "1300", true, false }, { "1999", true, false },
		{ "2000", false, true }, { "2699", false, true }, { "2700", false, false }, { "0", false, false },
		{ "010", false, false }, { "99999999999999999999", false, false }, { "", false, false },
		{ "9lives", false, false }, { "a", true, true }, { "_x-1.2", true, true },
		{ "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", false, false },
	};
	struct why why;

	for (int i = 0; i < COUNT(rows); i++) {
		for (int standard_ = 0; standard_ < 2; standard_++) {
			struct cfg *c = cfg_new();
			struct cfg_acl *a = cfg_acl_add(c, rows[i].name, standard_, &why);

			ck_assert_msg((a != NULL) == (standard_ ? rows[i].standard : rows[i].extended), "%s", rows[i].name);
			if (a) {
				ck_assert_ptr_eq(cfg_acl_add(c, rows[i].name, standard_, &why), a);
				ck_assert_ptr_null(cfg_acl_add(c, rows[i].name, !standard_, &why));
				cfg_remove(&c->acls, (struct cfg_node *)(void *)a);
				ck_assert_ptr_null(cfg_acl(c, rows[i].name));
			}
			cfg_free(c);
		}
	}
}
END_TEST

START_TEST(sources)
{
	struct cfg *c = cfg_new();
	struct cfg_acl *a = cfg_acl_add(c, "10", true, NULL);
	struct ip4 in = { 0x0a000105 }, out = { 0x0a000205 }, other = { 0x0b000001 };

	ck_assert(acl_permits_source(NULL, in));
	ck_assert(!acl_permits_source(a, in));
	ck_assert(acl_add(a, 0, NULL, "who may", NULL));
	add(a, 0, "deny 10.0.2.5");
	add(a, 0, "permit 10.0.0.0 0.0.255.255");
	ck_assert(acl_permits_source(a, in) && !acl_permits_source(a, out) && !acl_permits_source(a, other));
	cfg_free(c);
}
END_TEST

/* The index of sources against a walk of the same list. */
START_TEST(sources_random)
{
	struct cfg *c = cfg_new();
	struct cfg_acl *a = cfg_acl_add(c, "S", true, NULL);
	unsigned wilds = _i ? 300 : 6, seed = 1;
	struct acl_ace ace;
	unsigned bad;

	ck_assert(parse("permit any", true, &ace, &bad, NULL));
	for (unsigned i = 0; i < 300; i++) {
		ace.permit = rand_r(&seed) & 1;
		ace.src.wild.a = (rand_r(&seed) % wilds) << 4 | 0xff000000;
		ace.src.ip.a = (uint32_t)rand_r(&seed) & 0xffff & ~ace.src.wild.a;
		ck_assert(acl_add(a, 0, &ace, i % 50 ? NULL : "remark", NULL));
		if (i % 10)
			continue;
		for (unsigned j = 0; j < 500; j++) {
			struct ip4 src = { (uint32_t)rand_r(&seed) & 0xffff };
			bool want = false;

			for (unsigned k = 0; k < a->count; k++) {
				const struct acl_entry *e = &a->entry[k];

				if (e->remark || (src.a & ~e->ace.src.wild.a) != e->ace.src.ip.a)
					continue;
				want = e->ace.permit;
				break;
			}
			ck_assert_int_eq(acl_permits_source(a, src), want);
		}
		acl_del_seq(a, a->entry[rand_r(&seed) % a->count].seq);
	}
	cfg_free(c);
}
END_TEST

/* 100,000 entries and as many deletions from the end: well under a second when nothing is quadratic (ratio, not time). */
static double fill(unsigned n)
{
	struct cfg *c = cfg_new();
	struct cfg_acl *a = cfg_acl_add(c, "BIG", false, NULL);
	clock_t start = clock();
	struct acl_ace ace;
	unsigned bad;

	ck_assert(parse("permit ip host 1.1.1.1 any", false, &ace, &bad, NULL));
	for (unsigned i = 0; i < n; i++) {
		ace.src.ip.a = 0x0a000000 + i;
		ck_assert(acl_add(a, 0, &ace, NULL, NULL));
	}
	for (unsigned i = 0; i < n; i++) {	/* all again: nothing happens */
		ace.src.ip.a = 0x0a000000 + i;
		ck_assert(acl_add(a, 0, &ace, NULL, NULL));
	}
	ck_assert_uint_eq(a->count, n);
	ck_assert_uint_eq(a->entry[n - 1].seq, n * 10);
	for (unsigned i = n; i-- > n / 2;) {
		ace.src.ip.a = 0x0a000000 + i;
		ck_assert(acl_del_ace(a, &ace, NULL));
	}
	ck_assert_uint_eq(a->count, n / 2);
	cfg_free(c);
	return (double)(clock() - start);
}

START_TEST(many)
{
	double small = fill(10000) + 2000, big = fill(100000);	/* 2 ms: the clock's grain */

	ck_assert_double_lt(big, small * 50);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("config_acl");
	TCase *t = tcase_create("acl");
	SRunner *r;
	int failed;

	tcase_set_timeout(t, 120);
	tcase_add_loop_test(t, good, 0, COUNT(good_rows));
	tcase_add_loop_test(t, standard, 0, COUNT(standard_rows));
	tcase_add_loop_test(t, errors, 0, COUNT(bad_rows));
	tcase_add_loop_test(t, expect, 0, COUNT(expect_rows));
	tcase_add_test(t, all_names);
	tcase_add_test(t, padding);
	tcase_add_test(t, list);
	tcase_add_test(t, names);
	tcase_add_test(t, sources);
	tcase_add_loop_test(t, sources_random, 0, 2);
	tcase_add_test(t, many);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
