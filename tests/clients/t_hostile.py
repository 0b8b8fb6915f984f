# SPDX-License-Identifier: GPL-3.0-or-later
"""Terminals that break off, flood, stop reading or talk nonsense. The daemon answers others meanwhile."""
import random
import re
import socket
import struct
import time

from cllab import ADDRESS, LINES, PATIENCE, Closed, Ssh, Telnet, lab, lines_free, show, soon, until

SLOW = 5


def answers():
    """The console gets its answer, soon."""
    begun = time.monotonic()
    assert "UTC" in show("show clock")
    soon(begun, SLOW, "the console's answer")


def connect():
    return socket.create_connection((ADDRESS, 23), 10)


def pour(s, data, seconds=5):
    """Sends what the other side takes within that time; False when it hung up."""
    end = time.monotonic() + seconds
    s.settimeout(0.5)
    at = 0
    try:
        while at < len(data) and time.monotonic() < end:
            try:
                at += s.send(data[at:at + 65536])
            except socket.timeout:
                pass
        return True
    except OSError:
        return False


def drain(s, seconds=0.3):
    end = time.monotonic() + seconds
    s.settimeout(0.1)
    try:
        while time.monotonic() < end:
            try:
                if not s.recv(65536):
                    return False
            except socket.timeout:
                pass
    except OSError:
        return False
    return True


def test_hostile_rubbish_before_login():
    lab()
    r = random.Random(4)
    for _ in range(16):
        s = connect()
        pour(s, r.randbytes(20000), 1)
        drain(s)
        s.close()
    answers()
    lines_free()


def test_hostile_rubbish_at_the_prompt():
    r = random.Random(5)
    lab()
    for kind in (Telnet, Ssh):
        s = kind()
        data = bytes(c for c in r.randbytes(20000) if c not in (255,))
        try:
            s.write(data)
            s.quiet(0.5)
        except (Closed, OSError):
            pass
        answers()
        s.close()
        s = kind()
        text = "".join(chr(r.choice((r.randrange(32, 127), r.randrange(128, 255)))) for _ in range(300)).replace("?", "")
        s.send("show " + text + "\r")
        s.want("^R1#$")
        assert "UTC" in s.run("show clock")
        s.close()
    lines_free()
    assert "hostname R1" in show("show running-config | include hostname")


def test_hostile_megabyte_lines():
    lab()
    for kind in (Telnet, Ssh):
        s = kind()
        s.run("terminal length 0")
        begun = time.monotonic()
        try:
            for _ in range(128):
                s.write(b"x" * 8192)
                while s.more(0.001):
                    pass
            s.send("\r")
            s.want("^R1#$", 20)
            s.at = len(s.seen)
            assert "UTC" in s.run("show clock")
        except (Closed, OSError):
            pass
        answers()
        soon(begun, 30, "a megabyte")
        s.close()
    s = connect()
    pour(s, b"x" * (1 << 20), 3)
    drain(s)
    s.close()
    answers()
    lines_free()


def test_hostile_option_storm():
    lab()
    r = random.Random(6)
    for i in range(8):
        s = connect()
        storm = b"".join(bytes((255, r.choice((251, 252, 253, 254)), r.randrange(256))) for _ in range(30000))
        if i % 4 == 1:
            storm = b"\xff\xfa\x1f" + b"A" * 50000
        if i % 4 == 2:
            storm = b"\xff\xfa\x1f\x00\x00\x00\x00\xff\xf0" * 5000
        if i % 4 == 3:
            storm = b"\xff\xfa\x18\x00" + b"T" * 3000 + b"\xff\xf0" + b"\xff\xf6" * 20000
        pour(s, storm, 2)
        drain(s)
        answers()
        s.close()
    t = Telnet()
    t.write(b"\xff\xf1\xff\xfb\x1f\xff\xfa\x1f\x00\x00\x00\x00\xff\xf0sh\xff\xf1ow cl\xff\xfd\x05ock\r\x00")
    out = t.want("^R1#$")
    assert "UTC" in out, out
    for rows, columns in ((1, 1), (0, 0), (65535, 65535), (24, 80)):
        t.write(b"\xff\xfb\x1f\xff\xfa\x1f" + struct.pack(">HH", columns, rows).replace(b"\xff", b"\xff\xff") + b"\xff\xf0")
        time.sleep(0.1)
    t.quiet()
    t.send("show clock\r")
    t.want("UTC")
    t.close()
    lines_free()


def test_hostile_half_open():
    """Lines taken by mutes come back; meanwhile the console works, and a line is found for who really logs in."""
    lab()
    mute = [connect() for _ in range(LINES)]
    answers()
    for kind in (Telnet, Ssh, Telnet):
        until(30, "a line over " + kind.name, lambda: works(kind))
    answers()
    for s in mute:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        s.close()
    lines_free()
    Telnet().close()
    lines_free()


