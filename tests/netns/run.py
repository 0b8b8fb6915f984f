#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Real daemons between namespaces. run.py [TEST...]; prints 'ok' or 'not ok' for each and how many of them."""
import glob
import os
import re
import socket
import stat
import struct
import subprocess
import sys
import time
import traceback

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import t_coop  # noqa: E402
import t_foreign  # noqa: E402
import t_removal  # noqa: E402
import t_ssh  # noqa: E402
from gxlab import BUILD, TOP, Lab, config, until  # noqa: E402

HERE = os.path.dirname(os.path.abspath(__file__))
SHORT = ((r"lifetime seconds 3600$", "lifetime seconds 120"),)


class Skip(Exception):
    pass


# ---- one network for the tests that leave it as it was; slow: one with short lifetimes that runs meanwhile ----

LABS = {}


def lab():
    if "main" not in LABS:
        LABS["main"] = Lab("gxt")
        LABS["main"].bring_up()
    return LABS["main"]


def slow_lab():
    if "slow" not in LABS:
        LABS["slow"] = Lab("gxs")
        LABS["slow"].bring_up(ks=SHORT)
        LABS["slow"].kill("gm2")
    return LABS["slow"]


def listed(text, *patterns):
    for p in patterns:
        assert re.search(p, text, re.M), "no %r in:\n%s" % (p, text)


# ---- README ----

def session(text, prompt):
    """(command, what it prints) of a README session; stamps are one stamp, what the console says by itself left out."""
    text = re.sub(r"^\*[A-Z][a-z]{2} [ \d]\d [\d:.]+: ", "*T: ", text, flags=re.M)
    body = re.search(r"^%s>enable\n(.*?)^%s#exit$" % (prompt, prompt), text, re.M | re.S).group(1)
    parts = re.split(r"^%s#" % prompt, body, flags=re.M)[1:]
    return [part.split("\n", 1) for part in parts if not part.startswith("\n")]


def test_00_readme():
    """A network of its own, as the demo leaves it, prints what README's first session shows."""
    n = LABS["readme"] = Lab("gxd")
    n.bring_up()
    n.show("ks", "crypto gdoi ks rekey")
    for name in ("gm1", "gm2"):
        until(20, "rekey", lambda name=name: n.count(name, "GM_RECV_REKEY"))
    until(20, "acknowledgement", lambda: n.show("ks", "show crypto gdoi ks members").count("Acks Rcvd   : 1") == 2)
    with open(os.path.join(TOP, "README.md"), encoding="utf-8") as f:
        text = f.read()
    for name in ("ks", "gm1"):
        for command, want in session(text, "KS1" if name == "ks" else "GM1"):
            got = re.sub(r"^\*[A-Z][a-z]{2} [ \d]\d [\d:.]+: ", "*T: ", n.show(name, command), flags=re.M)
            # members register at once: in either order
            assert sorted(got.splitlines()) == sorted(want.splitlines()), "%s: %s\n%s" % (name, command, got)
            if command.endswith(" rekey") and name == "ks":
                until(20, "rekey", lambda: n.count("gm1", "GM_RECV_REKEY") == 2)
                until(20, "acknowledgement",
                      lambda: n.show("ks", "show crypto gdoi ks members").count("Acks Rcvd   : 2") == 2)
    LABS.pop("readme").down()


# ---- the main job ----

def test_01_registration():
    n = lab()
    assert n.members() == ["10.0.0.2", "10.0.0.3"], n.members()
    listed(n.log("gm1"), r"%CRYPTO-5-GM_REGSTER|%GDOI-5-GM_REGS_COMPL: Registration to KS 10\.0\.8\.1 complete for group GET using "
           r"address 10\.0\.0\.2")
    listed(n.show("gm1", "show crypto isakmp sa"), r"10\.0\.8\.1 +10\.0\.0\.2 +GDOI_IDLE")


def test_02_rekey_by_command():
    n = lab()
    before = {m: n.count(m, "%GDOI-5-GM_RECV_REKEY") for m in ("gm1", "gm2")}
    n.sh("ks", "crypto gdoi ks rekey")
    for m in ("gm1", "gm2"):
        until(20, "rekey at " + m, lambda m=m: n.count(m, "%GDOI-5-GM_RECV_REKEY") > before[m])
    listed(n.log("ks"), r"%GDOI-5-KS_SEND_UNICAST_REKEY")


