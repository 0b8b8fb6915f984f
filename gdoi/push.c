/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gdoi/push.h"
#include "isakmp/payloads.h"
#include "lib/crypto/cipher.h"
#include "lib/crypto/prf.h"
#include "lib/why.h"

#define PUSH_MAX 65507		/* what one UDP datagram over IPv4 carries */
#define PUSH_PAYLOADS 16

/* ---- keys ---- */

void kek_free(struct kek *k)
{
	secret_free(&k->iv);
	secret_free(&k->key);
	*k = (struct kek){ 0 };
}

void kek_copy(struct kek *dst, const struct kek *src)
{
	struct kek k = *src;

	k.iv = secret_dup(&src->iv);
	k.key = secret_dup(&src->key);
	*dst = k;
}

bool kek_from_wire(struct kek *out, const struct gdoi_sak *sak, const struct gdoi_kd_kek *kd, struct why *why)
{
	const struct cipher_alg *c = cipher_alg(sak->cipher);

	if (sak->cipher == CIPHER_NONE || sak->sig_hash == HASH_NONE)
		return why_set(why, "SAK: no cipher or no signature hash");
	if (kd->iv_key.n != (size_t)c->block + c->key)
		return why_set(why, "KD: KEK_ALGORITHM_KEY of %zu octets, not %u", kd->iv_key.n, c->block + c->key);
	*out = (struct kek){ .cipher = sak->cipher, .sig_hash = sak->sig_hash };
	memcpy(out->spi, sak->spi, GDOI_SPI);
	out->iv = secret_copy(bytes_of(kd->iv_key.p, c->block));
	out->key = secret_copy(bytes_of(kd->iv_key.p + c->block, c->key));
	return true;
}

static bool kek_usable(const struct kek *k)
{
	const struct cipher_alg *c = cipher_alg(k->cipher);

	return k->cipher != CIPHER_NONE && k->iv.n == c->block && k->key.n == c->key;
}

/* ---- building ---- */

static void header_out(struct wr *w, const struct kek *k, size_t length)
{
	struct isakmp_hdr h = { .next = PL_SEQ, .version = ISAKMP_VERSION, .exchange = XCHG_PUSH, .flags = ISAKMP_FLAG_E,
		.length = (uint32_t)length };

	memcpy(h.icookie, k->spi, 8);
	memcpy(h.rcookie, k->spi + 8, 8);
	isakmp_hdr_encode(w, &h);
}

static void seq_out(struct wr *w, uint8_t next, uint32_t seq)
{
	size_t at = isakmp_payload_begin(w, next);

	wr_u32(w, seq);
	isakmp_payload_end(w, at);
}

/* R6407 section 4: SEQ, [D, ...] SA, KD, SIG. Each payload names the next one. */
static void payloads_out(struct wr *w, const struct push_build *b)
{
	const uint8_t tail = b->sa ? PL_SA : PL_SIG;
	size_t at;

	seq_out(w, b->ndel ? PL_DELETE : tail, b->seq);
	for (unsigned i = 0; i < b->ndel; i++) {
		at = isakmp_payload_begin(w, i + 1 < b->ndel ? PL_DELETE : tail);
		gdoi_delete_encode(w, &b->del[i]);
		isakmp_payload_end(w, at);
	}
	if (!b->sa)
		return;
	at = isakmp_payload_begin(w, b->kd ? PL_KD : PL_SIG);
	gdoi_sa_encode(w, b->wire, b->sa);
	isakmp_payload_end(w, at);
	if (!b->kd)
		return;
	at = isakmp_payload_begin(w, PL_SIG);
	gdoi_kd_encode(w, b->wire, b->kd);
	isakmp_payload_end(w, at);
}

/* H("rekey" | HDR | payloads): no NUL, HDR with E set and the length of all payloads, SIG included, without padding. */
static bool push_digest(enum hash_id h, struct bytes hdr, struct bytes payloads, uint8_t *out)
{
	const struct bytes parts[] = { bytes_str("rekey"), hdr, payloads };

	return hash_parts(h, parts, 3, out);
}

static size_t draft_bound(const struct push_build *b, size_t sig_size)
{
	size_t n = ISAKMP_HDR + 64 + sig_size + CIPHER_BLOCK_MAX;

	for (unsigned i = 0; i < b->ndel; i++)
		n += 32 + (size_t)b->del[i].ntek * 4;
	if (b->sa)
		n += gdoi_sa_bound(b->sa);
	if (b->kd)
		n += gdoi_kd_bound(b->kd);
	return n;
}

