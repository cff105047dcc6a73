#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Each check has a case that fires, a title, a reason, a remedy and a source.

Usage: cases.py SYSEXT-VERIFY
"""

import pathlib
import subprocess
import sys


def ask(program, *arguments):
    return subprocess.run([program, *arguments], stdout=subprocess.PIPE, check=True,
                          text=True).stdout


def check(program, ident):
    expected = pathlib.Path("test/cases") / ident / "expected"
    if not expected.exists():
        yield f"{ident}: has no case in {expected.parent}"
    elif f"[{ident}]" not in expected.read_text():
        yield f"{ident}: does not fire in {expected}"
    text = ask(program, f"--explain={ident}")
    for label in ("What to do: ", "Where the rule is written down: "):
        words = text.split(label)[1].split("\n")[0] if label in text else ""
        if len(words) < 8:
            yield f"{ident}: '{label.strip()}' says only '{words}'"


def main():
    program = sys.argv[1]
    idents = [line.split()[0] for line in ask(program, "--list-checks").splitlines()]
    wrong = [text for ident in idents for text in check(program, ident)]
    if len(set(idents)) != len(idents):
        wrong.append("an id is used twice")
    for text in wrong:
        print(text)
    print(f"checks: {len(idents)}, {len(wrong)} faults")
    return 1 if wrong or not idents else 0


if __name__ == "__main__":
    sys.exit(main())
