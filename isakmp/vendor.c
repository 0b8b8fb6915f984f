/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "isakmp/vendor.h"

static const uint8_t dpd_id[VENDOR_ID] = { 0xaf, 0xca, 0xd7, 0x13, 0x68, 0xa1, 0xf1, 0xc9, 0x6b, 0x86, 0x96,
	0xfc, 0x77, 0x57, 1, 0 };
/* The first 12 octets of SHA-256("gdoix GETVPN v1"); major, minor, mini and an octet of feature flags follow. */
static const uint8_t own_prefix[12] = { 0x65, 0xed, 0xac, 0x6d, 0x98, 0x43, 0x62, 0x9a, 0xe1, 0x72, 0xfe, 0xc5 };

struct bytes vendor_dpd(void)
{
	return BYTES_OF(dpd_id);
}

void vendor_version(struct version v, uint8_t *out)
{
	memcpy(out, own_prefix, sizeof(own_prefix));
	out[12] = v.major;
	out[13] = v.minor;
	out[14] = v.mini;
	out[15] = 0;	/* no feature is flagged yet: those there are follow from the version */
}

void vendor_note(struct vendor *v, struct bytes body)
{
	/* A higher DPD minor version says the same (RFC 3706 section 5.1). */
	if (body.n == VENDOR_ID && !memcmp(body.p, dpd_id, VENDOR_ID - 1))
		v->dpd = true;
	if (body.n >= VENDOR_ID && !memcmp(body.p, own_prefix, sizeof(own_prefix))) {
		v->gdoix = true;
		v->version = (struct version){ body.p[12], body.p[13], body.p[14] };
	}
}