bool push_draft_make(const struct push_build *b, size_t sig_size, struct push_draft *out, struct why *why)
{
	const size_t cap = draft_bound(b, sig_size);
	struct push_draft d = { .plain = secret_new(cap), .sig_size = sig_size };
	struct wr w = wr_init(d.plain.p, cap);
	size_t total;

	*out = (struct push_draft){ 0 };
	header_out(&w, b->kek, 0);
	payloads_out(&w, b);
	total = w.n + 4 + sig_size;
	wr_fill32(&w, 24, (uint32_t)total);
	if (!wr_ok(&w) || total + CIPHER_BLOCK_MAX > PUSH_MAX) {
		secret_free(&d.plain);
		return why_set(why, "the rekey message does not fit into a datagram");
	}
	d.n = w.n;
	if (!push_digest(b->kek->sig_hash, bytes_of(d.plain.p, ISAKMP_HDR),
		    bytes_of(d.plain.p + ISAKMP_HDR, d.n - ISAKMP_HDR), d.digest)) {
		secret_free(&d.plain);
		return why_set(why, "the signature's hash is not available");
	}
	*out = d;
	return true;
}

bool push_draft_finish(struct push_draft *d, const struct kek *kek, struct bytes sig, struct secret *out)
{
	const size_t block = cipher_alg(kek->cipher)->block;
	struct wr w = wr_init(d->plain.p, d->plain.n);
	size_t at, body;

	*out = SECRET_NONE;
	if (!d->plain.p || sig.n != d->sig_size || !kek_usable(kek))
		return false;
	w.n = d->n;
	at = isakmp_payload_begin(&w, PL_NONE);
	wr_bytes(&w, sig);
	isakmp_payload_end(&w, at);
	body = w.n - ISAKMP_HDR;
	wr_zero(&w, (block - body % block) % block);
	body = w.n - ISAKMP_HDR;
	wr_fill32(&w, 24, (uint32_t)w.n);
	if (!wr_ok(&w))
		return false;
	/* The IV that came with the key is loaded anew for every message (gdoi-wire.md 3.2). */
	*out = secret_new(w.n);
	memcpy(out->p, d->plain.p, ISAKMP_HDR);
	if (cbc_encrypt(kek->cipher, secret_bytes(&kek->key), kek->iv.p, d->plain.p + ISAKMP_HDR, out->p + ISAKMP_HDR,
		    body, NULL))
		return true;
	secret_free(out);
	return false;
}

void push_draft_free(struct push_draft *d)
{
	secret_free(&d->plain);
	*d = (struct push_draft){ 0 };
}

/* ---- opening ---- */

static bool push_header_ok(const struct kek *kek, struct bytes in, struct why *why)
{
	struct isakmp_hdr h;
	size_t body;

	if (!isakmp_hdr_decode(in, &h, why))
		return false;
	if (h.exchange != XCHG_PUSH || h.next != PL_SEQ || h.flags != ISAKMP_FLAG_E || h.msgid)
		return why_set(why, "PUSH: next payload %u, flags 0x%02x or message id not as RFC 6407 says", h.next, h.flags);
	if (memcmp(h.icookie, kek->spi, 8) || memcmp(h.rcookie, kek->spi + 8, 8))
		return why_set(why, "PUSH: for another Rekey SA");
	if (!kek_usable(kek))
		return why_set(why, "PUSH: the Rekey SA has no key");
	body = in.n - ISAKMP_HDR;
	if (!body || body % cipher_alg(kek->cipher)->block)
		return why_set(why, "PUSH: %zu octets are not whole cipher blocks", body);
	return true;
}

bool push_peek_seq(const struct kek *kek, struct bytes datagram, uint32_t *seq)
{
	uint8_t block[CIPHER_BLOCK_MAX] = { 0 };
	struct rd r = rd_init(BYTES_OF(block));
	bool ok;

	if (!push_header_ok(kek, datagram, NULL))
		return false;
	ok = cbc_decrypt(kek->cipher, secret_bytes(&kek->key), kek->iv.p, datagram.p + ISAKMP_HDR, block,
		cipher_alg(kek->cipher)->block, NULL);
	rd_u16(&r);
	ok = ok && rd_u16(&r) == 8;
	if (ok)
		*seq = rd_u32(&r);
	secret_cleanse(block, sizeof(block));
	return ok;
}

struct push_walk {
	struct push_msg *m;
	const struct gdoi_wire *w;
	uint8_t last;
};

static bool add_delete(struct push_msg *m, struct bytes body, struct why *why)
{
	if (m->ndel >= sizeof(m->del) / sizeof(m->del[0]))
		return why_set(why, "PUSH: too many D payloads");
	return gdoi_delete_decode(body, &m->del[m->ndel++], why);
}

