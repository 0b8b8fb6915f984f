#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What '| json' prints is JSON, is what docs/json says, and does not lose what the text tells: addresses and SPIs of the text are
in the object too. Each command of the reference that has a structured form is tried, on a lab with cooperating key servers and
members, and on a device alone. No secret of the configuration is in any object."""
import glob
import importlib.util
import json
import os
import re
import subprocess
import sys
import tempfile

TOP = os.environ.get("top_srcdir", ".")
sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(TOP, "tests/lint"))
import reference
KS_WORDS = ["", " detail", " ks", " ks acl", " ks coop", " ks coop detail", " ks coop identifier", " ks coop identifier detail",
            " ks coop mismatch", " ks coop version", " ks identifier", " ks identifier detail", " ks members",
            " ks members 10.0.0.2", " ks members 10.99.99.99", " ks members summary", " ks policy", " ks rekey", " ks replay",
            " feature", " feature gm-removal", " feature pfs", " rekey sa", " rekey sa detail"]
GM_WORDS = ["", " gm", " gm acl", " gm acl download", " gm acl local", " gm dataplane counters", " gm identifier",
            " gm identifier detail", " gm pubkey", " gm rekey", " gm rekey detail", " gm replay", " gm why",
            " gm why 10.1.1.1 10.2.2.2", " gm why 11.1.1.1 10.2.2.2", " ipsec sa", " rekey sa", " rekey sa detail", " feature",
            " feature gm-removal"]
PLAIN = ["show access-lists", "show access-lists POLICY", "show ip access-lists", "show aaa local user lockout", "show aliases", "show clock", "show clock detail", "show flash:",
         "show configuration", "show crypto ipsec profile", "show crypto ipsec sa", "show crypto ipsec sa count",
         "show crypto ipsec sa detail", "show crypto ipsec transform-set", "show crypto isakmp counters", "show crypto isakmp key",
         "show crypto isakmp peers", "show crypto isakmp policy", "show crypto isakmp sa", "show crypto isakmp sa count",
         "show crypto isakmp sa detail", "show crypto key mypubkey rsa", "show crypto map", "show crypto map gdoi fail-close",
         "show crypto gdoi debug-condition", "show crypto session", "show debugging", "show history", "show interfaces", "show interfaces lo", "show inventory",
         "show ip interface", "show ip interface brief", "show ip interface lo", "show ip ssh", "show ipv6 interface", "show line", "show line vty 0",
         "show logging", "show login", "show login failures", "show privilege", "show processes cpu", "show processes memory", "show reload", "show running-config",
         "show running-config all", "show running-config section crypto", "show ssh", "show startup-config", "show tech-support",
         "show terminal", "show users", "show users all", "show version", "show archive config differences", "show archive",
         "show archive log config all", "show archive log config 1 5", "show archive log config all provisioning", "dir", "dir nvram:",
         "more nvram:startup-config", "more system:running-config", "who", "where", "write terminal"]
ALONE = PLAIN + ["show crypto gdoi", "show crypto gdoi group KS", "show crypto gdoi ks policy", "show crypto gdoi gm",
                 "show running-config interface eth0"]
WHY = ["in clear from the WAN that should have been encrypted", "by fail-close", "too old for the time window", "too new for the time window",
       "whose number had been seen, or was behind the counter window", "under an SPI of no SA that is held",
       "for which the kernel had no inbound SA", "with a wrong integrity check value", "to be sent while there was no SA",
       "which could not be encapsulated or decapsulated", "came in clear from the WAN, the policy wants it encrypted",
       "the member was not registered and fails closed", "outside of the time window by 1.50 seconds (too new",
       "outside of the time window by 1.50 seconds (too old", "SPI 0x12345678 is an SA that ended 3 seconds before",
       "no SA with SPI 0x12345678: wrong group, or a key that this member was not given"]
TYPES = {"object": dict, "array": list, "string": str, "boolean": bool, "null": type(None), "integer": int, "number": (int, float)}
SECRETS = ("hidden-psk", "hidden-line", "hidden-ring")
# Addresses that a text holds only to be like IOS's.
FILLER = {"0.0.0.0", "255.255.255.255"}


def complaints(value, schema, where):
    """The part of JSON Schema that docs/json uses; an unknown word of it is a complaint too."""
    unknown = set(schema) - {"$schema", "title", "description", "type", "enum", "properties", "required",
                             "additionalProperties", "items", "minimum"}
    out = ["%s: %s in the schema" % (where, w) for w in unknown]
    if "enum" in schema and value not in schema["enum"]:
        out.append("%s: %r is none of %s" % (where, value, schema["enum"]))
    types = schema.get("type", [])
    types = [types] if isinstance(types, str) else types
    if types and not any(isinstance(value, TYPES[t]) and (t not in ("integer", "number") or not isinstance(value, bool))
                         for t in types):
        return out + ["%s: %r is no %s" % (where, value, " or ".join(types))]
    if "minimum" in schema and value is not None and value < schema["minimum"]:
        out.append("%s: %r is too small" % (where, value))
    if isinstance(value, dict) and "properties" in schema:
        known = schema["properties"]
        out += ["%s: %s is missing" % (where, k) for k in schema.get("required", []) if k not in value]
        out += ["%s: %s is not described" % (where, k) for k in value if k not in known]
        for k in value:
            if not re.fullmatch(r"[a-z][a-z0-9_]*", k):
                out.append("%s: the name %r" % (where, k))
            out += complaints(value[k], known.get(k, {}), "%s.%s" % (where, k))
    if isinstance(value, list):
        for i, v in enumerate(value):
            out += complaints(v, schema.get("items", {}), "%s[%d]" % (where, i))
    return out


def told(text, obj):
    """What the text alone knows: addresses (an object may have the mask of a wildcard), and SPIs (0x4000000x are handles)."""
    found = set(re.findall(r"(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?![\d.])", text)) - FILLER
    found = {t for t in found if ".".join(str(255 - int(n)) for n in t.split(".")) not in obj}
    return sorted(t for t in found | set(re.findall(r"0x(?!4000000)[0-9A-F]{8}\b", text)) if t not in obj)


def alone():
    """(device, command, text, object) of the golden runner's device."""
    with open(os.path.join(TOP, "tests/golden/json.in"), encoding="utf-8") as f:
        config = re.match(r".*?\nend\n", f.read(), re.S).group(0)
    with tempfile.NamedTemporaryFile("w", suffix=".in") as f:
        f.write(config + "".join("%s\n%s | json\n" % (c, c) for c in ALONE))
        f.flush()
        screen = subprocess.run(["./tests/golden/golden", f.name], stdout=subprocess.PIPE, check=True, text=True).stdout
    parts = re.split(r"^R1#", screen, flags=re.M)[1:]
    said = {}
    for p in parts:
        line, _, text = p.partition("\n")
        said[line] = text
    return [("alone", c, said[c], said[c + " | json"]) for c in ALONE]


