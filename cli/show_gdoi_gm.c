/* SPDX-License-Identifier: GPL-3.0-or-later */
/* show crypto gdoi gm ...: what a group member was given and what it does with it. */
#include <inttypes.h>
#include <stdio.h>
#include "cli/show_gdoi.h"
#include "lib/clock.h"

static const char *reg_state(enum gdoi_gm_state st)
{
	switch (st) {
	case GM_REGISTERED:
		return "Registered";
	case GM_REGISTERING:
		return "Registering";
	case GM_REJECTED:
		return "Rejected";
	case GM_IDLE:
		break;
	}
	return "Not Registered";
}

static const char *fail_revert(const struct cfg_group *g)
{
	return g->failclose_revert ? "Enabled" : "Disabled";
}

/* Registration: where, with whom, how often. */
static void registration(const struct show *s, const struct gdoi_gm_info *m)
{
	struct text *out = s->out;
	char v[VERSION_TEXT];

	text_printf(out, "    Group member             : %-15s vrf: None\n", ip4_s(m->local));
	text_printf(out, "       Local addr/port       : %s/848\n", ip4_s(m->local));
	text_printf(out, "       Remote addr/port      : %s/848\n", ip4_s(m->server));
	text_add(out, "       fvrf/ivrf             : None/None\n");
	text_printf(out, "       Version               : %s\n", show_version_str(m->version, v));
	text_printf(out, "       Registration status   : %s\n", reg_state(m->state));
	text_printf(out, "       %s: %s\n", m->state == GM_REGISTERED ? "Registered with       " : "Registering to        ",
		ip4_s(m->server));
	text_printf(out, "       Re-registers in       : %" PRIu32 " sec\n", m->reregisters_in);
	text_printf(out, "       Succeeded registration: %" PRIu32 "\n", m->succeeded);
	text_printf(out, "       Attempted registration: %" PRIu32 "\n", m->attempted);
	text_printf(out, "       Last rekey from       : %s\n",
		ip4_none(m->last_rekey_from) ? "UNKNOWN" : ip4_s(m->last_rekey_from));
	text_printf(out, "       Last rekey seq num    : %" PRIu32 "\n", m->last_seq);
}

static void rekeys(const struct show *s, const struct gdoi_gm_info *m, bool unicast)
{
	struct text *out = s->out;
	char hms[16];

	if (unicast)
		text_printf(out, "       Unicast rekey received: %" PRIu32 "\n       Rekey ACKs sent       : %" PRIu32 "\n",
			m->rekeys, m->acks_sent);
	else
		text_printf(out, "       Multicast rekey rcvd  : %" PRIu32 "\n", m->rekeys);
	if (m->last_rekey == UINT64_MAX)
		text_add(out, "       Rekey Received        : never\n");
	else
		text_printf(out, "       Rekey Rcvd(hh:mm:ss)  : %s\n", show_hms(m->last_rekey / USEC_PER_SEC, hms));
	text_add(out, "       PFS Rekey received    : 0\n"
		"       DP Error Monitoring   : OFF\n"
		"       IPSEC init reg executed    : 0\n"
		"       IPSEC init reg postponed   : 0\n");
	text_printf(out, "       Active TEK Number     : %" PRIu32 "\n", m->active_teks);
	text_add(out, "       SA Track (OID/status) : disabled\n");
}

/* "aes 256, 3des-cbc", "any" */
static void allowed_ciphers(struct text *out, uint32_t bits)
{
	const char *sep = "";

	if (!bits)
		text_add(out, "any");
	for (int id = CIPHER_DES; id < CIPHER_MAX; id++)
		if (bits & 1u << id) {
			text_printf(out, "%s%s", sep, cipher_alg((enum cipher_id)id)->ios_rekey);
			sep = ", ";
		}
}

static void allowed_hashes(struct text *out, uint32_t bits)
{
	const char *sep = "";

	if (!bits)
		text_add(out, "any");
	for (int id = HASH_MD5; id < HASH_MAX; id++)
		if (bits & 1u << id) {
			text_printf(out, "%s%s", sep, hash_alg((enum hash_id)id)->ios);
			sep = ", ";
		}
}

static void allowed(struct text *out, const struct cfg_group *g)
{
	text_add(out, "\n       allowable rekey cipher: ");
	allowed_ciphers(out, g->client_ciphers);
	text_add(out, "\n       allowable rekey hash  : ");
	allowed_hashes(out, g->client_hashes);
	text_add(out, "\n       allowable transformtag: ");
	if (!g->client_sets[0][0])
		text_add(out, "any ESP");
	for (unsigned n = 0; n < CFG_SETS && g->client_sets[n][0]; n++)
		text_printf(out, "%s%s", n ? ", " : "", g->client_sets[n]);
	text_addn(out, "\n", 1);
}

