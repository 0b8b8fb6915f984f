/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Requests to the kernel over netlink (libmnl), in batches: each request is acknowledged, an error comes back with the
 * kernel's own words (extended acknowledgement). Buffers are cleansed: SA requests carry keys.
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct nlmsghdr;
struct nl;
struct why;

/* bus: NETLINK_XFRM, NETLINK_NETFILTER, NETLINK_ROUTE. NULL with why. */
struct nl *netlink_open(int bus, struct why *why);
void netlink_close(struct nl *nl);

/*
 * Begins a request in the batch: header of 'type' with flags (NLM_F_REQUEST and NLM_F_ACK are added) and 'extra' octets of
 * zeroed family header, which *extra_out gets. At most NL_REQUEST_MAX octets with all attributes. what names it in errors;
 * tolerate is an errno that counts as success (EEXIST, ESRCH; 0: none).
 */
#define NL_REQUEST_MAX 4096
struct nlmsghdr *netlink_request(struct nl *nl, uint16_t type, uint16_t flags, size_t extra, void *extra_out, const char *what,
	int tolerate);
/* A message without acknowledgement (nftables batch begin and end). */
struct nlmsghdr *netlink_plain(struct nl *nl);
/* The request just begun is whole. Sends when the batch is full unless 'whole' batches were asked for. */
void netlink_commit(struct nl *nl, struct nlmsghdr *h);
/* nftables: everything until netlink_flush goes in one datagram. */
void netlink_whole(struct nl *nl);
/* Sends what is left and waits (at most two seconds) for all answers. False with the first error since the last flush. */
bool netlink_flush(struct nl *nl, struct why *why);
/* Who asks: what the kernel tells everybody of a change carries the asker's number. */
uint32_t netlink_port(const struct nl *nl);

/* A dump: fn for each message. */
bool netlink_dump(struct nl *nl, uint16_t type, const void *extra, size_t extra_len,
	void (*fn)(void *arg, const struct nlmsghdr *h), void *arg, struct why *why);
/* One request whose answer is a message (XFRM_MSG_GETSA): the request is begun with netlink_request and given here. False
 * when the kernel has none. */
bool netlink_get(struct nl *nl, struct nlmsghdr *h, void (*fn)(void *arg, const struct nlmsghdr *h), void *arg);