def test_03_show_commands_answer():
    n = lab()
    for name, commands in (("ks", ("show crypto gdoi", "show crypto gdoi ks", "show crypto gdoi ks members",
                                   "show crypto gdoi ks policy", "show crypto gdoi ks acl", "show crypto gdoi ks rekey",
                                   "show crypto gdoi group GET", "show crypto isakmp sa", "show crypto isakmp policy",
                                   "show crypto key mypubkey rsa", "show running-config", "show startup-config",
                                   "show logging", "show version", "show clock", "show users",
                                   "show ip interface brief", "show crypto gdoi feature")),
                           ("gm1", ("show crypto gdoi", "show crypto gdoi gm", "show crypto gdoi gm acl",
                                    "show crypto gdoi gm rekey detail", "show crypto gdoi gm pubkey",
                                    "show crypto gdoi ipsec sa", "show crypto gdoi rekey sa"))):
        for c in commands:
            assert n.show(name, c).strip(), "%s: %s prints nothing" % (name, c)
    assert "show crypto gdoi" not in n.show("ks", "show running-config | include hostname|version")


# ---- terminals ----

def test_10_gdoixsh_status():
    n = lab()
    assert n.sh("ks", "show clock")[0] == 0
    status, out = n.sh("ks", "show nonsense", "show clock", check=False)
    assert status == 1 and "Invalid input" in out and "UTC" in out, (status, out)


def test_11_piped_dialogue():
    n = lab()
    p = subprocess.run([BUILD + "/gdoixsh", "--run", n.run_dir("ks")], capture_output=True, text=True, timeout=100,
                       input="enable\ncopy running-config startup-config\n\nshow clock\n")
    assert p.returncode == 0 and "[OK]" in p.stdout and "UTC" in p.stdout, p


def test_12_vty_sock_is_private():
    n = lab()
    mode = stat.S_IMODE(os.stat(n.run_dir("ks") + "/vty.sock").st_mode)
    assert mode == 0o660, oct(mode)


def test_13_mute_and_mad_clients():
    n = lab()
    mute = []
    for _ in range(40):
        s = socket.socket(socket.AF_UNIX)
        s.connect(n.run_dir("ks") + "/vty.sock")
        mute.append(s)
    for junk in (b"\xff" * 100, b"\x01\xff\xff\xff\xff", struct.pack(">BI", 2, 5) + b"hello", b"\x01\0\0\0\x02\x09\0"):
        s = socket.socket(socket.AF_UNIX)
        s.connect(n.run_dir("ks") + "/vty.sock")   # without a timeout: with one, a full backlog is EAGAIN at once
        s.settimeout(15)
        try:
            s.sendall(junk)
            while s.recv(4096):
                pass
        except (ConnectionResetError, BrokenPipeError):
            pass
        s.close()
    until(15, "terminal after the mute ones were let go", lambda: n.sh("ks", "show clock", check=False)[0] == 0)
    for s in mute:
        s.close()


def test_14_telnet():
    n = lab()
    p = subprocess.run(n.netns("core", "expect", HERE + "/telnet.exp", "10.0.8.1", "23"), capture_output=True, text=True,
                       timeout=120)
    assert p.returncode == 0, p.stdout[-3000:] + p.stderr
    assert p.stdout.count("show running-config") == 1, p.stdout


def test_15_telnet_runs_as_nobody():
    n = lab()
    p = subprocess.Popen(n.netns("core", "telnet", "10.0.8.1"), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                         stderr=subprocess.DEVNULL)
    try:
        def terminals():
            out = []
            for d in glob.glob("/proc/[0-9]*/cmdline"):
                try:
                    with open(d, "rb") as f, open(os.path.dirname(d) + "/status", encoding="ascii") as s:
                        if f.read() == b"gdoixsh\0--telnet\0":
                            out.append(s.read())
                except OSError:
                    pass
            return out
        status = until(10, "terminal of the telnet session", terminals)
        for s in status:
            listed(s, r"^Uid:\s+65534\s+65534\s+65534\s+65534", r"^CapEff:\s+0+$", r"^NoNewPrivs:\s+1", r"^Groups:\s*$")
    finally:
        p.kill()
        p.communicate()


