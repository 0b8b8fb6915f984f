# SPDX-License-Identifier: GPL-3.0-or-later
"""The demo network for tests: namespaces (lab/common.sh), daemons, commands."""
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time

TOP = os.environ.get("top_srcdir", os.getcwd())
BUILD = os.environ.get("top_builddir", os.getcwd())
NODES = ("ks", "gm1", "gm2")


def config(name, *changes):
    """The demo's configuration of a device; changes are (pattern, replacement) over its text."""
    with open(os.path.join(TOP, "lab", name + ".cfg"), encoding="ascii") as f:
        text = f.read()
    for pattern, replacement in changes:
        text, n = re.subn(pattern, replacement, text, flags=re.M)
        assert n, "%s.cfg has no %r" % (name, pattern)
    return text


# What a quiet machine does in a second a loaded one may need some for. No test is about speed.
PATIENCE = 4


def soon(begun, seconds, what):
    """Nothing held up what began then."""
    took = time.monotonic() - begun
    assert took < seconds * PATIENCE, "%s took %.1f s" % (what, took)


def until(seconds, what, fn):
    """fn() until it answers with something true, which is returned."""
    seconds *= PATIENCE
    end = time.monotonic() + seconds
    while True:
        answer = fn()
        if answer:
            return answer
        assert time.monotonic() < end, "after %d s: no %s" % (seconds, what)
        time.sleep(0.5)


class Lab:
    """One network of namespaces named PREFIXks, PREFIXgm1, ... with its own state directory."""

    NET = "lab_net"  # of lab/common.sh

    def __init__(self, prefix, build=BUILD):
        self.prefix = "%s%d" % (prefix, os.getpid())  # two runs at a time do not meet
        self.build = build
        self.dir = tempfile.mkdtemp(prefix="gx-test-")
        os.chmod(self.dir, 0o755)
        self.daemons = {}
        self.shell("lab_net_down; " + self.NET)

    def shell(self, script):
        subprocess.run(["sh", "-eu", "-c", ". %s/lab/common.sh; %s" % (TOP, script)], check=True,
                       env=dict(os.environ, top=TOP, prefix=self.prefix))

    def down(self):
        for name in list(self.daemons):
            self.kill(name)
        self.shell("lab_net_down")
        shutil.rmtree(self.dir)

    def run_dir(self, name):
        return "%s/%s/run" % (self.dir, name)

    def nvram(self, name, file=""):
        path = "%s/%s/nvram" % (self.dir, name)
        os.makedirs(path, exist_ok=True)
        return os.path.join(path, file)

    def netns(self, name, *args):
        return ["ip", "netns", "exec", self.prefix + name] + list(args)

    def place(self, name, text):
        with open(self.nvram(name, "startup-config"), "w", encoding="ascii") as f:
            f.write(text)

    def start(self, name, *options, env=None):
        """Starts the daemon in the foreground and waits for its socket."""
        log = open("%s/%s/log" % (self.dir, name), "ab")
        sock = self.run_dir(name) + "/vty.sock"
        p = subprocess.Popen(self.netns(name, self.build + "/gdoixd", "--nvram", self.nvram(name), "--run",
                                        self.run_dir(name), "--foreground", *options), stdin=subprocess.DEVNULL,
                             stdout=log, stderr=log, env=dict(os.environ, **(env or {})))
        log.close()
        self.daemons[name] = p
        until(20, "terminal on %s" % name, lambda: p.poll() is not None or (os.path.exists(sock) and
                                                                        self.sh(name, check=False)[0] == 0))
        assert p.poll() is None, "%s ended with status %d:\n%s" % (name, p.returncode, self.log(name))

    def stop(self, name, sig=signal.SIGTERM):
        """Ends the daemon; its exit status."""
        p = self.daemons.pop(name)
        p.send_signal(sig)
        return p.wait(15)

    def kill(self, name):
        return self.stop(name, signal.SIGKILL)

    def log(self, name):
        """What the daemon has logged to standard error, over all its starts."""
        with open("%s/%s/log" % (self.dir, name), encoding="utf-8", errors="replace") as f:
            return f.read()

    def sh(self, name, *commands, check=True, stdin=""):
        """gdoixsh: (status, output) of commands in one session that begins with 'enable'."""
        args = []
        for c in ("enable",) + commands:
            args += ["-c", c]
        p = subprocess.run([self.build + "/gdoixsh", "--run", self.run_dir(name)] + args, input=stdin, timeout=60,
                           stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        assert not check or p.returncode == 0, "%s: %s: status %d: %s" % (name, commands, p.returncode, p.stdout)
        return p.returncode, p.stdout

    def show(self, name, command):
        return self.sh(name, command)[1]

    def bring_up(self, ks=(), gm=(), members=("gm1", "gm2"), env=None):
        """The key server with its key, then the members, all registered."""
        self.place("ks", config("ks", *ks))
        self.start("ks", env=env)
        self.make_key()
        for name in members:
            self.place(name, config(name, *gm))
            self.start(name)
        for name in members:
            self.wait_registered(name)

    def make_key(self):
        """The key server's rekey key; the policy that waited for it comes into force with a rekey."""
        self.sh("ks", "configure terminal", "crypto key generate rsa general-keys label getvpn-rekey modulus 2048", "end",
                "crypto gdoi ks rekey", "write memory")

    def registered(self, name):
        out = self.sh(name, "show crypto gdoi", check=False)[1]
        return re.search(r"Registration status +: Registered", out)

    def wait_registered(self, name, seconds=60):
        until(seconds, "registration of %s" % name, lambda: self.registered(name))

    def members(self):
        """The addresses in the key server's database."""
        return sorted(re.findall(r"Group Member ID +: (\S+)", self.show("ks", "show crypto gdoi ks members")))

    def count(self, name, message):
        """How often a message was logged to standard error."""
        return self.log(name).count(message)