/* IOS has nothing like this; at the end of the block, where clients that parse it are done. */
static void trouble(const struct show *s, const struct gdoi_group_info *i, const struct gdoi_gm_info *m)
{
	if (m->refused[0])
		text_printf(s->out, "       Policy refused        : %s\n", m->refused);
	if (m->dataplane_problem[0] && !i->dataplane_down)
		text_printf(s->out, "       Data plane refused    : %s\n", m->dataplane_problem);
	show_problems(s, i, 7, 22);
}

void show_gm_block(const struct show *s, const struct gdoi_group_info *i, const struct cfg_group *g,
	const struct gdoi_gm_info *m, bool whole)
{
	bool unicast = i->unicast || !m->kek.present;	/* what a rekey will come by is known with the first KEK */
	struct text *out = s->out;
	unsigned n = 0;

	text_printf(out, "Group Member Information For Group %s:\n", i->name);
	text_printf(out, "    IPSec SA Direction       : %s\n", show_direction(m->mode));
	gdoi_show_gm_acl(s->d->gdoi, i->name, &n);
	if (n)
		text_printf(out, "    ACL Received From KS     : gdoi_group_%s_temp_acl\n", i->name);
	else
		text_add(out, "    ACL Received From KS     : None\n");
	text_addn(out, "\n", 1);
	registration(s, m);
	rekeys(s, m, unicast);
	text_printf(out, "       Fail-Close Revert : %s\n", fail_revert(g));
	if (whole) {
		allowed(out, g);
		trouble(s, i, m);
		text_printf(out, "\n    Rekeys cumulative\n       Total received        : %" PRIu32
			"\n       After latest register : %" PRIu32 "\n", m->rekeys, m->rekeys_after_reg);
		if (unicast)
			text_printf(out, "       Rekey Acks sents      : %" PRIu32 "\n", m->acks_sent);
		else if (m->last_rekey == UINT64_MAX)
			text_add(out, "       Rekey Received        : never\n");
		text_addn(out, "\n", 1);
	} else {
		trouble(s, i, m);
	}
}

void show_gm_downloaded(const struct show *s, const char *group, const struct gdoi_gm_info *m, const char *lead)
{
	const struct dp_ace *ace;
	unsigned n = 0;

	ace = gdoi_show_gm_acl(s->d->gdoi, group, &n);
	text_printf(s->out, " ACL Downloaded From KS %s:\n", n ? ip4_s(m->server) : "UNKNOWN");
	for (unsigned k = 0; k < n; k++)
		show_ace(s->out, lead, &ace[k]);
}

static void one_gm(const struct show *s, const struct gdoi_group_info *i, unsigned number, void *arg)
{
	const struct cfg_group *g = show_cfg_group(s, i->name);
	unsigned *shown = arg;
	struct gdoi_gm_info m;

	if (!g)
		return;
	if ((*shown)++)
		text_addn(s->out, "\n", 1);
	if (gdoi_show_gm(s->d->gdoi, i->name, &m)) {
		show_gm_block(s, i, g, &m, false);
		return;
	}
	text_printf(s->out, "Group Member Information For Group %s:\n", i->name);
	show_problems(s, i, 4, 25);
}

void show_gm(const struct show *s)
{
	unsigned shown = 0;

	show_each_group(s, GDOI_ROLE_GM, one_gm, &shown);
}

/* ---- gm acl ---- */

void show_gm_local_acls(const struct show *s, const char *group,
	void (*fn)(void *arg, const struct cfg_map *map, const struct cfg_acl *acl), void *arg)
{
	const struct cfg *cfg = show_cfg(s);

	CFG_EACH(struct cfg_map, map, &cfg->maps)
		CFG_EACH(struct cfg_map_entry, e, &map->entries)
			if (strcmp(e->group, group) == 0 && e->acl[0]) {
				const struct cfg_acl *acl = cfg_acl(cfg, e->acl);

				if (acl)
					fn(arg, map, acl);
			}
}

static void local_acl(void *arg, const struct cfg_map *map, const struct cfg_acl *acl)
{
	struct text *out = arg;

	text_printf(out, "  Map Name: %s\n", map->name);
	for (unsigned k = 0; k < acl->count; k++) {
		if (acl->entry[k].remark)
			continue;
		text_printf(out, "   access-list %s ", acl->name);
		acl_ace_gdoi_str(&acl->entry[k].ace, out);
		text_addn(out, "\n", 1);
	}
}

struct halves {
	bool download, local;
	unsigned shown;
};

