/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Configured policies are compared by digest; where it differs the peer sends its policy, and the lines are compared. */
#include <stdlib.h>
#include "coop/engine.h"
#include "lib/mem.h"
#include "lib/text.h"
#include "lib/why.h"
#include "lib/wire.h"

#define POLICY_MAX 33000

struct lines {
	char **line;
	size_t n;
};

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static struct lines split(char *s)
{
	struct lines l = { 0 };
	size_t cap = 1;
	char *save = NULL;

	for (const char *p = s; *p; p++)
		cap += *p == '\n';
	l.line = mem_zalloc(cap * sizeof(*l.line));
	for (char *w = strtok_r(s, "\n", &save); w && l.n < cap; w = strtok_r(NULL, "\n", &save))
		l.line[l.n++] = w;
	qsort(l.line, l.n, sizeof(*l.line), by_text);
	return l;
}

/* Both sorted: one walk. */
static void compare(const struct lines *mine, const struct lines *theirs, struct text *out)
{
	size_t i = 0, k = 0;

	while (i < mine->n || k < theirs->n) {
		int c = i == mine->n ? 1 : k == theirs->n ? -1 : strcmp(mine->line[i], theirs->line[k]);

		if (c < 0)
			text_printf(out, "-%s\n", mine->line[i++]);
		else if (c > 0)
			text_printf(out, "+%s\n", theirs->line[k++]);
		else
			i++, k++;
	}
}

static bool own_lines(const struct coop_group *g, struct text *out)
{
	uint8_t *buf = mem_zalloc(POLICY_MAX);
	struct wr w = wr_init(buf, POLICY_MAX);
	struct why why;
	bool good = ksync_policy_out(g->c->d.gdoi, g->name, &w) && ksync_policy_lines(wr_done(&w), out, &why);

	free(buf);
	return good;
}

static void tell(struct coop_peer *p)
{
	struct coop_group *g = p->group;
	char *copy = mem_strdup(text_str(&p->differs)), *save = NULL;
	unsigned n = 0;

	for (char *w = strtok_r(copy, "\n", &save); w && n < 10; w = strtok_r(NULL, "\n", &save), n++)
		log_GDOI_COOP_CONFIG_MISMATCH(g->c->d.log, w);
	free(copy);
}

enum coop_policy coop_policy_of(const struct coop_peer *p, const struct ksync_view *v)
{
	static const uint8_t none[32];

	if (!p->heard)
		return POLICY_NOT_HEARD;
	if (memcmp(v->configured, p->configured, sizeof(none)) == 0)
		return POLICY_SAME;
	if (!v->has_policy)
		return POLICY_NONE_HERE;
	if (memcmp(p->configured, none, sizeof(none)) == 0)
		return POLICY_NONE_THERE;
	return memcmp(p->compared, p->configured, 32) == 0 && memcmp(p->compared + 32, v->configured, 32) == 0 ? POLICY_DIFFERS :
		POLICY_UNREAD;
}

void coop_mismatch(struct coop_peer *p, const struct coop_ann *a)
{
	struct coop_group *g = p->group;
	struct text mine = TEXT_EMPTY, theirs = TEXT_EMPTY;
	struct ksync_view v;
	enum coop_policy policy;
	struct why why;

	if (!ksync_view(g->c->d.gdoi, g->name, &v))
		return;
	policy = coop_policy_of(p, &v);
	if (policy == POLICY_DIFFERS)
		return;
	if (policy != POLICY_UNREAD) {
		text_clear(&p->differs);
		p->policy_due = false;
		memset(p->compared, 0, sizeof(p->compared));
		return;
	}
	p->policy_due = true;
	if (!a->policy.n)
		return;
	p->policy_due = false;
	memcpy(p->compared, a->configured, 32);
	memcpy(p->compared + 32, v.configured, 32);
	text_clear(&p->differs);
	if (own_lines(g, &mine) && ksync_policy_lines(a->policy, &theirs, &why) && mine.n && theirs.n) {
		struct lines x = split(mine.s), y = split(theirs.s);

		compare(&x, &y, &p->differs);
		if (!p->differs.n)	/* of an access list the first entry that fits counts */
			text_add(&p->differs, "the entries of an access list stand in another order\n");
		free(x.line);
		free(y.line);
		tell(p);
	}
	text_free(&mine);
	text_free(&theirs);
}
