#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Writes the first partition of a GPT image to a file, for the tools that read no images.

usage: data-partition.py IMAGE SECTOR-SIZE FILE
"""

import struct
import sys


def main():
    """UEFI 2.10, tables 5.5 and 5.6: the header is in sector 1."""
    if len(sys.argv) != 4:
        sys.exit(__doc__.split("\n\n")[1])
    sector = int(sys.argv[2])
    with open(sys.argv[1], "rb") as image:
        image.seek(sector)
        header = image.read(92)
        if header[:8] != b"EFI PART":
            sys.exit(f"data-partition: no GPT header at {sector}")
        image.seek(struct.unpack_from("<Q", header, 72)[0] * sector)
        first, last = struct.unpack_from("<QQ", image.read(128), 32)
        image.seek(first * sector)
        with open(sys.argv[3], "wb") as file:
            file.write(image.read((last + 1 - first) * sector))


main()
