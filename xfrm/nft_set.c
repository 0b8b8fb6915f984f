/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "xfrm/nft_set.h"
#include <arpa/inet.h>
#include <libmnl/libmnl.h>
#include <libnftnl/set.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "lib/mem.h"
#include "xfrm/nft.h"
#include "xfrm/nft_msg.h"
#include "xfrm/nl.h"

#define SET_CHUNK 64	/* elements of one request */

struct spis {
	uint32_t *v;
	unsigned n, cap;
};

static void spis_add(struct spis *s, uint32_t spi)
{
	if (s->n == s->cap) {
		s->cap = s->cap ? s->cap * 2 : 16;
		s->v = mem_realloc(s->v, s->cap * sizeof(*s->v));
	}
	s->v[s->n++] = spi;
}

static int by_spi(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

static struct nftnl_set *set_alloc(const char *name, uint32_t id)
{
	struct nftnl_set *s = nftnl_set_alloc();

	nftnl_set_set_str(s, NFTNL_SET_TABLE, NFT_TABLE);
	nftnl_set_set_str(s, NFTNL_SET_NAME, name);
	nftnl_set_set_u32(s, NFTNL_SET_FAMILY, NFPROTO_IPV4);
	nftnl_set_set_u32(s, NFTNL_SET_KEY_TYPE, 0);
	nftnl_set_set_u32(s, NFTNL_SET_KEY_LEN, 4);
	nftnl_set_set_u32(s, NFTNL_SET_ID, id);
	return s;
}

static void elements_read(void *arg, const struct nlmsghdr *h)
{
	struct nftnl_set *s = nftnl_set_alloc();
	struct nftnl_set_elems_iter *i = NULL;
	struct nftnl_set_elem *e;

	if (s && nftnl_set_elems_nlmsg_parse(h, s) == 0 && (i = nftnl_set_elems_iter_create(s)))
		while ((e = nftnl_set_elems_iter_next(i))) {
			uint32_t len = 0, key = 0;
			const void *p = nftnl_set_elem_get(e, NFTNL_SET_ELEM_KEY, &len);

			if (p && len == sizeof(key)) {
				memcpy(&key, p, sizeof(key));
				spis_add(arg, ntohl(key));
			}
		}
	if (i)
		nftnl_set_elems_iter_destroy(i);
	nftnl_set_free(s);
}

/* What the set holds now; nothing when it is not there. */
static void set_read(struct nl *nl, const char *name, struct spis *out)
{
	_Alignas(struct nlmsghdr) uint8_t room[256] = { 0 };
	struct nlmsghdr *h = mnl_nlmsg_put_header(room);
	struct nfgenmsg *nfg = mnl_nlmsg_put_extra_header(h, sizeof(*nfg));

	nfg->nfgen_family = NFPROTO_IPV4;
	nfg->version = NFNETLINK_V0;
	mnl_attr_put_strz(h, NFTA_SET_ELEM_LIST_TABLE, NFT_TABLE);
	mnl_attr_put_strz(h, NFTA_SET_ELEM_LIST_SET, name);
	if (!netlink_dump(nl, NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_GETSETELEM, nfg, h->nlmsg_len - MNL_NLMSG_HDRLEN, elements_read,
			out, NULL))
		out->n = 0;
}

/* Those of a that are not in b; both are sorted. */
static void set_change(struct nl *nl, uint16_t msg, const char *name, uint32_t id, const struct spis *a, const struct spis *b)
{
	struct nftnl_set *set = set_alloc(name, id);
	unsigned n = 0;

	for (unsigned k = 0; k <= a->n; k++) {
		if (n && (k == a->n || n == SET_CHUNK)) {
			struct nlmsghdr *h = nft_request(nl, msg, msg == NFT_MSG_NEWSETELEM ? NLM_F_CREATE : 0, "nft set element", 0);

			nftnl_set_elems_nlmsg_build_payload(h, set);
			netlink_commit(nl, h);
			nftnl_set_free(set);
			set = set_alloc(name, id);
			n = 0;
		}
		if (k < a->n && !(k && a->v[k - 1] == a->v[k]) &&
			!(b->n && bsearch(&a->v[k], b->v, b->n, sizeof(*b->v), by_spi))) {
			struct nftnl_set_elem *e = nftnl_set_elem_alloc();
			uint32_t key = htonl(a->v[k]);

			nftnl_set_elem_set(e, NFTNL_SET_ELEM_KEY, &key, sizeof(key));
			nftnl_set_elem_add(set, e);
			n++;
		}
	}
	nftnl_set_free(set);
}

static void spis_want(struct spis *want, const struct nft_spi *spi, unsigned n, bool transport)
{
	for (unsigned k = 0; k < n; k++)
		if (!transport || spi[k].transport)
			spis_add(want, spi[k].spi);
}

bool nft_on_iface(const struct nft_group *g, unsigned i)
{
	for (unsigned k = 0; k < g->niface; k++)
		if (g->iface[k] == i)
			return true;
	return false;
}

/*
 * What stays is not touched: a packet that looks a set up in the moment in which another one takes effect might find
 * neither the element that goes nor the one that comes.
 */
static void put_set(struct nl *nl, const struct nft_plan *p, unsigned i, bool transport)
{
	struct spis want = { 0 }, have = { 0 };
	struct nftnl_set *set;
	struct nlmsghdr *h;
	char name[16];

	snprintf(name, sizeof(name), "%s%u", transport ? "tspi" : "spi", i);
	set = set_alloc(name, NFT_SET_ID(i, transport));
	h = nft_request(nl, NFT_MSG_NEWSET, NLM_F_CREATE, "nft set", 0);
	nftnl_set_nlmsg_build_payload(h, set);
	netlink_commit(nl, h);
	nftnl_set_free(set);

	spis_want(&want, p->iface[i].old, p->iface[i].nold, transport);
	for (unsigned g = 0; g < p->ngroup; g++)
		if (nft_on_iface(&p->group[g], i))
			spis_want(&want, p->group[g].spi, p->group[g].nspi, transport);
	set_read(nl, name, &have);
	if (want.n)
		qsort(want.v, want.n, sizeof(*want.v), by_spi);
	if (have.n)
		qsort(have.v, have.n, sizeof(*have.v), by_spi);
	set_change(nl, NFT_MSG_NEWSETELEM, name, NFT_SET_ID(i, transport), &want, &have);
	set_change(nl, NFT_MSG_DELSETELEM, name, NFT_SET_ID(i, transport), &have, &want);
	free(want.v);
	free(have.v);
}

void nft_put_sets(struct nl *nl, const struct nft_plan *p)
{
	for (unsigned i = 0; i < p->niface; i++) {
		put_set(nl, p, i, false);
		put_set(nl, p, i, true);
	}
}
