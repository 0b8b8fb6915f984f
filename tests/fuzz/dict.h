/* SPDX-License-Identifier: GPL-3.0-or-later */
/* FUZZ_DICT(fill): with GX_FUZZ_DICT in the environment the target writes what fill() gives (desc_dict(), attr_dict())
 * into that file and ends; fuzz.sh then hands it to libFuzzer. */
#pragma once
#include <stdio.h>
#include <stdlib.h>
#include "lib/text.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);

static inline int fuzz_write_dict(void (*fill)(struct text *t))
{
	const char *path = getenv("GX_FUZZ_DICT");
	struct text t = TEXT_EMPTY;
	FILE *f;

	if (!path)
		return 0;
	fill(&t);
	f = fopen(path, "w");
	if (!f || fwrite(t.s, 1, t.n, f) != t.n || fclose(f) != 0)
		exit(1);
	text_free(&t);
	exit(0);
}

#define FUZZ_DICT(fill)                                                                                         \
	int LLVMFuzzerInitialize(int *argc, char ***argv)                                                       \
	{                                                                                                       \
		return fuzz_write_dict(fill);                                                                   \
	}
