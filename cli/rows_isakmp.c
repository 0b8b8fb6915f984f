/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ISAKMP: policies, pre-shared keys, keyrings, keepalive, identity, limits. */
#include "cli/shell.h"
#include "lib/crypto/alg.h"
#include "lib/secret.h"

static int enter_policy(struct cmd *c)
{
	uint32_t n = cmd_u32(c, "priority", 0);
	struct cfg_isakmp_policy *p = cfg_isakmp_policy(c->cfg, n);

	if (c->no) {
		if (p)
			cfg_remove(&c->cfg->isakmp_policies, &p->node);
		return CMD_OK;
	}
	cfg_isakmp_policy_add(c->cfg, n);
	shell_enter(c, IN_ISAKMP_POLICY, NULL, n, 0);
	return CMD_OK;
}

static void nv_policies(struct nv *nv, const struct row *row, const void *obj)
{
	CFG_EACH(struct cfg_isakmp_policy, p, &nv->cfg->isakmp_policies) {
		nv_line(nv, "crypto isakmp policy %u", p->priority);
		nv_mode(nv, IN_ISAKMP_POLICY, p);
	}
}

/* Stored as 'encr', whatever was typed. */
static void nv_encr(struct nv *nv, const struct row *row, const void *obj)
{
	const struct cfg_isakmp_policy *p = obj;

	if (p->encr != CIPHER_DES || nv->all)
		nv_line(nv, "encr %s", cipher_alg(p->encr)->ios);
}

/* ---- pre-shared keys ---- */

static int psk_id(struct cmd *c, struct cfg_psk_id *id)
{
	memset(id, 0, sizeof(*id));
	if (cmd_has(c, "hostname")) {
		str_copy(id->hostname, sizeof(id->hostname), cmd_str(c, "peer-name"));
		return CMD_OK;
	}
	cmd_ip4(c, "peer-address", &id->addr);
	if (!cmd_ip4(c, "mask", &id->mask))
		id->mask.a = id->addr.a ? UINT32_MAX : 0;
	id->addr.a &= id->mask.a;
	return CMD_OK;
}

static int set_psk(struct cmd *c, struct cfg_table *table)
{
	const char *key = cmd_str(c, "key-text");
	struct cfg_psk_id id;
	struct cfg_psk *p;

	if (cmd_has(c, "6") && !c->no)
		return cmd_error(c, "Type 6 keys need a master key, which this system does not keep: give the key as type 0");
	psk_id(c, &id);
	p = cfg_psk(table, &id);
	if (c->no) {
		if (!p)
			return c->session ? cmd_error(c, "Key for this peer is not configured") : CMD_OK;
		cfg_remove(table, &p->node);
		return CMD_OK;
	}
	p = cfg_psk_add(table, &id);
	secret_free(&p->key);
	p->key = secret_copy(bytes_str(key));
	p->no_xauth = cmd_has(c, "no-xauth");
	return CMD_OK;
}

static int set_key(struct cmd *c)
{
	return set_psk(c, &c->cfg->isakmp_keys);
}

static int set_keyring_key(struct cmd *c)
{
	return set_psk(c, &((struct cfg_keyring *)c->obj)->psks);
}

static void put_peer(struct text *t, const struct cfg_psk_id *id, bool mask)
{
	if (id->hostname[0])
		text_printf(t, "hostname %s", id->hostname);
	else if (id->addr.a ? id->mask.a == UINT32_MAX : !mask && !id->mask.a)
		text_printf(t, "address %s", ip4_s(id->addr));
	else
		text_printf(t, "address %s %s", ip4_s(id->addr), ip4_s(id->mask));
}

static void put_key(struct text *t, const struct secret *key)
{
	/* A key that reads like a type is told from one by its type. */
	if (key->n == 1 && (key->p[0] == '0' || key->p[0] == '6'))
		text_add(t, "0 ");
	text_addn(t, (const char *)key->p, key->n);
}

