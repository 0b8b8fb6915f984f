/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXEC: test crypto self-test. */
#include <stdlib.h>
#include "cli/shell.h"
#include "lib/crypto/selftest.h"
#include "lib/env.h"
#include "lib/mem.h"
#include "lib/pool.h"
#include "syslog/msg.h"

struct selftest {
	struct job job;		/* first member */
	struct cmd *cmd;	/* NULL: the operator is gone */
	struct text out;
	bool passed;
};

static void selftest_work(struct job *j)
{
	struct selftest *t = (struct selftest *)j;

	t->passed = crypto_selftest(&t->out);
}

static void selftest_done(struct job *j)
{
	struct selftest *t = (struct selftest *)j;
	struct cmd *c = t->cmd;
	bool passed = t->passed;

	if (c) {
		text_addn(c->out, text_str(&t->out), t->out.n);
		cmd_flush(c);
		if (passed)
			log_CRYPTO_SELF_TEST_END(c->deps->log);
	}
	text_free(&t->out);
	free(t);
	if (c)
		cmd_finish(c, passed ? CMD_OK : cmd_error(c, "Crypto self-test failed"));
}

static void selftest_gone(void *user)
{
	((struct selftest *)user)->cmd = NULL;
}

static int selftest(struct cmd *c)
{
	struct selftest *t;

	if (!c->session)
		return cmd_error(c, "Not possible here");
	t = mem_zalloc(sizeof(*t));
	t->job.work = selftest_work;
	t->job.done = selftest_done;
	t->cmd = c;
	c->user = t;
	log_CRYPTO_SELF_TEST_START(c->deps->log, c->deps->version, c->deps->version);
	pool_submit(c->deps->env->pool, &t->job);
	return cmd_wait(c, selftest_gone);
}

/* clang-format off */
static const struct row test_rows[] = {
	{ ROW(KW("test", "Test subsystems, memory, and interfaces"), KW("crypto", "Test crypto functions"), KW("self-test", "Run crypto self-test")),
	  .handler = selftest, .priv = 15 },
};
/* clang-format on */

const struct row_table rows_test = ROWS(IN_EXEC, test_rows);
