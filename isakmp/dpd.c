/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Dead peer detection (RFC 3706): 'crypto isakmp keepalive SECONDS [RETRY] [periodic|on-demand]'. Periodic
 * asks whenever the peer was silent for SECONDS; on-demand does so only when there is something to send to
 * it. R-U-THERE of a peer is answered either way (info.c).
 */
#include <stdlib.h>
#include "config/cfg.h"
#include "config/config.h"
#include "isakmp/engine.h"
#include "lib/clock.h"
#include "lib/mem.h"
#include "lib/rng.h"

#define TRIES 5			/* unanswered questions after the first, as IOS */
#define RETRY_DEFAULT 2

struct dpd {
	struct isakmp_sa *sa;
	struct timer timer;
	uint32_t interval, retry;	/* seconds */
	bool periodic;
	uint32_t begin, seq;		/* first sent ever, next to send */
	uint32_t first;			/* of those not answered yet */
	unsigned asked;			/* how many those are */
	uint64_t sent;
};

static void ask(struct dpd *d)
{
	uint8_t seq[4];
	struct wr w = wr_init(seq, sizeof(seq));

	if (!d->asked)
		d->first = d->seq;
	wr_u32(&w, d->seq++);
	d->asked++;
	d->sent = isakmp_now(d->sa->ik);
	isakmp_info_notify(d->sa, N_R_U_THERE, BYTES_OF(seq));
	timer_arm(d->sa->ik->env->timers, &d->timer, SEC(d->retry));
}

static void on_timer(void *arg)
{
	struct dpd *d = arg;
	struct isakmp_sa *sa = d->sa;
	uint64_t now = isakmp_now(sa->ik);

	/* Whatever came meanwhile and was authentic shows a living peer (RFC 3706 section 5). */
	if (d->asked && sa->heard >= d->sent)
		d->asked = 0;
	if (d->asked > TRIES) {
		report_peer_dead(sa->ik, sa->remote.ip);
		isakmp_sa_delete(sa, false);
		return;
	}
	if (d->asked || (d->periodic && now - sa->heard >= SEC(d->interval)))
		ask(d);
	else if (d->periodic)
		timer_arm_at(sa->ik->env->timers, &d->timer, sa->heard + SEC(d->interval));
}

void isakmp_dpd_start(struct isakmp_sa *sa)
{
	const struct cfg *cfg = config_running(sa->ik->config);
	struct dpd *d;

	isakmp_dpd_stop(sa);
	if (!cfg->keepalive.interval || !sa->peer_dpd)
		return;
	d = mem_zalloc(sizeof(*d));
	d->sa = sa;
	d->interval = cfg->keepalive.interval;
	d->retry = cfg->keepalive.retry ? cfg->keepalive.retry : RETRY_DEFAULT;
	d->periodic = cfg->keepalive.periodic;
	d->begin = d->seq = rng_u32(sa->ik->env->rng) & INT32_MAX;	/* top bit 0: room to count */
	timer_init(&d->timer, on_timer, d);
	sa->dpd = d;
	if (d->periodic)
		timer_arm(sa->ik->env->timers, &d->timer, SEC(d->interval));
}

void isakmp_dpd_stop(struct isakmp_sa *sa)
{
	if (!sa->dpd)
		return;
	timer_cancel(sa->ik->env->timers, &sa->dpd->timer);
	free(sa->dpd);
	sa->dpd = NULL;
}

void isakmp_dpd_sending(struct isakmp_sa *sa)
{
	struct dpd *d = sa->dpd;

	if (d && !d->periodic && !d->asked && isakmp_now(sa->ik) - sa->heard >= SEC(d->interval))
		ask(d);
}

bool isakmp_dpd_ack(struct isakmp_sa *sa, uint32_t seq)
{
	struct dpd *d = sa->dpd;

	if (!d || !d->asked || seq - d->first >= d->asked) {
		sa->ik->count.duplicates++;
		return false;
	}
	d->asked = 0;
	if (d->periodic)
		timer_arm(sa->ik->env->timers, &d->timer, SEC(d->interval));
	else
		timer_cancel(sa->ik->env->timers, &d->timer);
	return true;
}

bool isakmp_dpd_own(const struct isakmp_sa *sa, uint32_t seq)
{
	const struct dpd *d = sa->dpd;

	return d && seq - d->begin < d->seq - d->begin;
}

static bool as_configured(const struct isakmp_sa *sa, const struct cfg *cfg)
{
	const struct dpd *d = sa->dpd;

	if (!d || !cfg->keepalive.interval)
		return !d && (!cfg->keepalive.interval || !sa->peer_dpd);
	return d->interval == cfg->keepalive.interval && d->periodic == cfg->keepalive.periodic &&
	       d->retry == (cfg->keepalive.retry ? cfg->keepalive.retry : RETRY_DEFAULT);
}

void isakmp_dpd_reconfigure(struct isakmp *ik)
{
	const struct cfg *cfg = config_running(ik->config);
	struct isakmp_sa *sa, *tmp;

	HASH_ITER(hh, ik->sas, sa, tmp)
		if (!as_configured(sa, cfg))
			isakmp_dpd_start(sa);
}