def test_16_telnet_lines_are_bounded():
    n = lab()
    script = ("import socket,time\n"
              "s=[socket.create_connection(('10.0.8.1',23)) for _ in range(6)]\n"
              "s[5].settimeout(10)\nd=b''\n"
              "while b'busy' not in d:\n x=s[5].recv(999)\n assert x,d\n d+=x\n"
              "print('refused')\n")
    p = subprocess.run(n.netns("core", "/usr/bin/python3", "-c", script), capture_output=True, text=True, timeout=100)
    assert "refused" in p.stdout, p.stderr
    listed(n.log("ks"), r"%SYS-4-VTY_BUSY")
    until(15, "free line", lambda: subprocess.run(n.netns("core", "expect", HERE + "/telnet.exp", "10.0.8.1", "23"),
                                                  stdout=subprocess.DEVNULL).returncode == 0)


def test_17_telnet_only_where_allowed():
    n = lab()
    n.sh("gm1", "configure terminal", "line vty 0 4", "transport input none", "end")
    script = "import socket\ntry: socket.create_connection(('10.0.0.2',23),5)\nexcept ConnectionRefusedError: print('refused')\n"
    p = subprocess.run(n.netns("core", "/usr/bin/python3", "-c", script), capture_output=True, text=True, timeout=100)
    assert "refused" in p.stdout, p
    n.sh("gm1", "configure terminal", "ip access-list standard MGMT", "permit 10.0.8.1", "exit", "line vty 0 4",
         "access-class MGMT in", "transport input telnet", "end")
    script = ("import socket\n"
              "try: print('data' if socket.create_connection(('10.0.0.2',23),5).recv(9) else 'refused')\n"
              "except ConnectionResetError: print('refused')\n")
    for node, want in (("core", "refused"), ("ks", "data")):
        p = subprocess.run(n.netns(node, "/usr/bin/python3", "-c", script), capture_output=True, text=True, timeout=100)
        assert want in p.stdout, (node, p)


def test_18_hostile_telnet_costs_one_session():
    n = lab()
    script = ("import random,socket\nr=random.Random(1)\n"
              "for i in range(20):\n"
              " s=socket.create_connection(('10.0.8.1',23),5)\n"
              " s.settimeout(0.2)\n"
              " try:\n"
              "  s.sendall(bytes(r.choice((255,250,240,253,24,31,86,13,10,0,r.randrange(256))) for _ in range(4000)))\n"
              "  s.recv(9999)\n"
              " except OSError: pass\n"
              " s.close()\n")
    subprocess.run(n.netns("core", "/usr/bin/python3", "-c", script), check=True, timeout=100)
    assert n.registered("gm1") and n.sh("ks", "show clock")[0] == 0


# ---- starting, stopping, files ----

def test_20_second_daemon_is_refused():
    n = lab()
    p = subprocess.run(n.netns("ks", BUILD + "/gdoixd", "--nvram", n.nvram("other"), "--run", n.run_dir("ks"), "--foreground"),
                       capture_output=True, text=True, timeout=100)
    assert p.returncode == 1, p
    listed(p.stderr, r"another gdoixd \(process \d+\) uses %s" % re.escape(n.run_dir("ks")))
    p = subprocess.run(n.netns("ks", BUILD + "/gdoixd", "--nvram", n.nvram("ks"), "--run", n.run_dir("other"), "--foreground"),
                       capture_output=True, text=True, timeout=100)
    assert p.returncode == 1 and "another gdoixd" in p.stderr, p
    assert n.sh("ks", "show clock")[0] == 0


def test_21_background_start_is_ready_when_it_returns():
    n = lab()
    args = ["--nvram", n.nvram("bg"), "--run", n.run_dir("bg")]
    subprocess.run(n.netns("core", BUILD + "/gdoixd", *args), check=True, timeout=100)
    assert "UTC" in n.show("bg", "show clock")
    with open(n.run_dir("bg") + "/gdoixd.pid", encoding="ascii") as f:
        pid = int(f.read())
    os.kill(pid, 15)
    until(10, "end of the daemon", lambda: not os.path.exists("/proc/%d" % pid))
    assert not os.path.exists(n.run_dir("bg") + "/vty.sock")


