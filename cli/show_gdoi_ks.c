/* SPDX-License-Identifier: GPL-3.0-or-later */
/* show crypto gdoi ks ...: policy, access lists, rekeys of a key server. The members are in show_gdoi_members.c. */
#include <inttypes.h>
#include "cli/show_gdoi.h"

static void one_ks(const struct show *s, const struct gdoi_group_info *i, unsigned number, void *arg)
{
	const struct cfg_group *g = show_cfg_group(s, i->name);
	struct text *out = s->out;
	char id[IP4_TEXT];

	if (!g)
		return;
	text_printf(out, "\nKey Server Information For Group %s:\n", i->name);
	text_printf(out, "    Group Name               : %s\n", i->name);
	text_add(out, "    Re-auth on new CRL       : Disabled\n");
	text_printf(out, "    Group Identity           : %s\n", show_group_id(i, id));
	text_add(out, "    Group Type               : GDOI (ISAKMP)\n");
	text_printf(out, "    Group Members            : %" PRIu32 "\n", i->members);
	text_printf(out, "    Rekey Acknowledgement Cfg: %s\n", show_ack_name(g->ks.ack));
	text_printf(out, "    IPSec SA Direction       : %s\n", i->receive_only ? "Inbound Optional" : "Both");
	text_add(out, "    IP D3P Window            : Disabled\n"
		"    Split Resiliency Factor  : 0\n"
		"    CKM status               : Disabled\n"
		"    ACL Configured: \n");
	CFG_EACH(struct cfg_sa, sa, &g->ks.sas)
		if (sa->acl[0])
			text_printf(out, "        access-list %s\n", sa->acl);
	show_coop_block(s, i->name);
	show_problems(s, i, 4, 25);
}

struct total {
	struct ip4 ks;
	uint32_t members;
};

static bool local_member(void *arg, const struct gdoi_member_info *m)
{
	struct total *t = arg;

	t->members += ip4_eq(m->ks, t->ks);
	return true;
}

static void count_local(const struct show *s, const struct gdoi_group_info *i, unsigned number, void *arg)
{
	struct total *t = arg;
	struct gdoi_ks_info k;

	if (!gdoi_show_ks(s->d->gdoi, i->name, &k))
		return;
	t->ks = k.address;
	gdoi_show_members(s->d->gdoi, i->name, local_member, t);
}

void show_ks(const struct show *s)
{
	struct total t = { .members = 0 };

	show_each_group(s, GDOI_ROLE_KS, count_local, &t);
	text_printf(s->out, "Total group members registered to this box: %" PRIu32 "\n", t.members);
	show_each_group(s, GDOI_ROLE_KS, one_ks, NULL);
}

/* ---- policy ---- */

static void life(struct text *out, const char *label, uint32_t left)
{
	if (left == UINT32_MAX)
		text_printf(out, "%sn/a\n", label);
	else
		text_printf(out, "%s%" PRIu32 "\n", label, left);
}

static void kek_policy(struct text *out, const struct gdoi_kek_info *k)
{
	text_printf(out, "  KEK POLICY (transport type : %s)\n    spi : 0x", k->unicast ? "Unicast" : "Multicast");
	text_hex(out, BYTES_OF(k->spi));
	text_printf(out, "\n    management alg     : disabled      encrypt alg           : %s\n", cipher_alg(k->cipher)->show);
	text_printf(out, "    crypto iv length   : %-14" PRIu32 "key size              : %" PRIu32 "\n", k->iv_size, k->key_size);
	text_printf(out, "    orig life(sec)     : %-14" PRIu32 "remaining life(sec)   : %" PRIu32 "\n", k->lifetime, k->left);
	life(out, "    time to rekey (sec): ", k->time_to_rekey);
	text_printf(out, "    sig hash algorithm : enabled       sig key length        : %" PRIu32 "\n", k->sig_key_der);
	text_printf(out, "    sig size           : %" PRIu32 "\n    sig key name       : %s\n", k->sig_size, k->sig_key_name);
	if (k->unicast)
		text_printf(out, "    acknowledgement    : %s\n", show_ack_name(k->ack));
	text_addn(out, "\n", 1);
}

static bool count_tek(void *arg, const struct gdoi_tek_info *t)
{
	++*(unsigned *)arg;
	return true;
}

