/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "xfrm/nl.h"
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/netlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include "lib/mem.h"
#include "lib/secret.h"
#include "lib/why.h"

#define BATCH_REQUESTS 64	/* more acknowledgements at once could overrun the socket's buffer */
#define BATCH_OCTETS (1 << 20)
#define ANSWER_OCTETS 65536

struct pending {
	uint32_t seq;
	const char *what;
	int tolerate;
};

struct nl {
	struct mnl_socket *sock;
	uint8_t *buf, *answer, *one;	/* one: the request that is being made; in the batch it may stand at four octets */
	size_t used;
	uint32_t seq;
	bool whole;
	struct pending *pending;
	unsigned npending, cap;
	int first_errno;
	struct why first;
};

struct nl *netlink_open(int bus, struct why *why)
{
	struct nl *nl = mem_zalloc(sizeof(*nl));
	struct timeval limit = { .tv_sec = 2 };
	int on = 1, fd;

	nl->sock = mnl_socket_open2(bus, SOCK_CLOEXEC);
	if (!nl->sock || mnl_socket_bind(nl->sock, 0, MNL_SOCKET_AUTOPID) < 0) {
		why_set(why, "netlink: %s", strerror(errno));
		netlink_close(nl);
		return NULL;
	}
	fd = mnl_socket_get_fd(nl->sock);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	/* a policy of hundreds of rules goes in one datagram, and as many answers come back */
	setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &(int){ 1 << 23 }, sizeof(int));
	setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &(int){ 1 << 22 }, sizeof(int));
	mnl_socket_setsockopt(nl->sock, NETLINK_EXT_ACK, &on, sizeof(on));
	mnl_socket_setsockopt(nl->sock, NETLINK_CAP_ACK, &on, sizeof(on));
	nl->buf = mem_zalloc(BATCH_OCTETS);
	nl->answer = mem_zalloc(ANSWER_OCTETS);
	nl->one = mem_zalloc(NL_REQUEST_MAX);
	nl->seq = 1;
	return nl;
}

void netlink_close(struct nl *nl)
{
	if (!nl)
		return;
	if (nl->sock)
		mnl_socket_close(nl->sock);
	if (nl->buf)
		secret_cleanse(nl->buf, BATCH_OCTETS);
	if (nl->answer)
		secret_cleanse(nl->answer, ANSWER_OCTETS);
	if (nl->one)
		secret_cleanse(nl->one, NL_REQUEST_MAX);
	free(nl->buf);
	free(nl->answer);
	free(nl->one);
	free(nl->pending);
	free(nl);
}

static int ext_ack(const struct nlattr *attr, void *data)
{
	if (mnl_attr_get_type(attr) == NLMSGERR_ATTR_MSG && mnl_attr_validate(attr, MNL_TYPE_NUL_STRING) >= 0)
		*(const char **)data = mnl_attr_get_str(attr);
	return MNL_CB_OK;
}

static const struct pending *pending_find(const struct nl *nl, uint32_t seq)
{
	for (unsigned i = 0; i < nl->npending; i++)
		if (nl->pending[i].seq == seq)
			return &nl->pending[i];
	return NULL;
}

static void refused(struct nl *nl, const struct nlmsghdr *h, const struct nlmsgerr *err)
{
	const struct pending *p = pending_find(nl, h->nlmsg_seq);
	const char *text = NULL;

	if (p && p->tolerate == -err->error)
		return;
	/* with NETLINK_CAP_ACK the request itself is not echoed: attributes follow its header */
	if (h->nlmsg_flags & NLM_F_ACK_TLVS)
		mnl_attr_parse(h, sizeof(*err), ext_ack, &text);
	if (nl->first_errno == 0) {
		nl->first_errno = -err->error;
		why_set(&nl->first, "%s: %s%s%s", p ? p->what : "netlink", strerror(-err->error), text ? ": " : "",
			text ? text : "");
	}
}

static void lost(struct nl *nl, const char *how)
{
	if (nl->first_errno == 0) {
		nl->first_errno = errno ? errno : EIO;
		why_set(&nl->first, "netlink: %s: %s", how, strerror(nl->first_errno));
	}
}

/* Reads answers until every request of the batch has one, or the time limit ends it. */
static void collect(struct nl *nl, unsigned expected)
{
	while (expected > 0) {
		ssize_t n = mnl_socket_recvfrom(nl->sock, nl->answer, ANSWER_OCTETS);
		int left;

		if (n <= 0) {
			if (n < 0 && errno == EINTR)
				continue;
			lost(nl, "no answer");
			return;
		}
		left = (int)n;
		for (const struct nlmsghdr *h = (const struct nlmsghdr *)(const void *)nl->answer; mnl_nlmsg_ok(h, left);
			h = mnl_nlmsg_next(h, &left)) {
			const struct nlmsgerr *err = mnl_nlmsg_get_payload(h);

			if (h->nlmsg_type != NLMSG_ERROR || mnl_nlmsg_get_payload_len(h) < sizeof(*err))
				continue;
			if (h->nlmsg_seq == 0 && err->error) {	/* an nftables batch refused as a whole */
				refused(nl, h, err);
				return;
			}
			if (!pending_find(nl, h->nlmsg_seq))
				continue;	/* a late answer to a batch that was given up */
			expected--;
			if (err->error)
				refused(nl, h, err);
		}
	}
}

