/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Keys, SAs, access lists: what several structured screens hold. */
#include "cli/json.h"
#include "cli/show_fmt.h"

static void protocol(json_t *o, uint8_t proto)
{
	const char *name = acl_proto_name(proto);
	char number[8];

	snprintf(number, sizeof(number), "%u", proto);
	json_put(o, "protocol", !proto ? "ip" : name ? name : number);
}

void json_dp_ace(json_t *list, const struct dp_ace *a)
{
	json_t *o = json_item(list);

	json_put(o, "action", a->permit ? "permit" : "deny");
	protocol(o, a->proto);
	json_mask(o, "source", a->src);
	json_mask(o, "source_mask", a->src_mask);
	json_num_or_null(o, "source_port", a->sport, 0);
	json_mask(o, "destination", a->dst);
	json_mask(o, "destination_mask", a->dst_mask);
	json_num_or_null(o, "destination_port", a->dport, 0);
}

void json_downloaded(const struct show *s, const char *group, json_t *list)
{
	unsigned n = 0;
	const struct dp_ace *ace = gdoi_show_gm_acl(s->d->gdoi, group, &n);

	for (unsigned k = 0; k < n; k++)
		json_dp_ace(list, &ace[k]);
}

json_t *json_group(json_t *list, const struct gdoi_group_info *i)
{
	json_t *o = json_item(list);

	json_put(o, "name", i->name);
	return o;
}

void json_problems(json_t *o, const struct gdoi_group_info *i)
{
	json_put(o, "problem", i->problem);
	json_put(o, "dataplane_down", i->dataplane_down ? i->dataplane_problem : "");
}

static void entry(json_t *list, const struct acl_entry *e, bool standard)
{
	struct text t = TEXT_EMPTY;
	json_t *o = json_item(list);

	json_num(o, "sequence", e->seq);
	json_put(o, "action", e->ace.permit ? "permit" : "deny");
	protocol(o, e->ace.proto);
	json_mask(o, "source", e->ace.src.ip);
	json_mask(o, "source_wildcard", e->ace.src.wild);
	if (!standard) {
		json_mask(o, "destination", e->ace.dst.ip);
		json_mask(o, "destination_wildcard", e->ace.dst.wild);
	}
	/* Ports and what else an entry may ask for, in the words of the configuration. */
	acl_ace_str(&e->ace, standard, false, &t);
	json_put(o, "text", text_str(&t));
	text_free(&t);
}

void json_access_list(json_t *o, const struct cfg_acl *a)
{
	json_t *entries;

	json_put(o, "name", a->name);
	json_put(o, "kind", a->standard ? "standard" : "extended");
	entries = json_list(o, "entries");
	for (unsigned k = 0; k < a->count; k++)
		if (!a->entry[k].remark)
			entry(entries, &a->entry[k], a->standard);
}

void json_kek(json_t *o, const char *key, const struct gdoi_kek_info *k)
{
	json_t *p;

	if (!k->present) {
		json_null_at(o, key);
		return;
	}
	p = json_part(o, key);
	json_hex(p, "spi", BYTES_OF(k->spi));
	json_put(p, "transport", k->unicast ? "unicast" : "multicast");
	json_put(p, "cipher", cipher_alg(k->cipher)->ios_rekey);
	json_num(p, "key_bits", 8 * (uint64_t)k->key_size);
	json_num(p, "iv_bits", 8 * (uint64_t)k->iv_size);
	json_put(p, "sig_hash", hash_alg(k->sig_hash)->ios);
	json_put(p, "sig_key", k->sig_key_name);
	json_num(p, "sig_key_octets", k->sig_key_der);
	json_num(p, "sig_bits", 8 * (uint64_t)k->sig_size);
	json_num(p, "lifetime", k->lifetime);
	json_num(p, "remaining", k->left);
	json_num_or_null(p, "time_to_rekey", k->time_to_rekey, UINT32_MAX);
	json_num(p, "sequence", k->seq);
	json_put(p, "acknowledgement", show_ack_name(k->ack));
}

void json_transform(json_t *o, enum esp_enc enc, enum esp_auth auth, bool transport)
{
	json_put(o, "encryption", esp_enc_alg(enc)->ios);
	json_put(o, "authentication", auth ? esp_auth_alg(auth)->ios : "");
	json_put(o, "mode", transport ? "transport" : "tunnel");
}

void json_replay(json_t *o, uint32_t replay, uint32_t window)
{
	static const char *const replays[] = { "none", "none", "counter", "time" };

	json_put(o, "replay", replays[replay & 3]);
	json_num(o, "window", replay > 1 ? window : 0);
}

void json_tek(json_t *list, const struct gdoi_tek_info *t)
{
	json_t *o = json_item(list);

	json_spi(o, "spi", t->spi);
	json_num(o, "sa_number", t->sa_number);
	json_put(o, "access_list", t->acl);
	json_put(o, "profile", t->profile);
	json_transform(o, t->enc, t->auth, t->transport);
	json_num(o, "key_octets", esp_enc_alg(t->enc)->key);
	json_num(o, "auth_key_octets", esp_auth_alg(t->auth)->key);
	json_num(o, "lifetime", t->lifetime);
	json_num(o, "remaining", t->left);
	json_num_or_null(o, "elapsed", t->elapsed, UINT32_MAX);
	json_num_or_null(o, "time_to_rekey", t->time_to_rekey, UINT32_MAX);
	json_replay(o, t->replay, t->window);
}

void json_dataplane(json_t *o, const struct dp_counters *c)
{
	json_num(o, "encrypted", c->encrypt);
	json_num(o, "decrypted", c->decrypt);
	json_num(o, "no_sa", c->no_sa);
	json_num(o, "invalid_sa", c->invalid_sa);
	json_num(o, "encapsulation_failed", c->encaps_fail);
	json_num(o, "decapsulation_failed", c->decap_fail);
	json_num(o, "invalid_protocol", c->invalid_prot);
	json_num(o, "verify_failed", c->verify_fail);
	json_num(o, "clear_dropped", c->clear_dropped);
	json_num(o, "closed_dropped", c->closed_dropped);
	json_num(o, "replay_dropped", c->replay_dropped);
	json_num(o, "too_early", c->early);
	json_num(o, "too_late", c->late);
	json_num(o, "unknown_spi", c->unknown_spi);
}

const char *json_direction(enum dp_mode mode)
{
	static const char *const names[] = { [DP_OPEN] = "open", [DP_CLOSED] = "closed", [DP_BOTH] = "both",
		[DP_RECEIVE_ONLY] = "inbound-optional", [DP_INBOUND_ONLY] = "inbound-only", [DP_PASSIVE] = "passive" };

	return names[mode];
}
