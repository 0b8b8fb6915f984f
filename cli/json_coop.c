/* SPDX-License-Identifier: GPL-3.0-or-later */
/* show crypto gdoi ks coop ... | json */
#include "cli/json.h"
#include "cli/show_fmt.h"
#include "coop/coop_show.h"

static const char *role(enum coop_role r)
{
	return r == COOP_PRIMARY ? "primary" : r == COOP_SECONDARY ? "secondary" : "unknown";
}

static const char *status(const struct coop_peer_info *p)
{
	return p->alive ? "alive" : p->heard ? "dead" : "unknown";
}

static void local(json_t *o, const struct coop_group_info *g)
{
	json_ip(o, "address", g->local);
	json_num(o, "priority", g->priority);
	json_put(o, "role", role(g->role));
	json_version_of(o, "software", g->software);
	json_version_of(o, "coop", g->coop);
}

void json_redundancy(const struct show *s, const char *group, json_t *o)
{
	struct coop_group_info g;

	if (show_coop_configured(s, group, &g))
		local(json_part(o, "redundancy"), &g);
	else
		json_null_at(o, "redundancy");
}

/* ---- coop ---- */

static bool peer(void *arg, const struct coop_peer_info *p)
{
	json_t *o = json_item(arg);

	json_ip(o, "address", p->address);
	json_put(o, "status", status(p));
	json_put(o, "role", role(p->role));
	json_num(o, "priority", p->priority);
	json_version_of(o, "software", p->software);
	json_version_of(o, "coop", p->coop);
	json_num(o, "sequence", p->seq);
	json_put(o, "ike", p->ike);
	json_num(o, "sent", p->sent);
	json_num(o, "sent_with_request", p->sent_request);
	json_num(o, "received", p->received);
	json_num(o, "received_with_request", p->received_request);
	json_num(o, "send_drops", p->send_drops);
	json_num(o, "receive_drops", p->receive_drops);
	json_num(o, "octets_sent", p->octets_sent);
	json_num(o, "octets_received", p->octets_received);
	json_num(o, "root_generation", p->root_generation);
	json_flag(o, "same_keys", p->same_keys);
	return true;
}

static void copy(json_t *o, const struct coop_group_info *g)
{
	static const char *const state[] = { [COPY_NONE] = "waiting", [COPY_SAME] = "same", [COPY_TAKEN] = "taken", [COPY_REFUSED] = "refused" };
	json_t *c;

	if (!g->copy.on) {
		json_null_at(o, "sync");
		return;
	}
	c = json_part(o, "sync");
	json_put(c, "state", g->role == COOP_PRIMARY ? "offered" : state[g->copy.state]);
	json_ip(c, "from", g->copy.from);
	json_put(c, "reason", g->copy.reason);
}

static void group_coop(const struct show *s, const struct gdoi_group_info *i, unsigned number, void *arg)
{
	const struct cfg_group *c = show_cfg_group(s, i->name);
	json_t *o = json_item(arg);
	struct coop_group_info g;

	json_put(o, "name", i->name);
	json_flag(o, "redundancy", c && show_coop_configured(s, i->name, &g));
	if (!c || !show_coop_configured(s, i->name, &g))
		return;
	local(json_part(o, "local"), &g);
	json_ip(o, "primary", g.primary);
	json_put(o, "protocol", c->ks.coop.version ? "optimize" : "base");
	json_num(o, "refresh", g.refresh);
	json_num(o, "periodic", g.periodic);
	json_num(o, "remaining", g.left);
	json_num(o, "retries", g.retries);
	json_num(o, "invalid_pseudotimes", g.invalid_pst);
	json_flag(o, "blocking", g.blocking);
	json_num(o, "sequence", g.seq);
	json_num(o, "root_generation", g.root_generation);
	json_flag(o, "electing", g.electing);
	json_flag(o, "synchronised", g.synced);
	json_flag(o, "mismatch", g.mismatch);
	copy(o, &g);
	coop_show_peers(s->d->coop, i->name, peer, json_list(o, "peers"));
}

void json_coop(struct cmd *c, json_t *o)
{
	json_groups(c, o, GDOI_ROLE_KS, group_coop);
}