/* Octets of a key: secrets leave no copy behind. */
static void text_wipe(struct text *t)
{
	if (t->s)
		secret_cleanse(t->s, t->cap);
	text_free(t);
}

static void nv_keys(struct nv *nv, const struct row *row, const void *obj)
{
	CFG_EACH(struct cfg_psk, p, &nv->cfg->isakmp_keys) {
		struct text t = TEXT_EMPTY;

		text_add(&t, "crypto isakmp key ");
		put_key(&t, &p->key);
		text_add(&t, " ");
		put_peer(&t, &p->id, false);
		nv_line(nv, "%s%s", text_str(&t), p->no_xauth ? " no-xauth" : p->id.hostname[0] ? "" : "       ");
		text_wipe(&t);
	}
}

static int enter_keyring(struct cmd *c)
{
	const char *name = cmd_str(c, "name");
	struct cfg_keyring *k = cfg_keyring(c->cfg, name);

	if (c->no) {
		if (k)
			cfg_remove(&c->cfg->keyrings, &k->node);
		return CMD_OK;
	}
	cfg_keyring_add(c->cfg, name);
	shell_enter(c, IN_KEYRING, name, 0, 0);
	return CMD_OK;
}

static void nv_keyrings(struct nv *nv, const struct row *row, const void *obj)
{
	CFG_EACH(struct cfg_keyring, k, &nv->cfg->keyrings) {
		nv_line(nv, "crypto keyring %s  ", k->name);
		nv->indent++;
		nv_mode(nv, IN_KEYRING, k);
		nv->indent--;
	}
}

static void nv_keyring_keys(struct nv *nv, const struct row *row, const void *obj)
{
	const struct cfg_keyring *k = obj;

	CFG_EACH(struct cfg_psk, p, &k->psks) {
		struct text t = TEXT_EMPTY;

		text_add(&t, "pre-shared-key ");
		put_peer(&t, &p->id, !p->id.hostname[0] && p->id.mask.a == 0);
		text_add(&t, " key ");
		put_key(&t, &p->key);
		nv_line(nv, "%s", text_str(&t));
		text_wipe(&t);
	}
}

/* ---- keepalive ---- */

static int set_keepalive(struct cmd *c)
{
	c->cfg->keepalive.interval = c->no ? 0 : cmd_u32(c, "interval", 0);
	c->cfg->keepalive.retry = c->no ? 2 : cmd_u32(c, "retry", 2);
	c->cfg->keepalive.periodic = !c->no && cmd_has(c, "periodic");
	return CMD_OK;
}

static void nv_keepalive(struct nv *nv, const struct row *row, const void *obj)
{
	const struct cfg *c = nv->cfg;

	if (!c->keepalive.interval)
		return;
	if (c->keepalive.retry == 2)
		nv_line(nv, "crypto isakmp keepalive %u%s", c->keepalive.interval, c->keepalive.periodic ? " periodic" : "");
	else
		nv_line(nv, "crypto isakmp keepalive %u %u%s", c->keepalive.interval, c->keepalive.retry,
			c->keepalive.periodic ? " periodic" : "");
}

/* clang-format off */
#define CRYPTO KW("crypto", "Encryption module")
#define ISAKMP KW("isakmp", "Configure ISAKMP policy")
#define PEER \
	ALT(KW("address", "Define shared key with IP address"), IP4("peer-address", "Peer IP address"), OPT(IP4("mask", "Peer IP subnet mask")), OR, \
		KW("hostname", "Define shared key with hostname"), WORD("peer-name", "Peer hostname"))
#define KEY_TEXT \
	ALT(KW("0", "Specifies an UNENCRYPTED password will follow"), WORD("key-text", "The UNENCRYPTED (cleartext) user password"), OR, \
		KW("6", "Specifies an ENCRYPTED password will follow"), WORD("key-text", "The HIDDEN user password string"), OR, \
		{ .kind = T_WORD, .name = "key-text", .help = "The UNENCRYPTED (cleartext) user password", .lo = 1, .hi = 128 })

