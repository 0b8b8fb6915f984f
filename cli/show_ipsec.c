/* SPDX-License-Identifier: GPL-3.0-or-later */
/* show crypto ipsec sa, show crypto session: the data plane as IOS prints it (ios-cli.md A.15). */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include "cli/show_fmt.h"
#include "cli/show_ipsec.h"
#include "isakmp/isakmp_show.h"
#include "lib/mem.h"

#define SAS_MAX 4096

/* ---- the SAs of a group, sorted by interface ---- */

struct sas {
	struct dp_sa_info *sa;
	unsigned n, cap;
};

static bool sas_add(void *arg, const struct dp_sa_info *i)
{
	struct sas *s = arg;

	if (s->n == s->cap) {
		s->cap = s->cap ? 2 * s->cap : 16;
		s->sa = mem_realloc(s->sa, s->cap * sizeof(*s->sa));
	}
	s->sa[s->n++] = *i;
	return s->n < SAS_MAX;
}

static int by_place(const void *a, const void *b)
{
	const struct dp_sa_info *p = a, *q = b;
	int c = strcmp(p->ifname, q->ifname);

	if (c)
		return c;
	if (p->family != q->family)
		return p->family < q->family ? -1 : 1;
	return p->left > q->left ? -1 : p->left < q->left;	/* the newest first */
}

static struct sas sas_of(const struct show *s, const char *group)
{
	struct sas all = { 0 };

	gdoi_show_gm_sas(s->d->gdoi, group, sas_add, &all);
	if (all.n)
		qsort(all.sa, all.n, sizeof(*all.sa), by_place);
	return all;
}

/* ---- one SA ---- */

static void spi(struct text *out, const char *lead, uint32_t v)
{
	text_printf(out, "%s0x%08" PRIX32 "(%" PRIu32 ")\n", lead, v, v);
}

static unsigned icv(const struct dp_sa_info *i)
{
	return esp_enc_alg(i->enc)->combined ? 16 : i->auth == ESP_AUTH_NONE ? 0 : esp_auth_alg(i->auth)->icv;
}

/* What fits: outer header, SPI and number, IV, ICV; then whole blocks of which two octets are the trailer's. */
unsigned show_plain_mtu(const struct dp_sa_info *i)
{
	unsigned block = esp_enc_alg(i->enc)->block < 4 ? 4 : esp_enc_alg(i->enc)->block;
	unsigned head = 20 + 8 + (unsigned)esp_enc_alg(i->enc)->iv + icv(i);

	if (i->mtu < head + block)
		return 0;
	return (i->mtu - head) / block * block - 2 + (i->transport ? 20 : 0);
}

static void one_sa(const struct show *s, const struct dp_sa_info *i, const char *map, bool out)
{
	const unsigned id = (i->spi & 0x7ffffff) * 2 % 20000 + (out ? 2 : 1);

	spi(s->out, "      spi: ", i->spi);
	text_printf(s->out, "        transform: %s %s%s,\n", esp_enc_alg(i->enc)->show,
		i->auth == ESP_AUTH_NONE ? "" : esp_auth_alg(i->auth)->show, i->auth == ESP_AUTH_NONE ? "" : " ");
	text_printf(s->out, "        in use settings ={%s, }\n", i->transport ? "Transport" : "Tunnel");
	text_printf(s->out, "        conn id: %u, flow_id: SW:%u, sibling_flags 80000040, crypto map: %s\n", id, id, map);
	text_printf(s->out, "        sa timing: remaining key lifetime (sec): %" PRIu32 "\n"
		"        Kilobyte Volume Rekey has been disabled\n", i->left);
	text_printf(s->out, "        IV size: %u bytes\n", esp_enc_alg(i->enc)->iv);
	if (i->replay == 3)
		text_printf(s->out, "        replay detection support: Y  replay window size (time-based): %" PRIu32 " sec\n",
			i->window / 1000);
	else if (i->replay == 2)
		text_printf(s->out, "        replay detection support: Y  replay window size: %" PRIu32 "\n", i->window);
	else
		text_add(s->out, "        replay detection support: N\n");
	text_add(s->out, "        Status: ACTIVE(ACTIVE)\n");
}

