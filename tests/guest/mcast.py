#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""mcast.py recv GROUP IF-ADDRESS SECONDS | send GROUP SOURCE IF-ADDRESS: five datagrams to port 5000; recv prints who sent what."""
import socket, struct, sys, time

what, group, addr = sys.argv[1:4]
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
if what == "recv":
    s.bind((group, 5000))
    s.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, socket.inet_aton(group) + socket.inet_aton(addr))
    print("listening", flush=True)
    end = time.time() + float(sys.argv[4])
    while time.time() < end:
        s.settimeout(max(0.1, end - time.time()))
        try:
            data, src = s.recvfrom(2000)
        except TimeoutError:
            break
        print(data.decode(), "from", src[0], flush=True)
else:
    s.bind((addr, 0))
    s.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, 8)
    s.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(sys.argv[4]))
    for n in range(5):
        s.sendto(b"datagram %d" % n, (group, 5000))
        time.sleep(0.1)
