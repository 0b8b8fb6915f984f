/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Netlink with faults: this program stands in for the receiving half of libmnl, so that answers are lost, late, refused,
 * overrun (ENOBUFS) or nonsense. Nobody may hang, be misled by an answer to another question, or forget an error.
 */
#include <check.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/rtnetlink.h>
#include <linux/xfrm.h>
#include <string.h>
#include <sys/socket.h>
#include "lib/secret.h"
#include "lib/why.h"
#include "tests/unit/unit.h"
#include "xfrm/nl.h"

static enum { HONEST, SILENT, OVERRUN, REFUSE, STALE, GARBAGE, SHORT } fault;
static uint8_t sent[1 << 20];
static size_t nsent;
static unsigned answered;
static int refuse_errno = EINVAL;

ssize_t mnl_socket_sendto(const struct mnl_socket *s, const void *buf, size_t n)
{
	ck_assert(n <= sizeof(sent));
	memcpy(sent, buf, n);
	nsent = n;
	answered = 0;
	return (ssize_t)n;
}

static struct nlmsghdr *acknowledge(void *at, uint32_t seq, int error)
{
	struct nlmsghdr *h = mnl_nlmsg_put_header(at);
	struct nlmsgerr *e;

	h->nlmsg_type = NLMSG_ERROR;
	h->nlmsg_seq = seq;
	e = mnl_nlmsg_put_extra_header(h, sizeof(*e));
	e->error = -error;
	return h;
}

/* The answer to one request that was sent, with the fault of the day. */
ssize_t mnl_socket_recvfrom(const struct mnl_socket *s, void *buf, size_t n)
{
	const struct nlmsghdr *h = (const struct nlmsghdr *)(void *)sent;
	int left = (int)nsent;
	unsigned k = 0;

	if (fault == SILENT || (fault == OVERRUN && answered == 3)) {
		errno = fault == SILENT ? EAGAIN : ENOBUFS;
		return -1;
	}
	if (fault == GARBAGE && answered == 0) {
		answered++;
		memset(buf, 0x7f, 40);
		return 40;
	}
	if (fault == SHORT && answered == 0) {
		answered++;
		return acknowledge(buf, h->nlmsg_seq, 0)->nlmsg_len - 8;
	}
	if (fault == STALE && answered == 0) {
		answered++;
		return acknowledge(buf, h->nlmsg_seq - 7, EPERM)->nlmsg_len;
	}
	for (unsigned skip = fault == STALE || fault == GARBAGE || fault == SHORT ? answered - 1 : answered; k < skip; k++)
		h = mnl_nlmsg_next(h, &left);
	if (!mnl_nlmsg_ok(h, left)) {
		errno = EAGAIN;
		return -1;
	}
	answered++;
	return acknowledge(buf, h->nlmsg_seq, fault == REFUSE && k == 1 ? refuse_errno : 0)->nlmsg_len;
}

static struct nl *nl;

static void ask(unsigned n, int tolerate)
{
	for (unsigned i = 0; i < n; i++) {
		struct rtmsg *rt;
		struct nlmsghdr *h = netlink_request(nl, RTM_NEWROUTE, 0, sizeof(*rt), &rt, "thing", tolerate);

		mnl_attr_put_u32(h, RTA_DST, i);
		netlink_commit(nl, h);
	}
}

static void begin(void)
{
	struct why why;

	secret_heap_init(1 << 16);
	fault = HONEST;
	nl = netlink_open(NETLINK_ROUTE, &why);
	ck_assert_msg(nl, "%s", why.text);
}

START_TEST(all_is_well)
{
	struct why why;

	begin();
	ask(200, 0);	/* more than one batch */
	ck_assert_msg(netlink_flush(nl, &why), "%s", why.text);
	netlink_whole(nl);
	ask(200, 0);
	ck_assert(netlink_flush(nl, &why));
	ck_assert(netlink_flush(nl, &why));	/* nothing to send */
	netlink_close(nl);
}
END_TEST

START_TEST(one_is_refused)
{
	struct why why = { "" };

	begin();
	fault = REFUSE;
	ask(5, 0);
	ck_assert(!netlink_flush(nl, &why));
	ck_assert_str_eq(why.text, "thing: Invalid argument");
	fault = HONEST;
	ask(5, 0);
	ck_assert(netlink_flush(nl, &why));	/* told once */
	fault = REFUSE;
	refuse_errno = EEXIST;
	ask(5, EEXIST);
	ck_assert(netlink_flush(nl, &why));
	ask(70, 0);	/* refused in the first of two batches */
	ck_assert(!netlink_flush(nl, &why));
	refuse_errno = EINVAL;
	netlink_close(nl);
}
END_TEST

START_TEST(nobody_answers)
{
	struct why why = { "" };

	begin();
	fault = SILENT;
	ask(3, 0);
	ck_assert(!netlink_flush(nl, &why));
	ck_assert(strstr(why.text, "no answer") != NULL);
	fault = HONEST;
	ask(3, 0);
	ck_assert(netlink_flush(nl, &why));
	netlink_close(nl);
}
END_TEST

START_TEST(the_buffer_overruns)
{
	struct why why = { "" };

	begin();
	fault = OVERRUN;
	ask(10, 0);
	ck_assert(!netlink_flush(nl, &why));
	ck_assert(strstr(why.text, strerror(ENOBUFS)) != NULL);
	fault = HONEST;
	ask(10, 0);
	ck_assert(netlink_flush(nl, &why));
	netlink_close(nl);
}
END_TEST

START_TEST(late_and_odd_answers)
{
	struct why why = { "" };

	begin();
	fault = STALE;
	ask(3, 0);
	ck_assert(netlink_flush(nl, &why));	/* an EPERM for somebody else's request */
	fault = GARBAGE;
	ask(3, 0);
	ck_assert(netlink_flush(nl, &why));
	fault = SHORT;
	ask(3, 0);
	ck_assert(netlink_flush(nl, &why));
	netlink_close(nl);
}
END_TEST

static void never(void *arg, const struct nlmsghdr *h)
{
	ck_abort_msg("an error is not an answer");
}

START_TEST(questions)
{
	struct rtmsg *rt;
	struct why why;

	begin();
	fault = REFUSE;
	refuse_errno = ESRCH;
	ck_assert(!netlink_get(nl, netlink_request(nl, RTM_GETROUTE, 0, sizeof(*rt), &rt, "question", 0), never, NULL));
	fault = SILENT;
	ck_assert(!netlink_get(nl, netlink_request(nl, RTM_GETROUTE, 0, sizeof(*rt), &rt, "question", 0), never, NULL));
	ck_assert(!netlink_dump(nl, RTM_GETROUTE, NULL, 0, never, NULL, &why));
	fault = GARBAGE;
	ck_assert(!netlink_get(nl, netlink_request(nl, RTM_GETROUTE, 0, sizeof(*rt), &rt, "question", 0), never, NULL));
	refuse_errno = EINVAL;
	fault = HONEST;
	ask(3, 0);
	ck_assert(netlink_flush(nl, &why));
	netlink_close(nl);
}
END_TEST

UNIT_MAIN("xfrm_nl", all_is_well, one_is_refused, nobody_answers, the_buffer_overruns, late_and_odd_answers, questions)
