#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What '| json' prints is JSON and is what docs/json says, with groups in both roles, and every encoder has its schema."""
import glob
import json
import os
import re
import subprocess
import sys
import tempfile

TOP = os.environ.get("top_srcdir", ".")
COMMANDS = {
    "gdoi": ["show crypto gdoi", "show crypto gdoi detail", "show crypto gdoi ks", "show crypto gdoi gm",
             "show crypto gdoi group KS"],
    "members": ["show crypto gdoi ks members", "show crypto gdoi ks members summary"],
    "policy": ["show crypto gdoi ks policy"],
    "isakmp-sa": ["show crypto isakmp sa", "show crypto isakmp sa detail"],
    "isakmp-counters": ["show crypto isakmp counters"],
    "logging": ["show logging"],
    "version": ["show version"],
    "interfaces": ["show ip interface brief"],
    "clock": ["show clock"],
    "users": ["show users"],
}
TYPES = {"object": dict, "array": list, "string": str, "boolean": bool, "null": type(None), "integer": int}


def complaints(value, schema, where):
    """The part of JSON Schema that docs/json uses; an unknown word of it is a complaint too."""
    unknown = set(schema) - {"$schema", "title", "description", "type", "enum", "properties", "required",
                             "additionalProperties", "items", "minimum"}
    out = ["%s: %s in the schema" % (where, w) for w in unknown]
    if "enum" in schema and value not in schema["enum"]:
        out.append("%s: %r is none of %s" % (where, value, schema["enum"]))
    types = schema.get("type", [])
    types = [types] if isinstance(types, str) else types
    if types and not any(isinstance(value, TYPES[t]) and (t != "integer" or not isinstance(value, bool)) for t in types):
        return out + ["%s: %r is no %s" % (where, value, " or ".join(types))]
    if "minimum" in schema and value < schema["minimum"]:
        out.append("%s: %r is too small" % (where, value))
    if isinstance(value, dict):
        known = schema.get("properties", {})
        out += ["%s: %s is missing" % (where, k) for k in schema.get("required", []) if k not in value]
        out += ["%s: %s is not described" % (where, k) for k in value if k not in known]
        for k in value:
            out += complaints(value[k], known.get(k, {}), "%s.%s" % (where, k))
    if isinstance(value, list):
        for i, v in enumerate(value):
            out += complaints(v, schema.get("items", {}), "%s[%d]" % (where, i))
    return out


def printed(config, commands):
    with tempfile.NamedTemporaryFile("w", suffix=".in") as f:
        f.write(config + "".join("%s | json\n" % c for c in commands))
        f.flush()
        screen = subprocess.run(["./tests/golden/golden", f.name], stdout=subprocess.PIPE, check=True, text=True).stdout
    return [screen.split("#%s | json\n" % c, 1)[1].split("\nR1#", 1)[0] for c in commands]


def main():
    with open(os.path.join(TOP, "tests/golden/json.in"), encoding="utf-8") as f:
        config = re.match(r".*?\nend\n", f.read(), re.S).group(0)
    commands = [(n, c) for n in COMMANDS for c in COMMANDS[n]]
    bad = []
    texts = printed(config, [c for _, c in commands])
    for (name, command), text in zip(commands, texts):
        with open(os.path.join(TOP, "docs/json/%s.schema.json" % name), encoding="utf-8") as f:
            schema = json.load(f)
        try:
            bad += complaints(json.loads(text), schema, command)
        except ValueError as e:
            bad.append("%s: %s: %s" % (command, e, text[:200]))
    have = {os.path.basename(p)[:-len(".schema.json")] for p in glob.glob(os.path.join(TOP, "docs/json/*.schema.json"))}
    bad += ["docs/json: %s" % n for n in have ^ set(COMMANDS)]
    print("\n".join(bad) or "json: %d commands are what docs/json says" % len(commands))
    return 1 if bad else 0


sys.exit(main())
