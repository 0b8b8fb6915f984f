/* SPDX-License-Identifier: GPL-3.0-or-later */
/* show crypto gdoi: the whole picture of each group in either role; and which software can do what. */
#include <inttypes.h>
#include "cli/show_fmt.h"
#include "cli/show_gdoi.h"

const char *show_direction(enum dp_mode mode)
{
	switch (mode) {
	case DP_RECEIVE_ONLY:
	case DP_PASSIVE:
		return "Inbound Optional";
	case DP_INBOUND_ONLY:
		return "Inbound Only";
	case DP_OPEN:
	case DP_CLOSED:
	case DP_BOTH:
		break;
	}
	return "Both";
}

/* ---- key server ---- */

struct newest {		/* the TEK that an sa ipsec N uses now: the first that is listed */
	uint32_t number;
	bool found;
	struct gdoi_tek_info tek;
};

static bool take_newest(void *arg, const struct gdoi_tek_info *t)
{
	struct newest *n = arg;

	if (t->sa_number != n->number)
		return true;
	n->tek = *t;
	n->found = true;
	return false;
}

static const char *cfg_replay_name(uint32_t replay)
{
	return replay == REPLAY_TIME ? "Time Based" : replay == REPLAY_COUNTER ? "Count Based" : "Disabled";
}

static uint32_t sa_lifetime(const struct cfg *cfg, const struct cfg_sa *sa)
{
	const struct cfg_ipsec_profile *p = cfg_ipsec_profile(cfg, sa->profile);

	return p && p->lifetime ? p->lifetime : cfg->sa_lifetime;
}

static void ks_sa(const struct show *s, const char *group, const struct cfg_sa *sa, bool members)
{
	struct newest n = { .number = sa->number };
	struct text *out = s->out;

	gdoi_show_ks_teks(s->d->gdoi, group, take_newest, &n);
	text_printf(out, "      IPSec SA Number        : %" PRIu32 "\n", sa->number);
	text_printf(out, "      IPSec SA Rekey Lifetime: %" PRIu32 " secs\n", sa_lifetime(show_cfg(s), sa));
	text_printf(out, "      Profile Name           : %s\n", sa->profile);
	text_printf(out, "      Replay method          : %s\n", cfg_replay_name(sa->replay));
	if (sa->replay != REPLAY_NONE)
		text_printf(out, "      Replay Window Size     : %" PRIu32 "\n",
			sa->replay == REPLAY_TIME ? sa->time_window : sa->counter_window);
	text_add(out, "      Tagging method         : Disabled\n");
	if (members && n.found) {
		text_printf(out, "      SA Rekey\n         Remaining Lifetime  : %" PRIu32 " secs\n", n.tek.left);
		if (n.tek.time_to_rekey != UINT32_MAX)
			text_printf(out, "         Time to Rekey       : %" PRIu32 " secs\n", n.tek.time_to_rekey);
	}
	text_printf(out, "      ACL Configured         : access-list %s\n\n", sa->acl);
}

static void ks_rekey_block(struct text *out, const struct cfg_ks *cfg, const struct gdoi_ks_info *k)
{
	text_printf(out, "    Group Rekey Lifetime     : %" PRIu32 " secs\n", cfg->rekey_lifetime);
	if (k->members && k->kek.present) {
		text_printf(out, "    Group Rekey\n        Remaining Lifetime   : %" PRIu32 " secs\n", k->kek.left);
		if (k->kek.time_to_rekey != UINT32_MAX)
			text_printf(out, "        Time to Rekey        : %" PRIu32 " secs\n", k->kek.time_to_rekey);
		text_printf(out, "        Acknowledgement Cfg  : %s\n", show_ack_name(cfg->ack));
	}
	text_printf(out, "    Rekey Retransmit Period  : %" PRIu32 " secs\n", cfg->retransmit);
	text_printf(out, "    Rekey Retransmit Attempts: %" PRIu32 "\n", cfg->retransmits);
	if (k->members && k->kek.present)
		text_printf(out, "    Group Retransmit\n        Remaining Lifetime   : %" PRIu32 " secs\n",
			k->retransmit_left);
	text_addn(out, "\n", 1);
}

