# SPDX-License-Identifier: GPL-3.0-or-later
"""One device for the clients: R1 at 10.0.8.1, ssh and telnet open; this process stands where its operators are."""
import ctypes
import os
import re
import socket
import sys
import time
import weakref

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "netns"))
from gxlab import BUILD, PATIENCE, TOP, Lab, soon, until  # noqa: E402,F401

HERE = os.path.dirname(os.path.abspath(__file__))
ADDRESS = "10.0.8.1"
LINES = 16
LONG = 5000
# No pattern that a test waits for is longer.
OVERLAP = 65536
CONFIG = """hostname R1
ip domain name lab.local
no ip domain lookup
service timestamps log datetime msec
logging buffered 262144 debugging
login on-failure log
login on-success log
enable secret 0 topsecret
username cisco privilege 15 secret 0 cisco
username oper secret 0 oper
interface eth0
 description to the core
ip access-list extended BIG
%s
line con 0
 exec-timeout 0 0
 privilege level 15
line vty 0 15
 login local
 transport input ssh telnet
end
""" % "\n".join(" permit ip host 10.%d.%d.1 any" % (i // 250, i % 250) for i in range(LONG))
LABS = {}
OPEN = weakref.WeakSet()


def enter(node):
    """Moves this process, and what it starts from now on, into a namespace."""
    fd = os.open("/run/netns/" + node, os.O_RDONLY)
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.setns(fd, 0x40000000) != 0:
        raise OSError(ctypes.get_errno(), "setns")
    os.close(fd)


def lab():
    if "clients" not in LABS:
        n = LABS["clients"] = Lab("gxc")
        n.place("ks", CONFIG)
        n.start("ks")
        n.sh("ks", "configure terminal", "crypto key generate rsa modulus 2048", "end", "write memory")
        enter(n.prefix + "core")
    return LABS["clients"]


def show(command):
    return lab().show("ks", command)


def hang_up():
    """What a test that failed left open would fail those after it."""
    for s in list(OPEN):
        try:
            s.close()
        except Exception:
            pass
    OPEN.clear()


def lines_free():
    """All terminal lines given back: no session of a test outlives it."""
    until(20, "free lines", lambda: " vty " not in show("show users"))


class Closed(Exception):
    pass


class Shell:
    """What the terminals of both transports have in common. seen: all that came, for the rules on it."""

    prompt = "R1#"

    def start(self):
        self.seen = ""
        self.at = 0
        OPEN.add(self)

    def send(self, text):
        self.write(text.encode("latin-1"))

    def want(self, pattern, seconds=15):
        """What came up to the pattern and with it; later calls go on behind it."""
        end = time.monotonic() + seconds * PATIENCE
        searched = self.at
        while True:
            m = re.compile(pattern, re.M).search(self.seen, max(self.at, searched - OVERLAP))
            searched = len(self.seen)
            if m:
                out = self.seen[self.at:m.end()]
                self.at = m.end()
                return out
            left = end - time.monotonic()
            assert left > 0, "no %r in %r" % (pattern, self.seen[self.at:][-2000:])
            self.more(min(left, 1))

    def more(self, seconds):
        data = self.read(seconds)
        if data is None:
            return False
        if not data:
            raise Closed(self.seen[self.at:])
        self.seen += data.decode("latin-1")
        return True

    def quiet(self, seconds=0.4):
        """What comes until nothing has come for that long."""
        while self.more(seconds):
            pass
        out = self.seen[self.at:]
        self.at = len(self.seen)
        return out

    def run(self, command, prompt=None, end="\r"):
        """The output of a command: what stands between its echo and the prompt that follows."""
        self.send(command + end)
        out = self.want(r"^%s$(?![\r\n])" % re.escape(prompt or self.prompt), 30)
        echo, _, rest = out.partition("\r\n")
        assert echo == command, "echo of %r is %r" % (command, echo)
        return rest[:-len(prompt or self.prompt)].replace("\r\n", "\n")

    def until_closed(self, seconds=15):
        end = time.monotonic() + seconds * PATIENCE
        try:
            while time.monotonic() < end:
                self.more(0.5)
            assert False, "not closed"
        except (Closed, ConnectionResetError):
            return self.seen[self.at:]

    def clean(self):
        """Nothing of a terminal's drawing in what came."""
        assert "\x1b" not in self.seen, "escape sequence: %r" % self.seen[max(0, self.seen.index("\x1b") - 80):][:160]


class Telnet(Shell):
    """A client that answers DONT and WONT to everything, so what comes is what any client gets."""

    name = "telnet"

    def __init__(self, user="cisco", password="cisco", login=True, enter="\r\n"):
        self.start()
        self.raw = b""
        self.s = socket.create_connection((ADDRESS, 23), 10)
        if login:
            self.want("Username: ")
            self.send(user + enter)
            self.want("Password: ")
            self.send(password + enter)
            self.want(r"^R1[>#]$")

    def write(self, data):
        self.s.settimeout(10)
        self.s.sendall(data)

    def read(self, seconds):
        self.s.settimeout(seconds)
        try:
            data = self.s.recv(65536)
        except socket.timeout:
            return None
        if not data:
            return b""
        return self.options(data) or None

    def options(self, data):
        """Text of the stream; options are refused."""
        data = self.raw + data
        self.raw = b""
        out = b""
        i = 0
        while i < len(data):
            if data[i] != 255:
                out += data[i:i + 1]
                i += 1
                continue
            if i + 2 >= len(data):
                self.raw = data[i:]
                break
            refusal = {251: 254, 253: 252}.get(data[i + 1])
            try:
                self.s.sendall(bytes((255, refusal, data[i + 2])) if refusal else b"")
            except OSError:
                pass
            i += 3
        return out.replace(b"\r\0", b"\r")

    def close(self):
        self.s.close()


class Ssh(Shell):
    """paramiko's shell."""

    name = "ssh"

    def __init__(self, user="cisco", password="cisco", login=True, width=80, height=24):
        import paramiko
        self.start()
        self.c = paramiko.SSHClient()
        self.c.set_missing_host_key_policy(paramiko.AutoAddPolicy())
        self.c.connect(ADDRESS, username=user, password=password, look_for_keys=False, allow_agent=False, timeout=100,
                       banner_timeout=100, auth_timeout=100)
        self.ch = self.c.invoke_shell(width=width, height=height)
        if login:
            self.want(r"^R1[>#]$")

    def write(self, data):
        self.ch.settimeout(10)
        self.ch.sendall(data)

    def read(self, seconds):
        self.ch.settimeout(seconds)
        try:
            return self.ch.recv(65536)
        except socket.timeout:
            return None

    def close(self):
        self.c.close()
