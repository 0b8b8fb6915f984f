/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/live.h"

static uint32_t be(const uint8_t *p, unsigned n)
{
	uint32_t v = 0;

	while (n--)
		v = v << 8 | *p++;
	return v;
}

static void one_frame(struct terminal *t, uint8_t type, const uint8_t *p, size_t n, struct text *screen)
{
	switch (type) {
	case VTY_OUTPUT:
		text_addn(screen, (const char *)p, n);
		break;
	case VTY_LOG:
		text_addn(screen, (const char *)p, n);
		if (!n || p[n - 1] != '\n')
			text_addn(screen, "\n", 1);
		break;
	case VTY_PROMPT:
		ck_assert_uint_ge(n, 6);
		text_clear(&t->prompt);
		text_addn(&t->prompt, (const char *)p + 6, n - 6);
		t->waiting = true;
		break;
	default:
		break;
	}
}

void live_drain(struct terminal *t, struct text *screen)
{
	for (;;) {
		struct bytes b = session_output(t->session);
		size_t n;

		if (b.n < 5)
			break;
		n = be(b.p + 1, 4);
		ck_assert_uint_ge(b.n, 5 + n);
		one_frame(t, b.p[0], b.p + 5, n, screen);
		session_output_sent(t->session, 5 + n);
	}
}

void live_send(struct terminal *t, uint8_t type, const void *p, size_t n)
{
	struct vty_frame f = { .type = type, .body = bytes_of(p, n) };

	ck_assert(session_input(t->session, &f));
}

static void nobody(void *arg)
{
}

static void session_begin(struct terminal *t)
{
	const uint8_t hello[] = { VTY_VERSION, t->logs ? 0 : VTY_HELLO_EXEC, 0, 24, 0, 80, 'v', 't' };
	struct cli_peer peer = { .origin = CLI_CONSOLE, .local = true };
	struct text first = TEXT_EMPTY;

	t->session = session_new(t->cli, &peer, nobody, NULL);
	live_send(t, VTY_HELLO, hello, sizeof(hello));
	live_drain(t, &first);
	text_free(&first);
}

void live_plug_in(struct terminal *t, struct sim_dev *d, bool logs)
{
	struct cli_deps deps = { .env = &d->env, .log = d->log, .config = d->config, .isakmp = d->isakmp, .gdoi = d->gdoi, .coop = d->coop,
		.netif = t->netif, .version = "0.1.0" };

	*t = (struct terminal){ .netif = t->netif };
	t->dev = d;
	t->logs = logs;
	t->name = d->name;
	t->cli = cli_new(&deps);
	session_begin(t);
}

void live_join(struct terminal *t, const struct terminal *of, const char *name)
{
	memset(t, 0, sizeof(*t));
	t->dev = of->dev;
	t->name = name;
	t->logs = of->logs;
	t->cli = of->cli;
	t->shared = true;
	session_begin(t);
}

void live_unplug(struct terminal *t)
{
	session_free(t->session);
	if (!t->shared)
		cli_free(t->cli);
	text_free(&t->prompt);
}

void live_hang_up(struct terminal *t)
{
	session_free(t->session);
	t->waiting = false;
	session_begin(t);
}

void live_type(struct terminal *t, const char *line, struct text *screen)
{
	ck_assert_msg(t->waiting, "%s gives no prompt for '%s'", t->dev->name, line);
	text_printf(screen, "%s", text_str(&t->prompt));
	t->waiting = false;
	if (strncmp(line, "key ", 4) == 0) {
		text_addn(screen, "\n", 1);
		live_send(t, VTY_KEY, line + 4, 1);
	} else {
		text_printf(screen, "%s\n", line);
		live_send(t, VTY_LINE, line, strlen(line));
	}
	live_drain(t, screen);
}
