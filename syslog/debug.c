/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "syslog/internal.h"

static const struct {
	const char *command, *feature, *title;
} table[DBG_MAX] = {
#define X(flag, command, feature, title) [DBG_##flag] = { command, feature, title },
#include "syslog/debug.def"
#undef X
};

bool debug_on(const struct syslog *l, enum dbg_flag flag, enum dbg_level level)
{
	return l->debug[flag] & (unsigned)level;
}

void debug_set(struct syslog *l, enum dbg_flag flag, unsigned levels)
{
	l->debug[flag] = levels & DBG_ALL;
}

unsigned debug_get(const struct syslog *l, enum dbg_flag flag)
{
	return l->debug[flag];
}

void debug_all_off(struct syslog *l)
{
	for (int i = 0; i < DBG_MAX; i++)
		l->debug[i] = 0;
	l->condition = (struct debug_condition){ 0 };
}

/* ---- conditions ---- */

/* Its place, npeer when it is not there. */
static unsigned peer_at(const struct debug_condition *c, struct ip4 peer)
{
	unsigned i = 0;

	while (i < c->npeer && !ip4_eq(c->peer[i], peer))
		i++;
	return i;
}

bool debug_peer_add(struct syslog *l, struct ip4 peer)
{
	struct debug_condition *c = &l->condition;

	if (peer_at(c, peer) < c->npeer)
		return true;
	if (c->npeer == DEBUG_PEERS)
		return false;
	c->peer[c->npeer++] = peer;
	return true;
}

void debug_peer_del(struct syslog *l, struct ip4 peer)
{
	struct debug_condition *c = &l->condition;
	unsigned i = peer_at(c, peer);

	if (i == c->npeer)
		return;
	c->npeer--;
	memmove(&c->peer[i], &c->peer[i + 1], (c->npeer - i) * sizeof(*c->peer));
}

void debug_unmatched(struct syslog *l, bool on)
{
	l->condition.unmatched = on;
}

const struct debug_condition *debug_condition(const struct syslog *l)
{
	return &l->condition;
}

/* The next address in s, behind which *s then stands; false: there is none. */
static bool next_address(const char **s, struct ip4 *out)
{
	static const char parts[] = "0123456789.";
	char word[IP4_TEXT];
	size_t n;

	while (*(*s += strcspn(*s, "0123456789"))) {
		n = strspn(*s, parts);
		while (n && (*s)[n - 1] == '.')	/* the end of a sentence */
			n--;
		if (n < sizeof(word)) {
			memcpy(word, *s, n);
			word[n] = '\0';
		} else {
			word[0] = '\0';
		}
		*s += strspn(*s, parts);
		if (ip4_parse(word, out))
			return true;
	}
	return false;
}

static bool wanted(const struct debug_condition *c, const char *text)
{
	bool any = false;
	struct ip4 ip;

	if (!c->npeer)
		return true;
	while (next_address(&text, &ip)) {
		if (peer_at(c, ip) < c->npeer)
			return true;
		any = true;
	}
	return !any && c->unmatched;
}

const char *debug_command(enum dbg_flag flag)
{
	return table[flag].command;
}

const char *debug_title(enum dbg_flag flag)
{
	return table[flag].title;
}

void debug_levels(unsigned levels, struct text *out)
{
	static const char *const names[] = { "error", "terse", "event", "detail", "packet" };
	const char *comma = "";

	if ((levels & DBG_ALL) == DBG_ALL) {
		text_add(out, "all levels");
		return;
	}
	for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (!(levels & 1u << i))
			continue;
		text_printf(out, "%s%s", comma, names[i]);
		comma = ", ";
	}
}

/* ISAKMP and IPsec share a heading on IOS and have no levels there. */
static const char *heading(int flag)
{
	return strcmp(table[flag].feature, "GDOI") == 0 ? "GDOI" : "Cryptographic Subsystem";
}

void debug_show(const struct syslog *l, struct text *out)
{
	const char *last = NULL;

	for (int i = 0; i < DBG_MAX; i++) {
		if (!l->debug[i])
			continue;
		if (!last || strcmp(last, heading(i)) != 0)
			text_printf(out, "%s%s:\n", last ? "\n" : "", heading(i));
		last = heading(i);
		text_printf(out, "  %s debugging is on", table[i].title);
		if (strcmp(last, "GDOI") == 0 || l->debug[i] != DBG_ALL) {
			text_add(out, " (");
			debug_levels(l->debug[i], out);
			text_add(out, ")");
		}
		text_add(out, "\n");
	}
}

/* Every line of a text of several gets a stamp and the feature's name: none can pass for a system message. */
void debug_emit(struct syslog *l, enum dbg_flag flag, const char *fmt, ...)
{
	struct text all = TEXT_EMPTY, one = TEXT_EMPTY;
	const char *s, *end;
	va_list ap;

	va_start(ap, fmt);
	log_format(&all, true, fmt, ap);
	va_end(ap);
	if (strcmp(table[flag].feature, "GDOI") == 0 && !wanted(&l->condition, text_str(&all))) {
		text_free(&all);
		return;
	}
	for (s = text_str(&all); *s; s = *end ? end + 1 : end) {
		end = strchrnul(s, '\n');
		text_clear(&one);
		text_printf(&one, "%s: %.*s", table[flag].feature, (int)(end - s), s);
		log_deliver(l, l->cfg.debug_stamp, 7, -1, "", text_str(&one));
	}
	text_free(&one);
	text_free(&all);
}
