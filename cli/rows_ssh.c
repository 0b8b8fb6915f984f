/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ip ssh ..., its public key chain, login messages and delay, show ip ssh, show ssh. */
#include <ctype.h>
#include "cli/json.h"
#include "cli/rows_show.h"
#include "cli/shell.h"
#include "cli/show_ssh.h"
#include "cli/ssh.h"
#include "lib/why.h"

#define KEY_STRING_MAX 16384

/* ---- ip ssh ---- */

static int set_version(struct cmd *c)
{
	uint32_t v = cmd_u32(c, "number", 0);

	if (v == 1 && !c->no)
		return cmd_error(c, "SSH version 1 is broken and not offered.");
	c->cfg->ssh.version = c->no ? 0 : v;
	return CMD_OK;
}

static void nv_version(struct nv *nv, const struct row *row, const void *obj)
{
	if (nv->cfg->ssh.version)
		nv_line(nv, "ip ssh version %u", nv->cfg->ssh.version);
}

/* The words of 'ip ssh server algorithm LIST ...', each once, in their order. */
static int set_algorithms(struct cmd *c, unsigned list)
{
	char *to = c->cfg->ssh.algorithms[list];
	struct text t = TEXT_EMPTY;

	for (unsigned i = 5; !c->no && i < c->nargs; i++) {
		const char *name = c->arg[i].tok->text;
		bool twice = false;

		for (unsigned k = 5; k < i; k++)
			twice |= c->arg[k].tok == c->arg[i].tok;
		if (!twice)
			text_printf(&t, "%s%s", t.n ? " " : "", name);
	}
	str_copy(to, sizeof(c->cfg->ssh.algorithms[0]), text_str(&t));
	text_free(&t);
	return CMD_OK;
}

static int set_encryption(struct cmd *c)
{
	return set_algorithms(c, SSH_ENCRYPTION);
}

static int set_hostkey(struct cmd *c)
{
	return set_algorithms(c, SSH_HOSTKEY);
}

static int set_kex(struct cmd *c)
{
	return set_algorithms(c, SSH_KEX);
}

static int set_mac(struct cmd *c)
{
	return set_algorithms(c, SSH_MAC);
}

static int set_methods(struct cmd *c)
{
	c->cfg->ssh.methods = 0;
	if (c->no)
		return CMD_OK;
	c->cfg->ssh.methods = (cmd_has(c, "publickey") ? SSH_METHOD_PUBLICKEY : 0u) |
			      (cmd_has(c, "keyboard") ? SSH_METHOD_KEYBOARD : 0u) |
			      (cmd_has(c, "password") ? SSH_METHOD_PASSWORD : 0u);
	return CMD_OK;
}

static void nv_server(struct nv *nv, const struct row *row, const void *obj)
{
	static const char *const names[SSH_LISTS] = { [SSH_ENCRYPTION] = "encryption", [SSH_HOSTKEY] = "hostkey", [SSH_KEX] = "kex",
		[SSH_MAC] = "mac" };
	const struct cfg_ssh *s = &nv->cfg->ssh;

	for (unsigned i = 0; i < SSH_LISTS; i++)
		if (s->algorithms[i][0])
			nv_line(nv, "ip ssh server algorithm %s %s", names[i], s->algorithms[i]);
	if (s->methods)
		nv_line(nv, "ip ssh server algorithm authentication%s%s%s", s->methods & SSH_METHOD_PUBLICKEY ? " publickey" : "",
			s->methods & SSH_METHOD_KEYBOARD ? " keyboard" : "", s->methods & SSH_METHOD_PASSWORD ? " password" : "");
}

/* ---- ip ssh pubkey-chain ---- */

static int enter_chain(struct cmd *c)
{
	if (c->no)
		cfg_table_clear(&c->cfg->ssh.users);
	else
		shell_enter(c, IN_SSH_CHAIN, "", 0, 0);
	return CMD_OK;
}

static int enter_user(struct cmd *c)
{
	const char *name = cmd_str(c, "name");
	struct cfg_ssh_user *u;

	if (!c->no) {
		cfg_ssh_user_add(c->cfg, name);
		shell_enter(c, IN_SSH_USER, name, 0, 0);
		return CMD_OK;
	}
	u = cfg_ssh_user(c->cfg, name);
	if (!u)
		return c->session ? cmd_error(c, "User %s has no public keys.", name) : CMD_OK;
	cfg_remove(&c->cfg->ssh.users, &u->node);
	return CMD_OK;
}

static int keep_key(struct cmd *c, struct cfg_ssh_user *u, const struct ssh_public *key)
{
	struct cfg_ssh_key *k = cfg_ssh_key_add(u, key->hash);

	if (!k)
		return cmd_error(c, "User %s has %d public keys, which is the most.", u->name, CFG_SSH_KEYS);
	str_copy(k->type, sizeof(k->type), key->type);
	str_copy(k->comment, sizeof(k->comment), key->comment);
	return CMD_OK;
}

