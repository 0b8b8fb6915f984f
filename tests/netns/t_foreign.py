# SPDX-License-Identifier: GPL-3.0-or-later
"""A peer that shares no code with gdoix (foreign.py), as group member and as key server. Run by run.py."""
import json
import os
import subprocess

from gxlab import Lab, config, until

FOREIGN = os.path.join(os.path.dirname(os.path.abspath(__file__)), "foreign.py")
LABS = {}


def lab():
    if "foreign" not in LABS:
        LABS["foreign"] = Lab("gxf")
    return LABS["foreign"]


class Foreign:
    """foreign.py in a namespace; its events as they come."""

    def __init__(self, n, node, role, mine, other, rekeys, ways=""):
        self.log = os.path.join(n.dir, "foreign-" + role)
        with open(self.log, "wb") as out:
            self.p = subprocess.Popen(n.netns(node, "/usr/bin/python3", FOREIGN, role, mine, other, "GetVpn-Demo-Key", "1234",
                                              str(rekeys), ways), stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT)

    def said(self):
        with open(self.log, encoding="utf-8") as f:
            return f.read()

    def events(self, name):
        lines = [json.loads(x) for x in self.said().splitlines() if x.startswith("{")]
        return [e for e in lines if e["event"] == name]

    def wait(self, name, count=1):
        until(60, "%s of the foreign peer: %s" % (name, self.said()),
              lambda: len(self.events(name)) >= count or self.p.poll() is not None)
        assert len(self.events(name)) >= count, self.said()
        return self.events(name)[-1]

    def end(self):
        assert self.p.wait(60) == 0, self.said()


def test_60_foreign_member():
    n = lab()
    n.place("ks", config("ks"))
    n.start("ks")
    n.make_key()
    n.place("gm2", config("gm2"))
    n.start("gm2")
    n.wait_registered("gm2")
    f = Foreign(n, "gm1", "gm", "10.0.0.2", "10.0.8.1", 2)
    try:
        got = f.wait("registered")
        assert got["selectors"] == [["0a010000ffff0000", "0a010000ffff0000", 0]] * len(got["teks"]), got
        assert got["lengths"] == [32] and max(got["lifetimes"]) <= 3600, got
        assert n.members() == ["10.0.0.2", "10.0.0.3"], n.members()
        for i in (1, 2):
            n.sh("ks", "crypto gdoi ks rekey")
            rekey = f.wait("rekey", i)
            until(20, "the same TEK on both members: %s" % rekey, lambda r=rekey: all(
                s in n.show("gm2", "show crypto gdoi") for s in r["teks"]))
        f.end()
        until(20, "acknowledgements", lambda: n.show("ks", "show crypto gdoi ks members").count("Rekey Acks Rcvd") == 2 and
              "unsolicited 0" in n.show("ks", "show crypto gdoi"))
    finally:
        f.p.kill()
        f.p.wait()
        n.kill("gm2")
        n.kill("ks")


def test_61_foreign_key_server():
    n = lab()
    f = Foreign(n, "ks", "ks", "10.0.8.1", "10.0.0.2", 2)
    try:
        n.place("gm1", config("gm1"))
        n.start("gm1")
        n.wait_registered("gm1")
        f.wait("acknowledged", 2)
        f.end()
        newest = f.events("pushed")[-1]["tek"]
        shown = n.show("gm1", "show crypto gdoi")
        assert newest in shown, (newest, shown)
        assert n.count("gm1", "%GDOI-5-GM_RECV_REKEY") == 2
    finally:
        f.p.kill()
        f.p.wait()
        n.kill("gm1")


# ---- peers that differ from the RFCs (gdoi-wire.md section 0) ----

def foreign_member(n, ways):
    """It registers, takes a rekey and acknowledges it."""
    f = Foreign(n, "gm1", "gm", "10.0.0.2", "10.0.8.1", 1, ways)
    try:
        f.wait("registered")
        n.sh("ks", "crypto gdoi ks rekey")
        f.wait("rekey")
        f.end()
        until(20, "acknowledgement of a member that does " + ways,
              lambda: "Rekey Acks Rcvd   : 1" in n.show("ks", "show crypto gdoi ks members 10.0.0.2"))
    finally:
        f.p.kill()
        f.p.wait()


def foreign_key_server(n, ways, *lines):
    """Our member, with these lines in its group, registers there and takes a rekey."""
    f = Foreign(n, "ks", "ks", "10.0.8.1", "10.0.0.2", 1, ways)
    try:
        n.place("gm1", config("gm1", (r"^ identity number 1234$", "\n ".join((" identity number 1234",) + lines))))
        n.start("gm1")
        n.wait_registered("gm1")
        f.wait("acknowledged")
        f.end()
        assert f.events("pushed")[-1]["tek"] in n.show("gm1", "show crypto gdoi"), n.log("gm1")
    finally:
        f.p.kill()
        f.p.wait()
        if "gm1" in n.daemons:
            n.kill("gm1")


def test_62_accepted_without_a_word():
    n = lab()
    n.place("ks", config("ks"))
    n.start("ks")
    n.make_key()
    try:
        for ways in ("phase1-doi", "situation,long-keyid,narrow-ack"):
            n.sh("ks", "clear crypto gdoi", "yes", check=False)
            foreign_member(n, ways)
    finally:
        n.kill("ks")
    for ways in ("sat-idlen,sak-pad,push-sig,short-life,bits-of-der,zeros", "pkcs1-key"):
        foreign_key_server(n, ways)


def test_63_compatibility_lines():
    n = lab()
    n.place("ks", config("ks", (r"^ identity number 1234$", " identity number 1234\n compatibility sat-idlen 2\n compatibility sak-pad 6\n"
                                " compatibility push-sig raw\n compatibility keyid-le")))
    n.start("ks")
    n.make_key()
    try:
        foreign_member(n, "sat-idlen,sak-pad,push-sig,keyid-le")
    finally:
        n.kill("ks")
    foreign_key_server(n, "phase1-doi,keyid-le,odd-attribute", "compatibility phase1-doi 1", "compatibility keyid-le",
                       "compatibility lenient-attrs")


def test_64_unknown_attribute_is_refused():
    n = lab()
    f = Foreign(n, "ks", "ks", "10.0.8.1", "10.0.0.2", 0, "odd-attribute")
    try:
        n.place("gm1", config("gm1"))
        n.start("gm1")
        until(20, "refusal", lambda: "attribute 77" in n.show("gm1", "show crypto gdoi | include refused"))
        assert n.count("gm1", "%GDOI-4-GM_REJECTING_SA_PAYLOAD") == 1, n.log("gm1")
        assert not n.registered("gm1")
    finally:
        f.p.kill()
        f.p.wait()
        n.kill("gm1")
