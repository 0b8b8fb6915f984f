/* SPDX-License-Identifier: GPL-3.0-or-later */
/* show crypto gdoi gm keylog: a member's TEKs as tshark takes them. In a build with --enable-keylog only, as isakmp/keylog.h. */
#include "cli/show.h"

#ifdef GX_KEYLOG
#include <inttypes.h>
#include "cli/show_gdoi.h"

/* What Wireshark calls them in its table esp_sa. */
static const char *enc_name(enum esp_enc id)
{
	switch (id) {
	case ESP_NULL: return "NULL";
	case ESP_DES: return "DES-CBC [RFC2405]";
	case ESP_3DES: return "TripleDES-CBC [RFC2451]";
	case ESP_AES128:
	case ESP_AES192:
	case ESP_AES256: return "AES-CBC [RFC3602]";
	case ESP_GCM128:
	case ESP_GCM192:
	case ESP_GCM256: return "AES-GCM with 16 octet ICV [RFC4106]";
	default: return NULL;
	}
}

static const char *auth_name(enum esp_auth id)
{
	switch (id) {
	case ESP_MD5: return "HMAC-MD5-96 [RFC2403]";
	case ESP_SHA1: return "HMAC-SHA-1-96 [RFC2404]";
	case ESP_SHA256: return "HMAC-SHA-256-128 [RFC4868]";
	case ESP_SHA384: return "HMAC-SHA-384-192 [RFC4868]";
	case ESP_SHA512: return "HMAC-SHA-512-256 [RFC4868]";
	default: return "NULL";
	}
}

static void key(struct text *out, struct bytes b)
{
	if (b.n)
		text_add(out, "0x");
	text_hex(out, b);
}

static bool one(void *arg, const struct gdoi_tek_info *t)
{
	struct text *out = arg;

	if (!enc_name(t->enc)) {
		text_printf(out, "# 0x%08" PRIx32 ": Wireshark has no form for %s\n", t->spi, esp_enc_alg(t->enc)->show);
		return true;
	}
	text_printf(out, "\"IPv4\",\"*\",\"*\",\"0x%08" PRIx32 "\",\"%s\",\"", t->spi, enc_name(t->enc));
	key(out, t->key);
	text_printf(out, "\",\"%s\",\"", auth_name(t->auth));
	key(out, t->auth_key);
	text_add(out, "\"\n");
	return true;
}

static void group(const struct show *s, const struct gdoi_group_info *i, unsigned number, void *arg)
{
	(void)number;
	(void)arg;
	gdoi_show_gm_teks(s->d->gdoi, i->name, one, s->out);
}

void show_gm_keylog(const struct show *s)
{
	show_each_group(s, GDOI_ROLE_GM, group, NULL);
}
#endif
