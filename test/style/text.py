#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Each source file has its licence line; nothing is left to be done in words; names are nouns."""

import pathlib
import re
import subprocess
import sys

LICENCE = "SPDX-License-Identifier: LGPL-2.1-or-later"
SOURCES = (".c", ".h", ".py", ".sh", ".bats", ".build", ".conf", ".scd")
# Words for what is not done, and names that say nothing about what is in a file.
UNFINISHED = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
EMPTY_NAMES = {"util", "utils", "common", "helpers", "misc", "manager"}


def tracked_files():
    out = subprocess.run(["git", "ls-files"], stdout=subprocess.PIPE, check=True, text=True)
    return [pathlib.Path(name) for name in out.stdout.split("\n")
            if name and pathlib.Path(name).is_file()]


def is_text(path):
    return b"\0" not in path.read_bytes()[:4096]


def check(path):
    if path.stem in EMPTY_NAMES:
        yield f"{path}: is called '{path.stem}', expected what it is about"
    if "corpus" in path.parts or not is_text(path):
        return
    text = path.read_text(errors="replace")
    if path.suffix in SOURCES and LICENCE not in "\n".join(text.split("\n")[:3]):
        yield f"{path}: has no line '{LICENCE}'"
    if path.name == "text.py":
        return
    for number, line in enumerate(text.split("\n"), 1):
        if UNFINISHED.search(line) and "XXXX" not in line:
            yield f"{path}:{number}: is not finished: {line.strip()}"
        if line != line.rstrip() and path.name not in ("expected", "COPYING"):
            yield f"{path}:{number}: ends in white space"


def main():
    files = tracked_files()
    wrong = [text for path in files for text in check(path)]
    for text in wrong:
        print(text)
    print(f"text: {len(files)} files, {len(wrong)} faults")
    return 1 if wrong or not files else 0


if __name__ == "__main__":
    sys.exit(main())
