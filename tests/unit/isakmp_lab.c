/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>
#include "isakmp_lab.h"
#include "lib/mem.h"

static void arrive(void *arg)
{
	struct lab_packet *p = arg;
	struct lab *lab = p->lab;

	DL_DELETE(lab->flying, p);
	for (unsigned i = 0; i < lab->hosts; i++) {
		if (ip4_eq(lab->host[i].ip, p->dst.ip)) {
			const struct datagram d = { p->src, p->dst, bytes_of(p->body->octets, p->body->n) };

			lab->delivered++;
			isakmp_input(lab->host[i].ik, &d);
		}
	}
	free(p->body);
	free(p);
}

static bool lab_send(struct net *n, struct endpoint src, struct endpoint dst, struct bytes body)
{
	struct lab_host *h = (struct lab_host *)(void *)n;
	struct lab *lab = h->lab;
	struct lab_packet first = { .lab = lab, .src = src, .dst = dst, .n = ++lab->sent };
	unsigned copies = 1;

	lab->octets += body.n;
	free(lab->last[h - lab->host]);
	lab->last[h - lab->host] = isakmp_save(body);
	lab->last_dst[h - lab->host] = dst;
	first.body = isakmp_save(body);
	if (lab->filter)
		copies = lab->filter(lab, &first);
	while (copies--) {
		struct lab_packet *p = mem_dup(&first, sizeof(first));

		p->body = isakmp_save(bytes_of(first.body->octets, first.body->n));
		timer_init(&p->timer, arrive, p);
		DL_APPEND(lab->flying, p);
		timer_arm(lab->timers, &p->timer, LAB_DELAY);
	}
	free(first.body);
	return true;
}

static struct ip4 lab_source(struct net *n, struct ip4 dst)
{
	return ((struct lab_host *)(void *)n)->ip;
}

static const struct net_ops ops = { .send = lab_send, .source_for = lab_source };

struct lab *lab_new(uint64_t seed)
{
	struct lab *lab = mem_zalloc(sizeof(*lab));

	lab->clock = clock_new_virtual(SEC(1000), SEC(1700000000));
	lab->timers = timers_new(lab->clock);
	lab->rng = rng_new_seeded(seed);
	lab->pool = pool_new_inline(lab->timers);
	lab->env = (struct env){ lab->clock, lab->timers, lab->rng, lab->pool };
	return lab;
}

void lab_free(struct lab *lab)
{
	struct lab_packet *p, *tmp;

	for (unsigned i = 0; i < lab->hosts; i++) {
		isakmp_free(lab->host[i].ik);
		config_free(lab->host[i].config);
		syslog_free(lab->host[i].log);
		free(lab->last[i]);
	}
	DL_FOREACH_SAFE(lab->flying, p, tmp) {
		timer_cancel(lab->timers, &p->timer);
		free(p->body);
		free(p);
	}
	pool_free(lab->pool);
	rng_free(lab->rng);
	timers_free(lab->timers);
	clock_free(lab->clock);
	free(lab);
}

static void on_gone(void *arg, struct isakmp_sa *sa)
{
	((struct lab_host *)arg)->gone++;
}

struct lab_host *lab_add(struct lab *lab)
{
	struct lab_host *h = &lab->host[lab->hosts++];

	h->net.ops = &ops;
	h->lab = lab;
	h->ip.a = 0x0a000000 + lab->hosts;
	h->log = syslog_new(lab->clock);
	h->config = config_new(NULL);
	h->cfg = config_running(h->config);
	h->ik = isakmp_new(&lab->env, h->log, h->config, &h->net, (struct version){ 1, 0, 2 });
	isakmp_on_gone(h->ik, on_gone, h);
	lab_policy(h, 10, CIPHER_AES256, HASH_SHA256, DH_19, 86400);
	lab_key(h, "lab-key");
	return h;
}

void lab_policy(struct lab_host *h, uint32_t priority, enum cipher_id c, enum hash_id hash, enum dh_id g,
	uint32_t life)
{
	struct cfg_isakmp_policy *p = cfg_isakmp_policy_add(h->cfg, priority);

	p->auth = ISAKMP_AUTH_PSK;
	p->encr = c;
	p->hash = hash;
	p->group = g;
	p->lifetime = life;
	config_changed(h->config);
}

void lab_key(struct lab_host *h, const char *key)
{
	struct cfg_psk_id id;
	struct cfg_psk *p;

	memset(&id, 0, sizeof(id));
	p = cfg_psk_add(&h->cfg->isakmp_keys, &id);
	secret_free(&p->key);
	p->key = secret_copy(bytes_str(key));
	config_changed(h->config);
}

void lab_run(struct lab *lab, uint64_t usec)
{
	uint64_t end = clock_now(lab->clock) + usec, next;

	for (;;) {
		next = timers_next(lab->timers);
		if (next > end)
			break;
		if (next > clock_now(lab->clock))
			clock_advance(lab->clock, next);
		timers_run(lab->timers);
	}
	clock_advance(lab->clock, end);
}

static void connected(void *arg, struct isakmp_sa *sa, enum isakmp_fail why)
{
	struct lab_result *r = arg;

	r->calls++;
	r->sa = sa;
	r->why = why;
}

void lab_connect(struct lab_host *h, const struct lab_host *to, struct lab_result *r)
{
	const struct isakmp_want want = { .remote = to->ip };

	*r = (struct lab_result){ 0 };
	r->pending = isakmp_connect(h->ik, &want, connected, r);
}

struct lab *lab_pair(uint64_t seed, struct isakmp_sa **a, struct isakmp_sa **b)
{
	struct lab *lab = lab_new(seed);
	struct lab_host *x = lab_add(lab), *y = lab_add(lab);
	struct lab_result r;

	lab_connect(x, y, &r);
	lab_run(lab, SEC(2));
	*a = r.sa;
	*b = lab_sa(y);
	return lab;
}

void lab_inject(struct lab_host *h, struct endpoint src, struct bytes body)
{
	const struct datagram d = { src, lab_at(h), body };

	isakmp_input(h->ik, &d);
}

struct isakmp_sa *lab_sa(const struct lab_host *h)
{
	return h->ik->sas;
}

uint64_t lab_logged(const struct lab_host *h, int id)
{
	return syslog_count(h->log, id);
}

static unsigned keep_first(struct lab *lab, struct lab_packet *p)
{
	struct isakmp_saved **kept = lab->filter_arg;

	if (!*kept)
		*kept = isakmp_save(bytes_of(p->body->octets, p->body->n));
	return 0;
}

struct isakmp_saved *lab_first_message(struct lab_host *from, const struct lab_host *to)
{
	struct isakmp_saved *kept = NULL;
	struct lab_result r;

	from->lab->filter = keep_first;
	from->lab->filter_arg = &kept;
	lab_connect(from, to, &r);
	isakmp_connect_cancel(r.pending);
	from->lab->filter = NULL;
	return kept;
}
