/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A group member without a network, for the tests gdoi_gm*: policy and keys are handed to it as if a key server had sent them, PUSHes
 * are made here, the data plane remembers, and the clock is virtual. Exchanges with a key server are in tests/sim.
 */
#pragma once
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include "gdoi/gm.h"
#include "gdoi_hex.h"
#include "isakmp/isakmp.h"
#include "lib/clock.h"
#include "lib/net.h"
#include "lib/rng.h"
#include "lib/text.h"
#include "lib/why.h"

#define COUNT(id) syslog_count(lab.log, MSG_##id)

struct fake_sa {
	uint32_t spi, family;
	bool out;
	uint64_t remaining;
};

struct lab {
	struct env env;
	struct syslog *log;
	struct config *config;
	struct isakmp *isakmp;
	struct gdoi *g;
	struct gm *gm;
	struct net net;
	struct dataplane dp;
	struct fake_sa sa[64];
	unsigned nsa, npolicy, nace;
	struct dp_ace ace[64];
	enum dp_mode mode;
	bool added, broken, absent;
	uint8_t sent[256];		/* last datagram from the member */
	size_t nsent;
	unsigned sends;
	struct ip4 joined;
	char tried[32][IP4_TEXT];	/* key servers of GM_REGSTER, in order */
	uint64_t tried_at[32];
	unsigned ntried;
	uint64_t pseudotime, errors;
	unsigned period;		/* of RECV_DELETE_IMMEDIATE */
};

extern struct lab lab;

/* A member of group GET with key servers 10.0.8.1 and 10.0.9.1 on eth0. */
void lab_up(void);
void lab_down(void);
struct cfg *lab_cfg(void);
struct cfg_group *lab_group(void);
/* The configuration as it is now reaches the member. */
void lab_sync(void);
void lab_run_to(uint64_t t);
void lab_run(uint64_t us);

/* ---- what a key server sends ---- */

struct news {
	struct gdoi_sa sa;
	struct gdoi_kd kd;
	struct gdoi_sat sat[8];
	struct gdoi_kd_tek tek[8];
	struct gdoi_kd_kek kek;
	struct hex spki;
};

extern const uint8_t lab_keys[96];
/* One permit per call, 10.NET/16 to 10/8; the KD packet once per SPI. */
void news_tek(struct news *n, uint32_t spi, uint32_t left, uint32_t configured, unsigned netw, enum esp_enc enc);
void news_kek(struct news *n, uint8_t id, uint32_t lifetime, struct ip4 dst);
/* It comes as a registration's. */
void lab_pull(struct news *n, uint32_t seq);
/* Registered: one TEK of 'left' seconds and a KEK. */
void lab_registered(uint32_t spi, uint32_t left, uint32_t configured);
/* Signed with the key of news_kek; the caller frees it. */
struct secret lab_make_push(uint8_t kek_id, uint32_t seq, const struct news *n, const struct gdoi_delete *del, unsigned ndel,
	bool good_sig);
void lab_deliver(const struct secret *s, uint32_t to);
/* Makes one and delivers it. */
void lab_push(uint8_t kek_id, uint32_t seq, const struct news *n, const struct gdoi_delete *del, unsigned ndel);

/* ---- what became of it ---- */

struct fake_sa *lab_sa(uint32_t spi);
/* SPI; 0: none */
uint32_t lab_sending(void);
struct gdoi_gm_info lab_info(void);
