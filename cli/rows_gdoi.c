/* SPDX-License-Identifier: GPL-3.0-or-later */
/* crypto gdoi|gkm group and its sub-modes, both roles. */
#include <stdio.h>
#include "cli/shell.h"
#include "lib/crypto/alg.h"

static int group_gone(struct cmd *c)
{
	struct cfg_group *g = cfg_group(c->cfg, cmd_str(c, "name"));

	if (g)
		cfg_remove(&c->cfg->groups, &g->node);
	return CMD_OK;
}

static int group_confirmed(struct cmd *c, const struct answer *a)
{
	return a->yes ? group_gone(c) : CMD_OK;
}

static int enter_group(struct cmd *c)
{
	const char *name = cmd_str(c, "name");
	struct cfg_group *g = cfg_group(c->cfg, name);

	if (c->no) {
		if (!g)
			return cmd_error(c, "group %s doesn't yet exist.", name);
		return g->ks.present ? cmd_ask_yes_no(c, "Do you want to continue ?", group_confirmed) : group_gone(c);
	}
	if (!g)
		g = cfg_group_add(c->cfg, name);
	g->gkm_word = cmd_has(c, "gkm");
	shell_enter(c, IN_GROUP, name, 0, 0);
	c->shell->level[c->shell->depth - 1].gkm = g->gkm_word;
	return CMD_OK;
}

static void nv_groups(struct nv *nv, const struct row *row, const void *obj)
{
	bool first = true;

	CFG_EACH(struct cfg_group, g, &nv->cfg->groups) {
		if (!first)
			nv_line(nv, "!");
		first = false;
		nv_line(nv, "crypto %s group %s", g->gkm_word ? "gkm" : "gdoi", g->name);
		nv_mode(nv, IN_GROUP, g);
	}
}

/* ---- a device is not key server and member of one group ---- */

static bool same_identity(const struct cfg_group *a, const struct cfg_group *b)
{
	if (!a->identity || a->identity != b->identity)
		return false;
	return a->identity == 1 ? a->identity_number == b->identity_number : ip4_eq(a->identity_address, b->identity_address);
}

/* The other group of the device that has g's identity and the other role; NULL when there is none. */
static const struct cfg_group *clash(const struct cfg *cfg, const struct cfg_group *g, bool ks, bool gm)
{
	CFG_EACH(struct cfg_group, o, &cfg->groups)
		if (o != g && same_identity(o, g) && ((ks && !ip4_none(o->servers[0])) || (gm && o->ks.present)))
			return o;
	return NULL;
}

static int clash_error(struct cmd *c, const struct cfg_group *o)
{
	return cmd_error(c, "This device is %s of group %s with the same identity: it cannot be both key server and group member",
		o->ks.present ? "key server" : "group member", o->name);
}

static int set_identity(struct cmd *c)
{
	struct cfg_group *g = c->obj, was = *g;
	const struct cfg_group *o;

	g->identity = 0;
	g->identity_number = 0;
	g->identity_address.a = 0;
	if (c->no)
		return CMD_OK;
	g->identity = cmd_has(c, "number") ? 1 : 2;
	g->identity_number = cmd_u32(c, "identity-number", 0);
	cmd_ip4(c, "identity-address", &g->identity_address);
	o = clash(c->cfg, g, g->ks.present, !ip4_none(g->servers[0]));
	if (!o)
		return CMD_OK;
	g->identity = was.identity;
	g->identity_number = was.identity_number;
	g->identity_address = was.identity_address;
	return clash_error(c, o);
}

static void nv_identity(struct nv *nv, const struct row *row, const void *obj)
{
	const struct cfg_group *g = obj;

	if (g->identity == 1)
		nv_line(nv, "identity number %u", g->identity_number);
	else if (g->identity == 2)
		nv_line(nv, "identity address ipv4 %s", ip4_s(g->identity_address));
}

