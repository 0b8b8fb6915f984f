/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>
#include "config/cfg.h"
#include "lib/mem.h"
#include "lib/text.h"

#define NO_PREFIX 33 /* bit of cfg_table.masks: a mask that is no prefix */

struct cfg_node *cfg_table_find(const struct cfg_table *t, const void *key, size_t keylen)
{
	struct cfg_node *n;

	HASH_FIND(hh, t->head, key, keylen, n);
	return n;
}

bool cfg_table_add(struct cfg_table *t, struct cfg_node *n, const void *key, size_t keylen)
{
	if (cfg_table_find(t, key, keylen))
		return false;
	HASH_ADD_KEYPTR(hh, t->head, key, keylen, n);
	return true;
}

void cfg_table_del(struct cfg_table *t, struct cfg_node *n)
{
	HASH_DELETE(hh, t->head, n);
}

void cfg_remove(struct cfg_table *t, struct cfg_node *n)
{
	cfg_table_del(t, n);
	if (t->drop)
		t->drop(n);
	else
		free(n);
}

void cfg_table_clear(struct cfg_table *t)
{
	while (t->head)
		cfg_remove(t, t->head);
	t->masks = 0;
}

unsigned cfg_table_count(const struct cfg_table *t)
{
	return HASH_COUNT(t->head);
}

static uint32_t number(const struct cfg_node *n)
{
	uint32_t v;

	memcpy(&v, n->hh.key, sizeof(v));
	return v;
}

static int by_number(const struct cfg_node *a, const struct cfg_node *b)
{
	uint32_t x = number(a), y = number(b);

	return (x > y) - (x < y);
}

/* Ascending; a configuration comes sorted, so appending is the common case and must not walk. */
static void add_numbered(struct cfg_table *t, struct cfg_node *n, uint32_t *key)
{
	const struct cfg_node *last = t->head ? ELMT_FROM_HH(t->head->hh.tbl, t->head->hh.tbl->tail) : NULL;

	if (!last || number(last) < *key)
		HASH_ADD_KEYPTR(hh, t->head, key, sizeof(*key), n);
	else
		HASH_ADD_KEYPTR_INORDER(hh, t->head, key, sizeof(*key), n, by_number);
}

/* Defaults. */

static void ks_defaults(struct cfg_ks *ks)
{
	ks->rekey_cipher = CIPHER_3DES;
	ks->rekey_hash = HASH_SHA1;
	ks->rekey_lifetime = 86400;
	ks->retransmit = 10;
	ks->retransmits = 2;
	ks->ack = ACK_CISCO;
	cfg_coop_reset(&ks->coop);
}

void cfg_coop_reset(struct cfg_coop *c)
{
	*c = (struct cfg_coop){ .priority = 1, .refresh = 20, .periodic = 30, .pdu = 65000 };
}

void cfg_archive_reset(struct cfg_archive *a)
{
	*a = (struct cfg_archive){ .maximum = 10, .log_size = 100 };
}

void cfg_ks_reset(struct cfg_ks *ks)
{
	cfg_table_clear(&ks->sas);
	*ks = (struct cfg_ks){ .present = false };
	ks_defaults(ks);
}

void cfg_line_reset(struct cfg_line *l, enum cfg_line_kind kind)
{
	*l = (struct cfg_line){
		.login = kind == LINE_CONSOLE ? LOGIN_NONE : LOGIN_PASSWORD,
		.password = { .type = SECRET_TYPE_NONE },
		.exec_min = 10,
		.length = 24,
		.width = 80,
		.history = 20,
		.privilege = 1,
	};
}

static void logging_defaults(struct syslog_config *l)
{
	*l = (struct syslog_config){
		.on = true,
		.buffered = 7,
		.console = 7,
		.monitor = 7,
		.trap = 6,
		.buffer_size = 4096,
		.facility = 23,
		.log_stamp = LOG_STAMP_DATETIME,
		.debug_stamp = LOG_STAMP_DATETIME,
		.msec = true,
	};
	str_copy(l->hostname, sizeof(l->hostname), "Router");
}

static void drop_psk(struct cfg_node *n)
{
	secret_free(&((struct cfg_psk *)n)->key);
	free(n);
}

