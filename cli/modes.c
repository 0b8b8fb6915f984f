/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The mode tree: what each mode is called, where it hangs, and how its object is found. */
#include <stdlib.h>
#include "cli/shell.h"
#include "config/config.h"
#include "lib/mem.h"

/* One object of every kind at its defaults, for the life of the process. */
static struct {
	struct cfg *cfg;
	struct cfg_isakmp_policy *policy;
	struct cfg_keyring *keyring;
	struct cfg_transform_set *set;
	struct cfg_ipsec_profile *profile;
	struct cfg_map *map;
	struct cfg_map_entry *entry;
	struct cfg_group *group;
	struct cfg_sa *sa;
	struct cfg_interface *interface;
} fresh;

static void make_fresh(void)
{
	struct cfg *c;

	if (fresh.cfg)
		return;
	c = fresh.cfg = cfg_new();
	fresh.policy = cfg_isakmp_policy_add(c, 1);
	fresh.keyring = cfg_keyring_add(c, "d");
	fresh.set = cfg_transform_set_add(c, "d");
	fresh.profile = cfg_ipsec_profile_add(c, "d");
	fresh.map = cfg_map_add(c, "d");
	fresh.entry = cfg_map_entry_add(fresh.map, 1);
	fresh.group = cfg_group_add(c, "d");
	fresh.sa = cfg_sa_add(&fresh.group->ks, 1);
	fresh.interface = cfg_interface_add(c, "d");
}

/* clang-format off */
#define DEFAULTS(mode, type, expr) \
	static const void *mode##_defaults(size_t *size) { make_fresh(); *size = sizeof(type); return expr; }
DEFAULTS(config, struct cfg, fresh.cfg)
DEFAULTS(policy, struct cfg_isakmp_policy, fresh.policy)
DEFAULTS(keyring, struct cfg_keyring, fresh.keyring)
DEFAULTS(set, struct cfg_transform_set, fresh.set)
DEFAULTS(profile, struct cfg_ipsec_profile, fresh.profile)
DEFAULTS(map, struct cfg_map_entry, fresh.entry)
DEFAULTS(fail_close, struct cfg_map, fresh.map)
DEFAULTS(group, struct cfg_group, fresh.group)
DEFAULTS(ks, struct cfg_ks, &fresh.group->ks)
DEFAULTS(sa, struct cfg_sa, fresh.sa)
DEFAULTS(coop, struct cfg_coop, &fresh.group->ks.coop)
DEFAULTS(interface, struct cfg_interface, fresh.interface)
DEFAULTS(archive, struct cfg_archive, &fresh.cfg->archive)
DEFAULTS(line, struct cfg_line, &fresh.cfg->vty[0])

