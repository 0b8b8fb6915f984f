/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The kernel tells of packets that the rules drop (nfnetlink_log, a few a second): who sent what, and by how much it missed
 * the time window. For 'show crypto gdoi gm why' and %GDOI-4-TIMEBASED_REPLAY_FAILED; nothing depends on it.
 */
#include <arpa/inet.h>
#include <inttypes.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_log.h>
#include <stdio.h>
#include <string.h>
#include "lib/clock.h"
#include "lib/env.h"
#include "lib/loop.h"
#include "syslog/msg.h"
#include "xfrm/wanted.h"

#define COPY 64
#define BURST 32	/* datagrams read per turn */

struct told {			/* one message */
	const char *prefix;
	struct bytes packet;
};

static int attr(const struct nlattr *a, void *data)
{
	struct told *t = data;

	if (mnl_attr_get_type(a) == NFULA_PREFIX && mnl_attr_validate(a, MNL_TYPE_NUL_STRING) >= 0)
		t->prefix = mnl_attr_get_str(a);
	if (mnl_attr_get_type(a) == NFULA_PAYLOAD)
		t->packet = bytes_of(mnl_attr_get_payload(a), mnl_attr_get_payload_len(a));
	return MNL_CB_OK;
}

static uint32_t be32(const uint8_t *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof(v));
	return ntohl(v);
}

/* Outer or only header, and of ESP the SPI and the number. */
static bool header(struct bytes p, struct dp_drop *d, uint32_t *seq)
{
	size_t hl;

	if (p.n < 20 || p.p[0] >> 4 != 4)
		return false;
	hl = (size_t)(p.p[0] & 15) * 4;
	d->proto = p.p[9];
	d->src.a = be32(p.p + 12);
	d->dst.a = be32(p.p + 16);
	*seq = 0;
	if (d->proto == IPPROTO_ESP && hl >= 20 && p.n >= hl + 8) {
		d->spi = be32(p.p + hl);
		*seq = be32(p.p + hl + 4);
	}
	return true;
}

static bool reason_of(const char *kind, enum dp_reason *out)
{
	static const struct {
		const char *kind;
		enum dp_reason reason;
	} reasons[] = { { "clear", DP_DROP_CLEAR }, { "closed", DP_DROP_CLOSED }, { "early", DP_DROP_EARLY },
		{ "late", DP_DROP_LATE }, { "spi", DP_DROP_SPI } };

	for (size_t i = 0; i < sizeof(reasons) / sizeof(*reasons); i++)
		if (strcmp(kind, reasons[i].kind) == 0) {
			*out = reasons[i].reason;
			return true;
		}
	return false;
}

static void replayed(struct xfrm *x, struct want_group *g, struct dp_drop *d, uint32_t seq)
{
	const struct want_sa *s = g->sas;
	uint64_t mine = want_pseudotime(x, g), theirs, apart, missed;
	char my[24], peer[24];

	while (s && s->sa.spi != d->spi)
		s = s->next;
	if (!s)
		return;
	theirs = want_pt(s, seq);
	apart = theirs > mine ? theirs - mine : mine - theirs;
	d->off = apart > s->sa.window ? (uint32_t)(apart - s->sa.window) : 0;
	if (!ratelimit_ok(&g->replay_log, clock_now(x->env->clock), &missed))
		return;
	snprintf(my, sizeof(my), "%" PRIu64 ".%02u", mine / 1000, (unsigned)(mine % 1000 / 10));
	snprintf(peer, sizeof(peer), "%" PRIu64 ".%02u", theirs / 1000, (unsigned)(theirs % 1000 / 10));
	log_GDOI_TIMEBASED_REPLAY_FAILED(x->log, g->name, ip4_s(d->src), my, peer, (s->sa.window + 999) / 1000);
}

/* Alike ones share a note, so that a stream of one kind does not hide the rest; the newest stands last. */
static struct want_drop *place(struct want_group *g, const struct dp_drop *d)
{
	unsigned n = g->ndrop < XFRM_DROPS ? g->ndrop : XFRM_DROPS;

	for (unsigned k = 1; k <= n; k++) {
		unsigned at = (g->ndrop - k) % XFRM_DROPS;
		const struct dp_drop *o = &g->drop[at].d;

		if (o->reason != d->reason || !ip4_eq(o->src, d->src) || !ip4_eq(o->dst, d->dst) || o->spi != d->spi)
			continue;
		for (; k > 1; k--, at = (at + 1) % XFRM_DROPS)
			g->drop[at] = g->drop[(at + 1) % XFRM_DROPS];
		return &g->drop[at];
	}
	g->ndrop++;
	if (g->ndrop == 3 * XFRM_DROPS)	/* ever is for ever */
		g->ndrop = 2 * XFRM_DROPS;
	return &g->drop[(g->ndrop - 1) % XFRM_DROPS];
}

