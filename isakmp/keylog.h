/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * For tests with tshark only, and only in a build with --enable-keylog (GX_KEYLOG): phase-1 keys go to the
 * file that environment GDOIX_KEYLOG names, as lines of tshark's ikev1_decryption_table ("icookie,key" in
 * hexadecimal), and every encrypted message this device sends, and every rekey a member receives, goes in the
 * clear to a capture of the same name with ".pcap" behind it. A member's TEKs: 'show crypto gdoi gm keylog'.
 */
#pragma once
#include "lib/bytes.h"
#include "lib/ip.h"

#ifdef GX_KEYLOG
void keylog_phase1(const uint8_t icookie[8], struct bytes cipher_key);
/* datagram: header and payloads without padding; its E flag is cleared and its length set on the way out. */
void keylog_plain(struct endpoint src, struct endpoint dst, struct bytes datagram);
#else
static inline void keylog_phase1(const uint8_t icookie[8], struct bytes cipher_key)
{
	(void)icookie;
	(void)cipher_key;
}

static inline void keylog_plain(struct endpoint src, struct endpoint dst, struct bytes datagram)
{
	(void)src;
	(void)dst;
	(void)datagram;
}
#endif
