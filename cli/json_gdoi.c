/* SPDX-License-Identifier: GPL-3.0-or-later */
/* show crypto gdoi ... | json */
#include <inttypes.h>
#include <stdio.h>
#include "cli/json.h"
#include "cli/show_fmt.h"
#include "lib/clock.h"

struct into {
	json_t *list;
	const struct show *show;
};

/* ---- keys ---- */

static void kek(json_t *o, const struct gdoi_kek_info *k)
{
	json_t *p;
	char spi[2 * GDOI_SPI + 1];

	if (!k->present) {
		json_object_set_new(o, "kek", json_null());
		return;
	}
	p = json_part(o, "kek");
	for (unsigned i = 0; i < GDOI_SPI; i++)
		snprintf(spi + 2 * i, 3, "%02X", k->spi[i]);
	json_put(p, "spi", spi);
	json_put(p, "transport", k->unicast ? "unicast" : "multicast");
	json_put(p, "cipher", cipher_alg(k->cipher)->ios_rekey);
	json_num(p, "key_bits", 8 * (uint64_t)k->key_size);
	json_put(p, "sig_hash", hash_alg(k->sig_hash)->ios);
	json_put(p, "sig_key", k->sig_key_name);
	json_num(p, "sig_bits", 8 * (uint64_t)k->sig_size);
	json_num(p, "lifetime", k->lifetime);
	json_num(p, "remaining", k->left);
	json_num(p, "sequence", k->seq);
	json_put(p, "acknowledgement", show_ack_name(k->ack));
}

static bool tek(void *arg, const struct gdoi_tek_info *t)
{
	static const char *const replays[] = { "none", "none", "counter", "time" };
	json_t *o = json_item(((struct into *)arg)->list);
	char spi[16];

	snprintf(spi, sizeof(spi), "0x%08" PRIX32, t->spi);
	json_put(o, "spi", spi);
	json_num(o, "sa_number", t->sa_number);
	json_put(o, "access_list", t->acl);
	json_put(o, "profile", t->profile);
	json_put(o, "encryption", esp_enc_alg(t->enc)->ios);
	json_put(o, "authentication", t->auth ? esp_auth_alg(t->auth)->ios : "");
	json_put(o, "mode", t->transport ? "transport" : "tunnel");
	json_num(o, "lifetime", t->lifetime);
	json_num(o, "remaining", t->left);
	if (t->time_to_rekey != UINT32_MAX)
		json_num(o, "time_to_rekey", t->time_to_rekey);
	json_put(o, "replay", replays[t->replay & 3]);
	json_num(o, "window", t->window);
	return true;
}

/* ---- members ---- */

static bool member(void *arg, const struct gdoi_member_info *m)
{
	json_t *o = json_item(((struct into *)arg)->list);
	char v[VERSION_TEXT];

	json_ip(o, "id", m->id);
	json_put(o, "version", show_version_str(m->version, v));
	json_ip(o, "key_server", m->ks);
	json_put(o, "phase1_id", m->phase1_id);
	json_num(o, "rekeys_sent", m->rekeys_sent);
	json_num(o, "rekey_retries", m->retries);
	json_num(o, "rekey_acks", m->acks);
	json_num(o, "rekey_acks_missed", m->missed);
	json_date(o, "registered", m->registered);
	return true;
}

/* ---- groups ---- */

static void server(const struct show *s, const char *group, json_t *o)
{
	struct gdoi_ks_info k;
	struct into teks = { .show = s };
	json_t *p;

	if (!gdoi_show_ks(s->d->gdoi, group, &k))
		return;
	p = json_part(o, "ks");
	json_ip(p, "address", k.address);
	json_num(p, "members", k.members);
	json_num(p, "sequence", k.seq);
	json_put(p, "role", k.secondary ? "secondary" : "primary");
	json_num(p, "rekeys_sent", k.rekeys_sent);
	json_num(p, "rekeys_retransmitted", k.rekeys_retransmitted);
	json_num(p, "retransmit_interval", k.retransmit);
	json_num(p, "retransmits", k.retransmits);
	json_flag(p, "pending_change", k.pending_change);
	json_flag(p, "time_based_replay", k.time_based);
	kek(p, &k.kek);
	teks.list = json_list(p, "teks");
	gdoi_show_ks_teks(s->d->gdoi, group, tek, &teks);
}

