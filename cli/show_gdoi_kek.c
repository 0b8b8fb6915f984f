/* SPDX-License-Identifier: GPL-3.0-or-later */
/* show crypto gdoi gm rekey, gm pubkey, rekey sa: the member's side of GROUPKEY-PUSH (RFC 6407 section 4). */
#include <inttypes.h>
#include <stdio.h>
#include "cli/show_gdoi.h"

#define AGES 3	/* new, current, previous */

struct kek_sas {
	struct gdoi_rekey_sa_info sa[AGES];
	bool have[AGES];
};

static bool by_age(void *arg, const struct gdoi_rekey_sa_info *i)
{
	struct kek_sas *k = arg;

	if (i->age >= 0 && i->age < AGES && !k->have[i->age]) {
		k->sa[i->age] = *i;
		k->have[i->age] = true;
	}
	return true;
}

static void rekey_row(struct text *out, const char *label, const struct gdoi_rekey_sa_info *i)
{
	text_printf(out, "%-8s: %-16s%-16s%6" PRIu32 "   ", label, ip4_s(i->dst), ip4_s(i->src), i->conn_id);
	/* The SPI of a KEK is the cookie pair of the PUSH header: the key server's comes first. */
	text_hex(out, bytes_of(i->kek.spi + 8, 4));
	text_add(out, "   ");
	text_hex(out, bytes_of(i->kek.spi, 4));
	text_addn(out, "\n", 1);
}

static void one_gm_rekey(const struct show *s, const struct gdoi_group_info *i, unsigned number, void *arg)
{
	static const char *const label[AGES] = { "New", "Current", "Previous" };
	struct kek_sas k = { .have = { false } };
	const bool *detail = arg;
	struct text *out = s->out;
	struct gdoi_gm_info m;

	if (!gdoi_show_gm(s->d->gdoi, i->name, &m))
		return;
	text_printf(out, "Group %s (%s)\n", i->name, i->unicast ? "Unicast" : "Multicast");
	text_printf(out, "    Number of Rekeys received (cumulative)       : %" PRIu32 "\n", m.rekeys);
	text_printf(out, "    Number of Rekeys received after registration : %" PRIu32 "\n", m.rekeys_after_reg);
	if (i->unicast)
		text_printf(out, "    Number of Rekey Acks sent                    : %" PRIu32 "\n", m.acks_sent);
	text_addn(out, "\n", 1);
	if (!*detail)
		return;
	gdoi_show_rekey_sas(s->d->gdoi, i->name, by_age, &k);
	text_add(out, "Rekey (KEK) SA information :\n"
		"          dst             src             conn-id  my-cookie  his-cookie\n");
	for (int a = 0; a < AGES; a++)
		if (k.have[a])
			rekey_row(out, label[a], &k.sa[a]);
		else
			text_printf(out, "%-8s: ---             ---               ---    ---        ---\n", label[a]);
	text_addn(out, "\n", 1);
}

void show_gm_rekey(const struct show *s, bool detail)
{
	show_each_group(s, GDOI_ROLE_GM, one_gm_rekey, &detail);
}

/* The SA whose key is in use: the youngest that is active. */
static bool youngest(void *arg, const struct gdoi_rekey_sa_info *i)
{
	struct gdoi_rekey_sa_info *best = arg;

	if (i->active && (!best->active || i->age < best->age))
		*best = *i;
	return true;
}

static void one_pubkey(const struct show *s, const struct gdoi_group_info *i, unsigned number, void *arg)
{
	struct bytes der = gdoi_show_gm_pubkey(s->d->gdoi, i->name);
	struct gdoi_rekey_sa_info sa = { .active = false };
	struct text *out = s->out;
	struct gdoi_gm_info m;

	text_printf(out, "  GDOI Group: %s\n", i->name);
	if (!der.n || !gdoi_show_gm(s->d->gdoi, i->name, &m))
		return;
	gdoi_show_rekey_sas(s->d->gdoi, i->name, youngest, &sa);
	text_printf(out, "    KS IP Address: %s\n    conn-id: %" PRIu32 "    my-cookie:", ip4_s(m.server), sa.conn_id);
	text_hex(out, bytes_of(m.kek.spi + 8, 4));
	text_add(out, "    his-cookie:");
	text_hex(out, bytes_of(m.kek.spi, 4));
	text_add(out, "\n    Key Data:\n");
	show_hex_words(out, "      ", der);
}

