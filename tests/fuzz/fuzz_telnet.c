/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a telnet client sends, in pieces (each octet of the first eight says how long the next one is), and what the terminal
 * answers meanwhile. The protocol's functions are static: the target is the file itself.
 */
#include "cli/gdoixsh_telnet.c"
#include "lib/bytes.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The rest of gdoixsh is not there. */
void sandbox(void)
{
}

int term_run(struct link *l)
{
	return 0;
}

static void check(const struct queue *q)
{
	if (q->n > QUEUE)
		abort();
}

/* What the pump does between two reads: both sides take all. The terminal is typed CR, never LF or NUL. */
static void turn_around(void)
{
	check(&P.to_pty);
	check(&P.to_peer);
	if (memchr(P.to_pty.b, '\0', P.to_pty.n) || memchr(P.to_pty.b, '\n', P.to_pty.n))
		abort();
	P.to_pty.n = P.to_peer.n = 0;
	from_terminal("R1>\r\nx\r\xff", 8);
	check(&P.to_peer);
	P.to_peer.n = 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *p = data + 8, *end = data + size;

	if (size < 8 || size > 8192)
		return 0;
	memset(&P, 0, sizeof(P));
	P.pty = -1;
	P.telnet = telnet_init(options, on_telnet, 0, NULL);
	if (!P.telnet)
		abort();
	telnet_negotiate(P.telnet, TELNET_WILL, TELNET_TELOPT_ECHO);
	telnet_negotiate(P.telnet, TELNET_DO, TELNET_TELOPT_TTYPE);
	for (unsigned i = 0; p < end && !P.failed && !P.to_peer.overflow && !P.to_pty.overflow; i++) {
		size_t n = (size_t)data[i % 8] * 4 + 1;

		n = n > (size_t)(end - p) ? (size_t)(end - p) : n;
		telnet_recv(P.telnet, (const char *)p, n);
		p += n;
		turn_around();
	}
	if (strlen(P.term) >= PTY_TYPE || strspn(P.term, "abcdefghijklmnopqrstuvwxyz0123456789-") != strlen(P.term))
		abort();
	telnet_free(P.telnet);
	return 0;
}
