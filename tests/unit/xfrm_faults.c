/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The whole room against a kernel that this program plays behind libmnl, with faults: requests are lost, or done and their answers
 * lost (ENOBUFS), or refused; SAs, policies, routes and rules vanish. Whatever happened: the caller is told, and when the fault is over the
 * kernel holds what is wanted within one check, and the log says so.
 */
#include <arpa/inet.h>
#include <dlfcn.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/xfrm.h>
#include <stdio.h>
#include <string.h>
#include "lib/clock.h"
#include "lib/env.h"
#include "lib/loop.h"
#include "lib/netif.h"
#include "lib/rng.h"
#include "lib/secret.h"
#include "lib/timer.h"
#include "lib/why.h"
#include "syslog/syslog.h"
#include "tests/unit/unit.h"
#include "xfrm/dataplane_xfrm.h"
#include "xfrm/route.h"
#include "xfrm/spd.h"

#define MANY 64

/* ---- the kernel ---- */

static struct {
	struct xfrm_usersa_info sa[MANY];
	unsigned nsa;
	struct {
		struct xfrm_userpolicy_info info;	/* as it came in the message */
		uint8_t attrs[128];
		size_t n;
	} policy[MANY];
	unsigned npolicy;
	bool table, route;
	unsigned rules;		/* ever written */
} kernel;
static enum { HONEST, DEAF, NOBUFS, REFUSES } fault;	/* DEAF: neither does nor answers; NOBUFS: does, the answer is lost */
static int faulty_bus;
static struct {
	const struct mnl_socket *sock;
	int bus;
} open_sockets[MANY];
static unsigned nopen;
static uint8_t reply[65536];
static size_t nreply;
static int reply_errno;

static int bus_of(const struct mnl_socket *s)
{
	for (unsigned i = nopen; i-- > 0;)
		if (open_sockets[i].sock == s)
			return open_sockets[i].bus;
	return -1;
}

/* Any bus will do to have a descriptor; this kernel may have no XFRM. */
struct mnl_socket *mnl_socket_open2(int bus, int flags)
{
	struct mnl_socket *(*real)(int, int) = NULL;
	struct mnl_socket *s;

	*(void **)&real = dlsym(RTLD_NEXT, "mnl_socket_open2");
	s = real(NETLINK_ROUTE, flags);
	ck_assert(s && nopen < MANY);
	open_sockets[nopen].sock = s;
	open_sockets[nopen++].bus = bus;
	return s;
}

/* No news: they would be those of the machine. */
int mnl_socket_setsockopt(const struct mnl_socket *s, int type, void *buf, socklen_t len)
{
	return 0;
}

static struct nlmsghdr *say(uint16_t type, uint32_t seq, const void *body, size_t n)
{
	struct nlmsghdr *h = mnl_nlmsg_put_header(reply + nreply);

	h->nlmsg_type = type;
	h->nlmsg_seq = seq;
	h->nlmsg_pid = 0;
	memcpy(mnl_nlmsg_put_extra_header(h, n), body, n);
	nreply += h->nlmsg_len;
	ck_assert_uint_le(nreply, sizeof(reply) - 1024);
	return h;
}

static void acknowledge(const struct nlmsghdr *q, int error)
{
	const struct nlmsgerr e = { .error = -error };

	say(NLMSG_ERROR, q->nlmsg_seq, &e, sizeof(e));
}

static unsigned sa_at(const struct xfrm_usersa_id *id)
{
	unsigned i = 0;

	while (i < kernel.nsa && (kernel.sa[i].id.spi != id->spi || kernel.sa[i].id.daddr.a4 != id->daddr.a4))
		i++;
	return i;
}

static unsigned policy_at(const struct xfrm_selector *sel, uint8_t dir)
{
	unsigned i = 0;

	while (i < kernel.npolicy && (kernel.policy[i].info.dir != dir || memcmp(&kernel.policy[i].info.sel, sel, sizeof(*sel)) != 0))
		i++;
	return i;
}

