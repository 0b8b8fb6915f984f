/* SPDX-License-Identifier: GPL-3.0-or-later */
/* show crypto map, ipsec transform-set, ipsec profile, key mypubkey rsa: what is configured. */
#include <inttypes.h>
#include "cli/show_fmt.h"
#include "config/config.h"
#include "lib/crypto/rsa.h"

static bool wanted(const char *name, const char *this)
{
	return !name || strcmp(name, this) == 0;
}

/* ---- crypto map ---- */

static void map_group(struct text *out, const struct cfg *cfg, const char *name)
{
	const struct cfg_group *g = cfg_group(cfg, name);

	text_printf(out, "\tGroup Name: %s\n", name);
	if (!g) {
		if (name[0])
			text_printf(out, "\tgroup %s is not configured\n", name);
		return;
	}
	if (g->identity == 1)
		text_printf(out, "\tidentity number %" PRIu32 "\n", g->identity_number);
	else if (g->identity == 2)
		text_printf(out, "\tidentity address ipv4 %s\n", ip4_s(g->identity_address));
	for (unsigned n = 0; n < CFG_SERVERS && !ip4_none(g->servers[n]); n++)
		text_printf(out, "\tserver address ipv4 %s\n", ip4_s(g->servers[n]));
}

static void one_map(struct text *out, const struct cfg *cfg, const struct cfg_map *map)
{
	CFG_EACH(struct cfg_map_entry, e, &map->entries) {
		text_printf(out, "Crypto Map IPv4 \"%s\" %" PRIu32 " gdoi\n", map->name, e->seq);
		if (e->description[0])
			text_printf(out, "\tDescription: %s\n", e->description);
		map_group(out, cfg, e->group);
		if (e->acl[0])
			text_printf(out, "\tExtended IP access list %s\n", e->acl);
	}
	text_printf(out, "\tInterfaces using crypto map %s:\n", map->name);
	CFG_EACH(struct cfg_interface, i, &cfg->interfaces)
		if (strcmp(i->map, map->name) == 0)
			text_printf(out, "\t\t%s\n", i->name);
	text_addn(out, "\n", 1);
}

void show_crypto_map(const struct show *s, const char *name)
{
	const struct cfg *cfg = show_cfg(s);

	if (!cfg->maps.head) {
		text_add(s->out, "No crypto maps found.\n");
		return;
	}
	CFG_EACH(struct cfg_map, map, &cfg->maps)
		if (wanted(name, map->name))
			one_map(s->out, cfg, map);
}

void show_crypto_map_fail_close(const struct show *s, const char *name)
{
	const struct cfg *cfg = show_cfg(s);
	const struct cfg_acl *acl;

	CFG_EACH(struct cfg_map, map, &cfg->maps) {
		if (!wanted(name, map->name) || !map->fail_close.present)
			continue;
		text_printf(s->out, "Crypto Map: \"%s\"\n    Activate: %s\n", map->name, map->fail_close.activate ? "yes" : "no");
		text_add(s->out, "    Fail-Close Access-List: (Deny = Forward In Clear, Permit = Drop)\n");
		acl = map->fail_close.acl[0] ? cfg_acl(cfg, map->fail_close.acl) : NULL;
		show_acl_entries(s->out, "        ", acl, " ");
	}
}

/* ---- transform sets and profiles ---- */

static void transforms(struct text *out, const struct cfg_transform_set *t)
{
	text_add(out, esp_enc_alg((enum esp_enc)t->enc)->show);
	if (t->auth != ESP_AUTH_NONE)
		text_printf(out, " %s", esp_auth_alg((enum esp_auth)t->auth)->show);
	text_addn(out, " ", 1);
}

void show_transform_set(const struct show *s, const char *name)
{
	const struct cfg *cfg = show_cfg(s);

	CFG_EACH(struct cfg_transform_set, t, &cfg->transform_sets) {
		if (!wanted(name, t->name))
			continue;
		text_printf(s->out, "Transform set %s: { ", t->name);
		transforms(s->out, t);
		text_printf(s->out, " }\n   will negotiate = { %s,  },\n\n", t->transport ? "Transport" : "Tunnel");
	}
}

void show_ipsec_profile(const struct show *s, const char *name)
{
	const struct cfg *cfg = show_cfg(s);
	const struct cfg_transform_set *t;

	CFG_EACH(struct cfg_ipsec_profile, p, &cfg->profiles) {
		if (!wanted(name, p->name))
			continue;
		text_printf(s->out, "IPSEC profile %s\n", p->name);
		if (p->description[0])
			text_printf(s->out, "        Description: %s\n", p->description);
		text_printf(s->out, "        Security association lifetime: 4608000 kilobytes/%" PRIu32 " seconds\n",
			p->lifetime ? p->lifetime : cfg->sa_lifetime);
		text_add(s->out, "        Responder-Only (Y/N): N\n        PFS (Y/N): N\n        Mixed-mode : Disabled\n"
			"        Transform sets={\n");
		for (unsigned n = 0; n < CFG_SETS && p->sets[n][0]; n++) {
			text_printf(s->out, "                %s:  { ", p->sets[n]);
			t = cfg_transform_set(cfg, p->sets[n]);
			if (t)
				transforms(s->out, t);
			text_add(s->out, " } ,\n");
		}
		text_add(s->out, "        }\n\n");
	}
}

/* ---- RSA keys ---- */

static void one_key(struct text *out, const struct cfg *cfg, const struct config_rsa *k)
{
	char when[DATE_TEXT];

	text_printf(out, "%% Key pair was generated at: %s\n", show_date(cfg, k->made, when));
	text_printf(out, "Key name: %s\nKey type: RSA KEYS      %u bits\n", k->label, rsa_bits(k->key));
	text_printf(out, " Storage Device: private-config\n Usage: General Purpose Key\n Key is %sexportable.\n"
		" Key Data:\n", k->exportable ? "" : "not ");
	show_hex_words(out, "  ", rsa_spki(k->key));
}

void show_mypubkey(const struct show *s, const char *label)
{
	const struct config_rsa *k;

	for (unsigned i = 0; (k = config_key_at(s->d->config, i)); i++)
		if (wanted(label, k->label))
			one_key(s->out, show_cfg(s), k);
}