static bool tek_policy(void *arg, const struct gdoi_tek_info *t)
{
	struct text *out = arg;

	text_printf(out, "  TEK POLICY (encaps : %s)\n", t->transport ? "ENCAPS_TRANSPORT" : "ENCAPS_TUNNEL");
	text_printf(out, "    spi                : 0x%08" PRIX32 "\n    access-list        : %s\n    transform          : ",
		t->spi, t->acl);
	show_transform(out, t);
	text_printf(out, "\n    alg key size       : %-14usig key size          : %u\n", esp_enc_alg(t->enc)->key,
		esp_auth_alg(t->auth)->key);
	text_printf(out, "    orig life(sec)     : %-14" PRIu32 "remaining life(sec)   : %" PRIu32 "\n", t->lifetime, t->left);
	text_printf(out, "    tek life(sec)      : %-14" PRIu32 "elapsed time(sec)     : %" PRIu32 "\n", t->lifetime,
		t->elapsed);
	if (t->replay == 3)
		text_printf(out, "    override life(sec) : 0\n    replay method      : Time Based    window size           : %" PRIu32
			"\n", t->window);
	else
		text_printf(out, "    override life(sec) : 0             antireplay window size: %" PRIu32 "\n",
			t->replay == 2 ? t->window : 0);
	life(out, "    time to rekey (sec): ", t->time_to_rekey);
	if (t->no_window)
		text_add(out, "    antireplay window  : off, more than two members ('replay time' is for them)\n");
	text_addn(out, "\n", 1);
	return true;
}

static void one_policy(const struct show *s, const struct gdoi_group_info *i, unsigned number, void *arg)
{
	struct text *out = s->out;
	struct gdoi_ks_info k;
	unsigned teks = 0;

	if (!gdoi_show_ks(s->d->gdoi, i->name, &k))
		return;
	gdoi_show_ks_teks(s->d->gdoi, i->name, count_tek, &teks);
	text_printf(out, "For group %s (handle: 0x%X) server %s (handle: 0x%X):\n\n", i->name, 0x40000002u + number,
		ip4_s(k.address), 0x40000002u + number);
	text_printf(out, "  # of teks : %u  Seq num : %" PRIu32 "\n", teks, k.seq);
	if (k.kek.present)
		kek_policy(out, &k.kek);
	gdoi_show_ks_teks(s->d->gdoi, i->name, tek_policy, out);
	if (!k.kek.present && k.members)
		text_printf(out, "  No KEK: %" PRIu32 " members registered without one and cannot be rekeyed before they register again\n\n",
			k.members);
	if (k.pending_change)
		text_add(out, "  Policy is configured but not sent yet: 'crypto gdoi ks rekey' sends it now,\n"
			"  otherwise the next scheduled rekey does\n\n");
	show_problems(s, i, 2, 19);
}

void show_ks_policy(const struct show *s)
{
	text_add(s->out, "Key Server Policy:\n");
	show_each_group(s, GDOI_ROLE_KS, one_policy, NULL);
}

/* ---- acl ---- */

static void one_acl(const struct show *s, const struct gdoi_group_info *i, unsigned number, void *arg)
{
	const struct cfg_group *g = show_cfg_group(s, i->name);
	unsigned *shown = arg;

	if (!g)
		return;
	if ((*shown)++)
		text_addn(s->out, "\n", 1);
	text_printf(s->out, "Group Name: %s\n Configured ACL:\n", i->name);
	CFG_EACH(struct cfg_sa, sa, &g->ks.sas) {
		show_acl_entries(s->out, "   ", cfg_acl(show_cfg(s), sa->acl), "  ");
	}
}

void show_ks_acl(const struct show *s)
{
	unsigned shown = 0;

	show_each_group(s, GDOI_ROLE_KS, one_acl, &shown);
}

/* ---- rekey ---- */

struct sa_lives {
	struct text *out;
	uint32_t last;		/* sa ipsec already shown: only its newest TEK counts */
};

static bool sa_life(void *arg, const struct gdoi_tek_info *t)
{
	struct sa_lives *l = arg;

	if (t->sa_number == l->last)
		return true;
	l->last = t->sa_number;
	text_printf(l->out, "    IPSec SA %" PRIu32 "  lifetime (sec)          : %" PRIu32 "\n"
		"        Remaining lifetime (sec)        : %" PRIu32 "\n", t->sa_number, t->lifetime, t->left);
	return true;
}

