/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Comparing a password with what is configured: hashes are slow on purpose, so it is the pool's work, not the loop's. */
#pragma once
#include <stdbool.h>
#include "lib/bytes.h"

struct cfg_secret;
struct password_job;
struct pool;

/*
 * secret: NULL, or of no type, when there is no such user. Takes as long whether there is one or not, and however the
 * password is stored. done is called on the loop, later, never from within this call; the job is over by then.
 */
struct password_job *password_job_start(struct pool *p, const struct cfg_secret *secret, struct bytes clear,
	void (*done)(void *arg, bool ok), void *arg);
/* done is not called any more. j may be NULL. */
void password_job_drop(struct password_job *j);
