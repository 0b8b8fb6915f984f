/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The worker pool: DH, RSA private operations, password hashes. A job holds copies of all it needs; work() runs on another
 * thread and touches nothing else, done() runs on the loop. Tests use an inline pool, with which done() runs from a timer.
 */
#pragma once

struct loop;
struct timers;
struct pool;

struct job {
	void (*work)(struct job *j);
	void (*done)(struct job *j);
	struct job *next;	/* the pool's */
};

/* threads: 1 to 16. NULL with errno when the system gives neither a thread nor a descriptor. */
struct pool *pool_new(struct loop *loop, unsigned threads);
struct pool *pool_new_inline(struct timers *timers);
/* Waits for running jobs; done() of all others is called, without work(), so that they can be freed: a job tells by
 * something that its work() sets. */
void pool_free(struct pool *p);
/* j stays valid until done(j). */
void pool_submit(struct pool *p, struct job *j);
/* Jobs submitted and not yet done: back-pressure for whoever creates them. */
unsigned pool_depth(const struct pool *p);
