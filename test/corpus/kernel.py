#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Writes small images of kernels, and modules, as far as they are read: kernel.py DIRECTORY.

The directory gets kernel/ and module/. zstd(1) and lz4(1) compress what Python cannot.
"""

import bz2
import gzip
import lzma
import pathlib
import struct
import subprocess
import sys

HEADER = 64
ADDRESS = 0xffffffff80000000
RELEASE = "6.12.9-corpus"
# Name, namespace, checksum, for GPL modules only.
SYMBOLS = [(f"symbol_{i:02}", ["", "SPACE", "module:a,b"][i % 3], 0x1020300 + i, i % 2 == 1)
           for i in range(40)]


class Image:
    """Pieces behind a header, which may become an ELF file."""

    def __init__(self):
        self.bytes = bytearray(HEADER)
        self.pieces = []

    def add(self, name, data, kind=1, link=0, info=0, align=8):
        self.bytes += bytes(-len(self.bytes) % align)
        self.pieces.append((name, len(self.bytes), len(data), kind, link, info))
        self.bytes += data
        return len(self.pieces)

    def at(self, name):
        return next(piece[1] for piece in self.pieces if piece[0] == name)

    def elf(self, kind, address=0):
        names = b"\0" + b"".join(piece[0].encode() + b"\0" for piece in self.pieces)
        self.add(".shstrtab", names + b".shstrtab\0", kind=3)
        table, at = bytes(64), 1
        for name, offset, size, section, link, info in self.pieces:
            table += struct.pack("<IIQQQQIIQQ", at, section, 2, address and address + offset,
                                 offset, size, link, info, 1, {2: 24, 4: 24}.get(section, 0))
            at += len(name) + 1
        self.bytes += bytes(-len(self.bytes) % 8)
        self.bytes[:HEADER] = struct.pack(
            "<4s4B8xHHIQQQI6H", b"\x7fELF", 2, 1, 1, 0, kind, 62, 1, 0, 0, len(self.bytes), 0,
            64, 56, 0, 64, len(self.pieces) + 1, len(self.pieces))
        self.bytes += table
        return bytes(self.bytes)

    def flat(self, magic):
        self.bytes[56:60] = magic
        return bytes(self.bytes)


def field(at, target, absolute):
    if absolute:
        return struct.pack("<Q", ADDRESS + target)
    return struct.pack("<i", target - at)


def add_symbols(image, flags, checksums, absolute):
    tables = [SYMBOLS, []] if flags else [[s for s in SYMBOLS if s[3] == g] for g in (0, 1)]
    size, names = 24 if absolute else 12, ["", "_gpl"]
    for name, table in zip(names, tables):
        if table:
            image.add("__ksymtab" + name, bytes(size * len(table)))
    for name, table in zip(names, tables):
        if table and checksums:
            image.add("__kcrctab" + name, b"".join(struct.pack("<I", s[2]) for s in table), align=4)
    if flags:
        image.add("__kflagstab", bytes(s[3] for s in SYMBOLS), align=1)
    strings = {s[0]: f"{s[0]}\0{s[1]}\0".encode() for s in SYMBOLS}
    image.add("__ksymtab_strings", b"".join(strings.values()), align=1)
    place = image.at("__ksymtab_strings")
    for name in strings:
        strings[name], place = place, place + len(strings[name])
    for suffix, table in zip(names, tables):
        for index, symbol in enumerate(table):
            at, name = image.at("__ksymtab" + suffix) + size * index, strings[symbol[0]]
            for target in (HEADER, name, name + len(symbol[0]) + 1):
                value = field(at, target, absolute)
                image.bytes[at:at + len(value)] = value
                at += len(value)


def kernel(flags=False, checksums=True, absolute=False, more=False):
    image = Image()
    image.add(".rodata", f"Linux version {RELEASE} (me@here) (gcc) #1\n\0".encode())
    add_symbols(image, flags, checksums, absolute)
    if more:
        packed = gzip.compress(b"CONFIG_MODULES=y\n", mtime=0)
        image.add(".config", b"IKCFG_ST" + packed + b"IKCFG_ED")
        image.add(".keyring", b".builtin_trusted_keys\0")
        listed = b"".join(b"\x30\x82" + struct.pack(">H", n) + bytes(n) for n in (300, 259))
        sizes = struct.pack("<QQ", len(listed), 304)
        image.add(".init.data", listed + bytes(-len(listed) % 8) + sizes)
    return image


def run(*command, data):
    return subprocess.run(command, input=data, stdout=subprocess.PIPE, check=True).stdout


PACKERS = {
    "gzip": lambda data: gzip.compress(data, mtime=0),
    "bzip2": bz2.compress,
    "xz": lambda data: lzma.compress(data, check=lzma.CHECK_CRC32),
    "lzma": lambda data: lzma.compress(data, format=lzma.FORMAT_ALONE),
    "zstd": lambda data: run("zstd", "-q", "-c", data=data),
    "lz4": lambda data: run("lz4", "-l", "-q", "-c", data=data),
}


def bzimage(payload, size=0):
    setup = bytearray(1024)
    setup[0x1f1] = 1
    setup[0x1fe:0x20a] = struct.pack("<H2x4sHH", 0xaa55, b"HdrS", 0x20f, 0)
    setup[0x20e:0x210] = struct.pack("<H", 0x100)
    setup[0x236:0x238] = b"\1\0"
    setup[0x248:0x250] = struct.pack("<II", 0, len(payload) + (4 if size else 0))
    text = f"{RELEASE} (me@here) #1\0".encode()
    setup[0x300:0x300 + len(text)] = text
    return bytes(setup) + payload + (struct.pack("<I", size) if size else b"")


def zboot(payload, name):
    head = struct.pack("<4s4sII8x32sII", b"MZ", b"zimg", 128, len(payload), name,
                       0x818223cd, 64)
    return (head + b"PE\0\0\x64\xaa").ljust(128, b"\0") + payload


def kernels():
    vmlinux, image = kernel().elf(2, ADDRESS), kernel(more=True).flat(b"ARM\x64")
    yield "good-vmlinux", kernel(more=True).elf(2, ADDRESS)
    yield "good-vmlinux-flags", kernel(flags=True, checksums=False).elf(2, ADDRESS)
    yield "good-vmlinux-absolute", kernel(flags=True, absolute=True).elf(2, ADDRESS)
    for name, pack in PACKERS.items():
        yield f"good-bzimage-{name}", bzimage(pack(vmlinux), name != "gzip" and len(vmlinux))
    yield "good-bzimage-none", bzimage(vmlinux)
    yield "good-image-arm64", image
    yield "good-image-riscv64", kernel(absolute=True).flat(b"RSC\x05")
    yield "good-image-flags", kernel(flags=True).flat(b"ARM\x64")
    yield "good-image-gzip", PACKERS["gzip"](image)
    yield "good-zboot-gzip", zboot(PACKERS["gzip"](image), b"gzip")
    yield "good-zboot-zstd", zboot(PACKERS["zstd"](image), b"zstd22")
    yield "unsupported-zboot", zboot(image, b"rot13")
    yield "unsupported-image", Image().flat(b"ARM\x64") + bytes(100)
    old = bytearray(bzimage(vmlinux))
    old[0x206] = 7
    yield "unsupported-protocol", bytes(old)
    yield "bad-cut", bzimage(PACKERS["gzip"](vmlinux))[:1500]
    yield "bad-payload", bzimage(PACKERS["gzip"](b"payload"))
    yield "bad-text", b"no kernel"
    twice = kernel(flags=True)
    twice.pieces = [p if p[0] != "__kflagstab" else p[:2] + (7,) + p[3:] for p in twice.pieces]
    yield "bad-flags", twice.elf(2, ADDRESS)


INFO = b"name=me\0alias=pci:v*\0\0depends=a,b\0vermagic=6.12.9 SMP \0"


def module(flags=False, info=INFO, symbols=True, versions=b"printk"):
    image = Image()
    image.add(".modinfo", info)
    table = image.add("__ksymtab" if flags else "__ksymtab_gpl", bytes(12))
    image.add("__kcrctab" if flags else "__kcrctab_gpl", b"\1\2\3\4")
    if flags:
        image.add("__kflagstab", b"\1")
        image.add("__version_ext_crcs", bytes(8))
        image.add("__version_ext_names", b"printk\0module_layout\0")
    else:
        image.add("__versions", struct.pack("<Q56sQ56s", 1, versions, 2, b"module_layout"))
    strings = image.add("__ksymtab_strings", b"\0exported\0SPACE\0")
    names = image.add(".strtab", b"\0printk\0", kind=3)
    if symbols:
        rows = [(0, 0, 0), (1, 0x10, 0), (0, 3, strings)]
        link = image.add(".symtab", b"".join(struct.pack("<IBBHQQ", n, i, 0, s, 0, 0)
                                             for n, i, s in rows), kind=2, link=names)
        image.add(".rela", b"".join(struct.pack("<QQQ", at, 2 << 32 | 2, to)
                                    for at, to in ((4, 1), (8, 10))), 4, link, table)
    return image.elf(1)


def sign(data, size=5, id_type=2):
    return (data + b"PKCS7" + struct.pack(">5B3xI", 0, 0, id_type, 0, 0, size) +
            b"~Module signature appended~\n")


def modules():
    good = module()
    yield "good-gpl", good
    yield "good-flags", module(flags=True)
    yield "good-signed", sign(good)
    for name in ("gzip", "xz", "zstd"):
        yield f"good-{name}", PACKERS[name](good)
    yield "bad-no-symbols", module(symbols=False, info=INFO).replace(b"__ksymtab", b"__kother_")
    yield "bad-signature", sign(good, size=1 << 30)
    yield "bad-signature-type", sign(good, id_type=1)
    yield "bad-fields", module(info=INFO + b"no field\0=x\0open=")
    yield "bad-versions", module(versions=b"x" * 56)
    yield "bad-cut", good[:700]
    yield "bad-program", Image().elf(2)
    yield "bad-relocations", good.replace(struct.pack("<QQQ", 4, 2 << 32 | 2, 1), bytes(24))


def main():
    here = pathlib.Path(sys.argv[1])
    for kind, files in (("kernel", kernels()), ("module", modules())):
        (here / kind).mkdir(exist_ok=True)
        for name, data in files:
            (here / kind / name).write_bytes(data)


main()
