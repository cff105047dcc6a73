#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Writes C source that holds the given profiles: embedded.py OUTPUT PROFILE..."""

import pathlib
import sys

BYTES_A_LINE = 20


def literal(data):
    """String literals, one a line: compilers read them far faster than numbers."""
    for at in range(0, len(data), BYTES_A_LINE):
        yield '\t"' + "".join(f"\\{byte:03o}" for byte in data[at:at + BYTES_A_LINE]) + '"'


def main():
    output, *paths = sys.argv[1:]
    lines = ["/* Made by embedded.py. */",
             '#include "sysext-verify/model/profile-embedded.h"', ""]
    rows = []
    for number, path in enumerate(sorted(map(pathlib.Path, paths), key=lambda p: p.name)):
        lines += [f"static const char profile_{number}[] =", *literal(path.read_bytes()), "\t;", ""]
        rows.append(f'\t{{"{path.stem}", profile_{number}, sizeof(profile_{number}) - 1}},')
    lines += ["const struct embedded_profile embedded_profiles[] = {", *rows, "};", "",
              f"const size_t n_embedded_profiles = {len(rows)};", ""]
    pathlib.Path(output).write_text("\n".join(lines))


if __name__ == "__main__":
    main()
