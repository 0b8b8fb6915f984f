/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Global configuration: host name, services, secrets, users, banners. */
#include <ctype.h>
#include <stdlib.h>
#include "cli/shell.h"
#include "lib/secret.h"
#include "syslog/syslog.h"

static int set_hostname(struct cmd *c)
{
	const char *name = cmd_str(c, "name");

	if (c->no)
		name = "Router";
	if (strlen(name) > 63 || !isalpha((unsigned char)name[0]))
		return cmd_error(c, "Hostname contains one or more illegal characters.");
	for (const char *p = name; *p; p++)
		if (!isalnum((unsigned char)*p) && *p != '-' && *p != '_' && *p != '.')
			return cmd_error(c, "Hostname contains one or more illegal characters.");
	str_copy(c->cfg->hostname, sizeof(c->cfg->hostname), name);
	str_copy(c->cfg->logging.hostname, sizeof(c->cfg->logging.hostname), name);
	return CMD_OK;
}

static void nv_hostname(struct nv *nv, const struct row *row, const void *obj)
{
	nv_line(nv, "hostname %s", nv->cfg->hostname);
}

/* ---- services ---- */

static int set_timestamps(struct cmd *c)
{
	struct syslog_config *l = &c->cfg->logging;
	enum log_stamp stamp = LOG_STAMP_UPTIME;
	bool one = cmd_has(c, "debug") != cmd_has(c, "log");

	if (c->dflt)
		stamp = LOG_STAMP_DATETIME;
	else if (c->no)
		stamp = LOG_STAMP_NONE;
	else if (cmd_has(c, "datetime"))
		stamp = LOG_STAMP_DATETIME;
	if (cmd_has(c, "debug") || !one)
		l->debug_stamp = stamp;
	if (cmd_has(c, "log") || !one)
		l->log_stamp = stamp;
	if (c->dflt || (!c->no && stamp == LOG_STAMP_DATETIME)) {
		l->msec = c->dflt || cmd_has(c, "msec");
		l->localtime = cmd_has(c, "localtime");
		l->zone = cmd_has(c, "show-timezone");
		l->year = cmd_has(c, "year");
	}
	return CMD_OK;
}

static void nv_stamp(struct nv *nv, const char *what, enum log_stamp stamp)
{
	const struct syslog_config *l = &nv->cfg->logging;

	if (stamp == LOG_STAMP_NONE)
		nv_line(nv, "no service timestamps %s", what);
	else if (stamp == LOG_STAMP_UPTIME)
		nv_line(nv, "service timestamps %s uptime", what);
	else
		nv_line(nv, "service timestamps %s datetime%s%s%s%s", what, l->msec ? " msec" : "",
			l->localtime ? " localtime" : "", l->zone ? " show-timezone" : "", l->year ? " year" : "");
}

static void nv_timestamps(struct nv *nv, const struct row *row, const void *obj)
{
	nv_stamp(nv, "debug", nv->cfg->logging.debug_stamp);
	nv_stamp(nv, "log", nv->cfg->logging.log_stamp);
}

static int set_password_encryption(struct cmd *c)
{
	c->cfg->password_encryption = !c->no;
	if (!c->no)
		secrets_encrypt_all(c->cli);
	return CMD_OK;
}

static void nv_password_encryption(struct nv *nv, const struct row *row, const void *obj)
{
	nv_line(nv, "%sservice password-encryption", nv->cfg->password_encryption ? "" : "no ");
}

/* ---- secrets and users ---- */

static int set_enable(struct cmd *c)
{
	bool secret = cmd_has(c, "secret");
	uint32_t level = cmd_u32(c, "level-number", 15);
	struct cfg_secret *s = secret ? &c->cfg->enable_secret : &c->cfg->enable_password;
	struct cfg_secret new = { .type = SECRET_TYPE_NONE };
	int r = CMD_OK;

	if (level < 15)
		s = secret ? &c->cfg->level_secret[level] : &c->cfg->level_password[level];
	if (!c->no)
		r = secret_set_from(c, "text", secret, &new);
	if (r == CMD_OK)
		*s = new;
	secret_cleanse(&new, sizeof(new));
	return r;
}

static void nv_enable(struct nv *nv, const struct row *row, const void *obj)
{
	const struct cfg *c = nv->cfg;

	for (unsigned i = 1; i < 15; i++) {
		const struct cfg_secret *s = &c->level_secret[i], *p = &c->level_password[i];

		if (s->type != SECRET_TYPE_NONE)
			nv_line(nv, "enable secret level %u %d %s", i, s->type, s->text);
		if (p->type != SECRET_TYPE_NONE)
			nv_line(nv, "enable password level %u %s%s", i, nv_password_type(p), p->text);
	}
	if (c->enable_secret.type != SECRET_TYPE_NONE)
		nv_line(nv, "enable secret %d %s", c->enable_secret.type, c->enable_secret.text);
	if (c->enable_password.type != SECRET_TYPE_NONE)
		nv_line(nv, "enable password %s%s", nv_password_type(&c->enable_password), c->enable_password.text);
}

