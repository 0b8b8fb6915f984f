/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * show crypto gdoi ks members: the one screen that grows with the group. What is the same for every member of a group is
 * made once; the rest is put together without printf, one append per member.
 */
#include <inttypes.h>
#include <stdlib.h>
#include "cli/show_gdoi.h"
#include "lib/mem.h"

struct listing {
	const struct show *s;
	struct text same;	/* " Group ID ..." to " GM State ...": the lines that all members share */
	bool unicast;
	unsigned groups;	/* headings so far */
	struct ip4 only;	/* the one member asked for; none: all */
};

static char *put_counter(char *p, const char *label, uint32_t v)
{
	p = show_put_u32(show_put_str(p, label), v);
	*p++ = '\n';
	return p;
}

/* Left-aligned in six columns, as IOS leaves the blanks behind the last one too. */
static char *put_seq(char *p, const char *label, const uint32_t *seq)
{
	char *end;

	p = show_put_str(p, label);
	for (int k = 0; k < 4; k++) {
		end = p + 6;
		p = show_put_blanks(show_put_u32(p, seq[k]), end);
	}
	*p++ = '\n';
	return p;
}

static void add_member(struct listing *l, const struct gdoi_member_info *m)
{
	char buf[512], v[VERSION_TEXT], *p = buf;	/* the texts below make at most 360 octets */
	struct text *out = l->s->out;

	p = show_put_ip(show_put_str(p, "Group Member ID    : "), m->id);
	p = show_put_str(show_put_str(p, "  GM Version: "), show_version_str(m->version, v));
	*p++ = '\n';
	text_addn(out, buf, (size_t)(p - buf));
	text_addn(out, l->same.s, l->same.n);
	p = show_put_ip(show_put_str(buf, " Key Server ID     : "), m->ks);
	*p++ = '\n';
	if (l->unicast) {
		p = put_counter(p, " Rekeys sent       : ", m->rekeys_sent);
		p = put_counter(p, " Rekeys retries    : ", m->retries);
		p = put_counter(p, " Rekey Acks Rcvd   : ", m->acks);
		p = put_counter(p, " Rekey Acks missed : ", m->missed);
		p = put_seq(p, "\n Sent seq num : ", m->sent_seq);
		p = put_seq(p, " Rcvd seq num : ", m->rcvd_seq);
	}
	*p++ = '\n';
	text_addn(out, buf, (size_t)(p - buf));
}

static bool member(void *arg, const struct gdoi_member_info *m)
{
	add_member(arg, m);
	return true;
}

static void same_lines(struct listing *l, const struct gdoi_group_info *i)
{
	char id[IP4_TEXT];

	text_clear(&l->same);
	text_printf(&l->same, " Group ID          : %s\n Group Name        : %s\n Group Type        : GDOI (ISAKMP)\n"
		" GM State          : Registered\n", show_group_id(i, id), i->name);
	l->unicast = i->unicast;
}

static void members_of(const struct show *s, const struct gdoi_group_info *i, unsigned number, void *arg)
{
	struct listing *l = arg;
	struct gdoi_ks_info k;

	if (!gdoi_show_ks(s->d->gdoi, i->name, &k))
		return;
	if (l->groups++)
		text_addn(s->out, "\n", 1);
	text_printf(s->out, "Number of rekeys sent for group %s : %" PRIu64 "\n", i->name, k.rekeys_sent);
	text_printf(s->out, "Number of retransmits during the last rekey for group %s : %" PRIu32 "\n", i->name,
		k.last_retransmits);
	text_printf(s->out, "Duration of the last rekey for group %s : %" PRIu32 " msec\n\n", i->name, k.last_duration_ms);
	same_lines(l, i);
	gdoi_show_members(s->d->gdoi, i->name, member, l);
}

void show_ks_members(const struct show *s)
{
	struct listing l = { .s = s, .same = TEXT_EMPTY };

	text_add(s->out, "\nGroup Member Information : \n\n");
	show_each_group(s, GDOI_ROLE_KS, members_of, &l);
	text_free(&l.same);
}