static int key_hash(struct cmd *c)
{
	struct cfg_ssh_user *u = c->obj;
	struct ssh_public key = { .type = "" };
	const char *hash = cmd_str(c, "hash");
	struct cfg_ssh_key *k;
	size_t n = strlen(hash);

	if (n != 32 || strspn(hash, "0123456789abcdefABCDEF") != n)
		return cmd_error(c, "SSH: A key hash is the MD5 hash of the key, 32 hexadecimal digits.");
	for (size_t i = 0; i < n; i++)
		key.hash[i] = (char)toupper((unsigned char)hash[i]);
	str_copy(key.type, sizeof(key.type), c->arg[1].tok->text);
	str_copy(key.comment, sizeof(key.comment), cmd_str(c, "comment"));
	if (!c->no)
		return keep_key(c, u, &key);
	k = cfg_ssh_key(u, key.hash);
	if (k)
		cfg_remove(&u->keys, &k->node);
	return CMD_OK;
}

static int key_string(struct cmd *c)
{
	if (c->no) {
		cfg_table_clear(&((struct cfg_ssh_user *)c->obj)->keys);
		return CMD_OK;
	}
	text_clear(&c->shell->key_string);
	shell_enter(c, IN_SSH_DATA, "", 0, 0);
	return CMD_OK;
}

static int key_line(struct cmd *c)
{
	struct text *t = &c->shell->key_string;
	const char *line = cmd_str(c, "data");

	if (t->n + strlen(line) + 1 > KEY_STRING_MAX)
		return cmd_error(c, "SSH: The key is longer than %d characters.", KEY_STRING_MAX);
	text_add(t, line);
	text_addn(t, "\n", 1);
	return CMD_OK;
}

static int key_done(struct cmd *c)
{
	struct ssh_public key;
	struct why why;
	bool ok = ssh_public_parse(text_str(&c->shell->key_string), &key, &why);

	text_clear(&c->shell->key_string);
	shell_leave(c->shell);
	if (!ok)
		return cmd_error(c, "SSH: Failed to decode the Key Value: %s", why.text);
	return keep_key(c, c->obj, &key);
}

/* As IOS ends an entry in show running-config. */
static int leave(struct cmd *c)
{
	shell_leave(c->shell);
	return CMD_OK;
}

static void nv_chain(struct nv *nv, const struct row *row, const void *obj)
{
	if (!nv->cfg->ssh.users.head)
		return;
	nv_line(nv, "ip ssh pubkey-chain");
	CFG_EACH(struct cfg_ssh_user, u, &nv->cfg->ssh.users) {
		nv_line(nv, "  username %s", u->name);
		CFG_EACH(struct cfg_ssh_key, k, &u->keys)
			nv_line(nv, "   key-hash %s %s%s%s", k->type, k->hash, k->comment[0] ? " " : "", k->comment);
		nv_line(nv, "  quit");
	}
}

/* ---- show ---- */

static int show_ip_ssh(struct cmd *c)
{
	struct show s = show_open(c);

	show_ssh_server(&s);
	return CMD_OK;
}

static int show_ssh(struct cmd *c)
{
	struct show s = show_open(c);

	show_ssh_sessions(&s, c->cli->ssh);
	return CMD_OK;
}

/* clang-format off */
#define IP_SSH KW("ip", "Global IP configuration subcommands"), KW("ssh", "Configure ssh options")
#define SERVER IP_SSH, KW("server", "Configure SSH server options"), KW("algorithm", "Configure SSH server algorithms")
#define CIPHER(name_) KW(name_, "Encryption algorithm")
#define KEX(name_) KW(name_, "Key exchange algorithm")
#define MAC(name_) KW(name_, "Message authentication algorithm")
#define KEY_TYPES ALT(KW("ssh-rsa", "RSA key"), OR, KW("ssh-ed25519", "Ed25519 key"), OR, \
	KW("ecdsa-sha2-nistp256", "ECDSA key on NIST curve P-256"), OR, KW("ecdsa-sha2-nistp384", "ECDSA key on NIST curve P-384"), OR, \
	KW("ecdsa-sha2-nistp521", "ECDSA key on NIST curve P-521"))

