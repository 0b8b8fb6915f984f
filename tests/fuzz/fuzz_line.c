/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Any line in any mode of a session, typed, helped and completed. The first octet says where and how; the rest are lines.
 */
#include <stdlib.h>
#include "cli/session.h"
#include "cli/vtyproto.h"
#include "tests/golden/device.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const way[] = { "", "configure terminal", "crypto gdoi group G", "server local", "sa ipsec 1",
	"ip access-list extended E", "ip access-list standard S", "line vty 0 4", "interface eth0", "crypto isakmp policy 1",
	"crypto ipsec transform-set T esp-aes", "crypto ipsec profile P", "crypto map M 1 gdoi", "crypto map M gdoi fail-close",
	"crypto keyring K" };

static struct device dev;

static void woken(void *arg)
{
}

static void say(struct session *s, uint8_t type, const void *p, size_t n)
{
	struct vty_frame f = { .type = type, .body = bytes_of(p, n) };

	session_input(s, &f);
	session_output_sent(s, session_output(s).n);
}

static struct session *begin(unsigned mode)
{
	static const uint8_t hello[] = { VTY_VERSION, VTY_HELLO_EXEC, 0, 24, 0, 80 };
	struct cli_peer peer = { .origin = CLI_CONSOLE, .local = true };
	struct session *s = session_new(dev.cli, &peer, woken, NULL);

	say(s, VTY_HELLO, hello, sizeof(hello));
	s->priv = mode & 1 ? 15 : 1;
	for (unsigned i = 1; i <= mode / 2 && i < sizeof(way) / sizeof(way[0]); i++)
		say(s, VTY_LINE, way[i], strlen(way[i]));
	return s;
}

/* Commands that are slow on purpose (hashes, keys) say nothing about the parser. */
static bool slow(const uint8_t *p, size_t n)
{
	return memmem(p, n, "sec", 3) || memmem(p, n, "gen", 3) || memmem(p, n, "exp", 3) || memmem(p, n, "SEC", 3);
}

static void one(struct session *s, const uint8_t *p, size_t n)
{
	say(s, VTY_HELP, p, n);
	say(s, VTY_COMPLETE, p, n);
	if (!slow(p, n))
		say(s, n && p[n - 1] == 'Z' ? VTY_END : VTY_LINE, p, n);
	say(s, VTY_KEY, "n", 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *p = data + 1, *end = data + size;
	struct session *s;

	if (!size || size > 4096)
		return 0;
	if (!dev.cli)
		device_open(&dev, true);
	s = begin(data[0] % 32);
	while (p < end && !session_over(s)) {
		const uint8_t *nl = memchr(p, '\n', (size_t)(end - p));
		size_t n = (size_t)((nl ? nl : end) - p);

		one(s, p, n);
		p += n + 1;
	}
	session_free(s);
	return 0;
}