static const struct mode modes[IN_MAX] = {
	[IN_EXEC] = { IN_EXEC, IN_EXEC, "EXEC", "", NULL, "Exec commands:", NULL, NULL },
	[IN_CONFIG] = { IN_CONFIG, IN_EXEC, "global configuration", "(config)", NULL, "Configure commands:",
		"Exit from configure mode", config_defaults },
	[IN_INTERFACE] = { IN_INTERFACE, IN_CONFIG, "interface", "(config-if)", NULL, "Interface configuration commands:",
		"Exit from interface configuration mode", interface_defaults },
	[IN_LINE] = { IN_LINE, IN_CONFIG, "line", "(config-line)", NULL, "Line configuration commands:",
		"Exit from line configuration mode", line_defaults },
	[IN_EXT_ACL] = { IN_EXT_ACL, IN_CONFIG, "ip access-list extended", "(config-ext-nacl)", NULL,
		"Ext Access List configuration commands:", "Exit from access-list configuration mode", NULL },
	[IN_STD_ACL] = { IN_STD_ACL, IN_CONFIG, "ip access-list standard", "(config-std-nacl)", NULL,
		"Standard Access List configuration commands:", "Exit from access-list configuration mode", NULL },
	[IN_ISAKMP_POLICY] = { IN_ISAKMP_POLICY, IN_CONFIG, "crypto isakmp policy", "(config-isakmp)", NULL,
		"ISAKMP commands:", "Exit from ISAKMP protection suite configuration mode", policy_defaults },
	[IN_KEYRING] = { IN_KEYRING, IN_CONFIG, "crypto keyring", "(conf-keyring)", NULL, "Keyring commands:",
		"Exit from keyring configuration mode", keyring_defaults },
	[IN_TRANSFORM] = { IN_TRANSFORM, IN_CONFIG, "crypto ipsec transform-set", "(cfg-crypto-trans)", NULL,
		"Crypto transform configuration commands:", "Exit from crypto transform configuration mode", set_defaults },
	[IN_PROFILE] = { IN_PROFILE, IN_CONFIG, "crypto ipsec profile", "(ipsec-profile)", NULL,
		"Crypto IPsec profile configuration commands:", "Exit from IPsec profile configuration mode", profile_defaults },
	[IN_MAP] = { IN_MAP, IN_CONFIG, "crypto map", "(config-crypto-map)", NULL, "Crypto Map configuration commands:",
		"Exit from crypto map configuration mode", map_defaults },
	[IN_FAIL_CLOSE] = { IN_FAIL_CLOSE, IN_CONFIG, "crypto map fail-close", "(crypto-map-fail-close)", NULL,
		"Crypto Map fail-close configuration commands:", "Exit from crypto map fail-close configuration mode",
		fail_close_defaults },
	[IN_GROUP] = { IN_GROUP, IN_CONFIG, "crypto gdoi group", "(config-gdoi-group)", "(config-gkm-group)", NULL,
		"Exit from the group submode", group_defaults },
	[IN_KS] = { IN_KS, IN_GROUP, "server local", "(gdoi-local-server)", "(gkm-local-server)", NULL,
		"Exit from the local server submode", ks_defaults },
	[IN_SA] = { IN_SA, IN_KS, "sa ipsec", "(gdoi-sa-ipsec)", "(gkm-sa-ipsec)", NULL,
		"Exit from the IPsec SA submode", sa_defaults },
	[IN_COOP] = { IN_COOP, IN_KS, "redundancy", "(gdoi-coop-ks-config)", NULL, NULL,
		"Exit from the redundancy submode", coop_defaults },
	[IN_SSH_CHAIN] = { IN_SSH_CHAIN, IN_CONFIG, "ip ssh pubkey-chain", "(conf-ssh-pubkey)", NULL,
		"SSH public key identification commands:", "Exit from SSH public key identification mode", NULL },
	[IN_SSH_USER] = { IN_SSH_USER, IN_SSH_CHAIN, "username of ip ssh pubkey-chain", "(conf-ssh-pubkey-user)", NULL,
		"SSH public key entry commands:", "Exit from SSH public key entry mode", NULL },
	[IN_SSH_DATA] = { IN_SSH_DATA, IN_SSH_USER, "key-string", "(conf-ssh-pubkey-data)", NULL,
		"SSH public key string commands:", "Exit from SSH public key string mode", NULL },
	[IN_ARCHIVE] = { IN_ARCHIVE, IN_CONFIG, "archive", "(config-archive)", NULL, "Archive configuration commands:",
		"Exit from archive configuration mode", archive_defaults },
	[IN_ARCHIVE_LOG] = { IN_ARCHIVE_LOG, IN_ARCHIVE, "log config", "(config-archive-log-cfg)", NULL, "Config logger commands:",
		"Exit from the log configuration submode", archive_defaults },
	[IN_IGNORED] = { IN_IGNORED, IN_CONFIG, "a section without meaning here", "(config-section)", NULL, NULL,
		"Exit from the submode", NULL },
	[IN_COMMON] = { IN_COMMON, IN_CONFIG, "every configuration mode", "", NULL, NULL, NULL, NULL },
	[IN_FILTER] = { IN_FILTER, IN_FILTER, "output modifiers", "", NULL, NULL, NULL, NULL },
};
/* clang-format on */

const struct mode *mode_by_id(enum mode_id id)
{
	return &modes[id];
}

enum mode_id shell_mode(const struct shell *sh)
{
	return sh->depth ? sh->level[sh->depth - 1].mode : IN_EXEC;
}

