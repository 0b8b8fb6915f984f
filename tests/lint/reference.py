# SPDX-License-Identifier: GPL-3.0-or-later
"""docs/cli-reference.md, read for tests: its commands, their schemas, and what may be typed for them."""
import os
import re

TOP = os.environ.get("top_srcdir", ".")
ARGUMENT = {"LINE": " .+", "ACE": " .+", "A.B.C.D": r" \S+", "hh:mm:ss": r" \S+", "hh:mm": r" \S+", "mmm": r" \S+"}


def keyword(word, cut):
    """Whole, or cut short."""
    if not cut:
        return " " + re.escape(word)
    out = ""
    for c in reversed(word[1:]):
        out = "(?:%s%s)?" % (re.escape(c), out)
    return " " + re.escape(word[0]) + out


def pattern(syntax, cut=True):
    """'no x [WORD] {a | b}' as a regular expression for what is typed, with a blank before each word."""
    out = []
    for t in re.findall(r"\]\.\.\.|\.\.\.|[\[\]{}|]|<[^>]*>|[^\s\[\]{}|]+", syntax):
        out.append({"[": "(?:", "]": ")?", "]...": ")*", "{": "(?:", "}": ")", "|": "|", "...": "(?: .+)?"}.get(
            t, ARGUMENT.get(t) or (r" \S+" if t.isupper() or t[0] == "<" else keyword(t, cut))))
    return "".join(out)


def rows():
    """(mode, syntax, schema or None) of every command, but those taken without effect."""
    mode, out = "", []
    with open(os.path.join(TOP, "docs/cli-reference.md"), encoding="utf-8") as f:
        lines = f.read().split("\n")
    for line, below in zip(lines, lines[1:]):
        if line.startswith("## "):
            mode = line[3:]
        m = re.match(r"- `([^`]+)`", line)
        if m and "Taken without effect" not in below:
            schema = re.search(r"\(\[json\]\(json/([a-z0-9-]+)\.schema\.json\)\)", line)
            out.append((mode, m.group(1), schema.group(1) if schema else None))
    return out
