# SPDX-License-Identifier: GPL-3.0-or-later
"""Removal and policy trigger with real daemons. Run by run.py."""
import os
import pty
import re
import select
import subprocess
import time

from gxlab import Lab, until

LABS = {}
# 600 s: a shortened TEK lives 90 s, and no scheduled rekey falls into the tests
LIFE = ((r"lifetime seconds 3600$", "lifetime seconds 600"),)
ASK = "Are you sure you want to proceed? ? [yes/no]: "
TRANSIENT = "% This GM-Removal message will shorten all GMs' key lifetimes and cause them to re-register before keys expiry."
DELETED = ("%GDOI-4-GM_RECV_DELETE: GM received delete-msg from KS in group GET. TEKs lifetime are reduced and "
           "re-registration will start before SA expiry")
CHANGED = ("%GDOI-5-POLICY_CHANGE: GDOI group GET policy has changed. Use 'crypto gdoi ks rekey' to send a rekey, or the "
           "changes will be send in the next scheduled rekey")


def lab():
    if "removal" not in LABS:
        n = LABS["removal"] = Lab("gxr")
        n.bring_up(ks=LIFE)
    return LABS["removal"]


def dialogue(n, text):
    """What gdoixsh prints for lines typed into it."""
    p = subprocess.run([n.build + "/gdoixsh", "--run", n.run_dir("ks")], input="enable\n" + text, timeout=100,
                       stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return p.stdout


def lost_terminal(n, *lines):
    """What a terminal shows that goes away a second after the last line was typed."""
    master, slave = pty.openpty()
    p = subprocess.Popen([n.build + "/gdoixsh", "--run", n.run_dir("ks")], stdin=slave, stdout=slave, stderr=slave,
                         start_new_session=True, env=dict(os.environ, TERM="vt100"))
    os.close(slave)
    shown = b""
    for line in lines:
        os.write(master, line.encode())
        end = time.monotonic() + 1
        while time.monotonic() < end:
            if select.select([master], [], [], 0.1)[0]:
                shown += os.read(master, 4096)
    os.close(master)
    try:
        p.wait(5)
    except subprocess.TimeoutExpired:
        p.kill()
        p.wait()
    return shown.decode(errors="replace").replace("\r\n", "\n")


def teks(n, name):
    """Seconds left of each TEK that a device holds."""
    return [int(s) for s in re.findall(r"remaining key lifetime \(sec\): \((\d+)\)", n.show(name, "show crypto gdoi"))]


def test_86_removal_dialogues_that_change_nothing():
    n = lab()
    before = n.show("ks", "show crypto gdoi ks policy | include spi")
    out = dialogue(n, "clear crypto gdoi ks members\nperhaps\nno\n")
    assert TRANSIENT in out and "% Please answer 'yes' or 'no'." in out and "Sending" not in out, out
    for end in ("", "yes\n"):
        # with an old member there is a second question; the terminal is lost at the first or the second one
        if end:
            n.sh("gm2", "configure terminal", "crypto gdoi group GET", "software-version 1.0.1", "end",
                 "clear crypto gdoi", "yes", check=False)
            until(30, "10.0.0.3 with 1.0.1", lambda: re.search(r"10\.0\.0\.3 +1\.0\.1 +No", n.show(
                "ks", "show crypto gdoi feature gm-removal | include No")))
        out = lost_terminal(n, "enable\n", "clear crypto gdoi ks members now\n", end)
        assert ASK in out and ("WARNING for group GET" in out) == bool(end) and "Sending" not in out, out
    assert n.show("ks", "show crypto gdoi ks policy | include spi") == before
    assert n.members() == ["10.0.0.2", "10.0.0.3"], n.members()
    n.sh("gm2", "configure terminal", "crypto gdoi group GET", "no software-version", "end", "clear crypto gdoi", "yes",
         check=False)
    until(30, "10.0.0.3 with 1.0.2", lambda: "1.0.1" not in n.show("ks", "show crypto gdoi feature gm-removal"))
    n.wait_registered("gm2")


def test_87_removal_lab_policy_change_and_trigger():
    n = lab()
    said = n.count("ks", CHANGED)
    sent = n.count("ks", "Sending Unicast Rekey with policy-replace for group GET from address 10.0.8.1 with seq # ")
    n.sh("ks", "configure terminal", "crypto gdoi group GET", "server local", "rekey lifetime seconds 43200", "end")
    until(5, "POLICY_CHANGE", lambda: n.count("ks", CHANGED) == said + 1)
    n.sh("ks", "write memory")
    assert "not sent yet" in n.show("ks", "show crypto gdoi ks policy")
    time.sleep(6)  # the member database is written within five seconds
    n.kill("ks")
    n.start("ks")
    assert "not sent yet" in n.show("ks", "show crypto gdoi ks policy"), "the change is forgotten over a restart"
    out = n.show("ks", "crypto gdoi ks rekey dry-run")
    assert "lifetime 86400 -> 43200 s" in out and "2 members" in out, out
    # two operators at once
    both = [subprocess.Popen([n.build + "/gdoixsh", "--run", n.run_dir("ks"), "-c", "enable", "-c", "crypto gdoi ks rekey"],
                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT) for _ in range(2)]
    for p in both:
        out = p.communicate(timeout=100)[0].decode()
        assert p.returncode == 0 and "ERROR" not in out, out
    until(10, "both rekeys", lambda: n.count("ks", "Sending Unicast Rekey with policy-replace for group GET from address "
                                             "10.0.8.1 with seq # ") == sent + 2)
    assert "not sent yet" not in n.show("ks", "show crypto gdoi ks policy")
    assert n.count("ks", CHANGED) == said + 1


def test_88_removal_credential_change():
    """One member's key is revoked; after the removal it alone stays out, the other always holds a valid TEK."""
    n = lab()
    time.sleep(3)
    marks = {m: n.count(m, DELETED) for m in ("gm1", "gm2")}
    n.sh("ks", "configure terminal", "no crypto isakmp key GetVpn-Demo-Key address 10.0.0.2", "end")
    out = dialogue(n, "clear crypto gdoi ks members\nyes\n")
    assert "Sending GM-Removal message to group GET..." in out and "WARNING" not in out, out
    begun = time.monotonic()
    for m in ("gm1", "gm2"):
        until(20, "removal at " + m, lambda m=m: n.count(m, DELETED) == marks[m] + 1)
    assert all(left <= 90 for left in teks(n, "gm1")), teks(n, "gm1")
    least = 600
    while time.monotonic() - begun < 100:
        held = teks(n, "gm2")
        assert held, "gm2 is without a TEK %.0f s after the removal" % (time.monotonic() - begun)
        least = min(least, max(held))
        time.sleep(0.5)
    assert least > 0, "gm2's last TEK ran out"
    assert n.members() == ["10.0.0.3"], n.members()
    assert not teks(n, "gm1"), teks(n, "gm1")
    spi = re.search(r"spi +: 0x([0-9A-F]{8})$", n.show("ks", "show crypto gdoi ks policy"), re.M).group(1)
    assert spi in n.show("gm2", "show crypto gdoi") and spi not in n.show("gm1", "show crypto gdoi")
    # and with a key of its own it may come back
    n.sh("ks", "configure terminal", "crypto isakmp key GetVpn-Demo-Key address 10.0.0.2", "end")
    until(90, "10.0.0.2", lambda: n.members() == ["10.0.0.2", "10.0.0.3"])


def test_89_removal_now():
    n = lab()
    out = dialogue(n, "clear crypto gdoi group GET ks members now\nyes\n")
    assert ("% This GM-Removal immediate message will cleanup all GMs downloaded policies\n"
            "% This will cause all GMs to re-register.\n") in out, out
    for m in ("gm1", "gm2"):
        line = until(20, "removal at " + m, lambda m=m: re.search(
            r"%GDOI-4-GM_RECV_DELETE_IMMEDIATE: GM receive REMOVAL-NOW in group GET to cleanup downloaded policy now\. "
            r"Re-registration will start in a randomly chosen period of (\d+) sec$", n.log(m), re.M))
        assert 1 <= int(line.group(1)) <= 12, line.group(0)  # 2 % of 600 s
    until(60, "both members", lambda: n.members() == ["10.0.0.2", "10.0.0.3"])
