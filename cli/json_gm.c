/* SPDX-License-Identifier: GPL-3.0-or-later */
/* show crypto gdoi gm acl, dataplane counters, identifier, pubkey, rekey, replay, why; ipsec sa; rekey sa | json */
#include "cli/json.h"
#include "cli/show_gdoi.h"
#include "cli/show_why.h"
#include "lib/clock.h"

/* ---- acl ---- */

static void local_acl(void *arg, const struct cfg_map *map, const struct cfg_acl *acl)
{
	json_t *o = json_item(arg);

	json_put(o, "map", map->name);
	json_access_list(o, acl);
}

struct halves {
	json_t *groups;
	bool download, local;
};

static void group_acl(const struct show *s, const struct gdoi_group_info *i, unsigned number, void *arg)
{
	const struct halves *h = arg;
	json_t *o = json_group(h->groups, i);
	struct gdoi_gm_info m;

	if (h->download && gdoi_show_gm(s->d->gdoi, i->name, &m)) {
		json_t *list = json_list(o, "downloaded");

		json_downloaded(s, i->name, list);
		json_ip(o, "server", json_array_size(list) ? m.server : (struct ip4){ 0 });
	}
	if (h->local)
		show_gm_local_acls(s, i->name, local_acl, json_list(o, "local"));
}

void json_gm_acl(struct cmd *c, json_t *o)
{
	struct halves h = { .download = !cmd_has(c, "local"), .local = !cmd_has(c, "download") };
	struct show s = show_open(c);

	if (!show_group_ok(&s, GDOI_ROLE_GM))
		return;
	h.groups = json_list(o, "groups");
	show_each_group(&s, GDOI_ROLE_GM, group_acl, &h);
}

/* ---- dataplane, replay ---- */

static void group_dataplane(const struct show *s, const struct gdoi_group_info *i, unsigned number, void *arg)
{
	struct dp_counters n = { 0 };
	json_t *o = json_group(arg, i);

	json_problems(o, i);
	gdoi_show_gm_dataplane(s->d->gdoi, i->name, &n);
	json_dataplane(json_part(o, "dataplane"), &n);
}

void json_gm_dataplane(struct cmd *c, json_t *o)
{
	json_groups(c, o, GDOI_ROLE_GM, group_dataplane);
}

static void group_replay(const struct show *s, const struct gdoi_group_info *i, unsigned number, void *arg)
{
	struct dp_counters n = { 0 };
	json_t *o = json_group(arg, i);
	struct gdoi_gm_info m;

	if (!gdoi_show_gm(s->d->gdoi, i->name, &m))
		return;
	gdoi_show_gm_dataplane(s->d->gdoi, i->name, &n);
	json_flag(o, "time_based", m.time_based);
	json_num(o, "pseudotime_msec", m.time_based ? m.pseudotime : 0);
	json_num(o, "decrypted", n.decrypt);
	json_num(o, "encrypted", n.encrypt);
	json_num(o, "replay_dropped", n.replay_dropped);
	json_num(o, "encapsulation_failed", n.encaps_fail);
}

void json_gm_replay(struct cmd *c, json_t *o)
{
	json_groups(c, o, GDOI_ROLE_GM, group_replay);
}

/* ---- identifier: none are asked for ---- */

static bool first_tek(void *arg, const struct gdoi_tek_info *t)
{
	*(struct gdoi_tek_info *)arg = *t;
	return false;
}

static void group_identifier(const struct show *s, const struct gdoi_group_info *i, unsigned number, void *arg)
{
	struct gdoi_tek_info t = { .enc = ESP_ENC_NONE };
	json_t *o = json_group(arg, i);
	struct gdoi_gm_info m;

	if (!gdoi_show_gm(s->d->gdoi, i->name, &m))
		return;
	gdoi_show_gm_teks(s->d->gdoi, i->name, first_tek, &t);
	json_ip(o, "address", m.local);
	json_flag(o, "counter_mode", esp_enc_alg(t.enc)->combined);
	json_num(o, "sid_bits", 24);
	json_list(o, "sids");
	json_num(o, "tek_remaining", t.left);
}

void json_gm_identifier(struct cmd *c, json_t *o)
{
	json_groups(c, o, GDOI_ROLE_GM, group_identifier);
}

/* ---- rekey, rekey sa, pubkey ---- */

static bool rekey_sa(void *arg, const struct gdoi_rekey_sa_info *i)
{
	static const char *const ages[] = { "new", "current", "previous" };
	json_t *o = json_item(arg);

	json_put(o, "age", ages[i->age < 0 || i->age > 2 ? 2 : i->age]);
	json_flag(o, "active", i->active);
	json_ip(o, "dst", i->dst);
	json_ip(o, "src", i->src);
	json_num(o, "conn_id", i->conn_id);
	/* The cookie pair of the PUSH header: the key server's half comes first. */
	json_hex(o, "my_cookie", bytes_of(i->kek.spi + 8, 4));
	json_hex(o, "his_cookie", bytes_of(i->kek.spi, 4));
	json_num(o, "sequence", i->seq);
	json_num(o, "previous_sequence", i->prev_seq);
	json_kek(o, "kek", &i->kek);
	return true;
}

static void group_rekey(const struct show *s, const struct gdoi_group_info *i, unsigned number, void *arg)
{
	json_t *o = json_group(arg, i);
	struct gdoi_gm_info m;

	if (!gdoi_show_gm(s->d->gdoi, i->name, &m))
		return;
	json_put(o, "transport", i->unicast ? "unicast" : "multicast");
	json_num(o, "rekeys_received", m.rekeys);
	json_num(o, "rekeys_since_registration", m.rekeys_after_reg);
	json_num(o, "rekey_acks_sent", m.acks_sent);
	gdoi_show_rekey_sas(s->d->gdoi, i->name, rekey_sa, json_list(o, "sas"));
}

