/* SPDX-License-Identifier: GPL-3.0-or-later */
/* show crypto gdoi feature [NAME]: who is new enough for what. */
#include <inttypes.h>
#include "cli/show_feature.h"
#include "cli/show_gdoi.h"
#include "coop/coop_show.h"
#include "gdoi/gdoi.h"

bool show_has_feature(const struct gdoi_feature *f, struct version v)
{
	bool exists = f->since.major || f->since.minor || f->since.mini;

	return exists && show_version_fits(v, f->since);
}

struct table {
	const struct gdoi_feature *f;
	struct text *out;
	unsigned yes, no;
};

/* In columns, as the document's tables are: what is behind an address begins in one place, whatever its length. */
static void row(struct table *t, struct ip4 ip, struct version v)
{
	char buf[96], ver[VERSION_TEXT], *p = show_put_str(buf, "        ");

	p = show_put_blanks(show_put_ip(p, ip), p + 17);
	p = show_put_blanks(show_put_str(p, show_version_str(v, ver)), p + 15);
	p = show_put_str(p, show_has_feature(t->f, v) ? "Yes" : "No");
	*p++ = '\n';
	text_addn(t->out, buf, (size_t)(p - buf));
}

/* One that was never heard is listed, too: nothing is known of it, and it is to be found among those that cannot. */
static bool peer_row(void *arg, const struct coop_peer_info *p)
{
	row(arg, p->address, p->heard ? p->software : (struct version){ 0, 0, 0 });
	return true;
}

static bool member_row(void *arg, const struct gdoi_member_info *m)
{
	row(arg, m->id, m->version);
	return true;
}

static bool member_tally(void *arg, const struct gdoi_member_info *m)
{
	struct table *t = arg;

	if (show_has_feature(t->f, m->version))
		t->yes++;
	else
		t->no++;
	return true;
}

struct version show_own_version(const struct show *s, const char *group)
{
	const struct cfg_group *g = show_cfg_group(s, group);
	unsigned n[3] = { 0 }, k = 0;

	if (!g || !g->version[0])
		return GDOI_VERSION;
	for (const char *p = g->version; *p && k < 3; p++) {
		if (*p == '.')
			k++;
		else if (*p >= '0' && *p <= '9')
			n[k] = n[k] * 10 + (unsigned)(*p - '0');
	}
	return (struct version){ (uint8_t)n[0], (uint8_t)n[1], (uint8_t)n[2] };
}

static void ks_table(const struct show *s, const struct gdoi_group_info *i, struct table *t)
{
	struct gdoi_ks_info k;

	text_add(s->out, "    Key Server ID       Version   Feature Supported\n");
	if (gdoi_show_ks(s->d->gdoi, i->name, &k))
		row(t, k.address, show_own_version(s, i->name));
	coop_show_peers(s->d->coop, i->name, peer_row, t);
	text_add(s->out, "\n    Group Member ID     Version   Feature Supported\n");
	gdoi_show_members(s->d->gdoi, i->name, member_row, t);
	text_addn(s->out, "\n", 1);
}

static void feature_of(const struct show *s, const struct gdoi_group_info *i, unsigned number, void *arg)
{
	struct table t = { .f = arg, .out = s->out };
	struct gdoi_gm_info m;

	if (i->role == GDOI_ROLE_NONE)
		return;
	text_printf(s->out, "Group Name: %s\n", i->name);
	if (i->role == GDOI_ROLE_KS) {
		ks_table(s, i, &t);
		return;
	}
	text_add(s->out, "    Group Member ID     Version   Feature Supported\n");
	if (gdoi_show_gm(s->d->gdoi, i->name, &m))
		row(&t, m.local, m.version);
	text_addn(s->out, "\n", 1);
}

void show_gdoi_feature(const struct show *s, const char *feature)
{
	const struct gdoi_feature *f = gdoi_feature_named(feature);

	if (f)
		show_each_group(s, GDOI_ROLE_NONE, feature_of, (void *)(uintptr_t)f);
}

static void features_of(const struct show *s, const struct gdoi_group_info *i, unsigned number, void *arg)
{
	struct version own = show_own_version(s, i->name);
	char v[VERSION_TEXT];

	if (i->role == GDOI_ROLE_NONE)
		return;
	text_printf(s->out, "Group Name: %s\n    Feature            Since     %s", i->name,
		i->role == GDOI_ROLE_KS ? "This KS   Members Yes   Members No\n" : "This GM\n");
	for (const struct gdoi_feature *f = gdoi_features; f->name; f++) {
		struct table t = { .f = f };

		text_printf(s->out, "    %-18s %-9s %-9s", f->name,
			f->since.major || f->since.minor || f->since.mini ? show_version_str(f->since, v) : "never",
			show_has_feature(f, own) ? "Yes" : "No");
		if (i->role == GDOI_ROLE_KS) {
			gdoi_show_members(s->d->gdoi, i->name, member_tally, &t);
			text_printf(s->out, " %-13u %u", t.yes, t.no);
		}
		text_addn(s->out, "\n", 1);
	}
	text_addn(s->out, "\n", 1);
}

void show_gdoi_features(const struct show *s)
{
	show_each_group(s, GDOI_ROLE_NONE, features_of, NULL);
}