def test_22_port_848_taken():
    n = lab()
    holder = subprocess.Popen(n.netns("core", "/usr/bin/python3", "-c",
                                      "import socket,sys;s=socket.socket(2,2);s.bind(('',848));print(1,flush=True);"
                                      "sys.stdin.read()"), stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    holder.stdout.readline()
    try:
        n.place("taken", config("gm1", ("hostname GM1", "hostname TAKEN")))
        log = open(n.nvram("taken", "../log"), "wb")
        p = subprocess.Popen(n.netns("core", BUILD + "/gdoixd", "--nvram", n.nvram("taken"), "--run", n.run_dir("taken"),
                                     "--foreground"), stdout=log, stderr=log)
        log.close()
        n.daemons["taken"] = p
        until(10, "terminal", lambda: n.sh("taken", "show clock", check=False)[0] == 0)
        listed(n.log("taken"), r"%CRYPTO-3-IKMP_PORT: Cannot use UDP port 848: UDP port 848 is taken")
    finally:
        holder.communicate()
    bound = "cat /proc/net/udp"
    until(15, "port 848 once it is free",
          lambda: ":0350 " in subprocess.run(n.netns("core", "sh", "-c", bound), capture_output=True, text=True).stdout)
    assert n.stop("taken") == 0


def test_23_config_errors_by_line():
    n = lab()
    text = "hostname BAD\nnonsense here\ninterface eth0\n description fine\n crypto nonsense\nlogging buffered 8192\nend\n"
    n.place("bad", text)
    p = subprocess.run([BUILD + "/gdoixd", "--nvram", n.nvram("bad"), "--run", n.run_dir("bad"), "--check"],
                       capture_output=True, text=True, timeout=100)
    assert p.returncode == 1, p
    listed(p.stdout, r"line 2\b.*nonsense here", r"line 5\b.*crypto nonsense")
    assert len(p.stdout.strip().split("\n")) == 2, p.stdout
    subprocess.run(n.netns("core", BUILD + "/gdoixd", "--nvram", n.nvram("bad"), "--run", n.run_dir("bad")), check=True,
                   timeout=100)
    try:
        running = n.show("bad", "show running-config")
        listed(running, r"^hostname BAD", r"^ description fine", r"^logging buffered 8192")
        listed(n.show("bad", "show logging"), r"%SYS-3-CFG_LINE: startup-config line 2", r"CFG_LINE: startup-config line 5")
        with open(n.nvram("bad", "startup-config"), encoding="ascii") as f:
            assert f.read() == text, "a startup-config with errors was changed by reading it"
    finally:
        with open(n.run_dir("bad") + "/gdoixd.pid", encoding="ascii") as f:
            os.kill(int(f.read()), 15)


def test_24_good_config_checks():
    n = lab()
    for name in ("ks", "gm1"):
        p = subprocess.run([BUILD + "/gdoixd", "--nvram", n.nvram(name), "--run", n.run_dir("none"), "--check"],
                           capture_output=True, text=True, timeout=100)
        assert (p.returncode, p.stdout) == (0, ""), p


def test_25_startup_config_that_cannot_be_read_or_written():
    n = lab()
    os.makedirs(n.nvram("dir", "startup-config/x"))
    subprocess.run(n.netns("core", BUILD + "/gdoixd", "--nvram", n.nvram("dir"), "--run", n.run_dir("dir")), check=True,
                   timeout=100)
    try:
        listed(n.show("dir", "show logging"), r"%SYS-3-CFG_READ: Cannot read .*startup-config")
        status, out = n.sh("dir", "write memory", check=False)
        assert status == 1 and "startup-config" in out and "[OK]" not in out, (status, out)
    finally:
        with open(n.run_dir("dir") + "/gdoixd.pid", encoding="ascii") as f:
            os.kill(int(f.read()), 15)


def test_26_running_config_replays_the_same():
    n = lab()
    for name in ("ks", "gm1"):
        text = n.show(name, "show running-config")
        body = text[text.index("version"):]
        n.place("replay", body)
        subprocess.run(n.netns("core", BUILD + "/gdoixd", "--nvram", n.nvram("replay"), "--run", n.run_dir("replay")),
                       check=True, timeout=100)
        try:
            again = n.show("replay", "show running-config")
            assert again[again.index("version"):] == body, again
        finally:
            with open(n.run_dir("replay") + "/gdoixd.pid", encoding="ascii") as f:
                pid = int(f.read())
            os.kill(pid, 15)
            until(10, "end", lambda: not os.path.exists("/proc/%d" % pid))


def test_27_ip_address_of_an_interface():
    n = lab()
    n.place("ip", "hostname IP\ninterface lo\n ip address 10.9.9.1 255.255.255.0\nend\n")
    subprocess.run(n.netns("core", BUILD + "/gdoixd", "--nvram", n.nvram("ip"), "--run", n.run_dir("ip")), check=True,
                   timeout=100)

    def has(address):
        return address in subprocess.run(n.netns("core", "ip", "-4", "addr", "show", "lo"), capture_output=True, text=True).stdout
    try:
        assert has("10.9.9.1/24")
        n.sh("ip", "configure terminal", "interface lo", "ip address 10.9.9.2 255.255.255.255", "end")
        assert has("10.9.9.2/32") and not has("10.9.9.1/24")
        n.sh("ip", "configure terminal", "interface lo", "no ip address", "end")
        assert not has("10.9.9.") and has("127.0.0.1/8")
        n.sh("ip", "configure terminal", "interface gone0", "ip address 10.9.9.3 255.255.255.0", "exit", "hostname IP2", "end")
        log = n.show("ip", "show logging | include IF_CONFIG").strip()
        listed(log, r"%SYS-3-IF_CONFIG: Interface gone0 cannot be configured: this system does not have it$")
        assert log.count("IF_CONFIG") == 1, log
        subprocess.run(n.netns("core", "ip", "link", "add", "gone0", "type", "veth", "peer", "name", "gone1"), check=True)
        until(10, "address of an interface that appeared", lambda: "10.9.9.3" in n.show("ip", "show ip interface brief"))
    finally:
        with open(n.run_dir("ip") + "/gdoixd.pid", encoding="ascii") as f:
            os.kill(int(f.read()), 15)
        subprocess.run(n.netns("core", "ip", "link", "del", "gone0"), check=False, stderr=subprocess.DEVNULL)


def test_28_state_directory_that_is_read_only():
    n = lab()
    n.place("ro", "hostname RO\n")
    where = n.nvram("ro")
    for mount in (("mount", "--bind", where, where), ("mount", "-o", "remount,ro,bind", where)):
        subprocess.run(mount, check=True)
    command = n.netns("core", BUILD + "/gdoixd", "--nvram", where, "--run", n.run_dir("ro"))
    subprocess.run(command, check=True, timeout=100)
    try:
        listed(n.show("ro", "show logging"), r"%SYS-3-CFG_WRITE: Cannot write \S*/lock: Read-only file system")
        status, out = n.sh("ro", "write memory", check=False)
        assert status == 1 and "startup-config: cannot be written: Read-only file system" in out, (status, out)
        listed(n.show("ro", "show startup-config"), r"^hostname RO$")
        again = subprocess.run(command[:-1] + [n.run_dir("ro2")], capture_output=True, text=True, timeout=100)
        assert again.returncode == 1 and "another gdoixd" in again.stderr, again
    finally:
        with open(n.run_dir("ro") + "/gdoixd.pid", encoding="ascii") as f:
            pid = int(f.read())
        os.kill(pid, 15)
        until(10, "end", lambda: not os.path.exists("/proc/%d" % pid))
        subprocess.run(("umount", where), check=True)


# ---- restarts; these change the main network and come after the others ----

def rekey_reaches(n, *members):
    before = {m: n.count(m, "%GDOI-5-GM_RECV_REKEY") for m in members}
    n.sh("ks", "crypto gdoi ks rekey")
    for m in members:
        until(20, "rekey at " + m, lambda m=m: n.count(m, "%GDOI-5-GM_RECV_REKEY") > before[m])


def test_40_member_restart():
    n = lab()
    assert n.stop("gm1") == 0
    n.start("gm1")
    n.wait_registered("gm1")
    assert n.members() == ["10.0.0.2", "10.0.0.3"]
    rekey_reaches(n, "gm1", "gm2")


def test_41_member_killed():
    n = lab()
    n.kill("gm2")
    n.start("gm2")
    n.wait_registered("gm2")
    rekey_reaches(n, "gm1", "gm2")


def test_42_key_server_restart():
    n = lab()
    assert n.stop("ks") == 0
    n.start("ks")
    listed(n.show("ks", "show crypto key mypubkey rsa"), "getvpn-rekey")
    until(30, "both members", lambda: n.members() == ["10.0.0.2", "10.0.0.3"])
    rekey_reaches(n, "gm1", "gm2")


def test_43_key_server_killed():
    n = lab()
    time.sleep(6)  # the member database is written within five seconds
    n.kill("ks")
    n.start("ks")
    until(30, "both members", lambda: n.members() == ["10.0.0.2", "10.0.0.3"])
    rekey_reaches(n, "gm1", "gm2")


def test_44_reload():
    n = lab()
    pid = n.daemons["gm1"].pid
    before = n.count("gm1", "%SYS-5-RESTART")
    n.sh("gm1", "reload", "yes", "y", check=False)
    until(20, "restart", lambda: n.count("gm1", "%SYS-5-RESTART") > before)
    n.wait_registered("gm1")
    assert n.daemons["gm1"].poll() is None and n.daemons["gm1"].pid == pid


def test_45_clear_crypto_gdoi_registers_again():
    n = lab()
    before = n.count("gm2", "%GDOI-5-GM_REGS_COMPL")
    n.sh("gm2", "clear crypto gdoi", "yes", check=False)
    until(60, "registration", lambda: n.count("gm2", "%GDOI-5-GM_REGS_COMPL") > before)


def test_46_server_order():
    n = lab()
    n.sh("gm2", "configure terminal", "crypto gdoi group GET", "no server address ipv4 10.0.8.1",
         "server address ipv4 10.0.8.77", "server address ipv4 10.0.8.1", "end")
    n.stop("gm2")
    # what was configured is in the running configuration only: the file still has one server
    n.start("gm2")
    n.wait_registered("gm2")


# ---- an independent decoder ----

def fields(capture, *args):
    p = subprocess.run(["tshark", "-r", capture, "-d", "udp.port==848,isakmp", *args], capture_output=True, text=True,
                       timeout=100, env=dict(os.environ, HOME="/tmp"))
    assert p.returncode == 0, p.stderr
    return p.stdout


def capture_registration(n, pcap):
    """One registration and one rekey, seen on the key server's link."""
    n.place("ks", config("ks"))
    keys = n.dir + "/keys"
    n.start("ks", env={"GDOIX_KEYLOG": keys})
    n.make_key()
    dump = subprocess.Popen(n.netns("ks", "tcpdump", "-i", "eth0", "-U", "-w", pcap, "udp port 848"),
                            stderr=subprocess.PIPE)
    try:
        dump.stderr.readline()
        n.place("gm1", config("gm1"))
        n.start("gm1", env={"GDOIX_KEYLOG": keys + "-gm1"})
        n.wait_registered("gm1")
        n.sh("ks", "crypto gdoi ks rekey")
        until(20, "rekey", lambda: n.count("gm1", "%GDOI-5-GM_RECV_REKEY"))
        time.sleep(1)
    finally:
        dump.terminate()
        dump.communicate()
    return keys


def test_50_tshark():
    build = os.environ.get("GDOIX_KEYLOG_BUILD")
    if not build:
        raise Skip("GDOIX_KEYLOG_BUILD is not set")
    n = Lab("gxw", build=build)
    try:
        pcap, patched = n.dir + "/wire.pcap", n.dir + "/doi1.pcap"
        keys = capture_registration(n, pcap)
        subprocess.run(["/usr/bin/python3", HERE + "/phase1_doi.py", pcap, patched], check=True)
        with open(keys, encoding="ascii") as f:
            table = ["-ouat:ikev1_decryption_table:" + line.strip() for line in f]
        assert table, "no phase-1 key was logged"
        # main mode: two proposals, two key exchanges, two identities; then the four messages of PULL
        rows = fields(patched, *table, "-T", "fields", "-e", "isakmp.exchangetype", "-e", "isakmp.typepayload", "-E",
                      "aggregator=,").split("\n")
        kinds = [r.split("\t")[0] for r in rows if r]
        assert kinds.count("2") == 6 and kinds.count("32") == 4 and kinds.count("33") >= 1, kinds
        assert "35" in kinds, "no GROUPKEY-PUSH ACK"
        payloads = {}
        for r in rows:
            if r:
                payloads.setdefault(r.split("\t")[0], []).append(r.split("\t")[1].split(","))
        # ID (5) and HASH (8) of main mode's last two, only there when they decrypt
        assert all({"5", "8"} <= set(p) for p in payloads["2"][4:6]), payloads["2"]
        # PULL: HASH NONCE ID; HASH NONCE SA; HASH; HASH [SEQ] KD
        first, second, third, fourth = payloads["32"]
        assert {"8", "10", "5"} <= set(first), first
        assert {"8", "10", "1"} <= set(second), second
        assert "8" in third, third
        assert {"8", "17"} <= set(fourth), fourth
        text = fields(patched, *table, "-V", "-Y", "isakmp.exchangetype==32")
        assert "Malformed" not in text.split("Key Download")[0].split("SA TEK")[0], "malformed before the SAT"
        listed(text, r"Identification Data", r"Nonce DATA|Nonce: ", r"10\.0\.8\.1|10\.0\.0\.2")
        check_plain(keys + ".pcap", keys + "-gm1.pcap")
    finally:
        n.down()


def check_plain(ks, gm):
    """What the key server sent and what the member was rekeyed with, in the clear: each payload is where it should be."""
    def kinds(plain, exchange):
        assert os.path.exists(plain), "no plaintext capture " + plain
        out = fields(plain, "-Y", "isakmp.exchangetype==%d" % exchange, "-T", "fields", "-e", "isakmp.typepayload", "-E",
                     "aggregator=,")
        return [line.split(",") for line in out.strip().split("\n") if line]
    pull = kinds(ks, 32)
    assert len(pull) == 2 and pull[0][:2] == ["8", "10"] and "1" in pull[0] and "17" in pull[1], pull
    push = kinds(gm, 33)
    assert push, "no rekey in the member's capture"
    for p in push:
        assert p[0] == "18" and "1" in p and "17" in p and p[-1] == "9", p


# ---- with short lifetimes; the network has been running since the beginning ----

def test_90_scheduled_rekeys():
    n = slow_lab()
    until(100, "three scheduled rekeys", lambda: n.count("gm1", "%GDOI-5-GM_RECV_REKEY") >= 3)
    assert n.registered("gm1")
    assert n.count("gm1", "%GDOI-5-GM_REGS_COMPL") == 1, "a member that is rekeyed need not register again"


def test_91_silent_member_leaves_the_database():
    n = slow_lab()
    until(240, "removal of 10.0.0.3", lambda: n.members() == ["10.0.0.2"])


for part in (t_ssh, t_removal, t_coop, t_foreign):
    globals().update((name, fn) for name, fn in vars(part).items() if name.startswith("test_"))
    part.LABS = LABS


def main():
    only = sys.argv[1:]
    tests = [(name, fn) for name, fn in sorted(globals().items()) if name.startswith("test_") and
             (not only or any(o in name for o in only))]
    passed = failed = 0
    if os.getuid() != 0:
        sys.exit("run.py: namespaces need root")
    try:
        if any(name >= "test_9" for name, _ in tests):
            slow_lab()
        for name, fn in tests:
            begun = time.monotonic()
            try:
                fn()
                passed += 1
                print("ok - %s (%.1f s)" % (name, time.monotonic() - begun))
            except Skip as s:
                print("ok - %s # skip %s" % (name, s))
            except Exception:
                failed += 1
                print("not ok - %s" % name)
                traceback.print_exc(file=sys.stdout)
            sys.stdout.flush()
    finally:
        for n in LABS.values():
            if failed:
                for name in n.daemons:
                    print("---- log of %s%s\n%s" % (n.prefix, name, n.log(name)[-3000:]))
            n.down()
    print("%d passed, %d failed" % (passed, failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
