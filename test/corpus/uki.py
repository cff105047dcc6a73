#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Writes a PE image of sections, and breaks it where it is told to.

Usage: uki.py OUT [--pe32] [--certificates=N] [--set=OFFSET:VALUE]... NAME=TEXT...

A value is written in 4 bytes. Texts are contents; each section has its page in memory.
"""

import argparse
import struct

ALIGNMENT = 512
PAGE = 4096


def align(number, to):
    return (number + to - 1) // to * to


def headers(sections, pe32, certificates):
    optional = 224 if pe32 else 240
    at = align(88 + optional + 40 * len(sections), ALIGNMENT)
    address, table, body = PAGE, b"", b""
    for name, text in sections:
        room = align(len(text), ALIGNMENT)
        table += struct.pack("<8s4I12xI", name.encode(), len(text), address, room,
                             at + len(body), 0x40000040)
        body += text.encode().ljust(room, b"\0")
        address += align(len(text), PAGE)
    directories = [0] * 32
    if certificates:
        directories[8:10] = [at + len(body), len(certificates)]
    head = b"MZ".ljust(60, b"\0") + struct.pack("<I", 64)
    head += struct.pack("<4sHHIIIHH", b"PE\0\0", 0x14c if pe32 else 0x8664, len(sections),
                        0, 0, 0, optional, 0x206)
    fixed = struct.pack("<H30xII16xIIIH", 0x10b if pe32 else 0x20b, PAGE, ALIGNMENT,
                        address, at, 0, 10)
    head += fixed.ljust(optional - 132, b"\0") + struct.pack("<33I", 16, *directories)
    return (head + table).ljust(at, b"\0") + body + certificates


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("out")
    parser.add_argument("sections", nargs="+")
    parser.add_argument("--pe32", action="store_true")
    parser.add_argument("--certificates", type=int, default=0)
    parser.add_argument("--set", action="append", default=[])
    arguments = parser.parse_args()
    certificate = struct.pack("<IHH", 16, 0x200, 2) + b"pkcs7..."
    data = bytearray(headers([text.split("=", 1) for text in arguments.sections],
                             arguments.pe32, certificate * arguments.certificates))
    for change in arguments.set:
        offset, value = (int(number, 0) for number in change.split(":"))
        data[offset:offset + 4] = struct.pack("<I", value)
    with open(arguments.out, "wb") as out:
        out.write(data)


if __name__ == "__main__":
    main()
