/* SPDX-License-Identifier: GPL-3.0-or-later */
/* IPsec: transform sets, profiles, the global lifetime. */
#include "cli/shell.h"
#include "lib/crypto/alg.h"

/* "esp-aes" and a size that may follow. */
static enum esp_enc encryption(const char *kw, uint32_t bits)
{
	for (enum esp_enc e = ESP_NULL; e < ESP_ENC_MAX; e++) {
		const char *ios = esp_enc_alg(e)->ios;

		if (strcmp(ios, kw) == 0 && (!bits || bits == 128))
			return e;
		if (bits > 128 && strncmp(ios, kw, strlen(kw)) == 0 && strcmp(ios + strlen(kw), bits == 192 ? " 192" : " 256") == 0)
			return e;
	}
	return ESP_ENC_NONE;
}

static enum esp_auth integrity(const char *kw)
{
	for (enum esp_auth a = ESP_MD5; a < ESP_AUTH_MAX; a++)
		if (strcmp(esp_auth_alg(a)->ios, kw) == 0)
			return a;
	return ESP_AUTH_NONE;
}

/* Reads the transforms in the order of the line. */
static int read_transforms(struct cmd *c, uint32_t *enc, uint32_t *auth)
{
	*enc = ESP_ENC_NONE;
	*auth = ESP_AUTH_NONE;
	for (unsigned i = 0; i < c->nargs; i++) {
		const char *kw = c->arg[i].tok->kind == T_KW ? c->arg[i].tok->text : "";
		uint32_t bits = i + 1 < c->nargs && c->arg[i + 1].tok->kind == T_UINT ? c->arg[i + 1].value : 0;
		enum esp_enc e = encryption(kw, bits);
		enum esp_auth a = integrity(kw);

		if ((e && *enc) || (a && *auth))
			return cmd_error(c, "Only one ESP encryption and one ESP authentication transform can be given");
		*enc = e ? e : *enc;
		*auth = a ? a : *auth;
	}
	if (!*enc)
		return cmd_error(c, "An ESP encryption transform is needed (esp-null for none)");
	if (*auth && esp_enc_alg(*enc)->combined)
		return cmd_error(c, "%s needs no authentication transform beside it", esp_enc_alg(*enc)->ios);
	return CMD_OK;
}

static int enter_set(struct cmd *c)
{
	const char *name = cmd_str(c, "tag");
	struct cfg_transform_set *t = cfg_transform_set(c->cfg, name);
	uint32_t enc, auth;

	if (c->no) {
		if (t)
			cfg_remove(&c->cfg->transform_sets, &t->node);
		return CMD_OK;
	}
	if (read_transforms(c, &enc, &auth) != CMD_OK)
		return CMD_ERROR;
	t = cfg_transform_set_add(c->cfg, name);
	t->enc = enc;
	t->auth = auth;
	shell_enter(c, IN_TRANSFORM, name, 0, 0);
	return CMD_OK;
}

static void nv_sets(struct nv *nv, const struct row *row, const void *obj)
{
	CFG_EACH(struct cfg_transform_set, t, &nv->cfg->transform_sets) {
		nv_line(nv, "crypto ipsec transform-set %s %s%s%s ", t->name, esp_enc_alg(t->enc)->ios, t->auth ? " " : "",
			t->auth ? esp_auth_alg(t->auth)->ios : "");
		nv_mode(nv, IN_TRANSFORM, t);
	}
}

static int enter_profile(struct cmd *c)
{
	const char *name = cmd_str(c, "name");
	struct cfg_ipsec_profile *p = cfg_ipsec_profile(c->cfg, name);

	if (c->no) {
		if (p)
			cfg_remove(&c->cfg->profiles, &p->node);
		return CMD_OK;
	}
	cfg_ipsec_profile_add(c->cfg, name);
	shell_enter(c, IN_PROFILE, name, 0, 0);
	return CMD_OK;
}

static void nv_profiles(struct nv *nv, const struct row *row, const void *obj)
{
	bool first = true;

	CFG_EACH(struct cfg_ipsec_profile, p, &nv->cfg->profiles) {
		if (!first)
			nv_line(nv, "!");
		first = false;
		nv_line(nv, "crypto ipsec profile %s", p->name);
		nv_mode(nv, IN_PROFILE, p);
	}
}

static int set_sets(struct cmd *c)
{
	struct cfg_ipsec_profile *p = c->obj;
	const char *name;

	memset(p->sets, 0, sizeof(p->sets));
	for (unsigned i = 0; !c->no && i < CFG_SETS && (name = cmd_nth(c, "set-name", i)); i++)
		str_copy(p->sets[i], sizeof(p->sets[i]), name);
	return CMD_OK;
}