/* Answers that came after their request was given up are nobody's. */
static void drain(struct nl *nl)
{
	for (unsigned i = 0; i < 4096; i++)
		if (recv(mnl_socket_get_fd(nl->sock), nl->answer, ANSWER_OCTETS, MSG_DONTWAIT) < 0 && errno != ENOBUFS)
			return;
}

static void send_batch(struct nl *nl)
{
	if (nl->used == 0)
		return;
	drain(nl);
	if (mnl_socket_sendto(nl->sock, nl->buf, nl->used) < 0)
		lost(nl, "send");
	else
		collect(nl, nl->npending);
	secret_cleanse(nl->buf, nl->used);
	secret_cleanse(nl->answer, ANSWER_OCTETS);
	nl->used = 0;
	nl->npending = 0;
}

static struct nlmsghdr *room(struct nl *nl)
{
	if (!nl->whole && nl->npending >= BATCH_REQUESTS)
		send_batch(nl);
	if (nl->used + NL_REQUEST_MAX > BATCH_OCTETS) {
		errno = EMSGSIZE;
		lost(nl, "batch");
		nl->used = 0;	/* an unfinished nftables batch would be thrown away by the kernel as well */
		nl->npending = 0;
	}
	memset(nl->one, 0, NL_REQUEST_MAX);
	return (struct nlmsghdr *)(void *)nl->one;
}

struct nlmsghdr *netlink_request(struct nl *nl, uint16_t type, uint16_t flags, size_t extra, void *extra_out, const char *what,
	int tolerate)
{
	struct nlmsghdr *h = mnl_nlmsg_put_header(room(nl));
	void *x;

	h->nlmsg_type = type;
	h->nlmsg_flags = (uint16_t)(flags | NLM_F_REQUEST | NLM_F_ACK);
	h->nlmsg_seq = nl->seq++;
	x = mnl_nlmsg_put_extra_header(h, extra);
	if (extra_out)
		memcpy(extra_out, &x, sizeof(x));
	if (nl->npending == nl->cap) {
		nl->cap = nl->cap ? nl->cap * 2 : BATCH_REQUESTS;
		nl->pending = mem_realloc(nl->pending, nl->cap * sizeof(*nl->pending));
	}
	nl->pending[nl->npending++] = (struct pending){ h->nlmsg_seq, what, tolerate };
	return h;
}

struct nlmsghdr *netlink_plain(struct nl *nl)
{
	return room(nl);
}

void netlink_commit(struct nl *nl, struct nlmsghdr *h)
{
	memcpy(nl->buf + nl->used, h, NLMSG_ALIGN(h->nlmsg_len));
	nl->used += NLMSG_ALIGN(h->nlmsg_len);
	secret_cleanse(nl->one, NL_REQUEST_MAX);
}

void netlink_whole(struct nl *nl)
{
	nl->whole = true;
}

bool netlink_flush(struct nl *nl, struct why *why)
{
	bool ok;

	send_batch(nl);
	ok = nl->first_errno == 0;
	if (!ok)
		why_set(why, "%s", nl->first.text);
	nl->first_errno = 0;
	nl->whole = false;
	return ok;
}

uint32_t netlink_port(const struct nl *nl)
{
	return mnl_socket_get_portid(nl->sock);
}

/* ---- questions ---- */

struct answer {
	void (*fn)(void *arg, const struct nlmsghdr *h);
	void *arg;
	bool any;
};

static int each(const struct nlmsghdr *h, void *data)
{
	struct answer *a = data;

	a->any = true;
	a->fn(a->arg, h);
	return MNL_CB_OK;
}

static bool ask(struct nl *nl, struct answer *a, uint32_t seq, bool dump)
{
	unsigned port = mnl_socket_get_portid(nl->sock);

	for (;;) {
		ssize_t n = mnl_socket_recvfrom(nl->sock, nl->answer, ANSWER_OCTETS);
		int r;

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return false;
		r = mnl_cb_run(nl->answer, (size_t)n, seq, port, each, a);
		if (r < 0)
			return false;
		if (r == MNL_CB_STOP || (!dump && a->any))
			return true;
	}
}

bool netlink_dump(struct nl *nl, uint16_t type, const void *extra, size_t extra_len,
	void (*fn)(void *arg, const struct nlmsghdr *h), void *arg, struct why *why)
{
	struct nlmsghdr *h = mnl_nlmsg_put_header(room(nl));
	struct answer a = { fn, arg, false };
	bool ok;

	h->nlmsg_type = type;
	h->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	h->nlmsg_seq = nl->seq++;
	if (extra_len > 0)
		memcpy(mnl_nlmsg_put_extra_header(h, extra_len), extra, extra_len);
	drain(nl);
	ok = mnl_socket_sendto(nl->sock, h, h->nlmsg_len) >= 0 && ask(nl, &a, h->nlmsg_seq, true);
	secret_cleanse(nl->answer, ANSWER_OCTETS);
	return ok || why_set(why, "netlink dump: %s", strerror(errno));
}

bool netlink_get(struct nl *nl, struct nlmsghdr *h, void (*fn)(void *arg, const struct nlmsghdr *h), void *arg)
{
	struct answer a = { fn, arg, false };
	bool ok;

	h->nlmsg_flags &= (uint16_t)~NLM_F_ACK;
	nl->npending--;
	drain(nl);
	ok = mnl_socket_sendto(nl->sock, h, h->nlmsg_len) >= 0 && ask(nl, &a, h->nlmsg_seq, false);
	secret_cleanse(nl->answer, ANSWER_OCTETS);
	return ok && a.any;
}
