/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * SAs as messages, against a kernel of one SA that this program plays behind libmnl: what is added is found again, another
 * key or mode is seen as another SA, an end that is drawn in reaches the kernel counted from when it added the SA, and no
 * key is left in a buffer.
 */
#include <check.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/netlink.h>
#include <linux/xfrm.h>
#include <string.h>
#include <time.h>
#include "lib/secret.h"
#include "lib/why.h"
#include "tests/unit/unit.h"
#include "xfrm/nl.h"
#include "xfrm/spd.h"

#define AGE 100		/* s since the kernel added it */

static struct {
	bool there;
	struct xfrm_usersa_info info;
	uint8_t key[256];
	size_t nkey;
	uint32_t oseq;
	uint8_t window[256];
	size_t nwindow;
} kernel;
static const uint8_t *sent_at;
static size_t nsent;
static uint8_t *answer_at;
static uint8_t reply[1024];
static size_t nreply;

static int take(const struct nlattr *a, void *data)
{
	if (mnl_attr_get_type(a) == XFRMA_ALG_CRYPT) {
		kernel.nkey = mnl_attr_get_payload_len(a);
		ck_assert_uint_le(kernel.nkey, sizeof(kernel.key));
		memcpy(kernel.key, mnl_attr_get_payload(a), kernel.nkey);
	}
	if (mnl_attr_get_type(a) == XFRMA_REPLAY_VAL)
		kernel.oseq = ((const struct xfrm_replay_state *)mnl_attr_get_payload(a))->oseq;
	if (mnl_attr_get_type(a) == XFRMA_LTIME_VAL)
		memcpy(&kernel.info.curlft, mnl_attr_get_payload(a), sizeof(kernel.info.curlft));
	if (mnl_attr_get_type(a) == XFRMA_REPLAY_ESN_VAL) {
		const struct xfrm_replay_state_esn *r = mnl_attr_get_payload(a);

		/* as the kernel checks it */
		kernel.nwindow = mnl_attr_get_payload_len(a);
		ck_assert_uint_le(kernel.nwindow, sizeof(kernel.window));
		ck_assert_uint_eq(kernel.nwindow, sizeof(*r) + r->bmp_len * sizeof(r->bmp[0]));
		ck_assert_uint_le(r->replay_window, r->bmp_len * 32);
		memcpy(kernel.window, r, kernel.nwindow);
	}
	return MNL_CB_OK;
}

static void added(const struct nlmsghdr *h)
{
	struct xfrm_usersa_info x;

	if (h->nlmsg_type == XFRM_MSG_NEWAE) {
		mnl_attr_parse(h, sizeof(struct xfrm_aevent_id), take, NULL);
		return;
	}
	memcpy(&x, mnl_nlmsg_get_payload(h), sizeof(x));
	if (h->nlmsg_type == XFRM_MSG_UPDSA) {
		kernel.info.lft = x.lft;
		return;
	}
	kernel.there = true;
	kernel.info = x;
	kernel.info.curlft.add_time = (uint64_t)time(NULL) - AGE;
	mnl_attr_parse(h, sizeof(x), take, NULL);
}

static void told(const struct nlmsghdr *q)
{
	struct nlmsghdr *h = mnl_nlmsg_put_header(reply);
	struct xfrm_replay_state r = { .oseq = kernel.oseq };

	h->nlmsg_type = XFRM_MSG_NEWSA;
	h->nlmsg_seq = q->nlmsg_seq;
	memcpy(mnl_nlmsg_put_extra_header(h, sizeof(kernel.info)), &kernel.info, sizeof(kernel.info));
	mnl_attr_put(h, XFRMA_ALG_CRYPT, kernel.nkey, kernel.key);
	mnl_attr_put(h, XFRMA_REPLAY_VAL, sizeof(r), &r);
	if (kernel.nwindow)
		mnl_attr_put(h, XFRMA_REPLAY_ESN_VAL, kernel.nwindow, kernel.window);
	nreply = h->nlmsg_len;
}

static void acknowledged(const struct nlmsghdr *q, int error)
{
	struct nlmsghdr *h = mnl_nlmsg_put_header(reply + nreply);
	struct nlmsgerr *e;

	h->nlmsg_type = NLMSG_ERROR;
	h->nlmsg_seq = q->nlmsg_seq;
	e = mnl_nlmsg_put_extra_header(h, sizeof(*e));
	e->error = -error;
	nreply += h->nlmsg_len;
}