static void *line_object(const struct shell *sh, struct cfg *cfg, const struct level *l, unsigned *n)
{
	if (l->name[0] == 'c')
		return &cfg->console;
	if (l->name[0] == 'a')
		return &sh->cli->scratch;
	*n = l->b - l->a + 1;
	return &cfg->vty[l->a];
}

void *shell_object(const struct shell *sh, unsigned depth, unsigned *n)
{
	struct cfg *cfg = config_running(sh->cli->deps.config);
	const struct level *l = &sh->level[depth ? depth - 1 : 0];
	unsigned one;
	void *up;

	*n = 1;
	if (!depth)
		return NULL;
	switch (l->mode) {
	case IN_CONFIG:
	case IN_IGNORED:
		return cfg;
	case IN_INTERFACE:
		return cfg_interface(cfg, l->name);
	case IN_LINE:
		return line_object(sh, cfg, l, n);
	case IN_EXT_ACL:
	case IN_STD_ACL:
		return cfg_acl(cfg, l->name);
	case IN_ISAKMP_POLICY:
		return cfg_isakmp_policy(cfg, l->a);
	case IN_KEYRING:
		return cfg_keyring(cfg, l->name);
	case IN_TRANSFORM:
		return cfg_transform_set(cfg, l->name);
	case IN_PROFILE:
		return cfg_ipsec_profile(cfg, l->name);
	case IN_MAP:
		up = cfg_map(cfg, l->name);
		return up ? cfg_map_entry(up, l->a) : NULL;
	case IN_FAIL_CLOSE:
		up = cfg_map(cfg, l->name);
		return up && ((struct cfg_map *)up)->fail_close.present ? up : NULL;
	case IN_GROUP:
		return cfg_group(cfg, l->name);
	case IN_KS:
		up = shell_object(sh, depth - 1, &one);
		return up && ((struct cfg_group *)up)->ks.present ? &((struct cfg_group *)up)->ks : NULL;
	case IN_SA:
		up = shell_object(sh, depth - 1, &one);
		return up ? cfg_sa(up, l->a) : NULL;
	case IN_COOP:
		up = shell_object(sh, depth - 1, &one);
		return up && ((struct cfg_ks *)up)->coop.present ? &((struct cfg_ks *)up)->coop : NULL;
	case IN_SSH_CHAIN:
		return &cfg->ssh;
	case IN_ARCHIVE:
	case IN_ARCHIVE_LOG:
		return &cfg->archive;
	case IN_SSH_USER:
		return cfg_ssh_user(cfg, l->name);
	case IN_SSH_DATA:
		return shell_object(sh, depth - 1, &one);
	case IN_EXEC:
	case IN_COMMON:
	case IN_FILTER:
	case IN_MAX:
		break;
	}
	return NULL;
}

const char *shell_prompt(const struct shell *sh)
{
	const struct mode *m = mode_by_id(shell_mode(sh));

	if (m->id == IN_IGNORED)
		return sh->level[sh->depth - 1].name;
	if (m->id == IN_INTERFACE && strchr(sh->level[sh->depth - 1].name, '.'))
		return "(config-subif)";
	return sh->depth && sh->level[sh->depth - 1].gkm && m->prompt_gkm ? m->prompt_gkm : m->prompt;
}

void shell_enter(struct cmd *c, enum mode_id mode, const char *name, uint32_t a, uint32_t b)
{
	struct shell *sh = c->shell;
	struct level *l;

	if (sh->depth == SHELL_DEPTH)
		return;
	l = &sh->level[sh->depth++];
	*l = (struct level){ .mode = mode, .a = a, .b = b };
	if (sh->depth > 1)
		l->gkm = sh->level[sh->depth - 2].gkm;
	str_copy(l->name, sizeof(l->name), name ? name : "");
}

void shell_leave(struct shell *sh)
{
	if (sh->depth)
		sh->depth--;
}

void shell_reset(struct shell *sh)
{
	sh->depth = 0;
	sh->banner.target = NULL;
	text_free(&sh->banner.text);
	text_free(&sh->key_string);
}
