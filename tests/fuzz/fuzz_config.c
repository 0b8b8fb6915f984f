/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any text as startup-config; what it leaves is printed, and what is printed must be taken again and print the same. */
#include <stdio.h>
#include <stdlib.h>
#include "cli/shell.h"
#include "tests/golden/device.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct device dev;

static struct cli *fresh(struct config **config)
{
	struct cli_deps deps = { .env = &dev.env, .log = dev.log, .version = "0.1.0" };

	*config = config_new(dev.nvram);
	deps.config = *config;
	return cli_new(&deps);
}

static void must(bool ok, const char *what, const struct text *a, const struct text *b)
{
	if (ok)
		return;
	fprintf(stderr, "%s\n---- one\n%s---- two\n%s", what, text_str(a), text_str(b));
	abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct text one = TEXT_EMPTY, two = TEXT_EMPTY, errors = TEXT_EMPTY;
	struct config *ca, *cb;
	struct cli *a, *b;

	/* Clear secrets are hashed: slow on purpose. */
	if (size > 8192 || memmem(data, size, "sec", 3) || memmem(data, size, "SEC", 3))
		return 0;
	if (!dev.cli)
		device_open(&dev, false);
	a = fresh(&ca);
	b = fresh(&cb);
	cli_replay(a, bytes_of(data, size), &errors);
	text_clear(&errors);
	nvgen(a, false, &one);
	cli_replay(b, bytes_of(text_str(&one), one.n), &errors);
	must(!errors.n, "what was printed is refused", &one, &errors);
	nvgen(b, false, &two);
	must(one.n == two.n && memcmp(text_str(&one), text_str(&two), one.n) == 0, "printed otherwise after replay", &one, &two);
	text_free(&one);
	text_free(&two);
	text_free(&errors);
	cli_free(a);
	cli_free(b);
	config_free(ca);
	config_free(cb);
	return 0;
}
