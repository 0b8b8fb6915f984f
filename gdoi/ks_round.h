/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One rekey on its way (ks_push.c), what it says to whom (ks_variant.c) and who has acknowledged it (ks_ack.c). */
#pragma once
#include "gdoi/ks.h"

#define VARIANTS ((KS_KEKS + KS_LEAVING) * 3)

/* What a rekey says to whom; the last three to members that were removed. */
enum form { FORM_PLAIN, FORM_PRIVATE, FORM_PRIVATE_OLD, FORM_START_OVER, FORM_REMOVE, FORM_REMOVE_NOW, FORMS };

struct ks_variant {
	struct ks_kek *kek;		/* a reference; it goes out under this one */
	enum form form;
	uint32_t seq;
	struct push_draft draft;
	struct secret datagram;		/* empty until signed */
};

struct ks_round {
	struct ks *ks;			/* NULL: superseded, waits for its jobs only */
	enum ks_reason reason;
	unsigned jobs;
	bool sent, over;
	bool resumed;			/* of a removal: goes on with it, marks nobody */
	bool held;			/* some form has no number, as none could be reserved: begins anew later */
	uint32_t carries;		/* id of the KEK that it brings or repeats; 0 = none */
	uint64_t started;
	uint32_t again;			/* retransmissions left */
	uint32_t retransmitted;
	unsigned told;			/* members that it is for: of a removal they go as they acknowledge it */
	struct ks_variant v[VARIANTS];
	unsigned nv;
	struct timer timer;
	struct {			/* datagrams still to be handed to the kernel */
		struct endpoint *dst;
		unsigned *variant;
		size_t n, at;
		unsigned stuck;
	} queue;
};

/* ---- ks_variant.c ---- */
/* The live KEKs, newest first, then those that only a removal still goes out under (each with a reference, which ks_keks_unref() gives back). */
struct kek_list {
	struct ks_kek *kek[KS_KEKS + 1 + KS_LEAVING];
	unsigned n;
};
struct kek_list ks_keks_of(const struct ks *ks);
void ks_keks_unref(struct kek_list *l);
/* Which form a member gets; whether this is it, under a KEK that it has. */
enum form ks_form_of(const struct ks_round *r, const struct ks_member *m);
bool ks_variant_fits(const struct ks_round *r, const struct ks_variant *v, const struct ks_member *m);
/* Fills r->v and r->told with the forms that some member needs, newest KEKs first; members that get one by unicast are to acknowledge it. */
void ks_variants_choose(struct ks *ks, struct ks_round *r, const struct kek_list *l);
/*
 * By unicast all forms under a KEK carry one number; a multicast listener hears every form, so each has its own. One that none could be
 * reserved for has 0, and r->held is set.
 */
void ks_variants_number(struct ks *ks, struct ks_round *r);