static void gm(const struct show *s, const char *group, json_t *o)
{
	static const char *const states[] = { "idle", "registering", "registered", "rejected" };
	struct gdoi_gm_info g;
	struct into teks = { .show = s };
	struct dp_counters n;
	char v[VERSION_TEXT];
	json_t *p, *dp;

	if (!gdoi_show_gm(s->d->gdoi, group, &g))
		return;
	p = json_part(o, "gm");
	json_put(p, "interface", g.map_if);
	json_ip(p, "address", g.local);
	json_ip(p, "server", g.server);
	json_put(p, "state", states[g.state & 3]);
	json_put(p, "version", show_version_str(g.version, v));
	json_num(p, "reregisters_in", g.reregisters_in);
	json_num(p, "registrations_succeeded", g.succeeded);
	json_num(p, "registrations_attempted", g.attempted);
	json_num(p, "rekeys_received", g.rekeys);
	json_num(p, "rekeys_since_registration", g.rekeys_after_reg);
	json_num(p, "rekey_acks_sent", g.acks_sent);
	json_ip(p, "last_rekey_from", g.last_rekey_from);
	json_num(p, "last_sequence", g.last_seq);
	json_put(p, "refused", g.refused);
	json_put(p, "dataplane_problem", g.dataplane_problem);
	kek(p, &g.kek);
	teks.list = json_list(p, "teks");
	gdoi_show_gm_teks(s->d->gdoi, group, tek, &teks);
	if (!gdoi_show_gm_dataplane(s->d->gdoi, group, &n))
		return;
	dp = json_part(p, "dataplane");
	json_num(dp, "encrypted", n.encrypt);
	json_num(dp, "decrypted", n.decrypt);
	json_num(dp, "no_sa", n.no_sa);
	json_num(dp, "replay_dropped", n.replay_dropped);
	json_num(dp, "verify_failed", n.verify_fail);
	json_num(dp, "clear_dropped", n.clear_dropped);
}

static void head(json_t *o, const struct gdoi_group_info *i)
{
	static const char *const roles[] = { "none", "key-server", "group-member" };
	char id[IP4_TEXT];

	json_put(o, "name", i->name);
	json_put(o, "identity", show_group_id(i, id));
	json_put(o, "role", roles[i->role]);
	json_put(o, "problem", i->problem);
}

static void whole_group(const struct show *s, const struct gdoi_group_info *i, unsigned number, void *arg)
{
	json_t *o = json_item(arg);

	head(o, i);
	if (i->role == GDOI_ROLE_KS)
		server(s, i->name, o);
	else if (i->role == GDOI_ROLE_GM)
		gm(s, i->name, o);
}

static void group_members(const struct show *s, const struct gdoi_group_info *i, unsigned number, void *arg)
{
	json_t *o = json_item(arg);
	struct into into = { .show = s };

	json_put(o, "name", i->name);
	into.list = json_list(o, "members");
	gdoi_show_members(s->d->gdoi, i->name, member, &into);
}

static void group_policy(const struct show *s, const struct gdoi_group_info *i, unsigned number, void *arg)
{
	json_t *o = json_item(arg);
	struct into into = { .show = s };
	struct gdoi_ks_info k;

	json_put(o, "name", i->name);
	if (!gdoi_show_ks(s->d->gdoi, i->name, &k))
		return;
	kek(o, &k.kek);
	into.list = json_list(o, "teks");
	gdoi_show_ks_teks(s->d->gdoi, i->name, tek, &into);
}

/* ---- commands ---- */

static void groups(struct cmd *c, json_t *o, enum gdoi_role role,
	void (*fn)(const struct show *s, const struct gdoi_group_info *i, unsigned number, void *arg))
{
	struct show s = show_open(c);

	if (show_group_ok(&s, role))
		show_each_group(&s, role, fn, json_list(o, "groups"));
}

void json_gdoi(struct cmd *c, json_t *o)
{
	groups(c, o, GDOI_ROLE_NONE, whole_group);
}

void json_gdoi_ks(struct cmd *c, json_t *o)
{
	groups(c, o, GDOI_ROLE_KS, whole_group);
}

void json_gdoi_gm(struct cmd *c, json_t *o)
{
	groups(c, o, GDOI_ROLE_GM, whole_group);
}

void json_ks_members(struct cmd *c, json_t *o)
{
	groups(c, o, GDOI_ROLE_KS, group_members);
}

void json_ks_policy(struct cmd *c, json_t *o)
{
	groups(c, o, GDOI_ROLE_KS, group_policy);
}
