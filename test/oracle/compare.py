#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Compares two listings of list-tree.c and list-disk.py: ours and the tool's.

Prints one line: "ok NAME: N files" or "not ok NAME: ...", and then each difference, the
first 8 of them. A listing without any file besides the root is a failure.
"""

import argparse
import sys

from listing import COLUMNS


SHOWN = 8


def read(path, ignored, mtime_of):
    """Path -> columns, without those that are not to be compared."""
    files = {}
    with open(path, encoding="ascii") as file:
        for line in file:
            values = line.rstrip("\n").split("\t")
            if len(values) != len(COLUMNS):
                sys.exit(f"compare: {path}: {len(values)} columns: {line!r}")
            if values[0] in files:
                sys.exit(f"compare: {path}: twice: {values[0]}")
            if values[1] not in mtime_of:
                values[-1] = "-"
            files[values[0]] = {
                name: value for name, value in zip(COLUMNS, values) if name not in ignored
            }
    return files


def differences(ours, theirs):
    """A line for each file that is not the same in both."""
    for path in sorted(ours.keys() | theirs.keys()):
        if path not in ours:
            yield f"{path}: only in the tool's listing"
        elif path not in theirs:
            yield f"{path}: only in ours"
        else:
            for name, value in ours[path].items():
                if value != theirs[path][name]:
                    yield f"{path}: {name}: ours {value}, the tool's {theirs[path][name]}"


def main():
    """Compares; the exit status is 1 if anything differs."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--name", required=True, help="what is compared")
    parser.add_argument(
        "--ignore", default="", help="columns that are not compared, with commas between"
    )
    parser.add_argument(
        "--mtime-of",
        default="fdlcbps",
        help="types whose time is compared: not every tool sets that of d and l",
    )
    parser.add_argument(
        "--skip", action="append", default=[], help="a path that is left out of both"
    )
    parser.add_argument("ours")
    parser.add_argument("theirs")
    arguments = parser.parse_args()
    ignored = set(filter(None, arguments.ignore.split(",")))
    if not ignored <= set(COLUMNS[1:]):
        sys.exit(f"compare: unknown column in {arguments.ignore}")
    ours = read(arguments.ours, ignored, arguments.mtime_of)
    theirs = read(arguments.theirs, ignored, arguments.mtime_of)
    for path in arguments.skip:
        ours.pop(path, None)
        theirs.pop(path, None)
    found = list(differences(ours, theirs))
    if not found and len(theirs) < 2:
        found = ["the tool's listing is empty"]
    if not found:
        print(f"ok {arguments.name}: {len(theirs)} files")
        return 0
    print(f"not ok {arguments.name}: {len(found)} differences in {len(theirs)} files")
    for line in found[:SHOWN]:
        print(f"  {line[:300]}")
    if len(found) > SHOWN:
        print(f"  ... and {len(found) - SHOWN} more")
    return 1


sys.exit(main())
