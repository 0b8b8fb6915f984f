# SPDX-License-Identifier: GPL-3.0-or-later
"""Three cooperating key servers and three members of all of them, real daemons. Run by run.py."""
import os
import re
import subprocess

from gxlab import TOP, Lab, until

SERVERS = ("ks1", "ks2", "ks3")
MEMBERS = ("gm1", "gm2", "gm3")
ADDRESS = {"ks1": "10.0.8.1", "ks2": "10.0.9.1", "ks3": "10.0.10.1"}
LABS = {}
# As short as the configuration allows without 'fast': a busy machine may stand still for some seconds. A TEK of 120 s is
# rekeyed after 30 s.
QUICK = "sync configuration\n   protocol timeout refresh 5\n   protocol timeout periodic 10"
TO_PRI = "%%GDOI-5-COOP_KS_TRANS_TO_PRI: KS %s in group GET transitioned to Primary"
REKEY = "%GDOI-5-GM_RECV_REKEY"
REGISTERED = "%GDOI-5-GM_REGS_COMPL"
TAKEN = "%GDOI-5-COOP_SYNC_TAKEN: Configuration of group GET taken from KS 10.0.8.1: the policy and RSA key getvpn-rekey; saved"


class CoopLab(Lab):
    NET = "lab_coop_net"

    def begin(self):
        for name in SERVERS:
            self.place_coop(name, (r"sync configuration", QUICK), (r"seconds 3600$", "seconds 120"))
            self.start(name)
        self.sh("ks1", "configure terminal", "crypto key generate rsa general-keys label getvpn-rekey modulus 2048 exportable",
                "end", "write memory")
        for name in ("ks2", "ks3"):
            self.sh(name, "write memory", "configure terminal", "banner motd #not saved#", "end")
            until(60, "policy on " + name, lambda name=name: TAKEN in self.log(name))
        self.sh("ks1", "crypto gdoi ks rekey")
        for name in MEMBERS:
            self.place_coop(name)
            self.start(name)
        for name in MEMBERS:
            self.wait_registered(name)

    def place_coop(self, name, *changes):
        with open(os.path.join(TOP, "lab/coop", name + ".cfg"), encoding="ascii") as f:
            text = f.read()
        for pattern, replacement in changes:
            text = re.sub(pattern, replacement, text, flags=re.M)
        self.place(name, text)

    def role(self, name):
        out = self.sh(name, "show crypto gdoi ks coop", check=False)[1]
        m = re.search(r"Local KS Role: (\w+)", out)
        return m.group(1) if m else ""

    def tek(self, name):
        """SPIs of the TEKs that a device has, the current one first."""
        command = "show crypto gdoi ks policy" if name in SERVERS else "show crypto gdoi"
        return re.findall(r"spi(?: +:|\(SPI\) *:|:)? *0x([0-9A-F]{8})\b(?!\w)", self.show(name, command))

    def mark(self, names, message):
        return {n: self.count(n, message) for n in names}

    def rekeyed(self, before, seconds=60):
        """Every member takes another rekey."""
        for m in MEMBERS:
            until(seconds, "rekey at " + m, lambda m=m: self.count(m, REKEY) > before[m])


def lab():
    if "coop" not in LABS:
        LABS["coop"] = CoopLab("gxk")
        LABS["coop"].begin()
    return LABS["coop"]


def one_tek(n, servers):
    """The newest TEK of each server is the same, and every member has it."""
    newest = {s: n.tek(s)[0] for s in servers if n.tek(s)}
    return len(newest) == len(servers) and len(set(newest.values())) == 1 and all(newest[servers[0]] in n.tek(m) for m in MEMBERS)


def test_70_coop_begin():
    n = lab()
    assert [n.role(s) for s in SERVERS] == ["Primary", "Secondary", "Secondary"]
    for s in SERVERS:
        until(20, "members on " + s, lambda s=s: sorted(re.findall(
            r"Group Member ID +: (\S+)", n.show(s, "show crypto gdoi ks members"))) == ["10.0.0.2", "10.0.0.3", "10.0.0.4"])
    # registration is spread by the order of the members' servers
    for m, s in zip(MEMBERS, SERVERS):
        assert REGISTERED + ": Registration to KS %s complete" % ADDRESS[s] in n.log(m), n.log(m)
    until(20, "one TEK", lambda: one_tek(n, SERVERS))
    out = n.show("ks2", "show crypto gdoi ks coop")
    for line in ("Sec Primary Periodic Time: 10", "Peer Address: 10.0.8.1", "Peer KS Role: Primary   , Peer KS Status: Alive",
                 "IKE status: Established"):
        assert line in out, out


