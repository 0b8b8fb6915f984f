/* SPDX-License-Identifier: GPL-3.0-or-later */
/* show crypto gdoi gm why: what would happen to a packet, and why packets were dropped of late. */
#include <inttypes.h>
#include "cli/show_fmt.h"
#include "cli/show_why.h"
#include "lib/clock.h"

#define ENTRIES 8	/* that a packet may match, by its addresses */

/* ---- what would happen ---- */

static bool inside(struct ip4 ip, struct ip4 net, struct ip4 mask)
{
	return (ip.a & mask.a) == (net.a & mask.a);
}

struct sending {
	uint32_t family;
	struct show_decision *d;
};

static bool find_sending(void *arg, const struct dp_sa_info *i)
{
	const struct sending *w = arg;

	if (!i->outbound || i->family != w->family)
		return true;
	w->d->outbound = "encrypt";
	w->d->spi = i->spi;
	w->d->left = i->left;
	return false;
}

/* What the mode makes of traffic that an entry permits. */
static void permitted(const struct show *s, const char *group, enum dp_mode mode, struct show_decision *d)
{
	struct sending w = { .family = d->ace->family, .d = d };

	d->outbound = mode == DP_CLOSED || mode == DP_BOTH || mode == DP_PASSIVE ? "drop" : "clear";
	if (mode == DP_BOTH || mode == DP_PASSIVE)
		gdoi_show_gm_sas(s->d->gdoi, group, find_sending, &w);
	d->inbound = mode == DP_CLOSED ? "drop" : mode == DP_BOTH || mode == DP_INBOUND_ONLY ? "encrypted" :
		mode == DP_OPEN ? "clear" : "any";
}

void show_decide(const struct show *s, const struct gdoi_group_info *i, enum dp_mode mode, struct ip4 src, struct ip4 dst,
	void (*fn)(void *arg, const struct show_decision *d), void *arg)
{
	static const struct show_decision clear = { .list = "none", .outbound = "clear", .inbound = "clear" };
	static const struct show_decision closed = { .list = "none", .outbound = "drop", .inbound = "drop" };
	unsigned n, nlocal, told = 0;
	const struct dp_ace *a = gdoi_show_gm_told(s->d->gdoi, i->name, &n, &nlocal);
	bool decided = i->dataplane_down || mode == DP_OPEN;

	if (decided)
		fn(arg, mode == DP_CLOSED ? &closed : &clear);
	for (unsigned k = 0; k < n && !decided && told < ENTRIES; k++) {
		struct show_decision d = clear;

		if (!inside(src, a[k].src, a[k].src_mask) || !inside(dst, a[k].dst, a[k].dst_mask))
			continue;
		d.list = mode == DP_CLOSED ? "fail-close" : k < nlocal ? "local" : "downloaded";
		d.number = k < nlocal ? k + 1 : k - nlocal + 1;
		d.ace = &a[k];
		d.part = a[k].proto || a[k].sport || a[k].dport;
		if (a[k].permit)
			permitted(s, i->name, mode, &d);
		fn(arg, &d);
		decided = !d.part;
		told++;
	}
	if (!decided && told < ENTRIES)
		fn(arg, &clear);
}

static void encrypted(struct text *out, const struct show_decision *d)
{
	if (d->spi)
		text_printf(out, "it is encrypted with SPI 0x%08" PRIX32 " (%" PRIu32 " s left)", d->spi, d->left);
	else
		text_add(out, "it is dropped: there is no SA to encrypt it with");
}

static void say_permitted(struct text *out, enum dp_mode mode, const struct show_decision *d)
{
	switch (mode) {
	case DP_CLOSED:
		text_add(out, "it is dropped in both directions: the member is not registered and fails closed");
		break;
	case DP_BOTH:
		encrypted(out, d);
		text_add(out, "; from the WAN it is taken encrypted only");
		break;
	case DP_PASSIVE:
		encrypted(out, d);
		text_add(out, "; from the WAN it is taken encrypted and in clear (passive)");
		break;
	case DP_RECEIVE_ONLY:
		text_add(out, "it is sent in clear; from the WAN it is taken encrypted and in clear (inbound optional)");
		break;
	case DP_INBOUND_ONLY:
		text_add(out, "it is sent in clear; from the WAN it is taken encrypted only (inbound only)");
		break;
	case DP_OPEN:
		text_add(out, "it passes in clear");
		break;
	}
}

struct telling {
	struct text *out;
	enum dp_mode mode;
	unsigned told;
};

static void say_decision(void *arg, const struct show_decision *d)
{
	struct telling *t = arg;

	if (!d->ace) {
		if (t->mode == DP_OPEN)
			text_add(t->out, "    it passes in clear: the member is not registered and fails open.\n");
		else
			text_printf(t->out, "    %s, it passes in clear in both directions.\n",
				t->told ? "Where none of these applies" : "No entry of the policy is for it");
		return;
	}
	t->told++;
	text_printf(t->out, "  %s %s entry %u applies", d->part ? "To part of this traffic" : "To this traffic", d->list, d->number);
	show_ace(t->out, ": ", d->ace);
	text_add(t->out, "    ");
	if (d->ace->permit)
		say_permitted(t->out, t->mode, d);
	else
		text_add(t->out, "it passes in clear in both directions");
	text_add(t->out, ".\n");
}

