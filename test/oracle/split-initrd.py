#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Splits an initrd into its cpio archives, unpacked: DIR/0001.cpio and so on.

usage: split-initrd.py INITRD DIRECTORY

Prints a line for each: name, offset in the initrd, compression, size. The end of a
compressed member is found from the frames of its format alone; it is then unpacked by the
format's own program. That is what lsinitrd and unmkinitramfs do not: they guess that what
follows the first archive is one member up to the end.
"""

import bz2
import lzma
import os
import struct
import subprocess
import sys
import zlib


def align(at, to=4):
    """The next multiple."""
    return -(-at // to) * to


def cpio_end(data, at):
    """Behind the trailer of a newc archive."""
    while True:
        if data[at : at + 6] not in (b"070701", b"070702"):
            sys.exit(f"split-initrd: no cpio header at {at}: {data[at:at + 8]!r}")
        fields = [int(data[at + 6 + 8 * i : at + 14 + 8 * i], 16) for i in range(13)]
        name = data[at + 110 : at + 110 + fields[11] - 1]
        at = align(align(at + 110 + fields[11]) + fields[6])
        if name == b"TRAILER!!!":
            return at


def library_end(decompressor, data, at):
    """Where a decompressor of Python's library says that its stream ends."""
    while not decompressor.eof:
        piece = data[at : at + (1 << 20)]
        if not piece:
            sys.exit("split-initrd: a compressed member is cut")
        decompressor.decompress(piece)
        at += len(piece)
    return at - len(decompressor.unused_data)


def zstd_end(data, at):
    """RFC 8878: a frame is a header, blocks that know their size, and a sum."""
    descriptor = data[at + 4]
    single = descriptor >> 5 & 1
    size_bytes = (single, 2, 4, 8)[descriptor >> 6]
    at += 5 + (1 - single) + (0, 1, 2, 4)[descriptor & 3] + size_bytes
    last = 0
    while not last:
        header = int.from_bytes(data[at : at + 3], "little")
        last, kind = header & 1, header >> 1 & 3
        at += 3 + (1 if kind == 1 else header >> 3)
    return at + (4 if descriptor & 4 else 0)


def lz4_end(data, at):
    """The legacy frame: blocks that know their size, to the end or the next magic."""
    at += 4
    while at + 4 <= len(data):
        (size,) = struct.unpack_from("<I", data, at)
        if size == 0 or size == 0x184C2102 or at + 4 + size > len(data):
            break
        at += 4 + size
    return at


def lzo_end(data, at):
    """lzop: a header, then blocks: both sizes, one sum, the bytes; 0 ends them."""
    flags = struct.unpack_from(">I", data, at + 9 + 2 * 3 + 2)[0]
    name_at = at + 9 + 2 * 3 + 2 + 4 + 4 * 3
    at = name_at + 1 + data[name_at] + 4
    n_sums = bool(flags & 1) + bool(flags & 0x100)
    n_packed_sums = bool(flags & 2) + bool(flags & 0x200)
    while True:
        (size,) = struct.unpack_from(">I", data, at)
        at += 4
        if size == 0:
            return at
        (packed,) = struct.unpack_from(">I", data, at)
        at += 4 + 4 * n_sums + (4 * n_packed_sums if packed < size else 0) + packed


KINDS = (
    (b"\x1f\x8b", "gzip", ["gzip", "-dc"], None),
    (b"BZh", "bzip2", ["bzip2", "-dc"], None),
    (b"\x5d\x00\x00", "lzma", ["xz", "--format=lzma", "-dc"], None),
    (b"\xfd7zXZ\0", "xz", ["xz", "-dc"], None),
    (b"\x28\xb5\x2f\xfd", "zstd", ["zstd", "-dc", "--long=31"], zstd_end),
    (b"\x02\x21\x4c\x18", "lz4", ["lz4", "-dc"], lz4_end),
    (b"\x89LZO\0\r\n\x1a\n", "lzo", ["lzop", "-dc"], lzo_end),
)


def member_end(kind, data, at, by_frames):
    """The end of a compressed member."""
    if by_frames:
        return by_frames(data, at)
    decompressor = {
        "gzip": lambda: zlib.decompressobj(31),
        "bzip2": bz2.BZ2Decompressor,
        "lzma": lambda: lzma.LZMADecompressor(lzma.FORMAT_ALONE),
        "xz": lambda: lzma.LZMADecompressor(lzma.FORMAT_XZ),
    }[kind]()
    return library_end(decompressor, data, at)


def members(data):
    """(offset, compression, unpacked bytes) of each member."""
    at = 0
    while at < len(data):
        if data[at] == 0:
            at += 1
            continue
        for magic, kind, program, by_frames in KINDS:
            if data.startswith(magic, at):
                end = member_end(kind, data, at, by_frames)
                yield at, kind, subprocess.run(
                    program, input=data[at:end], stdout=subprocess.PIPE, check=True
                ).stdout
                break
        else:
            end = cpio_end(data, at)
            yield at, "none", data[at:end]
        at = end


def archives(data):
    """The same, where a compressed member may hold several archives."""
    for offset, kind, unpacked in members(data):
        if kind == "none":
            yield offset, kind, unpacked
            continue
        for _, inner, archive in members(unpacked):
            if inner != "none":
                sys.exit(f"split-initrd: {inner} within {kind} at {offset}")
            yield offset, kind, archive


def main():
    """Writes the archives."""
    if len(sys.argv) != 3:
        sys.exit(__doc__.split("\n\n")[1])
    with open(sys.argv[1], "rb") as file:
        data = file.read()
    for number, (offset, kind, archive) in enumerate(archives(data), 1):
        name = f"{number:04}.cpio"
        with open(os.path.join(sys.argv[2], name), "wb") as file:
            file.write(archive)
        print(name, offset, kind, len(archive))


main()