static const struct row global_rows[] = {
	{ ROW(CRYPTO, KW("keyring", "Key ring commands"), WORD("name", "Name of Key ring")),
	  .flags = R_NO, .handler = enter_keyring, .nv = nv_keyrings, .order = 1000 },
	{ ROW(CRYPTO, ISAKMP, KW("policy", "Set policy for an ISAKMP protection suite"),
		UINT("priority", 1, 10000, "Priority of protection suite")),
	  .flags = R_NO, .handler = enter_policy, .nv = nv_policies, .order = 1100 },
	{ ROW(CRYPTO, ISAKMP, KW("key", "Set pre-shared key for remote peer"), KEY_TEXT, PEER,
		OPT(KW("no-xauth", "Bypasses XAuth for this peer"))),
	  .flags = R_NO | R_SECRET, .handler = set_key, .nv = nv_keys, .order = 1101 },
	{ ROW(CRYPTO, ISAKMP, KW("keepalive", "Set a keepalive interval for use with IOS peers"), NOEND,
		UINT("interval", 10, 3600, "Number of seconds between keep alives"),
		OPT(UINT("retry", 2, 60, "Number of seconds between retries if keepalive fails")),
		OPT(ALT(KW("on-demand", "Keepalive on demand"), OR, KW("periodic", "Keepalive periodic")))),
	  .flags = R_NO, .handler = set_keepalive, .nv = nv_keepalive, .order = 1102 },
	{ ROW(CRYPTO, ISAKMP, KW("identity", "Set the identity which ISAKMP will use"), NOEND, ALT(
		KW_VALUE("address", "Use the IP address of the interface for the identity", struct cfg, isakmp_identity, 0), OR,
		KW_VALUE("dn", "Use the distinguished name of the router cert for the identity", struct cfg, isakmp_identity, 2), OR,
		KW_VALUE("hostname", "Use the hostname of the router for the identity", struct cfg, isakmp_identity, 1))),
	  .flags = R_NO | R_NV, .order = 1103 },
	{ ROW(CRYPTO, ISAKMP, KW("limit", "Limit negotiations that are not finished"), KW("half-open", "Phase 1 negotiations that are not authenticated yet"),
		KW("source", "Limit for each source address"), NOEND,
		UINT_B(1, 100000, "Negotiations", struct cfg, half_open_source)),
	  .flags = R_NO | R_NV, .order = 1104 },
	{ ROW(CRYPTO, ISAKMP, KW("limit", "Limit negotiations that are not finished"), KW("half-open", "Phase 1 negotiations that are not authenticated yet"),
		KW("total", "Limit for all sources together"), NOEND,
		UINT_B(1, 1000000, "Negotiations", struct cfg, half_open_total)),
	  .flags = R_NO | R_NV, .order = 1105 },
};

#define SUITE struct cfg_isakmp_policy
#define ENCRYPTION \
	NOEND, ALT(KW_VALUE("3des", "Three key triple DES", SUITE, encr, CIPHER_3DES), OR, \
		KW_VALUE("aes", "AES - Advanced Encryption Standard.", SUITE, encr, CIPHER_AES128), \
			OPT(ALT(KW_VALUE("128", "128 bit keys.", SUITE, encr, CIPHER_AES128), OR, \
				KW_VALUE("192", "192 bit keys.", SUITE, encr, CIPHER_AES192), OR, \
				KW_VALUE("256", "256 bit keys.", SUITE, encr, CIPHER_AES256))), OR, \
		KW_VALUE("des", "DES - Data Encryption Standard (56 bit keys).", SUITE, encr, CIPHER_DES))

