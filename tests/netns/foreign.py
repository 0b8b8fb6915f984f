#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A peer that shares no code with gdoix: IKEv1 main mode, GROUPKEY-PULL and GROUPKEY-PUSH as RFC 2409, 6407 and 8263 have them.
foreign.py gm MY-ADDRESS KEY-SERVER KEY GROUP REKEYS [WAYS]   registers, then takes and acknowledges that many rekeys
foreign.py ks MY-ADDRESS MEMBER KEY GROUP REKEYS [WAYS]       registers one member, then sends it that many rekeys
WAYS, with commas between: where peers in the field differ from the RFCs, and this one then does, in what it sends and in what it
insists on (gdoi-wire.md section 0): phase1-doi, sat-idlen, sak-pad, push-sig, keyid-le; what it only sends: situation, short-life,
bits-of-der, pkcs1-key, zeros, narrow-ack, long-keyid, odd-attribute.
One JSON object per event on standard output; ends with status 0 when all was seen within 60 s."""
import hashlib
import hmac
import json
import os
import socket
import struct
import sys
import time

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

SA, PROPOSAL, TRANSFORM, KE, ID, HASH, SIG, NONCE, NOTIFY, DELETE, VID = 1, 2, 3, 4, 5, 8, 9, 10, 11, 12, 13
SAK, SAT, KD, SEQ, GAP = 15, 16, 17, 18, 22
MAIN, INFO, PULL, PUSH, ACK = 2, 5, 32, 33, 35
MODP14 = int(
    "FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B139B22514A08798E3404DDEF9519B3CD3A431B"
    "302B0A6DF25F14374FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7EDEE386BFB5A899FA5AE9F24117C4B1FE6"
    "49286651ECE45B3DC2007CB8A163BF0598DA48361C55D39A69163FA8FD24CF5F83655D23DCA3AD961C62F356208552BB9ED529077096966D"
    "670C354E4ABC9804F1746C08CA18217C32905E462E36CE3BE39E772C180E86039B2783A2EC07A28FB5C55DF06F4C52C9DE2BCBF695581718"
    "3995497CEA956AE515D2261898FA051015728E5A8AACAA68FFFFFFFFFFFFFFFF", 16)
END = time.monotonic() + 60
WAYS = set(sys.argv[7].split(",")) if len(sys.argv) > 7 else set()


def say(event, **more):
    print(json.dumps(dict(event=event, **more)), flush=True)


def prf(key, *parts):
    return hmac.new(key, b"".join(parts), hashlib.sha256).digest()


def chain(payloads):
    """[(type, body)] as octets, each generic header naming the next payload (RFC 2408 3.2)."""
    out = b""
    for i, (_, body) in enumerate(payloads):
        following = payloads[i + 1][0] if i + 1 < len(payloads) else 0
        out += struct.pack(">BBH", following, 0, len(body) + 4) + body
    return out


def walk(first, data):
    """[(type, body, whole)] of a chain; what is left over is encryption padding."""
    out = []
    while first:
        following, _, n = struct.unpack_from(">BBH", data)
        assert 4 <= n <= len(data), "payload %d of %d octets in %d" % (first, n, len(data))
        out.append((first, data[4:n], data[:n]))
        first, data = following, data[n:]
    return out


def attributes(data):
    out = {}
    while data:
        kind, n = struct.unpack_from(">HH", data)
        if kind & 0x8000:
            out[kind & 0x7fff], data = n, data[4:]
        else:
            out[kind], data = data[4:4 + n], data[4 + n:]
    return out


def tv(kind, value):
    return struct.pack(">HH", 0x8000 | kind, value)


def tlv(kind, value):
    return struct.pack(">HH", kind, len(value)) + value


def header(cookies, first, exchange, flags, mid, length):
    return cookies + struct.pack(">BBBBII", first, 0x10, exchange, flags, mid, length)


def aes(key, iv):
    return Cipher(algorithms.AES(key), modes.CBC(iv))


def encrypt(key, iv, data):
    data += bytes(-len(data) % 16)
    e = aes(key, iv).encryptor()
    return e.update(data) + e.finalize()


def decrypt(key, iv, data):
    d = aes(key, iv).decryptor()
    return d.update(data) + d.finalize()


class Peer:
    """One phase-1 SA: AES-256-CBC, SHA-256, group 14, pre-shared key, DOI 2."""

    def __init__(self, local, remote, key, initiator):
        self.local, self.remote, self.psk, self.initiator = local, remote, key, initiator
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sock.bind((local, 848))
        self.sock.settimeout(1)
        self.cookies = os.urandom(8) + bytes(8)
        self.x = int.from_bytes(os.urandom(32), "big")
        self.ke = pow(2, self.x, MODP14).to_bytes(256, "big")
        self.nonce = os.urandom(32)
        self.iv = {}
        self.doi = (1, 1) if "phase1-doi" in WAYS else (2, 1) if "situation" in WAYS else (2, 0)
        self.pushes, self.acks = [], []
        self.seen, self.sent = set(), None

    def send(self, data):
        self.sent = data
        self.sock.sendto(data, (self.remote, 848))

    def receive(self):
        while time.monotonic() < END:
            try:
                data, source = self.sock.recvfrom(65535)
            except socket.timeout:
                return None
            if source[0] != self.remote:
                continue
            if data in self.seen and data[18] not in (PUSH, ACK):
                if not self.initiator:  # it has not heard our answer yet
                    self.send(self.sent)
                continue
            self.seen.add(data)
            return data
        raise SystemExit("time is over")

    def await_message(self, exchange, mid, again=None):
        """The next message of an exchange; what belongs to another is put aside."""
        while True:
            data = self.receive()
            if data is None:
                if again:
                    self.send(again)
                continue
            if data[18] == exchange and (mid is None or data[20:24] == mid):
                return data
            if data[18] == PUSH:
                self.pushes.append(data)
            elif data[18] == ACK:
                self.acks.append(data)

    # ---- phase 1 (RFC 2409 5.4) ----

    def offer(self):
        suite = tv(1, 7) + tv(14, 256) + tv(2, 4) + tv(3, 1) + tv(4, 14) + tv(11, 1) + tlv(12, struct.pack(">I", 3600))
        transform = struct.pack(">BBHBBH", 0, 0, 8 + len(suite), 1, 1, 0) + suite
        proposal = struct.pack(">BBHBBBB", 0, 0, 8 + len(transform), 1, 1, 0, 1) + transform
        return struct.pack(">II", *self.doi) + proposal

    def clear(self, payloads):
        body = chain(payloads)
        return header(self.cookies, payloads[0][0], MAIN, 0, 0, 28 + len(body)) + body

    def keys(self, ni, nr, gi, gr, peer_public):
        shared = pow(int.from_bytes(peer_public, "big"), self.x, MODP14).to_bytes(256, "big")
        self.skeyid = prf(self.psk, ni, nr)
        d = prf(self.skeyid, shared, self.cookies, b"\0")
        self.a = prf(self.skeyid, d, shared, self.cookies, b"\1")
        self.e = prf(self.skeyid, self.a, shared, self.cookies, b"\2")
        self.gi, self.gr = gi, gr
        self.last = hashlib.sha256(gi + gr).digest()[:16]

    def identity(self):
        return struct.pack(">BBH", 1, 0, 0) + socket.inet_aton(self.local)

    def proof(self, mine, identity):
        i, r = self.cookies[:8], self.cookies[8:]
        if mine == self.initiator:
            return prf(self.skeyid, self.gi, self.gr, i, r, self.sa, identity)
        return prf(self.skeyid, self.gr, self.gi, r, i, self.sa, identity)

    def main_encrypt(self):
        body = encrypt(self.e, self.last, chain([(ID, self.identity()), (HASH, self.proof(True, self.identity()))]))
        self.last = body[-16:]
        return header(self.cookies, ID, MAIN, 1, 0, 28 + len(body)) + body

    def main_check(self, data):
        plain = walk(data[16], decrypt(self.e, self.last, data[28:]))
        self.last = data[-16:]
        parts = {kind: body for kind, body, _ in plain}
        assert hmac.compare_digest(parts[HASH], self.proof(False, parts[ID])), "hash of the peer"

    def phase1_initiate(self):
        self.sa = self.offer()
        first = self.clear([(SA, self.sa)])
        self.send(first)
        answer = self.await_message(MAIN, None, first)
        self.cookies = answer[:16]
        third = self.clear([(KE, self.ke), (NONCE, self.nonce)])
        self.send(third)
        answer = self.await_message(MAIN, None, third)
        parts = {kind: body for kind, body, _ in walk(answer[16], answer[28:])}
        self.keys(self.nonce, parts[NONCE], self.ke, parts[KE], parts[KE])
        fifth = self.main_encrypt()
        self.send(fifth)
        self.main_check(self.await_message(MAIN, None, fifth))
        say("phase1")

    def phase1_respond(self):
        first = self.await_message(MAIN, None)
        parts = {kind: body for kind, body, _ in walk(first[16], first[28:])}
        self.sa = parts[SA]
        self.cookies = first[:8] + os.urandom(8)
        chosen = self.choose(parts[SA])
        self.send(self.clear([(SA, chosen)]))
        third = self.await_message(MAIN, None)
        parts = {kind: body for kind, body, _ in walk(third[16], third[28:])}
        self.send(self.clear([(KE, self.ke), (NONCE, self.nonce)]))
        self.keys(parts[NONCE], self.nonce, parts[KE], self.ke, parts[KE])
        self.main_check(self.await_message(MAIN, None))
        self.send(self.main_encrypt())
        say("phase1")

    def choose(self, sa):
        """The offered transform that is ours, alone."""
        doi, situation = struct.unpack_from(">II", sa)
        assert (doi, situation) == self.doi, (doi, situation)
        proposal = sa[8:]
        for _, body, _ in walk(TRANSFORM, proposal[8:]):
            a = attributes(body[4:])
            if (a.get(1), a.get(14), a.get(2), a.get(3), a.get(4)) == (7, 256, 4, 1, 14):
                transform = struct.pack(">BBH", 0, 0, len(body) + 4) + body
                return sa[:8] + struct.pack(">BBHBBBB", 0, 0, 8 + len(transform), proposal[4], 1, 0, 1) + transform
        raise SystemExit("no transform that fits")

    # ---- phase 2 (RFC 2409 5.5 for IV and hash) ----

    def phase2_send(self, exchange, mid, before, payloads):
        body = chain(payloads)
        mac = prf(self.a, mid, before, body)
        whole = chain([(HASH, mac)] + payloads)
        iv = self.iv.get(mid, hashlib.sha256(self.last + mid).digest()[:16])
        sealed = encrypt(self.e, iv, whole)
        self.iv[mid] = sealed[-16:]
        data = self.cookies + struct.pack(">BBBB", HASH, 0x10, exchange, 1) + mid + struct.pack(">I", 28 + len(sealed)) + sealed
        self.send(data)
        return data

    def phase2_open(self, data, before):
        mid = data[20:24]
        iv = self.iv.get(mid, hashlib.sha256(self.last + mid).digest()[:16])
        parts = walk(data[16], decrypt(self.e, iv, data[28:]))
        self.iv[mid] = data[-16:]
        assert parts[0][0] == HASH, parts
        rest = b"".join(whole for _, _, whole in parts[1:])
        assert hmac.compare_digest(parts[0][1], prf(self.a, mid, before, rest)), "hash of exchange %d" % data[18]
        return {kind: body for kind, body, _ in parts[1:]}


# ---- group policy (RFC 6407 section 5) ----

class Policy:
    """SA and KD payloads read: the rekey SA, the TEKs and their selectors."""

    def __init__(self):
        self.kek, self.attrs, self.sats, self.keys = None, {}, [], {}

    def sa(self, body):
        doi, situation, first, _ = struct.unpack_from(">IIHH", body)
        assert (doi, situation) == (2, 0)
        for kind, part, _ in walk(first, body[12:]):
            if kind == SAK:
                self.sak(part)
            elif kind == SAT:
                self.sat(part)

    @staticmethod
    def selector(data, width="B"):
        kind, port, n = struct.unpack_from(">BH" + width, data)
        data = data[3 + struct.calcsize(">" + width):]
        return (kind, port, data[:n]), data[n:]

    def sak(self, data):
        assert data[0] == 17
        source, rest = self.selector(data[1:])
        _, rest = self.selector(rest)
        assert source[1] == 848, source
        self.spi, rest = rest[:16], rest[16:]
        pad = 6 if "sak-pad" in WAYS else 4
        assert rest[:pad] == bytes(pad)
        self.attrs = attributes(rest[pad:])
        assert 2 in self.attrs and 6 in self.attrs, self.attrs

    def sat(self, data):
        proto = data[1]
        width = "H" if "sat-idlen" in WAYS else "B"
        source, rest = self.selector(data[2:], width)
        target, rest = self.selector(rest, width)
        transform, spi = struct.unpack_from(">BI", rest)
        self.sats.append(dict(protocol=proto, source=source[2].hex(), destination=target[2].hex(), transform=transform,
                              spi="0x%08X" % spi, attributes=attributes(rest[5:])))

    def kd(self, body):
        count, _ = struct.unpack_from(">HH", body)
        data = body[4:]
        for _ in range(count):
            kind, _, n, m = struct.unpack_from(">BBHB", data)
            self.keys[(kind, data[5:5 + m])] = attributes(data[5 + m:n])
            data = data[n:]
        assert not data, "octets behind the key packets"
        for (kind, spi), a in self.keys.items():
            if kind == 2:
                assert spi == self.spi, "KEK of another SPI"
                self.kek = a[1][:16], a[1][16:]
                self.public = serialization.load_der_public_key(a[2])

    def summary(self):
        spis = sorted({s["spi"] for s in self.sats})
        assert all((1, bytes.fromhex(s[2:])) in self.keys for s in spis), "a TEK without its key"
        return dict(teks=spis, selectors=[[s["source"], s["destination"], s["protocol"]] for s in self.sats],
                    lengths=sorted({len(a[1]) for (kind, _), a in self.keys.items() if kind == 1}),
                    lifetimes=sorted({int.from_bytes(s["attributes"][2], "big") if isinstance(s["attributes"][2], bytes)
                                      else s["attributes"][2] for s in self.sats}))


def group_id(group):
    return struct.pack("<I" if "keyid-le" in WAYS else ">Q" if "long-keyid" in WAYS else ">I", group)


def register(peer, group):
    mid, ni = os.urandom(4), os.urandom(24)
    first = peer.phase2_send(PULL, mid, b"", [(NONCE, ni), (ID, struct.pack(">BBH", 11, 0, 0) + group_id(group))])
    second = peer.phase2_open(peer.await_message(PULL, mid, first), ni)
    policy = Policy()
    policy.sa(second[SA])
    nr = second[NONCE]
    third = peer.phase2_send(PULL, mid, ni + nr, [])
    fourth = peer.phase2_open(peer.await_message(PULL, mid, third), ni + nr)
    policy.kd(fourth[KD])
    say("registered", seq=struct.unpack(">I", fourth[SEQ])[0], **policy.summary())
    return policy, struct.unpack(">I", fourth[SEQ])[0]


def acknowledge(peer, spi, key, seq):
    """RFC 8263 section 3: nothing is encrypted, the key is derived from the KEK."""
    ack_key = prf(key, b"GROUPKEY-PUSH ACK\0", spi, struct.pack(">H", 256 if "narrow-ack" in WAYS else 512))
    rest = chain([(SEQ, struct.pack(">I", seq)), (ID, peer.identity())])
    body = chain([(HASH, prf(ack_key, rest)), (SEQ, struct.pack(">I", seq)), (ID, peer.identity())])
    peer.send(header(spi, HASH, ACK, 0, 0, 28 + len(body)) + body)


def raw_rsa(exponent, modulus, number):
    return pow(int.from_bytes(number, "big"), exponent, modulus).to_bytes(256, "big")


def bare(digest):
    """EMSA-PKCS1-v1_5 without DigestInfo."""
    return b"\0\1" + b"\xff" * (253 - len(digest)) + b"\0" + digest


def verify(public, signature, signed):
    if "push-sig" not in WAYS:
        public.verify(signature, signed, padding.PKCS1v15(), hashes.SHA256())
        return
    n = public.public_numbers()
    assert raw_rsa(n.e, n.n, signature) == bare(hashlib.sha256(signed).digest()), "signature"


def sign(private, signed):
    if "push-sig" not in WAYS:
        return private.sign(signed, padding.PKCS1v15(), hashes.SHA256())
    n = private.private_numbers()
    return raw_rsa(n.d, n.public_numbers.n, bare(hashlib.sha256(signed).digest()))


def take_rekey(peer, policy, data, last):
    """RFC 6407 sections 4.4 and 5.3.6.1: the signature covers "rekey", the header before encryption, and all before SIG."""
    assert data[:16] == policy.spi, "rekey under another SPI"
    iv, key = policy.kek
    parts = walk(data[16], decrypt(key, iv, data[28:]))
    whole = b"".join(w for _, _, w in parts)
    clear = data[:24] + struct.pack(">I", 28 + len(whole))
    assert parts[-1][0] == SIG
    verify(policy.public, parts[-1][1], b"rekey" + clear + whole[:-len(parts[-1][2])])
    seq = struct.unpack(">I", parts[0][1])[0]
    if seq <= last:
        acknowledge(peer, policy.spi, key, seq)
        return policy, last, False
    old, new = policy, Policy()
    new.spi, new.kek, new.public = old.spi, old.kek, old.public
    for kind, body, _ in parts:
        if kind == SA:
            new.sa(body)
        elif kind == KD:
            new.kd(body)
    acknowledge(peer, old.spi, key, seq)
    say("rekey", seq=seq, kinds=[k for k, _, _ in parts], **new.summary())
    return new, seq if new.spi == old.spi else 0, True


def member(local, server, key, group, rekeys):
    peer = Peer(local, server, key, True)
    peer.phase1_initiate()
    policy, seq = register(peer, group)
    while rekeys:
        data = peer.pushes.pop(0) if peer.pushes else peer.await_message(PUSH, None)
        policy, seq, fresh = take_rekey(peer, policy, data, seq)
        rekeys -= fresh


# ---- the other side: a key server ----

class Server:
    def __init__(self, peer, group):
        self.peer, self.group = peer, group
        self.sign = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.spi, self.kek = os.urandom(16), (os.urandom(16), os.urandom(32))
        self.seq = 0

    def tek(self):
        self.tek_spi, self.tek_key, self.tek_auth = os.urandom(4), os.urandom(32), os.urandom(32)
        self.tek_spi = b"\x7f" + self.tek_spi[1:]

    def sa(self):
        def address(port, ip):
            return struct.pack(">BHB", 1, port, 4) + socket.inet_aton(ip)

        def subnet(ip, mask):
            return struct.pack(">BHH" if "sat-idlen" in WAYS else ">BHB", 4, 0, 8) + socket.inet_aton(ip) + socket.inet_aton(mask)
        life = tv(4, 7200) if "short-life" in WAYS else tlv(4, struct.pack(">I", 7200))
        sak = (b"\x11" + address(848, self.peer.local) + address(848, self.peer.remote) + self.spi +
               bytes(6 if "sak-pad" in WAYS else 4) + tv(2, 3) + tv(3, 256) + life + tv(5, 3) + tv(6, 1) +
               tv(7, 4400 if "bits-of-der" in WAYS else 2048) + tv(9, 1))
        net = subnet("10.1.0.0", "255.255.0.0")
        sat = (b"\x01\x00" + net + net + b"\x0c" + self.tek_spi + tv(1, 1) + tlv(2, struct.pack(">I", 1800)) + tv(4, 1) + tv(5, 5) +
               tv(6, 256) + (tv(14, 0) + tv(15, 0) if "zeros" in WAYS else b"") + (tv(77, 1) if "odd-attribute" in WAYS else b""))
        return struct.pack(">IIHH", 2, 0, SAK, 0) + chain([(SAK, sak), (SAT, sat)])

    def kd(self):
        def packet(kind, spi, attrs):
            return struct.pack(">BBHB", kind, 0, 5 + len(spi) + len(attrs), len(spi)) + spi + attrs
        form = serialization.PublicFormat
        spki = self.sign.public_key().public_bytes(serialization.Encoding.DER, form.PKCS1 if "pkcs1-key" in WAYS else
                                                   form.SubjectPublicKeyInfo)
        return (struct.pack(">HH", 2, 0) + packet(1, self.tek_spi, tlv(1, self.tek_key) + tlv(2, self.tek_auth)) +
                packet(2, self.spi, tlv(1, self.kek[0] + self.kek[1]) + tlv(2, spki)))

    def serve(self):
        self.tek()
        data = self.peer.await_message(PULL, None)
        mid = data[20:24]
        first = self.peer.phase2_open(data, b"")
        assert first[ID] == struct.pack(">BBH", 11, 0, 0) + group_id(self.group), first[ID]
        ni, nr = first[NONCE], os.urandom(20)
        self.peer.phase2_send(PULL, mid, ni, [(NONCE, nr), (SA, self.sa())])
        self.peer.phase2_open(self.peer.await_message(PULL, mid), ni + nr)
        self.peer.phase2_send(PULL, mid, ni + nr, [(SEQ, struct.pack(">I", self.seq)), (KD, self.kd())])
        say("served", tek="0x" + self.tek_spi.hex().upper())

    def push(self):
        self.tek()
        self.seq += 1
        payloads = [(SEQ, struct.pack(">I", self.seq)), (SA, self.sa()), (KD, self.kd())]
        signed = chain(payloads + [(SIG, bytes(256))])
        clear = header(self.spi, SEQ, PUSH, 1, 0, 28 + len(signed))
        sig = sign(self.sign, b"rekey" + clear + signed[:-260])
        sealed = encrypt(self.kek[1], self.kek[0], signed[:-256] + sig)
        self.peer.send(header(self.spi, SEQ, PUSH, 1, 0, 28 + len(sealed)) + sealed)
        say("pushed", seq=self.seq, tek="0x" + self.tek_spi.hex().upper())

    def acknowledged(self):
        data = self.peer.acks.pop(0) if self.peer.acks else self.peer.await_message(ACK, None)
        assert data[:16] == self.spi and data[19] == 0, data[:28]
        parts = walk(data[16], data[28:])
        assert [k for k, _, _ in parts] == [HASH, SEQ, ID], parts
        ack_key = prf(self.kek[1], b"GROUPKEY-PUSH ACK\0", self.spi, struct.pack(">H", 512))
        assert hmac.compare_digest(parts[0][1], prf(ack_key, parts[1][2], parts[2][2])), "hash of the acknowledgement"
        assert parts[1][1] == struct.pack(">I", self.seq) and parts[2][1][4:] == socket.inet_aton(self.peer.remote)
        say("acknowledged", seq=self.seq)


def key_server(local, remote, key, group, rekeys):
    peer = Peer(local, remote, key, False)
    peer.phase1_respond()
    s = Server(peer, group)
    s.serve()
    for _ in range(rekeys):
        time.sleep(1)
        s.push()
        s.acknowledged()


def main():
    role, local, remote, key, group, rekeys = sys.argv[1:7]
    {"gm": member, "ks": key_server}[role](local, remote, key.encode(), int(group), int(rekeys))


if __name__ == "__main__":
    main()
