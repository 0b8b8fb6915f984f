/* SPDX-License-Identifier: GPL-3.0-or-later */
/* /RE, +RE and -RE at --More--: what of the output that is left is shown. Lines come in pieces. */
#include <stdlib.h>
#include "cli/gdoixsh.h"
#include "lib/ios_regex.h"

static struct {
	char kind;		/* '/', '+', '-'; 0: no filter */
	bool begun;		/* '/': a line matched */
	regex_t re;
	struct text line;	/* not whole yet */
} F;

bool more_filter(char kind, const char *re)
{
	more_filter_off();
	if (!ios_regex(&F.re, re))
		return false;
	F.kind = kind;
	F.begun = false;
	return true;
}

void more_filter_off(void)
{
	if (F.kind)
		regfree(&F.re);
	F.kind = '\0';
	text_clear(&F.line);
}

bool more_filtering(void)
{
	return F.kind != '\0';
}

static bool passes(void)
{
	bool matches = F.begun || regexec(&F.re, text_str(&F.line), 0, NULL, 0) == 0;

	F.begun = F.kind == '/' && matches;
	return F.kind == '-' ? !matches : matches;
}

static void end_line(struct text *out)
{
	if (passes()) {
		text_addn(out, text_str(&F.line), F.line.n);
		text_add(out, "\n");
	}
	text_clear(&F.line);
}

void more_pass(struct text *out, const char *p, size_t n)
{
	for (const char *end = p + n, *nl; p < end; p = nl + 1) {
		nl = memchr(p, '\n', (size_t)(end - p));
		text_addn(&F.line, p, (size_t)((nl ? nl : end) - p));
		if (!nl)
			return;
		end_line(out);
	}
}
