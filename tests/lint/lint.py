#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The project's own rules about its source (docs/ARCHITECTURE.md, sections 2 and 3)."""
import glob
import os
import re
import subprocess
import sys

TOP = os.environ.get("top_srcdir", ".")
# May be used by what stands right of it. xfrm implements gdoi/dataplane.h; nobody but daemon names it.
ORDER = ["lib", "syslog", "config", "isakmp", "gdoi", "coop", "cli", "daemon"]
XFRM = {"lib", "syslog", "config"}
XFRM_HEADERS = {"gdoi/dataplane.h"}
# A library's headers, and the only files that may name them.
LIBRARIES = {
    r"openssl/": r"lib/crypto/|lib/secret\.c|lib/rng\.c",
    r"event2/": r"lib/loop\.c",
    r"netlink/": r"lib/netif\w*\.c",
    r"libmnl/|libnftnl/": r"xfrm/",
    r"libcli\.h": r"cli/(?!gdoixsh)",
    r"jansson\.h": r"cli/json",
    r"readline/": r"cli/gdoixsh",
    r"libtelnet\.h": r"cli/gdoixsh",
    r"libssh/": r"cli/gdoixsh",
    r"cap-ng\.h|seccomp\.h": r"daemon/",
    r"check\.h": r"tests/",
}
UNFINISHED = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b|not (yet )?implemented", re.I)
LONGEST_FUNCTION = 100
failed = []
passed = 0


# Directories that somebody builds in, whatever they are called.
BUILDS = [os.path.dirname(f) + "/" for f in glob.glob(os.path.join(TOP, "*/config.status")) +
          glob.glob(os.path.join(TOP, "*/*/config.status"))]


def files(*patterns):
    out = []
    for p in patterns:
        out += [f for f in glob.glob(os.path.join(TOP, p), recursive=True) if not f.startswith(tuple(BUILDS))]
    return sorted(os.path.relpath(f, TOP) for f in out if os.path.isfile(f))


def read(name):
    with open(os.path.join(TOP, name), encoding="utf-8") as f:
        return f.read()


SOURCES = files("[a-z]*/*.[ch]", "lib/crypto/*.[ch]")
SOURCES = [f for f in SOURCES if not f.startswith("tests/")]
TESTS = files("tests/**/*.[ch]")
OTHERS = files("**/*.am", "**/*.def", "lab/*.sh", "tests/**/*.sh", "tests/**/*.py", "configure.ac", "demo", "check", ".ci/run")


def rule(name, complaints):
    global passed
    if not complaints:
        passed += 1
        print("ok - %s" % name)
        return
    failed.append(name)
    print("not ok - %s" % name)
    for c in complaints:
        print("    %s" % c)


def includes(name):
    for n, line in enumerate(read(name).split("\n"), 1):
        m = re.match(r'\s*#\s*include\s+(["<])([^">]+)[">]', line)
        if m:
            yield n, m.group(1), m.group(2)


def room_order():
    bad = []
    for f in SOURCES:
        room = f.split("/")[0]
        for n, quote, inc in includes(f):
            if quote != '"':
                continue
            other = inc.split("/")[0]
            if other == room or "/" not in inc and os.path.exists(os.path.join(TOP, room, inc)):
                if "/" not in inc:
                    bad.append('%s:%d: "%s" without its room' % (f, n, inc))
                continue
            if room == "xfrm":
                ok = other in XFRM or inc in XFRM_HEADERS
            elif other == "xfrm":
                ok = room == "daemon"
            else:
                ok = room in ORDER and other in ORDER and ORDER.index(other) < ORDER.index(room)
            if not ok:
                bad.append('%s:%d: "%s"' % (f, n, inc))
    return bad


def terminal_apart():
    """gdoixsh holds no engine: of the rooms it names lib/ and the frames only."""
    return ['%s:%d: "%s"' % (f, n, inc) for f in SOURCES if f.startswith("cli/gdoixsh") for n, quote, inc in includes(f)
            if quote == '"' and not inc.startswith(("lib/", "cli/gdoixsh", "cli/vtyproto"))]


def libraries():
    bad = []
    for f in SOURCES:
        for n, _, inc in includes(f):
            for header, where in LIBRARIES.items():
                if re.match(header, inc) and not re.match(where, f):
                    bad.append("%s:%d: <%s>" % (f, n, inc))
    return bad


