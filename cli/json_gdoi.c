/* SPDX-License-Identifier: GPL-3.0-or-later */
/* show crypto gdoi, ks, gm, ks members, ks policy | json */
#include "cli/json.h"
#include "cli/show_fmt.h"
#include "lib/clock.h"
#include "lib/mem.h"

static void head(json_t *o, const struct gdoi_group_info *i)
{
	static const char *const roles[] = { "none", "key-server", "group-member" };
	char id[IP4_TEXT];

	json_put(o, "name", i->name);
	json_put(o, "identity", show_group_id(i, id));
	json_put(o, "role", roles[i->role]);
	json_put(o, "problem", i->problem);
	json_put(o, "dataplane_down", i->role == GDOI_ROLE_GM && i->dataplane_down ? i->dataplane_problem : "");
}

static bool tek(void *arg, const struct gdoi_tek_info *t)
{
	json_tek(arg, t);
	return true;
}

/* ---- members ---- */

static void sequence_numbers(json_t *o, const char *key, const uint32_t *seq)
{
	json_t *list = json_list(o, key);

	for (unsigned k = 0; k < 4; k++)
		json_array_append_new(list, json_integer(seq[k]));
}

static void one_member(json_t *o, const struct gdoi_member_info *m)
{
	json_ip(o, "id", m->id);
	json_version_of(o, "version", m->version);
	json_ip(o, "key_server", m->ks);
	json_put(o, "phase1_id", m->phase1_id);
	json_num(o, "rekeys_sent", m->rekeys_sent);
	json_num(o, "rekey_retries", m->retries);
	json_num(o, "rekey_acks", m->acks);
	json_num(o, "rekey_acks_missed", m->missed);
	sequence_numbers(o, "sequences_sent", m->sent_seq);
	sequence_numbers(o, "sequences_acknowledged", m->rcvd_seq);
	json_date(o, "registered", m->registered);
}

struct snapshot {
	struct gdoi_member_info *m;
	size_t n, room;
};

static bool member(void *arg, const struct gdoi_member_info *m)
{
	struct snapshot *s = arg;

	if (s->n == s->room) {
		s->room = s->room ? 2 * s->room : 64;
		s->m = mem_realloc(s->m, s->room * sizeof(*s->m));
	}
	s->m[s->n++] = *m;
	return true;
}

static void all_members(json_t *list, const void *data, size_t n)
{
	const struct gdoi_member_info *m = data;

	for (size_t i = 0; i < n; i++)
		one_member(json_item(list), &m[i]);
}

static void group_members(const struct show *s, const struct gdoi_group_info *i, unsigned number, void *arg)
{
	struct snapshot members = { NULL, 0, 0 };
	json_t *o = json_item(arg);
	struct gdoi_ks_info k;

	json_put(o, "name", i->name);
	if (gdoi_show_ks(s->d->gdoi, i->name, &k)) {
		json_ip(o, "key_server", k.address);
		json_num(o, "rekeys_sent", k.rekeys_sent);
		json_num(o, "last_rekey_retransmits", k.last_retransmits);
		json_num(o, "last_rekey_msec", k.last_duration_ms);
	}
	gdoi_show_members(s->d->gdoi, i->name, member, &members);
	json_long(json_list(o, "members"), all_members, members.m, members.n);
}

/* ---- a key server ---- */

static void configured_sas(const struct show *s, const struct cfg_group *g, json_t *o)
{
	static const char *const replays[] = { [REPLAY_COUNTER] = "counter", [REPLAY_TIME] = "time", [REPLAY_NONE] = "none" };
	json_t *list = json_list(o, "sas");

	CFG_EACH(struct cfg_sa, sa, &g->ks.sas) {
		const struct cfg_ipsec_profile *p = cfg_ipsec_profile(show_cfg(s), sa->profile);
		json_t *one = json_item(list);

		json_num(one, "number", sa->number);
		json_put(one, "profile", sa->profile);
		json_put(one, "access_list", sa->acl);
		json_num(one, "lifetime", p && p->lifetime ? p->lifetime : show_cfg(s)->sa_lifetime);
		json_put(one, "replay", replays[sa->replay]);
		json_num(one, "window", sa->replay == REPLAY_TIME ? sa->time_window :
			sa->replay == REPLAY_COUNTER ? sa->counter_window : 0);
	}
}

