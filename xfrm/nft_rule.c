/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "xfrm/nft_rule.h"
#include <arpa/inet.h>
#include <stdio.h>
#include <libnftnl/expr.h>
#include <libnftnl/rule.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <net/if.h>
#include <netinet/in.h>
#include <string.h>
#include "xfrm/nft.h"

#define R0 NFT_REG32_00
#define R1 NFT_REG32_01

enum { IP_FRAG_AT = 6, IP_PROTO_AT = 9,
	 IP_SRC_AT = 12, IP_DST_AT = 16, IP_CSUM_AT = 10, ESP_SEQ_AT = 4, TCP_FLAGS_AT = 13, TCPOPT_MSS = 2 };

struct nftnl_rule *rule_new(const char *chain)
{
	struct nftnl_rule *r = nftnl_rule_alloc();

	if (r) {
		nftnl_rule_set_str(r, NFTNL_RULE_TABLE, NFT_TABLE);
		nftnl_rule_set_str(r, NFTNL_RULE_CHAIN, chain);
		nftnl_rule_set_u32(r, NFTNL_RULE_FAMILY, NFPROTO_IPV4);
	}
	return r;
}

static struct nftnl_expr *expr(struct nftnl_rule *r, const char *name)
{
	struct nftnl_expr *e = nftnl_expr_alloc(name);

	nftnl_rule_add_expr(r, e);
	return e;
}

static void cmp(struct nftnl_rule *r, uint32_t reg, uint32_t op, const void *data, uint32_t n)
{
	struct nftnl_expr *e = expr(r, "cmp");

	nftnl_expr_set_u32(e, NFTNL_EXPR_CMP_SREG, reg);
	nftnl_expr_set_u32(e, NFTNL_EXPR_CMP_OP, op);
	nftnl_expr_set(e, NFTNL_EXPR_CMP_DATA, data, n);
}

static void load(struct nftnl_rule *r, uint32_t base, uint32_t offset, uint32_t n, uint32_t reg)
{
	struct nftnl_expr *e = expr(r, "payload");

	nftnl_expr_set_u32(e, NFTNL_EXPR_PAYLOAD_BASE, base);
	nftnl_expr_set_u32(e, NFTNL_EXPR_PAYLOAD_OFFSET, offset);
	nftnl_expr_set_u32(e, NFTNL_EXPR_PAYLOAD_LEN, n);
	nftnl_expr_set_u32(e, NFTNL_EXPR_PAYLOAD_DREG, reg);
}

/* A field of the IP header, with the header's checksum put right. */
static void store(struct nftnl_rule *r, uint32_t offset, uint32_t n, uint32_t reg)
{
	struct nftnl_expr *e = expr(r, "payload");

	nftnl_expr_set_u32(e, NFTNL_EXPR_PAYLOAD_BASE, NFT_PAYLOAD_NETWORK_HEADER);
	nftnl_expr_set_u32(e, NFTNL_EXPR_PAYLOAD_OFFSET, offset);
	nftnl_expr_set_u32(e, NFTNL_EXPR_PAYLOAD_LEN, n);
	nftnl_expr_set_u32(e, NFTNL_EXPR_PAYLOAD_SREG, reg);
	nftnl_expr_set_u32(e, NFTNL_EXPR_PAYLOAD_CSUM_TYPE, NFT_PAYLOAD_CSUM_INET);
	nftnl_expr_set_u32(e, NFTNL_EXPR_PAYLOAD_CSUM_OFFSET, IP_CSUM_AT);
}

static void mask_xor(struct nftnl_rule *r, uint32_t reg, uint32_t len, const void *bits, const void *flip)
{
	struct nftnl_expr *e = expr(r, "bitwise");

	nftnl_expr_set_u32(e, NFTNL_EXPR_BITWISE_SREG, reg);
	nftnl_expr_set_u32(e, NFTNL_EXPR_BITWISE_DREG, reg);
	nftnl_expr_set_u32(e, NFTNL_EXPR_BITWISE_LEN, len);
	nftnl_expr_set(e, NFTNL_EXPR_BITWISE_MASK, bits, len);
	nftnl_expr_set(e, NFTNL_EXPR_BITWISE_XOR, flip, len);
}

