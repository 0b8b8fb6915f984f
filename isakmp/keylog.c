/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "isakmp/keylog.h"

#ifdef GX_KEYLOG
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/time.h>
#include "isakmp/payloads.h"

#define ETHER 14
#define IP_UDP 28
#define PCAP_MAX 65535

static FILE *open_beside(const char *suffix)
{
	const char *name = getenv("GDOIX_KEYLOG");
	char path[4096];

	if (!name || !*name || snprintf(path, sizeof(path), "%s%s", name, suffix) >= (int)sizeof(path))
		return NULL;
	umask(077);
	return fopen(path, "ab");
}

static void hex(FILE *f, struct bytes b)
{
	for (size_t i = 0; i < b.n; i++)
		fprintf(f, "%02x", b.p[i]);
}

void keylog_phase1(const uint8_t icookie[8], struct bytes cipher_key)
{
	FILE *f = open_beside("");

	if (!f)
		return;
	hex(f, bytes_of(icookie, 8));
	fputc(',', f);
	hex(f, cipher_key);
	fputc('\n', f);
	fclose(f);
}

static uint16_t ip_sum(const uint8_t *p)
{
	uint32_t s = 0;

	for (unsigned i = 0; i < 20; i += 2)
		s += (uint32_t)(p[i] << 8 | p[i + 1]);
	s = (s & 0xffff) + (s >> 16);
	return (uint16_t) ~((s & 0xffff) + (s >> 16));
}

static void write_frame(FILE *f, struct bytes frame)
{
	/* pcap: little-endian numbers, link type 1 (Ethernet) */
	uint32_t head[6] = { 0xa1b2c3d4, 4u << 16 | 2u, 0, 0, PCAP_MAX, 1 };
	struct timeval now;
	uint32_t packet[4];

	gettimeofday(&now, NULL);
	packet[0] = (uint32_t)now.tv_sec;
	packet[1] = (uint32_t)now.tv_usec;
	packet[2] = packet[3] = (uint32_t)frame.n;
	if (ftell(f) == 0)
		fwrite(head, sizeof(head), 1, f);
	fwrite(packet, sizeof(packet), 1, f);
	fwrite(frame.p, frame.n, 1, f);
}

void keylog_plain(struct endpoint src, struct endpoint dst, struct bytes datagram)
{
	static uint8_t buf[PCAP_MAX];
	struct wr w = wr_init(buf, sizeof(buf));
	size_t body;
	FILE *f;

	if (datagram.n < ISAKMP_HDR || datagram.n + ETHER + IP_UDP > sizeof(buf))
		return;
	f = open_beside(".pcap");
	if (!f)
		return;
	fseek(f, 0, SEEK_END);
	wr_zero(&w, 12);
	wr_u16(&w, 0x0800);
	wr_u32(&w, 0x45000000u | (uint32_t)(datagram.n + IP_UDP));
	wr_u32(&w, 0);
	wr_u32(&w, 0x40110000);
	wr_u32(&w, src.ip.a);
	wr_u32(&w, dst.ip.a);
	wr_fill16(&w, ETHER + 10, ip_sum(buf + ETHER));
	wr_u16(&w, src.port);
	wr_u16(&w, dst.port);
	wr_u16(&w, (uint16_t)(datagram.n + 8));
	wr_u16(&w, 0);
	body = w.n;
	wr_bytes(&w, datagram);
	buf[body + 19] &= (uint8_t)~ISAKMP_FLAG_E;
	wr_fill32(&w, body + 24, (uint32_t)datagram.n);
	write_frame(f, wr_done(&w));
	fclose(f);
}
#endif