static const struct row config_rows[] = {
	{ ROW(IP_SSH, KW("time-out", "Specify SSH time-out interval"), NOEND,
		UINT_B(1, 120, "SSH time-out interval (secs)", struct cfg, ssh.timeout)), .flags = R_NO | R_NV, .order = 1550 },
	{ ROW(IP_SSH, KW("authentication-retries", "Specify number of authentication retries"), NOEND,
		UINT_B(0, 5, "Number of authentication retries", struct cfg, ssh.retries)), .flags = R_NO | R_NV, .order = 1551 },
	{ ROW(IP_SSH, KW("rsa", "Configure RSA keypair name for SSH"), KW("keypair-name", "Specify RSA keypair name for SSH"), NOEND,
		WORD_B("RSA keypair name", struct cfg, ssh.keypair)), .flags = R_NO | R_NV, .order = 1552 },
	{ ROW(IP_SSH, KW("logging", "Configure logging for SSH"),
		KW_TRUE("events", "Log SSH events", struct cfg, ssh.log_events)), .flags = R_NO | R_NV, .order = 1553 },
	{ ROW(IP_SSH, KW("version", "Specify protocol version supported"), NOEND, UINT("number", 1, 2, "Protocol version")),
	  .flags = R_NO, .handler = set_version, .nv = nv_version, .order = 1554 },
	{ ROW(IP_SSH, KW("dh", "Diffie-Hellman"), KW("min", "Minimum size"), KW("size", "Diffie-Hellman key size"), NOEND,
		ALT(KW_VALUE("2048", "2048 bits", struct cfg, ssh.dh_min, 2048), OR,
			KW_VALUE("4096", "4096 bits", struct cfg, ssh.dh_min, 4096))), .flags = R_NO | R_NV, .order = 1555 },
	{ ROW(SERVER, KW("encryption", "Configure encryption algorithms"), NOEND, REP(8, ALT(
		CIPHER("chacha20-poly1305@openssh.com"), OR, CIPHER("aes256-gcm@openssh.com"), OR, CIPHER("aes128-gcm@openssh.com"), OR,
		CIPHER("aes256-gcm"), OR, CIPHER("aes128-gcm"), OR, CIPHER("aes256-ctr"), OR, CIPHER("aes192-ctr"), OR,
		CIPHER("aes128-ctr")))), .flags = R_NO, .handler = set_encryption, .nv = nv_server, .order = 1557 },
	{ ROW(SERVER, KW("hostkey", "Configure host key algorithms"), NOEND, REP(2, ALT(
		KW("rsa-sha2-512", "RSA with SHA-512"), OR, KW("rsa-sha2-256", "RSA with SHA-256")))),
	  .flags = R_NO, .handler = set_hostkey },
	{ ROW(SERVER, KW("kex", "Configure key exchange algorithms"), NOEND, REP(8, ALT(
		KEX("curve25519-sha256"), OR, KEX("curve25519-sha256@libssh.org"), OR, KEX("ecdh-sha2-nistp256"), OR,
		KEX("ecdh-sha2-nistp384"), OR, KEX("ecdh-sha2-nistp521"), OR, KEX("diffie-hellman-group14-sha256"), OR,
		KEX("diffie-hellman-group16-sha512"), OR, KEX("diffie-hellman-group18-sha512")))),
	  .flags = R_NO, .handler = set_kex },
	{ ROW(SERVER, KW("mac", "Configure message authentication algorithms"), NOEND, REP(4, ALT(
		MAC("hmac-sha2-256-etm@openssh.com"), OR, MAC("hmac-sha2-512-etm@openssh.com"), OR, MAC("hmac-sha2-256"), OR,
		MAC("hmac-sha2-512")))), .flags = R_NO, .handler = set_mac },
	{ ROW(SERVER, KW("authentication", "Configure user authentication methods"), NOEND, REP(3, ALT(
		KW("publickey", "Public key"), OR, KW("keyboard", "Keyboard interactive"), OR, KW("password", "Password")))),
	  .flags = R_NO, .handler = set_methods },
	{ ROW(IP_SSH, KW("pubkey-chain", "Users' public keys")),
	  .flags = R_NO, .handler = enter_chain, .nv = nv_chain, .order = 1556 },
};

static const struct row chain_rows[] = {
	{ ROW(KW("username", "Configure the public keys of a user"),
		{ .kind = T_WORD, .name = "name", .help = "SSH user name", .lo = 1, .hi = 64 }), .flags = R_NO, .handler = enter_user },
};

static const struct row user_rows[] = {
	{ ROW(KW("key-hash", "Enter a public key's hash"), KEY_TYPES, { .kind = T_WORD, .name = "hash", .text = "WORD",
		.help = "MD5 hash of the key" }, OPT(LINE("comment", "Comment"))), .flags = R_NO, .handler = key_hash },
	{ ROW(KW("key-string", "Enter a public key")), .flags = R_NO, .handler = key_string },
	{ ROW(KW("quit", "Exit from SSH public key entry mode")), .flags = R_HIDDEN | R_NAVIGATES, .handler = leave },
};

static const struct row data_rows[] = {
	{ ROW(KW("exit", NULL)), .handler = key_done, .flags = R_HIDDEN },
	{ ROW(LINE("data", "Public key data")), .handler = key_line },
};

static const struct row show_rows[] = {
	{ ROW(KW("show", "Show running system information"), KW("ip", "IP information"), KW("ssh", "Information on SSH")), show_ip_ssh,
	  JSON("ip-ssh", json_ip_ssh) },
	{ ROW(KW("show", "Show running system information"), KW("ssh", "Status of SSH server connections")), show_ssh,
	  JSON("ssh", json_ssh) },
};
/* clang-format on */

const struct row_table rows_ssh = ROWS(IN_CONFIG, config_rows);
const struct row_table rows_ssh_chain = ROWS(IN_SSH_CHAIN, chain_rows);
const struct row_table rows_ssh_user = ROWS(IN_SSH_USER, user_rows);
const struct row_table rows_ssh_data = ROWS(IN_SSH_DATA, data_rows);
const struct row_table rows_show_ssh = ROWS(IN_EXEC, show_rows);