static void drop_keyring(struct cfg_node *n)
{
	cfg_table_clear(&((struct cfg_keyring *)n)->psks);
	free(n);
}

static void drop_group(struct cfg_node *n)
{
	cfg_table_clear(&((struct cfg_group *)n)->ks.sas);
	free(n);
}

static void drop_map(struct cfg_node *n)
{
	cfg_table_clear(&((struct cfg_map *)n)->entries);
	free(n);
}

static void drop_user(struct cfg_node *n)
{
	struct cfg_user *u = (struct cfg_user *)n;

	secret_cleanse(&u->secret, sizeof(u->secret));
	free(n);
}

static void drop_ssh_user(struct cfg_node *n)
{
	cfg_table_clear(&((struct cfg_ssh_user *)n)->keys);
	free(n);
}

static void drop_acl(struct cfg_node *n)
{
	acl_free((struct cfg_acl *)(void *)n);
}

struct cfg *cfg_new(void)
{
	struct cfg *c = mem_zalloc(sizeof(*c));

	str_copy(c->hostname, sizeof(c->hostname), "Router");
	c->domain_lookup = true;
	logging_defaults(&c->logging);
	c->enable_secret.type = c->enable_password.type = SECRET_TYPE_NONE;
	for (unsigned i = 0; i < 15; i++)
		c->level_secret[i].type = c->level_password[i].type = SECRET_TYPE_NONE;
	c->isakmp_keys.drop = drop_psk;
	c->keyrings.drop = drop_keyring;
	c->groups.drop = drop_group;
	c->maps.drop = drop_map;
	c->users.drop = drop_user;
	c->ssh = (struct cfg_ssh){ .timeout = 120, .retries = 3, .dh_min = 2048, .users = { .drop = drop_ssh_user } };
	cfg_archive_reset(&c->archive);
	c->login_log.failure_every = c->login_log.success_every = 1;
	c->aaa_attempts = 3;
	c->auth_rate = 10;
	c->acls.drop = drop_acl;
	c->keepalive.retry = 2;
	c->sa_lifetime = 3600;
	c->half_open_source = 20;
	c->half_open_total = 1000;
	cfg_line_reset(&c->console, LINE_CONSOLE);
	for (unsigned i = 0; i < CFG_VTYS; i++)
		cfg_line_reset(&c->vty[i], LINE_VTY);
	c->nvty = 5;
	str_copy(c->timezone.name, sizeof(c->timezone.name), "UTC");
	return c;
}

void cfg_free(struct cfg *c)
{
	if (!c)
		return;
	cfg_table_clear(&c->users);
	cfg_table_clear(&c->keyrings);
	cfg_table_clear(&c->isakmp_policies);
	cfg_table_clear(&c->isakmp_keys);
	cfg_table_clear(&c->transform_sets);
	cfg_table_clear(&c->profiles);
	cfg_table_clear(&c->groups);
	cfg_table_clear(&c->maps);
	cfg_table_clear(&c->interfaces);
	cfg_table_clear(&c->acls);
	cfg_table_clear(&c->ssh.users);
	cfg_table_clear(&c->aliases);
	cfg_table_clear(&c->privileges);
	cfg_table_clear(&c->aaa_login);
	cfg_table_clear(&c->aaa_enable);
	cfg_table_clear(&c->aaa_exec);
	secret_cleanse(c, sizeof(*c)); /* passwords of lines, enable */
	free(c);
}

/* Tables by name. */

static struct cfg_node *find_name(const struct cfg_table *t, const char *name, size_t cap)
{
	return cfg_table_find(t, name, strnlen(name, cap - 1));
}

/* A new element of 'size' octets, its name (cap octets at name_at) set and in the table. */
static void *new_named(struct cfg_table *t, size_t size, size_t name_at, size_t cap, const char *name)
{
	char *n = mem_zalloc(size), *key = n + name_at;

	str_copy(key, cap, name);
	cfg_table_add(t, (struct cfg_node *)(void *)n, key, strlen(key));
	return n;
}

