/* SPDX-License-Identifier: GPL-3.0-or-later */
/* show crypto isakmp ... */
#include <inttypes.h>
#include <stdlib.h>
#include <uthash.h>
#include "cli/show_fmt.h"
#include "cli/show_isakmp.h"
#include "isakmp/isakmp_show.h"
#include "lib/mem.h"

static const char *state_name(enum isakmp_state st)
{
	static const char *const name[] = { [MM_NO_STATE] = "MM_NO_STATE", [MM_SA_SETUP] = "MM_SA_SETUP",
		[MM_KEY_EXCH] = "MM_KEY_EXCH", [MM_KEY_AUTH] = "MM_KEY_AUTH", [GDOI_IDLE] = "GDOI_IDLE",
		[MM_DELETED] = "MM_NO_STATE" };

	return (unsigned)st < sizeof(name) / sizeof(name[0]) ? name[st] : "UNKNOWN";
}

static void sa_row(struct text *out, struct ip4 dst, struct ip4 src, const char *state, uint32_t conn_id,
	const char *status)
{
	text_printf(out, "%-16s%-16s%-15s%7" PRIu32 " %s\n", ip4_s(dst), ip4_s(src), state, conn_id, status);
}

static bool rekey_row(void *arg, const struct gdoi_rekey_sa_info *i)
{
	sa_row(arg, i->dst, i->src, "GDOI_REKEY", i->conn_id, i->active ? "ACTIVE" : "ACTIVE (deleted)");
	return true;
}

static bool group_rekey_rows(void *arg, const struct gdoi_group_info *i)
{
	const struct show *s = arg;

	gdoi_show_rekey_sas(s->d->gdoi, i->name, rekey_row, s->out);
	return true;
}

static bool isakmp_row(void *arg, const struct isakmp_sa_info *i)
{
	sa_row(arg, i->dst, i->src, state_name(i->state), i->conn_id,
		i->state == MM_DELETED ? "ACTIVE (deleted)" : "ACTIVE");
	return true;
}

void show_isakmp_sa(const struct show *s)
{
	struct show again = *s;

	text_add(s->out, "IPv4 Crypto ISAKMP SA\ndst             src             state          conn-id status\n");
	gdoi_show_groups(s->d->gdoi, group_rekey_rows, &again);
	isakmp_show_sas(s->d->isakmp, isakmp_row, s->out);
	text_add(s->out, "\nIPv6 Crypto ISAKMP SA\n\n");
}

static const char *auth_short(uint32_t auth)
{
	return auth == ISAKMP_AUTH_PSK ? "psk" : auth == ISAKMP_AUTH_RSA_SIG ? "rsig" : "renc";
}

static const char *encr_short(enum cipher_id id)
{
	return id == CIPHER_DES ? "des" : id == CIPHER_3DES ? "3des" : id == CIPHER_NONE ? "" : "aes";
}

static bool detail_row(void *arg, const struct isakmp_sa_info *i)
{
	struct text *out = arg;
	char hms[16];

	text_printf(out, "%-5" PRIu32 " %-15s %-15s %-6s %-6s %-4s %-6s %-4s %-2u %8s %-3s\n", i->conn_id, ip4_s(i->local.ip),
		ip4_s(i->remote.ip), "", i->state == MM_DELETED ? "DELETE" : i->state == GDOI_IDLE ? "ACTIVE" : "NEGOT",
		encr_short(i->encr), i->hash == HASH_NONE ? "" : hash_alg(i->hash)->ios, auth_short(i->auth),
		dh_alg(i->group)->number, show_hms(i->left, hms), i->dpd ? "D" : "");
	text_printf(out, "       Engine-id:Conn-id =  SW:%" PRIu32 "\n\n", i->conn_id > 1000 ? i->conn_id - 1000 : i->conn_id);
	return true;
}

void show_isakmp_sa_detail(const struct show *s)
{
	text_add(s->out, "Codes: C - IKE configuration mode, D - Dead Peer Detection\n"
		"       K - Keepalives, N - NAT-traversal\n"
		"       T - cTCP encapsulation, X - IKE Extended Authentication\n"
		"       psk - Preshared key, rsig - RSA signature\n"
		"       renc - RSA encryption\n"
		"IPv4 Crypto ISAKMP SA\n\n"
		"C-id  Local           Remote          I-VRF  Status Encr Hash   Auth DH Lifetime Cap.\n\n");
	isakmp_show_sas(s->d->isakmp, detail_row, s->out);
	text_add(s->out, "IPv6 Crypto ISAKMP SA\n\n");
}

