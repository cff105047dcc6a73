#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""No file over 500 lines, no function over 80 lines or of a complexity over 20, no line over 90.

Functions are measured by pmccabe(1).
"""

import pathlib
import subprocess
import sys

MAX_FILE = 500
MAX_FUNCTION = 80
MAX_COMPLEXITY = 20
MAX_COLUMNS = 90
MAX_COLUMNS_OF_TEXT = 110
TAB = 8


def tracked_files():
    out = subprocess.run(["git", "ls-files"], stdout=subprocess.PIPE, check=True, text=True)
    return [name for name in out.stdout.split("\n")
            if name.endswith((".c", ".h", ".py", ".sh", ".bats", ".build", ".md", ".scd"))
            and pathlib.Path(name).exists()]


def check_file(name):
    lines = pathlib.Path(name).read_text().split("\n")
    if len(lines) - 1 > MAX_FILE and not name.startswith("test/corpus/"):
        yield f"{name}: has {len(lines) - 1} lines, at most {MAX_FILE}"
    limit = MAX_COLUMNS if name.endswith((".c", ".h")) else MAX_COLUMNS_OF_TEXT
    for number, line in enumerate(lines, 1):
        columns = len(line.expandtabs(TAB))
        # A table or a transcript is as wide as it is; a literal may not be cut.
        if name.endswith((".md", ".scd")):
            continue
        if columns > limit and '"' not in line and "/*" not in line:
            yield f"{name}:{number}: has {columns} columns, at most {limit}"


def check_functions(names):
    out = subprocess.run(["pmccabe", *names], stdout=subprocess.PIPE, check=True, text=True)
    n_functions = 0
    for row in out.stdout.split("\n"):
        fields = row.split("\t")
        if len(fields) < 6:
            continue
        n_functions += 1
        complexity, length, place = int(fields[1]), int(fields[4]), fields[5]
        if complexity > MAX_COMPLEXITY:
            yield f"{place}: complexity is {complexity}, at most {MAX_COMPLEXITY}"
        if length > MAX_FUNCTION:
            yield f"{place}: has {length} lines, at most {MAX_FUNCTION}"
    if n_functions == 0:
        yield "pmccabe found no function"


def main():
    names = tracked_files()
    wrong = [text for name in names for text in check_file(name)]
    wrong += check_functions([name for name in names if name.endswith(".c")])
    for text in wrong:
        print(text)
    print(f"sizes: {len(names)} files, {len(wrong)} too large")
    return 1 if wrong or not names else 0


if __name__ == "__main__":
    sys.exit(main())
