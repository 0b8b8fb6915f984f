/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/login_method.h"

#define TRIES 3

const struct cfg_aaa_list *login_list(const struct cfg_table *t, const char *own)
{
	return cfg_aaa_list(t, own[0] ? own : "default");
}

static const struct cfg_secret *enable_of(const struct cfg *cfg)
{
	return cfg->enable_secret.type != SECRET_TYPE_NONE ? &cfg->enable_secret : &cfg->enable_password;
}

/* Whether the method has anything to compare with; the next of the list is tried otherwise, as on IOS. */
static bool can_answer(const struct cfg *cfg, const struct cfg_line *line, enum cfg_aaa method)
{
	switch (method) {
	case AAA_LOCAL:
	case AAA_LOCAL_CASE:
		return cfg_table_count(&cfg->users) > 0;
	case AAA_LINE:
		return line->password.type != SECRET_TYPE_NONE;
	case AAA_ENABLE:
		return enable_of(cfg)->type != SECRET_TYPE_NONE;
	case AAA_NONE:
		return true;
	case AAA_GROUP:		/* a server that never answers */
	case AAA_IF_AUTHENTICATED:
	case AAA_END:
		break;
	}
	return false;
}

enum cfg_aaa login_method(const struct cfg *cfg, const struct cfg_line *line, bool console)
{
	static const enum cfg_aaa classic[] = { [LOGIN_NONE] = AAA_NONE, [LOGIN_PASSWORD] = AAA_LINE, [LOGIN_LOCAL] = AAA_LOCAL };
	const struct cfg_aaa_list *l = login_list(&cfg->aaa_login, line->aaa_login);
	enum cfg_aaa first = AAA_END;

	if (!cfg->aaa)
		return classic[line->login];
	if (!l)
		return line->aaa_login[0] ? AAA_END : console ? AAA_NONE : AAA_LOCAL;
	for (unsigned i = 0; i < CFG_METHODS && l->method[i]; i++) {
		enum cfg_aaa m = (enum cfg_aaa)l->method[i];

		if (can_answer(cfg, line, m))
			return m;
		if (first == AAA_END && m != AAA_GROUP)
			first = m;
	}
	return first;
}

bool login_by_name(enum cfg_aaa method)
{
	return method == AAA_LOCAL || method == AAA_LOCAL_CASE;
}

const struct cfg_secret *login_secret(const struct cfg *cfg, const struct cfg_line *line, enum cfg_aaa method, const struct cfg_user *u)
{
	if (login_by_name(method))
		return u ? &u->secret : NULL;
	return method == AAA_LINE ? &line->password : method == AAA_ENABLE ? enable_of(cfg) : NULL;
}

unsigned login_tries(const struct cfg *cfg)
{
	return cfg->aaa ? cfg->aaa_attempts : TRIES;
}
