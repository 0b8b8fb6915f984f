/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Slots of fixed sizes cut from two blocks of OpenSSL's secure heap: its own buddy allocator takes a
 * microsecond per key, and a registration makes a dozen. The last quarter of the heap stays OpenSSL's, which
 * fails a DH or RSA operation whose private number finds no room there. When our part is full, secrets go to
 * the ordinary heap, still cleansed.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <openssl/crypto.h>
#include "lib/secret.h"

#define SLOT_MIN 32 /* a SHA-256 key */
#define CLASSES 8   /* 32 to 4096 octets */
#define SLOT_MAX ((size_t)SLOT_MIN << (CLASSES - 1))
#define PAGE ((size_t)4096)
#define HEAP_MIN ((size_t)65536)
#define HEAP_MAX ((size_t)1 << 30)

struct slot {
	struct slot *next;
};

struct arena {
	uint8_t *p;
	size_t pages, used; /* used: handed to a class, for good */
	uint8_t *class;     /* of each page */
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct arena arenas[2];
static struct slot *empty[CLASSES];
static bool initialised;

static void arena_init(struct arena *a, size_t size)
{
	a->p = OPENSSL_secure_malloc(size);
	a->class = a->p ? calloc(size / PAGE, 1) : NULL;
	a->pages = a->class ? size / PAGE : 0;
}

bool secret_heap_init(size_t size)
{
	size_t n = HEAP_MIN;
	int r;

	if (initialised)
		return true;
	while (n < size && n < HEAP_MAX) /* OpenSSL asserts a power of two */
		n *= 2;
	r = CRYPTO_secure_malloc_init(n, SLOT_MIN);
	initialised = r != 0;
	if (initialised) {
		arena_init(&arenas[0], n / 2);
		arena_init(&arenas[1], n / 4);
	}
	return r == 1;
}

static unsigned class_of(size_t n)
{
	unsigned c = 0;

	while ((size_t)SLOT_MIN << c < n)
		c++;
	return c;
}

/* Cuts the next unused page into slots of class c. */
static bool refill(unsigned c)
{
	size_t size = (size_t)SLOT_MIN << c;

	for (unsigned i = 0; i < 2; i++) {
		struct arena *a = &arenas[i];
		uint8_t *page;

		if (a->used == a->pages)
			continue;
		page = a->p + a->used * PAGE;
		a->class[a->used++] = (uint8_t)c;
		for (size_t at = 0; at < PAGE; at += size) {
			struct slot *s = (struct slot *)(void *)(page + at);

			s->next = empty[c];
			empty[c] = s;
		}
		return true;
	}
	return false;
}

static void *slot_take(size_t n)
{
	unsigned c = class_of(n);
	struct slot *s = NULL;

	pthread_mutex_lock(&lock);
	if (empty[c] || refill(c)) {
		s = empty[c];
		empty[c] = s->next;
	}
	pthread_mutex_unlock(&lock);
	if (s)
		memset(s, 0, n < sizeof(*s) ? sizeof(*s) : n);
	return s;
}

/* False: not one of ours. */
static bool slot_give(void *p)
{
	for (unsigned i = 0; i < 2; i++) {
		const struct arena *a = &arenas[i];
		size_t at = (size_t)((uintptr_t)p - (uintptr_t)a->p);
		struct slot *s = p;
		unsigned c;

		if (!a->p || at >= a->pages * PAGE)
			continue;
		pthread_mutex_lock(&lock);
		c = a->class[at / PAGE];
		s->next = empty[c];
		empty[c] = s;
		pthread_mutex_unlock(&lock);
		return true;
	}
	return false;
}

struct secret secret_new(size_t n)
{
	void *p = NULL;

	if (initialised && n <= SLOT_MAX)
		p = slot_take(n);
	if (!p)
		p = OPENSSL_zalloc(n ? n : 1);
	if (!p) {
		fputs("out of memory\n", stderr);
		abort();
	}
	return (struct secret){ p, n };
}

struct secret secret_copy(struct bytes from)
{
	struct secret s = secret_new(from.n);

	if (from.n)
		memcpy(s.p, from.p, from.n);
	return s;
}

struct secret secret_dup(const struct secret *s)
{
	return secret_set(s) ? secret_copy(secret_bytes(s)) : SECRET_NONE;
}

bool secret_eq(struct bytes a, struct bytes b)
{
	return a.n == b.n && (a.n == 0 || CRYPTO_memcmp(a.p, b.p, a.n) == 0);
}

void secret_free(struct secret *s)
{
	if (s->p) {
		OPENSSL_cleanse(s->p, s->n);
		if (!slot_give(s->p))
			OPENSSL_free(s->p);
	}
	*s = SECRET_NONE;
}

void secret_cleanse(void *p, size_t n)
{
	OPENSSL_cleanse(p, n);
}