ssize_t mnl_socket_sendto(const struct mnl_socket *s, const void *buf, size_t n)
{
	int left = (int)n;

	sent_at = buf;
	nsent = n;
	nreply = 0;
	for (const struct nlmsghdr *h = buf; mnl_nlmsg_ok(h, left); h = mnl_nlmsg_next(h, &left)) {
		if (h->nlmsg_type == XFRM_MSG_GETSA && kernel.there) {
			told(h);
			return (ssize_t)n;
		}
		if (h->nlmsg_type == XFRM_MSG_NEWSA || h->nlmsg_type == XFRM_MSG_UPDSA || h->nlmsg_type == XFRM_MSG_NEWAE)
			added(h);
		if (h->nlmsg_type == XFRM_MSG_DELSA)
			kernel.there = false;
		acknowledged(h, h->nlmsg_type == XFRM_MSG_GETSA ? ESRCH : 0);
	}
	return (ssize_t)n;
}

ssize_t mnl_socket_recvfrom(const struct mnl_socket *s, void *buf, size_t n)
{
	size_t have = nreply;

	if (!have) {
		errno = EAGAIN;
		return -1;
	}
	answer_at = buf;
	memcpy(buf, reply, have);
	nreply = 0;
	return (ssize_t)have;
}

static const uint8_t secret_key[16] = "no key is left!", auth_key[32], other_key[16];

static bool holds(const uint8_t *p, size_t n)
{
	for (size_t i = 0; p && i + 16 <= n; i++)
		if (memcmp(p + i, secret_key, 15) == 0)
			return true;
	return false;
}

static struct nl *opened(void)
{
	struct why why;
	struct nl *nl;

	secret_heap_init(1 << 16);
	nl = netlink_open(NETLINK_ROUTE, &why);
	ck_assert_msg(nl, "%s", why.text);
	return nl;
}

START_TEST(one_sa)
{
	struct dp_sa sa = { .spi = 0x1234, .enc = ESP_AES128, .auth = ESP_SHA256, .key = BYTES_OF(secret_key),
		.auth_key = BYTES_OF(auth_key) };
	struct sa_spec spec = { .src = { 0x0a000001 }, .dst = { 0xc0000201 }, .spi = sa.spi, .reqid = XFRM_REQID_BASE + 1,
		.sa = &sa, .ends = (uint64_t)time(NULL) + 3600, .oseq = 77 };
	struct sa_seen seen;
	struct why why;
	struct nl *nl;

	nl = opened();
	ck_assert_int_eq(sa_look(nl, &spec, &seen), SA_ABSENT);
	sa_add(nl, &spec);
	ck_assert_msg(netlink_flush(nl, &why), "%s", why.text);
	ck_assert_uint_ge(kernel.info.lft.hard_add_expires_seconds, 3590);
	ck_assert_uint_le(kernel.info.lft.hard_add_expires_seconds, 3600);
	ck_assert(!holds(sent_at, nsent));
	ck_assert_int_eq(sa_look(nl, &spec, &seen), SA_SAME);
	ck_assert(!holds(answer_at, sizeof(reply)));
	ck_assert_uint_eq(seen.oseq, 77);

	spec.ends = seen.added + AGE + 90;
	sa_update_end(nl, &spec, &seen);
	ck_assert(netlink_flush(nl, &why));
	ck_assert_uint_eq(kernel.info.lft.hard_add_expires_seconds, AGE + 90);
	ck_assert(!holds(sent_at, nsent));
	ck_assert_int_eq(sa_look(nl, &spec, &seen), SA_SAME);
	ck_assert_uint_eq(seen.ends, spec.ends);
	spec.ends = 1;	/* long ago: at once, not never */
	sa_update_end(nl, &spec, &seen);
	ck_assert(netlink_flush(nl, &why));
	ck_assert_uint_eq(kernel.info.lft.hard_add_expires_seconds, 1);

	sa.transport = true;
	ck_assert_int_eq(sa_look(nl, &spec, &seen), SA_OTHER);
	sa.transport = false;
	sa.key = BYTES_OF(other_key);
	ck_assert_int_eq(sa_look(nl, &spec, &seen), SA_OTHER);
	sa_remove(nl, spec.dst, spec.spi);
	ck_assert(netlink_flush(nl, &why));
	ck_assert_int_eq(sa_look(nl, &spec, &seen), SA_ABSENT);
	netlink_close(nl);
}
END_TEST

