/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>
#include "lib/store.h"
#include "lib/text.h"
#include "lib/why.h"
#include "tests/unit/unit.h"

static char base[64], dir[80];

static struct store *fresh(void)
{
	struct store *s;
	struct why why;

	snprintf(base, sizeof(base), "/tmp/gx-store-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(base));
	snprintf(dir, sizeof(dir), "%s/nvram", base);
	s = store_open(dir, &why);
	ck_assert_ptr_nonnull(s);
	return s;
}

static void done(struct store *s)
{
	store_close(s);
	ck_assert_int_eq(rmdir(dir), 0);
	ck_assert_int_eq(rmdir(base), 0);
}

START_TEST(write_and_read)
{
	struct store *s = fresh();
	struct text t = TEXT_EMPTY;
	struct why why;
	bool missing;
	struct stat st;
	char path[128];

	ck_assert_str_eq(store_dir(s), dir);
	ck_assert_int_eq(stat(dir, &st), 0);
	ck_assert_uint_eq(st.st_mode & 0777, 0700);
	ck_assert(!store_read(s, "startup-config", &t, &missing, &why));
	ck_assert(missing);
	ck_assert(store_write(s, "startup-config", bytes_str("hostname KS1\n"), &why));
	ck_assert(store_write(s, "startup-config", bytes_str("hostname KS2\n"), &why));
	ck_assert(store_read(s, "startup-config", &t, &missing, &why));
	ck_assert_str_eq(text_str(&t), "hostname KS2\n");
	snprintf(path, sizeof(path), "%s/startup-config", dir);
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_uint_eq(st.st_mode & 0777, 0600);
	ck_assert(store_remove(s, "startup-config", &why));
	ck_assert(store_remove(s, "startup-config", &why));
	text_free(&t);
	done(s);
}
END_TEST

START_TEST(large)
{
	static uint8_t big[300000];
	struct store *s = fresh();
	struct text t = TEXT_EMPTY;
	struct why why;

	for (size_t i = 0; i < sizeof(big); i++)
		big[i] = (uint8_t)(i * 7 + i / 251);
	ck_assert(store_write(s, "state", BYTES_OF(big), &why));
	ck_assert(store_read(s, "state", &t, NULL, &why));
	ck_assert(bytes_eq(bytes_of(t.s, t.n), BYTES_OF(big)));
	ck_assert(store_write(s, "state", BYTES_NONE, &why));
	text_clear(&t);
	ck_assert(store_read(s, "state", &t, NULL, &why));
	ck_assert_uint_eq(t.n, 0);
	ck_assert(store_remove(s, "state", &why));
	text_free(&t);
	done(s);
}
END_TEST

START_TEST(names)
{
	static const char *const bad[] = { "", ".", "..", "a/b", "/etc/passwd", "../x", ".hidden" };
	struct store *s = fresh();
	struct text t = TEXT_EMPTY;
	struct why why;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		ck_assert(!store_write(s, bad[i], bytes_str("x"), &why));
		ck_assert(!store_read(s, bad[i], &t, NULL, &why));
		ck_assert(!store_remove(s, bad[i], &why));
	}
	done(s);
}
END_TEST

/* What cannot be written leaves the old file and no temporary. A directory in the way fails for root, too. */
START_TEST(failure_keeps_the_old)
{
	struct store *s = fresh();
	struct text t = TEXT_EMPTY;
	struct why why;
	char path[128];

	snprintf(path, sizeof(path), "%s/startup-config", dir);
	ck_assert_int_eq(mkdir(path, 0700), 0);
	ck_assert(!store_write(s, "startup-config", bytes_str("x"), &why));
	ck_assert_ptr_nonnull(strstr(why.text, path));
	ck_assert_ptr_nonnull(strstr(why.text, "cannot be written"));
	ck_assert(!store_read(s, "startup-config", &t, NULL, &why));
	ck_assert_ptr_nonnull(strstr(why.text, "not a regular file"));
	ck_assert_int_eq(rmdir(path), 0);

	/* The temporary's name taken by a directory. */
	ck_assert(store_write(s, "startup-config", bytes_str("old"), &why));
	snprintf(path, sizeof(path), "%s/.startup-config.new", dir);
	ck_assert_int_eq(mkdir(path, 0700), 0);
	ck_assert(!store_write(s, "startup-config", bytes_str("new"), &why));
	ck_assert(store_read(s, "startup-config", &t, NULL, &why));
	ck_assert_str_eq(text_str(&t), "old");
	ck_assert_int_eq(rmdir(path), 0);
	ck_assert(store_remove(s, "startup-config", &why));
	text_free(&t);
	done(s);
}
END_TEST

/* A leftover of a crash, or a link laid there by somebody, is replaced and not followed. */
START_TEST(leftover_temporary)
{
	struct store *s = fresh();
	struct text t = TEXT_EMPTY;
	struct why why;
	char path[128], victim[128];
	int fd;

	snprintf(victim, sizeof(victim), "%s/victim", base);
	snprintf(path, sizeof(path), "%s/.a.new", dir);
	fd = open(victim, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	ck_assert_int_eq(write(fd, "keep", 4), 4);
	close(fd);
	ck_assert_int_eq(symlink(victim, path), 0);
	ck_assert(store_write(s, "a", bytes_str("new"), &why));
	ck_assert(store_read(s, "a", &t, NULL, &why));
	ck_assert_str_eq(text_str(&t), "new");
	fd = open(victim, O_RDONLY | O_CLOEXEC);
	ck_assert_int_eq(read(fd, path, 8), 4);
	close(fd);
	ck_assert_int_eq(unlink(victim), 0);
	ck_assert(store_remove(s, "a", &why));
	text_free(&t);
	done(s);
}
END_TEST

START_TEST(unusable_directory)
{
	struct why why;

	ck_assert_ptr_null(store_open("/nonexistent/nvram", &why));
	ck_assert_str_eq(why.text, "/nonexistent/nvram: cannot be created: No such file or directory");
	ck_assert_ptr_null(store_open("/dev/null", &why));
	ck_assert_str_eq(why.text, "/dev/null: cannot be opened: Not a directory");
}
END_TEST

UNIT_MAIN("store", write_and_read, large, names, failure_keeps_the_old, leftover_temporary, unusable_directory)
