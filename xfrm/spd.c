/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "xfrm/spd.h"
#include <arpa/inet.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/xfrm.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include "xfrm/nl.h"

/* ---- SAs ---- */

static void put_alg(struct nlmsghdr *h, uint16_t type, const char *name, struct bytes key)
{
	_Alignas(struct xfrm_algo) uint8_t room[sizeof(struct xfrm_algo) + CIPHER_KEY_MAX + 8] = { 0 };
	struct xfrm_algo *alg = (struct xfrm_algo *)(void *)room;

	if (key.n > sizeof(room) - sizeof(*alg))
		return;
	strncpy(alg->alg_name, name, sizeof(alg->alg_name) - 1);
	alg->alg_key_len = (unsigned)key.n * 8;
	if (key.n > 0)
		memcpy(alg->alg_key, key.p, key.n);
	mnl_attr_put(h, type, sizeof(*alg) + key.n, alg);
	secret_cleanse(room, sizeof(room));
}

static void put_auth(struct nlmsghdr *h, const struct esp_auth_alg *a, struct bytes key)
{
	_Alignas(struct xfrm_algo_auth) uint8_t room[sizeof(struct xfrm_algo_auth) + HASH_SIZE_MAX] = { 0 };
	struct xfrm_algo_auth *alg = (struct xfrm_algo_auth *)(void *)room;

	if (key.n > sizeof(room) - sizeof(*alg))
		return;
	strncpy(alg->alg_name, a->xfrm, sizeof(alg->alg_name) - 1);
	alg->alg_key_len = (unsigned)key.n * 8;
	alg->alg_trunc_len = a->icv * 8u;
	if (key.n > 0)
		memcpy(alg->alg_key, key.p, key.n);
	mnl_attr_put(h, XFRMA_ALG_AUTH_TRUNC, sizeof(*alg) + key.n, alg);
	secret_cleanse(room, sizeof(room));
}

static void put_aead(struct nlmsghdr *h, const struct esp_enc_alg *e, struct bytes key)
{
	_Alignas(struct xfrm_algo_aead) uint8_t room[sizeof(struct xfrm_algo_aead) + CIPHER_KEY_MAX + 8] = { 0 };
	struct xfrm_algo_aead *alg = (struct xfrm_algo_aead *)(void *)room;

	if (key.n > sizeof(room) - sizeof(*alg))
		return;
	strncpy(alg->alg_name, e->xfrm, sizeof(alg->alg_name) - 1);
	alg->alg_key_len = (unsigned)key.n * 8;
	alg->alg_icv_len = 128;
	if (key.n > 0)
		memcpy(alg->alg_key, key.p, key.n);
	mnl_attr_put(h, XFRMA_ALG_AEAD, sizeof(*alg) + key.n, alg);
	secret_cleanse(room, sizeof(room));
}

static void no_limits(struct xfrm_lifetime_cfg *l)
{
	l->soft_byte_limit = l->hard_byte_limit = XFRM_INF;
	l->soft_packet_limit = l->hard_packet_limit = XFRM_INF;
}

/*
 * A window of up to 1,024 packets (a bitmap, which the older attribute has only 32 of), without extended sequence numbers. Room is
 * for the largest, so that it can be closed and opened while the SA is in use.
 */
static void put_window(struct nlmsghdr *h, uint32_t window)
{
	_Alignas(struct xfrm_replay_state_esn) uint8_t room[sizeof(struct xfrm_replay_state_esn) + XFRM_WINDOW_MAX / 8] = { 0 };
	struct xfrm_replay_state_esn *r = (struct xfrm_replay_state_esn *)(void *)room;

	r->bmp_len = XFRM_WINDOW_MAX / 32;
	r->replay_window = window < XFRM_WINDOW_MAX ? window : XFRM_WINDOW_MAX;
	mnl_attr_put(h, XFRMA_REPLAY_ESN_VAL, sizeof(room), room);
}

static uint64_t span(uint64_t from, uint64_t to)
{
	return to > from ? to - from : 1;
}

static void put_added(struct nlmsghdr *h, uint64_t added, uint64_t packets, uint64_t octets, uint64_t used)
{
	struct xfrm_lifetime_cur l = { .bytes = octets, .packets = packets, .add_time = added, .use_time = used };

	mnl_attr_put(h, XFRMA_LTIME_VAL, sizeof(l), &l);
}

