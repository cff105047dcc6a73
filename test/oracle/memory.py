#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Makes initrds that ask for much memory, and measures what a program takes to read one.

usage: memory.py craft text|elf|links|programs|files|units FILE
       memory.py measure PROGRAM INITRD
"""
import gzip
import json
import os
import resource
import struct
import subprocess
import sys

MIB = 1 << 20
FILE, DIRECTORY = 0o100644, 0o040755


class Archive:
    """A cpio archive of newc, compressed while it is written."""

    def __init__(self, out):
        self.out, self.inode, self.directories = out, 1, set()

    def record(self, name, mode, size, links=1, inode=None):
        if inode is None:
            self.inode += 1
            inode = self.inode
        name = name.encode() + b"\0"
        fields = (inode, mode, 0, 0, links, 0, size, 0, 0, 0, 0, len(name), 0)
        head = b"070701" + b"".join(b"%08x" % field for field in fields) + name
        self.out.write(head + bytes(-len(head) % 4))

    def parents(self, name):
        parts = name.split("/")[:-1]
        for i in range(len(parts)):
            path = "/".join(parts[:i + 1])
            if path not in self.directories:
                self.directories.add(path)
                self.record(path, DIRECTORY, 0, 2)

    def file(self, name, pieces, links=1, inode=None, mode=FILE):
        self.parents(name)
        size = sum(len(piece) for piece in pieces)
        self.record(name, mode, size, links, inode)
        for piece in pieces:
            self.out.write(piece)
        self.out.write(bytes(-size % 4))

    def end(self):
        self.record("TRAILER!!!", 0, 0)


def elf():
    """The start of a 64-bit little-endian program with one loaded segment."""
    header = b"\x7fELF\2\1\1" + bytes(9) + struct.pack(
        "<HHIQQQIHHHHHH", 3, 62, 1, 0, 64, 0, 0, 64, 56, 1, 64, 0, 0)
    segment = struct.pack("<IIQQQQQQ", 1, 4, 0, 0, 0, 120, 120, 4096)
    return header + segment


def text(size):
    line = b"".join(b"%07d the quick brown fox\n" % i for i in range(4096))
    return [line] * (size // len(line))


def craft_text(archive):
    for i in range(50):
        archive.file(f"usr/share/doc/{i}.txt", text(4 * MIB))
    for i in range(20):
        archive.file(f"usr/bin/script{i}", [b"#!/bin/sh\n"] + text(4 * MIB), mode=0o100755)


def craft_elf(archive):
    archive.file("usr/lib/large.so", [elf()] + text(150 * MIB))


def craft_links(archive):
    for i in range(100000):
        last = i % 1000 == 999
        archive.file(f"usr/lib/{i // 1000}/{i % 1000}.so",
                     [elf()] + text(MIB) if last else [], 1000, 1 + i // 1000)


def craft_programs(archive):
    for i in range(8):
        archive.file(f"usr/bin/{i}", [elf()] + text(40 * MIB), mode=0o100755)


def craft_files(archive):
    for i in range(10000):
        archive.file(f"usr/share/data/{i // 100}/{i}", [b"some text\n" * 200])
    for i in range(10000):
        archive.file(f"usr/bin/{i}", [b"#!/bin/sh\n", b"exit\n" * 400], mode=0o100755)


def craft_units(archive):
    for i in range(5000):
        archive.file(f"usr/lib/systemd/system/{i}.service",
                     [b"[Service]\nExecStart=/bin/true\n", b"# a comment\n" * 100])


def craft(kind, path):
    with gzip.open(path, "wb", compresslevel=1) as out:
        archive = Archive(out)
        globals()["craft_" + kind](archive)
        archive.end()


def measure(program, path):
    run = subprocess.run([program, "--report=json", "--base=" + path],
                         stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024
    if run.returncode not in (0, 1, 3):
        print(f"{path}: failed with {run.returncode}: {run.stderr.decode().strip()}")
        return 1
    layers = json.loads(run.stdout)["base"]["layers"]
    unpacked = sum(layer["unpacked"] for layer in layers)
    bound = unpacked // 2 + 64 * MIB
    print(f"{'ok' if peak < bound else 'TOO MUCH'} {os.path.basename(path)}: unpacked "
          f"{unpacked / MIB:.1f} MiB, peak {peak / MIB:.1f} MiB, bound {bound / MIB:.1f} MiB")
    return 0 if peak < bound else 1


if __name__ == "__main__":
    if len(sys.argv) != 4 or sys.argv[1] not in ("craft", "measure"):
        sys.exit(__doc__)
    sys.exit(globals()[sys.argv[1]](sys.argv[2], sys.argv[3]))
