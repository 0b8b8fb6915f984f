/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>
#include "config/cfg.h"
#include "config/config.h"
#include "isakmp/phase1.h"
#include "isakmp/phase1_id.h"
#include "lib/mem.h"
#include "lib/text.h"
#include "lib/why.h"

#define NAME_MAX_OCTETS 120	/* fits isakmp_sa_info.peer_id */
#define PROTO_UDP 17

void own_id(const struct isakmp_neg *n, struct wr *w)
{
	const struct cfg *cfg = config_running(n->ik->config);
	struct id_body id = { .type = ID_IPV4_ADDR };
	uint8_t addr[4];
	struct wr a = wr_init(addr, sizeof(addr));
	char name[160];

	if (cfg->isakmp_identity == 1) { /* hostname; a DN needs a certificate, so it means the address too */
		snprintf(name, sizeof(name), "%s%s%s", cfg->hostname, *cfg->domain ? "." : "", cfg->domain);
		id.type = ID_FQDN;
		id.data = bytes_str(name);
	} else {
		wr_u32(&a, n->local.ip.a);
		id.data = BYTES_OF(addr);
	}
	desc_encode(&id_desc, w, &id);
}

static char *address_id(const struct id_body *id, struct ip4 from, struct why *why)
{
	struct rd r = rd_init(id->data);
	struct ip4 a = { rd_u32(&r) };

	if (!rd_end(&r)) {
		why_set(why, "address of %zu octets", id->data.n);
		return NULL;
	}
	if (!ip4_eq(a, from)) {
		why_set(why, "it says %s", ip4_s(a));
		return NULL;
	}
	return mem_strdup(ip4_s(a));
}

static char *name_id(const struct id_body *id, struct why *why)
{
	struct text t = TEXT_EMPTY;
	char *s;

	if (id->data.n == 0 || id->data.n > NAME_MAX_OCTETS) {
		why_set(why, "name of %zu octets", id->data.n);
		return NULL;
	}
	text_escaped(&t, id->data);
	s = mem_strdup(text_str(&t));
	text_free(&t);
	return s;
}

char *peer_id(struct bytes body, struct ip4 from, struct why *why)
{
	struct rd r = rd_init(body);
	struct id_body id;

	if (!desc_decode(&id_desc, &r, &id, why))
		return NULL;
	/* RFC 2407 section 4.6.2: 0 and 0, or UDP and a port. */
	if (!(id.protocol == 0 && id.port == 0) && id.protocol != PROTO_UDP) {
		why_set(why, "protocol %u port %u", id.protocol, id.port);
		return NULL;
	}
	switch (id.type) {
	case ID_IPV4_ADDR:
		return address_id(&id, from, why);
	case ID_FQDN:
	case ID_USER_FQDN:
	case ID_KEY_ID:
		return name_id(&id, why);
	default:
		why_set(why, "type %u is not one of a single device", id.type);
		return NULL;
	}
}
