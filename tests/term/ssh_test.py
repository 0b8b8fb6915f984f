#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""gdoixsh --ssh against a daemon that this test plays: OpenSSH's client on the other side, then peers that mean harm."""
import os
import random
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import traceback

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from term_test import EOF, GDOIXSH, HELLO, LINE, OUTPUT, WAIT, Daemon, keep_3  # noqa: E402

KEX, AUTH, START = 32, 33, 34
SETUP, VERDICT, GO = 96, 97, 98
NONE, PASSWORD, KEYBOARD, OFFERED, SIGNED = range(5)
NO, YES, LAST = range(3)
CRASHED = 99
DIR = tempfile.TemporaryDirectory()


def make_keys():
    for name in ("host", "user"):
        subprocess.run(["ssh-keygen", "-q", "-t", "rsa", "-b", "2048", "-m", "PEM", "-N", "", "-f", DIR.name + "/" + name], check=True)


def host_key():
    with open(DIR.name + "/host", "rb") as f:
        return f.read()


KEX_ALL = b"curve25519-sha256,ecdh-sha2-nistp256,diffie-hellman-group16-sha512,diffie-hellman-group14-sha256"
CIPHERS = b"chacha20-poly1305@openssh.com,aes256-gcm@openssh.com,aes256-ctr"


def setup_frame(banner=b"", methods=7, kex_list=KEX_ALL, key=None):
    lists = (CIPHERS, b"rsa-sha2-512,rsa-sha2-256", kex_list, b"hmac-sha2-256-etm@openssh.com,hmac-sha2-256", banner)
    return bytes([methods]) + b"".join(struct.pack(">H", len(x)) + x for x in lists) + (host_key() if key is None else key)


class Terminal:
    """gdoixsh --ssh, the client's socket or the port to reach it, and the daemon's end."""

    def __init__(self, client=True):
        listen = socket.socket()
        listen.bind(("127.0.0.1", 0))
        listen.listen(1)
        self.port = listen.getsockname()[1]
        self.client = None
        self.listen = listen
        if client:
            self.client = socket.create_connection(listen.getsockname())
            self.begin()

    def begin(self):
        accepted = self.listen.accept()[0]
        self.listen.close()
        ours, theirs = socket.socketpair()
        env = dict(os.environ, ASAN_OPTIONS="detect_leaks=1:exitcode=%d:log_path=%s/report" % (CRASHED, DIR.name),
                   UBSAN_OPTIONS="print_stacktrace=1:exitcode=%d:log_path=%s/report" % (CRASHED, DIR.name))

        def descriptors():
            os.dup2(theirs.fileno(), 3)
        self.child = subprocess.Popen([GDOIXSH, "--ssh"], stdin=accepted, stdout=accepted, stderr=accepted, pass_fds=(3,),
                                      preexec_fn=descriptors, start_new_session=True, env=env)
        accepted.close()
        theirs.close()
        self.daemon = Daemon(ours)

    def end(self):
        if self.client:
            self.client.close()
        self.daemon.sock.close()
        try:
            status = self.child.wait(WAIT)
        finally:
            self.child.kill()
        assert status in (0, 1, 2), "exit status %d: %s" % (status, reports())
        return status


def reports():
    out = ""
    for name in os.listdir(DIR.name):
        if name.startswith("report"):
            with open(os.path.join(DIR.name, name), encoding="utf-8", errors="replace") as f:
                out += f.read()
    return out


class Client:
    """OpenSSH's, in the background."""

    def __init__(self, terminal, args, command=None, password=None, key=None, stdin=""):
        a = ["ssh", "-p", str(terminal.port), "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null",
             "-o", "IdentityFile=" + (DIR.name + "/user" if key else "none"), "-o", "IdentitiesOnly=yes",
             "-o", "LogLevel=INFO"] + list(args) + ["me@127.0.0.1"] + ([command] if command else [])
        if password is not None:
            a = ["sshpass", "-p", password] + a
        env = dict(os.environ)
        env.pop("SSH_AUTH_SOCK", None)
        self.p = subprocess.Popen(a, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=env)
        self.out = None

        def run():
            self.out = self.p.communicate(stdin, timeout=60)
        self.thread = threading.Thread(target=run)
        self.thread.start()
        terminal.begin()

    def end(self):
        self.thread.join(60)
        return (self.p.returncode,) + self.out


def auth(d, method, verdict, proof=None):
    body = d.expect(AUTH)
    while body[0] == NONE and method != NONE:
        d.send(VERDICT, bytes([NO]))
        body = d.expect(AUTH)
    assert body[0] == method and body[2:2 + body[1]] == b"me", body
    got = body[2 + body[1]:]
    if proof is not None:
        assert got == proof, got
    d.send(VERDICT, bytes([verdict]))
    return got