def test_hostile_200_sessions():
    lab()
    all_of_them = []
    begun = time.monotonic()
    for _ in range(200):
        s = connect()
        s.settimeout(0)
        all_of_them.append(s)
    time.sleep(1)
    served = refused = 0
    end = time.monotonic() + 20 * PATIENCE
    waiting = {s: b"" for s in all_of_them}
    while waiting and time.monotonic() < end:
        for s in list(waiting):
            try:
                data = s.recv(4096)
            except BlockingIOError:
                continue
            except OSError:
                data = b""
            waiting[s] += data
            if b"Username:" in waiting[s]:
                served += 1
                del waiting[s]
            elif not data:
                refused += 1
                del waiting[s]
        time.sleep(0.02)
    answers()
    # On a slow machine some were made room for, after five seconds.
    assert not waiting and served >= LINES and refused >= 200 - 3 * LINES, (served, refused, len(waiting))
    soon(begun, 30, "200 sessions")
    for s in all_of_them:
        s.close()
    lines_free()
    assert Telnet().run("show privilege") == "Current privilege level is 15\n"
    lines_free()


def test_hostile_200_ssh_connections():
    lab()
    all_of_them = []
    for i in range(200):
        try:
            s = socket.create_connection((ADDRESS, 22), 5)
            s.sendall(b"SSH-2.0-x\r\n" if i % 2 else b"")
            all_of_them.append(s)
        except OSError:
            pass
    answers()
    for s in all_of_them:
        s.close()
    lines_free()
    until(20, "an ssh session", lambda: works(Ssh))


def works(kind):
    try:
        s = kind()
        assert s.run("show privilege") == "Current privilege level is 15\n"
        s.close()
        return True
    except Exception:
        return False


def test_hostile_reader_that_stops():
    """The daemon waits for nobody: its buffer is bounded, and in the end the session is over."""
    lab()
    for kind in (Telnet, Ssh):
        s = kind()
        s.run("terminal length 0")
        before = daemon_kb()
        s.send("".join("show running-config\r" for _ in range(400)))
        for _ in range(10):
            answers()
            time.sleep(0.1)
        begun = time.monotonic()
        n = lab()
        n.sh("ks", "configure terminal", "interface eth0", "description to the core", "end")
        soon(begun, SLOW, "the console's configuration")
        assert daemon_kb() < before + 50000, "the daemon held %d kB and now %d" % (before, daemon_kb())
        s.close()
    lines_free()


def daemon_kb():
    """Resident memory; none to speak of under the address sanitizer, which keeps what was freed."""
    with open("/proc/%d/maps" % pid(), encoding="utf-8") as f:
        if "libasan" in f.read():
            return 0
    with open("/proc/%d/status" % pid(), encoding="ascii") as f:
        return int(re.search(r"VmRSS:\s+(\d+)", f.read()).group(1))


def pid():
    with open(lab().run_dir("ks") + "/gdoixd.pid", encoding="ascii") as f:
        return int(f.read())


def test_hostile_disconnect_in_a_dialogue():
    lab()
    for kind in (Telnet, Ssh):
        for command, question in (("clear logging", "[confirm]"), ("copy running-config startup-config", "[startup-config]? "),
                                  ("erase startup-config", "[confirm]"), ("reload", "[confirm]"),
                                  ("configure", "[terminal]? ")):
            s = kind()
            s.send(command + "\r")
            s.want(re.escape(question) + "|" + re.escape("[yes/no]: "))
            s.close()
    lines_free()
    answers()
    assert "hostname R1" in show("show startup-config | include hostname")


def test_hostile_disconnect_in_configuration():
    """What was entered before the end of the line stays, a half line does not, and no mode or lock is left behind."""
    lab()
    for kind in (Telnet, Ssh):
        s = kind()
        s.run("configure terminal", "R1(config)#")
        s.run("interface eth0", "R1(config-if)#")
        s.run("description stays", "R1(config-if)#")
        s.send("description is never ent")
        s.want("ent")
        s.close()
        lines_free()
        assert " description stays\n" in show("show running-config | section interface")
        s = kind()
        s.run("configure terminal", "R1(config)#")
        s.send("banner motd #\rhalf a banner\r")
        time.sleep(0.3)
        s.close()
        s = kind()
        s.run("configure terminal", "R1(config)#")
        s.send("no crypto gdoi group NONE\r")
        s.want(r"R1\(config\)#|\[yes/no\]: ")
        s.close()
        lines_free()
    assert "half a banner" not in show("show running-config | section banner")
    lab().sh("ks", "configure terminal", "interface eth0", "description to the core", "end")


