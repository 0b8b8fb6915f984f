#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""
blast.py serve ADDRESS                            takes what is sent over one connection, and says when it has a portion
blast.py send ADDRESS OCTETS                      for each line on standard input: sends a portion, prints how many us that took
blast.py pairs N OCTETS NETNS ADDRESS NETNS ADDRESS   N times one portion by either way, in turns, after one of each; prints both times
"""
import socket
import subprocess
import sys
import time

PORT = 5202


def serve(address):
    with socket.create_server((address, PORT)) as listener:
        peer, _ = listener.accept()
        left = 0
        while data := peer.recv(1 << 18):
            if not left:
                left, data = int.from_bytes(data[:4], "big"), data[4:]
            left -= len(data)
            if not left:
                peer.send(b"k")


def send(address, octets):
    body = octets.to_bytes(4, "big") + bytes(octets)
    with socket.create_connection((address, PORT), 20) as peer:
        for _ in sys.stdin:
            begin = time.monotonic()
            peer.sendall(body)
            peer.recv(1)
            print(round((time.monotonic() - begin) * 1e6), flush=True)


class Way:
    def __init__(self, netns, address, octets):
        command = ["ip", "netns", "exec", netns, sys.executable, __file__, "send", address, octets]
        self.sender = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def portion(self):
        self.sender.stdin.write("\n")
        self.sender.stdin.flush()
        return self.sender.stdout.readline().strip()


def pairs(n, octets, *where):
    ways = [Way(where[0], where[1], octets), Way(where[2], where[3], octets)]
    for way in ways:
        way.portion()
    for k in range(n):
        took = [0, 0]
        for i in (0, 1) if k % 2 else (1, 0):
            took[i] = ways[i].portion()
        print(*took, flush=True)
    for way in ways:
        way.sender.stdin.close()
        way.sender.wait()


what, arguments = sys.argv[1], sys.argv[2:]
if what == "serve":
    serve(arguments[0])
elif what == "send":
    send(arguments[0], int(arguments[1]))
else:
    pairs(int(arguments[0]), *arguments[1:])
