/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Passwords are compared in the pool: right, wrong, of nobody, and with nobody left to be told; what they came in. */
#include "cli/password_job.h"
#include "cli/shell.h"
#include "cli/vtyproto.h"
#include "lib/clock.h"
#include "lib/crypto/password.h"
#include "lib/mem.h"
#include "lib/pool.h"
#include "lib/rng.h"
#include "lib/timer.h"
#include "tests/unit/unit.h"

static struct clock *now;
static struct timers *timers;
static struct pool *pool;
static unsigned calls;
static bool last;

static void begin(void)
{
	now = clock_new_virtual(0, 0);
	timers = timers_new(now);
	pool = pool_new_inline(timers);
	calls = 0;
}

static void end(void)
{
	pool_free(pool);
	timers_free(timers);
	clock_free(now);
}

static void done(void *arg, bool ok)
{
	ck_assert_ptr_eq(arg, &calls);
	calls++;
	last = ok;
}

static bool compare(const struct cfg_secret *s, const char *clear)
{
	unsigned before = calls;

	password_job_start(pool, s, bytes_str(clear), done, &calls);
	ck_assert_uint_eq(calls, before);	/* never from within the call */
	timers_run(timers);
	ck_assert_uint_eq(calls, before + 1);
	return last;
}

START_TEST(verdicts)
{
	static const int types[] = { 5, 8, 9 };
	struct cfg_secret s = { .type = SECRET_TYPE_CLEAR, .text = "cisco" }, none = { .type = SECRET_TYPE_NONE };
	struct rng *rng = rng_new_system();

	begin();
	ck_assert(compare(&s, "cisco"));
	ck_assert(!compare(&s, "cisc"));
	ck_assert(!compare(&none, ""));
	ck_assert(!compare(NULL, "cisco"));
	for (unsigned i = 0; i < 3; i++) {
		s.type = types[i];
		ck_assert(password_hash(rng, types[i], "S3cret", s.text));
		ck_assert(compare(&s, "S3cret"));
		ck_assert(!compare(&s, "S3cre"));
		ck_assert(!compare(&s, ""));
	}
	rng_free(rng);
	end();
}
END_TEST

START_TEST(dropped)
{
	const struct cfg_secret s = { .type = SECRET_TYPE_CLEAR, .text = "cisco" };

	begin();
	password_job_drop(password_job_start(pool, &s, bytes_str("cisco"), done, &calls));
	password_job_drop(NULL);
	timers_run(timers);
	ck_assert_uint_eq(calls, 0);
	end();
}
END_TEST

/* The daemon stops before the pool has come to it: nobody is let in. */
START_TEST(stopped)
{
	const struct cfg_secret s = { .type = SECRET_TYPE_CLEAR, .text = "cisco" };

	begin();
	password_job_start(pool, &s, bytes_str("cisco"), done, &calls);
	pool_free(pool);
	pool = NULL;
	ck_assert_uint_eq(calls, 1);
	ck_assert(!last);
	end();
}
END_TEST

/* The line that brought a password is gone with the next read; a frame that comes in pieces grows the buffer as it was. */
START_TEST(frames_leave_nothing)
{
	struct text line = TEXT_EMPTY;
	struct vty_in in = { 0 };
	struct vty_frame f;
	size_t room, sent = 0;
	uint8_t *to;
	char *big = mem_zalloc(VTY_FRAME_MAX);

	vty_put(&line, VTY_LINE, BYTES_NONE, bytes_str("S3cret"));
	memset(big, 'x', VTY_FRAME_MAX);
	vty_put(&line, VTY_LINE, BYTES_NONE, bytes_of(big, VTY_FRAME_MAX));
	to = vty_in_room(&in, &room);
	memcpy(to, line.s, 11);
	vty_in_got(&in, 11);
	ck_assert(vty_in_next(&in, &f));
	ck_assert_uint_eq(f.body.n, 6);
	vty_in_room(&in, &room);
	ck_assert_ptr_null(memmem(in.buf, in.cap, "S3", 2));
	for (sent = 11; sent < line.n; sent += room) {
		to = vty_in_room(&in, &room);
		room = room < line.n - sent ? room : line.n - sent;
		memcpy(to, line.s + sent, room);
		vty_in_got(&in, room);
	}
	ck_assert(vty_in_next(&in, &f));
	ck_assert_uint_eq(f.body.n, VTY_FRAME_MAX);
	ck_assert_mem_eq(f.body.p, big, VTY_FRAME_MAX);
	vty_in_free(&in);
	text_free(&line);
	free(big);
}
END_TEST

UNIT_MAIN("cli-password", verdicts, dropped, stopped, frames_leave_nothing)