static void member_of(const struct show *s, const struct gdoi_group_info *i, unsigned number, void *arg)
{
	struct gdoi_member_info m;
	struct listing *l = arg;

	if (!gdoi_show_member(s->d->gdoi, i->name, l->only, &m)) {
		text_add(s->out, "\n\nGroup Member not Found\n");
		return;
	}
	same_lines(l, i);
	text_add(s->out, "\n\n");
	add_member(l, &m);
	if (m.phase1_id[0]) {
		/* Not IOS's: who it said it was in phase 1. A certificate's subject is the peer's text. */
		text_add(s->out, " Phase 1 identity  : ");
		text_escaped(s->out, bytes_str(m.phase1_id));
		text_addn(s->out, "\n", 1);
	}
}

void show_ks_member(const struct show *s, struct ip4 id)
{
	struct listing l = { .s = s, .same = TEXT_EMPTY, .only = id };
	show_each_group(s, GDOI_ROLE_KS, member_of, &l);

	text_free(&l.same);
}

/* ---- summary: by the key server that each member registered with ---- */

struct by_ks {			/* few: the cooperating key servers of one group */
	struct {
		struct ip4 ks;
		uint32_t members;
	} *ks;
	unsigned n, cap, now;
	struct text *out;
};

static bool tally(void *arg, const struct gdoi_member_info *m)
{
	struct by_ks *b = arg;
	unsigned k = 0;

	while (k < b->n && !ip4_eq(b->ks[k].ks, m->ks))
		k++;
	if (k == b->n) {
		if (b->n == b->cap) {
			b->cap = b->cap ? 2 * b->cap : 8;
			b->ks = mem_realloc(b->ks, b->cap * sizeof(*b->ks));
		}
		b->ks[b->n].ks = m->ks;
		b->ks[b->n++].members = 0;
	}
	b->ks[k].members++;
	return true;
}

static bool summary_row(void *arg, const struct gdoi_member_info *m)
{
	char buf[128], v[VERSION_TEXT], *p = buf;
	struct by_ks *b = arg;

	if (!ip4_eq(m->ks, b->ks[b->now].ks))
		return true;
	p = show_put_ip(show_put_str(p, "  "), m->id);
	p = show_put_str(show_put_str(p, "   "), show_version_str(m->version, v));
	p = show_put_u32(show_put_str(p, "         "), m->rekeys_sent);
	p = show_put_u32(show_put_str(p, "               "), m->missed);
	*p++ = '\n';
	text_addn(b->out, buf, (size_t)(p - buf));
	return true;
}

static void summary_of(const struct show *s, const struct gdoi_group_info *i, unsigned number, void *arg)
{
	struct by_ks b = { .out = s->out };
	struct gdoi_ks_info k;
	char id[IP4_TEXT];

	if (!gdoi_show_ks(s->d->gdoi, i->name, &k))
		return;
	text_printf(s->out, "Group Name: %s, ID: %s, Group Members: %" PRIu32 "\n", i->name, show_group_id(i, id), i->members);
	gdoi_show_members(s->d->gdoi, i->name, tally, &b);
	for (b.now = 0; b.now < b.n; b.now++) {
		text_printf(s->out, "Key Server ID: %s, GMDB state: %s, Group Members: %" PRIu32 "\n", ip4_s(b.ks[b.now].ks),
			ip4_eq(b.ks[b.now].ks, k.address) ? "LOCAL" : "REDUNDANT", b.ks[b.now].members);
		text_add(s->out, "  Member ID     Version      Rekey sent     Rekey Ack missed\n");
		gdoi_show_members(s->d->gdoi, i->name, summary_row, &b);
		text_addn(s->out, "\n", 1);
	}
	free(b.ks);
}

void show_ks_members_summary(const struct show *s)
{
	text_add(s->out, "Group Member Information : \n\n");
	show_each_group(s, GDOI_ROLE_KS, summary_of, NULL);
}
