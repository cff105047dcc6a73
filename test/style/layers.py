#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Includes point left and down only: CONTRIBUTING.md, "Layers"."""

import pathlib
import re
import sys

# What each folder may include from, besides itself. The first match of a path decides.
LAYERS = [
    ("formats/core/", ["formats/core/"]),
    ("formats/", ["formats/"]),
    ("sysext-verify/model/", ["formats/", "sysext-verify/model/"]),
    ("sysext-verify/checks/", ["formats/", "sysext-verify/model/", "sysext-verify/checks/",
                               "sysext-verify/report/report.h"]),
    ("sysext-verify/report/", ["formats/", "sysext-verify/model/", "sysext-verify/checks/",
                               "sysext-verify/report/"]),
    ("sysext-verify/cli/", ["formats/core/", "sysext-verify/cli/"]),
    ("sysext-verify/", ["formats/", "sysext-verify/"]),
    ("sysext-build/", ["formats/", "sysext-verify/", "sysext-build/"]),
    ("test/", ["formats/", "sysext-verify/", "sysext-build/", "test/"]),
]

# A library's header is known to the files that wrap it.
WRAPPERS = {
    "sqfs/": ["formats/squashfs-image.h"],
    "gelf.h": ["formats/elf-native.h"],
    "ini.h": ["formats/ini.c"],
    "libcryptsetup.h": ["formats/verity-write.c"],
    "archive.h": ["sysext-build/tar-stream.c"],
    "archive_entry.h": ["sysext-build/tar-stream.c"],
    "jansson.h": ["formats/verity-sig.c", "formats/record.c",
                  "sysext-verify/report/json-parts.h"],
    "openssl/": ["formats/core/digest.c", "formats/key-native.h", "formats/key.c",
                 "formats/certificate.c", "formats/pkcs7-native.h", "formats/pkcs7.c",
                 "formats/pkcs7-sign.c", "formats/authenticode.c", "formats/verity-sig.c"],
    "seccomp.h": ["sysext-verify/cli/sandbox-calls.c"],
    "linux/landlock.h": ["sysext-verify/cli/sandbox.c"],
    "zlib.h": ["formats/compress-gzip.c", "formats/erofs-decompress.c", "formats/gpt.c",
               "formats/gpt-write.c"],
    "lzma.h": ["formats/compress-xz.c", "formats/erofs-decompress.c"],
    "zstd.h": ["formats/compress-zstd.c", "formats/erofs-decompress.c",
               "formats/profile.c"],
    "bzlib.h": ["formats/compress-bzip2.c"],
    "lz4.h": ["formats/compress-lz4.c", "formats/erofs-decompress.c"],
    "blkid.h": ["formats/recognize.c"],
    "lzo/": ["formats/compress-lzo.c", "formats/squashfs-lzo.c"],
}


def allowed(path, include):
    for folder, targets in LAYERS:
        if path.startswith(folder):
            return any(include.startswith(target) for target in targets)
    return False


def main():
    wrong = 0
    n_files = 0
    for path in sorted(pathlib.Path(".").glob("**/*.[ch]")):
        name = path.as_posix()
        if name.startswith("build"):
            continue
        n_files += 1
        for number, line in enumerate(path.read_text().split("\n"), 1):
            own = re.match(r'#include "([^"]+)"', line)
            system = re.match(r"#include <([^>]+)>", line)
            if own and not allowed(name, own[1]):
                print(f"{name}:{number}: may not include '{own[1]}'")
                wrong += 1
            if system and not name.startswith("test/"):
                for prefix, files in WRAPPERS.items():
                    if system[1].startswith(prefix) and name not in files:
                        print(f"{name}:{number}: '{system[1]}' belongs into {files}")
                        wrong += 1
    print(f"layers: {n_files} files, {wrong} wrong includes")
    return 1 if wrong or n_files == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
