/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include "lib/clock.h"
#include "lib/mem.h"
#include "lib/net.h"
#include "syslog/internal.h"

#define DATAGRAM 1024	/* RFC 3164 section 4.1 */
#define SYSLOG_PORT 514

/* Messages that a peer's datagrams or logins can provoke: 'burst' at once, then one per 'seconds'. */
static const struct {
	int id;
	unsigned burst, seconds;
} limits[] = {
	{ MSG_CRYPTO_IKMP_AG_MODE_DISABLED, 10, 5 }, { MSG_CRYPTO_IKMP_AUTH_FAIL, 10, 5 },
	{ MSG_CRYPTO_IKMP_BAD_DOI_NOTIFY, 10, 5 },   { MSG_CRYPTO_IKMP_BAD_DOI_SA, 10, 5 },
	{ MSG_CRYPTO_IKMP_BAD_MESSAGE, 10, 5 },	     { MSG_CRYPTO_IKMP_BUSY, 3, 30 },
	{ MSG_CRYPTO_IKMP_CRYPT_FAILURE, 10, 5 },    { MSG_CRYPTO_IKMP_HALF_OPEN, 3, 30 },
	{ MSG_CRYPTO_IKMP_INVAL_CERT, 10, 5 },	     { MSG_CRYPTO_IKMP_MALFORMED, 10, 5 },
	{ MSG_CRYPTO_IKMP_MODE_FAILURE, 10, 5 },     { MSG_CRYPTO_IKMP_NOT_ENCRYPTED, 10, 5 },
	{ MSG_CRYPTO_IKMP_NO_PRESHARED_KEY, 10, 5 }, { MSG_CRYPTO_IKMP_NO_PROPOSAL, 10, 5 },
	{ MSG_CRYPTO_IKMP_NO_SA, 10, 5 },	     { MSG_CRYPTO_IKMP_PKT_OVERFLOW, 10, 5 },
	{ MSG_CRYPTO_IKMP_SA_NOT_AUTH, 10, 5 },	     { MSG_CRYPTO_IKMP_SA_NOT_OFFERED, 10, 5 },
	{ MSG_CRYPTO_IKMP_UNK_EXCHANGE, 10, 5 },     { MSG_CRYPTO_PKT_REPLAY_ERR, 3, 60 },
	{ MSG_CRYPTO_RECVD_PKT_INV_IDENTITY, 3, 60 }, { MSG_CRYPTO_RECVD_PKT_INV_PROT, 3, 60 },
	{ MSG_CRYPTO_RECVD_PKT_INV_SPI, 3, 60 },     { MSG_CRYPTO_RECVD_PKT_MAC_ERR, 3, 60 },
	{ MSG_CRYPTO_RECVD_PKT_NOT_IPSEC, 1, 60 },   { MSG_GDOI_COOP_KS_UNAUTH, 10, 5 },
	{ MSG_GDOI_GDOI_REKEY_FAILURE, 10, 5 },	     { MSG_GDOI_GDOI_REKEY_SEQ_FAILURE, 10, 5 },
	{ MSG_GDOI_GM_HASH_FAIL, 10, 5 },	     { MSG_GDOI_GM_UNKNOWN_REKEY, 10, 5 },
	{ MSG_GDOI_IPSEC_INITIATE_GM_REGISTER_POSTPONE, 1, 60 }, { MSG_GDOI_KS_BAD_ID, 10, 5 },
	{ MSG_GDOI_KS_HASH_FAIL, 10, 5 },	     { MSG_GDOI_KS_UNAUTHORIZED, 10, 5 },
	{ MSG_GDOI_KS_UNSOL_ACK, 10, 5 },	     { MSG_GDOI_MALFORMED_MSG, 10, 5 },
	{ MSG_GDOI_PSEUDO_TIME_TOO_OLD, 10, 5 },     { MSG_GDOI_REPLAY_FAILED, 10, 5 },
	{ MSG_GDOI_TIMEBASED_REPLAY_FAILED, 3, 60 }, { MSG_GDOI_UNAUTHORIZED_IDENTITY, 10, 5 },
	{ MSG_GDOI_UNAUTHORIZED_IPADDR, 10, 5 },     { MSG_GDOI_UNKNOWN_GROUP, 10, 5 },
	{ MSG_GDOI_UNREGISTERED_INTERFACE, 10, 5 },  { MSG_IPSEC_HMAC_ERROR, 3, 60 },
	{ MSG_IPSEC_REPLAY_ERROR, 3, 60 },	     { MSG_SEC_LOGIN_LOGIN_FAILED, 20, 1 },
	{ MSG_SSH_BAD_PACK_LEN, 10, 5 },	     { MSG_SSH_NO_MATCH, 10, 5 },
	{ MSG_SSH_SSH2_UNEXPECTED_MSG, 10, 5 },	     { MSG_SYS_VTY_BUSY, 10, 5 },
};

