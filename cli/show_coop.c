/* SPDX-License-Identifier: GPL-3.0-or-later */
/* show crypto gdoi ks coop ..., and what other screens say of cooperating key servers. */
#include <inttypes.h>
#include "cli/show_gdoi.h"
#include "coop/coop_show.h"

#define HANDLE UINT32_C(1073741824)	/* IOS counts its handles from here; peers from 32 on in each group */

static uint32_t handle(unsigned group, unsigned part)
{
	return HANDLE + 64 * group + part + 1;
}

bool show_coop_configured(const struct show *s, const char *group, struct coop_group_info *g)
{
	const struct cfg_group *c = show_cfg_group(s, group);

	return c && c->ks.present && c->ks.coop.present && coop_show_group(s->d->coop, group, g);
}

void show_coop_block(const struct show *s, const char *group)
{
	struct coop_group_info g;
	char v[VERSION_TEXT];

	if (!show_coop_configured(s, group, &g))
		return;
	text_add(s->out, "    Redundancy               : Configured\n");
	text_printf(s->out, "        Local Address        : %s\n", ip4_s(g.local));
	text_printf(s->out, "        Local Priority       : %" PRIu32 "\n", g.priority);
	text_add(s->out, "        Local KS Status      : Alive\n");
	text_printf(s->out, "        Local KS Role        : %s\n", coop_role_str(g.role));
	text_printf(s->out, "        Local KS Version     : %s\n", show_version_str(g.software, v));
	text_printf(s->out, "        Local COOP Version   : %s\n", show_version_str(g.coop, v));
}

static void timers(struct text *out, const struct coop_group_info *g)
{
	if (g->role == COOP_PRIMARY) {
		text_printf(out, "        Primary Timers: \n                Primary Refresh Policy Time: %" PRIu32 " \n", g->refresh);
		text_printf(out, "                Remaining Time: %" PRIu32 "\n", g->left);
	} else {
		text_printf(out, "        Secondary Timers: \n                Sec Primary Periodic Time: %" PRIu32 " \n", g->periodic);
		text_printf(out, "                Remaining Time: %" PRIu32 ", Retries: %" PRIu32 "\n", g->left, g->retries);
		text_printf(out, "                Invalid ANN PST recvd: %" PRIu32 "\n", g->invalid_pst);
		text_printf(out, "                New GM Temporary Blocking Enforced?: %s\n", g->blocking ? "Yes" : "No");
	}
	text_printf(out, "                Per-user timer remaining time: 0\n                Antireplay Sequence Number: %" PRIu64 "\n\n",
		g->seq);
}

/* IOS has no root: these lines stand behind what it shows. */
static void root(const struct show *s, const char *group, const struct coop_group_info *g)
{
	const struct ksync_root_info *r = &g->root;
	static const char *const stage[] = { "", "accepted", "sent with", "older ones dropped" };
	struct text waits = TEXT_EMPTY;

	if (g->first_waits) {
		coop_show_waits(s->d->coop, group, &waits);
		text_printf(s->out, "        Group Root: none yet, waits for %s\n", text_str(&waits));
	}
	if (!r->generation) {
		text_free(&waits);
		return;
	}
	text_printf(s->out, "        Group Root: %" PRIu32 ", drawn %" PRIu32 " seconds ago\n", r->generation, r->age);
	if (r->stage) {
		text_printf(s->out, "                Refresh to root %" PRIu32 ": stage %u of 3 promised (%s)", r->next, r->stage, stage[r->stage]);
		if (coop_show_waits(s->d->coop, group, &waits))
			text_printf(s->out, ", waits for %s", text_str(&waits));
		text_addn(s->out, "\n", 1);
	}
	text_free(&waits);
}

struct sessions {
	const struct show *s;
	const struct cfg_coop *cfg;
	const char *group, *label;
	unsigned number, n;
};

static bool session(void *arg, const struct coop_peer_info *p)
{
	struct sessions *x = arg;
	struct text *out = x->s->out;
	char v[VERSION_TEXT];

	x->n++;
	text_printf(out, "        Session %u:\n                Server handle: %" PRIu32 "\n", x->n, handle(x->number, 31 + x->n));
	text_printf(out, "                Peer Address: %s\n", ip4_s(p->address));
	text_printf(out, "                Peer Version: %s\n", show_version_str(p->software, v));
	text_printf(out, "                Peer COOP version: %s\n", show_version_str(p->coop, v));
	text_printf(out, "                COOP Protocol: %s\n", x->cfg->version ? "optimize" : "base");
	text_printf(out, "                Peer Priority: %-15" PRIu32 " \n", p->priority);
	text_printf(out, "                Peer KS Role: %-10s, Peer KS Status: %s\n", coop_role_str(p->role),
		p->alive ? "Alive" : p->heard ? "Dead" : "Unknown");
	text_printf(out, "                Antireplay Sequence Number: %" PRIu64 "\n\n", p->seq);
	text_printf(out, "                IKE status: %s\n                Counters:\n", p->ike);
	text_printf(out, "                    Ann msgs sent: %" PRIu64 "\n                    Ann msgs sent with reply request: %" PRIu64 "\n",
		p->sent, p->sent_request);
	text_printf(out, "                    Ann msgs recv: %" PRIu64 " \n                    Ann msgs recv with reply request: %" PRIu64 "\n",
		p->received, p->received_request);
	text_printf(out, "                    Packet sent drops: %" PRIu64 " \n                    Packet Recv drops: %" PRIu64 " \n",
		p->send_drops, p->receive_drops);
	text_printf(out, "                    Total bytes sent: %" PRIu64 " \n                    Total bytes recv: %" PRIu64 "\n\n",
		p->octets_sent, p->octets_received);
	return true;
}

