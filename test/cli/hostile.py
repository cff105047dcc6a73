#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Writes files that an attacker would write.

usage: hostile.py KIND OUTPUT [INPUT]

KIND is one of the functions below: make_KIND() returns the bytes.
"""

import bz2
import io
import lzma
import struct
import subprocess
import sys
import tarfile
import zlib

DIRECTORY, FILE, LINK = 0o40755, 0o100644, 0o120777
BOMB = 100 << 20


def record(name, data=b"", mode=FILE, size=None, device=(0, 0)):
    """An entry of a cpio archive (newc)."""
    fields = (0, mode, 0, 0, 1, 0, len(data) if size is None else size, 0, 0, *device,
              len(name) + 1, 0)
    head = b"070701" + b"".join(b"%08X" % field for field in fields) + name + b"\0"
    return head + b"\0" * (-len(head) % 4) + data + b"\0" * (-len(data) % 4)


END = record(b"TRAILER!!!")


def gzip(data, level=1):
    packer = zlib.compressobj(level, zlib.DEFLATED, 31)
    return packer.compress(data) + packer.flush()


def bomb():
    return record(b"zeros", size=4 * BOMB) + bytes(BOMB)


def tool(*command):
    return subprocess.run(command, input=bomb(), stdout=subprocess.PIPE, check=True).stdout


def make_bomb_gzip(_):
    return gzip(bomb())


def make_bomb_xz(_):
    return lzma.compress(bomb(), check=lzma.CHECK_CRC32, preset=0)


def make_bomb_lzma(_):
    return lzma.compress(bomb(), format=lzma.FORMAT_ALONE, preset=0)


def make_bomb_bzip2(_):
    return bz2.compress(bomb(), 9)


def make_bomb_zstd(_):
    return tool("zstd", "-q", "-1")


def make_bomb_lz4(_):
    return tool("lz4", "-q", "-l", "-1")


def make_bomb_between_archives(_):
    """Zeros behind the end of an archive, in the same member."""
    return gzip(END + bytes(BOMB))


def make_entries(_):
    return gzip(b"".join(record(b"f%d" % n) for n in range(450000)) + END)


def make_targets(_):
    target = b"".join(b"%x/" % (n * n) for n in range(600))[:4000]
    return b"".join(record(b"l%d" % n, target, LINK) for n in range(40000)) + END


def make_texts(_):
    text = b"".join(b"%d %x\n" % (n, n * 7919) for n in range(700000))[:12 << 20]
    return gzip(b"".join(record(b"t%d.conf" % n, text) for n in range(8)) + END)


def make_deep(_):
    """3000 files below 1990 directories."""
    entries, path = [], b""
    for _ in range(1990):
        path = path + b"/d" if path else b"d"
        entries.append(record(path, mode=DIRECTORY))
    return gzip(b"".join(entries + [record(path + b"/%d" % n) for n in range(3000)]) + END)


def make_links(_):
    """A circle, a chain, and ways out."""
    entries = [record(b"a", b"b", LINK), record(b"b", b"a", LINK), record(b"c0", b".", LINK)]
    entries += [record(b"c%d" % n, b"c%d" % (n - 1), LINK) for n in range(1, 5000)]
    entries += [record(b"usr", b"../../../../../..", LINK), record(b"etc", b"/proc/self/root", LINK)]
    return b"".join(entries) + END


def make_outside(_):
    names = (b"../../etc/passwd", b"/etc/../../tmp/x", b"a/../../b", b"..")
    return b"".join(record(name, b"x") for name in names) + END


def make_devices(_):
    return b"".join([record(b"etc", mode=DIRECTORY), record(b"usr", mode=DIRECTORY),
                     record(b"etc/os-release", mode=0o60666, device=(8, 0)),
                     record(b"etc/initrd-release", mode=0o10666),
                     record(b"usr/lib", mode=0o20666, device=(1, 3))]) + END


def make_names(_):
    names = (b"\x1b[2J\x1b]0;title\x07", b"line\nerror: none", b"\xff\xfe\x80", b"\r\x08\x7f",
             b"<a&b>\"'", b"\xe2\x80\xae right to left")
    return b"".join([record(b"usr", mode=DIRECTORY), record(b"usr/bin", mode=DIRECTORY)] +
                    [record(b"usr/bin/" + name, b"#!/nowhere/" + name, 0o100755)
                     for name in names]) + END


def seal_header(image, at):
    struct.pack_into("<I", image, at + 16, 0)
    struct.pack_into("<I", image, at + 16, zlib.crc32(image[at:at + 92]))


def make_gpt_overlap(image):
    """The second and third partition where the first one is."""
    for entry in (1, 2):
        image[1024 + 128 * entry + 32:1024 + 128 * entry + 48] = image[1024 + 32:1024 + 48]
    count, size = struct.unpack_from("<II", image, 512 + 80)
    struct.pack_into("<I", image, 512 + 88, zlib.crc32(image[1024:1024 + count * size]))
    seal_header(image, 512)
    return image


def make_gpt_entries(image):
    for at in (512, len(image) - 512):
        struct.pack_into("<I", image, at + 80, 0xffffffff)
        seal_header(image, at)
    return image


def erofs_entries(image, number):
    """(offset, number of the inode, name) of a directory with inline data."""
    blocks_at, = struct.unpack_from("<I", image, 1024 + 40)
    at = blocks_at * 4096 + number * 32
    layout, n_xattrs = struct.unpack_from("<HH", image, at)
    size, = struct.unpack_from("<I", image, at + 8)
    at += (64 if layout & 1 else 32) + (12 + 4 * (n_xattrs - 1) if n_xattrs else 0)
    n = struct.unpack_from("<H", image, at + 8)[0] // 12
    heads = [struct.unpack_from("<QH", image, at + 12 * i) for i in range(n)]
    ends = [head[1] for head in heads[1:]] + [size]
    return [(at + 12 * i, heads[i][0], bytes(image[at + heads[i][1]:at + ends[i]]))
            for i in range(n)]


def make_erofs_cycle(image):
    """The directory "outer/inner" is the root."""
    image[1024 + 8] &= 0xfe
    root, = struct.unpack_from("<H", image, 1024 + 14)
    number = root
    for name in (b"outer", b"inner"):
        at, number = next((at, child) for at, child, found in erofs_entries(image, number)
                          if found.rstrip(b"\0") == name)
    struct.pack_into("<Q", image, at, root)
    return image


def make_squashfs_cycle(image):
    """The directory "outer/inner" is "outer": the places of their inodes are the same."""
    outer, inner = image.rindex(b"outer") - 8, image.rindex(b"inner") - 8
    image[inner:inner + 2] = image[outer:outer + 2]
    return image


def make_xattrs(_):
    """A tar for mksquashfs: attributes of 60 KiB, 40 MiB together, all different."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for number in range(700):
            entry = tarfile.TarInfo(f"usr/f{number}")
            entry.pax_headers = {"SCHILY.xattr.user.a": f"{number:04}" * 15000}
            archive.addfile(entry)
    return out.getvalue()


def make_pe_sections(image):
    """65535 sections; the table begins where it did."""
    struct.pack_into("<H", image, 64 + 6, 0xffff)
    return image


def make_pe_overlap(image):
    """All sections in the memory of the first."""
    table = 64 + 24 + struct.unpack_from("<H", image, 64 + 20)[0]
    n, = struct.unpack_from("<H", image, 64 + 6)
    for section in range(1, n):
        at = table + 40 * section
        image[at + 12:at + 16] = image[table + 12:table + 16]
    return image


def main():
    kind, output = sys.argv[1:3]
    image = bytearray()
    if len(sys.argv) > 3:
        with open(sys.argv[3], "rb") as file:
            image = bytearray(file.read())
    with open(output, "wb") as file:
        file.write(globals()["make_" + kind.replace("-", "_")](image))


if __name__ == "__main__":
    main()
