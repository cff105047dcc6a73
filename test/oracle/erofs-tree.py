#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Makes a directory for test/oracle/erofs.sh: files of sizes around those of blocks and of
clusters, bytes that compress well, badly and not at all, parts that several files have in
common, links, device nodes where they may be made, and extended attributes.

The same bytes each time.
"""

import os
import random
import sys

SIZES = (0, 1, 2, 100, 4095, 4096, 4097, 8191, 8192, 8193, 12288, 20000, 65535, 65536, 65537)
LARGE = (300000, 1048576, 1048577)
RANDOM = random.Random(1)
WORDS = [
    bytes(RANDOM.choice(b"abcdefghijklmnopqrstuvwxyz") for _ in range(RANDOM.randrange(2, 9)))
    for _ in range(700)
]


def text(size):
    """Words, which compress to a third or so."""
    out = bytearray()
    while len(out) < size:
        out += RANDOM.choice(WORDS) + b" "
    return bytes(out[:size])


def mixed():
    """Turns of text and of noise, so that clusters are stored and compressed in turn."""
    return b"".join(
        RANDOM.randbytes(RANDOM.randrange(100, 9000))
        if turn % 2
        else text(RANDOM.randrange(100, 30000))
        for turn in range(40)
    )


def put(top, name, data):
    """Writes one file."""
    path = os.path.join(top, name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as file:
        file.write(data)
    return path


def put_contents(top):
    """All files with contents."""
    put(top, "zeros/large", bytes(3000000))
    put(top, "zeros/small", bytes(10000))
    for size in SIZES + LARGE:
        put(top, f"text/{size}", text(size))
    for size in SIZES:
        put(top, f"noise/{size}", RANDOM.randbytes(size))
    mix = mixed()
    for name, data in (
        ("all", mix),
        ("other-end", mix[:-3] + b"xyz"),
        ("other-start", mix[5000:]),
        ("hole", mix[:100000] + mix[100444:]),
    ):
        put(top, f"mixed/{name}", data)
    same = text(50000)
    for name, data in (
        ("one", same),
        ("two", same),
        ("longer", same + b"tail"),
        ("shifted", b"x" * 4096 + same),
    ):
        put(top, f"same/{name}", data)
    for number in range(150):
        put(top, f"small/{number}", text(RANDOM.randrange(1, 3000)))


def put_others(top):
    """Links, nodes and attributes."""
    os.link(os.path.join(top, "same/one"), os.path.join(top, "same/hard-link"))
    os.symlink("../same/one", os.path.join(top, "mixed/link"))
    os.symlink("x/" * 1000, os.path.join(top, "mixed/long-link"))
    os.mkfifo(os.path.join(top, "pipe"))
    if os.geteuid() == 0:
        os.mknod(os.path.join(top, "null"), 0o20666, os.makedev(1, 3))
        os.mknod(os.path.join(top, "disk"), 0o60660, os.makedev(259, 70000))
    for name, attribute, value in (
        ("same/one", "user.shared", b"the same in two"),
        ("same/two", "user.shared", b"the same in two"),
        ("same", "user.own", b"of a directory"),
        ("pipe", "trusted.node", b"of a node"),
    ):
        try:
            os.setxattr(os.path.join(top, name), attribute, value)
        except OSError:
            pass


def main():
    """The only argument is the directory, which must not exist."""
    top = sys.argv[1]
    os.mkdir(top)
    put_contents(top)
    put_others(top)


main()