#define BY_NAME(TYPE, TABLE, DEFAULTS)                                                                       \
	struct TYPE *TYPE(const struct cfg *c, const char *name)                                             \
	{                                                                                                    \
		return (struct TYPE *)find_name(&c->TABLE, name, sizeof(((struct TYPE *)0)->name));          \
	}                                                                                                    \
	struct TYPE *TYPE##_add(struct cfg *c, const char *name)                                             \
	{                                                                                                    \
		struct TYPE *n = TYPE(c, name);                                                              \
                                                                                                             \
		if (n)                                                                                       \
			return n;                                                                            \
		n = new_named(&c->TABLE, sizeof(*n), offsetof(struct TYPE, name), sizeof(n->name), name);    \
		DEFAULTS;                                                                                    \
		return n;                                                                                    \
	}

BY_NAME(cfg_keyring, keyrings, n->psks.drop = drop_psk)
BY_NAME(cfg_transform_set, transform_sets, (void)0)
BY_NAME(cfg_ipsec_profile, profiles, (void)0)
BY_NAME(cfg_group, groups, ks_defaults(&n->ks))
BY_NAME(cfg_map, maps, (void)0)
BY_NAME(cfg_interface, interfaces, (void)0)
BY_NAME(cfg_user, users, n->privilege = 1; n->secret.type = SECRET_TYPE_NONE)

BY_NAME(cfg_alias, aliases, (void)0)
BY_NAME(cfg_privilege, privileges, (void)0)
BY_NAME(cfg_ssh_user, ssh.users, (void)0)

struct cfg_aaa_list *cfg_aaa_list(const struct cfg_table *t, const char *name)
{
	return (struct cfg_aaa_list *)find_name(t, name, sizeof(((struct cfg_aaa_list *)0)->name));
}

struct cfg_aaa_list *cfg_aaa_list_add(struct cfg_table *t, const char *name)
{
	struct cfg_aaa_list *l = cfg_aaa_list(t, name);

	return l ? l : new_named(t, sizeof(*l), offsetof(struct cfg_aaa_list, name), sizeof(l->name), name);
}

struct cfg_ssh_key *cfg_ssh_key(const struct cfg_ssh_user *u, const char *hash)
{
	return (struct cfg_ssh_key *)find_name(&u->keys, hash, sizeof(((struct cfg_ssh_key *)0)->hash));
}

struct cfg_ssh_key *cfg_ssh_key_add(struct cfg_ssh_user *u, const char *hash)
{
	struct cfg_ssh_key *k = cfg_ssh_key(u, hash);

	if (k || cfg_table_count(&u->keys) >= CFG_SSH_KEYS)
		return k;
	return new_named(&u->keys, sizeof(*k), offsetof(struct cfg_ssh_key, hash), sizeof(k->hash), hash);
}

/* Tables by number. */

struct cfg_isakmp_policy *cfg_isakmp_policy(const struct cfg *c, uint32_t priority)
{
	return (struct cfg_isakmp_policy *)cfg_table_find(&c->isakmp_policies, &priority, sizeof(priority));
}

uint32_t cfg_isakmp_lifetime(const struct cfg *c)
{
	CFG_EACH(struct cfg_isakmp_policy, p, &c->isakmp_policies)
		return p->lifetime;
	return CFG_ISAKMP_LIFETIME;
}

struct cfg_isakmp_policy *cfg_isakmp_policy_add(struct cfg *c, uint32_t priority)
{
	struct cfg_isakmp_policy *p = cfg_isakmp_policy(c, priority);

	if (p)
		return p;
	p = mem_zalloc(sizeof(*p));
	p->priority = priority;
	p->auth = ISAKMP_AUTH_RSA_SIG;
	p->encr = CIPHER_DES;
	p->hash = HASH_SHA1;
	p->group = DH_1;
	p->lifetime = CFG_ISAKMP_LIFETIME;
	add_numbered(&c->isakmp_policies, &p->node, &p->priority);
	return p;
}

struct cfg_sa *cfg_sa(const struct cfg_ks *ks, uint32_t n)
{
	return (struct cfg_sa *)cfg_table_find(&ks->sas, &n, sizeof(n));
}

struct cfg_sa *cfg_sa_add(struct cfg_ks *ks, uint32_t n)
{
	struct cfg_sa *sa = cfg_sa(ks, n);