static bool push_part(struct push_walk *k, const struct isakmp_payload *p, struct why *why)
{
	struct push_msg *m = k->m;
	const uint8_t last = k->last;

	k->last = p->type;
	switch (p->type) {
	case PL_SEQ:
		if (last == PL_NONE)
			return gdoi_seq_decode(p->body, &m->seq, why);
		break;
	case PL_DELETE:
		if (last == PL_SEQ || last == PL_DELETE)
			return add_delete(m, p->body, why);
		break;
	case PL_SA:
		if (last == PL_SEQ || last == PL_DELETE)
			return m->has_sa = gdoi_sa_decode(p->body, k->w, &m->sa, why);
		break;
	case PL_KD:
		if (last == PL_SA)
			return m->has_kd = gdoi_kd_decode(p->body, k->w, &m->kd, why);
		break;
	case PL_SIG:
		/* SA without KD: only the removal order of our own, a GAP without policy. */
		if (last == PL_KD || last == PL_DELETE || (last == PL_SA && !m->sa.has_sak && !m->sa.nsat)) {
			m->sig = p->body;
			return true;
		}
		break;
	default:
		break;
	}
	return why_set(why, "PUSH: payload %u out of order", p->type);
}

static bool push_walk(struct push_msg *m, enum hash_id hash, const struct gdoi_wire *w, struct why *why)
{
	struct isakmp_payload p[PUSH_PAYLOADS];
	struct bytes body = bytes_of(m->plain.p + ISAKMP_HDR, m->plain.n - ISAKMP_HDR);
	struct push_walk k = { m, w, PL_NONE };
	struct wr length = wr_init(m->plain.p + 24, 4);
	unsigned count;
	size_t used;

	if (!isakmp_chain(PL_SEQ, body, true, p, PUSH_PAYLOADS, &count, &used, why))
		return false;
	for (unsigned i = 0; i < count; i++) {
		if (!push_part(&k, &p[i], why))
			return false;
	}
	if (k.last != PL_SIG || p[count - 1].whole.n > used)
		return why_set(why, "PUSH: no SIG payload");
	wr_u32(&length, (uint32_t)(ISAKMP_HDR + used));
	return push_digest(hash, bytes_of(m->plain.p, ISAKMP_HDR), bytes_of(body.p, used - p[count - 1].whole.n), m->digest) ||
	       why_set(why, "PUSH: the signature's hash is not available");
}

bool push_open(const struct kek *kek, const struct gdoi_wire *w, struct bytes datagram, struct push_msg *out, struct why *why)
{
	*out = (struct push_msg){ 0 };
	if (!push_header_ok(kek, datagram, why))
		return false;
	out->plain = secret_copy(datagram);
	if (!cbc_decrypt(kek->cipher, secret_bytes(&kek->key), kek->iv.p, out->plain.p + ISAKMP_HDR,
		    out->plain.p + ISAKMP_HDR, datagram.n - ISAKMP_HDR, NULL))
		why_set(why, "PUSH: cannot be decrypted");
	else if (push_walk(out, kek->sig_hash, w, why))
		return true;
	push_msg_free(out);
	return false;
}

void push_msg_free(struct push_msg *m)
{
	gdoi_sa_free(&m->sa);
	gdoi_kd_free(&m->kd);
	secret_free(&m->plain);
	*m = (struct push_msg){ 0 };
}

bool push_sig_ok(const struct push_msg *m, const struct kek *kek, const struct rsa_key *pub, bool raw)
{
	const enum rsa_sig first = raw ? RSA_SIG_RAW : RSA_SIG_PKCS1;
	const enum rsa_sig other = raw ? RSA_SIG_PKCS1 : RSA_SIG_RAW;

	return rsa_verify(pub, first, kek->sig_hash, m->digest, m->sig) ||
	       rsa_verify(pub, other, kek->sig_hash, m->digest, m->sig);
}

/* ---- acknowledgement, RFC 8263 ---- */

static enum hash_id ack_hash(uint32_t ack)
{
	return ack == SAK_ACK_KEK_SHA256 ? HASH_SHA256 : ack == SAK_ACK_KEK_SHA512 ? HASH_SHA512 : HASH_NONE;
}