static void server(const struct show *s, const struct gdoi_group_info *i, json_t *o)
{
	const struct cfg_group *g = show_cfg_group(s, i->name);
	struct gdoi_ks_info k;
	json_t *p;

	if (!g || !gdoi_show_ks(s->d->gdoi, i->name, &k))
		return;
	p = json_part(o, "ks");
	json_ip(p, "address", k.address);
	json_num(p, "members", k.members);
	json_num(p, "sequence", k.seq);
	json_put(p, "role", k.secondary ? "secondary" : "primary");
	json_put(p, "transport", i->unicast ? "unicast" : "multicast");
	json_flag(p, "receive_only", i->receive_only);
	json_put(p, "acknowledgement", show_ack_name(g->ks.ack));
	json_num(p, "rekey_lifetime", g->ks.rekey_lifetime);
	json_num(p, "rekeys_sent", k.rekeys_sent);
	json_num(p, "rekeys_retransmitted", k.rekeys_retransmitted);
	json_num(p, "retransmit_interval", k.retransmit);
	json_num(p, "retransmits", k.retransmits);
	json_num(p, "retransmit_remaining", k.retransmit_left);
	json_flag(p, "pending_change", k.pending_change);
	json_flag(p, "time_based_replay", k.time_based);
	json_redundancy(s, i->name, p);
	configured_sas(s, g, p);
	json_kek(p, "kek", &k.kek);
	gdoi_show_ks_teks(s->d->gdoi, i->name, tek, json_list(p, "teks"));
}

/* ---- a member ---- */

static void registration(json_t *p, const struct gdoi_gm_info *g)
{
	static const char *const states[] = { "idle", "registering", "registered", "rejected" };

	json_put(p, "interface", g->map_if);
	json_ip(p, "address", g->local);
	json_ip(p, "server", g->server);
	json_put(p, "state", states[g->state & 3]);
	json_put(p, "direction", json_direction(g->mode));
	json_version_of(p, "version", g->version);
	json_num(p, "reregisters_in", g->reregisters_in);
	json_num(p, "registrations_succeeded", g->succeeded);
	json_num(p, "registrations_attempted", g->attempted);
}

static void rekeys(json_t *p, const struct gdoi_gm_info *g)
{
	json_num(p, "rekeys_received", g->rekeys);
	json_num(p, "rekeys_since_registration", g->rekeys_after_reg);
	json_num(p, "rekey_acks_sent", g->acks_sent);
	json_ip(p, "last_rekey_from", g->last_rekey_from);
	if (g->last_rekey == UINT64_MAX)
		json_null_at(p, "last_rekey_ago");
	else
		json_num(p, "last_rekey_ago", g->last_rekey / USEC_PER_SEC);
	json_num(p, "last_sequence", g->last_seq);
	json_num(p, "active_teks", g->active_teks);
	json_put(p, "refused", g->refused);
	json_put(p, "dataplane_problem", g->dataplane_problem);
}

static void allowed(json_t *p, const struct cfg_group *g)
{
	json_t *ciphers = json_list(p, "allowed_ciphers"), *hashes = json_list(p, "allowed_hashes");
	json_t *sets = json_list(p, "allowed_transform_sets");

	for (int id = CIPHER_DES; id < CIPHER_MAX; id++)
		if (g->client_ciphers & 1u << id)
			json_put(ciphers, NULL, cipher_alg((enum cipher_id)id)->ios_rekey);
	for (int id = HASH_MD5; id < HASH_MAX; id++)
		if (g->client_hashes & 1u << id)
			json_put(hashes, NULL, hash_alg((enum hash_id)id)->ios);
	for (unsigned n = 0; n < CFG_SETS && g->client_sets[n][0]; n++)
		json_put(sets, NULL, g->client_sets[n]);
	json_flag(p, "fail_close_revert", g->failclose_revert);
}

static void member_of(const struct show *s, const struct gdoi_group_info *i, json_t *o)
{
	const struct cfg_group *c = show_cfg_group(s, i->name);
	json_t *p, *list;
	struct gdoi_gm_info g;
	struct dp_counters n;

	if (!c || !gdoi_show_gm(s->d->gdoi, i->name, &g))
		return;
	p = json_part(o, "gm");
	registration(p, &g);
	rekeys(p, &g);
	allowed(p, c);
	list = json_list(p, "servers");
	for (unsigned k = 0; k < CFG_SERVERS && !ip4_none(c->servers[k]); k++)
		json_put(list, NULL, ip4_s(c->servers[k]));
	json_downloaded(s, i->name, json_list(p, "access_list"));
	json_kek(p, "kek", &g.kek);
	gdoi_show_gm_teks(s->d->gdoi, i->name, tek, json_list(p, "teks"));
	if (gdoi_show_gm_dataplane(s->d->gdoi, i->name, &n))
		json_dataplane(json_part(p, "dataplane"), &n);
}

