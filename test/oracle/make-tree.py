#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Makes a tree with all that an image can hold, to be packed by each tool.

usage: make-tree.py DIRECTORY

All files are in DIRECTORY/usr, as in a system extension. Needs root: for device nodes,
owners and trusted attributes. The same each time.
"""

import os
import random
import socket
import stat
import sys

TIME = 1700000000
KIB = 1024


def write(path, data=b"", mode=0o644, owner=(0, 0)):
    """A regular file."""
    with open(path, "wb") as file:
        file.write(data)
    os.chown(path, *owner)
    os.chmod(path, mode)


def sizes(numbers):
    """Files around the sizes of blocks, of bytes that do and do not compress."""
    os.mkdir("sizes")
    for size in (0, 1, 511, 512, 513, 4095, 4096, 4097, 131071, 131072, 131073, 1048577):
        write(f"sizes/text-{size}", (b"compresses well " * (size // 16 + 1))[:size])
        write(f"sizes/noise-{size}", numbers.randbytes(size))
    mixed = b"".join(
        numbers.randbytes(70000) + bytes(70000) + b"text and more text\n" * 5000 for _ in range(12)
    )
    write("sizes/mixed", mixed)
    write("sizes/mixed-again", mixed)
    write("sizes/zeros", bytes(300 * KIB))


def sparse():
    """Files with holes: at the start, in the middle, at the end, nothing but."""
    os.mkdir("sparse")
    for name, size, pieces in (
        ("start", 700001, (600000,)),
        ("middle", 900000, (0, 800000)),
        ("end", 1000000, (10,)),
        ("only", 123456, ()),
        ("many", 2000000, range(0, 2000000, 150000)),
    ):
        with open(f"sparse/{name}", "wb") as file:
            file.truncate(size)
            for at in pieces:
                file.seek(at)
                file.write(b"data between holes" * 20)


def kinds():
    """Each type of file, and modes and owners at their limits."""
    os.mkdir("kinds")
    os.mknod("kinds/char", stat.S_IFCHR | 0o666, os.makedev(1, 3))
    os.mknod("kinds/block", stat.S_IFBLK | 0o660, os.makedev(259, 300))
    os.mkdir("whited")
    os.mknod("whited/out", stat.S_IFCHR, os.makedev(0, 0))
    os.mkfifo("kinds/fifo", 0o622)
    with socket.socket(socket.AF_UNIX) as one:
        one.bind("kinds/socket")
    os.symlink("../sizes/mixed", "kinds/link")
    os.symlink("/no where/\u00e4\u2713", "kinds/dangling")
    os.symlink("x/" * 1000, "kinds/long")
    os.symlink(".", "kinds/self")
    write("kinds/setuid", b"#!/bin/sh\n", 0o6755)
    write("kinds/none", b"no permissions\n", 0)
    write("kinds/owned", b"", 0o640, (1000, 70000))
    write("kinds/high", b"", 0o640, (4294967294, 65534))
    os.mkdir("kinds/sticky")
    os.chmod("kinds/sticky", 0o1777)
    os.mkdir("kinds/closed")
    os.chmod("kinds/closed", 0o700)
    os.chown("kinds/closed", 65535, 65536)
    os.mkdir("kinds/empty")


def links():
    """Hard links, within a directory and across; of a large, a small and an empty file."""
    os.makedirs("links/deep/er")
    for name, data in (("large", b"large\n" * 60000), ("small", b"small\n"), ("empty", b"")):
        write(f"links/{name}", data)
        os.link(f"links/{name}", f"links/a-{name}")
        os.link(f"links/{name}", f"links/deep/er/{name}")


def xattrs():
    """Attributes: short, long, binary, empty; many files with the same; of each kind."""
    os.mkdir("xattrs")
    write("xattrs/user", b"x")
    os.setxattr("xattrs/user", "user.extension-release.strict", b"false")
    os.setxattr("xattrs/user", "user.empty", b"")
    os.setxattr("xattrs/user", "user.binary", bytes(range(256)))
    write("xattrs/long", b"y")
    os.setxattr("xattrs/long", "user.long", b"v" * 2500)
    os.setxattr("xattrs/long", "user." + "n" * 200, b"long name")
    write("xattrs/capable", b"#!/bin/sh\n", 0o755)
    os.setxattr(
        "xattrs/capable", "security.capability", bytes.fromhex("0100000200040000" + "00" * 12)
    )
    os.mkdir("xattrs/opaque")
    os.setxattr("xattrs/opaque", "trusted.overlay.opaque", b"y")
    os.symlink("user", "xattrs/link")
    os.setxattr("xattrs/link", "trusted.of-a-link", b"1", follow_symlinks=False)
    for number in range(40):
        write(f"xattrs/shared-{number:02}", b"s%d" % number)
        os.setxattr(f"xattrs/shared-{number:02}", "user.shared", b"the same in many files")
        os.setxattr(f"xattrs/shared-{number:02}", "user.own", b"%d" % number)


def names(numbers):
    """Names that need care, a long one, a deep directory, and many in one."""
    os.makedirs("names/many")
    for name in (
        "with blanks ",
        "n\u00e4me \u2713",
        "back\\slash",
        "com,ma",
        "new\nline",
        "-option",
        "n" * 255,
        "\u00e9" * 127,
        "...",
    ):
        write(f"names/{name}", name.encode())
    write(b"names/latin-\xe4", b"no utf-8")
    os.makedirs("names/" + "deep/" * 40)
    write("names/" + "deep/" * 40 + "file", b"deep")
    for number in range(3000):
        size = numbers.randrange(200)
        write(f"names/many/{number * 7919 % 3000:04}-{'x' * (number % 30)}", numbers.randbytes(size))


def set_times(top):
    """A time of its own for each file, links too."""
    number = 0
    for directory, folders, files in sorted(os.walk(os.fsencode(top), topdown=False)):
        for name in sorted(folders + files) + [b""]:
            path = os.path.join(directory, name) if name else directory
            number += 1
            when = (TIME + number) * 10**9
            os.utime(path, ns=(when, when), follow_symlinks=False)


def main():
    """Makes the tree."""
    if len(sys.argv) != 2:
        sys.exit(__doc__.split("\n\n")[1])
    os.umask(0o022)
    numbers = random.Random(1)
    top = os.path.join(sys.argv[1], "usr")
    os.makedirs(top)
    os.chdir(top)
    sizes(numbers)
    sparse()
    kinds()
    links()
    xattrs()
    names(numbers)
    os.makedirs("lib/extension-release.d")
    write("lib/extension-release.d/extension-release.image", b"ID=_any\n")
    os.chdir("..")
    set_times(".")


main()