static void mask(struct nftnl_rule *r, uint32_t reg, uint32_t len, const void *bits)
{
	const uint32_t zero = 0;

	mask_xor(r, reg, len, bits, &zero);
}

static void meta(struct nftnl_rule *r, uint32_t key, uint32_t reg, bool set)
{
	struct nftnl_expr *e = expr(r, "meta");

	nftnl_expr_set_u32(e, NFTNL_EXPR_META_KEY, key);
	nftnl_expr_set_u32(e, set ? NFTNL_EXPR_META_SREG : NFTNL_EXPR_META_DREG, reg);
}

static void immediate(struct nftnl_rule *r, uint32_t reg, const void *data, uint32_t n)
{
	struct nftnl_expr *e = expr(r, "immediate");

	nftnl_expr_set_u32(e, NFTNL_EXPR_IMM_DREG, reg);
	nftnl_expr_set(e, NFTNL_EXPR_IMM_DATA, data, n);
}

static void ifname(struct nftnl_rule *r, uint32_t key, const char *name)
{
	char padded[IFNAMSIZ] = { 0 };

	strncpy(padded, name, sizeof(padded) - 1);
	meta(r, key, NFT_REG_1, false);
	cmp(r, NFT_REG_1, NFT_CMP_EQ, padded, sizeof(padded));
}

void rule_iif(struct nftnl_rule *r, const char *name)
{
	ifname(r, NFT_META_IIFNAME, name);
}

void rule_oif(struct nftnl_rule *r, const char *name)
{
	ifname(r, NFT_META_OIFNAME, name);
}

void rule_proto(struct nftnl_rule *r, uint8_t proto, bool equal)
{
	load(r, NFT_PAYLOAD_NETWORK_HEADER, IP_PROTO_AT, 1, R0);
	cmp(r, R0, equal ? NFT_CMP_EQ : NFT_CMP_NEQ, &proto, 1);
}

void rule_addr(struct nftnl_rule *r, unsigned offset, struct ip4 ip, struct ip4 m)
{
	uint32_t a = htonl(ip.a & m.a), bits = htonl(m.a);

	if (m.a == 0)
		return;
	load(r, NFT_PAYLOAD_NETWORK_HEADER, offset, 4, R0);
	if (m.a != 0xffffffffu)
		mask(r, R0, 4, &bits);
	cmp(r, R0, NFT_CMP_EQ, &a, 4);
}

void rule_port(struct nftnl_rule *r, unsigned offset, uint16_t port)
{
	uint16_t p = htons(port);

	load(r, NFT_PAYLOAD_TRANSPORT_HEADER, offset, 2, R0);
	cmp(r, R0, NFT_CMP_EQ, &p, 2);
}

void rule_spi(struct nftnl_rule *r, uint32_t spi)
{
	uint32_t s = htonl(spi);

	load(r, NFT_PAYLOAD_TRANSPORT_HEADER, 0, 4, R0);
	cmp(r, R0, NFT_CMP_EQ, &s, 4);
}

static void seq(struct nftnl_rule *r, uint32_t op, uint32_t limit)
{
	uint32_t l = htonl(limit);	/* compared octet by octet: network order is the right one */

	load(r, NFT_PAYLOAD_TRANSPORT_HEADER, ESP_SEQ_AT, 4, R0);
	cmp(r, R0, op, &l, 4);
}

void rule_seq_below(struct nftnl_rule *r, uint32_t limit)
{
	seq(r, NFT_CMP_LT, limit);
}

void rule_seq_above(struct nftnl_rule *r, uint32_t limit)
{
	seq(r, NFT_CMP_GT, limit);
}