def kex(d, **how):
    d.send(SETUP, setup_frame(**how))
    body = d.expect(KEX)
    assert body[0] == 1, body
    n = body[1]
    cipher, mac = body[2:2 + n], body[3 + n:3 + n + body[2 + n]]
    assert cipher and mac, body
    return cipher


def begin(d):
    d.expect(START)
    d.send(GO)
    return d.expect(HELLO)


def test_ssh_command():
    t = Terminal(False)
    c = Client(t, (), "show clock\nshow nonsense", "secret")
    kex(t.daemon, banner=b"Authorized use only\n")
    auth(t.daemon, KEYBOARD, YES, b"secret")
    assert begin(t.daemon)[1] == 2
    t.daemon.prompt("R1#")
    t.daemon.expect(LINE, "show clock")
    t.daemon.send(OUTPUT, "12:00\n")
    t.daemon.prompt("R1#")
    t.daemon.expect(LINE, "show nonsense")
    t.daemon.send(OUTPUT, "% Bad\n")
    t.daemon.prompt("R1#", status=1)
    t.daemon.expect(EOF)
    t.daemon.close()
    status, out, err = c.end()
    assert (status, out) == (1, "12:00\n% Bad\n") and "Authorized use only" in err, (status, out, err)
    t.end()


def test_ssh_shell():
    t = Terminal(False)
    c = Client(t, ("-tt",), None, "secret", stdin="show clock\r")
    kex(t.daemon)
    auth(t.daemon, KEYBOARD, YES)
    assert begin(t.daemon)[1] == 1
    t.daemon.prompt("R1#")
    t.daemon.expect(LINE, "show clock")
    t.daemon.send(OUTPUT, "12:00\n")
    t.daemon.close("bye")
    status, out, err = c.end()
    assert status == 0 and out.count("show clock") == 1 and "12:00\nbye\n" in out, (status, out, err)
    t.end()


def test_ssh_piped_shell():
    t = Terminal(False)
    c = Client(t, ("-T",), None, "secret", stdin="show clock\n")
    kex(t.daemon)
    auth(t.daemon, KEYBOARD, YES)
    begin(t.daemon)
    t.daemon.prompt("R1#")
    t.daemon.expect(LINE, "show clock")
    t.daemon.send(OUTPUT, "12:00\n")
    t.daemon.prompt("R1#")
    t.daemon.expect(EOF)
    t.daemon.close()
    status, out, err = c.end()
    assert status == 0 and "R1#show clock\n12:00\n" in out, (status, out, err)
    t.end()


def test_ssh_key():
    t = Terminal(False)
    c = Client(t, ("-o", "BatchMode=yes"), "show clock", key=True)
    kex(t.daemon)
    with open(DIR.name + "/user.pub", "rb") as f:
        public = f.read().split()[1]
    auth(t.daemon, OFFERED, YES, public)
    auth(t.daemon, SIGNED, YES, public)
    begin(t.daemon)
    t.daemon.prompt("R1#")
    t.daemon.expect(LINE, "show clock")
    t.daemon.prompt("R1#")
    t.daemon.expect(EOF)
    t.daemon.close()
    assert c.end()[0] == 0
    t.end()


def test_ssh_refused():
    t = Terminal(False)
    c = Client(t, ("-o", "PreferredAuthentications=password"), "show clock", "wrong")
    kex(t.daemon)
    auth(t.daemon, PASSWORD, LAST, b"wrong")
    status, out, err = c.end()
    assert status != 0 and not out, (status, out, err)
    assert t.end() == 1


def test_ssh_lots_of_output():
    t = Terminal(False)
    c = Client(t, (), "show much", "secret")
    kex(t.daemon)
    auth(t.daemon, KEYBOARD, YES)
    begin(t.daemon)
    t.daemon.prompt("R1#")
    t.daemon.expect(LINE, "show much")
    text = "".join("line %d\n" % i for i in range(6000))
    for _ in range(100):
        t.daemon.send(OUTPUT, text)
    t.daemon.prompt("R1#")
    t.daemon.expect(EOF)
    t.daemon.close()
    status, out, err = c.end()
    assert status == 0 and out == text * 100, (status, len(out), err)
    t.end()


def test_ssh_no_common_algorithm():
    t = Terminal(False)
    c = Client(t, ("-o", "Ciphers=aes128-cbc"), "show clock", "x")
    t.daemon.send(SETUP, setup_frame())
    body = t.daemon.expect(KEX)
    assert body[0] == 0 and b"no match for method" in body and b"aes128-cbc" in body, body
    assert c.end()[0] == 255
    t.end()


