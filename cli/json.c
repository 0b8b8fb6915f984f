/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <inttypes.h>
#include <stdio.h>
#include <time.h>
#include "cli/json.h"
#include "cli/shell.h"
#include "cli/show_fmt.h"
#include "lib/clock.h"

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
	json_object_set_new(o, key, ip4_none(ip) ? json_null() : json_string(ip4_s(ip)));
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

static int add(const char *s, size_t n, void *text)
{
	text_addn(text, s, n);
	return 0;
}

int json_call(struct cmd *c)
{
	json_t *o;

	if (!c->row->json)
		return cmd_error(c, "This command has no structured form");
	o = json_object();
	c->row->json(c, o);
	if (!c->out->n) {
		json_dump_callback(o, add, c->out, JSON_INDENT(2) | JSON_PRESERVE_ORDER | JSON_REAL_PRECISION(12));
		text_add(c->out, "\n");
	}
	json_decref(o);
	return c->out->s[0] == '%' ? CMD_ERROR : CMD_OK;
}