static void nv_set_sets(struct nv *nv, const struct row *row, const void *obj)
{
	const struct cfg_ipsec_profile *p = obj;
	struct text t = TEXT_EMPTY;

	for (unsigned i = 0; i < CFG_SETS && p->sets[i][0]; i++)
		text_printf(&t, "%s ", p->sets[i]);
	if (t.n)
		nv_line(nv, "set transform-set %s", text_str(&t));
	text_free(&t);
}

/* clang-format off */
#define CRYPTO KW("crypto", "Encryption module")
#define IPSEC KW("ipsec", "Configure IPSEC policy")
#define SIZE(n_, text_) { .kind = T_UINT, .name = "bits", .lo = n_, .hi = n_, .text = text_, .help = text_ " bit keys." }
#define BITS OPT(ALT(SIZE(128, "128"), OR, SIZE(192, "192"), OR, SIZE(256, "256")))

static const struct row global_rows[] = {
	{ ROW(CRYPTO, IPSEC, KW("security-association", "Security association parameters"), KW("lifetime", "Security association lifetime"),
		KW("seconds", "Time-based key duration"), NOEND, UINT_B(120, 86400, "Security association duration in seconds", struct cfg, sa_lifetime)),
	  .flags = R_NO | R_NV, .order = 1200 },
	{ ROW(CRYPTO, IPSEC, KW("transform-set", "Define transform and settings"), WORD("tag", "Transform set tag"), NOEND,
		REP(3, ALT(
			KW("esp-aes", "ESP transform using AES cipher"), BITS, OR,
			KW("esp-gcm", "ESP transform using GCM cipher"), BITS, OR,
			KW("esp-gmac", "ESP transform using GMAC cipher"), BITS, OR,
			KW("esp-3des", "ESP transform using 3DES(EDE) cipher (168 bits)"), OR,
			KW("esp-des", "ESP transform using DES cipher (56 bits)"), OR,
			KW("esp-null", "ESP transform w/o cipher"), OR,
			KW("esp-md5-hmac", "ESP transform using HMAC-MD5 auth"), OR,
			KW("esp-sha-hmac", "ESP transform using HMAC-SHA auth"), OR,
			KW("esp-sha256-hmac", "ESP transform using HMAC-SHA256 auth"), OR,
			KW("esp-sha384-hmac", "ESP transform using HMAC-SHA384 auth"), OR,
			KW("esp-sha512-hmac", "ESP transform using HMAC-SHA512 auth")))),
	  .flags = R_NO, .handler = enter_set, .nv = nv_sets, .order = 1210 },
	{ ROW(CRYPTO, IPSEC, KW("profile", "Configure an ipsec policy profile"), WORD("name", "Profile name")),
	  .flags = R_NO, .handler = enter_profile, .nv = nv_profiles, .order = 1300 },
};

static const struct row set_rows[] = {
	{ ROW(KW("mode", "encapsulation mode (transport/tunnel)"), NOEND, ALT(
		KW_VALUE("transport", "transport (payload encapsulation) mode", struct cfg_transform_set, transport, 1), OR,
		KW_VALUE("tunnel", "tunnel (datagram encapsulation) mode", struct cfg_transform_set, transport, 0))),
	  .flags = R_NO | R_NV | R_NV_ALWAYS },
};

static const struct row profile_rows[] = {
	{ ROW(KW("description", "Description of the crypto map statement policy"), NOEND,
		LINE_B("Description", struct cfg_ipsec_profile, description)),
	  .flags = R_NO | R_NV },
	{ ROW(KW("set", "Set values for encryption/decryption"), KW("security-association", "Security association parameters"),
		KW("lifetime", "Security association lifetime"), NOEND, ALT(
			KW("seconds", "Time-based key duration"), UINT_B(120, 2592000, "Security association duration in seconds", struct cfg_ipsec_profile, lifetime), OR,
			KW("days", "Time-based key duration in days"), UINT_SCALED(1, 30, "Security association duration in days", struct cfg_ipsec_profile, lifetime, 86400))),
	  .flags = R_NO | R_NV },
	{ ROW(KW("set", "Set values for encryption/decryption"), KW("transform-set", "Specify list of transform sets in priority order"), NOEND,
		REP(CFG_SETS, WORD("set-name", "Proposal tag"))),
	  .flags = R_NO, .handler = set_sets, .nv = nv_set_sets },
};
/* clang-format on */

const struct row_table rows_ipsec = ROWS(IN_CONFIG, global_rows);
const struct row_table rows_transform = ROWS(IN_TRANSFORM, set_rows);
const struct row_table rows_profile = ROWS(IN_PROFILE, profile_rows);
