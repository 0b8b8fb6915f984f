/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/show_fmt.h"
#include "cli/show_ssh.h"
#include "cli/ssh.h"
#include "cli/vtyproto_ssh.h"
#include "config/config.h"
#include "lib/crypto/rsa.h"

void show_ssh_server(const struct show *s)
{
	const struct config_rsa *k = ssh_host_key(s->d);
	const struct cfg_ssh *c = &show_cfg(s)->ssh;

	if (k)
		text_add(s->out, "SSH Enabled - version 2.0\n");
	else
		text_printf(s->out, "SSH Disabled - version 2.0\n%%Please create RSA keys to enable SSH (and of atleast %d bits for SSH v2).\n",
			SSH_KEY_BITS_MIN);
	text_add(s->out, "Authentication methods:publickey,keyboard-interactive,password\n");
	text_add(s->out, "Authentication Publickey Algorithms:" SSH_PUBKEYS "\n");
	text_add(s->out, "Hostkey Algorithms:" SSH_HOSTKEYS "\n");
	text_add(s->out, "Encryption Algorithms:" SSH_CIPHERS "\n");
	text_add(s->out, "MAC Algorithms:" SSH_MACS "\n");
	text_printf(s->out, "KEX Algorithms:%s\n", c->dh_min > 2048 ? SSH_KEX_4096 : SSH_KEX_2048);
	text_printf(s->out, "Authentication timeout: %u secs; Authentication retries: %u\n", c->timeout, c->retries);
	text_printf(s->out, "Minimum expected Diffie Hellman key size : %u bits\n", c->dh_min);
	if (!k) {
		text_add(s->out, "IOS Keys in SECSH format(ssh-rsa, base64 encoded): NONE\n");
		return;
	}
	text_printf(s->out, "IOS Keys in SECSH format(ssh-rsa, base64 encoded): %s\nModulus Size : %u bits\n", k->label, rsa_bits(k->key));
	ssh_host_key_text(k, s->out);
}

static void direction(struct text *out, const struct ssh_info *i, const char *mode)
{
	text_printf(out, "%-10u 2.0     %-4s %-11s %-12s %-21s ", i->line, mode, i->cipher, i->mac, i->state);
	text_escaped(out, bytes_str(i->user));
	text_addn(out, "\n", 1);
}

void show_ssh_sessions(const struct show *s, const struct vty_ssh *ssh)
{
	struct ssh_info info;
	bool any = false;

	for (unsigned i = 0; i < CFG_VTYS; i++) {
		if (!vty_ssh_info(ssh, i, &info))
			continue;
		if (!any)
			text_add(s->out, "Connection Version Mode Encryption  Hmac         State                 Username\n");
		any = true;
		direction(s->out, &info, "IN");
		direction(s->out, &info, "OUT");
	}
	if (!any)
		text_add(s->out, "%No SSHv2 server connections running.\n");
	text_add(s->out, "%No SSHv1 server connections running.\n");
}
