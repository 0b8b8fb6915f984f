/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What an ssh terminal may negotiate, in libssh's names: gdoixsh_ssh.c offers it, 'show ip ssh' prints it. */
#pragma once

#define SSH_KEX_EC "curve25519-sha256,curve25519-sha256@libssh.org,ecdh-sha2-nistp256,ecdh-sha2-nistp384,ecdh-sha2-nistp521"
#define SSH_KEX_4096 SSH_KEX_EC ",diffie-hellman-group16-sha512,diffie-hellman-group18-sha512"
#define SSH_KEX_2048 SSH_KEX_4096 ",diffie-hellman-group14-sha256"
#define SSH_CIPHERS "chacha20-poly1305@openssh.com,aes256-gcm@openssh.com,aes128-gcm@openssh.com,aes256-ctr,aes192-ctr,aes128-ctr"
#define SSH_MACS "hmac-sha2-256-etm@openssh.com,hmac-sha2-512-etm@openssh.com,hmac-sha2-256,hmac-sha2-512"
#define SSH_HOSTKEYS "rsa-sha2-512,rsa-sha2-256"
#define SSH_PUBKEYS "ssh-ed25519,ecdsa-sha2-nistp256,ecdsa-sha2-nistp384,ecdsa-sha2-nistp521,rsa-sha2-512,rsa-sha2-256"
