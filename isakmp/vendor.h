/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Vendor ids (RFC 2408 section 3.16): dead peer detection, and the GET VPN software version. */
#pragma once
#include "isakmp/isakmp.h"

#define VENDOR_ID 16	/* octets of each of the two */

struct vendor {			/* what a peer announced */
	bool dpd, gdoix;
	struct version version;
};

/* RFC 3706 section 5.1 */
struct bytes vendor_dpd(void);
/* out has VENDOR_ID octets. */
void vendor_version(struct version v, uint8_t *out);
/* Takes in one vendor id payload; unknown ones are ignored. */
void vendor_note(struct vendor *v, struct bytes body);
