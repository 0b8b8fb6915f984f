/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include "lib/loop.h"
#include "lib/mem.h"
#include "lib/pool.h"
#include "lib/timer.h"

#define POOL_THREADS 16

struct queue {
	struct job *head, **tail;
};

struct pool {
	unsigned depth;			/* the loop's thread only */
	/* inline */
	struct timers *timers;
	struct timer timer;
	/* threads */
	struct watch *watch;
	int event;			/* eventfd: a job is in 'finished' */
	unsigned nthread;
	pthread_t thread[POOL_THREADS];
	pthread_mutex_t lock;
	pthread_cond_t wake;
	bool stop;			/* under lock, as both queues */
	struct queue waiting, finished;
};

static void queue_init(struct queue *q)
{
	q->head = NULL;
	q->tail = &q->head;
}

static void queue_put(struct queue *q, struct job *j)
{
	j->next = NULL;
	*q->tail = j;
	q->tail = &j->next;
}

static struct job *queue_get(struct queue *q)
{
	struct job *j = q->head;

	if (!j)
		return NULL;
	q->head = j->next;
	if (!q->head)
		q->tail = &q->head;
	return j;
}

/* All that is in q now; jobs that done() submits come later. */
static struct job *queue_drain(struct queue *q)
{
	struct job *j = q->head;

	queue_init(q);
	return j;
}

static void call_done(struct pool *p, struct job *j)
{
	while (j) {
		struct job *next = j->next;

		p->depth--;
		j->done(j);	/* frees j */
		j = next;
	}
}

static void run_inline(void *arg)
{
	struct pool *p = arg;
	struct job *jobs = queue_drain(&p->waiting);

	for (struct job *j = jobs; j; j = j->next)
		j->work(j);
	call_done(p, jobs);
}

static void *worker(void *arg)
{
	struct pool *p = arg;
	const uint64_t one = 1;
	struct job *j;
	bool first;

	pthread_mutex_lock(&p->lock);
	while (!p->stop) {
		j = queue_get(&p->waiting);
		if (!j) {
			pthread_cond_wait(&p->wake, &p->lock);
			continue;
		}
		pthread_mutex_unlock(&p->lock);
		j->work(j);
		pthread_mutex_lock(&p->lock);
		first = !p->finished.head;
		queue_put(&p->finished, j);
		/* The loop collects all there are. Cannot block or fail short of 2^64 unread events. */
		while (first && write(p->event, &one, sizeof(one)) < 0 && errno == EINTR)
			;
	}
	pthread_mutex_unlock(&p->lock);
	return NULL;
}

static void collect(int ready, void *arg)
{
	struct pool *p = arg;
	struct job *jobs;
	uint64_t n;

	while (read(p->event, &n, sizeof(n)) < 0 && errno == EINTR)
		;
	pthread_mutex_lock(&p->lock);
	jobs = queue_drain(&p->finished);
	pthread_mutex_unlock(&p->lock);
	call_done(p, jobs);
}

static struct pool *pool_alloc(void)
{
	struct pool *p = mem_zalloc(sizeof(*p));

	p->event = -1;
	pthread_mutex_init(&p->lock, NULL);
	pthread_cond_init(&p->wake, NULL);
	queue_init(&p->waiting);
	queue_init(&p->finished);
	return p;
}

static void start_threads(struct pool *p, unsigned threads)
{
	sigset_t all, old;

	/* Signals are the loop's. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	while (p->nthread < threads && p->nthread < POOL_THREADS) {
		if (pthread_create(&p->thread[p->nthread], NULL, worker, p))
			break;
		p->nthread++;
	}
	pthread_sigmask(SIG_SETMASK, &old, NULL);
}

struct pool *pool_new(struct loop *loop, unsigned threads)
{
	struct pool *p = pool_alloc();

	p->event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (p->event < 0) {
		pool_free(p);
		return NULL;
	}
	p->watch = watch_add(loop, p->event, WATCH_READ, collect, p);
	start_threads(p, threads ? threads : 1);
	if (!p->nthread) {
		pool_free(p);
		return NULL;
	}
	return p;
}

struct pool *pool_new_inline(struct timers *timers)
{
	struct pool *p = pool_alloc();

	p->timers = timers;
	timer_init(&p->timer, run_inline, p);
	return p;
}

void pool_free(struct pool *p)
{
	if (!p)
		return;
	pthread_mutex_lock(&p->lock);
	p->stop = true;
	pthread_cond_broadcast(&p->wake);
	pthread_mutex_unlock(&p->lock);
	for (unsigned i = 0; i < p->nthread; i++)
		pthread_join(p->thread[i], NULL);
	/* done() may submit a follow-up even now: its done() is called as well, work() no more. */
	while (p->finished.head || p->waiting.head) {
		call_done(p, queue_drain(&p->finished));
		call_done(p, queue_drain(&p->waiting));
	}
	if (p->timers)
		timer_cancel(p->timers, &p->timer);
	if (p->watch)
		watch_del(p->watch);
	if (p->event >= 0)
		close(p->event);
	pthread_cond_destroy(&p->wake);
	pthread_mutex_destroy(&p->lock);
	free(p);
}

void pool_submit(struct pool *p, struct job *j)
{
	p->depth++;
	if (p->timers) {
		queue_put(&p->waiting, j);
		if (!timer_armed(&p->timer))
			timer_arm(p->timers, &p->timer, 0);
		return;
	}
	pthread_mutex_lock(&p->lock);
	queue_put(&p->waiting, j);
	pthread_cond_signal(&p->wake);
	pthread_mutex_unlock(&p->lock);
}

unsigned pool_depth(const struct pool *p)
{
	return p->depth;
}
