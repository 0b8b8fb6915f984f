/* SPDX-License-Identifier: GPL-3.0-or-later */
/* isakmp_connect(): an SA that is there, a negotiation that is under way, or a new one. */
#include <stdio.h>
#include <stdlib.h>
#include "config/cfg.h"
#include "config/config.h"
#include "isakmp/phase1.h"
#include "lib/mem.h"

static void answer(void *arg)
{
	struct isakmp_pending *p = arg;

	DL_DELETE(p->ik->ready, p);
	p->done(p->arg, p->sa, p->why);
	free(p);
}

/* The answer is known; it goes out at the next turn of the loop. */
static void settle(struct isakmp_pending *p, struct isakmp_sa *sa, enum isakmp_fail why)
{
	p->sa = sa;
	p->why = why;
	DL_APPEND(p->ik->ready, p);
	timer_arm(p->ik->env->timers, &p->timer, 0);
}

static struct version announced(const struct isakmp *ik, const struct isakmp_want *want)
{
	const struct version none = { 0, 0, 0 };

	return memcmp(&want->version, &none, sizeof(none)) ? want->version : ik->own;
}

/* Whoever waited for it does no more, and its first encrypted message is not answered: the peer cannot read it, and will not. */
static bool given_up(const struct isakmp_neg *n)
{
	return n->state == NEG_WAIT_6 && !n->pendings;
}

static struct isakmp_neg *under_way(struct isakmp *ik, const struct isakmp_want *want, struct ip4 local)
{
	struct version v = announced(ik, want);
	struct isakmp_neg *n;

	DL_FOREACH(ik->initiators, n)
		if (ip4_eq(n->remote.ip, want->remote) && ip4_eq(n->local.ip, local) && n->doi1 == want->doi1 &&
			!memcmp(&n->announced, &v, sizeof(v)) && !given_up(n))
			return n;
	return NULL;
}

/* What is missing for a phase 1 with this peer; ISAKMP_TIMEOUT: nothing. */
static enum isakmp_fail obstacle(struct isakmp *ik, struct ip4 local, struct ip4 remote)
{
	char text[128];
	unsigned n;

	if (ip4_none(local)) {
		report_setup(ik, local, remote, "no route to the peer");
		return ISAKMP_LOCAL_ERROR;
	}
	isakmp_policies(ik, &n);
	if (!n) {
		if (ik->npolicy_other)
			snprintf(text, sizeof(text),
				"none of %u isakmp policies can be used with 'authentication pre-share'",
				ik->npolicy_other);
		else
			snprintf(text, sizeof(text),
				"no 'crypto isakmp policy' is configured, and there is no default one");
		report_setup(ik, local, remote, text);
		return ISAKMP_NO_PROPOSAL;
	}
	if (!cfg_psk_for(config_running(ik->config), remote, local)) {
		ik->count.no_key++;
		report_no_key(ik, remote);
		return ISAKMP_NO_KEY;
	}
	return ISAKMP_TIMEOUT;
}

static struct isakmp_neg *begin(struct isakmp *ik, const struct isakmp_want *want, struct ip4 local)
{
	uint8_t icookie[8];
	struct isakmp_neg *n;

	isakmp_cookie(ik, icookie);
	n = neg_new(ik, icookie, (struct endpoint){ local, ISAKMP_PORT },
		(struct endpoint){ want->remote, ISAKMP_PORT }, true);
	n->doi1 = want->doi1;
	n->announced = announced(ik, want);
	if (!neg_send_message1(n)) {
		neg_free(n);
		return NULL;
	}
	neg_go(n, NEG_WAIT_2);
	return n;
}

struct isakmp_pending *isakmp_connect(struct isakmp *ik, const struct isakmp_want *want,
	void (*done)(void *arg, struct isakmp_sa *sa, enum isakmp_fail why), void *arg)
{
	struct ip4 local = ip4_none(want->local) ? ik->net->ops->source_for(ik->net, want->remote) : want->local;
	struct isakmp_pending *p = mem_zalloc(sizeof(*p));
	struct isakmp_sa *sa = want->fresh ? NULL : isakmp_sa_for(ik, want, want->local);
	enum isakmp_fail why;

	p->ik = ik;
	p->done = done;
	p->arg = arg;
	timer_init(&p->timer, answer, p);
	if (sa) {
		settle(p, sa, ISAKMP_LOCAL_ERROR);
		return p;
	}
	p->neg = under_way(ik, want, local);
	if (!p->neg) {
		why = obstacle(ik, local, want->remote);
		if (why == ISAKMP_TIMEOUT) {
			p->neg = begin(ik, want, local);
			why = ISAKMP_LOCAL_ERROR;
		}
		if (!p->neg) {
			settle(p, NULL, why);
			return p;
		}
	}
	DL_APPEND(p->neg->pendings, p);
	return p;
}

void isakmp_connect_cancel(struct isakmp_pending *p)
{
	/* The negotiation goes on: its failure is worth a message, its success an SA for whoever asks next. */
	if (p->neg)
		DL_DELETE(p->neg->pendings, p);
	else
		DL_DELETE(p->ik->ready, p);
	timer_cancel(p->ik->env->timers, &p->timer);
	free(p);
}

bool isakmp_connect_heard(const struct isakmp_pending *p)
{
	return !p->neg || p->neg->state != NEG_WAIT_2;
}

void isakmp_connect_free_all(struct isakmp *ik)
{
	struct isakmp_pending *p, *tmp;

	DL_FOREACH_SAFE(ik->ready, p, tmp) {
		DL_DELETE(ik->ready, p);
		timer_cancel(ik->env->timers, &p->timer);
		free(p);
	}
}

const char *isakmp_fail_str(enum isakmp_fail f)
{
	static const char *const names[] = {
		[ISAKMP_TIMEOUT] = "no answer",
		[ISAKMP_NO_KEY] = "no pre-shared key for the peer",
		[ISAKMP_NO_PROPOSAL] = "no acceptable isakmp policy",
		[ISAKMP_AUTH_FAILED] = "authentication failed",
		[ISAKMP_REFUSED] = "refused by the peer",
		[ISAKMP_SA_DELETED] = "the phase 1 SA was deleted",
		[ISAKMP_LOCAL_ERROR] = "local error",
	};

	return (unsigned)f < sizeof(names) / sizeof(names[0]) ? names[f] : "unknown";
}
