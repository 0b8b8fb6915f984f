/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>
#include "cli/password_job.h"
#include "cli/shell.h"
#include "lib/crypto/password.h"
#include "lib/mem.h"
#include "lib/pool.h"
#include "lib/secret.h"

/* Of nothing anybody types. */
#define NO_USER_HASH "$9$gdoixnouser...$0123456789abcdefghijklmnopqrstuvwxyzABCDEFG"

struct password_job {
	struct job job;			/* first member */
	void (*done)(void *arg, bool ok);	/* NULL: nobody waits any more */
	void *arg;
	struct secret clear;		/* with its NUL */
	char hash[PASSWORD_HASH];
	bool decided, right;		/* known already: the hash is computed for the time it takes */
	bool ok;			/* set by work() */
};

static void work(struct job *job)
{
	struct password_job *j = (struct password_job *)job;
	bool same = password_check(j->hash, (const char *)j->clear.p);

	j->ok = j->decided ? j->right : same;
}

static void finished(struct job *job)
{
	struct password_job *j = (struct password_job *)job;
	void (*done)(void *arg, bool ok) = j->done;
	void *arg = j->arg;
	bool ok = j->ok;

	secret_free(&j->clear);
	secret_cleanse(j, sizeof(*j));
	free(j);
	if (done)
		done(arg, ok);
}

static bool hashed(const struct cfg_secret *s)
{
	return s && (s->type == SECRET_TYPE_5 || s->type == SECRET_TYPE_8 || s->type == SECRET_TYPE_9);
}

struct password_job *password_job_start(struct pool *p, const struct cfg_secret *secret, struct bytes clear,
	void (*done)(void *arg, bool ok), void *arg)
{
	struct password_job *j = mem_zalloc(sizeof(*j));

	j->job.work = work;
	j->job.done = finished;
	j->done = done;
	j->arg = arg;
	j->clear = secret_new(clear.n + 1);
	if (clear.n)
		memcpy(j->clear.p, clear.p, clear.n);
	j->decided = !hashed(secret);
	j->right = j->decided && secret && secret_matches(secret, (const char *)j->clear.p);
	str_copy(j->hash, sizeof(j->hash), j->decided ? NO_USER_HASH : secret->text);
	pool_submit(p, &j->job);
	return j;
}

void password_job_drop(struct password_job *j)
{
	if (j)
		j->done = NULL;
}