/* The crypto map that makes this device the group's member; NULL when there is none. */
static const struct cfg_map *map_with(const struct cfg *cfg, const char *group)
{
	CFG_EACH(struct cfg_map, m, &cfg->maps)
		CFG_EACH(struct cfg_map_entry, e, &m->entries)
			if (strcmp(e->group, group) == 0)
				return m;
	return NULL;
}

static int enter_ks(struct cmd *c)
{
	struct cfg_group *g = c->obj;
	const struct cfg_group *o = clash(c->cfg, g, true, false);
	const struct cfg_map *m;

	if (c->no) {
		cfg_ks_reset(&g->ks);
		return CMD_OK;
	}
	if (!ip4_none(g->servers[0]))
		return cmd_error(c, "Group %s is configured as group member (server address): it cannot be key server as well", g->name);
	if (!g->ks.present && (m = map_with(c->cfg, g->name)))
		return cmd_error(c, "Group %s is configured as group member (crypto map %s): it cannot be key server as well", g->name, m->name);
	if (o)
		return clash_error(c, o);
	g->ks.present = true;
	shell_enter(c, IN_KS, NULL, 0, 0);
	return CMD_OK;
}

static void nv_ks(struct nv *nv, const struct row *row, const void *obj)
{
	const struct cfg_group *g = obj;

	if (!g->ks.present)
		return;
	nv_line(nv, "server local");
	nv_mode(nv, IN_KS, &g->ks);
}

static int set_server(struct cmd *c)
{
	struct cfg_group *g = c->obj;
	const struct cfg_group *o = clash(c->cfg, g, false, true);
	struct ip4 ip;
	unsigned i;

	cmd_ip4(c, "server-address", &ip);
	for (i = 0; i < CFG_SERVERS && !ip4_none(g->servers[i]) && !ip4_eq(g->servers[i], ip); i++)
		;
	if (c->no) {
		if (i == CFG_SERVERS || ip4_none(g->servers[i]))
			return CMD_OK;
		memmove(&g->servers[i], &g->servers[i + 1], (CFG_SERVERS - 1 - i) * sizeof(ip));
		g->servers[CFG_SERVERS - 1].a = 0;
		return CMD_OK;
	}
	if (g->ks.present)
		return cmd_error(c, "Group %s is configured as key server (server local): it cannot be group member as well", g->name);
	if (o)
		return clash_error(c, o);
	if (ip4_none(ip))
		return cmd_error(c, "Invalid server address");
	if (i == CFG_SERVERS)
		return cmd_error(c, "At most %d key servers can be configured", CFG_SERVERS);
	g->servers[i] = ip;
	return CMD_OK;
}

static void nv_servers(struct nv *nv, const struct row *row, const void *obj)
{
	const struct cfg_group *g = obj;

	for (unsigned i = 0; i < CFG_SERVERS && !ip4_none(g->servers[i]); i++)
		nv_line(nv, "server address ipv4 %s", ip4_s(g->servers[i]));
}

/* ---- client ---- */

static const struct {
	const char *word;
	enum cipher_id id;
} ciphers[] = { { "3des-cbc", CIPHER_3DES }, { "des-cbc", CIPHER_DES } };

static int set_client_ciphers(struct cmd *c)
{
	struct cfg_group *g = c->obj;

	g->client_ciphers = 0;
	for (unsigned i = 0; !c->no && i < c->nargs; i++) {
		const struct tok *t = c->arg[i].tok;

		for (unsigned k = 0; t->kind == T_KW && k < 2; k++)
			if (strcmp(t->text, ciphers[k].word) == 0)
				g->client_ciphers |= 1u << ciphers[k].id;
		if (t->kind == T_UINT)
			g->client_ciphers |= 1u << (t->lo == 128 ? CIPHER_AES128 : t->lo == 192 ? CIPHER_AES192 : CIPHER_AES256);
	}
	return CMD_OK;
}

