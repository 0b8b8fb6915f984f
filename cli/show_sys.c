/* SPDX-License-Identifier: GPL-3.0-or-later */
/* show access-lists, version, clock, ip interface brief. */
#include <inttypes.h>
#include <stdio.h>
#include <sys/utsname.h>
#include <time.h>
#include "cli/show_fmt.h"
#include "cli/show_if.h"
#include "gdoi/gdoi.h"
#include "lib/clock.h"
#include "lib/env.h"
#include "lib/netif.h"

/* ---- access lists ---- */

/* "192.168.1.0, wildcard bits 0.0.0.255": a form that only this command has. */
static void standard_ace(struct text *out, const struct acl_ace *a)
{
	text_add(out, a->permit ? "permit " : "deny   ");
	if (a->src.wild.a == UINT32_MAX)
		text_add(out, "any");
	else if (a->src.wild.a == 0)
		text_add(out, ip4_s(a->src.ip));
	else
		text_printf(out, "%s, wildcard bits %s", ip4_s(a->src.ip), ip4_s(a->src.wild));
	if (a->log)
		text_add(out, " log");
}

void show_access_lists(const struct show *s, const char *name)
{
	const struct cfg *cfg = show_cfg(s);
	struct text *out = s->out;

	CFG_EACH(struct cfg_acl, a, &cfg->acls) {
		if (name && strcmp(name, a->name) != 0)
			continue;
		text_printf(out, "%s IP access list %s\n", a->standard ? "Standard" : "Extended", a->name);
		for (unsigned k = 0; k < a->count; k++) {
			if (a->entry[k].remark)
				continue;
			text_printf(out, "    %" PRIu32 " ", a->entry[k].seq);
			if (a->standard)
				standard_ace(out, &a->entry[k].ace);
			else
				acl_ace_str(&a->entry[k].ace, false, false, out);
			text_addn(out, "\n", 1);
		}
	}
}

/* ---- version ---- */

static void part(struct text *out, uint64_t n, const char *unit, bool last)
{
	if (n || last)
		text_printf(out, "%" PRIu64 " %s%s%s", n, unit, n == 1 ? "" : "s", last ? "" : ", ");
}

static void uptime(struct text *out, uint64_t seconds)
{
	uint64_t minutes = seconds / 60, days = minutes / 1440;

	part(out, days / 365, "year", false);
	part(out, days % 365 / 7, "week", false);
	part(out, days % 365 % 7, "day", false);
	part(out, minutes % 1440 / 60, "hour", false);
	part(out, minutes % 60, "minute", true);
}

void show_version(const struct show *s, uint64_t started)
{
	const struct cfg *cfg = show_cfg(s);
	uint64_t up = clock_now(s->d->env->clock) - started;
	unsigned interfaces = 0, groups = cfg_table_count(&cfg->groups);
	char v[VERSION_TEXT], when[DATE_TEXT];
	struct utsname u;

	text_printf(s->out, "gdoix Software, GET VPN key server and group member, Version %s, RELEASE SOFTWARE\n"
		"gdoix is free software under the GNU General Public License, version 3 or later.\n"
		"There is NO WARRANTY, to the extent permitted by law.\n\n"
		"GET VPN software version %s\n\n", s->d->version, show_version_str(GDOI_VERSION, v));
	text_printf(s->out, "%s uptime is ", cfg->hostname);
	uptime(s->out, up / USEC_PER_SEC);
	text_printf(s->out, "\nSystem restarted at %s\n",
		show_date_weekday(cfg, clock_wall(s->d->env->clock) - up, false, when));
	text_add(s->out, "System configuration file is \"nvram:startup-config\"\n\n");
	if (uname(&u) == 0)
		text_printf(s->out, "%s %s (%s)\n", u.sysname, u.release, u.machine);
	while (s->d->netif && netif_at(s->d->netif, interfaces))
		interfaces++;
	text_printf(s->out, "%u IP interface%s\n%u GDOI group%s\n", interfaces, interfaces == 1 ? "" : "s", groups,
		groups == 1 ? "" : "s");
}

/* ---- clock ---- */

static void summer_edge(const struct show *s, const char *what, int64_t utc, bool summer)
{
	const struct zone *z = &show_cfg(s)->timezone;
	time_t t = (time_t)utc + 60 * (z->minutes + (summer ? (int)z->add : 0));
	char hms[16], day[32];
	struct tm tm;

	gmtime_r(&t, &tm);
	strftime(hms, sizeof(hms), "%H:%M:%S", &tm);
	strftime(day, sizeof(day), "%a %b", &tm);
	text_printf(s->out, "Summer time %s %s %s %s %d %d\n", what, hms, summer ? z->summer_name : z->name[0] ? z->name : "UTC", day,
		tm.tm_mday, tm.tm_year + 1900);
}

/* Of this year by the local clock. */
static void show_summer_time(const struct show *s, uint64_t wall)
{
	const struct zone *z = &show_cfg(s)->timezone;
	time_t now = (time_t)(wall / USEC_PER_SEC) + 60 * z->minutes;
	int64_t begin, end;
	struct tm tm;

	gmtime_r(&now, &tm);
	if (!zone_summer(z, z->summer == SUMMER_DATE ? (int)z->begin.year : tm.tm_year + 1900, &begin, &end))
		return;
	/* IOS tells both by the time that ends there. */
	summer_edge(s, "starts", begin, false);
	summer_edge(s, "ends", end, true);
}

void show_clock(const struct show *s, bool detail, bool clock_set)
{
	char now[DATE_TEXT];

	text_printf(s->out, "%s%s\n", clock_set ? "" : "*",
		show_date_weekday(show_cfg(s), clock_wall(s->d->env->clock), true, now));
	if (!detail)
		return;
	text_printf(s->out, "%s\n", clock_set ? "Time source is user configuration" : "Time source is hardware calendar");
	show_summer_time(s, clock_wall(s->d->env->clock));
}

/* ---- interfaces ---- */

const char *show_address_method(const struct cfg *cfg, const struct netif_link *l)
{
	const struct cfg_interface *i = cfg_interface(cfg, l->name);

	if (i && !ip4_none(i->ip))
		return "NVRAM";
	return l->naddr ? "other" : "unset";
}

void show_ip_interface_brief(const struct show *s)
{
	const struct netif_link *l;

	text_add(s->out, "Interface              IP-Address      OK? Method Status                Protocol\n");
	for (unsigned n = 0; s->d->netif && (l = netif_at(s->d->netif, n)); n++)
		text_printf(s->out, "%-22s %-15s YES %-6s %-21s %-8s\n", l->name,
			l->naddr ? ip4_s(l->addr[0].ip) : "unassigned", show_address_method(show_cfg(s), l),
			l->admin_up ? (l->running ? "up" : "down") : "administratively down", l->running && l->admin_up ? "up" : "down");
}
