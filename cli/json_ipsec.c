/* SPDX-License-Identifier: GPL-3.0-or-later */
/* show crypto ipsec sa, show crypto session | json */
#include "cli/json.h"
#include "cli/show_fmt.h"
#include "cli/show_ipsec.h"

static bool sa(void *arg, const struct dp_sa_info *i)
{
	json_t *o = json_item(arg);

	json_put(o, "interface", i->ifname);
	json_ip(o, "local", i->local);
	json_spi(o, "spi", i->spi);
	json_flag(o, "inbound", i->inbound);
	json_flag(o, "outbound", i->outbound);
	json_transform(o, i->enc, i->auth, i->transport);
	json_num(o, "iv_octets", esp_enc_alg(i->enc)->iv);
	json_num(o, "remaining", i->left);
	json_replay(o, i->replay, i->replay == 3 ? i->window / 1000 : i->window);
	json_num(o, "path_mtu", i->mtu);
	json_num(o, "plaintext_mtu", show_plain_mtu(i));
	json_num(o, "encrypted", i->encrypt);
	json_num(o, "encrypted_octets", i->encrypt_octets);
	json_num(o, "decrypted", i->decrypt);
	json_num(o, "decrypted_octets", i->decrypt_octets);
	json_num(o, "verify_failed", i->verify_fail);
	json_num(o, "sequence", i->seq);
	return true;
}

static void group_sas(const struct show *s, const struct gdoi_group_info *i, unsigned number, void *arg)
{
	json_t *o = json_group(arg, i);
	struct dp_counters n = { 0 };

	json_problems(o, i);
	gdoi_show_gm_dataplane(s->d->gdoi, i->name, &n);
	json_dataplane(json_part(o, "dataplane"), &n);
	json_downloaded(s, i->name, json_list(o, "entries"));
	gdoi_show_gm_sas(s->d->gdoi, i->name, sa, json_list(o, "sas"));
}

void json_ipsec_sa(struct cmd *c, json_t *o)
{
	struct show s = show_open(c);
	struct show_ipsec_count n = show_count_ipsec(&s);

	json_num(o, "total", n.total);
	json_num(o, "active", n.active);
	if (!cmd_has(c, "count"))
		show_each_group(&s, GDOI_ROLE_GM, group_sas, json_list(o, "groups"));
}

static void session(const struct show *s, const struct show_session *x, void *arg)
{
	json_t *o = json_item(arg), *flows;
	const struct dp_ace *ace;
	unsigned n = 0;

	json_put(o, "interface", x->ifname);
	json_put(o, "status", x->status);
	json_put(o, "group", x->group->name);
	json_ip(o, "local", x->gm->local);
	json_ip(o, "server", x->gm->server);
	json_flag(o, "ike_sa", x->ike);
	flows = json_list(o, "flows");
	ace = gdoi_show_gm_acl(s->d->gdoi, x->group->name, &n);
	for (unsigned k = 0; k < n; k++) {
		json_dp_ace(flows, &ace[k]);
		json_num(json_array_get(flows, k), "active_sas", show_session_sas(x, &ace[k]));
	}
}

void json_session(struct cmd *c, json_t *o)
{
	struct show s = show_open(c);

	show_each_session(&s, session, json_list(o, "sessions"));
}
