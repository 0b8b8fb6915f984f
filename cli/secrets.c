/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Passwords in the configuration: types 0, 5, 7, 8, 9. */
#include <stdio.h>
#include "cli/shell.h"
#include "lib/crypto/password.h"
#include "lib/env.h"
#include "lib/secret.h"

static int given_type(const struct cmd *c)
{
	static const char *const types[] = { "0", "5", "7", "8", "9" };

	for (unsigned i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (cmd_has(c, types[i]))
			return types[i][0] - '0';
	return SECRET_TYPE_CLEAR;
}

static int bad_secret(struct cmd *c, int type)
{
	text_printf(c->out, "ERROR: The secret you entered is not a valid encrypted secret.\n"
		"To enter an UNENCRYPTED secret, do not specify type %d encryption.\n"
		"When you properly enter an UNENCRYPTED secret, it will be encrypted.\n", type);
	return CMD_ERROR;
}

static bool encode7(const struct cli *cli, struct cfg_secret *s)
{
	char out[sizeof(s->text)];

	if (strlen(s->text) * 2 + 4 > sizeof(out))
		return false;
	if (!password_encode7(cli->deps.env->rng, s->text, out, sizeof(out)))
		return false;
	secret_cleanse(s->text, sizeof(s->text));
	str_copy(s->text, sizeof(s->text), out);
	s->type = SECRET_TYPE_7;
	return true;
}

static int set_hash(struct cmd *c, int type, const char *text, struct cfg_secret *out)
{
	if (type != SECRET_TYPE_CLEAR) {
		if (!password_hash_valid(type, text))
			return bad_secret(c, type);
		out->type = type;
		str_copy(out->text, sizeof(out->text), text);
		return CMD_OK;
	}
	if (!password_hash(c->deps->env->rng, 9, text, out->text))
		return cmd_error(c, "The secret could not be hashed");
	out->type = SECRET_TYPE_9;
	return CMD_OK;
}

/* 'secret 4 HASH' does not mean the words "4 HASH": whoever pastes that would be locked out. */
static bool strange_type(const struct cmd *c, const char *text)
{
	return !cmd_has(c, "0") && text[0] >= '0' && text[0] <= '9' && text[1] == ' ';
}

int secret_set_from(struct cmd *c, const char *text_name, bool hash, struct cfg_secret *out)
{
	const char *text = cmd_str(c, text_name);
	int type = given_type(c);
	char clear[sizeof(out->text)];

	if (type == SECRET_TYPE_CLEAR && strange_type(c, text))
		return cmd_error(c, "Type %c is not known here. What begins with a digit and a blank needs type 0 before it", text[0]);
	if (strlen(text) >= sizeof(out->text) / 2)
		return cmd_error(c, "Password is too long");
	if (hash)
		return set_hash(c, type, text, out);
	if (type == SECRET_TYPE_7 && !password_decode7(text, clear, sizeof(clear))) {
		text_printf(c->out, "Invalid encrypted password: %s\n", text);
		return CMD_ERROR;
	}
	secret_cleanse(clear, sizeof(clear));
	out->type = type;
	str_copy(out->text, sizeof(out->text), text);
	if (type == SECRET_TYPE_CLEAR && c->cfg->password_encryption)
		encode7(c->cli, out);
	return CMD_OK;
}

bool secret_matches(const struct cfg_secret *s, const char *clear)
{
	char own[sizeof(s->text)] = "";
	bool ok;

	switch (s->type) {
	case SECRET_TYPE_5:
	case SECRET_TYPE_8:
	case SECRET_TYPE_9:
		return password_check(s->text, clear);
	case SECRET_TYPE_CLEAR:
		str_copy(own, sizeof(own), s->text);
		break;
	case SECRET_TYPE_7:
		if (!password_decode7(s->text, own, sizeof(own)))
			return false;
		break;
	default:
		return false;
	}
	ok = strlen(own) == strlen(clear) && secret_eq(bytes_str(own), bytes_str(clear));
	secret_cleanse(own, sizeof(own));
	return ok;
}

static void encrypt(struct cli *c, struct cfg_secret *s)
{
	if (s->type == SECRET_TYPE_CLEAR)
		encode7(c, s);
}

/* Lines that share a password go on sharing it, so that they stay under one heading. */
static void encrypt_lines(struct cli *c, struct cfg *cfg)
{
	char clear[sizeof(cfg->vty[0].password.text)] = "";

	for (unsigned i = 0; i < CFG_VTYS; i++) {
		struct cfg_secret *s = &cfg->vty[i].password;
		bool same = i && s->type == SECRET_TYPE_CLEAR && strcmp(s->text, clear) == 0;

		str_copy(clear, sizeof(clear), s->type == SECRET_TYPE_CLEAR ? s->text : "");
		if (same)
			*s = cfg->vty[i - 1].password;
		else
			encrypt(c, s);
	}
	secret_cleanse(clear, sizeof(clear));
}

void secrets_encrypt_all(struct cli *c)
{
	struct cfg *cfg = config_running(c->deps.config);

	encrypt(c, &cfg->enable_password);
	for (unsigned i = 0; i < 15; i++)
		encrypt(c, &cfg->level_password[i]);
	encrypt(c, &cfg->console.password);
	encrypt_lines(c, cfg);
	CFG_EACH(struct cfg_user, u, &cfg->users)
		encrypt(c, &u->secret);
}

void nv_secret(struct text *out, const struct cfg_secret *s)
{
	text_printf(out, "%d %s", s->type, s->text);
}

const char *nv_password_type(const struct cfg_secret *s)
{
	if (s->type == SECRET_TYPE_7)
		return "7 ";
	return s->text[0] >= '0' && s->text[0] <= '9' && (!s->text[1] || s->text[1] == ' ') ? "0 " : "";
}

/* ---- texts that go to others ---- */

/* A word and its abbreviations of three letters at least. */
static bool is_word(const char *w, size_t n, const char *whole)
{
	return n >= 3 && n <= strlen(whole) && strncmp(w, whole, n) == 0;
}

/* Where the secret of a line begins; its length when it holds none. */
static size_t secret_at(const char *line, size_t n)
{
	bool keys = false;	/* "crypto isakmp key", "pre-shared-key ... key" */

	for (size_t at = 0, len; at < n; at += len) {
		const char *w = line + at;

		len = *w == ' ' ? 1 : 0;
		while (*w != ' ' && at + len < n && w[len] != ' ')
			len++;
		if (is_word(w, len, "secret") || is_word(w, len, "password") || is_word(w, len, "key-string") ||
			(keys && is_word(w, len, "key")))
			return at + len + 1 < n ? at + len + 1 : n;
		keys = keys || is_word(w, len, "isakmp") || is_word(w, len, "pre-shared-key");
	}
	return n;
}

void secret_hide(const char *line, size_t n, const char *mark, struct text *out)
{
	size_t keep = line[strspn(line, " ")] == '!' ? n : secret_at(line, n);
	const char *rest = keep < n ? memmem(line + keep, n - keep, " address ", 9) : NULL;

	if (!rest && keep < n)
		rest = memmem(line + keep, n - keep, " hostname ", 10);
	text_addn(out, line, keep);
	if (keep < n)
		text_add(out, mark);
	/* "crypto isakmp key K address A": whose key it is is no secret. */
	if (rest)
		text_addn(out, rest, n - (size_t)(rest - line));
}