static int set_client_hashes(struct cmd *c)
{
	struct cfg_group *g = c->obj;

	g->client_hashes = 0;
	for (enum hash_id h = HASH_SHA1; !c->no && h < HASH_MAX; h++)
		if (cmd_has(c, hash_alg(h)->ios))
			g->client_hashes |= 1u << h;
	return CMD_OK;
}

static int set_client_sets(struct cmd *c)
{
	struct cfg_group *g = c->obj;
	const char *name;

	memset(g->client_sets, 0, sizeof(g->client_sets));
	for (unsigned i = 0; !c->no && i < CFG_SETS && (name = cmd_nth(c, "set-name", i)); i++)
		str_copy(g->client_sets[i], sizeof(g->client_sets[i]), name);
	return CMD_OK;
}

static void nv_client(struct nv *nv, const struct row *row, const void *obj)
{
	const struct cfg_group *g = obj;
	struct text t = TEXT_EMPTY;

	for (enum cipher_id e = CIPHER_DES; e < CIPHER_MAX; e++)
		if (g->client_ciphers >> e & 1)
			text_printf(&t, " %s", cipher_alg(e)->ios_rekey);
	if (t.n)
		nv_line(nv, "client rekey encryption%s", text_str(&t));
	text_clear(&t);
	for (enum hash_id h = HASH_SHA1; h < HASH_MAX; h++)
		if (g->client_hashes >> h & 1)
			text_printf(&t, " %s", hash_alg(h)->ios);
	if (t.n)
		nv_line(nv, "client rekey hash%s", text_str(&t));
	text_clear(&t);
	for (unsigned i = 0; i < CFG_SETS && g->client_sets[i][0]; i++)
		text_printf(&t, " %s", g->client_sets[i]);
	if (t.n)
		nv_line(nv, "client transform-sets%s", text_str(&t));
	text_free(&t);
}

static int set_version(struct cmd *c)
{
	struct cfg_group *g = c->obj;
	const char *v = cmd_str(c, "version");
	unsigned a, b, m;
	char rest;

	if (c->no) {
		g->version[0] = '\0';
		return CMD_OK;
	}
	if (strlen(v) >= sizeof(g->version) || sscanf(v, "%3u.%3u.%3u%c", &a, &b, &m, &rest) != 3 || a > 255 || b > 255 || m > 255)
		return cmd_error(c, "A version is three numbers from 0 to 255: X.Y.Z");
	snprintf(g->version, sizeof(g->version), "%u.%u.%u", a, b, m);
	return CMD_OK;
}

static void nv_version(struct nv *nv, const struct row *row, const void *obj)
{
	const struct cfg_group *g = obj;

	if (g->version[0])
		nv_line(nv, "software-version %s", g->version);
}

/* ---- sa ipsec ---- */

static int enter_sa(struct cmd *c)
{
	struct cfg_ks *ks = c->obj;
	uint32_t n = cmd_u32(c, "number", 0);
	struct cfg_sa *sa = cfg_sa(ks, n);

	if (c->no) {
		if (sa)
			cfg_remove(&ks->sas, &sa->node);
		return CMD_OK;
	}
	cfg_sa_add(ks, n);
	shell_enter(c, IN_SA, NULL, n, 0);
	return CMD_OK;
}

static void nv_sas(struct nv *nv, const struct row *row, const void *obj)
{
	const struct cfg_ks *ks = obj;

	CFG_EACH(struct cfg_sa, sa, &ks->sas) {
		nv_line(nv, "sa ipsec %u", sa->number);
		nv_mode(nv, IN_SA, sa);
	}
}

/* ---- redundancy ---- */

static int enter_coop(struct cmd *c)
{
	struct cfg_ks *ks = c->obj;

	if (c->no) {
		cfg_coop_reset(&ks->coop);
		return CMD_OK;
	}
	if (!ks->coop.present && !(c->cfg->keepalive.interval && c->cfg->keepalive.periodic))
		text_add(c->out, "% Cooperative key servers need periodic DPD: configure 'crypto isakmp keepalive SECONDS periodic'\n");
	if (!ks->coop.present && cfg_isakmp_lifetime(c->cfg) < CFG_ISAKMP_LIFETIME)
		text_add(c->out, "% Cooperative key servers need lasting phase-1 SAs: leave 'lifetime' of the first 'crypto isakmp policy' at 86400\n");
	ks->coop.present = true;
	shell_enter(c, IN_COOP, NULL, 0, 0);
	return CMD_OK;
}

