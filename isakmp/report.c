/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "isakmp/report.h"
#include <string.h>
#include "isakmp/engine.h"
#include "lib/clock.h"
#include "lib/text.h"
#include "lib/why.h"
#include "syslog/msg.h"

#define BURST 5
#define EVERY SEC(10)

void report_init(struct report *r)
{
	for (unsigned i = 0; i < REPORT_KINDS; i++)
		ratelimit_init(&r->limit[i], BURST, EVERY);
}

static bool may(struct isakmp *ik, enum report_kind kind)
{
	return ratelimit_ok(&ik->report.limit[kind], isakmp_now(ik), NULL);
}

void report_malformed(struct isakmp *ik, struct endpoint from, const struct why *why)
{
	if (may(ik, REPORT_MALFORMED))
		log_CRYPTO_IKMP_MALFORMED(ik->log, ip4_s(from.ip), from.port, why->text);
}

void report_bad_message(struct isakmp *ik, struct ip4 peer)
{
	if (may(ik, REPORT_BAD_MESSAGE))
		log_CRYPTO_IKMP_BAD_MESSAGE(ik->log, ip4_s(peer));
}

void report_no_sa(struct isakmp *ik, struct ip4 peer)
{
	if (may(ik, REPORT_NO_SA))
		log_CRYPTO_IKMP_NO_SA(ik->log, ip4_s(peer));
}

void report_overflow(struct isakmp *ik, struct ip4 peer, unsigned length, unsigned got)
{
	if (may(ik, REPORT_OVERFLOW))
		log_CRYPTO_IKMP_PKT_OVERFLOW(ik->log, ip4_s(peer), length, got);
}

void report_aggressive(struct isakmp *ik)
{
	if (may(ik, REPORT_AGGRESSIVE))
		log_CRYPTO_IKMP_AG_MODE_DISABLED(ik->log);
}

void report_auth_fail(struct isakmp *ik, struct ip4 peer)
{
	if (may(ik, REPORT_AUTH_FAIL))
		log_CRYPTO_IKMP_AUTH_FAIL(ik->log, IKE_AUTH_PSK, ip4_s(peer));
}

void report_bad_doi(struct isakmp *ik, struct ip4 peer, unsigned doi)
{
	if (may(ik, REPORT_BAD_DOI))
		log_CRYPTO_IKMP_BAD_DOI_SA(ik->log, doi, ip4_s(peer));
}

void report_bad_doi_notify(struct isakmp *ik, struct ip4 peer, unsigned doi)
{
	if (may(ik, REPORT_BAD_DOI_NOTIFY))
		log_CRYPTO_IKMP_BAD_DOI_NOTIFY(ik->log, doi, ip4_s(peer));
}

void report_crypt(struct isakmp *ik, unsigned conn_id, const char *what)
{
	if (may(ik, REPORT_CRYPT))
		log_CRYPTO_IKMP_CRYPT_FAILURE(ik->log, conn_id, what);
}

void report_mode(struct isakmp *ik, const char *mode, struct ip4 peer)
{
	if (may(ik, REPORT_MODE))
		log_CRYPTO_IKMP_MODE_FAILURE(ik->log, mode, ip4_s(peer));
}

void report_not_encrypted(struct isakmp *ik, struct ip4 peer)
{
	if (may(ik, REPORT_NOT_ENCRYPTED))
		log_CRYPTO_IKMP_NOT_ENCRYPTED(ik->log, ip4_s(peer));
}

void report_no_key(struct isakmp *ik, struct ip4 peer)
{
	if (may(ik, REPORT_NO_KEY))
		log_CRYPTO_IKMP_NO_PRESHARED_KEY(ik->log, ip4_s(peer));
}

void report_not_auth(struct isakmp *ik, struct ip4 peer)
{
	if (may(ik, REPORT_NOT_AUTH))
		log_CRYPTO_IKMP_SA_NOT_AUTH(ik->log, ip4_s(peer));
}

void report_not_offered(struct isakmp *ik, struct ip4 peer, const char *attribute)
{
	if (may(ik, REPORT_NOT_OFFERED))
		log_CRYPTO_IKMP_SA_NOT_OFFERED(ik->log, ip4_s(peer), attribute);
}

void report_unknown_exchange(struct isakmp *ik, struct ip4 peer, unsigned exchange)
{
	if (may(ik, REPORT_UNKNOWN_EXCHANGE))
		log_CRYPTO_IKMP_UNK_EXCHANGE(ik->log, ip4_s(peer), exchange);
}

/* Of many peers the one that failed longest ago is forgotten. */
static struct report_failed *failed_with(struct report *r, struct ip4 peer)
{
	struct report_failed *f = r->failed;

	for (unsigned i = 0; i < REPORT_FAILED; i++) {
		if (ip4_eq(r->failed[i].peer, peer))
			return &r->failed[i];
		if (r->failed[i].last < f->last)
			f = &r->failed[i];
	}
	*f = (struct report_failed){ .peer = peer };
	return f;
}

void report_setup(struct isakmp *ik, struct ip4 local, struct ip4 remote, const char *reason)
{
	struct report_failed *f = failed_with(&ik->report, remote);
	char begins[sizeof(f->reason)];

	f->last = isakmp_now(ik);
	f->count++;
	str_copy(begins, sizeof(begins), reason);
	if (f->count > 3 && (f->count & (f->count - 1)) != 0 && f->last - f->said < SEC(3600) && strcmp(begins, f->reason) == 0)
		return;
	if (!may(ik, REPORT_SETUP))
		return;
	memcpy(f->reason, begins, sizeof(begins));
	f->said = f->last;
	log_CRYPTO_IKMP_SETUP_FAILURE(ik->log, ip4_s(local), ip4_s(local), ip4_s(remote), ip4_s(remote), "None", "None", reason,
		f->count);
}

void report_setup_done(struct isakmp *ik, struct ip4 remote)
{
	for (unsigned i = 0; i < REPORT_FAILED; i++)
		if (ip4_eq(ik->report.failed[i].peer, remote))
			ik->report.failed[i].count = 0;
}

void report_setup_anew(struct isakmp *ik)
{
	for (unsigned i = 0; i < REPORT_FAILED; i++)
		ik->report.failed[i].reason[0] = '\0';
}

void report_half_open(struct isakmp *ik, unsigned limit, const char *who)
{
	if (may(ik, REPORT_HALF_OPEN))
		log_CRYPTO_IKMP_HALF_OPEN(ik->log, limit, who);
}

void report_busy(struct isakmp *ik, struct ip4 peer, unsigned depth)
{
	if (may(ik, REPORT_BUSY))
		log_CRYPTO_IKMP_BUSY(ik->log, ip4_s(peer), depth);
}

void report_no_proposal(struct isakmp *ik, struct ip4 peer)
{
	if (may(ik, REPORT_NO_PROPOSAL))
		log_CRYPTO_IKMP_NO_PROPOSAL(ik->log, ip4_s(peer));
}

void report_peer_dead(struct isakmp *ik, struct ip4 peer)
{
	log_CRYPTO_IKMP_PEER_DEAD(ik->log, ip4_s(peer));
}
