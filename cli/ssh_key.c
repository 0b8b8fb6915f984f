/* SPDX-License-Identifier: GPL-3.0-or-later */
/* RSA host key and users' public keys in the forms of ssh (RFC 4253 section 6.6, RFC 4716). */
#include <stdio.h>
#include "cli/ssh.h"
#include "config/cfg.h"
#include "config/config.h"
#include "lib/crypto/prf.h"
#include "lib/crypto/rsa.h"
#include "lib/why.h"
#include "lib/wire.h"

#define BLOB_MAX 4096	/* an RSA key of 16384 bits has 2100 */

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* ---- the host key ---- */

static bool usable(const struct config_rsa *k)
{
	return k && rsa_bits(k->key) >= SSH_KEY_BITS_MIN;
}

const struct config_rsa *ssh_host_key(const struct cli_deps *d)
{
	const struct cfg *cfg = config_running(d->config);
	const struct config_rsa *k;
	char label[CFG_NAME];

	if (cfg->ssh.keypair[0]) {
		k = config_key(d->config, cfg->ssh.keypair);
		return usable(k) ? k : NULL;
	}
	snprintf(label, sizeof(label), "%.40s.%.39s", cfg->hostname, cfg->domain);
	k = config_key(d->config, label);
	if (usable(k))
		return k;
	for (unsigned i = 0; (k = config_key_at(d->config, i)); i++)
		if (usable(k))
			return k;
	return NULL;
}

static struct bytes der_next(struct rd *r, uint8_t tag)
{
	size_t n;

	if (rd_u8(r) != tag)
		r->bad = true;
	n = rd_u8(r);
	if (n == 0x81)
		n = rd_u8(r);
	else if (n == 0x82)
		n = rd_u16(r);
	else if (n > 0x7f)
		r->bad = true;
	return rd_bytes(r, n);
}

static void wr_string(struct wr *w, struct bytes b)
{
	wr_u32(w, (uint32_t)b.n);
	wr_bytes(w, b);
}

/* SubjectPublicKeyInfo holds the two numbers as an mpint wants them. */
void ssh_host_key_text(const struct config_rsa *k, struct text *out)
{
	struct rd spki = rd_init(rsa_spki(k->key)), info, bits, numbers;
	uint8_t blob[BLOB_MAX];
	struct wr w = wr_init(blob, sizeof(blob));
	struct bytes n, e;

	info = rd_init(der_next(&spki, 0x30));
	der_next(&info, 0x30);
	bits = rd_init(der_next(&info, 0x03));
	rd_u8(&bits);
	numbers = rd_init(der_next(&bits, 0x30));
	n = der_next(&numbers, 0x02);
	e = der_next(&numbers, 0x02);
	wr_string(&w, bytes_str("ssh-rsa"));
	wr_string(&w, e);
	wr_string(&w, n);
	text_add(out, "ssh-rsa ");
	ssh_base64(wr_done(&w), 0, out);
	text_addn(out, "\n", 1);
}

void ssh_base64(struct bytes b, unsigned columns, struct text *out)
{
	for (size_t i = 0; i < b.n; i += 3) {
		size_t left = b.n - i;
		uint32_t v = (uint32_t)b.p[i] << 16 | (left > 1 ? (uint32_t)b.p[i + 1] << 8 : 0) | (left > 2 ? b.p[i + 2] : 0);
		const char four[4] = { digits[v >> 18], digits[v >> 12 & 63], left > 1 ? digits[v >> 6 & 63] : '=',
			left > 2 ? digits[v & 63] : '=' };

		if (columns && i / 3 * 4 % columns == 0)
			text_addn(out, "\n", 1);
		text_addn(out, four, 4);
	}
}

/* ---- algorithms ---- */

static void add_name(struct text *out, const char *name, size_t n)
{
	if (out->n)
		text_addn(out, ",", 1);
	text_addn(out, name, n);
}

/* Of the names in 'all' that one whose beginning, up to '@', is the word; the word itself when it has its '@'. */
static void add_as_libssh(struct text *out, const char *word, size_t n, const char *all)
{
	while (*all) {
		size_t whole = strcspn(all, ","), plain = strcspn(all, "@,");

		if ((n == whole || n == plain) && strncmp(all, word, n) == 0) {
			add_name(out, all, whole);
			return;
		}
		all += whole + (all[whole] == ',');
	}
}