static bool count_row(void *arg, const struct isakmp_sa_info *i)
{
	struct show_sa_count *n = arg;

	if (i->state == MM_DELETED)
		n->dead++;
	else if (i->state == GDOI_IDLE)
		n->active++;
	else
		n->negotiating++;
	return true;
}

struct show_sa_count show_count_sas(const struct show *s)
{
	struct show_sa_count n = { 0 };

	isakmp_show_sas(s->d->isakmp, count_row, &n);
	return n;
}

void show_isakmp_sa_count(const struct show *s)
{
	struct show_sa_count n = show_count_sas(s);

	text_printf(s->out, "Active ISAKMP SA's: %u\n\nStandby ISAKMP SA's: 0\n\nCurrently being negotiated ISAKMP SA's: %u\n\n"
		"Dead ISAKMP SA's: %u\n", n.active, n.negotiating, n.dead);
}

/* ---- policy ---- */

static int by_priority(const void *a, const void *b)
{
	const struct cfg_isakmp_policy *const *x = a, *const *y = b;

	return (*x)->priority < (*y)->priority ? -1 : (*x)->priority > (*y)->priority;
}

static const char *auth_long(uint32_t auth)
{
	return auth == ISAKMP_AUTH_PSK ? "Pre-Shared Key" :
		auth == ISAKMP_AUTH_RSA_SIG ? "Rivest-Shamir-Adleman Signature" : "Rivest-Shamir-Adleman Encryption";
}

void show_each_policy(const struct cfg *cfg, void (*fn)(void *arg, const struct cfg_isakmp_policy *p), void *arg)
{
	unsigned count = cfg_table_count(&cfg->isakmp_policies), n = 0;
	const struct cfg_isakmp_policy **sorted = mem_zalloc((count + 1) * sizeof(const struct cfg_isakmp_policy *));

	CFG_EACH(struct cfg_isakmp_policy, p, &cfg->isakmp_policies)
		sorted[n++] = p;
	qsort(sorted, n, sizeof(*sorted), by_priority);
	for (unsigned k = 0; k < n; k++)
		fn(arg, sorted[k]);
	free(sorted);
}

static void one_policy(void *arg, const struct cfg_isakmp_policy *p)
{
	struct text *out = arg;

	text_printf(out, "Protection suite of priority %" PRIu32 "\n", p->priority);
	text_printf(out, "        encryption algorithm:   %s\n", cipher_alg((enum cipher_id)p->encr)->ios_long);
	text_printf(out, "        hash algorithm:         %s\n", hash_alg((enum hash_id)p->hash)->ios_long);
	text_printf(out, "        authentication method:  %s\n", auth_long(p->auth));
	text_printf(out, "        Diffie-Hellman group:   %s\n", dh_alg((enum dh_id)p->group)->ios_long);
	text_printf(out, "        lifetime:               %" PRIu32 " seconds, no volume limit\n", p->lifetime);
}

void show_isakmp_policy(const struct show *s)
{
	text_add(s->out, "\nGlobal IKE policy\n");
	show_each_policy(show_cfg(s), one_policy, s->out);
}

/* ---- peers ---- */

struct seen {
	UT_hash_handle hh;
	struct {
		struct endpoint remote;
		struct ip4 local;
	} key;
};

struct peers {
	void (*fn)(void *arg, const struct isakmp_sa_info *i);
	void *arg;
	struct seen *seen;
};

static bool peer_of(void *arg, const struct isakmp_sa_info *i)
{
	struct peers *p = arg;
	struct seen *e = mem_zalloc(sizeof(*e)), *old;
	unsigned hash;

	e->key.remote.ip = i->remote.ip;
	e->key.remote.port = i->remote.port;
	e->key.local = i->local.ip;
	HASH_FNV(&e->key, sizeof(e->key), hash);
	HASH_FIND_BYHASHVALUE(hh, p->seen, &e->key, sizeof(e->key), hash, old);
	if (old || i->state == MM_DELETED) {
		free(e);
		return true;
	}
	HASH_ADD_BYHASHVALUE(hh, p->seen, key, sizeof(e->key), hash, e);
	p->fn(p->arg, i);
	return true;
}

