/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Inside the group member: one group's registration, keys and policy. gm.c keeps it in step with configuration and time,
 * gm_pull.c registers, gm_push.c takes rekeys, gm_check.c judges what a key server sends, gm_policy.c installs it, gm_keys.c
 * holds the keys, gm_dp.c tells the data plane.
 */
#pragma once
#include "gdoi/engine.h"
#include "gdoi/push.h"

#define GM_IFS 16		/* interfaces one group's crypto map may stand on */
#define GM_KEKS 4		/* Rekey SAs kept for receiving */
#define GM_TEKS 2048		/* TEKs of one group at once */
#define GM_ECHOES 4		/* accepted PUSHes whose retransmissions are acknowledged again */
#define GM_SWITCH DP_SWITCH
#define GM_RETRY 10		/* s from one attempt at a key server to the next; a silent one is given no longer */
#define GM_TRIES 4		/* attempts before the next key server: one and three more */
#define GM_ATTEMPT 25		/* s an attempt may take once the key server has answered */
#define GM_REFUSED 60		/* s before a key server whose policy was refused is asked again */
#define GM_NEVER UINT64_MAX

struct gm_tek {
	UT_hash_handle hh;		/* by spi */
	uint32_t spi;
	uint32_t batch, order;		/* the message that brought it and its place there */
	uint32_t family;		/* as dp_sa.family */
	struct dp_ace first;		/* its first selector: tells which TEKs replace one another */
	enum esp_enc enc;
	enum esp_auth auth;
	bool transport;
	uint32_t replay, window;	/* as on the wire */
	uint64_t configured;		/* s */
	uint64_t begin;			/* ms of pseudotime; 0 = not told */
	uint64_t end;			/* monotonic µs */
	uint64_t retire;		/* when a newer one takes over sending */
	struct secret key, auth_key;
	bool receive;			/* others may send with it, we do not */
	bool unnamed;			/* the key server that we registered with since does not know it: to receive on, as long as there is another */
	bool sending;
};

struct gm_kek {
	struct gm_kek *next;		/* newest first */
	struct kek kek;
	struct rsa_key *pub;
	struct gdoi_sak sak;
	struct ip4 server;
	uint32_t conn_id;
	uint32_t seq, prev_seq;		/* last accepted */
	bool fresh;			/* no PUSH accepted yet */
	uint64_t end;			/* monotonic µs */
};

struct gm_echo {			/* an accepted PUSH, should it come again because our answer was lost */
	uint8_t hash[HASH_SIZE_MAX];
	uint8_t ack[128];
	size_t nack;
	struct endpoint from, to;
};

enum gm_pull_state { PULL_IDLE, PULL_CONNECT, PULL_SA, PULL_KD };

struct gm_pull {
	enum gm_pull_state state;
	struct isakmp_pending *pending;
	struct isakmp_xchg *xchg;
	struct gdoi_wire wire;
	uint8_t ni[32], nr[256];
	size_t nnr;
	struct gdoi_sa sa;		/* of message 2 */
};

struct gm {
	struct gdoi *g;
	char group[GDOI_NAME];
	/* as configured */
	bool active;			/* complete, attached: registers and stays registered */
	bool attached, told_incomplete, told_down;
	unsigned nif;
	char ifname[GM_IFS][CFG_NAME];
	struct ip4 local;
	struct gdoi_group_id id;
	bool passive, fail_close, fail_revert;
	uint32_t direction;		/* enum gdoi_direction: the operator's */
	struct dp_ace *own;		/* local deny entries */
	unsigned nown;
	struct dp_ace *closed;		/* fail-close ACL and what stands behind it */
	unsigned nclosed;
	/* registration */
	enum gdoi_gm_state state;
	bool peer_gdoix;		/* the key server is of our own kind: private numbers */
	bool trying;			/* the ring runs */
	bool fresh;			/* the last phase-1 SA stopped answering: not that one again */
	unsigned server, tries;
	uint64_t begun;			/* the attempt */
	struct ip4 registered_with;
	struct timer retry;		/* ends an attempt, begins the next */
	struct gm_pull pull;
	uint64_t rereg_at, rereg_for;	/* planned re-registration, and the key's end it is for */
	uint64_t registered_at;
	uint32_t succeeded, attempted;
	char refused[160];
	/* keys and policy */
	struct gm_tek *teks;
	struct gm_kek *keks;
	uint32_t batch;
	uint32_t families;		/* numbers given out */
	struct dp_ace *ace;		/* downloaded policy */
	unsigned nace;
	bool has_policy, receive_only, told_no_tek, transport_known, unicast;
	uint32_t dtd;			/* s */
	struct timer due;		/* the next end of a key, switch, or re-registration */
	struct dp_ace *told;		/* what the data plane was told last */
	unsigned ntold;
	enum dp_mode mode;
	bool mode_told;
	char dp_problem[160];
	bool dp_bad;			/* refused something since the installation that runs began */
	struct ip4 joined;
	/* rekeys */
	uint32_t rekeys, rekeys_after_reg, acks_sent, last_seq;
	struct ip4 last_from;
	uint64_t last_rekey;		/* monotonic µs; GM_NEVER */
	struct gm_echo echo[GM_ECHOES];
	unsigned echo_next;
	struct timer ack_timer;		/* a multicast PUSH is acknowledged after 0 to 5 s */
	unsigned ack_echo;
	struct ratelimit bad_push;
	/* time-based replay */
	bool has_pseudotime;
	uint64_t pt_base, pt_mono;	/* ms at monotonic µs */
	/* client recovery-check */
	struct timer recovery;
	bool recovering;		/* the planned registration is for that, no rekey was missed */
	uint64_t dp_errors;
};

