/* SPDX-License-Identifier: GPL-3.0-or-later */
/* show crypto ... */
#include "cli/json.h"
#include "cli/rows_show.h"
#include "syslog/debug.h"

/* clang-format off */
#define GKM	ALT(KW("gdoi", "Display GDOI and GKM groups"), OR, KW("gkm", "Display GDOI and GKM groups"))
#define ONE	OPT(KW("group", "Only one group"), ARG("name", "Group name"))
#define ARG(name_, help_)	WORD(name_, help_)
#define CRYPTO	KW("show", "Show running system information"), KW("crypto", "Encryption module")
#define GDOI(...)	ROW(CRYPTO, GKM, ONE, __VA_ARGS__)
#define KS	KW("ks", "Key server")
#define COOP	KW("coop", "Cooperative key servers")
#define GM	KW("gm", "Group member")
/* clang-format on */

struct show show_open(const struct cmd *c)
{
	return (struct show){ .out = c->out, .d = c->deps, .group = cmd_has(c, "name") ? cmd_str(c, "name") : NULL };
}

const char *show_name(const struct cmd *c, const char *arg)
{
	return cmd_has(c, arg) ? cmd_str(c, arg) : NULL;
}

/* A handler: the group, if one is named, must be there in this role; then the renderer. */
#define SHOW(handler_, role_, render_)                                                                          \
	static int handler_(struct cmd *c)                                                                      \
	{                                                                                                       \
		struct show s = show_open(c);                                                                   \
                                                                                                                \
		if (!show_group_ok(&s, role_))                                                                  \
			return CMD_ERROR;                                                                       \
		render_;                                                                                        \
		return CMD_OK;                                                                                  \
	}

SHOW(gdoi, GDOI_ROLE_NONE, show_gdoi(&s))
SHOW(ks, GDOI_ROLE_KS, show_ks(&s))
SHOW(ks_coop, GDOI_ROLE_KS, show_coop(&s, cmd_has(c, "detail")))
SHOW(ks_coop_version, GDOI_ROLE_KS, show_coop_version(&s))
SHOW(ks_coop_identifier, GDOI_ROLE_KS, show_coop_identifier(&s, cmd_has(c, "detail")))
SHOW(ks_coop_mismatch, GDOI_ROLE_KS, show_coop_mismatch(&s))
SHOW(ks_acl, GDOI_ROLE_KS, show_ks_acl(&s))
SHOW(ks_identifier, GDOI_ROLE_KS, show_ks_identifier(&s, cmd_has(c, "detail")))
SHOW(ks_members, GDOI_ROLE_KS, show_ks_members(&s))
SHOW(ks_summary, GDOI_ROLE_KS, show_ks_members_summary(&s))
SHOW(ks_policy, GDOI_ROLE_KS, show_ks_policy(&s))
SHOW(ks_rekey, GDOI_ROLE_KS, show_ks_rekey(&s))
SHOW(ks_replay, GDOI_ROLE_KS, show_ks_replay(&s))
SHOW(gm, GDOI_ROLE_GM, show_gm(&s))
SHOW(gm_acl, GDOI_ROLE_GM, show_gm_acl(&s, !cmd_has(c, "local"), !cmd_has(c, "download")))
SHOW(gm_dataplane, GDOI_ROLE_GM, show_gm_dataplane(&s))
SHOW(gm_identifier, GDOI_ROLE_GM, show_gm_identifier(&s, cmd_has(c, "detail")))
#ifdef GX_KEYLOG
SHOW(gm_keylog, GDOI_ROLE_GM, show_gm_keylog(&s))
#endif
SHOW(gm_pubkey, GDOI_ROLE_GM, show_gm_pubkey(&s))
SHOW(gm_rekey, GDOI_ROLE_GM, show_gm_rekey(&s, cmd_has(c, "detail")))
SHOW(gm_replay, GDOI_ROLE_GM, show_gm_replay(&s))
SHOW(ipsec_sa, GDOI_ROLE_GM, show_gdoi_ipsec_sa(&s))
SHOW(rekey_sa, GDOI_ROLE_NONE, show_rekey_sa(&s, cmd_has(c, "detail")))
SHOW(isakmp_sa, GDOI_ROLE_NONE, show_isakmp_sa(&s))
SHOW(isakmp_sa_detail, GDOI_ROLE_NONE, show_isakmp_sa_detail(&s))
SHOW(isakmp_sa_count, GDOI_ROLE_NONE, show_isakmp_sa_count(&s))
SHOW(isakmp_policy, GDOI_ROLE_NONE, show_isakmp_policy(&s))
SHOW(isakmp_peers, GDOI_ROLE_NONE, show_isakmp_peers(&s))
SHOW(isakmp_key, GDOI_ROLE_NONE, show_isakmp_key(&s))
SHOW(isakmp_counters, GDOI_ROLE_NONE, show_isakmp_counters(&s))
SHOW(crypto_map, GDOI_ROLE_NONE, show_crypto_map(&s, show_name(c, "map-name")))
SHOW(fail_close, GDOI_ROLE_NONE, show_crypto_map_fail_close(&s, show_name(c, "map-name")))
SHOW(transform_set, GDOI_ROLE_NONE, show_transform_set(&s, show_name(c, "tag")))
SHOW(profile, GDOI_ROLE_NONE, show_ipsec_profile(&s, show_name(c, "tag")))
SHOW(mypubkey, GDOI_ROLE_NONE, show_mypubkey(&s, show_name(c, "label")))