def test_hostile_two_operators():
    """Both at once, line by line: the last word wins, both are told of each other and nothing is lost."""
    lab()
    a, b = Telnet(), Ssh("oper", "oper")
    b.send("enable\r")
    b.want("Password: ")
    b.send("topsecret\r")
    b.want("^R1#$")
    a.run("configure terminal", "R1(config)#")
    b.send("configure terminal\r")
    told = b.want(r"^R1\(config\)#$")
    assert "cisco" in told, "not told of the other: %r" % told
    assert a.quiet() == "", "told in the middle of a prompt"
    a.send("\r")
    assert "oper" in a.want(r"^R1\(config\)#$")
    for i in range(20):
        a.send("ip access-list extended A%d\r" % i)
        b.send("ip access-list extended B%d\r" % i)
        a.want(r"^R1\(config-ext-nacl\)#$")
        b.want(r"^R1\(config-ext-nacl\)#$")
        a.run("permit ip host 192.0.2.%d any" % (i + 1), "R1(config-ext-nacl)#")
        b.run("permit ip host 198.51.100.%d any" % (i + 1), "R1(config-ext-nacl)#")
    a.send("interface eth0\r")
    a.want(r"^R1\(config-if\)#$")
    b.send("interface eth0\r")
    b.want(r"^R1\(config-if\)#$")
    a.run("description of a", "R1(config-if)#")
    b.run("description of b", "R1(config-if)#")
    a.send("end\r")
    b.send("end\r")
    a.want("^R1#$")
    b.want("^R1#$")
    running = show("show running-config")
    assert " description of b\n" in running
    for i in range(20):
        assert "ip access-list extended A%d\n permit ip host 192.0.2.%d any\n" % (i, i + 1) in running
        assert "ip access-list extended B%d\n permit ip host 198.51.100.%d any\n" % (i, i + 1) in running
    # One removes what the other is in: that one is told, and goes on.
    a.run("configure terminal", "R1(config)#")
    a.run("ip access-list extended A0", "R1(config-ext-nacl)#")
    b.run("configure terminal", "R1(config)#")
    for i in range(20):
        b.run("no ip access-list extended A%d" % i, "R1(config)#")
        b.run("no ip access-list extended B%d" % i, "R1(config)#")
    a.send("permit ip any any\r")
    a.want(r"^R1\(config.*\)#$")
    a.send("end\r")
    a.want("^R1#$")
    assert "UTC" in a.run("show clock")
    a.close()
    b.close()
    lines_free()
    lab().sh("ks", "configure terminal", "interface eth0", "description to the core", "no ip access-list extended A0", "end")


def refused(port):
    """Whether a caller is turned away at once."""
    try:
        s = socket.create_connection((ADDRESS, port), 10)
        s.settimeout(2)
        data = s.recv(100)
        s.close()
        return not data
    except socket.timeout:
        return False
    except OSError:
        return True


def test_hostile_brute_force():
    """After 'login block-for' failures nobody is let in from outside but whom the quiet-mode list permits, for a while."""
    n = lab()
    n.sh("ks", "configure terminal", "login block-for 6 attempts 3 within 300", "end")
    s = Telnet(login=False)
    for i in range(3):
        s.want("Username: ")
        s.send("cisco\r\n")
        s.want("Password: ")
        s.send("guess%d\r\n" % i)
    s.until_closed()
    assert "SEC_LOGIN-1-QUIET_MODE_ON" in show("show logging")
    assert refused(23) and refused(22), "not refused in quiet mode"
    assert "Router presently in Quiet-Mode." in show("show login")
    n.sh("ks", "configure terminal", "access-list 7 permit host 10.0.8.254", "login quiet-mode access-class 7", "end")
    assert works(Telnet) and works(Ssh)
    n.sh("ks", "configure terminal", "no login quiet-mode access-class", "no access-list 7", "end")
    until(30, "the end of quiet mode", lambda: works(Telnet))
    assert "SEC_LOGIN-5-QUIET_MODE_OFF" in show("show logging")
    assert re.search(r"^cisco +10\.0\.8\.254 +23 +\d+ ", show("show login failures"), re.M)
    n.sh("ks", "configure terminal", "no login block-for", "end")
    lines_free()


def test_hostile_nothing_is_left():
    lines_free()
    answers()
    out = show("show running-config | exclude permit ip host")
    assert "description to the core" in out and out.count("ip access-list") == 1, out
    log = lab().log("ks")
    assert "\x1b" not in log and "AddressSanitizer" not in log and "assert" not in log
