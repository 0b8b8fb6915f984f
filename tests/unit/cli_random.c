/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>
#include <stdlib.h>
#include "config/acl.h"
#include "lib/rng.h"
#include "tests/unit/cli_random.h"

static const char *const names[] = { "A", "GET", "map-1", "x_y.z", "100", "101", "9", "0", "7", "2000", "eth0", "Loopback0",
	"GigabitEthernet0/0", "all", "in", "address", "key", "N4567890123456789012345678901234567890" };
static const char *const lines[] = { "text", "two  blanks", "0", "7", "0 x", "5 y", "a|b?c", "^Cq^C", "#one# two", "#open",
	"quote\"s 'n' \\back", "description", "no", "!bang", "9 $9$abc" };
static const uint32_t addresses[] = { 0, 0xffffffff, 0x0a000001, 0x0a000801, 0xc0a80100, 0xffffff00, 0xfffffffe, 0x00ff00ff,
	0xe0000001, 0xff000000 };
#define PICK(rng, a) (a)[rng_below(rng, sizeof(a) / sizeof((a)[0]))]

static uint32_t some_number(struct rng *rng, uint32_t lo, uint32_t hi)
{
	switch (rng_below(rng, 4)) {
	case 0:
		return lo;
	case 1:
		return hi;
	default:
		return lo + (uint32_t)rng_below(rng, (uint64_t)hi - lo + 1);
	}
}

struct choices {
	struct text word[64];
	unsigned n;
};

static void choose(void *arg, const char *word, const char *help)
{
	struct choices *c = arg;

	if (c->n < 64)
		text_add(&c->word[c->n++], word);
}

static void ace_word(struct rng *rng, const char *label, char *out, size_t size)
{
	unsigned lo, hi;

	if (sscanf(label, "<%u-%u>", &lo, &hi) == 2)
		snprintf(out, size, "%u", some_number(rng, lo, hi));
	else if (strcmp(label, "A.B.C.D") == 0)
		ip4_str((struct ip4){ PICK(rng, addresses) }, out);
	else
		snprintf(out, size, "%s", label);
}

/* A walk along what may come next. */
static void random_ace(struct rng *rng, bool standard, struct text *out)
{
	char word[24][40];
	char *w[24];
	unsigned n = 0;

	for (; n < 24; n++) {
		struct choices c = { .n = 0 };
		unsigned at;

		acl_expect(w, n, standard, choose, &c);
		at = c.n ? (unsigned)rng_below(rng, c.n) : 0;
		if (c.n)
			ace_word(rng, text_str(&c.word[at]), word[n], sizeof(word[n]));
		w[n] = word[n];
		for (unsigned i = 0; i < c.n; i++)
			text_free(&c.word[i]);
		if (!c.n || strcmp(word[n], "<cr>") == 0)
			break;
		text_printf(out, "%s ", word[n]);
	}
}

static void random_tok(struct rng *rng, const struct tok *t, struct text *out)
{
	char ip[IP4_TEXT];

	switch ((enum tok_kind)t->kind) {
	case T_KW:
		text_add(out, t->text);
		break;
	case T_UINT:
		text_printf(out, "%u", some_number(rng, t->lo, t->hi));
		break;
	case T_IP4:
		text_add(out, ip4_str((struct ip4){ PICK(rng, addresses) }, ip));
		break;
	case T_LINE:
		text_add(out, PICK(rng, lines));
		break;
	case T_ACE:
		random_ace(rng, t->lo == 1, out);
		break;
	default:
		if (t->text && t->text[0] == '<')
			text_printf(out, "%d", (int)rng_below(rng, 47) - 23);
		else if (t->text)
			text_printf(out, "%u.%u.%u", rng_u32(rng) % 3, rng_u32(rng) % 3, rng_u32(rng) % 3);
		else
			text_add(out, PICK(rng, names));
		break;
	}
	text_add(out, " ");
}

static void random_toks(struct rng *rng, const struct tok *t, unsigned from, unsigned to, struct text *out)
{
	for (unsigned pc = from; pc < to; pc++) {
		unsigned end = tok_takes_word(&t[pc]) || t[pc].kind == T_NOEND ? pc : tok_close(t, pc), n = 0, at;

		if (end == pc) {
			if (tok_takes_word(&t[pc]))
				random_tok(rng, &t[pc], out);
			continue;
		}
		for (at = pc + 1; t[at].kind == T_OR || at == pc + 1 || at < end; at = tok_next(t, at) + 1)
			n++;
		n = t[pc].kind == T_OPT || t[pc].kind == T_REP ? 1 : (unsigned)rng_below(rng, n);
		for (at = pc + 1; n-- && t[pc].kind != T_OPT && t[pc].kind != T_REP;)
			at = tok_next(t, at) + 1;
		if ((t[pc].kind != T_OPT && t[pc].kind != T_SET) || rng_below(rng, 2))
			random_toks(rng, t, at, tok_next(t, at), out);
		pc = end;
	}
}

static const struct row *random_row(struct grammar *g, enum mode_id mode, struct rng *rng)
{
	unsigned n;
	const struct row *const *rows = grammar_rows(g, mode == IN_IGNORED ? IN_CONFIG : mode, &n);
	const struct row *r;

	do
		r = rows[rng_below(rng, n)];
	while (r->flags & (R_IGNORED | R_NAVIGATES));
	return r;
}

static bool hashes(const struct row *r, const struct text *line)
{
	return r->flags & R_SECRET && strstr(text_str(line), "secret ") && !strstr(text_str(line), "secret 9");
}

void random_line(struct grammar *g, enum mode_id mode, struct rng *rng, struct text *out)
{
	const struct row *r = random_row(g, mode, rng);
	struct text line = TEXT_EMPTY;
	unsigned end = 0;

	while (r->tok[end].kind != T_EOL)
		end++;
	if (r->flags & R_ONLY_NO || (r->flags & R_NO && !rng_below(rng, 6)))
		text_add(&line, rng_below(rng, 4) ? "no " : "default ");
	random_toks(rng, r->tok, 0, end, &line);
	/* A clear secret costs a scrypt. */
	if (!hashes(r, &line) || !rng_below(rng, 200))
		text_addn(out, text_str(&line), line.n);
	text_free(&line);
}

void random_config(struct grammar *g, struct rng *rng, unsigned count, struct text *out)
{
	static const enum mode_id below[] = { IN_CONFIG, IN_INTERFACE, IN_LINE, IN_EXT_ACL, IN_STD_ACL, IN_ISAKMP_POLICY,
		IN_KEYRING, IN_TRANSFORM, IN_PROFILE, IN_MAP, IN_FAIL_CLOSE, IN_GROUP, IN_KS, IN_SA };
	static const char *const openers[] = { "", "interface eth0", "line vty 0 15", "ip access-list extended A",
		"ip access-list standard 9", "crypto isakmp policy 10", "crypto keyring A", "crypto ipsec transform-set A esp-aes",
		"crypto ipsec profile A", "crypto map A 10 gdoi", "crypto map A gdoi fail-close", "crypto gdoi group GET",
		"crypto gkm group x\nserver local", "crypto gkm group x\nserver local\nsa ipsec 5" };

	while (count) {
		unsigned at = (unsigned)rng_below(rng, sizeof(below) / sizeof(below[0]));

		text_printf(out, "%s\n", openers[at]);
		for (unsigned i = 0; i < 4 && count; i++, count--) {
			random_line(g, below[at], rng, out);
			text_add(out, "\n");
		}
	}
}