/* The whole SA; its life is counted from when it was added. */
static void put_sa(struct nl *nl, struct nlmsghdr *h, struct xfrm_usersa_info *x, const struct sa_spec *s, uint64_t added)
{
	const struct esp_enc_alg *enc = esp_enc_alg(s->sa->enc);

	x->sel.family = AF_INET;
	x->id.daddr.a4 = htonl(s->dst.a);
	x->id.spi = htonl(s->spi);
	x->id.proto = IPPROTO_ESP;
	x->saddr.a4 = htonl(s->src.a);
	x->family = AF_INET;
	x->mode = s->sa->transport ? XFRM_MODE_BEET : XFRM_MODE_TUNNEL;
	x->reqid = s->reqid;
	no_limits(&x->lft);
	x->lft.hard_add_expires_seconds = span(added, s->ends);
	if (s->retires)
		x->lft.soft_add_expires_seconds = span(added, s->retires);
	if (enc->combined) {
		put_aead(h, enc, s->sa->key);
	} else {
		put_alg(h, XFRMA_ALG_CRYPT, enc->xfrm, s->sa->key);
		if (s->sa->auth != ESP_AUTH_NONE)
			put_auth(h, esp_auth_alg(s->sa->auth), s->sa->auth_key);
	}
	if (s->window)
		put_window(h, s->window);
	if (s->oseq) {
		struct xfrm_replay_state r = { .oseq = s->oseq };

		mnl_attr_put(h, XFRMA_REPLAY_VAL, sizeof(r), &r);
	}
	netlink_commit(nl, h);
}

void sa_add(struct nl *nl, const struct sa_spec *s)
{
	struct xfrm_usersa_info *x;
	struct nlmsghdr *h = netlink_request(nl, XFRM_MSG_NEWSA, NLM_F_CREATE | NLM_F_EXCL, sizeof(*x), &x, "install SA", EEXIST);

	if (s->added)
		put_added(h, s->added, 0, 0, 0);
	put_sa(nl, h, x, s, s->added ? s->added : (uint64_t)time(NULL));
}

/* The kernel takes the limits of an update and leaves the rest as it is (xfrm_state_update). */
void sa_update_end(struct nl *nl, const struct sa_spec *s, const struct sa_seen *seen)
{
	struct xfrm_usersa_info *x;
	struct nlmsghdr *h = netlink_request(nl, XFRM_MSG_UPDSA, 0, sizeof(*x), &x, "end of SA", ESRCH);

	put_sa(nl, h, x, s, seen->added);
}

static void sa_id(struct xfrm_usersa_id *id, struct ip4 dst, uint32_t spi)
{
	id->daddr.a4 = htonl(dst.a);
	id->spi = htonl(spi);
	id->family = AF_INET;
	id->proto = IPPROTO_ESP;
}

void sa_remove(struct nl *nl, struct ip4 dst, uint32_t spi)
{
	struct xfrm_usersa_id *id;
	struct nlmsghdr *h = netlink_request(nl, XFRM_MSG_DELSA, 0, sizeof(*id), &id, "remove SA", ESRCH);

	sa_id(id, dst, spi);
	netlink_commit(nl, h);
}

void sa_set_oseq(struct nl *nl, struct ip4 dst, uint32_t spi, uint32_t oseq)
{
	struct xfrm_replay_state r = { .oseq = oseq };
	struct xfrm_aevent_id *id;
	struct nlmsghdr *h = netlink_request(nl, XFRM_MSG_NEWAE, NLM_F_REPLACE, sizeof(*id), &id, "set sequence number", ESRCH);

	sa_id(&id->sa_id, dst, spi);
	mnl_attr_put(h, XFRMA_REPLAY_VAL, sizeof(r), &r);
	netlink_commit(nl, h);
}

void sa_set_window(struct nl *nl, struct ip4 dst, uint32_t spi, uint32_t window)
{
	struct xfrm_aevent_id *id;
	struct nlmsghdr *h = netlink_request(nl, XFRM_MSG_NEWAE, NLM_F_REPLACE, sizeof(*id), &id, "set replay window", ESRCH);

	sa_id(&id->sa_id, dst, spi);
	put_window(h, window);
	netlink_commit(nl, h);
}