static void xfrm_dump(const struct nlmsghdr *q)
{
	const int done = 0;

	for (unsigned i = 0; q->nlmsg_type == XFRM_MSG_GETSA && i < kernel.nsa; i++)
		say(XFRM_MSG_NEWSA, q->nlmsg_seq, &kernel.sa[i], sizeof(kernel.sa[i]))->nlmsg_flags = NLM_F_MULTI;
	for (unsigned i = 0; q->nlmsg_type == XFRM_MSG_GETPOLICY && i < kernel.npolicy; i++)
		say(XFRM_MSG_NEWPOLICY, q->nlmsg_seq, &kernel.policy[i], kernel.policy[i].n)->nlmsg_flags = NLM_F_MULTI;
	say(NLMSG_DONE, q->nlmsg_seq, &done, sizeof(done))->nlmsg_flags = NLM_F_MULTI;
}

/* 0, an errno, or -1: answered already. */
static int xfrm_sa(const struct nlmsghdr *q)
{
	const void *body = mnl_nlmsg_get_payload(q);
	unsigned i = sa_at(q->nlmsg_type == XFRM_MSG_NEWSA ? &((const struct xfrm_usersa_info *)body)->id : body);

	if (q->nlmsg_type == XFRM_MSG_NEWSA) {
		if (i < kernel.nsa)
			return EEXIST;
		ck_assert_uint_lt(kernel.nsa, MANY);
		memcpy(&kernel.sa[kernel.nsa++], body, sizeof(*kernel.sa));
		return 0;
	}
	if (i == kernel.nsa)
		return ESRCH;
	if (q->nlmsg_type == XFRM_MSG_DELSA)
		kernel.sa[i] = kernel.sa[--kernel.nsa];
	else
		say(XFRM_MSG_NEWSA, q->nlmsg_seq, &kernel.sa[i], sizeof(kernel.sa[i]));
	return q->nlmsg_type == XFRM_MSG_DELSA ? 0 : -1;
}

static int xfrm_policy(const struct nlmsghdr *q)
{
	const struct xfrm_userpolicy_info *p = mnl_nlmsg_get_payload(q);
	const struct xfrm_userpolicy_id *id = mnl_nlmsg_get_payload(q);
	bool put = q->nlmsg_type == XFRM_MSG_UPDPOLICY;
	unsigned i = put ? policy_at(&p->sel, p->dir) : policy_at(&id->sel, id->dir);

	if (!put && i == kernel.npolicy)
		return ENOENT;
	if (!put) {
		kernel.policy[i] = kernel.policy[--kernel.npolicy];
		return 0;
	}
	ck_assert_uint_lt(i, MANY);
	ck_assert_uint_le(mnl_nlmsg_get_payload_len(q), sizeof(kernel.policy->info) + sizeof(kernel.policy->attrs));
	kernel.npolicy += i == kernel.npolicy;
	memset(&kernel.policy[i], 0, sizeof(*kernel.policy));
	memcpy(&kernel.policy[i], p, mnl_nlmsg_get_payload_len(q));
	kernel.policy[i].n = mnl_nlmsg_get_payload_len(q);
	return 0;
}

static int xfrm(const struct nlmsghdr *q)
{
	switch (q->nlmsg_type) {
	case XFRM_MSG_NEWSA:
	case XFRM_MSG_DELSA:
	case XFRM_MSG_GETSA:
		return xfrm_sa(q);
	case XFRM_MSG_UPDPOLICY:
	case XFRM_MSG_DELPOLICY:
		return xfrm_policy(q);
	default:
		return 0;
	}
}

static int nft(const struct nlmsghdr *q)
{
	const struct nfgenmsg nfg = { 0 };

	switch (NFNL_MSG_TYPE(q->nlmsg_type)) {
	case NFT_MSG_NEWTABLE:
		kernel.table = true;
		return 0;
	case NFT_MSG_DELTABLE:
		kernel.table = false;
		return 0;
	case NFT_MSG_NEWRULE:
		kernel.rules++;
		return 0;
	case NFT_MSG_GETTABLE:
		if (!kernel.table)
			return ENOENT;
		say(NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_NEWTABLE, q->nlmsg_seq, &nfg, sizeof(nfg));
		return -1;
	default:
		return 0;
	}
}

