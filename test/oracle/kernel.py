#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What kernel.sh needs besides the tools of the distribution.

  kernel.py repack KERNEL IMAGE DIRECTORY  the bzImage with each compression of its payload,
                                           and the image without section headers
  kernel.py certificates IMAGE             SHA-256 of all that openssl(1) takes for one
  kernel.py modinfo                        output of modinfo(8) as "PATH: key=value"
"""

import bz2
import gzip
import hashlib
import lzma
import pathlib
import struct
import subprocess
import sys


def run(*command, data):
    return subprocess.run(command, input=data, stdout=subprocess.PIPE, check=True).stdout


# arch/x86/boot/compressed/Makefile and scripts/Makefile.lib
PACKERS = {
    "gzip": lambda data: gzip.compress(data, 1, mtime=0),
    "bzip2": lambda data: bz2.compress(data, 1),
    "lzma": lambda data: lzma.compress(data, format=lzma.FORMAT_ALONE, preset=0),
    "xz": lambda data: lzma.compress(
        data, check=lzma.CHECK_CRC32,
        filters=[{"id": lzma.FILTER_X86}, {"id": lzma.FILTER_LZMA2, "preset": 0}]),
    "lzo": lambda data: run("lzop", "-1", "-c", data=data),
    "lz4": lambda data: run("lz4", "-l", "-1", "-c", data=data),
    "zstd": lambda data: run("zstd", "-1", "-q", "-c", data=data),
}


def repack(kernel, image, directory):
    kernel, image = pathlib.Path(kernel).read_bytes(), pathlib.Path(image).read_bytes()
    start = (kernel[0x1f1] + 1) * 512
    start += struct.unpack_from("<I", kernel, 0x248)[0]
    for name, pack in PACKERS.items():
        data = pack(image)
        if name != "gzip":
            data += struct.pack("<I", len(image))
        head = bytearray(kernel[:start])
        head[0x24c:0x250] = struct.pack("<I", len(data))
        # What follows the payload in a real one is code.
        (directory / f"bzImage-{name}").write_bytes(bytes(head) + data + kernel[-4096:])
    bare = bytearray(image)
    bare[40:48] = bytes(8)
    bare[58:64] = bytes(6)
    (directory / "vmlinux-bare").write_bytes(bare)
    bare[56:60] = b"ARM\x64"
    bare[:4] = b"MZ\0\0"
    (directory / "Image-gzip").write_bytes(PACKERS["gzip"](bytes(bare)))


def certificates(image):
    image, at, found = pathlib.Path(image).read_bytes(), 0, set()
    while (at := image.find(b"\x30\x82", at)) >= 0:
        size = 4 + int.from_bytes(image[at + 2:at + 4], "big")
        der = image[at:at + size]
        at += 1
        if der[4:6] == b"\x30\x82" and len(der) == size:
            said = subprocess.run(["openssl", "x509", "-inform", "DER", "-noout"], input=der,
                                  stderr=subprocess.DEVNULL, check=False)
            if said.returncode == 0:
                found.add(hashlib.sha256(der).hexdigest())
    print("\n".join(sorted(found)))


def modinfo():
    path = None
    for line in sys.stdin:
        key, _, value = line.rstrip("\n").partition(":")
        if key == "filename":
            path = "kernel/" + value.split("/kernel/", 1)[1]
        elif not line.startswith("\t"):
            print(f"{path}: {key}={value.lstrip(' ')}")


def main():
    what, *arguments = sys.argv[1:]
    if what == "repack":
        repack(arguments[0], arguments[1], pathlib.Path(arguments[2]))
    elif what == "certificates":
        certificates(*arguments)
    else:
        modinfo()


main()