static void nv_coop(struct nv *nv, const struct row *row, const void *obj)
{
	const struct cfg_ks *ks = obj;

	if (!ks->coop.present)
		return;
	nv_line(nv, "redundancy");
	nv_mode(nv, IN_COOP, &ks->coop);
}

static int set_peer(struct cmd *c)
{
	struct cfg_coop *coop = c->obj;
	const struct cfg_ks *ks = (const struct cfg_ks *)(const void *)((const char *)coop - offsetof(struct cfg_ks, coop));
	struct ip4 ip;
	unsigned i;

	cmd_ip4(c, "peer-address", &ip);
	for (i = 0; i < CFG_COOP_PEERS && !ip4_none(coop->peers[i]) && !ip4_eq(coop->peers[i], ip); i++)
		;
	if (c->no) {
		if (i == CFG_COOP_PEERS || ip4_none(coop->peers[i]))
			return CMD_OK;
		memmove(&coop->peers[i], &coop->peers[i + 1], (CFG_COOP_PEERS - 1 - i) * sizeof(ip));
		coop->peers[CFG_COOP_PEERS - 1].a = 0;
		return CMD_OK;
	}
	if (ip4_none(ip) || ip4_multicast(ip))
		return cmd_error(c, "Invalid peer address");
	if (ip4_eq(ks->address, ip))
		return cmd_error(c, "%s is this key server's own address", ip4_s(ip));
	if (i == CFG_COOP_PEERS)
		return cmd_error(c, "At most %d peers can be configured", CFG_COOP_PEERS);
	coop->peers[i] = ip;
	return CMD_OK;
}

static void nv_peers(struct nv *nv, const struct row *row, const void *obj)
{
	const struct cfg_coop *coop = obj;

	for (unsigned i = 0; i < CFG_COOP_PEERS && !ip4_none(coop->peers[i]); i++)
		nv_line(nv, "peer address ipv4 %s", ip4_s(coop->peers[i]));
}

static int set_replay(struct cmd *c)
{
	struct cfg_sa *sa = c->obj;

	if (c->no && !c->dflt) {
		sa->replay = REPLAY_NONE;
		return CMD_OK;
	}
	sa->replay = !c->no && cmd_has(c, "time") ? REPLAY_TIME : REPLAY_COUNTER;
	sa->counter_window = cmd_u32(c, "packets", COUNTER_WINDOW_DEFAULT);
	sa->time_window = cmd_u32(c, "seconds", 0);
	return CMD_OK;
}

static void nv_replay(struct nv *nv, const struct row *row, const void *obj)
{
	const struct cfg_sa *sa = obj;

	if (sa->replay == REPLAY_NONE)
		nv_line(nv, "no replay");
	else if (sa->replay == REPLAY_TIME)
		nv_line(nv, "replay time window-size %u", sa->time_window);
	else if (sa->counter_window != COUNTER_WINDOW_DEFAULT || nv->all)
		nv_line(nv, "replay counter window-size %u", sa->counter_window);
}