void sa_redate(struct nl *nl, const struct sa_spec *s, struct sa_seen *seen)
{
	struct xfrm_aevent_id *id;
	struct nlmsghdr *h = netlink_request(nl, XFRM_MSG_NEWAE, NLM_F_REPLACE, sizeof(*id), &id, "date of SA", ESRCH);

	seen->added = s->added ? s->added : (uint64_t)time(NULL);
	sa_id(&id->sa_id, s->dst, s->spi);
	put_added(h, seen->added, seen->packets, seen->octets, seen->used);
	netlink_commit(nl, h);
	sa_update_end(nl, s, seen);
}

static int oseq_attr(const struct nlattr *a, void *data)
{
	if (mnl_attr_get_type(a) == XFRMA_REPLAY_VAL && mnl_attr_get_payload_len(a) >= sizeof(struct xfrm_replay_state)) {
		struct xfrm_replay_state r;

		memcpy(&r, mnl_attr_get_payload(a), sizeof(r));
		*(uint32_t *)data = r.oseq;
	}
	return MNL_CB_OK;
}

/* Encryption and AEAD keys are laid out alike up to the key; of the two the first octets tell the SAs apart. */
static int key_attr(const struct nlattr *a, void *data)
{
	struct bytes *key = data;
	const struct xfrm_algo *alg = mnl_attr_get_payload(a);
	size_t head = mnl_attr_get_type(a) == XFRMA_ALG_AEAD ? sizeof(struct xfrm_algo_aead) : sizeof(*alg);

	if (mnl_attr_get_type(a) != XFRMA_ALG_CRYPT && mnl_attr_get_type(a) != XFRMA_ALG_AEAD)
		return MNL_CB_OK;
	if (mnl_attr_get_payload_len(a) >= head + alg->alg_key_len / 8)
		*key = bytes_of((const uint8_t *)alg + head, alg->alg_key_len / 8);
	return MNL_CB_OK;
}

static int window_attr(const struct nlattr *a, void *data)
{
	struct sa_seen *seen = data;
	struct xfrm_replay_state_esn r;

	if (mnl_attr_get_type(a) != XFRMA_REPLAY_ESN_VAL || mnl_attr_get_payload_len(a) < sizeof(r))
		return MNL_CB_OK;
	memcpy(&r, mnl_attr_get_payload(a), sizeof(r));
	seen->window = r.replay_window;
	seen->windowed = r.bmp_len == XFRM_WINDOW_MAX / 32;
	return MNL_CB_OK;
}

struct look {
	const struct sa_spec *want;
	bool same;
	struct sa_seen *seen;
};

static void looked(void *arg, const struct nlmsghdr *h)
{
	struct look *l = arg;
	struct bytes key = BYTES_NONE;
	struct xfrm_usersa_info x;

	if (h->nlmsg_type != XFRM_MSG_NEWSA || mnl_nlmsg_get_payload_len(h) < sizeof(x))
		return;
	memcpy(&x, mnl_nlmsg_get_payload(h), sizeof(x));
	mnl_attr_parse(h, sizeof(x), oseq_attr, &l->seen->oseq);
	mnl_attr_parse(h, sizeof(x), window_attr, l->seen);
	mnl_attr_parse(h, sizeof(x), key_attr, &key);
	l->seen->added = x.curlft.add_time;
	l->seen->ends = x.curlft.add_time + x.lft.hard_add_expires_seconds;
	l->seen->packets = x.curlft.packets;
	l->seen->octets = x.curlft.bytes;
	l->seen->used = x.curlft.use_time;
	l->same = x.reqid == l->want->reqid && x.saddr.a4 == htonl(l->want->src.a) &&
		  x.mode == (l->want->sa->transport ? XFRM_MODE_BEET : XFRM_MODE_TUNNEL) &&
		  secret_eq(key, l->want->sa->key);
}

enum sa_there sa_look(struct nl *nl, const struct sa_spec *s, struct sa_seen *seen)
{
	struct xfrm_usersa_id *id;
	struct nlmsghdr *h = netlink_request(nl, XFRM_MSG_GETSA, 0, sizeof(*id), &id, "read SA", ESRCH);
	struct look l = { .want = s, .seen = seen };
	bool there;

