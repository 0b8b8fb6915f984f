/* SPDX-License-Identifier: GPL-3.0-or-later */
/* IPv4 addresses and UDP endpoints. Addresses are host-order numbers so that masks and comparisons read plainly. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ip4 {
	uint32_t a;
};

struct endpoint {
	struct ip4 ip;
	uint16_t port;
};

#define IP4_TEXT 16	/* "255.255.255.255" and its NUL */

/* Strict dotted quad; leading zeros are refused as IOS does. False leaves *out alone. */
bool ip4_parse(const char *s, struct ip4 *out);
/* Writes into buf (at least IP4_TEXT) and returns it. */
char *ip4_str(struct ip4 ip, char *buf);
/* The same into one of 8 rotating static buffers: for printf arguments on the loop's thread only. */
const char *ip4_s(struct ip4 ip);
static inline bool ip4_eq(struct ip4 a, struct ip4 b)
{
	return a.a == b.a;
}
static inline bool ip4_none(struct ip4 a)
{
	return a.a == 0;
}
bool ip4_multicast(struct ip4 a);
/* 24 -> 255.255.255.0; bits 0 to 32. */
struct ip4 ip4_mask(unsigned bits);
/* The prefix length of a contiguous mask, -1 of another. */
int ip4_mask_bits(struct ip4 mask);
static inline bool endpoint_eq(struct endpoint a, struct endpoint b)
{
	return a.ip.a == b.ip.a && a.port == b.port;
}
