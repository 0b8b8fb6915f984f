/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include "cli/json.h"
#include "cli/shell.h"
#include "cli/show_fmt.h"
#include "lib/clock.h"
#include "lib/env.h"
#include "lib/mem.h"
#include "lib/pool.h"

/* What is no UTF-8 (a peer's identity) is escaped as in a log. */
void json_put(json_t *o, const char *key, const char *text)
{
	json_t *v = json_string(text);

	if (!v) {
		struct text t = TEXT_EMPTY;

		text_escaped(&t, bytes_str(text));
		v = json_string(text_str(&t));
		text_free(&t);
	}
	if (json_is_array(o))
		json_array_append_new(o, v);
	else
		json_object_set_new(o, key, v);
}

void json_num(json_t *o, const char *key, uint64_t n)
{
	json_object_set_new(o, key, json_integer((json_int_t)n));
}

void json_flag(json_t *o, const char *key, bool yes)
{
	json_object_set_new(o, key, json_boolean(yes));
}

void json_null_at(json_t *o, const char *key)
{
	json_object_set_new(o, key, json_null());
}

void json_num_or_null(json_t *o, const char *key, uint32_t n, uint32_t none)
{
	if (n == none)
		json_null_at(o, key);
	else
		json_num(o, key, n);
}

void json_put_or_null(json_t *o, const char *key, const char *text)
{
	if (text[0])
		json_put(o, key, text);
	else
		json_null_at(o, key);
}

void json_mask(json_t *o, const char *key, struct ip4 mask)
{
	json_put(o, key, ip4_s(mask));
}

void json_hundredths(json_t *o, const char *key, uint64_t n)
{
	json_object_set_new(o, key, json_real((double)n / 100));
}

void json_hex(json_t *o, const char *key, struct bytes b)
{
	struct text t = TEXT_EMPTY;

	text_hex(&t, b);
	json_put(o, key, text_str(&t));
	text_free(&t);
}

void json_spi(json_t *o, const char *key, uint32_t spi)
{
	char text[16];

	snprintf(text, sizeof(text), "0x%08" PRIX32, spi);
	json_put(o, key, text);
}

void json_version_of(json_t *o, const char *key, struct version v)
{
	char text[VERSION_TEXT];

	json_put(o, key, show_version_str(v, text));
}

void json_lines(json_t *o, const char *key, const char *text)
{
	json_t *lines = json_list(o, key);
	struct text line = TEXT_EMPTY;

	while (*text) {
		size_t n = strcspn(text, "\n");

		text_clear(&line);
		secret_hide(text, n, SECRET_REMOVED, &line);
		json_put(lines, NULL, text_str(&line));
		text += n + (text[n] == '\n');
	}
	text_free(&line);
}

void json_ip(json_t *o, const char *key, struct ip4 ip)
{
	char text[IP4_TEXT];

	json_object_set_new(o, key, ip4_none(ip) ? json_null() : json_string(ip4_str(ip, text)));
}

void json_date(json_t *o, const char *key, uint64_t wall)
{
	time_t t = (time_t)(wall / USEC_PER_SEC);
	char at[40] = "";
	struct tm tm;

	if (gmtime_r(&t, &tm))
		strftime(at, sizeof(at), "%Y-%m-%dT%H:%M:%SZ", &tm);
	json_object_set_new(o, key, wall ? json_string(at) : json_null());
}

json_t *json_list(json_t *o, const char *key)
{
	json_t *a = json_array();

	json_object_set_new(o, key, a);
	return a;
}

json_t *json_item(json_t *array)
{
	json_t *o = json_object();

	json_array_append_new(array, o);
	return o;
}

json_t *json_part(json_t *o, const char *key)
{
	json_t *p = json_object();

	json_object_set_new(o, key, p);
	return p;
}

/* ---- the command; long lists are filled, and then the whole is printed, by the worker pool ---- */

struct later {
	json_t *list;
	void (*fill)(json_t *list, const void *data, size_t n);
	void *data;
	size_t n;
};

struct encoding {
	struct job job;		/* first member */
	struct cmd *cmd;	/* NULL: the operator is gone */
	json_t *o;
	struct later *later;
	unsigned nlater;
	struct text out;
};

static struct encoding *collecting;	/* of the command that is at work, when it may wait */

void json_long(json_t *list, void (*fill)(json_t *list, const void *data, size_t n), void *data, size_t n)
{
	struct encoding *e = collecting;

	if (!e || !n) {
		fill(list, data, n);
		free(data);
		return;
	}
	e->later = mem_realloc(e->later, (e->nlater + 1) * sizeof(*e->later));
	e->later[e->nlater++] = (struct later){ list, fill, data, n };
}

static int add(const char *s, size_t n, void *text)
{
	text_addn(text, s, n);
	return 0;
}

static void encode(const json_t *o, struct text *out)
{
	json_dump_callback(o, add, out, JSON_INDENT(2) | JSON_PRESERVE_ORDER | JSON_REAL_PRECISION(12));
	text_add(out, "\n");
}

static void encoding_free(struct encoding *e)
{
	for (unsigned i = 0; i < e->nlater; i++)
		free(e->later[i].data);
	free(e->later);
	json_decref(e->o);
	text_free(&e->out);
	free(e);
}

static void encoding_work(struct job *j)
{
	struct encoding *e = (struct encoding *)j;

	for (unsigned i = 0; i < e->nlater; i++)
		e->later[i].fill(e->later[i].list, e->later[i].data, e->later[i].n);
	encode(e->o, &e->out);
	json_decref(e->o);
	e->o = NULL;
}

static void encoding_done(struct job *j)
{
	struct encoding *e = (struct encoding *)j;
	struct cmd *c = e->cmd;

	if (c) {
		text_free(c->out);
		*c->out = e->out;
		e->out = TEXT_EMPTY;
	}
	encoding_free(e);
	if (c)
		cmd_finish(c, CMD_OK);
}

static void encoding_gone(void *user)
{
	((struct encoding *)user)->cmd = NULL;
}

static int encode_later(struct cmd *c, struct encoding *e)
{
	e->job.work = encoding_work;
	e->job.done = encoding_done;
	e->cmd = c;
	c->user = e;
	pool_submit(c->deps->env->pool, &e->job);
	return cmd_wait(c, encoding_gone);
}

int json_call(struct cmd *c)
{
	struct encoding *e;

	if (!c->row->json)
		return cmd_error(c, "This command has no structured form");
	e = mem_zalloc(sizeof(*e));
	e->o = json_object();
	collecting = c->may_wait ? e : NULL;
	c->row->json(c, e->o);
	collecting = NULL;
	if (e->nlater && !c->out->n)
		return encode_later(c, e);
	if (!c->out->n)
		encode(e->o, c->out);
	encoding_free(e);
	return c->out->s[0] == '%' ? CMD_ERROR : CMD_OK;
}