	*seen = (struct sa_seen){ 0 };
	sa_id(id, s->dst, s->spi);
	there = netlink_get(nl, h, looked, &l);
	return !there ? SA_ABSENT : l.same ? SA_SAME : SA_OTHER;
}

static void sa_read(void *arg, const struct nlmsghdr *h)
{
	struct sa_count *c = arg;
	struct xfrm_usersa_info x;

	if (h->nlmsg_type != XFRM_MSG_NEWSA || mnl_nlmsg_get_payload_len(h) < sizeof(x))
		return;
	memcpy(&x, mnl_nlmsg_get_payload(h), sizeof(x));
	c->packets = x.curlft.packets;
	c->bytes = x.curlft.bytes;
	c->integrity_failed = x.stats.integrity_failed;
	c->replay = x.stats.replay;
	mnl_attr_parse(h, sizeof(x), oseq_attr, &c->oseq);
}

bool sa_counters(struct nl *nl, struct ip4 dst, uint32_t spi, struct sa_count *out)
{
	struct xfrm_usersa_id *id;
	struct nlmsghdr *h = netlink_request(nl, XFRM_MSG_GETSA, 0, sizeof(*id), &id, "read SA", ESRCH);

	memset(out, 0, sizeof(*out));
	sa_id(id, dst, spi);
	return netlink_get(nl, h, sa_read, out);
}

struct sa_walk {
	void (*fn)(void *arg, const struct sa_found *f);
	void *arg;
};

static void sa_ours(void *arg, const struct nlmsghdr *h)
{
	struct sa_walk *w = arg;
	struct xfrm_usersa_info x;
	uint32_t oseq = 0;

	if (h->nlmsg_type != XFRM_MSG_NEWSA || mnl_nlmsg_get_payload_len(h) < sizeof(x))
		return;
	memcpy(&x, mnl_nlmsg_get_payload(h), sizeof(x));
	if (x.family != AF_INET || (x.reqid & 0xffff0000u) != XFRM_REQID_BASE)
		return;
	mnl_attr_parse(h, sizeof(x), oseq_attr, &oseq);
	w->fn(w->arg,
		&(struct sa_found){ { ntohl(x.saddr.a4) }, { ntohl(x.id.daddr.a4) }, ntohl(x.id.spi), x.reqid, oseq,
			x.mode == XFRM_MODE_BEET });
}

bool sa_each(struct nl *nl, void (*fn)(void *arg, const struct sa_found *f), void *arg, struct why *why)
{
	struct sa_walk w = { fn, arg };

	return netlink_dump(nl, XFRM_MSG_GETSA, NULL, 0, sa_ours, &w, why);
}

/* ---- policies ---- */

static void selector(struct xfrm_selector *s, const struct policy_spec *p)
{
	const struct dp_ace *a = &p->ace;

	s->family = AF_INET;
	s->saddr.a4 = htonl(a->src.a);
	s->prefixlen_s = (uint8_t)ip4_mask_bits(a->src_mask);
	s->daddr.a4 = htonl(a->dst.a);
	s->prefixlen_d = (uint8_t)ip4_mask_bits(a->dst_mask);
	s->proto = a->proto;
	s->sport = htons(a->sport);
	s->sport_mask = a->sport ? 0xffff : 0;
	s->dport = htons(a->dport);
	s->dport_mask = a->dport ? 0xffff : 0;
	s->ifindex = p->dir == POLICY_OUT ? p->ifindex : 0;
}

void policy_put(struct nl *nl, const struct policy_spec *p)
{
	struct xfrm_userpolicy_info *x;
	struct nlmsghdr *h = netlink_request(nl, XFRM_MSG_UPDPOLICY, 0, sizeof(*x), &x, "install policy", 0);

	selector(&x->sel, p);
	no_limits(&x->lft);
	x->priority = p->priority;
	x->dir = p->dir;
	x->action = XFRM_POLICY_ALLOW;
	if (p->protect) {
		struct xfrm_user_tmpl t = { .family = AF_INET, .reqid = p->reqid };

		t.id.proto = IPPROTO_ESP;
		t.mode = p->transport ? XFRM_MODE_BEET : XFRM_MODE_TUNNEL;
		t.saddr.a4 = htonl(p->src.a);
		t.id.daddr.a4 = htonl(p->dst.a);
		t.aalgos = t.ealgos = t.calgos = ~0u;
		/* Inbound: what came in clear is judged by nft, not here: LAN-to-WAN packets pass this check too. */
		t.optional = p->dir != POLICY_OUT;
		mnl_attr_put(h, XFRMA_TMPL, sizeof(t), &t);
	}
	netlink_commit(nl, h);
}