static int route(const struct nlmsghdr *q)
{
	const struct rtmsg rt = { .rtm_dst_len = 32, .rtm_protocol = ROUTE_PROTOCOL };
	struct nlmsghdr *h;

	if (q->nlmsg_type == RTM_NEWROUTE)
		kernel.route = true;
	else if (q->nlmsg_type == RTM_DELROUTE)
		kernel.route = false;
	else if (q->nlmsg_type == RTM_GETROUTE && kernel.route) {
		h = say(RTM_NEWROUTE, q->nlmsg_seq, &rt, sizeof(rt));
		nreply -= h->nlmsg_len;
		mnl_attr_put_u32(h, RTA_OIF, 7);
		nreply += h->nlmsg_len;
		return -1;
	}
	return q->nlmsg_type == RTM_GETROUTE ? ENETUNREACH : 0;
}

ssize_t mnl_socket_sendto(const struct mnl_socket *s, const void *buf, size_t n)
{
	const int bus = bus_of(s);
	const bool fails = fault != HONEST && bus == faulty_bus;
	int left = (int)n, error;

	nreply = 0;
	reply_errno = !fails || fault == REFUSES ? 0 : fault == DEAF ? EAGAIN : ENOBUFS;
	for (const struct nlmsghdr *at = buf; mnl_nlmsg_ok(at, left); at = mnl_nlmsg_next(at, &left)) {
		_Alignas(8) static uint8_t one[4096];
		const struct nlmsghdr *h = (const struct nlmsghdr *)(void *)one;

		ck_assert_uint_le(at->nlmsg_len, sizeof(one));
		memcpy(one, at, at->nlmsg_len);
		if (fails && fault == DEAF)
			break;
		if (bus == NETLINK_XFRM && (h->nlmsg_flags & NLM_F_DUMP) == NLM_F_DUMP) {
			xfrm_dump(h);
			break;
		}
		if (bus == NETLINK_NETFILTER && h->nlmsg_type <= NFNL_MSG_BATCH_END)
			continue;
		if (fails && fault == REFUSES)
			error = ENOMEM;
		else
			error = bus == NETLINK_XFRM ? xfrm(h) : bus == NETLINK_NETFILTER ? nft(h) : route(h);
		if (error >= 0)
			acknowledge(h, error);
	}
	return (ssize_t)n;
}

ssize_t mnl_socket_recvfrom(const struct mnl_socket *s, void *buf, size_t n)
{
	size_t have = nreply;

	if (reply_errno || !have) {
		errno = reply_errno ? reply_errno : EAGAIN;
		return -1;
	}
	ck_assert_uint_le(have, n);
	memcpy(buf, reply, have);
	nreply = 0;
	return (ssize_t)have;
}

static struct netif_link wan = { .name = "wan", .index = 7, .admin_up = true, .running = true, .mtu = 1500, .naddr = 1 };

const struct netif_link *netif_find(const struct netif *n, const char *name)
{
	return strcmp(name, wan.name) == 0 ? &wan : NULL;
}

/* ---- the member ---- */

static struct env env;
static struct loop *loop;
static struct syslog *messages;
static struct dataplane *dp;
static struct why why;
static unsigned repaired, errors;

static void on_log(void *arg, const struct log_line *line)
{
	repaired += strstr(line->line, "%GDOI-4-DATAPLANE_REPAIRED") != NULL;
	errors += strstr(line->line, "%GDOI-3-DATAPLANE_ERROR") != NULL;
}

static void pass(unsigned seconds)
{
	uint64_t until = clock_now(env.clock) + SEC(seconds);

	for (unsigned turn = 0; turn < 10000 && timers_next(env.timers) <= until; turn++) {
		if (timers_next(env.timers) > clock_now(env.clock))
			clock_advance(env.clock, timers_next(env.timers));
		timers_run(env.timers);
	}
	clock_advance(env.clock, until);
}

static bool key(uint32_t spi, bool out)
{
	static const uint8_t enc[16], auth[32];
	const struct dp_sa sa = { .spi = spi, .enc = ESP_AES128, .auth = ESP_SHA256, .key = BYTES_OF(enc),
		.auth_key = BYTES_OF(auth), .replay = 1, .lifetime = 3600, .remaining = 3600 };

	return dp->ops->sa_in(dp, "GET", &sa, &why) && (!out || dp->ops->sa_out(dp, "GET", spi, &why));
}

