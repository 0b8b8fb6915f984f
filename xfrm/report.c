/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the kernel counted, as the shell asks for it. */
#include <stdio.h>
#include <string.h>
#include "lib/clock.h"
#include "lib/env.h"
#include "lib/text.h"
#include "xfrm/wanted.h"

static void system_wide(struct dp_counters *c)
{
	FILE *f = fopen("/proc/net/xfrm_stat", "re");
	char name[64];
	unsigned long long v;

	while (f && fscanf(f, "%63s %llu", name, &v) == 2) {
		if (strcmp(name, "XfrmInNoStates") == 0)
			c->invalid_sa = v;
		else if (strcmp(name, "XfrmOutNoStates") == 0)
			c->no_sa = v;
		else if (strcmp(name, "XfrmInStateProtoError") == 0)
			c->decap_fail = v;
		else if (strcmp(name, "XfrmOutStateProtoError") == 0)
			c->encaps_fail = v;
	}
	if (f)
		fclose(f);
}

static void subtract(struct dp_counters *c, const struct dp_counters *base)
{
	uint64_t *v = (uint64_t *)(void *)c;
	const uint64_t *b = (const uint64_t *)(const void *)base;

	for (size_t i = 0; i < sizeof(*c) / sizeof(*v); i++)
		v[i] = v[i] > b[i] ? v[i] - b[i] : 0;
}

static void count_all(struct xfrm *x, const struct want_group *g, struct dp_counters *out)
{
	struct nft_count n;
	char stem[24];

	*out = g->past;
	for (struct want_sa *s = g->sas; s; s = s->next)
		apply_counters(x, g, s, out);
	system_wide(out);
	snprintf(stem, sizeof(stem), "g%u", g->slot);
	nft_counters(x->nft, stem, &n);
	out->closed_dropped = n.closed_dropped;
	out->clear_dropped = n.clear_dropped + n.closed_dropped;
	out->early = n.early;
	out->late = n.late;
	out->replay_dropped += n.early + n.late;
	for (unsigned i = 0; i < g->niface; i++)
		out->unknown_spi += nft_unknown_spi(x->nft, g->iface[i]);
	out->invalid_sa += out->unknown_spi;
}

void report_counters(struct xfrm *x, const struct want_group *g, struct dp_counters *out)
{
	if (x->usable <= 0)
		return;
	count_all(x, g, out);
	subtract(out, &g->base);
}

static void sa_info(struct xfrm *x, const struct want_group *g, const struct want_sa *s, unsigned i, struct dp_sa_info *out)
{
	const struct want_iface *f = &x->iface[g->iface[i]];
	const struct netif_link *l = x->netif ? netif_find(x->netif, f->name) : NULL;
	uint64_t now = clock_now(x->env->clock);
	struct sa_count c;

	*out = (struct dp_sa_info){ .local = f->me, .mtu = l ? l->mtu : 0, .spi = s->sa.spi, .family = s->sa.family,
		.enc = s->sa.enc, .auth = s->sa.auth, .transport = s->sa.transport, .replay = s->sa.replay,
		.window = s->sa.window, .left = s->ends > now ? (uint32_t)((s->ends - now) / USEC_PER_SEC) : 0 };
	str_copy(out->ifname, sizeof(out->ifname), f->name);
	if (x->usable <= 0)
		return;
	out->inbound = sa_counters(x->xfrm, f->me, s->sa.spi, &c);
	out->decrypt = c.packets - s->base[i].in;
	out->decrypt_octets = c.bytes - s->base[i].in_octets;
	out->verify_fail = c.integrity_failed - s->base[i].bad;
	out->outbound = sa_counters(x->xfrm, f->sentinel, s->sa.spi, &c) || s->single;
	out->outbound &= s->out;
	out->encrypt = c.packets - s->base[i].out;
	out->encrypt_octets = c.bytes - s->base[i].out_octets;
	out->seq = c.oseq;
}

void report_sas(struct xfrm *x, const struct want_group *g, bool (*fn)(void *arg, const struct dp_sa_info *i), void *arg)
{
	for (const struct want_sa *s = g->sas; s; s = s->next)
		for (unsigned i = 0; i < g->niface; i++) {
			struct dp_sa_info info;

			sa_info(x, g, s, i, &info);
			if (!fn(arg, &info))
				return;
		}
}

void report_drops(struct xfrm *x, const struct want_group *g, bool (*fn)(void *arg, const struct dp_drop *d), void *arg)
{
	for (unsigned k = 0; k < g->ndrop && k < XFRM_DROPS; k++) {
		const struct want_drop *w = &g->drop[(g->ndrop - 1 - k) % XFRM_DROPS];
		struct dp_drop d = w->d;

		d.ago = clock_now(x->env->clock) - w->when;
		if (!fn(arg, &d))
			return;
	}
}

void report_clear(struct xfrm *x, struct want_group *g)
{
	struct sa_count c;

	if (x->usable <= 0)
		return;
	count_all(x, g, &g->base);
	g->ndrop = 0;
	for (struct want_sa *s = g->sas; s; s = s->next)
		for (unsigned i = 0; i < g->niface; i++) {
			const struct want_iface *f = &x->iface[g->iface[i]];

			sa_counters(x->xfrm, f->me, s->sa.spi, &c);
			s->base[i].in = c.packets;
			s->base[i].in_octets = c.bytes;
			s->base[i].bad = c.integrity_failed;
			sa_counters(x->xfrm, f->sentinel, s->sa.spi, &c);
			s->base[i].out = c.packets;
			s->base[i].out_octets = c.bytes;
		}
}