void show_gm_pubkey(const struct show *s)
{
	show_each_group(s, GDOI_ROLE_GM, one_pubkey, NULL);
}

/* ---- rekey sa ---- */

static bool rekey_sa_row(void *arg, const struct gdoi_rekey_sa_info *i)
{
	text_printf(arg, "%-16s%-16s%-16" PRIu32 "%s\n", ip4_s(i->dst), ip4_s(i->src), i->conn_id,
		i->active ? "ACTIVE" : "INACTIVE");
	return true;
}

static void one_rekey_sa(const struct show *s, const struct gdoi_group_info *i, unsigned number, void *arg)
{
	gdoi_show_rekey_sas(s->d->gdoi, i->name, rekey_sa_row, s->out);
}

static bool count_active(void *arg, const struct gdoi_rekey_sa_info *i)
{
	*(unsigned *)arg += i->active;
	return true;
}

static void count_group(const struct show *s, const struct gdoi_group_info *i, unsigned number, void *arg)
{
	gdoi_show_rekey_sas(s->d->gdoi, i->name, count_active, arg);
}

struct detail {
	const struct show *s;
	const struct gdoi_group_info *group;
	unsigned handle;
};

static bool rekey_sa_detail(void *arg, const struct gdoi_rekey_sa_info *i)
{
	const struct gdoi_kek_info *k = &i->kek;
	struct detail *d = arg;
	struct text *out = d->s->out;
	struct gdoi_gm_info m;

	text_printf(out, "\n  KEK POLICY (transport type : %s)\n", k->unicast ? "Unicast" : "Multicast");
	text_printf(out, "   Local addr/port : %s/848\n   Remote addr/port : %s/848\n    spi : 0x", ip4_s(i->dst),
		ip4_s(i->src));
	text_hex(out, BYTES_OF(k->spi));
	text_printf(out, "\n    management alg     : disabled    encrypt alg       : %-10s\n", cipher_alg(k->cipher)->show);
	text_printf(out, "    crypto iv length   : %-12" PRIu32 "key size          : %-8" PRIu32 "\n", k->iv_size, k->key_size);
	text_printf(out, "    orig life(sec)     : %-10" PRIu32 "\n", k->lifetime);
	text_printf(out, "    sig hash algorithm : enabled     sig key length    : %-8" PRIu32 "\n", k->sig_key_der);
	text_printf(out, "    sig size           : %" PRIu32 "\n", k->sig_size);
	text_printf(out, "    acknowledgement    : %s\n", show_ack_name(k->ack));
	text_printf(out, "    conn_id (IKEv1)    : %" PRIu32 "\n", i->conn_id);
	text_printf(out, "    seq num            : %-12" PRIu32 "prev seq num      : %-8" PRIu32 "\n", i->seq, i->prev_seq);
	text_printf(out, "    handle             : %-10X\n", 0x40000001u + d->handle++);
	if (gdoi_show_gm(d->s->d->gdoi, d->group->name, &m))
		text_printf(out, "    Interface          : %s\n", m.map_if);
	text_printf(out, "    Group Name         : %-20s\n", d->group->name);
	return true;
}

static void one_rekey_detail(const struct show *s, const struct gdoi_group_info *i, unsigned number, void *arg)
{
	struct detail d = { .s = s, .group = i, .handle = *(unsigned *)arg };

	gdoi_show_rekey_sas(s->d->gdoi, i->name, rekey_sa_detail, &d);
	*(unsigned *)arg = d.handle;
}

void show_rekey_sa(const struct show *s, bool detail)
{
	unsigned active = 0, handle = 0;

	if (!detail) {
		text_add(s->out, "GETVPN REKEY SA\ndst             src             conn-id         status\n");
		show_each_group(s, GDOI_ROLE_NONE, one_rekey_sa, NULL);
		return;
	}
	show_each_group(s, GDOI_ROLE_NONE, count_group, &active);
	text_printf(s->out, "KEK SA DB STATS:\n    num_active = %u\n", active);
	show_each_group(s, GDOI_ROLE_NONE, one_rekey_detail, &handle);
}