def test_ssh_what_the_daemon_allows():
    t = Terminal(False)
    c = Client(t, ("-o", "KexAlgorithms=diffie-hellman-group14-sha256"), "show clock", "x")
    t.daemon.send(SETUP, setup_frame(kex_list=b"curve25519-sha256"))
    assert t.daemon.expect(KEX)[0] == 0
    c.end()
    t.end()
    t = Terminal(False)
    c = Client(t, (), "show clock", "x")
    kex(t.daemon, methods=1)
    assert t.daemon.expect(AUTH)[0] == NONE
    t.daemon.send(VERDICT, bytes([NO]))
    status, out, err = c.end()
    assert status != 0 and "(publickey)" in err, (status, out, err)
    t.end()


def test_ssh_daemon_gone():
    for frames in (b"", struct.pack(">BI", SETUP, 2) + b"xx", struct.pack(">BI", GO, 0), b"\xff" * 9,
                   struct.pack(">BI", SETUP, 4) + b"\x08\0\xff\xff"):
        t = Terminal()
        t.daemon.sock.sendall(frames)
        t.daemon.sock.shutdown(socket.SHUT_WR)
        assert t.end() == 1
    t = Terminal()
    t.daemon.send(SETUP, setup_frame(key=b"-----BEGIN RSA PRIVATE KEY-----\nAAAA\n-----END RSA PRIVATE KEY-----\n"))
    assert t.child.wait(WAIT) == 1
    t.end()


def test_ssh_daemon_talks_nonsense():
    for answer in ((VERDICT, b""), (VERDICT, b"\1\1"), (GO, b""), (OUTPUT, b"x")):
        t = Terminal(False)
        c = Client(t, ("-o", "PreferredAuthentications=password"), "show clock", "x")
        kex(t.daemon)
        t.daemon.expect(AUTH)
        t.daemon.send(*answer)
        assert c.end()[0] != 0
        t.end()


def test_ssh_hostile_peers():
    rng = random.Random(4253)
    for i in range(30):
        t = Terminal()
        t.daemon.send(SETUP, setup_frame())
        data = bytes(rng.randrange(256) for _ in range(rng.choice((0, 1, 16, 300, 40000))))
        if i % 3:
            head = struct.pack(">IBB", rng.choice((0, 1, 5, 12, 40, 35000, 1 << 18, 1 << 31)), rng.randrange(256), rng.choice((20, 30, 50, 1, 2)))
            data = b"SSH-2.0-x\r\n" + head + data
        try:
            t.client.sendall(data)
            t.client.settimeout(0.1)
            t.client.recv(65536)
            t.client.recv(65536)
        except OSError:
            pass
        t.end()


def test_ssh_mutated_client():
    """A genuine client whose octets are changed on their way."""
    rng = random.Random(4252)
    for i in range(12):
        t = Terminal(False)
        relay = socket.socket()
        relay.bind(("127.0.0.1", 0))
        relay.listen(1)
        port = t.port
        t.port = relay.getsockname()[1]
        at = rng.randrange(20, 1800)

        def carry():
            near = relay.accept()[0]
            far = socket.create_connection(("127.0.0.1", port))

            def back():
                try:
                    while True:
                        b = far.recv(65536)
                        if not b:
                            break
                        near.sendall(b)
                except OSError:
                    pass
                near.close()
            threading.Thread(target=back, daemon=True).start()
            n = 0
            try:
                while True:
                    b = bytearray(near.recv(65536))
                    if not b:
                        break
                    if n <= at < n + len(b):
                        b[at - n] ^= 1 << rng.randrange(8)
                    n += len(b)
                    far.sendall(bytes(b))
            except OSError:
                pass
            try:
                far.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
        threading.Thread(target=carry, daemon=True).start()
        c = Client(t, ("-o", "ConnectTimeout=5", "-o", "PreferredAuthentications=password"), "show clock", "x")
        t.daemon.send(SETUP, setup_frame())
        t.daemon.sock.settimeout(3)
        try:
            for _ in range(6):
                kind, _ = t.daemon.frame()
                if kind is None:
                    break
                t.daemon.send(VERDICT, bytes([NO])) if kind == AUTH else None
        except OSError:
            pass
        c.p.kill()
        c.thread.join(10)
        relay.close()
        t.end()


def main():
    if not shutil.which("ssh") or not shutil.which("sshpass"):
        print("skipped: needs ssh and sshpass")
        return 77
    keep_3()
    make_keys()
    passed = failed = 0
    only = sys.argv[1:]
    for name, fn in sorted(globals().items()):
        if not name.startswith("test_ssh") or (only and name not in only):
            continue
        try:
            fn()
            passed += 1
            print("ok - %s" % name)
        except Exception:
            failed += 1
            print("not ok - %s" % name)
            traceback.print_exc(file=sys.stdout)
        sys.stdout.flush()
    if reports():
        failed += 1
        print(reports()[:4000])
    print("%d passed, %d failed" % (passed, failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