void syslog_config_defaults(struct syslog_config *c)
{
	*c = (struct syslog_config){ .on = true, .buffered = 7, .console = 7, .monitor = 7, .trap = 6,
		.buffer_size = 4096, .facility = 23, .log_stamp = LOG_STAMP_DATETIME, .debug_stamp = LOG_STAMP_DATETIME,
		.msec = true };
}

struct syslog *syslog_new(struct clock *clock)
{
	struct syslog *l = mem_zalloc(sizeof(*l));

	l->clock = clock;
	l->start = clock_now(clock);
	syslog_config_defaults(&l->cfg);
	for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++)
		ratelimit_init(&l->limit[limits[i].id], limits[i].burst, SEC(limits[i].seconds));
	ratelimit_init(&l->host_limit, 1, SEC(60));
	return l;
}

void syslog_free(struct syslog *l)
{
	if (!l)
		return;
	ring_free(&l->ring);
	free(l->sink);
	free(l);
}

void syslog_set_addresses(struct syslog *l, bool (*address)(void *arg, const char *ifname, struct ip4 *out), void *arg)
{
	l->address = address;
	l->address_arg = arg;
}

void syslog_set_net(struct syslog *l, struct net *net)
{
	l->net = net;
}

const struct syslog_config *syslog_config(const struct syslog *l)
{
	return &l->cfg;
}

void syslog_clock_is_set(struct syslog *l, bool set)
{
	l->clock_is_set = set;
}

bool syslog_clock_set(const struct syslog *l)
{
	return l->clock_is_set;
}

void syslog_clear_buffer(struct syslog *l)
{
	ring_trim(&l->ring, 0);
}

uint64_t syslog_count(const struct syslog *l, int id)
{
	return id >= 0 && id < MSG_MAX ? l->count[id] : 0;
}

unsigned syslog_sink_add(struct syslog *l, enum log_sink_kind kind, void (*fn)(void *arg, const struct log_line *line),
	void *arg)
{
	l->sink = mem_realloc(l->sink, (l->nsink + 1) * sizeof(*l->sink));
	l->sink[l->nsink++] = (struct log_sink){ ++l->last_handle, kind, fn, arg };
	return l->last_handle;
}

static void sweep_sinks(struct syslog *l)
{
	size_t kept = 0;

	for (size_t i = 0; i < l->nsink; i++) {
		if (l->sink[i].fn)
			l->sink[kept++] = l->sink[i];
	}
	l->nsink = kept;
}

void syslog_sink_del(struct syslog *l, unsigned handle)
{
	for (size_t i = 0; i < l->nsink; i++) {
		if (l->sink[i].handle == handle)
			l->sink[i].fn = NULL;
	}
	/* A sink may end itself in its own call: the array must stay as it is until all have been called. */
	if (!l->emitting)
		sweep_sinks(l);
}

static bool sink_wants(const struct syslog *l, enum log_sink_kind kind, int severity)
{
	switch (kind) {
	case SINK_CONSOLE:
		return severity <= l->cfg.console;	/* 'no logging on' leaves the console */
	case SINK_MONITOR:
		return l->cfg.on && severity <= l->cfg.monitor;
	case SINK_ALL:
		return true;
	}
	return false;
}

static void to_sinks(struct syslog *l, const struct log_line *line)
{
	bool monitored = false;

	for (size_t i = 0; i < l->nsink; i++) {
		struct log_sink s = l->sink[i];

		if (!s.fn || !sink_wants(l, s.kind, line->severity))
			continue;
		monitored |= s.kind == SINK_MONITOR;
		s.fn(s.arg, line);
	}
	if (line->severity <= l->cfg.console)
		l->console_lines++;
	if (monitored)
		l->monitor_lines++;
}