static int ks_member(struct cmd *c)
{
	struct show s = show_open(c);
	struct ip4 id;

	if (!show_group_ok(&s, GDOI_ROLE_KS))
		return CMD_ERROR;
	cmd_ip4(c, "member", &id);
	show_ks_member(&s, id);
	return CMD_OK;
}

/* The keyword behind 'feature' is the feature's name. */
static int feature(struct cmd *c)
{
	struct show s = show_open(c);

	if (!show_group_ok(&s, GDOI_ROLE_NONE))
		return CMD_ERROR;
	for (const struct gdoi_feature *f = gdoi_features; f->name; f++)
		if (cmd_has(c, f->name)) {
			show_gdoi_feature(&s, f->name);
			return CMD_OK;
		}
	show_gdoi_features(&s);
	return CMD_OK;
}

static int debug_conditions(struct cmd *c)
{
	const struct debug_condition *d = debug_condition(c->deps->log);

	text_printf(c->out, "GDOI conditional debug currently is turned %s\n", d->npeer ? "ON" : "OFF");
	text_printf(c->out, "GDOI debug context unmatched flag: %s\n\nGDOI peer IP address filters:\n", d->unmatched ? "ON" : "OFF");
	for (unsigned i = 0; i < d->npeer; i++)
		text_printf(c->out, "%s\n", ip4_s(d->peer[i]));
	return CMD_OK;
}

