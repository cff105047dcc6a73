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

import listing


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


def look_at(top, path):
    """All that there is to say of one file."""
    full = os.path.join(top, path)
    status = os.lstat(full)
    file = listing.File(path, status.st_mode)
    file.uid, file.gid, file.size = status.st_uid, status.st_gid, status.st_size
    file.mtime = status.st_mtime_ns // 10**9
    file.device = (os.major(status.st_rdev), os.minor(status.st_rdev))
    file.inode = (status.st_dev, status.st_ino)
    for name in os.listxattr(full, follow_symlinks=False):
        file.xattrs[os.fsencode(name)] = os.getxattr(full, name, follow_symlinks=False)
    if stat.S_ISLNK(status.st_mode):
        file.target = os.readlink(full)
    if file.is_file():
        file.sha256 = digest(full)
    return file


def main():
    """Lists the directory that the command line names."""
    if len(sys.argv) != 2:
        sys.exit("Usage: list-disk.py DIRECTORY")
    top = os.fsencode(sys.argv[1])
    listing.write([look_at(top, path) for path in walk(top)], sys.stdout)


main()
