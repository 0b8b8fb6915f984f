/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <event2/event.h>
#include <stdlib.h>
#include "lib/clock.h"
#include "lib/loop.h"
#include "lib/mem.h"
#include "lib/timer.h"

/* libevent counts on a clock that stands still in suspend; ours does not: look again at least this often. */
#define LONGEST_SLEEP SEC(60)

struct loop {
	struct event_base *base;
	struct event *deadline;
	struct timers *timers;
	bool stop;
};

struct watch {
	struct loop *loop;
	struct event *ev;
	int fd;			/* or the signal's number */
	void (*fn)(int ready, void *arg);
	void *arg;
};

static void on_deadline(evutil_socket_t fd, short what, void *arg)
{
	/* The loop wakes up; timers_run() does the rest. */
}

struct loop *loop_new(struct timers *timers)
{
	struct loop *l = mem_zalloc(sizeof(*l));

	l->timers = timers;
	l->base = event_base_new();
	l->deadline = l->base ? evtimer_new(l->base, on_deadline, NULL) : NULL;
	if (!l->deadline) {
		loop_free(l);
		return NULL;
	}
	return l;
}

void loop_free(struct loop *l)
{
	if (!l)
		return;
	if (l->deadline)
		event_free(l->deadline);
	if (l->base)
		event_base_free(l->base);
	free(l);
}

static void turn(struct loop *l)
{
	uint64_t wait = timers_wait(l->timers);
	struct timeval tv;

	if (wait == 0) {
		event_base_loop(l->base, EVLOOP_NONBLOCK);
		return;
	}
	if (wait > LONGEST_SLEEP)
		wait = LONGEST_SLEEP;
	tv.tv_sec = (time_t)(wait / USEC_PER_SEC);
	tv.tv_usec = (suseconds_t)(wait % USEC_PER_SEC);
	evtimer_add(l->deadline, &tv);
	event_base_loop(l->base, EVLOOP_ONCE);
}

void loop_run(struct loop *l)
{
	while (!l->stop) {
		turn(l);
		if (!l->stop)
			timers_run(l->timers);
	}
	l->stop = false;
}

void loop_stop(struct loop *l)
{
	l->stop = true;
	event_base_loopbreak(l->base);
}

static void on_fd(evutil_socket_t fd, short what, void *arg)
{
	struct watch *w = arg;
	int ready = (what & EV_READ ? WATCH_READ : 0) | (what & EV_WRITE ? WATCH_WRITE : 0);

	w->fn(ready, w->arg);	/* may delete w */
}

static void on_signal(evutil_socket_t signo, short what, void *arg)
{
	struct watch *w = arg;

	w->fn(w->fd, w->arg);
}

static short wanted(int events)
{
	return (short)((events & WATCH_READ ? EV_READ : 0) | (events & WATCH_WRITE ? EV_WRITE : 0) | EV_PERSIST);
}

static struct watch *watch_new(struct loop *l, int fd, short what, event_callback_fn cb,
	void (*fn)(int ready, void *arg), void *arg)
{
	struct watch *w = mem_zalloc(sizeof(*w));

	w->loop = l;
	w->fd = fd;
	w->fn = fn;
	w->arg = arg;
	w->ev = event_new(l->base, fd, what, cb, w);
	if (!w->ev) {
		free(w);
		return NULL;
	}
	return w;
}

struct watch *watch_add(struct loop *l, int fd, int events, void (*fn)(int ready, void *arg), void *arg)
{
	struct watch *w = watch_new(l, fd, wanted(events), on_fd, fn, arg);

	if (w && events && event_add(w->ev, NULL) < 0) {
		watch_del(w);
		return NULL;
	}
	return w;
}

void watch_set(struct watch *w, int events)
{
	if (event_get_events(w->ev) == wanted(events) && event_pending(w->ev, EV_READ | EV_WRITE, NULL))
		return;
	event_del(w->ev);
	event_assign(w->ev, w->loop->base, w->fd, wanted(events), on_fd, w);
	if (events)
		event_add(w->ev, NULL);
}

void watch_del(struct watch *w)
{
	if (!w)
		return;
	event_free(w->ev);
	free(w);
}

struct watch *watch_signal(struct loop *l, int signo, void (*fn)(int signo, void *arg), void *arg)
{
	struct watch *w = watch_new(l, signo, EV_SIGNAL | EV_PERSIST, on_signal, fn, arg);

	if (w && event_add(w->ev, NULL) < 0) {
		watch_del(w);
		return NULL;
	}
	return w;
}