static void one_acl(const struct show *s, const struct gdoi_group_info *i, unsigned number, void *arg)
{
	struct halves *h = arg;
	struct gdoi_gm_info m;

	if (h->shown++)
		text_addn(s->out, "\n", 1);
	text_printf(s->out, "Group Name: %s\n", i->name);
	if (h->download && gdoi_show_gm(s->d->gdoi, i->name, &m))
		show_gm_downloaded(s, i->name, &m, "   access-list  ");
	if (h->local) {
		text_add(s->out, " ACL Configured Locally: \n");
		show_gm_local_acls(s, i->name, local_acl, s->out);
	}
}

void show_gm_acl(const struct show *s, bool download, bool local)
{
	struct halves h = { .download = download, .local = local };

	show_each_group(s, GDOI_ROLE_GM, one_acl, &h);
}

/* ---- identifiers, replay, counters ---- */

static bool first_tek(void *arg, const struct gdoi_tek_info *t)
{
	*(struct gdoi_tek_info *)arg = *t;
	return false;
}

static void one_identifier(const struct show *s, const struct gdoi_group_info *i, unsigned number, void *arg)
{
	struct gdoi_tek_info tek = { .enc = ESP_ENC_NONE };
	const bool *detail = arg;
	struct gdoi_gm_info m;

	if (!gdoi_show_gm(s->d->gdoi, i->name, &m))
		return;
	gdoi_show_gm_teks(s->d->gdoi, i->name, first_tek, &tek);
	if (number)
		text_addn(s->out, "\n", 1);
	text_printf(s->out, "GM Sender ID (SID) Information for Group %s:\n\n", i->name);
	text_printf(s->out, "  Group Member: %-16s vrf: None\n", ip4_s(m.local));
	text_printf(s->out, "    Transform Mode                  : %s\n",
		esp_enc_alg(tek.enc)->combined ? "Counter (Suite-B)" : "Non-Counter (Non-Suite-B)");
	text_add(s->out, "    # of SIDs Last Requested        : 0\n\n    CURRENT SIDs: None\n");
	if (!*detail)
		return;
	text_printf(s->out, "\n    NEXT SID REQUEST:\n      TEK Lifetime                  : %" PRIu32 " sec\n", tek.left);
	text_add(s->out, "      SID Length (Group Size)       : 24 bits (MEDIUM)\n");
}

void show_gm_identifier(const struct show *s, bool detail)
{
	show_each_group(s, GDOI_ROLE_GM, one_identifier, &detail);
}

static bool counter_window(void *arg, const struct dp_sa_info *i)
{
	if (i->replay == 2 && i->inbound)
		*(uint32_t *)arg = i->window;
	return true;
}

/* Where there is one: in a group of two. */
static void counter_replay(const struct show *s, const char *group)
{
	struct dp_counters c = { 0 };
	uint32_t window = 0;

	gdoi_show_gm_sas(s->d->gdoi, group, counter_window, &window);
	if (!window)
		return;
	gdoi_show_gm_dataplane(s->d->gdoi, group, &c);
	text_printf(s->out, "  Counterbased Replay:\n    Window Size              : %" PRIu32 " packets\n", window);
	text_printf(s->out, "    Input Packets            : %-5" PRIu64 "    Input Error Packets      : %" PRIu64 "\n\n", c.decrypt,
		c.replay_dropped);
}

static void one_replay(const struct show *s, const struct gdoi_group_info *i, unsigned number, void *arg)
{
	struct dp_counters c = { 0 };
	struct gdoi_gm_info m;
	uint64_t *errors = arg;

	if (!gdoi_show_gm(s->d->gdoi, i->name, &m))
		return;
	text_printf(s->out, "Anti-replay Information For Group %s:\n  Timebased Replay:\n", i->name);
	if (!m.time_based) {
		text_add(s->out, "    is not enabled\n\n");
		counter_replay(s, i->name);
		return;
	}
	gdoi_show_gm_dataplane(s->d->gdoi, i->name, &c);
	*errors += c.replay_dropped;
	text_printf(s->out, "    Replay Value             : %" PRIu64 ".%02u secs\n", m.pseudotime / 1000,
		(unsigned)(m.pseudotime % 1000 / 10));
	text_printf(s->out, "    Input Packets            : %-5" PRIu64 "    Output Packets           : %" PRIu64 "\n", c.decrypt,
		c.encrypt);
	text_printf(s->out, "    Input Error Packets      : %-5" PRIu64 "    Output Error Packets     : %" PRIu64 "\n",
		c.replay_dropped, c.encaps_fail);
	text_add(s->out, "    Time Sync Error          : 0        Max time delta           : 0.00 secs\n\n");
}

