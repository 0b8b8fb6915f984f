/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rules out of expressions (libnftnl), in the words of the recipe. Registers are the caller's: 32-bit ones, 0 and up. */
#pragma once
#include <stdbool.h>
#include <stdint.h>
#include "lib/ip.h"

struct nftnl_rule;

struct nftnl_rule *rule_new(const char *chain);
void rule_iif(struct nftnl_rule *r, const char *ifname);
void rule_oif(struct nftnl_rule *r, const char *ifname);
/* IP protocol equal, or not equal. */
void rule_proto(struct nftnl_rule *r, uint8_t proto, bool equal);
/* Source (offset 12) or destination (16) in a network; nothing for mask 0. */
void rule_addr(struct nftnl_rule *r, unsigned offset, struct ip4 ip, struct ip4 mask);
/* Source (0) or destination (2) port; the protocol was matched before. */
void rule_port(struct nftnl_rule *r, unsigned offset, uint16_t port);
/* ESP: SPI equal; sequence number below or above. */
void rule_spi(struct nftnl_rule *r, uint32_t spi);
void rule_seq_below(struct nftnl_rule *r, uint32_t limit);
void rule_seq_above(struct nftnl_rule *r, uint32_t limit);
/* SPI in a named set. */
void rule_spi_in(struct nftnl_rule *r, const char *set, uint32_t set_id);
/* Whether the packet came through (secpath) or will go through (route) IPsec. */
void rule_decrypted(struct nftnl_rule *r, bool yes);
void rule_to_encrypt(struct nftnl_rule *r);
void rule_stash(struct nftnl_rule *r);		/* mark := source, priority := destination */
void rule_restore(struct nftnl_rule *r);	/* and back, both cleared */
/* The same in two steps: the destination, the source waiting in priority; then the source, when there is one. */
void rule_restore_destination(struct nftnl_rule *r);
void rule_restore_source(struct nftnl_rule *r);
void rule_set_daddr(struct nftnl_rule *r, struct ip4 ip);
void rule_syn(struct nftnl_rule *r);		/* TCP with SYN set and RST clear */
void rule_clamp_mss(struct nftnl_rule *r, uint16_t mss);
void rule_defrag(struct nftnl_rule *r);		/* never matches; its being there turns reassembly on */
void rule_count(struct nftnl_rule *r, const char *object);
/* Tells user space (NFT_LOG_GROUP), at most five times a second; the packet goes on. */
void rule_log(struct nftnl_rule *r, const char *prefix);
void rule_jump(struct nftnl_rule *r, const char *chain);
/* Sets or clears DF. */
void rule_df(struct nftnl_rule *r, bool set);
void rule_verdict(struct nftnl_rule *r, bool accept);