static bool states(void *arg, const struct coop_peer_info *p)
{
	struct sessions *x = arg;

	text_printf(x->s->out, "                Peer %s: group root %" PRIu32 ", keys %s\n", ip4_s(p->address), p->root_generation,
		p->same_keys ? "the same" : "others");
	return true;
}

static void copy(const struct show *s, const struct coop_group_info *g)
{
	static const char *const state[] = { [COPY_NONE] = "waiting for a primary that offers it", [COPY_SAME] = "the same as on",
		[COPY_TAKEN] = "taken from", [COPY_REFUSED] = "not taken from" };
	struct text *out = s->out;

	if (!g->copy.on)
		return;
	text_add(out, "        Configuration sync:\n");
	if (g->role == COOP_PRIMARY) {
		text_add(out, "                The secondary key servers take it from here\n");
		return;
	}
	text_printf(out, "                Group policy: %s", state[g->copy.state]);
	if (g->copy.state != COPY_NONE)
		text_printf(out, " %s", ip4_s(g->copy.from));
	if (g->copy.state == COPY_REFUSED)
		text_printf(out, ": %s", g->copy.reason);
	text_addn(out, "\n", 1);
}

static void one_coop(const struct show *s, const struct gdoi_group_info *i, unsigned number, void *arg)
{
	const struct cfg_group *c = show_cfg_group(s, i->name);
	struct coop_group_info g;
	struct sessions x = { .s = s, .number = number, .group = i->name };
	const bool *detail = arg;
	char v[VERSION_TEXT];

	text_printf(s->out, "Crypto Gdoi Group Name :%s \n        Group handle: %" PRIu32 ", Local Key Server handle: %" PRIu32 "\n",
		i->name, handle(number, 0), handle(number, 1));
	if (!show_coop_configured(s, i->name, &g)) {
		text_add(s->out, "        *NO* redundancy configured for this group\n\n");
		return;
	}
	x.cfg = &c->ks.coop;
	text_printf(s->out, "\n        Local Address: %s \n        Local Priority: %-9" PRIu32 "\n", ip4_s(g.local), g.priority);
	text_printf(s->out, "        Local KS Role: %-10s, Local KS Status: Alive     \n", coop_role_str(g.role));
	text_printf(s->out, "        Local KS version: %s\n", show_version_str(g.software, v));
	text_printf(s->out, "        Local COOP version: %s \n", show_version_str(g.coop, v));
	timers(s->out, &g);
	text_add(s->out, "        Peer Sessions:\n");
	coop_show_peers(s->d->coop, i->name, session, &x);
	root(s, i->name, &g);
	if (!*detail)
		return;
	text_printf(s->out, "        Keys:\n                Group root: %" PRIu32 "%s\n", g.root_generation,
		g.electing ? ", an election is held" : g.synced ? "" : ", waiting for the primary's keys");
	coop_show_peers(s->d->coop, i->name, states, &x);
	copy(s, &g);
	text_addn(s->out, "\n", 1);
}

void show_coop(const struct show *s, bool detail)
{
	show_each_group(s, GDOI_ROLE_KS, one_coop, &detail);
}

/* ---- version ---- */

static void version_row(const struct show *s, struct ip4 ip, struct version coop, struct version software, bool heard)
{
	char a[VERSION_TEXT], b[VERSION_TEXT];

	if (heard)
		text_printf(s->out, "    %-17s %-13s %s\n", ip4_s(ip), show_version_str(coop, a), show_version_str(software, b));
	else
		text_printf(s->out, "    %-17s not heard\n", ip4_s(ip));
}

static bool peer_version(void *arg, const struct coop_peer_info *p)
{
	version_row(arg, p->address, p->coop, p->software, p->heard);
	return true;
}

static void group_versions(const struct show *s, const struct gdoi_group_info *i, unsigned number, void *arg)
{
	struct coop_group_info g;

	(void)number;
	(void)arg;
	if (!show_coop_configured(s, i->name, &g))
		return;
	text_printf(s->out, "\nGroup Name: %s\n    Key Server ID     COOP Version  Version\n", i->name);
	version_row(s, g.local, g.coop, g.software, true);
	coop_show_peers(s->d->coop, i->name, peer_version, (void *)(uintptr_t)s);
}

