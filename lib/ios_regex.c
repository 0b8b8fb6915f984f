/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lib/ios_regex.h"
#include "lib/text.h"

#define NESTED 64		/* parentheses in parentheses */
#define NODES 10000		/* of a regular expression as glibc expands it */

/* IOS's '_': start, end, blank, comma, brace, parenthesis; itself too, as in CONFIG_I. Everything else is POSIX ERE. */
static void translate(const char *ios, struct text *ere)
{
	bool bracket = false;

	for (const char *p = ios; *p; p++) {
		if (*p == '\\' && p[1] && !bracket) {
			/* No back references: their cost has no bound. */
			p++;
			text_addn(ere, p - (*p < '0' || *p > '9'), 1 + (*p < '0' || *p > '9'));
		} else if ((*p == '{' || *p == '}') && !bracket) {
			text_printf(ere, "\\%c", *p);	/* no counts either: IOS has none */
		} else if (*p == '_' && !bracket) {
			text_add(ere, "(^|$|[][ ,{}()_])");
		} else {
			if (*p == '[' && !bracket) {
				bracket = true;
				/* "[]abc]" and "[^]abc]": the first ']' is a member */
				text_addn(ere, p, 1);
				if (p[1] == '^')
					text_addn(ere, ++p, 1);
				if (p[1] == ']')
					text_addn(ere, ++p, 1);
				continue;
			}
			if (*p == ']')
				bracket = false;
			text_addn(ere, p, 1);
		}
	}
}

/* Behind the bracket expression that begins at p, or at its end when it is not closed. */
static const char *bracket_end(const char *p)
{
	p += p[1] == '^' ? 2 : 1;
	if (*p == ']')
		p++;
	p += strcspn(p, "]");
	return *p ? p : p - 1;
}

/*
 * glibc's regcomp() writes X+ as XX*, so each '+' around a '+' doubles what is inside: thirty of them are more than a
 * machine has. True when the expression stays small.
 */
static bool stays_small(const char *ere)
{
	size_t sum[NESTED] = { 0 }, last = 0;	/* nodes so far at each depth; of the latest atom */
	unsigned depth = 0;

	for (const char *p = ere; *p; p++) {
		if (*p == '(') {
			if (++depth == NESTED)
				return false;
			sum[depth] = last = 0;
			continue;
		}
		if (*p == ')' && depth) {
			last = sum[depth--] + 1;
		} else if (*p == '+') {
			sum[depth] += last;
			last *= 2;
			if (sum[depth] > NODES)
				return false;
			continue;
		} else if (*p == '*' || *p == '?') {
			sum[depth]++;
			last++;
			continue;
		} else {
			last = 1;
			if (*p == '\\' && p[1])
				p++;
			else if (*p == '[')
				p = bracket_end(p);
		}
		sum[depth] += last;
		if (sum[depth] > NODES)
			return false;
	}
	return true;
}

bool ios_regex(regex_t *re, const char *ios)
{
	struct text ere = TEXT_EMPTY;
	bool ok;

	translate(ios, &ere);
	ok = ere.n <= 1024 && stays_small(text_str(&ere)) && regcomp(re, text_str(&ere), REG_EXTENDED | REG_NOSUB) == 0;
	text_free(&ere);
	return ok;
}