static const struct row policy_rows[] = {
	{ ROW(KW("encryption", "Set encryption algorithm for protection suite"), ENCRYPTION), .flags = R_NO, .nv = nv_encr },
	{ ROW(KW("hash", "Set hash algorithm for protection suite"), NOEND, ALT(
		KW_VALUE("md5", "Message Digest 5", SUITE, hash, HASH_MD5), OR,
		KW_VALUE("sha", "Secure Hash Standard", SUITE, hash, HASH_SHA1), OR,
		KW_VALUE("sha256", "Secure Hash Standard 2 (256 bit)", SUITE, hash, HASH_SHA256), OR,
		KW_VALUE("sha384", "Secure Hash Standard 2 (384 bit)", SUITE, hash, HASH_SHA384), OR,
		KW_VALUE("sha512", "Secure Hash Standard 2 (512 bit)", SUITE, hash, HASH_SHA512))),
	  .flags = R_NO | R_NV },
	{ ROW(KW("authentication", "Set authentication method for protection suite"), NOEND, ALT(
		KW_VALUE("pre-share", "Pre-Shared Key", SUITE, auth, ISAKMP_AUTH_PSK), OR,
		KW_VALUE("rsa-encr", "Rivest-Shamir-Adleman Encryption", SUITE, auth, ISAKMP_AUTH_RSA_ENCR), OR,
		KW_VALUE("rsa-sig", "Rivest-Shamir-Adleman Signature", SUITE, auth, ISAKMP_AUTH_RSA_SIG))),
	  .flags = R_NO | R_NV },
	{ ROW(KW("group", "Set the Diffie-Hellman group"), NOEND, ALT(
		KW_VALUE("1", "Diffie-Hellman group 1 (768 bit)", SUITE, group, DH_1), OR,
		KW_VALUE("14", "Diffie-Hellman group 14 (2048 bit)", SUITE, group, DH_14), OR,
		KW_VALUE("15", "Diffie-Hellman group 15 (3072 bit)", SUITE, group, DH_15), OR,
		KW_VALUE("16", "Diffie-Hellman group 16 (4096 bit)", SUITE, group, DH_16), OR,
		KW_VALUE("19", "Diffie-Hellman group 19 (256 bit ecp)", SUITE, group, DH_19), OR,
		KW_VALUE("2", "Diffie-Hellman group 2 (1024 bit)", SUITE, group, DH_2), OR,
		KW_VALUE("20", "Diffie-Hellman group 20 (384 bit ecp)", SUITE, group, DH_20), OR,
		KW_VALUE("21", "Diffie-Hellman group 21 (521 bit ecp)", SUITE, group, DH_21), OR,
		KW_VALUE("24", "Diffie-Hellman group 24 (2048 bit, 256 bit subgroup)", SUITE, group, DH_24), OR,
		KW_VALUE("5", "Diffie-Hellman group 5 (1536 bit)", SUITE, group, DH_5))),
	  .flags = R_NO | R_NV },
	{ ROW(KW("lifetime", "Set lifetime for ISAKMP security association"), NOEND,
		UINT_B(60, 86400, "Lifetime in seconds", SUITE, lifetime)),
	  .flags = R_NO | R_NV },
};

static const struct row keyring_rows[] = {
	{ ROW(KW("description", "Description of the keyring"), NOEND, LINE_B("Description", struct cfg_keyring, description)),
	  .flags = R_NO | R_NV },
	{ ROW(KW("local-address", "Set local IP address of the keyring"), NOEND,
		IP4_B("IP address", struct cfg_keyring, local_address)),
	  .flags = R_NO | R_NV },
	{ ROW(KW("pre-shared-key", "Define a pre-shared key for IKE authentication"), PEER, NOEND,
		KW("key", "Specify the pre-shared key"), KEY_TEXT),
	  .flags = R_NO | R_SECRET, .handler = set_keyring_key, .nv = nv_keyring_keys },
};
/* clang-format on */

const struct row_table rows_isakmp = ROWS(IN_CONFIG, global_rows);
const struct row_table rows_isakmp_policy = ROWS(IN_ISAKMP_POLICY, policy_rows);
const struct row_table rows_keyring = ROWS(IN_KEYRING, keyring_rows);