uint64_t gm_now(const struct gm *gm);
const struct cfg_group *gm_cfg(const struct gm *gm);
/* The address a key server that we talk to has: that registered with, else the one tried. */
struct ip4 gm_server(const struct gm *gm);
struct ip4 gm_server_at(const struct gm *gm, unsigned i, unsigned *count);

/* ---- gm.c ---- */
/* Registers (again) after delay µs, from the first server of the list on. */
void gm_register(struct gm *gm, uint64_t delay);
void gm_attempt_failed(struct gm *gm, const char *reason);
/* The key server's policy cannot be used. */
void gm_attempt_refused(struct gm *gm, const char *reason);
void gm_attempt_done(struct gm *gm, struct ip4 server);
/* Lets go of keys and policy: the data plane falls back to fail-open or fail-close. */
void gm_forget(struct gm *gm);
/* Arms 'due' for whatever comes next; plans the re-registration. */
void gm_arm(struct gm *gm);

/* ---- gm_pull.c ---- */
void gm_pull_start(struct gm *gm, struct ip4 server);
void gm_pull_stop(struct gm *gm);
bool gm_pull_heard(const struct gm *gm);	/* the key server has answered something of this attempt */

/* ---- gm_push.c ---- */
void gm_push_init(struct gm *gm);
void gm_push_stop(struct gm *gm);

/* ---- gm_check.c: judging ---- */
/* SA alone (message 2 of PULL), then with its keys: false with why, nothing changed. */
bool gm_sa_check(const struct gm *gm, const struct cfg_group *c, const struct gdoi_sa *sa, struct why *why);
bool gm_kd_check(const struct gm *gm, const struct gdoi_sa *sa, const struct gdoi_kd *kd, struct why *why);

static inline bool gm_sat_esp(const struct gdoi_sat *s)
{
	return s->protocol_id != SAT_PROTO_DENY;
}
/* ESP SATs by SPI and in their order under each; TEK packets by SPI. To be freed. */
const struct gdoi_sat **gm_sats_sorted(const struct gdoi_sa *sa, unsigned *n);
const struct gdoi_kd_tek **gm_kd_sorted(const struct gdoi_kd *kd);
const struct gdoi_kd_tek *gm_kd_find(const struct gdoi_kd_tek **sorted, unsigned n, uint32_t spi);
const struct gdoi_kd_kek *gm_kd_kek(const struct gdoi_kd *kd, const uint8_t *spi);
struct gm_kek *gm_kek_held(const struct gm *gm, const uint8_t *spi);

/* ---- gm_policy.c: installing ---- */
struct gm_news {			/* checked policy and where it came from */
	const struct gdoi_sa *sa;
	const struct gdoi_kd *kd;
	bool pull;
	uint32_t seq;			/* PULL: of the SEQ payload */
	struct ip4 server;
	uint32_t replace;		/* 0, or as in the GAP */
};
void gm_install(struct gm *gm, const struct gm_news *n);

/* ---- gm_dp.c: turning into data plane calls ---- */
/* Tells the data plane mode and policy when they differ from what it was told. */
void gm_dp_policy(struct gm *gm);
void gm_dp_trouble(struct gm *gm, const struct why *why);
void gm_dp_attach(struct gm *gm);
void gm_dp_detach(struct gm *gm);
bool gm_dp_sa_in(struct gm *gm, const struct gm_tek *t);
/* Its end is another one than was told. */
void gm_dp_sa_ends(struct gm *gm, const struct gm_tek *t);
/* The one place that decides what happens to traffic. */
enum dp_mode gm_mode(const struct gm *gm);
/* Configured entries as the data plane takes them, 'eq' lists multiplied out; want: those that permit or that deny.
 * *skipped counts lines that cannot be said that way. */
struct dp_ace *gm_dp_aces(const struct cfg_acl *acl, bool permits, bool denies, unsigned *n, unsigned *skipped);

/* ---- gm_keys.c ---- */
struct gm_tek *gm_tek_find(const struct gm *gm, uint32_t spi);
void gm_tek_del(struct gm *gm, struct gm_tek *t);
void gm_teks_free(struct gm *gm);
void gm_kek_del(struct gm *gm, struct gm_kek *k);
void gm_keks_free(struct gm *gm);
/* Lets go of what is over; true when a TEK went. */
bool gm_keys_expire(struct gm *gm);
/* Chooses per family what to send with and tells the data plane. */
void gm_keys_select(struct gm *gm);
/* Old TEKs (all but those of the newest message when 'old') live on for MIN(left, MAX(90 s, MIN(5 %, 3600 s))). */
void gm_keys_shorten(struct gm *gm, bool old);
void gm_keys_drop_old(struct gm *gm);
/* Ends TEKs after the deactivation delay. spis NULL: all. */
void gm_keys_delete(struct gm *gm, const uint32_t *spis, unsigned n);
/* When the first family of the policy has no key left, and the configured life of its last one; GM_NEVER without TEKs. */
uint64_t gm_keys_end(const struct gm *gm, uint64_t *configured);
/* The next moment at which expire or select has something to do. */
uint64_t gm_keys_next(const struct gm *gm);
uint64_t gm_longest_life(const struct gm *gm);	/* s, configured */
unsigned gm_tek_count(const struct gm *gm);
/* All TEKs, newest first; to be freed. */
struct gm_tek **gm_teks_sorted(const struct gm *gm, unsigned *n);
void gm_join(struct gm *gm);