/* None: as routed, also while the interface has no address. */
static struct ip4 source(const struct syslog *l)
{
	struct ip4 ip = { 0 };

	if (l->cfg.source_interface[0] && (!l->address || !l->address(l->address_arg, l->cfg.source_interface, &ip)))
		ip.a = 0;
	return ip;
}

static struct ip4 origin_address(const struct syslog *l, unsigned i)
{
	struct ip4 ip = source(l);

	if (ip4_none(ip) && l->net->ops->source_for)
		ip = l->net->ops->source_for(l->net, l->cfg.host[i].ip);
	return ip;
}

static void datagram(const struct syslog *l, unsigned i, const struct log_line *line, struct text *out)
{
	const struct syslog_config *c = &l->cfg;

	text_printf(out, "<%d>%" PRIu64 ": ", c->facility * 8 + line->severity, l->host[i].counter);
	if (c->origin == 1)
		text_printf(out, "%s: ", c->hostname);
	else if (c->origin == 2)
		text_printf(out, "%s: ", c->origin_string);
	else if (c->origin == 3)
		text_printf(out, "%s: ", ip4_s(origin_address(l, i)));
	text_add(out, line->line);
	for (size_t k = 0; k < out->n; k++) {
		if (out->s[k] == '\n' || out->s[k] == '\t')
			out->s[k] = ' ';
	}
	while (out->n && out->s[out->n - 1] == ' ')
		out->s[--out->n] = '\0';
	if (out->n > DATAGRAM)
		out->n = DATAGRAM;
}

static void to_hosts(struct syslog *l, const struct log_line *line)
{
	const struct endpoint src = { source(l), 0 };

	if (!l->net || !l->cfg.on || line->severity > l->cfg.trap || !l->cfg.nhost)
		return;
	l->trap_lines++;
	for (unsigned i = 0; i < l->cfg.nhost && i < LOG_HOSTS; i++) {
		struct log_host *h = &l->host[i];
		struct endpoint dst = l->cfg.host[i];
		struct text t = TEXT_EMPTY;

		if (!dst.port)
			dst.port = SYSLOG_PORT;
		h->counter++;
		datagram(l, i, line, &t);
		h->down = !l->net->ops->send(l->net, src, dst, bytes_of(t.s, t.n));
		if (h->down) {
			h->dropped++;
			l->dropped++;
			l->host_failing = true;
		} else {
			h->sent++;
		}
		text_free(&t);
	}
}

/* Told once a minute, when the message that could not be sent is done with; not itself sent to hosts in vain. */
static void report_failing_host(struct syslog *l)
{
	if (!l->host_failing)
		return;
	l->host_failing = false;
	if (!ratelimit_ok(&l->host_limit, clock_now(l->clock), NULL))
		return;
	for (unsigned i = 0; i < l->cfg.nhost && i < LOG_HOSTS; i++) {
		const struct endpoint *e = &l->cfg.host[i];

		if (l->host[i].down)
			log_SYS_LOGGINGHOST_FAIL(l, ip4_s(e->ip), e->port ? e->port : SYSLOG_PORT);
	}
	l->host_failing = false;
}

void log_deliver(struct syslog *l, enum log_stamp stamp, int severity, int id, const char *mnemonic, const char *text)
{
	struct log_line line = { .severity = severity, .id = id, .mnemonic = mnemonic, .text = text };
	struct text t = TEXT_EMPTY;

	/* A sink that logs would never end. */
	if (l->emitting) {
		l->dropped++;
		return;
	}
	l->emitting = true;
	l->seq++;
	if (l->cfg.sequence_numbers)
		text_printf(&t, "%06" PRIu64 ": ", l->seq);
	log_stamp(l, stamp, &t);
	if (mnemonic[0])
		text_printf(&t, "%%%s: ", mnemonic);
	text_add(&t, text);
	line.line = text_str(&t);
	if (l->cfg.on && severity <= l->cfg.buffered) {
		ring_add(&l->ring, line.line, t.n, l->cfg.buffer_size);
		l->buffer_lines++;
	}
	to_sinks(l, &line);
	to_hosts(l, &line);
	text_free(&t);
	l->emitting = false;
	sweep_sinks(l);
	report_failing_host(l);
}

static int printed(const char *mnemonic)
{
	const char *variant = strstr(mnemonic, "__");

	return variant ? (int)(variant - mnemonic) : (int)strlen(mnemonic);
}