	if (sa)
		return sa;
	sa = mem_zalloc(sizeof(*sa));
	sa->number = n;
	sa->replay = REPLAY_COUNTER;
	sa->counter_window = COUNTER_WINDOW_DEFAULT;
	add_numbered(&ks->sas, &sa->node, &sa->number);
	return sa;
}

struct cfg_map_entry *cfg_map_entry(const struct cfg_map *m, uint32_t seq)
{
	return (struct cfg_map_entry *)cfg_table_find(&m->entries, &seq, sizeof(seq));
}

struct cfg_map_entry *cfg_map_entry_add(struct cfg_map *m, uint32_t seq)
{
	struct cfg_map_entry *e = cfg_map_entry(m, seq);

	if (e)
		return e;
	e = mem_zalloc(sizeof(*e));
	e->seq = seq;
	add_numbered(&m->entries, &e->node, &e->seq);
	return e;
}

/* Pre-shared keys. */

/* The key as it is stored: no address bits outside the mask, nothing behind the name's end (it is hashed
 * whole). */
static void psk_key(struct cfg_psk_id *out, const struct cfg_psk_id *id)
{
	memset(out, 0, sizeof(*out));
	str_copy(out->hostname, sizeof(out->hostname), id->hostname);
	if (out->hostname[0])
		return;
	out->mask = id->mask;
	out->addr.a = id->addr.a & id->mask.a;
}

struct cfg_psk *cfg_psk(const struct cfg_table *psks, const struct cfg_psk_id *id)
{
	struct cfg_psk_id key;

	psk_key(&key, id);
	return (struct cfg_psk *)cfg_table_find(psks, &key, sizeof(key));
}

struct cfg_psk *cfg_psk_add(struct cfg_table *psks, const struct cfg_psk_id *id)
{
	struct cfg_psk *p = cfg_psk(psks, id);
	int bits;

	if (p)
		return p;
	p = mem_zalloc(sizeof(*p));
	psk_key(&p->id, id);
	cfg_table_add(psks, &p->node, &p->id, sizeof(p->id));
	if (!p->id.hostname[0]) {
		bits = ip4_mask_bits(p->id.mask);
		psks->masks |= UINT64_C(1) << (bits < 0 ? NO_PREFIX : bits);
	}
	return p;
}

static unsigned mask_weight(struct ip4 mask)
{
	return (unsigned)__builtin_popcount(mask.a);
}

/* Masks with holes: nobody should, IOS lets you. */
static const struct cfg_psk *find_holes(const struct cfg_table *psks, struct ip4 peer)
{
	const struct cfg_psk *best = NULL;

	CFG_EACH(const struct cfg_psk, p, psks) {
		if (p->id.hostname[0] || ip4_mask_bits(p->id.mask) >= 0 ||
			(peer.a & p->id.mask.a) != p->id.addr.a)
			continue;
		if (!best || mask_weight(p->id.mask) > mask_weight(best->id.mask))
			best = p;
	}
	return best;
}

/* masks may name a length whose last key is gone: that costs one look-up. */
static const struct cfg_psk *longest(const struct cfg_table *psks, struct ip4 peer)
{
	const struct cfg_psk *holes = psks->masks >> NO_PREFIX & 1 ? find_holes(psks, peer) : NULL;

	for (unsigned bits = 33; bits-- > 0;) {
		struct cfg_psk_id id;
		const struct cfg_psk *p;

		if (!(psks->masks >> bits & 1))
			continue;
		if (holes && mask_weight(holes->id.mask) > bits)
			break;
		memset(&id, 0, sizeof(id));
		id.addr = peer;
		id.mask = ip4_mask(bits);
		p = cfg_psk(psks, &id);
		if (p)
			return p;
	}
	return holes;
}

const struct cfg_psk *cfg_psk_for(const struct cfg *c, struct ip4 peer, struct ip4 local)
{
	const struct cfg_psk *best = longest(&c->isakmp_keys, peer);

	if (best)
		return best;
	CFG_EACH(const struct cfg_keyring, k, &c->keyrings) {
		const struct cfg_psk *p;

		if (!ip4_none(k->local_address) && !ip4_eq(k->local_address, local))
			continue;
		p = longest(&k->psks, peer);
		if (p && (!best || mask_weight(p->id.mask) > mask_weight(best->id.mask)))
			best = p;
	}
	return best;
}
