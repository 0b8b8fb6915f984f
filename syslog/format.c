/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The formatter of messages. It differs from printf in one thing: texts that %s brings in may come from a peer, so
 * control and non-ASCII octets in them are escaped, while the format's own line breaks stay.
 */
#include <stdio.h>
#include <time.h>
#include "lib/clock.h"
#include "syslog/internal.h"

/* One conversion of a format. */
struct conversion {
	char spec[16];		/* "%-0*.*": without length and type */
	char type, length;	/* length: 0, 'l', 'q' (ll), 'z' */
	int width, precision;	/* -1: none */
	bool left;
};

static int read_number(const char **p, va_list *ap)
{
	int v = 0;

	if (**p == '*') {
		(*p)++;
		return va_arg(*ap, int);
	}
	for (; **p >= '0' && **p <= '9'; (*p)++) {
		if (v < 10000)
			v = v * 10 + (**p - '0');
	}
	return v;
}

static void read_length(struct conversion *c, const char **p)
{
	c->length = 0;
	for (; **p && strchr("hlzjtq", **p); (*p)++) {
		if (**p == 'l')
			c->length = c->length == 'l' ? 'q' : 'l';
		else if (**p != 'h')
			c->length = **p == 'z' ? 'z' : 'q';
	}
}

/* p stands behind the '%'; returns where the conversion ends. */
static const char *read_conversion(struct conversion *c, const char *p, va_list *ap)
{
	const char *flags = p;
	int n;

	*c = (struct conversion){ .width = -1, .precision = -1 };
	while (*p && strchr("-0 #+", *p))
		c->left |= *p++ == '-';
	n = (int)(p - flags);
	if (*p == '*' || (*p >= '0' && *p <= '9'))
		c->width = read_number(&p, ap);
	if (c->width < -1) {
		c->left = true;
		c->width = -c->width;
	}
	if (*p == '.') {
		p++;
		c->precision = read_number(&p, ap);
	}
	read_length(c, &p);
	c->type = *p ? *p++ : '\0';
	snprintf(c->spec, sizeof(c->spec), "%%%.*s%s%s", n < 5 ? n : 5, flags, c->width >= 0 ? "*" : "",
		c->precision >= 0 ? ".*" : "");
	return p;
}

static void safe(struct text *out, const char *s, size_t n, bool keep_newlines)
{
	while (n) {
		const char *nl = keep_newlines ? memchr(s, '\n', n) : NULL;
		size_t part = nl ? (size_t)(nl - s) : n;

		text_escaped(out, bytes_of(s, part));
		if (nl)
			text_add(out, "\n");
		s += part + (nl ? 1 : 0);
		n -= part + (nl ? 1 : 0);
	}
}

static void put_string(struct text *out, const struct conversion *c, const char *s, bool keep_newlines)
{
	size_t n, pad;

	if (!s)
		s = "(null)";
	n = c->precision >= 0 ? strnlen(s, (size_t)c->precision) : strlen(s);
	pad = c->width > 0 && (size_t)c->width > n ? (size_t)c->width - n : 0;
	if (!c->left)
		text_printf(out, "%*s", (int)pad, "");
	safe(out, s, n, keep_newlines);
	if (c->left)
		text_printf(out, "%*s", (int)pad, "");
}

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
static void put_integer(struct text *out, const struct conversion *c, unsigned long long v)
{
	int width = c->left ? -c->width : c->width;	/* '-' may have come by a negative '*' */
	char spec[24];

	/* Whatever it was, it has been widened to long long. */
	snprintf(spec, sizeof(spec), "%sll%c", c->spec, c->type);
	if (c->width >= 0 && c->precision >= 0)
		text_printf(out, spec, width, c->precision, v);
	else if (c->width >= 0 || c->precision >= 0)
		text_printf(out, spec, c->width >= 0 ? width : c->precision, v);
	else
		text_printf(out, spec, v);
}
#pragma GCC diagnostic pop

static unsigned long long read_integer(const struct conversion *c, va_list *ap)
{
	bool is_signed = c->type == 'd' || c->type == 'i';

	switch (c->length) {
	case 'l':
		return is_signed ? (unsigned long long)va_arg(*ap, long) : va_arg(*ap, unsigned long);
	case 'q':
		return va_arg(*ap, unsigned long long);
	case 'z':
		return va_arg(*ap, size_t);
	default:
		return is_signed ? (unsigned long long)va_arg(*ap, int) : va_arg(*ap, unsigned);
	}
}

/* False: not a conversion that messages use; the rest of the format cannot be trusted to fit its arguments. */
static bool convert(struct text *out, const struct conversion *c, bool keep_newlines, va_list *ap)
{
	char one[1];

	switch (c->type) {
	case '%':
		text_add(out, "%");
		return true;
	case 's':
		put_string(out, c, va_arg(*ap, const char *), keep_newlines);
		return true;
	case 'c':
		one[0] = (char)va_arg(*ap, int);
		safe(out, one, 1, keep_newlines);
		return true;
	case 'd':
	case 'i':
	case 'u':
	case 'x':
	case 'X':
	case 'o':
		put_integer(out, c, read_integer(c, ap));
		return true;
	default:
		return false;
	}
}

void log_format(struct text *out, bool keep_newlines, const char *fmt, va_list ap)
{
	struct conversion c;
	va_list args;

	va_copy(args, ap);
	while (*fmt) {
		const char *next = strchrnul(fmt, '%');

		text_addn(out, fmt, (size_t)(next - fmt));
		if (!*next)
			break;
		fmt = read_conversion(&c, next + 1, &args);
		if (!convert(out, &c, keep_newlines, &args))
			break;
	}
	va_end(args);
}

static void uptime_stamp(uint64_t up, struct text *out)
{
	unsigned long long sec = up / USEC_PER_SEC, hours = sec / 3600, days = hours / 24;

	if (days >= 365)
		text_printf(out, "%lluy%lluw: ", days / 365, days % 365 / 7);
	else if (days >= 7)
		text_printf(out, "%lluw%llud: ", days / 7, days % 7);
	else if (days)
		text_printf(out, "%llud%02lluh: ", days, hours % 24);
	else
		text_printf(out, "%02llu:%02llu:%02llu: ", hours, sec / 60 % 60, sec % 60);
}

static void date_stamp(const struct syslog *l, struct text *out)
{
	static const char *const months[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
		"Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
	const struct syslog_config *c = &l->cfg;
	uint64_t wall = clock_wall(l->clock);
	time_t t = (time_t)(wall / USEC_PER_SEC);
	struct tm tm;

	const char *zone = "UTC";

	if (c->localtime)
		t += 60 * zone_at(&c->tz, t, &zone);
	if (!gmtime_r(&t, &tm))
		return;
	/* '*': nobody has said that this clock is right. */
	text_printf(out, "%s%s %2d ", l->clock_is_set ? "" : "*", months[tm.tm_mon], tm.tm_mday);
	if (c->year)
		text_printf(out, "%d ", tm.tm_year + 1900);
	text_printf(out, "%02d:%02d:%02d", tm.tm_hour, tm.tm_min, tm.tm_sec);
	if (c->msec)
		text_printf(out, ".%03u", (unsigned)(wall / 1000 % 1000));
	if (c->zone)
		text_printf(out, " %s", zone);
	text_add(out, ": ");
}

void log_stamp(const struct syslog *l, enum log_stamp kind, struct text *out)
{
	if (kind == LOG_STAMP_UPTIME)
		uptime_stamp(clock_now(l->clock) - l->start, out);
	else if (kind == LOG_STAMP_DATETIME)
		date_stamp(l, out);
}