/* What IOS prints, then what it does not: who speaks which version. */
void show_coop_version(const struct show *s)
{
	struct version v = COOP_VERSION;

	text_add(s->out, "Cooperative key server infra Version : 2.0.0 \n"
		"Client : KS_POLICY_CLIENT Version : 2.0.0 \n"
		"Client : GROUP_MEMBER_CLIENT Version : 2.0.1 \n"
		"Client : SID_CLIENT Version : 1.0.1\n");
	text_printf(s->out, "COOP protocol Version : %u.%u.%u\n", v.major, v.minor, v.mini);
	show_each_group(s, GDOI_ROLE_KS, group_versions, NULL);
}

/* ---- identifier ---- */

static void sid(struct text *out, const char *label, struct ip4 address)
{
	text_printf(out, "        %s Address%*s: %s\n", label, label[0] == 'L' ? 16 : 17, "", ip4_s(address));
	text_add(out, "        Next SID Client Operation    : NOTIFY\n"
		"        Re-initializing              : No\n"
		"        KSSID Overlap                : No\n"
		"        SID Length (Group Size) Cfg  : 24 bits (MEDIUM)\n"
		"        SID Length (Group Size) Used : 24 bits (MEDIUM)\n"
		"        Current KSSID In-Use         : none\n"
		"        KSSID(s) Assigned            : none\n"
		"        KSSID(s) Used                : none\n"
		"        Old KSSID(s) Used            : none\n\n");
}

static bool peer_sid(void *arg, const struct coop_peer_info *p)
{
	const struct show *s = arg;

	text_printf(s->out, "    Peer KS Role:  %-10s, Peer KS Status:  %s\n", coop_role_str(p->role),
		p->alive ? "Alive" : p->heard ? "Dead" : "Unknown");
	sid(s->out, "Peer", p->address);
	return true;
}

static void one_sid(const struct show *s, const struct gdoi_group_info *i, unsigned number, void *arg)
{
	struct coop_group_info g;
	const bool *detail = arg;

	(void)number;
	if (!show_coop_configured(s, i->name, &g))
		return;
	text_printf(s->out, "COOP-KS Sender ID (SID) Information for Group %s:\n\n", i->name);
	text_printf(s->out, "    Local KS Role: %-10s, Local KS Status: Alive\n", coop_role_str(g.role));
	sid(s->out, "Local", g.local);
	if (*detail)
		coop_show_peers(s->d->coop, i->name, peer_sid, (void *)(uintptr_t)s);
}

void show_coop_identifier(const struct show *s, bool detail)
{
	show_each_group(s, GDOI_ROLE_KS, one_sid, &detail);
}

/* ---- mismatch ---- */

static bool peer_mismatch(void *arg, const struct coop_peer_info *p)
{
	static const char *const key[] = { [REKEY_KEY_MISSING] = "is missing there", [REKEY_KEY_DIFFERS] = "differs",
		[REKEY_KEY_MISSING_HERE] = "is missing here" };
	static const char *const policy[] = { [POLICY_NOT_HEARD] = "not heard yet", [POLICY_SAME] = "policy is the same",
		[POLICY_DIFFERS] = "policy differs (- here only, + there only)",
		[POLICY_UNREAD] = "policy differs, which lines is not known yet",
		[POLICY_NONE_HERE] = "no policy is configured here", [POLICY_NONE_THERE] = "no policy is configured there" };
	struct sessions *x = arg;
	struct text t = TEXT_EMPTY;

	coop_show_mismatch(x->s->d->coop, x->group, p->address, &t);
	text_printf(x->s->out, "    Peer %s: %s%s\n", ip4_s(p->address), policy[p->policy],
		p->heard && !p->alive ? "; unreachable, as last heard" : "");
	for (char *line = t.s; line && *line;) {
		char *end = strchr(line, '\n');

		if (end)
			*end = '\0';
		text_printf(x->s->out, "        %s\n", line);
		line = end ? end + 1 : NULL;
	}
	text_free(&t);
	if (p->rekey_key != REKEY_KEY_SAME)
		text_printf(x->s->out, "        rekey RSA key %s %s\n", x->label, key[p->rekey_key]);
	return true;
}

static void one_mismatch(const struct show *s, const struct gdoi_group_info *i, unsigned number, void *arg)
{
	struct sessions x = { .s = s, .group = i->name, .number = number };
	struct coop_group_info g;

	(void)arg;
	if (!show_coop_configured(s, i->name, &g))
		return;
	x.label = g.rekey_label;
	text_printf(s->out, "Group %s:\n", i->name);
	coop_show_peers(s->d->coop, i->name, peer_mismatch, &x);
}

void show_coop_mismatch(const struct show *s)
{
	show_each_group(s, GDOI_ROLE_KS, one_mismatch, NULL);
}
