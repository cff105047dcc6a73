#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Turns what probe.sh said into one JSON object a line, one line a case."""

import json
import sys

READ_ERROR = ": Input/output error"


def merged_names(text):
    """The names in the output of "systemd-sysext status --json=short"."""
    names = set()
    for row in json.loads(text or "[]"):
        if isinstance(row["extensions"], list):
            names.update(row["extensions"])
    return sorted(names)


def unreadable_path(text):
    """cat's message is "cat: PATH: Input/output error"."""
    if text.startswith("cat: ") and text.endswith(READ_ERROR):
        return text[len("cat: "):-len(READ_ERROR)]
    return text


def read_cases(lines):
    """Yields the cases that are complete; the last item is None if all were run."""
    case = None
    for line in lines:
        word, _, rest = line.rstrip("\r\n").partition(" ")
        if word == "case":
            case = {"name": rest, "status": None, "ran": None, "merged": [], "unreadable": [],
                    "problems": [], "log": []}
        elif word == "done":
            yield None
        elif case is None:
            continue
        elif word == "status":
            case["status"] = int(rest)
        elif word == "ran":
            case["ran"] = int(rest)
        elif word == "merged":
            case["merged"] = merged_names(rest)
        elif word == "unreadable":
            case["unreadable"].append(unreadable_path(rest))
        elif word == "problem":
            case["problems"].append(rest)
        elif word == "log":
            case["log"].append(rest)
        elif word == "end":
            yield case
            case = None


def main():
    complete = False
    with open(sys.argv[1], encoding="utf-8", errors="replace", newline="\n") as report:
        for case in read_cases(report):
            if case is None:
                complete = True
            else:
                print(json.dumps(case, ensure_ascii=False))
    return 0 if complete else 1


if __name__ == "__main__":
    sys.exit(main())