/* Counter windows of every size, closed and opened while the SA stands. */
START_TEST(windows)
{
	static const uint32_t sizes[] = { 64, 128, 256, 512, 1024 };
	struct dp_sa sa = { .spi = 0x1234, .enc = ESP_AES128, .auth = ESP_SHA256, .key = BYTES_OF(secret_key),
		.auth_key = BYTES_OF(auth_key) };
	struct sa_spec spec = { .dst = { 0xc0000201 }, .spi = sa.spi, .reqid = XFRM_REQID_BASE, .sa = &sa,
		.ends = (uint64_t)time(NULL) + 3600 };
	struct sa_seen seen;
	struct why why;
	struct nl *nl;

	nl = opened();
	sa_add(nl, &spec);
	ck_assert(netlink_flush(nl, &why));
	ck_assert_int_eq(sa_look(nl, &spec, &seen), SA_SAME);
	ck_assert(!seen.windowed);	/* made without: it cannot be given one */
	ck_assert_uint_eq(seen.window, 0);
	for (unsigned i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		spec.window = sizes[i];
		sa_add(nl, &spec);
		ck_assert(netlink_flush(nl, &why));
		ck_assert_uint_eq(kernel.info.replay_window, 0);	/* the kernel refuses both */
		ck_assert_int_eq(sa_look(nl, &spec, &seen), SA_SAME);
		ck_assert(seen.windowed);
		ck_assert_uint_eq(seen.window, sizes[i]);
		for (unsigned open = 0; open < 2; open++) {
			sa_set_window(nl, spec.dst, spec.spi, open ? sizes[i] : 0);
			ck_assert(netlink_flush(nl, &why));
			ck_assert_int_eq(sa_look(nl, &spec, &seen), SA_SAME);
			ck_assert(seen.windowed);
			ck_assert_uint_eq(seen.window, open ? sizes[i] : 0);
		}
	}
	netlink_close(nl);
}
END_TEST

/* One that stands by claims to be old, so that the kernel takes it when the other one retires; then it counts as new. */
START_TEST(stands_by)
{
	struct dp_sa sa = { .spi = 0x1234, .enc = ESP_AES128, .auth = ESP_SHA256, .key = BYTES_OF(secret_key),
		.auth_key = BYTES_OF(auth_key) };
	const uint64_t now = (uint64_t)time(NULL);
	struct sa_spec spec = { .dst = { 0xc0000201 }, .spi = sa.spi, .reqid = XFRM_REQID_BASE, .sa = &sa, .ends = now + 3600,
		.retires = now + 3570, .added = 1000 };
	struct nl *nl = opened();
	struct sa_seen seen;
	struct why why;

	sa_add(nl, &spec);
	ck_assert(netlink_flush(nl, &why));
	ck_assert_uint_eq(kernel.info.curlft.add_time, 1000);
	ck_assert_uint_eq(kernel.info.lft.hard_add_expires_seconds, spec.ends - 1000);
	ck_assert_uint_eq(kernel.info.lft.soft_add_expires_seconds, spec.retires - 1000);
	kernel.info.curlft.packets = 7;
	kernel.info.curlft.bytes = 900;
	ck_assert_int_eq(sa_look(nl, &spec, &seen), SA_SAME);
	ck_assert_uint_eq(seen.added, 1000);
	ck_assert_uint_eq(seen.ends, spec.ends);
	spec.added = 0;
	sa_redate(nl, &spec, &seen);
	ck_assert(netlink_flush(nl, &why));
	ck_assert_uint_ge(kernel.info.curlft.add_time, now);
	ck_assert_uint_eq(kernel.info.curlft.packets, 7);
	ck_assert_uint_eq(kernel.info.curlft.bytes, 900);
	ck_assert_uint_eq(kernel.info.curlft.add_time + kernel.info.lft.hard_add_expires_seconds, spec.ends);
	ck_assert_uint_eq(kernel.info.curlft.add_time + kernel.info.lft.soft_add_expires_seconds, spec.retires);
	netlink_close(nl);
}
END_TEST

UNIT_MAIN("xfrm_spd", one_sa, windows, stands_by)
