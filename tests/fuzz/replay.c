/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A main() for fuzz targets without libFuzzer: gives every file named, or found in a directory named, to the target.
 * Words that start with '-' are libFuzzer's and are skipped, so that both kinds of build are called alike. */
#include <dirent.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define LARGEST (4l << 20)

static unsigned long replayed;

static void fail(const char *path)
{
	fprintf(stderr, "%s: %s\n", path, strerror(errno));
	exit(1);
}

static void replay_file(const char *path, size_t size)
{
	/* Exactly as large as the input: the address sanitizer sees a read past its end. */
	uint8_t *data = malloc(size ? size : 1);
	FILE *f = fopen(path, "rb");

	if (!f || !data || fread(data, 1, size, f) != size)
		fail(path);
	fclose(f);
	LLVMFuzzerTestOneInput(data, size);
	free(data);
	replayed++;
}

static void replay_path(const char *path)
{
	char name[4096];
	struct dirent *e;
	struct stat st;
	DIR *dir;

	if (stat(path, &st) < 0)
		fail(path);
	if (S_ISREG(st.st_mode) && st.st_size <= LARGEST)
		replay_file(path, (size_t)st.st_size);
	if (!S_ISDIR(st.st_mode))
		return;
	dir = opendir(path);
	if (!dir)
		fail(path);
	while ((e = readdir(dir))) {
		if (e->d_name[0] == '.')
			continue;
		if (snprintf(name, sizeof(name), "%s/%s", path, e->d_name) < (int)sizeof(name))
			replay_path(name);
	}
	closedir(dir);
}

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		if (argv[i][0] != '-')
			replay_path(argv[i]);
	}
	fprintf(stderr, "%lu inputs\n", replayed);
	return 0;
}
