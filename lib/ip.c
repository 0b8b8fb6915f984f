/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>
#include "lib/ip.h"

/* One number 0..255 without leading zeros; moves *s past it. */
static bool octet(const char **s, uint32_t *out)
{
	const char *p = *s;
	uint32_t v = 0;

	if (*p < '0' || *p > '9' || (*p == '0' && p[1] >= '0' && p[1] <= '9'))
		return false;
	for (; *p >= '0' && *p <= '9'; p++) {
		v = v * 10 + (uint32_t)(*p - '0');
		if (v > 255)
			return false;
	}
	*s = p;
	*out = v;
	return true;
}

bool ip4_parse(const char *s, struct ip4 *out)
{
	uint32_t a = 0, v;

	for (int i = 0; i < 4; i++) {
		if (i && *s++ != '.')
			return false;
		if (!octet(&s, &v))
			return false;
		a = a << 8 | v;
	}
	if (*s)
		return false;
	out->a = a;
	return true;
}

char *ip4_str(struct ip4 ip, char *buf)
{
	snprintf(buf, IP4_TEXT, "%u.%u.%u.%u", ip.a >> 24 & 255, ip.a >> 16 & 255, ip.a >> 8 & 255, ip.a & 255);
	return buf;
}

const char *ip4_s(struct ip4 ip)
{
	static char buf[8][IP4_TEXT];
	static unsigned next;

	return ip4_str(ip, buf[next++ % 8]);
}

bool ip4_multicast(struct ip4 a)
{
	return a.a >> 28 == 14;
}

struct ip4 ip4_mask(unsigned bits)
{
	if (bits == 0)
		return (struct ip4){ 0 };
	return (struct ip4){ bits >= 32 ? UINT32_MAX : UINT32_MAX << (32 - bits) };
}

int ip4_mask_bits(struct ip4 mask)
{
	int bits = __builtin_popcount(mask.a);

	return ip4_mask((unsigned)bits).a == mask.a ? bits : -1;
}
