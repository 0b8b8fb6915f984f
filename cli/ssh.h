/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inside cli/, on the daemon's side: what ssh's listener, rows and show commands share. */
#pragma once
#include "cli/vty_server.h"
#include "lib/text.h"

struct cfg;
struct config_rsa;
struct why;

#define SSH_KEY_BITS_MIN 768	/* of the host key, as on IOS */

/* The host key: of 'ip ssh rsa keypair-name', else HOST.DOMAIN, else any that is long enough. NULL: none, ssh is off. */
const struct config_rsa *ssh_host_key(const struct cli_deps *d);

/* A user's public key: what key-string was given, blanks, 'ssh-rsa' in front and a comment behind included. */
struct ssh_public {
	char type[32], hash[33], comment[81];
};
/* False with why: it is no base64, or no key of a type that is taken (RSA, ECDSA, Ed25519). */
bool ssh_public_parse(const char *text, struct ssh_public *out, struct why *why);
/* The same of the blob (RFC 4253 section 6.6); the comment is empty. */
bool ssh_public_blob(struct bytes blob, struct ssh_public *out, struct why *why);
/* Appends base64; columns: a line end before each so many (0: none). */
void ssh_base64(struct bytes b, unsigned columns, struct text *out);
/* "ssh-rsa AAAA..." of the host key. */
void ssh_host_key_text(const struct config_rsa *k, struct text *out);

/* What there is, in libssh's names; best first. */
#define SSH_ALL_KEX "curve25519-sha256,curve25519-sha256@libssh.org,ecdh-sha2-nistp256,ecdh-sha2-nistp384,ecdh-sha2-nistp521," \
	"diffie-hellman-group16-sha512,diffie-hellman-group18-sha512,diffie-hellman-group14-sha256"
#define SSH_ALL_CIPHERS "chacha20-poly1305@openssh.com,aes256-gcm@openssh.com,aes128-gcm@openssh.com,aes256-ctr,aes192-ctr,aes128-ctr"
#define SSH_ALL_MACS "hmac-sha2-256-etm@openssh.com,hmac-sha2-512-etm@openssh.com,hmac-sha2-256,hmac-sha2-512"
#define SSH_ALL_HOSTKEYS "rsa-sha2-512,rsa-sha2-256"
/* What is offered now: of 'ip ssh server algorithm', without a DH group under 'dh min size'. list: SSH_ENCRYPTION, ... */
void ssh_algorithms(const struct cfg *cfg, unsigned list, struct text *out);
unsigned ssh_methods(const struct cfg *cfg);

struct ssh_info {
	unsigned line;
	const char *cipher, *mac, *user, *state;
};
/* The session on vty N; false: there is none. s may be NULL. */
bool vty_ssh_info(const struct vty_ssh *s, unsigned line, struct ssh_info *out);