static void note(struct xfrm *x, struct want_group *g, const struct dp_drop *d, uint32_t seq)
{
	struct want_drop *w = place(g, d);
	uint64_t now = clock_now(x->env->clock);

	w->d = *d;
	w->when = now;
	if (d->reason == DP_DROP_EARLY || d->reason == DP_DROP_LATE)
		replayed(x, g, &w->d, seq);
	for (unsigned i = 0; d->reason == DP_DROP_SPI && i < XFRM_GONE; i++)
		if (g->gone[i].spi == d->spi && g->gone[i].when)
			w->d.gone = (uint32_t)((now - g->gone[i].when) / USEC_PER_SEC) + 1;
}

/* "g17 late": of the group with that slot; "i2 spi": of every group on that interface. */
static bool meant(const struct want_group *g, char what, unsigned number)
{
	if (what == 'g')
		return g->slot == number;
	for (unsigned k = 0; k < g->niface; k++)
		if (g->iface[k] == number)
			return true;
	return false;
}

static void one(struct xfrm *x, const struct nlmsghdr *h)
{
	struct told t = { .prefix = "" };
	struct dp_drop d = { 0 };
	char what, kind[16];
	unsigned number;
	uint32_t seq;

	if (h->nlmsg_type != (NFNL_SUBSYS_ULOG << 8 | NFULNL_MSG_PACKET))
		return;
	mnl_attr_parse(h, sizeof(struct nfgenmsg), attr, &t);
	if (sscanf(t.prefix, "%c%u %15s", &what, &number, kind) != 3 || !reason_of(kind, &d.reason) ||
		!header(t.packet, &d, &seq))
		return;
	for (struct want_group *g = x->groups; g; g = g->hh.next)
		if (meant(g, what, number))
			note(x, g, &d, seq);
}

static void on_told(int ready, void *arg)
{
	struct xfrm *x = arg;
	_Alignas(struct nlmsghdr) uint8_t buf[16384];

	for (int i = 0; i < BURST; i++) {
		ssize_t n = recv(mnl_socket_get_fd(x->log_sock), buf, sizeof(buf), MSG_DONTWAIT);
		int left = (int)n;

		if (n <= 0)
			return;
		for (const struct nlmsghdr *h = (const struct nlmsghdr *)(const void *)buf; mnl_nlmsg_ok(h, left);
			h = mnl_nlmsg_next(h, &left))
			one(x, h);
	}
}

static bool config(struct mnl_socket *s, uint16_t group, uint16_t type, const void *data, size_t n)
{
	uint8_t buf[128] = { 0 };
	struct nlmsghdr *h = mnl_nlmsg_put_header(buf);
	struct nfgenmsg *nfg;

	h->nlmsg_type = NFNL_SUBSYS_ULOG << 8 | NFULNL_MSG_CONFIG;
	h->nlmsg_flags = NLM_F_REQUEST;
	nfg = mnl_nlmsg_put_extra_header(h, sizeof(*nfg));
	nfg->nfgen_family = AF_INET;
	nfg->version = NFNETLINK_V0;
	nfg->res_id = htons(group);
	mnl_attr_put(h, type, n, data);
	return mnl_socket_sendto(s, h, h->nlmsg_len) >= 0;
}

void drops_open(struct xfrm *x, struct loop *loop)
{
	const struct nfulnl_msg_config_cmd bind = { NFULNL_CFG_CMD_BIND };
	const struct nfulnl_msg_config_mode mode = { .copy_range = htonl(COPY), .copy_mode = NFULNL_COPY_PACKET };
	const uint32_t at_once = htonl(1);

	x->log_sock = mnl_socket_open2(NETLINK_NETFILTER, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (!x->log_sock)
		return;
	if (mnl_socket_bind(x->log_sock, 0, MNL_SOCKET_AUTOPID) < 0 ||
		!config(x->log_sock, NFT_LOG_GROUP, NFULA_CFG_CMD, &bind, sizeof(bind)) ||
		!config(x->log_sock, NFT_LOG_GROUP, NFULA_CFG_MODE, &mode, sizeof(mode)) ||
		!config(x->log_sock, NFT_LOG_GROUP, NFULA_CFG_QTHRESH, &at_once, sizeof(at_once))) {
		drops_close(x);
		return;
	}
	x->watch_log = watch_add(loop, mnl_socket_get_fd(x->log_sock), WATCH_READ, on_told, x);
}

void drops_close(struct xfrm *x)
{
	if (x->watch_log)
		watch_del(x->watch_log);
	if (x->log_sock)
		mnl_socket_close(x->log_sock);
	x->watch_log = NULL;
	x->log_sock = NULL;
}
