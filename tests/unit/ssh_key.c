/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Public keys as people paste them; hashes are those that ssh-keygen -l -E md5 tells. */
#include <stdio.h>
#include "cli/ssh.h"
#include "config/config.h"
#include "lib/crypto/rsa.h"
#include "lib/mem.h"
#include "lib/why.h"
#include "tests/unit/unit.h"

#define ED "AAAAC3NzaC1lZDI1NTE5AAAAIAwRPScu28vxCJaNzFI087izL+C/QA3r+KXQXZkzLLUP"
#define ED_MD5 "A36737D3A5AE5B9520EF545BBC0040F3"
#define EC "AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBDqEKcN+K00IjmmYRUVWmoLGOQa0CYbH+F0Lm3hIyJCJBEfjyxQ/" \
	"pTj09wGP/Sf8A3hYEddymH5CfoB9fkKJoY0="
#define EC_MD5 "0027FFE6061D31482FF532C98B72A979"

static const struct {
	const char *text, *type, *hash, *comment;	/* type NULL: refused */
} keys[] = {
	{ ED, "ssh-ed25519", ED_MD5, "" },
	{ "ssh-ed25519 " ED, "ssh-ed25519", ED_MD5, "" },
	{ "ssh-ed25519 " ED " me@here", "ssh-ed25519", ED_MD5, "me@here" },
	{ "\n  ssh-ed25519\n" ED "\n me@here and more", "ssh-ed25519", ED_MD5, "me@here" },
	{ "AAAAC3NzaC1lZDI1NTE5AAAAIAwRPScu28vx\nCJaNzFI087izL+C/QA3r\n+KXQXZkzLLUP\n", "ssh-ed25519", ED_MD5, "" },
	{ EC, "ecdsa-sha2-nistp256", EC_MD5, "" },
	{ "ecdsa-sha2-nistp256 " EC " x", "ecdsa-sha2-nistp256", EC_MD5, "x" },
	{ "", NULL, NULL, NULL },
	{ " \n\t", NULL, NULL, NULL },
	{ "ssh-ed25519", NULL, NULL, NULL },
	{ "ssh-ed25519 ", NULL, NULL, NULL },
	{ "AAAA", NULL, NULL, NULL },
	{ "====", NULL, NULL, NULL },
	{ "AAAAC3NzaC1lZDI1NTE5AAAAIAwRPScu28vx", NULL, NULL, NULL },			/* cut short */
	{ ED "AAAA", NULL, NULL, NULL },						/* too long */
	{ "!" ED, NULL, NULL, NULL },
	{ "AAAAB3NzaC1kc3MAAAABAQ==", NULL, NULL, NULL },				/* ssh-dss */
	{ "/////w==", NULL, NULL, NULL },						/* a length of 4 GiB */
};

START_TEST(pasted)
{
	struct ssh_public k;
	struct why why = { "" };
	bool ok = ssh_public_parse(keys[_i].text, &k, &why);

	ck_assert_msg(ok == (keys[_i].type != NULL), "%s: %s", keys[_i].text, why.text);
	if (!ok) {
		ck_assert_str_ne(why.text, "");
		return;
	}
	ck_assert_str_eq(k.type, keys[_i].type);
	ck_assert_str_eq(k.hash, keys[_i].hash);
	ck_assert_str_eq(k.comment, keys[_i].comment);
}
END_TEST

/* Any beginning and any changed octet is a key or is refused in words. */
START_TEST(damaged)
{
	char text[sizeof(EC)];
	struct ssh_public k;
	struct why why;

	for (size_t i = 0; i < sizeof(EC) - 1; i++) {
		memcpy(text, EC, sizeof(EC));
		text[i] = '\0';
		/* All but the padding is all of it. */
		ck_assert(ssh_public_parse(text, &k, &why) == (i == sizeof(EC) - 2));
		for (int c = 1; c < 256; c++) {
			memcpy(text, EC, sizeof(EC));
			text[i] = (char)c;
			if (!ssh_public_parse(text, &k, &why))
				ck_assert_str_ne(why.text, "");
		}
	}
}
END_TEST

START_TEST(long_ones)
{
	size_t n = 100000;
	char *text = mem_zalloc(n + 1);
	struct ssh_public k;

	memset(text, 'A', n);
	ck_assert(!ssh_public_parse(text, &k, NULL));
	memset(text, ' ', n);
	ck_assert(!ssh_public_parse(text, &k, NULL));
	for (size_t i = 0; i < n; i += 2)
		text[i] = 'A';
	ck_assert(!ssh_public_parse(text, &k, NULL));
	free(text);
}
END_TEST

/* What 'show ip ssh' prints of a host key is a key as well. */
START_TEST(host_key)
{
	static const unsigned bits[] = { 768, 1024, 1031, 2048 };

	for (unsigned i = 0; i < sizeof(bits) / sizeof(bits[0]); i++) {
		struct config_rsa r = { .label = "K", .key = rsa_generate(bits[i], NULL) };
		struct text t = TEXT_EMPTY;
		struct ssh_public k;

		ck_assert_ptr_nonnull(r.key);
		ssh_host_key_text(&r, &t);
		ck_assert(ssh_public_parse(text_str(&t), &k, NULL));
		ck_assert_str_eq(k.type, "ssh-rsa");
		rsa_free(r.key);
		text_free(&t);
	}
}
END_TEST

START_TEST(base64)
{
	static const struct {
		const char *in, *out;
	} rfc4648[] = { { "", "" }, { "f", "Zg==" }, { "fo", "Zm8=" }, { "foo", "Zm9v" }, { "foob", "Zm9vYg==" }, { "fooba", "Zm9vYmE=" },
		{ "foobar", "Zm9vYmFy" } };
	struct text t = TEXT_EMPTY;

	for (unsigned i = 0; i < sizeof(rfc4648) / sizeof(rfc4648[0]); i++) {
		text_clear(&t);
		ssh_base64(bytes_str(rfc4648[i].in), 0, &t);
		ck_assert_str_eq(text_str(&t), rfc4648[i].out);
	}
	text_clear(&t);
	ssh_base64(bytes_str("foobarfoobar"), 8, &t);
	ck_assert_str_eq(text_str(&t), "\nZm9vYmFy\nZm9vYmFy");
	text_free(&t);
}
END_TEST

static void add(TCase *tcase, const void *arg)
{
	(void)arg;
	tcase_add_loop_test(tcase, pasted, 0, (int)(sizeof(keys) / sizeof(keys[0])));
	tcase_add_test(tcase, damaged);
	tcase_add_test(tcase, long_ones);
	tcase_add_test(tcase, host_key);
	tcase_add_test(tcase, base64);
}

int main(void)
{
	return unit_suite("ssh-key", 60, add, NULL);
}
