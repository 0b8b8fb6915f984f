/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a group is configured to be, between key servers: the policy, and beside it what no key depends on but all should agree in -
 * whom a server admits, and how often it repeats a rekey. Compared by digest, shown line by line.
 */
#include <stdlib.h>
#include "config/acl.h"
#include "gdoi/gdoi_show.h"
#include "gdoi/ks.h"
#include "lib/crypto/prf.h"
#include "lib/mem.h"
#include "lib/text.h"
#include "lib/why.h"
#include "lib/wire.h"

static void beside_encode(const struct ks_beside *b, struct wr *w)
{
	wr_u32(w, b->retransmit);
	wr_u32(w, b->retransmits);
	wr_u8(w, b->periodic);
	wr_u8(w, b->listed);
	wr_u32(w, b->entries);
	wr_bytes(w, BYTES_OF(b->print));
}

/* In the order of the list, as it is searched. */
static void list_print(const struct cfg_acl *a, struct ks_beside *b)
{
	uint8_t *buf = mem_zalloc((size_t)a->count * 9 + 1);
	struct wr w = wr_init(buf, (size_t)a->count * 9 + 1);
	struct bytes all;

	for (unsigned i = 0; i < a->count; i++) {
		const struct acl_ace *e = &a->entry[i].ace;

		if (a->entry[i].remark)
			continue;
		b->entries++;
		wr_u8(&w, e->permit);
		wr_u32(&w, e->src.ip.a);
		wr_u32(&w, e->src.wild.a);
	}
	all = wr_done(&w);
	hash_parts(HASH_SHA256, &all, 1, b->print);
	free(buf);
}

void ks_beside_sync(struct ks *ks, const struct cfg_group *c)
{
	struct ks_beside *b = &ks->beside;
	const struct cfg_acl *list = c->ks.auth_acl[0] ? cfg_acl(config_running(ks->g->d.config), c->ks.auth_acl) : NULL;
	uint8_t buf[64];
	struct wr w = wr_init(buf, sizeof(buf));
	struct bytes part[2];

	*b = (struct ks_beside){ .retransmit = c->ks.retransmit, .retransmits = c->ks.retransmits, .periodic = c->ks.retransmit_periodic,
		.listed = list != NULL };
	if (list)
		list_print(list, b);
	if (!ks->configured)
		return;
	beside_encode(b, &w);
	part[0] = BYTES_OF(ks->configured->digest);
	part[1] = wr_done(&w);
	hash_parts(HASH_SHA256, part, 2, b->digest);
}

static bool beside_lines(struct rd *r, struct text *out, struct why *why)
{
	struct ks_beside b;

	b.retransmit = rd_u32(r);
	b.retransmits = rd_u32(r);
	b.periodic = rd_u8(r) != 0;
	b.listed = rd_u8(r) != 0;
	b.entries = rd_u32(r);
	rd_copy(r, b.print, sizeof(b.print));
	if (!rd_end(r))
		return why_set(why, "what stands beside the policy is not valid");
	text_printf(out, "rekey retransmit %u", b.retransmit);
	if (b.periodic)
		text_add(out, " periodic\n");
	else
		text_printf(out, " number %u\n", b.retransmits);
	if (!b.listed) {
		text_add(out, "authorization of any address\n");
		return true;
	}
	text_printf(out, "authorization address ipv4: %u %s, SHA-256 ", b.entries, b.entries == 1 ? "entry" : "entries");
	text_hex(out, bytes_of(b.print, 8));
	text_add(out, "\n");
	return true;
}

bool ksync_policy_out(struct gdoi *g, const char *group, struct wr *w)
{
	struct gdoi_group *gr = gdoi_group_find(g, group);
	struct ks *ks = gr ? gr->ks : NULL;

	if (!ks || !ks->configured)
		return false;
	policy_encode(ks->configured, w);
	beside_encode(&ks->beside, w);
	return wr_ok(w);
}

/* ---- as lines ---- */

static const char *ack_name(unsigned ack)
{
	return ack == ACK_CISCO ? "cisco" : ack == ACK_INTEROPERABLE ? "interoperable" : "any";
}

static const char *esp_name(const struct ks_sa *s, struct text *t)
{
	text_clear(t);
	text_printf(t, "%s%s%s%s", esp_enc_alg(s->enc)->show, s->auth ? " " : "", s->auth ? esp_auth_alg(s->auth)->show : "",
		s->transport ? " transport" : "");
	return text_str(t);
}

static void sa_lines(const struct ks_sa *s, struct text *out)
{
	struct text t = TEXT_EMPTY;

	text_printf(out, "sa ipsec %u transform %s\n", s->number, esp_name(s, &t));
	text_printf(out, "sa ipsec %u lifetime seconds %u\n", s->number, s->lifetime);
	text_printf(out, "sa ipsec %u replay %s %u\n", s->number, s->replay == 3 ? "time" : s->replay == 2 ? "counter" : "none",
		s->window);
	for (unsigned i = 0; i < s->nace; i++) {
		struct acl_ace a = gdoi_show_ace(&s->ace[i].ace);

		text_printf(out, "sa ipsec %u match address ipv4: ", s->number);
		acl_ace_str(&a, false, false, out);
		text_add(out, "\n");
	}
	text_free(&t);
}

bool ksync_policy_lines(struct bytes in, struct text *out, struct why *why)
{
	struct rd r = rd_init(in);
	struct ks_policy *p;
	struct text print = TEXT_EMPTY;

	if (!policy_decode(&r, &p, why))
		return false;
	if (rd_left(&r) && !beside_lines(&r, out, why)) {
		policy_unref(p);
		return false;
	}
	text_hex(&print, bytes_of(p->key_print, 8));
	if (p->has_kek) {
		text_printf(out, "rekey algorithm %s\n", cipher_alg(p->cipher)->ios_rekey);
		text_printf(out, "rekey sig-hash algorithm %s\n", hash_alg(p->sig_hash)->ios);
		text_printf(out, "rekey lifetime seconds %u\n", p->kek_lifetime);
		text_printf(out, "rekey authentication mypubkey rsa key %s\n", text_str(&print));
	} else {
		text_add(out, "no rekey key\n");
	}
	text_printf(out, "rekey transport %s\n", p->unicast ? "unicast" : "multicast");
	if (p->unicast)
		text_printf(out, "rekey acknowledgement %s\n", ack_name(p->ack));
	else
		text_printf(out, "rekey address %s %u from port %u\n", ip4_s(p->multicast.ip), p->multicast.port, p->multicast_src);
	if (p->receive_only)
		text_add(out, "sa receive-only\n");
	for (unsigned i = 0; i < p->nsa; i++)
		sa_lines(&p->sa[i], out);
	text_free(&print);
	policy_unref(p);
	return true;
}