void ssh_algorithms(const struct cfg *cfg, unsigned list, struct text *out)
{
	static const char *const all[SSH_LISTS] = { [SSH_ENCRYPTION] = SSH_ALL_CIPHERS, [SSH_HOSTKEY] = SSH_ALL_HOSTKEYS,
		[SSH_KEX] = SSH_ALL_KEX, [SSH_MAC] = SSH_ALL_MACS };
	const char *p = cfg->ssh.algorithms[list][0] ? cfg->ssh.algorithms[list] : all[list];

	text_clear(out);
	while (*p) {
		size_t n = strcspn(p, " ,");

		if (cfg->ssh.dh_min <= 2048 || strncmp(p, "diffie-hellman-group14-", 23) != 0)
			add_as_libssh(out, p, n, all[list]);
		p += n + (p[n] != '\0');
	}
}

unsigned ssh_methods(const struct cfg *cfg)
{
	return cfg->ssh.methods ? cfg->ssh.methods : SSH_METHOD_PUBLICKEY | SSH_METHOD_KEYBOARD | SSH_METHOD_PASSWORD;
}

/* ---- users' keys ---- */

/* Blanks are passed over; what follows the padding, or a blank behind the last digit, is not looked at. -1: no base64. */
static int unbase64(const char *s, size_t n, uint8_t *out, size_t cap)
{
	uint32_t v = 0;
	unsigned bits = 0;
	size_t len = 0;

	for (size_t i = 0; i < n && s[i] != '='; i++) {
		const char *d = s[i] ? strchr(digits, s[i]) : NULL;

		if (!d || len == cap)
			return -1;
		v = v << 6 | (uint32_t)(d - digits);
		bits += 6;
		if (bits >= 8) {
			bits -= 8;
			out[len++] = (uint8_t)(v >> bits);
		}
	}
	return (int)len;
}

/* The fields of a key of that type: how many strings and mpints follow the name. 0: not taken. */
static unsigned fields(struct bytes type)
{
	static const struct {
		const char *name;
		unsigned n;
	} types[] = { { "ssh-rsa", 2 }, { "ssh-ed25519", 1 }, { "ecdsa-sha2-nistp256", 2 }, { "ecdsa-sha2-nistp384", 2 },
		{ "ecdsa-sha2-nistp521", 2 } };

	for (unsigned i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (bytes_eq(type, bytes_str(types[i].name)))
			return types[i].n;
	return 0;
}

bool ssh_public_blob(struct bytes blob, struct ssh_public *out, struct why *why)
{
	struct rd r = rd_init(blob);
	struct bytes type = rd_bytes(&r, rd_u32(&r));
	unsigned n = fields(type);
	uint8_t md5[16];

	memset(out, 0, sizeof(*out));
	if (!rd_ok(&r))
		return why_set(why, "it is no key");
	if (!n)
		return why_set(why, "its type is not RSA, ECDSA or Ed25519");
	while (n--)
		if (rd_bytes(&r, rd_u32(&r)).n == 0)
			r.bad = true;
	if (!rd_end(&r))
		return why_set(why, "it is cut short or damaged");
	if (!hash_parts(HASH_MD5, &blob, 1, md5))
		return why_set(why, "MD5, by which keys are known, is not available");
	memcpy(out->type, type.p, type.n);
	for (unsigned i = 0; i < sizeof(md5); i++)
		snprintf(out->hash + 2 * i, 3, "%02X", md5[i]);
	return true;
}

/* Blanks inside the base64 are line ends of the paste; a blank behind a whole key parts the comment. */
bool ssh_public_parse(const char *text, struct ssh_public *out, struct why *why)
{
	char joined[BLOB_MAX * 4 / 3 + 8];
	uint8_t blob[BLOB_MAX];
	size_t n = 0;
	int len;

	memset(out, 0, sizeof(*out));
	why_set(why, "no key was given");
	text += strspn(text, " \t\n");
	if (strncmp(text, "ssh-", 4) == 0 || strncmp(text, "ecdsa-", 6) == 0)
		text += strcspn(text, " \t\n");
	for (;;) {
		size_t word;

		text += strspn(text, " \t\n");
		word = strcspn(text, " \t\n");
		if (!word)
			return false;
		if (word >= sizeof(joined) - n)
			return why_set(why, "it is too long");
		memcpy(joined + n, text, word);
		n += word;
		text += word;
		len = unbase64(joined, n, blob, sizeof(blob));
		if (len < 0)
			return why_set(why, "it is not base64");
		if (ssh_public_blob(bytes_of(blob, (size_t)len), out, why))
			break;
	}
	text += strspn(text, " \t\n");
	str_copy(out->comment, sizeof(out->comment), text);
	out->comment[strcspn(out->comment, " \t\n")] = '\0';
	return true;
}