static void sa_list(const struct show *s, const struct dp_sa_info *sa, unsigned n, const char *map, bool out)
{
	const char *dir = out ? "outbound" : "inbound";

	text_printf(s->out, "     %s esp sas:\n", dir);
	for (unsigned k = 0; k < n; k++)
		if (out ? sa[k].outbound : sa[k].inbound)
			one_sa(s, &sa[k], map, out);
	text_printf(s->out, "\n     %s ah sas:\n\n     %s pcp sas:\n%s", dir, dir, out ? "" : "\n");
}

/* ---- one entry of the policy ---- */

struct stanza {
	const char *group, *map;
	const struct dp_ace *ace;
	const struct dp_sa_info *sa;	/* of its family, on this interface */
	unsigned n;
	const struct dp_counters *c;
	bool detail;
};

static void ident(struct text *out, const char *label, struct ip4 ip, struct ip4 mask, uint8_t proto, uint16_t port)
{
	text_printf(out, "   %s ident (addr/mask/prot/port): (%s/", label, ip4_s(ip));
	text_printf(out, "%s/%u/%u)\n", ip4_s(mask), proto, port);
}

static void more_counters(struct text *out, const struct dp_counters *c)
{
	text_printf(out, "    #pkts no sa (send) %" PRIu64 ", #pkts invalid sa (rcv) %" PRIu64 "\n", c->no_sa, c->invalid_sa);
	text_printf(out, "    #pkts encaps failed (send) %" PRIu64 ", #pkts decaps failed (rcv) %" PRIu64 "\n", c->encaps_fail,
		c->decap_fail);
	text_printf(out, "    #pkts invalid prot (recv) %" PRIu64 ", #pkts verify failed: %" PRIu64 "\n", c->invalid_prot,
		c->verify_fail);
	text_add(out, "    #pkts invalid identity (recv) 0, #pkts invalid len (rcv) 0\n"
		"    #pkts replay rollover (send): 0, #pkts replay rollover (rcv) 0\n");
	text_printf(out, "    ##pkts replay failed (rcv): %" PRIu64 "\n", c->replay_dropped);
	text_add(out, "    #pkts tagged (send): 0, #pkts untagged (rcv): 0\n"
		"    #pkts not tagged (send): 0, #pkts not untagged (rcv): 0\n"
		"    #pkts internal err (send): 0, #pkts internal err (recv) 0\n");
}

static void counters(struct text *out, const struct stanza *z)
{
	uint64_t enc = 0, dec = 0, bad = 0;

	for (unsigned k = 0; k < z->n; k++) {
		enc += z->sa[k].encrypt;
		dec += z->sa[k].decrypt;
		bad += z->sa[k].verify_fail;
	}
	text_printf(out, "    #pkts encaps: %" PRIu64 ", #pkts encrypt: %" PRIu64 ", #pkts digest: %" PRIu64 "\n", enc,
		enc, enc);
	text_printf(out, "    #pkts decaps: %" PRIu64 ", #pkts decrypt: %" PRIu64 ", #pkts verify: %" PRIu64 "\n", dec,
		dec, dec);
	text_add(out, "    #pkts compressed: 0, #pkts decompressed: 0\n"
		"    #pkts not compressed: 0, #pkts compr. failed: 0\n"
		"    #pkts not decompressed: 0, #pkts decompress failed: 0\n");
	if (z->detail)
		more_counters(out, z->c);
	else
		text_printf(out, "    #send errors %" PRIu64 ", #recv errors %" PRIu64 "\n", z->c->no_sa + z->c->encaps_fail,
			bad + z->c->replay_dropped);
}

static void stanza(const struct show *s, const struct stanza *z)
{
	const struct dp_sa_info *first = z->sa, *out = NULL;

	for (unsigned k = 0; k < z->n && !out; k++)
		if (z->sa[k].outbound)
			out = &z->sa[k];
	text_add(s->out, "\n   protected vrf: (none)\n");
	ident(s->out, "local ", z->ace->src, z->ace->src_mask, z->ace->proto, z->ace->sport);
	ident(s->out, "remote", z->ace->dst, z->ace->dst_mask, z->ace->proto, z->ace->dport);
	text_printf(s->out, "   Group: %s\n   current_peer 0.0.0.0 port 848\n     PERMIT, flags={}\n", z->group);
	counters(s->out, z);
	text_printf(s->out, "\n     local crypto endpt.: %s, remote crypto endpt.: 0.0.0.0\n", ip4_s(first->local));
	text_printf(s->out, "     plaintext mtu %u, path mtu %u, ip mtu %u, ip mtu idb %s\n",
		show_plain_mtu(out ? out : first), first->mtu, first->mtu, first->ifname);
	spi(s->out, "     current outbound spi: ", out ? out->spi : 0);
	text_add(s->out, "     PFS (Y/N): N, DH group: none\n\n");
	sa_list(s, z->sa, z->n, z->map, false);
	text_addn(s->out, "\n", 1);
	sa_list(s, z->sa, z->n, z->map, true);
}

