/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>
#include "isakmp/phase1.h"
#include "lib/mem.h"

/* On a worker: touches the job alone. */
static void work(struct job *job)
{
	struct neg_job *j = (struct neg_job *)(void *)job;

	if (!j->dh)
		j->dh = dh_new(j->group);
	j->ok = j->dh && (j->peer.n == 0 || dh_shared(j->dh, bytes_of(j->peer.octets, j->peer.n), &j->shared));
}

static void done(struct job *job)
{
	struct neg_job *j = (struct neg_job *)(void *)job;
	struct isakmp_neg *n = j->neg;

	if (n) {
		n->job = NULL;
		if (j->peer.n == 0 && j->ok) {
			n->x->dh = j->dh;	/* its other half comes with message 4 */
			j->dh = NULL;
			neg_dh_over(n, true, dh_public(n->x->dh), NULL);
		} else {
			neg_dh_over(n, j->ok, j->dh ? dh_public(j->dh) : BYTES_NONE, &j->shared);
		}
	}
	dh_free(j->dh);
	secret_free(&j->shared);
	free(j);
}

void neg_dh(struct isakmp_neg *n, const struct ke *peer)
{
	struct neg_job *j = mem_zalloc(sizeof(*j));

	j->job.work = work;
	j->job.done = done;
	j->neg = n;
	j->group = n->suite.group;
	j->dh = n->x->dh;
	n->x->dh = NULL;
	if (peer)
		j->peer = *peer;
	n->job = j;
	pool_submit(n->ik->env->pool, &j->job);
}

void neg_dh_orphan(struct isakmp_neg *n)
{
	if (n->job)
		n->job->neg = NULL;
	n->job = NULL;
}
