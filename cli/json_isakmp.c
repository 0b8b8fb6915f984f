/* SPDX-License-Identifier: GPL-3.0-or-later */
/* show crypto isakmp ... | json */
#include "cli/json.h"
#include "cli/show_fmt.h"
#include "cli/show_isakmp.h"
#include "isakmp/isakmp_show.h"

static const char *auth_name(uint32_t auth)
{
	return auth == ISAKMP_AUTH_PSK ? "pre-share" : auth == ISAKMP_AUTH_RSA_SIG ? "rsa-sig" : "rsa-encr";
}

/* ---- sa ---- */

static bool sa(void *arg, const struct isakmp_sa_info *i)
{
	static const char *const states[] = { "MM_NO_STATE", "MM_SA_SETUP", "MM_KEY_EXCH", "MM_KEY_AUTH", "GDOI_IDLE", "MM_DELETED" };
	json_t *o = json_item(arg);

	json_ip(o, "dst", i->dst);
	json_ip(o, "src", i->src);
	json_put(o, "state", states[i->state]);
	json_num(o, "conn_id", i->conn_id);
	json_ip(o, "local", i->local.ip);
	json_num(o, "local_port", i->local.port);
	json_ip(o, "remote", i->remote.ip);
	json_num(o, "remote_port", i->remote.port);
	json_flag(o, "initiator", i->initiator);
	json_put(o, "peer_id", i->peer_id);
	json_put(o, "encryption", cipher_alg(i->encr)->ios);
	json_put(o, "hash", hash_alg(i->hash)->ios);
	json_put(o, "authentication", auth_name(i->auth));
	json_num(o, "group", dh_alg(i->group)->number);
	json_num(o, "remaining", i->left);
	json_flag(o, "dead_peer_detection", i->dpd);
	return true;
}

static bool rekey_sa(void *arg, const struct gdoi_rekey_sa_info *i)
{
	json_t *o = json_item(arg);

	json_ip(o, "dst", i->dst);
	json_ip(o, "src", i->src);
	json_num(o, "conn_id", i->conn_id);
	json_flag(o, "active", i->active);
	return true;
}

struct rekey_sas {
	const struct gdoi *gdoi;
	json_t *list;
};

static bool group_rekey_sas(void *arg, const struct gdoi_group_info *i)
{
	const struct rekey_sas *r = arg;

	gdoi_show_rekey_sas(r->gdoi, i->name, rekey_sa, r->list);
	return true;
}

void json_isakmp_sa(struct cmd *c, json_t *o)
{
	struct rekey_sas r = { .gdoi = c->deps->gdoi };

	r.list = json_list(o, "rekey_sas");
	gdoi_show_groups(c->deps->gdoi, group_rekey_sas, &r);
	isakmp_show_sas(c->deps->isakmp, sa, json_list(o, "sas"));
}

void json_isakmp_count(struct cmd *c, json_t *o)
{
	struct show s = show_open(c);
	struct show_sa_count n = show_count_sas(&s);

	json_num(o, "active", n.active);
	json_num(o, "standby", 0);
	json_num(o, "negotiating", n.negotiating);
	json_num(o, "dead", n.dead);
}

/* ---- policy ---- */

static void policy(void *arg, const struct cfg_isakmp_policy *p)
{
	json_t *o = json_item(arg);

	json_num(o, "priority", p->priority);
	json_put(o, "encryption", cipher_alg((enum cipher_id)p->encr)->ios);
	json_put(o, "hash", hash_alg((enum hash_id)p->hash)->ios);
	json_put(o, "authentication", auth_name(p->auth));
	json_num(o, "group", dh_alg((enum dh_id)p->group)->number);
	json_num(o, "lifetime", p->lifetime);
}

void json_isakmp_policy(struct cmd *c, json_t *o)
{
	show_each_policy(c->cfg, policy, json_list(o, "policies"));
}

/* ---- peers ---- */

static void peer(void *arg, const struct isakmp_sa_info *i)
{
	json_t *o = json_item(arg);

	json_ip(o, "address", i->remote.ip);
	json_num(o, "port", i->remote.port);
	json_ip(o, "local", i->local.ip);
	json_put(o, "phase1_id", i->peer_id);
}

void json_isakmp_peers(struct cmd *c, json_t *o)
{
	struct show s = show_open(c);

	show_each_peer(&s, peer, json_list(o, "peers"));
}

/* ---- keys: for whom, not which ---- */

static void keys(json_t *list, const char *ring, const struct cfg_table *psks)
{
	CFG_EACH(struct cfg_psk, k, psks) {
		json_t *o = json_item(list);

		json_put(o, "keyring", ring);
		json_put_or_null(o, "hostname", k->id.hostname);
		if (k->id.hostname[0]) {
			json_null_at(o, "address");
			json_null_at(o, "mask");
			continue;
		}
		json_mask(o, "address", k->id.addr);
		json_mask(o, "mask", k->id.mask);
	}
}

void json_isakmp_key(struct cmd *c, json_t *o)
{
	json_t *list = json_list(o, "keys");

	keys(list, "default", &c->cfg->isakmp_keys);
	CFG_EACH(struct cfg_keyring, r, &c->cfg->keyrings)
		keys(list, r->name, &r->psks);
}

/* ---- counters ---- */

void json_isakmp_counters(struct cmd *c, json_t *o)
{
	struct isakmp_counters n;

	isakmp_show_counters(c->deps->isakmp, &n);
	json_num(o, "in", n.in);
	json_num(o, "out", n.out);
	json_num(o, "retransmits", n.retransmits);
	json_num(o, "duplicates", n.duplicates);
	json_num(o, "malformed", n.malformed);
	json_num(o, "unknown_sa", n.unknown_sa);
	json_num(o, "bad_exchange", n.bad_exchange);
	json_num(o, "not_encrypted", n.not_encrypted);
	json_num(o, "auth_failed", n.auth_failed);
	json_num(o, "no_proposal", n.no_proposal);
	json_num(o, "no_key", n.no_key);
	json_num(o, "half_open_limit", n.half_open_limit);
	json_num(o, "amplification_limit", n.amplification_limit);
	json_num(o, "too_big", n.too_big);
	json_num(o, "decrypt_failed", n.decrypt_failed);
	json_num(o, "half_open", n.half_open);
	json_num(o, "established", n.established);
}
