#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every command of docs/cli-reference.md is typed in a transcript: tests/golden, or the labs of tests/unit/*_live.txt."""
import glob
import os
import re
import sys

sys.dont_write_bytecode = True
import reference

TOP = os.environ.get("top_srcdir", ".")


def read(name):
    with open(name, encoding="utf-8") as f:
        return f.read()


def commands():
    return [(mode, syntax, re.compile("^(?: no| default)?" + reference.pattern(syntax) + r"(?: \| .*)?$", re.I))
            for mode, syntax, _ in reference.rows() if mode != "output modifiers"]


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
    missing = ["%s: %s" % (mode, syntax) for mode, syntax, row in commands()
               if not any(row.match(c) for c in (exec_ if mode.startswith("EXEC") else config))]
    if missing:
        print("not typed in any transcript:\n    " + "\n    ".join(missing))
        return 1
    print("every command is typed in a transcript")
    return 0


sys.exit(main())