static void one_rekey(const struct show *s, const struct gdoi_group_info *i, unsigned number, void *arg)
{
	const struct cfg_group *g = show_cfg_group(s, i->name);
	struct sa_lives lives = { .out = s->out };
	struct text *out = s->out;
	unsigned *shown = arg;
	struct gdoi_ks_info k;

	if (!g || !gdoi_show_ks(s->d->gdoi, i->name, &k))
		return;
	if ((*shown)++)
		text_addn(out, "\n", 1);
	text_printf(out, "Group %s (%s)\n", i->name, i->unicast ? "Unicast" : "Multicast");
	text_printf(out, "    Number of Rekeys sent               : %" PRIu64 "\n", k.rekeys_sent);
	text_printf(out, "    Number of Rekeys retransmitted      : %" PRIu64 "\n", k.rekeys_retransmitted);
	text_printf(out, "    KEK rekey lifetime (sec)            : %" PRIu32 "\n",
		k.kek.present ? k.kek.lifetime : g->ks.rekey_lifetime);
	if (k.kek.present)
		text_printf(out, "        Remaining lifetime (sec)        : %" PRIu32 "\n", k.kek.left);
	text_printf(out, "    Retransmit period                   : %" PRIu32 "\n", k.retransmit);
	text_printf(out, "    Number of retransmissions           : %" PRIu32 "\n", k.retransmits);
	gdoi_show_ks_teks(s->d->gdoi, i->name, sa_life, &lives);
	text_printf(out, "    Number of registrations after rekey : %" PRIu32 "\n", k.registrations_after_rekey);
	if (!i->unicast && !ip4_none(k.multicast.ip))
		text_printf(out, "    Multicast destination address       : %s\n", ip4_s(k.multicast.ip));
	show_problems(s, i, 4, 25);
}

void show_ks_rekey(const struct show *s)
{
	unsigned shown = 0;

	show_each_group(s, GDOI_ROLE_KS, one_rekey, &shown);
}

/* ---- identifier, replay ---- */

static bool counter_mode(void *arg, const struct gdoi_tek_info *t)
{
	*(bool *)arg |= esp_enc_alg(t->enc)->combined;
	return true;
}

static void one_identifier(const struct show *s, const struct gdoi_group_info *i, unsigned number, void *arg)
{
	const bool *detail = arg;
	struct text *out = s->out;
	bool counter = false;

	gdoi_show_ks_teks(s->d->gdoi, i->name, counter_mode, &counter);
	if (number)
		text_addn(out, "\n", 1);
	text_printf(out, "KS Sender ID (KSSID) Information for Group %s:\n\n", i->name);
	text_printf(out, "    Transform Mode           : %s\n", counter ? "Counter (Suite-B)" : "Non-Counter (Non-Suite-B)");
	text_add(out, "    Re-initializing          : No\n"
		"    SID Length (Group Size)  : 24 bits (MEDIUM)\n"
		"    Current KSSID In-Use     : none\n"
		"    Last GMSID Used          : none\n");
	if (*detail)
		text_add(out, "\n    KSSID(s) Assigned        : none\n"
			"    KSSID(s) Used            : none\n"
			"    KSSID(s) Used (Old)      : none\n"
			"    Available KSSID(s)       : none\n"
			"\n    REMAINING SIDs: none\n");
}

void show_ks_identifier(const struct show *s, bool detail)
{
	show_each_group(s, GDOI_ROLE_KS, one_identifier, &detail);
}

static void one_replay(const struct show *s, const struct gdoi_group_info *i, unsigned number, void *arg)
{
	struct gdoi_ks_info k;

	if (!gdoi_show_ks(s->d->gdoi, i->name, &k))
		return;
	text_printf(s->out, "Anti-replay Information For Group %s:\n  Timebased Replay:\n", i->name);
	if (!k.time_based) {
		text_add(s->out, "    is not enabled\n\n");
		return;
	}
	text_printf(s->out, "    Replay Value             : %" PRIu64 ".%02u secs\n    Remaining sync time      : %" PRIu32
		" secs\n\n", k.pseudotime / 1000, (unsigned)(k.pseudotime % 1000 / 10), k.sync_left);
}

void show_ks_replay(const struct show *s)
{
	show_each_group(s, GDOI_ROLE_KS, one_replay, NULL);
}