/* ---- identifier: none are given out ---- */

static bool peer_identifier(void *arg, const struct coop_peer_info *p)
{
	json_t *o = json_item(arg);

	json_ip(o, "address", p->address);
	json_put(o, "role", role(p->role));
	json_put(o, "status", status(p));
	json_num(o, "sid_bits", 24);
	json_list(o, "kssids");
	return true;
}

static void group_identifier(const struct show *s, const struct gdoi_group_info *i, unsigned number, void *arg)
{
	struct coop_group_info g;
	json_t *o;

	if (!show_coop_configured(s, i->name, &g))
		return;
	o = json_item(arg);
	json_put(o, "name", i->name);
	json_ip(o, "address", g.local);
	json_put(o, "role", role(g.role));
	json_num(o, "sid_bits", 24);
	json_list(o, "kssids");
	coop_show_peers(s->d->coop, i->name, peer_identifier, json_list(o, "peers"));
}

void json_coop_identifier(struct cmd *c, json_t *o)
{
	json_groups(c, o, GDOI_ROLE_KS, group_identifier);
}

/* ---- mismatch ---- */

struct peers {
	const struct show *s;
	const char *group;
	json_t *list;
};

static bool peer_mismatch(void *arg, const struct coop_peer_info *p)
{
	static const char *const key[] = { [REKEY_KEY_SAME] = "same", [REKEY_KEY_MISSING] = "missing there", [REKEY_KEY_DIFFERS] = "differs",
		[REKEY_KEY_MISSING_HERE] = "missing here" };
	static const char *const policy[] = { [POLICY_NOT_HEARD] = "not heard", [POLICY_SAME] = "same", [POLICY_DIFFERS] = "differs",
		[POLICY_UNREAD] = "differs, lines to come", [POLICY_NONE_HERE] = "none here", [POLICY_NONE_THERE] = "none there" };
	const struct peers *x = arg;
	struct text t = TEXT_EMPTY;
	json_t *o = json_item(x->list);

	coop_show_mismatch(x->s->d->coop, x->group, p->address, &t);
	json_ip(o, "address", p->address);
	json_flag(o, "heard", p->heard);
	json_flag(o, "alive", p->alive);
	json_put(o, "policy", policy[p->policy]);
	json_lines(o, "differences", text_str(&t));
	json_put(o, "rekey_key", key[p->rekey_key]);
	text_free(&t);
	return true;
}

static void group_mismatch(const struct show *s, const struct gdoi_group_info *i, unsigned number, void *arg)
{
	struct peers x = { .s = s, .group = i->name };
	struct coop_group_info g;
	json_t *o;

	if (!show_coop_configured(s, i->name, &g))
		return;
	o = json_item(arg);
	json_put(o, "name", i->name);
	x.list = json_list(o, "peers");
	coop_show_peers(s->d->coop, i->name, peer_mismatch, &x);
}

void json_coop_mismatch(struct cmd *c, json_t *o)
{
	json_groups(c, o, GDOI_ROLE_KS, group_mismatch);
}

/* ---- version ---- */

static void versions(json_t *o, struct ip4 ip, struct version coop, struct version software)
{
	json_ip(o, "address", ip);
	json_version_of(o, "coop", coop);
	json_version_of(o, "software", software);
}

static bool peer_versions(void *arg, const struct coop_peer_info *p)
{
	versions(json_item(arg), p->address, p->coop, p->software);
	return true;
}

static void group_versions(const struct show *s, const struct gdoi_group_info *i, unsigned number, void *arg)
{
	struct coop_group_info g;
	json_t *o, *list;

	if (!show_coop_configured(s, i->name, &g))
		return;
	o = json_item(arg);
	json_put(o, "name", i->name);
	list = json_list(o, "servers");
	versions(json_item(list), g.local, g.coop, g.software);
	coop_show_peers(s->d->coop, i->name, peer_versions, list);
}

void json_coop_version(struct cmd *c, json_t *o)
{
	struct show s = show_open(c);

	if (!show_group_ok(&s, GDOI_ROLE_KS))
		return;
	json_version_of(o, "protocol", COOP_VERSION);
	json_groups(c, o, GDOI_ROLE_KS, group_versions);
}
