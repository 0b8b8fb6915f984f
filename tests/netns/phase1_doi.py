#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""phase1_doi.py IN OUT: copies a capture with DOI 2 made DOI 1 in the SA payloads of unencrypted main mode messages.
tshark learns phase 1's cipher from an IPsec SA only (gdoi-wire.md, 7.1). Checksums are left as they were."""
import struct
import sys

LINK_LENGTH = {1: 14, 113: 16, 276: 20}


def convert(frame, link):
    ip = LINK_LENGTH[link]
    if len(frame) < ip + 20 or frame[ip] >> 4 != 4 or frame[ip + 9] != 17:
        return frame
    udp = ip + (frame[ip] & 15) * 4
    if len(frame) < udp + 8 or 848 not in struct.unpack(">HH", frame[udp:udp + 4]):
        return frame
    at = udp + 8
    if len(frame) < at + 28 + 8 or frame[at + 16] != 1 or frame[at + 18] != 2 or frame[at + 19] & 1:
        return frame
    doi = at + 28 + 4
    if struct.unpack(">I", frame[doi:doi + 4])[0] != 2:
        return frame
    return frame[:doi] + struct.pack(">I", 1) + frame[doi + 4:]


def main():
    with open(sys.argv[1], "rb") as f:
        data = f.read()
    order = {b"\xd4\xc3\xb2\xa1": "<", b"\xa1\xb2\xc3\xd4": ">"}[data[:4]]
    link = struct.unpack(order + "I", data[20:24])[0] & 0xffff
    out, at = bytearray(data[:24]), 24
    while at + 16 <= len(data):
        n = struct.unpack(order + "I", data[at + 8:at + 12])[0]
        out += data[at:at + 16] + convert(data[at + 16:at + 16 + n], link)
        at += 16 + n
    with open(sys.argv[2], "wb") as f:
        f.write(out)


if __name__ == "__main__":
    main()
