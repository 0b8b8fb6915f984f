#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""mroute.py GROUP SOURCE IIF OIF...: the kernel forwards that multicast flow until this ends. (core of the guest's network)"""
import ctypes, fcntl, os, signal, socket, struct, sys

MRT_INIT, MRT_ADD_VIF, MRT_ADD_MFC = 200, 202, 204
group, source, ifs = sys.argv[1], sys.argv[2], sys.argv[3:]
s = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_IGMP)
s.setsockopt(socket.IPPROTO_IP, MRT_INIT, 1)
for n, name in enumerate(ifs):
    # struct vifctl with VIFF_USE_IFINDEX
    s.setsockopt(socket.IPPROTO_IP, MRT_ADD_VIF,
                 struct.pack("=HBBIi4s", n, 8, 1, 0, socket.if_nametoindex(name), b"\0" * 4))
ttls = bytes([0] + [1] * (len(ifs) - 1)).ljust(32, b"\0")
s.setsockopt(socket.IPPROTO_IP, MRT_ADD_MFC,
             socket.inet_aton(source) + socket.inet_aton(group) + struct.pack("=H", 0) + ttls + struct.pack("=HIIIi", 0, 0, 0, 0, 0))
print("forwarding", flush=True)
signal.pause()