void rule_spi_in(struct nftnl_rule *r, const char *set, uint32_t set_id)
{
	struct nftnl_expr *e;

	load(r, NFT_PAYLOAD_TRANSPORT_HEADER, 0, 4, R0);
	e = expr(r, "lookup");
	nftnl_expr_set_u32(e, NFTNL_EXPR_LOOKUP_SREG, R0);
	nftnl_expr_set_str(e, NFTNL_EXPR_LOOKUP_SET, set);
	nftnl_expr_set_u32(e, NFTNL_EXPR_LOOKUP_SET_ID, set_id);
}

void rule_decrypted(struct nftnl_rule *r, bool yes)
{
	uint8_t v = yes;

	meta(r, NFT_META_SECPATH, R0, false);
	cmp(r, R0, NFT_CMP_EQ, &v, 1);
}

void rule_to_encrypt(struct nftnl_rule *r)
{
	struct nftnl_expr *e = expr(r, "rt");
	uint8_t one = 1;

	nftnl_expr_set_u32(e, NFTNL_EXPR_RT_KEY, NFT_RT_XFRM);
	nftnl_expr_set_u32(e, NFTNL_EXPR_RT_DREG, R0);
	cmp(r, R0, NFT_CMP_EQ, &one, 1);
}

void rule_stash(struct nftnl_rule *r)
{
	load(r, NFT_PAYLOAD_NETWORK_HEADER, IP_SRC_AT, 4, R0);
	meta(r, NFT_META_MARK, R0, true);
	load(r, NFT_PAYLOAD_NETWORK_HEADER, IP_DST_AT, 4, R1);
	meta(r, NFT_META_PRIORITY, R1, true);
}

void rule_restore(struct nftnl_rule *r)
{
	const uint32_t zero = 0;

	meta(r, NFT_META_MARK, R0, false);
	store(r, IP_SRC_AT, 4, R0);
	meta(r, NFT_META_PRIORITY, R0, false);
	store(r, IP_DST_AT, 4, R0);
	immediate(r, R0, &zero, sizeof(zero));
	meta(r, NFT_META_MARK, R0, true);
	meta(r, NFT_META_PRIORITY, R0, true);
}

void rule_restore_destination(struct nftnl_rule *r)
{
	const uint32_t zero = 0;

	meta(r, NFT_META_PRIORITY, R0, false);
	store(r, IP_DST_AT, 4, R0);
	meta(r, NFT_META_MARK, R0, false);
	meta(r, NFT_META_PRIORITY, R0, true);
	immediate(r, R0, &zero, sizeof(zero));	/* a mark would have a say in the routing */
	meta(r, NFT_META_MARK, R0, true);
}

void rule_restore_source(struct nftnl_rule *r)
{
	const uint32_t zero = 0;

	meta(r, NFT_META_PRIORITY, R0, false);
	cmp(r, R0, NFT_CMP_NEQ, &zero, sizeof(zero));
	store(r, IP_SRC_AT, 4, R0);
	immediate(r, R0, &zero, sizeof(zero));
	meta(r, NFT_META_PRIORITY, R0, true);
}

void rule_set_daddr(struct nftnl_rule *r, struct ip4 ip)
{
	uint32_t a = htonl(ip.a);

	immediate(r, R0, &a, sizeof(a));
	store(r, IP_DST_AT, 4, R0);
}

void rule_syn(struct nftnl_rule *r)
{
	const uint8_t bits = 0x06, syn = 0x02;

	rule_proto(r, IPPROTO_TCP, true);
	load(r, NFT_PAYLOAD_TRANSPORT_HEADER, TCP_FLAGS_AT, 1, R0);
	mask(r, R0, 1, &bits);
	cmp(r, R0, NFT_CMP_EQ, &syn, 1);
}