def licences():
    return [f for f in SOURCES + TESTS + OTHERS if "SPDX-License-Identifier: GPL-3.0-or-later" not in
            "\n".join(read(f).split("\n")[:3])]


def unfinished():
    return ["%s:%d: %s" % (f, n, line.strip()) for f in SOURCES + TESTS + OTHERS if f != "tests/lint/lint.py"
            for n, line in enumerate(read(f).split("\n"), 1) if UNFINISHED.search(line)]


def headers():
    return [f for f in SOURCES if f.endswith(".h") and "#pragma once" not in read(f)]


def long_functions():
    bad = []
    for f in SOURCES:
        start = name = None
        for n, line in enumerate(read(f).split("\n"), 1):
            if re.match(r"^[a-zA-Z_].*\w\(.*[^;]$", line):
                start, name = n, line
            elif line.startswith("}"):
                if start and n - start > LONGEST_FUNCTION:
                    bad.append("%s:%d: %d lines: %s" % (f, start, n - start, name))
                start = None
    return bad


def provoked(rows):
    """The messages that a test names: by their id, or as they are printed. What a test emits itself proves nothing."""
    named = set()
    for f in files("tests/**/*.[ch]", "tests/**/*.py", "tests/**/*.out", "tests/**/*.txt", "tests/**/*.sh", "tests/**/*.test",
                   "tests/**/*.exp"):
        if f.startswith("tests/lint/"):
            continue
        text = read(f)
        own = set(re.findall(r"\blog_(\w+)", text))
        words = set(re.findall(r"\w+", text))
        printed = set(re.findall(r"\b([A-Z_]+)-[0-7]-(\w+)", text))
        named.update(r for r, fac, mnemonic in rows if r not in own and
                     ("MSG_" + r in words or r in words or (fac, mnemonic.split("__")[0]) in printed))
    return named


def messages():
    """A message that no test provokes is listed in tests/lint/messages-untested with the reason, and nothing else is."""
    rows = [("%s_%s" % m,) + m for m in re.findall(r"^X\((\w+),\s*\d+,\s*(\w+)", read("syslog/messages.def"), re.M)]
    emitted = set(re.findall(r"\blog_(\w+)", "\n".join(read(f) for f in SOURCES if not f.startswith("syslog/msg"))))
    tested = provoked(rows)
    listed, bad, reason = {}, [], ""
    for line in read("tests/lint/messages-untested").split("\n"):
        if line.startswith("#") or not line.strip():
            reason = line[1:].strip()
            continue
        name, _, why = line.partition(" ")
        listed[name] = why.strip() or reason
        if not listed[name]:
            bad.append("%s: listed in tests/lint/messages-untested without a reason" % name)
    for name, _, _ in rows:
        if name in tested and name not in emitted:
            bad.append("%s: a test names it, but nothing emits it" % name)
        elif name in tested and name in listed:
            bad.append("%s: a test names it: take it from tests/lint/messages-untested" % name)
        elif name not in tested and name not in listed:
            bad.append("%s: no test provokes it%s, and tests/lint/messages-untested gives no reason" %
                       (name, "" if name in emitted else " (nothing emits it)"))
    return bad + ["%s: listed in tests/lint/messages-untested, but no message" % n for n in listed if n not in {r[0] for r in rows}]


def built():
    """What a build makes is in nobody's commit. Without git, or outside of a repository, there is nothing to ask."""
    try:
        p = subprocess.run(["git", "-C", TOP, "ls-files"], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return []
    made = re.compile(r"(^|/)(Makefile(\.in)?|config\.(h(\.in)?|log|status)|stamp-h1|libtool|configure|gdoixd|gdoixsh|[^/]*\.(o|a|so|trs))$")
    return [f for f in p.stdout.split("\n") if made.search(f) and f != "config/config.h"]


def main():
    rule("the rooms include in their order", room_order())
    rule("the terminal is apart from the engine", terminal_apart())
    rule("libraries are named where the design says", libraries())
    rule("licence lines", licences())
    rule("nothing unfinished", unfinished())
    rule("headers have #pragma once", headers())
    rule("no function above %d lines" % LONGEST_FUNCTION, long_functions())
    rule("messages are provoked by a test, or the reason why not is given", messages())
    rule("nothing that was built is committed", built())
    print("%d passed, %d failed" % (passed, len(failed)))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
