#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Prints all files below a directory, in the form of list-tree.c, which says what that is.

It shares no code with the readers: what they say of an image is compared with what this
says of the files that the image's own tool has unpacked.
"""

import hashlib
import os
import stat
import sys

TYPES = {
    stat.S_IFREG: "f",
    stat.S_IFDIR: "d",
    stat.S_IFLNK: "l",
    stat.S_IFCHR: "c",
    stat.S_IFBLK: "b",
    stat.S_IFIFO: "p",
    stat.S_IFSOCK: "s",
}


def escape(text):
    """Bytes as ASCII: what is not visible, a backslash or a comma becomes \\xNN."""
    return "".join(
        chr(byte) if 0x20 < byte < 0x7F and byte not in b"\\," else f"\\x{byte:02x}"
        for byte in text
    )


def walk(top):
    """All paths below a directory, relative to it, each once; "" is itself."""
    waiting = [b""]
    while waiting:
        path = waiting.pop()
        yield path
        full = os.path.join(top, path)
        if stat.S_ISDIR(os.lstat(full).st_mode):
            waiting += [os.path.join(path, name) for name in os.listdir(full)]


def digest(full):
    """SHA-256 of a file."""
    whole = hashlib.sha256()
    with open(full, "rb") as file:
        for piece in iter(lambda: file.read(1 << 20), b""):
            whole.update(piece)
    return whole.hexdigest()


def xattrs(full):
    """NAME=HEX of each extended attribute."""
    names = sorted(os.fsencode(name) for name in os.listxattr(full, follow_symlinks=False))
    return ",".join(
        f"{escape(name)}={os.getxattr(full, name, follow_symlinks=False).hex()}"
        for name in names
    )


def columns(top, path, status, first):
    """The columns of one file."""
    full = os.path.join(top, path)
    mode = status.st_mode
    device = "-"
    if stat.S_ISCHR(mode) or stat.S_ISBLK(mode):
        device = f"{os.major(status.st_rdev)}:{os.minor(status.st_rdev)}"
    is_file = stat.S_ISREG(mode)
    return [
        escape(path or b"."),
        TYPES[stat.S_IFMT(mode)],
        f"{stat.S_IMODE(mode):04o}",
        str(status.st_uid),
        str(status.st_gid),
        str(status.st_size) if is_file else "-",
        escape(os.readlink(full)) if stat.S_ISLNK(mode) else "-",
        device,
        escape(first) if first else "-",
        xattrs(full) or "-",
        digest(full) if is_file else "-",
        str(int(status.st_mtime_ns // 10**9)),
    ]


def main():
    """Lists the directory that the command line names."""
    if len(sys.argv) != 2:
        sys.exit("Usage: list-disk.py DIRECTORY")
    top = os.fsencode(sys.argv[1])
    files = [(path, os.lstat(os.path.join(top, path))) for path in sorted(walk(top))]
    names = {}
    for path, status in files:
        if stat.S_ISREG(status.st_mode):
            names.setdefault((status.st_dev, status.st_ino), []).append(path)
    for path, status in files:
        group = names.get((status.st_dev, status.st_ino), [])
        first = group[0] if len(group) > 1 and stat.S_ISREG(status.st_mode) else None
        print("\t".join(columns(top, path, status, first)))


main()