/* clang-format off */
#define G struct cfg_group
#define K struct cfg_ks
#define SIZE(n_, text_) { .kind = T_UINT, .name = "bits", .lo = n_, .hi = n_, .text = text_, .help = text_ " bit keys" }
#define PACKETS(n_, text_) { .kind = T_UINT, .name = "packets", .lo = n_, .hi = n_, .text = text_, .help = "Window size of " text_ }
#define ACL_NUM(lo_, hi_, help_, type_, f_) \
	{ .kind = T_UINT, .name = #f_, .lo = lo_, .hi = hi_, .help = help_, .bind = BIND_STR, FIELD_(type_, f_) }
#define IPV4 KW("ipv4", "IPv4 address")
#define COMPAT KW("compatibility", "Meet a peer that differs from RFC 6407 (docs/DEVIATIONS.md)")
#define CLIENT KW("client", "Set the group client parameters")
#define PROTOCOL KW("protocol", "Specify various protocol operational values")
#define TIMEOUT KW("timeout", "Times of the protocol")
#define REKEY KW("rekey", "Configure rekey policy for the group")

static const struct row enter_rows[] = {
	{ ROW(KW("crypto", "Encryption module"), ALT(
			KW("gdoi", "Configure GKM (Group Key Management, GDOI or G-IKEv2) Policy"), OR,
			KW("gkm", "Configure GKM (Group Key Management, GDOI or G-IKEv2) Policy")),
		KW("group", "Configure a GKM (Group Key Management, GDOI or G-IKEv2) Group"), WORD("name", "Group name")),
	  .flags = R_NO, .handler = enter_group, .nv = nv_groups, .order = 1350 },
};

static const struct row group_rows[] = {
	{ ROW(KW("identity", "Set the identity of the group"), NOEND, ALT(
		KW("number", "Set the identity of the group as a number"), NOEND, UINT("identity-number", 0, 2147483647, "Group number"), OR,
		KW("address", "Set the identity of the group as an address"), NOEND, IPV4, NOEND, IP4("identity-address", "Group address"))),
	  .flags = R_NO, .handler = set_identity, .nv = nv_identity },
	{ ROW(CLIENT, KW("registration", "Set the group client registration parameters"),
		KW("interface", "Interface to register from"), NOEND, WORD_B("Interface name", G, client_interface)),
	  .flags = R_NO | R_NV },
	{ ROW(CLIENT, KW("rekey", "Set the acceptable rekey parameters"), KW("encryption", "Acceptable rekey ciphers"), NOEND, REP(8, ALT(
		KW("3des-cbc", "cbc mode of the Encapsulating Security Payload three key triple DES"), OR,
		KW("des-cbc", "cbc mode of the Encapsulating Security Payload DES"), OR,
		KW("aes", "AES cipher"), ALT(SIZE(128, "128"), OR, SIZE(192, "192"), OR, SIZE(256, "256"))))),
	  .flags = R_NO, .handler = set_client_ciphers, .nv = nv_client },
	{ ROW(CLIENT, KW("rekey", "Set the acceptable rekey parameters"), KW("hash", "Acceptable rekey signature hashes"), NOEND, REP(8, ALT(
		KW("sha", "Secure Hash Standard"), OR, KW("sha256", "Secure Hash Standard 2 (256 bit)"), OR,
		KW("sha384", "Secure Hash Standard 2 (384 bit)"), OR, KW("sha512", "Secure Hash Standard 2 (512 bit)")))),
	  .flags = R_NO, .handler = set_client_hashes },
	{ ROW(CLIENT, KW("transform-sets", "Acceptable transform sets for the traffic keys"), NOEND,
		REP(CFG_SETS, WORD("set-name", "Transform set tag"))),
	  .flags = R_NO, .handler = set_client_sets },
	{ ROW(CLIENT, KW("fail-close", "Set the fail-close behaviour"),
		KW_TRUE("revert", "Return to the fail-close policy when registration fails", G, failclose_revert)),
	  .flags = R_NO | R_NV },
	{ ROW(CLIENT, KW("recovery-check", "Register again when packets cannot be decrypted"), NOEND,
		KW("interval", "Least time between two recovery registrations"), UINT_B(100, 1000, "Seconds", G, recovery_interval)),
	  .flags = R_NO | R_NV },
	{ ROW(KW_TRUE("passive", "Set the group in passive mode", G, passive)), .flags = R_NO | R_NV },
	{ ROW(KW("software-version", "Behave as another GET VPN software version"), NOEND,
		{ .kind = T_WORD, .name = "version", .text = "X.Y.Z", .help = "Version" }),
	  .flags = R_NO, .handler = set_version, .nv = nv_version },
	{ ROW(COMPAT, KW("phase1-doi", "DOI number that phase 1 carries"), NOEND, KW_TRUE("1", "IPsec DOI instead of GDOI's 2", G, compat.phase1_doi1)),
	  .flags = R_NO | R_NV },
	{ ROW(COMPAT, KW("sat-idlen", "Octets of the identity length field in a SAT payload"), NOEND,
		KW_TRUE("2", "Two octets instead of one", G, compat.sat_idlen2)),
	  .flags = R_NO | R_NV },
	{ ROW(COMPAT, KW("sak-pad", "Octets of padding in a SAK payload"), NOEND, KW_TRUE("6", "Six octets", G, compat.sak_pad6)),
	  .flags = R_NO | R_NV },
	{ ROW(COMPAT, KW("push-sig", "Form of a rekey's signature"), NOEND, KW_TRUE("raw", "Over the bare digest, without DigestInfo", G, compat.push_sig_raw)),
	  .flags = R_NO | R_NV },
	{ ROW(COMPAT, KW_TRUE("keyid-le", "Key identifiers in little-endian order", G, compat.keyid_le)), .flags = R_NO | R_NV },
	{ ROW(COMPAT, KW_TRUE("lenient-attrs", "Accept unknown attributes", G, compat.lenient_attrs)), .flags = R_NO | R_NV },
	{ ROW(KW("server", "Set the group server for of the group"), KW("local", "Configure the group server on this device")),
	  .flags = R_NO, .handler = enter_ks, .nv = nv_ks },
	{ ROW(KW("server", "Set the group server for of the group"), KW("address", "Set the address of the group server"), IPV4,
		IP4("server-address", "Key server address")),
	  .flags = R_NO, .handler = set_server, .nv = nv_servers },
};

static const struct row ks_rows[] = {
	{ ROW(REKEY, KW("address", "Define the rekey packet format"), NOEND, IPV4, NOEND, ALT(
		ACL_NUM(100, 199, "IP access list (extended)", K, rekey_acl), OR,
		ACL_NUM(2000, 2699, "IP access list (expanded range)", K, rekey_acl), OR,
		WORD_B("Access-list name", K, rekey_acl))),
	  .flags = R_NO | R_NV },
	{ ROW(REKEY, KW("algorithm", "Set the rekey encryption algorithm"), NOEND, ALT(
		KW_VALUE("3des-cbc", "cbc mode of the Encapsulating Security Payload three key triple DES", K, rekey_cipher, CIPHER_3DES), OR,
		KW_VALUE("des-cbc", "cbc mode of the Encapsulating Security Payload DES", K, rekey_cipher, CIPHER_DES), OR,
		KW("aes", "AES cipher"), ALT(
			KW_VALUE("128", "128 bit keys", K, rekey_cipher, CIPHER_AES128), OR,
			KW_VALUE("192", "192 bit keys", K, rekey_cipher, CIPHER_AES192), OR,
			KW_VALUE("256", "256 bit keys", K, rekey_cipher, CIPHER_AES256)))),
	  .flags = R_NO | R_NV },
	{ ROW(REKEY, KW("sig-hash", "Set rekey signature-hash parameters"), NOEND, KW("algorithm", "Set the signature-hash algorithm"), NOEND, ALT(
		KW_VALUE("sha", "Secure Hash Standard", K, rekey_hash, HASH_SHA1), OR,
		KW_VALUE("sha256", "Secure Hash Standard 2 (256 bit)", K, rekey_hash, HASH_SHA256), OR,
		KW_VALUE("sha384", "Secure Hash Standard 2 (384 bit)", K, rekey_hash, HASH_SHA384), OR,
		KW_VALUE("sha512", "Secure Hash Standard 2 (512 bit)", K, rekey_hash, HASH_SHA512))),
	  .flags = R_NO | R_NV },
	{ ROW(REKEY, KW("lifetime", "Define the rekey lifetime"), NOEND, ALT(
		KW("seconds", "Number of seconds"), UINT_B(300, 2592000, "Seconds", K, rekey_lifetime), OR,
		KW("days", "Number of days"), UINT_SCALED(1, 30, "Days", K, rekey_lifetime, 86400))),
	  .flags = R_NO | R_NV },
	{ ROW(REKEY, KW("retransmit", "Define the rekey retransmission parameters"), NOEND, UINT_B(10, 60, "Seconds between retransmissions", K, retransmit),
		OPT(ALT(KW_TRUE("periodic", "Retransmit until the next rekey", K, retransmit_periodic), OR,
			KW("number", "Number of retransmissions"), UINT_B(1, 10, "Retransmissions", K, retransmits)))),
	  .flags = R_NO | R_NV },
	{ ROW(REKEY, KW("authentication", "Identify the rekey authentication keypair"), NOEND, KW("mypubkey", "Our public key"),
		KW("rsa", "Rivest-Shamir-Adleman key pair"), WORD_B("Label of the key pair", K, rekey_key)),
	  .flags = R_NO | R_NV },
	{ ROW(REKEY, KW("transport", "Specify the rekey distribution method"), NOEND,
		KW_TRUE("unicast", "Unicast transport for the rekey", K, unicast)),
	  .flags = R_NO | R_NV },
	{ ROW(REKEY, KW("acknowledgement", "Request group members to acknowledge rekeys"), NOEND, ALT(
		KW_VALUE("any", "Either form", K, ack, ACK_ANY), OR,
		KW_VALUE("cisco", "Cisco's form", K, ack, ACK_CISCO), OR,
		KW_VALUE("interoperable", "The form of RFC 8263", K, ack, ACK_INTEROPERABLE))),
	  .flags = R_NO | R_NV },
	{ ROW(KW("registration", "Configure registration for the group"), KW("interface", "Interface that accepts registrations"), NOEND,
		WORD_B("Interface name", K, registration_if)),
	  .flags = R_NO | R_NV },
	{ ROW(KW("authorization", "Configure authorization for the group"), KW("address", "Authorize by address"), NOEND, IPV4, NOEND, ALT(
		ACL_NUM(1, 99, "IP standard access list", K, auth_acl), OR,
		ACL_NUM(1300, 1999, "IP standard access list (expanded range)", K, auth_acl), OR,
		WORD_B("Access-list name", K, auth_acl))),
	  .flags = R_NO | R_NV },
	{ ROW(KW("sa", "Configure a security association"), KW_TRUE("receive-only", "Group members send in clear and accept both", K, receive_only)),
	  .flags = R_NO | R_NV },
	{ ROW(KW("sa", "Configure a security association"), KW("ipsec", "Configure an IPsec SA"), UINT("number", 1, 65535, "Sequence of the SA")),
	  .flags = R_NO, .handler = enter_sa, .nv = nv_sas },
	{ ROW(KW("address", "Configure server source address"), IPV4, NOEND, IP4_B("Server address", K, address)), .flags = R_NO | R_NV },
	{ ROW(KW("redundancy", "Enter cooperative key server configuration mode")),
	  .flags = R_NO, .handler = enter_coop, .nv = nv_coop },
};

static const struct row coop_rows[] = {
	{ ROW(KW("local", "Local key server configurations"), KW("priority", "Priority of this server in elections"), NOEND,
		UINT_B(1, 255, "The highest leads", struct cfg_coop, priority)),
	  .flags = R_NO | R_NV },
	{ ROW(KW("peer", "Peer server configurations"), KW("address", "Address of a cooperating key server"), IPV4,
		IP4("peer-address", "Peer address")),
	  .flags = R_NO, .handler = set_peer, .nv = nv_peers },
	{ ROW(KW("sync", "Copy from the primary, and to others when this is the primary"),
		KW_TRUE("configuration", "The group's policy and rekey RSA key", struct cfg_coop, sync)),
	  .flags = R_NO | R_NV },
	{ ROW(PROTOCOL, KW("pdu", "Octets of a message"), NOEND, UINT_B(1000, 65000, "Octets at most", struct cfg_coop, pdu)),
	  .flags = R_NO | R_NV },
	{ ROW(PROTOCOL, KW("version", "Form of the announcements"), NOEND, ALT(
		KW_VALUE("base", "Known to every release", struct cfg_coop, version, 0), OR,
		KW_VALUE("optimize", "Differences only", struct cfg_coop, version, 1))),
	  .flags = R_NO | R_NV },
	{ ROW(PROTOCOL, TIMEOUT, KW("refresh", "Between announcements of the primary"), NOEND,
		UINT_B(5, 600, "Seconds", struct cfg_coop, refresh)),
	  .flags = R_NO | R_NV },
	{ ROW(PROTOCOL, TIMEOUT, KW("periodic", "Until a secondary asks; twice that until an election"), NOEND,
		UINT_B(10, 900, "Seconds", struct cfg_coop, periodic)),
	  .flags = R_NO | R_NV },
	{ ROW(PROTOCOL, TIMEOUT, KW_TRUE("fast", "Announcements every 0.5 seconds, election within 3", struct cfg_coop, fast)),
	  .flags = R_NO | R_NV },
	{ ROW(PROTOCOL, KW("keys", "Keys of a new primary"), KW_TRUE("drawn", "Draw new ones instead of deriving the same", struct cfg_coop, drawn)),
	  .flags = R_NO | R_NV },
	{ ROW(PROTOCOL, KW("keys", "Keys of a new primary"), KW("first", "The first keys of a group"), NOEND, ALT(
		KW_VALUE("at-once", "Made by whoever is elected", struct cfg_coop, first, 0), OR,
		KW_VALUE("all-peers", "Wait until all peers are heard", struct cfg_coop, first, CFG_COOP_ALL), OR,
		UINT_B(10, 86400, "Seconds to wait for all peers to be heard", struct cfg_coop, first))),
	  .flags = R_NO | R_NV },
};

static const struct row sa_rows[] = {
	{ ROW(KW("profile", "Configure an ipsec profile for the SA"), NOEND, WORD_B("Name of the ipsec profile", struct cfg_sa, profile)),
	  .flags = R_NO | R_NV },
	{ ROW(KW("match", "Match characteristics of packets to encrypt"), KW("address", "Match address of packets to encrypt"), NOEND, IPV4, NOEND, ALT(
		ACL_NUM(100, 199, "IP access list (extended)", struct cfg_sa, acl), OR,
		ACL_NUM(2000, 2699, "IP access list (expanded range)", struct cfg_sa, acl), OR,
		WORD_B("Access-list name", struct cfg_sa, acl))),
	  .flags = R_NO | R_NV },
	{ ROW(KW("replay", "Set replay method"), NOEND, ALT(
		KW("counter", "Counter-based anti-replay"), NOEND, KW("window-size", "Size of the window"),
			ALT(PACKETS(64, "64"), OR, PACKETS(128, "128"), OR, PACKETS(256, "256"), OR, PACKETS(512, "512"), OR, PACKETS(1024, "1024")), OR,
		KW("time", "Time-based anti-replay"), NOEND, KW("window-size", "Size of the window"), UINT("seconds", 1, 100, "Window size in seconds"))),
	  .flags = R_NO, .handler = set_replay, .nv = nv_replay },
};
/* clang-format on */

const struct row_table rows_gdoi = ROWS(IN_CONFIG, enter_rows);
const struct row_table rows_group = ROWS(IN_GROUP, group_rows);
const struct row_table rows_ks = ROWS(IN_KS, ks_rows);
const struct row_table rows_sa = ROWS(IN_SA, sa_rows);
const struct row_table rows_coop = ROWS(IN_COOP, coop_rows);