void show_gm_replay(const struct show *s)
{
	uint64_t errors = 0;

	show_each_group(s, GDOI_ROLE_GM, one_replay, &errors);
	text_add(s->out, "TBAR Error History (sampled at 10pak/min):\n");
	if (errors)
		text_printf(s->out, "    %" PRIu64 " packets outside of the replay window\n", errors);
	else
		text_add(s->out, "    No TBAR errors detected\n");
}

static void counter_pair(struct text *out, const char *a, uint64_t va, const char *b, uint64_t vb)
{
	text_printf(out, "    #%-24s: %-5" PRIu64 "    #%-24s: %" PRIu64 "\n", a, va, b, vb);
}

static void one_dataplane(const struct show *s, const struct gdoi_group_info *i, unsigned number, void *arg)
{
	struct dp_counters c = { 0 };
	struct text *out = s->out;

	gdoi_show_gm_dataplane(s->d->gdoi, i->name, &c);
	text_printf(out, "\nData-plane statistics for group %s:\n", i->name);
	counter_pair(out, "pkts encrypt", c.encrypt, "pkts decrypt", c.decrypt);
	counter_pair(out, "pkts tagged (send)", 0, "pkts untagged (rcv)", 0);
	counter_pair(out, "pkts no sa (send)", c.no_sa, "pkts invalid sa (rcv)", c.invalid_sa);
	counter_pair(out, "pkts encaps fail (send)", c.encaps_fail, "pkts decap fail (rcv)", c.decap_fail);
	counter_pair(out, "pkts invalid prot (rcv)", c.invalid_prot, "pkts verify fail (rcv)", c.verify_fail);
	counter_pair(out, "pkts not tagged (send)", 0, "pkts not untagged (rcv)", 0);
	counter_pair(out, "pkts internal err (send)", 0, "pkts internal err (rcv)", 0);
	counter_pair(out, "pkts clear drop (rcv)", c.clear_dropped, "pkts replay drop (rcv)", c.replay_dropped);
	show_problems(s, i, 4, 25);
}

void show_gm_dataplane(const struct show *s)
{
	show_each_group(s, GDOI_ROLE_GM, one_dataplane, NULL);
}

/* ---- ipsec sa: a stanza per downloaded entry, deny ones too ---- */

static void ident(struct text *out, const char *label, struct ip4 ip, struct ip4 mask, uint16_t port)
{
	int bits = ip4_mask_bits(mask);

	text_printf(out, "      %s ident%s = ", label, label[0] == 'l' ? " " : "");
	if (bits == 0)
		text_add(out, "ANY");
	else if (bits == 32)
		text_add(out, ip4_s(ip));
	else if (bits > 0)
		text_printf(out, "%s/%d", ip4_s(ip), bits);
	else
		text_printf(out, "%s/%s", ip4_s(ip), ip4_s(mask));
	text_printf(out, ", port = %u\n", port);
}

static void replay_short(struct text *out, const struct gdoi_tek_info *t)
{
	if (t->replay == 3)
		text_printf(out, "Time/%" PRIu32 " sec\n", t->window);
	else if (t->replay == 2)
		text_printf(out, "Counter/%" PRIu32 "\n", t->window);
	else
		text_add(out, "None\n");
}

static void one_ipsec_sa(const struct show *s, const struct gdoi_group_info *i, unsigned number, void *arg)
{
	struct gdoi_tek_info tek = { .enc = ESP_ENC_NONE };
	const struct dp_ace *ace;
	struct gdoi_gm_info m;
	const char *name;
	unsigned n = 0;

	if (!gdoi_show_gm(s->d->gdoi, i->name, &m))
		return;
	ace = gdoi_show_gm_acl(s->d->gdoi, i->name, &n);
	gdoi_show_gm_teks(s->d->gdoi, i->name, first_tek, &tek);
	text_printf(s->out, "SA created for group %s:\n", i->name);
	if (m.map_if[0])
		text_printf(s->out, "  %s:\n", m.map_if);
	for (unsigned k = 0; k < n; k++) {
		name = acl_proto_name(ace[k].proto);
		if (!ace[k].proto || name)
			text_printf(s->out, "    protocol = %s\n", ace[k].proto ? name : "ip");
		else
			text_printf(s->out, "    protocol = %u\n", ace[k].proto);
		ident(s->out, "local", ace[k].src, ace[k].src_mask, ace[k].sport);
		ident(s->out, "remote", ace[k].dst, ace[k].dst_mask, ace[k].dport);
		text_printf(s->out, "      direction: %s, replay(method/window): ", show_direction(m.mode));
		replay_short(s->out, &tek);
	}
	text_addn(s->out, "\n", 1);
}

void show_gdoi_ipsec_sa(const struct show *s)
{
	show_each_group(s, GDOI_ROLE_GM, one_ipsec_sa, NULL);
}
