/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <inttypes.h>
#include <stdio.h>
#include <time.h>
#include "cli/show_fmt.h"
#include "config/config.h"
#include "lib/clock.h"

char *show_put_u32(char *p, uint32_t v)
{
	char d[10];
	unsigned n = 0;

	do
		d[n++] = (char)('0' + v % 10);
	while (v /= 10);
	while (n)
		*p++ = d[--n];
	return p;
}

char *show_put_ip(char *p, struct ip4 ip)
{
	for (int shift = 24; shift >= 0; shift -= 8) {
		p = show_put_u32(p, ip.a >> shift & 255);
		if (shift)
			*p++ = '.';
	}
	return p;
}

char *show_put_str(char *p, const char *s)
{
	size_t n = strlen(s);

	memcpy(p, s, n);
	return p + n;
}

char *show_put_blanks(char *p, const char *end)
{
	do
		*p++ = ' ';
	while (p < end);
	return p;
}

const char *show_version_str(struct version v, char *buf)
{
	char *p = buf;

	if (!v.major && !v.minor && !v.mini) {
		memcpy(buf, "unknown", 8);
		return buf;
	}
	p = show_put_u32(p, v.major);
	*p++ = '.';
	p = show_put_u32(p, v.minor);
	*p++ = '.';
	*show_put_u32(p, v.mini) = '\0';
	return buf;
}

bool show_version_fits(struct version v, struct version since)
{
	if (v.major != since.major)
		return v.major > since.major;
	if (v.minor != since.minor)
		return v.minor > since.minor;
	return v.mini >= since.mini;
}

const char *show_group_id(const struct gdoi_group_info *i, char *buf)
{
	if (!i->has_id)
		return "";
	if (i->id.by_address)
		return ip4_str(i->id.address, buf);
	*show_put_u32(buf, i->id.number) = '\0';
	return buf;
}

const char *show_hms(uint64_t seconds, char *buf)
{
	if (seconds > 359999999)
		seconds = 359999999;
	snprintf(buf, 16, "%02" PRIu64 ":%02u:%02u", seconds / 3600, (unsigned)(seconds / 60 % 60),
		(unsigned)(seconds % 60));
	return buf;
}

static const char *date(const struct cfg *cfg, uint64_t wall, bool weekday, const char *msec, char *buf)
{
	time_t t = (time_t)(wall / USEC_PER_SEC);
	const char *zone;
	char hms[16], wd[8] = "", month[8];
	struct tm tm;

	t += 60 * zone_at(&cfg->timezone, t, &zone);
	gmtime_r(&t, &tm);
	strftime(hms, sizeof(hms), "%H:%M:%S", &tm);
	strftime(month, sizeof(month), "%b", &tm);
	if (weekday)
		strftime(wd, sizeof(wd), "%a ", &tm);
	snprintf(buf, DATE_TEXT, "%.8s%.4s %.16s %s%s %d %d", hms, msec, zone,
		wd, month, tm.tm_mday, tm.tm_year + 1900);
	return buf;
}

const char *show_date(const struct cfg *cfg, uint64_t wall, char *buf)
{
	return date(cfg, wall, false, "", buf);
}

const char *show_date_weekday(const struct cfg *cfg, uint64_t wall, bool msec, char *buf)
{
	char ms[8] = "";

	if (msec)
		snprintf(ms, sizeof(ms), ".%03u", (unsigned)(wall % USEC_PER_SEC / 1000));
	return date(cfg, wall, true, ms, buf);
}

const char *show_ack_name(uint32_t ack)
{
	static const char *const name[] = { [ACK_CISCO] = "Cisco", [ACK_INTEROPERABLE] = "Interoperable", [ACK_ANY] = "Any" };

	return ack < sizeof(name) / sizeof(name[0]) ? name[ack] : "None";
}

const struct cfg *show_cfg(const struct show *s)
{
	return config_running(s->d->config);
}

const struct cfg_group *show_cfg_group(const struct show *s, const char *name)
{
	return cfg_group(show_cfg(s), name);
}

static const char *role_name(enum gdoi_role role)
{
	return role == GDOI_ROLE_KS ? "key server" : "group member";
}

bool show_group_ok(const struct show *s, enum gdoi_role role)
{
	struct gdoi_group_info i;

	if (!s->group)
		return true;
	if (!gdoi_show_group(s->d->gdoi, s->group, &i)) {
		text_printf(s->out, "%% group %s doesn't yet exist.\n", s->group);
		return false;
	}
	if (role == GDOI_ROLE_NONE || i.role == role)
		return true;
	if (i.role == GDOI_ROLE_NONE && i.problem[0])
		text_printf(s->out, "%% Group %s does not work: %s\n", s->group, i.problem);
	else
		text_printf(s->out, "%% This device is not a %s of group %s.\n", role_name(role), s->group);
	return false;
}

struct walk {
	const struct show *s;
	enum gdoi_role role;
	void (*fn)(const struct show *s, const struct gdoi_group_info *i, unsigned number, void *arg);
	void *arg;
	unsigned number;
};

static bool walk_one(void *arg, const struct gdoi_group_info *i)
{
	struct walk *w = arg;
	unsigned number = w->number++;

	if (w->s->group && strcmp(w->s->group, i->name) != 0)
		return true;
	if (w->role == GDOI_ROLE_NONE || i->role == w->role)
		w->fn(w->s, i, number, w->arg);
	return !w->s->group;
}

void show_each_group(const struct show *s, enum gdoi_role role,
	void (*fn)(const struct show *s, const struct gdoi_group_info *i, unsigned number, void *arg), void *arg)
{
	struct walk w = { .s = s, .role = role, .fn = fn, .arg = arg };

	gdoi_show_groups(s->d->gdoi, walk_one, &w);
}

void show_problems(const struct show *s, const struct gdoi_group_info *i, int indent, int width)
{
	if (i->problem[0])
		text_printf(s->out, "%*s%-*s: %s\n", indent, "", width, "Group does not work", i->problem);
	if (i->role == GDOI_ROLE_GM && i->dataplane_down)
		text_printf(s->out, "%*s%-*s: %s\n", indent, "", width, "Data plane down", i->dataplane_problem);
}

void show_ace(struct text *out, const char *lead, const struct dp_ace *d)
{
	struct acl_ace ace = gdoi_show_ace(d);

	text_add(out, lead);
	acl_ace_gdoi_str(&ace, out);
	text_addn(out, "\n", 1);
}

void show_acl_entries(struct text *out, const char *before, const struct cfg_acl *acl, const char *gap)
{
	for (unsigned k = 0; acl && k < acl->count; k++) {
		if (acl->entry[k].remark)
			continue;
		text_add(out, before);
		text_add(out, "access-list ");
		text_add(out, acl->name);
		text_add(out, gap);
		acl_ace_gdoi_str(&acl->entry[k].ace, out);
		text_addn(out, "\n", 1);
	}
}

void show_hex_words(struct text *out, const char *indent, struct bytes b)
{
	for (size_t at = 0; at < b.n; at += 4) {
		if (at % 32 == 0)
			text_add(out, indent);
		text_hex(out, bytes_of(b.p + at, b.n - at < 4 ? b.n - at : 4));
		text_add(out, at % 32 == 28 || b.n - at <= 4 ? " \n" : " ");
	}
}