/* True when the message may go out; *missed gets how many of its kind did not before it. */
static bool within_rate(struct syslog *l, int id, uint64_t *missed)
{
	*missed = 0;
	if (!l->limit[id].burst || ratelimit_ok(&l->limit[id], clock_now(l->clock), missed))
		return true;
	l->limited++;
	return false;
}

void syslog_emit(struct syslog *l, int id, const char *fmt, ...)
{
	const struct msg_desc *d = msg_desc(id);
	struct text text = TEXT_EMPTY;
	char mnemonic[80];
	uint64_t missed;
	va_list ap;

	l->count[id]++;
	if (!within_rate(l, id, &missed))
		return;
	va_start(ap, fmt);
	log_format(&text, false, fmt, ap);
	va_end(ap);
	snprintf(mnemonic, sizeof(mnemonic), "%s-%d-%.*s", d->facility, d->severity, printed(d->mnemonic), d->mnemonic);
	log_deliver(l, l->cfg.log_stamp, d->severity, id, mnemonic, text_str(&text));
	text_free(&text);
	if (missed)
		log_SYS_MSG_SUPPRESSED(l, missed, d->facility, (unsigned)d->severity, d->mnemonic);
}

static void tell_level(struct syslog *l, const char *which, int before, int now, const char *size)
{
	if (before == now && !size[0])
		return;
	if (now < 0)
		log_SYS_LOG_CONFIG_CHANGE__OFF(l, which);
	else
		log_SYS_LOG_CONFIG_CHANGE(l, which, log_level_name(now), size);
}

static void tell_levels(struct syslog *l, const struct syslog_config *old)
{
	const struct syslog_config *c = &l->cfg;
	char size[32] = "";

	if (c->buffered >= 0 && (c->buffered != old->buffered || c->buffer_size != old->buffer_size))
		snprintf(size, sizeof(size), ", size (%u)", c->buffer_size);
	tell_level(l, "Console", old->console, c->console, "");
	tell_level(l, "Monitor", old->monitor, c->monitor, "");
	tell_level(l, "Buffer", old->buffered, c->buffered, size);
}

static bool has_host(const struct syslog_config *c, const struct endpoint *e, unsigned *at)
{
	for (*at = 0; *at < c->nhost; (*at)++) {
		if (endpoint_eq(c->host[*at], *e))
			return true;
	}
	return false;
}

static unsigned host_port(const struct endpoint *e)
{
	return e->port ? e->port : SYSLOG_PORT;
}

/* A host keeps its counters when others come and go. */
static void move_hosts(struct syslog *l, const struct syslog_config *old)
{
	struct log_host was[LOG_HOSTS];
	unsigned at;

	memcpy(was, l->host, sizeof(was));
	for (unsigned i = 0; i < LOG_HOSTS; i++) {
		if (i < l->cfg.nhost && has_host(old, &l->cfg.host[i], &at))
			l->host[i] = was[at];
		else
			l->host[i] = (struct log_host){ 0 };
	}
}

static void tell_hosts(struct syslog *l, const struct syslog_config *old)
{
	const struct syslog_config now = l->cfg;
	unsigned at;

	for (unsigned i = 0; i < old->nhost; i++) {
		if (!has_host(&now, &old->host[i], &at))
			log_SYS_LOGGINGHOST_STARTSTOP(l, ip4_s(old->host[i].ip), host_port(&old->host[i]),
				"stopped - CLI initiated");
	}
	for (unsigned i = 0; i < now.nhost; i++) {
		if (!has_host(old, &now.host[i], &at))
			log_SYS_LOGGINGHOST_STARTSTOP(l, ip4_s(now.host[i].ip), host_port(&now.host[i]),
				"started - CLI initiated");
	}
}

void syslog_configure(struct syslog *l, const struct syslog_config *c)
{
	const struct syslog_config old = l->cfg;

	l->cfg = *c;
	if (l->cfg.nhost > LOG_HOSTS)
		l->cfg.nhost = LOG_HOSTS;
	move_hosts(l, &old);
	ring_trim(&l->ring, l->cfg.buffered >= 0 ? l->cfg.buffer_size : 0);
	if (l->configured)
		tell_levels(l, &old);
	l->configured = true;
	tell_hosts(l, &old);
}
