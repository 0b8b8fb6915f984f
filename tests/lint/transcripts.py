#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every command of docs/cli-reference.md is typed in a transcript: tests/golden, or the labs of tests/unit/*_live.txt."""
import glob
import os
import re
import sys

TOP = os.environ.get("top_srcdir", ".")
ARGUMENT = {"LINE": " .+", "ACE": " .+"}


def read(name):
    with open(name, encoding="utf-8") as f:
        return f.read()


def keyword(word):
    """As typed: whole or cut short."""
    out = ""
    for c in reversed(word[1:]):
        out = "(?:%s%s)?" % (re.escape(c), out)
    return " " + re.escape(word[0]) + out


def pattern(syntax):
    """'no x [WORD] {a | b}' as a regular expression for what is typed, with a blank before each word."""
    out = []
    for t in re.findall(r"\]\.\.\.|\.\.\.|[\[\]{}|]|<[^>]*>|[^\s\[\]{}|]+", syntax):
        out.append({"[": "(?:", "]": ")?", "]...": ")*", "{": "(?:", "}": ")", "|": "|", "...": "(?: .+)?"}.get(
            t, ARGUMENT.get(t) or (r" \S+" if t.isupper() or t[0] == "<" or t in ("A.B.C.D", "hh:mm:ss") else keyword(t))))
    return "".join(out)


def reference():
    """(in EXEC, syntax, pattern) of every row but those taken without effect."""
    rows, mode = [], ""
    lines = read(os.path.join(TOP, "docs/cli-reference.md")).split("\n")
    for i, line in enumerate(lines):
        if line.startswith("## "):
            mode = line[3:]
        m = re.match(r"- `([^`]+)`", line)
        if m and "Taken without effect" not in lines[i + 1] and mode != "output modifiers":
            rows.append((mode, m.group(1), re.compile("^(?: no| default)?" + pattern(m.group(1)) + r"(?: \| .*)?$", re.I)))
    return rows


def typed():
    """What operators typed: in EXEC, and in configuration (startup-configs too)."""
    exec_, config = set(), set()
    for name in glob.glob(os.path.join(TOP, "tests/golden/*.out")):
        for line in read(name).split("\n"):
            m = re.match(r"^(?:\{\w+\} )?[A-Za-z][\w.-]{0,62}?(\([\w-]+\))?[#>](?:\{\w+\} )?(.*)$", line)
            if m:
                (config if m.group(1) else exec_).add(m.group(2))
    for name in glob.glob(os.path.join(TOP, "tests/golden/*.in")):
        for block in re.findall(r"^@config\n(.*?)^@end", read(name), re.M | re.S):
            config.update(block.split("\n"))
    for name in glob.glob(os.path.join(TOP, "tests/unit/*_live.txt")):
        for line in re.findall(r"^@\w+ (.*)$", read(name), re.M):
            exec_.add(line)
            config.add(line)
    exec_.update(re.sub(r"^\s*do ", "", c) for c in config if c.strip().startswith("do "))
    squeeze = lambda lines: {" " + " ".join(c.split()) for c in lines if c.strip()}
    return squeeze(exec_), squeeze(config)


def main():
    exec_, config = typed()
    missing = ["%s: %s" % (mode, syntax) for mode, syntax, row in reference()
               if not any(row.match(c) for c in (exec_ if mode.startswith("EXEC") else config))]
    if missing:
        print("not typed in any transcript:\n    " + "\n    ".join(missing))
        return 1
    print("every command is typed in a transcript")
    return 0


sys.exit(main())