static void ks_group(const struct show *s, const struct gdoi_group_info *i, const struct cfg_group *g)
{
	struct gdoi_ks_info k = { .members = i->members };
	struct text *out = s->out;
	char id[IP4_TEXT];

	gdoi_show_ks(s->d->gdoi, i->name, &k);
	text_printf(out, "    Group Name               : %s (%s)\n", i->name, i->unicast ? "Unicast" : "Multicast");
	text_add(out, "    Re-auth on new CRL       : Disabled\n");
	text_printf(out, "    Group Identity           : %s\n", show_group_id(i, id));
	text_add(out, "    Group Type               : GDOI (ISAKMP)\n"
		"    Crypto Path              : ipv4\n"
		"    Key Management Path      : ipv4\n");
	text_printf(out, "    Group Members            : %" PRIu32 "\n", i->members);
	text_printf(out, "    IPSec SA Direction       : %s\n", i->receive_only ? "Inbound Optional" : "Both");
	text_add(out, "    IP D3P Window            : Disabled\n"
		"    Split Resiliency Factor  : 0\n"
		"    CKM status               : Disabled\n");
	show_coop_block(s, i->name);
	ks_rekey_block(out, &g->ks, &k);
	CFG_EACH(struct cfg_sa, sa, &g->ks.sas)
		ks_sa(s, i->name, sa, k.members > 0);
	text_add(out, "     Group Server list       : Local\n");
	show_problems(s, i, 4, 25);
}

/* ---- group member ---- */

static void server_list(struct text *out, const struct cfg_group *g)
{
	text_add(out, "\n     Group Server list       : ");
	for (unsigned n = 0; n < CFG_SERVERS && !ip4_none(g->servers[n]); n++)
		text_printf(out, "%s%s\n", n ? "                               " : "", ip4_s(g->servers[n]));
	if (ip4_none(g->servers[0]))
		text_addn(out, "\n", 1);
}

/* KEK POLICY and TEK POLICY, empty while nothing was downloaded. */
static void gm_kek(struct text *out, const struct gdoi_gm_info *m)
{
	const struct gdoi_kek_info *k = &m->kek;

	text_add(out, "KEK POLICY:\n");
	if (!k->present)
		return;
	text_printf(out, "    Rekey Transport Type     : %s\n", k->unicast ? "Unicast" : "Multicast");
	text_printf(out, "    Lifetime (secs)          : %" PRIu32 "\n", k->left);
	text_printf(out, "    Encrypt Algorithm        : %s\n", cipher_alg(k->cipher)->show);
	text_printf(out, "    Key Size                 : %" PRIu32 "\n", k->key_size * 8);
	text_printf(out, "    Sig Hash Algorithm       : %s\n", hash_alg(k->sig_hash)->show);
	text_printf(out, "    Sig Key Length (bits)    : %" PRIu32 "\n", k->sig_key_der * 8);
}

static void replay_line(struct text *out, const struct gdoi_tek_info *t)
{
	if (t->replay == 3)
		text_printf(out, "        Anti-Replay(Time Based) : %" PRIu32 " sec interval\n", t->window);
	else if (t->replay == 2)
		text_printf(out, "        Anti-Replay(Counter Based) : %" PRIu32 "\n", t->window);
	else
		text_add(out, "        Anti-Replay : Disabled\n");
}

void show_transform(struct text *out, const struct gdoi_tek_info *t)
{
	text_add(out, esp_enc_alg(t->enc)->show);
	if (t->auth != ESP_AUTH_NONE)
		text_printf(out, " %s", esp_auth_alg(t->auth)->show);
}

