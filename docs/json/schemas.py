#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What '| json' prints, command by command. Writes docs/json/NAME.schema.json beside itself; with an argument, there.
A name that ends in '?' may be missing. tests/unit/json_schema.py holds the files against this and the programs against the files."""
import json
import os
import sys


def kind(name, description=None, **more):
    s = {"type": name}
    if description:
        s["description"] = description
    s.update(more)
    return s


def maybe(schema, why=None):
    s = dict(schema, type=[schema["type"], "null"])
    if why:
        s["description"] = why
    return s


def a(schema, **more):
    return dict(schema, **more)


def obj(fields):
    return {"type": "object", "properties": {k.rstrip("?"): v for k, v in fields.items()},
            "required": [k for k in fields if not k.endswith("?")], "additionalProperties": False}


def many(schema):
    return {"type": "array", "items": schema if "type" in schema or "enum" in schema else obj(schema)}


def one_of(*values):
    return {"enum": list(values)}


TEXT = kind("string")
BOOL = kind("boolean")
N = kind("integer", minimum=0)
INT = kind("integer")
PERCENT = kind("number", "of one processor", minimum=0)
IP = kind("string", "A.B.C.D")
IP_NULL = maybe(IP)
DATE = maybe(kind("string"), "ISO 8601, UTC")
SECONDS = kind("integer", "seconds", minimum=0)
SECONDS_NULL = maybe(SECONDS)
MSEC = kind("integer", "milliseconds", minimum=0)
N_NULL = maybe(N)
VERSION = kind("string", "MAJOR.MINOR.MINI, or unknown")
SPI = kind("string", "0x and eight hexadecimal digits")
HEX = kind("string", "hexadecimal")
PROBLEM = kind("string", "why the group does not work; empty when it does")
DOWN = kind("string", "why the data plane of a member does not work; empty when it does")
DIRECTION = one_of("open", "closed", "both", "inbound-optional", "inbound-only", "passive")
TRANSPORT = one_of("unicast", "multicast")
REPLAY = one_of("none", "counter", "time")
ROLE = one_of("unknown", "secondary", "primary")
LEVEL = one_of("disabled", "emergencies", "alerts", "critical", "errors", "warnings", "notifications", "informational", "debugging")
WINDOW = kind("integer", "packets (counter) or seconds (time); 0 without replay protection", minimum=0)
LINES = many(kind("string"))

ACE = {"action": one_of("permit", "deny"), "protocol": kind("string", "name or number"), "source": IP, "source_mask": IP,
       "source_port": N_NULL, "destination": IP, "destination_mask": IP, "destination_port": N_NULL}
ACCESS_LIST = {"name": TEXT, "kind": one_of("standard", "extended"), "entries": many({
    "sequence": N, "action": one_of("permit", "deny"), "protocol": kind("string", "name or number"), "source": IP,
    "source_wildcard": IP, "destination?": IP, "destination_wildcard?": IP,
    "text": kind("string", "the whole entry as the configuration has it")})}
KEK = maybe(obj({
    "spi": HEX, "transport": TRANSPORT, "cipher": TEXT, "key_bits": N, "iv_bits": N, "sig_hash": TEXT, "sig_key": TEXT,
    "sig_key_octets": N, "sig_bits": N, "lifetime": SECONDS, "remaining": SECONDS, "time_to_rekey": SECONDS_NULL, "sequence": N,
    "acknowledgement": TEXT}))
TRANSFORM = {"encryption": TEXT, "authentication": TEXT, "mode": one_of("tunnel", "transport")}
TEK = dict({"spi": SPI, "sa_number": N, "access_list": TEXT, "profile": TEXT}, **TRANSFORM, **{
    "key_octets": N, "auth_key_octets": N, "lifetime": SECONDS, "remaining": SECONDS, "elapsed": SECONDS_NULL,
    "time_to_rekey": SECONDS_NULL, "replay": REPLAY, "window": WINDOW})
DATAPLANE = {k: N for k in ("encrypted", "decrypted", "no_sa", "invalid_sa", "encapsulation_failed", "decapsulation_failed",
                            "invalid_protocol", "verify_failed", "clear_dropped", "closed_dropped", "replay_dropped", "too_early",
                            "too_late", "unknown_spi")}
HEAD = {"name": TEXT, "identity": TEXT, "role": one_of("none", "key-server", "group-member"), "problem": PROBLEM,
        "dataplane_down": DOWN}
MEMBER = {"id": IP, "version": VERSION, "key_server": IP_NULL, "phase1_id": TEXT, "rekeys_sent": N, "rekey_retries": N,
          "rekey_acks": N, "rekey_acks_missed": N, "sequences_sent": many(N), "sequences_acknowledged": many(N),
          "registered": DATE}
REDUNDANCY = {"address": IP_NULL, "priority": N, "role": ROLE, "software": VERSION, "coop": VERSION}
KS = {"address": IP_NULL, "members": N, "sequence": N, "role": one_of("primary", "secondary"), "transport": TRANSPORT,
      "receive_only": BOOL, "acknowledgement": TEXT, "rekey_lifetime": SECONDS, "rekeys_sent": N, "rekeys_retransmitted": N,
      "retransmit_interval": SECONDS, "retransmits": N, "retransmit_remaining": SECONDS, "pending_change": BOOL,
      "time_based_replay": BOOL, "redundancy": maybe(obj(REDUNDANCY)),
      "sas": many({"number": N, "profile": TEXT, "access_list": TEXT, "lifetime": SECONDS, "replay": REPLAY, "window": WINDOW}),
      "kek": KEK, "teks": many(TEK)}
GM = {"interface": TEXT, "address": IP_NULL, "server": IP_NULL, "state": one_of("idle", "registering", "registered", "rejected"),
      "direction": DIRECTION, "version": VERSION, "reregisters_in": SECONDS, "registrations_succeeded": N,
      "registrations_attempted": N, "rekeys_received": N, "rekeys_since_registration": N, "rekey_acks_sent": N,
      "last_rekey_from": IP_NULL, "last_rekey_ago": maybe(SECONDS, "seconds; null: never"), "last_sequence": N, "active_teks": N,
      "refused": kind("string", "why the last policy was refused"),
      "dataplane_problem": kind("string", "what the data plane refused last"),
      "allowed_ciphers": LINES, "allowed_hashes": LINES, "allowed_transform_sets": LINES, "fail_close_revert": BOOL,
      "servers": many(IP), "access_list": many(ACE), "kek": KEK, "teks": many(TEK), "dataplane?": obj(DATAPLANE)}
REKEY_SA = {"age": one_of("new", "current", "previous"), "active": BOOL, "dst": IP_NULL, "src": IP_NULL, "conn_id": N,
            "my_cookie": HEX, "his_cookie": HEX, "sequence": N, "previous_sequence": N, "kek": KEK}
CONFIG_LINE = kind("string", "secrets are <removed>")


def config_lines(depth=3):
    line = {"line": CONFIG_LINE}
    if depth:
        line["lines?"] = config_lines(depth - 1)
    return many(line)


def groups(fields):
    return {"groups": many(fields)}


def interface():
    return {"interfaces": many({
        "name": TEXT, "admin_up": BOOL, "up": BOOL, "mtu": N, "description": TEXT, "crypto_map": TEXT,
        "addresses": many({"address": IP_NULL, "mask": IP}),
        "address_method": one_of("NVRAM", "other", "unset"),
        "ipv6_addresses": many({"address": TEXT, "subnet": TEXT, "prefix_length": N, "link_local": BOOL}),
        "hardware": one_of("ethernet", "loopback", "tunnel", "unknown"), "mac": maybe(TEXT, "xxxx.xxxx.xxxx"),
        "counters": maybe(obj({k: N for k in (
            "packets_in", "octets_in", "multicasts_in", "errors_in", "crc_errors_in", "frame_errors_in", "overruns_in",
            "no_buffer_in", "drops_in", "packets_out", "octets_out", "errors_out", "underruns_out", "collisions", "drops_out")}))})}


GROUP = "show crypto gdoi [group NAME] "
SCHEMAS = {
    "access-lists": ("show [ip] access-lists [NAME]", {"access_lists": many(ACCESS_LIST)}),
    "aliases": ("show aliases", {"aliases": many({"mode": one_of("exec"), "name": TEXT, "command": TEXT})}),
    "clock": ("show clock [detail]", {"utc": DATE, "timezone": TEXT, "offset_minutes": INT, "set": BOOL}),
    "coop": (GROUP + "ks coop [detail]", groups({
        "name": TEXT, "redundancy": BOOL, "local?": obj(REDUNDANCY), "primary?": IP_NULL, "protocol?": one_of("base", "optimize"),
        "refresh?": SECONDS, "periodic?": SECONDS, "remaining?": SECONDS, "retries?": N, "invalid_pseudotimes?": N,
        "blocking?": a(BOOL, description="registrations are refused"), "sequence?": N, "root_generation?": N, "electing?": BOOL,
        "synchronised?": BOOL, "mismatch?": BOOL, "sync?": maybe(obj({
            "state": one_of("waiting", "same", "taken", "refused", "offered"), "from": IP_NULL,
            "reason": kind("string", "of refused")})), "peers?": many({
            "address": IP, "status": one_of("alive", "dead", "unknown"), "role": ROLE, "priority": N, "software": VERSION,
            "coop": VERSION, "sequence": N, "ike": TEXT, "sent": N, "sent_with_request": N, "received": N,
            "received_with_request": N, "send_drops": N, "receive_drops": N, "octets_sent": N, "octets_received": N,
            "root_generation": N, "same_keys": BOOL})})),
    "coop-identifier": (GROUP + "ks coop identifier [detail]", groups({
        "name": TEXT, "address": IP_NULL, "role": ROLE, "sid_bits": N, "kssids": many(N), "peers": many({
            "address": IP, "role": ROLE, "status": one_of("alive", "dead", "unknown"), "sid_bits": N, "kssids": many(N)})})),
    "coop-mismatch": (GROUP + "ks coop mismatch", groups({
        "name": TEXT, "peers": many({"address": IP, "heard": BOOL, "alive": BOOL, "policy": one_of(
            "not heard", "same", "differs", "differs, lines to come", "none here", "none there"), "differences": many(kind(
            "string", "- here only, + there only")),
            "rekey_key": one_of("same", "missing there", "differs", "missing here")})})),
    "coop-version": (GROUP + "ks coop version", dict({"protocol": VERSION}, **groups({
        "name": TEXT, "servers": many({"address": IP_NULL, "coop": VERSION, "software": VERSION})}))),
    "crypto-map": ("show crypto map [NAME]", {"maps": many({
        "name": TEXT, "entries": many({
            "sequence": N, "description": TEXT, "group": TEXT, "group_configured": BOOL, "identity": TEXT, "servers": many(IP),
            "access_list": maybe(TEXT)}), "interfaces": LINES})}),
    "debug-condition": ("show crypto gdoi debug-condition", {"conditional": BOOL, "unmatched": BOOL, "peers": many(IP)}),
    "debugging": ("show debugging", {"flags": many({"command": TEXT, "title": TEXT, "levels": many(
        one_of("error", "terse", "event", "detail", "packet"))})}),
    "differences": ("show archive config differences [URL [URL]]", {
        "different": BOOL, "errors": LINES, "lines": many({"change": one_of("none", "added", "removed"), "line": CONFIG_LINE})}),
    "aaa-lockout": ("show aaa local user lockout", {"users": many({"user": TEXT, "since": DATE})}),
    "dir": ("dir [URL]", {"directory": TEXT, "files": many({"name": TEXT, "octets": N, "changed": DATE}), "total_octets": N,
                          "free_octets": N}),
    "fail-close": ("show crypto map gdoi fail-close [NAME]", {"maps": many({
        "name": TEXT, "activated": BOOL, "access_list": maybe(obj(ACCESS_LIST))})}),
    "feature": (GROUP + "feature [NAME]", groups({"name": TEXT, "features": many({
        "name": TEXT, "since": maybe(VERSION, "null: this release does not have it"), "own": BOOL, "devices?": many({
            "role": one_of("key-server", "group-member"), "address": IP_NULL, "version": VERSION, "supported": BOOL}),
        "members_yes?": N, "members_no?": N})})),
    "gdoi": (GROUP + "[detail | ks | gm]", dict(groups(dict(HEAD, **{"ks?": obj(KS), "gm?": obj(GM)})), **{
        "counters?": obj({k: N for k in (
            "registrations_received", "registrations_malformed", "registrations_refused", "rekeys_received", "rekeys_accepted",
            "rekeys_unknown_spi", "rekeys_malformed", "rekeys_replayed", "rekeys_bad_signature", "rekeys_bad_pseudotime",
            "acks_received", "acks_accepted", "acks_bad", "acks_unsolicited")})})),
    "gdoi-ipsec-sa": (GROUP + "ipsec sa", groups({
        "name": TEXT, "interface?": TEXT, "direction?": DIRECTION, "replay?": REPLAY, "window?": WINDOW, "entries?": many(ACE)})),
    "gm-acl": (GROUP + "gm acl [download | local]", groups({
        "name": TEXT, "downloaded?": many(ACE), "server?": IP_NULL, "local?": many(dict({"map": TEXT}, **ACCESS_LIST))})),
    "gm-dataplane": (GROUP + "gm dataplane counters", groups({
        "name": TEXT, "problem": PROBLEM, "dataplane_down": DOWN, "dataplane": obj(DATAPLANE)})),
    "gm-identifier": (GROUP + "gm identifier [detail]", groups({
        "name": TEXT, "address?": IP_NULL, "counter_mode?": BOOL, "sid_bits?": N, "sids?": many(N), "tek_remaining?": SECONDS})),
    "gm-pubkey": (GROUP + "gm pubkey", groups({"name": TEXT, "server": IP_NULL, "key": maybe(HEX, "DER"), "sas": many(REKEY_SA)})),
    "gm-rekey": (GROUP + "gm rekey [detail]", groups({
        "name": TEXT, "transport?": TRANSPORT, "rekeys_received?": N, "rekeys_since_registration?": N, "rekey_acks_sent?": N,
        "sas?": many(REKEY_SA)})),
    "gm-replay": (GROUP + "gm replay", groups({
        "name": TEXT, "time_based?": BOOL, "pseudotime_msec?": MSEC, "decrypted?": N, "encrypted?": N, "replay_dropped?": N,
        "encapsulation_failed?": N})),
    "gm-why": (GROUP + "gm why [SOURCE DESTINATION]", dict({"source?": IP_NULL, "destination?": IP_NULL}, **groups({
        "name": TEXT, "problem": PROBLEM, "dataplane_down": DOWN, "mode": DIRECTION,
        "decisions?": many({
            "list": one_of("local", "downloaded", "fail-close", "none"), "number": N_NULL, "entry": maybe(obj(ACE)), "part_of_traffic": BOOL,
            "outbound": one_of("encrypt", "clear", "drop"),
            "inbound": a(one_of("encrypted", "any", "clear", "drop"), description="what is taken from the WAN"),
            "spi": maybe(SPI)}),
        "dataplane": obj(DATAPLANE),
        "drops": many({
            "reason": one_of("clear", "closed", "too-early", "too-late", "unknown-spi"), "ago": SECONDS, "source": IP_NULL,
            "destination": IP_NULL, "protocol": N, "spi": SPI, "off_msec": MSEC,
            "sa_ended_ago": maybe(SECONDS, "seconds; null: never seen")})}))),
    "history": ("show history", {"commands": LINES}),
    "interfaces": ("show interfaces [NAME], show ip interface [brief | NAME], show ipv6 interface [NAME]", interface()),
    "inventory": ("show inventory", {"parts": many({
        "name": TEXT, "description": TEXT, "product_id": TEXT, "version_id": TEXT, "serial_number": TEXT})}),
    "ip-ssh": ("show ip ssh", {
        "methods": many(one_of("publickey", "keyboard-interactive", "password")), "enabled": BOOL, "version": TEXT,
        "public_key_algorithms": LINES, "encryption": LINES, "host_key_algorithms": LINES, "key_exchange": LINES, "mac": LINES,
        "timeout": SECONDS, "retries": N, "dh_min_bits": N, "host_key_name": maybe(TEXT), "host_key_bits": N,
        "host_key": many(kind("string", "the public key as an OpenSSH line"))}),
    "ipsec-profile": ("show crypto ipsec profile [NAME]", {"profiles": many({
        "name": TEXT, "description": TEXT, "lifetime": SECONDS,
        "transform_sets": many(dict({"name": TEXT}, **{k + "?": v for k, v in TRANSFORM.items()}))})}),
    "ipsec-sa": ("show crypto ipsec sa [count | detail]", dict({"total": N, "active": N}, **{"groups?": many({
        "name": TEXT, "problem": PROBLEM, "dataplane_down": DOWN, "dataplane": obj(DATAPLANE), "entries": many(ACE),
        "sas": many(dict({"interface": TEXT, "local": IP_NULL, "spi": SPI, "inbound": BOOL, "outbound": BOOL}, **TRANSFORM, **{
            "iv_octets": N, "remaining": SECONDS, "replay": REPLAY, "window": WINDOW, "path_mtu": N, "plaintext_mtu": N,
            "encrypted": N, "encrypted_octets": N, "decrypted": N, "decrypted_octets": N, "verify_failed": N, "sequence": N}))})})),
    "isakmp-count": ("show crypto isakmp sa count", {"active": N, "standby": N, "negotiating": N, "dead": N}),
    "isakmp-counters": ("show crypto isakmp counters", {k: N for k in (
        "in", "out", "retransmits", "duplicates", "malformed", "unknown_sa", "bad_exchange", "not_encrypted", "auth_failed",
        "no_proposal", "no_key", "half_open_limit", "amplification_limit", "too_big", "decrypt_failed", "half_open",
        "established")}),
    "isakmp-key": ("show crypto isakmp key: whom there are keys for, not the keys", {"keys": many({
        "keyring": TEXT, "hostname": maybe(TEXT), "address": IP_NULL, "mask": IP_NULL})}),
    "isakmp-peers": ("show crypto isakmp peers", {"peers": many({
        "address": IP_NULL, "port": N, "local": IP_NULL, "phase1_id": TEXT})}),
    "isakmp-policy": ("show crypto isakmp policy", {"policies": many({
        "priority": N, "encryption": TEXT, "hash": TEXT, "authentication": one_of("pre-share", "rsa-sig", "rsa-encr"), "group": N,
        "lifetime": SECONDS})}),
    "isakmp-sa": ("show crypto isakmp sa [detail]", {
        "rekey_sas": many({"dst": IP_NULL, "src": IP_NULL, "conn_id": N, "active": BOOL}),
        "sas": many({
            "dst": IP_NULL, "src": IP_NULL,
            "state": one_of("MM_NO_STATE", "MM_SA_SETUP", "MM_KEY_EXCH", "MM_KEY_AUTH", "GDOI_IDLE", "MM_DELETED"), "conn_id": N,
            "local": IP_NULL, "local_port": N, "remote": IP_NULL, "remote_port": N, "initiator": BOOL, "peer_id": TEXT,
            "encryption": TEXT, "hash": TEXT, "authentication": one_of("pre-share", "rsa-sig", "rsa-encr"), "group": N,
            "remaining": SECONDS, "dead_peer_detection": BOOL})}),
    "ks-acl": (GROUP + "ks acl", groups({"name": TEXT, "access_lists": many(ACCESS_LIST)})),
    "ks-identifier": (GROUP + "ks identifier [detail]", groups({
        "name": TEXT, "counter_mode": BOOL, "sid_bits": N, "kssids": many(N)})),
    "ks-rekey": (GROUP + "ks rekey", groups({
        "name": TEXT, "problem": PROBLEM, "transport?": TRANSPORT, "multicast_destination?": IP_NULL, "rekeys_sent?": N,
        "rekeys_retransmitted?": N, "kek_lifetime?": SECONDS, "kek_remaining?": SECONDS_NULL, "retransmit_interval?": SECONDS,
        "retransmits?": N, "registrations_after_rekey?": N, "teks?": many(TEK)})),
    "ks-replay": (GROUP + "ks replay", groups({
        "name": TEXT, "time_based?": BOOL, "pseudotime_msec?": MSEC, "next_sync?": SECONDS})),
    "line": ("show line", {"lines": many({
        "tty": N, "line": one_of("console", "vty"), "number": N, "own": BOOL, "sessions": N, "uses": N,
        "length": N, "width": N, "exec_timeout": SECONDS, "history_size": N, "telnet": BOOL, "ssh": BOOL,
        "access_class_in": maybe(TEXT)})}),
    "logging": ("show logging", {
        "on": BOOL, "dropped": N, "rate_limited": N, "console": LEVEL, "console_lines": N, "monitor": LEVEL, "monitor_lines": N,
        "buffered": LEVEL, "buffered_lines": N, "trap": LEVEL, "trap_lines": N, "buffer_size": N,
        "facility": N, "sequence_numbers": BOOL, "source_interface": maybe(TEXT),
        "hosts": many({"address": IP_NULL, "port": N, "up": BOOL, "lines": N, "dropped": N}), "buffer": LINES}),
    "member": (GROUP + "ks members A.B.C.D", groups({"name": TEXT, "member": maybe(obj(MEMBER))})),
    "members": (GROUP + "ks members [summary]", groups({
        "name": TEXT, "key_server?": IP_NULL, "rekeys_sent?": N, "last_rekey_retransmits?": N, "last_rekey_msec?": MSEC,
        "members": many(MEMBER)})),
    "more": ("more URL", {"url": TEXT, "octets": N, "lines": many(CONFIG_LINE)}),
    "mypubkey": ("show crypto key mypubkey rsa [LABEL]", {"keys": many({
        "name": TEXT, "made": DATE, "bits": N, "exportable": BOOL, "public_key": HEX})}),
    "policy": (GROUP + "ks policy", groups(dict(HEAD, **{
        "key_server?": IP_NULL, "sequence?": N, "members?": N, "pending_change?": BOOL, "kek?": KEK, "teks?": many(TEK)}))),
    "privilege": ("show privilege", {"level": N}),
    "processes-cpu": ("show processes cpu", {
        "five_seconds_percent": PERCENT, "five_seconds_kernel_percent": PERCENT, "one_minute_percent": PERCENT,
        "five_minutes_percent": PERCENT, "processes": many({"pid": N, "name": TEXT, "runtime_msec": MSEC, "invoked": N})}),
    "processes-memory": ("show processes memory", {
        "total_octets": N, "used_octets": N, "free_octets": N, "processes": many({
            "pid": N, "name": TEXT, "allocated_octets": N, "freed_octets": N, "holding_octets": N})}),
    "rekey-sa": (GROUP + "rekey sa [detail]", groups({"name": TEXT, "interface": maybe(TEXT), "sas": many(REKEY_SA)})),
    "reload": ("show reload", {"scheduled": BOOL, "at": DATE, "remaining": SECONDS, "by": TEXT, "reason": TEXT}),
    "running-config": ("show running-config [all | full | interface NAME | section RE]; comments left out", {
        "changed": DATE, "changed_by": TEXT, "saved": DATE, "saved_by": TEXT, "octets": N, "lines": config_lines()}),
    "session": ("show crypto session", {"sessions": many({
        "interface": TEXT, "status": one_of("UP-ACTIVE", "UP-NO-IKE", "DOWN-NEGOTIATING", "DOWN"), "group": TEXT, "local": IP_NULL,
        "server": IP_NULL, "ike_sa": BOOL, "flows": many(dict(ACE, active_sas=N))})}),
    "archive": ("show archive", {
        "path": maybe(TEXT), "maximum": N, "period_minutes": N_NULL, "write_memory": BOOL, "next": maybe(TEXT),
        "archives": many({"number": N, "url": TEXT})}),
    "archive-log": ("show archive log config", {"entries": many({"index": N, "session": N, "by": TEXT, "command": TEXT})}),
    "login": ("show login", {
        "delay": SECONDS, "log_failures_every": N_NULL, "log_successes_every": N_NULL, "quiet_access_class": maybe(TEXT),
        "total_failures": N, "watch": maybe(obj({
            "block_for": SECONDS, "attempts": N, "within": SECONDS, "quiet": BOOL, "remaining": SECONDS, "failures": N}))}),
    "login-failures": ("show login failures", {"failures": many({
        "user": TEXT, "source": TEXT, "port": N, "count": N, "last": DATE})}),
    "ssh": ("show ssh", {"connections": many({
        "line": N, "version": TEXT, "encryption": TEXT, "hmac": TEXT, "state": TEXT, "user": TEXT})}),
    "startup-config": ("show startup-config", {"present": BOOL, "octets": N, "lines": config_lines()}),
    "tech-support": ("show tech-support: each command's own object", {"commands": many({
        "command": TEXT, "output?": kind("object", "see the command's schema"), "errors": LINES})}),
    "terminal": ("show terminal", {
        "line": one_of("console", "vty"), "number": N, "editing": BOOL, "length": N, "width": N, "history_size": N, "monitor": BOOL}),
    "transform-set": ("show crypto ipsec transform-set [NAME]", {"transform_sets": many(dict({"name": TEXT}, **TRANSFORM))}),
    "users": ("show users [all], who, where", {"users": many({
        "tty": N, "line": one_of("console", "vty"), "number": N, "user": TEXT, "idle": SECONDS, "from": IP_NULL, "own": BOOL,
        "configuring": BOOL})}),
    "version": ("show version", {
        "software": TEXT, "version": TEXT, "getvpn_version": VERSION, "hostname": TEXT, "uptime": SECONDS, "started": DATE,
        "system?": TEXT, "system_release?": TEXT, "machine?": TEXT, "interfaces": N, "groups": N}),
}


def text_of(name):
    title, fields = SCHEMAS[name]
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": title + " | json"}
    schema.update(obj(fields))
    return json.dumps(schema, indent=1) + "\n"


def main():
    where = sys.argv[1] if len(sys.argv) > 1 else os.path.dirname(os.path.abspath(__file__))
    for name in SCHEMAS:
        with open(os.path.join(where, name + ".schema.json"), "w", encoding="utf-8") as f:
            f.write(text_of(name))


if __name__ == "__main__":
    main()