static void would(const struct show *s, const struct gdoi_group_info *i, enum dp_mode mode, struct ip4 src, struct ip4 dst)
{
	struct telling t = { .out = s->out, .mode = mode };

	text_printf(s->out, "  A packet from %s ", ip4_s(src));
	text_printf(s->out, "to %s:\n", ip4_s(dst));
	show_decide(s, i, mode, src, dst, say_decision, &t);
}

/* ---- what happened ---- */

static void reason(struct text *out, const struct dp_drop *d)
{
	switch (d->reason) {
	case DP_DROP_CLEAR:
		text_add(out, "came in clear from the WAN, the policy wants it encrypted");
		break;
	case DP_DROP_CLOSED:
		text_add(out, "the member was not registered and fails closed");
		break;
	case DP_DROP_EARLY:
	case DP_DROP_LATE:
		text_printf(out, "outside of the time window by %" PRIu32 ".%02u seconds (%s)", d->off / 1000, d->off % 1000 / 10,
			d->reason == DP_DROP_LATE ? "too old: replayed, or the sender's time is behind"
						  : "too new: the sender's time is ahead, or it sends too fast");
		break;
	case DP_DROP_SPI:
		if (d->gone)
			text_printf(out, "SPI 0x%08" PRIX32 " is an SA that ended %" PRIu32 " seconds before", d->spi,
				d->gone - 1);
		else
			text_printf(out, "no SA with SPI 0x%08" PRIX32 ": wrong group, or a key that this member was "
				"not given", d->spi);
		break;
	}
}

struct list {
	struct text *out;
	unsigned n;
};

static bool one_drop(void *arg, const struct dp_drop *d)
{
	struct list *l = arg;
	char hms[16];

	if (!l->n)
		text_add(l->out, "  Dropped of late:\n");
	text_printf(l->out, "    %s ago, %s ", show_hms(d->ago / USEC_PER_SEC, hms), ip4_s(d->src));
	text_printf(l->out, "to %s, protocol %u: ", ip4_s(d->dst), d->proto);
	reason(l->out, d);
	text_add(l->out, "\n");
	return ++l->n < SHOW_DROPS;
}

static void total(struct text *out, uint64_t n, const char *what)
{
	if (n)
		text_printf(out, "    %-10" PRIu64 " %s\n", n, what);
}

static void totals(const struct show *s, const char *group)
{
	struct dp_counters c = { 0 };

	gdoi_show_gm_dataplane(s->d->gdoi, group, &c);
	if (!(c.clear_dropped + c.replay_dropped + c.unknown_spi + c.verify_fail + c.no_sa + c.invalid_sa + c.decap_fail +
		    c.encaps_fail)) {
		text_add(s->out, "  No packet was dropped since the counters were cleared.\n");
		return;
	}
	text_add(s->out, "  Packets dropped since the counters were cleared:\n");
	total(s->out, c.clear_dropped - c.closed_dropped, "in clear from the WAN that should have been encrypted");
	total(s->out, c.closed_dropped, "by fail-close");
	total(s->out, c.late, "too old for the time window");
	total(s->out, c.early, "too new for the time window");
	total(s->out, c.replay_dropped - c.late - c.early, "whose number had been seen, or was behind the counter window");
	total(s->out, c.unknown_spi, "under an SPI of no SA that is held");
	total(s->out, c.invalid_sa - c.unknown_spi, "for which the kernel had no inbound SA");
	total(s->out, c.verify_fail, "with a wrong integrity check value: changed on the way, or another key");
	total(s->out, c.no_sa, "to be sent while there was no SA");
	total(s->out, c.encaps_fail + c.decap_fail, "which could not be encapsulated or decapsulated");
}

struct asked {
	const struct ip4 *src, *dst;
};

static void one_group(const struct show *s, const struct gdoi_group_info *i, unsigned number, void *arg)
{
	const struct asked *q = arg;
	struct list l = { .out = s->out };
	struct gdoi_gm_info m;

	if (!gdoi_show_gm(s->d->gdoi, i->name, &m))
		return;
	text_printf(s->out, "Group %s:\n", i->name);
	show_problems(s, i, 2, 20);
	if (q->src && !i->dataplane_down)
		would(s, i, m.mode, *q->src, *q->dst);
	else if (q->src)
		text_printf(s->out, "  The packet %s.\n", m.mode == DP_CLOSED
			? "is dropped: the member fails closed, and cannot encrypt"
			: "passes in clear: there is no data plane");
	totals(s, i->name);
	gdoi_show_gm_drops(s->d->gdoi, i->name, one_drop, &l);
}

void show_gm_why(const struct show *s, const struct ip4 *src, const struct ip4 *dst)
{
	struct asked q = { src, dst };

	show_each_group(s, GDOI_ROLE_GM, one_group, &q);
}