static bool gm_tek(void *arg, const struct gdoi_tek_info *t)
{
	struct text *out = arg;

	text_printf(out, "    IPsec SA:\n        spi: 0x%08" PRIX32 "(%" PRIu32 ")\n        transform: ", t->spi, t->spi);
	show_transform(out, t);
	text_printf(out, "\n        sa timing:remaining key lifetime (sec): (%" PRIu32 ")\n", t->left);
	replay_line(out, t);
	text_printf(out, "        tag method : disabled\n        alg key size: %u (bytes)\n        sig key size: %u (bytes)\n",
		esp_enc_alg(t->enc)->key, esp_auth_alg(t->auth)->key);
	text_printf(out, "        encaps: %s\n\n", t->transport ? "ENCAPS_TRANSPORT" : "ENCAPS_TUNNEL");
	return true;
}

static void gm_group(const struct show *s, const struct gdoi_group_info *i, const struct cfg_group *g)
{
	struct text *out = s->out;
	struct gdoi_gm_info m;
	char id[IP4_TEXT];
	bool there = gdoi_show_gm(s->d->gdoi, i->name, &m);

	text_printf(out, "    Group Name               : %s\n", i->name);
	text_printf(out, "    Group Identity           : %s\n", show_group_id(i, id));
	text_add(out, "    Group Type               : GDOI (ISAKMP)\n"
		"    Crypto Path              : ipv4\n"
		"    Key Management Path      : ipv4\n");
	text_printf(out, "    Rekeys received          : %" PRIu32 "\n", i->rekeys_received);
	text_printf(out, "    IPSec SA Direction       : %s\n", show_direction(there ? m.mode : DP_BOTH));
	server_list(out, g);
	if (!there) {
		show_problems(s, i, 4, 25);
		return;
	}
	text_addn(out, "\n", 1);
	show_gm_block(s, i, g, &m, true);
	show_gm_downloaded(s, i->name, &m, "   access-list   ");
	text_addn(out, "\n", 1);
	gm_kek(out, &m);
	text_add(out, "\nTEK POLICY for the current KS-Policy ACEs Downloaded:\n");
	if (m.map_if[0])
		text_printf(out, "  %s:\n", m.map_if);
	gdoi_show_gm_teks(s->d->gdoi, i->name, gm_tek, out);
	text_printf(out, "\nKGS POLICY:\n  REG_GM: local_addr %s\n\nP2P POLICY:\n  REG_GM: local_addr %s\n", ip4_s(m.local),
		ip4_s(m.local));
}

static void one_group(const struct show *s, const struct gdoi_group_info *i, unsigned number, void *arg)
{
	const struct cfg_group *g = show_cfg_group(s, i->name);
	unsigned *shown = arg;

	if (!g)
		return;
	if ((*shown)++)
		text_addn(s->out, "\n", 1);
	if (i->role == GDOI_ROLE_KS || (i->role == GDOI_ROLE_NONE && g->ks.present))
		ks_group(s, i, g);
	else
		gm_group(s, i, g);
}

static void counters(const struct show *s)
{
	struct gdoi_counters c;

	gdoi_show_counters(s->d->gdoi, &c);
	text_printf(s->out, "\nGDOI MESSAGE COUNTERS\n\n"
		"    Registration: received %" PRIu64 ", malformed %" PRIu64 ", refused %" PRIu64 "\n"
		"    Rekey       : received %" PRIu64 ", accepted %" PRIu64 ", unknown SPI %" PRIu64 ", malformed %" PRIu64 "\n"
		"                  replayed %" PRIu64 ", bad signature %" PRIu64 ", bad pseudotime %" PRIu64 "\n"
		"    Rekey ACK   : received %" PRIu64 ", accepted %" PRIu64 ", bad %" PRIu64 ", unsolicited %" PRIu64 "\n",
		c.pull_in, c.pull_bad, c.pull_refused, c.push_in, c.push_ok, c.push_unknown_spi, c.push_malformed,
		c.push_replayed, c.push_bad_sig, c.push_pseudotime, c.ack_in, c.ack_ok, c.ack_bad, c.ack_unsolicited);
}

void show_gdoi(const struct show *s)
{
	unsigned shown = 0;

	if (!s->group)
		text_add(s->out, "GROUP INFORMATION\n\n");
	show_each_group(s, GDOI_ROLE_NONE, one_group, &shown);
	if (!s->group)
		counters(s);
}