/* HASH = prf(ack_key, SEQ | ID) with ack_key = prf(KEK key, "GROUPKEY-PUSH ACK" NUL | SPI | L). */
static bool ack_mac(const struct kek *kek, enum hash_id h, uint16_t l, struct bytes hashed, uint8_t *out)
{
	static const char label[] = "GROUPKEY-PUSH ACK";
	const uint8_t length[2] = { (uint8_t)(l >> 8), (uint8_t)l };
	const struct bytes parts[] = { BYTES_OF(label), BYTES_OF(kek->spi), BYTES_OF(length) };
	uint8_t key[HASH_SIZE_MAX];
	bool ok;

	ok = prf_parts(h, secret_bytes(&kek->key), parts, 3, key) &&
	     prf_parts(h, bytes_of(key, hash_alg(h)->size), &hashed, 1, out);
	secret_cleanse(key, sizeof(key));
	return ok;
}

bool push_ack_make(const struct kek *kek, uint32_t ack, uint32_t seq, struct ip4 id, struct wr *out)
{
	const enum hash_id h = ack_hash(ack);
	struct isakmp_hdr hdr = { .next = PL_HASH, .version = ISAKMP_VERSION, .exchange = XCHG_PUSH_ACK };
	const size_t start = out->n;
	uint8_t mac[HASH_SIZE_MAX];
	size_t at, hash_at, id_at;

	if (h == HASH_NONE || !kek_usable(kek))
		return false;
	memcpy(hdr.icookie, kek->spi, 8);
	memcpy(hdr.rcookie, kek->spi + 8, 8);
	isakmp_hdr_encode(out, &hdr);
	at = isakmp_payload_begin(out, PL_SEQ);
	hash_at = wr_reserve(out, hash_alg(h)->size);
	isakmp_payload_end(out, at);
	at = out->n;
	seq_out(out, PL_ID, seq);
	id_at = isakmp_payload_begin(out, PL_NONE);
	wr_u32(out, (uint32_t)ID_IPV4 << 24);
	wr_u32(out, id.a);
	isakmp_payload_end(out, id_at);
	wr_fill32(out, start + 24, (uint32_t)(out->n - start));
	if (!wr_ok(out) || !ack_mac(kek, h, hash_alg(h)->size == 32 ? 512 : 1024, bytes_of(out->p + at, out->n - at), mac))
		return false;
	memcpy(out->p + hash_at, mac, hash_alg(h)->size);
	return true;
}

bool push_ack_decode(struct bytes datagram, struct push_ack *out, struct why *why)
{
	struct isakmp_payload p[4];
	struct isakmp_hdr h;
	struct rd id;
	unsigned count;
	size_t used;

	*out = (struct push_ack){ 0 };
	if (!isakmp_hdr_decode(datagram, &h, why))
		return false;
	if (h.exchange != XCHG_PUSH_ACK || h.flags || h.msgid || datagram.n < ISAKMP_HDR)
		return why_set(why, "PUSH-ACK: exchange, flags or message id not as RFC 8263 says");
	if (!isakmp_chain(h.next, bytes_of(datagram.p + ISAKMP_HDR, datagram.n - ISAKMP_HDR), false, p, 4, &count, &used, why))
		return false;
	if (count != 3 || p[0].type != PL_HASH || p[1].type != PL_SEQ || p[2].type != PL_ID)
		return why_set(why, "PUSH-ACK: payloads are not HASH, SEQ, ID");
	if (!gdoi_seq_decode(p[1].body, &out->seq, why))
		return false;
	id = rd_init(p[2].body);
	if (rd_u8(&id) != ID_IPV4)
		return why_set(why, "PUSH-ACK: the identity is not an IPv4 address");
	rd_bytes(&id, 3);
	out->id.a = rd_u32(&id);
	if (!rd_end(&id))
		return why_set(why, "PUSH-ACK: an identity of %zu octets", p[2].body.n);
	memcpy(out->spi, h.icookie, 8);
	memcpy(out->spi + 8, h.rcookie, 8);
	out->hash = p[0].body;
	out->hashed = bytes_of(p[1].whole.p, p[1].whole.n + p[2].whole.n);
	return true;
}

/* RFC 8263 can be read as L = 512 and 1024 or as 256 and 512: both are accepted (gdoi-wire.md table 0 row 9). */
bool push_ack_ok(const struct push_ack *a, const struct kek *kek, uint32_t ack)
{
	const enum hash_id h = ack_hash(ack);
	const uint16_t wide = h == HASH_SHA512 ? 1024 : 512;
	uint8_t mac[HASH_SIZE_MAX];
	struct bytes want;

	if (h == HASH_NONE || memcmp(a->spi, kek->spi, GDOI_SPI))
		return false;
	want = bytes_of(mac, hash_alg(h)->size);
	return (ack_mac(kek, h, wide, a->hashed, mac) && secret_eq(a->hash, want)) ||
	       (ack_mac(kek, h, wide / 2, a->hashed, mac) && secret_eq(a->hash, want));
}
