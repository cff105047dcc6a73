#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Prints what guest-init has reported, in the form of list-tree.c.

usage: list-guest.py REPORT
"""

import sys

import listing


def sections(path):
    """Name -> lines."""
    found = {}
    with open(path, "rb") as file:
        for line in file.read().replace(b"\r\n", b"\n").splitlines():
            if line.startswith(b"--- "):
                lines = found[line[4:].decode()] = []
            else:
                lines.append(line)
    if "end" not in found:
        sys.exit(f"list-guest: {path} is not complete")
    return found


def read_stat(line):
    """One line of the first section."""
    words = line.split(b" ", 9)
    numbers = [int(word, 16) for word in (words[0], words[4], words[5])]
    file = listing.File(words[9][2:], numbers[0])
    file.uid, file.gid, file.size = (int(word) for word in words[1:4])
    file.device = (numbers[1], numbers[2])
    file.inode, file.mtime = int(words[7]), int(words[8])
    return file


def main():
    """Lists what the report says."""
    if len(sys.argv) != 2:
        sys.exit("Usage: list-guest.py REPORT")
    found = sections(sys.argv[1])
    files = {file.path: file for file in map(read_stat, found["stat"])}
    for line in found["links"]:
        path, target = line.split(b"' -> '", 1)
        files[path[3:]].target = target[:-1]
    for line in found["sha256"]:
        digest, path = line.split(b"  ", 1)
        files[path[2:]].sha256 = digest.decode()
    listing.write(files.values(), sys.stdout)


main()
