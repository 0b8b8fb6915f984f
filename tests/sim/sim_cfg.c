/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Configurations as the rows of cli/ would set them. */
#include <stdio.h>
#include "lib/text.h"
#include "lib/why.h"
#include "tests/sim/sim.h"

#define WORDS 32

struct ip4 sim_ip(const char *s)
{
	struct ip4 ip = { 0 };

	ck_assert_msg(ip4_parse(s, &ip), "%s", s);
	return ip;
}

void sim_acl(struct cfg *c, const char *name, const char *line)
{
	char copy[200], *word[WORDS], *save = NULL;
	struct acl_ace ace;
	struct cfg_acl *acl;
	struct why why = { "" };
	bool standard = strncmp(name, "STD", 3) == 0;
	unsigned n = 0, bad;

	str_copy(copy, sizeof(copy), line);
	for (char *w = strtok_r(copy, " ", &save); w && n < WORDS; w = strtok_r(NULL, " ", &save))
		word[n++] = w;
	acl = cfg_acl_add(c, name, standard, &why);
	ck_assert_msg(acl != NULL, "%s", why.text);
	ck_assert_msg(acl_parse(word, n, standard, &ace, &bad, &why), "%s: %s", line, why.text);
	ck_assert_msg(acl_add(acl, 0, &ace, NULL, &why), "%s", why.text);
}

void sim_isakmp(struct cfg *c)
{
	struct cfg_isakmp_policy *p = cfg_isakmp_policy_add(c, 10);
	struct cfg_psk_id id;
	struct cfg_psk *psk;

	p->auth = ISAKMP_AUTH_PSK;
	p->encr = CIPHER_AES128;
	p->hash = HASH_SHA256;
	p->group = DH_19;
	memset(&id, 0, sizeof(id));
	psk = cfg_psk_add(&c->isakmp_keys, &id);	/* 0.0.0.0 0.0.0.0 */
	psk->key = secret_copy(bytes_str("sim-secret"));
}

struct cfg_ks *sim_ks_cfg(struct cfg *c)
{
	return &cfg_group_add(c, GROUP)->ks;
}

struct rsa_key *sim_rsa(unsigned which)
{
	static struct rsa_key *key[4];
	struct why why;

	if (!key[which])
		key[which] = rsa_generate(1024, &why);
	ck_assert_ptr_nonnull(key[which]);
	return rsa_dup(key[which]);
}

static void ipsec(struct cfg *c)
{
	struct cfg_transform_set *t = cfg_transform_set_add(c, "AES");
	struct cfg_ipsec_profile *p = cfg_ipsec_profile_add(c, "PROF");

	t->enc = ESP_AES128;
	t->auth = ESP_SHA256;
	p->lifetime = 7200;
	str_copy(p->sets[0], sizeof(p->sets[0]), "AES");
}

void sim_ks(struct sim_dev *d, struct cfg *c)
{
	struct cfg_group *g = cfg_group_add(c, GROUP);
	struct cfg_ks *ks = &g->ks;
	struct cfg_sa *sa;
	struct why why = { "" };

	sim_isakmp(c);
	ipsec(c);
	sim_acl(c, "POLICY", "deny udp any eq 848 any");
	sim_acl(c, "POLICY", "deny udp any any eq 848");
	sim_acl(c, "POLICY", "permit ip 10.0.0.0 0.255.255.255 10.0.0.0 0.255.255.255");
	g->identity = 1;
	g->identity_number = 1223;
	ks->present = true;
	ks->address = d->ip;
	ks->unicast = true;
	ks->rekey_cipher = CIPHER_AES128;
	ks->rekey_hash = HASH_SHA256;
	str_copy(ks->rekey_key, sizeof(ks->rekey_key), "REKEY");
	sa = cfg_sa_add(ks, 1);
	str_copy(sa->profile, sizeof(sa->profile), "PROF");
	str_copy(sa->acl, sizeof(sa->acl), "POLICY");
	if (!config_key(d->config, "REKEY"))
		ck_assert_msg(config_key_put(d->config, "REKEY", sim_rsa(0), false, 0, &why), "%s", why.text);
}

static void servers(struct cfg_group *g, const char *list)
{
	char copy[200], *save = NULL;
	unsigned n = 0;

	str_copy(copy, sizeof(copy), list);
	for (char *w = strtok_r(copy, " ", &save); w && n < CFG_SERVERS; w = strtok_r(NULL, " ", &save))
		g->servers[n++] = sim_ip(w);
}

void sim_gm(struct sim_dev *d, struct cfg *c)
{
	struct cfg_group *g = cfg_group_add(c, GROUP);
	struct cfg_map *m = cfg_map_add(c, "MAP");
	struct cfg_interface *i = cfg_interface_add(c, "eth0");

	sim_isakmp(c);
	g->identity = 1;
	g->identity_number = 1223;
	servers(g, d->arg ? d->arg : "10.0.8.1");
	if (memcmp(&d->version, &GDOI_VERSION, sizeof(d->version)) != 0)
		snprintf(g->version, sizeof(g->version), "%u.%u.%u", d->version.major, d->version.minor, d->version.mini);
	str_copy(cfg_map_entry_add(m, 10)->group, CFG_NAME, GROUP);
	str_copy(i->map, sizeof(i->map), "MAP");
}

bool sim_registered(const struct sim_dev *gm)
{
	struct gdoi_gm_info i;

	return gm->on && gdoi_show_gm(gm->gdoi, GROUP, &i) && i.state == GM_REGISTERED && gm->dp.covered;
}

struct gdoi_ks_info sim_ks_info(const struct sim_dev *ks)
{
	struct gdoi_ks_info i;

	ck_assert(gdoi_show_ks(ks->gdoi, GROUP, &i));
	return i;
}

unsigned sim_members(const struct sim_dev *ks)
{
	return sim_ks_info(ks).members;
}

bool sim_all_registered(void *arg)
{
	const struct sim *s = arg;

	for (const struct sim_dev *d = s->devs; d; d = d->next) {
		if (d->on && !cfg_group(config_running(d->config), GROUP)->ks.present && !sim_registered(d))
			return false;
	}
	return true;
}
