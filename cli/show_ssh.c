/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/show_fmt.h"
#include "cli/show_ssh.h"
#include "cli/ssh.h"
#include "cli/vtyproto.h"
#include "config/config.h"
#include "lib/crypto/rsa.h"

static void methods(struct text *out, unsigned m)
{
	const char *comma = "";

	text_add(out, "Authentication methods:");
	for (unsigned i = 0; i < 3; i++) {
		static const char *const names[] = { "publickey", "keyboard-interactive", "password" };

		if (!(m & 1u << i))
			continue;
		text_printf(out, "%s%s", comma, names[i]);
		comma = ",";
	}
	text_addn(out, "\n", 1);
}

static void algorithms(const struct show *s, const char *heading, unsigned list)
{
	struct text t = TEXT_EMPTY;

	ssh_algorithms(show_cfg(s), list, &t);
	text_printf(s->out, "%s:%s\n", heading, text_str(&t));
	text_free(&t);
}

void show_ssh_server(const struct show *s)
{
	const struct config_rsa *k = ssh_host_key(s->d);
	const struct cfg_ssh *c = &show_cfg(s)->ssh;

	if (k)
		text_add(s->out, "SSH Enabled - version 2.0\n");
	else
		text_printf(s->out, "SSH Disabled - version 2.0\n%%Please create RSA keys to enable SSH (and of atleast %d bits for SSH v2).\n",
			SSH_KEY_BITS_MIN);
	methods(s->out, ssh_methods(show_cfg(s)));
	text_add(s->out, "Authentication Publickey Algorithms:" VTY_SSH_PUBKEYS "\n");
	algorithms(s, "Hostkey Algorithms", SSH_HOSTKEY);
	algorithms(s, "Encryption Algorithms", SSH_ENCRYPTION);
	algorithms(s, "MAC Algorithms", SSH_MAC);
	algorithms(s, "KEX Algorithms", SSH_KEX);
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