static int set_user(struct cmd *c)
{
	const char *name = cmd_str(c, "name");
	struct cfg_user *u = cfg_user(c->cfg, name);
	struct cfg_secret new = { .type = SECRET_TYPE_NONE };
	bool has = cmd_has(c, "secret") || cmd_has(c, "password");
	int r = CMD_OK;

	if (c->no) {
		if (!u)
			return c->session ? cmd_error(c, "User %s does not exist", name) : CMD_OK;
		cfg_remove(&c->cfg->users, &u->node);
		return CMD_OK;
	}
	if (has)
		r = secret_set_from(c, "text", cmd_has(c, "secret"), &new);
	if (r != CMD_OK)
		return r;
	if (!u)
		u = cfg_user_add(c->cfg, name);
	u->privilege = cmd_u32(c, "level", u->privilege);
	if (has) {
		u->is_secret = cmd_has(c, "secret");
		u->secret = new;
		u->nopassword = false;
	} else if (cmd_has(c, "nopassword")) {
		u->nopassword = true;
		u->secret = (struct cfg_secret){ .type = SECRET_TYPE_NONE };
	}
	secret_cleanse(&new, sizeof(new));
	return CMD_OK;
}

static void nv_users(struct nv *nv, const struct row *row, const void *obj)
{
	CFG_EACH(struct cfg_user, u, &nv->cfg->users) {
		struct text t = TEXT_EMPTY;

		text_printf(&t, "username %s", u->name);
		if (u->privilege != 1 || nv->all)
			text_printf(&t, " privilege %u", u->privilege);
		if (u->nopassword) {
			text_add(&t, " nopassword");
		} else if (u->secret.type != SECRET_TYPE_NONE) {
			text_add(&t, u->is_secret ? " secret " : " password ");
			nv_secret(&t, &u->secret);
		}
		nv_line(nv, "%s", text_str(&t));
		text_free(&t);
	}
}

/* ---- banners ---- */

static char *banner_of(struct cmd *c, size_t *size)
{
	if (cmd_has(c, "motd")) {
		*size = sizeof(c->cfg->banner_motd);
		return c->cfg->banner_motd;
	}
	if (cmd_has(c, "login")) {
		*size = sizeof(c->cfg->banner_login);
		return c->cfg->banner_login;
	}
	*size = sizeof(c->cfg->banner_exec);
	return c->cfg->banner_exec;
}

static int set_banner(struct cmd *c)
{
	size_t size;
	char *target = banner_of(c, &size);

	return shell_banner_begin(c, target, size);
}

static void nv_banners(struct nv *nv, const struct row *row, const void *obj)
{
	nv_banner(nv, "banner exec", nv->cfg->banner_exec);
	nv_banner(nv, "banner login", nv->cfg->banner_login);
	nv_banner(nv, "banner motd", nv->cfg->banner_motd);
}

/* clang-format off */
#define STAMP_OPTIONS SET(KW("localtime", "Use local time zone for timestamps"), OR, KW("msec", "Include milliseconds in timestamp"), OR, \
	KW("show-timezone", "Add time zone information to timestamp"), OR, KW("year", "Include year in timestamp"))

