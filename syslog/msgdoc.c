/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Prints docs/syslog-messages.md from messages.def ('make syslog-docs'). */
#include <stdio.h>
#include <string.h>

struct row {
	const char *facility, *mnemonic, *format, *args, *explanation, *action;
	int severity;
};

static const struct row rows[] = {
#define X(fac, sev, mnem, fmt, params, args, expl, action) { #fac, #mnem, fmt, #args, expl, action, sev },
#include "syslog/messages.def"
#undef X
};

#define ROWS (sizeof(rows) / sizeof(rows[0]))

/* The next of "(ks, group)"; moves *args past it. */
static void print_argument(const char **args)
{
	const char *start = *args + strspn(*args, "(, ");
	size_t n = strcspn(start, ",)");

	printf("[%.*s]", (int)n, start);
	*args = start + n;
}

static void print_format(const char *f, const char *args)
{
	for (; *f; f++) {
		if (*f == '\n') {
			fputs("\\n", stdout);
		} else if (*f == '\t') {
			fputs("\\t", stdout);
		} else if (f[0] == '%' && f[1] == '%') {
			putchar(*f++);
		} else if (*f == '%') {
			f += 1 + strspn(f + 1, "0123456789.l");
			print_argument(&args);
		} else {
			putchar(*f);
		}
	}
}

static int printed(const char *mnemonic)
{
	const char *variant = strstr(mnemonic, "__");

	return variant ? (int)(variant - mnemonic) : (int)strlen(mnemonic);
}

static void print_row(const struct row *r)
{
	printf("\n### %%%s-%d-%.*s\n\n`", r->facility, r->severity, printed(r->mnemonic), r->mnemonic);
	print_format(r->format, r->args);
	printf("`\n\n%s\n\n*Recommended action:* %s\n", r->explanation, r->action);
}

/* One facility, gravest messages first, in the order of messages.def within a severity. */
static void print_facility(const char *facility)
{
	printf("\n## %s\n", facility);
	for (int severity = 0; severity <= 7; severity++) {
		for (size_t i = 0; i < ROWS; i++) {
			if (rows[i].severity == severity && strcmp(rows[i].facility, facility) == 0)
				print_row(&rows[i]);
		}
	}
}

static int first_of_facility(size_t i)
{
	for (size_t k = 0; k < i; k++) {
		if (strcmp(rows[k].facility, rows[i].facility) == 0)
			return 0;
	}
	return 1;
}

int main(void)
{
	printf("# System messages\n\n"
	       "Made from `syslog/messages.def` by `make syslog-docs`; do not edit.\n\n"
	       "A message is printed as `%%FACILITY-SEVERITY-MNEMONIC: text`. Severities: 0 emergencies, 1 alerts, 2 critical,\n"
	       "3 errors, 4 warnings, 5 notifications, 6 informational, 7 debugging. What stands in brackets is filled in.\n"
	       "Messages that others can provoke are limited in rate; `%%SYS-6-MSG_SUPPRESSED` tells how many were held back.\n"
	       "The catalogue follows that of IOS; a message that this system added says so. Some belong to features that\n"
	       "this release does not have.\n");
	for (size_t i = 0; i < ROWS; i++) {
		if (first_of_facility(i))
			print_facility(rows[i].facility);
	}
	return 0;
}