static bool protect(unsigned entries)
{
	struct dp_ace ace[4];

	memset(ace, 0, sizeof(ace));
	for (unsigned i = 0; i < entries; i++) {
		ace[i].permit = true;
		ace[i].src.a = ace[i].dst.a = 0x0a000000 + (i << 16);
		ace[i].src_mask = ace[i].dst_mask = ip4_mask(16);
	}
	return dp->ops->policy(dp, "GET", DP_BOTH, ace, entries, &why);
}

static void begin(void)
{
	static char nowhere;
	const char *const on[] = { "wan" };

	memset(&kernel, 0, sizeof(kernel));
	fault = HONEST;
	repaired = errors = 0;
	wan.addr[0].ip.a = 0xac100102;
	secret_heap_init(1 << 16);
	env.clock = clock_new_virtual(SEC(1000), SEC(1700000000));
	env.timers = timers_new(env.clock);
	env.rng = rng_new_system();
	loop = loop_new(env.timers);
	messages = syslog_new(env.clock);
	syslog_sink_add(messages, SINK_ALL, on_log, NULL);
	dp = xfrm_new(&env, messages, loop, (const struct netif *)(const void *)&nowhere);
	ck_assert_msg(dp->ops->usable(dp, &why), "%s", why.text);
	pass(1);
	ck_assert_msg(dp->ops->group_add(dp, "GET", on, 1, (struct ip4){ 0 }, &why), "%s", why.text);
	ck_assert_msg(protect(2), "%s", why.text);
	ck_assert_msg(key(0x1111, true), "%s", why.text);
	pass(6);
	ck_assert_uint_eq(repaired + errors, 0);
}

static void end(void)
{
	fault = HONEST;
	xfrm_stopping(dp);
	dp->ops->group_del(dp, "GET");
	xfrm_free(dp);
	ck_assert_uint_eq(kernel.nsa + kernel.npolicy, 0);
	ck_assert(!kernel.table);
	syslog_free(messages);
	loop_free(loop);
	rng_free(env.rng);
	timers_free(env.timers);
	clock_free(env.clock);
}

/* in, forward, out for each entry; two for key management */
static unsigned policies(unsigned entries)
{
	return entries * 3 + 2;
}

START_TEST(nothing_answers)
{
	static const int bus[] = { NETLINK_XFRM, NETLINK_NETFILTER };
	unsigned rules;

	begin();
	for (int f = DEAF; f <= REFUSES; f++)
		for (unsigned b = 0; b < 2; b++) {
			const unsigned n = 1 + ((unsigned)f + b) % 2;	/* another policy than the last one */

			repaired = 0;
			fault = f;
			faulty_bus = bus[b];
			why.text[0] = 0;
			ck_assert(!protect(n));
			ck_assert_str_ne(why.text, "");
			rules = kernel.rules;
			pass(6);
			fault = HONEST;
			pass(6);
			ck_assert_uint_eq(kernel.npolicy, policies(n));
			ck_assert_uint_eq(kernel.nsa, 2);
			ck_assert_uint_gt(kernel.rules, bus[b] == NETLINK_NETFILTER ? rules : 0);
			ck_assert_uint_ge(repaired, 1);
			repaired = 0;
			rules = kernel.rules;
			pass(200);	/* and then there is peace */
			ck_assert_uint_eq(repaired, 0);
			ck_assert_uint_eq(kernel.rules, rules);
		}
	end();
}
END_TEST

START_TEST(a_rekey_is_lost)
{
	begin();
	fault = DEAF;
	faulty_bus = NETLINK_XFRM;
	ck_assert(!key(0x2222, true));
	pass(6);
	ck_assert_uint_eq(kernel.nsa, 2);
	fault = HONEST;
	pass(6);
	ck_assert(kernel.nsa >= 3 && repaired == 1);
	ck_assert(key(0x2222, true));
	dp->ops->sa_del(dp, "GET", 0x1111);
	pass(6);
	ck_assert_uint_eq(kernel.nsa, 2);
	/* a key that has to go now, and the kernel does not hear it */
	ck_assert(key(0x3333, true));
	pass(3);
	fault = DEAF;
	dp->ops->sa_del(dp, "GET", 0x2222);
	fault = HONEST;
	pass(6);
	ck_assert_uint_eq(kernel.nsa, 2);
	end();
}
END_TEST