/* ---- a group: interface by interface, entry by entry ---- */

static const char *map_on(const struct show *s, const char *ifname)
{
	const struct cfg_interface *i = cfg_interface(show_cfg(s), ifname);

	return i && i->map[0] ? i->map : "(none)";
}

/* Of SAs sorted by place: those of a family on the interface that begins at 'at' and ends before 'end'. */
static unsigned of_family(const struct sas *all, unsigned at, unsigned end, uint32_t family, const struct dp_sa_info **first)
{
	unsigned n = 0;

	*first = NULL;
	for (unsigned k = at; k < end; k++)
		if (all->sa[k].family == family) {
			if (!n++)
				*first = &all->sa[k];
		}
	return n;
}

static void one_group(const struct show *s, const struct gdoi_group_info *i, unsigned number, void *arg)
{
	const bool *detail = arg;
	struct sas all = sas_of(s, i->name);
	struct dp_counters c = { 0 };
	const struct dp_ace *ace;
	unsigned nace;

	gdoi_show_gm_dataplane(s->d->gdoi, i->name, &c);
	ace = gdoi_show_gm_acl(s->d->gdoi, i->name, &nace);
	for (unsigned at = 0, end; at < all.n; at = end) {
		struct stanza z = { .group = i->name, .map = map_on(s, all.sa[at].ifname), .c = &c, .detail = *detail };

		for (end = at; end < all.n && strcmp(all.sa[end].ifname, all.sa[at].ifname) == 0; end++)
			;
		text_printf(s->out, "\ninterface: %s\n    Crypto map tag: %s, local addr %s\n", all.sa[at].ifname, z.map,
			ip4_s(all.sa[at].local));
		for (unsigned k = 0; k < nace; k++) {
			z.ace = &ace[k];
			z.n = ace[k].permit ? of_family(&all, at, end, ace[k].family, &z.sa) : 0;
			if (z.n)
				stanza(s, &z);
		}
	}
	show_problems(s, i, 4, 22);
	free(all.sa);
}

static bool count_one(void *arg, const struct dp_sa_info *i)
{
	struct show_ipsec_count *c = arg;

	c->total += 1 + i->outbound;
	c->active += (i->inbound ? 1 : 0) + (i->outbound ? 1 : 0);
	return true;
}

static void count_group(const struct show *s, const struct gdoi_group_info *i, unsigned number, void *arg)
{
	gdoi_show_gm_sas(s->d->gdoi, i->name, count_one, arg);
}

struct show_ipsec_count show_count_ipsec(const struct show *s)
{
	struct show_ipsec_count c = { 0 };

	show_each_group(s, GDOI_ROLE_GM, count_group, &c);
	return c;
}

void show_ipsec_sa(const struct show *s, bool detail)
{
	if (!show_count_ipsec(s).total)
		text_add(s->out, "\nNo SAs found\n");
	show_each_group(s, GDOI_ROLE_GM, one_group, &detail);
}

void show_ipsec_sa_count(const struct show *s)
{
	struct show_ipsec_count c = show_count_ipsec(s);

	text_printf(s->out, "IPsec SA total: %u, active: %u, rekeying: 0, unused: 0, invalid: %u\n", c.total, c.active,
		c.total - c.active);
}

/* ---- sessions ---- */

struct ike {
	struct ip4 local, server;
	struct text *out;	/* NULL: only found or not */
	bool found;
};

static bool ike_one(void *arg, const struct isakmp_sa_info *i)
{
	struct ike *k = arg;

	if (i->state != GDOI_IDLE || !ip4_eq(i->remote.ip, k->server) || !ip4_eq(i->local.ip, k->local))
		return true;
	k->found = true;
	if (k->out) {
		text_printf(k->out, "  IKEv1 SA: local %s/%u ", ip4_s(i->local.ip), i->local.port);
		text_printf(k->out, "remote %s/%u Active \n", ip4_s(i->remote.ip), i->remote.port);
	}
	return true;
}

