/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The one event loop (libevent): descriptors, signals, and the timer heap's earliest deadline. */
#pragma once
#include <stdbool.h>

struct timers;
struct loop;
struct watch;

enum { WATCH_READ = 1, WATCH_WRITE = 2 };

/* NULL when the system gives no event queue. */
struct loop *loop_new(struct timers *timers);
void loop_free(struct loop *l);
/* Runs until loop_stop() (one called before ends it at once). */
void loop_run(struct loop *l);
void loop_stop(struct loop *l);

/* Calls fn(what is ready, arg). The descriptor stays the caller's; remove the watch before closing it. NULL when the
 * kernel will not watch the descriptor (a regular file). fn may delete its own watch. */
struct watch *watch_add(struct loop *l, int fd, int events, void (*fn)(int ready, void *arg), void *arg);
/* Changes what is waited for (0 = nothing for now). */
void watch_set(struct watch *w, int events);
void watch_del(struct watch *w);
/* Signals are delivered on the loop, fn(signo, arg). */
struct watch *watch_signal(struct loop *l, int signo, void (*fn)(int signo, void *arg), void *arg);