/* exthdr reads and writes the option in place; the kernel only ever lowers a larger value (nft_exthdr_tcp_set_eval). */
void rule_clamp_mss(struct nftnl_rule *r, uint16_t mss)
{
	uint16_t m = htons(mss);
	struct nftnl_expr *e;

	immediate(r, R0, &m, sizeof(m));
	e = expr(r, "exthdr");
	nftnl_expr_set_u32(e, NFTNL_EXPR_EXTHDR_SREG, R0);
	nftnl_expr_set_u8(e, NFTNL_EXPR_EXTHDR_TYPE, TCPOPT_MSS);
	nftnl_expr_set_u32(e, NFTNL_EXPR_EXTHDR_OFFSET, 2);
	nftnl_expr_set_u32(e, NFTNL_EXPR_EXTHDR_LEN, 2);
	nftnl_expr_set_u32(e, NFTNL_EXPR_EXTHDR_OP, NFT_EXTHDR_OP_TCPOPT);
}

void rule_defrag(struct nftnl_rule *r)
{
	const uint16_t port = htons(1);
	struct nftnl_expr *e;

	rule_proto(r, IPPROTO_TCP, true);
	rule_addr(r, IP_DST_AT, (struct ip4){ 0xffffffffu }, ip4_mask(32));
	immediate(r, R0, &port, sizeof(port));
	e = expr(r, "tproxy");
	nftnl_expr_set_u32(e, NFTNL_EXPR_TPROXY_FAMILY, NFPROTO_IPV4);
	nftnl_expr_set_u32(e, NFTNL_EXPR_TPROXY_REG_PORT, R0);
}

void rule_count(struct nftnl_rule *r, const char *object)
{
	struct nftnl_expr *e = expr(r, "objref");

	nftnl_expr_set_u32(e, NFTNL_EXPR_OBJREF_IMM_TYPE, NFT_OBJECT_COUNTER);
	nftnl_expr_set_str(e, NFTNL_EXPR_OBJREF_IMM_NAME, object);
}

void rule_log(struct nftnl_rule *r, const char *prefix)
{
	struct nftnl_expr *e = expr(r, "limit");

	nftnl_expr_set_u64(e, NFTNL_EXPR_LIMIT_RATE, 5);
	nftnl_expr_set_u64(e, NFTNL_EXPR_LIMIT_UNIT, 1);
	nftnl_expr_set_u32(e, NFTNL_EXPR_LIMIT_BURST, 5);
	nftnl_expr_set_u32(e, NFTNL_EXPR_LIMIT_TYPE, NFT_LIMIT_PKTS);
	e = expr(r, "log");
	nftnl_expr_set_str(e, NFTNL_EXPR_LOG_PREFIX, prefix);
	nftnl_expr_set_u16(e, NFTNL_EXPR_LOG_GROUP, NFT_LOG_GROUP);
	nftnl_expr_set_u32(e, NFTNL_EXPR_LOG_SNAPLEN, 64);
}

void rule_jump(struct nftnl_rule *r, const char *chain)
{
	struct nftnl_expr *e = expr(r, "immediate");

	nftnl_expr_set_u32(e, NFTNL_EXPR_IMM_DREG, NFT_REG_VERDICT);
	nftnl_expr_set_u32(e, NFTNL_EXPR_IMM_VERDICT, (uint32_t)NFT_JUMP);
	nftnl_expr_set_str(e, NFTNL_EXPR_IMM_CHAIN, chain);
}

void rule_df(struct nftnl_rule *r, bool set)
{
	const uint16_t bits = htons(0xbfff), df = htons(set ? 0x4000 : 0);

	load(r, NFT_PAYLOAD_NETWORK_HEADER, IP_FRAG_AT, 2, R0);
	mask_xor(r, R0, 2, &bits, &df);
	store(r, IP_FRAG_AT, 2, R0);
}

void rule_verdict(struct nftnl_rule *r, bool accept)
{
	struct nftnl_expr *e = expr(r, "immediate");

	nftnl_expr_set_u32(e, NFTNL_EXPR_IMM_DREG, NFT_REG_VERDICT);
	nftnl_expr_set_u32(e, NFTNL_EXPR_IMM_VERDICT, accept ? NF_ACCEPT : NF_DROP);
}