static const struct row rows[] = {
	{ GDOI(OPT(KW("detail", "Detailed information"))), gdoi, JSON("gdoi", json_gdoi), .priv = 15 },
	{ GDOI(KS, OPT(KW("detail", "Detailed information"))), ks, JSON("gdoi", json_gdoi_ks), .priv = 15 },
	{ GDOI(KS, KW("acl", "Access lists of the group's policy")), ks_acl, JSON("ks-acl", json_ks_acl), .priv = 15 },
	{ GDOI(KS, COOP, OPT(KW("detail", "Detailed information"))), ks_coop, JSON("coop", json_coop), .priv = 15 },
	{ GDOI(KS, COOP, KW("identifier", "Sender identifiers"), OPT(KW("detail", "Detailed information"))), ks_coop_identifier, JSON("coop-identifier", json_coop_identifier),
		.priv = 15 },
	{ GDOI(KS, COOP, KW("mismatch", "Differences of the configured policies")), ks_coop_mismatch, JSON("coop-mismatch", json_coop_mismatch), .priv = 15 },
	{ GDOI(KS, COOP, KW("version", "Versions of the protocol")), ks_coop_version, JSON("coop-version", json_coop_version), .priv = 15 },
	{ GDOI(KS, KW("identifier", "Sender identifiers"), OPT(KW("detail", "Detailed information"))), ks_identifier, JSON("ks-identifier", json_ks_identifier),
		.priv = 15 },
	{ GDOI(KS, KW("members", "Registered group members")), ks_members, JSON("members", json_ks_members), .priv = 15 },
	{ GDOI(KS, KW("members", "Registered group members"), IP4("member", "Group member ID")), ks_member, JSON("member", json_ks_member), .priv = 15 },
	{ GDOI(KS, KW("members", "Registered group members"), KW("summary", "One line for each group member")), ks_summary,
		JSON("members", json_ks_members), .priv = 15 },
	{ GDOI(KS, KW("policy", "Keys and policy of the group")), ks_policy, JSON("policy", json_ks_policy), .priv = 15 },
	{ GDOI(KS, KW("rekey", "Rekeys sent")), ks_rekey, JSON("ks-rekey", json_ks_rekey), .priv = 15 },
	{ GDOI(KS, KW("replay", "Time-based anti-replay")), ks_replay, JSON("ks-replay", json_ks_replay), .priv = 15 },
	{ GDOI(GM), gm, JSON("gdoi", json_gdoi_gm), .priv = 15 },
	{ GDOI(GM, KW("acl", "Access lists"), OPT(ALT(KW("download", "Access list downloaded from the key server"), OR,
		KW("local", "Access list configured locally")))), gm_acl, JSON("gm-acl", json_gm_acl), .priv = 15 },
	{ GDOI(GM, KW("dataplane", "Data plane"), KW("counters", "Packet counters")), gm_dataplane, JSON("gm-dataplane", json_gm_dataplane), .priv = 15 },
	{ GDOI(GM, KW("identifier", "Sender identifiers"), OPT(KW("detail", "Detailed information"))), gm_identifier, JSON("gm-identifier", json_gm_identifier),
		.priv = 15 },
#ifdef GX_KEYLOG
	{ GDOI(GM, KW("keylog", "Keys as tshark takes them (test build)")), gm_keylog, .priv = 15 },
#endif
	{ GDOI(GM, KW("pubkey", "Public key that signs rekeys")), gm_pubkey, JSON("gm-pubkey", json_gm_pubkey), .priv = 15 },
	{ GDOI(GM, KW("rekey", "Rekeys received"), OPT(KW("detail", "Detailed information"))), gm_rekey, JSON("gm-rekey", json_gm_rekey), .priv = 15 },
	{ GDOI(GM, KW("replay", "Time-based anti-replay")), gm_replay, JSON("gm-replay", json_gm_replay), .priv = 15 },
	{ ROW(CRYPTO, GKM, KW("debug-condition", "What conditional debugging prints")), debug_conditions,
		JSON("debug-condition", json_debug_condition), .priv = 15 },
	{ GDOI(KW("ipsec", "IPsec"), KW("sa", "Security associations of each policy entry")), ipsec_sa, JSON("gdoi-ipsec-sa", json_gdoi_ipsec_sa), .priv = 15 },
	{ GDOI(KW("rekey", "Rekey SAs"), KW("sa", "Security associations"), OPT(KW("detail", "Detailed information"))),
		rekey_sa, JSON("rekey-sa", json_rekey_sa), .priv = 15 },
	{ GDOI(KW("feature", "Which software supports what"), OPT(ALT(
		KW("ckm", "Centralized key management"), OR, KW("crl-check", "Checking of a new CRL"), OR,
		KW("cts-sgt", "Security group tags"), OR, KW("dp-recovery", "Data plane error recovery"), OR,
		KW("gdoi-interop-ack", "Interoperable acknowledgement of rekeys"), OR, KW("gdoi-mib", "GDOI MIB"), OR,
		KW("gikev2", "G-IKEv2"), OR, KW("gm-removal", "Removal of group members"), OR,
		KW("ip-d3p", "IP delivery delay detection protocol"), OR,
		KW("long-sa-lifetime", "Long SA lifetimes"), OR, KW("pfs", "Perfect forward secrecy"), OR,
		KW("policy-replace", "Replacement of the policy by a rekey"), OR, KW("suite-b", "Suite B")))), feature, JSON("feature", json_feature),
		.priv = 15 },

	{ ROW(CRYPTO, KW("isakmp", "ISAKMP"), KW("sa", "ISAKMP security associations")), isakmp_sa, JSON("isakmp-sa", json_isakmp_sa), .priv = 15 },
	{ ROW(CRYPTO, KW("isakmp", "ISAKMP"), KW("sa", "ISAKMP security associations"), KW("detail", "Detailed information")),
		isakmp_sa_detail, JSON("isakmp-sa", json_isakmp_sa), .priv = 15 },
	{ ROW(CRYPTO, KW("isakmp", "ISAKMP"), KW("sa", "ISAKMP security associations"), KW("count", "Numbers only")),
		isakmp_sa_count, JSON("isakmp-count", json_isakmp_count), .priv = 15 },
	{ ROW(CRYPTO, KW("isakmp", "ISAKMP"), KW("policy", "Protection suites")), isakmp_policy, JSON("isakmp-policy", json_isakmp_policy), .priv = 15 },
	{ ROW(CRYPTO, KW("isakmp", "ISAKMP"), KW("peers", "Peers of ISAKMP security associations")), isakmp_peers, JSON("isakmp-peers", json_isakmp_peers), .priv = 15 },
	{ ROW(CRYPTO, KW("isakmp", "ISAKMP"), KW("key", "Pre-shared keys")), isakmp_key, JSON("isakmp-key", json_isakmp_key), .priv = 15 },
	{ ROW(CRYPTO, KW("isakmp", "ISAKMP"), KW("counters", "Datagrams received, sent and dropped")), isakmp_counters,
		JSON("isakmp-counters", json_isakmp_counters), .priv = 15 },

	{ ROW(CRYPTO, KW("map", "Crypto maps"), OPT(ARG("map-name", "Crypto map tag"))), crypto_map, JSON("crypto-map", json_crypto_map), .priv = 15 },
	{ ROW(CRYPTO, KW("map", "Crypto maps"), KW("gdoi", "Crypto maps of GDOI groups"), KW("fail-close", "Fail-close mode"),
		OPT(ARG("map-name", "Crypto map tag"))), fail_close, JSON("fail-close", json_fail_close), .priv = 15 },
	{ ROW(CRYPTO, KW("ipsec", "IPsec"), KW("transform-set", "Transform sets"), OPT(ARG("tag", "Transform set tag"))),
		transform_set, JSON("transform-set", json_transform_set), .priv = 15 },
	{ ROW(CRYPTO, KW("ipsec", "IPsec"), KW("profile", "IPsec profiles"), OPT(ARG("tag", "Profile tag"))), profile, JSON("ipsec-profile", json_ipsec_profile), .priv = 15 },
	{ ROW(CRYPTO, KW("key", "Long-term public keys"), KW("mypubkey", "Public keys of this device"), KW("rsa", "RSA keys"),
		OPT(ARG("label", "Key name"))), mypubkey, JSON("mypubkey", json_mypubkey), .priv = 15 },
};

const struct row_table rows_show_crypto = ROWS(IN_EXEC, rows);