SETUP = {
    "KS1": ["enable", "configure terminal", "crypto isakmp key hidden-psk address 10.3.3.3", "crypto keyring R",
            "pre-shared-key address 10.4.4.4 key hidden-ring", "exit", "line console 0", "password hidden-line", "exit",
            "alias exec sg show crypto gdoi", "banner motd #hello#", "end", "write memory", "debug crypto gdoi ks rekey"],
    "KS2": ["enable"],
    "GM1": ["enable", "configure terminal", "ip access-list extended L", "permit tcp any eq 22 any", "exit",
            "crypto map MAP 10 gdoi", "match address L", "exit", "crypto map MAP gdoi fail-close", "match address L", "activate", "end"],
    "GM2": ["enable", "configure terminal", "crypto gdoi group OTHER", "identity number 7", "server address ipv4 10.9.9.9", "end"],
}


def lab():
    """The same of the lab's devices."""
    lines = ["%s %s" % (d, c) for d in SETUP for c in SETUP[d]]
    for d in SETUP:
        words = KS_WORDS if d.startswith("KS") else GM_WORDS
        lines += ["+ %s %s" % (d, c) for c in PLAIN + ["show crypto gdoi" + w for w in words] +
                  ["show crypto gkm group GET" + w for w in words]]
    out = subprocess.run(["./tests/unit/json_live"], input="\n".join(lines) + "\n", stdout=subprocess.PIPE, check=True,
                         text=True).stdout
    found = []
    for part in re.split(r"^@ ", out, flags=re.M)[1:]:
        head, _, rest = part.partition("\n")
        text, _, obj = rest.partition("@json\n")
        # Commands that print nothing else follow without a mark: the object ends at its last brace.
        end = re.search(r"^(\}|%.*)\n", obj, re.M)
        found.append(tuple(head.split(" ", 1)) + (text, obj[:end.end()] if end else obj))
    if len(found) != sum(line.startswith("+ ") for line in lines):
        sys.exit("json: the lab answered %d commands\n%s" % (len(found), out[-2000:]))
    return found


def schemas():
    spec = importlib.util.spec_from_file_location("schemas", os.path.join(TOP, "docs/json/schemas.py"))
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    bad, out = [], {}
    for path in glob.glob(os.path.join(TOP, "docs/json/*.schema.json")):
        name = os.path.basename(path)[:-len(".schema.json")]
        with open(path, encoding="utf-8") as f:
            text = f.read()
        if name not in made.SCHEMAS or text != made.text_of(name):
            bad.append("docs/json/%s.schema.json is not what docs/json/schemas.py writes" % name)
        out[name] = json.loads(text)
    return out, bad + ["docs/json/%s.schema.json is missing" % n for n in set(made.SCHEMAS) - set(out)]


def check(device, command, text, obj, schema):
    where = "%s: %s" % (device, command)
    if text.startswith("%") and obj.startswith("%"):
        return []
    try:
        value = json.loads(obj)
    except ValueError as e:
        return ["%s: %s: %s" % (where, e, obj[:200])]
    bad = complaints(value, schema, where)
    bad += ["%s: %s is told by the text alone" % (where, t) for t in told(text, obj)]
    if device == "GM1" and command == "show crypto gdoi gm why":
        bad += ["%s: not said: %s" % (where, w) for w in WHY if w not in text]
    return bad + ["%s: a secret" % where for s in SECRETS if s in obj]


def main():
    rows = [(re.compile("^" + reference.pattern(s, cut=False) + "$"), s, n) for _, s, n in reference.rows() if n]
    known, bad = schemas()
    tried, good, n = set(), set(), 0
    for device, command, text, obj in alone() + lab():
        fitting = [r for r in rows if r[0].match(" " + command)]
        # The row without choices before the one with an argument in the same place.
        row = min(fitting, key=lambda r: len(re.findall(r"[A-Z]{3,}|A\.B\.C\.D", r[1]))) if fitting else None
        if not row:
            bad.append("%s: %s is in no row of the reference" % (device, command))
            continue
        n += 1
        tried.add(row[1])
        bad += check(device, command, text, obj, known.get(row[2], {}))
        if obj.startswith("{"):
            good.add(row[2])
    bad += ["%s: not tried with | json" % s for _, s, _ in rows if s not in tried]
    bad += ["docs/json/%s.schema.json: no command was answered with it" % s for s in set(known) ^ good]
    print("\n".join(bad) or "json: %d answers of %d commands are what docs/json says" % (n, len(rows)))
    return 1 if bad else 0


sys.exit(main())
