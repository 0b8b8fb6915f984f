/* SPDX-License-Identifier: GPL-3.0-or-later */
/* show crypto map, ipsec transform-set, ipsec profile, key mypubkey rsa | json */
#include "cli/json.h"
#include "cli/show_fmt.h"
#include "config/config.h"
#include "lib/crypto/rsa.h"

static bool wanted(const char *name, const char *this)
{
	return !name || strcmp(name, this) == 0;
}

/* ---- maps ---- */

static void map_entry(const struct cfg *cfg, const struct cfg_map_entry *e, json_t *o)
{
	const struct cfg_group *g = cfg_group(cfg, e->group);
	char number[16];
	json_t *servers;

	snprintf(number, sizeof(number), "%u", g ? g->identity_number : 0);
	json_num(o, "sequence", e->seq);
	json_put(o, "description", e->description);
	json_put(o, "group", e->group);
	json_flag(o, "group_configured", g != NULL);
	json_put(o, "identity", !g || !g->identity ? "" : g->identity == 1 ? number : ip4_s(g->identity_address));
	servers = json_list(o, "servers");
	for (unsigned n = 0; g && n < CFG_SERVERS && !ip4_none(g->servers[n]); n++)
		json_put(servers, NULL, ip4_s(g->servers[n]));
	json_put_or_null(o, "access_list", e->acl);
}

void json_crypto_map(struct cmd *c, json_t *o)
{
	const char *name = show_name(c, "map-name");
	json_t *maps = json_list(o, "maps");

	CFG_EACH(struct cfg_map, map, &c->cfg->maps) {
		json_t *one, *list;

		if (!wanted(name, map->name))
			continue;
		one = json_item(maps);
		json_put(one, "name", map->name);
		list = json_list(one, "entries");
		CFG_EACH(struct cfg_map_entry, e, &map->entries)
			map_entry(c->cfg, e, json_item(list));
		list = json_list(one, "interfaces");
		CFG_EACH(struct cfg_interface, i, &c->cfg->interfaces)
			if (strcmp(i->map, map->name) == 0)
				json_put(list, NULL, i->name);
	}
}

void json_fail_close(struct cmd *c, json_t *o)
{
	const char *name = show_name(c, "map-name");
	json_t *maps = json_list(o, "maps");

	CFG_EACH(struct cfg_map, map, &c->cfg->maps) {
		const struct cfg_acl *acl = map->fail_close.acl[0] ? cfg_acl(c->cfg, map->fail_close.acl) : NULL;
		json_t *one;

		if (!wanted(name, map->name) || !map->fail_close.present)
			continue;
		one = json_item(maps);
		json_put(one, "name", map->name);
		json_flag(one, "activated", map->fail_close.activate);
		if (acl)
			json_access_list(json_part(one, "access_list"), acl);
		else
			json_null_at(one, "access_list");
	}
}

/* ---- transform sets and profiles ---- */

static void transform_set(json_t *o, const struct cfg_transform_set *t)
{
	json_put(o, "name", t->name);
	json_transform(o, (enum esp_enc)t->enc, (enum esp_auth)t->auth, t->transport);
}

void json_transform_set(struct cmd *c, json_t *o)
{
	const char *name = show_name(c, "tag");
	json_t *list = json_list(o, "transform_sets");

	CFG_EACH(struct cfg_transform_set, t, &c->cfg->transform_sets)
		if (wanted(name, t->name))
			transform_set(json_item(list), t);
}

void json_ipsec_profile(struct cmd *c, json_t *o)
{
	const char *name = show_name(c, "tag");
	json_t *list = json_list(o, "profiles");

	CFG_EACH(struct cfg_ipsec_profile, p, &c->cfg->profiles) {
		json_t *one, *sets;

		if (!wanted(name, p->name))
			continue;
		one = json_item(list);
		json_put(one, "name", p->name);
		json_put(one, "description", p->description);
		json_num(one, "lifetime", p->lifetime ? p->lifetime : c->cfg->sa_lifetime);
		sets = json_list(one, "transform_sets");
		for (unsigned n = 0; n < CFG_SETS && p->sets[n][0]; n++) {
			const struct cfg_transform_set *t = cfg_transform_set(c->cfg, p->sets[n]);

			if (t)
				transform_set(json_item(sets), t);
			else
				json_put(json_item(sets), "name", p->sets[n]);
		}
	}
}

/* ---- RSA keys: the public half ---- */

void json_mypubkey(struct cmd *c, json_t *o)
{
	const char *label = show_name(c, "label");
	json_t *list = json_list(o, "keys");
	const struct config_rsa *k;

	for (unsigned i = 0; (k = config_key_at(c->deps->config, i)); i++) {
		json_t *one;

		if (!wanted(label, k->label))
			continue;
		one = json_item(list);
		json_put(one, "name", k->label);
		json_date(one, "made", k->made);
		json_num(one, "bits", rsa_bits(k->key));
		json_flag(one, "exportable", k->exportable);
		json_hex(one, "public_key", rsa_spki(k->key));
	}
}
