#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""replay.py PCAP INTERFACE: sends the frames of a capture again, octet by octet (tcpdump -i INTERFACE wrote it)."""
import socket, struct, sys

data = open(sys.argv[1], "rb").read()
order = "<" if data[:4] in (b"\xd4\xc3\xb2\xa1", b"\x4d\x3c\xb2\xa1") else ">"
s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
s.bind((sys.argv[2], 0))
at, n = 24, 0
while at + 16 <= len(data):
    length = struct.unpack(order + "I", data[at + 8:at + 12])[0]
    s.send(data[at + 16:at + 16 + length])
    at += 16 + length
    n += 1
print(n, "frames")
