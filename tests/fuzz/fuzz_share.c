/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A group policy as a hostile primary may send it: what is understood goes into an empty configuration, and comes out the same. */
#include <stdlib.h>
#include "config/cfg.h"
#include "config/config.h"
#include "config/share.h"
#include "lib/text.h"
#include "lib/why.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool ok)
{
	if (!ok)
		abort();
}

static void put(const struct share *s, struct text *out)
{
	struct config *config = config_new(NULL);
	struct cfg *cfg = config_running(config);
	struct cfg_group *g = cfg_group_add(cfg, "G");
	struct why why;

	check(share_apply(cfg, g, s, &why));
	check(share_encode(config, g, out));
	config_free(config);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct text once = TEXT_EMPTY, twice = TEXT_EMPTY;
	struct share s;
	struct why why = { "" };

	if (!share_decode(bytes_of(data, size), &s, &why)) {
		check(why.text[0] != '\0' && !s.cfg);
		return 0;
	}
	put(&s, &once);
	share_free(&s);
	check(share_decode(bytes_of(once.s, once.n), &s, &why));
	put(&s, &twice);
	share_free(&s);
	check(once.n == twice.n && memcmp(once.s, twice.s, once.n) == 0);
	text_free(&once);
	text_free(&twice);
	return 0;
}