static const char *status(const struct gdoi_gm_info *m, bool ike)
{
	if (m->state == GM_REGISTERED && m->active_teks)
		return ike || m->kek.present ? "UP-ACTIVE" : "UP-NO-IKE";
	return m->state == GM_REGISTERING ? "DOWN-NEGOTIATING" : m->active_teks ? "UP-NO-IKE" : "DOWN";
}

static void flow(struct text *out, const struct dp_ace *a, unsigned sas)
{
	const char *name = acl_proto_name(a->proto);

	text_printf(out, "  IPSEC FLOW: %s ", a->permit ? "permit" : "deny");
	if (!a->proto || name)
		text_printf(out, "%s %s/", a->proto ? name : "ip", ip4_s(a->src));
	else
		text_printf(out, "%u %s/", a->proto, ip4_s(a->src));
	text_printf(out, "%s ", ip4_s(a->src_mask));
	if (a->sport)
		text_printf(out, "port %u ", a->sport);
	text_printf(out, "%s/", ip4_s(a->dst));
	text_printf(out, "%s ", ip4_s(a->dst_mask));
	if (a->dport)
		text_printf(out, "port %u ", a->dport);
	text_printf(out, "\n        Active SAs: %u, origin: crypto map\n", sas);
}

unsigned show_session_sas(const struct show_session *x, const struct dp_ace *a)
{
	unsigned sas = 0;

	for (unsigned n = 0; n < x->nsa && a->permit; n++)
		if (x->sa[n].family == a->family && strcmp(x->sa[n].ifname, x->ifname) == 0)
			sas += (x->sa[n].inbound ? 1u : 0u) + (x->sa[n].outbound ? 1u : 0u);
	return sas;
}

struct walk {
	void (*fn)(const struct show *s, const struct show_session *x, void *arg);
	void *arg;
};

static void session_on(const struct show *s, struct show_session *x, const char *ifname, const struct walk *w)
{
	struct ike ike = { .local = x->gm->local, .server = x->gm->server };

	isakmp_show_sas(s->d->isakmp, ike_one, &ike);
	x->ike = ike.found;
	x->ifname = ifname;
	x->status = status(x->gm, ike.found);
	w->fn(s, x, w->arg);
}

static void sessions_of(const struct show *s, const struct gdoi_group_info *i, unsigned number, void *arg)
{
	struct sas all = sas_of(s, i->name);
	struct gdoi_gm_info m;
	struct show_session x = { .group = i, .gm = &m, .sa = all.sa, .nsa = all.n };

	if (gdoi_show_gm(s->d->gdoi, i->name, &m) && m.map_if[0]) {
		if (!all.n)
			session_on(s, &x, m.map_if, arg);
		for (unsigned k = 0; k < all.n; k++)
			if (k == 0 || strcmp(all.sa[k].ifname, all.sa[k - 1].ifname) != 0)
				session_on(s, &x, all.sa[k].ifname, arg);
	}
	free(all.sa);
}

void show_each_session(const struct show *s, void (*fn)(const struct show *s, const struct show_session *x, void *arg), void *arg)
{
	struct walk w = { fn, arg };

	show_each_group(s, GDOI_ROLE_GM, sessions_of, &w);
}

static void one_session(const struct show *s, const struct show_session *x, void *arg)
{
	struct ike ike = { .local = x->gm->local, .server = x->gm->server, .out = s->out };
	const struct dp_ace *ace;
	unsigned nace;

	text_printf(s->out, "Interface: %s\nSession status: %s\nPeer: 0.0.0.0 port 848 \n  Session ID: 0  \n", x->ifname, x->status);
	isakmp_show_sas(s->d->isakmp, ike_one, &ike);
	ace = gdoi_show_gm_acl(s->d->gdoi, x->group->name, &nace);
	for (unsigned k = 0; k < nace; k++)
		flow(s->out, &ace[k], show_session_sas(x, &ace[k]));
	text_addn(s->out, "\n", 1);
}

void show_session(const struct show *s)
{
	text_add(s->out, "Crypto session current status\n\n");
	show_each_session(s, one_session, NULL);
}
