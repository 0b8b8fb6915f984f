/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A line of an access list: what parses must print, parse again and be the same. The first octet's bit 0:
 * standard. */
#include <stdlib.h>
#include "config/acl.h"
#include "lib/text.h"
#include "lib/why.h"

#define WORDS 64

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool ok)
{
	if (!ok)
		abort();
}

static unsigned split(char *s, char **words)
{
	unsigned n = 0;

	for (char *save = NULL, *w = strtok_r(s, " ", &save); w && n < WORDS; w = strtok_r(NULL, " ", &save))
		words[n++] = w;
	return n;
}

static void offered(void *arg, const char *word, const char *help)
{
	check(word[0] != '\0' && help != NULL);
	++*(unsigned *)arg;
}

static void again(const struct acl_ace *ace, bool standard, struct text *t)
{
	char *words[WORDS], *copy;
	struct acl_ace second;
	unsigned bad, n;

	acl_ace_str(ace, standard, false, t);
	copy = strdup(text_str(t));
	check(copy != NULL);
	n = split(copy, words);
	check(acl_parse(words, n, standard, &second, &bad, NULL));
	check(acl_ace_eq(ace, &second));
	free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char line[2048], *words[WORDS];
	bool standard = size && data[0] & 1;
	struct why why = { "" };
	struct text t = TEXT_EMPTY;
	struct acl_ace ace;
	unsigned n, bad = 0, offers = 0;

	if (size < 1 || size > sizeof(line))
		return 0;
	memcpy(line, data + 1, size - 1);
	line[size - 1] = '\0';
	n = split(line, words);
	acl_expect(words, n, standard, offered, &offers);
	if (!acl_parse(words, n, standard, &ace, &bad, &why)) {
		check(bad <= n && why.text[0] != '\0');
		check(bad == n || offers == 0);
		return 0;
	}
	check(offers > 0);
	again(&ace, standard, &t);
	text_clear(&t);
	acl_ace_gdoi_str(&ace, &t);
	text_free(&t);
	acl_permits_source(NULL, ace.src.ip);
	return 0;
}