void json_gm_rekey(struct cmd *c, json_t *o)
{
	json_groups(c, o, GDOI_ROLE_GM, group_rekey);
}

static void group_rekey_sa(const struct show *s, const struct gdoi_group_info *i, unsigned number, void *arg)
{
	json_t *o = json_group(arg, i);
	struct gdoi_gm_info m;

	json_put_or_null(o, "interface", gdoi_show_gm(s->d->gdoi, i->name, &m) ? m.map_if : "");
	gdoi_show_rekey_sas(s->d->gdoi, i->name, rekey_sa, json_list(o, "sas"));
}

void json_rekey_sa(struct cmd *c, json_t *o)
{
	json_groups(c, o, GDOI_ROLE_NONE, group_rekey_sa);
}

static void group_pubkey(const struct show *s, const struct gdoi_group_info *i, unsigned number, void *arg)
{
	struct bytes der = gdoi_show_gm_pubkey(s->d->gdoi, i->name);
	json_t *o = json_group(arg, i);
	struct gdoi_gm_info m;

	if (!der.n || !gdoi_show_gm(s->d->gdoi, i->name, &m)) {
		json_null_at(o, "server");
		json_null_at(o, "key");
		json_list(o, "sas");
		return;
	}
	json_ip(o, "server", m.server);
	json_hex(o, "key", der);
	gdoi_show_rekey_sas(s->d->gdoi, i->name, rekey_sa, json_list(o, "sas"));
}

void json_gm_pubkey(struct cmd *c, json_t *o)
{
	json_groups(c, o, GDOI_ROLE_GM, group_pubkey);
}

/* ---- ipsec sa ---- */

static void group_ipsec(const struct show *s, const struct gdoi_group_info *i, unsigned number, void *arg)
{
	struct gdoi_tek_info t = { .enc = ESP_ENC_NONE };
	json_t *o = json_group(arg, i);
	struct gdoi_gm_info m;

	if (!gdoi_show_gm(s->d->gdoi, i->name, &m))
		return;
	gdoi_show_gm_teks(s->d->gdoi, i->name, first_tek, &t);
	json_put(o, "interface", m.map_if);
	json_put(o, "direction", json_direction(m.mode));
	json_replay(o, t.replay, t.window);
	json_downloaded(s, i->name, json_list(o, "entries"));
}

void json_gdoi_ipsec_sa(struct cmd *c, json_t *o)
{
	json_groups(c, o, GDOI_ROLE_GM, group_ipsec);
}

/* ---- why ---- */

static void decision(void *arg, const struct show_decision *d)
{
	json_t *o = json_item(arg), *entry = json_array();

	json_put(o, "list", d->list);
	json_num_or_null(o, "number", d->number, 0);
	if (d->ace)
		json_dp_ace(entry, d->ace);
	json_object_set_new(o, "entry", d->ace ? json_incref(json_array_get(entry, 0)) : json_null());
	json_flag(o, "part_of_traffic", d->part);
	json_put(o, "outbound", d->outbound);
	json_put(o, "inbound", d->inbound);
	if (d->spi)
		json_spi(o, "spi", d->spi);
	else
		json_null_at(o, "spi");
	json_decref(entry);
}

static bool drop(void *arg, const struct dp_drop *d)
{
	static const char *const reasons[] = { [DP_DROP_CLEAR] = "clear", [DP_DROP_CLOSED] = "closed", [DP_DROP_EARLY] = "too-early",
		[DP_DROP_LATE] = "too-late", [DP_DROP_SPI] = "unknown-spi" };
	json_t *o = json_item(arg);

	json_put(o, "reason", reasons[d->reason]);
	json_num(o, "ago", d->ago / USEC_PER_SEC);
	json_ip(o, "source", d->src);
	json_ip(o, "destination", d->dst);
	json_num(o, "protocol", d->proto);
	json_spi(o, "spi", d->spi);
	json_num(o, "off_msec", d->off);
	json_num_or_null(o, "sa_ended_ago", d->gone ? d->gone - 1 : UINT32_MAX, UINT32_MAX);
	return json_array_size(arg) < SHOW_DROPS;
}

struct asked {
	json_t *groups;
	struct ip4 src, dst;
	bool packet;
};

static void group_why(const struct show *s, const struct gdoi_group_info *i, unsigned number, void *arg)
{
	const struct asked *q = arg;
	struct dp_counters n = { 0 };
	struct gdoi_gm_info m;
	json_t *o;

	if (!gdoi_show_gm(s->d->gdoi, i->name, &m))
		return;
	o = json_group(q->groups, i);
	json_problems(o, i);
	json_put(o, "mode", json_direction(m.mode));
	if (q->packet)
		show_decide(s, i, m.mode, q->src, q->dst, decision, json_list(o, "decisions"));
	gdoi_show_gm_dataplane(s->d->gdoi, i->name, &n);
	json_dataplane(json_part(o, "dataplane"), &n);
	gdoi_show_gm_drops(s->d->gdoi, i->name, drop, json_list(o, "drops"));
}

void json_gm_why(struct cmd *c, json_t *o)
{
	struct asked q = { .packet = false };
	struct show s = show_open(c);

	if (!show_group_ok(&s, GDOI_ROLE_GM))
		return;
	q.packet = cmd_ip4(c, "source", &q.src) && cmd_ip4(c, "destination", &q.dst);
	if (q.packet) {
		json_ip(o, "source", q.src);
		json_ip(o, "destination", q.dst);
	}
	q.groups = json_list(o, "groups");
	show_each_group(&s, GDOI_ROLE_GM, group_why, &q);
}