static const struct row config_rows[] = {
	{ ROW(KW("service", "Modify use of network based services"), KW("timestamps", "Timestamp debug/log messages"), NOEND,
		OPT(ALT(KW("debug", "Timestamp debug messages"), OR, KW("log", "Timestamp log messages")), NOEND,
			OPT(ALT(KW("uptime", "Timestamp with system uptime"), OR,
				KW("datetime", "Timestamp with date and time"), STAMP_OPTIONS)))),
	  .flags = R_NO, .handler = set_timestamps, .nv = nv_timestamps, .order = 201 },
	{ ROW(KW("service", "Modify use of network based services"), KW("password-encryption", "Encrypt system passwords")),
	  .flags = R_NO, .handler = set_password_encryption, .nv = nv_password_encryption, .order = 202 },
	{ ROW(KW("service", "Modify use of network based services"),
		KW_TRUE("sequence-numbers", "Stamp logger messages with a sequence number", struct cfg, logging.sequence_numbers)),
	  .flags = R_NO | R_NV, .order = 203 },
	{ ROW(KW("hostname", "Set system's network name"), NOEND, WORD("name", "This system's network name")),
	  .flags = R_NO, .handler = set_hostname, .nv = nv_hostname, .order = 300 },
	{ ROW(KW("enable", "Modify enable password parameters"), KW("secret", "Assign the privileged level secret (MAX of 25 characters)"), NOEND,
		OPT(KW("level", "Set exec level password"), UINT("level-number", 1, 15, "Level number")), NOEND,
		ALT(KW("0", "Specifies an UNENCRYPTED password will follow"), LINE("text", "The UNENCRYPTED (cleartext) 'enable' secret"), OR,
			KW("5", "Specifies a MD5 HASHED secret will follow"), LINE("text", "The HASHED 'enable' secret"), OR,
			KW("8", "Specifies a PBKDF2 HASHED secret will follow"), LINE("text", "The HASHED 'enable' secret"), OR,
			KW("9", "Specifies a SCRYPT HASHED secret will follow"), LINE("text", "The HASHED 'enable' secret"), OR,
			LINE("text", "The UNENCRYPTED (cleartext) 'enable' secret"))),
	  .flags = R_NO | R_SECRET, .handler = set_enable, .nv = nv_enable, .order = 530 },
	{ ROW(KW("enable", "Modify enable password parameters"), KW("password", "Assign the privileged level password (MAX of 25 characters)"), NOEND,
		OPT(KW("level", "Set exec level password"), UINT("level-number", 1, 15, "Level number")), NOEND,
		ALT(KW("0", "Specifies an UNENCRYPTED password will follow"), LINE("text", "The UNENCRYPTED (cleartext) 'enable' password"), OR,
			KW("7", "Specifies a HIDDEN password will follow"), LINE("text", "The HIDDEN 'enable' password string"), OR,
			LINE("text", "The UNENCRYPTED (cleartext) 'enable' password"))),
	  .flags = R_NO | R_SECRET, .handler = set_enable },
	{ ROW(KW("username", "Establish User Name Authentication"), { .kind = T_WORD, .name = "name", .help = "User name", .lo = 1, .hi = 64 }, NOEND,
		OPT(KW("privilege", "Set user privilege level"), UINT("level", 0, 15, "User privilege level")), NOEND,
		OPT(ALT(KW("nopassword", "No password is required for the user to log in"), OR,
			KW("password", "Specify the password for the user"),
				ALT(KW("0", "Specifies an UNENCRYPTED password will follow"), LINE("text", "The UNENCRYPTED (cleartext) user password"), OR,
					KW("7", "Specifies a HIDDEN password will follow"), LINE("text", "The HIDDEN user password string"), OR,
					LINE("text", "The UNENCRYPTED (cleartext) user password")), OR,
			KW("secret", "Specify the secret for the user"),
				ALT(KW("0", "Specifies an UNENCRYPTED secret will follow"), LINE("text", "The UNENCRYPTED (cleartext) user secret"), OR,
					KW("5", "Specifies a MD5 HASHED secret will follow"), LINE("text", "The HASHED user secret"), OR,
					KW("8", "Specifies a PBKDF2 HASHED secret will follow"), LINE("text", "The HASHED user secret"), OR,
					KW("9", "Specifies a SCRYPT HASHED secret will follow"), LINE("text", "The HASHED user secret"), OR,
					LINE("text", "The UNENCRYPTED (cleartext) user secret"))))),
	  .flags = R_NO | R_SECRET, .handler = set_user, .nv = nv_users, .order = 900 },
	{ ROW(KW("ip", "Global IP configuration subcommands"), KW("domain", "IP DNS Resolver"),
		KW_TRUE("lookup", "Enable IP Domain Name System hostname translation", struct cfg, domain_lookup)),
	  .flags = R_NO | R_NV, .order = 800 },
	{ ROW(KW("ip", "Global IP configuration subcommands"), KW("domain", "IP DNS Resolver"),
		KW("name", "Define the default domain name"), NOEND, WORD_B("Default domain name", struct cfg, domain)),
	  .flags = R_NO | R_NV, .order = 801 },
	{ ROW(KW("ip", "Global IP configuration subcommands"),
		KW_TRUE("domain-lookup", "Enable IP Domain Name System hostname translation", struct cfg, domain_lookup)),
	  .flags = R_NO | R_HIDDEN },
	{ ROW(KW("ip", "Global IP configuration subcommands"), KW("domain-name", "Define the default domain name"), NOEND,
		WORD_B("Default domain name", struct cfg, domain)),
	  .flags = R_NO | R_HIDDEN },
	{ ROW(KW("banner", "Define a login banner"),
		ALT(KW("exec", "Set EXEC process creation banner"), OR, KW("login", "Set login banner"), OR,
			KW("motd", "Set Message of the Day banner")), NOEND,
		LINE("text", "c banner-text c, where 'c' is a delimiting character")),
	  .flags = R_NO, .handler = set_banner, .nv = nv_banners, .order = 1900 },
};
/* clang-format on */

const struct row_table rows_config = ROWS(IN_CONFIG, config_rows);
