/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The protocol of vty.sock: octets in pieces, cut into frames, to a session that asks for user and password, to one that does
 * not, and to one whose user is known (ssh). The first octet says which, the second how long the pieces are.
 */
#include <stdlib.h>
#include "cli/session.h"
#include "cli/vtyproto.h"
#include "tests/golden/device.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct device dev;

static const char config[] = "hostname R1\nusername joe nopassword\nusername ann password 0 a\nbanner motd #m#\n"
	"line vty 0 1\nlogin local\nline vty 2\npassword b\nlogin\nline vty 3\nno login\nprivilege level 15\n";

static void woken(void *arg)
{
}

static void settle(struct session *s)
{
	device_settle(&dev);
	session_output_sent(s, session_output(s).n);
}

/* Hashes, keys and files are slow, and no part of the protocol. */
static bool slow(struct bytes b)
{
	static const char *const words[] = { "sec", "gen", "exp", "cop", "tee", "red", "app", "wr", "arch", "tech" };

	for (unsigned i = 0; b.n && i < sizeof(words) / sizeof(words[0]); i++)
		if (memmem(b.p, b.n, words[i], strlen(words[i])))
			return true;
	return false;
}

static bool one(struct session *s, const struct vty_frame *f)
{
	bool ok;

	if (slow(f->body))
		return true;
	ok = session_input(s, f);
	settle(s);
	return ok;
}

static struct session *begin(unsigned which)
{
	struct cli_peer peer = { .origin = which % 5 == 4 ? CLI_CONSOLE : CLI_VTY, .line = which % 4, .from = { 0x0a000009 } };

	peer.local = peer.origin == CLI_CONSOLE;
	if (which & 8)
		str_copy(peer.user, sizeof(peer.user), "joe"), peer.named = true;
	return session_new(dev.cli, &peer, woken, NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct vty_in in = { 0 };
	struct session *s;
	struct vty_frame f;
	bool good = true;

	if (size < 2 || size > 8192)
		return 0;
	if (!dev.cli) {
		device_open(&dev, true);
		cli_replay(dev.cli, bytes_of(config, sizeof(config) - 1), NULL);
	}
	s = begin(data[0]);
	for (size_t at = 2, n; at < size && good && !in.bad && !session_over(s); at += n) {
		size_t room;
		uint8_t *to = vty_in_room(&in, &room);

		n = (size_t)data[1] + 1;
		n = n > size - at ? size - at : n;
		n = n > room ? room : n;
		memcpy(to, data + at, n);
		vty_in_got(&in, n);
		while (good && !session_over(s) && vty_in_next(&in, &f))
			good = one(s, &f);
	}
	session_free(s);
	vty_in_free(&in);
	return 0;
}