void show_each_peer(const struct show *s, void (*fn)(void *arg, const struct isakmp_sa_info *i), void *arg)
{
	struct peers p = { .fn = fn, .arg = arg };
	struct seen *e, *next;

	isakmp_show_sas(s->d->isakmp, peer_of, &p);
	HASH_ITER(hh, p.seen, e, next) {
		HASH_DEL(p.seen, e);
		free(e);
	}
}

static void peer_row(void *arg, const struct isakmp_sa_info *i)
{
	struct text *out = arg;

	text_printf(out, "Peer: %s Port: %u Local: %s\n", ip4_s(i->remote.ip), i->remote.port, ip4_s(i->local.ip));
	if (i->peer_id[0]) {
		text_add(out, " Phase1 id: ");
		text_escaped(out, bytes_str(i->peer_id));
		text_addn(out, "\n", 1);
	}
}

void show_isakmp_peers(const struct show *s)
{
	show_each_peer(s, peer_row, s->out);
}

/* ---- keys ---- */

static void key_rows(struct text *out, const char *ring, const struct cfg_table *psks)
{
	const char *name = ring;
	size_t from;

	CFG_EACH(struct cfg_psk, k, psks) {
		text_printf(out, "%-12s ", name);
		from = out->n;
		name = "";
		if (k->id.hostname[0])
			text_add(out, k->id.hostname);
		else if (k->id.mask.a == UINT32_MAX)
			text_add(out, ip4_s(k->id.addr));
		else
			text_printf(out, "%-18s [%s]", ip4_s(k->id.addr), ip4_s(k->id.mask));
		text_printf(out, "%*s", out->n - from < 43 ? (int)(44 - (out->n - from)) : 1, "");
		/* As IOS: the running configuration, which the same privilege may read, holds it too. */
		text_escaped(out, secret_bytes(&k->key));
		text_addn(out, "\n", 1);
	}
}

void show_isakmp_key(const struct show *s)
{
	const struct cfg *cfg = show_cfg(s);

	text_add(s->out, "Keyring      Hostname/Address                            Preshared Key\n\n");
	key_rows(s->out, "default", &cfg->isakmp_keys);
	CFG_EACH(struct cfg_keyring, r, &cfg->keyrings)
		key_rows(s->out, r->name, &r->psks);
}

/* ---- counters: ours ---- */

void show_isakmp_counters(const struct show *s)
{
	struct isakmp_counters c;

	isakmp_show_counters(s->d->isakmp, &c);
	text_printf(s->out, "ISAKMP datagrams\n"
		"    received              : %" PRIu64 "\n    sent                  : %" PRIu64 "\n"
		"    retransmitted         : %" PRIu64 "\n    duplicates answered   : %" PRIu64 "\n", c.in, c.out, c.retransmits,
		c.duplicates);
	text_printf(s->out, "ISAKMP datagrams dropped\n"
		"    malformed             : %" PRIu64 "\n    unknown SA            : %" PRIu64 "\n"
		"    wrong exchange        : %" PRIu64 "\n    not encrypted         : %" PRIu64 "\n"
		"    not decryptable       : %" PRIu64 "\n    too big               : %" PRIu64 "\n", c.malformed, c.unknown_sa,
		c.bad_exchange, c.not_encrypted, c.decrypt_failed, c.too_big);
	text_printf(s->out, "    half-open limit       : %" PRIu64 "\n    amplification limit   : %" PRIu64 "\n",
		c.half_open_limit, c.amplification_limit);
	text_printf(s->out, "Phase 1 refused\n"
		"    authentication failed : %" PRIu64 "\n    no proposal chosen    : %" PRIu64 "\n"
		"    no key for the peer   : %" PRIu64 "\n", c.auth_failed, c.no_proposal, c.no_key);
	text_printf(s->out, "Phase 1 SAs\n    half-open             : %" PRIu32 "\n    established           : %" PRIu32 "\n",
		c.half_open, c.established);
}
