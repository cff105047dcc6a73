#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Makes versioned directories, and compares two choices; see vpick.sh.

usage: vpick.py make DIR ROUNDS     makes DIR, and DIR.list: directory, name, suffix, type
       vpick.py compare TSV JSON    exit status 1 if a choice differs
"""
import json
import random
import sys
from pathlib import Path

VERSIONS = ("1", "2", "10", "1.0", "1.0.1", "1~rc1", "1^post", "1-2", "1,2", "1_2", "a", "A",
            "1+x", "", "0", "00", "1..2", "v1", "257.13", "1.0~beta", "é", "1 2")
ARCHITECTURES = ("", "", "", "_x86-64", "_x86", "_arm64", "_amd64", "_nonsense", "_")
TRIES = ("", "", "", "+0", "+1", "+3", "+3-1", "+0-3", "+3-", "+-1", "+010", "+08", "+3-2",
         "+99999999999", "+1-1+2-2")
SUFFIXES = (".raw", ".sysext.raw", "", ".sysext")

# What a list made by chance would seldom have.
BY_HAND = (
    (".raw", ["n.raw"]),
    (".raw", []),
    (".raw", ["n_1.raw", "n_2.sysext.raw"]),
    (".sysext.raw", ["n_1.raw", "n_2.sysext.raw"]),
    (".raw", ["n_1.raw", "n_2.RAW", "N_3.raw", "m_4.raw", "nn_5.raw"]),
    (".raw", ["n_1_x86-64.raw", "n_1.raw", "n_1_x86.raw"]),
    (".raw", ["n_1_x86-64.raw", "n_2_arm64.raw"]),
    (".raw", ["n_1+0.raw", "n_0+1.raw"]),
    (".raw", ["n_1+2-1.raw", "n_1+2-0.raw", "n_1+1.raw"]),
    (".raw", ["n_1.raw", "n_2.raw/"]),
    (".raw", ["n_2.raw", "n_1.raw/"]),
    (".raw", ["n_1.raw", "n_2.raw@"]),
    (".raw", ["n_2.raw", "n_1.raw@"]),
    (".raw", ["n_x86-64.raw"]),
    (".raw", ["n_.raw", "n__1.raw", "n_1_.raw"]),
    ("", ["n_1", "n_2/", "n_3_x86-64/"]),
    ("", ["n_1/", "n_2"]),
    (".sysext", ["n_1.sysext/", "n_2/"]),
)


def put(folder, name):
    """A file; with "/" behind its name a directory, with "@" a link that leads nowhere."""
    path = folder / name.rstrip("/@")
    if name.endswith("/"):
        path.mkdir(exist_ok=True)
    elif path.exists() or path.is_symlink():
        return
    elif name.endswith("@"):
        path.symlink_to("nowhere")
    else:
        path.write_bytes(b"")


def by_chance(rounds):
    chance = random.Random(1)
    for number in range(rounds):
        suffix = SUFFIXES[number % len(SUFFIXES)]
        mark = "" if suffix.endswith(".raw") else "/"
        names = []
        for _ in range(chance.randint(1, 7)):
            middle = chance.choice(ARCHITECTURES), chance.choice(TRIES)
            names.append("n_" + chance.choice(VERSIONS) + "".join(middle) + suffix + mark)
        yield suffix, names


def make(folder, rounds):
    folder = Path(folder)
    with open(f"{folder}.list", "w", encoding="utf-8") as lines:
        for number, (suffix, names) in enumerate([*BY_HAND, *by_chance(int(rounds))]):
            # Each has a name of its own: systemd-sysext would not see two of one name.
            name = f"n{number}"
            directory = folder / f"{name}{suffix}.v"
            directory.mkdir(parents=True)
            for entry in names:
                put(directory, name + entry[1:] if entry[0] == "n" else entry)
            kind = "reg" if suffix.endswith(".raw") else "dir"
            print(directory.name, name, suffix or "-", kind, file=lines)


def compare(theirs, ours):
    with open(theirs, encoding="utf-8") as lines:
        expected = dict(line.rstrip("\n").split("\t") for line in lines)
    with open(ours, encoding="utf-8") as text:
        found = {row["image"]: row["version"] or "" for row in json.load(text)["extensions"]}
    failed = 0
    for name, choice in expected.items():
        if found.get(name) != choice:
            failed += 1
            print(f"{name}: systemd-vpick takes '{choice}', we '{found.get(name)}'")
    chosen = sum(1 for choice in expected.values() if choice)
    print(f"vpick: {len(expected) - failed} passed ({chosen} with a choice), {failed} failed")
    return 1 if failed or not chosen else 0


def main():
    if sys.argv[1] == "make":
        make(sys.argv[2], sys.argv[3])
        return 0
    return compare(sys.argv[2], sys.argv[3])


sys.exit(main())