void policy_remove(struct nl *nl, const struct policy_spec *p)
{
	struct xfrm_userpolicy_id *id;
	struct nlmsghdr *h = netlink_request(nl, XFRM_MSG_DELPOLICY, 0, sizeof(*id), &id, "remove policy", ENOENT);

	selector(&id->sel, p);
	id->dir = p->dir;
	netlink_commit(nl, h);
}

#define CMP(x)                                                                                                          \
	do {                                                                                                            \
		if (a->x != b->x)                                                                                       \
			return a->x < b->x ? -1 : 1;                                                                    \
	} while (0)

int policy_cmp(const struct policy_spec *a, const struct policy_spec *b)
{
	CMP(dir);
	CMP(ifindex);
	CMP(ace.proto);
	CMP(ace.src.a);
	CMP(ace.src_mask.a);
	CMP(ace.dst.a);
	CMP(ace.dst_mask.a);
	CMP(ace.sport);
	CMP(ace.dport);
	return 0;
}

bool policy_acts_alike(const struct policy_spec *a, const struct policy_spec *b)
{
	if (a->priority != b->priority || a->blocks != b->blocks || a->protect != b->protect)
		return false;
	return !a->protect || (a->transport == b->transport && a->reqid == b->reqid && ip4_eq(a->src, b->src) && ip4_eq(a->dst, b->dst));
}

struct policy_walk {
	void (*fn)(void *arg, const struct policy_spec *p);
	void *arg;
};

static int template_attr(const struct nlattr *a, void *data)
{
	struct policy_spec *p = data;
	struct xfrm_user_tmpl t;

	if (mnl_attr_get_type(a) != XFRMA_TMPL || mnl_attr_get_payload_len(a) < sizeof(t))
		return MNL_CB_OK;
	memcpy(&t, mnl_attr_get_payload(a), sizeof(t));
	p->protect = true;
	p->transport = t.mode == XFRM_MODE_BEET;
	p->reqid = t.reqid;
	p->src.a = ntohl(t.saddr.a4);
	p->dst.a = ntohl(t.id.daddr.a4);
	return MNL_CB_OK;
}

static void policy_ours(void *arg, const struct nlmsghdr *h)
{
	struct policy_walk *w = arg;
	struct xfrm_userpolicy_info x;
	struct policy_spec p = { 0 };

	if (h->nlmsg_type != XFRM_MSG_NEWPOLICY || mnl_nlmsg_get_payload_len(h) < sizeof(x))
		return;
	memcpy(&x, mnl_nlmsg_get_payload(h), sizeof(x));
	if (x.sel.family != AF_INET || x.priority < XFRM_PRIO_BASE || x.priority >= XFRM_PRIO_END || x.dir > POLICY_FWD)
		return;
	p.dir = (enum policy_dir)x.dir;
	p.priority = x.priority;
	p.ifindex = x.sel.ifindex;
	p.ace.proto = x.sel.proto;
	p.ace.src.a = ntohl(x.sel.saddr.a4);
	p.ace.src_mask = ip4_mask(x.sel.prefixlen_s > 32 ? 32 : x.sel.prefixlen_s);
	p.ace.dst.a = ntohl(x.sel.daddr.a4);
	p.ace.dst_mask = ip4_mask(x.sel.prefixlen_d > 32 ? 32 : x.sel.prefixlen_d);
	p.ace.sport = ntohs(x.sel.sport);
	p.ace.dport = ntohs(x.sel.dport);
	p.blocks = x.action != XFRM_POLICY_ALLOW;
	mnl_attr_parse(h, sizeof(x), template_attr, &p);
	w->fn(w->arg, &p);
}

bool policy_each(struct nl *nl, void (*fn)(void *arg, const struct policy_spec *p), void *arg, struct why *why)
{
	struct policy_walk w = { fn, arg };

	return netlink_dump(nl, XFRM_MSG_GETPOLICY, NULL, 0, policy_ours, &w, why);
}
