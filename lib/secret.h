/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Key material. Lives on OpenSSL's secure heap (locked, not dumped), is cleansed when freed, is compared in
 * constant time and has no print function.
 */
#pragma once
#include "lib/bytes.h"

struct secret {
	uint8_t *p;
	size_t n;
};

#define SECRET_NONE ((struct secret){ NULL, 0 })

/* Once per process, before the first secret: size of the secure heap in octets (rounded up to a power of two;
 * three quarters of it are ours, in slots of 32 to 4096 octets, the rest OpenSSL's). False: it could not be
 * locked (RLIMIT_MEMLOCK); secrets then live on it unlocked, and the caller warns. Without it, or once it is
 * full, secrets live on the ordinary heap. A member's phase 1 takes about 200 octets: 4 MiB serve 8,000 with
 * room to spare. */
bool secret_heap_init(size_t size);
/* n octets of zeros. */
struct secret secret_new(size_t n);
struct secret secret_copy(struct bytes from);
struct secret secret_dup(const struct secret *s);
static inline struct bytes secret_bytes(const struct secret *s)
{
	return (struct bytes){ s->p, s->n };
}
static inline bool secret_set(const struct secret *s)
{
	return s->p != NULL;
}
bool secret_eq(struct bytes a, struct bytes b);
/* Cleanses and frees; s is SECRET_NONE after. */
void secret_free(struct secret *s);
/* For stack copies. */
void secret_cleanse(void *p, size_t n);