START_TEST(the_kernel_goes_on_refusing)
{
	begin();
	kernel.nsa = 0;
	fault = REFUSES;
	faulty_bus = NETLINK_XFRM;
	errors = 0;
	pass(120);
	ck_assert_uint_ge(errors, 1);
	ck_assert_uint_le(errors, 5);	/* said, and not every five seconds */
	ck_assert_uint_eq(repaired, 0);
	fault = HONEST;
	pass(6);
	ck_assert_uint_eq(repaired, 1);
	ck_assert_uint_eq(kernel.nsa, 2);
	end();
}
END_TEST

START_TEST(things_vanish)
{
	unsigned n = 0;

	begin();
	kernel.nsa = 0;
	pass(6);
	ck_assert_uint_eq(repaired, 1);
	ck_assert_uint_eq(kernel.nsa, 2);
	kernel.table = false;
	pass(6);
	ck_assert_uint_eq(repaired, 2);
	ck_assert(kernel.table);
	kernel.route = false;
	pass(6);
	ck_assert_uint_eq(repaired, 3);
	ck_assert(kernel.route);
	kernel.npolicy = 0;
	pass(61);	/* no news of it were heard */
	ck_assert_uint_eq(repaired, 4);
	ck_assert_uint_eq(kernel.npolicy, policies(2));
	/* a policy is there, and another than it was: it blocks, and one has lost its template */
	kernel.policy[0].info.action = XFRM_POLICY_BLOCK;
	pass(61);
	ck_assert_uint_eq(repaired, 5);
	ck_assert_uint_eq(kernel.policy[0].info.action, XFRM_POLICY_ALLOW);
	for (unsigned i = 0; i < kernel.npolicy; i++)
		if (kernel.policy[i].n > sizeof(kernel.policy[i].info))
			kernel.policy[n = i].n = sizeof(kernel.policy[i].info);
	pass(61);
	ck_assert_uint_eq(repaired, 6);
	ck_assert_uint_gt(kernel.policy[n].n, sizeof(kernel.policy[n].info));
	repaired = 4;
	/* the interface, and it comes back with another address */
	wan.index = 0;
	wan.naddr = 0;
	xfrm_interfaces_changed(dp);
	kernel.route = false;
	pass(6);
	wan.index = 7;
	wan.naddr = 1;
	wan.addr[0].ip.a++;
	xfrm_interfaces_changed(dp);
	pass(61);
	ck_assert(kernel.route);
	ck_assert_uint_eq(kernel.nsa, 2);
	ck_assert_uint_eq(kernel.npolicy, policies(2));
	ck_assert_uint_eq(repaired, 4);
	ck_assert_uint_eq(errors, 0);
	end();
}
END_TEST

START_TEST(another_one_is_there)
{
	begin();
	/* an SA of that number that somebody else made: neither its keys nor its ends are ours */
	kernel.sa[kernel.nsa] = kernel.sa[0];
	kernel.sa[kernel.nsa].id.spi = htonl(0x2222);
	kernel.sa[kernel.nsa].reqid = 4711;
	kernel.nsa++;
	ck_assert_msg(key(0x2222, true), "%s", why.text);
	dp->ops->sa_del(dp, "GET", 0x1111);
	pass(6);
	ck_assert_uint_eq(kernel.nsa, 2);
	for (unsigned i = 0; i < kernel.nsa; i++)
		ck_assert_uint_eq(kernel.sa[i].reqid & 0xffff0000u, XFRM_REQID_BASE);
	ck_assert_uint_eq(errors, 0);
	end();
}
END_TEST

UNIT_MAIN("xfrm_faults", nothing_answers, a_rekey_is_lost, the_kernel_goes_on_refusing, things_vanish, another_one_is_there)