/* ---- groups ---- */

static void whole_group(const struct show *s, const struct gdoi_group_info *i, unsigned number, void *arg)
{
	json_t *o = json_item(arg);

	head(o, i);
	if (i->role == GDOI_ROLE_KS)
		server(s, i, o);
	else if (i->role == GDOI_ROLE_GM)
		member_of(s, i, o);
}

static void group_policy(const struct show *s, const struct gdoi_group_info *i, unsigned number, void *arg)
{
	json_t *o = json_item(arg);
	struct gdoi_ks_info k;

	head(o, i);
	if (!gdoi_show_ks(s->d->gdoi, i->name, &k))
		return;
	json_ip(o, "key_server", k.address);
	json_num(o, "sequence", k.seq);
	json_num(o, "members", k.members);
	json_flag(o, "pending_change", k.pending_change);
	json_kek(o, "kek", &k.kek);
	gdoi_show_ks_teks(s->d->gdoi, i->name, tek, json_list(o, "teks"));
}

static void counters(const struct cmd *c, json_t *o)
{
	json_t *p = json_part(o, "counters");
	struct gdoi_counters n;

	gdoi_show_counters(c->deps->gdoi, &n);
	json_num(p, "registrations_received", n.pull_in);
	json_num(p, "registrations_malformed", n.pull_bad);
	json_num(p, "registrations_refused", n.pull_refused);
	json_num(p, "rekeys_received", n.push_in);
	json_num(p, "rekeys_accepted", n.push_ok);
	json_num(p, "rekeys_unknown_spi", n.push_unknown_spi);
	json_num(p, "rekeys_malformed", n.push_malformed);
	json_num(p, "rekeys_replayed", n.push_replayed);
	json_num(p, "rekeys_bad_signature", n.push_bad_sig);
	json_num(p, "rekeys_bad_pseudotime", n.push_pseudotime);
	json_num(p, "acks_received", n.ack_in);
	json_num(p, "acks_accepted", n.ack_ok);
	json_num(p, "acks_bad", n.ack_bad);
	json_num(p, "acks_unsolicited", n.ack_unsolicited);
}

/* ---- commands ---- */

void json_groups(struct cmd *c, json_t *o, enum gdoi_role role,
	void (*fn)(const struct show *s, const struct gdoi_group_info *i, unsigned number, void *arg))
{
	struct show s = show_open(c);

	if (show_group_ok(&s, role))
		show_each_group(&s, role, fn, json_list(o, "groups"));
}

void json_gdoi(struct cmd *c, json_t *o)
{
	json_groups(c, o, GDOI_ROLE_NONE, whole_group);
	if (!cmd_has(c, "name"))
		counters(c, o);
}

void json_gdoi_ks(struct cmd *c, json_t *o)
{
	json_groups(c, o, GDOI_ROLE_KS, whole_group);
}

void json_gdoi_gm(struct cmd *c, json_t *o)
{
	json_groups(c, o, GDOI_ROLE_GM, whole_group);
}

void json_ks_members(struct cmd *c, json_t *o)
{
	json_groups(c, o, GDOI_ROLE_KS, group_members);
}

struct one {
	json_t *groups;
	struct ip4 id;
};

static void the_member(const struct show *s, const struct gdoi_group_info *i, unsigned number, void *arg)
{
	const struct one *one = arg;
	json_t *o = json_item(one->groups);
	struct gdoi_member_info m;

	json_put(o, "name", i->name);
	if (gdoi_show_member(s->d->gdoi, i->name, one->id, &m))
		one_member(json_part(o, "member"), &m);
	else
		json_null_at(o, "member");
}

void json_ks_member(struct cmd *c, json_t *o)
{
	struct show s = show_open(c);
	struct one one = { .groups = NULL };

	if (!show_group_ok(&s, GDOI_ROLE_KS))
		return;
	cmd_ip4(c, "member", &one.id);
	one.groups = json_list(o, "groups");
	show_each_group(&s, GDOI_ROLE_KS, the_member, &one);
}

void json_ks_policy(struct cmd *c, json_t *o)
{
	json_groups(c, o, GDOI_ROLE_KS, group_policy);
}