def test_71_coop_sync_configuration():
    """What came from the primary is in use and in the startup-config; what was only entered is not."""
    n = lab()
    for s in ("ks2", "ks3"):
        with open(n.nvram(s, "startup-config"), encoding="ascii") as f:
            startup = f.read()
        running = n.show(s, "show running-config")
        for text in (startup, running):
            for line in ("rekey authentication mypubkey rsa getvpn-rekey", "match address ipv4 GET-POLICY", "lifetime seconds 120",
                         "permit ip 10.1.0.0 0.0.255.255 10.1.0.0 0.0.255.255", "authorization address ipv4 GM-LIST",
                         "local priority %d" % {"ks2": 75, "ks3": 50}[s], "address ipv4 " + ADDRESS[s]):
                assert line in text, (s, line, text)
        assert "banner motd" in running and "banner motd" not in startup, startup
        assert "policy is the same" in n.show(s, "show crypto gdoi ks coop mismatch")


def test_71_coop_server_of_an_old_version():
    """It is among the devices that cannot, and the operator is asked twice."""
    n = lab()
    n.sh("ks3", "configure terminal", "crypto gdoi group GET", "software-version 1.0.1", "end")
    until(60, "1.0.1", lambda: n.show("ks1", "show crypto gdoi feature gm-removal | include No") ==
          "        10.0.10.1        1.0.1          No\n")
    p = subprocess.run([n.build + "/gdoixsh", "--run", n.run_dir("ks1")], stdout=subprocess.PIPE, text=True, timeout=100,
                       input="enable\nclear crypto gdoi ks members now\nyes\nno\nshow clock\n")
    assert ("WARNING for group GET: some devices cannot support GM-REMOVAL and can cause network disruption. Please check 'show "
            "crypto gdoi feature'.\n") in p.stdout, p.stdout
    assert "Sending" not in p.stdout and "UTC" in p.stdout, p.stdout
    n.sh("ks3", "configure terminal", "crypto gdoi group GET", "no software-version", "end")
    until(60, "1.0.2", lambda: "1.0.1" not in n.show("ks1", "show crypto gdoi feature gm-removal"))


def test_72_coop_kill_the_primary():
    n = lab()
    survivors = ("ks2", "ks3")
    elected = n.mark(survivors, TO_PRI % ADDRESS["ks2"])
    registered = n.mark(MEMBERS, REGISTERED)
    n.kill("ks1")
    until(90, "another primary", lambda: n.role("ks2") == "Primary")
    # the operator is told of whom an order's keys do not reach, and asked
    warning = ("WARNING for group GET: cooperative key server 10.0.8.1 cannot be reached. Group members registered there will be cut "
               "off until it is.\n")
    sent = n.count("ks2", "with policy-replace")
    assert n.show("ks2", "crypto gdoi ks rekey dry-run").startswith(warning + "Rekey of group GET to 3 members (dry run"), n.log("ks2")
    assert n.sh("ks2", "crypto gdoi ks rekey", "no") == (0, warning) and n.count("ks2", "with policy-replace") == sent
    before = n.mark(MEMBERS, REKEY)
    n.rekeyed(before)
    for s in survivors:
        assert n.count(s, TO_PRI % ADDRESS["ks2"]) == elected[s] + 1, n.log(s)
        assert "%GDOI-3-COOP_KS_UNREACH: Cooperative KS 10.0.8.1 Unreachable in group GET" in n.log(s), n.log(s)
        assert TO_PRI % ADDRESS["ks3"] not in n.log(s), n.log(s)
    until(20, "one TEK", lambda: one_tek(n, survivors))
    assert n.mark(MEMBERS, REGISTERED) == registered, "a member registered again"
    # it comes back and does not take over
    n.start("ks1")
    until(60, "ks1 as secondary that has the keys", lambda: n.role("ks1") == "Secondary" and one_tek(n, SERVERS))
    assert n.role("ks2") == "Primary"


def test_73_coop_cut_and_heal():
    n = lab()
    registered = n.mark(MEMBERS, REGISTERED)
    n.shell("lab_coop_cut 2")
    until(90, "a primary on the other side", lambda: n.role("ks1") == "Primary")
    assert n.role("ks2") == "Primary", "the former primary lost its role"
    n.rekeyed(n.mark(MEMBERS, REKEY))
    until(60, "one TEK on both sides", lambda: one_tek(n, SERVERS))
    n.shell("lab_coop_heal")
    until(90, "one primary", lambda: sorted(n.role(s) for s in SERVERS) == ["Primary", "Secondary", "Secondary"])
    n.rekeyed(n.mark(MEMBERS, REKEY), 90)
    until(30, "one TEK", lambda: one_tek(n, SERVERS))
    assert n.mark(MEMBERS, REGISTERED) == registered, "a member registered again"
    LABS.pop("coop").down()
